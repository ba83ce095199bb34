//! Two small cities with people for every role, and a browser for each of them.
//!
//! 云溪 is the city under test. 南江 holds the same kinds of people and units; nobody of one sees anything of the other.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use chrono::NaiveDate;
use http_body_util::BodyExt as _;
use serde_json::Value;
use tower::ServiceExt as _;
use yipanqi_domain::access::{Actor, Post, Role};
use yipanqi_domain::id::{PersonId, UnitId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::unit::UnitKind;
use yipanqi_server::app::{self, App};
use yipanqi_server::clock::Clock;
use yipanqi_server::config::Config;
use yipanqi_server::session::password;
use yipanqi_store::hub::{Membership, NewAccount, NewSession};
use yipanqi_store::testing::PostgresDatabase;
use yipanqi_store::unit::{self, Person, PersonPost, Unit};
use yipanqi_store::{Author, City, Store};

/// Everybody's password.
pub const PASSWORD: &str = "yi-pan-qi-2026";

/// The moment at which the fixed clock stands: a Monday morning.
pub const NOW: &str = "2026-03-02T09:00:00+08:00";

/// Code, name, kind, code of the unit above.
const UNITS: &[(&str, &str, UnitKind, Option<&str>)] = &[
    ("city", "市委市政府", UnitKind::Leadership, None),
    ("office", "创建办", UnitKind::Office, Some("city")),
    ("supervision", "督查室", UnitKind::Office, Some("city")),
    ("urban", "城市管理局", UnitKind::Department, Some("city")),
    ("market", "市场监督管理局", UnitKind::Department, Some("city")),
    ("east", "东街街道", UnitKind::Street, Some("city")),
    ("east_1", "东街社区", UnitKind::Community, Some("east")),
    ("east_1_1", "东街社区第一网格", UnitKind::Grid, Some("east_1")),
    ("west", "西街街道", UnitKind::Street, Some("city")),
];

/// Name, role, code of the unit. Those with `other` hold the same roles in other units; to `spare` things may be done.
pub const PEOPLE: &[(&str, Role, &str)] = &[
    ("admin", Role::CityAdmin, "city"),
    ("office", Role::Office, "office"),
    ("head", Role::UnitHead, "urban"),
    ("officer", Role::Officer, "urban"),
    ("liaison", Role::Liaison, "urban"),
    ("inspector", Role::Inspector, "office"),
    ("grid_worker", Role::GridWorker, "east_1_1"),
    ("supervisor", Role::Supervisor, "supervision"),
    ("leader", Role::Leader, "city"),
    ("province", Role::Province, "city"),
    ("other_head", Role::UnitHead, "market"),
    ("street_head", Role::UnitHead, "east"),
    ("other_street_head", Role::UnitHead, "west"),
    ("spare", Role::GridWorker, "east_1_1"),
];

/// Where a world keeps its data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
}

/// Two tests of one body: on SQLite and on PostgreSQL. The body takes what `make` makes on the backend.
#[macro_export]
macro_rules! on_both {
    (async fn $name:ident($world:ident: $kind:ty = $make:path) $body:block) => {
        mod $name {
            use super::*;

            async fn body($world: $kind) $body

            #[tokio::test]
            async fn sqlite() {
                body($make($crate::world::Backend::Sqlite).await).await;
            }

            #[tokio::test]
            async fn postgres() {
                body($make($crate::world::Backend::Postgres).await).await;
            }
        }
    };
}

/// The application with its two cities.
pub struct World {
    pub app: App,
    pub yunxi: Place,
    pub nanjiang: Place,
    router: Router,
    tokens: BTreeMap<String, String>,
    data: Data,
}

/// The files and, on PostgreSQL, the database of a world; gone with it.
struct Data {
    folder: tempfile::TempDir,
    database: Option<PostgresDatabase>,
}

impl Data {
    async fn new(backend: Backend) -> Self {
        let database = match backend {
            Backend::Sqlite => None,
            Backend::Postgres => Some(PostgresDatabase::create().await),
        };
        Self { folder: tempfile::tempdir().unwrap(), database }
    }

    async fn copy(&self) -> Self {
        let folder = tempfile::tempdir().unwrap();
        copy(self.folder.path(), folder.path());
        let database = match &self.database {
            Some(database) => Some(database.copy().await),
            None => None,
        };
        Self { folder, database }
    }

