//! Who may see a round: a covert one that is not released hides as if it were not there.

use yipanqi_domain::access::{Reach, Right};
use yipanqi_domain::id::RoundId;
use yipanqi_store::round::{self, Round};
use yipanqi_store::{ReadTx, StoreError};

use crate::error::Error;
use crate::request::CityCtx;

/// Whether the person runs rounds and so sees covert ones.
#[must_use]
pub fn runs_rounds(ctx: &CityCtx) -> bool {
    ctx.reach_of(Right::OpenRound) != Reach::Nothing
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
