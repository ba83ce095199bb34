//! Extract, act, answer.

use std::collections::{BTreeSet, HashMap};
use std::io::Cursor;

use uuid::Uuid;
use yipanqi_documents::list::{self, ColumnKind, ListCell, ListColumn, ListHead};
use yipanqi_domain::access::{Reach, Right};
use yipanqi_domain::assessment::{Assessment, Listed, UnitAssessment};
use yipanqi_domain::calendar::Calendar;
use yipanqi_domain::exact::Exact;
use yipanqi_domain::id::ProblemId;
use yipanqi_store::ReadTx;
use yipanqi_store::assessment::{self as store, AssessmentHead, AssessmentRow, AssessmentState};
use yipanqi_store::problem::{self, Kept};

use super::gather::{Span, unnamed};
use super::views::{
    AppealView, AssessedUnit, AssessmentBrief, AssessmentView, CreateAssessment, DecideAppeal, EnterEvent, EnterFact, FileAppeal,
    StepAssessment, VerifiedView, thawed, unit_row,
};
use super::{actions, wording};
use crate::error::{Error, FailureBody};
use crate::page::{self, Workbook};
use crate::problem::actions::sees;
use crate::request::{CityCtx, Json, Lang, Path};
use crate::score::Group;

fn runs(ctx: &CityCtx) -> bool {
    ctx.reach_of(Right::PublishRanking) != Reach::Nothing
}

/// A version that the reader may see: a draft only for those who run assessments.
pub(super) async fn seen(ctx: &CityCtx, tx: &ReadTx, id: Uuid) -> Result<AssessmentRow, Error> {
    let row = actions::get(tx, id).await?;
    match row.state {
        AssessmentState::Draft if !runs(ctx) => Err(Error::new("assessment_not_found")),
        AssessmentState::Draft | AssessmentState::Published => Ok(row),
    }
}

fn find<'a>(outcome: Option<&'a Assessment>, unit: &UnitAssessment) -> Option<&'a UnitAssessment> {
    outcome?.units.iter().find(|known| known.unit == unit.unit)
}

pub(super) async fn view(ctx: &CityCtx, tx: &ReadTx, row: &AssessmentRow) -> Result<AssessmentView, Error> {
    let (policy, outcome) = thawed(row)?;
    let versions: Vec<AssessmentHead> = store::list(tx).await?.into_iter().filter(|known| known.series == row.series).collect();
    let earlier = versions.iter().find(|known| known.ordinal == row.ordinal - 1);
    let before = match earlier {
        Some(earlier) => Some(thawed(&actions::get(tx, earlier.id).await?)?.1),
        None => None,
    };
    let ids: Vec<Uuid> = versions.iter().map(|known| known.id).collect();
    let appeals = store::appeals(tx, &ids).await?.into_iter();
    let mine = ctx.reach_of(Right::ReplySlip);
    let sees_all = ctx.reach_of(Right::ViewScore) == Reach::Everything;
    let appeals = appeals.filter(|appeal| {
        sees_all || matches!(&mine, Reach::Units(units) if units.contains(&appeal.unit)) || mine == Reach::Everything
    });
    let appeals: Vec<AppealView> = appeals.map(AppealView::from).collect();
    let mut allowed = Vec::new();
    let newest = versions.first().is_some_and(|newest| newest.id == row.id);
    match row.state {
        AssessmentState::Draft if runs(ctx) => allowed.extend(["enter", "refresh", "publish"]),
        AssessmentState::Draft => {}
        AssessmentState::Published => {
            let open = newest && row.appeal_until.is_some_and(|until| ctx.moment <= until);
            if open && mine != Reach::Nothing {
                allowed.push("appeal");
            }
            if newest && runs(ctx) {
                allowed.push("decide");
            }
        }
    }
    let mut units: Vec<AssessedUnit> =
        outcome.units.iter().map(|unit| unit_row(&policy, unit, find(before.as_ref(), unit), ctx.lang)).collect();
    name_problems(ctx, tx, &mut units).await?;
    Ok(AssessmentView {
        brief: row.head().into(),
        versions: versions
            .into_iter()
            .filter(|known| known.state == AssessmentState::Published || runs(ctx))
            .map(Into::into)
            .collect(),
        flaws: outcome.flaws.iter().map(|flaw| wording::flaw(flaw, ctx.lang)).collect(),
        ignored: outcome.ignored.clone(),
        units,
        policy,
        appeals,
        allowed: allowed.into_iter().map(str::to_owned).collect(),
    })
}

