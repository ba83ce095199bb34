//! Photographs and files: kept by the hash of their bytes in a folder, described in the city's database.
//!
//! Keys are `<city>/<sha256>`; what was uploaded is never changed; the thumbnail stands beside it as
//! `<city>/<sha256>.thumb.jpg`. The object is stored before the row that names it, so a row never points at nothing.
//! Limits are checked on the header, before anything is decoded.

mod capture;
mod near;
mod note;
mod part;
mod picture;
mod pictures;

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use object_store::local::LocalFileSystem;
use object_store::path::Path as Key;
use object_store::{ObjectStoreExt, PutPayload};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Set};
use sha2::{Digest, Sha256};
use uuid::Uuid;
use yipanqi_domain::id::{MediaId, PersonId};
use yipanqi_domain::moment::Moment;

pub use capture::Position;
pub use near::{Likeness, decide, decisions, given_before, like, likes, signature};
pub use note::{capture, keep_capture};
pub use picture::{Kind, Limits, Picture, Refused};
pub(crate) use pictures::Pictures;

use crate::city::Slug;
use crate::entity;
use crate::error::StoreError;
use crate::tx::{ReadTx, from_id, from_moment, moment_or_none};
use crate::value::{id, insert_all};
use crate::write::WriteTx;

/// Bytes of a large file in memory at a time.
const CHUNK: usize = 4 << 20;

/// The folder of an installation's photographs and files.
#[derive(Debug)]
pub struct Media {
    objects: LocalFileSystem,
    folder: PathBuf,
}

/// Why something was not stored.
#[derive(Debug, thiserror::Error)]
pub enum PutError {
    /// The photograph is not acceptable.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The folder failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A stored photograph: its key and what it shows of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The hash of its bytes, 64 hexadecimal digits.
    pub sha256: String,
    /// Its size in bytes.
    pub size: u64,
    /// What it shows of itself.
    pub picture: Picture,
}

/// A photograph in the city's database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaInfo {
    /// Its id.
    pub id: MediaId,
    /// The hash of its bytes.
    pub sha256: String,
    /// Its size in bytes.
    pub size: i64,
    /// `jpeg`, `png` or `webp`.
    pub kind: String,
    /// Pixels across, as stored (before turning).
    pub width: Option<i64>,
    /// Pixels down, as stored (before turning).
    pub height: Option<i64>,
    /// EXIF orientation, 1 to 8.
    pub orientation: Option<i64>,
    /// When it was taken, by the camera's own clock.
    pub taken_at: Option<Moment>,
    /// Where it was taken, by the camera.
    pub position: Option<Position>,
    /// Maker and model.
    pub camera: Option<String>,
    /// The program that wrote the file.
    pub software: Option<String>,
    /// What the file was called.
    pub file_name: String,
    /// Who uploaded it: a person's id, or the name of an installation's own process.
    pub uploaded_by: String,
    /// When.
    pub uploaded_at: Moment,
}

/// What a photograph is to the thing it is attached to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The fault. 整改前.
    Before,
    /// The fault put right. 整改后.
    After,
    /// Proof of something else.
    Evidence,
    /// The answer to a slip. 回复.
    Reply,
}

impl Stage {
    const ALL: [Self; 4] = [Self::Before, Self::After, Self::Evidence, Self::Reply];

    fn stored(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::After => "after",
            Self::Evidence => "evidence",
            Self::Reply => "reply",
        }
    }
}

/// A photograph attached to a problem, a slip, a visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// What it is there.
    pub stage: Stage,
    /// Its place among the others.
    pub position: i64,
    /// The photograph.
    pub media: MediaInfo,
}

impl Media {
    pub(crate) fn open(folder: &Path) -> Result<Self, StoreError> {
        std::fs::create_dir_all(folder)?;
        let objects = LocalFileSystem::new_with_prefix(folder).map_err(failed)?;
        Ok(Self { objects: objects.with_fsync(true), folder: folder.to_owned() })
    }

