//! Units ranked among their peers by what their sites earned of what they could.

use std::collections::BTreeMap;
use std::io::Cursor;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use yipanqi_documents::list::{self, ColumnKind, ListCell, ListColumn, ListHead};
use yipanqi_domain::access::{Reach, Right};
use yipanqi_domain::calendar::Calendar;
use yipanqi_domain::exact::Exact;
use yipanqi_domain::id::{RoundId, UnitId};
use yipanqi_domain::ranking::{self, Entrant, First, RankingPolicy, Unranked};
use yipanqi_domain::round::RoundState;
use yipanqi_domain::unit::UnitKind;
use yipanqi_store::round::Round;
use yipanqi_store::unit::Directory;
use yipanqi_store::{ReadTx, WriteTx, setting, unit};

use super::figures::{self, Figures, UnitFigures};
use crate::error::{Error, FailureBody};
use crate::figure::Figure;
use crate::page::{self, Workbook};
use crate::request::{CityCtx, Json, Lang, Path, Query};
use crate::round::{self, RoundRef};
use crate::session::UnitRef;

/// The setting under which a city keeps its policy of ranking.
pub(super) const RANKING_POLICY: &str = "ranking_policy";

/// The sample policy: two decimals, at least five sites.
fn policy() -> RankingPolicy {
    RankingPolicy { first: First::Highest, decimals: 2, minimum_denominator: 5 }
}

/// The city's policy of ranking.
pub(super) async fn kept_policy(tx: &ReadTx) -> Result<RankingPolicy, Error> {
    Ok(setting::get(tx, RANKING_POLICY).await?.unwrap_or_else(policy))
}

/// A peer group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// 街道
    #[default]
    Street,
    /// 镇
    Town,
    /// 部门
    Department,
    /// 企业
    Company,
}

impl Group {
    /// The kind of unit of which the group is made.
    #[must_use]
    pub fn kind(self) -> UnitKind {
        match self {
            Self::Street => UnitKind::Street,
            Self::Town => UnitKind::Town,
            Self::Department => UnitKind::Department,
            Self::Company => UnitKind::Company,
        }
    }

    /// All peer groups.
    pub const ALL: [Self; 4] = [Self::Street, Self::Town, Self::Department, Self::Company];

    /// The group as every other layer writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Street => "street",
            Self::Town => "town",
            Self::Department => "department",
            Self::Company => "company",
        }
    }

    /// The group in the reader's language.
    #[must_use]
    pub fn name(self, lang: Lang) -> &'static str {
        match (self, lang) {
            (Self::Street, Lang::Zh) => "街道",
            (Self::Town, Lang::Zh) => "镇",
            (Self::Department, Lang::Zh) => "部门",
            (Self::Company, Lang::Zh) => "企业",
            (Self::Street, Lang::En) => "Streets",
            (Self::Town, Lang::En) => "Towns",
            (Self::Department, Lang::En) => "Departments",
            (Self::Company, Lang::En) => "Companies",
        }
    }
}

/// Which peer group.
#[derive(Debug, Clone, Copy, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct GroupQuery {
    /// `street` (the default), `town`, `department` or `company`.
    #[serde(default)]
    #[param(inline)]
    pub group: Group,
}

/// Where a unit's rate would lie if the sites were drawn again.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RateInterval {
    /// The lower end, in per cent.
    pub low: Figure,
    /// The upper end, in per cent.
    pub high: Figure,
}

/// A unit's place among its peers.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RankingRow {
    /// 1 for the first; equal published rates share a place. None with a reason.
    pub rank: Option<u32>,
    /// The unit.
    pub unit: UnitRef,
    /// 100 × (what its sites could earn − what they lost) ÷ what they could earn.
    pub rate: Option<Figure>,
    /// Sites on which the rate rests.
    pub sites: u64,
    /// The unit's share of all losses of the round, by the city's policy.
    pub lost: Figure,
    /// Where the rate would lie in 95 of 100 draws; none if the sites were named, or all of them visited.
    #[serde(default)]
    pub interval: Option<RateInterval>,
    /// Why it has no rank: `below_minimum` or `no_figure`.
    pub reason: Option<String>,
    /// The same as a sentence.
    pub reason_text: Option<String>,
}

/// A ranking of a peer group.
#[derive(Debug, Serialize, ToSchema)]
pub struct RankingView {
    /// The round.
    pub round: RoundRef,
    /// The peer group.
    pub group: Group,
    /// Sites below which a unit is listed without a rank.
    pub minimum_sites: u64,
    /// Ranked units in order, then those without a rank.
    pub rows: Vec<RankingRow>,
}

