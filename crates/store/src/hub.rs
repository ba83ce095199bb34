//! The hub: who may log in, where, and which cities there are; with its own audit chain.
//!
//! No transaction spans the hub and a city. Every function here is one transaction of its own. Password and token never
//! come here, only what the server made of them.

mod account;
mod handout;
mod heads;
mod outbox;
mod session;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Set};
use serde_json::json;
use yipanqi_domain::id::PersonId;
use yipanqi_domain::moment::Moment;

pub use account::{Account, Credential, Lockout, NewAccount};
pub use handout::{Admission, Admitted, Issue, Reissue};
pub use outbox::Message;
pub use session::{NewSession, Session};

use crate::city::{CityInfo, Slug};
use crate::dialect::Room;
use crate::entity::{city, membership};
use crate::error::StoreError;
use crate::shelf::Watched;
use crate::tx::{ReadTx, from_id, from_moment};
use crate::write::{Author, WriteTx};

/// The database that all cities of an installation share.
#[derive(Debug)]
pub struct Hub {
    room: Room,
}

/// An account is a person of a city.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// The account.
    pub account_id: String,
    /// The city.
    pub city: Slug,
    /// The person there.
    pub person: PersonId,
}

impl Hub {
    pub(crate) fn new(room: Room) -> Self {
        Self { room }
    }

    /// Begins a read-only transaction on the hub, e.g. to verify its audit chain.
    ///
    /// # Errors
    /// If the database cannot be reached.
    pub async fn read(&self) -> Result<ReadTx, StoreError> {
        Ok(ReadTx::snapshot(Watched::new(self.room.begin_read().await?, None), None))
    }

    async fn write(&self, by: Author, at: Moment) -> Result<WriteTx, StoreError> {
        Ok(WriteTx::new(self.room.begin_write().await?, by, at, None, None))
    }

    pub(crate) async fn add_city(&self, slug: &Slug, name: &str, title: &str, by: Author, at: Moment) -> Result<(), StoreError> {
        let mut tx = self.write(by, at).await?;
        let row = city::ActiveModel {
            slug: Set(slug.to_string()),
            name: Set(name.to_owned()),
            title: Set(title.to_owned()),
            created_at: Set(at.stored()),
            state: Set("open".to_owned()),
        };
        city::Entity::insert(row).exec_without_returning(tx.db()).await?;
        tx.audit("city_added", "city", slug.as_str(), &json!({ "name": name, "title": title }))?;
        tx.commit().await
    }

    pub(crate) async fn cities(&self) -> Result<Vec<CityInfo>, StoreError> {
        let tx = self.read().await?;
        let rows = city::Entity::find().order_by_asc(city::Column::Slug).all(tx.db()).await?;
        rows.into_iter().map(info).collect()
    }

    /// What is known of one city.
    ///
    /// # Errors
    /// `city_unknown` if it is not listed.
    pub async fn city(&self, slug: &Slug) -> Result<CityInfo, StoreError> {
        let tx = self.read().await?;
        match city::Entity::find_by_id(slug.as_str()).one(tx.db()).await? {
            Some(row) => info(row),
            None => Err(StoreError::CityUnknown(slug.to_string())),
        }
    }

    /// Makes an account a person of a city; done twice with the same person it changes nothing.
    ///
    /// # Errors
    /// `membership_exists` if the account is another person there; `reference_broken` if there is no such account or city.
    pub async fn add_membership(&self, new: &Membership, by: Author, at: Moment) -> Result<(), StoreError> {
        let mut tx = self.write(by, at).await?;
        let known = membership::Entity::find_by_id((new.account_id.clone(), new.city.to_string())).one(tx.db()).await?;
        if known.is_some_and(|row| row.person_id == new.person.to_string()) {
            return Ok(());
        }
        let row = membership::ActiveModel {
            account_id: Set(new.account_id.clone()),
            city_slug: Set(new.city.to_string()),
            person_id: Set(new.person.to_string()),
        };
        membership::Entity::insert(row).exec_without_returning(tx.db()).await?;
        tx.audit("membership_added", "account", &new.account_id, &json!({ "city": new.city.as_str(), "person": new.person }))?;
        tx.commit().await
    }

    /// Takes an account out of a city and ends its sessions there.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn remove_membership(&self, account_id: &str, city: &Slug, by: Author, at: Moment) -> Result<(), StoreError> {
        let mut tx = self.write(by, at).await?;
        let gone = membership::Entity::delete_by_id((account_id.to_owned(), city.to_string())).exec(tx.db()).await?;
        if gone.rows_affected == 0 {
            return Ok(());
        }
        session::revoke_in_city(&tx, account_id, city).await?;
        tx.audit("membership_removed", "account", account_id, &json!({ "city": city.as_str() }))?;
        tx.commit().await
    }

    /// The cities of an account, by slug.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn memberships(&self, account_id: &str) -> Result<Vec<Membership>, StoreError> {
        self.listed(membership::Column::AccountId.eq(account_id)).await
    }

    /// The accounts of a city.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn members(&self, city: &Slug) -> Result<Vec<Membership>, StoreError> {
        self.listed(membership::Column::CitySlug.eq(city.as_str())).await
    }

    async fn listed(&self, filter: sea_orm::sea_query::SimpleExpr) -> Result<Vec<Membership>, StoreError> {
        let tx = self.read().await?;
        let rows = membership::Entity::find()
            .filter(filter)
            .order_by_asc(membership::Column::CitySlug)
            .order_by_asc(membership::Column::AccountId)
            .all(tx.db())
            .await?;
        rows.into_iter()
            .map(|row| {
                Ok(Membership { person: from_id(&row.person_id)?, city: row.city_slug.parse()?, account_id: row.account_id })
            })
            .collect()
    }
}

fn info(row: city::Model) -> Result<CityInfo, StoreError> {
    Ok(CityInfo { slug: row.slug.parse()?, name: row.name, title: row.title, created_at: from_moment(&row.created_at)? })
}
