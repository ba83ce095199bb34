//! What differs between SQLite and PostgreSQL; the only module that names a backend.
//!
//! SQLite: a file each for the hub and every city, WAL, one connection that writes (`BEGIN IMMEDIATE`) and a few that can
//! only read. PostgreSQL: a schema each, one pool for all, and never a statement outside a transaction that began with
//! `SET LOCAL search_path`; a plain `SET` on a shared pool would leak one city's path into another city's request.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::{Duration, Instant};

use sea_orm::sea_query::{Expr, ExprTrait, Func};
use sea_orm::sqlx::postgres::PgListener;
use sea_orm::{
    AccessMode, ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult,
    IsolationLevel, QueryResult, RuntimeErr, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};

use crate::error::StoreError;
use crate::shelf::Watched;
use crate::tx::ReadTx;

const READERS: u32 = 4;
const POOL: u32 = 24;
const WAIT: Duration = Duration::from_secs(60);

/// Where the data live: `sqlite:DIR` or `postgres://…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseUrl(Kind);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Sqlite(PathBuf),
    Postgres(String),
}

impl FromStr for DatabaseUrl {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self(Kind::Postgres(text.to_owned())));
        }
        match text.strip_prefix("sqlite:") {
            Some(folder) if !folder.is_empty() => Ok(Self(Kind::Sqlite(PathBuf::from(folder)))),
            Some(_) | None => Err(StoreError::DatabaseUrl),
        }
    }
}

/// The opened data root, from which the hub and the cities are reached.
#[derive(Debug, Clone)]
pub enum Root {
    /// A folder with `hub.sqlite` and `cities/`.
    Sqlite(PathBuf),
    /// A pool over one PostgreSQL database.
    Postgres(DatabaseConnection),
}

/// The database of the hub or of one city.
#[derive(Debug, Clone)]
pub enum Room {
    /// A file: one connection that writes, a pool that only reads.
    Sqlite { writer: DatabaseConnection, readers: DatabaseConnection },
    /// A schema in the shared pool.
    Postgres { pool: DatabaseConnection, schema: String },
}

impl Root {
    /// Opens the data root, creating the folder of SQLite.
    pub async fn open(url: &DatabaseUrl) -> Result<Self, StoreError> {
        match &url.0 {
            Kind::Sqlite(folder) => {
                tokio::fs::create_dir_all(folder.join("cities")).await?;
                Ok(Self::Sqlite(folder.clone()))
            }
            Kind::Postgres(url) => {
                let mut options = ConnectOptions::new(url.clone());
                options.max_connections(POOL).acquire_timeout(WAIT).sqlx_logging(false).set_application_name("yipanqi");
                Ok(Self::Postgres(Database::connect(options).await?))
            }
        }
    }

    /// Opens the hub.
    pub async fn hub(&self) -> Result<Room, StoreError> {
        match self {
            Self::Sqlite(folder) => Room::file(&folder.join("hub.sqlite")).await,
            Self::Postgres(pool) => Room::schema(pool, "hub".to_owned()).await,
        }
    }

    /// Opens the database of the city with this (validated) name, creating it when it is not there.
    pub async fn city(&self, name: &str) -> Result<Room, StoreError> {
        match self {
            Self::Sqlite(folder) => Room::file(&folder.join("cities").join(format!("{name}.sqlite"))).await,
            Self::Postgres(pool) => Room::schema(pool, format!("city_{name}")).await,
        }
    }

    /// The most rooms worth keeping open: files hold connections, schemas share theirs.
    pub fn open_rooms(&self) -> usize {
        match self {
            Self::Sqlite(_) => 64,
            Self::Postgres(_) => 1024,
        }
    }
}

/// The channel on which servers tell each other which city was changed.
const CHANNEL: &str = "yipanqi";

/// Hears which rooms other processes change.
#[derive(Debug)]
pub struct Listener(PgListener);

impl Listener {
    /// Begins to listen; nothing on SQLite, where nobody says anything.
    pub async fn open(url: &DatabaseUrl) -> Result<Option<Self>, StoreError> {
        let Kind::Postgres(url) = &url.0 else { return Ok(None) };
        let mut listener = PgListener::connect(url).await.map_err(heard)?;
        // Whether anybody still wants to hear is asked before the connection is made anew.
        listener.eager_reconnect(false);
        listener.listen(CHANNEL).await.map_err(heard)?;
        Ok(Some(Self(listener)))
    }

    /// The name of the next city that is said to have changed; nothing if the connection was lost meanwhile.
    pub async fn next(&mut self) -> Result<Option<String>, StoreError> {
        let told = self.0.try_recv().await.map_err(heard)?;
        Ok(told.and_then(|told| told.payload().strip_prefix("city_").map(str::to_owned)))
    }
}

fn heard(error: sea_orm::sqlx::Error) -> StoreError {
    DbErr::Custom(error.to_string()).into()
}

impl Room {
    /// The statement by which a commit tells other servers, where there can be any.
    pub fn announcement(&self) -> Option<String> {
        match self {
            Self::Sqlite { .. } => None,
            Self::Postgres { schema, .. } => Some(format!("SELECT pg_notify('{CHANNEL}', '{schema}')")),
        }
    }

    async fn file(path: &Path) -> Result<Self, StoreError> {
        let writer = connect(path, 1, "0").await?;
        let readers = connect(path, READERS, "1").await?;
        Ok(Self::Sqlite { writer, readers })
    }

