//! Any two dimensions against each other: how many problems registered in the period, each cell with its list.

use std::collections::{BTreeMap, HashMap};
use std::io::Cursor;

use axum::http::header;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use yipanqi_documents::list::{ColumnKind, ListCell, ListColumn, ListHead};
use yipanqi_domain::id::ProblemId;
use yipanqi_domain::party::Involvement;
use yipanqi_domain::problem::statistics::FinderLevel;
use yipanqi_store::statistics::PlacedFact;
use yipanqi_store::{ReadTx, checklist, party, site};

use super::handlers::{Gathered, code, escaped};
use super::views::StatisticsQuery;
use crate::error::{Error, FailureBody};
use crate::request::{CityCtx, Json, Lang, Query};
use crate::words::word;

/// Along what problems are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Dimension {
    /// The unit that rectifies.
    Unit,
    /// Street or town.
    Street,
    /// Where it stands.
    State,
    /// How it became known.
    Source,
    /// Who found it.
    Finder,
    /// Its kind.
    Category,
    /// How pressing.
    Urgency,
    /// The month of registration.
    Month,
    /// The type of the site.
    SiteType,
    /// How far responsible parties are.
    Party,
}

/// Which two.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PivotQuery {
    /// Down.
    #[param(value_type = String)]
    pub rows: Dimension,
    /// Across.
    #[param(value_type = String)]
    pub columns: Dimension,
}

/// A row or column.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PivotKey {
    /// Code, name or identity; empty where a problem has none.
    pub key: String,
    /// Its name where the key is an identity.
    pub name: Option<String>,
    /// How many in all.
    pub count: u64,
    /// The problems behind them.
    pub link: String,
}

/// A cell.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PivotCell {
    /// Which row, from 0.
    pub row: usize,
    /// Which column, from 0.
    pub column: usize,
    /// How many.
    pub count: u64,
    /// The problems behind it.
    pub link: String,
}

/// Two dimensions against each other.
#[derive(Debug, Serialize, ToSchema)]
pub struct PivotView {
    /// Down, most first.
    pub rows: Vec<PivotKey>,
    /// Across, most first.
    pub columns: Vec<PivotKey>,
    /// The cells that are not empty.
    pub cells: Vec<PivotCell>,
    /// All of them.
    pub total: u64,
}

