//! The register of responsible parties: shops and firms of a street or community, by name, place and address.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;
use yipanqi_documents::record::Record;
use yipanqi_domain::id::UnitId;
use yipanqi_domain::party::PartyKind;
use yipanqi_domain::reading;
use yipanqi_store::import::RowAction;
use yipanqi_store::party::{self as store, Party};
use yipanqi_store::question::Phrase;
use yipanqi_store::site::{self, Site};
use yipanqi_store::{ReadTx, WriteTx};

use super::desk::{self, Desk, text, words};
use super::outcome::{Notes, Outcome, Spot};
use crate::error::Error;
use crate::party::SHORT;

/// The part of the mapping.
const PART: &str = "party";

/// Reads parties.
#[derive(Debug)]
pub struct Parties {
    known: HashMap<(String, UnitId), Vec<Party>>,
    sites: HashMap<String, Vec<Site>>,
    seen: HashSet<(String, UnitId, String)>,
    new: Vec<Party>,
    changed: Vec<Party>,
}

fn plain(text: &str) -> String {
    reading::unspaced(&reading::half_width(text))
}

impl Parties {
    /// Reads what is known before the first row.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn open(tx: &ReadTx, desk: &Desk) -> Result<Self, Error> {
        let mut known: HashMap<_, Vec<Party>> = HashMap::new();
        for party in store::all(tx).await? {
            if let Some(unit) = party.unit {
                known.entry((plain(&party.name), unit)).or_default().push(party);
            }
        }
        let mut sites: HashMap<_, Vec<Site>> = HashMap::new();
        if desk.maps(PART, "site") {
            for site in site::all(tx).await?.into_iter().filter(|site| !site.retired) {
                sites.entry(plain(&site.code)).or_default().push(site.clone());
                sites.entry(plain(&site.name)).or_default().push(site);
            }
        }
        Ok(Self { known, sites, seen: HashSet::new(), new: Vec::new(), changed: Vec::new() })
    }

    /// Takes rows and compares them with what is stored.
    pub fn batch(&mut self, records: &[Record], desk: &Desk, out: &mut Outcome) {
        for record in records {
            let mut notes = Notes::default();
            let action = self.row(record, desk, &mut notes).unwrap_or(RowAction::Refused);
            out.close(&Spot::of(record), action, notes);
        }
    }

    fn row(&mut self, record: &Record, desk: &Desk, notes: &mut Notes) -> Option<RowAction> {
        let name = words(record, "name");
        if name.is_empty() {
            notes.refuse("name", Phrase::new("value_missing").with("field", "name"));
            return None;
        }
        for field in ["name", "contact", "address", "remark"] {
            if words(record, field).chars().count() > SHORT {
                notes.refuse(field, Phrase::new("text_too_long"));
                return None;
            }
        }
        let site = self.site_of(record, notes);
        let unit = unit_of(record, site.as_ref(), desk, notes)?;
        let address = words(record, "address");
        if !self.seen.insert((plain(&name), unit, plain(&address))) {
            notes.refuse("name", Phrase::new("party_twice").with("name", &name));
            return None;
        }
        let known = self.stored(&name, unit, &address);
        let mut wanted = known.clone().unwrap_or_else(|| blank(&name, unit));
        wanted.name = name;
        if let Some(given) = text(record, "party_kind") {
            match kind_named(given) {
                Some(kind) => wanted.kind = kind,
                None => notes.say("party_kind", Phrase::new("party_kind_unknown").with("given", given)),
            }
        }
        if desk.maps(PART, "contact") {
            wanted.contact = desk::person(record, "contact", notes).map(|noted| noted.value).unwrap_or_default();
        }
        if desk.maps(PART, "phone") {
            wanted.phone = desk::phone(record, "phone", notes).unwrap_or_default();
        }
        if desk.maps(PART, "address") {
            wanted.address = address;
        }
        if desk.maps(PART, "site") {
            wanted.site = site.map(|site| site.id);
        }
        if desk.maps(PART, "remark") {
            wanted.note = words(record, "remark");
        }
        Some(match known {
            Some(known) if known == wanted => RowAction::Unchanged,
            Some(_) => {
                self.changed.push(wanted);
                RowAction::Changed
            }
            None => {
                self.new.push(wanted);
                RowAction::Created
            }
        })
    }

    fn site_of(&self, record: &Record, notes: &mut Notes) -> Option<Site> {
        let given = text(record, "site")?;
        match self.sites.get(&plain(given)).map(Vec::as_slice) {
            Some([only]) => Some(only.clone()),
            Some([first, others @ ..]) if others.iter().all(|other| other.id == first.id) => Some(first.clone()),
            Some(_) | None => {
                notes.say("site", Phrase::new("site_not_registered").with("given", given));
                None
            }
        }
    }

    /// The party of that name there: that at the address, else the only one of which either address is unknown. Each is taken
    /// once.
    fn stored(&mut self, name: &str, unit: UnitId, address: &str) -> Option<Party> {
        let named = self.known.get_mut(&(plain(name), unit))?;
        let address = plain(address);
        let same = named.iter().position(|party| plain(&party.address) == address);
        let only = || match named.as_slice() {
            [only] if address.is_empty() || only.address.is_empty() => Some(0),
            _ => None,
        };
        let place = same.or_else(only)?;
        Some(named.remove(place))
    }

    /// Writes what was decided since the last call.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn save(&mut self, tx: &mut WriteTx) -> Result<(), Error> {
        store::add_all(tx, &std::mem::take(&mut self.new)).await?;
        for changed in self.changed.drain(..) {
            store::save(tx, &changed).await?;
        }
        Ok(())
    }
}

/// The narrowest unit that the row names: community, street, the unit by any name, or where its site is.
fn unit_of(record: &Record, site: Option<&Site>, desk: &Desk, notes: &mut Notes) -> Option<UnitId> {
    let mut named = None;
    for field in ["street", "unit", "community"] {
        let Some(given) = text(record, field) else { continue };
        let found = desk.unit_below(given, named).or_else(|| desk.unit(given, field, notes));
        let Some(found) = found else {
            notes.refuse(field, Phrase::new("unit_unknown").with("given", given));
            return None;
        };
        named = Some(found);
    }
    let of_site = || site.and_then(|site| site.community.or(site.street).or(site.territorial_unit));
    let unit = named.or_else(of_site);
    if unit.is_none() {
        notes.refuse("community", Phrase::new("party_unit_missing"));
    }
    unit
}

fn blank(name: &str, unit: UnitId) -> Party {
    Party {
        id: Uuid::now_v7(),
        name: String::new(),
        kind: kind_named(name).unwrap_or(PartyKind::Shop),
        contact: String::new(),
        phone: String::new(),
        address: String::new(),
        site: None,
        unit: Some(unit),
        gone: false,
        note: String::new(),
        version: 0,
    }
}

/// The kind that words name, however they say it.
fn kind_named(given: &str) -> Option<PartyKind> {
    let given = given.to_lowercase();
    [
        (PartyKind::Property, &["物业", "property"][..]),
        (PartyKind::Builder, &["施工", "建筑公司", "工地", "builder"]),
        (PartyKind::Owner, &["产权", "业主", "使用单位", "owner"]),
        (PartyKind::Shop, &["商户", "商铺", "店", "摊", "餐", "超市", "门前三包", "shop"]),
        (PartyKind::Other, &["其他", "其它", "other"]),
    ]
    .into_iter()
    .find(|(_, words)| words.iter().any(|word| given.contains(word)))
    .map(|(kind, _)| kind)
}
