//! Accounts: who may log in, how often the password was wrong, and until when that locks them out.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};
use serde_json::json;
use yipanqi_domain::moment::Moment;

use super::{Hub, session};
use crate::entity::{account, city, membership};
use crate::error::StoreError;
use crate::tx::{from_moment, moment_or_none};
use crate::write::{Author, WriteTx};

/// Somebody who can log in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: String,
    /// The name typed at log-in, unique.
    pub login: String,
    /// The name shown.
    pub name: String,
    /// A telephone number.
    pub phone: Option<String>,
    /// May add and open cities.
    pub platform_admin: bool,
    /// Must choose a new password at the next log-in.
    pub must_change: bool,
    /// Can no longer log in.
    pub disabled: bool,
    /// Wrong passwords since the last right one.
    pub failures: u32,
    /// Refused until this moment.
    pub locked_until: Option<Moment>,
    /// When it was made.
    pub created_at: Moment,
    /// Grows with every change.
    pub version: i64,
}

/// An account with the hash of its password, for the log-in only.
#[derive(Debug, Clone)]
pub struct Credential {
    /// The account.
    pub account: Account,
    /// The hash, as the server made it.
    pub password_hash: String,
}

/// An account to be made.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// The name typed at log-in.
    pub login: String,
    /// The name shown.
    pub name: String,
    /// A telephone number.
    pub phone: Option<String>,
    /// The hash of the password.
    pub password_hash: String,
    /// May add and open cities.
    pub platform_admin: bool,
    /// Must choose a new password at the first log-in.
    pub must_change: bool,
}

/// From how many wrong passwords an account is locked, and until when.
#[derive(Debug, Clone, Copy)]
pub struct Lockout {
    /// The number of wrong passwords in a row.
    pub after: u32,
    /// The end of the lock, if this failure brings it.
    pub until: Moment,
}

/// Adds an account within a transaction of the hub.
pub(super) async fn insert(tx: &mut WriteTx, new: NewAccount, at: Moment) -> Result<Account, StoreError> {
    let row = account::Model {
        id: crate::new_id(),
        login: new.login,
        name: new.name,
        phone: new.phone,
        password_hash: new.password_hash,
        platform_admin: new.platform_admin,
        must_change: new.must_change,
        disabled: false,
        failures: 0,
        locked_until: None,
        created_at: at.stored(),
        version: 1,
    };
    account::Entity::insert(account::ActiveModel::from(row.clone())).exec_without_returning(tx.db()).await?;
    let payload = json!({ "login": row.login, "name": row.name, "platform_admin": row.platform_admin });
    tx.audit("account_added", "account", &row.id, &payload)?;
    Ok(read(row)?.account)
}

impl Hub {
    /// Makes an account.
    ///
    /// # Errors
    /// `account_login_taken` if the log-in name is in use.
    pub async fn add_account(&self, new: NewAccount, by: Author, at: Moment) -> Result<Account, StoreError> {
        let mut tx = self.write(by, at).await?;
        let account = insert(&mut tx, new, at).await?;
        tx.commit().await?;
        Ok(account)
    }

