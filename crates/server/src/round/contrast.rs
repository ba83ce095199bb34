//! Where were we blind or lenient: what a higher level deducted beside what our own visits had seen there before.
//!
//! Covert rounds that are not released are left out for everybody. The rule is in `domain::round::contrast`; here is what it
//! is asked about, and who may say which item a fault meant.

mod ground;
pub(crate) mod views;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use uuid::Uuid;
use yipanqi_domain::id::{PersonId, RoundId};
use yipanqi_store::checklist;
use yipanqi_store::problem::Cited;
use yipanqi_store::round::{self, FindingRow};
use yipanqi_store::site::{self, SortOrder};
use yipanqi_store::{ReadTx, StoreError, calendar, problem as store};

use self::ground::{Ground, Line, Whose};
use self::views::{
    ContrastCounts, ContrastLine, ContrastList, ContrastRow, ContrastView, ContrastVisit, ItemRef, LineQuery, NameItem, Naming,
    WindowQuery,
};
use super::handlers::people;
use super::views::RoundRef;
use crate::error::{Error, FailureBody};
use crate::export::{self, Column, ColumnQuery, Sheet, day, figure, some, text, unit};
use crate::figure::Figure;
use crate::page::{Page, Workbook, sorted};
use crate::request::{CityCtx, Json, Path, Query};
use crate::site::Names;

/// Decimals of deducted points.
const DECIMALS: u32 = 2;
/// What stands for the faults whose item is not clear, where items are asked for.
const UNCLEAR: &str = "unclear";

/// A higher level's round beside our own: found, passed, not looked at, not visited; by item, inspector, round, type, street.
#[utoipa::path(get, path = "/api/rounds/{id}/contrast", tag = "rounds", params(("id" = String, Path), WindowQuery),
    responses((status = 200, body = ContrastView), (status = 404, body = FailureBody), (status = 409, body = FailureBody)))]
pub async fn show(ctx: CityCtx, Path(id): Path<RoundId>, Query(query): Query<WindowQuery>) -> Result<Json<ContrastView>, Error> {
    Ok(Json(view(&ctx, &ctx.read().await?, id, query.days).await?))
}

async fn view(ctx: &CityCtx, tx: &ReadTx, id: RoundId, days: Option<u32>) -> Result<ContrastView, Error> {
    let ground = Ground::read(ctx, tx, id, days).await?;
    let names = Names::read(tx).await?;
    let people = people(tx).await?;
    let all = ground.lines(&Whose::default());
    let rounds: BTreeSet<RoundId> = ground.visits.values().map(|visit| visit.round).collect();
    let inspectors: BTreeSet<PersonId> = ground.visits.values().filter_map(|visit| visit.inspector).collect();
    let known = round::rounds_by_id(tx, &rounds.iter().copied().collect::<Vec<_>>()).await?;
    let mut by_inspector = Vec::new();
    for person in inspectors {
        let lines = ground.lines(&Whose { inspectors: vec![person], rounds: Vec::new() });
        if !lines.is_empty() {
            let name = people.get(&person).map(|person| person.name.clone()).unwrap_or_default();
            by_inspector.push(row(Some(person.to_string()), String::new(), name, ground.counts(&lines)));
        }
    }
    let mut by_round = Vec::new();
    for round in rounds.iter().filter_map(|round| known.get(round)) {
        let lines = ground.lines(&Whose { inspectors: Vec::new(), rounds: vec![round.id] });
        if !lines.is_empty() {
            by_round.push(row(Some(round.id.to_string()), round.number.clone(), round.name.clone(), ground.counts(&lines)));
        }
    }
    by_inspector.sort_by(|left, right| left.name.cmp(&right.name));
    by_round.sort_by(|left, right| left.code.cmp(&right.code));
    let item = |line: &Line| match line.item.and_then(|item| ground.items.get(&item)) {
        Some(item) => (Some(item.id.to_string()), item.code.clone(), item.text.clone()),
        None => (None, String::new(), String::new()),
    };
    let site_type = |line: &Line| match ground.site(line) {
        Some(site) => (site.site_type.map(|id| id.to_string()), String::new(), names.type_name(site)),
        None => (None, String::new(), String::new()),
    };
    let street = |line: &Line| match ground.site(line).and_then(|site| names.unit(site.street)) {
        Some(unit) => (Some(unit.id.to_string()), String::new(), unit.name),
        None => (None, String::new(), String::new()),
    };
    Ok(ContrastView {
        total: ground.counts(&all),
        items: grouped(&ground, &all, item),
        site_types: grouped(&ground, &all, site_type),
        streets: grouped(&ground, &all, street),
        inspectors: by_inspector,
        rounds: by_round,
        days: ground.window,
        round: RoundRef::from(&ground.round),
    })
}

