//! Where were we blind or lenient: what a higher level deducted beside what our own visits had seen there before.
//!
//! Covert rounds that are not released are left out for everybody. The rule is in `domain::round::contrast`; here is what it
//! is asked about, and who may say which item a fault meant.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{Days, NaiveDate, NaiveTime};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use yipanqi_domain::exact::Exact;
use yipanqi_domain::id::{CommandId, ItemId, MediaId, PersonId, ProblemId, RoundId, SiteId, UnitId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::problem::{Source, State, rates};
use yipanqi_domain::reading::{half_width, unspaced};
use yipanqi_domain::round::RoundKind;
use yipanqi_domain::round::contrast::{Deducted, Known, Look, Sighting, Sightings, contrast, named, within};
use yipanqi_store::checklist::{self, Item};
use yipanqi_store::problem::{Cited, Kept, ProblemFilter, ProblemSort, ProblemSortKey};
use yipanqi_store::round::{self, FindingRow, Round, VisitRow};
use yipanqi_store::site::{self, Site, SortOrder};
use yipanqi_store::{ReadTx, StoreError, calendar, problem as store};

use super::handlers::people;
use super::sight;
use super::views::{FindingBody, RoundRef};
use crate::error::{Error, FailureBody};
use crate::export::{self, Column, ColumnQuery, Sheet, day, figure, some, text, unit};
use crate::figure::{Figure, Rate};
use crate::page::{Page, Workbook, sorted};
use crate::request::{CityCtx, Json, Path, Query};
use crate::session::{PersonRef, UnitRef};
use crate::site::{Names, SiteRef};

/// Days before a fault in which a visit of ours could have found it, unless the reader says otherwise.
const WINDOW: u32 = 90;
/// The longest window.
const LONGEST: u32 = 730;
/// Decimals of deducted points.
const DECIMALS: u32 = 2;
/// What stands for the faults whose item is not clear, where items are asked for.
const UNCLEAR: &str = "unclear";

/// How far back visits count.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct WindowQuery {
    /// Days before a fault, its own day included; 90 by default.
    pub days: Option<u32>,
}

/// Which lines; repeat a name to give several.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct LineQuery {
    /// The external round.
    #[param(value_type = String)]
    pub round: Uuid,
    /// Days before a fault, its own day included; 90 by default.
    pub days: Option<u32>,
    /// Words of the fault, its site or its item.
    pub q: String,
    /// `found`, `lenient`, `unlooked`, `blind`, `unplaced` or `ours_only`.
    #[param(value_type = Vec<String>)]
    pub sighting: Vec<Sighting>,
    /// Items; `unclear` for faults whose item is not clear.
    pub item: Vec<String>,
    /// Only as this inspector's visits saw it.
    #[param(value_type = Vec<String>)]
    pub inspector: Vec<PersonId>,
    /// Only as the visits of this round of ours saw it.
    #[param(value_type = Vec<String>)]
    pub own_round: Vec<RoundId>,
    /// Types of sites.
    #[param(value_type = Vec<String>)]
    pub site_type: Vec<Uuid>,
    /// Streets and towns.
    #[param(value_type = Vec<String>)]
    pub street: Vec<UnitId>,
    /// `site`, `day`, `deduction` or `sighting`; `-` before it turns the order. By site by default.
    pub sort: String,
    /// The page, from 1.
    pub page: Option<u64>,
    /// Rows per page, 10 to 200.
    pub size: Option<u64>,
}

/// Faults by what we had made of them.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ContrastCounts {
    /// Faults for which they deducted.
    pub deducted: u64,
    /// We had found them.
    pub found: u64,
    /// We had passed them.
    pub lenient: u64,
    /// We had been there and not judged the item.
    pub unlooked: u64,
    /// We had not been there.
    pub blind: u64,
    /// They name no registered site.
    pub unplaced: u64,
    /// Items that only we failed where they deducted for something else.
    pub ours_only: u64,
    /// What we had found of what both looked at.
    pub share: Rate,
    /// The points they deducted.
    pub points: Figure,
}

/// The same of one item, inspector, round, type or street.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ContrastRow {
    /// Its identity; none for faults of which it is not clear.
    pub id: Option<String>,
    /// Its code or number.
    pub code: String,
    /// Its name.
    pub name: String,
    /// The counts.
    pub counts: ContrastCounts,
}

