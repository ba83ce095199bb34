//! Extract, act, answer.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use yipanqi_domain::access::{self, Reach, Right};
use yipanqi_store::unit;

use super::COOKIE;
use super::actions::{self, Opened};
use super::views::{
    AccountView, ChangePassword, ChooseCity, CityRef, LogIn, OpenSession, PersonRef, PostView, SessionView, TokenInput,
    TokenView, UnitRef,
};
use crate::app::App;
use crate::error::{Error, FailureBody};
use crate::request::{At, Json, Lang, Path, Session};
use crate::spa;

/// Log in.
#[utoipa::path(post, path = "/api/session", tag = "session", request_body = LogIn,
    responses((status = 200, body = SessionView), (status = 401, body = FailureBody), (status = 423, body = FailureBody)))]
pub async fn log_in(
    State(app): State<App>,
    At(moment): At,
    headers: HeaderMap,
    jar: CookieJar,
    Json(input): Json<LogIn>,
) -> Result<(CookieJar, Json<SessionView>), Error> {
    let opened = actions::log_in(&app, &input.login, input.password, agent(&headers), moment).await?;
    opened_answer(&app, jar, opened).await
}

async fn opened_answer(app: &App, jar: CookieJar, opened: Opened) -> Result<(CookieJar, Json<SessionView>), Error> {
    let view = view(app, &opened.session).await?;
    Ok((jar.add(cookie(app, opened.token)), Json(view)))
}

fn agent(headers: &HeaderMap) -> &str {
    headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn cookie(app: &App, token: String) -> Cookie<'static> {
    Cookie::build((COOKIE, token))
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(app.config().secure_cookie)
        // A telephone ends its browser whenever it likes; the session ends by its own rule.
        .permanent()
        .path("/")
        .build()
}

/// Open a token with which another system works in my name and in my city, with my posts.
#[utoipa::path(post, path = "/api/tokens", tag = "session", request_body = TokenInput,
    responses((status = 200, body = TokenView), (status = 422, body = FailureBody)))]
pub async fn issue_token(
    State(app): State<App>,
    session: Session,
    Json(input): Json<TokenInput>,
) -> Result<Json<TokenView>, Error> {
    let name = input.name.trim();
    if name.is_empty() || name.chars().count() > 60 {
        return Err(Error::invalid("name", "token_name"));
    }
    if !(1..=730).contains(&input.days) {
        return Err(Error::invalid("days", "token_days"));
    }
    let (opened, expires_at) = actions::open_token(&app, &session, name, input.days).await?;
    Ok(Json(TokenView { token: opened.token, expires_at }))
}

/// The current session.
#[utoipa::path(get, path = "/api/session", tag = "session",
    responses((status = 200, body = SessionView), (status = 401, body = FailureBody)))]
pub async fn show(State(app): State<App>, session: Session) -> Result<Json<SessionView>, Error> {
    Ok(Json(view(&app, &session).await?))
}

/// Log out; also right without a session.
#[utoipa::path(delete, path = "/api/session", tag = "session", responses((status = 204)))]
pub async fn log_out(State(app): State<App>, session: Option<Session>, jar: CookieJar) -> Result<(StatusCode, CookieJar), Error> {
    if let Some(session) = session {
        actions::log_out(&app, &session).await?;
    }
    Ok((StatusCode::NO_CONTENT, jar.remove(Cookie::build(COOKIE).path("/"))))
}

/// Work in another city.
#[utoipa::path(put, path = "/api/session/city", tag = "session", request_body = ChooseCity,
    responses((status = 200, body = SessionView), (status = 403, body = FailureBody)))]
pub async fn choose_city(
    State(app): State<App>,
    session: Session,
    Json(input): Json<ChooseCity>,
) -> Result<Json<SessionView>, Error> {
    let session = actions::choose_city(&app, &session, &input.slug).await?;
    Ok(Json(view(&app, &session).await?))
}

/// Change the own password.
#[utoipa::path(put, path = "/api/session/password", tag = "session", request_body = ChangePassword,
    responses((status = 200, body = SessionView), (status = 422, body = FailureBody)))]
pub async fn change_password(
    State(app): State<App>,
    session: Session,
    headers: HeaderMap,
    jar: CookieJar,
    Json(input): Json<ChangePassword>,
) -> Result<(CookieJar, Json<SessionView>), Error> {
    let opened = actions::change_password(&app, &session, input.old, input.new, agent(&headers)).await?;
    opened_answer(&app, jar, opened).await
}

/// The account's open sessions.
#[utoipa::path(get, path = "/api/sessions", tag = "session", responses((status = 200, body = Vec<OpenSession>)))]
pub async fn list(State(app): State<App>, session: Session) -> Result<Json<Vec<OpenSession>>, Error> {
    let all = app.store().hub().sessions(&session.account.id).await?;
    let open = all.into_iter().filter(|other| other.revoked_at.is_none() && session.moment < other.expires_at);
    Ok(Json(
        open.map(|other| OpenSession {
            id: actions::public_id(&other.token_hash),
            current: other.token_hash == session.token_hash,
            created_at: other.created_at,
            seen_at: other.seen_at,
            user_agent: other.user_agent,
        })
        .collect(),
    ))
}

/// End one of the account's sessions.
#[utoipa::path(delete, path = "/api/sessions/{id}", tag = "session", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = FailureBody)))]
pub async fn revoke(State(app): State<App>, session: Session, Path(id): Path<String>) -> Result<StatusCode, Error> {
    actions::revoke(&app, &session, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn view(app: &App, session: &Session) -> Result<SessionView, Error> {
    let memberships = app.store().hub().memberships(&session.account.id).await?;
    let cities: Vec<CityRef> = (app.store().cities().await?.into_iter())
        .filter(|city| memberships.iter().any(|membership| membership.city == city.slug))
        .map(|city| CityRef { slug: city.slug.to_string(), name: city.name, title: city.title })
        .collect();
    let city = session.city.as_ref().and_then(|slug| cities.iter().find(|city| city.slug == slug.as_str())).cloned();
    let (person, posts, rights) = match &city {
        Some(_) => {
            let ctx = actions::enter(app, session, None, Lang::Zh).await?;
            let directory = unit::directory(&ctx.read().await?).await?;
            let posts = ctx
                .actor
                .posts
                .iter()
                .filter_map(|post| Some(PostView { unit: UnitRef::from(directory.get(post.unit)?), role: post.role }));
            let reaches = |right: &Right| access::reach(*right, &ctx.actor, &ctx.tree) != Reach::Nothing;
            let rights = Right::ALL.into_iter().filter(reaches).collect();
            (Some(PersonRef { id: ctx.actor.person, name: ctx.name.clone() }), posts.collect(), rights)
        }
        None => (None, Vec::new(), Vec::new()),
    };
    Ok(SessionView {
        account: AccountView {
            id: session.account.id.clone(),
            login: session.account.login.clone(),
            name: session.account.name.clone(),
            must_change: session.account.must_change,
            platform_admin: session.account.platform_admin,
        },
        person,
        posts,
        city,
        cities,
        rights,
        now: session.moment,
        clock: app.clock().kind(),
        build: spa::build(),
        pdf: cfg!(feature = "pdf"),
        map: app.config().map.as_ref().and_then(|map| map.ground().ok()),
    })
}
