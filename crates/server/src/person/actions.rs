//! Making accounts, giving and ending posts, resetting passwords.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use yipanqi_domain::access::Role;
use yipanqi_domain::account;
use yipanqi_domain::id::{PersonId, UnitId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::unit::UnitKind;
use yipanqi_store::hub;
use yipanqi_store::unit::{self, Person, PersonPost};
use yipanqi_store::{Author, City, Slug, StoreError, WriteTx};

use super::views::{CreatedAccount, NewAccount};
use crate::app::App;
use crate::error::Error;
use crate::request::{CityCtx, today};
use crate::session::password;

/// Makes an account, its person where none is named, and the first post.
///
/// # Errors
/// `login_invalid`, `login_is_number`, `account_login_taken`, `phone_invalid`, `account_phone_taken`, `person_has_account`,
/// `password_weak`, `unit_not_found`, `role_not_given_here`.
pub async fn create(app: &App, ctx: &CityCtx, input: NewAccount) -> Result<CreatedAccount, Error> {
    add(app, &ctx.city, input, ctx.author(), ctx.moment).await
}

/// The same for the command line and the demo, in the name of whoever runs it.
///
/// # Errors
/// As [`create`].
pub async fn add(app: &App, city: &City, input: NewAccount, by: Author, moment: Moment) -> Result<CreatedAccount, Error> {
    check_login(&input.login)?;
    check_role(input.role)?;
    let phone = number(input.phone.as_deref())?;
    let given = input.password.is_some();
    let initial = input.password.unwrap_or_else(password::initial);
    password::check(&initial, &input.login, None).map_err(|_| Error::invalid("password", "password_weak"))?;
    let person = {
        let tx = city.read().await?;
        known_unit(&tx, input.unit_id).await?;
        match input.person_id {
            Some(person) => unit::person(&tx, person).await?,
            None => Person {
                id: PersonId::new(uuid::Uuid::now_v7()),
                name: input.name.clone(),
                phone: phone.clone(),
                account: None,
                note: String::new(),
                left_on: None,
                version: 0,
            },
        }
    };
    let new = hub::NewAccount {
        login: input.login,
        name: input.name,
        phone,
        password_hash: password::hash(initial.clone()).await?,
        platform_admin: false,
        must_change: !given,
    };
    let joined = |account: &hub::Account| {
        let person = Person { account: Some(account.id.clone()), ..person.clone() };
        json!(Told::Joined { person, unit: input.unit_id, role: input.role, from: today(moment) })
    };
    let (account, _) = app.store().hub().admit(new, city.slug(), person.id, joined, by, moment).await?;
    deliver(app, city).await?;
    Ok(CreatedAccount { id: account.id, initial_password: initial })
}

/// Gives a city an administrator: in its creation office, else at its head, which a city without units is given.
///
/// # Errors
/// `city_unknown`, `login_invalid`, `account_login_taken`.
pub async fn administer(
    app: &App,
    slug: &Slug,
    login: String,
    name: String,
    by: Author,
    moment: Moment,
) -> Result<CreatedAccount, Error> {
    let city = app.store().city(slug).await?;
    let called = app.store().hub().city(slug).await?.name;
    let mut tx = city.write(by.clone(), moment).await?;
    let known = |units: &[unit::Unit]| {
        let of_kind = |kind| units.iter().find(|unit| unit.kind == kind && unit.closed_on.is_none()).map(|unit| unit.id);
        of_kind(UnitKind::Office).or_else(|| of_kind(UnitKind::Leadership))
    };
    let unit_id = match known(unit::directory(&tx).await?.units()) {
        Some(known) => {
            drop(tx);
            known
        }
        None => {
            let head = unit::Unit::new("city".to_owned(), called, UnitKind::Leadership, 0);
            unit::add(&tx, &head).await?;
            tx.audit("unit_saved", "unit", &head.id.to_string(), &head)?;
            tx.commit().await?;
            head.id
        }
    };
    let account = NewAccount { login, name, phone: None, password: None, person_id: None, unit_id, role: Role::CityAdmin };
    add(app, &city, account, by, moment).await
}

/// What the hub tells a city.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "told", rename_all = "snake_case")]
pub(super) enum Told {
    /// An account was made for a person, who holds a post from a day on.
    Joined { person: Person, unit: UnitId, role: Role, from: NaiveDate },
}

/// Brings a city what the hub has to tell it; gives how much that was. Done after each change of the hub and, for what a
/// crash has left lying, by whoever looks into the city's queue.
///
/// # Errors
/// The store's.
pub async fn deliver(app: &App, city: &City) -> Result<usize, Error> {
    let hub = app.store().hub();
    let messages = hub.undelivered(city.slug()).await?;
    for message in &messages {
        let told: Told = serde_json::from_value(message.payload.clone()).map_err(Error::internal)?;
        let mut tx = city.write(message.by.clone(), message.at).await?;
        match told {
            Told::Joined { person, unit, role, from } => join(&mut tx, person, unit, role, from).await?,
        }
        tx.commit().await?;
        hub.delivered(message, app.clock().now()).await?;
    }
    Ok(messages.len())
}

/// Takes a person in as the hub has told; what is known already stays as it is.
async fn join(tx: &mut WriteTx, told: Person, unit: UnitId, role: Role, from: NaiveDate) -> Result<(), Error> {
    let person = match unit::person(tx, told.id).await {
        Ok(known) => Person { account: told.account, ..known },
        Err(StoreError::NotFound { .. }) => Person { version: 0, ..told },
        Err(other) => return Err(other.into()),
    };
    let id = person.id;
    unit::save_person(tx, &person).await?;
    let held = unit::posts(tx, Some(id), from).await?;
    if !held.iter().any(|post| post.unit == unit && post.role == role) {
        put_post(tx, id, unit, role, from).await?;
    }
    Ok(())
}

/// A login is typed on phones and read out: plain letters, digits and a few signs.
///
/// # Errors
/// `login_invalid`, `login_is_number`.
pub fn check_login(login: &str) -> Result<(), Error> {
    let fits = (2..=64).contains(&login.chars().count());
    let plain = login.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '@'));
    if !fits || !plain {
        return Err(Error::invalid("login", "login_invalid"));
    }
    // Whose number it is could not sign in with it any more.
    if account::mobile(login).is_some() { Err(Error::invalid("login", "login_is_number")) } else { Ok(()) }
}

