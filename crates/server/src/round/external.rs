//! Rounds of a higher level: kept for the problems that a list of theirs reports, never visited by us and never scored.

use std::collections::BTreeSet;

use chrono::{NaiveDate, NaiveTime};
use uuid::Uuid;
use yipanqi_domain::calendar::Calendar;
use yipanqi_domain::id::{RoundId, SiteId};
use yipanqi_domain::round::{RoundKind, RoundState};
use yipanqi_store::round::{self, Round, RoundSite};
use yipanqi_store::{ReadTx, WriteTx, number};

use super::actions::announce;
use crate::error::Error;
use crate::request::CityCtx;

/// The round of a list: the one known, or a new one from the first to the last day of the list; its sites are added.
///
/// # Errors
/// The database's.
pub async fn keep(
    ctx: &CityCtx,
    tx: &mut WriteTx,
    known: Option<RoundId>,
    name: &str,
    (first, last): (NaiveDate, NaiveDate),
    sites: &BTreeSet<SiteId>,
) -> Result<RoundId, Error> {
    let evening = NaiveTime::from_hms_opt(18, 0, 0).unwrap_or_default();
    let closed_at = Calendar::default().moment(last, evening).min(ctx.moment);
    let id = match known {
        Some(id) => {
            let round = round::get(tx, id).await?;
            let wider = first < round.opened_on || round.closed_at.is_none_or(|closed| closed < closed_at);
            if wider {
                let closed_at = round.closed_at.max(Some(closed_at));
                round::save(tx, &Round { opened_on: round.opened_on.min(first), closed_at, ..round }).await?;
            }
            id
        }
        None => {
            let year = first.format("%Y").to_string();
            let place = number::next(tx, &format!("round/{year}")).await?;
            let round = Round {
                id: RoundId::new(Uuid::now_v7()),
                number: format!("{year}-{place:02}"),
                name: name.to_owned(),
                kind: RoundKind::External,
                state: RoundState::Closed,
                edition: None,
                opened_on: first,
                due_on: None,
                closed_at: Some(closed_at),
                draw: None,
                version: 0,
            };
            round::add(tx, &round, &[]).await?;
            tx.audit("round.external", "round", &round.id.to_string(), &round)?;
            announce(tx, &round)?;
            round.id
        }
    };
    join(tx, id, sites).await?;
    Ok(id)
}

/// Adds those of the sites that the round has not.
///
/// # Errors
/// The database's.
pub async fn join(tx: &WriteTx, round: RoundId, sites: &BTreeSet<SiteId>) -> Result<(), Error> {
    let known = places(tx, round).await?;
    let last = known.iter().map(|place| place.position).max().unwrap_or(-1);
    let known: BTreeSet<SiteId> = known.into_iter().map(|place| place.site).collect();
    let new = (last + 1..).zip(sites.difference(&known)).map(|(position, site)| RoundSite {
        id: Uuid::now_v7(),
        round,
        site: *site,
        inspector: None,
        given_at: None,
        second: None,
        earlier: Vec::new(),
        position,
        visit_on: None,
        stop: None,
        version: 0,
    });
    Ok(round::add_sites(tx, &new.collect::<Vec<_>>()).await?)
}

async fn places(tx: &ReadTx, round: RoundId) -> Result<Vec<RoundSite>, Error> {
    Ok(round::sites(tx, round).await?.into_iter().map(|(place, _)| place).collect())
}
