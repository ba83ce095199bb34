//! Accounts for many people at once, with their first passwords on slips to be printed, cut and handed over.
//!
//! A first password is made here, shown and printed in the one answer, and kept as a hash only. Who lost the answer has the
//! passwords issued anew; a repeated command tells what was made, without them.

use std::collections::{BTreeMap, HashMap};

use axum::extract::State;
use axum::http::HeaderMap;
use base64::Engine as _;
use futures_util::StreamExt as _;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use yipanqi_documents::sheet::{self, Card, SheetError};
use yipanqi_domain::access::Role;
use yipanqi_domain::account::{self, Candidate, Standing};
use yipanqi_domain::id::{CommandId, PersonId, UnitId};
use yipanqi_store::hub::{Admission, Admitted, Issue, Reissue};
use yipanqi_store::{ReadTx, unit};

use super::actions::{Told, deliver};
use super::people::PeoplePost;
use crate::app::App;
use crate::error::{Error, FailureBody};
use crate::page::Page;
use crate::request::{CityCtx, Json, Lang, Query, body_hash, today};
use crate::session::{UnitRef, password};
use crate::words::word;

/// Accounts of one command: each password costs a moment.
const MOST: usize = 200;

/// Which people, and how they stand.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct CandidateQuery {
    /// Part of the name, the number, the login or the name of a unit.
    pub q: String,
    /// In this unit or below it.
    #[param(value_type = Option<String>)]
    pub unit: Option<UnitId>,
    /// With one of these roles.
    #[param(value_type = Vec<String>)]
    pub role: Vec<Role>,
    /// Standing so.
    #[param(value_type = Vec<String>)]
    pub standing: Vec<Standing>,
    /// The page, from 1.
    pub page: Option<u64>,
    /// Rows per page.
    pub size: Option<u64>,
}

/// A person of the lists, and whether an account can be given.
#[derive(Debug, Serialize, ToSchema)]
pub struct CandidateRow {
    /// The person.
    #[schema(value_type = String)]
    pub id: PersonId,
    /// Name.
    pub name: String,
    /// Telephone as it stands in the list.
    pub phone: Option<String>,
    /// The posts valid today.
    pub posts: Vec<PeoplePost>,
    /// `ready`, or why not.
    #[schema(value_type = String)]
    pub standing: Standing,
}

/// A page of people.
#[derive(Debug, Serialize, ToSchema)]
pub struct CandidatePage {
    /// By unit and name.
    pub items: Vec<CandidateRow>,
    /// How many there are.
    pub total: usize,
    /// From 1.
    pub page: u64,
    /// Rows per page.
    pub size: u64,
}

/// Accounts to be made.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct HandOut {
    /// The client's identity of the command.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// For whom: people of the lists with a post, at most two hundred.
    #[schema(value_type = Vec<String>)]
    pub person_ids: Vec<PersonId>,
}

/// Accounts to be given new first passwords.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ReIssue {
    /// The client's identity of the command.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// Which, at most two hundred.
    pub account_ids: Vec<String>,
}

/// What became of one person.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct HandedOut {
    /// The person, or the account where it is not known.
    pub id: String,
    /// Name.
    pub name: String,
    /// What is typed to sign in, beside the telephone number.
    pub login: Option<String>,
    /// The telephone number.
    pub phone: Option<String>,
    /// The first password, in the first answer only.
    pub initial_password: Option<String>,
    /// Whether the account stands.
    pub ok: bool,
    /// Why not.
    pub code: Option<String>,
    /// The sentence for it.
    pub message: Option<String>,
}

/// What became of a command.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct HandOutAnswer {
    /// One for each, in the order asked.
    pub results: Vec<HandedOut>,
    /// The slips as a PDF in base64, in the first answer only; none if there is nobody to hand one to.
    pub slips: Option<String>,
    /// Whether this command was carried out before: passwords are not shown twice.
    pub again: bool,
}

