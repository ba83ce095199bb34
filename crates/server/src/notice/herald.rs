//! Who is told what, once each.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;
use yipanqi_domain::access::Role;
use yipanqi_domain::id::{PersonId, UnitId};
use yipanqi_store::notice::{self, Held, Notice, Way};
use yipanqi_store::{NewJob, WriteTx, unit};

use super::mail;
use crate::error::Error;

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Told {
    /// 交办.
    Assigned,
    /// 退回返工, 重开.
    Returned,
    /// 催办.
    Urged,
    /// Due soon: the ladder's reminder.
    DueSoon,
    /// A request of the unit was decided.
    Decided,
    /// A unit asks: decline, transfer, extension, deferral.
    Asked,
    /// The ladder proposes a slip.
    SlipProposed,
    /// 督办单 issued to the unit.
    SlipIssued,
    /// The unit has replied or appealed.
    SlipReplied,
    /// The office has judged the reply or appeal.
    SlipJudged,
    /// A black plate or a note of praise.
    Merit,
    /// 曝光: to be claimed.
    Exposed,
    /// 问责线索.
    Referred,
    /// What one has reported is followed under another problem.
    Merged,
    /// 举一反三: something was wrong at a site like one's own.
    Warned,
    /// A responsible party has answered.
    PartyAnswered,
    /// A link ended without an answer of the responsible party.
    PartySilent,
    /// 报结: somebody else has to see that it is done.
    Submitted,
}

