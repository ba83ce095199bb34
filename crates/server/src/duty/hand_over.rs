//! Handing over 人员移交: everything a person holds goes to a successor in one transaction.

use yipanqi_domain::access::{Place, Right, Role};
use yipanqi_domain::duty::DutyCommand;
use yipanqi_domain::id::PersonId;
use yipanqi_domain::problem::State;
use yipanqi_store::problem::ProblemFilter;
use yipanqi_store::site::Site;
use yipanqi_store::unit::{self, Person, PersonPost};
use yipanqi_store::{ReadTx, StoreError, WriteTx, duty as store, problem, site};

use super::actions;
use super::views::{HandOverInput, Holdings};
use crate::error::{Error, FailureBody};
use crate::request::{CityCtx, Json, Path};

/// What a person holds, found once for the preview and for the act.
struct Held {
    units: Vec<unit::Unit>,
    duties: Vec<store::KeptDuty>,
    posts: Vec<PersonPost>,
    sites: Vec<Site>,
    problems: u64,
    tasks: Vec<yipanqi_store::task::KeptTask>,
}

impl Held {
    async fn load(ctx: &CityCtx, tx: &ReadTx, person: &Person) -> Result<Self, Error> {
        let directory = unit::directory(tx).await?;
        let of_person = |unit: &&unit::Unit| [unit.head, unit.officer, unit.liaison].contains(&Some(person.id));
        let units: Vec<unit::Unit> = directory.units().iter().filter(of_person).cloned().collect();
        let posts: Vec<PersonPost> =
            unit::posts(tx, Some(person.id), ctx.today()).await?.into_iter().filter(|post| may_pass(ctx, post.role)).collect();
        let work = [Role::UnitHead, Role::Officer, Role::Liaison, Role::GridWorker];
        let mut at: Vec<_> = posts.iter().filter(|post| work.contains(&post.role)).map(|post| post.unit).collect();
        at.extend(units.iter().map(|unit| unit.id));
        let open: Vec<State> = State::ALL.into_iter().filter(|state| state.is_open()).collect();
        let problems = match at.is_empty() {
            true => 0,
            false => problem::count(tx, &ProblemFilter { units: at, states: open, ..ProblemFilter::default() }).await?,
        };
        let chief = |site: &Site| {
            let same_phone = site.chief_phone.is_none() || person.phone.is_none() || site.chief_phone == person.phone;
            site.chief_name.as_deref() == Some(person.name.as_str()) && same_phone
        };
        let sites = site::all(tx).await?.into_iter().filter(|site| !site.retired && chief(site)).collect();
        let tasks = yipanqi_store::task::in_charge(tx, person.id).await?;
        Ok(Self { units, duties: store::naming(tx, person.id).await?, posts, sites, problems, tasks })
    }

    fn counted(&self) -> Holdings {
        Holdings {
            units: self.units.len() as u64,
            duties: self.duties.len() as u64,
            posts: self.posts.len() as u64,
            sites: self.sites.len() as u64,
            problems: self.problems,
            tasks: self.tasks.len() as u64,
        }
    }
}

/// The posts of units go along; posts of the city's own offices are given by whoever keeps the people.
fn may_pass(ctx: &CityCtx, role: Role) -> bool {
    match role {
        Role::UnitHead | Role::Officer | Role::Liaison | Role::Inspector | Role::GridWorker => true,
        Role::CityAdmin | Role::Office | Role::Supervisor | Role::Leader | Role::Province => {
            ctx.allow_right(Right::ManagePeople, &Place::City).is_ok()
        }
        Role::PlatformAdmin => false,
    }
}

async fn person(tx: &ReadTx, id: PersonId) -> Result<Person, Error> {
    unit::person(tx, id).await.map_err(|error| match error {
        StoreError::NotFound { .. } => Error::new("person_not_found"),
        other => other.into(),
    })
}

/// What a person holds.
#[utoipa::path(get, path = "/api/people/{id}/holdings", tag = "duty", params(("id" = String, Path)),
    responses((status = 200, body = Holdings), (status = 404, body = FailureBody)))]
