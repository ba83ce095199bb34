//! Campaigns 专项整治、攻坚战: tasks, sites and problems under one name, with how far they have come.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use yipanqi_domain::id::{CommandId, ProblemId, SiteId, UnitId};
use yipanqi_domain::task::State;
use yipanqi_store::task::{self as store, Campaign, CampaignLink, CampaignState, StateCount, TaskFilter};
use yipanqi_store::{ReadTx, StoreError, problem, site};

use super::views::Names;
use crate::error::{Error, FailureBody};
use crate::request::{CityCtx, Json, Path};
use crate::session::UnitRef;

/// A campaign as a line.
#[derive(Debug, Serialize, ToSchema)]
pub struct CampaignRow {
    /// Identity.
    #[schema(value_type = String)]
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub goal: String,
    /// First day.
    pub from_on: NaiveDate,
    /// Last day.
    pub to_on: NaiveDate,
    /// The unit that leads.
    pub lead: Option<UnitRef>,
    /// `open`, `closed`.
    #[schema(value_type = String)]
    pub state: CampaignState,
    /// Its tasks.
    pub tasks: u64,
    /// Tasks that are done.
    pub done: u64,
    /// Tasks with something past due.
    pub late: u64,
    /// Its sites.
    pub sites: u64,
    /// Its problems.
    pub problems: u64,
    /// Problems that are closed.
    pub closed: u64,
    /// Given back with a change.
    pub version: i64,
}

/// A site or problem of a campaign.
#[derive(Debug, Serialize, ToSchema)]
pub struct CampaignItem {
    /// Identity.
    pub id: String,
    /// What to call it.
    pub name: String,
    /// Where a problem stands.
    pub state: Option<String>,
}

/// A campaign's page.
#[derive(Debug, Serialize, ToSchema)]
pub struct CampaignView {
    /// The line.
    #[serde(flatten)]
    pub row: CampaignRow,
    /// Its sites.
    pub site_items: Vec<CampaignItem>,
    /// Its problems.
    pub problem_items: Vec<CampaignItem>,
}

/// A campaign to be added or changed.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CampaignInput {
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
    /// Its name.
    pub name: String,
    /// What it is for.
    #[serde(default)]
    pub goal: String,
    /// First day.
    pub from_on: NaiveDate,
    /// Last day.
    pub to_on: NaiveDate,
    /// The unit that leads.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub lead_id: Option<UnitId>,
    /// Whether it is over.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub state: Option<CampaignState>,
}

/// Sites and problems to be taken in or out.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct CampaignLinks {
    /// Sites to be taken in.
    #[schema(value_type = Vec<String>)]
    pub site_ids: Vec<SiteId>,
    /// Problems to be taken in.
    #[schema(value_type = Vec<String>)]
    pub problem_ids: Vec<ProblemId>,
    /// Sites to be taken out.
    #[schema(value_type = Vec<String>)]
    pub without_site_ids: Vec<SiteId>,
    /// Problems to be taken out.
    #[schema(value_type = Vec<String>)]
    pub without_problem_ids: Vec<ProblemId>,
}

/// Sites and problems to be taken in or out, as a command.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CampaignLinkInput {
    /// Made by the client; the same id and body are applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// Which.
    #[serde(flatten)]
    pub links: CampaignLinks,
}

async fn row(ctx: &CityCtx, tx: &ReadTx, names: &Names, campaign: Campaign) -> Result<(CampaignRow, Vec<CampaignLink>), Error> {
    let filter = TaskFilter { campaigns: vec![campaign.id], ..TaskFilter::default() };
    let figures: Vec<StateCount> = store::figures(tx, &filter).await?;
    let late = store::count(tx, &TaskFilter { late: Some(ctx.moment), ..filter }).await?;
    let links = store::campaign_links(tx, campaign.id).await?;
    let problems: Vec<ProblemId> = links
        .iter()
        .filter_map(|link| match link {
            CampaignLink::Problem(problem) => Some(*problem),
            CampaignLink::Site(_) => None,
        })
        .collect();
    let kept = problem::get_all(tx, &problems).await?;
    let closed = kept.iter().filter(|kept| kept.problem.state == yipanqi_domain::problem::State::Closed).count() as u64;
    let row = CampaignRow {
        tasks: figures.iter().map(|one| one.count).sum(),
        done: figures.iter().filter(|one| one.state == State::Done).map(|one| one.count).sum(),
        late,
        sites: (links.len() - problems.len()) as u64,
        problems: problems.len() as u64,
        closed,
        id: campaign.id,
        lead: names.unit(campaign.lead),
        state: campaign.state,
        name: campaign.name,
        goal: campaign.goal,
        from_on: campaign.from_on,
        to_on: campaign.to_on,
        version: campaign.version,
    };
    Ok((row, links))
}

/// The campaigns, the newest first.
#[utoipa::path(get, path = "/api/campaigns", tag = "task", responses((status = 200, body = Vec<CampaignRow>)))]
pub async fn list(ctx: CityCtx) -> Result<Json<Vec<CampaignRow>>, Error> {
    let tx = ctx.read().await?;
    let names = Names::load(&tx).await?;
    let mut rows = Vec::new();
    for campaign in store::campaigns(&tx).await? {
        rows.push(row(&ctx, &tx, &names, campaign).await?.0);
    }
    Ok(Json(rows))
}

