//! Beginning a comparison, deciding on what was proposed, linking by hand, carrying over.

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;
use yipanqi_domain::framework::matching::{Matcher, Pair, Standard, kinds, standards, words_alike};
use yipanqi_domain::id::{CommandId, CriterionId};
use yipanqi_domain::moment::Moment;
use yipanqi_store::comparison::{self as store, Comparison, ComparisonLink, ComparisonState, LinkState};
use yipanqi_store::framework;
use yipanqi_store::{NewJob, ReadTx, StoreError, WriteTx, checklist};

use super::carry;
use crate::error::Error;
use crate::job::{Failure, Task};
use crate::request::CityCtx;

/// The kind of the job that matches two editions.
pub const JOB: &str = "match_editions";
/// Old criteria weighed between two reports of progress.
const STEP: usize = 50;

/// Two editions to compare.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct BeginInput {
    /// Made by the client; the same id and body are applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// The old edition.
    #[schema(value_type = String)]
    pub old_id: Uuid,
    /// The new edition.
    #[schema(value_type = String)]
    pub new_id: Uuid,
}

#[derive(Debug, Serialize, Deserialize)]
struct Payload {
    comparison: Uuid,
}

/// A comparison that exists.
///
/// # Errors
/// `comparison_not_found`.
pub async fn find(tx: &ReadTx, id: Uuid) -> Result<Comparison, Error> {
    store::get(tx, id).await.map_err(|error| match error {
        StoreError::NotFound { .. } => Error::new("comparison_not_found"),
        other => other.into(),
    })
}

/// Begins the comparison of two editions; a job matches them.
///
/// # Errors
/// `edition_not_found`, `comparison_same_edition`, `comparison_exists`.
pub async fn begin(ctx: &CityCtx, input: &BeginInput) -> Result<Uuid, Error> {
    let mut tx = ctx.write().await?;
    if let Some(before) = ctx.once(&mut tx, input.command_id, input).await? {
        return Ok(before);
    }
    if input.old_id == input.new_id {
        return Err(Error::invalid("new_id", "comparison_same_edition"));
    }
    for edition in [input.old_id, input.new_id] {
        framework::edition(&tx, edition).await.map_err(crate::framework::known)?;
    }
    let id = Uuid::now_v7();
    let job = tx.enqueue(NewJob { kind: JOB.to_owned(), payload: json!(Payload { comparison: id }), run_at: ctx.moment }).await?;
    let new = Comparison {
        id,
        old: input.old_id,
        new: input.new_id,
        state: ComparisonState::Matching,
        job: Some(job),
        created_at: ctx.moment,
        created_by: ctx.name.clone(),
        carried: None,
        report: None,
        version: 0,
    };
    store::save(&tx, &new).await?;
    tx.audit("comparison.begin", "comparison", &id.to_string(), &json!({ "old": input.old_id, "new": input.new_id }))?;
    tx.event("comparison", &id.to_string(), &[])?;
    ctx.answer_once(&mut tx, input.command_id, &id).await?;
    tx.commit().await?;
    Ok(id)
}

/// Matches the editions of a comparison in the background, saying after every few criteria how far it is.
///
/// # Errors
/// As jobs fail. A comparison that people already work on is left as it is.
pub async fn matching(task: Task) -> Result<serde_json::Value, Failure> {
    let Payload { comparison: id } = task.payload()?;
    let (mut comparison, old, new) = {
        let tx = task.write().await?;
        let comparison = find(&tx, id).await?;
        let (old, new) = sides(&tx, &comparison).await?;
        (comparison, old, new)
    };
    if comparison.state != ComparisonState::Matching {
        return Ok(json!({}));
    }
    let total = i64::try_from(old.len()).unwrap_or(i64::MAX);
    let mut matcher = Matcher::new(&old, &new);
    while matcher.advance(STEP) {
        task.report(i64::try_from(matcher.done()).unwrap_or(total), total, json!({})).await?;
    }
    let links = revised(&old, &new, &[], &matcher.pairs());
    let tx = task.write().await?;
    store::replace_links(&tx, id, &links).await.map_err(Error::from)?;
    comparison.state = ComparisonState::Open;
    store::save(&tx, &comparison).await.map_err(Error::from)?;
    let mut tx = tx;
    tx.event("comparison", &id.to_string(), &[]).map_err(Error::from)?;
    let message = json!({ "links": links.len() });
    task.commit(tx, total, total, message.clone()).await?;
    Ok(message)
}

/// The criteria of both editions as matching sees them.
async fn sides(tx: &ReadTx, comparison: &Comparison) -> Result<(Vec<Standard>, Vec<Standard>), Error> {
    let old = framework::edition(tx, comparison.old).await.map_err(crate::framework::known)?;
    let new = framework::edition(tx, comparison.new).await.map_err(crate::framework::known)?;
    Ok((standards(&old.rules()), standards(&new.rules())))
}

fn place(side: &[Standard], id: Option<CriterionId>) -> Option<usize> {
    side.iter().position(|standard| Some(standard.id) == id)
}

