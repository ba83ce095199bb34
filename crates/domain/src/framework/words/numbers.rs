//! Digits, signs and amounts as sheets write them.

use super::super::Amount;
use crate::exact::Exact;

/// The text without blanks, with half-width digits and one spelling of each sign.
pub(super) fn plain(text: &str) -> String {
    text.chars()
        .filter(|sign| *sign == '\n' || !sign.is_whitespace())
        .filter_map(|sign| match sign {
            '＝' => Some('='),
            '／' | '∕' | '/' => Some('/'),
            '*' | '＊' | 'x' | 'X' | '✕' => Some('×'),
            '﹪' => Some('%'),
            // Full-width forms of ASCII.
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(sign) - 0xfee0),
            '“' | '”' | '"' => None,
            other => Some(other),
        })
        .collect()
}

/// A whole number in digits or in Chinese up to 99.
pub(super) fn whole(text: &str) -> Option<u32> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().ok();
    }
    let digit =
        |sign: char| "一二三四五六七八九".chars().position(|known| known == sign).and_then(|place| u32::try_from(place + 1).ok());
    match text.chars().collect::<Vec<_>>().as_slice() {
        ['两'] => Some(2),
        ['十'] => Some(10),
        [one] => digit(*one),
        ['十', one] => Some(10 + digit(*one)?),
        [ten, '十'] => Some(10 * digit(*ten)?),
        [ten, '十', one] => Some(10 * digit(*ten)? + digit(*one)?),
        _ => None,
    }
}

/// `25%`, `0.6`, `1`, `四分之一`, `百分之二十五`, `1/4` as a share of one.
pub(super) fn share(text: &str) -> Option<Exact> {
    if let Some(percent) = text.strip_suffix('%') {
        return percent.parse::<Exact>().ok()?.checked_div(&Exact::whole(100));
    }
    if let Some((below, above)) = text.split_once("分之") {
        let below = if below == "百" { 100 } else { whole(below)? };
        return Exact::fraction(i64::from(whole(above)?), i64::from(below));
    }
    text.parse().ok()
}

/// `0.19分`, `本项分值的25%`, `分值的四分之一`, `25%的分值`; an amount of 0 or below is none.
pub(super) fn amount(text: &str) -> Option<Amount> {
    const WHOLE: [&str; 5] = ["本项分值", "该项分值", "本项总分", "分值", "总分值"];
    let of_points = WHOLE.into_iter().find_map(|name| {
        let part = text.strip_prefix(name).map(|rest| rest.strip_prefix('的').unwrap_or(rest));
        part.or_else(|| text.strip_suffix(name).and_then(|rest| rest.strip_suffix('的').or(Some(rest))))
    });
    let amount = match of_points {
        Some(part) => Amount::Share(share(part).filter(|share| *share <= Exact::one())?),
        None => Amount::Points(text.strip_suffix('分')?.parse().ok()?),
    };
    let (Amount::Points(number) | Amount::Share(number)) = &amount;
    (*number > Exact::zero()).then_some(amount)
}
