//! A second, independent telling of the rules, as a hand-written table and a due moment carried forward step by step;
//! random lives are told both ways.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use chrono::{Days, TimeDelta};
use proptest::prelude::*;

use super::city::*;
use crate::calendar::Limit;
use crate::id::MediaId;
use crate::moment::Moment;
use crate::problem::*;

/// command | from | to (`=` stays, `<` back) | who | request: `-` any, `.` none, `~` none that stops the clock, or its name.
const TABLE: &str = "
File             | reported                              | filed      | office           | -
Dismiss          | reported filed                        | dismissed  | office           | -
Merge            | reported filed assigned rectifying    | merged     | office           | -
Unmerge          | merged                                | <          | office           | -
Assign           | filed                                 | assigned   | office           | -
Acknowledge      | assigned                              | rectifying | works            | ~
Decline          | assigned                              | =          | staff            | .
AcceptDecline    | assigned                              | filed      | office           | Decline
RefuseDecline    | assigned                              | =          | office           | Decline
Transfer         | assigned rectifying                   | =          | staff            | .
ApproveTransfer  | assigned rectifying                   | assigned   | office           | Transfer
RefuseTransfer   | assigned rectifying                   | =          | office           | Transfer
Rectify          | rectifying deferred                   | =          | works supports   | -
Submit           | rectifying                            | submitted  | works            | ~
Return           | submitted                             | rectifying | verifies         | -
Verify           | submitted                             | closed     | verifies         | -
Extend           | assigned rectifying                   | =          | staff            | .
ApproveExtension | assigned rectifying submitted         | =          | office           | Extension
RefuseExtension  | assigned rectifying submitted         | =          | office           | Extension
Defer            | assigned rectifying                   | =          | signs            | .
ApproveDeferral  | assigned rectifying                   | deferred   | office           | Deferral
RefuseDeferral   | assigned rectifying                   | =          | office           | Deferral
Resume           | deferred                              | <          | office           | -
Reclassify       | reported filed assigned rectifying submitted deferred | = | office    | -
Urge             | reported filed assigned rectifying submitted deferred | = | office supervisor leader | -
SetStages        | assigned rectifying                   | =          | office           | -
CompleteStage    | rectifying                            | =          | works            | ~
RequestReopen    | closed                                | =          | reporter office  | -
RefuseReopen     | closed                                | =          | office           | -
Reopen           | closed                                | rectifying | office           | -
Seal             | reported filed assigned rectifying submitted closed deferred dismissed merged | = | office | -
Unseal           | reported filed assigned rectifying submitted closed deferred dismissed merged | = | office | -
";

static ROWS: LazyLock<BTreeMap<String, Vec<&str>>> = LazyLock::new(|| {
    let rows = TABLE.lines().map(|line| line.split('|').map(str::trim).collect::<Vec<_>>());
    rows.filter(|cells| cells.len() == 5).map(|cells| (cells[0].to_owned(), cells)).collect()
});

static CELLS: LazyLock<BTreeMap<CommandKind, &Vec<&str>>> =
    LazyLock::new(|| CommandKind::ALL.iter().filter_map(|kind| Some((*kind, ROWS.get(&format!("{kind:?}"))?))).collect());

static CITY: LazyLock<City> = LazyLock::new(City::new);

/// Units whose work each actor does, answers for, signs for — spelt out, not computed.
fn of_units(who: &str, index: usize) -> &'static [u128] {
    match (who, index) {
        (_, STREET_HEAD) => &[2, 3, 4],
        ("works" | "staff", COMMUNITY_LIAISON) => &[3, 4],
        ("works", GRID_WORKER) => &[4],
        (_, DEPARTMENT_OFFICER) => &[5],
        ("works" | "staff", OFFICE_LENT_BY_STREET) => &[2, 3, 4],
        (_, COMMUNITY_HEAD) => &[3, 4],
        ("works" | "staff", TASK_FORCE_OFFICER) => &[5, 8],
        ("signs", TASK_FORCE_OFFICER) => &[8],
        _ => &[],
    }
}

