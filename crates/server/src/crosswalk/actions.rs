//! Suggesting, linking, deciding.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;
use yipanqi_domain::framework::matching::{Matcher, standards, words_alike};
use yipanqi_domain::id::{CommandId, CriterionId};
use yipanqi_store::comparison::LinkState;
use yipanqi_store::crosswalk::{self as store, CrosswalkKind, CrosswalkLink};
use yipanqi_store::framework::{self, EditionTree};
use yipanqi_store::{ReadTx, checklist};

use crate::error::Error;
use crate::request::CityCtx;

/// Items that serve two criteria make a suggestion from this many on.
const ITEMS: u32 = 2;
/// Words alone make a suggestion from this likeness on, per mille; with a common item from half of it.
const WORDS: u32 = 360;

/// Two editions.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SuggestInput {
    /// Made by the client; the same id and body are applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// One edition.
    #[schema(value_type = String)]
    pub one_id: Uuid,
    /// The other edition.
    #[schema(value_type = String)]
    pub other_id: Uuid,
}

/// Suggests links between two editions; what people decided stays, what nobody decided is suggested anew. Gives how many.
///
/// # Errors
/// `edition_not_found`, `crosswalk_same_edition`.
pub async fn suggest(ctx: &CityCtx, input: &SuggestInput) -> Result<u64, Error> {
    let mut tx = ctx.write().await?;
    if let Some(before) = ctx.once(&mut tx, input.command_id, input).await? {
        return Ok(before);
    }
    if input.one_id == input.other_id {
        return Err(Error::invalid("other_id", "crosswalk_same_edition"));
    }
    let one = framework::edition(&tx, input.one_id).await.map_err(crate::framework::known)?;
    let other = framework::edition(&tx, input.other_id).await.map_err(crate::framework::known)?;
    let known = store::between(&tx, input.one_id, input.other_id).await?;
    store::forget_proposed(&tx, &known).await?;
    let decided: BTreeSet<BTreeSet<CriterionId>> = known
        .iter()
        .filter(|link| link.state != LinkState::Proposed)
        .map(|link| BTreeSet::from([link.one.1, link.other.1]))
        .collect();
    let mut links = Vec::new();
    for (pair, shared) in candidates(&tx, &one, &other).await? {
        if decided.contains(&BTreeSet::from([pair.0, pair.1])) {
            continue;
        }
        links.push(CrosswalkLink {
            id: Uuid::now_v7(),
            one: (one.row.id, pair.0),
            other: (other.row.id, pair.1),
            kind: shared.kind,
            state: LinkState::Proposed,
            likeness: shared.likeness,
            shared_items: shared.items,
            note: String::new(),
            decided: None,
            version: 0,
        });
    }
    store::add(&tx, &links).await?;
    let count = links.len() as u64;
    tx.audit("crosswalk.suggest", "edition", &input.one_id.to_string(), &json!({ "with": input.other_id, "links": count }))?;
    tx.event("crosswalk", &input.one_id.to_string(), &[])?;
    ctx.answer_once(&mut tx, input.command_id, &count).await?;
    tx.commit().await?;
    Ok(count)
}

/// What speaks for a link.
struct Shared {
    items: u32,
    likeness: u32,
    kind: CrosswalkKind,
}

/// Pairs of criteria that share checklist items or words.
async fn candidates(
    tx: &ReadTx,
    one: &EditionTree,
    other: &EditionTree,
) -> Result<BTreeMap<(CriterionId, CriterionId), Shared>, Error> {
    let of = |tree: &EditionTree, links: &[checklist::ItemCriterion]| -> BTreeSet<CriterionId> {
        let cited =
            links.iter().filter(|link| link.edition == Some(tree.row.id)).filter_map(|link| tree.cited(&link.citation_key));
        cited.filter(|node| node.is_criterion).map(|node| node.id).collect()
    };
    let (mut left, mut right): (BTreeMap<CriterionId, u32>, BTreeMap<CriterionId, u32>) = Default::default();
    let mut both: BTreeMap<(CriterionId, CriterionId), u32> = BTreeMap::new();
    for item in checklist::items(tx, None).await?.iter() {
        let (mine, theirs) = (of(one, &item.criteria), of(other, &item.criteria));
        for id in &mine {
            *left.entry(*id).or_default() += 1;
        }
        for id in &theirs {
            *right.entry(*id).or_default() += 1;
        }
        for id in &mine {
            for twin in &theirs {
                *both.entry((*id, *twin)).or_default() += 1;
            }
        }
    }
    let (ours, theirs) = (standards(&one.rules()), standards(&other.rules()));
    let mut alike: BTreeMap<(CriterionId, CriterionId), u32> = BTreeMap::new();
    for pair in Matcher::new(&ours, &theirs).pairs() {
        alike.insert((ours[pair.old].id, theirs[pair.new].id), pair.likeness);
    }
    let title = |tree: &EditionTree, id: CriterionId| {
        tree.nodes.iter().find(|node| node.id == id).map(|node| node.title.clone()).unwrap_or_default()
    };
    let pairs: BTreeSet<_> = both.keys().chain(alike.keys()).copied().collect();
    let mut found = BTreeMap::new();
    for pair in pairs {
        let items = both.get(&pair).copied().unwrap_or(0);
        let likeness = alike.get(&pair).copied().unwrap_or_else(|| words_alike(&title(one, pair.0), &title(other, pair.1)));
        if items >= ITEMS || likeness >= WORDS || (items > 0 && likeness >= WORDS / 2) {
            let kind = kind(items, left.get(&pair.0).copied(), right.get(&pair.1).copied(), likeness);
            found.insert(pair, Shared { items, likeness, kind });
        }
    }
    Ok(found)
}

