//! Two entries of one site: which are likely, when they may be merged, and what becomes of visits in rounds that go on.
//!
//! Nothing of a merged site is rewritten where a score is final: there it keeps its own number and is seen under the kept one.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Position;
use crate::geo;
use crate::likeness::likeness;
use crate::reading;
use crate::round::VisitPurpose;

/// Two sites of one type nearer than this, with like names, are likely one, in metres.
pub const SAME_PLACE_M: u64 = 15;
/// How like the names of two such sites must be, per mille.
pub const SAME_NAME: u32 = 550;
/// How like the names must be where one of the places is not known, per mille.
pub const SAME_NAME_ALONE: u32 = 850;

/// A site as far as likeness looks at it.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its type; none where nobody has told it yet.
    pub site_type: Option<Uuid>,
    /// Where it is, if known.
    pub place: Option<Position>,
}

/// Why two sites are likely one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Likely {
    /// How like their names are, per mille.
    pub likeness: u32,
    /// How far they lie apart, in metres; none where a place is not known.
    pub distance_m: Option<u64>,
}

/// A name without a remark in brackets, for comparing.
fn core(name: &str) -> String {
    reading::noted(name).value
}

/// Whether two sites are likely one: near, alike in name, and not of two different types. An offer, no verdict.
#[doc(alias = "可能重复")]
#[must_use]
pub fn likely(one: Entry<'_>, other: Entry<'_>) -> Option<Likely> {
    if one.site_type.is_some() && other.site_type.is_some() && one.site_type != other.site_type {
        return None;
    }
    let likeness = likeness(&core(one.name), &core(other.name));
    match (one.place, other.place) {
        (Some(here), Some(there)) => {
            let distance = geo::distance(here, there);
            let same = distance <= SAME_PLACE_M && likeness >= SAME_NAME;
            same.then_some(Likely { likeness, distance_m: Some(distance) })
        }
        (None, _) | (_, None) => (likeness >= SAME_NAME_ALONE).then_some(Likely { likeness, distance_m: None }),
    }
}

/// A site as merging looks at it.
#[derive(Debug, Clone, Copy)]
pub struct Standing {
    /// Its type.
    pub site_type: Option<Uuid>,
    /// No longer in use.
    pub retired: bool,
    /// Merged into another already.
    pub merged: bool,
}

/// Why two sites cannot be merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MergeRefusal {
    /// The one that is to be kept is not in use.
    #[error("the site to be kept is not in use")]
    KeptNotInUse,
    /// The other was merged into a site before.
    #[error("the site was merged before")]
    MergedBefore,
    /// They are of two types, so that their checklists differ.
    #[error("the sites are of two types")]
    TypesDiffer,
}

impl MergeRefusal {
    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::KeptNotInUse => "merge_kept_not_in_use",
            Self::MergedBefore => "merge_merged_before",
            Self::TypesDiffer => "merge_types_differ",
        }
    }
}

/// Whether one site may be merged into another.
///
/// # Errors
/// [`MergeRefusal`].
pub fn may_merge(kept: Standing, merged: Standing) -> Result<(), MergeRefusal> {
    if kept.retired || kept.merged {
        return Err(MergeRefusal::KeptNotInUse);
    }
    if merged.merged {
        return Err(MergeRefusal::MergedBefore);
    }
    let differ = kept.site_type.is_some() && merged.site_type.is_some() && kept.site_type != merged.site_type;
    if differ { Err(MergeRefusal::TypesDiffer) } else { Ok(()) }
}

/// What a visit of the merged site is to a round that goes on: where the kept one has a finished visit that counts, another
/// that was finished apart from it only measures agreement.
#[must_use]
pub fn purpose(own: VisitPurpose, kept_assessed: bool) -> VisitPurpose {
    match own {
        VisitPurpose::Assess if kept_assessed => VisitPurpose::Agreement,
        VisitPurpose::Assess | VisitPurpose::Agreement | VisitPurpose::Late => own,
    }
}

/// What of a site may be taken from the entry that is given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MergeField {
    /// Name.
    Name,
    /// Address.
    Address,
    /// Coordinates.
    Position,
    /// Street, community and grid.
    Area,
    /// 行业主管部门.
    Industry,
    /// 属地责任单位.
    Territorial,
    /// 点位长, with telephone.
    Chief,
    /// 包联单位 and leader.
    Pairing,
    /// Remark.
    Remark,
}

impl MergeField {
    /// All of them, in the order in which pages show them.
    pub const ALL: [Self; 9] = [
        Self::Name,
        Self::Address,
        Self::Position,
        Self::Area,
        Self::Industry,
        Self::Territorial,
        Self::Chief,
        Self::Pairing,
        Self::Remark,
    ];
}

