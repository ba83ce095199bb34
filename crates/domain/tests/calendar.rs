//! When limits are due and overdue: the worked examples and the laws of working time.

#![expect(clippy::unwrap_used, reason = "the helpers of tests may fail the test")]

use std::sync::LazyLock;

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime, TimeDelta};
use proptest::prelude::*;
use serde_json::{Value, json};
use yipanqi_domain::calendar::{Calendar, CalendarError, Limit, Pause};
use yipanqi_domain::moment::Moment;

fn file() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../catalogues/yunxi/工作日历-2024至2026.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn calendar() -> &'static Calendar {
    static READ: LazyLock<Calendar> = LazyLock::new(|| Calendar::from_json(&file()).unwrap());
    &READ
}

/// A moment on Shanghai's clock.
fn at(text: &str) -> Moment {
    Moment::parse(&format!("{text}+08:00")).unwrap()
}

fn shown(moment: Moment) -> String {
    moment.utc().with_timezone(&FixedOffset::east_opt(8 * 3600).unwrap()).format("%Y-%m-%dT%H:%M:%S").to_string()
}

fn hours(count: u32) -> Limit {
    Limit::WorkingHours { count }
}

fn days(count: u32) -> Limit {
    Limit::WorkingDays { count }
}

#[test]
fn limits_are_due_when_the_rules_say() {
    let cases = [
        ("2026-03-02T09:00:00", hours(3), "2026-03-02T12:00:00"),
        ("2026-03-02T09:00:00", hours(4), "2026-03-02T15:00:00"),
        ("2026-03-02T09:00:00", hours(7), "2026-03-02T18:00:00"),
        ("2026-02-13T16:30:00", hours(6), "2026-02-14T15:30:00"),
        ("2026-03-02T09:00:07", hours(3), "2026-03-02T14:00:07"),
        ("2026-03-02T10:20:33", hours(1), "2026-03-02T11:20:33"),
        ("2026-03-02T12:30:00", hours(1), "2026-03-02T15:00:00"),
        ("2026-03-02T18:00:00", hours(1), "2026-03-03T10:00:00"),
        ("2026-03-06T23:59:59", hours(1), "2026-03-09T10:00:00"),
        ("2026-03-02T13:00:05", hours(0), "2026-03-02T13:00:05"),
        ("2026-03-02T08:00:00", days(1), "2026-03-03T18:00:00"),
        ("2026-03-02T23:00:00", days(3), "2026-03-05T18:00:00"),
        ("2026-09-30T10:00:00", days(1), "2026-10-08T18:00:00"),
        ("2026-02-13T10:00:00", days(1), "2026-02-14T18:00:00"),
        ("2026-03-07T10:00:00", days(1), "2026-03-09T18:00:00"),
        ("2026-03-02T18:00:00", days(0), "2026-03-02T18:00:00"),
        ("2026-03-02T18:00:01", days(0), "2026-03-03T18:00:00"),
        ("2026-03-02T10:00:00", Limit::NaturalDays { count: 1 }, "2026-03-04T00:00:00"),
        ("2026-03-02T00:00:00", Limit::NaturalDays { count: 0 }, "2026-03-03T00:00:00"),
        ("2026-02-28T23:59:59", Limit::NaturalDays { count: 5 }, "2026-03-06T00:00:00"),
        ("2026-03-02T10:11:12", Limit::NaturalHours { count: 24 }, "2026-03-03T10:11:12"),
    ];
    for (from, limit, due) in cases {
        assert_eq!(shown(calendar().due(at(from), limit).unwrap()), due, "{limit:?} from {from}");
    }
}

#[test]
fn overdue_is_reached_at_the_close_of_the_nth_working_day_after_due() {
    let cases = [
        ("2026-09-30T18:00:00", 1, "2026-10-08T18:00:00"),
        ("2026-09-30T18:00:00", 2, "2026-10-09T18:00:00"),
        ("2026-03-02T11:00:00", 1, "2026-03-03T18:00:00"),
        ("2026-03-02T11:00:00", 0, "2026-03-02T11:00:00"),
        // 24:00 of Monday: Tuesday is the first working day after it.
        ("2026-03-03T00:00:00", 1, "2026-03-03T18:00:00"),
    ];
    for (due, by, reached) in cases {
        assert_eq!(shown(calendar().overdue_at(at(due), by).unwrap()), reached, "{due} by {by}");
    }
}

