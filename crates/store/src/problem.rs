//! Problems with their history and their units, and the lists made of them.
//!
//! The domain value is kept whole in `body`; the other columns repeat what lists filter and sort by and are written only
//! here, from the domain value. A problem is saved with the version it was read with, together with its history entry.

mod count;
mod like;
mod list;
mod own;
mod place;
mod pressing;
mod standing;
mod unplaced;
mod verified;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, FromQueryResult, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Select,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use yipanqi_domain::exact::Exact;
use yipanqi_domain::id::{ProblemId, SiteId, UnitId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::problem::{Change, Due, LimitedStep, Problem, State};

pub use count::{by_unit, figures, late_by_street, late_by_unit, on_time_by_unit, rate_facts};
pub use like::{Near, near, root};
pub use list::{
    ClockFilter, Event, Lacking, ProblemFilter, ProblemSort, ProblemSortKey, RateFilter, RatePart, Totals, Waits, count,
    count_and_next, ids, list, of_rates, paused, totals,
};
pub(crate) use list::{condition, hidden};
pub use place::{CountedRates, Moved, SiteProblems, counted_rates, moved, problem_heat, site_problems};
pub use pressing::{histories, pressing};
pub use standing::{Figures, Marks, Standing, UnitCount, standing};
pub use unplaced::unplaced;
pub use verified::{Verified, shared_pictures, verified};

use crate::entity::{problem, problem_step, problem_unit};
use crate::error::StoreError;
use crate::search::Reworded;
use crate::tx::ReadTx;
use crate::value::{id, id_opt, insert_all, json, moment, new_id, read_json, text_opt, word};
use crate::write::WriteTx;

/// What lists and pages show of a problem and no rule needs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Facts {
    /// A few words.
    pub title: String,
    /// What was seen.
    pub description: String,
    /// The place in words, where no registered site is known.
    pub place_text: String,
    /// Longitude in units of 10⁻⁷ degree, WGS-84.
    pub longitude: Option<i64>,
    /// Latitude in units of 10⁻⁷ degree, WGS-84.
    pub latitude: Option<i64>,
    /// Street or town.
    pub street: Option<UnitId>,
    /// Community or village.
    pub community: Option<UnitId>,
    /// The round in which it was found.
    pub round: Option<Uuid>,
    /// The visit at which it was found.
    pub visit: Option<Uuid>,
    /// The finding of which it was made.
    pub finding: Option<Uuid>,
    /// The criteria as cited, of all frameworks.
    pub cited: Vec<Cited>,
    /// Territorial and industry units of the place; with the rectifying and supporting ones they may see the problem.
    pub territorial: Option<UnitId>,
    /// Industry unit of the place.
    pub industry: Option<UnitId>,
    /// Where it came from and its key there; such a problem is registered once.
    pub external: Option<(String, String)>,
    /// What a higher level deducted for it, in points.
    pub deduction: Option<Exact>,
    /// Further words by which it should be found.
    pub search: String,
    /// The slip that hangs on it: colour and number as printed.
    pub slip: Option<(String, String)>,
    /// Entered finished from another system.
    pub imported: bool,
    /// When it was filed.
    pub filed_at: Option<Moment>,
    /// When the unit that has it now acknowledged it.
    #[serde(default)]
    pub acknowledged_at: Option<Moment>,
    /// Whether the steps that have a limit of their own were done within it, as it held then.
    #[serde(default)]
    pub in_time: BTreeMap<LimitedStep, bool>,
    /// How often the same came back before, itself included; 0: the first time.
    #[serde(default)]
    pub rebounds: u32,
    /// What the source's own form asks: medium, ticket, deputy, instruction.
    #[serde(default)]
    pub particulars: BTreeMap<String, String>,
    /// Who claimed an exposure for the unit, and when.
    #[serde(default)]
    pub claimed: Option<(String, Moment)>,
    /// Why it keeps coming back, and what is done against that.
    #[serde(default)]
    pub cause: Option<Cause>,
    /// What later looks have found, oldest first.
    #[serde(default)]
    pub followups: Vec<FollowUp>,
    /// What a second verification has found.
    #[serde(default)]
    pub second_look: Option<SecondLook>,
}

