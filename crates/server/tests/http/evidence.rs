//! Flags of photographs: shown to whoever reviews, with both pictures, and his decision kept.

use axum::body::Body;
use axum::http::{Method, header};
use serde_json::{Value, json};

use crate::street::{Street, id, photo};
use crate::world::Browser;

/// Sends a picture and says which it is.
pub async fn send(browser: &Browser, bytes: &[u8]) -> String {
    let mut body = b"--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.jpg\"\r\n\r\n".to_vec();
    body.extend_from_slice(bytes);
    body.extend_from_slice(b"\r\n--edge--\r\n");
    let request = browser.request(Method::POST, "/api/media").header(header::CONTENT_TYPE, "multipart/form-data; boundary=edge");
    browser.answer(request.body(Body::from(body)).unwrap()).await.ok()["id"].as_str().unwrap().to_owned()
}

async fn problem(street: &Street, photo: &str, place: &str) -> Value {
    let body = json!({ "command_id": id(), "source": "grid_patrol", "title": "垃圾满溢", "category": "市容", "place_text": place, "media_ids": [photo] });
    street.world.browser("office").post("/api/problems", body).await.ok()
}

#[tokio::test]
async fn the_reviewer_sees_both_pictures_and_his_decision_stays() {
    let street = Street::new(1).await;
    let office = street.world.browser("office");
    let first = send(&office, &photo(1)).await;
    problem(&street, &first, "东街").await;
    let second = send(&office, &photo(2)).await;
    let later = problem(&street, &second, "西街").await;
    let path = format!("/api/problems/{}/evidence", later["id"].as_str().unwrap());
    let flags = office.get(&path).await.ok();
    let copy = flags.as_array().unwrap().iter().find(|flag| flag["flag"] == "near_copy").unwrap_or_else(|| panic!("{flags}"));
    assert_eq!((&copy["media_id"], &copy["other"]["id"], &copy["decision"]), (&json!(second), &json!(first), &Value::Null));
    let decide =
        json!({ "command_id": id(), "media_id": second, "flag": "near_copy", "decision": "doubted", "reason": "同一张" });
    let decided = office.post(&path, decide).await.ok();
    let copy = decided.as_array().unwrap().iter().find(|flag| flag["flag"] == "near_copy").unwrap().clone();
    assert_eq!(
        (&copy["decision"], &copy["reason"], &copy["decided_by"]),
        (&json!("doubted"), &json!("同一张"), &json!("office"))
    );
    let strange = json!({ "command_id": id(), "media_id": second, "flag": "far", "decision": "accepted" });
    assert_eq!(office.post(&path, strange).await.code(), "media_not_found", "only what was raised is decided");
}

#[tokio::test]
async fn the_unit_that_rectifies_neither_sees_nor_decides_flags() {
    let street = Street::new(1).await;
    let office = street.world.browser("office");
    let copy = send(&office, &photo(1)).await;
    problem(&street, &copy, "东街").await;
    let copied = send(&office, &photo(3)).await;
    let given = problem(&street, &copied, "西街").await;
    let path = format!("/api/problems/{}", given["id"].as_str().unwrap());
    let assign = json!({ "command_id": id(), "version": given["version"], "command": "assign", "unit_id": street.world.yunxi.units["urban"],
                         "limit": { "unit": "working_days", "count": 3 } });
    office.post(&format!("{path}/commands"), assign).await.ok();
    let liaison = street.world.browser("liaison");
    assert_eq!(liaison.get(&format!("{path}/evidence")).await.ok(), json!([]));
    let decide = json!({ "command_id": id(), "media_id": copied, "flag": "near_copy", "decision": "accepted" });
    assert_eq!(liaison.post(&format!("{path}/evidence"), decide).await.code(), "evidence_not_yours");
}

async fn one(backend: crate::world::Backend) -> Street {
    Street::on(backend, 1).await
}

crate::on_both!(
    async fn the_same_photograph_handed_in_again_by_the_same_person_is_seen(street: Street = one) {
        let office = street.world.browser("office");
        let media = send(&office, &photo(1)).await;
        let first = problem(&street, &media, "东街").await;
        assert_eq!(send(&office, &photo(1)).await, media, "it is the same record");
        let again = problem(&street, &media, "西街").await;
        let flags = async |of: &Value| {
            let path = format!("/api/problems/{}/evidence", of["id"].as_str().unwrap());
            let flags = office.get(&path).await.ok();
            flags.as_array().unwrap().iter().find(|flag| flag["flag"] == "exact_copy").cloned()
        };
        assert_eq!(flags(&first).await, None, "where it was handed in first it is no copy");
        let copy = flags(&again).await.unwrap();
        assert_eq!((&copy["media_id"], &copy["other"]["id"]), (&json!(media), &json!(media)));
        assert_eq!(copy["other_problem"]["id"], first["id"], "{copy}");

        let decide = json!({ "command_id": id(), "media_id": media, "flag": "exact_copy", "decision": "accepted" });
        office.post(&format!("/api/problems/{}/evidence", again["id"].as_str().unwrap()), decide).await.ok();
        assert_eq!(flags(&again).await.unwrap()["decision"], "accepted");
        let third = problem(&street, &media, "南街").await;
        let copy = flags(&third).await.unwrap();
        assert_eq!((&copy["decision"], &copy["other_problem"]["id"]), (&Value::Null, &first["id"]), "decided there, not here");
    }
);
