//! The audit log of a room: read and verified. [`crate::WriteTx::commit`] writes it.
//!
//! The chain is [`yipanqi_domain::audit`]'s. A payload is kept beside its entry as the very text that was hashed, and may
//! be erased later: the chain still verifies.

use sea_orm::{ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use yipanqi_domain::audit::{ChainFault, Deed, Entry, Hash, Head, Verifier};
use yipanqi_domain::moment::Moment;

use crate::entity::{audit_entry, audit_head};
use crate::error::StoreError;
use crate::tx::ReadTx;
use crate::write::Author;

/// An entry with what it said, if that was not erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logged {
    /// The entry.
    pub entry: Entry,
    /// The JSON text that was hashed.
    pub payload: Option<String>,
}

/// What verifying a log found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Entries in the log.
    pub entries: u64,
    /// Its present end; none while nothing was logged.
    pub head: Option<Head>,
    /// The first fault.
    pub fault: Option<ChainFault>,
}

/// Entries read at a time.
const BATCH: u64 = 1000;

/// Proves that no entry of the log was changed, removed or inserted, also at the end, and that the log passed through the
/// heads that were kept elsewhere. However long the log, no more than a thousand entries are held at a time.
///
/// # Errors
/// If the database fails; a fault in the log is no error.
pub async fn verify(tx: &ReadTx, kept: &[Head]) -> Result<Verdict, StoreError> {
    let head = head(tx).await?;
    let mut verifier = Verifier::new(Some(head.unwrap_or(Head { seq: 0, hash: Hash::NONE })), kept);
    let fault = 'log: {
        let mut after = i64::MIN;
        loop {
            let rows = audit_entry::Entity::find().filter(audit_entry::Column::Seq.gt(after));
            let rows = rows.order_by_asc(audit_entry::Column::Seq).limit(BATCH).all(tx.db()).await?;
            let Some(last) = rows.last() else { break 'log verifier.end().err() };
            after = last.seq;
            for Logged { entry, payload } in rows.into_iter().map(logged) {
                if let Err(fault) = verifier.next(entry, payload.as_deref().map(str::as_bytes)) {
                    break 'log Some(fault);
                }
            }
        }
    };
    Ok(Verdict { entries: count(tx, &AuditFilter::default()).await?, head, fault })
}

/// The end of the log, to be kept elsewhere; none while nothing was logged.
///
/// # Errors
/// If the database fails.
pub async fn head(tx: &ReadTx) -> Result<Option<Head>, StoreError> {
    let row = audit_head::Entity::find_by_id(1_i64).one(tx.db()).await?;
    Ok(row.as_ref().and_then(read_head))
}

/// Which entries; what is empty or none does not narrow.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// By one of these: identities of persons, or the names of those who are none.
    pub actors: Vec<String>,
    /// Kinds of subjects.
    pub subject_kinds: Vec<String>,
    /// One subject.
    pub subject_id: String,
    /// Not before.
    pub from: Option<Moment>,
    /// Before.
    pub until: Option<Moment>,
    /// With a smaller number than this.
    pub before: Option<u64>,
}

fn condition(filter: &AuditFilter) -> Condition {
    use audit_entry::Column;
    let given = |text: &str| !text.is_empty();
    Condition::all()
        .add_option((!filter.actors.is_empty()).then(|| Column::Actor.is_in(&filter.actors)))
        .add_option((!filter.subject_kinds.is_empty()).then(|| Column::SubjectKind.is_in(&filter.subject_kinds)))
        .add_option(given(&filter.subject_id).then(|| Column::SubjectId.eq(&filter.subject_id)))
        .add_option(filter.from.map(|from| Column::At.gte(from.stored())))
        .add_option(filter.until.map(|until| Column::At.lt(until.stored())))
        .add_option(filter.before.map(|before| Column::Seq.lt(i64::try_from(before).unwrap_or(i64::MAX))))
}

/// A part of the log, the newest entry first.
///
/// # Errors
/// If the database fails.
pub async fn list(tx: &ReadTx, filter: &AuditFilter, offset: u64, limit: u64) -> Result<Vec<Logged>, StoreError> {
    let find = audit_entry::Entity::find().filter(condition(filter));
    let rows = find.order_by_desc(audit_entry::Column::Seq).offset(offset).limit(limit).all(tx.db()).await?;
    Ok(rows.into_iter().map(logged).collect())
}

/// How many entries there are.
///
/// # Errors
/// If the database fails.
pub async fn count(tx: &ReadTx, filter: &AuditFilter) -> Result<u64, StoreError> {
    Ok(audit_entry::Entity::find().filter(condition(filter)).count(tx.db()).await?)
}

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
) -> Option<(Vec<audit_entry::Model>, audit_head::Model)> {
    let actor = by.person.map_or_else(|| by.name.clone(), |person| person.to_string());
    let mut head = read_head(head);
    let mut rows = Vec::with_capacity(entries.len());
    for new in entries {
        let subject = subject(&new.subject_kind, &new.subject_id);
        let deed = Deed { at, actor: &actor, action: &new.action, subject: &subject, payload: new.payload.as_bytes() };
        let entry = Entry::next(head, &deed);
        head = Some(entry.head());
        rows.push(audit_entry::Model {
            seq: i64::try_from(entry.seq).unwrap_or(i64::MAX),
            at: entry.at.stored(),
            actor: entry.actor,
            action: entry.action,
            subject_kind: new.subject_kind,
            subject_id: new.subject_id,
            payload_hash: entry.payload_hash.to_string(),
            payload: Some(new.payload),
            previous: entry.previous.to_string(),
            hash: entry.hash.to_string(),
        });
    }
    let last = rows.last()?;
    let end = audit_head::Model { id: 1, seq: last.seq, hash: last.hash.clone() };
    Some((rows, end))
}

fn subject(kind: &str, id: &str) -> String {
    format!("{kind}/{id}")
}

fn read_head(row: &audit_head::Model) -> Option<Head> {
    let seq = u64::try_from(row.seq).ok().filter(|seq| *seq > 0)?;
    Some(Head { seq, hash: hash(&row.hash) })
}

/// What cannot be read was tampered with: it becomes a value that no entry can have, so that verifying names the entry.
fn hash(text: &str) -> Hash {
    text.parse().unwrap_or(Hash::NONE)
}

fn logged(row: audit_entry::Model) -> Logged {
    let at = Moment::parse(&row.at).unwrap_or(Moment::new(chrono::DateTime::UNIX_EPOCH));
    let entry = Entry {
        seq: u64::try_from(row.seq).unwrap_or_default(),
        previous: hash(&row.previous),
        at,
        actor: row.actor,
        action: row.action,
        subject: subject(&row.subject_kind, &row.subject_id),
        payload_hash: hash(&row.payload_hash),
        hash: hash(&row.hash),
    };
    Logged { entry, payload: row.payload }
}
