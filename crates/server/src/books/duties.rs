//! Duties, collective names, crosswalk and comparison of editions as workbooks.

use uuid::Uuid;
use yipanqi_domain::exact::Exact;

use crate::comparison::change::{self, ChangeQuery, UnitChange, UnitReading};
use crate::comparison::handlers as comparisons;
use crate::comparison::views::{ComparisonLine, SideView};
use crate::crosswalk::handlers as links;
use crate::crosswalk::views::{CrosswalkQuery, CrosswalkRow};
use crate::duty::views::{CollectiveRow, EditionQuery, MatrixCriterion};
use crate::duty::{collective, matrix};
use crate::error::{Error, FailureBody};
use crate::export::{Column, ColumnQuery, Sheet, book, count, joined, some, text};
use crate::page::Workbook;
use crate::request::{CityCtx, Json, Path, Query};
use yipanqi_documents::list::ListCell;

/// A line of the matrix with the units of its cells.
struct MatrixLine {
    criterion: MatrixCriterion,
    lead: Vec<String>,
    support: Vec<String>,
    objected: Vec<String>,
}

fn names(names: &[String]) -> impl Iterator<Item = &str> {
    names.iter().map(String::as_str)
}

const MATRIX: Sheet<MatrixLine> = Sheet {
    file: "duties",
    zh: "责任分工",
    en: "Duties",
    columns: &[
        Column { name: "number", zh: "编号", en: "Number", width: 14, cell: |row, _| text(&row.criterion.number) },
        Column { name: "group", zh: "项目", en: "Group", width: 28, cell: |row, _| text(&row.criterion.group) },
        Column { name: "title", zh: "测评标准", en: "Criterion", width: 56, cell: |row, _| text(&row.criterion.title) },
        Column {
            name: "points",
            zh: "分值",
            en: "Points",
            width: 10,
            cell: |row, _| {
                let points = row.criterion.points.as_ref().and_then(|points| points.parse::<Exact>().ok());
                points.map_or(ListCell::Blank, |points| ListCell::Decimal(points, 2))
            },
        },
        Column { name: "lead", zh: "牵头单位", en: "Lead", width: 30, cell: |row, pen| joined(names(&row.lead), pen.lang) },
        Column {
            name: "support",
            zh: "责任单位",
            en: "Support",
            width: 48,
            cell: |row, pen| joined(names(&row.support), pen.lang),
        },
        Column {
            name: "objected",
            zh: "有异议",
            en: "Objected",
            width: 24,
            cell: |row, pen| joined(names(&row.objected), pen.lang),
        },
        Column { name: "gaps", zh: "缺口", en: "Gaps", width: 26, cell: |row, pen| pen.words("gap", &row.criterion.gaps) },
    ],
};

/// The duties of an edition, a criterion with its units on a line.
#[utoipa::path(get, path = "/api/duties/matrix/export.xlsx", tag = "duty", params(EditionQuery, ColumnQuery),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>),
        (status = 404, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn duties(ctx: CityCtx, query: Query<EditionQuery>, Query(columns): Query<ColumnQuery>) -> Result<Workbook, Error> {
    let Json(whole) = matrix::matrix(ctx.clone(), query).await?;
    let line = |criterion| MatrixLine { criterion, lead: Vec::new(), support: Vec::new(), objected: Vec::new() };
    let mut lines: Vec<MatrixLine> = whole.criteria.into_iter().map(line).collect();
    let place = |at: u32| usize::try_from(at).unwrap_or(usize::MAX);
    for [at, of, role, objected] in whole.cells {
        let (Some(line), Some(unit)) = (lines.get_mut(place(at)), whole.units.get(place(of))) else { continue };
        if role == 0 { &mut line.lead } else { &mut line.support }.push(unit.name.clone());
        if objected == 1 {
            line.objected.push(unit.name.clone());
        }
    }
    book(&ctx, &MATRIX, &columns, &lines).await
}

const COLLECTIVES: Sheet<CollectiveRow> = Sheet {
    file: "collectives",
    zh: "统称",
    en: "Collective names",
    columns: &[
        Column { name: "name", zh: "原文名称", en: "Name as written", width: 30, cell: |row, _| text(&row.name) },
        Column { name: "criteria", zh: "涉及标准", en: "On criteria", width: 12, cell: |row, _| count(row.criteria) },
        Column {
            name: "kinds",
            zh: "单位类别",
            en: "Kinds of units",
            width: 24,
            cell: |row, pen| pen.words("unit_kind", &row.kinds),
        },
        Column {
            name: "means",
            zh: "所指单位",
            en: "Means",
            width: 60,
            cell: |row, pen| joined(row.means.iter().map(|unit| unit.name.as_str()), pen.lang),
        },
        Column {
            name: "decision",
            zh: "确定情况",
            en: "Decision",
            width: 14,
            cell: |row, pen| pen.word("said", &if row.decided { "decided" } else { "proposed" }),
        },
    ],
};

/// The collective names and what each means, as a workbook.
#[utoipa::path(get, path = "/api/collectives/export.xlsx", tag = "duty", params(ColumnQuery),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>),
        (status = 422, body = FailureBody)))]
