//! The score equals, to the exact fraction, what an independent script computes (`oracle/score_oracle.py`).

use std::collections::BTreeMap;

use yipanqi_domain::exact::Exact;
use yipanqi_domain::framework::Edition;
use yipanqi_domain::score::{MeasureScore, NodeScore, RoundSheet, score};

#[derive(serde::Deserialize)]
struct Case {
    name: String,
    edition: Edition,
    sheet: RoundSheet,
}

#[derive(serde::Deserialize)]
struct Golden {
    earned: Exact,
    covered: Exact,
    points: Exact,
    published: String,
    percent: Option<String>,
    after_deductions: Exact,
    measures: BTreeMap<String, GoldenMeasure>,
}

#[derive(serde::Deserialize)]
struct GoldenMeasure {
    earned: Option<Exact>,
    published: String,
    sites: BTreeMap<String, (Option<Exact>, Exact)>,
}

fn measures<'a>(nodes: &'a [NodeScore], found: &mut Vec<(String, &'a MeasureScore)>) {
    for node in nodes {
        for measure in node.criterion.iter().flat_map(|criterion| &criterion.measures) {
            found.push((format!("{} {}", node.number, measure.method.as_str()), measure));
        }
        measures(&node.children, found);
    }
}

#[test]
fn every_case_equals_the_golden_fractions() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("oracle/score-cases.json")).unwrap();
    let mut golden: BTreeMap<String, Golden> = serde_json::from_str(include_str!("oracle/score-golden.json")).unwrap();
    assert!(cases.len() >= 20);
    for case in cases {
        let expected = golden.remove(&case.name).unwrap();
        let tree = score(&case.edition, &case.sheet);
        let name = &case.name;
        let mut found = Vec::new();
        measures(&tree.nodes, &mut found);
        assert_eq!(found.len(), expected.measures.len(), "{name}");
        for (label, measure) in found {
            let wanted = &expected.measures[&label];
            let earned = (!measure.figure.covered.is_zero()).then(|| measure.figure.earned.clone());
            assert_eq!(earned, wanted.earned, "{name}: {label}: {:?}", measure.reasons);
            assert_eq!(measure.figure.published.earned, wanted.published, "{name}: {label}");
            let sites: BTreeMap<_, _> = measure
                .site_types
                .iter()
                .flat_map(|site_type| &site_type.sites)
                .map(|site| (site.site.to_string(), (site.rate.clone(), site.loss.clone())))
                .collect();
            assert_eq!(sites, wanted.sites, "{name}: {label}");
        }
        assert_eq!(tree.total.earned, expected.earned, "{name}");
        assert_eq!(tree.total.covered, expected.covered, "{name}");
        assert_eq!(tree.total.points, expected.points, "{name}");
        assert_eq!(tree.total.published.earned, expected.published, "{name}");
        assert_eq!(tree.total.published.percent, expected.percent, "{name}");
        assert_eq!(tree.after_deductions, expected.after_deductions, "{name}");
    }
    assert!(golden.is_empty());
}
