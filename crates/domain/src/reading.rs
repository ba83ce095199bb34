//! Reading values that people wrote untidily: full-width digits, blanks, units, remarks, several forms of one thing.
//!
//! Invariant: a reader either says what was meant or refuses; it never guesses and never fills in what is missing. Values are
//! folded to half width before they are read; text that is kept (names, wording) is only rid of blanks around it.

mod time;

pub use time::{date, date_from_serial, date_time, date_time_from_serial};

use std::fmt;

use crate::calendar::Limit;
use crate::exact::Exact;

/// Why a value could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// There is nothing but blanks.
    #[error("the value is missing")]
    Blank,
    /// A word stands in for a value to come, such as 待定 or 无.
    #[error("“{text}” stands in for a value")]
    Placeholder {
        /// What was written.
        text: String,
    },
    /// There is text, but not of this kind.
    #[error("“{text}” is not a {kind}")]
    Malformed {
        /// What was expected.
        kind: Kind,
        /// What was written.
        text: String,
    },
}

impl Unreadable {
    /// The stable code of this fault in reports of an import.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Blank => "value_missing",
            Self::Placeholder { .. } => "value_placeholder",
            Self::Malformed { .. } => "value_unreadable",
        }
    }
}

/// The kinds of values read here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Points or a deduction.
    Points,
    /// A percentage.
    Percentage,
    /// A whole number.
    Count,
    /// A date.
    Date,
    /// A date with the time of day.
    DateTime,
    /// A time limit.
    Limit,
    /// A personal name.
    PersonName,
    /// A telephone number.
    Telephone,
    /// Yes or no.
    YesNo,
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Points => "number of points",
            Self::Percentage => "percentage",
            Self::Count => "whole number",
            Self::Date => "date",
            Self::DateTime => "date with time",
            Self::Limit => "time limit",
            Self::PersonName => "personal name",
            Self::Telephone => "telephone number",
            Self::YesNo => "yes or no",
        })
    }
}

/// A value with the remark written behind it in brackets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Noted {
    /// The value itself.
    pub value: String,
    /// The remark without its brackets.
    pub remark: Option<String>,
}

const PLACEHOLDERS: [&str; 11] = ["待定", "暂缺", "空缺", "无", "暂无", "未定", "缺", "/", "-", "--", "—"];

/// Whether a character is a blank: white space of any width, or one of the invisible marks that spreadsheets carry along.
#[must_use]
pub fn is_blank(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}')
}

/// The text without the blanks around it (U+3000 and invisible marks included); the wording stays as it was written.
#[must_use]
pub fn trimmed(text: &str) -> &str {
    text.trim_matches(is_blank)
}

/// The text without any blank.
#[must_use]
pub fn unspaced(text: &str) -> String {
    text.chars().filter(|character| !is_blank(*character)).collect()
}

/// The text in half width: letters, digits, punctuation and the wide space; dashes and minus signs become `-`.
///
/// For values to be read or compared, never for text to be kept.
#[must_use]
pub fn half_width(text: &str) -> String {
    let folded = text.chars().map(|character| match character {
        '\u{ff01}'..='\u{ff5e}' => u32::from(character).checked_sub(0xfee0).and_then(char::from_u32).unwrap_or(character),
        '\u{3000}' | '\u{a0}' => ' ',
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe63}' => '-',
        '〔' | '【' | '﹝' => '(',
        '〕' | '】' | '﹞' => ')',
        other => other,
    });
    folded.collect()
}

/// What [`half_width`] leaves, without blanks; refused when nothing is left or a placeholder stands there.
fn value(text: &str) -> Result<String, Unreadable> {
    let folded = unspaced(&half_width(text));
    if folded.is_empty() {
        return Err(Unreadable::Blank);
    }
    if PLACEHOLDERS.contains(&folded.as_str()) {
        return Err(Unreadable::Placeholder { text: text.to_owned() });
    }
    Ok(folded)
}

fn malformed(kind: Kind, text: &str) -> Unreadable {
    Unreadable::Malformed { kind, text: text.to_owned() }
}

/// Points as written in a table: `0.80分`, ` 0.5`, `０．４０`, `-0.1`.
///
/// # Errors
/// [`Unreadable`] if missing or no decimal.
pub fn points(text: &str) -> Result<Exact, Unreadable> {
    let folded = value(text)?;
    let number = folded.strip_suffix('分').unwrap_or(&folded);
    decimal(number).ok_or_else(|| malformed(Kind::Points, text))
}

