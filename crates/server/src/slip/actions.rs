//! Intentions about slips: take a step by a person's decision, issue, answer, lift with the closing of a problem.

use chrono::Datelike as _;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use yipanqi_domain::access::{Place, Right};
use yipanqi_domain::id::{CommandId, MediaId, ProblemId, SlipId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::slip::{Facts, SlipActor, SlipCommand, SlipCommandKind, SlipNumber, SlipState, direct};
use yipanqi_domain::unit::UnitTree;
use yipanqi_store::slip::{KeptSlip, SlipFilter, SlipStep};
use yipanqi_store::{ReadTx, WriteTx, number, problem, slip as store};

use super::sweep;
use crate::error::Error;
use crate::notice::{Herald, Told};
use crate::problem::Rules;
use crate::request::CityCtx;

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
/// `version_conflict`, `command_reused`, and the rules' refusals.
pub async fn issue(ctx: &CityCtx, id: SlipId, input: &IssueInput) -> Result<(), Error> {
    let mut tx = ctx.write().await?;
    if ctx.once::<()>(&mut tx, input.command_id, &(id, input)).await?.is_some() {
        return Ok(());
    }
    let rules = Rules::load(&tx, ctx.moment).await?;
    let kept = visible(ctx, &tx, id).await?;
    if kept.slip.version != input.version {
        return Err(Error::new("version_conflict").with("version", kept.slip.version));
    }
    let given = input.signer.clone().filter(|signer| !signer.trim().is_empty());
    let signer = given.or_else(|| word(&kept, "signer")).unwrap_or_else(|| ctx.name.clone());
    let mut herald = Herald::default();
    release(&mut tx, &Hand::of(ctx, &rules), kept, signer, &mut herald).await?;
    herald.flush(&mut tx, ctx.today()).await?;
    ctx.answer_once(&mut tx, input.command_id, &()).await?;
    tx.commit().await?;
    Ok(())
}

/// Who acts on slips, by which rules, when.
pub struct Hand<'a> {
    /// Who.
    pub actor: SlipActor,
    /// Under which name the history keeps it.
    pub name: &'a str,
    /// The units.
    pub tree: &'a UnitTree,
    /// The rules.
    pub rules: &'a Rules,
    /// When.
    pub moment: Moment,
}

impl<'a> Hand<'a> {
    /// The hand of whoever sent the request.
    #[must_use]
    pub fn of(ctx: &'a CityCtx, rules: &'a Rules) -> Self {
        Self { actor: SlipActor::Person(ctx.actor.clone()), name: &ctx.name, tree: &ctx.tree, rules, moment: ctx.moment }
    }
}

fn word(kept: &KeptSlip, name: &str) -> Option<String> {
    kept.grounds.get(name).and_then(|value| value.as_str()).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// Gives a proposed slip the next number of the year and hangs it on its problem.
pub(super) async fn release(
    tx: &mut WriteTx,
    hand: &Hand<'_>,
    mut kept: KeptSlip,
    signer: String,
    herald: &mut Herald,
) -> Result<(), Error> {
    let year = hand.rules.calendar.local(hand.moment).year();
    // Judged with a number of the right year before one is taken, so that a refusal takes none.
    let draft = SlipCommand::Issue { number: SlipNumber { year, number: 1 } };
    kept.slip.apply(&draft, &hand.actor, hand.tree, &hand.rules.calendar, hand.moment)?;
    let next = number::next(tx, &format!("slip-{year}")).await?;
    let number = SlipNumber { year, number: u32::try_from(next).map_err(Error::internal)? };
    kept.signer = signer;
    let (colour, problem_id, unit) = (kept.slip.colour, kept.slip.occasion.problem, kept.slip.unit);
    let id = kept.slip.id;
    apply(tx, hand, kept, SlipCommand::Issue { number }).await?;
    let mut problem = problem::get(tx, problem_id).await?;
    let colour = serde_json::to_value(colour).map_err(Error::internal)?;
    problem.facts.slip = Some((colour.as_str().unwrap_or_default().to_owned(), number.to_string()));
    problem::save_facts(tx, &problem).await?;
    tx.event("problem", &problem_id.to_string(), &problem.units())?;
    herald.unit(unit, Told::SlipIssued, &id.to_string(), &problem.facts.title);
    Ok(())
}

/// Lifts what hangs on a problem that has ended, and withdraws what was only proposed.
///
/// # Errors
/// The store's.
pub async fn end_with_problem(tx: &mut WriteTx, tree: &UnitTree, rules: &Rules, of: ProblemId, at: Moment) -> Result<(), Error> {
    let filter = SlipFilter { problems: vec![of], ..SlipFilter::default() };
    let hand = Hand { actor: SlipActor::Ladder, name: "督办规则", tree, rules, moment: at };
    for kept in store::list(tx, &filter, 0, 1000).await?.0 {
        let reason = "问题已办结".to_owned();
        let command = match kept.slip.state {
            SlipState::Proposed => SlipCommand::Withdraw { reason },
            SlipState::Issued | SlipState::Received | SlipState::Replied | SlipState::Accepted | SlipState::NotAccepted => {
                SlipCommand::Lift { reason }
            }
            // An appeal is decided by a person, and what has ended has ended.
            SlipState::Appealed | SlipState::Withdrawn | SlipState::Lifted => continue,
        };
        apply(tx, &hand, kept, command).await?;
    }
    Ok(())
}

/// What a step by a person's decision takes.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct DirectInput {
    /// Made by the client; the same id and body are applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// The code of the ladder's step.
    pub step: String,
    /// Why the ladder is not waited for.
    pub reason: String,
}

