//! Carrying out what lay in an outbox: each command by the same action as the page's own request, once.

use std::collections::HashSet;

use sha2::{Digest as _, Sha256};
use uuid::Uuid;
use yipanqi_domain::access::Right;
use yipanqi_domain::calendar::Calendar;
use yipanqi_domain::id::{CommandId, MediaId, ProblemId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::offline::{self, Content};
use yipanqi_domain::round::VisitPurpose;
use yipanqi_store::command::{self, Applied};
use yipanqi_store::{ReadTx, media, problem as problems, round};

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
    let mut receipts: Vec<Option<CommandReceipt>> = batch.commands.iter().map(|_| None).collect();
    let mut moved = true;
    while moved {
        moved = false;
        for (envelope, receipt) in batch.commands.iter().zip(&mut receipts) {
            let open = receipt.as_ref().is_none_or(|known| known.receipt == Receipt::Held);
            if !open {
                continue;
            }
            let next = one(ctx, &batch.device, envelope).await?;
            // Only what is done can let others go on.
            moved |= next.receipt == Receipt::Applied;
            *receipt = Some(next);
        }
    }
    Ok(receipts.into_iter().flatten().collect())
}

/// Carries out one command; what the rules refuse is a receipt, what the server fails at is an error.
async fn one(ctx: &CityCtx, device: &str, envelope: &Envelope) -> Result<CommandReceipt, Error> {
    match attempt(ctx, device, envelope).await {
        Ok(receipt) => Ok(receipt),
        Err(error) if error.status().is_server_error() => Err(error),
        Err(error) => Ok(refused(ctx, envelope.id, &error)),
    }
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

async fn attempt(ctx: &CityCtx, device: &str, envelope: &Envelope) -> Result<CommandReceipt, Error> {
    let text = envelope.work.get();
    let hash = hex::encode(Sha256::digest(text.as_bytes()));
    if !hash.eq_ignore_ascii_case(&envelope.body_hash) {
        return Err(Error::new("sync_body_damaged"));
    }
    let work: Work =
        serde_json::from_str(text).map_err(|error| Error::new("sync_work_unknown").with("reason", error.to_string()))?;
    let tx = ctx.read().await?;
    if let Some(known) = command::applied(&tx, envelope.id).await? {
        if known.body_hash != hash || known.person != Some(ctx.actor.person) {
            return Err(Error::new("command_reused"));
        }
        return done(&tx, envelope.id, &work, &known.answer).await;
    }
    let parents = parents(ctx, &tx, envelope).await?;
    let made = offline::corrected(envelope.made_at, envelope.clock_offset_ms);
    Way { ctx, device, tx, envelope, hash: &hash, made, parents }.apply(&work).await?;
    let tx = ctx.read().await?;
    let known =
        command::applied(&tx, envelope.id).await?.ok_or_else(|| Error::internal("a command just applied is not there"))?;
    done(&tx, envelope.id, &work, &known.answer).await
}

/// What the parents were answered; a parent that is not done holds its children.
async fn parents(ctx: &CityCtx, tx: &ReadTx, envelope: &Envelope) -> Result<Vec<Applied>, Error> {
    let mut parents = Vec::with_capacity(envelope.parents.len());
    for parent in &envelope.parents {
        match command::applied(tx, *parent).await? {
            Some(known) if known.person == Some(ctx.actor.person) => parents.push(known),
            Some(_) | None => return Err(Error::new("sync_parent_open").with("parent", parent.to_string())),
        }
    }
    Ok(parents)
}

/// The receipt of a command that is done, from what stands in the city now.
async fn done(tx: &ReadTx, id: CommandId, work: &Work, answer: &serde_json::Value) -> Result<CommandReceipt, Error> {
    let mut receipt = receipt(id, Receipt::Applied, 200);
    receipt.subject_id = answer.as_str().and_then(|text| text.parse::<Uuid>().ok());
    match (work, receipt.subject_id) {
        (Work::StartVisit { .. } | Work::FinishVisit { .. }, Some(subject)) => {
            let late = round::visit(tx, subject).await.is_ok_and(|visit| visit.purpose == VisitPurpose::Late);
            receipt.remark = late.then(|| "late".to_owned());
        }
        (Work::ReportProblem { .. }, Some(subject)) => {
            let kept = problems::get_all(tx, &[ProblemId::new(subject)]).await?.pop();
            receipt.number = kept.map(|kept| crate::problem::views::text_number(&kept, &Calendar::default()));
        }
        (Work::CommandProblem { problem_id, .. }, _) => receipt.subject_id = Some(problem_id.uuid()),
        (Work::StartVisit { .. } | Work::FinishVisit { .. } | Work::ReportProblem { .. }, None)
        | (Work::MarkItem { .. } | Work::WalkPatrol { .. }, _) => {}
    }
    Ok(receipt)
}

/// A command on its way to its action, which begins its own transaction once this one is over.
struct Way<'a> {
    ctx: &'a CityCtx,
    device: &'a str,
    tx: ReadTx,
    envelope: &'a Envelope,
    hash: &'a str,
    made: Moment,
    parents: Vec<Applied>,
}