pub async fn collectives(ctx: CityCtx, Query(columns): Query<ColumnQuery>) -> Result<Workbook, Error> {
    let Json(rows) = collective::list(ctx.clone()).await?;
    book(&ctx, &COLLECTIVES, &columns, &rows).await
}

const CROSSWALK: Sheet<CrosswalkRow> = Sheet {
    file: "crosswalk",
    zh: "标准对照",
    en: "Crosswalk",
    columns: &[
        Column { name: "one_number", zh: "一方编号", en: "Number", width: 14, cell: |row, _| text(&row.one.citation_key) },
        Column { name: "one", zh: "一方标准", en: "Criterion", width: 50, cell: |row, _| text(&row.one.title) },
        Column { name: "kind", zh: "关系", en: "Kind", width: 10, cell: |row, pen| pen.word("crosswalk_kind", &row.kind) },
        Column {
            name: "other_number",
            zh: "另一方编号",
            en: "Other number",
            width: 14,
            cell: |row, _| text(&row.other.citation_key),
        },
        Column { name: "other", zh: "另一方标准", en: "Other criterion", width: 50, cell: |row, _| text(&row.other.title) },
        Column {
            name: "likeness", zh: "文字相似（‰）", en: "Likeness ‰", width: 14, cell: |row, _| count(row.likeness.into())
        },
        Column {
            name: "shared_items",
            zh: "共用检查项",
            en: "Shared items",
            width: 12,
            cell: |row, _| count(row.shared_items.into()),
        },
        Column { name: "state", zh: "状态", en: "State", width: 10, cell: |row, pen| pen.word("link_state", &row.state) },
        Column {
            name: "decided_by", zh: "确认人", en: "Decided by", width: 12, cell: |row, _| some(row.decided_by.as_deref())
        },
        Column { name: "decided_at", zh: "确认时间", en: "Decided", width: 18, cell: |row, pen| pen.moment(row.decided_at) },
        Column { name: "note", zh: "备注", en: "Note", width: 30, cell: |row, _| text(&row.note) },
    ],
};