fn known(error: StoreError) -> Error {
    match error {
        StoreError::NotFound { .. } => Error::new("campaign_not_found"),
        other => other.into(),
    }
}

async fn view(ctx: &CityCtx, id: Uuid) -> Result<CampaignView, Error> {
    let tx = ctx.read().await?;
    let names = Names::load(&tx).await?;
    let (row, links) = row(ctx, &tx, &names, store::campaign(&tx, id).await.map_err(known)?).await?;
    let (mut site_items, mut problem_items) = (Vec::new(), Vec::new());
    for link in links {
        match link {
            CampaignLink::Site(id) => {
                let site = site::get(&tx, id).await?;
                site_items.push(CampaignItem { id: id.to_string(), name: site.name, state: None });
            }
            CampaignLink::Problem(id) => {
                let kept = problem::get(&tx, id).await?;
                if crate::problem::actions::hides(ctx, &kept) {
                    continue;
                }
                let state = serde_json::to_value(kept.problem.state).map_err(Error::internal)?;
                let state = state.as_str().map(str::to_owned);
                problem_items.push(CampaignItem { id: id.to_string(), name: kept.facts.title, state });
            }
        }
    }
    Ok(CampaignView { row, site_items, problem_items })
}

/// A campaign's page.
#[utoipa::path(get, path = "/api/campaigns/{id}", tag = "task", params(("id" = String, Path)),
    responses((status = 200, body = CampaignView), (status = 404, body = FailureBody)))]
pub async fn show(ctx: CityCtx, Path(id): Path<Uuid>) -> Result<Json<CampaignView>, Error> {
    Ok(Json(view(&ctx, id).await?))
}

/// Add or change a campaign.
#[utoipa::path(put, path = "/api/campaigns", tag = "task", request_body = CampaignInput,
    responses((status = 200, body = CampaignView), (status = 409, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn save(ctx: CityCtx, Json(input): Json<CampaignInput>) -> Result<Json<CampaignView>, Error> {
    let mut tx = ctx.write().await?;
    if let Some(done) = ctx.once::<Uuid>(&mut tx, input.command_id, &input).await? {
        drop(tx);
        return Ok(Json(view(&ctx, done).await?));
    }
    if input.name.trim().is_empty() {
        return Err(Error::invalid("name", "task_title_missing"));
    }
    if input.to_on < input.from_on {
        return Err(Error::invalid("to_on", "task_due_too_early").with("due_on", input.to_on.to_string()));
    }
    if input.lead_id.is_some_and(|unit| !ctx.tree.is_open(unit, ctx.today())) {
        return Err(Error::invalid("lead_id", "unit_not_found"));
    }
    let id = match input.id {
        Some(id) => store::campaign(&tx, id).await.map_err(known)?.id,
        None => Uuid::now_v7(),
    };
    let saved = Campaign {
        id,
        name: input.name.trim().to_owned(),
        goal: input.goal.trim().to_owned(),
        from_on: input.from_on,
        to_on: input.to_on,
        lead: input.lead_id,
        state: input.state.unwrap_or(CampaignState::Open),
        version: if input.id.is_some() { input.version } else { 0 },
    };
    store::save_campaign(&tx, &saved).await?;
    tx.audit("campaign.save", "campaign", &id.to_string(), &saved)?;
    tx.event("task", &id.to_string(), &[])?;
    ctx.answer_once(&mut tx, input.command_id, &id).await?;
    tx.commit().await?;
    Ok(Json(view(&ctx, id).await?))
}

/// Take sites and problems into a campaign, or out of it.
#[utoipa::path(post, path = "/api/campaigns/{id}/links", tag = "task", params(("id" = String, Path)),
    request_body = CampaignLinkInput, responses((status = 200, body = CampaignView), (status = 404, body = FailureBody)))]
pub async fn link(ctx: CityCtx, Path(id): Path<Uuid>, Json(input): Json<CampaignLinkInput>) -> Result<Json<CampaignView>, Error> {
    let mut tx = ctx.write().await?;
    if ctx.once::<()>(&mut tx, input.command_id, &(id, &input)).await?.is_none() {
        store::campaign(&tx, id).await.map_err(known)?;
        let links = |sites: &[SiteId], problems: &[ProblemId]| -> Vec<CampaignLink> {
            let sites = sites.iter().map(|site| CampaignLink::Site(*site));
            sites.chain(problems.iter().map(|problem| CampaignLink::Problem(*problem))).collect()
        };
        let aliases = site::aliases(&tx).await?;
        let wanted = &CampaignLinks {
            site_ids: input.links.site_ids.iter().map(|site| aliases.kept(*site)).collect(),
            ..input.links.clone()
        };
        for site in &wanted.site_ids {
            site::get(&tx, *site).await.map_err(|_| Error::new("site_not_found"))?;
        }
        for problem in &wanted.problem_ids {
            crate::problem::actions::visible(&ctx, &tx, *problem).await?;
        }
        store::link_campaign(&tx, id, &links(&wanted.site_ids, &wanted.problem_ids)).await?;
        store::unlink_campaign(&tx, id, &links(&wanted.without_site_ids, &wanted.without_problem_ids)).await?;
        tx.audit("campaign.link", "campaign", &id.to_string(), wanted)?;
        ctx.answer_once(&mut tx, input.command_id, &()).await?;
        tx.commit().await?;
    } else {
        drop(tx);
    }
    Ok(Json(view(&ctx, id).await?))
}
