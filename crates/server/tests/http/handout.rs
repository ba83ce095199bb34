//! Accounts for many people of the lists, their first passwords on paper, and signing in with a telephone number.

use axum::http::StatusCode;
use base64::Engine as _;
use chrono::NaiveDate;
use serde_json::{Value, json};
use uuid::Uuid;
use yipanqi_domain::access::Role;
use yipanqi_domain::id::PersonId;
use yipanqi_store::Author;
use yipanqi_store::unit::{self, Person, PersonPost};

use crate::world::{Browser, World};

/// Enters grid workers as the list of grids does: a person with a post and a telephone, without an account.
async fn enter(world: &World, people: &[(&str, Option<&str>)]) -> Vec<PersonId> {
    let city = &world.yunxi.city;
    let tx = city.write(Author { person: None, name: "test".into() }, world.app.clock().now()).await.unwrap();
    let mut entered = Vec::new();
    for (name, phone) in people {
        let person = Person {
            id: PersonId::new(Uuid::now_v7()),
            name: (*name).to_owned(),
            phone: phone.map(str::to_owned),
            account: None,
            note: String::new(),
            left_on: None,
            version: 0,
        };
        unit::save_person(&tx, &person).await.unwrap();
        let post = PersonPost {
            id: Uuid::now_v7(),
            person: person.id,
            unit: world.yunxi.units["east_1_1"],
            role: Role::GridWorker,
            valid_from: NaiveDate::from_ymd_opt(2025, 1, 1).unwrap(),
            valid_to: None,
        };
        unit::save_post(&tx, &post).await.unwrap();
        entered.push(person.id);
    }
    tx.commit().await.unwrap();
    entered
}

fn command(people: &[PersonId]) -> Value {
    json!({ "command_id": Uuid::now_v7(), "person_ids": people })
}

async fn signed_in(world: &World, login: &str, password: &str) -> Browser {
    let mut browser = world.stranger();
    let answer = browser.post("/api/session", json!({ "login": login, "password": password })).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    browser.keep(&answer);
    browser
}

async fn tries(world: &World, login: &str, password: &str) -> String {
    world.stranger().post("/api/session", json!({ "login": login, "password": password })).await.code()
}

crate::on_both!(
    async fn grid_workers_are_given_accounts_on_paper_and_sign_in_with_their_number(world: World = World::on) {
        let admin = world.browser("admin");
        let people = enter(&world, &[
            ("吕宁岳", Some("199-0000-9145")),
            ("苗书溪", Some("１９９００００３１８６")),
            ("孔舟", None),
            ("甲", Some("199 0000 5130")),
            ("乙", Some("19900005130")),
            ("丙", Some("0716-8812319")),
        ]).await;
        let listed = admin.get("/api/accounts/candidates?role=grid_worker&standing=ready").await.ok();
        assert_eq!((listed["total"].as_u64(), listed["items"].as_array().unwrap().len()), (Some(2), 2), "{listed}");
        let input = command(&people);
        let made = admin.post("/api/accounts/hand-out", input.clone()).await.ok();
        let said: Vec<_> = made["results"].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap_or("made")).collect();
        assert_eq!(said, ["made", "made", "person_without_phone", "account_phone_taken", "account_phone_taken", "phone_invalid"]);
        let slips = base64::engine::general_purpose::STANDARD.decode(made["slips"].as_str().unwrap()).unwrap();
        let scanned = crate::sheets::printed(&slips, 150).read();
        let login = |place: usize| format!("http://localhost/m/login?login={}", made["results"][place]["login"].as_str().unwrap());
        assert_eq!(scanned, [login(0), login(1)].into(), "each slip leads to the sign-in of its account");

        // The same command again makes nothing and shows no password.
        let again = admin.post("/api/accounts/hand-out", input.clone()).await.ok();
        assert_eq!((&again["again"], &again["slips"], &again["results"][0]["initial_password"]), (&json!(true), &Value::Null, &Value::Null));
        assert_eq!((&again["results"][0]["login"], &again["results"][0]["ok"]), (&made["results"][0]["login"], &json!(true)));
        let other = json!({ "command_id": input["command_id"], "person_ids": [people[0]] });
        assert_eq!(admin.post("/api/accounts/hand-out", other).await.code(), "command_reused");
        let later = admin.post("/api/accounts/hand-out", command(&people[..1])).await.ok();
        assert_eq!(later["results"][0]["code"], "person_has_account");

        // Any way of writing the number leads to the account; the first password only to a new one.
        let first = made["results"][0]["initial_password"].as_str().unwrap();
        let mut worker = signed_in(&world, "+86 199-0000-9145", first).await;
        assert_eq!(worker.get("/api/problems").await.code(), "password_must_change");
        let same = worker.put("/api/session/password", json!({ "old": first, "new": "199 0000 9145" })).await;
        assert_eq!(same.code(), "password_weak");
        let changed = worker.put("/api/session/password", json!({ "old": first, "new": "yun-xi-2026" })).await;
        worker.keep(&changed);
        let session = worker.get("/api/session").await.ok();
        assert_eq!((session["posts"][0]["role"].as_str(), session["person"]["name"].as_str()), (Some("grid_worker"), Some("吕宁岳")));
        assert_eq!(session["posts"].as_array().unwrap().len(), 1, "the post of the list, not a second one");
        let login = made["results"][0]["login"].as_str().unwrap();
        signed_in(&world, login, "yun-xi-2026").await;
        signed_in(&world, "１９９０００0９１４５", "yun-xi-2026").await;
        assert_eq!(tries(&world, "199-0000-9145", first).await, "login_wrong");

        // No password stands anywhere but as a hash.
        let log = admin.get("/api/audit?size=200").await.ok().to_string();
        assert!(!log.contains(first) && !again.to_string().contains(first));
        let verdict = admin.post("/api/audit/verify", json!({})).await.ok();
        assert_eq!(verdict["ok"], json!(true));
    }
);