/// From, limit, pauses, due.
type Paused<'a> = (&'a str, Limit, &'a [(&'a str, &'a str)], &'a str);

#[test]
fn the_clock_stands_still_in_pauses() {
    let cases: &[Paused] = &[
        ("2026-03-02T10:00:00", days(3), &[("2026-03-03T10:00:00", "2026-03-04T10:00:00")], "2026-03-06T18:00:00"),
        // Stopped and started between two closes: the day is not lost.
        ("2026-03-02T10:00:00", days(3), &[("2026-03-03T09:00:00", "2026-03-03T17:59:59")], "2026-03-05T18:00:00"),
        // A close at the beginning of the pause was worked, one at its end was not.
        ("2026-03-02T10:00:00", days(3), &[("2026-03-03T18:00:00", "2026-03-04T09:00:00")], "2026-03-05T18:00:00"),
        ("2026-03-02T10:00:00", days(3), &[("2026-03-03T10:00:00", "2026-03-03T18:00:00")], "2026-03-06T18:00:00"),
        // A weekend holds no close of business.
        ("2026-03-05T10:00:00", days(3), &[("2026-03-06T19:00:00", "2026-03-09T09:00:00")], "2026-03-10T18:00:00"),
        ("2026-03-02T09:00:00", hours(6), &[("2026-03-02T11:00:00", "2026-03-04T17:00:00")], "2026-03-05T12:00:00"),
        (
            "2026-03-02T10:00:00",
            Limit::NaturalHours { count: 24 },
            &[("2026-03-02T11:00:00", "2026-03-02T13:30:00")],
            "2026-03-03T12:30:00",
        ),
        (
            "2026-03-02T10:00:00",
            Limit::NaturalDays { count: 2 },
            &[("2026-03-03T11:00:00", "2026-03-05T08:00:00")],
            "2026-03-07T00:00:00",
        ),
        // Overlapping pauses count once, a pause after due counts for nothing.
        (
            "2026-03-02T10:00:00",
            days(3),
            &[("2026-03-03T12:00:00", "2026-03-04T10:00:00"), ("2026-03-03T10:00:00", "2026-03-03T19:00:00")],
            "2026-03-06T18:00:00",
        ),
        ("2026-03-02T10:00:00", days(1), &[("2026-03-03T18:00:00", "2026-03-09T10:00:00")], "2026-03-03T18:00:00"),
        ("2026-03-02T09:00:00", hours(3), &[("2026-03-02T12:00:00", "2026-03-09T10:00:00")], "2026-03-02T12:00:00"),
        ("2026-03-02T10:00:00", days(1), &[("2026-02-25T10:00:00", "2026-03-01T10:00:00")], "2026-03-03T18:00:00"),
    ];
    for (from, limit, pauses, due) in cases {
        let pauses: Vec<Pause> = pauses.iter().map(|(from, to)| Pause { from: at(from), to: at(to) }).collect();
        assert_eq!(
            shown(calendar().due_with_pauses(at(from), *limit, &pauses).unwrap()),
            *due,
            "{limit:?} from {from}, {pauses:?}"
        );
    }
}

#[test]
fn a_year_without_calendar_is_named_and_natural_limits_need_none() {
    let calendar = calendar();
    let missing = |year| Err(CalendarError::YearMissing { year });
    assert_eq!(calendar.due(at("2026-12-31T17:00:00"), hours(2)), missing(2027));
    assert_eq!(calendar.due(at("2026-12-31T17:00:00"), days(1)), missing(2027));
    assert_eq!(calendar.due(at("2026-12-31T17:00:00"), hours(1)), Ok(at("2026-12-31T18:00:00")));
    assert_eq!(calendar.due(at("2023-12-31T17:00:00"), days(1)), Ok(at("2024-01-02T18:00:00")));
    assert_eq!(calendar.overdue_at(at("2026-12-31T18:00:00"), 1), missing(2027));
    assert_eq!(calendar.due(at("2023-06-01T17:00:00"), hours(2)), missing(2023));
    assert_eq!(calendar.due(at("2099-12-31T17:00:00"), Limit::NaturalDays { count: 1 }), Ok(at("2100-01-02T00:00:00")));
    assert_eq!(calendar.due(at("2099-12-31T17:00:00"), Limit::NaturalHours { count: 8 }), Ok(at("2100-01-01T01:00:00")));
    assert_eq!(calendar.due(at("2026-01-05T09:00:00"), hours(10_000)), missing(2027));
    assert_eq!(calendar.due(at("2026-01-05T09:00:00"), Limit::NaturalDays { count: u32::MAX }), Err(CalendarError::OutOfRange));
    assert_eq!(CalendarError::YearMissing { year: 2027 }.code(), "calendar_year_missing");
    // A pause over a whole missing year: the hours need none of its days.
    let pause = Pause { from: at("2024-12-31T18:00:00"), to: at("2026-03-02T09:00:00") };
    let only =
        Calendar::from_days(calendar.years().filter(|(year, _)| *year != 2025).map(|(year, days)| (year, days.clone()))).unwrap();
    assert_eq!(only.due_with_pauses(at("2024-12-31T17:00:00"), hours(2), &[pause]), Ok(at("2026-03-02T10:00:00")));
}