/// Tells the problems behind bonuses and deductions as the reader may see them now, whatever was frozen: by title and link, or
/// by what everybody may know.
async fn name_problems(ctx: &CityCtx, tx: &ReadTx, units: &mut [AssessedUnit]) -> Result<(), Error> {
    let behind = |link: &str| link.strip_prefix("/problems/").and_then(|id| id.parse::<ProblemId>().ok());
    let ids: BTreeSet<ProblemId> =
        units.iter().flat_map(|unit| &unit.adjustments).filter_map(|adjustment| behind(&adjustment.link)).collect();
    let kept = problem::get_all(tx, &ids.into_iter().collect::<Vec<_>>()).await?;
    let kept: HashMap<ProblemId, Kept> = kept.into_iter().map(|kept| (kept.problem.id, kept)).collect();
    for adjustment in units.iter_mut().flat_map(|unit| &mut unit.adjustments) {
        let Some(kept) = behind(&adjustment.link).and_then(|id| kept.get(&id)) else { continue };
        if sees(ctx, kept) {
            adjustment.note.clone_from(&kept.facts.title);
        } else {
            adjustment.note = unnamed(kept);
            adjustment.link.clear();
        }
    }
    Ok(())
}

/// The assessments, newest period first; of each the newest version.
#[utoipa::path(get, path = "/api/assessments", tag = "assessment", responses((status = 200, body = Vec<AssessmentBrief>)))]
pub async fn list(ctx: CityCtx) -> Result<Json<Vec<AssessmentBrief>>, Error> {
    Ok(Json(newest(&ctx, &ctx.read().await?).await?))
}

/// Of each assessment that the reader may see the newest version.
pub(super) async fn newest(ctx: &CityCtx, tx: &ReadTx) -> Result<Vec<AssessmentBrief>, Error> {
    let rows = store::list(tx).await?;
    let mut shown: Vec<AssessmentBrief> = Vec::new();
    for row in rows.into_iter().filter(|row| row.state == AssessmentState::Published || runs(ctx)) {
        if shown.last().is_none_or(|last| last.series_id != row.series) {
            shown.push(row.into());
        }
    }
    Ok(shown)
}

/// Make a draft from the work of a period.
#[utoipa::path(post, path = "/api/assessments", tag = "assessment", request_body = CreateAssessment,
    responses((status = 200, body = AssessmentView), (status = 404, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn create(ctx: CityCtx, Json(input): Json<CreateAssessment>) -> Result<Json<AssessmentView>, Error> {
    let span = Span { from: input.from, until: input.until, round: input.round_id };
    let gathered = actions::gathered(&ctx, span).await?;
    let mut tx = ctx.write().await?;
    if let Some(before) = ctx.once(&mut tx, input.command_id, &input).await? {
        return Ok(Json(before));
    }
    let row = actions::create(&ctx, &mut tx, &input, gathered).await?;
    let answer = view(&ctx, &tx, &row).await?;
    ctx.answer_once(&mut tx, input.command_id, &answer).await?;
    tx.commit().await?;
    Ok(Json(answer))
}

/// One version of an assessment.
#[utoipa::path(get, path = "/api/assessments/{id}", tag = "assessment", params(("id" = String, Path)),
    responses((status = 200, body = AssessmentView), (status = 404, body = FailureBody)))]
pub async fn show(ctx: CityCtx, Path(id): Path<Uuid>) -> Result<Json<AssessmentView>, Error> {
    let tx = ctx.read().await?;
    let row = seen(&ctx, &tx, id).await?;
    Ok(Json(view(&ctx, &tx, &row).await?))
}

/// Enter a unit's result of a component, or take it back.
#[utoipa::path(post, path = "/api/assessments/{id}/facts", tag = "assessment", params(("id" = String, Path)),
    request_body = EnterFact,
    responses((status = 200, body = AssessmentView), (status = 404, body = FailureBody), (status = 409, body = FailureBody)))]
pub async fn enter_fact(ctx: CityCtx, Path(id): Path<Uuid>, Json(input): Json<EnterFact>) -> Result<Json<AssessmentView>, Error> {
    let gathered = actions::gathered_for(&ctx, id).await?;
    let mut tx = ctx.write().await?;
    if let Some(before) = ctx.once(&mut tx, input.command_id, &(id, &input)).await? {
        return Ok(Json(before));
    }
    let row = actions::enter_fact(&ctx, &mut tx, id, &input, gathered).await?;
    let answer = view(&ctx, &tx, &row).await?;
    ctx.answer_once(&mut tx, input.command_id, &answer).await?;
    tx.commit().await?;
    Ok(Json(answer))
}

