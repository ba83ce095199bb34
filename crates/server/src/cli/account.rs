//! Accounts from the machine itself: the first administrator of a city, the keeper of the machine, a forgotten password.

use clap::{Args, Subcommand};
use yipanqi_domain::access::Role;
use yipanqi_store::{Slug, hub, unit};

use crate::app::App;
use crate::error::Error;
use crate::person::{self, NewAccount};
use crate::session::password;

#[derive(Debug, Subcommand)]
pub enum Account {
    /// Add an account; prints its first password unless one is given
    Add(Add),
    /// Give an account a new first password and end its sessions; prints it
    Reset {
        /// The login
        login: String,
    },
}

#[derive(Debug, Args)]
pub struct Add {
    /// What is typed to log in
    login: String,
    /// Name of the person
    #[arg(long)]
    name: String,
    /// The city to work in
    #[arg(long, requires = "unit", required_unless_present = "platform_admin")]
    city: Option<Slug>,
    /// Code of the unit of the first post
    #[arg(long)]
    unit: Option<String>,
    /// The role of the first post, e.g. city_admin, office, liaison
    #[arg(long, value_parser = role, default_value = "city_admin")]
    role: Role,
    /// The password; then it need not be changed at the first log-in
    #[arg(long)]
    password: Option<String>,
    /// Keeps the machine: adds cities, sees none
    #[arg(long, conflicts_with = "city")]
    platform_admin: bool,
}

fn role(text: &str) -> Result<Role, String> {
    serde_json::from_value(serde_json::Value::String(text.to_owned())).map_err(|error| error.to_string())
}

pub async fn run(app: &App, command: Account) -> Result<(), Error> {
    let created = match command {
        Account::Add(add) => match (&add.city, &add.unit) {
            (Some(city), Some(unit)) => member(app, &add, city, unit).await?,
            _ => keeper(app, add).await?,
        },
        Account::Reset { login } => reset(app, &login).await?,
    };
    println!("{created}");
    Ok(())
}

async fn member(app: &App, add: &Add, city: &Slug, unit_code: &str) -> Result<String, Error> {
    let city = app.store().city(city).await?;
    let directory = unit::directory(&city.read().await?).await?;
    let unit = directory.by_code(unit_code).ok_or_else(|| Error::new("unit_not_found"))?;
    let new = NewAccount {
        login: add.login.clone(),
        name: add.name.clone(),
        phone: None,
        password: add.password.clone(),
        person_id: None,
        unit_id: unit.id,
        role: add.role,
    };
    Ok(person::actions::add(app, &city, new, super::console(), app.clock().now()).await?.initial_password)
}

async fn keeper(app: &App, add: Add) -> Result<String, Error> {
    person::actions::check_login(&add.login)?;
    let must_change = add.password.is_none();
    let initial = add.password.unwrap_or_else(password::initial);
    password::check(&initial, &add.login, None)?;
    let new = hub::NewAccount {
        login: add.login,
        name: add.name,
        phone: None,
        password_hash: password::hash(initial.clone()).await?,
        platform_admin: true,
        must_change,
    };
    app.store().hub().add_account(new, super::console(), app.clock().now()).await?;
    Ok(initial)
}

async fn reset(app: &App, login: &str) -> Result<String, Error> {
    let hub = app.store().hub();
    let account = hub.credential(login).await?.ok_or_else(|| Error::new("account_not_found"))?.account;
    let initial = password::initial();
    hub.reset_password(&account.id, &password::hash(initial.clone()).await?, super::console(), app.clock().now()).await?;
    Ok(initial)
}
