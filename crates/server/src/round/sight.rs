//! Who may see a round: a covert one that is not released hides as if it were not there. Who inspects does not see what others
//! saw in a round before it is closed, so that a second visit is blind.

use yipanqi_domain::access::{Reach, Right};
use yipanqi_domain::id::{PersonId, RoundId};
use yipanqi_store::problem::Kept;
use yipanqi_store::round::{self, Round, VisitRow};
use yipanqi_store::{ReadTx, StoreError};

use crate::error::Error;
use crate::request::CityCtx;

/// Whether the person runs rounds and so sees covert ones.
#[must_use]
pub fn runs_rounds(ctx: &CityCtx) -> bool {
    ctx.reach_of(Right::OpenRound) != Reach::Nothing
}

/// The person, if he inspects and therefore must not know what others saw while a round goes on.
#[must_use]
pub fn blind(ctx: &CityCtx) -> Option<PersonId> {
    let inspects = ctx.reach_of(Right::VisitSite) != Reach::Nothing;
    (inspects && !runs_rounds(ctx)).then_some(ctx.actor.person)
}

/// Whether what others saw in the round is kept from the person.
#[must_use]
pub fn is_kept(ctx: &CityCtx, round: &Round) -> bool {
    !round.state.is_settled() && blind(ctx).is_some()
}

/// Whether the visit is kept from the person.
#[must_use]
pub fn hides(ctx: &CityCtx, round: &Round, visit: &VisitRow) -> bool {
    is_kept(ctx, round) && visit.inspector != Some(ctx.actor.person)
}

/// Whether a problem of a site is kept from the person, because it was made of what somebody saw there in this same round.
#[must_use]
pub fn hides_problem(ctx: &CityCtx, round: &Round, kept: &Kept) -> bool {
    is_kept(ctx, round) && kept.facts.round == Some(round.id.uuid())
}

/// The round, if the person may see it.
///
/// # Errors
/// `round_not_found`.
pub async fn get(ctx: &CityCtx, tx: &ReadTx, id: RoundId) -> Result<Round, Error> {
    let round = round::get(tx, id).await.map_err(|error| match error {
        StoreError::NotFound { .. } => Error::new("round_not_found"),
        other => other.into(),
    })?;
    if round.visible() || runs_rounds(ctx) { Ok(round) } else { Err(Error::new("round_not_found")) }
}
