//! One set of migrations for both databases, a file for each group of tables.

mod column;
mod framework;
mod import;
mod problem;
mod round;
mod site;
mod unit;

use sea_orm_migration::MigrationTrait;

/// The migrations of a city's own nouns, in order.
pub(crate) fn nouns() -> Vec<Box<dyn MigrationTrait>> {
    vec![
        Box::new(unit::Migration),
        Box::new(framework::Migration),
        Box::new(site::Migration),
        Box::new(round::Migration),
        Box::new(problem::Migration),
        Box::new(import::Migration),
    ]
}
