//! The chained log: every entry carries the hash of the one before it, so that a changed, removed or inserted entry shows.
//!
//! An entry chains the *hash* of its payload, not the payload: personal data can be erased without breaking the chain.
//! A cut tail, or one rewritten to the end, shows only against a head that was kept elsewhere.

use std::fmt;
use std::iter::Peekable;
use std::str::FromStr;
use std::vec::IntoIter;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256};

use crate::moment::Moment;

/// A SHA-256, as text 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash([u8; 32]);

impl Hash {
    /// What the first entry names as the one before it.
    pub const NONE: Self = Self([0; 32]);

    /// The hash of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// The text is not 64 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a SHA-256 in hexadecimal: {0}")]
pub struct NotHash(pub String);

impl FromStr for Hash {
    type Err = NotHash;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| NotHash(text.to_owned()))?;
        Ok(Self(bytes))
    }
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// The last entry of a log, as kept elsewhere.
#[doc(alias = "链头")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Its number.
    pub seq: u64,
    /// Its hash.
    pub hash: Hash,
}

/// What is to be logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deed<'a> {
    /// When.
    pub at: Moment,
    /// Who, as text (a person's identity, `system`, `reporter`).
    pub actor: &'a str,
    /// What, such as `problem.assign`.
    pub action: &'a str,
    /// To what, such as `problem/<id>`.
    pub subject: &'a str,
    /// What it said.
    pub payload: &'a [u8],
}

/// One entry of the log.
#[doc(alias = "审计日志")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its number; the first is 1.
    pub seq: u64,
    /// The hash of the entry before it; [`Hash::NONE`] for the first.
    pub previous: Hash,
    /// When.
    pub at: Moment,
    /// Who.
    pub actor: String,
    /// What.
    pub action: String,
    /// To what.
    pub subject: String,
    /// The hash of what it said.
    pub payload_hash: Hash,
    /// The hash of all this.
    pub hash: Hash,
}

impl Entry {
    /// The entry that follows a head; none: the first of a log.
    #[must_use]
    pub fn next(head: Option<Head>, deed: &Deed<'_>) -> Self {
        let mut entry = Self {
            seq: head.map_or(1, |head| head.seq + 1),
            previous: head.map_or(Hash::NONE, |head| head.hash),
            at: deed.at,
            actor: deed.actor.to_owned(),
            action: deed.action.to_owned(),
            subject: deed.subject.to_owned(),
            payload_hash: Hash::of(deed.payload),
            hash: Hash::NONE,
        };
        entry.hash = entry.hash_as(entry.seq);
        entry
    }

    /// It as the head of the log that ends with it.
    #[must_use]
    pub fn head(&self) -> Head {
        Head { seq: self.seq, hash: self.hash }
    }

    /// Whether this is the payload that was logged.
    #[must_use]
    pub fn carries(&self, payload: &[u8]) -> bool {
        self.payload_hash == Hash::of(payload)
    }

    /// Every part is preceded by its length, so that no two entries have the same bytes.
    fn hash_as(&self, seq: u64) -> Hash {
        let at = self.at.stored();
        let seq = seq.to_be_bytes();
        let parts: [&[u8]; 8] = [
            b"yipanqi audit 1",
            &self.previous.0,
            &seq,
            at.as_bytes(),
            self.actor.as_bytes(),
            self.action.as_bytes(),
            self.subject.as_bytes(),
            &self.payload_hash.0,
        ];
        let mut sha = Sha256::new();
        for part in parts {
            sha.update((part.len() as u64).to_be_bytes());
            sha.update(part);
        }
        Hash(sha.finalize().into())
    }

    fn is_sound(&self) -> bool {
        self.hash == self.hash_as(self.seq)
    }
}

/// What was done to an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// Its contents are not what was logged.
    Changed,
    /// It is missing from the middle.
    Removed,
    /// It was never logged.
    Inserted,
    /// It and everything after it is missing at the end.
    CutTail,
}

/// The first entry at which a log is not what was logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("audit entry {seq}: {kind:?}")]
pub struct ChainFault {
    /// Its number.
    pub seq: u64,
    /// What was done to it.
    pub kind: FaultKind,
}

