//! Runs the workloads and prints what they took.

use std::time::Instant;

use clap::Parser;
use yipanqi_bench::city::Bench;
use yipanqi_bench::workload::Workload;
use yipanqi_bench::{Backend, Size, report};

/// Measures Yipanqi with the sizes of a real city
#[derive(Debug, Parser)]
struct Arguments {
    /// The workloads; all unless named
    workloads: Vec<Workload>,
    /// How large they are
    #[arg(long, value_enum, default_value = "full")]
    size: Size,
    /// On which databases
    #[arg(long, value_enum, default_values = ["sqlite", "postgres"])]
    on: Vec<Backend>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    // `RUST_LOG=yipanqi_store::statement=trace` tells what each statement took.
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_writer(std::io::stderr)
        .init();
    let wanted = if arguments.workloads.is_empty() { Workload::ALL.to_vec() } else { arguments.workloads };
    for backend in arguments.on {
        let begun = Instant::now();
        let bench = Bench::new(backend, arguments.size).await?;
        let mut lines = Vec::new();
        for workload in &wanted {
            lines.extend(workload.run(&bench).await?);
            eprintln!("{backend:?} {workload:?}: done after {} s", begun.elapsed().as_secs());
        }
        println!("{}", report::table(&format!("{backend:?}, {:?}", arguments.size), &lines));
    }
    Ok(())
}
