//! One action per intention: draft, enter, refresh, publish, appeal, decide.

use sha2::{Digest as _, Sha256};
use uuid::Uuid;
use yipanqi_domain::assessment::{
    self as rules, Appeal, AppealRefusal, AppealState, AssessmentEvent, AssessmentPolicy, Correction, CorrectionMisfit, Fact,
    UnitInputs,
};
use yipanqi_domain::calendar::Limit;
use yipanqi_store::assessment::{self as store, AppealRow, AssessmentRow, AssessmentState};
use yipanqi_store::{ReadTx, StoreError, WriteTx, calendar};

use super::gather::{self, Entered, Span};
use super::policy;
use super::views::{CreateAssessment, DecideAppeal, EnterEvent, EnterFact, FileAppeal, VerifiedView};
use crate::error::Error;
use crate::request::CityCtx;
use crate::round;
use crate::score::figures;

/// One version, or `assessment_not_found`.
///
/// # Errors
/// `assessment_not_found`, or the database's.
pub async fn get(tx: &ReadTx, id: Uuid) -> Result<AssessmentRow, Error> {
    store::get(tx, id).await.map_err(|error| match error {
        StoreError::NotFound { .. } => Error::new("assessment_not_found"),
        other => other.into(),
    })
}

/// What the work of a period gives under the policy in force.
pub struct Gathered {
    policy_id: Uuid,
    policy: AssessmentPolicy,
    inputs: Vec<UnitInputs>,
}

/// Gathers the work of a period, before the write transaction is opened, which would wait for it.
///
/// # Errors
/// `round_not_found`, `round_without_edition`, or the database's.
pub async fn gathered(ctx: &CityCtx, span: Span) -> Result<Gathered, Error> {
    let figures = match span.round {
        Some(id) => {
            let round = round::get(ctx, &ctx.read().await?, id).await?;
            Some(figures::current(&ctx.city, ctx.author(), ctx.moment, &round).await?)
        }
        None => None,
    };
    let tx = ctx.read().await?;
    let (policy_id, policy) = policy::in_force(&tx, span.until).await?;
    let inputs = gather::gather(&tx, &ctx.tree, &policy, span, figures.as_ref()).await?;
    Ok(Gathered { policy_id, policy, inputs })
}

/// Gathers the work of the period of an assessment that exists.
///
/// # Errors
/// `assessment_not_found`, or as [`gathered`].
pub async fn gathered_for(ctx: &CityCtx, id: Uuid) -> Result<Gathered, Error> {
    let row = get(&ctx.read().await?, id).await?;
    gathered(ctx, Span { from: row.from, until: row.until, round: row.round }).await
}

fn text(value: &impl serde::Serialize) -> Result<String, Error> {
    serde_json::to_string(value).map_err(Error::internal)
}

