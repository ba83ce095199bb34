//! The register of the negative list, and the years of a cycle with their official results.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use yipanqi_domain::exact::Exact;
use yipanqi_domain::framework::NegativeEffect;
use yipanqi_domain::id::{CommandId, UnitId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::score::{CycleTotal, IncidentState, cycle_total};
use yipanqi_store::framework::{self, EditionRow, EditionTree, Framework};
use yipanqi_store::incident::{self, IncidentRow, YearResult};
use yipanqi_store::round::{self, RoundFilter, RoundSort, RoundSortKey};
use yipanqi_store::site::SortOrder;
use yipanqi_store::{ReadTx, StoreError, WriteTx, unit};

use super::figures::Figures;
use crate::error::{Error, FailureBody};
use crate::figure::Figure;
use crate::request::{CityCtx, Json, Path};
use crate::session::UnitRef;

/// Rounds looked through for a year's newest score.
const ROUNDS: u64 = 200;

/// An incident of the negative list.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct IncidentView {
    /// Identity.
    #[schema(value_type = String)]
    pub id: Uuid,
    /// The number on the edition's negative list.
    pub number: String,
    /// The situation as the list words it; empty if the edition has no such number any more.
    pub situation: String,
    /// `deduct` or `veto`; none if the edition has no such number any more.
    pub effect: Option<String>,
    /// Points taken while it stands.
    pub points: Option<Figure>,
    /// How often: 起, 件, 处.
    pub count: u32,
    /// When it happened.
    pub occurred_on: NaiveDate,
    /// What happened.
    pub title: String,
    /// Whence it is known.
    pub source: String,
    /// The units it concerns.
    pub units: Vec<UnitRef>,
    /// `alleged`, `stands` or `withdrawn`.
    #[schema(value_type = String)]
    pub state: IncidentState,
    /// What was decided, with the document.
    pub decision: String,
    /// When it was decided.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub decided_at: Option<Moment>,
    /// By whom.
    pub decided_by: String,
    /// Why it was taken back.
    pub withdrawal: String,
    /// When it was taken back.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub withdrawn_at: Option<Moment>,
    /// Who entered it.
    pub entered_by: String,
    /// The version to send with a change.
    pub version: i64,
    /// What the reader may do with it: `decide`, `withdraw`.
    pub allowed: Vec<String>,
}

/// An item of the list of which incidents may be entered.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct NegativeChoice {
    /// Its number.
    pub number: String,
    /// The situation.
    pub situation: String,
    /// `deduct` or `veto`.
    pub effect: String,
    /// Points for one.
    pub points: Option<Figure>,
}

/// The register of an edition.
#[derive(Debug, Serialize, ToSchema)]
pub struct IncidentList {
    /// The edition's negative list.
    pub items: Vec<NegativeChoice>,
    /// The incidents, newest first.
    pub incidents: Vec<IncidentView>,
}

/// A new incident.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct EnterIncident {
    /// Made by the client; the same command is applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// The number on the negative list.
    pub number: String,
    /// How often.
    pub count: u32,
    /// When it happened.
    pub occurred_on: NaiveDate,
    /// What happened.
    pub title: String,
    /// Whence it is known.
    pub source: String,
    /// The units it concerns.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub unit_ids: Vec<UnitId>,
}

/// A decision about an incident, or its withdrawal.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct DecideIncident {
    /// Made by the client; the same command is applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// The version that was seen.
    pub version: i64,
    /// The decision with its document, or why it is withdrawn.
    pub reason: String,
}

fn effect(effect: &NegativeEffect) -> (&'static str, Option<&Exact>) {
    match effect {
        NegativeEffect::Deduct { points, .. } => ("deduct", Some(points)),
        NegativeEffect::Veto => ("veto", None),
    }
}

