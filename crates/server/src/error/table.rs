//! The one table of codes: HTTP status, and in both languages a sentence that says what happened and what to do.
//!
//! One file per part of the product, joined here. `{name}` in a sentence is filled from the failure's values. A code
//! occurs once; both sentences exist; the tests hold that, and that every refusal of the rules has its entry.

use serde_json::{Map, Value};

use crate::request::Lang;

mod data;
mod duty;
mod general;
mod import;
mod party;
mod people;
mod problem;
mod round;
mod sync;
mod task;
mod words;

pub use general::INTERNAL;

/// A row of the table.
#[derive(Debug)]
pub struct Code {
    /// The stable code, snake_case.
    pub code: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// The Chinese sentence.
    pub zh: &'static str,
    /// The English sentence.
    pub en: &'static str,
}

const fn row(code: &'static str, status: u16, zh: &'static str, en: &'static str) -> Code {
    Code { code, status, zh, en }
}

/// Every part of the table.
const PARTS: &[&[Code]] = &[
    general::CODES,
    people::CODES,
    data::CODES,
    problem::CODES,
    import::CODES,
    round::CODES,
    sync::CODES,
    duty::CODES,
    task::CODES,
    party::CODES,
];

/// Every row.
pub fn codes() -> impl Iterator<Item = &'static Code> {
    PARTS.iter().copied().flatten()
}

/// The row of a code.
#[must_use]
pub fn find(code: &str) -> Option<&'static Code> {
    codes().find(|row| row.code == code)
}

impl Code {
    /// The sentence in a language, its gaps filled.
    #[must_use]
    pub fn sentence(&self, lang: Lang, data: &Map<String, Value>) -> String {
        let pattern = match lang {
            Lang::Zh => self.zh,
            Lang::En => self.en,
        };
        let mut sentence = String::with_capacity(pattern.len());
        let mut rest = pattern;
        while let Some((before, after)) = rest.split_once('{') {
            let Some((name, behind)) = after.split_once('}') else { break };
            sentence.push_str(before);
            match data.get(name) {
                Some(Value::String(text)) => sentence.push_str(&words::said(text, lang)),
                Some(value) => sentence.push_str(&value.to_string()),
                None => sentence.push('?'),
            }
            rest = behind;
        }
        sentence.push_str(rest);
        sentence
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn gaps(sentence: &str) -> BTreeSet<&str> {
        sentence.split('{').skip(1).filter_map(|part| part.split('}').next()).collect()
    }

    #[test]
    fn every_code_is_unique_and_has_both_sentences() {
        let mut seen = BTreeSet::new();
        for row in codes() {
            assert!(seen.insert(row.code), "{} occurs twice", row.code);
            assert!(row.code.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'), "{}", row.code);
            assert!((400..600).contains(&row.status), "{}", row.code);
            assert!(row.zh.ends_with('。'), "{}: {}", row.code, row.zh);
            assert!(row.en.ends_with('.') && row.en.is_ascii(), "{}: {}", row.code, row.en);
            assert!(row.zh.chars().any(|c| ('\u{4e00}'..'\u{9fff}').contains(&c)), "{}: {}", row.code, row.zh);
            assert_eq!(gaps(row.zh), gaps(row.en), "{}: both sentences fill the same gaps", row.code);
        }
    }

    #[test]
    fn gaps_are_filled_from_the_values() {
        let row = row("x", 400, "缺{year}年的日历:{name}。", "{name}: no calendar for {year}.");
        let data = serde_json::json!({"year": 2027, "name": "云溪"});
        let data = data.as_object().unwrap();
        assert_eq!(row.sentence(Lang::Zh, data), "缺2027年的日历:云溪。");
        assert_eq!(row.sentence(Lang::En, data), "云溪: no calendar for 2027.");
    }
}
