//! Writing editions: an edition row, nodes with what hangs on them, the negative list.

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, Set};
use uuid::Uuid;
use yipanqi_domain::exact::Exact;
use yipanqi_domain::framework::{NegativeEffect, Rule, Scope};
use yipanqi_domain::id::CriterionId;
use yipanqi_domain::moment::Moment;

use super::{EditionNode, EditionRow, EditionState, Framework, MeasureRow, NegativeRow, RuleState};
use crate::WriteTx;
use crate::entity::{criterion_site_type, duty, edition, framework, measure, negative_item, node};
use crate::error::StoreError;
use crate::value::{insert_all, json, new_id, text_opt, word};

/// Adds a family of editions.
///
/// # Errors
/// `framework_code_taken`, or the database's.
pub async fn add_framework(tx: &WriteTx, new: &Framework) -> Result<(), StoreError> {
    let row = framework::Model { id: new.id.to_string(), code: new.code.clone(), name: new.name.clone() };
    framework::Entity::insert(row.into_active_model()).exec_without_returning(tx.db()).await?;
    Ok(())
}

/// Adds an edition (`version` 0) or replaces the one read with `version`; its tree is saved apart.
///
/// # Errors
/// `edition_code_taken`, `version_conflict`, or the database's.
pub async fn save_edition(tx: &WriteTx, saved: &EditionRow) -> Result<(), StoreError> {
    let settings = &saved.settings;
    let row = edition::Model {
        id: saved.id.to_string(),
        framework_id: saved.framework.to_string(),
        code: saved.code.clone(),
        name: saved.name.clone(),
        year: saved.year,
        scoring: word(&settings.scoring)?,
        published_decimals: i64::from(settings.published_decimals),
        settings: json(settings)?,
        stated_total: text_opt(settings.stated_total.as_ref()),
        state: word(&saved.state)?,
        revision: saved.revision,
        supersedes_id: text_opt(saved.supersedes.as_ref()),
        reason: saved.reason.clone(),
        frozen_at: saved.frozen_at.map(Moment::stored),
        imported_from: saved.imported_from.clone(),
        version: saved.version + 1,
    };
    if saved.version == 0 {
        edition::Entity::insert(row.into_active_model()).exec_without_returning(tx.db()).await?;
        return Ok(());
    }
    let changed = edition::Entity::update_many()
        .set(row.into_active_model().reset_all())
        .filter(edition::Column::Id.eq(saved.id.to_string()))
        .filter(edition::Column::Version.eq(saved.version))
        .exec(tx.db())
        .await?;
    if changed.rows_affected == 0 {
        return Err(StoreError::Conflict { kind: "edition", id: saved.id.to_string() });
    }
    Ok(())
}

/// The three columns of an exact number: numerator, denominator and the value in 10⁻⁹ for sorting.
fn columns(value: Option<&Exact>) -> (Option<String>, Option<String>, Option<i64>) {
    (value.map(Exact::numerator), value.map(Exact::denominator), value.map(Exact::nano))
}

fn measure_model(of: CriterionId, saved: &MeasureRow) -> Result<measure::Model, StoreError> {
    let (points_num, points_den, points_nano) = columns(saved.points.as_ref());
    Ok(measure::Model {
        id: saved.id.to_string(),
        node_id: of.to_string(),
        method: word(&saved.method)?,
        scope: saved.scope.as_ref().map(word).transpose()?,
        points_num,
        points_den,
        points_nano,
        rule: saved.rule.as_ref().map(json).transpose()?,
        rule_words: saved.rule_words.clone(),
        rule_state: word(&saved.rule_state)?,
    })
}

