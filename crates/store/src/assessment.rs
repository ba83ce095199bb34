//! Assessments of units: dated policies, drafts, frozen publications with their corrections, and appeals.
//!
//! Policy, inputs and outcome of a published assessment are kept as the text that was hashed; nothing writes them again.

use chrono::NaiveDate;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, FromQueryResult, IntoActiveModel, Iterable, QueryFilter, QueryOrder, QuerySelect,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use yipanqi_domain::assessment::AppealState;
use yipanqi_domain::id::{RoundId, UnitId};
use yipanqi_domain::moment::Moment;

use crate::entity::{appeal, assessment, assessment_policy};
use crate::error::StoreError;
use crate::tx::ReadTx;
use crate::value::{day, id, id_opt, moment, moment_opt, read_word, text_opt, word};
use crate::write::WriteTx;

/// A policy of assessment, in force from a day on until the next one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyRow {
    /// Identity.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// The first day on which it holds.
    pub effective_on: NaiveDate,
    /// The policy as JSON.
    pub body: String,
    /// Who made it.
    pub made_by: String,
    /// When.
    pub made_at: Moment,
}

/// Whether an assessment may still change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AssessmentState {
    /// Being prepared.
    Draft,
    /// Frozen.
    Published,
}

/// An assessment with everything it was made of, as text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssessmentRow {
    /// Identity.
    pub id: Uuid,
    /// Identity of its first version.
    pub series: Uuid,
    /// 1 for the first version; each correction is one more.
    pub ordinal: i64,
    /// Its name.
    pub name: String,
    /// First day of the period.
    pub from: NaiveDate,
    /// Last day of the period.
    pub until: NaiveDate,
    /// The round whose field score counts.
    pub round: Option<RoundId>,
    /// Draft or published.
    pub state: AssessmentState,
    /// The policy's identity.
    pub policy_id: Uuid,
    /// The policy as it was, as JSON.
    pub policy: String,
    /// Facts and events entered by hand, as JSON.
    pub entered: String,
    /// All inputs, as JSON.
    pub inputs: String,
    /// The outcome, as JSON.
    pub outcome: String,
    /// SHA-256 of the outcome's text, in hexadecimal.
    pub outcome_hash: String,
    /// What was corrected against the version before, as JSON.
    pub corrections: String,
    /// Why it was corrected.
    pub reason: String,
    /// When it was published.
    pub published_at: Option<Moment>,
    /// The end of the window for appeals.
    pub appeal_until: Option<Moment>,
    /// Who made it.
    pub made_by: String,
    /// When.
    pub made_at: Moment,
    /// One more with every change.
    pub version: i64,
}

/// An assessment without what it was made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssessmentHead {
    /// Identity.
    pub id: Uuid,
    /// Identity of its first version.
    pub series: Uuid,
    /// 1 for the first version; each correction is one more.
    pub ordinal: i64,
    /// Its name.
    pub name: String,
    /// First day of the period.
    pub from: NaiveDate,
    /// Last day of the period.
    pub until: NaiveDate,
    /// The round whose field score counts.
    pub round: Option<RoundId>,
    /// Draft or published.
    pub state: AssessmentState,
    /// SHA-256 of the outcome's text, in hexadecimal.
    pub outcome_hash: String,
    /// Why it was corrected.
    pub reason: String,
    /// When it was published.
    pub published_at: Option<Moment>,
    /// The end of the window for appeals.
    pub appeal_until: Option<Moment>,
    /// One more with every change.
    pub version: i64,
}

impl AssessmentRow {
    /// The same without what it was made of.
    #[must_use]
    pub fn head(&self) -> AssessmentHead {
        AssessmentHead {
            id: self.id,
            series: self.series,
            ordinal: self.ordinal,
            name: self.name.clone(),
            from: self.from,
            until: self.until,
            round: self.round,
            state: self.state,
            outcome_hash: self.outcome_hash.clone(),
            reason: self.reason.clone(),
            published_at: self.published_at,
            appeal_until: self.appeal_until,
            version: self.version,
        }
    }
}

/// A unit's appeal.
#[doc(alias = "申诉")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppealRow {
    /// Identity.
    pub id: Uuid,
    /// The published assessment.
    pub assessment: Uuid,
    /// The unit.
    pub unit: UnitId,
    /// The component or event it is about; empty for the whole.
    pub subject: String,
    /// Why.
    pub reason: String,
    /// How far it is.
    pub state: AppealState,
    /// The end of its window.
    pub until: Moment,
    /// Who filed it.
    pub filed_by: String,
    /// When.
    pub filed_at: Moment,
    /// What was decided.
    pub decision: String,
    /// By whom.
    pub decided_by: String,
    /// When.
    pub decided_at: Option<Moment>,
    /// One more with every change.
    pub version: i64,
}