impl Way<'_> {
    /// The person under the right of the route that does the same.
    fn under(&self, right: Right) -> Result<CityCtx, Error> {
        self.ctx.sending(right, Sent { hash: self.hash.to_owned(), device: self.device.to_owned() })
    }

    async fn apply(self, work: &Work) -> Result<(), Error> {
        let (command_id, made) = (self.envelope.id, self.made);
        match work {
            Work::StartVisit { round_id, site_id, position } => {
                let input = StartVisit {
                    command_id,
                    round_id: *round_id,
                    site_id: *site_id,
                    started_at: Some(made),
                    position: position.and_then(super::views::Spot::wgs84),
                    accuracy_m: position.and_then(|spot| spot.accuracy_m),
                };
                let ctx = self.under(Right::VisitSite)?;
                drop(self);
                visit::start(&ctx, &input).await?;
            }
            Work::MarkItem { visit_id, item_id, mark, base } => {
                let ctx = self.under(Right::VisitSite)?;
                let upon = match base {
                    Some(base) => Upon::Known(self.known(base).await?),
                    None => Upon::Nothing,
                };
                let marking = Marking { command_id, content: self.content(mark).await?, upon, made_at: Some(made) };
                let visit_id = self.visit(*visit_id)?;
                drop(self);
                visit::mark(&ctx, visit_id, *item_id, &marking).await?;
            }
            Work::FinishVisit { visit_id, seen } => {
                let finishing = Finishing { command_id, version: None, made_at: Some(made), seen: Some(seen.clone()) };
                let (ctx, visit_id) = (self.under(Right::VisitSite)?, self.visit(*visit_id)?);
                drop(self);
                visit::finish(&ctx, visit_id, &finishing).await?;
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
                    patrol_id: *patrol_id,
                    media_ids: self.photos(photos).await?,
                    position: position.and_then(super::views::Spot::wgs84),
                    made_at: Some(made),
                };
                let ctx = self.under(Right::RegisterProblem)?;
                drop(self);
                problem::register(&ctx, input).await?;
            }
            Work::WalkPatrol { patrol_id, plan_id, begun_at, ended_at, looked, note } => {
                let ctx = self.under(Right::WalkPatrol)?;
                let clock = |at: Moment| offline::corrected(at, self.envelope.clock_offset_ms).min(ctx.moment);
                let input = WalkInput {
                    command_id,
                    id: *patrol_id,
                    plan_id: *plan_id,
                    begun_at: clock(*begun_at),
                    ended_at: clock(*ended_at),
                    looked: looked.clone(),
                    note: note.clone(),
                };
                drop(self);
                patrol::walk(&ctx, &input).await?;
            }
            Work::CommandProblem { problem_id, version, order, photos } => {
                let ctx = self.under(Right::CommandProblem)?;
                let mut order = (**order).clone();
                order.media_ids = self.photos(photos).await?;
                order.made_at = Some(made);
                let version = self.rebased(&ctx, *problem_id, *version).await?;
                drop(self);
                problem::command(&ctx, *problem_id, &problem::CommandInput { command_id, version, order }).await?;
            }
        }
        Ok(())
    }

    /// The visit itself, or the one that the first parent began.
    fn visit(&self, named: Option<Uuid>) -> Result<Uuid, Error> {
        let begun = || self.parents.first().and_then(|parent| parent.answer.as_str()?.parse().ok());
        named.or_else(begun).ok_or_else(|| Error::new("visit_not_found"))
    }

    async fn content(&self, mark: &Mark) -> Result<Content, Error> {
        Ok(Content {
            result: mark.result.clone().into(),
            phrase: mark.phrase.trim().to_owned(),
            note: mark.note.trim().to_owned(),
            media: self.photos(&mark.photos).await?,
        })
    }

    /// What stood there as the device knew it; photographs that never arrived did not stand there.
    async fn known(&self, mark: &Mark) -> Result<Content, Error> {
        let mut arrived = Mark { photos: Vec::new(), ..mark.clone() };
        for hash in &mark.photos {
            if media::uploaded(&self.tx, hash, self.ctx.actor.person).await?.is_some() {
                arrived.photos.push(hash.clone());
            }
        }
        self.content(&arrived).await
    }

    /// The person's photographs of these hashes.
    async fn photos(&self, hashes: &[String]) -> Result<Vec<MediaId>, Error> {
        let (mut found, mut missing, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
        for hash in hashes.iter().filter(|hash| seen.insert(hash.as_str())) {
            match media::uploaded(&self.tx, hash, self.ctx.actor.person).await? {
                Some(media) => found.push(media),
                None => missing.push(hash.clone()),
            }
        }
        if missing.is_empty() { Ok(found) } else { Err(Error::new("sync_media_missing").with("missing", missing)) }
    }

    /// The version to command: that of now, if nothing has moved the problem since the device saw it.
    async fn rebased(&self, ctx: &CityCtx, id: ProblemId, seen: u64) -> Result<u64, Error> {
        let kept = problem::visible(ctx, &self.tx, id).await?;
        let now = kept.problem.version;
        if now == seen {
            return Ok(seen);
        }
        let history = problems::history(&self.tx, id).await?;
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
            .with("number", crate::problem::views::text_number(&kept, &Calendar::default())))
    }
}