/// A telephone number in its one form; none for an empty one.
fn number(given: Option<&str>) -> Result<Option<String>, Error> {
    let Some(given) = given.map(str::trim).filter(|given| !given.is_empty()) else { return Ok(None) };
    account::mobile(given).map(Some).ok_or_else(|| Error::invalid("phone", "phone_invalid"))
}

/// Gives an account of this city another telephone number, or none.
///
/// # Errors
/// `account_not_found`, `account_not_yours`, `phone_invalid`, `account_phone_taken`.
pub async fn set_phone(app: &App, ctx: &CityCtx, id: &str, phone: Option<&str>) -> Result<(), Error> {
    own_account(app, ctx, id).await?;
    let phone = number(phone)?;
    Ok(app.store().hub().set_phone(id, phone.as_deref(), ctx.author(), ctx.moment).await?)
}

fn check_role(role: Role) -> Result<(), Error> {
    match role {
        Role::PlatformAdmin => Err(Error::invalid("role", "role_not_given_here")),
        Role::CityAdmin
        | Role::Office
        | Role::UnitHead
        | Role::Officer
        | Role::Liaison
        | Role::Inspector
        | Role::GridWorker
        | Role::Supervisor
        | Role::Leader
        | Role::Province => Ok(()),
    }
}

async fn known_unit(tx: &yipanqi_store::ReadTx, unit: UnitId) -> Result<(), Error> {
    match unit::directory(tx).await?.get(unit) {
        Some(_) => Ok(()),
        None => Err(Error::new("unit_not_found")),
    }
}