fn row(id: Option<String>, code: String, name: String, counts: ContrastCounts) -> ContrastRow {
    ContrastRow { id, code, name, counts }
}

type Key = (Option<String>, String, String);

/// The lines by a key, the one with the most deductions first; what has no key comes last.
fn grouped(ground: &Ground, lines: &[Line], key: impl Fn(&Line) -> Key) -> Vec<ContrastRow> {
    let mut groups: BTreeMap<Key, Vec<&Line>> = BTreeMap::new();
    for line in lines {
        groups.entry(key(line)).or_default().push(line);
    }
    let mut rows: Vec<ContrastRow> =
        (groups.into_iter()).map(|((id, code, name), lines)| row(id, code, name, ground.counts(lines))).collect();
    rows.sort_by_key(|row| (row.id.is_none(), std::cmp::Reverse(row.counts.deducted), row.code.clone()));
    rows
}

/// Faults of a higher level's round, each with the visit of ours that decides what we had made of it.
#[utoipa::path(get, path = "/api/contrast-lines", tag = "rounds", params(LineQuery),
    responses((status = 200, body = ContrastList), (status = 404, body = FailureBody), (status = 409, body = FailureBody)))]
pub async fn lines(ctx: CityCtx, Query(query): Query<LineQuery>) -> Result<Json<ContrastList>, Error> {
    let page = Page::of(query.page, query.size);
    let tx = ctx.read().await?;
    let ground = Ground::read(&ctx, &tx, RoundId::new(query.round), query.days).await?;
    let names = Names::read(&tx).await?;
    let found = asked(&ground, &names, &query)?;
    let first = usize::try_from(page.offset()).unwrap_or(usize::MAX);
    let size = usize::try_from(page.size).unwrap_or(usize::MAX);
    let shown: Vec<&Line> = found.iter().skip(first).take(size).collect();
    let items = detailed(&tx, &ground, &names, &shown).await?;
    let total = u64::try_from(found.len()).unwrap_or(u64::MAX);
    Ok(Json(ContrastList { items, total, page: page.page, size: page.size, totals: ground.counts(&found) }))
}

/// The lines of the query, in its order.
fn asked(ground: &Ground, names: &Names, query: &LineQuery) -> Result<Vec<Line>, Error> {
    let whose = Whose { inspectors: query.inspector.clone(), rounds: query.own_round.clone() };
    let words: Vec<String> = query.q.split_whitespace().map(str::to_lowercase).collect();
    let mut found = ground.lines(&whose);
    found.retain(|line| {
        let (site, item) = (ground.site(line), line.item.and_then(|item| ground.items.get(&item)));
        let item_asked = || line.item.map_or_else(|| UNCLEAR.to_owned(), |item| item.to_string());
        let mut said = ground.fault(line).map(|fault| fault.kept.facts.description.to_lowercase()).unwrap_or_default();
        for part in [site.map(|site| &site.name), site.map(|site| &site.code), item.map(|item| &item.text)].into_iter().flatten()
        {
            said.push(' ');
            said.push_str(&part.to_lowercase());
        }
        (query.sighting.is_empty() || query.sighting.contains(&line.sighting))
            && (query.item.is_empty() || query.item.contains(&item_asked()))
            && (query.site_type.is_empty()
                || site.and_then(|site| site.site_type).is_some_and(|kind| query.site_type.contains(&kind)))
            && (query.street.is_empty() || site.and_then(|site| site.street).is_some_and(|street| query.street.contains(&street)))
            && words.iter().all(|word| said.contains(word))
    });
    let (column, order) = sorted(&query.sort);
    let code = |line: &Line| ground.site(line).map(|site| site.code.clone());
    found.sort_by_key(|line| (code(line).is_none(), code(line), line.fault.is_none(), line.day));
    match column {
        "" | "site" => {}
        "day" => found.sort_by_key(|line| line.day),
        "deduction" => found.sort_by_key(|line| ground.deduction(line).cloned()),
        "sighting" => found.sort_by_key(|line| line.sighting),
        "street" => found.sort_by_key(|line| ground.site(line).and_then(|site| names.unit(site.street)).map(|unit| unit.name)),
        _ => return Err(Error::new("query_invalid").with("reason", "sort")),
    }
    if order == SortOrder::Descending {
        found.reverse();
    }
    Ok(found)
}

