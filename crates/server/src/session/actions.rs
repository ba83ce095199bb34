//! Logging in and out, finding the session of a request, entering its city.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use rand::Rng as _;
use sha2::Digest as _;
use yipanqi_domain::access::{Actor, Post, Right, Role};
use yipanqi_domain::account;
use yipanqi_domain::id::PersonId;
use yipanqi_domain::moment::Moment;
use yipanqi_store::hub::{Account, Lockout, Membership, NewSession};
use yipanqi_store::{Author, ReadTx, Slug, unit};

use super::password;
use crate::app::App;
use crate::error::Error;
use crate::request::{self, CityCtx, Lang, Session};

/// Wrong passwords in a row that pause an account.
const FAILURES: u32 = 5;
/// Minutes of the pause.
const PAUSE_MINUTES: i64 = 15;
/// Minutes between two notes that a session is in use; each is a write into the hub.
const SEEN_MINUTES: i64 = 5;

/// How a session calls itself that another system bears.
const BORNE: &str = "api: ";

/// A session as it was opened: the token goes into the cookie and is kept nowhere.
#[derive(Debug)]
pub struct Opened {
    /// The cookie's value.
    pub token: String,
    /// The session.
    pub session: Session,
}

/// Checks login and password and opens a session. For the login the account's mobile number stands as well, however it is
/// written.
///
/// # Errors
/// `login_wrong`, `login_number_shared`, `login_locked` with `until`, `account_disabled`.
pub async fn log_in(app: &App, login: &str, password: String, agent: &str, moment: Moment) -> Result<Opened, Error> {
    let hub = app.store().hub();
    let mut bearers = match (hub.credential(login.trim()).await?, account::mobile(login)) {
        (Some(named), _) => vec![named],
        (None, Some(number)) => hub.credentials_of_phone(&number).await?,
        (None, None) => Vec::new(),
    };
    // Two of one number: nobody can say who means to sign in.
    let shared = bearers.len() > 1;
    let credential = if shared { None } else { bearers.pop() };
    let stored = credential.as_ref().map(|known| known.password_hash.clone());
    // Compared before anything is told, so that unknown, paused and known logins take the same time.
    let right = password::verify(password, stored).await?;
    if shared {
        return Err(Error::new("login_number_shared"));
    }
    let Some(account) = credential.map(|known| known.account) else { return Err(Error::new("login_wrong")) };
    if let Some(until) = account.locked_until.filter(|until| moment < *until) {
        return Err(locked(until));
    }
    let by = Author { person: None, name: account.login.clone() };
    if !right {
        let until = Moment::new(moment.utc() + TimeDelta::minutes(PAUSE_MINUTES));
        let after = hub.login_failed(&account.id, Lockout { after: FAILURES, until }, by, moment).await?;
        return Err(match after.locked_until.filter(|until| moment < *until) {
            Some(until) => locked(until),
            None => Error::new("login_wrong"),
        });
    }
    if account.disabled {
        return Err(Error::new("account_disabled"));
    }
    hub.login_succeeded(&account.id, by, moment).await?;
    let cities = hub.memberships(&account.id).await?;
    let city = match cities.as_slice() {
        [only] => Some(only.city.clone()),
        _ => None,
    };
    open(app, account, city, agent, moment).await
}

fn locked(until: Moment) -> Error {
    let local = yipanqi_domain::calendar::Calendar::default().local(until);
    Error::new("login_locked").with("until", local.format("%Y-%m-%dT%H:%M:%S%:z").to_string())
}

async fn open(app: &App, account: Account, city: Option<Slug>, agent: &str, moment: Moment) -> Result<Opened, Error> {
    let until = expiry(app, moment);
    // Nobody becomes a system by calling the browser one.
    open_until(app, account, city, agent.trim_start_matches(BORNE), moment, until).await
}

/// Opens a session for another system, which bears its token; it stands in the list of sessions and ends with them.
///
/// # Errors
/// Those of the hub.
pub async fn open_token(app: &App, session: &Session, name: &str, days: i64) -> Result<(Opened, Moment), Error> {
    let until = Moment::new(session.moment.utc() + TimeDelta::days(days));
    let agent = format!("{BORNE}{name}");
    let opened = open_until(app, session.account.clone(), session.city.clone(), &agent, session.moment, until).await?;
    Ok((opened, until))
}

