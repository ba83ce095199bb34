//! The ladder proposes each occasion once; a slip lives by its table.

use chrono::NaiveDate;
use uuid::Uuid;

use super::*;
use crate::access::{Actor, Post, Role};
use crate::calendar::{Calendar, Year};
use crate::id::PersonId;
use crate::problem::{Change, Clock, Command, Problem, Registration, Source, State, Urgency};
use crate::unit::{UnitKind, UnitRow, UnitTree};

fn at(text: &str) -> Moment {
    Moment::parse(&format!("{text}+08:00")).unwrap()
}

fn unit(number: u128) -> UnitId {
    UnitId::new(Uuid::from_u128(number))
}

/// The first week of October 2026 is off; 10-10 is a working Saturday.
fn calendar() -> Calendar {
    let off = (1..=7).map(|day| NaiveDate::from_ymd_opt(2026, 10, day).unwrap()).collect();
    let made_up = [NaiveDate::from_ymd_opt(2026, 10, 10).unwrap()].into();
    Calendar::from_days([(2026, Year { days_off: off, make_up_days: made_up })]).unwrap()
}

/// Assigned, due on Wednesday 2026-09-30 at the close of business.
fn overdue() -> Problem {
    let registration = Registration {
        id: ProblemId::new(Uuid::from_u128(1)),
        source: Source::Hotline,
        site: None,
        item: None,
        criteria: std::collections::BTreeSet::new(),
        category: crate::problem::Category("环境卫生".to_owned()),
        urgency: Urgency::Ordinary,
        requires_after_photo: false,
        confidential: false,
        rebound_of: None,
        photos: Vec::new(),
    };
    let start = at("2026-09-29T09:00:00");
    let begun = Problem::begun(&Change {
        command: Command::Register { registration: Box::new(registration) },
        by: By::Reporter,
        at: start,
        arrived: None,
        from: None,
        to: State::Reported,
        due_before: Due::None,
        due_after: Due::None,
        stages_due: Vec::new(),
        review_at: None,
    });
    let clock = Clock::started(start, Limit::WorkingDays { count: 1 });
    let due = clock.due(&calendar());
    let mut problem = Problem { state: State::Rectifying, unit: Some(unit(2)), clock: Some(clock), due, ..begun.unwrap() };
    problem.tally.cycles = 1;
    problem
}

fn proposed(problem: &Problem, past: &[PastSlip], moment: &str) -> Vec<String> {
    let facts = Facts { problem, past, rebounds: 0 };
    let found = proposals(&facts, &Policy::sample(3), &calendar(), at(moment)).unwrap();
    found.into_iter().map(|proposal| proposal.occasion.step).collect()
}

fn past(problem: &Problem, step: &str, state: SlipState, due: &str) -> PastSlip {
    let occasion = Occasion { problem: problem.id, cycle: problem.tally.cycles, step: step.to_owned(), ordinal: 1 };
    PastSlip { occasion, state, reply_due: Due::At { at: at(due) } }
}

#[test]
fn white_is_proposed_at_the_close_of_the_first_working_day_overdue_and_once() {
    let problem = overdue();
    assert_eq!(proposed(&problem, &[], "2026-09-30T10:00:00"), ["reminder"]);
    assert_eq!(proposed(&problem, &[], "2026-10-08T17:59:59"), [""; 0]);
    assert_eq!(proposed(&problem, &[], "2026-10-08T18:00:00"), ["white"]);
    for state in [SlipState::Proposed, SlipState::Issued, SlipState::Withdrawn] {
        let taken = [past(&problem, "white", state, "2026-12-31T18:00:00")];
        assert_eq!(proposed(&problem, &taken, "2026-10-09T18:00:00"), [""; 0], "{state:?}");
    }
}

