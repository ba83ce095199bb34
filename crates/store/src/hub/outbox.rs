//! What the hub has to tell a city, written in the transaction of the hub's own change.
//!
//! No transaction spans the hub and a city. So the hub notes what the city must come to know; whoever looks next brings
//! it there, and says so when the city has committed. It may be brought twice: the city takes it once.

use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Set};
use serde_json::{Value, json};
use yipanqi_domain::moment::Moment;

use super::{Account, Hub, Membership, NewAccount};
use crate::city::Slug;
use crate::entity::{membership, outbox};
use crate::error::StoreError;
use crate::tx::{from_id, from_json, from_moment};
use crate::write::Author;

/// Something that a city must come to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its identity.
    pub id: String,
    /// What it says.
    pub payload: Value,
    /// In whose name.
    pub by: Author,
    /// When.
    pub at: Moment,
}

impl Hub {
    /// Adds an account that is a person of a city, together with what the city must come to know of it: all or nothing.
    /// `message` is made of the new account's identity.
    ///
    /// # Errors
    /// `account_login_taken`, `account_phone_taken`, `person_has_account`; `reference_broken` if there is no such city.
    pub async fn admit(
        &self,
        new: NewAccount,
        city: &Slug,
        person: yipanqi_domain::id::PersonId,
        message: impl FnOnce(&Account) -> Value,
        by: Author,
        at: Moment,
    ) -> Result<(Account, Membership), StoreError> {
        let mut tx = self.write(by.clone(), at).await?;
        if let Some(phone) = &new.phone {
            super::account::not_taken(&tx, city.as_str(), phone, None).await?;
        }
        super::handout::no_account(&tx, city, person).await?;
        let account = super::account::insert(&mut tx, new, at).await?;
        let row = membership::ActiveModel {
            account_id: Set(account.id.clone()),
            city_slug: Set(city.to_string()),
            person_id: Set(person.to_string()),
        };
        membership::Entity::insert(row).exec_without_returning(tx.db()).await?;
        tx.audit("membership_added", "account", &account.id, &json!({ "city": city.as_str(), "person": person }))?;
        let row = outbox::ActiveModel {
            id: Set(crate::new_id()),
            city_slug: Set(city.to_string()),
            payload: Set(message(&account).to_string()),
            by_name: Set(by.name),
            by_person: Set(by.person.map(|person| person.to_string())),
            at: Set(at.stored()),
            delivered_at: Set(None),
        };
        outbox::Entity::insert(row).exec_without_returning(tx.db()).await?;
        tx.commit().await?;
        let membership = Membership { account_id: account.id.clone(), city: city.clone(), person };
        Ok((account, membership))
    }

    /// What a city does not know yet, the oldest first.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn undelivered(&self, city: &Slug) -> Result<Vec<Message>, StoreError> {
        let tx = self.read().await?;
        let rows = outbox::Entity::find()
            .filter(outbox::Column::CitySlug.eq(city.as_str()))
            .filter(outbox::Column::DeliveredAt.is_null())
            .order_by_asc(outbox::Column::Id)
            .all(tx.db())
            .await?;
        let message = |row: outbox::Model| {
            let person = row.by_person.map(|person| from_id(&person)).transpose()?;
            let by = Author { person, name: row.by_name };
            Ok(Message { payload: from_json("message", &row.payload)?, at: from_moment(&row.at)?, id: row.id, by })
        };
        rows.into_iter().map(message).collect()
    }

    /// Notes that the city knows; said twice it changes nothing.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn delivered(&self, message: &Message, at: Moment) -> Result<(), StoreError> {
        let tx = self.write(message.by.clone(), at).await?;
        let row = outbox::ActiveModel { id: Set(message.id.clone()), delivered_at: Set(Some(at.stored())), ..Default::default() };
        row.update(tx.db()).await?;
        tx.commit().await
    }
}
