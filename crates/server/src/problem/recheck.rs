//! Rechecks 回头看: closed problems that are due to be looked at again become a round on their sites.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate, TimeDelta};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;
use yipanqi_domain::access::Right;
use yipanqi_domain::id::{CommandId, PersonId, RoundId, SiteId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::problem::rates::Period;
use yipanqi_domain::problem::recheck::{AHEAD, risk};
use yipanqi_domain::problem::statistics::RateKind;
use yipanqi_domain::round::RoundKind;
use yipanqi_store::framework::EditionState;
use yipanqi_store::problem::{Kept, ProblemFilter, ProblemSort, RateFilter, RatePart};
use yipanqi_store::{ReadTx, WriteTx, framework, problem as store, round};

use super::rules::Rules;
use super::views::{Names, ProblemRow};
use crate::app::App;
use crate::error::{Error, FailureBody};
use crate::job::{Failure, Task};
use crate::request::{CityCtx, Json, today as local_day};
use crate::round::actions::open_in;
use crate::round::views::{Allocation, OpenRound, SiteChoice, Strata};

/// The job that opens a round by itself.
pub const JOB: &str = "recheck_round";
/// Days after a recheck was due in which it is still offered.
const GRACE: u32 = 14;
/// Closed problems looked at for each of the two rechecks.
const LOOKED_AT: u64 = 2000;
/// Rechecks shown and planned at once.
const AT_ONCE: usize = 200;
/// Days for the visits of a round that nobody gave another time.
const VISITS: u64 = 7;

/// A closed problem that is due to be looked at again.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecheckView {
    /// The problem.
    pub problem: ProblemRow,
    /// So many days after closing.
    pub after_days: u32,
    /// The day on which it is due.
    pub due_on: NaiveDate,
    /// How risky, the greater the riskier.
    pub risk: u32,
}

struct Due {
    kept: Kept,
    days: u32,
    on: NaiveDate,
    risk: u32,
}

/// What is due within the coming week or was so lately and was not looked at since, the riskiest first.
async fn due(tx: &ReadTx, rules: &Rules, moment: Moment) -> Result<Vec<Due>, Error> {
    let (rule, today) = (rules.policy.rechecks, local_day(moment));
    let mut closed = Vec::new();
    let mut seen = BTreeSet::new();
    for days in [rule.first_days, rule.second_days] {
        let ago = |days: u32| Moment::new(moment.utc() - TimeDelta::days(i64::from(days)));
        let period = Period { from: ago(days + GRACE), to: ago(days.saturating_sub(AHEAD + 1)) };
        let rate = Some(RateFilter { rate: RateKind::Holding, part: RatePart::Numerator, period });
        let filter = ProblemFilter { rate, ..ProblemFilter::default() };
        let found = store::list(tx, &filter, ProblemSort::default(), 0, LOOKED_AT).await?;
        closed.extend(found.into_iter().filter(|kept| seen.insert(kept.problem.id)));
    }
    let sites: Vec<SiteId> = closed.iter().filter_map(|kept| kept.problem.site).collect();
    let looked = round::last_of_kind(tx, RoundKind::Recheck, &sites).await?;
    let mut found: Vec<Due> = closed
        .into_iter()
        .filter_map(|kept| {
            let risk = risk(&kept.problem, kept.facts.rebounds);
            let closed = local_day(kept.problem.closed_at?);
            let last = kept.problem.site.and_then(|site| looked.get(&site).copied());
            let days = rule.due(risk, closed, last, today)?;
            Some(Due { on: closed + Days::new(u64::from(days)), kept, days, risk })
        })
        .collect();
    found.sort_by(|one, other| other.risk.cmp(&one.risk).then_with(|| one.kept.number.cmp(&other.kept.number)));
    found.truncate(AT_ONCE);
    Ok(found)
}

/// Closed problems of which a recheck is due, the riskiest first; a round is planned on their sites.
#[utoipa::path(get, path = "/api/problems/rechecks", tag = "problem", responses((status = 200, body = Vec<RecheckView>)))]
pub async fn rechecks(ctx: CityCtx) -> Result<Json<Vec<RecheckView>>, Error> {
    let tx = ctx.read().await?;
    let rules = Rules::load(&tx, ctx.moment).await?;
    let found = due(&tx, &rules, ctx.moment).await?;
    let kept: Vec<Kept> = found.iter().map(|due| due.kept.clone()).collect();
    let names = Names::load(&tx, &kept).await?;
    let view = |due: &Due| RecheckView {
        problem: ProblemRow::of(&due.kept, &names, &rules.calendar, ctx.moment),
        after_days: due.days,
        due_on: due.on,
        risk: due.risk,
    };
    Ok(Json(found.iter().map(view).collect()))
}

