//! What goes with a criterion into the new edition: duties, site types, checklist items, chosen rules.
//!
//! What the new text says itself is never overwritten. Whatever cannot be carried without judgement is named for a person.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use yipanqi_domain::framework::matching::{ChangeKind, same_words, words_alike};
use yipanqi_domain::id::CriterionId;
use yipanqi_store::checklist::{Item, ItemCriterion};
use yipanqi_store::comparison::{ComparisonLink, LinkState};
use yipanqi_store::framework::{DutyRole, EditionNode, EditionTree, RuleState};

/// How much was carried.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Carried {
    /// Criteria that had confirmed sources.
    pub criteria: u64,
    /// Duties.
    pub duties: u64,
    /// Site types of criteria.
    pub site_types: u64,
    /// Links of checklist items.
    pub items: u64,
    /// Rules that people had chosen.
    pub rules: u64,
}

/// Why something needs a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OpenCode {
    /// Nobody has decided what became of it.
    NotSettled,
    /// A criterion has no lead.
    LeadMissing,
    /// The new text names another lead than the old one.
    LeadDiffers,
    /// An on-site measure has no site type.
    SiteTypeMissing,
    /// An on-site criterion is served by no checklist item.
    ItemMissing,
    /// An item of a criterion that was split went to the part that is most like it.
    ItemOfSplit,
    /// An item served a criterion that is gone and serves none of the new edition.
    ItemOfGone,
    /// A rule is still to be chosen.
    RuleToChoose,
}

/// Something that needs a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OpenMatter {
    /// Why.
    pub code: OpenCode,
    /// The number of the criterion, old for what is gone, else new.
    pub number: String,
    /// Its text, or the item's.
    pub text: String,
    /// The criterion of the new edition, if it is about one.
    #[schema(value_type = Option<String>)]
    pub criterion_id: Option<CriterionId>,
    /// The site type of an item.
    #[schema(value_type = Option<String>)]
    pub site_type_id: Option<uuid::Uuid>,
}

/// What was carried over and what needs a person.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CarryReport {
    /// How much was carried.
    pub carried: Carried,
    /// What needs a person.
    pub open: Vec<OpenMatter>,
}

/// What is to be written.
#[derive(Debug, Default)]
pub struct Plan {
    /// Nodes of the new edition that get something.
    pub nodes: Vec<EditionNode>,
    /// Items that serve further criteria.
    pub items: Vec<Item>,
    /// What to tell.
    pub report: CarryReport,
}

/// What goes along the confirmed links; nothing is written here.
#[must_use]
pub fn plan(old: &EditionTree, new: &EditionTree, framework: &str, links: &[ComparisonLink], items: &[Item]) -> Plan {
    let mut plan = Plan::default();
    let node = |tree: &'_ EditionTree, id: CriterionId| tree.nodes.iter().find(|node| node.id == id).cloned();
    let mut sources: BTreeMap<CriterionId, Vec<EditionNode>> = BTreeMap::new();
    let mut targets: BTreeMap<CriterionId, Vec<EditionNode>> = BTreeMap::new();
    for link in links {
        if link.state == LinkState::Proposed {
            let about = link.new.and_then(|id| node(new, id)).or_else(|| link.old.and_then(|id| node(old, id)));
            plan.report.open.extend(about.map(|about| matter(OpenCode::NotSettled, &about, link.new)));
        }
        if let (Some(before), Some(after), LinkState::Confirmed) = (link.old, link.new, link.state) {
            sources.entry(after).or_default().extend(node(old, before));
            targets.entry(before).or_default().extend(node(new, after));
        }
    }
    let served = serve(old, new, framework, links, &targets, items, &mut plan);
    for after in new.nodes.iter().filter(|node| node.is_criterion) {
        let mut carried = after.clone();
        if let Some(from) = sources.get(&after.id) {
            plan.report.carried.criteria += 1;
            inherit(&mut carried, from, &mut plan.report);
        }
        gaps(&carried, served.contains(&after.citation_key), &mut plan.report);
        if carried != *after {
            plan.nodes.push(carried);
        }
    }
    plan.report.open.sort_by_key(|open| open.code);
    plan
}

fn matter(code: OpenCode, about: &EditionNode, criterion_id: Option<CriterionId>) -> OpenMatter {
    OpenMatter { code, number: about.number.clone(), text: about.title.clone(), criterion_id, site_type_id: None }
}

