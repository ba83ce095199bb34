//! Random commands by random people, sent to the server and told to a reference model: the server opens, refuses, hides and
//! keeps what the model says, on both databases. `YIPANQI_MODEL_SEED` tells other lives.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use serde_json::{Value, json};
use yipanqi_domain::moment::Moment;

use crate::media::photo_of;
use crate::on_both;
use crate::world::{Answer, Backend, NOW, World};

/// Lives told, and steps of each.
const LIVES: u64 = 6;
const STEPS: usize = 45;

/// command | from | to (`=` stays, `<` back) | who | request: `-` any, `.` none, `~` none that stops the clock, or its name.
const TABLE: &str = "
file              | reported                           | filed      | office           | -
dismiss           | reported filed                     | dismissed  | office           | -
merge             | reported filed assigned rectifying | merged     | office           | -
unmerge           | merged                             | <          | office           | -
assign            | filed                              | assigned   | office           | -
acknowledge       | assigned                           | rectifying | works            | ~
decline           | assigned                           | =          | staff            | .
accept_decline    | assigned                           | filed      | office           | decline
refuse_decline    | assigned                           | =          | office           | decline
transfer          | assigned rectifying                | =          | staff            | .
approve_transfer  | assigned rectifying                | assigned   | office           | transfer
refuse_transfer   | assigned rectifying                | =          | office           | transfer
rectify           | rectifying deferred                | =          | works supports   | -
submit            | rectifying                         | submitted  | works            | ~
return            | submitted                          | rectifying | verifies         | -
verify            | submitted                          | closed     | verifies         | -
extend            | assigned rectifying                | =          | staff            | .
approve_extension | assigned rectifying submitted      | =          | office           | extension
refuse_extension  | assigned rectifying submitted      | =          | office           | extension
defer             | assigned rectifying                | =          | signs            | .
approve_deferral  | assigned rectifying                | deferred   | office           | deferral
refuse_deferral   | assigned rectifying                | =          | office           | deferral
resume            | deferred                           | <          | office           | -
urge              | reported filed assigned rectifying submitted deferred | = | office supervisor leader | -
set_stages        | assigned rectifying                | =          | office           | -
complete_stage    | rectifying                         | =          | works            | ~
reopen            | closed                             | rectifying | office           | -
";

/// Everybody who tries.
const ACTORS: [&str; 13] = [
    "office",
    "inspector",
    "supervisor",
    "leader",
    "head",
    "officer",
    "liaison",
    "other_head",
    "street_head",
    "other_street_head",
    "grid_worker",
    "admin",
    "province",
];

/// The units in which each works, spelt out: those below a street are its own too.
fn units_of(name: &str) -> &'static [&'static str] {
    match name {
        "head" | "officer" | "liaison" => &["urban"],
        "other_head" => &["market"],
        "street_head" => &["east", "east_1", "east_1_1"],
        "other_street_head" => &["west"],
        "grid_worker" => &["east_1_1"],
        _ => &[],
    }
}

/// What the rules say of one problem.
#[derive(Debug, Clone)]
struct Model {
    state: &'static str,
    back: &'static str,
    reporter: &'static str,
    unit: &'static str,
    supporting: Vec<&'static str>,
    pending: &'static str,
    assigned: Moment,
    /// None once an extension has been granted, whose day limits the domain's own tests tell.
    due: Option<Moment>,
    granted: bool,
    standing: Option<Moment>,
    put_off: Option<(Moment, Moment, Moment)>,
    until: Moment,
    review: Moment,
    declines: usize,
    returns: u64,
    stages_open: bool,
    /// When the clock was started, and where it stood still since.
    started: Moment,
    pauses: Vec<(Moment, Moment)>,
    version: u64,
}

/// A row of the table: from, to, who, request.
fn rows() -> BTreeMap<&'static str, [&'static str; 4]> {
    let cells = TABLE.lines().map(|line| line.split('|').map(str::trim).collect::<Vec<_>>());
    cells.filter(|cells| cells.len() == 5).map(|cells| (cells[0], [cells[1], cells[2], cells[3], cells[4]])).collect()
}

