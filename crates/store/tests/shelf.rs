//! What is kept in memory is what the database holds, whoever changed it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also in its helpers")]

mod common;

use std::sync::Arc;

use common::{at, by, city};
use yipanqi_domain::id::UnitId;
use yipanqi_domain::unit::UnitKind;
use yipanqi_store::unit::{self, Unit};
use yipanqi_store::{City, WriteTx, both};

fn named(code: &str, name: &str) -> Unit {
    Unit {
        id: UnitId::new(uuid::Uuid::now_v7()),
        code: code.to_owned(),
        name: name.to_owned(),
        short_name: None,
        kind: UnitKind::Department,
        parent: None,
        head: None,
        officer: None,
        liaison: None,
        phone: None,
        remark: String::new(),
        households: None,
        opened_on: None,
        closed_on: None,
        position: 0,
        version: 0,
        names: Vec::new(),
    }
}

async fn names(city: &City) -> Vec<String> {
    let tx = city.read().await.unwrap();
    unit::directory(&tx).await.unwrap().units().iter().map(|unit| unit.name.clone()).collect()
}

async fn write(city: &City) -> WriteTx {
    city.write(by("甲"), at()).await.unwrap()
}

both!(
    async fn a_change_is_seen_by_every_server_and_only_once_committed(fixture: Fixture) {
        let here = city(&fixture.store, "yunxi").await;
        let other = fixture.reopen().await;
        let there = other.city(here.slug()).await.unwrap();
        assert_eq!((names(&here).await.len(), names(&there).await.len()), (0, 0));
        let first = named("a", "城管局");
        let tx = write(&here).await;
        unit::add(&tx, &first).await.unwrap();
        assert_eq!(unit::directory(&tx).await.unwrap().units().len(), 1, "its own change is seen");
        assert_eq!((names(&here).await.len(), names(&there).await.len()), (0, 0), "not committed");
        tx.commit().await.unwrap();
        assert_eq!((names(&here).await, names(&there).await), (vec!["城管局".to_owned()], vec!["城管局".to_owned()]));
        let tx = write(&there).await;
        unit::update(&tx, &Unit { name: "城市管理局".to_owned(), version: 1, ..first.clone() }).await.unwrap();
        drop(tx);
        assert_eq!((names(&here).await, names(&there).await), (vec!["城管局".to_owned()], vec!["城管局".to_owned()]));
        let tx = write(&there).await;
        unit::update(&tx, &Unit { name: "综合执法局".to_owned(), version: 1, ..first }).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!((names(&here).await, names(&there).await), (vec!["综合执法局".to_owned()], vec!["综合执法局".to_owned()]));
    }
);

both!(
    async fn a_reader_keeps_its_snapshot_and_leaves_nothing_old_behind(store: Store) {
        let city = city(&store, "yunxi").await;
        let early = city.read().await.unwrap();
        assert!(unit::directory(&early).await.unwrap().units().is_empty());
        let tx = write(&city).await;
        unit::add(&tx, &named("a", "城管局")).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(names(&city).await.len(), 1);
        // The early reader asks for something else of its own time, then the late one again.
        assert!(unit::tree(&early).await.unwrap().units().next().is_none());
        assert!(unit::directory(&early).await.unwrap().units().is_empty());
        drop(early);
        assert_eq!(names(&city).await.len(), 1);
    }
);

both!(
    async fn what_nobody_changed_is_not_loaded_again(store: Store) {
        let city = city(&store, "yunxi").await;
        let tx = write(&city).await;
        unit::add(&tx, &named("a", "城管局")).await.unwrap();
        tx.commit().await.unwrap();
        let first = unit::directory(&city.read().await.unwrap()).await.unwrap();
        let mut tx = write(&city).await;
        let inside = unit::directory(&tx).await.unwrap();
        tx.event("problem", "1", &[]).unwrap();
        tx.commit().await.unwrap();
        let before = city.statements();
        let again = unit::directory(&city.read().await.unwrap()).await.unwrap();
        assert!(Arc::ptr_eq(&first, &again) && Arc::ptr_eq(&first, &inside));
        assert_eq!(city.statements() - before, 1, "only the revision is asked for");
    }
);
