//! The register of responsible parties, and what they were asked by links; of a link only the hash of its secret is kept.

use std::collections::{BTreeSet, HashMap};

use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query, SelectStatement};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, EntityTrait, FromQueryResult, IntoActiveModel, Order, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use yipanqi_domain::id::{MediaId, PersonId, ProblemId, SiteId, UnitId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::party::{AskState, Involvement, PartyAnswer, PartyAsk, PartyKind};

use crate::entity::{party, party_ask, party_guess, problem};
use crate::error::StoreError;
use crate::problem::hidden;
use crate::tx::ReadTx;
use crate::value::{id, id_opt, insert_all, json, moment, moment_opt, read_json, read_word, text_opt, word};
use crate::write::WriteTx;

/// A responsible party.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// Identity.
    pub id: Uuid,
    /// Its name as on its sign.
    pub name: String,
    /// What it is.
    pub kind: PartyKind,
    /// Who answers there.
    pub contact: String,
    /// That person's telephone.
    pub phone: String,
    /// Where it is, in words.
    pub address: String,
    /// The site it belongs to.
    pub site: Option<SiteId>,
    /// The street or community it belongs to.
    pub unit: Option<UnitId>,
    /// Whether it is there no more.
    pub gone: bool,
    /// Remark.
    pub note: String,
    /// One more with every change; 0: new.
    pub version: i64,
}

/// Which parties a list shows; what is empty does not filter.
#[derive(Debug, Clone, Default)]
pub struct PartyFilter {
    /// Words that name, contact or address contain, all of them.
    pub text: String,
    /// Kinds.
    pub kinds: Vec<PartyKind>,
    /// Street or community.
    pub units: Vec<UnitId>,
    /// Only those that are there no more, or only those that are.
    pub gone: Option<bool>,
    /// Only these.
    pub ids: Vec<Uuid>,
    /// What the reader may see: parties of these units; none: every one.
    pub reach: Option<BTreeSet<UnitId>>,
}

/// One answer of a party and what the unit said to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    /// When the party answered.
    pub at: Moment,
    /// What.
    pub answer: PartyAnswer,
    /// In its words.
    pub words: String,
    /// With these photographs.
    pub photos: Vec<MediaId>,
    /// Who decided, and when.
    pub decided: Option<(String, Moment)>,
    /// Whether the answer was taken; none while nobody has decided.
    pub taken: Option<bool>,
    /// Why not.
    pub reason: String,
}

/// A party that was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptAsk {
    /// Identity.
    pub id: Uuid,
    /// Which problem.
    pub problem: ProblemId,
    /// Which party.
    pub party: Uuid,
    /// How far it is.
    pub ask: PartyAsk,
    /// What was said to the party.
    pub words: String,
    /// SHA-256 of the link's secret.
    pub secret_hash: String,
    /// When the link was opened first.
    pub opened_at: Option<Moment>,
    /// The end of the link of which somebody was told that nothing had been answered by then.
    pub ended_told: Option<Moment>,
    /// Answers, oldest first.
    pub exchanges: Vec<Exchange>,
    /// When.
    pub asked_at: Moment,
    /// Who asked.
    pub asked_by: PersonId,
    /// That person's name then.
    pub asked_name: String,
    /// One more with every change.
    pub version: i64,
}

/// How parties have answered, by party.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Asked {
    /// Times it was asked.
    pub asked: u64,
    /// Answers taken as evidence.
    pub accepted: u64,
    /// Found not to be the party's, or more than it can do.
    pub released: u64,
    /// Still open.
    pub open: u64,
}

fn read(row: party::Model) -> Result<Party, StoreError> {
    Ok(Party {
        id: id(&row.id)?,
        kind: read_word("party.kind", &row.kind)?,
        site: id_opt(row.site_id.as_ref())?,
        unit: id_opt(row.unit_id.as_ref())?,
        gone: row.state == "gone",
        name: row.name,
        contact: row.contact,
        phone: row.phone,
        address: row.address,
        note: row.note,
        version: row.version,
    })
}