/// Adds nodes, parents before children, and replaces those known by their identity, with all that hangs on them.
///
/// # Errors
/// The database's; among them a measure that is gone but has results.
pub async fn save_nodes(tx: &WriteTx, of: Uuid, saved: &[EditionNode]) -> Result<(), StoreError> {
    let known_duties = super::read::duties_of(tx, saved.iter().map(|node| node.id)).await?;
    let keeps = |node: &EditionNode| known_duties.get(&node.id).map_or(node.duties.is_empty(), |known| *known == node.duties);
    for changed in saved {
        let row = node::Model {
            id: changed.id.to_string(),
            edition_id: of.to_string(),
            parent_id: text_opt(changed.parent.as_ref()),
            position: changed.position,
            depth: changed.depth,
            number: changed.number.clone(),
            citation_key: changed.citation_key.clone(),
            title: changed.title.clone(),
            is_criterion: changed.is_criterion,
            remark: changed.remark.clone(),
        };
        let known = node::Entity::update_many()
            .set(row.clone().into_active_model().reset_all())
            .filter(node::Column::Id.eq(changed.id.to_string()))
            .exec(tx.db())
            .await?;
        if known.rows_affected == 0 {
            node::Entity::insert(row.into_active_model()).exec_without_returning(tx.db()).await?;
        } else {
            detach(tx, changed).await?;
            if !keeps(changed) {
                duty::Entity::delete_many().filter(duty::Column::NodeId.eq(changed.id.to_string())).exec(tx.db()).await?;
            }
        }
    }
    attach(tx, saved).await?;
    attach_duties(tx, saved.iter().filter(|node| !keeps(node))).await
}

async fn attach_duties(tx: &WriteTx, of: impl Iterator<Item = &EditionNode>) -> Result<(), StoreError> {
    let mut duties = Vec::new();
    for changed in of {
        for (position, given) in (0_i64..).zip(&changed.duties) {
            duties.push(duty::Model {
                id: new_id().to_string(),
                node_id: changed.id.to_string(),
                unit_id: text_opt(given.unit.as_ref()),
                name_given: given.name_given.clone(),
                role: word(&given.role)?,
                position,
            });
        }
    }
    insert_all::<duty::Entity, _>(tx.db(), duties).await
}

/// Takes off a known node what is replaced: site types, measures it no longer has. Duties that stay are not touched.
async fn detach(tx: &WriteTx, changed: &EditionNode) -> Result<(), StoreError> {
    let id = changed.id.to_string();
    criterion_site_type::Entity::delete_many().filter(criterion_site_type::Column::NodeId.eq(id.as_str())).exec(tx.db()).await?;
    let kept = changed.measures.iter().map(|measure| measure.id.to_string());
    measure::Entity::delete_many()
        .filter(measure::Column::NodeId.eq(id.as_str()))
        .filter(measure::Column::Id.is_not_in(kept))
        .exec(tx.db())
        .await?;
    Ok(())
}

async fn attach(tx: &WriteTx, saved: &[EditionNode]) -> Result<(), StoreError> {
    let mut new_measures = Vec::new();
    let mut types = Vec::new();
    let ids: Vec<String> = saved.iter().map(|node| node.id.to_string()).collect();
    let mut known = std::collections::HashSet::new();
    for chunk in ids.chunks(500) {
        let rows =
            measure::Entity::find().filter(measure::Column::NodeId.is_in(chunk.iter().map(String::as_str))).all(tx.db()).await?;
        known.extend(rows.into_iter().map(|row| row.id));
    }
    for changed in saved {
        for measure in &changed.measures {
            let row = measure_model(changed.id, measure)?;
            if known.contains(&row.id) {
                row.into_active_model().reset_all().update(tx.db()).await?;
            } else {
                new_measures.push(row);
            }
        }
        types.extend(changed.site_types.iter().map(|given| criterion_site_type::Model {
            id: new_id().to_string(),
            node_id: changed.id.to_string(),
            site_type_id: text_opt(given.site_type.as_ref()),
            name_given: given.name_given.clone(),
        }));
    }
    insert_all::<measure::Entity, _>(tx.db(), new_measures).await?;
    insert_all::<criterion_site_type::Entity, _>(tx.db(), types).await
}

