//! What a person takes along: the sites to be visited with their checklists and past problems, the problems to be put right.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};

use serde::Serialize;
use sha2::{Digest as _, Sha256};
use yipanqi_domain::access::{Reach, Right};
use yipanqi_domain::id::{RoundId, SiteId};
use yipanqi_domain::problem::CommandKind;
use yipanqi_store::pack::{self, Manifest, Pack};
use yipanqi_store::problem::{Kept, ProblemSort};
use yipanqi_store::site::{Site, SiteFilter, SiteSort};
use yipanqi_store::{ReadTx, media, problem, round, site};

use super::views::{PackChecklist, PackFinding, PackProblem, PackTarget, PackVisit, Pull, PullAnswer, Tombstone};
use crate::error::Error;
use crate::patrol::views::PackPatrol;
use crate::problem::query::ProblemQuery;
use crate::problem::rules::{self, Rules};
use crate::request::CityCtx;
use crate::round::visit::{Meaning, targets};
use crate::round::{RoundRef, state_word, visits};
use crate::site::views::Position;
use crate::site::{Names, checklist};

/// Problems shown of a site to whoever visits it.
const PAST: usize = 20;
/// Problems a person takes along.
const PROBLEMS: u64 = 200;

/// The difference to what the device has, and from now on it has that.
///
/// It is gathered in a reader's snapshot: the writer is asked for only to note what was given.
///
/// # Errors
/// `sync_person_other`, the database's.
pub async fn pull(ctx: &CityCtx, input: &Pull) -> Result<PullAnswer, Error> {
    super::actions::of_person(ctx, input.person_id)?;
    let _turn = ctx.city.outgoing_turn().await;
    let (answer, given) = difference(ctx, &ctx.read().await?, input).await?;
    let tx = ctx.write().await?;
    let asked_twice = pack::get(&tx, ctx.actor.person, &input.device).await?.cursor + 1 != given.cursor;
    let (answer, given) = if asked_twice { difference(ctx, &tx, input).await? } else { (answer, given) };
    pack::put(&tx, ctx.actor.person, &input.device, &given).await?;
    tx.commit().await?;
    Ok(answer)
}

async fn difference(ctx: &CityCtx, tx: &ReadTx, input: &Pull) -> Result<(PullAnswer, Pack), Error> {
    let had = pack::get(tx, ctx.actor.person, &input.device).await?;
    let before = if input.cursor == had.cursor && input.cursor > 0 {
        Some(&had.manifest)
    } else if input.cursor > 0 && input.cursor + 1 == had.cursor {
        Some(&had.earlier)
    } else {
        None
    };
    let names = Names::read(tx).await?;
    let visits = visits_of(ctx, tx, &names).await?;
    let checklists = checklists_of(tx, &names, &visits).await?;
    let problems = problems_of(ctx, tx, &names).await?;
    let patrols = patrols_of(ctx, tx).await?;
    let mut manifest = Manifest::new();
    let empty = Manifest::new();
    let known = before.unwrap_or(&empty);
    let answer = PullAnswer {
        cursor: had.cursor + 1,
        reset: before.is_none(),
        visits: changed("visit", visits, |visit| visit.id.clone(), known, &mut manifest)?,
        checklists: changed("checklist", checklists, |list| list.id.to_string(), known, &mut manifest)?,
        problems: changed("problem", problems, |problem| problem.id.to_string(), known, &mut manifest)?,
        patrols: changed("patrol", patrols, |patrol| patrol.id.to_string(), known, &mut manifest)?,
        removed: Vec::new(),
    };
    let gone = known.keys().filter(|key| !manifest.contains_key(*key)).filter_map(|key| key.split_once('/'));
    let removed = gone.map(|(kind, id)| Tombstone { kind: kind.to_owned(), id: id.to_owned() }).collect();
    let given = Pack { cursor: answer.cursor, manifest, earlier: before.cloned().unwrap_or_default() };
    Ok((PullAnswer { removed, ..answer }, given))
}

/// Notes every record and leaves those that the device has not got as they are.
fn changed<T: Serialize>(
    kind: &str,
    records: Vec<T>,
    id: impl Fn(&T) -> String,
    known: &Manifest,
    manifest: &mut Manifest,
) -> Result<Vec<T>, Error> {
    let mut news = Vec::new();
    for record in records {
        let hash = hex::encode(&Sha256::digest(serde_json::to_vec(&record).map_err(Error::internal)?)[..16]);
        let key = format!("{kind}/{}", id(&record));
        if known.get(&key) != Some(&hash) {
            news.push(record);
        }
        manifest.insert(key, hash);
    }
    Ok(news)
}

