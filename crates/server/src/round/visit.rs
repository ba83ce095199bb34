//! A visit: begun at a site of an open round, items marked one by one, finished when nothing is missing.
//!
//! Only whoever began a visit marks and finishes it. The first finished visit of a site counts; a later one only measures
//! agreement.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use uuid::Uuid;
use yipanqi_domain::access::Role;
use yipanqi_domain::framework::{Edition, Thresholds};
use yipanqi_domain::id::{CriterionId, ItemId, RoundId};
use yipanqi_domain::problem::counted_at;
use yipanqi_domain::round::assignment::Inspector;
use yipanqi_domain::round::{FindingResult, ItemStandard, Misfit, RoundKind, RoundState, Verdict};
use yipanqi_store::checklist::{self, Item, ItemCriterion};
use yipanqi_store::round::{self, FindingRow, Round, VisitRow};
use yipanqi_store::site::{self, Site};
use yipanqi_store::{ReadTx, StoreError, WriteTx, framework};

use super::views::{Based, MarkItem, StartVisit};
use super::{actions, sight};
use crate::error::Error;
use crate::request::CityCtx;
use crate::site::checklist::judgement;
use crate::site::units_of;

/// The edition of a round, as far as it says what a finding means.
pub struct Meaning {
    thresholds: Thresholds,
    edition: Option<Arc<Edition>>,
    id: Option<Uuid>,
    framework: String,
    criteria: BTreeMap<String, CriterionId>,
}

impl Meaning {
    /// Reads the edition of a round; without one the default thresholds hold.
    ///
    /// # Errors
    /// The database's.
    pub async fn of(tx: &ReadTx, round: &Round) -> Result<Self, Error> {
        let Some(id) = round.edition else {
            let thresholds = Thresholds::default();
            return Ok(Self { thresholds, edition: None, id: None, framework: String::new(), criteria: BTreeMap::new() });
        };
        let tree = framework::edition(tx, id).await?;
        let families = framework::frameworks(tx).await?;
        let family = families.iter().find(|framework| framework.id == tree.row.framework);
        let criteria = tree.nodes.iter().filter(|node| node.is_criterion).map(|node| (node.citation_key.clone(), node.id));
        Ok(Self {
            thresholds: tree.row.settings.thresholds.clone(),
            framework: family.map(|framework| framework.code.clone()).unwrap_or_default(),
            criteria: criteria.collect(),
            id: Some(id),
            edition: Some(framework::rules(tx, id).await?),
        })
    }

    /// The criteria of the edition that an item serves.
    #[must_use]
    pub fn criteria(&self, item: &Item) -> Vec<CriterionId> {
        let found: BTreeSet<CriterionId> = item.criteria.iter().filter_map(|link| self.criterion(link)).collect();
        found.into_iter().collect()
    }

    /// The criterion of the edition that a link means, if it cites this edition, or none but the same framework.
    #[must_use]
    pub fn criterion(&self, link: &ItemCriterion) -> Option<CriterionId> {
        let meant = link.framework == self.framework && link.edition.is_none_or(|edition| Some(edition) == self.id);
        meant.then(|| self.criteria.get(&link.citation_key).copied()).flatten()
    }

    /// What an item asks to pass by itself.
    #[must_use]
    pub fn standard(&self, item: &Item) -> ItemStandard {
        let Some(judgement) = judgement(item) else { return ItemStandard::Everything };
        let criteria = self.criteria(item);
        let rules = (self.edition.iter().flat_map(|edition| edition.criteria()))
            .filter(|(_, criterion)| criteria.contains(&criterion.id))
            .flat_map(|(_, criterion)| criterion.measures.iter().filter_map(|measure| measure.rule.as_ref()));
        ItemStandard::of(judgement, rules)
    }

    /// What a finding of the item means; none if it does not apply.
    #[must_use]
    pub fn verdict(&self, item: &Item, result: &FindingResult) -> Option<Verdict> {
        result.verdict(&self.standard(item), &self.thresholds)
    }
}

async fn open_round(ctx: &CityCtx, tx: &ReadTx, id: RoundId) -> Result<Round, Error> {
    let round = round::get(tx, id).await.map_err(|error| match error {
        StoreError::NotFound { .. } => Error::new("round_not_found"),
        other => other.into(),
    })?;
    match round.state {
        RoundState::Open => Ok(round),
        RoundState::Planned | RoundState::Closed | RoundState::Released if round.visible() || sight::runs_rounds(ctx) => {
            Err(Error::new("round_not_open").with("state", round.state.as_str()))
        }
        RoundState::Planned | RoundState::Closed | RoundState::Released => Err(Error::new("round_not_found")),
    }
}

