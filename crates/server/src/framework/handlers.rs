//! Extract, act, answer.

use std::collections::{BTreeMap, HashMap};

use axum::http::StatusCode;
use uuid::Uuid;
use yipanqi_domain::access::{Place, Right};
use yipanqi_domain::exact::Exact;
use yipanqi_domain::framework::words::recognise_for;
use yipanqi_domain::framework::{Measure, NegativeEffect, Scoring};
use yipanqi_domain::id::CriterionId;
use yipanqi_store::framework::{self, DutyRole, EditionNode, EditionTree, Framework, MeasureRow, NegativeRow, RuleState};
use yipanqi_store::{ReadTx, StoreError, calendar};

use super::actions::{self, CorrectInput, EditInput};
use super::views::{
    CriterionSiteTypeView, DutyView, EditionQuery, EditionSummary, EditionView, FlawView, FrameworkRef, MeasureView,
    NegativeItemView, NodeView,
};
use super::{example, wording};
use crate::error::{Error, FailureBody};
use crate::export::{self, Column, ColumnQuery, Sheet, count, figure, text};
use crate::figure::Figure;
use crate::page::Workbook;
use crate::request::{CityCtx, Json, Lang, Path, Query};
use crate::site::Names;

fn summary(tree: &EditionTree, frameworks: &[Framework]) -> EditionSummary {
    let row = &tree.row;
    let decimals = row.settings.published_decimals;
    let framework = frameworks.iter().find(|framework| framework.id == row.framework);
    let measures = || tree.nodes.iter().flat_map(|node| &node.measures);
    let mut totals: BTreeMap<_, Exact> = BTreeMap::new();
    for measure in measures() {
        if let Some(points) = &measure.points {
            let total = totals.entry(measure.method).or_insert_with(Exact::zero);
            *total = &*total + points;
        }
    }
    EditionSummary {
        id: row.id,
        framework: FrameworkRef {
            code: framework.map(|framework| framework.code.clone()).unwrap_or_default(),
            name: framework.map(|framework| framework.name.clone()).unwrap_or_default(),
        },
        code: row.code.clone(),
        name: row.name.clone(),
        year: row.year,
        version: row.version,
        revision: row.revision,
        supersedes_id: row.supersedes,
        reason: row.reason.clone(),
        frozen_at: row.frozen_at,
        scoring: row.scoring(),
        state: row.state,
        points: Figure::of(&totals.values().sum(), decimals),
        stated_total: row.settings.stated_total.as_ref().map(|total| Figure::of(total, decimals)),
        criteria: tree.nodes.iter().filter(|node| node.is_criterion).count() as u64,
        level_names: row.settings.level_names.clone(),
        to_choose: measures().filter(|measure| measure.rule_state == RuleState::ToChoose).count() as u64,
        totals: totals.into_iter().map(|(method, total)| (method, Figure::of(&total, decimals))).collect(),
    }
}

/// The editions of all frameworks.
#[utoipa::path(get, path = "/api/editions", tag = "frameworks", params(EditionQuery),
    responses((status = 200, body = Vec<EditionSummary>), (status = 400, body = FailureBody)))]
pub async fn list(ctx: CityCtx, Query(query): Query<EditionQuery>) -> Result<Json<Vec<EditionSummary>>, Error> {
    Ok(Json(summaries(&ctx.read().await?, &query).await?))
}

async fn summaries(tx: &ReadTx, query: &EditionQuery) -> Result<Vec<EditionSummary>, Error> {
    let frameworks = framework::frameworks(tx).await?;
    let mut summaries = Vec::new();
    for row in framework::editions(tx).await? {
        let tree = framework::edition(tx, row.id).await?;
        summaries.push(summary(&tree, &frameworks));
    }
    summaries.retain(|edition| query.shows(edition));
    query.order(&mut summaries)?;
    Ok(summaries)
}

