//! The record of a draw: everything that anybody needs to repeat it, and the repetition.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Commitment, DrawRefusal, Frame, Hash, Roster};

/// Everything that a draw was made of. Nonces are in hexadecimal, the office's first.
#[doc(alias = "抽样记录")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrawRecord {
    /// The sites that could be drawn, by stratum.
    pub frame: Frame,
    /// What was published before.
    pub commitment: Commitment,
    /// The nonces as they were opened; the office's alone if nobody witnessed the draw.
    pub nonces: Vec<String>,
    /// How many were to be drawn of each stratum.
    pub quotas: BTreeMap<String, u32>,
    /// The codes drawn, in the order of the draw.
    pub drawn: BTreeMap<String, Vec<String>>,
    /// Codes of the sites that were to be visited without being drawn.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub must: Vec<String>,
    /// Who could be drawn for what; none if no inspectors were drawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roster: Option<Roster>,
    /// Code of a site → inspector drawn for it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub given: BTreeMap<String, String>,
}

/// What a record that holds does not prove.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unproven {
    /// Nobody witnessed the draw and nothing was published before: it may have been tried until it pleased.
    Unwitnessed,
    /// Quotas and must-visits were not published before the draw, as is the case in older records.
    Plan,
}

/// What does not hold of a recorded draw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "fault", rename_all = "snake_case")]
pub enum DrawFault {
    /// A nonce is no hexadecimal text.
    #[error("a nonce is not hexadecimal")]
    Nonce,
    /// The frame or a nonce is not what was published.
    #[error("{refusal}")]
    Published {
        /// What differs.
        refusal: DrawRefusal,
    },
    /// Other sites than recorded are drawn in a stratum.
    #[error("other sites are drawn in the stratum {stratum}")]
    Drawn {
        /// The stratum.
        stratum: String,
    },
    /// Another inspector than recorded is drawn for a site.
    #[error("another inspector is drawn for the site {site}")]
    Given {
        /// The code of the site.
        site: String,
    },
}

impl DrawRecord {
    /// Repeats the draw.
    ///
    /// # Errors
    /// [`DrawFault`] with the first thing that does not hold.
    pub fn verify(&self) -> Result<(), DrawFault> {
        let drawn = drawn(&self.frame, &self.commitment, &self.nonces, &self.quotas)?;
        let differs = |stratum: &&String| self.drawn.get(*stratum) != drawn.get(*stratum);
        if let Some(stratum) = self.drawn.keys().chain(drawn.keys()).find(differs) {
            return Err(DrawFault::Drawn { stratum: stratum.clone() });
        }
        self.commitment.holds(self.roster.as_ref()).map_err(|refusal| DrawFault::Published { refusal })?;
        self.commitment.holds_plan(&self.quotas, &self.must).map_err(|refusal| DrawFault::Published { refusal })?;
        let seed = opened(&self.frame, &self.commitment, &self.nonces)?;
        let given = given(self.roster.as_ref(), &seed, &drawn);
        let differs = |site: &&String| self.given.get(*site) != given.get(*site);
        match self.given.keys().chain(given.keys()).find(differs) {
            Some(site) => Err(DrawFault::Given { site: site.clone() }),
            None => Ok(()),
        }
    }

    /// What the record does not prove even where it holds.
    #[must_use]
    pub fn unproven(&self) -> Vec<Unproven> {
        if self.commitment.nonces.is_empty() {
            return vec![Unproven::Unwitnessed];
        }
        if self.commitment.plan.is_none() { vec![Unproven::Plan] } else { Vec::new() }
    }
}

/// Draws the inspectors of the drawn sites and of those that must be visited.
#[must_use]
pub fn given(roster: Option<&Roster>, seed: &Hash, drawn: &BTreeMap<String, Vec<String>>) -> BTreeMap<String, String> {
    let Some(roster) = roster else { return BTreeMap::new() };
    let sites: BTreeSet<String> = drawn.values().flatten().chain(&roster.must).cloned().collect();
    roster.draw(seed, &sites)
}

/// The seed of the opened nonces, if they and the frame are what was published.
fn opened(frame: &Frame, commitment: &Commitment, nonces: &[String]) -> Result<Hash, DrawFault> {
    let opened: Vec<Vec<u8>> = nonces.iter().map(hex::decode).collect::<Result<_, _>>().map_err(|_| DrawFault::Nonce)?;
    let nonces: [&[u8]; 3] = match (commitment.nonces.len(), opened.as_slice()) {
        (0, [office]) => [office, &[], &[]],
        (3, [office, first, second]) => [office, first, second],
        _ => return Err(DrawFault::Nonce),
    };
    commitment.seed(frame, nonces).map_err(|refusal| DrawFault::Published { refusal })
}

