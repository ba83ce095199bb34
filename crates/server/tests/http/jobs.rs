//! Background jobs: run, retried, cancelled, resumed after a crash, seen only in their own city.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use yipanqi_server::app::App;
use yipanqi_server::error::Error;
use yipanqi_server::job::{Every, Failure, Kinds, Task, worker};
use yipanqi_store::{Author, City, NewJob};

use crate::world::World;

async fn enqueue(app: &App, city: &City, kind: &str) -> String {
    let mut tx = city.write(Author { person: None, name: "test".into() }, app.clock().now()).await.unwrap();
    let job = NewJob { kind: kind.into(), payload: json!({ "rows": 3 }), run_at: app.clock().now() };
    let id = tx.enqueue(job).await.unwrap();
    tx.commit().await.unwrap();
    id
}

async fn state(world: &World, id: &str) -> Value {
    world.browser("office").get(&format!("/api/jobs/{id}")).await.ok()
}

async fn three_steps(_: App, task: Task) -> Result<Value, Failure> {
    for done in task.done()..3 {
        task.report(done + 1, 3, json!({ "row": done + 1 })).await?;
    }
    Ok(json!({ "created": 3 }))
}

#[tokio::test]
async fn a_job_runs_once_and_says_what_it_did() {
    let world = World::new().await;
    let app = world.app.with_kinds(Kinds::default().with("count", three_steps));
    let id = enqueue(&app, &world.yunxi.city, "count").await;
    assert_eq!(state(&world, &id).await["state"], "waiting");
    assert_eq!(worker::drain(&app, &world.yunxi.city).await.unwrap(), 1);
    let done = state(&world, &id).await;
    assert_eq!(
        (&done["state"], &done["done"], &done["total"], &done["message"]["created"]),
        (&json!("done"), &json!(3), &json!(3), &json!(3))
    );
    assert_eq!(worker::drain(&app, &world.yunxi.city).await.unwrap(), 0);
    assert_eq!(world.browser("nanjiang.office").get(&format!("/api/jobs/{id}")).await.code(), "job_not_found");
    assert_eq!(world.browser("office").post(&format!("/api/jobs/{id}/cancel"), json!({})).await.code(), "job_finished");
}

