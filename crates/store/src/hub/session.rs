//! Sessions: a log-in, kept under the hash of its token, revocable, with one current city.

use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Set};
use yipanqi_domain::moment::Moment;

use super::{Account, Hub, account};
use crate::city::Slug;
use crate::entity;
use crate::error::StoreError;
use crate::tx::{from_moment, moment_or_none};
use crate::write::{Author, WriteTx};

/// A session to be opened.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// The hash of the token that the browser keeps.
    pub token_hash: String,
    /// Whose it is.
    pub account_id: String,
    /// The current city.
    pub city: Option<Slug>,
    /// The moment it ends by itself.
    pub expires_at: Moment,
    /// What the browser calls itself.
    pub user_agent: String,
}

/// A log-in.
#[derive(Debug, Clone)]
pub struct Session {
    /// The hash of the token.
    pub token_hash: String,
    /// Whose it is.
    pub account: Account,
    /// The current city.
    pub city: Option<Slug>,
    /// When it was opened.
    pub created_at: Moment,
    /// When it was last used.
    pub seen_at: Moment,
    /// The moment it ends by itself.
    pub expires_at: Moment,
    /// When it was ended.
    pub revoked_at: Option<Moment>,
    /// What the browser calls itself.
    pub user_agent: String,
}

impl Hub {
    /// Opens a session.
    ///
    /// # Errors
    /// `reference_broken` if there is no such account.
    pub async fn open_session(&self, new: NewSession, by: Author, at: Moment) -> Result<(), StoreError> {
        let tx = self.write(by, at).await?;
        let row = entity::session::ActiveModel {
            token_hash: Set(new.token_hash),
            account_id: Set(new.account_id),
            city_slug: Set(new.city.map(|city| city.to_string())),
            created_at: Set(at.stored()),
            seen_at: Set(at.stored()),
            expires_at: Set(new.expires_at.stored()),
            revoked_at: Set(None),
            user_agent: Set(new.user_agent),
        };
        entity::session::Entity::insert(row).exec_without_returning(tx.db()).await?;
        tx.commit().await
    }

    /// The session of this token if it may be used at `now`: not revoked, not expired, its account not disabled.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn session(&self, token_hash: &str, now: Moment) -> Result<Option<Session>, StoreError> {
        let tx = self.read().await?;
        let Some(row) = entity::session::Entity::find_by_id(token_hash).one(tx.db()).await? else { return Ok(None) };
        let Some(owner) = entity::account::Entity::find_by_id(&row.account_id).one(tx.db()).await? else { return Ok(None) };
        let session = read(row, account::read(owner)?.account)?;
        let usable = session.revoked_at.is_none() && now < session.expires_at && !session.account.disabled;
        Ok(usable.then_some(session))
    }

    /// Whether this token, ended or not, is of an account that was disabled.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn session_disabled(&self, token_hash: &str) -> Result<bool, StoreError> {
        let tx = self.read().await?;
        let Some(row) = entity::session::Entity::find_by_id(token_hash).one(tx.db()).await? else { return Ok(false) };
        let owner = entity::account::Entity::find_by_id(&row.account_id).one(tx.db()).await?;
        Ok(owner.map(account::read).transpose()?.is_some_and(|owner| owner.account.disabled))
    }

    /// Notes that a session was used and moves its end.
    ///
    /// # Errors
    /// `not_found` if there is no such session.
    pub async fn touch_session(&self, token_hash: &str, expires_at: Moment, by: Author, at: Moment) -> Result<(), StoreError> {
        let change = entity::session::ActiveModel {
            seen_at: Set(at.stored()),
            expires_at: Set(expires_at.stored()),
            ..Default::default()
        };
        self.change_session(token_hash, change, by, at).await
    }

    /// Makes another city the current one of a session.
    ///
    /// # Errors
    /// `not_found` if there is no such session.
    pub async fn switch_city(&self, token_hash: &str, city: &Slug, by: Author, at: Moment) -> Result<(), StoreError> {
        let change = entity::session::ActiveModel { city_slug: Set(Some(city.to_string())), ..Default::default() };
        self.change_session(token_hash, change, by, at).await
    }

    /// Ends a session.
    ///
    /// # Errors
    /// `not_found` if there is no such session.
    pub async fn revoke_session(&self, token_hash: &str, by: Author, at: Moment) -> Result<(), StoreError> {
        let change = entity::session::ActiveModel { revoked_at: Set(Some(at.stored())), ..Default::default() };
        self.change_session(token_hash, change, by, at).await
    }

    /// Ends all sessions of an account.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn revoke_sessions(&self, account_id: &str, by: Author, at: Moment) -> Result<(), StoreError> {
        let mut tx = self.write(by, at).await?;
        revoke_all(&tx, account_id).await?;
        tx.audit("sessions_revoked", "account", account_id, &serde_json::json!({}))?;
        tx.commit().await
    }

    /// The sessions of an account, the newest first, also those that ended.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn sessions(&self, account_id: &str) -> Result<Vec<Session>, StoreError> {
        let owner = self.account(account_id).await?;
        let tx = self.read().await?;
        let rows = entity::session::Entity::find()
            .filter(entity::session::Column::AccountId.eq(account_id))
            .order_by_desc(entity::session::Column::CreatedAt)
            .all(tx.db())
            .await?;
        rows.into_iter().map(|row| read(row, owner.clone())).collect()
    }

    async fn change_session(
        &self,
        token_hash: &str,
        mut change: entity::session::ActiveModel,
        by: Author,
        at: Moment,
    ) -> Result<(), StoreError> {
        let tx = self.write(by, at).await?;
        if entity::session::Entity::find_by_id(token_hash).one(tx.db()).await?.is_none() {
            return Err(StoreError::NotFound { kind: "session", id: token_hash.to_owned() });
        }
        change.token_hash = Set(token_hash.to_owned());
        change.update(tx.db()).await?;
        tx.commit().await
    }
}

/// Ends what is open of an account, within the caller's transaction.
pub(super) async fn revoke_all(tx: &WriteTx, account_id: &str) -> Result<(), StoreError> {
    revoke(tx, entity::session::Column::AccountId.eq(account_id)).await
}

/// Ends what an account has open in one city, within the caller's transaction.
pub(super) async fn revoke_in_city(tx: &WriteTx, account_id: &str, city: &Slug) -> Result<(), StoreError> {
    let here = entity::session::Column::CitySlug.eq(city.as_str());
    revoke(tx, sea_orm::sea_query::ExprTrait::and(entity::session::Column::AccountId.eq(account_id), here)).await
}

async fn revoke(tx: &WriteTx, which: sea_orm::sea_query::SimpleExpr) -> Result<(), StoreError> {
    let change = entity::session::ActiveModel { revoked_at: Set(Some(tx.at().stored())), ..Default::default() };
    entity::session::Entity::update_many()
        .set(change)
        .filter(which)
        .filter(entity::session::Column::RevokedAt.is_null())
        .exec(tx.db())
        .await?;
    Ok(())
}

fn read(row: entity::session::Model, account: Account) -> Result<Session, StoreError> {
    Ok(Session {
        token_hash: row.token_hash,
        account,
        city: row.city_slug.map(|slug| slug.parse()).transpose()?,
        created_at: from_moment(&row.created_at)?,
        seen_at: from_moment(&row.seen_at)?,
        expires_at: from_moment(&row.expires_at)?,
        revoked_at: moment_or_none(row.revoked_at.as_deref())?,
        user_agent: row.user_agent,
    })
}
