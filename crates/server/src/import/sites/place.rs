//! Where a site is: what was written, what it means, and what has to be asked.

use serde_json::{Value, json};
use yipanqi_documents::record::Record;
use yipanqi_domain::geo::{self, Datum, PlaceFault, Plausibility};
use yipanqi_domain::site::{Degrees, Position};
use yipanqi_store::question::{Phrase, QuestionOption};
use yipanqi_store::site::Site;

use super::Sites;
use crate::import::desk::{Ask, Desk, text};
use crate::import::outcome::Notes;

/// A place given in units of 1e-7 degree, WGS-84.
pub fn known(longitude: i64, latitude: i64) -> Position {
    Position { longitude: Degrees::from_e7(longitude), latitude: Degrees::from_e7(latitude), datum: Datum::Wgs84 }
}

/// Longitude and latitude in units of 1e-7 degree, WGS-84.
pub fn wgs84(position: Position) -> (i64, i64) {
    let place = position.to_wgs84();
    (place.longitude.e7(), place.latitude.e7())
}

impl Sites {
    /// Reads the place of a row into the site; asks where it is doubtful.
    pub(super) fn place_of(&self, record: &Record, wanted: &mut Site, desk: &mut Desk, notes: &mut Notes) {
        let (longitude, latitude) = written(record);
        if !desk.maps("site", "longitude") && !desk.maps("site", "coordinates") {
            return;
        }
        wanted.datum_given = text(record, "datum").map(str::to_owned);
        wanted.given_longitude.clone_from(&longitude);
        wanted.given_latitude.clone_from(&latitude);
        let (Some(longitude), Some(latitude)) = (longitude, latitude) else {
            self.missing(wanted, desk, notes);
            return;
        };
        let (Ok(longitude), Ok(latitude)) = (longitude.parse::<Degrees>(), latitude.parse::<Degrees>()) else {
            notes.say("longitude", Phrase::new("coordinates_unreadable").with("longitude", longitude).with("latitude", latitude));
            unplace(wanted);
            return;
        };
        if &*record.sheet != "csv" && record.cell("longitude").is_some_and(|cell| cell.number.is_none()) {
            notes.say("longitude", Phrase::new("coordinates_as_text"));
        }
        let datum = match &wanted.datum_given {
            Some(given) => match Datum::parse(given) {
                Some(datum) => datum,
                None => {
                    notes.say("datum", Phrase::new("datum_unknown").with("given", given));
                    unplace(wanted);
                    return;
                }
            },
            None => match datum_asked(wanted, desk, notes) {
                Some(datum) => datum,
                None => {
                    unplace(wanted);
                    return;
                }
            },
        };
        let position = Position { longitude, latitude, datum };
        let position = match &self.areas {
            None => Some(position),
            Some((areas, _)) => match geo::examine(position, areas.bounds()) {
                Plausibility::Plausible => Some(position),
                Plausibility::Question { fault, proposed } => repair_asked(wanted, Some((fault, proposed)), desk, notes),
                Plausibility::Implausible => repair_asked(wanted, None, desk, notes),
            },
        };
        match position {
            None => unplace(wanted),
            Some(position) => {
                let (longitude, latitude) = wgs84(position);
                wanted.longitude = Some(longitude);
                wanted.latitude = Some(latitude);
                self.compare_grid(position, wanted, desk, notes);
            }
        }
    }

    /// Sites that are no place by nature need none; others are asked about.
    fn missing(&self, wanted: &mut Site, desk: &mut Desk, notes: &mut Notes) {
        let has_place =
            self.types.iter().find(|kind| Some(kind.id) == wanted.site_type).is_none_or(|kind| kind.shape.has_place());
        if !has_place {
            unplace(wanted);
            return;
        }
        let ask = Ask {
            kind: "coordinates_missing",
            key: wanted.code.clone(),
            subject_kind: "site",
            subject: Some(wanted.id.to_string()),
            text: Phrase::new("coordinates_missing").with("code", &wanted.code).with("name", &wanted.name),
            options: vec![QuestionOption { value: json!({ "position": null }), text: Phrase::new("coordinates_left_out") }],
        };
        match desk.ask(ask, "longitude", notes).as_ref().and_then(decided_place) {
            Some(position) => {
                let (longitude, latitude) = wgs84(position);
                wanted.longitude = Some(longitude);
                wanted.latitude = Some(latitude);
            }
            None => unplace(wanted),
        }
    }

