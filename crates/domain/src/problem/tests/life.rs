//! Refusals with their codes, and the turns a life can take.

use std::collections::BTreeSet;

use super::city::*;
use crate::calendar::Limit;
use crate::id::ProblemId;
use crate::problem::*;

const DAY: Limit = Limit::NaturalHours { count: 24 };

#[test]
fn a_public_report_is_checked_before_it_is_filed() {
    let city = City::new();
    let nine = at("2026-03-02T09:00:00");
    let mut life = Life::begin(&city, registration(Source::Citizen, 1), REPORTER, nine);
    assert_eq!(life.refused(OFFICE, &Command::File { check: Some(" ".to_owned()) }, nine), "problem_report_not_checked");
    life.does(OFFICE, Command::File { check: Some("现场核实".to_owned()) }, nine);
    let claimed = Command::Register { registration: Box::new(registration(Source::LeaderInstruction, 1)) };
    let refused = register(&claimed, &ProblemActor::Reporter, &city.context(), nine);
    assert_eq!(refused.unwrap_err().code(), "problem_not_yours", "a citizen cannot speak for a leader");
}

#[test]
fn every_refusal_of_a_rectification_says_why() {
    let city = City::new();
    let now = at("2026-03-02T10:00:00");
    let mut life = Life::assigned(&city, 3, DAY);
    let blank = Command::Decline { reason: "　".to_owned() };
    assert_eq!(life.refused(COMMUNITY_HEAD, &blank, now), "problem_reason_missing");
    assert_eq!(life.refused(DEPARTMENT_OFFICER, &Command::Acknowledge, now), "problem_not_yours");
    assert_eq!(life.refused(COMMUNITY_HEAD, &submit(), now), "problem_state");
    assert_eq!(
        life.refused(COMMUNITY_HEAD, &Command::Decline { reason: because() }, at("2026-03-03T09:00:01")),
        "problem_decline_too_late"
    );
    life.does(COMMUNITY_HEAD, Command::Acknowledge, now);
    let bare = Command::Submit { note: because(), after_photos: Vec::new() };
    assert_eq!(life.refused(COMMUNITY_HEAD, &bare, now), "problem_after_photo_missing");
    let to = Command::Transfer { to: unit(77), reason: because() };
    assert_eq!(life.refused(COMMUNITY_HEAD, &to, now), "problem_unit_unknown");
    let to = Command::Transfer { to: unit(5), reason: because() };
    life.does(COMMUNITY_HEAD, to, now);
    assert_eq!(life.refused(COMMUNITY_HEAD, &submit(), now), "problem_request_pending");
    assert_eq!(life.refused(OFFICE, &Command::AcceptDecline { note: None }, now), "problem_state");
    assert_eq!(life.refused(OFFICE, &Command::ApproveDeferral { note: None }, now), "problem_request_missing");
    life.does(OFFICE, Command::ApproveTransfer { limit: Some(DAY) }, at("2026-03-02T12:00:00"));
    assert_eq!((life.problem.unit, life.problem.state), (Some(unit(5)), State::Assigned));
    assert_eq!(life.problem.due, Due::At { at: at("2026-03-03T12:00:00") });
}

#[test]
fn after_the_second_decline_the_next_assignment_binds() {
    let city = City::new();
    let now = at("2026-03-02T10:00:00");
    let mut life = Life::assigned(&city, 3, DAY);
    let decline = Command::Decline { reason: because() };
    life.does(COMMUNITY_HEAD, decline.clone(), now);
    life.does(OFFICE, Command::AcceptDecline { note: None }, now);
    assert_eq!((life.problem.state, life.problem.unit, life.problem.due), (State::Filed, None, Due::None));
    life.does(OFFICE, assign(5, DAY), now);
    life.does(DEPARTMENT_OFFICER, decline.clone(), now);
    life.does(OFFICE, Command::AcceptDecline { note: None }, now);
    life.does(OFFICE, assign(3, DAY), now);
    assert_eq!(life.refused(COMMUNITY_HEAD, &decline, now), "problem_decline_exhausted");
    assert_eq!(life.problem.tally.cycles, 3);
}

#[test]
fn a_citizens_no_reopens_with_a_new_limit_as_rework() {
    let city = City::new();
    let now = at("2026-03-02T10:00:00");
    let mut life = Life::assigned(&city, 3, DAY);
    life.does(COMMUNITY_HEAD, Command::Acknowledge, now);
    life.does(COMMUNITY_HEAD, submit(), now);
    life.does(OFFICE, verify(), now);
    life.does(REPORTER, Command::RequestReopen { reason: because() }, at("2026-03-09T10:00:00"));
    assert!(life.problem.reopen_requested && life.problem.state == State::Closed);
    let again = Command::RequestReopen { reason: because() };
    assert_eq!(life.refused(REPORTER, &again, at("2026-03-09T10:00:00")), "problem_reopen_requested");
    life.does(OFFICE, Command::Reopen { reason: because(), limit: DAY, unit: None }, at("2026-03-10T10:00:00"));
    assert_eq!(life.problem.state, State::Rectifying);
    assert_eq!((life.problem.tally.reworks, life.problem.tally.cycles), (1, 2));
    assert_eq!(life.problem.due, Due::At { at: at("2026-03-11T10:00:00") });
    assert_eq!(life.problem.on_time(), None);
}

