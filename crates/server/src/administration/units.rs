//! The units of the city: list, tree, one unit with its people, boundaries for the map.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use yipanqi_documents::list::ListCell;
use yipanqi_domain::access::{Reach, Right, Role};
use yipanqi_domain::id::{PersonId, UnitId};
use yipanqi_domain::problem::State;
use yipanqi_domain::unit::UnitKind;
use yipanqi_store::problem::ProblemFilter;
use yipanqi_store::unit::{self, Directory, Person, Unit};
use yipanqi_store::{ReadTx, calendar, problem, site};

use crate::error::{Error, FailureBody};
use crate::export::{self, Column, ColumnQuery, Sheet, count, some, text};
use crate::geojson::{self, Boundaries, BoundaryFacts, BoundaryFeature, CollectionType, FeatureType, GeoJson};
use crate::page::Workbook;
use crate::request::{CityCtx, Json, Path, Query};
use crate::session::{PersonRef, UnitRef};
use crate::site::units_of;

/// A unit in the list.
#[derive(Debug, Serialize, ToSchema)]
pub struct UnitRow {
    /// Identity.
    #[schema(value_type = String)]
    pub id: UnitId,
    /// The city's own code.
    pub code: String,
    /// Full name.
    pub name: String,
    /// Name for lists.
    pub short_name: String,
    /// What it is.
    #[schema(value_type = String)]
    pub kind: UnitKind,
    /// The unit above.
    pub parent: Option<UnitRef>,
    /// 第一责任人.
    pub head: Option<PersonRef>,
    /// 具体责任人.
    pub officer: Option<PersonRef>,
    /// 联络员.
    pub liaison: Option<PersonRef>,
    /// Telephone.
    pub phone: Option<String>,
    /// Other and former names.
    pub aliases: Vec<String>,
    /// First day.
    pub opened_on: Option<NaiveDate>,
    /// Last day.
    pub closed_on: Option<NaiveDate>,
    /// Households, of a grid.
    pub households: Option<i64>,
    /// Sites for which it answers, by place or by trade.
    pub sites: u32,
    /// Problems that it has to rectify, as far as the reader may see them.
    pub open_problems: u64,
}

/// Units as a list answers them.
#[derive(Debug, Serialize, ToSchema)]
pub struct UnitList {
    /// The rows of the page.
    pub items: Vec<UnitRow>,
    /// Rows in all.
    pub total: usize,
    /// The page, from 1.
    pub page: usize,
    /// Rows per page.
    pub size: usize,
}

/// Which units to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct UnitQuery {
    /// Part of a name, former name or code.
    #[serde(default)]
    pub q: String,
    /// Kinds; all if none is given.
    #[serde(default)]
    #[param(value_type = Vec<String>)]
    pub kind: Vec<UnitKind>,
    /// The unit directly above.
    #[param(value_type = Option<String>)]
    pub parent: Option<UnitId>,
    /// The page, from 1.
    pub page: Option<usize>,
    /// Rows per page, 10 to 200.
    pub size: Option<usize>,
}

/// A unit in the tree, for pickers.
#[derive(Debug, Serialize, ToSchema)]
pub struct TreeUnit {
    /// Identity.
    #[schema(value_type = String)]
    pub id: UnitId,
    /// The unit above.
    #[schema(value_type = Option<String>)]
    pub parent_id: Option<UnitId>,
    /// Full name.
    pub name: String,
    /// Name for lists.
    pub short_name: String,
    /// What it is.
    #[schema(value_type = String)]
    pub kind: UnitKind,
    /// The city's own code.
    pub code: String,
}

/// A person's post in a unit.
#[derive(Debug, Serialize, ToSchema)]
pub struct UnitPost {
    /// Who.
    pub person: PersonRef,
    /// The role.
    #[schema(value_type = String)]
    pub role: Role,
    /// First day.
    pub valid_from: NaiveDate,
}

