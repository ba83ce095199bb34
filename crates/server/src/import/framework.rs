//! An edition of a framework: its tree with the levels named as the headers name them, measures with their rules read from
//! words, duties, site types, the negative list. Sums are compared with those the sheet states.

mod measures;
mod settings;
mod tree;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use uuid::Uuid;
use yipanqi_documents::kind::{SUBTOTAL, TOTAL};
use yipanqi_documents::record::Record;
use yipanqi_domain::exact::Exact;
use yipanqi_domain::framework::words::recognise_negative;
use yipanqi_domain::framework::{Edition, Method, NegativeEffect, NegativeItem, Scoring};
use yipanqi_domain::reading;
use yipanqi_store::checklist::{self, SiteType};
use yipanqi_store::framework::{self, EditionNode, EditionRow, EditionState, EditionTree, Framework, NegativeRow};
use yipanqi_store::import::RowAction;
use yipanqi_store::question::Phrase;
use yipanqi_store::{ReadTx, WriteTx};

pub use measures::RuleData;

use super::desk::{Desk, text, words};
use super::outcome::{Notes, Outcome, Spot};
use crate::error::Error;

/// The code of 全国文明城市.
pub const CIVILIZED: &str = "civilized_city";
/// The code of 国家卫生城市.
pub const HYGIENIC: &str = "hygienic_city";

/// Reads an edition; held until the end, because its name, levels and sums stand in other rows than its criteria.
#[derive(Debug)]
pub struct Editions {
    records: Vec<Record>,
    types: Vec<SiteType>,
    frameworks: Vec<Framework>,
    known: BTreeMap<String, Arc<EditionTree>>,
    fixed_unseen: BTreeSet<Uuid>,
    save: Option<Save>,
}

#[derive(Debug)]
struct Save {
    framework: Option<Framework>,
    /// The framework's code if this is its first edition: what checklists cite of it is cited of this one.
    adopts: Option<String>,
    edition: EditionRow,
    edition_changed: bool,
    nodes: Vec<EditionNode>,
    gone: Vec<yipanqi_domain::id::CriterionId>,
    negative_items: Option<Vec<NegativeRow>>,
}

/// Which framework and edition a file is.
struct Title {
    framework: String,
    framework_name: String,
    code: String,
    name: String,
    year: Option<i64>,
}

