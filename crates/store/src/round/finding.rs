//! Findings with their photographs.

use std::collections::{BTreeSet, HashMap};

use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait, OnConflict, Query, SelectStatement};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use yipanqi_domain::id::{ItemId, MediaId, ProblemId, RoundId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::round::{FindingResult, Grade, Verdict};

use crate::entity::{attachment, finding, media, visit};
use crate::error::StoreError;
use crate::tx::ReadTx;
use crate::value::{id, id_opt, insert_all, json, moment, moment_opt, new_id, read_json, text_opt, word};
use crate::write::WriteTx;

/// What was found for one item in one visit.
#[doc(alias = "检查结果")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingRow {
    /// Identity.
    pub id: Uuid,
    /// The visit.
    pub visit: Uuid,
    /// The checklist item.
    pub item: ItemId,
    /// What was observed.
    pub result: FindingResult,
    /// The typical fault that was picked.
    pub phrase: String,
    /// What was written beside.
    pub note: String,
    /// When it counts as marked.
    pub made_at: Moment,
    /// When it was really marked, where that is not when it counts as marked.
    #[serde(default)]
    pub marked_at: Option<Moment>,
    /// The problem made of it.
    pub problem: Option<ProblemId>,
    /// Its photographs, in order.
    pub media: Vec<MediaId>,
}

/// Which findings of a round are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FindingFilter {
    /// All of them.
    All,
    /// Those that failed and of which no problem was made.
    FailedWithoutProblem,
}

impl FindingRow {
    /// When it was really marked.
    #[must_use]
    pub fn marked(&self) -> Moment {
        self.marked_at.unwrap_or(self.made_at)
    }
}

fn model(row: &FindingRow, verdict: Option<Verdict>) -> Result<finding::Model, StoreError> {
    Ok(finding::Model {
        id: row.id.to_string(),
        visit_id: row.visit.to_string(),
        item_id: row.item.to_string(),
        result: json(&row.result)?,
        faults: verdict.map_or(0, |verdict| i64::from(verdict.faults)),
        grade: verdict.map(|verdict| word::<Grade>(&verdict.grade)).transpose()?,
        pass: verdict.map(|verdict| verdict.pass),
        applicable: verdict.is_some(),
        phrase: row.phrase.clone(),
        note: row.note.clone(),
        made_at: row.made_at.stored(),
        marked_at: row.marked_at.map(Moment::stored),
        problem_id: text_opt(row.problem.as_ref()),
    })
}

fn read(row: finding::Model, media: Vec<MediaId>) -> Result<FindingRow, StoreError> {
    Ok(FindingRow {
        id: id(&row.id)?,
        visit: id(&row.visit_id)?,
        item: id(&row.item_id)?,
        result: read_json("finding.result", &row.result)?,
        phrase: row.phrase,
        note: row.note,
        made_at: moment(&row.made_at)?,
        marked_at: moment_opt(row.marked_at.as_ref())?,
        problem: id_opt(row.problem_id.as_ref())?,
        media,
    })
}

fn attachments(row: &FindingRow) -> Vec<attachment::Model> {
    let attach = |(position, media): (i64, &MediaId)| attachment::Model {
        id: new_id().to_string(),
        media_id: media.to_string(),
        subject_kind: "finding".to_owned(),
        subject_id: row.id.to_string(),
        stage: "before".to_owned(),
        position,
    };
    (0..).zip(&row.media).map(attach).collect()
}

/// Marks an item of a visit, or marks it anew: an earlier finding keeps its identity and takes the new content and media.
///
/// # Errors
/// The database's.
pub async fn put_finding(tx: &WriteTx, row: &FindingRow, verdict: Option<Verdict>) -> Result<(), StoreError> {
    use finding::Column;
    let content = [
        Column::Result,
        Column::Faults,
        Column::Grade,
        Column::Pass,
        Column::Applicable,
        Column::Phrase,
        Column::Note,
        Column::MadeAt,
        Column::MarkedAt,
    ];
    finding::Entity::insert(model(row, verdict)?.into_active_model())
        .on_conflict(OnConflict::column(Column::Id).update_columns(content).to_owned())
        .exec_without_returning(tx.db())
        .await?;
    attachment::Entity::delete_many()
        .filter(attachment::Column::SubjectKind.eq("finding"))
        .filter(attachment::Column::SubjectId.eq(row.id.to_string()))
        .exec(tx.db())
        .await?;
    insert_all::<attachment::Entity, _>(tx.db(), attachments(row)).await
}

