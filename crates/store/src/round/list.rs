//! Lists of rounds with their counts.

use std::collections::HashMap;

use chrono::NaiveDate;
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, FromQueryResult, JoinType, Order, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;
use yipanqi_domain::id::{PersonId, RoundId, SiteId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::round::{RoundKind, RoundState};

use super::Round;
use crate::entity::{finding, item_criterion, round, round_site, visit};
use crate::error::StoreError;
use crate::site::{SortOrder, aliases};
use crate::tx::ReadTx;
use crate::value::{day, id, moment, natural, word};

/// Which rounds a list shows; what is empty does not filter.
#[derive(Debug, Clone, Default)]
pub struct RoundFilter {
    /// Words that number or name contain, all of them.
    pub text: String,
    /// Kinds.
    pub kinds: Vec<RoundKind>,
    /// States.
    pub states: Vec<RoundState>,
    /// Editions.
    pub editions: Vec<Uuid>,
    /// Covert rounds that are not released are left out.
    pub without_covert: bool,
}

/// By what a list of rounds is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RoundSortKey {
    /// Number.
    #[default]
    Number,
    /// Day of opening.
    OpenedOn,
    /// Day by which it is due.
    DueOn,
    /// Name.
    Name,
}

/// How a list of rounds is sorted; ties by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RoundSort {
    /// By what.
    pub key: RoundSortKey,
    /// Which way.
    pub order: SortOrder,
}

/// What is counted of a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RoundCounts {
    /// Its sites.
    pub sites: u64,
    /// Sites with a finished visit.
    pub visited: u64,
    /// Findings.
    pub findings: u64,
    /// Faults found.
    pub faults: u64,
}

fn condition(filter: &RoundFilter) -> Result<Condition, StoreError> {
    use round::Column;
    let mut all = Condition::all();
    for part in filter.text.split_whitespace() {
        all = all.add(Condition::any().add(Column::Number.contains(part)).add(Column::Name.contains(part)));
    }
    let kinds = filter.kinds.iter().map(word).collect::<Result<Vec<_>, _>>()?;
    let states = filter.states.iter().map(word).collect::<Result<Vec<_>, _>>()?;
    let editions: Vec<String> = filter.editions.iter().map(ToString::to_string).collect();
    for (column, wanted) in [(Column::Kind, kinds), (Column::State, states), (Column::EditionId, editions)] {
        if !wanted.is_empty() {
            all = all.add(column.is_in(wanted));
        }
    }
    if filter.without_covert {
        all = all.add(Condition::any().add(Column::Covert.eq(false)).add(Column::State.eq("released")));
    }
    Ok(all)
}

/// A page of the rounds and how many there are in all.
///
/// # Errors
/// The database's.
pub async fn list(
    tx: &ReadTx,
    filter: &RoundFilter,
    sort: RoundSort,
    offset: u64,
    limit: u64,
) -> Result<(Vec<Round>, u64), StoreError> {
    use round::Column;
    let find = round::Entity::find().filter(condition(filter)?);
    let total = find.clone().count(tx.db()).await?;
    let column = match sort.key {
        RoundSortKey::Number => Column::Number,
        RoundSortKey::OpenedOn => Column::OpenedOn,
        RoundSortKey::DueOn => Column::DueOn,
        RoundSortKey::Name => Column::Name,
    };
    let order = match sort.order {
        SortOrder::Ascending => Order::Asc,
        SortOrder::Descending => Order::Desc,
    };
    let rows =
        find.order_by(column, order.clone()).order_by(Column::Number, order).offset(offset).limit(limit).all(tx.db()).await?;
    Ok((rows.into_iter().map(super::read).collect::<Result<_, _>>()?, total))
}

#[derive(FromQueryResult)]
struct Counted {
    key: String,
    first: i64,
    second: i64,
}

