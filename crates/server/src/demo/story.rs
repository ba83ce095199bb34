//! What has happened in 云溪市 until the demo opens: two rounds, their problems, the province's list, the hotline's tickets,
//! July's assessment of the units.
//!
//! The story chooses by counting, never by chance, so that it is told the same way each time.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Context as _;
use axum::http::Method;
use serde_json::{Value, json};
use yipanqi_documents::kind::Kind;
use yipanqi_domain::access::Role;
use yipanqi_store::Slug;

use super::cast::Member;
use super::client::{Client, Person};
use super::duty;
use crate::app::App;

/// Drawn street scenes, each with the fault and without.
const SCENES: usize = 90;

/// Sites at which the province later deducts, visited before by the city's own inspectors.
const REHEARSED: [&str; 14] = [
    "YX-0125", "YX-0457", "YX-0173", "YX-1042", "YX-0553", "YX-0986", "YX-0346", "YX-0220", "YX-0326", "YX-0417", "YX-0433",
    "YX-0242", "YX-1012", "YX-1097",
];

struct Told<'a> {
    client: &'a Client,
    office: Person,
    inspectors: Vec<Person>,
    /// Liaisons by unit.
    liaisons: BTreeMap<String, String>,
    open: tokio::sync::Mutex<BTreeMap<String, Person>>,
    folder: std::path::PathBuf,
    /// Scenes photographed with their fault so far.
    seen: AtomicUsize,
    /// Scenes of faults that nobody photographed, from the last one backwards.
    unseen: AtomicUsize,
}

/// Tells the story.
///
/// # Errors
/// What a route or the importer refuses.
pub async fn tell(app: &App, client: &Client, slug: &Slug, cast: &[Member], folder: &Path) -> anyhow::Result<()> {
    let mut inspectors = Vec::new();
    for login in ["inspector", "inspector2", "inspector3"] {
        inspectors.push(client.log_in(login).await?);
    }
    let told = Told {
        client,
        office: client.log_in("office").await?,
        inspectors,
        liaisons: liaisons_of(cast),
        open: tokio::sync::Mutex::default(),
        folder: folder.join("photos").join("scenes"),
        seen: AtomicUsize::new(0),
        unseen: AtomicUsize::new(0),
    };
    let editions = client.get(&told.office, "/api/editions").await?;
    let edition =
        items(&editions).iter().find(|edition| edition["scoring"] == "points").context("no edition with points")?.clone();

    client.at("2025-07-25T15:00:00+08:00")?;
    duty::tell(client, &told.office, &liaisons_of(cast), &edition).await?;
    client.at("2025-07-28T09:00:00+08:00")?;
    let july = told.round("7月例行督查", "routine", &edition["id"], 12).await?;
    let days = ["2025-07-29", "2025-07-30", "2025-07-31"];
    told.visits(&july, &days, 12, 5).await?;
    told.results(&july, &edition, 5).await?;
    client.at("2025-08-01T16:00:00+08:00")?;
    told.confirm(&july).await?;
    told.close(&july).await?;
    client.at("2025-08-04T09:10:00+08:00")?;
    told.assign("view=to_assign&size=200", 5).await?;
    told.work(["2025-08-05T14:10:00+08:00", "2025-08-07T09:20:00+08:00", "2025-08-07T14:30:00+08:00"], 4).await?;

    client.at("2025-08-11T08:40:00+08:00")?;
    told.watched().await?;
    told.one_of_two().await?;
    client.at("2025-08-11T09:00:00+08:00")?;
    let rehearsal = told.round_at("迎检专项督导", "special", &edition["id"], &REHEARSED).await?;
    told.visits(&rehearsal, &["2025-08-11", "2025-08-12", "2025-08-13"], REHEARSED.len() - 2, 4).await?;
    client.at("2025-08-14T17:00:00+08:00")?;
    told.close(&rehearsal).await?;

    client.at("2025-08-18T09:00:00+08:00")?;
    let august = told.round("8月模拟测评", "mock", &edition["id"], 24).await?;
    let days = ["2025-08-19", "2025-08-20", "2025-08-21"];
    told.visits(&august, &days, 18, 7).await?;
    told.results(&august, &edition, 3).await?;
    client.at("2025-08-22T16:30:00+08:00")?;
    told.confirm(&august).await?;

    client.at("2025-08-25T09:00:00+08:00")?;
    super::import(app, slug, Kind::Feedback, &folder.join("省测反馈问题清单-2025.xlsx")).await?;
    super::import(app, slug, Kind::Tickets, &folder.join("12345工单导出.csv")).await?;
    client.at("2025-08-25T09:30:00+08:00")?;
    told.assign("view=to_assign&size=200&source=round_finding", 1).await?;
    told.assign("view=to_assign&size=60&source=higher_feedback", 4).await?;
    told.work(["2025-08-25T14:10:00+08:00", "2025-08-26T15:10:00+08:00", "2025-08-27T08:10:00+08:00"], 3).await?;
    told.patrols().await?;
    client.at("2025-08-27T09:20:00+08:00")?;
    told.slips().await?;
    told.open_ends().await?;
    told.parties().await?;
    told.supervision().await?;
    told.assessed(&july, &edition).await?;
    client.at(super::NOW)
}

