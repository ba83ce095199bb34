//! Numbers of criteria as sheets cite them: `Ⅵ-2-1)`, `六-2-(1)`, `第14条` — one comparable key for all spellings.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A number of any depth, comparable whatever numerals it was written in; shown as `6-2-1`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Citation(Vec<u32>);

impl Citation {
    /// Reads a citation; none if the text is anything else than numerals and their marks.
    #[must_use]
    pub fn normal(text: &str) -> Option<Self> {
        let text = text.trim();
        let (citation, rest) = leading(text);
        citation.filter(|_| rest.trim().is_empty())
    }

    /// The full number of something numbered `self` under `parent`: `1` under `6-2` is `6-2-1`, `6-2` under `6` stays.
    #[must_use]
    pub fn under(&self, parent: &Self) -> Self {
        if self.0.len() > parent.0.len() && self.0.starts_with(&parent.0) {
            return self.clone();
        }
        Self(parent.0.iter().chain(&self.0).copied().collect())
    }

    /// The number without its last part; none at the top.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        (self.0.len() > 1).then(|| Self(self.0[..self.0.len() - 1].to_vec()))
    }

    /// Its parts from the top.
    #[must_use]
    pub fn parts(&self) -> &[u32] {
        &self.0
    }
}

impl fmt::Display for Citation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, part) in self.0.iter().enumerate() {
            if place > 0 {
                formatter.write_str("-")?;
            }
            write!(formatter, "{part}")?;
        }
        Ok(())
    }
}

/// Splits the number a text begins with from the text: `Ⅰ-1 理论学习`, `2）实践中心`, `（一）组织管理`, `第14条`.
///
/// A numeral counts as a number only if a mark or a blank follows it, so that `三级阵地` and `200米` keep theirs.
#[must_use]
pub fn split_number(text: &str) -> (Option<Citation>, &str) {
    let (citation, rest) = leading(text.trim());
    (citation, rest.trim())
}

/// Numeral groups joined by hyphens or nested marks, up to the first mark that ends them.
fn leading(text: &str) -> (Option<Citation>, &str) {
    let mut parts = Vec::new();
    let mut rest = text;
    let mut accepted = text;
    loop {
        let opened = rest.trim_start_matches(OPENING);
        let Some((part, after)) = numeral(opened) else { break };
        if is_decimal(after) {
            break;
        }
        let closed = after.trim_start_matches(CLOSING);
        let joined = closed.trim_start_matches(JOINING);
        let marked = closed.len() < after.len() || opened.len() < rest.len();
        let ends_here = after.is_empty() || marked || after.starts_with(char::is_whitespace);
        let goes_on = joined.len() < closed.len() && numeral(joined.trim_start_matches(OPENING)).is_some();
        if !ends_here && !goes_on {
            break;
        }
        parts.push(part);
        accepted = closed;
        rest = joined;
        let nested = closed.starts_with(OPENING) || (text.starts_with('第') && closed.starts_with('第'));
        if !goes_on && !nested {
            break;
        }
    }
    if parts.is_empty() { (None, text) } else { (Some(Citation(parts)), accepted) }
}

const OPENING: [char; 7] = ['(', '（', '〔', '[', '【', '［', '第'];
const CLOSING: [char; 15] = [')', '）', '〕', ']', '】', '］', '、', '.', '．', '。', '条', '款', '项', '，', '：'];
const JOINING: [char; 7] = ['-', '－', '—', '–', '‐', '‑', '−'];

/// `1.5公里` begins with a measure, not with the number 1.
fn is_decimal(after: &str) -> bool {
    after.strip_prefix(['.', '．']).is_some_and(|decimals| decimals.starts_with(is_digit))
}

/// One numeral at the start of the text and what follows it.
fn numeral(text: &str) -> Option<(u32, &str)> {
    let first = text.chars().next()?;
    if let Some(number) = single_sign(first) {
        return Some((number, &text[first.len_utf8()..]));
    }
    for (belongs, value) in
        [(is_digit as fn(char) -> bool, digits as fn(&str) -> Option<u32>), (is_chinese, chinese), (is_latin_roman, latin_roman)]
    {
        if belongs(first) {
            let end = text.find(|sign| !belongs(sign)).unwrap_or(text.len());
            return value(&text[..end]).map(|number| (number, &text[end..]));
        }
    }
    None
}

/// Signs that are a whole number by themselves: Ⅵ ⅵ ① ⑴ ⒈.
fn single_sign(sign: char) -> Option<u32> {
    let code = u32::from(sign);
    [(0x2160, 12), (0x2170, 12), (0x2460, 20), (0x2474, 20), (0x2488, 20)]
        .into_iter()
        .find_map(|(start, count)| (code >= start && code < start + count).then(|| code - start + 1))
}

