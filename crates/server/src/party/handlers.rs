//! Extract, act, answer: for whoever has an account.

use std::collections::BTreeSet;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use uuid::Uuid;
use yipanqi_documents::sheet;
use yipanqi_domain::access::Reach;
use yipanqi_domain::id::ProblemId;
use yipanqi_domain::party::{Decision, PartyAnswer, may_ask};
use yipanqi_domain::problem::CommandKind;
use yipanqi_store::party::{self as store, KeptAsk, Party, PartyFilter};
use yipanqi_store::problem::Kept;
use yipanqi_store::site::{self, SiteFilter, SiteSort};
use yipanqi_store::{ReadTx, unit};

use super::actions::{self, Made, at_hand};
use super::views::{
    AskInput, AskView, ChoiceQuery, DecideInput, LinkMade, PartyChoice, PartyInput, PartyList, PartyQuery, PartyRow,
    ProblemParties,
};
use crate::app::App;
use crate::error::{Error, FailureBody};
use crate::export::{self, BATCH, Book, Column, ColumnQuery, Sheet, count, some, text};
use crate::page::Page;
use crate::problem::Rules;
use crate::problem::actions::visible;
use crate::problem::query::reach as problem_reach;
use crate::problem::rules;
use crate::request::{CityCtx, Json, Path, Query};
use crate::session::UnitRef;
use crate::site::Names;

/// Parties offered beside a problem.
const OFFERED: u64 = 30;

fn filter(ctx: &CityCtx, query: &PartyQuery) -> PartyFilter {
    PartyFilter {
        text: query.q.clone(),
        kinds: query.kind.clone(),
        units: query.unit.iter().flat_map(|unit| ctx.tree.descendants(*unit).into_iter().chain([*unit])).collect(),
        gone: query.gone,
        ids: Vec::new(),
        reach: match ctx.reach() {
            Reach::Everything => None,
            Reach::Units(units) => Some(units),
            Reach::Nothing => Some(BTreeSet::new()),
        },
    }
}

async fn rows(ctx: &CityCtx, tx: &ReadTx, parties: &[Party]) -> Result<Vec<PartyRow>, Error> {
    let directory = unit::directory(tx).await?;
    let names = Names::read(tx).await?;
    let ids: Vec<Uuid> = parties.iter().map(|party| party.id).collect();
    let figures = store::figures(tx, &ids, problem_reach(ctx).as_ref()).await?;
    let wanted: Vec<_> = parties.iter().filter_map(|party| party.site).collect();
    let sites = match wanted.is_empty() {
        true => Vec::new(),
        false => site::list(tx, &SiteFilter { ids: wanted, ..SiteFilter::default() }, SiteSort::default(), 0, BATCH).await?.0,
    };
    let row = |party: &Party| {
        let figure = figures.get(&party.id).copied().unwrap_or_default();
        PartyRow {
            id: party.id,
            name: party.name.clone(),
            kind: party.kind,
            contact: party.contact.clone(),
            phone: party.phone.clone(),
            address: party.address.clone(),
            site: sites.iter().find(|site| Some(site.id) == party.site).map(|site| names.site(site)),
            unit: party.unit.and_then(|unit| directory.get(unit)).map(UnitRef::from),
            gone: party.gone,
            note: party.note.clone(),
            asked: figure.asked,
            accepted: figure.accepted,
            released: figure.released,
            open: figure.open,
            version: party.version,
        }
    };
    Ok(parties.iter().map(row).collect())
}

/// The register of responsible parties.
#[utoipa::path(get, path = "/api/parties", tag = "party", params(PartyQuery),
    responses((status = 200, body = PartyList), (status = 400, body = FailureBody)))]
pub async fn list(ctx: CityCtx, Query(query): Query<PartyQuery>) -> Result<Json<PartyList>, Error> {
    let tx = ctx.read().await?;
    let page = Page::of(query.page, query.size);
    let (parties, total) = store::list(&tx, &filter(&ctx, &query), page.offset(), page.size).await?;
    Ok(Json(PartyList { items: rows(&ctx, &tx, &parties).await?, total, page: page.page, size: page.size }))
}