/// Enter a bonus or a deduction of a unit.
#[utoipa::path(post, path = "/api/assessments/{id}/events", tag = "assessment", params(("id" = String, Path)),
    request_body = EnterEvent,
    responses((status = 200, body = AssessmentView), (status = 404, body = FailureBody), (status = 409, body = FailureBody)))]
pub async fn enter_event(
    ctx: CityCtx,
    Path(id): Path<Uuid>,
    Json(input): Json<EnterEvent>,
) -> Result<Json<AssessmentView>, Error> {
    let gathered = actions::gathered_for(&ctx, id).await?;
    let mut tx = ctx.write().await?;
    if let Some(before) = ctx.once(&mut tx, input.command_id, &(id, &input)).await? {
        return Ok(Json(before));
    }
    let row = actions::enter_event(&ctx, &mut tx, id, &input, gathered).await?;
    let answer = view(&ctx, &tx, &row).await?;
    ctx.answer_once(&mut tx, input.command_id, &answer).await?;
    tx.commit().await?;
    Ok(Json(answer))
}

/// Gather a draft anew.
#[utoipa::path(post, path = "/api/assessments/{id}/refresh", tag = "assessment", params(("id" = String, Path)),
    request_body = StepAssessment,
    responses((status = 200, body = AssessmentView), (status = 404, body = FailureBody), (status = 409, body = FailureBody)))]
pub async fn refresh(
    ctx: CityCtx,
    Path(id): Path<Uuid>,
    Json(input): Json<StepAssessment>,
) -> Result<Json<AssessmentView>, Error> {
    let gathered = actions::gathered_for(&ctx, id).await?;
    let mut tx = ctx.write().await?;
    if let Some(before) = ctx.once(&mut tx, input.command_id, &(id, "refresh", &input)).await? {
        return Ok(Json(before));
    }
    let row = actions::refresh(&mut tx, id, input.version, gathered).await?;
    let answer = view(&ctx, &tx, &row).await?;
    ctx.answer_once(&mut tx, input.command_id, &answer).await?;
    tx.commit().await?;
    Ok(Json(answer))
}

/// Publish a draft as it was seen; nothing changes it afterwards.
#[utoipa::path(post, path = "/api/assessments/{id}/publish", tag = "assessment", params(("id" = String, Path)),
    request_body = StepAssessment,
    responses((status = 200, body = AssessmentView), (status = 404, body = FailureBody), (status = 409, body = FailureBody)))]
pub async fn publish(
    ctx: CityCtx,
    Path(id): Path<Uuid>,
    Json(input): Json<StepAssessment>,
) -> Result<Json<AssessmentView>, Error> {
    let mut tx = ctx.write().await?;
    if let Some(before) = ctx.once(&mut tx, input.command_id, &(id, "publish", &input)).await? {
        return Ok(Json(before));
    }
    let row = actions::publish(&ctx, &mut tx, id, input.version).await?;
    let answer = view(&ctx, &tx, &row).await?;
    ctx.answer_once(&mut tx, input.command_id, &answer).await?;
    tx.commit().await?;
    Ok(Json(answer))
}

/// Compute a version anew from its frozen inputs and compare it byte by byte.
#[utoipa::path(get, path = "/api/assessments/{id}/verify", tag = "assessment", params(("id" = String, Path)),
    responses((status = 200, body = VerifiedView), (status = 404, body = FailureBody)))]
pub async fn verify(ctx: CityCtx, Path(id): Path<Uuid>) -> Result<Json<VerifiedView>, Error> {
    let row = seen(&ctx, &ctx.read().await?, id).await?;
    Ok(Json(actions::verified(&row)?))
}

/// Appeal for a unit, within the window.
#[utoipa::path(post, path = "/api/assessments/{id}/appeals", tag = "assessment", params(("id" = String, Path)),
    request_body = FileAppeal,
    responses((status = 200, body = AppealView), (status = 404, body = FailureBody), (status = 409, body = FailureBody)))]
pub async fn appeal(ctx: CityCtx, Path(id): Path<Uuid>, Json(input): Json<FileAppeal>) -> Result<Json<AppealView>, Error> {
    let mut tx = ctx.write().await?;
    if let Some(before) = ctx.once(&mut tx, input.command_id, &(id, &input)).await? {
        return Ok(Json(before));
    }
    seen(&ctx, &tx, id).await?;
    let answer = AppealView::from(actions::appeal(&ctx, &mut tx, id, &input).await?);
    ctx.answer_once(&mut tx, input.command_id, &answer).await?;
    tx.commit().await?;
    Ok(Json(answer))
}

