//! What scores and rankings look like from outside.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use yipanqi_domain::framework::{Method, Scoring};
use yipanqi_domain::id::{CommandId, CriterionId, ItemId, MediaId};
use yipanqi_domain::moment::Moment;

use super::owed::UnitShare;
use crate::figure::{Figure, Rate};
use crate::round::{FindingBody, RoundRef};
use crate::session::UnitRef;
use crate::site::SiteRef;

/// Why a figure is what it is.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ReasonView {
    /// The stable code.
    pub code: String,
    /// The sentence in the reader's language.
    pub text: String,
}

/// A measure's figures.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct MeasureFigures {
    /// Identity, by which its sites are asked for.
    #[schema(value_type = String)]
    pub id: Uuid,
    /// Its method.
    #[schema(value_type = String)]
    pub method: Method,
    /// The rule as a sentence.
    pub rule_text: String,
    /// What was earned.
    pub earned: Figure,
    /// What was measured.
    pub covered: Figure,
    /// What is possible.
    pub points: Figure,
    /// What was lost of what was measured.
    pub lost: Figure,
    /// Why.
    pub reasons: Vec<ReasonView>,
    /// Where a share that was asked of a sample of people would lie, in per cent.
    pub interval: Option<IntervalView>,
}

/// An indicator of a conformity edition.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ConformityView {
    /// `met`, `not_met` or `unassessed`.
    pub state: String,
    /// Sites at which every linked item passes.
    pub passing: u32,
    /// Sites at which it could be judged.
    pub visited: u32,
    /// Where the share of passing sites would lie, in per cent, if the sites were drawn again; none if they were named.
    pub interval: Option<IntervalView>,
    /// Why.
    pub reasons: Vec<ReasonView>,
}

/// A node's figures.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct NodeFigures {
    /// Identity.
    #[schema(value_type = String)]
    pub id: CriterionId,
    /// The node above.
    #[schema(value_type = Option<String>)]
    pub parent_id: Option<CriterionId>,
    /// 0 at the top.
    pub depth: i64,
    /// Its number.
    pub number: String,
    /// Its text.
    pub title: String,
    /// What was earned in and below it.
    pub earned: Figure,
    /// What was measured.
    pub covered: Figure,
    /// What is possible.
    pub points: Figure,
    /// What was lost of what was measured.
    pub lost: Figure,
    /// 100 × earned ÷ covered; none if nothing is covered.
    pub rate: Option<Figure>,
    /// Where the points earned would lie if the sites were drawn again; none where no draw changes them.
    pub interval: Option<IntervalView>,
    /// Its measures, if it is a criterion.
    pub measures: Vec<MeasureFigures>,
    /// Whether it is met, in a conformity edition.
    pub conformity: Option<ConformityView>,
}

/// A method's figures.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct MethodFigures {
    /// The method.
    #[schema(value_type = String)]
    pub method: Method,
    /// What was earned.
    pub earned: Figure,
    /// What was measured.
    pub covered: Figure,
    /// What is possible.
    pub points: Figure,
    /// What was lost of what was measured.
    pub lost: Figure,
    /// 100 × earned ÷ covered; none if nothing is covered.
    pub rate: Option<Figure>,
    /// Where what was earned would lie if the sites were drawn again; none where no draw decides.
    pub interval: Option<IntervalView>,
}

/// Indicators met and assessed.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ConformityTotals {
    /// Indicators met ÷ assessed.
    pub rate: Rate,
    /// Indicators nobody has looked at.
    pub unassessed: u32,
}

/// The edition of a score.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ScoredEdition {
    /// Identity.
    #[schema(value_type = String)]
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// `points` or `conformity`.
    #[schema(value_type = String)]
    pub scoring: Scoring,
    /// Its own names of its levels.
    pub level_names: Vec<String>,
}

