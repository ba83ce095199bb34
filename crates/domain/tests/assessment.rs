//! What an assessment of units promises.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails the test")]

use proptest::prelude::*;
use uuid::Uuid;
use yipanqi_domain::assessment::{
    Appeal, AppealRefusal, AppealState, AssessmentEvent, AssessmentPolicy, Correction, CorrectionMisfit, Excluded, Exclusion,
    Fact, Finder, ListRule, Listed, NotCounted, PolicyFlaw, UnitInputs, assess, corrected,
};
use yipanqi_domain::exact::Exact;
use yipanqi_domain::id::UnitId;
use yipanqi_domain::moment::Moment;

fn exact(text: &str) -> Exact {
    text.parse().unwrap()
}

fn unit(number: u128) -> UnitId {
    UnitId::new(Uuid::from_u128(number))
}

fn fact(reached: &str, possible: &str, denominator: u64) -> Fact {
    Fact {
        reached: exact(reached),
        possible: exact(possible),
        denominator,
        link: String::new(),
        source: String::new(),
        interval: None,
        parts: Vec::new(),
    }
}

fn inputs(number: u128, facts: &[(&str, Fact)]) -> UnitInputs {
    UnitInputs {
        unit: unit(number),
        code: format!("U{number:02}"),
        name: String::new(),
        group: "street".to_owned(),
        facts: facts.iter().map(|(key, fact)| ((*key).to_owned(), fact.clone())).collect(),
        events: Vec::new(),
    }
}

fn event(id: &str, adjustment: &str, finder: Finder, repeats: u32, count: u32) -> AssessmentEvent {
    AssessmentEvent {
        id: id.to_owned(),
        adjustment: adjustment.to_owned(),
        finder,
        repeats,
        count,
        note: String::new(),
        link: String::new(),
    }
}

#[test]
fn a_figure_is_composed_and_what_is_missing_counts_neither_nothing_nor_full() {
    let one = inputs(
        1,
        &[("field", fact("9", "10", 8)), ("rectification", fact("81", "90", 90)), ("survey", fact("88.4", "100", 200))],
    );
    let outcome = assess(&AssessmentPolicy::default(), &[one]);
    let unit = &outcome.units[0];
    // (90 × 50 + 90 × 25 + 88.4 × 5) ÷ 80
    assert_eq!(unit.base, Some(exact("89.9")));
    assert_eq!((unit.covered.clone(), unit.standing.rank), (exact("80"), Some(1)));
    let why: Vec<_> = unit.components.iter().map(|figure| figure.not_counted).collect();
    assert_eq!(why, [None, None, Some(NotCounted::NoFact), Some(NotCounted::NoFact), None]);
    let parts: Exact = unit.components.iter().filter_map(|figure| figure.part.as_ref()).sum();
    assert_eq!(Some(parts), unit.total);
}

#[test]
fn too_few_cases_too_little_weight_and_exclusions_are_said() {
    let few = inputs(1, &[("field", fact("9", "10", 4)), ("rectification", fact("9", "10", 10))]);
    let out = inputs(2, &[("field", fact("9", "10", 9))]);
    let nothing = inputs(3, &[]);
    let odd = inputs(4, &[("field", fact("11", "10", 9)), ("rectification", fact("1", "1", 3)), ("tasks", fact("0", "0", 1))]);
    let policy = AssessmentPolicy {
        exclusions: vec![Exclusion { unit: unit(2), reason: "正在撤并".to_owned() }],
        ..AssessmentPolicy::default()
    };
    let outcome = assess(&policy, &[few, out, nothing, odd]);
    let of = |number| outcome.units.iter().find(|known| known.unit == unit(number)).unwrap();
    assert_eq!(of(1).components[0].not_counted, Some(NotCounted::BelowMinimum));
    assert_eq!(of(1).excluded, Some(Excluded::CoveredTooLittle { covered: exact("25"), minimum: exact("50") }));
    assert_eq!(of(2).excluded, Some(Excluded::ByPolicy { reason: "正在撤并".to_owned() }));
    assert_eq!((of(3).base.clone(), of(3).standing.rank), (None, None));
    assert_eq!(of(4).components[0].not_counted, Some(NotCounted::OutOfRange));
    assert_eq!(of(4).components[2].not_counted, Some(NotCounted::NoFact));
    assert!(outcome.units.iter().all(|unit| unit.standing.rank.is_none() && unit.listed.is_none()));
}

