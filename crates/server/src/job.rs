//! Background jobs: enqueued in the transaction of the change that wants them, run here, seen and cancelled over HTTP.
//!
//! A noun registers a kind (`Kinds::with("import", run)`). A run must be idempotent: after a crash its lease runs out
//! and it is run again from the beginning. It reports progress, asks whether it was cancelled, and fails in one of two
//! ways: [`Failure::Retry`] (again after a while) or [`Failure::Dead`] (never again, shown to people).

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;

use serde_json::Value;
use yipanqi_domain::moment::Moment;
use yipanqi_store::schedule::Recurring;

use crate::app::App;
use crate::error::Error;
use crate::rights::Routes;

mod every;
mod handlers;
mod task;
mod views;
pub mod worker;

pub use every::Every;
pub use task::Task;

/// How a run ended when it did not finish.
#[derive(Debug)]
pub enum Failure {
    /// A passing trouble: try again later.
    Retry(Error),
    /// It will never work: say so.
    Dead(Error),
    /// It was asked to stop and did.
    Cancelled,
}

/// A failure of the server is passing; everything that names its own cause will not go away by itself.
impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        if error.status().is_server_error() { Self::Retry(error) } else { Self::Dead(error) }
    }
}

type Running = Pin<Box<dyn Future<Output = Result<Value, Failure>> + Send>>;
type Run = Arc<dyn Fn(App, Task) -> Running + Send + Sync>;

/// The kinds of jobs that this process can run.
#[derive(Clone, Default)]
pub struct Kinds {
    runs: BTreeMap<&'static str, Run>,
    recurring: BTreeMap<&'static str, Every>,
}

impl Kinds {
    /// Adds a kind and what runs it; the value it gives is kept as the job's message.
    #[must_use]
    pub fn with<F, R>(mut self, name: &'static str, run: F) -> Self
    where
        F: Fn(App, Task) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Value, Failure>> + Send + 'static,
    {
        self.runs.insert(name, Arc::new(move |app, task| Box::pin(run(app, task))));
        self
    }

    /// Lets a kind be begun by itself in every city, as often as it says; its payload is then an empty object.
    #[must_use]
    pub fn every(mut self, name: &'static str, every: Every) -> Self {
        self.recurring.insert(name, every);
        self
    }

    /// The recurring work with the times that follow a moment.
    fn recurring(&self, now: Moment) -> Vec<Recurring> {
        self.recurring.iter().map(|(&kind, every)| Recurring { kind, next: every.after(now) }).collect()
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.runs.keys().copied()
    }

    fn get(&self, name: &str) -> Option<&Run> {
        self.runs.get(name)
    }
}

/// The routes of the noun.
#[must_use]
pub fn routes() -> Routes {
    use utoipa_axum::routes;
    use yipanqi_domain::access::Right;
    Routes::default()
        .route(Right::ViewJobs, routes!(handlers::list))
        .route(Right::ViewJobs, routes!(handlers::export))
        .route(Right::ViewJobs, routes!(handlers::show))
        .route(Right::ViewJobs, routes!(handlers::cancel))
}
