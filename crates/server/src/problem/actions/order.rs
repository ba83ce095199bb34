//! A command as a page writes it, and the command of the rules that it means.

use chrono::NaiveDate;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use yipanqi_domain::calendar::Limit;
use yipanqi_domain::id::{CommandId, CriterionId, MediaId, ProblemId, UnitId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::problem::{Category, Command, CommandKind, StagePlan, Urgency};

use crate::error::Error;
use crate::problem::views::{LimitBody, StageBody};

/// A command as a page sends it: the fields that the kind needs are filled, the others left out.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CommandInput {
    /// Made by the client; the same id and body are applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// The version the page has seen.
    pub version: u64,
    /// What is to be done, with its fields.
    #[serde(flatten)]
    pub order: Order,
}

/// What is to be done with a problem.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Order {
    /// The kind of command.
    #[schema(value_type = String)]
    pub command: CommandKind,
    /// Why.
    #[serde(default)]
    pub reason: Option<String>,
    /// What was done, or a remark.
    #[serde(default)]
    pub note: Option<String>,
    /// How a public report was verified.
    #[serde(default)]
    pub check: Option<String>,
    /// How far it has come.
    #[serde(default)]
    pub progress: Option<String>,
    /// What will be done during a deferral.
    #[serde(default)]
    pub plan: Option<String>,
    /// The unit that gets it.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub unit_id: Option<UnitId>,
    /// Units that support it.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub supporting: Vec<UnitId>,
    /// How long it has.
    #[serde(default)]
    #[schema(value_type = Option<LimitBody>)]
    pub limit: Option<Limit>,
    /// The due moment asked for.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub until: Option<Moment>,
    /// The day of review.
    #[serde(default)]
    pub review_on: Option<NaiveDate>,
    /// The problem to merge into.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub into: Option<ProblemId>,
    /// Photographs.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub media_ids: Vec<MediaId>,
    /// Limits on the way.
    #[serde(default)]
    #[schema(value_type = Vec<StageBody>)]
    pub stages: Vec<StagePlan>,
    /// Which stage, from 0.
    #[serde(default)]
    pub stage: Option<usize>,
    /// Its kind.
    #[serde(default)]
    pub category: Option<String>,
    /// How pressing it is.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub urgency: Option<Urgency>,
    /// Its criteria.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    pub criteria: Option<Vec<CriterionId>>,
    /// When it was made, where it was made without network; corrected by the clock's offset.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub made_at: Option<Moment>,
}

fn needed<T>(field: &str, value: Option<T>) -> Result<T, Error> {
    value.ok_or_else(|| Error::invalid(field, "problem_field_missing").with("field", field))
}

impl Order {
    /// Progress as a command of its own, with words and photographs.
    #[must_use]
    pub fn progress(note: String, media_ids: Vec<MediaId>) -> Self {
        Self {
            command: CommandKind::Rectify,
            reason: None,
            note: Some(note),
            check: None,
            progress: None,
            plan: None,
            unit_id: None,
            supporting: Vec::new(),
            limit: None,
            until: None,
            review_on: None,
            into: None,
            media_ids,
            stages: Vec::new(),
            stage: None,
            category: None,
            urgency: None,
            criteria: None,
            made_at: None,
        }
    }

    /// The command of the rules. Texts left out are empty, so that the rules themselves say which are required.
    pub(super) fn command(&self) -> Result<Command, Error> {
        let reason = self.reason.clone().unwrap_or_default();
        let note = self.note.clone().filter(|note| !note.trim().is_empty());
        let words = note.clone().unwrap_or_default();
        let (photos, limit) = (self.media_ids.clone(), self.limit);
        Ok(match self.command {
            CommandKind::Register | CommandKind::Imported | CommandKind::SettleDue | CommandKind::RequestReopen => {
                return Err(Error::new("problem_command_not_open"));
            }
            CommandKind::File => Command::File { check: self.check.clone() },
            CommandKind::Dismiss => Command::Dismiss { reason },
            CommandKind::Merge => Command::Merge { into: needed("into", self.into)? },
            CommandKind::Unmerge => Command::Unmerge { reason },
            CommandKind::Assign => Command::Assign {
                unit: needed("unit_id", self.unit_id)?,
                supporting: self.supporting.iter().copied().collect(),
                limit: needed("limit", limit)?,
                urgency: self.urgency,
            },
            CommandKind::Acknowledge => Command::Acknowledge,
            CommandKind::Decline => Command::Decline { reason },
            CommandKind::AcceptDecline => Command::AcceptDecline { note },
            CommandKind::RefuseDecline => Command::RefuseDecline { reason },
            CommandKind::Transfer => Command::Transfer { to: needed("unit_id", self.unit_id)?, reason },
            CommandKind::ApproveTransfer => Command::ApproveTransfer { limit },
            CommandKind::RefuseTransfer => Command::RefuseTransfer { reason },
            CommandKind::Rectify => Command::Rectify { note: words, photos },
            CommandKind::Submit => Command::Submit { note: words, after_photos: photos },
            CommandKind::Return => Command::Return { reason, limit },
            CommandKind::Verify => Command::Verify { note, photos },
            CommandKind::Extend => Command::Extend {
                reason,
                progress: self.progress.clone().unwrap_or_default(),
                until: needed("until", self.until)?,
            },
            CommandKind::ApproveExtension => Command::ApproveExtension { note },
            CommandKind::RefuseExtension => Command::RefuseExtension { reason },
            CommandKind::Defer => Command::Defer {
                reason,
                plan: self.plan.clone().unwrap_or_default(),
                review_on: needed("review_on", self.review_on)?,
            },
            CommandKind::ApproveDeferral => Command::ApproveDeferral { note },
            CommandKind::RefuseDeferral => Command::RefuseDeferral { reason },
            CommandKind::Resume => Command::Resume { note, limit },
            CommandKind::Reclassify => Command::Reclassify {
                category: self.category.clone().map(Category),
                urgency: self.urgency,
                criteria: self.criteria.as_ref().map(|criteria| criteria.iter().copied().collect()),
                limit,
                reason,
            },
            CommandKind::Urge => Command::Urge { note: words },
            CommandKind::SetStages => Command::SetStages { stages: self.stages.clone() },
            CommandKind::CompleteStage => Command::CompleteStage { stage: needed("stage", self.stage)?, note: words },
            CommandKind::RefuseReopen => Command::RefuseReopen { reason },
            CommandKind::Seal => Command::Seal { reason },
            CommandKind::Unseal => Command::Unseal { reason },
            CommandKind::Reopen => Command::Reopen { reason, limit: needed("limit", limit)?, unit: self.unit_id },
        })
    }
}
