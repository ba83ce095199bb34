//! What rounds, visits and findings look like from outside.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use yipanqi_domain::exact::Exact;
use yipanqi_domain::framework::Method;
use yipanqi_domain::id::{CommandId, ItemId, MediaId, PersonId, ProblemId, RoundId, SiteId, UnitId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::round::{FindingResult, Grade, Minute, PhraseCount, RoundKind, RoundState, VisitPurpose, Watch};

use super::route::RouteView;
use crate::session::{PersonRef, UnitRef};
use crate::site::views::Position;
use crate::site::{ItemView, ProblemBrief, SiteRef};

/// An edition by its name.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct EditionRef {
    /// Identity.
    #[schema(value_type = String)]
    pub id: Uuid,
    /// Its name.
    pub name: String,
}

/// A round by its number and name.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RoundRef {
    /// Identity.
    #[schema(value_type = String)]
    pub id: RoundId,
    /// Its number.
    pub number: String,
    /// Its name.
    pub name: String,
    /// What it is for.
    #[schema(value_type = String)]
    pub kind: RoundKind,
    /// How far it is.
    #[schema(value_type = String)]
    pub state: RoundState,
    /// The day by which its visits are to be made.
    pub due_on: Option<NaiveDate>,
}

/// A round in the list.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RoundRow {
    /// Identity.
    #[schema(value_type = String)]
    pub id: RoundId,
    /// Its number.
    pub number: String,
    /// Its name.
    pub name: String,
    /// `mock`, `routine`, `spot`, `covert`, `special`, `recheck` or `external`.
    #[schema(value_type = String)]
    pub kind: RoundKind,
    /// `planned`, `open`, `closed` or `released`.
    #[schema(value_type = String)]
    pub state: RoundState,
    /// The edition by which it is scored.
    pub edition: Option<EditionRef>,
    /// Its sites.
    pub sites: u64,
    /// Sites with a finished visit.
    pub visited: u64,
    /// Findings.
    pub findings: u64,
    /// Faults found.
    pub faults: u64,
    /// The day on which it was opened.
    pub opened_on: NaiveDate,
    /// The day by which its visits are to be made.
    pub due_on: Option<NaiveDate>,
    /// Whether the reader may see how units are ranked by it.
    pub ranked: bool,
    /// Grows with every change.
    pub version: i64,
}

/// Rounds as a list answers them.
#[derive(Debug, Serialize, ToSchema)]
pub struct RoundList {
    /// The rows of the page.
    pub items: Vec<RoundRow>,
    /// Rows in all.
    pub total: u64,
    /// The page, from 1.
    pub page: u64,
    /// Rows per page.
    pub size: u64,
}

/// Which rounds to list; repeat a name to give several.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct RoundQuery {
    /// Words of number or name.
    pub q: String,
    /// Kinds.
    #[param(value_type = Vec<String>)]
    pub kind: Vec<RoundKind>,
    /// States.
    #[param(value_type = Vec<String>)]
    pub state: Vec<RoundState>,
    /// Editions.
    #[param(value_type = Vec<String>)]
    pub edition: Vec<Uuid>,
    /// `number`, `opened_on`, `due_on` or `name`; `-` before it turns the order. Newest first by default.
    pub sort: String,
    /// The page, from 1.
    pub page: Option<u64>,
    /// Rows per page, 10 to 200.
    pub size: Option<u64>,
}

/// Which sites a round takes.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum SiteChoice {
    /// These.
    Named {
        /// The sites.
        #[schema(value_type = Vec<String>)]
        site_ids: Vec<SiteId>,
    },
    /// So many, drawn from all sites in use, stratum by stratum.
    Drawn {
        /// How many in all, of every stratum, or per cent of all, as the allocation says; those that must be visited come on top.
        count: u32,
        /// What the strata are.
        #[serde(default)]
        strata: Strata,
        /// How the sites are shared out over the strata.
        #[serde(default)]
        allocation: Allocation,
        /// Sites that are visited without being drawn: rebounds, rechecks.
        #[serde(default)]
        #[schema(value_type = Vec<String>)]
        must: Vec<SiteId>,
        /// Sites that are not drawn.
        #[serde(default)]
        #[schema(value_type = Vec<String>)]
        exclude: Vec<SiteId>,
        /// Only of these types; of all if empty.
        #[serde(default)]
        #[schema(value_type = Vec<String>)]
        site_types: Vec<Uuid>,
        /// Only in these streets or towns; in all if empty.
        #[serde(default)]
        #[schema(value_type = Vec<String>)]
        streets: Vec<UnitId>,
    },
}