pub async fn holdings(ctx: CityCtx, Path(id): Path<PersonId>) -> Result<Json<Holdings>, Error> {
    let tx = ctx.read().await?;
    let leaving = person(&tx, id).await?;
    Ok(Json(Held::load(&ctx, &tx, &leaving).await?.counted()))
}

/// Hand everything a person holds over to a successor, and say what it was.
#[utoipa::path(post, path = "/api/people/{id}/hand-over", tag = "duty", params(("id" = String, Path)),
    request_body = HandOverInput, responses((status = 200, body = Holdings), (status = 403, body = FailureBody),
    (status = 404, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn hand_over(
    ctx: CityCtx,
    Path(id): Path<PersonId>,
    Json(input): Json<HandOverInput>,
) -> Result<Json<Holdings>, Error> {
    let mut tx = ctx.write().await?;
    if let Some(done) = ctx.once::<Holdings>(&mut tx, input.command_id, &(id, &input)).await? {
        return Ok(Json(done));
    }
    if input.to == id {
        return Err(Error::invalid("to", "hand_over_to_self"));
    }
    if input.reason.trim().is_empty() {
        return Err(Error::invalid("reason", "duty_reason_missing"));
    }
    let leaving = person(&tx, id).await?;
    let next = person(&tx, input.to).await?;
    if next.left_on.is_some_and(|day| day <= ctx.today()) {
        return Err(Error::invalid("to", "person_not_found"));
    }
    let held = Held::load(&ctx, &tx, &leaving).await?;
    let counted = held.counted();
    pass(&ctx, &mut tx, held, &leaving, &next, &input).await?;
    tx.audit("person.hand_over", "person", &id.to_string(), &(&input, &counted))?;
    ctx.answer_once(&mut tx, input.command_id, &counted).await?;
    tx.commit().await?;
    Ok(Json(counted))
}

async fn pass(
    ctx: &CityCtx,
    tx: &mut WriteTx,
    held: Held,
    leaving: &Person,
    next: &Person,
    input: &HandOverInput,
) -> Result<(), Error> {
    for mut unit in held.units {
        for place in [&mut unit.head, &mut unit.officer, &mut unit.liaison] {
            if *place == Some(leaving.id) {
                *place = Some(next.id);
            }
        }
        unit::update(tx, &unit).await?;
        tx.audit("unit.hand_over", "unit", &unit.id.to_string(), &(leaving.id, next.id))?;
        tx.event("unit", &unit.id.to_string(), &[unit.id])?;
    }
    for kept in held.duties {
        actions::apply(ctx, tx, &kept, &DutyCommand::HandOver { from: leaving.id, to: next.id }).await?;
    }
    let calendar = yipanqi_store::calendar::load(tx).await?;
    for kept in held.tasks {
        let command = yipanqi_domain::task::Command::HandOver { to: next.id };
        crate::task::actions::saved(ctx, tx, &calendar, kept, &command).await?;
    }
    for mut site in held.sites {
        site.chief_name = Some(next.name.clone());
        site.chief_phone = next.phone.clone();
        site::update(tx, &site).await?;
        tx.audit("site.hand_over", "site", &site.id.to_string(), &(leaving.id, next.id))?;
    }
    let theirs = unit::posts(tx, Some(next.id), ctx.today()).await?;
    // The last day is worked; without one the post counts for nothing from now on.
    let last = input.leaves_on.or_else(|| ctx.today().pred_opt()).ok_or_else(|| Error::internal("no day before"))?;
    for post in held.posts {
        unit::post_end(tx, post.id, last).await?;
        if !theirs.iter().any(|other| other.unit == post.unit && other.role == post.role) {
            let (id, valid_from) = (uuid::Uuid::now_v7(), ctx.today());
            let given = PersonPost { id, person: next.id, unit: post.unit, role: post.role, valid_from, valid_to: None };
            unit::save_post(tx, &given).await?;
        }
        tx.audit("post.hand_over", "person", &next.id.to_string(), &(post.unit, post.role))?;
    }
    if let Some(day) = input.leaves_on {
        unit::save_person(tx, &Person { left_on: Some(day), ..leaving.clone() }).await?;
    }
    Ok(())
}
