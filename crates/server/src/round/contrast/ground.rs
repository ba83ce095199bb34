//! What is compared: the faults of a higher level's round, and what our own visits had seen at their sites before.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{Days, NaiveDate, NaiveTime};
use uuid::Uuid;
use yipanqi_domain::exact::Exact;
use yipanqi_domain::id::{ItemId, PersonId, RoundId, SiteId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::problem::{Source, State, rates};
use yipanqi_domain::reading::{half_width, unspaced};
use yipanqi_domain::round::RoundKind;
use yipanqi_domain::round::contrast::{Deducted, Known, Look, Sighting, Sightings, contrast, named, within};
use yipanqi_store::checklist::{self, Item};
use yipanqi_store::problem::{Kept, ProblemFilter, ProblemSort, ProblemSortKey};
use yipanqi_store::round::{self, Round, VisitRow};
use yipanqi_store::site::{self, Site, SortOrder};
use yipanqi_store::{ReadTx, calendar, problem as store};

use super::super::sight;
use super::DECIMALS;
use super::views::{ContrastCounts, Naming};
use crate::error::Error;
use crate::figure::Figure;
use crate::request::CityCtx;

/// Days before a fault in which a visit of ours could have found it, unless the reader says otherwise.
const WINDOW: u32 = 90;
/// The longest window.
const LONGEST: u32 = 730;

/// A fault of theirs.
pub(super) struct Fault {
    pub(super) kept: Kept,
    pub(super) site: Option<SiteId>,
    pub(super) deducted: Deducted,
    pub(super) naming: Naming,
    pub(super) known: Known,
}

/// A line before it has its names.
#[derive(Clone)]
pub(super) struct Line {
    pub(super) sighting: Sighting,
    pub(super) fault: Option<usize>,
    pub(super) site: Option<SiteId>,
    pub(super) item: Option<ItemId>,
    pub(super) visit: Option<Uuid>,
    pub(super) day: NaiveDate,
}

/// Everything that is compared.
pub(super) struct Ground {
    pub(super) round: Round,
    pub(super) window: u32,
    pub(super) faults: Vec<Fault>,
    pub(super) looks: BTreeMap<SiteId, Vec<Look>>,
    pub(super) visits: HashMap<Uuid, VisitRow>,
    pub(super) findings: HashMap<(Uuid, ItemId), Uuid>,
    pub(super) sites: HashMap<SiteId, Site>,
    pub(super) items: HashMap<ItemId, Item>,
}

/// Whose visits are asked about.
#[derive(Debug, Clone, Default)]
pub(super) struct Whose {
    pub(super) inspectors: Vec<PersonId>,
    pub(super) rounds: Vec<RoundId>,
}

impl Whose {
    pub(super) fn everybody(&self) -> bool {
        self.inspectors.is_empty() && self.rounds.is_empty()
    }

    pub(super) fn asks(&self, visit: &VisitRow) -> bool {
        let person = || visit.inspector.is_some_and(|person| self.inspectors.contains(&person));
        (self.inspectors.is_empty() || person()) && (self.rounds.is_empty() || self.rounds.contains(&visit.round))
    }
}

impl Ground {
    pub(super) async fn read(ctx: &CityCtx, tx: &ReadTx, id: RoundId, days: Option<u32>) -> Result<Self, Error> {
        let round = sight::get(ctx, tx, id).await?;
        if round.kind != RoundKind::External {
            return Err(Error::new("round_not_external"));
        }
        let window = days.unwrap_or(WINDOW).min(LONGEST);
        let clock = calendar::load(tx).await?;
        let filter = ProblemFilter { round: Some(id.uuid()), ..ProblemFilter::default() };
        let sort = ProblemSort { key: ProblemSortKey::Number, order: SortOrder::Ascending };
        let problems = store::list(tx, &filter, sort, 0, u64::from(u32::MAX)).await?;
        let aliases = site::aliases(tx).await?;
        let kept: BTreeSet<SiteId> = problems.iter().filter_map(|one| one.problem.site).map(|site| aliases.kept(site)).collect();
        let sites = site::get_all(tx, &kept.iter().copied().collect::<Vec<_>>()).await?;
        let sites: HashMap<SiteId, Site> = sites.into_iter().map(|site| (site.id, site)).collect();
        let items = checklist::items(tx, None).await?;
        let on = |moment: Moment| clock.local(moment).date_naive();
        let seen: Vec<NaiveDate> = problems.iter().map(|one| on(one.problem.registered_at)).collect();
        let last = seen.iter().max().copied().unwrap_or(round.opened_on);
        let first = seen.iter().min().copied().unwrap_or(round.opened_on);
        let first = first.checked_sub_days(Days::new(window.into())).unwrap_or(first);
        let (from, to) = (clock.moment(first, NaiveTime::MIN), clock.moment(last.succ_opt().unwrap_or(last), NaiveTime::MIN));
        let families = aliases.families(&kept);
        let visits = round::looks(tx, &families, from, to).await?;
        let mut judged: HashMap<Uuid, BTreeMap<ItemId, bool>> = HashMap::new();
        let mut findings = HashMap::new();
        for one in round::judged(tx, &visits.iter().map(|visit| visit.id).collect::<Vec<_>>()).await? {
            judged.entry(one.visit).or_default().insert(one.item, one.pass);
            findings.insert((one.visit, one.item), one.finding);
        }
        let mut looks: BTreeMap<SiteId, Vec<Look>> = BTreeMap::new();
        for visit in &visits {
            let day = on(visit.finished_at.unwrap_or(visit.started_at));
            let look = Look { visit: visit.id, day, judged: judged.remove(&visit.id).unwrap_or_default() };
            looks.entry(aliases.kept(visit.site)).or_default().push(look);
        }
        let own: Vec<(SiteId, NaiveDate, String)> = (own_problems(tx, &families).await?.iter())
            .filter_map(|one| Some((aliases.kept(one.problem.site?), on(one.problem.registered_at), category(one))))
            .collect();
        let mut faults = Vec::with_capacity(problems.len());
        for (kept, day) in problems.into_iter().zip(seen) {
            let site = kept.problem.site.map(|site| aliases.kept(site));
            let (named, naming) = meant(&kept, site.and_then(|site| sites.get(&site)), &items);
            let words = category(&kept);
            let like = |(at, seen, said): &(SiteId, NaiveDate, String)| {
                Some(*at) == site && within(*seen, day, window) && *said == words
            };
            let known = if own.iter().any(like) { Known::Problem } else { Known::Nothing };
            faults.push(Fault { site, deducted: Deducted { day, items: named }, naming, known, kept });
        }
        Ok(Self {
            round,
            window,
            faults,
            looks,
            visits: visits.into_iter().map(|visit| (visit.id, visit)).collect(),
            findings,
            sites,
            items: items.iter().map(|item| (item.id, item.clone())).collect(),
        })
    }

    /// The lines as everybody's visits saw them, or as those of some inspectors or rounds did: then only what they could have
    /// seen.
    pub(super) fn lines(&self, whose: &Whose) -> Vec<Line> {
        let asked = |look: &&Look| self.visits.get(&look.visit).is_some_and(|visit| whose.asks(visit));
        let mut lines = Vec::new();
        let mut meant: BTreeMap<SiteId, BTreeSet<ItemId>> = BTreeMap::new();
        let mut until: BTreeMap<SiteId, NaiveDate> = BTreeMap::new();
        for (place, fault) in self.faults.iter().enumerate() {
            let line = |sighting, item, visit| Line {
                sighting,
                fault: Some(place),
                site: fault.site,
                item,
                visit,
                day: fault.deducted.day,
            };
            let Some(site) = fault.site else {
                if whose.everybody() {
                    lines.push(line(Sighting::Unplaced, None, None));
                }
                continue;
            };
            meant.entry(site).or_default().extend(&fault.deducted.items);
            let last = until.entry(site).or_insert(fault.deducted.day);
            *last = (*last).max(fault.deducted.day);
            let looks = self.looks.get(&site).into_iter().flatten().filter(asked);
            let known = if whose.everybody() { fault.known } else { Known::Nothing };
            let (sighting, by) = contrast(&fault.deducted, looks, self.window, known);
            if !whose.everybody() && by.is_none() {
                continue;
            }
            let only = fault.deducted.items.first().copied().filter(|_| fault.deducted.items.len() == 1);
            let item = by.and_then(|(_, item)| item).or(only);
            lines.push(line(sighting, item, by.map(|(look, _)| look.visit)));
        }
        for (site, last) in until {
            let theirs = meant.get(&site);
            let mut ours: BTreeMap<ItemId, (NaiveDate, Uuid)> = BTreeMap::new();
            for look in
                self.looks.get(&site).into_iter().flatten().filter(asked).filter(|look| within(look.day, last, self.window))
            {
                for (item, pass) in &look.judged {
                    if !pass && !theirs.is_some_and(|theirs| theirs.contains(item)) {
                        ours.insert(*item, (look.day, look.visit));
                    }
                }
            }
            lines.extend(ours.into_iter().map(|(item, (day, visit))| Line {
                sighting: Sighting::OursOnly,
                fault: None,
                site: Some(site),
                item: Some(item),
                visit: Some(visit),
                day,
            }));
        }
        lines
    }

    pub(super) fn counts<'a>(&self, lines: impl IntoIterator<Item = &'a Line>) -> ContrastCounts {
        let (mut sightings, mut points) = (Sightings::default(), Exact::zero());
        for line in lines {
            sightings.count(line.sighting);
            if let Some(deduction) = self.deduction(line) {
                points = &points + deduction;
            }
        }
        ContrastCounts {
            deducted: sightings.deducted(),
            found: sightings.found,
            lenient: sightings.lenient,
            unlooked: sightings.unlooked,
            blind: sightings.blind,
            unplaced: sightings.unplaced,
            ours_only: sightings.ours_only,
            share: rates::Rate { numerator: sightings.found, denominator: sightings.both() }.into(),
            points: Figure::of(&points, DECIMALS),
        }
    }

    pub(super) fn fault(&self, line: &Line) -> Option<&Fault> {
        self.faults.get(line.fault?)
    }

    pub(super) fn deduction(&self, line: &Line) -> Option<&Exact> {
        self.fault(line)?.kept.facts.deduction.as_ref()
    }

    pub(super) fn site(&self, line: &Line) -> Option<&Site> {
        self.sites.get(&line.site?)
    }
}

