//! Registering by hand: where a problem lies and whose that is, what it offends against, whether it is the return of another.

use std::collections::BTreeSet;

use uuid::Uuid;
use yipanqi_domain::access::{Place, Right, Role};
use yipanqi_domain::geo::Datum;
use yipanqi_domain::id::{CriterionId, ProblemId, UnitId};
use yipanqi_domain::problem;
use yipanqi_domain::problem::{Category, Registration, Source, Urgency};
use yipanqi_domain::site::{Degrees, Position};
use yipanqi_domain::unit::UnitKind;
use yipanqi_store::framework::Citing;
use yipanqi_store::problem::Facts;
use yipanqi_store::{ReadTx, problem as store};

use super::{Begin, Draft, enter, own, prepare};
use crate::crosswalk::counterpart::{Counterparts, cite};
use crate::error::Error;
use crate::import::grids;
use crate::problem::rules::Rules;
use crate::problem::views::RegisterInput;
use crate::request::CityCtx;

/// Registers a problem by hand and gives its identity.
///
/// # Errors
/// `place_not_yours` outside one's reach, and the rules' refusals.
pub async fn register(ctx: &CityCtx, mut input: RegisterInput) -> Result<ProblemId, Error> {
    let mut tx = ctx.write().await?;
    if let Some(done) = ctx.once::<ProblemId>(&mut tx, input.command_id, &input).await? {
        return Ok(done);
    }
    if let Some(known) = crate::system::recognise(ctx, &tx, &mut input).await? {
        return Ok(known);
    }
    own(ctx, &tx, &input.media_ids).await?;
    let rules = Rules::load(&tx, ctx.moment).await?;
    let (command_id, walk) = (input.command_id, input.patrol_id);
    if let Some(walk) = walk {
        crate::patrol::actions::may_be(ctx, &tx, walk).await?;
    }
    let mut draft = draft(ctx, &tx, input).await?;
    recognise(&tx, &rules, &mut draft).await?;
    let id = draft.registration.id;
    // Whatever lies at no site is told by whoever comes upon it; a site has its community and its grid as well.
    let concerned: Vec<UnitId> = match draft.registration.site {
        Some(site) => {
            let site = yipanqi_store::site::get(&tx, site).await?;
            let units = [site.street, site.community, site.grid, site.territorial_unit, site.industry_unit];
            units.into_iter().flatten().collect()
        }
        None => ctx.actor.posts.iter().map(|post| post.unit).collect(),
    };
    if ctx.allow_right(Right::RegisterProblem, &Place::City).is_err() {
        ctx.allow_right(Right::RegisterProblem, &Place::Units(&concerned))?;
    }
    let new = prepare(ctx, &rules, draft)?;
    enter(&mut tx, &[new]).await?;
    if let Some(walk) = walk {
        yipanqi_store::patrol::link(&tx, walk, id, ctx.actor.person).await?;
    }
    ctx.answer_once(&mut tx, command_id, &id).await?;
    tx.commit().await?;
    Ok(id)
}

/// Links a problem to the closed one of which it is the return: the same site, the same criterion, closed lately.
async fn recognise(tx: &ReadTx, rules: &Rules, draft: &mut Draft) -> Result<(), Error> {
    let Some(site) = draft.registration.site else { return Ok(()) };
    let days = rules.policy.rebound_days;
    let cited =
        |facts: &Facts| facts.cited.iter().map(|cited| (cited.framework.clone(), cited.key.clone())).collect::<BTreeSet<_>>();
    let mine = cited(&draft.facts);
    let earlier = store::at_site(tx, site).await?.into_iter().filter(|earlier| {
        let mut new = draft.registration.clone();
        let same_item = earlier.problem.item.is_some() && earlier.problem.item == new.item;
        let mut known = earlier.problem.clone();
        // Both cite the same words, though one may know them only as cited.
        if same_item || !mine.is_disjoint(&cited(&earlier.facts)) {
            known.criteria.insert(MARK);
            new.criteria.insert(MARK);
        }
        problem::recurrence(&known, &new, draft.at, days) == Some(problem::Recurrence::Rebound)
    });
    if let Some(earlier) = earlier.max_by_key(|earlier| earlier.problem.closed_at) {
        draft.registration.rebound_of = Some(earlier.problem.id);
        draft.facts.rebounds = earlier.facts.rebounds + 1;
    }
    Ok(())
}

