//! Units 单位 and their tree: who stands above whom, who is inside whom, and whose people work for two units at once.
//!
//! Invariants: every parent exists; no unit is its own ancestor; a unit never closes before it opens. A tree that
//! breaks one of them is not built; the fault names the units.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::id::{PersonId, UnitId};

/// What a unit is.
#[doc(alias = "单位类别")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnitKind {
    /// 市委、市政府 and the like: the city level.
    Leadership,
    /// 创建办、督查室 and other offices of the leadership.
    Office,
    /// 部门.
    Department,
    /// 企业.
    Company,
    /// 街道.
    Street,
    /// 镇.
    Town,
    /// 社区.
    Community,
    /// 村.
    Village,
    /// 网格.
    Grid,
    /// 工作组、专班: made of other units' people.
    TaskForce,
}

/// One unit as a row: where it hangs and when it exists.
#[doc(alias = "单位")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitRow {
    /// The unit.
    pub id: UnitId,
    /// The unit above; none at the top.
    pub parent: Option<UnitId>,
    /// What it is.
    pub kind: UnitKind,
    /// First day of its existence; none: since ever.
    pub open: Option<NaiveDate>,
    /// Last day of its existence; none: still exists.
    pub close: Option<NaiveDate>,
}

/// Why rows do not make a tree.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnitFault {
    /// Two rows for one unit.
    #[error("unit {unit} is listed twice")]
    Twice { unit: UnitId },
    /// The parent is not among the rows.
    #[error("unit {unit} names a parent {parent} that does not exist")]
    ParentMissing { unit: UnitId, parent: UnitId },
    /// The units, in order, each the child of the next, the last the child of the first.
    #[error("units stand above themselves: {units:?}")]
    Cycle { units: Vec<UnitId> },
    /// The unit closes before it opens.
    #[error("unit {unit} closes before it opens")]
    ClosedBeforeOpen { unit: UnitId },
}

impl UnitFault {
    /// The stable code of the fault.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Twice { .. } => "unit_twice",
            Self::ParentMissing { .. } => "unit_parent_missing",
            Self::Cycle { .. } => "unit_cycle",
            Self::ClosedBeforeOpen { .. } => "unit_closed_before_open",
        }
    }
}

/// The units of one city.
#[derive(Debug, Clone, Default)]
pub struct UnitTree {
    rows: BTreeMap<UnitId, UnitRow>,
    children: BTreeMap<UnitId, Vec<UnitId>>,
}

impl UnitTree {
    /// Builds the tree.
    ///
    /// # Errors
    /// The first [`UnitFault`], in the order of the identities.
    pub fn build(rows: impl IntoIterator<Item = UnitRow>) -> Result<Self, UnitFault> {
        let mut tree = Self::default();
        for row in rows {
            if row.open.zip(row.close).is_some_and(|(open, close)| close < open) {
                return Err(UnitFault::ClosedBeforeOpen { unit: row.id });
            }
            if let Some(parent) = row.parent {
                tree.children.entry(parent).or_default().push(row.id);
            }
            let unit = row.id;
            if tree.rows.insert(unit, row).is_some() {
                return Err(UnitFault::Twice { unit });
            }
        }
        for row in tree.rows.values() {
            if let Some(parent) = row.parent.filter(|parent| !tree.rows.contains_key(parent)) {
                return Err(UnitFault::ParentMissing { unit: row.id, parent });
            }
        }
        tree.refuse_cycles()?;
        Ok(tree)
    }

    fn refuse_cycles(&self) -> Result<(), UnitFault> {
        let mut sound = BTreeSet::new();
        for &start in self.rows.keys() {
            let mut path = Vec::new();
            let mut next = Some(start);
            while let Some(unit) = next.filter(|unit| !sound.contains(unit)) {
                if let Some(first) = path.iter().position(|&seen| seen == unit) {
                    return Err(UnitFault::Cycle { units: path.split_off(first) });
                }
                path.push(unit);
                next = self.parent(unit);
            }
            sound.extend(path);
        }
        Ok(())
    }