    /// Checks, describes and stores a photograph and its thumbnail. The same bytes again cost nothing and change nothing.
    ///
    /// # Errors
    /// [`Refused`] with its code if it is too large, not a picture, or damaged; nothing is stored then.
    pub async fn put_photo(&self, city: &Slug, bytes: Bytes, limits: Limits) -> Result<Stored, PutError> {
        let work = bytes.clone();
        let inspected = tokio::task::spawn_blocking(move || picture::inspect(&work, limits)).await;
        let (picture, thumbnail) = inspected.map_err(|_| Refused::Damaged)??;
        let sha256 = hex::encode(Sha256::digest(&bytes));
        let size = bytes.len() as u64;
        self.put(&thumbnail_key(city, &sha256)?, thumbnail.into()).await?;
        self.put(&key(city, &sha256)?, bytes).await?;
        Ok(Stored { sha256, size, picture })
    }

    /// Stores a file that is not shown, e.g. a workbook to be imported; gives its hash.
    ///
    /// # Errors
    /// If the folder fails.
    pub async fn put_file(&self, city: &Slug, bytes: Bytes) -> Result<String, StoreError> {
        let sha256 = hex::encode(Sha256::digest(&bytes));
        self.put(&key(city, &sha256)?, bytes).await?;
        Ok(sha256)
    }

    /// Stores a file of any size without holding it in memory; gives its hash and its size.
    ///
    /// # Errors
    /// If the file cannot be read or the folder fails.
    pub async fn put_large(&self, city: &Slug, mut file: std::fs::File) -> Result<(String, u64), StoreError> {
        use std::io::{Read as _, Seek as _};
        let hashed = tokio::task::spawn_blocking(move || -> std::io::Result<_> {
            file.rewind()?;
            let (mut hasher, mut size, mut buffer) = (Sha256::new(), 0_u64, vec![0_u8; CHUNK]);
            loop {
                let read = file.read(&mut buffer)?;
                if read == 0 {
                    break;
                }
                hasher.update(&buffer[..read]);
                size += read as u64;
            }
            file.rewind()?;
            Ok((hex::encode(hasher.finalize()), size, file))
        });
        let (sha256, size, mut file) = hashed.await.map_err(std::io::Error::other)??;
        let upload = self.objects.put_multipart(&key(city, &sha256)?).await.map_err(failed)?;
        let mut upload = object_store::WriteMultipart::new_with_chunk_size(upload, CHUNK);
        loop {
            let part = tokio::task::spawn_blocking(move || -> std::io::Result<_> {
                let mut buffer = vec![0_u8; CHUNK];
                let read = file.read(&mut buffer)?;
                buffer.truncate(read);
                Ok((buffer, file))
            });
            let (part, rest) = part.await.map_err(std::io::Error::other)??;
            file = rest;
            if part.is_empty() {
                break;
            }
            upload.wait_for_capacity(1).await.map_err(failed)?;
            upload.put(part.into());
        }
        upload.finish().await.map_err(failed)?;
        Ok((sha256, size))
    }

    /// The bytes of a file in pieces, and how many they are.
    ///
    /// # Errors
    /// `not_found` if nothing of this hash is stored for the city.
    pub async fn pieces(
        &self,
        city: &Slug,
        sha256: &str,
    ) -> Result<(u64, impl futures_util::Stream<Item = Result<Bytes, StoreError>> + Send + 'static), StoreError> {
        use futures_util::StreamExt as _;
        match self.objects.get(&key(city, sha256)?).await {
            Ok(found) => Ok((found.meta.size, found.into_stream().map(|piece| piece.map_err(failed)))),
            Err(object_store::Error::NotFound { .. }) => Err(missing(sha256)),
            Err(error) => Err(failed(error)),
        }
    }

    /// The bytes as they were uploaded.
    ///
    /// # Errors
    /// `not_found` if nothing of this hash is stored for the city.
    pub async fn original(&self, city: &Slug, sha256: &str) -> Result<Bytes, StoreError> {
        self.get(&key(city, sha256)?, sha256).await
    }

    /// The thumbnail, a JPEG turned upright.
    ///
    /// # Errors
    /// `not_found` if no photograph of this hash is stored for the city.
    pub async fn thumbnail(&self, city: &Slug, sha256: &str) -> Result<Bytes, StoreError> {
        self.get(&thumbnail_key(city, sha256)?, sha256).await
    }