/// Begins the visit of a site; whoever has one under way there gets that.
///
/// # Errors
/// `round_not_found`, `round_not_open`, `site_not_in_round`, `visit_not_yours`, `visit_own_unit`.
pub async fn start(ctx: &CityCtx, input: &StartVisit) -> Result<Uuid, Error> {
    let mut tx = ctx.write().await?;
    if let Some(before) = ctx.once(&mut tx, input.command_id, input).await? {
        return Ok(before);
    }
    let round = open_round(ctx, &tx, input.round_id).await?;
    let place = round::round_site(&tx, round.id, input.site_id).await?.ok_or_else(|| Error::new("site_not_in_round"))?;
    let site = site::get(&tx, input.site_id).await.map_err(|_| Error::new("site_not_found"))?;
    let me = ctx.actor.person;
    let is_office = ctx.actor.posts.iter().any(|post| post.role == Role::Office);
    if place.inspector.is_some_and(|given| given != me) && !is_office {
        return Err(Error::new("visit_not_yours"));
    }
    let inspector = Inspector { person: me, units: ctx.actor.posts.iter().map(|post| post.unit).collect() };
    if !inspector.may_visit(&actions::to_give(&site), &ctx.tree) {
        return Err(Error::new("visit_own_unit"));
    }
    let visits: Vec<VisitRow> = round::visits(&tx, round.id).await?.into_iter().filter(|visit| visit.site == site.id).collect();
    let under_way = visits.iter().find(|visit| visit.inspector == Some(me) && visit.finished_at.is_none());
    let id = match under_way {
        Some(visit) => visit.id,
        None => {
            let (longitude, latitude) = match input.position.map(|place| place.stored()) {
                Some(Some((longitude, latitude))) => (Some(longitude), Some(latitude)),
                Some(None) => return Err(Error::invalid("position", "not_understood")),
                None => (None, None),
            };
            let visit = VisitRow {
                id: Uuid::now_v7(),
                round: round.id,
                site: site.id,
                inspector: Some(me),
                ordinal: visits.last().map_or(0, |last| last.ordinal) + 1,
                started_at: counted_at(input.started_at, ctx.moment),
                finished_at: None,
                longitude,
                latitude,
                version: 0,
            };
            round::add_visit(&tx, &visit).await?;
            tx.audit("visit.start", "visit", &visit.id.to_string(), &visit)?;
            announce(&mut tx, &round, &site, visit.id)?;
            visit.id
        }
    };
    ctx.answer_once(&mut tx, input.command_id, &id).await?;
    tx.commit().await?;
    Ok(id)
}

fn announce(tx: &mut WriteTx, round: &Round, site: &Site, visit: Uuid) -> Result<(), Error> {
    if round.kind != RoundKind::Covert {
        tx.event("visit", &visit.to_string(), &units_of(site))?;
    }
    Ok(())
}

/// The visit with its round, if it is the reader's own and still under way.
async fn own(ctx: &CityCtx, tx: &ReadTx, id: Uuid) -> Result<(VisitRow, Round), Error> {
    let visit = round::visit(tx, id).await.map_err(known)?;
    if visit.inspector != Some(ctx.actor.person) {
        return Err(Error::new("visit_not_yours"));
    }
    if visit.finished_at.is_some() {
        return Err(Error::new("visit_finished"));
    }
    let round = open_round(ctx, tx, visit.round).await?;
    Ok((visit, round))
}

pub(super) fn known(error: StoreError) -> Error {
    match error {
        StoreError::NotFound { .. } => Error::new("visit_not_found"),
        other => other.into(),
    }
}

