//! A party asked by a link: who asks, how long the link stands, what an answer needs, what the unit may say.

use super::city::*;
use crate::access::Actor;
use crate::calendar::Limit;
use crate::id::MediaId;
use crate::moment::Moment;
use crate::party::*;
use crate::problem::*;

fn person(index: usize) -> Actor {
    match actor(index) {
        ProblemActor::Person { actor, .. } => actor,
        ProblemActor::Reporter | ProblemActor::System => panic!("no person"),
    }
}

fn ask(until: &str) -> PartyAsk {
    PartyAsk { unit: unit(3), state: AskState::Open, expires_at: at(until), answer: None }
}

fn monday() -> Moment {
    at("2026-03-02T10:00:00")
}

fn rectifying(city: &City) -> Problem {
    let mut life = Life::assigned(city, 3, Limit::WorkingDays { count: 3 });
    life.does(COMMUNITY_HEAD, Command::Acknowledge, monday());
    life.problem
}

#[test]
fn the_unit_and_the_office_ask_while_they_have_it_and_nobody_asks_for_what_is_confidential() {
    let city = City::new();
    let problem = rectifying(&city);
    for (who, expected) in [
        (COMMUNITY_HEAD, Ok(unit(3))),
        (COMMUNITY_LIAISON, Ok(unit(3))),
        (STREET_HEAD, Ok(unit(3))),
        (OFFICE, Ok(unit(3))),
        (DEPARTMENT_OFFICER, Err(crate::party::Refusal::NotYours)),
        (GRID_WORKER, Err(crate::party::Refusal::NotYours)),
        (INSPECTOR, Err(crate::party::Refusal::NotYours)),
        (LEADER, Err(crate::party::Refusal::NotYours)),
    ] {
        assert_eq!(may_ask(&problem, &person(who), &city.tree), expected, "{who}");
    }
    let hidden = Problem { confidential: true, ..problem.clone() };
    assert_eq!(may_ask(&hidden, &person(OFFICE), &city.tree).unwrap_err().code(), "party_confidential");
    let done = Problem { state: State::Submitted, ..problem };
    assert_eq!(may_ask(&done, &person(OFFICE), &city.tree).unwrap_err().code(), "party_moved_on");
}

#[test]
fn a_link_stands_until_its_day_and_only_while_the_unit_has_the_problem() {
    let city = City::new();
    let problem = rectifying(&city);
    let open = ask("2026-03-05T10:00:00");
    let code = |ask: &PartyAsk, problem: &Problem, now: &str| ask.stands(problem, at(now)).map_err(|refusal| refusal.code());
    assert_eq!(code(&open, &problem, "2026-03-05T10:00:00"), Ok(Standing::Waiting));
    assert_eq!(code(&open, &problem, "2026-03-05T10:00:01"), Err("party_link_expired"));
    let answered = PartyAsk { state: AskState::Answered, ..open.clone() };
    assert_eq!(code(&answered, &problem, "2026-04-05T10:00:01"), Ok(Standing::Answered), "an answer outlasts the day");
    let revoked = PartyAsk { state: AskState::Revoked, ..open.clone() };
    assert_eq!(code(&revoked, &problem, "2026-03-03T10:00:00"), Err("party_link_revoked"));
    let given_away = Problem { unit: Some(unit(5)), ..problem.clone() };
    assert_eq!(code(&open, &given_away, "2026-03-03T10:00:00"), Err("party_moved_on"));
    let closed = Problem { state: State::Closed, ..problem.clone() };
    assert_eq!(code(&open, &closed, "2026-03-03T10:00:00"), Err("party_moved_on"));
    let settled = PartyAsk { state: AskState::Accepted, ..open.clone() };
    assert_eq!(code(&settled, &closed, "2026-03-03T10:00:00"), Ok(Standing::Settled));
    let hidden = Problem { confidential: true, ..problem };
    assert_eq!(code(&settled, &hidden, "2026-03-03T10:00:00"), Err("party_confidential"), "whatever it is");
}

