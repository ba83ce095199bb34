//! Collective names 各街道（镇）, 各窗口单位: names on a sheet that mean many units, and which.
//!
//! Which units a name means is the city's own decision, kept in a table that the office edits. For a name not yet in the
//! table only a proposal is made, from the kinds of units it speaks of.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::id::UnitId;
use crate::unit::{UnitKind, UnitTree};

/// The units that a collective name means: all of some kinds, and single ones.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Selection {
    /// Every open unit of these kinds.
    pub kinds: BTreeSet<UnitKind>,
    /// And these.
    pub units: BTreeSet<UnitId>,
}

impl Selection {
    /// The units that are open on a day.
    #[must_use]
    pub fn expand(&self, tree: &UnitTree, day: NaiveDate) -> BTreeSet<UnitId> {
        tree.units()
            .filter(|unit| self.kinds.contains(&unit.kind) || self.units.contains(&unit.id))
            .map(|unit| unit.id)
            .filter(|unit| tree.is_open(*unit, day))
            .collect()
    }
}

/// The name in the form in which it is looked up: without blanks, brackets of full width.
#[must_use]
pub fn key(name: &str) -> String {
    let wide = |letter: char| match letter {
        '(' => '（',
        ')' => '）',
        other => other,
    };
    name.chars().filter(|letter| !letter.is_whitespace()).map(wide).collect()
}

/// Whether a name speaks of many units: 各…, 全市各…, 有关…, 相关….
#[must_use]
pub fn is_collective(name: &str) -> bool {
    let name = key(name);
    ["各", "全体", "所有", "有关", "相关", "其他"].iter().any(|word| name.contains(word))
}

/// What a collective name probably means; kinds only, since single units are for a person to choose.
#[must_use]
pub fn proposed(name: &str) -> Selection {
    let name = key(name);
    let says = |words: &[&str]| words.iter().any(|word| name.contains(word));
    let mut kinds = BTreeSet::new();
    if says(&["街道", "街办"]) {
        kinds.insert(UnitKind::Street);
    }
    if says(&["镇", "乡"]) {
        kinds.insert(UnitKind::Town);
    }
    if says(&["社区"]) {
        kinds.insert(UnitKind::Community);
    }
    if says(&["村"]) && !says(&["村镇"]) {
        kinds.insert(UnitKind::Village);
    }
    if says(&["部门", "责任单位", "成员单位", "行业主管"]) {
        kinds.insert(UnitKind::Department);
    }
    if says(&["责任单位", "成员单位"]) {
        kinds.extend([UnitKind::Street, UnitKind::Town]);
    }
    Selection { kinds, units: BTreeSet::new() }
}
