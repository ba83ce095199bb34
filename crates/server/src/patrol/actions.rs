//! Intentions about patrols, each in one transaction: plan, walk; and what is due today.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike as _, Days, NaiveDate};
use uuid::Uuid;
use yipanqi_domain::access::{Reach, Right, Role};
use yipanqi_domain::id::PersonId;
use yipanqi_domain::patrol::{PatrolPlan, Stretch, Walk};
use yipanqi_domain::unit::UnitKind;
use yipanqi_store::patrol::{self as store, KeptPlan, KeptWalk};
use yipanqi_store::{ReadTx, calendar, site, unit};

use super::views::{PackPatrol, PackWalk, PatrolInput, PatrolPlace, WalkInput};
use crate::error::Error;
use crate::request::CityCtx;

/// Places of a plan.
const PLACES: usize = 60;
/// Characters of a name.
const SHORT: usize = 60;
/// Characters of a remark.
const LONG: usize = 1_000;

/// Adds plans, one for each grid, or changes one.
///
/// # Errors
/// `place_not_yours`, `patrol_plan_not_found`, `patrol_not_grid`, `patrol_person`, `version_conflict`.
pub async fn save(ctx: &CityCtx, input: &PatrolInput) -> Result<(), Error> {
    let mut tx = ctx.write().await?;
    if ctx.once::<()>(&mut tx, input.command_id, input).await?.is_some() {
        return Ok(());
    }
    let missing = || Error::new("patrol_plan_not_found");
    let known = match input.id {
        Some(id) => Some(store::plan(&tx, id).await?.ok_or_else(missing)?),
        None => None,
    };
    if let Some(known) = &known {
        ctx.allow(&[known.unit]).map_err(|_| missing())?;
    }
    let units: BTreeSet<_> = known.as_ref().map_or_else(|| input.unit_ids.iter().copied().collect(), |known| [known.unit].into());
    if units.is_empty() {
        return Err(Error::invalid("unit_ids", "value_missing"));
    }
    let name = input.name.trim();
    if name.is_empty() || name.chars().count() > SHORT {
        return Err(Error::invalid("name", if name.is_empty() { "value_missing" } else { "text_too_long" }));
    }
    if !input.frequency.is_sound() || input.to.is_some_and(|to| to < input.from) {
        return Err(Error::invalid("frequency", "patrol_frequency"));
    }
    let stretches = stretches(&tx, &input.places).await?;
    let directory = unit::directory(&tx).await?;
    let posts = unit::posts(&tx, input.person_id, ctx.today()).await?;
    for &of in &units {
        ctx.allow(&[of])?;
        if directory.get(of).map(|unit| unit.kind) != Some(UnitKind::Grid) {
            return Err(Error::invalid("unit_ids", "patrol_not_grid"));
        }
        let keeps =
            |person: PersonId| posts.iter().any(|post| post.person == person && post.unit == of && post.role == Role::GridWorker);
        if input.person_id.is_some_and(|person| !keeps(person)) {
            return Err(Error::invalid("person_id", "patrol_person"));
        }
        let saved = KeptPlan {
            id: known.as_ref().map_or_else(Uuid::now_v7, |known| known.id),
            unit: of,
            name: name.to_owned(),
            person: input.person_id,
            plan: PatrolPlan { frequency: input.frequency.clone(), from: input.from, to: input.to, stretches: stretches.clone() },
            version: if known.is_some() { input.version } else { 0 },
        };
        store::save_plan(&tx, &saved).await?;
        tx.audit("patrol.plan", "patrol_plan", &saved.id.to_string(), &saved)?;
        tx.event("patrol", &saved.id.to_string(), &[of])?;
    }
    ctx.answer_once(&mut tx, input.command_id, &()).await?;
    tx.commit().await?;
    Ok(())
}

async fn stretches(tx: &ReadTx, places: &[PatrolPlace]) -> Result<Vec<Stretch>, Error> {
    if places.len() > PLACES {
        return Err(Error::invalid("places", "patrol_places_many"));
    }
    let mut stretches = Vec::with_capacity(places.len());
    for place in places {
        let name = match place.site_id {
            Some(id) => site::get(tx, id).await.map_err(|_| Error::invalid("places", "site_not_found"))?.name,
            None => place.name.trim().to_owned(),
        };
        if name.is_empty() {
            return Err(Error::invalid("places", "value_missing"));
        }
        stretches.push(Stretch { site: place.site_id, name: name.chars().take(SHORT * 2).collect() });
    }
    Ok(stretches)
}

/// Whether a plan is the reader's to walk.
fn mine(ctx: &CityCtx, kept: &KeptPlan) -> bool {
    let keeps = ctx.actor.posts.iter().any(|post| post.role == Role::GridWorker && post.unit == kept.unit);
    keeps && kept.person.is_none_or(|person| person == ctx.actor.person)
}