/// The lines with everything that a page shows of them, in a bounded number of queries.
async fn detailed(tx: &ReadTx, ground: &Ground, names: &Names, lines: &[&Line]) -> Result<Vec<ContrastLine>, Error> {
    let people = people(tx).await?;
    let wanted = |line: &&Line| ground.findings.get(&(line.visit?, line.item?)).copied();
    let mut findings: HashMap<Uuid, FindingRow> = HashMap::new();
    for some in lines.iter().filter_map(wanted).collect::<Vec<_>>().chunks(300) {
        findings.extend(round::findings_by_id(tx, some).await?.into_iter().map(|finding| (finding.id, finding)));
    }
    let visits = || lines.iter().filter_map(|line| ground.visits.get(&line.visit?));
    let rounds: BTreeSet<RoundId> = visits().map(|visit| visit.round).collect();
    let rounds = round::rounds_by_id(tx, &rounds.into_iter().collect::<Vec<_>>()).await?;
    let detail = |line: &&Line| {
        let (fault, site) = (ground.fault(line), ground.site(line));
        let finding = wanted(line).and_then(|finding| findings.get(&finding));
        let look = |visit: &Uuid| {
            ground.looks.get(&line.site?)?.iter().find(|look| look.visit == *visit)?.judged.get(&line.item?).copied()
        };
        let visit = line.visit.and_then(|visit| ground.visits.get(&visit)).and_then(|visit| {
            Some(ContrastVisit {
                id: visit.id,
                round: RoundRef::from(rounds.get(&visit.round)?),
                inspector: visit.inspector.and_then(|person| people.get(&person).cloned()),
                finished_at: visit.finished_at,
                result: finding.map(|finding| finding.result.clone().into()),
                pass: look(&visit.id),
                media: finding.map(|finding| finding.media.clone()).unwrap_or_default(),
            })
        });
        let own =
            finding.map(|finding| format!("{} {}", finding.result.phrases(&finding.phrase), finding.note).trim().to_owned());
        let id = fault.map(|fault| fault.kept.problem.id.to_string()).or(finding.map(|finding| finding.id.to_string()));
        ContrastLine {
            id: id.unwrap_or_default(),
            sighting: line.sighting,
            problem_id: fault.map(|fault| fault.kept.problem.id),
            number: fault.map(|fault| fault.kept.number),
            description: fault.map(|fault| fault.kept.facts.description.clone()).or(own).unwrap_or_default(),
            category: fault.map(|fault| fault.kept.problem.category.0.clone()).unwrap_or_default(),
            day: line.day,
            deduction: ground.deduction(line).map(|points| Figure::of(points, DECIMALS)),
            place: fault.map(|fault| fault.kept.facts.place_text.clone()).unwrap_or_default(),
            site: site.map(|site| names.site(site)),
            street: site.and_then(|site| names.unit(site.street)),
            site_type_id: site.and_then(|site| site.site_type),
            item: line.item.and_then(|item| ground.items.get(&item)).map(|item| ItemRef {
                id: item.id,
                code: item.code.clone(),
                text: item.text.clone(),
            }),
            naming: fault.map_or(Naming::Person, |fault| fault.naming),
            visit,
        }
    };
    Ok(lines.iter().map(detail).collect())
}

