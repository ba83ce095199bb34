//! Units and people: the directory, grids with their staff, task forces, pairings.
//!
//! The file is read whole before anything is decided, because a row may name a parent that stands below it. A person is
//! the same one if the name stands in the same unit; nobody is taken for a namesake elsewhere.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;
use uuid::Uuid;
use yipanqi_documents::record::Record;
use yipanqi_domain::access::Role;
use yipanqi_domain::id::{PersonId, UnitId};
use yipanqi_domain::reading;
use yipanqi_domain::unit::UnitKind;
use yipanqi_store::import::RowAction;
use yipanqi_store::question::Phrase;
use yipanqi_store::unit::{self, Pairing, Person, PersonPost, SecondmentRow, TaskForceDuty, Unit, UnitName, UnitNameKind};
use yipanqi_store::{ReadTx, WriteTx};

use super::desk::{self, Desk, text, words};
use super::outcome::{Notes, Outcome, Spot};
use crate::error::Error;

/// Reads units and people.
#[derive(Debug, Default)]
pub struct Units {
    records: Vec<Record>,
    persons: HashMap<PersonId, Person>,
    posts: Vec<PersonPost>,
    secondments: Vec<SecondmentRow>,
    members: BTreeMap<UnitId, BTreeMap<UnitId, TaskForceDuty>>,
    pairings: Vec<Pairing>,
    forces: HashMap<UnitId, (bool, Notes)>,
    save: Save,
}

/// What is written at the end.
#[derive(Debug, Default)]
struct Save {
    persons: BTreeSet<PersonId>,
    added: Vec<Unit>,
    changed: Vec<Unit>,
    posts: Vec<PersonPost>,
    ended_posts: Vec<Uuid>,
    members: Vec<UnitId>,
    secondments: Vec<SecondmentRow>,
    ended_secondments: Vec<Uuid>,
    pairings: Vec<Pairing>,
    today: Option<NaiveDate>,
}

/// A unit as a row gives it, with the row.
struct Draft {
    spot: Spot,
    notes: Notes,
    unit: Unit,
    known: Option<Unit>,
    /// Name, field, and the name of the street it lies in.
    parent: Option<(String, &'static str, Option<String>)>,
    staff: Vec<(Role, Option<reading::Noted>, Option<String>)>,
}

impl Units {
    /// Reads what is known before the first row.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn open(tx: &ReadTx, desk: &Desk) -> Result<Self, Error> {
        let persons = unit::persons(tx).await?.into_iter().map(|person| (person.id, person)).collect();
        let mut members: BTreeMap<UnitId, BTreeMap<UnitId, TaskForceDuty>> = BTreeMap::new();
        for member in unit::task_force_members(tx).await? {
            members.entry(member.task_force).or_default().insert(member.unit, member.duty);
        }
        Ok(Self {
            records: Vec::new(),
            persons,
            posts: unit::posts(tx, None, desk.today).await?,
            secondments: unit::secondments(tx).await?.to_vec(),
            members,
            pairings: unit::pairings(tx).await?,
            forces: HashMap::new(),
            save: Save { today: Some(desk.today), ..Save::default() },
        })
    }

    /// Takes rows.
    pub fn batch(&mut self, records: Vec<Record>) {
        self.records.extend(records);
    }

    /// Decides on all rows.
    pub fn finish(&mut self, desk: &mut Desk, out: &mut Outcome) {
        let records = std::mem::take(&mut self.records);
        let mut drafts = self.drafts(&records, desk, out);
        Self::place(&mut drafts, desk);
        for draft in drafts {
            self.settle(draft, desk, out);
        }
        for record in &records {
            match record.part {
                "task_force" => self.task_force(record, desk, out),
                "pairing" => self.pairing(record, desk, out),
                _ => {}
            }
        }
    }

