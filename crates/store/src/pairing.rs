//! Visits that count under pairings: those made of paired areas and sites, and finished visits of rounds.

use chrono::NaiveDate;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, FromQueryResult, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use yipanqi_domain::id::{PersonId, SiteId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::pairing::Paired;

use crate::entity::{pairing_visit, visit};
use crate::error::StoreError;
use crate::round::hidden;
use crate::tx::ReadTx;
use crate::value::{day, id, id_opt, moment};
use crate::write::WriteTx;

/// A visit of a paired area or site without a checklist.
#[doc(alias = "包联走访")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PairingVisit {
    /// Identity.
    pub id: Uuid,
    /// Who was there.
    pub person: PersonId,
    /// Where.
    pub with: Paired,
    /// When.
    pub on: NaiveDate,
    /// What was seen and done.
    pub note: String,
    /// When it was written down.
    pub made_at: Moment,
}

/// Keeps a visit.
///
/// # Errors
/// The database's.
pub async fn add(tx: &WriteTx, made: &PairingVisit) -> Result<(), StoreError> {
    let (area, site) = match made.with {
        Paired::Area(area) => (Some(area.to_string()), None),
        Paired::Site(site) => (None, Some(site.to_string())),
    };
    let row = pairing_visit::Model {
        id: made.id.to_string(),
        person_id: made.person.to_string(),
        area_unit_id: area,
        site_id: site,
        visited_on: made.on.to_string(),
        note: made.note.clone(),
        made_at: made.made_at.stored(),
    };
    row.into_active_model().reset_all().insert(tx.db()).await?;
    Ok(())
}

/// The visits made from one day to another, both included, in their order.
///
/// # Errors
/// The database's.
pub async fn made(tx: &ReadTx, from: NaiveDate, to: NaiveDate) -> Result<Vec<PairingVisit>, StoreError> {
    let rows = pairing_visit::Entity::find()
        .filter(pairing_visit::Column::VisitedOn.between(from.to_string(), to.to_string()))
        .order_by_asc(pairing_visit::Column::VisitedOn)
        .order_by_asc(pairing_visit::Column::Id)
        .all(tx.db())
        .await?;
    let read = |row: pairing_visit::Model| {
        let with = match (id_opt(row.area_unit_id.as_ref())?, id_opt(row.site_id.as_ref())?) {
            (Some(area), _) => Paired::Area(area),
            (None, Some(site)) => Paired::Site(site),
            (None, None) => return Err(StoreError::Stored { what: "pairing_visit", text: row.id }),
        };
        Ok(PairingVisit {
            id: id(&row.id)?,
            person: id(&row.person_id)?,
            with,
            on: day(&row.visited_on)?,
            made_at: moment(&row.made_at)?,
            note: row.note,
        })
    };
    rows.into_iter().map(read).collect()
}

/// Who finished a visit of which site in a round that may be seen, from one moment until before another.
///
/// # Errors
/// The database's.
pub async fn inspected(tx: &ReadTx, from: Moment, until: Moment) -> Result<Vec<(PersonId, SiteId, Moment)>, StoreError> {
    #[derive(FromQueryResult)]
    struct Finished {
        person: String,
        site: String,
        at: String,
    }
    let rows = visit::Entity::find()
        .select_only()
        .column_as(visit::Column::InspectorId, "person")
        .column_as(visit::Column::SiteId, "site")
        .column_as(visit::Column::FinishedAt, "at")
        .filter(visit::Column::InspectorId.is_not_null())
        .filter(visit::Column::FinishedAt.gte(from.stored()))
        .filter(visit::Column::FinishedAt.lt(until.stored()))
        .filter(visit::Column::RoundId.not_in_subquery(hidden()))
        .into_model::<Finished>()
        .all(tx.db())
        .await?;
    let aliases = crate::site::aliases(tx).await?;
    rows.iter().map(|row| Ok((id(&row.person)?, aliases.kept(id(&row.site)?), moment(&row.at)?))).collect()
}