/// The crosswalk between two editions, as a workbook.
#[utoipa::path(get, path = "/api/crosswalk/export.xlsx", tag = "frameworks", params(CrosswalkQuery, ColumnQuery),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>),
        (status = 404, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn crosswalk(
    ctx: CityCtx,
    query: Query<CrosswalkQuery>,
    Query(columns): Query<ColumnQuery>,
) -> Result<Workbook, Error> {
    let Json(view) = links::list(ctx.clone(), query).await?;
    book(&ctx, &CROSSWALK, &columns, &view.links).await
}

fn number(side: Option<&SideView>) -> ListCell {
    some(side.map(|side| side.citation_key.as_str()))
}

fn wording(side: Option<&SideView>) -> ListCell {
    let words: Option<String> = side.map(|side| side.words.iter().map(|stretch| stretch.text.as_str()).collect());
    some(words.as_deref())
}

const COMPARISON: Sheet<ComparisonLine> = Sheet {
    file: "comparison",
    zh: "版本对照",
    en: "Comparison of editions",
    columns: &[
        Column { name: "old_number", zh: "原编号", en: "Old number", width: 14, cell: |row, _| number(row.old.as_ref()) },
        Column { name: "old", zh: "原标准", en: "Old criterion", width: 50, cell: |row, _| wording(row.old.as_ref()) },
        Column { name: "kind", zh: "变化", en: "Change", width: 12, cell: |row, pen| pen.word("change_kind", &row.kind) },
        Column { name: "new_number", zh: "新编号", en: "New number", width: 14, cell: |row, _| number(row.new.as_ref()) },
        Column { name: "new", zh: "新标准", en: "New criterion", width: 50, cell: |row, _| wording(row.new.as_ref()) },
        Column {
            name: "lead",
            zh: "牵头单位",
            en: "Lead",
            width: 30,
            cell: |row, pen| {
                let side = row.new.as_ref().or(row.old.as_ref());
                joined(side.into_iter().flat_map(|side| names(&side.lead)), pen.lang)
            },
        },
        Column {
            name: "likeness", zh: "文字相似（‰）", en: "Likeness ‰", width: 14, cell: |row, _| count(row.likeness.into())
        },
        Column { name: "state", zh: "状态", en: "State", width: 10, cell: |row, pen| pen.word("link_state", &row.state) },
        Column {
            name: "decided_by", zh: "确认人", en: "Decided by", width: 12, cell: |row, _| some(row.decided_by.as_deref())
        },
        Column { name: "decided_at", zh: "确认时间", en: "Decided", width: 18, cell: |row, pen| pen.moment(row.decided_at) },
    ],
};

/// What became of each criterion of an edition, as a workbook.
#[utoipa::path(get, path = "/api/comparisons/{id}/export.xlsx", tag = "frameworks", params(("id" = String, Path), ColumnQuery),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>),
        (status = 404, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn comparison(ctx: CityCtx, id: Path<Uuid>, Query(columns): Query<ColumnQuery>) -> Result<Workbook, Error> {
    let Json(view) = comparisons::show(ctx.clone(), id).await?;
    book(&ctx, &COMPARISON, &columns, &view.lines).await
}

const CHANGES: Sheet<UnitChange> = Sheet {
    file: "changes",
    zh: "指标解读",
    en: "What an edition changes",
    columns: &[
        Column { name: "kind", zh: "变化", en: "Change", width: 12, cell: |row, pen| pen.word("change_kind", &row.line.kind) },
        Column { name: "old_number", zh: "原编号", en: "Old number", width: 14, cell: |row, _| number(row.line.old.as_ref()) },
        Column { name: "old", zh: "原标准", en: "Old criterion", width: 50, cell: |row, _| wording(row.line.old.as_ref()) },
        Column {
            name: "role_before",
            zh: "原职责",
            en: "Part before",
            width: 12,
            cell: |row, pen| row.role_before.map_or(ListCell::Blank, |role| pen.word("duty_role", &role)),
        },
        Column { name: "new_number", zh: "新编号", en: "New number", width: 14, cell: |row, _| number(row.line.new.as_ref()) },
        Column { name: "new", zh: "新标准", en: "New criterion", width: 50, cell: |row, _| wording(row.line.new.as_ref()) },
        Column {
            name: "role_now",
            zh: "现职责",
            en: "Part now",
            width: 12,
            cell: |row, pen| row.role_now.map_or(ListCell::Blank, |role| pen.word("duty_role", &role)),
        },
        Column {
            name: "rules", zh: "计分规则", en: "Rules", width: 50, cell: |row, pen| joined(names(&row.rules), pen.lang)
        },
    ],
};

/// What an edition changes for a unit, as a workbook.
#[utoipa::path(get, path = "/api/editions/{id}/changes/export.xlsx", tag = "frameworks",
    params(("id" = String, Path), ChangeQuery, ColumnQuery),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>),
        (status = 404, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn changes(
    ctx: CityCtx,
    id: Path<Uuid>,
    query: Query<ChangeQuery>,
    Query(columns): Query<ColumnQuery>,
) -> Result<Workbook, Error> {
    let Json(view) = change::show(ctx.clone(), id, query).await?;
    book(&ctx, &CHANGES, &columns, &view.lines).await
}

const READINGS: Sheet<UnitReading> = Sheet {
    file: "readings",
    zh: "阅读情况",
    en: "Who has read",
    columns: &[
        Column { name: "unit", zh: "单位", en: "Unit", width: 26, cell: |row, _| text(&row.unit.name) },
        Column { name: "leads", zh: "牵头", en: "Leads", width: 10, cell: |row, _| count(row.leads) },
        Column { name: "supports", zh: "配合", en: "Supports", width: 10, cell: |row, _| count(row.supports) },
        Column {
            name: "read",
            zh: "已阅",
            en: "Read",
            width: 30,
            cell: |row, pen| joined(row.read.iter().map(|one| one.name.as_str()), pen.lang),
        },
        Column {
            name: "read_at",
            zh: "首次阅读",
            en: "First read",
            width: 18,
            cell: |row, pen| pen.moment(row.read.iter().map(|one| one.at).min()),
        },
        Column {
            name: "waiting", zh: "未阅", en: "Not yet", width: 30, cell: |row, pen| joined(names(&row.waiting), pen.lang)
        },
    ],
};

/// Who has read what an edition changes, as a workbook.
#[utoipa::path(get, path = "/api/editions/{id}/readings/export.xlsx", tag = "frameworks",
    params(("id" = String, Path), ColumnQuery),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>),
        (status = 404, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn readings(ctx: CityCtx, id: Path<Uuid>, Query(columns): Query<ColumnQuery>) -> Result<Workbook, Error> {
    let Json(rows) = change::readings(ctx.clone(), id).await?;
    book(&ctx, &READINGS, &columns, &rows).await
}
