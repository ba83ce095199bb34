//! Facilities and quotas 设施配置: what must be at a site of a type, what is there, its state and upkeep; gaps become tasks.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;
use uuid::Uuid;
use yipanqi_domain::access::{Place, Reach, Right};
use yipanqi_domain::facility::{Found, Shortfall, shortfall};
use yipanqi_domain::id::{CommandId, SiteId, UnitId};
use yipanqi_domain::task::quantity::MonthlyPlan;
use yipanqi_domain::task::{Class, Task};
use yipanqi_store::facility::{self as store, Facility, FacilityKind, Quota};
use yipanqi_store::site::{Site, SiteFilter, SiteSort};
use yipanqi_store::{ReadTx, StoreError, checklist, site, unit};

use crate::error::{Error, FailureBody};
use crate::request::{CityCtx, Json, Path, Query};
use crate::rights::Routes;
use crate::session::UnitRef;
use crate::site::standing_for;
use crate::task::actions::{self, NewTask};

/// Sites read at a time.
const BATCH: u64 = 500;

/// What must be at a site of a type.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuotaRow {
    /// Identity.
    #[schema(value_type = String)]
    pub id: Uuid,
    /// What kind it is.
    #[schema(value_type = String)]
    pub kind: FacilityKind,
    /// Its name.
    pub name: String,
    /// How many there must be.
    pub required: u32,
    /// The requirement in words.
    pub words: String,
    /// Given back with a change.
    pub version: i64,
}

/// A quota to be added or changed.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct QuotaInput {
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
    /// What kind it is.
    #[schema(value_type = String)]
    pub kind: FacilityKind,
    /// Its name.
    pub name: String,
    /// How many there must be.
    pub required: u32,
    /// The requirement in words.
    #[serde(default)]
    pub words: String,
}

/// A quota at a site with what was found.
#[derive(Debug, Serialize, ToSchema)]
pub struct FacilityRow {
    /// The quota.
    pub quota: QuotaRow,
    /// In order; none: nobody has looked yet.
    pub good: Option<u32>,
    /// To be mended.
    pub broken: Option<u32>,
    /// To be added.
    pub missing: u32,
    /// To be mended, as far as the quota needs them.
    pub to_mend: u32,
    /// The unit that keeps it.
    pub upkeep: Option<UnitRef>,
    /// When it was looked at.
    pub checked_on: Option<NaiveDate>,
    /// Remark.
    pub note: String,
    /// Given back with what was found; 0: nobody has looked yet.
    pub version: i64,
}

/// What was found.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct FacilityInput {
    /// Made by the client; the same id and body are applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// Of which quota.
    #[schema(value_type = String)]
    pub quota_id: Uuid,
    /// In order.
    pub good: u32,
    /// To be mended.
    pub broken: u32,
    /// The unit that keeps it.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub upkeep_id: Option<UnitId>,
    /// Remark.
    #[serde(default)]
    pub note: String,
    /// The version the page has seen.
    pub version: i64,
}

/// Which gaps.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct ShortfallQuery {
    /// Of sites of this type.
    #[param(value_type = Option<String>)]
    pub site_type: Option<Uuid>,
}

/// What is missing at a site.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShortfallRow {
    /// The site.
    #[schema(value_type = String)]
    pub site_id: SiteId,
    /// Its name.
    pub site_name: String,
    /// What.
    pub name: String,
    /// What kind it is.
    #[schema(value_type = String)]
    pub kind: FacilityKind,
    /// To be added.
    pub missing: u32,
    /// To be mended.
    pub to_mend: u32,
    /// The unit that is to do it: that of the upkeep, else the responsible unit of the site.
    pub unit: Option<UnitRef>,
}

/// Which gaps become tasks.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct FacilityTasksInput {
    /// Made by the client; the same id and body are applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// Of sites of this type; of every type if left out.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub site_type_id: Option<Uuid>,
    /// The last day.
    pub due_on: NaiveDate,
}

/// How many tasks came of gaps.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct FacilityTasks {
    /// Tasks drafted now, one for each unit and facility.
    pub drafted: u64,
    /// Gaps at sites without a unit that could do it.
    pub without_unit: u64,
}

