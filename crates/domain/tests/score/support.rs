//! Small editions and sheets for the tests of the score, and any of them for its laws.

use std::collections::BTreeSet;

use proptest::prelude::*;
use uuid::Uuid;
use yipanqi_domain::exact::Exact;
use yipanqi_domain::framework::{Amount, Criterion, Edition, Measure, Method, Node, Rule, Scope, Step};
use yipanqi_domain::id::{CriterionId, ItemId, SiteId, UnitId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::round::{FindingResult, Grade, ItemStandard, Watch};
use yipanqi_domain::score::{MeasureScore, NodeScore, RoundSheet, ScoreTree, SheetFinding, SheetItem, SheetSite};

pub fn exact(text: &str) -> Exact {
    text.parse().unwrap()
}

pub fn site(number: u128) -> SiteId {
    SiteId::new(Uuid::from_u128(number))
}

pub fn item(number: u128) -> ItemId {
    ItemId::new(Uuid::from_u128(number))
}

pub fn criterion(number: u128) -> CriterionId {
    CriterionId::new(Uuid::from_u128(number))
}

pub fn unit(number: u128) -> UnitId {
    UnitId::new(Uuid::from_u128(number))
}

pub fn points(text: &str) -> Amount {
    Amount::Points(exact(text))
}

pub fn measure(method: Method, points: &str, rule: Option<Rule>) -> Measure {
    Measure { method, points: exact(points), rule, scope: None, rule_words: String::new() }
}

/// An edition of leaves numbered from 1, each with one measure.
pub fn edition(measures: Vec<Measure>) -> Edition {
    let nodes = (1_u128..).zip(measures).map(|(number, measure)| Node {
        number: number.to_string(),
        parent: None,
        title: String::new(),
        criterion: Some(Criterion { id: criterion(number), measures: vec![measure] }),
    });
    Edition { nodes: nodes.collect(), ..Edition::default() }
}

pub fn on_site(points: &str, rule: Rule) -> Edition {
    edition(vec![measure(Method::OnSite, points, Some(rule))])
}

/// Sites 1.. of one type and items 1.. that feed criterion 1, with these results by (site, item).
pub fn sheet(findings: &[(u128, u128, FindingResult)]) -> RoundSheet {
    let sites: BTreeSet<u128> = findings.iter().map(|(site, _, _)| *site).collect();
    let items: BTreeSet<u128> = findings.iter().map(|(_, item, _)| *item).collect();
    RoundSheet {
        sites: sites.into_iter().map(|number| sheet_site(number, "street")).collect(),
        items: items.into_iter().map(|number| sheet_item(number, &[1])).collect(),
        findings: findings
            .iter()
            .map(|(at, of, result)| SheetFinding { site: site(*at), item: item(*of), result: result.clone() })
            .collect(),
        ..RoundSheet::default()
    }
}

pub fn sheet_site(number: u128, site_type: &str) -> SheetSite {
    SheetSite {
        site: site(number),
        code: format!("{number:04}"),
        site_type: site_type.to_owned(),
        territorial: None,
        industry: None,
    }
}

pub fn sheet_item(number: u128, criteria: &[u128]) -> SheetItem {
    SheetItem {
        item: item(number),
        standard: ItemStandard::Everything,
        criteria: criteria.iter().copied().map(criterion).collect(),
    }
}

pub fn faults(count: u32) -> FindingResult {
    FindingResult::faults(count)
}

pub fn measures(tree: &ScoreTree) -> Vec<&MeasureScore> {
    fn gather<'a>(nodes: &'a [NodeScore], found: &mut Vec<&'a MeasureScore>) {
        for node in nodes {
            found.extend(node.criterion.iter().flat_map(|criterion| &criterion.measures));
            gather(&node.children, found);
        }
    }
    let mut found = Vec::new();
    gather(&tree.nodes, &mut found);
    found
}

