//! What about a problem's photographs its reviewer should look at, and what he decided.
//!
//! Flags are worked out when they are looked at, from what is kept; they block nothing. The unit that rectifies neither sees
//! nor decides them. Pictures of a covert round that is not released are offered to nobody else.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use yipanqi_domain::access::{Reach, Right};
use yipanqi_domain::evidence::flag::{self, Flag, Shown};
use yipanqi_domain::geo::Datum;
use yipanqi_domain::id::{CommandId, MediaId, ProblemId};
use yipanqi_domain::site::{Degrees, Position};
use yipanqi_store::problem::Kept;
use yipanqi_store::{ReadTx, media};

use super::actions::{shows, visible};
use super::views::MediaView;
use crate::error::{Error, FailureBody};
use crate::problem::actions as problem;
use crate::request::{CityCtx, Json, Path};
use crate::site::Names;
use crate::site::views::ProblemBrief;

/// Something unusual about a photograph.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FlagView {
    /// The photograph.
    #[schema(value_type = String)]
    pub media_id: MediaId,
    /// `exact_copy`, `near_copy`, `after_older`, `far`, `gallery`, `clock`, `no_exif` or `edited`.
    pub flag: String,
    /// The figure that belongs to it: thousandths alike, metres, seconds.
    pub figure: Option<i64>,
    /// The earlier photograph that it is like; itself where it was handed in before.
    pub other: Option<MediaView>,
    /// The other problem for which it was handed in before.
    pub other_problem: Option<ProblemBrief>,
    /// `accepted` or `doubted`, once decided.
    pub decision: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// Who decided.
    pub decided_by: Option<String>,
}

/// A reviewer's decision.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct DecideFlag {
    /// Made by the client; the same command is applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// The photograph.
    #[schema(value_type = String)]
    pub media_id: MediaId,
    /// The flag.
    pub flag: String,
    /// What was decided.
    pub decision: FlagDecision,
    /// Why.
    #[serde(default)]
    pub reason: String,
}

/// What a reviewer may decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FlagDecision {
    /// It is as it should be.
    Accepted,
    /// It is not taken as proof.
    Doubted,
}

/// Whether the person reviews: may go out or issue, and stands outside the line of the rectifying unit.
fn reviews(ctx: &CityCtx, kept: &Kept) -> bool {
    let may = [Right::VisitSite, Right::IssueSlip].iter().any(|right| ctx.reach_of(*right) != Reach::Nothing);
    let own = |unit| ctx.actor.posts.iter().any(|post| ctx.tree.in_line(unit, post.unit));
    may && !kept.problem.unit.is_some_and(own)
}

async fn shown(tx: &ReadTx, id: MediaId) -> Result<Shown, Error> {
    let info = media::find(tx, id).await?;
    let place = info.position.map(|place| Position {
        longitude: Degrees::from_e7(place.longitude),
        latitude: Degrees::from_e7(place.latitude),
        datum: Datum::Wgs84,
    });
    Ok(Shown {
        taken_at: info.taken_at,
        has_exif: info.taken_at.is_some() || info.camera.is_some() || place.is_some(),
        place,
        software: info.software,
        capture: media::capture(tx, id).await?,
    })
}

fn named(flag: &Flag) -> (&'static str, Option<i64>) {
    match flag {
        Flag::ExactCopy => ("exact_copy", None),
        Flag::NearCopy { likeness } => ("near_copy", Some(i64::from(*likeness))),
        Flag::AfterOlder => ("after_older", None),
        Flag::Far { metres } => ("far", i64::try_from(*metres).ok()),
        Flag::Gallery => ("gallery", None),
        Flag::Clock { seconds } => ("clock", Some(*seconds)),
        Flag::NoExif => ("no_exif", None),
        Flag::Edited => ("edited", None),
    }
}

/// That a photograph was handed in before.
struct Again {
    /// For this problem, if it was for one.
    problem: Option<ProblemBrief>,
}

/// Whether the same record was handed in before: for another problem or finding that the reader may see, or as this problem's
/// own "before".
async fn handed_in_before(ctx: &CityCtx, tx: &ReadTx, kept: &Kept, photo: MediaId) -> Result<Option<Again>, Error> {
    let own = &kept.problem;
    if own.after_photos.contains(&photo) && own.before_photos.contains(&photo) {
        return Ok(Some(Again { problem: None }));
    }
    let before = media::given_before(tx, photo, own.id).await?;
    if before.is_empty() {
        return Ok(None);
    }
    let names = Names::read(tx).await?;
    for (kind, subject) in before {
        if !shows(ctx, tx, &kind, &subject).await? {
            continue;
        }
        let problem = match kind.as_str() {
            "problem" => {
                let id = ProblemId::new(subject.parse().map_err(Error::internal)?);
                yipanqi_store::problem::get_all(tx, &[id]).await?.first().map(|other| names.problem(other))
            }
            _ => None,
        };
        return Ok(Some(Again { problem }));
    }
    Ok(None)
}

