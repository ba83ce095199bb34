//! Findings by criterion, site and item, in an order that does not depend on how they were given.

use std::collections::{BTreeSet, HashMap};

use crate::framework::{Edition, Rule};
use crate::id::{CriterionId, ItemId};
use crate::round::{FindingResult, ItemStandard};

use super::sheet::{RoundSheet, SheetSite};
use super::tally::Ungated;
use super::tree::Ignored;

/// One finding as a criterion sees it.
pub(super) struct Entry<'a> {
    pub site: &'a SheetSite,
    pub item: ItemId,
    pub standard: &'a ItemStandard,
    pub result: &'a FindingResult,
}

/// The findings that feed each criterion, by site (in the order of the codes) and item.
pub(super) struct Index<'a> {
    by_criterion: HashMap<CriterionId, Vec<Entry<'a>>>,
    pub ignored: Vec<Ignored>,
}

struct ItemFacts<'a> {
    standard: &'a ItemStandard,
    criteria: BTreeSet<CriterionId>,
}

impl<'a> Index<'a> {
    pub fn new(edition: &Edition, sheet: &'a RoundSheet) -> Self {
        let mut sites: Vec<&SheetSite> = sheet.sites.iter().collect();
        sites.sort_by(|left, right| left.code.cmp(&right.code).then_with(|| left.site.cmp(&right.site)));
        sites.dedup_by_key(|site| site.site);
        let places: HashMap<_, usize> = sites.iter().enumerate().map(|(place, site)| (site.site, place)).collect();
        let mut items: HashMap<ItemId, ItemFacts<'a>> = HashMap::with_capacity(sheet.items.len());
        for item in &sheet.items {
            let facts = ItemFacts { standard: &item.standard, criteria: BTreeSet::new() };
            items.entry(item.item).or_insert(facts).criteria.extend(&item.criteria);
        }
        // A gate's item decides its criterion even where no checklist row links the two.
        for (_, criterion) in edition.criteria() {
            for rule in criterion.measures.iter().filter_map(|measure| measure.rule.as_ref()) {
                for gate in gate_items(rule) {
                    if let Some(facts) = items.get_mut(&gate) {
                        facts.criteria.insert(criterion.id);
                    }
                }
            }
        }

        let mut ignored = Vec::new();
        let mut findings = Vec::with_capacity(sheet.findings.len());
        for finding in &sheet.findings {
            match (places.get(&finding.site), items.get(&finding.item)) {
                (Some(&place), Some(facts)) => findings.push((place, finding.item, &finding.result, facts)),
                (None, _) => ignored.push(Ignored::UnknownSite { site: finding.site, item: finding.item }),
                (Some(_), None) => ignored.push(Ignored::UnknownItem { site: finding.site, item: finding.item }),
            }
        }
        findings.sort_by(|left, right| (left.0, left.1, left.2).cmp(&(right.0, right.1, right.2)));

        let mut by_criterion: HashMap<CriterionId, Vec<Entry<'a>>> = HashMap::new();
        let mut last = None;
        for (place, item, result, facts) in findings {
            let site = sites[place];
            if last.replace((place, item)) == Some((place, item)) {
                ignored.push(Ignored::RepeatedFinding { site: site.site, item });
                continue;
            }
            for criterion in &facts.criteria {
                let entry = Entry { site, item, standard: facts.standard, result };
                by_criterion.entry(*criterion).or_default().push(entry);
            }
        }
        Self { by_criterion, ignored }
    }

    /// The findings of one criterion alone, given by site and item.
    pub fn of_criterion(criterion: CriterionId, entries: Vec<Entry<'a>>) -> Self {
        Self { by_criterion: HashMap::from([(criterion, entries)]), ignored: Vec::new() }
    }

    /// The criterion's findings site by site, each site once.
    pub fn sites(&self, criterion: CriterionId) -> impl Iterator<Item = &[Entry<'a>]> {
        let entries: &[Entry<'a>] = self.by_criterion.get(&criterion).map_or(&[], Vec::as_slice);
        entries.chunk_by(|left, right| left.site.site == right.site.site)
    }
}

pub(super) fn gate_items(rule: &Rule) -> impl Iterator<Item = ItemId> {
    Ungated::new(rule).gates.into_iter().flatten()
}