pub fn any_result() -> impl Strategy<Value = FindingResult> {
    prop_oneof![
        (0_u32..6).prop_map(faults),
        any::<bool>().prop_map(|pass| FindingResult::PassFail { pass }),
        prop_oneof![Just(Grade::Met), Just(Grade::MostlyMet), Just(Grade::NotMet)]
            .prop_map(|grade| FindingResult::Grade { grade }),
        (0_u32..6).prop_map(|count| FindingResult::Count { count }),
        (0_u32..5, 0_u32..5).prop_map(|(observed, more)| FindingResult::Ratio { observed, total: observed + more }),
        (0_u32..5, 0_u32..5).prop_map(|(observed, more)| FindingResult::Timed {
            observed,
            total: observed + more,
            watch: Watch { started_at: Moment::new(chrono::DateTime::UNIX_EPOCH), seconds: 60, minutes: Vec::new() },
        }),
        (0_u32..4, 0_u32..3).prop_map(|(correct, more)| FindingResult::Interview { correct, asked: correct + more }),
        Just(FindingResult::NotApplicable { reason: String::new() }),
    ]
}

pub fn any_edition() -> impl Strategy<Value = Edition> {
    let deduct = |floor: &str, most| Rule::DeductPerFault { each: points("0.1"), floor: exact(floor), max_per_item: most };
    let rules = [
        Rule::three_grades(),
        Rule::AllOrNothing,
        deduct("0", Some(3)),
        deduct("0.1", None),
        Rule::CountAtLeast { n: 4, each: Amount::Share(exact("1/4")) },
        Rule::Ratio,
        Rule::PerPercentagePoint { target: exact("95"), each: points("0.03"), step: Step::Begun },
        Rule::FailingSamples { n: 4, each: Amount::Share(exact("1/3")) },
        Rule::Interview { each: points("0.15") },
        Rule::Gate { item: Some(item(1)), condition: String::new(), then: Box::new(deduct("0", None)) },
    ];
    let leaf = (0..rules.len(), 1_i64..150, prop_oneof![Just(None), Just(Some(Scope::Round))]);
    let modes =
        (prop_oneof![Just("leaves"), Just("full_marks"), Just("type_mean")], prop_oneof![Just("sites"), Just("site_types")]);
    (proptest::collection::vec(leaf, 1..6), modes).prop_map(move |(leaves, (not_applicable, site_mean))| {
        let measures = leaves.into_iter().map(|(rule, cents, scope)| Measure {
            scope,
            ..measure(Method::OnSite, &Exact::fraction(cents + 10, 100).unwrap().to_string(), Some(rules[rule].clone()))
        });
        let mut edition = edition(measures.collect());
        edition.not_applicable = serde_json::from_value(not_applicable.into()).unwrap();
        edition.site_mean = serde_json::from_value(site_mean.into()).unwrap();
        // A level above, so that sums go through a tree.
        for node in &mut edition.nodes {
            node.parent = Some("0".to_owned());
        }
        edition.nodes.insert(0, Node { number: "0".to_owned(), parent: None, title: String::new(), criterion: None });
        edition
    })
}

pub fn any_sheet() -> impl Strategy<Value = RoundSheet> {
    let findings = proptest::collection::btree_map((1_u128..8, 1_u128..6), any_result(), 0..30);
    let links = proptest::collection::vec(proptest::collection::vec(1_u128..7, 1..5), 5);
    let owners = proptest::collection::vec(proptest::option::of((1_u128..4).prop_map(unit)), 14);
    (findings, links, owners).prop_map(|(findings, links, owners)| RoundSheet {
        sites: (1..8)
            .zip(owners.chunks_exact(2))
            .map(|(number, owners)| SheetSite {
                territorial: owners[0],
                industry: owners[1],
                ..sheet_site(number, if number % 3 == 0 { "a" } else { "b" })
            })
            .collect(),
        items: (1..6).zip(links).map(|(number, criteria)| sheet_item(number, &criteria)).collect(),
        findings: findings
            .into_iter()
            .map(|((at, of), result)| SheetFinding { site: site(at), item: item(of), result })
            .collect(),
        ..RoundSheet::default()
    })
}
