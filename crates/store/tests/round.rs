//! Rounds with their visits and findings, scores by the hash of their inputs, and rates counted from columns.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also in its helpers")]

mod common;

use std::collections::BTreeSet;

use chrono::{NaiveDate, TimeDelta};
use common::{at, by, city};
use uuid::Uuid;
use yipanqi_domain::access::{Actor, Post, Role};
use yipanqi_domain::calendar::{Calendar, Limit};
use yipanqi_domain::exact::Exact;
use yipanqi_domain::framework::{Edition, Method, Rule, Thresholds};
use yipanqi_domain::id::{CriterionId, ItemId, PersonId, ProblemId, RoundId, SiteId, UnitId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::pairing::Paired;
use yipanqi_domain::problem::rates::{self, Period};
use yipanqi_domain::problem::{
    Category, Command, Context, Policy, Problem, ProblemActor, Registration, Source, Urgency, register,
};
use yipanqi_domain::round::{FindingResult, ItemStandard, PhraseCount, RoundKind, RoundState, VisitPurpose};
use yipanqi_domain::score::EnteredValue;
use yipanqi_domain::site::{Judgement, Shape};
use yipanqi_domain::unit::{UnitKind, UnitRow, UnitTree};
use yipanqi_store::checklist::{self, Item, SiteType};
use yipanqi_store::framework::{self, EditionNode, EditionRow, EditionState, Framework, MeasureRow, RuleState};
use yipanqi_store::pairing::{self, PairingVisit};
use yipanqi_store::problem::{self, ClockFilter, Event, Facts, Marks, New, ProblemFilter, SiteProblems};
use yipanqi_store::round::{self, FindingFilter, FindingRow, ResultRow, Round, RoundFilter, RoundSite, RoundSort, VisitRow};
use yipanqi_store::site::{self, Site};
use yipanqi_store::unit::{self, Person, Unit, save_person};
use yipanqi_store::{City, WriteTx, both, score};

fn uuid() -> Uuid {
    Uuid::now_v7()
}

fn later(minutes: i64) -> Moment {
    Moment::new(at().utc() + TimeDelta::minutes(minutes))
}

async fn write(city: &City) -> WriteTx {
    city.write(by("甲"), at()).await.unwrap()
}

/// An edition with one measure, a site type with one item, two sites, and a round on them.
struct Ground {
    round: RoundId,
    edition: Uuid,
    measure: Uuid,
    item: ItemId,
    sites: [SiteId; 2],
}

async fn ground(city: &City) -> Ground {
    let tx = write(city).await;
    let family = Framework { id: uuid(), code: "civilized_city".into(), name: "文明城市".into() };
    framework::add_framework(&tx, &family).await.unwrap();
    let edition = uuid();
    let row = EditionRow {
        id: edition,
        framework: family.id,
        code: "2026".into(),
        name: "2026版".into(),
        year: Some(2026),
        state: EditionState::InUse,
        revision: 1,
        supersedes: None,
        reason: String::new(),
        frozen_at: None,
        imported_from: None,
        settings: Edition::default(),
        version: 0,
    };
    framework::save_edition(&tx, &row).await.unwrap();
    let measure = uuid();
    let node = EditionNode {
        id: CriterionId::new(uuid()),
        parent: None,
        position: 0,
        depth: 0,
        number: "1".into(),
        citation_key: "1".into(),
        title: "标准".into(),
        is_criterion: true,
        remark: String::new(),
        measures: vec![MeasureRow {
            id: measure,
            method: Method::OnSite,
            points: Some(Exact::one()),
            rule: Some(Rule::AllOrNothing),
            scope: None,
            rule_words: String::new(),
            rule_state: RuleState::Recognised,
        }],
        site_types: Vec::new(),
        duties: Vec::new(),
    };
    framework::save_nodes(&tx, edition, &[node]).await.unwrap();
    let site_type = uuid();
    let market = SiteType {
        id: site_type,
        name: "农贸市场".into(),
        group_name: String::new(),
        shape: Shape::Point,
        industry_unit: None,
        industry_unit_name: String::new(),
        position: 0,
        version: 0,
        names: Vec::new(),
    };
    checklist::save_site_type(&tx, &market).await.unwrap();
    let item = Item {
        id: ItemId::new(uuid()),
        code: "M-1".into(),
        site_type,
        position: 0,
        text: "地面干净".into(),
        phrases: Vec::new(),
        judgement: serde_json::to_value(Judgement::FaultCount).ok(),
        judgement_words: "扣分：每处".into(),
        photo_on_failure: false,
        carve_out: String::new(),
        walk_path: String::new(),
        version: 0,
        criteria: Vec::new(),
    };
    checklist::add_items(&tx, std::slice::from_ref(&item)).await.unwrap();
    let sites = [plain_site(1, site_type), plain_site(2, site_type)];
    site::add(&tx, &sites).await.unwrap();
    let sites = sites.map(|site| site.id);
    let id = RoundId::new(uuid());
    let rows = [0, 1].map(|place| RoundSite {
        id: uuid(),
        round: id,
        site: sites[place],
        inspector: None,
        given_at: None,
        second: None,
        earlier: Vec::new(),
        position: place as i64,
        visit_on: None,
        stop: None,
        version: 0,
    });
    round::add(&tx, &plain_round(id, edition), &rows).await.unwrap();
    tx.commit().await.unwrap();
    Ground { round: id, edition, measure, item: item.id, sites }
}

fn plain_round(id: RoundId, edition: Uuid) -> Round {
    Round {
        id,
        number: format!("2026-{id}"),
        name: "模拟测评".into(),
        kind: RoundKind::Mock,
        state: RoundState::Open,
        edition: Some(edition),
        opened_on: NaiveDate::from_ymd_opt(2026, 3, 2).unwrap(),
        due_on: None,
        closed_at: None,
        draw: None,
        version: 0,
    }
}

fn plain_site(number: u32, site_type: Uuid) -> Site {
    Site {
        id: SiteId::new(uuid()),
        code: format!("YX-{number:04}"),
        name: format!("第{number}市场"),
        site_type: Some(site_type),
        type_given: "农贸市场".into(),
        address: String::new(),
        longitude: None,
        latitude: None,
        datum_given: None,
        given_longitude: None,
        given_latitude: None,
        street: None,
        community: None,
        grid: None,
        industry_unit: None,
        territorial_unit: None,
        chief_name: None,
        chief_phone: None,
        pairing_unit: None,
        pairing_leader: None,
        remark: String::new(),
        retired: false,
        duplicate_of: None,
        version: 0,
    }
}

fn visit(ground: &Ground, site: usize) -> VisitRow {
    VisitRow {
        id: uuid(),
        round: ground.round,
        site: ground.sites[site],
        inspector: None,
        ordinal: 1,
        started_at: at(),
        finished_at: None,
        longitude: None,
        latitude: None,
        accuracy_m: None,
        purpose: VisitPurpose::Assess,
        arrived_at: None,
        begun_at: None,
        ended_at: None,
        version: 0,
    }
}

fn finding(ground: &Ground, visit: &VisitRow, count: u32) -> FindingRow {
    FindingRow {
        id: uuid(),
        visit: visit.id,
        item: ground.item,
        result: FindingResult::faults(count),
        phrase: "积水".into(),
        note: String::new(),
        made_at: at(),
        marked_at: None,
        problem: None,
        media: Vec::new(),
    }
}

both!(
    async fn a_round_is_read_in_one_go_and_counted(store: Store) {
        let city = city(&store, "yunxi").await;
        let ground = ground(&city).await;
        let verdict = |row: &FindingRow| row.result.verdict(&ItemStandard::Everything, &Thresholds::default());
        let tx = write(&city).await;
        let (mut first, second) = (visit(&ground, 0), visit(&ground, 1));
        round::add_visits(&tx, &[first.clone(), second.clone()]).await.unwrap();
        let (bad, good) = (finding(&ground, &first, 3), finding(&ground, &second, 0));
        round::put_finding(&tx, &good, verdict(&good)).await.unwrap();
        round::put_finding(&tx, &bad, verdict(&bad)).await.unwrap();
        let each = |phrase: &str| PhraseCount { phrase: phrase.into(), count: 1 };
        let counted = FindingResult::Faults { count: 2, by_phrase: vec![each("积水"), each("堆物")] };
        let changed = FindingRow { result: counted, ..bad.clone() };
        round::put_finding(&tx, &changed, verdict(&changed)).await.unwrap();
        first.version = 1;
        first.finished_at = Some(later(20));
        round::save_visit(&tx, &first).await.unwrap();
        assert_eq!(round::save_visit(&tx, &first).await.unwrap_err().code(), "version_conflict");
        tx.commit().await.unwrap();

        let tx = city.read().await.unwrap();
        let sites = round::sites(&tx, ground.round).await.unwrap();
        assert_eq!(sites.iter().map(|(_, site)| site.code.as_str()).collect::<Vec<_>>(), ["YX-0001", "YX-0002"]);
        let counted = round::counts(&tx, &[ground.round], None).await.unwrap()[&ground.round];
        assert_eq!((counted.sites, counted.visited, counted.findings, counted.faults), (2, 1, 2, 2));
        assert_eq!(round::faults_by_visit(&tx, ground.round).await.unwrap()[&first.id], 2);
        let failed = round::findings(&tx, ground.round, FindingFilter::FailedWithoutProblem).await.unwrap();
        assert_eq!(failed, [changed]);
        assert_eq!(round::findings(&tx, ground.round, FindingFilter::All).await.unwrap().len(), 2);
        let tallies = round::tallies(&tx, &[first.id, second.id]).await.unwrap();
        let of = |visit: &VisitRow| (tallies[&visit.id].passed, tallies[&visit.id].applicable, tallies[&visit.id].faults);
        assert_eq!((of(&first), of(&second)), ((0, 1, 2), (1, 1, 0)));
        assert_eq!(round::last_visits(&tx, &ground.sites).await.unwrap(), [(ground.sites[0], later(20))].into());
        let (listed, total) = round::list(&tx, &RoundFilter::default(), RoundSort::default(), 0, 10).await.unwrap();
        assert_eq!((listed[0].id, total), (ground.round, 1));
        drop(tx);

        let tx = write(&city).await;
        let problem = ProblemId::new(uuid());
        round::link_problems(&tx, &[(bad.id, problem)]).await.unwrap();
        assert_eq!(round::findings(&tx, ground.round, FindingFilter::FailedWithoutProblem).await.unwrap(), []);
        assert_eq!(round::findings_of_visit(&tx, first.id).await.unwrap()[0].problem, Some(problem));
    }
);

both!(
    async fn routes_are_kept_lead_the_day_and_refuse_what_changed_since(store: Store) {
        let city = city(&store, "yunxi").await;
        let ground = ground(&city).await;
        let tx = write(&city).await;
        let person = Person {
            id: PersonId::new(uuid()),
            name: "张三".into(),
            phone: None,
            account: None,
            note: String::new(),
            left_on: None,
            version: 0,
        };
        save_person(&tx, &person).await.unwrap();
        let day = NaiveDate::from_ymd_opt(2026, 3, 3);
        let mut planned: Vec<RoundSite> =
            round::sites(&tx, ground.round).await.unwrap().into_iter().map(|(site, _)| site).collect();
        (planned[0].inspector, planned[0].visit_on, planned[0].stop) = (Some(person.id), day, Some(2));
        (planned[1].inspector, planned[1].visit_on, planned[1].stop) = (Some(person.id), day, Some(1));
        round::save_routes(&tx, &planned).await.unwrap();
        assert_eq!(round::save_routes(&tx, &planned).await.unwrap_err().code(), "version_conflict");
        let waiting = round::waiting(&tx, person.id).await.unwrap();
        assert_eq!(
            waiting.iter().map(|one| (one.site, one.stop)).collect::<Vec<_>>(),
            [(ground.sites[1], Some(1)), (ground.sites[0], Some(2))]
        );

        assert_eq!(round::last_inspectors(&tx).await.unwrap(), [].into());
        let made = VisitRow { inspector: Some(person.id), finished_at: Some(later(20)), ..visit(&ground, 0) };
        round::add_visits(&tx, std::slice::from_ref(&made)).await.unwrap();
        assert_eq!(round::last_inspectors(&tx).await.unwrap(), [(ground.sites[0], person.id)].into());
    }
);

both!(
    async fn visits_of_paired_places_are_kept_beside_the_finished_ones_of_rounds(store: Store) {
        let city = city(&store, "yunxi").await;
        let ground = ground(&city).await;
        let tx = write(&city).await;
        let person = Person {
            id: PersonId::new(uuid()),
            name: "张三".into(),
            phone: None,
            account: None,
            note: String::new(),
            left_on: None,
            version: 0,
        };
        save_person(&tx, &person).await.unwrap();
        let day = |day| NaiveDate::from_ymd_opt(2026, 3, day).unwrap();
        let made = PairingVisit {
            id: uuid(),
            person: person.id,
            with: Paired::Site(ground.sites[1]),
            on: day(5),
            note: "看了小区".into(),
            made_at: at(),
        };
        pairing::add(&tx, &made).await.unwrap();
        assert_eq!(pairing::made(&tx, day(5), day(5)).await.unwrap(), [made]);
        assert_eq!(pairing::made(&tx, day(6), day(31)).await.unwrap(), []);
        let visit = VisitRow { inspector: Some(person.id), finished_at: Some(later(20)), ..visit(&ground, 0) };
        round::add_visits(&tx, std::slice::from_ref(&visit)).await.unwrap();
        let found = pairing::inspected(&tx, later(20), later(21)).await.unwrap();
        assert_eq!(found, [(person.id, ground.sites[0], later(20))]);
        assert_eq!(pairing::inspected(&tx, later(0), later(20)).await.unwrap(), [], "the end is not within");
    }
);

both!(
    async fn the_hash_of_the_inputs_follows_every_change(store: Store) {
        let city = city(&store, "yunxi").await;
        let ground = ground(&city).await;
        let tx = write(&city).await;
        let mut seen = vec![score::inputs_hash(&tx, ground.round, ground.edition).await.unwrap()];
        assert_eq!(score::inputs_hash(&tx, ground.round, ground.edition).await.unwrap(), seen[0]);
        score::save_run(&tx, ground.round, ground.edition, &seen[0], &"figures").await.unwrap();

        let mut begun = visit(&ground, 0);
        round::add_visit(&tx, &begun).await.unwrap();
        seen.push(score::inputs_hash(&tx, ground.round, ground.edition).await.unwrap());
        let row = finding(&ground, &begun, 1);
        let verdict = row.result.verdict(&ItemStandard::Everything, &Thresholds::default());
        round::add_findings(&tx, &[(row, verdict)]).await.unwrap();
        let before = score::inputs_hash(&tx, ground.round, ground.edition).await.unwrap();
        assert_eq!(seen.last(), Some(&before), "what is found counts when its visit ends");
        begun.version = 1;
        begun.finished_at = Some(later(20));
        round::save_visit(&tx, &begun).await.unwrap();
        seen.push(score::inputs_hash(&tx, ground.round, ground.edition).await.unwrap());
        for points in [1, 0] {
            let entered = ResultRow {
                id: uuid(),
                edition: ground.edition,
                round: ground.round,
                measure: ground.measure,
                value: EnteredValue::Points { points: Exact::whole(points) },
                source: "评审".into(),
                entered_by: "甲".into(),
                entered_at: at(),
                version: 0,
            };
            round::save_result(&tx, &[entered]).await.unwrap();
            seen.push(score::inputs_hash(&tx, ground.round, ground.edition).await.unwrap());
        }
        framework::save_rule(&tx, ground.measure, &Rule::Ratio, None).await.unwrap();
        seen.push(score::inputs_hash(&tx, ground.round, ground.edition).await.unwrap());
        let distinct: BTreeSet<&String> = seen.iter().collect();
        assert_eq!(distinct.len(), seen.len(), "a change that the hash does not see");

        let kept = score::run_of::<String>(&tx, ground.round, &seen[0]).await.unwrap().unwrap();
        assert_eq!((kept.figures.as_str(), kept.computed_at), ("figures", at()));
        assert!(score::run_of::<String>(&tx, ground.round, &seen[1]).await.unwrap().is_none());
        score::save_run(&tx, ground.round, ground.edition, &seen[1], &"newer").await.unwrap();
        let newest = score::newest_runs::<String>(&tx, &[ground.round]).await.unwrap();
        assert_eq!(newest.iter().map(|run| run.figures.as_str()).collect::<Vec<_>>(), ["newer"]);
        assert_eq!(round::results(&tx, ground.round).await.unwrap()[0].version, 2);

        for (version, body) in [(1, "first"), (2, "corrected")] {
            assert_eq!(score::publish_ranking(&tx, ground.round, "street", &body).await.unwrap(), version);
        }
        for (wanted, body, version) in [(None, "corrected", 2), (Some(1), "first", 1)] {
            let published = score::published_ranking(&tx, ground.round, "street", wanted).await.unwrap();
            assert_eq!(published, Some(score::Published { version, at: Some(at()), body: body.to_owned() }));
        }
        assert_eq!(score::published_ranking::<String>(&tx, ground.round, "street", Some(3)).await.unwrap(), None);
        assert_eq!(score::published_ranking::<String>(&tx, ground.round, "town", None).await.unwrap(), None);
    }
);

/// The city's one unit, and an office worker who does everything to problems.
struct Desk {
    unit: UnitId,
    actor: ProblemActor,
    tree: UnitTree,
    calendar: Calendar,
    policy: Policy,
}

impl Desk {
    async fn new(city: &City) -> Self {
        let unit_id = UnitId::new(uuid());
        let tx = write(city).await;
        let office = Unit {
            id: unit_id,
            code: "U1".into(),
            name: "城市管理局".into(),
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
            position: 0,
            version: 0,
            names: Vec::new(),
        };
        unit::add(&tx, &office).await.unwrap();
        tx.commit().await.unwrap();
        let row = |id| UnitRow { id, parent: None, kind: UnitKind::Department, open: None, close: None };
        let elsewhere = UnitId::new(uuid());
        let posts = [(unit_id, Role::UnitHead), (elsewhere, Role::Office)].map(|(unit, role)| Post { unit, role });
        let actor = Actor { person: PersonId::new(uuid()), posts: posts.to_vec() };
        Self {
            unit: unit_id,
            actor: ProblemActor::Person { actor, at_submission: Vec::new() },
            tree: UnitTree::build([row(unit_id), row(elsewhere)]).unwrap(),
            calendar: Calendar::default(),
            policy: Policy::default(),
        }
    }

    /// A problem filed and assigned with so many natural hours, reported at the moment; or only reported without hours.
    fn problem(&self, hours: Option<u32>, from: Moment, rebound_of: Option<ProblemId>, site: Option<SiteId>) -> New {
        let offices = BTreeSet::new();
        let context = Context {
            calendar: &self.calendar,
            tree: &self.tree,
            policy: &self.policy,
            creation_offices: &offices,
            merge_target: None,
            made_at: None,
        };
        let registration = Registration {
            id: ProblemId::new(uuid()),
            source: Source::GridPatrol,
            site,
            item: None,
            criteria: [].into(),
            category: Category("环境".into()),
            urgency: Urgency::Ordinary,
            requires_after_photo: false,
            confidential: false,
            rebound_of,
            photos: Vec::new(),
        };
        let begun = register(&Command::Register { registration: Box::new(registration) }, &self.actor, &context, from).unwrap();
        let mut problem = Problem::begun(&begun).unwrap();
        let mut changes = vec![begun];
        let assign = hours.map(|count| Command::Assign {
            unit: self.unit,
            supporting: [].into(),
            limit: Limit::NaturalHours { count },
            urgency: None,
        });
        for command in std::iter::once(Command::File { check: None }).chain(assign) {
            let change = problem.apply(&command, &self.actor, &context, from).unwrap();
            problem = problem.after(&change);
            changes.push(change);
        }
        let facts = Facts { filed_at: Some(from), ..Facts::default() };
        New { problem, facts, changes }
    }
}

both!(
    async fn rates_counted_from_columns_are_those_of_the_rules(store: Store) {
        let city = city(&store, "yunxi").await;
        let ground = ground(&city).await;
        let desk = Desk::new(&city).await;
        let mut new = vec![desk.problem(None, later(0), None, Some(ground.sites[0]))];
        for (hours, minutes) in [(1, 0), (2, 30), (48, 10), (100, 20)] {
            new.push(desk.problem(Some(hours), later(minutes), None, Some(ground.sites[1])));
        }
        new.push(desk.problem(Some(1), later(5), Some(new[1].problem.id), None));
        // The second is closed in time, the third too late, as the rules leave them.
        for (place, at) in [(1, later(40)), (2, later(600))] {
            let problem = &mut new[place].problem;
            problem.state = yipanqi_domain::problem::State::Closed;
            problem.submitted_at = Some(at);
            problem.closed_at = Some(at);
        }
        let mut tx = write(&city).await;
        problem::add(&mut tx, &new).await.unwrap();
        tx.commit().await.unwrap();
        let tx = city.read().await.unwrap();
        let period = Period { from: at(), to: later(60 * 24 * 3) };
        let counted = problem::counted_rates(&tx, &ProblemFilter::default(), period).await.unwrap();
        let ruled = rates::rates(new.iter().map(|new| &new.problem), period);
        assert_eq!(
            (counted.on_time, counted.closing, counted.rebound, counted.extension),
            (ruled.on_time, ruled.closing, ruled.rebound, ruled.extension)
        );
        assert_eq!(problem::on_time_by_unit(&tx, period).await.unwrap(), [(desk.unit, ruled.on_time)]);
        assert_eq!(problem::on_time_by_unit(&tx, Period { from: later(60 * 24 * 9), ..period }).await.unwrap(), []);
        assert_eq!((ruled.on_time.numerator, ruled.on_time.denominator, ruled.rebound.numerator), (1, 4, 1));
        let moved = problem::moved(&tx, &ProblemFilter::default(), at()).await.unwrap();
        assert_eq!((moved.filed, moved.closed), (6, 2));
        let ours = BTreeSet::from([desk.unit]);
        let reach = ProblemFilter { reach: Some(ours.clone()), ..ProblemFilter::default() };
        let own = problem::counted_rates(&tx, &reach, period).await.unwrap();
        assert_eq!(
            (own.on_time, own.closing, own.rebound, own.extension),
            (counted.on_time, counted.closing, counted.rebound, counted.extension)
        );
        let nobody = BTreeSet::from([UnitId::new(uuid())]);
        for (reach, now) in
            [(None, later(60 * 24)), (Some(&ours), later(60 * 24)), (Some(&ours), later(0)), (Some(&nobody), later(0))]
        {
            let since = Moment::new(now.utc() - TimeDelta::hours(21));
            let marks = Marks { now, end_of_today: later(60 * 24 * 2), soon: later(60 * 24 * 5), since };
            let standing = problem::standing(&tx, reach, marks).await.unwrap();
            let all = ProblemFilter { reach: reach.cloned(), ..ProblemFilter::default() };
            let counted = async |filter: ProblemFilter| problem::count(&tx, &filter).await.unwrap();
            let clock = |clock| ProblemFilter { clocks: vec![clock], ..all.clone() };
            let late = clock(ClockFilter::Late(now));
            assert_eq!(standing.states, problem::figures(&tx, &all).await.unwrap());
            assert_eq!(standing.late, counted(late.clone()).await);
            assert_eq!(standing.due_today, counted(clock(ClockFilter::Due { from: now, until: marks.end_of_today })).await);
            assert_eq!(standing.due_soon, counted(clock(ClockFilter::Due { from: now, until: marks.soon })).await);
            assert_eq!(standing.newly_late, counted(ProblemFilter { since: Some((Event::Due, marks.since)), ..late }).await);
            assert_eq!(standing.late_units, problem::late_by_unit(&tx, &all, now).await.unwrap());
            assert_eq!(standing.late_streets, problem::late_by_street(&tx, &all, now).await.unwrap());
        }
        let by_site = problem::site_problems(&tx, Some(&ground.sites), None, later(60 * 24 * 10)).await.unwrap();
        assert_eq!(by_site[&ground.sites[0]], SiteProblems { open: 1, late: 0 });
        assert_eq!(by_site[&ground.sites[1]], SiteProblems { open: 2, late: 2 });
    }
);
