//! Reading editions.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;
use yipanqi_domain::exact::Exact;
use yipanqi_domain::framework::{Edition, NegativeEffect, NegativeItem};
use yipanqi_domain::id::CriterionId;

use super::{CriterionSiteType, Duty, EditionNode, EditionRow, EditionState, EditionTree, Framework, MeasureRow, NegativeRow};
use crate::entity::{criterion_site_type, duty, edition as edition_table, framework, measure, negative_item, node, round};
use crate::error::StoreError;
use crate::tx::ReadTx;
use crate::value::{id, id_opt, moment_opt, read_json, read_word};

/// All families of editions by code.
///
/// # Errors
/// The database's.
pub async fn frameworks(tx: &ReadTx) -> Result<Arc<Vec<Framework>>, StoreError> {
    tx.kept("frameworks", load_frameworks(tx)).await
}

async fn load_frameworks(tx: &ReadTx) -> Result<Vec<Framework>, StoreError> {
    let rows = framework::Entity::find().order_by_asc(framework::Column::Code).all(tx.db()).await?;
    rows.into_iter().map(|row| Ok(Framework { id: id(&row.id)?, code: row.code, name: row.name })).collect()
}

/// All editions by code, without their trees.
///
/// # Errors
/// The database's.
pub async fn editions(tx: &ReadTx) -> Result<Vec<EditionRow>, StoreError> {
    Ok(tx.kept("editions", load_editions(tx)).await?.to_vec())
}

async fn load_editions(tx: &ReadTx) -> Result<Vec<EditionRow>, StoreError> {
    let rows = edition_table::Entity::find().order_by_asc(edition_table::Column::Code).all(tx.db()).await?;
    rows.into_iter().map(edition_row).collect()
}

fn edition_row(row: edition_table::Model) -> Result<EditionRow, StoreError> {
    Ok(EditionRow {
        id: id(&row.id)?,
        framework: id(&row.framework_id)?,
        state: read_word("edition.state", &row.state)?,
        settings: read_json("edition.settings", &row.settings)?,
        code: row.code,
        name: row.name,
        year: row.year,
        revision: row.revision,
        supersedes: id_opt(row.supersedes_id.as_ref())?,
        reason: row.reason,
        frozen_at: moment_opt(row.frozen_at.as_ref())?,
        imported_from: row.imported_from,
        version: row.version,
    })
}

/// The editions by which covert rounds go that are not released: their text is fixed, and nobody is told yet.
///
/// # Errors
/// The database's.
pub async fn fixed_unseen(tx: &ReadTx) -> Result<BTreeSet<Uuid>, StoreError> {
    let used = round::Entity::find()
        .select_only()
        .column(round::Column::EditionId)
        .distinct()
        .filter(round::Column::EditionId.is_not_null())
        .filter(round::Column::Id.in_subquery(crate::round::hidden()));
    used.into_tuple::<String>().all(tx.db()).await?.iter().map(|text| id(text)).collect()
}

/// Whether the text of an edition is fixed, be it by a use that nobody is told of yet.
///
/// # Errors
/// The database's.
pub async fn is_fixed(tx: &ReadTx, edition: &EditionRow) -> Result<bool, StoreError> {
    Ok(edition.state == EditionState::Frozen || fixed_unseen(tx).await?.contains(&edition.id))
}

/// The edition with this code.
///
/// # Errors
/// The database's.
pub async fn edition_by_code(tx: &ReadTx, code: &str) -> Result<Option<EditionTree>, StoreError> {
    let row = edition_table::Entity::find().filter(edition_table::Column::Code.eq(code)).one(tx.db()).await?;
    match row {
        Some(row) => Ok(Some(tree(tx, edition_row(row)?).await?)),
        None => Ok(None),
    }
}

/// An edition with its whole tree.
///
/// # Errors
/// `not_found`, or the database's.
pub async fn edition(tx: &ReadTx, edition: Uuid) -> Result<Arc<EditionTree>, StoreError> {
    tx.kept(&format!("edition {edition}"), load_edition(tx, edition)).await
}

/// What of an edition is scored, and by which rules.
///
/// # Errors
/// As [`edition`].
pub async fn rules(tx: &ReadTx, edition: Uuid) -> Result<Arc<Edition>, StoreError> {
    tx.kept(&format!("rules of {edition}"), async { Ok(self::edition(tx, edition).await?.rules()) }).await
}

async fn load_edition(tx: &ReadTx, edition: Uuid) -> Result<EditionTree, StoreError> {
    let row = edition_table::Entity::find_by_id(edition.to_string()).one(tx.db()).await?;
    let row = row.ok_or(StoreError::NotFound { kind: "edition", id: edition.to_string() })?;
    tree(tx, edition_row(row)?).await
}

