//! Earlier photographs that are like one: the same bytes, or copies made of it.
//!
//! Candidates are found by the hashes of the pictures' middles, which lie in memory beside the city (`media::pictures`), and are
//! then compared by their signatures.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};
use yipanqi_domain::evidence::near::{COPY, Signature};
use yipanqi_domain::id::{MediaId, ProblemId};

use crate::entity::{attachment, core_hash, evidence_decision, finding, media, signature as signature_table};
use crate::error::StoreError;
use crate::tx::ReadTx;
use crate::value::{id, new_id};
use crate::write::WriteTx;

/// Pictures compared with one by their signatures, at most: those whose hashes are the nearest.
const CLOSEST: usize = 16;

/// A photograph that is like another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Likeness {
    /// The other one.
    pub media: MediaId,
    /// Whether the bytes are the same.
    pub exact: bool,
    /// Thousandths of the blocks that are the same.
    pub likeness: u32,
}

pub(super) async fn keep(tx: &WriteTx, of: MediaId, signature: &Signature) -> Result<(), StoreError> {
    let row = signature_table::ActiveModel { media_id: Set(of.to_string()), cells: Set(hex::encode(signature.cells())) };
    signature_table::Entity::insert(row).exec_without_returning(tx.db()).await?;
    let hash = i64::from_ne_bytes(signature.core().0.to_ne_bytes());
    let row = core_hash::ActiveModel { media_id: Set(of.to_string()), hash: Set(hash) };
    core_hash::Entity::insert(row).exec_without_returning(tx.db()).await?;
    Ok(())
}

/// The signature of a photograph; none for files that are no pictures.
///
/// # Errors
/// The database's.
pub async fn signature(tx: &ReadTx, of: MediaId) -> Result<Option<Signature>, StoreError> {
    Ok(signatures(tx, vec![of]).await?.remove(&of))
}

/// Photographs sent earlier than this one that have its bytes or look like it, the likest first.
///
/// # Errors
/// The database's.
pub async fn like(tx: &ReadTx, of: MediaId) -> Result<Vec<Likeness>, StoreError> {
    let mut found = likes(tx, &[of]).await?.remove(&of).unwrap_or_default();
    found.retain(|one| one.media < of);
    Ok(found)
}

/// Of each of these photographs all others that have its bytes or look like it, the likest first; what is like none is left
/// out. So many statements however many photographs.
///
/// # Errors
/// The database's.
pub async fn likes(tx: &ReadTx, of: &[MediaId]) -> Result<BTreeMap<MediaId, Vec<Likeness>>, StoreError> {
    let mut found: BTreeMap<MediaId, Vec<Likeness>> = BTreeMap::new();
    for (one, other) in same_bytes(tx, of).await? {
        found.entry(one).or_default().push(Likeness { media: other, exact: true, likeness: 1000 });
    }
    let own = signatures(tx, of.to_vec()).await?;
    let mut pairs: BTreeSet<(MediaId, MediaId)> = BTreeSet::new();
    if !own.is_empty() {
        let mut pictures = tx.pictures().await;
        pictures.catch_up(tx).await?;
        for (one, signature) in &own {
            let others = pictures.near(&signature.sought(), CLOSEST + 1).into_iter().filter(|other| other != one);
            pairs.extend(others.map(|other| (*one, other)));
        }
    }
    pairs.retain(|(one, other)| !found.get(one).is_some_and(|known| known.iter().any(|known| known.media == *other)));
    let theirs = signatures(tx, pairs.iter().map(|(_, other)| *other).collect()).await?;
    for (one, other) in pairs {
        let (Some(mine), Some(theirs)) = (own.get(&one), theirs.get(&other)) else { continue };
        let likeness = mine.likeness(theirs);
        if likeness >= COPY {
            found.entry(one).or_default().push(Likeness { media: other, exact: false, likeness });
        }
    }
    for found in found.values_mut() {
        found.sort_by_key(|one| (std::cmp::Reverse((one.exact, one.likeness)), one.media));
    }
    Ok(found)
}

