//! Failed findings become problems when a person says so, each once.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use yipanqi_domain::access::Role;
use yipanqi_domain::id::{CommandId, CriterionId, ItemId, MediaId, ProblemId, RoundId, SiteId};
use yipanqi_domain::problem::{Category, Recurrence, Registration, Source, Urgency, recurrence};
use yipanqi_domain::round::{RoundKind, VisitPurpose};
use yipanqi_store::checklist::{self, Item};
use yipanqi_store::problem::{Cited, Facts, Kept, New, ProblemFilter, ProblemSort};
use yipanqi_store::round::{self, FindingFilter, FindingRow, Round, VisitRow};
use yipanqi_store::site::Site;
use yipanqi_store::{ReadTx, problem as store};

use super::sight;
use super::views::FindingBody;
use super::visit::Meaning;
use crate::crosswalk::counterpart::Counterparts;
use crate::error::{Error, FailureBody};
use crate::problem::Rules;
use crate::problem::actions::{self, Begin, Draft};
use crate::request::{CityCtx, Json, Path};
use crate::site::views::{ItemCriterionView, ProblemBrief};
use crate::site::{Names, SiteRef, units_of};

/// Letters of an item's text that make a title where no phrase was picked.
const TITLE: usize = 40;

/// A failed finding of which no problem was made yet.
#[derive(Debug, Serialize, ToSchema)]
pub struct Proposal {
    /// The finding.
    #[schema(value_type = String)]
    pub finding_id: Uuid,
    /// The visit.
    #[schema(value_type = String)]
    pub visit_id: Uuid,
    /// What the visit was for: `assess`, or `agreement` or `late` where the same fault may have been found before.
    #[schema(value_type = String)]
    pub purpose: VisitPurpose,
    /// The site.
    pub site: SiteRef,
    /// The item.
    #[schema(value_type = String)]
    pub item_id: ItemId,
    /// The item's code.
    pub item_code: String,
    /// What was looked at.
    pub item: String,
    /// What was observed.
    pub result: FindingBody,
    /// Faults it stands for.
    pub faults: u32,
    /// The title the problem would have.
    pub title: String,
    /// The typical fault that was picked.
    pub phrase: String,
    /// What was written beside.
    pub note: String,
    /// Photographs.
    #[schema(value_type = Vec<String>)]
    pub media: Vec<MediaId>,
    /// The criteria it offends against.
    pub criteria: Vec<ItemCriterionView>,
    /// Problems of the same item at the same site that are not closed: the same matter, or a repeated fault.
    pub open_problems: Vec<ProblemBrief>,
}

/// Findings to be made problems.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Confirm {
    /// Made by the client; the same command is applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// The findings.
    #[schema(value_type = Vec<String>)]
    pub finding_ids: Vec<Uuid>,
}

/// What became of one finding.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Confirmed {
    /// The finding.
    #[schema(value_type = String)]
    pub finding_id: Uuid,
    /// The problem made of it.
    #[schema(value_type = Option<String>)]
    pub problem_id: Option<ProblemId>,
    /// Whether one was made.
    pub ok: bool,
    /// Why not.
    pub code: Option<String>,
    /// The same as a sentence.
    pub message: Option<String>,
}

/// What became of each finding.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ConfirmAnswer {
    /// In the order asked.
    pub results: Vec<Confirmed>,
}

/// An item at a site.
type Fault = (SiteId, ItemId);

/// Findings of finished visits with everything their problems are made of.
struct Failed {
    meaning: Meaning,
    names: Names,
    items: HashMap<ItemId, Item>,
    sites: HashMap<SiteId, Site>,
    visits: HashMap<Uuid, VisitRow>,
    findings: Vec<FindingRow>,
    counterparts: Counterparts,
}

impl Failed {
    /// What the person may know of: who inspects, while the round goes on, of his own visits only.
    async fn read(ctx: &CityCtx, tx: &ReadTx, round: &Round, filter: FindingFilter) -> Result<Self, Error> {
        let visits = round::visits(tx, round.id).await?.into_iter();
        let told = visits.filter(|visit| visit.finished_at.is_some() && !sight::hides(ctx, round, visit));
        let visits: HashMap<Uuid, VisitRow> = told.map(|visit| (visit.id, visit)).collect();
        let mut findings = round::findings(tx, round.id, filter).await?;
        findings.retain(|finding| visits.contains_key(&finding.visit));
        let meaning = Meaning::of(tx, round).await?;
        let items: HashMap<ItemId, Item> = checklist::items(tx, None).await?.iter().map(|item| (item.id, item.clone())).collect();
        let served: BTreeSet<CriterionId> =
            findings.iter().filter_map(|finding| items.get(&finding.item)).flat_map(|item| meaning.criteria(item)).collect();
        let counterparts = Counterparts::of(tx, &served.into_iter().collect::<Vec<_>>()).await?;
        Ok(Self {
            counterparts,
            meaning,
            names: Names::read(tx).await?,
            items,
            sites: standing_sites(tx, round).await?,
            visits,
            findings,
        })
    }

