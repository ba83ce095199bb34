//! A visit: begun at a site of an open round, items marked one by one, finished when nothing is missing.
//!
//! Only whoever began a visit marks and finishes it. The first finished visit of a site counts; a later one only measures
//! agreement.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Serialize;
use uuid::Uuid;
use yipanqi_domain::access::Role;
use yipanqi_domain::exact::Exact;
use yipanqi_domain::framework::{Edition, Thresholds};
use yipanqi_domain::id::{CommandId, CriterionId, ItemId, RoundId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::offline::{self, Content};
use yipanqi_domain::problem::counted_at;
use yipanqi_domain::round::assignment::Inspector;
use yipanqi_domain::round::{FindingResult, ItemStandard, Misfit, RoundKind, Verdict, VisitPurpose};
use yipanqi_store::checklist::{self, Item, ItemCriterion};
use yipanqi_store::round::{self, FindingRow, Round, RoundSite, VisitRow};
use yipanqi_store::site::{self, Site};
use yipanqi_store::{ReadTx, StoreError, WriteTx, framework, unit};

use super::views::{Based, MarkItem, StartVisit};
use super::{actions, sight};
use crate::error::Error;
use crate::request::{CityCtx, Lang};
use crate::site::checklist::judgement;
use crate::site::units_of;
use crate::words::word;

/// Whether something of a round is or was given to the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Assigned {
    Yes,
    No,
}

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

/// The round, and what a visit made at `made` is to it; why it comes too late is told to whoever is `assigned` there, to
/// others a covert round is not there.
async fn round_at(
    ctx: &CityCtx,
    tx: &ReadTx,
    id: RoundId,
    made: Moment,
    assigned: Assigned,
) -> Result<(Round, VisitPurpose), Error> {
    let round = round::get(tx, id).await.map_err(|error| match error {
        StoreError::NotFound { .. } => Error::new("round_not_found"),
        other => other.into(),
    })?;
    match offline::standing(round.state, round.closed_at, made) {
        Some(purpose) => Ok((round, purpose)),
        None if round.visible() || sight::runs_rounds(ctx) || assigned == Assigned::Yes => {
            let refused = Error::new("round_not_open").with("state", round.state.as_str());
            Err(match round.closed_at {
                Some(closed) => refused.with("closed_at", closed.stored()).with("made_at", made.stored()),
                None => refused,
            })
        }
        None => Err(Error::new("round_not_found")),
    }
}

