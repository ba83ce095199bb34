//! Tasks 工作任务 and their monthly plan 月度任务分解表: drafted, determined anew, planned and done by month.
//!
//! A row names its task by the number, else by title and lead. What a blank cell leaves open keeps its value. A plan stands a
//! line for each month, or a line for each task with a column for each month.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::Datelike;
use yipanqi_documents::record::Record;
use yipanqi_domain::calendar::Calendar;
use yipanqi_domain::exact::Exact;
use yipanqi_domain::id::{PersonId, UnitId};
use yipanqi_domain::reading;
use yipanqi_domain::task::quantity::{Month, MonthlyPlan, Planned};
use yipanqi_domain::task::{self, Class, Command, CommandKind, Context, Determined, Task};
use yipanqi_store::import::RowAction;
use yipanqi_store::question::Phrase;
use yipanqi_store::task::{self as store, KeptTask};
use yipanqi_store::unit::{Person, PersonPost};
use yipanqi_store::{ReadTx, WriteTx, calendar, unit};

use super::desk::{Desk, day, text, words};
use super::outcome::{Notes, Outcome, Spot};
use crate::error::Error;
use crate::request::CityCtx;
use crate::task::actions::{self, NewTask};

/// The columns of a plan with a column for each month, from January: planned and done.
const MONTHS: [(&str, &str); 12] = [
    ("planned_01", "done_01"),
    ("planned_02", "done_02"),
    ("planned_03", "done_03"),
    ("planned_04", "done_04"),
    ("planned_05", "done_05"),
    ("planned_06", "done_06"),
    ("planned_07", "done_07"),
    ("planned_08", "done_08"),
    ("planned_09", "done_09"),
    ("planned_10", "done_10"),
    ("planned_11", "done_11"),
    ("planned_12", "done_12"),
];

/// Which task a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Target {
    /// One that the city has, by number.
    Known(i64),
    /// One that this file brings, by its place among the new ones.
    New(usize),
}

/// What the file says about the plan of a task.
#[derive(Debug)]
struct Draft {
    plan: MonthlyPlan,
    /// What the first row counted in.
    measure: Option<String>,
    seen: BTreeSet<Month>,
    changed: bool,
}

/// A month as a row gives it: the fields it stands in, and what they hold.
struct Given {
    month: Month,
    field: &'static str,
    planned: Option<Exact>,
    done: Option<Exact>,
}

/// Reads tasks and plans; held until the end, because a plan may stand before the task that it is of.
#[derive(Debug)]
pub struct Tasks {
    records: Vec<Record>,
    calendar: Arc<Calendar>,
    persons: Vec<Person>,
    posts: Vec<PersonPost>,
    known: BTreeMap<i64, KeptTask>,
    new: Vec<NewTask>,
    determined: BTreeMap<i64, Command>,
    plans: BTreeMap<Target, Draft>,
    seen: BTreeSet<Target>,
}

