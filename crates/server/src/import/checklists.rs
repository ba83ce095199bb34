//! Site types and their checklist items.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use uuid::Uuid;
use yipanqi_documents::record::Record;
use yipanqi_domain::framework::Citation;
use yipanqi_domain::id::ItemId;
use yipanqi_domain::reading;
use yipanqi_domain::site::{Judgement, Shape};
use yipanqi_store::checklist::{self, Item, ItemCriterion, SiteType};
use yipanqi_store::framework::EditionTree;
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
    editions: Vec<(String, Arc<EditionTree>)>,
    cited: BTreeMap<&'static str, Uuid>,
    save_types: Vec<SiteType>,
    new_items: Vec<Item>,
    changed_items: Vec<Item>,
    /// Site types whose items, and whether the types themselves, stand in the file in the order in which the city has them: then
    /// what is known keeps its place, also where the file has only some of them.
    ordered: BTreeSet<String>,
    types_ordered: bool,
}

impl Checklists {
    /// Reads what is known before the first row.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn open(tx: &ReadTx) -> Result<Self, Error> {
        let frameworks = framework::frameworks(tx).await?;
        let mut editions = Vec::new();
        for row in framework::editions(tx).await? {
            let code = frameworks.iter().find(|family| family.id == row.framework).map(|family| family.code.clone());
            editions.push((code.unwrap_or_default(), framework::edition(tx, row.id).await?));
        }
        Ok(Self {
            records: Vec::new(),
            editions,
            cited: BTreeMap::new(),
            types: checklist::site_types(tx).await?.iter().map(|kind| (kind.name.clone(), kind.clone())).collect(),
            items: checklist::items(tx, None).await?.iter().map(|item| (item.code.clone(), item.clone())).collect(),
            save_types: Vec::new(),
            new_items: Vec::new(),
            changed_items: Vec::new(),
            ordered: BTreeSet::new(),
            types_ordered: false,
        })
    }

    /// Takes rows.
    pub fn batch(&mut self, records: Vec<Record>) {
        self.records.extend(records);
    }

    /// Decides on all rows: types first.
    pub fn finish(&mut self, desk: &Desk, out: &mut Outcome) {
        let records = std::mem::take(&mut self.records);
        self.choose_editions(&records, out);
        self.look_at_order(&records);
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

    fn look_at_order(&mut self, records: &[Record]) {
        let rising = |places: &[i64]| places.windows(2).all(|pair| pair.first() < pair.last());
        let types = records.iter().filter(|record| record.part == "site_type").filter_map(|record| text(record, "name"));
        let places: Vec<i64> = types.filter_map(|name| self.types.get(name)).map(|kind| kind.position).collect();
        self.types_ordered = rising(&places);
        let mut of: BTreeMap<String, Vec<i64>> = BTreeMap::new();
        for record in records.iter().filter(|record| record.part == "item") {
            let known = text(record, "code").and_then(|code| self.items.get(code));
            of.entry(words(record, "site_type")).or_default().extend(known.map(|item| item.position));
        }
        self.ordered = of.into_iter().filter(|(_, places)| rising(places)).map(|(name, _)| name).collect();
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
        let last = self.types.values().map(|kind| kind.position).max();
        let position = match (&known, last) {
            (Some(known), _) if self.types_ordered => known.position,
            (None, Some(last)) if self.types_ordered => last + 1,
            (_, _) => position,
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
        let last = self.items.values().filter(|item| item.site_type == site_type).map(|item| item.position).max();
        let position = match (&known, last) {
            (Some(known), _) if self.ordered.contains(type_name) => known.position,
            (None, Some(last)) if self.ordered.contains(type_name) => last + 1,
            (_, _) => position,
        };
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
        let meant = [
            ("civilized_criteria", CIVILIZED, self.edition_of(record, "civilized_edition", CIVILIZED, notes)),
            ("hygienic_criteria", HYGIENIC, self.edition_of(record, "hygienic_edition", HYGIENIC, notes)),
        ];
        let mut criteria = Vec::new();
        for (field, framework, edition) in meant {
            criteria.extend(self.cited(record, field, framework, edition, notes));
        }
        if let Some(known) = &known {
            criteria = with_others(criteria, &known.criteria, &meant.map(|(_, _, edition)| edition));
        }
        let wanted = Item {
            id: known.as_ref().map_or_else(|| ItemId::new(Uuid::now_v7()), |known| known.id),
            code: code.clone(),
            site_type,
            position,
            text: content.to_owned(),
            phrases: phrases(&words(record, "phrases")),
            judgement: match known.as_ref().filter(|known| known.judgement_words == rule) {
                Some(known) => known.judgement.clone(),
                None => judgement.and_then(|judgement| serde_json::to_value(judgement).ok()),
            },
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

    /// A sheet does not say whose numbers it cites: of several editions it is the one in which most numbers exist and name
    /// the item's site type, of equals the newest; the report says which.
    fn choose_editions(&mut self, records: &[Record], out: &mut Outcome) {
        for (field, code) in [("civilized_criteria", CIVILIZED), ("hygienic_criteria", HYGIENIC)] {
            let cited: Vec<(&str, String)> = records
                .iter()
                .flat_map(|record| {
                    let of = text(record, "site_type").unwrap_or_default();
                    let keys = reading::list(&words(record, field)).into_iter().filter_map(|cited| Citation::normal(&cited));
                    keys.map(move |key| (of, key.to_string()))
                })
                .collect();
            if cited.is_empty() {
                continue;
            }
            let fitting = |tree: &EditionTree| {
                let fits = |(of, key): &&(&str, String)| {
                    let node = tree.cited(key);
                    node.map_or(0, |node| 1 + usize::from(node.site_types.iter().any(|given| given.name_given == *of)))
                };
                cited.iter().map(|one| fits(&one)).sum::<usize>()
            };
            let of_framework = self.editions.iter().filter(|(family, _)| family == code).map(|(_, tree)| tree);
            let best = of_framework.max_by_key(|tree| (fitting(tree), tree.row.year, tree.row.revision));
            if let Some(tree) = best {
                self.cited.insert(code, tree.row.id);
                let known = cited.iter().filter(|(_, key)| tree.cited(key).is_some()).count();
                let phrase = Phrase::new("citations_of_edition").with("edition", &tree.row.name);
                out.remark("", 0, phrase.with("known", known).with("all", cited.len()));
            }
        }
    }

    /// The edition whose numbers a row cites: the one it names, else the one chosen for the file.
    fn edition_of(&self, record: &Record, field: &str, framework: &str, notes: &mut Notes) -> Option<Uuid> {
        let chosen = self.cited.get(framework).copied();
        let Some(named) = text(record, field) else { return chosen };
        let found = self.editions.iter().find(|(of, tree)| of == framework && (tree.row.code == named || tree.row.name == named));
        if found.is_none() {
            notes.say(field, Phrase::new("edition_unknown").with("given", named));
        }
        found.map(|(_, tree)| tree.row.id).or(chosen)
    }

    fn cited(
        &self,
        record: &Record,
        field: &str,
        framework: &str,
        edition: Option<Uuid>,
        notes: &mut Notes,
    ) -> Vec<ItemCriterion> {
        let mut criteria: Vec<ItemCriterion> = Vec::new();
        for citation in reading::list(&words(record, field)) {
            match Citation::normal(&citation) {
                Some(key) => {
                    let citation_key = key.to_string();
                    if !criteria.iter().any(|known| known.citation_key == citation_key) {
                        criteria.push(ItemCriterion { framework: framework.to_owned(), edition, citation_key, citation });
                    }
                }
                None => notes.say(field, Phrase::new("citation_unreadable").with("given", &citation)),
            }
        }
        criteria
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

/// Phrases are parted by semicolons or lines; a 、 belongs to the phrase.
pub fn phrases(cell: &str) -> Vec<String> {
    cell.split(['；', ';', '\n']).map(reading::trimmed).filter(|phrase| !phrase.is_empty()).map(str::to_owned).collect()
}

/// Links to editions that the row does not speak of stay; the same links in another order are no change.
fn with_others(given: Vec<ItemCriterion>, known: &[ItemCriterion], editions: &[Option<Uuid>]) -> Vec<ItemCriterion> {
    let meant = |link: &ItemCriterion| link.edition.is_none() || editions.contains(&link.edition);
    let before: BTreeSet<&ItemCriterion> = known.iter().filter(|link| meant(link)).collect();
    if before == given.iter().collect() {
        return known.to_vec();
    }
    let others = known.iter().filter(|link| !meant(link)).cloned();
    given.into_iter().chain(others).collect()
}
