//! The tables as SeaORM sees them; private to this crate, so that callers meet plain structs only.

pub mod account;
pub mod audit_entry;
pub mod audit_head;
pub mod city;
pub mod command;
pub mod event;
pub mod job;
pub mod membership;
pub mod migration;
pub mod series;
pub mod session;
pub mod setting;