#[test]
fn merging_wants_another_open_problem_and_can_be_undone() {
    let city = City::new();
    let now = at("2026-03-02T10:00:00");
    let mut life = Life::assigned(&city, 3, DAY);
    assert_eq!(life.refused(OFFICE, &Command::Merge { into: life.problem.id }, now), "problem_merge_into_itself");
    let missing = Command::Merge { into: ProblemId::new(id(99)) };
    assert_eq!(life.refused(OFFICE, &missing, now), "problem_merge_target_missing");
    let closed = Problem { state: State::Closed, ..city.other.clone() };
    let context = Context { merge_target: Some(&closed), ..city.context() };
    let merge = Command::Merge { into: city.other.id };
    let refused = life.problem.apply(&merge, &actor(OFFICE), &context, now);
    assert_eq!(refused.unwrap_err().code(), "problem_merge_target_not_open");
    life.does(OFFICE, merge, now);
    assert_eq!((life.problem.state, life.problem.merged_into), (State::Merged, Some(city.other.id)));
    life.does(OFFICE, Command::Unmerge { reason: because() }, now);
    assert_eq!((life.problem.state, life.problem.merged_into, life.problem.unit), (State::Filed, None, None));
}

#[test]
fn a_finished_matter_from_elsewhere_counts_once_someone_acts() {
    let city = City::new();
    let now = at("2026-03-02T10:00:00");
    let registration = Box::new(registration(Source::Hotline, 1));
    let import = |closed_at| Command::Imported { registration: registration.clone(), unit: None, closed_at };
    let refused = register(&import(at("2026-03-02T10:00:01")), &actor(CITY_ADMIN), &city.context(), now);
    assert_eq!(refused.unwrap_err().code(), "problem_closed_in_future");
    let change = register(&import(at("2025-12-01T10:00:00")), &actor(CITY_ADMIN), &city.context(), now).unwrap();
    let mut life = Life { city: &city, problem: Problem::begun(&change).unwrap(), history: vec![change] };
    assert!(life.problem.outside_rates && life.problem.state == State::Closed);
    let reopen = |unit| Command::Reopen { reason: because(), limit: DAY, unit };
    assert_eq!(life.refused(OFFICE, &reopen(None), now), "problem_field_missing");
    life.does(OFFICE, reopen(Some(unit(3))), now);
    assert!(!life.problem.outside_rates);
    assert_eq!(replay(&life.history), Some(life.problem));
}

#[test]
fn stages_have_their_own_dues_within_one_problem() {
    let city = City::new();
    let now = at("2026-03-02T10:00:00");
    let mut life = Life::assigned(&city, 3, Limit::NaturalHours { count: 72 });
    let stages = vec![
        StagePlan { name: "围挡".to_owned(), limit: DAY },
        StagePlan { name: "拆除".to_owned(), limit: Limit::NaturalHours { count: 48 } },
    ];
    life.does(OFFICE, Command::SetStages { stages }, now);
    life.does(COMMUNITY_HEAD, Command::Acknowledge, now);
    let dues: Vec<Due> = life.problem.stages.iter().map(|stage| stage.due).collect();
    assert_eq!(dues, [Due::At { at: at("2026-03-03T09:00:00") }, Due::At { at: at("2026-03-04T09:00:00") }]);
    life.does(COMMUNITY_HEAD, Command::CompleteStage { stage: 0, note: because() }, now);
    let done = |stage| Command::CompleteStage { stage, note: because() };
    assert_eq!(life.refused(COMMUNITY_HEAD, &done(0), now), "problem_stage_done");
    assert_eq!(life.refused(COMMUNITY_HEAD, &done(2), now), "problem_stage_unknown");
}

#[test]
fn open_commands_tell_what_they_need() {
    let city = City::new();
    let mut life = Life::assigned(&city, 3, DAY);
    life.does(COMMUNITY_HEAD, Command::Acknowledge, at("2026-03-02T10:00:00"));
    let open = life.problem.allowed(&actor(GRID_WORKER), &city.context(), at("2026-03-02T10:00:00"));
    assert_eq!(open, [], "a grid worker works for the own grid only");
    let open = life.problem.allowed(&actor(COMMUNITY_LIAISON), &city.context(), at("2026-03-02T10:00:00"));
    let submit = open.iter().find(|open| open.command == CommandKind::Submit).unwrap();
    assert_eq!(submit.needs, [Field::Note, Field::AfterPhotos]);
    let supporting = BTreeSet::from([unit(3)]);
    let own = Command::Assign { unit: unit(3), supporting, limit: DAY, urgency: None };
    let mut filed = Life::begin(&city, registration(Source::Hotline, 1), OFFICE, at("2026-03-02T09:00:00"));
    filed.does(OFFICE, Command::File { check: None }, at("2026-03-02T09:00:00"));
    assert_eq!(filed.refused(OFFICE, &own, at("2026-03-02T09:00:00")), "problem_unit_supports_itself");
}

#[test]
fn a_command_reads_as_its_name() {
    let json = serde_json::json!({"command": "assign", "unit": unit(3), "supporting": [], "urgency": null,
        "limit": {"unit": "working_days", "count": 3}});
    assert_eq!(serde_json::from_value::<Command>(json).unwrap(), assign(3, Limit::WorkingDays { count: 3 }));
    let refusal = serde_json::to_value(Refusal::AfterPhotoMissing).unwrap();
    assert_eq!(refusal, serde_json::json!({"code": "problem_after_photo_missing"}));
}