async fn view(ctx: &CityCtx, tx: &ReadTx, tree: &EditionTree, row: &IncidentRow) -> Result<IncidentView, Error> {
    let directory = unit::directory(tx).await?;
    let of_list = tree.negative_items.iter().find(|known| known.item.number == row.number);
    let known = of_list.map(|known| effect(&known.item.effect));
    let decimals = tree.row.settings.published_decimals;
    let points = known.and_then(|(_, points)| points).map(|points| points * &Exact::whole(row.count.into()));
    let may = ctx.reach_of(yipanqi_domain::access::Right::EnterResults) != yipanqi_domain::access::Reach::Nothing;
    let mut allowed = Vec::new();
    if may && row.state.leads_to(IncidentState::Stands) {
        allowed.push("decide".to_owned());
    }
    if may && row.state.leads_to(IncidentState::Withdrawn) {
        allowed.push("withdraw".to_owned());
    }
    Ok(IncidentView {
        id: row.id,
        number: row.number.clone(),
        situation: of_list.map(|known| known.item.situation.clone()).unwrap_or_default(),
        effect: known.map(|(effect, _)| effect.to_owned()),
        points: points.map(|points| Figure::of(&points, decimals)),
        count: row.count,
        occurred_on: row.occurred_on,
        title: row.title.clone(),
        source: row.source.clone(),
        units: row.units.iter().filter_map(|unit| directory.get(*unit)).map(UnitRef::from).collect(),
        state: row.state,
        decision: row.decision.clone(),
        decided_at: row.decided_at,
        decided_by: row.decided_by.clone(),
        withdrawal: row.withdrawal.clone(),
        withdrawn_at: row.withdrawn_at,
        entered_by: row.entered_by.clone(),
        version: row.version,
        allowed,
    })
}

/// An edition with everything entered on its negative list.
pub(super) async fn of_edition(ctx: &CityCtx, tx: &ReadTx, id: Uuid) -> Result<(Arc<EditionTree>, Vec<IncidentView>), Error> {
    let tree = framework::edition(tx, id).await.map_err(edition_known)?;
    let mut incidents = Vec::new();
    for row in incident::of_edition(tx, id).await? {
        incidents.push(view(ctx, tx, &tree, &row).await?);
    }
    Ok((tree, incidents))
}

fn edition_known(error: StoreError) -> Error {
    match error {
        StoreError::NotFound { .. } => Error::new("edition_not_found"),
        other => other.into(),
    }
}

/// The register of an edition's negative list.
#[utoipa::path(get, path = "/api/editions/{id}/incidents", tag = "score", params(("id" = String, Path)),
    responses((status = 200, body = IncidentList), (status = 404, body = FailureBody)))]
pub async fn list(ctx: CityCtx, Path(id): Path<Uuid>) -> Result<Json<IncidentList>, Error> {
    let tx = ctx.read().await?;
    let (tree, incidents) = of_edition(&ctx, &tx, id).await?;
    let decimals = tree.row.settings.published_decimals;
    let items = tree.negative_items.iter().map(|row| {
        let (effect, points) = effect(&row.item.effect);
        NegativeChoice {
            number: row.item.number.clone(),
            situation: row.item.situation.clone(),
            effect: effect.to_owned(),
            points: points.map(|points| Figure::of(points, decimals)),
        }
    });
    Ok(Json(IncidentList { items: items.collect(), incidents }))
}