fn read_ask(row: party_ask::Model) -> Result<KeptAsk, StoreError> {
    Ok(KeptAsk {
        id: id(&row.id)?,
        problem: id(&row.problem_id)?,
        party: id(&row.party_id)?,
        ask: PartyAsk {
            unit: id(&row.unit_id)?,
            state: read_word("party_ask.state", &row.state)?,
            expires_at: moment(&row.expires_at)?,
            answer: row.answer.map(|answer| read_word("party_ask.answer", &answer)).transpose()?,
        },
        words: row.words,
        secret_hash: row.secret_hash,
        opened_at: moment_opt(row.opened_at.as_ref())?,
        ended_told: moment_opt(row.ended_told.as_ref())?,
        exchanges: read_json("party_ask.body", &row.body)?,
        asked_at: moment(&row.asked_at)?,
        asked_by: id(&row.asked_by)?,
        asked_name: row.asked_name,
        version: row.version,
    })
}

fn condition(filter: &PartyFilter) -> Result<Condition, StoreError> {
    use party::Column;
    let mut all = Condition::all();
    for word in filter.text.to_lowercase().split_whitespace() {
        all = all.add(Column::SearchText.contains(word));
    }
    if !filter.kinds.is_empty() {
        all = all.add(Column::Kind.is_in(filter.kinds.iter().map(word).collect::<Result<Vec<_>, _>>()?));
    }
    if !filter.units.is_empty() {
        all = all.add(Column::UnitId.is_in(filter.units.iter().map(ToString::to_string)));
    }
    if let Some(gone) = filter.gone {
        all = all.add(Column::State.eq(if gone { "gone" } else { "active" }));
    }
    if !filter.ids.is_empty() {
        all = all.add(Column::Id.is_in(filter.ids.iter().map(ToString::to_string)));
    }
    if let Some(reach) = &filter.reach {
        all = all.add(Column::UnitId.is_in(reach.iter().map(ToString::to_string)));
    }
    Ok(all)
}

/// A page of the parties by name, and how many there are.
///
/// # Errors
/// The database's.
pub async fn list(tx: &ReadTx, filter: &PartyFilter, offset: u64, limit: u64) -> Result<(Vec<Party>, u64), StoreError> {
    let find = party::Entity::find().filter(condition(filter)?);
    let total = find.clone().count(tx.db()).await?;
    let rows = find
        .order_by(party::Column::Name, Order::Asc)
        .order_by(party::Column::Id, Order::Asc)
        .offset(offset)
        .limit(limit)
        .all(tx.db())
        .await?;
    Ok((rows.into_iter().map(read).collect::<Result<_, _>>()?, total))
}

/// Every party.
///
/// # Errors
/// The database's.
pub async fn all(tx: &ReadTx) -> Result<Vec<Party>, StoreError> {
    party::Entity::find().order_by_asc(party::Column::Id).all(tx.db()).await?.into_iter().map(read).collect()
}

/// One party.
///
/// # Errors
/// `not_found`, or the database's.
pub async fn get(tx: &ReadTx, wanted: Uuid) -> Result<Party, StoreError> {
    let row = party::Entity::find_by_id(wanted.to_string()).one(tx.db()).await?;
    read(row.ok_or_else(|| StoreError::NotFound { kind: "party", id: wanted.to_string() })?)
}

/// Adds a party (`version` 0) or replaces the one read with `version`.
///
/// # Errors
/// `version_conflict`, or the database's.
pub async fn save(tx: &WriteTx, saved: &Party) -> Result<(), StoreError> {
    let row = row(saved)?;
    if saved.version == 0 {
        party::Entity::insert(row.into_active_model()).exec_without_returning(tx.db()).await?;
        return Ok(());
    }
    let changed = party::Entity::update_many()
        .set(row.into_active_model().reset_all())
        .filter(party::Column::Id.eq(saved.id.to_string()))
        .filter(party::Column::Version.eq(saved.version))
        .exec(tx.db())
        .await?;
    if changed.rows_affected == 0 { Err(StoreError::Conflict { kind: "party", id: saved.id.to_string() }) } else { Ok(()) }
}

