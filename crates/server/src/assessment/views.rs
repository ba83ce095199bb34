//! What assessments look like from outside.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use yipanqi_domain::assessment::{
    AppealState, Assessment, AssessmentPolicy, ComponentFigure, ComponentKind, Correction, Finder, Listed, UnitAssessment,
};
use yipanqi_domain::exact::Exact;
use yipanqi_domain::id::{CommandId, RoundId, UnitId};
use yipanqi_domain::moment::Moment;
use yipanqi_store::assessment::{AppealRow, AssessmentHead, AssessmentRow, AssessmentState};

use super::wording;
use crate::error::Error;
use crate::figure::Figure;
use crate::request::Lang;
use crate::score::IntervalView;

/// An assessment in the list.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AssessmentBrief {
    /// Identity.
    #[schema(value_type = String)]
    pub id: Uuid,
    /// Identity of its first version.
    #[schema(value_type = String)]
    pub series_id: Uuid,
    /// 1 for the first version; each correction is one more.
    pub ordinal: i64,
    /// Its name.
    pub name: String,
    /// First day of the period.
    pub from: NaiveDate,
    /// Last day of the period.
    pub until: NaiveDate,
    /// The round whose field score counts.
    #[schema(value_type = Option<String>)]
    pub round_id: Option<RoundId>,
    /// `draft` or `published`.
    #[schema(value_type = String)]
    pub state: AssessmentState,
    /// Why it was corrected; empty for the first version.
    pub reason: String,
    /// When it was published.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub published_at: Option<Moment>,
    /// The end of the window for appeals.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub appeal_until: Option<Moment>,
    /// SHA-256 of the frozen outcome.
    pub outcome_hash: String,
    /// The version to send with a change.
    pub version: i64,
}

/// A component of a unit's figure.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ComponentView {
    /// Its key in the policy.
    pub key: String,
    /// Its name.
    pub name: String,
    /// What it is taken from.
    #[schema(value_type = String)]
    pub kind: ComponentKind,
    /// Its weight.
    pub weight: String,
    /// 100 × reached ÷ possible; none if it does not count.
    pub rate: Option<Figure>,
    /// Where the rate would lie if the sites were drawn again; none of what no draw decides.
    #[serde(default)]
    pub interval: Option<IntervalView>,
    /// What it brings to the figure.
    pub part: Option<Figure>,
    /// What was reached.
    pub reached: Option<Figure>,
    /// Out of what.
    pub possible: Option<Figure>,
    /// Cases on which it rests.
    pub denominator: Option<u64>,
    /// The list behind it.
    pub link: String,
    /// The measures of which it is the sum, where it is a sum of few.
    #[serde(default)]
    pub parts: Vec<FactPartView>,
    /// Where it was entered from, if it was.
    pub source: String,
    /// Why it does not count.
    pub reason: Option<String>,
}

/// A measure in the sum of a component.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct FactPartView {
    /// Number of its criterion.
    pub number: String,
    /// Title of its criterion.
    pub title: String,
    /// What was reached.
    pub reached: Figure,
    /// Out of what.
    pub possible: Figure,
    /// The page behind it.
    pub link: String,
}

/// A bonus or deduction of a unit.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AdjustmentView {
    /// Identity of the event.
    pub id: String,
    /// Name of the adjustment.
    pub name: String,
    /// Who found it.
    #[schema(value_type = String)]
    pub finder: Finder,
    /// How often it had happened before.
    pub repeats: u32,
    /// How many.
    pub count: u32,
    /// The price of one.
    pub price: Figure,
    /// Points; below 0 if they are taken.
    pub points: Figure,
    /// Whether the policy's limit held it.
    pub limited: bool,
    /// What happened; of a problem that the reader may not see, its number and at most its category.
    pub note: String,
    /// The page behind it; empty if the reader may not open it.
    pub link: String,
}

/// A unit's row.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AssessedUnit {
    /// The unit.
    #[schema(value_type = String)]
    pub unit_id: UnitId,
    /// Its name at that time.
    pub name: String,
    /// Its peer group.
    pub group: String,
    /// Its place; none with a reason.
    pub rank: Option<u32>,
    /// Why it has no place.
    pub reason: Option<String>,
    /// Its figure.
    pub total: Option<Figure>,
    /// The components together.
    pub base: Option<Figure>,
    /// Weights with data, of all weights, in per cent.
    pub covered: Figure,
    /// Red or black list.
    #[schema(value_type = Option<String>)]
    pub listed: Option<Listed>,
    /// Whether figure or place differ from the version before.
    pub changed: bool,
    /// The components.
    pub components: Vec<ComponentView>,
    /// Bonuses and deductions.
    pub adjustments: Vec<AdjustmentView>,
}

