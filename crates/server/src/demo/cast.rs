//! The people of the demonstration: real names from the workbooks, an account for every role.

use std::fmt::Write as _;

use anyhow::Context as _;
use yipanqi_domain::access::Role;
use yipanqi_domain::id::UnitId;
use yipanqi_domain::unit::UnitKind;
use yipanqi_store::hub::NewAccount;
use yipanqi_store::unit::{Directory, Unit};
use yipanqi_store::{Author, Slug, unit};

use crate::app::App;
use crate::person::{self, actions};
use crate::session::password;

/// Everybody's password in the demonstration.
pub const PASSWORD: &str = "yipanqi-demo";

/// Who of a unit's people gets the account.
#[derive(Debug, Clone, Copy)]
enum Who {
    Head,
    Officer,
    Liaison,
    Named(&'static str),
}

/// Login, short name of the unit, who, role.
type Part = (&'static str, &'static str, Who, Role);

const YUNXI: [Part; 13] = [
    ("admin", "市创建办", Who::Named("翁砚"), Role::CityAdmin),
    ("office", "市创建办", Who::Liaison, Role::Office),
    ("office2", "市创建办", Who::Officer, Role::Office),
    ("head", "市城管执法局", Who::Head, Role::UnitHead),
    ("officer", "市城管执法局", Who::Officer, Role::Officer),
    ("liaison", "市城管执法局", Who::Liaison, Role::Liaison),
    ("inspector", "市创建办", Who::Named("安屿"), Role::Inspector),
    ("inspector2", "市创建办", Who::Named("周澄"), Role::Inspector),
    ("inspector3", "市创建办", Who::Named("何溪"), Role::Inspector),
    ("supervisor", "市督查室", Who::Officer, Role::Supervisor),
    ("leader", "市政府", Who::Head, Role::Leader),
    ("province", "市委", Who::Named("省文明办"), Role::Province),
    ("grid", "桂花园社区第一网格", Who::Officer, Role::GridWorker),
];

const QINGHE: [Part; 4] = [
    ("qinghe.admin", "县创建办", Who::Named("许可"), Role::CityAdmin),
    ("qinghe.office", "县创建办", Who::Liaison, Role::Office),
    ("qinghe.liaison", "县城管局", Who::Liaison, Role::Liaison),
    ("qinghe.inspector", "县创建办", Who::Named("林禾"), Role::Inspector),
];

/// An account and whose it is.
#[derive(Debug, Clone)]
pub struct Member {
    /// What is typed to log in.
    pub login: String,
    /// The person's name.
    pub name: String,
    /// The unit.
    pub unit: UnitId,
    /// The unit's short name.
    pub unit_name: String,
    /// The role.
    pub role: Role,
}

/// Accounts for every role, and a liaison for every street and every department that answers for sites.
///
/// # Errors
/// If a unit of the cast is not in the workbooks.
pub async fn settle(app: &App, slug: &Slug) -> anyhow::Result<Vec<Member>> {
    let mut cast = Vec::new();
    let directory = unit::directory(&app.store().city(slug).await?.read().await?).await?;
    for (login, unit, who, role) in YUNXI {
        cast.push(join(app, slug, login, named(&directory, unit)?, who, role).await?);
    }
    let answering =
        |unit: &&Unit| matches!(unit.kind, UnitKind::Street | UnitKind::Town | UnitKind::Department | UnitKind::Company);
    for unit in directory.units().iter().filter(answering) {
        if cast.iter().any(|member| member.unit == unit.id && member.role == Role::Liaison) {
            continue;
        }
        let login = format!("liaison.{}", unit.code.to_lowercase());
        let who = if unit.liaison.is_some() { Who::Liaison } else { Who::Officer };
        cast.push(join(app, slug, &login, unit, who, Role::Liaison).await?);
    }
    keeper(app).await?;
    Ok(cast)
}

/// The accounts of the small city; the platform's keeper belongs to none.
///
/// # Errors
/// If a unit of the cast is not in the workbooks.
pub async fn settle_small(app: &App, slug: &Slug) -> anyhow::Result<Vec<Member>> {
    let directory = unit::directory(&app.store().city(slug).await?.read().await?).await?;
    let mut cast = Vec::new();
    for (login, unit, who, role) in QINGHE {
        cast.push(join(app, slug, login, named(&directory, unit)?, who, role).await?);
    }
    Ok(cast)
}

async fn keeper(app: &App) -> anyhow::Result<()> {
    let password_hash = password::hash(PASSWORD.to_owned()).await?;
    let new = NewAccount {
        login: "platform".to_owned(),
        name: "平台管理员".to_owned(),
        phone: None,
        password_hash,
        platform_admin: true,
        must_change: false,
    };
    app.store().hub().add_account(new, by(), app.clock().now()).await?;
    Ok(())
}

fn by() -> Author {
    Author { person: None, name: "演示 demo".to_owned() }
}

fn named<'a>(directory: &'a Directory, short: &str) -> anyhow::Result<&'a Unit> {
    let is_named = |unit: &&Unit| unit.short_name.as_deref() == Some(short) || unit.name == short;
    directory.units().iter().find(is_named).with_context(|| format!("no unit {short} in the workbooks"))
}

async fn join(app: &App, slug: &Slug, login: &str, unit: &Unit, who: Who, role: Role) -> anyhow::Result<Member> {
    let city = app.store().city(slug).await?;
    let person_id = match who {
        Who::Head => unit.head,
        Who::Officer => unit.officer,
        Who::Liaison => unit.liaison,
        Who::Named(_) => None,
    };
    let known = match person_id {
        Some(person) => Some(unit::person(&city.read().await?, person).await?),
        None => None,
    };
    // The grid worker signs in with the number of the list as well.
    let phone = known.as_ref().filter(|_| role == Role::GridWorker).and_then(|person| person.phone.clone());
    let name = match (known, who) {
        (Some(person), _) => person.name,
        (None, Who::Named(name)) => name.to_owned(),
        (None, Who::Head | Who::Officer | Who::Liaison) => login.to_owned(),
    };
    let new = person::NewAccount {
        login: login.to_owned(),
        name: name.clone(),
        phone,
        person_id,
        unit_id: unit.id,
        role,
        password: Some(PASSWORD.to_owned()),
    };
    actions::add(app, &city, new, by(), app.clock().now()).await?;
    let unit_name = unit.short_name.clone().unwrap_or_else(|| unit.name.clone());
    Ok(Member { login: login.to_owned(), name, unit: unit.id, unit_name, role })
}

/// The accounts as they are printed at the start of the demonstration.
#[must_use]
pub fn table(cities: &[(&str, &Vec<Member>)]) -> String {
    let mut text = format!("密码 Password: {PASSWORD}\n\n");
    // Writing to a string cannot fail.
    let _written = writeln!(text, "{:<18}平台管理员 platform administrator", "platform");
    for (city, cast) in cities {
        let _written = writeln!(text, "\n{city}");
        for member in cast.iter().filter(|member| !member.login.starts_with("liaison.")) {
            let role = serde_json::to_value(member.role).unwrap_or_default();
            let role = role.as_str().unwrap_or_default();
            let _written = writeln!(text, "{:<18}{role:<14}{}  {}", member.login, member.name, member.unit_name);
        }
        if cast.iter().any(|member| member.login.starts_with("liaison.")) {
            let _written = writeln!(text, "{:<18}{:<14}各街道（镇）、部门联络员", "liaison.s01 …", "liaison");
        }
    }
    text
}