    /// The item and the site of a finding.
    fn of(&self, finding: &FindingRow) -> Option<(&Item, &Site)> {
        Some((self.items.get(&finding.item)?, self.sites.get(&self.visits.get(&finding.visit)?.site)?))
    }

    /// What the visit of a finding was for: the first look before others.
    fn purpose(&self, finding: &FindingRow) -> VisitPurpose {
        self.visits.get(&finding.visit).map(|visit| visit.purpose).unwrap_or_default()
    }

    /// The same fault, whoever saw it: the item at the site.
    fn fault(&self, finding: &FindingRow) -> Option<Fault> {
        self.of(finding).map(|(item, site)| (site.id, item.id))
    }
}

/// The sites of a round by the number under which they were visited; of one that was merged, the site that stands for it.
async fn standing_sites(tx: &ReadTx, round: &Round) -> Result<HashMap<SiteId, Site>, Error> {
    let aliases = yipanqi_store::site::aliases(tx).await?;
    let visited: Vec<Site> = round::sites(tx, round.id).await?.into_iter().map(|(_, site)| site).collect();
    let kept: Vec<SiteId> = visited.iter().filter(|site| site.duplicate_of.is_some()).map(|site| aliases.kept(site.id)).collect();
    let kept: HashMap<SiteId, Site> =
        yipanqi_store::site::get_all(tx, &kept).await?.into_iter().map(|site| (site.id, site)).collect();
    let standing = |site: Site| (site.id, kept.get(&aliases.kept(site.id)).cloned().unwrap_or(site));
    Ok(visited.into_iter().map(standing).collect())
}

fn title(finding: &FindingRow, item: &Item) -> String {
    let phrases = finding.result.phrases(&finding.phrase);
    if phrases.is_empty() { item.text.chars().take(TITLE).collect() } else { phrases }
}

/// Failed findings of finished visits of which no problem was made yet.
#[utoipa::path(get, path = "/api/rounds/{id}/proposals", tag = "rounds", params(("id" = String, Path)),
    responses((status = 200, body = Vec<Proposal>), (status = 404, body = FailureBody)))]
pub async fn proposals(ctx: CityCtx, Path(id): Path<RoundId>) -> Result<Json<Vec<Proposal>>, Error> {
    let tx = ctx.read().await?;
    let round = sight::get(&ctx, &tx, id).await?;
    let failed = Failed::read(&ctx, &tx, &round, FindingFilter::FailedWithoutProblem).await?;
    let wanted: Vec<Option<&FindingRow>> = failed.findings.iter().map(Some).collect();
    let known = known_at(&tx, &failed, &wanted).await?;
    let mut proposals: Vec<Proposal> = Vec::new();
    for finding in &failed.findings {
        let Some((item, site)) = failed.of(finding) else { continue };
        if ctx.allow(&units_of(site)).is_err() {
            continue;
        }
        let Some(verdict) = failed.meaning.verdict(item, &finding.result).filter(|verdict| !verdict.pass) else { continue };
        let criteria = item.criteria.iter().map(|link| ItemCriterionView {
            framework: link.framework.clone(),
            edition_id: link.edition,
            edition: None,
            citation: link.citation.clone(),
            criterion_id: failed.meaning.criterion(link),
        });
        proposals.push(Proposal {
            finding_id: finding.id,
            visit_id: finding.visit,
            purpose: failed.purpose(finding),
            site: failed.names.site(site),
            item_id: item.id,
            item_code: item.code.clone(),
            item: item.text.clone(),
            result: finding.result.clone().into(),
            faults: verdict.faults,
            title: title(finding, item),
            phrase: finding.phrase.clone(),
            note: finding.note.clone(),
            media: finding.media.clone(),
            criteria: criteria.collect(),
            open_problems: (known.get(&site.id).into_iter().flatten())
                .filter(|kept| kept.problem.item == Some(item.id) && kept.problem.state.is_open())
                .map(|kept| failed.names.problem(kept))
                .collect(),
        });
    }
    proposals.sort_by(|left, right| {
        (&left.site.code, &left.item_code, left.purpose).cmp(&(&right.site.code, &right.item_code, right.purpose))
    });
    Ok(Json(proposals))
}

