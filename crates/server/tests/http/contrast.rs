//! What a higher level deducted, beside what our own visits had seen: attached once, compared honestly, nothing leaks.

use serde_json::{Value, json};
use yipanqi_domain::id::{ItemId, SiteId};
use yipanqi_server::job::worker;
use yipanqi_store::problem::{self, ProblemFilter, ProblemSort};
use yipanqi_store::{Author, round};

use crate::imports::send;
use crate::street::{Phone, Street, finish, id, mark, start};
use crate::world::{Backend, Browser};

const MADE: &str = "2026-03-02T08:30:00+08:00";

const FEEDBACK: &str = "序号,测评日期,点位名称,点位类别,问题描述,问题类别,照片编号,扣分,备注\n\
    1,2026-03-02,安澜1巷,背街小巷,垃圾箱满溢,环境卫生,IMG_1,0.3,\n\
    2,2026-03-02,安澜1巷,背街小巷,周边散落污水,环境卫生,IMG_2,0.2分,\n\
    3,2026-03-02,安澜2巷,背街小巷,垃圾箱满溢,环境卫生,IMG_3,-0.1,\n\
    4,2026-03-02,安澜3巷,背街小巷,垃圾箱满溢,环境卫生,IMG_4,0.05,\n\
    5,2026-03-02,无名之地,,地面破损,基础设施,IMG_5,,\n";

async fn import(street: &Street, name: &str) -> Value {
    let office = street.world.browser("office");
    let run = send(&office, "feedback", name, FEEDBACK.as_bytes()).await.json();
    let path = format!("/api/imports/{}", run["id"].as_str().unwrap());
    office.post(&format!("{path}/start"), json!({ "command_id": id(), "version": run["version"] })).await.ok();
    worker::drain(&street.world.app, &street.world.yunxi.city).await.unwrap();
    let finished = office.get(&path).await.ok();
    assert_eq!(finished["state"], "finished", "{finished}");
    finished["counts"].clone()
}

async fn visited(street: &Street, phone: &Phone, round: &Value, site: SiteId, faults: [u32; 3]) {
    let photo = phone.photo(usize::try_from(faults[0]).unwrap() + 7).await;
    let begun = phone.command(&[], MADE, &start(round, site));
    let photos = std::slice::from_ref(&photo);
    let marks: Vec<_> = street
        .items
        .iter()
        .zip(faults)
        .map(|(item, faults)| phone.command(&[&begun], MADE, &mark(*item, faults, photos)))
        .collect();
    let end = phone.command(&[&begun, &marks[0], &marks[1], &marks[2]], MADE, &finish(&street.items));
    for receipt in phone.receipts(&[&begun, &marks[0], &marks[1], &marks[2], &end]).await {
        assert_eq!(receipt["receipt"], "applied", "{receipt}");
    }
}

async fn external(office: &Browser) -> Value {
    let rounds = office.get("/api/rounds?kind=external").await.ok();
    assert_eq!(rounds["total"], 1, "one list, one round: {rounds}");
    rounds["items"][0].clone()
}

fn counts(view: &Value) -> [u64; 6] {
    ["found", "lenient", "unlooked", "blind", "unplaced", "ours_only"].map(|name| view[name].as_u64().unwrap())
}

async fn name(office: &Browser, round: &str, problem: &Value, item: ItemId) -> Value {
    let body = json!({ "command_id": id(), "problem_id": problem, "item_id": item });
    office.post(&format!("/api/rounds/{round}/contrast"), body).await.ok()
}

async fn three(backend: Backend) -> Street {
    Street::on(backend, 3).await
}