    /// First look: every unit with its names, so that parents can be found.
    fn drafts(&mut self, records: &[Record], desk: &mut Desk, out: &mut Outcome) -> Vec<Draft> {
        let mut drafts: Vec<Draft> = Vec::new();
        let mut directory = desk.directory.clone();
        let position = i64::try_from(directory.units().len()).unwrap_or(0);
        for (place, record) in (position..).zip(records) {
            let draft = match record.part {
                "unit" => unit_draft(record, desk, place),
                "grid_staff" => grid_draft(record, desk, place),
                "task_force" => task_force_draft(record, desk, place),
                _ => continue,
            };
            if draft.notes.is_refused() {
                out.close(&draft.spot, RowAction::Refused, draft.notes);
                continue;
            }
            if drafts.iter().any(|other| other.unit.code == draft.unit.code) {
                let mut notes = Notes::default();
                notes.refuse("code", Phrase::new("unit_twice").with("code", &draft.unit.code));
                out.close(&draft.spot, RowAction::Refused, notes);
                continue;
            }
            directory.put(draft.unit.clone());
            drafts.push(draft);
        }
        desk.rename(directory);
        drafts
    }

    /// Second look: parents.
    fn place(drafts: &mut [Draft], desk: &mut Desk) {
        let mut directory = desk.directory.clone();
        for draft in drafts {
            if let Some((name, field, street)) = draft.parent.take() {
                let street = street.and_then(|street| desk.unit(&street, "street", &mut draft.notes));
                let inside = street.and_then(|street| desk.unit_below(&name, Some(street)));
                draft.unit.parent = inside.or_else(|| desk.unit(&name, field, &mut draft.notes));
                directory.put(draft.unit.clone());
            }
        }
        desk.rename(directory);
    }

    /// Third look: people, and whether anything is new.
    fn settle(&mut self, draft: Draft, desk: &mut Desk, out: &mut Outcome) {
        let Draft { spot, notes, mut unit, known, parent: _, staff } = draft;
        let mut touched = false;
        for (role, name, phone) in staff {
            let standing = match role {
                Role::UnitHead | Role::Leader => unit.head,
                Role::Officer | Role::GridWorker => unit.officer,
                _ => unit.liaison,
            };
            let person = name.map(|noted| {
                let (person, changed) = self.person_of(unit.id, standing, &noted, phone);
                touched |= changed;
                person
            });
            match role {
                Role::UnitHead | Role::Leader => unit.head = person,
                Role::Officer | Role::GridWorker => unit.officer = person,
                _ => unit.liaison = person,
            }
            touched |= self.hold(unit.id, role, person, desk.today);
        }
        let action = match &known {
            None => RowAction::Created,
            Some(known) if *known == unit && !touched => RowAction::Unchanged,
            Some(_) => RowAction::Changed,
        };
        match known {
            None => self.save.added.push(unit.clone()),
            Some(known) if known != unit => self.save.changed.push(unit.clone()),
            Some(_) => {}
        }
        let mut directory = std::mem::take(&mut desk.directory);
        directory.put(unit.clone());
        desk.directory = directory;
        if unit.kind == UnitKind::TaskForce {
            // Its members decide with it what became of the row; the line is written with them.
            self.save.members.push(unit.id);
            self.forces.insert(unit.id, (touched, notes));
            return;
        }
        out.close(&spot, action, notes);
    }

    /// The person of this name in this unit, known or new; whether anything about the person changed.
    fn person_of(
        &mut self,
        unit: UnitId,
        standing: Option<PersonId>,
        noted: &reading::Noted,
        phone: Option<String>,
    ) -> (PersonId, bool) {
        let bears = |person: &&Person| person.name == noted.value;
        let here = self.posts.iter().filter(|post| post.unit == unit).map(|post| post.person);
        let known = standing.into_iter().chain(here).filter_map(|id| self.persons.get(&id)).find(bears).cloned();
        match known {
            Some(mut person) => {
                let phone = phone.or_else(|| person.phone.clone());
                let changed = person.phone != phone;
                if changed {
                    person.phone = phone;
                    self.save.persons.insert(person.id);
                    self.persons.insert(person.id, person.clone());
                }
                (person.id, changed)
            }
            None => {
                let id = PersonId::new(Uuid::now_v7());
                let note = noted.remark.clone().unwrap_or_default();
                let person = Person { id, name: noted.value.clone(), phone, account: None, note, left_on: None, version: 0 };
                self.persons.insert(id, person);
                self.save.persons.insert(id);
                (id, true)
            }
        }
    }

