//! A draw with witnesses: fixed before, opened after, repeated by anybody.

use axum::http::StatusCode;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use yipanqi_domain::round::draw::{self, DrawRecord, Unproven};
use yipanqi_server::round::proof::prove;
use yipanqi_store::round;

use yipanqi_domain::access::Role;
use yipanqi_domain::unit::UnitKind;
use yipanqi_store::unit::{PersonPost, save_post};
use yipanqi_store::{Author, site, unit};

use crate::street::{Street, id};

fn hash_of(nonce: &str) -> String {
    hex::encode(Sha256::digest(hex::decode(nonce).unwrap()))
}

async fn plan(street: &Street, extra: Value) -> Value {
    let mut sites = json!({ "count": 4 });
    sites.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    let body = json!({
        "command_id": id(), "name": "见证抽样", "kind": "spot", "edition_id": street.edition, "sites": sites,
        "inspectors": [street.world.yunxi.people["inspector"]],
        "witnesses": [
            { "name": "督查室", "commitment": hash_of("aa01") }, { "name": "纪委", "commitment": hash_of("bb02") },
        ],
    });
    let answer = street.world.browser("office").post("/api/rounds", body).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
    answer.json()
}

#[tokio::test]
async fn frame_and_hashes_are_published_first_and_the_draw_can_be_repeated() {
    let street = Street::new(12).await;
    let office = street.world.browser("office");
    let planned = plan(&street, json!({ "must": [street.sites[3]], "exclude": [street.sites[5]] })).await;
    assert_eq!((&planned["state"], &planned["sites"]), (&json!("planned"), &json!(1)), "only what must be visited is there");
    assert_eq!(planned["draw"]["nonces"], json!([]), "the office's nonce stays closed");
    assert_eq!(planned["draw"]["commitments"].as_array().unwrap().len(), 3);
    assert_eq!(planned["draw"]["strata"][0]["frame"], 10);
    let path = format!("/api/rounds/{}/draw", planned["id"].as_str().unwrap());
    let open = |nonces: Value| json!({ "command_id": id(), "version": planned["version"], "nonces": nonces });
    let wrong = office.post(&path, open(json!(["aa01", "bb03"]))).await;
    assert_eq!((wrong.code().as_str(), &wrong.json()["data"]["place"]), ("draw_nonce_differs", &json!(3)));
    let drawn = office.post(&path, open(json!(["aa01", "bb02"]))).await.ok();
    assert_eq!((&drawn["state"], &drawn["sites"]), (&json!("open"), &json!(5)));
    let codes = drawn["draw"]["strata"][0]["codes"].as_array().unwrap();
    assert_eq!(codes.len(), 4);
    assert!(!codes.contains(&json!("YX-0006")) && !codes.contains(&json!("YX-0004")), "{codes:?}");
    let given = drawn["site_list"].as_array().unwrap().iter().filter(|place| place["inspector"].is_object()).count();
    assert_eq!(given, 5, "also what must be visited is given to an inspector");

    let seed = Sha256::digest(
        drawn["draw"]["nonces"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|nonce| hex::decode(nonce.as_str().unwrap()).unwrap())
            .collect::<Vec<u8>>(),
    );
    assert_eq!(drawn["draw"]["seed"], hex::encode(seed));
    let tx = street.world.yunxi.city.read().await.unwrap();
    let kept = round::by_number(&tx, drawn["number"].as_str().unwrap()).await.unwrap().unwrap();
    let record: DrawRecord = kept.draw.unwrap().record().unwrap();
    assert_eq!(record.verify(), Ok(()));
    let again = office.post(&path, open(json!(["aa01", "bb02"]))).await;
    assert_eq!(again.code(), "round_state", "drawn once");
}

#[tokio::test]
async fn a_draw_by_street_still_says_from_how_many_sites_of_a_type() {
    let street = Street::new(12).await;
    let planned = plan(&street, json!({ "strata": "street" })).await;
    let tx = street.world.yunxi.city.read().await.unwrap();
    let draw = round::by_number(&tx, planned["number"].as_str().unwrap()).await.unwrap().unwrap().draw.unwrap();
    assert_eq!(draw.frames().values().sum::<u32>(), 12);
    assert!(draw.strata.iter().all(|stratum| !draw.frames().contains_key(&stratum.name)), "{:?}", draw.strata);
}

