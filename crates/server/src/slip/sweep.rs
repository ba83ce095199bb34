//! The ladder at work: who has reached a step, looked for among open problems, each occasion proposed once.
//!
//! Read in batches without holding up writers; what is found is looked at again inside the transaction that proposes it, and
//! the occasion itself is unique in the database, so that a crash, a restart or a second server proposes nothing twice.

use std::collections::HashMap;

use chrono::TimeDelta;
use serde_json::{Value, json};
use uuid::Uuid;
use yipanqi_domain::calendar::CalendarError;
use yipanqi_domain::id::{ProblemId, SlipId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::problem::Due;
use yipanqi_domain::slip::{
    Facts, PastSlip, Policy, Proposal, Release, Slip, SlipActor, SlipState, Step, StepKind, Trigger, in_force, proposals,
};
use yipanqi_domain::unit::UnitTree;
use yipanqi_store::problem::Kept;
use yipanqi_store::slip::{KeptSlip, SlipFilter};
use yipanqi_store::{Author, City, ReadTx, WriteTx, ladder as policies, problem, slip as store, unit};

use super::actions::{Hand, release};
use crate::app::App;
use crate::error::Error;
use crate::job::{Failure, Task};
use crate::notice::{Herald, Told};
use crate::problem::Rules;
use crate::request;

/// Problems looked at in one go.
const BATCH: usize = 500;
/// Working days for a reply where the city has not decided.
const REPLY_DAYS: u32 = 3;

/// The ladder of the city as it holds at the moment.
///
/// # Errors
/// The store's.
pub async fn ladder(tx: &ReadTx, moment: Moment) -> Result<Policy, Error> {
    let versions: Vec<_> = policies::policies(tx).await?.into_iter().map(|kept| kept.dated).collect();
    let held = in_force(&versions, request::today(moment));
    Ok(held.map_or_else(|| Policy::sample(REPLY_DAYS), |dated| dated.policy.clone()))
}

/// What a look at the ladder came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sweep {
    /// Slips and reminders proposed.
    pub proposed: u64,
    /// A year without calendar that some problems wait for; the others were looked at.
    pub missing_year: Option<i32>,
}

/// Proposes what is due. What needs a year without calendar waits for it and holds up nothing else.
///
/// # Errors
/// The store's.
pub async fn sweep(city: &City, author: &Author, moment: Moment) -> Result<Sweep, Error> {
    let tx = city.read().await?;
    let pressing = problem::pressing(&tx, horizon(&ladder(&tx, moment).await?, moment)).await?;
    drop(tx);
    let mut swept = Sweep::default();
    for batch in pressing.chunks(BATCH) {
        let tx = city.read().await?;
        let rules = Rules::load(&tx, moment).await?;
        let policy = ladder(&tx, moment).await?;
        let kept = problem::get_all(&tx, batch).await?;
        let (found, missing) = found(&tx, &kept, &rules, &policy, moment).await?;
        swept.missing_year = swept.missing_year.or(missing);
        let reached: Vec<ProblemId> = found.into_iter().map(|(kept, _)| kept.problem.id).collect();
        drop(tx);
        if !reached.is_empty() {
            swept.proposed += propose(city, author, moment, &reached).await?;
        }
    }
    Ok(swept)
}

/// Runs the sweep as a job, which a missing year fails by name after the others were proposed.
///
/// # Errors
/// `calendar_year_missing`, or those of [`sweep`].
pub async fn run(_: App, task: Task) -> Result<Value, Failure> {
    let swept = sweep(task.city(), &task.author(), task.now()).await?;
    match swept.missing_year {
        Some(year) => Err(Error::from(CalendarError::YearMissing { year }).into()),
        None => Ok(json!({ "proposed": swept.proposed })),
    }
}

/// The due moment up to which some step may be reached.
fn horizon(policy: &Policy, moment: Moment) -> Moment {
    let leads = policy.steps.iter().flat_map(|step| &step.triggers).filter_map(|trigger| match trigger {
        Trigger::DueWithin { hours } => Some(*hours),
        Trigger::Overdue { .. }
        | Trigger::PreviousExpired
        | Trigger::ReplyNotAccepted
        | Trigger::Rework { .. }
        | Trigger::Rebound { .. }
        | Trigger::Exposure => None,
    });
    Moment::new(moment.utc() + TimeDelta::hours(i64::from(leads.max().unwrap_or(0))))
}

