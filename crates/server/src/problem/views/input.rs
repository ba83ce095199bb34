//! What is sent: a registration, a command for many, and what became of each.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use yipanqi_domain::id::{CommandId, CriterionId, ItemId, MediaId, ProblemId, SiteId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::problem::{Source, Urgency};

/// What registering a problem takes.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RegisterInput {
    /// Made by the client; the same id and body are applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// How it became known.
    #[schema(value_type = String)]
    pub source: Source,
    /// A few words.
    pub title: String,
    /// What was seen.
    #[serde(default)]
    pub description: String,
    /// Its kind; left out, the one that follows from the site.
    #[serde(default)]
    pub category: String,
    /// How pressing it is.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub urgency: Option<Urgency>,
    /// Where, if at a registered site.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub site_id: Option<SiteId>,
    /// Where, in words.
    #[serde(default)]
    pub place_text: Option<String>,
    /// The key under which another system knows it; registered once.
    #[serde(default)]
    pub external_key: Option<String>,
    /// What the source's own form asks, by name.
    #[serde(default)]
    pub particulars: std::collections::BTreeMap<String, String>,
    /// The checklist item that failed.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub item_id: Option<ItemId>,
    /// The criterion it offends against.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub criterion_id: Option<CriterionId>,
    /// Whether a rectification needs the "after" photograph; yes unless said.
    #[serde(default)]
    pub requires_after_photo: Option<bool>,
    /// Whether it is kept from everybody but those who must know of it; the creation office alone says so.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub confidential: bool,
    /// The walk of a grid patrol on which it was found, by the identity that the phone made for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub patrol_id: Option<uuid::Uuid>,
    /// Photographs.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub media_ids: Vec<MediaId>,
    /// Where the device was; kept where no site is named.
    #[serde(default)]
    pub position: Option<crate::site::views::Position>,
    /// When it was seen, where it was reported without network; corrected by the clock's offset.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub made_at: Option<Moment>,
}

/// What became of one of many.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct BulkResult {
    /// Which problem.
    #[schema(value_type = String)]
    pub id: ProblemId,
    /// Whether it was done.
    pub ok: bool,
    /// Why not, by code.
    pub code: Option<String>,
    /// Why not, in words.
    pub message: Option<String>,
}

/// The answers of a bulk command.
#[derive(Debug, Serialize, ToSchema)]
pub struct BulkResults {
    /// One a problem.
    pub results: Vec<BulkResult>,
}

/// A problem in a bulk command.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct Target {
    /// Which.
    #[schema(value_type = String)]
    pub id: ProblemId,
    /// The version the page has seen.
    pub version: u64,
}

/// A command for many problems.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct BulkInput {
    /// Made by the client.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// Which problems.
    pub ids: Vec<Target>,
    /// What is to be done.
    #[serde(flatten)]
    pub order: crate::problem::actions::Order,
}
