//! What stands on the page of a slip, for every format it is issued in.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{SlipColour, SlipNumber};

/// The page of a slip 督办单 in the order of GB/T 9704-2012: head, number and signer, subject, addressee, text, signature, copies.
#[doc(alias = "督办单")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlipPage {
    /// The city's name.
    pub city: String,
    /// The issuing office in full: the red head and the signature.
    pub office: String,
    /// The office's short name: who prints it.
    pub printed_by: String,
    /// How grave.
    pub colour: SlipColour,
    /// The office's sign before the number (云创督).
    pub series: String,
    /// The number; none on a draft.
    pub number: Option<SlipNumber>,
    /// The unit it goes to, as it is addressed.
    pub addressee: String,
    /// The title; a line break says where it is to be broken.
    pub subject: String,
    /// The paragraphs before the table of facts.
    pub paragraphs: Vec<String>,
    /// The facts of the problem: label and value, in order.
    pub facts: Vec<SlipFact>,
    /// What is demanded, until when the reply is due, what follows.
    pub demand: String,
    /// Until when a reply is expected, as written (6月11日18时).
    pub reply_until: String,
    /// Names of attachments.
    pub attachments: Vec<String>,
    /// Who signed; none on a draft.
    pub signer: Option<String>,
    /// The date of issue on the city's clock; none on a draft.
    pub issued_on: Option<NaiveDate>,
    /// Who receives a copy.
    pub copies: Vec<String>,
}

/// One fact of the problem.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlipFact {
    /// What it is (来源).
    pub label: String,
    /// What is the case.
    pub value: String,
}

impl SlipPage {
    /// 云创督〔2026〕37号; a draft says so.
    #[must_use]
    pub fn full_number(&self) -> String {
        let number = self.number.map_or_else(|| "（未编号）".to_owned(), |number| number.to_string());
        format!("{}{number}", self.series)
    }

    /// 2026年6月9日; blank to be filled in on a draft.
    #[must_use]
    pub fn full_date(&self) -> String {
        self.issued_on.map_or_else(|| "　　年　　月　　日".to_owned(), |date| date.format("%Y年%-m月%-d日").to_string())
    }

    /// The lines of the title: broken where the subject says so, else into equal lines of at most nineteen characters.
    #[must_use]
    pub fn title_lines(&self) -> Vec<String> {
        if self.subject.contains('\n') {
            return self.subject.lines().map(str::to_owned).collect();
        }
        let characters: Vec<char> = self.subject.chars().collect();
        let lines = characters.len().div_ceil(19).max(1);
        characters.chunks(characters.len().div_ceil(lines).max(1)).map(|line| line.iter().collect()).collect()
    }

    /// 白色督办单.
    #[must_use]
    pub fn colour_name(&self) -> &'static str {
        match self.colour {
            SlipColour::White => "白色督办单",
            SlipColour::Yellow => "黄色督办单",
            SlipColour::Red => "红色督办单",
        }
    }

    /// The facts two to a line; a long value has a line of its own (the second is then none).
    #[must_use]
    pub fn fact_lines(&self) -> Vec<(&SlipFact, Option<&SlipFact>)> {
        let mut lines: Vec<(&SlipFact, Option<&SlipFact>)> = Vec::new();
        for fact in &self.facts {
            match lines.last_mut() {
                Some((left, right)) if right.is_none() && left.is_short() && fact.is_short() => *right = Some(fact),
                _ => lines.push((fact, None)),
            }
        }
        lines
    }
}

impl SlipFact {
    /// Whether half a line is enough: thirteen Chinese characters.
    fn is_short(&self) -> bool {
        self.value.chars().map(|character| if character.is_ascii() { 1 } else { 2 }).sum::<usize>() <= 26
    }
}