#[test]
fn a_far_limit_is_found_in_a_calendar_of_fifty_years() {
    let calendar = Calendar::from_days((2000..2060).map(|year| (year, Default::default()))).unwrap();
    let started = std::time::Instant::now();
    assert_eq!(calendar.due(at("2001-01-01T10:00:00"), days(10_000)), Ok(at("2039-05-02T18:00:00")));
    assert_eq!(calendar.due(at("2001-01-01T09:00:00"), hours(10_000)), Ok(at("2006-06-22T15:00:00")));
    assert!(started.elapsed().as_millis() < 1_000, "{:?}", started.elapsed());
}

#[test]
fn the_file_is_read_as_published() {
    let calendar = calendar();
    let working: Vec<usize> = (2024..=2026)
        .map(|year| {
            let days = NaiveDate::from_ymd_opt(year, 1, 1).unwrap().iter_days().take(365 + usize::from(year == 2024));
            days.filter(|day| calendar.is_working_day(*day).unwrap()).count()
        })
        .collect();
    assert_eq!(working, [251, 248, 248]);
    assert_eq!(calendar.segments().len(), 2);
    let kept = serde_json::to_value(calendar).unwrap();
    assert_eq!(serde_json::from_value::<Calendar>(kept).unwrap(), *calendar);
    assert_eq!(serde_json::to_value(hours(6)).unwrap(), json!({"unit": "working_hours", "count": 6}));
}

#[test]
fn other_layouts_of_the_file_are_read() {
    let listed = json!({"years": [{"year": 2027, "holidays": ["2027-01-01"], "make_up_days": [{"date": "2027-01-02"}]}]});
    let bare = json!({"2027": {"days_off": [{"date": "2027-01-01", "name": "元旦"}], "workdays": ["2027-01-02"]}});
    let read = Calendar::from_json(&listed).unwrap();
    assert_eq!(read, Calendar::from_json(&bare).unwrap());
    assert!(!read.is_working_day("2027-01-01".parse().unwrap()).unwrap());
    assert!(read.is_working_day("2027-01-02".parse().unwrap()).unwrap());
}

#[test]
fn a_faulty_file_is_refused_with_the_field() {
    let cases: &[(&str, Value, &str)] = &[
        ("/years/2026/days_off/0/date", json!("1月1日"), "years.2026.days_off[0].date"),
        ("/years/2026/days_off/0/date", json!("2025-01-01"), "years.2026.days_off"),
        ("/years/2026/days_off", Value::Null, "years.2026.days_off"),
        ("/years/2026/working_days_in_year", json!(249), "years.2026.working_days_in_year"),
        ("/working_segments/1/0", json!("11:00"), "segments[1]"),
        ("/working_segments/0", json!("morning"), "working_segments[0]"),
        ("/timezone", json!("Asia/Yunxi"), "timezone"),
        ("/years", json!({}), "years"),
    ];
    for (pointer, value, field) in cases {
        let mut file = file();
        *file.pointer_mut(pointer).unwrap() = value.clone();
        assert_eq!(Calendar::from_json(&file).unwrap_err().field, *field, "{pointer}");
    }
}

fn moments() -> impl Strategy<Value = Moment> {
    let first = at("2024-01-01T00:00:00").utc().timestamp();
    (0..800 * 86_400_i64).prop_map(move |seconds| Moment::new(DateTime::from_timestamp(first + seconds, 0).unwrap()))
}

fn working_limits() -> impl Strategy<Value = Limit> {
    prop_oneof![(1..200_u32).prop_map(hours), (1..60_u32).prop_map(days)]
}