/// The nearest unit of the kind at or above.
#[must_use]
pub fn peer(directory: &Directory, from: UnitId, kind: UnitKind) -> Option<UnitId> {
    let mut next = directory.get(from);
    // A tree of units is shallow; the bound only keeps a stored cycle from turning for ever.
    for _ in 0..16 {
        let unit = next?;
        if unit.kind == kind {
            return Some(unit.id);
        }
        next = unit.parent.and_then(|parent| directory.get(parent));
    }
    None
}

/// The units of a peer group that have a site in the round, ranked.
#[must_use]
fn standings(figures: &Figures, directory: &Directory, group: Group, policy: &RankingPolicy) -> Vec<RankingRow> {
    let mut peers: BTreeMap<UnitId, UnitFigures> = BTreeMap::new();
    for (unit, own) in &figures.units {
        if let Some(peer) = peer(directory, *unit, group.kind()) {
            let sum = peers.entry(peer).or_default();
            sum.sites += own.sites;
            sum.possible = &sum.possible + &own.possible;
            sum.lost_at_sites = &sum.lost_at_sites + &own.lost_at_sites;
            sum.lost = &sum.lost + &own.lost;
        }
    }
    let rate = |own: &UnitFigures| (&(&own.possible - &own.lost_at_sites) * &Exact::whole(100)).checked_div(&own.possible);
    let entrants: Vec<Entrant> = (peers.iter())
        .filter(|(_, own)| own.sites > 0)
        .filter_map(|(id, own)| {
            let code = directory.get(*id)?.code.clone();
            Some(Entrant { unit: *id, code, group: String::new(), figure: rate(own), denominator: own.sites })
        })
        .collect();
    let ranked = ranking::rank(&entrants, policy).into_values().flatten();
    ranked
        .filter_map(|standing| {
            let reason = standing.unranked.as_ref();
            Some(RankingRow {
                rank: standing.rank,
                unit: UnitRef::from(directory.get(standing.unit)?),
                rate: standing.figure.as_ref().map(|figure| Figure::of(figure, policy.decimals)),
                sites: standing.denominator,
                lost: Figure::of(&peers.get(&standing.unit)?.lost, policy.decimals),
                interval: figures.unit_intervals.get(&standing.unit).map(|interval| RateInterval {
                    low: Figure::of(&interval.low, policy.decimals),
                    high: Figure::of(&interval.high, policy.decimals),
                }),
                reason: reason.map(|reason| reason_code(reason).to_owned()),
                reason_text: None,
            })
        })
        .collect()
}

fn reason_code(reason: &Unranked) -> &'static str {
    match reason {
        Unranked::BelowMinimum { .. } => "below_minimum",
        Unranked::NoFigure => "no_figure",
    }
}

/// Why a unit has no rank, in the reader's language.
fn reason_text(row: &RankingRow, minimum: u64, lang: Lang) -> Option<String> {
    let sites = row.sites;
    Some(match (row.reason.as_deref()?, lang) {
        ("below_minimum", Lang::Zh) => format!("只测评了{sites}个点位，不足{minimum}个，不排名"),
        ("below_minimum", Lang::En) => format!("only {sites} sites were assessed; {minimum} are needed for a rank"),
        (_, Lang::Zh) => "没有可计分的结果，不排名".to_owned(),
        (_, Lang::En) => "nothing was measured".to_owned(),
    })
}

/// A ranking as it is frozen: its policy and its rows.
#[derive(Debug, Serialize, Deserialize)]
struct Frozen {
    policy: RankingPolicy,
    rows: Vec<RankingRow>,
}

/// Freezes the rankings of all peer groups with the figures they rest on; nothing that changes later changes them.
///
/// # Errors
/// The database's.
pub async fn publish(tx: &mut WriteTx, round: &Round) -> Result<(), Error> {
    if round.edition.is_none() {
        return Ok(());
    }
    let computed = figures::recompute(tx, round).await?;
    let directory = unit::directory(tx).await?;
    let policy = kept_policy(tx).await?;
    for group in Group::ALL {
        let rows = standings(&computed.figures, &directory, group, &policy);
        let frozen = Frozen { policy: policy.clone(), rows };
        let version = yipanqi_store::score::publish_ranking(tx, round.id, group.as_str(), &frozen).await?;
        tx.audit("ranking.publish", "round", &round.id.to_string(), &(group, version, &frozen))?;
    }
    Ok(())
}

/// The units of a peer group, ranked by the city's policy.
///
/// # Errors
/// The database's.
pub async fn ranked(tx: &ReadTx, figures: &Figures, directory: &Directory, group: Group) -> Result<Vec<RankingRow>, Error> {
    let policy = kept_policy(tx).await?;
    Ok(standings(figures, directory, group, &policy))
}

const fn settled(state: RoundState) -> bool {
    match state {
        RoundState::Planned | RoundState::Open => false,
        RoundState::Closed | RoundState::Released => true,
    }
}

