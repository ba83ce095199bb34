//! What does not fit together in an edition, named so that an importer can point at the row it came from.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Serialize;

use super::{Amount, Edition, Measure, Method, NegativeEffect, Node, Rule, Scoring};
use crate::exact::Exact;

/// Whether an edition can be used with the flaw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// It cannot be scored as it stands.
    Error,
    /// A person should look; it can be scored.
    Note,
}

/// Something that does not fit, with the number of the node, negative item or part it was found at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Flaw {
    /// The node's number, `negative:3` for the negative list, `edition` for the whole.
    pub reference: String,
    /// What is wrong.
    #[serde(flatten)]
    pub kind: FlawKind,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum FlawKind {
    /// Two nodes or negative items have this number.
    NumberRepeated,
    /// The parent's number does not exist.
    ParentMissing {
        /// The number that was named.
        parent: String,
    },
    /// The node is its own ancestor.
    ParentCycle,
    /// Two criteria have one id.
    CriterionRepeated,
    /// A criterion that has children.
    CriterionWithChildren,
    /// A node with neither criterion nor children.
    EmptyNode,
    /// A criterion of a points edition without a measure.
    NoMethod,
    /// The criterion has this method twice.
    MethodRepeated {
        /// The method.
        method: Method,
    },
    /// Points below 0.
    NegativePoints {
        /// The method of the measure; none for a negative item.
        method: Option<Method>,
    },
    /// A measure that cannot earn anything.
    ZeroPoints {
        /// The method.
        method: Method,
    },
    /// The rule is to be chosen by a person.
    RuleMissing {
        /// The method.
        method: Method,
    },
    /// The rule does not admit the chosen scope.
    ScopeUnfit {
        /// The method.
        method: Method,
    },
    /// A number in the rule cannot be meant: below 0, above P, a target above 100, a sample of 0, a grade without a value.
    RuleUnfit {
        /// The method.
        method: Method,
        /// The part of the rule.
        part: RulePart,
    },
    /// n × each is not P, so the last one costs more or less than the others.
    StepsDiffer {
        /// The method.
        method: Method,
        /// n × each.
        steps: Exact,
        /// P.
        points: Exact,
    },
    /// The points do not add up to what the text states.
    TotalDiffers {
        /// The method; none for the whole.
        method: Option<Method>,
        /// What the text states.
        stated: Exact,
        /// What the measures add up to.
        computed: Exact,
    },
    /// The weights of the years do not add up to 100.
    YearWeights {
        /// Their sum.
        sum: Exact,
    },
}

/// A part of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RulePart {
    /// What one costs or earns.
    Each,
    /// The points that stay.
    Floor,
    /// The number that should be there.
    Number,
    /// The percentage.
    Target,
    /// The values of the grades.
    Grades,
}

impl FlawKind {
    /// Whether the edition can be scored with it.
    #[must_use]
    pub fn severity(&self) -> Severity {
        match self {
            Self::NumberRepeated
            | Self::ParentMissing { .. }
            | Self::ParentCycle
            | Self::CriterionRepeated
            | Self::CriterionWithChildren
            | Self::NoMethod
            | Self::MethodRepeated { .. }
            | Self::NegativePoints { .. }
            | Self::ScopeUnfit { .. }
            | Self::RuleUnfit { .. } => Severity::Error,
            Self::EmptyNode
            | Self::ZeroPoints { .. }
            | Self::RuleMissing { .. }
            | Self::StepsDiffer { .. }
            | Self::TotalDiffers { .. }
            | Self::YearWeights { .. } => Severity::Note,
        }
    }
}

impl Edition {
    /// Everything that does not fit together, in the order of the text; empty if all is well.
    #[must_use]
    pub fn check(&self) -> Vec<Flaw> {
        let mut flaws = Vec::new();
        self.check_tree(&mut flaws);
        let mut criteria = BTreeSet::new();
        for (node, criterion) in self.criteria() {
            let mut found = |kind| flaws.push(Flaw { reference: node.number.clone(), kind });
            if !criteria.insert(criterion.id) {
                found(FlawKind::CriterionRepeated);
            }
            if criterion.measures.is_empty() && self.scoring == Scoring::Points {
                found(FlawKind::NoMethod);
            }
            let mut methods = BTreeSet::new();
            for measure in &criterion.measures {
                if !methods.insert(measure.method) {
                    found(FlawKind::MethodRepeated { method: measure.method });
                }
                check_measure(measure, &mut found);
            }
        }
        self.check_negative(&mut flaws);
        self.check_totals(&mut flaws);
        flaws
    }