/// Units whose problems each actor may verify, likewise.
fn may_verify(index: usize) -> &'static [u128] {
    match index {
        OFFICE | INSPECTOR => &[2, 3, 4, 5, 8, 9],
        OFFICE_LENT_BY_STREET => &[5, 8, 9],
        OFFICE_LATE_OF_DEPARTMENT => &[2, 3, 4, 8, 9],
        INSPECTOR_OF_OTHER_STREET => &[2, 3, 4, 5, 8],
        SUPERVISOR => &[6],
        _ => &[],
    }
}

#[derive(Debug, Clone)]
struct Model {
    state: &'static str,
    back: &'static str,
    unit: u128,
    supporting: Vec<u128>,
    pending: &'static str,
    assigned: Moment,
    due: Option<Moment>,
    /// Since when the clock stands, and what was due then.
    standing: Option<(Moment, Moment)>,
    /// The pause of a deferral, and what was due before it.
    put_off: Option<(Moment, Moment, Moment)>,
    by_hours: bool,
    until: Moment,
    review: Moment,
    submitted: Moment,
    stages_open: usize,
    reopen_requested: bool,
    sealed: bool,
    counts: [u32; 4],
}

const CYCLES: usize = 0;
const DECLINES: usize = 1;
const REWORKS: usize = 2;
const EXTENSIONS: usize = 3;

fn hours(moment: Moment, hours: i64) -> Moment {
    Moment::new(moment.utc() + TimeDelta::hours(hours))
}

impl Model {
    fn open(&self, city: &City, kind: CommandKind, by: usize, at: Moment) -> bool {
        let Some(cells) = CELLS.get(&kind) else { return false };
        let mine = |who: &str, unit: u128| of_units(who, by).contains(&unit);
        let is = |who: &str| match who {
            "office" => [OFFICE, OFFICE_LENT_BY_STREET, OFFICE_LATE_OF_DEPARTMENT].contains(&by),
            "leader" => by == LEADER,
            "supervisor" => by == SUPERVISOR,
            "reporter" => by == REPORTER,
            "verifies" => self.verifies(by),
            "supports" => self.supporting.iter().any(|&unit| mine("works", unit)),
            who => mine(who, self.unit),
        };
        let asked = match cells[4] {
            "-" => true,
            "." => self.pending.is_empty(),
            "~" => !["Decline", "Transfer"].contains(&self.pending),
            name => self.pending == name,
        };
        let fits = match kind {
            CommandKind::Decline => self.counts[DECLINES] < 2 && at <= hours(self.assigned, 24),
            CommandKind::Extend => self.due.is_some_and(|due| at <= due),
            CommandKind::ApproveDeferral => city.calendar.local(at).date_naive() < city.calendar.local(self.review).date_naive(),
            CommandKind::CompleteStage => self.stages_open > 0,
            CommandKind::RequestReopen => !self.reopen_requested,
            CommandKind::RefuseReopen => self.reopen_requested,
            CommandKind::Seal => !self.sealed,
            CommandKind::Unseal => self.sealed,
            _ => true,
        };
        cells[1].split(' ').any(|from| from == self.state) && cells[3].split(' ').any(is) && asked && fits
    }

    /// With several units at work the verifier must be free of each; the creation office among them calls for supervision.
    fn verifies(&self, by: usize) -> bool {
        let units = || self.supporting.iter().chain([&self.unit]);
        let free = |by: usize, unit: &u128| may_verify(by).contains(unit);
        if by == SUPERVISOR { units().any(|unit| *unit == 6) } else { units().all(|unit| free(by, unit)) }
    }

    fn shifted(&self, city: &City, due: Moment, from: Moment, to: Moment) -> Moment {
        if from >= due || from >= to {
            return due;
        }
        if self.by_hours {
            return Moment::new(due.utc() + (to.utc() - from.utc()));
        }
        let mut day = city.calendar.local(from).date_naive();
        let mut closes = 0;
        while city.calendar.day_close(day) <= to {
            if city.calendar.day_close(day) > from && city.calendar.is_working_day(day).unwrap() {
                closes += 1;
            }
            day = day + Days::new(1);
        }
        if closes == 0 { due } else { city.calendar.overdue_at(due, closes).unwrap() }
    }

