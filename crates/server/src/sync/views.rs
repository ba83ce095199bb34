//! What outboxes, photographs under way and packs look like from outside.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;
use uuid::Uuid;
use yipanqi_domain::evidence::{Capture, Origin};
use yipanqi_domain::exact::Exact;
use yipanqi_domain::geo::Datum;
use yipanqi_domain::id::{CommandId, ItemId, MediaId, PersonId, ProblemId, RoundId, SiteId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::problem::{CommandKind, Source, Urgency};
use yipanqi_domain::site;

use crate::patrol::views::PackPatrol;
use crate::problem::actions::Order;
use crate::round::{FindingBody, FindingView, RoundRef};
use crate::site::views::Position;
use crate::site::{ItemView, ProblemBrief, SiteRef};

/// Commands of a device in the order in which they were made.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Batch {
    /// The device, by an identity that it made for itself.
    pub device: String,
    /// At most 100.
    pub commands: Vec<Envelope>,
}

/// A command as it lay in the outbox.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Envelope {
    /// Made by the device; the same id and body are applied once.
    #[schema(value_type = String)]
    pub id: CommandId,
    /// Whose outbox it lay in.
    #[schema(value_type = String)]
    pub person_id: PersonId,
    /// Commands without which it has no meaning; the first of them, for what belongs to a visit, began the visit.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub parents: Vec<CommandId>,
    /// When it was made, by the device's own clock.
    #[schema(value_type = String, format = DateTime)]
    pub made_at: Moment,
    /// The server's clock minus the device's, in milliseconds, as it was known then.
    pub clock_offset_ms: i64,
    /// SHA-256 over the text of `work` as it stands in the request, in hexadecimal.
    pub body_hash: String,
    /// What is to be done.
    #[schema(value_type = Work)]
    pub work: Box<RawValue>,
}

/// What a command of an outbox does. Photographs are named by their hashes.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Work {
    /// Begins a visit.
    StartVisit {
        /// The round.
        #[schema(value_type = String)]
        round_id: RoundId,
        /// The site.
        #[schema(value_type = String)]
        site_id: SiteId,
        /// Where the device was.
        #[serde(default)]
        position: Option<Spot>,
    },
    /// Marks an item of a visit.
    MarkItem {
        /// The visit; left out where the first parent began it.
        #[serde(default)]
        #[schema(value_type = Option<String>)]
        visit_id: Option<Uuid>,
        /// The item.
        #[schema(value_type = String)]
        item_id: ItemId,
        /// What is to stand there.
        mark: Mark,
        /// What stood there, as far as the device knew.
        #[serde(default)]
        base: Option<Mark>,
    },
    /// Finishes a visit.
    FinishVisit {
        /// The visit; left out where the first parent began it.
        #[serde(default)]
        #[schema(value_type = Option<String>)]
        visit_id: Option<Uuid>,
        /// The checklist as it was seen.
        #[schema(value_type = Vec<String>)]
        seen: Vec<ItemId>,
    },
    /// Reports a problem.
    ReportProblem {
        /// How it became known.
        #[schema(value_type = String)]
        source: Source,
        /// A few words.
        title: String,
        /// What was seen.
        #[serde(default)]
        description: String,
        /// Its kind.
        category: String,
        /// How pressing it is.
        #[serde(default)]
        #[schema(value_type = Option<String>)]
        urgency: Option<Urgency>,
        /// Where, if at a registered site.
        #[serde(default)]
        #[schema(value_type = Option<String>)]
        site_id: Option<SiteId>,
        /// Where, in words.
        #[serde(default)]
        place_text: Option<String>,
        /// The checklist item that failed.
        #[serde(default)]
        #[schema(value_type = Option<String>)]
        item_id: Option<ItemId>,
        /// Where the device was.
        #[serde(default)]
        position: Option<Spot>,
        /// The walk of a grid patrol on which it was found.
        #[serde(default)]
        #[schema(value_type = Option<String>)]
        patrol_id: Option<Uuid>,
        /// Photographs.
        #[serde(default)]
        photos: Vec<String>,
    },
    /// Writes down what was walked of a grid patrol.
    WalkPatrol {
        /// Made by the device: problems reported on the way name it.
        #[schema(value_type = String)]
        patrol_id: Uuid,
        /// Of which plan.
        #[schema(value_type = String)]
        plan_id: Uuid,
        /// When it began, by the device's own clock.
        #[schema(value_type = String, format = DateTime)]
        begun_at: Moment,
        /// When it ended, by the device's own clock.
        #[schema(value_type = String, format = DateTime)]
        ended_at: Moment,
        /// The places that were looked at, by their order in the plan from 0.
        #[serde(default)]
        looked: Vec<usize>,
        /// Remark.
        #[serde(default)]
        note: String,
    },
    /// Commands a problem.
    CommandProblem {
        /// The problem.
        #[schema(value_type = String)]
        problem_id: ProblemId,
        /// The version that the device had seen.
        version: u64,
        /// What is to be done.
        order: Box<Order>,
        /// Photographs.
        #[serde(default)]
        photos: Vec<String>,
    },
}

