//! The standing list of questions: what a reading could not decide, asked once and remembered.
//!
//! A question is known by its kind and key. Once decided, later readings take the decision instead of asking again.

use std::collections::{BTreeMap, HashMap};

use sea_orm::sea_query::{Expr, ExprTrait, Func};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, EntityTrait, IntoActiveModel, Order, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use yipanqi_domain::moment::Moment;

use crate::WriteTx;
use crate::entity::question;
use crate::error::StoreError;
use crate::site::SortOrder;
use crate::tx::ReadTx;
use crate::value::{id, id_opt, insert_all, json, moment, moment_opt, read_json, read_word, text_opt, word};

/// Something that a person decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Identity.
    pub id: Uuid,
    /// What sort of decision it is, such as `feedback_site`.
    pub kind: String,
    /// What it is about; unique within the kind.
    pub key: String,
    /// The noun it is about.
    pub subject_kind: String,
    /// The row it is about, if there is one.
    pub subject: Option<String>,
    /// The question as a code with parameters.
    pub text: Phrase,
    /// What can be decided, best proposal first.
    pub options: Vec<QuestionOption>,
    /// Open, decided or dropped.
    pub state: QuestionState,
    /// The option taken, with what was entered.
    pub decision: Option<serde_json::Value>,
    /// Who decided.
    pub decided_by: Option<String>,
    /// When.
    pub decided_at: Option<Moment>,
    /// The import that asked.
    pub import: Option<Uuid>,
    /// When it was asked.
    pub asked_at: Moment,
    /// One more with every change.
    pub version: i64,
}

/// A sentence as code and parameters; the browser words it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Phrase {
    /// The stable code.
    pub code: String,
    /// What is filled in.
    #[serde(default)]
    pub params: BTreeMap<String, String>,
}

impl Phrase {
    /// A sentence without parameters.
    #[must_use]
    pub fn new(code: &str) -> Self {
        Self { code: code.to_owned(), params: BTreeMap::new() }
    }

    /// Fills in a parameter.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.params.insert(name.to_owned(), value.to_string());
        self
    }
}

/// One of the possible decisions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuestionOption {
    /// What is sent back as the decision.
    pub value: serde_json::Value,
    /// How it is worded.
    pub text: Phrase,
}

/// Where a question stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuestionState {
    /// Waits for somebody.
    Open,
    /// Decided; the decision is taken by later readings.
    Decided,
    /// No longer of interest.
    Dropped,
}

/// Which questions a list shows.
#[derive(Debug, Clone, Default)]
pub struct QuestionFilter {
    /// Only of this kind.
    pub kind: Option<String>,
    /// Only in this state.
    pub state: Option<QuestionState>,
    /// Only those asked by this import.
    pub import: Option<Uuid>,
    /// Words that what is asked about contains, all of them.
    pub text: String,
    /// By what they are sorted; ties by kind and key.
    pub sort: QuestionSort,
    /// Which way.
    pub order: SortOrder,
}

/// By what a list of questions is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum QuestionSort {
    /// When it was asked.
    #[default]
    AskedAt,
    /// Kind.
    Kind,
}

/// The part of the filter that does not concern the kind.
fn condition(filter: &QuestionFilter) -> Result<Condition, StoreError> {
    let mut all = Condition::all();
    if let Some(state) = filter.state {
        all = all.add(question::Column::State.eq(word(&state)?));
    }
    if let Some(import) = filter.import {
        all = all.add(question::Column::ImportId.eq(import.to_string()));
    }
    for part in filter.text.to_lowercase().split_whitespace() {
        let holds = |column: question::Column| Expr::expr(Func::lower(Expr::col(column))).like(format!("%{part}%"));
        all = all.add(Condition::any().add(holds(question::Column::Text)).add(holds(question::Column::Key)));
    }
    Ok(all)
}

fn read(row: question::Model) -> Result<Question, StoreError> {
    Ok(Question {
        id: id(&row.id)?,
        text: read_json("question.text", &row.text)?,
        options: read_json("question.options", &row.options)?,
        state: read_word("question.state", &row.state)?,
        decision: row.decision.as_deref().map(|text| read_json("question.decision", text)).transpose()?,
        decided_at: moment_opt(row.decided_at.as_ref())?,
        import: id_opt(row.import_id.as_ref())?,
        asked_at: moment(&row.asked_at)?,
        kind: row.kind,
        key: row.key,
        subject_kind: row.subject_kind,
        subject: row.subject_id,
        decided_by: row.decided_by,
        version: row.version,
    })
}

