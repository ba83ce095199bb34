//! Which registered site a name in a list of problems means.

use std::collections::{BTreeMap, HashMap};

use super::spelling::{Core, core, flat, local, turned};
use super::{of_characters, pairs};

/// How sure each way of meeting is, per mille.
const AS_REGISTERED: u32 = 1000;
const AS_WRITTEN: u32 = 990;
const BY_RULE: u32 = 950;

/// Below this likeness a site is not worth showing.
const WORTH_SHOWING: u32 = 450;
const SHOWN: usize = 5;
const COMPARED: usize = 20;

/// A registered site to match against; only those open at the date in question belong in an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate<Id> {
    /// Its identifier.
    pub id: Id,
    /// Its registered name.
    pub name: String,
    /// The name of its site type.
    pub site_type: String,
    /// The name of the street or town it lies in.
    pub street: Option<String>,
}

/// What a spelling means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Match<Id> {
    /// One site, and nothing speaks against it.
    Sure {
        /// The site.
        site: Id,
        /// How it was met, per mille.
        score: u32,
    },
    /// A person has to say; the likeliest first, with their likeness per mille.
    Unsure {
        /// At most five.
        candidates: Vec<(Id, u32)>,
    },
    /// No site bears a name like it.
    None,
}

#[derive(Debug)]
struct Entry<Id> {
    id: Id,
    site_type: String,
    street: Option<String>,
    core: Vec<char>,
}

/// The sites of a city, prepared for matching.
#[derive(Debug)]
pub struct SiteIndex<Id> {
    city: Vec<String>,
    entries: Vec<Entry<Id>>,
    registered: HashMap<String, Vec<usize>>,
    written: HashMap<String, Vec<usize>>,
    by_rule: HashMap<String, Vec<usize>>,
    pairs: HashMap<(char, char), Vec<usize>>,
}

impl<Id: Clone + Ord> SiteIndex<Id> {
    /// Prepares an index; `city` are the names people put in front of a site's name (`云溪市`, `云溪`).
    pub fn new(sites: impl IntoIterator<Item = Candidate<Id>>, city: &[&str]) -> Self {
        let mut city: Vec<String> = city.iter().map(|name| flat(name)).filter(|name| !name.is_empty()).collect();
        city.sort_by_key(|name| std::cmp::Reverse(name.len()));
        let (registered, written, by_rule, pairs) = (HashMap::new(), HashMap::new(), HashMap::new(), HashMap::new());
        let mut index = Self { city, entries: Vec::new(), registered, written, by_rule, pairs };
        for site in sites {
            index.insert(site);
        }
        index
    }

    fn insert(&mut self, site: Candidate<Id>) {
        let at = self.entries.len();
        let written = local(&site.name, &self.city);
        let Core { name, .. } = core(&written);
        let characters: Vec<char> = name.chars().collect();
        let mut seen: Vec<(char, char)> = pairs(&characters).collect();
        seen.sort_unstable();
        seen.dedup();
        for pair in seen {
            self.pairs.entry(pair).or_default().push(at);
        }
        self.registered.entry(flat(&site.name)).or_default().push(at);
        self.written.entry(written).or_default().push(at);
        let turned = turned(&site.name).map(|turned| core(&local(&turned, &self.city)).name).filter(|turned| *turned != name);
        for key in turned.into_iter().chain([name]) {
            self.by_rule.entry(key).or_default().push(at);
        }
        let site_type = core(&flat(&site.site_type)).name;
        self.entries.push(Entry { id: site.id, site_type, street: site.street.map(|street| flat(&street)), core: characters });
    }

    /// Which site a spelling means; the type and the street written beside it, if any, must not contradict it.
    #[doc(alias = "点位匹配")]
    #[must_use]
    pub fn match_site(&self, spelt: &str, site_type: Option<&str>, street: Option<&str>) -> Match<Id> {
        let site_type = site_type.map(|name| core(&flat(name)).name).filter(|name| !name.is_empty());
        let street = street.map(flat).filter(|name| !name.is_empty());
        let written = local(spelt, &self.city);
        let meant = core(&written);
        let turned = turned(spelt).map(|turned| core(&local(&turned, &self.city)).name);
        let by_rule = self.by_rule.get(&meant.name).or_else(|| turned.and_then(|turned| self.by_rule.get(&turned)));
        let tiers =
            [(self.registered.get(&flat(spelt)), AS_REGISTERED), (self.written.get(&written), AS_WRITTEN), (by_rule, BY_RULE)];
        let Some((met, score)) = tiers.into_iter().find_map(|(met, score)| met.map(|met| (met, score))) else {
            return self.like(&meant.name);
        };
        let fits = |entry: &Entry<Id>| {
            let same_type = site_type.as_ref().is_none_or(|wanted| *wanted == entry.site_type);
            same_type && street.as_ref().is_none_or(|wanted| entry.street.as_ref().is_none_or(|street| wanted == street))
        };
        let mut fitting = met.iter().filter_map(|at| self.entries.get(*at)).filter(|entry| fits(entry));
        match (fitting.next(), fitting.next()) {
            // What was seen 门口 may belong to the place or to what surrounds it; only the type tells.
            (Some(only), None) if score > BY_RULE || !meant.nearby || site_type.is_some() => {
                Match::Sure { site: only.id.clone(), score }
            }
            (Some(_) | None, _) => {
                let met = met.iter().filter_map(|at| self.entries.get(*at));
                Match::Unsure { candidates: met.take(SHOWN).map(|entry| (entry.id.clone(), score)).collect() }
            }
        }
    }

    fn like(&self, name: &str) -> Match<Id> {
        let characters: Vec<char> = name.chars().collect();
        let mut shared: BTreeMap<usize, usize> = BTreeMap::new();
        for at in pairs(&characters).filter_map(|pair| self.pairs.get(&pair)).flatten() {
            *shared.entry(*at).or_default() += 1;
        }
        let mut likely: Vec<(usize, usize)> = shared.into_iter().map(|(at, count)| (count, at)).collect();
        // Most shared pairs first, among them the shortest names: a long name shares by chance.
        likely.sort_by_key(|(count, at)| (std::cmp::Reverse(*count), self.entries.get(*at).map(|entry| entry.core.len())));
        let entries = likely.into_iter().take(COMPARED).filter_map(|(_, at)| self.entries.get(at));
        let mut scored: Vec<(Id, u32)> =
            entries.map(|entry| (entry.id.clone(), of_characters(&characters, &entry.core))).collect();
        scored.retain(|(_, score)| *score >= WORTH_SHOWING);
        scored.sort_by(|(one, left), (other, right)| right.cmp(left).then_with(|| one.cmp(other)));
        scored.truncate(SHOWN);
        if scored.is_empty() { Match::None } else { Match::Unsure { candidates: scored } }
    }
}
