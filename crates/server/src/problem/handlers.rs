//! Extract, act, answer.

use axum::http::StatusCode;
use std::collections::BTreeMap;
use yipanqi_domain::access::Right;
use yipanqi_domain::id::ProblemId;
use yipanqi_domain::problem::{CommandKind, Refusal, State, holders};
use yipanqi_domain::site::Degrees;
use yipanqi_store::framework::Citing;
use yipanqi_store::problem::{Cited, ClockFilter, Kept, ProblemFilter, ProblemSort, Totals};
use yipanqi_store::{ReadTx, framework, problem as store};

use super::actions::{self, CommandInput};
use super::query::{ProblemQuery, VIEWS};
use super::rules::{self, Rules};
use super::views::{
    AllowedCommand, BoardColumn, BulkInput, BulkResults, CriterionView, HolderView, Names, ProblemList, ProblemRow, ProblemUnits,
    ProblemView, RefusedCommand, RegisterInput, StageView, StepView, Stretch, TotalsView, ViewCount,
};
use crate::crosswalk::TwinView;
use crate::error::{Error, FailureBody};
use crate::request::{CityCtx, Json, Path, Query};

/// Problems shown first in a column of the board.
const BOARD_COLUMN: u64 = 20;
/// Problems at the same site shown beside one.
const RELATED: usize = 10;

/// The ledger.
#[utoipa::path(get, path = "/api/problems", tag = "problem", params(ProblemQuery),
    responses((status = 200, body = ProblemList), (status = 400, body = FailureBody)))]
pub async fn list(ctx: CityCtx, Query(query): Query<ProblemQuery>) -> Result<Json<ProblemList>, Error> {
    let tx = ctx.read().await?;
    let rules = Rules::load(&tx, ctx.moment).await?;
    let (page, size) = query.paging();
    let filter = query.settled(&ctx, &tx, &rules).await?;
    let Totals { problems, sites, units, late } = store::totals(&tx, &filter, ctx.moment).await?;
    let kept = store::list(&tx, &filter, query.sorting()?, (page - 1) * size, size).await?;
    let items = rows(&ctx, &tx, &rules, &kept).await?;
    Ok(Json(ProblemList { items, total: problems, page, size, totals: TotalsView { problems, sites, units, late } }))
}

/// Lines with their names.
pub(super) async fn rows(ctx: &CityCtx, tx: &ReadTx, rules: &Rules, kept: &[Kept]) -> Result<Vec<ProblemRow>, Error> {
    let names = Names::load(tx, kept).await?;
    Ok(kept.iter().map(|kept| ProblemRow::of(kept, &names, &rules.calendar, ctx.moment)).collect())
}

/// The views with their counts.
#[utoipa::path(get, path = "/api/problems/views", tag = "problem", responses((status = 200, body = Vec<ViewCount>)))]
pub async fn saved_views(ctx: CityCtx) -> Result<Json<Vec<ViewCount>>, Error> {
    let tx = ctx.read().await?;
    let rules = Rules::load(&tx, ctx.moment).await?;
    let mut views = Vec::with_capacity(VIEWS.len());
    for view in VIEWS {
        let filter = ProblemQuery { view: view.to_owned(), ..ProblemQuery::default() }.filter(&ctx, &rules)?;
        let count = store::count(&tx, &filter).await?;
        let late = match view {
            // The others say by their name whether late ones are meant.
            "exposure" | "mine" => {
                store::count(&tx, &ProblemFilter { clocks: vec![ClockFilter::Late(ctx.moment)], ..filter }).await?
            }
            _ => 0,
        };
        views.push(ViewCount { view: view.to_owned(), count, late });
    }
    Ok(Json(views))
}

/// The board by state.
#[utoipa::path(get, path = "/api/problems/board", tag = "problem", params(ProblemQuery),
    responses((status = 200, body = Vec<BoardColumn>), (status = 400, body = FailureBody)))]
