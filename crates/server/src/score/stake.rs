//! Points at stake, and what a plan would return.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use yipanqi_domain::access::Reach;
use yipanqi_domain::audit::Head;
use yipanqi_domain::calendar::Calendar;
use yipanqi_domain::framework::{Edition, Method};
use yipanqi_domain::id::{CriterionId, ItemId, ProblemId, RoundId, SiteId, UnitId};
use yipanqi_domain::score::{Change, EnteredValue, LiveScore, SheetSite};
use yipanqi_domain::stake::{self, Prospect, Stake};
use yipanqi_domain::unit::UnitTree;
use yipanqi_store::framework::DutyRole;
use yipanqi_store::problem::Kept;
use yipanqi_store::round::Round;
use yipanqi_store::{ReadTx, audit, calendar, problem};

use super::sheet::Inputs;
use crate::error::{Error, FailureBody};
use crate::figure::Figure;
use crate::request::{CityCtx, Json, Path, Query};
use crate::round;
use crate::session::UnitRef;
use crate::site::units_of;

/// Days until the assessment if neither the reader nor the round names one.
const AHEAD: u64 = 14;

/// Rows shown at most.
const SHOWN: usize = 500;

/// Decimals of a gain, so that small shares are told apart.
const DECIMALS: u32 = 4;

/// What is at stake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Key {
    Problem(ProblemId),
    Site(SiteId),
    Result(Uuid),
}

impl Key {
    fn parts(self) -> (&'static str, String) {
        match self {
            Self::Problem(id) => ("problem", id.to_string()),
            Self::Site(id) => ("site", id.to_string()),
            Self::Result(id) => ("result", id.to_string()),
        }
    }

    fn text(self) -> String {
        let (kind, id) = self.parts();
        format!("{kind}:{id}")
    }
}

/// Which stakes are shown.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct StakeQuery {
    /// `problem`, `site` or `result`; all if empty.
    pub kind: String,
    /// Only what this unit and those below it answer for.
    #[param(value_type = Option<String>)]
    pub unit: Option<UnitId>,
    /// The day of the assessment, by which work is left; the round's last day by default.
    #[param(value_type = Option<String>)]
    pub until: Option<NaiveDate>,
}

/// Something that could be put right.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StakeRow {
    /// By which a plan names it: `problem:…`, `site:…` or `result:…`.
    pub key: String,
    /// `problem`, `site` or `result`.
    pub kind: String,
    /// What it is.
    pub title: String,
    /// Points it returns by itself; a missing result at most so many.
    pub gain: Figure,
    /// Gain ÷ working days left.
    pub per_day: Figure,
    /// Working days left for it, at least one.
    pub days: u32,
    /// The units that answer for it, the one that has to do it first: who rectifies, the site's own unit, who leads the
    /// criterion.
    pub units: Vec<UnitRef>,
    /// The criteria it would return points of.
    #[schema(value_type = Vec<String>)]
    pub criterion_ids: Vec<CriterionId>,
    /// Its page.
    pub link: String,
}

/// Points at stake, most for a day of work first.
#[derive(Debug, Serialize, ToSchema)]
pub struct StakeList {
    /// The day by which work is left.
    pub until: NaiveDate,
    /// What is earned now.
    pub earned: Figure,
    /// What was measured.
    pub covered: Figure,
    /// What is possible.
    pub points: Figure,
    /// How many there are in all.
    pub total: u64,
    /// The rows, at most 500.
    pub rows: Vec<StakeRow>,
}

/// A plan.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct Plan {
    /// What is put right.
    pub keys: Vec<String>,
}

/// What a plan would return.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScenarioView {
    /// Earned now.
    pub before: Figure,
    /// Earned with the whole plan carried out.
    pub after: Figure,
    /// Points more.
    pub gain: Figure,
    /// 100 × earned ÷ covered afterwards.
    pub rate: Option<Figure>,
    /// How many of the plan are known here.
    pub known: u64,
}

/// Everything that is asked of the database, before the computation.
struct Ground {
    inputs: Inputs,
    problems: HashMap<ProblemId, Kept>,
    calendar: Arc<Calendar>,
    today: NaiveDate,
    until: NaiveDate,
}