    async fn schema(pool: &DatabaseConnection, schema: String) -> Result<Self, StoreError> {
        let tx = pool.begin().await?;
        // Two servers starting at once would both find the schema missing.
        tx.execute_unprepared(&format!("SELECT pg_advisory_xact_lock(hashtext('yipanqi {schema}'))")).await?;
        tx.execute_unprepared(&format!("CREATE SCHEMA IF NOT EXISTS {schema}")).await?;
        tx.commit().await?;
        Ok(Self::Postgres { pool: pool.clone(), schema })
    }

    /// Begins a read-only transaction that sees one snapshot.
    pub async fn begin_read(&self) -> Result<DatabaseTransaction, StoreError> {
        match self {
            Self::Sqlite { readers, .. } => Ok(readers.begin().await?),
            Self::Postgres { pool, schema } => {
                let options = TransactionOptions {
                    isolation_level: Some(IsolationLevel::RepeatableRead),
                    access_mode: Some(AccessMode::ReadOnly),
                    sqlite_transaction_mode: None,
                };
                enter(pool.begin_with_options(options).await?, schema).await
            }
        }
    }

    /// Begins a transaction that writes; on SQLite it waits here for the one writer before it.
    pub async fn begin_write(&self) -> Result<DatabaseTransaction, StoreError> {
        match self {
            Self::Sqlite { writer, .. } => {
                let options = TransactionOptions {
                    isolation_level: None,
                    access_mode: None,
                    sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
                };
                Ok(writer.begin_with_options(options).await?)
            }
            Self::Postgres { pool, schema } => enter(pool.begin().await?, schema).await,
        }
    }

    /// Begins a writing transaction in which no other server changes the tables of this room.
    pub async fn begin_migration(&self) -> Result<DatabaseTransaction, StoreError> {
        let tx = self.begin_write().await?;
        match self {
            Self::Sqlite { .. } => {}
            Self::Postgres { schema, .. } => {
                tx.execute_unprepared(&format!("SELECT pg_advisory_xact_lock(hashtext('yipanqi {schema}'))")).await?;
            }
        }
        Ok(tx)
    }
}

async fn enter(tx: DatabaseTransaction, schema: &str) -> Result<DatabaseTransaction, StoreError> {
    tx.execute_unprepared(&format!("SET LOCAL search_path TO {schema}")).await?;
    Ok(tx)
}

/// Whether the database ended a transaction because it met another one that writes: two waited for each other, or the same was
/// changed. Nothing of it remains, and done once more it is likely to stand. Only servers beside each other can meet so.
pub fn collided(error: &DbErr) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause))) = error else { return false };
    let code = cause.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| ["40001", "40P01"].contains(&code.as_ref()))
}

/// The values of a row as one JSON array, in the words of the database.
pub fn array(tx: &ReadTx, values: impl IntoIterator<Item = Expr>) -> Expr {
    let of_postgres = tx.db().get_database_backend() == DbBackend::Postgres;
    let function = if of_postgres { "json_build_array" } else { "json_array" };
    Expr::from(Func::cust(function).args(values)).cast_as("text")
}

/// The rows of a query written by hand.
#[cfg(feature = "testing")]
pub async fn rows(tx: &DatabaseTransaction, query: &str) -> Result<Vec<QueryResult>, StoreError> {
    Ok(tx.query_all_raw(Statement::from_string(tx.get_database_backend(), query)).await?)
}

async fn connect(path: &Path, connections: u32, query_only: &'static str) -> Result<DatabaseConnection, StoreError> {
    let path = path.to_owned();
    let mut options = ConnectOptions::new("sqlite:replaced-below");
    options.max_connections(connections).min_connections(1).acquire_timeout(WAIT).sqlx_logging(false);
    options.map_sqlx_sqlite_opts(move |options| {
        options
            .filename(&path)
            .create_if_missing(true)
            .busy_timeout(Duration::from_secs(30))
            .foreign_keys(true)
            .pragma("journal_mode", "WAL")
            .pragma("synchronous", "FULL")
            // A city of five years is a gigabyte, of which a page reads a few megabytes again and again.
            .pragma("cache_size", "-16384")
            .pragma("mmap_size", "2147418112")
            .pragma("query_only", query_only)
    });
    Ok(Database::connect(options).await?)
}

/// Where the log tells what each statement took, at the level `trace`; their values are never written.
const STATEMENTS: &str = "yipanqi_store::statement";

/// Sends a statement, and tells the log what it took if the log asks for it.
async fn told<T>(sql: Option<String>, sending: impl Future<Output = T>) -> T {
    let Some(sql) = sql else { return sending.await };
    let begun = Instant::now();
    let answer = sending.await;
    tracing::trace!(target: STATEMENTS, micros = begun.elapsed().as_micros(), "{sql}");
    answer
}

/// The statement's words, if the log asks for them.
fn asked(sql: &str) -> Option<String> {
    tracing::enabled!(target: STATEMENTS, tracing::Level::TRACE).then(|| sql.to_owned())
}

#[sea_orm::prelude::async_trait::async_trait]
impl ConnectionTrait for Watched {
    fn get_database_backend(&self) -> DbBackend {
        self.unseen().get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        told(asked(&statement.sql), self.seeing(&statement.sql).execute_raw(statement)).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        told(asked(sql), self.seeing(sql).execute_unprepared(sql)).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        told(asked(&statement.sql), self.seeing(&statement.sql).query_one_raw(statement)).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        told(asked(&statement.sql), self.seeing(&statement.sql).query_all_raw(statement)).await
    }
}
