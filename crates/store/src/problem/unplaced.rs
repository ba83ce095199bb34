//! Problems of a source that wait for somebody to say at which site they are.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::{Kept, read_all};
use crate::entity::problem;
use crate::error::StoreError;
use crate::tx::ReadTx;

/// The problems of an external source without a site, by number.
///
/// # Errors
/// The database's.
pub async fn unplaced(tx: &ReadTx, source: &str) -> Result<Vec<Kept>, StoreError> {
    let find = problem::Entity::find()
        .filter(problem::Column::ExternalSource.eq(source))
        .filter(problem::Column::SiteId.is_null())
        .order_by_asc(problem::Column::Number);
    read_all(tx, find).await
}
