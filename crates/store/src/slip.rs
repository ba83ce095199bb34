//! Slips with their lists; the domain value is kept whole in `body`, the columns serve lists and uniqueness.

use std::collections::BTreeSet;

use sea_orm::sea_query::{Asterisk, Expr, ExprTrait, OnConflict};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, EntityTrait, FromQueryResult, IntoActiveModel, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use serde::{Deserialize, Serialize};
use yipanqi_domain::id::{ProblemId, SlipId, UnitId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::slip::{Occasion, Slip, SlipChange, SlipColour, SlipState};

use crate::entity::slip;
use crate::error::StoreError;
use crate::tx::ReadTx;
use crate::value::{json, moment, natural, read_json, read_word, sum_of, word};
use crate::write::WriteTx;

/// An entry of a slip's history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlipStep {
    /// What changed.
    pub change: SlipChange,
    /// The name of who did it.
    pub actor_name: String,
}

/// A slip as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptSlip {
    /// What the rules know.
    pub slip: Slip,
    /// When it was proposed.
    pub proposed_at: Moment,
    /// Why: the policy's trigger in its own words.
    pub grounds: serde_json::Value,
    /// Who signed, as printed.
    pub signer: String,
    /// What happened to it, oldest first.
    pub history: Vec<SlipStep>,
}

/// Which slips a list shows; what is empty does not filter.
#[derive(Debug, Clone, Default)]
pub struct SlipFilter {
    /// States.
    pub states: Vec<SlipState>,
    /// Colours.
    pub colours: Vec<SlipColour>,
    /// Units they go to.
    pub units: Vec<UnitId>,
    /// Problems they hang on.
    pub problems: Vec<ProblemId>,
    /// Its number in any year.
    pub number: Option<u32>,
    /// Issued, unanswered, with the reply past due at this moment.
    pub expired: Option<Moment>,
    /// What the reader may see: only slips to one of these units; none: everything.
    pub reach: Option<BTreeSet<UnitId>>,
}

pub(crate) fn occasion_key(occasion: &Occasion) -> String {
    format!("{}/{}/{}/{}", occasion.problem, occasion.cycle, occasion.step, occasion.ordinal)
}

fn row(kept: &KeptSlip) -> Result<slip::Model, StoreError> {
    let KeptSlip { slip, proposed_at, grounds, signer, history } = kept;
    let issued_by = history.first().map(|step| step.actor_name.clone()).filter(|_| slip.issued_at.is_some());
    Ok(slip::Model {
        id: slip.id.to_string(),
        colour: word(&slip.colour)?,
        state: word(&slip.state)?,
        number_year: slip.number.map(|number| number.year.into()),
        number: slip.number.map(|number| number.number.into()),
        problem_id: slip.occasion.problem.to_string(),
        occasion: occasion_key(&slip.occasion),
        unit_id: Some(slip.unit.to_string()),
        body: json(&(slip, grounds, signer, history))?,
        proposed_at: proposed_at.stored(),
        issued_at: slip.issued_at.map(Moment::stored),
        issued_by,
        reply_until: slip.reply_due.moment().map(Moment::stored),
        version: i64::try_from(slip.version).unwrap_or(i64::MAX),
    })
}

fn read(row: slip::Model) -> Result<KeptSlip, StoreError> {
    let (slip, grounds, signer, history) = read_json("slip", &row.body)?;
    Ok(KeptSlip { slip, grounds, signer, history, proposed_at: moment(&row.proposed_at)? })
}

fn condition(filter: &SlipFilter) -> Result<Condition, StoreError> {
    use slip::Column;
    let mut all = Condition::all();
    let states = filter.states.iter().map(word).collect::<Result<Vec<_>, _>>()?;
    let colours = filter.colours.iter().map(word).collect::<Result<Vec<_>, _>>()?;
    let units: Vec<String> = filter.units.iter().map(ToString::to_string).collect();
    let problems: Vec<String> = filter.problems.iter().map(ToString::to_string).collect();
    for (column, wanted) in
        [(Column::State, states), (Column::Colour, colours), (Column::UnitId, units), (Column::ProblemId, problems)]
    {
        if !wanted.is_empty() {
            all = all.add(column.is_in(wanted));
        }
    }
    if let Some(number) = filter.number {
        all = all.add(Column::Number.eq(i64::from(number)));
    }
    if let Some(now) = filter.expired {
        all = all.add(Column::State.is_in(["issued", "received", "not_accepted"])).add(Column::ReplyUntil.lt(now.stored()));
    }
    if let Some(reach) = &filter.reach {
        all = all.add(Column::UnitId.is_in(reach.iter().map(ToString::to_string)));
    }
    Ok(all)
}

