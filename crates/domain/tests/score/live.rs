//! A score that follows its findings equals the score computed anew; a plan returns what recomputing returns; how sure a
//! sampled figure is.

use std::collections::BTreeMap;

use proptest::prelude::*;
use yipanqi_domain::exact::Exact;
use yipanqi_domain::framework::{Method, Rule};
use yipanqi_domain::id::ItemId;
use yipanqi_domain::round::{FindingResult, Grade};
use yipanqi_domain::score::{Change, EnteredValue, Ignored, LiveScore, NodeScore, RoundSheet, SheetFinding, score};
use yipanqi_domain::stake::{Prospect, at_stake, of_units, scenario};
use yipanqi_domain::statistics::{Frames, Interval, IntervalMethod, Intervals, Sample, bootstrap, intervals, wilson};

use super::support::*;

/// The sheet after the changes, made by hand.
fn changed(sheet: &RoundSheet, changes: &[Change]) -> RoundSheet {
    let mut sheet = sheet.clone();
    for change in changes {
        if let Change::Finding { site, item, result } = change {
            sheet.findings.retain(|finding| (finding.site, finding.item) != (*site, *item));
            let new = |result: &FindingResult| SheetFinding { site: *site, item: *item, result: result.clone() };
            sheet.findings.extend(result.as_ref().map(new));
        }
    }
    sheet
}

fn any_changes() -> impl Strategy<Value = Vec<Change>> {
    let one = (1_u128..8, 1_u128..6, proptest::option::weighted(0.8, any_result()));
    let change = one.prop_map(|(at, of, result)| Change::Finding { site: site(at), item: item(of), result });
    proptest::collection::vec(change, 0..6)
}

proptest! {
    #[test]
    fn a_followed_score_equals_the_full_one(edition in any_edition(), sheet in any_sheet(), changes in any_changes()) {
        let mut live = LiveScore::new(edition.clone(), sheet.clone());
        prop_assert_eq!(live.tree(), &score(&edition, &sheet));
        let before = live.tree().clone();
        let gain = live.gain(&changes).unwrap();
        prop_assert_eq!(live.tree(), &before);
        let undo = live.apply(&changes).unwrap();
        prop_assert_eq!(live.tree(), &score(&edition, &changed(&sheet, &changes)));
        prop_assert_eq!(gain, &live.tree().total.earned - &before.total.earned);
        live.apply(&undo).unwrap();
        prop_assert_eq!(live.tree(), &before);
    }

    #[test]
    fn a_plan_returns_what_recomputing_returns(edition in any_edition(), sheet in any_sheet(), picked in any::<u64>()) {
        let live = LiveScore::new(edition.clone(), sheet.clone());
        let plan: Vec<Change> = (sheet.findings.iter().enumerate())
            .filter(|(place, _)| picked >> (place % 64) & 1 == 1)
            .filter_map(|(_, finding)| live.mended(finding.site, finding.item))
            .collect();
        let promised = scenario(&live, &plan).unwrap();
        let after = score(&edition, &changed(&sheet, &plan));
        prop_assert_eq!(&promised.gain, &(&after.total.earned - &live.tree().total.earned));
        prop_assert_eq!(promised.after, after.total);
        prop_assert!(!promised.gain.is_negative(), "mending never lowers");
    }

    #[test]
    fn an_interval_holds_its_figure_and_repeats(edition in any_edition(), sheet in any_sheet(), seed in "[a-z]{1,8}") {
        let tree = score(&edition, &sheet);
        let sample = Sample::of(&edition, &tree, &Frames::new());
        let first = bootstrap(&sample, &seed, 50);
        prop_assert_eq!(&first, &bootstrap(&sample, &seed, 50));
        if let Some(interval) = first {
            prop_assert!(interval.low <= interval.high);
            prop_assert!(!interval.low.is_negative() && interval.high <= &tree.total.covered + &exact("0.001"));
        }
        // What the sample says without chance is the score itself.
        let all = Frames::from([("a".to_owned(), 0), ("b".to_owned(), 0)]);
        let frame_visited = intervals(&Sample::of(&edition, &tree, &all), &seed, 50);
        prop_assert!(frame_visited.nodes.is_empty() && frame_visited.units.is_empty(), "nothing is left to chance");
        if let Some(census) = frame_visited.total {
            prop_assert_eq!(census.method, IntervalMethod::Census);
            prop_assert_eq!(census.low.rounded(4), tree.total.earned.rounded(4));
        }
    }
}

