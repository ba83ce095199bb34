//! A rule being tried: what its words are understood as, what does not fit, and a worked example in a sentence.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use yipanqi_domain::exact::Exact;
use yipanqi_domain::framework::example::{self, Observed};
use yipanqi_domain::framework::words::recognise_for;
use yipanqi_domain::framework::{Criterion, Edition, FlawKind, Measure, Method, Node, Rule, Scope};
use yipanqi_domain::id::CriterionId;

use super::wording;
use crate::error::{Error, FailureBody};
use crate::request::{CityCtx, Json, Lang};

/// A rule to try.
#[derive(Debug, Deserialize, ToSchema)]
pub struct TryRule {
    /// The method.
    #[schema(value_type = String)]
    pub method: Method,
    /// The points.
    #[schema(value_type = String)]
    pub points: Exact,
    /// The rule in words.
    #[serde(default)]
    pub rule_words: String,
    /// The criterion's text, from which a target may be proposed.
    #[serde(default)]
    pub title: String,
    /// The rule as chosen; none: as the words are understood.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub rule: Option<Rule>,
    /// What is observed in the example; the usual one if none is given.
    #[serde(default)]
    pub observed: Option<ObservedInput>,
}

/// What is observed in an example.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
pub struct ObservedInput {
    /// Faults, things there, those that comply, right answers, failing samples.
    pub count: u32,
    /// Out of how many.
    pub of: u32,
}

/// A worked example.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ExampleView {
    /// What is observed.
    pub observed: ObservedInput,
    /// The points earned, exact.
    pub earned: String,
    /// The example in the reader's language: `3 处问题，每处扣 0.2，1 分得 0.4 分`.
    pub sentence: String,
}

/// What a tried rule comes to.
#[derive(Debug, Serialize, ToSchema)]
pub struct TriedRule {
    /// The rule in force: the chosen one, else as the words are understood.
    #[schema(value_type = Option<Object>)]
    pub rule: Option<Rule>,
    /// The rule as the words are understood.
    #[schema(value_type = Option<Object>)]
    pub understood: Option<Rule>,
    /// It in a sentence.
    pub rule_text: String,
    /// Parts of the words that were not understood.
    pub not_understood: Vec<String>,
    /// What the rule would be under an assumption that the words do not state.
    #[schema(value_type = Option<Object>)]
    pub proposal: Option<Rule>,
    /// The proposal in a sentence.
    pub proposal_text: Option<String>,
    /// Scopes the rule admits, its own first.
    #[schema(value_type = Vec<String>)]
    pub scopes: Vec<Scope>,
    /// What does not fit.
    #[schema(value_type = Vec<Object>)]
    pub flaws: Vec<FlawKind>,
    /// A worked example.
    pub example: Option<ExampleView>,
}

/// What is wrong with a rule for these points.
#[must_use]
pub fn flaws(rule: &Rule, method: Method, points: &Exact) -> Vec<FlawKind> {
    let measure = Measure { method, points: points.clone(), rule: Some(rule.clone()), scope: None, rule_words: String::new() };
    let criterion = Criterion { id: CriterionId::new(uuid::Uuid::nil()), measures: vec![measure] };
    let node = Node { number: "1".to_owned(), parent: None, title: String::new(), criterion: Some(criterion) };
    let edition = Edition { nodes: vec![node], ..Edition::default() };
    edition.check().into_iter().map(|flaw| flaw.kind).collect()
}

/// The worked example of a measure.
#[must_use]
pub fn view(measure: &Measure, observed: Option<Observed>, lang: Lang) -> Option<ExampleView> {
    let rule = measure.rule.as_ref()?;
    let observed = observed.unwrap_or_else(|| example::usual(rule));
    let earned = example::earned(measure, observed)?;
    Some(ExampleView {
        observed: ObservedInput { count: observed.count, of: observed.of },
        sentence: wording::example(rule, &measure.points, observed, &earned, lang),
        earned: earned.to_string(),
    })
}

/// Try a rule: how its words are understood, what does not fit, what an example earns.
#[utoipa::path(post, path = "/api/rules/try", tag = "frameworks", request_body = TryRule,
    responses((status = 200, body = TriedRule), (status = 400, body = FailureBody)))]
pub async fn attempt(ctx: CityCtx, Json(input): Json<TryRule>) -> Result<Json<TriedRule>, Error> {
    let recognition = recognise_for(&input.rule_words, input.method, &input.points, &input.title);
    let rule = input.rule.clone().or_else(|| recognition.rule.clone());
    let measure = Measure {
        method: input.method,
        points: input.points.clone(),
        rule: rule.clone(),
        scope: None,
        rule_words: input.rule_words.clone(),
    };
    let observed = input.observed.map(|observed| Observed { count: observed.count, of: observed.of });
    let said = |rule: &Rule| wording::sentence(Some(rule), &input.points, ctx.lang);
    Ok(Json(TriedRule {
        rule_text: wording::sentence(rule.as_ref(), &input.points, ctx.lang),
        flaws: rule.as_ref().map(|rule| flaws(rule, input.method, &input.points)).unwrap_or_default(),
        scopes: rule.as_ref().map(|rule| rule.scopes().to_vec()).unwrap_or_default(),
        example: view(&measure, observed, ctx.lang),
        proposal_text: recognition.proposal.as_ref().map(said),
        understood: recognition.rule,
        proposal: recognition.proposal,
        not_understood: recognition.not_understood,
        rule,
    }))
}
