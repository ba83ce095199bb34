//! Duties of the demonstration: collective names decided, duties read from the text, two objections, one of them decided.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::client::{Client, Person};

/// Tells it.
///
/// # Errors
/// What a route refuses.
pub async fn tell(client: &Client, office: &Person, liaisons: &BTreeMap<String, String>, edition: &Value) -> anyhow::Result<()> {
    let collectives = client.get(office, "/api/collectives").await?;
    for row in collectives.as_array().into_iter().flatten() {
        // The service windows are left open: somebody has to choose them.
        if row["means"].as_array().is_none_or(Vec::is_empty) {
            continue;
        }
        let body = json!({ "name": row["name"], "kinds": row["kinds"], "unit_ids": [], "version": row["version"] });
        client.put(office, "/api/collectives", body).await?;
    }
    let editions = client.get(office, "/api/editions").await?;
    for edition in editions.as_array().into_iter().flatten() {
        client.post(office, "/api/duties/derive", json!({ "edition_id": edition["id"] })).await?;
    }
    let id = edition["id"].as_str().unwrap_or_default();
    let duties = client.get(office, &format!("/api/duties?edition={id}")).await?;
    let supports = duties.as_array().into_iter().flatten().filter(|duty| duty["role"] == "support");
    let known = supports.filter(|duty| duty["unit"]["id"].as_str().is_some_and(|unit| liaisons.contains_key(unit)));
    for (place, duty) in known.step_by(9).take(2).enumerate() {
        let login = &liaisons[duty["unit"]["id"].as_str().unwrap_or_default()];
        let liaison = client.log_in(login).await?;
        let path = format!("/api/duties/{}/commands", duty["id"].as_str().unwrap_or_default());
        let reason = "按“三定”方案，此项不在本单位职责范围，建议由行业主管部门承担。";
        let body = json!({ "command": "object", "reason": reason, "version": duty["version"] });
        let objected = client.post(&liaison, &path, body).await?;
        if place == 0 {
            let body = json!({ "command": "uphold", "reason": "属地管理责任不变，请配合行业主管部门落实。", "version": objected["version"] });
            client.post(office, &path, body).await?;
        }
    }
    Ok(())
}
