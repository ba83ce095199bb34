//! One search over everything that has a page, within what the reader may see.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;
use yipanqi_domain::access::{Place, Reach, Right};
use yipanqi_domain::id::ProblemId;
use yipanqi_store::problem::{Kept, ProblemFilter};
use yipanqi_store::site::{SiteFilter, SiteSort};
use yipanqi_store::slip::SlipFilter;
use yipanqi_store::task::{TaskFilter, TaskSort};
use yipanqi_store::{search as store, site, slip, task, unit};

use crate::error::{Error, FailureBody};
use crate::request::{CityCtx, Json, Query};
use crate::rights::{Access, Routes};
use crate::task::views::text_number;

/// Things shown of each kind.
const EACH: usize = 6;
/// Problems of which slips are looked for.
const DEEP: u64 = 40;

/// The route.
#[must_use]
pub fn routes() -> Routes {
    Routes::default().route(Access::Member, routes!(search))
}

/// What is looked for.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SearchQuery {
    /// Two characters or more; several words narrow it down.
    pub q: String,
}

/// Something that was found.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Hit {
    /// `problem`, `slip`, `site`, `task`, `criterion`, `unit`, `person`.
    pub kind: &'static str,
    /// Its name.
    pub title: String,
    /// What tells it from others of the same name.
    pub detail: String,
    /// Its page.
    pub link: String,
}

/// Find problems, slips, sites, tasks, criteria, units and people.
#[utoipa::path(get, path = "/api/search", tag = "search", params(SearchQuery),
    responses((status = 200, body = Vec<Hit>), (status = 422, body = FailureBody)))]
