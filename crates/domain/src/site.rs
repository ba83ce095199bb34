//! Sites and how their checklists are judged: the shape of a site type, the judgement of an item, and places kept exactly.
//!
//! A place is kept in units of 10⁻⁷ degree with the datum it was surveyed in; only [`crate::geo`] turns it into floating point.

pub mod merge;

use std::fmt;
use std::str::FromStr;

use num_traits::ToPrimitive;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::exact::Exact;
use crate::geo::Datum;
use crate::reading::{half_width, unspaced, whole};

/// What sites of a type look like on a map.
#[doc(alias = "点位形态")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// 固定点: a place.
    Point,
    /// 线段: a stretch of a street.
    Line,
    /// 移动（车辆）: a bus line, a taxi; has no place.
    Vehicle,
    /// 电话: a hotline; has no place.
    Hotline,
}

impl Shape {
    /// Reads the Chinese name of a shape; `None` if it names none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let folded = unspaced(&half_width(text));
        match folded.split_once('(').map_or(folded.as_str(), |(name, _)| name) {
            "固定点" | "固定" | "点" | "点位" | "定点" => Some(Self::Point),
            "线段" | "线" | "路段" | "线路段" => Some(Self::Line),
            "移动" | "车辆" | "移动点" | "流动" => Some(Self::Vehicle),
            "电话" | "热线" | "热线电话" => Some(Self::Hotline),
            _ => None,
        }
    }

    /// Whether a site of this shape has a place by nature.
    #[must_use]
    pub fn has_place(self) -> bool {
        match self {
            Self::Point | Self::Line => true,
            Self::Vehicle | Self::Hotline => false,
        }
    }
}

/// How an item of a checklist is judged on site.
#[doc(alias = "评判方式")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Judgement {
    /// 全有全无: it is met or it is not.
    PassFail,
    /// 等级: 达标, 基本达标 or 不达标.
    Grade,
    /// 扣分：每处: faults are counted.
    FaultCount,
    /// 数量：≥n: things are counted, n are wanted.
    CountAtLeast {
        /// How many are wanted.
        n: u32,
    },
    /// 比例：合格数÷抽查数: so many of so many looked at.
    Ratio,
    /// 比例（观察）: a share observed over a time, judged by percentage points.
    Percentage {
        /// How many minutes are to be watched, if the words say so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        minutes: Option<u32>,
    },
    /// 询问: people are asked, right answers counted.
    Interview {
        /// How many people, if the words say so.
        n: Option<u32>,
    },
}

impl Judgement {
    /// Reads the words of a checklist (`扣分：每处`, `数量：≥3`, `询问4人，按答对人数`); `None` where a person must choose.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let folded = unspaced(&half_width(text)).replace(">=", "≥");
        let says = |words: &[&str]| words.iter().any(|word| folded.contains(word));
        let minutes = number_after(&folded, &["观察"]).filter(|_| folded.contains("分钟") || folded.contains("min"));
        if says(&["百分点", "比例(观察", "观察比例"]) {
            Some(Self::Percentage { minutes })
        } else if says(&["询问", "访谈", "抽问", "问询"]) {
            Some(Self::Interview { n: number_after(&folded, &["询问", "访谈", "抽问", "问询"]) })
        } else if says(&["基本达标", "三档", "等级"]) {
            Some(Self::Grade)
        } else if let Some(n) = number_after(&folded, &["≥", "不少于", "至少", "不低于"]) {
            (!folded.contains('%')).then_some(Self::CountAtLeast { n })
        } else if says(&["比例", "合格率", "÷", "合格数/"]) {
            Some(Self::Ratio)
        } else if says(&["每处", "按处", "逐处", "每发现"]) || folded == "扣分" {
            Some(Self::FaultCount)
        } else if says(&["全有全无", "合格/不合格", "达标/不达标", "是/否", "有/无", "符合/不符合"]) {
            Some(Self::PassFail)
        } else {
            None
        }
    }
}

fn number_after(text: &str, words: &[&str]) -> Option<u32> {
    let (_, behind) = words.iter().find_map(|word| text.split_once(word))?;
    let end = behind.find(|character: char| whole(&character.to_string()).is_none() && character != '十').unwrap_or(behind.len());
    behind.get(..end).and_then(whole)
}

/// An angle in units of 10⁻⁷ degree (about a centimetre); as text and JSON a decimal such as `114.8330390`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Degrees(i64);

/// The text is no decimal number of degrees from −180 to 180, or ten times as much as a misplaced point makes it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a number of degrees: {0}")]
pub struct NotDegrees(pub String);

const PER_DEGREE: i64 = 10_000_000;

impl Degrees {
    /// Takes units of 10⁻⁷ degree.
    #[must_use]
    pub fn from_e7(units: i64) -> Self {
        Self(units)
    }