    /// All accounts, by log-in name.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn accounts(&self) -> Result<Vec<Account>, StoreError> {
        let tx = self.read().await?;
        let rows = account::Entity::find().order_by_asc(account::Column::Login).all(tx.db()).await?;
        rows.into_iter().map(|row| Ok(read(row)?.account)).collect()
    }

    /// The account with this id.
    ///
    /// # Errors
    /// `not_found` if there is none.
    pub async fn account(&self, id: &str) -> Result<Account, StoreError> {
        let tx = self.read().await?;
        let row = account::Entity::find_by_id(id).one(tx.db()).await?;
        Ok(read(row.ok_or_else(|| missing(id))?)?.account)
    }

    /// The account with this log-in name and its password hash, if there is one.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn credential(&self, login: &str) -> Result<Option<Credential>, StoreError> {
        let tx = self.read().await?;
        account::Entity::find().filter(account::Column::Login.eq(login)).one(tx.db()).await?.map(read).transpose()
    }

    /// The active accounts with this telephone number, at most two: of two nobody can say which is meant.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn credentials_of_phone(&self, phone: &str) -> Result<Vec<Credential>, StoreError> {
        let tx = self.read().await?;
        let find = account::Entity::find().filter(account::Column::Phone.eq(phone)).filter(account::Column::Disabled.eq(false));
        let rows = find.order_by_asc(account::Column::Id).limit(2).all(tx.db()).await?;
        rows.into_iter().map(read).collect()
    }

    /// The telephone numbers of the active accounts of a city.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn phones(&self, city: &crate::city::Slug) -> Result<BTreeSet<String>, StoreError> {
        Ok(phones(&self.read().await?, city.as_str()).await?.into_keys().collect())
    }

    /// Gives an account another telephone number, or none.
    ///
    /// # Errors
    /// `account_phone_taken` if another active account of one of its cities has it; `not_found` if there is no such account.
    pub async fn set_phone(&self, id: &str, phone: Option<&str>, by: Author, at: Moment) -> Result<(), StoreError> {
        let mut tx = self.write(by, at).await?;
        lock(&tx, id).await?;
        free_to_use(&tx, id, phone).await?;
        account::Entity::update_many()
            .col_expr(account::Column::Phone, Expr::value(phone.map(str::to_owned)))
            .col_expr(account::Column::Version, Expr::col(account::Column::Version).add(1))
            .filter(account::Column::Id.eq(id))
            .exec(tx.db())
            .await?;
        tx.audit("account_phone_changed", "account", id, &json!({ "phone": phone }))?;
        tx.commit().await
    }

    /// Counts a wrong password, and locks the account when it is one too many. Gives the account as it is now.
    ///
    /// # Errors
    /// `not_found` if there is no such account.
    pub async fn login_failed(&self, id: &str, lockout: Lockout, by: Author, at: Moment) -> Result<Account, StoreError> {
        let mut tx = self.write(by, at).await?;
        let mut row = lock(&tx, id).await?;
        row.failures += 1;
        if row.failures >= i64::from(lockout.after) {
            row.failures = 0;
            row.locked_until = Some(lockout.until.stored());
            tx.audit("account_locked", "account", id, &json!({ "until": lockout.until }))?;
        }
        let change = account::ActiveModel {
            id: Set(row.id.clone()),
            failures: Set(row.failures),
            locked_until: Set(row.locked_until.clone()),
            ..Default::default()
        };
        change.update(tx.db()).await?;
        tx.commit().await?;
        Ok(read(row)?.account)
    }

    /// Forgets wrong passwords and lock after a right one.
    ///
    /// # Errors
    /// `not_found` if there is no such account.
    pub async fn login_succeeded(&self, id: &str, by: Author, at: Moment) -> Result<(), StoreError> {
        let mut tx = self.write(by, at).await?;
        let change = account::ActiveModel {
            id: Set(lock(&tx, id).await?.id),
            failures: Set(0),
            locked_until: Set(None),
            ..Default::default()
        };
        change.update(tx.db()).await?;
        tx.audit("logged_in", "account", id, &json!({}))?;
        tx.commit().await
    }

    /// The owner chose a new password; all sessions end, and the lock with them.
    ///
    /// # Errors
    /// `not_found` if there is no such account.
    pub async fn change_password(&self, id: &str, password_hash: &str, by: Author, at: Moment) -> Result<(), StoreError> {
        let change = account::ActiveModel {
            password_hash: Set(password_hash.to_owned()),
            must_change: Set(false),
            failures: Set(0),
            locked_until: Set(None),
            ..Default::default()
        };
        self.change(id, change, "password_changed", by, at).await
    }

    /// Somebody else set a password, which the owner must replace at the next log-in; all sessions end.
    ///
    /// # Errors
    /// `not_found` if there is no such account.
    pub async fn reset_password(&self, id: &str, password_hash: &str, by: Author, at: Moment) -> Result<(), StoreError> {
        let change = account::ActiveModel {
            password_hash: Set(password_hash.to_owned()),
            must_change: Set(true),
            failures: Set(0),
            locked_until: Set(None),
            ..Default::default()
        };
        self.change(id, change, "password_reset", by, at).await
    }

    /// Bars an account from logging in and ends its sessions.
    ///
    /// # Errors
    /// `not_found` if there is no such account.
    pub async fn disable_account(&self, id: &str, by: Author, at: Moment) -> Result<(), StoreError> {
        let change = account::ActiveModel { disabled: Set(true), ..Default::default() };
        self.change(id, change, "account_disabled", by, at).await
    }

    /// Lets a barred account log in again.
    ///
    /// # Errors
    /// `not_found` if there is no such account; `account_phone_taken` if its number went to somebody else meanwhile.
    pub async fn enable_account(&self, id: &str, by: Author, at: Moment) -> Result<(), StoreError> {
        let barred = self.account(id).await?;
        let tx = self.write(by.clone(), at).await?;
        free_to_use(&tx, id, barred.phone.as_deref()).await?;
        drop(tx);
        let change = account::ActiveModel { disabled: Set(false), ..Default::default() };
        self.change(id, change, "account_enabled", by, at).await
    }

    async fn change(
        &self,
        id: &str,
        change: account::ActiveModel,
        action: &str,
        by: Author,
        at: Moment,
    ) -> Result<(), StoreError> {
        let mut tx = self.write(by, at).await?;
        lock(&tx, id).await?;
        account::Entity::update_many()
            .set(change)
            .col_expr(account::Column::Version, Expr::col(account::Column::Version).add(1))
            .filter(account::Column::Id.eq(id))
            .exec(tx.db())
            .await?;
        session::revoke_all(&tx, id).await?;
        tx.audit(action, "account", id, &json!({}))?;
        tx.commit().await
    }
}

