//! Extract, act, answer: scores and what they were made of.

use std::collections::{BTreeSet, HashMap};

use uuid::Uuid;
use yipanqi_domain::access::Reach;
use yipanqi_domain::exact::Exact;
use yipanqi_domain::framework::Method;
use yipanqi_domain::id::{CriterionId, ItemId, RoundId, SiteId};
use yipanqi_domain::problem::rates;
use yipanqi_domain::round::ItemStandard;
use yipanqi_domain::score::{
    self, Conformity, ConformityState, Figure as Points, LossPolicy, MeasureScore, MethodFigure, NodeScore, Reason, ScoreTree,
    SiteScore,
};
use yipanqi_domain::statistics::{self, Interval};
use yipanqi_store::framework::{self, EditionNode, EditionTree, MeasureRow};
use yipanqi_store::round::Round;

use super::figures::{self, Computed, Figures, answerable};
use super::owed::{self, UnitShare};
use super::sheet::{Inputs, sheet_site};
use super::views::{
    ConformityTotals, ConformityView, DeductionView, IndicatorDetail, IntervalView, JudgedSite, MeasureDetail, MeasureFigures,
    MethodFigures, NodeFigures, ReasonView, Recompute, ScoreView, ScoredEdition, ScoredFinding, ScoredSite,
};
use super::wording;
use crate::error::{Error, FailureBody};
use crate::figure::Figure;
use crate::framework::wording as rule_wording;
use crate::request::{CityCtx, Json, Lang, Path};
use crate::round::{self, RoundRef};
use crate::site::units_of;

/// The score of a round as the data are now.
#[utoipa::path(get, path = "/api/rounds/{id}/score", tag = "score", params(("id" = String, Path)),
    responses((status = 200, body = ScoreView), (status = 404, body = FailureBody), (status = 409, body = FailureBody)))]
pub async fn show(ctx: CityCtx, Path(id): Path<RoundId>) -> Result<Json<ScoreView>, Error> {
    Ok(Json(made(&ctx, id).await?))
}

/// The newest score of a round.
///
/// # Errors
/// `round_not_found`, `round_without_edition`, `score_pending`, or the database's.
pub(super) async fn made(ctx: &CityCtx, id: RoundId) -> Result<ScoreView, Error> {
    let round = round::get(ctx, &ctx.read().await?, id).await?;
    let computed = figures::newest(&ctx.city, ctx.author(), ctx.moment, &round).await?;
    let tree = framework::edition(&ctx.read().await?, computed.edition).await?;
    Ok(view(&round, &computed, &tree, ctx.lang))
}

/// Compute the score anew and keep it.
#[utoipa::path(post, path = "/api/rounds/{id}/score", tag = "score", params(("id" = String, Path)), request_body = Recompute,
    responses((status = 200, body = ScoreView), (status = 404, body = FailureBody), (status = 409, body = FailureBody)))]
pub async fn recompute(ctx: CityCtx, Path(id): Path<RoundId>, Json(input): Json<Recompute>) -> Result<Json<ScoreView>, Error> {
    let mut tx = ctx.write().await?;
    if let Some(before) = ctx.once(&mut tx, input.command_id, &(id, input)).await? {
        return Ok(Json(before));
    }
    let round = round::get(&ctx, &tx, id).await?;
    let computed = figures::recompute(&mut tx, &round).await?;
    let tree = framework::edition(&tx, computed.edition).await?;
    let answer = view(&round, &computed, &tree, ctx.lang);
    if round.visible() {
        tx.event("score", &id.to_string(), &[])?;
    }
    ctx.answer_once(&mut tx, input.command_id, &answer).await?;
    tx.commit().await?;
    Ok(Json(answer))
}

/// A measure's loss by site, with the findings it was made of.
#[utoipa::path(get, path = "/api/rounds/{id}/score/measures/{measure_id}", tag = "score",
    params(("id" = String, Path), ("measure_id" = String, Path)),
    responses((status = 200, body = MeasureDetail), (status = 404, body = FailureBody), (status = 409, body = FailureBody)))]