    /// The grid whose polygon holds the place must be the one the row names; where none is named it is taken.
    fn compare_grid(&self, position: Position, wanted: &mut Site, desk: &mut Desk, notes: &mut Notes) {
        let Some(found) = self.grid_at(position) else { return };
        let Some(found_unit) = found.unit else { return };
        match wanted.grid {
            None => {
                notes.say("grid", Phrase::new("grid_by_place").with("grid", &found.name));
                self.put_in_grid(found_unit, wanted, desk);
            }
            Some(named) if named == found_unit => {}
            Some(named) => {
                // On a common edge both grids hold the place.
                let holds = |code: &str| {
                    self.areas.as_ref().is_some_and(|(areas, _)| areas.at(position).iter().any(|area| area.code == code))
                };
                let name_of = |id| desk.directory.get(id).map(|unit| (unit.code.clone(), unit.name.clone())).unwrap_or_default();
                let (named_code, named_name) = name_of(named);
                if holds(&named_code) {
                    return;
                }
                let ask = Ask {
                    kind: "site_grid_differs",
                    key: wanted.code.clone(),
                    subject_kind: "site",
                    subject: Some(wanted.id.to_string()),
                    text: Phrase::new("site_grid_differs")
                        .with("code", &wanted.code)
                        .with("named", &named_name)
                        .with("found", &found.name),
                    options: vec![
                        QuestionOption {
                            value: json!({ "grid": named }),
                            text: Phrase::new("site_grid_named").with("grid", named_name),
                        },
                        QuestionOption {
                            value: json!({ "grid": found_unit }),
                            text: Phrase::new("site_grid_found").with("grid", &found.name),
                        },
                    ],
                };
                let decided = desk.ask(ask, "grid", notes);
                let grid =
                    decided.as_ref().and_then(|value| value.get("grid")).and_then(Value::as_str).and_then(|id| id.parse().ok());
                if let Some(grid) = grid {
                    self.put_in_grid(grid, wanted, desk);
                }
            }
        }
    }

    fn grid_at(&self, position: Position) -> Option<&yipanqi_store::unit::Boundary> {
        let (areas, stored) = self.areas.as_ref()?;
        let grid = areas.at(position).into_iter().find(|area| area.level == "grid")?;
        stored.get(&grid.code)
    }

    fn put_in_grid(&self, grid: yipanqi_domain::id::UnitId, wanted: &mut Site, desk: &Desk) {
        inside(grid, wanted, desk.directory.units());
    }
}

/// Puts a site into a grid, and so into its community and street.
pub fn inside(grid: yipanqi_domain::id::UnitId, site: &mut Site, units: &[yipanqi_store::unit::Unit]) {
    let parent = |id| units.iter().find(|unit| unit.id == id).and_then(|unit| unit.parent);
    site.grid = Some(grid);
    site.community = parent(grid).or(site.community);
    site.street = site.community.and_then(parent).or(site.street);
}

fn unplace(site: &mut Site) {
    site.longitude = None;
    site.latitude = None;
}

/// Longitude and latitude as written, in two columns or in one.
fn written(record: &Record) -> (Option<String>, Option<String>) {
    let two = (text(record, "longitude").map(str::to_owned), text(record, "latitude").map(str::to_owned));
    if two.0.is_some() || two.1.is_some() {
        return two;
    }
    let both = text(record, "coordinates").and_then(|both| both.split_once([',', '，', ' ', ';']));
    both.map_or((None, None), |(longitude, latitude)| (Some(longitude.trim().to_owned()), Some(latitude.trim().to_owned())))
}

fn datum_asked(wanted: &Site, desk: &mut Desk, notes: &mut Notes) -> Option<Datum> {
    let option = |datum: Datum, code: &str| QuestionOption { value: json!({ "datum": datum }), text: Phrase::new(code) };
    let ask = Ask {
        kind: "datum_blank",
        key: wanted.code.clone(),
        subject_kind: "site",
        subject: Some(wanted.id.to_string()),
        text: Phrase::new("datum_blank").with("code", &wanted.code).with("name", &wanted.name),
        options: vec![
            option(Datum::Gcj02, "datum_gcj02"),
            option(Datum::Wgs84, "datum_wgs84"),
            option(Datum::Bd09, "datum_bd09"),
        ],
    };
    let decided = desk.ask(ask, "datum", notes)?;
    serde_json::from_value(decided.get("datum")?.clone()).ok()
}

fn repair_asked(wanted: &Site, repair: Option<(PlaceFault, Position)>, desk: &mut Desk, notes: &mut Notes) -> Option<Position> {
    let mut text = Phrase::new("coordinates_implausible").with("code", &wanted.code).with("name", &wanted.name);
    let mut options = Vec::new();
    if let Some((fault, proposed)) = repair {
        let fault = serde_json::to_value(fault).ok().and_then(|fault| fault.as_str().map(str::to_owned)).unwrap_or_default();
        text = Phrase::new(&format!("coordinates_{fault}")).with("code", &wanted.code).with("name", &wanted.name);
        let shown = Phrase::new("coordinates_repaired").with("longitude", proposed.longitude).with("latitude", proposed.latitude);
        options.push(QuestionOption { value: json!({ "position": proposed }), text: shown });
    }
    options.push(QuestionOption { value: json!({ "position": null }), text: Phrase::new("coordinates_left_out") });
    let ask = Ask {
        kind: "coordinates_implausible",
        key: wanted.code.clone(),
        subject_kind: "site",
        subject: Some(wanted.id.to_string()),
        text,
        options,
    };
    desk.ask(ask, "longitude", notes).as_ref().and_then(decided_place)
}

/// The place a person decided on.
pub fn decided_place(decision: &Value) -> Option<Position> {
    serde_json::from_value(decision.get("position")?.clone()).ok()
}
