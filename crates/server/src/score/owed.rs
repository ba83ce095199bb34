//! Whose loss: what each unit bears of a round's loss as a table that adds up, and each unit's part down to the site.

use std::collections::{BTreeSet, HashMap};

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use yipanqi_domain::access::Reach;
use yipanqi_domain::exact::Exact;
use yipanqi_domain::framework::Method;
use yipanqi_domain::id::{CriterionId, RoundId, SiteId, UnitId};
use yipanqi_domain::ranking::apportion;
use yipanqi_domain::score::{self, LossPolicy, UnitLosses};
use yipanqi_store::framework::{self, EditionNode};
use yipanqi_store::unit::{self, Directory};

use super::figures::{self, Computed};
use super::sheet::Inputs;
use crate::error::{Error, FailureBody};
use crate::export::{self, Column, ColumnQuery, Sheet, figure, text};
use crate::figure::Figure;
use crate::page::Workbook;
use crate::request::{CityCtx, Json, Path, Query};
use crate::round::{self, RoundRef};
use crate::session::UnitRef;
use crate::site::SiteRef;

/// Decimals of a part, so that small shares are told apart.
const DECIMALS: u32 = 4;

/// What a unit bears of a round's loss.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LossRow {
    /// The unit; none for what no unit bears.
    pub unit: Option<UnitRef>,
    /// Its part, published so that the table adds up to the published loss, with the exact fraction.
    pub lost: Figure,
    /// Its part of the whole loss in per cent; none if nothing is lost.
    pub share: Option<Figure>,
}

/// Whose loss a round's is.
#[derive(Debug, Serialize, ToSchema)]
pub struct LossTable {
    /// The round.
    pub round: RoundRef,
    /// Covered less earned.
    pub lost: Figure,
    /// In what proportion a site's loss goes to its territorial and its industry unit: `1 : 1`.
    pub sites_shared: String,
    /// In what proportion an entered result's loss goes to those who lead and those who support: `7 : 3`.
    pub results_shared: String,
    /// Most lost first, what nobody bears last, as far as the reader may see.
    pub rows: Vec<LossRow>,
}

/// What a unit bears of one loss.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UnitShare {
    /// The unit.
    pub unit: UnitRef,
    /// Its part.
    pub loss: Figure,
}

/// A part of a unit's loss.
#[derive(Debug, Serialize, ToSchema)]
pub struct LossPartRow {
    /// The number of the criterion.
    pub number: String,
    /// The title of the criterion.
    pub title: String,
    /// The measure, by which its sites and findings are asked for.
    #[schema(value_type = String)]
    pub measure_id: Uuid,
    /// The method.
    #[schema(value_type = String)]
    pub method: Method,
    /// The site; none for an entered result.
    pub site: Option<SiteRef>,
    /// What was lost there in all.
    pub whole: Figure,
    /// What the unit bears of it.
    pub loss: Figure,
}

/// Whose parts are shown.
#[derive(Debug, Clone, Copy, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct UnitLossQuery {
    /// Whether the units below it are counted with it, as a ranking does.
    pub below: bool,
}

/// A unit's loss with everything it is made of.
#[derive(Debug, Serialize, ToSchema)]
pub struct UnitLossView {
    /// The unit.
    pub unit: UnitRef,
    /// All of it; the parts add up to it.
    pub lost: Figure,
    /// What the unit's sites lost in all, whoever bears it: what the field score of a unit rests on.
    pub lost_at_sites: Figure,
    /// Its parts, most lost first.
    pub parts: Vec<LossPartRow>,
    /// The sites on which its rate rests, most lost first: 100 × (Σ possible − Σ lost) ÷ Σ possible.
    pub sites: Vec<UnitSiteRow>,
}

