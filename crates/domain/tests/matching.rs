//! Matching of editions: measured on a pair of editions read by hand, and on pairs made by changing invented ones.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use yipanqi_domain::framework::Method;
use yipanqi_domain::framework::matching::{ChangeKind, Matcher, Pair, Standard, kinds};
use yipanqi_domain::id::CriterionId;

fn read(text: &str) -> Vec<Standard> {
    let rows: Vec<Value> = serde_json::from_str(text).unwrap();
    rows.iter()
        .map(|row| Standard {
            id: CriterionId::new(uuid::Uuid::now_v7()),
            number: row["number"].as_str().unwrap().to_owned(),
            above: row["above"].as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect(),
            title: row["title"].as_str().unwrap().to_owned(),
            points: (row["points"].as_object().unwrap().iter())
                .map(|(method, points)| {
                    let method: Method = serde_json::from_value(method.as_str().into()).unwrap();
                    (method, points.as_str().unwrap().parse().unwrap())
                })
                .collect(),
        })
        .collect()
}

fn editions() -> (Vec<Standard>, Vec<Standard>, Value) {
    let truth = serde_json::from_str(include_str!("fixtures/editions/truth.json")).unwrap();
    (read(include_str!("fixtures/editions/old.json")), read(include_str!("fixtures/editions/new.json")), truth)
}

/// Found, wrong and missed links, and precision and recall per mille.
fn measure(found: &BTreeSet<(usize, usize)>, truth: &BTreeSet<(usize, usize)>) -> (usize, usize, usize, usize, usize) {
    let right = found.intersection(truth).count();
    (right, found.len() - right, truth.len() - right, right * 1000 / found.len().max(1), right * 1000 / truth.len().max(1))
}

#[test]
fn a_real_pair_of_editions_is_matched() {
    let (old, new, truth) = editions();
    let place = |side: &[Standard], number: &str| side.iter().position(|standard| standard.number == number).unwrap();
    let rows = truth["rows"].as_array().unwrap();
    let mut links = BTreeSet::new();
    for row in rows {
        for from in row["from"].as_array().unwrap() {
            links.insert((place(&old, from.as_str().unwrap()), place(&new, row["number"].as_str().unwrap())));
        }
    }
    let pairs = Matcher::new(&old, &new).pairs();
    let found: BTreeSet<(usize, usize)> = pairs.iter().map(|pair| (pair.old, pair.new)).collect();
    for (old_place, new_place) in found.symmetric_difference(&links) {
        let sign = if links.contains(&(*old_place, *new_place)) { "missed" } else { "wrong" };
        println!("{sign}: {} {} | {} {}", old[*old_place].number, old[*old_place].title, new[*new_place].number, new[*new_place].title);
    }
    let (right, wrong, missed, precision, recall) = measure(&found, &links);
    println!("links {right} right, {wrong} wrong, {missed} missed: precision {precision} ‰, recall {recall} ‰");
    assert!(precision > 950 && recall > 950);
    let mut named: BTreeMap<usize, BTreeSet<(ChangeKind, bool)>> = BTreeMap::new();
    let changes = kinds(&old, &new, &pairs);
    for change in &changes {
        if let Some(new) = change.new {
            named.entry(new).or_default().insert((change.kind, change.points_moved));
        }
    }
    let mut agreed = 0;
    for row in rows {
        let given = row["change"].as_str().unwrap();
        let of = &named[&place(&new, row["number"].as_str().unwrap())];
        let fits = of.iter().any(|(kind, moved)| match given {
            "reworded+points" => *kind == ChangeKind::Reworded && *moved,
            other => kind.as_str() == other,
        });
        if fits { agreed += 1 } else { println!("{} is {given}, named {of:?}", row["number"]) }
    }
    println!("kinds {agreed} of {}", rows.len());
    assert!(agreed * 100 >= rows.len() * 95);
    let gone: BTreeSet<&str> = changes
        .iter()
        .filter(|change| change.kind == ChangeKind::Gone)
        .filter_map(|change| Some(old[change.old?].number.as_str()))
        .collect();
    let stated: BTreeSet<&str> = truth["gone"].as_array().unwrap().iter().map(|number| number.as_str().unwrap()).collect();
    assert_eq!(gone, stated);
}

#[test]
fn an_edition_matches_itself_word_for_word() {
    let (old, _, _) = editions();
    let pairs = Matcher::new(&old, &old).pairs();
    assert_eq!(pairs, (0..old.len()).map(|place| Pair { old: place, new: place, likeness: 1000 }).collect::<Vec<_>>());
    assert!(kinds(&old, &old, &pairs).iter().all(|change| change.kind == ChangeKind::Same));
}

#[test]
fn steps_say_how_far_they_are_and_change_nothing() {
    let (old, new, _) = editions();
    let mut matcher = Matcher::new(&old, &new);
    let mut steps = 0;
    while matcher.advance(40) {
        steps += 1;
        assert_eq!(matcher.done(), steps * 40);
    }
    assert_eq!(matcher.done(), old.len());
    assert_eq!(matcher.pairs(), Matcher::new(&old, &new).pairs());
}
