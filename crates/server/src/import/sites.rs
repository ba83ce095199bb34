//! The registry of sites: types and units by their names, places converted to WGS-84, the grid by its polygon.
//!
//! What is doubtful is asked and not applied: a blank datum, swapped or misplaced coordinates, a missing place, a type by
//! an unknown name, a second entry of the same place. The site is entered meanwhile, without what is doubtful; deciding a
//! question puts it right ([`super::decide`]), and reading the file again then finds nothing to change.

mod place;

use std::collections::{BTreeMap, HashMap};

use serde_json::json;
use uuid::Uuid;
use yipanqi_documents::record::Record;
use yipanqi_domain::geo::Boundaries;
use yipanqi_domain::id::SiteId;
use yipanqi_domain::likeness::likeness;
use yipanqi_domain::site::merge::{self, Entry};
use yipanqi_store::checklist::{self, SiteType};
use yipanqi_store::import::RowAction;
use yipanqi_store::question::{Phrase, QuestionOption};
use yipanqi_store::site::{self, Site};
use yipanqi_store::unit::Boundary;
use yipanqi_store::{ReadTx, WriteTx};

pub(super) use place::{decided_place, inside, wgs84};

use super::desk::{self, Ask, Desk, text, words};
use super::grids;
use super::outcome::{Notes, Outcome, Spot};
use crate::error::Error;

/// Side of a cell of the index of places, in units of 1e-7 degree (about 50 m).
const CELL: i64 = 5_000;

/// Reads sites.
#[derive(Debug)]
pub struct Sites {
    types: Vec<SiteType>,
    /// The polygons and their stored form.
    areas: Option<(Boundaries, BTreeMap<String, Boundary>)>,
    /// Code, name and type by the cell of their place.
    places: HashMap<(i64, i64), Vec<Placed>>,
    new: Vec<Site>,
    changed: Vec<Site>,
    seen: std::collections::HashSet<String>,
}

#[derive(Debug, Clone)]
struct Placed {
    code: String,
    name: String,
    site_type: Option<Uuid>,
    longitude: i64,
    latitude: i64,
}

impl Placed {
    fn entry(&self) -> Entry<'_> {
        Entry { name: &self.name, site_type: self.site_type, place: Some(place::known(self.longitude, self.latitude)) }
    }
}

