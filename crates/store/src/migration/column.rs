//! The few shapes of column and index that the migrations share, in the subset that both databases understand.

use sea_orm_migration::prelude::*;

/// A text column that holds one of these words.
pub fn one_of(name: &'static str, words: &[&'static str]) -> ColumnDef {
    let mut column = sea_orm_migration::schema::text(name);
    column.check(Expr::col(name).is_in(words.iter().copied()));
    column
}

/// A plain index.
pub fn index(name: &'static str, table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(name).table(table);
    for column in columns {
        index.col(*column);
    }
    index.take()
}

/// An index that admits each combination once.
pub fn unique(name: &'static str, table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    index(name, table, columns).unique().take()
}