async fn open_until(
    app: &App,
    account: Account,
    city: Option<Slug>,
    agent: &str,
    moment: Moment,
    expires_at: Moment,
) -> Result<Opened, Error> {
    let token = hex::encode(rand::rng().random::<[u8; 32]>());
    let token_hash = hashed(&token);
    let new = NewSession {
        token_hash: token_hash.clone(),
        account_id: account.id.clone(),
        city: city.clone(),
        expires_at,
        user_agent: agent.chars().take(200).collect(),
    };
    let by = Author { person: None, name: account.login.clone() };
    app.store().hub().open_session(new, by, moment).await?;
    Ok(Opened { token, session: Session { account, token_hash, city, standing_in: None, system: None, moment } })
}

fn hashed(token: &str) -> String {
    hex::encode(sha2::Sha256::digest(token.as_bytes()))
}

fn expiry(app: &App, moment: Moment) -> Moment {
    Moment::new(moment.utc() + TimeDelta::hours(app.config().session_hours))
}

/// The live session of a token.
///
/// # Errors
/// Those of the hub.
pub async fn current(app: &App, token: Option<String>, moment: Moment) -> Result<Option<Session>, Error> {
    let Some(token) = token else { return Ok(None) };
    let hub = app.store().hub();
    let Some(found) = hub.session(&hashed(&token), moment).await? else { return Ok(None) };
    let system = found.user_agent.strip_prefix(BORNE).map(str::to_owned);
    let (account, token_hash, city) = (found.account, found.token_hash, found.city);
    let session = Session { account, token_hash, city, standing_in: None, system, moment };
    if moment.utc() - found.seen_at.utc() > TimeDelta::minutes(SEEN_MINUTES) {
        // A token of another system ends when it was said to.
        let until = if session.system.is_some() { found.expires_at } else { expiry(app, moment) };
        hub.touch_session(&session.token_hash, until, session.author(), moment).await?;
    }
    Ok(Some(session))
}

/// Why a token opens nothing: a phone that is told of a disabled account can hand over what it has not sent.
///
/// # Errors
/// Those of the hub.
pub async fn missing(app: &App, token: Option<String>) -> Result<Error, Error> {
    let disabled = match token {
        Some(token) => app.store().hub().session_disabled(&hashed(&token)).await?,
        None => false,
    };
    Ok(Error::new(if disabled { "account_disabled" } else { "session_required" }))
}

/// The person of the session in its city, with the posts valid now.
///
/// # Errors
/// `city_required`, `membership_missing`.
pub async fn enter(app: &App, session: &Session, right: Option<Right>, lang: Lang) -> Result<CityCtx, Error> {
    let slug = session.city.as_ref().ok_or_else(|| Error::new("city_required"))?;
    let memberships = app.store().hub().memberships(&session.account.id).await?;
    let person = memberships.iter().find(|membership| membership.city == *slug).map(|membership| membership.person);
    let person = person.ok_or_else(|| Error::new("membership_missing"))?;
    let city = app.store().city(slug).await?;
    let ctx = at_work(city, person, session.standing_in, session.moment, lang, right).await?;
    Ok(CityCtx { system: session.system.clone(), ..ctx })
}

/// A person at work in a city at a moment, with the posts held then: one's own, or those of whom one stands in for.
///
/// # Errors
/// Those of the database.
pub async fn at_work(
    city: yipanqi_store::City,
    person: PersonId,
    standing_in: Option<PersonId>,
    moment: Moment,
    lang: Lang,
    right: Option<Right>,
) -> Result<CityCtx, Error> {
    let tx = city.read().await?;
    let name = unit::person(&tx, person).await?.name;
    let own = Actor { person, posts: posts(&tx, person, moment).await? };
    let (actor, name) = match standing_in {
        None => (own, name),
        Some(absent) => {
            let delegations = yipanqi_store::delegation::of_person(&tx, person).await?;
            let delegations: Vec<_> = delegations.into_iter().map(|kept| kept.delegation).collect();
            let theirs = posts(&tx, absent, moment).await?;
            let acting = own.standing_in(absent, theirs, &delegations, request::today(moment));
            let acting = acting.ok_or_else(|| Error::new("delegation_missing"))?;
            (acting, format!("{name}（代{}）", unit::person(&tx, absent).await?.name))
        }
    };
    let tree = unit::tree(&tx).await?;
    drop(tx);
    Ok(CityCtx { city, actor, name, tree, moment, lang, right, sent: None, system: None, within: None })
}

