//! The hashes of all photographs of a city, in memory: of a million some forty megabytes, searched in well under a
//! millisecond.
//!
//! Filled from the city at the first search and then by what came since. Identities grow with time, so that only those of the
//! last minutes are read again: a transaction may commit after one that began later. Rows of another snapshot or of a
//! transaction that failed may be among them; whoever searches compares with what its own snapshot has.

use std::collections::BTreeSet;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;
use yipanqi_domain::evidence::near::{BlockHash, NEAR, around};
use yipanqi_domain::id::MediaId;

use crate::entity::core_hash;
use crate::error::StoreError;
use crate::tx::ReadTx;

/// Rows read in one statement.
const BATCH: u64 = 20_000;
/// How long a transaction may take that keeps a photograph, in milliseconds.
const LATE: u64 = 15 * 60 * 1000;
/// Hashes that lie behind the ordered ones before those are ordered anew.
const TAIL: usize = 4_096;
/// Values of a quarter.
const VALUES: usize = 1 << 16;

/// Hashes with the photographs they belong to.
#[derive(Debug, Default)]
pub struct Pictures {
    hashes: Vec<u64>,
    media: Vec<Uuid>,
    /// For each quarter, the places of the hashes ordered by its value, and where each value begins.
    quarters: [(Vec<u32>, Vec<u32>); 4],
    /// How many hashes are ordered.
    ordered: usize,
    /// Those that may come again.
    late: BTreeSet<Uuid>,
}

impl Pictures {
    /// Reads what came since.
    pub async fn catch_up(&mut self, tx: &ReadTx) -> Result<(), StoreError> {
        let newest = self.late.last().copied();
        let mut after = newest.map(|newest| before(newest, LATE)).unwrap_or_default();
        self.late = after_of(&self.late, after);
        loop {
            let find = core_hash::Entity::find().filter(core_hash::Column::MediaId.gt(after.to_string()));
            let rows: Vec<(String, i64)> = find
                .select_only()
                .columns([core_hash::Column::MediaId, core_hash::Column::Hash])
                .order_by_asc(core_hash::Column::MediaId)
                .limit(BATCH)
                .into_tuple()
                .all(tx.db())
                .await?;
            let Some((last, _)) = rows.last() else { break };
            after = crate::tx::from_id(last)?;
            let full = u64::try_from(rows.len()).unwrap_or(BATCH) == BATCH;
            for (media, hash) in rows {
                self.add(crate::tx::from_id(&media)?, u64::from_ne_bytes(hash.to_ne_bytes()));
            }
            if !full {
                break;
            }
        }
        if let Some(newest) = self.late.last().copied() {
            self.late = after_of(&self.late, before(newest, LATE));
        }
        if self.hashes.len() - self.ordered > TAIL.max(self.ordered / 8) {
            self.order();
        }
        Ok(())
    }

    fn add(&mut self, media: Uuid, hash: u64) {
        if self.late.insert(media) {
            self.hashes.push(hash);
            self.media.push(media);
        }
    }

    /// Orders the places by the value of each quarter, by counting.
    fn order(&mut self) {
        for (place, quarter) in self.quarters.iter_mut().enumerate() {
            let value = |hash: &u64| usize::try_from((hash >> (16 * place)) & 0xFFFF).unwrap_or(0);
            let mut begins = vec![0_u32; VALUES + 1];
            for hash in &self.hashes {
                begins[value(hash) + 1] += 1;
            }
            for at in 1..=VALUES {
                begins[at] += begins[at - 1];
            }
            let mut next = begins.clone();
            let mut places = vec![0_u32; self.hashes.len()];
            for (at, hash) in (0_u32..).zip(&self.hashes) {
                let slot = &mut next[value(hash)];
                places[usize::try_from(*slot).unwrap_or(0)] = at;
                *slot += 1;
            }
            *quarter = (begins, places);
        }
        self.ordered = self.hashes.len();
    }

    /// Photographs whose hash is near one of these, the nearest first, so many at most.
    pub fn near(&self, sought: &[BlockHash], most: usize) -> Vec<MediaId> {
        let mut found: BTreeSet<(u32, u32)> = BTreeSet::new();
        let mut seen: BTreeSet<u32> = BTreeSet::new();
        let mut compare = |one: BlockHash, at: u32| {
            let Some(hash) = usize::try_from(at).ok().and_then(|at| self.hashes.get(at)) else { return };
            let distance = one.distance(BlockHash(*hash));
            if distance <= NEAR {
                found.insert((distance, at));
            }
        };
        let tail = u32::try_from(self.ordered).unwrap_or(u32::MAX)..u32::try_from(self.hashes.len()).unwrap_or(u32::MAX);
        for one in sought {
            for ((begins, places), quarter) in self.quarters.iter().zip(one.quarters()) {
                for value in around(quarter) {
                    let at = |value: usize| begins.get(value).and_then(|at| usize::try_from(*at).ok());
                    let range = at(usize::from(value)).zip(at(usize::from(value) + 1));
                    let same = range.and_then(|(from, to)| places.get(from..to)).unwrap_or_default();
                    same.iter().for_each(|at| compare(*one, *at));
                }
            }
            tail.clone().for_each(|at| compare(*one, at));
        }
        let media = |at: u32| usize::try_from(at).ok().and_then(|at| self.media.get(at)).copied().map(MediaId::new);
        found.into_iter().filter(|(_, at)| seen.insert(*at)).filter_map(|(_, at)| media(at)).take(most).collect()
    }
}

/// The first identity of so many milliseconds before another's.
fn before(id: Uuid, milliseconds: u64) -> Uuid {
    let time = u64::try_from(id.as_u128() >> 80).unwrap_or(0).saturating_sub(milliseconds);
    Uuid::from_u128(u128::from(time) << 80)
}

fn after_of(known: &BTreeSet<Uuid>, first: Uuid) -> BTreeSet<Uuid> {
    known.range(first..).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(number: u128) -> Uuid {
        Uuid::from_u128((1_700_000_000_000 + number) << 80 | number)
    }

    #[test]
    fn every_hash_up_to_seven_bits_away_is_found_among_many_ordered_or_not() {
        let mut state = 7_u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state ^ (state >> 29)
        };
        let mut pictures = Pictures::default();
        for number in 0..20_000 {
            pictures.add(picture(number), next());
            if number == 15_000 {
                pictures.order();
            }
        }
        for at in [0_usize, 14_999, 15_000, 19_999] {
            let mut hash = pictures.hashes[at];
            for bit in [0, 9, 17, 25, 33, 41, 63] {
                hash ^= 1 << bit;
            }
            let found = pictures.near(&[BlockHash(hash)], 10);
            assert_eq!(found.first().map(|media| media.uuid()), Some(pictures.media[at]), "{at}");
        }
        assert!(pictures.near(&[BlockHash(next())], 10).is_empty());
    }

    #[test]
    fn what_is_read_again_counts_once() {
        let mut pictures = Pictures::default();
        pictures.add(picture(1), 5);
        pictures.add(picture(1), 5);
        assert_eq!(pictures.near(&[BlockHash(5)], 10).len(), 1);
        assert!(before(picture(0), 1000) < picture(0));
    }
}