    /// Sees to it that exactly this person holds the post; whether that changed anything.
    fn hold(&mut self, unit: UnitId, role: Role, person: Option<PersonId>, today: NaiveDate) -> bool {
        let mut changed = false;
        let holding: Vec<PersonPost> = self.posts.iter().filter(|post| post.unit == unit && post.role == role).cloned().collect();
        // Posts of people with accounts are given by hand and stay.
        for post in holding.iter().filter(|post| Some(post.person) != person) {
            if self.persons.get(&post.person).is_some_and(|person| person.account.is_none()) {
                self.save.ended_posts.push(post.id);
                self.posts.retain(|other| other.id != post.id);
                changed = true;
            }
        }
        if let Some(person) = person
            && !holding.iter().any(|post| post.person == person)
        {
            let post = PersonPost { id: Uuid::now_v7(), person, unit, role, valid_from: today, valid_to: None };
            self.posts.push(post.clone());
            self.save.posts.push(post);
            changed = true;
        }
        changed
    }

    fn task_force(&mut self, record: &Record, desk: &mut Desk, out: &mut Outcome) {
        let Some(name) = text(record, "name") else { return };
        let Some(force) = desk.unit_below(name, None) else { return };
        let Some((touched, mut notes)) = self.forces.remove(&force) else { return };
        let fresh = self.save.added.iter().any(|unit| unit.id == force);
        let mut wanted: BTreeMap<UnitId, TaskForceDuty> = BTreeMap::new();
        for given in reading::list(&words(record, "member_units")) {
            if let Some(unit) = desk.unit(&given, "member_units", &mut notes) {
                wanted.insert(unit, TaskForceDuty::Member);
            }
        }
        if let Some(unit) = text(record, "lead_unit").and_then(|given| desk.unit(given, "lead_unit", &mut notes)) {
            wanted.insert(unit, TaskForceDuty::Lead);
        }
        let same = self.members.get(&force) == Some(&wanted) || (wanted.is_empty() && !self.members.contains_key(&force));
        self.members.insert(force, wanted);
        if same {
            self.save.members.retain(|id| *id != force);
        }
        let lent = self.lend(force, &words(record, "members"), desk, &mut notes);
        let changed = self.save.changed.iter().any(|unit| unit.id == force);
        let action = match (fresh, same && !lent && !changed && !touched) {
            (true, _) => RowAction::Created,
            (false, true) => RowAction::Unchanged,
            (false, false) => RowAction::Changed,
        };
        out.close(&Spot::of(record), action, notes);
    }

