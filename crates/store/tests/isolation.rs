//! Two cities in one store, many requests at once: nothing of one is ever seen in the other.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also in its helpers")]

mod common;

use common::{at, by, city};
use serde_json::json;
use yipanqi_store::{City, audit, both, event, number};

async fn change(city: &City) -> i64 {
    let name = city.slug().to_string();
    let mut tx = city.write(by(&name), at()).await.unwrap();
    let taken = number::next(&mut tx, &name).await.unwrap();
    tx.event(&name, &taken.to_string(), &[]).unwrap();
    tx.audit("changed", "thing", &taken.to_string(), &json!({ "city": name })).unwrap();
    tx.commit().await.unwrap();
    taken
}

async fn look(city: &City) {
    let name = city.slug().to_string();
    let tx = city.read().await.unwrap();
    let events = event::since(&tx, 0, 1000).await.unwrap();
    assert!(events.iter().all(|event| event.kind == name), "{name} saw {events:?}");
    let log = audit::list(&tx, &audit::AuditFilter::default(), 0, 1000).await.unwrap();
    assert!(log.iter().all(|logged| logged.entry.actor == name), "{name} saw {log:?}");
    assert_eq!(log.len(), events.len(), "a reader sees one snapshot");
}

both!(
    async fn two_cities_and_two_hundred_requests_leak_nothing(store: Store) {
        let cities = [city(&store, "yunxi").await, city(&store, "linjiang").await];
        let tasks: Vec<_> = (0..200)
            .map(|request| {
                let city = cities[request % 2].clone();
                tokio::spawn(async move {
                    if request % 4 < 2 {
                        change(&city).await;
                    } else {
                        look(&city).await;
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        for city in &cities {
            look(city).await;
            let tx = city.read().await.unwrap();
            assert_eq!(event::since(&tx, 0, 1000).await.unwrap().len(), 50);
            assert_eq!(audit::verify(&tx, &[]).await.unwrap().fault, None);
        }
    }
);

/// On PostgreSQL several servers share a city: what one commits wakes those who wait in another.
#[test]
fn a_commit_wakes_another_server() {
    yipanqi_store::testing::on_postgres(async |fixture| {
        let here = city(&fixture.store, "yunxi").await;
        let other = fixture.reopen().await;
        let mut woken = other.city(here.slug()).await.unwrap().commits();
        woken.mark_unchanged();
        change(&here).await;
        tokio::time::timeout(std::time::Duration::from_secs(20), woken.changed()).await.expect("woken").unwrap();
    });
}