pub async fn measure(ctx: CityCtx, Path((id, measure)): Path<(RoundId, Uuid)>) -> Result<Json<MeasureDetail>, Error> {
    let tx = ctx.read().await?;
    let round = round::get(&ctx, &tx, id).await?;
    let (inputs, policy) = (Inputs::read(&tx, &round).await?, figures::policy(&tx).await?);
    drop(tx);
    let (reach, lang) = (ctx.reach(), ctx.lang);
    let detail = tokio::task::spawn_blocking(move || detail(&inputs, &policy, measure, &reach, lang)).await;
    Ok(Json(detail.map_err(Error::internal)?.ok_or_else(|| Error::new("measure_not_found"))?))
}

/// An indicator of a conformity edition by site, with the findings it was judged by.
#[utoipa::path(get, path = "/api/rounds/{id}/score/indicators/{criterion_id}", tag = "score",
    params(("id" = String, Path), ("criterion_id" = String, Path)),
    responses((status = 200, body = IndicatorDetail), (status = 404, body = FailureBody), (status = 409, body = FailureBody)))]
pub async fn indicator(
    ctx: CityCtx,
    Path((id, criterion)): Path<(RoundId, CriterionId)>,
) -> Result<Json<IndicatorDetail>, Error> {
    let tx = ctx.read().await?;
    let round = round::get(&ctx, &tx, id).await?;
    let inputs = Inputs::read(&tx, &round).await?;
    drop(tx);
    let (reach, lang) = (ctx.reach(), ctx.lang);
    let drawn = round.draw.is_some();
    let detail = tokio::task::spawn_blocking(move || judged(&inputs, criterion, drawn, &reach, lang)).await;
    Ok(Json(detail.map_err(Error::internal)?.ok_or_else(|| Error::new("criterion_not_found"))?))
}

fn judged(inputs: &Inputs, criterion: CriterionId, drawn: bool, reach: &Reach, lang: Lang) -> Option<IndicatorDetail> {
    let node = inputs.tree.nodes.iter().find(|node| node.id == criterion)?;
    let decimals = inputs.tree.row.settings.published_decimals;
    let tree = score::score(&inputs.edition, &inputs.sheet);
    let conformity = find(&tree.nodes, node)?.criterion.as_ref()?.conformity.as_ref()?;
    let linked: Vec<ItemId> =
        inputs.sheet.items.iter().filter(|item| item.criteria.contains(&criterion)).map(|item| item.item).collect();
    let standards = standards(inputs);
    let failing: BTreeSet<SiteId> = conformity.failing_sites.iter().copied().collect();
    let mut sites: Vec<JudgedSite> = (inputs.sheet.sites.iter())
        .filter(|place| seen(inputs, reach, place.site))
        .filter_map(|place| {
            let site = inputs.sites.get(&place.site)?;
            let findings = findings(inputs, &standards, place.site, &linked);
            findings.iter().any(|finding| finding.pass.is_some()).then(|| JudgedSite {
                site: inputs.names.site(site),
                pass: !failing.contains(&place.site),
                units: answerable(place).into_iter().filter_map(|unit| inputs.names.unit(Some(unit))).collect(),
                findings,
            })
        })
        .collect();
    sites.sort_by(|left, right| left.pass.cmp(&right.pass).then_with(|| left.site.code.cmp(&right.site.code)));
    Some(IndicatorDetail {
        number: node.number.clone(),
        title: node.title.clone(),
        conformity: conformity_view(conformity, drawn, (decimals, lang)),
        sites,
    })
}

/// Whether the reader may see what was found at a site.
fn seen(inputs: &Inputs, reach: &Reach, site: SiteId) -> bool {
    match (reach, inputs.sites.get(&site)) {
        (Reach::Everything, _) => true,
        (Reach::Units(mine), Some(site)) => {
            // Also those of its type, who bear its losses and are ranked by it.
            let bearing = answerable(&sheet_site(site, &inputs.names));
            bearing.iter().chain(&units_of(site)).any(|unit| mine.contains(unit))
        }
        (Reach::Units(_), None) | (Reach::Nothing, _) => false,
    }
}

