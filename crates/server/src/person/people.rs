//! The people of the city with their posts, as choices where somebody is to be named.

use std::collections::HashMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use yipanqi_domain::access::Role;
use yipanqi_domain::id::{PersonId, UnitId};
use yipanqi_store::unit;

use crate::error::Error;
use crate::request::{CityCtx, Json, Query};
use crate::session::UnitRef;

/// People shown at most.
const SHOWN: usize = 200;

/// Which people.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct PeopleQuery {
    /// Part of the name.
    pub q: String,
    /// With a post in this unit, or its head, officer or liaison.
    #[param(value_type = Option<String>)]
    pub unit: Option<UnitId>,
}

/// A post of a person.
#[derive(Debug, Serialize, ToSchema)]
pub struct PeoplePost {
    /// Where.
    pub unit: UnitRef,
    /// As what.
    #[schema(value_type = String)]
    pub role: Role,
}

/// A person.
#[derive(Debug, Serialize, ToSchema)]
pub struct PeopleRow {
    /// Identity.
    #[schema(value_type = String)]
    pub id: PersonId,
    /// Name.
    pub name: String,
    /// The posts valid today, and the units whose head, officer or liaison the person is.
    pub posts: Vec<PeoplePost>,
    /// The day on which the person left.
    pub left_on: Option<NaiveDate>,
}

/// The people of the city by name, at most two hundred.
#[utoipa::path(get, path = "/api/people", tag = "person", params(PeopleQuery),
    responses((status = 200, body = Vec<PeopleRow>)))]
pub async fn list(ctx: CityCtx, Query(query): Query<PeopleQuery>) -> Result<Json<Vec<PeopleRow>>, Error> {
    let tx = ctx.read().await?;
    let directory = unit::directory(&tx).await?;
    let mut posts: HashMap<PersonId, Vec<(UnitId, Role)>> = HashMap::new();
    for post in unit::posts(&tx, None, ctx.today()).await? {
        posts.entry(post.person).or_default().push((post.unit, post.role));
    }
    for unit in directory.units() {
        for (person, role) in [(unit.head, Role::UnitHead), (unit.officer, Role::Officer), (unit.liaison, Role::Liaison)] {
            let Some(person) = person else { continue };
            let held = posts.entry(person).or_default();
            if !held.contains(&(unit.id, role)) {
                held.push((unit.id, role));
            }
        }
    }
    let wanted = query.q.trim();
    let rows = unit::persons(&tx)
        .await?
        .into_iter()
        .filter(|person| person.name.contains(wanted))
        .map(|person| (posts.remove(&person.id).unwrap_or_default(), person))
        .filter(|(posts, _)| query.unit.is_none_or(|unit| posts.iter().any(|(of, _)| *of == unit)))
        .take(SHOWN)
        .map(|(posts, person)| PeopleRow {
            id: person.id,
            name: person.name,
            left_on: person.left_on,
            posts: posts
                .into_iter()
                .filter_map(|(unit, role)| Some(PeoplePost { unit: UnitRef::from(directory.get(unit)?), role }))
                .collect(),
        })
        .collect();
    Ok(Json(rows))
}
