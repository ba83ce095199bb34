//! What a round brings to its score, read in a bounded number of queries whatever its size.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use uuid::Uuid;
use yipanqi_domain::framework::Edition;
use yipanqi_domain::id::{CriterionId, ItemId, SiteId};
use yipanqi_domain::round::VisitPurpose;
use yipanqi_domain::score::{
    CriterionUnits, EnteredResult, Incident, IncidentState, RoundSheet, SheetFinding, SheetItem, SheetSite,
};
use yipanqi_domain::statistics::Frames;
use yipanqi_store::checklist::{self, Item};
use yipanqi_store::framework::{self, DutyRole, EditionTree};
use yipanqi_store::round::{self, FindingFilter, FindingRow, Round, VisitRow};
use yipanqi_store::site::Site;
use yipanqi_store::{ReadTx, StoreError, incident};

use crate::error::Error;
use crate::round::visit::Meaning;
use crate::site::Names;

/// Everything a score is made of, and what its reasons lead to.
pub struct Inputs {
    /// The edition with its tree.
    pub tree: Arc<EditionTree>,
    /// What of it is scored.
    pub edition: Arc<Edition>,
    /// What the round brings.
    pub sheet: RoundSheet,
    /// The sites of the round.
    pub sites: HashMap<SiteId, Site>,
    /// The checklist items.
    pub items: HashMap<ItemId, Item>,
    /// The findings of the visits that count.
    pub findings: HashMap<(SiteId, ItemId), FindingRow>,
    /// Names of units and types.
    pub names: Names,
    /// From how many sites of each type was drawn, and the seed of the draw; none if the sites were named.
    pub drawn: Option<(Frames, String)>,
}

impl Inputs {
    /// Reads them.
    ///
    /// # Errors
    /// `round_without_edition`, or the database's.
    pub async fn read(tx: &ReadTx, round: &Round) -> Result<Self, Error> {
        let edition = round.edition.ok_or_else(|| Error::new("round_without_edition"))?;
        let tree = framework::edition(tx, edition).await?;
        let meaning = Meaning::of(tx, round).await?;
        let names = Names::read(tx).await?;
        let items: HashMap<ItemId, Item> = checklist::items(tx, None).await?.iter().map(|item| (item.id, item.clone())).collect();
        let sites = round::sites(tx, round.id).await?;
        let visits = round::visits(tx, round.id).await?;
        let counting = counting(&visits);
        let found = round::findings(tx, round.id, FindingFilter::All).await?;
        let mut findings = HashMap::new();
        for finding in found {
            if let Some(site) = counting.get(&finding.visit) {
                findings.insert((*site, finding.item), finding);
            }
        }
        let sheet = RoundSheet {
            sites: sites.iter().map(|(_, site)| sheet_site(site, &names)).collect(),
            items: (items.values())
                .map(|item| SheetItem { item: item.id, standard: meaning.standard(item), criteria: meaning.criteria(item) })
                .collect(),
            findings: (findings.iter())
                .map(|((site, item), finding)| SheetFinding { site: *site, item: *item, result: finding.result.clone() })
                .collect(),
            results: entered(tx, round, &tree).await?,
            incidents: standing(tx, tree.row.id).await?,
        };
        let drawn = round.draw.as_ref().map(|draw| (draw.frames(), draw.seed.clone()));
        let edition = framework::rules(tx, edition).await?;
        let sites = sites.into_iter().map(|(_, site)| (site.id, site)).collect();
        Ok(Self { tree, edition, sheet, sites, items, findings, names, drawn })
    }

    /// The units that lead and support each criterion.
    #[must_use]
    pub fn duties(&self) -> BTreeMap<CriterionId, CriterionUnits> {
        let units = |node: &framework::EditionNode, role: DutyRole| {
            node.duties.iter().filter(|duty| duty.role == role).filter_map(|duty| duty.unit).collect()
        };
        let criteria = self.tree.nodes.iter().filter(|node| node.is_criterion);
        criteria
            .map(|node| {
                let of_node = CriterionUnits { lead: units(node, DutyRole::Lead), support: units(node, DutyRole::Support) };
                (node.id, of_node)
            })
            .collect()
    }
}

/// The visit of each site that counts: the first finished one. A visit is only finished when it is complete.
pub(super) fn counting(visits: &[VisitRow]) -> HashMap<Uuid, SiteId> {
    let mut finished: Vec<&VisitRow> =
        visits.iter().filter(|visit| visit.finished_at.is_some() && visit.purpose == VisitPurpose::Assess).collect();
    finished.sort_by_key(|visit| (visit.finished_at, visit.ordinal));
    let mut sites = HashSet::new();
    finished.into_iter().filter(|visit| sites.insert(visit.site)).map(|visit| (visit.id, visit.site)).collect()
}

pub(super) fn sheet_site(site: &Site, names: &Names) -> SheetSite {
    let of_type = names.site_type(site.site_type).and_then(|site_type| site_type.industry_unit);
    SheetSite {
        site: site.id,
        code: site.code.clone(),
        site_type: names.type_name(site),
        territorial: site.territorial_unit.or(site.street),
        industry: site.industry_unit.or(of_type),
    }
}

/// The incidents of the edition that stand now.
async fn standing(tx: &ReadTx, edition: Uuid) -> Result<Vec<Incident>, StoreError> {
    let rows = incident::of_edition(tx, edition).await?.into_iter();
    let standing = rows.filter(|row| row.state == IncidentState::Stands);
    Ok(standing.map(|row| Incident { number: row.number, count: row.count }).collect())
}

async fn entered(tx: &ReadTx, round: &Round, tree: &EditionTree) -> Result<Vec<EnteredResult>, StoreError> {
    let mut measures = HashMap::new();
    for node in &tree.nodes {
        measures.extend(node.measures.iter().map(|measure| (measure.id, (node.id, measure.method))));
    }
    let results = round::results(tx, round.id).await?.into_iter();
    let of_measure = results.filter_map(|row| {
        let (criterion, method) = *measures.get(&row.measure)?;
        Some(EnteredResult { criterion, method, value: row.value })
    });
    Ok(of_measure.collect())
}