/// A look at a closed problem 跟踪随访.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FollowUp {
    /// When.
    pub at: Moment,
    /// Who.
    pub by: String,
    /// What was found.
    pub note: String,
}

/// A second verification 复核.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecondLook {
    /// Whether what was closed holds.
    pub holds: bool,
    /// Who.
    pub by: String,
    /// When.
    pub at: Moment,
    /// What was found.
    pub note: String,
}

/// The root of a stubborn problem 老大难 and the measure against it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// Why it keeps coming back.
    pub root: String,
    /// What is done against that.
    pub measure: String,
    /// Who wrote it.
    pub by: String,
    /// When.
    pub at: Moment,
}

/// A criterion as a sheet or a checklist cites it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cited {
    /// Code of the framework.
    pub framework: String,
    /// The edition whose numbering is meant, if known.
    #[serde(default)]
    pub edition: Option<Uuid>,
    /// The citation, normalised.
    pub key: String,
    /// The citation as it is printed.
    pub citation: String,
}

/// A problem as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its running number in the city.
    pub number: i64,
    /// What the rules know.
    pub problem: Problem,
    /// What lists show.
    pub facts: Facts,
    /// Who took the last step, and what and when it was.
    pub last_step: LastStep,
}

/// The newest entry of a history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastStep {
    /// The command's word.
    pub command: String,
    /// When it counted.
    pub at: Moment,
}

/// An entry of a problem's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// From 1.
    pub ordinal: i64,
    /// When it arrived.
    pub arrived_at: Moment,
    /// The name of who did it.
    pub actor_name: String,
    /// What changed.
    pub change: Change,
}

/// Of a row what makes a problem; the other columns serve lists.
#[derive(FromQueryResult)]
struct Row {
    number: i64,
    body: String,
    last_step: String,
    last_step_at: String,
}

/// The problems of a query.
pub(crate) async fn read_all(tx: &ReadTx, find: Select<problem::Entity>) -> Result<Vec<Kept>, StoreError> {
    use problem::Column::{Body, LastStep, LastStepAt, Number};
    let find = find.select_only().columns([Number, Body, LastStep, LastStepAt]);
    find.into_model::<Row>().all(tx.db()).await?.into_iter().map(Kept::read).collect()
}

fn due_columns(problem: &Problem) -> (Option<String>, &'static str) {
    let standing = problem.clock.as_ref().is_some_and(|clock| clock.standing_since.is_some());
    match problem.due {
        Due::At { at } => (Some(at.stored()), if standing { "stopped" } else { "at" }),
        Due::AwaitingCalendar { .. } => (None, "awaiting_calendar"),
        Due::None | Due::OutOfRange => (None, "none"),
    }
}

/// The keys cited of the first framework or of the others, each between bars, so that one is found among several.
fn cited(facts: &Facts, belongs: impl Fn(&str, &str) -> bool) -> Option<String> {
    let first = facts.cited.first()?.framework.as_str();
    let keys = facts.cited.iter().filter(|cited| belongs(&cited.framework, first)).map(|cited| cited.key.as_str());
    let joined = keys.fold(String::new(), |joined, key| joined + "|" + key);
    (!joined.is_empty()).then(|| joined + "|")
}

