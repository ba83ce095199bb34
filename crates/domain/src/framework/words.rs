//! Reads scoring rules as offices word them. What does not match a known shape stays "to be chosen": nothing is guessed.
//!
//! A text is cut into clauses; clauses that only say where figures come from or that nothing goes below 0 are set aside, and
//! what is left has to match one shape from its first to its last sign.

mod numbers;
mod shapes;

use std::sync::LazyLock;

use regex::Regex;
use serde::Serialize;

use super::{Method, NegativeEffect, Rule, Step};
use crate::exact::Exact;

/// What was understood of a rule in words.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Recognition {
    /// The rule, if every scoring word was understood.
    pub rule: Option<Rule>,
    /// The parts of the text that were not understood or lack a number.
    pub not_understood: Vec<String>,
    /// What the rule would be under an assumption the rule's words do not state; a person has to confirm it.
    pub proposal: Option<Rule>,
    /// The sample the text asks for: people to ask, things to check.
    pub sample: Option<u32>,
    /// Decimals the text wants kept.
    pub decimals: Option<u32>,
}

/// Reads the rule of a measure of `points` taken by `method`; of a text with parts for several methods only its own.
#[must_use]
pub fn recognise(words: &str, method: Method, points: &Exact) -> Recognition {
    recognise_for(words, method, points, "")
}

/// The same with the standard's own text, from which a target that the rule leaves out (`不低于95%`) is proposed.
#[must_use]
pub fn recognise_for(words: &str, method: Method, points: &Exact, standard: &str) -> Recognition {
    let parts = split_by_method(words);
    let own = parts.iter().find(|(of, _)| *of == Some(method)).or_else(|| parts.iter().find(|(of, _)| of.is_none()));
    let Some((_, text)) = own else {
        let not_understood = if words.trim().is_empty() { Vec::new() } else { vec![words.trim().to_owned()] };
        return Recognition { not_understood, ..Recognition::default() };
    };
    read(text, points, standard)
}

/// Splits a cell with several methods (`【实地】…\n【网上】…`, `实地考察：…`) into its parts; text before any tag has no method.
#[must_use]
pub fn split_by_method(words: &str) -> Vec<(Option<Method>, String)> {
    static TAG: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(?m)[【\[［](?<tag>[^】\]］]{1,8})[】\]］][:：]?|^\s*(?<line>\p{Han}{2,6})[:：]").ok());
    let mut parts: Vec<(Option<Method>, String)> = Vec::new();
    let (mut start, mut method) = (0, None);
    let mut push = |method, text: &str| {
        if !text.trim().is_empty() {
            parts.push((method, text.trim().to_owned()));
        }
    };
    for tag in TAG.iter().flat_map(|tag| tag.captures_iter(words)) {
        let name = tag.name("tag").or_else(|| tag.name("line"));
        let (Some(whole), Some(of)) = (tag.get(0), name.and_then(|name| Method::from_chinese(name.as_str()))) else { continue };
        push(method, &words[start..whole.start()]);
        (start, method) = (whole.end(), Some(of));
    }
    push(method, &words[start..]);
    parts
}

/// Reads an item of a negative list: how it is handled (`一票否决`, `取消当年资格`, `扣1.5分`, `扣分`) and the value beside it.
#[must_use]
pub fn recognise_negative(situation: &str, handling: &str, value: Option<&Exact>) -> Option<NegativeEffect> {
    let handling = numbers::plain(handling);
    if handling.contains("否决") || (handling.contains("取消") && handling.contains("资格")) {
        return Some(NegativeEffect::Veto);
    }
    let stated = handling.strip_prefix('扣').and_then(|rest| rest.strip_suffix('分')).filter(|number| !number.is_empty());
    let points = match stated {
        Some(number) => number.parse().ok()?,
        None if handling.starts_with('扣') => value?.clone(),
        None => return None,
    };
    let situation = numbers::plain(situation);
    let per = situation.rsplit(',').next().and_then(|last| last.strip_prefix('每')).unwrap_or_default().to_owned();
    Some(NegativeEffect::Deduct { points, per })
}