/// Begins the visit of a site; whoever has one under way there gets that.
///
/// # Errors
/// `round_not_found`, `round_not_open`, `site_not_in_round`, `visit_not_yours` with both sides, `visit_own_unit`.
pub async fn start(ctx: &CityCtx, input: &StartVisit) -> Result<Uuid, Error> {
    let mut tx = ctx.write().await?;
    if let Some(before) = ctx.once(&mut tx, input.command_id, input).await? {
        return Ok(before);
    }
    let (counted, begun) = times(input.started_at, ctx.moment);
    let kept = site::aliases(&tx).await?.kept(input.site_id);
    let me = ctx.actor.person;
    // A phone may know the site by a number that was merged since; in a finished round that keeps its place.
    let place = match round::round_site(&tx, input.round_id, kept).await? {
        Some(place) => Some(place),
        None => round::round_site(&tx, input.round_id, input.site_id).await?,
    };
    let knows = place.as_ref().is_some_and(|place| place.given().knows(me));
    let assigned = if knows { Assigned::Yes } else { Assigned::No };
    let (round, standing) = round_at(ctx, &tx, input.round_id, begun, assigned).await?;
    let place = place.ok_or_else(|| Error::new("site_not_in_round"))?;
    let dropped = match kept == input.site_id {
        true => None,
        false => site::merge::of(&tx, input.site_id).await?,
    };
    let mine_before = dropped
        .iter()
        .flat_map(|merge| &merge.moved.places)
        .filter(|moved| moved.dropped && moved.before.round == round.id)
        .find_map(|moved| moved.before.given().was_of(me, begun));
    let site = site::get(&tx, place.site).await.map_err(|_| Error::new("site_not_found"))?;
    let is_office = ctx.actor.posts.iter().any(|post| post.role == Role::Office);
    let asked = place.given().was_of(me, begun).or(mine_before).or(is_office.then_some(VisitPurpose::Assess));
    let Some(asked) = asked else {
        let refused = Error::new("visit_not_yours");
        return Err(if knows { given_away(&tx, refused, &place, begun).await? } else { refused });
    };
    let inspector = Inspector { person: me, units: ctx.actor.posts.iter().map(|post| post.unit).collect() };
    if !inspector.may_visit(&actions::to_give(&site), &ctx.tree) {
        return Err(Error::new("visit_own_unit"));
    }
    let visits = round::visits_of_place(&tx, round.id, site.id).await?;
    let under_way = visits.iter().find(|visit| visit.inspector == Some(me) && visit.finished_at.is_none());
    let id = match under_way {
        Some(visit) => visit.id,
        None => {
            // Another inspector's finished visit counts; this one is blind to it and measures agreement.
            let assessed = visits.iter().any(|visit| visit.finished_at.is_some() && visit.purpose == VisitPurpose::Assess);
            let second = asked == VisitPurpose::Agreement || assessed;
            let purpose = if standing == VisitPurpose::Assess && second { VisitPurpose::Agreement } else { standing };
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
                started_at: counted,
                finished_at: None,
                longitude,
                latitude,
                accuracy_m: input.accuracy_m.map(i64::from),
                purpose,
                arrived_at: None,
                begun_at: (begun != counted).then_some(begun),
                ended_at: None,
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

/// When something made on a device counts, and when it was really made.
fn times(made_at: Option<Moment>, arrived: Moment) -> (Moment, Moment) {
    (counted_at(made_at, arrived), offline::really_made(made_at, arrived))
}

/// Both sides of a site that went to somebody else before the visit was begun.
async fn given_away(tx: &ReadTx, refused: Error, place: &RoundSite, begun: Moment) -> Result<Error, Error> {
    let refused = refused.with("made_at", begun.stored());
    let refused = match place.given_at {
        Some(at) => refused.with("given_at", at.stored()),
        None => refused,
    };
    Ok(match place.inspector {
        Some(person) => refused.with("given_to", unit::person(tx, person).await?.name),
        None => refused,
    })
}

fn announce(tx: &mut WriteTx, round: &Round, site: &Site, visit: Uuid) -> Result<(), Error> {
    if round.kind != RoundKind::Covert {
        tx.event("visit", &visit.to_string(), &units_of(site))?;
    }
    Ok(())
}

/// The visit with its round, if it is the reader's own and still under way; `made` is when it was really made.
async fn own(ctx: &CityCtx, tx: &ReadTx, id: Uuid, made: Moment) -> Result<(VisitRow, Round), Error> {
    let visit = round::visit(tx, id).await.map_err(known)?;
    if visit.inspector != Some(ctx.actor.person) {
        return Err(Error::new("visit_not_yours"));
    }
    if visit.finished_at.is_some() {
        return Err(Error::new("visit_finished"));
    }
    let (round, purpose) = round_at(ctx, tx, visit.round, made, Assigned::Yes).await?;
    let purpose = if purpose == VisitPurpose::Late { purpose } else { visit.purpose };
    Ok((VisitRow { purpose, ..visit }, round))
}

pub(super) fn known(error: StoreError) -> Error {
    match error {
        StoreError::NotFound { .. } => Error::new("visit_not_found"),
        other => other.into(),
    }
}

/// An item to be marked.
#[derive(Debug, Clone, Serialize)]
pub struct Marking {
    /// Made by the client; the same command is applied once.
    pub command_id: CommandId,
    /// What is to stand there.
    pub content: Content,
    /// What stood there when it was marked.
    pub upon: Upon,
    /// When, by the device's corrected clock; now where a page sends it itself.
    pub made_at: Option<Moment>,
}

/// What a marking was made on top of.
#[derive(Debug, Clone, Serialize)]
pub enum Upon {
    /// Whatever stands there: the page has just shown it.
    Anything,
    /// Nothing had been marked.
    Nothing,
    /// This, as the device knew it.
    Known(Content),
}

impl From<&MarkItem> for Marking {
    fn from(input: &MarkItem) -> Self {
        let result: FindingResult = input.result.clone().into();
        let content = Content {
            phrase: result.picked(&input.phrase),
            result,
            note: input.note.trim().to_owned(),
            media: input.media_ids.clone(),
        };
        Self { command_id: input.command_id, content, upon: Upon::Anything, made_at: None }
    }
}

/// What is to stand there after all.
fn merged(marking: &Marking, standing: Option<&FindingRow>) -> Result<Content, Error> {
    let mine = marking.content.clone();
    let Some(row) = standing else { return Ok(mine) };
    let theirs =
        Content { result: row.result.clone(), phrase: row.phrase.clone(), note: row.note.clone(), media: row.media.clone() };
    let base = match &marking.upon {
        Upon::Anything => return Ok(mine),
        Upon::Nothing if theirs.result == mine.result => {
            Content { phrase: String::new(), note: String::new(), media: Vec::new(), ..mine.clone() }
        }
        Upon::Nothing => return Err(clash(&mine, &theirs, &[offline::ContentField::Result])),
        Upon::Known(base) => base.clone(),
    };
    offline::merge(&base, &mine, &theirs).map_err(|fields| clash(&mine, &theirs, &fields))
}

fn clash(mine: &Content, theirs: &Content, fields: &[offline::ContentField]) -> Error {
    Error::new("finding_clash")
        .with("fields", serde_json::json!(fields))
        .with("mine", serde_json::json!(mine))
        .with("theirs", serde_json::json!(theirs))
}

/// Marks an item of the reader's own visit, or marks it anew; what another device of his marked meanwhile is merged.
///
/// # Errors
/// `visit_not_found`, `visit_not_yours`, `visit_finished`, `item_not_of_site`, `finding_kind_wrong`,
/// `finding_more_than_all`, `finding_reason_missing`, `media_not_found`, `finding_clash` with both sides.
pub async fn mark(ctx: &CityCtx, id: Uuid, item: ItemId, marking: &Marking) -> Result<Uuid, Error> {
    let mut tx = ctx.write().await?;
    if let Some(before) = ctx.once(&mut tx, marking.command_id, &(id, item, marking)).await? {
        return Ok(before);
    }
    let (counted, made) = times(marking.made_at, ctx.moment);
    let (visit, round) = own(ctx, &tx, id, made).await?;
    let site = site::get(&tx, visit.site).await?;
    let items = items(&tx, &site).await?;
    let item = items.iter().find(|known| known.id == item).ok_or_else(|| Error::new("item_not_of_site"))?;
    check(item, &marking.content.result)?;
    if !round::media_missing(&tx, &marking.content.media).await?.is_empty() {
        return Err(Error::new("media_not_found"));
    }
    let before = round::findings_of_visit(&tx, id).await?.into_iter().find(|finding| finding.item == item.id);
    let content = merged(marking, before.as_ref())?;
    let row = FindingRow {
        id: before.as_ref().map_or_else(Uuid::now_v7, |before| before.id),
        visit: id,
        item: item.id,
        phrase: content.phrase,
        note: content.note,
        made_at: counted,
        marked_at: (made != counted).then_some(made),
        problem: before.and_then(|before| before.problem),
        media: content.media,
        result: content.result,
    };
    let meaning = Meaning::of(&tx, &round).await?;
    put(&mut tx, &meaning, item, &row).await?;
    ctx.answer_once(&mut tx, marking.command_id, &row.id).await?;
    tx.commit().await?;
    Ok(row.id)
}

async fn put(tx: &mut WriteTx, meaning: &Meaning, item: &Item, row: &FindingRow) -> Result<(), Error> {
    round::put_finding(tx, row, meaning.verdict(item, &row.result)).await?;
    Ok(tx.audit("finding.mark", "finding", &row.id.to_string(), row)?)
}

/// The checklist of a site.
pub(super) async fn items(tx: &ReadTx, site: &Site) -> Result<Arc<Vec<Item>>, Error> {
    match site.site_type {
        Some(site_type) => Ok(checklist::items(tx, Some(site_type)).await?),
        None => Ok(Arc::default()),
    }
}

/// The per cent that a share observed at a site of this type must reach in the round, by item; others are judged by themselves.
///
/// # Errors
/// The database's.
pub async fn targets(tx: &ReadTx, meaning: &Meaning, site: &Site) -> Result<Vec<(ItemId, Exact)>, Error> {
    let target = |item: &Item| match meaning.standard(item) {
        ItemStandard::Percent { target } => Some((item.id, target)),
        ItemStandard::Everything | ItemStandard::AtLeast { .. } | ItemStandard::Nothing => None,
    };
    Ok(items(tx, site).await?.iter().filter_map(target).collect())
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
            Misfit::Minutes => "finding_minutes_differ",
            Misfit::Phrases => "finding_phrases_differ",
        };
        Error::new(code).with("item", item.code.as_str()).with("judgement", item.judgement_words.as_str())
    })
}

