//! The task list as a workbook: exactly the tasks of the query, all pages, in the chosen columns.

use axum::response::Response;
use yipanqi_documents::list::ListCell;
use yipanqi_store::calendar;
use yipanqi_store::task as store;

use super::query::{TaskQuery, of_sites};
use super::views::{Names, TaskRow};
use crate::error::{Error, FailureBody};
use crate::export::{BATCH, Book, Column, ColumnQuery, Sheet, text};
use crate::request::{CityCtx, Query};

/// Every column, in the list's order.
#[rustfmt::skip]
const SHEET: Sheet<TaskRow> = Sheet { file: "tasks", zh: "任务台账", en: "Tasks", columns: &[
    Column { name: "number", zh: "任务编号", en: "Number", width: 14, cell: |row, _| text(&row.text_number) },
    Column { name: "title", zh: "任务名称", en: "Task", width: 40, cell: |row, _| text(&row.title) },
    Column { name: "class", zh: "类别", en: "Class", width: 12, cell: |row, pen| pen.word("task_class", &row.class) },
    Column { name: "state", zh: "状态", en: "State", width: 12, cell: |row, pen| pen.word("task_state", &row.state) },
    Column { name: "lead", zh: "牵头单位", en: "Lead", width: 22, cell: |row, _| text(row.lead.as_ref().map_or("", |unit| &unit.name)) },
    Column { name: "supporting", zh: "配合单位", en: "Supporting", width: 30, cell: |row, _| {
        text(&row.supporting.iter().map(|unit| unit.name.as_str()).collect::<Vec<_>>().join("、"))
    } },
    Column { name: "responsible", zh: "责任人", en: "In charge", width: 12, cell: |row, _| text(row.responsible.as_ref().map_or("", |person| &person.name)) },
    Column { name: "start_on", zh: "开始", en: "Start", width: 12, cell: |row, _| row.start_on.map_or(ListCell::Blank, ListCell::Date) },
    Column { name: "due_on", zh: "完成时限", en: "Due", width: 12, cell: |row, _| row.due_on.map_or(ListCell::Blank, ListCell::Date) },
    Column { name: "percent", zh: "进度（%）", en: "Percent", width: 10, cell: |row, _| ListCell::Integer(row.percent.into()) },
] };

/// The task list as xlsx.
#[utoipa::path(get, path = "/api/tasks/export.xlsx", tag = "task", params(TaskQuery, ColumnQuery),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (status = 400, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn export(ctx: CityCtx, Query(query): Query<TaskQuery>, Query(columns): Query<ColumnQuery>) -> Result<Response, Error> {
    let tx = ctx.read().await?;
    let calendar = calendar::load(&tx).await?;
    let filter = of_sites(&tx, query.filter(&ctx, &calendar)?).await?;
    let (names, sort) = (Names::load(&tx).await?, query.sorting()?);
    let book = Book::begin(&ctx, calendar, &SHEET, &columns, store::count(&tx, &filter).await?)?;
    let mut written = 0;
    loop {
        let kept = store::list(&tx, &filter, sort, written, BATCH).await?;
        let rows: Vec<TaskRow> = kept.iter().map(|kept| TaskRow::of(kept, &names, ctx.moment)).collect();
        book.add(&rows).await;
        written += kept.len() as u64;
        if (kept.len() as u64) < BATCH {
            break;
        }
    }
    drop(tx);
    book.finish().await
}