/// Proposes a slip by a person's decision, whatever the triggers say.
///
/// # Errors
/// `slip_reason_missing`, `slip_step_unknown`, `slip_problem_quiet` for a problem that no unit has to do anything about.
pub async fn take(ctx: &CityCtx, id: ProblemId, input: &DirectInput) -> Result<SlipId, Error> {
    let mut tx = ctx.write().await?;
    if let Some(done) = ctx.once::<SlipId>(&mut tx, input.command_id, &(id, input)).await? {
        return Ok(done);
    }
    let reason = input.reason.trim();
    if reason.is_empty() {
        return Err(Error::new("slip_reason_missing"));
    }
    let kept = crate::problem::actions::visible(ctx, &tx, id).await?;
    if !yipanqi_domain::slip::is_on_ladder(&kept.problem) {
        return Err(Error::new("slip_problem_quiet"));
    }
    let policy = sweep::ladder(&tx, ctx.moment).await?;
    let step = policy.steps.iter().find(|step| step.code == input.step).ok_or_else(|| Error::new("slip_step_unknown"))?;
    let past = sweep::past(&tx, &[id]).await?;
    let known = past.get(&id).map(Vec::as_slice).unwrap_or_default();
    let facts = Facts { problem: &kept.problem, past: known, rebounds: kept.facts.rebounds };
    let proposal = direct(&facts, step);
    let grounds = serde_json::json!({ "trigger": "direct", "reason": reason });
    let slip = sweep::draft(&proposal, &kept, step, grounds, ctx.moment).ok_or_else(|| Error::new("slip_step_unknown"))?;
    sweep::enter(&mut tx, &slip).await?;
    ctx.answer_once(&mut tx, input.command_id, &slip.slip.id).await?;
    tx.commit().await?;
    Ok(slip.slip.id)
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
/// `version_conflict`, `command_reused`, and the rules' refusals.
pub async fn command(ctx: &CityCtx, id: SlipId, input: &SlipCommandInput) -> Result<(), Error> {
    let mut tx = ctx.write().await?;
    if ctx.once::<()>(&mut tx, input.command_id, &(id, input)).await?.is_some() {
        return Ok(());
    }
    let rules = Rules::load(&tx, ctx.moment).await?;
    let kept = visible(ctx, &tx, id).await?;
    if kept.slip.version != input.version {
        return Err(Error::new("version_conflict").with("version", kept.slip.version));
    }
    crate::problem::actions::own(ctx, &tx, &input.media_ids).await?;
    let (unit, title) = (kept.slip.unit, kept.slip.number.map(|number| number.to_string()).unwrap_or_default());
    apply(&mut tx, &Hand::of(ctx, &rules), kept, input.command()?).await?;
    yipanqi_store::media::attach(&mut tx, &input.media_ids, "slip", &id.to_string(), yipanqi_store::media::Stage::Evidence)
        .await?;
    let mut herald = Herald::default();
    match input.command {
        SlipCommandKind::Reply | SlipCommandKind::Appeal => herald.office(Told::SlipReplied, &id.to_string(), &title),
        SlipCommandKind::Accept
        | SlipCommandKind::NotAccept
        | SlipCommandKind::RejectAppeal
        | SlipCommandKind::Withdraw
        | SlipCommandKind::Lift => herald.unit(unit, Told::SlipJudged, &id.to_string(), &title),
        SlipCommandKind::Issue | SlipCommandKind::Receive => {}
    }
    herald.flush(&mut tx, ctx.today()).await?;
    ctx.answer_once(&mut tx, input.command_id, &()).await?;
    tx.commit().await?;
    Ok(())
}

async fn apply(tx: &mut WriteTx, hand: &Hand<'_>, mut kept: KeptSlip, command: SlipCommand) -> Result<(), Error> {
    let read_version = kept.slip.version;
    let change = kept.slip.apply(&command, &hand.actor, hand.tree, &hand.rules.calendar, hand.moment)?;
    kept.slip = kept.slip.after(&change);
    let id = kept.slip.id.to_string();
    tx.audit("slip.command", "slip", &id, &change)?;
    tx.event("slip", &id, &[kept.slip.unit])?;
    kept.history.push(SlipStep { change, actor_name: hand.name.to_owned() });
    Ok(store::save(tx, &kept, read_version).await?)
}