/// What the strata of a draw are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Strata {
    /// Site types.
    #[default]
    SiteType,
    /// Streets and towns.
    Street,
    /// Site types within streets and towns.
    SiteTypeAndStreet,
    /// Districts; a street or town that belongs to none stands for itself.
    District,
    /// Site types within districts.
    SiteTypeAndDistrict,
}

/// How the sites of a draw are shared out over the strata.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Allocation {
    /// In proportion to the sizes of the strata.
    #[default]
    Proportional,
    /// More for strata whose sites have differed (Neyman).
    Neyman,
    /// So many of every stratum, or all where it has fewer.
    Each,
    /// So many per cent of all, in proportion to the sizes of the strata.
    Percent,
}

/// Somebody who holds one of the three nonces of a draw.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Witness {
    /// Who.
    pub name: String,
    /// SHA-256 of the nonce, in hexadecimal.
    pub commitment: String,
}

/// The nonces of the witnesses, opened.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct DrawRound {
    /// Made by the client; the same command is applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// The version that was seen.
    pub version: i64,
    /// The two nonces in the order of the witnesses, in hexadecimal.
    pub nonces: Vec<String>,
}

/// A new round.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct OpenRound {
    /// Made by the client; the same command is applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// Its name.
    pub name: String,
    /// What it is for.
    #[schema(value_type = String)]
    pub kind: RoundKind,
    /// The edition by which it is scored.
    #[schema(value_type = String)]
    pub edition_id: Uuid,
    /// The day by which its visits are to be made.
    pub due_on: Option<NaiveDate>,
    /// Its sites.
    pub sites: SiteChoice,
    /// Among whom the sites are shared; none: any inspector may visit any site.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub inspectors: Vec<PersonId>,
    /// Whether somebody may be drawn for a site whose last visit the same person made.
    #[serde(default)]
    pub repeat_pairs: bool,
    /// None, or two: then the round is planned, its frame and the hashes of all nonces are fixed, and it is drawn when both have
    /// opened theirs.
    #[serde(default)]
    pub witnesses: Vec<Witness>,
}

/// A command that only names what it was based on.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
pub struct Based {
    /// Made by the client; the same command is applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// The version that was seen.
    pub version: i64,
}

/// A stratum of a draw.
#[derive(Debug, Serialize, ToSchema)]
pub struct StratumView {
    /// Its name.
    pub name: String,
    /// Sites in the frame.
    pub frame: u32,
    /// How many are to be drawn.
    pub quota: u32,
    /// Sites drawn.
    pub drawn: u32,
    /// Their codes, in the order of the draw.
    pub codes: Vec<String>,
}

/// A draw, so that anybody can repeat it: in each stratum the codes with the smallest SHA-256(seed ‖ code).
#[derive(Debug, Serialize, ToSchema)]
pub struct DrawView {
    /// SHA-256 of the frame, in hexadecimal.
    pub frame_hash: String,
    /// The hashes of the nonces, published before the draw, the office's first; empty for a draw without witnesses.
    pub commitments: Vec<String>,
    /// Who held the other two nonces.
    pub witnesses: Vec<String>,
    /// Codes of sites visited without being drawn.
    pub must: Vec<String>,
    /// The nonces, in hexadecimal, once they are opened; the seed is the SHA-256 of them one behind another.
    pub nonces: Vec<String>,
    /// The seed, in hexadecimal.
    pub seed: String,
    /// The strata.
    pub strata: Vec<StratumView>,
    /// SHA-256 of the roster of inspectors, in hexadecimal, published with the frame; none if no inspectors are drawn.
    pub roster_hash: Option<String>,
    /// SHA-256 of quotas and must-visits, in hexadecimal, published with the frame; none for draws of before it was.
    pub plan_hash: Option<String>,
}

/// A site of a round.
#[derive(Debug, Serialize, ToSchema)]
pub struct RoundSiteView {
    /// The site.
    pub site: SiteRef,
    /// Street or town.
    pub street: Option<UnitRef>,
    /// Who is to visit it; none: any inspector.
    pub inspector: Option<PersonRef>,
    /// Who is to visit it a second time; shown only to those who run rounds.
    pub second: Option<PersonRef>,
    /// `waiting`, `visiting` or `visited`.
    pub state: String,
    /// The visit that counts, or the one under way.
    #[schema(value_type = Option<String>)]
    pub visit_id: Option<Uuid>,
    /// Faults of that visit.
    pub faults: u64,
    /// Where it is.
    pub position: Option<Position>,
    /// The day on which it is to be visited, once routes are planned.
    pub visit_on: Option<NaiveDate>,
    /// Place in that day's route, from 1.
    pub stop: Option<i64>,
}

