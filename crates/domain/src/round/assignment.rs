//! Giving the sites of a round to inspectors: evenly, and never a site of the inspector's own line.

use std::collections::{BTreeMap, BTreeSet};

use crate::id::{PersonId, SiteId, UnitId};
use crate::unit::UnitTree;

/// A site to be given to somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteToGive {
    /// The site.
    pub site: SiteId,
    /// The units that answer for it: street, community, grid, territorial and industry unit.
    pub units: BTreeSet<UnitId>,
}

/// An inspector with the units of all posts held now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspector {
    /// Who.
    pub person: PersonId,
    /// The units.
    pub units: BTreeSet<UnitId>,
}

impl Inspector {
    /// Whether the inspector stands outside the line of every unit that answers for the site.
    #[must_use]
    pub fn may_visit(&self, site: &SiteToGive, tree: &UnitTree) -> bool {
        !site.units.iter().any(|&unit| self.units.iter().any(|&own| tree.in_line(unit, own)))
    }
}

/// Gives each site to an inspector who may visit it, as evenly as moving single sites can make it. A site that nobody may
/// visit stays without an inspector. Equals go by the order of the lists, so that the same lists give the same result.
#[must_use]
pub fn assign(sites: &[SiteToGive], inspectors: &[Inspector], tree: &UnitTree) -> BTreeMap<SiteId, PersonId> {
    let may: Vec<Vec<usize>> = sites
        .iter()
        .map(|site| (0..inspectors.len()).filter(|&place| inspectors[place].may_visit(site, tree)).collect())
        .collect();
    let mut order: Vec<usize> = (0..sites.len()).filter(|&site| !may[site].is_empty()).collect();
    order.sort_by_key(|&site| may[site].len());
    let (mut load, mut holder) = (vec![0_usize; inspectors.len()], vec![0_usize; sites.len()]);
    for &site in &order {
        if let Some(least) = least_loaded(&may[site], &load) {
            load[least] += 1;
            holder[site] = least;
        }
    }
    // A move to somebody with at least two fewer makes the sum of squares smaller, so that this ends.
    let mut moved = true;
    while moved {
        moved = false;
        for &site in &order {
            if let Some(least) = least_loaded(&may[site], &load).filter(|&least| load[least] + 1 < load[holder[site]]) {
                load[holder[site]] -= 1;
                load[least] += 1;
                holder[site] = least;
                moved = true;
            }
        }
    }
    order.into_iter().map(|site| (sites[site].site, inspectors[holder[site]].person)).collect()
}

fn least_loaded(may: &[usize], load: &[usize]) -> Option<usize> {
    may.iter().copied().min_by_key(|&place| (load[place], place))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::unit::{UnitKind, UnitRow};

    fn unit(number: u128) -> UnitId {
        UnitId::new(Uuid::from_u128(number))
    }

    fn tree() -> UnitTree {
        let row =
            |id, parent: Option<u128>, kind| UnitRow { id: unit(id), parent: parent.map(unit), kind, open: None, close: None };
        UnitTree::build([
            row(1, None, UnitKind::Leadership),
            row(2, Some(1), UnitKind::Street),
            row(3, Some(1), UnitKind::Street),
            row(4, Some(2), UnitKind::Community),
            row(5, Some(1), UnitKind::Office),
        ])
        .unwrap()
    }

    fn site(number: u128, units: &[u128]) -> SiteToGive {
        SiteToGive { site: SiteId::new(Uuid::from_u128(number)), units: units.iter().copied().map(unit).collect() }
    }

    fn inspector(number: u128, units: &[u128]) -> Inspector {
        Inspector { person: PersonId::new(Uuid::from_u128(number)), units: units.iter().copied().map(unit).collect() }
    }

    #[test]
    fn nobody_visits_a_site_of_the_own_line() {
        let tree = tree();
        for (units, own, may) in [
            (&[2_u128, 4][..], &[5_u128][..], true),
            (&[2, 4], &[2], false),
            (&[2, 4], &[4], false),
            (&[4], &[2], false),
            (&[2], &[4], false),
            (&[3], &[2, 4], true),
            (&[2], &[1], true),
            (&[], &[2], true),
        ] {
            assert_eq!(inspector(1, own).may_visit(&site(1, units), &tree), may, "{units:?} {own:?}");
        }
    }

    #[test]
    fn sites_are_shared_evenly_as_far_as_the_lines_let() {
        let sites: Vec<SiteToGive> = (0..10).map(|number| site(number, &[if number < 5 { 2 } else { 3 }])).collect();
        let inspectors = [inspector(1, &[2]), inspector(2, &[5]), inspector(3, &[3])];
        let given = assign(&sites, &inspectors, &tree());
        let load = |person: &Inspector| given.values().filter(|given| **given == person.person).count();
        assert_eq!(given.len(), 10);
        let mut loads = inspectors.each_ref().map(load);
        loads.sort_unstable();
        assert_eq!(loads, [3, 3, 4]);
        for site in &sites {
            let by = inspectors.iter().find(|inspector| inspector.person == given[&site.site]).unwrap();
            assert!(by.may_visit(site, &tree()));
        }
        assert_eq!(assign(&sites, &inspectors[..1], &tree()).len(), 5, "what nobody may visit stays open");
        assert!(assign(&sites, &[], &tree()).is_empty());
    }
}
