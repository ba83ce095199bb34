//! Numbers that look random and are repeated by whoever knows the seed (SplitMix64, Steele, Lea and Flood 2014).

use sha2::{Digest, Sha256};

/// A stream of numbers from a seed.
pub(super) struct Stream(u64);

impl Stream {
    /// The stream of a seed given as text.
    pub fn of(seed: &str) -> Self {
        let hash = Sha256::digest(seed.as_bytes());
        Self(hash.iter().take(8).fold(0, |state, byte| (state << 8) | u64::from(*byte)))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, each as likely as the others but for one part in 2³².
    pub fn below(&mut self, end: usize) -> usize {
        ((u128::from(self.next()) * end as u128) >> 64) as usize
    }
}
