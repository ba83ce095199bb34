//! The index by which problems are found: each two neighbouring characters of what lists show of a problem, with its number.
//!
//! Written in the transaction of the change; the same on both databases. A word of n characters has n − 1 pairs; a problem is
//! a candidate if it has them all, and is kept if its text really contains the word. Small tables (sites, units, people,
//! criteria, slips) are looked through as they are.

use std::collections::BTreeSet;

use sea_orm::sea_query::{Alias, Expr, ExprTrait, Order, Query, SelectStatement};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};

use uuid::Uuid;
use yipanqi_domain::id::CriterionId;

use crate::entity::{node, problem, search_gram};
use crate::error::StoreError;
use crate::problem::{Kept, ProblemFilter, condition, read_all};
use crate::tx::ReadTx;
use crate::value::id;
use crate::write::WriteTx;

/// Rows a statement.
const ROWS: usize = 5000;

/// The pairs of neighbouring characters of a text, words apart.
#[must_use]
pub fn grams(text: &str) -> BTreeSet<String> {
    let mut grams = BTreeSet::new();
    for word in text.to_lowercase().split_whitespace() {
        let letters: Vec<char> = word.chars().collect();
        grams.extend(letters.windows(2).map(|pair| pair.iter().collect::<String>()));
    }
    grams
}

/// Enters problems by number and text.
///
/// # Errors
/// The database's.
pub(crate) async fn enter(db: &impl ConnectionTrait, texts: &[(i64, String)]) -> Result<(), StoreError> {
    let keyed = texts.iter().flat_map(|(number, text)| grams(text).into_iter().map(|gram| (*number, gram)));
    insert(db, keyed.collect()).await
}

async fn insert(db: &impl ConnectionTrait, keyed: Vec<(i64, String)>) -> Result<(), StoreError> {
    let rows: Vec<_> = keyed.into_iter().map(|(number, gram)| search_gram::Model { gram, number }.into_active_model()).collect();
    for rows in rows.chunks(ROWS) {
        search_gram::Entity::insert_many(rows.iter().cloned()).exec_without_returning(db).await?;
    }
    Ok(())
}

/// The text of a problem before and after a change.
#[derive(Debug)]
pub(crate) struct Reworded {
    pub number: i64,
    pub before: String,
    pub after: String,
}

/// Problems are found by what their texts have become, and no longer by what they were.
///
/// # Errors
/// The database's.
pub(crate) async fn renew(tx: &WriteTx, changed: &[Reworded]) -> Result<(), StoreError> {
    let mut gained = Vec::new();
    for one in changed.iter().filter(|one| one.before != one.after) {
        let (before, after) = (grams(&one.before), grams(&one.after));
        let gone: Vec<&String> = before.difference(&after).collect();
        if !gone.is_empty() {
            let rows = search_gram::Entity::delete_many().filter(search_gram::Column::Gram.is_in(gone));
            rows.filter(search_gram::Column::Number.eq(one.number)).exec(tx.db()).await?;
        }
        gained.extend(after.difference(&before).map(|gram| (one.number, gram.clone())));
    }
    insert(tx.db(), gained).await
}

/// Enters every problem anew.
///
/// # Errors
/// The database's.
pub(crate) async fn rebuild(db: &impl ConnectionTrait) -> Result<(), StoreError> {
    search_gram::Entity::delete_many().exec(db).await?;
    let mut last = 0;
    loop {
        let find = problem::Entity::find().select_only().columns([problem::Column::Number, problem::Column::SearchText]);
        let find = find.filter(problem::Column::Number.gt(last)).order_by_asc(problem::Column::Number).limit(500);
        let texts: Vec<(i64, String)> = find.into_tuple().all(db).await?;
        let Some((number, _)) = texts.last() else { return Ok(()) };
        last = *number;
        enter(db, &texts).await?;
    }
}

fn numbers(gram: &str) -> SelectStatement {
    Query::select()
        .column(search_gram::Column::Number)
        .from(search_gram::Entity)
        .and_where(Expr::col((search_gram::Entity, search_gram::Column::Gram)).eq(gram))
        .to_owned()
}