/// Every column, in the list's order.
#[rustfmt::skip]
const SHEET: Sheet<PartyRow> = Sheet { file: "parties", zh: "责任主体", en: "Responsible parties", columns: &[
    Column { name: "name", zh: "名称", en: "Name", width: 28, cell: |row, _| text(&row.name) },
    Column { name: "kind", zh: "类别", en: "Kind", width: 16, cell: |row, pen| pen.word("party_kind", &row.kind) },
    Column { name: "unit", zh: "所属街道社区", en: "Street or community", width: 20, cell: |row, _| export::unit(row.unit.as_ref()) },
    Column { name: "contact", zh: "联系人", en: "Contact", width: 12, cell: |row, _| text(&row.contact) },
    Column { name: "phone", zh: "电话", en: "Telephone", width: 16, cell: |row, _| text(&row.phone) },
    Column { name: "address", zh: "地址", en: "Address", width: 32, cell: |row, _| text(&row.address) },
    Column { name: "site", zh: "点位", en: "Site", width: 24, cell: |row, _| some(row.site.as_ref().map(|site| site.name.as_str())) },
    Column { name: "asked", zh: "告知次数", en: "Asked", width: 10, cell: |row, _| count(row.asked) },
    Column { name: "accepted", zh: "已整改", en: "Put right", width: 10, cell: |row, _| count(row.accepted) },
    Column { name: "released", zh: "理由成立", en: "Reason accepted", width: 10, cell: |row, _| count(row.released) },
    Column { name: "open", zh: "未了结", en: "Open", width: 10, cell: |row, _| count(row.open) },
    Column { name: "note", zh: "备注", en: "Remark", width: 24, cell: |row, _| text(&row.note) },
] };

