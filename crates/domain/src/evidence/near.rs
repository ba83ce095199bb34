//! Near copies: whether one picture was made of another by resizing, saving again, a watermark or a crop of up to a tenth.
//!
//! A [`Signature`] is a small grey picture. Of a picture that is kept, one block hash of its middle lies among those of very
//! many ([`Signature::core`]); of a picture that is looked at, hashes of windows are taken where the middle of a copy of it, or
//! of what it was made of, may stand ([`Signature::sought`]). [`Signature::likeness`] then compares two signatures block by block, so that two
//! genuine photographs from one angle, which share their lines but not their blocks, are no copies. Integers only.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// Cells of a signature across.
pub const WIDTH: usize = 64;
/// Cells of a signature down.
pub const HEIGHT: usize = 48;
/// Bits in which two block hashes of a picture and its copy may differ.
pub const NEAR: u32 = 8;
/// Thousandths of the blocks that are the same in a copy. Measured on the demo city's pictures: copies from 810, a genuine
/// pair from one angle 650.
pub const COPY: u32 = 740;

/// Thousand parts of a side.
const WHOLE: i64 = 1000;
/// The side that a crop keeps, and where it may begin, in thousandths. A hash bears what lies between.
static CROPS: [(i64, i64); 6] = [(1000, 0), (960, 0), (960, 40), (920, 0), (920, 40), (920, 80)];
/// Where the middle of a picture begins, and its side: so much of it stands in any crop of up to a tenth.
const CORE: (i64, i64) = (100, 800);
/// Blocks compared across and down.
const ACROSS: i64 = 12;
const DOWN: i64 = 8;
/// Grey levels within which two blocks are the same, once the brighter picture is brought down to the other.
const SAME: i64 = 4;

/// A small grey picture of a photograph, upright.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature(Vec<u8>);

/// 64 bits of a window: whether each block is brighter than the one left of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BlockHash(pub u64);

impl BlockHash {
    /// Bits in which two hashes differ.
    #[must_use]
    pub fn distance(self, other: Self) -> u32 {
        (self.0 ^ other.0).count_ones()
    }

    /// Its four quarters, each of which serves as a key of an index: hashes that differ in at most [`NEAR`] − 1 bits have a
    /// quarter that differs in at most one.
    #[must_use]
    pub fn quarters(self) -> [u16; 4] {
        [0, 16, 32, 48].map(|shift| u16::try_from((self.0 >> shift) & 0xFFFF).unwrap_or(0))
    }
}

/// All values that differ from a quarter in at most one bit.
#[must_use]
pub fn around(quarter: u16) -> Vec<u16> {
    std::iter::once(quarter).chain((0..16).map(|bit| quarter ^ (1 << bit))).collect()
}

/// A part of a picture, in thousandths of its sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Window {
    left: i64,
    top: i64,
    width: i64,
    height: i64,
}

const ALL: Window = Window { left: 0, top: 0, width: WHOLE, height: WHOLE };

impl Signature {
    /// Takes the grey values row by row; none unless there are [`WIDTH`] × [`HEIGHT`] of them.
    #[must_use]
    pub fn new(cells: Vec<u8>) -> Option<Self> {
        (cells.len() == WIDTH * HEIGHT).then_some(Self(cells))
    }

    /// The grey values row by row.
    #[must_use]
    pub fn cells(&self) -> &[u8] {
        &self.0
    }

    /// The block hash of the picture's middle.
    #[must_use]
    pub fn core(&self) -> BlockHash {
        let (from, side) = CORE;
        self.hash(Window { left: from, top: from, width: side, height: side })
    }

    /// Block hashes of the windows in which the middle of another picture may stand: the same, one of which this is a crop,
    /// one that is a crop of this.
    #[must_use]
    pub fn sought(&self) -> Vec<BlockHash> {
        let (from, side) = CORE;
        // This picture begins at `at` of the other, of which it keeps `kept`: the other's middle as it stands here.
        let cropped = CROPS.map(|(kept, at)| ((from - at) * WHOLE / kept, side * WHOLE / kept));
        // The other begins at `at` of this one.
        let whole = CROPS.map(|(kept, at)| (at + from * kept / WHOLE, side * kept / WHOLE));
        let grid = |sides: [(i64, i64); 6]| {
            let windows = sides
                .into_iter()
                .flat_map(move |(top, height)| sides.into_iter().map(move |(left, width)| Window { left, top, width, height }));
            windows.collect::<Vec<_>>()
        };
        let hashes: BTreeSet<BlockHash> = grid(cropped).into_iter().chain(grid(whole)).map(|window| self.hash(window)).collect();
        hashes.into_iter().collect()
    }

    fn hash(&self, window: Window) -> BlockHash {
        let blocks = self.blocks(window, 9, 8);
        let mut bits = 0_u64;
        for row in blocks.chunks(9) {
            for pair in row.windows(2) {
                bits = (bits << 1) | u64::from(pair[1] > pair[0]);
            }
        }
        BlockHash(bits)
    }

    /// Mean grey of each block of a window, from nine points of it, in 256ths.
    fn blocks(&self, window: Window, across: i64, down: i64) -> Vec<i64> {
        let mut means = Vec::new();
        for row in 0..down {
            for column in 0..across {
                let mut sum = 0;
                for point in 0..9 {
                    let (i, j) = (point / 3, point % 3);
                    let x = window.left * 1000 + window.width * 1000 * ((column * 3 + j) * 2 + 1) / (across * 6);
                    let y = window.top * 1000 + window.height * 1000 * ((row * 3 + i) * 2 + 1) / (down * 6);
                    sum += self.grey(x, y);
                }
                means.push(sum / 9);
            }
        }
        means
    }