/// Keeps a policy; earlier ones stay.
///
/// # Errors
/// The database's.
pub async fn add_policy(tx: &WriteTx, new: &PolicyRow) -> Result<(), StoreError> {
    let model = assessment_policy::Model {
        id: new.id.to_string(),
        name: new.name.clone(),
        effective_on: new.effective_on.to_string(),
        body: new.body.clone(),
        made_by: new.made_by.clone(),
        made_at: new.made_at.stored(),
    };
    assessment_policy::Entity::insert(model.into_active_model()).exec_without_returning(tx.db()).await?;
    Ok(())
}

/// All policies, newest day first; of one day the one made last.
///
/// # Errors
/// The database's.
pub async fn policies(tx: &ReadTx) -> Result<Vec<PolicyRow>, StoreError> {
    let rows = assessment_policy::Entity::find()
        .order_by_desc(assessment_policy::Column::EffectiveOn)
        .order_by_desc(assessment_policy::Column::Id)
        .all(tx.db())
        .await?;
    rows.into_iter()
        .map(|row| {
            Ok(PolicyRow {
                id: id(&row.id)?,
                effective_on: day(&row.effective_on)?,
                made_at: moment(&row.made_at)?,
                name: row.name,
                body: row.body,
                made_by: row.made_by,
            })
        })
        .collect()
}

fn model(row: &AssessmentRow) -> Result<assessment::Model, StoreError> {
    Ok(assessment::Model {
        id: row.id.to_string(),
        series_id: row.series.to_string(),
        ordinal: row.ordinal,
        name: row.name.clone(),
        from_day: row.from.to_string(),
        until_day: row.until.to_string(),
        round_id: text_opt(row.round.as_ref()),
        state: word(&row.state)?,
        policy_id: row.policy_id.to_string(),
        policy: row.policy.clone(),
        entered: row.entered.clone(),
        inputs: row.inputs.clone(),
        outcome: row.outcome.clone(),
        outcome_hash: row.outcome_hash.clone(),
        corrections: row.corrections.clone(),
        reason: row.reason.clone(),
        published_at: row.published_at.map(Moment::stored),
        appeal_until: row.appeal_until.map(Moment::stored),
        made_by: row.made_by.clone(),
        made_at: row.made_at.stored(),
        version: row.version + 1,
    })
}

fn read(row: assessment::Model) -> Result<AssessmentRow, StoreError> {
    Ok(AssessmentRow {
        id: id(&row.id)?,
        series: id(&row.series_id)?,
        from: day(&row.from_day)?,
        until: day(&row.until_day)?,
        round: id_opt(row.round_id.as_ref())?,
        state: read_word("assessment.state", &row.state)?,
        policy_id: id(&row.policy_id)?,
        published_at: moment_opt(row.published_at.as_ref())?,
        appeal_until: moment_opt(row.appeal_until.as_ref())?,
        made_at: moment(&row.made_at)?,
        ordinal: row.ordinal,
        name: row.name,
        policy: row.policy,
        entered: row.entered,
        inputs: row.inputs,
        outcome: row.outcome,
        outcome_hash: row.outcome_hash,
        corrections: row.corrections,
        reason: row.reason,
        made_by: row.made_by,
        version: row.version,
    })
}

/// Adds a version of an assessment (its `version` is 0).
///
/// # Errors
/// The database's.
pub async fn add(tx: &WriteTx, new: &AssessmentRow) -> Result<(), StoreError> {
    assessment::Entity::insert(model(new)?.into_active_model()).exec_without_returning(tx.db()).await?;
    Ok(())
}

/// Replaces a draft read with `row.version`; a published one is never replaced.
///
/// # Errors
/// `version_conflict` if somebody changed or published it since, or the database's.
pub async fn save(tx: &WriteTx, row: &AssessmentRow) -> Result<(), StoreError> {
    let changed = assessment::Entity::update_many()
        .set(model(row)?.into_active_model().reset_all())
        .filter(assessment::Column::Id.eq(row.id.to_string()))
        .filter(assessment::Column::Version.eq(row.version))
        .filter(assessment::Column::State.eq("draft"))
        .exec(tx.db())
        .await?;
    if changed.rows_affected == 1 { Ok(()) } else { Err(StoreError::Conflict { kind: "assessment", id: row.id.to_string() }) }
}

/// One version of an assessment.
///
/// # Errors
/// `not_found`, or the database's.
pub async fn get(tx: &ReadTx, wanted: Uuid) -> Result<AssessmentRow, StoreError> {
    let row = assessment::Entity::find_by_id(wanted.to_string()).one(tx.db()).await?;
    read(row.ok_or_else(|| StoreError::NotFound { kind: "assessment", id: wanted.to_string() })?)
}

