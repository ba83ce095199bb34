//! What a score promises: the worked examples, and laws that hold for every round.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails the test")]

mod live;
mod support;

use std::collections::BTreeMap;

use proptest::prelude::*;
use yipanqi_domain::exact::Exact;
use yipanqi_domain::framework::{Criterion, Edition, FlawKind, Method, Node, Rule, Scope, Scoring, Severity, Step};
use yipanqi_domain::round::{FindingResult, Grade, ItemStandard};
use yipanqi_domain::score::{
    ConformityState, CriterionUnits, EnteredResult, EnteredValue, Ignored, Incident, LossPolicy, NodeScore, Reason, RoundSheet,
    SheetFinding, Uncovered, cycle_total, score, share_losses,
};

use support::*;

#[test]
fn two_thirds_of_seven_tenths_is_rounded_once() {
    let mut edition = on_site("0.7", Rule::Ratio);
    let round = sheet(&[(1, 1, FindingResult::Ratio { observed: 2, total: 3 })]);
    let tree = score(&edition, &round);
    assert_eq!((tree.total.earned.clone(), tree.total.published.earned.as_str()), (exact("7/15"), "0.47"));
    edition.working_scale = Some(4);
    let tree = score(&edition, &round);
    assert_eq!(tree.total.earned, exact("0.4667"));
    assert!(measures(&tree)[0].reasons.contains(&Reason::WorkingScale { decimals: 4, exact: exact("7/15") }));
}

#[test]
fn a_total_is_published_from_the_exact_sum_not_from_published_parts() {
    let edition = edition(vec![measure(Method::Filing, "1", Some(Rule::Ratio)), measure(Method::Filing, "1", Some(Rule::Ratio))]);
    let results = [1, 2].map(|number| entered(number, EnteredValue::Percent { percent: exact("0.4") }));
    let tree = score(&edition, &RoundSheet { results: results.to_vec(), ..RoundSheet::default() });
    assert_eq!(
        measures(&tree).iter().map(|measure| measure.figure.published.earned.as_str()).collect::<Vec<_>>(),
        ["0.00", "0.00"]
    );
    assert_eq!(tree.total.published.earned, "0.01");
}

fn entered(number: u128, value: EnteredValue) -> EnteredResult {
    EnteredResult { criterion: criterion(number), method: Method::Filing, value }
}

#[test]
fn three_adverts_pass_the_item_and_earn_57_hundredths() {
    let edition = on_site("0.95", Rule::CountAtLeast { n: 5, each: points("0.19") });
    let mut round = sheet(&[(1, 1, FindingResult::Count { count: 3 })]);
    round.items[0].standard = ItemStandard::AtLeast { n: 3 };
    assert!(round.findings[0].result.verdict(&round.items[0].standard, &edition.thresholds).unwrap().pass);
    let tree = score(&edition, &round);
    assert_eq!(tree.total.earned, exact("0.57"));
    let site = &measures(&tree)[0].site_types[0].sites[0];
    assert_eq!(site.reasons, [Reason::CountShort { count: 3, n: 5, each: exact("0.19") }]);
    assert_eq!((site.loss.clone(), site.items.clone()), (exact("0.38"), vec![item(1)]));
}

#[test]
fn a_percentage_point_counts_by_its_size_or_as_begun() {
    for (step, lost) in [(Step::Exact, "0.08"), (Step::Begun, "0.1")] {
        let rule = Rule::PerPercentagePoint { target: exact("90"), each: points("0.05"), step };
        let edition = edition(vec![measure(Method::Filing, "0.6", Some(rule))]);
        let results = vec![entered(1, EnteredValue::Percent { percent: exact("88.4") })];
        let tree = score(&edition, &RoundSheet { results, ..RoundSheet::default() });
        assert_eq!(tree.total.lost(), exact(lost));
    }
}