/// Adds parties.
///
/// # Errors
/// The database's.
pub async fn add_all(tx: &WriteTx, new: &[Party]) -> Result<(), StoreError> {
    insert_all::<party::Entity, _>(tx.db(), new.iter().map(row).collect::<Result<_, _>>()?).await
}

fn row(saved: &Party) -> Result<party::Model, StoreError> {
    let search = format!("{} {} {} {}", saved.name, saved.contact, saved.phone, saved.address).to_lowercase();
    Ok(party::Model {
        id: saved.id.to_string(),
        name: saved.name.clone(),
        kind: word(&saved.kind)?,
        contact: saved.contact.clone(),
        phone: saved.phone.clone(),
        address: saved.address.clone(),
        site_id: text_opt(saved.site.as_ref()),
        unit_id: text_opt(saved.unit.as_ref()),
        state: if saved.gone { "gone" } else { "active" }.to_owned(),
        note: saved.note.clone(),
        search_text: search,
        version: saved.version + 1,
    })
}

/// Adds what a party is asked (`version` 0) or replaces what was read with `version`.
///
/// # Errors
/// `version_conflict`, or the database's.
pub async fn save_ask(tx: &WriteTx, kept: &KeptAsk) -> Result<(), StoreError> {
    let row = party_ask::Model {
        id: kept.id.to_string(),
        problem_id: kept.problem.to_string(),
        party_id: kept.party.to_string(),
        unit_id: kept.ask.unit.to_string(),
        state: word(&kept.ask.state)?,
        answer: kept.ask.answer.as_ref().map(word).transpose()?,
        words: kept.words.clone(),
        secret_hash: kept.secret_hash.clone(),
        expires_at: kept.ask.expires_at.stored(),
        opened_at: kept.opened_at.map(Moment::stored),
        ended_told: kept.ended_told.map(Moment::stored),
        body: json(&kept.exchanges)?,
        asked_at: kept.asked_at.stored(),
        asked_by: kept.asked_by.to_string(),
        asked_name: kept.asked_name.clone(),
        version: kept.version + 1,
    };
    if kept.version == 0 {
        party_ask::Entity::insert(row.into_active_model()).exec_without_returning(tx.db()).await?;
        return Ok(());
    }
    let changed = party_ask::Entity::update_many()
        .set(row.into_active_model().reset_all())
        .filter(party_ask::Column::Id.eq(kept.id.to_string()))
        .filter(party_ask::Column::Version.eq(kept.version))
        .exec(tx.db())
        .await?;
    if changed.rows_affected == 0 { Err(StoreError::Conflict { kind: "party_ask", id: kept.id.to_string() }) } else { Ok(()) }
}

/// What was asked under this identity, if anything.
///
/// # Errors
/// The database's.
pub async fn ask(tx: &ReadTx, wanted: Uuid) -> Result<Option<KeptAsk>, StoreError> {
    party_ask::Entity::find_by_id(wanted.to_string()).one(tx.db()).await?.map(read_ask).transpose()
}

/// What has ended by a moment without an answer, and nobody was told of; oldest end first.
///
/// # Errors
/// The database's.
pub async fn unanswered(tx: &ReadTx, at: Moment, limit: u64) -> Result<Vec<KeptAsk>, StoreError> {
    use party_ask::Column;
    let untold = Condition::any()
        .add(Column::EndedTold.is_null())
        .add(Expr::col((party_ask::Entity, Column::EndedTold)).lt(Expr::col((party_ask::Entity, Column::ExpiresAt))));
    let rows = party_ask::Entity::find()
        .filter(Column::State.is_in(["open", "returned"]))
        .filter(Column::ExpiresAt.lt(at.stored()))
        .filter(untold)
        .order_by_asc(Column::ExpiresAt)
        .order_by_asc(Column::Id)
        .limit(limit)
        .all(tx.db())
        .await?;
    rows.into_iter().map(read_ask).collect()
}

/// Wrong secrets that one client sent to one link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Guesses {
    /// In a row.
    pub failures: u32,
    /// Until when this client is not answered by this link.
    pub locked_until: Option<Moment>,
}

