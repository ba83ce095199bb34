//! What two spellings of one name have in common: the name without what people add, drop or write otherwise.
//!
//! The rules are about Chinese names of places in general; nothing here knows a city.

use crate::reading::{half_width, numeral, unspaced, whole};

/// Words for the same thing, each with the one that stands for all; longer ones first.
const SAME_THING: [(&str, &str); 17] = [
    ("公共卫生间", "公厕"),
    ("公共厕所", "公厕"),
    ("公用厕所", "公厕"),
    ("垃圾中转站", "垃圾转运站"),
    ("集贸市场", "农贸市场"),
    ("菜市场", "农贸市场"),
    ("交叉路口", "路口"),
    ("十字路口", "路口"),
    ("交叉口", "路口"),
    ("交汇处", "路口"),
    ("居民委员会", "居委会"),
    ("村民委员会", "村委会"),
    ("有限责任公司", "公司"),
    ("股份有限公司", "公司"),
    ("有限公司", "公司"),
    ("花苑", "花园"),
    ("苑", "园"),
];

/// Words that say where near a place something was seen, not which place.
const NEARBY: [&str; 8] = ["大门口", "正门口", "门口", "门前", "附近", "旁边", "周围", "旁"];

/// What a numeral counts in a name; only there is 二 the same as 2.
const COUNTED: &str = "期号巷弄栋幢区组中小院公店楼单路街";

/// A name by its common spelling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Core {
    pub(super) name: String,
    /// A word such as 门口 was left out: the place itself or what lies around it may be meant.
    pub(super) nearby: bool,
}

/// Half width, lower case, without blanks, brackets, dashes and quotation marks.
pub(super) fn flat(text: &str) -> String {
    let mut name = unspaced(&half_width(text)).to_lowercase();
    name.retain(|character| {
        !matches!(character, '(' | ')' | '[' | ']' | '-' | '~' | '"' | '\'' | '“' | '”' | '‘' | '’' | '·' | ',' | '.' | '、')
    });
    name
}

/// [`flat`] without the city's own name in front; `city` holds its names, the longest first.
pub(super) fn local(text: &str, city: &[String]) -> String {
    let name = flat(text);
    let rest = city.iter().find_map(|city| name.strip_prefix(city.as_str()).filter(|rest| rest.chars().nth(1).is_some()));
    rest.map_or_else(|| name.clone(), str::to_owned)
}

/// The common spelling of a name that [`local`] left.
pub(super) fn core(local: &str) -> Core {
    let mut name = local.to_owned();
    let mut nearby = false;
    while let Some(rest) = NEARBY.iter().find_map(|word| name.strip_suffix(word)).filter(|rest| rest.chars().nth(1).is_some()) {
        name = rest.to_owned();
        nearby = true;
    }
    for (other, common) in SAME_THING {
        name = name.replace(other, common);
    }
    let name = digits(&joined(&name));
    let name = name.strip_suffix("小区").filter(|rest| rest.chars().nth(1).is_some()).map_or_else(|| name.clone(), str::to_owned);
    Core { name, nearby }
}

/// Without 至, 与 and 到 between two roads, which a dash replaces as well as nothing.
fn joined(name: &str) -> String {
    let before = std::iter::once('\0').chain(name.chars());
    let kept = before
        .zip(name.chars())
        .filter(|(before, character)| !(matches!(character, '至' | '与' | '到') && "路街道巷".contains(*before)));
    kept.map(|(_, character)| character).collect()
}

/// Chinese numerals as digits where they count something (`二期`, `第三小学`), never inside a name (`六合塘`).
fn digits(name: &str) -> String {
    let characters: Vec<char> = name.chars().collect();
    let is_numeral =
        |character: &char| *character == '十' || numeral(*character).is_some_and(|value| value > 0 && *character != '两');
    let mut read = String::with_capacity(name.len());
    let mut at = 0;
    while let Some(rest) = characters.get(at..).filter(|rest| !rest.is_empty()) {
        let run: String = rest.iter().take_while(|character| is_numeral(character)).collect();
        let length = run.chars().count();
        let ordinal = at.checked_sub(1).and_then(|before| characters.get(before)) == Some(&'第');
        let counts = ordinal || rest.get(length).is_some_and(|next| COUNTED.contains(*next));
        match whole(&run).filter(|_| counts) {
            Some(number) => read.push_str(&number.to_string()),
            None => read.extend(rest.iter().take(length.max(1))),
        }
        at += length.max(1);
    }
    read
}

/// The name with what stands in brackets at its end put in front: `湖美小旅馆（金穗）` is also 金穗湖美小旅馆.
pub(super) fn turned(text: &str) -> Option<String> {
    let folded = half_width(text);
    let (name, inside) = folded.trim().strip_suffix(')')?.split_once('(')?;
    let inside = inside.strip_suffix('店').unwrap_or(inside);
    Some(format!("{inside}{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_name_meet() {
        let city = ["云溪市".to_owned(), "云溪".to_owned()];
        let meet = |one: &str, other: &str| core(&local(one, &city)).name == core(&local(other, &city)).name;
        for (one, other) in [
            ("云溪澄雅湾二期", "澄雅湾2期"),
            ("云溪市澄雅湾二期", "澄雅湾二期"),
            ("湖美小旅馆(金穗)", "湖美小旅馆（金穗）"),
            ("文昌路滨江路-学府大道段", "文昌路（滨江路至学府大道段）"),
            ("荷塘路-望岳路路口", "荷塘路与望岳路交叉口"),
            ("书院坡一公共厕所", "书院坡一公厕"),
            ("江晴园小区", "江晴苑小区"),
            ("梅晴台", "梅晴台小区"),
            ("第十二小学门口", "第12小学"),
        ] {
            assert!(meet(one, other), "{one} / {other}");
        }
        for (one, other) in [
            ("敦睦三公厕", "敦睦二公厕"),
            ("和顺南站（东向西）", "和顺南站（西向东）"),
            ("六合塘", "6合塘"),
            ("云溪", "溪云"),
            ("小区", ""),
            ("织锦路（石桥街至青年街段）", "织锦路（石桥街至青年路段）"),
            ("梧桐苑小学", "梧桐苑小学周边（200米）"),
        ] {
            assert!(!meet(one, other), "{one} / {other}");
        }
        assert!(core("杏林二巷门口").nearby && !core("杏林二巷").nearby);
        assert_eq!(turned("小桥火锅（朝晖店）").as_deref(), Some("朝晖小桥火锅"));
    }
}