    fn stop(&mut self, at: Moment) {
        self.standing = self.standing.or(self.due.map(|due| (at, due)));
    }

    fn run(&mut self, city: &City, at: Moment) {
        if let Some((from, due)) = self.standing.take() {
            self.due = Some(self.shifted(city, due, from, at));
        }
    }

    fn start(&mut self, at: Moment, limit: i64) {
        self.counts[CYCLES] += 1;
        self.due = Some(hours(at, limit));
        self.by_hours = true;
        self.standing = None;
    }

    fn does(&mut self, city: &City, command: &Command, at: Moment) {
        let kind = command.kind();
        let to = CELLS[&kind][2];
        match kind {
            CommandKind::Assign => {
                let Command::Assign { unit, supporting, .. } = command else { unreachable!() };
                self.unit = unit.uuid().as_u128();
                self.supporting = supporting.iter().map(|unit| unit.uuid().as_u128()).collect();
                self.assigned = at;
                self.stages_open = 0;
                self.start(at, 72);
            }
            CommandKind::Decline | CommandKind::Transfer => {
                self.pending = if kind == CommandKind::Decline { "Decline" } else { "Transfer" };
                self.counts[DECLINES] += u32::from(kind == CommandKind::Decline);
                self.stop(at);
            }
            CommandKind::RefuseDecline | CommandKind::RefuseTransfer => {
                self.pending = "";
                self.run(city, at);
            }
            CommandKind::ApproveTransfer => {
                self.pending = "";
                self.unit = 9;
                self.supporting.retain(|unit| *unit != 9);
                self.assigned = at;
                self.counts[CYCLES] += 1;
                self.run(city, at);
            }
            CommandKind::AcceptDecline => self.release(),
            CommandKind::Merge => {
                self.back = if self.state == "reported" { "reported" } else { "filed" };
                self.pending = "";
                self.stop(at);
            }
            CommandKind::Submit => {
                self.submitted = at;
                if self.pending == "Deferral" {
                    self.pending = "";
                }
                self.stop(at);
            }
            CommandKind::Return => {
                self.counts[CYCLES] += 1;
                self.counts[REWORKS] += 1;
                self.run(city, at);
            }
            CommandKind::Verify | CommandKind::RefuseExtension | CommandKind::RefuseDeferral => self.pending = "",
            CommandKind::Extend => {
                let Command::Extend { until, .. } = command else { unreachable!() };
                (self.pending, self.until) = ("Extension", *until);
            }
            CommandKind::ApproveExtension => {
                self.pending = "";
                self.counts[EXTENSIONS] += 1;
                (self.due, self.by_hours) = (Some(self.until), false);
                self.standing = self.standing.map(|_| (at, self.until));
            }
            CommandKind::Defer => {
                let Command::Defer { review_on, .. } = command else { unreachable!() };
                (self.pending, self.review) = ("Deferral", city.calendar.moment(*review_on, chrono::NaiveTime::MIN));
            }
            CommandKind::ApproveDeferral => {
                (self.pending, self.back) = ("", self.state);
                let due = self.due.unwrap();
                self.put_off = Some((at, self.review, due));
                self.due = Some(self.shifted(city, due, at, self.review));
            }
            CommandKind::Resume => {
                let (from, review, due) = self.put_off.take().unwrap();
                self.due = Some(self.shifted(city, due, from, review.min(at)));
            }
            CommandKind::SetStages => self.stages_open = 1,
            CommandKind::CompleteStage => self.stages_open = 0,
            CommandKind::RequestReopen => self.reopen_requested = true,
            CommandKind::RefuseReopen => self.reopen_requested = false,
            CommandKind::Seal | CommandKind::Unseal => self.sealed = kind == CommandKind::Seal,
            CommandKind::Reopen => {
                self.reopen_requested = false;
                self.assigned = at;
                self.stages_open = 0;
                self.counts[REWORKS] += 1;
                self.start(at, 48);
            }
            CommandKind::Unmerge => self.release(),
            _ => {}
        }
        self.state = match to {
            "=" => self.state,
            "<" => self.back,
            name => STATES.iter().find(|state| **state == name).unwrap(),
        };
    }