async fn put_post(tx: &mut WriteTx, person: PersonId, unit: UnitId, role: Role, from: NaiveDate) -> Result<String, Error> {
    let held = unit::posts(tx, Some(person), from).await?;
    if held.iter().any(|post| post.unit == unit && post.role == role) {
        return Err(Error::new("post_exists"));
    }
    let post = PersonPost { id: uuid::Uuid::now_v7(), person, unit, role, valid_from: from, valid_to: None };
    unit::save_post(tx, &post).await?;
    tx.audit("post_given", "person", &person.to_string(), &json!({ "post": post.id, "unit": unit, "role": role }))?;
    Ok(post.id.to_string())
}

/// The person of an account of this city.
///
/// # Errors
/// `account_not_found`, also for an account of another city.
async fn member(app: &App, ctx: &CityCtx, account: &str) -> Result<PersonId, Error> {
    let memberships = app.store().hub().memberships(account).await?;
    let here = memberships.iter().find(|membership| membership.city == *ctx.city.slug());
    here.map(|membership| membership.person).ok_or_else(|| Error::new("account_not_found"))
}

/// Gives the person of an account a further post from today.
///
/// # Errors
/// `account_not_found`, `unit_not_found`, `post_exists`, `role_not_given_here`.
pub async fn add_post(app: &App, ctx: &CityCtx, account: &str, unit: UnitId, role: Role) -> Result<String, Error> {
    check_role(role)?;
    let person = member(app, ctx, account).await?;
    let mut tx = ctx.write().await?;
    known_unit(&tx, unit).await?;
    let post = put_post(&mut tx, person, unit, role, ctx.today()).await?;
    tx.commit().await?;
    Ok(post)
}

/// Ends a post with yesterday as its last day, so that it counts for nothing from now on.
///
/// # Errors
/// `post_not_found`.
pub async fn end_post(ctx: &CityCtx, post: uuid::Uuid) -> Result<(), Error> {
    let mut tx = ctx.write().await?;
    let held = unit::posts(&tx, None, ctx.today()).await?;
    let ended = held.iter().find(|held| held.id == post).ok_or_else(|| Error::new("post_not_found"))?;
    let last = ctx.today().pred_opt().ok_or_else(|| Error::internal("no day before"))?;
    unit::post_end(&tx, post, last).await?;
    let payload = json!({ "post": post, "unit": ended.unit, "role": ended.role });
    tx.audit("post_ended", "person", &ended.person.to_string(), &payload)?;
    Ok(tx.commit().await?)
}

/// An account that the administrator of this city may reset or lock out of everything.
async fn own_account(app: &App, ctx: &CityCtx, account: &str) -> Result<(), Error> {
    let hub = app.store().hub();
    member(app, ctx, account).await?;
    let elsewhere = hub.memberships(account).await?.iter().any(|membership| membership.city != *ctx.city.slug());
    if elsewhere || hub.account(account).await?.platform_admin {
        return Err(Error::new("account_not_yours"));
    }
    Ok(())
}

/// Gives an account a new first password and ends its sessions and its pause.
///
/// # Errors
/// `account_not_found`, `account_not_yours`.
pub async fn reset(app: &App, ctx: &CityCtx, account: &str) -> Result<CreatedAccount, Error> {
    own_account(app, ctx, account).await?;
    let initial = password::initial();
    let hash = password::hash(initial.clone()).await?;
    app.store().hub().reset_password(account, &hash, ctx.author(), ctx.moment).await?;
    Ok(CreatedAccount { id: account.to_owned(), initial_password: initial })
}

/// Ends every session of an account.
///
/// # Errors
/// `account_not_found`, `account_not_yours`.
pub async fn revoke(app: &App, ctx: &CityCtx, account: &str) -> Result<(), Error> {
    own_account(app, ctx, account).await?;
    Ok(app.store().hub().revoke_sessions(account, ctx.author(), ctx.moment).await?)
}