pub async fn board(ctx: CityCtx, Query(query): Query<ProblemQuery>) -> Result<Json<Vec<BoardColumn>>, Error> {
    let tx = ctx.read().await?;
    let rules = Rules::load(&tx, ctx.moment).await?;
    let filter = query.settled(&ctx, &tx, &rules).await?;
    let counts: BTreeMap<State, u64> =
        store::figures(&tx, &filter).await?.into_iter().map(|figures| (figures.state, figures.count)).collect();
    let mut columns = Vec::new();
    for state in State::ALL {
        let count = counts.get(&state).copied().unwrap_or(0);
        let wanted = ProblemFilter { states: vec![state], ..filter.clone() };
        let kept = match count {
            0 => Vec::new(),
            _ => store::list(&tx, &wanted, ProblemSort::default(), 0, BOARD_COLUMN).await?,
        };
        columns.push(BoardColumn { state, count, items: rows(&ctx, &tx, &rules, &kept).await? });
    }
    Ok(Json(columns))
}

/// A problem's page.
#[utoipa::path(get, path = "/api/problems/{id}", tag = "problem", params(("id" = String, Path)),
    responses((status = 200, body = ProblemView), (status = 404, body = FailureBody)))]
pub async fn show(ctx: CityCtx, Path(id): Path<ProblemId>) -> Result<Json<ProblemView>, Error> {
    Ok(Json(view(&ctx, id).await?))
}

async fn view(ctx: &CityCtx, id: ProblemId) -> Result<ProblemView, Error> {
    let tx = ctx.read().await?;
    let rules = Rules::load(&tx, ctx.moment).await?;
    let kept = actions::visible(ctx, &tx, id).await?;
    let mut around = match kept.problem.site {
        Some(site) => store::at_site(&tx, site).await?,
        None => vec![kept.clone()],
    };
    if ctx.allow_right(Right::ViewProblem, &yipanqi_domain::access::Place::City).is_err() {
        around.retain(|other| {
            let units = other.units();
            ctx.allow_right(Right::ViewProblem, &yipanqi_domain::access::Place::Units(&units)).is_ok()
        });
    }
    let names = Names::load(&tx, &around).await?;
    let row = |kept: &Kept| ProblemRow::of(kept, &names, &rules.calendar, ctx.moment);
    let history = store::history(&tx, id).await?;
    let actor = rules::actor(ctx, &tx, Some(&kept.problem)).await?;
    let context = rules.context(&ctx.tree, None, None);
    let (mut allowed, mut refused) = (Vec::new(), Vec::new());
    for open in kept.problem.allowed(&actor, &context, ctx.moment) {
        allowed.push(AllowedCommand::of(open.command, &open.needs));
    }
    for command in EXPECTED {
        if let Some(refusal) = kept.problem.refusal(command, &actor, &context, ctx.moment) {
            // That a step lies behind or belongs to others needs no saying.
            if !matches!(refusal, Refusal::NotYours { .. } | Refusal::State { .. }) {
                let error = Error::from(refusal);
                refused.push(RefusedCommand { command, code: error.code().to_owned(), message: error.message(ctx.lang) });
            }
        }
    }
    let changes: Vec<_> = history.iter().map(|step| step.change.clone()).collect();
    let facts = &kept.facts;
    let degrees = |value: Option<i64>| value.map(|value| Degrees::from_e7(value).to_string());
    Ok(ProblemView {
        description: facts.description.clone(),
        longitude: degrees(facts.longitude),
        latitude: degrees(facts.latitude),
        criteria: criteria(&tx, &kept).await?,
        before: kept.problem.before_photos.clone(),
        after: kept.problem.after_photos.clone(),
        stages: StageView::of(&kept.problem, ctx.moment),
        requires_after_photo: kept.problem.requires_after_photo,
        units: ProblemUnits {
            rectifying: names.unit(kept.problem.unit),
            supporting: kept.problem.supporting.iter().filter_map(|unit| names.unit(Some(*unit))).collect(),
            territorial: names.unit(facts.territorial),
            industry: names.unit(facts.industry),
        },
        steps: history.iter().map(|step| StepView::of(step, &names)).collect(),
        holders: held(ctx, &rules, &changes, &names),
        allowed,
        refused,
        related: around.iter().filter(|other| other.problem.id != id).take(RELATED).map(row).collect(),
        row: row(&kept),
    })
}

/// Commands of which a reader may wonder why they are not offered.
const EXPECTED: [CommandKind; 4] = [CommandKind::Verify, CommandKind::Extend, CommandKind::Decline, CommandKind::Defer];

