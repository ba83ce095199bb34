//! Site types (点位类型), their other names, and the checklist items looked at on a site of a type.

use std::collections::HashMap;
use std::sync::Arc;

use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use yipanqi_domain::id::{ItemId, UnitId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::site::Shape;

use crate::WriteTx;
use crate::entity::{checklist_item, item_criterion, item_wording, site_type, site_type_name};
use crate::error::StoreError;
use crate::tx::ReadTx;
use crate::value::{id, id_opt, insert_all, json, moment, new_id, read_json, read_word, text_opt, word};

/// A type of site.
#[doc(alias = "点位类型")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteType {
    /// Identity.
    pub id: Uuid,
    /// Its name, unique.
    pub name: String,
    /// The group it belongs to.
    pub group_name: String,
    /// What sites of the type are.
    pub shape: Shape,
    /// The industry unit, if the directory has it.
    pub industry_unit: Option<UnitId>,
    /// The industry unit as named.
    pub industry_unit_name: String,
    /// Place in the city's own order.
    pub position: i64,
    /// One more with every change.
    pub version: i64,
    /// Other names.
    pub names: Vec<String>,
}

/// A checklist item.
#[doc(alias = "检查项")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Identity.
    pub id: ItemId,
    /// Its code, unique.
    pub code: String,
    /// The type on whose sites it is looked at.
    pub site_type: Uuid,
    /// Place in the type's list.
    pub position: i64,
    /// What is looked at.
    pub text: String,
    /// Typical faults to pick.
    pub phrases: Vec<String>,
    /// How it is judged, as the domain reads the words; none: to be chosen.
    pub judgement: Option<serde_json::Value>,
    /// How it is judged, in words.
    pub judgement_words: String,
    /// Whether a failure needs a photograph.
    pub photo_on_failure: bool,
    /// Exceptions.
    pub carve_out: String,
    /// How to walk.
    pub walk_path: String,
    /// One more with every change.
    pub version: i64,
    /// The criteria it serves.
    pub criteria: Vec<ItemCriterion>,
}

/// A criterion that an item serves, as cited.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ItemCriterion {
    /// The framework's code.
    pub framework: String,
    /// The edition whose numbering is meant; none while the framework has no edition.
    pub edition: Option<Uuid>,
    /// The number in the form by which editions are searched.
    pub citation_key: String,
    /// The number as written.
    pub citation: String,
}

/// All site types in the city's own order.
///
/// # Errors
/// The database's.
pub async fn site_types(tx: &ReadTx) -> Result<Arc<Vec<SiteType>>, StoreError> {
    tx.kept("site types", load_site_types(tx)).await
}

async fn load_site_types(tx: &ReadTx) -> Result<Vec<SiteType>, StoreError> {
    let mut names: HashMap<String, Vec<String>> = HashMap::new();
    for row in site_type_name::Entity::find().order_by_asc(site_type_name::Column::Name).all(tx.db()).await? {
        names.entry(row.site_type_id).or_default().push(row.name);
    }
    let rows = site_type::Entity::find()
        .order_by_asc(site_type::Column::Position)
        .order_by_asc(site_type::Column::Name)
        .all(tx.db())
        .await?;
    rows.into_iter()
        .map(|row| {
            Ok(SiteType {
                id: id(&row.id)?,
                shape: read_word("site_type.shape", &row.shape)?,
                industry_unit: id_opt(row.industry_unit_id.as_ref())?,
                names: names.remove(&row.id).unwrap_or_default(),
                name: row.name,
                group_name: row.group_name,
                industry_unit_name: row.industry_unit_name,
                position: row.position,
                version: row.version,
            })
        })
        .collect()
}

/// Adds a site type (`version` 0) or replaces the one read with `version`; other names are kept apart.
///
/// # Errors
/// `site_type_name_taken`, `version_conflict`, or the database's.
pub async fn save_site_type(tx: &WriteTx, saved: &SiteType) -> Result<(), StoreError> {
    let row = site_type::Model {
        id: saved.id.to_string(),
        name: saved.name.clone(),
        group_name: saved.group_name.clone(),
        shape: word(&saved.shape)?,
        industry_unit_id: text_opt(saved.industry_unit.as_ref()),
        industry_unit_name: saved.industry_unit_name.clone(),
        position: saved.position,
        version: saved.version + 1,
    };
    if saved.version == 0 {
        site_type::Entity::insert(row.into_active_model()).exec_without_returning(tx.db()).await?;
        return Ok(());
    }
    let changed = site_type::Entity::update_many()
        .set(row.into_active_model().reset_all())
        .filter(site_type::Column::Id.eq(saved.id.to_string()))
        .filter(site_type::Column::Version.eq(saved.version))
        .exec(tx.db())
        .await?;
    if changed.rows_affected == 0 {
        return Err(StoreError::Conflict { kind: "site_type", id: saved.id.to_string() });
    }
    Ok(())
}