    fn url(&self) -> String {
        match &self.database {
            Some(database) => database.url(),
            None => format!("sqlite:{}", self.folder.path().join("data").display()),
        }
    }

    fn media(&self) -> std::path::PathBuf {
        self.folder.path().join("media")
    }
}

/// A city with its units by code and its people by name.
#[derive(Clone)]
pub struct Place {
    pub city: City,
    pub units: BTreeMap<&'static str, UnitId>,
    pub people: BTreeMap<&'static str, PersonId>,
    pub accounts: BTreeMap<&'static str, String>,
    pub posts: BTreeMap<&'static str, uuid::Uuid>,
    /// A problem that the office registered; empty unless the world was made with problems.
    pub problem: String,
    /// Identities by the noun of their routes; empty unless the world was furnished.
    pub records: BTreeMap<&'static str, String>,
}

/// The cities as they were founded, once per process; every test works on its own copy of the files.
struct Founded {
    yunxi: Place,
    nanjiang: Place,
    tokens: BTreeMap<String, String>,
    /// One at a time: a database that is being copied admits nobody.
    data: tokio::sync::Mutex<Data>,
}

async fn founded(backend: Backend) -> &'static Founded {
    static SQLITE: tokio::sync::OnceCell<Founded> = tokio::sync::OnceCell::const_new();
    static POSTGRES: tokio::sync::OnceCell<Founded> = tokio::sync::OnceCell::const_new();
    let founded = match backend {
        Backend::Sqlite => &SQLITE,
        Backend::Postgres => &POSTGRES,
    };
    founded
        .get_or_init(async || {
            let data = Data::new(backend).await;
            let app = open(&data).await;
            let mut tokens = BTreeMap::new();
            let yunxi = settle(&app, "yunxi", "云溪市", "", &mut tokens).await;
            let nanjiang = settle(&app, "nanjiang", "南江市", "nanjiang.", &mut tokens).await;
            let keeper = account(&app, "keeper", true).await;
            tokens.insert("keeper".into(), session(&app, &keeper, None).await);
            Founded { yunxi, nanjiang, tokens, data: tokio::sync::Mutex::new(data) }
        })
        .await
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let (path, target) = (entry.as_ref().unwrap().path(), to.join(entry.as_ref().unwrap().file_name()));
        if path.is_dir() {
            copy(&path, &target);
        } else if !path.to_string_lossy().ends_with("-shm") {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}

impl World {
    pub async fn new() -> Self {
        Self::on(Backend::Sqlite).await
    }

    /// The same on a database of one's choice.
    pub async fn on(backend: Backend) -> Self {
        Self::with(backend, |_| {}).await
    }

    /// The same with sessions that outlast the weeks of a story.
    pub async fn patient() -> Self {
        Self::with(Backend::Sqlite, |config| config.session_hours = 24 * 400).await
    }

    /// The same with another configuration of the process.
    pub async fn with(backend: Backend, change: impl FnOnce(&mut Config)) -> Self {
        let founded = founded(backend).await;
        let data = founded.data.lock().await.copy().await;
        let app = open_with(&data, change).await;
        let yunxi = founded.yunxi.opened(&app).await;
        let nanjiang = founded.nanjiang.opened(&app).await;
        Self { router: app::router(&app), app, yunxi, nanjiang, tokens: founded.tokens.clone(), data }
    }

    /// The same with a problem in each city.
    pub async fn with_problems() -> Self {
        Self::with_problems_on(Backend::Sqlite).await
    }

    /// The same on a database of one's choice.
    pub async fn with_problems_on(backend: Backend) -> Self {
        let mut world = Self::on(backend).await;
        world.yunxi.problem = world.registered("office").await;
        world.nanjiang.problem = world.registered("nanjiang.office").await;
        world
    }

    async fn registered(&self, name: &str) -> String {
        let body = serde_json::json!({
            "command_id": uuid::Uuid::now_v7(), "source": "grid_patrol", "title": "垃圾桶满溢", "category": "环境卫生",
            "place_text": "东街 12 号",
        });
        self.browser(name).post("/api/problems", body).await.ok()["id"].as_str().unwrap().to_owned()
    }

    /// The same data opened by a new process, as after a restart.
    pub async fn restarted(&self) -> App {
        open(&self.data).await
    }

    /// Where the data are, for another process on them.
    pub fn url(&self) -> String {
        self.data.url()
    }

    /// The folder of its photographs.
    pub fn media(&self) -> std::path::PathBuf {
        self.data.media()
    }