/// Whether the reader may see the ranking of a round that stands so.
#[must_use]
pub fn open_to(ctx: &CityCtx, state: RoundState) -> bool {
    let seen = ctx.reach_of(Right::ViewRanking) != Reach::Nothing;
    seen && (settled(state) || ctx.reach_of(Right::ViewScore) == Reach::Everything)
}

/// The ranking, if the reader may see it yet: while a round is open, only who sees the whole score does.
async fn made(ctx: &CityCtx, id: RoundId, group: Group) -> Result<(Round, RankingPolicy, Vec<RankingRow>), Error> {
    let tx = ctx.read().await?;
    let round = round::get(ctx, &tx, id).await?;
    let is_final = settled(round.state);
    if !open_to(ctx, round.state) {
        return Err(Error::new("ranking_not_final"));
    }
    let frozen = match is_final {
        true => yipanqi_store::score::published_ranking::<Frozen>(&tx, id, group.as_str()).await?,
        false => None,
    };
    let Frozen { policy, mut rows } = match frozen {
        Some(frozen) => frozen,
        None => {
            let directory = unit::directory(&tx).await?;
            let policy = kept_policy(&tx).await?;
            drop(tx);
            let computed = figures::newest(&ctx.city, ctx.author(), ctx.moment, &round).await?;
            Frozen { rows: standings(&computed.figures, &directory, group, &policy), policy }
        }
    };
    for row in &mut rows {
        row.reason_text = reason_text(row, policy.minimum_denominator, ctx.lang);
    }
    Ok((round, policy, rows))
}

/// The ranking of a peer group after a round.
#[utoipa::path(get, path = "/api/rounds/{id}/ranking", tag = "score", params(("id" = String, Path), GroupQuery),
    responses((status = 200, body = RankingView), (status = 404, body = FailureBody), (status = 409, body = FailureBody)))]
pub async fn show(
    ctx: CityCtx,
    Path(id): Path<RoundId>,
    Query(GroupQuery { group }): Query<GroupQuery>,
) -> Result<Json<RankingView>, Error> {
    let (round, policy, rows) = made(&ctx, id, group).await?;
    Ok(Json(RankingView { round: RoundRef::from(&round), group, minimum_sites: policy.minimum_denominator, rows }))
}

/// The same ranking as a workbook.
#[utoipa::path(get, path = "/api/rounds/{id}/ranking.xlsx", tag = "score", params(("id" = String, Path), GroupQuery),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>),
        (status = 404, body = FailureBody), (status = 409, body = FailureBody)))]
pub async fn export(
    ctx: CityCtx,
    Path(id): Path<RoundId>,
    Query(GroupQuery { group }): Query<GroupQuery>,
) -> Result<Workbook, Error> {
    let (round, policy, rows) = made(&ctx, id, group).await?;
    let heads = match ctx.lang {
        Lang::Zh => ["名次", "单位", "得分率（%）", "95%区间下限", "95%区间上限", "点位数", "失分", "说明"],
        Lang::En => ["Rank", "Unit", "Rate (%)", "95 % interval, low", "95 % interval, high", "Sites", "Points lost", "Remark"],
    };
    let columns = heads.into_iter().zip([8, 30, 14, 14, 14, 10, 12, 40]);
    let exact = |figure: &Figure| {
        figure.exact.parse::<Exact>().map_or(ListCell::Blank, |number| ListCell::Decimal(number, policy.decimals))
    };
    let cells = rows.iter().map(|row| {
        vec![
            row.rank.map_or(ListCell::Blank, |rank| ListCell::Integer(rank.into())),
            ListCell::Text(row.unit.name.clone()),
            row.rate.as_ref().map_or(ListCell::Blank, exact),
            row.interval.as_ref().map_or(ListCell::Blank, |interval| exact(&interval.low)),
            row.interval.as_ref().map_or(ListCell::Blank, |interval| exact(&interval.high)),
            ListCell::Integer(i64::try_from(row.sites).unwrap_or(i64::MAX)),
            exact(&row.lost),
            row.reason_text.clone().map_or(ListCell::Blank, ListCell::Text),
        ]
    });
    let head = ListHead {
        title: format!("{} {}", round.number, group.name(ctx.lang)),
        subtitle: round.name.clone(),
        generated_at: Calendar::default().local(ctx.moment).naive_local(),
        columns: columns.map(|(head, width)| ListColumn { head: head.to_owned(), width, kind: ColumnKind::Plain }).collect(),
    };
    let mut file = Cursor::new(Vec::new());
    list::write(&mut file, &head, cells.collect::<Vec<_>>(), None).map_err(Error::internal)?;
    Ok(page::workbook(&format!("ranking-{}.xlsx", round.number), file.into_inner()))
}