async fn found<'a>(
    tx: &ReadTx,
    kept: &'a [Kept],
    rules: &Rules,
    policy: &Policy,
    moment: Moment,
) -> Result<(Vec<(&'a Kept, Vec<Proposal>)>, Option<i32>), Error> {
    let past = past(tx, &kept.iter().map(|kept| kept.problem.id).collect::<Vec<_>>()).await?;
    let (mut found, mut missing) = (Vec::new(), None);
    for kept in kept {
        let known = past.get(&kept.problem.id).map(Vec::as_slice).unwrap_or_default();
        let facts = Facts { problem: &kept.problem, past: known, rebounds: kept.facts.rebounds };
        match proposals(&facts, policy, &rules.calendar, moment) {
            Ok(new) if new.is_empty() => {}
            Ok(new) => found.push((kept, new)),
            Err(CalendarError::YearMissing { year }) => missing = missing.or(Some(year)),
            Err(error @ CalendarError::OutOfRange) => return Err(error.into()),
        }
    }
    Ok((found, missing))
}

/// Looks again inside one transaction, and writes.
async fn propose(city: &City, author: &Author, moment: Moment, reached: &[ProblemId]) -> Result<u64, Error> {
    let mut tx = city.write(author.clone(), moment).await?;
    let rules = Rules::load(&tx, moment).await?;
    let policy = ladder(&tx, moment).await?;
    let tree = unit::tree(&tx).await?;
    let mut kept = problem::get_all(&tx, reached).await?;
    kept.sort_unstable_by_key(|kept| kept.number);
    let mut herald = Herald::default();
    let mut count = 0;
    for (kept, new) in found(&tx, &kept, &rules, &policy, moment).await?.0 {
        for proposal in &new {
            count += u64::from(one(&mut tx, &rules, &tree, &policy, kept, proposal, &mut herald).await?);
        }
    }
    herald.flush(&mut tx, request::today(moment)).await?;
    tx.commit().await?;
    Ok(count)
}

async fn one(
    tx: &mut WriteTx,
    rules: &Rules,
    tree: &UnitTree,
    policy: &Policy,
    kept: &Kept,
    proposal: &Proposal,
    herald: &mut Herald,
) -> Result<bool, Error> {
    let Some(step) = policy.steps.iter().find(|step| step.code == proposal.occasion.step) else { return Ok(false) };
    let Some(unit) = kept.problem.unit else { return Ok(false) };
    let moment = tx.at();
    if proposal.kind == StepKind::Reminder {
        let first = policies::remind(tx, &proposal.occasion).await?;
        if first {
            let id = kept.problem.id.to_string();
            tx.audit("slip.remind", "problem", &id, &proposal.occasion)?;
            herald.unit(unit, Told::DueSoon, &id, &kept.facts.title);
        }
        return Ok(first);
    }
    let grounds = serde_json::to_value(proposal.trigger).map_err(Error::internal)?;
    let Some(slip) = draft(proposal, kept, step, grounds, moment) else { return Ok(false) };
    if !enter(tx, &slip).await? {
        return Ok(false);
    }
    if proposal.release == Release::ByItself {
        let hand = Hand { actor: SlipActor::Ladder, name: "督办规则", tree, rules, moment };
        release(tx, &hand, slip, step.signer.clone(), herald).await?;
    } else {
        herald.office(Told::SlipProposed, &slip.slip.id.to_string(), &kept.facts.title);
    }
    Ok(true)
}

/// The slip of a proposal; a reminder sends none, and where no unit is known nobody can be pressed.
pub(super) fn draft(proposal: &Proposal, kept: &Kept, step: &Step, mut grounds: Value, at: Moment) -> Option<KeptSlip> {
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
    if let Some(grounds) = grounds.as_object_mut() {
        // Kept as the ladder said it then: a later version rewrites nothing.
        grounds.insert("wording".to_owned(), step.wording.as_str().into());
        grounds.insert("signer".to_owned(), step.signer.as_str().into());
        grounds.insert("copies".to_owned(), step.copies.clone().into());
    }
    Some(KeptSlip { slip, proposed_at: at, grounds, signer: String::new(), history: Vec::new() })
}

/// Writes a proposal; false if its occasion was proposed before.
pub(super) async fn enter(tx: &mut WriteTx, slip: &KeptSlip) -> Result<bool, Error> {
    let first = store::propose(tx, slip).await?;
    if first {
        tx.audit("slip.propose", "slip", &slip.slip.id.to_string(), &slip.slip)?;
        tx.event("slip", &slip.slip.id.to_string(), &[slip.slip.unit])?;
    }
    Ok(first)
}

/// What was proposed or sent for problems before, in the order of its making.
pub(super) async fn past(tx: &ReadTx, problems: &[ProblemId]) -> Result<HashMap<ProblemId, Vec<PastSlip>>, Error> {
    let mut past = HashMap::<ProblemId, Vec<PastSlip>>::new();
    if problems.is_empty() {
        return Ok(past);
    }
    for reminder in policies::reminders(tx, problems).await? {
        past.entry(reminder.occasion.problem).or_default().push(reminder);
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
