use super::*;

fn words() -> String {
    "按要求完成".into()
}

fn report(of: u128, percent: u8) -> Command {
    Command::Report { unit: unit(of), percent, note: words(), evidence: Vec::new() }
}

fn conclude() -> Command {
    Command::Conclude { note: words(), evidence: Vec::new() }
}

fn running() -> Life {
    let office = actor(Role::Office, 2);
    let mut life = Life::begin(blank(), &office).unwrap();
    let now = at("2026-03-02T10:00:00");
    life.does(&office, Command::Determine { determined: Box::new(determined()) }, now).unwrap();
    life.does(&office, Command::Start, now).unwrap();
    life
}

#[test]
fn a_task_starts_only_with_all_five_determinations() {
    let office = actor(Role::Office, 2);
    let now = at("2026-03-02T10:00:00");
    let whole = determined();
    let without = [
        (Determined { goal: None, ..whole.clone() }, Determination::Goal),
        (Determined { measures: Some("  ".into()), ..whole.clone() }, Determination::Measures),
        (Determined { standard: None, ..whole.clone() }, Determination::Standard),
        (Determined { responsible: None, ..whole.clone() }, Determination::Responsible),
        (Determined { due_on: None, ..whole.clone() }, Determination::Deadline),
    ];
    for (determined, missing) in without {
        let mut life = Life::begin(blank(), &office).unwrap();
        life.does(&office, Command::Determine { determined: Box::new(determined) }, now).unwrap();
        assert_eq!(life.task.undetermined(), [missing]);
        assert_eq!(life.does(&office, Command::Start, now), Err(Refusal::Undetermined { determination: missing }));
    }
    assert_eq!(running().task.state, State::Running);
}

#[test]
fn a_running_task_keeps_its_determinations() {
    let mut life = running();
    let lost = Determined { goal: Some(String::new()), ..Determined::default() };
    let refused =
        life.does(&actor(Role::Office, 2), Command::Determine { determined: Box::new(lost) }, at("2026-03-03T09:00:00"));
    assert_eq!(refused, Err(Refusal::DeterminationLost { determination: Determination::Goal }));
}

#[test]
fn lead_and_support_report_apart_the_lead_concludes_the_head_signs_then_the_office_accepts() {
    let mut life = running();
    let now = at("2026-04-01T09:00:00");
    let (lead, head, support) = (actor(Role::Liaison, 3), actor(Role::UnitHead, 3), actor(Role::Officer, 4));
    let office = actor(Role::Office, 2);
    assert_eq!(life.does(&support, report(3, 50), now), Err(Refusal::NotYours { command: CommandKind::Report }));
    assert_eq!(life.does(&lead, report(4, 50), now), Err(Refusal::NotYours { command: CommandKind::Report }));
    assert_eq!(life.does(&lead, report(7, 50), now), Err(Refusal::UnitWithoutPart { unit: unit(7) }));
    assert_eq!(life.does(&lead, report(3, 101), now), Err(Refusal::PercentInvalid { percent: 101 }));
    life.does(&lead, report(3, 60), now).unwrap();
    assert_eq!(life.task.percent(), 60);
    assert_eq!(life.does(&lead, conclude(), now), Err(Refusal::SupportUnfinished { unit: unit(4) }));
    life.does(&support, report(4, 100), now).unwrap();
    assert_eq!(life.task.percent(), 60, "a supporting unit's word moves its own part only");
    assert_eq!(life.does(&support, conclude(), now), Err(Refusal::NotYours { command: CommandKind::Conclude }));
    life.does(&lead, conclude(), now).unwrap();
    let accept = Command::Accept { note: None };
    assert!(life.does(&office, accept.clone(), now).is_err(), "the office does not accept what the head has not signed");
    assert_eq!(life.does(&lead, Command::Sign { note: None }, now), Err(Refusal::NotYours { command: CommandKind::Sign }));
    life.does(&head, Command::Sign { note: None }, now).unwrap();
    life.does(&office, Command::Return { reason: "缺少影像资料".into() }, now).unwrap();
    assert_eq!((life.task.state, life.task.returns), (State::Running, 1));
    life.does(&lead, conclude(), now).unwrap();
    life.does(&head, Command::Sign { note: None }, now).unwrap();
    life.does(&office, accept, now).unwrap();
    assert_eq!((life.task.state, life.task.percent()), (State::Done, 100));
    assert_eq!(replay(&life.history), Some(life.task.clone()));
}

#[test]
fn the_person_in_charge_acts_for_the_lead_without_a_post_there() {
    let mut life = running();
    let in_charge = Actor { person: person(42), posts: vec![Post { unit: unit(7), role: Role::Liaison }] };
    life.does(&in_charge, report(3, 10), at("2026-03-04T09:00:00")).unwrap();
    let office = actor(Role::Office, 2);
    life.does(&office, Command::HandOver { to: person(43) }, at("2026-03-04T09:00:00")).unwrap();
    assert!(life.does(&in_charge, report(3, 20), at("2026-03-05T09:00:00")).is_err(), "not after handing over");
}

#[test]
fn a_unit_drafts_for_itself_only() {
    let staff = |of| actor(Role::Liaison, of);
    assert!(Life::begin(blank(), &staff(3)).is_ok());
    let other = Life::begin(blank(), &staff(5)).map(|life| life.task);
    assert_eq!(other, Err(Refusal::NotYours { command: CommandKind::Draft }));
    let itself = Task { supporting: [unit(3)].into(), ..blank() };
    let refused = Life::begin(itself, &staff(3)).map(|life| life.task);
    assert_eq!(refused, Err(Refusal::UnitSupportsItself { unit: unit(3) }));
    let backwards = Task { start_on: Some(day("2026-05-01")), due_on: Some(day("2026-04-01")), ..blank() };
    let refused = Life::begin(backwards, &staff(3)).map(|life| life.task);
    assert_eq!(refused, Err(Refusal::DueTooEarly { due_on: day("2026-04-01") }));
}

