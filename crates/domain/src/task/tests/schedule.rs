use proptest::prelude::*;

use super::*;
use crate::task::plan::backwards;

fn step(name: &str, days: u32) -> Step {
    Step { name: name.into(), days }
}

#[test]
fn steps_are_laid_backwards_over_holidays_and_make_up_days() {
    let steps = [step("动员部署", 2), step("集中整治", 5), step("验收", 1)];
    let laid = backwards(&calendar(), day("2026-02-01"), day("2026-02-25"), &steps).unwrap();
    let told: Vec<_> = laid.iter().map(|one| (one.name.as_str(), one.from.to_string(), one.due.stored())).collect();
    // 02-25 Wednesday; 02-24 Tuesday; then back over the festival to the made-up Saturday 02-14.
    assert_eq!(
        told,
        [
            ("动员部署", "2026-02-09".into(), at("2026-02-10T18:00:00").stored()),
            ("集中整治", "2026-02-11".into(), at("2026-02-24T18:00:00").stored()),
            ("验收", "2026-02-25".into(), at("2026-02-25T18:00:00").stored()),
        ]
    );
}

#[test]
fn an_impossible_plan_is_named() {
    let steps = [step("招标", 10), step("施工", 15), step("验收", 3)];
    // From Monday 03-02 to Friday 03-27 people work 20 days; 28 are wanted.
    let refused = backwards(&calendar(), day("2026-03-02"), day("2026-03-27"), &steps);
    let earliest = day("2026-04-08");
    assert_eq!(refused, Err(PlanFault::Impossible { step: "招标".into(), short: 8, earliest }));
    assert!(backwards(&calendar(), day("2026-03-02"), earliest, &steps).is_ok(), "the day it names would do");
    assert!(backwards(&calendar(), day("2026-03-02"), earliest.pred_opt().unwrap(), &steps).is_err());
}

#[test]
fn a_missing_year_and_empty_steps_are_named() {
    let calendar = calendar();
    let from = day("2026-12-01");
    assert_eq!(backwards(&calendar, from, day("2027-01-05"), &[step("收尾", 1)]), Err(PlanFault::YearMissing { year: 2027 }));
    assert_eq!(backwards(&calendar, from, day("2026-12-31"), &[]), Err(PlanFault::NoStep));
    let steps = [step("一", 1), step("二", 0)];
    assert_eq!(backwards(&calendar, from, day("2026-12-31"), &steps), Err(PlanFault::StepEmpty { step: 2 }));
}

proptest! {
    /// Never outside working time, order kept, no day used twice, as late as possible; else a day is named that would do.
    #[test]
    fn plans_keep_the_laws(
        first in 0u64..200, span in 0u64..120, lengths in prop::collection::vec(1u32..12, 1..7),
    ) {
        let calendar = calendar();
        let first = day("2026-01-01") + chrono::Days::new(first);
        let due = first + chrono::Days::new(span);
        let steps: Vec<Step> = lengths.iter().enumerate().map(|(place, days)| step(&format!("节点{place}"), *days)).collect();
        let works = |day: NaiveDate| calendar.is_working_day(day).unwrap();
        let count = |from: NaiveDate, to: NaiveDate| from.iter_days().take_while(|day| *day <= to).filter(|day| works(*day)).count();
        let wanted: u32 = lengths.iter().sum();
        match backwards(&calendar, first, due, &steps) {
            Ok(laid) => {
                prop_assert_eq!(laid.len(), steps.len());
                let mut free = first;
                for (milestone, step) in laid.iter().zip(&steps) {
                    let last = calendar.local(milestone.due).date_naive();
                    prop_assert!(works(milestone.from) && works(last), "{:?}", milestone);
                    prop_assert_eq!(milestone.due, calendar.day_close(last));
                    prop_assert!(milestone.from >= free, "overlaps the step before: {:?}", milestone);
                    prop_assert_eq!(count(milestone.from, last), step.days as usize);
                    prop_assert_eq!((&milestone.name, milestone.done_at), (&step.name, None));
                    free = last.succ_opt().unwrap();
                }
                let last = calendar.local(laid.last().unwrap().due).date_naive();
                prop_assert!(last <= due);
                prop_assert_eq!(count(last.succ_opt().unwrap(), due), 0, "it could end later");
                prop_assert_eq!(count(laid[0].from, due), wanted as usize, "a working day lies idle between");
            }
            Err(PlanFault::Impossible { step, short, earliest }) => {
                prop_assert_eq!(count(first, due) + short as usize, wanted as usize);
                prop_assert!(steps.iter().any(|one| one.name == step));
                prop_assert!(backwards(&calendar, first, earliest, &steps).is_ok());
                prop_assert!(backwards(&calendar, first, earliest.pred_opt().unwrap(), &steps).is_err());
            }
            Err(other) => prop_assert!(false, "{other:?}"),
        }
    }
}