/// Enter an incident; it costs nothing until it is decided that it stands.
#[utoipa::path(post, path = "/api/editions/{id}/incidents", tag = "score", params(("id" = String, Path)),
    request_body = EnterIncident,
    responses((status = 200, body = IncidentView), (status = 404, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn enter(ctx: CityCtx, Path(id): Path<Uuid>, Json(input): Json<EnterIncident>) -> Result<Json<IncidentView>, Error> {
    let mut tx = ctx.write().await?;
    if let Some(before) = ctx.once(&mut tx, input.command_id, &(&id, &input)).await? {
        return Ok(Json(before));
    }
    let tree = framework::edition(&tx, id).await.map_err(edition_known)?;
    if !tree.negative_items.iter().any(|known| known.item.number == input.number) {
        return Err(Error::invalid("number", "negative_item_not_found"));
    }
    if input.count == 0 {
        return Err(Error::invalid("count", "incident_count_zero"));
    }
    if input.occurred_on > ctx.today() {
        return Err(Error::invalid("occurred_on", "incident_in_future"));
    }
    for (field, text) in [("title", &input.title), ("source", &input.source)] {
        if text.trim().is_empty() {
            return Err(Error::invalid(field, "required"));
        }
    }
    let row = IncidentRow {
        id: Uuid::now_v7(),
        edition: id,
        number: input.number.clone(),
        count: input.count,
        occurred_on: input.occurred_on,
        title: input.title.trim().to_owned(),
        source: input.source.trim().to_owned(),
        units: input.unit_ids.clone(),
        state: IncidentState::Alleged,
        decision: String::new(),
        decided_at: None,
        decided_by: String::new(),
        withdrawal: String::new(),
        withdrawn_at: None,
        entered_by: ctx.name.clone(),
        entered_at: ctx.moment,
        version: 0,
    };
    incident::add(&tx, &row).await?;
    tx.audit("incident.enter", "incident", &row.id.to_string(), &row)?;
    let kept = IncidentRow { version: 1, ..row };
    let answer = view(&ctx, &tx, &tree, &kept).await?;
    ctx.answer_once(&mut tx, input.command_id, &answer).await?;
    tx.commit().await?;
    Ok(Json(answer))
}

async fn change(ctx: &CityCtx, id: Uuid, input: &DecideIncident, to: IncidentState) -> Result<IncidentView, Error> {
    let mut tx = ctx.write().await?;
    if let Some(before) = ctx.once(&mut tx, input.command_id, &(id, to, input)).await? {
        return Ok(before);
    }
    let mut row = incident::get(&tx, id).await.map_err(|error| match error {
        StoreError::NotFound { .. } => Error::new("incident_not_found"),
        other => other.into(),
    })?;
    if !row.state.leads_to(to) {
        return Err(Error::new("incident_state").with("state", row.state.as_str()));
    }
    if input.reason.trim().is_empty() {
        return Err(Error::invalid("reason", "required"));
    }
    row.version = input.version;
    row.state = to;
    match to {
        IncidentState::Stands | IncidentState::Alleged => {
            row.decision = input.reason.trim().to_owned();
            row.decided_at = Some(ctx.moment);
            row.decided_by = ctx.name.clone();
        }
        IncidentState::Withdrawn => {
            row.withdrawal = input.reason.trim().to_owned();
            row.withdrawn_at = Some(ctx.moment);
        }
    }
    incident::save(&tx, &row).await?;
    noted(&mut tx, &row)?;
    row.version += 1;
    let tree = framework::edition(&tx, row.edition).await.map_err(edition_known)?;
    let answer = view(ctx, &tx, &tree, &row).await?;
    ctx.answer_once(&mut tx, input.command_id, &answer).await?;
    tx.commit().await?;
    Ok(answer)
}

fn noted(tx: &mut WriteTx, row: &IncidentRow) -> Result<(), StoreError> {
    tx.audit(&format!("incident.{}", row.state.as_str()), "incident", &row.id.to_string(), row)?;
    tx.event("score", &row.edition.to_string(), &[])
}

/// Decide that an incident stands: from now on it costs what the list says.
#[utoipa::path(post, path = "/api/incidents/{id}/decide", tag = "score", params(("id" = String, Path)), request_body = DecideIncident,
    responses((status = 200, body = IncidentView), (status = 404, body = FailureBody), (status = 409, body = FailureBody)))]
pub async fn decide(ctx: CityCtx, Path(id): Path<Uuid>, Json(input): Json<DecideIncident>) -> Result<Json<IncidentView>, Error> {
    Ok(Json(change(&ctx, id, &input, IncidentState::Stands).await?))
}

/// Withdraw an incident: it costs nothing any more; what was published stays as it was.
#[utoipa::path(post, path = "/api/incidents/{id}/withdraw", tag = "score", params(("id" = String, Path)), request_body = DecideIncident,
    responses((status = 200, body = IncidentView), (status = 404, body = FailureBody), (status = 409, body = FailureBody)))]
pub async fn withdraw(
    ctx: CityCtx,
    Path(id): Path<Uuid>,
    Json(input): Json<DecideIncident>,
) -> Result<Json<IncidentView>, Error> {
    Ok(Json(change(&ctx, id, &input, IncidentState::Withdrawn).await?))
}

