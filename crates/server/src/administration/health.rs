//! What a supervisor of processes asks: is it alive, may it be sent requests?

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::error::Error;
use crate::request::Json;

/// The process answers.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// Always `ok`.
    pub status: &'static str,
    /// Version of the binary.
    pub version: &'static str,
}

const OK: Health = Health { status: "ok", version: env!("CARGO_PKG_VERSION") };

/// The process is alive.
#[utoipa::path(get, path = "/healthz", tag = "administration", responses((status = 200, body = Health)))]
pub async fn alive() -> Json<Health> {
    Json(OK)
}

/// The hub can be read; its tables are this version's, since opening the store brings them there.
#[utoipa::path(get, path = "/readyz", tag = "administration", responses((status = 200, body = Health)))]
pub async fn ready(State(app): State<App>) -> Result<Json<Health>, Error> {
    app.store().cities().await.map_err(|error| {
        tracing::warn!(%error, "not ready");
        Error::new("not_ready")
    })?;
    Ok(Json(OK))
}
