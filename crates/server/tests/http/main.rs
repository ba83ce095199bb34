//! The whole application in process: named people in two cities, a fixed clock, every route allowed and refused.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot be set up fails")]

mod assessment;
mod covert;
mod delegation;
mod desk;
mod draw;
mod duty;
mod edition;
mod evidence;
mod facility;
mod follow;
mod imports;
mod isolation;
mod jobs;
mod ladder;
mod ledger;
mod lists;
mod live;
mod lookback;
mod mail;
mod media;
mod model;
mod offline;
mod openapi;
mod pages;
mod pairing;
mod party;
mod patrol;
mod people;
mod problem;
mod records;
mod rights;
mod schedule;
mod score;
mod session;
mod sheets;
mod street;
mod sweep;
mod table;
mod task;
mod torture;
mod world;