/// A site of a unit with what it is rated by.
#[derive(Debug, Serialize, ToSchema)]
pub struct UnitSiteRow {
    /// The site.
    pub site: SiteRef,
    /// What it could earn of the measures that count there.
    pub possible: Figure,
    /// What it lost of that, whoever bears it.
    pub lost: Figure,
}

fn seen(reach: &Reach, unit: UnitId) -> bool {
    match reach {
        Reach::Everything => true,
        Reach::Units(units) => units.contains(&unit),
        Reach::Nothing => false,
    }
}

/// The whole table by unit code, apportioned to the published loss; what nobody bears stands last.
fn table(computed: &Computed, directory: &Directory, decimals: u32) -> Vec<(Option<UnitId>, Exact, LossRow)> {
    let mut bearing: Vec<(&str, Option<UnitId>, &Exact)> = (computed.figures.units.iter())
        .filter(|(_, own)| !own.lost.is_zero())
        .filter_map(|(id, own)| Some((directory.get(*id)?.code.as_str(), Some(*id), &own.lost)))
        .collect();
    bearing.sort();
    if !computed.figures.unattributed.is_zero() {
        bearing.push(("", None, &computed.figures.unattributed));
    }
    let parts: Vec<Exact> = bearing.iter().map(|(_, _, lost)| (*lost).clone()).collect();
    let whole: Exact = parts.iter().sum();
    let mut rows: Vec<_> = (bearing.into_iter().zip(apportion(&parts, decimals)))
        .map(|((_, id, lost), value)| {
            let share = (lost * &Exact::whole(100)).checked_div(&whole);
            let row = LossRow {
                unit: id.and_then(|id| directory.get(id)).map(UnitRef::from),
                lost: Figure { value, exact: lost.as_fraction() },
                share: share.as_ref().map(|share| Figure::of(share, 2)),
            };
            (id, lost.clone(), row)
        })
        .collect();
    // A stable sort: equals stay in the order of the codes.
    rows.sort_by(|(left, left_lost, _), (right, right_lost, _)| {
        left.is_none().cmp(&right.is_none()).then_with(|| right_lost.cmp(left_lost))
    });
    rows
}

fn ratio(left: &Exact, right: &Exact) -> String {
    format!("{left} : {right}")
}

async fn made(ctx: &CityCtx, id: RoundId) -> Result<LossTable, Error> {
    let round = round::get(ctx, &ctx.read().await?, id).await?;
    let computed = figures::newest(&ctx.city, ctx.author(), ctx.moment, &round).await?;
    let tx = ctx.read().await?;
    let decimals = framework::edition(&tx, computed.edition).await?.row.settings.published_decimals;
    let directory = unit::directory(&tx).await?;
    let LossPolicy { territorial, industry, lead, support } = figures::policy(&tx).await?;
    let reach = ctx.reach();
    let rows = table(&computed, &directory, decimals).into_iter();
    let rows = rows.filter(|(unit, ..)| unit.map_or(reach == Reach::Everything, |unit| seen(&reach, unit)));
    Ok(LossTable {
        round: RoundRef::from(&round),
        lost: Figure::of(&computed.figures.tree.total.lost(), decimals),
        sites_shared: ratio(&territorial, &industry),
        results_shared: ratio(&lead, &support),
        rows: rows.map(|(.., row)| row).collect(),
    })
}

/// Whose loss a round's is, by unit; the published parts add up to the published loss.
#[utoipa::path(get, path = "/api/rounds/{id}/losses", tag = "score", params(("id" = String, Path)),
    responses((status = 200, body = LossTable), (status = 404, body = FailureBody), (status = 409, body = FailureBody)))]
pub async fn list(ctx: CityCtx, Path(id): Path<RoundId>) -> Result<Json<LossTable>, Error> {
    Ok(Json(made(&ctx, id).await?))
}

