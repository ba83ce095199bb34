//! Visits owed under pairings: what is owed, what counts, who may write one down.

use axum::http::StatusCode;
use chrono::NaiveDate;
use serde_json::{Value, json};
use yipanqi_store::Author;
use yipanqi_store::site::{self, Site};
use yipanqi_store::unit::{Pairing, save_pairings};

use crate::street::{Street, finish, id, mark, start};

/// The urban unit is paired with the first community of the east street and with the second site; the sites lie there.
async fn paired() -> Street {
    let street = Street::new(2).await;
    let by = Author { person: None, name: "test".into() };
    let tx = street.world.yunxi.city.write(by, street.world.app.clock().now()).await.unwrap();
    let units = &street.world.yunxi.units;
    let pairing = Pairing {
        id: uuid::Uuid::now_v7(),
        leader_name: "王书记".into(),
        leader: Some(street.world.yunxi.people["leader"]),
        leader_title: Some("市委书记".into()),
        unit: Some(units["urban"]),
        area: units["east_1"],
        valid_from: NaiveDate::from_ymd_opt(2026, 1, 1).unwrap(),
        valid_to: None,
    };
    save_pairings(&tx, &[pairing]).await.unwrap();
    for (number, pairing_unit) in [(0, None), (1, Some(units["urban"]))] {
        let known = site::get(&tx, street.sites[number]).await.unwrap();
        site::update(&tx, &Site { community: Some(units["east_1"]), pairing_unit, ..known }).await.unwrap();
    }
    tx.commit().await.unwrap();
    street
}

fn row<'a>(list: &'a Value, with: &str) -> &'a Value {
    list["items"].as_array().unwrap().iter().find(|row| row[with].is_object()).unwrap()
}

#[tokio::test]
async fn what_is_owed_is_planned_by_the_norm_and_done_is_counted_from_visits() {
    let street = paired().await;
    let office = street.world.browser("office");
    let norm = json!({ "command_id": id(), "norm": { "every": "month", "areas": 2, "sites": 1 } });
    office.put("/api/pairing-norm", norm).await.ok();
    assert_eq!(street.world.browser("head").put("/api/pairing-norm", json!({})).await.status, StatusCode::FORBIDDEN);
    let list = office.get("/api/pairing-visits").await.ok();
    assert_eq!((&list["total"], &list["totals"]), (&json!(2), &json!({ "wanted": 3, "done": 0, "missing": 3 })));
    assert_eq!((&row(&list, "area")["from"], &row(&list, "area")["to"]), (&json!("2026-03-01"), &json!("2026-03-31")));

    let east = street.world.yunxi.units["east_1"];
    let visit = |on: &str| json!({ "command_id": id(), "area_id": east, "on": on, "note": "看了小区" });
    let head = street.world.browser("head");
    assert_eq!(head.post("/api/pairing-visits", visit("2026-03-02")).await.status, StatusCode::CREATED);
    let leader = street.world.browser("leader");
    assert_eq!(leader.post("/api/pairing-visits", visit("2026-03-01")).await.status, StatusCode::CREATED, "in person");
    assert_eq!(head.post("/api/pairing-visits", visit("2026-02-27")).await.status, StatusCode::CREATED, "another month");
    let future = head.post("/api/pairing-visits", visit("2026-03-03")).await.json();
    assert_eq!(future["errors"][0]["code"], "pairing_visit_in_future");
    for name in ["other_head", "office", "province"] {
        let refused = street.world.browser(name).post("/api/pairing-visits", visit("2026-03-02")).await;
        assert_eq!(refused.code(), "pairing_not_yours", "{name}");
    }
    let list = office.get("/api/pairing-visits").await.ok();
    let area = row(&list, "area");
    assert_eq!((&area["done"], &area["missing"], &area["last_on"]), (&json!(2), &json!(0), &json!("2026-03-02")));
    assert_eq!(row(&list, "site")["missing"], 1);
    let gaps = office.get("/api/pairing-visits?gap=true").await.ok();
    assert_eq!((&gaps["total"], &gaps["items"][0]["site"]["code"]), (&json!(1), &json!("YX-0002")));
    let quarter = json!({ "command_id": id(), "norm": { "every": "quarter", "areas": 4, "sites": 0 } });
    office.put("/api/pairing-norm", quarter).await.ok();
    let list = office.get("/api/pairing-visits").await.ok();
    assert_eq!((&list["total"], &row(&list, "area")["done"]), (&json!(1), &json!(3)), "the whole quarter; sites owe nothing");
    let book = office.get("/api/pairing-visits/export.xlsx?columns=leader_name,missing").await;
    assert!(book.status == StatusCode::OK && book.text.starts_with("PK"), "{book:?}");
}

#[tokio::test]
async fn a_finished_visit_of_a_round_counts_for_the_units_of_the_inspector() {
    let street = paired().await;
    let by = Author { person: None, name: "test".into() };
    let tx = street.world.yunxi.city.write(by, street.world.app.clock().now()).await.unwrap();
    let known = site::get(&tx, street.sites[1]).await.unwrap();
    site::update(&tx, &Site { pairing_unit: Some(street.world.yunxi.units["office"]), ..known }).await.unwrap();
    tx.commit().await.unwrap();
    let round = street.round("routine", &street.sites[1..]).await;
    let phone = street.phone("inspector");
    let made = "2026-03-02T08:30:00+08:00";
    let begun = phone.command(&[], made, &start(&round, street.sites[1]));
    let mut sent = vec![begun.clone()];
    sent.extend(street.items.iter().map(|item| phone.command(&[&begun], made, &mark(*item, 0, &[]))));
    let end = phone.command(&sent.iter().collect::<Vec<_>>(), made, &finish(&street.items));
    sent.push(end);
    assert!(phone.receipts(&sent.iter().collect::<Vec<_>>()).await.iter().all(|receipt| receipt["receipt"] == "applied"));
    let page = street.world.browser("office").get(&format!("/api/sites/{}", street.sites[1])).await.ok();
    let seen = &page["visits"][0];
    assert_eq!((&seen["passed"], &seen["applicable"], &seen["faults"]), (&json!(3), &json!(3), &json!(0)), "{seen}");
    let list = street.world.browser("office").get("/api/pairing-visits").await.ok();
    assert_eq!(row(&list, "site")["missing"], 0);
    assert_eq!(row(&list, "area")["missing"], 1, "another unit's visit is not the paired unit's");
    let of_head = street.world.browser("head").get("/api/pairing-visits").await.ok();
    assert_eq!(of_head["total"], 1, "a unit sees its own pairings");
    assert_eq!(street.world.browser("other_head").get("/api/pairing-visits").await.ok()["total"], 0);
}
