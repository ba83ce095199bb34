//! The standing list of gaps: what nobody answers for.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use yipanqi_domain::duty::{Duty, Gap, GapKind, Holders, Standing};
use yipanqi_domain::id::{CriterionId, PersonId, SiteId, UnitId};
use yipanqi_store::framework::{self, EditionTree};
use yipanqi_store::site::{SiteFilter, SiteSort};
use yipanqi_store::unit::Directory;
use yipanqi_store::{ReadTx, duty as store, site, unit};

use super::derive::{self, Collectives};
use super::matrix::numbers;
use super::views::{EditionQuery, GapCount, GapCounts, GapList, GapRow};
use crate::error::{Error, FailureBody};
use crate::request::{CityCtx, Json, Query};
use crate::session::{PersonRef, UnitRef};

/// Gaps shown; the counts hold all of them.
const SHOWN: usize = 1000;

/// Everything about an edition's duties that several pages need.
pub(super) struct Loaded {
    pub(super) tree: Arc<EditionTree>,
    pub(super) duties: Vec<Duty>,
    pub(super) directory: Arc<Directory>,
    pub(super) people: HashMap<PersonId, String>,
    pub(super) gaps: Vec<Gap>,
    pub(super) unresolved: Vec<(CriterionId, String)>,
}

impl Loaded {
    /// Loads them and looks for the gaps; those of other units than the reader's are left out.
    pub(super) async fn load(ctx: &CityCtx, tx: &ReadTx, edition: uuid::Uuid) -> Result<Self, Error> {
        let tree = framework::edition(tx, edition).await.map_err(crate::framework::known)?;
        let collectives = Collectives::load(ctx, tx).await?;
        let unresolved = derive::unresolved(&tree, &collectives);
        let duties: Vec<Duty> = store::of_edition(tx, edition).await?.into_iter().map(|kept| kept.duty).collect();
        let directory = unit::directory(tx).await?;
        let persons = unit::persons(tx).await?;
        let today = ctx.today();
        let left: BTreeSet<PersonId> =
            persons.iter().filter(|person| person.left_on.is_some_and(|day| day <= today)).map(|person| person.id).collect();
        let holders: BTreeMap<UnitId, Holders> = directory
            .units()
            .iter()
            .map(|unit| (unit.id, Holders { head: unit.head, officer: unit.officer, liaison: unit.liaison }))
            .collect();
        let criteria: Vec<CriterionId> = tree.nodes.iter().filter(|node| node.is_criterion).map(|node| node.id).collect();
        let mut gaps = yipanqi_domain::duty::gaps(&Standing {
            criteria: &criteria,
            duties: &duties,
            units: &holders,
            left: &left,
            unresolved: &unresolved,
            ownerless: &store::ownerless_sites(tx).await?,
        });
        if let yipanqi_domain::access::Reach::Units(mine) = ctx.reach_of(yipanqi_domain::access::Right::ViewDuty) {
            gaps.retain(|gap| gap.unit.is_some_and(|unit| mine.contains(&unit)));
        }
        let people = persons.into_iter().map(|person| (person.id, person.name)).collect();
        Ok(Self { tree, duties, directory, people, gaps, unresolved })
    }

    /// A person by name.
    pub(super) fn person(&self, id: Option<PersonId>) -> Option<PersonRef> {
        id.and_then(|id| Some(PersonRef { id, name: self.people.get(&id)?.clone() }))
    }
}

fn counted(gaps: &[Gap]) -> Vec<GapCount> {
    let of = |kind| gaps.iter().filter(|gap| gap.kind == kind).count() as u64;
    GapKind::ALL.into_iter().map(|kind| GapCount { kind, count: of(kind) }).collect()
}

/// How many gaps there are in the newest edition in which somebody has a duty, for the board.
#[utoipa::path(get, path = "/api/duties/gap-counts", tag = "duty", responses((status = 200, body = GapCounts)))]
pub async fn counts(ctx: CityCtx) -> Result<Json<GapCounts>, Error> {
    let tx = ctx.read().await?;
    let mut editions = framework::editions(&tx).await?;
    editions.sort_by_key(|edition| std::cmp::Reverse(edition.year));
    for edition in editions {
        if store::any_in(&tx, edition.id).await? {
            let loaded = Loaded::load(&ctx, &tx, edition.id).await?;
            return Ok(Json(GapCounts { edition: Some(edition.id), counts: counted(&loaded.gaps) }));
        }
    }
    Ok(Json(GapCounts { edition: None, counts: counted(&[]) }))
}

/// What nobody answers for.
#[utoipa::path(get, path = "/api/duties/gaps", tag = "duty", params(EditionQuery),
    responses((status = 200, body = GapList), (status = 404, body = FailureBody)))]
pub async fn list(ctx: CityCtx, Query(query): Query<EditionQuery>) -> Result<Json<GapList>, Error> {
    Ok(Json(rows(&ctx, &query, SHOWN).await?))
}

/// At most so many gaps, with the counts of all of them.
///
/// # Errors
/// `edition_not_found`, or the database's.
pub async fn rows(ctx: &CityCtx, query: &EditionQuery, most: usize) -> Result<GapList, Error> {
    let tx = ctx.read().await?;
    let loaded = Loaded::load(ctx, &tx, query.edition).await?;
    let numbers = numbers(&loaded.tree);
    let counts = counted(&loaded.gaps);
    let shown: Vec<&Gap> = loaded.gaps.iter().take(most).collect();
    let wanted: Vec<SiteId> = shown.iter().filter_map(|gap| gap.site).collect();
    let mut sites: HashMap<SiteId, String> = HashMap::new();
    for ids in wanted.chunks(500) {
        let filter = SiteFilter { ids: ids.to_vec(), ..SiteFilter::default() };
        let found = site::list(&tx, &filter, SiteSort::default(), 0, 500).await?.0;
        sites.extend(found.into_iter().map(|site| (site.id, site.name)));
    }
    let title =
        |criterion: CriterionId| loaded.tree.nodes.iter().find(|node| node.id == criterion).map(|node| node.title.clone());
    let row = |gap: &Gap| GapRow {
        kind: gap.kind,
        number: gap.criterion.and_then(|criterion| numbers.get(&criterion).cloned()),
        title: gap.criterion.and_then(title),
        criterion_id: gap.criterion,
        unit: gap.unit.and_then(|unit| loaded.directory.get(unit)).map(UnitRef::from),
        site_id: gap.site,
        site_name: gap.site.and_then(|site| sites.get(&site).cloned()),
        person: loaded.person(gap.person),
        duty_id: gap.duty,
        name: Some(gap.name.clone()).filter(|name| !name.is_empty()),
    };
    Ok(GapList { counts, items: shown.into_iter().map(row).collect() })
}
