//! Changing the text of an edition: one change at a time, until it is first used; from then on by a correction, a new
//! revision with its reason beside which the old one stays.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;
use yipanqi_domain::exact::Exact;
use yipanqi_domain::framework::tree::{self, Branch, TreeEdit, TreeFault};
use yipanqi_domain::framework::words::{recognise_for, recognise_negative};
use yipanqi_domain::framework::{Edition, FlawKind, Method, NegativeEffect, NegativeItem, Rule, Scope, Scoring, Severity};
use yipanqi_domain::id::{CommandId, CriterionId};
use yipanqi_domain::reading;
use yipanqi_store::checklist::{self, ItemCriterion};
use yipanqi_store::comparison::LinkState;
use yipanqi_store::crosswalk::{self, CrosswalkLink};
use yipanqi_store::framework::{
    self, CriterionSiteType, EditionNode, EditionRow, EditionState, EditionTree, MeasureRow, NegativeRow, RuleState,
};
use yipanqi_store::{ReadTx, StoreError, WriteTx};

use super::known;
use crate::error::Error;
use crate::request::CityCtx;

/// What an edition is first used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FirstUse {
    /// A round is assessed by it.
    Round,
    /// Material is filed under it.
    Filing,
    /// A score is made by it.
    Score,
}

/// Fixes the text of an edition when it is first used.
///
/// # Errors
/// The database's.
pub async fn first_use(tx: &mut WriteTx, edition: Uuid, of: FirstUse) -> Result<(), Error> {
    if framework::freeze(tx, edition).await? {
        tx.audit("edition.freeze", "edition", &edition.to_string(), &json!({ "first_use": of }))?;
        tx.event("edition", &edition.to_string(), &[])?;
    }
    Ok(())
}

/// A measure as a person enters it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct MeasureInput {
    /// `on_site`, `filing`, `survey`, `opinion` or `statistic`.
    #[schema(value_type = String)]
    pub method: Method,
    /// Its points as a decimal or a fraction; none in an edition without points.
    #[schema(value_type = Option<String>)]
    pub points: Option<Exact>,
    /// The rule in words.
    #[serde(default)]
    pub rule_words: String,
    /// The rule as data; none: as the words are understood.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub rule: Option<Rule>,
    /// `site` or `round`, where the rule admits both.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub scope: Option<Scope>,
}

/// An item of the negative list as a person enters it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct NegativeInput {
    /// The situation.
    pub situation: String,
    /// Points taken for one; none: the title is refused.
    #[schema(value_type = Option<String>)]
    pub points: Option<Exact>,
    /// Who finds that it happened.
    #[serde(default)]
    pub decider: String,
}

/// What an edition decides besides its tree.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SettingsInput {
    /// Its name.
    pub name: String,
    /// Everything else, as the edition's page shows it.
    #[schema(value_type = Object)]
    pub settings: Edition,
}

/// One change of an edition.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum EditionChange {
    /// The tree: add, reword, move, split, delete.
    Tree {
        /// The change.
        #[schema(value_type = Object)]
        edit: TreeEdit,
    },
    /// The remark of a node.
    Remark {
        /// The node.
        #[schema(value_type = String)]
        id: CriterionId,
        /// The remark.
        remark: String,
    },
    /// How a criterion is measured, all methods together.
    Measures {
        /// The criterion.
        #[schema(value_type = String)]
        id: CriterionId,
        /// Its measures.
        measures: Vec<MeasureInput>,
    },
    /// At which site types a criterion is assessed.
    SiteTypes {
        /// The criterion.
        #[schema(value_type = String)]
        id: CriterionId,
        /// The site types.
        #[schema(value_type = Vec<String>)]
        site_types: Vec<Uuid>,
    },
    /// What the edition decides besides its tree.
    #[schema(value_type = SettingsInput)]
    Settings(Box<SettingsInput>),
    /// The whole negative list.
    Negative {
        /// Its items in order.
        items: Vec<NegativeInput>,
    },
}

/// A change with the version it was based on.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct EditInput {
    /// Made by the client; the same id and body are applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// The version of the edition that the page has seen.
    pub version: i64,
    /// The change.
    pub change: EditionChange,
}