fn is_digit(sign: char) -> bool {
    sign.is_ascii_digit() || ('０'..='９').contains(&sign)
}

fn digits(text: &str) -> Option<u32> {
    text.chars().try_fold(0_u32, |number, sign| {
        let digit = sign.to_digit(10).or_else(|| u32::from(sign).checked_sub(u32::from('０')))?;
        number.checked_mul(10)?.checked_add(digit)
    })
}

fn is_chinese(sign: char) -> bool {
    "零〇一二三四五六七八九十百".contains(sign)
}

fn chinese(text: &str) -> Option<u32> {
    let (mut total, mut pending, mut last_unit) = (0_u32, None, 1000);
    for sign in text.chars() {
        let digit = match sign {
            '零' | '〇' => {
                if pending.is_some() {
                    return None;
                }
                continue;
            }
            '十' => 10,
            '百' => 100,
            _ => {
                let place = "一二三四五六七八九".chars().position(|known| known == sign)?;
                if pending.replace(u32::try_from(place).ok()? + 1).is_some() {
                    return None;
                }
                continue;
            }
        };
        if digit >= last_unit {
            return None;
        }
        last_unit = digit;
        total += pending.take().unwrap_or(1) * digit;
    }
    let number = total + pending.unwrap_or(0);
    (number > 0).then_some(number)
}

fn is_latin_roman(sign: char) -> bool {
    matches!(sign, 'I' | 'V' | 'X')
}

fn latin_roman(text: &str) -> Option<u32> {
    const NUMERALS: [&str; 20] = [
        "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII", "XIII", "XIV", "XV", "XVI", "XVII", "XVIII",
        "XIX", "XX",
    ];
    NUMERALS.iter().position(|known| *known == text).and_then(|place| u32::try_from(place + 1).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_gives_the_same_key() {
        for (text, key) in [
            ("Ⅵ-2-1)", "6-2-1"),
            ("Ⅵ-2-1）", "6-2-1"),
            ("六-2-(1)", "6-2-1"),
            ("六—２—（１）", "6-2-1"),
            (" VI-2-1 ", "6-2-1"),
            ("第14条", "14"),
            ("第十四条", "14"),
            ("第十条第二款", "10-2"),
            ("〔56〕", "56"),
            ("Ⅹ-5-2", "10-5-2"),
            ("一、", "1"),
            ("（二十一）", "21"),
            ("③", "3"),
        ] {
            assert_eq!(Citation::normal(text).map(|citation| citation.to_string()).as_deref(), Some(key), "{text}");
        }
        for wrong in ["", "三级阵地", "Ⅵ-2-x", "200米", "第14条以上", "IIII", "十十"] {
            assert_eq!(Citation::normal(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_number_is_split_from_its_title() {
        for (text, key, title) in [
            ("Ⅰ 凝聚思想共识", "1", "凝聚思想共识"),
            ("Ⅰ-1 理论学习与宣传", "1-1", "理论学习与宣传"),
            ("2）新时代文明实践中心、所、站三级阵地", "2", "新时代文明实践中心、所、站三级阵地"),
            ("一、凝聚思想共识", "1", "凝聚思想共识"),
            ("1.理论学习与宣传", "1", "理论学习与宣传"),
            ("（3）基层宣讲队伍", "3", "基层宣讲队伍"),
            (" 2）建成区绿化覆盖率不低于36%。  ", "2", "建成区绿化覆盖率不低于36%。"),
            ("（一）爱国卫生组织管理", "1", "爱国卫生组织管理"),
            ("〔1〕列入规划且年度研究不少于1次", "1", "列入规划且年度研究不少于1次"),
        ] {
            let (citation, rest) = split_number(text);
            assert_eq!((citation.map(|citation| citation.to_string()).as_deref(), rest), (Some(key), title), "{text}");
        }
        assert_eq!(split_number("三级阵地挂牌规范"), (None, "三级阵地挂牌规范"));
        assert_eq!(split_number("200米内设有公厕"), (None, "200米内设有公厕"));
        assert_eq!(split_number("1.5公里内设有公厕"), (None, "1.5公里内设有公厕"));
    }

    #[test]
    fn numbers_compose_under_their_parent() {
        let number = |text: &str| Citation::normal(text).unwrap();
        assert_eq!(number("Ⅰ-1").under(&number("Ⅰ")), number("1-1"));
        assert_eq!(number("1)").under(&number("Ⅰ-1")), number("1-1-1"));
        assert_eq!(number("1").under(&number("1")), number("1-1"));
        assert_eq!(number("6-2-1").parent(), Some(number("6-2")));
        assert!(number("Ⅱ-1") < number("Ⅹ-1"));
    }
}