/// One round.
#[derive(Debug, Serialize, ToSchema)]
pub struct RoundView {
    /// The same as in the list.
    #[serde(flatten)]
    pub row: RoundRow,
    /// When it was closed.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub closed_at: Option<Moment>,
    /// How its sites were drawn; none if they were named.
    pub draw: Option<DrawView>,
    /// The planned routes, by inspector and day, as far as the reader may see their sites.
    pub routes: Vec<RouteView>,
    /// Its sites, as far as the reader may see them.
    #[serde(rename = "site_list")]
    pub round_sites: Vec<RoundSiteView>,
}

/// An inspector with the unit of the post.
#[derive(Debug, Serialize, ToSchema)]
pub struct InspectorView {
    /// Who.
    pub person: PersonRef,
    /// Where.
    pub unit: Option<UnitRef>,
}

/// A grade of three.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GradeName {
    /// 达标
    Met,
    /// 基本达标
    MostlyMet,
    /// 不达标
    NotMet,
}

impl From<GradeName> for Grade {
    fn from(grade: GradeName) -> Self {
        match grade {
            GradeName::Met => Self::Met,
            GradeName::MostlyMet => Self::MostlyMet,
            GradeName::NotMet => Self::NotMet,
        }
    }
}

impl From<Grade> for GradeName {
    fn from(grade: Grade) -> Self {
        match grade {
            Grade::Met => Self::Met,
            Grade::MostlyMet => Self::MostlyMet,
            Grade::NotMet => Self::NotMet,
        }
    }
}

/// What was counted in one minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MinuteBody {
    /// How many complied.
    pub observed: u32,
    /// How many were looked at.
    pub total: u32,
}

/// How a share was gathered by watching.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WatchBody {
    /// When it began, by the device's corrected clock.
    #[schema(value_type = String, format = DateTime)]
    pub started_at: Moment,
    /// How long it lasted, pauses left out.
    pub seconds: u32,
    /// What was counted in each minute; empty where only the sum is known.
    #[serde(default)]
    pub minutes: Vec<MinuteBody>,
}

impl From<WatchBody> for Watch {
    fn from(body: WatchBody) -> Self {
        let minutes = body.minutes.into_iter().map(|one| Minute { observed: one.observed, total: one.total });
        Self { started_at: body.started_at, seconds: body.seconds, minutes: minutes.collect() }
    }
}

impl From<Watch> for WatchBody {
    fn from(watch: Watch) -> Self {
        let minutes = watch.minutes.into_iter().map(|one| MinuteBody { observed: one.observed, total: one.total });
        Self { started_at: watch.started_at, seconds: watch.seconds, minutes: minutes.collect() }
    }
}

/// How often a typical fault was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PhraseBody {
    /// The typical fault.
    pub phrase: String,
    /// How many, 1 at least.
    pub count: u32,
}

/// What was observed; which kind an item takes is said by its judgement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FindingBody {
    /// For `pass_fail`.
    PassFail {
        /// Whether it passes.
        pass: bool,
    },
    /// For `grade`.
    Grade {
        /// The grade.
        grade: GradeName,
    },
    /// For `fault_count`.
    Faults {
        /// How many.
        count: u32,
        /// How many of each typical fault that was picked; together they are the count. Left out where they were not
        /// counted singly.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        by_phrase: Vec<PhraseBody>,
    },
    /// For `count_at_least`.
    Count {
        /// How many there are.
        count: u32,
    },
    /// For `ratio` and `percentage`.
    Ratio {
        /// How many of them comply.
        observed: u32,
        /// How many were looked at.
        total: u32,
    },
    /// For `ratio` and `percentage`, gathered by watching for a time.
    Timed {
        /// How many of them comply.
        observed: u32,
        /// How many were looked at.
        total: u32,
        /// From when, how long, and minute by minute.
        watch: WatchBody,
    },
    /// For `interview`.
    Interview {
        /// Correct answers.
        correct: u32,
        /// People asked.
        asked: u32,
    },
    /// For every item.
    NotApplicable {
        /// Why.
        reason: String,
    },
}

