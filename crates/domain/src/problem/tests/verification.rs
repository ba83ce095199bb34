//! Who may verify: never the unit that rectified, nor anyone in its line, then or now.

use std::collections::BTreeSet;

use super::city::*;
use crate::calendar::Limit;
use crate::problem::*;

fn submitted(city: &City, number: u128, supporting: &[u128], by: usize) -> Problem {
    let nine = at("2026-03-02T09:00:00");
    let mut life = Life::begin(city, registration(Source::Hotline, 1), OFFICE, nine);
    life.does(OFFICE, Command::File { check: None }, nine);
    let supporting: BTreeSet<_> = supporting.iter().copied().map(unit).collect();
    let limit = Limit::WorkingDays { count: 3 };
    life.does(OFFICE, Command::Assign { unit: unit(number), supporting, limit, urgency: None }, nine);
    // A problem of the creation office is worked on by its own liaison, whom this city need not name.
    if number == 6 {
        life.problem.state = State::Submitted;
        return life.problem;
    }
    life.does(by, Command::Acknowledge, nine);
    life.does(by, submit(), nine);
    life.problem
}

#[test]
fn the_line_of_each_working_unit_is_kept_from_verifying() {
    let city = City::new();
    let free = Ok(());
    let line = Err("problem_verifier_not_independent");
    let stranger = Err("problem_not_yours");
    let community = submitted(&city, 3, &[], COMMUNITY_HEAD);
    let department = submitted(&city, 5, &[], DEPARTMENT_OFFICER);
    let supported = submitted(&city, 5, &[3], DEPARTMENT_OFFICER);
    let own = submitted(&city, 6, &[], OFFICE);
    let cases = [
        ("office", &community, OFFICE, free),
        ("inspector", &community, INSPECTOR, free),
        ("lent by the street above", &community, OFFICE_LENT_BY_STREET, line),
        ("lent by another line", &department, OFFICE_LENT_BY_STREET, free),
        ("lent by a supporting unit's line", &supported, OFFICE_LENT_BY_STREET, line),
        ("in the unit when it was submitted", &department, OFFICE_LATE_OF_DEPARTMENT, line),
        ("never in the unit", &community, OFFICE_LATE_OF_DEPARTMENT, free),
        ("the unit itself", &community, COMMUNITY_HEAD, stranger),
        ("a leader", &community, LEADER, stranger),
        ("supervision, of a community", &community, SUPERVISOR, stranger),
        ("the creation office of itself", &own, OFFICE, line),
        ("another's inspector of the creation office", &own, INSPECTOR_OF_OTHER_STREET, Err("problem_verifier_supervision_only")),
        ("supervision, of the creation office", &own, SUPERVISOR, free),
    ];
    for (case, problem, by, expected) in cases {
        let result = problem.apply(&verify(), &actor(by), &city.context(), at("2026-03-02T10:00:00"));
        assert_eq!(result.map(|_| ()).map_err(|refusal| refusal.code()), expected, "{case}");
    }
}

#[test]
fn a_refusal_names_the_post_that_is_in_the_way() {
    let city = City::new();
    let problem = submitted(&city, 3, &[], COMMUNITY_HEAD);
    let result = problem.apply(&verify(), &actor(OFFICE_LENT_BY_STREET), &city.context(), at("2026-03-02T10:00:00"));
    assert_eq!(result.unwrap_err(), Refusal::VerifierNotIndependent { unit: unit(3), post: unit(2) });
}
