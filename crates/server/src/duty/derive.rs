//! From the names of the sheet to duties: a unit by its name, many units by the table of collective names.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use uuid::Uuid;
use yipanqi_domain::duty::{DutyRole, collective};
use yipanqi_domain::id::{CriterionId, UnitId};
use yipanqi_store::framework::{self, EditionTree};
use yipanqi_store::{ReadTx, duty as store};

use super::actions::{self, NewDuty};
use super::views::{DeriveInput, Derived};
use crate::error::Error;
use crate::request::CityCtx;

/// The collective names that the city has decided, by key.
pub(super) struct Collectives(HashMap<String, BTreeSet<UnitId>>);

impl Collectives {
    /// Loads them with the units that are open today.
    pub(super) async fn load(ctx: &CityCtx, tx: &ReadTx) -> Result<Self, Error> {
        let decided = store::collectives(tx).await?;
        let today = ctx.today();
        let expand = |row: &store::Collective| (collective::key(&row.name), row.selection.expand(&ctx.tree, today));
        Ok(Self(decided.iter().map(expand).collect()))
    }

    /// The units that a name of the sheet means; none if nobody knows.
    pub(super) fn units(&self, unit: Option<UnitId>, name: &str) -> Option<BTreeSet<UnitId>> {
        match unit {
            Some(unit) => Some(BTreeSet::from([unit])),
            None => self.0.get(&collective::key(name)).filter(|units| !units.is_empty()).cloned(),
        }
    }
}

/// Names of the edition's sheet that mean no unit known, with their criteria, in the order of the text.
pub(super) fn unresolved(tree: &EditionTree, collectives: &Collectives) -> Vec<(CriterionId, String)> {
    let named = tree.nodes.iter().filter(|node| node.is_criterion).flat_map(|node| {
        node.duties.iter().filter(|duty| collectives.units(duty.unit, &duty.name_given).is_none()).map(|duty| (node.id, duty))
    });
    named.map(|(criterion, duty)| (criterion, duty.name_given.clone())).collect()
}

/// Gives the duties that the sheet names and nobody has given or taken back before. Where a unit both leads and supports,
/// it leads.
///
/// # Errors
/// `edition_not_found`, `command_reused`, or the store's.
pub async fn derive(ctx: &CityCtx, input: &DeriveInput) -> Result<Derived, Error> {
    let mut tx = ctx.write().await?;
    if let Some(done) = ctx.once::<Derived>(&mut tx, input.command_id, input).await? {
        return Ok(done);
    }
    let derived = in_transaction(ctx, &mut tx, input.edition_id).await?;
    ctx.answer_once(&mut tx, input.command_id, &derived).await?;
    tx.commit().await?;
    Ok(derived)
}

/// The same inside a transaction that does more.
///
/// # Errors
/// `edition_not_found`, or the store's.
pub async fn in_transaction(ctx: &CityCtx, tx: &mut yipanqi_store::WriteTx, edition: Uuid) -> Result<Derived, Error> {
    let tree = framework::edition(tx, edition).await.map_err(crate::framework::known)?;
    let collectives = Collectives::load(ctx, tx).await?;
    let known = store::of_edition(tx, edition).await?;
    let known: BTreeSet<(CriterionId, UnitId)> = known.iter().map(|kept| (kept.duty.criterion, kept.duty.unit)).collect();
    let mut wanted: BTreeMap<(CriterionId, UnitId), (DutyRole, String)> = BTreeMap::new();
    let mut met = BTreeSet::new();
    for node in tree.nodes.iter().filter(|node| node.is_criterion) {
        for duty in &node.duties {
            for unit in collectives.units(duty.unit, &duty.name_given).unwrap_or_default() {
                let place = (node.id, unit);
                if known.contains(&place) {
                    met.insert(place);
                    continue;
                }
                let given = wanted.entry(place).or_insert_with(|| (duty.role, duty.name_given.clone()));
                if duty.role < given.0 {
                    *given = (duty.role, duty.name_given.clone());
                }
            }
        }
    }
    let new: Vec<NewDuty> =
        wanted.into_iter().map(|((criterion, unit), (role, from))| NewDuty { criterion, unit, role, from }).collect();
    actions::give(ctx, tx, edition, &new).await?;
    let names: BTreeSet<String> = unresolved(&tree, &collectives).into_iter().map(|(_, name)| name).collect();
    Ok(Derived { given: new.len() as u64, known: met.len() as u64, unresolved: names.into_iter().collect() })
}
