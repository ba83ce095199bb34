//! Carrying out what lay in an outbox: each command by the same action as the page's own request, once.
//!
//! What belongs to visits touches nothing but the person's own records, and there is much of it: several such commands share
//! a transaction, a step each, and nothing is answered before it is durable. Whatever others may be at too has a transaction
//! of its own. Batches take turns, so that the city's one writer is never hidden behind three hundred phones.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;
use yipanqi_domain::access::Right;
use yipanqi_domain::calendar::Calendar;
use yipanqi_domain::id::{CommandId, MediaId, PersonId, ProblemId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::offline::{self, Content};
use yipanqi_domain::round::{FindingResult, VisitPurpose};
use yipanqi_store::command::{self, Applied};
use yipanqi_store::{Batch as Steps, ReadTx, media, problem as problems, round};

use super::views::{Batch, CommandReceipt, Envelope, Mark, Receipt, Work};
use crate::error::Error;
use crate::patrol::actions as patrol;
use crate::patrol::views::WalkInput;
use crate::problem::actions as problem;
use crate::problem::views::RegisterInput;
use crate::request::{CityCtx, Sent};
use crate::round::views::StartVisit;
use crate::round::visit::{self, Finishing, Marking, Upon};

/// Commands in a batch.
const BATCH: usize = 100;
/// Steps of a transaction: few enough that whoever waits for the writer hardly notices.
const STEPS: usize = 20;

/// How often a batch is carried out where the database ends it for the sake of another server's.
const ATTEMPTS: usize = 3;

/// Carries out a batch. A command whose parent stands behind it in the batch waits for it; one whose parent is not done is
/// held.
///
/// # Errors
/// `sync_person_other` and `sync_batch_too_large` for the whole batch; failures of the server itself, after which the whole
/// batch is to be sent again.
pub async fn carry_out(ctx: &CityCtx, batch: &Batch) -> Result<Vec<CommandReceipt>, Error> {
    if batch.commands.len() > BATCH {
        return Err(Error::new("sync_batch_too_large").with("limit", BATCH));
    }
    if batch.commands.iter().any(|envelope| envelope.person_id != ctx.actor.person) {
        return Err(Error::new("sync_person_other"));
    }
    let _turn = ctx.city.incoming_turn().await;
    let orders: Vec<Result<Ordered<'_>, Error>> = batch.commands.iter().map(Ordered::of).collect();
    let mut attempt = 1;
    loop {
        // What was done before the collision is durable and known to the next attempt.
        match all(ctx, batch, &orders).await {
            Err(error) if error.code() == "database_collided" && attempt < ATTEMPTS => attempt += 1,
            ended => return ended,
        }
    }
}

/// That what a device sends or asks for is the business of whoever is signed in.
///
/// # Errors
/// `sync_person_other`.
pub(super) fn of_person(ctx: &CityCtx, named: Option<PersonId>) -> Result<(), Error> {
    if named.is_some_and(|person| person != ctx.actor.person) { Err(Error::new("sync_person_other")) } else { Ok(()) }
}

/// The whole batch, once.
async fn all(ctx: &CityCtx, batch: &Batch, orders: &[Result<Ordered<'_>, Error>]) -> Result<Vec<CommandReceipt>, Error> {
    let mut run = Run::new(ctx, &batch.device, orders).await?;
    let mut receipts: Vec<Option<CommandReceipt>> = batch.commands.iter().map(|_| None).collect();
    let mut moved = true;
    while moved {
        moved = false;
        for ((envelope, order), receipt) in batch.commands.iter().zip(orders).zip(&mut receipts) {
            let open = receipt.as_ref().is_none_or(|known| known.receipt == Receipt::Held);
            if !open {
                continue;
            }
            let next = match order {
                Ok(order) => run.one(order).await?,
                Err(error) => refused(ctx, envelope.id, error),
            };
            // Only what is done can let others go on.
            moved |= next.receipt == Receipt::Applied;
            *receipt = Some(next);
        }
    }
    run.settle().await?;
    let mut receipts: Vec<CommandReceipt> = receipts.into_iter().flatten().collect();
    remark(ctx, orders, &mut receipts).await?;
    Ok(receipts)
}

fn receipt(id: CommandId, receipt: Receipt, status: u16) -> CommandReceipt {
    CommandReceipt {
        id,
        receipt,
        status,
        subject_id: None,
        code: None,
        message: None,
        data: None,
        missing: Vec::new(),
        remark: None,
        number: None,
    }
}

fn refused(ctx: &CityCtx, id: CommandId, error: &Error) -> CommandReceipt {
    let receipt_of = match error.code() {
        "sync_parent_open" => Receipt::Held,
        "sync_media_missing" => Receipt::MediaMissing,
        _ => Receipt::Refused,
    };
    let missing = error.data().get("missing").and_then(serde_json::Value::as_array);
    CommandReceipt {
        code: Some(error.code().to_owned()),
        message: Some(error.message(ctx.lang)),
        data: (!error.data().is_empty()).then(|| serde_json::Value::Object(error.data().clone())),
        missing: missing.into_iter().flatten().filter_map(|hash| hash.as_str().map(str::to_owned)).collect(),
        ..receipt(id, receipt_of, error.status().as_u16())
    }
}

/// The receipt of a command that is done.
fn done(id: CommandId, work: &Work, answer: &serde_json::Value) -> CommandReceipt {
    let made = answer.as_str().and_then(|text| text.parse::<Uuid>().ok());
    let subject_id = match work {
        Work::CommandProblem { problem_id, .. } => Some(problem_id.uuid()),
        Work::StartVisit { .. }
        | Work::MarkItem { .. }
        | Work::FinishVisit { .. }
        | Work::ReportProblem { .. }
        | Work::WalkPatrol { .. } => made,
    };
    CommandReceipt { subject_id, ..receipt(id, Receipt::Applied, 200) }
}

/// Adds to the receipts what stands in the city now: whether a visit came late, under which number a problem goes.
async fn remark(ctx: &CityCtx, orders: &[Result<Ordered<'_>, Error>], receipts: &mut [CommandReceipt]) -> Result<(), Error> {
    let (mut visits, mut reported) = (Vec::new(), Vec::new());
    for (order, receipt) in orders.iter().zip(receipts.iter()) {
        let (Ok(order), Receipt::Applied, Some(subject)) = (order, receipt.receipt, receipt.subject_id) else { continue };
        match &order.work {
            Work::StartVisit { .. } | Work::FinishVisit { .. } => visits.push(subject),
            Work::ReportProblem { .. } => reported.push(ProblemId::new(subject)),
            Work::MarkItem { .. } | Work::WalkPatrol { .. } | Work::CommandProblem { .. } => {}
        }
    }
    if visits.is_empty() && reported.is_empty() {
        return Ok(());
    }
    let tx = ctx.read().await?;
    let late: HashSet<Uuid> = round::visits_by_id(&tx, &visits)
        .await?
        .into_iter()
        .filter(|visit| visit.purpose == VisitPurpose::Late)
        .map(|visit| visit.id)
        .collect();
    let calendar = Calendar::default();
    let numbers: HashMap<Uuid, String> = problems::get_all(&tx, &reported)
        .await?
        .iter()
        .map(|kept| (kept.problem.id.uuid(), crate::problem::views::text_number(kept, &calendar)))
        .collect();
    for receipt in receipts {
        let Some(subject) = receipt.subject_id else { continue };
        if late.contains(&subject) {
            receipt.remark = Some("late".to_owned());
        }
        receipt.number = numbers.get(&subject).cloned();
    }
    Ok(())
}

/// A command whose body is the one that was hashed, and understood.
struct Ordered<'a> {
    envelope: &'a Envelope,
    hash: String,
    work: Work,
}

impl<'a> Ordered<'a> {
    fn of(envelope: &'a Envelope) -> Result<Self, Error> {
        let text = envelope.work.get();
        let hash = hex::encode(Sha256::digest(text.as_bytes()));
        if !hash.eq_ignore_ascii_case(&envelope.body_hash) {
            return Err(Error::new("sync_body_damaged"));
        }
        let work =
            serde_json::from_str(text).map_err(|error| Error::new("sync_work_unknown").with("reason", error.to_string()))?;
        Ok(Self { envelope, hash, work })
    }

    /// The photographs that it names.
    fn photos(&self) -> impl Iterator<Item = &String> {
        let none: &[String] = &[];
        let (now, before) = match &self.work {
            Work::MarkItem { mark, base, .. } => {
                (mark.photos.as_slice(), base.as_ref().map_or(none, |base| base.photos.as_slice()))
            }
            Work::ReportProblem { photos, .. } | Work::CommandProblem { photos, .. } => (photos.as_slice(), none),
            Work::StartVisit { .. } | Work::FinishVisit { .. } | Work::WalkPatrol { .. } => (none, none),
        };
        now.iter().chain(before)
    }
}

/// A batch on its way.
struct Run<'a> {
    ctx: &'a CityCtx,
    device: &'a str,
    /// What of it, and of its parents, is done.
    known: HashMap<CommandId, Applied>,
    /// Its photographs that have arrived.
    photos: HashMap<String, MediaId>,
    /// The transaction under way with the steps taken in it.
    steps: Option<(Arc<Steps>, usize)>,
}

impl<'a> Run<'a> {
    async fn new(ctx: &'a CityCtx, device: &'a str, orders: &[Result<Ordered<'_>, Error>]) -> Result<Self, Error> {
        let orders = || orders.iter().flatten();
        let named: HashSet<CommandId> =
            orders().flat_map(|order| order.envelope.parents.iter().chain([&order.envelope.id])).copied().collect();
        let hashes: HashSet<&String> = orders().flat_map(Ordered::photos).collect();
        let tx = ctx.read().await?;
        let known = command::all_applied(&tx, &named.into_iter().collect::<Vec<_>>()).await?;
        let photos = media::all_uploaded(&tx, &hashes.into_iter().cloned().collect::<Vec<_>>(), ctx.actor.person).await?;
        Ok(Self { ctx, device, known, photos, steps: None })
    }

    /// Carries out one command; what the rules refuse is a receipt, what the server fails at is an error.
    async fn one(&mut self, order: &Ordered<'_>) -> Result<CommandReceipt, Error> {
        match self.attempt(order).await {
            Ok(receipt) => Ok(receipt),
            Err(error) if error.status().is_server_error() => Err(error),
            Err(error) => Ok(refused(self.ctx, order.envelope.id, &error)),
        }
    }

    async fn attempt(&mut self, order: &Ordered<'_>) -> Result<CommandReceipt, Error> {
        let id = order.envelope.id;
        if let Some(known) = self.known.get(&id) {
            if known.body_hash != order.hash || known.person != Some(self.ctx.actor.person) {
                return Err(Error::new("command_reused"));
            }
            return Ok(done(id, &order.work, &known.answer));
        }
        let begun = self.begun(order.envelope)?;
        let answer = self.apply(order, begun).await?;
        let receipt = done(id, &order.work, &answer);
        self.known.insert(id, Applied { body_hash: order.hash.clone(), person: Some(self.ctx.actor.person), answer });
        Ok(receipt)
    }

    /// The visit that the first parent began, if it did; a parent that is not done holds its children.
    fn begun(&self, envelope: &Envelope) -> Result<Option<Uuid>, Error> {
        for parent in &envelope.parents {
            let done = self.known.get(parent).is_some_and(|known| known.person == Some(self.ctx.actor.person));
            if !done {
                return Err(Error::new("sync_parent_open").with("parent", parent.to_string()));
            }
        }
        let first = envelope.parents.first().and_then(|parent| self.known.get(parent));
        Ok(first.and_then(|known| known.answer.as_str()?.parse().ok()))
    }

    /// The person under the right of the route that does the same.
    fn under(&self, right: Right, order: &Ordered<'_>) -> Result<CityCtx, Error> {
        self.ctx.sending(right, Sent { hash: order.hash.clone(), device: self.device.to_owned() })
    }

    /// The same for a step of the transaction under way.
    async fn stepping(&mut self, order: &Ordered<'_>) -> Result<CityCtx, Error> {
        let ctx = self.under(Right::VisitSite, order)?;
        if self.steps.as_ref().is_some_and(|(_, taken)| *taken >= STEPS) {
            self.settle().await?;
        }
        let steps = match self.steps.take() {
            Some((steps, taken)) => (steps, taken + 1),
            None => (Arc::new(Steps::new(self.ctx.write().await?)), 1),
        };
        let within = Some(Arc::clone(&steps.0));
        self.steps = Some(steps);
        Ok(CityCtx { within, ..ctx })
    }

    /// Makes durable what was done in the transaction under way.
    async fn settle(&mut self) -> Result<(), Error> {
        let Some((steps, _)) = self.steps.take() else { return Ok(()) };
        let steps = Arc::into_inner(steps).ok_or_else(|| Error::internal("a step is still under way"))?;
        Ok(steps.commit().await?)
    }

    async fn apply(&mut self, order: &Ordered<'_>, begun: Option<Uuid>) -> Result<serde_json::Value, Error> {
        let envelope = order.envelope;
        let command_id = envelope.id;
        let made = offline::corrected(envelope.made_at, envelope.clock_offset_ms);
        let of_visit = |named: &Option<Uuid>| named.or(begun).ok_or_else(|| Error::new("visit_not_found"));
        match &order.work {
            Work::StartVisit { round_id, site_id, position } => {
                let input = StartVisit {
                    command_id,
                    round_id: *round_id,
                    site_id: *site_id,
                    started_at: Some(made),
                    position: position.and_then(super::views::Spot::wgs84),
                    accuracy_m: position.and_then(|spot| spot.accuracy_m),
                };
                answer(&visit::start(&self.stepping(order).await?, &input).await?)
            }
            Work::MarkItem { visit_id, item_id, mark, base } => {
                let upon = base.as_ref().map_or(Ok(Upon::Nothing), |base| self.known(base).map(Upon::Known))?;
                let marking = Marking { command_id, content: self.content(mark)?, upon, made_at: Some(made) };
                let visit_id = of_visit(visit_id)?;
                answer(&visit::mark(&self.stepping(order).await?, visit_id, *item_id, &marking).await?)
            }
            Work::FinishVisit { visit_id, seen } => {
                let finishing = Finishing { command_id, version: None, made_at: Some(made), seen: Some(seen.clone()) };
                let visit_id = of_visit(visit_id)?;
                answer(&visit::finish(&self.stepping(order).await?, visit_id, &finishing).await?)
            }
            Work::ReportProblem {
                source,
                title,
                description,
                category,
                urgency,
                site_id,
                place_text,
                item_id,
                position,
                patrol_id,
                photos,
            } => {
                let input = RegisterInput {
                    command_id,
                    source: *source,
                    title: title.clone(),
                    description: description.clone(),
                    category: category.clone(),
                    urgency: *urgency,
                    site_id: *site_id,
                    place_text: place_text.clone(),
                    item_id: *item_id,
                    criterion_id: None,
                    particulars: Default::default(),
                    external_key: None,
                    requires_after_photo: None,
                    confidential: false,
                    patrol_id: *patrol_id,
                    media_ids: self.arrived(photos)?,
                    position: position.and_then(super::views::Spot::wgs84),
                    made_at: Some(made),
                };
                let ctx = self.under(Right::RegisterProblem, order)?;
                self.settle().await?;
                answer(&problem::register(&ctx, input).await?)
            }
            Work::WalkPatrol { patrol_id, plan_id, begun_at, ended_at, looked, note } => {
                let ctx = self.under(Right::WalkPatrol, order)?;
                let clock = |at: Moment| offline::corrected(at, envelope.clock_offset_ms).min(ctx.moment);
                let input = WalkInput {
                    command_id,
                    id: *patrol_id,
                    plan_id: *plan_id,
                    begun_at: clock(*begun_at),
                    ended_at: clock(*ended_at),
                    looked: looked.clone(),
                    note: note.clone(),
                };
                self.settle().await?;
                answer(&patrol::walk(&ctx, &input).await?)
            }
            Work::CommandProblem { problem_id, version, order: wanted, photos } => {
                let ctx = self.under(Right::CommandProblem, order)?;
                let mut wanted = (**wanted).clone();
                wanted.media_ids = self.arrived(photos)?;
                wanted.made_at = Some(made);
                self.settle().await?;
                let version = rebased(&ctx, &ctx.read().await?, *problem_id, *version).await?;
                answer(&problem::command(&ctx, *problem_id, &problem::CommandInput { command_id, version, order: wanted }).await?)
            }
        }
    }

    fn content(&self, mark: &Mark) -> Result<Content, Error> {
        let result: FindingResult = mark.result.clone().into();
        Ok(Content {
            phrase: result.picked(&mark.phrase),
            result,
            note: mark.note.trim().to_owned(),
            media: self.arrived(&mark.photos)?,
        })
    }

    /// What stood there as the device knew it; photographs that never arrived did not stand there.
    fn known(&self, mark: &Mark) -> Result<Content, Error> {
        let photos = mark.photos.iter().filter(|hash| self.photos.contains_key(*hash)).cloned().collect();
        self.content(&Mark { photos, ..mark.clone() })
    }

    /// The person's photographs of these hashes.
    fn arrived(&self, hashes: &[String]) -> Result<Vec<MediaId>, Error> {
        let (mut found, mut missing, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
        for hash in hashes.iter().filter(|hash| seen.insert(hash.as_str())) {
            match self.photos.get(hash) {
                Some(media) => found.push(*media),
                None => missing.push(hash.clone()),
            }
        }
        if missing.is_empty() { Ok(found) } else { Err(Error::new("sync_media_missing").with("missing", missing)) }
    }
}

/// What a command was answered, as it is kept.
fn answer(answer: &impl Serialize) -> Result<serde_json::Value, Error> {
    serde_json::to_value(answer).map_err(Error::internal)
}

/// The version to command: that of now, if nothing has moved the problem since the device saw it.
async fn rebased(ctx: &CityCtx, tx: &ReadTx, id: ProblemId, seen: u64) -> Result<u64, Error> {
    let kept = problem::visible(ctx, tx, id).await?;
    let now = kept.problem.version;
    if now == seen {
        return Ok(seen);
    }
    let history = problems::history(tx, id).await?;
    let count = usize::try_from(now.saturating_sub(seen)).unwrap_or(usize::MAX);
    let since = &history[history.len().saturating_sub(count)..];
    let changes: Vec<_> = since.iter().map(|step| step.change.clone()).collect();
    if seen < now && offline::undisturbed(&changes) {
        return Ok(now);
    }
    let told: Vec<serde_json::Value> = since
        .iter()
        .map(|step| {
            serde_json::json!({ "command": step.change.command.kind(), "by": step.actor_name, "at": step.change.at, "to": step.change.to })
        })
        .collect();
    let state = serde_json::to_value(kept.problem.state).map_err(Error::internal)?;
    Err(Error::new("problem_moved_on")
        .with("state", state)
        .with("since", told)
        .with("version", now)
        .with("number", crate::problem::views::text_number(&kept, &Calendar::default())))
}