fn hours(moment: Moment, hours: i64) -> Moment {
    Moment::new(moment.utc() + TimeDelta::hours(hours))
}

/// By hours: due moves by as long as the clock stood before it.
fn shifted(due: Moment, from: Moment, to: Moment) -> Moment {
    if from >= due || from >= to { due } else { Moment::new(due.utc() + (to.utc() - from.utc())) }
}

impl Model {
    fn units(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.supporting.iter().copied().chain([self.unit]).filter(|unit| !unit.is_empty())
    }

    fn sees(&self, by: &str) -> bool {
        let everything = ["office", "inspector", "supervisor", "leader", "admin"].contains(&by);
        everything || by == self.reporter || self.units().any(|unit| units_of(by).contains(&unit))
    }

    fn opens(&self, [from, _, who, request]: [&str; 4], command: &str, by: &str, at: Moment) -> bool {
        let mine = |unit: &str| units_of(by).contains(&unit);
        let staff = by != "grid_worker" && mine(self.unit);
        let of_office = self.units().any(|unit| unit == "office");
        let is = |who: &str| match who {
            "works" => mine(self.unit),
            "supports" => self.supporting.iter().any(|unit| mine(unit)),
            "staff" => staff,
            "signs" => staff && by != "liaison",
            "verifies" if of_office => by == "supervisor",
            "verifies" => ["office", "inspector"].contains(&by),
            who => who == by,
        };
        let asked = match request {
            "-" => true,
            "." => self.pending.is_empty(),
            "~" => !["decline", "transfer"].contains(&self.pending),
            name => self.pending == name,
        };
        let fits = match command {
            "decline" => self.declines < 2 && at <= hours(self.assigned, 24),
            "extend" => self.due.is_some_and(|due| at <= due),
            "approve_deferral" => at < self.review,
            "complete_stage" => self.stages_open,
            _ => true,
        };
        from.split(' ').any(|from| from == self.state) && who.split(' ').any(is) && asked && fits && by != "province"
    }

    /// Whether a second extension is open hangs on days that the model does not count.
    fn knows(&self, command: &str) -> bool {
        !(self.granted && command == "extend")
    }

    fn stop(&mut self, at: Moment) {
        self.standing = self.standing.or(self.due.map(|_| at));
    }

    fn run(&mut self, at: Moment) {
        if let (Some(from), Some(due)) = (self.standing.take(), self.due) {
            self.due = Some(shifted(due, from, at));
            self.pauses.push((from, at));
        }
    }

    fn start(&mut self, at: Moment, limit: i64) {
        (self.assigned, self.started, self.due, self.granted) = (at, at, Some(hours(at, limit)), false);
        (self.standing, self.stages_open) = (None, false);
        self.pauses.clear();
    }

    /// When something is due next: the open stage of a day, or the whole.
    fn pressing(&self) -> Option<Moment> {
        let stage = self.pauses.iter().fold(hours(self.started, 24), |due, (from, to)| shifted(due, *from, *to));
        let at_work = ["assigned", "rectifying"].contains(&self.state) && self.stages_open;
        self.due.map(|due| if at_work { due.min(stage) } else { due })
    }

    fn release(&mut self) {
        (self.unit, self.pending, self.due, self.standing, self.stages_open) = ("", "", None, None, false);
        self.supporting.clear();
    }