fn row(kept: &Kept) -> Result<problem::Model, StoreError> {
    let Kept { number, problem, facts, last_step } = kept;
    let (due_at, due_state) = due_columns(problem);
    let pending = problem.pending.as_ref().map(|request| word(&request.kind())).transpose()?;
    let stored = |moment: Option<Moment>| moment.map(Moment::stored);
    let in_time = |step: LimitedStep| facts.in_time.get(&step).copied();
    let search = [&format!("{number:05}"), &facts.title, &facts.description, &facts.place_text, &facts.search];
    Ok(problem::Model {
        id: problem.id.to_string(),
        number: *number,
        state: word(&problem.state)?,
        source: word(&problem.source)?,
        title: facts.title.clone(),
        description: facts.description.clone(),
        category: Some(problem.category.0.clone()),
        urgency: word(&problem.urgency)?,
        site_id: text_opt(problem.site.as_ref()),
        place_text: facts.place_text.clone(),
        longitude: facts.longitude,
        latitude: facts.latitude,
        street_id: text_opt(facts.street.as_ref()),
        community_id: text_opt(facts.community.as_ref()),
        unit_id: text_opt(problem.unit.as_ref()),
        round_id: text_opt(facts.round.as_ref()),
        visit_id: text_opt(facts.visit.as_ref()),
        finding_id: text_opt(facts.finding.as_ref()),
        item_id: text_opt(problem.item.as_ref()),
        citation_key: cited(facts, |framework, first| framework == first),
        citation2_key: cited(facts, |framework, first| framework != first),
        reported_at: problem.registered_at.stored(),
        filed_at: stored(facts.filed_at),
        assigned_at: stored(problem.assigned_at),
        due_at,
        due_state: due_state.to_owned(),
        acknowledged_at: stored(facts.acknowledged_at),
        submitted_at: stored(problem.submitted_at),
        closed_at: stored(problem.closed_at),
        on_time: problem.on_time(),
        assignments: problem.tally.assignments.into(),
        submissions: problem.tally.submissions.into(),
        deferrals: problem.tally.deferrals.into(),
        transfers: problem.tally.transfers.into(),
        returns: problem.tally.reworks.into(),
        declines: problem.tally.declines.into(),
        extensions: problem.tally.extensions.into(),
        requires_after_photo: problem.requires_after_photo,
        pending,
        slip_colour: facts.slip.as_ref().map(|(colour, _)| colour.clone()),
        slip_number: facts.slip.as_ref().map(|(_, number)| number.clone()),
        rebound_of: text_opt(problem.rebound_of.as_ref()),
        merged_into: text_opt(problem.merged_into.as_ref()),
        imported: facts.imported,
        last_step: last_step.command.clone(),
        last_step_at: last_step.at.stored(),
        body: json(&(problem, facts))?,
        external_source: facts.external.as_ref().map(|(source, _)| source.clone()),
        external_key: facts.external.as_ref().map(|(_, key)| key.clone()),
        deduction_num: facts.deduction.as_ref().map(Exact::numerator),
        deduction_den: facts.deduction.as_ref().map(Exact::denominator),
        deduction_nano: facts.deduction.as_ref().map(Exact::nano),
        pressing_at: stored(problem.pressing().moment()),
        confidential: problem.confidential,
        since: Some(problem.since.stored()),
        paused: problem.state == State::Assigned && problem.clock.as_ref().is_some_and(|clock| !clock.pauses.is_empty()),
        file_in_time: in_time(LimitedStep::File),
        assign_in_time: in_time(LimitedStep::Assign),
        acknowledge_in_time: in_time(LimitedStep::Acknowledge),
        verify_in_time: in_time(LimitedStep::Verify),
        search_text: search.map(String::as_str).join(" ").to_lowercase(),
        version: i64::try_from(problem.version).unwrap_or(i64::MAX),
    })
}

impl Kept {
    fn read(row: Row) -> Result<Self, StoreError> {
        let (problem, facts) = read_json("problem", &row.body)?;
        let last_step = LastStep { command: row.last_step, at: moment(&row.last_step_at)? };
        Ok(Self { number: row.number, problem, facts, last_step })
    }

