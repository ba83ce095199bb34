//! Extract, act, answer.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use yipanqi_domain::id::CommandId;
use yipanqi_domain::moment::Moment;
use yipanqi_store::notice::{self as store, Way};

use super::{Told, mail};
use crate::error::{Error, FailureBody};
use crate::request::{CityCtx, Json, Query};

/// A notice.
#[derive(Debug, Serialize, ToSchema)]
pub struct NoticeView {
    /// Identity.
    #[schema(value_type = String)]
    pub id: Uuid,
    /// What happened.
    pub kind: String,
    /// How many things it is about.
    pub count: i64,
    /// The first of them in words.
    pub titles: Vec<String>,
    /// Where to look.
    pub link: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Moment,
    /// When it was read.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub read_at: Option<Moment>,
}

impl From<store::Notice> for NoticeView {
    fn from(notice: store::Notice) -> Self {
        let titles = notice.body.get("titles").cloned().unwrap_or_default();
        Self {
            id: notice.id,
            link: link(&notice),
            titles: serde_json::from_value(titles).unwrap_or_default(),
            kind: notice.kind,
            count: notice.count,
            at: notice.at,
            read_at: notice.read_at,
        }
    }
}

/// The page of what it is about; the list where it is about several.
fn link(notice: &store::Notice) -> String {
    let subject = notice.subject.as_deref();
    match (notice.subject_kind.as_str(), subject) {
        ("problem", Some(id)) => format!("/problems/{id}"),
        ("problem", None) if notice.kind == "asked" => "/problems?view=to_decide".to_owned(),
        ("problem", None) if notice.kind == "submitted" => "/problems?view=to_verify".to_owned(),
        ("problem", None) if notice.kind == "exposed" => "/problems?view=exposure".to_owned(),
        ("problem", None) => "/problems?view=mine".to_owned(),
        ("slip", Some(id)) => format!("/slips/{id}"),
        ("slip", None) if notice.kind == "slip_proposed" => "/slips?state=proposed".to_owned(),
        ("slip", None) => "/slips".to_owned(),
        ("site_type", Some(id)) => format!("/sites?site_type={id}"),
        ("referral", _) => "/slips/referrals".to_owned(),
        ("merit", _) => "/slips/merits".to_owned(),
        _ => "/todo".to_owned(),
    }
}

/// A page of notices.
#[derive(Debug, Serialize, ToSchema)]
pub struct NoticeList {
    /// The notices, newest first.
    pub items: Vec<NoticeView>,
    /// How many there are in all.
    pub total: u64,
    /// How many are unread.
    pub unread: u64,
    /// Which page, from 1.
    pub page: u64,
    /// Notices a page.
    pub size: u64,
}

/// Which page.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct NoticeQuery {
    /// From 1.
    pub page: Option<u64>,
    /// 1 to 200.
    pub size: Option<u64>,
}

/// My notices, newest first.
#[utoipa::path(get, path = "/api/my/notices", tag = "notice", params(NoticeQuery), responses((status = 200, body = NoticeList)))]
pub async fn list(ctx: CityCtx, Query(query): Query<NoticeQuery>) -> Result<Json<NoticeList>, Error> {
    let tx = ctx.read().await?;
    let (page, size) = (query.page.unwrap_or(1).max(1), query.size.unwrap_or(20).clamp(1, 200));
    let (items, total) = store::list(&tx, ctx.actor.person, (page - 1) * size, size).await?;
    let unread = store::unread(&tx, ctx.actor.person).await?;
    Ok(Json(NoticeList { items: items.into_iter().map(Into::into).collect(), total, unread, page, size }))
}

/// Which notices were read.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ReadInput {
    /// Made by the client.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// Which; all if empty.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub ids: Vec<Uuid>,
}

/// How many are left.
#[derive(Debug, Serialize, ToSchema)]
pub struct UnreadView {
    /// Unread notices.
    pub unread: u64,
}

/// Mark my notices as read.
#[utoipa::path(post, path = "/api/my/notices/read", tag = "notice", request_body = ReadInput,
    responses((status = 200, body = UnreadView), (status = 409, body = FailureBody)))]
pub async fn read(ctx: CityCtx, Json(input): Json<ReadInput>) -> Result<Json<UnreadView>, Error> {
    let mut tx = ctx.write().await?;
    if ctx.once::<()>(&mut tx, input.command_id, &input).await?.is_none() {
        store::mark_read(&mut tx, ctx.actor.person, &input.ids).await?;
        ctx.answer_once(&mut tx, input.command_id, &()).await?;
        tx.commit().await?;
    }
    Ok(Json(UnreadView { unread: store::unread(&ctx.read().await?, ctx.actor.person).await? }))
}

/// By which way I hear of a kind.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct WayView {
    /// What happens.
    #[schema(value_type = String)]
    pub kind: Told,
    /// `none`, `in_app`, `mail`, `digest`.
    #[schema(value_type = String)]
    pub way: Way,
}

/// By which ways I hear, and where mail goes.
#[derive(Debug, Serialize, ToSchema)]
pub struct WaysView {
    /// One a kind.
    pub ways: Vec<WayView>,
    /// Where mail goes; empty: nowhere.
    pub address: String,
}

/// By which ways I hear.
#[utoipa::path(get, path = "/api/my/notice-ways", tag = "notice", responses((status = 200, body = WaysView)))]
pub async fn ways(ctx: CityCtx) -> Result<Json<WaysView>, Error> {
    let tx = ctx.read().await?;
    let chosen = store::ways(&tx, &[ctx.actor.person]).await?;
    let way = |told: Told| chosen.get(&(ctx.actor.person, told.word().to_owned())).copied().unwrap_or(told.usual_way());
    let address = mail::address(&tx, ctx.actor.person).await?.unwrap_or_default();
    Ok(Json(WaysView { ways: Told::ALL.into_iter().map(|kind| WayView { kind, way: way(kind) }).collect(), address }))
}

/// What I choose.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct WaysInput {
    /// Made by the client.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// One a kind; kinds left out stay as they are.
    pub ways: Vec<WayView>,
    /// Where mail goes; left out it stays, empty it goes nowhere.
    #[serde(default)]
    pub address: Option<String>,
}

/// Choose by which ways I hear.
#[utoipa::path(put, path = "/api/my/notice-ways", tag = "notice", request_body = WaysInput,
    responses((status = 200, body = WaysView), (status = 422, body = FailureBody)))]
pub async fn choose(ctx: CityCtx, Json(input): Json<WaysInput>) -> Result<Json<WaysView>, Error> {
    let mut tx = ctx.write().await?;
    if ctx.once::<()>(&mut tx, input.command_id, &input).await?.is_none() {
        for chosen in &input.ways {
            store::set_way(&tx, ctx.actor.person, chosen.kind.word(), chosen.way).await?;
        }
        if let Some(address) = &input.address {
            mail::set_address(&tx, ctx.actor.person, address.trim()).await?;
        }
        tx.audit("notice.ways", "person", &ctx.actor.person.to_string(), &input.ways)?;
        ctx.answer_once(&mut tx, input.command_id, &()).await?;
        tx.commit().await?;
    }
    ways(ctx).await
}
