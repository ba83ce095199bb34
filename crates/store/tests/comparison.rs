//! Editions beside each other: comparisons with their links, the crosswalk, receipts, and an edition fixed at its first use.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also in its helpers")]

mod common;

use common::{at, by, city};
use uuid::Uuid;
use yipanqi_domain::framework::Edition;
use yipanqi_domain::framework::matching::ChangeKind;
use yipanqi_domain::id::{CriterionId, PersonId, UnitId};
use yipanqi_domain::unit::UnitKind;
use yipanqi_store::comparison::{self, Comparison, ComparisonLink, ComparisonState, LinkState};
use yipanqi_store::crosswalk::{self, CrosswalkKind, CrosswalkLink};
use yipanqi_store::framework::{self, EditionNode, EditionRow, EditionState, Framework};
use yipanqi_store::reading::{self, Reading};
use yipanqi_store::unit::{self, Unit};
use yipanqi_store::{City, StoreError, WriteTx, both};

async fn write(city: &City) -> WriteTx {
    city.write(by("甲"), at()).await.unwrap()
}

/// Two editions with a criterion each.
async fn ground(city: &City) -> [(Uuid, CriterionId); 2] {
    let tx = write(city).await;
    let family = Framework { id: Uuid::now_v7(), code: "civilized_city".into(), name: "文明城市".into() };
    framework::add_framework(&tx, &family).await.unwrap();
    let mut made = Vec::new();
    for year in [2025, 2026] {
        let edition = EditionRow {
            id: Uuid::now_v7(),
            framework: family.id,
            code: year.to_string(),
            name: format!("{year}版"),
            year: Some(year),
            state: EditionState::InUse,
            revision: 1,
            supersedes: None,
            reason: String::new(),
            frozen_at: None,
            imported_from: None,
            settings: Edition::default(),
            version: 0,
        };
        framework::save_edition(&tx, &edition).await.unwrap();
        let node = EditionNode {
            id: CriterionId::new(Uuid::now_v7()),
            parent: None,
            position: 0,
            depth: 0,
            number: "1".into(),
            citation_key: "1".into(),
            title: "标准".into(),
            is_criterion: true,
            remark: String::new(),
            measures: Vec::new(),
            site_types: Vec::new(),
            duties: Vec::new(),
        };
        framework::save_nodes(&tx, edition.id, std::slice::from_ref(&node)).await.unwrap();
        made.push((edition.id, node.id));
    }
    tx.commit().await.unwrap();
    [made[0], made[1]]
}

both!(
    async fn a_comparison_keeps_its_links_and_who_decided_them(store: Store) {
        let city = city(&store, "yunxi").await;
        let [old, new] = ground(&city).await;
        let mut kept = Comparison {
            id: Uuid::now_v7(),
            old: old.0,
            new: new.0,
            state: ComparisonState::Matching,
            job: Some("job".into()),
            created_at: at(),
            created_by: "甲".into(),
            carried: None,
            report: None,
            version: 0,
        };
        let tx = write(&city).await;
        comparison::save(&tx, &kept).await.unwrap();
        kept.version = 1;
        let link = |old, new, kind, state| ComparisonLink {
            id: Uuid::now_v7(),
            old,
            new,
            kind,
            points_moved: true,
            likeness: 640,
            state,
            by_hand: false,
            decided: (state == LinkState::Confirmed).then(|| (at(), "甲".to_owned())),
        };
        let links = vec![
            link(Some(old.1), Some(new.1), ChangeKind::Reworded, LinkState::Confirmed),
            link(Some(old.1), None, ChangeKind::Gone, LinkState::Proposed),
        ];
        comparison::replace_links(&tx, kept.id, &links).await.unwrap();
        tx.commit().await.unwrap();
        let tx = write(&city).await;
        assert_eq!(comparison::get(&tx, kept.id).await.unwrap(), kept);
        assert_eq!(comparison::of_new(&tx, new.0).await.unwrap(), [kept.clone()]);
        assert_eq!(comparison::links(&tx, kept.id).await.unwrap(), links);
        let twice = Comparison { id: Uuid::now_v7(), version: 0, ..kept.clone() };
        let stale = Comparison { version: 7, state: ComparisonState::Open, ..kept };
        assert!(matches!(comparison::save(&tx, &stale).await, Err(StoreError::Conflict { .. })));
        assert!(matches!(comparison::save(&tx, &twice).await, Err(StoreError::Taken { code: "comparison_exists", .. })));
    }
);

both!(
    async fn the_crosswalk_is_found_from_either_side(store: Store) {
        let city = city(&store, "yunxi").await;
        let [one, other] = ground(&city).await;
        let mut link = CrosswalkLink {
            id: Uuid::now_v7(),
            one,
            other,
            kind: CrosswalkKind::Wider,
            state: LinkState::Proposed,
            likeness: 500,
            shared_items: 3,
            note: String::new(),
            decided: None,
            version: 0,
        };
        let tx = write(&city).await;
        crosswalk::add(&tx, std::slice::from_ref(&link)).await.unwrap();
        link.version = 1;
        assert_eq!(crosswalk::between(&tx, other.0, one.0).await.unwrap(), [link.clone()]);
        assert_eq!(crosswalk::of_criteria(&tx, &[one.1]).await.unwrap(), [], "what nobody confirmed serves nothing");
        let confirmed = CrosswalkLink { state: LinkState::Confirmed, decided: Some((at(), "甲".into())), ..link.clone() };
        crosswalk::save(&tx, &confirmed).await.unwrap();
        for criterion in [one.1, other.1] {
            let found = crosswalk::of_criteria(&tx, &[criterion]).await.unwrap();
            assert_eq!(found, [CrosswalkLink { version: 2, ..confirmed.clone() }]);
        }
        assert!(matches!(crosswalk::save(&tx, &link).await, Err(StoreError::Conflict { .. })));
        crosswalk::forget_proposed(&tx, &crosswalk::between(&tx, one.0, other.0).await.unwrap()).await.unwrap();
        assert_eq!(crosswalk::of_edition(&tx, other.0).await.unwrap().len(), 1, "what was decided is not forgotten");
        tx.commit().await.unwrap();
    }
);

both!(
    async fn an_edition_is_fixed_once_and_read_once_by_each_person(store: Store) {
        let city = city(&store, "yunxi").await;
        let [edition, _] = ground(&city).await;
        let unit_id = UnitId::new(Uuid::now_v7());
        let tx = write(&city).await;
        let urban = Unit {
            id: unit_id,
            code: "urban".into(),
            name: "城市管理局".into(),
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
        };
        unit::add(&tx, &urban).await.unwrap();
        assert!(framework::freeze(&tx, edition.0).await.unwrap());
        assert!(!framework::freeze(&tx, edition.0).await.unwrap());
        let row = framework::edition(&tx, edition.0).await.unwrap().row.clone();
        assert_eq!((row.state, row.frozen_at, row.version), (EditionState::Frozen, Some(at()), 2));
        let receipt = Reading { unit: unit_id, person: PersonId::new(Uuid::now_v7()), name: "乙".into(), at: at() };
        assert!(reading::add(&tx, edition.0, &receipt).await.unwrap());
        assert!(!reading::add(&tx, edition.0, &receipt).await.unwrap());
        assert_eq!(reading::list(&tx, edition.0).await.unwrap(), [receipt]);
        tx.commit().await.unwrap();
    }
);
