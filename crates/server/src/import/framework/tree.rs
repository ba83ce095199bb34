//! The tree of an edition out of rows whose upper levels are merged downwards.

use std::collections::BTreeMap;

use uuid::Uuid;
use yipanqi_documents::record::Record;
use yipanqi_domain::framework::{Citation, Method, Scoring, split_number};
use yipanqi_domain::id::CriterionId;
use yipanqi_domain::reading;
use yipanqi_store::checklist::SiteType;
use yipanqi_store::framework::{CriterionSiteType, Duty, DutyRole, EditionNode, EditionTree};
use yipanqi_store::import::RowAction;
use yipanqi_store::question::Phrase;

use super::measures::measures;
use crate::import::desk::{Desk, text, words};
use crate::import::outcome::{Notes, Outcome, Spot};

const LEVELS: [&str; 4] = ["board", "item", "content", "criterion"];

/// What was built.
pub(super) struct Built {
    /// The nodes in the order of the text.
    pub nodes: Vec<EditionNode>,
    /// The names of the levels, from the top.
    pub level_names: Vec<String>,
}

/// What stays the same for all rows.
struct Builder<'a> {
    scoring: Scoring,
    known: Option<&'a EditionTree>,
    types: &'a [SiteType],
    desk: &'a Desk,
    nodes: Vec<EditionNode>,
    by_key: BTreeMap<String, CriterionId>,
    children: BTreeMap<String, u32>,
}

/// Builds the tree and says what became of each row.
pub(super) fn build(
    criteria: &[&Record],
    scoring: Scoring,
    known: Option<&EditionTree>,
    types: &[SiteType],
    desk: &Desk,
    out: &mut Outcome,
) -> Built {
    let levels: Vec<&str> = LEVELS.into_iter().filter(|level| desk.maps("criterion", level)).collect();
    let header = |level: &&str| criteria.iter().find_map(|record| record.cell(level)).map(|cell| cell.header.to_string());
    let level_names = levels.iter().filter_map(header).collect();
    let mut builder =
        Builder { scoring, known, types, desk, nodes: Vec::new(), by_key: BTreeMap::new(), children: BTreeMap::new() };
    for record in criteria {
        let mut notes = Notes::default();
        let action = builder.row(record, &levels, &mut notes);
        out.close(&Spot::of(record), action, notes);
    }
    Built { nodes: builder.nodes, level_names }
}

