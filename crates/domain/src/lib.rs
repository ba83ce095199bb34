//! The rules of Yipanqi: pure, synchronous, without I/O, clock, randomness or floating point.
//!
//! A type lives here only if it has a rule. Time ([`moment::Moment`]), the actor ([`access::Actor`]) and
//! randomness are arguments. Only [`geo`] and [`statistics`] may use `f64`.

pub mod access;
pub mod account;
pub mod assessment;
pub mod audit;
pub mod calendar;
pub mod civility;
pub mod duty;
pub mod evidence;
pub mod exact;
pub mod facility;
pub mod framework;
pub mod geo;
pub mod id;
pub mod likeness;
pub mod moment;
pub mod offline;
pub mod pairing;
pub mod party;
pub mod patrol;
pub mod problem;
pub mod ranking;
pub mod reading;
pub mod round;
pub mod score;
pub mod site;
pub mod slip;
pub mod stake;
pub mod statistics;
pub mod task;
pub mod unit;