/// Every column, in the list's order.
#[rustfmt::skip]
const SHEET: Sheet<EditionSummary> = Sheet { file: "editions", zh: "测评体系版本", en: "Editions", columns: &[
    Column { name: "name", zh: "版本", en: "Edition", width: 40, cell: |row, _| text(&row.name) },
    Column { name: "framework", zh: "体系", en: "Framework", width: 24, cell: |row, _| text(&row.framework.name) },
    Column { name: "scoring", zh: "评分方式", en: "Scoring", width: 12, cell: |row, pen| pen.word("scoring", &row.scoring) },
    Column { name: "state", zh: "状态", en: "State", width: 10, cell: |row, pen| pen.word("edition_state", &row.state) },
    Column { name: "revision", zh: "更正版次", en: "Revision", width: 10, cell: |row, _| count(row.revision.unsigned_abs()) },
    Column { name: "criteria", zh: "测评标准", en: "Criteria", width: 10, cell: |row, _| count(row.criteria) },
    Column { name: "points", zh: "分值", en: "Points", width: 10, cell: |row, _| match row.scoring {
        Scoring::Points => figure(Some(&row.points)),
        Scoring::Conformity => text(""),
    } },
    Column { name: "stated_total", zh: "原文总分", en: "Total as stated", width: 12, cell: |row, _| figure(row.stated_total.as_ref()) },
    Column { name: "to_choose", zh: "待定计分规则", en: "Rules to choose", width: 14, cell: |row, _| count(row.to_choose) },
] };

/// The same as a workbook, in the columns asked for.
#[utoipa::path(get, path = "/api/editions/export.xlsx", tag = "frameworks", params(EditionQuery, ColumnQuery),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>),
    (status = 400, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn export_list(
    ctx: CityCtx,
    Query(query): Query<EditionQuery>,
    Query(columns): Query<ColumnQuery>,
) -> Result<Workbook, Error> {
    let tx = ctx.read().await?;
    let rows = summaries(&tx, &query).await?;
    export::workbook(&ctx, calendar::load(&tx).await?, &SHEET, &columns, &rows)
}

/// An edition with its tree, measures, duties and negative list.
#[utoipa::path(get, path = "/api/editions/{id}", tag = "frameworks", params(("id" = String, Path)),
    responses((status = 200, body = EditionView), (status = 404, body = FailureBody)))]
pub async fn show(ctx: CityCtx, Path(id): Path<Uuid>) -> Result<Json<EditionView>, Error> {
    Ok(Json(view(&ctx, id).await?))
}