/// The score of a round.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ScoreView {
    /// The round.
    pub round: RoundRef,
    /// The edition.
    pub edition: ScoredEdition,
    /// When it was computed.
    #[schema(value_type = String, format = DateTime)]
    pub computed_at: Moment,
    /// What was earned.
    pub earned: Figure,
    /// What was measured.
    pub covered: Figure,
    /// What is possible.
    pub points: Figure,
    /// What was lost of what was measured.
    pub lost: Figure,
    /// 100 × earned ÷ covered; none if nothing is covered.
    pub rate: Option<Figure>,
    /// 100 × covered ÷ points; none without points.
    pub coverage: Option<Figure>,
    /// Indicators, in a conformity edition.
    pub conformity: Option<ConformityTotals>,
    /// By method.
    pub methods: Vec<MethodFigures>,
    /// Whether its sites were drawn, but too few in each stratum to say how sure the figures are.
    pub unsure: bool,
    /// The tree, parents before children.
    pub nodes: Vec<NodeFigures>,
    /// The part of the losses that no unit bears.
    pub unattributed: Figure,
    /// Where the points earned would lie if the sites were drawn again; none if the sites were named.
    pub interval: Option<IntervalView>,
    /// What was earned less what the negative list takes.
    pub after_deductions: Figure,
    /// What the negative list takes.
    pub deductions: Vec<DeductionView>,
    /// Veto items that stand: whatever was earned, the title is refused.
    pub vetoes: Vec<DeductionView>,
    /// What was given and could not be used, as sentences.
    pub ignored: Vec<String>,
}

/// An interval of a sampled figure.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct IntervalView {
    /// The lower end.
    pub low: Figure,
    /// The upper end.
    pub high: Figure,
    /// Its confidence in per cent.
    pub level: u32,
    /// How it was made, as a sentence.
    pub text: String,
}

/// An item of the negative list that takes points or the title.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct DeductionView {
    /// The number on the list.
    pub number: String,
    /// The situation.
    pub situation: String,
    /// How often.
    pub count: u32,
    /// Points taken; none for a veto.
    pub points: Option<Figure>,
    /// The register behind it.
    pub link: String,
}

/// Asks for a score to be computed anew.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
pub struct Recompute {
    /// Made by the client; the same command is applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
}

/// A finding behind a figure.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScoredFinding {
    /// Identity.
    #[schema(value_type = String)]
    pub id: Uuid,
    /// The visit.
    #[schema(value_type = String)]
    pub visit_id: Uuid,
    /// The item.
    #[schema(value_type = String)]
    pub item_id: ItemId,
    /// The item's code.
    pub item_code: String,
    /// What was looked at.
    pub item: String,
    /// What was observed.
    pub result: FindingBody,
    /// Faults it stands for; none if it does not apply.
    pub faults: Option<u32>,
    /// Whether the item passes.
    pub pass: Option<bool>,
    /// The typical fault that was picked.
    pub phrase: String,
    /// What was written beside.
    pub note: String,
    /// Photographs.
    #[schema(value_type = Vec<String>)]
    pub media: Vec<MediaId>,
}

/// A site behind a measure's figure.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScoredSite {
    /// The site.
    pub site: SiteRef,
    /// Its rate in per cent; none in round scope and where it does not count.
    pub rate: Option<Figure>,
    /// The points lost here.
    pub loss: Figure,
    /// Who bears them, by the city's policy.
    pub units: Vec<UnitShare>,
    /// Faults found here for this measure.
    pub faults: u64,
    /// Why.
    pub reasons: Vec<ReasonView>,
    /// The findings it was made of.
    pub findings: Vec<ScoredFinding>,
}

/// A site at which an indicator was judged.
#[derive(Debug, Serialize, ToSchema)]
pub struct JudgedSite {
    /// The site.
    pub site: SiteRef,
    /// Whether every linked item passes here.
    pub pass: bool,
    /// The units that answer for it.
    pub units: Vec<UnitRef>,
    /// The findings that were judged.
    pub findings: Vec<ScoredFinding>,
}

/// An indicator of a conformity edition with the sites at which it was judged.
#[derive(Debug, Serialize, ToSchema)]
pub struct IndicatorDetail {
    /// Its number.
    pub number: String,
    /// Its title.
    pub title: String,
    /// Whether it is met, and on what that rests.
    pub conformity: ConformityView,
    /// The sites at which it was judged, those that fail first, as far as the reader may see them.
    pub sites: Vec<JudgedSite>,
}

/// A measure with the sites it was measured at.
#[derive(Debug, Serialize, ToSchema)]
pub struct MeasureDetail {
    /// The number of its criterion.
    pub number: String,
    /// The title of its criterion.
    pub title: String,
    /// Its figures.
    pub measure: MeasureFigures,
    /// The sites, most lost first, as far as the reader may see them.
    pub sites: Vec<ScoredSite>,
    /// The part of the loss that no site bears.
    pub unattributed: Figure,
    /// Who bears that part: those who lead and support the criterion of an entered result.
    pub units: Vec<UnitShare>,
}