/// The posts valid at the moment. Whoever is lent to a task force acts there as at home, and stays of the home unit.
async fn posts(tx: &ReadTx, person: PersonId, moment: Moment) -> Result<Vec<Post>, Error> {
    let day = request::today(moment);
    let mut posts: BTreeSet<Post> =
        unit::posts(tx, Some(person), day).await?.into_iter().map(|post| Post { unit: post.unit, role: post.role }).collect();
    let secondments = unit::secondments(tx).await?;
    let lent = (secondments.iter())
        .filter(|row| row.person == person && row.valid_from <= day && row.valid_to.is_none_or(|last| day <= last));
    for secondment in lent {
        let home = secondment.home;
        let roles: BTreeSet<Role> = posts.iter().filter(|post| Some(post.unit) == home).map(|post| post.role).collect();
        let roles = if roles.is_empty() { BTreeSet::from([Role::Liaison]) } else { roles };
        let units = home.into_iter().chain([secondment.task_force]);
        posts.extend(units.flat_map(|unit| roles.iter().map(move |&role| Post { unit, role })));
    }
    Ok(posts.into_iter().collect())
}

/// Makes another city the session's.
///
/// # Errors
/// `membership_missing` also for a city that does not exist: which cities there are is not told.
pub async fn choose_city(app: &App, session: &Session, slug: &str) -> Result<Session, Error> {
    let hub = app.store().hub();
    let memberships = hub.memberships(&session.account.id).await?;
    let chosen: Option<Membership> = memberships.into_iter().find(|membership| membership.city.as_str() == slug);
    let city = chosen.ok_or_else(|| Error::new("membership_missing"))?.city;
    hub.switch_city(&session.token_hash, &city, session.author(), session.moment).await?;
    Ok(Session { city: Some(city), ..session.clone() })
}

/// Replaces the password; every other session ends and a new one is opened for this browser.
///
/// # Errors
/// `password_wrong`, `password_weak`.
pub async fn change_password(app: &App, session: &Session, old: String, new: String, agent: &str) -> Result<Opened, Error> {
    let hub = app.store().hub();
    let credential = hub.credential(&session.account.login).await?.ok_or_else(|| Error::new("session_required"))?;
    if !password::verify(old.clone(), Some(credential.password_hash)).await? {
        return Err(Error::new("password_wrong").field("old", "password_wrong"));
    }
    password::check(&new, &session.account.login, Some(&old))?;
    if session.account.phone.is_some() && account::mobile(&new) == session.account.phone {
        return Err(Error::new("password_weak").field("new", "password_weak"));
    }
    let hash = password::hash(new).await?;
    hub.change_password(&session.account.id, &hash, session.author(), session.moment).await?;
    let account = hub.account(&session.account.id).await?;
    open(app, account, session.city.clone(), agent, session.moment).await
}

/// Ends the session of a token; an unknown one is already ended.
///
/// # Errors
/// Those of the hub.
pub async fn log_out(app: &App, session: &Session) -> Result<(), Error> {
    Ok(app.store().hub().revoke_session(&session.token_hash, session.author(), session.moment).await?)
}

/// The identity under which a session is shown: the hash itself would do, but is never sent.
#[must_use]
pub fn public_id(token_hash: &str) -> String {
    hashed(token_hash)[..16].to_owned()
}

/// Ends another session of the same account.
///
/// # Errors
/// `session_not_found`.
pub async fn revoke(app: &App, session: &Session, id: &str) -> Result<(), Error> {
    let hub = app.store().hub();
    let sessions = hub.sessions(&session.account.id).await?;
    let found = sessions.into_iter().find(|other| public_id(&other.token_hash) == id && other.revoked_at.is_none());
    let found = found.ok_or_else(|| Error::new("session_not_found"))?;
    Ok(hub.revoke_session(&found.token_hash, session.author(), session.moment).await?)
}
