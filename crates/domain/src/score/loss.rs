//! Whose loss: every lost point goes to units by the policy's proportions, exactly.
//!
//! Invariant: the units' losses and what nobody bears add up to the tree's covered less earned points.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use crate::exact::Exact;
use crate::framework::{Method, SiteMean};
use crate::id::{CriterionId, SiteId, UnitId};

use super::sheet::{RoundSheet, SheetSite};
use super::tally::share_of;
use super::tree::{CriterionScore, MeasureScore, NodeScore, ScoreTree};

/// In what proportion losses are shared; only the ratio of the two numbers of a pair matters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LossPolicy {
    /// Of a site's loss, the territorial unit's weight.
    pub territorial: Exact,
    /// Of a site's loss, the industry unit's weight.
    pub industry: Exact,
    /// Of an entered result's loss, the leading units' weight together.
    pub lead: Exact,
    /// Of an entered result's loss, the supporting units' weight together.
    pub support: Exact,
}

/// The units that lead and support a criterion.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CriterionUnits {
    /// 牵头
    pub lead: Vec<UnitId>,
    /// 配合
    pub support: Vec<UnitId>,
}

/// Every unit's loss.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnitLosses {
    /// By unit.
    pub units: BTreeMap<UnitId, UnitLoss>,
    /// What no unit bears: sites without a unit, criteria without duties, the rounding of a working scale.
    pub unattributed: Exact,
}

/// One unit's loss.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnitLoss {
    /// All of it.
    pub loss: Exact,
    /// What it is made of.
    pub parts: Vec<LossPart>,
}

/// A unit's part of one loss.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LossPart {
    /// The criterion.
    pub criterion: CriterionId,
    /// The method.
    pub method: Method,
    /// The site; none for an entered result.
    pub site: Option<SiteId>,
    /// The unit's part.
    pub loss: Exact,
}

/// Shares all losses of a tree over units. Where only one side of a pair exists, it bears the whole.
#[must_use]
pub fn share_losses(
    tree: &ScoreTree,
    sheet: &RoundSheet,
    duties: &BTreeMap<CriterionId, CriterionUnits>,
    policy: &LossPolicy,
) -> UnitLosses {
    let sites: HashMap<SiteId, SheetSite> = sheet.sites.iter().map(|site| (site.site, site.clone())).collect();
    let mut losses = UnitLosses { units: BTreeMap::new(), unattributed: Exact::zero() };
    let mut waiting: Vec<&NodeScore> = tree.nodes.iter().rev().collect();
    while let Some(node) = waiting.pop() {
        waiting.extend(node.children.iter().rev());
        if let Some(criterion) = &node.criterion {
            losses.criterion(criterion, &sites, duties.get(&criterion.id), policy);
        }
    }
    losses
}

/// Shares the losses of one criterion, as [`share_losses`] does for all of them.
#[must_use]
pub fn share_criterion(
    criterion: &CriterionScore,
    sites: &HashMap<SiteId, SheetSite>,
    duties: Option<&CriterionUnits>,
    policy: &LossPolicy,
) -> UnitLosses {
    let mut losses = UnitLosses { units: BTreeMap::new(), unattributed: Exact::zero() };
    losses.criterion(criterion, sites, duties, policy);
    losses
}

/// What each site that counts could earn of a measure, and what it lost. In site scope a site weighs P ÷ sites, or within
/// its type where types weigh alike; in round scope every judged site weighs the same.
#[must_use]
pub fn site_weights(measure: &MeasureScore, mean: SiteMean) -> Vec<(SiteId, Exact, Exact)> {
    if measure.figure.covered.is_zero() {
        return Vec::new();
    }
    let points = &measure.figure.points;
    let part = |count: usize| Exact::fraction(1, i64::try_from(count).unwrap_or(i64::MAX)).unwrap_or_else(Exact::zero);
    let all = || measure.site_types.iter().flat_map(|site_type| &site_type.sites);
    let rated: usize = all().filter(|site| site.rate.is_some()).count();
    if rated == 0 {
        let weight = points * &part(all().count());
        return all().map(|site| (site.site, weight.clone(), site.loss.clone())).collect();
    }
    let types = measure.site_types.iter().filter(|site_type| site_type.rate.is_some()).count();
    let mut weights = Vec::with_capacity(rated);
    for site_type in &measure.site_types {
        let sites: Vec<_> = site_type.sites.iter().filter(|site| site.rate.is_some()).collect();
        let weight = match mean {
            SiteMean::Sites => points * &part(rated),
            SiteMean::SiteTypes => points * &(&part(types) * &part(sites.len())),
        };
        weights.extend(sites.into_iter().map(|site| (site.site, weight.clone(), site.loss.clone())));
    }
    weights
}

impl UnitLosses {
    fn criterion(
        &mut self,
        criterion: &CriterionScore,
        sites: &HashMap<SiteId, SheetSite>,
        duties: Option<&CriterionUnits>,
        policy: &LossPolicy,
    ) {
        for measure in &criterion.measures {
            let part = |site, loss| LossPart { criterion: criterion.id, method: measure.method, site, loss };
            for site in measure.site_types.iter().flat_map(|site_type| &site_type.sites) {
                let units = sites.get(&site.site);
                let territorial: Vec<UnitId> = units.and_then(|site| site.territorial).into_iter().collect();
                let industry: Vec<UnitId> = units.and_then(|site| site.industry).into_iter().collect();
                let sides = [(territorial.as_slice(), &policy.territorial), (industry.as_slice(), &policy.industry)];
                self.share(&part(Some(site.site), site.loss.clone()), sides);
            }
            let rest = part(None, measure.unattributed.clone());
            match duties.filter(|_| measure.site_types.is_empty()) {
                Some(units) => self.share(&rest, [(&units.lead, &policy.lead), (&units.support, &policy.support)]),
                None => self.unattributed = &self.unattributed + &rest.loss,
            }
        }
    }

    fn share(&mut self, part: &LossPart, sides: [(&[UnitId], &Exact); 2]) {
        if part.loss.is_zero() {
            return;
        }
        let bearing: Vec<_> = sides.into_iter().filter(|(units, weight)| !units.is_empty() && **weight > Exact::zero()).collect();
        let all: Exact = bearing.iter().map(|(_, weight)| *weight).sum();
        if all.is_zero() {
            self.unattributed = &self.unattributed + &part.loss;
            return;
        }
        for (units, weight) in bearing {
            let side = share_of(&(&part.loss * weight), &all);
            let heads = Exact::whole(i64::try_from(units.len()).unwrap_or(i64::MAX));
            let each = share_of(&side, &heads);
            for unit in units {
                let bears = self.units.entry(*unit).or_insert_with(|| UnitLoss { loss: Exact::zero(), parts: Vec::new() });
                bears.loss = &bears.loss + &each;
                bears.parts.push(LossPart { loss: each.clone(), ..part.clone() });
            }
        }
    }
}