async fn flags_of(ctx: &CityCtx, tx: &ReadTx, kept: &Kept) -> Result<Vec<FlagView>, Error> {
    let facts = &kept.facts;
    let site = facts.longitude.zip(facts.latitude).map(|(longitude, latitude)| Position {
        longitude: Degrees::from_e7(longitude),
        latitude: Degrees::from_e7(latitude),
        datum: Datum::Wgs84,
    });
    let mut before = Vec::new();
    for photo in &kept.problem.before_photos {
        before.push(shown(tx, *photo).await?);
    }
    let mut views = Vec::new();
    let nothing: &[Shown] = &[];
    let after = kept.problem.after_photos.iter().map(|photo| (*photo, before.as_slice()));
    for (photo, earlier) in kept.problem.before_photos.iter().map(|photo| (*photo, nothing)).chain(after) {
        let mut flags: Vec<(Flag, Option<MediaId>)> =
            flag::flags(&shown(tx, photo).await?, site, earlier).into_iter().map(|flag| (flag, None)).collect();
        let again = handed_in_before(ctx, tx, kept, photo).await?;
        if again.is_some() {
            flags.push((Flag::ExactCopy, Some(photo)));
        }
        for like in media::like(tx, photo).await? {
            let flag = if like.exact { Flag::ExactCopy } else { Flag::NearCopy { likeness: like.likeness } };
            flags.push((flag, Some(like.media)));
        }
        let decided = media::decisions(tx, kept.problem.id, photo).await?;
        let mut told: BTreeMap<&str, ()> = BTreeMap::new();
        for (flag, other) in flags {
            let (name, figure) = named(&flag);
            let other = match other {
                // What the reader may not see is not offered to him.
                Some(other) => match visible(ctx, tx, other).await {
                    Ok(info) => Some(MediaView::from(info)),
                    Err(error) if error.status().is_server_error() => return Err(error),
                    Err(_) => continue,
                },
                None => None,
            };
            // Of several copies the likest speaks for all.
            if told.insert(name, ()).is_some() {
                continue;
            }
            let decision = decided.get(name);
            let of_problem = again.as_ref().filter(|_| other.as_ref().is_some_and(|other| other.id == photo));
            views.push(FlagView {
                media_id: photo,
                flag: name.to_owned(),
                figure,
                other,
                other_problem: of_problem.and_then(|again| again.problem.clone()),
                decision: decision.map(|(decision, ..)| decision.clone()),
                reason: decision.map(|(_, reason, _)| reason.clone()),
                decided_by: decision.map(|(.., by)| by.clone()),
            });
        }
    }
    Ok(views)
}

/// What is unusual about a problem's photographs; empty for whoever does not review it.
#[utoipa::path(get, path = "/api/problems/{id}/evidence", tag = "media", params(("id" = String, Path)),
    responses((status = 200, body = Vec<FlagView>), (status = 404, body = FailureBody)))]
pub async fn show(ctx: CityCtx, Path(id): Path<ProblemId>) -> Result<Json<Vec<FlagView>>, Error> {
    let tx = ctx.read().await?;
    let kept = problem::visible(&ctx, &tx, id).await?;
    Ok(Json(if reviews(&ctx, &kept) { flags_of(&ctx, &tx, &kept).await? } else { Vec::new() }))
}

/// Keep what the reviewer decided about a flag.
#[utoipa::path(post, path = "/api/problems/{id}/evidence", tag = "media", params(("id" = String, Path)), request_body = DecideFlag,
    responses((status = 200, body = Vec<FlagView>), (status = 403, body = FailureBody), (status = 404, body = FailureBody)))]
pub async fn decide(
    ctx: CityCtx,
    Path(id): Path<ProblemId>,
    Json(input): Json<DecideFlag>,
) -> Result<Json<Vec<FlagView>>, Error> {
    let mut tx = ctx.write().await?;
    let kept = problem::visible(&ctx, &tx, id).await?;
    if !reviews(&ctx, &kept) {
        return Err(Error::new("evidence_not_yours"));
    }
    if ctx.once::<()>(&mut tx, input.command_id, &(id, &input)).await?.is_none() {
        let known =
            flags_of(&ctx, &tx, &kept).await?.into_iter().any(|view| view.media_id == input.media_id && view.flag == input.flag);
        if !known {
            return Err(Error::new("media_not_found"));
        }
        let decision = match input.decision {
            FlagDecision::Accepted => "accepted",
            FlagDecision::Doubted => "doubted",
        };
        media::decide(&mut tx, id, input.media_id, &input.flag, decision, input.reason.trim()).await?;
        ctx.answer_once(&mut tx, input.command_id, &()).await?;
        tx.commit().await?;
    }
    let tx = ctx.read().await?;
    let kept = problem::visible(&ctx, &tx, id).await?;
    Ok(Json(flags_of(&ctx, &tx, &kept).await?))
}
