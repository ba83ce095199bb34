//! Recurring work: begun once when it is due, whoever looks.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also in its helpers")]

mod common;

use common::city;
use yipanqi_domain::moment::Moment;
use yipanqi_store::schedule::{self, Recurring};
use yipanqi_store::{City, both, job};

fn minute(minute: u32) -> Moment {
    Moment::parse(&format!("2026-03-02T09:{minute:02}:00+08:00")).unwrap()
}

async fn begun(city: &City, now: u32) -> usize {
    let work = |kind, after| Recurring { kind, next: Moment::new(minute(now).utc() + chrono::TimeDelta::minutes(after)) };
    schedule::begin_due(city, &[work("sweep", 10), work("tidy", 30)], minute(now)).await.unwrap()
}

both!(
    async fn ten_servers_begin_what_is_due_once(store: Store) {
        let city = city(&store, "yunxi").await;
        assert_eq!(begun(&city, 0).await, 0);
        assert_eq!(begun(&city, 9).await, 0);
        let servers: Vec<_> = (0..10)
            .map(|_| {
                let city = city.clone();
                tokio::spawn(async move { begun(&city, 11).await })
            })
            .collect();
        let mut count = 0;
        for server in servers {
            count += server.await.unwrap();
        }
        assert_eq!(count, 1);
        let (jobs, _) = job::list(&city.read().await.unwrap(), &[], &[], 0, 10).await.unwrap();
        assert_eq!(jobs.iter().map(|job| job.kind.as_str()).collect::<Vec<_>>(), ["sweep"]);
        // What waits already is enough; the other kind has come due meanwhile.
        assert_eq!(begun(&city, 31).await, 2);
        assert_eq!(job::unfinished(&city.read().await.unwrap()).await.unwrap(), 2);
        let mut known = schedule::known(&city.read().await.unwrap()).await.unwrap();
        known.sort();
        assert_eq!(
            known.iter().map(|(kind, at)| (kind.as_str(), *at)).collect::<Vec<_>>(),
            [("sweep", minute(41)), ("tidy", Moment::new(minute(31).utc() + chrono::TimeDelta::minutes(30))),]
        );
    }
);