    fn does(&mut self, command: &'static str, to: &'static str, order: &Plan, at: Moment) {
        match command {
            "assign" => {
                (self.unit, self.supporting) = (order.unit, order.supporting.clone());
                self.start(at, 72);
            }
            "decline" | "transfer" => {
                self.pending = command;
                self.declines += usize::from(command == "decline");
                self.stop(at);
            }
            "refuse_decline" | "refuse_transfer" => {
                self.pending = "";
                self.run(at);
            }
            "approve_transfer" => {
                (self.pending, self.unit, self.assigned) = ("", "west", at);
                self.supporting.retain(|unit| *unit != "west");
                self.run(at);
            }
            "accept_decline" | "unmerge" => self.release(),
            "merge" => {
                self.back = if self.state == "reported" { "reported" } else { "filed" };
                self.pending = "";
                self.stop(at);
            }
            "submit" => {
                if self.pending == "deferral" {
                    self.pending = "";
                }
                self.stop(at);
            }
            "return" => {
                self.returns += 1;
                self.run(at);
            }
            "verify" | "refuse_extension" | "refuse_deferral" => self.pending = "",
            "extend" => (self.pending, self.until) = ("extension", order.until),
            "approve_extension" => {
                (self.pending, self.due, self.granted) = ("", Some(self.until), true);
                self.standing = self.standing.map(|_| at);
            }
            "defer" => (self.pending, self.review) = ("deferral", order.review),
            "approve_deferral" => {
                (self.pending, self.back) = ("", self.state);
                let due = self.due.unwrap();
                self.put_off = Some((at, self.review, due));
                self.due = Some(shifted(due, at, self.review));
                self.pauses.push((at, self.review));
            }
            "resume" => {
                let (from, review, due) = self.put_off.take().unwrap();
                self.due = Some(shifted(due, from, review.min(at)));
                if let Some(pause) = self.pauses.last_mut() {
                    pause.1 = pause.1.min(at);
                }
            }
            "set_stages" => self.stages_open = true,
            "complete_stage" => self.stages_open = false,
            "reopen" => {
                self.returns += 1;
                self.start(at, 48);
            }
            _ => {}
        }
        self.version += 1;
        self.state = match to {
            "=" => self.state,
            "<" => self.back,
            name => name,
        };
    }
}

/// Numbers that the seed alone decides.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }
}

/// What the commands of a step would say.
struct Plan {
    unit: &'static str,
    supporting: Vec<&'static str>,
    until: Moment,
    review: Moment,
}

struct Story {
    world: World,
    photos: BTreeMap<&'static str, String>,
    other: String,
}

impl Story {
    async fn begin(backend: Backend) -> Self {
        let world = World::with(backend, |config| config.session_hours = 24 * 400).await;
        let by = yipanqi_store::Author { person: None, name: "test".into() };
        let tx = world.yunxi.city.write(by, world.app.clock().now()).await.unwrap();
        yipanqi_store::calendar::save_year(&tx, 2026, &yipanqi_domain::calendar::Year::default()).await.unwrap();
        let policy = yipanqi_domain::problem::Policy {
            decline_within: yipanqi_domain::calendar::Limit::NaturalHours { count: 24 },
            ..yipanqi_domain::problem::Policy::default()
        };
        yipanqi_store::setting::put(&tx, "problem_policy", &policy).await.unwrap();
        tx.commit().await.unwrap();
        let mut photos = BTreeMap::new();
        for name in ACTORS.into_iter().filter(|name| *name != "province") {
            photos.insert(name, photo_of(&world.browser(name)).await);
        }
        let mut story = Self { world, photos, other: String::new() };
        story.other = story.registered("office").await["id"].as_str().unwrap().to_owned();
        story
    }

    async fn registered(&self, by: &str) -> Value {
        let body = json!({ "command_id": uuid::Uuid::now_v7(), "source": "grid_patrol", "title": "垃圾满溢", "category": "环境卫生",
                           "place_text": "晴川横巷", "requires_after_photo": true });
        self.world.browser(by).post("/api/problems", body).await.ok()
    }