#[test]
fn what_is_uncovered_leaves_the_comparison() {
    let edition =
        edition(vec![measure(Method::Filing, "46.3", Some(Rule::Ratio)), measure(Method::Survey, "53.7", Some(Rule::Ratio))]);
    let results = vec![entered(1, EnteredValue::Points { points: exact("41.2") })];
    let figure = score(&edition, &RoundSheet { results, ..RoundSheet::default() }).total;
    assert_eq!(figure.published.percent.as_deref(), Some("88.98"));
    assert_eq!(figure.published.coverage.as_deref(), Some("46.30"));
    assert_eq!((figure.published.earned.as_str(), figure.published.covered.as_str()), ("41.20", "46.30"));
}

#[test]
fn an_item_feeds_each_linked_criterion_once() {
    let rule = || Rule::DeductPerFault { each: points("0.2"), floor: Exact::zero(), max_per_item: None };
    let edition = edition(vec![measure(Method::OnSite, "1", Some(rule())), measure(Method::OnSite, "1", Some(rule()))]);
    let mut round = sheet(&[(1, 1, faults(3))]);
    round.items[0].criteria = [1, 1, 2, 1].map(criterion).to_vec();
    let tree = score(&edition, &round);
    assert!(measures(&tree).iter().all(|measure| measure.figure.earned == exact("0.4")));
}

#[test]
fn what_cannot_be_measured_says_why() {
    let gate = || Rule::Gate { item: None, condition: "未上报".to_owned(), then: Box::new(Rule::Ratio) };
    for (rule, points, result, why) in [
        (None, "1", faults(1), Uncovered::NoRule),
        (Some(Rule::Ratio), "0", faults(1), Uncovered::NoPoints),
        (Some(Rule::Ratio), "1", faults(1), Uncovered::NoItemOfKind),
        (Some(Rule::Ratio), "1", FindingResult::Ratio { observed: 4, total: 3 }, Uncovered::OutOfRange),
        (Some(Rule::Ratio), "1", FindingResult::Ratio { observed: 0, total: 0 }, Uncovered::NotApplicable),
        (Some(Rule::AllOrNothing), "1", FindingResult::NotApplicable { reason: "施工".to_owned() }, Uncovered::NotApplicable),
        (Some(gate()), "1", FindingResult::Ratio { observed: 1, total: 3 }, Uncovered::GateUndecided),
        (Some(Rule::Grades { grades: BTreeMap::new() }), "1", faults(0), Uncovered::GradeWithoutValue),
    ] {
        let edition = edition(vec![measure(Method::OnSite, points, rule)]);
        let tree = score(&edition, &sheet(&[(1, 1, result)]));
        assert_eq!(measures(&tree)[0].reasons, [Reason::Uncovered { why }]);
        assert_eq!(
            (tree.total.earned.clone(), tree.total.covered.clone(), tree.total.percent()),
            (Exact::zero(), Exact::zero(), None)
        );
    }
    let empty = score(&on_site("1", Rule::Ratio), &RoundSheet::default());
    assert_eq!(measures(&empty)[0].reasons, [Reason::Uncovered { why: Uncovered::NoFinding }]);
}

#[test]
fn what_was_given_and_not_used_is_named() {
    let edition = on_site("1", Rule::AllOrNothing);
    let mut round = sheet(&[(1, 1, faults(0)), (1, 1, faults(1))]);
    round.findings.push(SheetFinding { site: site(9), item: item(1), result: faults(1) });
    round.findings.push(SheetFinding { site: site(1), item: item(9), result: faults(1) });
    round.results.push(entered(7, EnteredValue::GateFailed));
    round.incidents.push(Incident { number: "99".to_owned(), count: 1 });
    let tree = score(&edition, &round);
    assert_eq!(
        tree.ignored,
        [
            Ignored::UnknownSite { site: site(9), item: item(1) },
            Ignored::UnknownItem { site: site(1), item: item(9) },
            Ignored::RepeatedFinding { site: site(1), item: item(1) },
            Ignored::ResultWithoutMeasure { criterion: criterion(7), method: Method::Filing },
            Ignored::UnknownNegativeItem { number: "99".to_owned() },
        ]
    );
}

