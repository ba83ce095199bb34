//! Bytes to values and back: workbooks, delimited text, JSON and GeoJSON in; lists, reports and official pages out.
//!
//! Knows neither database nor HTTP. Reading is generic: [`source`] opens untrusted bytes, [`kind`] says which columns a
//! kind of import knows, [`table`] finds headers and suggests a [`mapping::Mapping`], [`record`] streams records. What a
//! field *means* is decided by the caller. Nothing is guessed in silence: whatever is not a record is delivered as skipped.

pub mod archive;
pub mod book;
pub mod header;
pub mod kind;
pub mod list;
pub mod mapping;
pub mod record;
pub mod refused;
pub mod report;
pub mod sheet;
pub mod slip;
pub mod source;
pub mod table;
