//! Every workload still runs, on both databases, as small as makes sense.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

use yipanqi_bench::city::Bench;
use yipanqi_bench::workload::Workload;
use yipanqi_bench::{Backend, Size};

async fn tiny(backend: Backend) {
    let bench = Bench::new(backend, Size::Tiny).await.unwrap();
    for workload in Workload::ALL {
        let lines = workload.run(&bench).await.unwrap();
        assert!(!lines.is_empty(), "{workload:?} measured nothing");
        assert!(lines.iter().all(|line| line.ratio() > 0.0), "{lines:?}");
    }
}

#[tokio::test]
async fn every_workload_runs_on_sqlite() {
    tiny(Backend::Sqlite).await;
}

#[tokio::test]
async fn every_workload_runs_on_postgresql() {
    tiny(Backend::Postgres).await;
}
