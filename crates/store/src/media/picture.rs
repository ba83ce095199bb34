//! What a picture is, by its content: kind, size, limits, the upright thumbnail. Bytes in, values out.

use std::io::Cursor;

use chrono::FixedOffset;
use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::metadata::Orientation;
use image::{DynamicImage, ImageFormat, ImageReader};
use yipanqi_domain::evidence::near::{self, Signature};
use yipanqi_domain::moment::Moment;

use super::capture::{self, Position};

/// The longer side of a thumbnail, in pixels.
const THUMBNAIL: u32 = 480;
const QUALITY: u8 = 80;

/// The pictures that are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// WebP.
    Webp,
}

impl Kind {
    /// The word kept in the database.
    #[must_use]
    pub fn stored(self) -> &'static str {
        match self {
            Self::Jpeg => "jpeg",
            Self::Png => "png",
            Self::Webp => "webp",
        }
    }

    fn of(bytes: &[u8]) -> Option<(Self, ImageFormat)> {
        let format = image::guess_format(bytes).ok()?;
        let kinds = [(Self::Jpeg, ImageFormat::Jpeg), (Self::Png, ImageFormat::Png), (Self::Webp, ImageFormat::WebP)];
        kinds.into_iter().find(|(_, known)| *known == format)
    }
}

/// What is taken at most, and what a camera's clock means that names no zone.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of a file.
    pub bytes: usize,
    /// Pixels of a picture, width × height.
    pub pixels: u64,
    /// The offset from UTC where the city is.
    pub offset: FixedOffset,
}

/// What a picture shows of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Its kind, by content.
    pub kind: Kind,
    /// Pixels across, as stored (before turning).
    pub width: u32,
    /// Pixels down, as stored (before turning).
    pub height: u32,
    /// EXIF orientation, 1 to 8; 1 if none is given.
    pub orientation: u8,
    /// When it was taken, by the camera's own clock.
    pub taken_at: Option<Moment>,
    /// Where it was taken, by the camera.
    pub position: Option<Position>,
    /// Maker and model.
    pub camera: Option<String>,
    /// The program that wrote the file.
    pub software: Option<String>,
    /// A small grey picture of it, upright, for finding copies.
    pub signature: Option<Signature>,
}

/// Why a picture is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// More bytes than the limit.
    #[error("{bytes} bytes, at most {limit}")]
    Bytes {
        /// What it has.
        bytes: usize,
        /// What is allowed.
        limit: usize,
    },
    /// More pixels than the limit.
    #[error("{width}×{height} pixels, at most {limit} in all")]
    Pixels {
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
        /// What is allowed.
        limit: u64,
    },
    /// Neither JPEG nor PNG nor WebP, whatever its name says.
    #[error("neither JPEG nor PNG nor WebP")]
    Kind,
    /// It begins like a picture but cannot be read.
    #[error("the picture is damaged")]
    Damaged,
}

impl Refused {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Bytes { .. } => "media_too_large",
            Self::Pixels { .. } => "media_too_many_pixels",
            Self::Kind => "media_kind_unknown",
            Self::Damaged => "media_damaged",
        }
    }
}

/// Describes a picture and makes its thumbnail. Only a picture within the limits is decoded.
pub(super) fn inspect(bytes: &[u8], limits: Limits) -> Result<(Picture, Vec<u8>), Refused> {
    if bytes.len() > limits.bytes {
        return Err(Refused::Bytes { bytes: bytes.len(), limit: limits.bytes });
    }
    let (kind, format) = Kind::of(bytes).ok_or(Refused::Kind)?;
    let header = ImageReader::with_format(Cursor::new(bytes), format);
    let (width, height) = header.into_dimensions().map_err(|_| Refused::Damaged)?;
    if u64::from(width) * u64::from(height) > limits.pixels {
        return Err(Refused::Pixels { width, height, limit: limits.pixels });
    }
    let capture = capture::read(bytes, limits.offset);
    let mut picture = Picture {
        kind,
        width,
        height,
        orientation: capture.orientation,
        taken_at: capture.taken_at,
        position: capture.position,
        camera: capture.camera,
        software: capture.software,
        signature: None,
    };
    let mut whole = ImageReader::with_format(Cursor::new(bytes), format);
    let mut allowed = image::Limits::default();
    // The pixels at eight bytes each (16-bit RGBA), and as much again for the decoder.
    allowed.max_alloc = Some(limits.pixels.saturating_mul(16));
    whole.limits(allowed);
    let decoded = whole.decode().map_err(|_| Refused::Damaged)?;
    if kind == Kind::Jpeg && !jpeg_ends(bytes) {
        return Err(Refused::Damaged);
    }
    let small = upright(decoded, capture.orientation).ok_or(Refused::Damaged)?;
    let grey = small.resize_exact(width_of(near::WIDTH), width_of(near::HEIGHT), FilterType::Triangle).into_luma8();
    picture.signature = Signature::new(grey.into_raw());
    Ok((picture, jpeg(&small).ok_or(Refused::Damaged)?))
}

/// Whether the end of the image follows its data: the decoder paints what a cut upload lacks grey and says nothing.
fn jpeg_ends(bytes: &[u8]) -> bool {
    let mut at = 2;
    loop {
        match bytes.get(at..at + 4) {
            // Before the data there are segments with lengths; among them a preview with an end of its own.
            Some([0xFF, 0xDA, ..]) => return bytes.get(at..).is_some_and(|data| data.windows(2).any(|two| two == [0xFF, 0xD9])),
            Some([0xFF, 0xFF, ..]) => at += 1,
            Some([0xFF, _, high, low]) => at += 2 + usize::from(u16::from_be_bytes([*high, *low])),
            Some(_) | None => return false,
        }
    }
}

fn width_of(cells: usize) -> u32 {
    u32::try_from(cells).unwrap_or(1)
}

fn upright(decoded: DynamicImage, orientation: u8) -> Option<DynamicImage> {
    let fits = decoded.width() <= THUMBNAIL && decoded.height() <= THUMBNAIL;
    let mut small = if fits { decoded } else { decoded.thumbnail(THUMBNAIL, THUMBNAIL) };
    small.apply_orientation(Orientation::from_exif(orientation)?);
    Some(small)
}

fn jpeg(small: &DynamicImage) -> Option<Vec<u8>> {
    let mut jpeg = Vec::new();
    small.to_rgb8().write_with_encoder(JpegEncoder::new_with_quality(&mut jpeg, QUALITY)).ok()?;
    Some(jpeg)
}
