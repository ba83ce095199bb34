//! Duties and tasks of the demonstration: collective names decided, duties read from the text, two objections, tasks
//! generated, some of them determined, scheduled, started and reported.

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
    tasks(client, office, liaisons, id).await
}

/// Tasks for every project and lead; every third is determined, scheduled and started, some have a word and a plan.
async fn tasks(client: &Client, office: &Person, liaisons: &BTreeMap<String, String>, edition: &str) -> anyhow::Result<()> {
    let campaign = json!({ "name": "夏季市容秩序攻坚战", "goal": "集中整治占道经营、乱停乱放和背街小巷积存垃圾。",
                           "from_on": "2025-07-28", "to_on": "2025-09-30" });
    let campaign = client.put(office, "/api/campaigns", campaign).await?;
    let body =
        json!({ "edition_id": edition, "each": "group", "class": "service", "start_on": "2025-07-28", "due_on": "2025-10-31" });
    client.post(office, "/api/tasks/generate", body).await?;
    let listed = client.get(office, "/api/tasks?size=60&sort=number").await?;
    for (place, task) in listed["items"].as_array().into_iter().flatten().enumerate() {
        let (id, lead) = (task["id"].as_str().unwrap_or_default(), task["lead"]["id"].as_str().unwrap_or_default());
        let Some(login) = liaisons.get(lead).filter(|_| place % 3 != 2) else { continue };
        let path = format!("/api/tasks/{id}");
        let mut fields =
            json!({ "goal": "本项目各条标准 10 月底前全部达标。", "measures": "排查建账、集中整治、长效管护，每周调度一次。" });
        if place % 6 == 0 {
            fields["campaign_id"] = campaign["id"].clone();
        }
        if place % 4 == 1 {
            fields["due_on"] = "2025-08-22".into();
        }
        let send = async |person: &Person, mut body: Value| {
            body["version"] = client.get(person, &path).await?["version"].clone();
            client.post(person, &format!("{path}/commands"), body).await
        };
        let steps =
            json!([{ "name": "排查建账", "days": 5 }, { "name": "集中整治", "days": 10 }, { "name": "自查验收", "days": 3 }]);
        send(office, json!({ "command": "determine", "fields": fields })).await?;
        send(office, json!({ "command": "schedule", "steps": steps })).await?;
        let started = send(office, json!({ "command": "start" })).await;
        // A unit without people to be in charge is left as a draft, for somebody to determine.
        if started.is_err() || place % 3 == 1 {
            continue;
        }
        let liaison = client.log_in(login).await?;
        let report = json!({ "command": "report", "unit_id": lead, "percent": 10 + place % 5 * 15, "note": "已完成排查建账，正在分片整治。" });
        send(&liaison, report).await?;
        let plan = json!({ "version": client.get(office, &path).await?["version"], "measure": "处", "months": [
            { "month": "2025-07", "planned": "4", "done": "4" }, { "month": "2025-08", "planned": "12", "done": (5 + place % 4 * 3).to_string() },
            { "month": "2025-09", "planned": "12" }, { "month": "2025-10", "planned": "6" } ] });
        client.put(office, &format!("{path}/plan"), plan).await?;
    }
    Ok(())
}
