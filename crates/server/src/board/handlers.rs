//! Extract, count, answer.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use chrono::{Datelike, NaiveTime, TimeDelta};
use yipanqi_domain::access::{Reach, Right, Role};
use yipanqi_domain::id::{RoundId, UnitId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::problem::rates::Period;
use yipanqi_domain::score::Figure as Points;
use yipanqi_domain::slip::{SlipColour, SlipState};
use yipanqi_domain::unit::UnitKind;
use yipanqi_store::problem::{self, Marks, Standing};
use yipanqi_store::round::{self, Round};
use yipanqi_store::slip::{self, SlipFigures, SlipFilter};
use yipanqi_store::unit::{self, Directory};
use yipanqi_store::{ReadTx, framework};

use super::views::{
    BoardClock, BoardNegative, BoardRates, BoardScore, BoardTodo, BoardView, Counted, LateUnitRow, SinceYesterday, SlipColourRow,
    StateRow, StreetRow, TrendPoint,
};
use crate::error::Error;
use crate::figure::Figure;
use crate::problem::Rules;
use crate::problem::query::{ProblemQuery, end_of_today, soon};
use crate::request::{CityCtx, Json};
use crate::round::RoundRef;
use crate::score::{self, ConformityTotals, IntervalView, MethodFigures, figures};
use crate::session::UnitRef;

/// Late units shown.
const LATE_UNITS: usize = 10;

/// Rounds of the trend.
const TREND: u64 = 8;

/// Where the city stands, as far as the reader may see.
#[utoipa::path(get, path = "/api/board", tag = "board", responses((status = 200, body = BoardView)))]
pub async fn show(ctx: CityCtx) -> Result<Json<BoardView>, Error> {
    let tx = ctx.read().await?;
    let (scored, outdated) = scored(&ctx, &tx).await?;
    let rules = Rules::load(&tx, ctx.moment).await?;
    let directory = unit::directory(&tx).await?;
    let ranking = match &scored {
        Some(newest) if newest.round.state.is_settled() || ctx.reach_of(Right::ViewScore) == Reach::Everything => {
            score::ranked(&tx, &newest.round, &newest.figures, ctx.lang).await?
        }
        Some(_) | None => None,
    };
    let everything = ProblemQuery::default().filter(&ctx, &rules)?;
    let yesterday = Moment::new(ctx.moment.utc() - TimeDelta::days(1));
    let marks = Marks {
        now: ctx.moment,
        end_of_today: end_of_today(&rules, ctx.moment),
        soon: soon(&rules, ctx.moment),
        since: yesterday,
    };
    let standing = problem::standing(&tx, everything.reach.as_ref(), marks).await?;
    let moved = problem::moved(&tx, &everything, yesterday).await?;
    let slips = Slips::read(&ctx, &tx).await?;
    let view = BoardView {
        as_of: ctx.moment,
        clock: BoardClock {
            overdue: clock(standing.late, "overdue"),
            due_today: clock(standing.due_today, "today"),
            due_soon: clock(standing.due_soon, "soon"),
        },
        late_units: (standing.late_units.iter())
            .filter_map(|late| {
                let unit = UnitRef::from(directory.get(late.unit)?);
                Some(LateUnitRow { unit, count: late.count, link: format!("/problems?clock=overdue&unit={}", late.unit) })
            })
            .take(LATE_UNITS)
            .collect(),
        states: standing.states.iter().map(|row| state_row(row.state, row.count)).collect::<Result<_, _>>()?,
        slips: slips.rows(),
        ranking_group: ranking.as_ref().map(|(group, _)| *group),
        ranking: ranking.into_iter().flat_map(|(_, rows)| rows).collect(),
        streets: streets(&ctx, &standing, everything.reach.as_ref(), &directory),
        todo: todo(&ctx, &tx, &rules, &slips).await?,
        rates: month(&ctx, &tx, &rules, &everything).await?,
        since_yesterday: SinceYesterday {
            filed: since(moved.filed, "filed"),
            closed: since(moved.closed, "closed"),
            late: since(standing.newly_late, "late"),
        },
        score: scored.map(|newest| newest.score),
    };
    drop(tx);
    if let Some(round) = outdated {
        figures::ask_for(&ctx.city, ctx.author(), ctx.moment, round).await?;
    }
    Ok(Json(view))
}

fn since(count: u64, moved: &str) -> Counted {
    Counted { count, link: format!("/problems?moved={moved}") }
}

fn clock(count: u64, clock: &str) -> Counted {
    Counted { count, link: format!("/problems?clock={clock}") }
}

fn state_row(state: yipanqi_domain::problem::State, count: u64) -> Result<StateRow, Error> {
    let word = serde_json::to_value(state).map_err(Error::internal)?;
    Ok(StateRow { state, count, link: format!("/problems?state={}", word.as_str().unwrap_or_default()) })
}

/// Slips that are not settled, as far as the reader may see them.
struct Slips {
    reach: Reach,
    figures: Vec<SlipFigures>,
}

const UNSETTLED: [SlipState; 5] =
    [SlipState::Issued, SlipState::Received, SlipState::Replied, SlipState::NotAccepted, SlipState::Appealed];

impl Slips {
    async fn read(ctx: &CityCtx, tx: &ReadTx) -> Result<Self, Error> {
        let reach = ctx.reach_of(Right::ViewSlip);
        Ok(Self { figures: Self::figures(tx, &reach, ctx.moment).await?, reach })
    }

    async fn figures(tx: &ReadTx, reach: &Reach, now: Moment) -> Result<Vec<SlipFigures>, Error> {
        let reach = match reach {
            Reach::Nothing => return Ok(Vec::new()),
            Reach::Everything => None,
            Reach::Units(units) => Some(units.clone()),
        };
        let states = [SlipState::Proposed].into_iter().chain(UNSETTLED).collect();
        Ok(slip::figures(tx, &SlipFilter { states, reach, ..SlipFilter::default() }, now).await?)
    }

    fn rows(&self) -> Vec<SlipColourRow> {
        if self.reach == Reach::Nothing {
            return Vec::new();
        }
        let row = |(colour, word): (SlipColour, &str)| {
            let sum = |states: &[SlipState], of: fn(&SlipFigures) -> u64| {
                self.figures.iter().filter(|row| row.colour == colour && states.contains(&row.state)).map(of).sum()
            };
            let issued = "state=issued&state=received&state=replied&state=not_accepted&state=appealed";
            SlipColourRow {
                colour,
                proposed: Counted {
                    count: sum(&[SlipState::Proposed], |row| row.count),
                    link: format!("/slips?colour={word}&state=proposed"),
                },
                issued: Counted { count: sum(&UNSETTLED, |row| row.count), link: format!("/slips?colour={word}&{issued}") },
                expired: Counted {
                    count: sum(&UNSETTLED, |row| row.expired),
                    link: format!("/slips?colour={word}&expired=true"),
                },
            }
        };
        [(SlipColour::White, "white"), (SlipColour::Yellow, "yellow"), (SlipColour::Red, "red")].map(row).into()
    }

    /// Slips in these states of units for which the reader holds the right; none without it.
    async fn held(&self, ctx: &CityCtx, tx: &ReadTx, right: Right, states: &[SlipState]) -> Result<Option<u64>, Error> {
        let reach = ctx.reach_of(right);
        if reach == Reach::Nothing {
            return Ok(None);
        }
        let other = if reach == self.reach { None } else { Some(Self::figures(tx, &reach, ctx.moment).await?) };
        let figures = other.as_ref().unwrap_or(&self.figures);
        Ok(Some(figures.iter().filter(|row| states.contains(&row.state)).map(|row| row.count).sum()))
    }
}

fn streets(ctx: &CityCtx, standing: &Standing, reach: Option<&BTreeSet<UnitId>>, directory: &Directory) -> Vec<StreetRow> {
    let late: HashMap<UnitId, u64> = standing.late_streets.iter().map(|row| (row.unit, row.count)).collect();
    // A department's problems lie in streets that are not its own.
    let seen = |unit: UnitId| late.contains_key(&unit) || reach.is_none_or(|units| units.contains(&unit));
    let streets = directory.units().iter().filter(|unit| matches!(unit.kind, UnitKind::Street | UnitKind::Town));
    let streets = streets.filter(|unit| unit.closed_on.is_none_or(|last| last >= ctx.today()) && seen(unit.id));
    let row = |unit: &unit::Unit| StreetRow {
        code: unit.code.clone(),
        name: unit.name.clone(),
        late: late.get(&unit.id).copied().unwrap_or(0),
        link: format!("/problems?clock=overdue&street={}", unit.id),
    };
    streets.map(row).collect()
}

async fn month(ctx: &CityCtx, tx: &ReadTx, rules: &Rules, everything: &problem::ProblemFilter) -> Result<BoardRates, Error> {
    let today = ctx.today();
    let first = today.with_day(1).unwrap_or(today);
    let from = rules.calendar.moment(first, NaiveTime::MIN);
    let rates = problem::counted_rates(tx, everything, Period { from, to: ctx.moment }).await?;
    Ok(BoardRates {
        from,
        on_time: rates.on_time.into(),
        closing: rates.closing.into(),
        rebound: rates.rebound.into(),
        extension: rates.extension.into(),
    })
}

async fn todo(ctx: &CityCtx, tx: &ReadTx, rules: &Rules, slips: &Slips) -> Result<Vec<BoardTodo>, Error> {
    let holds = |roles: &[Role]| ctx.actor.posts.iter().any(|post| roles.contains(&post.role));
    let mut views: Vec<(&'static str, &str)> = Vec::new();
    if holds(&[Role::UnitHead, Role::Officer, Role::Liaison, Role::GridWorker]) {
        views.push(("rectify", "mine"));
    }
    if holds(&[Role::Office]) {
        views.extend([("assign", "to_assign"), ("decide", "to_decide")]);
    }
    if holds(&[Role::Office, Role::Inspector]) {
        views.push(("verify", "to_verify"));
    }
    let mut todo = Vec::new();
    for (kind, view) in views {
        let filter = ProblemQuery { view: view.to_owned(), ..ProblemQuery::default() }.filter(ctx, rules)?;
        let (count, next_due) = problem::count_and_next(tx, &filter).await?;
        todo.push(BoardTodo { kind, count, next_due, link: format!("/problems?view={view}") });
    }
    let unanswered = [SlipState::Issued, SlipState::Received, SlipState::NotAccepted];
    for (kind, right, states, link) in [
        ("issue_slip", Right::IssueSlip, [SlipState::Proposed].as_slice(), "/slips?state=proposed"),
        ("reply_slip", Right::ReplySlip, &unanswered, "/slips?state=issued&state=received&state=not_accepted"),
    ] {
        let Some(count) = slips.held(ctx, tx, right, states).await? else { continue };
        todo.push(BoardTodo { kind, count, next_due: None, link: link.to_owned() });
    }
    let waiting = round::waiting(tx, ctx.actor.person).await?;
    let waiting: Vec<_> =
        waiting.iter().filter(|site| site.visit.as_ref().is_none_or(|visit| visit.finished_at.is_none())).collect();
    if !waiting.is_empty() {
        let last = waiting.iter().filter_map(|site| site.round.due_on).min();
        let next_due = last.map(|day| rules.calendar.moment(day + TimeDelta::days(1), NaiveTime::MIN));
        todo.push(BoardTodo { kind: "visit", count: waiting.len() as u64, next_due, link: "/m".to_owned() });
    }
    Ok(todo)
}

/// The newest round with a finished visit, and its figures.
struct Newest {
    round: Round,
    score: BoardScore,
    figures: Arc<figures::Figures>,
}

/// The newest score that is known, and the round whose figures have to be computed, if any.
async fn scored(ctx: &CityCtx, tx: &ReadTx) -> Result<(Option<Newest>, Option<RoundId>), Error> {
    if ctx.reach_of(Right::ViewScore) == Reach::Nothing {
        return Ok((None, None));
    }
    let rounds = round::newest_visited(tx, TREND).await?;
    let Some(newest) = rounds.first() else { return Ok((None, None)) };
    let kept = figures::newest_totals(&ctx.city, tx, &rounds.iter().map(|round| round.id).collect::<Vec<_>>()).await?;
    let known = figures::known(&ctx.city, tx, newest).await?;
    let outdated = known.outdated.then_some(newest.id);
    let Some(computed) = known.computed else { return Ok((None, outdated)) };
    let editions = framework::editions(tx).await?;
    let edition = editions.iter().find(|edition| edition.id == computed.edition);
    let decimals = edition.ok_or_else(|| Error::new("edition_not_found"))?.settings.published_decimals;
    let now = figures::Total { figure: computed.figures.tree.total.clone(), interval: computed.figures.interval.clone() };
    let trend = rounds.iter().rev().filter_map(|round| {
        let total = if round.id == newest.id { Some(&now) } else { kept.get(&round.id) }?;
        Some(TrendPoint {
            round: round.id,
            label: round.number.clone(),
            rate: rate(&total.figure, decimals),
            coverage: total.figure.coverage().map(|share| Figure::of(&share, decimals)),
            interval: total.spread().map(|interval| IntervalView::of(&interval, decimals, ctx.lang)),
        })
    });
    let tree = &computed.figures.tree;
    let total = &tree.total;
    let taken = !tree.deductions.is_empty() || !tree.vetoes.is_empty();
    let negative = taken.then(|| BoardNegative {
        after_deductions: Figure::of(&tree.after_deductions, decimals),
        vetoes: tree.vetoes.clone(),
        link: format!("/incidents?edition={}", computed.edition),
    });
    let score = BoardScore {
        round: RoundRef::from(newest),
        earned: Figure::of(&total.earned, decimals),
        covered: Figure::of(&total.covered, decimals),
        points: Figure::of(&total.points, decimals),
        lost: Figure::of(&total.lost(), decimals),
        open: Figure::of(&total.open(), decimals),
        negative,
        rate: rate(total, decimals),
        coverage: total.coverage().map(|share| Figure::of(&share, decimals)),
        forecast: total.forecast().map(|all| Figure::of(&all, decimals)),
        margin: computed.figures.margin().map(|half| Figure::of(&half, decimals)),
        interval: computed.figures.interval.as_ref().map(|interval| IntervalView::of(interval, decimals, ctx.lang)),
        unsure: computed.figures.unsure(newest),
        conformity: ConformityTotals::of(&computed.figures.tree),
        methods: MethodFigures::of(&computed.figures, decimals, ctx.lang),
        trend: trend.collect(),
        link: format!("/score?round={}", newest.id),
    };
    Ok((Some(Newest { round: newest.clone(), score, figures: computed.figures }), outdated))
}

fn rate(total: &Points, decimals: u32) -> Option<Figure> {
    total.percent().map(|percent| Figure::of(&percent, decimals))
}
