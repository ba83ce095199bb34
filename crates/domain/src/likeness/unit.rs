//! Which unit a name means: its full, short or former name, or no single unit at all (各街道（镇）).

use std::collections::{BTreeSet, HashMap};

use super::spelling::{flat, local};
use crate::reading::noted;

/// The names of a unit as the directory lists them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitNames<Id> {
    /// Its identifier.
    pub id: Id,
    /// Its full name.
    pub name: String,
    /// Its short name.
    pub short_name: Option<String>,
    /// Names it once had or is also called by.
    pub aliases: Vec<String>,
}

/// By which kind of name a unit was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NameTier {
    /// Its full or short name.
    Current,
    /// A former name or an alias (曾用名/别称); worth a line in a report.
    Alias,
    /// One of these without its ending, such as 办事处 or 社区.
    Abbreviated,
}

/// Many units meant by one word; who they are is decided by a person or by the city's tree.
#[doc(alias = "各责任单位")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Collective {
    /// 各街道（镇）
    StreetsAndTowns,
    /// 各街道
    Streets,
    /// 各镇
    Towns,
    /// 各社区（村）
    CommunitiesAndVillages,
    /// 各社区
    Communities,
    /// 各村
    Villages,
    /// 市直各部门
    Departments,
    /// 各窗口单位
    WindowUnits,
    /// 各责任单位
    ResponsibleUnits,
    /// Another collective word, such as 各级各类学校.
    Other,
}

impl Collective {
    /// Recognises a word for many units; `None` if it may be one unit's name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let name = flat(text);
        let bare = ["全市", "市直", "市级"].iter().find_map(|front| name.strip_prefix(front)).unwrap_or(&name);
        let many = ["各", "全体", "所有", "有关", "相关", "其他"].iter().find_map(|word| bare.strip_prefix(word))?;
        let says = |words: &[&str]| words.iter().any(|word| many.contains(word));
        let (streets, towns) = (says(&["街道", "镇街", "街镇", "街办"]), says(&["镇", "乡"]));
        let (communities, villages) = (says(&["社区"]), says(&["村"]));
        Some(match (streets, towns, communities, villages) {
            (true, true, false, false) => Self::StreetsAndTowns,
            (true, false, false, false) => Self::Streets,
            (false, true, false, false) => Self::Towns,
            (false, false, true, true) => Self::CommunitiesAndVillages,
            (false, false, true, false) => Self::Communities,
            (false, false, false, true) => Self::Villages,
            (false, false, false, false) if says(&["窗口"]) => Self::WindowUnits,
            (false, false, false, false) if says(&["责任单位", "成员单位", "有关单位", "相关单位"]) || many == "单位" => {
                Self::ResponsibleUnits
            }
            (false, false, false, false) if says(&["部门", "局"]) => Self::Departments,
            (true, _, true, _) | (true, _, _, true) | (_, true, true, _) | (_, true, _, true) | (false, false, false, false) => {
                Self::Other
            }
        })
    }
}

/// What a unit's name means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolution<Id> {
    /// One unit.
    Unit {
        /// The unit.
        id: Id,
        /// By which kind of name it was met.
        tier: NameTier,
    },
    /// Many units by one word.
    Collective(Collective),
    /// Several units bear the name; a person has to say.
    Ambiguous(Vec<Id>),
    /// No unit bears it.
    Unknown,
}

/// The units of a city by all their names.
#[derive(Debug)]
pub struct UnitDirectory<Id> {
    city: Vec<String>,
    tiers: [(NameTier, HashMap<String, BTreeSet<Id>>); 3],
}

/// Endings that people leave out or add, one after the other.
const ENDINGS: [&str; 9] = ["居民委员会", "村民委员会", "人民政府", "居委会", "村委会", "办事处", "政府", "社区", "街道"];

impl<Id: Clone + Ord> UnitDirectory<Id> {
    /// Prepares a directory; `city` are the city's names (`云溪市`, `云溪`).
    pub fn new(units: impl IntoIterator<Item = UnitNames<Id>>, city: &[&str]) -> Self {
        let mut city: Vec<String> = city.iter().map(|name| flat(name)).filter(|name| !name.is_empty()).collect();
        city.sort_by_key(|name| std::cmp::Reverse(name.len()));
        let tiers = [NameTier::Current, NameTier::Alias, NameTier::Abbreviated].map(|tier| (tier, HashMap::new()));
        let mut directory = Self { city, tiers };
        for unit in units {
            // 市委宣传部（市文明办）: two plates on one door.
            let plates = noted(&unit.name);
            let current =
                [Some(unit.name.clone()), unit.short_name, Some(plates.value)].into_iter().flatten().collect::<Vec<_>>();
            let aliases: Vec<String> = unit.aliases.into_iter().chain(plates.remark).collect();
            let abbreviated: Vec<String> =
                current.iter().chain(&aliases).flat_map(|name| directory.forms(name).split_off(1)).collect();
            let current = current.iter().map(|name| directory.key(name)).collect();
            let aliases = aliases.iter().map(|name| directory.key(name)).collect();
            for ((_, tier), keys) in directory.tiers.iter_mut().zip([current, aliases, abbreviated]) {
                for key in keys.into_iter().filter(|key: &String| !key.is_empty()) {
                    tier.entry(key).or_default().insert(unit.id.clone());
                }
            }
        }
        directory
    }

    /// The name without the city's name and the 市 that stands for it.
    fn key(&self, name: &str) -> String {
        let name = local(name, &self.city);
        name.strip_prefix(['市', '县', '区'])
            .filter(|rest| rest.chars().nth(1).is_some())
            .map_or_else(|| name.clone(), str::to_owned)
    }