pub async fn search(ctx: CityCtx, Query(query): Query<SearchQuery>) -> Result<Json<Vec<Hit>>, Error> {
    let text = query.q.trim().to_lowercase();
    let words: Vec<&str> = text.split_whitespace().filter(|word| word.chars().count() >= 2).collect();
    if words.is_empty() {
        return Err(Error::new("search_too_short"));
    }
    let joined = words.join(" ");
    let holds = |text: &str| {
        let text = text.to_lowercase();
        words.iter().all(|word| text.contains(word))
    };
    let tx = ctx.read().await?;
    let mut hits = Vec::new();
    let mut found = Vec::new();
    if let Some(reach) = reach(&ctx, Right::ViewProblem) {
        let filter = ProblemFilter { reach, ..ProblemFilter::default() };
        found = store::problems(&tx, &joined, &filter, DEEP).await?;
        hits.extend(found.iter().take(EACH).map(problem));
    }
    if let Some(reach) = reach(&ctx, Right::ViewSlip) {
        let filter = SlipFilter { number: number(&text), reach: reach.clone(), ..SlipFilter::default() };
        let mut slips = match filter.number {
            Some(_) => slip::list(&tx, &filter, 0, EACH as u64).await?.0,
            None => Vec::new(),
        };
        let problems: Vec<ProblemId> = found.iter().map(|kept| kept.problem.id).collect();
        if !problems.is_empty() {
            let filter = SlipFilter { problems, reach, ..SlipFilter::default() };
            slips.extend(slip::list(&tx, &filter, 0, EACH as u64).await?.0);
        }
        slips.truncate(EACH);
        let about: Vec<ProblemId> = slips.iter().map(|kept| kept.slip.occasion.problem).collect();
        let about = yipanqi_store::problem::get_all(&tx, &about).await?;
        for kept in slips {
            let number = kept.slip.number.map(|number| number.to_string()).unwrap_or_default();
            let subject = about.iter().find(|about| about.problem.id == kept.slip.occasion.problem);
            let detail = subject.map(|about| about.facts.title.clone()).unwrap_or_default();
            hits.push(Hit { kind: "slip", title: number, detail, link: format!("/slips/{}", kept.slip.id) });
        }
    }
    if let Some(reach) = reach(&ctx, Right::ViewSites) {
        let filter = SiteFilter { text: joined.clone(), reach, ..SiteFilter::default() };
        for site in site::list(&tx, &filter, SiteSort::default(), 0, EACH as u64).await?.0 {
            let link = format!("/sites/{}", site.id);
            hits.push(Hit { kind: "site", title: site.name, detail: site.code, link });
        }
    }
    if let Some(reach) = reach(&ctx, Right::ViewTask) {
        // Whoever is in charge of a task finds it whatever the reach, as in the list.
        let filter = TaskFilter { text: joined.clone(), reach, own: Some(ctx.actor.person), ..TaskFilter::default() };
        for kept in task::list(&tx, &filter, TaskSort::default(), 0, EACH as u64).await? {
            let (title, link) = (kept.task.title, format!("/tasks/{}", kept.task.id));
            hits.push(Hit { kind: "task", title, detail: text_number(kept.number), link });
        }
    }
    if ctx.reach_of(Right::ViewFramework) != Reach::Nothing {
        let found = store::criteria(&tx, &words, EACH as u64).await?;
        hits.extend(found.into_iter().map(|found| Hit {
            kind: "criterion",
            title: found.title,
            detail: format!("{} {}", found.edition_name, found.number).trim().to_owned(),
            link: format!("/frameworks/{}?node={}", found.edition, found.id),
        }));
    }
    let directory = unit::directory(&tx).await?;
    if ctx.reach_of(Right::ViewUnits) != Reach::Nothing {
        let units = directory
            .units()
            .iter()
            .filter(|unit| holds(&format!("{} {}", unit.name, unit.short_name.clone().unwrap_or_default())));
        hits.extend(units.take(EACH).map(|unit| Hit {
            kind: "unit",
            title: unit.name.clone(),
            detail: unit.code.clone(),
            link: format!("/units/{}", unit.id),
        }));
        let posts = unit::posts(&tx, None, ctx.today()).await?;
        for person in unit::persons(&tx).await?.into_iter().filter(|person| holds(&person.name)).take(EACH) {
            let Some(post) = posts.iter().find(|post| post.person == person.id) else { continue };
            if ctx.allow_right(Right::ViewUnits, &Place::Units(&[post.unit])).is_err() {
                continue;
            }
            let unit = directory.get(post.unit).map(|unit| unit.name.clone()).unwrap_or_default();
            hits.push(Hit { kind: "person", title: person.name, detail: unit, link: format!("/units/{}", post.unit) });
        }
    }
    Ok(Json(hits))
}

/// What a list may show; none: nothing.
fn reach(ctx: &CityCtx, right: Right) -> Option<Option<std::collections::BTreeSet<yipanqi_domain::id::UnitId>>> {
    match ctx.reach_of(right) {
        Reach::Nothing => None,
        Reach::Everything => Some(None),
        Reach::Units(units) => Some(Some(units)),
    }
}

fn problem(kept: &Kept) -> Hit {
    let detail = [kept.facts.place_text.as_str(), kept.problem.category.0.as_str()];
    let detail: Vec<&str> = detail.into_iter().filter(|text| !text.is_empty()).collect();
    Hit {
        kind: "problem",
        title: kept.facts.title.clone(),
        detail: format!("{:05} {}", kept.number, detail.join(" ")),
        link: format!("/problems/{}", kept.problem.id),
    }
}

/// The number in a text like 〔2026〕37号, 37号 or 37.
fn number(text: &str) -> Option<u32> {
    let behind = text.rsplit('〕').next().unwrap_or(text);
    let digits: String = behind.chars().filter(char::is_ascii_digit).collect();
    let plain = behind.chars().all(|letter| letter.is_ascii_digit() || letter == '号');
    digits.parse().ok().filter(|_| plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_found_by_its_number_however_it_is_written() {
        assert_eq!(number("〔2026〕37号"), Some(37));
        assert_eq!(number("37号"), Some(37));
        assert_eq!(number("12345热线"), None);
        assert_eq!(number("垃圾"), None);
    }
}
