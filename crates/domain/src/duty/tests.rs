use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use uuid::Uuid;

use super::collective::{is_collective, key, proposed};
use super::*;
use crate::access::Post;
use crate::id::SiteId;
use crate::unit::{UnitKind, UnitRow};

fn unit(number: u128) -> UnitId {
    UnitId::new(Uuid::from_u128(number))
}

fn person(number: u128) -> PersonId {
    PersonId::new(Uuid::from_u128(number))
}

fn criterion(number: u128) -> CriterionId {
    CriterionId::new(Uuid::from_u128(number))
}

/// 1 city, 2 office, 3 department, 4 street, 5 community in 4, 6 town, 7 a street closed in 2025.
fn tree() -> UnitTree {
    let closed = chrono::NaiveDate::from_ymd_opt(2025, 6, 30);
    let row = |number, parent: Option<u128>, kind| UnitRow {
        id: unit(number),
        parent: parent.map(unit),
        kind,
        open: None,
        close: closed.filter(|_| number == 7),
    };
    UnitTree::build([
        row(1, None, UnitKind::Leadership),
        row(2, Some(1), UnitKind::Office),
        row(3, Some(1), UnitKind::Department),
        row(4, Some(1), UnitKind::Street),
        row(5, Some(4), UnitKind::Community),
        row(6, Some(1), UnitKind::Town),
        row(7, Some(1), UnitKind::Street),
    ])
    .unwrap()
}

fn actor(role: Role, of: u128) -> Actor {
    Actor { person: person(90), posts: vec![Post { unit: unit(of), role }] }
}

fn held(number: u128, of: u128, role: DutyRole) -> Duty {
    let duty = Duty::unheld(DutyId::new(Uuid::from_u128(number)), criterion(number), unit(of));
    let change = duty.apply(&DutyCommand::Assign { role, from: String::new() }, &actor(Role::Office, 2), &tree()).unwrap();
    duty.after(&change)
}

fn object() -> DutyCommand {
    DutyCommand::Object { reason: "不属我局职责".into() }
}

#[test]
fn a_unit_objects_in_writing_and_the_office_decides() {
    let tree = tree();
    let duty = held(1, 3, DutyRole::Lead);
    let (liaison, office) = (actor(Role::Liaison, 3), actor(Role::Office, 2));
    let silent = DutyCommand::Object { reason: " ".into() };
    assert_eq!(duty.apply(&silent, &liaison, &tree), Err(Refusal::ReasonMissing));
    let objected = duty.after(&duty.apply(&object(), &liaison, &tree).unwrap());
    assert_eq!((objected.state, objected.objection.as_deref()), (DutyState::Objected, Some("不属我局职责")));
    assert!(objected.state.is_held(), "until it is decided the duty is the unit's");
    let again = objected.apply(&object(), &liaison, &tree);
    assert_eq!(again, Err(Refusal::State { command: DutyCommandKind::Object, state: DutyState::Objected }));

    let uphold = DutyCommand::Uphold { reason: "按三定方案属你局".into() };
    assert_eq!(
        objected.apply(&uphold, &liaison, &tree),
        Err(Refusal::NotYours { command: DutyCommandKind::Uphold }),
        "a unit does not decide its own objection"
    );
    let upheld = objected.after(&objected.apply(&uphold, &office, &tree).unwrap());
    assert_eq!((upheld.state, upheld.objection), (DutyState::Held, None));
    let release = DutyCommand::Release { reason: "采纳".into() };
    let released = objected.after(&objected.apply(&release, &office, &tree).unwrap());
    assert_eq!(released.state, DutyState::Released);
}

#[test]
fn another_unit_and_another_role_may_not_object() {
    let duty = held(1, 5, DutyRole::Support);
    for (role, of, open) in [
        (Role::UnitHead, 5, true),
        (Role::UnitHead, 4, true),
        (Role::Liaison, 1, true),
        (Role::UnitHead, 3, false),
        (Role::GridWorker, 5, false),
        (Role::Inspector, 5, false),
        (Role::Office, 2, false),
    ] {
        assert_eq!(duty.apply(&object(), &actor(role, of), &tree()).is_ok(), open, "{role:?} of {of}");
    }
}

#[test]
fn a_duty_is_given_once_in_a_role_and_may_change_it() {
    let duty = held(1, 3, DutyRole::Support);
    let office = actor(Role::Office, 2);
    let assign = |role| DutyCommand::Assign { role, from: String::new() };
    assert_eq!(duty.apply(&assign(DutyRole::Support), &office, &tree()), Err(Refusal::Held { role: DutyRole::Support }));
    let lead = duty.after(&duty.apply(&assign(DutyRole::Lead), &office, &tree()).unwrap());
    assert_eq!((lead.role, lead.version), (DutyRole::Lead, 2));
}

