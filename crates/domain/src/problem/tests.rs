//! The life of a problem: worked examples, and random lives held against a reference model.

mod city;
mod examples;
mod life;
mod model;
mod party;
mod verification;
