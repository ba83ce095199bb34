//! The audit log: a chain in which every entry carries the hash of the one before and of its own payload.
//!
//! The payload itself is outside the chain's hash, so that personal data can be erased and the chain still verifies.

use sha2::{Digest, Sha256};
use yipanqi_domain::moment::Moment;

use crate::entity::{audit_entry, audit_head};
use crate::write::Author;

/// An entry before it is chained.
#[derive(Debug)]
pub(crate) struct NewEntry {
    pub action: String,
    pub subject_kind: String,
    pub subject_id: String,
    pub payload: String,
}

/// Chains entries behind the head; gives the rows and the new head, or nothing if there are none.
pub(crate) fn chain(
    head: &audit_head::Model,
    by: &Author,
    at: Moment,
    entries: Vec<NewEntry>,
) -> Option<(Vec<audit_entry::Model>, i64, String)> {
    let mut rows: Vec<audit_entry::Model> = Vec::with_capacity(entries.len());
    for new in entries {
        let (seq, previous) = rows.last().map_or((head.seq, &head.hash), |last| (last.seq, &last.hash));
        let mut row = audit_entry::Model {
            seq: seq + 1,
            at: at.stored(),
            actor: by.person.map_or_else(|| by.name.clone(), |person| person.to_string()),
            action: new.action,
            subject_kind: new.subject_kind,
            subject_id: new.subject_id,
            payload_hash: hex::encode(Sha256::digest(new.payload.as_bytes())),
            payload: Some(new.payload),
            previous: previous.clone(),
            hash: String::new(),
        };
        row.hash = hash(&row);
        rows.push(row);
    }
    let (seq, hash) = rows.last().map(|last| (last.seq, last.hash.clone()))?;
    Some((rows, seq, hash))
}

fn hash(row: &audit_entry::Model) -> String {
    let fields = [
        row.seq.to_string(),
        row.at.clone(),
        row.actor.clone(),
        row.action.clone(),
        row.subject_kind.clone(),
        row.subject_id.clone(),
        row.payload_hash.clone(),
        row.previous.clone(),
    ];
    let mut digest = Sha256::new();
    for field in fields {
        digest.update((field.len() as u64).to_be_bytes());
        digest.update(field.as_bytes());
    }
    hex::encode(digest.finalize())
}
