//! Whether a draw is what was published, what was logged, and what the round really consists of.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use yipanqi_domain::audit::Head;
use yipanqi_domain::round::draw::{DrawRecord, Unproven};
use yipanqi_store::ReadTx;
use yipanqi_store::audit::{self, AuditFilter};
use yipanqi_store::round::{self, Draw, Round, RoundFilter, RoundSite, RoundSort};
use yipanqi_store::site::{self, Site, SiteFilter, SiteSort};

use crate::error::Error;

/// A draw that holds.
#[derive(Debug)]
pub struct Proof {
    /// What anybody needs to repeat it.
    pub record: DrawRecord,
    /// What it does not prove even so.
    pub unproven: Vec<Unproven>,
    /// Numbers of the other rounds that were drawn without witnesses from the same frame, where this one was: the office may
    /// have drawn until it was pleased.
    pub others: Vec<String>,
    /// Sites that were given to other inspectors since the draw, openly.
    pub given_on: usize,
}

fn refused(reason: impl Into<Value>) -> Error {
    Error::new("draw_refused").with("reason", reason.into())
}

/// Repeats the draw of a round and compares it with the round's sites and inspectors, and with what the log says was
/// published and drawn. `kept` are ends of the log that were kept elsewhere.
///
/// # Errors
/// `draw_refused` with the first thing that does not hold.
pub async fn prove(tx: &ReadTx, round: &Round, kept: &[Head]) -> Result<Proof, Error> {
    let draw = round.draw.as_ref().ok_or_else(|| refused("the sites of the round were named, not drawn"))?;
    let record = draw.record().ok_or_else(|| refused("the draw has not been made yet"))?;
    record.verify().map_err(|fault| refused(fault.to_string()))?;
    logged(tx, round, draw, kept).await?;
    let given_on = stands(tx, round, &record).await?;
    let unproven = record.unproven();
    let others = match unproven.contains(&Unproven::Unwitnessed) {
        true => of_same_frame(tx, round, draw).await?,
        false => Vec::new(),
    };
    Ok(Proof { record, unproven, others, given_on })
}

/// The draw in an entry of the log: the round stands first in what it said.
fn draw_in(payload: &str) -> Option<Draw> {
    let said: Value = serde_json::from_str(payload).ok()?;
    serde_json::from_value(said.get(0)?.get("draw")?.clone()).ok()
}

/// That the log, itself whole, has the draw as it was published and as it was made.
async fn logged(tx: &ReadTx, round: &Round, draw: &Draw, kept: &[Head]) -> Result<(), Error> {
    if let Some(fault) = audit::verify(tx, kept).await?.fault {
        return Err(refused(format!("the audit log is not whole: {fault}")));
    }
    let filter =
        AuditFilter { subject_kinds: vec!["round".to_owned()], subject_id: round.id.to_string(), ..AuditFilter::default() };
    let entries = audit::list(tx, &filter, 0, u64::from(u32::MAX)).await?;
    let said = |action: &str| -> Result<Draw, Error> {
        let entry = entries.iter().find(|one| one.entry.action == action);
        let payload = entry.and_then(|one| one.payload.as_deref());
        payload.and_then(draw_in).ok_or_else(|| refused(format!("the audit log does not say what {action} was")))
    };
    let opened = said("round.open")?;
    let published = (&opened.frame, &opened.frame_hash, &opened.commitments, &opened.roster_hash, &opened.plan_hash);
    let asked = (&opened.must, &opened.witnesses, opened.quotas());
    let same = published == (&draw.frame, &draw.frame_hash, &draw.commitments, &draw.roster_hash, &draw.plan_hash)
        && asked == (&draw.must, &draw.witnesses, draw.quotas())
        && draw.nonces.starts_with(&opened.nonces);
    if !same {
        return Err(refused("the draw is not the one that the audit log says was published"));
    }
    let made = if opened.seed.is_empty() { said("round.draw")? } else { opened };
    if made == *draw { Ok(()) } else { Err(refused("the draw is not the one that the audit log says was made")) }
}

/// That the round consists of the sites drawn and to be visited, each with the inspector drawn for it unless it was openly
/// given on; gives how many were.
async fn stands(tx: &ReadTx, round: &Round, record: &DrawRecord) -> Result<usize, Error> {
    let aliases = site::aliases(tx).await?;
    let (all, _) = site::list(tx, &SiteFilter::default(), SiteSort::default(), 0, u64::from(u32::MAX)).await?;
    let places: Vec<(RoundSite, Site)> = round::sites(tx, round.id).await?;
    let by_code: BTreeMap<&str, &Site> =
        all.iter().chain(places.iter().map(|(_, site)| site)).map(|site| (site.code.as_str(), site)).collect();
    let mut wanted = BTreeSet::new();
    for code in record.drawn.values().flatten().chain(&record.must) {
        let site = by_code.get(code.as_str()).ok_or_else(|| refused(format!("the site {code} is not registered")))?;
        wanted.insert(aliases.kept(site.id));
    }
    let there: BTreeSet<_> = places.iter().map(|(place, _)| aliases.kept(place.site)).collect();
    if there != wanted {
        let name = |id: &_| all.iter().find(|site| site.id == *id).map(|site| site.code.clone()).unwrap_or_default();
        let differ: Vec<String> = there.symmetric_difference(&wanted).map(name).collect();
        return Err(refused(format!("the sites of the round are not those drawn: {}", differ.join(", "))));
    }
    let given_on = |place: &RoundSite| place.given_at.is_some();
    let moved = |(place, site): &&(RoundSite, Site)| {
        let drawn = record.given.get(&site.code);
        !given_on(place) && drawn.is_some_and(|drawn| place.inspector.map(|person| person.to_string()).as_ref() != Some(drawn))
    };
    match places.iter().find(moved) {
        Some((_, site)) => Err(refused(format!("the inspector of the site {} is not the one drawn", site.code))),
        None => Ok(places.iter().filter(|(place, _)| given_on(place)).count()),
    }
}

async fn of_same_frame(tx: &ReadTx, round: &Round, draw: &Draw) -> Result<Vec<String>, Error> {
    let (rounds, _) = round::list(tx, &RoundFilter::default(), RoundSort::default(), 0, u64::from(u32::MAX)).await?;
    let again = |other: &&Round| {
        let drawn = other.draw.as_ref().filter(|other| other.frame_hash == draw.frame_hash && other.commitments.is_empty());
        other.id != round.id && drawn.is_some()
    };
    Ok(rounds.iter().filter(again).map(|other| other.number.clone()).collect())
}