/// Change an edition that has not been used yet.
#[utoipa::path(post, path = "/api/editions/{id}/edits", tag = "frameworks", params(("id" = String, Path)),
    request_body = EditInput, responses((status = 200, body = EditionView), (status = 404, body = FailureBody),
    (status = 409, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn edit(ctx: CityCtx, Path(id): Path<Uuid>, Json(input): Json<EditInput>) -> Result<Json<EditionView>, Error> {
    actions::edit(&ctx, id, &input).await?;
    Ok(Json(view(&ctx, id).await?))
}

/// Make a new revision of an edition that has been used.
#[utoipa::path(post, path = "/api/editions/{id}/corrections", tag = "frameworks", params(("id" = String, Path)),
    request_body = CorrectInput, responses((status = 201, body = EditionView), (status = 404, body = FailureBody),
    (status = 409, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn correct(
    ctx: CityCtx,
    Path(id): Path<Uuid>,
    Json(input): Json<CorrectInput>,
) -> Result<(StatusCode, Json<EditionView>), Error> {
    let made = actions::correct(&ctx, id, &input).await?;
    Ok((StatusCode::CREATED, Json(view(&ctx, made).await?)))
}

async fn view(ctx: &CityCtx, id: Uuid) -> Result<EditionView, Error> {
    let tx = ctx.read().await?;
    let frameworks = framework::frameworks(&tx).await?;
    let tree = framework::edition(&tx, id).await.map_err(known)?;
    let superseded = framework::editions(&tx).await?.into_iter().find(|row| row.supersedes == Some(id)).map(|row| row.id);
    let names = Names::read(&tx).await?;
    let decimals = tree.row.settings.published_decimals;
    let points = points_below(&tree);
    let nodes = tree.nodes.iter().map(|node| node_view(node, &tree, &points, &names, ctx.lang)).collect();
    let manages = ctx.allow_right(Right::ManageFramework, &Place::City).is_ok();
    let fixed = framework::is_fixed(&tx, &tree.row).await?;
    let flaws = tree.rules().check().into_iter().map(|flaw| FlawView {
        node_id: tree.nodes.iter().find(|node| node.citation_key == flaw.reference).map(|node| node.id),
        severity: flaw.kind.severity(),
        reference: flaw.reference,
        kind: flaw.kind,
    });
    Ok(EditionView {
        summary: summary(&tree, &frameworks),
        published_decimals: decimals,
        flaws: flaws.collect(),
        nodes,
        negative_items: tree.negative_items.iter().map(|item| negative(item, decimals)).collect(),
        superseded_by: superseded,
        may_edit: manages && !fixed,
        may_correct: manages && fixed && superseded.is_none(),
        settings: tree.row.settings.clone(),
    })
}

pub(crate) fn known(error: StoreError) -> Error {
    match error {
        StoreError::NotFound { .. } => Error::new("edition_not_found"),
        other => other.into(),
    }
}

/// The points in and below each node: parents stand before children, so one walk from behind adds them up.
fn points_below(tree: &EditionTree) -> HashMap<CriterionId, Exact> {
    let mut points: HashMap<CriterionId, Exact> = HashMap::new();
    for node in tree.nodes.iter().rev() {
        let own: Exact = node.measures.iter().filter_map(|measure| measure.points.as_ref()).sum();
        let all = &own + points.get(&node.id).unwrap_or(&Exact::zero());
        if let Some(parent) = node.parent {
            let above = points.entry(parent).or_insert_with(Exact::zero);
            *above = &*above + &all;
        }
        points.insert(node.id, all);
    }
    points
}

fn node_view(
    node: &EditionNode,
    tree: &EditionTree,
    points: &HashMap<CriterionId, Exact>,
    names: &Names,
    lang: Lang,
) -> NodeView {
    let decimals = tree.row.settings.published_decimals;
    let duties = |role: DutyRole| {
        let of_role = node.duties.iter().filter(move |duty| duty.role == role);
        let view = |duty: &framework::Duty| match names.unit(duty.unit) {
            Some(unit) => DutyView { id: Some(unit.id), name: unit.name, short_name: unit.short_name },
            None => DutyView { id: None, name: duty.name_given.clone(), short_name: duty.name_given.clone() },
        };
        of_role.map(view).collect()
    };
    let site_type = |given: &framework::CriterionSiteType| CriterionSiteTypeView {
        id: given.site_type,
        name: names.site_type(given.site_type).map_or_else(|| given.name_given.clone(), |known| known.name.clone()),
    };
    NodeView {
        id: node.id,
        parent_id: node.parent,
        depth: node.depth,
        number: node.number.clone(),
        citation_key: node.citation_key.clone(),
        title: node.title.clone(),
        is_criterion: node.is_criterion,
        points: Figure::of(points.get(&node.id).unwrap_or(&Exact::zero()), decimals),
        measures: node.measures.iter().map(|measure| measure_view(measure, node, tree.row.scoring(), decimals, lang)).collect(),
        lead: duties(DutyRole::Lead),
        support: duties(DutyRole::Support),
        site_types: node.site_types.iter().map(site_type).collect(),
        remark: node.remark.clone(),
    }
}

fn measure_view(measure: &MeasureRow, node: &EditionNode, scoring: Scoring, decimals: u32, lang: Lang) -> MeasureView {
    let zero = Exact::zero();
    let rule_text = match scoring {
        Scoring::Points => wording::sentence(measure.rule.as_ref(), measure.points.as_ref().unwrap_or(&zero), lang),
        Scoring::Conformity => String::new(),
    };
    let scope = measure.rule.as_ref().and_then(|rule| {
        let own = rule.scopes();
        measure.scope.filter(|chosen| own.contains(chosen)).or_else(|| own.first().copied())
    });
    let not_understood = match (measure.rule_state, &measure.points) {
        (RuleState::ToChoose, Some(points)) => {
            recognise_for(&measure.rule_words, measure.method, points, &node.title).not_understood
        }
        (RuleState::ToChoose | RuleState::Recognised | RuleState::Chosen | RuleState::None, _) => Vec::new(),
    };
    let worked = measure.points.as_ref().and_then(|points| {
        let (rule, rule_words) = (measure.rule.clone(), String::new());
        example::view(&Measure { method: measure.method, points: points.clone(), rule, scope: None, rule_words }, None, lang)
    });
    MeasureView {
        not_understood,
        example: worked.map(|worked| worked.sentence),
        id: measure.id,
        method: measure.method,
        points: measure.points.as_ref().map(|points| Figure::of(points, decimals)),
        rule: measure.rule.clone(),
        scope,
        rule_words: measure.rule_words.clone(),
        rule_state: measure.rule_state,
        rule_text,
    }
}

fn negative(row: &NegativeRow, decimals: u32) -> NegativeItemView {
    let (effect, points, per) = match &row.item.effect {
        NegativeEffect::Deduct { points, per } => ("deduct", Some(Figure::of(points, decimals)), Some(per.clone())),
        NegativeEffect::Veto => ("veto", None, None),
    };
    NegativeItemView {
        id: row.id,
        number: row.item.number.clone(),
        text: row.item.situation.clone(),
        effect: effect.to_owned(),
        points,
        per: per.filter(|per| !per.is_empty()),
        decider: row.decider_name.clone(),
        words: row.words.clone(),
    }
}