/// Somebody lent to or by a unit.
#[derive(Debug, Serialize, ToSchema)]
pub struct SecondmentView {
    /// Who.
    pub person: PersonRef,
    /// The unit that lends.
    pub home: Option<UnitRef>,
    /// The task force.
    pub task_force: Option<UnitRef>,
    /// First day.
    pub valid_from: NaiveDate,
    /// Last day.
    pub valid_to: Option<NaiveDate>,
}

/// A pairing 包联 of an area.
#[derive(Debug, Serialize, ToSchema)]
pub struct PairingView {
    /// The leader.
    pub leader_name: String,
    /// The leader's office.
    pub leader_title: Option<String>,
    /// The paired unit.
    pub unit: Option<UnitRef>,
    /// The area.
    pub area: Option<UnitRef>,
    /// First day.
    pub valid_from: NaiveDate,
    /// Last day.
    pub valid_to: Option<NaiveDate>,
}

/// One unit.
#[derive(Debug, Serialize, ToSchema)]
pub struct UnitView {
    /// The same as in the list.
    #[serde(flatten)]
    pub row: UnitRow,
    /// Remark.
    pub remark: String,
    /// Grows with every change.
    pub version: i64,
    /// The posts valid today.
    pub posts: Vec<UnitPost>,
    /// People lent to it or by it.
    pub secondments: Vec<SecondmentView>,
    /// Pairings of or with it.
    pub pairings: Vec<PairingView>,
    /// The units directly below.
    pub children: Vec<UnitRef>,
}

/// The level of boundaries to draw.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LevelQuery {
    /// `street`, `community`, `village` or `grid`; all if left out.
    pub level: Option<String>,
}

/// What rows are made of: read once per request.
struct Office {
    directory: Arc<Directory>,
    people: BTreeMap<PersonId, Person>,
    sites: BTreeMap<UnitId, u32>,
    open_problems: BTreeMap<UnitId, u64>,
}

impl Office {
    async fn read(ctx: &CityCtx, tx: &ReadTx) -> Result<Self, Error> {
        let mut sites = BTreeMap::new();
        for site in site::all(tx).await?.into_iter().filter(|site| !site.retired) {
            for unit in units_of(&site) {
                *sites.entry(unit).or_default() += 1;
            }
        }
        let people = unit::persons(tx).await?.into_iter().map(|person| (person.id, person)).collect();
        let states = State::ALL.into_iter().filter(|state| state.is_open()).collect();
        let open = problem::by_unit(tx, &ProblemFilter { states, ..seen(ctx) }).await?;
        let open_problems = open.into_iter().map(|row| (row.unit, row.count)).collect();
        Ok(Self { directory: unit::directory(tx).await?, people, sites, open_problems })
    }

    fn unit(&self, id: Option<UnitId>) -> Option<UnitRef> {
        id.and_then(|id| self.directory.get(id)).map(UnitRef::from)
    }

    fn person(&self, id: Option<PersonId>) -> Option<PersonRef> {
        id.and_then(|id| self.people.get(&id)).map(|person| PersonRef { id: person.id, name: person.name.clone() })
    }

    fn row(&self, unit: &Unit) -> UnitRow {
        UnitRow {
            id: unit.id,
            code: unit.code.clone(),
            name: unit.name.clone(),
            short_name: UnitRef::from(unit).short_name,
            kind: unit.kind,
            parent: self.unit(unit.parent),
            head: self.person(unit.head),
            officer: self.person(unit.officer),
            liaison: self.person(unit.liaison),
            phone: unit.phone.clone(),
            aliases: unit.names.iter().map(|name| name.name.clone()).collect(),
            opened_on: unit.opened_on,
            closed_on: unit.closed_on,
            households: unit.households,
            sites: self.sites.get(&unit.id).copied().unwrap_or(0),
            open_problems: self.open_problems.get(&unit.id).copied().unwrap_or(0),
        }
    }
}

fn wanted(unit: &Unit, query: &UnitQuery) -> bool {
    let text = query.q.trim();
    let named = || {
        let names = unit.names.iter().map(|name| name.name.as_str());
        let own = [unit.name.as_str(), unit.code.as_str()].into_iter().chain(unit.short_name.as_deref());
        own.chain(names).any(|name| name.contains(text))
    };
    (query.kind.is_empty() || query.kind.contains(&unit.kind))
        && query.parent.is_none_or(|parent| unit.parent == Some(parent))
        && (text.is_empty() || named())
}