/// Make problems of failed findings; each succeeds or is refused for itself.
#[utoipa::path(post, path = "/api/rounds/{id}/confirm", tag = "rounds", params(("id" = String, Path)), request_body = Confirm,
    responses((status = 200, body = ConfirmAnswer), (status = 404, body = FailureBody), (status = 409, body = FailureBody)))]
pub async fn confirm(ctx: CityCtx, Path(id): Path<RoundId>, Json(input): Json<Confirm>) -> Result<Json<ConfirmAnswer>, Error> {
    Ok(Json(register(&ctx, id, &input).await?))
}

/// Makes problems of failed findings: filed by the office, only reported by others. Findings of one item at one site, such as
/// those of a second visit, become one problem with the photographs of all, also where the others were confirmed before.
///
/// # Errors
/// `round_not_found`, `round_hidden` for a covert round that is not released, or the database's.
pub async fn register(ctx: &CityCtx, id: RoundId, input: &Confirm) -> Result<ConfirmAnswer, Error> {
    let mut tx = ctx.write().await?;
    if let Some(before) = ctx.once(&mut tx, input.command_id, &(id, input)).await? {
        return Ok(before);
    }
    let round = sight::get(ctx, &tx, id).await?;
    if !round.visible() {
        return Err(Error::new("round_hidden"));
    }
    let failed = Failed::read(ctx, &tx, &round, FindingFilter::All).await?;
    let by_id: HashMap<Uuid, &FindingRow> = failed.findings.iter().map(|finding| (finding.id, finding)).collect();
    let wanted: Vec<Option<&FindingRow>> = input.finding_ids.iter().map(|id| by_id.get(id).copied()).collect();
    let rules = Rules::load(&tx, ctx.moment).await?;
    let known = known_at(&tx, &failed, &wanted).await?;
    let mut problems = problems_of(&round, &known);
    let earlier = as_rules_see(known);
    let (mut results, mut made, mut links): (Vec<Confirmed>, Vec<New>, Vec<(Uuid, ProblemId)>) = Default::default();
    let mut seen = BTreeSet::new();
    // The first look at a site makes the problem, whatever comes first in the list.
    let mut order: Vec<(&Uuid, Option<&FindingRow>)> = input.finding_ids.iter().zip(wanted).collect();
    order.sort_by_key(|(_, finding)| finding.map(|finding| failed.purpose(finding)));
    let mut photos: BTreeMap<Fault, Vec<MediaId>> = BTreeMap::new();
    for finding in order.iter().filter_map(|(_, finding)| *finding) {
        let Some(fault) = failed.fault(finding) else { continue };
        let all = photos.entry(fault).or_default();
        all.extend(finding.media.iter().filter(|photo| !all.contains(photo)).copied().collect::<Vec<_>>());
    }
    for (finding_id, finding) in order {
        let prepared = match finding {
            Some(finding) if seen.insert(*finding_id) => {
                let fault = failed.fault(finding);
                let known = fault.and_then(|fault| problems.get(&fault)).copied();
                let photos = fault.and_then(|fault| photos.get(&fault)).cloned().unwrap_or_default();
                prepare(ctx, &rules, &round, &failed, &earlier, finding, photos).map(|new| {
                    known.unwrap_or_else(|| {
                        let problem = new.problem.id;
                        problems.extend(fault.map(|fault| (fault, problem)));
                        made.push(new);
                        problem
                    })
                })
            }
            Some(_) => Err(Error::new("finding_has_problem")),
            None => Err(Error::new("finding_not_found")),
        };
        results.push(match prepared {
            Ok(problem_id) => {
                links.push((*finding_id, problem_id));
                Confirmed { finding_id: *finding_id, problem_id: Some(problem_id), ok: true, code: None, message: None }
            }
            Err(error) if error.status().is_server_error() => return Err(error),
            Err(error) => Confirmed {
                finding_id: *finding_id,
                problem_id: None,
                ok: false,
                code: Some(error.code().to_owned()),
                message: Some(error.message(ctx.lang)),
            },
        });
    }
    let place = |of: &Confirmed| input.finding_ids.iter().position(|id| *id == of.finding_id);
    results.sort_by_key(place);
    actions::enter(&mut tx, &made).await?;
    round::link_problems(&tx, &links).await?;
    let answer = ConfirmAnswer { results };
    ctx.answer_once(&mut tx, input.command_id, &answer).await?;
    tx.commit().await?;
    Ok(answer)
}