fn reasons(reasons: &[Reason], lang: Lang) -> Vec<ReasonView> {
    let view = |reason: &Reason| ReasonView { code: wording::code(reason).to_owned(), text: wording::sentence(reason, lang) };
    reasons.iter().map(view).collect()
}

fn percent(part: &Exact, whole: &Exact, decimals: u32) -> Option<Figure> {
    (part * &Exact::whole(100)).checked_div(whole).map(|percent| Figure::of(&percent, decimals))
}

fn measure_view(scored: &MeasureScore, row: &MeasureRow, decimals: u32, lang: Lang) -> MeasureFigures {
    let Points { earned, covered, points, .. } = &scored.figure;
    MeasureFigures {
        id: row.id,
        method: row.method,
        rule_text: rule_wording::sentence(row.rule.as_ref(), points, lang),
        earned: Figure::of(earned, decimals),
        covered: Figure::of(covered, decimals),
        points: Figure::of(points, decimals),
        lost: Figure::of(&scored.figure.lost(), decimals),
        reasons: reasons(&scored.reasons, lang),
        interval: asked(scored, decimals, lang),
    }
}

/// The interval of a share that people were asked for; a share of sites is part of the round's own interval.
fn asked(scored: &MeasureScore, decimals: u32, lang: Lang) -> Option<IntervalView> {
    if !matches!(scored.method, Method::Survey | Method::Opinion) {
        return None;
    }
    let share = scored.reasons.iter().find_map(|reason| {
        let Reason::Share { observed, total } = reason else { return None };
        statistics::wilson(*observed, *total)
    })?;
    Some(IntervalView::of(&share, decimals, lang))
}

impl IntervalView {
    /// An interval in the reader's language.
    #[must_use]
    pub fn of(interval: &Interval, decimals: u32, lang: Lang) -> Self {
        Self {
            low: Figure::of(&interval.low, decimals),
            high: Figure::of(&interval.high, decimals),
            level: statistics::LEVEL,
            text: wording::interval(interval, lang),
        }
    }
}

/// What the negative list takes, with its words.
fn negative(tree: &EditionTree, number: &str, count: u32, points: Option<&Exact>) -> DeductionView {
    let known = tree.negative_items.iter().find(|row| row.item.number == number);
    DeductionView {
        number: number.to_owned(),
        situation: known.map(|row| row.item.situation.clone()).unwrap_or_default(),
        count,
        points: points.map(|points| Figure::of(points, tree.row.settings.published_decimals)),
        link: format!("/incidents?edition={}", tree.row.id),
    }
}

impl ConformityTotals {
    /// Those of a tree; none where points are counted.
    #[must_use]
    pub fn of(tree: &ScoreTree) -> Option<Self> {
        let count = tree.conformity.as_ref()?;
        let rate = rates::Rate { numerator: count.met.into(), denominator: count.assessed.into() };
        Some(Self { rate: rate.into(), unassessed: count.unassessed })
    }
}

impl MethodFigures {
    /// The figures of each method. Only what is seen at sites depends on which were drawn, so its interval is the total's
    /// without what the other methods add.
    #[must_use]
    pub fn of(figures: &Figures, decimals: u32, lang: Lang) -> Vec<Self> {
        let interval = |of_method: &MethodFigure| {
            // Where every site was visited there is no between.
            let drawn = figures.interval.as_ref().filter(|all| of_method.method == Method::OnSite && all.low < all.high)?;
            let rest = &of_method.figure.earned - &figures.tree.total.earned;
            Some(IntervalView::of(&drawn.moved(&rest), decimals, lang))
        };
        let view = |of_method: &MethodFigure| Self {
            method: of_method.method,
            earned: Figure::of(&of_method.figure.earned, decimals),
            covered: Figure::of(&of_method.figure.covered, decimals),
            points: Figure::of(&of_method.figure.points, decimals),
            lost: Figure::of(&of_method.figure.lost(), decimals),
            rate: percent(&of_method.figure.earned, &of_method.figure.covered, decimals),
            interval: interval(of_method),
        };
        figures.tree.by_method.iter().map(view).collect()
    }
}

