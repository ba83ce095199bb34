//! Earlier photographs that are like one: the same bytes, or copies made of it.
//!
//! Block hashes lie in rows with their quarters as keys of indexes, in columns that both databases have; candidates are
//! then compared by their signatures.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, Set};
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
    Ok(signatures(tx, vec![of]).await?.remove(&of))
}

/// Hashes that have a quarter near one of these hashes'; of two that are alike all four quarters are asked for at once.
fn near_quarters(hashes: &[BlockHash]) -> Condition {
    use block_hash::Column;
    let columns = [Column::First, Column::Second, Column::Third, Column::Fourth];
    (0..).zip(columns).fold(Condition::any(), |condition, (place, column)| {
        let quarters = hashes.iter().filter_map(|hash| hash.quarters().get::<usize>(place).copied());
        let values: BTreeSet<i64> = quarters.flat_map(around).map(i64::from).collect();
        condition.add(column.is_in(values))
    })
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
    let hashes: BTreeMap<MediaId, Vec<BlockHash>> = own.iter().map(|(media, signature)| (*media, signature.hashes())).collect();
    let mut pairs: BTreeSet<(MediaId, MediaId)> = BTreeSet::new();
    // The whole of one picture may stand in a window of another; a window of it only in the whole of another.
    let wholes: Vec<BlockHash> = hashes.values().filter_map(|hashes| hashes.first().copied()).collect();
    let windows: Vec<BlockHash> = hashes.values().flat_map(|hashes| hashes.iter().skip(1).copied()).collect();
    for (sought, whole) in [(wholes, false), (windows, true)] {
        // A statement has so many places for values.
        for sought in sought.chunks(64) {
            let mut find = block_hash::Entity::find().filter(near_quarters(sought));
            if whole {
                find = find.filter(block_hash::Column::Place.eq(0));
            }
            for row in find.all(tx.db()).await? {
                let other: MediaId = id(&row.media_id)?;
                let theirs = BlockHash(unsigned(row.hash));
                for (one, hashes) in &hashes {
                    let mut mine = hashes.iter().skip(usize::from(whole)).take(if whole { hashes.len() } else { 1 });
                    if *one != other && mine.any(|hash| hash.distance(theirs) <= NEAR) {
                        pairs.insert((*one, other));
                    }
                }
            }
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
