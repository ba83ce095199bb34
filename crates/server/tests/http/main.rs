//! The whole application in process: named people in two cities, a fixed clock, every route allowed and refused.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot be set up fails")]

mod assessment;
mod duty;
mod imports;
mod jobs;
mod ledger;
mod lists;
mod live;
mod media;
mod openapi;
mod pages;
mod people;
mod problem;
mod rights;
mod score;
mod session;
mod table;
mod task;
mod world;
