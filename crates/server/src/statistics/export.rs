//! The statistics as a workbook: one sheet of units with every rate as both counts and percentage, and the times.

use std::io::Cursor;

use axum::http::header;
use axum::response::IntoResponse;
use yipanqi_documents::list::{ColumnKind, ListCell, ListColumn, ListHead};
use yipanqi_domain::problem::statistics::Times;

use super::handlers::{Gathered, code, view};
use super::views::{RateView, StatisticsQuery, TimesView};
use crate::error::{Error, FailureBody};
use crate::request::{CityCtx, Lang, Query};
use crate::words::word;

/// The statistics as xlsx.
#[utoipa::path(get, path = "/api/statistics/export.xlsx", tag = "statistics", params(StatisticsQuery),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (status = 400, body = FailureBody)))]
pub async fn export(ctx: CityCtx, Query(query): Query<StatisticsQuery>) -> Result<impl IntoResponse, Error> {
    let tx = ctx.read().await?;
    let gathered = Gathered::load(&ctx, &tx, &query).await?;
    let view = view(&gathered, ctx.moment);
    let (all, unit, title, hours) = match ctx.lang {
        Lang::Zh => ("全市", "单位", "问题统计", "小时"),
        Lang::En => ("All", "Unit", "Statistics of problems", "hours"),
    };
    let column = |head: String, width: u16| ListColumn { head, width, kind: ColumnKind::Plain };
    let mut columns = vec![column(unit.to_owned(), 24)];
    for rate in &view.rates {
        let name = word("rate", &code(&rate.rate), ctx.lang).to_owned();
        columns.extend([column(format!("{name} n"), 12), column(format!("{name} N"), 12), column(format!("{name} %"), 12)]);
    }
    for times in &view.times {
        let name = word("timed_step", &code(&times.step), ctx.lang).to_owned();
        columns.extend([column(format!("{name} P50 ({hours})"), 16), column(format!("{name} P90 ({hours})"), 16)]);
    }
    let mut lines = vec![line(all, &view.rates, &view.times)];
    lines.extend(view.units.iter().map(|unit| line(&unit.unit.name, &unit.rates, &unit.times)));
    let head = ListHead {
        title: title.to_owned(),
        subtitle: format!("{} – {}", view.from, view.to),
        generated_at: gathered.calendar.local(ctx.moment).naive_local(),
        columns,
    };
    let mut bytes = Cursor::new(Vec::new());
    yipanqi_documents::list::write(&mut bytes, &head, lines, None).map_err(Error::internal)?;
    Ok((
        [
            (header::CONTENT_TYPE, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet".to_owned()),
            (header::CONTENT_DISPOSITION, "attachment; filename=\"statistics.xlsx\"".to_owned()),
        ],
        bytes.into_inner(),
    ))
}

fn line(name: &str, rates: &[RateView], times: &[TimesView]) -> Vec<ListCell> {
    let whole = |count: u64| ListCell::Integer(i64::try_from(count).unwrap_or(i64::MAX));
    let mut cells = vec![ListCell::Text(name.to_owned())];
    for rate in rates {
        let percent = rate.percent.clone().map_or(ListCell::Blank, ListCell::Text);
        cells.extend([whole(rate.numerator), whole(rate.denominator), percent]);
    }
    let hours = |seconds: i64| ListCell::Text(format!("{}.{}", seconds / 3600, seconds % 3600 / 360));
    for times in times {
        match times.times {
            Some(Times { median, ninetieth, .. }) => cells.extend([hours(median), hours(ninetieth)]),
            None => cells.extend([ListCell::Blank, ListCell::Blank]),
        }
    }
    cells
}
