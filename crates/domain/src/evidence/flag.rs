//! What about a photograph a reviewer should look at. A flag never blocks and never accuses.

use serde::{Deserialize, Serialize};

use super::{Capture, Origin};
use crate::geo;
use crate::moment::Moment;
use crate::site::{Degrees, Position};

/// Metres beyond which a photograph was taken far from its site, on top of the device's own doubt.
const FAR: u64 = 300;
/// Milliseconds by which a device's clock may be off.
const CLOCK: i64 = 10 * 60 * 1000;

/// Why a reviewer should look.
#[doc(alias = "存疑标记")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "flag", rename_all = "snake_case")]
pub enum Flag {
    /// The same bytes were sent before.
    ExactCopy,
    /// It looks like an earlier picture made smaller, cut or marked.
    NearCopy {
        /// Thousandths of the blocks that are the same.
        likeness: u32,
    },
    /// The "after" was taken before the "before".
    AfterOlder,
    /// It was taken far from the site.
    Far {
        /// How far.
        metres: u64,
    },
    /// It was chosen from the pictures on the device where one just taken was to be expected.
    Gallery,
    /// The device's clock was off.
    Clock {
        /// By how much, in seconds.
        seconds: i64,
    },
    /// The file says nothing of when it was taken.
    NoExif,
    /// The file was written by a program for editing pictures.
    Edited,
}

/// What is known of a photograph.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shown {
    /// When the file says it was taken.
    pub taken_at: Option<Moment>,
    /// Where the file says it was taken.
    pub place: Option<Position>,
    /// Whether the file carries any word of the camera.
    pub has_exif: bool,
    /// The program that wrote the file, if it names one.
    pub software: Option<String>,
    /// What the device knew.
    pub capture: Option<Capture>,
}

impl Shown {
    /// When it was taken: by the device's corrected clock, else by the file.
    #[must_use]
    pub fn moment(&self) -> Option<Moment> {
        match &self.capture {
            Some(capture) if capture.origin == Origin::Camera => Some(capture.taken_at()),
            Some(_) | None => self.taken_at,
        }
    }

    fn position(&self) -> Option<(Position, u64)> {
        let capture = self.capture.as_ref().filter(|capture| capture.origin == Origin::Camera);
        let of_device = capture.and_then(|capture| {
            let place = Position {
                longitude: Degrees::from_e7(capture.longitude?),
                latitude: Degrees::from_e7(capture.latitude?),
                datum: capture.datum,
            };
            Some((place, u64::from(capture.accuracy_m.unwrap_or(0))))
        });
        of_device.or_else(|| self.place.map(|place| (place, 0)))
    }
}

/// Programs that do more to a picture than take it.
const EDITORS: [&str; 9] = ["photoshop", "lightroom", "meitu", "美图", "gimp", "snapseed", "picsart", "pixelmator", "醒图"];

/// What about one photograph should be looked at, given where its site is and the photographs before it. Whatever is not
/// known raises nothing but its own flag.
#[must_use]
pub fn flags(shown: &Shown, site: Option<Position>, before: &[Shown]) -> Vec<Flag> {
    let mut flags = Vec::new();
    let taken = shown.moment();
    if taken.is_some_and(|after| before.iter().filter_map(Shown::moment).max().is_some_and(|earlier| after < earlier)) {
        flags.push(Flag::AfterOlder);
    }
    if let (Some((place, doubt)), Some(site)) = (shown.position(), site) {
        let metres = geo::distance(place, site);
        if metres > FAR + doubt {
            flags.push(Flag::Far { metres });
        }
    }
    if let Some(capture) = &shown.capture {
        if capture.origin == Origin::Gallery {
            flags.push(Flag::Gallery);
        }
        if capture.clock_offset_ms.abs() > CLOCK {
            flags.push(Flag::Clock { seconds: capture.clock_offset_ms / 1000 });
        }
    }
    let camera = shown.capture.as_ref().is_some_and(|capture| capture.origin == Origin::Camera);
    // A picture taken inside the application carries what the device knew instead.
    if !shown.has_exif && !camera {
        flags.push(Flag::NoExif);
    }
    let by = shown.software.as_deref().unwrap_or_default().to_lowercase();
    if EDITORS.iter().any(|editor| by.contains(editor)) {
        flags.push(Flag::Edited);
    }
    flags
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geo::Datum;

    fn at(text: &str) -> Moment {
        Moment::parse(text).unwrap()
    }

    fn place(longitude: i64) -> Position {
        Position { longitude: Degrees::from_e7(longitude), latitude: Degrees::from_e7(312_616_840), datum: Datum::Wgs84 }
    }

    fn taken(text: &str, longitude: i64) -> Shown {
        Shown { taken_at: Some(at(text)), place: Some(place(longitude)), has_exif: true, ..Shown::default() }
    }

    fn capture(origin: Origin, offset: i64, longitude: i64) -> Capture {
        Capture {
            made_at: at("2026-03-02T09:00:00Z"),
            clock_offset_ms: offset,
            longitude: Some(longitude),
            latitude: Some(312_616_840),
            accuracy_m: Some(50),
            datum: Datum::Wgs84,
            origin,
        }
    }

    #[test]
    fn each_flag_is_raised_by_its_own_fact_and_an_honest_photograph_by_none() {
        let site = Some(place(1_148_330_390));
        let before = [taken("2026-03-02T08:00:00Z", 1_148_330_390)];
        let honest = taken("2026-03-02T09:00:00Z", 1_148_330_500);
        let with = |capture| Shown { capture: Some(capture), ..Shown::default() };
        for (shown, expected) in [
            (honest.clone(), vec![]),
            (taken("2026-03-02T07:59:00Z", 1_148_330_500), vec![Flag::AfterOlder]),
            (taken("2026-03-02T09:00:00Z", 1_148_380_390), vec![Flag::Far { metres: 475 }]),
            (with(capture(Origin::Camera, 0, 1_148_330_500)), vec![]),
            (with(capture(Origin::Camera, 3_600_000, 1_148_330_500)), vec![Flag::Clock { seconds: 3600 }]),
            (with(capture(Origin::Gallery, 0, 1_148_330_500)), vec![Flag::Gallery, Flag::NoExif]),
            (Shown::default(), vec![Flag::NoExif]),
            (Shown { software: Some("Adobe Photoshop 25".to_owned()), ..honest }, vec![Flag::Edited]),
        ] {
            assert_eq!(flags(&shown, site, &before), expected, "{shown:?}");
        }
        assert!(flags(&Shown { has_exif: true, ..Shown::default() }, None, &[]).is_empty());
    }

    #[test]
    fn what_the_device_doubts_is_given_to_it() {
        let far = |accuracy| Capture { accuracy_m: Some(accuracy), ..capture(Origin::Camera, 0, 1_148_370_390) };
        let site = Some(place(1_148_330_390));
        let shown = |accuracy| Shown { capture: Some(far(accuracy)), ..Shown::default() };
        assert_eq!(flags(&shown(20), site, &[]), [Flag::Far { metres: 380 }]);
        assert!(flags(&shown(100), site, &[]).is_empty());
    }
}
