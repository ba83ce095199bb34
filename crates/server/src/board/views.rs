//! What the board looks like from outside.

use serde::Serialize;
use utoipa::ToSchema;
use yipanqi_domain::id::RoundId;
use yipanqi_domain::moment::Moment;
use yipanqi_domain::problem::State;
use yipanqi_domain::slip::SlipColour;

use crate::figure::{Figure, Rate};
use crate::round::RoundRef;
use crate::score::{ConformityTotals, Group, IntervalView, MethodFigures, RankingRow};
use crate::session::UnitRef;

/// A number and the list behind it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Counted {
    /// How many.
    pub count: u64,
    /// Path and query of the list in the console.
    pub link: String,
}

/// A point of the trend.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TrendPoint {
    /// The round.
    #[schema(value_type = String)]
    pub round: RoundId,
    /// Its number.
    pub label: String,
    /// 100 × earned ÷ covered.
    pub rate: Option<Figure>,
    /// 100 × covered ÷ points.
    pub coverage: Option<Figure>,
    /// Where the rate would lie if the sites were drawn again; none if they were named.
    pub interval: Option<IntervalView>,
}

/// The newest score.
#[derive(Debug, Serialize, ToSchema)]
pub struct BoardScore {
    /// The newest round with a finished visit.
    pub round: RoundRef,
    /// What was earned.
    pub earned: Figure,
    /// What was measured.
    pub covered: Figure,
    /// What is possible.
    pub points: Figure,
    /// What was lost of what was measured.
    pub lost: Figure,
    /// What was not measured.
    pub open: Figure,
    /// What the negative list takes, if anything.
    pub negative: Option<BoardNegative>,
    /// 100 × earned ÷ covered.
    pub rate: Option<Figure>,
    /// 100 × covered ÷ points.
    pub coverage: Option<Figure>,
    /// What all points would give if the unmeasured were like the measured.
    pub forecast: Option<Figure>,
    /// Half the width of the forecast's interval; none if the sites were named, not drawn.
    pub margin: Option<Figure>,
    /// Where the points earned would lie if the sites were drawn again.
    pub interval: Option<IntervalView>,
    /// Whether its sites were drawn, but too few in each stratum to say how sure the figures are.
    pub unsure: bool,
    /// Indicators met of those assessed, where the edition counts these instead of points.
    pub conformity: Option<ConformityTotals>,
    /// By method.
    pub methods: Vec<MethodFigures>,
    /// The newest rounds, oldest first.
    pub trend: Vec<TrendPoint>,
    /// The score's page.
    pub link: String,
}

/// What the negative list takes of the newest score.
#[derive(Debug, Serialize, ToSchema)]
pub struct BoardNegative {
    /// What was earned less what it takes.
    pub after_deductions: Figure,
    /// Numbers of the veto items that stand: whatever was earned, the title is refused.
    pub vetoes: Vec<String>,
    /// The register behind it.
    pub link: String,
}

/// What the clocks say.
#[derive(Debug, Serialize, ToSchema)]
pub struct BoardClock {
    /// Past due.
    pub overdue: Counted,
    /// Due before the day ends.
    pub due_today: Counted,
    /// Due within three working days.
    pub due_soon: Counted,
}

/// A unit with its late problems.
#[derive(Debug, Serialize, ToSchema)]
pub struct LateUnitRow {
    /// The unit.
    pub unit: UnitRef,
    /// Problems past due.
    pub count: u64,
    /// Their list.
    pub link: String,
}

/// Problems in a state.
#[derive(Debug, Serialize, ToSchema)]
pub struct StateRow {
    /// The state.
    #[schema(value_type = String)]
    pub state: State,
    /// Problems.
    pub count: u64,
    /// Their list.
    pub link: String,
}

/// Slips of a colour.
#[derive(Debug, Serialize, ToSchema)]
pub struct SlipColourRow {
    /// `white`, `yellow` or `red`.
    #[schema(value_type = String)]
    pub colour: SlipColour,
    /// Waiting to be issued.
    pub proposed: Counted,
    /// Issued and not settled.
    pub issued: Counted,
    /// Of these, the reply is past due.
    pub expired: Counted,
}

/// A street or town with its late problems.
#[derive(Debug, Serialize, ToSchema)]
pub struct StreetRow {
    /// The city's own code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Problems past due.
    pub late: u64,
    /// Their list.
    pub link: String,
}

/// What waits for the reader, of one kind.
#[derive(Debug, Serialize, ToSchema)]
pub struct BoardTodo {
    /// `rectify`, `assign`, `decide`, `verify`, `issue_slip`, `reply_slip` or `visit`.
    pub kind: &'static str,
    /// How many.
    pub count: u64,
    /// When the first of them is due.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub next_due: Option<Moment>,
    /// Their list.
    pub link: String,
}

/// Rates of the month so far.
#[derive(Debug, Serialize, ToSchema)]
pub struct BoardRates {
    /// The first moment of the month.
    #[schema(value_type = String, format = DateTime)]
    pub from: Moment,
    /// 按期办结率
    pub on_time: Rate,
    /// 办结率
    pub closing: Rate,
    /// 反弹率
    pub rebound: Rate,
    /// 延期率
    pub extension: Rate,
}

/// What has happened in the last 24 hours.
#[derive(Debug, Serialize, ToSchema)]
pub struct SinceYesterday {
    /// Problems filed.
    pub filed: Counted,
    /// Problems closed.
    pub closed: Counted,
    /// Problems that have become late and still are.
    pub late: Counted,
}

/// The board, as far as the reader may see.
#[derive(Debug, Serialize, ToSchema)]
pub struct BoardView {
    /// The moment of all figures.
    #[schema(value_type = String, format = DateTime)]
    pub as_of: Moment,
    /// The newest score; none before the first finished visit, and for readers who may not see scores.
    pub score: Option<BoardScore>,
    /// What the clocks say.
    pub clock: BoardClock,
    /// The units with most late problems.
    pub late_units: Vec<LateUnitRow>,
    /// Problems by state.
    pub states: Vec<StateRow>,
    /// Slips by colour.
    pub slips: Vec<SlipColourRow>,
    /// The peer group of the ranking: the first with a unit in it.
    pub ranking_group: Option<Group>,
    /// Its units ranked after the newest round; empty while it is not published for the reader.
    pub ranking: Vec<RankingRow>,
    /// Streets and towns with their late problems.
    pub streets: Vec<StreetRow>,
    /// What waits for the reader.
    pub todo: Vec<BoardTodo>,
    /// Rates of the month so far.
    pub rates: BoardRates,
    /// What has happened in the last 24 hours.
    pub since_yesterday: SinceYesterday,
}
