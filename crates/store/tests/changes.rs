//! A change is whole or not at all: rows, audit entries, events, jobs, numbers, the answer to a command.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also in its helpers")]

mod common;

use std::collections::BTreeSet;

use common::{at, by, city};
use serde_json::{Value, json};
use yipanqi_domain::id::CommandId;
use yipanqi_store::{Batch, City, NewJob, Once, WriteTx, audit, both, event, job, number, view};

async fn everything(tx: &mut WriteTx) {
    tx.audit("changed", "thing", "1", &json!({ "to": "新" })).unwrap();
    tx.event("thing_changed", "1", &[]).unwrap();
    tx.enqueue(NewJob { kind: "sweep".to_owned(), payload: json!({}), run_at: at() }).await.unwrap();
    number::next(tx, "slip").await.unwrap();
}

async fn counted(city: &City) -> (u64, usize, u64) {
    let tx = city.read().await.unwrap();
    let events = event::since(&tx, 0, 100).await.unwrap();
    (audit::count(&tx, &audit::AuditFilter::default()).await.unwrap(), events.len(), job::unfinished(&tx).await.unwrap())
}

both!(
    async fn a_dropped_change_leaves_nothing(store: Store) {
        let city = city(&store, "yunxi").await;
        let mut tx = city.write(by("甲"), at()).await.unwrap();
        everything(&mut tx).await;
        drop(tx);
        assert_eq!(counted(&city).await, (0, 0, 0));

        let mut tx = city.write(by("甲"), at()).await.unwrap();
        everything(&mut tx).await;
        assert_eq!(number::next(&mut tx, "slip").await.unwrap(), 2, "the dropped number is given again");
        tx.commit().await.unwrap();
        assert_eq!(counted(&city).await, (1, 1, 1));
    }
);

both!(
    async fn steps_of_a_batch_stand_or_fall_alone_and_become_durable_together(store: Store) {
        let city = city(&store, "yunxi").await;
        let batch = Batch::new(city.write(by("甲"), at()).await.unwrap());
        let mut first = batch.step().await.unwrap();
        everything(&mut first).await;
        first.commit().await.unwrap();
        let mut second = batch.step().await.unwrap();
        everything(&mut second).await;
        drop(second);
        let mut third = batch.step().await.unwrap();
        assert_eq!(number::next(&mut third, "slip").await.unwrap(), 2, "it sees the first, and nothing of the second");
        third.audit("changed", "thing", "3", &json!({})).unwrap();
        third.commit().await.unwrap();
        assert_eq!(job::unfinished(batch.so_far()).await.unwrap(), 1);
        assert_eq!(counted(&city).await, (0, 0, 0), "nobody else sees any of it yet");
        batch.commit().await.unwrap();
        assert_eq!(counted(&city).await, (2, 1, 1));
        let tx = city.read().await.unwrap();
        let log = audit::list(&tx, &audit::AuditFilter::default(), 0, 10).await.unwrap();
        let subjects: Vec<&str> = log.iter().rev().map(|one| one.entry.subject.as_str()).collect();
        assert_eq!(subjects, ["thing/1", "thing/3"], "in the order of the steps");
        assert_eq!(audit::verify(&tx, &[]).await.unwrap().fault, None);
        drop(tx);

        let lost = Batch::new(city.write(by("甲"), at()).await.unwrap());
        let mut step = lost.step().await.unwrap();
        everything(&mut step).await;
        step.commit().await.unwrap();
        drop(lost);
        assert_eq!(counted(&city).await, (2, 1, 1), "what was never made durable is gone");
    }
);

both!(
    async fn a_reader_does_not_see_what_is_committed_after_it_began(store: Store) {
        let city = city(&store, "yunxi").await;
        let before = city.read().await.unwrap();
        assert_eq!(event::newest(&before).await.unwrap(), 0);
        let mut tx = city.write(by("甲"), at()).await.unwrap();
        everything(&mut tx).await;
        tx.commit().await.unwrap();
        assert_eq!(event::newest(&before).await.unwrap(), 0);
        assert_eq!(event::newest(&city.read().await.unwrap()).await.unwrap(), 1);
    }
);

both!(
    async fn a_series_has_no_gap_and_no_double_under_fifty_takers(store: Store) {
        let city = city(&store, "yunxi").await;
        let takers: Vec<_> = (0..50)
            .map(|taker| {
                let city = city.clone();
                tokio::spawn(async move {
                    let mut tx = city.write(by("甲"), at()).await.unwrap();
                    let taken = number::next(&mut tx, "problem").await.unwrap();
                    // Every fifth changes its mind.
                    if taker % 5 == 0 {
                        return None;
                    }
                    tx.commit().await.unwrap();
                    Some(taken)
                })
            })
            .collect();
        let mut numbers = BTreeSet::new();
        for taker in takers {
            numbers.extend(taker.await.unwrap());
        }
        assert_eq!(numbers, (1..=40).collect());
    }
);