/// Duties, site types and rules of the old criteria, where the new text says nothing itself.
fn inherit(after: &mut EditionNode, from: &[EditionNode], report: &mut CarryReport) {
    if after.duties.is_empty() {
        for duty in from.iter().flat_map(|node| &node.duties) {
            if !after.duties.iter().any(|known| known.unit == duty.unit && known.name_given == duty.name_given) {
                after.duties.push(duty.clone());
                report.carried.duties += 1;
            }
        }
    } else {
        let leads = |node: &EditionNode| -> BTreeSet<String> {
            node.duties.iter().filter(|duty| duty.role == DutyRole::Lead).map(|duty| duty.name_given.clone()).collect()
        };
        let (own, before) = (leads(after), from.iter().flat_map(leads).collect::<BTreeSet<_>>());
        if !own.is_empty() && !before.is_empty() && own.is_disjoint(&before) {
            report.open.push(matter(OpenCode::LeadDiffers, after, Some(after.id)));
        }
    }
    if after.site_types.is_empty() {
        for given in from.iter().flat_map(|node| &node.site_types) {
            if !after.site_types.contains(given) {
                after.site_types.push(given.clone());
                report.carried.site_types += 1;
            }
        }
    }
    for measure in after.measures.iter_mut().filter(|measure| measure.rule_state == RuleState::ToChoose) {
        let chosen = from.iter().flat_map(|node| &node.measures).find(|before| {
            before.method == measure.method
                && before.rule.is_some()
                && before.points == measure.points
                && same_words(&before.rule_words, &measure.rule_words)
        });
        if let Some(chosen) = chosen {
            measure.rule.clone_from(&chosen.rule);
            measure.scope = chosen.scope;
            measure.rule_state = RuleState::Chosen;
            report.carried.rules += 1;
        }
    }
}

/// Links the items of old criteria to the new ones; gives the numbers of the new criteria that have an item.
fn serve(
    old: &EditionTree,
    new: &EditionTree,
    framework: &str,
    links: &[ComparisonLink],
    targets: &BTreeMap<CriterionId, Vec<EditionNode>>,
    items: &[Item],
    plan: &mut Plan,
) -> BTreeSet<String> {
    let gone: BTreeSet<CriterionId> =
        links.iter().filter(|link| link.kind == ChangeKind::Gone).filter_map(|link| link.old).collect();
    let mut served = BTreeSet::new();
    for item in items {
        let mut carried = item.clone();
        let of_old: Vec<&ItemCriterion> = item.criteria.iter().filter(|link| link.edition == Some(old.row.id)).collect();
        let mut lost = None;
        for link in of_old {
            let Some(before) = old.cited(&link.citation_key) else { continue };
            let into = targets.get(&before.id).map(Vec::as_slice).unwrap_or_default();
            if gone.contains(&before.id) {
                lost = Some(before);
            }
            // An item looks at one thing: of a criterion that was split it goes to the part that speaks of it.
            let Some(after) = into.iter().max_by_key(|after| words_alike(&item.text, &after.title)) else { continue };
            let new_link = ItemCriterion {
                framework: framework.to_owned(),
                edition: Some(new.row.id),
                citation_key: after.citation_key.clone(),
                citation: cited_as(new, after),
            };
            let known = |known: &ItemCriterion| known.edition == new_link.edition && known.citation_key == new_link.citation_key;
            if !carried.criteria.iter().any(known) {
                carried.criteria.push(new_link);
                plan.report.carried.items += 1;
                if into.len() > 1 {
                    plan.report.open.push(of_item(OpenCode::ItemOfSplit, after, item, Some(after.id)));
                }
            }
        }
        let of_new = || carried.criteria.iter().filter(|link| link.edition == Some(new.row.id));
        served.extend(of_new().map(|link| link.citation_key.clone()));
        if let Some(before) = lost.filter(|_| of_new().next().is_none()) {
            plan.report.open.push(of_item(OpenCode::ItemOfGone, before, item, None));
        }
        if carried != *item {
            plan.items.push(carried);
        }
    }
    served
}

fn of_item(code: OpenCode, about: &EditionNode, item: &Item, criterion_id: Option<CriterionId>) -> OpenMatter {
    let text = format!("{} {}", item.code, item.text);
    OpenMatter { code, number: about.number.clone(), text, criterion_id, site_type_id: Some(item.site_type) }
}

/// The number of a criterion as its text writes it, with that of the node above.
fn cited_as(tree: &EditionTree, node: &EditionNode) -> String {
    let above = tree.nodes.iter().find(|upper| Some(upper.id) == node.parent);
    match above {
        Some(above) if !node.number.contains('-') => format!("{}-{}", above.number.trim_end_matches(['.', '、']), node.number),
        Some(_) | None => node.number.clone(),
    }
}

/// What a criterion of the new edition still lacks.
fn gaps(node: &EditionNode, served: bool, report: &mut CarryReport) {
    use yipanqi_domain::framework::Method;
    let on_site = node.measures.iter().any(|measure| measure.method == Method::OnSite && measure.points.is_some());
    let lead = node.duties.iter().any(|duty| duty.role == DutyRole::Lead);
    let to_choose = node.measures.iter().any(|measure| measure.rule_state == RuleState::ToChoose);
    for (lacks, code) in [
        (!lead, OpenCode::LeadMissing),
        (on_site && node.site_types.is_empty(), OpenCode::SiteTypeMissing),
        (on_site && !served, OpenCode::ItemMissing),
        (to_choose, OpenCode::RuleToChoose),
    ] {
        if lacks {
            report.open.push(matter(code, node, Some(node.id)));
        }
    }
}
