//! A slip as a letter: the same page as docx and as pdf.

use axum::extract::State;
use axum::http::{HeaderName, header};
use axum::response::IntoResponse;
use yipanqi_domain::id::SlipId;
use yipanqi_domain::slip::page::{SlipFact, SlipPage};
use yipanqi_domain::slip::{SlipColour, Trigger};
use yipanqi_store::{problem, setting, unit};

use super::actions;
use crate::app::App;
use crate::error::{Error, FailureBody};
use crate::problem::Rules;
use crate::problem::views::{Names, ProblemRow};
use crate::request::{CityCtx, Lang, Path};
use crate::words::word;

/// The key under which a city keeps how its letters are headed.
pub const LETTERHEAD: &str = "letterhead";

/// How a city's letters are headed.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct Letterhead {
    /// The office in full.
    pub office: String,
    /// The office in short: who prints.
    pub printed_by: String,
    /// The sign before the number.
    pub series: String,
    /// Who receives a copy.
    pub copies: Vec<String>,
}

/// The page of a slip. Letters are Chinese, whatever language the console speaks.
async fn page(app: &App, ctx: &CityCtx, id: SlipId) -> Result<SlipPage, Error> {
    let city = app.store().cities().await?.into_iter().find(|city| city.slug == *ctx.city.slug()).map(|city| city.name);
    let city = city.unwrap_or_default();
    let tx = ctx.read().await?;
    let rules = Rules::load(&tx, ctx.moment).await?;
    let kept = actions::visible(ctx, &tx, id).await?;
    let slip = &kept.slip;
    let subject = problem::get(&tx, slip.occasion.problem).await?;
    let names = Names::load(&tx, std::slice::from_ref(&subject)).await?;
    let row = ProblemRow::of(&subject, &names, &rules.calendar, ctx.moment);
    let local = |moment: Option<yipanqi_domain::moment::Moment>| {
        moment.map(|moment| rules.calendar.local(moment).format("%Y年%-m月%-d日%-H时%M分").to_string()).unwrap_or_default()
    };
    let letterhead = match setting::get(&tx, LETTERHEAD).await? {
        Some(letterhead) => letterhead,
        None => {
            let offices = unit::directory(&tx).await?;
            let office = rules.creation_offices.first().and_then(|office| offices.get(*office));
            Letterhead {
                office: office.map_or_else(|| city.clone(), |office| office.name.clone()),
                printed_by: office.and_then(|office| office.short_name.clone()).unwrap_or_else(|| city.clone()),
                series: "督".to_owned(),
                copies: Vec::new(),
            }
        }
    };
    let source = serde_json::to_value(row.source).unwrap_or_default();
    let place = row.site.as_ref().map_or(row.place_text.clone(), |site| format!("{}（{}）", site.name, site.site_type));
    let cited: Vec<&str> = row.citations.iter().map(|cited| cited.citation.as_str()).collect();
    let fact = |label: &str, value: String| SlipFact { label: label.to_owned(), value };
    let stage = slip.occasion.stage().and_then(|place| subject.problem.stages.get(place));
    let facts = [
        fact("编号", row.text_number.clone()),
        fact("来源", word("source", source.as_str().unwrap_or_default(), Lang::Zh).to_owned()),
        fact("点位", place),
        fact("测评标准", cited.join("、")),
        fact("交办时间", local(subject.problem.assigned_at)),
        fact("整改期限", local(subject.problem.due.moment())),
        fact("阶段期限", stage.map(|stage| format!("{}：{}", stage.name, local(stage.due.moment()))).unwrap_or_default()),
        fact("问题", format!("{}。{}", row.title, subject.facts.description).trim_end_matches('。').to_owned()),
    ];
    let unit = names.unit(Some(slip.unit));
    let reply_until = local(slip.reply_due.moment());
    let grounds: Option<Trigger> = serde_json::from_value(kept.grounds.clone()).unwrap_or_default();
    let said = kept.grounds["wording"].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let direct =
        kept.grounds["reason"].as_str().map(|reason| format!("{}，现对下列问题予以督办：", reason.trim_end_matches('。')));
    let copies: Vec<String> = serde_json::from_value(kept.grounds["copies"].clone()).unwrap_or_default();
    let next = match slip.colour {
        SlipColour::White => "逾期仍未整改到位的，将按规定升级督办。",
        SlipColour::Yellow => "逾期仍未整改到位的，将发出红色督办单。",
        SlipColour::Red => "逾期仍未整改到位的，将按规定移送问责线索。",
    };
    Ok(SlipPage {
        city,
        office: letterhead.office,
        printed_by: letterhead.printed_by,
        colour: slip.colour,
        series: letterhead.series,
        number: slip.number,
        addressee: unit.as_ref().map(|unit| unit.name.clone()).unwrap_or_default(),
        subject: format!("关于限期整改“{}”问题的督办单", row.title),
        paragraphs: vec![said.or(direct).unwrap_or_else(|| grounds_sentence(grounds, stage.map(|stage| stage.name.as_str())))],
        facts: facts.into_iter().filter(|fact| !fact.value.is_empty()).collect(),
        demand: format!("请立即组织整改，并于{reply_until}前书面回复整改情况，附整改前后照片。{next}"),
        reply_until,
        attachments: Vec::new(),
        signer: slip.issued_at.map(|_| kept.signer.clone()),
        issued_on: slip.issued_at.map(|moment| rules.calendar.local(moment).date_naive()),
        copies: if copies.is_empty() { letterhead.copies } else { copies },
    })
}

