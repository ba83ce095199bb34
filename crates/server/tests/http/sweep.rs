//! The ladder under two servers that are killed, on a clock and a calendar that change: each occasion once, no number missing.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::NaiveDate;
use yipanqi_domain::access::{Actor, Post, Role};
use yipanqi_domain::calendar::{Calendar, Limit, Year};
use yipanqi_domain::id::{PersonId, ProblemId, UnitId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::problem::{
    Category, Command, Context, Policy as Life, Problem, ProblemActor, Registration, Source, Urgency, register,
};
use yipanqi_domain::slip::{DatedPolicy, Policy, Release, SlipColour};
use yipanqi_domain::unit::{UnitKind, UnitRow, UnitTree};
use yipanqi_server::slip::sweep::sweep;
use yipanqi_store::ladder::{self, KeptPolicy};
use yipanqi_store::problem::{Facts, New};
use yipanqi_store::slip::SlipFilter;
use yipanqi_store::unit::Unit;
use yipanqi_store::{Author, City, Store, both, calendar, problem, slip, unit};

const PROBLEMS: usize = 40;

fn at(text: &str) -> Moment {
    Moment::parse(&format!("2026-03-{text}+08:00")).unwrap()
}

fn by(name: &str) -> Author {
    Author { person: None, name: name.to_owned() }
}

/// A street with problems assigned on Monday 2 March, due on Tuesday; white and yellow slips go out by themselves.
async fn settled(store: &Store) -> City {
    let begun = at("02T09:00:00");
    let city = store.add_city(&"yunxi".parse().unwrap(), "云溪市", "云溪市", by("root"), begun).await.unwrap();
    let street = UnitId::new(uuid::Uuid::now_v7());
    let office = UnitId::new(uuid::Uuid::now_v7());
    let mut tx = city.write(by("root"), begun).await.unwrap();
    calendar::save_year(&tx, 2026, &Year::default()).await.unwrap();
    for (id, code, kind) in [(street, "east", UnitKind::Street), (office, "office", UnitKind::Office)] {
        let unit = Unit {
            id,
            code: code.into(),
            name: code.into(),
            short_name: None,
            kind,
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
        unit::add(&tx, &unit).await.unwrap();
    }
    let mut policy = Policy::sample(3);
    for step in policy.steps.iter_mut().filter(|step| ["white", "yellow"].contains(&step.code.as_str())) {
        step.release = Release::ByItself;
    }
    let dated = DatedPolicy { valid_from: NaiveDate::from_ymd_opt(2026, 1, 1).unwrap(), name: "自动".into(), policy };
    let kept = KeptPolicy { id: uuid::Uuid::now_v7(), dated, created_at: begun, created_by: "root".into(), version: 1 };
    ladder::add(&tx, &kept).await.unwrap();
    let row = |id, kind| UnitRow { id, parent: None, kind, open: None, close: None };
    let tree = UnitTree::build([row(street, UnitKind::Street), row(office, UnitKind::Office)]).unwrap();
    let mut entered = Calendar::default();
    entered.enter_year(2026, Year::default()).unwrap();
    let new: Vec<New> = (0..PROBLEMS).map(|_| assigned(&tree, &entered, street, office, begun)).collect();
    problem::add(&mut tx, &new).await.unwrap();
    tx.commit().await.unwrap();
    city
}

fn assigned(tree: &UnitTree, calendar: &Calendar, street: UnitId, office: UnitId, at: Moment) -> New {
    let (policy, offices) = (Life::default(), BTreeSet::new());
    let context = Context { calendar, tree, policy: &policy, creation_offices: &offices, merge_target: None, made_at: None };
    let posts = vec![Post { unit: office, role: Role::Office }];
    let actor = Actor { person: PersonId::new(uuid::Uuid::now_v7()), posts };
    let actor = ProblemActor::Person { actor, at_submission: Vec::new() };
    let registration = Registration {
        id: ProblemId::new(uuid::Uuid::now_v7()),
        source: Source::Hotline,
        site: None,
        item: None,
        criteria: [].into(),
        category: Category("环境卫生".into()),
        urgency: Urgency::Ordinary,
        requires_after_photo: false,
        confidential: false,
        rebound_of: None,
        photos: Vec::new(),
    };
    let begun = register(&Command::Register { registration: Box::new(registration) }, &actor, &context, at).unwrap();
    let mut problem = Problem::begun(&begun).unwrap();
    let mut changes = vec![begun];
    let limit = Limit::WorkingDays { count: 1 };
    let assign = Command::Assign { unit: street, supporting: [].into(), limit, urgency: None };
    for command in [Command::File { check: None }, assign] {
        let change = problem.apply(&command, &actor, &context, at).unwrap();
        problem = problem.after(&change);
        changes.push(change);
    }
    New { problem, facts: Facts::default(), changes }
}

/// Two servers sweep at once and are killed in the middle, several times; then one comes to an end.
async fn stormy(one: &City, other: &City, moment: Moment, seed: &mut u64) {
    for _ in 0..6 {
        let running: Vec<_> = [one.clone(), other.clone()]
            .into_iter()
            .map(|city| tokio::spawn(async move { sweep(&city, &by("ladder"), moment).await.is_ok() }))
            .collect();
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        tokio::time::sleep(Duration::from_millis((*seed >> 33) % 40)).await;
        for task in &running {
            task.abort();
        }
        for task in running {
            let _killed_or_done = task.await;
        }
    }
    // Both to the end: whoever comes second finds nothing left.
    let name = by("ladder");
    let (first, second) = tokio::join!(sweep(one, &name, moment), sweep(other, &name, moment));
    assert!(first.is_ok() || second.is_ok(), "{first:?} {second:?}");
    assert_eq!(sweep(one, &by("ladder"), moment).await.unwrap().proposed, 0);
}

async fn issued(city: &City) -> Vec<(SlipColour, Option<u32>)> {
    let tx = city.read().await.unwrap();
    let (slips, _) = slip::list(&tx, &SlipFilter::default(), 0, 10_000).await.unwrap();
    let occasions: BTreeSet<_> = slips.iter().map(|kept| kept.slip.occasion.clone()).collect();
    assert_eq!(occasions.len(), slips.len(), "each occasion once");
    let mut numbers: Vec<u32> = slips.iter().filter_map(|kept| kept.slip.number.map(|number| number.number)).collect();
    numbers.sort_unstable();
    let gapless: Vec<u32> = (1..).take(numbers.len()).collect();
    assert_eq!(numbers, gapless, "no number is missing or taken twice");
    slips.iter().map(|kept| (kept.slip.colour, kept.slip.number.map(|number| number.number))).collect()
}

both! {
    async fn each_occasion_once_through_kills_two_servers_a_moved_clock_and_a_changed_calendar(fixture: Fixture) {
        let mut seed = 20_260_302;
        let one = settled(&fixture.store).await;
        let second = fixture.reopen().await;
        let other = second.city(&"yunxi".parse().unwrap()).await.unwrap();
        stormy(&one, &other, at("04T18:00:00"), &mut seed).await;
        let white = issued(&one).await;
        assert_eq!(white.len(), PROBLEMS);
        assert!(white.iter().all(|(colour, number)| *colour == SlipColour::White && number.is_some()));
        // The clock of one server stands an hour behind.
        stormy(&other, &one, at("04T17:00:00"), &mut seed).await;
        assert_eq!(issued(&one).await.len(), PROBLEMS);
        // Days off are entered between white and yellow: the reply that was asked stays asked for the day it says.
        let tx = one.write(by("root"), at("05T09:00:00")).await.unwrap();
        let off = [5, 6].map(|day| NaiveDate::from_ymd_opt(2026, 3, day).unwrap()).into();
        calendar::save_year(&tx, 2026, &Year { days_off: off, make_up_days: BTreeSet::new() }).await.unwrap();
        tx.commit().await.unwrap();
        stormy(&one, &other, at("09T18:00:00"), &mut seed).await;
        assert_eq!(issued(&one).await.len(), PROBLEMS, "the reply is due this evening");
        stormy(&one, &other, at("09T18:00:01"), &mut seed).await;
        let all = issued(&one).await;
        assert_eq!(all.iter().filter(|(colour, _)| *colour == SlipColour::Yellow).count(), PROBLEMS);
        stormy(&one, &other, at("25T18:00:01"), &mut seed).await;
        let red: Vec<_> = issued(&one).await.into_iter().filter(|(colour, _)| *colour == SlipColour::Red).collect();
        assert_eq!(red.len(), PROBLEMS);
        assert!(red.iter().all(|(_, number)| number.is_none()), "a person issues what is red");
        drop(second);
    }
}