    fn release(&mut self) {
        (self.unit, self.pending, self.due, self.standing, self.stages_open) = (0, "", None, None, 0);
        self.supporting.clear();
    }
}

const STATES: [&str; 9] =
    ["reported", "filed", "assigned", "rectifying", "submitted", "closed", "deferred", "dismissed", "merged"];

/// A command of the kind that says all it must.
fn filled(kind: CommandKind, city: &City, problem: &Problem, at: Moment, pick: usize) -> Command {
    let reason = because();
    match kind {
        CommandKind::Register | CommandKind::Imported => {
            Command::Register { registration: Box::new(registration(Source::Hotline, 1)) }
        }
        CommandKind::File => Command::File { check: Some(because()) },
        CommandKind::Dismiss => Command::Dismiss { reason },
        CommandKind::Merge => Command::Merge { into: city.other.id },
        CommandKind::Unmerge => Command::Unmerge { reason },
        CommandKind::Assign => {
            let number = [2, 3, 4, 5, 6, 8][pick % 6];
            let supporting = [None, Some(9), Some(5).filter(|_| number != 5)][pick % 3];
            Command::Assign {
                unit: unit(number),
                supporting: supporting.into_iter().map(unit).collect(),
                limit: Limit::NaturalHours { count: 72 },
                urgency: None,
            }
        }
        CommandKind::Acknowledge => Command::Acknowledge,
        CommandKind::Decline => Command::Decline { reason },
        CommandKind::AcceptDecline => Command::AcceptDecline { note: None },
        CommandKind::RefuseDecline => Command::RefuseDecline { reason },
        CommandKind::Transfer => Command::Transfer { to: unit(9), reason },
        CommandKind::ApproveTransfer => Command::ApproveTransfer { limit: None },
        CommandKind::RefuseTransfer => Command::RefuseTransfer { reason },
        CommandKind::Rectify => Command::Rectify { note: reason, photos: Vec::new() },
        CommandKind::Submit => Command::Submit { note: reason, after_photos: vec![MediaId::new(id(71))] },
        CommandKind::Return => Command::Return { reason, limit: None },
        CommandKind::Verify => verify(),
        CommandKind::Extend => {
            let until = hours(problem.due.moment().map_or(at, |due| due.max(at)), 24);
            Command::Extend { reason, progress: because(), until }
        }
        CommandKind::ApproveExtension => Command::ApproveExtension { note: None },
        CommandKind::RefuseExtension => Command::RefuseExtension { reason },
        CommandKind::Defer => {
            let review_on = city.calendar.local(at).date_naive() + Days::new(1 + pick as u64 % 4);
            Command::Defer { reason, plan: because(), review_on }
        }
        CommandKind::ApproveDeferral => Command::ApproveDeferral { note: None },
        CommandKind::RefuseDeferral => Command::RefuseDeferral { reason },
        CommandKind::Resume => Command::Resume { note: None, limit: None },
        CommandKind::Reclassify => {
            Command::Reclassify { category: None, urgency: Some(Urgency::Urgent), criteria: None, limit: None, reason }
        }
        CommandKind::Urge => Command::Urge { note: reason },
        CommandKind::SetStages => {
            Command::SetStages { stages: vec![StagePlan { name: because(), limit: Limit::NaturalHours { count: 24 } }] }
        }
        CommandKind::CompleteStage => Command::CompleteStage { stage: 0, note: reason },
        CommandKind::RequestReopen => Command::RequestReopen { reason },
        CommandKind::RefuseReopen => Command::RefuseReopen { reason },
        CommandKind::Reopen => Command::Reopen { reason, limit: Limit::NaturalHours { count: 48 }, unit: None },
        CommandKind::SettleDue => Command::SettleDue,
        CommandKind::Seal => Command::Seal { reason },
        CommandKind::Unseal => Command::Unseal { reason },
    }
}