    /// Units of 10⁻⁷ degree, for storage.
    #[must_use]
    pub fn e7(self) -> i64 {
        self.0
    }
}

impl fmt::Display for Degrees {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, units) = (if self.0 < 0 { "-" } else { "" }, self.0.unsigned_abs());
        write!(formatter, "{sign}{}.{:07}", units / PER_DEGREE.unsigned_abs(), units % PER_DEGREE.unsigned_abs())
    }
}

impl FromStr for Degrees {
    type Err = NotDegrees;

    /// Reads decimal degrees however untidily written (blanks, full width, a degree sign behind).
    fn from_str(text: &str) -> Result<Self, NotDegrees> {
        let wrong = || NotDegrees(text.to_owned());
        let folded = unspaced(&half_width(text));
        let bare = folded.strip_suffix('°').unwrap_or(&folded);
        let exact: Exact = if bare.contains('/') { Err(wrong()) } else { bare.parse().map_err(|_| wrong()) }?;
        let units = (exact * Exact::whole(PER_DEGREE)).rounded(0).floor().to_i64().ok_or_else(wrong)?;
        // Values up to ten times too large still are read: they can be asked about, a refusal could not.
        if units.abs() <= 1800 * PER_DEGREE { Ok(Self(units)) } else { Err(wrong()) }
    }
}

impl Serialize for Degrees {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Degrees {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// Where a site is, in the datum in which it was surveyed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Position {
    /// East of Greenwich.
    pub longitude: Degrees,
    /// North of the equator.
    pub latitude: Degrees,
    /// What the two numbers refer to.
    pub datum: Datum,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn shapes_by_their_chinese_names() {
        for (text, shape, placed) in [
            ("固定点", Shape::Point, true),
            ("线段", Shape::Line, true),
            ("移动（车辆）", Shape::Vehicle, false),
            (" 电话 ", Shape::Hotline, false),
        ] {
            assert_eq!(Shape::parse(text), Some(shape), "{text}");
            assert_eq!(shape.has_place(), placed);
        }
        assert_eq!(Shape::parse("面"), None);
    }

    #[test]
    fn judgements_by_their_words() {
        for (text, judgement) in [
            ("数量：≥3", Some(Judgement::CountAtLeast { n: 3 })),
            ("数量：>= 5处", Some(Judgement::CountAtLeast { n: 5 })),
            ("不少于十处", Some(Judgement::CountAtLeast { n: 10 })),
            ("全有全无", Some(Judgement::PassFail)),
            ("合格／不合格", Some(Judgement::PassFail)),
            ("达标/不达标", Some(Judgement::PassFail)),
            ("等级：达标/基本达标/不达标", Some(Judgement::Grade)),
            ("扣分：每处", Some(Judgement::FaultCount)),
            ("每处扣0.1分", Some(Judgement::FaultCount)),
            ("询问4人，按答对人数", Some(Judgement::Interview { n: Some(4) })),
            ("随机询问群众", Some(Judgement::Interview { n: None })),
            ("比例：合格数÷抽查数", Some(Judgement::Ratio)),
            ("比例（观察）：按百分点扣", Some(Judgement::Percentage { minutes: None })),
            ("比例（观察15分钟）：按百分点扣", Some(Judgement::Percentage { minutes: Some(15) })),
            ("比例（观察 十 分钟）", Some(Judgement::Percentage { minutes: Some(10) })),
            ("", None),
            ("酌情", None),
            ("数量", None),
            ("≥90%", None),
        ] {
            assert_eq!(Judgement::parse(text), judgement, "{text}");
        }
        // What was kept before minutes were known reads, and is written as it was.
        let kept: Judgement = serde_json::from_value(json!({"kind": "percentage"})).unwrap();
        assert_eq!(
            (kept, serde_json::to_value(kept).unwrap()),
            (Judgement::Percentage { minutes: None }, json!({"kind": "percentage"}))
        );
        assert_eq!(serde_json::to_value(Judgement::CountAtLeast { n: 3 }).unwrap(), json!({"kind": "count_at_least", "n": 3}));
    }

    #[test]
    fn degrees_are_exact() {
        for (text, units, shown) in [
            ("114.833039", 1_148_330_390, "114.8330390"),
            ("31.261684 ", 312_616_840, "31.2616840"),
            ("１１４．８", 1_148_000_000, "114.8000000"),
            ("-0.00000005", -1, "-0.0000001"),
            ("30°", 300_000_000, "30.0000000"),
        ] {
            let read: Degrees = text.parse().unwrap();
            assert_eq!((read.e7(), read.to_string().as_str()), (units, shown), "{text}");
            assert_eq!(serde_json::from_value::<Degrees>(serde_json::to_value(read).unwrap()).unwrap(), read);
        }
        for text in ["", "东经114", "1/3", "1801", "1e2"] {
            assert!(text.parse::<Degrees>().is_err(), "{text}");
        }
    }
}
