//! Accounts for many at once: all in one transaction of the hub, each person taken or refused alone.
//!
//! First passwords never come here. The answer kept for a repetition tells what was made, and no secret.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect};
use serde_json::{Value, json};
use yipanqi_domain::account::login_of;
use yipanqi_domain::id::{CommandId, PersonId};
use yipanqi_domain::moment::Moment;

use super::{Hub, session};
use crate::city::Slug;
use crate::command::Once;
use crate::entity::{account, membership, outbox};
use crate::error::StoreError;
use crate::value::insert_all;
use crate::write::{Author, WriteTx};

/// A person who is to be given an account.
#[derive(Debug, Clone)]
pub struct Admission {
    /// Who.
    pub person: PersonId,
    /// The name shown.
    pub name: String,
    /// The mobile number, in its one form.
    pub phone: String,
    /// The code of the unit of which the login is made.
    pub code: String,
    /// The hash of the first password.
    pub password_hash: String,
}

/// An account made of an [`Admission`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admitted {
    /// Whose.
    pub person: PersonId,
    /// The identity of the account.
    pub account: String,
    /// What is typed to sign in.
    pub login: String,
}

/// An account that gets a new first password.
#[derive(Debug, Clone)]
pub struct Reissue {
    /// The account.
    pub account: String,
    /// The hash of the new first password.
    pub password_hash: String,
}

