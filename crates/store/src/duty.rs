//! Duties of units with their histories, and the table of collective names.

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveModelTrait, ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use yipanqi_domain::duty::{Duty, DutyChange, Named, Selection};
use yipanqi_domain::id::{CriterionId, DutyId, PersonId, SiteId, UnitId};
use yipanqi_domain::moment::Moment;

use crate::entity::{collective, duty_step, site, unit_duty};
use crate::error::StoreError;
use crate::tx::ReadTx;
use crate::value::{id, id_opt, insert_all, json, moment, new_id, read_json, read_word, text_opt, word};
use crate::write::WriteTx;

/// A duty with the edition whose criterion it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptDuty {
    /// What the rules know.
    pub duty: Duty,
    /// The edition.
    pub edition: Uuid,
}

/// An entry of a duty's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DutyStep {
    /// From 1.
    pub ordinal: i64,
    /// When.
    pub at: Moment,
    /// Who, as written then.
    pub actor_name: String,
    /// What.
    pub change: DutyChange,
}

/// A collective name and what it means in this city.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collective {
    /// The name as a sheet writes it.
    pub name: String,
    /// The units it means.
    pub selection: Selection,
    /// One more with every change; 0: not decided yet.
    pub version: i64,
}

impl KeptDuty {
    fn read(row: unit_duty::Model) -> Result<Self, StoreError> {
        Ok(Self {
            edition: id(&row.edition_id)?,
            duty: Duty {
                id: id(&row.id)?,
                criterion: id(&row.node_id)?,
                unit: id(&row.unit_id)?,
                role: read_word("unit_duty.role", &row.role)?,
                named: Named {
                    head: id_opt(row.head_id.as_ref())?,
                    officer: id_opt(row.officer_id.as_ref())?,
                    liaison: id_opt(row.liaison_id.as_ref())?,
                },
                state: read_word("unit_duty.state", &row.state)?,
                objection: row.objection,
                version: u64::try_from(row.version).unwrap_or(0),
            },
        })
    }

    fn model(&self) -> Result<unit_duty::Model, StoreError> {
        let duty = &self.duty;
        Ok(unit_duty::Model {
            id: duty.id.to_string(),
            edition_id: self.edition.to_string(),
            node_id: duty.criterion.to_string(),
            unit_id: duty.unit.to_string(),
            role: word(&duty.role)?,
            state: word(&duty.state)?,
            head_id: text_opt(duty.named.head.as_ref()),
            officer_id: text_opt(duty.named.officer.as_ref()),
            liaison_id: text_opt(duty.named.liaison.as_ref()),
            objection: duty.objection.clone(),
            version: version(duty.version),
        })
    }
}

fn version(version: u64) -> i64 {
    i64::try_from(version).unwrap_or(i64::MAX)
}

fn step(tx: &WriteTx, duty: &Duty, change: &DutyChange) -> Result<duty_step::Model, StoreError> {
    Ok(duty_step::Model {
        id: new_id().to_string(),
        duty_id: duty.id.to_string(),
        ordinal: version(duty.version),
        at: tx.at().stored(),
        actor_id: text_opt(tx.by().person.as_ref()),
        actor_name: tx.by().name.clone(),
        body: json(change)?,
    })
}

/// Adds duties just given, each with the change that began it.
///
/// # Errors
/// `duty_exists` if the unit stands beside the criterion already, or the database's.
pub async fn add(tx: &WriteTx, new: &[(KeptDuty, DutyChange)]) -> Result<(), StoreError> {
    let rows = new.iter().map(|(kept, _)| kept.model()).collect::<Result<Vec<_>, _>>()?;
    let steps = new.iter().map(|(kept, change)| step(tx, &kept.duty, change)).collect::<Result<Vec<_>, _>>()?;
    insert_all::<unit_duty::Entity, _>(tx.db(), rows).await?;
    insert_all::<duty_step::Entity, _>(tx.db(), steps).await
}

/// Saves a duty after one change; `read_version` is the version the change was judged by.
///
/// # Errors
/// `version_conflict` if somebody changed it since, or the database's.
pub async fn save(tx: &WriteTx, kept: &KeptDuty, read_version: u64, change: &DutyChange) -> Result<(), StoreError> {
    let changed = unit_duty::Entity::update_many()
        .set(kept.model()?.into_active_model().reset_all())
        .filter(unit_duty::Column::Id.eq(kept.duty.id.to_string()))
        .filter(unit_duty::Column::Version.eq(version(read_version)))
        .exec(tx.db())
        .await?;
    if changed.rows_affected == 0 {
        return Err(StoreError::Conflict { kind: "duty", id: kept.duty.id.to_string() });
    }
    insert_all::<duty_step::Entity, _>(tx.db(), vec![step(tx, &kept.duty, change)?]).await
}

async fn all(tx: &ReadTx, condition: Condition) -> Result<Vec<KeptDuty>, StoreError> {
    let rows = unit_duty::Entity::find().filter(condition).order_by_asc(unit_duty::Column::Id).all(tx.db()).await?;
    rows.into_iter().map(KeptDuty::read).collect()
}

/// One duty.
///
/// # Errors
/// `not_found`, or the database's.
pub async fn get(tx: &ReadTx, duty: DutyId) -> Result<KeptDuty, StoreError> {
    let row = unit_duty::Entity::find_by_id(duty.to_string()).one(tx.db()).await?;
    row.map(KeptDuty::read).transpose()?.ok_or(StoreError::NotFound { kind: "duty", id: duty.to_string() })
}