/// What stands against undoing a merge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UndoRefusal {
    /// The kept site was itself merged or given up since.
    #[error("the kept site is not in use any more")]
    KeptNotInUse,
    /// A round in which places or visits moved is finished: its score is final.
    #[error("a round that was touched is finished")]
    RoundFinished,
    /// The place in a round was visited under the kept number since.
    #[error("the place was visited since")]
    VisitedSince,
}

impl UndoRefusal {
    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::KeptNotInUse => "unmerge_kept_not_in_use",
            Self::RoundFinished => "unmerge_round_finished",
            Self::VisitedSince => "unmerge_visited_since",
        }
    }
}

/// A round in which a merge moved a place or visits, as it is now.
#[derive(Debug, Clone, Copy)]
pub struct Touched {
    /// No more visits are taken.
    pub finished: bool,
    /// The kept site has visits there that the merge did not move, and stands there only because of the merge.
    pub visited_since: bool,
}

/// Whether a merge may be undone.
///
/// # Errors
/// [`UndoRefusal`].
pub fn may_undo(kept: Standing, touched: &[Touched]) -> Result<(), UndoRefusal> {
    if kept.retired || kept.merged {
        return Err(UndoRefusal::KeptNotInUse);
    }
    if touched.iter().any(|round| round.finished) {
        return Err(UndoRefusal::RoundFinished);
    }
    if touched.iter().any(|round| round.visited_since) {
        return Err(UndoRefusal::VisitedSince);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geo::Datum;
    use crate::site::Degrees;

    fn entry(name: &str, kind: Option<u128>, east: Option<i64>) -> Entry<'_> {
        let place = |e7| Position {
            longitude: Degrees::from_e7(1_148_000_000 + e7),
            latitude: Degrees::from_e7(312_000_000),
            datum: Datum::Wgs84,
        };
        Entry { name, site_type: kind.map(Uuid::from_u128), place: east.map(place) }
    }

    #[test]
    fn likely_ones_are_near_alike_and_not_of_two_types() {
        let one = entry("桂花园社区（北区）", Some(1), Some(0));
        for (other, found) in [
            (entry("桂花园社区", Some(1), Some(1_000)), true),
            (entry("桂花园社区", None, Some(1_000)), true),
            (entry("桂花园社区", Some(2), Some(1_000)), false),
            (entry("桂花园社区", Some(1), Some(3_000)), false),
            (entry("澄雅湾小学", Some(1), Some(0)), false),
            (entry("桂花园社区", Some(1), None), true),
            (entry("桂花园小区", Some(1), None), false),
        ] {
            assert_eq!(likely(one, other).is_some(), found, "{other:?}");
            assert_eq!(likely(other, one), likely(one, other), "{other:?}");
        }
    }

    #[test]
    fn only_sites_in_use_of_one_type_are_merged() {
        let site = |kind: Option<u128>, retired, merged| Standing { site_type: kind.map(Uuid::from_u128), retired, merged };
        let good = site(Some(1), false, false);
        for (kept, merged, expected) in [
            (good, good, Ok(())),
            (good, site(None, true, false), Ok(())),
            (site(Some(1), true, false), good, Err(MergeRefusal::KeptNotInUse)),
            (site(Some(1), false, true), good, Err(MergeRefusal::KeptNotInUse)),
            (good, site(Some(1), true, true), Err(MergeRefusal::MergedBefore)),
            (good, site(Some(2), false, false), Err(MergeRefusal::TypesDiffer)),
        ] {
            assert_eq!(may_merge(kept, merged), expected);
        }
    }

    #[test]
    fn a_finished_visit_beside_a_counting_one_measures_agreement() {
        assert_eq!(purpose(VisitPurpose::Assess, true), VisitPurpose::Agreement);
        assert_eq!(purpose(VisitPurpose::Assess, false), VisitPurpose::Assess);
        assert_eq!(purpose(VisitPurpose::Late, true), VisitPurpose::Late);
    }

    #[test]
    fn a_merge_is_undone_as_long_as_nothing_clashes() {
        let kept = Standing { site_type: None, retired: false, merged: false };
        let touched = |finished, visited_since| Touched { finished, visited_since };
        assert_eq!(may_undo(kept, &[touched(false, false)]), Ok(()));
        assert_eq!(may_undo(kept, &[touched(true, true)]), Err(UndoRefusal::RoundFinished));
        assert_eq!(may_undo(kept, &[touched(false, true)]), Err(UndoRefusal::VisitedSince));
        assert_eq!(may_undo(Standing { merged: true, ..kept }, &[]), Err(UndoRefusal::KeptNotInUse));
    }
}
