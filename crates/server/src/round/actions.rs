//! Opening, closing and releasing a round.
//!
//! Randomness is an argument: [`open`] draws from a nonce made by the caller, and records it with the seed, so that
//! anybody can repeat the draw.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;
use yipanqi_domain::id::{PersonId, RoundId, SiteId, UnitId};
use yipanqi_domain::offline::Earlier;
use yipanqi_domain::round::assignment::{self, SiteToGive};
use yipanqi_domain::round::draw::Hash;
use yipanqi_domain::round::{RoundKind, RoundState, VisitPurpose};
use yipanqi_store::round::{self, Round, RoundSite};
use yipanqi_store::site::{self, Site};
use yipanqi_store::{ReadTx, WriteTx, framework, number};

use super::plan::{self, Chosen};
use super::views::{Based, GiveSite, OpenRound};
use super::{roster, sight};
use crate::error::Error;
use crate::framework::actions::{FirstUse, first_use};
use crate::request::CityCtx;
use crate::site::units_of;

/// Opens a round on the sites that are named, or drawn with the nonce, and shares them among the inspectors.
///
/// # Errors
/// `invalid` with the field, `edition_not_found`, `round_without_sites`, `inspector_unknown`, `draw_impossible`.
pub async fn open(ctx: &CityCtx, nonce: Hash, input: &OpenRound) -> Result<RoundId, Error> {
    let mut tx = ctx.write().await?;
    if let Some(before) = ctx.once(&mut tx, input.command_id, input).await? {
        return Ok(before);
    }
    let id = open_in(ctx, &mut tx, nonce, input).await?;
    ctx.answer_once(&mut tx, input.command_id, &id).await?;
    tx.commit().await?;
    Ok(id)
}

/// The same within a transaction that does more.
///
/// # Errors
/// Those of [`open`].
pub(crate) async fn open_in(ctx: &CityCtx, tx: &mut WriteTx, nonce: Hash, input: &OpenRound) -> Result<RoundId, Error> {
    let name = input.name.trim();
    if name.is_empty() {
        return Err(Error::invalid("name", "required"));
    }
    if input.due_on.is_some_and(|due| due < ctx.today()) {
        return Err(Error::invalid("due_on", "round_due_past"));
    }
    framework::edition(tx, input.edition_id).await.map_err(crate::framework::known)?;
    let Chosen { sites, draw } = plan::choose(ctx, tx, nonce, input).await?;
    let planned = draw.as_ref().is_some_and(|draw| draw.seed.is_empty());
    if sites.is_empty() && !planned {
        return Err(Error::invalid("sites", "round_without_sites"));
    }
    let given = match &draw {
        Some(draw) if draw.roster.is_some() => roster::given(draw, &sites),
        Some(_) | None => share(ctx, tx, &sites, &input.inspectors).await?,
    };
    let number = match input.kind {
        RoundKind::Covert => sealed_number(ctx, tx).await?,
        RoundKind::Mock
        | RoundKind::Routine
        | RoundKind::Spot
        | RoundKind::Special
        | RoundKind::Recheck
        | RoundKind::External => next_number(ctx, tx).await?,
    };
    let round = Round {
        id: RoundId::new(Uuid::now_v7()),
        number,
        name: name.to_owned(),
        kind: input.kind,
        state: if planned { RoundState::Planned } else { RoundState::Open },
        edition: Some(input.edition_id),
        opened_on: ctx.today(),
        due_on: input.due_on,
        closed_at: None,
        draw,
        version: 0,
    };
    let rows = places(round.id, &sites, &given);
    round::add(tx, &round, &rows).await?;
    if round.visible() {
        first_use(tx, input.edition_id, FirstUse::Round).await?;
    }
    tx.audit("round.open", "round", &round.id.to_string(), &(&round, &rows))?;
    announce(tx, &round)?;
    if round.edition.is_some() {
        crate::score::figures::ask(tx, round.id).await?;
    }
    Ok(round.id)
}

/// The next number of the series that everybody sees.
async fn next_number(ctx: &CityCtx, tx: &mut WriteTx) -> Result<String, Error> {
    let year = ctx.today().format("%Y").to_string();
    let place = number::next(tx, &format!("round/{year}")).await?;
    Ok(format!("{year}-{place:02}"))
}

/// Between year and place of the number that a covert round bears until it is released: a number of the common series would
/// show as a gap.
const SEALED: &str = "-C";

async fn sealed_number(ctx: &CityCtx, tx: &mut WriteTx) -> Result<String, Error> {
    let year = ctx.today().format("%Y").to_string();
    let place = number::next(tx, &format!("round/{year}/covert")).await?;
    Ok(format!("{year}{SEALED}{place:02}"))
}

/// The sites of a round with their inspectors, in order.
pub(super) fn places(round: RoundId, sites: &[Site], given: &BTreeMap<SiteId, PersonId>) -> Vec<RoundSite> {
    (0..)
        .zip(sites)
        .map(|(position, site)| RoundSite {
            id: Uuid::now_v7(),
            round,
            site: site.id,
            inspector: given.get(&site.id).copied(),
            given_at: None,
            second: None,
            earlier: Vec::new(),
            position,
            visit_on: None,
            stop: None,
            version: 0,
        })
        .collect()
}

