//! Plans of grid patrols and what was walked. Tracks and positions of persons are not kept.

use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDate;
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ActiveModelTrait, ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use yipanqi_domain::id::{PersonId, ProblemId, UnitId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::patrol::{PatrolPlan, Walk};

use crate::entity::{patrol, patrol_plan, patrol_problem};
use crate::error::StoreError;
use crate::problem::hidden;
use crate::tx::ReadTx;
use crate::value::{day, day_opt, id, id_opt, json, moment, read_json, text_opt};
use crate::write::WriteTx;

/// A plan of a grid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptPlan {
    /// Identity.
    pub id: Uuid,
    /// The grid.
    pub unit: UnitId,
    /// Its name, unique in the grid.
    pub name: String,
    /// Who walks it; none: whoever keeps the grid.
    pub person: Option<PersonId>,
    /// What it asks.
    pub plan: PatrolPlan,
    /// One more with every change; 0: new.
    pub version: i64,
}

/// What somebody has walked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptWalk {
    /// Identity, made where it was walked.
    pub id: Uuid,
    /// Of which plan.
    pub plan: Uuid,
    /// Who.
    pub person: PersonId,
    /// That person's name then.
    pub person_name: String,
    /// The day.
    pub on: NaiveDate,
    /// When, and where one looked.
    pub walk: Walk,
    /// Remark.
    pub note: String,
    /// When it was written down here.
    pub made_at: Moment,
}

fn read_plan(row: patrol_plan::Model) -> Result<KeptPlan, StoreError> {
    let mut plan: PatrolPlan = read_json("patrol_plan", &row.body)?;
    (plan.from, plan.to) = (day(&row.from_on)?, day_opt(row.to_on.as_ref())?);
    Ok(KeptPlan {
        id: id(&row.id)?,
        unit: id(&row.unit_id)?,
        person: id_opt(row.person_id.as_ref())?,
        name: row.name,
        plan,
        version: row.version,
    })
}

fn read_walk(row: patrol::Model) -> Result<KeptWalk, StoreError> {
    Ok(KeptWalk {
        id: id(&row.id)?,
        plan: id(&row.plan_id)?,
        person: id(&row.person_id)?,
        on: day(&row.walked_on)?,
        walk: Walk {
            begun_at: moment(&row.begun_at)?,
            ended_at: moment(&row.ended_at)?,
            looked: read_json("patrol.looked", &row.looked)?,
        },
        person_name: row.person_name,
        note: row.note,
        made_at: moment(&row.made_at)?,
    })
}

/// The plans of these units (none: of every unit), by unit and name.
///
/// # Errors
/// The database's.
pub async fn plans(tx: &ReadTx, units: Option<&BTreeSet<UnitId>>) -> Result<Vec<KeptPlan>, StoreError> {
    let mut find = patrol_plan::Entity::find();
    if let Some(units) = units {
        find = find.filter(patrol_plan::Column::UnitId.is_in(units.iter().map(ToString::to_string)));
    }
    let rows = find.order_by_asc(patrol_plan::Column::UnitId).order_by_asc(patrol_plan::Column::Name).all(tx.db()).await?;
    rows.into_iter().map(read_plan).collect()
}

/// The plan of this identity, if there is one.
///
/// # Errors
/// The database's.
pub async fn plan(tx: &ReadTx, wanted: Uuid) -> Result<Option<KeptPlan>, StoreError> {
    patrol_plan::Entity::find_by_id(wanted.to_string()).one(tx.db()).await?.map(read_plan).transpose()
}

/// Adds a plan (`version` 0) or replaces the one read with `version`.
///
/// # Errors
/// `patrol_plan_name_taken`, `version_conflict`, or the database's.
pub async fn save_plan(tx: &WriteTx, saved: &KeptPlan) -> Result<(), StoreError> {
    let row = patrol_plan::Model {
        id: saved.id.to_string(),
        unit_id: saved.unit.to_string(),
        name: saved.name.clone(),
        person_id: text_opt(saved.person.as_ref()),
        from_on: saved.plan.from.to_string(),
        to_on: text_opt(saved.plan.to.as_ref()),
        body: json(&saved.plan)?,
        version: saved.version + 1,
    };
    if saved.version == 0 {
        patrol_plan::Entity::insert(row.into_active_model()).exec_without_returning(tx.db()).await?;
        return Ok(());
    }
    let changed = patrol_plan::Entity::update_many()
        .set(row.into_active_model().reset_all())
        .filter(patrol_plan::Column::Id.eq(saved.id.to_string()))
        .filter(patrol_plan::Column::Version.eq(saved.version))
        .exec(tx.db())
        .await?;
    if changed.rows_affected == 0 {
        return Err(StoreError::Conflict { kind: "patrol_plan", id: saved.id.to_string() });
    }
    Ok(())
}