/// Logins of the liaisons by unit.
fn liaisons_of(cast: &[Member]) -> BTreeMap<String, String> {
    let liaisons = cast.iter().filter(|member| member.role == Role::Liaison);
    liaisons.map(|member| (member.unit.to_string(), member.login.clone())).collect()
}

/// Minutes into a stretch of work: what lies behind comes later, within two hours and a half.
fn minutes(position: usize, each: usize) -> i64 {
    i64::try_from(position * each % 150).unwrap_or(0)
}

/// The items of a list answer, paged or plain.
fn items(answer: &Value) -> &[Value] {
    answer.as_array().or_else(|| answer["items"].as_array()).map(Vec::as_slice).unwrap_or_default()
}

fn text<'a>(value: &'a Value, name: &str) -> anyhow::Result<&'a str> {
    value[name].as_str().with_context(|| format!("no {name} in an answer"))
}

/// What an inspector sees at the `count`-th item: mostly in order; each `every`-th not.
fn result(judgement: &Value, count: usize, every: usize) -> (Value, bool) {
    let bad = count % every == every - 1;
    if count % 29 == 28 {
        return (json!({ "kind": "not_applicable", "reason": "现场无此项" }), false);
    }
    let faults = u32::try_from(count % 3).unwrap_or(0) + 1;
    let body = match judgement["kind"].as_str().unwrap_or("pass_fail") {
        "fault_count" => json!({ "kind": "faults", "count": if bad { faults } else { 0 } }),
        "grade" => json!({ "kind": "grade", "grade": if bad { "mostly_met" } else { "met" } }),
        "count_at_least" => {
            let wanted = judgement["n"].as_u64().unwrap_or(3);
            json!({ "kind": "count", "count": if bad { wanted - 1 } else { wanted } })
        }
        "percentage" if judgement["n"].is_u64() => json!({
            "kind": "timed", "observed": if bad { 17 } else { 20 }, "total": 20,
            "watch": { "started_at": "2025-08-12T09:20:00+08:00", "seconds": if bad { 420 } else { 900 } },
        }),
        "ratio" | "percentage" => json!({ "kind": "ratio", "observed": if bad { 17 } else { 20 }, "total": 20 }),
        "interview" => json!({ "kind": "interview", "correct": if bad { 2 } else { 4 }, "asked": 4 }),
        _ => json!({ "kind": "pass_fail", "pass": !bad }),
    };
    (body, bad)
}