/// Adds findings in bulk, each with what the rules made of it.
///
/// # Errors
/// `finding_exists` if a visit has a finding of the item, or the database's.
pub async fn add_findings(tx: &WriteTx, rows: &[(FindingRow, Option<Verdict>)]) -> Result<(), StoreError> {
    let models = rows.iter().map(|(row, verdict)| model(row, *verdict)).collect::<Result<Vec<_>, _>>()?;
    insert_all::<finding::Entity, _>(tx.db(), models).await?;
    insert_all::<attachment::Entity, _>(tx.db(), rows.iter().flat_map(|(row, _)| attachments(row)).collect()).await
}

/// What the findings of a visit come to, and their photographs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VisitTally {
    /// Findings that passed.
    pub passed: u64,
    /// Findings that applied.
    pub applicable: u64,
    /// Faults found.
    pub faults: u64,
    /// Their photographs.
    pub media: Vec<MediaId>,
}

/// What these visits found, each by its identity; a visit without a finding is left out.
///
/// # Errors
/// The database's.
pub async fn tallies(tx: &ReadTx, visits: &[Uuid]) -> Result<HashMap<Uuid, VisitTally>, StoreError> {
    let of = || visits.iter().map(ToString::to_string);
    let rows = finding::Entity::find().filter(finding::Column::VisitId.is_in(of())).all(tx.db()).await?;
    let mut tallies: HashMap<Uuid, VisitTally> = HashMap::new();
    let mut visit_by_finding: HashMap<String, Uuid> = HashMap::new();
    for row in rows {
        let visit = id(&row.visit_id)?;
        let tally = tallies.entry(visit).or_default();
        tally.passed += u64::from(row.pass == Some(true));
        tally.applicable += u64::from(row.applicable);
        tally.faults += u64::try_from(row.faults).unwrap_or(0);
        visit_by_finding.insert(row.id, visit);
    }
    let findings = Query::select()
        .column(finding::Column::Id)
        .from(finding::Entity)
        .and_where(Expr::col((finding::Entity, finding::Column::VisitId)).is_in(of()))
        .to_owned();
    let pictures = attachment::Entity::find()
        .filter(attachment::Column::SubjectKind.eq("finding"))
        .filter(attachment::Column::SubjectId.in_subquery(findings))
        .order_by_asc(attachment::Column::Id)
        .all(tx.db())
        .await?;
    for row in pictures {
        let tally = visit_by_finding.get(&row.subject_id).and_then(|visit| tallies.get_mut(visit));
        if let Some(tally) = tally {
            tally.media.push(id(&row.media_id)?);
        }
    }
    Ok(tallies)
}

/// The visit in which a finding was made.
///
/// # Errors
/// `not_found`, or the database's.
pub async fn visit_of(tx: &ReadTx, finding: Uuid) -> Result<Uuid, StoreError> {
    let row = finding::Entity::find_by_id(finding.to_string()).one(tx.db()).await?;
    let row = row.ok_or(StoreError::NotFound { kind: "finding", id: finding.to_string() })?;
    id(&row.visit_id)
}

/// Remembers which problem was made of which finding.
///
/// # Errors
/// The database's.
pub async fn link_problems(tx: &WriteTx, made: &[(Uuid, ProblemId)]) -> Result<(), StoreError> {
    for some in made.chunks(300) {
        let mut problem_of = CaseStatement::new();
        for (of, problem) in some {
            problem_of = problem_of.case(finding::Column::Id.eq(of.to_string()), problem.to_string());
        }
        finding::Entity::update_many()
            .col_expr(finding::Column::ProblemId, Expr::expr(problem_of))
            .filter(finding::Column::Id.is_in(some.iter().map(|(of, _)| of.to_string())))
            .exec(tx.db())
            .await?;
    }
    Ok(())
}

fn visit_ids(round: RoundId) -> SelectStatement {
    Query::select()
        .column(visit::Column::Id)
        .from(visit::Entity)
        .and_where(Expr::col((visit::Entity, visit::Column::RoundId)).eq(round.to_string()))
        .to_owned()
}

