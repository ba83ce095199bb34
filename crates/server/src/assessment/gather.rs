//! What an assessment is made of, gathered from the work of the period: field scores, rectification, tasks, what came back
//! and what was exposed, and what was entered by hand.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Days, NaiveDate, NaiveTime};
use serde::{Deserialize, Serialize};
use yipanqi_domain::assessment::{AssessmentEvent, AssessmentPolicy, ComponentKind, Fact, FactPart, Finder, UnitInputs};
use yipanqi_domain::calendar::Calendar;
use yipanqi_domain::exact::Exact;
use yipanqi_domain::framework::Method;
use yipanqi_domain::id::{CriterionId, RoundId, SiteId, UnitId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::problem::Source;
use yipanqi_domain::problem::rates::{Period, Rate};
use yipanqi_domain::score::{CriterionScore, NodeScore};
use yipanqi_domain::task::State;
use yipanqi_domain::unit::UnitTree;
use yipanqi_store::framework::{self, DutyRole};
use yipanqi_store::problem::{self, Cited, Kept, ProblemFilter};
use yipanqi_store::site::SortOrder;
use yipanqi_store::task::{self, KeptTask, TaskFilter, TaskSort, TaskSortKey};
use yipanqi_store::unit::{self, Directory, Unit};
use yipanqi_store::{ReadTx, calendar};

use crate::error::Error;
use crate::score::figures::{Computed, Figures, UnitFigures};
use crate::score::{Group, peer};

/// Tasks read at a time.
const BATCH: u64 = 500;

/// What was entered by hand, by unit.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Entered {
    /// By key of the component.
    pub facts: BTreeMap<UnitId, BTreeMap<String, Fact>>,
    /// Bonuses and deductions.
    pub events: BTreeMap<UnitId, Vec<AssessmentEvent>>,
}

impl Entered {
    /// Puts what was entered over what was gathered.
    pub fn over(self, inputs: &mut [UnitInputs]) {
        let Self { mut facts, mut events } = self;
        for unit in inputs {
            unit.facts.extend(facts.remove(&unit.unit).unwrap_or_default());
            unit.events.extend(events.remove(&unit.unit).unwrap_or_default());
        }
    }
}

/// The period and the round of an assessment.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub until: NaiveDate,
    /// The round whose field score counts.
    pub round: Option<RoundId>,
}

/// Gathers the inputs of all units of all peer groups, without what was entered; `scored` is the round, if one was chosen.
///
/// # Errors
/// The database's.
pub async fn gather(
    tx: &ReadTx,
    tree: &UnitTree,
    policy: &AssessmentPolicy,
    span: Span,
    scored: Option<&Computed>,
) -> Result<Vec<UnitInputs>, Error> {
    let figures = scored.map(|scored| &scored.figures);
    let led = match scored {
        Some(scored) => led(tx, scored, span.round).await?,
        None => BTreeMap::new(),
    };
    let directory = unit::directory(tx).await?;
    let calendar = calendar::load(tx).await?;
    let period = period(&calendar, span);
    let came_back = events(tx, &directory, policy, period).await?;
    let has = |kind| policy.components.iter().any(|component| component.kind == kind);
    let done = match has(ComponentKind::Tasks) {
        true => tasks(tx, tree, &calendar, span).await?,
        false => BTreeMap::new(),
    };
    let closed = match has(ComponentKind::Rectification) {
        true => rectification(tx, tree, span, period).await?,
        false => BTreeMap::new(),
    };
    let mut inputs = Vec::new();
    for group in Group::ALL {
        let of_kind = directory.units().iter().filter(|unit| unit.kind == group.kind() && exists(unit, span.until));
        for unit in of_kind {
            let mut facts = BTreeMap::new();
            for component in &policy.components {
                let fact = match component.kind {
                    ComponentKind::FieldScore => {
                        figures.and_then(|figures| field(figures, &directory, group, unit.id, span.round))
                    }
                    ComponentKind::Rectification => closed.get(&unit.id).cloned(),
                    ComponentKind::Filing => led.get(&(Method::Filing, unit.id)).cloned(),
                    ComponentKind::Survey => led.get(&(Method::Survey, unit.id)).cloned(),
                    ComponentKind::Tasks => done.get(&unit.id).cloned(),
                    ComponentKind::Entered => None,
                };
                facts.extend(fact.map(|fact| (component.key.clone(), fact)));
            }
            inputs.push(UnitInputs {
                unit: unit.id,
                code: unit.code.clone(),
                name: unit.name.clone(),
                group: group.as_str().to_owned(),
                facts,
                events: came_back.get(&unit.id).cloned().unwrap_or_default(),
            });
        }
    }
    Ok(inputs)
}

