//! Throw-away stores for tests, on both databases; behind the feature `testing`.
//!
//! A PostgreSQL cluster is started once per machine and shared by all test processes; each test gets its own database in
//! it. Every process holds a shared lock for as long as it lives; a watchdog stops the cluster and removes it when nobody
//! has held the lock for a while. A machine without PostgreSQL fails the tests: they are never skipped.

#![expect(clippy::panic, reason = "a test whose database cannot be had must fail, and say what is missing")]

pub(crate) mod alone;
mod cluster;

use std::path::{Path, PathBuf};

use sea_orm::{ConnectionTrait, Database};
use tempfile::TempDir;

use crate::city::City;
use crate::connect::Store;
use crate::dialect::DatabaseUrl;

/// A store of its own for one test, with what is needed to open it again.
#[derive(Debug)]
pub struct Fixture {
    /// The opened store.
    pub store: Store,
    /// Where its data are.
    pub url: DatabaseUrl,
    /// The URL as text, for starting another process on it.
    pub url_text: String,
    /// The folder of its photographs.
    pub media: PathBuf,
    folder: TempDir,
}

impl Fixture {
    /// A folder that is removed with the store.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Opens the same data once more, as a restarted or a second server does.
    pub async fn reopen(&self) -> Store {
        match Store::open(&self.url, &self.media).await {
            Ok(store) => store,
            Err(error) => panic!("reopening {}: {error}", self.url_text),
        }
    }

    async fn new(url_text: String, folder: TempDir) -> Self {
        let media = folder.path().join("media");
        let url: DatabaseUrl = match url_text.parse() {
            Ok(url) => url,
            Err(error) => panic!("{url_text}: {error}"),
        };
        match Store::open(&url, &media).await {
            Ok(store) => Self { store, url, url_text, media, folder },
            Err(error) => panic!("opening {url_text}: {error}"),
        }
    }
}

/// Runs a test on SQLite.
pub fn on_sqlite<F: Future<Output = ()>>(test: impl FnOnce(Fixture) -> F) {
    let folder = folder();
    let url = format!("sqlite:{}", folder.path().join("data").display());
    runtime().block_on(async { test(Fixture::new(url, folder).await).await });
}

/// Runs a test on PostgreSQL.
pub fn on_postgres<F: Future<Output = ()>>(test: impl FnOnce(Fixture) -> F) {
    runtime().block_on(async {
        let database = PostgresDatabase::create().await;
        test(Fixture::new(database.url(), folder()).await).await;
    });
}

/// A database of its own in the cluster, removed when this is dropped.
#[derive(Debug)]
pub struct PostgresDatabase {
    root: String,
    name: String,
}

impl PostgresDatabase {
    /// An empty database.
    pub async fn create() -> Self {
        Self::made("").await
    }

    /// A copy of another one, to which nobody may be connected any more; those who still are, are cut off.
    pub async fn copy(&self) -> Self {
        run(&self.root, &format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'", self.name)).await;
        Self::made(&format!(" TEMPLATE {}", self.name)).await
    }

    /// Does at once what PostgreSQL does by itself within minutes after much was written.
    pub async fn settle(&self) {
        send(&self.url(), "VACUUM (ANALYZE)").await;
    }

    async fn made(like: &str) -> Self {
        let root = match cluster::url() {
            Ok(url) => url,
            Err(reason) => panic!("PostgreSQL is needed for this test: {reason}"),
        };
        let name = format!("t_{}", uuid::Uuid::now_v7().simple());
        run(&root, &format!("CREATE DATABASE {name}{like}")).await;
        Self { root, name }
    }

    /// Its URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}/{}", self.root, self.name)
    }
}

