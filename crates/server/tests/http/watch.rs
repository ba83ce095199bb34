//! Watching for a time arrives from a phone with its beginning, length and minutes, and counts as the share it is.

use serde_json::{Value, json};

use crate::street::{Street, id, start};
use crate::world::Backend;

/// The moment at which the fixed clock stands: the words of the item hold by then.
const MADE: &str = "2026-03-02T09:00:00+08:00";

async fn one(backend: Backend) -> Street {
    Street::on(backend, 1).await
}

async fn watched(street: &Street) {
    let office = street.world.browser("office");
    let path = format!("/api/site-types/{}", street.site_type);
    let view = office.get(&path).await.ok();
    let mut item = view["items"][1].clone();
    item["command_id"] = id().into();
    item["judgement_words"] = "比例（观察15分钟）：按百分点扣".into();
    item["criteria"] = json!([]);
    let saved = office.post(&format!("{path}/items"), item).await.ok();
    assert_eq!(saved["items"][1]["judgement"], json!({ "kind": "percentage", "n": 15 }), "{saved}");
}

fn result(seconds: u32, minutes: &[(u32, u32)]) -> Value {
    let minutes: Vec<Value> = minutes.iter().map(|(observed, total)| json!({ "observed": observed, "total": total })).collect();
    json!({ "kind": "timed", "observed": 17, "total": 20,
            "watch": { "started_at": "2026-03-02T00:10:00Z", "seconds": seconds, "minutes": minutes } })
}

crate::on_both!(
    async fn a_watch_keeps_how_it_was_gathered_and_says_that_it_was_short(street: Street = one) {
        watched(&street).await;
        let round = street.round("mock", &street.sites).await;
        let phone = street.phone("inspector");
        let begun = phone.command(&[], MADE, &start(&round, street.sites[0]));
        let work = |result: Value| json!({ "kind": "mark_item", "item_id": street.items[1], "mark": { "result": result, "photos": [] } });
        let wrong = phone.command(&[&begun], MADE, &work(result(240, &[(9, 10), (7, 10)])));
        let marked = phone.command(&[&begun], MADE, &work(result(240, &[(9, 10), (8, 10)])));
        let receipts = phone.receipts(&[&begun, &wrong, &marked]).await;
        assert_eq!((&receipts[1]["receipt"], &receipts[1]["code"]), (&json!("refused"), &json!("finding_minutes_differ")));
        assert_eq!(receipts[2]["receipt"], "applied", "too short is no reason to refuse: {receipts:?}");
        let visit = receipts[0]["subject_id"].as_str().unwrap();
        let visit = street.world.browser("office").get(&format!("/api/visits/{visit}")).await.ok();
        let finding = &visit["findings"][0];
        assert_eq!((&finding["result"], &finding["short_by"]), (&result(240, &[(9, 10), (8, 10)]), &json!(660)), "{finding}");
        let taken = phone.pull(0).await;
        assert_eq!(taken["visits"][0]["findings"][0]["result"], finding["result"], "{taken}");
        let plain = json!({ "command_id": id(), "result": { "kind": "ratio", "observed": 17, "total": 20 } });
        let path = format!("/api/visits/{}/findings/{}", visit["id"].as_str().unwrap(), street.items[1]);
        let entered = street.world.browser("inspector").put(&path, plain).await.ok();
        assert_eq!((&entered["pass"], &entered["short_by"]), (&finding["pass"], &Value::Null), "a share is judged alike however it was gathered");
    }
);

#[tokio::test]
async fn a_draw_takes_so_many_of_each_stratum_or_per_cent_of_all() {
    let street = Street::new(5).await;
    for (allocation, count, drawn) in
        [("each", 3, 3), ("each", 9, 5), ("percent", 40, 2), ("percent", 100, 5), ("proportional", 4, 4)]
    {
        let body = json!({ "command_id": id(), "name": "抽查", "kind": "spot", "edition_id": street.edition,
                           "sites": { "count": count, "allocation": allocation }, "inspectors": [] });
        let round = street.world.browser("office").post("/api/rounds", body).await.json();
        assert_eq!(round["sites"], drawn, "{allocation} {count}: {round}");
    }
}
