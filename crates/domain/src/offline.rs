//! Work done without network, and what it meets when it arrives: the site given to somebody else, the round closed, the
//! checklist revised, the problem moved on.
//!
//! What can be merged by rule is merged, field by field; the rest is refused in words with both sides, and whoever made it
//! decides. Nothing here loses work: a refusal leaves it in the outbox.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::id::{ItemId, MediaId, PersonId};
use crate::moment::Moment;
use crate::problem::Change;
use crate::round::{FindingResult, RoundState, VisitPurpose};

#[cfg(test)]
mod tests;

/// The moment at which something was made, by a device's clock put right with the offset it knew then.
///
/// `offset_ms` is the server's clock minus the device's, in milliseconds; an offset beyond all time changes nothing.
#[doc(alias = "时钟偏差")]
#[must_use]
pub fn corrected(made_at: Moment, offset_ms: i64) -> Moment {
    let shifted = TimeDelta::try_milliseconds(offset_ms).and_then(|offset| made_at.utc().checked_add_signed(offset));
    shifted.map_or(made_at, Moment::new)
}

/// The moment at which something was really made: its own corrected time however long it was under way, never after its
/// arrival. What counts, and from when, is another matter ([`crate::problem::counted_at`]).
#[must_use]
pub fn really_made(made_at: Option<Moment>, arrived: Moment) -> Moment {
    made_at.filter(|made| *made <= arrived).unwrap_or(arrived)
}

/// Somebody who was to visit a site of a round before it was given to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Earlier {
    /// Who.
    pub person: PersonId,
    /// Until when.
    pub until: Moment,
    /// What his visit was for.
    #[serde(default)]
    pub purpose: VisitPurpose,
}

/// To whom a site of a round is given, and to whom it was given before that.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Given {
    /// Who is to visit it now; none: any inspector.
    pub to: Option<PersonId>,
    /// Who is to visit it a second time, without knowing what the first one saw.
    pub second: Option<PersonId>,
    /// Who was to visit it before, in order.
    pub earlier: Vec<Earlier>,
}

impl Given {
    /// What a visit begun by this person is for, if the site was his when he began it: work begun before the site went to
    /// somebody else stands.
    #[must_use]
    pub fn was_of(&self, person: PersonId, begun: Moment) -> Option<VisitPurpose> {
        if self.to == Some(person) {
            return Some(VisitPurpose::Assess);
        }
        if self.second == Some(person) {
            return Some(VisitPurpose::Agreement);
        }
        let before = self.earlier.iter().find(|earlier| earlier.person == person && begun < earlier.until);
        let anybodys = self.to.is_none().then_some(VisitPurpose::Assess);
        before.map(|earlier| earlier.purpose).or(anybodys)
    }

    /// Whether the site was ever given to this person.
    #[must_use]
    pub fn knows(&self, person: PersonId) -> bool {
        [self.to, self.second].contains(&Some(person)) || self.earlier.iter().any(|earlier| earlier.person == person)
    }
}

/// What a visit made at `made` is to a round that is in `state` when it arrives; none: it comes too late.
///
/// A visit made before the round was closed is kept beside it: the score is final, but what was seen was seen.
#[must_use]
pub fn standing(state: RoundState, closed_at: Option<Moment>, made: Moment) -> Option<VisitPurpose> {
    match state {
        RoundState::Planned => None,
        RoundState::Open => Some(VisitPurpose::Assess),
        RoundState::Closed | RoundState::Released => closed_at.is_some_and(|closed| made < closed).then_some(VisitPurpose::Late),
    }
}

/// Items of a checklist that somebody could not answer, because they were added after he had seen the list.
#[must_use]
pub fn added_since(seen: &[ItemId], current: &[ItemId]) -> Vec<ItemId> {
    let seen: BTreeSet<&ItemId> = seen.iter().collect();
    current.iter().filter(|item| !seen.contains(item)).copied().collect()
}

/// What a finding says, as far as two people or devices can say it differently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// What was observed.
    pub result: FindingResult,
    /// The typical faults that were picked.
    pub phrase: String,
    /// What was written beside.
    pub note: String,
    /// Photographs, in order.
    pub media: Vec<MediaId>,
}

/// A field of a finding on which two sides differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContentField {
    /// What was observed.
    Result,
    /// The typical faults.
    Phrase,
    /// The note.
    Note,
}

/// Merges a finding made on top of `base` into what stands there now, field by field: whoever changed a field wins it;
/// photographs of both sides are kept. Where both changed a field differently, the fields are named.
///
/// # Errors
/// The fields on which both sides differ.
pub fn merge(base: &Content, mine: &Content, theirs: &Content) -> Result<Content, Vec<ContentField>> {
    let mut clash = Vec::new();
    let result = three_way(&base.result, &mine.result, &theirs.result, ContentField::Result, &mut clash);
    let phrase = three_way(&base.phrase, &mine.phrase, &theirs.phrase, ContentField::Phrase, &mut clash);
    let note = three_way(&base.note, &mine.note, &theirs.note, ContentField::Note, &mut clash);
    if !clash.is_empty() {
        return Err(clash);
    }
    Ok(Content { result, phrase, note, media: merged_media(&base.media, &mine.media, &theirs.media) })
}

fn three_way<T: PartialEq + Clone>(base: &T, mine: &T, theirs: &T, field: ContentField, clash: &mut Vec<ContentField>) -> T {
    if mine == theirs || theirs == base {
        return mine.clone();
    }
    if mine != base {
        clash.push(field);
    }
    theirs.clone()
}

/// Theirs in their order, then what I added; what either side took away stays away.
fn merged_media(base: &[MediaId], mine: &[MediaId], theirs: &[MediaId]) -> Vec<MediaId> {
    let removed: BTreeSet<&MediaId> = base.iter().filter(|media| !mine.contains(media) || !theirs.contains(media)).collect();
    let mut seen = BTreeSet::new();
    theirs.iter().chain(mine).filter(|media| !removed.contains(media) && seen.insert(**media)).copied().collect()
}

/// Whether a problem that has changed since somebody saw it is, for a command of his, still the same: nothing that happened
/// moved it to another state or changed when it is due.
#[must_use]
pub fn undisturbed(since: &[Change]) -> bool {
    since.iter().all(|change| change.from == Some(change.to) && change.due_before == change.due_after)
}