    /// The grey at a place given in millionths of the sides, between the four cells around it, in 256ths.
    fn grey(&self, x: i64, y: i64) -> i64 {
        let (left, right, across) = between(x, WIDTH);
        let (upper, lower, down) = between(y, HEIGHT);
        let cell = |row: usize, column: usize| i64::from(self.0[row * WIDTH + column]);
        let top = cell(upper, left) * (256 - across) + cell(upper, right) * across;
        let bottom = cell(lower, left) * (256 - across) + cell(lower, right) * across;
        (top * (256 - down) + bottom * down) / 256
    }

    /// How much of one picture stands in the other, in thousandths of its blocks, the best way to lay them upon each other.
    #[must_use]
    pub fn likeness(&self, other: &Self) -> u32 {
        self.holds(other).max(other.holds(self))
    }

    /// How much of `part` stands in this picture or in a window of it.
    fn holds(&self, part: &Self) -> u32 {
        let wanted = part.blocks(ALL, ACROSS, DOWN);
        let mut best = 0;
        for width in (900..=WHOLE).step_by(20) {
            for height in (width - 20..=width + 20).step_by(20).filter(|height| (900..=WHOLE).contains(height)) {
                for left in (0..=WHOLE - width).step_by(20) {
                    for top in (0..=WHOLE - height).step_by(20) {
                        best = best.max(same(&self.blocks(Window { left, top, width, height }, ACROSS, DOWN), &wanted));
                    }
                }
            }
        }
        best
    }

    /// Whether one picture was made of the other.
    #[must_use]
    pub fn copies(&self, other: &Self) -> bool {
        self.likeness(other) >= COPY
    }
}

fn between(place: i64, cells: usize) -> (usize, usize, i64) {
    let cells = i64::try_from(cells).unwrap_or(1);
    let at = (place * cells * 256 / 1_000_000 - 128).clamp(0, (cells - 1) * 256);
    let low = at / 256;
    let index = |cell: i64| usize::try_from(cell).unwrap_or(0);
    (index(low), index((low + 1).min(cells - 1)), at % 256)
}

fn same(one: &[i64], other: &[i64]) -> u32 {
    let mut differences: Vec<i64> = one.iter().zip(other).map(|(one, other)| one - other).collect();
    differences.sort_unstable();
    let middle = differences.get(differences.len() / 2).copied().unwrap_or(0);
    let equal = differences.iter().filter(|difference| (*difference - middle).abs() <= SAME * 256).count();
    u32::try_from(equal * 1000 / differences.len().max(1)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A picture with so much in it as a seed has, soft as pictures are.
    fn picture(seed: u64, of: impl Fn(i64, i64) -> (i64, i64)) -> Signature {
        let spots: Vec<(i64, i64, i64, i64)> = (0..14)
            .map(|number| {
                let mut state = seed
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407_u64.wrapping_mul(number + 1));
                let mut next = |limit: i64| {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    i64::try_from(state >> 33).unwrap_or(0) % limit
                };
                (next(1000), next(1000), 200 + next(300), next(80) - 40)
            })
            .collect();
        let cell = |row: usize, column: usize| {
            let at = |cell: usize, cells: usize| (i64::try_from(cell).unwrap() * 2 + 1) * 500 / i64::try_from(cells).unwrap();
            let (x, y) = of(at(column, WIDTH), at(row, HEIGHT));
            let grey = spots.iter().fold(128, |grey, (left, top, size, tone)| {
                let far = (x - left).pow(2) + (y - top).pow(2);
                grey + tone * (size * size - far).max(0) / (size * size)
            });
            u8::try_from(grey.clamp(0, 255)).unwrap()
        };
        Signature::new(
            (0..HEIGHT)
                .flat_map(|row| (0..WIDTH).map(move |column| (row, column)))
                .map(|(row, column)| cell(row, column))
                .collect(),
        )
        .unwrap()
    }

    #[test]
    fn hashes_that_differ_little_share_a_quarter_up_to_one_bit() {
        let hash = BlockHash(0x0123_4567_89AB_CDEF);
        assert_eq!(hash.quarters(), [0xCDEF, 0x89AB, 0x4567, 0x0123]);
        for bits in [0x1_u64, 0x0001_0001_0001_0001, 0x8001_0001_0101_0003] {
            let other = BlockHash(hash.0 ^ bits);
            let met = hash.quarters().iter().zip(other.quarters()).any(|(one, other)| around(*one).contains(&other));
            assert!(met, "{} bits apart", hash.distance(other));
        }
        assert_eq!(around(0).len(), 17);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn a_crop_of_up_to_a_tenth_is_found_and_another_picture_is_not(
            seed in 1..10_000_u64, width in 900..1000_i64, left in 0..100_i64, top in 0..100_i64,
        ) {
            let whole = picture(seed, |x, y| (x, y));
            let (left, top) = (left.min(1000 - width), top.min(1000 - width));
            let crop = picture(seed, |x, y| (left + x * width / 1000, top + y * width / 1000));
            prop_assert!(whole.copies(&crop) && crop.copies(&whole), "{}", whole.likeness(&crop));
            for (kept, sought) in [(&whole, &crop), (&crop, &whole)] {
                let nearest = sought.sought().into_iter().map(|hash| hash.distance(kept.core())).min();
                prop_assert!(nearest.is_some_and(|bits| bits < NEAR), "{nearest:?} bits");
            }
            let other = picture(seed + 20_000, |x, y| (x, y));
            prop_assert!(!whole.copies(&other), "{}", whole.likeness(&other));
        }
    }
}
