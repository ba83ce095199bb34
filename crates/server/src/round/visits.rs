//! Extract, act, answer: visits and their findings.

use std::collections::HashMap;

use axum::http::StatusCode;
use uuid::Uuid;
use yipanqi_domain::id::{ItemId, SiteId};
use yipanqi_store::checklist::{Item, wordings};
use yipanqi_store::round::{self, FindingRow};
use yipanqi_store::site::{self, Site, SiteFilter, SiteSort};
use yipanqi_store::{ReadTx, problem};

use super::handlers::{people, state_word};
use super::sight;
use super::views::{Based, FindingView, MarkItem, MyVisit, RoundRef, StartVisit, VisitView, WordingView};
use super::visit::{self as actions, Meaning};
use crate::error::{Error, FailureBody};
use crate::request::{CityCtx, Json, Lang, Path};
use crate::site::checklist;
use crate::site::views::Position;
use crate::site::{Names, units_of};

/// Problems shown of a site to whoever visits it.
const SHOWN: usize = 20;

/// The sites given to the reader in rounds that are open.
#[utoipa::path(get, path = "/api/my/visits", tag = "rounds", responses((status = 200, body = Vec<MyVisit>)))]
pub async fn mine(ctx: CityCtx) -> Result<Json<Vec<MyVisit>>, Error> {
    let tx = ctx.read().await?;
    let names = Names::read(&tx).await?;
    let waiting = round::waiting(&tx, ctx.actor.person).await?;
    let mut sites: HashMap<SiteId, Site> = HashMap::new();
    for chunk in waiting.chunks(500) {
        let filter = SiteFilter { ids: chunk.iter().map(|waiting| waiting.site).collect(), ..SiteFilter::default() };
        let (found, _) = site::list(&tx, &filter, SiteSort::default(), 0, 500).await?;
        sites.extend(found.into_iter().map(|site| (site.id, site)));
    }
    let visits = waiting.iter().filter_map(|waiting| {
        let site = sites.get(&waiting.site)?;
        Some(MyVisit {
            round: RoundRef::from(&waiting.round),
            site: names.site(site),
            address: site.address.clone(),
            position: Position::of(site.longitude, site.latitude),
            state: state_word(waiting.visit.as_ref()).to_owned(),
            visit_id: waiting.visit.as_ref().map(|visit| visit.id),
            visit_on: waiting.visit_on,
        })
    });
    Ok(Json(visits.collect()))
}

/// Begin the visit of a site, or come back to the one under way.
#[utoipa::path(post, path = "/api/visits", tag = "rounds", request_body = StartVisit,
    responses((status = 201, body = VisitView), (status = 403, body = FailureBody), (status = 409, body = FailureBody)))]
pub async fn start(ctx: CityCtx, Json(input): Json<StartVisit>) -> Result<(StatusCode, Json<VisitView>), Error> {
    let id = actions::start(&ctx, &input).await?;
    Ok((StatusCode::CREATED, Json(view(&ctx, &ctx.read().await?, id).await?)))
}

/// One visit with its checklist and findings.
#[utoipa::path(get, path = "/api/visits/{id}", tag = "rounds", params(("id" = String, Path)),
    responses((status = 200, body = VisitView), (status = 404, body = FailureBody)))]
pub async fn show(ctx: CityCtx, Path(id): Path<Uuid>) -> Result<Json<VisitView>, Error> {
    let tx = ctx.read().await?;
    let visit = round::visit(&tx, id).await.map_err(actions::known)?;
    if visit.inspector != Some(ctx.actor.person) {
        let round = sight::get(&ctx, &tx, visit.round).await.map_err(|_| Error::new("visit_not_found"))?;
        if sight::hides(&ctx, &round, &visit) {
            return Err(Error::new("visit_not_found"));
        }
        ctx.allow(&units_of(&site::get(&tx, visit.site).await?))?;
    }
    Ok(Json(view(&ctx, &tx, id).await?))
}