/// A visit to be finished.
#[derive(Debug, Clone, Serialize)]
pub struct Finishing {
    /// Made by the client; the same command is applied once.
    pub command_id: CommandId,
    /// The version that was seen; none where a device does not know what arrived of it.
    pub version: Option<i64>,
    /// When, by the device's corrected clock; now where a page sends it itself.
    pub made_at: Option<Moment>,
    /// The checklist as it was seen on the device; none: as it stands.
    pub seen: Option<Vec<ItemId>>,
}

impl From<Based> for Finishing {
    fn from(based: Based) -> Self {
        Self { command_id: based.command_id, version: Some(based.version), made_at: None, seen: None }
    }
}

/// Why an item has no answer that came onto the list after the visit: kept in Chinese, told in the reader's language.
fn added_since(lang: Lang) -> &'static str {
    word("not_applicable", "added_since", lang)
}

/// The result with the reason in the reader's language, where the server gave the reason.
#[must_use]
pub fn told(result: FindingResult, lang: Lang) -> FindingResult {
    match result {
        FindingResult::NotApplicable { reason } if reason == added_since(Lang::Zh) => {
            FindingResult::NotApplicable { reason: added_since(lang).to_owned() }
        }
        other => other,
    }
}

/// Finishes the reader's own visit: every item has a finding, and where an item asks for it a failure has its photograph.
/// Items that were added to the checklist after it was seen on the device do not apply.
///
/// # Errors
/// `visit_not_yours`, `visit_finished`, `visit_incomplete` and `finding_photo_missing` with the items, `version_conflict`.
pub async fn finish(ctx: &CityCtx, id: Uuid, finishing: &Finishing) -> Result<Uuid, Error> {
    let mut tx = ctx.write().await?;
    if let Some(before) = ctx.once(&mut tx, finishing.command_id, &(id, finishing)).await? {
        return Ok(before);
    }
    let (counted, made) = times(finishing.made_at, ctx.moment);
    let (visit, round) = own(ctx, &tx, id, made).await?;
    let site = site::get(&tx, visit.site).await?;
    let items = items(&tx, &site).await?;
    let meaning = Meaning::of(&tx, &round).await?;
    let mut findings: BTreeMap<ItemId, FindingRow> =
        round::findings_of_visit(&tx, id).await?.into_iter().map(|finding| (finding.item, finding)).collect();
    let current: Vec<ItemId> = items.iter().map(|item| item.id).collect();
    let added = finishing.seen.as_ref().map(|seen| offline::added_since(seen, &current)).unwrap_or_default();
    let unanswered = |item: &&Item| added.contains(&item.id) && !findings.contains_key(&item.id);
    let unanswered: Vec<&Item> = items.iter().filter(unanswered).collect();
    for item in unanswered {
        let row = FindingRow {
            id: Uuid::now_v7(),
            visit: id,
            item: item.id,
            result: FindingResult::NotApplicable { reason: added_since(Lang::Zh).to_owned() },
            phrase: String::new(),
            note: String::new(),
            made_at: counted,
            marked_at: (made != counted).then_some(made),
            problem: None,
            media: Vec::new(),
        };
        put(&mut tx, &meaning, item, &row).await?;
        findings.insert(item.id, row);
    }
    let missing: Vec<&Item> = items.iter().filter(|item| !findings.contains_key(&item.id)).collect();
    if !missing.is_empty() {
        return Err(with_items(Error::new("visit_incomplete"), &missing));
    }
    let unproven = |item: &&Item| {
        let failed = |finding: &FindingRow| meaning.verdict(item, &finding.result).is_some_and(|verdict| !verdict.pass);
        item.photo_on_failure && findings.get(&item.id).is_some_and(|finding| failed(finding) && finding.media.is_empty())
    };
    let unproven: Vec<&Item> = items.iter().filter(unproven).collect();
    if !unproven.is_empty() {
        return Err(with_items(Error::new("finding_photo_missing"), &unproven));
    }
    let visit = VisitRow {
        finished_at: Some(counted),
        ended_at: (made != counted).then_some(made),
        arrived_at: finishing.made_at.map(|_| ctx.moment),
        version: finishing.version.unwrap_or(visit.version),
        ..visit
    };
    round::save_visit(&tx, &visit).await?;
    tx.audit("visit.finish", "visit", &id.to_string(), &visit)?;
    announce(&mut tx, &round, &site, id)?;
    crate::score::figures::ask(&mut tx, round.id).await?;
    ctx.answer_once(&mut tx, finishing.command_id, &id).await?;
    tx.commit().await?;
    Ok(id)
}

/// Adds what is missing where: the count for the sentence, the identities and codes for the page.
fn with_items(error: Error, items: &[&Item]) -> Error {
    let ids: Vec<String> = items.iter().map(|item| item.id.to_string()).collect();
    let codes: Vec<&str> = items.iter().map(|item| item.code.as_str()).collect();
    error.with("count", items.len()).with("items", ids).with("codes", codes)
}