/// A round of what is due.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RecheckRound {
    /// Made by the client; the same id and body are applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// Its name.
    pub name: String,
    /// The edition by which it is scored; the newest in use unless said.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub edition_id: Option<Uuid>,
    /// The day by which its visits are to be made; in a week unless said.
    #[serde(default)]
    pub due_on: Option<NaiveDate>,
    /// Sites drawn on top of those that must be visited.
    #[serde(default)]
    pub more: u32,
    /// Among whom the sites are shared; none: any inspector may visit any site.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub inspectors: Vec<PersonId>,
}

/// The round that was opened.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RecheckOpened {
    /// The round.
    #[schema(value_type = String)]
    pub round_id: RoundId,
    /// Sites that must be visited.
    pub sites: usize,
    /// Problems that are looked at there.
    pub problems: usize,
    /// Problems that lie at no site and are left to a person.
    pub without_site: usize,
}

/// Open a round of rechecks on the sites of what is due.
#[utoipa::path(post, path = "/api/problems/rechecks/round", tag = "problem", request_body = RecheckRound,
    responses((status = 200, body = RecheckOpened), (status = 409, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn open(ctx: CityCtx, Json(input): Json<RecheckRound>) -> Result<Json<RecheckOpened>, Error> {
    let mut tx = ctx.write().await?;
    if let Some(done) = ctx.once::<RecheckOpened>(&mut tx, input.command_id, &input).await? {
        return Ok(Json(done));
    }
    let opened = plan(&ctx, &mut tx, &input).await?.ok_or_else(|| Error::new("recheck_nothing_due"))?;
    ctx.answer_once(&mut tx, input.command_id, &opened).await?;
    tx.commit().await?;
    Ok(Json(opened))
}

/// Opens the round; none if nothing is due at a site.
async fn plan(ctx: &CityCtx, tx: &mut WriteTx, input: &RecheckRound) -> Result<Option<RecheckOpened>, Error> {
    let rules = Rules::load(tx, ctx.moment).await?;
    let found = due(tx, &rules, ctx.moment).await?;
    let must: BTreeSet<SiteId> = found.iter().filter_map(|due| due.kept.problem.site).collect();
    if must.is_empty() {
        return Ok(None);
    }
    let edition_id = match input.edition_id {
        Some(edition) => edition,
        None => {
            let editions = framework::editions(tx).await?;
            let used = editions.iter().filter(|edition| edition.state != EditionState::Draft);
            let newest = used.max_by_key(|edition| (edition.year, edition.revision));
            newest.ok_or_else(|| Error::invalid("edition_id", "required"))?.id
        }
    };
    let without_site = found.iter().filter(|due| due.kept.problem.site.is_none()).count();
    let (sites, problems) = (must.len(), found.len() - without_site);
    let must: Vec<SiteId> = must.into_iter().collect();
    let chosen = match input.more {
        // Nothing is drawn.
        0 => SiteChoice::Named { site_ids: must },
        count => SiteChoice::Drawn {
            count,
            strata: Strata::default(),
            allocation: Allocation::default(),
            must,
            exclude: Vec::new(),
            site_types: Vec::new(),
            streets: Vec::new(),
        },
    };
    let round = OpenRound {
        command_id: input.command_id,
        name: input.name.clone(),
        kind: RoundKind::Recheck,
        edition_id,
        due_on: Some(input.due_on.unwrap_or_else(|| ctx.today() + Days::new(VISITS))),
        sites: chosen,
        inspectors: input.inspectors.clone(),
        // Whoever found a fault may look whether it is gone.
        repeat_pairs: true,
        witnesses: Vec::new(),
    };
    let round_id = open_in(ctx, tx, rand::random(), &round).await?;
    let looked_at: Vec<_> = found.iter().map(|due| (due.kept.problem.id, due.days)).collect();
    tx.audit("round.rechecks", "round", &round_id.to_string(), &looked_at)?;
    Ok(Some(RecheckOpened { round_id, sites, problems, without_site }))
}

/// Opens a round on what is due, where the city wants it by itself; where nothing is due, none.
///
/// # Errors
/// Those of opening a round.
pub async fn run(_: App, task: Task) -> Result<Value, Failure> {
    let ctx = CityCtx::of_office(task.city(), &task.author(), task.now(), Right::OpenRound).await?;
    let mut tx = task.write().await?;
    if !Rules::load(&tx, ctx.moment).await?.policy.rechecks.by_itself {
        return Ok(json!({ "opened": false }));
    }
    let input = RecheckRound {
        command_id: CommandId::new(Uuid::now_v7()),
        name: format!("回头看（{}）", ctx.today()),
        edition_id: None,
        due_on: None,
        more: 0,
        inspectors: Vec::new(),
    };
    let opened = plan(&ctx, &mut tx, &input).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(json!({ "opened": opened.is_some() }))
}