fn exists(unit: &Unit, day: NaiveDate) -> bool {
    unit.opened_on.is_none_or(|opened| opened <= day) && unit.closed_on.is_none_or(|closed| closed >= day)
}

fn period(calendar: &Calendar, span: Span) -> Period {
    let after = span.until.checked_add_days(Days::new(1)).unwrap_or(span.until);
    Period { from: calendar.moment(span.from, NaiveTime::MIN), to: calendar.moment(after, NaiveTime::MIN) }
}

/// What a unit's sites, and those of the units below it, earned of what they could.
fn field(figures: &Figures, directory: &Directory, group: Group, of: UnitId, round: Option<RoundId>) -> Option<Fact> {
    let mut sum = UnitFigures::default();
    for (unit, own) in &figures.units {
        if peer(directory, *unit, group.kind()) == Some(of) {
            sum.sites += own.sites;
            sum.possible = &sum.possible + &own.possible;
            sum.lost_at_sites = &sum.lost_at_sites + &own.lost_at_sites;
        }
    }
    let link = round.map(|round| format!("/score/losses?round={round}&unit={of}&below=true")).unwrap_or_default();
    (sum.sites > 0).then(|| Fact {
        reached: &sum.possible - &sum.lost_at_sites,
        possible: sum.possible,
        denominator: sum.sites,
        link,
        source: String::new(),
        interval: figures.unit_intervals.get(&of).cloned().map(Box::new),
        parts: Vec::new(),
    })
}

/// What units reached in the filing and survey measures of the criteria they lead, as entered or imported for the round.
async fn led(tx: &ReadTx, scored: &Computed, round: Option<RoundId>) -> Result<BTreeMap<(Method, UnitId), Fact>, Error> {
    let tree = framework::edition(tx, scored.edition).await?;
    let mut criteria: HashMap<CriterionId, &CriterionScore> = HashMap::new();
    let mut waiting: Vec<&NodeScore> = scored.figures.tree.nodes.iter().collect();
    while let Some(node) = waiting.pop() {
        waiting.extend(&node.children);
        criteria.extend(node.criterion.iter().map(|criterion| (criterion.id, criterion)));
    }
    let mut led: BTreeMap<(Method, UnitId), Fact> = BTreeMap::new();
    for node in &tree.nodes {
        let leads = node.duties.iter().filter(|duty| duty.role == DutyRole::Lead).filter_map(|duty| duty.unit);
        let leads: BTreeSet<UnitId> = leads.collect();
        let measures = criteria.get(&node.id).into_iter().flat_map(|criterion| &criterion.measures);
        for measure in measures.filter(|measure| matches!(measure.method, Method::Filing | Method::Survey)) {
            let row = node.measures.iter().find(|row| row.method == measure.method);
            let (Some(row), Some(round), false) = (row, round, measure.figure.covered.is_zero()) else { continue };
            for unit in &leads {
                let fact = led.entry((measure.method, *unit)).or_insert_with(|| Fact {
                    reached: Exact::zero(),
                    possible: Exact::zero(),
                    denominator: 0,
                    link: String::new(),
                    source: String::new(),
                    interval: None,
                    parts: Vec::new(),
                });
                fact.reached = &fact.reached + &measure.figure.earned;
                fact.possible = &fact.possible + &measure.figure.covered;
                fact.denominator += 1;
                fact.parts.push(FactPart {
                    number: node.citation_key.clone(),
                    title: node.title.clone(),
                    reached: measure.figure.earned.clone(),
                    possible: measure.figure.covered.clone(),
                    link: format!("/score?round={round}&measure={}", row.id),
                });
            }
        }
    }
    Ok(led)
}

