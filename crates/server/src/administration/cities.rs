//! The cities of the installation, for whoever keeps the machine.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::error::{Error, FailureBody};
use crate::person::{CreatedAccount, actions as person};
use crate::request::{Json, Path, Session};
use crate::session::CityRef;

/// A city to be added.
#[derive(Debug, Deserialize, ToSchema)]
pub struct NewCity {
    /// Short name in paths: a-z, 0-9, _.
    pub slug: String,
    /// Name, e.g. 云溪市.
    pub name: String,
    /// Title over its pages; the name if left out.
    pub title: Option<String>,
}

/// Every city of the installation.
#[utoipa::path(get, path = "/api/cities", tag = "administration", responses((status = 200, body = Vec<CityRef>)))]
pub async fn list(State(app): State<App>) -> Result<Json<Vec<CityRef>>, Error> {
    let cities = app.store().cities().await?.into_iter();
    Ok(Json(cities.map(|city| CityRef { slug: city.slug.to_string(), name: city.name, title: city.title }).collect()))
}

/// Add a city with an empty database.
#[utoipa::path(post, path = "/api/cities", tag = "administration", request_body = NewCity,
    responses((status = 201, body = CityRef), (status = 409, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn add(
    State(app): State<App>,
    session: Session,
    Json(input): Json<NewCity>,
) -> Result<(StatusCode, Json<CityRef>), Error> {
    if input.name.trim().is_empty() {
        return Err(Error::invalid("name", "required"));
    }
    let slug = input.slug.parse().map_err(|_| Error::invalid("slug", "city_slug_invalid"))?;
    let title = input.title.unwrap_or_else(|| input.name.clone());
    app.store().add_city(&slug, &input.name, &title, session.author(), session.moment).await?;
    Ok((StatusCode::CREATED, Json(CityRef { slug: slug.to_string(), name: input.name, title })))
}

/// Who is to administer a city.
#[derive(Debug, Deserialize, ToSchema)]
pub struct NewAdministrator {
    /// What is typed to log in.
    pub login: String,
    /// Name of the person.
    pub name: String,
}

/// Give a city an administrator, who then adds its people and imports its data.
#[utoipa::path(post, path = "/api/cities/{slug}/administrators", tag = "administration", params(("slug" = String, Path)),
    request_body = NewAdministrator,
    responses((status = 201, body = CreatedAccount), (status = 404, body = FailureBody), (status = 409, body = FailureBody)))]
pub async fn administrator(
    State(app): State<App>,
    session: Session,
    Path(slug): Path<String>,
    Json(input): Json<NewAdministrator>,
) -> Result<(StatusCode, Json<CreatedAccount>), Error> {
    if input.name.trim().is_empty() {
        return Err(Error::invalid("name", "required"));
    }
    let slug = slug.parse().map_err(|_| Error::new("city_unknown"))?;
    let made = person::administer(&app, &slug, input.login, input.name, session.author(), session.moment).await?;
    Ok((StatusCode::CREATED, Json(made)))
}