/// Count problems along two dimensions.
#[utoipa::path(get, path = "/api/statistics/pivot", tag = "statistics", params(StatisticsQuery, PivotQuery),
    responses((status = 200, body = PivotView), (status = 400, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn pivot(
    ctx: CityCtx,
    Query(query): Query<StatisticsQuery>,
    Query(dimensions): Query<PivotQuery>,
) -> Result<Json<PivotView>, Error> {
    let tx = ctx.read().await?;
    let gathered = Gathered::load(&ctx, &tx, &query).await?;
    Ok(Json(view(&tx, &gathered, dimensions.rows, dimensions.columns).await?))
}

/// The same table as xlsx.
#[utoipa::path(get, path = "/api/statistics/pivot/export.xlsx", tag = "statistics", params(StatisticsQuery, PivotQuery),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>),
    (status = 400, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn export(
    ctx: CityCtx,
    Query(query): Query<StatisticsQuery>,
    Query(dimensions): Query<PivotQuery>,
) -> Result<impl IntoResponse, Error> {
    let tx = ctx.read().await?;
    let gathered = Gathered::load(&ctx, &tx, &query).await?;
    let (down, across) = (dimensions.rows, dimensions.columns);
    let view = view(&tx, &gathered, down, across).await?;
    let (title, sum) = match ctx.lang {
        Lang::Zh => ("交叉统计", "合计"),
        Lang::En => ("Pivot", "Sum"),
    };
    let said = |dimension: Dimension, key: &PivotKey| match (&key.name, dimension) {
        _ if key.key.is_empty() => "—".to_owned(),
        (Some(name), _) => name.clone(),
        (None, Dimension::State) => word("state", &key.key, ctx.lang).to_owned(),
        (None, Dimension::Source) => word("source", &key.key, ctx.lang).to_owned(),
        (None, Dimension::Finder) => word("finder", &key.key, ctx.lang).to_owned(),
        (None, Dimension::Urgency) => word("urgency", &key.key, ctx.lang).to_owned(),
        (None, Dimension::Party) => word("involvement", &key.key, ctx.lang).to_owned(),
        (None, Dimension::Unit | Dimension::Street | Dimension::Category | Dimension::Month | Dimension::SiteType) => {
            key.key.clone()
        }
    };
    let column = |head: String, width: u16| ListColumn { head, width, kind: ColumnKind::Plain };
    let mut columns = vec![column(word("dimension", &code(&down), ctx.lang).to_owned(), 24)];
    columns.extend(view.columns.iter().map(|key| column(said(across, key), 14)));
    columns.push(column(sum.to_owned(), 12));
    let whole = |count: u64| ListCell::Integer(i64::try_from(count).unwrap_or(i64::MAX));
    let counts: HashMap<(usize, usize), u64> = view.cells.iter().map(|cell| ((cell.row, cell.column), cell.count)).collect();
    let lines = view.rows.iter().enumerate().map(|(row, key)| {
        let cell = |column: usize| counts.get(&(row, column)).map_or(ListCell::Blank, |count| whole(*count));
        let cells = (0..view.columns.len()).map(cell);
        std::iter::once(ListCell::Text(said(down, key))).chain(cells).chain([whole(key.count)]).collect::<Vec<_>>()
    });
    let sums = view.columns.iter().map(|key| whole(key.count));
    let totals: Vec<ListCell> = std::iter::once(ListCell::Text(sum.to_owned())).chain(sums).chain([whole(view.total)]).collect();
    let head = ListHead {
        title: title.to_owned(),
        subtitle: format!("{} – {}", gathered.from, gathered.to),
        generated_at: gathered.calendar.local(ctx.moment).naive_local(),
        columns,
    };
    let mut bytes = Cursor::new(Vec::new());
    yipanqi_documents::list::write(&mut bytes, &head, lines.collect::<Vec<_>>(), Some(&totals)).map_err(Error::internal)?;
    Ok((
        [
            (header::CONTENT_TYPE, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet".to_owned()),
            (header::CONTENT_DISPOSITION, "attachment; filename=\"pivot.xlsx\"".to_owned()),
        ],
        bytes.into_inner(),
    ))
}

pub(super) async fn view(tx: &ReadTx, gathered: &Gathered, rows: Dimension, columns: Dimension) -> Result<PivotView, Error> {
    let wanted = |dimension| [rows, columns].contains(&dimension);
    let mut types = if wanted(Dimension::SiteType) { Types::load(tx).await? } else { Types::default() };
    if wanted(Dimension::Party) {
        types.involved = party::involved(tx).await?;
    }
    let period = gathered.period();
    let (mut cells, mut total) = (BTreeMap::<(String, String), u64>::new(), 0);
    for placed in gathered.facts.iter().filter(|placed| period.holds(placed.fact.reported_at)) {
        let key = |dimension| key(gathered, &types, placed, dimension);
        *cells.entry((key(rows), key(columns))).or_default() += 1;
        total += 1;
    }
    let down = keys(gathered, &types, rows, cells.iter().map(|((row, _), count)| (row, *count)));
    let across = keys(gathered, &types, columns, cells.iter().map(|((_, column), count)| (column, *count)));
    let place = |keys: &[PivotKey], key: &str| keys.iter().position(|known| known.key == key).unwrap_or_default();
    let cells = cells
        .into_iter()
        .map(|((row, column), count)| {
            let query: Vec<String> =
                [filter(gathered, rows, &row), filter(gathered, columns, &column)].into_iter().flatten().collect();
            let dated = wanted(Dimension::Month);
            let link = gathered.link(&within(gathered, query.join("&"), dated));
            PivotCell { row: place(&down, &row), column: place(&across, &column), count, link }
        })
        .collect();
    Ok(PivotView { rows: down, columns: across, cells, total })
}

/// What is known beside the facts: the types of sites by site with their names, and how far responsible parties are.
#[derive(Default)]
struct Types {
    of_site: HashMap<yipanqi_domain::id::SiteId, uuid::Uuid>,
    names: HashMap<String, String>,
    involved: HashMap<ProblemId, Involvement>,
}

impl Types {
    async fn load(tx: &ReadTx) -> Result<Self, Error> {
        let types = checklist::site_types(tx).await?;
        let of_site = site::all(tx).await?.into_iter().filter_map(|site| Some((site.id, site.site_type?))).collect();
        let names = types.iter().map(|kind| (kind.id.to_string(), kind.name.clone())).collect();
        Ok(Self { of_site, names, involved: HashMap::new() })
    }
}

/// A query of the ledger bounded by the period, unless a month in it is.
fn within(gathered: &Gathered, query: String, dated: bool) -> String {
    if dated { query } else { format!("{query}&reported_from={}&reported_to={}", gathered.from, gathered.to) }
}

fn key(gathered: &Gathered, types: &Types, placed: &PlacedFact, dimension: Dimension) -> String {
    let fact = &placed.fact;
    let id = |unit: Option<yipanqi_domain::id::UnitId>| unit.map(|unit| unit.to_string()).unwrap_or_default();
    match dimension {
        Dimension::Unit => id(fact.unit),
        Dimension::Street => id(fact.street),
        Dimension::State => code(&fact.state),
        Dimension::Source => code(&fact.source),
        Dimension::Finder => code(&FinderLevel::of(fact.source)),
        Dimension::Category => fact.category.clone(),
        Dimension::Urgency => code(&fact.urgency),
        Dimension::Month => gathered.day(fact.reported_at).format("%Y-%m").to_string(),
        Dimension::SiteType => placed.site.and_then(|site| types.of_site.get(&site)).map(ToString::to_string).unwrap_or_default(),
        Dimension::Party => code(types.involved.get(&placed.id).unwrap_or(&Involvement::NotAsked)),
    }
}

fn keys<'a>(
    gathered: &Gathered,
    types: &Types,
    dimension: Dimension,
    counts: impl Iterator<Item = (&'a String, u64)>,
) -> Vec<PivotKey> {
    let mut sums = BTreeMap::<String, u64>::new();
    for (key, count) in counts {
        *sums.entry(key.clone()).or_default() += count;
    }
    let name = |key: &str| match dimension {
        Dimension::Unit | Dimension::Street => key
            .parse()
            .ok()
            .and_then(|id| gathered.names.get(id))
            .map(|unit| unit.short_name.clone().unwrap_or_else(|| unit.name.clone())),
        Dimension::SiteType => types.names.get(key).cloned(),
        Dimension::State
        | Dimension::Source
        | Dimension::Finder
        | Dimension::Category
        | Dimension::Urgency
        | Dimension::Month
        | Dimension::Party => None,
    };
    let link = |key: &str| {
        let narrowed = filter(gathered, dimension, key).unwrap_or_default();
        gathered.link(&within(gathered, narrowed, dimension == Dimension::Month))
    };
    let view = |(key, count): (String, u64)| PivotKey { name: name(&key), link: link(&key), key, count };
    let mut keys: Vec<PivotKey> = sums.into_iter().map(view).collect();
    if dimension != Dimension::Month {
        keys.sort_by(|one, other| other.count.cmp(&one.count).then_with(|| one.key.cmp(&other.key)));
    }
    keys
}

/// What of the ledger's query narrows to a key, or to what has none.
fn filter(gathered: &Gathered, dimension: Dimension, key: &str) -> Option<String> {
    Some(match dimension {
        Dimension::Unit | Dimension::Street | Dimension::Category | Dimension::SiteType if key.is_empty() => {
            format!("without={}", code(&dimension))
        }
        Dimension::Unit => format!("unit={key}"),
        Dimension::Street => format!("street={key}"),
        Dimension::State => format!("state={key}"),
        Dimension::Source => format!("source={key}"),
        Dimension::Category => format!("category={}", escaped(key)),
        Dimension::Urgency => format!("urgency={key}"),
        Dimension::SiteType => format!("site_type={key}"),
        Dimension::Party => format!("involvement={key}"),
        Dimension::Finder => {
            let sources = yipanqi_domain::problem::Source::ALL.iter().filter(|source| code(&FinderLevel::of(**source)) == key);
            sources.map(|source| format!("source={}", code(source))).collect::<Vec<_>>().join("&")
        }
        Dimension::Month => {
            let first: chrono::NaiveDate = format!("{key}-01").parse().ok()?;
            let last = first + chrono::Months::new(1) - chrono::Days::new(1);
            format!("reported_from={}&reported_to={}", first.max(gathered.from), last.min(gathered.to))
        }
    })
}