impl Drop for PostgresDatabase {
    fn drop(&mut self) {
        let (root, name) = (self.root.clone(), self.name.clone());
        // A test's runtime cannot be waited for from inside; another thread has its own.
        let dropped = std::thread::spawn(move || {
            runtime().block_on(run(&root, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")));
        });
        let _over = dropped.join();
    }
}

/// Runs a statement in a city behind the back of the store, e.g. to tamper with its log.
pub async fn sql(city: &City, statement: &str) {
    let result = async {
        let tx = city.0.room.begin_write().await?;
        tx.execute_unprepared(statement).await?;
        Ok::<_, crate::StoreError>(tx.commit().await?)
    };
    if let Err(error) = result.await {
        panic!("{statement}: {error}");
    }
}

/// Takes the last entry of a city's log away and makes the rest agree, as somebody does who can write the database.
pub async fn cut_log(city: &City) {
    for statement in [
        "DELETE FROM audit_entry WHERE seq = (SELECT max(seq) FROM audit_entry)",
        "UPDATE audit_head SET seq = (SELECT max(seq) FROM audit_entry)",
        "UPDATE audit_head SET hash = (SELECT hash FROM audit_entry ORDER BY seq DESC LIMIT 1)",
    ] {
        sql(city, statement).await;
    }
}

/// Lays the hashes of very many photographs into a city, as if they had been sent one by one. They have no signatures.
pub async fn pictures(city: &City, hashes: impl IntoIterator<Item = (uuid::Uuid, u64)>) {
    let result = async {
        let tx = city.0.room.begin_write().await?;
        let mut rows = hashes.into_iter().peekable();
        while rows.peek().is_some() {
            let some = rows.by_ref().take(5_000);
            let values: Vec<String> =
                some.map(|(id, hash)| format!("('{id}',{})", i64::from_ne_bytes(hash.to_ne_bytes()))).collect();
            tx.execute_unprepared(&format!("INSERT INTO core_hash (media_id, hash) VALUES {}", values.join(","))).await?;
        }
        Ok::<_, crate::StoreError>(tx.commit().await?)
    };
    if let Err(error) = result.await {
        panic!("hashes of photographs: {error}");
    }
}

/// How many rows a query of a city gives, read whole; what benches compare the product with.
pub async fn rows(city: &City, query: &str) -> usize {
    let result = async {
        let tx = city.0.room.begin_read().await?;
        Ok::<_, crate::StoreError>(crate::dialect::rows(&tx, query).await?.len())
    };
    match result.await {
        Ok(rows) => rows,
        Err(error) => panic!("{query}: {error}"),
    }
}

/// The one number that a query of a city gives, as a floating number; what benches compare the product with.
pub async fn number(city: &City, query: &str) -> f64 {
    let result = async {
        let tx = city.0.room.begin_read().await?;
        let rows = crate::dialect::rows(&tx, query).await?;
        let Some(row) = rows.first() else { return Ok(0.0) };
        Ok::<_, crate::StoreError>(row.try_get_by_index::<Option<f64>>(0)?.unwrap_or_default())
    };
    match result.await {
        Ok(number) => number,
        Err(error) => panic!("{query}: {error}"),
    }
}

async fn run(root: &str, statement: &str) {
    send(&format!("{root}/postgres"), statement).await;
}

async fn send(url: &str, statement: &str) {
    let result = async { Database::connect(url).await?.execute_unprepared(statement).await };
    if let Err(error) = result.await {
        panic!("{statement}: {error}");
    }
}

fn folder() -> TempDir {
    match TempDir::new() {
        Ok(folder) => folder,
        Err(error) => panic!("no temporary folder: {error}"),
    }
}

fn runtime() -> tokio::runtime::Runtime {
    match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => panic!("no runtime: {error}"),
    }
}

/// Makes two tests of one body: on SQLite and on PostgreSQL. The body takes a `Store` or a `Fixture`.
#[macro_export]
macro_rules! both {
    (async fn $name:ident($store:ident: Store) $body:block) => {
        $crate::both! { async fn $name(fixture: Fixture) {
            let $store = fixture.store.clone();
            $body
        } }
    };
    (async fn $name:ident($fixture:ident: Fixture) $body:block) => {
        mod $name {
            use super::*;

            async fn body($fixture: $crate::testing::Fixture) $body

            #[test]
            fn sqlite() {
                $crate::testing::on_sqlite(body);
            }

            #[test]
            fn postgres() {
                $crate::testing::on_postgres(body);
            }
        }
    };
}