/// Problems of our own at these sites: neither theirs nor dismissed nor merged.
async fn own_problems(tx: &ReadTx, sites: &[SiteId]) -> Result<Vec<Kept>, Error> {
    let mut own = Vec::new();
    for some in sites.chunks(500) {
        let filter = ProblemFilter { sites: some.to_vec(), ..ProblemFilter::default() };
        own.extend(store::list(tx, &filter, ProblemSort::default(), 0, u64::from(u32::MAX)).await?);
    }
    own.retain(|kept| {
        let counts = !matches!(kept.problem.state, State::Dismissed | State::Merged);
        counts && kept.problem.source != Source::HigherFeedback
    });
    Ok(own)
}

fn category(kept: &Kept) -> String {
    unspaced(&half_width(&kept.problem.category.0))
}

/// The items that a fault means: the one that somebody named, else those that its words name on the site's checklist.
fn meant(kept: &Kept, site: Option<&Site>, items: &[Item]) -> (BTreeSet<ItemId>, Naming) {
    if let Some(item) = kept.problem.item {
        return (BTreeSet::from([item]), Naming::Person);
    }
    let of_type = site.and_then(|site| site.site_type);
    let list = items.iter().filter(|item| Some(item.site_type) == of_type).map(|item| (item.id, item.phrases.as_slice()));
    let found = named(&kept.facts.description, list);
    let naming = match found.len() {
        0 => Naming::Nothing,
        1 => Naming::Words,
        _ => Naming::Several,
    };
    (found, naming)
}