/// Problems of a unit and those below it closed on time, of those due in the period.
async fn rectification(tx: &ReadTx, tree: &UnitTree, span: Span, period: Period) -> Result<BTreeMap<UnitId, Fact>, Error> {
    let Span { from, until, .. } = span;
    let mut sums: BTreeMap<UnitId, (u64, u64)> = BTreeMap::new();
    for (unit, Rate { numerator, denominator }) in problem::on_time_by_unit(tx, period).await? {
        add(&mut sums, tree, unit, (numerator, denominator));
    }
    let link = |unit| format!("/problems?rate=on_time&part=denominator&from={from}&to={until}&under={unit}");
    Ok(sums.into_iter().filter_map(|(unit, (done, all))| Some((unit, counted(done, all, link(unit))?))).collect())
}

/// Adds a unit's cases (reached, possible) to its own and to those of the units above it.
fn add(sums: &mut BTreeMap<UnitId, (u64, u64)>, tree: &UnitTree, unit: UnitId, (reached, possible): (u64, u64)) {
    for unit in std::iter::once(unit).chain(tree.ancestors(unit)) {
        let sum = sums.entry(unit).or_default();
        *sum = (sum.0 + reached, sum.1 + possible);
    }
}

fn counted(reached: u64, possible: u64, link: String) -> Option<Fact> {
    let whole = |count: u64| Exact::whole(i64::try_from(count).unwrap_or(i64::MAX));
    (possible > 0).then(|| Fact {
        reached: whole(reached),
        possible: whole(possible),
        denominator: possible,
        link,
        source: String::new(),
        interval: None,
        parts: Vec::new(),
    })
}

/// States of tasks that were begun and not taken back.
const BEGUN: [State; 4] = [State::Running, State::Concluded, State::Signed, State::Done];

/// Tasks that a unit and those below it lead and that were due in the period: done, and concluded by their last day.
async fn tasks(tx: &ReadTx, tree: &UnitTree, calendar: &Calendar, span: Span) -> Result<BTreeMap<UnitId, Fact>, Error> {
    let Span { from, until, .. } = span;
    let filter = TaskFilter { states: BEGUN.into(), due_from: Some(from), due_to: Some(until), ..TaskFilter::default() };
    let sort = TaskSort { key: TaskSortKey::Number, order: SortOrder::Ascending };
    let mut led: BTreeMap<UnitId, (u64, u64)> = BTreeMap::new();
    let mut offset = 0;
    loop {
        let batch = task::list(tx, &filter, sort, offset, BATCH).await?;
        for KeptTask { task, .. } in &batch {
            let (Some(lead), Some(due)) = (task.lead, task.due_on) else { continue };
            let concluded = task.concluded_at.map(|at| calendar.local(at).date_naive());
            let in_time = task.state == State::Done && concluded.is_some_and(|day| day <= due);
            add(&mut led, tree, lead, (u64::from(in_time), 1));
        }
        if (batch.len() as u64) < BATCH {
            break;
        }
        offset += BATCH;
    }
    let states = BEGUN.map(|state| format!("&state={}", word(state))).concat();
    let fact = |(unit, (done, all)): (UnitId, (u64, u64))| {
        let link = format!("/tasks?under={unit}&due_from={from}&due_to={until}{states}");
        Some((unit, counted(done, all, link)?))
    };
    Ok(led.into_iter().filter_map(fact).collect())
}

fn word(state: State) -> &'static str {
    match state {
        State::Draft => "draft",
        State::Running => "running",
        State::Concluded => "concluded",
        State::Signed => "signed",
        State::Done => "done",
        State::Cancelled => "cancelled",
    }
}

