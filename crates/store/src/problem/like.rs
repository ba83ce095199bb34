//! Problems near in place and alike in kind: what is offered before one is registered, and beside one in the ledger.

use std::collections::BTreeSet;

use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};
use yipanqi_domain::id::{MediaId, ProblemId, SiteId};
use yipanqi_domain::moment::Moment;

use super::{Kept, read_all};
use crate::entity::{attachment, problem};
use crate::error::StoreError;
use crate::tx::ReadTx;

/// Around what is looked.
#[derive(Debug, Clone)]
pub struct Near {
    /// At this site.
    pub site: Option<SiteId>,
    /// Longitude and latitude in units of 10⁻⁷ degree, and half the height of the box in the same unit.
    pub box_around: Option<(i64, i64, i64)>,
    /// With one of these photographs of the fault, wherever they are.
    pub photos: Vec<MediaId>,
    /// Open, or closed since this moment.
    pub closed_since: Moment,
}

/// Open and lately closed problems at the site, in the box or with the photographs, newest first; what was merged or dismissed is left out.
///
/// # Errors
/// The database's.
pub async fn near(tx: &ReadTx, near: &Near, limit: u64) -> Result<Vec<Kept>, StoreError> {
    use problem::Column;
    let mut place = Condition::any();
    if let Some(site) = near.site {
        place = place.add(Column::SiteId.eq(site.to_string()));
    }
    if let Some((longitude, latitude, half)) = near.box_around {
        place = place.add(
            Condition::all()
                // A degree of longitude is shorter than one of latitude: twice as many of them are as far up to 60°.
                .add(Column::Longitude.between(longitude - 2 * half, longitude + 2 * half))
                .add(Column::Latitude.between(latitude - half, latitude + half)),
        );
    }
    if !near.photos.is_empty() {
        let shown = attachment::Entity::find()
            .select_only()
            .column(attachment::Column::SubjectId)
            .filter(attachment::Column::SubjectKind.eq("problem"))
            .filter(attachment::Column::Stage.eq("before"))
            .filter(attachment::Column::MediaId.is_in(near.photos.iter().map(ToString::to_string)));
        place = place.add(Column::Id.in_subquery(shown.into_query()));
    }
    if place.is_empty() {
        return Ok(Vec::new());
    }
    let alive = Condition::any()
        .add(Column::State.is_in(["reported", "filed", "assigned", "rectifying", "submitted", "deferred"]))
        .add(Condition::all().add(Column::State.eq("closed")).add(Column::ClosedAt.gte(near.closed_since.stored())));
    let find = problem::Entity::find().filter(place).filter(alive);
    read_all(tx, find.order_by_desc(Column::Number).limit(limit)).await
}

/// The problems of which these are the returns, back to the first, nearest first.
///
/// # Errors
/// The database's.
pub async fn root(tx: &ReadTx, of: ProblemId) -> Result<Vec<Kept>, StoreError> {
    let (mut found, mut seen, mut next) = (Vec::new(), BTreeSet::new(), Some(of));
    while let Some(id) = next.filter(|id| seen.insert(*id)) {
        let Some(kept) = super::get_all(tx, &[id]).await?.pop() else { break };
        next = kept.problem.rebound_of;
        found.push(kept);
    }
    Ok(found.into_iter().skip(1).collect())
}
