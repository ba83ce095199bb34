//! Duties with their histories, collective names, and sites that nobody answers for.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also in its helpers")]

mod common;

use common::{at, by, city};
use uuid::Uuid;
use yipanqi_domain::access::{Actor, Post, Role};
use yipanqi_domain::duty::{Duty, DutyCommand, DutyRole, DutyState, Named, Selection};
use yipanqi_domain::framework::Edition;
use yipanqi_domain::id::{CriterionId, DutyId, PersonId, UnitId};
use yipanqi_domain::unit::UnitKind;
use yipanqi_store::duty::{self, Collective, KeptDuty};
use yipanqi_store::framework::{self, EditionNode, EditionRow, EditionState, Framework};
use yipanqi_store::unit::{self, Person, Unit};
use yipanqi_store::{City, StoreError, WriteTx, both};

struct Ground {
    edition: Uuid,
    criterion: CriterionId,
    unit: UnitId,
    person: PersonId,
}

async fn write(city: &City) -> WriteTx {
    city.write(by("甲"), at()).await.unwrap()
}

async fn ground(city: &City) -> Ground {
    let tx = write(city).await;
    let person = PersonId::new(Uuid::now_v7());
    let who =
        Person { id: person, name: "乙".into(), phone: None, account: None, note: String::new(), left_on: None, version: 0 };
    unit::save_person(&tx, &who).await.unwrap();
    let unit_id = UnitId::new(Uuid::now_v7());
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
    let family = Framework { id: Uuid::now_v7(), code: "civilized_city".into(), name: "文明城市".into() };
    framework::add_framework(&tx, &family).await.unwrap();
    let edition = Uuid::now_v7();
    let row = EditionRow {
        id: edition,
        framework: family.id,
        code: "2026".into(),
        name: "2026版".into(),
        year: Some(2026),
        state: EditionState::Draft,
        revision: 1,
        supersedes: None,
        reason: String::new(),
        frozen_at: None,
        imported_from: None,
        settings: Edition::default(),
        version: 0,
    };
    framework::save_edition(&tx, &row).await.unwrap();
    let criterion = CriterionId::new(Uuid::now_v7());
    let node = EditionNode {
        id: criterion,
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
    framework::save_nodes(&tx, edition, &[node]).await.unwrap();
    tx.commit().await.unwrap();
    Ground { edition, criterion, unit: unit_id, person }
}

fn office(ground: &Ground) -> Actor {
    Actor { person: ground.person, posts: vec![Post { unit: ground.unit, role: Role::Office }] }
}

async fn given(city: &City, ground: &Ground) -> KeptDuty {
    let tree = unit::tree(&city.read().await.unwrap()).await.unwrap();
    let begun = Duty::unheld(DutyId::new(Uuid::now_v7()), ground.criterion, ground.unit);
    let command = DutyCommand::Assign { role: DutyRole::Lead, from: "测评体系".into() };
    let change = begun.apply(&command, &office(ground), &tree).unwrap();
    let kept = KeptDuty { duty: begun.after(&change), edition: ground.edition };
    let tx = write(city).await;
    duty::add(&tx, &[(kept.clone(), change)]).await.unwrap();
    tx.commit().await.unwrap();
    kept
}

both!(
    async fn a_duty_keeps_its_people_and_every_step(store: Store) {
        let city = city(&store, "yunxi").await;
        let ground = ground(&city).await;
        let kept = given(&city, &ground).await;
        let tree = unit::tree(&city.read().await.unwrap()).await.unwrap();
        let named = Named { officer: Some(ground.person), ..Named::default() };
        let change = kept.duty.apply(&DutyCommand::Name { named }, &office(&ground), &tree).unwrap();
        let next = KeptDuty { duty: kept.duty.after(&change), ..kept.clone() };
        let tx = write(&city).await;
        duty::save(&tx, &next, 1, &change).await.unwrap();
        let stale = duty::save(&tx, &next, 1, &change).await;
        assert!(matches!(stale, Err(StoreError::Conflict { .. })), "{stale:?}");
        tx.commit().await.unwrap();

        let tx = city.read().await.unwrap();
        let wanted = vec![next];
        assert_eq!(duty::of_edition(&tx, ground.edition).await.unwrap(), wanted);
        assert_eq!(duty::of_unit(&tx, ground.unit).await.unwrap(), wanted);
        assert_eq!(duty::naming(&tx, ground.person).await.unwrap(), wanted);
        let history = duty::history(&tx, kept.duty.id).await.unwrap();
        let told: Vec<_> = history.iter().map(|step| (step.ordinal, step.actor_name.as_str(), step.change.to)).collect();
        assert_eq!(told, [(1, "甲", DutyState::Held), (2, "甲", DutyState::Held)]);
    }
);

both!(
    async fn a_unit_stands_beside_a_criterion_once_and_goes_with_it(store: Store) {
        let city = city(&store, "yunxi").await;
        let ground = ground(&city).await;
        let kept = given(&city, &ground).await;
        let twin = KeptDuty { duty: Duty { id: DutyId::new(Uuid::now_v7()), ..kept.duty.clone() }, ..kept.clone() };
        let tx = write(&city).await;
        let change = duty::history(&tx, kept.duty.id).await.unwrap().remove(0).change;
        let twice = duty::add(&tx, &[(twin, change)]).await;
        assert_eq!(twice.map_err(|error| error.code()), Err("duty_exists"));
        drop(tx);
        let tx = write(&city).await;
        framework::remove_nodes(&tx, &[ground.criterion]).await.unwrap();
        tx.commit().await.unwrap();
        let tx = city.read().await.unwrap();
        assert!(duty::of_edition(&tx, ground.edition).await.unwrap().is_empty());
        assert!(duty::history(&tx, kept.duty.id).await.unwrap().is_empty());
    }
);

both!(
    async fn what_a_collective_name_means_is_decided_by_version(store: Store) {
        let city = city(&store, "yunxi").await;
        let selection = Selection { kinds: [UnitKind::Street].into(), units: [].into() };
        let saved = Collective { name: "各街道".into(), selection: selection.clone(), version: 0 };
        let tx = write(&city).await;
        duty::save_collective(&tx, "各街道", &saved).await.unwrap();
        let stale = duty::save_collective(&tx, "各街道", &saved).await;
        assert!(matches!(stale, Err(StoreError::Conflict { .. })), "{stale:?}");
        let more = Selection { kinds: [UnitKind::Street, UnitKind::Town].into(), ..selection };
        let next = Collective { selection: more, version: 1, ..saved };
        duty::save_collective(&tx, "各街道", &next).await.unwrap();
        tx.commit().await.unwrap();
        let kept = duty::collectives(&city.read().await.unwrap()).await.unwrap();
        assert_eq!(kept, [Collective { version: 2, ..next }]);
    }
);
