//! Bounds the cost of a zip archive before any parser of workbooks sees it.
//!
//! Declared sizes are summed first; then every part is inflated once into a counter, so that a lying header is caught too.

use std::io::{self, Read, Seek};

use zip::ZipArchive;
use zip::result::ZipError;

use super::{Limits, SourceError};

/// Refuses archives that are no workbook, encrypted, damaged or too large.
pub(super) fn vet(reader: impl Read + Seek, limits: &Limits) -> Result<(), SourceError> {
    let mut archive = ZipArchive::new(reader).map_err(refusal)?;
    if archive.len() > limits.parts {
        return Err(SourceError::TooLarge(format!("{} parts, at most {}", archive.len(), limits.parts)));
    }
    let mut declared = 0_u64;
    let mut names = Vec::new();
    for index in 0..archive.len() {
        let part = archive.by_index_raw(index).map_err(refusal)?;
        if part.encrypted() {
            return Err(SourceError::Encrypted);
        }
        declared = declared.saturating_add(part.size());
        names.push(String::from_utf8_lossy(part.name_raw()).replace('\\', "/").to_ascii_lowercase());
    }
    if !names.iter().any(|name| name == "xl/workbook.xml") {
        let found = if names.iter().any(|name| name == "xl/workbook.bin") {
            "a workbook in the binary xlsb format"
        } else if names.iter().any(|name| name == "word/document.xml") {
            "a text document"
        } else {
            "an archive without a workbook"
        };
        return Err(SourceError::NotAWorkbook { found });
    }
    if declared > limits.inflated_bytes {
        return Err(SourceError::TooLarge(format!("{declared} bytes inflated, at most {}", limits.inflated_bytes)));
    }
    inflate(&mut archive, &names, limits)
}

fn inflate<R: Read + Seek>(archive: &mut ZipArchive<R>, names: &[String], limits: &Limits) -> Result<(), SourceError> {
    let (mut total, mut held) = (0_u64, 0_u64);
    for (index, name) in names.iter().enumerate() {
        let part = archive.by_index(index).map_err(refusal)?;
        let deflated = part.compressed_size().max(1);
        let remaining = limits.inflated_bytes - total;
        let size = io::copy(&mut part.take(remaining + 1), &mut io::sink())
            .map_err(|error| SourceError::Damaged(format!("{name}: {error}")))?;
        if size > remaining {
            return Err(SourceError::TooLarge(format!("more than {} bytes inflated", limits.inflated_bytes)));
        }
        if size > 1 << 20 && size / deflated > limits.ratio {
            return Err(SourceError::TooLarge(format!("{name} inflates {} times, at most {}", size / deflated, limits.ratio)));
        }
        total += size;
        if name.ends_with(".xml") && !name.starts_with("xl/worksheets/") {
            held += size;
        }
    }
    if held > limits.held_bytes {
        return Err(SourceError::TooLarge(format!("{held} bytes of shared texts, at most {}", limits.held_bytes)));
    }
    Ok(())
}

fn refusal(error: ZipError) -> SourceError {
    match error {
        ZipError::Io(error) => SourceError::Damaged(error.to_string()),
        ZipError::InvalidPassword => SourceError::Encrypted,
        ZipError::UnsupportedArchive(text) if text == ZipError::PASSWORD_REQUIRED => SourceError::Encrypted,
        other => SourceError::Damaged(other.to_string()),
    }
}