/// An appeal.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AppealView {
    /// Identity.
    #[schema(value_type = String)]
    pub id: Uuid,
    /// The unit.
    #[schema(value_type = String)]
    pub unit_id: UnitId,
    /// The component or event it is about; empty for the whole.
    pub subject: String,
    /// Why.
    pub reason: String,
    /// `filed`, `accepted` or `rejected`.
    #[schema(value_type = String)]
    pub state: AppealState,
    /// Who filed it.
    pub filed_by: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub filed_at: Moment,
    /// What was decided.
    pub decision: String,
    /// By whom.
    pub decided_by: String,
    /// When.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub decided_at: Option<Moment>,
    /// The version to send with the decision.
    pub version: i64,
}

/// An assessment.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AssessmentView {
    /// What stands in the list.
    pub brief: AssessmentBrief,
    /// All versions, newest first.
    pub versions: Vec<AssessmentBrief>,
    /// The policy by which it was made.
    #[schema(value_type = Object)]
    pub policy: AssessmentPolicy,
    /// What does not fit in the policy and what was done about it.
    pub flaws: Vec<String>,
    /// Events that the policy has no price for.
    pub ignored: Vec<String>,
    /// The units by group and place.
    pub units: Vec<AssessedUnit>,
    /// Appeals against any version that the reader may see.
    pub appeals: Vec<AppealView>,
    /// What the reader may do: `enter`, `refresh`, `publish`, `appeal`, `decide`.
    pub allowed: Vec<String>,
}

/// A new assessment.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CreateAssessment {
    /// Made by the client; the same command is applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// Its name.
    pub name: String,
    /// First day of the period.
    pub from: NaiveDate,
    /// Last day of the period.
    pub until: NaiveDate,
    /// The round whose field score counts.
    #[schema(value_type = Option<String>)]
    pub round_id: Option<RoundId>,
}

/// Asks for a step with an assessment that was seen in a version.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct StepAssessment {
    /// Made by the client; the same command is applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// The version that was seen.
    pub version: i64,
}

/// A component's result of a unit, entered by hand; without `possible` an earlier one is taken back.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct EnterFact {
    /// Made by the client; the same command is applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// The version that was seen.
    pub version: i64,
    /// The unit.
    #[schema(value_type = String)]
    pub unit_id: UnitId,
    /// Key of the component.
    pub component: String,
    /// What was reached.
    #[schema(value_type = String)]
    pub reached: Exact,
    /// Out of what; none takes the entry back.
    #[schema(value_type = Option<String>)]
    pub possible: Option<Exact>,
    /// Cases on which it rests.
    pub denominator: u64,
    /// Where it comes from.
    pub source: String,
}

/// A bonus or deduction entered by hand.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct EnterEvent {
    /// Made by the client; the same command is applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// The version that was seen.
    pub version: i64,
    /// The unit.
    #[schema(value_type = String)]
    pub unit_id: UnitId,
    /// Key of the adjustment.
    pub adjustment: String,
    /// Who found it.
    #[schema(value_type = String)]
    pub finder: Finder,
    /// How often it had happened before.
    pub repeats: u32,
    /// How many.
    pub count: u32,
    /// What happened.
    pub note: String,
}

/// A unit's appeal.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct FileAppeal {
    /// Made by the client; the same command is applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// The unit.
    #[schema(value_type = String)]
    pub unit_id: UnitId,
    /// The component or event it is about; empty for the whole.
    #[serde(default)]
    pub subject: String,
    /// Why.
    pub reason: String,
}

/// A decision about an appeal.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct DecideAppeal {
    /// Made by the client; the same command is applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// The version that was seen.
    pub version: i64,
    /// `accepted` or `rejected`.
    #[schema(value_type = String)]
    pub state: AppealState,
    /// Why.
    pub decision: String,
    /// What is corrected if it is accepted; a new version is published with it.
    #[serde(default)]
    #[schema(value_type = Vec<Object>)]
    pub corrections: Vec<Correction>,
}

/// Whether a published assessment is what its frozen inputs give.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct VerifiedView {
    /// Whether every byte is the same.
    pub identical: bool,
    /// SHA-256 as published.
    pub published_hash: String,
    /// SHA-256 as computed now.
    pub computed_hash: String,
}

