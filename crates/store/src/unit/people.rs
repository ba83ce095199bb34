//! People of a city, their posts, and who is lent to which task force.

use std::sync::Arc;

use chrono::NaiveDate;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};
use yipanqi_domain::access::{Post, Role};
use yipanqi_domain::id::{PersonId, UnitId};

use crate::WriteTx;
use crate::entity::{person as person_table, post, secondment, task_force_member};
use crate::error::StoreError;
use crate::tx::ReadTx;
use crate::value::{day, day_opt, id, id_opt, insert_all, read_word, text_opt, word};

/// A person of the city.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Identity.
    pub id: PersonId,
    /// Name.
    pub name: String,
    /// Telephone.
    pub phone: Option<String>,
    /// The account in the hub, if the person has one.
    pub account: Option<String>,
    /// Remark.
    pub note: String,
    /// The day on which the person left.
    pub left_on: Option<NaiveDate>,
    /// One more with every change.
    pub version: i64,
}

impl Person {
    fn read(row: person_table::Model) -> Result<Self, StoreError> {
        Ok(Self {
            id: id(&row.id)?,
            left_on: day_opt(row.left_on.as_ref())?,
            name: row.name,
            phone: row.phone,
            account: row.account_id,
            note: row.note,
            version: row.version,
        })
    }

    fn model(&self) -> person_table::Model {
        person_table::Model {
            id: self.id.to_string(),
            name: self.name.clone(),
            phone: self.phone.clone(),
            account_id: self.account.clone(),
            note: self.note.clone(),
            left_on: text_opt(self.left_on.as_ref()),
            version: self.version,
        }
    }
}

/// A role of a person in a unit, with dates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonPost {
    /// Identity.
    pub id: uuid::Uuid,
    /// Whose.
    pub person: PersonId,
    /// Where.
    pub unit: UnitId,
    /// Which.
    pub role: Role,
    /// First day.
    pub valid_from: NaiveDate,
    /// Last day; none: until further notice.
    pub valid_to: Option<NaiveDate>,
}

/// A person lent to a task force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecondmentRow {
    /// Identity.
    pub id: uuid::Uuid,
    /// Who.
    pub person: PersonId,
    /// The unit that lends, if the list names it.
    pub home: Option<UnitId>,
    /// The task force.
    pub task_force: UnitId,
    /// First day.
    pub valid_from: NaiveDate,
    /// Last day; none: until further notice.
    pub valid_to: Option<NaiveDate>,
}

/// What a unit does in a task force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskForceDuty {
    /// 牵头.
    Lead,
    /// 成员.
    Member,
}

/// A unit that takes part in a task force.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TaskForceMember {
    /// The task force.
    pub task_force: UnitId,
    /// The unit.
    pub unit: UnitId,
    /// What it does.
    pub duty: TaskForceDuty,
}

/// All people by name.
///
/// # Errors
/// The database's.
pub async fn persons(tx: &ReadTx) -> Result<Vec<Person>, StoreError> {
    let rows = person_table::Entity::find()
        .order_by_asc(person_table::Column::Name)
        .order_by_asc(person_table::Column::Id)
        .all(tx.db())
        .await?;
    rows.into_iter().map(Person::read).collect()
}

/// One person.
///
/// # Errors
/// `not_found`, or the database's.
pub async fn person(tx: &ReadTx, person: PersonId) -> Result<Person, StoreError> {
    let row = person_table::Entity::find_by_id(person.to_string()).one(tx.db()).await?;
    row.map(Person::read).transpose()?.ok_or(StoreError::NotFound { kind: "person", id: person.to_string() })
}

/// Adds a person (`version` 0) or replaces the one read with `version`.
///
/// # Errors
/// `version_conflict` if somebody changed it since, or the database's.
pub async fn save_person(tx: &WriteTx, person: &Person) -> Result<(), StoreError> {
    let mut row = person.model();
    row.version += 1;
    if person.version == 0 {
        person_table::Entity::insert(row.into_active_model()).exec_without_returning(tx.db()).await?;
        return Ok(());
    }
    let changed = person_table::Entity::update_many()
        .set(row.into_active_model().reset_all())
        .filter(person_table::Column::Id.eq(person.id.to_string()))
        .filter(person_table::Column::Version.eq(person.version))
        .exec(tx.db())
        .await?;
    if changed.rows_affected == 0 {
        return Err(StoreError::Conflict { kind: "person", id: person.id.to_string() });
    }
    Ok(())
}

/// The posts valid on a day, of one person or (none) of all.
///
/// # Errors
/// The database's.
pub async fn posts(tx: &ReadTx, of: Option<PersonId>, on: NaiveDate) -> Result<Vec<PersonPost>, StoreError> {
    match of {
        Some(_) => load_posts(tx, of, on).await,
        None => Ok(tx.kept(&format!("posts on {on}"), load_posts(tx, None, on)).await?.to_vec()),
    }
}