/// All versions of all assessments, newest period first, newest version first.
///
/// # Errors
/// The database's.
pub async fn list(tx: &ReadTx) -> Result<Vec<AssessmentHead>, StoreError> {
    use assessment::Column;
    let columns = Column::iter().filter(|column| {
        !matches!(column, Column::Policy | Column::Entered | Column::Inputs | Column::Outcome | Column::Corrections)
    });
    let rows = assessment::Entity::find()
        .select_only()
        .columns(columns)
        .order_by_desc(Column::UntilDay)
        .order_by_desc(Column::SeriesId)
        .order_by_desc(Column::Ordinal)
        .into_model::<Head>()
        .all(tx.db())
        .await?;
    let head = |row: Head| {
        Ok(AssessmentHead {
            id: id(&row.id)?,
            series: id(&row.series_id)?,
            from: day(&row.from_day)?,
            until: day(&row.until_day)?,
            round: id_opt(row.round_id.as_ref())?,
            state: read_word("assessment.state", &row.state)?,
            published_at: moment_opt(row.published_at.as_ref())?,
            appeal_until: moment_opt(row.appeal_until.as_ref())?,
            ordinal: row.ordinal,
            name: row.name,
            outcome_hash: row.outcome_hash,
            reason: row.reason,
            version: row.version,
        })
    };
    rows.into_iter().map(head).collect()
}

#[derive(FromQueryResult)]
struct Head {
    id: String,
    series_id: String,
    ordinal: i64,
    name: String,
    from_day: String,
    until_day: String,
    round_id: Option<String>,
    state: String,
    outcome_hash: String,
    reason: String,
    published_at: Option<String>,
    appeal_until: Option<String>,
    version: i64,
}

fn appeal_model(row: &AppealRow) -> Result<appeal::Model, StoreError> {
    Ok(appeal::Model {
        id: row.id.to_string(),
        assessment_id: row.assessment.to_string(),
        unit_id: row.unit.to_string(),
        subject: row.subject.clone(),
        reason: row.reason.clone(),
        state: word(&row.state)?,
        until: row.until.stored(),
        filed_by: row.filed_by.clone(),
        filed_at: row.filed_at.stored(),
        decision: row.decision.clone(),
        decided_by: row.decided_by.clone(),
        decided_at: row.decided_at.map(Moment::stored),
        version: row.version + 1,
    })
}

fn read_appeal(row: appeal::Model) -> Result<AppealRow, StoreError> {
    Ok(AppealRow {
        id: id(&row.id)?,
        assessment: id(&row.assessment_id)?,
        unit: id(&row.unit_id)?,
        state: read_word("appeal.state", &row.state)?,
        until: moment(&row.until)?,
        filed_at: moment(&row.filed_at)?,
        decided_at: moment_opt(row.decided_at.as_ref())?,
        subject: row.subject,
        reason: row.reason,
        filed_by: row.filed_by,
        decision: row.decision,
        decided_by: row.decided_by,
        version: row.version,
    })
}

/// Files an appeal (its `version` is 0).
///
/// # Errors
/// The database's.
pub async fn add_appeal(tx: &WriteTx, new: &AppealRow) -> Result<(), StoreError> {
    appeal::Entity::insert(appeal_model(new)?.into_active_model()).exec_without_returning(tx.db()).await?;
    Ok(())
}

/// Replaces an appeal read with `row.version`.
///
/// # Errors
/// `version_conflict` if somebody decided it since, or the database's.
pub async fn save_appeal(tx: &WriteTx, row: &AppealRow) -> Result<(), StoreError> {
    let changed = appeal::Entity::update_many()
        .set(appeal_model(row)?.into_active_model().reset_all())
        .filter(appeal::Column::Id.eq(row.id.to_string()))
        .filter(appeal::Column::Version.eq(row.version))
        .exec(tx.db())
        .await?;
    if changed.rows_affected == 1 { Ok(()) } else { Err(StoreError::Conflict { kind: "appeal", id: row.id.to_string() }) }
}

/// One appeal.
///
/// # Errors
/// `not_found`, or the database's.
pub async fn appeal(tx: &ReadTx, wanted: Uuid) -> Result<AppealRow, StoreError> {
    let row = appeal::Entity::find_by_id(wanted.to_string()).one(tx.db()).await?;
    read_appeal(row.ok_or_else(|| StoreError::NotFound { kind: "appeal", id: wanted.to_string() })?)
}

/// The appeals against these versions, oldest first.
///
/// # Errors
/// The database's.
pub async fn appeals(tx: &ReadTx, of: &[Uuid]) -> Result<Vec<AppealRow>, StoreError> {
    let rows = appeal::Entity::find()
        .filter(appeal::Column::AssessmentId.is_in(of.iter().map(ToString::to_string)))
        .order_by_asc(appeal::Column::Id)
        .all(tx.db())
        .await?;
    rows.into_iter().map(read_appeal).collect()
}
