//! Clocks and rates on the worked examples.

use chrono::NaiveDate;

use super::city::*;
use crate::calendar::Limit;
use crate::id::ProblemId;
use crate::problem::rates::{Period, rates};
use crate::problem::*;

const THREE_DAYS: Limit = Limit::WorkingDays { count: 3 };

fn due(text: &str) -> Due {
    Due::At { at: at(text) }
}

fn decline() -> Command {
    Command::Decline { reason: because() }
}

#[test]
fn the_clock_stands_still_from_decline_to_decision() {
    let city = City::new();
    let mut life = Life::assigned(&city, 3, THREE_DAYS);
    assert_eq!(life.problem.due, due("2026-03-05T18:00:00"));
    life.does(COMMUNITY_HEAD, decline(), at("2026-03-03T09:00:00"));
    life.does(OFFICE, Command::RefuseDecline { reason: because() }, at("2026-03-04T10:00:00"));
    assert_eq!(life.problem.due, due("2026-03-06T18:00:00"));
    let single = holders(&life.history, at("2026-03-04T11:00:00"));
    let told: Vec<(Holder, i64)> =
        single.iter().map(|held| (held.holder, (held.to.utc() - held.from.utc()).num_hours())).collect();
    let unit = Holder::Unit { unit: unit(3) };
    assert_eq!(told, [(unit, 24), (Holder::Office, 25), (unit, 1)]);
    assert_eq!(accumulated(&single)[&unit], 25 * 3600);
}

#[test]
fn a_request_alone_does_not_stop_the_clock_and_an_extension_moves_due() {
    let city = City::new();
    let mut life = Life::assigned(&city, 3, THREE_DAYS);
    let until = at("2026-03-10T18:00:00");
    let extend = Command::Extend { reason: because(), progress: "一半".to_owned(), until };
    life.does(COMMUNITY_HEAD, extend.clone(), at("2026-03-05T18:00:00"));
    assert_eq!(life.problem.due, due("2026-03-05T18:00:00"));
    life.does(OFFICE, Command::ApproveExtension { note: None }, at("2026-03-06T09:00:00"));
    assert_eq!(life.problem.due, Due::At { at: until });
    let late = Life::assigned(&city, 3, THREE_DAYS);
    assert_eq!(late.refused(COMMUNITY_HEAD, &extend, at("2026-03-05T18:00:01")), "problem_extension_after_due");
}

#[test]
fn an_extended_clock_still_stands_while_the_verifier_has_it() {
    let city = City::new();
    let mut life = Life::assigned(&city, 3, THREE_DAYS);
    let until = at("2026-03-10T18:00:00");
    let extend = Command::Extend { reason: because(), progress: because(), until };
    life.does(COMMUNITY_HEAD, extend, at("2026-03-03T09:00:00"));
    life.does(OFFICE, Command::ApproveExtension { note: None }, at("2026-03-03T10:00:00"));
    life.does(COMMUNITY_HEAD, Command::Acknowledge, at("2026-03-03T10:00:00"));
    life.does(COMMUNITY_HEAD, submit(), at("2026-03-09T10:00:00"));
    life.does(OFFICE, Command::Return { reason: because(), limit: None }, at("2026-03-11T10:00:00"));
    assert_eq!(life.problem.due, due("2026-03-12T18:00:00"), "two closes of business went by");
}

