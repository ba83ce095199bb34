//! Who may be drawn for which site: fixed together with the frame, from the posts of the day and the last visits.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use yipanqi_domain::access::Role;
use yipanqi_domain::id::{PersonId, SiteId};
use yipanqi_domain::round::assignment::Inspector;
use yipanqi_domain::round::draw::{Bar, Impossible, Roster};
use yipanqi_store::round::{self, Draw};
use yipanqi_store::site::Site;
use yipanqi_store::{ReadTx, unit};

use super::actions::to_give;
use crate::error::Error;
use crate::request::CityCtx;

/// Sites that are named in a refusal.
const NAMED: usize = 20;

/// The inspectors with the units of all posts that they hold today.
///
/// # Errors
/// `inspector_unknown`, or the database's.
pub async fn inspectors(ctx: &CityCtx, tx: &ReadTx, people: &[PersonId]) -> Result<Vec<Inspector>, Error> {
    let posts = unit::posts(tx, None, ctx.today()).await?;
    let mut inspectors = Vec::with_capacity(people.len());
    for person in people.iter().copied().collect::<BTreeSet<_>>() {
        let held = || posts.iter().filter(move |post| post.person == person);
        if !held().any(|post| post.role == Role::Inspector) {
            return Err(Error::invalid("inspectors", "inspector_unknown"));
        }
        inspectors.push(Inspector { person, units: held().map(|post| post.unit).collect() });
    }
    Ok(inspectors)
}

/// The roster of a draw; none if nobody is named. Refused if somebody's site could be given to nobody, before anything is
/// published: a draw that fails afterwards could be repeated until it pleases.
///
/// # Errors
/// `inspector_unknown`, `draw_impossible` with the sites and, of each inspector, why not.
pub async fn of(
    ctx: &CityCtx,
    tx: &ReadTx,
    people: &[PersonId],
    sites: &[Site],
    must: &[Site],
    repeat_pairs: bool,
) -> Result<Option<Roster>, Error> {
    if people.is_empty() {
        return Ok(None);
    }
    let inspectors = inspectors(ctx, tx, people).await?;
    let last = if repeat_pairs { HashMap::new() } else { round::last_inspectors(tx).await? };
    let mut roster = Roster { must: must.iter().map(|site| site.code.clone()).collect(), ..Roster::default() };
    for inspector in &inspectors {
        let mut barred = BTreeMap::new();
        for site in must.iter().chain(sites) {
            if !inspector.may_visit(&to_give(site), &ctx.tree) {
                barred.insert(site.code.clone(), Bar::OwnUnit);
            } else if last.get(&site.id) == Some(&inspector.person) {
                barred.insert(site.code.clone(), Bar::LastTime);
            }
        }
        roster.inspectors.insert(inspector.person.to_string(), barred);
    }
    let impossible = roster.impossible(must.iter().chain(sites).map(|site| &site.code));
    if impossible.is_empty() { Ok(Some(roster)) } else { Err(refused(tx, &impossible).await?) }
}

async fn refused(tx: &ReadTx, impossible: &[Impossible]) -> Result<Error, Error> {
    let names: HashMap<String, String> =
        unit::persons(tx).await?.into_iter().map(|person| (person.id.to_string(), person.name)).collect();
    let name = |key: &String| names.get(key).cloned().unwrap_or_else(|| key.clone());
    let sites = impossible.iter().take(NAMED).map(|one| {
        let inspectors = one.bars.iter().map(|(key, bar)| serde_json::json!({ "name": name(key), "bar": bar }));
        serde_json::json!({ "code": one.site, "inspectors": inspectors.collect::<Vec<_>>() })
    });
    let sites: Vec<serde_json::Value> = sites.collect();
    let first = impossible.first();
    let with = |wanted: Bar| {
        let bars = first.into_iter().flat_map(|one| &one.bars);
        let named: Vec<String> = bars.filter(|(_, bar)| **bar == wanted).map(|(key, _)| name(key)).collect();
        if named.is_empty() { "—".to_owned() } else { named.join("、") }
    };
    Ok(Error::new("draw_impossible")
        .with("count", impossible.len())
        .with("site", first.map(|one| one.site.clone()).unwrap_or_default())
        .with("own", with(Bar::OwnUnit))
        .with("last", with(Bar::LastTime))
        .with("sites", sites))
}

/// Who was drawn for which of these sites.
#[must_use]
pub fn given(draw: &Draw, sites: &[Site]) -> BTreeMap<SiteId, PersonId> {
    (sites.iter()).filter_map(|site| Some((site.id, draw.given.get(&site.code)?.parse().ok()?))).collect()
}