/// A higher level's round beside our own.
#[derive(Debug, Serialize, ToSchema)]
pub struct ContrastView {
    /// The round.
    pub round: RoundRef,
    /// Days before a fault in which a visit of ours counts.
    pub days: u32,
    /// All of it.
    pub total: ContrastCounts,
    /// By checklist item; the one without identity are faults whose item is not clear.
    pub items: Vec<ContrastRow>,
    /// By inspector: each as that inspector's own visits saw it.
    pub inspectors: Vec<ContrastRow>,
    /// By round of ours: each as the visits of that round saw it.
    pub rounds: Vec<ContrastRow>,
    /// By type of site.
    pub site_types: Vec<ContrastRow>,
    /// By street or town.
    pub streets: Vec<ContrastRow>,
}

/// An item by its code and words.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ItemRef {
    /// Identity.
    #[schema(value_type = String)]
    pub id: ItemId,
    /// Its code.
    pub code: String,
    /// What is looked at.
    pub text: String,
}

/// How it is known which item a fault means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Naming {
    /// Somebody said so.
    Person,
    /// Its words contain a typical fault of one item.
    Words,
    /// Its words fit several items.
    Several,
    /// Its words fit none.
    Nothing,
}

/// The visit of ours that decides a line.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ContrastVisit {
    /// The visit.
    #[schema(value_type = String)]
    pub id: Uuid,
    /// Its round.
    pub round: RoundRef,
    /// Whose it was.
    pub inspector: Option<PersonRef>,
    /// When it was finished.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub finished_at: Option<Moment>,
    /// What was observed for the item; none where it was not judged.
    pub result: Option<FindingBody>,
    /// Whether that passed.
    pub pass: Option<bool>,
    /// Our photographs of it.
    #[schema(value_type = Vec<String>)]
    pub media: Vec<MediaId>,
}

/// A fault of theirs beside what we had seen, or a fault that only we found.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ContrastLine {
    /// Of the problem, or of our finding.
    pub id: String,
    /// What we had made of it.
    #[schema(value_type = String)]
    pub sighting: Sighting,
    /// Their fault.
    #[schema(value_type = Option<String>)]
    pub problem_id: Option<ProblemId>,
    /// The problem's running number.
    pub number: Option<i64>,
    /// What they wrote.
    pub description: String,
    /// Their category.
    pub category: String,
    /// The day on which they saw it, or we did.
    pub day: NaiveDate,
    /// What they deducted, as they wrote it.
    pub deduction: Option<Figure>,
    /// The site.
    pub site: Option<SiteRef>,
    /// The place in words.
    pub place: String,
    /// Street or town.
    pub street: Option<UnitRef>,
    /// The type of the site.
    #[schema(value_type = Option<String>)]
    pub site_type_id: Option<Uuid>,
    /// The item.
    pub item: Option<ItemRef>,
    /// How the item is known.
    pub naming: Naming,
    /// Our visit that decides it.
    pub visit: Option<ContrastVisit>,
}

/// Lines as a list answers them.
#[derive(Debug, Serialize, ToSchema)]
pub struct ContrastList {
    /// The rows of the page.
    pub items: Vec<ContrastLine>,
    /// Rows in all.
    pub total: u64,
    /// The page, from 1.
    pub page: u64,
    /// Rows per page.
    pub size: u64,
    /// What the rows come to.
    pub totals: ContrastCounts,
}

/// Which item a fault means.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
pub struct NameItem {
    /// Made by the client; the same command is applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// The problem of the external round.
    #[schema(value_type = String)]
    pub problem_id: ProblemId,
    /// The item; none: what its words say.
    #[schema(value_type = Option<String>)]
    pub item_id: Option<ItemId>,
}

/// A fault of theirs.
struct Fault {
    kept: Kept,
    site: Option<SiteId>,
    deducted: Deducted,
    naming: Naming,
    known: Known,
}

/// A line before it has its names.
#[derive(Clone)]
struct Line {
    sighting: Sighting,
    fault: Option<usize>,
    site: Option<SiteId>,
    item: Option<ItemId>,
    visit: Option<Uuid>,
    day: NaiveDate,
}

/// Everything that is compared.
struct Ground {
    round: Round,
    window: u32,
    faults: Vec<Fault>,
    looks: BTreeMap<SiteId, Vec<Look>>,
    visits: HashMap<Uuid, VisitRow>,
    findings: HashMap<(Uuid, ItemId), Uuid>,
    sites: HashMap<SiteId, Site>,
    items: HashMap<ItemId, Item>,
}

