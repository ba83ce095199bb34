//! The command line. What a command prints for machines goes to stdout; words, logs and failures go to stderr.

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand};
use yipanqi_store::{Author, Slug, Store, audit};

use crate::app::App;
use crate::clock::Clock;
use crate::config::Config;
use crate::{demo, error, openapi};

mod account;
mod calendar;
mod doctor;
mod import;
mod round;
mod score;
mod serve;

/// Yipanqi 一盘棋: the working platform of a city that creates, keeps and proves its titles.
#[derive(Debug, Parser)]
#[command(name = "yipanqi", version, propagate_version = true)]
struct Line {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Args)]
struct Options {
    /// Configuration file (TOML)
    #[arg(long, global = true, env = "YIPANQI_CONFIG")]
    config: Option<PathBuf>,
    /// sqlite:DIR or postgres://…
    #[arg(long, global = true)]
    database: Option<String>,
    /// Folder of photographs and files
    #[arg(long, global = true)]
    media: Option<PathBuf>,
    /// Moves the business moment: fixed:2026-03-02T09:00:00+08:00 or offset:-12d; needs test_clock = true
    #[arg(long, global = true)]
    clock: Option<Clock>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the console and the interface
    Serve {
        /// Address and port
        #[arg(long)]
        listen: Option<std::net::SocketAddr>,
    },
    /// Bring the hub and every city to this version's tables
    Migrate,
    /// Cities
    #[command(subcommand)]
    City(City),
    /// Accounts
    #[command(subcommand)]
    Account(account::Account),
    /// The working calendar
    #[command(subcommand)]
    Calendar(calendar::Calendar),
    /// Import a file into a city
    Import(import::Import),
    /// The audit log
    #[command(subcommand)]
    Audit(Audit),
    /// The score of a round: earned, covered and possible points of every measure
    Score(score::Score),
    /// Rounds
    #[command(subcommand)]
    Round(round::Rounds),
    /// The demonstration: two invented cities
    #[command(subcommand)]
    Demo(Demo),
    /// Look at everything the installation needs and say what is wrong
    Doctor,
    /// Print the description of the interface (OpenAPI 3.1)
    Openapi,
}

#[derive(Debug, Subcommand)]
enum City {
    /// Add a city with an empty database
    Add {
        /// Short name in paths: a-z, 0-9, _
        slug: Slug,
        /// Name, e.g. 云溪市
        #[arg(long)]
        name: String,
        /// Title over its pages; the name if left out
        #[arg(long)]
        title: Option<String>,
    },
    /// List the cities
    List,
}

