//! The city that is measured: the demo city's units, sites, checklists and edition, without its story.

use std::path::PathBuf;

use anyhow::Context as _;
use tempfile::TempDir;
use yipanqi_domain::access::Right;
use yipanqi_domain::moment::Moment;
use yipanqi_server::app::{App, router};
use yipanqi_server::clock::Clock;
use yipanqi_server::config::Config;
use yipanqi_server::demo::{self, Client, Person};
use yipanqi_server::request::CityCtx;
use yipanqi_store::testing::PostgresDatabase;
use yipanqi_store::{Author, City, Store};

use crate::{Backend, Size};

/// The moment at which everything happens.
const NOW: &str = "2025-08-27T10:24:00+08:00";

/// A city on one of the databases, with what workloads need.
pub struct Bench {
    /// How large the workloads are.
    pub size: Size,
    /// The application.
    pub app: App,
    /// The city.
    pub city: City,
    /// A browser in process.
    pub client: Client,
    /// The creation office, logged in.
    pub office: Person,
    /// The liaison of one department, logged in.
    pub liaison: Person,
    /// A folder for files.
    pub folder: TempDir,
    database: Option<PostgresDatabase>,
}

impl Bench {
    /// Lays the city out.
    ///
    /// # Errors
    /// What the importer refuses.
    pub async fn new(backend: Backend, size: Size) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let database = match backend {
            Backend::Sqlite => None,
            Backend::Postgres => Some(PostgresDatabase::create().await),
        };
        let url = match &database {
            Some(database) => database.url(),
            None => format!("sqlite:{}", folder.path().join("data").display()),
        };
        let media = folder.path().join("media");
        let store = Store::open(&url.parse()?, &media).await?;
        let config = Config { database: url, media, test_clock: true, ..Config::default() };
        let app = App::new(store, Clock::fixed(Moment::parse(NOW)?), config);
        let catalogue = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../catalogues"));
        let slug = demo::lay_out(&app, &catalogue).await?;
        let city = app.store().city(&slug).await?;
        let client = Client::new(router(&app), app.clock().clone());
        let office = client.log_in("office").await?;
        let liaison = client.log_in("liaison").await?;
        Ok(Self { size, app, city, client, office, liaison, folder, database })
    }

    /// After a city was filled in one go: what the database does by itself in the years in which a real one grows.
    pub async fn settle(&self) {
        if let Some(database) = &self.database {
            database.settle().await;
        }
    }

    /// Who makes what the workloads need.
    #[must_use]
    pub fn author() -> Author {
        Author { person: None, name: "bench".to_owned() }
    }

    /// The creation office as an actor.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn ctx(&self) -> anyhow::Result<CityCtx> {
        CityCtx::of_office(&self.city, &Self::author(), self.app.clock().now(), Right::Import)
            .await
            .map_err(|error| anyhow::anyhow!("{error}"))
            .context("the office of the city")
    }
}
