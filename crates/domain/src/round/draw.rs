//! Drawing sites so that anybody can repeat it: the frame and the seed are fixed before the draw.
//!
//! The frame's hash and the hashes of three nonces are published first; the seed is SHA-256(office nonce ‖ two witnesses'
//! nonces); in each stratum the n sites with the smallest SHA-256(seed ‖ site code) are drawn. The quotas and the sites that are
//! visited without being drawn are published by their hash too. A draw that nobody witnessed is made of the office's nonce
//! alone: it can be repeated, and proves nothing about how often it was tried.

mod record;
mod roster;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::exact::Exact;

pub use record::{DrawFault, DrawRecord, Spread, Unproven, drawn, given, neyman};
pub use roster::{Bar, Impossible, Roster};

/// 32 bytes, as text 64 hexadecimal digits.
pub type Hash = [u8; 32];

/// The sites that may be drawn: code → stratum.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Frame {
    /// Site code → stratum (site type, street, …).
    pub sites: BTreeMap<String, String>,
}

/// Why a draw cannot be made or repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum DrawRefusal {
    /// The frame is not the one whose hash was published.
    #[error("the frame differs from the published one")]
    FrameChanged,
    /// A nonce is not the one that was committed to (place 0 is the office's).
    #[error("the nonce at place {place} differs from its commitment")]
    NonceDiffers {
        /// Its place.
        place: usize,
    },
    /// Who may be drawn for what is not what was published.
    #[error("the roster of inspectors differs from the published one")]
    RosterChanged,
    /// The quotas or the sites to be visited without being drawn are not what was published.
    #[error("the quotas or the sites to be visited in any case differ from the published ones")]
    PlanChanged,
    /// Two of the three committed nonces are the same.
    #[error("two nonces are the same")]
    NonceRepeated,
}

/// What is published before the draw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commitment {
    /// The frame's hash, in hexadecimal.
    pub frame: String,
    /// The hashes of the office's nonce and of two witnesses' nonces, in hexadecimal; none if nobody witnessed the draw.
    pub nonces: Vec<String>,
    /// The hash of the roster of inspectors, in hexadecimal; none if no inspectors are drawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roster: Option<String>,
    /// The hash of quotas and must-visits ([`plan_hash`]), in hexadecimal; none in records of before it was published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
}

/// SHA-256 over `quota TAB stratum TAB n LF` for each stratum in the order of their bytes, then `must TAB code LF` for each site
/// that is visited without being drawn, in the order of the codes' bytes.
#[must_use]
pub fn plan_hash(quotas: &BTreeMap<String, u32>, must: &[String]) -> Hash {
    let mut hasher = Sha256::new();
    for (stratum, quota) in quotas {
        hasher.update(format!("quota\t{stratum}\t{quota}\n"));
    }
    for code in must.iter().collect::<BTreeSet<_>>() {
        hasher.update(format!("must\t{code}\n"));
    }
    hasher.finalize().into()
}

impl Frame {
    /// SHA-256 over `code TAB stratum LF` for each site, in the order of the codes' bytes.
    #[must_use]
    pub fn hash(&self) -> Hash {
        let mut hasher = Sha256::new();
        for (code, stratum) in &self.sites {
            for part in [code, "\t", stratum, "\n"] {
                hasher.update(part.as_bytes());
            }
        }
        hasher.finalize().into()
    }

    /// How many sites each stratum has.
    #[must_use]
    pub fn sizes(&self) -> BTreeMap<String, u32> {
        let mut sizes = BTreeMap::new();
        for stratum in self.sites.values() {
            *sizes.entry(stratum.clone()).or_insert(0) += 1;
        }
        sizes
    }

    /// The drawn codes of each stratum, in the order of their hashes; a quota above the stratum's size draws all of it.
    #[must_use]
    pub fn draw(&self, seed: &Hash, quotas: &BTreeMap<String, u32>) -> BTreeMap<String, Vec<String>> {
        let mut strata: BTreeMap<&str, Vec<(Hash, &str)>> = BTreeMap::new();
        for (code, stratum) in &self.sites {
            strata.entry(stratum).or_default().push((site_hash(seed, code), code));
        }
        strata
            .into_iter()
            .filter_map(|(stratum, mut sites)| {
                let quota = usize::try_from(*quotas.get(stratum)?).ok()?;
                sites.sort_unstable();
                Some((stratum.to_owned(), sites.into_iter().take(quota).map(|(_, code)| code.to_owned()).collect()))
            })
            .collect()
    }
}