/// What a photograph of a problem was given for before it was given for that problem, as kind and id: sent again by the same
/// person it is the same record. What was found in the visits of which the problem was made is not meant.
///
/// # Errors
/// The database's.
pub async fn given_before(tx: &ReadTx, of: MediaId, at: ProblemId) -> Result<Vec<(String, String)>, StoreError> {
    use attachment::Column;
    let own = attachment::Entity::find()
        .filter(Column::MediaId.eq(of.to_string()))
        .filter(Column::SubjectKind.eq("problem"))
        .filter(Column::SubjectId.eq(at.to_string()))
        .order_by_asc(Column::Id);
    let Some(own) = own.one(tx.db()).await? else { return Ok(Vec::new()) };
    let found_here = Query::select()
        .column(finding::Column::Id)
        .from(finding::Entity)
        .and_where(Expr::col((finding::Entity, finding::Column::ProblemId)).eq(at.to_string()))
        .to_owned();
    let before = attachment::Entity::find()
        .filter(Column::MediaId.eq(of.to_string()))
        .filter(Column::SubjectKind.is_in(["problem", "finding"]))
        .filter(Column::SubjectId.ne(at.to_string()))
        .filter(Column::SubjectId.not_in_subquery(found_here))
        .filter(Column::Id.lt(own.id))
        .order_by_asc(Column::Id);
    Ok(before.all(tx.db()).await?.into_iter().map(|row| (row.subject_kind, row.subject_id)).collect())
}

/// Each of these photographs with every other of the same bytes.
async fn same_bytes(tx: &ReadTx, of: &[MediaId]) -> Result<Vec<(MediaId, MediaId)>, StoreError> {
    let own: Vec<(String, String)> = media::Entity::find()
        .select_only()
        .column(media::Column::Id)
        .column(media::Column::Sha256)
        .filter(media::Column::Id.is_in(of.iter().map(ToString::to_string)))
        .into_tuple()
        .all(tx.db())
        .await?;
    let same: Vec<(String, String)> = media::Entity::find()
        .select_only()
        .column(media::Column::Id)
        .column(media::Column::Sha256)
        .filter(media::Column::Sha256.is_in(own.iter().map(|(_, sha256)| sha256.clone())))
        .into_tuple()
        .all(tx.db())
        .await?;
    let mut pairs = Vec::new();
    for (one, sha256) in &own {
        for (other, _) in same.iter().filter(|(other, theirs)| theirs == sha256 && other != one) {
            pairs.push((id(one)?, id(other)?));
        }
    }
    Ok(pairs)
}

async fn signatures(tx: &ReadTx, of: Vec<MediaId>) -> Result<BTreeMap<MediaId, Signature>, StoreError> {
    let mut found = BTreeMap::new();
    for of in of.chunks(400) {
        let find = signature_table::Entity::find();
        let find = find.filter(signature_table::Column::MediaId.is_in(of.iter().map(ToString::to_string)));
        for row in find.all(tx.db()).await? {
            let cells = hex::decode(&row.cells).ok().and_then(Signature::new);
            let cells = cells.ok_or_else(|| StoreError::Stored { what: "signature", text: row.media_id.clone() })?;
            found.insert(id(&row.media_id)?, cells);
        }
    }
    Ok(found)
}

/// Keeps what a reviewer decided at a problem about something unusual; a later decision replaces an earlier one, the log keeps
/// both. What was decided of the photograph at another problem says nothing here.
///
/// # Errors
/// The database's.
pub async fn decide(
    tx: &mut WriteTx,
    at: ProblemId,
    of: MediaId,
    flag: &str,
    decision: &str,
    reason: &str,
) -> Result<(), StoreError> {
    use evidence_decision::Column;
    let row = evidence_decision::ActiveModel {
        id: Set(new_id().to_string()),
        problem_id: Set(at.to_string()),
        media_id: Set(of.to_string()),
        flag: Set(flag.to_owned()),
        decision: Set(decision.to_owned()),
        reason: Set(reason.to_owned()),
        decided_by: Set(tx.by().name.clone()),
        decided_at: Set(tx.at().stored()),
    };
    evidence_decision::Entity::insert(row)
        .on_conflict(
            OnConflict::columns([Column::ProblemId, Column::MediaId, Column::Flag])
                .update_columns([Column::Decision, Column::Reason, Column::DecidedBy, Column::DecidedAt])
                .to_owned(),
        )
        .exec_without_returning(tx.db())
        .await?;
    let payload = serde_json::json!({ "problem": at, "flag": flag, "decision": decision, "reason": reason });
    tx.audit("evidence.decide", "media", &of.to_string(), &payload)
}

/// What reviewers decided at a problem about a photograph: flag → decision, reason, by whom.
///
/// # Errors
/// The database's.
pub async fn decisions(
    tx: &ReadTx,
    at: ProblemId,
    of: MediaId,
) -> Result<BTreeMap<String, (String, String, String)>, StoreError> {
    let rows = evidence_decision::Entity::find()
        .filter(evidence_decision::Column::ProblemId.eq(at.to_string()))
        .filter(evidence_decision::Column::MediaId.eq(of.to_string()))
        .all(tx.db())
        .await?;
    Ok(rows.into_iter().map(|row| (row.flag, (row.decision, row.reason, row.decided_by))).collect())
}