    /// Every unit that has to do with it, and as what. A confidential problem is the matter of those who put it right, and not
    /// of those to whom its place belongs.
    #[must_use]
    pub fn parts(&self) -> BTreeSet<(UnitId, &'static str)> {
        let supporting = self.problem.supporting.iter().map(|unit| (*unit, "supporting"));
        let of_place = |unit: Option<UnitId>| unit.filter(|_| !self.problem.confidential);
        let (territorial, industry) = (of_place(self.facts.territorial), of_place(self.facts.industry));
        [(self.problem.unit, "rectifying"), (territorial, "territorial"), (industry, "industry")]
            .into_iter()
            .filter_map(|(unit, part)| unit.map(|unit| (unit, part)))
            .chain(supporting)
            .collect()
    }

    /// The units that may see it.
    #[must_use]
    pub fn units(&self) -> Vec<UnitId> {
        let units: BTreeSet<UnitId> = self.parts().into_iter().map(|(unit, _)| unit).collect();
        units.into_iter().collect()
    }
}

/// The rows of the units of a problem, which repeat what is read most of its own.
fn parts(kept: &Kept, row: &problem::Model) -> Vec<problem_unit::Model> {
    let part = |(unit, part): (UnitId, &str)| problem_unit::Model {
        problem_id: row.id.clone(),
        unit_id: unit.to_string(),
        part: part.to_owned(),
        state: row.state.clone(),
        number: row.number,
        rectifying_id: row.unit_id.clone(),
        street_id: row.street_id.clone(),
        site_id: row.site_id.clone(),
        due_state: row.due_state.clone(),
        pressing_at: row.pressing_at.clone(),
        on_time: row.on_time,
    };
    kept.parts().into_iter().map(part).collect()
}

fn step(
    problem: ProblemId,
    ordinal: i64,
    change: &Change,
    actor_name: &str,
    at: Moment,
) -> Result<problem_step::Model, StoreError> {
    Ok(problem_step::Model {
        id: new_id().to_string(),
        problem_id: problem.to_string(),
        ordinal,
        at: change.at.stored(),
        arrived_at: change.arrived.unwrap_or(at).stored(),
        actor_id: text_opt(change.by.person().as_ref()),
        actor_name: actor_name.to_owned(),
        command: word(&change.command.kind())?,
        from_state: change.from.as_ref().map(word).transpose()?.unwrap_or_default(),
        to_state: word(&change.to)?,
        body: json(change)?,
    })
}

/// A problem just registered, with the changes that have made it what it is.
#[derive(Debug, Clone)]
pub struct New {
    /// The problem after the last of the changes.
    pub problem: Problem,
    /// What lists show of it.
    pub facts: Facts,
    /// Its history so far, oldest first; not empty.
    pub changes: Vec<Change>,
}

/// Registers problems: numbers them in their order, writes their histories, and gives the numbers.
///
/// # Errors
/// `problem_external_taken` if one was registered before, or the database's.
pub async fn add(tx: &mut WriteTx, new: &[New]) -> Result<Vec<i64>, StoreError> {
    if new.is_empty() {
        return Ok(Vec::new());
    }
    let count = i64::try_from(new.len()).unwrap_or(i64::MAX);
    let first = crate::number::take(tx, "problem", count).await? - count + 1;
    let name = tx.by().name.clone();
    let (mut rows, mut units, mut steps, mut numbers) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (number, new) in (first..).zip(new) {
        let last_step = match new.changes.last() {
            Some(change) => LastStep { command: word(&change.command.kind())?, at: change.at },
            None => LastStep { command: "register".to_owned(), at: new.problem.registered_at },
        };
        let kept = Kept { number, problem: new.problem.clone(), facts: new.facts.clone(), last_step };
        let row = row(&kept)?;
        units.extend(parts(&kept, &row));
        rows.push(row);
        for (ordinal, change) in (1..).zip(&new.changes) {
            steps.push(step(new.problem.id, ordinal, change, &name, tx.at())?);
        }
        numbers.push(number);
    }
    let grams = rows.iter().map(|row| (row.number, row.search_text.clone())).collect::<Vec<_>>();
    insert_all::<problem::Entity, _>(tx.db(), rows).await?;
    crate::search::enter(tx.db(), &grams).await?;
    insert_all::<problem_unit::Entity, _>(tx.db(), units).await?;
    insert_all::<problem_step::Entity, _>(tx.db(), steps).await?;
    Ok(numbers)
}