/// The wrong secrets of a client at a link.
///
/// # Errors
/// The database's.
pub async fn guesses(tx: &ReadTx, ask: Uuid, client: &str) -> Result<Guesses, StoreError> {
    let row = party_guess::Entity::find_by_id((ask.to_string(), client.to_owned())).one(tx.db()).await?;
    let Some(row) = row else { return Ok(Guesses::default()) };
    let failures = u32::try_from(row.failures).unwrap_or(u32::MAX);
    Ok(Guesses { failures, locked_until: moment_opt(row.locked_until.as_ref())? })
}

/// Notes the wrong secrets of a client at a link.
///
/// # Errors
/// The database's.
pub async fn save_guesses(tx: &WriteTx, ask: Uuid, client: &str, guesses: Guesses) -> Result<(), StoreError> {
    let row = party_guess::Model {
        ask_id: ask.to_string(),
        client: client.to_owned(),
        failures: guesses.failures.into(),
        locked_until: guesses.locked_until.map(Moment::stored),
    };
    let known = OnConflict::columns([party_guess::Column::AskId, party_guess::Column::Client])
        .update_columns([party_guess::Column::Failures, party_guess::Column::LockedUntil])
        .to_owned();
    party_guess::Entity::insert(row.into_active_model()).on_conflict(known).exec_without_returning(tx.db()).await?;
    Ok(())
}

/// Forgets the wrong secrets of links that have been replaced.
///
/// # Errors
/// The database's.
pub async fn forget_guesses(tx: &WriteTx, ask: Uuid) -> Result<(), StoreError> {
    party_guess::Entity::delete_many().filter(party_guess::Column::AskId.eq(ask.to_string())).exec(tx.db()).await?;
    Ok(())
}

/// What was asked of these problems, oldest first.
///
/// # Errors
/// The database's.
pub async fn asks_of(tx: &ReadTx, problems: &[ProblemId]) -> Result<Vec<KeptAsk>, StoreError> {
    if problems.is_empty() {
        return Ok(Vec::new());
    }
    let rows = party_ask::Entity::find()
        .filter(party_ask::Column::ProblemId.is_in(problems.iter().map(ToString::to_string)))
        .order_by_asc(party_ask::Column::AskedAt)
        .order_by_asc(party_ask::Column::Id)
        .all(tx.db())
        .await?;
    rows.into_iter().map(read_ask).collect()
}

/// The last party that was asked for each of these problems, by name, with how far it is.
///
/// # Errors
/// The database's.
pub async fn last_asked(tx: &ReadTx, problems: &[ProblemId]) -> Result<HashMap<ProblemId, (String, AskState)>, StoreError> {
    let asks = asks_of(tx, problems).await?;
    if asks.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: BTreeSet<String> = asks.iter().map(|kept| kept.party.to_string()).collect();
    let rows = party::Entity::find().filter(party::Column::Id.is_in(ids)).all(tx.db()).await?;
    let names: HashMap<String, String> = rows.into_iter().map(|row| (row.id, row.name)).collect();
    let named = asks.into_iter().map(|kept| {
        let name = names.get(&kept.party.to_string()).cloned().unwrap_or_default();
        (kept.problem, (name, kept.ask.state))
    });
    Ok(named.collect())
}

/// What waits for these units: parties that have answered.
///
/// # Errors
/// The database's.
pub async fn answered(tx: &ReadTx, units: &[UnitId], limit: u64) -> Result<Vec<KeptAsk>, StoreError> {
    let rows = party_ask::Entity::find()
        .filter(party_ask::Column::State.eq("answered"))
        .filter(party_ask::Column::UnitId.is_in(units.iter().map(ToString::to_string)))
        .order_by_asc(party_ask::Column::AskedAt)
        .limit(limit)
        .all(tx.db())
        .await?;
    rows.into_iter().map(read_ask).collect()
}

/// The photographs of answers that were taken as evidence of a problem.
///
/// # Errors
/// The database's.
pub async fn taken_photos(tx: &ReadTx, problem: ProblemId) -> Result<BTreeSet<MediaId>, StoreError> {
    let asks = asks_of(tx, &[problem]).await?;
    let taken = asks.into_iter().flat_map(|kept| kept.exchanges).filter(|exchange| exchange.taken == Some(true));
    Ok(taken.flat_map(|exchange| exchange.photos).collect())
}

