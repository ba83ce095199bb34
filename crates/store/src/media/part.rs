//! Pieces of photographs that are still under way, in a folder of their own beside the photographs.

use std::io::{ErrorKind, SeekFrom};
use std::path::PathBuf;

use bytes::Bytes;
use tokio::io::{AsyncSeekExt as _, AsyncWriteExt as _};
use uuid::Uuid;

use super::Media;
use crate::city::Slug;
use crate::error::StoreError;

impl Media {
    fn part(&self, city: &Slug, upload: Uuid) -> PathBuf {
        self.folder.join(".parts").join(city.as_str()).join(upload.to_string())
    }

    /// How many bytes of an upload have arrived.
    ///
    /// # Errors
    /// If the folder fails.
    pub async fn part_size(&self, city: &Slug, upload: Uuid) -> Result<u64, StoreError> {
        match tokio::fs::metadata(self.part(city, upload)).await {
            Ok(known) => Ok(known.len()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(0),
            Err(error) => Err(error.into()),
        }
    }

    /// Writes a piece where it belongs and makes it durable. The same piece twice at once leaves the same bytes.
    ///
    /// # Errors
    /// If the folder fails.
    pub async fn part_write(&self, city: &Slug, upload: Uuid, offset: u64, piece: &Bytes) -> Result<(), StoreError> {
        let path = self.part(city, upload);
        if let Some(folder) = path.parent() {
            tokio::fs::create_dir_all(folder).await?;
        }
        let mut file = tokio::fs::OpenOptions::new().create(true).truncate(false).write(true).open(&path).await?;
        file.seek(SeekFrom::Start(offset)).await?;
        file.write_all(piece).await?;
        file.sync_all().await?;
        Ok(())
    }

    /// Everything that has arrived of an upload.
    ///
    /// # Errors
    /// If the folder fails.
    pub async fn part_read(&self, city: &Slug, upload: Uuid) -> Result<Bytes, StoreError> {
        Ok(tokio::fs::read(self.part(city, upload)).await?.into())
    }

    /// Throws the pieces of an upload away.
    ///
    /// # Errors
    /// If the folder fails.
    pub async fn part_remove(&self, city: &Slug, upload: Uuid) -> Result<(), StoreError> {
        match tokio::fs::remove_file(self.part(city, upload)).await {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