impl Commitment {
    /// What to publish for this frame and these nonces.
    #[must_use]
    pub fn new(frame: &Frame, nonces: [&[u8]; 3]) -> Self {
        let nonces = nonces.map(|nonce| hex::encode(Sha256::digest(nonce))).to_vec();
        Self { frame: hex::encode(frame.hash()), nonces, roster: None, plan: None }
    }

    /// The same with the hash of quotas and must-visits.
    #[must_use]
    pub fn planned(self, quotas: &BTreeMap<String, u32>, must: &[String]) -> Self {
        Self { plan: Some(hex::encode(plan_hash(quotas, must))), ..self }
    }

    /// Whether these quotas and must-visits are what was published, if they were.
    ///
    /// # Errors
    /// [`DrawRefusal::PlanChanged`].
    pub fn holds_plan(&self, quotas: &BTreeMap<String, u32>, must: &[String]) -> Result<(), DrawRefusal> {
        let asked = hex::encode(plan_hash(quotas, must));
        let same = self.plan.as_ref().is_none_or(|plan| plan.eq_ignore_ascii_case(&asked));
        if same { Ok(()) } else { Err(DrawRefusal::PlanChanged) }
    }

    /// The same with the roster of inspectors, if any are drawn.
    #[must_use]
    pub fn with(self, roster: Option<&Roster>) -> Self {
        Self { roster: roster.map(|roster| hex::encode(roster.hash())), ..self }
    }

    /// Whether this roster is what was published.
    ///
    /// # Errors
    /// [`DrawRefusal::RosterChanged`].
    pub fn holds(&self, roster: Option<&Roster>) -> Result<(), DrawRefusal> {
        let hash = roster.map(|roster| hex::encode(roster.hash()));
        let same = hash.as_deref().map(str::to_ascii_lowercase) == self.roster.as_deref().map(str::to_ascii_lowercase);
        if same { Ok(()) } else { Err(DrawRefusal::RosterChanged) }
    }

    /// The seed, once everybody has opened the committed nonce; without witnesses only the frame can differ.
    ///
    /// # Errors
    /// [`DrawRefusal`] if the frame or a nonce is not what was published.
    pub fn seed(&self, frame: &Frame, nonces: [&[u8]; 3]) -> Result<Hash, DrawRefusal> {
        let opened = Self::new(frame, nonces);
        if !opened.frame.eq_ignore_ascii_case(&self.frame) {
            return Err(DrawRefusal::FrameChanged);
        }
        if self.nonces.is_empty() {
            return Ok(seed(nonces));
        }
        let differs = |place: &usize| {
            let published = self.nonces.get(*place).map(String::as_str).unwrap_or_default();
            !opened.nonces.get(*place).is_some_and(|hash| hash.eq_ignore_ascii_case(published))
        };
        if let Some(place) = (0..3).find(differs) {
            return Err(DrawRefusal::NonceDiffers { place });
        }
        if nonces.iter().collect::<BTreeSet<_>>().len() < nonces.len() {
            return Err(DrawRefusal::NonceRepeated);
        }
        Ok(seed(nonces))
    }
}

/// SHA-256(office nonce ‖ first witness's nonce ‖ second witness's nonce).
#[must_use]
pub fn seed(nonces: [&[u8]; 3]) -> Hash {
    let mut hasher = Sha256::new();
    for nonce in nonces {
        hasher.update(nonce);
    }
    hasher.finalize().into()
}

fn site_hash(seed: &Hash, code: &str) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update(seed);
    hasher.update(code.as_bytes());
    hasher.finalize().into()
}

/// A share of a frame as a whole number of sites, half away from zero.
#[must_use]
pub fn sample_size(frame_size: u32, share: &Exact) -> u32 {
    let wanted = Exact::whole(i64::from(frame_size)) * share.clone().max(Exact::zero());
    wanted.published(0).parse::<u32>().map_or(frame_size, |sample| sample.min(frame_size))
}

/// The same number of every stratum, or all of it where it has fewer.
#[must_use]
pub fn each(sizes: &BTreeMap<String, u32>, count: u32) -> BTreeMap<String, u32> {
    sizes.iter().map(|(stratum, &size)| (stratum.clone(), size.min(count))).collect()
}

