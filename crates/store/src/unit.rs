//! Units of a city with their names, people, posts, task forces, pairings and boundaries.
//!
//! The directory of a city is small (hundreds of units), so that it is read whole and looked up in memory.

mod area;
mod people;

use std::collections::HashMap;
use std::sync::Arc;

use chrono::NaiveDate;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};
use yipanqi_domain::id::{PersonId, UnitId};
use yipanqi_domain::unit::{UnitFault, UnitKind, UnitRow, UnitTree};

pub use area::{Boundary, Pairing, boundaries, pairings, save_boundary, save_pairings};
pub use people::{
    Person, PersonPost, SecondmentRow, TaskForceDuty, TaskForceMember, drop_secondments, person, persons, post_end, posts,
    save_person, save_post, save_secondment, save_task_force_members, secondments, task_force_members,
};

use crate::WriteTx;
use crate::entity::{unit, unit_name};
use crate::error::StoreError;
use crate::tx::ReadTx;
use crate::value::{day_opt, id, id_opt, insert_all, new_id, read_word, text_opt, word};

/// A unit of the city.
#[doc(alias = "单位")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    /// Identity.
    pub id: UnitId,
    /// The city's own code, unique.
    pub code: String,
    /// Full name.
    pub name: String,
    /// Short name, if it has one.
    pub short_name: Option<String>,
    /// What it is.
    pub kind: UnitKind,
    /// The unit above.
    pub parent: Option<UnitId>,
    /// 第一责任人.
    pub head: Option<PersonId>,
    /// 分管（具体）负责人.
    pub officer: Option<PersonId>,
    /// 联络员.
    pub liaison: Option<PersonId>,
    /// Telephone.
    pub phone: Option<String>,
    /// Remark.
    pub remark: String,
    /// Households, of a grid.
    pub households: Option<i64>,
    /// First day.
    pub opened_on: Option<NaiveDate>,
    /// Last day.
    pub closed_on: Option<NaiveDate>,
    /// Place in the city's own order.
    pub position: i64,
    /// One more with every change.
    pub version: i64,
    /// Other names, in order.
    pub names: Vec<UnitName>,
}

impl Unit {
    /// A unit of which no more is known than this.
    #[must_use]
    pub fn new(code: String, name: String, kind: UnitKind, position: i64) -> Self {
        Self {
            id: UnitId::new(uuid::Uuid::now_v7()),
            code,
            name,
            short_name: None,
            kind,
            parent: None,
            head: None,
            officer: None,
            liaison: None,
            phone: None,
            remark: String::new(),
            households: None,
            opened_on: None,
            closed_on: None,
            position,
            version: 0,
            names: Vec::new(),
        }
    }
}

/// Another name of a unit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct UnitName {
    /// The name.
    pub name: String,
    /// Whether it is in use or gone.
    pub kind: UnitNameKind,
    /// The last day of a former name, if known.
    pub valid_to: Option<NaiveDate>,
}

/// Whether another name is still in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnitNameKind {
    /// 别称.
    Alias,
    /// 曾用名.
    Former,
}

impl Unit {
    fn read(row: unit::Model, names: Vec<UnitName>) -> Result<Self, StoreError> {
        Ok(Self {
            id: id(&row.id)?,
            kind: read_word("unit.kind", &row.kind)?,
            parent: id_opt(row.parent_id.as_ref())?,
            head: id_opt(row.head_id.as_ref())?,
            officer: id_opt(row.officer_id.as_ref())?,
            liaison: id_opt(row.liaison_id.as_ref())?,
            opened_on: day_opt(row.opened_on.as_ref())?,
            closed_on: day_opt(row.closed_on.as_ref())?,
            code: row.code,
            name: row.name,
            short_name: row.short_name,
            phone: row.phone,
            remark: row.remark,
            households: row.households,
            position: row.position,
            version: row.version,
            names,
        })
    }

    fn model(&self) -> Result<unit::Model, StoreError> {
        Ok(unit::Model {
            id: self.id.to_string(),
            code: self.code.clone(),
            name: self.name.clone(),
            short_name: self.short_name.clone(),
            kind: word(&self.kind)?,
            parent_id: text_opt(self.parent.as_ref()),
            head_id: text_opt(self.head.as_ref()),
            officer_id: text_opt(self.officer.as_ref()),
            liaison_id: text_opt(self.liaison.as_ref()),
            phone: self.phone.clone(),
            remark: self.remark.clone(),
            households: self.households,
            opened_on: text_opt(self.opened_on.as_ref()),
            closed_on: text_opt(self.closed_on.as_ref()),
            position: self.position,
            version: self.version,
        })
    }
}

/// All units of a city, in its own order.
#[derive(Debug, Clone, Default)]
pub struct Directory {
    units: Vec<Unit>,
    by_id: HashMap<UnitId, usize>,
    by_code: HashMap<String, usize>,
}

impl Directory {
    /// Takes units in order.
    #[must_use]
    pub fn new(units: Vec<Unit>) -> Self {
        let by_id = units.iter().enumerate().map(|(at, unit)| (unit.id, at)).collect();
        let by_code = units.iter().enumerate().map(|(at, unit)| (unit.code.clone(), at)).collect();
        Self { units, by_id, by_code }
    }