/// Marks an item of the reader's own visit, or marks it anew.
///
/// # Errors
/// `visit_not_found`, `visit_not_yours`, `visit_finished`, `item_not_of_site`, `finding_kind_wrong`,
/// `finding_more_than_all`, `finding_reason_missing`, `media_not_found`.
pub async fn mark(ctx: &CityCtx, id: Uuid, item: ItemId, input: &MarkItem) -> Result<Uuid, Error> {
    let mut tx = ctx.write().await?;
    if let Some(before) = ctx.once(&mut tx, input.command_id, &(id, item, input)).await? {
        return Ok(before);
    }
    let (visit, round) = own(ctx, &tx, id).await?;
    let site = site::get(&tx, visit.site).await?;
    let items = items(&tx, &site).await?;
    let item = items.iter().find(|known| known.id == item).ok_or_else(|| Error::new("item_not_of_site"))?;
    let result: FindingResult = input.result.clone().into();
    check(item, &result)?;
    if !round::media_missing(&tx, &input.media_ids).await?.is_empty() {
        return Err(Error::new("media_not_found"));
    }
    let before = round::findings_of_visit(&tx, id).await?.into_iter().find(|finding| finding.item == item.id);
    let row = FindingRow {
        id: before.as_ref().map_or_else(Uuid::now_v7, |before| before.id),
        visit: id,
        item: item.id,
        phrase: input.phrase.trim().to_owned(),
        note: input.note.trim().to_owned(),
        made_at: ctx.moment,
        problem: before.and_then(|before| before.problem),
        media: input.media_ids.clone(),
        result,
    };
    let verdict = Meaning::of(&tx, &round).await?.verdict(item, &row.result);
    round::put_finding(&tx, &row, verdict).await?;
    tx.audit("finding.mark", "finding", &row.id.to_string(), &row)?;
    ctx.answer_once(&mut tx, input.command_id, &row.id).await?;
    tx.commit().await?;
    Ok(row.id)
}

/// The checklist of a site.
pub(super) async fn items(tx: &ReadTx, site: &Site) -> Result<Arc<Vec<Item>>, Error> {
    match site.site_type {
        Some(site_type) => Ok(checklist::items(tx, Some(site_type)).await?),
        None => Ok(Arc::default()),
    }
}

/// Whether the result can be a finding of the item.
fn check(item: &Item, result: &FindingResult) -> Result<(), Error> {
    if let FindingResult::NotApplicable { reason } = result
        && reason.trim().is_empty()
    {
        return Err(Error::invalid("reason", "finding_reason_missing"));
    }
    let Some(judgement) = judgement(item) else { return Ok(()) };
    result.fits(judgement).map_err(|misfit| {
        let code = match misfit {
            Misfit::Kind => "finding_kind_wrong",
            Misfit::MoreThanAll => "finding_more_than_all",
        };
        Error::new(code).with("item", item.code.as_str()).with("judgement", item.judgement_words.as_str())
    })
}

/// Finishes the reader's own visit: every item has a finding, and where an item asks for it a failure has its photograph.
///
/// # Errors
/// `visit_not_yours`, `visit_finished`, `visit_incomplete` and `finding_photo_missing` with the items, `version_conflict`.
pub async fn finish(ctx: &CityCtx, id: Uuid, based: Based) -> Result<Uuid, Error> {
    let mut tx = ctx.write().await?;
    if let Some(before) = ctx.once(&mut tx, based.command_id, &(id, based)).await? {
        return Ok(before);
    }
    let (visit, round) = own(ctx, &tx, id).await?;
    let site = site::get(&tx, visit.site).await?;
    let items = items(&tx, &site).await?;
    let findings: BTreeMap<ItemId, FindingRow> =
        round::findings_of_visit(&tx, id).await?.into_iter().map(|finding| (finding.item, finding)).collect();
    let missing: Vec<&Item> = items.iter().filter(|item| !findings.contains_key(&item.id)).collect();
    if !missing.is_empty() {
        return Err(with_items(Error::new("visit_incomplete"), &missing));
    }
    let meaning = Meaning::of(&tx, &round).await?;
    let unproven = |item: &&Item| {
        let failed = |finding: &FindingRow| meaning.verdict(item, &finding.result).is_some_and(|verdict| !verdict.pass);
        item.photo_on_failure && findings.get(&item.id).is_some_and(|finding| failed(finding) && finding.media.is_empty())
    };
    let unproven: Vec<&Item> = items.iter().filter(unproven).collect();
    if !unproven.is_empty() {
        return Err(with_items(Error::new("finding_photo_missing"), &unproven));
    }
    let visit = VisitRow { finished_at: Some(ctx.moment), version: based.version, ..visit };
    round::save_visit(&tx, &visit).await?;
    tx.audit("visit.finish", "visit", &id.to_string(), &visit)?;
    announce(&mut tx, &round, &site, id)?;
    crate::score::figures::ask(&mut tx, round.id).await?;
    ctx.answer_once(&mut tx, based.command_id, &id).await?;
    tx.commit().await?;
    Ok(id)
}

/// Adds what is missing where: the count for the sentence, the identities and codes for the page.
fn with_items(error: Error, items: &[&Item]) -> Error {
    let ids: Vec<String> = items.iter().map(|item| item.id.to_string()).collect();
    let codes: Vec<&str> = items.iter().map(|item| item.code.as_str()).collect();
    error.with("count", items.len()).with("items", ids).with("codes", codes)
}