/// Keeps what somebody has walked.
///
/// # Errors
/// `patrol_known` for an identity that is there, or the database's.
pub async fn add(tx: &WriteTx, kept: &KeptWalk) -> Result<(), StoreError> {
    let row = patrol::Model {
        id: kept.id.to_string(),
        plan_id: kept.plan.to_string(),
        person_id: kept.person.to_string(),
        person_name: kept.person_name.clone(),
        walked_on: kept.on.to_string(),
        begun_at: kept.walk.begun_at.stored(),
        ended_at: kept.walk.ended_at.stored(),
        looked: json(&kept.walk.looked)?,
        note: kept.note.clone(),
        made_at: kept.made_at.stored(),
    };
    patrol::Entity::insert(row.into_active_model()).exec_without_returning(tx.db()).await?;
    Ok(())
}

/// What was walked of these plans from one day to another, both included, in its order.
///
/// # Errors
/// The database's.
pub async fn walks(tx: &ReadTx, plans: &[Uuid], from: NaiveDate, to: NaiveDate) -> Result<Vec<KeptWalk>, StoreError> {
    let mut walks = Vec::new();
    for chunk in plans.chunks(500) {
        let rows = patrol::Entity::find()
            .filter(patrol::Column::PlanId.is_in(chunk.iter().map(ToString::to_string)))
            .filter(patrol::Column::WalkedOn.between(from.to_string(), to.to_string()))
            .order_by_asc(patrol::Column::BegunAt)
            .order_by_asc(patrol::Column::Id)
            .all(tx.db())
            .await?;
        for row in rows {
            walks.push(read_walk(row)?);
        }
    }
    Ok(walks)
}

/// Whose walk this is, if it has arrived or a problem was told of on it.
///
/// # Errors
/// The database's.
pub async fn walker(tx: &ReadTx, wanted: Uuid) -> Result<Option<PersonId>, StoreError> {
    let wanted = wanted.to_string();
    let row = patrol::Entity::find_by_id(&wanted).one(tx.db()).await?.map(|row| row.person_id);
    let told = match row {
        Some(person) => Some(person),
        None => {
            let row = patrol_problem::Entity::find().filter(patrol_problem::Column::PatrolId.eq(&wanted)).one(tx.db()).await?;
            row.map(|row| row.person_id)
        }
    };
    told.map(|person| id(&person)).transpose()
}

/// Links a problem to the walk on which it was reported.
///
/// # Errors
/// The database's.
pub async fn link(tx: &WriteTx, walk: Uuid, problem: ProblemId, person: PersonId) -> Result<(), StoreError> {
    let row =
        patrol_problem::Model { problem_id: problem.to_string(), patrol_id: walk.to_string(), person_id: person.to_string() };
    patrol_problem::Entity::insert(row.into_active_model()).exec_without_returning(tx.db()).await?;
    Ok(())
}

/// The problems reported on these walks, as far as a reader of this reach may count them.
///
/// # Errors
/// The database's.
pub async fn reported(
    tx: &ReadTx,
    walks: &[Uuid],
    reach: Option<&BTreeSet<UnitId>>,
) -> Result<HashMap<Uuid, Vec<ProblemId>>, StoreError> {
    let mut found: HashMap<Uuid, Vec<ProblemId>> = HashMap::new();
    for chunk in walks.chunks(500) {
        let rows: Vec<(String, String)> = patrol_problem::Entity::find()
            .select_only()
            .column(patrol_problem::Column::PatrolId)
            .column(patrol_problem::Column::ProblemId)
            .filter(patrol_problem::Column::PatrolId.is_in(chunk.iter().map(ToString::to_string)))
            .filter(
                Condition::all().add_option(reach.map(|reach| patrol_problem::Column::ProblemId.not_in_subquery(hidden(reach)))),
            )
            .order_by_asc(patrol_problem::Column::ProblemId)
            .into_tuple()
            .all(tx.db())
            .await?;
        for (walk, problem) in rows {
            found.entry(id(&walk)?).or_default().push(id(&problem)?);
        }
    }
    Ok(found)
}

/// The problems reported on walks of these plans.
pub(crate) fn problems_of(plans: &[Uuid]) -> SelectStatement {
    let walks = Query::select()
        .column(patrol::Column::Id)
        .from(patrol::Entity)
        .and_where(Expr::col((patrol::Entity, patrol::Column::PlanId)).is_in(plans.iter().map(ToString::to_string)))
        .to_owned();
    Query::select()
        .column(patrol_problem::Column::ProblemId)
        .from(patrol_problem::Entity)
        .and_where(Expr::col((patrol_problem::Entity, patrol_problem::Column::PatrolId)).in_subquery(walks))
        .to_owned()
}