/// Quotas by largest remainder in proportion to the strata's sizes; equal remainders go by the stratum's name.
#[must_use]
pub fn quotas(sizes: &BTreeMap<String, u32>, sample: u32) -> BTreeMap<String, u32> {
    let frame: u64 = sizes.values().map(|&size| u64::from(size)).sum();
    if frame == 0 {
        return sizes.keys().map(|stratum| (stratum.clone(), 0)).collect();
    }
    let sample = u64::from(sample).min(frame);
    let product = |size: u32| u64::from(size) * sample;
    let whole: u64 = sizes.values().map(|&size| product(size) / frame).sum();
    let mut by_remainder: Vec<_> = sizes.iter().map(|(stratum, &size)| (product(size) % frame, stratum)).collect();
    by_remainder.sort_by(|left, right| right.0.cmp(&left.0).then_with(|| left.1.cmp(right.1)));
    let missing = usize::try_from(sample - whole).unwrap_or(0);
    let raised: BTreeSet<&String> = by_remainder.into_iter().take(missing).map(|(_, stratum)| stratum).collect();
    sizes
        .iter()
        .map(|(stratum, &size)| {
            let floor = u32::try_from(product(size) / frame).unwrap_or(size);
            (stratum.clone(), floor + u32::from(raised.contains(stratum)))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(sizes: &[(&str, u32)]) -> Frame {
        let sites = sizes.iter().flat_map(|(stratum, size)| {
            (1..=*size).map(move |number| (format!("YX-{stratum}-{number:04}"), (*stratum).to_owned()))
        });
        Frame { sites: sites.collect() }
    }

    const NONCES: [&[u8]; 3] = [b"office", b"witness one", b"witness two"];

    #[test]
    fn each_stratum_gives_the_same_number_or_all_it_has() {
        let sizes = frame(&[("a", 5), ("b", 2)]).sizes();
        assert_eq!(each(&sizes, 3).into_values().collect::<Vec<_>>(), [3, 2]);
    }

    #[test]
    fn ten_per_cent_of_three_strata() {
        let frame = frame(&[("a", 75), ("b", 107), ("c", 58)]);
        let sample = sample_size(240, &Exact::fraction(1, 10).unwrap());
        assert_eq!(sample, 24);
        let quotas = quotas(&frame.sizes(), sample);
        assert_eq!(quotas.values().copied().collect::<Vec<_>>(), [7, 11, 6]);
        let drawn = frame.draw(&seed(NONCES), &quotas);
        assert_eq!(drawn.values().map(Vec::len).collect::<Vec<_>>(), [7, 11, 6]);
        assert!(drawn.values().flatten().all(|code| frame.sites.contains_key(code)));
    }

    #[test]
    fn quotas_never_exceed_a_stratum_nor_the_sample() {
        for sizes in [vec![1, 1, 1], vec![0, 3, 9], vec![5], vec![2, 2, 2, 1]] {
            let sizes: BTreeMap<_, _> = sizes.into_iter().enumerate().map(|(place, size)| (format!("s{place}"), size)).collect();
            let all: u32 = sizes.values().sum();
            for sample in 0..=all + 2 {
                let quotas = quotas(&sizes, sample);
                assert_eq!(quotas.values().sum::<u32>(), sample.min(all));
                assert!(quotas.iter().all(|(stratum, quota)| quota <= &sizes[stratum]));
            }
        }
        assert_eq!(quotas(&BTreeMap::from([("empty".to_owned(), 0)]), 5).values().sum::<u32>(), 0);
    }

    #[test]
    fn the_draw_is_the_published_recipe() {
        let frame = frame(&[("a", 3)]);
        let seed = seed(NONCES);
        let mut expected: Vec<_> = frame
            .sites
            .keys()
            .map(|code| (hex::encode(Sha256::digest([seed.as_slice(), code.as_bytes()].concat())), code.clone()))
            .collect();
        expected.sort();
        let drawn = frame.draw(&seed, &BTreeMap::from([("a".to_owned(), 2)]));
        assert_eq!(drawn["a"], [expected[0].1.clone(), expected[1].1.clone()]);
        assert_eq!(hex::encode(seed), hex::encode(Sha256::digest(b"officewitness onewitness two")));
    }

    #[test]
    fn nothing_may_change_after_the_commitment() {
        let frame_before = frame(&[("a", 3)]);
        let commitment = Commitment::new(&frame_before, NONCES);
        assert_eq!(commitment.seed(&frame_before, NONCES), Ok(seed(NONCES)));
        assert_eq!(commitment.seed(&frame(&[("a", 4)]), NONCES), Err(DrawRefusal::FrameChanged));
        let other = [NONCES[0], NONCES[1], b"another".as_slice()];
        assert_eq!(commitment.seed(&frame_before, other), Err(DrawRefusal::NonceDiffers { place: 2 }));
        let same = [NONCES[0], NONCES[0], NONCES[1]];
        assert_eq!(Commitment::new(&frame_before, same).seed(&frame_before, same), Err(DrawRefusal::NonceRepeated));
    }
}
