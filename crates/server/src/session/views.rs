//! What a session looks like from outside.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use yipanqi_domain::access::{Right, Role};
use yipanqi_domain::id::{PersonId, UnitId};
use yipanqi_domain::moment::Moment;

use crate::ground::Ground;

/// A unit by its identity and names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UnitRef {
    /// Identity.
    #[schema(value_type = String)]
    pub id: UnitId,
    /// Full name.
    pub name: String,
    /// Name for lists.
    pub short_name: String,
}

impl From<&yipanqi_store::unit::Unit> for UnitRef {
    fn from(unit: &yipanqi_store::unit::Unit) -> Self {
        let short_name = unit.short_name.clone().unwrap_or_else(|| unit.name.clone());
        Self { id: unit.id, name: unit.name.clone(), short_name }
    }
}

/// A person by identity and name.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PersonRef {
    /// Identity.
    #[schema(value_type = String)]
    pub id: PersonId,
    /// Name.
    pub name: String,
}

/// A city by its slug and name.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CityRef {
    /// Short name in paths.
    pub slug: String,
    /// Name.
    pub name: String,
    /// Title over its pages.
    pub title: String,
}

/// The account of a session.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccountView {
    /// Identity.
    pub id: String,
    /// What is typed to log in.
    pub login: String,
    /// Name.
    pub name: String,
    /// Whether the password must be changed before anything else.
    pub must_change: bool,
    /// Whether the account keeps the machine.
    pub platform_admin: bool,
}

/// A role in a unit.
#[derive(Debug, Serialize, ToSchema)]
pub struct PostView {
    /// The unit.
    pub unit: UnitRef,
    /// The role.
    #[schema(value_type = String)]
    pub role: Role,
}

/// Who is logged in, where, and what the pages may offer.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionView {
    /// The account.
    pub account: AccountView,
    /// The person of the city.
    pub person: Option<PersonRef>,
    /// The posts valid now in the city.
    pub posts: Vec<PostView>,
    /// The city the session works in.
    pub city: Option<CityRef>,
    /// The cities the account may enter.
    pub cities: Vec<CityRef>,
    /// The rights that reach anything in the city.
    #[schema(value_type = Vec<String>)]
    pub rights: Vec<Right>,
    /// The server's business moment.
    #[schema(value_type = String, format = DateTime)]
    pub now: Moment,
    /// `system`, `offset` or `fixed`.
    pub clock: &'static str,
    /// Changes when the server carries another build of the pages.
    pub build: String,
    /// Whether the server sets letters as pdf.
    pub pdf: bool,
    /// The ground under the city's own boundaries on maps, if the installation has one.
    pub map: Option<Ground>,
}

/// A session of the account.
#[derive(Debug, Serialize, ToSchema)]
pub struct OpenSession {
    /// Identity of the session; not its token.
    pub id: String,
    /// Whether it is the one asking.
    pub current: bool,
    /// When it was opened.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Moment,
    /// Its last request.
    #[schema(value_type = String, format = DateTime)]
    pub seen_at: Moment,
    /// What the browser calls itself.
    pub user_agent: String,
}

/// What logging in takes.
#[derive(Debug, Deserialize, ToSchema)]
pub struct LogIn {
    /// The login.
    pub login: String,
    /// The password.
    pub password: String,
}

/// The city to work in.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ChooseCity {
    /// Its short name.
    pub slug: String,
}

/// A new password.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ChangePassword {
    /// The one in use.
    pub old: String,
    /// The new one.
    pub new: String,
}

/// What opening a token takes.
#[derive(Debug, Deserialize, ToSchema)]
pub struct TokenInput {
    /// The system that bears it.
    pub name: String,
    /// Days it lasts, 1 to 730.
    pub days: i64,
}

/// A token: told once and kept nowhere.
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenView {
    /// Sent as `Authorization: Bearer …`.
    pub token: String,
    /// When it ends by itself.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Moment,
}