/// The people of a city as they stand for a hand-out.
struct People {
    persons: Vec<unit::Person>,
    posts: HashMap<PersonId, Vec<(UnitId, Role)>>,
    standings: BTreeMap<PersonId, Standing>,
    directory: std::sync::Arc<yipanqi_store::unit::Directory>,
}

impl People {
    async fn read(app: &App, ctx: &CityCtx) -> Result<Self, Error> {
        let taken = app.store().hub().phones(ctx.city.slug()).await?;
        let members: std::collections::BTreeSet<PersonId> =
            app.store().hub().members(ctx.city.slug()).await?.into_iter().map(|one| one.person).collect();
        let tx: ReadTx = ctx.read().await?;
        let directory = unit::directory(&tx).await?;
        let persons = unit::persons(&tx).await?;
        let mut posts: HashMap<PersonId, Vec<(UnitId, Role)>> = HashMap::new();
        for post in unit::posts(&tx, None, ctx.today()).await? {
            posts.entry(post.person).or_default().push((post.unit, post.role));
        }
        let candidates: Vec<Candidate> = persons
            .iter()
            .map(|person| Candidate {
                person: person.id,
                phone: person.phone.clone(),
                has_account: members.contains(&person.id),
                has_post: posts.contains_key(&person.id),
                left: person.left_on.is_some_and(|day| day <= ctx.today()),
            })
            .collect();
        let standings = account::standings(&candidates, &taken);
        Ok(Self { persons, posts, standings, directory })
    }

    /// The post by which a person is known first: of the lowest role in the order of the directory.
    fn post(&self, person: PersonId) -> Option<(&unit::Unit, Role)> {
        let posts = self.posts.get(&person)?;
        posts.iter().filter_map(|(unit, role)| Some((self.directory.get(*unit)?, *role))).min_by_key(|(unit, _)| unit.position)
    }
}

/// The people of the lists with their posts, and whether each can be given an account.
#[utoipa::path(get, path = "/api/accounts/candidates", tag = "people", params(CandidateQuery),
    responses((status = 200, body = CandidatePage)))]
pub async fn candidates(
    State(app): State<App>,
    ctx: CityCtx,
    Query(query): Query<CandidateQuery>,
) -> Result<Json<CandidatePage>, Error> {
    let page = Page::of(query.page, query.size);
    let rows = asked(&app, &ctx, &query).await?;
    let total = rows.len();
    let skipped = usize::try_from(page.offset()).unwrap_or(usize::MAX);
    let shown = usize::try_from(page.size).unwrap_or(usize::MAX);
    let items = rows.into_iter().skip(skipped).take(shown).collect();
    Ok(Json(CandidatePage { items, total, page: page.page, size: page.size }))
}

/// Everybody whom a query asks for, by unit and name.
///
/// # Errors
/// The database's.
pub async fn asked(app: &App, ctx: &CityCtx, query: &CandidateQuery) -> Result<Vec<CandidateRow>, Error> {
    let people = People::read(app, ctx).await?;
    let wanted = query.q.trim();
    let fits = |person: &unit::Person, posts: &[(UnitId, Role)], standing: Standing| {
        let names = posts.iter().filter_map(|(unit, _)| people.directory.get(*unit)).map(|unit| unit.name.as_str());
        let said =
            [person.name.as_str()].into_iter().chain(person.phone.as_deref()).chain(names).any(|text| text.contains(wanted));
        said && (query.standing.is_empty() || query.standing.contains(&standing))
            && (query.role.is_empty() || posts.iter().any(|(_, role)| query.role.contains(role)))
            && query.unit.is_none_or(|above| posts.iter().any(|(unit, _)| *unit == above || ctx.tree.is_within(*unit, above)))
    };
    let mut rows: Vec<((i64, &str), CandidateRow)> = Vec::new();
    for person in &people.persons {
        let posts = people.posts.get(&person.id).map(Vec::as_slice).unwrap_or_default();
        let standing = people.standings.get(&person.id).copied().unwrap_or(Standing::NoPost);
        if !fits(person, posts, standing) {
            continue;
        }
        let place = people.post(person.id).map_or(i64::MAX, |(unit, _)| unit.position);
        let posts = posts
            .iter()
            .filter_map(|(unit, role)| Some(PeoplePost { unit: UnitRef::from(people.directory.get(*unit)?), role: *role }));
        let row = CandidateRow {
            id: person.id,
            name: person.name.clone(),
            phone: person.phone.clone(),
            posts: posts.collect(),
            standing,
        };
        rows.push(((place, person.name.as_str()), row));
    }
    rows.sort_by_key(|(place, _)| *place);
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}

