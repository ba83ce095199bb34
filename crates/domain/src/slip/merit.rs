//! Who did worst and who did best in a period, on the same footing: the black plate 流动黑牌 and the note of praise 表扬通报.
//!
//! Both go by the same figure, within peer groups, and leave out whoever stands on too few problems. Nothing is decided here:
//! a person confirms.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::id::UnitId;
use crate::problem::rates::Rate;

/// A unit's figure in a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitFigure {
    /// The unit.
    pub unit: UnitId,
    /// Its code, by which equals are told apart in lists.
    pub code: String,
    /// Its peer group (streets with streets, departments with departments).
    pub peer: String,
    /// How many of how many; the greater the share the better.
    pub rate: Rate,
}

/// The best or the worst of a peer group; several if they share the place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placed {
    /// The peer group.
    pub peer: String,
    /// Who.
    pub figures: Vec<UnitFigure>,
    /// Of how many that could be compared.
    pub among: usize,
}

/// Which end is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// For praise.
    Best,
    /// For the black plate.
    Worst,
}

/// Who stands at an end of each peer group; a group in which all are equal, or of one, has no end.
#[must_use]
pub fn placed(figures: &[UnitFigure], minimum_denominator: u64, end: End) -> Vec<Placed> {
    let mut peers: BTreeMap<&str, Vec<&UnitFigure>> = BTreeMap::new();
    for figure in figures.iter().filter(|figure| figure.rate.denominator >= minimum_denominator.max(1)) {
        peers.entry(&figure.peer).or_default().push(figure);
    }
    let mut found = Vec::new();
    for (peer, mut group) in peers {
        let among = group.len();
        group.sort_by(|one, other| share(one).cmp(&share(other)).then_with(|| one.code.cmp(&other.code)));
        let (Some(worst), Some(best)) = (group.first().copied(), group.last().copied()) else { continue };
        if share(worst) == share(best) {
            continue;
        }
        let wanted = match end {
            End::Best => share(best),
            End::Worst => share(worst),
        };
        let figures = group.into_iter().filter(|figure| share(figure) == wanted).cloned().collect();
        found.push(Placed { peer: peer.to_owned(), figures, among });
    }
    found
}

fn share(figure: &UnitFigure) -> Option<crate::exact::Exact> {
    figure.rate.percent()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn figure(code: &str, peer: &str, numerator: u64, denominator: u64) -> UnitFigure {
        let unit = UnitId::new(Uuid::from_u128(code.bytes().fold(0, |sum, byte| sum * 256 + u128::from(byte))));
        UnitFigure { unit, code: code.to_owned(), peer: peer.to_owned(), rate: Rate { numerator, denominator } }
    }

    fn names(placed: &[Placed]) -> Vec<(String, Vec<String>)> {
        placed.iter().map(|one| (one.peer.clone(), one.figures.iter().map(|figure| figure.code.clone()).collect())).collect()
    }

    #[test]
    fn streets_are_compared_with_streets_and_whoever_stands_on_little_is_left_out() {
        let figures = [
            figure("s1", "street", 8, 10),
            figure("s2", "street", 16, 20),
            figure("s3", "street", 9, 10),
            figure("s4", "street", 0, 2),
            figure("d1", "department", 1, 10),
            figure("d2", "department", 10, 10),
            figure("g1", "grid", 1, 10),
        ];
        let worst = placed(&figures, 5, End::Worst);
        assert_eq!(names(&worst), [("department".into(), vec!["d1".into()]), ("street".into(), vec!["s1".into(), "s2".into()])]);
        assert_eq!(worst[1].among, 3);
        let best = placed(&figures, 5, End::Best);
        assert_eq!(names(&best), [("department".into(), vec!["d2".into()]), ("street".into(), vec!["s3".into()])]);
    }

    #[test]
    fn where_all_are_equal_nobody_is_worst() {
        let figures = [figure("s1", "street", 1, 2), figure("s2", "street", 2, 4)];
        assert_eq!(placed(&figures, 1, End::Worst), []);
        assert_eq!(placed(&[], 1, End::Best), []);
    }
}