impl From<FindingBody> for FindingResult {
    fn from(body: FindingBody) -> Self {
        match body {
            FindingBody::PassFail { pass } => Self::PassFail { pass },
            FindingBody::Grade { grade } => Self::Grade { grade: grade.into() },
            FindingBody::Faults { count, by_phrase } => {
                let each = |one: PhraseBody| PhraseCount { phrase: one.phrase.trim().to_owned(), count: one.count };
                Self::Faults { count, by_phrase: by_phrase.into_iter().map(each).collect() }
            }
            FindingBody::Count { count } => Self::Count { count },
            FindingBody::Ratio { observed, total } => Self::Ratio { observed, total },
            FindingBody::Timed { observed, total, watch } => Self::Timed { observed, total, watch: watch.into() },
            FindingBody::Interview { correct, asked } => Self::Interview { correct, asked },
            FindingBody::NotApplicable { reason } => Self::NotApplicable { reason },
        }
    }
}

impl From<FindingResult> for FindingBody {
    fn from(result: FindingResult) -> Self {
        match result {
            FindingResult::PassFail { pass } => Self::PassFail { pass },
            FindingResult::Grade { grade } => Self::Grade { grade: grade.into() },
            FindingResult::Faults { count, by_phrase } => {
                let each = |one: PhraseCount| PhraseBody { phrase: one.phrase, count: one.count };
                Self::Faults { count, by_phrase: by_phrase.into_iter().map(each).collect() }
            }
            FindingResult::Count { count } => Self::Count { count },
            FindingResult::Ratio { observed, total } => Self::Ratio { observed, total },
            FindingResult::Timed { observed, total, watch } => Self::Timed { observed, total, watch: watch.into() },
            FindingResult::Interview { correct, asked } => Self::Interview { correct, asked },
            FindingResult::NotApplicable { reason } => Self::NotApplicable { reason },
        }
    }
}

/// A site of a round to be given to somebody else, or to somebody who visits it a second time.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
pub struct GiveSite {
    /// Made by the client; the same command is applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// Who is to visit it; none: any inspector, or nobody a second time.
    #[schema(value_type = Option<String>)]
    pub inspector_id: Option<PersonId>,
    /// `assess`, or `agreement` for the second visit, whose inspector does not know what the first one saw.
    #[serde(default)]
    #[schema(value_type = String)]
    pub purpose: VisitPurpose,
}

/// A visit to be begun.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct StartVisit {
    /// Made by the client; the same command is applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// The round.
    #[schema(value_type = String)]
    pub round_id: RoundId,
    /// The site.
    #[schema(value_type = String)]
    pub site_id: SiteId,
    /// When it was begun, by the device's corrected clock.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub started_at: Option<Moment>,
    /// Where the device was.
    pub position: Option<Position>,
    /// Radius within which the device believed to be, in metres.
    #[serde(default)]
    pub accuracy_m: Option<u32>,
}

/// An item marked.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct MarkItem {
    /// Made by the client; the same command is applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// What was observed.
    pub result: FindingBody,
    /// The typical fault that was picked.
    #[serde(default)]
    pub phrase: String,
    /// What was written beside.
    #[serde(default)]
    pub note: String,
    /// Photographs, sent before.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub media_ids: Vec<MediaId>,
}

/// A finding.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct FindingView {
    /// Identity.
    #[schema(value_type = String)]
    pub id: Uuid,
    /// The item.
    #[schema(value_type = String)]
    pub item_id: ItemId,
    /// What was observed.
    pub result: FindingBody,
    /// Faults it stands for; none if it does not apply.
    pub faults: Option<u32>,
    /// Whether the item passes; none if it does not apply.
    pub pass: Option<bool>,
    /// By how many seconds an observation was shorter than the item asks; it counts nevertheless.
    #[serde(default)]
    pub short_by: Option<u32>,
    /// The typical fault that was picked.
    pub phrase: String,
    /// What was written beside.
    pub note: String,
    /// Photographs.
    #[schema(value_type = Vec<String>)]
    pub media_ids: Vec<MediaId>,
    /// When it was really marked.
    #[schema(value_type = String, format = DateTime)]
    pub made_at: Moment,
    /// The problem made of it.
    #[schema(value_type = Option<String>)]
    pub problem_id: Option<ProblemId>,
    /// The words that it was judged by, where the item has others now.
    #[serde(default)]
    pub judged_by: Option<WordingView>,
}