/// The routes of the noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::default()
        .route(Right::ViewSites, routes!(quotas))
        .route(Right::ManageSites, routes!(save_quota))
        .route(Right::ViewSites, routes!(facilities))
        .route(Right::CommandTask, routes!(save))
        .route(Right::ViewSites, routes!(gaps))
        .route(Right::ManageTask, routes!(tasks))
}

fn quota_row(quota: &Quota) -> QuotaRow {
    QuotaRow {
        id: quota.id,
        kind: quota.kind,
        name: quota.name.clone(),
        required: quota.required,
        words: quota.words.clone(),
        version: quota.version,
    }
}

async fn known_type(tx: &ReadTx, id: Uuid) -> Result<(), Error> {
    match checklist::site_types(tx).await?.iter().any(|known| known.id == id) {
        true => Ok(()),
        false => Err(Error::new("site_type_not_found")),
    }
}

/// What must be at sites of a type.
#[utoipa::path(get, path = "/api/site-types/{id}/quotas", tag = "facility", params(("id" = String, Path)),
    responses((status = 200, body = Vec<QuotaRow>), (status = 404, body = FailureBody)))]
pub async fn quotas(ctx: CityCtx, Path(id): Path<Uuid>) -> Result<Json<Vec<QuotaRow>>, Error> {
    let tx = ctx.read().await?;
    known_type(&tx, id).await?;
    Ok(Json(store::quotas(&tx, Some(id)).await?.iter().map(quota_row).collect()))
}

/// Add or change what must be there.
#[utoipa::path(put, path = "/api/site-types/{id}/quotas", tag = "facility", params(("id" = String, Path)), request_body = QuotaInput,
    responses((status = 200, body = Vec<QuotaRow>), (status = 404, body = FailureBody), (status = 409, body = FailureBody)))]
pub async fn save_quota(ctx: CityCtx, Path(id): Path<Uuid>, Json(input): Json<QuotaInput>) -> Result<Json<Vec<QuotaRow>>, Error> {
    let mut tx = ctx.write().await?;
    known_type(&tx, id).await?;
    if ctx.once::<()>(&mut tx, input.command_id, &(id, &input)).await?.is_none() {
        if input.name.trim().is_empty() {
            return Err(Error::invalid("name", "task_title_missing"));
        }
        let saved = Quota {
            id: input.id.unwrap_or_else(Uuid::now_v7),
            site_type: id,
            kind: input.kind,
            name: input.name.trim().to_owned(),
            required: input.required,
            words: input.words.trim().to_owned(),
            version: if input.id.is_some() { input.version } else { 0 },
        };
        store::save_quota(&tx, &saved).await?;
        tx.audit("quota.save", "site_type", &id.to_string(), &saved)?;
        ctx.answer_once(&mut tx, input.command_id, &()).await?;
        tx.commit().await?;
    } else {
        drop(tx);
    }
    let tx = ctx.read().await?;
    Ok(Json(store::quotas(&tx, Some(id)).await?.iter().map(quota_row).collect()))
}

fn units_of(site: &Site) -> Vec<UnitId> {
    [site.street, site.community, site.grid, site.industry_unit, site.territorial_unit].into_iter().flatten().collect()
}

/// A site that the reader may reach with a right.
async fn reached(ctx: &CityCtx, tx: &ReadTx, id: SiteId, right: Right) -> Result<Site, Error> {
    let missing = || Error::new("site_not_found");
    let site = standing_for(tx, id).await.map_err(|error| match error {
        StoreError::NotFound { .. } => missing(),
        other => other.into(),
    })?;
    let city = ctx.allow_right(right, &Place::City).is_ok();
    let here = ctx.allow_right(right, &Place::Units(&units_of(&site))).is_ok();
    if city || here { Ok(site) } else { Err(missing()) }
}