    async fn put(&self, key: &Key, bytes: Bytes) -> Result<(), StoreError> {
        match self.objects.head(key).await {
            Ok(known) if known.size == bytes.len() as u64 => return Ok(()),
            Ok(_) | Err(object_store::Error::NotFound { .. }) => {}
            Err(error) => return Err(failed(error)),
        }
        self.objects.put(key, PutPayload::from_bytes(bytes)).await.map(|_| ()).map_err(failed)
    }

    async fn get(&self, key: &Key, sha256: &str) -> Result<Bytes, StoreError> {
        match self.objects.get(key).await {
            Ok(found) => found.bytes().await.map_err(failed),
            Err(object_store::Error::NotFound { .. }) => Err(missing(sha256)),
            Err(error) => Err(failed(error)),
        }
    }
}

/// The author of the transaction, as photographs name who sent them.
fn uploader(tx: &WriteTx) -> String {
    tx.by().person.map_or_else(|| tx.by().name.clone(), |person| person.to_string())
}

/// Describes a stored photograph in the city's database, uploaded by the author of the transaction.
///
/// # Errors
/// If the database fails.
pub async fn record(tx: &mut WriteTx, stored: &Stored, file_name: &str) -> Result<MediaId, StoreError> {
    let id = MediaId::new(Uuid::now_v7());
    let picture = &stored.picture;
    let row = entity::media::ActiveModel {
        id: Set(id.to_string()),
        sha256: Set(stored.sha256.clone()),
        size: Set(i64::try_from(stored.size).unwrap_or(i64::MAX)),
        kind: Set(picture.kind.stored().to_owned()),
        width: Set(Some(i64::from(picture.width))),
        height: Set(Some(i64::from(picture.height))),
        orientation: Set(Some(i64::from(picture.orientation))),
        taken_at: Set(picture.taken_at.map(Moment::stored)),
        longitude: Set(picture.position.map(|position| position.longitude)),
        latitude: Set(picture.position.map(|position| position.latitude)),
        camera: Set(picture.camera.clone()),
        software: Set(picture.software.clone()),
        file_name: Set(file_name.to_owned()),
        uploaded_by: Set(uploader(tx)),
        uploaded_at: Set(tx.at().stored()),
    };
    let own = [entity::media::Column::Sha256, entity::media::Column::UploadedBy];
    let insert = entity::media::Entity::insert(row).on_conflict(OnConflict::columns(own).do_nothing().to_owned());
    if insert.exec_without_returning(tx.db()).await? == 0 {
        // Sent twice: the other one was quicker.
        return of_uploader(tx, &stored.sha256, &uploader(tx)).await?.ok_or_else(|| missing(&stored.sha256));
    }
    if let Some(signature) = &picture.signature {
        near::keep(tx, id, signature).await?;
    }
    tx.audit(
        "media_uploaded",
        "media",
        &id.to_string(),
        &serde_json::json!({ "sha256": stored.sha256, "file_name": file_name }),
    )?;
    Ok(id)
}

/// Those of these photographs that this person uploaded.
///
/// # Errors
/// If the database fails.
pub async fn uploaded_by(tx: &ReadTx, photos: &[MediaId], person: PersonId) -> Result<BTreeSet<MediaId>, StoreError> {
    if photos.is_empty() {
        return Ok(BTreeSet::new());
    }
    let own: Vec<String> = entity::media::Entity::find()
        .select_only()
        .column(entity::media::Column::Id)
        .filter(entity::media::Column::UploadedBy.eq(person.to_string()))
        .filter(entity::media::Column::Id.is_in(photos.iter().map(ToString::to_string)))
        .into_tuple()
        .all(tx.db())
        .await?;
    own.iter().map(|photo| id(photo)).collect()
}

/// Whether each of these photographs is there and was uploaded by this person.
///
/// # Errors
/// If the database fails.
pub async fn all_uploaded_by(tx: &ReadTx, photos: &[MediaId], person: PersonId) -> Result<bool, StoreError> {
    let wanted: BTreeSet<MediaId> = photos.iter().copied().collect();
    Ok(uploaded_by(tx, photos, person).await? == wanted)
}

