//! What parties and what they were asked look like from outside.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use yipanqi_domain::id::{CommandId, MediaId, SiteId, UnitId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::party::{AskState, Decision, PartyAnswer, PartyKind};
use yipanqi_store::party::{Exchange, KeptAsk, Party};

use crate::session::UnitRef;
use crate::site::SiteRef;

/// Which parties.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct PartyQuery {
    /// Words of name, contact, telephone or address.
    pub q: String,
    /// Kinds.
    #[param(value_type = Vec<String>)]
    pub kind: Vec<PartyKind>,
    /// Streets and communities.
    #[param(value_type = Vec<String>)]
    pub unit: Vec<UnitId>,
    /// Only those that are there no more, or only those that are.
    pub gone: Option<bool>,
    /// The page, from 1.
    pub page: Option<u64>,
    /// Rows per page, 10 to 200.
    pub size: Option<u64>,
}

/// A responsible party.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PartyRow {
    /// Identity.
    #[schema(value_type = String)]
    pub id: Uuid,
    /// Its name as on its sign.
    pub name: String,
    /// What it is.
    #[schema(value_type = String)]
    pub kind: PartyKind,
    /// Who answers there.
    pub contact: String,
    /// That person's telephone.
    pub phone: String,
    /// Where it is.
    pub address: String,
    /// The site it belongs to.
    pub site: Option<SiteRef>,
    /// The street or community it belongs to.
    pub unit: Option<UnitRef>,
    /// Whether it is there no more.
    pub gone: bool,
    /// Remark.
    pub note: String,
    /// Times it was asked.
    pub asked: u64,
    /// Answers taken as evidence.
    pub accepted: u64,
    /// Found not to be its matter, or more than it can do.
    pub released: u64,
    /// Still open.
    pub open: u64,
    /// Given back with a change.
    pub version: i64,
}

/// Parties as a list answers them.
#[derive(Debug, Serialize, ToSchema)]
pub struct PartyList {
    /// The rows of the page.
    pub items: Vec<PartyRow>,
    /// Rows in all.
    pub total: u64,
    /// The page, from 1.
    pub page: u64,
    /// Rows per page.
    pub size: u64,
}

/// A party to be added or changed.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PartyInput {
    /// Made by the client; the same id and body are applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// Which; none for a new one.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub id: Option<Uuid>,
    /// The version the page has seen; 0 for a new one.
    #[serde(default)]
    pub version: i64,
    /// Its name as on its sign.
    pub name: String,
    /// What it is.
    #[schema(value_type = String)]
    pub kind: PartyKind,
    /// Who answers there.
    #[serde(default)]
    pub contact: String,
    /// That person's telephone.
    #[serde(default)]
    pub phone: String,
    /// Where it is.
    #[serde(default)]
    pub address: String,
    /// The site it belongs to.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub site_id: Option<SiteId>,
    /// The street or community it belongs to; that of the site if left out.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub unit_id: Option<UnitId>,
    /// Whether it is there no more.
    #[serde(default)]
    pub gone: bool,
    /// Remark.
    #[serde(default)]
    pub note: String,
}

/// A party that one asks for the first time.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct NewParty {
    /// Its name as on its sign.
    pub name: String,
    /// What it is.
    #[schema(value_type = String)]
    pub kind: PartyKind,
    /// Who answers there.
    #[serde(default)]
    pub contact: String,
    /// That person's telephone.
    #[serde(default)]
    pub phone: String,
}

/// A party to be asked to put a problem right.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AskInput {
    /// Made by the client; the same id and body are applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// The party; left out where a new one is named.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub party_id: Option<Uuid>,
    /// A party that is not in the register yet; it enters where the problem is.
    #[serde(default)]
    pub new_party: Option<NewParty>,
    /// What is said to it.
    #[serde(default)]
    pub words: String,
    /// Days for which the link holds, 1 to 30.
    pub days: u32,
}

/// What the unit says.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct DecideInput {
    /// Made by the client; the same id and body are applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// The version the page has seen.
    pub version: i64,
    /// `accept`, `return`, `revoke` (both with `reason`) or `renew`.
    #[serde(flatten)]
    #[schema(value_type = DecisionBody)]
    pub decision: Decision,
    /// Days for which a renewed or returned link holds, 1 to 30; 7 if left out.
    #[serde(default)]
    pub days: Option<u32>,
}

/// How somebody writes a decision; `domain::party::Decision` reads it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain reads it")]
pub struct DecisionBody {
    /// `accept`, `return`, `revoke` or `renew`.
    pub decision: String,
    /// Why; with `return` and `revoke`.
    pub reason: Option<String>,
}

/// One answer and what the unit said to it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ExchangeView {
    /// When the party answered.
    #[schema(value_type = String, format = DateTime)]
    pub at: Moment,
    /// `done`, `not_mine` or `cannot`.
    #[schema(value_type = String)]
    pub answer: PartyAnswer,
    /// In its words.
    pub words: String,
    /// With these photographs.
    #[schema(value_type = Vec<String>)]
    pub photos: Vec<MediaId>,
    /// Who decided.
    pub decided_by: Option<String>,
    /// When.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub decided_at: Option<Moment>,
    /// Whether the answer was taken; none while nobody has decided.
    pub taken: Option<bool>,
    /// Why not.
    pub reason: String,
}

