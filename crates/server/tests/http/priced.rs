//! What an assessment takes points for by itself: problems that came back and problems that were exposed.

use serde_json::{Value, json};

use crate::desk::{act, closed, new_id, registration, world_on};
use crate::on_both;
use crate::world::World;

/// Assigned to the urban bureau, which belongs to no street.
async fn assigned(world: &World, body: Value) -> String {
    assigned_to(world, body, "urban").await
}

async fn assigned_to(world: &World, body: Value, unit: &str) -> String {
    let office = world.browser("office");
    let id = office.post("/api/problems", body).await.ok()["id"].as_str().unwrap().to_owned();
    let limit = json!({"unit": "working_days", "count": 3});
    act(&office, &id, json!({"command": "assign", "unit_id": world.yunxi.units[unit], "limit": limit})).await.ok();
    id
}

async fn drafted(world: &World, from: &str, until: &str) -> Value {
    let body = json!({"command_id": new_id(), "name": "考核", "from": from, "until": until});
    world.browser("office").post("/api/assessments", body).await.ok()
}

fn row<'a>(view: &'a Value, name: &str) -> &'a Value {
    view["units"].as_array().unwrap().iter().find(|row| row["name"] == name).unwrap()
}

/// Of the urban bureau: event, finder, repeats and points of each.
fn priced(view: &Value) -> Vec<(String, String, u64, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let event =
        |of: &Value| (text(&of["id"]), text(&of["finder"]), of["repeats"].as_u64().unwrap(), text(&of["points"]["value"]));
    row(view, "城市管理局")["adjustments"].as_array().unwrap().iter().map(event).collect()
}

on_both!(
    async fn a_repeat_is_the_same_again_at_its_site_however_long_ago_and_what_was_merged_costs_nothing(made: (World, String) = world_on) {
        let (world, site) = made;
        let office = world.browser("office");
        let first = office.post("/api/problems", registration(&site, "垃圾桶满溢")).await.ok()["id"].as_str().unwrap().to_owned();
        closed(&world, &first).await;
        let mut elsewhere = registration(&site, "标语破损");
        (elsewhere["criterion_id"], elsewhere["category"]) = (Value::Null, "公益广告".into());
        world.at("2026-04-10T09:00:00+08:00");
        let again = office.post("/api/problems", registration(&site, "又满溢")).await.ok()["id"].as_str().unwrap().to_owned();
        closed(&world, &again).await;
        let other = assigned(&world, elsewhere).await;
        let mut seen = registration(&site, "电视台曝光");
        (seen["source"], seen["particulars"]) = ("media_exposure".into(), json!({"medium": "市电视台"}));
        let third = assigned(&world, seen).await;
        // The same fault told a second time: merged, it costs nothing and repeats nothing.
        let twin = assigned(&world, registration(&site, "满溢，市民反映")).await;
        act(&office, &twin, json!({"command": "merge", "into": third})).await.ok();
        let mut uncited = registration(&site, "环境脏乱");
        uncited["criterion_id"] = Value::Null;
        let last = assigned(&world, uncited).await;
        world.at("2026-04-20T09:00:00+08:00");
        let event = |event: &str, finder: &str, repeats: u64, points: &str| {
            (event.to_owned(), finder.to_owned(), repeats, points.to_owned())
        };
        let number = async |id: &str| office.get(&format!("/api/problems/{id}")).await.ok()["number"].as_i64().unwrap();
        let numbers = [number(&again).await, number(&other).await, number(&third).await, number(&last).await];
        assert_eq!(numbers, [2, 3, 4, 6]);

        let march = drafted(&world, "2026-03-01", "2026-03-31").await;
        assert_eq!(priced(&march), [event("exposure:00001", "higher", 0, "-2.00")]);
        let april = drafted(&world, "2026-04-01", "2026-04-30").await;
        assert_eq!(priced(&april), [
            event("exposure:00002", "higher", 1, "-4.00"),
            // Something else at the same site is no repeat.
            event("exposure:00003", "higher", 0, "-2.00"),
            event("exposure:00004", "media", 2, "-2.00"),
            // Where no criterion is cited the category tells, and the policy's limit of 10 points leaves 2 of 4.
            event("exposure:00006", "higher", 3, "-2.00"),
            event("rebound:00002", "higher", 0, "-1.00"),
        ]);
        assert_eq!(april["ignored"], json!(["rebound:00004"]), "the policy has no price for a return that the press found");
    }
);

on_both!(
    async fn what_was_closed_on_time_counts_for_the_unit_and_those_above_it_as_the_list_behind_it_does(made: (World, String) = world_on) {
        let (world, site) = made;
        let office = world.browser("office");
        let id = async |body| office.post("/api/problems", body).await.ok()["id"].as_str().unwrap().to_owned();
        closed(&world, &id(registration(&site, "垃圾桶满溢")).await).await;
        let into = assigned(&world, registration(&site, "围挡破损")).await;
        let twin = assigned(&world, registration(&site, "围挡又破损")).await;
        act(&office, &twin, json!({"command": "merge", "into": into})).await.ok();
        // Of a community, and so of its street.
        assigned_to(&world, registration(&site, "占道经营"), "east_1").await;
        let march = drafted(&world, "2026-03-01", "2026-03-31").await;
        for (name, reached, possible) in [("城市管理局", "1.00", "2.00"), ("东街街道", "0.00", "1.00")] {
            let component = &row(&march, name)["components"][1];
            assert_eq!((&component["reached"]["value"], &component["possible"]["value"]), (&json!(reached), &json!(possible)), "{name}");
            let listed = office.get(&format!("/api{}", component["link"].as_str().unwrap())).await.ok();
            assert_eq!(listed["total"], component["denominator"], "{name}");
        }
        assert!(row(&march, "西街街道")["components"][1]["possible"].is_null(), "nothing was due");
        let february = drafted(&world, "2026-02-01", "2026-02-28").await;
        assert!(row(&february, "城市管理局")["components"][1]["possible"].is_null());
    }
);