/// Whether a command is new.
#[derive(Debug, Clone, PartialEq)]
pub enum Issue<T> {
    /// It was, and this came of it, in the order asked; a code where one was refused.
    First(Vec<Result<T, &'static str>>),
    /// It was carried out before; this was its answer, without secrets.
    Again(Value),
    /// Its identity belongs to another command.
    OtherBody,
}

impl Hub {
    /// Makes an account for each of these people of a city. Whoever has one, or whose number somebody has, is refused by
    /// `person_has_account` or `account_phone_taken`; the others are made. `message` is what the city must come to know,
    /// `answer` what a repetition of the command is told.
    ///
    /// # Errors
    /// If the database fails.
    #[expect(clippy::too_many_arguments, reason = "one transaction takes the command, the people and both messages")]
    pub async fn admit_all(
        &self,
        command: (CommandId, &str),
        city: &Slug,
        people: Vec<Admission>,
        message: impl Fn(&Admission, &Admitted) -> Value,
        answer: impl FnOnce(&[Result<Admitted, &'static str>]) -> Value,
        by: Author,
        at: Moment,
    ) -> Result<Issue<Admitted>, StoreError> {
        let mut tx = self.write(by.clone(), at).await?;
        match tx.once(command.0, command.1).await? {
            Once::First => {}
            Once::Again(before) => return Ok(Issue::Again(before)),
            Once::OtherBody => return Ok(Issue::OtherBody),
        }
        super::account::hold_city(&tx, city.as_str()).await?;
        let mut taken: BTreeSet<String> = super::account::phones(&tx, city.as_str()).await?.into_keys().collect();
        let mut known = persons(&tx, city).await?;
        let mut logins = logins(&tx).await?;
        let (mut accounts, mut members, mut told, mut made) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for one in people {
            if !known.insert(one.person.to_string()) {
                made.push(Err("person_has_account"));
                continue;
            }
            if !taken.insert(one.phone.clone()) {
                made.push(Err("account_phone_taken"));
                continue;
            }
            let login = login_of(&one.code, &logins);
            logins.insert(login.clone());
            let admitted = Admitted { person: one.person, account: crate::new_id(), login };
            let payload = json!({ "login": admitted.login, "name": one.name, "platform_admin": false });
            tx.audit("account_added", "account", &admitted.account, &payload)?;
            let payload = json!({ "city": city.as_str(), "person": one.person });
            tx.audit("membership_added", "account", &admitted.account, &payload)?;
            members.push(membership::Model {
                account_id: admitted.account.clone(),
                city_slug: city.to_string(),
                person_id: one.person.to_string(),
            });
            told.push(outbox::Model {
                id: crate::new_id(),
                city_slug: city.to_string(),
                payload: message(&one, &admitted).to_string(),
                by_name: by.name.clone(),
                by_person: by.person.map(|person| person.to_string()),
                at: at.stored(),
                delivered_at: None,
            });
            accounts.push(account::Model {
                id: admitted.account.clone(),
                login: admitted.login.clone(),
                name: one.name,
                phone: Some(one.phone),
                password_hash: one.password_hash,
                platform_admin: false,
                must_change: true,
                disabled: false,
                failures: 0,
                locked_until: None,
                created_at: at.stored(),
                version: 1,
            });
            made.push(Ok(admitted));
        }
        insert_all::<account::Entity, _>(
            tx.db(),
            accounts.into_iter().map(IntoActiveModel::into_active_model).collect::<Vec<account::ActiveModel>>(),
        )
        .await?;
        insert_all::<membership::Entity, _>(tx.db(), members).await?;
        insert_all::<outbox::Entity, _>(tx.db(), told).await?;
        let answer = answer(&made);
        tx.answer(command.0, &answer).await?;
        tx.commit().await?;
        Ok(Issue::First(made))
    }

    /// Gives accounts of a city new first passwords and ends their sessions and pauses. Refused one by one:
    /// `account_not_found`, and `account_not_yours` for whoever also works elsewhere or keeps the platform.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn reissue_all(
        &self,
        command: (CommandId, &str),
        city: &Slug,
        accounts: Vec<Reissue>,
        answer: impl FnOnce(&[Result<Admitted, &'static str>]) -> Value,
        by: Author,
        at: Moment,
    ) -> Result<Issue<Admitted>, StoreError> {
        let mut tx = self.write(by, at).await?;
        match tx.once(command.0, command.1).await? {
            Once::First => {}
            Once::Again(before) => return Ok(Issue::Again(before)),
            Once::OtherBody => return Ok(Issue::OtherBody),
        }
        let ids: Vec<&str> = accounts.iter().map(|one| one.account.as_str()).collect();
        let found = account::Entity::find().filter(account::Column::Id.is_in(ids.clone())).lock_exclusive().all(tx.db()).await?;
        let found: BTreeMap<String, account::Model> = found.into_iter().map(|row| (row.id.clone(), row)).collect();
        let mut cities: BTreeMap<String, Vec<membership::Model>> = BTreeMap::new();
        for row in membership::Entity::find().filter(membership::Column::AccountId.is_in(ids)).all(tx.db()).await? {
            cities.entry(row.account_id.clone()).or_default().push(row);
        }
        let mut made = Vec::new();
        for one in accounts {
            let of = cities.get(&one.account).map(Vec::as_slice).unwrap_or_default();
            let here = of.iter().find(|row| row.city_slug == city.as_str());
            let (Some(row), Some(here)) = (found.get(&one.account), here) else {
                made.push(Err("account_not_found"));
                continue;
            };
            if row.platform_admin || of.len() > 1 {
                made.push(Err("account_not_yours"));
                continue;
            }
            account::Entity::update_many()
                .col_expr(account::Column::PasswordHash, Expr::value(one.password_hash))
                .col_expr(account::Column::MustChange, Expr::value(true))
                .col_expr(account::Column::Failures, Expr::value(0))
                .col_expr(account::Column::LockedUntil, Expr::value(Option::<String>::None))
                .col_expr(account::Column::Version, Expr::col(account::Column::Version).add(1))
                .filter(account::Column::Id.eq(&row.id))
                .exec(tx.db())
                .await?;
            session::revoke_all(&tx, &row.id).await?;
            tx.audit("password_reset", "account", &row.id, &json!({}))?;
            let person = crate::tx::from_id(&here.person_id)?;
            made.push(Ok(Admitted { person, account: row.id.clone(), login: row.login.clone() }));
        }
        let answer = answer(&made);
        tx.answer(command.0, &answer).await?;
        tx.commit().await?;
        Ok(Issue::First(made))
    }
}

/// Who of a city has an account.
async fn persons(tx: &WriteTx, city: &Slug) -> Result<BTreeSet<String>, StoreError> {
    let find = membership::Entity::find().select_only().column(membership::Column::PersonId);
    let rows: Vec<String> = find.filter(membership::Column::CitySlug.eq(city.as_str())).into_tuple().all(tx.db()).await?;
    Ok(rows.into_iter().collect())
}

async fn logins(tx: &WriteTx) -> Result<BTreeSet<String>, StoreError> {
    let rows: Vec<String> =
        account::Entity::find().select_only().column(account::Column::Login).into_tuple().all(tx.db()).await?;
    Ok(rows.into_iter().collect())
}

/// Refuses a person of a city who has an account there.
pub(super) async fn no_account(tx: &WriteTx, city: &Slug, person: PersonId) -> Result<(), StoreError> {
    let known = membership::Entity::find()
        .filter(membership::Column::CitySlug.eq(city.as_str()))
        .filter(membership::Column::PersonId.eq(person.to_string()))
        .one(tx.db())
        .await?;
    match known {
        None => Ok(()),
        Some(_) => Err(StoreError::Taken { code: "person_has_account", constraint: "membership_person_id".to_owned() }),
    }
}
