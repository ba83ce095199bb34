//! The application: what every request shares, and the one place where nouns join the router.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, HeaderValue, Request, Response, StatusCode, header};
use axum::middleware;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;
use yipanqi_store::Store;

use crate::clock::Clock;
use crate::config::Config;
use crate::error::{self, Error};
use crate::ground::GroundConfig;
use crate::job::Kinds;
use crate::rights::Routes;
use crate::{
    administration, assessment, board, books, comparison, crosswalk, delegation, duty, facility, framework, import, job, live,
    lookback, media, mine, notice, pairing, party, patrol, person, problem, round, score, search, session, site, slip, spa,
    statistics, sync, system, task, todo, view,
};

/// What every request, job and command shares; cheap to clone.
#[derive(Clone)]
pub struct App {
    shared: Arc<Shared>,
    kinds: Kinds,
}

struct Shared {
    store: Store,
    clock: Clock,
    config: Config,
    shutdown: tokio::sync::watch::Sender<bool>,
}

impl App {
    /// Joins the store, the clock and the configuration with the kinds of jobs that the nouns register.
    #[must_use]
    pub fn new(store: Store, clock: Clock, config: Config) -> Self {
        let shutdown = tokio::sync::watch::Sender::new(false);
        Self { shared: Arc::new(Shared { store, clock, config, shutdown }), kinds: kinds() }
    }

    /// The same application with other kinds of background jobs.
    #[must_use]
    pub fn with_kinds(&self, kinds: Kinds) -> Self {
        Self { shared: Arc::clone(&self.shared), kinds }
    }

    /// The databases and the media.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.shared.store
    }

    /// The business clock.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    /// The configuration of the process.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.shared.config
    }

    /// The kinds of background jobs.
    #[must_use]
    pub fn kinds(&self) -> &Kinds {
        &self.kinds
    }

    /// Asks live streams and workers to end.
    pub fn shut_down(&self) {
        self.shared.shutdown.send_replace(true);
    }

    /// Waits until the process is asked to end.
    pub async fn ending(&self) {
        let mut ending = self.shared.shutdown.subscribe();
        // The sender lives as long as the application, so the wait only ends by the signal.
        let _ended = ending.wait_for(|ending| *ending).await;
    }
}

/// Every route of the product; a noun joins here.
#[must_use]
pub fn routes() -> Routes {
    Routes::default()
        .merge(session::routes())
        .merge(person::routes())
        .merge(administration::routes())
        .merge(problem::routes())
        .merge(import::routes())
        .merge(slip::routes())
        .merge(todo::routes())
        .merge(view::routes())
        .merge(media::routes())
        .merge(job::routes())
        .merge(live::routes())
        .merge(framework::routes())
        .merge(comparison::routes())
        .merge(crosswalk::routes())
        .merge(site::routes())
        .merge(round::routes())
        .merge(sync::routes())
        .merge(system::routes())
        .merge(score::routes())
        .merge(assessment::routes())
        .merge(board::routes())
        .merge(books::routes())
        .merge(notice::routes())
        .merge(search::routes())
        .merge(statistics::routes())
        .merge(duty::routes())
        .merge(mine::routes())
        .merge(facility::routes())
        .merge(pairing::routes())
        .merge(party::routes())
        .merge(patrol::routes())
        .merge(lookback::routes())
        .merge(delegation::routes())
        .merge(task::routes())
}

/// Every kind of background job; a noun joins here.
fn kinds() -> Kinds {
    let kinds = task::kinds(problem::kinds(import::kinds(Kinds::default())));
    administration::kinds(comparison::kinds(notice::kinds(party::kinds(slip::kinds(score::kinds(kinds))))))
}

/// The whole application as one service.
pub fn router(app: &App) -> axum::Router {
    let config = app.config();
    let (guarded, _) = routes().finish(app);
    let request_id = HeaderName::from_static("x-request-id");
    let limit = |seconds| TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, Duration::from_secs(seconds));
    let compressed = SizeAbove::new(512)
        .and(NotForContentType::IMAGES)
        .and(NotForContentType::SSE)
        .and(NotForContentType::new("application/vnd."))
        .and(NotForContentType::new("application/pdf"));
    axum::Router::new()
        .merge(guarded)
        .fallback(spa::serve)
        .method_not_allowed_fallback(async || Error::new("method_not_allowed"))
        .layer(DefaultBodyLimit::max(config.body_kib * 1024))
        .layer(limit(config.request_seconds))
        .layer(CatchPanicLayer::custom(|_| axum::response::IntoResponse::into_response(Error::internal("panic in a handler"))))
        .layer(middleware::from_fn(error::answer))
        .layer(CompressionLayer::new().compress_when(compressed))
        .layer(header_layer(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(header_layer(header::REFERRER_POLICY, referrer_policy(config)))
        .layer(header_layer(header::X_FRAME_OPTIONS, "DENY"))
        .layer(SetResponseHeaderLayer::if_not_present(header::CONTENT_SECURITY_POLICY, content_policy(config)))
        .layer(PropagateRequestIdLayer::new(request_id.clone()))
        .layer(
            TraceLayer::new_for_http()
                .make_span_with(|request: &Request<_>| {
                    let id = request.headers().get("x-request-id").and_then(|id| id.to_str().ok()).unwrap_or_default();
                    tracing::info_span!("request", id, method = %request.method(), path = request.uri().path())
                })
                .on_response(|response: &Response<_>, took: Duration, _: &tracing::Span| {
                    tracing::info!(status = response.status().as_u16(), ms = took.as_millis(), "answered");
                }),
        )
        .layer(SetRequestIdLayer::new(request_id, MakeRequestUuid))
        .with_state(app.clone())
}

/// No script, style sheet, frame or connection from elsewhere, but for pictures of the map's ground where one is configured;
/// element styles and worker blobs are what the component library and the map need.
fn content_policy(config: &Config) -> HeaderValue {
    let ground = config.map.as_ref().and_then(GroundConfig::host).map_or_else(String::new, |host| format!(" {host}"));
    let policy = format!(
        "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:{ground}; \
         connect-src 'self'{ground}; worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'; \
         frame-ancestors 'none'"
    );
    // The host holds plain letters only; were it otherwise, nothing may be fetched at all.
    HeaderValue::from_str(&policy).unwrap_or_else(|_| HeaderValue::from_static("default-src 'none'"))
}

/// Pages say nowhere where they come from, but for their host to the map's ground at another one: Tianditu asks whom a key was
/// given to.
fn referrer_policy(config: &Config) -> &'static str {
    match config.map.as_ref().and_then(GroundConfig::host) {
        Some(_) => "strict-origin-when-cross-origin",
        None => "same-origin",
    }
}

fn header_layer(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_host_of_the_ground_is_let_in_and_only_for_pictures() {
        let plain = content_policy(&Config::default());
        assert!(!plain.to_str().unwrap().contains("http"), "{plain:?}");
        assert_eq!(referrer_policy(&Config::default()), "same-origin");
        let map = toml::from_str("kind = \"xyz\"\nurl = \"https://tiles.example.cn/{z}/{x}/{y}.png\"").unwrap();
        let config = Config { map: Some(map), ..Config::default() };
        assert_eq!(referrer_policy(&config), "strict-origin-when-cross-origin", "the host alone");
        let policy = content_policy(&config);
        let parts: Vec<&str> = policy.to_str().unwrap().split(';').map(str::trim).filter(|part| part.contains("http")).collect();
        assert_eq!(parts, ["img-src 'self' data: blob: https://tiles.example.cn", "connect-src 'self' https://tiles.example.cn"]);
    }
}
