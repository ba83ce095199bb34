//! The task list as a workbook: exactly the tasks of the query, all pages, in the chosen columns.

use std::io::Cursor;

use axum::http::header;
use axum::response::IntoResponse;
use serde::Deserialize;
use utoipa::IntoParams;
use yipanqi_documents::list::{ColumnKind, ListCell, ListColumn, ListHead};
use yipanqi_store::calendar;
use yipanqi_store::task as store;

use super::query::{TaskQuery, of_sites};
use super::views::{Names, TaskRow};
use crate::error::{Error, FailureBody};
use crate::request::{CityCtx, Lang, Query};

/// Tasks read from the database at a time.
const BATCH: u64 = 500;

/// Which columns, in this order.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct TaskColumnQuery {
    /// Names of columns, separated by commas; all if empty.
    pub columns: String,
}

struct Column {
    name: &'static str,
    zh: &'static str,
    en: &'static str,
    width: u16,
    cell: fn(&TaskRow, Lang) -> ListCell,
}

fn text(text: &str) -> ListCell {
    if text.is_empty() { ListCell::Blank } else { ListCell::Text(text.to_owned()) }
}

fn said(kind: &str, value: impl serde::Serialize, lang: Lang) -> ListCell {
    let value = serde_json::to_value(value).unwrap_or_default();
    text(crate::words::word(kind, value.as_str().unwrap_or_default(), lang))
}

/// Every column, in the list's order.
#[rustfmt::skip]
const COLUMNS: [Column; 10] = [
    Column { name: "number", zh: "任务编号", en: "Number", width: 14, cell: |row, _| text(&row.text_number) },
    Column { name: "title", zh: "任务名称", en: "Task", width: 40, cell: |row, _| text(&row.title) },
    Column { name: "class", zh: "类别", en: "Class", width: 12, cell: |row, lang| said("task_class", row.class, lang) },
    Column { name: "state", zh: "状态", en: "State", width: 12, cell: |row, lang| said("task_state", row.state, lang) },
    Column { name: "lead", zh: "牵头单位", en: "Lead", width: 22, cell: |row, _| text(row.lead.as_ref().map_or("", |unit| &unit.name)) },
    Column { name: "supporting", zh: "配合单位", en: "Supporting", width: 30, cell: |row, _| {
        text(&row.supporting.iter().map(|unit| unit.name.as_str()).collect::<Vec<_>>().join("、"))
    } },
    Column { name: "responsible", zh: "责任人", en: "In charge", width: 12, cell: |row, _| text(row.responsible.as_ref().map_or("", |person| &person.name)) },
    Column { name: "start_on", zh: "开始", en: "Start", width: 12, cell: |row, _| row.start_on.map_or(ListCell::Blank, ListCell::Date) },
    Column { name: "due_on", zh: "完成时限", en: "Due", width: 12, cell: |row, _| row.due_on.map_or(ListCell::Blank, ListCell::Date) },
    Column { name: "percent", zh: "进度（%）", en: "Percent", width: 10, cell: |row, _| ListCell::Integer(row.percent.into()) },
];

/// The task list as xlsx.
#[utoipa::path(get, path = "/api/tasks/export.xlsx", tag = "task", params(TaskQuery, TaskColumnQuery),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (status = 400, body = FailureBody)))]
pub async fn export(
    ctx: CityCtx,
    Query(query): Query<TaskQuery>,
    Query(columns): Query<TaskColumnQuery>,
) -> Result<impl IntoResponse, Error> {
    let tx = ctx.read().await?;
    let calendar = calendar::load(&tx).await?;
    let filter = of_sites(&tx, query.filter(&ctx, &calendar)?).await?;
    let names = Names::load(&tx).await?;
    let chosen: Vec<&Column> = match columns.columns.as_str() {
        "" => COLUMNS.iter().collect(),
        names => names.split(',').filter_map(|name| COLUMNS.iter().find(|column| column.name == name)).collect(),
    };
    let mut lines = Vec::new();
    loop {
        let kept = store::list(&tx, &filter, query.sorting()?, lines.len() as u64, BATCH).await?;
        for kept in &kept {
            let row = TaskRow::of(kept, &names, ctx.moment);
            lines.push(chosen.iter().map(|column| (column.cell)(&row, ctx.lang)).collect::<Vec<_>>());
        }
        if (kept.len() as u64) < BATCH {
            break;
        }
    }
    let head = |column: &&Column| ListColumn {
        head: match ctx.lang {
            Lang::Zh => column.zh,
            Lang::En => column.en,
        }
        .to_owned(),
        width: column.width,
        kind: ColumnKind::Plain,
    };
    let now = calendar.local(ctx.moment).naive_local();
    let (title, subtitle) = match ctx.lang {
        Lang::Zh => ("任务台账", format!("共 {} 项，{} 导出", lines.len(), now.format("%Y年%-m月%-d日 %H:%M"))),
        Lang::En => ("Tasks", format!("{} tasks, exported {}", lines.len(), now.format("%Y-%m-%d %H:%M"))),
    };
    let head = ListHead { title: title.to_owned(), subtitle, generated_at: now, columns: chosen.iter().map(head).collect() };
    let mut bytes = Cursor::new(Vec::new());
    yipanqi_documents::list::write(&mut bytes, &head, lines, None).map_err(Error::internal)?;
    Ok((
        [
            (header::CONTENT_TYPE, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet".to_owned()),
            (header::CONTENT_DISPOSITION, "attachment; filename=\"tasks.xlsx\"".to_owned()),
        ],
        bytes.into_inner(),
    ))
}