    /// Every unit.
    #[must_use]
    pub fn units(&self) -> &[Unit] {
        &self.units
    }

    /// The unit with this identity.
    #[must_use]
    pub fn get(&self, id: UnitId) -> Option<&Unit> {
        self.by_id.get(&id).and_then(|at| self.units.get(*at))
    }

    /// The unit with this code.
    #[must_use]
    pub fn by_code(&self, code: &str) -> Option<&Unit> {
        self.by_code.get(code).and_then(|at| self.units.get(*at))
    }

    /// Adds a unit or replaces the one with its identity.
    pub fn put(&mut self, unit: Unit) {
        match self.by_id.get(&unit.id) {
            Some(at) => {
                let at = *at;
                if let Some(old) = self.units.get(at) {
                    self.by_code.remove(&old.code);
                }
                self.by_code.insert(unit.code.clone(), at);
                self.units[at] = unit;
            }
            None => {
                self.by_id.insert(unit.id, self.units.len());
                self.by_code.insert(unit.code.clone(), self.units.len());
                self.units.push(unit);
            }
        }
    }

    /// The tree of the units, for the rules.
    ///
    /// # Errors
    /// The fault of the stored rows.
    pub fn tree(&self) -> Result<UnitTree, UnitFault> {
        UnitTree::build(self.units.iter().map(|unit| UnitRow {
            id: unit.id,
            parent: unit.parent,
            kind: unit.kind,
            open: unit.opened_on,
            close: unit.closed_on,
        }))
    }
}

/// Reads all units with their names.
///
/// # Errors
/// The database's, or a stored value that cannot be read.
pub async fn directory(tx: &ReadTx) -> Result<Arc<Directory>, StoreError> {
    tx.kept("directory", load(tx)).await
}

async fn load(tx: &ReadTx) -> Result<Directory, StoreError> {
    let mut names: HashMap<String, Vec<UnitName>> = HashMap::new();
    for row in
        unit_name::Entity::find().order_by_asc(unit_name::Column::Kind).order_by_asc(unit_name::Column::Name).all(tx.db()).await?
    {
        let name =
            UnitName { name: row.name, kind: read_word("unit_name.kind", &row.kind)?, valid_to: day_opt(row.valid_to.as_ref())? };
        names.entry(row.unit_id).or_default().push(name);
    }
    let rows = unit::Entity::find().order_by_asc(unit::Column::Position).order_by_asc(unit::Column::Code).all(tx.db()).await?;
    let units: Result<Vec<Unit>, StoreError> = rows
        .into_iter()
        .map(|row| {
            let names = names.remove(&row.id).unwrap_or_default();
            Unit::read(row, names)
        })
        .collect();
    Ok(Directory::new(units?))
}

/// The tree of the city's units, for the rules.
///
/// # Errors
/// The database's, or rows that make no tree.
pub async fn tree(tx: &ReadTx) -> Result<Arc<UnitTree>, StoreError> {
    let built = async {
        let tree = directory(tx).await?.tree();
        tree.map_err(|fault| StoreError::Stored { what: "unit tree", text: fault.to_string() })
    };
    tx.kept("tree", built).await
}

/// Adds a unit with its names.
///
/// # Errors
/// `unit_code_taken`, or the database's.
pub async fn add(tx: &WriteTx, unit: &Unit) -> Result<(), StoreError> {
    let mut row = unit.model()?;
    row.version = 1;
    unit::Entity::insert(row.into_active_model()).exec_without_returning(tx.db()).await?;
    put_names(tx, unit).await
}

/// Replaces a unit and its names; `unit.version` is the one it was read with.
///
/// # Errors
/// `version_conflict` if somebody changed it since, or the database's.
pub async fn update(tx: &WriteTx, unit: &Unit) -> Result<(), StoreError> {
    let read = unit.version;
    let mut row = unit.model()?;
    row.version = read + 1;
    let changed = unit::Entity::update_many()
        .set(row.into_active_model().reset_all())
        .filter(unit::Column::Id.eq(unit.id.to_string()))
        .filter(unit::Column::Version.eq(read))
        .exec(tx.db())
        .await?;
    if changed.rows_affected == 0 {
        return Err(StoreError::Conflict { kind: "unit", id: unit.id.to_string() });
    }
    unit_name::Entity::delete_many().filter(unit_name::Column::UnitId.eq(unit.id.to_string())).exec(tx.db()).await?;
    put_names(tx, unit).await
}

async fn put_names(tx: &WriteTx, unit: &Unit) -> Result<(), StoreError> {
    let rows: Result<Vec<unit_name::Model>, StoreError> = unit
        .names
        .iter()
        .map(|name| {
            Ok(unit_name::Model {
                id: new_id().to_string(),
                unit_id: unit.id.to_string(),
                name: name.name.clone(),
                kind: word(&name.kind)?,
                valid_to: text_opt(name.valid_to.as_ref()),
            })
        })
        .collect();
    insert_all::<unit_name::Entity, _>(tx.db(), rows?).await
}
