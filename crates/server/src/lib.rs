//! HTTP, use cases, background jobs and the command line of Yipanqi.
//!
//! A noun has a folder: routes, handlers (extract, act, answer), actions (one per intention, called alike by HTTP,
//! imports, jobs and the demo) and views. Rules live in `yipanqi-domain`, queries in `yipanqi-store`.

pub mod administration;
pub mod app;
pub mod assessment;
pub mod board;
pub mod books;
pub mod cli;
pub mod clock;
pub mod comparison;
pub mod config;
pub mod crosswalk;
pub mod delegation;
pub mod demo;
pub mod duty;
pub mod error;
pub mod export;
pub mod facility;
pub mod figure;
pub mod framework;
pub mod geojson;
pub mod ground;
pub mod import;
pub mod job;
pub mod live;
pub mod lookback;
pub mod media;
pub mod mine;
pub mod notice;
pub mod openapi;
pub mod page;
pub mod pairing;
pub mod party;
pub mod patrol;
pub mod person;
pub mod problem;
pub mod request;
pub mod rights;
pub mod round;
pub mod score;
pub mod search;
pub mod session;
pub mod site;
pub mod slip;
pub mod spa;
pub mod statistics;
pub mod sync;
pub mod system;
pub mod task;
pub mod todo;
pub mod view;
pub mod words;
