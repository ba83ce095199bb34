//! A draw with witnesses: fixed before, opened after, repeated by anybody.

use axum::http::StatusCode;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use yipanqi_domain::round::draw::DrawRecord;
use yipanqi_store::round;

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
