//! Taking in a photograph; judging who may see one.

use bytes::Bytes;
use chrono::FixedOffset;
use yipanqi_domain::access::{Place, Right};
use yipanqi_domain::geo::Datum;
use yipanqi_domain::id::{MediaId, ProblemId};
use yipanqi_domain::site::{Degrees, Position};
use yipanqi_store::media::{self, Limits, MediaInfo, PutError, Refused};
use yipanqi_store::{ReadTx, StoreError, problem, round, site, slip};

use crate::app::App;
use crate::error::Error;
use crate::request::CityCtx;

/// Pixels of the largest photograph: twice what the best telephones take.
const PIXELS: u64 = 120_000_000;

/// Stores a photograph untouched, with its thumbnail, as the person's.
///
/// # Errors
/// `media_too_large`, `media_too_many_pixels`, `media_kind_unknown`, `media_damaged`.
pub async fn upload(app: &App, ctx: &CityCtx, bytes: Bytes, file_name: &str) -> Result<MediaInfo, Error> {
    let offset = FixedOffset::east_opt(8 * 3600).ok_or_else(|| Error::internal("no such offset"))?;
    let limits = Limits { bytes: app.config().upload_bytes(), pixels: PIXELS, offset };
    let stored = app.store().media().put_photo(ctx.city.slug(), bytes, limits).await?;
    let mut tx = ctx.write().await?;
    // Sent again after a lost answer: the same photograph of the same person is the same record.
    let id = match media::uploaded(&tx, &stored.sha256, ctx.actor.person).await? {
        Some(known) => known,
        None => media::record(&mut tx, &stored, file_name).await?,
    };
    let info = media::find(&tx, id).await?;
    tx.commit().await?;
    Ok(info)
}

/// A photograph that this person may see.
///
/// # Errors
/// `media_not_found`, also for one that exists but is not theirs to see.
pub async fn visible(ctx: &CityCtx, tx: &ReadTx, id: MediaId) -> Result<MediaInfo, Error> {
    let found = match media::find(tx, id).await {
        Err(StoreError::NotFound { .. }) => return Err(Error::new("media_not_found")),
        found => found?,
    };
    if found.uploaded_by == ctx.actor.person.to_string() {
        return Ok(found);
    }
    for (kind, subject) in media::subjects(tx, id).await? {
        if shows(ctx, tx, &kind, &subject).await? {
            return Ok(found);
        }
    }
    Err(Error::new("media_not_found"))
}

pub(super) async fn shows(ctx: &CityCtx, tx: &ReadTx, kind: &str, subject: &str) -> Result<bool, Error> {
    let identity = || subject.parse::<uuid::Uuid>().map_err(Error::internal);
    let seen = |right, place: &Place<'_>| ctx.allow_right(right, place).is_ok();
    Ok(match kind {
        "problem" => {
            let units = problem::get(tx, yipanqi_domain::id::ProblemId::new(identity()?)).await?.units();
            seen(Right::ViewProblem, &Place::Units(&units))
        }
        "party_ask" => match yipanqi_store::party::ask(tx, identity()?).await? {
            Some(kept) => {
                let units = problem::get(tx, kept.problem).await?.units();
                seen(Right::ViewProblem, &Place::Units(&units))
            }
            None => false,
        },
        "slip" => {
            let unit = slip::get(tx, yipanqi_domain::id::SlipId::new(identity()?)).await?.slip.unit;
            seen(Right::ViewSlip, &Place::Units(&[unit]))
        }
        "task" => crate::task::actions::visible(ctx, tx, yipanqi_domain::id::TaskId::new(identity()?)).await.is_ok(),
        // Units see what a visit found through the problems it became.
        "visit" => seen(Right::ViewRound, &Place::City) && of_open_book(ctx, tx, identity()?).await?,
        "finding" => {
            seen(Right::ViewRound, &Place::City) && of_open_book(ctx, tx, round::visit_of(tx, identity()?).await?).await?
        }
        _ => false,
    })
}

/// Whether a visit belongs to a round that the person may see, and is not one that is kept from him: both hide photographs too.
async fn of_open_book(ctx: &CityCtx, tx: &ReadTx, visit: uuid::Uuid) -> Result<bool, Error> {
    let visit = match round::visit(tx, visit).await {
        Err(StoreError::NotFound { .. }) => return Ok(true),
        found => found?,
    };
    Ok(crate::round::get(ctx, tx, visit.round).await.is_ok_and(|round| !crate::round::hides(ctx, &round, &visit)))
}

impl From<PutError> for Error {
    fn from(error: PutError) -> Self {
        match error {
            PutError::Refused(refused) => refused.into(),
            PutError::Store(error) => error.into(),
        }
    }
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        Self::new(refused.code())
    }
}

/// Where a problem is: its own place, else its site's.
///
/// # Errors
/// `problem_not_found`.
pub async fn place(ctx: &CityCtx, id: ProblemId) -> Result<Option<Position>, Error> {
    let tx = ctx.read().await?;
    let kept = crate::problem::actions::visible(ctx, &tx, id).await?;
    let own = (kept.facts.longitude, kept.facts.latitude);
    let (longitude, latitude) = match (own, kept.problem.site) {
        ((Some(_), Some(_)), _) | (_, None) => own,
        (_, Some(site)) => {
            let site = site::get(&tx, site).await?;
            (site.longitude, site.latitude)
        }
    };
    let degrees = Degrees::from_e7;
    Ok(longitude.zip(latitude).map(|(longitude, latitude)| Position {
        longitude: degrees(longitude),
        latitude: degrees(latitude),
        datum: Datum::Wgs84,
    }))
}