#[test]
fn a_stage_is_pressed_for_by_its_own_limit_until_it_is_done() {
    let mut problem = overdue();
    problem.due = Due::At { at: at("2026-10-30T18:00:00") };
    let stage = |name: &str, due: &str| crate::problem::Stage {
        name: name.to_owned(),
        limit: crate::calendar::Limit::NaturalHours { count: 24 },
        due: Due::At { at: at(due) },
        done_at: None,
    };
    let due = |problem: &Problem| problem.pressing().moment();
    let whole = due(&problem);
    problem.stages = vec![stage("围挡", "2026-10-12T18:00:00"), stage("拆除", "2026-10-16T18:00:00")];
    assert_eq!(due(&problem), Some(at("2026-10-12T18:00:00")), "the first stage presses");
    let found = |problem: &Problem, past: &[PastSlip], moment: &str| -> Vec<(String, Option<usize>)> {
        let facts = Facts { problem, past, rebounds: 0 };
        let found = proposals(&facts, &Policy::sample(3), &calendar(), at(moment)).unwrap();
        found.into_iter().map(|proposal| (proposal.occasion.step.clone(), proposal.occasion.stage())).collect()
    };
    assert_eq!(found(&problem, &[], "2026-10-12T10:00:00"), [("reminder".to_owned(), Some(0))]);
    assert_eq!(found(&problem, &[], "2026-10-13T18:00:00"), [("white".to_owned(), Some(0))]);
    let mut white = past(&problem, "white", SlipState::Issued, "2026-12-31T18:00:00");
    white.occasion.ordinal = Occasion::of_stage(0);
    assert_eq!(found(&problem, std::slice::from_ref(&white), "2026-10-14T18:00:00"), [], "once");
    assert_eq!(found(&problem, std::slice::from_ref(&white), "2026-10-19T18:00:00"), [("white".to_owned(), Some(1))]);
    assert_eq!(
        direct(&Facts { problem: &problem, past: &[white], rebounds: 0 }, &Policy::sample(3).steps[1]).occasion.ordinal,
        2
    );
    problem.stages[0].done_at = Some(at("2026-10-14T09:00:00"));
    assert_eq!(problem.stages[0].is_late(None, at("2026-10-14T09:00:00")), Some(true));
    assert_eq!(found(&problem, &[], "2026-10-14T18:00:00"), [], "what is done is not pressed for");
    assert_eq!(due(&problem), Some(at("2026-10-16T18:00:00")));
    problem.state = State::Submitted;
    assert_eq!((due(&problem), found(&problem, &[], "2026-10-19T18:00:00")), (whole, vec![]), "then the verifier has it");
}

#[test]
fn an_occasion_belongs_to_its_cycle_and_survives_a_new_due_moment() {
    let mut problem = overdue();
    let taken = [past(&problem, "white", SlipState::Withdrawn, "2026-12-31T18:00:00")];
    problem.due = Due::At { at: at("2026-10-08T12:00:00") };
    assert_eq!(proposed(&problem, &taken, "2026-10-20T18:00:00"), [""; 0]);
    problem.tally.cycles = 2;
    assert_eq!(proposed(&problem, &taken, "2026-10-20T18:00:00"), ["white"]);
}

#[test]
fn yellow_follows_an_expired_or_rejected_white_whatever_was_replied() {
    let problem = overdue();
    let cases = [
        (SlipState::Issued, "2026-10-13T18:00:00", false),
        (SlipState::Issued, "2026-10-13T18:00:01", true),
        (SlipState::Accepted, "2026-10-13T18:00:01", true),
        (SlipState::Appealed, "2026-10-13T18:00:01", false),
        (SlipState::Lifted, "2026-10-13T18:00:01", false),
        (SlipState::NotAccepted, "2026-10-12T09:00:00", true),
    ];
    for (state, moment, expected) in cases {
        let white = past(&problem, "white", state, "2026-10-13T18:00:00");
        let steps = proposed(&problem, std::slice::from_ref(&white), moment);
        assert_eq!(steps, vec!["yellow"; usize::from(expected)], "{state:?} at {moment}");
        let yellow = past(&problem, "yellow", SlipState::Proposed, "2026-12-31T18:00:00");
        assert_eq!(proposed(&problem, &[white, yellow], moment), [""; 0]);
    }
}