/// The register as xlsx.
#[utoipa::path(get, path = "/api/parties/export.xlsx", tag = "party", params(PartyQuery, ColumnQuery),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>),
    (status = 400, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn export(
    ctx: CityCtx,
    Query(query): Query<PartyQuery>,
    Query(columns): Query<ColumnQuery>,
) -> Result<Response, Error> {
    let tx = ctx.read().await?;
    let filter = filter(&ctx, &query);
    let (mut parties, total) = store::list(&tx, &filter, 0, BATCH).await?;
    let book = Book::begin(&ctx, yipanqi_store::calendar::load(&tx).await?, &SHEET, &columns, total)?;
    let mut written = 0;
    while !parties.is_empty() {
        book.add(&rows(&ctx, &tx, &parties).await?).await;
        written += parties.len() as u64;
        (parties, _) = store::list(&tx, &filter, written, BATCH).await?;
    }
    drop(tx);
    book.finish().await
}

/// Add or change a party.
#[utoipa::path(post, path = "/api/parties", tag = "party", request_body = PartyInput,
    responses((status = 204), (status = 403, body = FailureBody), (status = 404, body = FailureBody),
    (status = 409, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn save(ctx: CityCtx, Json(input): Json<PartyInput>) -> Result<StatusCode, Error> {
    actions::save(&ctx, &input).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What the reader may decide now; what is done becomes the unit's progress, so that only who may note that takes it.
fn allowed(ctx: &CityCtx, of: &Kept, kept: &KeptAsk, rectifies: bool) -> Vec<&'static str> {
    let reason = || "-".to_owned();
    let decisions = [
        ("accept", Decision::Accept),
        ("return", Decision::Return { reason: reason() }),
        ("renew", Decision::Renew),
        ("revoke", Decision::Revoke { reason: reason() }),
    ];
    let takes = rectifies || kept.ask.answer != Some(PartyAnswer::Done);
    let may = |decision: &Decision| {
        (takes || *decision != Decision::Accept)
            && kept.ask.decide(&of.problem, decision, &ctx.actor, &ctx.tree, ctx.moment).is_ok()
    };
    decisions.into_iter().filter(|(_, decision)| may(decision)).map(|(word, _)| word).collect()
}

/// The parties that were asked to put a problem right, and those that may be.
#[utoipa::path(get, path = "/api/problems/{id}/parties", tag = "party", params(("id" = String, Path), ChoiceQuery),
    responses((status = 200, body = ProblemParties), (status = 404, body = FailureBody)))]
pub async fn of_problem(
    ctx: CityCtx,
    Path(id): Path<ProblemId>,
    Query(query): Query<ChoiceQuery>,
) -> Result<Json<ProblemParties>, Error> {
    let tx = ctx.read().await?;
    let of = visible(&ctx, &tx, id).await?;
    let asked = store::asks_of(&tx, &[id]).await?;
    let ids: Vec<Uuid> = asked.iter().map(|kept| kept.party).collect();
    let known = match ids.is_empty() {
        true => Vec::new(),
        false => store::list(&tx, &PartyFilter { ids, ..PartyFilter::default() }, 0, BATCH).await?.0,
    };
    let loaded = Rules::load(&tx, ctx.moment).await?;
    let actor = rules::actor(&ctx, &tx, Some(&of.problem)).await?;
    let open = of.problem.allowed(&actor, &loaded.context(&ctx.tree, None, None), ctx.moment);
    let rectifies = open.iter().any(|open| open.command == CommandKind::Rectify);
    let view = |kept: &KeptAsk| {
        let party = known.iter().find(|party| party.id == kept.party);
        AskView::of(kept, party, allowed(&ctx, &of, kept, rectifies), ctx.moment)
    };
    let may_ask = may_ask(&of.problem, &ctx.actor, &ctx.tree).is_ok();
    let mut choices = Vec::new();
    if may_ask {
        let place = [of.facts.street, of.facts.community, of.facts.territorial];
        let units: BTreeSet<_> =
            place.into_iter().flatten().flat_map(|unit| ctx.tree.descendants(unit).into_iter().chain([unit])).collect();
        let reach = (!units.is_empty()).then_some(units);
        let filter = PartyFilter { text: query.q, gone: Some(false), reach, ..PartyFilter::default() };
        let mut found = store::list(&tx, &filter, 0, OFFERED).await?.0;
        found.retain(|party| at_hand(&ctx, &of, party));
        found.sort_by_key(|party| party.site.is_none() || party.site != of.problem.site);
        choices.extend(found.into_iter().map(|party| PartyChoice {
            id: party.id,
            name: party.name,
            kind: party.kind,
            address: party.address,
        }));
    }
    Ok(Json(ProblemParties { asks: asked.iter().map(view).collect(), may_ask, choices }))
}

fn made(app: &App, ctx: &CityCtx, headers: &HeaderMap, made: Made) -> Result<Json<LinkMade>, Error> {
    let origin = crate::site::origin(app, headers);
    let link = made.secret.map(|secret| format!("{origin}/p#{}.{}.{secret}", ctx.city.slug(), made.id.simple()));
    let code = link.as_deref().map(sheet::svg).transpose().map_err(Error::internal)?;
    Ok(Json(LinkMade { ask_id: made.id, link, code, expires_at: made.expires_at }))
}

/// Ask a party to put a problem right; the link is told once.
#[utoipa::path(post, path = "/api/problems/{id}/parties", tag = "party", params(("id" = String, Path)), request_body = AskInput,
    responses((status = 200, body = LinkMade), (status = 403, body = FailureBody), (status = 404, body = FailureBody),
    (status = 409, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn ask(
    State(app): State<App>,
    ctx: CityCtx,
    headers: HeaderMap,
    Path(id): Path<ProblemId>,
    Json(input): Json<AskInput>,
) -> Result<Json<LinkMade>, Error> {
    let asked = actions::ask(&ctx, id, &input).await?;
    made(&app, &ctx, &headers, asked)
}

/// Take an answer as one's own evidence, return it, take the link back, or make a new one.
#[utoipa::path(post, path = "/api/party-asks/{id}/decisions", tag = "party", params(("id" = String, Path)),
    request_body = DecideInput, responses((status = 200, body = LinkMade), (status = 403, body = FailureBody),
    (status = 404, body = FailureBody), (status = 409, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn decide(
    State(app): State<App>,
    ctx: CityCtx,
    headers: HeaderMap,
    Path(id): Path<Uuid>,
    Json(input): Json<DecideInput>,
) -> Result<Json<LinkMade>, Error> {
    let decided = actions::decide(&ctx, id, &input).await?;
    made(&app, &ctx, &headers, decided)
}