/// One problem.
///
/// # Errors
/// `not_found`, or the database's.
pub async fn get(tx: &ReadTx, problem: ProblemId) -> Result<Kept, StoreError> {
    let kept = read_all(tx, problem::Entity::find_by_id(problem.to_string())).await?;
    kept.into_iter().next().ok_or(StoreError::NotFound { kind: "problem", id: problem.to_string() })
}

/// Problems by identity, in no particular order; those that do not exist are left out.
///
/// # Errors
/// The database's.
pub async fn get_all(tx: &ReadTx, problems: &[ProblemId]) -> Result<Vec<Kept>, StoreError> {
    let mut kept = Vec::new();
    for ids in problems.chunks(500) {
        let find = problem::Entity::find().filter(problem::Column::Id.is_in(ids.iter().map(ToString::to_string)));
        kept.extend(read_all(tx, find).await?);
    }
    Ok(kept)
}

/// The problems that came from a source under these keys.
///
/// # Errors
/// The database's.
pub async fn by_external(tx: &ReadTx, source: &str, keys: &[&str]) -> Result<BTreeMap<String, Kept>, StoreError> {
    let mut kept = BTreeMap::new();
    for keys in keys.chunks(500) {
        let rows = problem::Entity::find()
            .filter(problem::Column::ExternalSource.eq(source))
            .filter(problem::Column::ExternalKey.is_in(keys.iter().copied()));
        for found in read_all(tx, rows).await? {
            let key = found.facts.external.as_ref().map(|(_, key)| key.clone()).unwrap_or_default();
            kept.insert(key, found);
        }
    }
    Ok(kept)
}

/// The problems at a site, newest first.
///
/// # Errors
/// The database's.
pub async fn at_site(tx: &ReadTx, site: SiteId) -> Result<Vec<Kept>, StoreError> {
    let find = problem::Entity::find().filter(problem::Column::SiteId.eq(site.to_string()));
    read_all(tx, find.order_by_desc(problem::Column::Number)).await
}

/// Saves a problem after one change; `read_version` is the version the change was judged by.
///
/// # Errors
/// `version_conflict` if somebody changed it since, or the database's.
pub async fn save(tx: &WriteTx, kept: &Kept, read_version: u64, change: &Change) -> Result<(), StoreError> {
    let last_step = LastStep { command: word(&change.command.kind())?, at: change.at };
    let kept = Kept { last_step, ..kept.clone() };
    replace(tx, &kept, read_version).await?;
    // Every change is one version and one entry, from the first on.
    let ordinal = i64::try_from(kept.problem.version).unwrap_or(i64::MAX);
    let step = step(kept.problem.id, ordinal, change, &tx.by().name, tx.at())?;
    insert_all::<problem_step::Entity, _>(tx.db(), vec![step]).await
}

/// Saves what lists show of a problem; no history entry, since nothing of its life changed.
///
/// # Errors
/// `version_conflict` if somebody changed it since, or the database's.
pub async fn save_facts(tx: &WriteTx, kept: &Kept) -> Result<(), StoreError> {
    replace(tx, kept, kept.problem.version).await
}