#[test]
fn who_waits_for_the_verdict_does_not_grow_later() {
    let mut problem = overdue();
    problem.clock = problem.clock.map(|clock| clock.stopped(at("2026-10-08T10:00:00")));
    problem.state = State::Submitted;
    assert_eq!(proposed(&problem, &[], "2026-10-20T18:00:00"), [""; 0]);
    problem.clock = problem.clock.map(|clock| clock.running(at("2026-10-09T10:00:00")));
    problem.state = State::Rectifying;
    assert_eq!(proposed(&problem, &[], "2026-10-09T17:59:59"), [""; 0], "the close of 10-08 went by while it was verified");
    assert_eq!(proposed(&problem, &[], "2026-10-09T18:00:00"), ["white"]);
}

#[test]
fn what_comes_back_again_and_again_is_yellow_at_once() {
    let problem = overdue();
    let found = |rebounds| {
        let facts = Facts { problem: &problem, past: &[], rebounds };
        proposals(&facts, &Policy::sample(3), &calendar(), at("2026-09-29T10:00:00")).unwrap()
    };
    assert_eq!(found(1), []);
    let steps: Vec<(String, Option<Trigger>)> = found(2).into_iter().map(|found| (found.occasion.step, found.trigger)).collect();
    assert_eq!(steps, [("yellow".to_owned(), Some(Trigger::Rebound { times: 2 }))]);
}

#[test]
fn closed_and_deferred_problems_are_left_in_peace() {
    for state in [State::Closed, State::Deferred, State::Merged, State::Dismissed] {
        assert_eq!(proposed(&Problem { state, ..overdue() }, &[], "2026-10-20T18:00:00"), [""; 0]);
    }
}

#[test]
fn a_direct_slip_leaves_the_ladders_own_occasion_free() {
    let problem = overdue();
    let policy = Policy::sample(5);
    let facts = Facts { problem: &problem, past: &[], rebounds: 0 };
    assert_eq!(direct(&facts, &policy.steps[3]).occasion.ordinal, 2);
}

fn slip() -> Slip {
    Slip {
        id: SlipId::new(Uuid::from_u128(5)),
        version: 1,
        colour: SlipColour::White,
        state: SlipState::Proposed,
        occasion: Occasion { problem: ProblemId::new(Uuid::from_u128(1)), cycle: 1, step: "white".to_owned(), ordinal: 1 },
        unit: unit(2),
        reply_limit: Limit::WorkingDays { count: 3 },
        number: None,
        issued_at: None,
        reply_due: Due::None,
        replied_at: None,
        before_appeal: None,
    }
}

fn person(number: u128, role: Role) -> SlipActor {
    SlipActor::Person(Actor { person: PersonId::new(Uuid::from_u128(9)), posts: vec![Post { unit: unit(number), role }] })
}

fn tree() -> UnitTree {
    let row = |number, kind| UnitRow { id: unit(number), parent: None, kind, open: None, close: None };
    UnitTree::build([row(1, UnitKind::Office), row(2, UnitKind::Street), row(3, UnitKind::Street)]).unwrap()
}