/// Decide an appeal; an accepted one publishes a new, marked version.
#[utoipa::path(post, path = "/api/appeals/{id}/decide", tag = "assessment", params(("id" = String, Path)), request_body = DecideAppeal,
    responses((status = 200, body = AssessmentView), (status = 404, body = FailureBody), (status = 409, body = FailureBody)))]
pub async fn decide(ctx: CityCtx, Path(id): Path<Uuid>, Json(input): Json<DecideAppeal>) -> Result<Json<AssessmentView>, Error> {
    let mut tx = ctx.write().await?;
    if let Some(before) = ctx.once(&mut tx, input.command_id, &(id, &input)).await? {
        return Ok(Json(before));
    }
    let row = actions::decide(&ctx, &mut tx, id, &input).await?;
    let answer = view(&ctx, &tx, &row).await?;
    ctx.answer_once(&mut tx, input.command_id, &answer).await?;
    tx.commit().await?;
    Ok(Json(answer))
}

/// A version as a workbook: a row per unit, a column per component.
#[utoipa::path(get, path = "/api/assessments/{id}/export.xlsx", tag = "assessment", params(("id" = String, Path)),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>),
        (status = 404, body = FailureBody)))]
pub async fn export(ctx: CityCtx, Path(id): Path<Uuid>) -> Result<Workbook, Error> {
    let row = seen(&ctx, &ctx.read().await?, id).await?;
    let (policy, outcome) = thawed(&row)?;
    let words = match ctx.lang {
        Lang::Zh => ["组别", "名次", "单位", "加减分", "得分", "红黑榜", "说明"],
        Lang::En => ["Group", "Rank", "Unit", "Adjustments", "Total", "List", "Remark"],
    };
    let [group, rank, unit, adjustments, total, listed, remark] = words.map(str::to_owned);
    let mut heads = vec![(group, 12), (rank, 8), (unit, 28)];
    heads.extend(policy.components.iter().map(|component| (format!("{} {}", component.name, component.weight), 14)));
    heads.extend([(adjustments, 10), (total, 10), (listed, 10), (remark, 44)]);
    let decimal =
        |number: Option<&Exact>| number.map_or(ListCell::Blank, |number| ListCell::Decimal(number.clone(), policy.decimals));
    let lines = outcome.units.iter().map(|unit| {
        let group = Group::ALL.into_iter().find(|group| group.as_str() == unit.group);
        let mut line = vec![
            group.map_or(ListCell::Blank, |group| ListCell::Text(group.name(ctx.lang).to_owned())),
            unit.standing.rank.map_or(ListCell::Blank, |rank| ListCell::Integer(rank.into())),
            ListCell::Text(unit.name.clone()),
        ];
        line.extend(unit.components.iter().map(|figure| decimal(figure.rate.as_ref())));
        let points: Exact = unit.adjustments.iter().map(|adjustment| &adjustment.points).sum();
        let list = match (unit.listed, ctx.lang) {
            (Some(Listed::Red), Lang::Zh) => ListCell::Text("红榜".to_owned()),
            (Some(Listed::Red), Lang::En) => ListCell::Text("red".to_owned()),
            (Some(Listed::Black), Lang::Zh) => ListCell::Text("黑榜".to_owned()),
            (Some(Listed::Black), Lang::En) => ListCell::Text("black".to_owned()),
            (None, _) => ListCell::Blank,
        };
        let reason = wording::unranked(unit.excluded.as_ref(), unit.standing.unranked.as_ref(), ctx.lang);
        line.extend([decimal(Some(&points)), decimal(unit.total.as_ref()), list, reason.map_or(ListCell::Blank, ListCell::Text)]);
        line
    });
    let columns = heads.into_iter().map(|(head, width)| ListColumn { head, width, kind: ColumnKind::Plain });
    let subtitle = match ctx.lang {
        Lang::Zh => format!("{}至{}，第{}版", row.from, row.until, row.ordinal),
        Lang::En => format!("{} to {}, version {}", row.from, row.until, row.ordinal),
    };
    let generated_at = Calendar::default().local(row.published_at.unwrap_or(ctx.moment)).naive_local();
    let head = ListHead { title: row.name.clone(), subtitle, generated_at, columns: columns.collect() };
    let mut file = Cursor::new(Vec::new());
    list::write(&mut file, &head, lines.collect::<Vec<_>>(), None).map_err(Error::internal)?;
    Ok(page::workbook(&format!("assessment-{}.xlsx", row.until), file.into_inner()))
}
