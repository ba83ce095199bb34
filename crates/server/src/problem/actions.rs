//! Intentions about problems, each in one transaction: register, command, command many.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use yipanqi_domain::access::{Place, Right, Role};
use yipanqi_domain::calendar::Limit;
use yipanqi_domain::geo::Datum;
use yipanqi_domain::id::{CommandId, CriterionId, MediaId, ProblemId, UnitId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::problem::{
    self, Category, Change, Command, CommandKind, LimitedStep, Problem, Registration, Source, StagePlan, Urgency,
};
use yipanqi_domain::site::{Degrees, Position};
use yipanqi_domain::unit::UnitKind;
use yipanqi_store::framework::Citing;
use yipanqi_store::media::Stage;
use yipanqi_store::problem::{Facts, Kept, New};
use yipanqi_store::{ReadTx, WriteTx, media, party, problem as store};

use super::rules::{self, Rules};
use super::views::{BulkResult, LimitBody, RegisterInput, StageBody};
use crate::crosswalk::counterpart::{Counterparts, cite};
use crate::error::Error;
use crate::import::grids;
use crate::notice::{Herald, Told};
use crate::request::CityCtx;

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

/// Registers a problem by hand and gives its identity.
///
/// # Errors
/// `place_not_yours` outside one's reach, and the rules' refusals.
pub async fn register(ctx: &CityCtx, mut input: RegisterInput) -> Result<ProblemId, Error> {
    let mut tx = ctx.write().await?;
    if let Some(done) = ctx.once::<ProblemId>(&mut tx, input.command_id, &input).await? {
        return Ok(done);
    }
    if let Some(known) = crate::system::recognise(ctx, &tx, &mut input).await? {
        return Ok(known);
    }
    own(ctx, &tx, &input.media_ids).await?;
    let rules = Rules::load(&tx, ctx.moment).await?;
    let (command_id, walk) = (input.command_id, input.patrol_id);
    if let Some(walk) = walk {
        crate::patrol::actions::may_be(ctx, &tx, walk).await?;
    }
    let mut draft = draft(ctx, &tx, input).await?;
    recognise(&tx, &rules, &mut draft).await?;
    let id = draft.registration.id;
    // Whatever lies at no site is told by whoever comes upon it; a site has its community and its grid as well.
    let concerned: Vec<UnitId> = match draft.registration.site {
        Some(site) => {
            let site = yipanqi_store::site::get(&tx, site).await?;
            let units = [site.street, site.community, site.grid, site.territorial_unit, site.industry_unit];
            units.into_iter().flatten().collect()
        }
        None => ctx.actor.posts.iter().map(|post| post.unit).collect(),
    };
    if ctx.allow_right(Right::RegisterProblem, &Place::City).is_err() {
        ctx.allow_right(Right::RegisterProblem, &Place::Units(&concerned))?;
    }
    let new = prepare(ctx, &rules, draft)?;
    enter(&mut tx, &[new]).await?;
    if let Some(walk) = walk {
        yipanqi_store::patrol::link(&tx, walk, id, ctx.actor.person).await?;
    }
    ctx.answer_once(&mut tx, command_id, &id).await?;
    tx.commit().await?;
    Ok(id)
}

/// Links a problem to the closed one of which it is the return: the same site, the same criterion, closed lately.
async fn recognise(tx: &ReadTx, rules: &Rules, draft: &mut Draft) -> Result<(), Error> {
    let Some(site) = draft.registration.site else { return Ok(()) };
    let days = rules.policy.rebound_days;
    let cited =
        |facts: &Facts| facts.cited.iter().map(|cited| (cited.framework.clone(), cited.key.clone())).collect::<BTreeSet<_>>();
    let mine = cited(&draft.facts);
    let earlier = store::at_site(tx, site).await?.into_iter().filter(|earlier| {
        let mut new = draft.registration.clone();
        let same_item = earlier.problem.item.is_some() && earlier.problem.item == new.item;
        let mut known = earlier.problem.clone();
        // Both cite the same words, though one may know them only as cited.
        if same_item || !mine.is_disjoint(&cited(&earlier.facts)) {
            known.criteria.insert(MARK);
            new.criteria.insert(MARK);
        }
        problem::recurrence(&known, &new, draft.at, days) == Some(problem::Recurrence::Rebound)
    });
    if let Some(earlier) = earlier.max_by_key(|earlier| earlier.problem.closed_at) {
        draft.registration.rebound_of = Some(earlier.problem.id);
        draft.facts.rebounds = earlier.facts.rebounds + 1;
    }
    Ok(())
}

/// Stands for a criterion that both cite by its words.
const MARK: CriterionId = CriterionId::new(Uuid::nil());

async fn draft(ctx: &CityCtx, tx: &ReadTx, input: RegisterInput) -> Result<Draft, Error> {
    if input.title.trim().is_empty() {
        return Err(Error::invalid("title", "problem_title_missing"));
    }
    let external = external(&input)?;
    let mut facts = Facts {
        title: input.title.trim().to_owned(),
        description: input.description.trim().to_owned(),
        place_text: input.place_text.as_deref().unwrap_or_default().trim().to_owned(),
        particulars: super::desk::taken(input.source, &input.particulars)?,
        search: external.as_ref().map(|(_, key)| key.clone()).unwrap_or_default(),
        external,
        ..Facts::default()
    };
    let site = match input.site_id {
        Some(site) => Some(crate::site::standing_for(tx, site).await?),
        None if facts.place_text.is_empty() => return Err(Error::invalid("site_id", "problem_place_missing")),
        None => None,
    };
    if let Some(site) = &site {
        locate(&mut facts, site);
    } else if let Some((longitude, latitude)) = input.position.and_then(crate::site::views::Position::stored) {
        (facts.longitude, facts.latitude) = (Some(longitude), Some(latitude));
        place(ctx, tx, &mut facts).await?;
    }
    // What is found on a patrol without a place lies in the grid that is walked.
    let grid = ctx.actor.posts.iter().find(|post| post.role == Role::GridWorker).map(|post| post.unit);
    if let (Some(_), None, None, Some(grid)) = (input.patrol_id, facts.street, facts.community, grid) {
        within(ctx, tx, &mut facts, grid).await?;
    }
    // Whoever may not take a problem up only says it; the office takes it up.
    let files = ctx.actor.posts.iter().any(|post| post.role == Role::Office);
    let mut criteria = std::collections::BTreeSet::new();
    if let Some(item) = input.item_id {
        let items = yipanqi_store::checklist::items(tx, site.as_ref().and_then(|site| site.site_type)).await?;
        let item = items.iter().find(|known| known.id == item).ok_or_else(|| Error::invalid("item_id", "item_not_found"))?;
        for cited in &item.criteria {
            let (framework, edition, key) = (cited.framework.clone(), cited.edition, cited.citation_key.clone());
            facts.cited.push(yipanqi_store::problem::Cited { framework, edition, key, citation: cited.citation.clone() });
        }
    }
    criteria.extend(input.criterion_id);
    if let Some(cited) = match input.criterion_id {
        Some(criterion) => cite(tx, criterion).await?,
        None => None,
    } && !facts.cited.contains(&cited)
    {
        facts.cited.push(cited);
    }
    counterparts(tx, &mut criteria, &mut facts.cited).await?;
    let category = match input.category.trim() {
        "" => {
            let types = yipanqi_store::checklist::site_types(tx).await?;
            super::desk::kind_of(site.as_ref().and_then(|site| site.site_type), &types)
        }
        given => given.to_owned(),
    };
    Ok(Draft {
        registration: Registration {
            id: ProblemId::new(Uuid::now_v7()),
            source: input.source,
            site: site.map(|site| site.id),
            item: input.item_id,
            criteria,
            category: Category(category),
            urgency: input.urgency.unwrap_or(Urgency::Ordinary),
            requires_after_photo: input.requires_after_photo.unwrap_or(true),
            confidential: input.confidential,
            rebound_of: None,
            photos: input.media_ids,
        },
        facts,
        begin: if input.source.is_public() || !files { Begin::Reported } else { Begin::Filed },
        at: problem::counted_at(input.made_at, ctx.moment),
    })
}

/// Adds what cited criteria are in the other frameworks.
///
/// # Errors
/// The database's.
pub(super) async fn counterparts(
    tx: &ReadTx,
    criteria: &mut BTreeSet<CriterionId>,
    cited: &mut Vec<yipanqi_store::problem::Cited>,
) -> Result<(), Error> {
    let citing: Vec<Citing<'_>> =
        cited.iter().map(|cited| Citing { framework: &cited.framework, edition: cited.edition, key: &cited.key }).collect();
    let own: Vec<CriterionId> = match citing.is_empty() {
        true => return Ok(()),
        false => yipanqi_store::framework::cited(tx, &citing).await?.into_values().map(|known| known.id).collect(),
    };
    Counterparts::of(tx, &own).await?.join(&own, criteria, cited);
    Ok(())
}

/// The source and the key there; a key is short and stands for one problem.
fn external(input: &RegisterInput) -> Result<Option<(String, String)>, Error> {
    let Some(key) = input.external_key.as_deref().map(str::trim).filter(|key| !key.is_empty()) else { return Ok(None) };
    if key.chars().count() > 100 {
        return Err(Error::invalid("external_key", "external_key_long"));
    }
    let source = match input.source {
        Source::OtherSystem => crate::system::origin(&input.particulars),
        Source::RoundFinding
        | Source::Covert
        | Source::GridPatrol
        | Source::Citizen
        | Source::MediaExposure
        | Source::Hotline
        | Source::Deputies
        | Source::HigherFeedback
        | Source::LeaderInstruction => {
            serde_json::to_value(input.source).map_err(Error::internal)?.as_str().unwrap_or_default().to_owned()
        }
    };
    Ok(Some((source, key.to_owned())))
}

/// Takes place and units over from the site.
pub fn locate(facts: &mut Facts, site: &yipanqi_store::site::Site) {
    facts.longitude = site.longitude;
    facts.latitude = site.latitude;
    facts.street = site.street;
    facts.community = site.community;
    facts.territorial = site.territorial_unit.or(site.street);
    facts.industry = site.industry_unit;
    facts.search = format!("{} {} {}", facts.search, site.code, site.name);
}

/// Takes the units over from the boundaries that hold the place: what lies at no site lies in somebody's grid.
///
/// # Errors
/// The database's.
pub async fn place(ctx: &CityCtx, tx: &ReadTx, facts: &mut Facts) -> Result<(), Error> {
    let (Some(longitude), Some(latitude)) = (facts.longitude, facts.latitude) else { return Ok(()) };
    let position = Position { longitude: Degrees::from_e7(longitude), latitude: Degrees::from_e7(latitude), datum: Datum::Wgs84 };
    let Some(unit) = grids::unit_at(tx, position).await? else { return Ok(()) };
    within(ctx, tx, facts, unit).await
}

/// Takes the units over from the unit that holds the place.
async fn within(ctx: &CityCtx, tx: &ReadTx, facts: &mut Facts, unit: UnitId) -> Result<(), Error> {
    let directory = yipanqi_store::unit::directory(tx).await?;
    for held in std::iter::once(unit).chain(ctx.tree.ancestors(unit)) {
        match directory.get(held).map(|unit| unit.kind) {
            Some(UnitKind::Community | UnitKind::Village) => facts.community = facts.community.or(Some(held)),
            Some(UnitKind::Street | UnitKind::Town) => facts.street = facts.street.or(Some(held)),
            Some(
                UnitKind::Leadership
                | UnitKind::Office
                | UnitKind::Department
                | UnitKind::Company
                | UnitKind::Grid
                | UnitKind::TaskForce,
            )
            | None => {}
        }
    }
    facts.territorial = facts.territorial.or(facts.street);
    Ok(())
}

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
    fn command(&self) -> Result<Command, Error> {
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
