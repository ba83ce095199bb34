//! Conformity editions: an indicator is met, not met or unassessed; the result is met ÷ assessed with both counts.

use crate::exact::Exact;
use crate::framework::Edition;
use crate::id::CriterionId;
use crate::round::ItemStandard;

use super::index::Index;
use super::sheet::EnteredValue;
use super::tally::share_of;
use super::tree::{Conformity, ConformityCount, ConformityState, NodeScore, Reason, Uncovered};

/// Assesses an indicator: entered results first (all have to pass), else the share of sites at which every item passes.
pub(super) fn assess(edition: &Edition, criterion: CriterionId, entered: &[&EnteredValue], index: &Index<'_>) -> Conformity {
    if !entered.is_empty() {
        return from_entered(edition, entered);
    }
    let (mut passing, mut visited, mut failing_sites) = (0_u32, 0_u32, Vec::new());
    let mut any = false;
    for entries in index.sites(criterion) {
        any = true;
        let mut judged = entries.iter().filter_map(|entry| entry.result.verdict(entry.standard, &edition.thresholds)).peekable();
        if judged.peek().is_none() {
            continue;
        }
        visited += 1;
        if judged.all(|verdict| verdict.pass) {
            passing += 1;
        } else {
            failing_sites.push(entries[0].site.site);
        }
    }
    let (state, reason) = if visited == 0 {
        let why = if any { Uncovered::NotApplicable } else { Uncovered::NoFinding };
        (ConformityState::Unassessed, Reason::Uncovered { why })
    } else {
        let share = share_of(&Exact::whole(i64::from(passing)), &Exact::whole(i64::from(visited)));
        let met = share >= edition.thresholds.conforming_sites;
        let reason = Reason::Share { observed: u64::from(passing), total: u64::from(visited) };
        (if met { ConformityState::Met } else { ConformityState::NotMet }, reason)
    };
    Conformity { state, passing, visited, failing_sites, reasons: vec![reason] }
}

fn from_entered(edition: &Edition, entered: &[&EnteredValue]) -> Conformity {
    let mut reasons = vec![Reason::Entered];
    let (mut assessed, mut failed) = (0_u32, 0_u32);
    for value in entered {
        let pass = match value {
            EnteredValue::Result { result } => {
                result.verdict(&ItemStandard::Everything, &edition.thresholds).map(|verdict| verdict.pass)
            }
            EnteredValue::GateFailed => Some(false),
            EnteredValue::Points { .. } | EnteredValue::Percent { .. } => {
                reasons.push(Reason::Uncovered { why: Uncovered::NoItemOfKind });
                None
            }
        };
        assessed += u32::from(pass.is_some());
        failed += u32::from(pass == Some(false));
    }
    let state = match (assessed, failed) {
        (0, _) => ConformityState::Unassessed,
        (_, 0) => ConformityState::Met,
        (_, _) => ConformityState::NotMet,
    };
    Conformity { state, passing: 0, visited: 0, failing_sites: Vec::new(), reasons }
}

/// Counts the indicators of a tree.
pub(super) fn count(nodes: &[NodeScore], decimals: u32) -> ConformityCount {
    let (mut met, mut assessed, mut unassessed) = (0, 0, 0);
    let mut waiting: Vec<&NodeScore> = nodes.iter().collect();
    while let Some(node) = waiting.pop() {
        waiting.extend(&node.children);
        match node.criterion.as_ref().and_then(|criterion| criterion.conformity.as_ref()).map(|conformity| conformity.state) {
            Some(ConformityState::Met) => {
                met += 1;
                assessed += 1;
            }
            Some(ConformityState::NotMet) => assessed += 1,
            Some(ConformityState::Unassessed) => unassessed += 1,
            None => {}
        }
    }
    let rate = Exact::fraction(i64::from(met), i64::from(assessed));
    let published_percent = rate.as_ref().map(|rate| (rate * &Exact::whole(100)).published(decimals));
    ConformityCount { met, assessed, unassessed, rate, published_percent }
}