    /// A body that says all that the command must.
    fn body(&self, command: &str, by: &str, version: u64, plan: &Plan) -> Value {
        let id = |unit: &str| self.world.yunxi.units[unit].to_string();
        let mut body = json!({ "command_id": uuid::Uuid::now_v7(), "version": version, "command": command });
        let more = match command {
            "file" => json!({ "check": "已核实" }),
            "merge" => json!({ "into": self.other }),
            "assign" => {
                let supporting: Vec<String> = plan.supporting.iter().map(|unit| id(unit)).collect();
                json!({ "unit_id": id(plan.unit), "supporting": supporting, "limit": { "unit": "natural_hours", "count": 72 } })
            }
            "transfer" => json!({ "unit_id": id("west"), "reason": "职责不符" }),
            "rectify" | "urge" => json!({ "note": "进展" }),
            "submit" => json!({ "note": "已清理", "media_ids": self.photos.get(by).into_iter().collect::<Vec<_>>() }),
            "extend" => json!({ "reason": "工程量大", "progress": "过半", "until": plan.until.stored() }),
            "defer" => {
                let day = plan.review.utc() + TimeDelta::hours(8);
                json!({ "reason": "列入改造", "plan": "年内改造", "review_on": day.format("%Y-%m-%d").to_string() })
            }
            "set_stages" => json!({ "stages": [{ "name": "围挡", "limit": { "unit": "natural_hours", "count": 24 } }] }),
            "complete_stage" => json!({ "stage": 0, "note": "围挡完成" }),
            "reopen" => json!({ "reason": "又满了", "limit": { "unit": "natural_hours", "count": 48 } }),
            "acknowledge" | "accept_decline" | "approve_transfer" | "verify" | "approve_extension" | "approve_deferral"
            | "resume" => json!({}),
            _ => json!({ "reason": "理由" }),
        };
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    }

    async fn live(&self, seed: u64) {
        let (mut dice, rows) = (Dice(seed), rows());
        let mut now = Moment::parse(NOW).unwrap();
        self.world.app.clock().set(now);
        let reporter = ["grid_worker", "office"][dice.below(2)];
        let begun = self.registered(reporter).await;
        let path = format!("/api/problems/{}", begun["id"].as_str().unwrap());
        let mut model = Model {
            state: if reporter == "office" { "filed" } else { "reported" },
            back: "",
            reporter,
            unit: "",
            supporting: Vec::new(),
            pending: "",
            assigned: now,
            due: None,
            granted: false,
            standing: None,
            put_off: None,
            until: now,
            review: now,
            declines: 0,
            returns: 0,
            stages_open: false,
            started: now,
            pauses: Vec::new(),
            version: begun["version"].as_u64().unwrap(),
        };
        let (begun_with, mut done) = (begun["steps"].as_array().unwrap().len(), 0);
        for step in 0..STEPS {
            now = hours(now, i64::try_from(if dice.below(3) == 0 { dice.below(22) } else { dice.below(3) }).unwrap());
            self.world.app.clock().set(now);
            let plan = Plan {
                unit: ["urban", "market", "east", "east_1", "east_1_1", "office"][dice.below(6)],
                supporting: [vec![], vec!["west"]][dice.below(2)].clone(),
                until: hours(model.due.map_or(now, |due| due.max(now)), 24 * 10),
                review: {
                    let midnight = (now.utc() + TimeDelta::hours(8)).date_naive() + chrono::Days::new(1 + dice.below(4) as u64);
                    Moment::parse(&format!("{midnight}T00:00:00+08:00")).unwrap()
                },
            };
            let open: Vec<(&'static str, &'static str)> = ACTORS
                .into_iter()
                .filter(|by| model.sees(by))
                .flat_map(|by| rows.iter().map(move |(command, row)| (by, *command, *row)))
                .filter(|(by, command, row)| model.knows(command) && model.opens(*row, command, by, now))
                .map(|(by, command, _)| (by, command))
                .collect();
            // Mostly what is open, sometimes anything by anybody; ends are left now and then only.
            let (by, command) = if dice.below(10) < 7 && !open.is_empty() {
                open[dice.below(open.len())]
            } else {
                (ACTORS[dice.below(ACTORS.len())], *rows.keys().nth(dice.below(rows.len())).unwrap())
            };
            let ends = ["dismiss", "merge"].contains(&command) && dice.below(8) > 0;
            if ends || !model.knows(command) {
                continue;
            }
            let told = format!("seed {seed}, step {step}: {by} would {command} while {model:?}");
            let browser = self.world.browser(by);
            let stale = dice.below(12) == 0;
            let body = self.body(command, by, model.version - u64::from(stale), &plan);
            let answer = browser.post(&format!("{path}/commands"), body.clone()).await;
            if stale || !open.contains(&(by, command)) {
                refused(&answer, &model, by, stale, &told);
            } else {
                let first = answer.ok();
                model.does(command, rows[command][1], &plan, now);
                done += 1;
                let mut again = browser.post(&format!("{path}/commands"), body.clone()).await;
                // Whoever gives a problem away may not see it any more; the command is done nevertheless, and once.
                if model.sees(by) {
                    assert_eq!(again.ok()["version"], first["version"], "applied once: {told}");
                    let mut other = body;
                    other["note"] = "另一句".into();
                    again = browser.post(&format!("{path}/commands"), other).await;
                    assert_eq!(again.code(), "command_reused", "{told}");
                }
            }
            for reader in ["office", by, ACTORS[dice.below(ACTORS.len())]] {
                self.agrees(&path, &model, &open_to(&model, &rows, reader, now), reader, &told).await;
            }
        }
        let page = self.world.browser("office").get(&path).await.ok();
        let steps = page["steps"].as_array().unwrap().len();
        assert_eq!(steps - begun_with, done, "a step for every command: seed {seed}");
    }