/// If all items of one side are among the other's, it asks a part of what the other asks.
fn kind(items: u32, left: Option<u32>, right: Option<u32>, likeness: u32) -> CrosswalkKind {
    let (all_left, all_right) = (left == Some(items), right == Some(items));
    match (items > 0, all_left, all_right) {
        (true, true, true) => CrosswalkKind::Same,
        (true, true, false) => CrosswalkKind::Narrower,
        (true, false, true) => CrosswalkKind::Wider,
        (true, false, false) | (false, _, _) if likeness >= 800 => CrosswalkKind::Same,
        (true, false, false) | (false, _, _) => CrosswalkKind::Related,
    }
}

/// A link made by hand.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct LinkInput {
    /// Made by the client; the same id and body are applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// Edition of the first criterion.
    #[schema(value_type = String)]
    pub one_id: Uuid,
    /// The first criterion.
    #[schema(value_type = String)]
    pub one_criterion_id: CriterionId,
    /// Edition of the second criterion.
    #[schema(value_type = String)]
    pub other_id: Uuid,
    /// The second criterion.
    #[schema(value_type = String)]
    pub other_criterion_id: CriterionId,
    /// What the first is to the second: `same`, `narrower`, `wider` or `related`.
    #[schema(value_type = String)]
    pub kind: CrosswalkKind,
    /// A remark.
    #[serde(default)]
    pub note: String,
}

/// Links two criteria by hand; the link is confirmed by that.
///
/// # Errors
/// `edition_not_found`, `criterion_not_found`, `crosswalk_same_edition`, `crosswalk_exists`.
pub async fn link(ctx: &CityCtx, input: &LinkInput) -> Result<(), Error> {
    let mut tx = ctx.write().await?;
    if ctx.once::<()>(&mut tx, input.command_id, input).await?.is_some() {
        return Ok(());
    }
    if input.one_id == input.other_id {
        return Err(Error::invalid("other_id", "crosswalk_same_edition"));
    }
    let one = framework::edition(&tx, input.one_id).await.map_err(crate::framework::known)?;
    let other = framework::edition(&tx, input.other_id).await.map_err(crate::framework::known)?;
    let find = |tree: &EditionTree, id: CriterionId, field: &str| {
        let node = tree.nodes.iter().find(|node| node.id == id && node.is_criterion).cloned();
        node.ok_or_else(|| Error::invalid(field, "criterion_not_found"))
    };
    let first = find(&one, input.one_criterion_id, "one_criterion_id")?;
    let second = find(&other, input.other_criterion_id, "other_criterion_id")?;
    let pair = BTreeSet::from([first.id, second.id]);
    let known = store::between(&tx, input.one_id, input.other_id).await?;
    if known.iter().any(|link| BTreeSet::from([link.one.1, link.other.1]) == pair) {
        return Err(Error::new("crosswalk_exists"));
    }
    let new = CrosswalkLink {
        id: Uuid::now_v7(),
        one: (input.one_id, first.id),
        other: (input.other_id, second.id),
        kind: input.kind,
        state: LinkState::Confirmed,
        likeness: words_alike(&first.title, &second.title),
        shared_items: 0,
        note: input.note.trim().to_owned(),
        decided: Some((ctx.moment, ctx.name.clone())),
        version: 0,
    };
    store::add(&tx, std::slice::from_ref(&new)).await?;
    tx.audit("crosswalk.link", "crosswalk", &new.id.to_string(), input)?;
    tx.event("crosswalk", &new.id.to_string(), &[])?;
    ctx.answer_once(&mut tx, input.command_id, &()).await?;
    tx.commit().await?;
    Ok(())
}

/// A link as seen on the page, decided on.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct DecidedLink {
    /// The link.
    #[schema(value_type = String)]
    pub id: Uuid,
    /// The version that the page has seen.
    pub version: i64,
    /// `same`, `narrower`, `wider` or `related`.
    #[schema(value_type = String)]
    pub kind: CrosswalkKind,
}

/// Decisions on links, one or many.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct DecideLinks {
    /// Made by the client; the same id and body are applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// One edition.
    #[schema(value_type = String)]
    pub one_id: Uuid,
    /// The other edition.
    #[schema(value_type = String)]
    pub other_id: Uuid,
    /// The links.
    pub links: Vec<DecidedLink>,
    /// `proposed`, `confirmed` or `rejected`.
    #[schema(value_type = String)]
    pub state: LinkState,
}

/// Confirms, refuses or reopens links.
///
/// # Errors
/// `crosswalk_not_found`, `version_conflict`.
pub async fn decide(ctx: &CityCtx, input: &DecideLinks) -> Result<(), Error> {
    let mut tx = ctx.write().await?;
    if ctx.once::<()>(&mut tx, input.command_id, input).await?.is_some() {
        return Ok(());
    }
    let known = store::between(&tx, input.one_id, input.other_id).await?;
    for wanted in &input.links {
        let link = known.iter().find(|link| link.id == wanted.id).ok_or_else(|| Error::new("crosswalk_not_found"))?;
        let decided = (input.state != LinkState::Proposed).then(|| (ctx.moment, ctx.name.clone()));
        let changed = CrosswalkLink { kind: wanted.kind, state: input.state, decided, version: wanted.version, ..link.clone() };
        store::save(&tx, &changed).await?;
    }
    tx.audit("crosswalk.decide", "edition", &input.one_id.to_string(), input)?;
    tx.event("crosswalk", &input.one_id.to_string(), &[])?;
    ctx.answer_once(&mut tx, input.command_id, &()).await?;
    tx.commit().await?;
    Ok(())
}
