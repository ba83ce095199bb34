//! What accounts and posts look like from outside.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use yipanqi_domain::access::Role;
use yipanqi_domain::id::{PersonId, UnitId};
use yipanqi_domain::moment::Moment;

use crate::session::UnitRef;

/// A post with its dates.
#[derive(Debug, Serialize, ToSchema)]
pub struct DatedPost {
    /// Identity.
    #[schema(value_type = String)]
    pub id: uuid::Uuid,
    /// The unit.
    pub unit: UnitRef,
    /// The role.
    #[schema(value_type = String)]
    pub role: Role,
    /// First day.
    pub valid_from: NaiveDate,
    /// Last day; none: until further notice.
    pub valid_to: Option<NaiveDate>,
}

/// An account of somebody in the city.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccountRow {
    /// Identity of the account.
    pub id: String,
    /// The person of the city.
    #[schema(value_type = String)]
    pub person_id: PersonId,
    /// What is typed to log in.
    pub login: String,
    /// Name.
    pub name: String,
    /// The mobile number that serves to log in as well.
    pub phone: Option<String>,
    /// Whether the first password is still in force: nobody has signed in with it and chosen another.
    pub first_password: bool,
    /// Whether it can no longer log in.
    pub disabled: bool,
    /// Until when it is paused after wrong passwords.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub locked_until: Option<Moment>,
    /// The posts valid today.
    pub posts: Vec<DatedPost>,
}

/// Which accounts to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AccountQuery {
    /// Part of the login, the name, the number or a unit's name.
    #[serde(default)]
    pub q: String,
    /// Only those with their first password still in force, or only the others.
    #[serde(default)]
    pub first_password: Option<bool>,
}

/// A new account for a person with a first post.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct NewAccount {
    /// What is typed to log in.
    pub login: String,
    /// Name.
    pub name: String,
    /// Telephone.
    pub phone: Option<String>,
    /// First password; made by the server if left out.
    pub password: Option<String>,
    /// A person already listed in the city; a new one if left out.
    #[schema(value_type = Option<String>)]
    pub person_id: Option<PersonId>,
    /// The unit of the first post.
    #[schema(value_type = String)]
    pub unit_id: UnitId,
    /// The role of the first post.
    #[schema(value_type = String)]
    pub role: Role,
}

/// Another telephone number.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct PhoneInput {
    /// A mobile number, however it is written; none to have none.
    pub phone: Option<String>,
}

/// The account as made.
#[derive(Debug, Serialize, ToSchema)]
pub struct CreatedAccount {
    /// Identity of the account.
    pub id: String,
    /// To be handed over once; must be changed at the first log-in.
    pub initial_password: String,
}

/// A further post.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
pub struct NewPost {
    /// The unit.
    #[schema(value_type = String)]
    pub unit_id: UnitId,
    /// The role.
    #[schema(value_type = String)]
    pub role: Role,
}

/// The identity of what was made.
#[derive(Debug, Serialize, ToSchema)]
pub struct Created {
    /// Identity.
    pub id: String,
}
