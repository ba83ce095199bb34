//! What a handler may ask of its request: language, moment, session, city, body.
//!
//! [`Session`] and [`CityCtx`] are put into the request by the guard in [`crate::rights`] after it has checked the
//! declared right; a handler cannot obtain one in any other way. The moment is read once per request.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, Multipart, OptionalFromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::{Bytes, BytesMut};
use chrono::NaiveDate;
use serde::Serialize;
use yipanqi_domain::access::{self, Actor, Place, Post, Reach, Right, Role};
use yipanqi_domain::calendar::Calendar;
use yipanqi_domain::id::{CommandId, PersonId, UnitId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::unit::{UnitKind, UnitTree};
use yipanqi_store::{Author, Batch, City, Once, ReadTx, Slug, WriteTx, unit};

use crate::error::Error;

/// The language of answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lang {
    /// 简体中文, the default.
    #[default]
    Zh,
    /// English.
    En,
}

impl Lang {
    /// `?lang=` wins over `Accept-Language`; anything but English is Chinese.
    #[must_use]
    pub fn of(query: Option<&str>, headers: &HeaderMap) -> Self {
        let asked = query.unwrap_or_default().split('&').find_map(|pair| pair.strip_prefix("lang="));
        let accepted = || headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        match asked.or_else(accepted) {
            Some(tag) if tag.trim_start().to_ascii_lowercase().starts_with("en") => Self::En,
            Some(_) | None => Self::Zh,
        }
    }

    /// The tag of `Content-Language`.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::Zh => "zh-CN",
            Self::En => "en",
        }
    }
}

/// The business moment of the request.
#[derive(Debug, Clone, Copy)]
pub struct At(pub Moment);

/// A signed-in account.
#[derive(Debug, Clone)]
pub struct Session {
    /// The account as it stands now.
    pub account: yipanqi_store::hub::Account,
    /// Hash of the cookie's token, the identity of the session.
    pub token_hash: String,
    /// The city the session works in.
    pub city: Option<Slug>,
    /// For whom the request acts, if not for the person alone.
    pub standing_in: Option<yipanqi_domain::id::PersonId>,
    /// The system that bears the session's token; none for a browser.
    pub system: Option<String>,
    /// The business moment of the request.
    pub moment: Moment,
}

/// A command as it lay in the outbox of a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The hash of its body.
    pub hash: String,
    /// The device, by an identity that it made for itself.
    pub device: String,
}

/// A signed-in person at work in a city, the declared right already checked to reach something.
#[derive(Clone)]
pub struct CityCtx {
    /// The city's database.
    pub city: City,
    /// The person with the posts valid now.
    pub actor: Actor,
    /// The person's name, as written into audit entries and histories.
    pub name: String,
    /// The units of the city as they stand at the moment.
    pub tree: Arc<UnitTree>,
    /// The business moment, read once.
    pub moment: Moment,
    /// The language of the answer.
    pub lang: Lang,
    /// The right the route declares; none where being a member of the city is enough.
    pub right: Option<Right>,
    /// What is known of a command that lay in an outbox; none where a page sends its command itself.
    pub sent: Option<Sent>,
    /// The other system that asks, by a token in the person's name; none where a browser does.
    pub system: Option<String>,
    /// The transaction of which the next change is a step; none where each has its own.
    pub within: Option<Arc<Batch>>,
}

impl Session {
    /// The name under which the hub notes what this account does.
    #[must_use]
    pub fn author(&self) -> Author {
        Author { person: None, name: self.account.login.clone() }
    }
}

