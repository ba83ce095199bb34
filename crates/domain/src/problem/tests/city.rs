//! A small city: 1 leadership; 2 street > 3 community > 4 grid; 5 department; 6 creation office; 7 supervision office;
//! 8 task force; 9 another street.

use std::collections::BTreeSet;

use uuid::Uuid;

use crate::access::{Actor, Post, Role};
use crate::calendar::{Calendar, Limit};
use crate::id::{CriterionId, MediaId, PersonId, ProblemId, SiteId, UnitId};
use crate::moment::Moment;
use crate::problem::*;
use crate::unit::{UnitKind, UnitRow, UnitTree};

pub const OFFICE: usize = 0;
pub const STREET_HEAD: usize = 1;
pub const COMMUNITY_LIAISON: usize = 2;
pub const GRID_WORKER: usize = 3;
pub const DEPARTMENT_OFFICER: usize = 4;
pub const INSPECTOR: usize = 5;
pub const SUPERVISOR: usize = 6;
pub const LEADER: usize = 7;
pub const OFFICE_LENT_BY_STREET: usize = 8;
pub const OFFICE_LATE_OF_DEPARTMENT: usize = 9;
pub const CITY_ADMIN: usize = 10;
pub const REPORTER: usize = 11;
pub const SYSTEM: usize = 12;
pub const PROVINCE: usize = 13;
pub const COMMUNITY_HEAD: usize = 14;
pub const INSPECTOR_OF_OTHER_STREET: usize = 15;
pub const TASK_FORCE_OFFICER: usize = 16;
pub const ACTORS: usize = 17;

type Posts = [(u128, Role)];

pub fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

pub fn unit(number: u128) -> UnitId {
    UnitId::new(id(number))
}

pub fn at(text: &str) -> Moment {
    Moment::parse(&format!("{text}+08:00")).unwrap()
}

pub fn actor(index: usize) -> ProblemActor {
    let (posts, at_submission): (&Posts, &Posts) = match index {
        OFFICE => (&[(6, Role::Office)], &[]),
        STREET_HEAD => (&[(2, Role::UnitHead)], &[]),
        COMMUNITY_LIAISON => (&[(3, Role::Liaison)], &[]),
        GRID_WORKER => (&[(4, Role::GridWorker)], &[]),
        DEPARTMENT_OFFICER => (&[(5, Role::Officer)], &[]),
        INSPECTOR => (&[(6, Role::Inspector)], &[]),
        SUPERVISOR => (&[(7, Role::Supervisor)], &[]),
        LEADER => (&[(1, Role::Leader)], &[]),
        OFFICE_LENT_BY_STREET => (&[(6, Role::Office), (2, Role::Liaison)], &[]),
        OFFICE_LATE_OF_DEPARTMENT => (&[(6, Role::Office)], &[(5, Role::Officer)]),
        CITY_ADMIN => (&[(1, Role::CityAdmin)], &[]),
        REPORTER => return ProblemActor::Reporter,
        SYSTEM => return ProblemActor::System,
        PROVINCE => (&[(1, Role::Province)], &[]),
        COMMUNITY_HEAD => (&[(3, Role::UnitHead)], &[]),
        INSPECTOR_OF_OTHER_STREET => (&[(9, Role::Inspector)], &[]),
        TASK_FORCE_OFFICER => (&[(8, Role::Officer), (5, Role::Liaison)], &[]),
        _ => panic!("no actor {index}"),
    };
    let posts_of = |posts: &Posts| posts.iter().map(|&(number, role)| Post { unit: unit(number), role }).collect();
    let person = PersonId::new(id(1000 + index as u128));
    ProblemActor::Person { actor: Actor { person, posts: posts_of(posts) }, at_submission: posts_of(at_submission) }
}

pub struct City {
    pub calendar: Calendar,
    pub tree: UnitTree,
    pub policy: Policy,
    pub creation_offices: BTreeSet<UnitId>,
    pub other: Problem,
}