/// Attaches photographs, in their order, behind those that are there.
///
/// # Errors
/// `reference_broken` if there is no such photograph.
pub async fn attach(
    tx: &mut WriteTx,
    media: &[MediaId],
    subject_kind: &str,
    subject_id: &str,
    stage: Stage,
) -> Result<(), StoreError> {
    if media.is_empty() {
        return Ok(());
    }
    let there = of_subject(subject_kind, subject_id).count(tx.db()).await?;
    let first = i64::try_from(there).unwrap_or(i64::MAX);
    let rows = (first..).zip(media).map(|(position, media)| entity::attachment::ActiveModel {
        id: Set(crate::new_id()),
        media_id: Set(media.to_string()),
        subject_kind: Set(subject_kind.to_owned()),
        subject_id: Set(subject_id.to_owned()),
        stage: Set(stage.stored().to_owned()),
        position: Set(position),
    });
    insert_all::<entity::attachment::Entity, _>(tx.db(), rows.collect()).await
}

/// The photographs attached to something, in order.
///
/// # Errors
/// If the database fails.
pub async fn attachments(tx: &ReadTx, subject_kind: &str, subject_id: &str) -> Result<Vec<Attachment>, StoreError> {
    let rows = of_subject(subject_kind, subject_id).order_by_asc(entity::attachment::Column::Position).all(tx.db()).await?;
    let ids = rows.iter().map(|row| row.media_id.clone());
    let media = entity::media::Entity::find().filter(entity::media::Column::Id.is_in(ids)).all(tx.db()).await?;
    let mut attachments = Vec::with_capacity(rows.len());
    for row in rows {
        let found = media.iter().find(|media| media.id == row.media_id).cloned().ok_or_else(|| missing(&row.media_id))?;
        let stage = Stage::ALL.into_iter().find(|stage| stage.stored() == row.stage);
        let stage = stage.ok_or(StoreError::Stored { what: "stage", text: row.stage })?;
        attachments.push(Attachment { stage, position: row.position, media: info(found)? });
    }
    Ok(attachments)
}

/// The first photograph attached to each of these, by their identities; those without one are left out.
///
/// # Errors
/// If the database fails.
pub async fn first_attached(
    tx: &ReadTx,
    subject_kind: &str,
    subjects: &[String],
) -> Result<std::collections::HashMap<String, MediaInfo>, StoreError> {
    let rows = entity::attachment::Entity::find()
        .filter(entity::attachment::Column::SubjectKind.eq(subject_kind))
        .filter(entity::attachment::Column::SubjectId.is_in(subjects))
        .order_by_desc(entity::attachment::Column::Position)
        .order_by_desc(entity::attachment::Column::Id)
        .all(tx.db())
        .await?;
    let first: std::collections::HashMap<String, String> = rows.into_iter().map(|row| (row.subject_id, row.media_id)).collect();
    let media = entity::media::Entity::find().filter(entity::media::Column::Id.is_in(first.values())).all(tx.db()).await?;
    let media: std::collections::HashMap<String, entity::media::Model> =
        media.into_iter().map(|row| (row.id.clone(), row)).collect();
    let known = first.into_iter().filter_map(|(subject, of)| Some((subject, media.get(&of)?.clone())));
    known.map(|(subject, row)| Ok((subject, info(row)?))).collect()
}

/// What something of this id is attached to, as kind and id: whoever may see one of those may see the photograph.
///
/// # Errors
/// If the database fails.
pub async fn subjects(tx: &ReadTx, media: MediaId) -> Result<Vec<(String, String)>, StoreError> {
    let of_media = entity::attachment::Column::MediaId.eq(media.to_string());
    let rows = entity::attachment::Entity::find().filter(of_media).all(tx.db()).await?;
    Ok(rows.into_iter().map(|row| (row.subject_kind, row.subject_id)).collect())
}

/// One photograph.
///
/// # Errors
/// `not_found` if there is none of this id.
pub async fn find(tx: &ReadTx, id: MediaId) -> Result<MediaInfo, StoreError> {
    let row = entity::media::Entity::find_by_id(id.to_string()).one(tx.db()).await?;
    info(row.ok_or_else(|| missing(&id.to_string()))?)
}