/// Draws from a published frame with the opened nonces.
///
/// # Errors
/// [`DrawFault::Nonce`] and [`DrawFault::Published`].
pub fn drawn(
    frame: &Frame,
    commitment: &Commitment,
    nonces: &[String],
    quotas: &BTreeMap<String, u32>,
) -> Result<BTreeMap<String, Vec<String>>, DrawFault> {
    let seed = opened(frame, commitment, nonces)?;
    Ok(frame.draw(&seed, quotas))
}

/// A share of a stratum's variance beside its size, for [`neyman`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spread {
    /// Sites in the stratum.
    pub size: u32,
    /// Standard deviation of past rates, in thousandths.
    pub deviation: u32,
}

/// Quotas after Neyman: in proportion to size × standard deviation, so that a stratum in which sites differ gets more.
/// No stratum gets more than it has; what it cannot take goes to the others. Without any spread the sizes decide.
#[must_use]
pub fn neyman(strata: &BTreeMap<String, Spread>, sample: u32) -> BTreeMap<String, u32> {
    let all: u32 = strata.values().map(|stratum| stratum.size).sum();
    let mut left = sample.min(all);
    let mut quotas: BTreeMap<String, u32> = strata.keys().map(|name| (name.clone(), 0)).collect();
    while left > 0 {
        let open: BTreeMap<&String, &Spread> = strata.iter().filter(|(name, stratum)| quotas[*name] < stratum.size).collect();
        let flat = open.values().all(|stratum| stratum.deviation == 0);
        let weight = |stratum: &Spread| u64::from(stratum.size) * u64::from(if flat { 1 } else { stratum.deviation });
        let total: u64 = open.values().map(|stratum| weight(stratum)).sum();
        let share = |stratum: &Spread| u64::from(left) * weight(stratum);
        let mut given = 0;
        let mut rest: Vec<(u64, &String)> = Vec::new();
        for (&name, &stratum) in &open {
            let room = stratum.size - quotas[name];
            let whole = u32::try_from(share(stratum) / total.max(1)).unwrap_or(u32::MAX).min(room);
            if whole < room && weight(stratum) > 0 {
                rest.push((share(stratum) % total.max(1), name));
            }
            given += whole;
            if let Some(quota) = quotas.get_mut(name) {
                *quota += whole;
            }
        }
        left -= given;
        if given == 0 {
            rest.sort_by(|one, other| other.0.cmp(&one.0).then_with(|| one.1.cmp(other.1)));
            for (_, name) in rest.into_iter().take(usize::try_from(left).unwrap_or(usize::MAX)) {
                if let Some(quota) = quotas.get_mut(name) {
                    *quota += 1;
                }
                left -= 1;
            }
        }
    }
    quotas
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use sha2::{Digest as _, Sha256};

    fn record() -> DrawRecord {
        let frame =
            Frame { sites: (0..20).map(|n| (format!("YX-{n:02}"), if n < 12 { "甲" } else { "乙" }.to_owned())).collect() };
        let nonces = vec!["01".to_owned(), "0203".to_owned(), "ff".to_owned()];
        let opened: Vec<Vec<u8>> = nonces.iter().map(|nonce| hex::decode(nonce).unwrap()).collect();
        let commitment = Commitment::new(&frame, [&opened[0], &opened[1], &opened[2]]);
        let quotas: BTreeMap<String, u32> = [("甲".to_owned(), 3), ("乙".to_owned(), 2)].into();
        let drawn = drawn(&frame, &commitment, &nonces, &quotas).unwrap();
        DrawRecord { frame, commitment, nonces, quotas, drawn, must: Vec::new(), roster: None, given: BTreeMap::new() }
    }

    #[test]
    fn quotas_and_must_visits_are_what_was_published() {
        let old = record();
        assert_eq!(
            (old.verify(), old.unproven()),
            (Ok(()), vec![Unproven::Plan]),
            "an older record holds and says what is missing"
        );
        let must = vec!["YX-77".to_owned()];
        let record = DrawRecord { commitment: old.commitment.clone().planned(&old.quotas, &must), must, ..old };
        assert_eq!((record.verify(), record.unproven()), (Ok(()), Vec::new()));
        let changed = Err(DrawFault::Published { refusal: DrawRefusal::PlanChanged });
        assert_eq!(DrawRecord { must: Vec::new(), ..record.clone() }.verify(), changed);
        let quotas: BTreeMap<String, u32> = [("甲".to_owned(), 4), ("乙".to_owned(), 2)].into();
        let drawn = drawn(&record.frame, &record.commitment, &record.nonces, &quotas).unwrap();
        assert_eq!(DrawRecord { quotas, drawn, ..record }.verify(), changed, "a draw of other quotas that fits itself");
    }

    #[test]
    fn a_draw_that_nobody_witnessed_is_repeated_and_says_so() {
        let witnessed = record();
        let commitment = Commitment { nonces: Vec::new(), ..witnessed.commitment.clone() };
        let nonces = vec!["01".to_owned()];
        let drawn = drawn(&witnessed.frame, &commitment, &nonces, &witnessed.quotas).unwrap();
        let record = DrawRecord { commitment, nonces, drawn, ..witnessed };
        assert_eq!((record.verify(), record.unproven()), (Ok(()), vec![Unproven::Unwitnessed]));
        let mut other = record.clone();
        other.drawn.get_mut("甲").unwrap().reverse();
        assert_eq!(other.verify(), Err(DrawFault::Drawn { stratum: "甲".to_owned() }));
        let three = vec!["01".to_owned(), "02".to_owned(), "03".to_owned()];
        assert_eq!(DrawRecord { nonces: three, ..record }.verify(), Err(DrawFault::Nonce));
    }

    #[test]
    fn inspectors_drawn_with_the_sites_are_repeated_too() {
        let mut record = record();
        let roster = Roster {
            inspectors: ["甲某", "乙某"].map(|name| (name.to_owned(), BTreeMap::new())).into(),
            must: ["YX-77".to_owned()].into(),
        };
        record.commitment = record.commitment.with(Some(&roster));
        record.roster = Some(roster);
        let seed = opened(&record.frame, &record.commitment, &record.nonces).unwrap();
        record.given = given(record.roster.as_ref(), &seed, &record.drawn);
        assert_eq!((record.given.len(), record.verify()), (6, Ok(())));
        let mut other = record.clone();
        let to = if other.given["YX-77"] == "甲某" { "乙某" } else { "甲某" };
        other.given.insert("YX-77".to_owned(), to.to_owned());
        assert_eq!(other.verify(), Err(DrawFault::Given { site: "YX-77".to_owned() }));
        let mut other = record.clone();
        other.roster.as_mut().unwrap().inspectors.remove("乙某");
        assert_eq!(other.verify(), Err(DrawFault::Published { refusal: DrawRefusal::RosterChanged }));
        let other = DrawRecord { roster: None, given: BTreeMap::new(), ..record };
        assert_eq!(other.verify(), Err(DrawFault::Published { refusal: DrawRefusal::RosterChanged }));
    }

    #[test]
    fn a_draw_as_it_was_made_holds_and_nothing_else_does() {
        let record = record();
        assert_eq!(record.verify(), Ok(()));
        assert_eq!(record.commitment.nonces[1], hex::encode(Sha256::digest([2, 3])));
        let mut other = record.clone();
        other.drawn.get_mut("甲").unwrap().reverse();
        assert_eq!(other.verify(), Err(DrawFault::Drawn { stratum: "甲".to_owned() }));
        let mut other = record.clone();
        other.frame.sites.insert("YX-99".to_owned(), "乙".to_owned());
        assert_eq!(other.verify(), Err(DrawFault::Published { refusal: DrawRefusal::FrameChanged }));
        let mut other = record.clone();
        other.nonces[2] = "fe".to_owned();
        assert_eq!(other.verify(), Err(DrawFault::Published { refusal: DrawRefusal::NonceDiffers { place: 2 } }));
        let other = DrawRecord { nonces: vec![String::new(), "x".to_owned(), String::new()], ..record };
        assert_eq!(other.verify(), Err(DrawFault::Nonce));
    }

    fn strata(of: &[(&str, u32, u32)]) -> BTreeMap<String, Spread> {
        of.iter().map(|(name, size, deviation)| ((*name).to_owned(), Spread { size: *size, deviation: *deviation })).collect()
    }

    #[test]
    fn a_stratum_in_which_sites_differ_gets_more() {
        for (given, sample, expected) in [
            (&[("a", 100, 100), ("b", 100, 300)][..], 40, [10, 30]),
            (&[("a", 100, 0), ("b", 50, 0)][..], 30, [20, 10]),
            (&[("a", 100, 100), ("b", 5, 900)][..], 40, [35, 5]),
            (&[("a", 10, 100), ("b", 10, 0)][..], 15, [10, 5]),
        ] {
            assert_eq!(neyman(&strata(given), sample).values().copied().collect::<Vec<_>>(), expected, "{given:?} {sample}");
        }
    }

    proptest! {
        #[test]
        fn neyman_gives_the_whole_sample_and_no_stratum_more_than_it_has(
            of in proptest::collection::vec((0..60_u32, 0..900_u32), 1..6), sample in 0..200_u32,
        ) {
            let strata: BTreeMap<String, Spread> =
                of.iter().enumerate().map(|(n, (size, deviation))| (format!("s{n}"), Spread { size: *size, deviation: *deviation })).collect();
            let quotas = neyman(&strata, sample);
            let all: u32 = of.iter().map(|(size, _)| size).sum();
            prop_assert_eq!(quotas.values().sum::<u32>(), sample.min(all));
            prop_assert!(quotas.iter().all(|(name, quota)| *quota <= strata[name].size));
        }
    }
}