#[test]
fn indicators_without_points_are_met_not_met_or_unassessed() {
    let nodes = (1..=4).map(|number: u128| Node {
        number: number.to_string(),
        parent: None,
        title: String::new(),
        criterion: Some(Criterion { id: criterion(number), measures: Vec::new() }),
    });
    let edition = Edition { scoring: Scoring::Conformity, nodes: nodes.collect(), ..Edition::default() };
    assert_eq!(edition.check(), []);
    let mut round = sheet(&[(1, 1, faults(0)), (2, 1, faults(0)), (1, 2, faults(1)), (2, 2, faults(0))]);
    round.items = vec![sheet_item(1, &[1]), sheet_item(2, &[2])];
    let pass = EnteredValue::Result { result: FindingResult::PassFail { pass: true } };
    round.results = vec![EnteredResult { criterion: criterion(3), method: Method::Statistic, value: pass }];
    let tree = score(&edition, &round);
    let state = |place: usize| tree.nodes[place].criterion.as_ref().unwrap().conformity.as_ref().unwrap();
    assert_eq!(
        (0..4).map(|place| state(place).state).collect::<Vec<_>>(),
        [ConformityState::Met, ConformityState::NotMet, ConformityState::Met, ConformityState::Unassessed]
    );
    assert_eq!(state(1).failing_sites, [site(1)]);
    let count = tree.conformity.unwrap();
    assert_eq!((count.met, count.assessed, count.unassessed, count.published_percent.as_deref()), (2, 3, 1, Some("66.67")));
}

#[test]
fn a_cycle_weighs_its_years() {
    let years = [Some(exact("80")), Some(exact("90")), Some(exact("91.5"))];
    assert_eq!(cycle_total(&Edition::default().year_weights, &years).total, exact("89.4"));
    let last_only = [0, 0, 100].map(Exact::whole);
    assert_eq!(cycle_total(&last_only, &years).total, exact("91.5"));
    let first_two = cycle_total(&Edition::default().year_weights, &years[..2]);
    assert_eq!((first_two.total, first_two.covered_weight), (exact("34.5"), exact("40")));
}

#[test]
fn a_loss_goes_to_the_units_that_owe_it() {
    let deduct = Rule::DeductPerFault { each: points("0.1"), floor: Exact::zero(), max_per_item: None };
    let mut edition = edition(vec![measure(Method::OnSite, "1", Some(deduct)), measure(Method::Filing, "1", Some(Rule::Ratio))]);
    edition.nodes[0].criterion.as_mut().unwrap().measures[0].scope = Some(Scope::Round);
    let mut round = sheet(&[(1, 1, faults(3)), (2, 1, faults(1)), (3, 1, faults(0))]);
    (round.sites[0].territorial, round.sites[0].industry) = (Some(unit(1)), Some(unit(2)));
    round.sites[1].territorial = Some(unit(1));
    round.results = vec![entered(2, EnteredValue::Percent { percent: exact("10") })];
    let tree = score(&edition, &round);
    let policy = LossPolicy { territorial: exact("60"), industry: exact("40"), lead: exact("2"), support: exact("1") };
    let duties = BTreeMap::from([(criterion(2), CriterionUnits { lead: vec![unit(2)], support: vec![unit(3), unit(4)] })]);
    let losses = share_losses(&tree, &round, &duties, &policy);
    let loss = |number| losses.units[&unit(number)].loss.clone();
    assert_eq!([1, 2, 3, 4].map(loss), [exact("0.28"), exact("0.72"), exact("0.15"), exact("0.15")]);
    assert_eq!(losses.unattributed, Exact::zero());
    let without_duties = share_losses(&tree, &round, &BTreeMap::new(), &policy);
    assert_eq!(without_duties.unattributed, exact("0.9"));
}