/// Whose visits are asked about.
#[derive(Debug, Clone, Default)]
struct Whose {
    inspectors: Vec<PersonId>,
    rounds: Vec<RoundId>,
}

impl Whose {
    fn everybody(&self) -> bool {
        self.inspectors.is_empty() && self.rounds.is_empty()
    }

    fn asks(&self, visit: &VisitRow) -> bool {
        let person = || visit.inspector.is_some_and(|person| self.inspectors.contains(&person));
        (self.inspectors.is_empty() || person()) && (self.rounds.is_empty() || self.rounds.contains(&visit.round))
    }
}

impl Ground {
    async fn read(ctx: &CityCtx, tx: &ReadTx, id: RoundId, days: Option<u32>) -> Result<Self, Error> {
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
    fn lines(&self, whose: &Whose) -> Vec<Line> {
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

    fn counts<'a>(&self, lines: impl IntoIterator<Item = &'a Line>) -> ContrastCounts {
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

    fn fault(&self, line: &Line) -> Option<&Fault> {
        self.faults.get(line.fault?)
    }

    fn deduction(&self, line: &Line) -> Option<&Exact> {
        self.fault(line)?.kept.facts.deduction.as_ref()
    }

    fn site(&self, line: &Line) -> Option<&Site> {
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

/// A higher level's round beside our own: found, passed, not looked at, not visited; by item, inspector, round, type, street.
#[utoipa::path(get, path = "/api/rounds/{id}/contrast", tag = "rounds", params(("id" = String, Path), WindowQuery),
    responses((status = 200, body = ContrastView), (status = 404, body = FailureBody), (status = 409, body = FailureBody)))]
pub async fn show(ctx: CityCtx, Path(id): Path<RoundId>, Query(query): Query<WindowQuery>) -> Result<Json<ContrastView>, Error> {
    Ok(Json(view(&ctx, &ctx.read().await?, id, query.days).await?))
}

async fn view(ctx: &CityCtx, tx: &ReadTx, id: RoundId, days: Option<u32>) -> Result<ContrastView, Error> {
    let ground = Ground::read(ctx, tx, id, days).await?;
    let names = Names::read(tx).await?;
    let people = people(tx).await?;
    let all = ground.lines(&Whose::default());
    let rounds: BTreeSet<RoundId> = ground.visits.values().map(|visit| visit.round).collect();
    let inspectors: BTreeSet<PersonId> = ground.visits.values().filter_map(|visit| visit.inspector).collect();
    let known = round::rounds_by_id(tx, &rounds.iter().copied().collect::<Vec<_>>()).await?;
    let mut by_inspector = Vec::new();
    for person in inspectors {
        let lines = ground.lines(&Whose { inspectors: vec![person], rounds: Vec::new() });
        if !lines.is_empty() {
            let name = people.get(&person).map(|person| person.name.clone()).unwrap_or_default();
            by_inspector.push(row(Some(person.to_string()), String::new(), name, ground.counts(&lines)));
        }
    }
    let mut by_round = Vec::new();
    for round in rounds.iter().filter_map(|round| known.get(round)) {
        let lines = ground.lines(&Whose { inspectors: Vec::new(), rounds: vec![round.id] });
        if !lines.is_empty() {
            by_round.push(row(Some(round.id.to_string()), round.number.clone(), round.name.clone(), ground.counts(&lines)));
        }
    }
    by_inspector.sort_by(|left, right| left.name.cmp(&right.name));
    by_round.sort_by(|left, right| left.code.cmp(&right.code));
    let item = |line: &Line| match line.item.and_then(|item| ground.items.get(&item)) {
        Some(item) => (Some(item.id.to_string()), item.code.clone(), item.text.clone()),
        None => (None, String::new(), String::new()),
    };
    let site_type = |line: &Line| match ground.site(line) {
        Some(site) => (site.site_type.map(|id| id.to_string()), String::new(), names.type_name(site)),
        None => (None, String::new(), String::new()),
    };
    let street = |line: &Line| match ground.site(line).and_then(|site| names.unit(site.street)) {
        Some(unit) => (Some(unit.id.to_string()), String::new(), unit.name),
        None => (None, String::new(), String::new()),
    };
    Ok(ContrastView {
        total: ground.counts(&all),
        items: grouped(&ground, &all, item),
        site_types: grouped(&ground, &all, site_type),
        streets: grouped(&ground, &all, street),
        inspectors: by_inspector,
        rounds: by_round,
        days: ground.window,
        round: RoundRef::from(&ground.round),
    })
}

fn row(id: Option<String>, code: String, name: String, counts: ContrastCounts) -> ContrastRow {
    ContrastRow { id, code, name, counts }
}

type Key = (Option<String>, String, String);

/// The lines by a key, the one with the most deductions first; what has no key comes last.
fn grouped(ground: &Ground, lines: &[Line], key: impl Fn(&Line) -> Key) -> Vec<ContrastRow> {
    let mut groups: BTreeMap<Key, Vec<&Line>> = BTreeMap::new();
    for line in lines {
        groups.entry(key(line)).or_default().push(line);
    }
    let mut rows: Vec<ContrastRow> =
        (groups.into_iter()).map(|((id, code, name), lines)| row(id, code, name, ground.counts(lines))).collect();
    rows.sort_by_key(|row| (row.id.is_none(), std::cmp::Reverse(row.counts.deducted), row.code.clone()));
    rows
}

/// Faults of a higher level's round, each with the visit of ours that decides what we had made of it.
#[utoipa::path(get, path = "/api/contrast-lines", tag = "rounds", params(LineQuery),
    responses((status = 200, body = ContrastList), (status = 404, body = FailureBody), (status = 409, body = FailureBody)))]
