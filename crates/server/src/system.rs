//! Other systems 外部系统: problems that come in over the interface by a token, each once under the system's own number.
//!
//! A token is opened by a person and works in that person's name and with that person's posts. Whatever is registered by one
//! is of the source `other_system`, whatever the body says, and the system is called as its token is.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;
use uuid::Uuid;
use yipanqi_domain::access::Right;
use yipanqi_domain::id::{CommandId, MediaId, ProblemId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::problem::{Command, Source, State, Urgency};
use yipanqi_store::problem::Kept;
use yipanqi_store::{ReadTx, problem as store, site, unit};

use crate::error::{Error, FailureBody};
use crate::problem::views::RegisterInput;
use crate::problem::{Rules, actions, views};
use crate::request::{CityCtx, Json, Path};
use crate::rights::Routes;
use crate::site::views::Position;

/// The particular that names the system.
const SYSTEM: &str = "system";
/// The particular that holds its own number.
const NUMBER: &str = "system_number";

/// The routes of the noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::default().route(Right::RegisterProblem, routes!(register)).route(Right::ViewProblem, routes!(show))
}

/// Under which name numbers of the system that the particulars name are kept apart from those of others.
#[must_use]
pub fn origin(particulars: &BTreeMap<String, String>) -> String {
    format!("other_system:{}", particulars.get(SYSTEM).map(|name| name.trim()).unwrap_or_default())
}

/// Makes a registration by a token one of its system, and tells which problem it is if the system has told of it before. The
/// number and the key of another system are the same thing, whichever of them is given.
///
/// # Errors
/// `external_key_missing`, and the database's.
pub(crate) async fn recognise(ctx: &CityCtx, tx: &ReadTx, input: &mut RegisterInput) -> Result<Option<ProblemId>, Error> {
    if let Some(system) = &ctx.system {
        input.source = Source::OtherSystem;
        input.particulars.insert(SYSTEM.to_owned(), system.clone());
    }
    if input.source != Source::OtherSystem {
        return Ok(None);
    }
    let said = |text: Option<&String>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let number = said(input.external_key.as_ref()).or_else(|| said(input.particulars.get(NUMBER)));
    if let Some(number) = &number {
        input.particulars.insert(NUMBER.to_owned(), number.clone());
    }
    input.external_key = number;
    match (&ctx.system, &input.external_key) {
        (Some(_), Some(number)) => found(tx, &origin(&input.particulars), number).await,
        (Some(_), None) => Err(Error::invalid("external_key", "external_key_missing")),
        (None, _) => Ok(None),
    }
}

/// A problem as another system tells of it.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct SystemProblemInput {
    /// The system's own number, at most 100 characters; the same number is registered once.
    pub number: String,
    /// A few words.
    pub title: String,
    /// What was seen.
    #[serde(default)]
    pub description: String,
    /// Its kind; left out, the one that follows from the site.
    #[serde(default)]
    pub category: String,
    /// `ordinary`, `urgent` or `immediate`; ordinary if left out.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub urgency: Option<Urgency>,
    /// The code of the registered site, if it lies at one.
    #[serde(default)]
    pub site_code: Option<String>,
    /// The place in words; required without a site.
    #[serde(default)]
    pub place_text: Option<String>,
    /// Where it lies.
    #[serde(default)]
    pub position: Option<Position>,
    /// The address of its page in the other system.
    #[serde(default)]
    pub link: Option<String>,
    /// Photographs sent before with the same token.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub media_ids: Vec<MediaId>,
}

/// What has become of a problem that another system told of. Of a confidential one only its numbers and its state are told.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SystemProblemView {
    /// The system's own number.
    pub number: String,
    /// Identity here.
    #[schema(value_type = String)]
    pub id: ProblemId,
    /// The number here, `WT-2026-01187`.
    pub text_number: String,
    /// Where it stands.
    #[schema(value_type = String)]
    pub state: State,
    /// A few words.
    pub title: Option<String>,
    /// The unit that rectifies.
    pub unit: Option<String>,
    /// When it was registered.
    #[schema(value_type = String, format = DateTime)]
    pub registered_at: Moment,
    /// When it is due.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub due_at: Option<Moment>,
    /// When the unit said that it is done.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub submitted_at: Option<Moment>,
    /// When it was closed.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub closed_at: Option<Moment>,
    /// Why it was not taken up, where it was not.
    pub reason: Option<String>,
}

fn bearer(ctx: &CityCtx) -> Result<&str, Error> {
    ctx.system.as_deref().ok_or_else(|| Error::new("system_required"))
}

