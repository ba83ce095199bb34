//! Boundaries of streets, communities, villages and grids from GeoJSON.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use yipanqi_documents::record::Record;
use yipanqi_domain::geo::Boundaries;
use yipanqi_domain::id::UnitId;
use yipanqi_domain::site::Position;
use yipanqi_store::import::RowAction;
use yipanqi_store::question::Phrase;
use yipanqi_store::unit::{self, Boundary};
use yipanqi_store::{ReadTx, StoreError, WriteTx};

use super::desk::{Desk, text, words};
use super::outcome::{Notes, Outcome, Spot};
use crate::error::Error;

/// Reads boundaries.
#[derive(Debug)]
pub struct Grids {
    known: BTreeMap<String, Boundary>,
    seen: BTreeSet<String>,
    save: Vec<Boundary>,
}

impl Grids {
    /// Reads what is known before the first row.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn open(tx: &ReadTx) -> Result<Self, Error> {
        let known = unit::boundaries(tx, None).await?.into_iter().map(|boundary| (boundary.code.clone(), boundary)).collect();
        Ok(Self { known, seen: BTreeSet::new(), save: Vec::new() })
    }

    /// Takes rows.
    pub fn batch(&mut self, records: &[Record], desk: &Desk, out: &mut Outcome) {
        for record in records {
            let mut notes = Notes::default();
            let action = self.row(record, desk, &mut notes);
            out.close(&Spot::of(record), action, notes);
        }
    }

    fn row(&mut self, record: &Record, desk: &Desk, notes: &mut Notes) -> RowAction {
        let name = words(record, "name");
        let code = text(record, "code").unwrap_or(&name).to_owned();
        if !self.seen.insert(code.clone()) {
            notes.refuse("code", Phrase::new("boundary_twice").with("code", &code));
            return RowAction::Refused;
        }
        let geometry: Option<Value> = text(record, "geometry").and_then(|text| serde_json::from_str(text).ok());
        let Some(geometry) = geometry else {
            notes.refuse("geometry", Phrase::new("boundary_unreadable").with("code", &code));
            return RowAction::Refused;
        };
        let level = text(record, "level").map_or_else(|| "grid".to_owned(), level_named);
        let feature =
            json!({ "type": "Feature", "properties": { "code": code, "name": name, "level": level }, "geometry": geometry });
        let bounds = match Boundaries::from_geojson(&json!({ "type": "FeatureCollection", "features": [feature] })) {
            Ok(read) => read.bounds(),
            Err(fault) => {
                let phrase = Phrase::new("boundary_unreadable")
                    .with("code", &code)
                    .with("field", &fault.field)
                    .with("fault", &fault.fault);
                notes.refuse("geometry", phrase);
                return RowAction::Refused;
            }
        };
        let unit = desk.directory.by_code(&code).map(|unit| unit.id).or_else(|| desk.unit_below(&name, None));
        if unit.is_none() {
            notes.say("code", Phrase::new("boundary_unit_unknown").with("code", &code).with("name", &name));
        }
        let (south_west, north_east) = bounds.corners();
        let wanted = Boundary {
            code: code.clone(),
            level,
            name,
            parent_code: text(record, "parent").map(str::to_owned),
            unit,
            geometry: geometry.to_string(),
            min_x: south_west.longitude.e7(),
            min_y: south_west.latitude.e7(),
            max_x: north_east.longitude.e7(),
            max_y: north_east.latitude.e7(),
        };
        let action = match self.known.get(&code) {
            None => RowAction::Created,
            Some(known) if *known == wanted => return RowAction::Unchanged,
            Some(_) => RowAction::Changed,
        };
        self.save.push(wanted);
        action
    }

    /// Writes what was decided since the last call.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn save(&mut self, tx: &mut WriteTx) -> Result<(), Error> {
        for boundary in self.save.drain(..) {
            unit::save_boundary(tx, &boundary).await?;
        }
        Ok(())
    }
}

fn level_named(given: &str) -> String {
    let known = [("街道", "street"), ("镇", "street"), ("社区", "community"), ("村", "village"), ("网格", "grid")];
    known.iter().find(|(word, _)| given.contains(word)).map_or_else(|| given.to_lowercase(), |(_, level)| (*level).to_owned())
}

/// The boundaries of the city, for finding where a place lies.
///
/// # Errors
/// Those of the database; boundaries that were stored but cannot be read.
pub async fn load(tx: &ReadTx) -> Result<Option<(Boundaries, BTreeMap<String, Boundary>)>, Error> {
    let stored = unit::boundaries(tx, None).await?;
    if stored.is_empty() {
        return Ok(None);
    }
    let mut features = Vec::with_capacity(stored.len());
    for boundary in &stored {
        let geometry: Value = serde_json::from_str(&boundary.geometry).map_err(Error::internal)?;
        let properties = json!({ "code": boundary.code, "name": boundary.name, "level": boundary.level });
        features.push(json!({ "type": "Feature", "properties": properties, "geometry": geometry }));
    }
    let read = Boundaries::from_geojson(&json!({ "type": "FeatureCollection", "features": features }));
    let read = read.map_err(|fault| Error::internal(format!("{}: {}", fault.field, fault.fault)))?;
    Ok(Some((read, stored.into_iter().map(|boundary| (boundary.code.clone(), boundary)).collect())))
}

/// The unit whose boundary holds a place, of the narrowest that do: a grid before its community, that before its street.
///
/// # Errors
/// As [`load`].
pub async fn unit_at(tx: &ReadTx, position: Position) -> Result<Option<UnitId>, Error> {
    let unreadable = |error: Error| StoreError::Stored { what: "boundary", text: error.to_string() };
    let kept = tx.kept("boundaries", async { load(tx).await.map_err(unreadable) }).await?;
    let Some((areas, stored)) = kept.as_ref() else { return Ok(None) };
    let narrowness = |level: &str| ["grid", "community", "village", "street"].iter().position(|known| *known == level);
    let mut holding: Vec<_> = areas.at(position).into_iter().filter_map(|area| Some((narrowness(&area.level)?, area))).collect();
    holding.sort_by_key(|(narrowness, _)| *narrowness);
    Ok(holding.into_iter().find_map(|(_, area)| stored.get(&area.code)?.unit))
}
