//! The table of rights: what each role may, and that a check and a list never disagree.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::unit::{UnitKind, UnitRow};

fn unit(number: u128) -> UnitId {
    UnitId::new(Uuid::from_u128(number))
}

fn actor(posts: &[(u128, Role)]) -> Actor {
    Actor {
        person: PersonId::new(Uuid::from_u128(1)),
        posts: posts.iter().map(|&(number, role)| Post { unit: unit(number), role }).collect(),
    }
}

/// 1 > 2 > 3 > 4 and 1 > 5.
fn tree() -> UnitTree {
    let rows = [(1, None), (2, Some(1)), (3, Some(2)), (4, Some(3)), (5, Some(1))];
    UnitTree::build(rows.map(|(id, parent)| UnitRow {
        id: unit(id),
        parent: parent.map(unit),
        kind: UnitKind::Department,
        open: None,
        close: None,
    }))
    .unwrap()
}

#[test]
fn a_platform_administrator_sees_no_city_data_and_a_province_only_summaries() {
    for right in Right::ALL {
        assert_eq!(scope(right, Role::PlatformAdmin) != Scope::Nowhere, right == Right::ManageCity, "{right:?}");
        assert_eq!(scope(right, Role::Province) != Scope::Nowhere, right == Right::ViewSummary, "{right:?}");
    }
}

#[test]
fn supervision_and_leaders_see_everything_and_manage_nothing() {
    use Right::*;
    for role in [Role::Supervisor, Role::Leader] {
        for right in [ViewBoard, ViewFramework, ViewUnits, ViewSites, ViewRound, ViewProblem, ViewSlip, ViewScore, ViewRanking] {
            assert_eq!(scope(right, role), Scope::Everywhere, "{right:?}");
        }
        for right in [ManageCity, ManageSettings, ManageUnits, ManagePeople, ManageSites, ManageFramework, Import, OpenRound] {
            assert_eq!(scope(right, role), Scope::Nowhere, "{right:?}");
        }
    }
    assert_eq!(scope(IssueSlip, Role::Supervisor), Scope::Everywhere);
    assert_eq!(scope(IssueSlip, Role::Leader), Scope::Nowhere);
}

#[test]
fn a_head_reaches_the_unit_and_what_is_below_it_but_nothing_else() {
    let head = actor(&[(2, Role::UnitHead)]);
    let right = Right::ViewProblem;
    assert_eq!(reach(right, &head, &tree()), Reach::Units(BTreeSet::from([unit(2), unit(3), unit(4)])));
    assert_eq!(allows(right, &head, &Place::Units(&[unit(5), unit(4)]), &tree()), Ok(()));
    assert_eq!(allows(right, &head, &Place::Units(&[unit(5)]), &tree()), Err(Refusal::PlaceNotYours { right }));
    assert_eq!(allows(right, &head, &Place::City, &tree()), Err(Refusal::PlaceNotYours { right }));
    assert_eq!(allows(Right::IssueSlip, &head, &Place::City, &tree()).map_err(|refusal| refusal.code()), Err("right_missing"));
}

#[test]
fn a_grid_worker_reaches_the_own_grid_alone() {
    let worker = actor(&[(3, Role::GridWorker)]);
    assert_eq!(reach(Right::ViewProblem, &worker, &tree()), Reach::Units(BTreeSet::from([unit(3)])));
    assert!(allows(Right::ViewProblem, &worker, &Place::Units(&[unit(4)]), &tree()).is_err());
}

proptest! {
    #[test]
    fn a_check_and_a_list_agree(
        right in prop::sample::select(Right::ALL.to_vec()),
        posts in prop::collection::vec((1u128..=6, prop::sample::select(Role::ALL.to_vec())), 0..4),
        units in prop::collection::vec(1u128..=6, 0..3),
    ) {
        let (actor, tree) = (actor(&posts), tree());
        let units: Vec<UnitId> = units.into_iter().map(unit).collect();
        let shown = match reach(right, &actor, &tree) {
            Reach::Everything => true,
            Reach::Units(mine) => units.iter().any(|unit| mine.contains(unit)),
            Reach::Nothing => false,
        };
        prop_assert_eq!(allows(right, &actor, &Place::Units(&units), &tree).is_ok(), shown);
        let everywhere = reach(right, &actor, &tree) == Reach::Everything;
        prop_assert_eq!(allows(right, &actor, &Place::City, &tree).is_ok(), everywhere);
    }
}