pub async fn lines(ctx: CityCtx, Query(query): Query<LineQuery>) -> Result<Json<ContrastList>, Error> {
    let page = Page::of(query.page, query.size);
    let tx = ctx.read().await?;
    let ground = Ground::read(&ctx, &tx, RoundId::new(query.round), query.days).await?;
    let names = Names::read(&tx).await?;
    let found = asked(&ground, &names, &query)?;
    let first = usize::try_from(page.offset()).unwrap_or(usize::MAX);
    let size = usize::try_from(page.size).unwrap_or(usize::MAX);
    let shown: Vec<&Line> = found.iter().skip(first).take(size).collect();
    let items = detailed(&tx, &ground, &names, &shown).await?;
    let total = u64::try_from(found.len()).unwrap_or(u64::MAX);
    Ok(Json(ContrastList { items, total, page: page.page, size: page.size, totals: ground.counts(&found) }))
}

/// The lines of the query, in its order.
fn asked(ground: &Ground, names: &Names, query: &LineQuery) -> Result<Vec<Line>, Error> {
    let whose = Whose { inspectors: query.inspector.clone(), rounds: query.own_round.clone() };
    let words: Vec<String> = query.q.split_whitespace().map(str::to_lowercase).collect();
    let mut found = ground.lines(&whose);
    found.retain(|line| {
        let (site, item) = (ground.site(line), line.item.and_then(|item| ground.items.get(&item)));
        let item_asked = || line.item.map_or_else(|| UNCLEAR.to_owned(), |item| item.to_string());
        let mut said = ground.fault(line).map(|fault| fault.kept.facts.description.to_lowercase()).unwrap_or_default();
        for part in [site.map(|site| &site.name), site.map(|site| &site.code), item.map(|item| &item.text)].into_iter().flatten()
        {
            said.push(' ');
            said.push_str(&part.to_lowercase());
        }
        (query.sighting.is_empty() || query.sighting.contains(&line.sighting))
            && (query.item.is_empty() || query.item.contains(&item_asked()))
            && (query.site_type.is_empty()
                || site.and_then(|site| site.site_type).is_some_and(|kind| query.site_type.contains(&kind)))
            && (query.street.is_empty() || site.and_then(|site| site.street).is_some_and(|street| query.street.contains(&street)))
            && words.iter().all(|word| said.contains(word))
    });
    let (column, order) = sorted(&query.sort);
    let code = |line: &Line| ground.site(line).map(|site| site.code.clone());
    found.sort_by_key(|line| (code(line).is_none(), code(line), line.fault.is_none(), line.day));
    match column {
        "" | "site" => {}
        "day" => found.sort_by_key(|line| line.day),
        "deduction" => found.sort_by_key(|line| ground.deduction(line).cloned()),
        "sighting" => found.sort_by_key(|line| line.sighting),
        "street" => found.sort_by_key(|line| ground.site(line).and_then(|site| names.unit(site.street)).map(|unit| unit.name)),
        _ => return Err(Error::new("query_invalid").with("reason", "sort")),
    }
    if order == SortOrder::Descending {
        found.reverse();
    }
    Ok(found)
}

