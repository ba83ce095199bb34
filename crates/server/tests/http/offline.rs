//! Work made without network: sent once, merged by rule, refused in words with both sides.

use axum::http::StatusCode;
use serde_json::{Value, json};
use yipanqi_store::audit;

use crate::street::{Phone, Street, Waiting, finish, id, mark, photo, sha256, start};

/// Before the fixed clock of the tests.
const MADE: &str = "2026-03-02T08:30:00+08:00";

/// The commands of a whole visit without faults: begun, each item marked, finished.
fn whole_visit(street: &Street, phone: &Phone, round: &Value, site: usize) -> Vec<Waiting> {
    let begun = phone.command(&[], MADE, &start(round, street.sites[site]));
    let mut commands = vec![begun.clone()];
    for item in &street.items {
        commands.push(phone.command(&[&begun], MADE, &mark(*item, 0, &[])));
    }
    let parents: Vec<&Waiting> = commands.iter().collect();
    let end = phone.command(&parents, MADE, &finish(&street.items));
    commands.push(end);
    commands
}

async fn forty(backend: crate::world::Backend) -> Street {
    Street::on(backend, 8).await
}

fn receipts_of(receipts: &[Value]) -> Vec<&str> {
    receipts.iter().map(|receipt| receipt["receipt"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_visit_made_without_network_arrives_whole_in_any_order_and_once() {
    let street = Street::new(1).await;
    let round = street.round("mock", &street.sites).await;
    let phone = street.phone("inspector");
    let commands = whole_visit(&street, &phone, &round, 0);
    let mut turned: Vec<&Waiting> = commands.iter().collect();
    turned.reverse();
    let receipts = phone.receipts(&turned).await;
    assert_eq!(receipts_of(&receipts), ["applied"; 5], "{receipts:?}");
    let again = phone.receipts(&turned).await;
    assert_eq!(again, receipts, "the same commands get their first answers");
    let shown = street.world.browser("office").get(&format!("/api/rounds/{}", round["id"].as_str().unwrap())).await.ok();
    assert_eq!((&shown["visited"], &shown["findings"]), (&json!(1), &json!(3)));
    let visit = receipts.last().unwrap()["subject_id"].as_str().unwrap();
    let visit = street.world.browser("inspector").get(&format!("/api/visits/{visit}")).await.ok();
    assert_eq!(visit["started_at"], "2026-03-02T00:30:00Z", "it counts as of when it was made");
    assert_eq!(visit["arrived_at"], "2026-03-02T01:00:00Z", "and says when it arrived");
}

crate::on_both!(
    async fn many_commands_share_a_transaction_and_each_stands_or_falls_alone(street: Street = forty) {
        let round = street.round("mock", &street.sites).await;
        let phone = street.phone("inspector");
        let mut commands = Vec::new();
        for site in 0..street.sites.len() {
            commands.extend(whole_visit(&street, &phone, &round, site));
        }
        let begun = commands[0].clone();
        let elsewhere = phone.command(&[&begun], MADE, &mark(yipanqi_domain::id::ItemId::new(uuid::Uuid::nil()), 1, &[]));
        commands.insert(3, elsewhere);
        let city = street.world.yunxi.city.clone();
        // What is looked up by everybody is kept after the first.
        assert_eq!(receipts_of(&phone.receipts(&[&begun]).await), ["applied"]);
        let before = city.statements();
        let receipts = phone.receipts(&commands.iter().collect::<Vec<_>>()).await;
        let asked = city.statements() - before;
        let refused: Vec<&Value> = receipts.iter().filter(|receipt| receipt["receipt"] != "applied").collect();
        assert_eq!((refused.len(), &receipts[3]["code"]), (1, &json!("item_not_of_site")), "{refused:?}");
        assert!(asked < 12 * commands.len() as u64, "{asked} statements for {} commands", commands.len());
        let shown = street.world.browser("office").get(&format!("/api/rounds/{}", round["id"].as_str().unwrap())).await.ok();
        assert_eq!((&shown["visited"], &shown["findings"]), (&json!(8), &json!(24)));
        let tx = city.read().await.unwrap();
        assert_eq!(audit::verify(&tx, &[]).await.unwrap().fault, None);
        let log = audit::list(&tx, &audit::AuditFilter::default(), 0, 10_000).await.unwrap();
        drop(tx);
        let marked = log.iter().filter(|one| one.entry.action == "finding.mark").count();
        assert_eq!(marked, 24, "each once, in the log too");
        let before = city.statements();
        let again = phone.receipts(&commands.iter().collect::<Vec<_>>()).await;
        assert!(again.iter().zip(&receipts).all(|(again, first)| again == first || first["receipt"] == "refused"), "{again:?}");
        assert!(city.statements() - before < 20, "and hardly a question");
    }
);

#[tokio::test]
async fn whoever_waits_for_his_turn_keeps_the_console_from_nothing() {
    let street = Street::new(1).await;
    let round = street.round("mock", &street.sites).await;
    let phone = street.phone("inspector");
    let commands = whole_visit(&street, &phone, &round, 0);
    let turn = street.world.yunxi.city.incoming_turn().await;
    let waiting = phone.clone();
    let sent = commands.clone();
    let sending = tokio::spawn(async move { waiting.receipts(&sent.iter().collect::<Vec<_>>()).await });
    let office = street.world.browser("office");
    for title in ["甲", "乙", "丙"] {
        let body =
            json!({ "command_id": id(), "source": "grid_patrol", "title": title, "category": "环境卫生", "place_text": "街口" });
        assert_eq!(office.post("/api/problems", body).await.status, StatusCode::CREATED);
    }
    assert!(!sending.is_finished(), "it is not its turn");
    drop(turn);
    assert_eq!(receipts_of(&sending.await.unwrap()), ["applied"; 5]);
}

#[tokio::test]
async fn children_wait_for_their_parent_and_commands_for_their_photographs() {
    let street = Street::new(1).await;
    let round = street.round("mock", &street.sites).await;
    let phone = street.phone("inspector");
    let begun = phone.command(&[], MADE, &start(&round, street.sites[0]));
    let hash = sha256(&photo(1));
    let marked = phone.command(&[&begun], MADE, &mark(street.items[0], 2, std::slice::from_ref(&hash)));
    let held = phone.receipts(&[&marked]).await;
    assert_eq!((&held[0]["receipt"], &held[0]["code"]), (&json!("held"), &json!("sync_parent_open")));
    let receipts = phone.receipts(&[&marked, &begun]).await;
    assert_eq!(receipts_of(&receipts), ["media_missing", "applied"]);
    assert_eq!((&receipts[0]["status"], &receipts[0]["missing"]), (&json!(409), &json!([hash])));
    phone.photo(1).await;
    assert_eq!(receipts_of(&phone.receipts(&[&marked]).await), ["applied"]);
}

#[tokio::test]
async fn an_id_under_another_body_or_a_damaged_body_is_refused() {
    let street = Street::new(2).await;
    let round = street.round("mock", &street.sites).await;
    let phone = street.phone("inspector");
    let begun = phone.command(&[], MADE, &start(&round, street.sites[0]));
    phone.receipts(&[&begun]).await;
    let other = phone.command(&[], MADE, &start(&round, street.sites[1]));
    let other = Waiting { text: other.text.replace(&other.id, &begun.id), id: begun.id.clone() };
    let receipts = phone.receipts(&[&other]).await;
    assert_eq!((&receipts[0]["code"], &receipts[0]["status"]), (&json!("command_reused"), &json!(409)));
    let damaged = phone.command(&[], MADE, &start(&round, street.sites[1]));
    let damaged = Waiting { text: damaged.text.replace("start_visit", "mark_visit"), ..damaged };
    assert_eq!(phone.receipts(&[&damaged]).await[0]["code"], "sync_body_damaged");
    let strange = phone.command(&[], MADE, &json!({ "kind": "dance" }));
    assert_eq!(phone.receipts(&[&strange]).await[0]["code"], "sync_work_unknown");
}

#[tokio::test]
async fn an_outbox_is_sent_by_its_person_alone() {
    let street = Street::new(1).await;
    let round = street.round("mock", &street.sites).await;
    let phone = street.phone("inspector");
    let begun = phone.command(&[], MADE, &start(&round, street.sites[0]));
    let other = Phone { browser: street.world.browser("office"), ..phone.clone() };
    let refused = other.send(&[&begun]).await;
    assert_eq!((refused.status, refused.code().as_str()), (StatusCode::FORBIDDEN, "sync_person_other"));
    let stranger = Phone { browser: street.world.stranger(), ..phone.clone() };
    assert_eq!(stranger.send(&[&begun]).await.code(), "session_required");
    assert_eq!(receipts_of(&phone.receipts(&[&begun]).await), ["applied"], "its own person sends it afterwards");
}

#[tokio::test]
async fn a_visit_made_before_the_round_was_closed_is_kept_and_does_not_count() {
    let street = Street::new(2).await;
    let round = street.round("mock", &street.sites).await;
    let phone = street.phone("inspector");
    let commands = whole_visit(&street, &phone, &round, 0);
    let number = round["id"].as_str().unwrap();
    street.close(number).await;
    street.world.at("2026-03-02T11:00:00+08:00");
    let receipts = phone.receipts(&commands.iter().collect::<Vec<_>>()).await;
    assert_eq!(receipts_of(&receipts), ["applied"; 5], "{receipts:?}");
    assert_eq!(receipts[4]["remark"], "late");
    let visit = receipts[4]["subject_id"].as_str().unwrap();
    let visit = street.world.browser("office").get(&format!("/api/visits/{visit}")).await.ok();
    assert_eq!(visit["purpose"], "late");
    let after = phone.command(&[], "2026-03-02T10:30:00+08:00", &start(&round, street.sites[1]));
    let refused = phone.receipts(&[&after]).await;
    assert_eq!((&refused[0]["receipt"], &refused[0]["code"]), (&json!("refused"), &json!("round_not_open")));
    assert_eq!(refused[0]["data"]["closed_at"], "2026-03-02T01:00:00.000Z", "both sides are told: {refused:?}");
    assert_eq!(refused[0]["data"]["made_at"], "2026-03-02T02:30:00.000Z");
}

#[tokio::test]
async fn a_visit_begun_before_the_site_went_to_another_stands() {
    let street = Street::new(2).await;
    let round = street.round("mock", &street.sites).await;
    let phone = street.phone("inspector");
    let before = phone.command(&[], MADE, &start(&round, street.sites[0]));
    let after = phone.command(&[], "2026-03-02T09:30:00+08:00", &start(&round, street.sites[1]));
    let other = street.another_inspector("supervisor").await;
    let give = async |site: usize, to: Value| {
        let path = format!("/api/rounds/{}/inspectors/{}", round["id"].as_str().unwrap(), street.sites[site]);
        street.world.browser("office").put(&path, json!({ "command_id": id(), "inspector_id": to })).await.ok();
    };
    give(0, json!(other)).await;
    give(1, json!(other)).await;
    assert_eq!(receipts_of(&phone.receipts(&[&before]).await), ["applied"], "it was his when he began");
    street.world.at("2026-03-02T10:00:00+08:00");
    let late = phone.receipts(&[&after]).await;
    assert_eq!(
        (&late[0]["receipt"], &late[0]["code"]),
        (&json!("refused"), &json!("visit_not_yours")),
        "and no more when he began"
    );
    assert!(!late[0]["message"].as_str().unwrap().is_empty());
    give(1, Value::Null).await;
    assert_eq!(receipts_of(&phone.receipts(&[&after]).await), ["applied"], "given to nobody, it is everybody's");
}

crate::on_both!(
    async fn a_visit_begun_in_ones_time_stands_however_often_the_site_was_given_on(street: Street = forty) {
        let round = street.round("mock", &street.sites).await;
        let (second, third) = (street.another_inspector("supervisor").await, street.another_inspector("leader").await);
        let give = async |site: usize, to: Value| {
            let path = format!("/api/rounds/{}/inspectors/{}", round["id"].as_str().unwrap(), street.sites[site]);
            street.world.browser("office").put(&path, json!({ "command_id": id(), "inspector_id": to })).await.ok();
        };
        give(0, json!(second)).await;
        street.world.at("2026-03-02T09:30:00+08:00");
        give(0, json!(third)).await;
        street.world.at("2026-03-02T11:00:00+08:00");
        for (name, made, stands) in [
            ("inspector", "2026-03-02T08:30:00+08:00", true),
            ("inspector", "2026-03-02T09:10:00+08:00", false),
            ("supervisor", "2026-03-02T09:20:00+08:00", true),
            ("supervisor", "2026-03-02T09:40:00+08:00", false),
            ("leader", "2026-03-02T09:40:00+08:00", true),
        ] {
            let phone = street.phone(name);
            let begun = phone.command(&[], made, &start(&round, street.sites[0]));
            let receipt = phone.receipts(&[&begun]).await.remove(0);
            assert_eq!(receipt["receipt"], if stands { "applied" } else { "refused" }, "{name} {made}: {receipt:?}");
            if !stands {
                assert_eq!(receipt["code"], "visit_not_yours");
                assert_eq!(receipt["data"]["given_to"], "leader", "both sides are told: {receipt:?}");
                assert_eq!(receipt["data"]["given_at"], "2026-03-02T01:30:00.000Z");
                assert!(receipt["data"]["made_at"].is_string());
            }
        }
        // Who never had it is told nothing.
        let stranger = street.another_inspector("head").await;
        let phone = street.phone("head");
        let begun = phone.command(&[], MADE, &start(&round, street.sites[0]));
        let receipt = phone.receipts(&[&begun]).await.remove(0);
        assert_eq!((&receipt["code"], &receipt["data"]["given_to"]), (&json!("visit_not_yours"), &Value::Null), "{stranger}");
    }
);

crate::on_both!(
    async fn work_under_way_for_days_counts_from_its_arrival_and_keeps_its_own_times(street: Street = forty) {
        let round = street.round("mock", &street.sites).await;
        let path = format!("/api/rounds/{}", round["id"].as_str().unwrap());
        let phone = street.phone("inspector");
        let office = street.world.browser("office");
        let made = |site: usize, from: &str, to: &str| {
            let begun = phone.command(&[], from, &start(&round, street.sites[site]));
            let mut commands = vec![begun.clone()];
            commands.extend(street.items.iter().map(|item| phone.command(&[&begun], to, &mark(*item, 0, &[]))));
            let end = phone.command(&commands.iter().collect::<Vec<_>>(), to, &finish(&street.items));
            commands.push(end);
            commands
        };
        let visit = async |commands: Vec<Waiting>| {
            let receipts = phone.receipts(&commands.iter().collect::<Vec<_>>()).await;
            assert_eq!(receipts_of(&receipts), ["applied"; 5], "{receipts:?}");
            let visit = receipts[4]["subject_id"].as_str().unwrap();
            office.get(&format!("/api/visits/{visit}")).await.ok()
        };
        let times = |visit: &Value| ["started_at", "finished_at", "begun_at", "ended_at"].map(|part| visit[part].clone());

        let whole = visit(made(0, "2026-02-27T09:00:00+08:00", "2026-02-27T09:20:00+08:00")).await;
        let arrival = "2026-03-02T01:00:00Z";
        assert_eq!(json!(times(&whole)), json!([arrival, arrival, "2026-02-27T01:00:00Z", "2026-02-27T01:20:00Z"]));
        assert_eq!((&whole["arrived_at"], &whole["purpose"]), (&json!(arrival), &json!("assess")));
        assert_eq!(whole["findings"][0]["made_at"], "2026-02-27T01:20:00Z");
        // Across the limit: it ends within 24 hours and began before.
        let across = visit(made(1, "2026-03-01T08:50:00+08:00", "2026-03-01T09:10:00+08:00")).await;
        assert_eq!(across["begun_at"], "2026-03-01T00:50:00Z");
        let quality = office.get(&format!("{path}/agreement")).await.ok();
        assert_eq!(quality["odd"], json!([]), "neither was short");

        // The site went to another, and then the round was closed: both after it was made.
        let other = street.another_inspector("supervisor").await;
        let give = json!({ "command_id": id(), "inspector_id": other });
        office.put(&format!("{path}/inspectors/{}", street.sites[2]), give).await.ok();
        street.close(round["id"].as_str().unwrap()).await;
        street.world.at("2026-03-02T11:00:00+08:00");
        let late = visit(made(2, "2026-02-28T09:00:00+08:00", "2026-02-28T09:20:00+08:00")).await;
        assert_eq!(late["purpose"], "late", "made before the round was closed, it is kept");
        let after = phone.command(&[], "2026-03-02T10:00:00+08:00", &start(&round, street.sites[3]));
        let refused = phone.receipts(&[&after]).await.remove(0);
        assert_eq!((&refused["code"], &refused["data"]["made_at"]), (&json!("round_not_open"), &json!("2026-03-02T02:00:00.000Z")));
    }
);

crate::on_both!(
    async fn whoever_had_a_site_of_a_covert_round_is_told_when_it_was_closed(street: Street = forty) {
        let round = street.round("covert", &street.sites[..1]).await;
        street.close(round["id"].as_str().unwrap()).await;
        street.world.at("2026-03-02T11:00:00+08:00");
        street.another_inspector("supervisor").await;
        for (name, code, closed) in [
            ("inspector", "round_not_open", json!("2026-03-02T01:00:00.000Z")),
            ("supervisor", "round_not_found", Value::Null),
        ] {
            let phone = street.phone(name);
            let begun = phone.command(&[], "2026-03-02T10:00:00+08:00", &start(&round, street.sites[0]));
            let refused = phone.receipts(&[&begun]).await.remove(0);
            assert_eq!((&refused["code"], &refused["data"]["closed_at"]), (&json!(code), &closed), "{name}: {refused:?}");
        }
    }
);

#[tokio::test]
async fn items_added_after_the_visit_do_not_hold_it_up() {
    let street = Street::new(1).await;
    let round = street.round("mock", &street.sites).await;
    let phone = street.phone("inspector");
    let commands = whole_visit(&street, &phone, &round, 0);
    street.another_item().await;
    let receipts = phone.receipts(&commands.iter().collect::<Vec<_>>()).await;
    assert_eq!(receipts_of(&receipts), ["applied"; 5], "{receipts:?}");
    let visit = receipts[4]["subject_id"].as_str().unwrap();
    for (lang, reason) in [("zh", "检查之后才列入清单"), ("en", "Listed after the visit")] {
        let visit = street.world.browser("office").get(&format!("/api/visits/{visit}?lang={lang}")).await.ok();
        let added = visit["findings"].as_array().unwrap().iter().find(|finding| finding["result"]["kind"] == "not_applicable");
        assert_eq!(added.unwrap()["result"]["reason"], reason);
    }
}

#[tokio::test]
async fn two_devices_of_one_person_are_merged_by_field_or_shown_side_by_side() {
    let street = Street::new(1).await;
    let round = street.round("mock", &street.sites).await;
    let (phone, tablet) = (street.phone("inspector"), street.phone("inspector"));
    let begun = phone.command(&[], MADE, &start(&round, street.sites[0]));
    phone.receipts(&[&begun]).await;
    let base = json!({ "result": { "kind": "faults", "count": 1 } });
    let first = phone.command(&[&begun], MADE, &mark(street.items[1], 1, &[]));
    let of = |base: &Value, faults: u32, note: &str| {
        json!({ "kind": "mark_item", "item_id": street.items[1], "base": base,
                "mark": { "result": { "kind": "faults", "count": faults }, "note": note } })
    };
    let noted = tablet.command(&[&begun], MADE, &of(&base, 1, "门口"));
    let counted = phone.command(&[&begun], MADE, &of(&base, 3, ""));
    let clashing = tablet.command(&[&begun], MADE, &of(&base, 2, "门口"));
    assert_eq!(receipts_of(&phone.receipts(&[&first]).await), ["applied"]);
    assert_eq!(receipts_of(&tablet.receipts(&[&noted]).await), ["applied"]);
    assert_eq!(receipts_of(&phone.receipts(&[&counted]).await), ["applied"]);
    let refused = tablet.receipts(&[&clashing]).await;
    assert_eq!((&refused[0]["code"], &refused[0]["data"]["fields"]), (&json!("finding_clash"), &json!(["result"])));
    assert_eq!(refused[0]["data"]["mine"]["result"]["count"], 2);
    assert_eq!(refused[0]["data"]["theirs"]["result"]["count"], 3);
    assert_eq!(refused[0]["data"]["theirs"]["note"], "门口", "what the tablet alone had changed is merged");
}

#[tokio::test]
async fn a_problem_that_moved_on_is_shown_with_what_happened_and_an_urging_disturbs_nothing() {
    let street = Street::new(1).await;
    let office = street.world.browser("office");
    let body =
        json!({ "command_id": id(), "source": "grid_patrol", "title": "垃圾满溢", "category": "市容", "place_text": "东街" });
    let problem = office.post("/api/problems", body).await.ok();
    let path = format!("/api/problems/{}/commands", problem["id"].as_str().unwrap());
    let tell = async |browser: &crate::world::Browser, version: &Value, body: Value| {
        let mut body = body;
        body["command_id"] = json!(id());
        body["version"] = version.clone();
        browser.post(&path, body).await.ok()["version"].clone()
    };
    let limit = json!({ "unit": "working_days", "count": 3 });
    let unit = street.world.yunxi.units["urban"];
    let seen = tell(&office, &problem["version"], json!({ "command": "assign", "unit_id": unit, "limit": limit })).await;
    let phone = street.phone("liaison");
    let work = |version: &Value, order: Value| json!({ "kind": "command_problem", "problem_id": problem["id"], "version": version, "order": order });
    let acknowledge = phone.command(&[], MADE, &work(&seen, json!({ "command": "acknowledge" })));
    tell(&office, &seen, json!({ "command": "urge", "note": "请尽快" })).await;
    let receipts = phone.receipts(&[&acknowledge]).await;
    assert_eq!(receipts_of(&receipts), ["applied"], "{receipts:?}");
    let decline = phone.command(&[], MADE, &work(&seen, json!({ "command": "decline", "reason": "不属我局" })));
    let refused = phone.receipts(&[&decline]).await;
    assert_eq!(refused[0]["code"], "problem_moved_on", "{refused:?}");
    assert_eq!(refused[0]["data"]["state"], "rectifying");
    let told: Vec<&Value> = refused[0]["data"]["since"].as_array().unwrap().iter().map(|step| &step["command"]).collect();
    assert_eq!(told, ["urge", "acknowledge"]);
}

#[tokio::test]
async fn a_photograph_arrives_by_pieces_untouched_and_goes_on_where_it_stopped() {
    let street = Street::new(1).await;
    let phone = street.phone("inspector");
    let bytes = photo(7);
    let hash = sha256(&bytes);
    assert_eq!(phone.piece(&hash, 0, &bytes).await.code(), "upload_not_found");
    assert_eq!(phone.announce(&bytes).await.ok()["offset"], 0);
    let half = bytes.len() / 2;
    assert_eq!(phone.piece(&hash, 0, &bytes[..half]).await.ok()["offset"], half);
    let wrong = phone.piece(&hash, 0, &bytes[..half]).await;
    assert_eq!((wrong.code().as_str(), &wrong.json()["data"]["offset"]), ("upload_offset", &json!(half)));
    assert_eq!(phone.announce(&bytes).await.ok()["offset"], half, "announced again it goes on");
    let done = phone.piece(&hash, half, &bytes[half..]).await.ok();
    let media = done["media_id"].as_str().unwrap();
    assert_eq!(phone.piece(&hash, half, &bytes[half..]).await.ok()["media_id"], media, "the last piece again changes nothing");
    let request = phone.browser.request(axum::http::Method::GET, &format!("/api/media/{media}"));
    let original = phone.browser.raw(request.body(axum::body::Body::empty()).unwrap()).await;
    let original = http_body_util::BodyExt::collect(original.into_body()).await.unwrap().to_bytes();
    assert_eq!(sha256(&original), hash, "byte for byte");

    let other = street.phone("grid_worker");
    let unknown = other.browser.get(&format!("/api/uploads/{hash}")).await;
    assert_eq!(unknown.code(), "upload_not_found", "nobody is told what others have sent");
    assert_eq!(other.announce(&bytes).await.ok()["offset"], 0, "and whoever has it too sends it too");
}

#[tokio::test]
async fn a_phone_on_which_somebody_else_has_signed_in_sends_and_pulls_nothing_in_that_name() {
    let street = Street::new(1).await;
    street.round("mock", &street.sites).await;
    let (mine, theirs) = (street.phone("inspector"), street.phone("grid_worker"));
    let bytes = photo(9);
    let announced = |person: &str| json!({ "person_id": person, "sha256": sha256(&bytes), "size": bytes.len(), "capture": null });
    let asked = |person: &str| json!({ "person_id": person, "device": mine.device, "cursor": 0 });
    for (path, body) in [("/api/uploads", announced(&mine.person)), ("/api/sync/pull", asked(&mine.person))] {
        let other = theirs.browser.post(path, body.clone()).await;
        assert_eq!((other.status, other.code().as_str()), (StatusCode::FORBIDDEN, "sync_person_other"), "{path}");
        mine.browser.post(path, body).await.ok();
    }
    let unknown = theirs.browser.get(&format!("/api/uploads/{}", sha256(&bytes))).await;
    assert_eq!(unknown.code(), "upload_not_found", "nothing was begun in the other name");
}

#[tokio::test]
async fn a_photograph_damaged_on_the_way_is_thrown_away_and_begins_anew() {
    let street = Street::new(1).await;
    let phone = street.phone("inspector");
    let bytes = photo(8);
    let hash = sha256(&bytes);
    phone.announce(&bytes).await.ok();
    let mut damaged = bytes.clone();
    damaged[500] ^= 1;
    assert_eq!(phone.piece(&hash, 0, &damaged).await.code(), "upload_hash_differs");
    assert_eq!(phone.piece(&hash, 0, &bytes).await.ok()["offset"], bytes.len());
}

#[tokio::test]
async fn a_pack_is_pulled_once_then_only_what_changed_and_what_is_gone() {
    let street = Street::new(2).await;
    let round = street.round("mock", &street.sites).await;
    let phone = street.phone("inspector");
    let whole = phone.pull(0).await;
    assert_eq!((&whole["reset"], whole["visits"].as_array().unwrap().len()), (&json!(true), 2));
    assert_eq!(whole["checklists"][0]["items"].as_array().unwrap().len(), 3);
    let cursor = whole["cursor"].as_i64().unwrap();
    let quiet = phone.pull(cursor).await;
    assert_eq!(
        (&quiet["reset"], &quiet["visits"], &quiet["checklists"], &quiet["removed"]),
        (&json!(false), &json!([]), &json!([]), &json!([]))
    );
    let again = phone.pull(cursor).await;
    assert_eq!(again["reset"], false, "an answer lost on the way leaves the device one behind");
    street.another_item().await;
    let revised = phone.pull(again["cursor"].as_i64().unwrap()).await;
    assert_eq!((&revised["visits"], revised["checklists"][0]["items"].as_array().unwrap().len()), (&json!([]), 4));
    street.close(round["id"].as_str().unwrap()).await;
    let gone = phone.pull(revised["cursor"].as_i64().unwrap()).await;
    let removed: Vec<&Value> = gone["removed"].as_array().unwrap().iter().map(|gone| &gone["kind"]).collect();
    assert_eq!(removed, ["checklist", "visit", "visit"]);
}

crate::on_both!(
    async fn faults_counted_by_phrase_arrive_and_older_bodies_still_do(street: Street = forty) {
        let round = street.round("mock", &street.sites).await;
        let phone = street.phone("inspector");
        let begun = phone.command(&[], MADE, &start(&round, street.sites[0]));
        let each = json!([{ "phrase": "满溢", "count": 3 }, { "phrase": "散落", "count": 2 }]);
        let mut counted = mark(street.items[1], 5, &[]);
        counted["mark"]["result"]["by_phrase"] = each.clone();
        counted["mark"]["phrase"] = "满溢；散落".into();
        let mut older = mark(street.items[2], 2, &[]);
        older["mark"]["phrase"] = "满溢；散落".into();
        let (counted_so, as_before) = (phone.command(&[&begun], MADE, &counted), phone.command(&[&begun], MADE, &older));
        let receipts = phone.receipts(&[&begun, &counted_so, &as_before]).await;
        assert_eq!(receipts_of(&receipts), ["applied"; 3], "{receipts:?}");
        let pulled = phone.pull(0).await;
        let taken = |item: usize| {
            let visits = pulled["visits"].as_array().unwrap();
            let findings = visits.iter().flat_map(|visit| visit["findings"].as_array().unwrap());
            findings.clone().find(|one| one["item_id"] == json!(street.items[item])).unwrap().clone()
        };
        assert_eq!((&taken(1)["result"]["by_phrase"], &taken(1)["phrase"]), (&each, &json!("满溢；散落")), "as it is taken along again");
        assert_eq!((&taken(2)["result"], &taken(2)["phrase"]), (&json!({ "kind": "faults", "count": 2 }), &json!("满溢；散落")));

        // Counted singly on top of what an older application said.
        let mut newer = older.clone();
        newer["base"] = older["mark"].clone();
        newer["mark"]["result"]["by_phrase"] = json!([{ "phrase": "满溢", "count": 1 }, { "phrase": "散落", "count": 1 }]);
        let mut wrong = counted.clone();
        wrong["mark"]["result"]["count"] = 9.into();
        let later = [phone.command(&[&begun, &as_before], MADE, &newer), phone.command(&[&begun], MADE, &wrong)];
        let receipts = phone.receipts(&later.iter().collect::<Vec<_>>()).await;
        assert_eq!((&receipts[0]["receipt"], &receipts[1]["code"]), (&json!("applied"), &json!("finding_phrases_differ")), "{receipts:?}");
    }
);

/// Two servers on one database: their batches take no turns between them. The one that the database ends is done once more.
#[tokio::test]
async fn a_batch_that_meets_another_servers_is_done_once_more() {
    let street = Street::on(crate::world::Backend::Postgres, 2).await;
    let round = street.round("mock", &street.sites).await;
    let phone = street.phone("inspector");
    let (mut made, mut ends, mut visits) = (Vec::new(), Vec::new(), Vec::new());
    for site in 0..2 {
        let mut commands = whole_visit(&street, &phone, &round, site);
        ends.push(commands.pop().unwrap());
        let receipts = phone.receipts(&commands.iter().collect::<Vec<_>>()).await;
        visits.push(receipts[0]["subject_id"].as_str().unwrap().parse().unwrap());
        made.extend(commands);
    }
    // Another server has the first visit in hand and will ask for the second; the batch goes the other way round.
    let other = street.world.restarted().await;
    let city = other.store().city(street.world.yunxi.city.slug()).await.unwrap();
    let by = yipanqi_store::Author { person: None, name: "other".into() };
    let tx = city.write(by, other.clock().now()).await.unwrap();
    let hold = async |visit: uuid::Uuid| {
        let visit = yipanqi_store::round::visit(&tx, visit).await.unwrap();
        yipanqi_store::round::save_visit(&tx, &visit).await
    };
    hold(visits[0]).await.unwrap();
    let (sender, order) = (phone.clone(), [ends[1].clone(), ends[0].clone()]);
    let sending = tokio::spawn(async move { sender.send(&order.iter().collect::<Vec<_>>()).await });
    tokio::time::sleep(std::time::Duration::from_millis(400)).await;
    assert!(!sending.is_finished(), "it waits for the first visit");
    hold(visits[1]).await.unwrap();
    tx.commit().await.unwrap();
    let answer = sending.await.unwrap().ok();
    let receipts = answer["receipts"].as_array().unwrap();
    assert_eq!(receipts_of(receipts), ["applied"; 2], "{receipts:?}");
    let shown = street.world.browser("office").get(&format!("/api/rounds/{}", round["id"].as_str().unwrap())).await.ok();
    assert_eq!(shown["visited"], 2);
}
