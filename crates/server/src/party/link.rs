//! What comes by a link: the guard that opens it, and the four things its bearer may do.
//!
//! Five wrong secrets pause a link for fifteen minutes for whoever sent them, and for nobody else: a stranger cannot lock the
//! party out. An unknown link gives the same answer as a wrong secret. Photographs leave only as small pictures, which carry
//! no place and no time.

use axum::extract::{FromRequestParts, Multipart, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{FixedOffset, TimeDelta};
use sha2::Digest as _;
use uuid::Uuid;
use yipanqi_domain::id::{CommandId, MediaId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::party::Standing;
use yipanqi_store::media::{self, Limits, Stage};
use yipanqi_store::party::{self as store, Exchange, Guesses, KeptAsk};
use yipanqi_store::problem::{self, Kept};
use yipanqi_store::{Author, City, Once, ReadTx, Slug, StoreError, WriteTx, site, unit};

use super::actions::{LONG, hashed};
use super::client::client;
use super::views::{AnswerInput, ExchangeView, LinkPhoto, LinkView};
use crate::app::App;
use crate::error::{Error, FailureBody};
use crate::media::PhotoForm;
use crate::notice::{Herald, Told};
use crate::request::{Json, Path, Upload, today};

/// The header in which a page sends the last part of its address: `city.ask.secret`.
const HEADER: &str = "x-yipanqi-link";
/// Wrong secrets in a row that pause a link.
const FAILURES: u32 = 5;
/// Minutes of the pause.
const PAUSE_MINUTES: i64 = 15;
/// Photographs that one link may bring.
const PHOTOS: u64 = 18;
/// Photographs of one answer.
const PHOTOS_OF_ANSWER: usize = 9;
/// Pixels of the largest photograph, as elsewhere.
const PIXELS: u64 = 120_000_000;

/// The bearer of a link that stands: one problem of one city, and nothing else.
#[derive(Clone)]
pub struct LinkCtx {
    city: City,
    ask: Uuid,
    moment: Moment,
}

impl<S: Send + Sync> FromRequestParts<S> for LinkCtx {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| Error::new("link_required"))
    }
}

/// Opens the link of a request: its secret, its pause, its day, and where its problem stands.
///
/// # Errors
/// `link_required`, `party_link_unknown`, `party_link_paused`, and the rules' refusals.
pub async fn enter(app: &App, parts: &Parts, moment: Moment) -> Result<LinkCtx, Error> {
    let said = parts.headers.get(HEADER).and_then(|value| value.to_str().ok()).ok_or_else(|| Error::new("link_required"))?;
    let unknown = || Error::new("party_link_unknown");
    let mut said = said.splitn(3, '.');
    let (Some(slug), Some(id), Some(secret)) = (said.next(), said.next(), said.next()) else { return Err(unknown()) };
    let slug: Slug = slug.parse().map_err(|_| unknown())?;
    let id: Uuid = id.parse().map_err(|_| unknown())?;
    let city = match app.store().city(&slug).await {
        Err(StoreError::CityUnknown(_)) => return Err(unknown()),
        city => city?,
    };
    let tx = city.read().await?;
    let kept = store::ask(&tx, id).await?.ok_or_else(unknown)?;
    // Kept as a hash that no other link shares: nobody can follow a client from link to link.
    let client = hashed(&format!("{id} {}", client(&app.config().proxies, parts)));
    let guesses = store::guesses(&tx, id, &client).await?;
    if let Some(until) = guesses.locked_until.filter(|until| moment < *until) {
        return Err(paused(until));
    }
    if hashed(secret) != kept.secret_hash {
        drop(tx);
        return Err(failed(&city, &kept, &client, moment).await?);
    }
    let of = of_ask(&tx, &kept).await?;
    kept.ask.stands(&of.problem, moment)?;
    drop(tx);
    Ok(LinkCtx { city, ask: id, moment })
}

fn paused(until: Moment) -> Error {
    let local = yipanqi_domain::calendar::Calendar::default().local(until);
    Error::new("party_link_paused").with("until", local.format("%Y-%m-%dT%H:%M:%S%:z").to_string())
}

/// Notes a wrong secret of a client; its fifth in a row pauses the link for it.
async fn failed(city: &City, kept: &KeptAsk, client: &str, moment: Moment) -> Result<Error, Error> {
    let mut tx = city.write(Author { person: None, name: "链接 link".to_owned() }, moment).await?;
    let mut guesses = store::guesses(&tx, kept.id, client).await?;
    guesses.failures += 1;
    let until = Moment::new(moment.utc() + TimeDelta::minutes(PAUSE_MINUTES));
    let locks = guesses.failures >= FAILURES;
    if locks {
        guesses = Guesses { failures: 0, locked_until: Some(until) };
        tx.audit("party.pause", "problem", &kept.problem.to_string(), &(kept.id, until))?;
    }
    store::save_guesses(&tx, kept.id, client, guesses).await?;
    tx.commit().await?;
    Ok(if locks { paused(until) } else { Error::new("party_link_unknown") })
}

