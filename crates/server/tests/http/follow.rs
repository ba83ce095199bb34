//! Figures that follow the work of a round are the figures computed in full, after whatever is done by whomever.

use serde_json::{Value, json};
use yipanqi_domain::exact::Exact;
use yipanqi_domain::framework::{Amount, NegativeEffect, NegativeItem, Rule};
use yipanqi_domain::id::RoundId;
use yipanqi_server::app::App;
use yipanqi_server::score::figures;
use yipanqi_server::score::follow::{self, Following};
use yipanqi_server::score::sheet::Inputs;
use yipanqi_store::framework::{self, Duty, DutyRole, NegativeRow};
use yipanqi_store::round::{self, Draw, Stratum};
use yipanqi_store::{Author, City, site};

use crate::assessment::{Small, command};

fn by() -> Author {
    Author { person: None, name: "test".into() }
}

fn exact(text: &str) -> Exact {
    text.parse().unwrap()
}

/// Numbers that only look random.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

/// A server on the small city's data, with its own memory.
struct Server {
    app: App,
    city: City,
}

impl Server {
    /// What it says of the round, and what computing in full says.
    async fn figures(&self, round: RoundId) -> (String, String) {
        let row = round::get(&self.city.read().await.unwrap(), round).await.unwrap();
        let told = figures::current(&self.city, by(), self.app.clock().now(), &row).await.unwrap().figures;
        let inputs = Inputs::read(&self.city.read().await.unwrap(), &row).await.unwrap();
        let full = figures::of(&inputs, &figures::loss_policy());
        (serde_json::to_string(&told).unwrap(), serde_json::to_string(&full).unwrap())
    }

    /// How often it has followed since it last computed the round in full.
    fn followed(&self, round: RoundId) -> Option<u64> {
        let kept: Following = self.city.take(&follow::name(round))?;
        let times = kept.times();
        self.city.put_back(&follow::name(round), kept);
        Some(times)
    }
}

/// A round of all sites as if they had been drawn from ten.
async fn drawn(small: &Small) -> RoundId {
    let id: RoundId = small.open(json!({ "site_ids": small.sites })).await["id"].as_str().unwrap().parse().unwrap();
    let city = &small.world.yunxi.city;
    let mut tx = city.write(by(), small.world.app.clock().now()).await.unwrap();
    let mut row = round::get(&tx, id).await.unwrap();
    row.draw = Some(Draw {
        frame_hash: String::new(),
        nonces: Vec::new(),
        seed: "seed".into(),
        strata: vec![Stratum { name: "农贸市场".into(), frame: 10, quota: 3, drawn: Vec::new() }],
        frame: Default::default(),
        commitments: Vec::new(),
        witnesses: Vec::new(),
        must: Vec::new(),
        inspectors: Vec::new(),
        roster: None,
        roster_hash: None,
        plan_hash: None,
        given: Default::default(),
        types: Default::default(),
    });
    round::save(&tx, &row).await.unwrap();
    let negative = NegativeRow {
        id: uuid::Uuid::now_v7(),
        item: NegativeItem {
            number: "1".into(),
            situation: "通报".into(),
            effect: NegativeEffect::Deduct { points: exact("0.5"), per: "起".into() },
        },
        decider_name: "市纪委".into(),
        words: String::new(),
    };
    framework::save_negative_items(&tx, small.edition, &[negative]).await.unwrap();
    tx.audit("test", "round", "draw", &()).unwrap();
    tx.commit().await.unwrap();
    id
}

/// What is done to the city between two looks at the figures.
struct Doing<'a> {
    small: &'a Small,
    round: RoundId,
    dice: Dice,
    visiting: Option<Value>,
    incidents: Vec<Value>,
}

