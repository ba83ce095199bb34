//! Live updates: server-sent events about what changed in the city, so that open pages reload what they show.
//!
//! An event names a kind and an identity and nothing else; whoever wants more asks for it and meets the rights there.
//! Events go only to people whose right to that kind reaches one of the event's units. A browser that comes back sends
//! `Last-Event-ID` and gets what it missed.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::Stream;
use utoipa_axum::routes;
use yipanqi_domain::access::{Reach, Right};
use yipanqi_store::event;

use crate::app::App;
use crate::error::Error;
use crate::request::CityCtx;
use crate::rights::{Access, Routes};

/// Events read at a time.
const CHUNK: u64 = 200;
/// How often the table is looked at when nothing woke: other processes change the city too.
const LOOK: Duration = Duration::from_secs(5);
/// How long a stream lives before the browser connects anew, and with it posts and units are read anew.
const LIFE: Duration = Duration::from_secs(600);

/// The routes of live updates.
#[must_use]
pub fn routes() -> Routes {
    Routes::default().route(Access::Member, routes!(events))
}

/// What changes in the city from now on, or since `Last-Event-ID`.
#[utoipa::path(get, path = "/api/events", tag = "live",
    params(("last-event-id" = Option<i64>, Header, description = "The last event seen")),
    responses((status = 200, content_type = "text/event-stream", body = String)))]
pub async fn events(
    State(app): State<App>,
    ctx: CityCtx,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Error> {
    let asked = headers.get("last-event-id").and_then(|value| value.to_str().ok()).and_then(|text| text.parse().ok());
    let last = match asked {
        Some(last) => last,
        None => event::newest(&ctx.read().await?).await?,
    };
    // Subscribed before the first look: what is committed in between wakes.
    let commits = ctx.city.commits();
    let reading = Reading { ctx, commits, last, pending: Vec::new().into_iter() };
    let stream = futures_util::stream::unfold(reading, |mut reading| async move {
        let event = reading.next().await;
        Some((Ok(event), reading))
    });
    let ending = async move {
        tokio::select! {
            () = app.ending() => {}
            () = tokio::time::sleep(LIFE) => {}
        }
    };
    let stream = futures_util::StreamExt::take_until(stream, Box::pin(ending));
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))))
}

struct Reading {
    ctx: CityCtx,
    commits: tokio::sync::watch::Receiver<u64>,
    last: i64,
    pending: std::vec::IntoIter<event::Event>,
}

impl Reading {
    async fn next(&mut self) -> Event {
        loop {
            for event in self.pending.by_ref() {
                if may_see(&self.ctx, &event) {
                    let body = serde_json::json!({ "subject_id": event.subject_id });
                    return Event::default().id(event.seq.to_string()).event(noun(&event.kind)).data(body.to_string());
                }
            }
            let found = self.look().await.unwrap_or_else(|error| {
                tracing::warn!(%error, "events could not be read");
                Vec::new()
            });
            match found.last() {
                Some(newest) => {
                    self.last = newest.seq;
                    self.pending = found.into_iter();
                }
                None => {
                    tokio::select! {
                        changed = self.commits.changed() => {
                            if changed.is_err() {
                                tokio::time::sleep(LOOK).await;
                            }
                        }
                        () = tokio::time::sleep(LOOK) => {}
                    }
                }
            }
        }
    }

    async fn look(&self) -> Result<Vec<event::Event>, Error> {
        Ok(event::since(&self.ctx.read().await?, self.last, CHUNK).await?)
    }
}

/// The noun of an event's kind: `problem_changed` is about a problem.
fn noun(kind: &str) -> &str {
    kind.split('_').next().unwrap_or(kind)
}

/// The right that lets somebody know of changes of a noun.
fn right(noun: &str) -> Option<Right> {
    match noun {
        "problem" => Some(Right::ViewProblem),
        "slip" => Some(Right::ViewSlip),
        "round" | "visit" => Some(Right::ViewRound),
        "score" => Some(Right::ViewScore),
        "import" | "question" => Some(Right::Import),
        "job" => Some(Right::ViewJobs),
        "site" => Some(Right::ViewSites),
        "unit" | "calendar" => Some(Right::ViewUnits),
        _ => None,
    }
}

fn may_see(ctx: &CityCtx, event: &event::Event) -> bool {
    if event.kind == "notice" {
        return event.subject_id == ctx.actor.person.to_string();
    }
    let Some(right) = right(noun(&event.kind)) else { return false };
    match ctx.reach_of(right) {
        Reach::Everything => true,
        Reach::Units(units) => event.units.is_empty() || event.units.iter().any(|unit| units.contains(unit)),
        Reach::Nothing => false,
    }
}
