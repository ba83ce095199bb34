//! The narrow rows of which statistics are made: columns only, so that a year of a large city is read in a blink.

use std::collections::HashSet;

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect};
use serde::Deserialize;
use yipanqi_domain::id::{ProblemId, SiteId};
use yipanqi_domain::problem::rates::Period;
use yipanqi_domain::problem::statistics::{Counts, Fact, StepsInTime};

use crate::dialect::array;
use crate::entity::problem;
use crate::error::StoreError;
use crate::problem::{ProblemFilter, condition};
use crate::tx::ReadTx;
use crate::value::{id, id_opt, moment, moment_opt, natural, read_json, read_word};

/// A row as the database joins its columns to one value: a year of a large city is tens of thousands of rows, and each value
/// that is handed over costs as much as reading it.
#[derive(Deserialize)]
struct Row {
    id: String,
    site_id: Option<String>,
    state: String,
    source: String,
    category: Option<String>,
    urgency: String,
    unit_id: Option<String>,
    street_id: Option<String>,
    reported_at: String,
    filed_at: Option<String>,
    assigned_at: Option<String>,
    acknowledged_at: Option<String>,
    submitted_at: Option<String>,
    closed_at: Option<String>,
    due_at: Option<String>,
    last_step: String,
    assignments: i64,
    submissions: i64,
    declines: i64,
    returns: i64,
    extensions: i64,
    deferrals: i64,
    on_time: Option<i64>,
    file_in_time: Option<i64>,
    assign_in_time: Option<i64>,
    acknowledge_in_time: Option<i64>,
    verify_in_time: Option<i64>,
    is_rebound: i64,
    imported: i64,
}

/// The columns in the order of [`Row`], as one array.
fn joined(tx: &ReadTx) -> Expr {
    use problem::Column;
    let plain = [
        Column::Id,
        Column::SiteId,
        Column::State,
        Column::Source,
        Column::Category,
        Column::Urgency,
        Column::UnitId,
        Column::StreetId,
        Column::ReportedAt,
        Column::FiledAt,
        Column::AssignedAt,
        Column::AcknowledgedAt,
        Column::SubmittedAt,
        Column::ClosedAt,
        Column::DueAt,
        Column::LastStep,
        Column::Assignments,
        Column::Submissions,
        Column::Declines,
        Column::Returns,
        Column::Extensions,
        Column::Deferrals,
    ];
    // One database knows truth values, the other only numbers.
    let flags = [
        Expr::col(Column::OnTime).cast_as("integer"),
        Expr::col(Column::FileInTime).cast_as("integer"),
        Expr::col(Column::AssignInTime).cast_as("integer"),
        Expr::col(Column::AcknowledgeInTime).cast_as("integer"),
        Expr::col(Column::VerifyInTime).cast_as("integer"),
        Expr::col(Column::ReboundOf).is_not_null().cast_as("integer"),
        Expr::col(Column::Imported).cast_as("integer"),
    ];
    array(tx, plain.into_iter().map(Expr::col).chain(flags))
}

/// A fact with what lists need beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedFact {
    /// Which problem.
    pub id: ProblemId,
    /// Where.
    pub site: Option<SiteId>,
    /// What statistics need.
    pub fact: Fact,
}

/// Registered, assigned, due or closed in the period, or open.
pub(crate) fn touched(period: Period) -> Condition {
    use problem::Column;
    let within = |column: Column| Condition::all().add(column.gte(period.from.stored())).add(column.lt(period.to.stored()));
    Condition::any()
        .add(within(Column::ReportedAt))
        .add(within(Column::AssignedAt))
        .add(within(Column::DueAt))
        .add(within(Column::ClosedAt))
        .add(Column::State.is_in(["reported", "filed", "assigned", "rectifying", "submitted", "deferred"]))
}

/// The problems that have anything to do with the period (registered, assigned, due or closed in it) or are open.
///
/// # Errors
/// The database's.
pub async fn facts(tx: &ReadTx, filter: &ProblemFilter, period: Period) -> Result<Vec<PlacedFact>, StoreError> {
    use problem::Column;
    let rows: Vec<String> = problem::Entity::find()
        .select_only()
        .column_as(joined(tx), "row")
        .filter(condition(filter)?)
        .filter(touched(period))
        .into_tuple()
        .all(tx.db())
        .await?;
    let back: Vec<String> = problem::Entity::find()
        .select_only()
        .column(Column::ReboundOf)
        .filter(Column::ReboundOf.is_not_null())
        .into_tuple()
        .all(tx.db())
        .await?;
    let back: HashSet<String> = back.into_iter().collect();
    rows.iter().map(|row| read(read_json("problem", row)?, &back)).collect()
}

fn truth(number: Option<i64>) -> Option<bool> {
    number.map(|number| number != 0)
}

fn read(row: Row, back: &HashSet<String>) -> Result<PlacedFact, StoreError> {
    Ok(PlacedFact {
        id: id(&row.id)?,
        site: id_opt(row.site_id.as_ref())?,
        fact: Fact {
            state: read_word("state", &row.state)?,
            source: read_word("source", &row.source)?,
            category: row.category.unwrap_or_default(),
            urgency: read_word("urgency", &row.urgency)?,
            unit: id_opt(row.unit_id.as_ref())?,
            street: id_opt(row.street_id.as_ref())?,
            reported_at: moment(&row.reported_at)?,
            filed_at: moment_opt(row.filed_at.as_ref())?,
            assigned_at: moment_opt(row.assigned_at.as_ref())?,
            acknowledged_at: moment_opt(row.acknowledged_at.as_ref())?,
            submitted_at: moment_opt(row.submitted_at.as_ref())?,
            closed_at: moment_opt(row.closed_at.as_ref())?,
            due_at: moment_opt(row.due_at.as_ref())?,
            on_time: truth(row.on_time),
            in_time: StepsInTime {
                file: truth(row.file_in_time),
                assign: truth(row.assign_in_time),
                acknowledge: truth(row.acknowledge_in_time),
                verify: truth(row.verify_in_time),
            },
            counts: Counts {
                assignments: natural(row.assignments),
                submissions: natural(row.submissions),
                declines: natural(row.declines),
                reworks: natural(row.returns),
                extensions: natural(row.extensions),
                deferrals: natural(row.deferrals),
            },
            is_rebound: row.is_rebound != 0,
            came_back: back.contains(&row.id),
            outside_rates: row.imported != 0 && row.last_step == "imported",
        },
    })
}