fn grounds_sentence(grounds: Option<Trigger>, stage: Option<&str>) -> String {
    let unit = "你单位";
    match grounds {
        Some(Trigger::Overdue { working_days }) => match stage {
            Some(stage) => format!("{unit}承办的下列问题“{stage}”阶段超过期限已满{working_days}个工作日仍未完成，现予督办："),
            None => format!("{unit}承办的下列问题超过整改期限已满{working_days}个工作日仍未整改到位，现予督办："),
        },
        Some(Trigger::PreviousExpired) => format!("{unit}承办的下列问题在上一督办单回复期限届满后仍未整改到位，现予督办："),
        Some(Trigger::ReplyNotAccepted) => format!("{unit}对上一督办单的回复未予认可，下列问题仍须整改，现予督办："),
        Some(Trigger::Rework { times }) => format!("{unit}承办的下列问题已退回返工{times}次，现予督办："),
        Some(Trigger::Rebound { times }) => format!("下列问题整改后反弹{times}次，现予督办："),
        Some(Trigger::Exposure) => format!("{unit}承办的下列问题经媒体曝光，现予督办："),
        Some(Trigger::DueWithin { .. }) | None => format!("{unit}承办的下列问题须限期整改，现予督办："),
    }
}

fn file(kind: &'static str, name: &str, bytes: Vec<u8>) -> impl IntoResponse + use<> {
    let headers: [(HeaderName, String); 2] =
        [(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\""))];
    (headers, bytes)
}

fn name(page: &SlipPage, ending: &str) -> String {
    page.number
        .map_or_else(|| format!("slip-draft.{ending}"), |number| format!("slip-{}-{:03}.{ending}", number.year, number.number))
}

/// A slip as docx.
#[utoipa::path(get, path = "/api/slips/{id}/document.docx", tag = "slip", params(("id" = String, Path)),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    (status = 404, body = FailureBody)))]
pub async fn docx(State(app): State<App>, ctx: CityCtx, Path(id): Path<SlipId>) -> Result<impl IntoResponse, Error> {
    let page = page(&app, &ctx, id).await?;
    let bytes = yipanqi_documents::slip::docx(&page).map_err(Error::internal)?;
    let kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
    Ok(file(kind, &name(&page, "docx"), bytes))
}

/// A slip as pdf.
#[utoipa::path(get, path = "/api/slips/{id}/document.pdf", tag = "slip", params(("id" = String, Path)),
    responses((status = 200, content_type = "application/pdf"), (status = 404, body = FailureBody)))]
pub async fn pdf(State(app): State<App>, ctx: CityCtx, Path(id): Path<SlipId>) -> Result<impl IntoResponse, Error> {
    let page = page(&app, &ctx, id).await?;
    let bytes = tokio::task::spawn_blocking({
        let page = page.clone();
        move || set(&page)
    })
    .await
    .map_err(Error::internal)??;
    Ok(file("application/pdf", &name(&page, "pdf"), bytes))
}

/// Fonts are searched once in the life of the process.
#[cfg(feature = "pdf")]
static TYPESETTER: std::sync::OnceLock<Result<yipanqi_pdf::Typesetter, String>> = std::sync::OnceLock::new();

#[cfg(feature = "pdf")]
fn set(page: &SlipPage) -> Result<Vec<u8>, Error> {
    let typesetter = TYPESETTER.get_or_init(|| yipanqi_pdf::Typesetter::new(&[]).map_err(|error| error.to_string()));
    let typesetter = typesetter.as_ref().map_err(Error::internal)?;
    let rendered = typesetter.slip(page).map_err(Error::internal)?;
    for warning in &rendered.warnings {
        tracing::warn!(%warning, "setting a slip");
    }
    Ok(rendered.pdf)
}

#[cfg(not(feature = "pdf"))]
fn set(_: &SlipPage) -> Result<Vec<u8>, Error> {
    Err(Error::new("pdf_not_built"))
}