impl Doing<'_> {
    fn result(&mut self, item: usize) -> Value {
        let of = |kind: &str, value: Value| match kind {
            "grade" => json!({ "kind": "grade", "grade": value }),
            kind => json!({ "kind": kind, "count": value }),
        };
        let number = self.dice.below(8);
        match (item, number) {
            (_, 7) => json!({ "kind": "not_applicable", "reason": "停业" }),
            (0, _) => of("grade", json!(["met", "mostly_met", "not_met"][usize::try_from(number % 3).unwrap()])),
            (1, _) => of("faults", json!(number)),
            (_, _) => of("count", json!(number)),
        }
    }

    /// Begins, fills or finishes a visit.
    async fn visit(&mut self, at: &App) {
        let inspector = self.small.browser("inspector").served_by(at);
        let Some(visit) = self.visiting.take() else {
            let site = self.small.sites[usize::try_from(self.dice.below(3)).unwrap()];
            let body = json!({ "command_id": command(), "round_id": self.round, "site_id": site });
            let answer = inspector.post("/api/visits", body).await;
            self.visiting = answer.status.is_success().then(|| answer.json());
            return;
        };
        let id = visit["id"].as_str().unwrap().to_owned();
        for item in 0..3 {
            let body = json!({ "command_id": command(), "result": self.result(item), "phrase": "占道经营", "note": "停业" });
            inspector.put(&format!("/api/visits/{id}/findings/{}", self.small.items[item]), body).await.ok();
        }
        let body = json!({ "command_id": command(), "version": visit["version"] });
        inspector.post(&format!("/api/visits/{id}/finish"), body).await.ok();
    }

    async fn enter(&mut self) {
        let (measure, value) = match self.dice.below(2) {
            0 => (3, json!({ "kind": "ratio", "observed": 50 + self.dice.below(51), "total": 100 })),
            _ => (4, json!({ "kind": "points", "points": format!("{}/7", self.dice.below(15)) })),
        };
        let body = json!({ "command_id": command(), "round_id": self.round, "measure_id": self.small.measures[measure],
            "value": value, "source": "调查" });
        self.small.browser("office").post("/api/results", body).await.ok();
    }

    /// Another rule, another duty, or a site that another unit answers for.
    async fn edit(&mut self) {
        let place = &self.small.world.yunxi;
        let mut tx = place.city.write(by(), self.small.world.app.clock().now()).await.unwrap();
        match self.dice.below(3) {
            0 => {
                let each = Amount::Points(exact(["0.1", "0.07", "1/30"][usize::try_from(self.dice.below(3)).unwrap()]));
                let rule = Rule::DeductPerFault { each, floor: Exact::zero(), max_per_item: None };
                framework::save_rule(&tx, self.small.measures[1], &rule, None).await.unwrap();
            }
            1 => {
                let tree = framework::edition(&tx, self.small.edition).await.unwrap();
                let mut nodes = tree.nodes.clone();
                let unit = place.units[["urban", "market"][usize::try_from(self.dice.below(2)).unwrap()]];
                for node in nodes.iter_mut().filter(|node| node.is_criterion) {
                    node.duties = vec![Duty { unit: Some(unit), name_given: "局".into(), role: DutyRole::Lead }];
                }
                framework::save_nodes(&tx, self.small.edition, &nodes).await.unwrap();
            }
            _ => {
                let mut moved = site::get(&tx, self.small.sites[usize::try_from(self.dice.below(3)).unwrap()]).await.unwrap();
                moved.territorial_unit =
                    Some(place.units[["east", "west", "east_1"][usize::try_from(self.dice.below(3)).unwrap()]]);
                site::update(&tx, &moved).await.unwrap();
            }
        }
        tx.audit("test", "city", "edit", &()).unwrap();
        tx.commit().await.unwrap();
    }

    /// An incident is entered, then it stands, then it is withdrawn.
    async fn incident(&mut self) {
        let office = self.small.browser("office");
        let Some(known) = self.incidents.pop() else {
            let body = json!({ "command_id": command(), "number": "1", "count": 2, "occurred_on": "2026-03-01", "title": "通报",
                "source": "市应急局", "unit_ids": [] });
            let path = format!("/api/editions/{}/incidents", self.small.edition);
            self.incidents.push(office.post(&path, body).await.ok());
            return;
        };
        let step = if known["state"] == "alleged" { "decide" } else { "withdraw" };
        let body = json!({ "command_id": command(), "version": known["version"], "reason": "决定" });
        let after = office.post(&format!("/api/incidents/{}/{step}", known["id"].as_str().unwrap()), body).await.ok();
        if step == "decide" {
            self.incidents.push(after);
        }
    }
}

