//! Names for references: units, site types, sites; read once per request.

use std::collections::HashMap;
use std::sync::Arc;

use uuid::Uuid;
use yipanqi_domain::id::UnitId;
use yipanqi_domain::problem::Due;
use yipanqi_store::checklist::{self, SiteType};
use yipanqi_store::problem::Kept;
use yipanqi_store::site::Site;
use yipanqi_store::unit::{self, Directory};
use yipanqi_store::{ReadTx, StoreError};

use super::views::{ProblemBrief, SiteRef, SiteTypeRef};
use crate::session::UnitRef;

/// The units and site types of the city.
pub struct Names {
    /// The units.
    pub directory: Arc<Directory>,
    /// The site types in the city's own order.
    pub types: Arc<Vec<SiteType>>,
    by_id: HashMap<Uuid, usize>,
}

impl Names {
    /// Reads them, in four queries.
    ///
    /// # Errors
    /// The database's.
    pub async fn read(tx: &ReadTx) -> Result<Self, StoreError> {
        let types = checklist::site_types(tx).await?;
        let by_id = types.iter().enumerate().map(|(place, site_type)| (site_type.id, place)).collect();
        Ok(Self { directory: unit::directory(tx).await?, types, by_id })
    }

    /// A unit's names.
    #[must_use]
    pub fn unit(&self, id: Option<UnitId>) -> Option<UnitRef> {
        id.and_then(|id| self.directory.get(id)).map(UnitRef::from)
    }

    /// A site type.
    #[must_use]
    pub fn site_type(&self, id: Option<Uuid>) -> Option<&SiteType> {
        self.types.get(*self.by_id.get(&id?)?)
    }

    /// The name of a site's type, as the city or else the registry names it.
    #[must_use]
    pub fn type_name(&self, site: &Site) -> String {
        self.site_type(site.site_type).map_or_else(|| site.type_given.clone(), |site_type| site_type.name.clone())
    }

    /// A site's type.
    #[must_use]
    pub fn type_ref(&self, site: &Site) -> SiteTypeRef {
        match self.site_type(site.site_type) {
            Some(known) => SiteTypeRef { id: Some(known.id), name: known.name.clone(), group: known.group_name.clone() },
            None => SiteTypeRef { id: None, name: site.type_given.clone(), group: String::new() },
        }
    }

    /// A site by its names.
    #[must_use]
    pub fn site(&self, site: &Site) -> SiteRef {
        SiteRef { id: site.id, code: site.code.clone(), name: site.name.clone(), site_type: self.type_name(site) }
    }

    /// A problem as other pages mention it.
    #[must_use]
    pub fn problem(&self, kept: &Kept) -> ProblemBrief {
        let problem = &kept.problem;
        let due_at = match problem.pressing() {
            Due::At { at } => Some(at),
            Due::None | Due::AwaitingCalendar { .. } | Due::OutOfRange => None,
        };
        ProblemBrief {
            id: problem.id,
            number: kept.number,
            title: kept.facts.title.clone(),
            state: problem.state,
            unit: self.unit(problem.unit),
            reported_at: problem.registered_at,
            due_at,
            closed_at: problem.closed_at,
            rebound: problem.rebound_of.is_some(),
            media: problem.before_photos.clone(),
        }
    }
}

/// The units that answer for a site: whoever belongs to one of them may see it.
#[must_use]
pub fn units_of(site: &Site) -> Vec<UnitId> {
    let units = [site.street, site.community, site.grid, site.territorial_unit, site.industry_unit, site.pairing_unit];
    let mut units: Vec<UnitId> = units.into_iter().flatten().collect();
    units.sort_unstable();
    units.dedup();
    units
}