/// The columns by the names that the list uses.
const LOSSES: Sheet<LossRow> = Sheet {
    file: "losses",
    zh: "失分责任分摊表",
    en: "Losses by unit",
    columns: &[
        Column {
            name: "unit",
            zh: "责任单位",
            en: "Unit",
            width: 30,
            cell: |row, pen| match (&row.unit, pen.lang) {
                (Some(unit), _) => text(&unit.name),
                (None, crate::request::Lang::Zh) => text("未落实责任单位"),
                (None, crate::request::Lang::En) => text("No unit answers for it"),
            },
        },
        Column { name: "lost", zh: "失分", en: "Points lost", width: 12, cell: |row, _| figure(Some(&row.lost)) },
        Column { name: "share", zh: "占比（%）", en: "Share (%)", width: 12, cell: |row, _| figure(row.share.as_ref()) },
        Column { name: "exact", zh: "精确值", en: "Exact", width: 24, cell: |row, _| text(&row.lost.exact) },
    ],
};

/// The same table as a workbook.
#[utoipa::path(get, path = "/api/rounds/{id}/losses/export.xlsx", tag = "score", params(("id" = String, Path), ColumnQuery),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>),
        (status = 404, body = FailureBody), (status = 409, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn book(ctx: CityCtx, Path(id): Path<RoundId>, Query(columns): Query<ColumnQuery>) -> Result<Workbook, Error> {
    let losses = made(&ctx, id).await?;
    export::book(&ctx, &LOSSES, &columns, &losses.rows).await
}

/// What a unit bears of a round's loss, down to criterion and site.
#[utoipa::path(get, path = "/api/rounds/{id}/losses/units/{unit_id}", tag = "score",
    params(("id" = String, Path), ("unit_id" = String, Path), UnitLossQuery),
    responses((status = 200, body = UnitLossView), (status = 403, body = FailureBody), (status = 404, body = FailureBody),
        (status = 409, body = FailureBody)))]
pub async fn of_unit(
    ctx: CityCtx,
    Path((id, unit)): Path<(RoundId, UnitId)>,
    Query(query): Query<UnitLossQuery>,
) -> Result<Json<UnitLossView>, Error> {
    let tx = ctx.read().await?;
    let round = round::get(&ctx, &tx, id).await?;
    let known = unit::directory(&tx).await?.get(unit).map(UnitRef::from).ok_or_else(|| Error::new("unit_not_found"))?;
    if !seen(&ctx.reach(), unit) {
        return Err(Error::new("place_not_yours"));
    }
    let (inputs, policy) = (Inputs::read(&tx, &round).await?, figures::policy(&tx).await?);
    drop(tx);
    let mut counted = if query.below { ctx.tree.descendants(unit) } else { BTreeSet::new() };
    counted.insert(unit);
    let view = tokio::task::spawn_blocking(move || parts(&inputs, &policy, &counted, known)).await;
    Ok(Json(view.map_err(Error::internal)?))
}

