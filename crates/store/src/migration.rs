//! One set of migrations for both databases, a file per group of tables, and the runner.
//!
//! A migration once released never changes. All pending ones run in one transaction, so that a room is never half
//! migrated; their names are kept in the table `migration` of the room.

mod base;
mod column;
mod comparison;
mod core;
mod delegation;
mod digest;
mod duty;
mod evidence;
mod facility;
mod framework;
mod guess;
mod hub;
mod import;
mod late;
mod ledger;
mod lookback;
mod media;
mod merge;
mod offline;
mod own;
mod pairing;
mod party;
mod patrol;
mod pressing;
mod problem;
mod round;
mod route;
mod score;
mod sealed;
mod signin;
mod site;
mod stage;
mod standing;
mod task;
mod told;
mod unit;
mod visited;
mod waiting;
mod wording;

use sea_orm::{ConnectionTrait, EntityTrait, Set};
use sea_orm_migration::prelude::{ColumnDef, MigrationTrait, SchemaManager, Table};

use crate::dialect::Room;
use crate::entity::migration;
use crate::error::StoreError;

/// The migrations of a city, in the order in which they are applied.
pub fn of_city() -> Vec<Box<dyn MigrationTrait>> {
    vec![
        Box::new(base::Migration),
        Box::new(media::Migration),
        Box::new(unit::Migration),
        Box::new(framework::Migration),
        Box::new(site::Migration),
        Box::new(round::Migration),
        Box::new(problem::Migration),
        Box::new(import::Migration),
        Box::new(comparison::Migration),
        Box::new(pressing::Migration),
        Box::new(offline::Migration),
        Box::new(score::Migration),
        Box::new(duty::Migration),
        Box::new(task::Migration),
        Box::new(facility::Migration),
        Box::new(delegation::Migration),
        Box::new(lookback::Migration),
        Box::new(evidence::Migration),
        Box::new(wording::Migration),
        Box::new(told::Migration),
        Box::new(route::Migration),
        Box::new(pairing::Migration),
        Box::new(stage::Migration),
        Box::new(digest::Migration),
        Box::new(ledger::Migration),
        Box::new(standing::Migration),
        Box::new(merge::Migration),
        Box::new(core::Migration),
        Box::new(party::Migration),
        Box::new(patrol::Migration),
        Box::new(late::Migration),
        Box::new(guess::Migration),
        Box::new(own::Migration),
        Box::new(sealed::Migration),
        Box::new(waiting::Migration),
        Box::new(visited::Migration),
    ]
}

/// The migrations of the hub, in the order in which they are applied.
pub fn of_hub() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(base::Migration), Box::new(hub::Migration), Box::new(signin::Migration)]
}

/// Applies what is pending; gives the names of what was applied.
pub async fn run(room: &Room, migrations: &[Box<dyn MigrationTrait>]) -> Result<Vec<String>, StoreError> {
    let tx = room.begin_migration().await?;
    let table =
        Table::create().table("migration").if_not_exists().col(ColumnDef::new("name").text().not_null().primary_key()).to_owned();
    tx.execute(&table).await?;
    let known: Vec<String> = migration::Entity::find().all(&tx).await?.into_iter().map(|row| row.name).collect();
    let manager = SchemaManager::new(&tx);
    let mut applied = Vec::new();
    for step in migrations.iter().filter(|step| !known.iter().any(|name| name == step.name())) {
        step.up(&manager).await?;
        let row = migration::ActiveModel { name: Set(step.name().to_owned()) };
        migration::Entity::insert(row).exec_without_returning(&tx).await?;
        applied.push(step.name().to_owned());
    }
    tx.commit().await?;
    Ok(applied)
}
