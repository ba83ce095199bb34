//! Worked cases and laws of editing a tree.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;

fn id(number: u128) -> CriterionId {
    CriterionId::new(Uuid::from_u128(number))
}

fn branch(own: u128, parent: Option<u128>, key: &str, number: &str, criterion: bool) -> Branch {
    Branch { id: id(own), parent: parent.map(id), key: key.into(), number: number.into(), title: format!("t{own}"), criterion }
}

fn sample() -> Vec<Branch> {
    vec![
        branch(1, None, "1", "Ⅰ", false),
        branch(11, Some(1), "1-1", "Ⅰ-1", false),
        branch(111, Some(11), "1-1-1", "1）", true),
        branch(112, Some(11), "1-1-2", "2）", true),
        branch(12, Some(1), "1-2", "Ⅰ-2", false),
        branch(121, Some(12), "1-2-1", "1）", true),
        branch(2, None, "2", "Ⅱ", false),
    ]
}

fn numbers(tree: &[Branch]) -> Vec<(u128, &str, &str)> {
    tree.iter().map(|node| (node.id.uuid().as_u128(), node.key.as_str(), node.number.as_str())).collect()
}

#[test]
fn a_new_criterion_is_numbered_as_its_neighbours_write() {
    let add = TreeEdit::Add { id: id(113), parent: Some(id(11)), after: Some(id(111)), title: "新".into(), criterion: true };
    let tree = edited(&sample(), &add).unwrap();
    assert_eq!(
        numbers(&tree)[2..5],
        [(111, "1-1-1", "1）"), (113, "1-1-2", "2）"), (112, "1-1-3", "3）")],
        "the one behind gives way"
    );
    assert_eq!(renumbered(&sample(), &tree), [("1-1-2".to_owned(), "1-1-3".to_owned())]);
}

#[test]
fn a_moved_branch_takes_its_children_and_their_numbers_along() {
    let moved = TreeEdit::Move { id: id(11), parent: Some(id(2)), after: None };
    let tree = edited(&sample(), &moved).unwrap();
    assert_eq!(
        numbers(&tree),
        [
            (1, "1", "Ⅰ"),
            (12, "1-2", "Ⅰ-2"),
            (121, "1-2-1", "1）"),
            (2, "2", "Ⅱ"),
            (11, "2-1", "Ⅱ-1"),
            (111, "2-1-1", "1）"),
            (112, "2-1-2", "2）"),
        ]
    );
}

#[test]
fn a_split_criterion_is_followed_by_its_parts_and_a_deleted_one_leaves_its_number() {
    let split = TreeEdit::Split { id: id(111), title: "甲".into(), parts: vec![(id(7), "乙".into())] };
    let tree = edited(&sample(), &split).unwrap();
    assert_eq!(numbers(&tree)[2..5], [(111, "1-1-1", "1）"), (7, "1-1-2", "2）"), (112, "1-1-3", "3）")]);
    let tree = edited(&sample(), &TreeEdit::Delete { id: id(111) }).unwrap();
    assert_eq!(numbers(&tree)[2], (112, "1-1-2", "2）"));
}

#[test]
fn what_would_break_the_tree_is_refused() {
    let tree = sample();
    let moved = |node, parent| edited(&tree, &TreeEdit::Move { id: id(node), parent: Some(id(parent)), after: None });
    assert_eq!(moved(1, 11), Err(TreeFault::Cycle));
    assert_eq!(moved(1, 1), Err(TreeFault::Cycle));
    assert_eq!(moved(12, 111), Err(TreeFault::BelowCriterion));
    assert_eq!(moved(99, 1), Err(TreeFault::Unknown));
    assert_eq!(edited(&tree, &TreeEdit::Delete { id: id(11) }), Err(TreeFault::HasChildren));
    assert_eq!(edited(&tree, &TreeEdit::Reword { id: id(11), title: "  ".into() }), Err(TreeFault::NoTitle));
    let split = TreeEdit::Split { id: id(11), title: "甲".into(), parts: vec![(id(7), "乙".into())] };
    assert_eq!(edited(&tree, &split), Err(TreeFault::NotSplittable));
}

proptest! {
    #[test]
    fn any_sequence_of_edits_leaves_a_sound_tree(steps in prop::collection::vec((0_u8..5, 0_usize..40, 0_usize..40, any::<bool>()), 0..30)) {
        let mut tree = sample();
        for (step, (op, one, other, flag)) in (1000_u128..).zip(steps) {
            let pick = |place: usize| (!tree.is_empty()).then(|| tree[place % tree.len()].id);
            let (Some(node), Some(upper)) = (pick(one), pick(other)) else { break };
            let parent = flag.then_some(upper);
            let after = tree.iter().rev().find(|known| known.parent == parent && known.id != node).map(|known| known.id);
            let edit = match op {
                0 => TreeEdit::Add { id: id(step), parent, after, title: "x".into(), criterion: one % 2 == 0 },
                1 => TreeEdit::Move { id: node, parent, after },
                2 => TreeEdit::Split { id: node, title: "a".into(), parts: vec![(id(step), "b".into())] },
                3 => TreeEdit::Delete { id: node },
                _ => TreeEdit::Reword { id: node, title: "y".into() },
            };
            if let Ok(next) = edited(&tree, &edit) {
                prop_assert!(is_sound(&next), "{edit:?} of {tree:?} gave {next:?}");
                tree = next;
            }
        }
    }

    #[test]
    fn moving_there_and_back_changes_no_place(node in 0_usize..7, other in 0_usize..7) {
        let tree = sample();
        let (node, target) = (&tree[node], &tree[other]);
        let siblings: Vec<_> = tree.iter().filter(|known| known.parent == node.parent).map(|known| known.id).collect();
        let place = siblings.iter().position(|known| *known == node.id).unwrap();
        let before = place.checked_sub(1).map(|place| siblings[place]);
        let there = TreeEdit::Move { id: node.id, parent: Some(target.id), after: None };
        if let Ok(moved) = edited(&tree, &there) {
            let back = TreeEdit::Move { id: node.id, parent: node.parent, after: before };
            let back = edited(&moved, &back).unwrap();
            let order = |tree: &[Branch]| tree.iter().map(|node| (node.id, node.parent)).collect::<Vec<_>>();
            prop_assert_eq!(order(&back), order(&tree));
        }
    }
}
