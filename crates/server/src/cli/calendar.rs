//! Calendar arithmetic for people and scripts.

use clap::{Args, Subcommand};
use yipanqi_domain::calendar::Limit;
use yipanqi_domain::moment::Moment;
use yipanqi_store::{Slug, calendar};

use crate::app::App;
use crate::error::Error;

#[derive(Debug, Subcommand)]
pub enum Calendar {
    /// Print when a limit ends, RFC 3339 in the city's time
    Due(Due),
}

#[derive(Debug, Args)]
pub struct Due {
    /// The city whose calendar counts
    #[arg(long)]
    city: Slug,
    /// When the limit starts, RFC 3339
    #[arg(long, value_parser = moment)]
    from: Moment,
    #[command(flatten)]
    limit: Count,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Count {
    /// 工作时
    #[arg(long)]
    working_hours: Option<u32>,
    /// 工作日
    #[arg(long)]
    working_days: Option<u32>,
    /// 自然日
    #[arg(long)]
    natural_days: Option<u32>,
    /// 自然小时
    #[arg(long)]
    natural_hours: Option<u32>,
}

fn moment(text: &str) -> Result<Moment, String> {
    Moment::parse(text).map_err(|error| error.to_string())
}

impl Count {
    fn limit(&self) -> Option<Limit> {
        let hours = self.working_hours.map(|count| Limit::WorkingHours { count });
        let days = self.working_days.map(|count| Limit::WorkingDays { count });
        let natural_days = self.natural_days.map(|count| Limit::NaturalDays { count });
        let natural_hours = self.natural_hours.map(|count| Limit::NaturalHours { count });
        hours.or(days).or(natural_days).or(natural_hours)
    }
}

pub async fn run(app: &App, Calendar::Due(due): Calendar) -> Result<(), Error> {
    let city = app.store().city(&due.city).await?;
    let calendar = calendar::load(&city.read().await?).await?;
    let limit = due.limit.limit().ok_or_else(|| Error::new("required"))?;
    println!("{}", calendar.local(calendar.due(due.from, limit)?).to_rfc3339());
    Ok(())
}