/// Stands for a criterion that both cite by its words.
const MARK: CriterionId = CriterionId::new(Uuid::nil());

async fn draft(ctx: &CityCtx, tx: &ReadTx, input: RegisterInput) -> Result<Draft, Error> {
    if input.title.trim().is_empty() {
        return Err(Error::invalid("title", "problem_title_missing"));
    }
    let external = external(&input)?;
    let mut facts = Facts {
        title: input.title.trim().to_owned(),
        description: input.description.trim().to_owned(),
        place_text: input.place_text.as_deref().unwrap_or_default().trim().to_owned(),
        particulars: crate::problem::desk::taken(input.source, &input.particulars)?,
        search: external.as_ref().map(|(_, key)| key.clone()).unwrap_or_default(),
        external,
        ..Facts::default()
    };
    let site = match input.site_id {
        Some(site) => Some(crate::site::standing_for(tx, site).await?),
        None if facts.place_text.is_empty() => return Err(Error::invalid("site_id", "problem_place_missing")),
        None => None,
    };
    if let Some(site) = &site {
        locate(&mut facts, site);
    } else if let Some((longitude, latitude)) = input.position.and_then(crate::site::views::Position::stored) {
        (facts.longitude, facts.latitude) = (Some(longitude), Some(latitude));
        place(ctx, tx, &mut facts).await?;
    }
    // What is found on a patrol without a place lies in the grid that is walked.
    let grid = ctx.actor.posts.iter().find(|post| post.role == Role::GridWorker).map(|post| post.unit);
    if let (Some(_), None, None, Some(grid)) = (input.patrol_id, facts.street, facts.community, grid) {
        within(ctx, tx, &mut facts, grid).await?;
    }
    // Whoever may not take a problem up only says it; the office takes it up.
    let files = ctx.actor.posts.iter().any(|post| post.role == Role::Office);
    let mut criteria = std::collections::BTreeSet::new();
    if let Some(item) = input.item_id {
        let items = yipanqi_store::checklist::items(tx, site.as_ref().and_then(|site| site.site_type)).await?;
        let item = items.iter().find(|known| known.id == item).ok_or_else(|| Error::invalid("item_id", "item_not_found"))?;
        for cited in &item.criteria {
            let (framework, edition, key) = (cited.framework.clone(), cited.edition, cited.citation_key.clone());
            facts.cited.push(yipanqi_store::problem::Cited { framework, edition, key, citation: cited.citation.clone() });
        }
    }
    criteria.extend(input.criterion_id);
    if let Some(cited) = match input.criterion_id {
        Some(criterion) => cite(tx, criterion).await?,
        None => None,
    } && !facts.cited.contains(&cited)
    {
        facts.cited.push(cited);
    }
    counterparts(tx, &mut criteria, &mut facts.cited).await?;
    let category = match input.category.trim() {
        "" => {
            let types = yipanqi_store::checklist::site_types(tx).await?;
            crate::problem::desk::kind_of(site.as_ref().and_then(|site| site.site_type), &types)
        }
        given => given.to_owned(),
    };
    Ok(Draft {
        registration: Registration {
            id: ProblemId::new(Uuid::now_v7()),
            source: input.source,
            site: site.map(|site| site.id),
            item: input.item_id,
            criteria,
            category: Category(category),
            urgency: input.urgency.unwrap_or(Urgency::Ordinary),
            requires_after_photo: input.requires_after_photo.unwrap_or(true),
            confidential: input.confidential,
            rebound_of: None,
            photos: input.media_ids,
        },
        facts,
        begin: if input.source.is_public() || !files { Begin::Reported } else { Begin::Filed },
        at: problem::counted_at(input.made_at, ctx.moment),
    })
}