/// Puts problems, read in this transaction, at another site or into another round; their units, versions and histories stay.
///
/// # Errors
/// The database's.
pub async fn relocate(tx: &WriteTx, moved: &[Kept]) -> Result<(), StoreError> {
    use problem::Column;
    for some in moved.chunks(200) {
        let rows = some.iter().map(row).collect::<Result<Vec<_>, StoreError>>()?;
        let of_units = some.iter().zip(&rows).flat_map(|(kept, row)| parts(kept, row)).collect();
        replace_parts(tx, rows.iter().map(|row| row.id.clone()), of_units).await?;
        let reworded = reworded(tx, &rows).await?;
        let columns = [Column::SiteId, Column::RoundId, Column::Body, Column::SearchText];
        problem::Entity::insert_many(rows.into_iter().map(IntoActiveModel::into_active_model))
            .on_conflict(OnConflict::column(Column::Id).update_columns(columns).to_owned())
            .exec_without_returning(tx.db())
            .await?;
        crate::search::renew(tx, &reworded).await?;
    }
    Ok(())
}

async fn replace_parts(
    tx: &WriteTx,
    problems: impl IntoIterator<Item = String>,
    rows: Vec<problem_unit::Model>,
) -> Result<(), StoreError> {
    problem_unit::Entity::delete_many().filter(problem_unit::Column::ProblemId.is_in(problems)).exec(tx.db()).await?;
    insert_all::<problem_unit::Entity, _>(tx.db(), rows).await
}

/// What the texts of these rows are now, and will be.
async fn reworded(tx: &WriteTx, rows: &[problem::Model]) -> Result<Vec<Reworded>, StoreError> {
    let find = problem::Entity::find().select_only().columns([problem::Column::Number, problem::Column::SearchText]);
    let before: Vec<(i64, String)> =
        find.filter(problem::Column::Id.is_in(rows.iter().map(|row| row.id.as_str()))).into_tuple().all(tx.db()).await?;
    let after: HashMap<i64, &String> = rows.iter().map(|row| (row.number, &row.search_text)).collect();
    let reworded = |(number, before)| Some(Reworded { number, before, after: (*after.get(&number)?).clone() });
    Ok(before.into_iter().filter_map(reworded).collect())
}

async fn replace(tx: &WriteTx, kept: &Kept, read_version: u64) -> Result<(), StoreError> {
    let row = row(kept)?;
    let reworded = reworded(tx, std::slice::from_ref(&row)).await?;
    let (problem_id, of_units) = (row.id.clone(), parts(kept, &row));
    let changed = problem::Entity::update_many()
        .set(row.into_active_model().reset_all())
        .filter(problem::Column::Id.eq(problem_id.as_str()))
        .filter(problem::Column::Version.eq(i64::try_from(read_version).unwrap_or(i64::MAX)))
        .exec(tx.db())
        .await?;
    if changed.rows_affected == 0 {
        return Err(StoreError::Conflict { kind: "problem", id: problem_id });
    }
    crate::search::renew(tx, &reworded).await?;
    replace_parts(tx, [problem_id], of_units).await
}

/// The history of a problem, oldest first.
///
/// # Errors
/// The database's.
pub async fn history(tx: &ReadTx, problem: ProblemId) -> Result<Vec<Step>, StoreError> {
    let rows = problem_step::Entity::find()
        .filter(problem_step::Column::ProblemId.eq(problem.to_string()))
        .order_by_asc(problem_step::Column::Ordinal)
        .all(tx.db())
        .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Step {
                ordinal: row.ordinal,
                arrived_at: moment(&row.arrived_at)?,
                actor_name: row.actor_name,
                change: read_json("change", &row.body)?,
            })
        })
        .collect()
}

/// The problems made of these findings.
///
/// # Errors
/// The database's.
pub async fn by_findings(tx: &ReadTx, findings: &[Uuid]) -> Result<BTreeMap<Uuid, ProblemId>, StoreError> {
    let mut found = BTreeMap::new();
    for findings in findings.chunks(500) {
        let rows = problem::Entity::find()
            .filter(problem::Column::FindingId.is_in(findings.iter().map(ToString::to_string)))
            .all(tx.db())
            .await?;
        for row in rows {
            if let Some(finding) = id_opt(row.finding_id.as_ref())? {
                found.insert(finding, id(&row.id)?);
            }
        }
    }
    Ok(found)
}