impl Editions {
    /// Reads what is known before the first row.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn open(tx: &ReadTx) -> Result<Self, Error> {
        let mut known = BTreeMap::new();
        for row in framework::editions(tx).await? {
            known.insert(row.code.clone(), framework::edition(tx, row.id).await?);
        }
        Ok(Self {
            records: Vec::new(),
            types: checklist::site_types(tx).await?.to_vec(),
            frameworks: framework::frameworks(tx).await?.to_vec(),
            known,
            fixed_unseen: framework::fixed_unseen(tx).await?,
            save: None,
        })
    }

    /// Takes rows.
    pub fn batch(&mut self, records: Vec<Record>) {
        self.records.extend(records);
    }

    /// Decides on all rows.
    pub fn finish(&mut self, desk: &Desk, out: &mut Outcome) {
        let records = std::mem::take(&mut self.records);
        let given = settings::read(&records, out);
        let title = given.title(title(desk));
        let known = self.newest(&title.code);
        let fixed = |known: &EditionTree| known.row.state == EditionState::Frozen || self.fixed_unseen.contains(&known.row.id);
        if known.as_ref().is_some_and(fixed) {
            for record in &records {
                let mut notes = Notes::default();
                notes.refuse("", Phrase::new("edition_frozen").with("edition", &title.code));
                out.close(&Spot::of(record), RowAction::Refused, notes);
            }
            return;
        }
        let criteria: Vec<&Record> = records.iter().filter(|record| record.part == "criterion").collect();
        let scoring = given.settings.as_ref().map_or_else(|| scoring(&criteria), |settings| settings.scoring);
        let built = tree::build(&criteria, scoring, known.as_ref(), &self.types, desk, out);
        let mut settings = known.as_ref().map(|known| known.row.settings.clone()).unwrap_or_default();
        if let Some(given) = given.settings {
            settings = given;
        }
        settings.scoring = scoring;
        if !built.level_names.is_empty() {
            settings.level_names.clone_from(&built.level_names);
        }
        sums(&records, &built.nodes, &mut settings, out);
        let negatives = negatives(&records, known.as_ref(), out);
        // What is known of a row that was refused stays as it is.
        let whole = out.counts().refused == 0;
        self.decide(title, known, settings, built.nodes, negatives, desk, whole);
    }

    /// Writes nothing of what was decided; gives whether there was something.
    pub fn withhold(&mut self) -> bool {
        self.save.take().is_some_and(|save| {
            let nodes = !save.nodes.is_empty() || !save.gone.is_empty();
            save.framework.is_some() || save.edition_changed || nodes || save.negative_items.is_some()
        })
    }

    /// The edition of this code, or the newest correction of it.
    fn newest(&self, code: &str) -> Option<EditionTree> {
        let mut found = self.known.get(code)?;
        while let Some(newer) = self.known.values().find(|tree| tree.row.supersedes == Some(found.row.id)) {
            found = newer;
        }
        Some(EditionTree::clone(found))
    }

    #[expect(clippy::too_many_arguments, reason = "what one reading of a file found")]
    fn decide(
        &mut self,
        title: Title,
        known: Option<EditionTree>,
        settings: Edition,
        nodes: Vec<EditionNode>,
        negatives: Vec<NegativeRow>,
        desk: &Desk,
        whole: bool,
    ) {
        let of = self.frameworks.iter().find(|framework| framework.code == title.framework).cloned();
        let new_framework = of.is_none().then(|| Framework {
            id: Uuid::now_v7(),
            code: title.framework.clone(),
            name: title.framework_name.clone(),
        });
        let framework = of.or_else(|| new_framework.clone()).map_or_else(Uuid::now_v7, |framework| framework.id);
        let first = !self.known.values().any(|known| known.row.framework == framework);
        let adopts = first.then(|| title.framework.clone());
        let mut edition = EditionRow {
            id: Uuid::now_v7(),
            framework,
            code: title.code,
            name: title.name,
            year: title.year,
            state: EditionState::InUse,
            revision: 1,
            supersedes: None,
            reason: String::new(),
            frozen_at: None,
            imported_from: Some(desk.file_name.clone()),
            settings,
            version: 0,
        };
        let mut gone = Vec::new();
        let mut changed = nodes.clone();
        let mut new_negatives = Some(negatives.clone());
        let mut edition_changed = true;
        if let Some(known) = known {
            edition.id = known.row.id;
            edition.state = known.row.state;
            edition.version = known.row.version;
            edition.revision = known.row.revision;
            edition.supersedes = known.row.supersedes;
            edition.reason.clone_from(&known.row.reason);
            edition.frozen_at = known.row.frozen_at;
            edition.code.clone_from(&known.row.code);
            edition.name.clone_from(&known.row.name);
            edition.imported_from.clone_from(&known.row.imported_from);
            edition_changed = edition != known.row;
            changed.retain(|node| !known.nodes.contains(node));
            let kept = |id| nodes.iter().any(|node| node.id == id);
            gone = known.nodes.iter().rev().map(|node| node.id).filter(|id| !kept(*id)).collect();
            if negatives == known.negative_items
                || negatives.is_empty()
                || (!whole && negatives.len() < known.negative_items.len())
            {
                new_negatives = None;
            }
        }
        if nodes.is_empty() || !whole {
            gone.clear();
        }
        self.save = Some(Save {
            framework: new_framework,
            adopts,
            edition,
            edition_changed,
            nodes: changed,
            gone,
            negative_items: new_negatives,
        });
    }

    /// Writes what was decided.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn save(&mut self, tx: &mut WriteTx) -> Result<(), Error> {
        let Some(save) = self.save.take() else { return Ok(()) };
        if let Some(new) = &save.framework {
            framework::add_framework(tx, new).await?;
        }
        if save.edition_changed {
            framework::save_edition(tx, &save.edition).await?;
        }
        framework::save_nodes(tx, save.edition.id, &save.nodes).await?;
        framework::remove_nodes(tx, &save.gone).await?;
        if let Some(code) = &save.adopts {
            checklist::adopt_edition(tx, code, save.edition.id).await?;
        }
        if let Some(negatives) = &save.negative_items {
            framework::save_negative_items(tx, save.edition.id, negatives).await?;
        }
        Ok(())
    }
}