/// What came back and what was exposed in the period, by unit of a peer group. It repeats what came back, or was exposed, at
/// the same site under the same criterion before, however long ago.
async fn events(
    tx: &ReadTx,
    directory: &Directory,
    policy: &AssessmentPolicy,
    period: Period,
) -> Result<BTreeMap<UnitId, Vec<AssessmentEvent>>, Error> {
    let exposed = vec![Source::MediaExposure, Source::HigherFeedback];
    let mut found: BTreeMap<UnitId, Vec<AssessmentEvent>> = BTreeMap::new();
    for (key, kind) in [
        ("rebound", ProblemFilter { rebound: true, ..ProblemFilter::default() }),
        ("exposure", ProblemFilter { sources: exposed, ..ProblemFilter::default() }),
    ] {
        if !policy.adjustments.iter().any(|adjustment| adjustment.key == key) {
            continue;
        }
        let within = problem::of_rates(tx, &ProblemFilter { reported: Some(period), ..kind.clone() }).await?;
        let earlier = before(tx, &kind, &within, period).await?;
        let mut known: BTreeMap<(UnitId, SiteId), Vec<&Kept>> = BTreeMap::new();
        for kept in earlier.iter().chain(&within) {
            let Some(unit) = kept.problem.unit else { continue };
            let peers: BTreeSet<UnitId> =
                Group::ALL.into_iter().filter_map(|group| peer(directory, unit, group.kind())).collect();
            for peer in peers {
                let at_site = kept.problem.site.map(|site| known.entry((peer, site)).or_default());
                let repeats = at_site.as_ref().map_or(0, |at_site| at_site.iter().filter(|known| alike(known, kept)).count());
                if period.holds(kept.problem.registered_at) {
                    found.entry(peer).or_default().push(AssessmentEvent {
                        id: format!("{key}:{:05}", kept.number),
                        adjustment: key.to_owned(),
                        finder: finder(kept.problem.source),
                        repeats: u32::try_from(repeats).unwrap_or(u32::MAX),
                        count: 1,
                        note: unnamed(kept),
                        link: format!("/problems/{}", kept.problem.id),
                    });
                }
                if let Some(at_site) = at_site {
                    at_site.push(kept);
                }
            }
        }
    }
    Ok(found)
}

/// What everybody may know of a problem: its number, and its category unless it is confidential.
#[must_use]
pub fn unnamed(kept: &Kept) -> String {
    match kept.problem.confidential {
        true => format!("{:05}", kept.number),
        false => format!("{:05} {}", kept.number, kept.problem.category.0),
    }
}

/// The problems of this kind from before the period at the sites of those in it, oldest first.
async fn before(tx: &ReadTx, kind: &ProblemFilter, within: &[Kept], period: Period) -> Result<Vec<Kept>, Error> {
    let sites: BTreeSet<SiteId> = within.iter().filter_map(|kept| kept.problem.site).collect();
    if sites.is_empty() {
        return Ok(Vec::new());
    }
    let earlier = Period { from: Moment::new(DateTime::UNIX_EPOCH), to: period.from };
    let sites = sites.into_iter().collect();
    Ok(problem::of_rates(tx, &ProblemFilter { reported: Some(earlier), sites, ..kind.clone() }).await?)
}

/// Whether two problems at one site are the same again: a criterion that both cite, or their category where one cites none.
fn alike(one: &Kept, other: &Kept) -> bool {
    let cites = |kept: &Kept| !kept.problem.criteria.is_empty() || !kept.facts.cited.is_empty();
    if !cites(one) || !cites(other) {
        return one.problem.category == other.problem.category;
    }
    let by_words = || {
        let same = |cited: &Cited, known: &Cited| (&cited.framework, &cited.key) == (&known.framework, &known.key);
        one.facts.cited.iter().any(|cited| other.facts.cited.iter().any(|known| same(cited, known)))
    };
    !one.problem.criteria.is_disjoint(&other.problem.criteria) || by_words()
}

fn finder(source: Source) -> Finder {
    match source {
        Source::GridPatrol => Finder::Own,
        Source::RoundFinding | Source::Covert | Source::OtherSystem => Finder::City,
        Source::Citizen | Source::Hotline => Finder::Public,
        Source::MediaExposure => Finder::Media,
        Source::Deputies | Source::HigherFeedback | Source::LeaderInstruction => Finder::Higher,
    }
}
