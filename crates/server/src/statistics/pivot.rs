//! Any two dimensions against each other: how many problems registered in the period, each cell with its list.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use yipanqi_domain::problem::statistics::FinderLevel;
use yipanqi_store::statistics::PlacedFact;
use yipanqi_store::{ReadTx, checklist, site};

use super::handlers::{Gathered, code, escaped};
use super::views::StatisticsQuery;
use crate::error::{Error, FailureBody};
use crate::request::{CityCtx, Json, Query};

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

pub(super) async fn view(tx: &ReadTx, gathered: &Gathered, rows: Dimension, columns: Dimension) -> Result<PivotView, Error> {
    let types = if [rows, columns].contains(&Dimension::SiteType) { Types::load(tx).await? } else { Types::default() };
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
            let dated = [rows, columns].contains(&Dimension::Month);
            let within = format!("reported_from={}&reported_to={}", gathered.from, gathered.to);
            let query = if dated { query.join("&") } else { format!("{}&{within}", query.join("&")) };
            PivotCell { row: place(&down, &row), column: place(&across, &column), count, link: gathered.link(&query) }
        })
        .collect();
    Ok(PivotView { rows: down, columns: across, cells, total })
}

/// The types of sites by site, and their names.
#[derive(Default)]
struct Types {
    of_site: HashMap<yipanqi_domain::id::SiteId, uuid::Uuid>,
    names: HashMap<String, String>,
}

impl Types {
    async fn load(tx: &ReadTx) -> Result<Self, Error> {
        let types = checklist::site_types(tx).await?;
        let of_site = site::all(tx).await?.into_iter().filter_map(|site| Some((site.id, site.site_type?))).collect();
        Ok(Self { of_site, names: types.iter().map(|kind| (kind.id.to_string(), kind.name.clone())).collect() })
    }
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
        | Dimension::Month => None,
    };
    let mut keys: Vec<PivotKey> = sums.into_iter().map(|(key, count)| PivotKey { name: name(&key), key, count }).collect();
    if dimension != Dimension::Month {
        keys.sort_by(|one, other| other.count.cmp(&one.count).then_with(|| one.key.cmp(&other.key)));
    }
    keys
}

/// What of the ledger's query narrows to a key; nothing for problems that have none.
fn filter(gathered: &Gathered, dimension: Dimension, key: &str) -> Option<String> {
    if key.is_empty() {
        return None;
    }
    Some(match dimension {
        Dimension::Unit => format!("unit={key}"),
        Dimension::Street => format!("street={key}"),
        Dimension::State => format!("state={key}"),
        Dimension::Source => format!("source={key}"),
        Dimension::Category => format!("category={}", escaped(key)),
        Dimension::Urgency => format!("urgency={key}"),
        Dimension::SiteType => format!("site_type={key}"),
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
