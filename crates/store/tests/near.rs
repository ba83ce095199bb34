//! Copies among the demo city's photographs, measured against what is known of them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also in its helpers")]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use chrono::FixedOffset;
use common::{at, by, city};
use serde_json::Value;
use yipanqi_domain::id::MediaId;
use yipanqi_store::both;
use yipanqi_store::media::{self, Limits};

/// Pairs of names under a key of the fixture.
fn pairs(truth: &Value, key: &str) -> BTreeSet<BTreeSet<String>> {
    let pair = |pair: &Value| (0..2).map(|place| pair[place].as_str().unwrap().to_owned()).collect();
    truth[key].as_array().unwrap().iter().map(pair).collect()
}

both!(
    async fn copies_are_found_and_a_genuine_pair_from_one_angle_is_none(store: Store) {
        let truth: Value = serde_json::from_str(include_str!("fixtures/photos.json")).unwrap();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalogues/yunxi/photos");
        let mut names: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.retain(|name| name.to_string_lossy().ends_with(".jpg"));
        names.sort();
        assert_eq!(names.len(), 24);
        let city = city(&store, "yunxi").await;
        let limits = Limits { bytes: 20_000_000, pixels: 60_000_000, offset: FixedOffset::east_opt(8 * 3600).unwrap() };
        let mut known: BTreeMap<MediaId, String> = BTreeMap::new();
        for name in names {
            let bytes = std::fs::read(folder.join(&name)).unwrap();
            let stored = store.media().put_photo(&"yunxi".parse().unwrap(), bytes.into(), limits).await.unwrap();
            let name = name.to_string_lossy().into_owned();
            // Each by another person: the same person's exact copy is one record.
            let mut tx = city.write(by(&name), at()).await.unwrap();
            let id = media::record(&mut tx, &stored, &name).await.unwrap();
            tx.commit().await.unwrap();
            known.insert(id, name);
        }
        let tx = city.read().await.unwrap();
        let (mut exact, mut near) = (BTreeSet::new(), BTreeSet::new());
        for (id, name) in &known {
            for like in media::like(&tx, *id).await.unwrap() {
                let pair = BTreeSet::from([name.clone(), known[&like.media].clone()]);
                if like.exact {
                    exact.insert(pair)
                } else {
                    near.insert(pair)
                };
            }
        }
        assert_eq!(exact, pairs(&truth, "exact"));
        assert_eq!(near, pairs(&truth, "near"));
        assert!(near.is_disjoint(&pairs(&truth, "same_angle")));
    }
);