/// What is marked for an item.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct Mark {
    /// What was observed.
    pub result: FindingBody,
    /// The typical faults that were picked.
    #[serde(default)]
    pub phrase: String,
    /// What was written beside.
    #[serde(default)]
    pub note: String,
    /// Photographs.
    #[serde(default)]
    pub photos: Vec<String>,
}

/// Where a device was, as it said so.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Spot {
    /// Degrees east.
    pub longitude: f64,
    /// Degrees north.
    pub latitude: f64,
    /// Radius within which the device believed to be, in metres.
    #[serde(default)]
    pub accuracy_m: Option<u32>,
    /// `wgs84`, `gcj02` or `bd09`.
    #[serde(default = "wgs84")]
    #[schema(value_type = String)]
    pub datum: Datum,
}

fn wgs84() -> Datum {
    Datum::Wgs84
}

impl Spot {
    /// The place in WGS-84; none if it is no place on earth.
    #[must_use]
    pub fn wgs84(self) -> Option<Position> {
        let (longitude, latitude) = Position { longitude: self.longitude, latitude: self.latitude }.stored()?;
        let place = site::Position {
            longitude: site::Degrees::from_e7(longitude),
            latitude: site::Degrees::from_e7(latitude),
            datum: self.datum,
        };
        let given = place.to_wgs84();
        Position::of(Some(given.longitude.e7()), Some(given.latitude.e7()))
    }
}

/// How far a command has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Receipt {
    /// It is done, now or before.
    Applied,
    /// A parent is not done; it waits.
    Held,
    /// It is not done; its person has to decide.
    Refused,
    /// Photographs that it names have not arrived.
    MediaMissing,
}

/// What became of one command.
#[derive(Debug, Serialize, ToSchema)]
pub struct CommandReceipt {
    /// The command.
    #[schema(value_type = String)]
    pub id: CommandId,
    /// How far it has come.
    pub receipt: Receipt,
    /// The status that a request of its own would have had.
    pub status: u16,
    /// What was made or changed: a visit, a finding, a problem.
    #[schema(value_type = Option<String>)]
    pub subject_id: Option<Uuid>,
    /// Why not, by its code.
    pub code: Option<String>,
    /// Why not, and what to do.
    pub message: Option<String>,
    /// Both sides of a clash, and what else belongs to the code.
    #[schema(value_type = Option<Object>)]
    pub data: Option<serde_json::Value>,
    /// Hashes of photographs that have not arrived.
    pub missing: Vec<String>,
    /// `late` where a visit was kept beside a round that was closed meanwhile.
    pub remark: Option<String>,
    /// The number of a problem that was reported.
    pub number: Option<String>,
}

/// What became of each command, in the order sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchAnswer {
    /// The receipts.
    pub receipts: Vec<CommandReceipt>,
    /// The server's moment.
    #[schema(value_type = String, format = DateTime)]
    pub now: Moment,
}

/// What a device knew when it took a photograph.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CaptureBody {
    /// When, by the device's own clock.
    #[schema(value_type = String, format = DateTime)]
    pub made_at: Moment,
    /// The server's clock minus the device's, in milliseconds, as it was known then.
    #[serde(default)]
    pub clock_offset_ms: i64,
    /// Where.
    #[serde(default)]
    pub position: Option<Spot>,
    /// `camera` or `gallery`.
    #[schema(value_type = String)]
    pub origin: Origin,
}

impl From<&CaptureBody> for Capture {
    fn from(body: &CaptureBody) -> Self {
        let place = body.position.and_then(|spot| Position { longitude: spot.longitude, latitude: spot.latitude }.stored());
        Self {
            made_at: body.made_at,
            clock_offset_ms: body.clock_offset_ms,
            longitude: place.map(|(longitude, _)| longitude),
            latitude: place.map(|(_, latitude)| latitude),
            accuracy_m: body.position.and_then(|spot| spot.accuracy_m),
            datum: body.position.map_or(Datum::Wgs84, |spot| spot.datum),
            origin: body.origin,
        }
    }
}

/// A photograph to be sent piece by piece.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct BeginUpload {
    /// Whose photograph it is: refused if somebody else is signed in. Phones of an older build do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub person_id: Option<PersonId>,
    /// Hash of its bytes, taken when it was captured, in hexadecimal.
    pub sha256: String,
    /// Bytes in all.
    pub size: u64,
    /// What the file is called.
    #[serde(default)]
    pub file_name: String,
    /// What the device knew when it was taken.
    pub capture: Option<CaptureBody>,
}

