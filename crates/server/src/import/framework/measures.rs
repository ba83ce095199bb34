//! The measures of a criterion: methods, points and rules as sheets write them, in columns or in one cell.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;
use yipanqi_documents::record::Record;
use yipanqi_domain::exact::Exact;
use yipanqi_domain::framework::words::{recognise_for, split_by_method};
use yipanqi_domain::framework::{FlawKind, Method, Rule, Scope, Scoring, Severity};
use yipanqi_domain::reading;
use yipanqi_store::framework::{EditionNode, MeasureRow, RuleState};
use yipanqi_store::question::Phrase;

use crate::framework::flaws;
use crate::import::desk::{text, words};
use crate::import::outcome::Notes;

const COLUMNS: [(&str, Method); 5] = [
    ("points_on_site", Method::OnSite),
    ("points_filing", Method::Filing),
    ("points_survey", Method::Survey),
    ("points_opinion", Method::Opinion),
    ("points_statistic", Method::Statistic),
];

/// The column of a method's points.
pub(super) fn column(method: Method) -> &'static str {
    COLUMNS.iter().find(|(_, of)| *of == method).map_or("points", |(field, _)| *field)
}

/// What a total row states.
pub(super) enum Stated {
    /// Nothing that can be read.
    None,
    /// The sums of the methods.
    ByMethod(BTreeMap<Method, Exact>),
    /// One sum.
    Total(Exact),
}

/// Reads a total or subtotal row.
pub(super) fn stated(record: &Record) -> Stated {
    let mut by_method = BTreeMap::new();
    for (field, method) in COLUMNS {
        if let Some(points) = text(record, field).and_then(|given| reading::points(given).ok()) {
            by_method.insert(method, points);
        }
    }
    if by_method.is_empty() {
        by_method =
            in_one_cell(&words(record, "methods_and_points"), "methods_and_points", &mut Notes::default()).into_iter().collect();
    }
    if !by_method.is_empty() {
        return Stated::ByMethod(by_method);
    }
    let total = ["points", "methods_and_points"].into_iter().find_map(|field| {
        let given = text(record, field)?;
        let bare = given.trim_start_matches(['合', '计', '总', '小', '共', '：', ':']);
        reading::points(bare).ok()
    });
    total.map_or(Stated::None, Stated::Total)
}

/// The methods of a criterion with their points; a method without readable points is refused by the caller.
fn with_points(record: &Record, notes: &mut Notes) -> BTreeMap<Method, Exact> {
    let mut points: BTreeMap<Method, Exact> = BTreeMap::new();
    for (field, method) in COLUMNS {
        let Some(given) = text(record, field) else { continue };
        match reading::points(given) {
            Ok(value) => {
                if record.cell(field).is_some_and(|cell| cell.number.is_none()) {
                    notes.say(
                        field,
                        Phrase::new("points_as_text")
                            .with("given", record.cell(field).map(|cell| cell.text.clone()).unwrap_or_default())
                            .with("read", &value),
                    );
                }
                points.insert(method, value);
            }
            Err(fault) => notes.refuse(field, Phrase::new(fault.code()).with("given", given)),
        }
    }
    points.extend(in_one_cell(&words(record, "methods_and_points"), "methods_and_points", notes));
    let named = methods(record, notes);
    if points.is_empty()
        && let (Some(given), [only]) = (text(record, "points"), named.as_slice())
    {
        match reading::points(given) {
            Ok(value) => {
                points.insert(*only, value);
            }
            Err(fault) => notes.refuse("points", Phrase::new(fault.code()).with("given", given)),
        }
    }
    for method in named.iter().filter(|method| !points.contains_key(method)) {
        notes.refuse("methods", Phrase::new("points_missing").with("method", method.as_str()));
    }
    for (method, _) in points.iter().filter(|(_, value)| value.is_negative()) {
        let field = COLUMNS.iter().find(|(field, of)| of == method && text(record, field).is_some()).map(|(field, _)| *field);
        let one = if text(record, "points").is_some() { "points" } else { "methods_and_points" };
        notes.refuse(field.unwrap_or(one), Phrase::new("points_negative").with("method", method.as_str()));
    }
    for method in points.keys().filter(|method| !named.is_empty() && !named.contains(method)) {
        notes.say("methods", Phrase::new("method_not_named").with("method", method.as_str()));
    }
    points
}

/// The methods named in a cell of their own.
fn methods(record: &Record, notes: &mut Notes) -> Vec<Method> {
    let mut named = Vec::new();
    for given in reading::list(&words(record, "methods")) {
        match Method::from_chinese(&given) {
            Some(method) => named.push(method),
            None => notes.say("methods", Phrase::new("method_unknown").with("given", &given)),
        }
    }
    named
}