impl From<AssessmentHead> for AssessmentBrief {
    fn from(row: AssessmentHead) -> Self {
        Self {
            id: row.id,
            series_id: row.series,
            ordinal: row.ordinal,
            name: row.name,
            from: row.from,
            until: row.until,
            round_id: row.round,
            state: row.state,
            reason: row.reason,
            published_at: row.published_at,
            appeal_until: row.appeal_until,
            outcome_hash: row.outcome_hash,
            version: row.version,
        }
    }
}

impl From<AppealRow> for AppealView {
    fn from(row: AppealRow) -> Self {
        Self {
            id: row.id,
            unit_id: row.unit,
            subject: row.subject,
            reason: row.reason,
            state: row.state,
            filed_by: row.filed_by,
            filed_at: row.filed_at,
            decision: row.decision,
            decided_by: row.decided_by,
            decided_at: row.decided_at,
            version: row.version,
        }
    }
}

fn component(policy: &AssessmentPolicy, figure: &ComponentFigure, lang: Lang) -> Option<ComponentView> {
    let of_policy = policy.components.iter().find(|known| known.key == figure.key)?;
    let decimals = policy.decimals;
    let shown = |number: &Exact| Figure::of(number, decimals);
    Some(ComponentView {
        key: figure.key.clone(),
        name: of_policy.name.clone(),
        kind: of_policy.kind,
        weight: figure.weight.to_string(),
        rate: figure.rate.as_ref().map(shown),
        interval: (figure.fact.as_ref().and_then(|fact| fact.interval.as_deref()))
            .map(|interval| IntervalView::of(interval, decimals, lang)),
        part: figure.part.as_ref().map(shown),
        reached: figure.fact.as_ref().map(|fact| shown(&fact.reached)),
        possible: figure.fact.as_ref().map(|fact| shown(&fact.possible)),
        denominator: figure.fact.as_ref().map(|fact| fact.denominator),
        link: figure.fact.as_ref().map(|fact| fact.link.clone()).unwrap_or_default(),
        parts: (figure.fact.iter().flat_map(|fact| &fact.parts))
            .map(|part| FactPartView {
                number: part.number.clone(),
                title: part.title.clone(),
                reached: shown(&part.reached),
                possible: shown(&part.possible),
                link: part.link.clone(),
            })
            .collect(),
        source: figure.fact.as_ref().map(|fact| fact.source.clone()).unwrap_or_default(),
        reason: figure.not_counted.map(|why| wording::not_counted(why, of_policy.minimum, lang)),
    })
}

/// A unit's row in the reader's language; `before` is the same unit in the version before.
#[must_use]
pub fn unit_row(policy: &AssessmentPolicy, unit: &UnitAssessment, before: Option<&UnitAssessment>, lang: Lang) -> AssessedUnit {
    let shown = |number: &Exact| Figure::of(number, policy.decimals);
    let name_of = |key: &str| policy.adjustments.iter().find(|known| known.key == key).map(|known| known.name.clone());
    AssessedUnit {
        unit_id: unit.unit,
        name: unit.name.clone(),
        group: unit.group.clone(),
        rank: unit.standing.rank,
        reason: wording::unranked(unit.excluded.as_ref(), unit.standing.unranked.as_ref(), lang),
        total: unit.total.as_ref().map(shown),
        base: unit.base.as_ref().map(shown),
        covered: shown(&unit.covered),
        listed: unit.listed,
        changed: before.is_some_and(|before| before.total != unit.total || before.standing.rank != unit.standing.rank),
        components: unit.components.iter().filter_map(|figure| component(policy, figure, lang)).collect(),
        adjustments: (unit.adjustments.iter())
            .map(|figure| AdjustmentView {
                id: figure.event.id.clone(),
                name: name_of(&figure.event.adjustment).unwrap_or_default(),
                finder: figure.event.finder,
                repeats: figure.event.repeats,
                count: figure.event.count,
                price: shown(&figure.price),
                points: shown(&figure.points),
                limited: figure.limited,
                note: figure.event.note.clone(),
                link: figure.event.link.clone(),
            })
            .collect(),
    }
}

/// The frozen policy and outcome of a version.
///
/// # Errors
/// What was kept cannot be read.
pub fn thawed(row: &AssessmentRow) -> Result<(AssessmentPolicy, Assessment), Error> {
    let policy = serde_json::from_str(&row.policy).map_err(Error::internal)?;
    let outcome = serde_json::from_str(&row.outcome).map_err(Error::internal)?;
    Ok((policy, outcome))
}