impl Tasks {
    /// Reads what is known before the first row.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn open(tx: &ReadTx, desk: &Desk) -> Result<Self, Error> {
        Ok(Self {
            records: Vec::new(),
            calendar: calendar::load(tx).await?,
            persons: unit::persons(tx).await?,
            posts: unit::posts(tx, None, desk.today).await?,
            known: BTreeMap::new(),
            new: Vec::new(),
            determined: BTreeMap::new(),
            plans: BTreeMap::new(),
            seen: BTreeSet::new(),
        })
    }

    /// Takes rows, and reads the tasks that they name.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn batch(&mut self, tx: &ReadTx, records: Vec<Record>) -> Result<(), Error> {
        let numbers: Vec<i64> = records.iter().filter_map(|record| number(text(record, "number")?)).collect();
        let titles: BTreeSet<&str> = records.iter().filter_map(|record| text(record, "title")).collect();
        let mut kept = store::by_numbers(tx, &numbers).await?;
        kept.extend(store::by_titles(tx, &titles.into_iter().collect::<Vec<_>>()).await?);
        self.known.extend(kept.into_iter().map(|kept| (kept.number, kept)));
        self.records.extend(records);
        Ok(())
    }

    /// Decides on all rows: tasks first.
    pub fn finish(&mut self, ctx: &CityCtx, desk: &Desk, out: &mut Outcome) {
        let records = std::mem::take(&mut self.records);
        for record in records.iter().filter(|record| record.part == "task") {
            let mut notes = Notes::default();
            let action = self.task(record, ctx, desk, &mut notes);
            out.close(&Spot::of(record), action, notes);
        }
        for record in records.iter().filter(|record| record.part == "plan") {
            let mut notes = Notes::default();
            let action = self.plan(record, ctx, desk, &mut notes).unwrap_or_else(|(field, phrase)| {
                notes.refuse(field, phrase);
                RowAction::Refused
            });
            out.close(&Spot::of(record), action, notes);
        }
    }

    /// The task that a row names; none: it names a new one by its title.
    fn target(&self, record: &Record, lead: Option<UnitId>) -> Result<Option<Target>, (&'static str, Phrase)> {
        if let Some(given) = text(record, "number") {
            let known = number(given).filter(|number| self.known.contains_key(number));
            let unknown = || ("number", Phrase::new("import_task_unknown").with("given", given));
            return known.map(|number| Some(Target::Known(number))).ok_or_else(unknown);
        }
        let Some(title) = text(record, "title") else {
            return Err(("title", Phrase::new("value_missing").with("field", "title")));
        };
        let named = |task: &Task| task.title == title && (lead.is_none() || task.lead == lead);
        let new = self.new.iter().enumerate().filter(|(_, new)| named(&new.task)).map(|(place, _)| Target::New(place));
        let of_city = || self.known.values().filter(|kept| named(&kept.task));
        let mut found: Vec<Target> =
            of_city().filter(|kept| kept.task.state.is_open()).map(|kept| Target::Known(kept.number)).collect();
        found.extend(new);
        if found.is_empty() {
            // Done with it: the newest is meant, unless the row speaks of another time.
            let again = of_city().filter(|kept| text(record, "due_on").is_none_or(|_| same_due(record, &kept.task)));
            found.extend(again.map(|kept| Target::Known(kept.number)).max());
        }
        match found.as_slice() {
            [] => Ok(None),
            [only] => Ok(Some(*only)),
            [_, _, ..] => Err(("title", Phrase::new("import_task_ambiguous").with("given", title))),
        }
    }

    fn task(&mut self, record: &Record, ctx: &CityCtx, desk: &Desk, notes: &mut Notes) -> RowAction {
        let lead = text(record, "lead").and_then(|name| desk.unit(name, "lead", notes));
        let class = match text(record, "class").map(|given| (given, class(given))) {
            None => None,
            Some((_, Some(class))) => Some(class),
            Some((given, None)) => {
                notes.refuse("class", Phrase::new("value_unreadable").with("given", given));
                return RowAction::Refused;
            }
        };
        let target = match self.target(record, lead) {
            Ok(target) => target,
            Err((field, phrase)) => {
                notes.refuse(field, phrase);
                return RowAction::Refused;
            }
        };
        if let Some(target) = target
            && !self.seen.insert(target)
        {
            notes.refuse("title", Phrase::new("import_task_twice").with("given", words(record, "title")));
            return RowAction::Refused;
        }
        let year = Some(desk.today.year());
        let supporting: BTreeSet<UnitId> = text(record, "supporting")
            .map(reading::list)
            .unwrap_or_default()
            .iter()
            .filter_map(|name| desk.unit(name, "supporting", notes))
            .collect();
        let given = |field: &str| text(record, field).map(str::to_owned);
        let wanted = Determined {
            title: given("title"),
            class,
            goal: given("goal"),
            measures: given("measures"),
            standard: given("standard"),
            lead,
            supporting: Some(supporting).filter(|supporting| !supporting.is_empty()),
            responsible: self.responsible(record, lead, notes),
            start_on: day(record, "start_on", year, notes),
            due_on: day(record, "due_on", year, notes),
            origin: None,
        };
        let decided = match target.and_then(|target| self.kept(target)) {
            Some(kept) => self.determine(kept, wanted, ctx).map(|command| match command {
                None => RowAction::Unchanged,
                Some((number, command)) => {
                    self.determined.insert(number, command);
                    RowAction::Changed
                }
            }),
            None => self.draft(wanted, ctx).map(|new| {
                self.seen.insert(Target::New(self.new.len()));
                self.new.push(new);
                RowAction::Created
            }),
        };
        decided.unwrap_or_else(|error| {
            notes.refuse("", said(&error));
            RowAction::Refused
        })
    }

    fn kept(&self, target: Target) -> Option<&KeptTask> {
        match target {
            Target::Known(number) => self.known.get(&number),
            Target::New(_) => None,
        }
    }

    /// What a row changes in a task; none: nothing.
    fn determine(&self, kept: &KeptTask, wanted: Determined, ctx: &CityCtx) -> Result<Option<(i64, Command)>, Error> {
        fn other<T: PartialEq>(wanted: Option<T>, stands: &T) -> Option<T> {
            wanted.filter(|wanted| wanted != stands)
        }
        fn another<T: PartialEq>(wanted: Option<T>, stands: Option<&T>) -> Option<T> {
            wanted.filter(|wanted| Some(wanted) != stands)
        }
        let task = &kept.task;
        let determined = Determined {
            title: other(wanted.title, &task.title),
            class: other(wanted.class, &task.class),
            goal: other(wanted.goal, &task.goal),
            measures: other(wanted.measures, &task.measures),
            standard: other(wanted.standard, &task.standard),
            lead: another(wanted.lead, task.lead.as_ref()),
            supporting: other(wanted.supporting, &task.supporting),
            responsible: another(wanted.responsible, task.responsible.as_ref()),
            start_on: another(wanted.start_on, task.start_on.as_ref()),
            due_on: another(wanted.due_on, task.due_on.as_ref()),
            origin: None,
        };
        if determined == Determined::default() {
            return Ok(None);
        }
        let command = Command::Determine { determined: Box::new(determined) };
        task.apply(&command, &ctx.actor, &Context { calendar: &self.calendar, tree: &ctx.tree }, ctx.moment)?;
        Ok(Some((kept.number, command)))
    }

    /// A task that the city does not have.
    fn draft(&self, wanted: Determined, ctx: &CityCtx) -> Result<NewTask, Error> {
        let task = Task {
            goal: wanted.goal.unwrap_or_default(),
            measures: wanted.measures.unwrap_or_default(),
            standard: wanted.standard.unwrap_or_default(),
            lead: wanted.lead,
            supporting: wanted.supporting.unwrap_or_default(),
            responsible: wanted.responsible,
            start_on: wanted.start_on,
            due_on: wanted.due_on,
            ..actions::blank(wanted.title.unwrap_or_default(), wanted.class.unwrap_or(Class::Own), ctx.moment)
        };
        task::draft(task.clone(), &ctx.actor, &Context { calendar: &self.calendar, tree: &ctx.tree }, ctx.moment)?;
        Ok(NewTask { task, origin_key: None, plan: MonthlyPlan::default() })
    }

    /// The person in charge: of several of one name the one who works in the unit that leads.
    fn responsible(&self, record: &Record, lead: Option<UnitId>, notes: &mut Notes) -> Option<PersonId> {
        let name = super::desk::person(record, "responsible", notes)?.value;
        let found: Vec<PersonId> = self
            .persons
            .iter()
            .filter(|person| person.name == name && person.left_on.is_none())
            .map(|person| person.id)
            .collect();
        let here = |person: &&PersonId| self.posts.iter().any(|post| post.person == **person && Some(post.unit) == lead);
        let of_lead: Vec<&PersonId> = found.iter().filter(here).collect();
        match (found.as_slice(), of_lead.as_slice()) {
            ([only], _) => Some(*only),
            (_, [only]) => Some(**only),
            ([], _) => {
                notes.say("responsible", Phrase::new("import_person_unknown").with("given", &name));
                None
            }
            (_, _) => {
                notes.say("responsible", Phrase::new("import_person_ambiguous").with("given", &name));
                None
            }
        }
    }

    fn plan(
        &mut self,
        record: &Record,
        ctx: &CityCtx,
        desk: &Desk,
        notes: &mut Notes,
    ) -> Result<RowAction, (&'static str, Phrase)> {
        let lead = text(record, "lead").and_then(|name| desk.unit(name, "lead", notes));
        let unknown = || ("title", Phrase::new("import_task_unknown").with("given", words(record, "title")));
        let target = self.target(record, lead)?.ok_or_else(unknown)?;
        let given = months(record, desk)?;
        let stands = match target {
            Target::Known(number) => self.known.get(&number).map(|kept| kept.plan.clone()),
            Target::New(place) => self.new.get(place).map(|new| new.plan.clone()),
        };
        let stands = stands.unwrap_or_default();
        let draft = self.plans.entry(target).or_insert_with(|| Draft {
            plan: stands.clone(),
            measure: None,
            seen: BTreeSet::new(),
            changed: false,
        });
        let mut next = draft.plan.clone();
        if let Some(measure) = text(record, "measure") {
            if draft.measure.as_deref().is_some_and(|before| before != measure) {
                return Err(("measure", Phrase::new("import_measure_differs").with("given", measure)));
            }
            next.measure = measure.to_owned();
        }
        if next.measure.is_empty() {
            return Err(("measure", Phrase::new("plan_measure_missing")));
        }
        let (mut created, mut changed) = (false, next.measure != draft.plan.measure && !draft.plan.measure.is_empty());
        let mut counted = next.measure == draft.plan.measure;
        for one in &given {
            if draft.seen.contains(&one.month) {
                return Err((one.field, Phrase::new("plan_month_twice").with("month", one.month)));
            }
            let before = stands.months.get(&one.month);
            let planned = one.planned.clone().or_else(|| before.map(|before| before.planned.clone()));
            let Some(planned) = planned else {
                return Err((one.field, Phrase::new("value_missing").with("field", "planned")));
            };
            let done = one.done.clone().or_else(|| before.and_then(|before| before.done.clone()));
            let wanted = Planned { planned, done };
            created |= before.is_none();
            changed |= before.is_some_and(|before| *before != wanted);
            // Whoever may only report reports: what is planned must stand as it is.
            counted &= before.is_some_and(|before| before.planned == wanted.planned);
            next.months.insert(one.month, wanted);
        }
        if let (true, Target::Known(number)) = (created || changed, target)
            && let Some(kept) = self.known.get(&number)
        {
            let open = kept.task.allowed(&ctx.actor, &Context { calendar: &self.calendar, tree: &ctx.tree });
            let may = open.contains(&CommandKind::Determine) || (counted && open.contains(&CommandKind::Report));
            if !may {
                return Err(("", Phrase::new("plan_not_yours")));
            }
        }
        draft.seen.extend(given.iter().map(|one| one.month));
        draft.measure = text(record, "measure").map(str::to_owned).or_else(|| draft.measure.take());
        draft.changed |= created || changed;
        draft.plan = next;
        Ok(match (created, changed) {
            (true, _) => RowAction::Created,
            (false, true) => RowAction::Changed,
            (false, false) => RowAction::Unchanged,
        })
    }

    /// Writes what was decided, by the same actions as the pages.
    ///
    /// # Errors
    /// The rules' refusals, a conflict with what somebody did meanwhile, or the database's.
    pub async fn save(&mut self, tx: &mut WriteTx, ctx: &CityCtx) -> Result<(), Error> {
        let mut planned = Vec::new();
        for (target, draft) in std::mem::take(&mut self.plans).into_iter().filter(|(_, draft)| draft.changed) {
            match target {
                Target::Known(number) => planned.push((number, draft.plan)),
                Target::New(place) => {
                    if let Some(new) = self.new.get_mut(place) {
                        new.plan = draft.plan;
                    }
                }
            }
        }
        actions::enter(ctx, tx, std::mem::take(&mut self.new)).await?;
        for (number, command) in std::mem::take(&mut self.determined) {
            if let Some(kept) = self.known.get(&number) {
                actions::saved(ctx, tx, &self.calendar, kept.clone(), &command).await?;
            }
        }
        let numbers: Vec<i64> = planned.iter().map(|(number, _)| *number).collect();
        let kept = store::by_numbers(tx, &numbers).await?;
        let mut kept: BTreeMap<i64, KeptTask> = kept.into_iter().map(|kept| (kept.number, kept)).collect();
        for (number, plan) in planned {
            if let Some(kept) = kept.remove(&number) {
                crate::task::plan::put(ctx, tx, kept, plan).await?;
            }
        }
        Ok(())
    }
}