/// Changes an edition that has not been used yet.
///
/// # Errors
/// `edition_not_found`, `edition_frozen`, `version_conflict`, and what the rules refuse, with the field.
pub async fn edit(ctx: &CityCtx, id: Uuid, input: &EditInput) -> Result<(), Error> {
    let mut tx = ctx.write().await?;
    if ctx.once::<()>(&mut tx, input.command_id, &(id, input)).await?.is_some() {
        return Ok(());
    }
    let edition = framework::edition(&tx, id).await.map_err(known)?;
    if framework::is_fixed(&tx, &edition.row).await? {
        return Err(Error::new("edition_frozen").with("edition", edition.row.name.as_str()));
    }
    if edition.row.version != input.version {
        return Err(Error::new("version_conflict").with("version", edition.row.version));
    }
    let mut row = edition.row.clone();
    match &input.change {
        EditionChange::Tree { edit } => change_tree(&tx, &edition, edit).await?,
        EditionChange::Remark { id, remark } => {
            let node = EditionNode { remark: remark.trim().to_owned(), ..find(&edition, *id)?.clone() };
            framework::save_nodes(&tx, row.id, &[node]).await?;
        }
        EditionChange::Measures { id, measures } => {
            let node = measured(&edition, find(&edition, *id)?, measures)?;
            framework::save_nodes(&tx, row.id, &[node]).await?;
        }
        EditionChange::SiteTypes { id, site_types } => {
            let node = placed(&tx, find(&edition, *id)?, site_types).await?;
            framework::save_nodes(&tx, row.id, &[node]).await?;
        }
        EditionChange::Settings(settings) => row = settled(&edition.row, settings)?,
        EditionChange::Negative { items } => {
            let rows = negative(&edition, items)?;
            framework::save_negative_items(&tx, row.id, &rows).await?;
        }
    }
    framework::save_edition(&tx, &row).await?;
    tx.audit("edition.edit", "edition", &id.to_string(), &input.change)?;
    tx.event("edition", &id.to_string(), &[])?;
    ctx.answer_once(&mut tx, input.command_id, &()).await?;
    tx.commit().await?;
    Ok(())
}

fn find(edition: &EditionTree, id: CriterionId) -> Result<&EditionNode, Error> {
    edition.nodes.iter().find(|node| node.id == id).ok_or_else(|| Error::new("criterion_not_found"))
}

impl From<TreeFault> for Error {
    fn from(fault: TreeFault) -> Self {
        match fault {
            TreeFault::NoTitle => Self::invalid("title", fault.code()),
            TreeFault::Unknown
            | TreeFault::Cycle
            | TreeFault::BelowCriterion
            | TreeFault::HasChildren
            | TreeFault::NotSplittable => Self::new(fault.code()),
        }
    }
}

fn branches(edition: &EditionTree) -> Vec<Branch> {
    let branch = |node: &EditionNode| Branch {
        id: node.id,
        parent: node.parent,
        key: node.citation_key.clone(),
        number: node.number.clone(),
        title: node.title.clone(),
        criterion: node.is_criterion,
    };
    edition.nodes.iter().map(branch).collect()
}

async fn change_tree(tx: &WriteTx, edition: &EditionTree, edit: &TreeEdit) -> Result<(), Error> {
    let before = branches(edition);
    let after = tree::edited(&before, edit)?;
    let kept: BTreeSet<CriterionId> = after.iter().map(|branch| branch.id).collect();
    let gone: Vec<CriterionId> = before.iter().map(|branch| branch.id).filter(|id| !kept.contains(id)).collect();
    for id in &gone {
        let node = find(edition, *id)?;
        let items = checklist::items(tx, None).await?;
        let citing = items.iter().flat_map(|item| &item.criteria);
        let uses = citing.filter(|link| link.edition == Some(edition.row.id) && link.citation_key == node.citation_key).count();
        if uses > 0 {
            return Err(Error::new("node_in_use").with("items", uses));
        }
    }
    framework::remove_nodes(tx, &gone).await.map_err(|error| match error {
        StoreError::Reference(_) => Error::new("node_in_use").with("items", 1),
        other => other.into(),
    })?;
    let split_from = match edit {
        TreeEdit::Split { id, .. } => Some(find(edition, *id)?),
        TreeEdit::Add { .. } | TreeEdit::Reword { .. } | TreeEdit::Move { .. } | TreeEdit::Delete { .. } => None,
    };
    let mut changed = Vec::new();
    for (position, branch) in (1_i64..).zip(&after) {
        let known = edition.nodes.iter().find(|node| node.id == branch.id);
        let depth = i64::try_from(branch.key.matches('-').count()).unwrap_or(0);
        let node = match known {
            Some(known) => EditionNode {
                parent: branch.parent,
                position,
                depth,
                number: branch.number.clone(),
                citation_key: branch.key.clone(),
                title: branch.title.clone(),
                ..known.clone()
            },
            None => EditionNode {
                id: branch.id,
                parent: branch.parent,
                position,
                depth,
                number: branch.number.clone(),
                citation_key: branch.key.clone(),
                title: branch.title.clone(),
                is_criterion: branch.criterion,
                remark: String::new(),
                measures: Vec::new(),
                // A part keeps the places and the units of the whole; its measures are for a person to divide.
                site_types: split_from.map(|whole| whole.site_types.clone()).unwrap_or_default(),
                duties: split_from.map(|whole| whole.duties.clone()).unwrap_or_default(),
            },
        };
        if known != Some(&node) {
            changed.push(node);
        }
    }
    framework::save_nodes(tx, edition.row.id, &changed).await?;
    recite(tx, edition.row.id, &tree::renumbered(&before, &after)).await
}