/// A year of a cycle.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CycleYear {
    /// The year.
    pub year: i64,
    /// Its weight in per cent.
    pub weight: String,
    /// The official result, once announced.
    pub official: Option<Figure>,
    /// Where it was announced.
    pub source: String,
    /// What the city's own newest settled round gives under the year's edition if the unmeasured were like the measured, after
    /// deductions; counts while nothing is announced.
    pub own: Option<Figure>,
    /// How much of the edition's points that round has measured, in per cent.
    pub coverage: Option<Figure>,
    /// Half the width of its interval; none if the sites were named, not drawn.
    pub margin: Option<Figure>,
    /// Whether a veto item stands: whatever was earned, the title is refused.
    pub vetoed: bool,
    /// The round of that score.
    #[schema(value_type = Option<String>)]
    pub round_id: Option<yipanqi_domain::id::RoundId>,
}

/// The years of a cycle and their weighted sum.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CycleView {
    /// Name of the framework.
    pub framework: String,
    /// The years, first to last.
    pub years: Vec<CycleYear>,
    /// Σ weight × result ÷ 100 over the years that have one.
    pub total: Figure,
    /// The weights of these years, in per cent.
    pub covered_weight: String,
    /// The weights of all years; other than 100 the sum is no mark out of the yearly total.
    pub all_weights: String,
}

/// The official result of a year.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct EnterYear {
    /// Made by the client; the same command is applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// The year.
    pub year: i64,
    /// Points announced.
    #[schema(value_type = String)]
    pub result: Exact,
    /// Where it was announced.
    pub source: String,
}

/// The framework of this identity or code.
async fn family(tx: &ReadTx, named: &str) -> Result<Framework, Error> {
    let known = framework::frameworks(tx).await?;
    let wanted = known.iter().find(|known| known.code == named || known.id.to_string() == named);
    wanted.cloned().ok_or_else(|| Error::new("framework_not_found"))
}

async fn cycle_of(tx: &ReadTx, family: Framework) -> Result<CycleView, Error> {
    let framework = family.id;
    let editions: Vec<EditionRow> =
        framework::editions(tx).await?.into_iter().filter(|edition| edition.framework == framework).collect();
    let newest = editions.iter().max_by_key(|edition| (edition.year, edition.version));
    let (weights, decimals) =
        newest.map_or((Vec::new(), 2), |edition| (edition.settings.year_weights.clone(), edition.settings.published_decimals));
    let last = newest.and_then(|edition| edition.year).unwrap_or_default();
    let first = last - i64::try_from(weights.len()).unwrap_or(0) + 1;
    let official: BTreeMap<i64, YearResult> =
        incident::years(tx, framework).await?.into_iter().map(|row| (row.year, row)).collect();
    let own = own_scores(tx, &editions).await?;
    let (mut years, mut counting) = (Vec::new(), Vec::new());
    for (year, weight) in (first..).zip(&weights) {
        let announced = official.get(&year);
        let mine = own.get(&year);
        counting.push(announced.map(|row| row.result.clone()).or_else(|| mine.map(|own| own.mark.clone())));
        years.push(CycleYear {
            year,
            weight: weight.to_string(),
            official: announced.map(|row| Figure::of(&row.result, decimals)),
            source: announced.map(|row| row.source.clone()).unwrap_or_default(),
            own: mine.map(|own| Figure::of(&own.mark, decimals)),
            coverage: mine.and_then(|own| own.coverage.as_ref()).map(|share| Figure::of(share, decimals)),
            margin: mine.and_then(|own| own.margin.as_ref()).map(|half| Figure::of(half, decimals)),
            vetoed: mine.is_some_and(|own| own.vetoed),
            round_id: mine.map(|own| own.round),
        });
    }
    let CycleTotal { total, covered_weight } = cycle_total(&weights, &counting);
    Ok(CycleView {
        framework: family.name,
        years,
        total: Figure::of(&total, decimals),
        covered_weight: covered_weight.to_string(),
        all_weights: weights.iter().sum::<Exact>().to_string(),
    })
}

/// The city's own mark of a year.
struct OwnMark {
    round: yipanqi_domain::id::RoundId,
    mark: Exact,
    coverage: Option<Exact>,
    margin: Option<Exact>,
    vetoed: bool,
}