fn node_view(
    scored: &NodeScore,
    node: &EditionNode,
    computed: &Computed,
    drawn: bool,
    (decimals, lang): (u32, Lang),
) -> NodeFigures {
    let interval = computed.figures.node_intervals.get(&scored.number);
    let Points { earned, covered, points, .. } = &scored.figure;
    let measures = scored.criterion.iter().flat_map(|criterion| &criterion.measures).filter_map(|measure| {
        let row = node.measures.iter().find(|row| row.method == measure.method)?;
        Some(measure_view(measure, row, decimals, lang))
    });
    let conformity = scored.criterion.as_ref().and_then(|criterion| criterion.conformity.as_ref());
    NodeFigures {
        id: node.id,
        parent_id: node.parent,
        depth: node.depth,
        number: node.number.clone(),
        title: node.title.clone(),
        earned: Figure::of(earned, decimals),
        covered: Figure::of(covered, decimals),
        points: Figure::of(points, decimals),
        lost: Figure::of(&scored.figure.lost(), decimals),
        rate: percent(earned, covered, decimals),
        interval: interval.map(|interval| IntervalView::of(interval, decimals, lang)),
        measures: measures.collect(),
        conformity: conformity.map(|conformity| conformity_view(conformity, drawn, (decimals, lang))),
    }
}

fn conformity_view(conformity: &Conformity, drawn: bool, (decimals, lang): (u32, Lang)) -> ConformityView {
    ConformityView {
        state: match conformity.state {
            ConformityState::Met => "met",
            ConformityState::NotMet => "not_met",
            ConformityState::Unassessed => "unassessed",
        }
        .to_owned(),
        passing: conformity.passing,
        visited: conformity.visited,
        interval: (statistics::wilson(conformity.passing.into(), conformity.visited.into()).filter(|_| drawn))
            .map(|interval| IntervalView::of(&interval, decimals, lang)),
        reasons: reasons(&conformity.reasons, lang),
    }
}

fn view(round: &Round, computed: &Computed, tree: &EditionTree, lang: Lang) -> ScoreView {
    let scored = &computed.figures.tree;
    let decimals = tree.row.settings.published_decimals;
    let by_number: HashMap<&str, &EditionNode> = tree.nodes.iter().map(|node| (node.citation_key.as_str(), node)).collect();
    let mut nodes = Vec::with_capacity(tree.nodes.len());
    let mut waiting: Vec<&NodeScore> = scored.nodes.iter().rev().collect();
    while let Some(node) = waiting.pop() {
        if let Some(row) = by_number.get(node.number.as_str()) {
            nodes.push(node_view(node, row, computed, round.draw.is_some(), (decimals, lang)));
        }
        waiting.extend(node.children.iter().rev());
    }
    let Points { earned, covered, points, .. } = &scored.total;
    ScoreView {
        round: RoundRef::from(round),
        edition: ScoredEdition {
            id: tree.row.id,
            name: tree.row.name.clone(),
            scoring: tree.row.scoring(),
            level_names: tree.row.settings.level_names.clone(),
        },
        computed_at: computed.at,
        earned: Figure::of(earned, decimals),
        covered: Figure::of(covered, decimals),
        points: Figure::of(points, decimals),
        lost: Figure::of(&scored.total.lost(), decimals),
        rate: percent(earned, covered, decimals),
        coverage: scored.total.coverage().map(|share| Figure::of(&share, decimals)),
        conformity: ConformityTotals::of(scored),
        methods: MethodFigures::of(&computed.figures, decimals, lang),
        nodes,
        unattributed: Figure::of(&computed.figures.unattributed, decimals),
        interval: computed.figures.interval.as_ref().map(|interval| IntervalView::of(interval, decimals, lang)),
        unsure: computed.figures.unsure(round),
        after_deductions: Figure::of(&scored.after_deductions, decimals),
        deductions: (scored.deductions.iter())
            .map(|deduction| negative(tree, &deduction.number, deduction.count, Some(&deduction.points)))
            .collect(),
        vetoes: scored.vetoes.iter().map(|number| negative(tree, number, 1, None)).collect(),
        ignored: scored.ignored.iter().map(|ignored| wording::ignored(ignored, lang)).collect(),
    }
}

