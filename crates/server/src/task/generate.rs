//! From duties to tasks: one for each criterion, or one for each group and lead; each origin once.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use yipanqi_domain::duty::DutyRole;
use yipanqi_domain::id::{CommandId, CriterionId, PersonId, UnitId};
use yipanqi_domain::task::quantity::MonthlyPlan;
use yipanqi_domain::task::{Class, Origin, Task};
use yipanqi_store::task as store;
use yipanqi_store::{duty, framework, unit};

use super::actions::{self, NewTask};
use crate::duty::{groups, numbers};
use crate::error::{Error, FailureBody};
use crate::request::{CityCtx, Json};

/// One task for what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Each {
    /// For each criterion.
    Criterion,
    /// For each group of criteria and unit that leads in it.
    Group,
}

/// What tasks are to be generated.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct GenerateInput {
    /// Made by the client; the same id and body are applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// The edition.
    #[schema(value_type = String)]
    pub edition_id: Uuid,
    /// Only these criteria; all if empty.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub criterion_ids: Vec<CriterionId>,
    /// One task for what.
    pub each: Each,
    /// What kind of work.
    #[schema(value_type = String)]
    pub class: Class,
    /// The first day.
    #[serde(default)]
    pub start_on: Option<NaiveDate>,
    /// The last day.
    #[serde(default)]
    pub due_on: Option<NaiveDate>,
    /// The campaign to which they belong.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub campaign_id: Option<Uuid>,
}

/// What was generated.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct Generated {
    /// Tasks drafted now.
    pub drafted: u64,
    /// Criteria or groups that had one before.
    pub known: u64,
    /// Criteria that nobody leads, by number; they get none.
    pub without_lead: Vec<String>,
}

/// The duties of a criterion.
#[derive(Default)]
struct Of {
    lead: Option<(UnitId, Option<PersonId>)>,
    supporting: BTreeSet<UnitId>,
}

/// Draft tasks from duties: the lead leads, the supporting units support, the officer is in charge.
#[utoipa::path(post, path = "/api/tasks/generate", tag = "task", request_body = GenerateInput,
    responses((status = 200, body = Generated), (status = 404, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn generate(ctx: CityCtx, Json(input): Json<GenerateInput>) -> Result<Json<Generated>, Error> {
    let mut tx = ctx.write().await?;
    if let Some(done) = ctx.once::<Generated>(&mut tx, input.command_id, &input).await? {
        return Ok(Json(done));
    }
    let tree = framework::edition(&tx, input.edition_id).await.map_err(crate::framework::known)?;
    let directory = unit::directory(&tx).await?;
    let mut duties: BTreeMap<CriterionId, Of> = BTreeMap::new();
    for kept in duty::of_edition(&tx, input.edition_id).await?.into_iter().filter(|kept| kept.duty.state.is_held()) {
        let of = duties.entry(kept.duty.criterion).or_default();
        let own = directory.get(kept.duty.unit);
        match kept.duty.role {
            // A second lead supports the first.
            DutyRole::Lead if of.lead.is_none() => {
                let officer = kept.duty.named.officer.or_else(|| own?.officer).or_else(|| own?.liaison);
                of.lead = Some((kept.duty.unit, officer));
            }
            DutyRole::Lead | DutyRole::Support => {
                of.supporting.insert(kept.duty.unit);
            }
        }
    }
    let (numbers, groups) = (numbers(&tree), groups(&tree));
    let mut generated = Generated::default();
    let mut wanted: BTreeMap<(String, UnitId), NewTask> = BTreeMap::new();
    for node in tree.nodes.iter().filter(|node| node.is_criterion) {
        if !input.criterion_ids.is_empty() && !input.criterion_ids.contains(&node.id) {
            continue;
        }
        let Some((lead, officer)) = duties.get(&node.id).and_then(|of| of.lead) else {
            generated.without_lead.push(numbers.get(&node.id).cloned().unwrap_or_default());
            continue;
        };
        let supporting = duties.get(&node.id).map(|of| of.supporting.clone()).unwrap_or_default();
        let group = groups.get(&node.id).cloned().unwrap_or_default();
        let (key, title) = match input.each {
            Each::Criterion => (format!("criterion/{}", node.id), node.title.clone()),
            Each::Group => (format!("group/{}/{group}/{lead}", input.edition_id), group),
        };
        let new = wanted.entry((key.clone(), lead)).or_insert_with(|| NewTask {
            task: Task {
                lead: Some(lead),
                responsible: officer,
                standard: String::new(),
                start_on: input.start_on,
                due_on: input.due_on,
                origin: Origin { campaign: input.campaign_id, ..Origin::default() },
                ..actions::blank(shortened(&title), input.class, ctx.moment)
            },
            origin_key: Some(key),
            plan: MonthlyPlan::default(),
        });
        new.task.origin.criteria.insert(node.id);
        new.task.supporting.extend(supporting.into_iter().filter(|unit| *unit != lead));
        // What the text demands is the standard; goal and measures are for a person to determine.
        let line = format!("{} {}", numbers.get(&node.id).cloned().unwrap_or_default(), node.title);
        new.task.standard = if new.task.standard.is_empty() { line } else { format!("{}\n{line}", new.task.standard) };
    }
    let keys: Vec<String> = wanted.keys().map(|(key, _)| key.clone()).collect();
    let known = store::known_origins(&tx, &keys).await?;
    generated.known = known.len() as u64;
    let new: Vec<NewTask> = wanted.into_iter().filter(|((key, _), _)| !known.contains(key)).map(|(_, new)| new).collect();
    generated.drafted = new.len() as u64;
    actions::enter(&ctx, &mut tx, new).await?;
    ctx.answer_once(&mut tx, input.command_id, &generated).await?;
    tx.commit().await?;
    Ok(Json(generated))
}

/// A title of a few words: the first clause, at most forty characters.
fn shortened(title: &str) -> String {
    let clause = title.split(['，', '；', '。', ';', '\n']).find(|part| !part.trim().is_empty()).unwrap_or(title).trim();
    match clause.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", &clause[..end]),
        None => clause.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_the_first_clause_and_not_too_long() {
        assert_eq!(shortened("主次干道整洁，无占道经营；绿化完好"), "主次干道整洁");
        assert_eq!(shortened("，地面平整"), "地面平整");
        assert_eq!(shortened(&"长".repeat(60)).chars().count(), 41);
    }
}
