//! The working calendar: its years, and when a limit ends.

use chrono::{Datelike as _, NaiveDate};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use yipanqi_domain::calendar::{Calendar, CalendarError, Limit};
use yipanqi_domain::moment::Moment;
use yipanqi_store::calendar;

use crate::error::{Error, FailureBody};
use crate::request::{CityCtx, Json, Query};

/// A year of the calendar.
#[derive(Debug, Serialize, ToSchema)]
pub struct YearView {
    /// The year.
    pub year: i32,
    /// Days off by the State Council's notice.
    pub days_off: Vec<NaiveDate>,
    /// Weekend days on which people work (调休).
    pub make_up_days: Vec<NaiveDate>,
    /// Working days in all.
    pub working_days: u32,
}

/// A limit and where it starts.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DueQuery {
    /// RFC 3339.
    pub from: String,
    /// `working_hours`, `working_days`, `natural_days` or `natural_hours`.
    pub unit: String,
    /// How many.
    pub count: u32,
}

/// When a limit ends.
#[derive(Debug, Serialize, ToSchema)]
pub struct DueView {
    /// The moment.
    #[schema(value_type = String, format = DateTime)]
    pub due: Moment,
    /// The same in the city's time, RFC 3339.
    pub local: String,
}

/// The years that have been entered.
#[utoipa::path(get, path = "/api/calendar/years", tag = "calendar", responses((status = 200, body = Vec<YearView>)))]
pub async fn years(ctx: CityCtx) -> Result<Json<Vec<YearView>>, Error> {
    let calendar = calendar::load(&ctx.read().await?).await?;
    let views: Result<Vec<YearView>, CalendarError> = (calendar.years())
        .map(|(year, days)| {
            Ok(YearView {
                year,
                days_off: days.days_off.iter().copied().collect(),
                make_up_days: days.make_up_days.iter().copied().collect(),
                working_days: working_days(&calendar, year)?,
            })
        })
        .collect();
    Ok(Json(views?))
}

fn working_days(calendar: &Calendar, year: i32) -> Result<u32, CalendarError> {
    let Some(first) = NaiveDate::from_ymd_opt(year, 1, 1) else { return Ok(0) };
    let days = first.iter_days().take_while(|day| day.year() == year);
    days.map(|day| calendar.is_working_day(day)).try_fold(0, |count, working| Ok(count + u32::from(working?)))
}

/// When a limit ends that starts at a moment.
#[utoipa::path(get, path = "/api/calendar/due", tag = "calendar", params(DueQuery),
    responses((status = 200, body = DueView), (status = 422, body = FailureBody)))]
pub async fn due(ctx: CityCtx, Query(query): Query<DueQuery>) -> Result<Json<DueView>, Error> {
    let from = Moment::parse(&query.from).map_err(|_| Error::invalid("from", "not_understood"))?;
    let asked = serde_json::json!({ "unit": query.unit, "count": query.count });
    let limit: Limit = serde_json::from_value(asked).map_err(|_| Error::invalid("unit", "not_understood"))?;
    let calendar = calendar::load(&ctx.read().await?).await?;
    let due = calendar.due(from, limit)?;
    Ok(Json(DueView { due, local: calendar.local(due).to_rfc3339() }))
}