#[test]
fn weights_that_do_not_add_up_are_said_and_read_relative_to_their_sum() {
    let mut policy = AssessmentPolicy::default();
    policy.components.truncate(2);
    policy.components[1].weight = exact("25.5");
    let one = inputs(1, &[("field", fact("1", "2", 9)), ("rectification", fact("1", "1", 9))]);
    let outcome = assess(&policy, std::slice::from_ref(&one));
    assert_eq!(outcome.flaws, [PolicyFlaw::WeightsDiffer { sum: exact("75.5") }]);
    assert_eq!(outcome.units[0].base, (exact("5050")).checked_div(&exact("75.5")));
    policy.components[0].weight = exact("-1");
    policy.components[1].weight = exact("0");
    policy.components[1].key = "field".to_owned();
    let outcome = assess(&policy, &[one]);
    assert!(outcome.flaws.contains(&PolicyFlaw::NoWeights));
    assert!(outcome.flaws.contains(&PolicyFlaw::NegativeWeight { key: "field".to_owned() }));
    assert!(outcome.flaws.contains(&PolicyFlaw::KeyRepeated { key: "field".to_owned() }));
    assert_eq!(outcome.units[0].base, None);
}

#[test]
fn who_found_it_and_whether_it_repeats_changes_the_price() {
    let mut one = inputs(1, &[("field", fact("9", "10", 9))]);
    one.events = vec![
        event("4", "exposure", Finder::Higher, 1, 3),
        event("1", "exposure", Finder::City, 0, 1),
        event("2", "exposure", Finder::Media, 1, 1),
        event("3", "experience", Finder::Higher, 5, 2),
        event("5", "exposure", Finder::Own, 0, 1),
        event("6", "unknown", Finder::City, 0, 1),
    ];
    let outcome = assess(&AssessmentPolicy::default(), &[one]);
    let unit = &outcome.units[0];
    let listed: Vec<_> = unit.adjustments.iter().map(|of| (of.event.id.as_str(), of.points.clone(), of.limited)).collect();
    let expected = [("1", exact("-0.5"), false), ("2", exact("-2"), false), ("3", exact("2"), false), ("4", exact("-7.5"), true)];
    assert_eq!(listed, expected, "the limit of 10 points leaves 7.5 for the last");
    assert_eq!(unit.total, Some(exact("82")));
    assert_eq!(outcome.ignored, ["5", "6"]);
}

#[test]
fn red_and_black_go_by_place_or_by_figure_and_never_both() {
    let field = |number, reached| inputs(number, &[("field", fact(reached, "100", 9))]);
    let three = [field(1, "91.2349"), field(2, "91.2341"), field(3, "80")];
    let mut policy = AssessmentPolicy::default();
    let lists = |policy: &AssessmentPolicy, inputs: &[UnitInputs]| {
        let units = assess(policy, inputs).units.into_iter();
        units.map(|unit| (unit.standing.rank, unit.listed)).collect::<Vec<_>>()
    };
    assert_eq!(
        lists(&policy, &three),
        [(Some(1), Some(Listed::Red)), (Some(1), Some(Listed::Red)), (Some(3), Some(Listed::Black))]
    );
    assert_eq!(lists(&policy, &three[..1]), [(Some(1), None)]);
    policy.red = ListRule::Threshold { figure: exact("91.23") };
    policy.black = ListRule::Threshold { figure: exact("80") };
    assert_eq!(lists(&policy, &three), [(Some(1), Some(Listed::Red)), (Some(1), Some(Listed::Red)), (Some(3), None)]);
}