/// The counts of these rounds, in three queries; to a `blind` person of rounds that go on only what he found himself. Of a
/// second visit a site is not visited.
///
/// # Errors
/// The database's.
pub async fn counts(
    tx: &ReadTx,
    rounds: &[RoundId],
    blind: Option<PersonId>,
) -> Result<HashMap<RoundId, RoundCounts>, StoreError> {
    let mut counts: HashMap<RoundId, RoundCounts> = HashMap::new();
    if rounds.is_empty() {
        return Ok(counts);
    }
    let ids: Vec<String> = rounds.iter().map(ToString::to_string).collect();
    let sites = round_site::Entity::find()
        .select_only()
        .column_as(round_site::Column::RoundId, "key")
        .column_as(round_site::Column::Id.count(), "first")
        .column_as(Expr::val(0_i64), "second")
        .filter(round_site::Column::RoundId.is_in(ids.clone()))
        .group_by(round_site::Column::RoundId)
        .into_model::<Counted>();
    for row in sites.all(tx.db()).await? {
        counts.entry(id(&row.key)?).or_default().sites = natural(row.first);
    }
    let visited = visit::Entity::find()
        .select_only()
        .column_as(visit::Column::RoundId, "key")
        .column_as(Expr::col(visit::Column::SiteId).count_distinct(), "first")
        .column_as(Expr::val(0_i64), "second")
        .filter(visit::Column::RoundId.is_in(ids.clone()))
        .filter(visit::Column::FinishedAt.is_not_null())
        .filter(visit::Column::Purpose.ne("agreement"))
        .filter(seen_by(blind))
        .group_by(visit::Column::RoundId)
        .into_model::<Counted>();
    for row in visited.all(tx.db()).await? {
        counts.entry(id(&row.key)?).or_default().visited = natural(row.first);
    }
    let of_visit = finding::Entity::belongs_to(visit::Entity).from(finding::Column::VisitId).to(visit::Column::Id).into();
    let found = finding::Entity::find()
        .select_only()
        .column_as(Expr::col((visit::Entity, visit::Column::RoundId)), "key")
        .column_as(Expr::col((finding::Entity, finding::Column::Id)).count(), "first")
        .column_as(Expr::col((finding::Entity, finding::Column::Faults)).sum().cast_as("bigint"), "second")
        .join(JoinType::InnerJoin, of_visit)
        .filter(Expr::col((visit::Entity, visit::Column::RoundId)).is_in(ids))
        .filter(seen_by(blind))
        .group_by(Expr::col((visit::Entity, visit::Column::RoundId)))
        .into_model::<Counted>();
    for row in found.all(tx.db()).await? {
        let of_round = counts.entry(id(&row.key)?).or_default();
        (of_round.findings, of_round.faults) = (natural(row.first), natural(row.second));
    }
    Ok(counts)
}

/// The newest rounds that are scored and have a finished visit, the newest first; covert ones that are not released are
/// left out.
///
/// # Errors
/// The database's.
pub async fn newest_visited(tx: &ReadTx, limit: u64) -> Result<Vec<Round>, StoreError> {
    use round::Column;
    let finished = Query::select()
        .expr(Expr::val(1))
        .from(visit::Entity)
        .and_where(Expr::col((visit::Entity, visit::Column::RoundId)).equals((round::Entity, Column::Id)))
        .and_where(Expr::col((visit::Entity, visit::Column::FinishedAt)).is_not_null())
        .to_owned();
    let rows = round::Entity::find()
        .filter(condition(&RoundFilter { without_covert: true, ..RoundFilter::default() })?)
        .filter(Column::EditionId.is_not_null())
        .filter(Expr::exists(finished))
        .order_by_desc(Column::OpenedOn)
        .order_by_desc(Column::Number)
        .limit(limit)
        .all(tx.db())
        .await?;
    rows.into_iter().map(super::read).collect()
}

/// When these sites, or what was merged into them, were last visited, by finished visits of rounds that may be seen.
///
/// # Errors
/// The database's.
pub async fn last_visits(tx: &ReadTx, sites: &[SiteId]) -> Result<HashMap<SiteId, Moment>, StoreError> {
    #[derive(FromQueryResult)]
    struct Last {
        key: String,
        at: String,
    }
    let aliases = aliases(tx).await?;
    let sites = aliases.families(&sites.iter().copied().collect());
    let mut last: HashMap<SiteId, Moment> = HashMap::new();
    for sites in sites.chunks(500) {
        let rows = visit::Entity::find()
            .select_only()
            .column_as(visit::Column::SiteId, "key")
            .column_as(visit::Column::FinishedAt.max(), "at")
            .filter(visit::Column::SiteId.is_in(sites.iter().map(ToString::to_string)))
            .filter(visit::Column::FinishedAt.is_not_null())
            .filter(visit::Column::RoundId.not_in_subquery(hidden()))
            .group_by(visit::Column::SiteId)
            .into_model::<Last>();
        for row in rows.all(tx.db()).await? {
            let at = moment(&row.at)?;
            let kept = last.entry(aliases.kept(id(&row.key)?)).or_insert(at);
            *kept = (*kept).max(at);
        }
    }
    Ok(last)
}