/// Whether each of these photographs is there and was uploaded under this name, by somebody who is no person of the city.
///
/// # Errors
/// If the database fails.
pub async fn all_uploaded_under(tx: &ReadTx, photos: &[MediaId], name: &str) -> Result<bool, StoreError> {
    let wanted: BTreeSet<String> = photos.iter().map(ToString::to_string).collect();
    if wanted.is_empty() {
        return Ok(true);
    }
    let own = entity::media::Entity::find()
        .filter(entity::media::Column::UploadedBy.eq(name))
        .filter(entity::media::Column::Id.is_in(wanted.iter().map(String::as_str)));
    Ok(own.count(tx.db()).await? == wanted.len() as u64)
}

/// How many photographs were uploaded under this name.
///
/// # Errors
/// If the database fails.
pub async fn uploaded_under(tx: &ReadTx, name: &str) -> Result<u64, StoreError> {
    Ok(entity::media::Entity::find().filter(entity::media::Column::UploadedBy.eq(name)).count(tx.db()).await?)
}

/// What this person uploaded with this hash; of what others uploaded nothing is told.
///
/// # Errors
/// If the database fails.
pub async fn uploaded(tx: &ReadTx, sha256: &str, by: PersonId) -> Result<Option<MediaId>, StoreError> {
    of_uploader(tx, sha256, &by.to_string()).await
}

/// What this person uploaded with these hashes, the first of each.
///
/// # Errors
/// If the database fails.
pub async fn all_uploaded(tx: &ReadTx, hashes: &[String], by: PersonId) -> Result<HashMap<String, MediaId>, StoreError> {
    let mut found = HashMap::new();
    for some in hashes.chunks(500) {
        let rows = entity::media::Entity::find()
            .filter(entity::media::Column::Sha256.is_in(some))
            .filter(entity::media::Column::UploadedBy.eq(by.to_string()))
            .order_by_desc(entity::media::Column::Id)
            .all(tx.db())
            .await?;
        for row in rows {
            let media = from_id(&row.id)?;
            found.insert(row.sha256, media);
        }
    }
    Ok(found)
}

async fn of_uploader(tx: &ReadTx, sha256: &str, by: &str) -> Result<Option<MediaId>, StoreError> {
    let row = entity::media::Entity::find()
        .filter(entity::media::Column::Sha256.eq(sha256))
        .filter(entity::media::Column::UploadedBy.eq(by))
        .order_by_asc(entity::media::Column::Id)
        .one(tx.db())
        .await?;
    row.map(|row| from_id(&row.id)).transpose()
}

fn of_subject(kind: &str, id: &str) -> sea_orm::Select<entity::attachment::Entity> {
    entity::attachment::Entity::find()
        .filter(entity::attachment::Column::SubjectKind.eq(kind))
        .filter(entity::attachment::Column::SubjectId.eq(id))
}

fn info(row: entity::media::Model) -> Result<MediaInfo, StoreError> {
    Ok(MediaInfo {
        id: from_id(&row.id)?,
        sha256: row.sha256,
        size: row.size,
        kind: row.kind,
        width: row.width,
        height: row.height,
        orientation: row.orientation,
        taken_at: moment_or_none(row.taken_at.as_deref())?,
        position: row.longitude.zip(row.latitude).map(|(longitude, latitude)| Position { longitude, latitude }),
        camera: row.camera,
        software: row.software,
        file_name: row.file_name,
        uploaded_by: row.uploaded_by,
        uploaded_at: from_moment(&row.uploaded_at)?,
    })
}

/// A hash that is none must not reach the folder as a path.
fn key(city: &Slug, sha256: &str) -> Result<Key, StoreError> {
    let good = sha256.len() == 64 && sha256.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    if good { Ok(Key::from(format!("{city}/{sha256}"))) } else { Err(missing(sha256)) }
}

fn thumbnail_key(city: &Slug, sha256: &str) -> Result<Key, StoreError> {
    Ok(Key::from(format!("{}.thumb.jpg", key(city, sha256)?)))
}

fn missing(id: &str) -> StoreError {
    StoreError::NotFound { kind: "media", id: id.to_owned() }
}

fn failed(error: object_store::Error) -> StoreError {
    StoreError::File(std::io::Error::other(error))
}