#[derive(Debug, Subcommand)]
enum Demo {
    /// Lay out the demo cities in an empty database and print their accounts; needs test_clock = true
    Seed {
        /// The folder with the cities' files
        #[arg(long)]
        catalogue: PathBuf,
        /// Where to write the --clock argument under which the demo is to be served
        #[arg(long)]
        clock_file: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
enum Audit {
    /// Prove that no entry was changed, removed or inserted
    Verify {
        /// The city; the hub's own log if left out
        #[arg(long)]
        city: Option<Slug>,
    },
}

/// Runs the command line of the process.
#[must_use]
pub fn main() -> ExitCode {
    let line = Line::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("yipanqi: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(line)) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("yipanqi: {}", sentence(&error));
            ExitCode::FAILURE
        }
    }
}

/// A failure with its code and both sentences where the table knows it.
fn sentence(failure: &anyhow::Error) -> String {
    match failure.downcast_ref::<error::Error>() {
        Some(known) => {
            use crate::request::Lang;
            format!("{}: {} / {}", known.code(), known.message(Lang::Zh), known.message(Lang::En))
        }
        None => format!("{failure:#}"),
    }
}

async fn run(line: Line) -> anyhow::Result<ExitCode> {
    let Line { options, command } = line;
    if matches!(command, Command::Openapi) {
        print!("{}", openapi::document()?);
        return Ok(ExitCode::SUCCESS);
    }
    let config = configured(&options)?;
    logged(&config)?;
    match command {
        Command::Serve { listen } => {
            let mut config = config;
            if let Some(listen) = listen {
                config.listen = listen;
            }
            serve::serve(opened(config, options.clock).await?).await?;
        }
        Command::Migrate => {
            let app = opened(config, options.clock).await?;
            for city in app.store().cities().await.map_err(error::Error::from)? {
                app.store().city(&city.slug).await.map_err(error::Error::from)?;
                eprintln!("{} {} ✓", city.slug, city.name);
            }
        }
        Command::City(command) => city(&opened(config, options.clock).await?, command).await?,
        Command::Account(command) => account::run(&opened(config, options.clock).await?, command).await?,
        Command::Import(line) => import::run(&opened(config, options.clock).await?, line).await?,
        Command::Calendar(command) => calendar::run(&opened(config, options.clock).await?, command).await?,
        Command::Round(command) => round::run(&opened(config, options.clock).await?, command).await?,
        Command::Score(command) => score::run(&opened(config, options.clock).await?, command).await?,
        Command::Audit(Audit::Verify { city }) => audit_verify(&opened(config, options.clock).await?, city).await?,
        Command::Demo(Demo::Seed { catalogue, clock_file }) => demo_seed(config, &catalogue, &clock_file).await?,
        Command::Doctor => {
            if !doctor::run(&opened(config, options.clock).await?).await? {
                return Ok(ExitCode::FAILURE);
            }
        }
        Command::Openapi => {}
    }
    Ok(ExitCode::SUCCESS)
}

async fn demo_seed(config: Config, catalogue: &std::path::Path, clock_file: &std::path::Path) -> anyhow::Result<()> {
    anyhow::ensure!(
        config.test_clock,
        "the demo walks its clock from day to day: configure test_clock = true / 演示需要配置 test_clock = true"
    );
    let begin = yipanqi_domain::moment::Moment::parse(demo::NOW)?;
    // The story walks over weeks; its people stay logged in.
    let config = Config { session_hours: 24 * 90, ..config };
    let app = opened(config, Some(Clock::fixed(begin))).await?;
    print!("{}", demo::seed(&app, catalogue).await?);
    std::fs::write(clock_file, Clock::argument_for(begin))?;
    Ok(())
}

fn configured(options: &Options) -> anyhow::Result<Config> {
    let mut config = Config::load(options.config.as_deref(), |name| std::env::var(name).ok())?;
    if let Some(database) = &options.database {
        // Media beside the databases unless said otherwise: one folder is then the whole back-up.
        if let (None, Some(folder), true) =
            (&options.media, database.strip_prefix("sqlite:"), config.media == Config::default().media)
        {
            config.media = PathBuf::from(folder).join("media");
        }
        config.database.clone_from(database);
    }
    if let Some(media) = &options.media {
        config.media.clone_from(media);
    }
    if options.clock.is_some() && !config.test_clock {
        anyhow::bail!(
            "--clock moves the business moment and is refused unless test_clock = true is configured / \
             --clock 会改变业务时间,除非配置 test_clock = true,否则拒绝执行"
        );
    }
    Ok(config)
}

fn logged(config: &Config) -> anyhow::Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_new(&config.log).context("log")?;
    let subscriber =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(std::io::stderr().is_terminal());
    subscriber.try_init().map_err(|error| anyhow::anyhow!("{error}"))
}

async fn opened(config: Config, clock: Option<Clock>) -> anyhow::Result<App> {
    let url = config.database.parse().map_err(error::Error::from)?;
    let store = Store::open(&url, &config.media).await.with_context(|| format!("cannot open {}", config.database))?;
    Ok(App::new(store, clock.unwrap_or_default(), config))
}

/// The author of what is done on the machine itself.
fn console() -> Author {
    Author { person: None, name: "yipanqi".into() }
}

async fn city(app: &App, command: City) -> anyhow::Result<()> {
    match command {
        City::Add { slug, name, title } => {
            let title = title.unwrap_or_else(|| name.clone());
            let added = app.store().add_city(&slug, &name, &title, console(), app.clock().now()).await;
            added.map_err(error::Error::from)?;
            println!("{slug}");
        }
        City::List => {
            for city in app.store().cities().await.map_err(error::Error::from)? {
                println!("{}\t{}\t{}", city.slug, city.name, city.title);
            }
        }
    }
    Ok(())
}

async fn audit_verify(app: &App, city: Option<Slug>) -> Result<(), error::Error> {
    let kept = match &city {
        Some(slug) => app.store().hub().kept_heads(slug).await?,
        None => Vec::new(),
    };
    let tx = match &city {
        Some(slug) => app.store().city(slug).await?.read().await?,
        None => app.store().hub().read().await?,
    };
    let audit::Verdict { entries, head, fault } = audit::verify(&tx, &kept).await?;
    fault.map_or(Ok(()), Err)?;
    let head = head.map_or_else(|| "-".to_owned(), |head| head.hash.to_string());
    println!("ok\t{entries}\t{head}");
    Ok(())
}