/// The numbers of the active accounts of a city, by number; whoever gives one away asks within the same transaction,
/// after [`hold_city`].
pub(super) async fn phones(tx: &crate::tx::ReadTx, city: &str) -> Result<BTreeMap<String, String>, StoreError> {
    let rows: Vec<(String, Option<String>)> = account::Entity::find()
        .select_only()
        .columns([account::Column::Id, account::Column::Phone])
        .filter(account::Column::Disabled.eq(false))
        .filter(account::Column::Phone.is_not_null())
        .filter(
            account::Column::Id.in_subquery(
                QuerySelect::query(&mut membership::Entity::find().select_only().column(membership::Column::AccountId))
                    .and_where(membership::Column::CitySlug.eq(city))
                    .to_owned(),
            ),
        )
        .into_tuple()
        .all(tx.db())
        .await?;
    Ok(rows.into_iter().filter_map(|(id, phone)| Some((phone?, id))).collect())
}

/// Lets one transaction at a time give out numbers of a city.
pub(super) async fn hold_city(tx: &WriteTx, city: &str) -> Result<(), StoreError> {
    city::Entity::find_by_id(city).lock_exclusive().one(tx.db()).await?;
    Ok(())
}

/// Refuses a number that another active account has in a city of this one.
async fn free_to_use(tx: &WriteTx, id: &str, phone: Option<&str>) -> Result<(), StoreError> {
    let Some(phone) = phone else { return Ok(()) };
    let own = membership::Entity::find().filter(membership::Column::AccountId.eq(id));
    for row in own.order_by_asc(membership::Column::CitySlug).all(tx.db()).await? {
        not_taken(tx, &row.city_slug, phone, Some(id)).await?;
    }
    Ok(())
}

/// Refuses a number that an active account of the city has, apart from its own.
pub(super) async fn not_taken(tx: &WriteTx, city: &str, phone: &str, own: Option<&str>) -> Result<(), StoreError> {
    hold_city(tx, city).await?;
    match phones(tx, city).await?.get(phone) {
        Some(other) if Some(other.as_str()) != own => Err(taken()),
        Some(_) | None => Ok(()),
    }
}

pub(super) fn taken() -> StoreError {
    StoreError::Taken { code: "account_phone_taken", constraint: "account_phone".to_owned() }
}

async fn lock(tx: &WriteTx, id: &str) -> Result<account::Model, StoreError> {
    account::Entity::find_by_id(id).lock_exclusive().one(tx.db()).await?.ok_or_else(|| missing(id))
}

fn missing(id: &str) -> StoreError {
    StoreError::NotFound { kind: "account", id: id.to_owned() }
}

pub(super) fn read(row: account::Model) -> Result<Credential, StoreError> {
    let account = Account {
        id: row.id,
        login: row.login,
        name: row.name,
        phone: row.phone,
        platform_admin: row.platform_admin,
        must_change: row.must_change,
        disabled: row.disabled,
        failures: u32::try_from(row.failures).unwrap_or(u32::MAX),
        locked_until: moment_or_none(row.locked_until.as_deref())?,
        created_at: from_moment(&row.created_at)?,
        version: row.version,
    };
    Ok(Credential { account, password_hash: row.password_hash })
}