impl Told<'_> {
    async fn round(&self, name: &str, kind: &str, edition: &Value, count: u32) -> anyhow::Result<Value> {
        let inspectors: Vec<String> = items(&self.client.get(&self.office, "/api/inspectors").await?)
            .iter()
            .filter_map(|inspector| inspector["person"]["id"].as_str().map(str::to_owned))
            .collect();
        let body =
            json!({ "name": name, "kind": kind, "edition_id": edition, "sites": { "count": count }, "inspectors": inspectors });
        self.client.post(&self.office, "/api/rounds", body).await
    }

    /// A round on sites that are named.
    async fn round_at(&self, name: &str, kind: &str, edition: &Value, codes: &[&str]) -> anyhow::Result<Value> {
        let mut sites = Vec::new();
        for code in codes {
            let found = self.client.get(&self.office, &format!("/api/sites?q={code}")).await?;
            sites.extend(items(&found).iter().map(|site| site["id"].clone()));
        }
        let inspectors: Vec<Value> = items(&self.client.get(&self.office, "/api/inspectors").await?)
            .iter()
            .map(|inspector| inspector["person"]["id"].clone())
            .collect();
        let body = json!({ "name": name, "kind": kind, "edition_id": edition, "sites": { "site_ids": sites }, "inspectors": inspectors });
        self.client.post(&self.office, "/api/rounds", body).await
    }

    /// What is observed over a time is watched for a quarter of an hour.
    async fn watched(&self) -> anyhow::Result<()> {
        let types = self.client.get(&self.office, "/api/site-types").await?;
        let in_traffic = |kind: &&Value| kind["name"].as_str().is_some_and(|name| name.contains("路口") || name.contains("学校"));
        for kind in items(&types).iter().filter(in_traffic) {
            let path = format!("/api/site-types/{}", text(kind, "id")?);
            let view = self.client.get(&self.office, &path).await?;
            for item in items(&view["items"]).iter().filter(|item| item["judgement"]["kind"] == "percentage") {
                let criteria: Vec<&Value> = items(&item["criteria"])
                    .iter()
                    .map(|link| &link["criterion_id"])
                    .filter(|criterion| !criterion.is_null())
                    .collect();
                let mut body = item.clone();
                body["judgement_words"] = "比例（观察15分钟）：按百分点扣".into();
                body["criteria"] = json!(criteria);
                self.client.post(&self.office, &format!("{path}/items"), body).await?;
            }
        }
        Ok(())
    }

    /// One of the pairs of entries that are likely one site is merged; the others are left to whoever tries the demo.
    async fn one_of_two(&self) -> anyhow::Result<()> {
        let admin = self.client.log_in("admin").await?;
        let offered = self.client.get(&admin, "/api/sites/duplicates").await?;
        let Some(pair) = items(&offered).first() else { return Ok(()) };
        let (kept, merged) = (text(&pair["one"], "id")?, text(&pair["other"], "id")?);
        let view = self.client.get(&admin, &format!("/api/sites/{kept}/merge?with={merged}")).await?;
        let body = json!({ "version": view["version"], "merged_id": merged, "merged_version": view["merged_version"] });
        self.client.post(&admin, &format!("/api/sites/{kept}/merge"), body).await?;
        Ok(())
    }

    /// Visits the first `count` sites of the round, every inspector his own, spread over the days.
    async fn visits(&self, round: &Value, days: &[&str], count: usize, every: usize) -> anyhow::Result<()> {
        let mut visited = 0;
        for (inspector, person) in self.inspectors.iter().enumerate() {
            let mine = self.client.get(person, "/api/my/visits").await?;
            let waiting: Vec<Value> = items(&mine).iter().filter(|visit| visit["round"]["id"] == round["id"]).cloned().collect();
            for (number, visit) in waiting.iter().enumerate() {
                if visited == count {
                    return Ok(());
                }
                let day = days.get(number * days.len() / waiting.len().max(1)).copied().unwrap_or(days[0]);
                let minute = (number * 37 + inspector * 11) % 120;
                self.client.at(&format!("{day}T{:02}:{:02}:00+08:00", 9 + minute / 60, minute % 60))?;
                self.visit(person, round, visit, number + inspector * 3, every).await?;
                visited += 1;
            }
        }
        Ok(())
    }

    async fn visit(&self, person: &Person, round: &Value, todo: &Value, seed: usize, every: usize) -> anyhow::Result<()> {
        let body = json!({ "round_id": round["id"], "site_id": todo["site"]["id"] });
        let visit = self.client.post(person, "/api/visits", body).await?;
        let path = format!("/api/visits/{}", text(&visit, "id")?);
        for (position, item) in items(&visit["items"]).iter().enumerate() {
            let count = seed * 7 + position;
            let (result, bad) = result(&item["judgement"], count, every);
            let mut body = json!({ "result": result });
            if bad {
                body["phrase"] = item["phrases"][count % 2].clone();
                if body["phrase"].is_null() {
                    body["phrase"] = "".into();
                }
                let photo = self.fault();
                body["media_ids"] = json!([self.client.photo(person, &photo).await?]);
            }
            self.client.put(person, &format!("{path}/findings/{}", text(item, "id")?), body).await?;
        }
        let version = self.client.get(person, &path).await?["version"].clone();
        self.client.post(person, &format!("{path}/finish"), json!({ "version": version })).await?;
        Ok(())
    }

    /// Enters results of filing and survey measures, all but every `spared`-th.
    async fn results(&self, round: &Value, edition: &Value, spared: usize) -> anyhow::Result<()> {
        let tree = self.client.get(&self.office, &format!("/api/editions/{}", text(edition, "id")?)).await?;
        let measures = items(&tree["nodes"]).iter().flat_map(|node| items(&node["measures"]));
        for (position, measure) in measures.filter(|measure| measure["method"] != "on_site").enumerate() {
            let points = measure["points"]["exact"].as_str().and_then(|exact| exact.split_once('/'));
            let Some((numerator, denominator)) = points.filter(|_| position % spared != spared - 1) else { continue };
            // Nineteen twentieths, or all of it.
            let earned = if position % 4 == 0 {
                format!("{}/{}", 19 * numerator.parse::<i64>()?, 20 * denominator.parse::<i64>()?)
            } else {
                format!("{numerator}/{denominator}")
            };
            let body = json!({ "round_id": round["id"], "measure_id": measure["id"], "source": "内部审核",
                               "value": { "kind": "points", "points": earned } });
            self.client.post(&self.office, "/api/results", body).await?;
        }
        Ok(())
    }

    async fn confirm(&self, round: &Value) -> anyhow::Result<()> {
        let path = format!("/api/rounds/{}", text(round, "id")?);
        let proposals = self.client.get(&self.office, &format!("{path}/proposals")).await?;
        let findings: Vec<Value> = items(&proposals).iter().map(|proposal| proposal["finding_id"].clone()).collect();
        self.client.post(&self.office, &format!("{path}/confirm"), json!({ "finding_ids": findings })).await?;
        Ok(())
    }

    async fn close(&self, round: &Value) -> anyhow::Result<()> {
        let path = format!("/api/rounds/{}", text(round, "id")?);
        let version = self.client.get(&self.office, &path).await?["version"].clone();
        self.client.post(&self.office, &format!("{path}/close"), json!({ "version": version })).await?;
        Ok(())
    }

    async fn command(&self, person: &Person, id: &str, mut body: Value) -> anyhow::Result<Value> {
        let path = format!("/api/problems/{id}");
        body["version"] = self.client.get(person, &path).await?["version"].clone();
        self.client.post(person, &format!("{path}/commands"), body).await
    }

    /// Assigns the problems of a list, by turns to the street and to the department in charge; each ninth is left.
    async fn assign(&self, query: &str, days: u32) -> anyhow::Result<()> {
        let listed = self.client.get(&self.office, &format!("/api/problems?{query}&sort=number")).await?;
        for (position, problem) in items(&listed).iter().enumerate() {
            if position % 9 == 8 {
                continue;
            }
            let id = text(problem, "id")?;
            let view = self.client.get(&self.office, &format!("/api/problems/{id}")).await?;
            let units = [&view["units"]["territorial"]["id"], &view["units"]["industry"]["id"]];
            let ordered = if position % 2 == 0 { units } else { [units[1], units[0]] };
            let known = |unit: &&Value| unit.as_str().is_some_and(|unit| self.liaisons.contains_key(unit));
            let Some(unit) = ordered.into_iter().find(known) else { continue };
            let limit = json!({ "unit": "working_days", "count": days + u32::try_from(position % 3).unwrap_or(0) });
            self.command(&self.office, id, json!({ "command": "assign", "unit_id": unit, "limit": limit })).await?;
        }
        Ok(())
    }

    async fn liaison(&self, unit: &str) -> anyhow::Result<Person> {
        let mut open = self.open.lock().await;
        if let Some(person) = open.get(unit) {
            return Ok(person.clone());
        }
        let person = self.client.log_in(&self.liaisons[unit]).await?;
        open.insert(unit.to_owned(), person.clone());
        Ok(person)
    }

    /// The next scene with its fault; no picture serves twice while there are scenes.
    fn fault(&self) -> std::path::PathBuf {
        let number = self.seen.fetch_add(1, Ordering::Relaxed) % SCENES + 1;
        self.folder.join(format!("scene-{number:03}-before.jpg"))
    }

    /// The scene of a problem's photograph put right, else one that nobody has photographed.
    async fn put_right(&self, person: &Person, problem: &str) -> anyhow::Result<std::path::PathBuf> {
        let view = self.client.get(person, &format!("/api/problems/{problem}")).await?;
        if let Some(before) = view["before"][0].as_str() {
            let facts = self.client.get(person, &format!("/api/media/{before}/facts")).await?;
            if let Some(scene) = facts["file_name"].as_str().and_then(|name| name.strip_suffix("-before.jpg")) {
                return Ok(self.folder.join(format!("{scene}-after.jpg")));
            }
        }
        let number = SCENES - self.unseen.fetch_add(1, Ordering::Relaxed) % SCENES;
        Ok(self.folder.join(format!("scene-{number:03}-after.jpg")))
    }

    /// Units acknowledge, most rectify and submit; hours later others verify most and return some; each `late`-th is left
    /// lying. Two are deliberately odd: one closed within a minute, one with the photograph of another.
    async fn work(&self, moments: [&str; 3], late: usize) -> anyhow::Result<()> {
        let listed = self.client.get(&self.office, "/api/problems?state=assigned&size=80&sort=number").await?;
        let mut taken: Vec<(usize, String, String)> = Vec::new();
        for (position, problem) in items(&listed).iter().enumerate() {
            let (id, unit) = (text(problem, "id")?, text(&problem["unit"], "id")?);
            if position % (late * 2) == late || !self.liaisons.contains_key(unit) {
                continue;
            }
            self.client.after(moments[0], minutes(position, 3))?;
            let liaison = self.liaison(unit).await?;
            self.command(&liaison, id, json!({ "command": "acknowledge" })).await?;
            if position % late != late - 1 {
                taken.push((position, id.to_owned(), unit.to_owned()));
            }
        }
        let mut odd = None;
        for (position, id, unit) in &taken {
            self.client.after(moments[1], minutes(*position, 2))?;
            let liaison = self.liaison(unit).await?;
            let picture = match (&odd, position % 7) {
                (Some(other), 4) => std::path::PathBuf::clone(other),
                _ => self.put_right(&liaison, id).await?,
            };
            odd = (odd.is_none() && position % 7 == 1).then(|| picture.clone());
            let photo = self.client.photo(&liaison, &picture).await?;
            let body = json!({ "command": "submit", "note": "已现场整改到位，加强日常管护。", "media_ids": [photo] });
            self.command(&liaison, id, body).await?;
        }
        for (count, (position, id, _)) in taken.iter().enumerate() {
            let inspector = &self.inspectors[count % self.inspectors.len()];
            self.client.after(moments[2], minutes(*position, 2))?;
            match position % 7 {
                0 => {
                    let body = json!({ "command": "return", "reason": "拍摄角度与整改前不一致，请补拍。" });
                    self.command(&self.inspectors[0], id, body).await?;
                }
                5 => {}
                _ => {
                    self.command(inspector, id, json!({ "command": "verify" })).await?;
                }
            }
        }
        self.hurried(moments[2]).await
    }

    /// One that was verified as soon as it was submitted again.
    async fn hurried(&self, moment: &str) -> anyhow::Result<()> {
        let listed = self.client.get(&self.office, "/api/problems?state=rectifying&size=80&sort=number").await?;
        let returned = |problem: &&Value| problem["returns"].as_u64().is_some_and(|returns| returns > 0);
        let Some(problem) = items(&listed).iter().find(returned) else { return Ok(()) };
        let (id, unit) = (text(problem, "id")?, text(&problem["unit"], "id")?);
        let liaison = self.liaison(unit).await?;
        self.client.after(moment, 58)?;
        let number = SCENES - self.unseen.fetch_add(1, Ordering::Relaxed) % SCENES;
        let picture = self.folder.join(format!("scene-{number:03}-after.jpg"));
        let photo = self.client.photo(&liaison, &picture).await?;
        let body = json!({ "command": "submit", "note": "已按要求补拍。", "media_ids": [photo] });
        self.command(&liaison, id, body).await?;
        self.command(&self.inspectors[0], id, json!({ "command": "verify" })).await?;
        Ok(())
    }

    /// Shops and a property firm are registered, some are asked by a link: one has put it right, one says that it cannot, one
    /// has not looked yet.
    async fn parties(&self) -> anyhow::Result<()> {
        let listed = self.client.get(&self.office, "/api/problems?state=rectifying&size=60&sort=number").await?;
        let asked = [
            (
                "老街口小吃店",
                "shop",
                "秦师傅",
                "店外桌椅今天收回，门前地面冲洗干净。",
                Some(("done", "桌椅已收回，地面已冲洗。")),
            ),
            (
                "瑞和物业服务中心",
                "property",
                "郑经理",
                "请三日内修好单元门前的破损地砖。",
                Some(("cannot", "主管道渗水未修，先铺会再坏，请先协调水务。")),
            ),
            ("万家便利店", "shop", "邱女士", "门前三包：清理台阶两侧的纸箱。", None),
        ];
        let mine = items(&listed)
            .iter()
            .filter(|problem| problem["unit"]["id"].as_str().is_some_and(|unit| self.liaisons.contains_key(unit)));
        for (problem, (name, kind, contact, words, answer)) in mine.zip(asked) {
            let (id, unit) = (text(problem, "id")?, text(&problem["unit"], "id")?);
            let liaison = self.liaison(unit).await?;
            let body = json!({ "days": 5, "words": words,
                               "new_party": { "name": name, "kind": kind, "contact": contact, "phone": "" } });
            let made = self.client.post(&liaison, &format!("/api/problems/{id}/parties"), body).await?;
            let (Some(link), Some((said, words))) = (made["link"].as_str().and_then(|link| link.split('#').nth(1)), answer)
            else {
                continue;
            };
            let photos = match said {
                "done" => vec![self.client.photo_by_link(link, &self.put_right(&liaison, id).await?).await?],
                _ => Vec::new(),
            };
            let body = json!({ "answer": said, "words": words, "photos": photos });
            self.client.by_link(link, Method::POST, "/api/party-link/answer", body).await?;
        }
        Ok(())
    }

    /// Plans of a community's grids since the first of August; the worker of one has walked most days and told of two things.
    async fn patrols(&self) -> anyhow::Result<()> {
        let grid = self.client.log_in("grid").await?;
        let session = self.client.get(&grid, "/api/session").await?;
        let own = text(&session["posts"][0]["unit"], "id")?.to_owned();
        let units = self.client.get(&self.office, "/api/units/tree").await?;
        let parent = items(&units).iter().find(|unit| unit["id"] == own.as_str()).map(|unit| unit["parent_id"].clone());
        let beside = items(&units).iter().filter(|unit| unit["kind"] == "grid" && Some(&unit["parent_id"]) == parent.as_ref());
        let grids: Vec<&Value> = beside.map(|unit| &unit["id"]).collect();
        self.client.at("2025-07-31T17:00:00+08:00")?;
        for (name, units, frequency, places) in [
            (
                "背街小巷日巡",
                vec![&Value::String(own.clone())],
                json!({ "kind": "workdays" }),
                json!([{ "name": "桂花园北巷" }, { "name": "幼儿园门口" }, { "name": "垃圾投放点" }]),
            ),
            ("全域周巡", grids, json!({ "kind": "weekly", "times": 2 }), json!([])),
        ] {
            let body = json!({ "unit_ids": units, "name": name, "frequency": frequency, "from": "2025-08-01", "places": places });
            self.client.post(&self.office, "/api/patrol-plans", body).await?;
        }
        for day in [1, 4, 5, 6, 8, 11, 12, 13, 14, 18, 19, 20, 22, 25, 26] {
            let begun = format!("2025-08-{day:02}T08:40:00+08:00");
            self.client.after(&begun, 50)?;
            for plan in items(&self.client.get(&grid, "/api/my/patrols").await?) {
                let whole = plan["places"].as_array().is_none_or(Vec::is_empty);
                // The whole grid is looked at on Mondays and Thursdays.
                if whole && day % 7 != 4 {
                    continue;
                }
                let id = uuid::Uuid::now_v7().to_string();
                if day == 12 || day == 20 {
                    let title = if day == 12 { "共享单车堆放占盲道" } else { "绿化带内有建筑垃圾" };
                    let body = json!({ "source": "grid_patrol", "title": title, "category": "市容秩序",
                                       "place_text": "桂花园北巷", "patrol_id": id });
                    self.client.post(&grid, "/api/problems", body).await?;
                }
                let ended = format!("2025-08-{day:02}T09:25:00+08:00");
                let looked = if whole { json!([]) } else { json!([0, 1, 2]) };
                let body = json!({ "id": id, "plan_id": plan["id"], "begun_at": begun, "ended_at": ended, "looked": looked });
                self.client.post(&grid, "/api/patrols", body).await?;
            }
        }
        Ok(())
    }

    /// Proposes the slips that are due and issues the first few.
    async fn slips(&self) -> anyhow::Result<()> {
        self.client.post(&self.office, "/api/slips/sweep", json!({})).await?;
        let slips = self.client.get(&self.office, "/api/slips?state=proposed&size=50").await?;
        for slip in items(&slips).iter().take(6) {
            let body = json!({ "version": slip["version"] });
            self.client.post(&self.office, &format!("/api/slips/{}/issue", text(slip, "id")?), body).await?;
        }
        Ok(())
    }

    /// A coming version of the ladder, an exposure to be claimed, whose turn the plate and the praise are, and a referral.
    async fn supervision(&self) -> anyhow::Result<()> {
        let samples = self.client.get(&self.office, "/api/slip-policies").await?;
        let dated = [("2025-01-01", 0), ("2025-10-01", 1)];
        for (valid_from, sample) in dated {
            let sample = &samples["samples"][sample];
            let body = json!({ "valid_from": valid_from, "name": sample["name"], "policy": sample["policy"] });
            self.client.post(&self.office, "/api/slip-policies", body).await?;
        }
        let site = self.client.get(&self.office, "/api/sites?size=10").await?;
        let exposed = json!({ "source": "media_exposure", "title": "早市散场后路面油污", "category": "市容秩序",
                              "site_id": items(&site)[0]["id"], "particulars": { "medium": "云溪晚报", "published_on": "2025-08-26" } });
        let exposed = self.client.post(&self.office, "/api/problems", exposed).await?;
        let limit = json!({ "unit": "working_days", "count": 2 });
        let unit = &exposed["units"]["territorial"]["id"];
        self.command(&self.office, text(&exposed, "id")?, json!({ "command": "assign", "unit_id": unit, "limit": limit }))
            .await?;
        let opened = self.client.post(&self.office, "/api/tokens", json!({ "name": "数字城管", "days": 365 })).await?;
        let system = super::client::Client::bearing(text(&opened, "token")?);
        let told = json!({ "number": "CG-2025-08117", "title": "人行道地砖缺失", "category": "市容秩序", "place_text": "云溪路与东街交叉口东南角",
                           "link": "https://chengguan.example/case/CG-2025-08117" });
        self.client.post(&system, "/api/systems/problems", told).await?;
        let sealed = json!({ "source": "citizen", "title": "举报后厨垃圾夜间倾倒绿化带", "category": "市容秩序", "confidential": true,
                             "place_text": "云溪路中段", "description": "举报人要求保密。" });
        self.client.post(&self.office, "/api/problems", sealed).await?;
        for kind in ["black_plate", "praise"] {
            let body = json!({ "kind": kind, "from": "2025-08-01", "to": "2025-08-26" });
            let proposed = self.client.post(&self.office, "/api/merits/propose", body).await?;
            for merit in items(&proposed).iter().take(1) {
                let body = json!({ "version": merit["version"], "decision": "confirm" });
                self.client.post(&self.office, &format!("/api/merits/{}/decide", text(merit, "id")?), body).await?;
            }
        }
        let supervisor = self.client.log_in("supervisor").await?;
        let slips = self.client.get(&self.office, "/api/slips?state=issued&size=10").await?;
        if let Some(slip) = items(&slips).first() {
            let body = json!({ "problem_id": slip["problem"]["id"], "reason": "屡次逾期，建议核查责任落实情况。" });
            self.client.post(&supervisor, "/api/referrals", body).await?;
        }
        Ok(())
    }

    /// One thing of the negative list stands, and July's assessment of the units is published.
    async fn assessed(&self, july: &Value, edition: &Value) -> anyhow::Result<()> {
        let register = format!("/api/editions/{}/incidents", text(edition, "id")?);
        let listed = self.client.get(&self.office, &register).await?;
        let item = items(&listed).iter().find(|item| item["effect"] == "deduct").context("no item that deducts")?;
        let body = json!({ "number": item["number"], "count": 1, "occurred_on": "2025-08-20", "unit_ids": [],
                           "title": "沿街商户占道经营被省级媒体曝光", "source": "省广播电视台《民生热线》" });
        let entered = self.client.post(&self.office, &register, body).await?;
        let body = json!({ "version": entered["version"], "reason": "市文明委办公室核查认定，云文明办〔2025〕18号" });
        self.client.post(&self.office, &format!("/api/incidents/{}/decide", text(&entered, "id")?), body).await?;

        // July saw few sites of each street: the city ranks from one site on.
        let policies = self.client.get(&self.office, "/api/assessment-policies").await?;
        let mut policy = items(&policies).first().context("no policy")?["policy"].clone();
        for component in policy["components"].as_array_mut().into_iter().flatten().take(2) {
            component["minimum"] = 1.into();
        }
        policy["minimum_covered"] = "40".into();
        let name = "云溪市文明创建单位考核办法（试行）";
        let body = json!({ "name": name, "effective_on": "2025-07-01", "policy": policy });
        self.client.post(&self.office, "/api/assessment-policies", body).await?;
        let body = json!({ "name": "7月单位考核", "from": "2025-07-01", "until": "2025-07-31", "round_id": july["id"] });
        let mut drawn = self.client.post(&self.office, "/api/assessments", body).await?;
        let path = format!("/api/assessments/{}", text(&drawn["brief"], "id")?);
        let units = drawn["units"].clone();
        for (place, street) in items(&units).iter().filter(|unit| unit["group"] == "street").enumerate() {
            let reached = (176 + (place * 7) % 21).to_string();
            let body = json!({ "version": drawn["brief"]["version"], "unit_id": street["unit_id"], "component": "survey",
                               "reached": reached, "possible": "200", "denominator": 200, "source": "7月群众满意度电话调查" });
            drawn = self.client.post(&self.office, &format!("{path}/facts"), body).await?;
        }
        let body = json!({ "version": drawn["brief"]["version"] });
        self.client.post(&self.office, &format!("{path}/publish"), body).await?;
        Ok(())
    }

    /// Requests that wait for a decision.
    async fn open_ends(&self) -> anyhow::Result<()> {
        let listed = self.client.get(&self.office, "/api/problems?state=rectifying&clock=soon&size=50&sort=number").await?;
        for (position, problem) in items(&listed).iter().take(6).enumerate() {
            let unit = text(&problem["unit"], "id")?;
            if !self.liaisons.contains_key(unit) {
                continue;
            }
            let liaison = self.liaison(unit).await?;
            let body = if position % 2 == 0 {
                json!({ "command": "extend", "reason": "需更换整段护栏，材料在途。", "progress": "已拆除破损部分并设围挡。",
                        "until": "2025-09-05T18:00:00+08:00" })
            } else {
                json!({ "command": "rectify", "note": "已派单，明日上午施工。" })
            };
            self.command(&liaison, text(problem, "id")?, body).await?;
        }
        Ok(())
    }
}