async fn of_ask(tx: &ReadTx, kept: &KeptAsk) -> Result<Kept, Error> {
    problem::get_all(tx, &[kept.problem]).await?.pop().ok_or_else(|| Error::new("party_link_unknown"))
}

impl LinkCtx {
    async fn read(&self) -> Result<(ReadTx, KeptAsk, Kept), Error> {
        let tx = self.city.read().await?;
        let kept = store::ask(&tx, self.ask).await?.ok_or_else(|| Error::new("party_link_unknown"))?;
        let of = of_ask(&tx, &kept).await?;
        Ok((tx, kept, of))
    }

    async fn write(&self) -> Result<(WriteTx, KeptAsk, Kept), Error> {
        let (tx, kept, _) = self.read().await?;
        let name = author(&tx, &kept).await?;
        drop(tx);
        let tx = self.city.write(Author { person: None, name }, self.moment).await?;
        let kept = store::ask(&tx, self.ask).await?.ok_or_else(|| Error::new("party_link_unknown"))?;
        let of = of_ask(&tx, &kept).await?;
        Ok((tx, kept, of))
    }

    /// Applies a command of the page once.
    async fn once(&self, tx: &mut WriteTx, command: CommandId, body: &AnswerInput) -> Result<bool, Error> {
        let bytes = serde_json::to_vec(&("party_link", self.ask, body)).map_err(Error::internal)?;
        match tx.once(command, &hex::encode(sha2::Sha256::digest(&bytes))).await? {
            Once::First => Ok(true),
            Once::Again(_) => Ok(false),
            Once::OtherBody => Err(Error::new("command_reused")),
        }
    }
}

/// The name under which the city notes what comes by this link, no other link's.
async fn author(tx: &ReadTx, kept: &KeptAsk) -> Result<String, Error> {
    let id = kept.id.simple().to_string();
    Ok(format!("{}（链接 {}）", store::get(tx, kept.party).await?.name, id.get(20..).unwrap_or_default()))
}

fn open_book() -> [(header::HeaderName, &'static str); 1] {
    [(header::CACHE_CONTROL, "no-store")]
}

/// The problem that the bearer of the link is asked to put right.
#[utoipa::path(get, path = "/api/party-link", tag = "party",
    responses((status = 200, body = LinkView), (status = 401, body = FailureBody), (status = 403, body = FailureBody),
    (status = 404, body = FailureBody), (status = 409, body = FailureBody), (status = 410, body = FailureBody)))]
pub async fn show(State(app): State<App>, link: LinkCtx) -> Result<impl IntoResponse, Error> {
    let (tx, kept, _) = link.read().await?;
    drop(tx);
    if kept.opened_at.is_none() {
        let (mut tx, mut kept, _) = link.write().await?;
        kept.opened_at = Some(link.moment);
        store::save_ask(&tx, &kept).await?;
        tx.audit("party.open", "problem", &kept.problem.to_string(), &kept.id)?;
        tx.commit().await?;
    }
    Ok((open_book(), Json(view(&app, &link).await?)))
}

async fn view(app: &App, link: &LinkCtx) -> Result<LinkView, Error> {
    let slug = link.city.slug();
    let cities = app.store().cities().await?;
    let city = cities.into_iter().find(|city| city.slug == *slug).map(|city| city.name).unwrap_or_default();
    let (tx, kept, of) = link.read().await?;
    let standing = kept.ask.stands(&of.problem, link.moment)?;
    let open = standing != Standing::Settled;
    let place = match of.problem.site {
        Some(id) => {
            let site = site::get(&tx, id).await?;
            [site.name, site.address].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
        }
        None => of.facts.place_text.clone(),
    };
    let asking = unit::directory(&tx).await?.get(kept.ask.unit).cloned();
    let sent = media::uploaded_under(&tx, &author(&tx, &kept).await?).await?;
    Ok(LinkView {
        city,
        standing,
        party: store::get(&tx, kept.party).await?.name,
        title: of.facts.title,
        description: if open { of.facts.description } else { String::new() },
        place,
        before: if open { of.problem.before_photos.clone() } else { Vec::new() },
        due_at: of.problem.due.moment(),
        expires_at: kept.ask.expires_at,
        unit: asking.as_ref().map(|unit| unit.name.clone()).unwrap_or_default(),
        unit_phone: asking.and_then(|unit| unit.phone).unwrap_or_default(),
        asked_by: kept.asked_name.clone(),
        words: kept.words.clone(),
        photo_required: of.problem.requires_after_photo,
        photos_left: PHOTOS.saturating_sub(sent),
        exchanges: kept.exchanges.iter().map(ExchangeView::from).collect(),
    })
}

/// A small picture of a photograph of the fault, or of one that came by this link.
#[utoipa::path(get, path = "/api/party-link/photos/{id}", tag = "party", params(("id" = String, Path)),
    responses((status = 200, content_type = "image/jpeg", body = Vec<u8>), (status = 404, body = FailureBody)))]
