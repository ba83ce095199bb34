//! Results for whole measures that the product does not collect itself.

use uuid::Uuid;
use yipanqi_domain::exact::Exact;
use yipanqi_domain::id::RoundId;
use yipanqi_domain::round::{FindingResult, RoundState, Watch};
use yipanqi_domain::score::EnteredValue;
use yipanqi_store::framework::{self, EditionNode, EditionTree, MeasureRow};
use yipanqi_store::round::{self, ResultRow};

use super::sight;
use super::views::{EnterResult, ResultBody, ResultView};
use crate::error::{Error, FailureBody};
use crate::request::{CityCtx, Json, Path};

impl From<ResultBody> for EnteredValue {
    fn from(body: ResultBody) -> Self {
        let result = match body {
            ResultBody::Points { points } => return Self::Points { points },
            ResultBody::Percent { percent } => return Self::Percent { percent },
            ResultBody::GateFailed => return Self::GateFailed,
            ResultBody::PassFail { pass } => FindingResult::PassFail { pass },
            ResultBody::Grade { grade } => FindingResult::Grade { grade: grade.into() },
            ResultBody::Faults { count } => FindingResult::faults(count),
            ResultBody::Count { count } => FindingResult::Count { count },
            ResultBody::Ratio { observed, total } => FindingResult::Ratio { observed, total },
            ResultBody::Timed { observed, total, watch } => FindingResult::Timed { observed, total, watch: watch.into() },
        };
        Self::Result { result }
    }
}

impl From<EnteredValue> for ResultBody {
    fn from(value: EnteredValue) -> Self {
        match value {
            EnteredValue::Points { points } => Self::Points { points },
            EnteredValue::Percent { percent } => Self::Percent { percent },
            EnteredValue::GateFailed => Self::GateFailed,
            EnteredValue::Result { result } => match result {
                FindingResult::PassFail { pass } => Self::PassFail { pass },
                FindingResult::Grade { grade } => Self::Grade { grade: grade.into() },
                FindingResult::Faults { count, .. } => Self::Faults { count },
                FindingResult::Count { count } => Self::Count { count },
                FindingResult::Ratio { observed, total } | FindingResult::Interview { correct: observed, asked: total } => {
                    Self::Ratio { observed, total }
                }
                FindingResult::Timed { observed, total, watch } => Self::Timed { observed, total, watch: watch.into() },
                FindingResult::NotApplicable { .. } => Self::Ratio { observed: 0, total: 0 },
            },
        }
    }
}

fn measure(tree: &EditionTree, id: Uuid) -> Option<(&EditionNode, &MeasureRow)> {
    tree.nodes.iter().find_map(|node| Some((node, node.measures.iter().find(|measure| measure.id == id)?)))
}

/// Whether the value can be at all: between nothing and everything.
fn possible(value: &ResultBody, points: Option<&Exact>) -> bool {
    let within = |number: &Exact, most: &Exact| !number.is_negative() && number <= most;
    match value {
        ResultBody::Points { points: earned } => points.is_some_and(|points| within(earned, points)),
        ResultBody::Percent { percent } => within(percent, &Exact::whole(100)),
        ResultBody::Ratio { observed, total } => observed <= total,
        ResultBody::Timed { observed, total, watch } => {
            observed <= total && Watch::from(watch.clone()).comes_to(*observed, *total)
        }
        ResultBody::PassFail { .. }
        | ResultBody::Grade { .. }
        | ResultBody::Faults { .. }
        | ResultBody::Count { .. }
        | ResultBody::GateFailed => true,
    }
}

fn view(row: ResultRow, tree: &EditionTree) -> Option<ResultView> {
    let (node, measure) = measure(tree, row.measure)?;
    Some(ResultView {
        id: row.id,
        measure_id: row.measure,
        number: node.number.clone(),
        title: node.title.clone(),
        method: measure.method,
        value: row.value.into(),
        source: row.source,
        entered_by: row.entered_by,
        entered_at: row.entered_at,
    })
}

/// Enter the result of a measure; an earlier one of the same measure is replaced.
#[utoipa::path(post, path = "/api/results", tag = "rounds", request_body = EnterResult,
    responses((status = 200, body = ResultView), (status = 409, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn enter(ctx: CityCtx, Json(input): Json<EnterResult>) -> Result<Json<ResultView>, Error> {
    let mut tx = ctx.write().await?;
    if let Some(before) = ctx.once(&mut tx, input.command_id, &input).await? {
        return Ok(Json(before));
    }
    let round = sight::get(&ctx, &tx, input.round_id).await?;
    if round.state != RoundState::Open {
        return Err(Error::new("round_not_open").with("state", round.state.as_str()));
    }
    let edition = round.edition.ok_or_else(|| Error::new("round_without_edition"))?;
    let tree = framework::edition(&tx, edition).await?;
    let (_, of) = measure(&tree, input.measure_id).ok_or_else(|| Error::invalid("measure_id", "measure_not_found"))?;
    if !possible(&input.value, of.points.as_ref()) {
        return Err(Error::invalid("value", "result_out_of_range"));
    }
    if input.source.trim().is_empty() {
        return Err(Error::invalid("source", "required"));
    }
    let row = ResultRow {
        id: Uuid::now_v7(),
        edition,
        round: round.id,
        measure: input.measure_id,
        value: input.value.clone().into(),
        source: input.source.trim().to_owned(),
        entered_by: ctx.name.clone(),
        entered_at: ctx.moment,
        version: 0,
    };
    round::save_result(&tx, std::slice::from_ref(&row)).await?;
    crate::score::figures::ask(&mut tx, round.id).await?;
    tx.audit("result.enter", "round", &round.id.to_string(), &row)?;
    if round.visible() {
        tx.event("score", &round.id.to_string(), &[])?;
    }
    let kept = round::results(&tx, round.id).await?.into_iter().find(|known| known.measure == row.measure).unwrap_or(row);
    let answer = view(kept, &tree).ok_or_else(|| Error::new("measure_not_found"))?;
    ctx.answer_once(&mut tx, input.command_id, &answer).await?;
    tx.commit().await?;
    Ok(Json(answer))
}

/// The results entered for a round.
#[utoipa::path(get, path = "/api/rounds/{id}/results", tag = "rounds", params(("id" = String, Path)),
    responses((status = 200, body = Vec<ResultView>), (status = 404, body = FailureBody)))]
pub async fn list(ctx: CityCtx, Path(id): Path<RoundId>) -> Result<Json<Vec<ResultView>>, Error> {
    let tx = ctx.read().await?;
    let round = sight::get(&ctx, &tx, id).await?;
    let Some(edition) = round.edition else { return Ok(Json(Vec::new())) };
    let tree = framework::edition(&tx, edition).await?;
    Ok(Json(round::results(&tx, id).await?.into_iter().filter_map(|row| view(row, &tree)).collect()))
}