    /// The key of a name, and what is left of it as ending after ending is taken off.
    fn forms(&self, name: &str) -> Vec<String> {
        let shorter = |name: &String| {
            let bare = ENDINGS.iter().find_map(|ending| name.strip_suffix(ending)).filter(|bare| bare.chars().nth(1).is_some());
            bare.map(str::to_owned)
        };
        std::iter::successors(Some(self.key(name)), shorter).collect()
    }
}

/// Which unit a name means: by its full or short name first, then by a former name or alias, then without its ending.
#[must_use]
pub fn resolve_unit<Id: Clone + Ord>(name: &str, directory: &UnitDirectory<Id>) -> Resolution<Id> {
    for (shortened, form) in directory.forms(name).iter().enumerate() {
        let mut tiers = directory.tiers.iter();
        let Some((tier, met)) = tiers.find_map(|(tier, names)| names.get(form).map(|met| (*tier, met))) else { continue };
        let mut units = met.iter();
        return match (units.next(), units.next()) {
            (Some(only), None) => {
                Resolution::Unit { id: only.clone(), tier: if shortened == 0 { tier } else { NameTier::Abbreviated } }
            }
            (Some(_) | None, _) => Resolution::Ambiguous(met.iter().cloned().collect()),
        };
    }
    Collective::parse(name).map_or(Resolution::Unknown, Resolution::Collective)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory() -> UnitDirectory<&'static str> {
        let unit = |id, name: &str, short: &str, aliases: &[&str]| UnitNames {
            id,
            name: name.to_owned(),
            short_name: (!short.is_empty()).then(|| short.to_owned()),
            aliases: aliases.iter().map(|alias| (*alias).to_owned()).collect(),
        };
        UnitDirectory::new(
            [
                unit("L01", "中共云溪市委员会", "市委", &[]),
                unit("D03", "市委宣传部（市文明办）", "市委宣传部", &["宣传部"]),
                unit("D25", "市城市管理和综合执法局", "市城管执法局", &["市城管局", "城管"]),
                unit("D31", "市卫生健康局", "市卫健局", &["市卫健委", "市卫生局"]),
                unit("D41", "国家税务总局云溪市税务局", "市税务局", &["税务"]),
                unit("S01", "云溪市澄江街道办事处", "澄江街道", &["澄江街办"]),
                unit("S06", "云溪市青坪镇人民政府", "青坪镇", &[]),
                unit("S01001", "澄江街道桂花园社区居民委员会", "桂花园社区", &[]),
                unit("S02001", "望岳街道新桥社区居民委员会", "新桥社区", &[]),
                unit("S03", "云溪市东湖街道办事处", "东湖街道", &[]),
                unit("S03009", "东湖街道东湖社区居民委员会", "东湖社区", &[]),
                unit("S03001", "东湖街道新桥社区居民委员会", "新桥社区", &[]),
            ],
            &["云溪市", "云溪"],
        )
    }

    #[test]
    fn units_by_full_short_former_and_abbreviated_names() {
        let directory = directory();
        for (name, id, tier) in [
            ("市城管执法局", "D25", NameTier::Current),
            ("云溪市城市管理和综合执法局", "D25", NameTier::Current),
            (" 市城管局\u{3000}", "D25", NameTier::Alias),
            ("城管局", "D25", NameTier::Alias),
            ("市卫健委", "D31", NameTier::Alias),
            ("市文明办", "D03", NameTier::Alias),
            ("中共云溪市委员会", "L01", NameTier::Current),
            ("市委", "L01", NameTier::Current),
            ("云溪市委", "L01", NameTier::Current),
            ("澄江街道", "S01", NameTier::Current),
            ("澄江街道办事处", "S01", NameTier::Current),
            ("澄江", "S01", NameTier::Abbreviated),
            ("青坪镇政府", "S06", NameTier::Abbreviated),
            ("桂花园", "S01001", NameTier::Abbreviated),
            ("东湖社区居委会", "S03009", NameTier::Abbreviated),
            ("桂花园社区居委会", "S01001", NameTier::Abbreviated),
        ] {
            assert_eq!(resolve_unit(name, &directory), Resolution::Unit { id, tier }, "{name}");
        }
        assert_eq!(resolve_unit("新桥社区", &directory), Resolution::Ambiguous(vec!["S02001", "S03001"]));
        assert_eq!(
            resolve_unit("望岳街道新桥社区居民委员会", &directory),
            Resolution::Unit { id: "S02001", tier: NameTier::Current }
        );
        assert_eq!(resolve_unit("市气象局", &directory), Resolution::Unknown);
        assert_eq!(resolve_unit("", &directory), Resolution::Unknown);
    }

    #[test]
    fn words_for_many_units_are_no_unit() {
        for (name, collective) in [
            ("各街道（镇）", Collective::StreetsAndTowns),
            ("各镇街", Collective::StreetsAndTowns),
            ("各乡镇（街道）", Collective::StreetsAndTowns),
            ("各街道", Collective::Streets),
            ("各镇", Collective::Towns),
            ("各社区（村）", Collective::CommunitiesAndVillages),
            ("各窗口单位", Collective::WindowUnits),
            ("各责任单位", Collective::ResponsibleUnits),
            ("市直有关单位", Collective::ResponsibleUnits),
            ("市直各部门", Collective::Departments),
            ("各级各类学校", Collective::Other),
        ] {
            assert_eq!(resolve_unit(name, &directory()), Resolution::Collective(collective), "{name}");
        }
    }
}
