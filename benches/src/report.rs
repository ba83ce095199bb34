//! What was measured, as a table.

use std::time::{Duration, Instant};

/// One measured thing.
#[derive(Debug, Clone)]
pub struct Line {
    /// What was done.
    pub what: String,
    /// How long the product took.
    pub took: Duration,
    /// What the baseline is.
    pub against: &'static str,
    /// How long the baseline took.
    pub baseline: Duration,
    /// What else is worth knowing, e.g. rows per second.
    pub note: String,
}

impl Line {
    /// How many times as long as the baseline.
    #[must_use]
    pub fn ratio(&self) -> f64 {
        self.took.as_secs_f64() / self.baseline.as_secs_f64().max(1e-9)
    }
}

/// The lines as a table of plain text.
#[must_use]
pub fn table(title: &str, lines: &[Line]) -> String {
    let mut text = format!("\n{title}\n{:-<110}\n", "");
    text.push_str(&format!("{:<44} {:>10} {:>10} {:>8}  {}\n", "what", "took", "baseline", "ratio", "baseline, note"));
    for line in lines {
        let times = [line.took, line.baseline].map(|time| format!("{:.1} ms", time.as_secs_f64() * 1000.0));
        text.push_str(&format!("{:<44} {:>10} {:>10} {:>7.1}×  {}", line.what, times[0], times[1], line.ratio(), line.against));
        text.push_str(&if line.note.is_empty() { "\n".to_owned() } else { format!("; {}\n", line.note) });
    }
    text
}

/// How long something takes, once.
///
/// # Errors
/// Those of what is done.
pub async fn once<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<(Duration, T)> {
    let begun = Instant::now();
    let done = work.await?;
    Ok((begun.elapsed(), done))
}

/// The middle time of several.
///
/// # Errors
/// Those of what is done.
pub async fn middle(times: usize, work: impl AsyncFn() -> anyhow::Result<()>) -> anyhow::Result<Duration> {
    let mut taken = Vec::with_capacity(times);
    for _ in 0..times.max(1) {
        taken.push(once(work()).await?.0);
    }
    taken.sort();
    Ok(taken.get(taken.len() / 2).copied().unwrap_or_default())
}

/// The most memory that this process has held so far, in MiB; none where the system does not tell.
#[must_use]
pub fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib / 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_says_how_many_times_as_long() {
        let line = Line {
            what: "ledger".to_owned(),
            took: Duration::from_millis(30),
            against: "raw",
            baseline: Duration::from_millis(20),
            note: String::new(),
        };
        assert!((line.ratio() - 1.5).abs() < 1e-9);
        assert!(table("t", &[line]).contains("1.5×"));
    }
}
