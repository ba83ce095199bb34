//! Extract, act, answer.

use std::collections::HashMap;

use axum::extract::State;
use axum::http::StatusCode;
use yipanqi_store::unit;

use super::actions;
use super::views::{AccountQuery, AccountRow, Created, CreatedAccount, DatedPost, NewAccount, NewPost, PhoneInput};
use crate::app::App;
use crate::error::{Error, FailureBody};
use crate::export::{self, Column, ColumnQuery, Sheet, text};
use crate::page::Workbook;
use crate::request::{CityCtx, Json, Path, Query};
use crate::session::UnitRef;

/// The accounts of the city with their posts.
#[utoipa::path(get, path = "/api/accounts", tag = "people", params(AccountQuery), responses((status = 200, body = Vec<AccountRow>)))]
pub async fn list(
    State(app): State<App>,
    ctx: CityCtx,
    Query(query): Query<AccountQuery>,
) -> Result<Json<Vec<AccountRow>>, Error> {
    Ok(Json(found(&app, &ctx, &query).await?))
}

async fn found(app: &App, ctx: &CityCtx, query: &AccountQuery) -> Result<Vec<AccountRow>, Error> {
    let hub = app.store().hub();
    let mut accounts: HashMap<String, _> =
        hub.accounts().await?.into_iter().map(|account| (account.id.clone(), account)).collect();
    let members = hub.members(ctx.city.slug()).await?;
    let tx = ctx.read().await?;
    let directory = unit::directory(&tx).await?;
    let held = unit::posts(&tx, None, ctx.today()).await?;
    let mut rows = Vec::new();
    for membership in members {
        let Some(account) = accounts.remove(&membership.account_id) else { continue };
        let posts = held.iter().filter(|post| post.person == membership.person).filter_map(|post| {
            Some(DatedPost {
                id: post.id,
                unit: UnitRef::from(directory.get(post.unit)?),
                role: post.role,
                valid_from: post.valid_from,
                valid_to: post.valid_to,
            })
        });
        let row = AccountRow {
            posts: posts.collect(),
            id: account.id,
            person_id: membership.person,
            login: account.login,
            name: account.name,
            phone: account.phone,
            first_password: account.must_change,
            disabled: account.disabled,
            locked_until: account.locked_until.filter(|until| ctx.moment < *until),
        };
        let units = row.posts.iter().flat_map(|post| [&post.unit.name, &post.unit.short_name]);
        if query.first_password.is_some_and(|wanted| wanted != row.first_password) {
            continue;
        }
        if [&row.login, &row.name].into_iter().chain(&row.phone).chain(units).any(|text| text.contains(query.q.trim())) {
            rows.push(row);
        }
    }
    rows.sort_by(|a, b| a.login.cmp(&b.login));
    Ok(rows)
}

/// Every column, in the list's order.
#[rustfmt::skip]
const SHEET: Sheet<AccountRow> = Sheet { file: "accounts", zh: "账号", en: "Accounts", columns: &[
    Column { name: "name", zh: "姓名", en: "Name", width: 14, cell: |row, _| text(&row.name) },
    Column { name: "login", zh: "账号", en: "Login", width: 18, cell: |row, _| text(&row.login) },
    Column { name: "phone", zh: "手机号", en: "Mobile number", width: 16, cell: |row, _| export::some(row.phone.as_deref()) },
    Column { name: "posts", zh: "岗位", en: "Posts", width: 40, cell: |row, pen| {
        let role = |post: &DatedPost| serde_json::to_value(post.role).ok().and_then(|role| role.as_str().map(str::to_owned)).unwrap_or_default();
        let posts = row.posts.iter().map(|post| format!("{} {}", post.unit.name, crate::words::word("role", &role(post), pen.lang)));
        text(&posts.collect::<Vec<_>>().join("；"))
    } },
    Column { name: "locked_until", zh: "锁定至", en: "Locked until", width: 18, cell: |row, pen| pen.moment(row.locked_until) },
] };

/// The same accounts as a workbook.
#[utoipa::path(get, path = "/api/accounts/export.xlsx", tag = "people", params(AccountQuery, ColumnQuery),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>),
        (status = 422, body = FailureBody)))]
pub async fn export(
    State(app): State<App>,
    ctx: CityCtx,
    Query(query): Query<AccountQuery>,
    Query(columns): Query<ColumnQuery>,
) -> Result<Workbook, Error> {
    let rows = found(&app, &ctx, &query).await?;
    export::book(&ctx, &SHEET, &columns, &rows).await
}

/// Make an account for a person with a first post.
#[utoipa::path(post, path = "/api/accounts", tag = "people", request_body = NewAccount,
    responses((status = 201, body = CreatedAccount), (status = 409, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn create(
    State(app): State<App>,
    ctx: CityCtx,
    Json(input): Json<NewAccount>,
) -> Result<(StatusCode, Json<CreatedAccount>), Error> {
    Ok((StatusCode::CREATED, Json(actions::create(&app, &ctx, input).await?)))
}

/// Give a further post.
#[utoipa::path(post, path = "/api/accounts/{id}/posts", tag = "people", params(("id" = String, Path)), request_body = NewPost,
    responses((status = 201, body = Created), (status = 404, body = FailureBody), (status = 409, body = FailureBody)))]
pub async fn add_post(
    State(app): State<App>,
    ctx: CityCtx,
    Path(id): Path<String>,
    Json(input): Json<NewPost>,
) -> Result<(StatusCode, Json<Created>), Error> {
    let id = actions::add_post(&app, &ctx, &id, input.unit_id, input.role).await?;
    Ok((StatusCode::CREATED, Json(Created { id })))
}

/// End a post.
#[utoipa::path(delete, path = "/api/posts/{id}", tag = "people", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = FailureBody)))]
pub async fn end_post(ctx: CityCtx, Path(id): Path<uuid::Uuid>) -> Result<StatusCode, Error> {
    actions::end_post(&ctx, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Give an account a new first password.
#[utoipa::path(post, path = "/api/accounts/{id}/reset", tag = "people", params(("id" = String, Path)),
    responses((status = 200, body = CreatedAccount), (status = 404, body = FailureBody)))]
pub async fn reset(State(app): State<App>, ctx: CityCtx, Path(id): Path<String>) -> Result<Json<CreatedAccount>, Error> {
    Ok(Json(actions::reset(&app, &ctx, &id).await?))
}

/// End every session of an account.
#[utoipa::path(post, path = "/api/accounts/{id}/revoke", tag = "people", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = FailureBody)))]
pub async fn revoke(State(app): State<App>, ctx: CityCtx, Path(id): Path<String>) -> Result<StatusCode, Error> {
    actions::revoke(&app, &ctx, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Give an account another telephone number to sign in with, or none.
#[utoipa::path(put, path = "/api/accounts/{id}/phone", tag = "people", params(("id" = String, Path)), request_body = PhoneInput,
    responses((status = 204), (status = 404, body = FailureBody), (status = 409, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn set_phone(
    State(app): State<App>,
    ctx: CityCtx,
    Path(id): Path<String>,
    Json(input): Json<PhoneInput>,
) -> Result<StatusCode, Error> {
    actions::set_phone(&app, &ctx, &id, input.phone.as_deref()).await?;
    Ok(StatusCode::NO_CONTENT)
}