/// `实地考察（0.7分）` per line.
fn in_one_cell(cell: &str, field: &str, notes: &mut Notes) -> Vec<(Method, Exact)> {
    let mut points = Vec::new();
    for given in reading::list(cell) {
        let noted = reading::noted(&given);
        let value = noted.remark.as_deref().map(reading::points);
        match (Method::from_chinese(&noted.value), value) {
            (Some(method), Some(Ok(value))) => points.push((method, value)),
            (_, _) => notes.say(field, Phrase::new("method_unknown").with("given", &given)),
        }
    }
    points
}

/// A rule that a person chose, as an exported sheet carries it beside the words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleData {
    /// The rule, if it is another than the words are understood as.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<Rule>,
    /// Site or round, if chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scope>,
}

fn rule_data(record: &Record, notes: &mut Notes) -> BTreeMap<Method, RuleData> {
    let Some(given) = text(record, "rule_data") else { return BTreeMap::new() };
    serde_json::from_str(given).unwrap_or_else(|_| {
        notes.refuse("rule_data", Phrase::new("value_unreadable").with("given", given));
        BTreeMap::new()
    })
}

/// The measures of a criterion; those known keep their identity, and a rule that a person chose for the same words.
pub(super) fn measures(
    record: &Record,
    scoring: Scoring,
    title: &str,
    known: Option<&EditionNode>,
    maps_methods: bool,
    notes: &mut Notes,
) -> Vec<MeasureRow> {
    let before = |method: Method| known.and_then(|node| node.measures.iter().find(|measure| measure.method == method));
    let fresh = |method: Method| before(method).map_or_else(Uuid::now_v7, |measure| measure.id);
    if scoring == Scoring::Conformity {
        let mut named = methods(record, notes);
        named.sort();
        named.dedup();
        if named.is_empty() && maps_methods {
            notes.refuse("methods", Phrase::new("method_missing"));
        }
        let row = |method| MeasureRow {
            id: fresh(method),
            method,
            points: None,
            rule: None,
            scope: None,
            rule_words: String::new(),
            rule_state: RuleState::None,
        };
        return named.into_iter().map(row).collect();
    }
    let cell = words(record, "rule");
    let points = with_points(record, notes);
    if points.is_empty() && !notes.is_refused() {
        let code = if text(record, "points").is_some() { "method_missing" } else { "points_missing" };
        notes.refuse("methods", Phrase::new(code).with("method", ""));
    }
    let entered = rule_data(record, notes);
    let mut rows = Vec::new();
    for (method, points) in points {
        let parts = split_by_method(&cell);
        let own = parts.iter().find(|(of, _)| *of == Some(method)).or_else(|| parts.iter().find(|(of, _)| of.is_none()));
        let rule_words = own.map(|(_, text)| text.clone()).unwrap_or_default();
        let recognition = recognise_for(&cell, method, &points, title);
        let chosen = before(method).filter(|known| known.rule_state == RuleState::Chosen && known.rule_words == rule_words);
        let entered = entered.get(&method);
        let own_scope = entered.and_then(|entered| entered.scope);
        let (rule, scope, rule_state) = match (entered.and_then(|entered| entered.rule.clone()), chosen, recognition.rule) {
            (Some(entered), _, _) => (Some(entered), own_scope, RuleState::Chosen),
            (None, Some(known), _) => (known.rule.clone(), known.scope, RuleState::Chosen),
            (None, None, Some(rule)) => (Some(rule), own_scope, RuleState::Recognised),
            (None, None, None) => {
                let phrase = Phrase::new("rule_to_choose").with("method", method.as_str()).with("words", &rule_words);
                notes.say("rule", phrase.with("not_understood", recognition.not_understood.join("；")));
                (None, None, RuleState::ToChoose)
            }
        };
        let flaws = rule.as_ref().map(|rule| flaws(rule, method, &points)).unwrap_or_default();
        for flaw in flaws {
            let said =
                |code: &str| Phrase::new(code).with("method", method.as_str()).with("points", &points).with("words", &rule_words);
            if let FlawKind::StepsDiffer { steps, .. } = &flaw {
                notes.say("rule", said("rule_steps_differ").with("steps", steps));
            } else if flaw.severity() == Severity::Error {
                notes.refuse("rule", said("rule_not_of_points"));
            }
        }
        rows.push(MeasureRow { id: fresh(method), method, points: Some(points), rule, scope, rule_words, rule_state });
    }
    rows
}
