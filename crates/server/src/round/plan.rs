//! Choosing the sites of a round: named, drawn at once with the office's nonce, or drawn with two witnesses.
//!
//! With witnesses the frame and the hashes of all three nonces are fixed when the round is planned; it is drawn when both
//! witnesses have opened theirs. Until then the office's own nonce is shown to nobody.

use std::collections::{BTreeMap, BTreeSet};

use yipanqi_domain::exact::Exact;
use yipanqi_domain::id::{PersonId, RoundId, SiteId};
use yipanqi_domain::round::RoundState;
use yipanqi_domain::round::draw::{self, Commitment, DrawFault, DrawRefusal, Frame, Hash, Spread};
use yipanqi_store::round::{self, Draw, Round, RoundSite, Stratum};
use yipanqi_store::site::{self, Site, SiteFilter, SiteSort};
use yipanqi_store::{ReadTx, StoreError};

use super::views::{Allocation, DrawRound, OpenRound, SiteChoice, Strata, Witness};
use super::{actions, roster, sight};
use crate::error::Error;
use crate::request::CityCtx;
use crate::site::Names;

/// The sites of a round, and how they were drawn; with witnesses only what must be visited, until the draw.
pub struct Chosen {
    /// The sites.
    pub sites: Vec<Site>,
    /// The draw; its seed is empty while the witnesses have not opened their nonces.
    pub draw: Option<Draw>,
}

async fn all(tx: &ReadTx, filter: &SiteFilter) -> Result<Vec<Site>, StoreError> {
    Ok(site::list(tx, filter, SiteSort::default(), 0, u64::from(u32::MAX)).await?.0)
}

/// The named sites, each once; refused if one is not there.
async fn named(tx: &ReadTx, ids: &[SiteId]) -> Result<Vec<Site>, Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let aliases = site::aliases(tx).await?;
    let wanted: BTreeSet<SiteId> = ids.iter().map(|id| aliases.kept(*id)).collect();
    let sites = all(tx, &SiteFilter { ids: wanted.iter().copied().collect(), ..SiteFilter::default() }).await?;
    if sites.len() < wanted.len() { Err(Error::invalid("sites", "site_not_found")) } else { Ok(sites) }
}

/// Chooses the sites as the round asks for them.
///
/// # Errors
/// `site_not_found`, `witnesses_two`, `inspector_unknown`, `draw_impossible`.
pub async fn choose(ctx: &CityCtx, tx: &ReadTx, nonce: Hash, input: &OpenRound) -> Result<Chosen, Error> {
    let SiteChoice::Drawn { count, strata, allocation, must, exclude, site_types, streets } = &input.sites else {
        let SiteChoice::Named { site_ids } = &input.sites else { return Ok(Chosen { sites: Vec::new(), draw: None }) };
        return Ok(Chosen { sites: named(tx, site_ids).await?, draw: None });
    };
    let filter =
        SiteFilter { site_types: site_types.clone(), streets: streets.clone(), retired: Some(false), ..SiteFilter::default() };
    let must = named(tx, must).await?;
    let aliases = site::aliases(tx).await?;
    let out: BTreeSet<SiteId> = must.iter().map(|site| site.id).chain(exclude.iter().map(|id| aliases.kept(*id))).collect();
    let mut sites = all(tx, &filter).await?;
    sites.retain(|site| site.site_type.is_some() && site.duplicate_of.is_none() && !out.contains(&site.id));
    let names = Names::read(tx).await?;
    let stratum_of = |site: &Site| {
        let named = |unit| names.unit(unit).map(|unit| unit.name).unwrap_or_default();
        let street = || named(site.street);
        let district = || named(site.street.map(|street| ctx.tree.district(street).unwrap_or(street)));
        match strata {
            Strata::SiteType => names.type_name(site),
            Strata::Street => street(),
            Strata::SiteTypeAndStreet => format!("{} {}", street(), names.type_name(site)),
            Strata::District => district(),
            Strata::SiteTypeAndDistrict => format!("{} {}", district(), names.type_name(site)),
        }
    };
    let frame = Frame { sites: sites.iter().map(|site| (site.code.clone(), stratum_of(site))).collect() };
    let types = match strata {
        Strata::SiteType => BTreeMap::new(),
        Strata::Street | Strata::SiteTypeAndStreet | Strata::District | Strata::SiteTypeAndDistrict => {
            sites.iter().fold(BTreeMap::new(), |mut types: BTreeMap<String, u32>, site| {
                *types.entry(names.type_name(site)).or_default() += 1;
                types
            })
        }
    };
    let quotas = match allocation {
        Allocation::Proportional => draw::quotas(&frame.sizes(), *count),
        Allocation::Each => draw::each(&frame.sizes(), *count),
        Allocation::Percent => {
            let share = Exact::fraction(i64::from(*count), 100).unwrap_or_else(Exact::zero);
            let all = frame.sizes().values().copied().fold(0, u32::saturating_add);
            draw::quotas(&frame.sizes(), draw::sample_size(all, &share))
        }
        Allocation::Neyman => draw::neyman(&spreads(tx, &frame, &sites).await?, *count),
    };
    // Every stratum has a quota, be it none: so it is published.
    let quotas: BTreeMap<String, u32> =
        frame.sizes().into_keys().map(|name| (name.clone(), quotas.get(&name).copied().unwrap_or(0))).collect();
    let must_codes: Vec<String> = must.iter().map(|site| site.code.clone()).collect();
    let strata = frame.sizes().into_iter().map(|(name, size)| {
        let quota = quotas.get(&name).copied().unwrap_or(0);
        Stratum { name, frame: size, quota, drawn: Vec::new() }
    });
    let roster = roster::of(ctx, tx, &input.inspectors, &sites, &must, input.repeat_pairs).await?;
    let planned = Draw {
        frame_hash: hex::encode(frame.hash()),
        nonces: vec![hex::encode(nonce)],
        seed: String::new(),
        strata: strata.collect(),
        commitments: commitments(&frame, &nonce, &input.witnesses)?,
        witnesses: input.witnesses.iter().map(|witness| witness.name.trim().to_owned()).collect(),
        plan_hash: Some(hex::encode(draw::plan_hash(&quotas, &must_codes))),
        must: must_codes,
        inspectors: input.inspectors.clone(),
        types,
        frame,
        roster_hash: roster.as_ref().map(|roster| hex::encode(roster.hash())),
        roster,
        given: BTreeMap::new(),
    };
    if !input.witnesses.is_empty() {
        return Ok(Chosen { sites: must, draw: Some(planned) });
    }
    // No witnesses are asked here: the office's nonce alone makes the seed.
    let seed = draw::seed([&nonce, &[], &[]]);
    let draw = made(planned, &seed, &quotas);
    Ok(Chosen { sites: with_drawn(must, &draw, sites), draw: Some(draw) })
}