async fn load_posts(tx: &ReadTx, of: Option<PersonId>, on: NaiveDate) -> Result<Vec<PersonPost>, StoreError> {
    let mut find = post::Entity::find()
        .filter(post::Column::ValidFrom.lte(on.to_string()))
        .filter(Condition::any().add(post::Column::ValidTo.is_null()).add(post::Column::ValidTo.gte(on.to_string())));
    if let Some(person) = of {
        find = find.filter(post::Column::PersonId.eq(person.to_string()));
    }
    let rows = find.order_by_asc(post::Column::Id).all(tx.db()).await?;
    rows.into_iter()
        .map(|row| {
            Ok(PersonPost {
                id: id(&row.id)?,
                person: id(&row.person_id)?,
                unit: id(&row.unit_id)?,
                role: read_word("post.role", &row.role)?,
                valid_from: day(&row.valid_from)?,
                valid_to: day_opt(row.valid_to.as_ref())?,
            })
        })
        .collect()
}

impl From<&PersonPost> for Post {
    fn from(post: &PersonPost) -> Self {
        Self { unit: post.unit, role: post.role }
    }
}

/// Adds a post.
///
/// # Errors
/// The database's.
pub async fn save_post(tx: &WriteTx, new: &PersonPost) -> Result<(), StoreError> {
    let row = post::Model {
        id: new.id.to_string(),
        person_id: new.person.to_string(),
        unit_id: new.unit.to_string(),
        role: word(&new.role)?,
        valid_from: new.valid_from.to_string(),
        valid_to: text_opt(new.valid_to.as_ref()),
    };
    post::Entity::insert(row.into_active_model()).exec_without_returning(tx.db()).await?;
    Ok(())
}

/// Ends a post with a last day.
///
/// # Errors
/// `not_found`, or the database's.
pub async fn post_end(tx: &WriteTx, post: uuid::Uuid, last: NaiveDate) -> Result<(), StoreError> {
    let changed = post::Entity::update_many()
        .col_expr(post::Column::ValidTo, Expr::value(last.to_string()))
        .filter(post::Column::Id.eq(post.to_string()))
        .exec(tx.db())
        .await?;
    if changed.rows_affected == 0 {
        return Err(StoreError::NotFound { kind: "post", id: post.to_string() });
    }
    Ok(())
}

/// All people lent to task forces, past and present.
///
/// # Errors
/// The database's.
pub async fn secondments(tx: &ReadTx) -> Result<Arc<Vec<SecondmentRow>>, StoreError> {
    tx.kept("secondments", load_secondments(tx)).await
}

async fn load_secondments(tx: &ReadTx) -> Result<Vec<SecondmentRow>, StoreError> {
    let rows = secondment::Entity::find().order_by_asc(secondment::Column::Id).all(tx.db()).await?;
    rows.into_iter()
        .map(|row| {
            Ok(SecondmentRow {
                id: id(&row.id)?,
                person: id(&row.person_id)?,
                home: id_opt(row.home_unit_id.as_ref())?,
                task_force: id(&row.task_force_id)?,
                valid_from: day(&row.valid_from)?,
                valid_to: day_opt(row.valid_to.as_ref())?,
            })
        })
        .collect()
}

/// Adds a secondment.
///
/// # Errors
/// The database's.
pub async fn save_secondment(tx: &WriteTx, new: &SecondmentRow) -> Result<(), StoreError> {
    let row = secondment::Model {
        id: new.id.to_string(),
        person_id: new.person.to_string(),
        home_unit_id: text_opt(new.home.as_ref()),
        task_force_id: new.task_force.to_string(),
        valid_from: new.valid_from.to_string(),
        valid_to: text_opt(new.valid_to.as_ref()),
    };
    secondment::Entity::insert(row.into_active_model()).exec_without_returning(tx.db()).await?;
    Ok(())
}

/// Ends secondments with a last day.
///
/// # Errors
/// The database's.
pub async fn drop_secondments(tx: &WriteTx, ended: &[uuid::Uuid], last: NaiveDate) -> Result<(), StoreError> {
    secondment::Entity::update_many()
        .col_expr(secondment::Column::ValidTo, Expr::value(last.to_string()))
        .filter(secondment::Column::Id.is_in(ended.iter().map(ToString::to_string)))
        .exec(tx.db())
        .await?;
    Ok(())
}

/// Which units take part in which task force.
///
/// # Errors
/// The database's.
pub async fn task_force_members(tx: &ReadTx) -> Result<Vec<TaskForceMember>, StoreError> {
    let rows = task_force_member::Entity::find().all(tx.db()).await?;
    let mut members = rows
        .into_iter()
        .map(|row| {
            Ok(TaskForceMember {
                task_force: id(&row.task_force_id)?,
                unit: id(&row.unit_id)?,
                duty: read_word("task_force_member.duty", &row.duty)?,
            })
        })
        .collect::<Result<Vec<_>, StoreError>>()?;
    members.sort();
    Ok(members)
}

/// Replaces the units of a task force.
///
/// # Errors
/// The database's.
pub async fn save_task_force_members(
    tx: &WriteTx,
    task_force: UnitId,
    members: &[(UnitId, TaskForceDuty)],
) -> Result<(), StoreError> {
    task_force_member::Entity::delete_many()
        .filter(task_force_member::Column::TaskForceId.eq(task_force.to_string()))
        .exec(tx.db())
        .await?;
    let rows = members
        .iter()
        .map(|(unit, duty)| {
            Ok(task_force_member::Model { task_force_id: task_force.to_string(), unit_id: unit.to_string(), duty: word(duty)? })
        })
        .collect::<Result<Vec<_>, StoreError>>()?;
    insert_all::<task_force_member::Entity, _>(tx.db(), rows).await
}