fn limits() -> impl Strategy<Value = Limit> {
    let natural = prop_oneof![
        (0..300_u32).prop_map(|count| Limit::NaturalDays { count }),
        (0..3_000_u32).prop_map(|count| Limit::NaturalHours { count })
    ];
    prop_oneof![working_limits(), natural]
}

fn pauses() -> impl Strategy<Value = Vec<Pause>> {
    let pause = (moments(), 0..20 * 86_400_i64)
        .prop_map(|(from, seconds)| Pause { from, to: Moment::new(from.utc() + TimeDelta::seconds(seconds)) });
    prop::collection::vec(pause, 0..4)
}

fn one_more(limit: Limit) -> Limit {
    match limit {
        Limit::WorkingHours { count } => hours(count + 1),
        Limit::WorkingDays { count } => days(count + 1),
        Limit::NaturalDays { count } => Limit::NaturalDays { count: count + 1 },
        Limit::NaturalHours { count } => Limit::NaturalHours { count: count + 1 },
    }
}

proptest! {
    #[test]
    fn a_working_limit_is_due_in_working_time(from in moments(), limit in working_limits(), pauses in pauses()) {
        let calendar = calendar();
        if let Ok(due) = calendar.due_with_pauses(from, limit, &pauses) {
            let local = calendar.local(due);
            prop_assert!(calendar.is_working_day(local.date_naive()).unwrap());
            prop_assert!(calendar.segments().iter().any(|segment| segment.open < local.time() && local.time() <= segment.close));
        }
    }

    #[test]
    fn due_never_comes_earlier_for_a_later_start_or_a_longer_limit(one in moments(), two in moments(), limit in limits(), pauses in pauses()) {
        let calendar = calendar();
        let (early, late) = (one.min(two), one.max(two));
        if let (Ok(first), Ok(second)) = (calendar.due(early, limit), calendar.due(late, limit)) {
            prop_assert!(early <= first && first <= second);
        }
        if let (Ok(first), Ok(second)) =
            (calendar.due_with_pauses(one, limit, &pauses), calendar.due_with_pauses(one, one_more(limit), &pauses))
        {
            prop_assert!(first <= second);
        }
    }

    #[test]
    fn pauses_only_postpone(from in moments(), limit in limits(), pauses in pauses()) {
        let calendar = calendar();
        let mut last = calendar.due(from, limit);
        for known in 0..=pauses.len() {
            let due = calendar.due_with_pauses(from, limit, &pauses[..known]);
            if let (Ok(last), Ok(due)) = (&last, &due) {
                prop_assert!(last <= due);
            }
            last = due;
        }
    }

    #[test]
    fn exactly_the_hours_run_until_due(from in moments(), count in 0..300_u32, pauses in pauses()) {
        let calendar = calendar();
        if let Ok(due) = calendar.due(from, hours(count)) {
            prop_assert_eq!(calendar.working_seconds(from, due).unwrap(), i64::from(count) * 3600);
        }
        // Laid end to end the pauses do not overlap; what ran inside them is what was gained.
        let mut apart = pauses;
        apart.sort_by_key(|pause| pause.from);
        apart.dedup_by(|next, kept| next.from <= kept.to);
        if let Ok(due) = calendar.due_with_pauses(from, hours(count), &apart) {
            let inside: i64 = apart
                .iter()
                .map(|pause| (pause.from.max(from).min(due), pause.to.max(from).min(due)))
                .map(|(start, end)| calendar.working_seconds(start, end).unwrap())
                .sum();
            prop_assert_eq!(calendar.working_seconds(from, due).unwrap() - inside, i64::from(count) * 3600);
        }
    }

    #[test]
    fn working_time_adds_up(one in moments(), two in moments(), three in moments()) {
        let calendar = calendar();
        let between = |from, to| calendar.working_seconds(from, to).unwrap();
        prop_assert_eq!(between(one, two) + between(two, three), between(one, three));
        prop_assert_eq!(between(one, two), -between(two, one));
    }

    #[test]
    fn the_clock_shows_what_was_asked(day in 0..1000_u64, second in 0..86_400_u32) {
        let calendar = calendar();
        let date = NaiveDate::from_ymd_opt(2024, 1, 1).unwrap() + chrono::Days::new(day);
        let time = NaiveTime::from_num_seconds_from_midnight_opt(second, 0).unwrap();
        prop_assert_eq!(calendar.local(calendar.moment(date, time)).naive_local(), date.and_time(time));
    }
}