#[test]
fn an_edition_names_what_does_not_fit() {
    let mut edition = edition(vec![
        measure(Method::OnSite, "0.55", Some(Rule::CountAtLeast { n: 3, each: points("0.1833") })),
        measure(Method::OnSite, "-1", None),
        measure(Method::Survey, "0.5", Some(Rule::Interview { each: points("0.6") })),
        measure(Method::Filing, "0.5", None),
    ]);
    edition.nodes[3].number = "1".to_owned();
    edition.nodes[2].parent = Some("8".to_owned());
    edition.stated_total = Some(exact("0.55"));
    let flaws: Vec<_> = edition.check().into_iter().map(|flaw| (flaw.reference, flaw.kind)).collect();
    let reference = |text: &str| text.to_owned();
    for expected in [
        (reference("1"), FlawKind::NumberRepeated),
        (reference("3"), FlawKind::ParentMissing { parent: reference("8") }),
        (reference("1"), FlawKind::StepsDiffer { method: Method::OnSite, steps: exact("0.5499"), points: exact("0.55") }),
        (reference("2"), FlawKind::NegativePoints { method: Some(Method::OnSite) }),
        (reference("1"), FlawKind::RuleMissing { method: Method::Filing }),
    ] {
        assert!(flaws.contains(&expected), "{expected:?} in {flaws:?}");
    }
    assert_eq!(flaws.len(), 6, "{flaws:?}");
    assert_eq!(FlawKind::NumberRepeated.severity(), Severity::Error);
    edition.stated_total = Some(exact("9"));
    assert!(edition.check().iter().any(|flaw| matches!(&flaw.kind, FlawKind::TotalDiffers { method: None, .. })));
}

fn sums_hold(node: &NodeScore) -> bool {
    let own = node.criterion.iter().flat_map(|criterion| &criterion.measures).map(|measure| &measure.figure);
    let (mut earned, mut covered, mut points) = (Exact::zero(), Exact::zero(), Exact::zero());
    for figure in own.chain(node.children.iter().map(|child| &child.figure)) {
        earned = &earned + &figure.earned;
        covered = &covered + &figure.covered;
        points = &points + &figure.points;
    }
    (earned, covered, points) == (node.figure.earned.clone(), node.figure.covered.clone(), node.figure.points.clone())
        && node.children.iter().all(sums_hold)
}

/// A round of which some measures were entered from elsewhere.
fn any_round_with_results() -> impl Strategy<Value = (Edition, RoundSheet)> {
    let percents = proptest::collection::btree_map(1_u128..6, 0_i64..101, 0..4);
    (any_edition(), any_sheet(), percents).prop_map(|(mut edition, sheet, percents)| {
        let results = percents.into_iter().map(|(number, percent)| {
            let node =
                edition.nodes.iter_mut().find(|node| node.criterion.as_ref().is_some_and(|known| known.id == criterion(number)));
            if let Some(leaf) = node.and_then(|node| node.criterion.as_mut()) {
                leaf.measures[0].method = Method::Filing;
                leaf.measures[0].rule = Some(Rule::Ratio);
                leaf.measures[0].scope = None;
            }
            entered(number, EnteredValue::Percent { percent: Exact::whole(percent) })
        });
        let results = results.collect();
        (edition, RoundSheet { results, ..sheet })
    })
}