/// The duties of an edition, released ones included.
///
/// # Errors
/// The database's.
pub async fn of_edition(tx: &ReadTx, edition: Uuid) -> Result<Vec<KeptDuty>, StoreError> {
    all(tx, Condition::all().add(unit_duty::Column::EditionId.eq(edition.to_string()))).await
}

/// Whether anybody has a duty in an edition.
///
/// # Errors
/// The database's.
pub async fn any_in(tx: &ReadTx, edition: Uuid) -> Result<bool, StoreError> {
    let of_edition = unit_duty::Entity::find().filter(unit_duty::Column::EditionId.eq(edition.to_string()));
    Ok(of_edition.one(tx.db()).await?.is_some())
}

/// The duties of a unit in every edition, released ones included.
///
/// # Errors
/// The database's.
pub async fn of_unit(tx: &ReadTx, unit: UnitId) -> Result<Vec<KeptDuty>, StoreError> {
    all(tx, Condition::all().add(unit_duty::Column::UnitId.eq(unit.to_string()))).await
}

/// The duties of a criterion, released ones included.
///
/// # Errors
/// The database's.
pub async fn of_criterion(tx: &ReadTx, criterion: CriterionId) -> Result<Vec<KeptDuty>, StoreError> {
    all(tx, Condition::all().add(unit_duty::Column::NodeId.eq(criterion.to_string()))).await
}

/// The duties for which a person is named, released ones left out.
///
/// # Errors
/// The database's.
pub async fn naming(tx: &ReadTx, person: PersonId) -> Result<Vec<KeptDuty>, StoreError> {
    use unit_duty::Column::{HeadId, LiaisonId, OfficerId, State};
    let person = person.to_string();
    let named = [HeadId, OfficerId, LiaisonId].into_iter().fold(Condition::any(), |any, column| any.add(column.eq(&*person)));
    all(tx, Condition::all().add(State.ne("released")).add(named)).await
}

/// The duties against which an objection stands, in every edition.
///
/// # Errors
/// The database's.
pub async fn objected(tx: &ReadTx) -> Result<Vec<KeptDuty>, StoreError> {
    all(tx, Condition::all().add(unit_duty::Column::State.eq("objected"))).await
}

/// The history of a duty, oldest first.
///
/// # Errors
/// The database's.
pub async fn history(tx: &ReadTx, duty: DutyId) -> Result<Vec<DutyStep>, StoreError> {
    let rows = duty_step::Entity::find()
        .filter(duty_step::Column::DutyId.eq(duty.to_string()))
        .order_by_asc(duty_step::Column::Ordinal)
        .all(tx.db())
        .await?;
    rows.into_iter()
        .map(|row| {
            Ok(DutyStep {
                ordinal: row.ordinal,
                at: moment(&row.at)?,
                actor_name: row.actor_name,
                change: read_json("duty_step", &row.body)?,
            })
        })
        .collect()
}

/// The table of collective names, by name.
///
/// # Errors
/// The database's.
pub async fn collectives(tx: &ReadTx) -> Result<Vec<Collective>, StoreError> {
    let rows = collective::Entity::find().order_by_asc(collective::Column::Key).all(tx.db()).await?;
    rows.into_iter()
        .map(|row| {
            let selection = read_json("collective", &row.selection)?;
            Ok(Collective { name: row.name, selection, version: row.version })
        })
        .collect()
}

/// Decides what a collective name means; `key` is the form in which it is looked up.
///
/// # Errors
/// `version_conflict` if somebody changed it since, or the database's.
pub async fn save_collective(tx: &WriteTx, key: &str, saved: &Collective) -> Result<(), StoreError> {
    let row = collective::Model {
        key: key.to_owned(),
        name: saved.name.clone(),
        selection: json(&saved.selection)?,
        version: saved.version + 1,
    };
    let known = collective::Entity::find_by_id(key).one(tx.db()).await?.map_or(0, |row| row.version);
    if known != saved.version {
        return Err(StoreError::Conflict { kind: "collective", id: key.to_owned() });
    }
    let all = [collective::Column::Name, collective::Column::Selection, collective::Column::Version];
    collective::Entity::insert(row.into_active_model())
        .on_conflict(OnConflict::column(collective::Column::Key).update_columns(all).to_owned())
        .exec_without_returning(tx.db())
        .await?;
    Ok(())
}

/// Sites in use without responsible unit or without chief, by code.
///
/// # Errors
/// The database's.
pub async fn ownerless_sites(tx: &ReadTx) -> Result<Vec<SiteId>, StoreError> {
    use site::Column::{ChiefName, Code, DuplicateOf, Id, IndustryUnitId, Retired, TerritorialUnitId};
    let nobody = Condition::any()
        .add(Condition::all().add(TerritorialUnitId.is_null()).add(IndustryUnitId.is_null()))
        .add(ChiefName.is_null())
        .add(ChiefName.eq(""));
    let rows: Vec<String> = site::Entity::find()
        .select_only()
        .column(Id)
        .filter(Retired.eq(false))
        .filter(DuplicateOf.is_null())
        .filter(nobody)
        .order_by_asc(Code)
        .into_tuple()
        .all(tx.db())
        .await?;
    rows.iter().map(|row| id(row)).collect()
}