impl CityCtx {
    /// Who imports, and what recurs by itself, acts for the creation office, in the name of `by`.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn of_office(city: &City, by: &Author, moment: Moment, right: Right) -> Result<Self, Error> {
        let tx = city.read().await?;
        let directory = unit::directory(&tx).await?;
        let tree = unit::tree(&tx).await?;
        let of_kind = |kind| directory.units().iter().find(|unit| unit.kind == kind).map(|unit| unit.id);
        let home = of_kind(UnitKind::Office).or_else(|| of_kind(UnitKind::Leadership)).unwrap_or(UnitId::new(uuid::Uuid::nil()));
        let posts = [Role::Office, Role::CityAdmin].map(|role| Post { unit: home, role }).to_vec();
        let actor = Actor { person: by.person.unwrap_or(PersonId::new(uuid::Uuid::nil())), posts };
        let (city, name, lang) = (city.clone(), by.name.clone(), Lang::default());
        Ok(Self { city, actor, name, tree, moment, lang, right: Some(right), sent: None, system: None, within: None })
    }

    /// The name under which the city notes what this person does.
    #[must_use]
    pub fn author(&self) -> Author {
        Author { person: Some(self.actor.person), name: self.name.clone() }
    }

    /// The day of the moment in the city.
    #[must_use]
    pub fn today(&self) -> NaiveDate {
        today(self.moment)
    }

    /// The same person, carrying out a command from an outbox that a route under this right would carry out.
    ///
    /// # Errors
    /// `right_missing`.
    pub fn sending(&self, right: Right, sent: Sent) -> Result<Self, Error> {
        let ctx = Self { right: Some(right), sent: Some(sent), ..self.clone() };
        if ctx.reach() == Reach::Nothing { Err(access::Refusal::RightMissing { right }.into()) } else { Ok(ctx) }
    }

    /// Whether the route's right holds at a place.
    ///
    /// # Errors
    /// `right_missing`, `place_not_yours`.
    pub fn allow(&self, units: &[UnitId]) -> Result<(), Error> {
        match self.right {
            Some(right) => self.allow_right(right, &Place::Units(units)),
            None => Err(Error::new("route_undeclared")),
        }
    }

    /// Whether another right than the route's holds at a place.
    ///
    /// # Errors
    /// `right_missing`, `place_not_yours`.
    pub fn allow_right(&self, right: Right, place: &Place<'_>) -> Result<(), Error> {
        Ok(access::allows(right, &self.actor, place, &self.tree)?)
    }

    /// What a list under the route's right may show.
    #[must_use]
    pub fn reach(&self) -> Reach {
        self.right.map_or(Reach::Nothing, |right| self.reach_of(right))
    }

    /// What a list under another right may show.
    #[must_use]
    pub fn reach_of(&self, right: Right) -> Reach {
        access::reach(right, &self.actor, &self.tree)
    }

    /// A read-only snapshot of the city.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn read(&self) -> Result<ReadTx, Error> {
        Ok(self.city.read().await?)
    }

    /// A write transaction in the name of the person, or the next step of the one under way.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn write(&self) -> Result<WriteTx, Error> {
        match &self.within {
            Some(batch) => Ok(batch.step().await?),
            None => Ok(self.city.write(self.author(), self.moment).await?),
        }
    }

    /// Applies a client's command once: an earlier answer to the same id and body comes back as it was.
    ///
    /// # Errors
    /// `command_reused` if the id was used with another body.
    pub async fn once<T: serde::de::DeserializeOwned>(
        &self,
        tx: &mut WriteTx,
        command: CommandId,
        body: &impl Serialize,
    ) -> Result<Option<T>, Error> {
        let once = match &self.sent {
            Some(sent) => tx.once_from(command, &sent.hash, Some(&sent.device)).await?,
            None => tx.once(command, &body_hash(self.right, body)?).await?,
        };
        match once {
            Once::First => Ok(None),
            Once::Again(answer) => Ok(Some(serde_json::from_value(answer).map_err(Error::internal)?)),
            Once::OtherBody => Err(Error::new("command_reused")),
        }
    }

    /// Keeps the answer of a command applied by [`Self::once`].
    ///
    /// # Errors
    /// Those of the database.
    pub async fn answer_once(&self, tx: &mut WriteTx, command: CommandId, answer: &impl Serialize) -> Result<(), Error> {
        let answer = serde_json::to_value(answer).map_err(Error::internal)?;
        Ok(tx.answer(command, &answer).await?)
    }
}

/// The hash of what a command says, under the right by which it is carried out.
///
/// # Errors
/// If it cannot be written as JSON.
pub fn body_hash(right: Option<Right>, body: &impl Serialize) -> Result<String, Error> {
    use sha2::Digest as _;
    let bytes = serde_json::to_vec(&(right, body)).map_err(Error::internal)?;
    Ok(hex::encode(sha2::Sha256::digest(&bytes)))
}

macro_rules! from_extensions {
    ($($kind:ty => $missing:literal),+ $(,)?) => {$(
        impl<S: Send + Sync> FromRequestParts<S> for $kind {
            type Rejection = Error;

            async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
                parts.extensions.get::<Self>().cloned().ok_or_else(|| Error::new($missing))
            }
        }
    )+};
}

