//! What slips look like from outside.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use yipanqi_domain::id::{MediaId, ProblemId, SlipId, UnitId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::slip::{SlipColour, SlipCommand, SlipCommandKind, SlipState};
use yipanqi_store::slip::{KeptSlip, SlipStep};

use crate::session::UnitRef;

/// The problem on which a slip hangs.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SlipProblem {
    /// Identity.
    #[schema(value_type = String)]
    pub id: ProblemId,
    /// The number as written.
    pub text_number: String,
    /// A few words.
    pub title: String,
    /// Where.
    pub place: String,
}

/// A line of the list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SlipRow {
    /// Identity.
    #[schema(value_type = String)]
    pub id: SlipId,
    /// How grave.
    #[schema(value_type = String)]
    pub colour: SlipColour,
    /// Where it stands.
    #[schema(value_type = String)]
    pub state: SlipState,
    /// Its number as printed; none before issue.
    pub text_number: Option<String>,
    /// The problem.
    pub problem: SlipProblem,
    /// The unit it goes to.
    pub unit: Option<UnitRef>,
    /// When it was proposed.
    #[schema(value_type = String, format = DateTime)]
    pub proposed_at: Moment,
    /// When it was issued.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub issued_at: Option<Moment>,
    /// When the reply is due.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub reply_until: Option<Moment>,
    /// Issued, not answered, past due.
    pub expired: bool,
    /// Given back with a command.
    pub version: u64,
}

impl SlipRow {
    /// A line with its names at a moment.
    #[must_use]
    pub fn of(kept: &KeptSlip, problem: SlipProblem, unit: Option<UnitRef>, now: Moment) -> Self {
        let slip = &kept.slip;
        let reply_until = slip.reply_due.moment();
        let unanswered = matches!(slip.state, SlipState::Issued | SlipState::Received | SlipState::NotAccepted);
        Self {
            id: slip.id,
            colour: slip.colour,
            state: slip.state,
            text_number: slip.number.map(|number| number.to_string()),
            problem,
            unit,
            proposed_at: kept.proposed_at,
            issued_at: slip.issued_at,
            reply_until,
            expired: unanswered && reply_until.is_some_and(|until| until < now),
            version: slip.version,
        }
    }
}

/// An entry of a slip's history.
#[derive(Debug, Serialize, ToSchema)]
pub struct SlipStepView {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Moment,
    /// Who.
    pub actor: String,
    /// The command.
    #[schema(value_type = String)]
    pub command: SlipCommandKind,
    /// To where.
    #[schema(value_type = String)]
    pub to: SlipState,
    /// What was said with it.
    pub text: Option<String>,
    /// Photographs.
    #[schema(value_type = Vec<String>)]
    pub media: Vec<MediaId>,
}

impl From<&SlipStep> for SlipStepView {
    fn from(step: &SlipStep) -> Self {
        let (text, media) = match &step.change.command {
            SlipCommand::Issue { .. } | SlipCommand::Receive => (None, Vec::new()),
            SlipCommand::Reply { text, evidence } => (Some(text.clone()), evidence.clone()),
            SlipCommand::Accept { note } => (note.clone(), Vec::new()),
            SlipCommand::NotAccept { reason }
            | SlipCommand::Appeal { reason }
            | SlipCommand::RejectAppeal { reason }
            | SlipCommand::Withdraw { reason }
            | SlipCommand::Lift { reason } => (Some(reason.clone()), Vec::new()),
        };
        let kind = step.change.command.kind();
        Self { at: step.change.at, actor: step.actor_name.clone(), command: kind, to: step.change.to, text, media }
    }
}

/// A slip's page.
#[derive(Debug, Serialize, ToSchema)]
pub struct SlipView {
    /// The line of the list.
    #[serde(flatten)]
    pub row: SlipRow,
    /// Who signed.
    pub signer: String,
    /// What made it reached: the ladder's trigger.
    #[schema(value_type = Object)]
    pub grounds: serde_json::Value,
    /// Its history.
    pub steps: Vec<SlipStepView>,
    /// The commands open to the reader.
    #[schema(value_type = Vec<String>)]
    pub allowed: Vec<SlipCommandKind>,
}

/// A page of slips.
#[derive(Debug, Serialize, ToSchema)]
pub struct SlipList {
    /// The lines, newest first.
    pub items: Vec<SlipRow>,
    /// How many there are in all.
    pub total: u64,
    /// Which page, from 1.
    pub page: u64,
    /// Lines a page.
    pub size: u64,
}

/// Which slips to list.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct SlipQuery {
    /// States.
    #[param(value_type = Vec<String>)]
    pub state: Vec<SlipState>,
    /// Colours.
    #[param(value_type = Vec<String>)]
    pub colour: Vec<SlipColour>,
    /// Units.
    #[param(value_type = Vec<String>)]
    pub unit: Vec<UnitId>,
    /// Problems.
    #[param(value_type = Vec<String>)]
    pub problem: Vec<ProblemId>,
    /// Only those whose reply is past due.
    pub expired: bool,
    /// Which page, from 1.
    pub page: Option<u64>,
    /// Lines a page, 10 to 200.
    pub size: Option<u64>,
}

/// How many slips were proposed.
#[derive(Debug, Serialize, ToSchema)]
pub struct Swept {
    /// New proposals.
    pub proposed: u64,
    /// A year without calendar for which some problems wait; the others were looked at.
    pub missing_year: Option<i32>,
}