async fn tree(tx: &ReadTx, row: EditionRow) -> Result<EditionTree, StoreError> {
    let edition = row.id.to_string();
    let ids = || {
        let mut select = sea_orm::QuerySelect::query(&mut node::Entity::find().select_only().column(node::Column::Id)).clone();
        select.and_where(node::Column::EditionId.eq(edition.as_str()));
        select
    };
    let mut measures: HashMap<String, Vec<MeasureRow>> = HashMap::new();
    let found = measure::Entity::find().filter(measure::Column::NodeId.in_subquery(ids())).order_by_asc(measure::Column::Id);
    for row in found.all(tx.db()).await? {
        measures.entry(row.node_id.clone()).or_default().push(measure_row(row)?);
    }
    for measures in measures.values_mut() {
        measures.sort_by_key(|measure| measure.method);
    }
    let mut site_types: HashMap<String, Vec<CriterionSiteType>> = HashMap::new();
    let found = criterion_site_type::Entity::find()
        .filter(criterion_site_type::Column::NodeId.in_subquery(ids()))
        .order_by_asc(criterion_site_type::Column::Id);
    for row in found.all(tx.db()).await? {
        let given = CriterionSiteType { site_type: id_opt(row.site_type_id.as_ref())?, name_given: row.name_given };
        site_types.entry(row.node_id).or_default().push(given);
    }
    let mut duties: HashMap<String, Vec<Duty>> = HashMap::new();
    let found = duty::Entity::find().filter(duty::Column::NodeId.in_subquery(ids())).order_by_asc(duty::Column::Position);
    for row in found.all(tx.db()).await? {
        let given =
            Duty { unit: id_opt(row.unit_id.as_ref())?, name_given: row.name_given, role: read_word("duty.role", &row.role)? };
        duties.entry(row.node_id).or_default().push(given);
    }
    let rows = node::Entity::find()
        .filter(node::Column::EditionId.eq(edition.as_str()))
        .order_by_asc(node::Column::Position)
        .all(tx.db())
        .await?;
    let nodes = rows
        .into_iter()
        .map(|row| {
            Ok(EditionNode {
                id: id(&row.id)?,
                parent: id_opt(row.parent_id.as_ref())?,
                measures: measures.remove(&row.id).unwrap_or_default(),
                site_types: site_types.remove(&row.id).unwrap_or_default(),
                duties: duties.remove(&row.id).unwrap_or_default(),
                position: row.position,
                depth: row.depth,
                number: row.number,
                citation_key: row.citation_key,
                title: row.title,
                is_criterion: row.is_criterion,
                remark: row.remark,
            })
        })
        .collect::<Result<Vec<_>, StoreError>>()?;
    let negatives = negative_item::Entity::find()
        .filter(negative_item::Column::EditionId.eq(edition.as_str()))
        .order_by_asc(negative_item::Column::Position)
        .all(tx.db())
        .await?;
    let negative_items = negatives.into_iter().map(negative_row).collect::<Result<_, _>>()?;
    Ok(EditionTree { row, nodes, negative_items })
}

fn exact(numerator: Option<&String>, denominator: Option<&String>) -> Result<Option<Exact>, StoreError> {
    match (numerator, denominator) {
        (Some(numerator), Some(denominator)) => Exact::from_parts(numerator, denominator)
            .map(Some)
            .map_err(|error| StoreError::Stored { what: "exact number", text: error.0 }),
        (Some(_) | None, None) | (None, Some(_)) => Ok(None),
    }
}

fn measure_row(row: measure::Model) -> Result<MeasureRow, StoreError> {
    Ok(MeasureRow {
        id: id(&row.id)?,
        method: read_word("measure.method", &row.method)?,
        points: exact(row.points_num.as_ref(), row.points_den.as_ref())?,
        rule: row.rule.as_deref().map(|text| read_json("measure.rule", text)).transpose()?,
        scope: row.scope.as_deref().map(|text| read_word("measure.scope", text)).transpose()?,
        rule_words: row.rule_words,
        rule_state: read_word("measure.rule_state", &row.rule_state)?,
    })
}

fn negative_row(row: negative_item::Model) -> Result<NegativeRow, StoreError> {
    let effect = match exact(row.points_num.as_ref(), row.points_den.as_ref())? {
        Some(points) if row.effect == "deduct" => NegativeEffect::Deduct { points, per: row.per },
        Some(_) | None => NegativeEffect::Veto,
    };
    Ok(NegativeRow {
        id: id(&row.id)?,
        item: NegativeItem { number: row.number, situation: row.text, effect },
        decider_name: row.decider_name,
        words: row.words,
    })
}