impl Sites {
    /// Reads what is known before the first row.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn open(tx: &ReadTx) -> Result<Self, Error> {
        let mut sites = Self {
            types: checklist::site_types(tx).await?.to_vec(),
            areas: grids::load(tx).await?,
            places: HashMap::new(),
            new: Vec::new(),
            changed: Vec::new(),
            seen: std::collections::HashSet::new(),
        };
        for known in site::all(tx).await? {
            sites.remember(&known);
        }
        Ok(sites)
    }

    fn remember(&mut self, site: &Site) {
        if let (Some(longitude), Some(latitude)) = (site.longitude, site.latitude) {
            let placed =
                Placed { code: site.code.clone(), name: site.name.clone(), site_type: site.site_type, longitude, latitude };
            self.places.entry((longitude / CELL, latitude / CELL)).or_default().push(placed);
        }
    }

    /// Takes rows and compares them with what is stored.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn batch(&mut self, tx: &ReadTx, records: &[Record], desk: &mut Desk, out: &mut Outcome) -> Result<(), Error> {
        let codes: Vec<String> = records.iter().map(code_of).collect();
        let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
        let known: HashMap<String, Site> =
            site::by_codes(tx, &codes).await?.into_iter().map(|site| (site.code.clone(), site)).collect();
        for record in records {
            let mut notes = Notes::default();
            let action = self.row(record, &known, desk, &mut notes);
            out.close(&Spot::of(record), action, notes);
        }
        Ok(())
    }

    fn row(&mut self, record: &Record, known: &HashMap<String, Site>, desk: &mut Desk, notes: &mut Notes) -> RowAction {
        let name = words(record, "name");
        let code = code_of(record);
        if name.is_empty() {
            notes.refuse("name", Phrase::new("value_missing").with("field", "name"));
            return RowAction::Refused;
        }
        if !self.seen.insert(code.clone()) {
            notes.refuse("code", Phrase::new("site_twice").with("code", &code));
            return RowAction::Refused;
        }
        if record.cell("name").is_some_and(|cell| cell.text != name) {
            notes.say("name", Phrase::new("blanks_removed"));
        }
        let known = known.get(&code);
        let mut wanted = known.cloned().unwrap_or_else(|| blank(code));
        wanted.name = name;
        self.type_of(record, &mut wanted, desk, notes);
        units_of(record, &mut wanted, desk, notes);
        people_of(record, &mut wanted, desk, notes);
        if desk.maps("site", "address") {
            wanted.address = words(record, "address");
        }
        if desk.maps("site", "remark") {
            wanted.remark = words(record, "remark");
        }
        self.place_of(record, &mut wanted, desk, notes);
        self.twin_of(&mut wanted, desk, notes);
        match known {
            Some(known) if *known == wanted => RowAction::Unchanged,
            Some(_) => {
                self.changed.push(wanted);
                RowAction::Changed
            }
            None => {
                self.remember(&wanted);
                self.new.push(wanted);
                RowAction::Created
            }
        }
    }

    fn type_of(&self, record: &Record, wanted: &mut Site, desk: &mut Desk, notes: &mut Notes) {
        if !desk.maps("site", "site_type") {
            return;
        }
        let given = words(record, "site_type");
        wanted.type_given.clone_from(&given);
        let named = |kind: &&SiteType| kind.name == given || kind.names.contains(&given);
        if let Some(kind) = self.types.iter().find(named) {
            if kind.name != given {
                notes
                    .say("site_type", Phrase::new("site_type_by_other_name").with("given", &given).with("site_type", &kind.name));
            }
            wanted.site_type = Some(kind.id);
            return;
        }
        wanted.site_type = None;
        if given.is_empty() {
            notes.say("site_type", Phrase::new("value_missing").with("field", "site_type"));
            return;
        }
        if self.types.is_empty() {
            notes.say("site_type", Phrase::new("site_types_not_imported").with("given", &given));
            return;
        }
        let mut like: Vec<(u32, &SiteType)> = self.types.iter().map(|kind| (likeness(&given, &kind.name), kind)).collect();
        like.sort_by(|(one, left), (other, right)| other.cmp(one).then_with(|| left.position.cmp(&right.position)));
        let option = |(_, kind): &(u32, &SiteType)| QuestionOption {
            value: json!({ "site_type": kind.id }),
            text: Phrase::new("site_type_is").with("site_type", &kind.name),
        };
        let ask = Ask {
            kind: "site_type_unknown",
            key: given.clone(),
            subject_kind: "site_type",
            subject: None,
            text: Phrase::new("site_type_unknown").with("given", &given),
            options: like.iter().take(6).map(option).collect(),
        };
        // A decision teaches the name, so that it is found above from then on.
        desk.ask(ask, "site_type", notes);
    }

    /// Asks whether a new site is a second entry of one nearby.
    fn twin_of(&self, wanted: &mut Site, desk: &mut Desk, notes: &mut Notes) {
        let (Some(longitude), Some(latitude)) = (wanted.longitude, wanted.latitude) else { return };
        if wanted.duplicate_of.is_some() {
            return;
        }
        let (x, y) = (longitude / CELL, latitude / CELL);
        let own = Entry { name: &wanted.name, site_type: wanted.site_type, place: Some(place::known(longitude, latitude)) };
        let near = (x - 1..=x + 1).flat_map(|x| (y - 1..=y + 1).map(move |y| (x, y)));
        let near = near.filter_map(|cell| self.places.get(&cell)).flatten();
        let twin = near
            .filter(|other| other.code != wanted.code)
            .filter_map(|other| Some((merge::likely(other.entry(), own)?.likeness, other)))
            .max_by(|(one, left), (two, right)| one.cmp(two).then_with(|| right.code.cmp(&left.code)));
        let Some((_, twin)) = twin else { return };
        // Of two entries the later number is the second one, in whichever order the file lists them.
        let (first, second) = if twin.code < wanted.code {
            ((twin.code.clone(), twin.name.clone()), (wanted.code.clone(), wanted.name.clone()))
        } else {
            ((wanted.code.clone(), wanted.name.clone()), (twin.code.clone(), twin.name.clone()))
        };
        let text = Phrase::new("site_duplicate")
            .with("code", &second.0)
            .with("name", &second.1)
            .with("other_code", &first.0)
            .with("other_name", &first.1);
        let ask = Ask {
            kind: "site_duplicate",
            key: format!("{}|{}", first.0, second.0),
            subject_kind: "site",
            subject: None,
            text,
            options: vec![
                QuestionOption {
                    value: json!({ "same": true }),
                    text: Phrase::new("site_duplicate_same").with("code", &second.0).with("other_code", &first.0),
                },
                QuestionOption { value: json!({ "same": false }), text: Phrase::new("site_duplicate_two") },
            ],
        };
        desk.ask(ask, "code", notes);
    }

    /// Writes what was decided since the last call.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn save(&mut self, tx: &mut WriteTx) -> Result<(), Error> {
        site::add(tx, &std::mem::take(&mut self.new)).await?;
        for changed in self.changed.drain(..) {
            site::update(tx, &changed).await?;
        }
        Ok(())
    }
}