/// Clauses that carry no rule by themselves.
static ASIDES: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    [
        r"^(?:直至|直到|至|本项|该项|分值)*扣完(?:本项|该项)?(?:分值|分数)?(?:为止|即止)$",
        r"^(?:最低|最少)(?:得|计|为)?0分$",
        r"^不(?:倒扣|计负分|得负分)$",
        r"^以\p{Han}+为准$",
        r"^按\p{Han}*(?:佐证|统计)\p{Han}*核算$",
    ]
    .into_iter()
    .filter_map(|pattern| Regex::new(pattern).ok())
    .collect()
});

static DECIMALS: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^(?:得分)?保留(?:小数点后)?(?<n>\d|[一二两三四五六])位(?:小数)?$").ok());
static BEGUN: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^不足(?:1|一)个百分点的?(?:按|以)(?:1|一)个百分点(?:计|计算|扣|扣分)?$").ok());
static AT_MOST: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^(?:本项|该项|累计|总计)*最多扣(?<most>[\d.]+)分$").ok());

fn read(text: &str, points: &Exact, standard: &str) -> Recognition {
    let plain = numbers::plain(text);
    let mut recognition = Recognition::default();
    let (mut clauses, mut step, mut most_lost) = (Vec::new(), None, None);
    for clause in plain.split([',', ';', '。', '\n']).filter(|clause| !clause.is_empty()) {
        if let Some(found) = DECIMALS.as_ref().and_then(|pattern| pattern.captures(clause)) {
            recognition.decimals = numbers::whole(&found["n"]);
        } else if BEGUN.as_ref().is_some_and(|pattern| pattern.is_match(clause)) {
            step = Some(Step::Begun);
        } else if let Some(found) = AT_MOST.as_ref().and_then(|pattern| pattern.captures(clause)) {
            most_lost = found["most"].parse::<Exact>().ok();
        } else if !ASIDES.iter().any(|aside| aside.is_match(clause)) {
            clauses.push(clause);
        }
    }
    let rest = clauses.join(",");
    if rest.is_empty() {
        recognition.not_understood.extend((!plain.is_empty()).then(|| plain.clone()));
        return recognition;
    }
    let Some(shape) = shapes::read(&rest, points) else {
        recognition.not_understood.push(rest.clone());
        recognition.proposal =
            shapes::propose(&rest, &numbers::plain(standard)).and_then(|rule| finish(rule, step, most_lost, points));
        return recognition;
    };
    recognition.sample = shape.sample;
    recognition.rule = finish(shape.rule, step, most_lost, points);
    if recognition.rule.is_none() {
        recognition.not_understood.push(plain);
    }
    recognition
}

/// Puts what stood in clauses of their own into the rule they belong to; none if they belong to no part of it.
fn finish(rule: Rule, begun: Option<Step>, most_lost: Option<Exact>, points: &Exact) -> Option<Rule> {
    match rule {
        Rule::DeductPerFault { each, floor, max_per_item } if begun.is_none() => {
            let floor = most_lost.map_or(floor, |most| points - &most);
            (!floor.is_negative()).then_some(Rule::DeductPerFault { each, floor, max_per_item })
        }
        Rule::PerPercentagePoint { target, each, step } if most_lost.is_none() => {
            Some(Rule::PerPercentagePoint { target, each, step: begun.unwrap_or(step) })
        }
        Rule::Gate { item, condition, then } => {
            let then = Box::new(finish(*then, begun, most_lost, points)?);
            Some(Rule::Gate { item, condition, then })
        }
        other @ (Rule::Grades { .. }
        | Rule::AllOrNothing
        | Rule::DeductPerFault { .. }
        | Rule::CountAtLeast { .. }
        | Rule::Ratio
        | Rule::PerPercentagePoint { .. }
        | Rule::FailingSamples { .. }
        | Rule::Interview { .. }) => (begun.is_none() && most_lost.is_none()).then_some(other),
    }
}