fn agree(model: &Model, life: &Life<'_>) -> Result<(), TestCaseError> {
    let problem = &life.problem;
    prop_assert_eq!(serde_json::to_value(problem.state).unwrap(), model.state);
    prop_assert_eq!(problem.unit.map_or(0, |unit| unit.uuid().as_u128()), model.unit);
    let pending = problem.pending.as_ref().map(|request| format!("{:?}", request.kind())).unwrap_or_default();
    prop_assert_eq!(pending, model.pending);
    prop_assert_eq!(problem.due.moment(), model.due);
    prop_assert_eq!(problem.confidential, model.sealed);
    let tally = problem.tally;
    prop_assert_eq!([tally.cycles, tally.declines, tally.reworks, tally.extensions], model.counts);
    let judged = ["submitted", "closed"].contains(&model.state);
    prop_assert_eq!(problem.on_time(), model.due.filter(|_| judged).map(|due| model.submitted <= due));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(160))]
    #[test]
    fn random_lives_are_told_alike_by_both(
        steps in prop::collection::vec((prop_oneof![0i64..3, 0i64..22], any::<prop::sample::Index>(), 0..ACTORS, 0u8..10, 0usize..12), 1..50),
    ) {
        let city = &*CITY;
        let mut now = at("2026-03-02T09:00:00");
        let mut life = Life::begin(city, registration(Source::Citizen, 1), REPORTER, now);
        let mut model = Model {
            state: "reported", back: "", unit: 0, supporting: Vec::new(), pending: "", assigned: now, due: None, standing: None,
            put_off: None, by_hours: true, until: now, review: now, submitted: now, stages_open: 0, reopen_requested: false, sealed: false,
            counts: [0; 4],
        };
        for (waited, choice, any_actor, guided, pick) in steps {
            now = hours(now, waited);
            let mut open = Vec::new();
            for by in 0..ACTORS {
                let told: BTreeSet<CommandKind> =
                    CommandKind::ALL.iter().copied().filter(|&kind| model.open(city, kind, by, now)).collect();
                let allowed = life.problem.allowed(&actor(by), &city.context(), now);
                let allowed: BTreeSet<CommandKind> = allowed.into_iter().map(|open| open.command).collect();
                prop_assert_eq!(&allowed, &told, "actor {} while {:?}", by, &model);
                open.extend(told.into_iter().map(|kind| (by, kind)));
            }
            // Mostly a command that is open, sometimes any command of anybody; ends are left now and then only.
            let (by, kind) = if guided < 8 && !open.is_empty() {
                *choice.get(&open)
            } else {
                (any_actor, *choice.get(CommandKind::ALL))
            };
            if matches!(kind, CommandKind::Dismiss | CommandKind::Merge) && guided > 0 {
                continue;
            }
            let command = filled(kind, city, &life.problem, now, pick);
            prop_assert_eq!(life.tries(by, &command, now).is_ok(), open.contains(&(by, kind)), "{:?}", command);
            if let Ok(change) = life.tries(by, &command, now) {
                model.does(city, &command, now);
                life.does(by, command, now);
                prop_assert_eq!(life.history.last(), Some(&change));
            }
            agree(&model, &life)?;
        }
        let replayed = replay(&life.history);
        prop_assert_eq!(replayed.as_ref(), Some(&life.problem));
        let stored = serde_json::to_string(&life.history).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Vec<Change>>(&stored).unwrap(), &life.history);
        let held = holders(&life.history, now);
        prop_assert!(held.windows(2).all(|pair| pair[0].to == pair[1].from && pair[0].holder != pair[1].holder));
        let total = (now.utc() - life.history[0].at.utc()).num_seconds();
        prop_assert_eq!(accumulated(&held).values().sum::<i64>(), total);
    }
}