/// Teaches another name of a site type; a name known already is left as it is.
///
/// # Errors
/// The database's.
pub async fn learn_site_type_name(tx: &WriteTx, site_type: Uuid, name: &str) -> Result<(), StoreError> {
    let known = site_type_name::Entity::find().filter(site_type_name::Column::Name.eq(name)).one(tx.db()).await?;
    if known.is_some() {
        return Ok(());
    }
    let row = site_type_name::Model { id: new_id().to_string(), site_type_id: site_type.to_string(), name: name.to_owned() };
    site_type_name::Entity::insert(row.into_active_model()).exec_without_returning(tx.db()).await?;
    Ok(())
}

/// All checklist items, or those of one type, in order.
///
/// # Errors
/// The database's.
pub async fn items(tx: &ReadTx, site_type: Option<Uuid>) -> Result<Arc<Vec<Item>>, StoreError> {
    let name = site_type.map_or_else(|| "items".to_owned(), |site_type| format!("items of {site_type}"));
    tx.kept(&name, load_items(tx, site_type)).await
}

async fn load_items(tx: &ReadTx, site_type: Option<Uuid>) -> Result<Vec<Item>, StoreError> {
    let mut find = checklist_item::Entity::find();
    if let Some(site_type) = site_type {
        find = find.filter(checklist_item::Column::SiteTypeId.eq(site_type.to_string()));
    }
    let rows =
        find.order_by_asc(checklist_item::Column::SiteTypeId).order_by_asc(checklist_item::Column::Position).all(tx.db()).await?;
    let mut criteria: HashMap<String, Vec<ItemCriterion>> = HashMap::new();
    let mut links = item_criterion::Entity::find();
    if site_type.is_some() {
        links = links.filter(item_criterion::Column::ItemId.is_in(rows.iter().map(|row| row.id.clone())));
    }
    for row in links.order_by_asc(item_criterion::Column::Id).all(tx.db()).await? {
        let link = ItemCriterion {
            framework: row.framework_code,
            edition: id_opt(row.edition_id.as_ref())?,
            citation_key: row.citation_key,
            citation: row.citation,
        };
        criteria.entry(row.item_id).or_default().push(link);
    }
    rows.into_iter()
        .map(|row| {
            Ok(Item {
                id: id(&row.id)?,
                site_type: id(&row.site_type_id)?,
                phrases: read_json("checklist_item.phrases", &row.phrases)?,
                judgement: row.judgement.as_deref().map(|text| read_json("checklist_item.judgement", text)).transpose()?,
                criteria: criteria.remove(&row.id).unwrap_or_default(),
                code: row.code,
                position: row.position,
                text: row.text,
                judgement_words: row.judgement_words,
                photo_on_failure: row.photo_on_failure,
                carve_out: row.carve_out,
                walk_path: row.walk_path,
                version: row.version,
            })
        })
        .collect()
}

fn item_model(item: &Item) -> Result<checklist_item::Model, StoreError> {
    Ok(checklist_item::Model {
        id: item.id.to_string(),
        code: item.code.clone(),
        site_type_id: item.site_type.to_string(),
        position: item.position,
        text: item.text.clone(),
        phrases: json(&item.phrases)?,
        judgement: item.judgement.as_ref().map(json).transpose()?,
        judgement_words: item.judgement_words.clone(),
        photo_on_failure: item.photo_on_failure,
        carve_out: item.carve_out.clone(),
        walk_path: item.walk_path.clone(),
        version: item.version + 1,
    })
}

/// Adds items with their criteria.
///
/// # Errors
/// `checklist_item_code_taken`, or the database's.
pub async fn add_items(tx: &WriteTx, items: &[Item]) -> Result<(), StoreError> {
    let rows = items.iter().map(item_model).collect::<Result<Vec<_>, _>>()?;
    insert_all::<checklist_item::Entity, _>(tx.db(), rows).await?;
    link_criteria(tx, items).await
}