/// The lines with everything that a page shows of them, in a bounded number of queries.
async fn detailed(tx: &ReadTx, ground: &Ground, names: &Names, lines: &[&Line]) -> Result<Vec<ContrastLine>, Error> {
    let people = people(tx).await?;
    let wanted = |line: &&Line| ground.findings.get(&(line.visit?, line.item?)).copied();
    let mut findings: HashMap<Uuid, FindingRow> = HashMap::new();
    for some in lines.iter().filter_map(wanted).collect::<Vec<_>>().chunks(300) {
        findings.extend(round::findings_by_id(tx, some).await?.into_iter().map(|finding| (finding.id, finding)));
    }
    let visits = || lines.iter().filter_map(|line| ground.visits.get(&line.visit?));
    let rounds: BTreeSet<RoundId> = visits().map(|visit| visit.round).collect();
    let rounds = round::rounds_by_id(tx, &rounds.into_iter().collect::<Vec<_>>()).await?;
    let detail = |line: &&Line| {
        let (fault, site) = (ground.fault(line), ground.site(line));
        let finding = wanted(line).and_then(|finding| findings.get(&finding));
        let look = |visit: &Uuid| {
            ground.looks.get(&line.site?)?.iter().find(|look| look.visit == *visit)?.judged.get(&line.item?).copied()
        };
        let visit = line.visit.and_then(|visit| ground.visits.get(&visit)).and_then(|visit| {
            Some(ContrastVisit {
                id: visit.id,
                round: RoundRef::from(rounds.get(&visit.round)?),
                inspector: visit.inspector.and_then(|person| people.get(&person).cloned()),
                finished_at: visit.finished_at,
                result: finding.map(|finding| finding.result.clone().into()),
                pass: look(&visit.id),
                media: finding.map(|finding| finding.media.clone()).unwrap_or_default(),
            })
        });
        let own = finding.map(|finding| format!("{} {}", finding.result.phrases(&finding.phrase), finding.note).trim().to_owned());
        let id = fault.map(|fault| fault.kept.problem.id.to_string()).or(finding.map(|finding| finding.id.to_string()));
        ContrastLine {
            id: id.unwrap_or_default(),
            sighting: line.sighting,
            problem_id: fault.map(|fault| fault.kept.problem.id),
            number: fault.map(|fault| fault.kept.number),
            description: fault.map(|fault| fault.kept.facts.description.clone()).or(own).unwrap_or_default(),
            category: fault.map(|fault| fault.kept.problem.category.0.clone()).unwrap_or_default(),
            day: line.day,
            deduction: ground.deduction(line).map(|points| Figure::of(points, DECIMALS)),
            place: fault.map(|fault| fault.kept.facts.place_text.clone()).unwrap_or_default(),
            site: site.map(|site| names.site(site)),
            street: site.and_then(|site| names.unit(site.street)),
            site_type_id: site.and_then(|site| site.site_type),
            item: line.item.and_then(|item| ground.items.get(&item)).map(|item| ItemRef {
                id: item.id,
                code: item.code.clone(),
                text: item.text.clone(),
            }),
            naming: fault.map_or(Naming::Person, |fault| fault.naming),
            visit,
        }
    };
    Ok(lines.iter().map(detail).collect())
}

