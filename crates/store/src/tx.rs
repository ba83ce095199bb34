//! A transaction that reads one snapshot of the hub or of one city.

use sea_orm::DatabaseTransaction;

use crate::error::StoreError;

/// A read-only view of one moment; every query of the store takes one. A [`crate::WriteTx`] derefs to it.
#[derive(Debug)]
pub struct ReadTx(pub(crate) DatabaseTransaction);

impl ReadTx {
    pub(crate) fn db(&self) -> &DatabaseTransaction {
        &self.0
    }
}

/// Reads stored JSON text.
pub(crate) fn from_json<T: serde::de::DeserializeOwned>(what: &'static str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|_| StoreError::Stored { what, text: text.chars().take(80).collect() })
}

/// Reads a stored moment.
pub(crate) fn from_moment(text: &str) -> Result<yipanqi_domain::moment::Moment, StoreError> {
    yipanqi_domain::moment::Moment::parse(text).map_err(|_| StoreError::Stored { what: "moment", text: text.to_owned() })
}

/// Reads a stored moment that may be absent.
pub(crate) fn moment_or_none(text: Option<&str>) -> Result<Option<yipanqi_domain::moment::Moment>, StoreError> {
    text.map(from_moment).transpose()
}

/// Reads a stored identity.
pub(crate) fn from_id<T: std::str::FromStr>(text: &str) -> Result<T, StoreError> {
    text.parse().map_err(|_| StoreError::Stored { what: "identity", text: text.to_owned() })
}
