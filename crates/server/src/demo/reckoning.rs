//! What the office makes of the summer: an incident on the register, earlier official results, July's assessment of units
//! with an appeal that waits for a decision.

use std::collections::BTreeMap;

use anyhow::Context as _;
use serde_json::{Value, json};

use super::client::{Client, Person};

/// Tells it; `liaisons` are logins by unit.
///
/// # Errors
/// What a route refuses.
pub async fn tell(
    client: &Client,
    office: &Person,
    liaisons: &BTreeMap<String, String>,
    round: &Value,
    edition: &Value,
) -> anyhow::Result<()> {
    client.at("2025-08-25T16:00:00+08:00")?;
    let edition_id = edition["id"].as_str().context("an edition without identity")?;
    let register = format!("/api/editions/{edition_id}/incidents");
    let listed = client.get(office, &register).await?;
    let items = listed["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    if let Some(item) = items.iter().find(|item| item["effect"] == "deduct") {
        let body = json!({ "number": item["number"], "count": 1, "occurred_on": "2025-08-20",
            "title": "沿街商户占道经营被省级媒体曝光", "source": "省广播电视台《民生热线》", "unit_ids": [] });
        let incident = client.post(office, &register, body).await?;
        let path = format!("/api/incidents/{}/decide", incident["id"].as_str().context("an incident without identity")?);
        let body = json!({ "version": incident["version"], "reason": "市文明委办公室核查认定，云文明办〔2025〕18号" });
        client.post(office, &path, body).await?;
    }
    let framework = edition["framework"]["code"].as_str().context("an edition without framework")?;
    let year = edition["year"].as_i64().unwrap_or(2025);
    for (before, result) in [(2, "86.73"), (1, "88.41")] {
        let body = json!({ "year": year - before, "result": result, "source": "省文明办年度测评通报" });
        client.post(office, &format!("/api/frameworks/{framework}/years"), body).await?;
    }

    client.at("2025-08-26T09:30:00+08:00")?;
    let policies = client.get(office, "/api/assessment-policies").await?;
    let mut policy = policies[0]["policy"].clone();
    // July saw few sites of each street: the city ranks from one site on.
    policy["components"][0]["minimum"] = json!(1);
    policy["components"][1]["minimum"] = json!(1);
    policy["minimum_covered"] = json!("40");
    let body = json!({ "name": "云溪市文明创建单位考核办法（试行）", "effective_on": "2025-07-01", "policy": policy });
    client.post(office, "/api/assessment-policies", body).await?;
    let body = json!({ "name": "7月单位考核", "from": "2025-07-01", "until": "2025-08-25", "round_id": round["id"] });
    let draft = client.post(office, "/api/assessments", body).await?;
    let id = draft["brief"]["id"].as_str().context("an assessment without identity")?.to_owned();
    let mut version = draft["brief"]["version"].clone();
    let streets: Vec<Value> =
        draft["units"].as_array().into_iter().flatten().filter(|unit| unit["group"] == "street").cloned().collect();
    for (position, street) in streets.iter().enumerate() {
        let satisfied = 176 + (position * 7) % 21;
        let body = json!({ "version": version, "unit_id": street["unit_id"], "component": "survey", "reached": satisfied.to_string(),
            "possible": "200", "denominator": 200, "source": "7月群众满意度电话调查" });
        let entered = client.post(office, &format!("/api/assessments/{id}/facts"), body).await?;
        version = entered["brief"]["version"].clone();
    }
    client.post(office, &format!("/api/assessments/{id}/publish"), json!({ "version": version })).await?;
    let known = |street: &&Value| street["unit_id"].as_str().is_some_and(|unit| liaisons.contains_key(unit));
    if let Some(street) = streets.iter().rfind(known) {
        client.at("2025-08-26T15:20:00+08:00")?;
        let liaison = client.log_in(&liaisons[street["unit_id"].as_str().unwrap_or_default()]).await?;
        let body = json!({ "unit_id": street["unit_id"], "subject": "field", "reason": "其中一处点位7月起已移交区管，不应计入我街道实地得分，请复核。" });
        client.post(&liaison, &format!("/api/assessments/{id}/appeals"), body).await?;
    }
    Ok(())
}
