//! Our own finished visits at some sites over a time, with what they judged: for comparison with what others saw there.

use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;
use yipanqi_domain::id::{ItemId, SiteId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::round::RoundKind;

use super::VisitRow;
use super::list::hidden;
use super::visit::read;
use crate::entity::{finding, round, visit};
use crate::error::StoreError;
use crate::tx::ReadTx;
use crate::value::id;

/// A finding as far as it was judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// The finding.
    pub finding: Uuid,
    /// Its visit.
    pub visit: Uuid,
    /// The item.
    pub item: ItemId,
    /// Whether it passed.
    pub pass: bool,
}

/// The finished visits at these sites between two moments, oldest first: those of rounds of our own that may be seen.
///
/// # Errors
/// The database's.
pub async fn looks(tx: &ReadTx, sites: &[SiteId], from: Moment, to: Moment) -> Result<Vec<VisitRow>, StoreError> {
    let external = Query::select()
        .column(round::Column::Id)
        .from(round::Entity)
        .and_where(round::Column::Kind.eq(RoundKind::External.as_str()))
        .to_owned();
    let mut looks = Vec::new();
    for sites in sites.chunks(500) {
        let rows = visit::Entity::find()
            .filter(visit::Column::SiteId.is_in(sites.iter().map(ToString::to_string)))
            .filter(visit::Column::FinishedAt.gte(from.stored()))
            .filter(visit::Column::FinishedAt.lt(to.stored()))
            .filter(visit::Column::RoundId.not_in_subquery(hidden()))
            .filter(visit::Column::RoundId.not_in_subquery(external.clone()))
            .order_by_asc(visit::Column::FinishedAt)
            .all(tx.db())
            .await?;
        looks.extend(rows.iter().map(read).collect::<Result<Vec<_>, _>>()?);
    }
    looks.sort_by_key(|look| look.finished_at);
    Ok(looks)
}

/// What these visits judged; items that did not apply are left out.
///
/// # Errors
/// The database's.
pub async fn judged(tx: &ReadTx, visits: &[Uuid]) -> Result<Vec<Judged>, StoreError> {
    let mut judged = Vec::new();
    for some in visits.chunks(500) {
        let rows: Vec<(String, String, String, Option<bool>)> = finding::Entity::find()
            .select_only()
            .columns([finding::Column::Id, finding::Column::VisitId, finding::Column::ItemId, finding::Column::Pass])
            .filter(finding::Column::VisitId.is_in(some.iter().map(ToString::to_string)))
            .filter(finding::Column::Pass.is_not_null())
            .into_tuple()
            .all(tx.db())
            .await?;
        for (finding, visit, item, pass) in rows {
            let Some(pass) = pass else { continue };
            judged.push(Judged { finding: id(&finding)?, visit: id(&visit)?, item: id(&item)?, pass });
        }
    }
    Ok(judged)
}
