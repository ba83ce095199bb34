//! Finding the session of a request and entering its city.

use yipanqi_domain::access::Right;
use yipanqi_domain::moment::Moment;

use crate::app::App;
use crate::error::Error;
use crate::request::{CityCtx, Lang, Session};

/// The live session of a request, if its cookie names one.
///
/// # Errors
/// Those of the hub.
pub async fn current(_app: &App, _token: Option<String>, _moment: Moment) -> Result<Option<Session>, Error> {
    Ok(None)
}

/// The person of the session in its city, with the posts valid now.
///
/// # Errors
/// `city_required`, `membership_missing`.
pub async fn enter(_app: &App, _session: &Session, _right: Option<Right>, _lang: Lang) -> Result<CityCtx, Error> {
    Err(Error::new("city_required"))
}