/// Visits that a `blind` person may know of: of rounds that go on his own, of others all; everything to anybody else.
pub(crate) fn seen_by(blind: Option<PersonId>) -> Condition {
    let Some(person) = blind else { return Condition::all() };
    let over = Query::select()
        .column(round::Column::Id)
        .from(round::Entity)
        .and_where(Expr::col((round::Entity, round::Column::State)).is_not_in(["planned", "open"]))
        .to_owned();
    Condition::any()
        .add(Expr::col((visit::Entity, visit::Column::InspectorId)).eq(person.to_string()))
        .add(Expr::col((visit::Entity, visit::Column::RoundId)).in_subquery(over))
}

/// The covert rounds that are not released: what was found in them feeds nothing.
pub(crate) fn hidden() -> SelectStatement {
    Query::select()
        .column(round::Column::Id)
        .from(round::Entity)
        .and_where(Expr::col((round::Entity, round::Column::Covert)).eq(true))
        .and_where(Expr::col((round::Entity, round::Column::State)).ne("released"))
        .to_owned()
}

/// Who finished the last visit of each site that was visited in a round that may be seen.
///
/// # Errors
/// The database's.
pub async fn last_inspectors(tx: &ReadTx) -> Result<HashMap<SiteId, PersonId>, StoreError> {
    #[derive(FromQueryResult)]
    struct Made {
        site: String,
        inspector: String,
    }
    let rows = visit::Entity::find()
        .select_only()
        .column_as(visit::Column::SiteId, "site")
        .column_as(visit::Column::InspectorId, "inspector")
        .filter(visit::Column::FinishedAt.is_not_null())
        .filter(visit::Column::InspectorId.is_not_null())
        .filter(visit::Column::RoundId.not_in_subquery(hidden()))
        .order_by_asc(visit::Column::FinishedAt)
        .into_model::<Made>()
        .all(tx.db())
        .await?;
    let aliases = aliases(tx).await?;
    rows.into_iter().map(|row| Ok((aliases.kept(id(&row.site)?), id(&row.inspector)?))).collect()
}

/// Of each site how many findings passed and how many applied, over all finished visits of rounds that may be seen.
///
/// # Errors
/// The database's.
pub async fn pass_counts(tx: &ReadTx) -> Result<HashMap<SiteId, (u64, u64)>, StoreError> {
    let aliases = aliases(tx).await?;
    let mut counts: HashMap<SiteId, (u64, u64)> = HashMap::new();
    for passed in [true, false] {
        let of_visit = finding::Entity::belongs_to(visit::Entity).from(finding::Column::VisitId).to(visit::Column::Id).into();
        let rows = finding::Entity::find()
            .select_only()
            .column_as(Expr::col((visit::Entity, visit::Column::SiteId)), "key")
            .column_as(Expr::col((finding::Entity, finding::Column::Id)).count(), "first")
            .column_as(Expr::val(0_i64), "second")
            .join(JoinType::InnerJoin, of_visit)
            .filter(Expr::col((finding::Entity, finding::Column::Pass)).eq(passed))
            .filter(Expr::col((visit::Entity, visit::Column::FinishedAt)).is_not_null())
            .filter(Expr::col((visit::Entity, visit::Column::RoundId)).not_in_subquery(hidden()))
            .group_by(Expr::col((visit::Entity, visit::Column::SiteId)))
            .into_model::<Counted>()
            .all(tx.db())
            .await?;
        for row in rows {
            let of_site = counts.entry(aliases.kept(id(&row.key)?)).or_default();
            of_site.0 += if passed { natural(row.first) } else { 0 };
            of_site.1 += natural(row.first);
        }
    }
    Ok(counts)
}