/// Writes down what somebody has walked.
///
/// # Errors
/// `patrol_plan_not_found`, `patrol_known`, the rules' refusals.
pub async fn walk(ctx: &CityCtx, input: &WalkInput) -> Result<Uuid, Error> {
    let mut tx = ctx.write().await?;
    if let Some(done) = ctx.once::<Uuid>(&mut tx, input.command_id, input).await? {
        return Ok(done);
    }
    let kept = store::plan(&tx, input.plan_id).await?.filter(|kept| mine(ctx, kept));
    let kept = kept.ok_or_else(|| Error::new("patrol_plan_not_found"))?;
    may_be(ctx, &tx, input.id).await?;
    if input.note.chars().count() > LONG {
        return Err(Error::invalid("note", "text_too_long"));
    }
    let walk = Walk { begun_at: input.begun_at, ended_at: input.ended_at, looked: input.looked.iter().copied().collect() };
    let on = kept.plan.walked(&walk, ctx.moment, &*calendar::load(&tx).await?)?;
    let made = KeptWalk {
        id: input.id,
        plan: kept.id,
        person: ctx.actor.person,
        person_name: ctx.name.clone(),
        on,
        walk,
        note: input.note.trim().to_owned(),
        made_at: ctx.moment,
    };
    store::add(&tx, &made).await?;
    tx.audit("patrol.walk", "patrol_plan", &kept.id.to_string(), &made)?;
    tx.event("patrol", &kept.id.to_string(), &[kept.unit])?;
    ctx.answer_once(&mut tx, input.command_id, &made.id).await?;
    tx.commit().await?;
    Ok(made.id)
}

/// Whether this identity of a walk is nobody else's.
///
/// # Errors
/// `patrol_known`.
pub async fn may_be(ctx: &CityCtx, tx: &ReadTx, walk: Uuid) -> Result<(), Error> {
    match store::walker(tx, walk).await? {
        Some(person) if person != ctx.actor.person => Err(Error::new("patrol_known")),
        Some(_) | None => Ok(()),
    }
}

/// The Monday of a day's week.
fn monday(day: NaiveDate) -> NaiveDate {
    day.checked_sub_days(Days::new(day.weekday().num_days_from_monday().into())).unwrap_or(day)
}

/// The patrols that the reader has to walk today.
///
/// # Errors
/// The year without a calendar, where working days are asked.
pub async fn due(ctx: &CityCtx, tx: &ReadTx) -> Result<Vec<PackPatrol>, Error> {
    Ok(gathered(ctx, tx).await?.into_iter().filter_map(|(patrol, today)| today.then_some(patrol)).collect())
}

/// The patrols that the reader has to walk today or in the days to come.
///
/// # Errors
/// The year without a calendar, where working days are asked.
pub async fn ahead(ctx: &CityCtx, tx: &ReadTx) -> Result<Vec<PackPatrol>, Error> {
    Ok(gathered(ctx, tx).await?.into_iter().map(|(patrol, _)| patrol).collect())
}

/// The reader's patrols, each with whether it is due today.
async fn gathered(ctx: &CityCtx, tx: &ReadTx) -> Result<Vec<(PackPatrol, bool)>, Error> {
    let units = match ctx.reach_of(Right::WalkPatrol) {
        Reach::Units(units) => units,
        Reach::Everything | Reach::Nothing => return Ok(Vec::new()),
    };
    let today = ctx.today();
    let over = |kept: &KeptPlan| kept.plan.to.is_some_and(|last| last < today);
    let mut plans = store::plans(tx, Some(&units)).await?;
    plans.retain(|kept| mine(ctx, kept) && !over(kept));
    if plans.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = plans.iter().map(|kept| kept.id).collect();
    let mut walked: BTreeMap<Uuid, BTreeSet<NaiveDate>> = BTreeMap::new();
    for made in store::walks(tx, &ids, monday(today), today).await? {
        walked.entry(made.plan).or_default().insert(made.on);
    }
    let calendar = calendar::load(tx).await?;
    let directory = unit::directory(tx).await?;
    let mut packed = Vec::new();
    for kept in &plans {
        let days = walked.remove(&kept.id).unwrap_or_default();
        let mut ahead: Vec<PackWalk> = Vec::new();
        for owed in kept.plan.ahead(&days, today, &calendar)? {
            match ahead.last_mut() {
                Some(walk) if walk.from == owed.from => walk.times += 1,
                Some(_) | None => ahead.push(PackWalk { from: owed.from, to: owed.to, times: 1 }),
            }
        }
        let Some(next) = ahead.first() else { continue };
        let patrol = PackPatrol {
            id: kept.id,
            name: kept.name.clone(),
            unit: directory.get(kept.unit).map(|unit| unit.name.clone()).unwrap_or_default(),
            places: kept.plan.stretches.iter().map(PatrolPlace::from).collect(),
            until: next.to,
            walked_on: days.last().copied(),
            ahead,
        };
        packed.push((patrol, kept.plan.due(&days, today, &calendar)?.is_some()));
    }
    Ok(packed)
}
