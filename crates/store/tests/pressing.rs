//! What follows problems from outside, on both databases: the search index, rates with the lists behind them, notices, plates.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also in its helpers")]

mod common;

use std::collections::BTreeMap;

use chrono::{NaiveDate, TimeDelta};
use common::{at, by, city};
use uuid::Uuid;
use yipanqi_domain::id::{PersonId, ProblemId, UnitId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::problem::rates::{Period, Rate};
use yipanqi_domain::problem::statistics::{RateKind, rates};
use yipanqi_domain::problem::{By, Category, Change, Command, Due, Problem, Registration, Source, State, Tally, Urgency};
use yipanqi_domain::slip::Occasion;
use yipanqi_domain::unit::UnitKind;
use yipanqi_store::merit::{self, Merit, MeritBody, MeritKind, MeritState};
use yipanqi_store::notice::{self, Notice, Way};
use yipanqi_store::problem::{self, ClockFilter, Facts, New, ProblemFilter, ProblemSort, ProblemSortKey, RateFilter, RatePart};
use yipanqi_store::site::SortOrder;
use yipanqi_store::unit::{self, Person, Unit};
use yipanqi_store::{City, both, ladder, search, statistics};

fn later(hours: i64) -> Moment {
    Moment::new(at().utc() + TimeDelta::hours(hours))
}

async fn street(city: &City) -> UnitId {
    let id = UnitId::new(Uuid::now_v7());
    let unit = Unit {
        id,
        code: id.to_string(),
        name: "东街".into(),
        short_name: None,
        kind: UnitKind::Street,
        parent: None,
        head: None,
        officer: None,
        liaison: None,
        phone: None,
        remark: String::new(),
        households: None,
        opened_on: None,
        closed_on: None,
        position: 0,
        version: 0,
        names: Vec::new(),
    };
    let tx = city.write(by("甲"), at()).await.unwrap();
    unit::add(&tx, &unit).await.unwrap();
    tx.commit().await.unwrap();
    id
}

/// A problem only reported, under a title.
fn reported(title: &str) -> New {
    let registration = Registration {
        id: ProblemId::new(Uuid::now_v7()),
        source: Source::Hotline,
        site: None,
        item: None,
        criteria: [].into(),
        category: Category("环境".into()),
        urgency: Urgency::Ordinary,
        requires_after_photo: false,
        confidential: false,
        rebound_of: None,
        photos: Vec::new(),
    };
    let change = Change {
        command: Command::Register { registration: Box::new(registration) },
        by: By::Reporter,
        at: at(),
        arrived: None,
        from: None,
        to: State::Reported,
        due_before: Due::None,
        due_after: Due::None,
        stages_due: Vec::new(),
        review_at: None,
    };
    let problem = Problem::begun(&change).unwrap();
    New { problem, facts: Facts { title: title.into(), ..Facts::default() }, changes: vec![change] }
}

async fn enter(city: &City, new: &[New]) {
    let mut tx = city.write(by("甲"), at()).await.unwrap();
    problem::add(&mut tx, new).await.unwrap();
    tx.commit().await.unwrap();
}

both!(
    async fn problems_are_found_by_two_characters_within_the_filter(store: Store) {
        let city = city(&store, "yunxi").await;
        let (east, west) = (street(&city).await, street(&city).await);
        let mut new: Vec<New> = ["垃圾桶满溢", "垃圾清运不及时", "井盖破损 ABC", "桶装水摊占道"].map(reported).into();
        for (new, unit) in new.iter_mut().zip([east, west, east, east]) {
            new.facts.street = Some(unit);
            new.facts.territorial = Some(unit);
        }
        enter(&city, &new).await;
        let tx = city.read().await.unwrap();
        let found = async |text: &str, filter: ProblemFilter| {
            let kept = search::problems(&tx, text, &filter, 10).await.unwrap();
            kept.into_iter().map(|kept| kept.facts.title).collect::<Vec<_>>()
        };
        let all = ProblemFilter::default;
        assert_eq!(found("垃圾", all()).await, ["垃圾清运不及时", "垃圾桶满溢"], "newest first");
        assert_eq!(found("垃圾 满溢", all()).await, ["垃圾桶满溢"]);
        assert_eq!(found("abc", all()).await, ["井盖破损 ABC"]);
        assert_eq!(found("满桶", all()).await, [""; 0], "the pairs are not enough, the words must stand there");
        assert_eq!(found("不存在", all()).await, [""; 0]);
        let mine = ProblemFilter { reach: Some([west].into()), ..all() };
        assert_eq!(found("垃圾", mine).await, ["垃圾清运不及时"]);
        drop(tx);
        // A title that changes is found by its new words.
        let mut kept = problem::get_all(&city.read().await.unwrap(), &[new[0].problem.id]).await.unwrap().remove(0);
        kept.facts.title = "果皮箱破损".into();
        let tx = city.write(by("甲"), at()).await.unwrap();
        problem::save_facts(&tx, &kept).await.unwrap();
        tx.commit().await.unwrap();
        let tx = city.read().await.unwrap();
        let found = search::problems(&tx, "果皮箱", &all(), 10).await.unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(search::problems(&tx, "满溢", &all(), 10).await.unwrap().len(), 0, "and no longer by its old ones");
        let count = async |text: &str| problem::count(&tx, &ProblemFilter { text: text.into(), ..all() }).await.unwrap();
        assert_eq!((count("果皮").await, count("满溢").await, count("垃圾").await), (1, 0, 1), "nor in the ledger");
    }
);

/// Problems of every state and fate, made by counting.
fn motley(street: UnitId) -> Vec<New> {
    let mut new: Vec<New> = (0..60).map(|number| reported(&format!("第{number}处"))).collect();
    let mut closed: Vec<ProblemId> = Vec::new();
    for (number, new) in new.iter_mut().enumerate() {
        let (number, state) = (i64::try_from(number).unwrap(), State::ALL[number % State::ALL.len()]);
        let problem = &mut new.problem;
        problem.state = state;
        problem.registered_at = later(number);
        problem.unit = Some(street);
        problem.assigned_at = Some(later(number * 2));
        problem.due = Due::At { at: later(number * 3) };
        problem.submitted_at = Some(later(number * 3 + number % 2));
        let many = u32::try_from(number % 4).unwrap();
        problem.tally = Tally {
            assignments: 1 + many,
            submissions: 1,
            declines: many / 2,
            reworks: many,
            extensions: many % 2,
            deferrals: u32::from(many == 3),
            ..Tally::default()
        };
        if state == State::Closed {
            problem.closed_at = Some(later(number * 4));
            closed.push(problem.id);
        } else if number % 5 == 4 {
            problem.rebound_of = closed.last().copied();
        }
        new.facts.imported = number % 17 == 16;
    }
    new
}

both!(
    async fn each_side_of_a_rate_lists_the_problems_that_it_counts(store: Store) {
        let city = city(&store, "yunxi").await;
        enter(&city, &motley(street(&city).await)).await;
        let tx = city.read().await.unwrap();
        let mut told = 0;
        for period in [Period { from: at(), to: later(500) }, Period { from: later(30), to: later(120) }] {
            let facts = statistics::facts(&tx, &ProblemFilter::default(), period).await.unwrap();
            let counted: BTreeMap<RateKind, Rate> = rates(facts.iter().map(|placed| &placed.fact), period);
            for (kind, rate) in counted {
                // These two count how often, and list to which problems it happened.
                if [RateKind::Rework, RateKind::Decline].contains(&kind) {
                    continue;
                }
                for (part, count) in [(RatePart::Numerator, rate.numerator), (RatePart::Denominator, rate.denominator)] {
                    let filter = RateFilter { rate: kind, part, period };
                    let filter = ProblemFilter { rate: Some(filter), ..ProblemFilter::default() };
                    assert_eq!(problem::count(&tx, &filter).await.unwrap(), count, "{kind:?} {part:?}");
                    told += count;
                }
            }
        }
        assert!(told > 60, "{told}");
    }
);

both!(
    async fn a_reminder_and_a_plate_are_made_once_and_notices_are_read_by_their_receiver(store: Store) {
        let city = city(&store, "yunxi").await;
        let street = street(&city).await;
        let new = reported("井盖破损");
        enter(&city, std::slice::from_ref(&new)).await;
        let occasion = Occasion { problem: new.problem.id, cycle: 1, step: "reminder".into(), ordinal: 1 };
        let person = Person {
            id: PersonId::new(Uuid::now_v7()),
            name: "乙".into(),
            phone: None,
            account: None,
            note: String::new(),
            left_on: None,
            version: 0,
        };
        let day = |day| NaiveDate::from_ymd_opt(2026, 3, day).unwrap();
        let plate = Merit {
            id: Uuid::now_v7(),
            kind: MeritKind::BlackPlate,
            state: MeritState::Proposed,
            peer: "street".into(),
            unit: street,
            from: day(1),
            to: day(31),
            number: None,
            body: MeritBody { rate: Rate::default(), among: 2, note: String::new(), decided_by: String::new() },
            proposed_at: at(),
            decided_at: None,
            ended_at: None,
            version: 1,
        };
        let mut tx = city.write(by("甲"), at()).await.unwrap();
        assert!(ladder::remind(&tx, &occasion).await.unwrap());
        assert!(!ladder::remind(&tx, &occasion).await.unwrap());
        assert!(merit::propose(&tx, &plate).await.unwrap());
        assert!(!merit::propose(&tx, &Merit { id: Uuid::now_v7(), ..plate.clone() }).await.unwrap());
        assert!(merit::propose(&tx, &Merit { id: Uuid::now_v7(), kind: MeritKind::Praise, ..plate.clone() }).await.unwrap());
        unit::save_person(&tx, &person).await.unwrap();
        let notice = |number: i64| Notice {
            id: Uuid::now_v7(),
            person: person.id,
            kind: "assigned".into(),
            subject_kind: "problem".into(),
            subject: None,
            count: number,
            body: serde_json::json!({}),
            at: at(),
            read_at: None,
        };
        notice::add(&mut tx, &[notice(1), notice(2)]).await.unwrap();
        notice::set_way(&tx, person.id, "assigned", Way::Digest).await.unwrap();
        notice::set_way(&tx, person.id, "assigned", Way::Mail).await.unwrap();
        tx.commit().await.unwrap();
        let tx = city.read().await.unwrap();
        assert_eq!(ladder::reminders(&tx, &[new.problem.id]).await.unwrap()[0].occasion, occasion);
        assert_eq!(merit::list(&tx, MeritKind::BlackPlate).await.unwrap(), std::slice::from_ref(&plate));
        assert_eq!(notice::unread(&tx, person.id).await.unwrap(), 2);
        assert_eq!(notice::ways(&tx, &[person.id]).await.unwrap()[&(person.id, "assigned".into())], Way::Mail);
        drop(tx);
        let mut tx = city.write(by("甲"), at()).await.unwrap();
        assert_eq!(notice::mark_read(&mut tx, person.id, &[]).await.unwrap(), 2);
        let stale = merit::save(&tx, &Merit { version: 2, ..plate.clone() }, 9).await.unwrap_err();
        assert_eq!(stale.code(), "version_conflict");
        tx.commit().await.unwrap();
        assert_eq!(notice::unread(&city.read().await.unwrap(), person.id).await.unwrap(), 0);
    }
);

both!(
    async fn what_a_unit_has_is_listed_and_counted_as_the_ledger_would(store: Store) {
        let city = city(&store, "yunxi").await;
        let units = [street(&city).await, street(&city).await, street(&city).await];
        let mut new = motley(units[0]);
        for (number, new) in new.iter_mut().enumerate() {
            new.problem.unit = (number % 7 > 0).then_some(units[number % 2]);
            // The same unit twice, and two units of one reach.
            new.facts.territorial = Some(units[number % 2]);
            new.facts.industry = (number % 3 == 0).then_some(units[2]);
            new.facts.street = Some(units[number % 3]);
        }
        enter(&city, &new).await;
        let everything: Vec<ProblemId> = new.iter().map(|new| new.problem.id).collect();
        let tx = city.read().await.unwrap();
        let now = later(60);
        let clocks =
            [vec![], vec![ClockFilter::Late(now)], vec![ClockFilter::Due { from: now, until: later(90) }, ClockFilter::Stopped]];
        let states = [vec![], vec![State::Rectifying, State::Submitted, State::Closed]];
        let mut seen = 0;
        for reach in [vec![units[0]], vec![units[2]], units.to_vec()] {
            for (clocks, states) in
                clocks.iter().flat_map(|clocks| states.iter().map(move |states| (clocks.clone(), states.clone())))
            {
                for (own, street) in [(vec![], vec![]), (vec![units[1]], vec![]), (vec![], vec![units[1]])] {
                    let mine = ProblemFilter {
                        clocks: clocks.clone(),
                        states: states.clone(),
                        units: own,
                        streets: street,
                        reach: Some(reach.iter().copied().collect()),
                        ..ProblemFilter::default()
                    };
                    // Naming all of them changes nothing but where it is looked up.
                    let ledger = ProblemFilter { ids: everything.clone(), ..mine.clone() };
                    let totals = problem::totals(&tx, &mine, now).await.unwrap();
                    assert_eq!(totals, problem::totals(&tx, &ledger, now).await.unwrap(), "{mine:?}");
                    let next = problem::count_and_next(&tx, &mine).await.unwrap();
                    assert_eq!(next, problem::count_and_next(&tx, &ledger).await.unwrap(), "{mine:?}");
                    for key in [ProblemSortKey::Number, ProblemSortKey::DueAt, ProblemSortKey::State, ProblemSortKey::Unit] {
                        for order in [SortOrder::Ascending, SortOrder::Descending] {
                            let sort = ProblemSort { key, order };
                            let page = async |filter: &ProblemFilter| {
                                let page = problem::list(&tx, filter, sort, 3, 10).await.unwrap();
                                page.into_iter().map(|kept| kept.number).collect::<Vec<_>>()
                            };
                            assert_eq!(page(&mine).await, page(&ledger).await, "{mine:?} {sort:?}");
                        }
                    }
                    seen += totals.problems;
                }
            }
        }
        assert!(seen > 200, "{seen}");
    }
);

both!(
    async fn a_word_at_the_end_of_a_long_text_is_found_in_the_ledger(store: Store) {
        let city = city(&store, "yunxi").await;
        let letters: String = (0..400).filter_map(|step| char::from_u32(0x4e00 + step)).collect();
        enter(&city, &[reported(&format!("{letters}井盖")), reported("井盖破损"), reported("垃圾")]).await;
        let tx = city.read().await.unwrap();
        let found =
            async |text: &str| problem::count(&tx, &ProblemFilter { text: text.into(), ..ProblemFilter::default() }).await;
        assert_eq!(found("井盖").await.unwrap(), 2);
        assert_eq!(found("井盖破").await.unwrap(), 1);
        assert_eq!(found("井").await.unwrap(), 2, "one character has no pair");
        assert_eq!(found("井盖 破损").await.unwrap(), 1);
        assert_eq!(found("井盖 没有").await.unwrap(), 0);
        assert_eq!(found("没有").await.unwrap(), 0);
    }
);