struct Described {
    title: String,
    link: String,
    /// Who has to do it first.
    units: Vec<UnitId>,
    criteria: BTreeSet<CriterionId>,
}

/// These units, the first named first, each once.
fn in_turn(units: impl IntoIterator<Item = UnitId>) -> Vec<UnitId> {
    let mut seen = BTreeSet::new();
    units.into_iter().filter(|unit| seen.insert(*unit)).collect()
}

/// What could be put right in a round and what it returns, as the city stood: worked out anew once anything was logged or
/// the figures have other inputs.
struct Valued {
    at: Standing,
    ground: Ground,
    score: LiveScore,
    changes: HashMap<Key, Vec<Change>>,
    described: HashMap<Key, Described>,
    stakes: Vec<Stake<Key>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Standing {
    logged: Option<Head>,
    inputs: String,
    today: NaiveDate,
    until: NaiveDate,
}

impl Valued {
    /// What is at stake as the city stands; kept beside the city, so that the next filter of the page costs nothing.
    async fn of(ctx: &CityCtx, round: RoundId, until: Option<NaiveDate>) -> Result<Arc<Self>, Error> {
        let tx = ctx.read().await?;
        let round = round::get(ctx, &tx, round).await?;
        let edition = round.edition.ok_or_else(|| Error::new("round_without_edition"))?;
        let today = ctx.today();
        let until = until.or(round.due_on).filter(|until| *until >= today);
        let until = until.unwrap_or_else(|| today.checked_add_days(Days::new(AHEAD)).unwrap_or(today));
        let inputs = yipanqi_store::score::inputs_hash(&tx, round.id, edition).await?;
        let at = Standing { logged: audit::head(&tx).await?, inputs, today, until };
        let name = format!("stakes of {}", round.id);
        let kept: Option<Arc<Self>> = ctx.city.take(&name);
        let valued = match kept.filter(|kept| kept.at == at) {
            Some(kept) => kept,
            None => {
                let ground = Ground::read(&tx, &round, today, until).await?;
                drop(tx);
                Arc::new(tokio::task::spawn_blocking(move || Self::new(at, ground)).await.map_err(Error::internal)?)
            }
        };
        ctx.city.put_back(&name, valued.clone());
        Ok(valued)
    }

    fn new(at: Standing, ground: Ground) -> Self {
        let mut score = LiveScore::new(Edition::clone(&ground.inputs.edition), ground.inputs.sheet.clone());
        let (prospects, described) = ground.prospects(&score);
        let changes = prospects.iter().map(|prospect| (prospect.of, prospect.changes.clone())).collect();
        let stakes = stake::at_stake(&mut score, prospects);
        Self { at, ground, score, changes, described, stakes }
    }
}

impl Ground {
    async fn read(tx: &ReadTx, round: &Round, today: NaiveDate, until: NaiveDate) -> Result<Self, Error> {
        let inputs = Inputs::read(tx, round).await?;
        let linked: BTreeSet<ProblemId> = inputs.findings.values().filter_map(|finding| finding.problem).collect();
        let linked: Vec<ProblemId> = linked.into_iter().collect();
        let mut problems = HashMap::new();
        for some in linked.chunks(500) {
            problems.extend(problem::get_all(tx, some).await?.into_iter().map(|kept| (kept.problem.id, kept)));
        }
        Ok(Self { inputs, problems, calendar: calendar::load(tx).await?, today, until })
    }

    /// Working days from today to the day, both counted; natural days where the calendar lacks a year.
    fn days_until(&self, day: NaiveDate) -> u32 {
        let days = self.today.iter_days().take_while(|date| *date <= day).take(366);
        let worked = days.filter(|date| self.calendar.is_working_day(*date).unwrap_or(true)).count();
        u32::try_from(worked).unwrap_or(u32::MAX)
    }

