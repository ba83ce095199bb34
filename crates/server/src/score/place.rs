//! What a site scored at each of its visits: the round's rules applied to what was found there, as if it stood alone.
//!
//! Of a measure that counts over a whole round it is the site's own part of the count; results that were entered, and the
//! negative list, belong to no site.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use yipanqi_domain::exact::Exact;
use yipanqi_domain::framework::{Edition, Scoring};
use yipanqi_domain::id::RoundId;
use yipanqi_domain::score::{self, RoundSheet, SheetFinding, SheetItem};
use yipanqi_store::checklist;
use yipanqi_store::round::{self, Round, VisitRow};
use yipanqi_store::site::Site;
use yipanqi_store::{ReadTx, framework};

use super::sheet::{counting, sheet_site};
use crate::error::Error;
use crate::figure::Figure;
use crate::round::visit::Meaning;
use crate::site::Names;

/// What a site scored at a visit that counts.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SiteScored {
    /// `points`, or `conformity`: indicators met and assessed.
    #[schema(value_type = String)]
    pub scoring: Scoring,
    /// What was earned.
    pub earned: Figure,
    /// What was measured.
    pub covered: Figure,
    /// 100 × earned ÷ covered.
    pub rate: Figure,
}

/// The scores of these visits of one site, by visit; of those that count, in rounds with an edition.
///
/// # Errors
/// The database's.
pub async fn scored(
    tx: &ReadTx,
    names: &Names,
    site: &Site,
    visits: &[(VisitRow, Round)],
) -> Result<HashMap<Uuid, SiteScored>, Error> {
    let mut by_round: BTreeMap<RoundId, (&Round, Vec<VisitRow>)> = BTreeMap::new();
    for (visit, round) in visits.iter().filter(|(_, round)| round.edition.is_some()) {
        // A number merged since stands for the same site.
        let visit = VisitRow { site: site.id, ..visit.clone() };
        by_round.entry(round.id).or_insert_with(|| (round, Vec::new())).1.push(visit);
    }
    let counting: Vec<(Uuid, &Round)> =
        by_round.values().flat_map(|(round, visits)| counting(visits).into_keys().map(|visit| (visit, *round))).collect();
    let mut found: HashMap<Uuid, Vec<SheetFinding>> = HashMap::new();
    for (visit, item, result) in round::observed(tx, &counting.iter().map(|(visit, _)| *visit).collect::<Vec<_>>()).await? {
        found.entry(visit).or_default().push(SheetFinding { site: site.id, item, result });
    }
    let items = match site.site_type {
        Some(_) => checklist::items(tx, site.site_type).await?,
        None => Arc::default(),
    };
    let mut rules: HashMap<Uuid, (Arc<Edition>, Vec<SheetItem>)> = HashMap::new();
    let mut scores = HashMap::new();
    for (visit, round) in counting {
        let Some(id) = round.edition else { continue };
        let (edition, items) = match rules.entry(id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => {
                let meaning = Meaning::of(tx, round).await?;
                let items = items.iter().map(|item| SheetItem {
                    item: item.id,
                    standard: meaning.standard(item),
                    criteria: meaning.criteria(item),
                });
                place.insert((framework::rules(tx, id).await?, items.collect()))
            }
        };
        let findings = found.remove(&visit).unwrap_or_default();
        scores.insert(visit, of(edition, items, sheet_site(site, names), findings));
    }
    Ok(scores.into_iter().filter_map(|(visit, scored)| Some((visit, scored?))).collect())
}

fn of(edition: &Edition, items: &[SheetItem], site: score::SheetSite, findings: Vec<SheetFinding>) -> Option<SiteScored> {
    let sheet = RoundSheet { sites: vec![site], items: items.to_vec(), findings, ..RoundSheet::default() };
    let tree = score::score(edition, &sheet);
    let (earned, covered, decimals) = match &tree.conformity {
        Some(count) => (Exact::whole(i64::from(count.met)), Exact::whole(i64::from(count.assessed)), 0),
        None => (tree.total.earned, tree.total.covered, edition.published_decimals),
    };
    let rate = (&earned * &Exact::whole(100)).checked_div(&covered)?;
    Some(SiteScored {
        scoring: edition.scoring,
        earned: Figure::of(&earned, decimals),
        covered: Figure::of(&covered, decimals),
        rate: Figure::of(&rate, edition.published_decimals),
    })
}