/// Tell of a problem. The same number again answers with the problem that is known.
#[utoipa::path(post, path = "/api/systems/problems", tag = "system", request_body = SystemProblemInput,
    responses((status = 201, body = SystemProblemView), (status = 200, body = SystemProblemView),
    (status = 403, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn register(
    ctx: CityCtx,
    Json(input): Json<SystemProblemInput>,
) -> Result<(StatusCode, Json<SystemProblemView>), Error> {
    let number = input.number.trim().to_owned();
    if let Some(known) = known(&ctx, &number).await? {
        return Ok((StatusCode::OK, Json(view(&ctx, number, known).await?)));
    }
    let site_id = match input.site_code.as_deref().map(str::trim).filter(|code| !code.is_empty()) {
        Some(code) => {
            let tx = ctx.read().await?;
            let found = site::by_codes(&tx, &[code]).await?.pop();
            let missing = || Error::new("site_code_unknown").with("code", code).field("site_code", "site_code_unknown");
            Some(found.ok_or_else(missing)?.id)
        }
        None => None,
    };
    let particulars = input.link.into_iter().map(|link| ("system_link".to_owned(), link)).collect();
    let order = RegisterInput {
        command_id: CommandId::new(Uuid::now_v7()),
        source: Source::OtherSystem,
        title: input.title,
        description: input.description,
        category: input.category,
        urgency: input.urgency,
        site_id,
        place_text: input.place_text,
        external_key: Some(number.clone()),
        particulars,
        item_id: None,
        criterion_id: None,
        requires_after_photo: None,
        confidential: false,
        patrol_id: None,
        media_ids: input.media_ids,
        position: input.position,
        made_at: None,
    };
    match actions::register(&ctx, order).await {
        Ok(id) => Ok((StatusCode::CREATED, Json(view(&ctx, number, id).await?))),
        // The same number was on its way twice.
        Err(error) if error.code() == "problem_known" => match known(&ctx, &number).await? {
            Some(id) => Ok((StatusCode::OK, Json(view(&ctx, number, id).await?))),
            None => Err(error),
        },
        Err(error) => Err(error),
    }
}

/// What has become of a problem, by the system's own number.
#[utoipa::path(get, path = "/api/systems/problems/{number}", tag = "system", params(("number" = String, Path)),
    responses((status = 200, body = SystemProblemView), (status = 403, body = FailureBody), (status = 404, body = FailureBody)))]
pub async fn show(ctx: CityCtx, Path(number): Path<String>) -> Result<Json<SystemProblemView>, Error> {
    let id = known(&ctx, &number).await?.ok_or_else(|| Error::new("problem_not_found"))?;
    Ok(Json(view(&ctx, number, id).await?))
}

async fn known(ctx: &CityCtx, number: &str) -> Result<Option<ProblemId>, Error> {
    let named = BTreeMap::from([(SYSTEM.to_owned(), bearer(ctx)?.to_owned())]);
    found(&ctx.read().await?, &origin(&named), number).await
}

async fn found(tx: &ReadTx, origin: &str, number: &str) -> Result<Option<ProblemId>, Error> {
    Ok(store::by_external(tx, origin, &[number]).await?.remove(number).map(|kept| kept.problem.id))
}

async fn view(ctx: &CityCtx, number: String, id: ProblemId) -> Result<SystemProblemView, Error> {
    let tx = ctx.read().await?;
    let rules = Rules::load(&tx, ctx.moment).await?;
    let kept: Kept = actions::visible(ctx, &tx, id).await?;
    let problem = &kept.problem;
    let (mut unit_name, mut reason) = (None, None);
    if !problem.confidential {
        let directory = unit::directory(&tx).await?;
        unit_name = problem.unit.and_then(|unit| directory.get(unit)).map(|unit| unit.name.clone());
        if problem.state == State::Dismissed {
            reason = store::history(&tx, id).await?.into_iter().rev().find_map(|step| match step.change.command {
                Command::Dismiss { reason } => Some(reason),
                _ => None,
            });
        }
    }
    Ok(SystemProblemView {
        number,
        id,
        text_number: views::text_number(&kept, &rules.calendar),
        state: problem.state,
        title: (!problem.confidential).then(|| kept.facts.title.clone()),
        unit: unit_name,
        registered_at: problem.registered_at,
        due_at: problem.due.moment(),
        submitted_at: problem.submitted_at,
        closed_at: problem.closed_at,
        reason,
    })
}