/// Findings that failed at each site since a moment, of one criterion if it is named, in finished visits of rounds that may be
/// seen; to a `blind` person of rounds that go on only his own. Sites without one are left out.
///
/// # Errors
/// The database's.
pub async fn failed_heat(
    tx: &ReadTx,
    citation: Option<&str>,
    since: Moment,
    blind: Option<PersonId>,
) -> Result<HashMap<SiteId, u64>, StoreError> {
    let of_visit = finding::Entity::belongs_to(visit::Entity).from(finding::Column::VisitId).to(visit::Column::Id).into();
    let mut find = finding::Entity::find()
        .select_only()
        .column_as(Expr::col((visit::Entity, visit::Column::SiteId)), "key")
        .column_as(Expr::col((finding::Entity, finding::Column::Id)).count(), "first")
        .column_as(Expr::val(0_i64), "second")
        .join(JoinType::InnerJoin, of_visit)
        .filter(Expr::col((finding::Entity, finding::Column::Pass)).eq(false))
        .filter(Expr::col((visit::Entity, visit::Column::FinishedAt)).gte(since.stored()))
        .filter(Expr::col((visit::Entity, visit::Column::RoundId)).not_in_subquery(hidden()))
        .filter(seen_by(blind));
    if let Some(citation) = citation {
        let serving = Query::select()
            .column(item_criterion::Column::ItemId)
            .from(item_criterion::Entity)
            .and_where(Expr::col((item_criterion::Entity, item_criterion::Column::CitationKey)).eq(citation))
            .to_owned();
        find = find.filter(Expr::col((finding::Entity, finding::Column::ItemId)).in_subquery(serving));
    }
    let rows = find.group_by(Expr::col((visit::Entity, visit::Column::SiteId))).into_model::<Counted>().all(tx.db()).await?;
    let aliases = aliases(tx).await?;
    let mut heat: HashMap<SiteId, u64> = HashMap::new();
    for row in rows {
        *heat.entry(aliases.kept(id(&row.key)?)).or_default() += natural(row.first);
    }
    Ok(heat)
}

/// Faults of each visit of a round; visits without a finding are left out.
///
/// # Errors
/// The database's.
pub async fn faults_by_visit(tx: &ReadTx, of: RoundId) -> Result<HashMap<Uuid, u64>, StoreError> {
    let visits = Query::select()
        .column(visit::Column::Id)
        .from(visit::Entity)
        .and_where(Expr::col((visit::Entity, visit::Column::RoundId)).eq(of.to_string()))
        .to_owned();
    let rows = finding::Entity::find()
        .select_only()
        .column_as(finding::Column::VisitId, "key")
        .column_as(finding::Column::Id.count(), "first")
        .column_as(Expr::col(finding::Column::Faults).sum().cast_as("bigint"), "second")
        .filter(finding::Column::VisitId.in_subquery(visits))
        .group_by(finding::Column::VisitId)
        .into_model::<Counted>()
        .all(tx.db())
        .await?;
    rows.iter().map(|row| Ok((id(&row.key)?, natural(row.second)))).collect()
}

/// Of these sites the day on which the newest round of a kind with them was opened.
///
/// # Errors
/// The database's.
pub async fn last_of_kind(tx: &ReadTx, kind: RoundKind, sites: &[SiteId]) -> Result<HashMap<SiteId, NaiveDate>, StoreError> {
    let aliases = aliases(tx).await?;
    let sites = aliases.families(&sites.iter().copied().collect());
    let mut last: HashMap<SiteId, NaiveDate> = HashMap::new();
    for sites in sites.chunks(500) {
        let rows: Vec<(String, Option<String>)> = round_site::Entity::find()
            .select_only()
            .column(round_site::Column::SiteId)
            .column_as(round::Column::OpenedOn.max(), "opened_on")
            .join(
                JoinType::InnerJoin,
                round_site::Entity::belongs_to(round::Entity).from(round_site::Column::RoundId).to(round::Column::Id).into(),
            )
            .filter(round::Column::Kind.eq(kind.as_str()))
            .filter(round_site::Column::SiteId.is_in(sites.iter().map(ToString::to_string)))
            .group_by(round_site::Column::SiteId)
            .into_tuple()
            .all(tx.db())
            .await?;
        for (site, opened_on) in rows {
            if let Some(opened_on) = opened_on {
                let opened_on = day(&opened_on)?;
                let kept = last.entry(aliases.kept(id(&site)?)).or_insert(opened_on);
                *kept = std::cmp::max(*kept, opened_on);
            }
        }
    }
    Ok(last)
}
