//! A worked example beside a rule: what an observation earns, computed by the very rule that scores.

use serde::{Deserialize, Serialize};

use super::{Criterion, Edition, Measure, Node, Rule};
use crate::exact::Exact;
use crate::id::CriterionId;
use crate::round::{FindingResult, Grade};
use crate::score::{EnteredResult, EnteredValue, RoundSheet, score};

/// What was observed in an example: so many, and of how many where the rule asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observed {
    /// Faults, things that are there, those that comply, right answers, failing samples; for grades 0 met, 1 mostly met, 2 not.
    pub count: u32,
    /// Out of how many; not used by rules that count.
    pub of: u32,
}

/// An example that shows the rule at work: some faults, some missing, a share below the target.
#[must_use]
pub fn usual(rule: &Rule) -> Observed {
    match rule {
        Rule::Grades { .. } => Observed { count: 1, of: 2 },
        Rule::AllOrNothing => Observed { count: 1, of: 1 },
        Rule::DeductPerFault { .. } => Observed { count: 3, of: 0 },
        Rule::CountAtLeast { n, .. } => Observed { count: n.saturating_sub(2), of: *n },
        Rule::Ratio => Observed { count: 18, of: 20 },
        Rule::PerPercentagePoint { .. } => Observed { count: 176, of: 200 },
        Rule::FailingSamples { n, .. } => Observed { count: 1, of: *n },
        Rule::Interview { .. } => Observed { count: 2, of: 4 },
        Rule::Gate { then, .. } => usual(then),
    }
}

/// What a measure earns for the observation; its gate, if it has one, is passed. None if the rule cannot read it.
#[must_use]
pub fn earned(measure: &Measure, observed: Observed) -> Option<Exact> {
    let result = finding(measure.rule.as_ref()?, observed);
    let id = CriterionId::new(uuid::Uuid::nil());
    let node = Node {
        number: "1".to_owned(),
        parent: None,
        title: String::new(),
        criterion: Some(Criterion { id, measures: vec![measure.clone()] }),
    };
    let edition = Edition { nodes: vec![node], ..Edition::default() };
    let entered = EnteredResult { criterion: id, method: measure.method, value: EnteredValue::Result { result } };
    let tree = score(&edition, &RoundSheet { results: vec![entered], ..RoundSheet::default() });
    (!tree.total.covered.is_zero()).then_some(tree.total.earned)
}

fn finding(rule: &Rule, observed: Observed) -> FindingResult {
    let Observed { count, of } = observed;
    match rule {
        Rule::Grades { .. } => FindingResult::Grade {
            grade: match count {
                0 => Grade::Met,
                1 => Grade::MostlyMet,
                _ => Grade::NotMet,
            },
        },
        Rule::AllOrNothing => FindingResult::PassFail { pass: count == 0 },
        Rule::DeductPerFault { .. } => FindingResult::faults(count),
        Rule::CountAtLeast { .. } => FindingResult::Count { count },
        Rule::Ratio | Rule::PerPercentagePoint { .. } => FindingResult::Ratio { observed: count, total: of },
        Rule::FailingSamples { .. } => FindingResult::Ratio { observed: of.saturating_sub(count), total: of },
        Rule::Interview { .. } => FindingResult::Interview { correct: count, asked: of },
        Rule::Gate { then, .. } => finding(then, observed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::framework::{Amount, Method, Step};

    fn exact(text: &str) -> Exact {
        text.parse().unwrap()
    }

    fn measure(points: &str, rule: Rule) -> Measure {
        Measure { method: Method::OnSite, points: exact(points), rule: Some(rule), scope: None, rule_words: String::new() }
    }

    #[test]
    fn the_example_is_what_would_be_scored() {
        let each = |text: &str| Amount::Points(exact(text));
        let deduct = Rule::DeductPerFault { each: each("0.2"), floor: Exact::zero(), max_per_item: None };
        let gated = Rule::Gate { item: None, condition: "有证照".to_owned(), then: Box::new(deduct.clone()) };
        let percentage = Rule::PerPercentagePoint { target: exact("90"), each: each("0.05"), step: Step::Exact };
        for (points, rule, count, of, wanted) in [
            ("1", deduct.clone(), 3, 0, "0.4"),
            ("1", deduct, 9, 0, "0"),
            ("1", gated, 3, 0, "0.4"),
            ("0.95", Rule::CountAtLeast { n: 5, each: each("0.19") }, 3, 5, "0.57"),
            ("1", Rule::three_grades(), 1, 0, "0.6"),
            ("1", Rule::AllOrNothing, 1, 1, "0"),
            ("0.8", Rule::Ratio, 18, 20, "0.72"),
            ("1", percentage, 176, 200, "0.9"),
            ("0.5", Rule::FailingSamples { n: 10, each: each("0.05") }, 1, 10, "0.45"),
            ("0.55", Rule::Interview { each: each("0.1375") }, 2, 4, "0.275"),
        ] {
            let measure = measure(points, rule);
            assert_eq!(earned(&measure, Observed { count, of }), Some(exact(wanted)), "{measure:?}");
        }
    }

    #[test]
    fn every_shape_has_an_example_and_no_rule_has_none() {
        let share = |text: &str| Amount::Share(exact(text));
        for rule in [
            Rule::three_grades(),
            Rule::AllOrNothing,
            Rule::DeductPerFault { each: share("0.25"), floor: Exact::zero(), max_per_item: Some(2) },
            Rule::CountAtLeast { n: 1, each: share("1") },
            Rule::Ratio,
            Rule::Interview { each: share("0.25") },
        ] {
            let observed = usual(&rule);
            assert!(earned(&measure("0.7", rule), observed).is_some());
        }
        let none = Measure { rule: None, ..measure("1", Rule::Ratio) };
        assert_eq!(earned(&none, Observed { count: 1, of: 2 }), None);
        assert_eq!(earned(&measure("1", Rule::Ratio), Observed { count: 0, of: 0 }), None);
    }
}
