//! Intentions about problems, each in one transaction: register, command, command many.

use yipanqi_domain::access::{Place, Right};
use yipanqi_domain::calendar::Limit;
use yipanqi_domain::id::{CommandId, MediaId, ProblemId, UnitId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::problem;
use yipanqi_domain::problem::{Change, Command, CommandKind, LimitedStep, Problem, Registration};
use yipanqi_store::media::Stage;
use yipanqi_store::problem::{Facts, Kept, New};
use yipanqi_store::{ReadTx, WriteTx, media, party, problem as store};

use super::rules::{self, Rules};
use super::views::BulkResult;
use crate::error::Error;
use crate::notice::{Herald, Told};
use crate::request::CityCtx;

mod order;
mod register;

pub use order::{CommandInput, Order};
pub(super) use register::counterparts;
pub use register::{locate, place, register};

/// How far a problem's life has come when it is registered.
#[derive(Debug, Clone)]
pub enum Begin {
    /// Only said.
    Reported,
    /// Taken up; the office assigns it.
    Filed,
    /// Taken up and given to a unit, whose clock runs from then.
    Assigned {
        /// Whose it is.
        unit: UnitId,
        /// Within what time.
        limit: Limit,
    },
    /// Finished elsewhere before it came here; outside all rates.
    Finished {
        /// Whose it was.
        unit: Option<UnitId>,
        /// When it was finished.
        closed_at: Moment,
    },
}

/// A problem to be registered.
#[derive(Debug, Clone)]
pub struct Draft {
    /// What the rules need.
    pub registration: Registration,
    /// What lists show.
    pub facts: Facts,
    /// How far it has come.
    pub begin: Begin,
    /// When it became known; its clock counts from then.
    pub at: Moment,
}

/// Judges a draft by the rules; nothing is written.
///
/// # Errors
/// The refusal of the rules.
pub fn prepare(ctx: &CityCtx, rules: &Rules, draft: Draft) -> Result<New, Error> {
    let actor = problem::ProblemActor::Person { actor: ctx.actor.clone(), at_submission: Vec::new() };
    let context = rules.context(&ctx.tree, None, None);
    let Draft { registration, mut facts, begin, at } = draft;
    let registration = Box::new(registration);
    let (first, then) = match begin {
        Begin::Reported => (Command::Register { registration }, Vec::new()),
        Begin::Filed => (Command::Register { registration }, vec![Command::File { check: None }]),
        Begin::Assigned { unit, limit } => {
            let assign = Command::Assign { unit, supporting: [].into(), limit, urgency: None };
            (Command::Register { registration }, vec![Command::File { check: None }, assign])
        }
        Begin::Finished { unit, closed_at } => {
            facts.imported = true;
            (Command::Imported { registration, unit, closed_at }, Vec::new())
        }
    };
    // A matter finished elsewhere is entered now, whenever it was closed.
    let at = if matches!(first, Command::Imported { .. }) { ctx.moment } else { at };
    let begun = problem::register(&first, &actor, &context, at)?;
    let mut problem = Problem::begun(&begun).ok_or_else(|| Error::internal("a first change that begins nothing"))?;
    let mut changes = vec![begun];
    for command in then {
        let change = problem.apply(&command, &actor, &context, at)?;
        note(&mut facts, &problem, &change, rules);
        problem = problem.after(&change);
        changes.push(change);
    }
    Ok(New { problem, facts, changes })
}

/// Writes prepared problems with audit entry and event; gives their numbers.
///
/// # Errors
/// The store's.
pub async fn enter(tx: &mut WriteTx, new: &[New]) -> Result<Vec<i64>, Error> {
    let numbers = store::add(tx, new).await?;
    for new in new {
        let id = new.problem.id.to_string();
        let parts = [new.problem.unit, new.facts.territorial, new.facts.industry];
        let units: Vec<UnitId> = parts.into_iter().flatten().collect();
        for change in &new.changes {
            tx.audit("problem.command", "problem", &id, change)?;
            attach(tx, new.problem.id, change).await?;
        }
        tx.event("problem", &id, &units)?;
    }
    Ok(numbers)
}

/// Photographs hang on the problem, so that whoever may see it may see them.
async fn attach(tx: &mut WriteTx, problem: ProblemId, change: &Change) -> Result<(), Error> {
    let stage = match change.command.kind() {
        CommandKind::Register | CommandKind::Imported => Stage::Before,
        CommandKind::Submit => Stage::After,
        _ => Stage::Evidence,
    };
    Ok(media::attach(tx, change.evidence(), "problem", &problem.to_string(), stage).await?)
}

/// Only what one has uploaded oneself can be given as evidence.
pub(crate) async fn own(ctx: &CityCtx, tx: &ReadTx, photos: &[MediaId]) -> Result<(), Error> {
    if media::all_uploaded_by(tx, photos, ctx.actor.person).await? {
        Ok(())
    } else {
        Err(Error::invalid("media_ids", "media_not_yours"))
    }
}

/// What the history tells the lists. A step is judged once, when it ends, by the limit that holds then.
fn note(facts: &mut Facts, before: &Problem, change: &Change, rules: &Rules) {
    match change.command.kind() {
        CommandKind::File => facts.filed_at = Some(change.at),
        CommandKind::Acknowledge => facts.acknowledged_at = Some(change.at),
        CommandKind::Assign | CommandKind::ApproveTransfer => {
            facts.acknowledged_at = None;
            facts.claimed = None;
            facts.in_time.remove(&LimitedStep::Acknowledge);
        }
        CommandKind::Return | CommandKind::Reopen => {
            facts.in_time.remove(&LimitedStep::Verify);
        }
        _ => {}
    }
    if let Some((step, in_time)) = rules.limits.in_time(before, change, &rules.calendar) {
        facts.in_time.insert(step, in_time);
    }
}

/// Applies one command to a problem.
///
/// # Errors
/// `version_conflict`, `command_reused`, `place_not_yours`, and the rules' refusals.
pub async fn command(ctx: &CityCtx, id: ProblemId, input: &CommandInput) -> Result<(), Error> {
    let mut tx = ctx.write().await?;
    if ctx.once::<()>(&mut tx, input.command_id, &(id, input)).await?.is_some() {
        return Ok(());
    }
    let rules = Rules::load(&tx, ctx.moment).await?;
    let mut herald = Herald::default();
    apply(ctx, &mut tx, &rules, id, input.version, &input.order, &mut herald).await?;
    herald.flush(&mut tx, ctx.today()).await?;
    ctx.answer_once(&mut tx, input.command_id, &()).await?;
    tx.commit().await?;
    Ok(())
}

/// Commands many problems; each succeeds or is refused for itself.
///
/// # Errors
/// Only what concerns the whole: the store's.
pub async fn bulk(
    ctx: &CityCtx,
    command_id: CommandId,
    order: &Order,
    targets: &[(ProblemId, u64)],
) -> Result<Vec<BulkResult>, Error> {
    let mut tx = ctx.write().await?;
    if let Some(done) = ctx.once::<Vec<BulkResult>>(&mut tx, command_id, &(order, targets)).await? {
        return Ok(done);
    }
    let rules = Rules::load(&tx, ctx.moment).await?;
    let mut results = Vec::with_capacity(targets.len());
    let mut herald = Herald::default();
    for (id, version) in targets {
        // A refusal is found before anything is written, so what follows stays in the same transaction.
        let outcome = apply(ctx, &mut tx, &rules, *id, *version, order, &mut herald).await;
        results.push(match outcome {
            Ok(()) => BulkResult { id: *id, ok: true, code: None, message: None },
            Err(error) if error.status().is_server_error() => return Err(error),
            Err(error) => {
                BulkResult { id: *id, ok: false, code: Some(error.code().to_owned()), message: Some(error.message(ctx.lang)) }
            }
        });
    }
    herald.flush(&mut tx, ctx.today()).await?;
    ctx.answer_once(&mut tx, command_id, &results).await?;
    tx.commit().await?;
    Ok(results)
}

/// Loads, asks the rules, saves, notes. Photographs are one's own, or those of a party whose answer the unit has taken.
pub(crate) async fn apply(
    ctx: &CityCtx,
    tx: &mut WriteTx,
    rules: &Rules,
    id: ProblemId,
    version: u64,
    order: &Order,
    herald: &mut Herald,
) -> Result<(), Error> {
    let command = order.command()?;
    let taken = party::taken_photos(tx, id).await?;
    let sent: Vec<MediaId> = order.media_ids.iter().copied().filter(|photo| !taken.contains(photo)).collect();
    own(ctx, tx, &sent).await?;
    let mut kept = visible(ctx, tx, id).await?;
    if kept.problem.version != version {
        return Err(Error::new("version_conflict").with("version", kept.problem.version));
    }
    let actor = rules::actor(ctx, tx, Some(&kept.problem)).await?;
    let target = match &command {
        Command::Merge { into } => store::get_all(tx, &[*into]).await?.pop().map(|kept| kept.problem),
        _ => None,
    };
    let context = rules.context(&ctx.tree, target.as_ref(), order.made_at);
    let change = kept.problem.apply(&command, &actor, &context, ctx.moment)?;
    if command.kind() == CommandKind::Acknowledge && super::exposure::to_claim(&kept) {
        return Err(Error::new("exposure_not_claimed"));
    }
    note(&mut kept.facts, &kept.problem, &change, rules);
    kept.problem = kept.problem.after(&change);
    store::save(tx, &kept, version, &change).await?;
    let text = id.to_string();
    tx.audit("problem.command", "problem", &text, &change)?;
    attach(tx, id, &change).await?;
    tx.event("problem", &text, &kept.units())?;
    if let Command::Merge { into } = &command
        && let Some(reporter) = kept.problem.registered_by
    {
        herald.person(reporter, Told::Merged, &into.to_string(), &kept.facts.title);
    }
    if !change.to.is_open() {
        crate::slip::actions::end_with_problem(tx, &ctx.tree, rules, id, ctx.moment).await?;
    }
    if change.command.kind() == CommandKind::Submit {
        for person in rules.told_to_verify(&ctx.tree, &kept.problem, ctx.moment) {
            herald.person(person, Told::Submitted, &text, &kept.facts.title);
        }
    }
    tell(&kept, change.command.kind(), herald);
    Ok(())
}

/// Who is to hear of a change.
fn tell(kept: &Kept, kind: CommandKind, herald: &mut Herald) {
    let (id, title) = (kept.problem.id.to_string(), kept.facts.title.as_str());
    let told = match kind {
        CommandKind::Assign | CommandKind::ApproveTransfer if super::exposure::to_claim(kept) => Told::Exposed,
        CommandKind::Assign | CommandKind::ApproveTransfer => Told::Assigned,
        CommandKind::Return | CommandKind::Reopen => Told::Returned,
        CommandKind::Urge => Told::Urged,
        CommandKind::AcceptDecline
        | CommandKind::RefuseDecline
        | CommandKind::RefuseTransfer
        | CommandKind::ApproveExtension
        | CommandKind::RefuseExtension
        | CommandKind::ApproveDeferral
        | CommandKind::RefuseDeferral
        | CommandKind::Resume => Told::Decided,
        CommandKind::Decline | CommandKind::Transfer | CommandKind::Extend | CommandKind::Defer => {
            herald.office(Told::Asked, &id, title);
            return;
        }
        CommandKind::Register
        | CommandKind::Imported
        | CommandKind::File
        | CommandKind::Dismiss
        | CommandKind::Merge
        | CommandKind::Unmerge
        | CommandKind::Acknowledge
        | CommandKind::Rectify
        | CommandKind::Submit
        | CommandKind::Verify
        | CommandKind::Reclassify
        | CommandKind::SetStages
        | CommandKind::CompleteStage
        | CommandKind::RequestReopen
        | CommandKind::RefuseReopen
        | CommandKind::SettleDue
        | CommandKind::Seal
        | CommandKind::Unseal => return,
    };
    let supporting = kept.problem.supporting.iter().filter(|_| told == Told::Assigned).copied();
    for unit in kept.problem.unit.into_iter().chain(supporting) {
        herald.unit(unit, told, &id, title);
    }
}

/// Whether the reader may see a problem. Whoever told of it may follow it, wherever it goes.
#[must_use]
pub fn sees(ctx: &CityCtx, kept: &Kept) -> bool {
    kept.problem.registered_by == Some(ctx.actor.person)
        || ctx.allow_right(Right::ViewProblem, &Place::City).is_ok()
        || ctx.allow_right(Right::ViewProblem, &Place::Units(&kept.units())).is_ok()
}

/// Whether a problem that stands in somebody else's record, such as a site's or a visit's, is kept from the reader there.
#[must_use]
pub fn hides(ctx: &CityCtx, kept: &Kept) -> bool {
    kept.problem.confidential && !sees(ctx, kept)
}

/// A problem that the reader may see; one that he may not see does not exist for him.
///
/// # Errors
/// `problem_not_found`.
pub async fn visible(ctx: &CityCtx, tx: &ReadTx, id: ProblemId) -> Result<Kept, Error> {
    let kept = store::get_all(tx, &[id]).await?.pop();
    kept.filter(|kept| sees(ctx, kept)).ok_or_else(|| Error::new("problem_not_found"))
}
