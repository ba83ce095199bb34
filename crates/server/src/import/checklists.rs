//! Site types and their checklist items.

use std::collections::BTreeMap;

use uuid::Uuid;
use yipanqi_documents::record::Record;
use yipanqi_domain::framework::Citation;
use yipanqi_domain::id::ItemId;
use yipanqi_domain::reading;
use yipanqi_domain::site::{Judgement, Shape};
use yipanqi_store::checklist::{self, Item, ItemCriterion, SiteType};
use yipanqi_store::import::RowAction;
use yipanqi_store::question::Phrase;
use yipanqi_store::{ReadTx, WriteTx, framework, site};

use super::desk::{Desk, text, words};
use super::framework::{CIVILIZED, HYGIENIC};
use super::outcome::{Notes, Outcome, Spot};
use crate::error::Error;

/// Reads site types and items; held until the end, because a summary of types may stand behind the lists.
#[derive(Debug)]
pub struct Checklists {
    records: Vec<Record>,
    types: BTreeMap<String, SiteType>,
    items: BTreeMap<String, Item>,
    save_types: Vec<SiteType>,
    new_items: Vec<Item>,
    changed_items: Vec<Item>,
}

impl Checklists {
    /// Reads what is known before the first row.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn open(tx: &ReadTx) -> Result<Self, Error> {
        Ok(Self {
            records: Vec::new(),
            types: checklist::site_types(tx).await?.iter().map(|kind| (kind.name.clone(), kind.clone())).collect(),
            items: checklist::items(tx, None).await?.iter().map(|item| (item.code.clone(), item.clone())).collect(),
            save_types: Vec::new(),
            new_items: Vec::new(),
            changed_items: Vec::new(),
        })
    }

    /// Takes rows.
    pub fn batch(&mut self, records: Vec<Record>) {
        self.records.extend(records);
    }

    /// Decides on all rows: types first.
    pub fn finish(&mut self, desk: &Desk, out: &mut Outcome) {
        let records = std::mem::take(&mut self.records);
        for (position, record) in (1_i64..).zip(records.iter().filter(|record| record.part == "site_type")) {
            let mut notes = Notes::default();
            let action = self.site_type(record, position, desk, &mut notes);
            out.close(&Spot::of(record), action, notes);
        }
        let mut positions: BTreeMap<Uuid, i64> = BTreeMap::new();
        for record in records.iter().filter(|record| record.part == "item") {
            let mut notes = Notes::default();
            let action = self.item(record, &mut positions, &mut notes);
            out.close(&Spot::of(record), action, notes);
        }
    }

    fn site_type(&mut self, record: &Record, position: i64, desk: &Desk, notes: &mut Notes) -> RowAction {
        let Some(name) = text(record, "name") else {
            notes.refuse("name", Phrase::new("value_missing").with("field", "name"));
            return RowAction::Refused;
        };
        let known = self.types.get(name).cloned();
        let shape = match text(record, "shape") {
            None => known.as_ref().map_or(Shape::Point, |known| known.shape),
            Some(given) => match Shape::parse(given) {
                Some(shape) => shape,
                None => {
                    notes.refuse("shape", Phrase::new("value_unreadable").with("given", given));
                    return RowAction::Refused;
                }
            },
        };
        let industry_unit_name = words(record, "industry_unit");
        let industry_unit = text(record, "industry_unit").and_then(|name| desk.unit(name, "industry_unit", notes));
        let wanted = SiteType {
            id: known.as_ref().map_or_else(Uuid::now_v7, |known| known.id),
            name: name.to_owned(),
            group_name: words(record, "group"),
            shape,
            industry_unit,
            industry_unit_name,
            position,
            version: known.as_ref().map_or(0, |known| known.version),
            names: known.as_ref().map(|known| known.names.clone()).unwrap_or_default(),
        };
        self.keep(known, wanted)
    }

    fn keep(&mut self, known: Option<SiteType>, wanted: SiteType) -> RowAction {
        let action = match &known {
            None => RowAction::Created,
            Some(known) if *known == wanted => return RowAction::Unchanged,
            Some(_) => RowAction::Changed,
        };
        self.types.insert(wanted.name.clone(), wanted.clone());
        self.save_types.push(wanted);
        action
    }

    fn item(&mut self, record: &Record, positions: &mut BTreeMap<Uuid, i64>, notes: &mut Notes) -> RowAction {
        let Some(content) = text(record, "content") else {
            notes.refuse("content", Phrase::new("value_missing").with("field", "content"));
            return RowAction::Refused;
        };
        let Some(type_name) = text(record, "site_type") else {
            notes.refuse("site_type", Phrase::new("value_missing").with("field", "site_type"));
            return RowAction::Refused;
        };
        let named = |kind: &&SiteType| kind.name == type_name || kind.names.iter().any(|name| name == type_name);
        let site_type = match self.types.values().find(named) {
            Some(kind) => kind.id,
            None => {
                notes.say("site_type", Phrase::new("site_type_added").with("given", type_name));
                let position = i64::try_from(self.types.len()).unwrap_or(0) + 1;
                let new = SiteType {
                    id: Uuid::now_v7(),
                    name: type_name.to_owned(),
                    group_name: record.sheet.to_string(),
                    shape: Shape::Point,
                    industry_unit: None,
                    industry_unit_name: String::new(),
                    position,
                    version: 0,
                    names: Vec::new(),
                };
                let id = new.id;
                self.keep(None, new);
                id
            }
        };
        let position = positions.entry(site_type).or_default();
        *position += 1;
        let position = *position;
        let code = text(record, "code").map_or_else(|| format!("{type_name}-{position:02}"), str::to_owned);
        let known = self.items.get(&code).cloned();
        let rule = words(record, "rule");
        let judgement = Judgement::parse(&rule);
        if judgement.is_none() {
            notes.say("rule", Phrase::new("judgement_to_choose").with("given", &rule));
        }
        let photo_on_failure = match text(record, "photo_required").map(reading::yes_no) {
            Some(Ok(required)) => required,
            None => false,
            Some(Err(fault)) => {
                notes.say("photo_required", Phrase::new(fault.code()).with("given", words(record, "photo_required")));
                false
            }
        };
        let mut criteria = cited(record, "civilized_criteria", CIVILIZED, notes);
        criteria.extend(cited(record, "hygienic_criteria", HYGIENIC, notes));
        let wanted = Item {
            id: known.as_ref().map_or_else(|| ItemId::new(Uuid::now_v7()), |known| known.id),
            code: code.clone(),
            site_type,
            position,
            text: content.to_owned(),
            phrases: phrases(&words(record, "phrases")),
            judgement: judgement.and_then(|judgement| serde_json::to_value(judgement).ok()),
            judgement_words: rule,
            photo_on_failure,
            carve_out: words(record, "carve_out"),
            walk_path: words(record, "path"),
            version: known.as_ref().map_or(0, |known| known.version),
            criteria,
        };
        match known {
            Some(known) if known == wanted => RowAction::Unchanged,
            Some(known) if known.version == 0 => {
                notes.refuse("code", Phrase::new("checklist_item_twice").with("code", &code));
                RowAction::Refused
            }
            Some(_) => {
                self.changed_items.push(wanted);
                RowAction::Changed
            }
            None => {
                self.items.insert(code, wanted.clone());
                self.new_items.push(wanted);
                RowAction::Created
            }
        }
    }

    /// Writes what was decided; sites and criteria that named a type by its words now refer to it.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn save(&mut self, tx: &mut WriteTx) -> Result<(), Error> {
        for kind in self.save_types.drain(..) {
            checklist::save_site_type(tx, &kind).await?;
            if kind.version == 0 {
                site::adopt_type(tx, &kind.name, kind.id).await?;
                framework::adopt_site_type(tx, &kind.name, kind.id).await?;
            }
        }
        checklist::add_items(tx, &std::mem::take(&mut self.new_items)).await?;
        for item in self.changed_items.drain(..) {
            checklist::update_item(tx, &item).await?;
        }
        Ok(())
    }
}

fn cited(record: &Record, field: &str, framework: &str, notes: &mut Notes) -> Vec<ItemCriterion> {
    let mut criteria: Vec<ItemCriterion> = Vec::new();
    for citation in reading::list(&words(record, field)) {
        match Citation::normal(&citation) {
            Some(key) => {
                let citation_key = key.to_string();
                if !criteria.iter().any(|known| known.citation_key == citation_key) {
                    criteria.push(ItemCriterion { framework: framework.to_owned(), citation_key, citation });
                }
            }
            None => notes.say(field, Phrase::new("citation_unreadable").with("given", &citation)),
        }
    }
    criteria
}

/// Phrases are parted by semicolons or lines; a 、 belongs to the phrase.
fn phrases(cell: &str) -> Vec<String> {
    cell.split(['；', ';', '\n']).map(reading::trimmed).filter(|phrase| !phrase.is_empty()).map(str::to_owned).collect()
}