/// Checklist items that cite renumbered criteria cite them by their new numbers.
async fn recite(tx: &WriteTx, edition: Uuid, renumbered: &[(String, String)]) -> Result<(), Error> {
    if renumbered.is_empty() {
        return Ok(());
    }
    for item in checklist::items(tx, None).await?.iter() {
        let mut item = item.clone();
        let mut changed = false;
        for link in item.criteria.iter_mut().filter(|link| link.edition == Some(edition)) {
            if let Some((_, new)) = renumbered.iter().find(|(old, _)| *old == link.citation_key) {
                link.citation.clone_from(new);
                link.citation_key.clone_from(new);
                changed = true;
            }
        }
        if changed {
            checklist::update_item(tx, &item).await?;
        }
    }
    Ok(())
}

/// The criterion with the measures entered; those whose method stays keep their identity.
fn measured(edition: &EditionTree, node: &EditionNode, inputs: &[MeasureInput]) -> Result<EditionNode, Error> {
    let scoring = edition.row.scoring();
    let mut methods = BTreeSet::new();
    let mut measures = Vec::new();
    for (place, input) in inputs.iter().enumerate() {
        let field = |name: &str| format!("measures.{place}.{name}");
        if !methods.insert(input.method) {
            return Err(Error::invalid(&field("method"), "measure_twice"));
        }
        let known = node.measures.iter().find(|measure| measure.method == input.method);
        let id = known.map_or_else(Uuid::now_v7, |measure| measure.id);
        let words = input.rule_words.trim().to_owned();
        if scoring == Scoring::Conformity {
            measures.push(MeasureRow {
                id,
                method: input.method,
                points: None,
                rule: None,
                scope: None,
                rule_words: String::new(),
                rule_state: RuleState::None,
            });
            continue;
        }
        let points = input.points.clone().ok_or_else(|| Error::invalid(&field("points"), "value_missing"))?;
        if points.is_negative() {
            return Err(Error::invalid(&field("points"), "points_negative"));
        }
        let understood = recognise_for(&words, input.method, &points, &node.title).rule;
        let (rule, rule_state) = match (&input.rule, understood) {
            (Some(chosen), Some(understood)) if *chosen == understood => (Some(understood), RuleState::Recognised),
            (Some(chosen), _) => (Some(chosen.clone()), RuleState::Chosen),
            (None, Some(understood)) => (Some(understood), RuleState::Recognised),
            (None, None) => (None, RuleState::ToChoose),
        };
        if let Some(part) = rule.as_ref().and_then(|rule| misfit(rule, input.method, &points)) {
            return Err(Error::invalid(&field("rule"), "rule_unfit").with("part", part));
        }
        let scope = input.scope.filter(|scope| rule.as_ref().is_some_and(|rule| rule.scopes().contains(scope)));
        measures.push(MeasureRow { id, method: input.method, points: Some(points), rule, scope, rule_words: words, rule_state });
    }
    measures.sort_by_key(|measure| measure.method);
    Ok(EditionNode { measures, ..node.clone() })
}