/// Past rates of the strata: the standard deviation of the sites' shares of passed items, in thousandths.
async fn spreads(tx: &ReadTx, frame: &Frame, sites: &[Site]) -> Result<BTreeMap<String, Spread>, Error> {
    let passed = round::pass_counts(tx).await?;
    let mut rates: BTreeMap<&String, Vec<u64>> = BTreeMap::new();
    for site in sites {
        if let (Some(stratum), Some((good, all))) = (frame.sites.get(&site.code), passed.get(&site.id)) {
            rates.entry(stratum).or_default().push(good * 1000 / (*all).max(1));
        }
    }
    let spread = |(name, size): (String, u32)| {
        let deviation = rates.get(&name).map_or(0, |rates| deviation(rates));
        (name, Spread { size, deviation })
    };
    Ok(frame.sizes().into_iter().map(spread).collect())
}

/// The standard deviation of whole numbers, rounded down.
fn deviation(values: &[u64]) -> u32 {
    let count = values.len() as u64;
    let mean = values.iter().sum::<u64>() / count.max(1);
    let squares: u64 = values.iter().map(|value| value.abs_diff(mean).pow(2)).sum();
    u32::try_from((squares / count.max(1)).isqrt()).unwrap_or(u32::MAX)
}

fn commitments(frame: &Frame, nonce: &Hash, witnesses: &[Witness]) -> Result<Vec<String>, Error> {
    if witnesses.is_empty() {
        return Ok(Vec::new());
    }
    let is_hash = |text: &str| text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let complete = |witness: &Witness| !witness.name.trim().is_empty() && is_hash(&witness.commitment);
    if witnesses.len() != 2 || !witnesses.iter().all(complete) {
        return Err(Error::invalid("witnesses", "witnesses_two"));
    }
    let office = Commitment::new(frame, [nonce, &[], &[]]).nonces[0].clone();
    Ok([office].into_iter().chain(witnesses.iter().map(|witness| witness.commitment.to_ascii_lowercase())).collect())
}

fn made(planned: Draw, seed: &Hash, quotas: &BTreeMap<String, u32>) -> Draw {
    let mut drawn = planned.frame.draw(seed, quotas);
    let given = draw::given(planned.roster.as_ref(), seed, &drawn);
    let strata = planned.strata.into_iter().map(|stratum| {
        let codes = drawn.remove(&stratum.name).unwrap_or_default();
        Stratum { drawn: codes, ..stratum }
    });
    Draw { strata: strata.collect(), seed: hex::encode(seed), given, ..planned }
}

fn with_drawn(must: Vec<Site>, draw: &Draw, sites: Vec<Site>) -> Vec<Site> {
    let mut by_code: BTreeMap<String, Site> = sites.into_iter().map(|site| (site.code.clone(), site)).collect();
    let drawn = draw.strata.iter().flat_map(|stratum| &stratum.drawn).filter_map(|code| by_code.remove(code));
    must.into_iter().chain(drawn).collect()
}

