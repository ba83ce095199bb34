//! The ledger with thumbnails: written by a job, of what the asker may see, given to nobody else.

use axum::http::StatusCode;
use serde_json::json;
use yipanqi_server::job::worker;

use crate::media::{bytes, photo_of};
use crate::world::World;

fn new_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

#[tokio::test]
async fn a_ledger_carries_the_photograph_of_each_problem_and_is_its_askers_own() {
    let world = World::new().await;
    let office = world.browser("office");
    for (title, media) in [("垃圾满溢", vec![photo_of(&office).await]), ("井盖缺失", Vec::new())] {
        let body = json!({ "command_id": new_id(), "source": "higher_feedback", "title": title, "category": "环境卫生",
            "place_text": "晴川横巷", "media_ids": media });
        office.post("/api/problems", body).await.ok();
    }
    let asked = office.post("/api/problems/ledger?columns=number,title", json!({ "command_id": new_id() })).await.ok();
    let path = format!("/api/ledgers/{}", asked["id"].as_str().unwrap());
    assert_eq!(
        (asked["state"].as_str(), office.get(&format!("{path}/file")).await.code().as_str()),
        (Some("waiting"), "ledger_not_ready")
    );
    assert_eq!(worker::drain(&world.app, &world.yunxi.city).await.unwrap(), 1);
    let done = office.get(&path).await.ok();
    assert_eq!((done["state"].as_str(), done["total"].as_i64()), (Some("done"), Some(2)), "{done}");
    let (status, _, file) = bytes(&office, &format!("{path}/file")).await;
    assert_eq!((status, file.len() as u64), (StatusCode::OK, done["size"].as_u64().unwrap()));
    let count = |name: &[u8]| file.windows(name.len()).filter(|part| *part == name).count();
    assert!(count(b"xl/media/image1.jpeg") >= 1 && count(b"xl/media/image2.jpeg") == 0);
    assert_eq!(world.browser("supervisor").get(&path).await.code(), "job_not_found");
    assert_eq!(
        office.post("/api/problems/ledger?state=nowhere", json!({ "command_id": new_id() })).await.status,
        StatusCode::BAD_REQUEST
    );
}
