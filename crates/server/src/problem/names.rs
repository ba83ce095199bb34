//! The names behind identities, loaded once for a page of problems or slips.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use yipanqi_domain::calendar::Calendar;
use yipanqi_domain::id::{ProblemId, SiteId, UnitId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::party::AskState;
use yipanqi_domain::problem::{LimitTable, Problem};
use yipanqi_store::problem::Kept;
use yipanqi_store::site::{SiteFilter, SiteSort};
use yipanqi_store::unit::Directory;
use yipanqi_store::{ReadTx, checklist, party, site, unit};

use super::clock::StepClockView;
use crate::error::Error;
use crate::session::UnitRef;
use crate::site::SiteRef;

/// Names of units and of the sites at hand.
#[derive(Debug)]
pub struct Names {
    directory: Arc<Directory>,
    sites: HashMap<SiteId, SiteRef>,
    parties: HashMap<ProblemId, (String, AskState)>,
    limits: Arc<LimitTable>,
}

impl Names {
    /// Loads the names that these problems need.
    ///
    /// # Errors
    /// The store's.
    pub async fn load(tx: &ReadTx, kept: &[Kept]) -> Result<Self, Error> {
        let wanted: BTreeSet<SiteId> = kept.iter().filter_map(|kept| kept.problem.site).collect();
        let mut sites = HashMap::new();
        if !wanted.is_empty() {
            let types: HashMap<_, _> =
                checklist::site_types(tx).await?.iter().map(|site_type| (site_type.id, site_type.name.clone())).collect();
            let wanted: Vec<SiteId> = wanted.into_iter().collect();
            for ids in wanted.chunks(500) {
                let filter = SiteFilter { ids: ids.to_vec(), ..SiteFilter::default() };
                for site in site::list(tx, &filter, SiteSort::default(), 0, 500).await?.0 {
                    let site_type = site.site_type.and_then(|id| types.get(&id).cloned()).unwrap_or(site.type_given);
                    sites.insert(site.id, SiteRef { id: site.id, code: site.code, name: site.name, site_type });
                }
            }
        }
        let ids: Vec<ProblemId> = kept.iter().map(|kept| kept.problem.id).collect();
        let mut parties = HashMap::new();
        for ids in ids.chunks(500) {
            parties.extend(party::last_asked(tx, ids).await?);
        }
        let limits = super::rules::limits(tx).await?;
        Ok(Self { directory: unit::directory(tx).await?, sites, parties, limits })
    }

    /// A unit by its names.
    #[must_use]
    pub fn unit(&self, id: Option<UnitId>) -> Option<UnitRef> {
        self.directory.get(id?).map(UnitRef::from)
    }

    /// The responsible party that was asked last, and how far it is.
    #[must_use]
    pub fn party(&self, id: ProblemId) -> Option<(String, AskState)> {
        self.parties.get(&id).cloned()
    }

    /// The step that a problem waits for, with the limit that the city's table gives it.
    #[must_use]
    pub fn step(&self, problem: &Problem, calendar: &Calendar, now: Moment) -> Option<StepClockView> {
        let (step, due) = self.limits.step_due(problem, calendar)?;
        let due_at = due.moment();
        Some(StepClockView { step, due_at, late: due_at.is_some_and(|due| now > due) })
    }

    /// A site by its names.
    #[must_use]
    pub fn site(&self, id: Option<SiteId>) -> Option<SiteRef> {
        self.sites.get(&id?).cloned()
    }
}