async fn server(app: App) -> Server {
    let city = app.store().city(&"yunxi".parse().unwrap()).await.unwrap();
    Server { app, city }
}

crate::on_both!(
    async fn what_is_followed_is_what_is_computed_in_full(small: Small = Small::on) {
        let round = drawn(&small).await;
        let here = Server { app: small.world.app.clone(), city: small.world.yunxi.city.clone() };
        let mut there = server(small.world.restarted().await).await;
        let mut doing = Doing { small: &small, round, dice: Dice(7), visiting: None, incidents: Vec::new() };
        let (mut followed, mut with_intervals) = (0, 0);
        for step in 0..60 {
            match doing.dice.below(9) {
                0..=3 => {
                    let at = if doing.dice.below(2) == 0 { here.app.clone() } else { there.app.clone() };
                    doing.visit(&at).await;
                }
                4 | 5 => doing.enter().await,
                6 => doing.edit().await,
                7 => doing.incident().await,
                // Nothing is in memory any more: as after too many other rounds, or a restart.
                _ if doing.dice.below(2) == 0 => drop(here.city.take::<Following>(&follow::name(round))),
                _ => there = server(small.world.restarted().await).await,
            }
            let before = here.followed(round);
            let looking = if doing.dice.below(3) == 0 { &there } else { &here };
            let (told, full) = looking.figures(round).await;
            assert_eq!(told, full, "step {step}");
            followed += u64::from(before.zip(here.followed(round)).is_some_and(|(before, after)| after > before));
            with_intervals += u64::from(!told.contains("\"node_intervals\":{}"));
        }
        assert!(followed >= 8, "{followed} changes were followed, not computed anew");
        assert!(with_intervals >= 8, "{with_intervals}");

        let score = small.score_of(&round.to_string()).await;
        let board = small.browser("office").get("/api/board").await.ok();
        let last = board["score"]["trend"].as_array().unwrap().last().unwrap().clone();
        let wide = !score["interval"].is_null() && score["interval"]["low"] != score["interval"]["high"];
        assert_eq!(!last["interval"].is_null(), wide, "the trend is as sure as the score: {last} {}", score["interval"]);
        if wide {
            let end = |end: &Value| end["exact"].as_str().unwrap().parse::<yipanqi_domain::exact::Exact>().unwrap();
            let (low, rate, high) = (end(&last["interval"]["low"]), end(&last["rate"]), end(&last["interval"]["high"]));
            assert!(low <= rate && rate <= high, "{last}");
        }
    }
);

#[tokio::test]
async fn a_visit_is_followed_and_read_alone() {
    let small = Small::new().await;
    let round: RoundId = small.open(json!({ "site_ids": small.sites })).await["id"].as_str().unwrap().parse().unwrap();
    let here = Server { app: small.world.app.clone(), city: small.world.yunxi.city.clone() };
    let results = crate::assessment::results();
    small.visit(&round.to_string(), small.sites[0], results[0].clone()).await;
    let (told, full) = here.figures(round).await;
    assert_eq!((told, here.followed(round)), (full, Some(0)));
    for place in [1, 2] {
        small.visit(&round.to_string(), small.sites[place], results[place].clone()).await;
        let (told, full) = here.figures(round).await;
        assert_eq!((told, here.followed(round)), (full, Some(u64::try_from(place).unwrap())));
    }
    let closed = small.browser("office").get(&format!("/api/rounds/{round}")).await.json()["version"].clone();
    let body = json!({ "command_id": command(), "version": closed });
    small.browser("office").post(&format!("/api/rounds/{round}/close"), body).await.ok();
    let (told, full) = here.figures(round).await;
    assert_eq!(told, full);
}
