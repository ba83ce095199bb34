//! What plans owe, what is due today, how a period stands, and which walks are taken.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use proptest::prelude::*;

use super::*;

fn calendar() -> Calendar {
    let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../catalogues/yunxi/工作日历-2024至2026.json"));
    Calendar::from_json(&serde_json::from_str(text).unwrap()).unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn plan(frequency: Frequency, from: &str, to: Option<&str>) -> PatrolPlan {
    let stretch = |name: &str| Stretch { site: None, name: name.into() };
    PatrolPlan { frequency, from: day(from), to: to.map(day), stretches: vec![stretch("东街"), stretch("后巷")] }
}

fn set(days: &[&str]) -> BTreeSet<NaiveDate> {
    days.iter().map(|text| day(text)).collect()
}

#[test]
fn working_days_are_the_citys_and_a_year_without_calendar_is_named() {
    let plan = plan(Frequency::Workdays, "2026-01-01", None);
    // The Spring Festival of 2026: off from 02-15 to 02-23, made up on 02-14 and 02-28.
    let owed = plan.owed(day("2026-02-13"), day("2026-02-28"), &calendar()).unwrap();
    let days: Vec<String> = owed.iter().map(|one| one.from.to_string()).collect();
    assert_eq!(days, ["2026-02-13", "2026-02-14", "2026-02-24", "2026-02-25", "2026-02-26", "2026-02-27", "2026-02-28"]);
    let unknown = plan.owed(day("2031-01-01"), day("2031-01-31"), &calendar());
    assert!(unknown.unwrap_err().to_string().contains("2031"));
}

#[test]
fn weeks_belong_to_the_period_of_their_sunday_and_are_owed_whole() {
    let twice = plan(Frequency::Weekly { times: 2 }, "2026-03-04", Some("2026-03-29"));
    let owed = twice.owed(day("2026-03-01"), day("2026-03-31"), &calendar()).unwrap();
    let weeks: Vec<String> = owed.iter().map(|one| one.from.to_string()).collect();
    assert_eq!(weeks, ["2026-03-09", "2026-03-09", "2026-03-16", "2026-03-16", "2026-03-23", "2026-03-23"]);
    let on = plan(Frequency::Weekdays { days: BTreeSet::from([1, 4]) }, "2026-03-01", None);
    assert_eq!(on.owed(day("2026-03-02"), day("2026-03-08"), &calendar()).unwrap().len(), 2);
}

#[test]
fn what_is_due_today_is_done_with_by_one_walk() {
    let (calendar, monday) = (calendar(), day("2026-03-09"));
    let twice = plan(Frequency::Weekly { times: 2 }, "2026-03-01", None);
    let due = |walked: &[&str], on: &str| twice.due(&set(walked), day(on), &calendar).unwrap().map(|owed| owed.from);
    assert_eq!(due(&[], "2026-03-10"), Some(monday));
    assert_eq!(due(&["2026-03-10"], "2026-03-10"), None, "one walk a day");
    assert_eq!(due(&["2026-03-10"], "2026-03-12"), Some(monday));
    assert_eq!(due(&["2026-03-10", "2026-03-12"], "2026-03-14"), None, "the week is done");
    assert_eq!(due(&["2026-03-06", "2026-03-07"], "2026-03-10"), Some(monday), "another week's walks do not count");
}

#[test]
fn what_lies_ahead_is_this_week_and_the_next_without_what_was_walked() {
    let calendar = calendar();
    let ahead = |plan: &PatrolPlan, walked: &[&str], on: &str| {
        let owed = plan.ahead(&set(walked), day(on), &calendar).unwrap();
        owed.iter().map(|owed| (owed.from.to_string()[5..].to_owned(), owed.to.to_string()[5..].to_owned())).collect::<Vec<_>>()
    };
    let on = plan(Frequency::Weekdays { days: BTreeSet::from([1, 4]) }, "2026-03-01", None);
    let days = |days: &[&str]| days.iter().map(|day| ((*day).to_owned(), (*day).to_owned())).collect::<Vec<_>>();
    assert_eq!(ahead(&on, &["2026-03-09"], "2026-03-09"), days(&["03-12", "03-16", "03-19"]));
    assert_eq!(ahead(&on, &[], "2026-03-10"), days(&["03-12", "03-16", "03-19"]), "what was missed does not lie ahead");
    let twice = plan(Frequency::Weekly { times: 2 }, "2026-03-01", Some("2026-03-15"));
    let week = ("03-09".to_owned(), "03-15".to_owned());
    assert_eq!(ahead(&twice, &["2026-03-10"], "2026-03-11"), vec![week.clone()], "one is left, and the plan ends");
    assert_eq!(ahead(&twice, &[], "2026-03-15"), [week.clone(), week]);
}

#[test]
fn a_period_stands_as_owed_walked_missed_and_waiting() {
    let (calendar, march) = (calendar(), (day("2026-03-01"), day("2026-03-31")));
    let on = plan(Frequency::Weekdays { days: BTreeSet::from([1, 4]) }, "2026-03-01", None);
    let owed = on.owed(march.0, march.1, &calendar).unwrap();
    let walked = set(&["2026-03-02", "2026-03-06", "2026-03-12"]);
    let stands = coverage(&owed, &walked, day("2026-03-12"));
    assert_eq!(stands, Coverage { owed: 4, walked: 2, missed: 2, waiting: 0 }, "a walk on another day serves none");
    let today = coverage(&owed, &set(&[]), day("2026-03-02"));
    assert_eq!(today, Coverage { owed: 1, walked: 0, missed: 0, waiting: 1 });
}

#[test]
fn a_walk_is_of_a_day_of_the_plan_and_looks_somewhere() {
    let plan = plan(Frequency::Workdays, "2026-03-02", Some("2026-03-31"));
    let at = |text: &str| Moment::parse(&format!("{text}+08:00")).unwrap();
    let walk = |from: &str, to: &str, looked: &[usize]| {
        let walk = Walk { begun_at: at(from), ended_at: at(to), looked: looked.iter().copied().collect() };
        plan.walked(&walk, at("2026-03-03T12:00:00"), &calendar()).map_err(|refusal| refusal.code())
    };
    assert_eq!(walk("2026-03-03T09:00:00", "2026-03-03T10:00:00", &[0]), Ok(day("2026-03-03")));
    assert_eq!(walk("2026-03-03T10:00:00", "2026-03-03T09:00:00", &[0]), Err("patrol_times"));
    assert_eq!(walk("2026-03-03T10:00:00", "2026-03-03T13:00:00", &[0]), Err("patrol_times"), "it ends after now");
    assert_eq!(walk("2026-03-01T09:00:00", "2026-03-01T10:00:00", &[0]), Err("patrol_not_planned"));
    assert_eq!(walk("2026-03-03T09:00:00", "2026-03-03T10:00:00", &[2]), Err("patrol_stretch_unknown"));
    assert_eq!(walk("2026-03-03T09:00:00", "2026-03-03T10:00:00", &[]), Err("patrol_nothing_looked"));
}

#[test]
fn a_walk_across_midnight_is_of_the_day_on_which_it_began_in_the_city() {
    let plan = plan(Frequency::Workdays, "2026-03-02", Some("2026-03-02"));
    let at = |text: &str| Moment::parse(text).unwrap();
    let walk = |from: &str, to: &str| {
        let walk = Walk { begun_at: at(from), ended_at: at(to), looked: BTreeSet::from([0]) };
        plan.walked(&walk, at("2026-03-05T08:00:00+08:00"), &calendar()).map_err(|refusal| refusal.code())
    };
    let monday = Ok(day("2026-03-02"));
    assert_eq!(walk("2026-03-02T22:40:00+08:00", "2026-03-03T00:20:00+08:00"), monday, "the plan's last day ends meanwhile");
    assert_eq!(walk("2026-03-02T23:59:59+08:00", "2026-03-03T00:00:00+08:00"), monday);
    assert_eq!(walk("2026-03-02T23:59:59.999+08:00", "2026-03-03T06:00:00+08:00"), monday);
    assert_eq!(walk("2026-03-01T16:00:00Z", "2026-03-01T17:00:00Z"), monday, "midnight of the city, not of Greenwich");
    assert_eq!(walk("2026-03-01T23:59:59+08:00", "2026-03-02T00:30:00+08:00"), Err("patrol_not_planned"), "begun the day before");
    assert_eq!(walk("2026-03-03T00:00:00+08:00", "2026-03-03T00:30:00+08:00"), Err("patrol_not_planned"));
    assert_eq!(walk("2026-03-02T08:00:00+08:00", "2026-03-03T08:00:00+08:00"), monday, "24 hours");
    assert_eq!(walk("2026-03-02T08:00:00+08:00", "2026-03-03T08:00:00.001+08:00"), Err("patrol_times"), "more");
}

proptest! {
    /// Whatever the minute and however long, up to a day: a walk is of the day on which it began; a longer one is not taken.
    #[test]
    fn a_walk_is_of_the_day_on_which_it_began(begun in 0_i64..10 * 86_400, lasted in 0_i64..30 * 3_600, until_sent in 0_i64..3 * 86_400) {
        let plan = plan(Frequency::Weekly { times: 1 }, "2026-03-01", None);
        let first = Moment::parse("2026-03-02T00:00:00+08:00").unwrap();
        let after = |seconds: i64| Moment::new(first.utc() + TimeDelta::seconds(seconds));
        let walk = Walk { begun_at: after(begun), ended_at: after(begun + lasted), looked: BTreeSet::from([1]) };
        let judged = plan.walked(&walk, after(begun + lasted + until_sent), &calendar());
        let on = day("2026-03-02").checked_add_days(Days::new(u64::try_from(begun / 86_400).unwrap())).unwrap();
        prop_assert_eq!(judged, if lasted <= 24 * 3_600 { Ok(on) } else { Err(Refusal::Times) });
    }

    /// What is owed is walked, missed or waiting, and never more walked than days there were.
    #[test]
    fn nothing_owed_is_lost(times in 1_u32..=7, walked in proptest::collection::btree_set(0_u64..62, 0..40), today in 0_u64..62) {
        let first = day("2026-03-02");
        let at = |number: u64| first.checked_add_days(Days::new(number)).unwrap();
        let plan = plan(Frequency::Weekly { times }, "2026-03-02", None);
        let owed = plan.owed(first, at(61), &calendar()).unwrap();
        let walked: BTreeSet<NaiveDate> = walked.into_iter().map(at).collect();
        let stands = coverage(&owed, &walked, at(today));
        prop_assert_eq!(stands.owed, stands.walked + stands.missed + stands.waiting);
        prop_assert!(stands.walked as usize <= walked.len());
        let more: BTreeSet<NaiveDate> = walked.iter().copied().chain([at(today)]).collect();
        prop_assert!(coverage(&owed, &more, at(today)).walked >= stands.walked);
    }
}
