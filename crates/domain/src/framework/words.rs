//! Reads scoring rules as offices word them. What does not match a known shape stays "to be chosen": nothing is guessed.

use super::{Method, Rule};
use crate::exact::Exact;

/// What was understood of a rule in words.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
pub struct Recognition {
    /// The rule, if every scoring word was understood.
    pub rule: Option<Rule>,
    /// The parts of the text that were not understood or are missing a number.
    pub not_understood: Vec<String>,
    /// What the rule would be under an assumption the text does not state; a person has to confirm it.
    pub proposal: Option<Rule>,
    /// The sample the text asks for: people to ask, things to check.
    pub sample: Option<u32>,
    /// Decimals the text wants kept.
    pub decimals: Option<u32>,
}

/// Reads the rule of a measure of `points` taken by `method`.
#[must_use]
pub fn recognise(words: &str, _method: Method, _points: &Exact) -> Recognition {
    Recognition { not_understood: vec![words.to_owned()], ..Recognition::default() }
}
