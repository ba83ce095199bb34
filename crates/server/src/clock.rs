//! The only place that reads the machine's clock.
//!
//! The *business moment* ([`Clock::now`]) is what rules, sessions, limits and audit entries see; a test or a demo may
//! fix or move it. The *running moment* ([`Clock::running`]) starts there and never stands still: it times the leases of
//! background jobs, which must run out even under a fixed clock.

use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};
use yipanqi_domain::moment::Moment;

/// Where the business moment comes from.
#[derive(Debug, Clone, Default)]
pub enum Clock {
    /// The machine's clock.
    #[default]
    System,
    /// A moment that stands still until [`Clock::set`] moves it, for all clones.
    Fixed(Arc<Standing>),
    /// The machine's clock moved by a fixed amount.
    Offset(TimeDelta),
}

/// A moment that stands still.
#[derive(Debug)]
pub struct Standing {
    millis: AtomicI64,
    since: Instant,
}

impl Standing {
    fn moment(&self) -> Moment {
        Moment::new(DateTime::from_timestamp_millis(self.millis.load(Ordering::SeqCst)).unwrap_or(DateTime::UNIX_EPOCH))
    }
}

impl Clock {
    /// A clock standing at the moment.
    #[must_use]
    pub fn fixed(moment: Moment) -> Self {
        let millis = AtomicI64::new(moment.utc().timestamp_millis());
        Self::Fixed(Arc::new(Standing { millis, since: Instant::now() }))
    }

    /// The business moment.
    #[must_use]
    pub fn now(&self) -> Moment {
        match self {
            Self::System => Self::machine(),
            Self::Fixed(standing) => standing.moment(),
            Self::Offset(by) => Moment::new(Self::machine().utc() + *by),
        }
    }

    /// The name of the kind, shown by the console so that nobody takes a moved clock for the real one.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Fixed(_) => "fixed",
            Self::Offset(_) => "offset",
        }
    }

    /// The business moment plus, under a fixed clock, the time the process has run: it never stands still.
    #[must_use]
    pub fn running(&self) -> Moment {
        match self {
            Self::System | Self::Offset(_) => self.now(),
            Self::Fixed(standing) => Moment::new(standing.moment().utc() + standing.since.elapsed()),
        }
    }

    /// Moves a fixed clock; the other kinds stay as they are.
    pub fn set(&self, moment: Moment) {
        match self {
            Self::Fixed(standing) => standing.millis.store(moment.utc().timestamp_millis(), Ordering::SeqCst),
            Self::System | Self::Offset(_) => {}
        }
    }

    /// The `--clock` argument under which it is this moment now, and time goes on from there.
    #[must_use]
    pub fn argument_for(moment: Moment) -> String {
        format!("offset:{}s", (moment.utc() - Self::machine().utc()).num_seconds())
    }

    #[expect(clippy::disallowed_methods, reason = "the one place where the machine's clock is read")]
    fn machine() -> Moment {
        Moment::new(Utc::now())
    }
}

/// Why a `--clock` argument was not understood.
#[derive(Debug, thiserror::Error)]
#[error(
    "--clock wants fixed:2026-03-02T09:00:00+08:00 or offset:-12d (units s, m, h, d), not {0:?} / \
     --clock 应为 fixed:2026-03-02T09:00:00+08:00 或 offset:-12d(单位 s、m、h、d)"
)]
pub struct ClockError(String);

impl FromStr for Clock {
    type Err = ClockError;

    fn from_str(text: &str) -> Result<Self, ClockError> {
        let wrong = || ClockError(text.to_owned());
        if text == "system" {
            return Ok(Self::System);
        }
        if let Some(moment) = text.strip_prefix("fixed:") {
            return Moment::parse(moment).map(Self::fixed).map_err(|_| wrong());
        }
        let amount = text.strip_prefix("offset:").ok_or_else(wrong)?;
        let unit = amount.chars().last().ok_or_else(wrong)?;
        let seconds = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86_400,
            _ => return Err(wrong()),
        };
        let count: i64 = amount[..amount.len() - unit.len_utf8()].parse().map_err(|_| wrong())?;
        let by = count.checked_mul(seconds).and_then(TimeDelta::try_seconds).ok_or_else(wrong)?;
        Ok(Self::Offset(by))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_clock_stands_until_it_is_set_and_its_clones_move_with_it() {
        let clock: Clock = "fixed:2026-03-02T09:00:00+08:00".parse().unwrap();
        let clone = clock.clone();
        assert_eq!(clock.now().stored(), "2026-03-02T01:00:00.000Z");
        clock.set(Moment::parse("2026-03-03T09:00:00+08:00").unwrap());
        assert_eq!(clone.now().stored(), "2026-03-03T01:00:00.000Z");
        let before = clone.running();
        std::thread::sleep(std::time::Duration::from_millis(5));
        assert!(clone.running() > before && before >= clone.now(), "the running moment goes on");
    }

    #[test]
    fn an_offset_moves_the_machines_clock() {
        let clock: Clock = "offset:-2d".parse().unwrap();
        let behind = Clock::System.now().utc() - clock.now().utc();
        assert!((behind - TimeDelta::days(2)).abs() < TimeDelta::seconds(5), "{behind}");
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "fixed:yesterday", "offset:", "offset:3", "offset:3y", "offset:9999999999999999d", "now"] {
            assert!(text.parse::<Clock>().is_err(), "{text}");
        }
    }
}
