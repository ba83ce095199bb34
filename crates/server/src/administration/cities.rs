//! The cities of the installation, for whoever keeps the machine.

use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use yipanqi_store::site::SortOrder;

use crate::app::App;
use crate::error::{Error, FailureBody};
use crate::page::sorted;
use crate::person::{CreatedAccount, actions as person};
use crate::request::{Json, Path, Query, Session};
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

/// A city in the list.
#[derive(Debug, Serialize, ToSchema)]
pub struct CityRow {
    /// Short name in paths, by which it is known.
    pub id: String,
    /// Name.
    pub name: String,
    /// Title over its pages.
    pub title: String,
}

/// Which cities the list shows, and in which order.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct CityQuery {
    /// Words that short name, name or title contain, all of them.
    pub q: String,
    /// `id`, `name` or `title`; `-` before it turns the order. As added if left out.
    pub sort: String,
}

/// Every city of the installation.
#[utoipa::path(get, path = "/api/cities", tag = "administration", params(CityQuery), responses((status = 200, body = Vec<CityRow>),
    (status = 400, body = FailureBody)))]
pub async fn list(State(app): State<App>, Query(query): Query<CityQuery>) -> Result<Json<Vec<CityRow>>, Error> {
    let cities = app.store().cities().await?.into_iter();
    let wanted = query.q.to_lowercase();
    let mut rows: Vec<CityRow> = cities
        .map(|city| CityRow { id: city.slug.to_string(), name: city.name, title: city.title })
        .filter(|city| {
            let words = format!("{} {} {}", city.id, city.name, city.title).to_lowercase();
            wanted.split_whitespace().all(|word| words.contains(word))
        })
        .collect();
    let (column, order) = sorted(&query.sort);
    match column {
        "" => return Ok(Json(rows)),
        "id" => rows.sort_by(|one, other| one.id.cmp(&other.id)),
        "name" => rows.sort_by(|one, other| one.name.cmp(&other.name)),
        "title" => rows.sort_by(|one, other| one.title.cmp(&other.title)),
        _ => return Err(Error::new("query_invalid").with("reason", "sort")),
    }
    match order {
        SortOrder::Ascending => {}
        SortOrder::Descending => rows.reverse(),
    }
    Ok(Json(rows))
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