#[test]
fn a_deferral_stops_the_clock_until_the_day_of_review() {
    let city = City::new();
    let mut life = Life::assigned(&city, 3, THREE_DAYS);
    let review_on = NaiveDate::from_ymd_opt(2026, 3, 9).unwrap();
    let defer = Command::Defer { reason: because(), plan: because(), review_on };
    assert_eq!(life.refused(COMMUNITY_LIAISON, &defer, at("2026-03-03T09:00:00")), "problem_not_yours");
    life.does(COMMUNITY_HEAD, defer, at("2026-03-03T09:00:00"));
    assert_eq!(life.problem.due, due("2026-03-05T18:00:00"));
    life.does(OFFICE, Command::ApproveDeferral { note: None }, at("2026-03-03T10:00:00"));
    assert_eq!((life.problem.state, life.problem.due), (State::Deferred, due("2026-03-11T18:00:00")));
    assert_eq!(life.problem.holder(at("2026-03-08T23:59:59")), Holder::Nobody);
    assert_eq!(life.problem.holder(at("2026-03-09T00:00:00")), Holder::Unit { unit: unit(3) });
    life.does(OFFICE, Command::Resume { note: None, limit: None }, at("2026-03-05T10:00:00"));
    assert_eq!((life.problem.state, life.problem.due), (State::Assigned, due("2026-03-09T18:00:00")), "resumed early");
}

#[test]
fn a_limit_beyond_the_calendar_waits_for_it() {
    let city = City::new();
    let mut without = City::new();
    without.calendar = crate::calendar::Calendar::default();
    let mut life = Life::assigned(&without, 3, THREE_DAYS);
    assert_eq!(life.problem.due, Due::AwaitingCalendar { year: 2026 });
    life.does(COMMUNITY_HEAD, Command::Acknowledge, at("2026-03-02T10:00:00"));
    life.does(COMMUNITY_HEAD, submit(), at("2026-03-04T10:00:00"));
    life.does(OFFICE, verify(), at("2026-03-04T11:00:00"));
    assert_eq!(life.problem.on_time(), None);
    assert_eq!(life.refused(SYSTEM, &Command::SettleDue, at("2026-03-05T09:00:00")), "problem_due_settled");
    life.city = &city;
    life.does(SYSTEM, Command::SettleDue, at("2026-03-05T09:00:00"));
    assert_eq!((life.problem.due, life.problem.on_time()), (due("2026-03-05T18:00:00"), Some(true)));
    assert_eq!(life.refused(SYSTEM, &Command::SettleDue, at("2026-03-06T09:00:00")), "problem_due_settled");
}

#[test]
fn offline_work_counts_at_its_own_time_for_a_day() {
    let city = City::new();
    let mut life = Life::assigned(&city, 3, THREE_DAYS);
    life.does(COMMUNITY_HEAD, Command::Acknowledge, at("2026-03-02T10:00:00"));
    let made = Some(at("2026-03-05T17:59:00"));
    for (arrived, counted, on_time) in [
        ("2026-03-06T17:59:00", "2026-03-05T17:59:00", true),
        ("2026-03-06T17:59:01", "2026-03-06T17:59:01", false),
        ("2026-03-05T17:58:00", "2026-03-05T17:58:00", true),
    ] {
        let context = Context { made_at: made, ..city.context() };
        let change = life.problem.apply(&submit(), &actor(COMMUNITY_HEAD), &context, at(arrived)).unwrap();
        assert_eq!(change.at, at(counted));
        assert_eq!(change.arrived, (arrived != counted).then(|| at(arrived)), "a late arrival is shown");
        assert_eq!(life.problem.after(&change).on_time(), Some(on_time));
    }
}

