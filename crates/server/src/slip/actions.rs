//! Intentions about slips: look who has reached a step, issue, answer.

use std::collections::HashMap;

use chrono::Datelike as _;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use yipanqi_domain::access::{Place, Right};
use yipanqi_domain::id::{CommandId, MediaId, ProblemId, SlipId};
use yipanqi_domain::problem::Due;
use yipanqi_domain::slip::{
    Facts, PastSlip, Policy, Proposal, Slip, SlipActor, SlipCommand, SlipCommandKind, SlipNumber, SlipState, StepKind, proposals,
};
use yipanqi_store::problem::{ClockFilter, ProblemFilter, ProblemSort};
use yipanqi_store::slip::{KeptSlip, SlipFilter, SlipStep};
use yipanqi_store::{ReadTx, WriteTx, number, problem, setting, slip as store};

use crate::error::Error;
use crate::problem::Rules;
use crate::request::CityCtx;

/// The key under which a city keeps its ladder.
pub const LADDER: &str = "slip_policy";
/// Problems looked at in one go.
const BATCH: u64 = 500;
/// Working days for a reply where the city has not decided.
const REPLY_DAYS: u32 = 3;

/// The ladder of the city.
///
/// # Errors
/// The store's.
pub async fn ladder(tx: &ReadTx) -> Result<Policy, Error> {
    Ok(setting::get(tx, LADDER).await?.unwrap_or_else(|| Policy::sample(REPLY_DAYS)))
}

/// Proposes a slip for every problem that has reached a step and was not proposed for it before; gives how many.
///
/// # Errors
/// `calendar_year_missing`, or the store's.
pub async fn sweep(ctx: &CityCtx) -> Result<u64, Error> {
    let mut tx = ctx.write().await?;
    let rules = Rules::load(&tx, ctx.moment).await?;
    let policy = ladder(&tx).await?;
    let late = ProblemFilter { clocks: vec![ClockFilter::Late(ctx.moment)], ..ProblemFilter::default() };
    let (mut offset, mut count) = (0, 0);
    loop {
        let kept = problem::list(&tx, &late, ProblemSort::default(), offset, BATCH).await?;
        let past = past(&tx, &kept.iter().map(|kept| kept.problem.id).collect::<Vec<_>>()).await?;
        let mut new = Vec::new();
        for kept in &kept {
            let known = past.get(&kept.problem.id).map(Vec::as_slice).unwrap_or_default();
            let facts = Facts { problem: &kept.problem, past: known, rebounds: u32::from(kept.problem.rebound_of.is_some()) };
            for proposal in proposals(&facts, &policy, &rules.calendar, ctx.moment)? {
                new.extend(propose(&proposal, kept, ctx));
            }
        }
        for slip in &new {
            tx.audit("slip.propose", "slip", &slip.slip.id.to_string(), &slip.slip)?;
            tx.event("slip", &slip.slip.id.to_string(), &[slip.slip.unit])?;
        }
        count += new.len() as u64;
        store::add(&tx, &new).await?;
        if (kept.len() as u64) < BATCH {
            break;
        }
        offset += BATCH;
    }
    tx.commit().await?;
    Ok(count)
}

/// The slip of a proposal; a reminder sends none, and where no unit is known nobody can be pressed.
fn propose(proposal: &Proposal, kept: &problem::Kept, ctx: &CityCtx) -> Option<KeptSlip> {
    let StepKind::Slip { colour, reply_limit } = proposal.kind else { return None };
    let slip = Slip {
        id: SlipId::new(Uuid::now_v7()),
        version: 1,
        colour,
        state: SlipState::Proposed,
        occasion: proposal.occasion.clone(),
        unit: kept.problem.unit?,
        reply_limit,
        number: None,
        issued_at: None,
        reply_due: Due::None,
        replied_at: None,
        before_appeal: None,
    };
    let grounds = serde_json::to_value(proposal.trigger).unwrap_or_default();
    Some(KeptSlip { slip, proposed_at: ctx.moment, grounds, signer: String::new(), history: Vec::new() })
}

async fn past(tx: &ReadTx, problems: &[ProblemId]) -> Result<HashMap<ProblemId, Vec<PastSlip>>, Error> {
    let mut past = HashMap::<ProblemId, Vec<PastSlip>>::new();
    if problems.is_empty() {
        return Ok(past);
    }
    let filter = SlipFilter { problems: problems.to_vec(), ..SlipFilter::default() };
    // Newest first in lists; the ladder reads them in the order of their making.
    let mut kept = store::list(tx, &filter, 0, u64::from(u32::MAX)).await?.0;
    kept.reverse();
    for KeptSlip { slip, .. } in kept {
        let known = PastSlip { occasion: slip.occasion.clone(), state: slip.state, reply_due: slip.reply_due };
        past.entry(slip.occasion.problem).or_default().push(known);
    }
    Ok(past)
}

/// A slip that the reader may see.
///
/// # Errors
/// `slip_not_found`.
pub async fn visible(ctx: &CityCtx, tx: &ReadTx, id: SlipId) -> Result<KeptSlip, Error> {
    let kept = store::get(tx, id).await.map_err(|error| match error {
        yipanqi_store::StoreError::NotFound { .. } => Error::new("slip_not_found"),
        other => other.into(),
    })?;
    ctx.allow_right(Right::ViewSlip, &Place::Units(&[kept.slip.unit])).map_err(|_| Error::new("slip_not_found"))?;
    Ok(kept)
}

