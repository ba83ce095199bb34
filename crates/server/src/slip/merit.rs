//! Black plates 流动黑牌 and notes of praise 表扬: proposed from the figures of a period, decided by a person, kept for ever.

use chrono::{Datelike as _, Days, NaiveDate, NaiveTime};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use yipanqi_domain::id::{CommandId, UnitId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::problem::rates::Period;
use yipanqi_domain::problem::statistics::{RateKind, rates};
use yipanqi_domain::slip::merit::{End, UnitFigure, placed};
use yipanqi_domain::unit::UnitKind;
use yipanqi_store::merit::{self as store, Merit, MeritBody, MeritKind, MeritState};
use yipanqi_store::problem::ProblemFilter;
use yipanqi_store::{ReadTx, number, statistics, unit};

use crate::error::{Error, FailureBody};
use crate::notice::{Herald, Told};
use crate::problem::Rules;
use crate::request::{CityCtx, Json, Path, Query};
use crate::session::UnitRef;

/// Problems below which a unit is not compared.
const MINIMUM: u64 = 5;

/// A black plate or a note of praise.
#[derive(Debug, Serialize, ToSchema)]
pub struct MeritView {
    /// Identity.
    #[schema(value_type = String)]
    pub id: Uuid,
    /// `black_plate` or `praise`.
    #[schema(value_type = String)]
    pub kind: MeritKind,
    /// `proposed`, `confirmed`, `dismissed`, `ended`.
    #[schema(value_type = String)]
    pub state: MeritState,
    /// The peer group.
    pub peer: String,
    /// Whose.
    pub unit: Option<UnitRef>,
    /// First day of the period.
    pub from: NaiveDate,
    /// Last day of the period.
    pub to: NaiveDate,
    /// The number of a confirmed note, as printed.
    pub text_number: Option<String>,
    /// Closed on time.
    pub numerator: u64,
    /// Due in the period.
    pub denominator: u64,
    /// Units that could be compared.
    pub among: usize,
    /// Why it was decided so.
    pub note: String,
    /// Who decided.
    pub decided_by: String,
    /// When it was proposed.
    #[schema(value_type = String, format = DateTime)]
    pub proposed_at: Moment,
    /// When it was decided.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub decided_at: Option<Moment>,
    /// When the plate moved on.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ended_at: Option<Moment>,
    /// Given back with a decision.
    pub version: i64,
}

/// Which of the two.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct MeritQuery {
    /// `black_plate` or `praise`.
    #[param(value_type = String)]
    pub kind: MeritKind,
}

async fn views(ctx: &CityCtx, tx: &ReadTx, kind: MeritKind) -> Result<Vec<MeritView>, Error> {
    let names = unit::directory(tx).await?;
    let decides = ctx.allow_right(yipanqi_domain::access::Right::IssueSlip, &yipanqi_domain::access::Place::City).is_ok();
    // What is only proposed, or was decided against, is nobody's else.
    let shown = |merit: &Merit| decides || matches!(merit.state, MeritState::Confirmed | MeritState::Ended);
    let view = |merit: Merit| MeritView {
        id: merit.id,
        kind: merit.kind,
        state: merit.state,
        peer: merit.peer,
        unit: names.get(merit.unit).map(UnitRef::from),
        from: merit.from,
        to: merit.to,
        text_number: merit.number.map(|(year, number)| format!("〔{year}〕{number}号")),
        numerator: merit.body.rate.numerator,
        denominator: merit.body.rate.denominator,
        among: merit.body.among,
        note: merit.body.note,
        decided_by: merit.body.decided_by,
        proposed_at: merit.proposed_at,
        decided_at: merit.decided_at,
        ended_at: merit.ended_at,
        version: merit.version,
    };
    Ok(store::list(tx, kind).await?.into_iter().filter(shown).map(view).collect())
}

/// Black plates or notes of praise with their history, newest first.
#[utoipa::path(get, path = "/api/merits", tag = "slip", params(MeritQuery),
    responses((status = 200, body = Vec<MeritView>), (status = 400, body = FailureBody)))]