/// Draws the sites of a planned round with the opened nonces, shares all of them among the inspectors and opens the round.
///
/// # Errors
/// `round_not_found`, `round_state`, `draw_nonce_differs`, `draw_refused`, `version_conflict`.
pub async fn draw(ctx: &CityCtx, id: RoundId, input: &DrawRound) -> Result<RoundId, Error> {
    let mut tx = ctx.write().await?;
    if let Some(before) = ctx.once(&mut tx, input.command_id, &(id, input)).await? {
        return Ok(before);
    }
    let round = sight::get(ctx, &tx, id).await?;
    let Some(planned) = round.draw.clone().filter(|draw| round.state == RoundState::Planned && draw.seed.is_empty()) else {
        return Err(Error::new("round_state").with("state", round.state.as_str()));
    };
    let nonces: Vec<String> = planned.nonces.iter().chain(&input.nonces).map(|nonce| nonce.trim().to_ascii_lowercase()).collect();
    let opened = Draw { nonces, ..planned };
    let record = opened.record().ok_or_else(|| Error::invalid("nonces", "witnesses_two"))?;
    draw::drawn(&record.frame, &record.commitment, &record.nonces, &record.quotas).map_err(refused)?;
    let bytes: Vec<Vec<u8>> = record.nonces.iter().filter_map(|nonce| hex::decode(nonce).ok()).collect();
    let [office, first, second] = bytes.as_slice() else { return Err(Error::invalid("nonces", "witnesses_two")) };
    let seed = draw::seed([office, first, second]);
    let drawn = made(opened, &seed, &record.quotas);
    let there = round::sites(&tx, id).await?;
    // Also what was retired since: drawn is what was published.
    let frame_sites = all(&tx, &SiteFilter::default()).await?;
    let new = with_drawn(Vec::new(), &drawn, frame_sites);
    let given = match &drawn.roster {
        Some(_) => roster::given(&drawn, &new),
        None => actions::share(ctx, &tx, &new, &drawn.inspectors).await?,
    };
    let (new, given) = standing(&tx, new, &given, &there).await?;
    let mut rows = actions::places(id, &new, &given);
    for row in &mut rows {
        row.position += i64::try_from(there.len()).unwrap_or(0);
    }
    round::add_sites(&tx, &rows).await?;
    let drawn_for = |(place, site): &(RoundSite, Site)| {
        let inspector = drawn.given.get(&site.code)?.parse().ok()?;
        Some(RoundSite { inspector: Some(inspector), ..place.clone() })
    };
    let musts: Vec<RoundSite> = there.iter().filter_map(drawn_for).collect();
    round::save_routes(&tx, &musts).await?;
    let round = Round { state: RoundState::Open, draw: Some(drawn), version: input.version, ..round };
    round::save(&tx, &round).await?;
    tx.audit("round.draw", "round", &id.to_string(), &(&round, &rows, &musts))?;
    actions::announce(&mut tx, &round)?;
    ctx.answer_once(&mut tx, input.command_id, &id).await?;
    tx.commit().await?;
    Ok(id)
}

/// The drawn sites as they stand: one that was merged since it was published leads to the site that stands for it, once.
async fn standing(
    tx: &ReadTx,
    drawn: Vec<Site>,
    given: &BTreeMap<SiteId, PersonId>,
    there: &[(RoundSite, Site)],
) -> Result<(Vec<Site>, BTreeMap<SiteId, PersonId>), Error> {
    let aliases = site::aliases(tx).await?;
    let wanted: Vec<SiteId> = drawn.iter().filter(|site| site.duplicate_of.is_some()).map(|site| aliases.kept(site.id)).collect();
    let kept: BTreeMap<SiteId, Site> = site::get_all(tx, &wanted).await?.into_iter().map(|site| (site.id, site)).collect();
    let mut seen: BTreeSet<SiteId> = there.iter().map(|(place, _)| place.site).collect();
    let (mut sites, mut people) = (Vec::new(), BTreeMap::new());
    // Whoever was drawn for the number that stands comes first.
    let (own, merged): (Vec<Site>, Vec<Site>) = drawn.into_iter().partition(|site| site.duplicate_of.is_none());
    for site in own.into_iter().chain(merged) {
        let inspector = given.get(&site.id).copied();
        let site = kept.get(&aliases.kept(site.id)).cloned().unwrap_or(site);
        if seen.insert(site.id) {
            people.extend(inspector.map(|person| (site.id, person)));
            sites.push(site);
        }
    }
    Ok((sites, people))
}

fn refused(fault: DrawFault) -> Error {
    match fault {
        DrawFault::Nonce => Error::invalid("nonces", "not_understood"),
        DrawFault::Published { refusal: DrawRefusal::NonceDiffers { place } } => {
            Error::new("draw_nonce_differs").with("place", place + 1)
        }
        DrawFault::Published { refusal } => Error::new("draw_refused").with("reason", refusal.to_string()),
        DrawFault::Drawn { stratum } => Error::new("draw_refused").with("reason", stratum),
        DrawFault::Given { site } => Error::new("draw_refused").with("reason", site),
    }
}