impl Told {
    /// Every kind, in the order in which a person chooses.
    pub const ALL: [Self; 18] = [
        Self::Assigned,
        Self::Returned,
        Self::Urged,
        Self::DueSoon,
        Self::Decided,
        Self::Asked,
        Self::Submitted,
        Self::SlipProposed,
        Self::SlipIssued,
        Self::SlipReplied,
        Self::SlipJudged,
        Self::Merit,
        Self::Exposed,
        Self::Referred,
        Self::Merged,
        Self::Warned,
        Self::PartyAnswered,
        Self::PartySilent,
    ];

    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Assigned => "assigned",
            Self::Returned => "returned",
            Self::Urged => "urged",
            Self::DueSoon => "due_soon",
            Self::Decided => "decided",
            Self::Asked => "asked",
            Self::SlipProposed => "slip_proposed",
            Self::SlipIssued => "slip_issued",
            Self::SlipReplied => "slip_replied",
            Self::SlipJudged => "slip_judged",
            Self::Merit => "merit",
            Self::Exposed => "exposed",
            Self::Referred => "referred",
            Self::Merged => "merged",
            Self::Warned => "warned",
            Self::PartyAnswered => "party_answered",
            Self::PartySilent => "party_silent",
            Self::Submitted => "submitted",
        }
    }

    /// The noun that it is about.
    #[must_use]
    pub fn subject_kind(self) -> &'static str {
        match self {
            Self::Assigned
            | Self::Returned
            | Self::Urged
            | Self::DueSoon
            | Self::Decided
            | Self::Asked
            | Self::Submitted
            | Self::Exposed
            | Self::PartyAnswered
            | Self::PartySilent
            | Self::Merged => "problem",
            Self::SlipProposed | Self::SlipIssued | Self::SlipReplied | Self::SlipJudged => "slip",
            Self::Merit => "merit",
            Self::Referred => "referral",
            Self::Warned => "site_type",
        }
    }

    /// The way of whoever has not chosen: slips by mail too, where an address is known.
    #[must_use]
    pub fn usual_way(self) -> Way {
        match self {
            Self::SlipIssued | Self::Referred => Way::Mail,
            Self::Assigned
            | Self::Returned
            | Self::Urged
            | Self::DueSoon
            | Self::Decided
            | Self::Asked
            | Self::Submitted
            | Self::SlipProposed
            | Self::SlipReplied
            | Self::SlipJudged
            | Self::Merit
            | Self::Exposed
            | Self::Merged
            | Self::Warned
            | Self::PartyAnswered
            | Self::PartySilent => Way::InApp,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Audience {
    Unit(UnitId),
    Office,
    Supervision,
    Person(PersonId),
}

/// Collects what is to be told.
#[derive(Debug, Default)]
pub struct Herald(BTreeMap<(Audience, Told), Vec<(String, String)>>);

impl Herald {
    /// Head, officer and liaison of a unit, and the worker of a grid.
    pub fn unit(&mut self, unit: UnitId, told: Told, subject: &str, title: &str) {
        self.note(Audience::Unit(unit), told, subject, title);
    }

    /// The creation office.
    pub fn office(&mut self, told: Told, subject: &str, title: &str) {
        self.note(Audience::Office, told, subject, title);
    }

    /// One person.
    pub fn person(&mut self, person: PersonId, told: Told, subject: &str, title: &str) {
        self.note(Audience::Person(person), told, subject, title);
    }

    /// The supervision office.
    pub fn supervision(&mut self, told: Told, subject: &str, title: &str) {
        self.note(Audience::Supervision, told, subject, title);
    }

    fn note(&mut self, audience: Audience, told: Told, subject: &str, title: &str) {
        self.0.entry((audience, told)).or_default().push((subject.to_owned(), title.to_owned()));
    }

    /// Writes the notices and asks for the mails. Whoever did it is not told of it.
    ///
    /// # Errors
    /// The store's.
    pub async fn flush(self, tx: &mut WriteTx, today: NaiveDate) -> Result<(), Error> {
        if self.0.is_empty() {
            return Ok(());
        }
        let posts = unit::posts(tx, None, today).await?;
        let doer = tx.by().person;
        let mut about: BTreeMap<(PersonId, Told), Vec<(String, String)>> = BTreeMap::new();
        for ((audience, told), things) in self.0 {
            let hears = |post: &&unit::PersonPost| match audience {
                Audience::Unit(unit) => {
                    let role = matches!(post.role, Role::UnitHead | Role::Officer | Role::Liaison | Role::GridWorker);
                    role && post.unit == unit
                }
                Audience::Office => post.role == Role::Office,
                Audience::Supervision => post.role == Role::Supervisor,
                Audience::Person(person) => post.person == person,
            };
            let receivers: BTreeSet<PersonId> = posts.iter().filter(hears).map(|post| post.person).collect();
            for receiver in receivers.into_iter().filter(|receiver| Some(*receiver) != doer) {
                about.entry((receiver, told)).or_default().extend(things.iter().cloned());
            }
        }
        let persons: Vec<PersonId> = about.keys().map(|(person, _)| *person).collect();
        let ways = notice::ways(tx, &persons).await?;
        let (mut now, mut later, mut mailed) = (BTreeMap::new(), Vec::new(), BTreeSet::new());
        for ((person, told), things) in about {
            match ways.get(&(person, told.word().to_owned())).copied().unwrap_or(told.usual_way()) {
                Way::None => {}
                Way::InApp => {
                    now.insert((person, told), things);
                }
                Way::Mail => {
                    mailed.insert((person, told));
                    now.insert((person, told), things);
                }
                Way::Digest => later.extend(things.into_iter().map(|(subject, title)| Held {
                    person,
                    kind: told.word().to_owned(),
                    subject_kind: told.subject_kind().to_owned(),
                    subject,
                    title,
                })),
            }
        }
        notice::hold(tx, later).await?;
        tell(tx, now, |person, told| mailed.contains(&(person, told))).await
    }
}

/// What was held for digests is told: one notice for each person and kind, and a letter to whoever has an address. What was
/// told is not told again.
///
/// # Errors
/// The store's.
pub(super) async fn digest(tx: &mut WriteTx) -> Result<usize, Error> {
    let mut about: BTreeMap<(PersonId, Told), Vec<(String, String)>> = BTreeMap::new();
    for held in notice::take_held(tx).await? {
        if let Some(told) = Told::ALL.into_iter().find(|told| told.word() == held.kind) {
            about.entry((held.person, told)).or_default().push((held.subject, held.title));
        }
    }
    let count = about.len();
    tell(tx, about, |_, _| true).await?;
    Ok(count)
}

/// Writes a notice for each person and kind, and asks for the letters.
async fn tell(
    tx: &mut WriteTx,
    about: BTreeMap<(PersonId, Told), Vec<(String, String)>>,
    by_mail: impl Fn(PersonId, Told) -> bool,
) -> Result<(), Error> {
    let (mut new, mut mails) = (Vec::new(), BTreeMap::<PersonId, BTreeMap<Told, usize>>::new());
    for ((person, told), things) in about {
        if by_mail(person, told) {
            mails.entry(person).or_default().insert(told, things.len());
        }
        let subjects: BTreeSet<&String> = things.iter().map(|(subject, _)| subject).collect();
        let only = (subjects.len() == 1).then(|| subjects.first().map(|subject| (*subject).clone())).flatten();
        let titles: Vec<&str> = things.iter().take(3).map(|(_, title)| title.as_str()).collect();
        new.push(Notice {
            id: Uuid::now_v7(),
            person,
            kind: told.word().to_owned(),
            subject_kind: told.subject_kind().to_owned(),
            subject: only,
            count: i64::try_from(things.len()).unwrap_or(i64::MAX),
            body: json!({ "titles": titles }),
            at: tx.at(),
            read_at: None,
        });
    }
    notice::add(tx, &new).await?;
    let run_at = tx.at();
    for (person, counts) in mails {
        if mail::address(tx, person).await?.is_some() {
            let payload = serde_json::to_value(mail::Letter { person, counts }).map_err(Error::internal)?;
            tx.enqueue(NewJob { kind: "mail".to_owned(), payload, run_at }).await?;
        }
    }
    Ok(())
}