fn parts(inputs: &Inputs, policy: &LossPolicy, counted: &BTreeSet<UnitId>, name: UnitRef) -> UnitLossView {
    let tree = score::score(&inputs.edition, &inputs.sheet);
    let UnitLosses { units, .. } = score::share_losses(&tree, &inputs.sheet, &inputs.duties(), policy);
    let own: Vec<score::UnitLoss> = units.into_iter().filter(|(unit, _)| counted.contains(unit)).map(|(_, own)| own).collect();
    let lost: Exact = own.iter().map(|own| &own.loss).sum();
    let mut parts: Vec<score::LossPart> = own.into_iter().flat_map(|own| own.parts).collect();
    parts.sort_by(|left, right| right.loss.cmp(&left.loss));
    let nodes: HashMap<CriterionId, &EditionNode> = inputs.tree.nodes.iter().map(|node| (node.id, node)).collect();
    // Each site counts for each of its units, as in the figures of units, whatever the policy lets them bear.
    let times: HashMap<SiteId, usize> =
        inputs.sheet.sites.iter().map(|site| (site.site, figures::answerable(site).intersection(counted).count())).collect();
    let mut at_sites: HashMap<SiteId, (Exact, Exact)> = HashMap::new();
    let mut wholes: HashMap<(CriterionId, Method, Option<SiteId>), Exact> = HashMap::new();
    let mut waiting: Vec<_> = tree.nodes.iter().collect();
    while let Some(node) = waiting.pop() {
        waiting.extend(&node.children);
        if let Some(criterion) = &node.criterion {
            for measure in &criterion.measures {
                wholes.insert((criterion.id, measure.method, None), measure.unattributed.clone());
                for (site, possible, lost) in score::site_weights(measure, inputs.edition.site_mean) {
                    let times = Exact::whole(i64::try_from(times.get(&site).copied().unwrap_or(0)).unwrap_or(0));
                    if !times.is_zero() {
                        let sum = at_sites.entry(site).or_insert_with(|| (Exact::zero(), Exact::zero()));
                        *sum = (&sum.0 + &(&possible * &times), &sum.1 + &(&lost * &times));
                    }
                }
                for site in measure.site_types.iter().flat_map(|site_type| &site_type.sites) {
                    wholes.insert((criterion.id, measure.method, Some(site.site)), site.loss.clone());
                }
            }
        }
    }
    let row = |part: score::LossPart| {
        let node = nodes.get(&part.criterion)?;
        let measure = node.measures.iter().find(|row| row.method == part.method)?;
        let whole = wholes.get(&(part.criterion, part.method, part.site)).unwrap_or(&part.loss);
        Some(LossPartRow {
            number: node.citation_key.clone(),
            title: node.title.clone(),
            measure_id: measure.id,
            method: part.method,
            site: part.site.and_then(|site| inputs.sites.get(&site)).map(|site| inputs.names.site(site)),
            whole: Figure::of(whole, DECIMALS),
            loss: Figure::of(&part.loss, DECIMALS),
        })
    };
    let decimals = inputs.tree.row.settings.published_decimals;
    let lost_at_sites: Exact = at_sites.values().map(|(_, lost)| lost).sum();
    let mut rated: Vec<_> = at_sites.iter().filter_map(|(site, sums)| Some((inputs.sites.get(site)?, sums))).collect();
    rated.sort_by(|(left, left_sums), (right, right_sums)| {
        right_sums.1.cmp(&left_sums.1).then_with(|| left.code.cmp(&right.code))
    });
    UnitLossView {
        unit: name,
        lost: Figure::of(&lost, decimals),
        lost_at_sites: Figure::of(&lost_at_sites, decimals),
        parts: parts.into_iter().filter_map(row).collect(),
        sites: (rated.into_iter())
            .map(|(site, (possible, lost))| UnitSiteRow {
                site: inputs.names.site(site),
                possible: Figure::of(possible, DECIMALS),
                lost: Figure::of(lost, DECIMALS),
            })
            .collect(),
    }
}

/// Who bears the losses of one measure: those of each site, and that which no site bears.
pub(super) fn bearers(
    inputs: &Inputs,
    scored: &score::CriterionScore,
    method: Method,
    policy: &LossPolicy,
) -> HashMap<Option<SiteId>, Vec<UnitShare>> {
    let sites = inputs.sheet.sites.iter().map(|site| (site.site, site.clone())).collect();
    let duties = inputs.duties();
    let losses = score::share_criterion(scored, &sites, duties.get(&scored.id), policy);
    let mut bearers: HashMap<Option<SiteId>, Vec<UnitShare>> = HashMap::new();
    for (unit, own) in losses.units {
        let Some(unit) = inputs.names.directory.get(unit).map(UnitRef::from) else { continue };
        for part in own.parts.into_iter().filter(|part| part.method == method) {
            let share = UnitShare { unit: unit.clone(), loss: Figure::of(&part.loss, DECIMALS) };
            bearers.entry(part.site).or_default().push(share);
        }
    }
    bearers
}
