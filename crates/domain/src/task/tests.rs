//! Tasks: examples, an independent model of the whole table, and the laws of back-scheduling.

mod examples;
mod model;
mod schedule;

use std::collections::BTreeSet;

use chrono::NaiveDate;
use uuid::Uuid;

use super::*;
use crate::access::{Actor, Post, Role};
use crate::calendar::{Calendar, Year};
use crate::unit::{UnitKind, UnitRow, UnitTree};

fn unit(number: u128) -> UnitId {
    UnitId::new(Uuid::from_u128(number))
}

fn person(number: u128) -> PersonId {
    PersonId::new(Uuid::from_u128(number))
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn at(text: &str) -> Moment {
    Moment::parse(&format!("{text}+08:00")).unwrap()
}

/// 1 city; 2 office; 3 lead; 4 and 5 supporting, 6 inside 4; 7 no part.
fn tree() -> UnitTree {
    let row = |number, parent: Option<u128>, kind| UnitRow {
        id: unit(number),
        parent: parent.map(unit),
        kind,
        open: None,
        close: None,
    };
    UnitTree::build([
        row(1, None, UnitKind::Leadership),
        row(2, Some(1), UnitKind::Office),
        row(3, Some(1), UnitKind::Department),
        row(4, Some(1), UnitKind::Street),
        row(5, Some(1), UnitKind::Department),
        row(6, Some(4), UnitKind::Community),
        row(7, Some(1), UnitKind::Department),
    ])
    .unwrap()
}

/// 2026 with the days around the Spring Festival and the National Day as announced.
fn calendar() -> Calendar {
    let days = |days: &[&str]| days.iter().map(|text| day(text)).collect::<BTreeSet<_>>();
    let off = [
        "2026-02-16",
        "2026-02-17",
        "2026-02-18",
        "2026-02-19",
        "2026-02-20",
        "2026-02-23",
        "2026-10-01",
        "2026-10-02",
        "2026-10-05",
        "2026-10-06",
        "2026-10-07",
    ];
    let made_up = ["2026-02-14", "2026-02-28", "2026-09-20", "2026-10-10"];
    Calendar::from_days([(2026, Year { days_off: days(&off), make_up_days: days(&made_up) })]).unwrap()
}

fn actor(role: Role, of: u128) -> Actor {
    Actor { person: person(900 + of), posts: vec![Post { unit: unit(of), role }] }
}

fn blank() -> Task {
    Task {
        id: TaskId::new(Uuid::from_u128(1)),
        title: "背街小巷整治".into(),
        class: Class::Hardware,
        origin: Origin::default(),
        goal: String::new(),
        measures: String::new(),
        standard: String::new(),
        lead: Some(unit(3)),
        supporting: [unit(4)].into(),
        responsible: None,
        start_on: None,
        due_on: None,
        milestones: Vec::new(),
        reports: BTreeMap::new(),
        state: State::Draft,
        since: at("2026-03-02T09:00:00"),
        concluded_at: None,
        returns: 0,
        version: 0,
    }
}

fn determined() -> Determined {
    Determined {
        goal: Some("整治背街小巷 40 条".into()),
        measures: Some("清运、修补路面、规范线缆".into()),
        standard: Some("地面平整、无积存垃圾、线缆入槽".into()),
        responsible: Some(person(42)),
        due_on: Some(day("2026-06-30")),
        ..Determined::default()
    }
}

struct Life {
    calendar: Calendar,
    tree: UnitTree,
    task: Task,
    history: Vec<Change>,
}

impl Life {
    fn begin(task: Task, by: &Actor) -> Result<Self, Refusal> {
        let (calendar, tree) = (calendar(), tree());
        let change = draft(task, by, &Context { calendar: &calendar, tree: &tree }, at("2026-03-02T09:00:00"))?;
        let history = vec![change];
        let task = replay(&history).unwrap();
        Ok(Self { calendar, tree, task, history })
    }

    fn context(&self) -> Context<'_> {
        Context { calendar: &self.calendar, tree: &self.tree }
    }

    fn does(&mut self, by: &Actor, command: Command, when: Moment) -> Result<(), Refusal> {
        let change = self.task.apply(&command, by, &self.context(), when)?;
        self.task = self.task.after(&change);
        self.history.push(change);
        Ok(())
    }
}
