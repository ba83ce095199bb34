//! How far inspectors agree on sites that were visited twice without their knowing, and what is odd about visits.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use yipanqi_domain::id::{ItemId, MediaId, PersonId, RoundId};
use yipanqi_domain::round::VisitPurpose;
use yipanqi_domain::round::agreement::{Agreement, Course, Oddity, oddities};
use yipanqi_store::checklist;
use yipanqi_store::round::{self, FindingFilter, FindingRow, VisitRow};

use super::handlers::people;
use super::sight;
use super::visit::Meaning;
use crate::error::{Error, FailureBody};
use crate::figure::Figure;
use crate::request::{CityCtx, Json, Path};
use crate::session::PersonRef;
use crate::site::{Names, SiteRef};

/// How far two visits agree.
#[derive(Debug, Serialize, ToSchema)]
pub struct AgreementView {
    /// Items judged twice.
    pub pairs: u32,
    /// Items judged alike.
    pub same: u32,
    /// Cohen's kappa; none where chance explains everything.
    pub kappa: Option<Figure>,
}

impl From<Agreement> for AgreementView {
    fn from(agreement: Agreement) -> Self {
        Self { pairs: agreement.pairs(), same: agreement.same(), kappa: agreement.kappa().map(|kappa| Figure::of(&kappa, 2)) }
    }
}

/// Agreement on one item.
#[derive(Debug, Serialize, ToSchema)]
pub struct ItemAgreement {
    /// The item.
    #[schema(value_type = String)]
    pub item_id: ItemId,
    /// Its code.
    pub code: String,
    /// What is looked at.
    pub text: String,
    /// How far.
    pub agreement: AgreementView,
}

/// Agreement of one inspector with the others.
#[derive(Debug, Serialize, ToSchema)]
pub struct InspectorAgreement {
    /// Who.
    pub inspector: PersonRef,
    /// How far.
    pub agreement: AgreementView,
}

/// A visit that should be looked at.
#[derive(Debug, Serialize, ToSchema)]
pub struct OddVisit {
    /// The visit.
    #[schema(value_type = String)]
    pub visit_id: Uuid,
    /// Its site.
    pub site: SiteRef,
    /// Whose.
    pub inspector: Option<PersonRef>,
    /// From its beginning to its end, in seconds.
    pub seconds: i64,
    /// `never_a_fault`, `short`, `same_photograph`.
    #[schema(value_type = Vec<String>)]
    pub oddities: Vec<Oddity>,
}

/// Agreement and oddities of a round.
#[derive(Debug, Serialize, ToSchema)]
pub struct QualityView {
    /// All items judged twice.
    pub agreement: AgreementView,
    /// By item.
    pub items: Vec<ItemAgreement>,
    /// By inspector.
    pub inspectors: Vec<InspectorAgreement>,
    /// Visits that should be looked at; no verdicts.
    pub odd: Vec<OddVisit>,
}

/// How far inspectors agree, and which visits should be looked at.
#[utoipa::path(get, path = "/api/rounds/{id}/agreement", tag = "rounds", params(("id" = String, Path)),
    responses((status = 200, body = QualityView), (status = 404, body = FailureBody)))]
pub async fn show(ctx: CityCtx, Path(id): Path<RoundId>) -> Result<Json<QualityView>, Error> {
    let tx = ctx.read().await?;
    let round = sight::get(&ctx, &tx, id).await?;
    let meaning = Meaning::of(&tx, &round).await?;
    let items: HashMap<_, _> = checklist::items(&tx, None).await?.iter().map(|item| (item.id, item.clone())).collect();
    let visits: Vec<VisitRow> = round::visits(&tx, id).await?.into_iter().filter(|visit| visit.finished_at.is_some()).collect();
    let mut by_visit: HashMap<Uuid, Vec<FindingRow>> = HashMap::new();
    for finding in round::findings(&tx, id, FindingFilter::All).await? {
        by_visit.entry(finding.visit).or_default().push(finding);
    }
    let passes = |visit: &VisitRow| -> BTreeMap<ItemId, bool> {
        let findings = by_visit.get(&visit.id).into_iter().flatten();
        findings
            .filter_map(|finding| Some((finding.item, meaning.verdict(items.get(&finding.item)?, &finding.result)?.pass)))
            .collect()
    };
    let mut all = Agreement::default();
    let mut of_item: BTreeMap<ItemId, Agreement> = BTreeMap::new();
    let mut of_person: BTreeMap<PersonId, Agreement> = BTreeMap::new();
    for second in visits.iter().filter(|visit| visit.purpose == VisitPurpose::Agreement) {
        let first = visits.iter().find(|visit| visit.site == second.site && visit.purpose == VisitPurpose::Assess);
        let Some(first) = first else { continue };
        let (mine, theirs) = (passes(first), passes(second));
        for (item, one) in &mine {
            let Some(other) = theirs.get(item) else { continue };
            all = all.and(*one, *other);
            let slot = of_item.entry(*item).or_default();
            *slot = slot.and(*one, *other);
            for person in [first.inspector, second.inspector].into_iter().flatten() {
                let slot = of_person.entry(person).or_default();
                *slot = slot.and(*one, *other);
            }
        }
    }
    let people = people(&tx).await?;
    let names = Names::read(&tx).await?;
    let mut uses: HashMap<MediaId, u32> = HashMap::new();
    for media in by_visit.values().flatten().flat_map(|finding| &finding.media) {
        *uses.entry(*media).or_default() += 1;
    }
    let sites: HashMap<_, _> = round::sites(&tx, id).await?.into_iter().map(|(_, site)| (site.id, site)).collect();
    let mut odd = Vec::new();
    for visit in &visits {
        let findings = by_visit.get(&visit.id).map(Vec::as_slice).unwrap_or_default();
        let verdicts = findings.iter().filter_map(|finding| meaning.verdict(items.get(&finding.item)?, &finding.result));
        let (judged, faults) = verdicts.fold((0, 0), |(judged, faults), verdict| (judged + 1, faults + verdict.faults));
        let ended = visit.ended().unwrap_or(visit.begun());
        let course = Course {
            judged,
            faults,
            seconds: (ended.utc() - visit.begun().utc()).num_seconds(),
            shared_photograph: findings
                .iter()
                .flat_map(|finding| &finding.media)
                .any(|media| uses.get(media).is_some_and(|uses| *uses > 1)),
        };
        let found: Vec<Oddity> = oddities(&course).into_iter().collect();
        if let (false, Some(site)) = (found.is_empty(), sites.get(&visit.site)) {
            let inspector = visit.inspector.and_then(|person| people.get(&person).cloned());
            odd.push(OddVisit {
                visit_id: visit.id,
                site: names.site(site),
                inspector,
                seconds: course.seconds,
                oddities: found,
            });
        }
    }
    Ok(Json(QualityView {
        agreement: all.into(),
        items: (of_item.into_iter())
            .filter_map(|(id, agreement)| {
                let item = items.get(&id)?;
                Some(ItemAgreement { item_id: id, code: item.code.clone(), text: item.text.clone(), agreement: agreement.into() })
            })
            .collect(),
        inspectors: (of_person.into_iter())
            .filter_map(|(id, agreement)| {
                Some(InspectorAgreement { inspector: people.get(&id)?.clone(), agreement: agreement.into() })
            })
            .collect(),
        odd,
    }))
}