proptest! {
    #[test]
    fn a_total_is_the_sum_of_its_leaves_and_of_its_losses(edition in any_edition(), sheet in any_sheet()) {
        let tree = score(&edition, &sheet);
        prop_assert!(tree.nodes.iter().all(sums_hold));
        let leaves = measures(&tree);
        prop_assert_eq!(leaves.iter().map(|leaf| &leaf.figure.earned).sum::<Exact>(), tree.total.earned.clone());
        for leaf in leaves {
            prop_assert!(leaf.figure.earned <= leaf.figure.covered && !leaf.figure.earned.is_negative());
            prop_assert!(leaf.figure.covered.is_zero() || leaf.figure.covered == leaf.figure.points);
            let sites: Exact = leaf.site_types.iter().flat_map(|site_type| &site_type.sites).map(|site| &site.loss).sum();
            prop_assert_eq!(&sites + &leaf.unattributed, leaf.figure.lost());
            prop_assert_eq!(&leaf.unattributed, &Exact::zero());
        }
    }

    #[test]
    fn what_the_units_bear_and_what_nobody_bears_is_all_that_was_lost(
        (edition, sheet) in any_round_with_results(),
        weights in proptest::array::uniform4(0_i64..4),
        (leads, supports) in (0_u128..3, 0_u128..3),
    ) {
        let tree = score(&edition, &sheet);
        let [territorial, industry, lead, support] = weights.map(Exact::whole);
        let policy = LossPolicy { territorial, industry, lead, support };
        let duties = CriterionUnits { lead: (0..leads).map(unit).collect(), support: (7..7 + supports).map(unit).collect() };
        let duties = (1..6).map(|number| (criterion(number), duties.clone())).collect();
        let losses = share_losses(&tree, &sheet, &duties, &policy);
        let borne: Exact = losses.units.values().map(|unit| &unit.loss).sum();
        prop_assert_eq!(&borne + &losses.unattributed, tree.total.lost());
        for unit in losses.units.values() {
            prop_assert_eq!(unit.parts.iter().map(|part| &part.loss).sum::<Exact>(), unit.loss.clone());
        }
    }

    #[test]
    fn the_order_of_findings_changes_nothing(
        edition in any_edition(),
        (sheet, shuffled) in any_sheet().prop_flat_map(|sheet| (Just(sheet.clone()), Just(sheet.findings).prop_shuffle())),
    ) {
        let other = RoundSheet { findings: shuffled, ..sheet.clone() };
        prop_assert_eq!(score(&edition, &sheet), score(&edition, &other));
    }

    #[test]
    fn fixing_a_fault_never_lowers(edition in any_edition(), sheet in any_sheet(), which in any::<prop::sample::Index>()) {
        prop_assume!(!sheet.findings.is_empty());
        let mut fixed = sheet.clone();
        let finding = which.get(&sheet.findings).clone();
        let better = match finding.result {
            FindingResult::Faults { count, .. } => faults(count.saturating_sub(1)),
            FindingResult::PassFail { .. } => FindingResult::PassFail { pass: true },
            FindingResult::Count { count } => FindingResult::Count { count: count + 1 },
            FindingResult::Ratio { observed, total } => FindingResult::Ratio { observed: total.min(observed + 1), total },
            FindingResult::Timed { observed, total, watch } => {
                FindingResult::Timed { observed: total.min(observed + 1), total, watch }
            }
            FindingResult::Interview { correct, asked } => FindingResult::Interview { correct: asked.min(correct + 1), asked },
            FindingResult::Grade { grade: Grade::NotMet } => FindingResult::Grade { grade: Grade::MostlyMet },
            FindingResult::Grade { grade: Grade::MostlyMet | Grade::Met } => FindingResult::Grade { grade: Grade::Met },
            other @ FindingResult::NotApplicable { .. } => other,
        };
        fixed.findings[which.index(sheet.findings.len())].result = better;
        prop_assert!(score(&edition, &fixed).total.earned >= score(&edition, &sheet).total.earned);
    }

    #[test]
    fn published_figures_are_the_exact_ones_rounded_once(edition in any_edition(), sheet in any_sheet()) {
        let tree = score(&edition, &sheet);
        prop_assert_eq!(&tree.total.published.earned, &tree.total.earned.published(2));
        let json = serde_json::to_value(&tree).unwrap();
        prop_assert_eq!(json["total"]["earned"].as_str().unwrap().parse::<Exact>().unwrap(), tree.total.earned);
    }
}