#[test]
fn a_slip_is_issued_received_replied_and_judged_by_those_whose_it_is() {
    let number = SlipNumber { year: 2026, number: 37 };
    assert_eq!(number.to_string(), "〔2026〕37号");
    let (office, head, stranger) = (person(1, Role::Office), person(2, Role::UnitHead), person(3, Role::UnitHead));
    let because = || "理由".to_owned();
    let steps = [
        (&stranger, SlipCommand::Issue { number }, Err("slip_not_yours")),
        (&office, SlipCommand::Issue { number: SlipNumber { year: 2025, number: 37 } }, Err("slip_number_year")),
        (&office, SlipCommand::Issue { number }, Ok(SlipState::Issued)),
        (&office, SlipCommand::Issue { number }, Err("slip_state")),
        (&stranger, SlipCommand::Receive, Err("slip_not_yours")),
        (&head, SlipCommand::Receive, Ok(SlipState::Received)),
        (&head, SlipCommand::Appeal { reason: because() }, Ok(SlipState::Appealed)),
        (&office, SlipCommand::RejectAppeal { reason: because() }, Ok(SlipState::Received)),
        (&head, SlipCommand::Reply { text: String::new(), evidence: Vec::new() }, Err("slip_reply_empty")),
        (&head, SlipCommand::Reply { text: because(), evidence: Vec::new() }, Ok(SlipState::Replied)),
        (&head, SlipCommand::Accept { note: None }, Err("slip_not_yours")),
        (&office, SlipCommand::NotAccept { reason: String::new() }, Err("slip_reason_missing")),
        (&office, SlipCommand::NotAccept { reason: because() }, Ok(SlipState::NotAccepted)),
        (&office, SlipCommand::Withdraw { reason: because() }, Ok(SlipState::Withdrawn)),
        (&office, SlipCommand::Lift { reason: because() }, Err("slip_state")),
    ];
    let (tree, calendar, mut slip) = (tree(), calendar(), slip());
    for (by, command, expected) in steps {
        let result = slip.apply(&command, by, &tree, &calendar, at("2026-10-08T18:00:00"));
        assert_eq!(result.as_ref().map(|change| change.to).map_err(Refusal::code), expected, "{command:?}");
        let open = slip.allowed(by, &tree).contains(&command.kind());
        assert!(open || result.is_err(), "what is accepted was open: {command:?}");
        if let Ok(change) = result {
            slip = slip.after(&change);
        }
    }
    assert_eq!(slip.number, Some(number), "a withdrawn number stays");
    assert_eq!(slip.reply_due, Due::At { at: at("2026-10-12T18:00:00") }, "10-09, the working Saturday, Monday");
}

#[test]
fn a_rehearsal_climbs_the_ladder_by_the_calendar_and_stops_where_the_problem_was_closed() {
    use crate::problem::rates::Period;
    let registration = Registration {
        id: ProblemId::new(Uuid::from_u128(1)),
        source: Source::Hotline,
        site: None,
        item: None,
        criteria: std::collections::BTreeSet::new(),
        category: crate::problem::Category("环境卫生".to_owned()),
        urgency: Urgency::Ordinary,
        requires_after_photo: false,
        confidential: false,
        rebound_of: None,
        photos: Vec::new(),
    };
    let change = |command, moment: &str, to, due| Change {
        command,
        by: By::System,
        at: at(moment),
        arrived: None,
        from: None,
        to,
        due_before: Due::None,
        due_after: due,
        stages_due: Vec::new(),
        review_at: None,
    };
    let assign = Command::Assign { unit: unit(2), supporting: [].into(), limit: Limit::WorkingDays { count: 1 }, urgency: None };
    let due = Due::At { at: at("2026-09-30T18:00:00") };
    let mut history = vec![
        change(Command::Register { registration: Box::new(registration) }, "2026-09-29T09:00:00", State::Reported, Due::None),
        change(assign, "2026-09-29T09:00:00", State::Assigned, due),
        change(Command::Acknowledge, "2026-09-29T10:00:00", State::Rectifying, due),
    ];
    let period = Period { from: at("2026-01-01T00:00:00"), to: at("2026-12-31T00:00:00") };
    let climbed = |history: &[Change], days: u32| {
        let found = rehearse(history, 0, &Policy::sample(days), &calendar(), period).unwrap();
        found.iter().map(|step| format!("{} {}", step.occasion.step, step.at.stored())).collect::<Vec<_>>()
    };
    let three = climbed(&history, 3);
    assert_eq!(
        three,
        [
            "reminder 2026-09-29T10:00:00.000Z",
            "white 2026-10-08T10:00:00.000Z",
            "yellow 2026-10-12T10:01:00.000Z",
            "red 2026-10-15T10:01:00.000Z",
        ]
    );
    assert_eq!(climbed(&history, 5)[2], "yellow 2026-10-14T10:01:00.000Z", "two more days to reply");
    history.push(change(
        Command::Submit { note: String::new(), after_photos: Vec::new() },
        "2026-10-10T10:00:00",
        State::Submitted,
        due,
    ));
    history.push(change(Command::Verify { note: None, photos: Vec::new() }, "2026-10-11T10:00:00", State::Closed, due));
    assert_eq!(climbed(&history, 3).len(), 2, "closed before yellow was reached");
}
