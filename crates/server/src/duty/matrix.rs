//! The matrix of criteria and units in one bounded answer.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use yipanqi_domain::access::{Reach, Right};
use yipanqi_domain::duty::{DutyRole, DutyState, GapKind};
use yipanqi_domain::exact::Exact;
use yipanqi_domain::framework::Scoring;
use yipanqi_domain::id::{CriterionId, UnitId};
use yipanqi_store::framework::EditionTree;

use super::gaps::Loaded;
use super::views::{DutyMatrix, EditionQuery, MatrixCriterion, MatrixUnit, UnresolvedName};
use crate::error::{Error, FailureBody};
use crate::request::{CityCtx, Json, Query};

/// The number of each criterion through all levels (`Ⅵ-2-1)`), and the number at the top alone for those above it.
pub(crate) fn numbers(tree: &EditionTree) -> HashMap<CriterionId, String> {
    let mut numbers: HashMap<CriterionId, String> = HashMap::new();
    for node in &tree.nodes {
        let above = node.parent.and_then(|parent| numbers.get(&parent)).filter(|number| !number.is_empty());
        let number = match above {
            Some(above) => format!("{}-{}", above.trim_end_matches(['、', '.', ')', '）']), node.number),
            None => node.number.clone(),
        };
        numbers.insert(node.id, number);
    }
    numbers
}

/// The step at the top above each node, as number and title.
pub(crate) fn groups(tree: &EditionTree) -> HashMap<CriterionId, String> {
    let mut groups: HashMap<CriterionId, String> = HashMap::new();
    for node in &tree.nodes {
        let group = match node.parent.and_then(|parent| groups.get(&parent)) {
            Some(above) => above.clone(),
            None => format!("{} {}", node.number, node.title).trim().to_owned(),
        };
        groups.insert(node.id, group);
    }
    groups
}

/// The duties of an edition: lines, columns, the cells that are not empty, and the gaps.
#[utoipa::path(get, path = "/api/duties/matrix", tag = "duty", params(EditionQuery),
    responses((status = 200, body = DutyMatrix), (status = 404, body = FailureBody)))]
pub async fn matrix(ctx: CityCtx, Query(query): Query<EditionQuery>) -> Result<Json<DutyMatrix>, Error> {
    let tx = ctx.read().await?;
    let loaded = Loaded::load(&ctx, &tx, query.edition).await?;
    let Loaded { tree, duties, directory, gaps, .. } = &loaded;
    let reach = ctx.reach_of(Right::ViewDuty);
    let seen = |unit: UnitId| match &reach {
        Reach::Everything => true,
        Reach::Units(units) => units.contains(&unit),
        Reach::Nothing => false,
    };
    let (numbers, groups) = (numbers(tree), groups(tree));
    let mut of_criterion: HashMap<CriterionId, BTreeSet<GapKind>> = HashMap::new();
    let mut of_unit: HashMap<UnitId, BTreeSet<GapKind>> = HashMap::new();
    for gap in gaps {
        match (gap.criterion, gap.unit) {
            (Some(criterion), _) => {
                of_criterion.entry(criterion).or_default().insert(gap.kind);
            }
            (None, Some(unit)) => {
                of_unit.entry(unit).or_default().insert(gap.kind);
            }
            (None, None) => {}
        }
    }
    let with_points = tree.row.scoring() == Scoring::Points;
    let decimals = tree.row.settings.published_decimals;
    let criteria: Vec<MatrixCriterion> = tree
        .nodes
        .iter()
        .filter(|node| node.is_criterion)
        .map(|node| {
            let points: Exact = node.measures.iter().filter_map(|measure| measure.points.as_ref()).sum();
            MatrixCriterion {
                id: node.id,
                number: numbers.get(&node.id).cloned().unwrap_or_default(),
                title: node.title.clone(),
                group: groups.get(&node.id).cloned().unwrap_or_default(),
                points: with_points.then(|| points.published(decimals)),
                gaps: of_criterion.remove(&node.id).unwrap_or_default().into_iter().collect(),
            }
        })
        .collect();
    let lines: HashMap<CriterionId, u32> = (0..).zip(&criteria).map(|(place, criterion)| (criterion.id, place)).collect();
    let at_work: BTreeSet<UnitId> =
        duties.iter().filter(|duty| duty.state.is_held() && seen(duty.unit)).map(|duty| duty.unit).collect();
    let units: Vec<MatrixUnit> = directory
        .units()
        .iter()
        .filter(|unit| at_work.contains(&unit.id))
        .map(|unit| MatrixUnit {
            id: unit.id,
            name: unit.name.clone(),
            short_name: unit.short_name.clone().unwrap_or_else(|| unit.name.clone()),
            kind: unit.kind,
            gaps: of_unit.remove(&unit.id).unwrap_or_default().into_iter().collect(),
        })
        .collect();
    let columns: HashMap<UnitId, u32> = (0..).zip(&units).map(|(place, unit)| (unit.id, place)).collect();
    let mut cells: Vec<[u32; 4]> = duties
        .iter()
        .filter(|duty| duty.state.is_held())
        .filter_map(|duty| {
            let role = match duty.role {
                DutyRole::Lead => 0,
                DutyRole::Support => 1,
            };
            let objected = u32::from(duty.state == DutyState::Objected);
            Some([*lines.get(&duty.criterion)?, *columns.get(&duty.unit)?, role, objected])
        })
        .collect();
    cells.sort_unstable();
    let mut names: BTreeMap<&str, u64> = BTreeMap::new();
    for (_, name) in &loaded.unresolved {
        *names.entry(name).or_default() += 1;
    }
    let unresolved = names.into_iter().map(|(name, criteria)| UnresolvedName { name: name.to_owned(), criteria });
    Ok(Json(DutyMatrix {
        edition: query.edition,
        name: tree.row.name.clone(),
        criteria,
        units,
        cells,
        unresolved: unresolved.collect(),
    }))
}
