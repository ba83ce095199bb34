//! Tasks with lists, links and histories; campaigns and rhythms.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also in its helpers")]

mod common;

use std::collections::BTreeMap;

use common::{at, by, city};
use uuid::Uuid;
use yipanqi_domain::access::{Actor, Post, Role};
use yipanqi_domain::calendar::Calendar;
use yipanqi_domain::id::{CriterionId, PersonId, TaskId, UnitId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::task::quantity::MonthlyPlan;
use yipanqi_domain::task::rhythm::Every;
use yipanqi_domain::task::{Change, Class, Command, Context, Origin, State, Task, draft, replay};
use yipanqi_domain::unit::UnitKind;
use yipanqi_store::task::{
    self, Campaign, CampaignLink, CampaignState, KeptTask, Rhythm, RhythmKind, TaskFilter, TaskSort, TaskSortKey,
};
use yipanqi_store::unit::{self, Unit};
use yipanqi_store::{City, StoreError, WriteTx, both};

async fn write(city: &City) -> WriteTx {
    city.write(by("甲"), at()).await.unwrap()
}

async fn units(city: &City) -> [UnitId; 2] {
    let tx = write(city).await;
    let ids = [UnitId::new(Uuid::now_v7()), UnitId::new(Uuid::now_v7())];
    for (position, id) in (0_i64..).zip(ids) {
        let unit = Unit {
            id,
            code: format!("u{position}"),
            name: format!("单位{position}"),
            short_name: None,
            kind: UnitKind::Department,
            parent: None,
            head: None,
            officer: None,
            liaison: None,
            phone: None,
            remark: String::new(),
            households: None,
            opened_on: None,
            closed_on: None,
            position,
            version: 0,
            names: Vec::new(),
        };
        unit::add(&tx, &unit).await.unwrap();
    }
    tx.commit().await.unwrap();
    ids
}

async fn new(city: &City, lead: UnitId, title: &str, origin: Origin, next_due: Option<Moment>) -> (KeptTask, Change) {
    let blank = Task {
        id: TaskId::new(Uuid::now_v7()),
        title: title.into(),
        class: Class::Service,
        origin,
        goal: String::new(),
        measures: String::new(),
        standard: String::new(),
        lead: Some(lead),
        supporting: [].into(),
        responsible: None,
        start_on: None,
        due_on: None,
        milestones: Vec::new(),
        reports: BTreeMap::new(),
        state: State::Draft,
        since: at(),
        concluded_at: None,
        returns: 0,
        version: 0,
    };
    let actor = office(lead);
    let tree = unit::tree(&city.read().await.unwrap()).await.unwrap();
    let change = draft(blank, &actor, &Context { calendar: &Calendar::default(), tree: &tree }, at()).unwrap();
    let task = replay(std::slice::from_ref(&change)).unwrap();
    (KeptTask { number: 0, task, plan: MonthlyPlan::default(), next_due, origin_key: None, created_at: at() }, change)
}

fn office(unit: UnitId) -> Actor {
    Actor { person: PersonId::new(Uuid::now_v7()), posts: vec![Post { unit, role: Role::Office }] }
}

both!(
    async fn a_task_is_kept_with_its_links_and_every_step(store: Store) {
        let city = city(&store, "yunxi").await;
        let [lead, other] = units(&city).await;
        let criterion = CriterionId::new(Uuid::now_v7());
        let origin = Origin { criteria: [criterion].into(), ..Origin::default() };
        let (first, change) = new(&city, lead, "背街小巷整治", origin, None).await;
        let first = KeptTask { origin_key: Some("criterion/1".into()), ..first };
        let mut tx = write(&city).await;
        let kept = task::add(&mut tx, vec![(first.clone(), change.clone())]).await.unwrap().remove(0);
        assert_eq!(kept.number, 1);
        let twice = KeptTask { task: Task { id: TaskId::new(Uuid::now_v7()), ..first.task.clone() }, ..first };
        let refused = task::add(&mut tx, vec![(twice, change)]).await;
        assert_eq!(refused.map_err(|error| error.code()).map(|_| ()), Err("task_known"));
        drop(tx);
        let (first, change) =
            new(&city, lead, "背街小巷整治", Origin { criteria: [criterion].into(), ..Origin::default() }, None).await;
        let mut tx = write(&city).await;
        let kept = task::add(&mut tx, vec![(first, change)]).await.unwrap().remove(0);
        tx.commit().await.unwrap();

        let tree = unit::tree(&city.read().await.unwrap()).await.unwrap();
        let context = Context { calendar: &Calendar::default(), tree: &tree };
        let command = Command::Cancel { reason: "并入专项".into() };
        let change = kept.task.apply(&command, &office(lead), &context, at()).unwrap();
        let next = KeptTask { task: kept.task.after(&change), ..kept.clone() };
        let tx = write(&city).await;
        task::save(&tx, &next, 1, &change).await.unwrap();
        let stale = task::save(&tx, &next, 1, &change).await;
        assert!(matches!(stale, Err(StoreError::Conflict { .. })), "{stale:?}");
        tx.commit().await.unwrap();

        let tx = city.read().await.unwrap();
        assert_eq!(task::get(&tx, next.task.id).await.unwrap(), next);
        let history: Vec<Change> = task::history(&tx, next.task.id).await.unwrap().into_iter().map(|step| step.change).collect();
        assert_eq!(replay(&history), Some(next.task.clone()));
        let count = async |filter: TaskFilter| task::count(&tx, &filter).await.unwrap();
        assert_eq!(count(TaskFilter { criteria: vec![criterion], ..TaskFilter::default() }).await, 1);
        assert_eq!(count(TaskFilter { units: vec![lead], ..TaskFilter::default() }).await, 1);
        assert_eq!(count(TaskFilter { units: vec![other], ..TaskFilter::default() }).await, 0);
        assert_eq!(count(TaskFilter { reach: Some([other].into()), ..TaskFilter::default() }).await, 0);
        assert_eq!(count(TaskFilter { text: "小巷 00001".into(), ..TaskFilter::default() }).await, 1);
        assert_eq!(count(TaskFilter { states: vec![State::Draft], ..TaskFilter::default() }).await, 0);
    }
);

both!(
    async fn lists_are_sorted_and_bounded_and_late_ones_found(store: Store) {
        let city = city(&store, "yunxi").await;
        let [lead, _] = units(&city).await;
        let mut rows = Vec::new();
        for (number, due) in [Some("2026-03-01T10:00:00Z"), None, Some("2026-02-01T10:00:00Z")].into_iter().enumerate() {
            let due = due.map(|due| Moment::parse(due).unwrap());
            rows.push(new(&city, lead, &format!("任务{number}"), Origin::default(), due).await);
        }
        let mut tx = write(&city).await;
        task::add(&mut tx, rows).await.unwrap();
        tx.commit().await.unwrap();
        let tx = city.read().await.unwrap();
        let numbers = async |filter: &TaskFilter, sort: TaskSort, offset: u64, limit: u64| {
            let kept = task::list(&tx, filter, sort, offset, limit).await.unwrap();
            kept.into_iter().map(|kept| kept.number).collect::<Vec<_>>()
        };
        let all = TaskFilter::default();
        assert_eq!(numbers(&all, TaskSort::default(), 0, 10).await, [3, 1, 2], "what is due first, then what is not due");
        let by_number = TaskSort { key: TaskSortKey::Number, ..TaskSort::default() };
        assert_eq!(numbers(&all, by_number, 1, 1).await, [2]);
        let now = Moment::parse("2026-02-10T00:00:00Z").unwrap();
        let late = TaskFilter { late: Some(now), ..TaskFilter::default() };
        assert_eq!(numbers(&late, TaskSort::default(), 0, 10).await, [3]);
        let figures = task::figures(&tx, &all).await.unwrap();
        assert_eq!(figures.iter().map(|row| (row.state, row.count)).collect::<Vec<_>>(), [(State::Draft, 3)]);
    }
);

both!(
    async fn campaigns_and_rhythms_are_kept_by_version(store: Store) {
        let city = city(&store, "yunxi").await;
        let [lead, _] = units(&city).await;
        let day = |text: &str| text.parse().unwrap();
        let campaign = Campaign {
            id: Uuid::now_v7(),
            name: "夏季攻坚战".into(),
            goal: "百日攻坚".into(),
            from_on: day("2026-06-01"),
            to_on: day("2026-08-31"),
            lead: Some(lead),
            state: CampaignState::Open,
            version: 0,
        };
        let rhythm = Rhythm {
            id: Uuid::now_v7(),
            name: "周调度".into(),
            kind: RhythmKind::Dispatch,
            every: Every::Week,
            working_day: 5,
            lead: Some(lead),
            words: "听取进展".into(),
            active: true,
            version: 0,
        };
        let tx = write(&city).await;
        task::save_campaign(&tx, &campaign).await.unwrap();
        task::save_rhythm(&tx, &rhythm).await.unwrap();
        let link = CampaignLink::Problem(yipanqi_domain::id::ProblemId::new(Uuid::now_v7()));
        task::link_campaign(&tx, campaign.id, &[link]).await.unwrap();
        task::link_campaign(&tx, campaign.id, &[link]).await.unwrap();
        let closed = Campaign { state: CampaignState::Closed, version: 1, ..campaign.clone() };
        task::save_campaign(&tx, &closed).await.unwrap();
        let stale = task::save_campaign(&tx, &closed).await;
        assert!(matches!(stale, Err(StoreError::Conflict { .. })), "{stale:?}");
        tx.commit().await.unwrap();
        let tx = city.read().await.unwrap();
        assert_eq!(task::campaigns(&tx).await.unwrap(), [Campaign { version: 2, ..closed }]);
        assert_eq!(task::campaign_links(&tx, campaign.id).await.unwrap(), [link]);
        assert_eq!(task::rhythms(&tx).await.unwrap(), [Rhythm { version: 1, ..rhythm }]);
    }
);