/// The words that an item had until they were changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wording {
    /// The item.
    pub item: ItemId,
    /// What was looked at.
    pub text: String,
    /// How it was judged, as the domain reads the words.
    pub judgement: Option<serde_json::Value>,
    /// How it was judged, in words.
    pub judgement_words: String,
    /// Exceptions.
    pub carve_out: String,
    /// What was judged before this moment was judged by these words.
    pub until: Moment,
}

/// The former words of items, the oldest of each first.
///
/// # Errors
/// The database's.
pub async fn wordings(tx: &ReadTx, items: &[ItemId]) -> Result<HashMap<ItemId, Vec<Wording>>, StoreError> {
    let mut found: HashMap<ItemId, Vec<Wording>> = HashMap::new();
    for items in items.chunks(500) {
        let rows = item_wording::Entity::find()
            .filter(item_wording::Column::ItemId.is_in(items.iter().map(ToString::to_string)))
            .order_by_asc(item_wording::Column::ItemVersion);
        for row in rows.all(tx.db()).await? {
            let item = id(&row.item_id)?;
            let until = moment(&row.until)?;
            let judgement = row.judgement.as_deref().map(|text| read_json("item_wording.judgement", text)).transpose()?;
            let item_wording::Model { text, judgement_words, carve_out, .. } = row;
            found.entry(item).or_default().push(Wording { item, text, judgement, judgement_words, carve_out, until });
        }
    }
    Ok(found)
}

/// Replaces an item read with `item.version`, and its criteria; words that change are kept for what was judged by them.
///
/// # Errors
/// `version_conflict`, or the database's.
pub async fn update_item(tx: &WriteTx, item: &Item) -> Result<(), StoreError> {
    let before = checklist_item::Entity::find_by_id(item.id.to_string()).one(tx.db()).await?;
    let worded = |row: &checklist_item::Model| {
        row.text == item.text && row.judgement_words == item.judgement_words && row.carve_out == item.carve_out
    };
    if let Some(before) = before.filter(|before| before.version == item.version && !worded(before)) {
        let row = item_wording::Model {
            id: new_id().to_string(),
            item_id: before.id,
            item_version: before.version,
            text: before.text,
            judgement: before.judgement,
            judgement_words: before.judgement_words,
            carve_out: before.carve_out,
            until: tx.at().stored(),
        };
        item_wording::Entity::insert(row.into_active_model()).exec_without_returning(tx.db()).await?;
    }
    let changed = checklist_item::Entity::update_many()
        .set(item_model(item)?.into_active_model().reset_all())
        .filter(checklist_item::Column::Id.eq(item.id.to_string()))
        .filter(checklist_item::Column::Version.eq(item.version))
        .exec(tx.db())
        .await?;
    if changed.rows_affected == 0 {
        return Err(StoreError::Conflict { kind: "checklist_item", id: item.id.to_string() });
    }
    item_criterion::Entity::delete_many().filter(item_criterion::Column::ItemId.eq(item.id.to_string())).exec(tx.db()).await?;
    link_criteria(tx, std::slice::from_ref(item)).await
}

async fn link_criteria(tx: &WriteTx, items: &[Item]) -> Result<(), StoreError> {
    let rows = items
        .iter()
        .flat_map(|item| {
            item.criteria.iter().map(|link| item_criterion::Model {
                id: new_id().to_string(),
                item_id: item.id.to_string(),
                framework_code: link.framework.clone(),
                edition_id: text_opt(link.edition.as_ref()),
                citation_key: link.citation_key.clone(),
                citation: link.citation.clone(),
            })
        })
        .collect();
    insert_all::<item_criterion::Entity, _>(tx.db(), rows).await
}

/// Citations of a framework that named no edition now mean this one.
///
/// # Errors
/// The database's.
pub async fn adopt_edition(tx: &WriteTx, framework: &str, edition: Uuid) -> Result<u64, StoreError> {
    let changed = item_criterion::Entity::update_many()
        .col_expr(item_criterion::Column::EditionId, Expr::value(edition.to_string()))
        .filter(item_criterion::Column::EditionId.is_null())
        .filter(item_criterion::Column::FrameworkCode.eq(framework))
        .exec(tx.db())
        .await?;
    Ok(changed.rows_affected)
}
