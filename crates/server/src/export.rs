//! Lists as workbooks: exactly the rows of the query, all pages, in the columns that the page shows.
//!
//! A list declares a [`Sheet`]: its columns by the names its page uses. [`workbook`] takes the rows and the names asked for;
//! a list that grows with the years is written by the page into a [`Book`].

use std::fs::File;
use std::io::{Cursor, Seek, SeekFrom};
use std::sync::Arc;

use axum::body::Body;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use chrono::NaiveDate;
use futures_util::stream;
use serde::{Deserialize, Serialize};
use tokio::io::AsyncReadExt;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use utoipa::IntoParams;
use yipanqi_documents::list::{self, ColumnKind, ListCell, ListColumn, ListError, ListHead};
use yipanqi_domain::calendar::Calendar;
use yipanqi_domain::exact::Exact;
use yipanqi_domain::moment::Moment;

use crate::error::Error;
use crate::figure::Figure;
use crate::page::{self, Workbook};
use crate::request::{CityCtx, Lang};
use crate::session::UnitRef;

/// Rows read from the database at a time.
pub const BATCH: u64 = 500;

/// Which columns, in this order.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct ColumnQuery {
    /// Names of columns, separated by commas; all if empty.
    pub columns: String,
}

/// A column of a list.
pub struct Column<Row> {
    /// The name by which the page knows it.
    pub name: &'static str,
    /// Its head in Chinese.
    pub zh: &'static str,
    /// Its head in English.
    pub en: &'static str,
    /// Its width in characters.
    pub width: u16,
    /// What a row has in it.
    pub cell: fn(&Row, &Pen) -> ListCell,
}

/// A list as it leaves the house.
pub struct Sheet<Row: 'static> {
    /// The name of the file, without its ending.
    pub file: &'static str,
    /// Its title in Chinese.
    pub zh: &'static str,
    /// Its title in English.
    pub en: &'static str,
    /// Every column, in the list's order.
    pub columns: &'static [Column<Row>],
}

/// What writes cells: the reader's language and the city's clock.
pub struct Pen {
    /// The language.
    pub lang: Lang,
    /// The city's calendar.
    pub calendar: Arc<Calendar>,
}

impl Pen {
    /// A moment on the city's clock.
    #[must_use]
    pub fn moment(&self, moment: Option<Moment>) -> ListCell {
        moment.map_or(ListCell::Blank, |moment| ListCell::DateTime(self.calendar.local(moment).naive_local()))
    }

    /// The word of a code.
    #[must_use]
    pub fn word(&self, family: &str, value: &impl Serialize) -> ListCell {
        ListCell::Text(self.said(family, value))
    }

    /// The words of several codes.
    #[must_use]
    pub fn words(&self, family: &str, values: &[impl Serialize]) -> ListCell {
        let words: Vec<String> = values.iter().map(|value| self.said(family, value)).collect();
        joined(words.iter().map(String::as_str), self.lang)
    }

    fn said(&self, family: &str, value: &impl Serialize) -> String {
        let value = serde_json::to_value(value).unwrap_or_default();
        crate::words::word(family, value.as_str().unwrap_or_default(), self.lang).to_owned()
    }
}

/// Several words beside one another.
#[must_use]
pub fn joined<'a>(words: impl IntoIterator<Item = &'a str>, lang: Lang) -> ListCell {
    let words: Vec<&str> = words.into_iter().collect();
    text(&words.join(match lang {
        Lang::Zh => "、",
        Lang::En => ", ",
    }))
}

/// Words, or nothing.
#[must_use]
pub fn text(text: &str) -> ListCell {
    if text.is_empty() { ListCell::Blank } else { ListCell::Text(text.to_owned()) }
}

/// Words that may be missing.
#[must_use]
pub fn some(words: Option<&str>) -> ListCell {
    words.map_or(ListCell::Blank, text)
}

/// A unit by its full name.
#[must_use]
pub fn unit(unit: Option<&UnitRef>) -> ListCell {
    some(unit.map(|unit| unit.name.as_str()))
}

/// How many.
#[must_use]
pub fn count(count: u64) -> ListCell {
    ListCell::Integer(i64::try_from(count).unwrap_or(i64::MAX))
}

/// A figure as the number that is published, or nothing.
#[must_use]
pub fn figure(figure: Option<&Figure>) -> ListCell {
    let Some(figure) = figure else { return ListCell::Blank };
    let decimals = figure.value.split_once('.').map_or(0, |(_, after)| u32::try_from(after.len()).unwrap_or(0));
    figure.value.parse::<Exact>().map_or_else(|_| text(&figure.value), |number| ListCell::Decimal(number, decimals))
}

/// A day, or nothing.
#[must_use]
pub fn day(day: Option<NaiveDate>) -> ListCell {
    day.map_or(ListCell::Blank, ListCell::Date)
}

