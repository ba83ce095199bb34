//! Every failure a client can see, as RFC 9457 bodies made from one table.
//!
//! A rule, the store or a reader of documents names its failure by a stable code; [`table`] knows the HTTP status and
//! the sentence in both languages. The body is written by [`answer`] at the edge of the application, because only
//! there the language of the reader is known. A code missing from the table is answered as `internal` and logged.

use std::fmt;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use yipanqi_domain::access;
use yipanqi_domain::audit::ChainFault;
use yipanqi_domain::calendar::CalendarError;

use crate::request::Lang;

pub mod table;

use table::Code;

/// A failure with its code and what fills the gaps of its sentence; cheap to clone.
#[derive(Clone)]
pub struct Error(Arc<Inner>);

struct Inner {
    code: &'static Code,
    data: Map<String, Value>,
    errors: Vec<(String, &'static Code)>,
    cause: Option<String>,
}

/// The body of a failed request (RFC 9457, `application/problem+json`).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Failure)]
pub struct FailureBody {
    /// `urn:yipanqi:error:<code>`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What happened, one sentence.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// The stable code.
    pub code: String,
    /// What happened and what to do.
    pub detail: String,
    /// Faults of single fields.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldFailure>,
    /// Values that belong to the code, such as the missing year.
    #[serde(skip_serializing_if = "Map::is_empty")]
    #[schema(value_type = Object)]
    pub data: Map<String, Value>,
}

/// A fault of one field of the request.
#[derive(Debug, Serialize, ToSchema)]
pub struct FieldFailure {
    /// Name of the field in the body.
    pub field: String,
    /// The stable code.
    pub code: String,
    /// What to do about it.
    pub message: String,
}

impl Error {
    /// A failure by its code.
    #[must_use]
    pub fn new(code: &str) -> Self {
        match table::find(code) {
            Some(code) => Self(Arc::new(Inner { code, data: Map::new(), errors: Vec::new(), cause: None })),
            None => Self::internal(format!("no entry for the code {code}")),
        }
    }

    /// A failure of the server itself; the cause is logged and never shown.
    #[must_use]
    pub fn internal(cause: impl fmt::Display) -> Self {
        let cause = Some(cause.to_string());
        Self(Arc::new(Inner { code: &table::INTERNAL, data: Map::new(), errors: Vec::new(), cause }))
    }

    /// A failure named by a rule: its own fields fill the gaps of the sentence.
    #[must_use]
    pub fn coded(code: &str, detail: &impl Serialize, cause: &impl fmt::Display) -> Self {
        let mut error = Self::new(code);
        if let Some(inner) = Arc::get_mut(&mut error.0) {
            if let Ok(Value::Object(fields)) = serde_json::to_value(detail) {
                inner.data.extend(fields.into_iter().filter(|(name, value)| name != "code" && !value.is_null()));
            }
            if inner.cause.is_none() {
                inner.cause = Some(cause.to_string());
            }
        }
        error
    }

    /// Adds a value for the sentence and the body's `data`.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        let value = value.into();
        if let Some(inner) = Arc::get_mut(&mut self.0) {
            inner.data.insert(name.to_owned(), value);
        }
        self
    }

    /// Adds the fault of a field.
    #[must_use]
    pub fn field(mut self, field: &str, code: &str) -> Self {
        if let (Some(inner), Some(code)) = (Arc::get_mut(&mut self.0), table::find(code)) {
            inner.errors.push((field.to_owned(), code));
        }
        self
    }