crate::on_both!(
    async fn deductions_lie_beside_our_own_visits(street: Street = three) {
    let (office, phone) = (street.world.browser("office"), street.phone("inspector"));
    let routine = street.round("routine", &street.sites[..1]).await;
    visited(&street, &phone, &routine, street.sites[0], [2, 0, 1]).await;
    let covert = street.round("covert", &street.sites[1..2]).await;
    visited(&street, &phone, &covert, street.sites[1], [1, 0, 0]).await;

    assert_eq!(import(&street, "省测2026.csv").await["created"], 5);
    let again = import(&street, "省测2026.csv").await;
    assert_eq!((&again["created"], &again["changed"], &again["unchanged"]), (&json!(0), &json!(0), &json!(5)));
    let round = external(&office).await;
    let number = round["id"].as_str().unwrap();
    assert_eq!((&round["sites"], &round["state"], &round["edition"]), (&json!(3), &json!("closed"), &Value::Null));
    let attached = office.get(&format!("/api/problems?round={number}")).await.ok();
    assert_eq!(attached["total"], 5);

    // Both faults at the first lane name several items, one of which failed there; the covert visit does not show.
    let view = office.get(&format!("/api/rounds/{number}/contrast")).await.ok();
    assert_eq!(counts(&view["total"]), [2, 0, 0, 2, 1, 0], "{view}");
    assert_eq!((&view["total"]["points"]["value"], &view["total"]["points"]["exact"]), (&json!("0.65"), &json!("13/20")));
    assert!(!view.to_string().contains(covert["id"].as_str().unwrap()), "a covert round leaks: {view}");
    assert_eq!(view["inspectors"].as_array().unwrap().len(), 1);

    // The office says what the second fault means: an item that we passed.
    let lines = office.get(&format!("/api/contrast-lines?round={number}")).await.ok();
    let second = lines["items"].as_array().unwrap().iter().find(|line| line["description"] == "周边散落污水").unwrap();
    assert_eq!((&second["naming"], &second["deduction"]["value"]), (&json!("several"), &json!("0.20")));
    let view = name(&office, number, &second["problem_id"], street.items[1]).await;
    assert_eq!(counts(&view["total"]), [1, 1, 0, 2, 1, 0], "{view}");
    let share = &view["total"]["share"];
    assert_eq!((&share["numerator"], &share["denominator"]), (&json!(1), &json!(2)), "only what both looked at: {share}");
    let inspector = &view["inspectors"][0];
    assert_eq!(counts(&inspector["counts"]), [1, 1, 0, 0, 0, 0], "an inspector is not blind where he was not sent: {inspector}");
    let by_item = view["items"].as_array().unwrap();
    let passed = by_item.iter().find(|row| row["id"] == street.items[1].to_string()).unwrap();
    assert_eq!((&passed["counts"]["lenient"], &passed["counts"]["points"]["value"]), (&json!(1), &json!("0.20")));

    // Every number opens its list, with both sides.
    let query = format!("/api/contrast-lines?round={number}&sighting=lenient&inspector={}", street.world.yunxi.people["inspector"]);
    let lenient = office.get(&query).await.ok();
    assert_eq!((&lenient["total"], &lenient["items"][0]["visit"]["pass"]), (&json!(1), &json!(true)), "{lenient}");
    assert_eq!(lenient["items"][0]["visit"]["result"], json!({ "kind": "faults", "count": 0 }));
    assert_eq!(lenient["items"][0]["visit"]["media"].as_array().unwrap().len(), 1);
    assert_eq!(lenient["items"][0]["naming"], "person");

    // Named otherwise, the third item is one that only we failed there.
    let first = lines["items"].as_array().unwrap().iter().find(|line| line["description"] == "垃圾箱满溢").unwrap();
    let view = name(&office, number, &first["problem_id"], street.items[0]).await;
    assert_eq!(counts(&view["total"]), [1, 1, 0, 2, 1, 1], "{view}");
    let ours = office.get(&format!("/api/contrast-lines?round={number}&sighting=ours_only")).await.ok();
    assert_eq!((&ours["total"], &ours["items"][0]["item"]["id"]), (&json!(1), &json!(street.items[2])), "{ours}");
    let book = office.get(&format!("/api/contrast-lines/export.xlsx?round={number}")).await;
    assert_eq!(book.status, 200, "{book:?}");

    // Outside the window nothing was seen in time; of rounds of our own there is nothing to compare.
    let none = office.get(&format!("/api/rounds/{}/contrast", routine["id"].as_str().unwrap())).await;
    assert_eq!(none.code(), "round_not_external");

    // Released, the covert visit counts.
    let secret = covert["id"].as_str().unwrap();
    street.close(secret).await;
    let version = office.get(&format!("/api/rounds/{secret}")).await.ok()["version"].clone();
    office.post(&format!("/api/rounds/{secret}/release"), json!({ "command_id": id(), "version": version })).await.ok();
    let view = office.get(&format!("/api/rounds/{number}/contrast")).await.ok();
    assert_eq!(counts(&view["total"]), [2, 1, 0, 1, 1, 1], "{view}");
});

crate::on_both!(
    async fn problems_entered_before_join_the_round_of_their_file(street: Street = three) {
    let city = &street.world.yunxi.city;
    import(&street, "省测2026.csv").await;
    let known = external(&street.world.browser("office")).await["id"].as_str().unwrap().to_owned();
    let by = Author { person: None, name: "test".into() };
    let tx = city.write(by, street.world.app.clock().now()).await.unwrap();
    let filter = ProblemFilter { round: Some(known.parse().unwrap()), ..ProblemFilter::default() };
    let mut kept = problem::list(&tx, &filter, ProblemSort::default(), 0, 50).await.unwrap();
    for one in kept.iter_mut().take(2) {
        one.facts.round = None;
    }
    problem::relocate(&tx, &kept).await.unwrap();
    assert_eq!(problem::list(&tx, &filter, ProblemSort::default(), 0, 50).await.unwrap().len(), 3);
    tx.commit().await.unwrap();
    for changed in [2, 0] {
        let counts = import(&street, "省测2026.csv").await;
        assert_eq!((&counts["created"], &counts["changed"]), (&json!(0), &json!(changed)), "{counts}");
        let tx = city.read().await.unwrap();
        assert_eq!(problem::list(&tx, &filter, ProblemSort::default(), 0, 50).await.unwrap().len(), 5);
        assert_eq!(round::sites(&tx, known.parse().unwrap()).await.unwrap().len(), 3);
    }
});