/// The links that follow from these pairs; what was decided before on a link stays, refused pairs are kept as refused.
fn revised(old: &[Standard], new: &[Standard], known: &[ComparisonLink], pairs: &[Pair]) -> Vec<ComparisonLink> {
    let changes = kinds(old, new, pairs);
    let mut links: Vec<ComparisonLink> = changes
        .iter()
        .map(|change| {
            let (before, after) = (change.old.map(|place| old[place].id), change.new.map(|place| new[place].id));
            let known = known.iter().find(|link| link.old == before && link.new == after && link.state != LinkState::Rejected);
            ComparisonLink {
                id: known.map_or_else(Uuid::now_v7, |link| link.id),
                old: before,
                new: after,
                kind: change.kind,
                points_moved: change.points_moved,
                likeness: change.likeness,
                state: known.map_or(LinkState::Proposed, |link| link.state),
                by_hand: known.is_some_and(|link| link.by_hand),
                decided: known.and_then(|link| link.decided.clone()),
            }
        })
        .collect();
    let live: Vec<_> = links.iter().map(|link| (link.old, link.new)).collect();
    let refused = known.iter().filter(|link| link.state == LinkState::Rejected && !live.contains(&(link.old, link.new)));
    links.extend(refused.cloned());
    links
}

/// The pairs that stand.
fn pairs(old: &[Standard], new: &[Standard], links: &[ComparisonLink]) -> Vec<Pair> {
    let standing = links.iter().filter(|link| link.state != LinkState::Rejected);
    standing
        .filter_map(|link| Some(Pair { old: place(old, link.old)?, new: place(new, link.new)?, likeness: link.likeness }))
        .collect()
}

/// What a person decided on links.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LinkDecision {
    /// It is so.
    Confirm,
    /// It is not so; the criteria are then without counterpart until somebody links them otherwise.
    Reject,
    /// Undecided again.
    Reopen,
}

/// A decision on one link or on many.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct LinkDecideInput {
    /// Made by the client; the same id and body are applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// The version of the comparison that the page has seen.
    pub version: i64,
    /// The links.
    #[schema(value_type = Vec<String>)]
    pub links: Vec<Uuid>,
    /// What was decided.
    pub decision: LinkDecision,
}

/// Decides on links, one or many.
///
/// # Errors
/// `comparison_not_found`, `comparison_link_unknown`, `comparison_matching`, `version_conflict`.
pub async fn decide(ctx: &CityCtx, id: Uuid, input: &LinkDecideInput) -> Result<(), Error> {
    let mut tx = ctx.write().await?;
    if ctx.once::<()>(&mut tx, input.command_id, &(id, input)).await?.is_some() {
        return Ok(());
    }
    let mut open = Open::read(&tx, id, input.version).await?;
    for wanted in &input.links {
        let link = open.links.iter_mut().find(|link| link.id == *wanted).ok_or_else(|| Error::new("comparison_link_unknown"))?;
        settle(link, input.decision, ctx.moment, &ctx.name);
    }
    let summary = json!({ "decision": input.decision, "links": input.links.len() });
    open.save(&mut tx, "comparison.decide", &summary).await?;
    ctx.answer_once(&mut tx, input.command_id, &()).await?;
    tx.commit().await?;
    Ok(())
}

fn settle(link: &mut ComparisonLink, decision: LinkDecision, at: Moment, by: &str) {
    let paired = link.old.is_some() && link.new.is_some();
    link.state = match decision {
        LinkDecision::Confirm => LinkState::Confirmed,
        // "New" and "gone" are refused by linking the criterion, not by a word.
        LinkDecision::Reject if paired => LinkState::Rejected,
        LinkDecision::Reject | LinkDecision::Reopen => LinkState::Proposed,
    };
    link.decided = (link.state != LinkState::Proposed).then(|| (at, by.to_owned()));
}

/// From which old criteria a new one comes, as a person says.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RelinkInput {
    /// Made by the client; the same id and body are applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// The version of the comparison that the page has seen.
    pub version: i64,
    /// The new criterion.
    #[schema(value_type = String)]
    pub new_id: CriterionId,
    /// All old criteria that became it, in whole or in part; none: it is new.
    #[schema(value_type = Vec<String>)]
    pub old_ids: Vec<CriterionId>,
}