#[test]
fn on_time_closing_leaves_out_what_was_deferred() {
    let city = City::new();
    let mut life = Life::assigned(&city, 3, THREE_DAYS);
    let open = life.problem.clone();
    life.does(COMMUNITY_HEAD, Command::Acknowledge, at("2026-03-02T10:00:00"));
    let mut late = Life { city: &city, problem: life.problem.clone(), history: Vec::new() };
    life.does(COMMUNITY_HEAD, submit(), at("2026-03-05T18:00:00"));
    life.does(OFFICE, verify(), at("2026-03-20T10:00:00"));
    late.does(COMMUNITY_HEAD, submit(), at("2026-03-05T18:00:01"));
    late.does(OFFICE, verify(), at("2026-03-06T10:00:00"));
    let as_state = |state| Problem { state, ..open.clone() };
    let mut problems = vec![life.problem.clone(); 81];
    problems.extend(vec![as_state(State::Deferred); 10]);
    problems.extend(vec![late.problem; 5]);
    problems.extend(vec![open.clone(); 4]);
    problems.extend([as_state(State::Merged), as_state(State::Dismissed)]);
    problems.push(Problem { outside_rates: true, ..life.problem.clone() });
    let period = Period { from: at("2026-03-01T00:00:00"), to: at("2026-04-01T00:00:00") };
    let counted = rates(&problems, period);
    assert_eq!((counted.on_time.numerator, counted.on_time.denominator), (81, 90));
    assert_eq!(counted.on_time.percent().unwrap().to_string(), "90");
    assert_eq!((counted.closing.numerator, counted.closing.denominator), (86, 90));
    let later = Period { from: at("2026-04-01T00:00:00"), to: at("2026-05-01T00:00:00") };
    assert_eq!(rates(&problems, later).on_time.percent(), None);
}

#[test]
fn the_other_rates_count_what_their_names_say() {
    let city = City::new();
    let mut life = Life::assigned(&city, 3, THREE_DAYS);
    life.does(COMMUNITY_HEAD, decline(), at("2026-03-02T10:00:00"));
    life.does(OFFICE, Command::RefuseDecline { reason: because() }, at("2026-03-02T10:00:00"));
    let extend = Command::Extend { reason: because(), progress: because(), until: at("2026-03-20T18:00:00") };
    life.does(COMMUNITY_HEAD, extend, at("2026-03-02T11:00:00"));
    life.does(OFFICE, Command::ApproveExtension { note: None }, at("2026-03-02T11:00:00"));
    life.does(COMMUNITY_HEAD, Command::Acknowledge, at("2026-03-02T11:00:00"));
    life.does(COMMUNITY_HEAD, submit(), at("2026-03-03T10:00:00"));
    life.does(OFFICE, Command::Return { reason: because(), limit: None }, at("2026-03-03T11:00:00"));
    life.does(COMMUNITY_HEAD, submit(), at("2026-03-04T10:00:00"));
    life.does(OFFICE, verify(), at("2026-03-04T11:00:00"));
    let back = Problem { id: ProblemId::new(id(9)), rebound_of: Some(life.problem.id), ..city.other.clone() };
    let period = Period { from: at("2026-03-01T00:00:00"), to: at("2026-04-01T00:00:00") };
    let counted = rates([&life.problem, &back], period);
    let told = [counted.rework, counted.decline, counted.rebound, counted.extension, counted.deferral];
    assert_eq!(told.map(|rate| (rate.numerator, rate.denominator)), [(1, 2), (1, 1), (1, 1), (1, 1), (0, 1)]);
}

#[test]
fn the_same_fault_is_a_duplicate_while_open_and_a_rebound_within_ninety_days_of_closing() {
    let city = City::new();
    let mut life = Life::assigned(&city, 3, THREE_DAYS);
    let again = registration(Source::Hotline, 9);
    let seen = |life: &Life<'_>, text: &str| recurrence(&life.problem, &again, at(text), city.policy.rebound_days);
    assert_eq!(seen(&life, "2026-03-03T10:00:00"), Some(Recurrence::Duplicate));
    life.does(COMMUNITY_HEAD, Command::Acknowledge, at("2026-03-02T10:00:00"));
    life.does(COMMUNITY_HEAD, submit(), at("2026-03-03T10:00:00"));
    life.does(OFFICE, verify(), at("2026-03-03T11:00:00"));
    assert_eq!(seen(&life, "2026-06-01T11:00:00"), Some(Recurrence::Rebound), "the ninetieth day");
    assert_eq!(seen(&life, "2026-06-01T11:00:01"), None);
    let elsewhere = Registration { site: None, ..again.clone() };
    assert_eq!(recurrence(&life.problem, &elsewhere, at("2026-03-04T10:00:00"), 90), None);
}