/// The part of a rule that cannot be meant; what merely deserves a look is not refused.
pub(super) fn misfit(rule: &Rule, method: Method, points: &Exact) -> Option<String> {
    let flaws = super::example::flaws(rule, method, points);
    let unfit = flaws.into_iter().find(|flaw| flaw.severity() == Severity::Error)?;
    match unfit {
        FlawKind::RuleUnfit { part, .. } => {
            serde_json::to_value(part).ok().and_then(|part| part.as_str().map(str::to_owned)).or_else(|| Some(String::new()))
        }
        FlawKind::NumberRepeated
        | FlawKind::ParentMissing { .. }
        | FlawKind::ParentCycle
        | FlawKind::CriterionRepeated
        | FlawKind::CriterionWithChildren
        | FlawKind::EmptyNode
        | FlawKind::NoMethod
        | FlawKind::MethodRepeated { .. }
        | FlawKind::NegativePoints { .. }
        | FlawKind::ZeroPoints { .. }
        | FlawKind::RuleMissing { .. }
        | FlawKind::ScopeUnfit { .. }
        | FlawKind::StepsDiffer { .. }
        | FlawKind::TotalDiffers { .. }
        | FlawKind::YearWeights { .. } => Some(String::new()),
    }
}

async fn placed(tx: &ReadTx, node: &EditionNode, wanted: &[Uuid]) -> Result<EditionNode, Error> {
    let types = checklist::site_types(tx).await?;
    let mut site_types: Vec<CriterionSiteType> = Vec::new();
    for id in wanted {
        let kind = types.iter().find(|kind| kind.id == *id).ok_or_else(|| Error::invalid("site_types", "site_type_not_found"))?;
        let known = node.site_types.iter().find(|given| given.site_type == Some(*id)).cloned();
        let given = known.unwrap_or_else(|| CriterionSiteType { site_type: Some(kind.id), name_given: kind.name.clone() });
        if !site_types.contains(&given) {
            site_types.push(given);
        }
    }
    // Names that mean no type of the city stay as the text gives them.
    site_types.extend(node.site_types.iter().filter(|given| given.site_type.is_none()).cloned());
    Ok(EditionNode { site_types, ..node.clone() })
}

fn settled(row: &EditionRow, input: &SettingsInput) -> Result<EditionRow, Error> {
    let name = input.name.trim();
    if name.is_empty() {
        return Err(Error::invalid("name", "value_missing"));
    }
    let hundred = Exact::whole(100);
    if input.settings.year_weights.iter().sum::<Exact>() != hundred {
        return Err(Error::invalid("settings.year_weights", "value_unreadable"));
    }
    if input.settings.published_decimals > 6 || input.settings.working_scale.is_some_and(|scale| scale > 9) {
        return Err(Error::invalid("settings.published_decimals", "value_unreadable"));
    }
    let settings =
        Edition { nodes: Vec::new(), negative_items: Vec::new(), scoring: row.settings.scoring, ..input.settings.clone() };
    Ok(EditionRow { name: name.to_owned(), settings, ..row.clone() })
}

fn negative(edition: &EditionTree, inputs: &[NegativeInput]) -> Result<Vec<NegativeRow>, Error> {
    let mut rows = Vec::new();
    for (place, input) in inputs.iter().enumerate() {
        let situation = reading::trimmed(&input.situation).to_owned();
        if situation.is_empty() {
            return Err(Error::invalid(&format!("items.{place}.situation"), "value_missing"));
        }
        if input.points.as_ref().is_some_and(Exact::is_negative) {
            return Err(Error::invalid(&format!("items.{place}.points"), "points_negative"));
        }
        let (handling, points) = match &input.points {
            Some(points) => ("扣分", points.to_string()),
            None => ("一票否决", String::new()),
        };
        let effect = recognise_negative(&situation, handling, input.points.as_ref()).unwrap_or(NegativeEffect::Veto);
        let words = [handling, points.as_str()].join(" ").trim().to_owned();
        let number = (place + 1).to_string();
        let known = edition.negative_items.iter().find(|row| row.item.number == number);
        // Who changed nothing keeps the words of the text.
        let words = known
            .filter(|row| row.item.effect == effect && row.item.situation == situation)
            .map_or(words, |row| row.words.clone());
        let decider_name = input.decider.trim().to_owned();
        let id = known.map_or_else(Uuid::now_v7, |row| row.id);
        rows.push(NegativeRow { id, item: NegativeItem { number, situation, effect }, decider_name, words });
    }
    Ok(rows)
}

/// A correction of an edition that is in use.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CorrectInput {
    /// Made by the client; the same id and body are applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// Why.
    pub reason: String,
}