/// Every column, in the list's order.
#[rustfmt::skip]
const SHEET: Sheet<ContrastLine> = Sheet { file: "contrast", zh: "上级扣分与本级检查对照", en: "Deductions beside our own visits", columns: &[
    Column { name: "sighting", zh: "对照结果", en: "Sighting", width: 14, cell: |row, pen| pen.word("sighting", &row.sighting) },
    Column { name: "code", zh: "点位编号", en: "Site code", width: 12, cell: |row, _| some(row.site.as_ref().map(|site| site.code.as_str())) },
    Column { name: "site", zh: "点位", en: "Site", width: 24, cell: |row, _| row.site.as_ref().map_or_else(|| text(&row.place), |site| text(&site.name)) },
    Column { name: "site_type", zh: "点位类型", en: "Site type", width: 14, cell: |row, _| some(row.site.as_ref().map(|site| site.site_type.as_str())) },
    Column { name: "street", zh: "街道（镇）", en: "Street or town", width: 14, cell: |row, _| unit(row.street.as_ref()) },
    Column { name: "day", zh: "日期", en: "Day", width: 14, cell: |row, _| day(Some(row.day)) },
    Column { name: "description", zh: "问题描述", en: "Fault", width: 36, cell: |row, _| text(&row.description) },
    Column { name: "category", zh: "问题类别", en: "Category", width: 12, cell: |row, _| text(&row.category) },
    Column { name: "deduction", zh: "扣分", en: "Deducted", width: 10, cell: |row, _| figure(row.deduction.as_ref(), DECIMALS) },
    Column { name: "item", zh: "检查项", en: "Item", width: 36, cell: |row, _| some(row.item.as_ref().map(|item| item.text.as_str())) },
    Column { name: "visit", zh: "本级批次", en: "Our round", width: 20, cell: |row, _| some(row.visit.as_ref().map(|visit| visit.round.name.as_str())) },
    Column { name: "inspector", zh: "检查人员", en: "Inspector", width: 12, cell: |row, _| some(row.visit.as_ref().and_then(|visit| visit.inspector.as_ref()).map(|person| person.name.as_str())) },
    Column { name: "visited_at", zh: "本级检查时间", en: "Visited", width: 18, cell: |row, pen| pen.moment(row.visit.as_ref().and_then(|visit| visit.finished_at)) },
    Column { name: "pass", zh: "本级结论", en: "Our verdict", width: 12, cell: |row, pen| match row.visit.as_ref().and_then(|visit| visit.pass) {
        Some(true) => pen.word("verdict", &"pass"),
        Some(false) => pen.word("verdict", &"fail"),
        None => text(""),
    } },
] };

/// The same lines as a workbook.
#[utoipa::path(get, path = "/api/contrast-lines/export.xlsx", tag = "rounds", params(LineQuery, ColumnQuery),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>),
        (status = 422, body = FailureBody)))]
pub async fn export(ctx: CityCtx, Query(query): Query<LineQuery>, Query(columns): Query<ColumnQuery>) -> Result<Workbook, Error> {
    let tx = ctx.read().await?;
    let ground = Ground::read(&ctx, &tx, RoundId::new(query.round), query.days).await?;
    let names = Names::read(&tx).await?;
    let found = asked(&ground, &names, &query)?;
    let rows = detailed(&tx, &ground, &names, &found.iter().collect::<Vec<_>>()).await?;
    let calendar = calendar::load(&tx).await?;
    drop(tx);
    export::workbook(&ctx, calendar, &SHEET, &columns, &rows)
}

/// Say which checklist item a fault of a higher level means.
#[utoipa::path(post, path = "/api/rounds/{id}/contrast", tag = "rounds", params(("id" = String, Path)), request_body = NameItem,
    responses((status = 200, body = ContrastView), (status = 404, body = FailureBody), (status = 409, body = FailureBody),
        (status = 422, body = FailureBody)))]
pub async fn name(ctx: CityCtx, Path(id): Path<RoundId>, Json(input): Json<NameItem>) -> Result<Json<ContrastView>, Error> {
    let mut tx = ctx.write().await?;
    if ctx.once::<()>(&mut tx, input.command_id, &(id, input)).await?.is_none() {
        let mut kept = store::get(&tx, input.problem_id).await.map_err(|error| match error {
            StoreError::NotFound { .. } => Error::new("problem_not_found"),
            other => other.into(),
        })?;
        if kept.facts.round != Some(id.uuid()) {
            return Err(Error::new("problem_not_found"));
        }
        let site = match kept.problem.site {
            Some(site) => site::get_all(&tx, &[site]).await?.into_iter().next(),
            None => None,
        };
        let items = checklist::items(&tx, site.and_then(|site| site.site_type)).await?;
        let item = match input.item_id {
            Some(item) => Some(items.iter().find(|known| known.id == item).ok_or_else(|| Error::new("item_not_of_site"))?),
            None => None,
        };
        kept.problem.item = item.map(|item| item.id);
        let links = item.map(|item| item.criteria.as_slice()).unwrap_or_default();
        kept.facts.cited = (links.iter())
            .map(|link| Cited {
                framework: link.framework.clone(),
                edition: link.edition,
                key: link.citation_key.clone(),
                citation: link.citation.clone(),
            })
            .collect();
        store::save_facts(&tx, &kept).await?;
        tx.audit("problem.item", "problem", &kept.problem.id.to_string(), &input)?;
        tx.event("round", &id.to_string(), &[])?;
        ctx.answer_once(&mut tx, input.command_id, &()).await?;
        tx.commit().await?;
    } else {
        drop(tx);
    }
    Ok(Json(view(&ctx, &ctx.read().await?, id, None).await?))
}
