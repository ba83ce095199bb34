//! Units ranked among their peers by what their sites earned of what they could.

use std::collections::{BTreeMap, HashMap};
use std::io::Cursor;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use yipanqi_documents::list::{self, ColumnKind, ListCell, ListColumn, ListHead};
use yipanqi_domain::access::{Reach, Right};
use yipanqi_domain::calendar::Calendar;
use yipanqi_domain::exact::Exact;
use yipanqi_domain::id::{CommandId, RoundId, UnitId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::ranking::{self, Entrant, First, RankingPolicy, Unranked, apportion};
use yipanqi_domain::round::RoundState;
use yipanqi_domain::statistics::Interval;
use yipanqi_domain::unit::UnitKind;
use yipanqi_store::round::Round;
use yipanqi_store::score::Published;
use yipanqi_store::unit::Directory;
use yipanqi_store::{ReadTx, WriteTx, setting, unit};

use super::figures::{self, Figures, UnitFigures};
use crate::error::{Error, FailureBody};
use crate::export::figure;
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
    /// A version of a published ranking; the newest unless named.
    pub version: Option<i64>,
}

/// A correction of the published rankings of a round.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CorrectRanking {
    /// Made by the client; the same command is applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// Why they are corrected; published with them.
    pub reason: String,
}

/// The published version that is shown.
#[derive(Debug, Serialize, ToSchema)]
pub struct PublishedVersion {
    /// 1 for the first; each correction is the next.
    pub version: i64,
    /// The newest of them.
    pub newest: i64,
    /// When it was published.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub published_at: Option<Moment>,
    /// Why it corrects the one before; empty for the first.
    pub reason: String,
    /// Whether its rows come out the same from the inputs it was frozen with; none if it was frozen without them.
    pub verified: Option<bool>,
}

/// Where a unit's rate would lie if the sites were drawn again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RateInterval {
    /// The lower end, in per cent.
    pub low: Figure,
    /// The upper end, in per cent.
    pub high: Figure,
}

/// A unit's place among its peers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RankingRow {
    /// 1 for the first; equal published rates share a place. None with a reason.
    pub rank: Option<u32>,
    /// The unit.
    pub unit: UnitRef,
    /// 100 × (what its sites could earn − what they lost) ÷ what they could earn.
    pub rate: Option<Figure>,
    /// Sites on which the rate rests.
    pub sites: u64,
    /// The unit's share of all losses of the round, by the city's policy; published so that the column adds up.
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
    /// What was published; none while the round is open.
    pub published: Option<PublishedVersion>,
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

/// A unit as it enters a ranking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Peer {
    unit: UnitRef,
    code: String,
    figures: UnitFigures,
    interval: Option<Interval>,
}

/// The units of a peer group that have a site in the round, in the order of their codes.
fn peers(figures: &Figures, directory: &Directory, group: Group) -> Vec<Peer> {
    let mut sums: BTreeMap<UnitId, UnitFigures> = BTreeMap::new();
    for (unit, own) in &figures.units {
        if let Some(peer) = peer(directory, *unit, group.kind()) {
            let sum = sums.entry(peer).or_default();
            sum.sites += own.sites;
            sum.possible = &sum.possible + &own.possible;
            sum.lost_at_sites = &sum.lost_at_sites + &own.lost_at_sites;
            sum.lost = &sum.lost + &own.lost;
        }
    }
    let with_sites = sums.into_iter().filter(|(_, sum)| sum.sites > 0);
    let mut peers: Vec<Peer> = with_sites
        .filter_map(|(id, figures_of)| {
            let unit = directory.get(id)?;
            let interval = figures.unit_intervals.get(&id).cloned();
            Some(Peer { unit: UnitRef::from(unit), code: unit.code.clone(), figures: figures_of, interval })
        })
        .collect();
    peers.sort_by(|left, right| left.code.cmp(&right.code));
    peers
}