#[test]
fn a_plan_is_more_than_its_parts() {
    let edition = on_site("1", Rule::AllOrNothing);
    let sheet = sheet(&[(1, 1, faults(1)), (1, 2, faults(1)), (2, 1, faults(0))]);
    let mut live = LiveScore::new(edition, sheet);
    let mend = |at, of: u128| live.mended(site(at), item(of)).unwrap();
    let (first, second) = (mend(1, 1), mend(1, 2));
    assert_eq!(live.gain(std::slice::from_ref(&first)).unwrap(), Exact::zero());
    assert_eq!(scenario(&live, &[first, second]).unwrap().gain, exact("0.5"));
}

#[test]
fn a_mended_count_reaches_what_every_rule_asks() {
    let edition = on_site("0.95", Rule::CountAtLeast { n: 5, each: points("0.19") });
    let sheet = sheet(&[(1, 1, FindingResult::Count { count: 3 })]);
    let live = LiveScore::new(edition, sheet);
    assert_eq!(live.tree().total.earned, exact("0.57"));
    let mended = live.mended(site(1), item(1)).unwrap();
    assert_eq!(mended, Change::Finding { site: site(1), item: item(1), result: Some(FindingResult::Count { count: 5 }) });
    assert_eq!(scenario(&live, &[mended]).unwrap().gain, exact("0.38"));
}

#[test]
fn most_points_per_day_come_first_and_units_see_their_own() {
    let deduct = Rule::DeductPerFault { each: points("0.1"), floor: Exact::zero(), max_per_item: None };
    let mut edition = edition(vec![measure(Method::OnSite, "1", Some(deduct)), measure(Method::Filing, "2", Some(Rule::Ratio))]);
    edition.nodes[0].title = "streets".to_owned();
    let sheet = sheet(&[(1, 1, faults(4)), (2, 1, faults(1)), (3, 1, faults(0))]);
    let mut live = LiveScore::new(edition, sheet);
    let mend = |at| vec![live.mended(site(at), item(1)).unwrap()];
    let missing = Change::Result {
        criterion: criterion(2),
        method: Method::Filing,
        value: Some(EnteredValue::Points { points: exact("2") }),
    };
    let prospect = |of, changes, days, owner| Prospect { of, changes, days, units: vec![unit(owner)] };
    let prospects = vec![
        prospect("a", mend(1), 8, 1),
        prospect("b", mend(2), 0, 2),
        prospect("c", mend(3), 1, 1),
        prospect("d", vec![missing], 50, 3),
    ];
    let stakes = at_stake(&mut live, prospects);
    let listed: Vec<_> = stakes.iter().map(|stake| (stake.of, stake.gain.clone(), stake.days)).collect();
    assert_eq!(listed, [("d", exact("2"), 50), ("b", exact("1/30"), 1), ("a", exact("2/15"), 8)]);
    let own = [unit(1)].into();
    assert_eq!(of_units(&stakes, &own).map(|stake| stake.of).collect::<Vec<_>>(), ["a"]);
}

#[test]
fn what_is_not_of_the_round_is_refused_and_changes_nothing() {
    let sheet = sheet(&[(1, 1, faults(1)), (2, 1, faults(0))]);
    let mut live = LiveScore::new(on_site("1", Rule::AllOrNothing), sheet);
    let mend = live.mended(site(1), item(1)).unwrap();
    let stranger: ItemId = item(9);
    let wrong = Change::Finding { site: site(1), item: stranger, result: None };
    let before = live.tree().clone();
    assert_eq!(live.apply(&[mend, wrong]), Err(Ignored::UnknownItem { site: site(1), item: stranger }));
    assert_eq!(live.tree(), &before);
}

/// The nodes of a tree with what they earned.
fn earned(nodes: &[NodeScore]) -> BTreeMap<String, Exact> {
    let mut earned = BTreeMap::new();
    let mut waiting: Vec<&NodeScore> = nodes.iter().collect();
    while let Some(node) = waiting.pop() {
        earned.insert(node.number.clone(), node.figure.earned.clone());
        waiting.extend(&node.children);
    }
    earned
}