/// The edition that the file's name and titles speak of.
fn title(desk: &Desk) -> Title {
    let stem = desk.file_name.rsplit_once('.').map_or(desk.file_name.as_str(), |(stem, _)| stem);
    let all: Vec<&str> = std::iter::once(stem).chain(desk.titles.iter().map(String::as_str)).collect();
    let (framework, framework_name) =
        if all.iter().any(|text| text.contains("卫生")) && !all.iter().any(|text| text.contains("文明")) {
            (HYGIENIC, "国家卫生城市")
        } else {
            (CIVILIZED, "全国文明城市")
        };
    // The year of the edition is the one before 年版 or 版; a date of printing is not.
    let year = all.iter().find_map(|text| year_of(text, "版")).or_else(|| all.iter().find_map(|text| year_of(text, "")));
    let code = year.map_or_else(|| format!("{framework}-{stem}"), |year| format!("{framework}-{year}"));
    Title { framework: framework.to_owned(), framework_name: framework_name.to_owned(), code, name: stem.to_owned(), year }
}

fn year_of(text: &str, before: &str) -> Option<i64> {
    let folded = reading::half_width(text);
    let digits: Vec<(usize, char)> = folded.char_indices().collect();
    digits.windows(4).find_map(|window| {
        let year: String = window.iter().map(|(_, sign)| *sign).collect();
        let year: i64 = year.parse().ok().filter(|year| (2000..2100).contains(year))?;
        let rest: String = folded.chars().skip(folded.get(..window.first()?.0)?.chars().count() + 4).collect();
        rest.trim_start_matches('年').starts_with(before).then_some(year)
    })
}

/// Points, unless no criterion has any.
fn scoring(criteria: &[&Record]) -> Scoring {
    let points = [
        "points",
        "points_on_site",
        "points_filing",
        "points_survey",
        "points_opinion",
        "points_statistic",
        "methods_and_points",
    ];
    let has = |record: &&&Record| points.iter().any(|field| text(record, field).is_some());
    if criteria.iter().any(|record| has(&record)) { Scoring::Points } else { Scoring::Conformity }
}

fn points_of(nodes: &[EditionNode]) -> BTreeMap<Method, Exact> {
    let mut sums: BTreeMap<Method, Exact> = BTreeMap::new();
    for measure in nodes.iter().flat_map(|node| &node.measures) {
        if let Some(points) = &measure.points {
            let sum = sums.remove(&measure.method).unwrap_or_else(Exact::zero);
            sums.insert(measure.method, &sum + points);
        }
    }
    sums
}