/// `RW-00012`, `12`.
fn number(given: &str) -> Option<i64> {
    let digits = given.trim().to_uppercase();
    digits.strip_prefix("RW-").unwrap_or(&digits).parse().ok().filter(|number| *number > 0)
}

fn class(given: &str) -> Option<Class> {
    let all = [Class::Hardware, Class::Service, Class::Special, Class::Own];
    all.into_iter().find(|class| {
        let name = serde_json::to_value(class).unwrap_or_default();
        let name = name.as_str().unwrap_or_default();
        let word = |lang| crate::words::word("task_class", name, lang);
        given == name || given == word(crate::request::Lang::Zh) || given.eq_ignore_ascii_case(word(crate::request::Lang::En))
    })
}

fn same_due(record: &Record, task: &Task) -> bool {
    let mut unsaid = Notes::default();
    let due = day(record, "due_on", task.due_on.map(|due| due.year()), &mut unsaid);
    due.is_some() && due == task.due_on
}

/// A refusal of the rules as a phrase.
fn said(error: &Error) -> Phrase {
    let data = error.data();
    let values = data.iter().map(|(name, value)| (name, value.as_str().map_or_else(|| value.to_string(), str::to_owned)));
    values.fold(Phrase::new(error.code()), |phrase, (name, value)| phrase.with(name, value))
}