    fn check_tree(&self, flaws: &mut Vec<Flaw>) {
        let mut numbers: HashMap<&str, &Node> = HashMap::new();
        for node in &self.nodes {
            if numbers.insert(&node.number, node).is_some() {
                flaws.push(Flaw { reference: node.number.clone(), kind: FlawKind::NumberRepeated });
            }
        }
        let parents: BTreeSet<&str> = self.nodes.iter().filter_map(|node| node.parent.as_deref()).collect();
        for node in &self.nodes {
            let mut found = |kind| flaws.push(Flaw { reference: node.number.clone(), kind });
            if let Some(parent) = &node.parent
                && !numbers.contains_key(parent.as_str())
            {
                found(FlawKind::ParentMissing { parent: parent.clone() });
            }
            let (mut above, mut steps) = (node.parent.as_deref(), 0);
            while let Some(number) = above {
                if number == node.number || steps > self.nodes.len() {
                    found(FlawKind::ParentCycle);
                    break;
                }
                above = numbers.get(number).and_then(|parent| parent.parent.as_deref());
                steps += 1;
            }
            match (&node.criterion, parents.contains(node.number.as_str())) {
                (Some(_), true) => found(FlawKind::CriterionWithChildren),
                (None, false) => found(FlawKind::EmptyNode),
                (Some(_), false) | (None, true) => {}
            }
        }
    }

    fn check_negative(&self, flaws: &mut Vec<Flaw>) {
        let mut numbers = BTreeSet::new();
        for item in &self.negative_items {
            let mut found = |kind| flaws.push(Flaw { reference: format!("negative:{}", item.number), kind });
            if !numbers.insert(&item.number) {
                found(FlawKind::NumberRepeated);
            }
            match &item.effect {
                NegativeEffect::Deduct { points, .. } if points.is_negative() => found(FlawKind::NegativePoints { method: None }),
                NegativeEffect::Deduct { .. } | NegativeEffect::Veto => {}
            }
        }
    }

    fn check_totals(&self, flaws: &mut Vec<Flaw>) {
        let mut found = |kind| flaws.push(Flaw { reference: "edition".to_owned(), kind });
        let mut computed: BTreeMap<Method, Exact> = BTreeMap::new();
        for (_, criterion) in self.criteria() {
            for measure in &criterion.measures {
                let sum = computed.entry(measure.method).or_insert_with(Exact::zero);
                *sum = &*sum + &measure.points;
            }
        }
        for (method, stated) in &self.stated_by_method {
            let computed = computed.get(method).cloned().unwrap_or_else(Exact::zero);
            if computed != *stated {
                found(FlawKind::TotalDiffers { method: Some(*method), stated: stated.clone(), computed });
            }
        }
        if let Some(stated) = &self.stated_total {
            let computed: Exact = computed.values().sum();
            if computed != *stated {
                found(FlawKind::TotalDiffers { method: None, stated: stated.clone(), computed });
            }
        }
        let sum: Exact = self.year_weights.iter().sum();
        if sum != Exact::whole(100) {
            found(FlawKind::YearWeights { sum });
        }
    }
}

fn check_measure(measure: &Measure, found: &mut impl FnMut(FlawKind)) {
    let method = measure.method;
    if measure.points.is_negative() {
        found(FlawKind::NegativePoints { method: Some(method) });
        return;
    }
    if measure.points.is_zero() {
        found(FlawKind::ZeroPoints { method });
        return;
    }
    let Some(rule) = &measure.rule else {
        found(FlawKind::RuleMissing { method });
        return;
    };
    if measure.scope.is_some_and(|scope| !rule.scopes().contains(&scope)) {
        found(FlawKind::ScopeUnfit { method });
    }
    check_rule(rule, &measure.points, method, found);
}

fn check_rule(rule: &Rule, points: &Exact, method: Method, found: &mut impl FnMut(FlawKind)) {
    let mut unfit = |part| found(FlawKind::RuleUnfit { method, part });
    let each_fits = |each: &Amount| {
        let each = each.of(points);
        !each.is_negative() && !each.is_zero() && each <= *points
    };
    match rule {
        Rule::Grades { grades } => {
            let within = |value: &Exact| !value.is_negative() && *value <= Exact::one();
            if grades.len() != 3 || !grades.values().all(within) {
                unfit(RulePart::Grades);
            }
        }
        Rule::AllOrNothing | Rule::Ratio => {}
        Rule::DeductPerFault { each, floor, max_per_item } => {
            if !each_fits(each) {
                unfit(RulePart::Each);
            }
            if floor.is_negative() || *floor > *points {
                unfit(RulePart::Floor);
            }
            if *max_per_item == Some(0) {
                unfit(RulePart::Number);
            }
        }
        Rule::CountAtLeast { n, each } | Rule::FailingSamples { n, each } => {
            if !each_fits(each) {
                unfit(RulePart::Each);
            }
            if *n == 0 {
                unfit(RulePart::Number);
            } else if each_fits(each) {
                let steps = Exact::whole(i64::from(*n)) * each.of(points);
                if steps != *points {
                    found(FlawKind::StepsDiffer { method, steps, points: points.clone() });
                }
            }
        }
        Rule::PerPercentagePoint { target, each, .. } => {
            if !each_fits(each) {
                unfit(RulePart::Each);
            }
            if target.is_negative() || *target > Exact::whole(100) {
                unfit(RulePart::Target);
            }
        }
        Rule::Interview { each } => {
            if !each_fits(each) {
                unfit(RulePart::Each);
            }
        }
        Rule::Gate { then, .. } => check_rule(then, points, method, found),
    }
}