/// Ranks the units of a peer group.
fn standings(peers: &[Peer], policy: &RankingPolicy) -> Vec<RankingRow> {
    let rate = |own: &UnitFigures| (&(&own.possible - &own.lost_at_sites) * &Exact::whole(100)).checked_div(&own.possible);
    let entrants: Vec<Entrant> = (peers.iter())
        .map(|peer| Entrant {
            unit: peer.unit.id,
            code: peer.code.clone(),
            group: String::new(),
            figure: rate(&peer.figures),
            denominator: peer.figures.sites,
        })
        .collect();
    let lost: Vec<Exact> = peers.iter().map(|peer| peer.figures.lost.clone()).collect();
    let published: HashMap<UnitId, (&Peer, String)> =
        peers.iter().zip(apportion(&lost, policy.decimals)).map(|(peer, lost)| (peer.unit.id, (peer, lost))).collect();
    let ranked = ranking::rank(&entrants, policy).into_values().flatten();
    ranked
        .filter_map(|standing| {
            let (peer, lost) = published.get(&standing.unit)?;
            Some(RankingRow {
                rank: standing.rank,
                unit: peer.unit.clone(),
                rate: standing.figure.as_ref().map(|figure| Figure::of(figure, policy.decimals)),
                sites: standing.denominator,
                lost: Figure { value: lost.clone(), exact: peer.figures.lost.as_fraction() },
                interval: peer.interval.as_ref().map(|interval| RateInterval {
                    low: Figure::of(&interval.low, policy.decimals),
                    high: Figure::of(&interval.high, policy.decimals),
                }),
                reason: standing.unranked.as_ref().map(|reason| reason_code(reason).to_owned()),
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

/// A ranking as it is frozen: the policy and the units it was made of, and its rows.
#[derive(Debug, Serialize, Deserialize)]
struct Frozen {
    policy: RankingPolicy,
    /// None where rankings were frozen before their inputs were.
    #[serde(default)]
    peers: Option<Vec<Peer>>,
    rows: Vec<RankingRow>,
    /// Why it corrects the one before; empty for the first.
    #[serde(default)]
    reason: String,
}

impl Frozen {
    fn of(peers: Vec<Peer>, policy: RankingPolicy, reason: &str) -> Self {
        Self { rows: standings(&peers, &policy), peers: Some(peers), policy, reason: reason.to_owned() }
    }

    /// With the reasons in the reader's language.
    fn worded(mut self, lang: Lang) -> Self {
        for row in &mut self.rows {
            row.reason_text = reason_text(row, self.policy.minimum_denominator, lang);
        }
        self
    }

    /// Whether its rows come out the same from its inputs.
    fn verified(&self) -> Option<bool> {
        self.peers.as_ref().map(|peers| standings(peers, &self.policy) == self.rows)
    }
}

/// Freezes the rankings of all peer groups with the figures they rest on; nothing that changes later changes them.
///
/// # Errors
/// The database's.
pub async fn publish(tx: &mut WriteTx, round: &Round) -> Result<(), Error> {
    if round.edition.is_some() {
        freeze(tx, round, "").await?;
    }
    Ok(())
}

/// Freezes the next version of each peer group whose ranking came out otherwise; tells how many did.
async fn freeze(tx: &mut WriteTx, round: &Round, reason: &str) -> Result<usize, Error> {
    let computed = figures::recompute(tx, round).await?;
    let directory = unit::directory(tx).await?;
    let policy = kept_policy(tx).await?;
    let mut changed = 0;
    for group in Group::ALL {
        let before = yipanqi_store::score::published_ranking::<Frozen>(tx, round.id, group.as_str(), None).await?;
        let frozen = Frozen::of(peers(&computed.figures, &directory, group), policy.clone(), reason);
        if before.is_some_and(|before| before.body.policy == frozen.policy && before.body.rows == frozen.rows) {
            continue;
        }
        changed += 1;
        let version = yipanqi_store::score::publish_ranking(tx, round.id, group.as_str(), &frozen).await?;
        tx.audit("ranking.publish", "round", &round.id.to_string(), &(group, version, &frozen))?;
    }
    Ok(changed)
}

/// The ranking as it was published once the round was settled; none before.
async fn kept(tx: &ReadTx, round: &Round, GroupQuery { group, version }: GroupQuery) -> Result<Option<Published<Frozen>>, Error> {
    if !round.state.is_settled() {
        return Ok(None);
    }
    Ok(yipanqi_store::score::published_ranking(tx, round.id, group.as_str(), version).await?)
}

/// The ranking that these figures give now.
async fn fresh(tx: &ReadTx, figures: &Figures, group: Group) -> Result<Frozen, Error> {
    let directory = unit::directory(tx).await?;
    let peers = peers(figures, &directory, group);
    Ok(Frozen::of(peers, kept_policy(tx).await?, ""))
}

/// The ranking that the board shows: that of the first peer group with a unit in it.
///
/// # Errors
/// The database's.
pub async fn ranked(
    tx: &ReadTx,
    round: &Round,
    figures: &Figures,
    lang: Lang,
) -> Result<Option<(Group, Vec<RankingRow>)>, Error> {
    for group in Group::ALL {
        let frozen = match kept(tx, round, GroupQuery { group, version: None }).await? {
            Some(published) => published.body,
            None => fresh(tx, figures, group).await?,
        };
        if !frozen.rows.is_empty() {
            return Ok(Some((group, frozen.worded(lang).rows)));
        }
    }
    Ok(None)
}

/// Whether the reader may see the ranking of a round that stands so.
#[must_use]
pub fn open_to(ctx: &CityCtx, state: RoundState) -> bool {
    let seen = ctx.reach_of(Right::ViewRanking) != Reach::Nothing;
    seen && (state.is_settled() || ctx.reach_of(Right::ViewScore) == Reach::Everything)
}

/// The ranking, if the reader may see it yet: while a round is open, only who sees the whole score does.
async fn made(ctx: &CityCtx, id: RoundId, query: GroupQuery) -> Result<(Round, Option<PublishedVersion>, Frozen), Error> {
    let tx = ctx.read().await?;
    let round = round::get(ctx, &tx, id).await?;
    if !open_to(ctx, round.state) {
        return Err(Error::new("ranking_not_final"));
    }
    if let Some(Published { version, at, body }) = kept(&tx, &round, query).await? {
        let newest = match query.version {
            Some(_) => kept(&tx, &round, GroupQuery { version: None, ..query }).await?.map_or(version, |newest| newest.version),
            None => version,
        };
        let (reason, verified) = (body.reason.clone(), body.verified());
        let shown = PublishedVersion { version, newest, published_at: at, reason, verified };
        return Ok((round, Some(shown), body.worded(ctx.lang)));
    }
    if query.version.is_some() {
        return Err(Error::new("ranking_version_not_found"));
    }
    drop(tx);
    let computed = figures::newest(&ctx.city, ctx.author(), ctx.moment, &round).await?;
    let frozen = fresh(&ctx.read().await?, &computed.figures, query.group).await?;
    Ok((round, None, frozen.worded(ctx.lang)))
}

/// The ranking of a peer group after a round.
#[utoipa::path(get, path = "/api/rounds/{id}/ranking", tag = "score", params(("id" = String, Path), GroupQuery),
    responses((status = 200, body = RankingView), (status = 404, body = FailureBody), (status = 409, body = FailureBody)))]
pub async fn show(ctx: CityCtx, Path(id): Path<RoundId>, Query(query): Query<GroupQuery>) -> Result<Json<RankingView>, Error> {
    let (round, published, frozen) = made(&ctx, id, query).await?;
    Ok(Json(RankingView {
        round: RoundRef::from(&round),
        group: query.group,
        minimum_sites: frozen.policy.minimum_denominator,
        published,
        rows: frozen.rows,
    }))
}

/// Correct the published rankings of a round: what comes out otherwise by the data and the policy of now becomes the next
/// version, marked with the reason; what was published stays.
#[utoipa::path(post, path = "/api/rounds/{id}/ranking/corrections", tag = "score", params(("id" = String, Path)),
    request_body = CorrectRanking, responses((status = 200, body = RoundRef), (status = 404, body = FailureBody),
        (status = 409, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn correct(ctx: CityCtx, Path(id): Path<RoundId>, Json(input): Json<CorrectRanking>) -> Result<Json<RoundRef>, Error> {
    let mut tx = ctx.write().await?;
    if let Some(before) = ctx.once(&mut tx, input.command_id, &(id, &input)).await? {
        return Ok(Json(before));
    }
    let round = round::get(&ctx, &tx, id).await?;
    let reason = input.reason.trim();
    if reason.is_empty() {
        return Err(Error::new("reason_missing"));
    }
    if !round.state.is_settled() || !round.visible() || round.edition.is_none() {
        return Err(Error::new("ranking_not_final"));
    }
    if freeze(&mut tx, &round, reason).await? == 0 {
        return Err(Error::new("ranking_unchanged"));
    }
    tx.event("score", &id.to_string(), &[])?;
    let answer = RoundRef::from(&round);
    ctx.answer_once(&mut tx, input.command_id, &answer).await?;
    tx.commit().await?;
    Ok(Json(answer))
}

/// The same ranking as a workbook.
#[utoipa::path(get, path = "/api/rounds/{id}/ranking.xlsx", tag = "score", params(("id" = String, Path), GroupQuery),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>),
        (status = 404, body = FailureBody), (status = 409, body = FailureBody)))]
pub async fn export(ctx: CityCtx, Path(id): Path<RoundId>, Query(query): Query<GroupQuery>) -> Result<Workbook, Error> {
    let (round, published, Frozen { rows, reason, .. }) = made(&ctx, id, query).await?;
    let heads = match ctx.lang {
        Lang::Zh => ["名次", "单位", "得分率（%）", "95%区间下限", "95%区间上限", "点位数", "失分", "说明"],
        Lang::En => ["Rank", "Unit", "Rate (%)", "95 % interval, low", "95 % interval, high", "Sites", "Points lost", "Remark"],
    };
    let columns = heads.into_iter().zip([8, 30, 14, 14, 14, 10, 12, 40]);
    let corrected = published.filter(|shown| shown.version > 1).map(|shown| match ctx.lang {
        Lang::Zh => format!("（第{}版，更正：{reason}）", shown.version),
        Lang::En => format!(" (version {}, corrected: {reason})", shown.version),
    });
    let cells = rows.iter().map(|row| {
        vec![
            row.rank.map_or(ListCell::Blank, |rank| ListCell::Integer(rank.into())),
            ListCell::Text(row.unit.name.clone()),
            figure(row.rate.as_ref()),
            figure(row.interval.as_ref().map(|interval| &interval.low)),
            figure(row.interval.as_ref().map(|interval| &interval.high)),
            ListCell::Integer(i64::try_from(row.sites).unwrap_or(i64::MAX)),
            figure(Some(&row.lost)),
            row.reason_text.clone().map_or(ListCell::Blank, ListCell::Text),
        ]
    });
    let head = ListHead {
        title: format!("{} {}", round.number, query.group.name(ctx.lang)),
        subtitle: format!("{}{}", round.name, corrected.unwrap_or_default()),
        generated_at: Calendar::default().local(ctx.moment).naive_local(),
        columns: columns.map(|(head, width)| ListColumn { head: head.to_owned(), width, kind: ColumnKind::Plain }).collect(),
    };
    let mut file = Cursor::new(Vec::new());
    list::write(&mut file, &head, cells.collect::<Vec<_>>(), None).map_err(Error::internal)?;
    Ok(page::workbook(&format!("ranking-{}.xlsx", round.number), file.into_inner()))
}