/// The same by site, as the rules see them.
fn as_rules_see(known: BTreeMap<SiteId, Vec<Kept>>) -> BTreeMap<SiteId, Vec<yipanqi_domain::problem::Problem>> {
    known.into_iter().map(|(site, kept)| (site, kept.into_iter().map(|one| one.problem).collect())).collect()
}

/// The open problems that were made of this round's findings, by what they are about.
fn problems_of(round: &Round, known: &BTreeMap<SiteId, Vec<Kept>>) -> BTreeMap<Fault, ProblemId> {
    let of_round = known.iter().flat_map(|(site, kept)| kept.iter().map(move |kept| (*site, kept)));
    of_round
        .filter(|(_, kept)| kept.facts.round == Some(round.id.uuid()) && kept.problem.state.is_open())
        .filter_map(|(site, kept)| Some(((site, kept.problem.item?), kept.problem.id)))
        .collect()
}

/// Problems known at the sites of these findings, by site.
async fn known_at(tx: &ReadTx, failed: &Failed, wanted: &[Option<&FindingRow>]) -> Result<BTreeMap<SiteId, Vec<Kept>>, Error> {
    let sites: BTreeSet<SiteId> = wanted.iter().flatten().filter_map(|finding| Some(failed.of(finding)?.1.id)).collect();
    let mut earlier: BTreeMap<SiteId, Vec<_>> = BTreeMap::new();
    for chunk in sites.into_iter().collect::<Vec<_>>().chunks(500) {
        let filter = ProblemFilter { sites: chunk.to_vec(), ..ProblemFilter::default() };
        for kept in store::list(tx, &filter, ProblemSort::default(), 0, u64::from(u32::MAX)).await? {
            if let Some(site) = kept.problem.site {
                earlier.entry(site).or_default().push(kept);
            }
        }
    }
    Ok(earlier)
}

fn prepare(
    ctx: &CityCtx,
    rules: &Rules,
    round: &Round,
    failed: &Failed,
    earlier: &BTreeMap<SiteId, Vec<yipanqi_domain::problem::Problem>>,
    finding: &FindingRow,
    photos: Vec<MediaId>,
) -> Result<New, Error> {
    let (item, site) = failed.of(finding).ok_or_else(|| Error::new("finding_not_found"))?;
    ctx.allow(&units_of(site))?;
    if finding.problem.is_some() {
        return Err(Error::new("finding_has_problem"));
    }
    if failed.meaning.verdict(item, &finding.result).is_none_or(|verdict| verdict.pass) {
        return Err(Error::new("finding_not_failed"));
    }
    let cited = |link: &checklist::ItemCriterion| Cited {
        framework: link.framework.clone(),
        edition: link.edition,
        key: link.citation_key.clone(),
        citation: link.citation.clone(),
    };
    let mut facts = Facts {
        title: title(finding, item),
        description: if finding.note.is_empty() { item.text.clone() } else { finding.note.clone() },
        round: Some(round.id.uuid()),
        visit: Some(finding.visit),
        finding: Some(finding.id),
        cited: item.criteria.iter().map(cited).collect(),
        ..Facts::default()
    };
    actions::locate(&mut facts, site);
    let served = failed.meaning.criteria(item);
    let mut criteria: BTreeSet<CriterionId> = served.iter().copied().collect();
    failed.counterparts.join(&served, &mut criteria, &mut facts.cited);
    let mut registration = Registration {
        id: ProblemId::new(Uuid::now_v7()),
        source: if round.kind == RoundKind::Covert { Source::Covert } else { Source::RoundFinding },
        site: Some(site.id),
        item: Some(item.id),
        criteria,
        category: Category(failed.names.type_ref(site).group),
        urgency: Urgency::Ordinary,
        requires_after_photo: item.photo_on_failure,
        confidential: false,
        rebound_of: None,
        photos,
    };
    let came_back = |problem: &&yipanqi_domain::problem::Problem| {
        recurrence(problem, &registration, ctx.moment, rules.policy.rebound_days) == Some(Recurrence::Rebound)
    };
    let back = earlier.get(&site.id).and_then(|problems| problems.iter().filter(came_back).max_by_key(|known| known.closed_at));
    registration.rebound_of = back.map(|problem| problem.id);
    let begin = if ctx.actor.posts.iter().any(|post| post.role == Role::Office) { Begin::Filed } else { Begin::Reported };
    actions::prepare(ctx, rules, Draft { registration, facts, begin, at: ctx.moment })
}
