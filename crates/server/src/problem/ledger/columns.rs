//! The columns of the ledger with thumbnails, and its lines.

use serde::Deserialize;
use utoipa::IntoParams;
use yipanqi_documents::list::{ColumnKind, ListCell, ListColumn, ListHead};
use yipanqi_domain::moment::Moment;
use yipanqi_store::ReadTx;
use yipanqi_store::problem::Kept;

use super::super::rules::Rules;
use super::super::views::{Names, ProblemRow};
use crate::error::Error;
use crate::request::Lang;

/// Problems read from the database at a time.
pub(super) const BATCH: u64 = 500;

/// Which columns, in this order.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct ColumnQuery {
    /// Names of columns, separated by commas; all if empty.
    pub columns: String,
}

/// A column of the ledger.
pub(super) struct Column {
    name: &'static str,
    zh: &'static str,
    en: &'static str,
    width: u16,
    cell: fn(&Shown<'_>) -> ListCell,
}

struct Shown<'a> {
    row: &'a ProblemRow,
    lang: Lang,
    rules: &'a Rules,
}

impl Shown<'_> {
    fn local(&self, moment: Option<Moment>) -> ListCell {
        moment.map_or(ListCell::Blank, |moment| ListCell::DateTime(self.rules.calendar.local(moment).naive_local()))
    }

    fn word(&self, kind: &str, value: &impl serde::Serialize) -> ListCell {
        let value = serde_json::to_value(value).unwrap_or_default();
        let code = value.as_str().unwrap_or_default();
        ListCell::Text(crate::words::word(kind, code, self.lang).to_owned())
    }
}

fn text(text: Option<&str>) -> ListCell {
    text.filter(|text| !text.is_empty()).map_or(ListCell::Blank, |text| ListCell::Text(text.to_owned()))
}

/// Every column, in the ledger's order.
const COLUMNS: [Column; 13] = [
    Column { name: "number", zh: "编号", en: "Number", width: 16, cell: |shown| text(Some(&shown.row.text_number)) },
    Column { name: "title", zh: "问题", en: "Problem", width: 36, cell: |shown| text(Some(&shown.row.title)) },
    Column {
        name: "site",
        zh: "点位",
        en: "Site",
        width: 28,
        cell: |shown| text(shown.row.site.as_ref().map(|site| site.name.as_str()).or(Some(&shown.row.place_text))),
    },
    Column {
        name: "site_type",
        zh: "点位类型",
        en: "Site type",
        width: 14,
        cell: |shown| text(shown.row.site.as_ref().map(|site| site.site_type.as_str())),
    },
    Column {
        name: "citations",
        zh: "标准",
        en: "Criteria",
        width: 18,
        cell: |shown| {
            let cited: Vec<&str> = shown.row.citations.iter().map(|cited| cited.citation.as_str()).collect();
            text(Some(&cited.join("、")))
        },
    },
    Column { name: "source", zh: "来源", en: "Source", width: 14, cell: |shown| shown.word("source", &shown.row.source) },
    Column {
        name: "unit",
        zh: "责任单位",
        en: "Unit",
        width: 18,
        cell: |shown| text(shown.row.unit.as_ref().map(|unit| unit.short_name.as_str())),
    },
    Column {
        name: "street",
        zh: "属地",
        en: "Street",
        width: 14,
        cell: |shown| text(shown.row.street.as_ref().map(|unit| unit.short_name.as_str())),
    },
    Column { name: "state", zh: "状态", en: "State", width: 12, cell: |shown| shown.word("state", &shown.row.state) },
    Column { name: "due_at", zh: "时限", en: "Due", width: 18, cell: |shown| shown.local(shown.row.clock.due_at) },
    Column {
        name: "slip",
        zh: "督办",
        en: "Slip",
        width: 18,
        cell: |shown| text(shown.row.slip.as_ref().map(|slip| slip.number.as_str())),
    },
    Column {
        name: "last_step",
        zh: "最近一步",
        en: "Last step",
        width: 14,
        cell: |shown| shown.word("command", &shown.row.last_step.command),
    },
    Column {
        name: "last_step_at",
        zh: "最近一步时间",
        en: "Last step at",
        width: 18,
        cell: |shown| shown.local(Some(shown.row.last_step.at)),
    },
];

/// The columns of these names, separated by commas; all if empty.
pub(super) fn chosen(names: &str) -> Vec<&'static Column> {
    if names.is_empty() {
        COLUMNS.iter().collect()
    } else {
        names.split(',').filter_map(|name| COLUMNS.iter().find(|column| column.name == name)).collect()
    }
}

/// The lines of these problems.
///
/// # Errors
/// The store's.
pub(super) async fn lines(
    tx: &ReadTx,
    kept: &[Kept],
    columns: &[&Column],
    rules: &Rules,
    lang: Lang,
    moment: Moment,
) -> Result<Vec<Vec<ListCell>>, Error> {
    let names = Names::load(tx, kept).await?;
    let line = |kept: &Kept| {
        let row = ProblemRow::of(kept, &names, &rules.calendar, moment);
        let shown = Shown { row: &row, lang, rules };
        columns.iter().map(|column| (column.cell)(&shown)).collect()
    };
    Ok(kept.iter().map(line).collect())
}

/// What stands around the lines.
pub(super) fn head(columns: &[&Column], count: u64, rules: &Rules, lang: Lang, moment: Moment) -> ListHead {
    let column = |column: &&Column| ListColumn {
        head: match lang {
            Lang::Zh => column.zh,
            Lang::En => column.en,
        }
        .to_owned(),
        width: column.width,
        kind: ColumnKind::Plain,
    };
    let now = rules.calendar.local(moment).naive_local();
    let (title, subtitle) = match lang {
        Lang::Zh => ("问题台账", format!("共 {count} 件，{} 导出", now.format("%Y年%-m月%-d日 %H:%M"))),
        Lang::En => ("Problems", format!("{count} problems, exported {}", now.format("%Y-%m-%d %H:%M"))),
    };
    ListHead { title: title.to_owned(), subtitle, generated_at: now, columns: columns.iter().map(column).collect() }
}
