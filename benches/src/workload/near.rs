//! Near copies of a photograph among those of a whole city, against looking up one row by its key.

use std::path::Path;

use anyhow::{Context as _, ensure};
use uuid::Uuid;
use yipanqi_domain::evidence::near::{HEIGHT, Signature, WIDTH};
use yipanqi_store::{media, testing};

use crate::city::Bench;
use crate::report::{Line, middle, once};

/// Pictures of which all the others are variations: photographs of a city repeat themselves.
const MOTIFS: u64 = 2_000;

/// Runs it.
pub async fn run(bench: &Bench) -> anyhow::Result<Vec<Line>> {
    let photos = Path::new(env!("CARGO_MANIFEST_DIR")).join("../catalogues/yunxi/photos");
    let first = bench.client.photo(&bench.office, &photos.join("IMG_3035.jpg")).await?;
    let mut chance = Chance(7);
    let motifs: Vec<u64> = (0..MOTIFS).map(|_| motif(&mut chance)).collect::<Option<_>>().context("a motif")?;
    let count = bench.size.photographs();
    // Identities of earlier days: what was sent before the pictures that are looked for.
    let mut hashes = Vec::new();
    for number in 0..count {
        let motif = motifs.get(usize::try_from(number % MOTIFS)?).copied().unwrap_or_default();
        let varied = (0..12 + chance.next() % 16).fold(motif, |hash, _| hash ^ (1 << (chance.next() % 64)));
        hashes.push((Uuid::from_u128(((1_700_000_000_000 + u128::from(number)) << 80) | u128::from(number)), varied));
    }
    let (laid, ()) = once(async {
        testing::pictures(&bench.city, hashes).await;
        Ok(())
    })
    .await?;
    let copy = bench.client.photo(&bench.office, &photos.join("裁剪.jpg")).await?;
    let id = copy.parse().map_err(|_| anyhow::anyhow!("{copy}"))?;

    let row = format!("SELECT * FROM core_hash WHERE media_id = '{first}'");
    let baseline = middle(bench.size.repeats(), async || {
        testing::rows(&bench.city, &row).await;
        Ok(())
    })
    .await?;
    let like = async || {
        let tx = bench.city.read().await?;
        Ok(media::like(&tx, id).await?)
    };
    let (filled, found) = once(like()).await?;
    let took = middle(bench.size.repeats(), async || like().await.map(drop)).await?;
    ensure!(found.len() == 1, "the picture of which the copy was made is not found: {found:?}");
    let what = |what: &str| format!("near copies among {count}: {what}");
    let line = |said: &str, took, note: String| Line { what: what(said), took, against: "one row by its key", baseline, note };
    Ok(vec![
        line("a search", took, format!("{} found", found.len())),
        line("the first after a start", filled, "all hashes read into memory".to_owned()),
        line("laid in", laid, format!("{:.0} rows a second", count as f64 / laid.as_secs_f64())),
    ])
}

/// A soft picture of spots, as the hash of its middle.
fn motif(chance: &mut Chance) -> Option<u64> {
    let spots: Vec<[i64; 4]> = (0..14)
        .map(|_| {
            let mut next = |limit: u64| i64::try_from(chance.next() % limit).unwrap_or(0);
            [next(1000), next(1000), 200 + next(300), next(80) - 40]
        })
        .collect();
    let grey = |row: usize, column: usize| {
        let at = |cell: usize, cells: usize| i64::try_from(cell * 1000 / cells).unwrap_or(0);
        let (x, y) = (at(column, WIDTH), at(row, HEIGHT));
        let grey = spots.iter().fold(128, |grey, [left, top, size, tone]| {
            grey + tone * (size * size - (x - left).pow(2) - (y - top).pow(2)).max(0) / (size * size)
        });
        u8::try_from(grey.clamp(0, 255)).unwrap_or(0)
    };
    let cells = (0..HEIGHT).flat_map(|row| (0..WIDTH).map(move |column| (row, column))).map(|(row, column)| grey(row, column));
    Some(Signature::new(cells.collect())?.core().0)
}

/// Numbers that are always the same.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 20
    }
}
