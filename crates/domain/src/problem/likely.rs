//! How likely two problems are one: near in place, alike in kind and words. An offer for a person, never a verdict.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::Category;
use crate::id::{CriterionId, MediaId, SiteId};

/// What is compared.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trait {
    /// At which site.
    pub site: Option<SiteId>,
    /// Metres from the other, where both positions are known; set on one of the two.
    pub metres: Option<u32>,
    /// Its kind.
    pub category: Option<Category>,
    /// Criteria.
    pub criteria: BTreeSet<CriterionId>,
    /// What it is called and what was seen.
    pub words: String,
    /// Photographs of the fault.
    pub photos: BTreeSet<MediaId>,
    /// Photographs elsewhere that look like one of these, in thousandths of their blocks; 1000 where the bytes are the same.
    pub copies: BTreeMap<MediaId, u32>,
}

/// Why two are taken for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Likeness {
    /// The same site.
    SameSite,
    /// A few steps away.
    Near,
    /// The same kind.
    SameCategory,
    /// The same criterion.
    SameCriterion,
    /// The same words.
    Words,
    /// The same photograph.
    SamePhoto,
    /// A photograph that was made of the other's: smaller, cropped, marked.
    LikePhoto,
}

/// From so many of a thousand on, two are offered as likely the same.
pub const OFFERED: u32 = 500;

/// How likely they are one, of a thousand, and why.
#[must_use]
pub fn likely(one: &Trait, other: &Trait) -> (u32, BTreeSet<Likeness>) {
    let mut reasons = BTreeSet::new();
    let mut score = 0;
    let mut add = |reason: Likeness, points: u32| {
        if points > 0 {
            reasons.insert(reason);
            score += points;
        }
    };
    if one.site.is_some() && one.site == other.site {
        add(Likeness::SameSite, 350);
    } else {
        let metres = one.metres.or(other.metres);
        add(Likeness::Near, metres.map_or(0, |metres| 350_u32.saturating_sub(metres * 350 / 150)));
    }
    if one.category.is_some() && one.category == other.category {
        add(Likeness::SameCategory, 150);
    }
    if !one.criteria.is_disjoint(&other.criteria) {
        add(Likeness::SameCriterion, 200);
    }
    let shared = shared(&one.words, &other.words);
    if shared >= 200 {
        add(Likeness::Words, shared * 300 / 1000);
    }
    match alike(one, other).max(alike(other, one)) {
        None => {}
        Some(1000..) => add(Likeness::SamePhoto, 500),
        Some(0..1000) => add(Likeness::LikePhoto, 500),
    }
    (score.min(1000), reasons)
}

/// How like the likest of the other's photographs is to one of these; none if none is.
fn alike(one: &Trait, other: &Trait) -> Option<u32> {
    let known = |photo| if one.photos.contains(photo) { Some(1000) } else { one.copies.get(photo).copied() };
    other.photos.iter().filter_map(known).max()
}

/// How many of a thousand neighbouring pairs of characters both texts have.
fn shared(one: &str, other: &str) -> u32 {
    let pairs = |text: &str| -> BTreeSet<(char, char)> {
        let letters: Vec<char> = text.chars().filter(|letter| letter.is_alphanumeric()).collect();
        letters.windows(2).filter_map(|pair| Some((*pair.first()?, *pair.get(1)?))).collect()
    };
    let (one, other) = (pairs(one), pairs(other));
    let smaller = one.len().min(other.len());
    if smaller == 0 {
        return 0;
    }
    u32::try_from(one.intersection(&other).count() * 1000 / smaller).unwrap_or(1000)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn seen(words: &str) -> Trait {
        Trait {
            site: Some(SiteId::new(Uuid::from_u128(1))),
            category: Some(Category("环境卫生".to_owned())),
            words: words.to_owned(),
            ..Trait::default()
        }
    }

    #[test]
    fn the_same_words_at_the_same_site_are_offered_and_other_faults_there_are_not() {
        let known = seen("垃圾桶满溢，周边有污水");
        let (score, reasons) = likely(&known, &seen("垃圾桶满溢"));
        assert!(score >= OFFERED, "{score}");
        assert_eq!(reasons, [Likeness::SameSite, Likeness::SameCategory, Likeness::Words].into());
        let other = Trait { category: Some(Category("市政设施".to_owned())), ..seen("路灯不亮") };
        assert!(likely(&known, &other).0 < OFFERED);
    }

    #[test]
    fn nearness_counts_less_the_farther_it_is() {
        let at = |metres| Trait { site: None, metres: Some(metres), ..seen("垃圾桶满溢") };
        let score = |metres| likely(&seen("垃圾桶满溢"), &at(metres)).0;
        assert!(score(5) > score(60) && score(60) > score(140));
        assert_eq!(score(150), score(4000), "a street away it is elsewhere");
    }

    #[test]
    fn the_same_photograph_is_offered_wherever_it_is_said_to_be() {
        let photo = [MediaId::new(Uuid::from_u128(3))];
        let one = Trait { photos: photo.into(), ..Trait::default() };
        assert_eq!(likely(&one, &one), (500, [Likeness::SamePhoto].into()));
        let other = Trait { photos: [MediaId::new(Uuid::from_u128(4))].into(), ..Trait::default() };
        assert_eq!(likely(&one, &other), (0, BTreeSet::new()));
        for (thousandths, reason) in [(1000, Likeness::SamePhoto), (810, Likeness::LikePhoto)] {
            let copied = Trait { copies: [(MediaId::new(Uuid::from_u128(4)), thousandths)].into(), ..one.clone() };
            assert_eq!(likely(&copied, &other), (500, [reason].into()));
            assert_eq!(likely(&other, &copied), (500, [reason].into()), "whichever is older");
        }
    }
}