#[tokio::test]
async fn first_passwords_are_issued_anew_for_many_and_end_their_sessions() {
    let world = World::new().await;
    let admin = world.browser("admin");
    let people = enter(&world, &[("吕宁岳", Some("199-0000-9145")), ("苗书溪", Some("199-0000-3186"))]).await;
    let made = admin.post("/api/accounts/hand-out", command(&people)).await.ok();
    let first = made["results"][0]["initial_password"].as_str().unwrap().to_owned();
    let worker = signed_in(&world, "19900009145", &first).await;
    let waiting = admin.get("/api/accounts?first_password=true").await.ok();
    let ids: Vec<Value> = waiting.as_array().unwrap().iter().map(|row| row["id"].clone()).collect();
    assert_eq!(ids.len(), 2, "{waiting}");
    let foreign = json!(world.nanjiang.accounts["head"]);
    let input = json!({ "command_id": Uuid::now_v7(), "account_ids": [ids[0], foreign, ids[1]] });
    let anew = admin.post("/api/accounts/re-issue", input.clone()).await.ok();
    let said: Vec<_> = anew["results"].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap_or("made")).collect();
    assert_eq!((said, anew["results"][1]["name"].as_str()), (vec!["made", "account_not_found", "made"], Some("")));
    assert_eq!(worker.get("/api/session").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(tries(&world, "19900009145", &first).await, "login_wrong");
    let of = |phone: &str, answer: &Value| {
        let results = answer["results"].as_array().unwrap();
        results.iter().find(|one| one["phone"] == phone).unwrap()["initial_password"].as_str().unwrap().to_owned()
    };
    let second = of("19900009145", &anew);
    // A repetition that was under way for long does not take the printed passwords back.
    let again = admin.post("/api/accounts/re-issue", input).await.ok();
    assert_eq!((&again["again"], &again["slips"]), (&json!(true), &Value::Null));
    signed_in(&world, "19900009145", &second).await;
    let none = admin.post("/api/accounts/re-issue", json!({ "command_id": Uuid::now_v7(), "account_ids": [] })).await;
    assert_eq!((none.status, none.code().as_str()), (StatusCode::UNPROCESSABLE_ENTITY, "hand_out_count"));
    assert_eq!(world.browser("office").post("/api/accounts/hand-out", command(&people)).await.code(), "right_missing");
}

#[tokio::test]
async fn a_number_belongs_to_one_active_account_of_a_city_and_of_two_cities_nobody_signs_in_with_it() {
    let world = World::new().await;
    let admin = world.browser("admin");
    let body = |login: &str, phone: &str, unit: &str, place: &crate::world::Place| json!({ "login": login, "name": "刘敏", "phone": phone, "password": "yi-pan-qi-2026", "unit_id": place.units[unit], "role": "liaison" });
    admin.post("/api/accounts", body("liu.min", "199-0000-7777", "urban", &world.yunxi)).await.ok();
    for (login, phone, code, field) in [
        ("liu.er", "+86 199 0000 7777", "account_phone_taken", None),
        ("liu.er", "12345", "invalid", Some("phone")),
        ("19900008888", "", "invalid", Some("login")),
        ("199-0000-8888", "", "invalid", Some("login")),
    ] {
        let refused = admin.post("/api/accounts", body(login, phone, "urban", &world.yunxi)).await;
        assert_eq!((refused.code().as_str(), refused.json()["errors"][0]["field"].as_str()), (code, field), "{login} {phone}");
    }
    signed_in(&world, "199 0000 7777", "yi-pan-qi-2026").await;
    // In another city the number is free; but then it no longer says who signs in.
    let elsewhere = body("nanjiang.liu", "19900007777", "urban", &world.nanjiang);
    let far = world.browser("nanjiang.admin");
    far.post("/api/accounts", elsewhere).await.ok();
    assert_eq!(tries(&world, "199 0000 7777", "yi-pan-qi-2026").await, "login_number_shared");
    signed_in(&world, "liu.min", "yi-pan-qi-2026").await;
    // With a number of one's own it does again; who has the number of somebody else is refused.
    let account = |login: &str| {
        let (far, login) = (far.clone(), login.to_owned());
        async move { far.get(&format!("/api/accounts?q={login}")).await.ok()[0]["id"].as_str().unwrap().to_owned() }
    };
    let path = format!("/api/accounts/{}/phone", account("nanjiang.liu").await);
    assert_eq!(admin.put(&path, json!({ "phone": "19900006666" })).await.code(), "account_not_found");
    assert_eq!(far.put(&path, json!({ "phone": "66" })).await.code(), "invalid");
    far.put(&path, json!({ "phone": "+86 199 0000 6666" })).await.ok();
    signed_in(&world, "19900006666", "yi-pan-qi-2026").await;
    signed_in(&world, "19900007777", "yi-pan-qi-2026").await;
    assert_eq!(tries(&world, "19900000000", "yi-pan-qi-2026").await, "login_wrong");
    // Wrong passwords pause the account whichever name is used.
    for _ in 0..5 {
        tries(&world, "19900007777", "wrong-wrong").await;
    }
    assert_eq!(tries(&world, "liu.min", "yi-pan-qi-2026").await, "login_locked");
}