    /// The row of a unit, if the city has it.
    #[must_use]
    pub fn get(&self, unit: UnitId) -> Option<&UnitRow> {
        self.rows.get(&unit)
    }

    /// All units, in the order of their identities.
    pub fn units(&self) -> impl Iterator<Item = &UnitRow> {
        self.rows.values()
    }

    /// The unit directly above.
    #[must_use]
    pub fn parent(&self, unit: UnitId) -> Option<UnitId> {
        self.rows.get(&unit).and_then(|row| row.parent)
    }

    /// All units above, nearest first, without the unit itself.
    #[must_use]
    pub fn ancestors(&self, unit: UnitId) -> Vec<UnitId> {
        std::iter::successors(self.parent(unit), |&above| self.parent(above)).collect()
    }

    /// All units below at any depth, without the unit itself.
    #[must_use]
    pub fn descendants(&self, unit: UnitId) -> BTreeSet<UnitId> {
        let mut found = BTreeSet::new();
        let mut open: Vec<UnitId> = self.children.get(&unit).cloned().unwrap_or_default();
        while let Some(below) = open.pop() {
            found.insert(below);
            open.extend(self.children.get(&below).into_iter().flatten());
        }
        found
    }

    /// Whether `unit` is `ancestor` or stands below it.
    #[must_use]
    pub fn is_within(&self, unit: UnitId, ancestor: UnitId) -> bool {
        unit == ancestor || std::iter::successors(self.parent(unit), |&above| self.parent(above)).any(|above| above == ancestor)
    }

    /// Whether the unit is of the city level, that is a leadership unit.
    #[must_use]
    pub fn is_city_level(&self, unit: UnitId) -> bool {
        self.rows.get(&unit).is_some_and(|row| row.kind == UnitKind::Leadership)
    }

    /// The district in which a street or town lies: the unit above it, if that is not the top; none in a city without
    /// districts.
    #[doc(alias = "区")]
    #[must_use]
    pub fn district(&self, street: UnitId) -> Option<UnitId> {
        let of_street = self.rows.get(&street).is_some_and(|row| matches!(row.kind, UnitKind::Street | UnitKind::Town));
        let above = self.parent(street).filter(|_| of_street)?;
        self.parent(above).map(|_| above)
    }

    /// Whether the unit exists on that day (the closing day included).
    #[must_use]
    pub fn is_open(&self, unit: UnitId, day: NaiveDate) -> bool {
        self.rows
            .get(&unit)
            .is_some_and(|row| row.open.is_none_or(|open| open <= day) && row.close.is_none_or(|close| day <= close))
    }

    /// Whether `other` stands in the line of `unit`: itself, below it, or above it but below the city level.
    ///
    /// Whoever holds a post in the line of a rectifying unit does not verify its work.
    #[must_use]
    pub fn in_line(&self, unit: UnitId, other: UnitId) -> bool {
        self.is_within(other, unit) || (self.is_within(unit, other) && !self.is_city_level(other))
    }
}

/// A person lent by one unit to a task force; counts in both for as long as it lasts.
#[doc(alias = "抽调")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secondment {
    /// Who is lent.
    pub person: PersonId,
    /// The unit that lends.
    pub home: UnitId,
    /// The task force that borrows.
    pub task_force: UnitId,
    /// First day.
    pub from: NaiveDate,
    /// Last day; none: until further notice.
    pub until: Option<NaiveDate>,
}

impl Secondment {
    /// Whether it is in force on that day.
    #[must_use]
    pub fn holds(&self, day: NaiveDate) -> bool {
        self.from <= day && self.until.is_none_or(|until| day <= until)
    }
}

/// The units in which a person counts on a day by secondment: home and task force of each.
#[must_use]
pub fn seconded_units(secondments: &[Secondment], person: PersonId, day: NaiveDate) -> BTreeSet<UnitId> {
    secondments.iter().filter(|s| s.person == person && s.holds(day)).flat_map(|s| [s.home, s.task_force]).collect()
}

#[cfg(test)]
mod tests;