/// Shares the sites among the inspectors, by the rules of the domain.
pub(super) async fn share(
    ctx: &CityCtx,
    tx: &ReadTx,
    sites: &[Site],
    inspectors: &[PersonId],
) -> Result<BTreeMap<SiteId, PersonId>, Error> {
    if inspectors.is_empty() {
        return Ok(BTreeMap::new());
    }
    let people = roster::inspectors(ctx, tx, inspectors).await?;
    let open: Vec<SiteToGive> = sites.iter().map(to_give).collect();
    Ok(assignment::assign(&open, &people, &ctx.tree))
}

/// A site as the rule of independence sees it; who is paired with a site does not answer for it.
pub(super) fn to_give(site: &Site) -> SiteToGive {
    let units: BTreeSet<UnitId> = units_of(site).into_iter().filter(|unit| Some(*unit) != site.pairing_unit).collect();
    SiteToGive { site: site.id, units }
}

/// Takes a round to its next state: closed, and a covert one then released, when it gets a number of the common series and
/// the first use of its edition shows. As soon as a finished round may be seen its rankings are frozen.
///
/// # Errors
/// `round_not_found`, `round_state`, `version_conflict`.
pub async fn advance(ctx: &CityCtx, id: RoundId, next: RoundState, based: Based) -> Result<RoundId, Error> {
    let mut tx = ctx.write().await?;
    if let Some(before) = ctx.once(&mut tx, based.command_id, &(id, next, based)).await? {
        return Ok(before);
    }
    let round = sight::get(ctx, &tx, id).await?;
    if !round.state.leads_to(next, round.kind) {
        return Err(Error::new("round_state").with("state", round.state.as_str()));
    }
    let closed_at = if next == RoundState::Closed { Some(ctx.moment) } else { round.closed_at };
    let number = match next == RoundState::Released && round.number.contains(SEALED) {
        true => next_number(ctx, &mut tx).await?,
        false => round.number,
    };
    let round = Round { state: next, closed_at, version: based.version, number, ..round };
    round::save(&tx, &round).await?;
    if let Some(edition) = round.edition.filter(|_| next == RoundState::Released) {
        first_use(&mut tx, edition, FirstUse::Round).await?;
    }
    if round.visible() {
        crate::score::publish(&mut tx, &round).await?;
    }
    tx.audit(&format!("round.{}", next.as_str()), "round", &id.to_string(), &round)?;
    announce(&mut tx, &round)?;
    ctx.answer_once(&mut tx, based.command_id, &id).await?;
    tx.commit().await?;
    Ok(id)
}

/// Gives a site of a round to another inspector, or plans a second visit of it. Work that the one before began on it stands.
///
/// # Errors
/// `round_not_found`, `round_not_open`, `site_not_in_round`, `inspector_unknown`, `visit_own_unit`, `visit_second_knows`.
pub async fn give(ctx: &CityCtx, id: RoundId, site: SiteId, input: GiveSite) -> Result<RoundId, Error> {
    let mut tx = ctx.write().await?;
    if let Some(before) = ctx.once(&mut tx, input.command_id, &(id, site, input)).await? {
        return Ok(before);
    }
    let round = sight::get(ctx, &tx, id).await?;
    if round.state != RoundState::Open {
        return Err(Error::new("round_not_open").with("state", round.state.as_str()));
    }
    let place = round::round_site(&tx, id, site).await?.ok_or_else(|| Error::new("site_not_in_round"))?;
    let entry = site::get(&tx, site).await.map_err(|_| Error::new("site_not_found"))?;
    if let Some(inspector) = input.inspector_id {
        let given = share(ctx, &tx, std::slice::from_ref(&entry), &[inspector]).await?;
        if !given.contains_key(&site) {
            return Err(Error::new("visit_own_unit"));
        }
    }
    let held = match input.purpose {
        VisitPurpose::Assess => place.inspector,
        VisitPurpose::Agreement => place.second,
        VisitPurpose::Late => return Err(Error::invalid("purpose", "not_understood")),
    };
    let mut earlier = place.earlier.clone();
    earlier.extend(held.map(|person| Earlier { person, until: ctx.moment, purpose: input.purpose }));
    let given = match input.purpose {
        VisitPurpose::Agreement => {
            let visits = round::visits_of_place(&tx, id, site).await?;
            let knows = |person| place.inspector == Some(person) || visits.iter().any(|visit| visit.inspector == Some(person));
            if input.inspector_id.is_some_and(knows) {
                return Err(Error::new("visit_second_knows"));
            }
            RoundSite { second: input.inspector_id, earlier, ..place }
        }
        VisitPurpose::Assess | VisitPurpose::Late => RoundSite {
            inspector: input.inspector_id,
            second: place.second.filter(|second| Some(*second) != input.inspector_id),
            given_at: Some(ctx.moment),
            earlier,
            visit_on: None,
            stop: None,
            ..place
        },
    };
    round::save_round_site(&tx, &given).await?;
    tx.audit("round.give", "round", &id.to_string(), &given)?;
    announce(&mut tx, &round)?;
    ctx.answer_once(&mut tx, input.command_id, &id).await?;
    tx.commit().await?;
    Ok(id)
}

/// Tells open pages, unless nobody may know of the round yet.
pub(super) fn announce(tx: &mut WriteTx, round: &Round) -> Result<(), Error> {
    if round.kind != RoundKind::Covert || round.visible() {
        tx.event("round", &round.id.to_string(), &[])?;
    }
    Ok(())
}
