//! Earlier photographs that are like one: the same bytes, or copies made of it.
//!
//! Block hashes lie in rows with their quarters as keys of indexes, in columns that both databases have; candidates are
//! then compared by their signatures.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, Set};
use yipanqi_domain::evidence::near::{BlockHash, COPY, NEAR, Signature, around};
use yipanqi_domain::id::MediaId;

use crate::entity::{block_hash, evidence_decision, media, signature as signature_table};
use crate::error::StoreError;
use crate::tx::ReadTx;
use crate::value::{id, insert_all, new_id};
use crate::write::WriteTx;

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

fn signed(bits: u64) -> i64 {
    i64::from_ne_bytes(bits.to_ne_bytes())
}

fn unsigned(bits: i64) -> u64 {
    u64::from_ne_bytes(bits.to_ne_bytes())
}

pub(super) async fn keep(tx: &WriteTx, of: MediaId, signature: &Signature) -> Result<(), StoreError> {
    let row = signature_table::ActiveModel { media_id: Set(of.to_string()), cells: Set(hex::encode(signature.cells())) };
    signature_table::Entity::insert(row).exec_without_returning(tx.db()).await?;
    let rows = (0..).zip(signature.hashes()).map(|(place, hash)| {
        let [first, second, third, fourth] = hash.quarters().map(i64::from);
        block_hash::Model {
            id: new_id().to_string(),
            media_id: of.to_string(),
            place,
            hash: signed(hash.0),
            first,
            second,
            third,
            fourth,
        }
    });
    insert_all::<block_hash::Entity, _>(tx.db(), rows.collect()).await
}

/// The signature of a photograph; none for files that are no pictures.
///
/// # Errors
/// The database's.
pub async fn signature(tx: &ReadTx, of: MediaId) -> Result<Option<Signature>, StoreError> {
    let Some(row) = signature_table::Entity::find_by_id(of.to_string()).one(tx.db()).await? else { return Ok(None) };
    let cells = hex::decode(&row.cells).ok().and_then(Signature::new);
    cells.map(Some).ok_or(StoreError::Stored { what: "signature", text: of.to_string() })
}

/// A hash that has a quarter near one of this hash's.
fn near_quarters(hash: BlockHash) -> Condition {
    use block_hash::Column;
    let columns = [Column::First, Column::Second, Column::Third, Column::Fourth];
    columns.into_iter().zip(hash.quarters()).fold(Condition::any(), |condition, (column, quarter)| {
        condition.add(column.is_in(around(quarter).into_iter().map(i64::from)))
    })
}

/// Photographs sent earlier than this one that have its bytes or look like it, the likest first.
///
/// # Errors
/// The database's.
pub async fn like(tx: &ReadTx, of: MediaId) -> Result<Vec<Likeness>, StoreError> {
    let Some(own) = media::Entity::find_by_id(of.to_string()).one(tx.db()).await? else { return Ok(Vec::new()) };
    let same = media::Entity::find()
        .filter(media::Column::Sha256.eq(own.sha256.clone()))
        .filter(media::Column::Id.lt(own.id.clone()))
        .order_by_asc(media::Column::Id)
        .all(tx.db())
        .await?;
    let mut found: BTreeMap<MediaId, Likeness> = BTreeMap::new();
    for row in same {
        let media = id(&row.id)?;
        found.insert(media, Likeness { media, exact: true, likeness: 1000 });
    }
    let Some(mine) = signature(tx, of).await? else { return Ok(found.into_values().collect()) };
    let mut candidates: BTreeSet<String> = BTreeSet::new();
    for (place, hash) in mine.hashes().into_iter().enumerate() {
        let mut find =
            block_hash::Entity::find().filter(near_quarters(hash)).filter(block_hash::Column::MediaId.lt(own.id.clone()));
        // The whole of this one may stand in a window of another; a window of this one only in the whole of another.
        if place > 0 {
            find = find.filter(block_hash::Column::Place.eq(0));
        }
        let rows = find.all(tx.db()).await?;
        let near = rows.into_iter().filter(|row| BlockHash(unsigned(row.hash)).distance(hash) <= NEAR);
        candidates.extend(near.map(|row| row.media_id));
    }
    for candidate in candidates {
        let media: MediaId = id(&candidate)?;
        if found.contains_key(&media) {
            continue;
        }
        let Some(theirs) = signature(tx, media).await? else { continue };
        let likeness = mine.likeness(&theirs);
        if likeness >= COPY {
            found.insert(media, Likeness { media, exact: false, likeness });
        }
    }
    let mut found: Vec<Likeness> = found.into_values().collect();
    found.sort_by_key(|one| std::cmp::Reverse((one.exact, one.likeness)));
    Ok(found)
}

/// Keeps what a reviewer decided about something unusual; a later decision replaces an earlier one, the log keeps both.
///
/// # Errors
/// The database's.
pub async fn decide(tx: &mut WriteTx, of: MediaId, flag: &str, decision: &str, reason: &str) -> Result<(), StoreError> {
    use evidence_decision::Column;
    let row = evidence_decision::ActiveModel {
        id: Set(new_id().to_string()),
        media_id: Set(of.to_string()),
        flag: Set(flag.to_owned()),
        decision: Set(decision.to_owned()),
        reason: Set(reason.to_owned()),
        decided_by: Set(tx.by().name.clone()),
        decided_at: Set(tx.at().stored()),
    };
    evidence_decision::Entity::insert(row)
        .on_conflict(
            OnConflict::columns([Column::MediaId, Column::Flag])
                .update_columns([Column::Decision, Column::Reason, Column::DecidedBy, Column::DecidedAt])
                .to_owned(),
        )
        .exec_without_returning(tx.db())
        .await?;
    let payload = serde_json::json!({ "flag": flag, "decision": decision, "reason": reason });
    tx.audit("evidence.decide", "media", &of.to_string(), &payload)
}

/// What reviewers decided about a photograph: flag → decision, reason, by whom.
///
/// # Errors
/// The database's.
pub async fn decisions(tx: &ReadTx, of: MediaId) -> Result<BTreeMap<String, (String, String, String)>, StoreError> {
    let rows =
        evidence_decision::Entity::find().filter(evidence_decision::Column::MediaId.eq(of.to_string())).all(tx.db()).await?;
    Ok(rows.into_iter().map(|row| (row.flag, (row.decision, row.reason, row.decided_by))).collect())
}
