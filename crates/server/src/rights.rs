//! The registry of routes: a route exists only with the [`Access`] it declares, and one guard enforces it.
//!
//! The guard finds the declared access by method and matched path. A route that reached the router past the registry
//! has none and is refused with `route_undeclared`. Changing requests must carry `X-Yipanqi: 1`, which a page of
//! another origin cannot send without asking.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;
use utoipa::openapi::path::PathItem;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};
use yipanqi_domain::access::{Reach, Refusal, Right};

use crate::app::App;
use crate::error::Error;
use crate::request::{At, CityCtx, Lang, Session};
use crate::{party, session};

/// What a route asks of whoever calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anyone, without logging in. The whole list is held by a test.
    Public,
    /// Any signed-in account, also before it has chosen a city or changed its first password.
    Session,
    /// An account that keeps the machine.
    Platform,
    /// A person with any post in the city; the action judges everything else.
    Member,
    /// A person in a city whose posts carry the right somewhere; the action judges the place.
    City(Right),
    /// The bearer of a link that stands, whoever that is: one problem of one city, as far as the link's own rules let.
    Link,
}

impl From<Right> for Access {
    fn from(right: Right) -> Self {
        Self::City(right)
    }
}

/// A route as declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    /// The HTTP method.
    pub method: Method,
    /// The path with its `{parameters}`.
    pub path: String,
    /// What it asks.
    pub access: Access,
}

/// Collects routes with their access; the only way into the application's router.
#[derive(Default)]
pub struct Routes {
    router: OpenApiRouter<App>,
    declared: Vec<Declared>,
}

impl Routes {
    /// Registers a handler (through `routes!(handler)`; method and path stand at the handler) with its access.
    #[must_use]
    pub fn route(mut self, access: impl Into<Access>, routes: UtoipaMethodRouter<App>) -> Self {
        let access = access.into();
        for (path, item) in &routes.1.paths {
            self.declared.extend(methods(item).map(|method| Declared { method, path: path.clone(), access }));
        }
        Self { router: self.router.routes(routes), declared: self.declared }
    }

    /// Registers a handler that takes in a file: it reads the body itself and holds the configured limit of uploads.
    #[must_use]
    pub fn upload(self, access: impl Into<Access>, routes: UtoipaMethodRouter<App>) -> Self {
        let (schemas, paths, methods) = routes;
        self.route(access, (schemas, paths, methods.layer(axum::extract::DefaultBodyLimit::disable())))
    }

    /// Takes in the routes of a noun.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.declared.extend(other.declared);
        Self { router: self.router.merge(other.router), declared: self.declared }
    }

    /// Every route with what it asks.
    #[must_use]
    pub fn declared(&self) -> &[Declared] {
        &self.declared
    }

    /// The router behind its guard, and the description of the interface.
    pub fn finish(self, app: &App) -> (axum::Router<App>, utoipa::openapi::OpenApi) {
        let mut table = BTreeMap::new();
        for route in self.declared {
            table.insert((route.method.to_string(), route.path), route.access);
        }
        let guarded = Guard { app: app.clone(), table: Arc::new(table) };
        let (router, openapi) = self.router.split_for_parts();
        (router.route_layer(axum::middleware::from_fn_with_state(guarded, guard)), openapi)
    }

    /// The description of the interface alone.
    #[must_use]
    pub fn openapi(self) -> utoipa::openapi::OpenApi {
        self.router.into_openapi()
    }
}

fn methods(item: &PathItem) -> impl Iterator<Item = Method> {
    [
        (item.get.is_some(), Method::GET),
        (item.put.is_some(), Method::PUT),
        (item.post.is_some(), Method::POST),
        (item.delete.is_some(), Method::DELETE),
        (item.patch.is_some(), Method::PATCH),
    ]
    .into_iter()
    .filter_map(|(declared, method)| declared.then_some(method))
}

#[derive(Clone)]
struct Guard {
    app: App,
    table: Arc<BTreeMap<(String, String), Access>>,
}

async fn guard(State(guard): State<Guard>, mut request: Request, next: Next) -> Result<Response, Error> {
    let app = &guard.app;
    let method = if request.method() == Method::HEAD { Method::GET } else { request.method().clone() };
    let path = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned()).unwrap_or_default();
    let Some(&access) = guard.table.get(&(method.to_string(), path)) else { return Err(Error::new("route_undeclared")) };
    if method != Method::GET && !request.headers().contains_key("x-yipanqi") {
        return Err(Error::new("header_missing"));
    }
    let moment = app.clock().now();
    let lang = Lang::of(request.uri().query(), request.headers());
    request.extensions_mut().insert(At(moment));
    let mut session = session::actions::current(app, session::token(request.headers()), moment).await?;
    if let (Some(session), Some(absent)) = (&mut session, request.headers().get("x-yipanqi-for")) {
        let absent = absent.to_str().ok().and_then(|absent| absent.parse().ok());
        session.standing_in = Some(absent.ok_or_else(|| Error::new("delegation_missing"))?);
    }
    if session.is_none() && !matches!(access, Access::Public | Access::Link) {
        return Err(session::actions::missing(app, session::token(request.headers())).await?);
    }
    match access {
        Access::Public => {}
        Access::Link => {
            let (parts, body) = request.into_parts();
            let link = party::link::enter(app, &parts, moment).await?;
            request = Request::from_parts(parts, body);
            request.extensions_mut().insert(link);
        }
        Access::Session => {
            session.as_ref().ok_or_else(|| Error::new("session_required"))?;
        }
        Access::Platform => {
            let session = session.as_ref().ok_or_else(|| Error::new("session_required"))?;
            settled(session)?;
            if !session.account.platform_admin {
                return Err(Error::new("platform_admin_required"));
            }
        }
        Access::Member => {
            let ctx = enter(app, session.as_ref(), None, lang).await?;
            request.extensions_mut().insert(ctx);
        }
        Access::City(right) => {
            let ctx = enter(app, session.as_ref(), Some(right), lang).await?;
            if ctx.reach() == Reach::Nothing {
                return Err(Refusal::RightMissing { right }.into());
            }
            request.extensions_mut().insert(ctx);
        }
    }
    if let Some(session) = session {
        request.extensions_mut().insert(session);
    }
    Ok(next.run(request).await)
}

async fn enter(app: &App, session: Option<&Session>, right: Option<Right>, lang: Lang) -> Result<CityCtx, Error> {
    let session = session.ok_or_else(|| Error::new("session_required"))?;
    settled(session)?;
    session::actions::enter(app, session, right, lang).await
}

/// An account whose first password still has to be changed does nothing else.
fn settled(session: &Session) -> Result<(), Error> {
    if session.account.must_change { Err(Error::new("password_must_change")) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;
    use tower::ServiceExt as _;

    use super::*;
    use crate::clock::Clock;
    use crate::config::Config;

    #[tokio::test]
    async fn a_route_past_the_registry_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().display()).parse().unwrap();
        let store = yipanqi_store::Store::open(&url, &folder.path().join("media")).await.unwrap();
        let app = App::new(store, Clock::System, Config::default());
        let stray = OpenApiRouter::new().route("/api/stray", axum::routing::get(async || "secret"));
        let (router, _) = Routes { router: stray, declared: Vec::new() }.finish(&app);
        let request = Request::get("/api/stray").body(axum::body::Body::empty()).unwrap();
        let response = router.with_state(app).oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::FORBIDDEN);
        assert_eq!(response.extensions().get::<Error>().map(Error::code), Some("route_undeclared"));
    }
}
