//! What the comparison takes and tells.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use yipanqi_domain::id::{CommandId, ItemId, MediaId, PersonId, ProblemId, RoundId, UnitId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::round::contrast::Sighting;

use crate::figure::{Figure, Rate};
use crate::round::views::{FindingBody, RoundRef};
use crate::session::{PersonRef, UnitRef};
use crate::site::SiteRef;

/// How far back visits count.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct WindowQuery {
    /// Days before a fault, its own day included; 90 by default.
    pub days: Option<u32>,
}

/// Which lines; repeat a name to give several.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct LineQuery {
    /// The external round.
    #[param(value_type = String)]
    pub round: Uuid,
    /// Days before a fault, its own day included; 90 by default.
    pub days: Option<u32>,
    /// Words of the fault, its site or its item.
    pub q: String,
    /// `found`, `lenient`, `unlooked`, `blind`, `unplaced` or `ours_only`.
    #[param(value_type = Vec<String>)]
    pub sighting: Vec<Sighting>,
    /// Items; `unclear` for faults whose item is not clear.
    pub item: Vec<String>,
    /// Only as this inspector's visits saw it.
    #[param(value_type = Vec<String>)]
    pub inspector: Vec<PersonId>,
    /// Only as the visits of this round of ours saw it.
    #[param(value_type = Vec<String>)]
    pub own_round: Vec<RoundId>,
    /// Types of sites.
    #[param(value_type = Vec<String>)]
    pub site_type: Vec<Uuid>,
    /// Streets and towns.
    #[param(value_type = Vec<String>)]
    pub street: Vec<UnitId>,
    /// `site`, `day`, `deduction` or `sighting`; `-` before it turns the order. By site by default.
    pub sort: String,
    /// The page, from 1.
    pub page: Option<u64>,
    /// Rows per page, 10 to 200.
    pub size: Option<u64>,
}

/// Faults by what we had made of them.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ContrastCounts {
    /// Faults for which they deducted.
    pub deducted: u64,
    /// We had found them.
    pub found: u64,
    /// We had passed them.
    pub lenient: u64,
    /// We had been there and not judged the item.
    pub unlooked: u64,
    /// We had not been there.
    pub blind: u64,
    /// They name no registered site.
    pub unplaced: u64,
    /// Items that only we failed where they deducted for something else.
    pub ours_only: u64,
    /// What we had found of what both looked at.
    pub share: Rate,
    /// The points they deducted.
    pub points: Figure,
}

/// The same of one item, inspector, round, type or street.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ContrastRow {
    /// Its identity; none for faults of which it is not clear.
    pub id: Option<String>,
    /// Its code or number.
    pub code: String,
    /// Its name.
    pub name: String,
    /// The counts.
    pub counts: ContrastCounts,
}

/// A higher level's round beside our own.
#[derive(Debug, Serialize, ToSchema)]
pub struct ContrastView {
    /// The round.
    pub round: RoundRef,
    /// Days before a fault in which a visit of ours counts.
    pub days: u32,
    /// All of it.
    pub total: ContrastCounts,
    /// By checklist item; the one without identity are faults whose item is not clear.
    pub items: Vec<ContrastRow>,
    /// By inspector: each as that inspector's own visits saw it.
    pub inspectors: Vec<ContrastRow>,
    /// By round of ours: each as the visits of that round saw it.
    pub rounds: Vec<ContrastRow>,
    /// By type of site.
    pub site_types: Vec<ContrastRow>,
    /// By street or town.
    pub streets: Vec<ContrastRow>,
}

/// An item by its code and words.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ItemRef {
    /// Identity.
    #[schema(value_type = String)]
    pub id: ItemId,
    /// Its code.
    pub code: String,
    /// What is looked at.
    pub text: String,
}

/// How it is known which item a fault means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Naming {
    /// Somebody said so.
    Person,
    /// Its words contain a typical fault of one item.
    Words,
    /// Its words fit several items.
    Several,
    /// Its words fit none.
    Nothing,
}

/// The visit of ours that decides a line.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ContrastVisit {
    /// The visit.
    #[schema(value_type = String)]
    pub id: Uuid,
    /// Its round.
    pub round: RoundRef,
    /// Whose it was.
    pub inspector: Option<PersonRef>,
    /// When it was finished.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub finished_at: Option<Moment>,
    /// What was observed for the item; none where it was not judged.
    pub result: Option<FindingBody>,
    /// Whether that passed.
    pub pass: Option<bool>,
    /// Our photographs of it.
    #[schema(value_type = Vec<String>)]
    pub media: Vec<MediaId>,
}

/// A fault of theirs beside what we had seen, or a fault that only we found.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ContrastLine {
    /// Of the problem, or of our finding.
    pub id: String,
    /// What we had made of it.
    #[schema(value_type = String)]
    pub sighting: Sighting,
    /// Their fault.
    #[schema(value_type = Option<String>)]
    pub problem_id: Option<ProblemId>,
    /// The problem's running number.
    pub number: Option<i64>,
    /// What they wrote.
    pub description: String,
    /// Their category.
    pub category: String,
    /// The day on which they saw it, or we did.
    pub day: NaiveDate,
    /// What they deducted, as they wrote it.
    pub deduction: Option<Figure>,
    /// The site.
    pub site: Option<SiteRef>,
    /// The place in words.
    pub place: String,
    /// Street or town.
    pub street: Option<UnitRef>,
    /// The type of the site.
    #[schema(value_type = Option<String>)]
    pub site_type_id: Option<Uuid>,
    /// The item.
    pub item: Option<ItemRef>,
    /// How the item is known.
    pub naming: Naming,
    /// Our visit that decides it.
    pub visit: Option<ContrastVisit>,
}

/// Lines as a list answers them.
#[derive(Debug, Serialize, ToSchema)]
pub struct ContrastList {
    /// The rows of the page.
    pub items: Vec<ContrastLine>,
    /// Rows in all.
    pub total: u64,
    /// The page, from 1.
    pub page: u64,
    /// Rows per page.
    pub size: u64,
    /// What the rows come to.
    pub totals: ContrastCounts,
}

/// Which item a fault means.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
pub struct NameItem {
    /// Made by the client; the same command is applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// The problem of the external round.
    #[schema(value_type = String)]
    pub problem_id: ProblemId,
    /// The item; none: what its words say.
    #[schema(value_type = Option<String>)]
    pub item_id: Option<ItemId>,
}
