//! The whole application in process: named people in two cities, a fixed clock, every route allowed and refused.

mod assessment;
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