    async fn agrees(&self, path: &str, model: &Model, open: &BTreeSet<&str>, reader: &str, told: &str) {
        let answer = self.world.browser(reader).get(path).await;
        if reader == "province" {
            assert_eq!(answer.code(), "right_missing", "{told}");
            return;
        }
        if !model.sees(reader) {
            assert_eq!(answer.code(), "problem_not_found", "{reader}: {told}");
            return;
        }
        let page = answer.ok();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let unit = |name: &str| if name.is_empty() { String::new() } else { self.world.yunxi.units[name].to_string() };
        let moment = |value: &Value| value.as_str().map(|text| Moment::parse(text).unwrap());
        let is = (
            text(&page["state"]),
            text(&page["unit"]["id"]),
            text(&page["pending"]),
            page["returns"].as_u64(),
            page["version"].as_u64(),
        );
        let says = (model.state.to_owned(), unit(model.unit), model.pending.to_owned(), Some(model.returns), Some(model.version));
        assert_eq!(is, says, "{reader}: {told}");
        if !model.granted {
            assert_eq!(moment(&page["clock"]["due_at"]), model.pressing(), "{reader}: {told}");
        }
        let allowed = page["allowed"].as_array().unwrap().iter().map(|one| one["command"].as_str().unwrap());
        let allowed: BTreeSet<&str> = allowed.filter(|command| rows().contains_key(command) && model.knows(command)).collect();
        assert_eq!(&allowed, open, "{reader}: {told}");
    }
}

fn open_to(model: &Model, rows: &BTreeMap<&'static str, [&'static str; 4]>, by: &str, at: Moment) -> BTreeSet<&'static str> {
    rows.iter()
        .filter(|(command, row)| model.knows(command) && model.opens(**row, command, by, at))
        .map(|(command, _)| *command)
        .collect()
}

fn refused(answer: &Answer, model: &Model, by: &str, stale: bool, told: &str) {
    let code = match answer.status.as_u16() {
        400..500 => answer.code(),
        _ => panic!("{told}: {answer:?}"),
    };
    match by {
        "admin" | "province" => assert_eq!(code, "right_missing", "{told}"),
        _ if !model.sees(by) => assert_eq!(code, "problem_not_found", "{told}"),
        _ if stale => assert_eq!(code, "version_conflict", "{told}"),
        _ => assert_ne!(code, "version_conflict", "{told}"),
    }
}

on_both! {
    async fn random_lives_are_told_alike_by_the_server_and_the_model(story: Story = Story::begin) {
        let first = std::env::var("YIPANQI_MODEL_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
        for seed in first..first + LIVES {
            story.live(seed).await;
        }
    }
}