/// Links a new criterion by hand.
///
/// # Errors
/// `comparison_not_found`, `criterion_not_found`, `comparison_matching`, `version_conflict`.
pub async fn relink(ctx: &CityCtx, id: Uuid, input: &RelinkInput) -> Result<(), Error> {
    let mut tx = ctx.write().await?;
    if ctx.once::<()>(&mut tx, input.command_id, &(id, input)).await?.is_some() {
        return Ok(());
    }
    let mut open = Open::read(&tx, id, input.version).await?;
    let new = place(&open.new, Some(input.new_id)).ok_or_else(|| Error::invalid("new_id", "criterion_not_found"))?;
    let decided = Some((ctx.moment, ctx.name.clone()));
    let meant = |link: &ComparisonLink| link.new == Some(input.new_id) && link.old.is_some();
    for link in open.links.iter_mut().filter(|link| meant(link)) {
        let keeps = link.old.is_some_and(|old| input.old_ids.contains(&old));
        link.state = if keeps { LinkState::Confirmed } else { LinkState::Rejected };
        link.decided.clone_from(&decided);
    }
    for old in &input.old_ids {
        let from = place(&open.old, Some(*old)).ok_or_else(|| Error::invalid("old_ids", "criterion_not_found"))?;
        if open.links.iter().any(|link| meant(link) && link.old == Some(*old)) {
            continue;
        }
        open.links.push(ComparisonLink {
            id: Uuid::now_v7(),
            old: Some(*old),
            new: Some(input.new_id),
            kind: yipanqi_domain::framework::matching::ChangeKind::Reworded,
            points_moved: false,
            likeness: words_alike(&open.old[from].title, &open.new[new].title),
            state: LinkState::Confirmed,
            by_hand: true,
            decided: decided.clone(),
        });
    }
    open.save(&mut tx, "comparison.relink", &json!({ "new": input.new_id, "old": input.old_ids })).await?;
    ctx.answer_once(&mut tx, input.command_id, &()).await?;
    tx.commit().await?;
    Ok(())
}

/// A comparison being worked on.
struct Open {
    comparison: Comparison,
    links: Vec<ComparisonLink>,
    old: Vec<Standard>,
    new: Vec<Standard>,
}

impl Open {
    async fn read(tx: &WriteTx, id: Uuid, version: i64) -> Result<Self, Error> {
        let comparison = find(tx, id).await?;
        if comparison.state == ComparisonState::Matching {
            return Err(Error::new("comparison_matching"));
        }
        if comparison.version != version {
            return Err(Error::new("version_conflict").with("version", comparison.version));
        }
        let (old, new) = sides(tx, &comparison).await?;
        Ok(Self { links: store::links(tx, id).await?, comparison, old, new })
    }

    async fn save(&mut self, tx: &mut WriteTx, action: &str, what: &serde_json::Value) -> Result<(), Error> {
        let pairs = pairs(&self.old, &self.new, &self.links);
        let links = revised(&self.old, &self.new, &self.links, &pairs);
        let id = self.comparison.id;
        store::replace_links(tx, id, &links).await?;
        store::save(tx, &self.comparison).await?;
        tx.audit(action, "comparison", &id.to_string(), what)?;
        tx.event("comparison", &id.to_string(), &[])?;
        Ok(())
    }
}

/// Carrying over.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CarryInput {
    /// Made by the client; the same id and body are applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// The version of the comparison that the page has seen.
    pub version: i64,
}

/// Carries duties, site types, checklists and rules along the confirmed links into the new edition; may be repeated, what
/// was carried before is then found in place.
///
/// # Errors
/// `comparison_not_found`, `comparison_matching`, `edition_frozen`, `version_conflict`.
pub async fn carry(ctx: &CityCtx, id: Uuid, input: &CarryInput) -> Result<(), Error> {
    let mut tx = ctx.write().await?;
    if ctx.once::<()>(&mut tx, input.command_id, &(id, input)).await?.is_some() {
        return Ok(());
    }
    let open = Open::read(&tx, id, input.version).await?;
    let old = framework::edition(&tx, open.comparison.old).await?;
    let new = framework::edition(&tx, open.comparison.new).await?;
    if framework::is_fixed(&tx, &new.row).await? {
        return Err(Error::new("edition_frozen").with("edition", new.row.name.as_str()));
    }
    let frameworks = framework::frameworks(&tx).await?;
    let code = |of: Uuid| frameworks.iter().find(|family| family.id == of).map(|family| family.code.clone()).unwrap_or_default();
    let items = checklist::items(&tx, None).await?;
    let mut plan = carry::plan(&old, &new, &code(new.row.framework), &open.links, &items);
    framework::save_nodes(&tx, new.row.id, &plan.nodes).await?;
    for item in &plan.items {
        checklist::update_item(&tx, item).await?;
    }
    let confirmed = open.links.iter().filter(|link| link.state == LinkState::Confirmed);
    let pairs: Vec<_> = confirmed.filter_map(|link| link.old.zip(link.new)).collect();
    plan.report.carried.duties += crate::duty::actions::carry(ctx, &mut tx, old.row.id, new.row.id, &pairs).await?;
    framework::save_edition(&tx, &new.row).await?;
    let mut comparison = open.comparison;
    comparison.state = ComparisonState::Carried;
    comparison.carried = Some((ctx.moment, ctx.name.clone()));
    comparison.report = Some(serde_json::to_value(&plan.report).map_err(Error::internal)?);
    store::save(&tx, &comparison).await?;
    tx.audit("comparison.carry", "comparison", &id.to_string(), &plan.report.carried)?;
    tx.event("comparison", &id.to_string(), &[])?;
    ctx.answer_once(&mut tx, input.command_id, &()).await?;
    tx.commit().await?;
    Ok(())
}
