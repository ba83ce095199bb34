//! A browser in process: logs in and sends what a page sends.

use anyhow::{Context as _, bail};
use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, header};
use serde_json::{Value, json};
use tower::ServiceExt as _;
use yipanqi_domain::moment::Moment;

use crate::clock::Clock;

/// Sends requests of anybody; the clock is moved by the story.
#[derive(Clone)]
pub struct Client {
    router: Router,
    clock: Clock,
}

/// What a connection carries of a request's body.
#[derive(Debug, Clone)]
pub enum Carried {
    /// All of it.
    Whole(Vec<u8>),
    /// This beginning; then it breaks.
    Broken(Vec<u8>),
}

/// A logged-in person.
#[derive(Debug, Clone)]
pub struct Person {
    cookie: String,
}

impl Client {
    /// A client of the application.
    #[must_use]
    pub fn new(router: Router, clock: Clock) -> Self {
        Self { router, clock }
    }

    /// Moves the clock.
    ///
    /// # Errors
    /// A text that is no moment.
    pub fn at(&self, moment: &str) -> anyhow::Result<()> {
        self.clock.set(super::moment(moment)?);
        Ok(())
    }

    /// Moves the clock to a moment so many minutes after another.
    ///
    /// # Errors
    /// A text that is no moment.
    pub fn after(&self, moment: &str, minutes: i64) -> anyhow::Result<()> {
        let begun = super::moment(moment)?;
        self.clock.set(Moment::new(begun.utc() + chrono::TimeDelta::minutes(minutes)));
        Ok(())
    }

    /// Logs in.
    pub async fn log_in(&self, login: &str) -> anyhow::Result<Person> {
        let body = json!({ "login": login, "password": super::PASSWORD });
        let request = Request::builder()
            .method(Method::POST)
            .uri("/api/session")
            .header("x-yipanqi", "1")
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string()))?;
        let response = self.router.clone().oneshot(request).await?;
        let cookie = response.headers().get(header::SET_COOKIE).and_then(|cookie| cookie.to_str().ok());
        let cookie = cookie.and_then(|cookie| cookie.split(';').next()).with_context(|| format!("{login} cannot log in"))?;
        Ok(Person { cookie: cookie.to_owned() })
    }

    /// Another system that bears a token.
    #[must_use]
    pub fn bearing(token: &str) -> Person {
        Person { cookie: format!("{}={token}", crate::session::COOKIE) }
    }

    /// What a page reads.
    pub async fn get(&self, person: &Person, path: &str) -> anyhow::Result<Value> {
        self.send(person, Method::GET, path, None).await
    }

    /// A command: gets its own identity.
    pub async fn post(&self, person: &Person, path: &str, mut body: Value) -> anyhow::Result<Value> {
        body["command_id"] = uuid::Uuid::now_v7().to_string().into();
        self.send(person, Method::POST, path, Some(body)).await
    }

    /// A command that replaces.
    pub async fn put(&self, person: &Person, path: &str, mut body: Value) -> anyhow::Result<Value> {
        body["command_id"] = uuid::Uuid::now_v7().to_string().into();
        self.send(person, Method::PUT, path, Some(body)).await
    }

    /// Sends what whoever holds a link sends.
    pub async fn by_link(&self, link: &str, method: Method, path: &str, mut body: Value) -> anyhow::Result<Value> {
        body["command_id"] = uuid::Uuid::now_v7().to_string().into();
        let request = Request::builder().method(method).uri(path).header("x-yipanqi", "1").header("x-yipanqi-link", link);
        let request = request.header(header::CONTENT_TYPE, "application/json").body(Body::from(body.to_string()))?;
        self.answer(path, request).await
    }

    /// A photograph that comes by a link; gives its identity.
    pub async fn photo_by_link(&self, link: &str, path: &std::path::Path) -> anyhow::Result<String> {
        let request = Request::builder().method(Method::POST).uri("/api/party-link/photos").header("x-yipanqi", "1");
        self.photo_of(request.header("x-yipanqi-link", link), "/api/party-link/photos", path).await
    }

    /// A photograph; gives its identity.
    pub async fn photo(&self, person: &Person, path: &std::path::Path) -> anyhow::Result<String> {
        self.photo_of(self.request(person, Method::POST, "/api/media"), "/api/media", path).await
    }

    async fn photo_of(&self, request: axum::http::request::Builder, to: &str, path: &std::path::Path) -> anyhow::Result<String> {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let mut body =
            format!("--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n").into_bytes();
        body.extend(tokio::fs::read(path).await.with_context(|| path.display().to_string())?);
        body.extend_from_slice(b"\r\n--edge--\r\n");
        let request = request.header(header::CONTENT_TYPE, "multipart/form-data; boundary=edge").body(Body::from(body))?;
        let answer = self.answer(to, request).await?;
        Ok(answer["id"].as_str().context("a photograph without identity")?.to_owned())
    }

    /// A request as an application sends it, with headers and bytes of its own.
    pub async fn raw(
        &self,
        person: &Person,
        method: &str,
        path: &str,
        headers: &[(&str, String)],
        carried: Carried,
    ) -> anyhow::Result<Value> {
        let mut request = self.request(person, method.parse()?, path);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let body = match carried {
            Carried::Whole(bytes) => Body::from(bytes),
            Carried::Broken(bytes) => {
                let cut = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
                Body::from_stream(futures_util::stream::iter([Ok(bytes), Err(cut)]))
            }
        };
        self.answer(path, request.body(body)?).await
    }

    async fn send(&self, person: &Person, method: Method, path: &str, body: Option<Value>) -> anyhow::Result<Value> {
        let request = self.request(person, method, path).header(header::CONTENT_TYPE, "application/json");
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        self.answer(path, request.body(body)?).await
    }

    fn request(&self, person: &Person, method: Method, path: &str) -> axum::http::request::Builder {
        Request::builder().method(method).uri(path).header("x-yipanqi", "1").header(header::COOKIE, &person.cookie)
    }

    async fn answer(&self, path: &str, request: Request<Body>) -> anyhow::Result<Value> {
        let response = self.router.clone().oneshot(request).await?;
        let status = response.status();
        let bytes = axum::body::to_bytes(response.into_body(), 64 << 20).await?;
        if !status.is_success() {
            bail!("{path}: {status} {}", String::from_utf8_lossy(&bytes));
        }
        if bytes.is_empty() { Ok(Value::Null) } else { Ok(serde_json::from_slice(&bytes)?) }
    }
}