impl City {
    pub fn new() -> Self {
        let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../catalogues/yunxi/工作日历-2024至2026.json"));
        let file = serde_json::from_str(text).unwrap();
        let rows = [
            (1, None, UnitKind::Leadership),
            (2, Some(1), UnitKind::Street),
            (3, Some(2), UnitKind::Community),
            (4, Some(3), UnitKind::Grid),
            (5, Some(1), UnitKind::Department),
            (6, Some(1), UnitKind::Office),
            (7, Some(1), UnitKind::Office),
            (8, Some(1), UnitKind::TaskForce),
            (9, Some(1), UnitKind::Street),
        ];
        let tree = UnitTree::build(rows.map(|(number, parent, kind)| UnitRow {
            id: unit(number),
            parent: parent.map(unit),
            kind,
            open: None,
            close: None,
        }));
        let other = begun(&registration(Source::GridPatrol, 2), at("2026-03-02T09:00:00"));
        Self {
            calendar: Calendar::from_json(&file).unwrap(),
            tree: tree.unwrap(),
            policy: Policy { decline_within: Limit::NaturalHours { count: 24 }, ..Policy::default() },
            creation_offices: BTreeSet::from([unit(6)]),
            other,
        }
    }

    pub fn context(&self) -> Context<'_> {
        Context {
            calendar: &self.calendar,
            tree: &self.tree,
            policy: &self.policy,
            creation_offices: &self.creation_offices,
            merge_target: Some(&self.other),
            made_at: None,
        }
    }
}

pub fn registration(source: Source, number: u128) -> Registration {
    Registration {
        id: ProblemId::new(id(number)),
        source,
        site: Some(SiteId::new(id(50))),
        item: None,
        criteria: BTreeSet::from([CriterionId::new(id(60))]),
        category: Category("环境卫生".to_owned()),
        urgency: Urgency::Ordinary,
        requires_after_photo: true,
        confidential: false,
        rebound_of: None,
        photos: vec![MediaId::new(id(70))],
    }
}

fn begun(registration: &Registration, moment: Moment) -> Problem {
    let command = Command::Register { registration: Box::new(registration.clone()) };
    Problem::begun(&Change {
        command,
        by: By::Reporter,
        at: moment,
        arrived: None,
        from: None,
        to: State::Reported,
        due_before: Due::None,
        due_after: Due::None,
        stages_due: Vec::new(),
        review_at: None,
    })
    .unwrap()
}

/// A problem with its history, driven by commands.
pub struct Life<'a> {
    pub city: &'a City,
    pub problem: Problem,
    pub history: Vec<Change>,
}

impl<'a> Life<'a> {
    pub fn begin(city: &'a City, registration: Registration, by: usize, moment: Moment) -> Self {
        let command = Command::Register { registration: Box::new(registration) };
        let change = register(&command, &actor(by), &city.context(), moment).unwrap();
        Self { city, problem: Problem::begun(&change).unwrap(), history: vec![change] }
    }

    /// Registered on grid patrol and filed at nine on Monday 2026-03-02, then assigned to the unit.
    pub fn assigned(city: &'a City, number: u128, limit: Limit) -> Self {
        let monday = at("2026-03-02T09:00:00");
        let mut life = Self::begin(city, registration(Source::GridPatrol, 1), GRID_WORKER, monday);
        life.does(OFFICE, Command::File { check: None }, monday);
        life.does(OFFICE, assign(number, limit), monday);
        life
    }

    pub fn tries(&self, by: usize, command: &Command, moment: Moment) -> Result<Change, Refusal> {
        self.problem.apply(command, &actor(by), &self.city.context(), moment)
    }

    pub fn does(&mut self, by: usize, command: Command, moment: Moment) {
        let change = self.tries(by, &command, moment).unwrap_or_else(|refusal| panic!("{command:?}: {refusal}"));
        self.problem = self.problem.after(&change);
        self.history.push(change);
    }

    pub fn refused(&self, by: usize, command: &Command, moment: Moment) -> &'static str {
        self.tries(by, command, moment).unwrap_err().code()
    }
}

pub fn assign(number: u128, limit: Limit) -> Command {
    Command::Assign { unit: unit(number), supporting: BTreeSet::new(), limit, urgency: None }
}

pub fn submit() -> Command {
    Command::Submit { note: "已清理".to_owned(), after_photos: vec![MediaId::new(id(71))] }
}

pub fn verify() -> Command {
    Command::Verify { note: None, photos: Vec::new() }
}

pub fn because() -> String {
    "理由".to_owned()
}