impl ChainFault {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self.kind {
            FaultKind::Changed => "audit_entry_changed",
            FaultKind::Removed => "audit_entry_removed",
            FaultKind::Inserted => "audit_entry_inserted",
            FaultKind::CutTail => "audit_tail_cut",
        }
    }
}

/// Verifies a log entry by entry, in the order of its numbers; it holds no more than one of them.
#[derive(Debug)]
pub struct Verifier {
    present: Option<Head>,
    kept: Peekable<IntoIter<Head>>,
    before: Head,
    held: Option<(Entry, bool)>,
}

impl Verifier {
    /// Of a log that ends with this head, if that is known, and passed through those that were kept elsewhere.
    #[must_use]
    pub fn new(present: Option<Head>, kept: &[Head]) -> Self {
        let mut kept: Vec<Head> = kept.iter().copied().chain(present).filter(|head| head.seq > 0).collect();
        kept.sort_by_key(|head| head.seq);
        Self { present, kept: kept.into_iter().peekable(), before: Head { seq: 0, hash: Hash::NONE }, held: None }
    }

    /// The next entry with its payload, if that was not erased.
    ///
    /// # Errors
    /// What was done to an earlier one.
    pub fn next(&mut self, entry: Entry, payload: Option<&[u8]>) -> Result<(), ChainFault> {
        let forged = payload.is_some_and(|payload| !entry.carries(payload));
        if let Some((held, forged)) = self.held.take() {
            self.link(&held, forged, Some(&entry))?;
        }
        self.held = Some((entry, forged));
        Ok(())
    }

    /// That was the last one; gives the head of what was verified, none of an empty log.
    ///
    /// # Errors
    /// What was done to it, or what is missing behind it.
    pub fn end(mut self) -> Result<Option<Head>, ChainFault> {
        if let Some((held, forged)) = self.held.take() {
            self.link(&held, forged, None)?;
        }
        if self.kept.peek().is_some() {
            fault(self.before.seq + 1, FaultKind::CutTail)?;
        }
        Ok((self.before.seq > 0).then_some(self.before))
    }

    fn link(&mut self, entry: &Entry, forged: bool, next: Option<&Entry>) -> Result<(), ChainFault> {
        let before = self.before;
        let expected = before.seq + 1;
        if entry.seq < expected || next.is_some_and(|next| next.seq == entry.seq) {
            return fault(entry.seq, FaultKind::Inserted);
        }
        if entry.seq > expected {
            return fault(expected, FaultKind::Removed);
        }
        if !entry.is_sound() {
            return fault_of_unsound(entry, before);
        }
        if entry.previous != before.hash {
            // Sound in itself, yet not the follower of the one before: whichever of the two the rest of the log does not
            // know was rewritten.
            let known =
                next.map(|next| next.previous).or(self.present.filter(|head| head.seq == entry.seq).map(|head| head.hash));
            let rewritten = if known.is_some_and(|known| known != entry.hash) { expected } else { before.seq.max(1) };
            return fault(rewritten, FaultKind::Changed);
        }
        if self.present.is_some_and(|head| entry.seq > head.seq) {
            return fault(entry.seq, FaultKind::Inserted);
        }
        self.before = entry.head();
        let mut forged = forged;
        while let Some(head) = self.kept.next_if(|head| head.seq <= entry.seq) {
            forged |= head.hash != entry.hash;
        }
        if forged { fault(entry.seq, FaultKind::Changed) } else { Ok(()) }
    }
}

/// An entry that is sound under a neighbour's number was only renumbered: something was put in or taken out before it.
fn fault_of_unsound(entry: &Entry, before: Head) -> Result<(), ChainFault> {
    if entry.hash == entry.hash_as(entry.seq.wrapping_sub(1)) && before.seq > 0 {
        fault(before.seq, FaultKind::Inserted)
    } else if entry.hash == entry.hash_as(entry.seq + 1) {
        fault(entry.seq, FaultKind::Removed)
    } else {
        fault(entry.seq, FaultKind::Changed)
    }
}

fn fault(seq: u64, kind: FaultKind) -> Result<(), ChainFault> {
    Err(ChainFault { seq, kind })
}

#[cfg(test)]
mod tests;