/// Next year's edition is compared with this year's: what stayed is confirmed, the rest waits for the office; and the hygienic
/// standard is linked where one visit serves both.
///
/// # Errors
/// What a route or the job refuses.
pub async fn compare(app: &App, client: &Client, slug: &Slug) -> anyhow::Result<()> {
    let office = client.log_in("office").await?;
    let editions = client.get(&office, "/api/editions").await?;
    let of = |code: &str| items(&editions).iter().find(|edition| edition["code"] == code).map(|edition| edition["id"].clone());
    let (old, new) = (of("civilized_city-2025"), of("civilized_city-2026"));
    let (Some(old), Some(new), Some(hygienic)) = (old, new, of("hygienic_city-2021")) else {
        anyhow::bail!("an edition of the demo city is missing")
    };
    let begun = client.post(&office, "/api/comparisons", json!({ "old_id": old, "new_id": new })).await?;
    crate::job::worker::drain(app, &app.store().city(slug).await?).await.map_err(|error| anyhow::anyhow!("{}", error.code()))?;
    let path = format!("/api/comparisons/{}", text(&begun, "id")?);
    let matched = client.get(&office, &path).await?;
    let lines = matched["lines"].as_array().map(Vec::as_slice).unwrap_or_default();
    let kept: Vec<&Value> = lines.iter().filter(|line| line["kind"] == "same").map(|line| &line["id"]).collect();
    let body = json!({ "version": matched["version"], "links": kept, "decision": "confirm" });
    client.post(&office, &format!("{path}/decisions"), body).await?;

    let pair = json!({ "one_id": old, "other_id": hygienic });
    let view = client.post(&office, "/api/crosswalk/suggestions", pair).await?;
    let suggested = view["links"].as_array().map(Vec::as_slice).unwrap_or_default();
    let sure = suggested.iter().filter(|link| link["shared_items"].as_u64().is_some_and(|items| items >= 5));
    let links: Vec<Value> =
        sure.map(|link| json!({ "id": link["id"], "version": link["version"], "kind": link["kind"] })).collect();
    let body = json!({ "one_id": old, "other_id": hygienic, "links": links, "state": "confirmed" });
    client.post(&office, "/api/crosswalk/decisions", body).await?;
    Ok(())
}