pub async fn photo(State(app): State<App>, link: LinkCtx, Path(id): Path<MediaId>) -> Result<Response, Error> {
    let (tx, kept, of) = link.read().await?;
    let open = kept.ask.stands(&of.problem, link.moment)? != Standing::Settled;
    let own = kept.exchanges.iter().any(|exchange| exchange.photos.contains(&id));
    let shown = own || (open && of.problem.before_photos.contains(&id));
    if !shown {
        return Err(Error::new("media_not_found"));
    }
    let info = media::find(&tx, id).await?;
    drop(tx);
    let bytes = app.store().media().thumbnail(link.city.slug(), &info.sha256).await?;
    Ok((open_book(), [(header::CONTENT_TYPE, "image/jpeg")], bytes).into_response())
}

/// Send a photograph of what was put right.
#[utoipa::path(post, path = "/api/party-link/photos", tag = "party",
    request_body(content = PhotoForm, content_type = "multipart/form-data"),
    responses((status = 201, body = LinkPhoto), (status = 409, body = FailureBody), (status = 413, body = FailureBody),
    (status = 422, body = FailureBody)))]
pub async fn upload(State(app): State<App>, link: LinkCtx, form: Multipart) -> Result<(StatusCode, Json<LinkPhoto>), Error> {
    let (tx, kept, of) = link.read().await?;
    if kept.ask.stands(&of.problem, link.moment)? != Standing::Waiting {
        return Err(Error::new("party_answered"));
    }
    if media::uploaded_under(&tx, &author(&tx, &kept).await?).await? >= PHOTOS {
        return Err(Error::new("party_photos_many").with("count", PHOTOS));
    }
    drop(tx);
    let upload = Upload::read(form, app.config().upload_bytes()).await?;
    let offset = FixedOffset::east_opt(8 * 3600).ok_or_else(|| Error::internal("no such offset"))?;
    let limits = Limits { bytes: app.config().upload_bytes(), pixels: PIXELS, offset };
    let stored = app.store().media().put_photo(link.city.slug(), upload.bytes, limits).await?;
    let (mut tx, ..) = link.write().await?;
    let id = media::record(&mut tx, &stored, &upload.file_name).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(LinkPhoto { id })))
}

/// Answer: done with photographs, not mine, or more than I can do.
#[utoipa::path(post, path = "/api/party-link/answer", tag = "party", request_body = AnswerInput,
    responses((status = 200, body = LinkView), (status = 409, body = FailureBody), (status = 410, body = FailureBody),
    (status = 422, body = FailureBody)))]
pub async fn answer(State(app): State<App>, link: LinkCtx, Json(input): Json<AnswerInput>) -> Result<impl IntoResponse, Error> {
    let (mut tx, mut kept, of) = link.write().await?;
    if link.once(&mut tx, input.command_id, &input).await? {
        if input.words.chars().count() > LONG {
            return Err(Error::invalid("words", "text_too_long"));
        }
        let name = author(&tx, &kept).await?;
        if input.photos.len() > PHOTOS_OF_ANSWER {
            return Err(Error::new("party_photos_many").with("count", PHOTOS_OF_ANSWER as u64));
        }
        if !media::all_uploaded_under(&tx, &input.photos, &name).await? {
            return Err(Error::invalid("photos", "media_not_yours"));
        }
        kept.ask = kept.ask.answer(&of.problem, input.answer, &input.words, &input.photos, link.moment)?;
        kept.exchanges.push(Exchange {
            at: link.moment,
            answer: input.answer,
            words: input.words.trim().to_owned(),
            photos: input.photos.clone(),
            decided: None,
            taken: None,
            reason: String::new(),
        });
        kept.opened_at = kept.opened_at.or(Some(link.moment));
        store::save_ask(&tx, &kept).await?;
        media::attach(&mut tx, &input.photos, "party_ask", &kept.id.to_string(), Stage::Evidence).await?;
        let subject = kept.problem.to_string();
        tx.audit("party.answer", "problem", &subject, &(kept.id, &input))?;
        tx.event("problem", &subject, &of.units())?;
        let mut herald = Herald::default();
        herald.unit(kept.ask.unit, Told::PartyAnswered, &subject, &of.facts.title);
        // Whoever asked for the unit from outside hears of it too.
        let day = today(link.moment);
        let posts = unit::posts(&tx, Some(kept.asked_by), day).await?;
        if posts.iter().all(|post| post.unit != kept.ask.unit) {
            herald.person(kept.asked_by, Told::PartyAnswered, &subject, &of.facts.title);
        }
        herald.flush(&mut tx, day).await?;
        tx.answer(input.command_id, &serde_json::Value::Null).await?;
        tx.commit().await?;
    } else {
        drop(tx);
    }
    Ok((open_book(), Json(view(&app, &link).await?)))
}