#[tokio::test]
async fn a_witnessed_draw_has_two_witnesses_with_their_hashes() {
    let street = Street::new(3).await;
    let body = json!({
        "command_id": id(), "name": "见证抽样", "kind": "spot", "edition_id": street.edition, "sites": { "count": 1 },
        "witnesses": [{ "name": "督查室", "commitment": hash_of("aa01") }],
    });
    let refused = street.world.browser("office").post("/api/rounds", body).await;
    assert_eq!(
        (refused.status, &refused.json()["errors"][0]["code"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("witnesses_two"))
    );
}

#[tokio::test]
async fn sites_are_drawn_by_street_or_type_as_asked() {
    let street = Street::new(6).await;
    let planned = plan(&street, json!({ "strata": "site_type_and_street", "allocation": "neyman" })).await;
    assert_eq!(planned["draw"]["strata"][0]["name"], "东街街道 背街小巷");
    assert_eq!(planned["draw"]["strata"][0]["quota"], 4);
}

#[tokio::test]
async fn sites_are_drawn_by_district_where_streets_stand_below_one() {
    let street = Street::new(6).await;
    let place = &street.world.yunxi;
    let names = |planned: &Value| -> Vec<(String, u64)> {
        let strata = planned["draw"]["strata"].as_array().unwrap();
        strata.iter().map(|one| (one["name"].as_str().unwrap().to_owned(), one["frame"].as_u64().unwrap())).collect()
    };
    let by_district = json!({ "strata": "district" });
    assert_eq!(
        names(&plan(&street, by_district.clone()).await),
        [("东街街道".to_owned(), 6)],
        "without districts a street stands for itself"
    );
    let by = Author { person: None, name: "test".into() };
    let mut tx = place.city.write(by, street.world.app.clock().now()).await.unwrap();
    let mut district = unit::Unit::new("d1".to_owned(), "城东区政府".to_owned(), UnitKind::Leadership, 90);
    district.parent = Some(place.units["city"]);
    unit::add(&tx, &district).await.unwrap();
    let east = unit::directory(&tx).await.unwrap().get(place.units["east"]).unwrap().clone();
    unit::update(&tx, &unit::Unit { parent: Some(district.id), ..east }).await.unwrap();
    for number in [4, 5] {
        let known = site::get(&tx, street.sites[number]).await.unwrap();
        site::update(&tx, &site::Site { street: Some(place.units["west"]), ..known }).await.unwrap();
    }
    tx.audit("test", "city", "yunxi", &()).unwrap();
    tx.commit().await.unwrap();
    let planned = plan(&street, by_district).await;
    assert_eq!(names(&planned), [("城东区政府".to_owned(), 4), ("西街街道".to_owned(), 2)]);
    let both = plan(&street, json!({ "strata": "site_type_and_district" })).await;
    assert_eq!(names(&both), [("城东区政府 背街小巷".to_owned(), 4), ("西街街道 背街小巷".to_owned(), 2)]);
}

#[tokio::test]
async fn a_second_visit_is_blind_and_measures_agreement() {
    use crate::street::{finish, mark, start};
    let street = Street::new(1).await;
    let round = street.round("mock", &street.sites).await;
    let number = round["id"].as_str().unwrap().to_owned();
    let made = "2026-03-02T08:30:00+08:00";
    for (name, faults) in [("inspector", [0, 2, 0]), ("office", [0, 0, 0])] {
        let phone = street.phone(name);
        let begun = phone.command(&[], made, &start(&round, street.sites[0]));
        let mut sent = vec![begun.clone()];
        for (item, faults) in street.items.iter().zip(faults) {
            sent.push(phone.command(&[&begun], made, &mark(*item, faults, &[])));
        }
        let parents: Vec<_> = sent.iter().collect();
        let end = phone.command(&parents, made, &finish(&street.items));
        sent.push(end);
        let receipts = phone.receipts(&sent.iter().collect::<Vec<_>>()).await;
        assert!(receipts.iter().all(|receipt| receipt["receipt"] == "applied"), "{receipts:?}");
    }
    let quality = street.world.browser("office").get(&format!("/api/rounds/{number}/agreement")).await.ok();
    assert_eq!((&quality["agreement"]["pairs"], &quality["agreement"]["same"]), (&json!(3), &json!(2)));
    assert_eq!(quality["inspectors"].as_array().unwrap().len(), 2);
    assert_eq!(quality["odd"][0]["oddities"], json!(["short"]), "over in no time: {quality}");
    let shown = street.world.browser("office").get(&format!("/api/rounds/{number}")).await.ok();
    assert_eq!(shown["visited"], 1);
}

/// Somebody of the city becomes an inspector as well.
async fn appoint(street: &Street, name: &str, unit: &str) {
    let by = Author { person: None, name: "test".into() };
    let tx = street.world.yunxi.city.write(by, street.world.app.clock().now()).await.unwrap();
    let post = PersonPost {
        id: uuid::Uuid::now_v7(),
        person: street.world.yunxi.people[name],
        unit: street.world.yunxi.units[unit],
        role: Role::Inspector,
        valid_from: chrono::NaiveDate::from_ymd_opt(2025, 1, 1).unwrap(),
        valid_to: None,
    };
    save_post(&tx, &post).await.unwrap();
    tx.commit().await.unwrap();
}

fn body(street: &Street, inspectors: &[&str], sites: Value) -> Value {
    let people: Vec<_> = inspectors.iter().map(|name| street.world.yunxi.people[name]).collect();
    json!({
        "command_id": id(), "name": "双随机抽查", "kind": "spot", "edition_id": street.edition, "sites": sites,
        "inspectors": people,
    })
}

fn loads(round: &Value, people: &[String]) -> Vec<usize> {
    let sites = round["site_list"].as_array().unwrap();
    people.iter().map(|person| sites.iter().filter(|site| site["inspector"]["id"] == **person).count()).collect()
}

#[tokio::test]
async fn inspectors_are_drawn_with_the_sites_and_the_draw_can_be_repeated() {
    let street = Street::new(14).await;
    for name in ["spare", "supervisor"] {
        appoint(&street, name, "supervision").await;
    }
    appoint(&street, "street_head", "east").await;
    let people = ["inspector", "supervisor", "street_head"];
    let mut asked = body(&street, &people, json!({ "count": 8, "must": [street.sites[2]] }));
    asked["witnesses"] = json!([
        { "name": "督查室", "commitment": hash_of("aa01") }, { "name": "纪委", "commitment": hash_of("bb02") },
    ]);
    let office = street.world.browser("office");
    let planned = office.post("/api/rounds", asked).await.json();
    assert_eq!(planned["draw"]["roster_hash"].as_str().unwrap().len(), 64, "published before the draw");
    assert_eq!(planned["site_list"][0]["inspector"], Value::Null, "nobody knows who comes");
    let path = format!("/api/rounds/{}/draw", planned["id"].as_str().unwrap());
    let open = json!({ "command_id": id(), "version": planned["version"], "nonces": ["aa01", "bb02"] });
    let drawn = office.post(&path, open).await.ok();
    let of = |names: &[&str]| -> Vec<String> { names.iter().map(|name| street.world.yunxi.people[name].to_string()).collect() };
    let mut even = loads(&drawn, &of(&["inspector", "supervisor"]));
    even.sort_unstable();
    assert_eq!(even, [4, 5], "the load is even, with the site that must be visited");
    assert_eq!(loads(&drawn, &of(&["street_head"])), [0], "all sites lie in the own street");

    let tx = street.world.yunxi.city.read().await.unwrap();
    let kept = round::by_number(&tx, drawn["number"].as_str().unwrap()).await.unwrap().unwrap();
    let record: DrawRecord = kept.draw.unwrap().record().unwrap();
    assert_eq!((record.given.len(), record.verify()), (9, Ok(())));
    let mut changed = record.clone();
    changed.roster.as_mut().unwrap().inspectors.retain(|key, _| *key != of(&["street_head"])[0]);
    assert!(changed.verify().is_err(), "the roster is what was published");
    for (of_round, site) in round::sites(&tx, kept.id).await.unwrap() {
        assert_eq!(record.given[&site.code], of_round.inspector.unwrap().to_string(), "given as drawn");
    }
}

#[tokio::test]
async fn a_draw_that_is_impossible_names_the_site_and_why_of_each_inspector() {
    let street = Street::new(3).await;
    appoint(&street, "street_head", "east").await;
    let office = street.world.browser("office");
    let refused = office.post("/api/rounds", body(&street, &["street_head"], json!({ "count": 1 }))).await;
    assert_eq!((refused.status, refused.code().as_str()), (StatusCode::UNPROCESSABLE_ENTITY, "draw_impossible"));
    let data = &refused.json()["data"];
    assert_eq!((&data["count"], &data["site"], &data["last"]), (&json!(3), &json!("YX-0001"), &json!("—")));
    assert!(data["own"].as_str().unwrap().contains("street_head"), "{data}");
    assert_eq!(data["sites"][0]["inspectors"][0]["bar"], "own_unit");
}

#[tokio::test]
async fn nobody_is_drawn_twice_running_for_the_same_site() {
    use crate::street::{finish, mark, start};
    let street = Street::new(2).await;
    appoint(&street, "supervisor", "supervision").await;
    let first = street.round("spot", &street.sites[..1]).await;
    let phone = street.phone("inspector");
    let made = "2026-03-02T08:30:00+08:00";
    let begun = phone.command(&[], made, &start(&first, street.sites[0]));
    let mut sent = vec![begun.clone()];
    sent.extend(street.items.iter().map(|item| phone.command(&[&begun], made, &mark(*item, 0, &[]))));
    let end = phone.command(&sent.iter().collect::<Vec<_>>(), made, &finish(&street.items));
    sent.push(end);
    assert!(phone.receipts(&sent.iter().collect::<Vec<_>>()).await.iter().all(|receipt| receipt["receipt"] == "applied"));

    let office = street.world.browser("office");
    let alone = office.post("/api/rounds", body(&street, &["inspector"], json!({ "count": 2 }))).await;
    assert_eq!((alone.code().as_str(), &alone.json()["data"]["site"]), ("draw_impossible", &json!("YX-0001")));
    assert!(alone.json()["data"]["last"].as_str().unwrap().contains("inspector"));
    for _ in 0..4 {
        let drawn = office.post("/api/rounds", body(&street, &["inspector", "supervisor"], json!({ "count": 2 }))).await.json();
        let again = drawn["site_list"].as_array().unwrap().iter().find(|site| site["site"]["code"] == "YX-0001").unwrap();
        assert_eq!(again["inspector"]["id"], street.world.yunxi.people["supervisor"].to_string());
    }
    let mut allowed = body(&street, &["inspector"], json!({ "count": 2 }));
    allowed["repeat_pairs"] = json!(true);
    assert_eq!(office.post("/api/rounds", allowed).await.status, StatusCode::CREATED, "unless the office allows it");
}

#[tokio::test]
async fn day_routes_are_planned_for_the_open_sites_and_lead_the_phone() {
    let street = Street::new(7).await;
    let by = Author { person: None, name: "test".into() };
    let tx = street.world.yunxi.city.write(by, street.world.app.clock().now()).await.unwrap();
    yipanqi_store::calendar::save_year(&tx, 2026, &yipanqi_domain::calendar::Year::default()).await.unwrap();
    // Along a road, in a muddle; one without a place.
    for (number, step) in (0..).zip([5_i64, 0, 4, 2, 1, 3]) {
        let known = site::get(&tx, street.sites[number]).await.unwrap();
        site::update(&tx, &site::Site { longitude: Some(1_148_000_000 + step * 100_000), ..known }).await.unwrap();
    }
    let known = site::get(&tx, street.sites[6]).await.unwrap();
    site::update(&tx, &site::Site { longitude: None, latitude: None, ..known }).await.unwrap();
    tx.commit().await.unwrap();
    let round = street.round("spot", &street.sites).await;
    let office = street.world.browser("office");
    let path = format!("/api/rounds/{}", round["id"].as_str().unwrap());
    let ask = |days: u32| {
        json!({
            "command_id": id(), "from": "2026-03-06", "days": days, "minutes_per_site": 30, "hours_per_day": 6, "km_per_hour": 15,
        })
    };
    let refused = office.post(&format!("{path}/routes"), ask(0)).await;
    assert_eq!(refused.json()["errors"][0]["code"], "routes_out_of_range");
    let planned = office.post(&format!("{path}/routes"), ask(2)).await.ok();
    let routes = planned["routes"].as_array().unwrap();
    let days: Vec<_> = routes.iter().map(|route| (route["day"].as_str().unwrap(), route["stops"].as_u64().unwrap())).collect();
    assert_eq!(days, [("2026-03-06", 3), ("2026-03-09", 3)], "Friday and Monday, evenly");
    let metres: u64 = routes.iter().map(|route| route["metres"].as_u64().unwrap()).sum();
    assert!((4_500..5_500).contains(&metres), "twice two steps of 950 m as the crow flies: {metres}");

    let pack = street.phone("inspector").pull(0).await;
    let mut visits = pack["visits"].as_array().unwrap().clone();
    visits.sort_by_key(|visit| visit["order"].as_u64());
    let order: Vec<_> = visits.iter().map(|visit| visit["site"]["code"].as_str().unwrap()).collect();
    let of_list = |day: &str| -> Vec<String> {
        let mut stops: Vec<_> = planned["site_list"].as_array().unwrap().iter().filter(|site| site["visit_on"] == day).collect();
        stops.sort_by_key(|site| site["stop"].as_i64());
        stops.iter().map(|site| site["site"]["code"].as_str().unwrap().to_owned()).collect()
    };
    let wanted: Vec<String> = [of_list("2026-03-06"), of_list("2026-03-09"), vec!["YX-0007".to_owned()]].concat();
    assert_eq!(order, wanted, "by day and way, what has no place at the end");

    let given = json!({ "command_id": id(), "inspector_id": null });
    let given = office.put(&format!("{path}/inspectors/{}", street.sites[0]), given).await.ok();
    let moved = given["site_list"].as_array().unwrap().iter().find(|site| site["site"]["code"] == "YX-0001").unwrap();
    assert_eq!((&moved["visit_on"], &moved["stop"]), (&Value::Null, &Value::Null), "who gets a site plans it anew");
}

async fn twelve(backend: crate::world::Backend) -> Street {
    Street::on(backend, 12).await
}

/// What proving the draw of a round says: what is not proved, the other draws, or why it does not hold.
async fn proved(street: &Street, number: &str) -> Result<(Vec<Unproven>, Vec<String>), String> {
    let tx = street.world.yunxi.city.read().await.unwrap();
    let kept = round::by_number(&tx, number).await.unwrap().unwrap();
    match prove(&tx, &kept, &[]).await {
        Ok(proof) => Ok((proof.unproven, proof.others)),
        Err(error) => Err(error.message(yipanqi_server::request::Lang::En)),
    }
}

/// Changes a round behind the back of everybody.
async fn tamper(street: &Street, number: &str, change: impl AsyncFnOnce(&yipanqi_store::WriteTx, round::Round)) {
    let by = Author { person: None, name: "test".into() };
    let tx = street.world.yunxi.city.write(by, street.world.app.clock().now()).await.unwrap();
    let kept = round::by_number(&tx, number).await.unwrap().unwrap();
    change(&tx, kept).await;
    tx.commit().await.unwrap();
}

crate::on_both!(
    async fn a_witnessed_draw_is_compared_with_the_round_and_with_the_log(street: Street = twelve) {
        let office = street.world.browser("office");
        let planned = plan(&street, json!({ "must": [street.sites[3]] })).await;
        assert_eq!(planned["draw"]["plan_hash"].as_str().unwrap().len(), 64, "published before the draw");
        let number = planned["number"].as_str().unwrap();
        assert!(proved(&street, number).await.unwrap_err().contains("not been made"));
        let path = format!("/api/rounds/{}", planned["id"].as_str().unwrap());
        let open = json!({ "command_id": id(), "version": planned["version"], "nonces": ["aa01", "bb02"] });
        let drawn = office.post(&format!("{path}/draw"), open).await.ok();
        assert_eq!(proved(&street, number).await, Ok((Vec::new(), Vec::new())));

        // Given on openly, it still holds.
        let (one, other) = (drawn["site_list"][1]["site"]["id"].as_str().unwrap(), street.another_inspector("supervisor").await);
        office.put(&format!("{path}/inspectors/{one}"), json!({ "command_id": id(), "inspector_id": other })).await.ok();
        assert_eq!(proved(&street, number).await, Ok((Vec::new(), Vec::new())));
        // Another inspector behind everybody's back, another site, another draw that fits itself: none holds.
        tamper(&street, number, async |tx, kept| {
            let (place, _) = round::sites(tx, kept.id).await.unwrap().remove(2);
            round::save_round_site(tx, &round::RoundSite { inspector: Some(other), ..place }).await.unwrap();
        })
        .await;
        assert!(proved(&street, number).await.unwrap_err().contains("inspector of the site"));
        let given = drawn["site_list"][2]["inspector"]["id"].clone();
        tamper(&street, number, async |tx, kept| {
            let (place, _) = round::sites(tx, kept.id).await.unwrap().remove(2);
            let given = serde_json::from_value(given).unwrap();
            round::save_round_site(tx, &round::RoundSite { inspector: given, ..place }).await.unwrap();
        })
        .await;
        assert_eq!(proved(&street, number).await, Ok((Vec::new(), Vec::new())));
        tamper(&street, number, async |tx, kept| {
            let mut draw = kept.draw.clone().unwrap();
            draw.strata[0].quota = 5;
            let quotas = draw.quotas();
            draw.plan_hash = Some(hex::encode(draw::plan_hash(&quotas, &draw.must)));
            let seed = hex::decode(&draw.seed).unwrap().try_into().unwrap();
            draw.strata[0].drawn = draw.frame.draw(&seed, &quotas).remove(&draw.strata[0].name).unwrap();
            let sites = draw.strata[0].drawn.iter().cloned().collect();
            draw.given = draw.roster.as_ref().map(|roster| roster.draw(&seed, &(&sites | &roster.must))).unwrap_or_default();
            assert_eq!(draw.record().unwrap().verify(), Ok(()), "by itself it fits");
            round::save(tx, &round::Round { draw: Some(draw), ..kept }).await.unwrap();
        })
        .await;
        assert!(proved(&street, number).await.unwrap_err().contains("audit log says was published"));
    }
);

crate::on_both!(
    async fn a_draw_without_witnesses_is_repeated_and_said_to_be_unwitnessed(street: Street = twelve) {
        let office = street.world.browser("office");
        let made = async || {
            let made = office.post("/api/rounds", super::body(&street, &["inspector"], json!({ "count": 4 }))).await;
            assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
            made.json()["number"].as_str().unwrap().to_owned()
        };
        let first = made().await;
        assert_eq!(proved(&street, &first).await, Ok((vec![Unproven::Unwitnessed], Vec::new())));
        let second = made().await;
        assert_eq!(proved(&street, &second).await, Ok((vec![Unproven::Unwitnessed], vec![first])), "drawn until it pleased?");
        tamper(&street, &second, async |tx, kept| {
            let (place, _) = round::sites(tx, kept.id).await.unwrap().remove(0);
            site::merge::drop_place(tx, &place).await.unwrap();
        })
        .await;
        assert!(proved(&street, &second).await.unwrap_err().contains("sites of the round"));
    }
);