    /// `潘清钧·市创建办·199-0000-5813` per line; whether anything changed.
    fn lend(&mut self, force: UnitId, cell: &str, desk: &Desk, notes: &mut Notes) -> bool {
        let mut wanted: Vec<(PersonId, Option<UnitId>)> = Vec::new();
        let mut changed = false;
        for line in cell.lines().flat_map(reading::list) {
            let mut parts = line.split(['·', '•', '/', '，']).map(reading::trimmed);
            let Some(name) = parts.next().filter(|name| !name.is_empty()) else { continue };
            let Ok(noted) = reading::person_name(name) else {
                notes.say("members", Phrase::new("value_unreadable").with("given", &line));
                continue;
            };
            let home = parts.next().and_then(|unit| desk.unit(unit, "members", notes));
            let phone = parts.next().and_then(|phone| reading::telephone(phone).ok()).map(|noted| noted.value);
            let mut standing = self.secondments.iter().filter(|row| row.task_force == force).map(|row| row.person);
            let standing = standing.find(|id| self.persons.get(id).is_some_and(|person| person.name == noted.value));
            let (person, touched) = self.person_of(home.unwrap_or(force), standing, &noted, phone);
            changed |= touched;
            wanted.push((person, home));
        }
        let today = self.save.today.unwrap_or(desk.today);
        let standing: Vec<SecondmentRow> =
            self.secondments.iter().filter(|row| row.task_force == force && row.valid_to.is_none()).cloned().collect();
        for gone in standing.iter().filter(|row| !wanted.contains(&(row.person, row.home))) {
            self.save.ended_secondments.push(gone.id);
            changed = true;
        }
        for (person, home) in wanted {
            if !standing.iter().any(|row| row.person == person && row.home == home) {
                let row =
                    SecondmentRow { id: Uuid::now_v7(), person, home, task_force: force, valid_from: today, valid_to: None };
                self.secondments.push(row.clone());
                self.save.secondments.push(row);
                changed = true;
            }
        }
        changed
    }

    fn pairing(&mut self, record: &Record, desk: &mut Desk, out: &mut Outcome) {
        let mut notes = Notes::default();
        let spot = Spot::of(record);
        let street = text(record, "street").and_then(|name| desk.unit(name, "street", &mut notes));
        let community = text(record, "community");
        let area = match community {
            Some(name) => desk.unit_below(name, street).or_else(|| desk.unit(name, "community", &mut notes)),
            None => street,
        };
        let Some(area) = area else {
            notes.refuse("community", Phrase::new("pairing_area_unknown").with("given", community.unwrap_or_default()));
            out.close(&spot, RowAction::Refused, notes);
            return;
        };
        let unit = text(record, "unit").and_then(|name| desk.unit(name, "unit", &mut notes));
        let leader_name = desk::person(record, "leader", &mut notes).map(|noted| noted.value).unwrap_or_default();
        let leader_title = text(record, "position").map(str::to_owned);
        let valid_from = desk::day(record, "starts_on", None, &mut notes).unwrap_or(desk.today);
        let valid_to = desk::day(record, "ends_on", None, &mut notes);
        let known = self.pairings.iter().find(|known| known.area == area && known.valid_from == valid_from).cloned();
        let id = known.as_ref().map_or_else(Uuid::now_v7, |known| known.id);
        let leader = known.as_ref().and_then(|known| known.leader);
        let wanted = Pairing { id, leader_name, leader, leader_title, unit, area, valid_from, valid_to };
        let action = match known {
            None => RowAction::Created,
            Some(known) if known == wanted => RowAction::Unchanged,
            Some(_) => RowAction::Changed,
        };
        if action != RowAction::Unchanged {
            self.pairings.retain(|pairing| pairing.id != id);
            self.pairings.push(wanted.clone());
            self.save.pairings.push(wanted);
        }
        out.close(&spot, action, notes);
    }

    /// Writes what was decided.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn save(&mut self, tx: &mut WriteTx) -> Result<(), Error> {
        let save = std::mem::take(&mut self.save);
        let Some(today) = save.today else { return Ok(()) };
        for person in save.persons.iter().filter_map(|id| self.persons.get(id)) {
            unit::save_person(tx, person).await?;
        }
        for added in parents_first(save.added) {
            unit::add(tx, &added).await?;
        }
        for changed in &save.changed {
            unit::update(tx, changed).await?;
        }
        for post in &save.ended_posts {
            unit::post_end(tx, *post, today.pred_opt().unwrap_or(today)).await?;
        }
        for post in &save.posts {
            unit::save_post(tx, post).await?;
        }
        for force in &save.members {
            let members = self.members.get(force).into_iter().flatten().map(|(unit, duty)| (*unit, *duty));
            unit::save_task_force_members(tx, *force, &members.collect::<Vec<_>>()).await?;
        }
        unit::drop_secondments(tx, &save.ended_secondments, today.pred_opt().unwrap_or(today)).await?;
        for row in &save.secondments {
            unit::save_secondment(tx, row).await?;
        }
        unit::save_pairings(tx, &save.pairings).await?;
        Ok(())
    }
}