impl Builder<'_> {
    fn row(&mut self, record: &Record, levels: &[&str], notes: &mut Notes) -> RowAction {
        let mut parent: Option<(CriterionId, Citation)> = None;
        let (leaf, above) = match levels.split_last() {
            Some((leaf, above)) => (*leaf, above),
            None => return RowAction::Unchanged,
        };
        for level in above {
            if let Some(given) = text(record, level) {
                parent = self.upper(given, parent.as_ref());
            }
        }
        let Some(given) = text(record, leaf) else {
            notes.refuse(leaf, Phrase::new("value_missing").with("field", leaf));
            return RowAction::Refused;
        };
        if parent.is_none() && !above.is_empty() {
            notes.refuse(above.last().copied().unwrap_or(leaf), Phrase::new("criterion_without_parent").with("given", given));
            return RowAction::Refused;
        }
        let (number, title) = split_number(given);
        let number = text(record, "code").and_then(Citation::normal).or(number);
        // A number of several parts is a whole one: that of something above cannot stand below it.
        let above = parent.as_ref().map(|(_, above)| above.parts()).unwrap_or_default();
        if number.as_ref().is_some_and(|own| own.parts().len() > 1 && above.starts_with(own.parts())) {
            notes.refuse(leaf, Phrase::new("node_cycle").with("given", given));
            return RowAction::Refused;
        }
        let Some(full) = self.number(number, parent.as_ref()) else {
            notes.refuse(leaf, Phrase::new("citation_unreadable").with("given", given));
            return RowAction::Refused;
        };
        let key = full.to_string();
        if self.by_key.contains_key(&key) {
            notes.refuse(leaf, Phrase::new("criterion_twice").with("number", &key));
            return RowAction::Refused;
        }
        let known = self.known.and_then(|known| known.nodes.iter().find(|node| node.citation_key == key)).cloned();
        let measures = measures(record, self.scoring, title, known.as_ref(), self.desk.maps("criterion", "methods"), notes);
        if notes.is_refused() {
            return RowAction::Refused;
        }
        let site_types = self.site_types(record, notes);
        if site_types.is_empty()
            && self.scoring == Scoring::Points
            && measures.iter().any(|measure| measure.method == Method::OnSite)
        {
            notes.say("site_types", Phrase::new("criterion_without_site_type").with("number", &key));
        }
        let node = EditionNode {
            id: known.as_ref().map_or_else(|| CriterionId::new(Uuid::now_v7()), |node| node.id),
            parent: parent.as_ref().map(|(id, _)| *id),
            position: i64::try_from(self.nodes.len()).unwrap_or(0) + 1,
            depth: i64::try_from(full_depth(parent.as_ref(), &self.nodes)).unwrap_or(0),
            number: marked_number(given, title),
            citation_key: key.clone(),
            title: title.to_owned(),
            is_criterion: true,
            remark: words(record, "remark"),
            measures,
            site_types,
            duties: self.duties(record, notes),
        };
        self.by_key.insert(key, node.id);
        let action = match known {
            None => RowAction::Created,
            Some(known) if known == node => RowAction::Unchanged,
            Some(_) => RowAction::Changed,
        };
        self.nodes.push(node);
        action
    }

    /// A node above the criteria, once.
    fn upper(&mut self, given: &str, parent: Option<&(CriterionId, Citation)>) -> Option<(CriterionId, Citation)> {
        let (number, title) = split_number(given);
        // Two nodes of one title under one parent are two where their numbers say so.
        let numbered = number.as_ref().map(|own| parent.map_or_else(|| own.clone(), |(_, parent)| own.under(parent)).to_string());
        let same = |node: &&EditionNode| {
            let placed = !node.is_criterion && node.title == title && node.parent == parent.map(|(id, _)| *id);
            placed && numbered.as_ref().is_none_or(|key| *key == node.citation_key)
        };
        if let Some(node) = self.nodes.iter().find(same)
            && let Some(citation) = Citation::normal(&node.citation_key)
        {
            return Some((node.id, citation));
        }
        let full = self.number(number, parent)?;
        let key = full.to_string();
        let before = self.known.and_then(|known| known.nodes.iter().find(|node| node.citation_key == key));
        let id = before.map_or_else(|| CriterionId::new(Uuid::now_v7()), |node| node.id);
        self.nodes.push(EditionNode {
            id,
            parent: parent.map(|(id, _)| *id),
            position: i64::try_from(self.nodes.len()).unwrap_or(0) + 1,
            depth: i64::try_from(full_depth(parent, &self.nodes)).unwrap_or(0),
            number: marked_number(given, title),
            citation_key: key.clone(),
            title: title.to_owned(),
            is_criterion: false,
            remark: String::new(),
            measures: Vec::new(),
            site_types: Vec::new(),
            duties: Vec::new(),
        });
        self.by_key.insert(key, id);
        Some((id, full))
    }

    /// The full number; a text without one is counted within its parent.
    fn number(&mut self, own: Option<Citation>, parent: Option<&(CriterionId, Citation)>) -> Option<Citation> {
        let above = parent.map(|(_, citation)| citation.to_string()).unwrap_or_default();
        let count = self.children.entry(above).or_default();
        *count += 1;
        let own = own.or_else(|| Citation::normal(&count.to_string()))?;
        Some(parent.map_or_else(|| own.clone(), |(_, parent)| own.under(parent)))
    }

    fn site_types(&self, record: &Record, notes: &mut Notes) -> Vec<CriterionSiteType> {
        let mut given_types: Vec<CriterionSiteType> = Vec::new();
        for name in reading::list(&words(record, "site_types")) {
            if name.chars().all(|sign| matches!(sign, '-' | '—' | '/' | '－')) || name == "无" {
                continue;
            }
            let kind = self.types.iter().find(|kind| kind.name == name || kind.names.contains(&name));
            if kind.is_none() && !self.types.is_empty() {
                notes.say("site_types", Phrase::new("criterion_site_type_unknown").with("given", &name));
            }
            if !given_types.iter().any(|known| known.name_given == name) {
                given_types.push(CriterionSiteType { site_type: kind.map(|kind| kind.id), name_given: name });
            }
        }
        given_types
    }

    fn duties(&self, record: &Record, notes: &mut Notes) -> Vec<Duty> {
        let mut duties = Vec::new();
        for (field, role) in [("lead", DutyRole::Lead), ("support", DutyRole::Support)] {
            for name in reading::list(&words(record, field)) {
                duties.push(Duty { unit: self.desk.unit(&name, field, notes), name_given: name, role });
            }
        }
        duties
    }
}

fn full_depth(parent: Option<&(CriterionId, Citation)>, nodes: &[EditionNode]) -> usize {
    let mut depth = 0;
    let mut above = parent.map(|(id, _)| *id);
    while let Some(id) = above {
        depth += 1;
        above = nodes.iter().find(|node| node.id == id).and_then(|node| node.parent);
    }
    depth
}

/// The number as the text writes it: what stands before the title.
fn marked_number(given: &str, title: &str) -> String {
    reading::trimmed(given.strip_suffix(title).unwrap_or_default()).to_owned()
}