    /// The token of a person's session.
    pub fn token(&self, name: &str) -> &str {
        &self.tokens[name]
    }

    /// A browser in which this person is logged in; `nanjiang.office` is the other city's.
    pub fn browser(&self, name: &str) -> Browser {
        let token = self.tokens.get(name).unwrap_or_else(|| panic!("nobody is called {name}")).clone();
        Browser { router: self.router.clone(), cookie: Some(format!("yipanqi_session={token}")), lang: "zh-CN" }
    }

    /// A browser without a session.
    pub fn stranger(&self) -> Browser {
        Browser { router: self.router.clone(), cookie: None, lang: "zh-CN" }
    }

    /// What an action takes that is called by another one, in the name of this person of 云溪.
    pub async fn context(&self, name: &str) -> yipanqi_server::request::CityCtx {
        let city = self.yunxi.city.clone();
        let tree = unit::tree(&city.read().await.unwrap()).await.unwrap();
        let posts = PEOPLE.iter().filter(|(one, ..)| *one == name);
        let posts = posts.map(|(_, role, unit)| Post { unit: self.yunxi.units[unit], role: *role }).collect();
        yipanqi_server::request::CityCtx {
            city,
            actor: Actor { person: self.yunxi.people[name], posts },
            name: name.to_owned(),
            tree,
            moment: self.app.clock().now(),
            lang: yipanqi_server::request::Lang::Zh,
            right: None,
            sent: None,
            system: None,
            within: None,
        }
    }

    /// Moves the fixed clock.
    pub fn at(&self, moment: &str) {
        self.app.clock().set(Moment::parse(moment).unwrap());
    }
}

impl Place {
    /// The same place in a copy of the data.
    async fn opened(&self, app: &App) -> Self {
        Self { city: app.store().city(self.city.slug()).await.unwrap(), ..self.clone() }
    }
}

async fn open(data: &Data) -> App {
    open_with(data, |_| {}).await
}

async fn open_with(data: &Data, change: impl FnOnce(&mut Config)) -> App {
    let (url, media) = (data.url(), data.media());
    let store = Store::open(&url.parse().unwrap(), &media).await.unwrap();
    let mut config = Config { database: url, media, test_clock: true, sweep_seconds: 1, ..Config::default() };
    change(&mut config);
    App::new(store, Clock::fixed(Moment::parse(NOW).unwrap()), config)
}

async fn settle(app: &App, slug: &str, name: &str, prefix: &str, tokens: &mut BTreeMap<String, String>) -> Place {
    let moment = app.clock().now();
    let by = || Author { person: None, name: "test".into() };
    let slug = slug.parse().unwrap();
    let city = app.store().add_city(&slug, name, name, by(), moment).await.unwrap();
    let mut place = Place {
        city: city.clone(),
        units: BTreeMap::new(),
        people: BTreeMap::new(),
        accounts: BTreeMap::new(),
        posts: BTreeMap::new(),
        problem: String::new(),
        records: BTreeMap::new(),
    };
    for (name, ..) in PEOPLE {
        place.accounts.insert(name, account(app, &format!("{prefix}{name}"), false).await);
    }
    let tx = city.write(by(), moment).await.unwrap();
    for (position, &(code, name, kind, above)) in UNITS.iter().enumerate() {
        let id = UnitId::new(uuid::Uuid::now_v7());
        place.units.insert(code, id);
        unit::add(&tx, &plain_unit(id, code, name, kind, above.map(|above| place.units[above]), position)).await.unwrap();
    }
    for (name, role, unit_code) in PEOPLE {
        let person = Person {
            id: PersonId::new(uuid::Uuid::now_v7()),
            name: format!("{prefix}{name}"),
            phone: None,
            account: Some(place.accounts[name].clone()),
            note: String::new(),
            left_on: None,
            version: 0,
        };
        unit::save_person(&tx, &person).await.unwrap();
        let post = PersonPost {
            id: uuid::Uuid::now_v7(),
            person: person.id,
            unit: place.units[unit_code],
            role: *role,
            valid_from: NaiveDate::from_ymd_opt(2025, 1, 1).unwrap(),
            valid_to: None,
        };
        unit::save_post(&tx, &post).await.unwrap();
        place.people.insert(name, person.id);
        place.posts.insert(name, post.id);
    }
    tx.commit().await.unwrap();
    for (name, person) in &place.people {
        let account = place.accounts[name].clone();
        let membership = Membership { account_id: account.clone(), city: slug.clone(), person: *person };
        app.store().hub().add_membership(&membership, by(), moment).await.unwrap();
        tokens.insert(format!("{prefix}{name}"), session(app, &account, Some(&city)).await);
    }
    place
}