/// Units in the city's own order.
#[utoipa::path(get, path = "/api/units", tag = "units", params(UnitQuery), responses((status = 200, body = UnitList)))]
pub async fn list(ctx: CityCtx, Query(query): Query<UnitQuery>) -> Result<Json<UnitList>, Error> {
    let office = Office::read(&ctx, &ctx.read().await?).await?;
    let found: Vec<&Unit> = office.directory.units().iter().filter(|unit| wanted(unit, &query)).collect();
    let (page, size) = (query.page.unwrap_or(1).max(1), query.size.unwrap_or(50).clamp(10, 200));
    let items = found.iter().skip((page - 1).saturating_mul(size)).take(size).map(|unit| office.row(unit)).collect();
    Ok(Json(UnitList { items, total: found.len(), page, size }))
}

/// Every column, in the list's order.
#[rustfmt::skip]
const SHEET: Sheet<UnitRow> = Sheet { file: "units", zh: "单位", en: "Units", columns: &[
    Column { name: "name", zh: "单位", en: "Unit", width: 30, cell: |row, _| text(&row.name) },
    Column { name: "code", zh: "编码", en: "Code", width: 12, cell: |row, _| text(&row.code) },
    Column { name: "kind", zh: "类别", en: "Kind", width: 12, cell: |row, pen| pen.word("unit_kind", &row.kind) },
    Column { name: "parent", zh: "上级", en: "Above", width: 20, cell: |row, _| export::unit(row.parent.as_ref()) },
    Column { name: "head", zh: "第一责任人", en: "Head", width: 14, cell: |row, _| person(row.head.as_ref()) },
    Column { name: "officer", zh: "具体责任人", en: "Officer", width: 14, cell: |row, _| person(row.officer.as_ref()) },
    Column { name: "liaison", zh: "联络员", en: "Liaison", width: 14, cell: |row, _| person(row.liaison.as_ref()) },
    Column { name: "phone", zh: "电话", en: "Telephone", width: 16, cell: |row, _| some(row.phone.as_deref()) },
    Column { name: "aliases", zh: "别名、曾用名", en: "Other names", width: 30, cell: |row, _| text(&row.aliases.join("、")) },
    Column { name: "sites", zh: "点位", en: "Sites", width: 10, cell: |row, _| count(row.sites.into()) },
    Column { name: "open_problems", zh: "未销号问题", en: "Open problems", width: 12, cell: |row, _| count(row.open_problems) },
] };

fn person(person: Option<&PersonRef>) -> ListCell {
    some(person.map(|person| person.name.as_str()))
}

/// The same units as a workbook.
#[utoipa::path(get, path = "/api/units/export.xlsx", tag = "units", params(UnitQuery, ColumnQuery),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>),
        (status = 422, body = FailureBody)))]
pub async fn export(ctx: CityCtx, Query(query): Query<UnitQuery>, Query(columns): Query<ColumnQuery>) -> Result<Workbook, Error> {
    let tx = ctx.read().await?;
    let office = Office::read(&ctx, &tx).await?;
    let rows: Vec<UnitRow> =
        office.directory.units().iter().filter(|unit| wanted(unit, &query)).map(|unit| office.row(unit)).collect();
    export::workbook(&ctx, calendar::load(&tx).await?, &SHEET, &columns, &rows)
}

/// Every unit, flat, for pickers.
#[utoipa::path(get, path = "/api/units/tree", tag = "units", responses((status = 200, body = Vec<TreeUnit>)))]
pub async fn tree(ctx: CityCtx) -> Result<Json<Vec<TreeUnit>>, Error> {
    let directory = unit::directory(&ctx.read().await?).await?;
    let units = directory.units().iter().map(|unit| TreeUnit {
        id: unit.id,
        parent_id: unit.parent,
        name: unit.name.clone(),
        short_name: UnitRef::from(unit).short_name,
        kind: unit.kind,
        code: unit.code.clone(),
    });
    Ok(Json(units.collect()))
}