async fn visits_of(ctx: &CityCtx, tx: &ReadTx, names: &Names) -> Result<Vec<PackVisit>, Error> {
    let waiting = round::waiting(tx, ctx.actor.person).await?;
    let mut sites: HashMap<SiteId, Site> = HashMap::new();
    for chunk in waiting.chunks(500) {
        let filter = SiteFilter { ids: chunk.iter().map(|waiting| waiting.site).collect(), ..SiteFilter::default() };
        let (found, _) = site::list(tx, &filter, SiteSort::default(), 0, 500).await?;
        sites.extend(found.into_iter().map(|site| (site.id, site)));
    }
    let aliases = site::aliases(tx).await?;
    let waiting_for = sites.keys().copied().collect();
    let merged: Vec<SiteId> = aliases.families(&waiting_for).into_iter().filter(|id| !sites.contains_key(id)).collect();
    let mut older: HashMap<SiteId, Vec<String>> = HashMap::new();
    for entry in site::get_all(tx, &merged).await? {
        older.entry(aliases.kept(entry.id)).or_default().push(entry.code);
    }
    let mut meanings: HashMap<RoundId, Meaning> = HashMap::new();
    let mut packed = Vec::with_capacity(waiting.len());
    for (order, waiting) in (1..).zip(&waiting) {
        let Some(site) = sites.get(&waiting.site) else { continue };
        let mut findings = Vec::new();
        let mine =
            waiting.visit.as_ref().filter(|visit| visit.inspector == Some(ctx.actor.person) && visit.finished_at.is_none());
        if let Some(visit) = mine {
            for finding in visits::findings(tx, visit.id, ctx.lang).await? {
                let mut photos = Vec::with_capacity(finding.media_ids.len());
                for id in &finding.media_ids {
                    photos.push(media::find(tx, *id).await?.sha256);
                }
                findings.push(PackFinding { finding, photos });
            }
        }
        let meaning = match meanings.entry(waiting.round.id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => place.insert(Meaning::of(tx, &waiting.round).await?),
        };
        let targets = targets(tx, meaning, site).await?;
        let past = problem::at_site(tx, site.id).await?;
        packed.push(PackVisit {
            id: format!("{}-{}", waiting.round.id, site.id),
            round: RoundRef::from(&waiting.round),
            site: names.site(site),
            older_codes: older.get(&site.id).cloned().unwrap_or_default(),
            address: site.address.clone(),
            position: Position::of(site.longitude, site.latitude),
            checklist_id: site.site_type,
            state: state_word(waiting.visit.as_ref()).to_owned(),
            visit_id: waiting.visit.as_ref().map(|visit| visit.id),
            visit_on: waiting.visit_on,
            findings,
            targets: targets.into_iter().map(|(item_id, percent)| PackTarget { item_id, percent }).collect(),
            past_problems: past
                .iter()
                .filter(|kept| !crate::problem::actions::hides(ctx, kept))
                .filter(|kept| !crate::round::hides_problem(ctx, &waiting.round, kept))
                .take(PAST)
                .map(|kept| names.problem(kept))
                .collect(),
            order,
        });
    }
    Ok(packed)
}

async fn checklists_of(tx: &ReadTx, names: &Names, visits: &[PackVisit]) -> Result<Vec<PackChecklist>, Error> {
    let wanted: BTreeSet<_> = visits.iter().filter_map(|visit| visit.checklist_id).collect();
    let mut lists = Vec::with_capacity(wanted.len());
    for id in wanted {
        let name = names.site_type(Some(id)).map(|known| known.name.clone()).unwrap_or_default();
        lists.push(PackChecklist { id, name, items: checklist::of_type(tx, Some(id)).await? });
    }
    Ok(lists)
}

/// What the person has to walk today and in the days to come; a year without calendar keeps nobody from the rest.
async fn patrols_of(ctx: &CityCtx, tx: &ReadTx) -> Result<Vec<PackPatrol>, Error> {
    match crate::patrol::actions::ahead(ctx, tx).await {
        Err(error) if error.code() == "calendar_year_missing" => Ok(Vec::new()),
        ahead => ahead,
    }
}

/// What the person has to put right: problems of their units in which the next step is theirs.
async fn problems_of(ctx: &CityCtx, tx: &ReadTx, names: &Names) -> Result<Vec<PackProblem>, Error> {
    let ctx = CityCtx { right: Some(Right::ViewProblem), ..ctx.clone() };
    if ctx.reach() == Reach::Nothing {
        return Ok(Vec::new());
    }
    let rules = Rules::load(tx, ctx.moment).await?;
    let filter = ProblemQuery { view: "mine".to_owned(), ..ProblemQuery::default() }.filter(&ctx, &rules)?;
    let mut packed = Vec::new();
    for kept in problem::list(tx, &filter, ProblemSort::default(), 0, PROBLEMS).await? {
        let one = packed_problem(&ctx, tx, &rules, names, &kept).await?;
        let own = [CommandKind::Acknowledge, CommandKind::Rectify, CommandKind::Submit];
        if one.allowed.iter().any(|open| own.contains(open)) {
            packed.push(one);
        }
    }
    Ok(packed)
}

async fn packed_problem(ctx: &CityCtx, tx: &ReadTx, rules: &Rules, names: &Names, kept: &Kept) -> Result<PackProblem, Error> {
    let actor = rules::actor(ctx, tx, Some(&kept.problem)).await?;
    let context = rules.context(&ctx.tree, None, None);
    let brief = names.problem(kept);
    let place = match kept.problem.site {
        Some(site) => site::get(tx, site).await?.name,
        None => kept.facts.place_text.clone(),
    };
    Ok(PackProblem {
        id: kept.problem.id,
        number: crate::problem::views::text_number(kept, &rules.calendar),
        version: kept.problem.version,
        title: kept.facts.title.clone(),
        description: kept.facts.description.clone(),
        state: kept.problem.state,
        place,
        position: Position::of(kept.facts.longitude, kept.facts.latitude),
        due_at: brief.due_at,
        requires_after_photo: kept.problem.requires_after_photo,
        before: kept.problem.before_photos.clone(),
        after: kept.problem.after_photos.clone(),
        allowed: kept.problem.allowed(&actor, &context, ctx.moment).into_iter().map(|open| open.command).collect(),
    })
}