/// The findings of a round, by visit and item, in two queries.
///
/// # Errors
/// The database's.
pub async fn findings(tx: &ReadTx, round: RoundId, filter: FindingFilter) -> Result<Vec<FindingRow>, StoreError> {
    let mut find = finding::Entity::find().filter(finding::Column::VisitId.in_subquery(visit_ids(round)));
    let mut ids = Query::select();
    ids.column(finding::Column::Id).from(finding::Entity);
    ids.and_where(Expr::col((finding::Entity, finding::Column::VisitId)).in_subquery(visit_ids(round)));
    match filter {
        FindingFilter::All => {}
        FindingFilter::FailedWithoutProblem => {
            find = find.filter(finding::Column::Pass.eq(false)).filter(finding::Column::ProblemId.is_null());
        }
    }
    let rows = find.order_by_asc(finding::Column::VisitId).order_by_asc(finding::Column::ItemId).all(tx.db()).await?;
    let mut media = attached(tx, ids.to_owned()).await?;
    rows.into_iter()
        .map(|row| {
            let media = media.remove(&row.id).unwrap_or_default();
            read(row, media)
        })
        .collect()
}

/// What was observed in some visits of a round: the visit, the item, the result.
///
/// # Errors
/// The database's.
pub async fn observed(tx: &ReadTx, visits: &[Uuid]) -> Result<Vec<(Uuid, ItemId, FindingResult)>, StoreError> {
    let mut observed = Vec::new();
    for some in visits.chunks(500) {
        let rows: Vec<(String, String, String)> = finding::Entity::find()
            .select_only()
            .columns([finding::Column::VisitId, finding::Column::ItemId, finding::Column::Result])
            .filter(finding::Column::VisitId.is_in(some.iter().map(ToString::to_string)))
            .into_tuple()
            .all(tx.db())
            .await?;
        for (visit, item, result) in rows {
            observed.push((id(&visit)?, id(&item)?, read_json("finding.result", &result)?));
        }
    }
    Ok(observed)
}

/// The findings of a visit, by item.
///
/// # Errors
/// The database's.
pub async fn findings_of_visit(tx: &ReadTx, visit: Uuid) -> Result<Vec<FindingRow>, StoreError> {
    let rows = finding::Entity::find()
        .filter(finding::Column::VisitId.eq(visit.to_string()))
        .order_by_asc(finding::Column::ItemId)
        .all(tx.db())
        .await?;
    let mut ids = Query::select();
    ids.column(finding::Column::Id).from(finding::Entity);
    ids.and_where(Expr::col((finding::Entity, finding::Column::VisitId)).eq(visit.to_string()));
    let mut media = attached(tx, ids.to_owned()).await?;
    rows.into_iter()
        .map(|row| {
            let media = media.remove(&row.id).unwrap_or_default();
            read(row, media)
        })
        .collect()
}

/// Findings by identity, in no particular order, in two queries; as many as a page shows.
///
/// # Errors
/// The database's.
pub async fn findings_by_id(tx: &ReadTx, wanted: &[Uuid]) -> Result<Vec<FindingRow>, StoreError> {
    let wanted: Vec<String> = wanted.iter().map(ToString::to_string).collect();
    let rows = finding::Entity::find().filter(finding::Column::Id.is_in(wanted.clone())).all(tx.db()).await?;
    let mut ids = Query::select();
    ids.column(finding::Column::Id).from(finding::Entity);
    ids.and_where(Expr::col((finding::Entity, finding::Column::Id)).is_in(wanted));
    let mut media = attached(tx, ids.to_owned()).await?;
    rows.into_iter()
        .map(|row| {
            let media = media.remove(&row.id).unwrap_or_default();
            read(row, media)
        })
        .collect()
}

async fn attached(tx: &ReadTx, ids: SelectStatement) -> Result<HashMap<String, Vec<MediaId>>, StoreError> {
    let rows = attachment::Entity::find()
        .filter(attachment::Column::SubjectKind.eq("finding"))
        .filter(attachment::Column::SubjectId.in_subquery(ids))
        .order_by_asc(attachment::Column::Position)
        .all(tx.db())
        .await?;
    let mut media: HashMap<String, Vec<MediaId>> = HashMap::new();
    for row in rows {
        media.entry(row.subject_id).or_default().push(id(&row.media_id)?);
    }
    Ok(media)
}

/// Those of the photographs that the city does not have.
///
/// # Errors
/// The database's.
pub async fn media_missing(tx: &ReadTx, wanted: &[MediaId]) -> Result<Vec<MediaId>, StoreError> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let known: Vec<String> = media::Entity::find()
        .select_only()
        .column(media::Column::Id)
        .filter(media::Column::Id.is_in(wanted.iter().map(ToString::to_string)))
        .into_tuple()
        .all(tx.db())
        .await?;
    let known: BTreeSet<String> = known.into_iter().collect();
    Ok(wanted.iter().copied().filter(|media| !known.contains(&media.to_string())).collect())
}
