//! Serving until the process is asked to end: then no new requests, running ones finish, leases are given back.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context as _;

use crate::app::{self, App};
use crate::job;

/// How long running requests and jobs may take to end.
const GRACE: Duration = Duration::from_secs(20);

pub async fn serve(app: App) -> anyhow::Result<()> {
    let listen = app.config().listen;
    let listener = tokio::net::TcpListener::bind(listen).await.with_context(|| format!("cannot listen on {listen}"))?;
    tracing::info!(address = %listener.local_addr()?, clock = app.clock().kind(), "serving");
    let workers = job::worker::start(&app);
    let ending = app.clone();
    tokio::spawn(async move {
        asked_to_end().await;
        tracing::info!("ending");
        ending.shut_down();
    });
    let router = app::router(&app).into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(listener, router).with_graceful_shutdown({
        let app = app.clone();
        async move { app.ending().await }
    });
    let patience = async {
        app.ending().await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        served = serving => served?,
        () = patience => tracing::warn!("requests were still running and are given up"),
    }
    if tokio::time::timeout(GRACE, workers.ended()).await.is_err() {
        tracing::warn!("jobs were still running; they are taken up again after their lease");
    }
    Ok(())
}

async fn asked_to_end() {
    let interrupt = async {
        if let Err(error) = tokio::signal::ctrl_c().await {
            tracing::warn!(%error, "cannot wait for ctrl-c");
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
    }
}