async fn rows(tx: &ReadTx, site: &Site) -> Result<Vec<FacilityRow>, Error> {
    let Some(site_type) = site.site_type else { return Ok(Vec::new()) };
    let directory = unit::directory(tx).await?;
    let mut found: HashMap<Uuid, Facility> =
        store::found(tx, Some(site.id)).await?.into_iter().map(|facility| (facility.quota, facility)).collect();
    let row = |quota: &Quota| {
        let facility = found.remove(&quota.id);
        let short = shortfall(quota.required, facility.as_ref().map(|facility| facility.found));
        FacilityRow {
            quota: quota_row(quota),
            good: facility.as_ref().map(|facility| facility.found.good),
            broken: facility.as_ref().map(|facility| facility.found.broken),
            missing: short.missing,
            to_mend: short.to_mend,
            upkeep: facility.as_ref().and_then(|facility| directory.get(facility.upkeep?)).map(UnitRef::from),
            checked_on: facility.as_ref().map(|facility| facility.checked_on),
            version: facility.as_ref().map_or(0, |facility| facility.version),
            note: facility.map(|facility| facility.note).unwrap_or_default(),
        }
    };
    Ok(store::quotas(tx, Some(site_type)).await?.iter().map(row).collect())
}

/// What must be at a site, and what is there.
#[utoipa::path(get, path = "/api/sites/{id}/facilities", tag = "facility", params(("id" = String, Path)),
    responses((status = 200, body = Vec<FacilityRow>), (status = 404, body = FailureBody)))]
pub async fn facilities(ctx: CityCtx, Path(id): Path<SiteId>) -> Result<Json<Vec<FacilityRow>>, Error> {
    let tx = ctx.read().await?;
    let site = reached(&ctx, &tx, id, Right::ViewSites).await?;
    Ok(Json(rows(&tx, &site).await?))
}

/// Write down what is there: the units of the site, or the office.
#[utoipa::path(put, path = "/api/sites/{id}/facilities", tag = "facility", params(("id" = String, Path)),
    request_body = FacilityInput, responses((status = 200, body = Vec<FacilityRow>), (status = 404, body = FailureBody),
    (status = 409, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn save(
    ctx: CityCtx,
    Path(id): Path<SiteId>,
    Json(input): Json<FacilityInput>,
) -> Result<Json<Vec<FacilityRow>>, Error> {
    let mut tx = ctx.write().await?;
    let site = reached(&ctx, &tx, id, Right::CommandTask).await?;
    if ctx.once::<()>(&mut tx, input.command_id, &(id, &input)).await?.is_none() {
        let quotas = store::quotas(&tx, site.site_type).await?;
        if site.site_type.is_none() || !quotas.iter().any(|quota| quota.id == input.quota_id) {
            return Err(Error::invalid("quota_id", "quota_not_found"));
        }
        if input.upkeep_id.is_some_and(|unit| ctx.tree.get(unit).is_none()) {
            return Err(Error::invalid("upkeep_id", "unit_not_found"));
        }
        let saved = Facility {
            site: site.id,
            quota: input.quota_id,
            found: Found { good: input.good, broken: input.broken },
            upkeep: input.upkeep_id,
            checked_on: ctx.today(),
            note: input.note.trim().to_owned(),
            version: input.version,
        };
        store::save(&tx, &saved).await?;
        tx.audit("facility.save", "site", &id.to_string(), &saved)?;
        ctx.answer_once(&mut tx, input.command_id, &()).await?;
        tx.commit().await?;
    } else {
        drop(tx);
    }
    let tx = ctx.read().await?;
    Ok(Json(rows(&tx, &site).await?))
}

/// A gap with the site and the unit that is to do it.
struct Gap {
    site: Site,
    quota: Quota,
    short: Shortfall,
    unit: Option<UnitId>,
}

async fn all_gaps(ctx: &CityCtx, tx: &ReadTx, site_type: Option<Uuid>) -> Result<Vec<Gap>, Error> {
    let quotas = store::quotas(tx, site_type).await?;
    let mut of_type: BTreeMap<Uuid, Vec<Quota>> = BTreeMap::new();
    for quota in quotas {
        of_type.entry(quota.site_type).or_default().push(quota);
    }
    if of_type.is_empty() {
        return Ok(Vec::new());
    }
    let found: HashMap<(SiteId, Uuid), Facility> =
        store::found(tx, None).await?.into_iter().map(|facility| ((facility.site, facility.quota), facility)).collect();
    let filter = SiteFilter {
        site_types: of_type.keys().copied().collect(),
        retired: Some(false),
        reach: match ctx.reach_of(Right::ViewSites) {
            Reach::Everything => None,
            Reach::Units(units) => Some(units),
            Reach::Nothing => Some(std::collections::BTreeSet::new()),
        },
        ..SiteFilter::default()
    };
    let mut gaps = Vec::new();
    let mut offset = 0;
    loop {
        let sites = site::list(tx, &filter, SiteSort::default(), offset, BATCH).await?.0;
        let count = sites.len() as u64;
        for site in sites {
            for quota in site.site_type.and_then(|site_type| of_type.get(&site_type)).into_iter().flatten() {
                let facility = found.get(&(site.id, quota.id));
                let short = shortfall(quota.required, facility.map(|facility| facility.found));
                if !short.is_none() {
                    let unit = facility.and_then(|facility| facility.upkeep).or(site.territorial_unit).or(site.industry_unit);
                    gaps.push(Gap { site: site.clone(), quota: quota.clone(), short, unit });
                }
            }
        }
        if count < BATCH {
            return Ok(gaps);
        }
        offset += BATCH;
    }
}

/// What is missing, by site.
#[utoipa::path(get, path = "/api/facilities/gaps", tag = "facility", params(ShortfallQuery),
    responses((status = 200, body = Vec<ShortfallRow>)))]