async fn apply(city: &City, id: CommandId, body: &str) -> (Once, Option<i64>) {
    let mut tx = city.write(by("甲"), at()).await.unwrap();
    let once = tx.once(id, body).await.unwrap();
    if once != Once::First {
        return (once, None);
    }
    let taken = number::next(&mut tx, "applied").await.unwrap();
    tx.answer(id, &json!({ "number": taken })).await.unwrap();
    tx.commit().await.unwrap();
    (once, Some(taken))
}

both!(
    async fn a_command_sent_twenty_times_at_once_is_applied_once(store: Store) {
        let city = city(&store, "yunxi").await;
        let id: CommandId = yipanqi_store::new_id().parse().unwrap();
        let senders: Vec<_> = (0..20)
            .map(|_| {
                let city = city.clone();
                tokio::spawn(async move { apply(&city, id, "body").await })
            })
            .collect();
        let mut firsts = 0;
        for sender in senders {
            match sender.await.unwrap() {
                (Once::First, taken) => {
                    assert_eq!(taken, Some(1));
                    firsts += 1;
                }
                (once, _) => assert_eq!(once, Once::Again(json!({ "number": 1 }))),
            }
        }
        assert_eq!(firsts, 1);
        assert_eq!(apply(&city, id, "another body").await.0, Once::OtherBody);
    }
);

both!(
    async fn the_answer_to_a_command_is_not_given_to_another_person(store: Store) {
        let city = city(&store, "yunxi").await;
        let id: CommandId = yipanqi_store::new_id().parse().unwrap();
        apply(&city, id, "body").await;
        let stranger = yipanqi_store::Author { person: Some(yipanqi_store::new_id().parse().unwrap()), name: "乙".to_owned() };
        let mut tx = city.write(stranger, at()).await.unwrap();
        assert_eq!(tx.once(id, "body").await.unwrap(), Once::OtherBody);
    }
);

both!(
    async fn a_commit_wakes_who_waits(store: Store) {
        let city = city(&store, "yunxi").await;
        let mut commits = city.commits();
        let again = store.city(city.slug()).await.unwrap();
        let mut tx = again.write(by("甲"), at()).await.unwrap();
        tx.audit("changed", "thing", "1", &Value::Null).unwrap();
        assert!(!commits.has_changed().unwrap());
        tx.commit().await.unwrap();
        commits.changed().await.unwrap();
    }
);

both!(
    async fn an_unlisted_city_cannot_be_opened_and_a_listed_one_not_added_again(store: Store) {
        let slug = "yunxi".parse().unwrap();
        assert_eq!(store.city(&slug).await.unwrap_err().code(), "city_unknown");
        city(&store, "yunxi").await;
        let again = store.add_city(&slug, "云溪", "云溪", by("root"), at()).await;
        assert_eq!(again.unwrap_err().code(), "city_slug_taken");
        let listed = store.cities().await.unwrap();
        assert_eq!(listed.iter().map(|city| city.slug.as_str()).collect::<Vec<_>>(), ["yunxi"]);
    }
);

both!(
    async fn a_city_is_there_after_a_restart(fixture: Fixture) {
        let city = city(&fixture.store, "yunxi").await;
        let mut tx = city.write(by("甲"), at()).await.unwrap();
        everything(&mut tx).await;
        tx.commit().await.unwrap();
        let again = fixture.reopen().await.city(city.slug()).await.unwrap();
        assert_eq!(counted(&again).await, (1, 1, 1));
    }
);

both!(
    async fn a_kept_view_replaces_the_one_of_its_name_and_is_its_owners_alone(store: Store) {
        let city = city(&store, "yunxi").await;
        let [me, other] = [0, 1].map(|_| yipanqi_store::new_id().parse().unwrap());
        let mut tx = city.write(by("甲"), at()).await.unwrap();
        for (name, query) in [("超期", "late=1"), ("本街道", "street=1"), ("超期", "late=2")] {
            let view = view::SavedView { name: name.to_owned(), query: query.to_owned() };
            view::keep(&mut tx, me, "problems", view).await.unwrap();
        }
        let queries = |views: Vec<view::SavedView>| views.into_iter().map(|view| view.query).collect::<Vec<_>>();
        assert_eq!(queries(view::of_list(&tx, me, "problems").await.unwrap()), ["late=2", "street=1"]);
        assert!(view::of_list(&tx, other, "problems").await.unwrap().is_empty());
        view::forget(&mut tx, me, "problems", "超期").await.unwrap();
        assert_eq!(queries(view::of_list(&tx, me, "problems").await.unwrap()), ["street=1"]);
    }
);