from_extensions! {
    At => "internal",
    Session => "session_required",
    CityCtx => "city_required",
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for Session {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Error> {
        Ok(parts.extensions.get::<Self>().cloned())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Lang {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        Ok(Self::of(parts.uri.query(), &parts.headers))
    }
}

/// A JSON body, or a JSON answer; refused with `json_invalid`.
#[derive(Debug, Clone, Copy, FromRequest)]
#[from_request(via(axum::Json), rejection(Error))]
pub struct Json<T>(pub T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

/// The query of the address; refused with `query_invalid`. Repeated keys become lists.
#[derive(Debug, Clone, Copy)]
pub struct Query<T>(pub T);

impl<T: serde::de::DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        let text = parts.uri.query().unwrap_or_default();
        match axum_extra::extract::Query::<T>::try_from_uri(&parts.uri) {
            Ok(axum_extra::extract::Query(value)) => Ok(Self(value)),
            Err(rejection) => {
                tracing::debug!(query = text, %rejection, "query refused");
                Err(Error::new("query_invalid").with("reason", innermost(&rejection)))
            }
        }
    }
}

/// The values of a query kept as text, read as the address would be.
///
/// # Errors
/// `query_invalid`.
pub fn read_query<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, Error> {
    let uri = format!("/?{text}").parse().map_err(|_| Error::new("query_invalid").with("reason", text))?;
    match axum_extra::extract::Query::<T>::try_from_uri(&uri) {
        Ok(axum_extra::extract::Query(value)) => Ok(value),
        Err(rejection) => Err(Error::new("query_invalid").with("reason", innermost(&rejection))),
    }
}

/// A part of the address; refused with `path_invalid`.
#[derive(Debug, Clone, Copy, FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(Error))]
pub struct Path<T>(pub T);

/// A file sent as a form, with the form's other fields.
#[derive(Debug)]
pub struct Upload {
    /// What the file was called.
    pub file_name: String,
    /// Its bytes.
    pub bytes: Bytes,
    /// The other fields by name.
    pub fields: BTreeMap<String, String>,
}

impl Upload {
    /// Reads the form; gives up as soon as the file is larger than the limit.
    ///
    /// # Errors
    /// `file_missing`, `body_too_large`.
    pub async fn read(mut form: Multipart, limit: usize) -> Result<Self, Error> {
        let mut file = None;
        let mut fields = BTreeMap::new();
        while let Some(mut field) = form.next_field().await.map_err(|error| broken(&error))? {
            let name = field.name().unwrap_or_default().to_owned();
            let file_name = field.file_name().map(str::to_owned);
            let limit = if file_name.is_some() { limit } else { FIELD_BYTES };
            let mut bytes = BytesMut::new();
            while let Some(chunk) = field.chunk().await.map_err(|error| broken(&error))? {
                if bytes.len() + chunk.len() > limit {
                    return Err(Error::new("body_too_large"));
                }
                bytes.extend_from_slice(&chunk);
            }
            match file_name {
                Some(file_name) => file = Some((file_name, bytes.freeze())),
                None => {
                    fields.insert(name, String::from_utf8_lossy(&bytes).into_owned());
                }
            }
        }
        let (file_name, bytes) = file.ok_or_else(|| Error::invalid("file", "file_missing"))?;
        Ok(Self { file_name, bytes, fields })
    }
}

/// Bytes of a text field beside a file.
const FIELD_BYTES: usize = 64 * 1024;

fn broken(error: &axum::extract::multipart::MultipartError) -> Error {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Error::new("body_too_large"),
        _ => Error::new("json_invalid").with("reason", error.body_text()),
    }
}

impl From<axum::extract::multipart::MultipartRejection> for Error {
    fn from(rejection: axum::extract::multipart::MultipartRejection) -> Self {
        Self::new("json_invalid").with("reason", innermost(&rejection))
    }
}

/// The last source of an error: the sentence that names the field.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string()
}

impl From<axum::extract::rejection::JsonRejection> for Error {
    fn from(rejection: axum::extract::rejection::JsonRejection) -> Self {
        match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Self::new("body_too_large"),
            _ => Self::new("json_invalid").with("reason", innermost(&rejection)),
        }
    }
}

impl From<axum::extract::rejection::PathRejection> for Error {
    fn from(_: axum::extract::rejection::PathRejection) -> Self {
        Self::new("path_invalid")
    }
}

/// The day of a moment in the country's time.
#[must_use]
pub fn today(moment: Moment) -> NaiveDate {
    Calendar::default().local(moment).date_naive()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_comes_from_the_query_then_the_header_then_is_chinese() {
        let mut headers = HeaderMap::new();
        assert_eq!(Lang::of(None, &headers), Lang::Zh);
        headers.insert(header::ACCEPT_LANGUAGE, "en-GB,en;q=0.9,zh;q=0.8".parse().unwrap());
        assert_eq!(Lang::of(None, &headers), Lang::En);
        assert_eq!(Lang::of(Some("page=2&lang=zh-CN"), &headers), Lang::Zh);
        headers.insert(header::ACCEPT_LANGUAGE, "zh-CN,zh;q=0.9,en;q=0.8".parse().unwrap());
        assert_eq!(Lang::of(None, &headers), Lang::Zh);
        assert_eq!(Lang::of(Some("lang=en"), &headers), Lang::En);
    }
}