    /// Everything that could be put right, each with its changes: open problems with all their findings, then what fails
    /// at a site and is nobody's open problem, then results that nobody has entered.
    fn prospects(&self, score: &LiveScore) -> (Vec<Prospect<Key>>, HashMap<Key, Described>) {
        let mut changes: BTreeMap<Key, Vec<Change>> = BTreeMap::new();
        let mut criteria: HashMap<Key, BTreeSet<CriterionId>> = HashMap::new();
        let serves: HashMap<ItemId, &Vec<CriterionId>> =
            self.inputs.sheet.items.iter().map(|item| (item.item, &item.criteria)).collect();
        let places: HashMap<SiteId, &SheetSite> = self.inputs.sheet.sites.iter().map(|site| (site.site, site)).collect();
        let mut findings: Vec<(&(SiteId, ItemId), _)> = self.inputs.findings.iter().collect();
        findings.sort_by_key(|(place, _)| **place);
        for ((site, item), finding) in findings {
            let Some(mended) = score.mended(*site, *item) else { continue };
            if mended == (Change::Finding { site: *site, item: *item, result: Some(finding.result.clone()) }) {
                continue;
            }
            let open = finding.problem.and_then(|id| self.problems.get(&id)).filter(|kept| kept.problem.state.is_open());
            let key = open.map_or(Key::Site(*site), |kept| Key::Problem(kept.problem.id));
            changes.entry(key).or_default().push(mended);
            criteria.entry(key).or_default().extend(serves.get(item).into_iter().copied().flatten());
        }
        let end = self.days_until(self.until);
        let (mut prospects, mut described) = (Vec::new(), HashMap::new());
        for (key, changes) in changes {
            let (days, title, link, units) = match key {
                Key::Problem(id) => {
                    let Some(kept) = self.problems.get(&id) else { continue };
                    let due = kept.problem.due.moment().map(|due| self.calendar.local(due).date_naive());
                    let days = due.map_or(end, |due| self.days_until(due).min(end));
                    let title = format!("{:05} {}", kept.number, kept.facts.title);
                    let units = in_turn(kept.problem.unit.into_iter().chain(kept.units()));
                    (days, title, format!("/problems/{id}"), units)
                }
                Key::Site(id) => {
                    let Some(site) = self.inputs.sites.get(&id) else { continue };
                    // Also those of its type, who bear its losses and are ranked by it.
                    let bearing = places.get(&id).into_iter().flat_map(|place| [place.territorial, place.industry]).flatten();
                    (end, site.name.clone(), format!("/sites/{id}"), in_turn(bearing.chain(units_of(site))))
                }
                Key::Result(_) => continue,
            };
            let criteria = criteria.remove(&key).unwrap_or_default();
            prospects.push(Prospect { of: key, changes, days, units: units.clone() });
            described.insert(key, Described { title, link, units, criteria });
        }
        self.missing(end, &mut prospects, &mut described);
        (prospects, described)
    }

    fn missing(&self, days: u32, prospects: &mut Vec<Prospect<Key>>, described: &mut HashMap<Key, Described>) {
        let entered: BTreeSet<_> = self.inputs.sheet.results.iter().map(|result| (result.criterion, result.method)).collect();
        for node in self.inputs.tree.nodes.iter().filter(|node| node.is_criterion) {
            for measure in &node.measures {
                let Some(points) = measure.points.clone() else { continue };
                if measure.method == Method::OnSite || entered.contains(&(node.id, measure.method)) {
                    continue;
                }
                let key = Key::Result(measure.id);
                let value = Some(EnteredValue::Points { points });
                let changes = vec![Change::Result { criterion: node.id, method: measure.method, value }];
                let of_role = |role: DutyRole| node.duties.iter().filter(move |duty| duty.role == role);
                let leading_first = of_role(DutyRole::Lead).chain(node.duties.iter());
                let units = in_turn(leading_first.filter_map(|duty| duty.unit));
                let title = format!("{} {}", node.citation_key, node.title);
                let link = format!("/score?measure={}", measure.id);
                prospects.push(Prospect { of: key, changes, days, units: units.clone() });
                described.insert(key, Described { title, link, units, criteria: BTreeSet::from([node.id]) });
            }
        }
    }
}

fn visible(stake: &Stake<Key>, reach: &Reach, below: Option<&BTreeSet<UnitId>>) -> bool {
    let within = |units: &BTreeSet<UnitId>| stake.units.iter().any(|unit| units.contains(unit));
    let reached = match reach {
        Reach::Everything => true,
        Reach::Units(units) => within(units),
        Reach::Nothing => false,
    };
    reached && below.is_none_or(within)
}

fn below(tree: &UnitTree, unit: UnitId) -> BTreeSet<UnitId> {
    let mut units: BTreeSet<UnitId> = tree.descendants(unit);
    units.insert(unit);
    units
}

/// Which open problems, failing sites and missing results would return most points for a day of the work left.
#[utoipa::path(get, path = "/api/rounds/{id}/score/stakes", tag = "score", params(("id" = String, Path), StakeQuery),
    responses((status = 200, body = StakeList), (status = 404, body = FailureBody), (status = 409, body = FailureBody)))]
