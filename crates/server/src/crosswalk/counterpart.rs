//! Counterparts: what a criterion is in the other framework by the confirmed crosswalk, so that one problem serves both.

use std::collections::{BTreeSet, HashMap};

use uuid::Uuid;
use yipanqi_domain::id::CriterionId;
use yipanqi_store::crosswalk::{self, CrosswalkKind};
use yipanqi_store::problem::Cited;
use yipanqi_store::{ReadTx, StoreError, framework};

/// The counterparts of criteria in other frameworks, by criterion.
#[derive(Debug, Default)]
pub struct Counterparts(HashMap<CriterionId, Vec<(CriterionId, Cited)>>);

impl Counterparts {
    /// Reads the confirmed links of criteria; those that merely touch are left out.
    ///
    /// # Errors
    /// The database's.
    pub async fn of(tx: &ReadTx, criteria: &[CriterionId]) -> Result<Self, StoreError> {
        let links = crosswalk::of_criteria(tx, criteria).await?;
        if links.is_empty() {
            return Ok(Self::default());
        }
        let wanted: BTreeSet<CriterionId> = criteria.iter().copied().collect();
        let families = framework::frameworks(tx).await?;
        let family: HashMap<Uuid, String> = framework::editions(tx)
            .await?
            .iter()
            .filter_map(|row| Some((row.id, families.iter().find(|family| family.id == row.framework)?.code.clone())))
            .collect();
        let mut found: HashMap<CriterionId, Vec<(CriterionId, Cited)>> = HashMap::new();
        for link in links.iter().filter(|link| link.kind != CrosswalkKind::Related) {
            for (own, other) in [(link.one, link.other), (link.other, link.one)] {
                let (Some(mine), Some(theirs)) = (family.get(&own.0), family.get(&other.0)) else { continue };
                if mine == theirs || !wanted.contains(&own.1) {
                    continue;
                }
                let tree = framework::edition(tx, other.0).await?;
                let Some(node) = tree.nodes.iter().find(|node| node.id == other.1) else { continue };
                let (key, citation) = (node.citation_key.clone(), node.citation_key.clone());
                let cited = Cited { framework: theirs.clone(), edition: Some(other.0), key, citation };
                found.entry(own.1).or_default().push((other.1, cited));
            }
        }
        Ok(Self(found))
    }

    /// Adds the counterparts of criteria to those under which a problem stands, each once.
    pub fn join(&self, of: &[CriterionId], criteria: &mut BTreeSet<CriterionId>, cited: &mut Vec<Cited>) {
        for (id, counterpart) in of.iter().filter_map(|own| self.0.get(own)).flatten() {
            criteria.insert(*id);
            let same = |known: &Cited| {
                let edition = known.edition.is_none() || known.edition == counterpart.edition;
                known.framework == counterpart.framework && known.key == counterpart.key && edition
            };
            if !cited.iter().any(same) {
                cited.push(counterpart.clone());
            }
        }
    }
}

/// A criterion as it is cited; none if no edition has it.
///
/// # Errors
/// The database's.
pub async fn cite(tx: &ReadTx, criterion: CriterionId) -> Result<Option<Cited>, StoreError> {
    let families = framework::frameworks(tx).await?;
    for row in framework::editions(tx).await? {
        let tree = framework::edition(tx, row.id).await?;
        let node = tree.nodes.iter().find(|node| node.id == criterion);
        let family = families.iter().find(|family| family.id == row.framework);
        if let (Some(node), Some(family)) = (node, family) {
            let (key, citation) = (node.citation_key.clone(), node.citation_key.clone());
            return Ok(Some(Cited { framework: family.code.clone(), edition: Some(row.id), key, citation }));
        }
    }
    Ok(None)
}
