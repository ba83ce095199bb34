//! The whole application in process: named people in two cities, a fixed clock, every route allowed and refused.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot be set up fails")]

mod assessment;
mod duty;
mod covert;
mod draw;
mod evidence;
mod imports;
mod jobs;
mod live;
mod media;
mod offline;
mod openapi;
mod pages;
mod people;
mod problem;
mod rights;
mod schedule;
mod session;
mod street;
mod table;
mod task;
mod world;
