//! The only crate that knows a database: cities, transactions, migrations, queries, jobs, photographs.
//!
//! A city is a database: one SQLite file, or one PostgreSQL schema reached only through a transaction with its own
//! search path. There is no tenant column and so no filter to forget. Everything is read through [`ReadTx`] and changed
//! through [`WriteTx`], whose commit appends the audit entries, chained, in the same transaction. No type of the
//! database library appears in a public signature. Time and actor are arguments; the clock is never read here.

pub mod assessment;
pub mod audit;
mod batch;
pub mod calendar;
pub mod checklist;
mod city;
pub mod command;
pub mod comparison;
mod connect;
pub mod crosswalk;
pub mod delegation;
mod dialect;
pub mod duty;
mod entity;
mod error;
pub mod event;
pub mod facility;
mod followed;
pub mod framework;
pub mod hub;
pub mod import;
pub mod incident;
pub mod job;
pub mod ladder;
pub mod lookback;
pub mod media;
pub mod merit;
mod migration;
pub mod notice;
pub mod number;
pub mod pack;
pub mod pairing;
pub mod party;
pub mod patrol;
pub mod problem;
pub mod question;
pub mod reading;
pub mod referral;
pub mod report;
pub mod round;
pub mod schedule;
pub mod score;
pub mod search;
pub mod setting;
mod shelf;
pub mod site;
pub mod slip;
pub mod statistics;
pub mod task;
#[cfg(feature = "testing")]
pub mod testing;
mod tx;
pub mod unit;
pub mod upload;
mod value;
pub mod view;
mod write;

pub use batch::Batch;
pub use city::{City, CityInfo, Slug, Turn};
pub use command::Once;
pub use connect::Store;
pub use dialect::DatabaseUrl;
pub use error::StoreError;
pub use hub::Hub;
pub use tx::ReadTx;
pub use write::{Author, NewJob, WriteTx};

/// A new identifier: text of a UUIDv7, so that rows made later sort later.
#[must_use]
pub fn new_id() -> String {
    uuid::Uuid::now_v7().to_string()
}