/// Compares the sums of what was read with the sheet's own total row, and keeps what the sheet states.
fn sums(records: &[Record], nodes: &[EditionNode], settings: &mut Edition, out: &mut Outcome) {
    let read = points_of(nodes);
    let all: Exact = read.values().cloned().sum();
    let mut items: BTreeMap<&str, Exact> = BTreeMap::new();
    for node in nodes {
        let top = node.citation_key.split('-').next().unwrap_or_default();
        let own: Exact = node.measures.iter().filter_map(|measure| measure.points.clone()).sum();
        let sum = items.remove(top).unwrap_or_else(Exact::zero);
        items.insert(top, &sum + &own);
    }
    let mut last_item = 0_usize;
    for record in records.iter().filter(|record| record.part == SUBTOTAL || record.part == TOTAL) {
        let mut notes = Notes::default();
        let stated = measures::stated(record);
        let (total, by_method): (Option<Exact>, _) = match stated {
            measures::Stated::None => (None, BTreeMap::new()),
            measures::Stated::ByMethod(by_method) => (Some(by_method.values().cloned().sum()), by_method),
            measures::Stated::Total(total) => (Some(total), BTreeMap::new()),
        };
        let Some(total) = total else {
            out.close(&Spot::of(record), RowAction::Unchanged, notes);
            continue;
        };
        let (mine, what) = if record.part == TOTAL {
            settings.stated_total = Some(total.clone());
            settings.stated_by_method = by_method.clone();
            (all.clone(), "total")
        } else {
            last_item += 1;
            (items.get(last_item.to_string().as_str()).cloned().unwrap_or_else(Exact::zero), "subtotal")
        };
        let differing = by_method.iter().any(|(method, stated)| record.part == TOTAL && read.get(method) != Some(stated));
        let code = if total == mine && !differing { "total_agrees" } else { "total_differs" };
        let differs = |method: &Method| read.get(method) != by_method.get(method);
        let column = by_method.keys().find(|method| record.part == TOTAL && differs(method)).or_else(|| by_method.keys().next());
        let field = column.map_or("points", |method| measures::column(*method));
        let fields = [field, "points", "methods_and_points"];
        let field = fields.into_iter().find(|field| record.cell(field).is_some()).unwrap_or(field);
        notes.say(field, Phrase::new(code).with("what", what).with("stated", &total).with("read", &mine));
        out.close(&Spot::of(record), RowAction::Unchanged, notes);
    }
}

fn negatives(records: &[Record], known: Option<&EditionTree>, out: &mut Outcome) -> Vec<NegativeRow> {
    let mut rows: Vec<NegativeRow> = Vec::new();
    for record in records.iter().filter(|record| record.part == "negative_item") {
        let mut notes = Notes::default();
        let situation = words(record, "situation");
        if situation.is_empty() {
            notes.refuse("situation", Phrase::new("value_missing").with("field", "situation"));
            out.close(&Spot::of(record), RowAction::Refused, notes);
            continue;
        }
        let handling = text(record, "treatment").or_else(|| text(record, "category")).unwrap_or_default();
        let value = text(record, "deduction").and_then(|given| reading::deduction(given).ok());
        let effect = recognise_negative(&situation, handling, value.as_ref())
            .or_else(|| recognise_negative(&situation, text(record, "category").unwrap_or_default(), value.as_ref()));
        let Some(effect) = effect else {
            notes.refuse("treatment", Phrase::new("negative_effect_unreadable").with("given", handling));
            out.close(&Spot::of(record), RowAction::Refused, notes);
            continue;
        };
        let number = (rows.len() + 1).to_string();
        let before = known.and_then(|known| known.negative_items.iter().find(|row| row.item.number == number));
        let points = match &effect {
            NegativeEffect::Deduct { points, .. } => points.to_string(),
            NegativeEffect::Veto => String::new(),
        };
        let row = NegativeRow {
            id: before.map_or_else(Uuid::now_v7, |row| row.id),
            item: NegativeItem { number, situation, effect },
            decider_name: words(record, "authority"),
            words: [handling, points.as_str()].join(" ").trim().to_owned(),
        };
        let action = match before {
            None => RowAction::Created,
            Some(before) if *before == row => RowAction::Unchanged,
            Some(_) => RowAction::Changed,
        };
        rows.push(row);
        out.close(&Spot::of(record), action, notes);
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::year_of;

    #[test]
    fn the_year_is_that_of_the_edition() {
        assert_eq!(year_of("测评体系-县级文明城市-2025版", "版"), Some(2025));
        assert_eq!(year_of("全国文明城市（县级）测评体系（2026年版·征求意见后定稿）", "版"), Some(2026));
        assert_eq!(year_of("（云创办〔2025〕6号附件，2025年3月3日印发）", "版"), None);
        assert_eq!(year_of("云溪市", ""), None);
    }
}