#[test]
fn a_node_and_a_unit_have_intervals_of_the_same_draws() {
    let edition = on_site("10", Rule::three_grades());
    let grade = |number: u128| match number % 3 {
        0 => Grade::Met,
        1 => Grade::MostlyMet,
        _ => Grade::NotMet,
    };
    let results: Vec<_> = (1..=40).map(|number| (number, 1, FindingResult::Grade { grade: grade(number) })).collect();
    let tree = score(&edition, &sheet(&results));
    let frames = Frames::from([("street".to_owned(), 100)]);
    let sites: Vec<_> = (1..=40).map(site).collect();
    let units = BTreeMap::from([(unit(1), sites[..20].to_vec()), (unit(2), sites.clone()), (unit(3), Vec::new())]);
    let sample = Sample::of(&edition, &tree, &frames).with_units(&edition, &tree, &units);
    let found = intervals(&sample, "seed", 1000);
    let total = found.total.clone().unwrap();
    assert_eq!(found.total, bootstrap(&sample, "seed", 1000));
    let earned = earned(&tree.nodes);
    assert_eq!(found.nodes.keys().collect::<Vec<_>>(), earned.keys().collect::<Vec<_>>());
    for (number, interval) in &found.nodes {
        assert_eq!(interval, &total, "one measure: every node above it moves as the round does");
        assert!(interval.low < earned[number] && earned[number] < interval.high);
    }
    assert_eq!(found.units.keys().copied().collect::<Vec<_>>(), [unit(1), unit(2)]);
    // All sites: ten times the points, which are out of ten.
    let all = &found.units[&unit(2)];
    assert!((&all.low - &(&total.low * &exact("10"))).published(3).trim_start_matches('-') == "0.000");
    let width = |interval: &Interval| &interval.high - &interval.low;
    assert!(width(&found.units[&unit(1)]) > width(all), "half the sites say less");
}

#[test]
fn a_share_of_passing_sites_has_its_interval_in_closed_form() {
    let edition = on_site("10", Rule::AllOrNothing);
    let results: Vec<_> = (1..=40).map(|number| (number, 1, faults(u32::from(number % 4 == 0)))).collect();
    let tree = score(&edition, &sheet(&results));
    let found = intervals(&Sample::of(&edition, &tree, &Frames::new()), "seed", 200);
    let share = wilson(30, 40).unwrap();
    let node = found.nodes.values().next().unwrap();
    assert_eq!((node.method, node.replicates), (IntervalMethod::Wilson, 0));
    assert_eq!(node.low.published(4), (&share.low * &exact("0.1")).published(4));
    assert_eq!(found.total.unwrap().method, IntervalMethod::Bootstrap);
}

#[test]
fn an_interval_is_as_wide_as_the_textbook_says() {
    // 40 of 100 sites, half of them pass: the mean of 10 points is 5, its standard error 10 × √(0.6 × 0.25 ÷ 39).
    let edition = on_site("10", Rule::AllOrNothing);
    let results: Vec<_> = (1..=40).map(|number| (number, 1, faults(u32::from(number % 2 == 0)))).collect();
    let tree = score(&edition, &sheet(&results));
    let frames = Frames::from([("street".to_owned(), 100)]);
    let interval = bootstrap(&Sample::of(&edition, &tree, &frames), "seed", 4000).unwrap();
    let half = (&interval.high - &interval.low).checked_div(&exact("2")).unwrap();
    assert!(half > exact("1.1") && half < exact("1.32"), "{}", half.published(3));
    assert_eq!((interval.method, interval.single_strata), (IntervalMethod::Bootstrap, 0));
}

#[test]
fn one_site_of_each_stratum_tells_nothing_about_how_sure_a_figure_is() {
    let edition = on_site("10", Rule::AllOrNothing);
    let tree = score(&edition, &sheet(&[(1, 1, faults(0))]));
    let sample = Sample::of(&edition, &tree, &Frames::from([("street".to_owned(), 100)]));
    assert_eq!(intervals(&sample, "seed", 200), Intervals::default());
    let census = Sample::of(&edition, &tree, &Frames::from([("street".to_owned(), 1)]));
    assert_eq!(bootstrap(&census, "seed", 200).map(|interval| interval.method), Some(IntervalMethod::Census));
}
