//! A covert round, until it is released, changes no answer of any route for the units that are inspected.

use axum::http::Method;
use serde_json::{Value, json};
use yipanqi_server::app::routes;
use yipanqi_server::rights::Access;

use crate::street::{Phone, Street, finish, id, mark, start};

/// Who must not notice.
const INSPECTED: [&str; 8] =
    ["head", "officer", "liaison", "grid_worker", "other_head", "street_head", "other_street_head", "province"];

const MADE: &str = "2026-03-02T08:30:00+08:00";

/// What every reading route answers to these people, with identities and moments taken out.
async fn answers(street: &Street) -> Vec<(String, Value)> {
    let mut answers = Vec::new();
    for route in routes().declared() {
        if route.method != Method::GET || route.path == "/api/events" || route.access == Access::Public {
            continue;
        }
        let site = street.sites[0].to_string();
        let path = route.path.replace("/sites/{id}", &format!("/sites/{site}"));
        let path =
            path.split('/').map(|part| if part.starts_with('{') { uuid::Uuid::nil().to_string() } else { part.to_owned() });
        let path = path.collect::<Vec<_>>().join("/");
        for name in INSPECTED {
            let answer = street.world.browser(name).get(&path).await;
            let body: Value = serde_json::from_str(&answer.text).unwrap_or_else(|_| json!(answer.text));
            answers.push((format!("{name} {path} {}", answer.status), masked(body)));
        }
    }
    answers
}

/// Identities and moments differ from run to run and say nothing.
fn masked(value: Value) -> Value {
    match value {
        Value::String(text) if uuid::Uuid::parse_str(&text).is_ok() => json!("id"),
        Value::String(text) if chrono::DateTime::parse_from_rfc3339(&text).is_ok() => json!("moment"),
        Value::Array(rows) => Value::Array(rows.into_iter().map(masked).collect()),
        Value::Object(fields) => Value::Object(fields.into_iter().map(|(name, value)| (name, masked(value))).collect()),
        other => other,
    }
}

async fn visited(street: &Street, phone: &Phone, round: &Value, number: usize) {
    let photo = phone.photo(number).await;
    let begun = phone.command(&[], MADE, &start(round, street.sites[0]));
    let first = phone.command(&[&begun], MADE, &mark(street.items[0], 3, std::slice::from_ref(&photo)));
    let second = phone.command(&[&begun], MADE, &mark(street.items[1], 1, &[]));
    let third = phone.command(&[&begun], MADE, &mark(street.items[2], 0, &[]));
    let end = phone.command(&[&begun, &first, &second, &third], MADE, &finish(&street.items));
    for receipt in phone.receipts(&[&begun, &first, &second, &third, &end]).await {
        assert_eq!(receipt["receipt"], "applied", "{receipt}");
    }
}

#[tokio::test]
async fn a_covert_round_is_noticed_by_nobody_inspected_until_it_is_released() {
    let street = Street::new(2).await;
    let open = street.round("mock", &street.sites[1..]).await;
    let before = answers(&street).await;
    assert!(before.len() > 200, "{}", before.len());
    let covert = street.round("covert", &street.sites[..1]).await;
    let phone = street.phone("inspector");
    visited(&street, &phone, &covert, 1).await;
    let number = covert["id"].as_str().unwrap();
    street.close(number).await;
    for ((what, before), (_, after)) in before.iter().zip(answers(&street).await) {
        assert_eq!(before, &after, "{what} noticed the covert round");
    }
    let office = street.world.browser("office");
    let version = office.get(&format!("/api/rounds/{number}")).await.ok()["version"].clone();
    office.post(&format!("/api/rounds/{number}/release"), json!({ "command_id": id(), "version": version })).await.ok();
    let changed = before.iter().zip(answers(&street).await).any(|((_, before), (_, after))| before != &after);
    assert!(changed, "once released it is seen; the walk would have noticed ({})", open["number"]);
}