pub async fn gaps(ctx: CityCtx, Query(query): Query<ShortfallQuery>) -> Result<Json<Vec<ShortfallRow>>, Error> {
    let tx = ctx.read().await?;
    let directory = unit::directory(&tx).await?;
    let row = |gap: Gap| ShortfallRow {
        site_id: gap.site.id,
        site_name: gap.site.name,
        name: gap.quota.name,
        kind: gap.quota.kind,
        missing: gap.short.missing,
        to_mend: gap.short.to_mend,
        unit: gap.unit.and_then(|unit| directory.get(unit)).map(UnitRef::from),
    };
    Ok(Json(all_gaps(&ctx, &tx, query.site_type).await?.into_iter().map(row).collect()))
}

/// Draft a task for each unit and facility that is short: how many, where.
#[utoipa::path(post, path = "/api/facilities/tasks", tag = "facility", request_body = FacilityTasksInput,
    responses((status = 200, body = FacilityTasks), (status = 422, body = FailureBody)))]
pub async fn tasks(ctx: CityCtx, Json(input): Json<FacilityTasksInput>) -> Result<Json<FacilityTasks>, Error> {
    let mut tx = ctx.write().await?;
    if let Some(done) = ctx.once::<FacilityTasks>(&mut tx, input.command_id, &input).await? {
        return Ok(Json(done));
    }
    let directory = unit::directory(&tx).await?;
    let mut without_unit = 0;
    let mut wanted: BTreeMap<(UnitId, String), (Task, u32)> = BTreeMap::new();
    for gap in all_gaps(&ctx, &tx, input.site_type_id).await? {
        let Some(lead) = gap.unit else {
            without_unit += 1;
            continue;
        };
        let of_unit = directory.get(lead);
        let (task, count) = wanted.entry((lead, gap.quota.name.clone())).or_insert_with(|| {
            let responsible = of_unit.and_then(|unit| unit.officer.or(unit.liaison));
            let words = gap.quota.words.clone();
            let blank = actions::blank(gap.quota.name.clone(), Class::Hardware, ctx.moment);
            (Task { lead: Some(lead), responsible, standard: words, due_on: Some(input.due_on), ..blank }, 0)
        });
        task.origin.sites.insert(gap.site.id);
        *count += gap.short.missing + gap.short.to_mend;
        let line = format!("{} +{} ~{}", gap.site.name, gap.short.missing, gap.short.to_mend);
        task.goal = if task.goal.is_empty() { line } else { format!("{}\n{line}", task.goal) };
    }
    let new: Vec<NewTask> = wanted
        .into_values()
        .map(|(mut task, count)| {
            task.title = format!("{} {count}", task.title);
            NewTask { task, origin_key: None, plan: MonthlyPlan::default() }
        })
        .collect();
    let drafted = FacilityTasks { drafted: new.len() as u64, without_unit };
    actions::enter(&ctx, &mut tx, new).await?;
    ctx.answer_once(&mut tx, input.command_id, &drafted).await?;
    tx.commit().await?;
    Ok(Json(drafted))
}