#[test]
fn an_appeal_has_a_window_and_one_decision() {
    let until = Moment::parse("2026-03-05T10:00:00Z").unwrap();
    let late = Moment::parse("2026-03-05T10:00:01Z").unwrap();
    let appeal = Appeal::file(until, until).unwrap();
    assert_eq!(Appeal::file(until, late), Err(AppealRefusal::TooLate));
    let decided = appeal.decide(AppealState::Rejected).unwrap();
    assert_eq!(decided.decide(AppealState::Accepted), Err(AppealRefusal::Decided));
    assert_eq!(appeal.decide(AppealState::Filed), Err(AppealRefusal::Decided));
}

#[test]
fn a_correction_changes_only_what_it_names() {
    let mut before = vec![inputs(1, &[("field", fact("8", "10", 9))]), inputs(2, &[("field", fact("9", "10", 9))])];
    before[0].events = vec![event("1", "exposure", Finder::Media, 0, 1)];
    let corrections = [
        Correction::Fact { unit: unit(1), component: "field".to_owned(), fact: Some(fact("9.5", "10", 9)) },
        Correction::DropEvent { unit: unit(1), event: "1".to_owned() },
    ];
    let policy = AssessmentPolicy::default();
    let after = corrected(&policy, &before, &corrections).unwrap();
    let outcome = assess(&policy, &after);
    assert_eq!((outcome.units[0].unit, outcome.units[0].total.clone()), (unit(1), Some(exact("95"))));
    assert_eq!(after[1], before[1]);
    let refused = |correction| corrected(&policy, &before, &[correction]).unwrap_err();
    let of = |component: &str, reached| Correction::Fact {
        unit: unit(1),
        component: component.to_owned(),
        fact: Some(fact(reached, "10", 9)),
    };
    let added = |key, finder| Correction::AddEvent { unit: unit(1), event: event("2", key, finder, 0, 1) };
    assert_eq!(refused(Correction::DropEvent { unit: unit(2), event: "1".to_owned() }), CorrectionMisfit::Unknown);
    assert_eq!(refused(of("weather", "9")), CorrectionMisfit::Unknown, "it would change nothing");
    assert_eq!(
        (refused(of("field", "11")), refused(of("field", "-1"))),
        (CorrectionMisfit::OutOfRange, CorrectionMisfit::OutOfRange)
    );
    assert_eq!(refused(added("weather", Finder::City)), CorrectionMisfit::Unknown);
    assert_eq!(refused(added("exposure", Finder::Own)), CorrectionMisfit::Unknown, "nobody has set a price for it");
    assert!(
        corrected(&policy, &before, &[added("exposure", Finder::Media), of("survey", "9")]).is_ok(),
        "what was without data may get some"
    );
}

#[test]
fn inputs_frozen_before_facts_had_parts_stay_the_same_bytes() {
    let frozen = r#"{"reached":"9","possible":"10","denominator":3,"link":"/score?round=1","source":""}"#;
    let read: Fact = serde_json::from_str(frozen).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), frozen);
}

proptest! {
    #[test]
    fn an_outcome_is_the_same_bytes_whatever_the_order(reached in proptest::collection::vec((0_i64..100, 0_u64..12), 1..12), turn in 0_usize..12) {
        let mut units: Vec<UnitInputs> = (1..).zip(&reached)
            .map(|(number, (reached, cases))| inputs(number, &[("field", fact(&reached.to_string(), "100", *cases))]))
            .collect();
        let policy = AssessmentPolicy::default();
        let bytes = serde_json::to_string(&assess(&policy, &units)).unwrap();
        let places = units.len();
        units.rotate_left(turn % places);
        prop_assert_eq!(&bytes, &serde_json::to_string(&assess(&policy, &units)).unwrap());
        let kept: yipanqi_domain::assessment::Assessment = serde_json::from_str(&bytes).unwrap();
        prop_assert_eq!(serde_json::to_string(&kept).unwrap(), bytes);
        prop_assert_eq!(kept.units.len(), reached.len());
    }
}