/// By year of the edition: what its newest settled round gives, of those that everybody may see and that measured anything.
async fn own_scores(tx: &ReadTx, editions: &[EditionRow]) -> Result<BTreeMap<i64, OwnMark>, Error> {
    let filter = RoundFilter { without_covert: true, ..RoundFilter::default() };
    let sort = RoundSort { key: RoundSortKey::OpenedOn, order: SortOrder::Descending };
    let (rounds, _) = round::list(tx, &filter, sort, 0, ROUNDS).await?;
    let mut own = BTreeMap::new();
    for edition in editions {
        let Some(year) = edition.year else { continue };
        let settled = rounds.iter().filter(|round| round.edition == Some(edition.id) && round.state.is_settled());
        let of_edition: Vec<_> = settled.map(|round| round.id).collect();
        let kept = yipanqi_store::score::newest_runs::<Figures>(tx, &of_edition).await?;
        let mark = |round: &yipanqi_domain::id::RoundId| {
            let figures = &kept.iter().find(|run| run.round == *round)?.figures;
            let taken = &figures.tree.total.earned - &figures.tree.after_deductions;
            Some(OwnMark {
                round: *round,
                mark: &figures.tree.total.forecast()? - &taken,
                coverage: figures.tree.total.coverage(),
                margin: figures.margin(),
                vetoed: !figures.tree.vetoes.is_empty(),
            })
        };
        if let Some(newest) = of_edition.iter().find_map(mark) {
            own.insert(year, newest);
        }
    }
    Ok(own)
}

/// The cycle of a framework: years, weights, official and own results.
#[utoipa::path(get, path = "/api/frameworks/{id}/cycle", tag = "score", params(("id" = String, Path)),
    responses((status = 200, body = CycleView), (status = 404, body = FailureBody)))]
pub async fn cycle(ctx: CityCtx, Path(id): Path<String>) -> Result<Json<CycleView>, Error> {
    Ok(Json(cycle_named(&ctx.read().await?, &id).await?))
}

/// The cycle of the framework of this code or identity.
pub(super) async fn cycle_named(tx: &ReadTx, named: &str) -> Result<CycleView, Error> {
    let family = family(tx, named).await?;
    cycle_of(tx, family).await
}

/// Enter the official result of a year; an earlier one of the same year is replaced.
#[utoipa::path(post, path = "/api/frameworks/{id}/years", tag = "score", params(("id" = String, Path)), request_body = EnterYear,
    responses((status = 200, body = CycleView), (status = 404, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn enter_year(ctx: CityCtx, Path(id): Path<String>, Json(input): Json<EnterYear>) -> Result<Json<CycleView>, Error> {
    let mut tx = ctx.write().await?;
    if let Some(before) = ctx.once(&mut tx, input.command_id, &(&id, &input)).await? {
        return Ok(Json(before));
    }
    let family = family(&tx, &id).await?;
    if input.source.trim().is_empty() {
        return Err(Error::invalid("source", "required"));
    }
    if !(1990..=2200).contains(&input.year) {
        return Err(Error::invalid("year", "year_out_of_range"));
    }
    let editions = framework::editions(&tx).await?;
    let of_year = editions.iter().filter(|edition| edition.framework == family.id && edition.year == Some(input.year));
    let points: Option<Exact> = match of_year.max_by_key(|edition| edition.version) {
        Some(edition) => {
            let tree = framework::edition(&tx, edition.id).await?;
            Some(tree.nodes.iter().flat_map(|node| &node.measures).filter_map(|measure| measure.points.as_ref()).sum())
        }
        None => None,
    };
    // Announced out of the edition's points, or in per cent.
    let most = points.map(|points| points.max(Exact::whole(100)));
    if input.result < Exact::zero() || most.is_some_and(|most| input.result > most) {
        return Err(Error::invalid("result", "result_out_of_range"));
    }
    let row = YearResult {
        id: Uuid::now_v7(),
        framework: family.id,
        year: input.year,
        result: input.result.clone(),
        source: input.source.trim().to_owned(),
        entered_by: ctx.name.clone(),
        entered_at: ctx.moment,
        version: 0,
    };
    incident::save_year(&tx, &row).await?;
    tx.audit("year_result.enter", "framework", &family.id.to_string(), &row)?;
    let answer = cycle_of(&tx, family).await?;
    ctx.answer_once(&mut tx, input.command_id, &answer).await?;
    tx.commit().await?;
    Ok(Json(answer))
}