/// How far a photograph has come.
#[derive(Debug, Serialize, ToSchema)]
pub struct UploadView {
    /// Its hash.
    pub sha256: String,
    /// Bytes that have arrived: the next piece begins here.
    pub offset: u64,
    /// Bytes in all.
    pub size: u64,
    /// The photograph, once everything has arrived.
    #[schema(value_type = Option<String>)]
    pub media_id: Option<MediaId>,
}

/// What a device has.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Pull {
    /// The device, by an identity that it made for itself.
    pub device: String,
    /// For whom it asks: refused if somebody else is signed in. Phones of an older build do not say.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub person_id: Option<PersonId>,
    /// The cursor of its last pull; 0 for everything.
    #[serde(default)]
    pub cursor: i64,
}

/// A record that a device has to forget.
#[derive(Debug, Serialize, ToSchema)]
pub struct Tombstone {
    /// `visit`, `checklist`, `problem` or `patrol`.
    pub kind: String,
    /// Its identity within the kind.
    pub id: String,
}

/// What has changed since the cursor.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct PullAnswer {
    /// Where the next pull begins.
    pub cursor: i64,
    /// Everything is sent; what the device has besides is to be forgotten.
    pub reset: bool,
    /// Sites to be visited.
    pub visits: Vec<PackVisit>,
    /// The checklists of their types.
    pub checklists: Vec<PackChecklist>,
    /// Problems to be put right or looked at again.
    pub problems: Vec<PackProblem>,
    /// Grid patrols due today or in the days to come.
    pub patrols: Vec<PackPatrol>,
    /// What is to be forgotten.
    pub removed: Vec<Tombstone>,
}

/// A site to be visited, with everything that is needed there.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PackVisit {
    /// Round and site, with a stroke between.
    pub id: String,
    /// The round.
    pub round: RoundRef,
    /// The site.
    pub site: SiteRef,
    /// Numbers that were merged into it: codes printed with them open it too.
    pub older_codes: Vec<String>,
    /// Address.
    pub address: String,
    /// Where it is.
    pub position: Option<Position>,
    /// The checklist.
    #[schema(value_type = Option<String>)]
    pub checklist_id: Option<Uuid>,
    /// `waiting`, `visiting` or `visited`.
    pub state: String,
    /// The visit, once begun.
    #[schema(value_type = Option<String>)]
    pub visit_id: Option<Uuid>,
    /// The day on which it is to be visited, once routes are planned.
    pub visit_on: Option<NaiveDate>,
    /// What was found so far.
    pub findings: Vec<PackFinding>,
    /// What shares observed must reach, where the round's edition says so.
    pub targets: Vec<PackTarget>,
    /// Problems at the site, newest first.
    pub past_problems: Vec<ProblemBrief>,
    /// Place in the day's order.
    pub order: u32,
}

/// The per cent that a share observed must reach to pass.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PackTarget {
    /// The item.
    #[schema(value_type = String)]
    pub item_id: ItemId,
    /// As decimal text or a fraction.
    #[schema(value_type = String)]
    pub percent: Exact,
}

/// What was found so far, its photographs by their hashes.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PackFinding {
    /// The finding.
    #[serde(flatten)]
    pub finding: FindingView,
    /// Photographs by their hashes, in order.
    pub photos: Vec<String>,
}

/// The checklist of a site type.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PackChecklist {
    /// The site type.
    #[schema(value_type = String)]
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// The items, in walking order.
    pub items: Vec<ItemView>,
}

/// A problem to be put right or looked at again.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PackProblem {
    /// Identity.
    #[schema(value_type = String)]
    pub id: ProblemId,
    /// Its number as written.
    pub number: String,
    /// The version that commands are based on.
    pub version: u64,
    /// A few words.
    pub title: String,
    /// What was seen.
    pub description: String,
    /// Where it stands.
    #[schema(value_type = String)]
    pub state: yipanqi_domain::problem::State,
    /// Where it is, in words.
    pub place: String,
    /// Where it is.
    pub position: Option<Position>,
    /// When it is due.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub due_at: Option<Moment>,
    /// Whether a rectification needs the "after" photograph.
    pub requires_after_photo: bool,
    /// Photographs of the fault.
    #[schema(value_type = Vec<String>)]
    pub before: Vec<MediaId>,
    /// Photographs of what was done.
    #[schema(value_type = Vec<String>)]
    pub after: Vec<MediaId>,
    /// Commands open to the person.
    #[schema(value_type = Vec<String>)]
    pub allowed: Vec<CommandKind>,
}