#[test]
fn the_lead_concludes_when_every_milestone_is_done() {
    let mut life = running();
    let lead = actor(Role::Officer, 3);
    let now = at("2026-03-10T09:00:00");
    let steps = [Step { name: "排查".into(), days: 5 }, Step { name: "整治".into(), days: 20 }];
    let milestones = plan::backwards(&life.calendar, day("2026-03-02"), day("2026-06-30"), &steps).unwrap();
    life.does(&lead, Command::Schedule { milestones: milestones.clone() }, now).unwrap();
    life.does(&actor(Role::Liaison, 4), report(4, 100), now).unwrap();
    assert_eq!(life.does(&lead, conclude(), now), Err(Refusal::MilestoneOpen { name: "排查".into() }));
    life.does(&lead, Command::CompleteMilestone { milestone: 0, note: String::new() }, now).unwrap();
    let again = life.does(&lead, Command::CompleteMilestone { milestone: 0, note: String::new() }, now);
    assert_eq!(again, Err(Refusal::MilestoneDone { name: "排查".into() }));
    let forgotten = life.does(&lead, Command::Schedule { milestones }, now);
    assert_eq!(forgotten, Err(Refusal::MilestoneDone { name: "排查".into() }), "what is done stays done");
    life.does(&lead, Command::CompleteMilestone { milestone: 1, note: String::new() }, now).unwrap();
    life.does(&lead, conclude(), now).unwrap();
}

#[test]
fn quantities_are_counted_from_the_beginning() {
    use super::quantity::{Month, MonthlyPlan, Planned};
    use crate::exact::Exact;
    let month = |text: &str| text.parse::<Month>().unwrap();
    let planned = |planned, done: Option<i64>| Planned { planned: Exact::whole(planned), done: done.map(Exact::whole) };
    let plan = MonthlyPlan {
        measure: "条".into(),
        months: [
            (month("2026年1月"), planned(10, Some(14))),
            (month("2026-02"), planned(10, Some(2))),
            (month("2026.3"), planned(20, None)),
        ]
        .into(),
    };
    assert!(!plan.until(month("2026-02")).is_below(80), "16 of 20 is 80 percent, what was done ahead counts");
    assert!(plan.until(month("2026-03")).is_below(80));
    assert_eq!(plan.whole().percent().unwrap().published(1), "40.0");
    assert!(!MonthlyPlan::default().whole().is_below(80), "nothing planned lags in nothing");
    assert!("2026年13月".parse::<Month>().is_err());
}

#[test]
fn rhythms_come_once_in_each_period() {
    use super::rhythm::Every;
    for (every, key, from, to) in [
        (Every::Week, "2026-W10", "2026-03-02", "2026-03-08"),
        (Every::Month, "2026-03", "2026-03-01", "2026-03-31"),
        (Every::Quarter, "2026-Q1", "2026-01-01", "2026-03-31"),
        (Every::Year, "2026", "2026-01-01", "2026-12-31"),
    ] {
        let period = every.period(day("2026-03-05")).unwrap();
        assert_eq!((period.key.as_str(), period.from, period.to), (key, day(from), day(to)));
    }
    assert_eq!(Every::Week.period(day("2027-01-02")).unwrap().key, "2026-W53", "the week belongs to the year of its Thursday");
    let october = Every::Month.period(day("2026-10-20")).unwrap();
    assert_eq!(october.working_day(&calendar(), 1).unwrap(), day("2026-10-08"), "after the holidays");
    assert_eq!(october.working_day(&calendar(), 99).unwrap(), day("2026-10-30"), "the last one if there are fewer");
    let next = Every::Year.period(day("2027-05-01")).unwrap();
    assert_eq!(next.working_day(&calendar(), 1), Err(PlanFault::YearMissing { year: 2027 }));
}

#[test]
fn what_lags_is_found_by_rule() {
    use super::lookback::{Lag, Rule, lags};
    use super::quantity::{Month, MonthlyPlan, Planned};
    use crate::exact::Exact;
    let quarter = super::rhythm::Every::Quarter.period(day("2026-06-01")).unwrap();
    let lagging = |life: &Life, plan: &MonthlyPlan, rebounds, now: &str| {
        lags(&life.task, plan, rebounds, &Rule::default(), &quarter, &life.calendar, at(now))
    };
    let none = MonthlyPlan::default();
    let mut life = running();
    let end = "2026-07-01T09:00:00";
    assert_eq!(lagging(&life, &none, 0, end), [Lag::NoProgress], "due on the last day of the quarter is not late in it");
    life.does(&actor(Role::Liaison, 3), report(3, 10), at("2026-06-20T09:00:00")).unwrap();
    assert_eq!(lagging(&life, &none, 0, end), []);
    assert_eq!(lagging(&life, &none, 1, end), [Lag::Rebound]);
    let month: Month = "2026-06".parse().unwrap();
    let plan = MonthlyPlan {
        measure: "条".into(),
        months: [(month, Planned { planned: Exact::whole(10), done: Some(Exact::whole(7)) })].into(),
    };
    assert_eq!(lagging(&life, &plan, 0, end), [Lag::UnderPlan]);
    let sooner = Command::Postpone { due_on: day("2026-06-25"), reason: "提前".into() };
    life.does(&actor(Role::Office, 2), sooner, at("2026-06-21T09:00:00")).unwrap();
    assert_eq!(lagging(&life, &none, 0, end), [Lag::Late]);
}