/// Adds what cited criteria are in the other frameworks.
///
/// # Errors
/// The database's.
pub(in crate::problem) async fn counterparts(
    tx: &ReadTx,
    criteria: &mut BTreeSet<CriterionId>,
    cited: &mut Vec<yipanqi_store::problem::Cited>,
) -> Result<(), Error> {
    let citing: Vec<Citing<'_>> =
        cited.iter().map(|cited| Citing { framework: &cited.framework, edition: cited.edition, key: &cited.key }).collect();
    let own: Vec<CriterionId> = match citing.is_empty() {
        true => return Ok(()),
        false => yipanqi_store::framework::cited(tx, &citing).await?.into_values().map(|known| known.id).collect(),
    };
    Counterparts::of(tx, &own).await?.join(&own, criteria, cited);
    Ok(())
}

/// The source and the key there; a key is short and stands for one problem.
fn external(input: &RegisterInput) -> Result<Option<(String, String)>, Error> {
    let Some(key) = input.external_key.as_deref().map(str::trim).filter(|key| !key.is_empty()) else { return Ok(None) };
    if key.chars().count() > 100 {
        return Err(Error::invalid("external_key", "external_key_long"));
    }
    let source = match input.source {
        Source::OtherSystem => crate::system::origin(&input.particulars),
        Source::RoundFinding
        | Source::Covert
        | Source::GridPatrol
        | Source::Citizen
        | Source::MediaExposure
        | Source::Hotline
        | Source::Deputies
        | Source::HigherFeedback
        | Source::LeaderInstruction => {
            serde_json::to_value(input.source).map_err(Error::internal)?.as_str().unwrap_or_default().to_owned()
        }
    };
    Ok(Some((source, key.to_owned())))
}

/// Takes place and units over from the site.
pub fn locate(facts: &mut Facts, site: &yipanqi_store::site::Site) {
    facts.longitude = site.longitude;
    facts.latitude = site.latitude;
    facts.street = site.street;
    facts.community = site.community;
    facts.territorial = site.territorial_unit.or(site.street);
    facts.industry = site.industry_unit;
    facts.search = format!("{} {} {}", facts.search, site.code, site.name);
}

/// Takes the units over from the boundaries that hold the place: what lies at no site lies in somebody's grid.
///
/// # Errors
/// The database's.
pub async fn place(ctx: &CityCtx, tx: &ReadTx, facts: &mut Facts) -> Result<(), Error> {
    let (Some(longitude), Some(latitude)) = (facts.longitude, facts.latitude) else { return Ok(()) };
    let position = Position { longitude: Degrees::from_e7(longitude), latitude: Degrees::from_e7(latitude), datum: Datum::Wgs84 };
    let Some(unit) = grids::unit_at(tx, position).await? else { return Ok(()) };
    within(ctx, tx, facts, unit).await
}

/// Takes the units over from the unit that holds the place.
async fn within(ctx: &CityCtx, tx: &ReadTx, facts: &mut Facts, unit: UnitId) -> Result<(), Error> {
    let directory = yipanqi_store::unit::directory(tx).await?;
    for held in std::iter::once(unit).chain(ctx.tree.ancestors(unit)) {
        match directory.get(held).map(|unit| unit.kind) {
            Some(UnitKind::Community | UnitKind::Village) => facts.community = facts.community.or(Some(held)),
            Some(UnitKind::Street | UnitKind::Town) => facts.street = facts.street.or(Some(held)),
            Some(
                UnitKind::Leadership
                | UnitKind::Office
                | UnitKind::Department
                | UnitKind::Company
                | UnitKind::Grid
                | UnitKind::TaskForce,
            )
            | None => {}
        }
    }
    facts.territorial = facts.territorial.or(facts.street);
    Ok(())
}