impl From<&Exchange> for ExchangeView {
    fn from(exchange: &Exchange) -> Self {
        Self {
            at: exchange.at,
            answer: exchange.answer,
            words: exchange.words.clone(),
            photos: exchange.photos.clone(),
            decided_by: exchange.decided.as_ref().map(|(by, _)| by.clone()),
            decided_at: exchange.decided.as_ref().map(|(_, at)| *at),
            taken: exchange.taken,
            reason: exchange.reason.clone(),
        }
    }
}

/// A party that was asked.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AskView {
    /// Identity.
    #[schema(value_type = String)]
    pub id: Uuid,
    /// The party.
    #[schema(value_type = String)]
    pub party_id: Uuid,
    /// Its name.
    pub name: String,
    /// Who answers there.
    pub contact: String,
    /// That person's telephone.
    pub phone: String,
    /// How far it is.
    #[schema(value_type = String)]
    pub state: AskState,
    /// Whether the link has ended without an answer.
    pub expired: bool,
    /// Until when the link holds.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Moment,
    /// When the link was opened first.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub opened_at: Option<Moment>,
    /// What was said to it.
    pub words: String,
    /// Who asked.
    pub asked_by: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub asked_at: Moment,
    /// Answers, oldest first.
    pub exchanges: Vec<ExchangeView>,
    /// What the reader may decide: `accept`, `return`, `revoke`, `renew`.
    pub allowed: Vec<&'static str>,
    /// Given back with a decision.
    pub version: i64,
}

impl AskView {
    /// What was asked, at a moment.
    #[must_use]
    pub fn of(kept: &KeptAsk, party: Option<&Party>, allowed: Vec<&'static str>, now: Moment) -> Self {
        let waits = matches!(kept.ask.state, AskState::Open | AskState::Returned);
        Self {
            id: kept.id,
            party_id: kept.party,
            name: party.map(|party| party.name.clone()).unwrap_or_default(),
            contact: party.map(|party| party.contact.clone()).unwrap_or_default(),
            phone: party.map(|party| party.phone.clone()).unwrap_or_default(),
            state: kept.ask.state,
            expired: waits && now > kept.ask.expires_at,
            expires_at: kept.ask.expires_at,
            opened_at: kept.opened_at,
            words: kept.words.clone(),
            asked_by: kept.asked_name.clone(),
            asked_at: kept.asked_at,
            exchanges: kept.exchanges.iter().map(ExchangeView::from).collect(),
            allowed,
            version: kept.version,
        }
    }
}

/// A party that may be asked.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PartyChoice {
    /// Identity.
    #[schema(value_type = String)]
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// What it is.
    #[schema(value_type = String)]
    pub kind: PartyKind,
    /// Where it is.
    pub address: String,
}

/// Words by which a party is looked for.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct ChoiceQuery {
    /// Words of name, contact, telephone or address.
    pub q: String,
}

/// The parties of a problem.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemParties {
    /// Whom one has asked, oldest first.
    pub asks: Vec<AskView>,
    /// Whether the reader may ask another.
    pub may_ask: bool,
    /// Parties at the place that may be asked; those of the site first.
    pub choices: Vec<PartyChoice>,
}

/// A link as it was made; told once.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LinkMade {
    /// What was asked.
    #[schema(value_type = String)]
    pub ask_id: Uuid,
    /// The address to be sent; none where the same command was answered before: then renew it.
    pub link: Option<String>,
    /// The address as a code, SVG.
    pub code: Option<String>,
    /// Until when it holds.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Moment,
}

/// What the bearer of a link sees.
#[derive(Debug, Serialize, ToSchema)]
pub struct LinkView {
    /// The city.
    pub city: String,
    /// `waiting`, `answered` or `settled`.
    #[schema(value_type = String)]
    pub standing: yipanqi_domain::party::Standing,
    /// The party.
    pub party: String,
    /// A few words.
    pub title: String,
    /// What was seen; left out once it is settled.
    pub description: String,
    /// Where.
    pub place: String,
    /// Photographs of the fault.
    #[schema(value_type = Vec<String>)]
    pub before: Vec<MediaId>,
    /// When the unit has to be done.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub due_at: Option<Moment>,
    /// Until when an answer is taken.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Moment,
    /// The unit that asks.
    pub unit: String,
    /// The unit's telephone.
    pub unit_phone: String,
    /// Who asks.
    pub asked_by: String,
    /// What was said.
    pub words: String,
    /// Whether an answer that it is done needs a photograph.
    pub photo_required: bool,
    /// Photographs that may still be sent.
    pub photos_left: u64,
    /// What was answered so far, and what the unit said to it.
    pub exchanges: Vec<ExchangeView>,
}

/// What the party answers.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AnswerInput {
    /// Made by the page; the same id and body are applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// `done`, `not_mine` or `cannot`.
    #[schema(value_type = String)]
    pub answer: PartyAnswer,
    /// In words.
    #[serde(default)]
    pub words: String,
    /// Photographs that were sent by this link.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub photos: Vec<MediaId>,
}

/// A photograph that has arrived.
#[derive(Debug, Serialize, ToSchema)]
pub struct LinkPhoto {
    /// Identity.
    #[schema(value_type = String)]
    pub id: MediaId,
}