fn model(question: &Question) -> Result<question::Model, StoreError> {
    Ok(question::Model {
        id: question.id.to_string(),
        kind: question.kind.clone(),
        key: question.key.clone(),
        subject_kind: question.subject_kind.clone(),
        subject_id: question.subject.clone(),
        text: json(&question.text)?,
        options: json(&question.options)?,
        state: word(&question.state)?,
        decision: question.decision.as_ref().map(json).transpose()?,
        decided_by: question.decided_by.clone(),
        decided_at: question.decided_at.map(Moment::stored),
        import_id: text_opt(question.import.as_ref()),
        asked_at: question.asked_at.stored(),
        version: question.version,
    })
}

/// All questions of these kinds by kind and key, open or not.
///
/// # Errors
/// The database's.
pub async fn known(tx: &ReadTx, kinds: &[&str]) -> Result<HashMap<(String, String), Question>, StoreError> {
    let rows = question::Entity::find().filter(question::Column::Kind.is_in(kinds.iter().copied())).all(tx.db()).await?;
    rows.into_iter()
        .map(|row| {
            let question = read(row)?;
            Ok(((question.kind.clone(), question.key.clone()), question))
        })
        .collect()
}

/// Asks new questions; none of them may be known already.
///
/// # Errors
/// `question_exists`, or the database's.
pub async fn ask(tx: &WriteTx, asked: &[Question]) -> Result<(), StoreError> {
    let rows = asked.iter().map(model).collect::<Result<Vec<_>, _>>()?;
    insert_all::<question::Entity, _>(tx.db(), rows).await
}

/// One question.
///
/// # Errors
/// `not_found`, or the database's.
pub async fn get(tx: &ReadTx, question: Uuid) -> Result<Question, StoreError> {
    let row = question::Entity::find_by_id(question.to_string()).one(tx.db()).await?;
    row.map(read).transpose()?.ok_or(StoreError::NotFound { kind: "question", id: question.to_string() })
}

/// A page of the questions, oldest first, and how many there are.
///
/// # Errors
/// The database's.
pub async fn list(tx: &ReadTx, filter: &QuestionFilter, offset: u64, limit: u64) -> Result<(Vec<Question>, u64), StoreError> {
    let mut find = question::Entity::find().filter(condition(filter)?);
    if let Some(kind) = &filter.kind {
        find = find.filter(question::Column::Kind.eq(kind.as_str()));
    }
    let total = find.clone().count(tx.db()).await?;
    let by = match filter.sort {
        QuestionSort::AskedAt => question::Column::AskedAt,
        QuestionSort::Kind => question::Column::Kind,
    };
    let order = match filter.order {
        SortOrder::Ascending => Order::Asc,
        SortOrder::Descending => Order::Desc,
    };
    let rows = find
        .order_by(by, order)
        .order_by_asc(question::Column::Kind)
        .order_by_asc(question::Column::Key)
        .offset(offset)
        .limit(limit)
        .all(tx.db())
        .await?;
    Ok((rows.into_iter().map(read).collect::<Result<_, _>>()?, total))
}

/// How many questions of each kind the filter shows, its own kind left aside.
///
/// # Errors
/// The database's.
pub async fn kinds(tx: &ReadTx, filter: &QuestionFilter) -> Result<Vec<(String, i64)>, StoreError> {
    let find = question::Entity::find().filter(condition(filter)?).select_only().column(question::Column::Kind);
    let find = find.column_as(question::Column::Id.count(), "questions");
    let find = find.group_by(question::Column::Kind).order_by_asc(question::Column::Kind);
    Ok(find.into_tuple().all(tx.db()).await?)
}

/// Saves a question read with `question.version`.
///
/// # Errors
/// `version_conflict` if somebody decided it since, or the database's.
pub async fn update(tx: &WriteTx, changed: &Question) -> Result<(), StoreError> {
    let mut row = model(changed)?;
    row.version += 1;
    let done = question::Entity::update_many()
        .set(row.into_active_model().reset_all())
        .filter(question::Column::Id.eq(changed.id.to_string()))
        .filter(question::Column::Version.eq(changed.version))
        .exec(tx.db())
        .await?;
    if done.rows_affected == 0 {
        return Err(StoreError::Conflict { kind: "question", id: changed.id.to_string() });
    }
    Ok(())
}