/// How parties have answered so far, as far as a reader of this reach may count it.
///
/// # Errors
/// The database's.
pub async fn figures(
    tx: &ReadTx,
    parties: &[Uuid],
    reach: Option<&BTreeSet<UnitId>>,
) -> Result<HashMap<Uuid, Asked>, StoreError> {
    #[derive(FromQueryResult)]
    struct Counted {
        party: String,
        state: String,
        count: i64,
    }
    if parties.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = party_ask::Entity::find()
        .select_only()
        .column_as(party_ask::Column::PartyId, "party")
        .column_as(party_ask::Column::State, "state")
        .column_as(party_ask::Column::Id.count(), "count")
        .filter(party_ask::Column::PartyId.is_in(parties.iter().map(ToString::to_string)))
        .filter(Condition::all().add_option(reach.map(|reach| party_ask::Column::ProblemId.not_in_subquery(hidden(reach)))))
        .group_by(party_ask::Column::PartyId)
        .group_by(party_ask::Column::State)
        .into_model::<Counted>()
        .all(tx.db())
        .await?;
    let mut figures: HashMap<Uuid, Asked> = HashMap::new();
    for row in rows {
        let count = u64::try_from(row.count).unwrap_or(0);
        let figure = figures.entry(id(&row.party)?).or_default();
        figure.asked += count;
        match read_word::<AskState>("party_ask.state", &row.state)? {
            AskState::Open | AskState::Answered | AskState::Returned => figure.open += count,
            AskState::Accepted => figure.accepted += count,
            AskState::Released => figure.released += count,
            AskState::Revoked => {}
        }
    }
    Ok(figures)
}

/// The problems of which some party was asked, and whether any has answered.
///
/// # Errors
/// The database's.
pub async fn involved(tx: &ReadTx) -> Result<HashMap<ProblemId, Involvement>, StoreError> {
    let rows: Vec<(String, Option<String>)> = party_ask::Entity::find()
        .select_only()
        .columns([party_ask::Column::ProblemId, party_ask::Column::Answer])
        .into_tuple()
        .all(tx.db())
        .await?;
    let mut involved = HashMap::new();
    for (problem, answer) in rows {
        let how = if answer.is_some() { Involvement::Answered } else { Involvement::Asked };
        let known = involved.entry(id(&problem)?).or_insert(how);
        *known = how.max(*known);
    }
    Ok(involved)
}

/// The problems of which some party was asked; only those that have an answer, if so wanted.
pub(crate) fn problems_involving(how: Involvement) -> Condition {
    let asked = |answered: bool| {
        let mut select = Query::select();
        select.column(party_ask::Column::ProblemId).from(party_ask::Entity);
        if answered {
            select.and_where(Expr::col((party_ask::Entity, party_ask::Column::Answer)).is_not_null());
        }
        select
    };
    let id = problem::Column::Id;
    match how {
        Involvement::NotAsked => Condition::all().add(id.not_in_subquery(asked(false))),
        Involvement::Asked => Condition::all().add(id.in_subquery(asked(false))).add(id.not_in_subquery(asked(true))),
        Involvement::Answered => Condition::all().add(id.in_subquery(asked(true))),
    }
}

/// The problems of which a party was asked: any, one of these, or one that is so far.
pub(crate) fn problems_asked(parties: &[Uuid], states: &[AskState]) -> Result<SelectStatement, StoreError> {
    let column = |column: party_ask::Column| Expr::col((party_ask::Entity, column));
    let mut select = Query::select();
    select.column(party_ask::Column::ProblemId).from(party_ask::Entity);
    if !parties.is_empty() {
        select.and_where(column(party_ask::Column::PartyId).is_in(parties.iter().map(ToString::to_string)));
    }
    if !states.is_empty() {
        let states = states.iter().map(word).collect::<Result<Vec<_>, _>>()?;
        select.and_where(column(party_ask::Column::State).is_in(states));
    }
    Ok(select)
}