pub async fn list(ctx: CityCtx, Query(query): Query<MeritQuery>) -> Result<Json<Vec<MeritView>>, Error> {
    let tx = ctx.read().await?;
    Ok(Json(views(&ctx, &tx, query.kind).await?))
}

/// For which period.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ProposalInput {
    /// Made by the client; the same id and body are applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// `black_plate` or `praise`.
    #[schema(value_type = String)]
    pub kind: MeritKind,
    /// First day.
    pub from: NaiveDate,
    /// Last day: over.
    pub to: NaiveDate,
}

/// Propose whoever stands last (or first) in each peer group by the rate of closing on time.
#[utoipa::path(post, path = "/api/merits/propose", tag = "slip", request_body = ProposalInput,
    responses((status = 200, body = Vec<MeritView>), (status = 409, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn propose(ctx: CityCtx, Json(input): Json<ProposalInput>) -> Result<Json<Vec<MeritView>>, Error> {
    let mut tx = ctx.write().await?;
    if ctx.once::<()>(&mut tx, input.command_id, &input).await?.is_none() {
        if input.from > input.to {
            return Err(Error::invalid("to", "period_backwards"));
        }
        if input.to >= ctx.today() {
            return Err(Error::invalid("to", "period_not_over"));
        }
        let figures = figures(&tx, &ctx, input.from, input.to).await?;
        let end = match input.kind {
            MeritKind::BlackPlate => End::Worst,
            MeritKind::Praise => End::Best,
        };
        for group in placed(&figures, MINIMUM, end) {
            for figure in group.figures {
                let body = MeritBody { rate: figure.rate, among: group.among, note: String::new(), decided_by: String::new() };
                let new = Merit {
                    id: Uuid::now_v7(),
                    kind: input.kind,
                    state: MeritState::Proposed,
                    peer: group.peer.clone(),
                    unit: figure.unit,
                    from: input.from,
                    to: input.to,
                    number: None,
                    body,
                    proposed_at: ctx.moment,
                    decided_at: None,
                    ended_at: None,
                    version: 1,
                };
                if store::propose(&tx, &new).await? {
                    tx.audit("merit.propose", "merit", &new.id.to_string(), &figure)?;
                }
            }
        }
        ctx.answer_once(&mut tx, input.command_id, &()).await?;
        tx.commit().await?;
    }
    let tx = ctx.read().await?;
    Ok(Json(views(&ctx, &tx, input.kind).await?))
}

/// Every street's and department's rate of closing on time.
async fn figures(tx: &ReadTx, ctx: &CityCtx, from: NaiveDate, to: NaiveDate) -> Result<Vec<UnitFigure>, Error> {
    let rules = Rules::load(tx, ctx.moment).await?;
    let period = Period {
        from: rules.calendar.moment(from, NaiveTime::MIN),
        to: rules.calendar.moment(to + Days::new(1), NaiveTime::MIN),
    };
    let facts = statistics::facts(tx, &ProblemFilter::default(), period).await?;
    let mut figures = Vec::new();
    for unit in unit::directory(tx).await?.units() {
        let peer = match unit.kind {
            UnitKind::Street => "street",
            UnitKind::Department => "department",
            _ => continue,
        };
        let line: std::collections::BTreeSet<UnitId> = ctx.tree.descendants(unit.id).into_iter().chain([unit.id]).collect();
        let mine = facts.iter().map(|placed| &placed.fact).filter(|fact| fact.unit.is_some_and(|unit| line.contains(&unit)));
        let rate = rates(mine, period).remove(&RateKind::OnTime).unwrap_or_default();
        figures.push(UnitFigure { unit: unit.id, code: unit.code.clone(), peer: peer.to_owned(), rate });
    }
    Ok(figures)
}

/// How it was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MeritDecision {
    /// So it shall be.
    Confirm,
    /// Not so.
    Dismiss,
    /// The plate is taken down without moving.
    End,
}

/// A decision.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct MeritDecideInput {
    /// Made by the client; the same id and body are applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// The version the page has seen.
    pub version: i64,
    /// How.
    pub decision: MeritDecision,
    /// Why; needed to dismiss and to take down.
    #[serde(default)]
    pub note: String,
}