/// A deduction, whichever sign it was written with: `0.1`, `-0.1`, `0.1分`, `扣0.1分`; never negative.
///
/// # Errors
/// [`Unreadable`] if missing or no decimal.
pub fn deduction(text: &str) -> Result<Exact, Unreadable> {
    let folded = value(text)?;
    let bare = folded.strip_prefix('扣').unwrap_or(&folded);
    let number = points(bare).map_err(|_| malformed(Kind::Points, text))?;
    Ok(if number.is_negative() { -number } else { number })
}

/// A percentage with its sign, as a number of per cent: `88.4％` is 88.4.
///
/// # Errors
/// [`Unreadable`] if missing, no decimal, or without a per cent sign.
pub fn percentage(text: &str) -> Result<Exact, Unreadable> {
    let folded = value(text)?;
    folded.strip_suffix('%').and_then(decimal).ok_or_else(|| malformed(Kind::Percentage, text))
}

/// A whole number in digits or Chinese numerals, with or without a counter: `12`, `１２个`, `十二`.
///
/// # Errors
/// [`Unreadable`] if missing or no whole number.
pub fn count(text: &str) -> Result<u32, Unreadable> {
    let folded = value(text)?;
    let number = folded.trim_end_matches(['个', '处', '项', '条', '户', '人', '次', '件']);
    whole(number.strip_suffix(".0").unwrap_or(number)).ok_or_else(|| malformed(Kind::Count, text))
}

/// A limit as an office writes it: `4工作时`, `24小时`, `3个工作日`, `5天`, `五个工作日内`.
///
/// # Errors
/// [`Unreadable`] if missing, or if number or unit is not clear (`尽快`, `半天`).
pub fn limit(text: &str) -> Result<Limit, Unreadable> {
    let folded = value(text)?;
    let bare = ["以内", "之内", "内"].iter().find_map(|ending| folded.strip_suffix(ending)).unwrap_or(&folded);
    let split = bare.find(|character: char| !is_numeral(character)).ok_or_else(|| malformed(Kind::Limit, text))?;
    let (number, unit) = bare.split_at(split);
    let count = whole(number).ok_or_else(|| malformed(Kind::Limit, text))?;
    match unit.strip_prefix('个').unwrap_or(unit) {
        "工作时" | "工作小时" => Ok(Limit::WorkingHours { count }),
        "工作日" | "工作天" => Ok(Limit::WorkingDays { count }),
        "天" | "日" | "自然日" | "自然天" | "日历天" => Ok(Limit::NaturalDays { count }),
        "小时" | "时" | "自然小时" | "h" | "H" => Ok(Limit::NaturalHours { count }),
        _ => Err(malformed(Kind::Limit, text)),
    }
}

/// A personal name with an eventual remark in brackets; a Chinese name spread with blanks is closed up (`李　明`).
///
/// # Errors
/// [`Unreadable`] if missing, a placeholder (`待定`), or with digits or signs in it.
pub fn person_name(text: &str) -> Result<Noted, Unreadable> {
    value(text)?;
    let Noted { value: name, remark } = noted(trimmed(text));
    let chinese = name.chars().all(|character| is_blank(character) || is_han(character) || character == '·');
    let name = if chinese {
        unspaced(&name)
    } else {
        name.split(is_blank).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
    };
    let lettered = name.chars().all(|character| character.is_alphabetic() || matches!(character, '·' | ' ' | '.' | '-' | '\''));
    if name.is_empty() || !lettered || (chinese && name.chars().count() < 2) {
        return Err(malformed(Kind::PersonName, text));
    }
    Ok(Noted { value: name, remark })
}