fn plain_unit(id: UnitId, code: &str, name: &str, kind: UnitKind, parent: Option<UnitId>, position: usize) -> Unit {
    Unit {
        id,
        code: code.into(),
        name: name.into(),
        short_name: None,
        kind,
        parent,
        head: None,
        officer: None,
        liaison: None,
        phone: None,
        remark: String::new(),
        households: None,
        opened_on: None,
        closed_on: None,
        position: i64::try_from(position).unwrap(),
        version: 0,
        names: Vec::new(),
    }
}

async fn account(app: &App, login: &str, platform_admin: bool) -> String {
    // Hashed once per process: the cost is meant for attackers, not for tests.
    static HASH: OnceLock<String> = OnceLock::new();
    let password_hash = match HASH.get() {
        Some(hash) => hash.clone(),
        None => HASH
            .get_or_init({
                let hash = password::hash(PASSWORD.into()).await.unwrap();
                move || hash
            })
            .clone(),
    };
    let new =
        NewAccount { login: login.into(), name: login.into(), phone: None, password_hash, platform_admin, must_change: false };
    let by = Author { person: None, name: "test".into() };
    app.store().hub().add_account(new, by, app.clock().now()).await.unwrap().id
}

async fn session(app: &App, account: &str, city: Option<&City>) -> String {
    use sha2::Digest as _;
    let token = uuid::Uuid::new_v4().simple().to_string();
    let now = app.clock().now();
    let new = NewSession {
        token_hash: hex::encode(sha2::Sha256::digest(token.as_bytes())),
        account_id: account.into(),
        city: city.map(|city| city.slug().clone()),
        expires_at: Moment::new(now.utc() + chrono::TimeDelta::days(400)),
        user_agent: "test".into(),
    };
    app.store().hub().open_session(new, Author { person: None, name: "test".into() }, now).await.unwrap();
    token
}

/// Sends requests as one person's browser does.
#[derive(Clone)]
pub struct Browser {
    router: Router,
    cookie: Option<String>,
    lang: &'static str,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Browser {
    /// The same browser, its requests answered by another process.
    pub fn served_by(mut self, app: &App) -> Self {
        self.router = app::router(app);
        self
    }

    pub fn english(mut self) -> Self {
        self.lang = "en";
        self
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some(body)).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PUT, path, Some(body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None).await
    }

    pub async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let mut request = self.request(method, path);
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        self.answer(request.body(body.map_or_else(Body::empty, |body| Body::from(body.to_string()))).unwrap()).await
    }

    /// A request with this browser's cookie, language and the header of changing requests.
    pub fn request(&self, method: Method, path: &str) -> axum::http::request::Builder {
        let mut request =
            Request::builder().method(method).uri(path).header(header::ACCEPT_LANGUAGE, self.lang).header("x-yipanqi", "1");
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, cookie);
        }
        request
    }

    pub async fn answer(&self, request: Request<Body>) -> Answer {
        let response = self.raw(request).await;
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Answer { status: parts.status, headers: parts.headers, text: String::from_utf8_lossy(&bytes).into_owned() }
    }

    pub async fn raw(&self, request: Request<Body>) -> axum::response::Response {
        // A task of its own, as each request of a server is.
        tokio::spawn(self.router.clone().oneshot(request)).await.unwrap().unwrap()
    }

    /// Keeps the session cookie of an answer, as a browser does.
    pub fn keep(&mut self, answer: &Answer) {
        let cookie = answer.headers.get(header::SET_COOKIE).unwrap().to_str().unwrap();
        self.cookie = Some(cookie.split(';').next().unwrap().to_owned());
    }
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON ({}): {}", self.status, self.text))
    }

    /// The code of a failure; empty for any other answer.
    pub fn code(&self) -> String {
        let value: Value = serde_json::from_str(&self.text).unwrap_or_default();
        value["code"].as_str().unwrap_or_default().to_owned()
    }

    /// The body of a success.
    pub fn ok(self) -> Value {
        assert!(self.status.is_success(), "{}: {}", self.status, self.text);
        if self.text.is_empty() { Value::Null } else { self.json() }
    }
}