fn parents_first(mut units: Vec<Unit>) -> Vec<Unit> {
    let mut sorted = Vec::with_capacity(units.len());
    while !units.is_empty() {
        let waiting: BTreeSet<UnitId> = units.iter().map(|unit| unit.id).collect();
        let (ready, rest): (Vec<Unit>, Vec<Unit>) =
            units.into_iter().partition(|unit| unit.parent.is_none_or(|parent| !waiting.contains(&parent)));
        if ready.is_empty() {
            // A circle of parents: the database refuses what the tree refuses.
            sorted.extend(rest);
            return sorted;
        }
        sorted.extend(ready);
        units = rest;
    }
    sorted
}

/// The unit a row is about as it stands, by code, else by name.
fn standing(desk: &Desk, code: Option<&str>, name: &str) -> Option<Unit> {
    let by_code = code.and_then(|code| desk.directory.by_code(code));
    by_code
        .or_else(|| code.is_none().then(|| desk.unit_below(name, None)).flatten().and_then(|id| desk.directory.get(id)))
        .cloned()
}

fn unit_draft(record: &Record, desk: &Desk, position: i64) -> Draft {
    let mut notes = Notes::default();
    let name = words(record, "name");
    let code = text(record, "code");
    if name.is_empty() {
        notes.refuse("name", Phrase::new("value_missing").with("field", "name"));
    }
    let known = standing(desk, code, &name);
    let kind = text(record, "unit_kind").map(|given| (given, kind_named(given)));
    let kind = match kind {
        Some((_, Some(kind))) => Some(kind),
        Some((given, None)) => {
            notes.refuse("unit_kind", Phrase::new("unit_kind_unknown").with("given", given));
            None
        }
        None => known.as_ref().map(|known| known.kind),
    };
    let kind = kind.unwrap_or(UnitKind::Department);
    let mut unit = known.clone().unwrap_or_else(|| Unit::new(code.unwrap_or(&name).to_owned(), name.clone(), kind, position));
    unit.name = name;
    unit.kind = kind;
    let given = |field: &str| desk.maps("unit", field);
    if given("short_name") {
        unit.short_name = text(record, "short_name").map(str::to_owned);
    }
    if given("aliases") {
        let aliases = reading::list(&words(record, "aliases"));
        let aliases = aliases
            .into_iter()
            .flat_map(|alias| alias.split('/').map(|name| reading::trimmed(name).to_owned()).collect::<Vec<_>>());
        let aliases: BTreeSet<String> = aliases.filter(|alias| !alias.is_empty()).collect();
        let kept: Vec<UnitName> = unit.names.iter().filter(|name| aliases.contains(&name.name)).cloned().collect();
        let new = aliases.into_iter().filter(|alias| !kept.iter().any(|name| name.name == *alias));
        unit.names = new.map(|name| UnitName { name, kind: UnitNameKind::Alias, valid_to: None }).collect();
        unit.names.extend(kept);
        unit.names.sort_by(|one, other| (one.kind, &one.name).cmp(&(other.kind, &other.name)));
    }
    if given("phone") {
        unit.phone = desk::phone(record, "phone", &mut notes);
    }
    if given("remark") {
        unit.remark = words(record, "remark");
    }
    if given("opens_on") {
        unit.opened_on = desk::day(record, "opens_on", None, &mut notes);
    }
    if given("closes_on") {
        unit.closed_on = desk::day(record, "closes_on", None, &mut notes);
    }
    let head = if kind == UnitKind::Leadership { Role::Leader } else { Role::UnitHead };
    let mut staff = Vec::new();
    for (field, phone, role) in
        [("head", "head_phone", head), ("officer", "officer_phone", Role::Officer), ("liaison", "liaison_phone", Role::Liaison)]
    {
        if given(field) {
            let name = desk::person(record, field, &mut notes);
            if name.is_none() && text(record, field).is_none() {
                notes.say(field, Phrase::new("person_missing").with("field", field));
            }
            let own = desk::phone(record, phone, &mut notes);
            let phone = own.or_else(|| if role == Role::Liaison { unit.phone.clone() } else { None });
            staff.push((role, name, phone));
        }
    }
    let parent = given("parent").then(|| text(record, "parent").map(|name| (name.to_owned(), "parent", None))).flatten();
    if given("parent") && parent.is_none() {
        unit.parent = None;
    }
    Draft { spot: Spot::of(record), notes, unit, known, parent, staff }
}

