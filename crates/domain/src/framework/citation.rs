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

impl Citation {
    /// Writes a number as another is written: the same signs around and between, the same kind of numerals. A pattern that
    /// shows only the last parts (`（2）` of 6-2-2) gets only those; an empty one gives nothing.
    #[must_use]
    pub fn written_like(pattern: &str, parts: &[u32]) -> String {
        let mut rest = pattern;
        let mut between = String::new();
        let mut written: Vec<(String, &str)> = Vec::new();
        while let Some(first) = rest.chars().next() {
            match numeral(rest) {
                Some((_, after)) => {
                    let sign = &rest[..rest.len() - after.len()];
                    written.push((std::mem::take(&mut between), sign));
                    rest = after;
                }
                None => {
                    between.push(first);
                    rest = &rest[first.len_utf8()..];
                }
            }
        }
        if written.is_empty() {
            return pattern.to_owned();
        }
        let shown = parts.len().saturating_sub(written.len());
        let mut text = String::new();
        for ((between, sign), part) in written.iter().zip(&parts[shown..]) {
            text.push_str(between);
            text.push_str(&numeral_like(sign, *part));
        }
        text + &between
    }
}

/// A numeral of the kind of another: Ⅵ, VI, 六, ６, ⑥ or 6.
fn numeral_like(sign: &str, number: u32) -> String {
    let first = sign.chars().next().unwrap_or('0');
    let code = u32::from(first);
    for (start, count) in [(0x2160, 12), (0x2170, 12), (0x2460, 20), (0x2474, 20), (0x2488, 20)] {
        if code >= start && code < start + count {
            let same = (number >= 1 && number <= count).then(|| char::from_u32(start + number - 1)).flatten();
            return same.map_or_else(|| number.to_string(), String::from);
        }
    }
    if is_chinese(first) {
        return chinese_numeral(number);
    }
    if is_latin_roman(first) {
        let known = usize::try_from(number).ok().and_then(|place| NUMERALS.get(place.wrapping_sub(1)));
        return known.map_or_else(|| number.to_string(), |roman| (*roman).to_owned());
    }
    if ('０'..='９').contains(&first) {
        let wide = |digit: char| digit.to_digit(10).and_then(|digit| char::from_u32(u32::from('０') + digit)).unwrap_or(digit);
        return number.to_string().chars().map(wide).collect();
    }
    number.to_string()
}

/// 一 to 九百九十九; larger ones in digits.
fn chinese_numeral(number: u32) -> String {
    const DIGITS: [&str; 10] = ["", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    let digit = |place: u32| usize::try_from(number / place % 10).ok().and_then(|digit| DIGITS.get(digit)).copied().unwrap_or("");
    let (hundreds, tens, ones) = (digit(100), digit(10), digit(1));
    if number == 0 || number > 999 {
        return number.to_string();
    }
    let mut text = String::new();
    if !hundreds.is_empty() {
        text = text + hundreds + "百";
        if tens.is_empty() && !ones.is_empty() {
            text.push('零');
        }
    }
    if !tens.is_empty() {
        text = if tens == "一" && text.is_empty() { text + "十" } else { text + tens + "十" };
    }
    text + ones
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

const NUMERALS: [&str; 20] = [
    "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII", "XIII", "XIV", "XV", "XVI", "XVII", "XVIII", "XIX",
    "XX",
];

fn latin_roman(text: &str) -> Option<u32> {
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
    fn a_number_is_written_as_its_neighbour() {
        for (pattern, parts, written) in [
            ("Ⅵ-2", vec![7, 3], "Ⅶ-3"),
            ("1）", vec![6, 2, 4], "4）"),
            ("（2）", vec![6, 2, 11], "（11）"),
            ("三、", vec![12], "十二、"),
            ("（二十）", vec![2, 105], "（一百零五）"),
            ("〔56〕", vec![3, 2, 57], "〔57〕"),
            ("③", vec![1, 21], "21"),
            ("２）", vec![10], "１０）"),
            ("VI-2-1", vec![4, 1, 2], "IV-1-2"),
            ("", vec![1, 2], ""),
        ] {
            let text = Citation::written_like(pattern, &parts);
            assert_eq!(text, written);
            let read = Citation::normal(&text).map(|citation| citation.parts().last().copied());
            assert!(text.is_empty() || read == Some(parts.last().copied()), "{text}");
        }
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
