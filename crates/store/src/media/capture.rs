//! What the camera wrote: orientation, time, place, its name. Whatever is missing or broken is simply absent.

use std::io::Cursor;

use chrono::{FixedOffset, NaiveDateTime, TimeZone, Utc};
use exif::{Exif, In, Rational, Reader, Tag, Value};
use yipanqi_domain::moment::Moment;

/// A place as the camera gave it, in ten-millionths of a degree, WGS 84.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// East positive.
    pub longitude: i64,
    /// North positive.
    pub latitude: i64,
}

#[derive(Debug)]
pub(super) struct Capture {
    pub orientation: u8,
    pub taken_at: Option<Moment>,
    pub position: Option<Position>,
    pub camera: Option<String>,
    pub software: Option<String>,
}

const DEGREE: i128 = 10_000_000;

pub(super) fn read(bytes: &[u8], offset: FixedOffset) -> Capture {
    let mut reader = Reader::new();
    reader.continue_on_error(true);
    let found = reader.read_from_container(&mut Cursor::new(bytes));
    let exif = match found.or_else(|error| error.distill_partial_result(|_| {})) {
        Ok(exif) => exif,
        Err(_) => return Capture { orientation: 1, taken_at: None, position: None, camera: None, software: None },
    };
    let orientation = exif.get_field(Tag::Orientation, In::PRIMARY).and_then(|field| field.value.get_uint(0));
    Capture {
        orientation: orientation.and_then(|value| u8::try_from(value).ok()).filter(|value| (1..=8).contains(value)).unwrap_or(1),
        taken_at: taken_at(&exif, offset),
        position: position(&exif),
        camera: camera(&exif),
        software: text(&exif, Tag::Software),
    }
}

fn taken_at(exif: &Exif, offset: FixedOffset) -> Option<Moment> {
    let local = NaiveDateTime::parse_from_str(&text(exif, Tag::DateTimeOriginal)?, "%Y:%m:%d %H:%M:%S").ok()?;
    let named = text(exif, Tag::OffsetTimeOriginal).and_then(|text| text.parse::<FixedOffset>().ok());
    let instant = named.unwrap_or(offset).from_local_datetime(&local).single()?;
    Some(Moment::new(instant.with_timezone(&Utc)))
}

fn position(exif: &Exif) -> Option<Position> {
    let latitude = angle(exif, Tag::GPSLatitude, Tag::GPSLatitudeRef, "S")?;
    let longitude = angle(exif, Tag::GPSLongitude, Tag::GPSLongitudeRef, "W")?;
    let possible = i128::from(latitude).abs() <= 90 * DEGREE && i128::from(longitude).abs() <= 180 * DEGREE;
    // Cameras without a fix write zeros.
    (possible && (latitude, longitude) != (0, 0)).then_some(Position { longitude, latitude })
}

fn angle(exif: &Exif, tag: Tag, reference: Tag, negative: &str) -> Option<i64> {
    let field = exif.get_field(tag, In::PRIMARY)?;
    let Value::Rational(parts) = &field.value else { return None };
    let [degrees, minutes, seconds] = parts.as_slice() else { return None };
    let sum = part(*degrees, 1)? + part(*minutes, 60)? + part(*seconds, 3600)?;
    // A thousandth of the unit is carried until here so that three roundings cannot show.
    let angle = i64::try_from((sum + 500) / 1000).ok()?;
    Some(if text(exif, reference)? == negative { -angle } else { angle })
}

fn part(value: Rational, per_degree: i128) -> Option<i128> {
    let under = i128::from(value.denom) * per_degree;
    (under != 0).then(|| (i128::from(value.num) * DEGREE * 1000 + under / 2) / under)
}

fn camera(exif: &Exif) -> Option<String> {
    let words: Vec<String> = [Tag::Make, Tag::Model].into_iter().filter_map(|tag| text(exif, tag)).collect();
    (!words.is_empty()).then(|| words.join(" "))
}

fn text(exif: &Exif, tag: Tag) -> Option<String> {
    let Value::Ascii(parts) = &exif.get_field(tag, In::PRIMARY)?.value else { return None };
    let text = String::from_utf8_lossy(parts.first()?).trim_matches(['\0', ' ']).to_owned();
    (!text.is_empty()).then_some(text)
}