/// Mark an item, or mark it anew, while the visit lasts.
#[utoipa::path(put, path = "/api/visits/{id}/findings/{item_id}", tag = "rounds", request_body = MarkItem,
    params(("id" = String, Path), ("item_id" = String, Path)),
    responses((status = 200, body = FindingView), (status = 409, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn mark(
    ctx: CityCtx,
    Path((id, item)): Path<(Uuid, ItemId)>,
    Json(input): Json<MarkItem>,
) -> Result<Json<FindingView>, Error> {
    let finding = actions::mark(&ctx, id, item, &(&input).into()).await?;
    let findings = findings(&ctx.read().await?, id, ctx.lang).await?;
    let found = findings.into_iter().find(|known| known.id == finding);
    Ok(Json(found.ok_or_else(|| Error::internal("a finding just marked is not there"))?))
}

/// Finish a visit; refused with the items that lack a finding or a photograph.
#[utoipa::path(post, path = "/api/visits/{id}/finish", tag = "rounds", params(("id" = String, Path)), request_body = Based,
    responses((status = 200, body = VisitView), (status = 409, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn finish(ctx: CityCtx, Path(id): Path<Uuid>, Json(based): Json<Based>) -> Result<Json<VisitView>, Error> {
    let id = actions::finish(&ctx, id, &based.into()).await?;
    Ok(Json(view(&ctx, &ctx.read().await?, id).await?))
}

/// The findings of a visit with what they mean.
///
/// # Errors
/// `visit_not_found`, or the database's.
pub async fn findings(tx: &ReadTx, id: Uuid, lang: Lang) -> Result<Vec<FindingView>, Error> {
    let visit = round::visit(tx, id).await.map_err(actions::known)?;
    let round = round::get(tx, visit.round).await?;
    let site = site::get(tx, visit.site).await?;
    let meaning = Meaning::of(tx, &round).await?;
    let items = actions::items(tx, &site).await?;
    let items: HashMap<_, _> = items.iter().map(|item| (item.id, item)).collect();
    let rows = round::findings_of_visit(tx, id).await?;
    let marked: Vec<ItemId> = rows.iter().map(|row| row.item).collect();
    let former = wordings(tx, &marked).await?;
    let view = |row: FindingRow| {
        let then = former.get(&row.item).and_then(|known| known.iter().find(|wording| row.marked() < wording.until));
        let item = items.get(&row.item).map(|item| match then {
            Some(then) => Item {
                text: then.text.clone(),
                judgement: then.judgement.clone(),
                judgement_words: then.judgement_words.clone(),
                carve_out: then.carve_out.clone(),
                ..Item::clone(item)
            },
            None => Item::clone(item),
        });
        let asked = item.as_ref().and_then(checklist::judgement);
        let verdict = item.and_then(|item| meaning.verdict(&item, &row.result));
        FindingView {
            judged_by: then.map(|then| WordingView {
                text: then.text.clone(),
                judgement_words: then.judgement_words.clone(),
                carve_out: then.carve_out.clone(),
            }),
            id: row.id,
            made_at: row.marked(),
            item_id: row.item,
            faults: verdict.map(|verdict| verdict.faults),
            pass: verdict.map(|verdict| verdict.pass),
            short_by: asked.and_then(|asked| row.result.short_by(asked)),
            result: actions::told(row.result, lang).into(),
            phrase: row.phrase,
            note: row.note,
            media_ids: row.media,
            problem_id: row.problem,
        }
    };
    Ok(rows.into_iter().map(view).collect())
}

async fn view(ctx: &CityCtx, tx: &ReadTx, id: Uuid) -> Result<VisitView, Error> {
    let visit = round::visit(tx, id).await.map_err(actions::known)?;
    let round = round::get(tx, visit.round).await?;
    let site = site::get(tx, visit.site).await?;
    let names = Names::read(tx).await?;
    let people = people(tx).await?;
    let past = problem::at_site(tx, site.id).await?;
    Ok(VisitView {
        id,
        version: visit.version,
        round: RoundRef::from(&round),
        site: names.site(&site),
        address: site.address.clone(),
        inspector: visit.inspector.and_then(|person| people.get(&person).cloned()),
        ordinal: visit.ordinal,
        started_at: visit.started_at,
        finished_at: visit.finished_at,
        arrived_at: visit.arrived_at,
        begun_at: visit.begun(),
        ended_at: visit.ended(),
        purpose: visit.purpose,
        items: checklist::of_type(tx, site.site_type).await?,
        findings: findings(tx, id, ctx.lang).await?,
        past_problems: past
            .iter()
            .filter(|kept| !crate::problem::actions::hides(ctx, kept) && !sight::hides_problem(ctx, &round, kept))
            .take(SHOWN)
            .map(|kept| names.problem(kept))
            .collect(),
    })
}