fn hash(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

/// Puts inputs and their outcome into a version.
fn fill(row: &mut AssessmentRow, policy: &AssessmentPolicy, inputs: &[UnitInputs]) -> Result<(), Error> {
    row.policy = text(policy)?;
    row.inputs = text(&inputs)?;
    row.outcome = text(&rules::assess(policy, inputs))?;
    row.outcome_hash = hash(&row.outcome);
    Ok(())
}

/// Puts what was gathered, and over it what was entered, into a draft.
fn take(row: &mut AssessmentRow, gathered: Gathered) -> Result<(), Error> {
    let Gathered { policy_id, policy, mut inputs } = gathered;
    serde_json::from_str::<Entered>(&row.entered).map_err(Error::internal)?.over(&mut inputs);
    row.policy_id = policy_id;
    fill(row, &policy, &inputs)
}

/// Makes a draft from the work of the period.
///
/// # Errors
/// What is wrong with the request, or the database's.
pub async fn create(
    ctx: &CityCtx,
    tx: &mut WriteTx,
    input: &CreateAssessment,
    gathered: Gathered,
) -> Result<AssessmentRow, Error> {
    if input.name.trim().is_empty() {
        return Err(Error::invalid("name", "required"));
    }
    if input.until < input.from {
        return Err(Error::invalid("until", "period_reversed"));
    }
    let id = Uuid::now_v7();
    let mut row = AssessmentRow {
        id,
        series: id,
        ordinal: 1,
        name: input.name.trim().to_owned(),
        from: input.from,
        until: input.until,
        round: input.round_id,
        state: AssessmentState::Draft,
        policy_id: Uuid::nil(),
        policy: String::new(),
        entered: text(&Entered::default())?,
        inputs: String::new(),
        outcome: String::new(),
        outcome_hash: String::new(),
        corrections: "[]".to_owned(),
        reason: String::new(),
        published_at: None,
        appeal_until: None,
        made_by: ctx.name.clone(),
        made_at: ctx.moment,
        version: 0,
    };
    take(&mut row, gathered)?;
    store::add(tx, &row).await?;
    row.version += 1;
    noted(tx, "assessment.create", &row)?;
    Ok(row)
}

fn noted(tx: &mut WriteTx, action: &str, row: &AssessmentRow) -> Result<(), Error> {
    let entry = (&row.name, row.ordinal, &row.outcome_hash, &row.reason);
    tx.audit(action, "assessment", &row.id.to_string(), &entry)?;
    tx.event("score", &row.id.to_string(), &[])?;
    Ok(())
}

/// A draft as it was seen.
async fn draft(tx: &ReadTx, id: Uuid, version: i64) -> Result<AssessmentRow, Error> {
    let row = get(tx, id).await?;
    match row.state {
        AssessmentState::Published => Err(Error::new("assessment_published")),
        AssessmentState::Draft if row.version != version => {
            Err(StoreError::Conflict { kind: "assessment", id: id.to_string() }.into())
        }
        AssessmentState::Draft => Ok(row),
    }
}

async fn saved(tx: &mut WriteTx, mut row: AssessmentRow, gathered: Gathered, action: &str) -> Result<AssessmentRow, Error> {
    take(&mut row, gathered)?;
    store::save(tx, &row).await?;
    row.version += 1;
    noted(tx, action, &row)?;
    Ok(row)
}

/// Enters or takes back a unit's result of a component.
///
/// # Errors
/// What is wrong with the request, or the database's.
pub async fn enter_fact(
    ctx: &CityCtx,
    tx: &mut WriteTx,
    id: Uuid,
    input: &EnterFact,
    gathered: Gathered,
) -> Result<AssessmentRow, Error> {
    let mut row = draft(tx, id, input.version).await?;
    if !gathered.policy.components.iter().any(|component| component.key == input.component) {
        return Err(Error::invalid("component", "assessment_key_unknown"));
    }
    if ctx.tree.get(input.unit_id).is_none() {
        return Err(Error::invalid("unit_id", "unit_not_found"));
    }
    let mut entered: Entered = serde_json::from_str(&row.entered).map_err(Error::internal)?;
    let of_unit = entered.facts.entry(input.unit_id).or_default();
    match &input.possible {
        Some(possible) => {
            if input.source.trim().is_empty() {
                return Err(Error::invalid("source", "required"));
            }
            let fact = Fact {
                reached: input.reached.clone(),
                possible: possible.clone(),
                denominator: input.denominator,
                link: String::new(),
                source: input.source.trim().to_owned(),
                interval: None,
                parts: Vec::new(),
            };
            if !fact.can_be() {
                return Err(Error::invalid("reached", "assessment_fact_out_of_range"));
            }
            of_unit.insert(input.component.clone(), fact);
        }
        None => {
            of_unit.remove(&input.component);
        }
    }
    row.entered = text(&entered)?;
    saved(tx, row, gathered, "assessment.enter").await
}

/// Enters a bonus or a deduction of a unit.
///
/// # Errors
/// What is wrong with the request, or the database's.
pub async fn enter_event(
    ctx: &CityCtx,
    tx: &mut WriteTx,
    id: Uuid,
    input: &EnterEvent,
    gathered: Gathered,
) -> Result<AssessmentRow, Error> {
    let mut row = draft(tx, id, input.version).await?;
    let priced = (gathered.policy.adjustments.iter())
        .find(|adjustment| adjustment.key == input.adjustment)
        .is_some_and(|adjustment| adjustment.price(input.finder, input.repeats).is_some());
    if !priced {
        return Err(Error::invalid("adjustment", "assessment_key_unknown"));
    }
    if ctx.tree.get(input.unit_id).is_none() {
        return Err(Error::invalid("unit_id", "unit_not_found"));
    }
    if input.note.trim().is_empty() {
        return Err(Error::invalid("note", "required"));
    }
    let mut entered: Entered = serde_json::from_str(&row.entered).map_err(Error::internal)?;
    entered.events.entry(input.unit_id).or_default().push(AssessmentEvent {
        id: format!("entered:{}", input.command_id.uuid()),
        adjustment: input.adjustment.clone(),
        finder: input.finder,
        repeats: input.repeats,
        count: input.count,
        note: input.note.trim().to_owned(),
        link: String::new(),
    });
    row.entered = text(&entered)?;
    saved(tx, row, gathered, "assessment.enter").await
}

/// Gathers a draft anew.
///
/// # Errors
/// `assessment_published`, `version_conflict`, or the database's.
pub async fn refresh(tx: &mut WriteTx, id: Uuid, version: i64, gathered: Gathered) -> Result<AssessmentRow, Error> {
    let row = draft(tx, id, version).await?;
    saved(tx, row, gathered, "assessment.refresh").await
}

/// Freezes a draft as it was seen and opens the window for appeals.
///
/// # Errors
/// `assessment_published`, `version_conflict`, a year without calendar, or the database's.
pub async fn publish(ctx: &CityCtx, tx: &mut WriteTx, id: Uuid, version: i64) -> Result<AssessmentRow, Error> {
    let mut row = draft(tx, id, version).await?;
    let policy: AssessmentPolicy = serde_json::from_str(&row.policy).map_err(Error::internal)?;
    let calendar = calendar::load(tx).await?;
    row.appeal_until = Some(calendar.due(ctx.moment, Limit::WorkingDays { count: policy.appeal_days })?);
    row.published_at = Some(ctx.moment);
    row.state = AssessmentState::Published;
    store::save(tx, &row).await?;
    row.version += 1;
    noted(tx, "assessment.publish", &row)?;
    Ok(row)
}

/// Computes a version anew from its frozen policy and inputs and compares the bytes.
///
/// # Errors
/// What was kept cannot be read.
pub fn verified(row: &AssessmentRow) -> Result<VerifiedView, Error> {
    let policy: AssessmentPolicy = serde_json::from_str(&row.policy).map_err(Error::internal)?;
    let inputs: Vec<UnitInputs> = serde_json::from_str(&row.inputs).map_err(Error::internal)?;
    let again = text(&rules::assess(&policy, &inputs))?;
    Ok(VerifiedView {
        identical: again == row.outcome && hash(&row.outcome) == row.outcome_hash,
        published_hash: row.outcome_hash.clone(),
        computed_hash: hash(&again),
    })
}

fn refused(refusal: AppealRefusal) -> Error {
    match refusal {
        AppealRefusal::TooLate => Error::new("appeal_too_late"),
        AppealRefusal::Decided => Error::new("appeal_decided"),
    }
}

/// Files a unit's appeal within the window.
///
/// # Errors
/// `assessment_not_published`, `appeal_too_late`, `appeal_unit_not_assessed`, or the database's.
pub async fn appeal(ctx: &CityCtx, tx: &mut WriteTx, id: Uuid, input: &FileAppeal) -> Result<AppealRow, Error> {
    let row = get(tx, id).await?;
    let until = row.appeal_until.filter(|_| row.state == AssessmentState::Published);
    let until = until.ok_or_else(|| Error::new("assessment_not_published"))?;
    ctx.allow(&[input.unit_id])?;
    let inputs: Vec<UnitInputs> = serde_json::from_str(&row.inputs).map_err(Error::internal)?;
    if !inputs.iter().any(|unit| unit.unit == input.unit_id) {
        return Err(Error::invalid("unit_id", "appeal_unit_not_assessed"));
    }
    if input.reason.trim().is_empty() {
        return Err(Error::invalid("reason", "required"));
    }
    let filed = Appeal::file(until, ctx.moment).map_err(refused)?;
    let mut new = AppealRow {
        id: Uuid::now_v7(),
        assessment: row.id,
        unit: input.unit_id,
        subject: input.subject.clone(),
        reason: input.reason.trim().to_owned(),
        state: filed.state,
        until,
        filed_by: ctx.name.clone(),
        filed_at: ctx.moment,
        decision: String::new(),
        decided_by: String::new(),
        decided_at: None,
        version: 0,
    };
    store::add_appeal(tx, &new).await?;
    new.version += 1;
    tx.audit("appeal.file", "appeal", &new.id.to_string(), &new)?;
    tx.event("score", &row.id.to_string(), &[new.unit])?;
    Ok(new)
}

/// Decides an appeal; an accepted one publishes a new version of the newest one with the corrections.
///
/// # Errors
/// `appeal_not_found`, `appeal_decided`, `appeal_without_correction`, `correction_misfit`, `assessment_fact_out_of_range`, or
/// the database's.
pub async fn decide(ctx: &CityCtx, tx: &mut WriteTx, id: Uuid, input: &DecideAppeal) -> Result<AssessmentRow, Error> {
    let mut row = store::appeal(tx, id).await.map_err(|error| match error {
        StoreError::NotFound { .. } => Error::new("appeal_not_found"),
        other => other.into(),
    })?;
    let decided = Appeal { state: row.state, until: row.until }.decide(input.state).map_err(refused)?;
    if input.decision.trim().is_empty() {
        return Err(Error::invalid("decision", "required"));
    }
    row.state = decided.state;
    row.version = input.version;
    row.decision = input.decision.trim().to_owned();
    row.decided_by = ctx.name.clone();
    row.decided_at = Some(ctx.moment);
    store::save_appeal(tx, &row).await?;
    tx.audit(&format!("appeal.{}", row.state.as_str()), "appeal", &row.id.to_string(), &row)?;
    let against = get(tx, row.assessment).await?;
    let newest = match store::list(tx).await?.into_iter().find(|known| known.series == against.series) {
        Some(newest) => get(tx, newest.id).await?,
        None => against,
    };
    match decided.state {
        AppealState::Filed | AppealState::Rejected => {
            tx.event("score", &newest.id.to_string(), &[row.unit])?;
            Ok(newest)
        }
        AppealState::Accepted => correct(ctx, tx, newest, &input.corrections, &row.decision).await,
    }
}

async fn correct(
    ctx: &CityCtx,
    tx: &mut WriteTx,
    before: AssessmentRow,
    corrections: &[Correction],
    reason: &str,
) -> Result<AssessmentRow, Error> {
    if corrections.is_empty() {
        return Err(Error::invalid("corrections", "appeal_without_correction"));
    }
    let policy: AssessmentPolicy = serde_json::from_str(&before.policy).map_err(Error::internal)?;
    let inputs: Vec<UnitInputs> = serde_json::from_str(&before.inputs).map_err(Error::internal)?;
    let inputs = rules::corrected(&policy, &inputs, corrections).map_err(|misfit| match misfit {
        CorrectionMisfit::Unknown => Error::invalid("corrections", "correction_misfit"),
        CorrectionMisfit::OutOfRange => Error::invalid("corrections", "assessment_fact_out_of_range"),
    })?;
    let mut row = AssessmentRow {
        id: Uuid::now_v7(),
        ordinal: before.ordinal + 1,
        corrections: text(&corrections)?,
        reason: reason.to_owned(),
        published_at: Some(ctx.moment),
        made_by: ctx.name.clone(),
        made_at: ctx.moment,
        version: 0,
        ..before
    };
    fill(&mut row, &policy, &inputs)?;
    store::add(tx, &row).await?;
    row.version += 1;
    noted(tx, "assessment.correct", &row)?;
    Ok(row)
}