/// A telephone number and its remark: `199 0000 6596（微信同号）`, `１９９－００００－６５９６`, `19900006596`.
///
/// A mobile number becomes its eleven digits; a number with an area code `0716-8812319`; a short service number its digits.
///
/// # Errors
/// [`Unreadable`] if missing or of no known length.
pub fn telephone(text: &str) -> Result<Noted, Unreadable> {
    let wrong = || malformed(Kind::Telephone, text);
    value(text)?;
    let Noted { value: number, remark } = noted(&half_width(text));
    let number = unspaced(&number);
    let bare = number.strip_suffix(".0").unwrap_or(&number);
    let bare = bare.strip_prefix("+86").unwrap_or(bare);
    let digits: String = bare.chars().filter(|character| *character != '-').collect();
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong());
    }
    let value = match (digits.len(), digits.as_bytes()) {
        (11, [b'1', ..]) | (3..=5, [b'1' | b'9', ..]) | (7 | 8, [b'1'..=b'9', ..]) => digits,
        (10..=12, [b'0', ..]) => {
            let written = bare.find('-').filter(|at| (3..=4).contains(at));
            // Three-digit area codes are 010 and 02x; every other is four digits long.
            let code = written.unwrap_or(if digits.starts_with("01") || digits.starts_with("02") { 3 } else { 4 });
            let (code, local) = digits.split_at(code);
            format!("{code}-{local}")
        }
        _ => return Err(wrong()),
    };
    Ok(Noted { value, remark })
}

/// The entries of a list separated by 、 ； ; ， , or line breaks, tidy and without empty ones; brackets hold together.
#[must_use]
pub fn list(text: &str) -> Vec<String> {
    let (mut entries, mut entry, mut depth) = (Vec::new(), String::new(), 0_u32);
    for character in text.chars() {
        match character {
            '（' | '(' => depth += 1,
            '）' | ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 && matches!(character, '、' | '；' | ';' | '，' | ',' | '\n' | '\r') {
            entries.push(std::mem::take(&mut entry));
        } else {
            entry.push(character);
        }
    }
    entries.push(entry);
    entries.iter().map(|entry| trimmed(entry)).filter(|entry| !entry.is_empty()).map(str::to_owned).collect()
}

/// 是 or 否, also as ticks and letters.
///
/// # Errors
/// [`Unreadable`] if missing or neither.
pub fn yes_no(text: &str) -> Result<bool, Unreadable> {
    match value(text)?.to_lowercase().as_str() {
        "是" | "√" | "✓" | "✔" | "y" | "yes" | "true" | "1" => Ok(true),
        "否" | "×" | "✗" | "x" | "n" | "no" | "false" | "0" => Ok(false),
        _ => Err(malformed(Kind::YesNo, text)),
    }
}

/// Splits off a remark in brackets at the end; the brackets may be of either width.
#[must_use]
pub fn noted(text: &str) -> Noted {
    let text = trimmed(text);
    let remarked = text.strip_suffix(['）', ')']).and_then(|open| open.split_once(['（', '(']));
    match remarked {
        Some((value, remark)) => {
            let remark = Some(trimmed(remark).to_owned()).filter(|remark| !remark.is_empty());
            Noted { value: trimmed(value).to_owned(), remark }
        }
        None => Noted { value: text.to_owned(), remark: None },
    }
}

fn decimal(text: &str) -> Option<Exact> {
    (!text.contains('/')).then(|| text.parse().ok()).flatten()
}

fn is_han(character: char) -> bool {
    matches!(character, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{20000}'..='\u{323af}' | '〇' | '々')
}

fn is_numeral(character: char) -> bool {
    character.is_ascii_digit() || numeral(character).is_some() || character == '十'
}

pub(crate) fn numeral(character: char) -> Option<u32> {
    match character {
        '〇' | '零' => Some(0),
        '一' => Some(1),
        '二' | '两' => Some(2),
        '三' => Some(3),
        '四' => Some(4),
        '五' => Some(5),
        '六' => Some(6),
        '七' => Some(7),
        '八' => Some(8),
        '九' => Some(9),
        _ => None,
    }
}

/// Digits, or Chinese numerals up to 九十九.
pub(crate) fn whole(text: &str) -> Option<u32> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().ok();
    }
    let one = |part: &str| {
        let mut characters = part.chars();
        characters.next().and_then(numeral).filter(|_| characters.next().is_none())
    };
    match text.split_once('十') {
        None => one(text),
        Some((tens, ones)) => {
            let tens = if tens.is_empty() { 1 } else { one(tens).filter(|tens| *tens > 0)? };
            let ones = if ones.is_empty() { 0 } else { one(ones).filter(|ones| *ones > 0)? };
            Some(tens * 10 + ones)
        }
    }
}

#[cfg(test)]
mod tests;