/// Make accounts for people of the lists and print their slips; each succeeds or is refused for itself.
#[utoipa::path(post, path = "/api/accounts/hand-out", tag = "people", request_body = HandOut,
    responses((status = 200, body = HandOutAnswer), (status = 409, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn hand_out(
    State(app): State<App>,
    ctx: CityCtx,
    headers: HeaderMap,
    Json(input): Json<HandOut>,
) -> Result<Json<HandOutAnswer>, Error> {
    bounded(input.person_ids.len())?;
    let origin = crate::site::origin(&app, &headers);
    Ok(Json(give(&app, &ctx, &input, &origin).await?))
}

/// Give accounts new first passwords, end their sessions and print their slips; each succeeds or is refused for itself.
#[utoipa::path(post, path = "/api/accounts/re-issue", tag = "people", request_body = ReIssue,
    responses((status = 200, body = HandOutAnswer), (status = 409, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn re_issue(
    State(app): State<App>,
    ctx: CityCtx,
    headers: HeaderMap,
    Json(input): Json<ReIssue>,
) -> Result<Json<HandOutAnswer>, Error> {
    bounded(input.account_ids.len())?;
    let origin = crate::site::origin(&app, &headers);
    Ok(Json(give_anew(&app, &ctx, &input, &origin).await?))
}

fn bounded(count: usize) -> Result<(), Error> {
    match (1..=MOST).contains(&count) {
        true => Ok(()),
        false => Err(Error::new("hand_out_count").with("most", MOST).with("count", count)),
    }
}

/// The code by which a person who cannot be given an account is refused.
fn refusal(standing: Standing) -> Option<&'static str> {
    match standing {
        Standing::Ready => None,
        Standing::HasAccount => Some("person_has_account"),
        Standing::Left => Some("person_left"),
        Standing::NoPost => Some("person_without_post"),
        Standing::NoPhone => Some("person_without_phone"),
        Standing::PhoneUnclear => Some("phone_invalid"),
        Standing::PhoneTwice => Some("account_phone_taken"),
    }
}

/// First passwords and their hashes, hashed several at a time.
async fn secrets(count: usize) -> Result<Vec<(String, String)>, Error> {
    let at_once = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let made = futures_util::stream::iter((0..count).map(|_| async {
        let initial = password::initial();
        let hash = password::hash(initial.clone()).await?;
        Ok::<_, Error>((initial, hash))
    }));
    made.buffered(at_once).collect::<Vec<_>>().await.into_iter().collect()
}

/// Makes the accounts of a hand-out.
///
/// # Errors
/// `command_reused`, `sheet_font_missing` before anything is made, or the database's.
pub async fn give(app: &App, ctx: &CityCtx, input: &HandOut, origin: &str) -> Result<HandOutAnswer, Error> {
    sheet::ready().map_err(no_sheet)?;
    let people = People::read(app, ctx).await?;
    let mut results: Vec<HandedOut> = Vec::new();
    let mut chosen: Vec<(usize, &unit::Person, String)> = Vec::new();
    for (place, id) in input.person_ids.iter().enumerate() {
        let person = people.persons.iter().find(|person| person.id == *id);
        let standing = people.standings.get(id).copied();
        let mut result = HandedOut::of(&id.to_string(), person.map_or("", |person| person.name.as_str()));
        let number = person.and_then(|person| account::mobile(person.phone.as_deref()?));
        match (person, standing.map(refusal), number) {
            (Some(person), Some(None), Some(number)) => {
                result.phone = Some(number.clone());
                chosen.push((place, person, number));
            }
            (_, Some(Some(code)), _) => result.refuse(code, ctx.lang),
            (None, _, _) | (_, None, _) | (_, _, None) => result.refuse("person_not_found", ctx.lang),
        }
        results.push(result);
    }
    let secrets = secrets(chosen.len()).await?;
    let admissions = chosen.iter().zip(&secrets).map(|((_, person, number), (_, hash))| Admission {
        person: person.id,
        name: person.name.clone(),
        phone: number.clone(),
        code: people.post(person.id).map(|(unit, _)| unit.code.clone()).unwrap_or_default(),
        password_hash: hash.clone(),
    });
    let told = |admission: &Admission, made: &Admitted| {
        let known = people.persons.iter().find(|person| person.id == admission.person);
        let post = people.post(admission.person);
        match (known, post) {
            (Some(person), Some((unit, role))) => json!(Told::Joined {
                person: unit::Person { account: Some(made.account.clone()), ..person.clone() },
                unit: unit.id,
                role,
                from: today(ctx.moment),
            }),
            (None, _) | (_, None) => serde_json::Value::Null,
        }
    };
    let fill = |made: &[Result<Admitted, &'static str>]| {
        let mut results = results.clone();
        for ((place, ..), made) in chosen.iter().zip(made) {
            if let Some(result) = results.get_mut(*place) {
                result.take(made, ctx.lang);
            }
        }
        results
    };
    let silent = |made: &[Result<Admitted, &'static str>]| json!(HandOutAnswer { results: fill(made), slips: None, again: true });
    let hash = body_hash(ctx.right, input)?;
    let hub = app.store().hub();
    let command = (input.command_id, hash.as_str());
    let issue = hub.admit_all(command, ctx.city.slug(), admissions.collect(), told, silent, ctx.author(), ctx.moment).await?;
    let made = match issue {
        Issue::First(made) => made,
        Issue::Again(before) => return serde_json::from_value(before).map_err(Error::internal),
        Issue::OtherBody => return Err(Error::new("command_reused")),
    };
    deliver(app, &ctx.city).await?;
    let mut results = fill(&made);
    let mut cards = Vec::new();
    for (((place, person, _), made), (initial, _)) in chosen.iter().zip(&made).zip(secrets) {
        if let (Ok(_), Some(result)) = (made, results.get_mut(*place)) {
            result.initial_password = Some(initial);
            cards.push(card(result, people.post(person.id), ctx.lang, origin));
        }
    }
    Ok(HandOutAnswer { results, slips: printed(cards).await?, again: false })
}

/// Gives accounts new first passwords.
///
/// # Errors
/// As [`give`].
pub async fn give_anew(app: &App, ctx: &CityCtx, input: &ReIssue, origin: &str) -> Result<HandOutAnswer, Error> {
    sheet::ready().map_err(no_sheet)?;
    let people = People::read(app, ctx).await?;
    let hub = app.store().hub();
    let known: HashMap<String, _> = hub.accounts().await?.into_iter().map(|account| (account.id.clone(), account)).collect();
    let members: HashMap<String, PersonId> =
        hub.members(ctx.city.slug()).await?.into_iter().map(|one| (one.account_id, one.person)).collect();
    let secrets = secrets(input.account_ids.len()).await?;
    let accounts = input.account_ids.iter().zip(&secrets);
    let accounts = accounts.map(|(id, (_, hash))| Reissue { account: id.clone(), password_hash: hash.clone() }).collect();
    let fill = |made: &[Result<Admitted, &'static str>]| -> Vec<HandedOut> {
        let each = input.account_ids.iter().zip(made).map(|(id, made)| {
            // Of an account elsewhere nothing is told.
            let account = known.get(id).filter(|_| members.contains_key(id));
            let mut result = HandedOut::of(id, account.map_or("", |account| account.name.as_str()));
            result.phone = account.and_then(|account| account.phone.clone());
            result.take(made, ctx.lang);
            result
        });
        each.collect()
    };
    let silent = |made: &[Result<Admitted, &'static str>]| json!(HandOutAnswer { results: fill(made), slips: None, again: true });
    let hash = body_hash(ctx.right, input)?;
    let command = (input.command_id, hash.as_str());
    let made = match hub.reissue_all(command, ctx.city.slug(), accounts, silent, ctx.author(), ctx.moment).await? {
        Issue::First(made) => made,
        Issue::Again(before) => return serde_json::from_value(before).map_err(Error::internal),
        Issue::OtherBody => return Err(Error::new("command_reused")),
    };
    let mut results = fill(&made);
    let mut cards = Vec::new();
    for ((result, made), (initial, _)) in results.iter_mut().zip(&made).zip(secrets) {
        if let Ok(made) = made {
            result.initial_password = Some(initial);
            cards.push(card(result, people.post(made.person), ctx.lang, origin));
        }
    }
    Ok(HandOutAnswer { results, slips: printed(cards).await?, again: false })
}

impl HandedOut {
    fn of(id: &str, name: &str) -> Self {
        Self {
            id: id.to_owned(),
            name: name.to_owned(),
            login: None,
            phone: None,
            initial_password: None,
            ok: false,
            code: None,
            message: None,
        }
    }

    fn refuse(&mut self, code: &'static str, lang: Lang) {
        self.code = Some(code.to_owned());
        self.message = Some(Error::new(code).message(lang));
    }

    fn take(&mut self, made: &Result<Admitted, &'static str>, lang: Lang) {
        match made {
            Ok(made) => {
                self.ok = true;
                self.login = Some(made.login.clone());
            }
            Err(code) => self.refuse(code, lang),
        }
    }
}

/// A slip: whose it is, with what to sign in, and where.
fn card(result: &HandedOut, post: Option<(&unit::Unit, Role)>, lang: Lang, origin: &str) -> Card {
    let said = |zh: &str, en: &str| match lang {
        Lang::Zh => zh.to_owned(),
        Lang::En => en.to_owned(),
    };
    let login = result.login.clone().unwrap_or_default();
    let role = post.map(|(unit, role)| {
        let code = serde_json::to_value(role).ok().and_then(|role| role.as_str().map(str::to_owned)).unwrap_or_default();
        format!("{}　{}", unit.name, word("role", &code, lang))
    });
    let mut lines = vec![(said("账号", "Account"), login.clone())];
    lines.extend(result.phone.clone().map(|phone| (said("或手机号", "or number"), phone)));
    lines.push((said("初始密码", "Password"), result.initial_password.clone().unwrap_or_default()));
    Card {
        address: format!("{origin}/m/login?login={login}"),
        title: result.name.clone(),
        under: role.unwrap_or_default(),
        lines,
        foot: vec![
            said("扫码，用账号或手机号登录，改成自己的密码。", "Scan, sign in with account or number, set your own password."),
            format!("{origin}/m"),
            said("密码只在这张纸上，请勿转交、拍照。", "The password is on this paper only: do not pass it on."),
        ],
    }
}

async fn printed(cards: Vec<Card>) -> Result<Option<String>, Error> {
    if cards.is_empty() {
        return Ok(None);
    }
    let made = tokio::task::spawn_blocking(move || sheet::cards(&cards)).await.map_err(Error::internal)?;
    Ok(Some(base64::engine::general_purpose::STANDARD.encode(made.map_err(no_sheet)?)))
}

fn no_sheet(error: SheetError) -> Error {
    match error {
        SheetError::FontMissing(_) => Error::new("sheet_font_missing"),
        SheetError::TooLong(_) | SheetError::Font(_) => Error::internal(error),
    }
}
