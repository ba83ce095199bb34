//! Photographs: taken by content, refused by header, kept untouched, shown upright.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, also in its helpers")]

mod common;

use std::io::Cursor;
use std::path::Path;

use bytes::Bytes;
use chrono::FixedOffset;
use common::{at, by, city};
use yipanqi_store::media::{self, Kind, Limits, PutError, Stage};
use yipanqi_store::{Slug, Store, both};

fn photo(name: &str) -> Bytes {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalogues/yunxi/photos");
    std::fs::read(folder.join(name)).unwrap().into()
}

fn limits() -> Limits {
    Limits { bytes: 20_000_000, pixels: 60_000_000, offset: FixedOffset::east_opt(8 * 3600).unwrap() }
}

fn yunxi() -> Slug {
    "yunxi".parse().unwrap()
}

/// A well-formed PNG header for these dimensions, and a little data.
fn png_of(width: u32, height: u32) -> Vec<u8> {
    let mut header = b"IHDR".to_vec();
    header.extend(width.to_be_bytes());
    header.extend(height.to_be_bytes());
    header.extend([8, 6, 0, 0, 0]);
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    for chunk in [header, b"IDAT\x78\x9c\x63\x00\x00".to_vec(), b"IEND".to_vec()] {
        png.extend((chunk.len() as u32 - 4).to_be_bytes());
        png.extend(&chunk);
        png.extend(crc(&chunk).to_be_bytes());
    }
    png
}

fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 })
    })
}

async fn refused(store: &Store, bytes: impl Into<Bytes>) -> &'static str {
    match store.media().put_photo(&yunxi(), bytes.into(), limits()).await {
        Err(PutError::Refused(refused)) => refused.code(),
        other => panic!("{other:?}"),
    }
}

both!(
    async fn what_is_no_acceptable_picture_is_refused_and_not_stored(fixture: Fixture) {
        let store = &fixture.store;
        assert_eq!(refused(store, png_of(60_000, 60_000)).await, "media_too_many_pixels");
        assert_eq!(refused(store, png_of(100, 100)).await, "media_damaged");
        assert_eq!(refused(store, photo("IMG_3007.jpg").slice(..2000)).await, "media_damaged");
        assert_eq!(refused(store, &b"MZ\x90\x00 renamed.jpg"[..]).await, "media_kind_unknown");
        assert_eq!(refused(store, &b"GIF89a\x01\x00\x01\x00\x00\x00\x00;"[..]).await, "media_kind_unknown");
        assert_eq!(refused(store, Bytes::new()).await, "media_kind_unknown");
        assert_eq!(refused(store, vec![0; 20_000_001]).await, "media_too_large");
        assert!(!fixture.media.join("yunxi").exists());
    }
);

both!(
    async fn a_photograph_held_upright_is_shown_upright_and_kept_as_it_came(store: Store) {
        let bytes = photo("竖拍_方向标记.jpg");
        let stored = store.media().put_photo(&yunxi(), bytes.clone(), limits()).await.unwrap();
        assert_eq!(store.media().original(&yunxi(), &stored.sha256).await.unwrap(), bytes);
        let picture = &stored.picture;
        assert_eq!(picture.kind, Kind::Jpeg);
        assert!(matches!(picture.orientation, 5..=8), "{picture:?}");
        assert!(picture.width > picture.height, "stored lying down: {picture:?}");
        let thumbnail = store.media().thumbnail(&yunxi(), &stored.sha256).await.unwrap();
        let shown = image::ImageReader::new(Cursor::new(thumbnail)).with_guessed_format().unwrap().decode().unwrap();
        assert!(shown.height() > shown.width() && shown.height() == 480, "{}×{}", shown.width(), shown.height());
        let again = store.media().put_photo(&yunxi(), bytes, limits()).await.unwrap();
        assert_eq!(again, stored);
    }
);

both!(
    async fn the_camera_says_when_and_where(store: Store) {
        let stored = store.media().put_photo(&yunxi(), photo("IMG_3007.jpg"), limits()).await.unwrap();
        let picture = &stored.picture;
        // Read from the file by hand: 10:09:43 on the camera's clock, 31°13′18.0555″N 114°56′57.4265″E.
        assert_eq!(picture.taken_at.unwrap().stored(), "2025-04-23T02:09:43.000Z");
        let position = picture.position.unwrap();
        assert_eq!((position.longitude, position.latitude), (1_149_492_851, 312_216_821));
        assert_eq!(picture.camera.as_deref(), Some("TestCam YX-TestCam 2"));
        let bare = store.media().put_photo(&yunxi(), photo("无拍摄信息.jpg"), limits()).await.unwrap();
        assert_eq!((bare.picture.taken_at, bare.picture.position, bare.picture.camera), (None, None, None));
    }
);

both!(
    async fn photographs_are_attached_in_order_and_known_to_their_uploader_only(store: Store) {
        let city = city(&store, "yunxi").await;
        let me = yipanqi_store::new_id().parse().unwrap();
        let stored = store.media().put_photo(&yunxi(), photo("IMG_3007.jpg"), limits()).await.unwrap();
        let author = yipanqi_store::Author { person: Some(me), name: "王建国".to_owned() };
        let mut tx = city.write(author, at()).await.unwrap();
        let id = media::record(&mut tx, &stored, "IMG_3007.jpg").await.unwrap();
        media::attach(&mut tx, &[id], "problem", "p1", Stage::Before).await.unwrap();
        media::attach(&mut tx, &[id], "problem", "p1", Stage::After).await.unwrap();
        tx.commit().await.unwrap();

        let tx = city.read().await.unwrap();
        let info = media::find(&tx, id).await.unwrap();
        assert_eq!((info.taken_at, info.position), (stored.picture.taken_at, stored.picture.position));
        let stages: Vec<_> = media::attachments(&tx, "problem", "p1").await.unwrap().into_iter().map(|each| each.stage).collect();
        assert_eq!(stages, [Stage::Before, Stage::After]);
        assert_eq!(media::subjects(&tx, id).await.unwrap().len(), 2);
        assert_eq!(media::uploaded(&tx, &stored.sha256, me).await.unwrap(), Some(id));
        let stranger = yipanqi_store::new_id().parse().unwrap();
        assert_eq!(media::uploaded(&tx, &stored.sha256, stranger).await.unwrap(), None);
        drop(tx);

        let mut tx = city.write(by("甲"), at()).await.unwrap();
        let nothing = yipanqi_store::new_id().parse().unwrap();
        let refused = media::attach(&mut tx, &[nothing], "problem", "p1", Stage::After).await.unwrap_err();
        assert_eq!(refused.code(), "reference_broken");
    }
);

both!(
    async fn one_citys_photographs_are_not_found_in_another(store: Store) {
        let stored = store.media().put_photo(&yunxi(), photo("IMG_3007.jpg"), limits()).await.unwrap();
        let elsewhere = "linjiang".parse().unwrap();
        assert_eq!(store.media().original(&elsewhere, &stored.sha256).await.unwrap_err().code(), "not_found");
        assert_eq!(store.media().original(&elsewhere, "../yunxi/x").await.unwrap_err().code(), "not_found");
    }
);