fn held(ctx: &CityCtx, rules: &Rules, changes: &[yipanqi_domain::problem::Change], names: &Names) -> Vec<HolderView> {
    let mut views: Vec<(yipanqi_domain::problem::Holder, HolderView)> = Vec::new();
    for holding in holders(changes, ctx.moment) {
        let Some((holder, unit)) = HolderView::named(holding.holder, names) else { continue };
        let seconds = rules
            .calendar
            .working_seconds(holding.from, holding.to)
            .unwrap_or_else(|_| (holding.to.utc() - holding.from.utc()).num_seconds());
        let stretch = Stretch { from: holding.from, to: holding.to };
        match views.iter_mut().find(|(known, _)| *known == holding.holder) {
            Some((_, view)) => {
                view.seconds += seconds;
                view.stretches.push(stretch);
            }
            None => views.push((holding.holder, HolderView { holder, unit, seconds, stretches: vec![stretch] })),
        }
    }
    views.into_iter().map(|(_, view)| view).collect()
}

fn citing(cited: &Cited) -> Citing<'_> {
    Citing { framework: &cited.framework, edition: cited.edition, key: &cited.key }
}

/// The cited criteria in the edition that was cited; where none is known, in the newest that has the number.
async fn criteria(tx: &ReadTx, kept: &Kept) -> Result<Vec<CriterionView>, Error> {
    let wanted: Vec<Citing<'_>> = kept.facts.cited.iter().map(citing).collect();
    let found = framework::cited(tx, &wanted).await?;
    let known: Vec<_> = found.values().map(|known| known.id).collect();
    let mut twins = TwinView::of(tx, &known).await?;
    let mut views = Vec::new();
    for cited in &kept.facts.cited {
        let known = found.get(&citing(cited));
        views.push(CriterionView {
            framework: cited.framework.clone(),
            citation: cited.citation.clone(),
            edition: known.map(|known| known.edition.clone()).unwrap_or_default(),
            criterion_id: known.map(|known| known.id),
            title: known.map(|known| known.title.clone()).unwrap_or_default(),
            remark: known.map(|known| known.remark.clone()).unwrap_or_default(),
            points: known.and_then(|known| known.points.as_ref()).map(ToString::to_string),
            rule_words: known.map(|known| known.rule_words.clone()).unwrap_or_default(),
            twins: known.and_then(|known| twins.remove(&known.id)).unwrap_or_default(),
        });
    }
    Ok(views)
}

/// Register a problem.
#[utoipa::path(post, path = "/api/problems", tag = "problem", request_body = RegisterInput,
    responses((status = 201, body = ProblemView), (status = 403, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn register(ctx: CityCtx, Json(input): Json<RegisterInput>) -> Result<(StatusCode, Json<ProblemView>), Error> {
    let id = actions::register(&ctx, input).await?;
    Ok((StatusCode::CREATED, Json(view(&ctx, id).await?)))
}

/// Command a problem.
#[utoipa::path(post, path = "/api/problems/{id}/commands", tag = "problem", params(("id" = String, Path)),
    request_body = CommandInput, responses((status = 200, body = ProblemView), (status = 403, body = FailureBody),
    (status = 404, body = FailureBody), (status = 409, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn command(
    ctx: CityCtx,
    Path(id): Path<ProblemId>,
    Json(input): Json<CommandInput>,
) -> Result<Json<ProblemView>, Error> {
    actions::command(&ctx, id, &input).await?;
    Ok(Json(view(&ctx, id).await?))
}

/// Command many problems; the answer says for each what became of it.
#[utoipa::path(post, path = "/api/problems/bulk", tag = "problem", request_body = BulkInput,
    responses((status = 200, body = BulkResults), (status = 409, body = FailureBody)))]
pub async fn bulk(ctx: CityCtx, Json(input): Json<BulkInput>) -> Result<Json<BulkResults>, Error> {
    let targets: Vec<_> = input.ids.iter().map(|target| (target.id, target.version)).collect();
    Ok(Json(BulkResults { results: actions::bulk(&ctx, input.command_id, &input.order, &targets).await? }))
}
