//! What a job looks like from outside.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use yipanqi_domain::moment::Moment;
use yipanqi_store::job::{Job, JobState};

use crate::error::Error;
use crate::request::Lang;

/// Which jobs; repeat a name to give several.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct JobQuery {
    /// States.
    #[param(value_type = Vec<String>)]
    pub state: Vec<JobState>,
    /// Kinds.
    pub kind: Vec<String>,
    /// The page, from 1.
    pub page: Option<u64>,
    /// Jobs per page, 10 to 200.
    pub size: Option<u64>,
}

/// A page of the jobs.
#[derive(Debug, Serialize, ToSchema)]
pub struct JobPage {
    /// The jobs.
    pub items: Vec<JobView>,
    /// Jobs in all.
    pub total: u64,
    /// The page, from 1.
    pub page: u64,
    /// Jobs per page.
    pub size: u64,
}

/// A background job.
#[derive(Debug, Serialize, ToSchema)]
pub struct JobView {
    /// Identity.
    pub id: String,
    /// What it does.
    pub kind: String,
    /// `waiting`, `running`, `done`, `failed`, `cancelled`.
    #[schema(value_type = String)]
    pub state: JobState,
    /// Steps done.
    pub done: i64,
    /// Steps in all; 0 while unknown.
    pub total: i64,
    /// What it says of itself.
    #[schema(value_type = Option<Object>)]
    pub message: Option<Value>,
    /// When it was asked for.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Moment,
    /// How often it was begun.
    pub attempts: i64,
    /// Whether somebody asked to stop it.
    pub cancel_requested: bool,
    /// Why it failed.
    pub error: Option<JobError>,
}

/// Why a job failed.
#[derive(Debug, Serialize, ToSchema)]
pub struct JobError {
    /// The stable code.
    pub code: String,
    /// What to do about it.
    pub message: String,
}

impl JobView {
    /// The view in a language.
    #[must_use]
    pub fn of(job: Job, lang: Lang) -> Self {
        Self {
            error: job.error.as_ref().map(|error| failed(error, lang)),
            id: job.id,
            kind: job.kind,
            state: job.state,
            done: job.done,
            total: job.total,
            message: job.message.filter(|message| !message.is_null()),
            created_at: job.created_at,
            attempts: job.attempts,
            cancel_requested: job.cancel_requested,
        }
    }
}

fn failed(error: &Value, lang: Lang) -> JobError {
    let code = error.get("code").and_then(Value::as_str).unwrap_or("internal");
    let params = error.get("params").cloned().unwrap_or(Value::Null);
    let error = Error::coded(code, &params, &"");
    JobError { code: error.code().to_owned(), message: error.message(lang) }
}