/// Adds a slip just proposed; false if its occasion was proposed before, by whichever server.
///
/// # Errors
/// The database's.
pub async fn propose(tx: &WriteTx, new: &KeptSlip) -> Result<bool, StoreError> {
    let insert = slip::Entity::insert(row(new)?.into_active_model())
        .on_conflict(OnConflict::column(slip::Column::Occasion).do_nothing().to_owned());
    Ok(insert.exec_without_returning(tx.db()).await? == 1)
}

/// Saves a slip after a change; `read_version` is the version the change was judged by.
///
/// # Errors
/// `version_conflict` if somebody changed it since, or the database's.
pub async fn save(tx: &WriteTx, kept: &KeptSlip, read_version: u64) -> Result<(), StoreError> {
    let id = kept.slip.id.to_string();
    let changed = slip::Entity::update_many()
        .set(row(kept)?.into_active_model().reset_all())
        .filter(slip::Column::Id.eq(id.as_str()))
        .filter(slip::Column::Version.eq(i64::try_from(read_version).unwrap_or(i64::MAX)))
        .exec(tx.db())
        .await?;
    if changed.rows_affected == 0 {
        return Err(StoreError::Conflict { kind: "slip", id });
    }
    Ok(())
}

/// One slip.
///
/// # Errors
/// `not_found`, or the database's.
pub async fn get(tx: &ReadTx, slip: SlipId) -> Result<KeptSlip, StoreError> {
    let row = slip::Entity::find_by_id(slip.to_string()).one(tx.db()).await?;
    row.map(read).transpose()?.ok_or(StoreError::NotFound { kind: "slip", id: slip.to_string() })
}

/// A page of slips, newest first, and how many there are in all.
///
/// # Errors
/// The database's.
pub async fn list(tx: &ReadTx, filter: &SlipFilter, offset: u64, limit: u64) -> Result<(Vec<KeptSlip>, u64), StoreError> {
    let find = slip::Entity::find().filter(condition(filter)?);
    let total = find.clone().count(tx.db()).await?;
    let rows = find
        .order_by_desc(slip::Column::ProposedAt)
        .order_by_desc(slip::Column::Id)
        .offset(offset)
        .limit(limit)
        .all(tx.db())
        .await?;
    Ok((rows.into_iter().map(read).collect::<Result<_, _>>()?, total))
}

/// How many slips there are.
///
/// # Errors
/// The database's.
pub async fn count(tx: &ReadTx, filter: &SlipFilter) -> Result<u64, StoreError> {
    Ok(slip::Entity::find().filter(condition(filter)?).count(tx.db()).await?)
}

/// How many slips of a colour stand in a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlipFigures {
    /// The colour.
    pub colour: SlipColour,
    /// The state.
    pub state: SlipState,
    /// Slips.
    pub count: u64,
    /// Of these, unanswered with the reply past due.
    pub expired: u64,
}

#[derive(FromQueryResult)]
struct Grouped {
    colour: String,
    state: String,
    count: i64,
    expired: i64,
}

/// The slips by colour and state, of those asked for.
///
/// # Errors
/// The database's.
pub async fn figures(tx: &ReadTx, filter: &SlipFilter, now: Moment) -> Result<Vec<SlipFigures>, StoreError> {
    use slip::Column;
    let expired = condition(&SlipFilter { expired: Some(now), ..SlipFilter::default() })?;
    let rows = slip::Entity::find()
        .select_only()
        .columns([Column::Colour, Column::State])
        .column_as(Expr::col(Asterisk).count(), "count")
        .column_as(sum_of(expired), "expired")
        .filter(condition(filter)?)
        .group_by(Column::Colour)
        .group_by(Column::State)
        .into_model::<Grouped>()
        .all(tx.db())
        .await?;
    rows.into_iter()
        .map(|row| {
            Ok(SlipFigures {
                colour: read_word("colour", &row.colour)?,
                state: read_word("state", &row.state)?,
                count: natural(row.count),
                expired: natural(row.expired),
            })
        })
        .collect()
}
