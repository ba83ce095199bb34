//! Versions of a ladder: each takes effect on a day, none rewrites what an earlier one has proposed.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{Policy, Release, StepKind, Trigger};
use crate::calendar::Limit;

/// A version of the ladder and the day from which it holds.
#[doc(alias = "督办规则版本")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatedPolicy {
    /// The first day on which it holds.
    pub valid_from: NaiveDate,
    /// What it is called.
    pub name: String,
    /// The ladder.
    pub policy: Policy,
}

/// The version that holds on a day: the one that took effect last; none before the first.
#[must_use]
pub fn in_force(versions: &[DatedPolicy], day: NaiveDate) -> Option<&DatedPolicy> {
    versions.iter().filter(|version| version.valid_from <= day).max_by_key(|version| version.valid_from)
}

/// What is wrong with a ladder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "code")]
pub enum PolicyFault {
    /// It has no steps.
    #[error("a ladder has at least one step")]
    #[serde(rename = "ladder_empty")]
    Empty,
    /// A code is missing, too long, or stands twice.
    #[error("the code {step:?} is empty, too long, or stands twice")]
    #[serde(rename = "ladder_step_code")]
    StepCode { step: String },
    /// Nothing makes the step reached.
    #[error("nothing makes the step {step} reached")]
    #[serde(rename = "ladder_no_trigger")]
    NoTrigger { step: String },
    /// The first step looks back at a slip that cannot exist.
    #[error("the step {step} has no slip before it")]
    #[serde(rename = "ladder_no_previous")]
    NoPrevious { step: String },
    /// A later slip is milder than an earlier one.
    #[error("the step {step} is milder than one before it")]
    #[serde(rename = "ladder_milder")]
    Milder { step: String },
    /// A number that must be at least one is not, or is beyond reason.
    #[error("a number of the step {step} is out of range")]
    #[serde(rename = "ladder_number")]
    Number { step: String },
    /// A red slip is always issued by a person.
    #[error("the red step {step} is issued by a person")]
    #[serde(rename = "ladder_red_by_itself")]
    RedByItself { step: String },
}

impl PolicyFault {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "ladder_empty",
            Self::StepCode { .. } => "ladder_step_code",
            Self::NoTrigger { .. } => "ladder_no_trigger",
            Self::NoPrevious { .. } => "ladder_no_previous",
            Self::Milder { .. } => "ladder_milder",
            Self::Number { .. } => "ladder_number",
            Self::RedByItself { .. } => "ladder_red_by_itself",
        }
    }
}

/// No limit, count or lead is longer than this.
const MOST: u32 = 1000;

impl Policy {
    /// Whether it is a ladder that can be climbed.
    ///
    /// # Errors
    /// The first [`PolicyFault`] from the mildest step on.
    pub fn check(&self) -> Result<(), PolicyFault> {
        if self.steps.is_empty() {
            return Err(PolicyFault::Empty);
        }
        let (mut codes, mut gravest, mut slip_before) = (BTreeSet::new(), None, false);
        for step in &self.steps {
            let code = || step.code.clone();
            let fits = (1..=40).contains(&step.code.len()) && !step.code.contains('/');
            if !fits || !codes.insert(step.code.as_str()) {
                return Err(PolicyFault::StepCode { step: code() });
            }
            if step.triggers.is_empty() {
                return Err(PolicyFault::NoTrigger { step: code() });
            }
            let looks_back = |trigger: &Trigger| matches!(trigger, Trigger::PreviousExpired | Trigger::ReplyNotAccepted);
            if !slip_before && step.triggers.iter().any(looks_back) {
                return Err(PolicyFault::NoPrevious { step: code() });
            }
            if !step.triggers.iter().all(|trigger| within_reason(*trigger)) {
                return Err(PolicyFault::Number { step: code() });
            }
            match step.kind {
                StepKind::Reminder => {}
                StepKind::Slip { colour, reply_limit } => {
                    if gravest.is_some_and(|gravest| colour < gravest) {
                        return Err(PolicyFault::Milder { step: code() });
                    }
                    if colour == super::SlipColour::Red && step.release == Release::ByItself {
                        return Err(PolicyFault::RedByItself { step: code() });
                    }
                    if !(1..=MOST).contains(&length(reply_limit)) {
                        return Err(PolicyFault::Number { step: code() });
                    }
                    gravest = Some(colour);
                    slip_before = true;
                }
            }
        }
        Ok(())
    }
}

fn within_reason(trigger: Trigger) -> bool {
    match trigger {
        Trigger::DueWithin { hours: n }
        | Trigger::Overdue { working_days: n }
        | Trigger::Rework { times: n }
        | Trigger::Rebound { times: n } => (1..=MOST).contains(&n),
        Trigger::PreviousExpired | Trigger::ReplyNotAccepted | Trigger::Exposure => true,
    }
}

fn length(limit: Limit) -> u32 {
    match limit {
        Limit::WorkingHours { count }
        | Limit::WorkingDays { count }
        | Limit::NaturalDays { count }
        | Limit::NaturalHours { count } => count,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn the_version_that_took_effect_last_holds() {
        let version =
            |from, days| DatedPolicy { valid_from: day(from), name: format!("{days}天回复"), policy: Policy::sample(days) };
        let versions = [version("2026-07-01", 5), version("2026-01-01", 3)];
        let name = |on| in_force(&versions, day(on)).map(|version| version.name.as_str());
        assert_eq!(name("2025-12-31"), None);
        assert_eq!(name("2026-06-30"), Some("3天回复"));
        assert_eq!(name("2026-07-01"), Some("5天回复"));
    }

    #[test]
    fn a_ladder_that_cannot_be_climbed_is_refused_by_its_fault() {
        assert_eq!(Policy::sample(3).check(), Ok(()));
        let broken = |change: fn(&mut Policy)| {
            let mut policy = Policy::sample(3);
            change(&mut policy);
            policy.check().map_err(|fault| fault.code())
        };
        assert_eq!(broken(|policy| policy.steps.clear()), Err("ladder_empty"));
        assert_eq!(broken(|policy| policy.steps[1].code = "red".into()), Err("ladder_step_code"));
        assert_eq!(broken(|policy| policy.steps[1].code = "a/b".into()), Err("ladder_step_code"));
        assert_eq!(broken(|policy| policy.steps[1].triggers.clear()), Err("ladder_no_trigger"));
        assert_eq!(broken(|policy| policy.steps[1].triggers = vec![Trigger::PreviousExpired]), Err("ladder_no_previous"));
        assert_eq!(broken(|policy| policy.steps.swap(1, 3)), Err("ladder_no_previous"));
        assert_eq!(broken(|policy| policy.steps.swap(2, 3)), Err("ladder_milder"));
        assert_eq!(broken(|policy| policy.steps[1].triggers = vec![Trigger::Overdue { working_days: 0 }]), Err("ladder_number"));
        assert_eq!(broken(|policy| policy.steps[3].release = Release::ByItself), Err("ladder_red_by_itself"));
    }
}