/// Makes a new revision of a frozen edition, to be changed and then used; whatever was judged by the old one stays with it.
///
/// # Errors
/// `edition_not_found`, `edition_not_frozen`, `reason_missing`, `edition_superseded`.
pub async fn correct(ctx: &CityCtx, id: Uuid, input: &CorrectInput) -> Result<Uuid, Error> {
    let mut tx = ctx.write().await?;
    if let Some(before) = ctx.once(&mut tx, input.command_id, &(id, input)).await? {
        return Ok(before);
    }
    let old = framework::edition(&tx, id).await.map_err(known)?;
    if !framework::is_fixed(&tx, &old.row).await? {
        return Err(Error::new("edition_not_frozen"));
    }
    if framework::editions(&tx).await?.iter().any(|row| row.supersedes == Some(id)) {
        return Err(Error::new("edition_superseded"));
    }
    let reason = input.reason.trim();
    if reason.is_empty() {
        return Err(Error::invalid("reason", "reason_missing"));
    }
    let revision = old.row.revision + 1;
    let base = |text: &str, mark: &str| text.split(mark).next().unwrap_or(text).to_owned();
    let new = EditionRow {
        id: Uuid::now_v7(),
        code: format!("{}-r{revision}", base(&old.row.code, "-r")),
        name: format!("{}（更正{}）", base(&old.row.name, "（更正"), revision - 1),
        state: EditionState::InUse,
        revision,
        supersedes: Some(old.row.id),
        reason: reason.to_owned(),
        frozen_at: None,
        version: 0,
        ..old.row.clone()
    };
    framework::save_edition(&tx, &new).await?;
    let copies = copies(ctx, &mut tx, &old, &new).await?;
    tx.audit("edition.correct", "edition", &new.id.to_string(), &json!({ "of": id, "reason": reason, "nodes": copies }))?;
    tx.event("edition", &new.id.to_string(), &[])?;
    ctx.answer_once(&mut tx, input.command_id, &new.id).await?;
    tx.commit().await?;
    Ok(new.id)
}

/// The tree, the negative list, the items' links and the crosswalk of the old revision, for the new one.
async fn copies(ctx: &CityCtx, tx: &mut WriteTx, old: &EditionTree, new: &EditionRow) -> Result<usize, Error> {
    let ids: std::collections::BTreeMap<CriterionId, CriterionId> =
        old.nodes.iter().map(|node| (node.id, CriterionId::new(Uuid::now_v7()))).collect();
    let fresh = |id: CriterionId| ids.get(&id).copied().unwrap_or(id);
    let nodes: Vec<EditionNode> = old
        .nodes
        .iter()
        .map(|node| EditionNode {
            id: fresh(node.id),
            parent: node.parent.map(fresh),
            measures: node.measures.iter().map(|measure| MeasureRow { id: Uuid::now_v7(), ..measure.clone() }).collect(),
            ..node.clone()
        })
        .collect();
    framework::save_nodes(tx, new.id, &nodes).await?;
    let negatives: Vec<NegativeRow> =
        old.negative_items.iter().map(|row| NegativeRow { id: Uuid::now_v7(), ..row.clone() }).collect();
    framework::save_negative_items(tx, new.id, &negatives).await?;
    for item in checklist::items(tx, None).await?.iter() {
        let mut item = item.clone();
        let links: Vec<ItemCriterion> = (item.criteria.iter())
            .filter(|link| link.edition == Some(old.row.id))
            .map(|link| ItemCriterion { edition: Some(new.id), ..link.clone() })
            .collect();
        if !links.is_empty() {
            item.criteria.extend(links);
            checklist::update_item(tx, &item).await?;
        }
    }
    let links: Vec<CrosswalkLink> = crosswalk::of_edition(tx, old.row.id)
        .await?
        .into_iter()
        .filter(|link| link.state == LinkState::Confirmed)
        .map(|link| {
            let side = |(edition, node): (Uuid, CriterionId)| {
                if edition == old.row.id { (new.id, fresh(node)) } else { (edition, node) }
            };
            CrosswalkLink { id: Uuid::now_v7(), one: side(link.one), other: side(link.other), version: 0, ..link }
        })
        .collect();
    crosswalk::add(tx, &links).await?;
    let pairs: Vec<(CriterionId, CriterionId)> = ids.into_iter().collect();
    crate::duty::actions::carry(ctx, tx, old.row.id, new.id, &pairs).await?;
    Ok(nodes.len())
}