    /// A request whose field is wrong in the way the code says.
    #[must_use]
    pub fn invalid(field: &str, code: &str) -> Self {
        Self::new("invalid").field(field, code)
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.0.code.code
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.0.code.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The sentence in a language, with its gaps filled.
    #[must_use]
    pub fn message(&self, lang: Lang) -> String {
        self.0.code.sentence(lang, &self.0.data)
    }

    /// The values that belong to the code.
    #[must_use]
    pub fn data(&self) -> &Map<String, Value> {
        &self.0.data
    }

    fn body(&self, lang: Lang) -> FailureBody {
        let detail = self.message(lang);
        let title = match lang {
            Lang::Zh => detail.split_inclusive('。').next(),
            Lang::En => detail.split_inclusive(". ").next().map(str::trim_end),
        };
        FailureBody {
            kind: format!("urn:yipanqi:error:{}", self.code()),
            title: title.unwrap_or_default().to_owned(),
            status: self.0.code.status,
            code: self.code().to_owned(),
            errors: (self.0.errors.iter())
                .map(|(field, code)| FieldFailure {
                    field: field.clone(),
                    code: code.code.to_owned(),
                    message: code.sentence(lang, &self.0.data),
                })
                .collect(),
            detail,
            data: self.0.data.clone(),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code(), self.message(Lang::En))?;
        match &self.0.cause {
            Some(cause) => write!(f, " ({cause})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {}

impl From<access::Refusal> for Error {
    fn from(refusal: access::Refusal) -> Self {
        Self::coded(refusal.code(), &refusal, &refusal)
    }
}

impl From<yipanqi_domain::problem::Refusal> for Error {
    fn from(refusal: yipanqi_domain::problem::Refusal) -> Self {
        Self::coded(refusal.code(), &refusal, &refusal)
    }
}

impl From<yipanqi_domain::duty::Refusal> for Error {
    fn from(refusal: yipanqi_domain::duty::Refusal) -> Self {
        Self::coded(refusal.code(), &refusal, &refusal)
    }
}

impl From<yipanqi_domain::task::Refusal> for Error {
    fn from(refusal: yipanqi_domain::task::Refusal) -> Self {
        // The facts of a plan that cannot be laid stand one step deeper.
        match &refusal {
            yipanqi_domain::task::Refusal::Plan { fault } => Self::coded(refusal.code(), fault, &refusal),
            _ => Self::coded(refusal.code(), &refusal, &refusal),
        }
    }
}

impl From<yipanqi_domain::slip::Refusal> for Error {
    fn from(refusal: yipanqi_domain::slip::Refusal) -> Self {
        Self::coded(refusal.code(), &refusal, &refusal)
    }
}

impl From<yipanqi_domain::party::Refusal> for Error {
    fn from(refusal: yipanqi_domain::party::Refusal) -> Self {
        Self::coded(refusal.code(), &refusal, &refusal)
    }
}

impl From<yipanqi_domain::patrol::Refusal> for Error {
    fn from(refusal: yipanqi_domain::patrol::Refusal) -> Self {
        Self::coded(refusal.code(), &refusal, &refusal)
    }
}

impl From<ChainFault> for Error {
    fn from(fault: ChainFault) -> Self {
        Self::new(fault.code()).with("seq", fault.seq)
    }
}

impl From<CalendarError> for Error {
    fn from(error: CalendarError) -> Self {
        let known = Self::new(error.code());
        match error {
            CalendarError::YearMissing { year } => known.with("year", year),
            CalendarError::OutOfRange => known,
        }
    }
}

impl From<yipanqi_store::StoreError> for Error {
    fn from(error: yipanqi_store::StoreError) -> Self {
        Self::coded(error.code(), &Value::Null, &error)
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        if self.status().is_server_error() {
            tracing::error!(code = self.code(), "{self}");
        }
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Writes the body of a failure in the reader's language; wraps the whole application.
pub async fn answer(request: Request, next: Next) -> Response {
    let lang = Lang::of(request.uri().query(), request.headers());
    let is_api = request.uri().path().starts_with("/api/");
    let response = next.run(request).await;
    let error = match response.extensions().get::<Error>() {
        Some(error) => error.clone(),
        None => match (is_api, response.status()) {
            (true, StatusCode::METHOD_NOT_ALLOWED) => Error::new("method_not_allowed"),
            (true, StatusCode::PAYLOAD_TOO_LARGE) => Error::new("body_too_large"),
            (_, StatusCode::REQUEST_TIMEOUT) => Error::new("request_timeout"),
            _ => return response,
        },
    };
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    parts.headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(lang.tag()));
    parts.headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    match serde_json::to_vec(&error.body(lang)) {
        Ok(bytes) => Response::from_parts(parts, Body::from(bytes)),
        Err(_) => Response::from_parts(parts, Body::empty()),
    }
}