fn detail(inputs: &Inputs, policy: &LossPolicy, measure: Uuid, reach: &Reach, lang: Lang) -> Option<MeasureDetail> {
    let of_measure = |node: &&EditionNode| node.measures.iter().any(|row| row.id == measure);
    let node = inputs.tree.nodes.iter().find(of_measure)?;
    let row = node.measures.iter().find(|row| row.id == measure)?;
    let decimals = inputs.tree.row.settings.published_decimals;
    let tree = score::score(&inputs.edition, &inputs.sheet);
    let criterion = find(&tree.nodes, node)?.criterion.as_ref()?;
    let scored = criterion.measures.iter().find(|known| known.method == row.method)?;
    let mut bearers = owed::bearers(inputs, criterion, row.method, policy);
    let mut sites: Vec<&SiteScore> = scored.site_types.iter().flat_map(|site_type| &site_type.sites).collect();
    sites.sort_by(|left, right| right.loss.cmp(&left.loss));
    let units = bearers.remove(&None).unwrap_or_default();
    let standards = standards(inputs);
    let sites = sites.iter().filter(|site| seen(inputs, reach, site.site)).filter_map(|site| {
        let units = bearers.remove(&Some(site.site)).unwrap_or_default();
        site_view(inputs, &standards, site, units, (decimals, lang))
    });
    let sites = sites.collect();
    Some(MeasureDetail {
        number: node.number.clone(),
        title: node.title.clone(),
        measure: measure_view(scored, row, decimals, lang),
        sites,
        unattributed: Figure::of(&scored.unattributed, decimals),
        units,
    })
}

fn find<'a>(nodes: &'a [NodeScore], wanted: &EditionNode) -> Option<&'a NodeScore> {
    let mut waiting: Vec<&NodeScore> = nodes.iter().collect();
    while let Some(node) = waiting.pop() {
        if node.number == wanted.citation_key {
            return Some(node);
        }
        waiting.extend(&node.children);
    }
    None
}

/// What each item asks to pass by itself.
type Standards<'a> = HashMap<ItemId, &'a ItemStandard>;

fn standards(inputs: &Inputs) -> Standards<'_> {
    inputs.sheet.items.iter().map(|item| (item.item, &item.standard)).collect()
}

/// What was found for these items at a site, in the order of their codes.
fn findings(inputs: &Inputs, standards: &Standards<'_>, site: SiteId, items: &[ItemId]) -> Vec<ScoredFinding> {
    let mut findings = Vec::new();
    for id in items {
        let (Some(item), Some(finding)) = (inputs.items.get(id), inputs.findings.get(&(site, *id))) else { continue };
        let verdict = (standards.get(id)).and_then(|standard| finding.result.verdict(standard, &inputs.edition.thresholds));
        findings.push(ScoredFinding {
            id: finding.id,
            visit_id: finding.visit,
            item_id: item.id,
            item_code: item.code.clone(),
            item: item.text.clone(),
            faults: verdict.map(|verdict| verdict.faults),
            pass: verdict.map(|verdict| verdict.pass),
            result: finding.result.clone().into(),
            phrase: finding.phrase.clone(),
            note: finding.note.clone(),
            media: finding.media.clone(),
        });
    }
    findings.sort_by(|left, right| left.item_code.cmp(&right.item_code));
    findings
}

fn site_view(
    inputs: &Inputs,
    standards: &Standards<'_>,
    scored: &SiteScore,
    units: Vec<UnitShare>,
    (decimals, lang): (u32, Lang),
) -> Option<ScoredSite> {
    let site = inputs.sites.get(&scored.site)?;
    let findings = findings(inputs, standards, scored.site, &scored.items);
    Some(ScoredSite {
        site: inputs.names.site(site),
        rate: scored.rate.as_ref().and_then(|rate| percent(rate, &Exact::one(), decimals)),
        loss: Figure::of(&scored.loss, decimals),
        units,
        faults: findings.iter().filter_map(|finding| finding.faults).map(u64::from).sum(),
        reasons: reasons(&scored.reasons, lang),
        findings,
    })
}