/// The duties of these nodes in their order.
pub(super) async fn duties_of(
    tx: &ReadTx,
    nodes: impl Iterator<Item = CriterionId>,
) -> Result<HashMap<CriterionId, Vec<Duty>>, StoreError> {
    let ids: Vec<String> = nodes.map(|node| node.to_string()).collect();
    let mut duties: HashMap<CriterionId, Vec<Duty>> = HashMap::new();
    for chunk in ids.chunks(500) {
        let found = duty::Entity::find()
            .filter(duty::Column::NodeId.is_in(chunk.iter().map(String::as_str)))
            .order_by_asc(duty::Column::Position);
        for row in found.all(tx.db()).await? {
            let role = read_word("duty.role", &row.role)?;
            let given = Duty { unit: id_opt(row.unit_id.as_ref())?, name_given: row.name_given, role };
            duties.entry(id(&row.node_id)?).or_default().push(given);
        }
    }
    Ok(duties)
}

/// A criterion found by its citation in the newest edition of its framework.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CitedCriterion {
    /// Identity.
    pub id: CriterionId,
    /// Name of the edition.
    pub edition: String,
    /// Its words.
    pub title: String,
    /// Its remark.
    pub remark: String,
    /// Points of its on-site measure.
    pub points: Option<Exact>,
    /// The words of its on-site rule.
    pub rule_words: String,
}

/// A criterion as a checklist or a problem cites it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Citing<'a> {
    /// Code of the framework.
    pub framework: &'a str,
    /// The edition whose numbering is meant; none: the newest that has the number.
    pub edition: Option<Uuid>,
    /// The normalised citation.
    pub key: &'a str,
}

/// The criteria cited; a citation that names no criterion is left out.
///
/// # Errors
/// The database's.
pub async fn cited<'a>(tx: &ReadTx, wanted: &[Citing<'a>]) -> Result<HashMap<Citing<'a>, CitedCriterion>, StoreError> {
    let mut found = HashMap::new();
    if wanted.is_empty() {
        return Ok(found);
    }
    let frameworks: HashMap<Uuid, String> =
        frameworks(tx).await?.iter().map(|framework| (framework.id, framework.code.clone())).collect();
    let mut editions = editions(tx).await?;
    editions.sort_by_key(|edition| std::cmp::Reverse((edition.year, edition.revision)));
    for edition in editions {
        let Some(code) = frameworks.get(&edition.framework) else { continue };
        let meant = |citing: &&Citing<'a>| {
            citing.framework == code && citing.edition.is_none_or(|meant| meant == edition.id) && !found.contains_key(*citing)
        };
        let wanted: Vec<Citing<'a>> = wanted.iter().filter(meant).copied().collect();
        if wanted.is_empty() {
            continue;
        }
        let criteria = cited_in(tx, &edition, wanted.iter().map(|citing| citing.key)).await?;
        found.extend(wanted.into_iter().filter_map(|citing| Some((citing, criteria.get(citing.key)?.clone()))));
    }
    Ok(found)
}

/// The criteria of an edition with these citations.
async fn cited_in<'a>(
    tx: &ReadTx,
    edition: &EditionRow,
    keys: impl Iterator<Item = &'a str>,
) -> Result<HashMap<String, CitedCriterion>, StoreError> {
    let nodes = node::Entity::find()
        .filter(node::Column::EditionId.eq(edition.id.to_string()))
        .filter(node::Column::IsCriterion.eq(true))
        .filter(node::Column::CitationKey.is_in(keys))
        .all(tx.db())
        .await?;
    let ids: Vec<&str> = nodes.iter().map(|node| node.id.as_str()).collect();
    let mut measures: HashMap<String, MeasureRow> = HashMap::new();
    for row in measure::Entity::find().filter(measure::Column::NodeId.is_in(ids)).all(tx.db()).await? {
        let of = row.node_id.clone();
        let read = measure_row(row)?;
        if read.method == yipanqi_domain::framework::Method::OnSite {
            measures.insert(of, read);
        }
    }
    nodes
        .into_iter()
        .map(|row| {
            let measure = measures.remove(&row.id);
            let criterion = CitedCriterion {
                id: id(&row.id)?,
                edition: edition.name.clone(),
                title: row.title,
                remark: row.remark,
                points: measure.as_ref().and_then(|measure| measure.points.clone()),
                rule_words: measure.map(|measure| measure.rule_words).unwrap_or_default(),
            };
            Ok((row.citation_key, criterion))
        })
        .collect()
}