/// Removes nodes, children before parents, with all that hangs on them.
///
/// # Errors
/// The database's; among them a measure that has results.
pub async fn remove_nodes(tx: &WriteTx, gone: &[CriterionId]) -> Result<(), StoreError> {
    for id in gone.iter().map(ToString::to_string) {
        duty::Entity::delete_many().filter(duty::Column::NodeId.eq(id.as_str())).exec(tx.db()).await?;
        criterion_site_type::Entity::delete_many()
            .filter(criterion_site_type::Column::NodeId.eq(id.as_str()))
            .exec(tx.db())
            .await?;
        measure::Entity::delete_many().filter(measure::Column::NodeId.eq(id.as_str())).exec(tx.db()).await?;
        node::Entity::delete_by_id(id).exec(tx.db()).await?;
    }
    Ok(())
}

/// Replaces the negative list of an edition.
///
/// # Errors
/// The database's.
pub async fn save_negative_items(tx: &WriteTx, of: Uuid, saved: &[NegativeRow]) -> Result<(), StoreError> {
    negative_item::Entity::delete_many().filter(negative_item::Column::EditionId.eq(of.to_string())).exec(tx.db()).await?;
    let rows = (1_i64..)
        .zip(saved)
        .map(|(position, negative)| {
            let (effect, points, per) = match &negative.item.effect {
                NegativeEffect::Deduct { points, per } => ("deduct", Some(points), per.clone()),
                NegativeEffect::Veto => ("veto", None, String::new()),
            };
            let (points_num, points_den, points_nano) = columns(points);
            negative_item::Model {
                id: negative.id.to_string(),
                edition_id: of.to_string(),
                position,
                number: negative.item.number.clone(),
                text: negative.item.situation.clone(),
                effect: effect.to_owned(),
                per,
                points_num,
                points_den,
                points_nano,
                decider_name: negative.decider_name.clone(),
                words: negative.words.clone(),
            }
        })
        .collect();
    insert_all::<negative_item::Entity, _>(tx.db(), rows).await
}

/// Chooses the rule of a measure.
///
/// # Errors
/// `not_found`, or the database's.
pub async fn save_rule(tx: &WriteTx, of: Uuid, rule: &Rule, scope: Option<Scope>) -> Result<(), StoreError> {
    let row = measure::ActiveModel {
        rule: Set(Some(json(rule)?)),
        scope: Set(scope.as_ref().map(word).transpose()?),
        rule_state: Set(word(&RuleState::Chosen)?),
        ..Default::default()
    };
    let changed = measure::Entity::update_many().set(row).filter(measure::Column::Id.eq(of.to_string())).exec(tx.db()).await?;
    if changed.rows_affected == 0 {
        return Err(StoreError::NotFound { kind: "measure", id: of.to_string() });
    }
    Ok(())
}

/// Criteria that named a site type by this name and knew none now refer to it.
///
/// # Errors
/// The database's.
pub async fn adopt_site_type(tx: &WriteTx, name: &str, site_type: Uuid) -> Result<u64, StoreError> {
    let changed = criterion_site_type::Entity::update_many()
        .col_expr(criterion_site_type::Column::SiteTypeId, Expr::value(site_type.to_string()))
        .filter(criterion_site_type::Column::SiteTypeId.is_null())
        .filter(criterion_site_type::Column::NameGiven.eq(name))
        .exec(tx.db())
        .await?;
    Ok(changed.rows_affected)
}

/// Fixes the text of an edition at its first use; one that is fixed already stays as it is. Gives whether it was the first.
///
/// # Errors
/// The database's.
pub async fn freeze(tx: &WriteTx, edition: Uuid) -> Result<bool, StoreError> {
    let changed = edition::Entity::update_many()
        .col_expr(edition::Column::State, Expr::value(word(&EditionState::Frozen)?))
        .col_expr(edition::Column::FrozenAt, Expr::value(tx.at().stored()))
        .col_expr(edition::Column::Version, Expr::col(edition::Column::Version).add(1))
        .filter(edition::Column::Id.eq(edition.to_string()))
        .filter(edition::Column::State.ne(word(&EditionState::Frozen)?))
        .exec(tx.db())
        .await?;
    Ok(changed.rows_affected > 0)
}