/// The quantity in a field; what is no quantity is refused.
fn quantity(record: &Record, field: &'static str) -> Result<Option<Exact>, (&'static str, Phrase)> {
    let Some(given) = text(record, field) else { return Ok(None) };
    let number = record.cell(field).and_then(|cell| cell.number.clone());
    let read = number.or_else(|| reading::half_width(given).replace(',', "").parse().ok());
    let wrong = || (field, Phrase::new("plan_quantity_invalid").with("text", given));
    read.filter(|number| !number.is_negative()).map(Some).ok_or_else(wrong)
}

/// The year that a sheet with a column for each month is about: its own column, else a title that names one, else this year.
fn year(record: &Record, desk: &Desk) -> i32 {
    let named = |text: &str| -> Option<i32> {
        let (before, _) = text.split_once('年')?;
        let digits: String = before.chars().rev().take(4).collect::<Vec<_>>().into_iter().rev().collect();
        digits.parse().ok().filter(|year| (1900..3000).contains(year))
    };
    let own = text(record, "year").and_then(|given| given.trim_end_matches('年').parse().ok());
    own.or_else(|| desk.titles.iter().find_map(|title| named(title)))
        .or_else(|| named(&desk.file_name))
        .unwrap_or_else(|| desk.today.year())
}

/// The months that a row gives.
fn months(record: &Record, desk: &Desk) -> Result<Vec<Given>, (&'static str, Phrase)> {
    if let Some(given) = text(record, "month") {
        let cell = record.cell("month").and_then(|cell| cell.date.clone());
        let written = cell.as_deref().and_then(|date| date.get(..7)).unwrap_or(given);
        let month = written.parse::<Month>().map_err(|text| ("month", Phrase::new("plan_month_invalid").with("text", text)))?;
        return Ok(vec![Given { month, field: "month", planned: quantity(record, "planned")?, done: quantity(record, "done")? }]);
    }
    let mut found = Vec::new();
    let year = year(record, desk);
    for (month, (field, done)) in (1_u32..).zip(MONTHS) {
        let one = Given { month: Month { year, month }, field, planned: quantity(record, field)?, done: quantity(record, done)? };
        if one.planned.is_some() || one.done.is_some() {
            found.push(one);
        }
    }
    if found.is_empty() { Err(("month", Phrase::new("value_missing").with("field", "month"))) } else { Ok(found) }
}