/// Every column, in the list's order.
#[rustfmt::skip]
const SHEET: Sheet<ContrastLine> = Sheet { file: "contrast", zh: "上级扣分与本级检查对照", en: "Deductions beside our own visits", columns: &[
    Column { name: "sighting", zh: "对照结果", en: "Sighting", width: 14, cell: |row, pen| pen.word("sighting", &row.sighting) },
    Column { name: "code", zh: "点位编号", en: "Site code", width: 12, cell: |row, _| some(row.site.as_ref().map(|site| site.code.as_str())) },
    Column { name: "site", zh: "点位", en: "Site", width: 24, cell: |row, _| row.site.as_ref().map_or_else(|| text(&row.place), |site| text(&site.name)) },
    Column { name: "site_type", zh: "点位类型", en: "Site type", width: 14, cell: |row, _| some(row.site.as_ref().map(|site| site.site_type.as_str())) },
    Column { name: "street", zh: "街道（镇）", en: "Street or town", width: 14, cell: |row, _| unit(row.street.as_ref()) },
    Column { name: "day", zh: "日期", en: "Day", width: 14, cell: |row, _| day(Some(row.day)) },
    Column { name: "description", zh: "问题描述", en: "Fault", width: 36, cell: |row, _| text(&row.description) },
    Column { name: "category", zh: "问题类别", en: "Category", width: 12, cell: |row, _| text(&row.category) },
    Column { name: "deduction", zh: "扣分", en: "Deducted", width: 10, cell: |row, _| figure(row.deduction.as_ref()) },
    Column { name: "item", zh: "检查项", en: "Item", width: 36, cell: |row, _| some(row.item.as_ref().map(|item| item.text.as_str())) },
    Column { name: "visit", zh: "本级批次", en: "Our round", width: 20, cell: |row, _| some(row.visit.as_ref().map(|visit| visit.round.name.as_str())) },
    Column { name: "inspector", zh: "检查人员", en: "Inspector", width: 12, cell: |row, _| some(row.visit.as_ref().and_then(|visit| visit.inspector.as_ref()).map(|person| person.name.as_str())) },
    Column { name: "visited_at", zh: "本级检查时间", en: "Visited", width: 18, cell: |row, pen| pen.moment(row.visit.as_ref().and_then(|visit| visit.finished_at)) },
    Column { name: "pass", zh: "本级结论", en: "Our verdict", width: 12, cell: |row, pen| match row.visit.as_ref().and_then(|visit| visit.pass) {
        Some(true) => pen.word("verdict", &"pass"),
        Some(false) => pen.word("verdict", &"fail"),
        None => text(""),
    } },
] };

/// The same lines as a workbook.
#[utoipa::path(get, path = "/api/contrast-lines/export.xlsx", tag = "rounds", params(LineQuery, ColumnQuery),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>),
        (status = 422, body = FailureBody)))]
pub async fn export(ctx: CityCtx, Query(query): Query<LineQuery>, Query(columns): Query<ColumnQuery>) -> Result<Workbook, Error> {
    let tx = ctx.read().await?;
    let ground = Ground::read(&ctx, &tx, RoundId::new(query.round), query.days).await?;
    let names = Names::read(&tx).await?;
    let found = asked(&ground, &names, &query)?;
    let rows = detailed(&tx, &ground, &names, &found.iter().collect::<Vec<_>>()).await?;
    let calendar = calendar::load(&tx).await?;
    drop(tx);
    export::workbook(&ctx, calendar, &SHEET, &columns, &rows)
}

/// Say which checklist item a fault of a higher level means.
#[utoipa::path(post, path = "/api/rounds/{id}/contrast", tag = "rounds", params(("id" = String, Path)), request_body = NameItem,
    responses((status = 200, body = ContrastView), (status = 404, body = FailureBody), (status = 409, body = FailureBody),
        (status = 422, body = FailureBody)))]
pub async fn name(ctx: CityCtx, Path(id): Path<RoundId>, Json(input): Json<NameItem>) -> Result<Json<ContrastView>, Error> {
    let mut tx = ctx.write().await?;
    if ctx.once::<()>(&mut tx, input.command_id, &(id, input)).await?.is_none() {
        let mut kept = store::get(&tx, input.problem_id).await.map_err(|error| match error {
            StoreError::NotFound { .. } => Error::new("problem_not_found"),
            other => other.into(),
        })?;
        if kept.facts.round != Some(id.uuid()) {
            return Err(Error::new("problem_not_found"));
        }
        let site = match kept.problem.site {
            Some(site) => site::get_all(&tx, &[site]).await?.into_iter().next(),
            None => None,
        };
        let items = checklist::items(&tx, site.and_then(|site| site.site_type)).await?;
        let item = match input.item_id {
            Some(item) => Some(items.iter().find(|known| known.id == item).ok_or_else(|| Error::new("item_not_of_site"))?),
            None => None,
        };
        kept.problem.item = item.map(|item| item.id);
        let links = item.map(|item| item.criteria.as_slice()).unwrap_or_default();
        kept.facts.cited = (links.iter())
            .map(|link| Cited {
                framework: link.framework.clone(),
                edition: link.edition,
                key: link.citation_key.clone(),
                citation: link.citation.clone(),
            })
            .collect();
        store::save_facts(&tx, &kept).await?;
        tx.audit("problem.item", "problem", &kept.problem.id.to_string(), &input)?;
        tx.event("round", &id.to_string(), &[])?;
        ctx.answer_once(&mut tx, input.command_id, &()).await?;
        tx.commit().await?;
    } else {
        drop(tx);
    }
    Ok(Json(view(&ctx, &ctx.read().await?, id, None).await?))
}
