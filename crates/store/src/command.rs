//! A client's command is applied once: its id and the hash of its body are kept with the first answer.

use std::collections::HashMap;

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, Set};
use serde_json::Value;
use yipanqi_domain::id::{CommandId, PersonId};

use crate::entity::command;
use crate::error::StoreError;
use crate::tx::{ReadTx, from_json};
use crate::value::{id, id_opt};
use crate::write::WriteTx;

/// Whether a command is new here.
#[derive(Debug, Clone, PartialEq)]
pub enum Once {
    /// It is: apply it, then call [`WriteTx::answer`].
    First,
    /// The same command was applied: this was its answer.
    Again(Value),
    /// This id was used for another body, or by another person.
    OtherBody,
}

/// A command that was applied.
#[derive(Debug, Clone, PartialEq)]
pub struct Applied {
    /// The hash of its body.
    pub body_hash: String,
    /// Who sent it.
    pub person: Option<PersonId>,
    /// Its first answer.
    pub answer: Value,
}

/// The command of this id, if it was applied.
///
/// # Errors
/// If the database fails.
pub async fn applied(tx: &ReadTx, id: CommandId) -> Result<Option<Applied>, StoreError> {
    command::Entity::find_by_id(id.to_string()).one(tx.db()).await?.map(read).transpose()
}

/// Those of the commands that were applied.
///
/// # Errors
/// If the database fails.
pub async fn all_applied(tx: &ReadTx, ids: &[CommandId]) -> Result<HashMap<CommandId, Applied>, StoreError> {
    let mut found = HashMap::new();
    for some in ids.chunks(500) {
        let of = command::Entity::find().filter(command::Column::Id.is_in(some.iter().map(ToString::to_string)));
        for row in of.all(tx.db()).await? {
            found.insert(id(&row.id)?, read(row)?);
        }
    }
    Ok(found)
}

fn read(row: command::Model) -> Result<Applied, StoreError> {
    Ok(Applied {
        person: id_opt(row.person_id.as_ref())?,
        answer: row.answer.map_or(Ok(Value::Null), |text| from_json("answer", &text))?,
        body_hash: row.body_hash,
    })
}

impl WriteTx {
    /// Claims the id of a command for this transaction. A concurrent transaction with the same id waits for this one.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn once(&mut self, id: CommandId, body_hash: &str) -> Result<Once, StoreError> {
        self.once_from(id, body_hash, None).await
    }

    /// The same for a command that lay in the outbox of a device.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn once_from(&mut self, id: CommandId, body_hash: &str, device: Option<&str>) -> Result<Once, StoreError> {
        let person = self.by().person.map(|person| person.to_string());
        let row = command::ActiveModel {
            id: Set(id.to_string()),
            body_hash: Set(body_hash.to_owned()),
            person_id: Set(person.clone()),
            device: Set(device.map(str::to_owned)),
            answer: Set(None),
            applied_at: Set(self.at().stored()),
        };
        let insert = command::Entity::insert(row).on_conflict(OnConflict::column(command::Column::Id).do_nothing().to_owned());
        if insert.exec_without_returning(self.db()).await? == 1 {
            return Ok(Once::First);
        }
        let known = command::Entity::find_by_id(id.to_string()).one(self.db()).await?;
        let known = known.ok_or_else(|| StoreError::NotFound { kind: "command", id: id.to_string() })?;
        if known.body_hash != body_hash || known.person_id != person {
            return Ok(Once::OtherBody);
        }
        Ok(Once::Again(known.answer.map_or(Ok(Value::Null), |text| from_json("answer", &text))?))
    }

    /// Keeps the answer of a command that [`WriteTx::once`] called new.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn answer(&mut self, id: CommandId, answer: &Value) -> Result<(), StoreError> {
        let row = command::ActiveModel { id: Set(id.to_string()), answer: Set(Some(answer.to_string())), ..Default::default() };
        row.update(self.db()).await?;
        Ok(())
    }
}