/// One unit with its people, pairings and the units below.
#[utoipa::path(get, path = "/api/units/{id}", tag = "units", params(("id" = String, Path)),
    responses((status = 200, body = UnitView), (status = 404, body = FailureBody)))]
pub async fn show(ctx: CityCtx, Path(id): Path<UnitId>) -> Result<Json<UnitView>, Error> {
    let tx = ctx.read().await?;
    let office = Office::read(&ctx, &tx).await?;
    let unit = office.directory.get(id).ok_or_else(|| Error::new("unit_not_found"))?;
    let posts = unit::posts(&tx, None, ctx.today()).await?.into_iter().filter(|post| post.unit == id);
    let secondments = unit::secondments(&tx).await?;
    let secondments = secondments.iter().filter(|row| row.home == Some(id) || row.task_force == id);
    let pairings = unit::pairings(&tx).await?.into_iter().filter(|row| row.unit == Some(id) || row.area == id);
    let children = office.directory.units().iter().filter(|below| below.parent == Some(id));
    Ok(Json(UnitView {
        row: office.row(unit),
        remark: unit.remark.clone(),
        version: unit.version,
        posts: posts
            .filter_map(|post| {
                let person = office.person(Some(post.person))?;
                Some(UnitPost { person, role: post.role, valid_from: post.valid_from })
            })
            .collect(),
        secondments: secondments
            .filter_map(|row| {
                Some(SecondmentView {
                    person: office.person(Some(row.person))?,
                    home: office.unit(row.home),
                    task_force: office.unit(Some(row.task_force)),
                    valid_from: row.valid_from,
                    valid_to: row.valid_to,
                })
            })
            .collect(),
        pairings: pairings
            .map(|row| PairingView {
                unit: office.unit(row.unit),
                area: office.unit(Some(row.area)),
                leader_name: row.leader_name,
                leader_title: row.leader_title,
                valid_from: row.valid_from,
                valid_to: row.valid_to,
            })
            .collect(),
        children: children.map(UnitRef::from).collect(),
    }))
}

/// The problems that the reader may see.
fn seen(ctx: &CityCtx) -> ProblemFilter {
    let reach = match ctx.reach_of(Right::ViewProblem) {
        Reach::Everything => None,
        Reach::Units(units) => Some(units),
        Reach::Nothing => Some(BTreeSet::new()),
    };
    ProblemFilter { reach, ..ProblemFilter::default() }
}

/// Problems past due by street or town, as far as the reader may see them.
async fn late(ctx: &CityCtx, tx: &ReadTx) -> Result<BTreeMap<UnitId, u64>, Error> {
    let rows = problem::late_by_street(tx, &seen(ctx), ctx.moment).await?;
    Ok(rows.into_iter().map(|row| (row.unit, row.count)).collect())
}

/// Boundaries as GeoJSON (WGS-84), for the map; streets and towns say how many problems there are past due.
#[utoipa::path(get, path = "/api/boundaries.geojson", tag = "units", params(LevelQuery),
    responses((status = 200, content_type = "application/geo+json", body = Boundaries)))]
pub async fn boundaries(ctx: CityCtx, Query(query): Query<LevelQuery>) -> Result<GeoJson, Error> {
    let tx = ctx.read().await?;
    let late = late(&ctx, &tx).await?;
    let feature = |boundary: unit::Boundary| {
        Ok(BoundaryFeature {
            r#type: FeatureType::Feature,
            geometry: serde_json::from_str(&boundary.geometry)?,
            properties: BoundaryFacts {
                late: boundary.unit.and_then(|unit| late.get(&unit)).copied().unwrap_or(0),
                code: boundary.code,
                level: boundary.level,
                name: boundary.name,
                parent_code: boundary.parent_code,
                unit_id: boundary.unit,
            },
        })
    };
    let features: Result<_, serde_json::Error> =
        unit::boundaries(&tx, query.level.as_deref()).await?.into_iter().map(feature).collect();
    geojson::answer(&Boundaries { r#type: CollectionType::FeatureCollection, features: features.map_err(Error::internal)? })
}