#[test]
fn who_goes_is_replaced_wherever_named() {
    let mut duty = held(1, 3, DutyRole::Lead);
    duty.named = Named { head: Some(person(1)), officer: Some(person(2)), liaison: Some(person(1)) };
    let office = actor(Role::Office, 2);
    let hand_over = |from| DutyCommand::HandOver { from: person(from), to: person(3) };
    let change = duty.apply(&hand_over(1), &office, &tree()).unwrap();
    let after = duty.after(&change).named;
    assert_eq!(after, Named { head: Some(person(3)), officer: Some(person(2)), liaison: Some(person(3)) });
    assert_eq!(duty.apply(&hand_over(8), &office, &tree()), Err(Refusal::PersonNotNamed { person: person(8) }));
}

#[test]
fn collective_names_are_recognised_and_proposed_by_kind() {
    use UnitKind::{Community, Department, Street, Town, Village};
    for (name, kinds) in [
        ("各街道（镇）", vec![Street, Town]),
        ("各街道(镇)", vec![Street, Town]),
        ("各镇", vec![Town]),
        ("各社区、村", vec![Community, Village]),
        ("各有关部门", vec![Department]),
        ("各责任单位", vec![Department, Street, Town]),
        ("各窗口单位", vec![]),
    ] {
        assert!(is_collective(name), "{name}");
        assert_eq!(proposed(name).kinds, kinds.into_iter().collect(), "{name}");
    }
    assert!(!is_collective("市城市管理局"));
    assert_eq!(key(" 各街道 (镇)"), "各街道（镇）");
}

#[test]
fn a_selection_means_the_open_units() {
    let day = chrono::NaiveDate::from_ymd_opt(2026, 3, 2).unwrap();
    let selection = Selection { kinds: [UnitKind::Street, UnitKind::Town].into(), units: [unit(3)].into() };
    assert_eq!(selection.expand(&tree(), day), [unit(3), unit(4), unit(6)].into(), "the closed street is left out");
}

#[test]
fn each_gap_is_found_and_named() {
    let mut without_officer = held(1, 3, DutyRole::Lead);
    without_officer.objection = Some("不属我局".into());
    let mut named = held(2, 4, DutyRole::Lead);
    named.named.officer = Some(person(5));
    let duties = [without_officer, named, held(3, 6, DutyRole::Support)];
    let holders = Holders { head: Some(person(1)), officer: None, liaison: Some(person(2)) };
    let units = BTreeMap::from([(unit(3), holders), (unit(4), holders), (unit(6), Holders::default())]);
    let site = SiteId::new(Uuid::from_u128(77));
    let found = gaps(&Standing {
        criteria: &[criterion(1), criterion(2), criterion(3)],
        duties: &duties,
        units: &units,
        left: &BTreeSet::from([person(5)]),
        unresolved: &[(criterion(2), "各窗口单位".into())],
        ownerless: &[site],
    });
    let told: Vec<_> = found.iter().map(|gap| (gap.kind, gap.criterion.map(|id| id.uuid().as_u128()))).collect();
    assert_eq!(
        told,
        [
            (GapKind::NoLead, Some(3)),
            (GapKind::NameUnresolved, Some(2)),
            (GapKind::LeadWithoutOfficer, Some(1)),
            (GapKind::UnitWithoutLiaison, None),
            (GapKind::PersonLeft, Some(2)),
            (GapKind::SiteWithoutOwner, None),
            (GapKind::ObjectionUndecided, Some(1)),
        ]
    );
    assert_eq!(found[3].unit, Some(unit(6)));
    assert_eq!(found[4].person, Some(person(5)));
}

proptest! {
    /// What is allowed is exactly what is accepted, and a history told again gives the same duty.
    #[test]
    fn allowed_is_what_is_accepted(steps in prop::collection::vec((0usize..6, 0usize..5), 1..25)) {
        let tree = tree();
        let actors = [
            actor(Role::Office, 2), actor(Role::CityAdmin, 1), actor(Role::UnitHead, 4), actor(Role::Liaison, 5),
            actor(Role::UnitHead, 3),
        ];
        let begun = held(1, 5, DutyRole::Lead);
        let mut duty = begun.clone();
        let mut history = Vec::new();
        for (which, by) in steps {
            let reason = || "理由".to_owned();
            let other = if duty.role == DutyRole::Lead { DutyRole::Support } else { DutyRole::Lead };
            let command = [
                DutyCommand::Assign { role: other, from: String::new() },
                DutyCommand::Name { named: Named { head: Some(person(1)), ..Named::default() } },
                DutyCommand::Object { reason: reason() },
                DutyCommand::Uphold { reason: reason() },
                DutyCommand::Release { reason: reason() },
                DutyCommand::HandOver { from: person(1), to: person(1) },
            ][which].clone();
            let open = duty.allowed(&actors[by], &tree).contains(&command.kind());
            let judged = duty.apply(&command, &actors[by], &tree);
            let unnamed = matches!(judged, Err(Refusal::PersonNotNamed { .. }));
            prop_assert_eq!(judged.is_ok() || unnamed, open, "{:?}", command);
            if let Ok(change) = judged {
                duty = duty.after(&change);
                history.push(change);
            }
            prop_assert_eq!(duty.objection.is_some(), duty.state == DutyState::Objected);
        }
        let told = history.iter().fold(begun, |duty, change| duty.after(change));
        prop_assert_eq!(told, duty);
    }
}