/// Decide on a proposal. A confirmed plate moves from whoever of the peer group had it; a confirmed note takes its number.
#[utoipa::path(post, path = "/api/merits/{id}/decide", tag = "slip", params(("id" = String, Path)), request_body = MeritDecideInput,
    responses((status = 200, body = Vec<MeritView>), (status = 404, body = FailureBody), (status = 409, body = FailureBody)))]
pub async fn decide(
    ctx: CityCtx,
    Path(id): Path<Uuid>,
    Json(input): Json<MeritDecideInput>,
) -> Result<Json<Vec<MeritView>>, Error> {
    let mut tx = ctx.write().await?;
    let missing = |error| match error {
        yipanqi_store::StoreError::NotFound { .. } => Error::new("merit_not_found"),
        other => other.into(),
    };
    let mut merit = store::get(&tx, id).await.map_err(missing)?;
    let kind = merit.kind;
    if ctx.once::<()>(&mut tx, input.command_id, &(id, &input)).await?.is_none() {
        if merit.version != input.version {
            return Err(Error::new("version_conflict").with("version", merit.version));
        }
        let note = input.note.trim();
        merit.state = match (merit.state, input.decision) {
            (MeritState::Proposed, MeritDecision::Confirm) => MeritState::Confirmed,
            (MeritState::Proposed, MeritDecision::Dismiss) if !note.is_empty() => MeritState::Dismissed,
            (MeritState::Confirmed, MeritDecision::End) if kind == MeritKind::BlackPlate && !note.is_empty() => MeritState::Ended,
            (MeritState::Proposed, MeritDecision::Dismiss) | (MeritState::Confirmed, MeritDecision::End) => {
                return Err(Error::new("slip_reason_missing"));
            }
            _ => return Err(Error::new("merit_decided")),
        };
        let mut herald = Herald::default();
        if merit.state == MeritState::Confirmed {
            match kind {
                MeritKind::BlackPlate => hand_over(&mut tx, &merit, ctx.moment).await?,
                MeritKind::Praise => {
                    let year = i64::from(ctx.today().year());
                    merit.number = Some((year, number::next(&mut tx, &format!("praise-{year}")).await?));
                }
            }
            herald.unit(merit.unit, Told::Merit, &id.to_string(), "");
        }
        match merit.state {
            MeritState::Ended => merit.ended_at = Some(ctx.moment),
            MeritState::Proposed | MeritState::Confirmed | MeritState::Dismissed => merit.decided_at = Some(ctx.moment),
        }
        note.clone_into(&mut merit.body.note);
        merit.body.decided_by.clone_from(&ctx.name);
        merit.version += 1;
        store::save(&tx, &merit, input.version).await?;
        tx.audit("merit.decide", "merit", &id.to_string(), &input)?;
        herald.flush(&mut tx, ctx.today()).await?;
        ctx.answer_once(&mut tx, input.command_id, &()).await?;
        tx.commit().await?;
    }
    let tx = ctx.read().await?;
    Ok(Json(views(&ctx, &tx, kind).await?))
}

/// The plate leaves whoever of the same peer group has it, for an earlier period.
async fn hand_over(tx: &mut yipanqi_store::WriteTx, next: &Merit, at: Moment) -> Result<(), Error> {
    for mut held in store::list(tx, MeritKind::BlackPlate).await? {
        let other = held.state == MeritState::Confirmed && held.peer == next.peer && held.id != next.id;
        if other && (held.from, held.to) != (next.from, next.to) {
            let read_version = held.version;
            held.state = MeritState::Ended;
            held.ended_at = Some(at);
            held.version += 1;
            store::save(tx, &held, read_version).await?;
            tx.audit("merit.move", "merit", &held.id.to_string(), &next.id)?;
        }
    }
    Ok(())
}
