//! What the ladder looks at: open problems that may have reached a step, and histories for a rehearsal.

use std::collections::BTreeMap;

use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use yipanqi_domain::id::ProblemId;
use yipanqi_domain::moment::Moment;
use yipanqi_domain::problem::Change;

use crate::entity::{problem, problem_step};
use crate::error::StoreError;
use crate::tx::ReadTx;
use crate::value::{id, read_json};

/// Open problems with a unit that are due until the horizon, came back, were returned, were exposed or carry a slip; by number.
///
/// # Errors
/// The database's.
pub async fn pressing(tx: &ReadTx, horizon: Moment) -> Result<Vec<ProblemId>, StoreError> {
    use problem::Column;
    let any = Condition::any()
        .add(Column::PressingAt.lte(horizon.stored()))
        .add(Column::Returns.gt(0))
        .add(Column::ReboundOf.is_not_null())
        .add(Column::SlipColour.is_not_null())
        .add(Column::Source.eq("media_exposure"));
    let rows: Vec<String> = problem::Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::State.is_in(["assigned", "rectifying", "submitted"]))
        .filter(any)
        .order_by_asc(Column::Number)
        .into_tuple()
        .all(tx.db())
        .await?;
    rows.iter().map(|row| id(row)).collect()
}

/// The histories of problems, each oldest first.
///
/// # Errors
/// The database's.
pub async fn histories(tx: &ReadTx, problems: &[ProblemId]) -> Result<BTreeMap<ProblemId, Vec<Change>>, StoreError> {
    let mut histories: BTreeMap<ProblemId, Vec<Change>> = BTreeMap::new();
    for ids in problems.chunks(500) {
        let rows: Vec<(String, String)> = problem_step::Entity::find()
            .select_only()
            .columns([problem_step::Column::ProblemId, problem_step::Column::Body])
            .filter(problem_step::Column::ProblemId.is_in(ids.iter().map(ToString::to_string)))
            .order_by_asc(problem_step::Column::ProblemId)
            .order_by_asc(problem_step::Column::Ordinal)
            .into_tuple()
            .all(tx.db())
            .await?;
        for (problem, body) in rows {
            histories.entry(id(&problem)?).or_default().push(read_json("change", &body)?);
        }
    }
    Ok(histories)
}