#[test]
fn an_answer_needs_its_photograph_or_its_reason_and_is_given_once() {
    let city = City::new();
    let problem = rectifying(&city);
    let (open, photo) = (ask("2026-03-05T10:00:00"), [MediaId::new(id(90))]);
    let says = |ask: &PartyAsk, said, words: &str, photos: &[MediaId]| {
        ask.answer(&problem, said, words, photos, monday()).map(|next| next.state).map_err(|refusal| refusal.code())
    };
    assert_eq!(says(&open, PartyAnswer::Done, "扫干净了", &[]), Err("party_photo_missing"));
    assert_eq!(says(&open, PartyAnswer::Done, "", &photo), Ok(AskState::Answered));
    assert_eq!(says(&open, PartyAnswer::NotMine, " ", &photo), Err("party_words_missing"));
    assert_eq!(says(&open, PartyAnswer::Cannot, "要动主管道", &[]), Ok(AskState::Answered));
    let answered = PartyAsk { state: AskState::Answered, ..open.clone() };
    assert_eq!(says(&answered, PartyAnswer::Done, "", &photo), Err("party_answered"));
    let returned = PartyAsk { state: AskState::Returned, ..open };
    assert_eq!(says(&returned, PartyAnswer::Done, "", &photo), Ok(AskState::Answered), "a returned one may answer again");
}

#[test]
fn the_unit_takes_an_answer_returns_it_or_takes_the_link_back() {
    let city = City::new();
    let problem = rectifying(&city);
    let open = ask("2026-03-05T10:00:00");
    let until = at("2026-03-12T10:00:00");
    let (reason, none) = (because(), String::new());
    let says = |ask: &PartyAsk, decision: Decision, who: usize| {
        let next = ask.decide(&problem, &decision, &person(who), &city.tree, until);
        next.map(|next| (next.state, next.expires_at)).map_err(|refusal| refusal.code())
    };
    let answered = |said| PartyAsk { state: AskState::Answered, answer: Some(said), ..open.clone() };
    let back = || Decision::Return { reason: because() };
    assert_eq!(says(&open, Decision::Accept, COMMUNITY_HEAD), Err("party_not_answered"));
    assert_eq!(says(&answered(PartyAnswer::Done), Decision::Accept, DEPARTMENT_OFFICER), Err("party_not_yours"));
    assert_eq!(says(&answered(PartyAnswer::Done), Decision::Accept, COMMUNITY_HEAD), Ok((AskState::Accepted, open.expires_at)));
    assert_eq!(
        says(&answered(PartyAnswer::NotMine), Decision::Accept, COMMUNITY_HEAD),
        Ok((AskState::Released, open.expires_at))
    );
    assert_eq!(says(&answered(PartyAnswer::Done), back(), COMMUNITY_HEAD), Ok((AskState::Returned, until)), "time again");
    assert_eq!(says(&answered(PartyAnswer::Done), Decision::Return { reason: none }, COMMUNITY_HEAD), Err("party_words_missing"));
    assert_eq!(says(&open, Decision::Renew, OFFICE), Ok((AskState::Open, until)));
    assert_eq!(says(&answered(PartyAnswer::Done), Decision::Renew, OFFICE), Err("party_answered"));
    assert_eq!(says(&open, Decision::Revoke { reason }, OFFICE), Ok((AskState::Revoked, open.expires_at)));
    let accepted = PartyAsk { state: AskState::Accepted, ..open.clone() };
    assert_eq!(says(&accepted, back(), OFFICE), Err("party_settled"));
    let elsewhere = Problem { unit: Some(unit(5)), ..problem.clone() };
    let late = answered(PartyAnswer::Done).decide(&elsewhere, &Decision::Accept, &person(OFFICE), &city.tree, until);
    assert_eq!(late.unwrap_err().code(), "party_moved_on");
}