/// The words that a checklist item had.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct WordingView {
    /// What was looked at.
    pub text: String,
    /// How it was judged, in words.
    pub judgement_words: String,
    /// Exceptions.
    pub carve_out: String,
}

/// One visit with the checklist of its site.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct VisitView {
    /// Identity.
    #[schema(value_type = String)]
    pub id: Uuid,
    /// Grows when the visit is finished; marking items does not change it.
    pub version: i64,
    /// The round.
    pub round: RoundRef,
    /// The site.
    pub site: SiteRef,
    /// The site's address.
    pub address: String,
    /// Who visits.
    pub inspector: Option<PersonRef>,
    /// 1 for the first visit of the site in the round.
    pub ordinal: i64,
    /// When it was begun.
    #[schema(value_type = String, format = DateTime)]
    pub started_at: Moment,
    /// When it was finished.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub finished_at: Option<Moment>,
    /// When its end arrived, if it was made without network.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub arrived_at: Option<Moment>,
    /// When it was really begun: not when it counts, where it was under way for more than 24 hours.
    #[schema(value_type = String, format = DateTime)]
    pub begun_at: Moment,
    /// When it was really finished.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ended_at: Option<Moment>,
    /// `assess`, `agreement` or `late`.
    #[schema(value_type = String)]
    pub purpose: VisitPurpose,
    /// The checklist in its order.
    pub items: Vec<ItemView>,
    /// What was found so far.
    pub findings: Vec<FindingView>,
    /// Problems at the site, newest first.
    pub past_problems: Vec<ProblemBrief>,
}

/// A site that waits for the inspector.
#[derive(Debug, Serialize, ToSchema)]
pub struct MyVisit {
    /// The round.
    pub round: RoundRef,
    /// The site.
    pub site: SiteRef,
    /// Address.
    pub address: String,
    /// Where it is.
    pub position: Option<Position>,
    /// `waiting`, `visiting` or `visited`.
    pub state: String,
    /// The visit, once begun.
    #[schema(value_type = Option<String>)]
    pub visit_id: Option<Uuid>,
    /// The day on which it is to be visited, once routes are planned.
    pub visit_on: Option<NaiveDate>,
}

/// A result for a whole measure, as it is entered.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ResultBody {
    /// The points earned, as decided elsewhere; the rule is not applied.
    Points {
        /// Between 0 and the measure's points, as decimal text or a fraction.
        #[schema(value_type = String)]
        points: Exact,
    },
    /// A share in per cent.
    Percent {
        /// Between 0 and 100, as decimal text or a fraction.
        #[schema(value_type = String)]
        percent: Exact,
    },
    /// Passed or not.
    PassFail {
        /// Whether it passes.
        pass: bool,
    },
    /// A grade.
    Grade {
        /// The grade.
        grade: GradeName,
    },
    /// Faults.
    Faults {
        /// How many.
        count: u32,
    },
    /// A number of things.
    Count {
        /// How many.
        count: u32,
    },
    /// A share as two counts.
    Ratio {
        /// How many comply.
        observed: u32,
        /// Out of how many.
        total: u32,
    },
    /// A share as two counts, gathered by watching for a time.
    Timed {
        /// How many comply.
        observed: u32,
        /// Out of how many.
        total: u32,
        /// From when, how long, and minute by minute.
        watch: WatchBody,
    },
    /// The gate of the rule has failed.
    GateFailed,
}

/// A result to be entered.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct EnterResult {
    /// Made by the client; the same command is applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// The round.
    #[schema(value_type = String)]
    pub round_id: RoundId,
    /// The measure.
    #[schema(value_type = String)]
    pub measure_id: Uuid,
    /// The result.
    pub value: ResultBody,
    /// Where it comes from, in words.
    pub source: String,
}

/// An entered result.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ResultView {
    /// Identity.
    #[schema(value_type = String)]
    pub id: Uuid,
    /// The measure.
    #[schema(value_type = String)]
    pub measure_id: Uuid,
    /// The number of its criterion.
    pub number: String,
    /// The title of its criterion.
    pub title: String,
    /// Its method.
    #[schema(value_type = String)]
    pub method: Method,
    /// The result.
    pub value: ResultBody,
    /// Where it comes from, in words.
    pub source: String,
    /// Who entered it.
    pub entered_by: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub entered_at: Moment,
}
