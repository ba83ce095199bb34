//! The lists of the assessments as workbooks: the assessments themselves, and the appeals against one.

use uuid::Uuid;
use yipanqi_store::{calendar, unit};

use super::handlers::{newest, seen, view};
use super::views::{AppealView, AssessmentBrief};
use crate::error::{Error, FailureBody};
use crate::export::{self, Column, ColumnQuery, Sheet, day, text};
use crate::page::Workbook;
use crate::request::{CityCtx, Path, Query};

/// The columns by the names that the list uses.
const ASSESSMENTS: Sheet<AssessmentBrief> = Sheet {
    file: "assessments",
    zh: "单位考核",
    en: "Assessments of units",
    columns: &[
        Column { name: "name", zh: "名称", en: "Name", width: 36, cell: |row, _| text(&row.name) },
        Column { name: "from", zh: "起", en: "From", width: 14, cell: |row, _| day(Some(row.from)) },
        Column { name: "until", zh: "止", en: "Until", width: 14, cell: |row, _| day(Some(row.until)) },
        Column {
            name: "ordinal", zh: "版次", en: "Version", width: 8, cell: |row, _| export::count(row.ordinal.unsigned_abs())
        },
        Column { name: "state", zh: "状态", en: "State", width: 12, cell: |row, pen| pen.word("assessment_state", &row.state) },
        Column { name: "reason", zh: "更正原因", en: "Why corrected", width: 36, cell: |row, _| text(&row.reason) },
        Column {
            name: "published_at",
            zh: "公布时间",
            en: "Published",
            width: 18,
            cell: |row, pen| pen.moment(row.published_at),
        },
        Column {
            name: "appeal_until",
            zh: "申诉截止",
            en: "Appeals until",
            width: 18,
            cell: |row, pen| pen.moment(row.appeal_until),
        },
    ],
};

/// The assessments, as a workbook.
#[utoipa::path(get, path = "/api/assessments/export.xlsx", tag = "assessment", params(ColumnQuery),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>),
        (status = 422, body = FailureBody)))]
pub async fn assessments(ctx: CityCtx, Query(columns): Query<ColumnQuery>) -> Result<Workbook, Error> {
    let tx = ctx.read().await?;
    let rows = newest(&ctx, &tx).await?;
    export::workbook(&ctx, calendar::load(&tx).await?, &ASSESSMENTS, &columns, &rows)
}

/// An appeal with the name of its unit.
struct Named {
    unit: String,
    appeal: AppealView,
}

/// The columns by the names that the list uses.
const APPEALS: Sheet<Named> = Sheet {
    file: "appeals",
    zh: "考核申诉",
    en: "Appeals",
    columns: &[
        Column { name: "unit", zh: "单位", en: "Unit", width: 24, cell: |row, _| text(&row.unit) },
        Column { name: "subject", zh: "事项", en: "Subject", width: 24, cell: |row, _| text(&row.appeal.subject) },
        Column { name: "reason", zh: "理由", en: "Reason", width: 44, cell: |row, _| text(&row.appeal.reason) },
        Column {
            name: "state",
            zh: "状态",
            en: "State",
            width: 12,
            cell: |row, pen| pen.word("appeal_state", &row.appeal.state),
        },
        Column { name: "filed_by", zh: "申诉人", en: "Filed by", width: 12, cell: |row, _| text(&row.appeal.filed_by) },
        Column {
            name: "filed_at",
            zh: "申诉时间",
            en: "Filed",
            width: 18,
            cell: |row, pen| pen.moment(Some(row.appeal.filed_at)),
        },
        Column { name: "decision", zh: "决定", en: "Decision", width: 44, cell: |row, _| text(&row.appeal.decision) },
        Column { name: "decided_by", zh: "决定人", en: "Decided by", width: 12, cell: |row, _| text(&row.appeal.decided_by) },
        Column {
            name: "decided_at",
            zh: "决定时间",
            en: "Decided",
            width: 18,
            cell: |row, pen| pen.moment(row.appeal.decided_at),
        },
    ],
};

/// The appeals against an assessment that the reader may see, as a workbook.
#[utoipa::path(get, path = "/api/assessments/{id}/appeals/export.xlsx", tag = "assessment",
    params(("id" = String, Path), ColumnQuery),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>),
        (status = 404, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn appeals(ctx: CityCtx, Path(id): Path<Uuid>, Query(columns): Query<ColumnQuery>) -> Result<Workbook, Error> {
    let tx = ctx.read().await?;
    let row = seen(&ctx, &tx, id).await?;
    let shown = view(&ctx, &tx, &row).await?;
    let directory = unit::directory(&tx).await?;
    let name = |appeal: &AppealView| directory.get(appeal.unit_id).map(|unit| unit.name.clone()).unwrap_or_default();
    let rows: Vec<Named> = shown.appeals.into_iter().map(|appeal| Named { unit: name(&appeal), appeal }).collect();
    export::workbook(&ctx, calendar::load(&tx).await?, &APPEALS, &columns, &rows)
}
