//! Gaps 责任缺口: criteria, duties, units and sites for which nobody can be asked.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Duty, DutyRole, Named};
use crate::id::{CriterionId, DutyId, PersonId, SiteId, UnitId};

/// What is missing.
#[doc(alias = "责任缺口")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GapKind {
    /// No unit leads the criterion.
    NoLead,
    /// The name on the sheet means no unit known.
    NameUnresolved,
    /// The unit that leads names no officer.
    LeadWithoutOfficer,
    /// A unit with duties has no liaison.
    UnitWithoutLiaison,
    /// Somebody who answers for it has left.
    PersonLeft,
    /// A site without responsible unit or chief.
    SiteWithoutOwner,
    /// An objection waits for a decision.
    ObjectionUndecided,
}

impl GapKind {
    /// Every kind, in the order in which lists show them.
    pub const ALL: [Self; 7] = [
        Self::NoLead,
        Self::NameUnresolved,
        Self::LeadWithoutOfficer,
        Self::UnitWithoutLiaison,
        Self::PersonLeft,
        Self::SiteWithoutOwner,
        Self::ObjectionUndecided,
    ];
}

/// One gap with what it concerns.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Gap {
    /// What is missing.
    pub kind: GapKind,
    /// Of which criterion.
    pub criterion: Option<CriterionId>,
    /// Of which unit.
    pub unit: Option<UnitId>,
    /// At which site.
    pub site: Option<SiteId>,
    /// Who.
    pub person: Option<PersonId>,
    /// Of which duty.
    pub duty: Option<DutyId>,
    /// The name that means nobody.
    pub name: String,
}

/// The people of a unit.
pub type Holders = Named;

/// What gaps are looked for in.
#[derive(Debug, Clone)]
pub struct Standing<'a> {
    /// The criteria of the edition.
    pub criteria: &'a [CriterionId],
    /// Their duties, released ones included.
    pub duties: &'a [Duty],
    /// The people of each unit.
    pub units: &'a BTreeMap<UnitId, Holders>,
    /// Everybody who has left.
    pub left: &'a BTreeSet<PersonId>,
    /// Names on the sheet that mean no unit known.
    pub unresolved: &'a [(CriterionId, String)],
    /// Sites without responsible unit or chief.
    pub ownerless: &'a [SiteId],
}

/// Every gap, by kind and then in the order of what it concerns.
#[must_use]
pub fn gaps(standing: &Standing<'_>) -> Vec<Gap> {
    let none = |kind| Gap { kind, criterion: None, unit: None, site: None, person: None, duty: None, name: String::new() };
    let held: Vec<&Duty> = standing.duties.iter().filter(|duty| duty.state.is_held()).collect();
    let led: BTreeSet<CriterionId> = held.iter().filter(|duty| duty.role == DutyRole::Lead).map(|duty| duty.criterion).collect();
    let mut found = Vec::new();
    let leaderless = standing.criteria.iter().filter(|criterion| !led.contains(criterion));
    found.extend(leaderless.map(|criterion| Gap { criterion: Some(*criterion), ..none(GapKind::NoLead) }));
    found.extend(standing.unresolved.iter().map(|(criterion, name)| Gap {
        criterion: Some(*criterion),
        name: name.clone(),
        ..none(GapKind::NameUnresolved)
    }));
    let own = |unit: UnitId| standing.units.get(&unit).copied().unwrap_or_default();
    let about =
        |kind, duty: &Duty| Gap { criterion: Some(duty.criterion), unit: Some(duty.unit), duty: Some(duty.id), ..none(kind) };
    for duty in held.iter().filter(|duty| duty.role == DutyRole::Lead) {
        if duty.named.officer.or(own(duty.unit).officer).is_none() {
            found.push(about(GapKind::LeadWithoutOfficer, duty));
        }
    }
    let at_work: BTreeSet<UnitId> = held.iter().map(|duty| duty.unit).collect();
    for unit in &at_work {
        let of_unit = own(*unit);
        if of_unit.liaison.is_none() {
            found.push(Gap { unit: Some(*unit), ..none(GapKind::UnitWithoutLiaison) });
        }
        let left = of_unit.people().filter(|person| standing.left.contains(person)).collect::<BTreeSet<_>>();
        found.extend(left.into_iter().map(|person| Gap { unit: Some(*unit), person: Some(person), ..none(GapKind::PersonLeft) }));
    }
    for duty in &held {
        let left = duty.named.people().filter(|person| standing.left.contains(person)).collect::<BTreeSet<_>>();
        found.extend(left.into_iter().map(|person| Gap { person: Some(person), ..about(GapKind::PersonLeft, duty) }));
        if duty.objection.is_some() {
            found.push(about(GapKind::ObjectionUndecided, duty));
        }
    }
    let ownerless = standing.ownerless.iter();
    found.extend(ownerless.map(|site| Gap { site: Some(*site), ..none(GapKind::SiteWithoutOwner) }));
    // Within a kind they stay in the order in which they were looked for.
    found.sort_by_key(|gap| gap.kind);
    found
}
