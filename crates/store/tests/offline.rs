//! What phones send and take along, on both databases.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also in its helpers")]

mod common;

use bytes::Bytes;
use common::{at, by, city};
use uuid::Uuid;
use yipanqi_domain::id::PersonId;
use yipanqi_store::both;
use yipanqi_store::pack::{self, Pack};
use yipanqi_store::upload::{self, Upload};

fn person() -> PersonId {
    PersonId::new(Uuid::now_v7())
}

both!(
    async fn a_hash_is_known_to_its_sender_alone(store: Store) {
        let city = city(&store, "yunxi").await;
        let (me, other) = (person(), person());
        let sha256 = "ab".repeat(32);
        let mine = Upload {
            id: Uuid::now_v7(),
            person: me,
            sha256: sha256.clone(),
            size: 9,
            file_name: "门口.jpg".into(),
            capture: None,
            media: None,
            begun_at: at(),
        };
        let tx = city.write(by("甲"), at()).await.unwrap();
        upload::begin(&tx, &mine).await.unwrap();
        tx.commit().await.unwrap();
        let tx = city.write(by("甲"), at()).await.unwrap();
        let again = upload::begin(&tx, &Upload { id: Uuid::now_v7(), ..mine.clone() }).await.unwrap_err();
        assert_eq!(again.code(), "already_exists");
        drop(tx);
        let tx = city.read().await.unwrap();
        assert_eq!(upload::find(&tx, me, &sha256).await.unwrap(), Some(mine));
        assert_eq!(upload::find(&tx, other, &sha256).await.unwrap(), None);
    }
);

both!(
    async fn a_part_grows_by_pieces_and_the_same_piece_twice_changes_nothing(store: Store) {
        let (city, id) = ("yunxi".parse().unwrap(), Uuid::now_v7());
        let media = store.media();
        assert_eq!(media.part_size(&city, id).await.unwrap(), 0);
        for (offset, piece) in [(0, "photo"), (5, "graph"), (0, "photo"), (5, "graph")] {
            media.part_write(&city, id, offset, &Bytes::from(piece)).await.unwrap();
        }
        assert_eq!(media.part_read(&city, id).await.unwrap(), Bytes::from("photograph"));
        media.part_remove(&city, id).await.unwrap();
        media.part_remove(&city, id).await.unwrap();
        assert_eq!(media.part_size(&city, id).await.unwrap(), 0);
    }
);

both!(
    async fn a_device_is_given_the_difference_to_what_it_has(store: Store) {
        let city = city(&store, "yunxi").await;
        let me = person();
        let first = Pack { cursor: 1, manifest: [("visit/1".to_owned(), "a".to_owned())].into(), earlier: [].into() };
        let second = Pack { cursor: 2, manifest: [].into(), earlier: first.manifest.clone() };
        for pack in [&first, &second] {
            let tx = city.write(by("甲"), at()).await.unwrap();
            pack::put(&tx, me, "phone", pack).await.unwrap();
            tx.commit().await.unwrap();
        }
        let tx = city.read().await.unwrap();
        assert_eq!(pack::get(&tx, me, "phone").await.unwrap(), second);
        assert_eq!(pack::get(&tx, me, "tablet").await.unwrap(), Pack::default());
        assert_eq!(pack::get(&tx, person(), "phone").await.unwrap(), Pack::default());
    }
);