/// The problems whose text contains the word. Its pair says all of a word of two characters; two of its pairs say which texts
/// to read for a longer one; for a single character all are read.
pub(crate) fn having(word: &str) -> Condition {
    let grams = grams(word);
    let pairs: BTreeSet<&String> = grams.first().into_iter().chain(grams.last()).collect();
    let known = pairs.iter().map(|pair| problem::Column::Number.in_subquery(numbers(pair)));
    let known = known.fold(Condition::all(), Condition::add);
    match word.chars().count() {
        2 => known,
        _ => known.add(problem::Column::SearchText.contains(word)),
    }
}

/// The problems that contain every word of the text and pass the filter, newest first. Words are two characters or more.
///
/// # Errors
/// The database's.
pub async fn problems(tx: &ReadTx, text: &str, filter: &ProblemFilter, limit: u64) -> Result<Vec<Kept>, StoreError> {
    let text = text.to_lowercase();
    let grams: Vec<String> = grams(&text).into_iter().collect();
    let Some((first, others)) = rarest(tx, grams).await? else { return Ok(Vec::new()) };
    let mut find = problem::Entity::find()
        .filter(problem::Column::Number.in_subquery(numbers(&first)))
        .filter(condition(&ProblemFilter { text: String::new(), ..filter.clone() })?);
    for gram in &others {
        find = find.filter(problem::Column::Number.in_subquery(numbers(gram)));
    }
    for word in text.split_whitespace() {
        find = find.filter(problem::Column::SearchText.contains(word));
    }
    read_all(tx, find.order_by(problem::Column::Number, Order::Desc).limit(limit)).await
}

/// A criterion that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundCriterion {
    /// Identity.
    pub id: CriterionId,
    /// Its edition.
    pub edition: Uuid,
    /// The name of the edition.
    pub edition_name: String,
    /// Its number as printed.
    pub number: String,
    /// Its words.
    pub title: String,
}

/// The criteria whose words contain every word.
///
/// # Errors
/// The database's.
pub async fn criteria(tx: &ReadTx, words: &[&str], limit: u64) -> Result<Vec<FoundCriterion>, StoreError> {
    let mut find = node::Entity::find().filter(node::Column::IsCriterion.eq(true));
    for word in words {
        find = find.filter(node::Column::Title.contains(*word));
    }
    let rows = find.order_by(node::Column::EditionId, Order::Desc).order_by(node::Column::Position, Order::Asc).limit(limit);
    let names: std::collections::HashMap<Uuid, String> =
        crate::framework::editions(tx).await?.into_iter().map(|edition| (edition.id, edition.name)).collect();
    let read = |row: node::Model| {
        let edition: Uuid = id(&row.edition_id)?;
        let edition_name = names.get(&edition).cloned().unwrap_or_default();
        Ok(FoundCriterion { id: id(&row.id)?, edition, edition_name, number: row.number, title: row.title })
    };
    rows.all(tx.db()).await?.into_iter().map(read).collect()
}

/// How far a pair is counted to see how common it is.
const SEEN: u64 = 2000;

/// The pair that the fewest problems have, and up to two others; the rest is settled by the text itself.
async fn rarest(tx: &ReadTx, grams: Vec<String>) -> Result<Option<(String, Vec<String>)>, StoreError> {
    let mut counted = Vec::with_capacity(grams.len());
    for gram in grams.into_iter().take(8) {
        let some = Query::select()
            .expr(Expr::val(1))
            .from(search_gram::Entity)
            .and_where(Expr::col((search_gram::Entity, search_gram::Column::Gram)).eq(gram.as_str()))
            .limit(SEEN)
            .to_owned();
        let count = Query::select()
            .expr_as(Expr::col(sea_orm::sea_query::Asterisk).count(), Alias::new("count"))
            .from_subquery(some, Alias::new("some"))
            .to_owned();
        let row = tx.db().query_one(&count).await?;
        let count: i64 = row.map(|row| row.try_get("", "count")).transpose()?.unwrap_or(0);
        if count == 0 {
            return Ok(None);
        }
        counted.push((count, gram));
    }
    counted.sort();
    let mut grams = counted.into_iter().map(|(_, gram)| gram);
    Ok(grams.next().map(|first| (first, grams.take(2).collect())))
}
