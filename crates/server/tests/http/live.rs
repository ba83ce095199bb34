//! Live updates reach those whom they concern, and a browser that comes back gets what it missed.

use axum::body::Body;
use axum::http::Method;
use futures_util::StreamExt as _;
use yipanqi_domain::id::UnitId;
use yipanqi_store::Author;

use crate::world::{Browser, World};

struct Stream(axum::body::BodyDataStream);

impl Stream {
    async fn open(browser: &Browser, last: Option<i64>) -> Self {
        let mut request = browser.request(Method::GET, "/api/events");
        if let Some(last) = last {
            request = request.header("last-event-id", last.to_string());
        }
        let response = browser.raw(request.body(Body::empty()).unwrap()).await;
        assert!(response.status().is_success());
        Self(response.into_body().into_data_stream())
    }

    async fn next(&mut self) -> String {
        let chunk = tokio::time::timeout(std::time::Duration::from_secs(10), self.0.next()).await.unwrap().unwrap().unwrap();
        String::from_utf8(chunk.to_vec()).unwrap()
    }
}

async fn tell(world: &World, kind: &str, subject: &str, units: &[UnitId]) {
    let by = Author { person: None, name: "test".into() };
    let mut tx = world.yunxi.city.write(by, world.app.clock().now()).await.unwrap();
    tx.event(kind, subject, units).unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn events_reach_the_units_they_concern_and_nobody_else() {
    let world = World::new().await;
    let mut head = Stream::open(&world.browser("head"), None).await;
    let mut other = Stream::open(&world.browser("other_head"), None).await;
    let mut office = Stream::open(&world.browser("office"), None).await;
    tell(&world, "problem_changed", "p1", &[world.yunxi.units["urban"]]).await;
    tell(&world, "problem_changed", "p2", &[world.yunxi.units["market"]]).await;
    tell(&world, "job_progressed", "j1", &[]).await;
    tell(&world, "problem_changed", "p3", &[world.yunxi.units["urban"], world.yunxi.units["market"]]).await;
    let first = head.next().await;
    assert!(first.contains("event: problem") && first.contains("\"subject_id\":\"p1\""), "{first}");
    assert!(head.next().await.contains("p3"));
    assert!(other.next().await.contains("p2"));
    assert!(other.next().await.contains("p3"));
    for subject in ["p1", "p2", "j1", "p3"] {
        assert!(office.next().await.contains(subject));
    }
}

#[tokio::test]
async fn a_notice_wakes_its_receivers_page_and_no_other() {
    let world = World::with_problems().await;
    let mut liaison = Stream::open(&world.browser("liaison"), None).await;
    let mut other = Stream::open(&world.browser("other_head"), None).await;
    let office = world.browser("office");
    let path = format!("/api/problems/{}", world.yunxi.problem);
    let assign = serde_json::json!({ "command_id": uuid::Uuid::now_v7(), "version": office.get(&path).await.ok()["version"],
        "command": "assign", "unit_id": world.yunxi.units["urban"], "limit": { "unit": "natural_days", "count": 3 } });
    office.post(&format!("{path}/commands"), assign).await.ok();
    let mut heard = String::new();
    while !heard.contains("event: notice") {
        heard = liaison.next().await;
    }
    assert!(heard.contains(&world.yunxi.people["liaison"].to_string()), "{heard}");
    tell(&world, "problem_changed", "p9", &[world.yunxi.units["market"]]).await;
    assert!(other.next().await.contains("p9"), "what does not concern it never came");
}

#[tokio::test]
async fn a_browser_that_comes_back_gets_what_it_missed_once() {
    let world = World::new().await;
    let mut head = Stream::open(&world.browser("head"), None).await;
    tell(&world, "problem_changed", "p1", &[world.yunxi.units["urban"]]).await;
    let seen = head.next().await;
    let id: i64 = seen.lines().find_map(|line| line.strip_prefix("id: ")).unwrap().trim().parse().unwrap();
    drop(head);
    tell(&world, "problem_changed", "p2", &[world.yunxi.units["urban"]]).await;
    let mut again = Stream::open(&world.browser("head"), Some(id)).await;
    let missed = again.next().await;
    assert!(missed.contains("p2") && !missed.contains("p1"), "{missed}");
}

#[tokio::test]
async fn streams_end_when_the_process_does() {
    let world = World::new().await;
    let browser = world.browser("head");
    let request = browser.request(Method::GET, "/api/events").body(Body::empty()).unwrap();
    let mut stream = browser.raw(request).await.into_body().into_data_stream();
    world.app.shut_down();
    let end = tokio::time::timeout(std::time::Duration::from_secs(10), stream.next()).await.unwrap();
    assert!(end.is_none());
}
