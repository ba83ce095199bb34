//! The unit tree: lines, city level, secondment, and the faults that keep a tree from being built.

use super::*;
use uuid::Uuid;

fn unit(number: u128) -> UnitId {
    UnitId::new(Uuid::from_u128(number))
}

fn row(number: u128, parent: Option<u128>, kind: UnitKind) -> UnitRow {
    UnitRow { id: unit(number), parent: parent.map(unit), kind, open: None, close: None }
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// 1 leadership > 2 street > 3 community > 4 grid; 5 another street; 6 department.
fn city() -> UnitTree {
    UnitTree::build([
        row(4, Some(3), UnitKind::Grid),
        row(1, None, UnitKind::Leadership),
        row(2, Some(1), UnitKind::Street),
        row(3, Some(2), UnitKind::Community),
        row(5, Some(1), UnitKind::Street),
        row(6, Some(1), UnitKind::Department),
    ])
    .unwrap()
}

#[test]
fn ancestors_are_nearest_first_and_descendants_at_any_depth() {
    let tree = city();
    assert_eq!(tree.ancestors(unit(4)), [unit(3), unit(2), unit(1)]);
    assert_eq!(tree.descendants(unit(2)), BTreeSet::from([unit(3), unit(4)]));
    assert!(tree.is_within(unit(4), unit(2)) && tree.is_within(unit(2), unit(2)) && !tree.is_within(unit(2), unit(4)));
}

#[test]
fn the_line_of_a_unit_stops_below_the_city_level() {
    let tree = city();
    for (other, expected) in [(1, false), (2, true), (3, true), (4, true), (5, false), (6, false)] {
        assert_eq!(tree.in_line(unit(3), unit(other)), expected, "unit {other}");
    }
    assert!(tree.in_line(unit(1), unit(1)), "a leadership unit is in its own line");
    assert!(tree.in_line(unit(1), unit(6)), "everything below a leadership unit is in its line");
}

#[test]
fn a_tree_that_is_none_is_refused_by_name() {
    let cases = [
        (vec![row(1, Some(9), UnitKind::Street)], UnitFault::ParentMissing { unit: unit(1), parent: unit(9) }),
        (vec![row(1, Some(1), UnitKind::Street)], UnitFault::Cycle { units: vec![unit(1)] }),
        (
            vec![row(1, Some(2), UnitKind::Street), row(2, Some(3), UnitKind::Street), row(3, Some(2), UnitKind::Street)],
            UnitFault::Cycle { units: vec![unit(2), unit(3)] },
        ),
        (vec![row(1, None, UnitKind::Street), row(1, None, UnitKind::Town)], UnitFault::Twice { unit: unit(1) }),
        (
            vec![UnitRow { open: Some(day("2026-02-02")), close: Some(day("2026-02-01")), ..row(1, None, UnitKind::Street) }],
            UnitFault::ClosedBeforeOpen { unit: unit(1) },
        ),
    ];
    for (rows, fault) in cases {
        assert_eq!(UnitTree::build(rows).map(|_| ()), Err(fault));
    }
}

#[test]
fn a_unit_exists_from_its_opening_to_its_closing_day() {
    let tree = UnitTree::build([UnitRow {
        open: Some(day("2026-01-01")),
        close: Some(day("2026-03-31")),
        ..row(1, None, UnitKind::Street)
    }])
    .unwrap();
    for (text, open) in [("2025-12-31", false), ("2026-01-01", true), ("2026-03-31", true), ("2026-04-01", false)] {
        assert_eq!(tree.is_open(unit(1), day(text)), open, "{text}");
    }
}

#[test]
fn a_seconded_person_counts_at_home_and_in_the_task_force() {
    let person = PersonId::new(Uuid::from_u128(100));
    let lent = Secondment { person, home: unit(6), task_force: unit(7), from: day("2026-01-01"), until: Some(day("2026-06-30")) };
    assert_eq!(seconded_units(std::slice::from_ref(&lent), person, day("2026-06-30")), BTreeSet::from([unit(6), unit(7)]));
    assert_eq!(seconded_units(&[lent], person, day("2026-07-01")), BTreeSet::new());
}