#[tokio::test]
async fn a_passing_trouble_is_tried_again_and_a_lasting_one_is_named() {
    let world = World::new().await;
    let tried = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&tried);
    let flaky = move |_: App, _: Task| {
        let counted = Arc::clone(&counted);
        async move {
            match counted.fetch_add(1, Ordering::SeqCst) {
                0 => Err(Failure::Retry(Error::new("not_ready"))),
                _ => Ok(Value::Null),
            }
        }
    };
    let broken = async |_: App, _: Task| Err(Failure::from(Error::new("import_damaged")));
    let kinds = Kinds::default().with("flaky", flaky).with("broken", broken);
    let app = world.app.with_kinds(kinds);
    let (first, second) = (enqueue(&app, &world.yunxi.city, "flaky").await, enqueue(&app, &world.yunxi.city, "broken").await);
    worker::drain(&app, &world.yunxi.city).await.unwrap();
    assert_eq!(state(&world, &first).await["state"], "waiting");
    let failed = state(&world, &second).await;
    assert_eq!((&failed["state"], &failed["error"]["code"]), (&json!("failed"), &json!("import_damaged")));
    assert!(failed["error"]["message"].as_str().unwrap().contains("文件已损坏"));
    world.at("2026-03-02T09:01:00+08:00");
    worker::drain(&app, &world.yunxi.city).await.unwrap();
    assert_eq!(state(&world, &first).await["state"], "done");
    assert_eq!(tried.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_waiting_job_is_cancelled_at_once_and_a_running_one_after_its_step() {
    let world = World::new().await;
    let office = world.browser("office");
    let waiting = enqueue(&world.app, &world.yunxi.city, "count").await;
    assert_eq!(office.post(&format!("/api/jobs/{waiting}/cancel"), json!({})).await.ok()["state"], "cancelled");

    let steps = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&steps);
    let asking = office.clone();
    let endless = move |_: App, task: Task| {
        let (counted, asking) = (Arc::clone(&counted), asking.clone());
        async move {
            for step in 1..100 {
                if step == 3 {
                    asking.post(&format!("/api/jobs/{}/cancel", task.id()), json!({})).await.ok();
                }
                counted.store(step, Ordering::SeqCst);
                task.report(i64::try_from(step).unwrap(), 100, Value::Null).await?;
            }
            Ok(Value::Null)
        }
    };
    let app = world.app.with_kinds(Kinds::default().with("endless", endless));
    let running = enqueue(&app, &world.yunxi.city, "endless").await;
    worker::drain(&app, &world.yunxi.city).await.unwrap();
    let ended = state(&world, &running).await;
    assert_eq!((&ended["state"], &ended["done"]), (&json!("cancelled"), &json!(3)), "the step in hand was finished");
    assert_eq!(steps.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn a_job_of_a_killed_process_is_resumed_where_it_stood() {
    let world = World::new().await;
    let (reached, waits) = tokio::sync::oneshot::channel();
    let reached = Arc::new(std::sync::Mutex::new(Some(reached)));
    let stuck = move |_: App, task: Task| {
        let reached = Arc::clone(&reached);
        async move {
            task.report(2, 3, Value::Null).await?;
            if let Some(reached) = reached.lock().unwrap().take() {
                reached.send(()).unwrap();
            }
            std::future::pending().await
        }
    };
    let killed = world.app.with_kinds(Kinds::default().with("count", stuck));
    let id = enqueue(&killed, &world.yunxi.city, "count").await;
    let city = world.yunxi.city.clone();
    let process = tokio::spawn(async move { worker::drain(&killed, &city).await });
    waits.await.unwrap();
    process.abort();

    let app = world.restarted().await.with_kinds(Kinds::default().with("count", three_steps));
    let city = app.store().city(world.yunxi.city.slug()).await.unwrap();
    assert_eq!(worker::drain(&app, &city).await.unwrap(), 0, "the lease is still the other's");
    app.clock().set(yipanqi_domain::moment::Moment::parse("2026-03-02T09:02:00+08:00").unwrap());
    assert_eq!(worker::drain(&app, &city).await.unwrap(), 1);
    let done = state(&world, &id).await;
    assert_eq!((&done["state"], &done["attempts"]), (&json!("done"), &json!(2)));
}

#[tokio::test]
async fn the_loop_takes_jobs_of_every_city_as_they_come_and_ends_when_asked() {
    let world = World::new().await;
    let app = world.app.with_kinds(Kinds::default().with("count", three_steps));
    let workers = worker::start(&app);
    let (here, there) = (enqueue(&app, &world.yunxi.city, "count").await, enqueue(&app, &world.nanjiang.city, "count").await);
    let mut commits = (world.yunxi.city.commits(), world.nanjiang.city.commits());
    let finished = async {
        loop {
            let there = world.browser("nanjiang.office").get(&format!("/api/jobs/{there}")).await.ok();
            if state(&world, &here).await["state"] == "done" && there["state"] == "done" {
                break;
            }
            tokio::select! {
                changed = commits.0.changed() => changed.unwrap(),
                changed = commits.1.changed() => changed.unwrap(),
            }
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), finished).await.unwrap();
    app.shut_down();
    tokio::time::timeout(std::time::Duration::from_secs(10), workers.ended()).await.unwrap();
}

#[tokio::test]
async fn recurring_work_is_begun_when_it_is_due_and_by_one_server_only() {
    let world = World::new().await;
    let kinds = Kinds::default().with("count", three_steps).every("count", Every::Minutes(15));
    let app = world.app.with_kinds(kinds.clone());
    let other = world.restarted().await.with_kinds(kinds);
    let (here, there) = (&world.yunxi.city, other.store().city(world.yunxi.city.slug()).await.unwrap());
    assert_eq!(worker::begin_recurring(&app, here).await.unwrap(), 0, "met for the first time");
    world.at("2026-03-02T09:14:00+08:00");
    assert_eq!(worker::begin_recurring(&app, here).await.unwrap(), 0, "not yet");
    world.at("2026-03-02T09:16:00+08:00");
    other.clock().set(world.app.clock().now());
    let begun = tokio::join!(worker::begin_recurring(&app, here), worker::begin_recurring(&other, &there));
    assert_eq!(begun.0.unwrap() + begun.1.unwrap(), 1);
    assert_eq!(worker::drain(&app, here).await.unwrap(), 1);
    assert_eq!(worker::begin_recurring(&other, &there).await.unwrap(), 0, "the next time is later");
    // Nobody had the time to run it: what waits is enough.
    for moment in ["2026-03-02T09:32:00+08:00", "2026-03-02T09:50:00+08:00"] {
        world.at(moment);
        worker::begin_recurring(&app, here).await.unwrap();
    }
    assert_eq!(worker::drain(&app, here).await.unwrap(), 1);
}

#[tokio::test]
async fn a_log_cut_after_its_end_was_kept_in_the_hub_is_noticed() {
    let world = World::with_problems().await;
    let city = &world.yunxi.city;
    worker::begin_recurring(&world.app, city).await.unwrap();
    world.at("2026-03-03T02:30:00+08:00");
    worker::begin_recurring(&world.app, city).await.unwrap();
    worker::drain(&world.app, city).await.unwrap();
    let admin = world.browser("admin");
    assert_eq!(admin.post("/api/audit/verify", json!({})).await.ok()["ok"], true);
    // Somebody takes the last entry away and makes the rest agree.
    yipanqi_store::testing::cut_log(city).await;
    let verdict = admin.post("/api/audit/verify", json!({})).await.ok();
    assert_eq!((&verdict["ok"], &verdict["fault"]["code"]), (&json!(false), &json!("audit_tail_cut")), "{verdict}");
}
