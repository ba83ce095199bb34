//! How column headers are compared: width, blanks, marks and brackets do not matter, the end of a header matters most.
//!
//! Likeness is an integer per mille. In Chinese the head noun stands last: `整改责任单位` is a `责任单位`, while
//! `责任单位电话` is not.

/// Likeness below this is no match.
pub const ENOUGH: u32 = 560;

/// A header as compared: half-width, lower case, without blanks, `_`, `-`, leading `*` and trailing colon.
#[must_use]
pub fn normal(text: &str) -> String {
    let folded = text.chars().map(half_width).filter(|c| !c.is_whitespace() && !matches!(c, '_' | '-' | '*' | '★' | '\u{feff}'));
    let folded: String = folded.flat_map(char::to_lowercase).collect();
    folded.trim_end_matches(':').to_owned()
}

/// The half-width form of a full-width character.
#[must_use]
pub fn half_width(character: char) -> char {
    match character {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(character) - 0xfee0).unwrap_or(character),
        '\u{3000}' => ' ',
        '〔' | '【' => '(',
        '〕' | '】' => ')',
        other => other,
    }
}

/// Drops everything in brackets; the whole text if nothing else is left.
fn without_brackets(normal: &str) -> String {
    let mut depth = 0_u32;
    let mut kept = String::new();
    for character in normal.chars() {
        match character {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            other if depth == 0 => kept.push(other),
            _ => {}
        }
    }
    if kept.is_empty() { normal.to_owned() } else { kept }
}

/// A header or synonym prepared for comparing.
#[derive(Debug, Clone)]
pub struct Name {
    whole: Words,
    parts: Option<(Words, Words)>,
}

#[derive(Debug, Clone)]
struct Words {
    text: String,
    bare: String,
    length: u32,
    bare_length: u32,
}

impl Words {
    fn of(text: &str) -> Self {
        let text = normal(text);
        let bare = without_brackets(&text);
        Self { length: count(&text), bare_length: count(&bare), text, bare }
    }

    fn likeness(&self, synonym: &Self) -> u32 {
        if self.text.is_empty() || synonym.text.is_empty() {
            return 0;
        }
        if self.text == synonym.text {
            return 1000;
        }
        if self.bare == synonym.text || self.bare == synonym.bare {
            return 950;
        }
        let least = if synonym.text.is_ascii() { 4 } else { 2 };
        if synonym.length < least || synonym.length > self.bare_length {
            return 0;
        }
        let share = synonym.length * 250 / self.bare_length;
        if self.bare.ends_with(&synonym.text) {
            600 + share
        } else if self.bare.starts_with(&synonym.text) {
            450 + share
        } else if self.bare.contains(&synonym.text) {
            350 + share
        } else {
            0
        }
    }
}

impl Name {
    /// Prepares a header or synonym; `upper/lower` has two parts.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let parts = text.split_once('/').map(|(upper, lower)| (Words::of(upper), Words::of(lower)));
        Self { whole: Words::of(text), parts }
    }

    /// The whole as compared.
    #[must_use]
    pub fn normal(&self) -> &str {
        &self.whole.text
    }

    /// Its upper and lower part, each as a name.
    #[must_use]
    pub fn split(&self) -> Option<(Self, Self)> {
        let name = |words: &Words| Self { whole: words.clone(), parts: None };
        self.parts.as_ref().map(|(upper, lower)| (name(upper), name(lower)))
    }

    /// How much a header (its upper and lower part where there are two) is like a synonym, per mille; 1000 is the same.
    ///
    /// A synonym `分值/实地考察` asks for both parts.
    #[must_use]
    pub fn likeness(&self, synonym: &Self) -> u32 {
        match (&self.parts, &synonym.parts) {
            (Some((upper, lower)), Some((wanted_upper, wanted_lower))) => {
                let (upper, lower) = (upper.likeness(wanted_upper), lower.likeness(wanted_lower));
                if upper >= ENOUGH && lower >= ENOUGH { upper.midpoint(lower) } else { 0 }
            }
            (None, Some(_)) => 0,
            (Some((_, lower)), None) => self.whole.likeness(&synonym.whole).max(lower.likeness(&synonym.whole) * 9 / 10),
            (None, None) => self.whole.likeness(&synonym.whole),
        }
    }
}

fn count(text: &str) -> u32 {
    u32::try_from(text.chars().count()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn likeness(header: &str, synonym: &str) -> u32 {
        Name::of(header).likeness(&Name::of(synonym))
    }

    #[test]
    fn headers_are_alike_in_spite_of_their_dress() {
        for (header, synonym, like) in [
            ("单位名称", "单位名称", 1000),
            ("*单位 名称：", "单位名称", 1000),
            ("分管负责人（具体责任人）", "分管负责人", 950),
            ("Site_Type", "site type", 1000),
            ("分值/实地考察", "分值/实地考察", 1000),
            ("联系方式/联络员", "联络员", 900),
            ("分值", "分值/实地考察", 0),
        ] {
            assert_eq!(likeness(header, synonym), like, "{header} ~ {synonym}");
        }
        assert!(likeness("分值/实地考察", "分值") < ENOUGH);
        assert!(likeness("整改责任单位", "责任单位") >= ENOUGH);
        assert!(likeness("责任单位电话", "电话") > likeness("责任单位电话", "责任单位"));
    }
}