/// What issuing a slip takes.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct IssueInput {
    /// Made by the client; the same id and body are applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// The version the page has seen.
    pub version: u64,
    /// Who signs, as printed; the one who issues unless said.
    #[serde(default)]
    pub signer: Option<String>,
}

/// Issues a proposed slip: it takes the next number of the year and hangs on its problem.
///
/// # Errors
/// `version_stale`, `command_reused`, and the rules' refusals.
pub async fn issue(ctx: &CityCtx, id: SlipId, input: &IssueInput) -> Result<(), Error> {
    let mut tx = ctx.write().await?;
    if ctx.once::<()>(&mut tx, input.command_id, &(id, input)).await?.is_some() {
        return Ok(());
    }
    let rules = Rules::load(&tx, ctx.moment).await?;
    let mut kept = visible(ctx, &tx, id).await?;
    let year = rules.calendar.local(ctx.moment).year();
    // Judged with a number of the right year before one is taken, so that a refusal takes none.
    let draft = SlipCommand::Issue { number: SlipNumber { year, number: 1 } };
    kept.slip.apply(&draft, &SlipActor::Person(ctx.actor.clone()), &ctx.tree, &rules.calendar, ctx.moment)?;
    let next = number::next(&mut tx, &format!("slip-{year}")).await?;
    let number = SlipNumber { year, number: u32::try_from(next).map_err(Error::internal)? };
    kept.signer = input.signer.clone().filter(|signer| !signer.trim().is_empty()).unwrap_or_else(|| ctx.name.clone());
    let (colour, problem_id) = (kept.slip.colour, kept.slip.occasion.problem);
    apply(ctx, &mut tx, &rules, kept, input.version, SlipCommand::Issue { number }).await?;
    let mut problem = problem::get(&tx, problem_id).await?;
    let colour = serde_json::to_value(colour).map_err(Error::internal)?;
    problem.facts.slip = Some((colour.as_str().unwrap_or_default().to_owned(), number.to_string()));
    problem::save_facts(&tx, &problem).await?;
    tx.event("problem", &problem_id.to_string(), &problem.units())?;
    ctx.answer_once(&mut tx, input.command_id, &()).await?;
    tx.commit().await?;
    Ok(())
}

/// A command on a slip as a page sends it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SlipCommandInput {
    /// Made by the client; the same id and body are applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// The version the page has seen.
    pub version: u64,
    /// The kind of command.
    #[schema(value_type = String)]
    pub command: SlipCommandKind,
    /// Why.
    #[serde(default)]
    pub reason: Option<String>,
    /// What was done, or a remark.
    #[serde(default)]
    pub text: Option<String>,
    /// Photographs.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub media_ids: Vec<MediaId>,
}

impl SlipCommandInput {
    fn command(&self) -> Result<SlipCommand, Error> {
        let (reason, text) = (self.reason.clone().unwrap_or_default(), self.text.clone().unwrap_or_default());
        Ok(match self.command {
            SlipCommandKind::Issue => return Err(Error::new("slip_command_not_open")),
            SlipCommandKind::Receive => SlipCommand::Receive,
            SlipCommandKind::Reply => SlipCommand::Reply { text, evidence: self.media_ids.clone() },
            SlipCommandKind::Accept => SlipCommand::Accept { note: self.text.clone() },
            SlipCommandKind::NotAccept => SlipCommand::NotAccept { reason },
            SlipCommandKind::Appeal => SlipCommand::Appeal { reason },
            SlipCommandKind::RejectAppeal => SlipCommand::RejectAppeal { reason },
            SlipCommandKind::Withdraw => SlipCommand::Withdraw { reason },
            SlipCommandKind::Lift => SlipCommand::Lift { reason },
        })
    }
}

/// Applies one command to a slip.
///
/// # Errors
/// `version_stale`, `command_reused`, and the rules' refusals.
pub async fn command(ctx: &CityCtx, id: SlipId, input: &SlipCommandInput) -> Result<(), Error> {
    let mut tx = ctx.write().await?;
    if ctx.once::<()>(&mut tx, input.command_id, &(id, input)).await?.is_some() {
        return Ok(());
    }
    let rules = Rules::load(&tx, ctx.moment).await?;
    let kept = visible(ctx, &tx, id).await?;
    apply(ctx, &mut tx, &rules, kept, input.version, input.command()?).await?;
    ctx.answer_once(&mut tx, input.command_id, &()).await?;
    tx.commit().await?;
    Ok(())
}

async fn apply(
    ctx: &CityCtx,
    tx: &mut WriteTx,
    rules: &Rules,
    mut kept: KeptSlip,
    version: u64,
    command: SlipCommand,
) -> Result<(), Error> {
    if kept.slip.version != version {
        return Err(Error::new("version_stale").with("version", kept.slip.version));
    }
    let actor = SlipActor::Person(ctx.actor.clone());
    let change = kept.slip.apply(&command, &actor, &ctx.tree, &rules.calendar, ctx.moment)?;
    kept.slip = kept.slip.after(&change);
    let id = kept.slip.id.to_string();
    tx.audit("slip.command", "slip", &id, &change)?;
    tx.event("slip", &id, &[kept.slip.unit])?;
    kept.history.push(SlipStep { change, actor_name: ctx.name.clone() });
    Ok(store::save(tx, &kept, version).await?)
}