fn grid_draft(record: &Record, desk: &Desk, position: i64) -> Draft {
    let mut notes = Notes::default();
    let name = words(record, "name");
    let code = text(record, "code");
    if name.is_empty() {
        notes.refuse("name", Phrase::new("value_missing").with("field", "name"));
    }
    let known = standing(desk, code, &name);
    let mut unit =
        known.clone().unwrap_or_else(|| Unit::new(code.unwrap_or(&name).to_owned(), name.clone(), UnitKind::Grid, position));
    unit.name = name;
    if desk.maps("grid_staff", "households") {
        unit.households = text(record, "households").and_then(|given| match reading::count(given) {
            Ok(count) => Some(i64::from(count)),
            Err(fault) => {
                notes.say("households", Phrase::new(fault.code()).with("given", given));
                None
            }
        });
    }
    unit.phone = desk::phone(record, "phone", &mut notes);
    let head = desk::person(record, "head", &mut notes);
    let worker = desk::person(record, "worker", &mut notes);
    let staff = vec![
        (Role::UnitHead, head, desk::phone(record, "head_phone", &mut notes)),
        (Role::GridWorker, worker, unit.phone.clone()),
    ];
    let parent = text(record, "community").map(|name| (name.to_owned(), "community", text(record, "street").map(str::to_owned)));
    Draft { spot: Spot::of(record), notes, unit, known, parent, staff }
}

fn task_force_draft(record: &Record, desk: &Desk, position: i64) -> Draft {
    let mut notes = Notes::default();
    let name = words(record, "name");
    let known = standing(desk, None, &name).filter(|unit| unit.kind == UnitKind::TaskForce);
    let mut unit = known.clone().unwrap_or_else(|| Unit::new(format!("TF-{name}"), name.clone(), UnitKind::TaskForce, position));
    unit.remark = words(record, "duties");
    let leader = desk::person(record, "leader", &mut notes);
    Draft { spot: Spot::of(record), notes, unit, known, parent: None, staff: vec![(Role::UnitHead, leader, None)] }
}

/// The kind of a unit by its Chinese name; none if it names none.
fn kind_named(given: &str) -> Option<UnitKind> {
    let has = |words: &[&str]| words.iter().any(|word| given.contains(word));
    if has(&["综合办", "办公机构", "议事协调", "办事机构"]) || given == "办公室" {
        Some(UnitKind::Office)
    } else if has(&["领导"]) {
        Some(UnitKind::Leadership)
    } else if has(&["企业", "公司"]) {
        Some(UnitKind::Company)
    } else if has(&["社区"]) {
        Some(UnitKind::Community)
    } else if has(&["村"]) {
        Some(UnitKind::Village)
    } else if has(&["街道"]) {
        Some(UnitKind::Street)
    } else if has(&["镇", "乡"]) {
        Some(UnitKind::Town)
    } else if has(&["网格"]) {
        Some(UnitKind::Grid)
    } else if has(&["专班", "工作组"]) {
        Some(UnitKind::TaskForce)
    } else if has(&["部门", "单位", "机关", "局", "委"]) {
        Some(UnitKind::Department)
    } else {
        None
    }
}
