//! The whole application in process: named people in two cities, a fixed clock, every route allowed and refused.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, also in its helpers")]

mod imports;
mod jobs;
mod live;
mod media;
mod openapi;
mod pages;
mod people;
mod rights;
mod session;
mod table;
mod world;