/// The number of a site; a registry without numbers names its sites.
fn code_of(record: &Record) -> String {
    text(record, "code").or_else(|| text(record, "name")).unwrap_or_default().to_owned()
}

fn blank(code: String) -> Site {
    Site {
        id: SiteId::new(Uuid::now_v7()),
        code,
        name: String::new(),
        site_type: None,
        type_given: String::new(),
        address: String::new(),
        longitude: None,
        latitude: None,
        datum_given: None,
        given_longitude: None,
        given_latitude: None,
        street: None,
        community: None,
        grid: None,
        industry_unit: None,
        territorial_unit: None,
        chief_name: None,
        chief_phone: None,
        pairing_unit: None,
        pairing_leader: None,
        remark: String::new(),
        retired: false,
        duplicate_of: None,
        version: 0,
    }
}

fn units_of(record: &Record, wanted: &mut Site, desk: &Desk, notes: &mut Notes) {
    let unit = |field: &str, notes: &mut Notes| text(record, field).and_then(|name| desk.unit(name, field, notes));
    let mapped = |field: &str| desk.maps("site", field);
    if mapped("street") {
        wanted.street = unit("street", notes);
    }
    if mapped("community") {
        wanted.community = text(record, "community").and_then(|name| {
            desk.unit_below(name, wanted.street).or_else(|| {
                // 桂花园 for 桂花园社区
                let inside =
                    |id| desk.directory.get(id).is_some_and(|unit| wanted.street.is_none() || unit.parent == wanted.street);
                desk.unit(name, "community", notes).filter(|id| inside(*id))
            })
        });
    }
    if mapped("grid") {
        wanted.grid = text(record, "grid").and_then(|name| {
            desk.unit_below(name, wanted.community).or_else(|| desk.unit_below(name, None)).or_else(|| {
                notes.say("grid", Phrase::new("unit_unknown").with("given", name));
                None
            })
        });
        if let Some(grid) = wanted.grid {
            wanted.community = wanted.community.or_else(|| desk.directory.get(grid).and_then(|unit| unit.parent));
        }
    }
    if mapped("industry_unit") {
        wanted.industry_unit = unit("industry_unit", notes);
    }
    if mapped("territorial_unit") {
        wanted.territorial_unit = unit("territorial_unit", notes);
    }
    if mapped("paired_unit") {
        wanted.pairing_unit = unit("paired_unit", notes);
    }
}

fn people_of(record: &Record, wanted: &mut Site, desk: &Desk, notes: &mut Notes) {
    if desk.maps("site", "chief") {
        wanted.chief_name = desk::person(record, "chief", notes).map(|noted| noted.value);
        if text(record, "chief").is_none() {
            notes.say("chief", Phrase::new("person_missing").with("field", "chief"));
        }
    }
    if desk.maps("site", "phone") {
        wanted.chief_phone = desk::phone(record, "phone", notes);
    }
    if desk.maps("site", "paired_leader") {
        wanted.pairing_leader = desk::person(record, "paired_leader", notes).map(|noted| noted.value);
    }
}