pub async fn list(ctx: CityCtx, Path(id): Path<RoundId>, Query(query): Query<StakeQuery>) -> Result<Json<StakeList>, Error> {
    Ok(Json(listed(&ctx, id, query, SHOWN).await?))
}

/// At most `most` of what is at stake.
pub(super) async fn listed(ctx: &CityCtx, id: RoundId, query: StakeQuery, most: usize) -> Result<StakeList, Error> {
    let valued = Valued::of(ctx, id, query.until).await?;
    let ground = &valued.ground;
    let decimals = ground.inputs.edition.published_decimals;
    let (reach, below) = (ctx.reach(), query.unit.map(|unit| below(&ctx.tree, unit)));
    let shown: Vec<&Stake<Key>> = (valued.stakes.iter())
        .filter(|stake| query.kind.is_empty() || stake.of.parts().0 == query.kind)
        .filter(|stake| visible(stake, &reach, below.as_ref()))
        .collect();
    let total = &valued.score.tree().total;
    Ok(StakeList {
        until: ground.until,
        earned: Figure::of(&total.earned, decimals),
        covered: Figure::of(&total.covered, decimals),
        points: Figure::of(&total.points, decimals),
        total: shown.len() as u64,
        rows: shown.into_iter().take(most).filter_map(|stake| row(ground, &valued.described, stake)).collect(),
    })
}

fn row(ground: &Ground, described: &HashMap<Key, Described>, stake: &Stake<Key>) -> Option<StakeRow> {
    let what = described.get(&stake.of)?;
    Some(StakeRow {
        key: stake.of.text(),
        kind: stake.of.parts().0.to_owned(),
        title: what.title.clone(),
        gain: Figure::of(&stake.gain, DECIMALS),
        per_day: Figure::of(&stake.per_day, DECIMALS),
        days: stake.days,
        units: what.units.iter().filter_map(|unit| ground.inputs.names.unit(Some(*unit))).collect(),
        criterion_ids: what.criteria.iter().copied().collect(),
        link: what.link.clone(),
    })
}

/// What carrying out a plan would return: the recomputed score less the score as it is.
#[utoipa::path(post, path = "/api/rounds/{id}/score/scenario", tag = "score", params(("id" = String, Path)), request_body = Plan,
    responses((status = 200, body = ScenarioView), (status = 404, body = FailureBody), (status = 409, body = FailureBody)))]
pub async fn scenario(ctx: CityCtx, Path(id): Path<RoundId>, Json(plan): Json<Plan>) -> Result<Json<ScenarioView>, Error> {
    let valued = Valued::of(&ctx, id, None).await?;
    let view = tokio::task::spawn_blocking(move || {
        let decimals = valued.ground.inputs.edition.published_decimals;
        let wanted: BTreeSet<&str> = plan.keys.iter().map(String::as_str).collect();
        let chosen: BTreeMap<Key, &Vec<Change>> =
            (valued.changes.iter()).filter(|(key, _)| wanted.contains(key.text().as_str())).map(|(key, of)| (*key, of)).collect();
        let known = chosen.len() as u64;
        let changes: Vec<Change> = chosen.into_values().flatten().cloned().collect();
        let scenario = stake::scenario(&valued.score, &changes).ok()?;
        Some(ScenarioView {
            before: Figure::of(&scenario.before.earned, decimals),
            after: Figure::of(&scenario.after.earned, decimals),
            gain: Figure::of(&scenario.gain, DECIMALS),
            rate: scenario.after.percent().map(|percent| Figure::of(&percent, decimals)),
            known,
        })
    });
    let view = view.await.map_err(Error::internal)?;
    Ok(Json(view.ok_or_else(|| Error::internal("a plan of known findings did not fit its score"))?))
}
