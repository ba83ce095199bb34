//! What every list takes: the page, its size, by what it is sorted; and how it leaves as a workbook.

use axum::http::{HeaderName, header};
use yipanqi_store::site::SortOrder;

/// The part of a list that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// From 1.
    pub page: u64,
    /// Rows per page, 10 to 200.
    pub size: u64,
}

impl Page {
    /// The page asked for, within its bounds; the first 50 rows by default.
    #[must_use]
    pub fn of(page: Option<u64>, size: Option<u64>) -> Self {
        Self { page: page.unwrap_or(1).max(1), size: size.unwrap_or(50).clamp(10, 200) }
    }

    /// Rows before it.
    #[must_use]
    pub fn offset(self) -> u64 {
        (self.page - 1).saturating_mul(self.size)
    }
}

/// The column and the direction of `sort=name` or `sort=-name`.
#[must_use]
pub fn sorted(sort: &str) -> (&str, SortOrder) {
    match sort.strip_prefix('-') {
        Some(column) => (column, SortOrder::Descending),
        None => (sort, SortOrder::Ascending),
    }
}

/// A workbook to be kept under a name of plain letters.
#[must_use]
pub fn workbook(name: &str, bytes: Vec<u8>) -> Workbook {
    let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet".to_owned();
    ([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\""))], bytes)
}

/// A workbook as an answer.
pub type Workbook = ([(HeaderName, String); 2], Vec<u8>);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_stay_within_their_bounds() {
        for (page, size, wanted, offset) in [
            (None, None, Page { page: 1, size: 50 }, 0),
            (Some(3), Some(20), Page { page: 3, size: 20 }, 40),
            (Some(0), Some(1), Page { page: 1, size: 10 }, 0),
            (Some(u64::MAX), Some(999), Page { page: u64::MAX, size: 200 }, u64::MAX),
        ] {
            assert_eq!((Page::of(page, size), Page::of(page, size).offset()), (wanted, offset));
        }
        assert_eq!(sorted("-due_at"), ("due_at", SortOrder::Descending));
        assert_eq!(sorted("due_at"), ("due_at", SortOrder::Ascending));
    }
}
