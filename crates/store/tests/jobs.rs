//! The queue: one worker at a time, resumed where it stood, stopped on request.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also in its helpers")]

mod common;

use common::{at, by, city};
use serde_json::json;
use yipanqi_domain::moment::Moment;
use yipanqi_store::job::{self, AfterFailure, JobState, Lease, Next};
use yipanqi_store::{City, NewJob, both, event};

fn minute(minute: u32) -> Moment {
    Moment::parse(&format!("2026-03-02T09:{minute:02}:00+08:00")).unwrap()
}

async fn enqueued(city: &City) -> String {
    let mut tx = city.write(by("甲"), at()).await.unwrap();
    let id = tx.enqueue(NewJob { kind: "import".to_owned(), payload: json!({ "file": 1 }), run_at: at() }).await.unwrap();
    tx.commit().await.unwrap();
    id
}

async fn leased(city: &City, owner: &str, now: u32) -> Option<Lease> {
    job::lease(city, &["import"], owner, minute(now), minute(now + 5)).await.unwrap()
}

async fn state(city: &City, id: &str) -> JobState {
    job::find(&city.read().await.unwrap(), id).await.unwrap().state
}

both!(
    async fn a_job_is_leased_by_one_of_many_workers(store: Store) {
        let city = city(&store, "yunxi").await;
        let ids = [enqueued(&city).await, enqueued(&city).await];
        let workers: Vec<_> = (0..10)
            .map(|worker| {
                let city = city.clone();
                tokio::spawn(async move { leased(&city, &format!("w{worker}"), 1).await.map(|lease| lease.job.id) })
            })
            .collect();
        let mut taken = Vec::new();
        for worker in workers {
            taken.extend(worker.await.unwrap());
        }
        // Under PostgreSQL a worker that finds the row locked goes home with nothing; what is left is taken at the next look.
        while let Some(lease) = leased(&city, "late", 1).await {
            taken.push(lease.job.id);
        }
        taken.sort();
        assert_eq!(taken, ids);
    }
);

both!(
    async fn a_job_waits_for_its_moment_and_its_kind(store: Store) {
        let city = city(&store, "yunxi").await;
        let mut tx = city.write(by("甲"), at()).await.unwrap();
        tx.enqueue(NewJob { kind: "import".to_owned(), payload: json!({}), run_at: minute(3) }).await.unwrap();
        tx.commit().await.unwrap();
        assert!(leased(&city, "w", 2).await.is_none());
        assert!(job::lease(&city, &["score"], "w", minute(3), minute(8)).await.unwrap().is_none());
        assert!(leased(&city, "w", 3).await.is_some());
    }
);

both!(
    async fn a_crashed_job_is_resumed_where_it_stood_and_its_first_worker_is_refused(fixture: Fixture) {
        let city = city(&fixture.store, "yunxi").await;
        let id = enqueued(&city).await;
        let first = leased(&city, "w", 1).await.unwrap();
        let mut tx = city.write(by("w"), minute(2)).await.unwrap();
        assert_eq!(job::progress(&mut tx, &first, 500, 900, &json!({}), minute(7)).await.unwrap(), Next::Continue);
        tx.commit().await.unwrap();

        let after_restart = fixture.reopen().await.city(city.slug()).await.unwrap();
        assert!(leased(&after_restart, "w", 7).await.is_none(), "the lease still runs");
        let second = leased(&after_restart, "w", 8).await.unwrap();
        assert_eq!((second.job.id.as_str(), second.job.done, second.job.total, second.job.attempts), (id.as_str(), 500, 900, 2));

        let mut tx = city.write(by("w"), minute(8)).await.unwrap();
        let lost = job::progress(&mut tx, &first, 600, 900, &json!({}), minute(9)).await.unwrap_err();
        assert_eq!(lost.code(), "lease_lost");
        drop(tx);

        let mut tx = after_restart.write(by("w"), minute(9)).await.unwrap();
        job::finish(&mut tx, &second, &json!({ "rows": 900 })).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(state(&city, &id).await, JobState::Done);
        assert!(leased(&city, "w", 30).await.is_none());
        let kinds: Vec<_> = event::since(&city.read().await.unwrap(), 0, 10).await.unwrap();
        assert!(kinds.iter().all(|event| event.kind == "job_progressed" && event.subject_id == id) && kinds.len() == 2);
    }
);

both!(
    async fn a_waiting_job_is_cancelled_at_once_and_a_running_one_after_its_step(store: Store) {
        let city = city(&store, "yunxi").await;
        let waiting = enqueued(&city).await;
        let mut tx = city.write(by("甲"), at()).await.unwrap();
        assert_eq!(job::request_cancel(&mut tx, &waiting).await.unwrap(), JobState::Cancelled);
        tx.commit().await.unwrap();
        assert!(leased(&city, "w", 1).await.is_none());

        let running = enqueued(&city).await;
        let lease = leased(&city, "w", 1).await.unwrap();
        let mut tx = city.write(by("甲"), at()).await.unwrap();
        assert_eq!(job::request_cancel(&mut tx, &running).await.unwrap(), JobState::Running);
        tx.commit().await.unwrap();
        let mut tx = city.write(by("w"), minute(2)).await.unwrap();
        assert_eq!(job::progress(&mut tx, &lease, 1, 2, &json!({}), minute(7)).await.unwrap(), Next::Cancel);
        job::cancelled(&mut tx, &lease).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(state(&city, &running).await, JobState::Cancelled);
    }
);

both!(
    async fn a_failed_job_is_tried_again_until_it_is_given_up(store: Store) {
        let city = city(&store, "yunxi").await;
        let id = enqueued(&city).await;
        let steps = [(1, AfterFailure::RetryAt(minute(4)), JobState::Waiting), (4, AfterFailure::GiveUp, JobState::Failed)];
        for (now, then, after) in steps {
            let lease = leased(&city, "w", now).await.unwrap();
            let mut tx = city.write(by("w"), minute(now)).await.unwrap();
            job::fail(&mut tx, &lease, &json!({ "code": "disk_full" }), then).await.unwrap();
            tx.commit().await.unwrap();
            assert_eq!(state(&city, &id).await, after);
            assert!(leased(&city, "w", now + 1).await.is_none());
        }
        assert!(leased(&city, "w", 30).await.is_none());
        assert_eq!(job::unfinished(&city.read().await.unwrap()).await.unwrap(), 0);
    }
);