/// The columns asked for, in their order; all if none is named.
///
/// # Errors
/// `export_column_unknown`.
pub fn chosen<Row>(columns: &'static [Column<Row>], names: &str) -> Result<Vec<&'static Column<Row>>, Error> {
    if names.is_empty() {
        return Ok(columns.iter().collect());
    }
    let find = |name: &str| {
        let found = columns.iter().find(|column| column.name == name.trim());
        found.ok_or_else(|| Error::new("export_column_unknown").with("column", name.trim()))
    };
    names.split(',').map(find).collect()
}

/// The workbook of a list, with the columns of the query.
///
/// # Errors
/// `export_column_unknown`; or if the workbook cannot be written.
pub fn workbook<Row>(
    ctx: &CityCtx,
    calendar: Arc<Calendar>,
    sheet: &Sheet<Row>,
    query: &ColumnQuery,
    rows: &[Row],
) -> Result<Workbook, Error> {
    written(&ctx.name, ctx.moment, Pen { lang: ctx.lang, calendar }, sheet, query, rows)
}

/// The workbook of a list that was read before, with the columns of the query; no transaction is open any more.
///
/// # Errors
/// As [`workbook`], or the database's.
pub async fn book<Row>(ctx: &CityCtx, sheet: &Sheet<Row>, query: &ColumnQuery, rows: &[Row]) -> Result<Workbook, Error> {
    let calendar = yipanqi_store::calendar::load(&ctx.read().await?).await?;
    workbook(ctx, calendar, sheet, query, rows)
}

/// The workbook of a list of no city, with the columns of the query, by whom and when.
///
/// # Errors
/// `export_column_unknown`; or if the workbook cannot be written.
pub fn written<Row>(
    name: &str,
    moment: Moment,
    pen: Pen,
    sheet: &Sheet<Row>,
    query: &ColumnQuery,
    rows: &[Row],
) -> Result<Workbook, Error> {
    let columns = chosen(sheet.columns, &query.columns)?;
    let head = headed(name, moment, sheet, &columns, rows.len() as u64, &pen);
    let cells = rows.iter().map(|row| line(&columns, row, &pen));
    let mut file = Cursor::new(Vec::new());
    list::write(&mut file, &head, cells, None).map_err(Error::internal)?;
    Ok(page::workbook(&format!("{}.xlsx", sheet.file), file.into_inner()))
}

/// Lines that wait for the writer at most.
const AHEAD: usize = 64;
/// Bytes of a finished file sent at a time.
const PIECE: usize = 64 << 10;

/// A workbook that is written while its rows are read: neither all its rows nor its file are ever in memory.
pub struct Book<Row: 'static> {
    columns: Vec<&'static Column<Row>>,
    pen: Pen,
    name: &'static str,
    lines: mpsc::Sender<Vec<ListCell>>,
    writer: JoinHandle<Result<File, ListError>>,
}

impl<Row> Book<Row> {
    /// Begins the workbook of a list of so many rows.
    ///
    /// # Errors
    /// `export_column_unknown`.
    pub fn begin(
        ctx: &CityCtx,
        calendar: Arc<Calendar>,
        sheet: &Sheet<Row>,
        query: &ColumnQuery,
        rows: u64,
    ) -> Result<Self, Error> {
        let columns = chosen(sheet.columns, &query.columns)?;
        let pen = Pen { lang: ctx.lang, calendar };
        let head = head(ctx, sheet, &columns, rows, &pen);
        let (lines, mut received) = mpsc::channel(AHEAD);
        let writer = tokio::task::spawn_blocking(move || {
            let mut file = tempfile::tempfile()?;
            list::write(&mut file, &head, std::iter::from_fn(|| received.blocking_recv()), None)?;
            Ok(file)
        });
        Ok(Self { columns, pen, name: sheet.file, lines, writer })
    }

    /// Writes the next rows.
    pub async fn add(&self, rows: &[Row]) {
        for row in rows {
            // A writer that has failed says so at the end.
            if self.lines.send(line(&self.columns, row, &self.pen)).await.is_err() {
                return;
            }
        }
    }

    /// Ends the workbook and sends it.
    ///
    /// # Errors
    /// If the workbook cannot be written.
    pub async fn finish(self) -> Result<Response, Error> {
        drop(self.lines);
        let mut file = self.writer.await.map_err(Error::internal)?.map_err(Error::internal)?;
        let size = file.seek(SeekFrom::End(0)).map_err(Error::internal)?;
        file.rewind().map_err(Error::internal)?;
        let (heads, _) = page::workbook(&format!("{}.xlsx", self.name), Vec::new());
        let pieces = stream::try_unfold(tokio::fs::File::from_std(file), |mut file| async move {
            let mut piece = Vec::with_capacity(PIECE);
            let read = file.read_buf(&mut piece).await?;
            Ok::<_, std::io::Error>((read > 0).then_some((piece, file)))
        });
        Ok((heads, [(header::CONTENT_LENGTH, size.to_string())], Body::from_stream(pieces)).into_response())
    }
}

/// A row in the chosen columns.
#[must_use]
pub fn line<Row>(columns: &[&Column<Row>], row: &Row, pen: &Pen) -> Vec<ListCell> {
    columns.iter().map(|column| (column.cell)(row, pen)).collect()
}

/// What stands above the rows: title, how many, when and by whom.
#[must_use]
pub fn head<Row>(ctx: &CityCtx, sheet: &Sheet<Row>, columns: &[&Column<Row>], rows: u64, pen: &Pen) -> ListHead {
    headed(&ctx.name, ctx.moment, sheet, columns, rows, pen)
}

fn headed<Row>(name: &str, moment: Moment, sheet: &Sheet<Row>, columns: &[&Column<Row>], rows: u64, pen: &Pen) -> ListHead {
    let now = pen.calendar.local(moment).naive_local();
    let (title, subtitle) = match pen.lang {
        Lang::Zh => (sheet.zh, format!("共 {rows} 条，{}，{} 导出", now.format("%Y年%-m月%-d日 %H:%M"), name)),
        Lang::En => (sheet.en, format!("{rows} rows, exported {} by {}", now.format("%Y-%m-%d %H:%M"), name)),
    };
    let column = |column: &&Column<Row>| ListColumn {
        head: match pen.lang {
            Lang::Zh => column.zh,
            Lang::En => column.en,
        }
        .to_owned(),
        width: column.width,
        kind: ColumnKind::Plain,
    };
    ListHead { title: title.to_owned(), subtitle, generated_at: now, columns: columns.iter().map(column).collect() }
}
