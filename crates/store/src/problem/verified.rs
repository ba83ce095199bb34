//! Who submitted and who verified, for a look at verifications that are odd.

use std::collections::HashMap;

use sea_orm::{ColumnTrait, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect};
use yipanqi_domain::id::{PersonId, ProblemId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::problem::rates::Period;

use crate::entity::{attachment, media, problem_step};
use crate::error::StoreError;
use crate::tx::ReadTx;
use crate::value::{id, id_opt, moment};

/// A verification with the submission that it accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Which problem.
    pub problem: ProblemId,
    /// Who submitted.
    pub submitter: Option<PersonId>,
    /// His name.
    pub submitter_name: String,
    /// When.
    pub submitted_at: Moment,
    /// Who verified.
    pub verifier: Option<PersonId>,
    /// His name.
    pub verifier_name: String,
    /// When.
    pub verified_at: Moment,
}

/// The verifications of a period, in the order of time.
///
/// # Errors
/// The database's.
pub async fn verified(tx: &ReadTx, period: Period) -> Result<Vec<Verified>, StoreError> {
    use problem_step::Column;
    let columns = [Column::ProblemId, Column::At, Column::ActorId, Column::ActorName];
    type Row = (String, String, Option<String>, String);
    let find = |command: &'static str| {
        problem_step::Entity::find().select_only().columns(columns).filter(Column::Command.eq(command)).order_by_asc(Column::At)
    };
    let rows: Vec<Row> = find("verify")
        .filter(Column::At.gte(period.from.stored()))
        .filter(Column::At.lt(period.to.stored()))
        .into_tuple()
        .all(tx.db())
        .await?;
    let mut submissions: HashMap<String, Vec<Row>> = HashMap::new();
    for rows in rows.chunks(500) {
        let problems = rows.iter().map(|row| row.0.clone());
        let found: Vec<Row> = find("submit").filter(Column::ProblemId.is_in(problems)).into_tuple().all(tx.db()).await?;
        for row in found {
            submissions.entry(row.0.clone()).or_default().push(row);
        }
    }
    let mut verified = Vec::with_capacity(rows.len());
    for (problem, at, actor, name) in rows {
        let before = submissions.get(&problem).and_then(|rows| rows.iter().rev().find(|row| row.1 <= at));
        let Some((_, submitted_at, submitter, submitter_name)) = before else { continue };
        verified.push(Verified {
            problem: id(&problem)?,
            submitter: id_opt(submitter.as_ref())?,
            submitter_name: submitter_name.clone(),
            submitted_at: moment(submitted_at)?,
            verifier: id_opt(actor.as_ref())?,
            verifier_name: name,
            verified_at: moment(&at)?,
        });
    }
    Ok(verified)
}

/// Of these problems those with a photograph that, by its bytes, hangs on another problem too or is both before and after;
/// with the hash.
///
/// # Errors
/// The database's.
pub async fn shared_pictures(tx: &ReadTx, problems: &[ProblemId]) -> Result<Vec<(ProblemId, String)>, StoreError> {
    let mut found = Vec::new();
    for ids in problems.chunks(400) {
        let mine: Vec<(String, String)> =
            pictures(ids.iter().map(ToString::to_string).collect(), attachment::Column::SubjectId, tx).await?;
        let hashes: Vec<String> = mine.iter().map(|(_, sha256)| sha256.clone()).collect();
        let mut uses: HashMap<String, usize> = HashMap::new();
        for hashes in hashes.chunks(400) {
            for (_, sha256) in pictures(hashes.to_vec(), media::Column::Sha256, tx).await? {
                *uses.entry(sha256).or_default() += 1;
            }
        }
        let mut seen = std::collections::BTreeSet::new();
        for (subject, sha256) in mine {
            if uses.get(&sha256).is_some_and(|uses| *uses > 1) && seen.insert(subject.clone()) {
                found.push((id(&subject)?, sha256));
            }
        }
    }
    Ok(found)
}

/// Uses of photographs as evidence of problems: problem and hash, one row a use.
async fn pictures<C: ColumnTrait>(values: Vec<String>, column: C, tx: &ReadTx) -> Result<Vec<(String, String)>, StoreError> {
    Ok(attachment::Entity::find()
        .select_only()
        .column(attachment::Column::SubjectId)
        .column(media::Column::Sha256)
        .join(
            JoinType::InnerJoin,
            attachment::Entity::belongs_to(media::Entity).from(attachment::Column::MediaId).to(media::Column::Id).into(),
        )
        .filter(attachment::Column::SubjectKind.eq("problem"))
        .filter(attachment::Column::Stage.is_in(["before", "after"]))
        .filter(column.is_in(values))
        .into_tuple()
        .all(tx.db())
        .await?)
}
