//! Every route × every role × own and other city: only who may is let in, and nobody reaches another city's records.

use axum::http::{Method, StatusCode};
use yipanqi_domain::access::{Role, Scope, scope};
use yipanqi_server::app::routes;
use yipanqi_server::rights::{Access, Declared};

use crate::records::furnished;
use crate::world::{PEOPLE, Place, World};

/// The routes that anybody may call. Whoever adds one explains it here.
const PUBLIC: &[(&str, &str)] = &[
    ("GET", "/healthz"),        // supervisors of processes have no account
    ("GET", "/readyz"),         // the same
    ("POST", "/api/session"),   // logging in
    ("DELETE", "/api/session"), // logging out twice is no fault
];

/// Nouns of which the two cities have no record here.
const UNKNOWN: &[&str] = &[
    "appeals",
    "assessments",
    "campaigns",
    "comparisons",
    "crosswalk",
    "delegations",
    "duties",
    "frameworks",
    "incidents",
    "indicators",
    "inspectors",
    "ledgers",
    "lookbacks",
    "merits",
    "party-asks",
    "photos",
    "patrol-plans",
    "referrals",
    "slip-policies",
    "tasks",
];

/// An address of a declared route with identities of a city put in; fails for a parameter that nobody thought of.
fn address(route: &Declared, place: &Place) -> String {
    let mut path = String::new();
    let mut noun = "";
    for part in route.path.split('/').skip(1) {
        let part = if part.starts_with('{') {
            identity(noun, place)
        } else {
            noun = part;
            part.to_owned()
        };
        path.push('/');
        path.push_str(&part);
    }
    path
}

fn identity(noun: &str, place: &Place) -> String {
    match noun {
        "accounts" => place.accounts["spare"].clone(),
        "posts" => place.posts["spare"].to_string(),
        "cities" => place.city.slug().to_string(),
        "problems" => place.problem.clone(),
        "units" => place.units["urban"].to_string(),
        "people" => place.people["spare"].to_string(),
        // A session is shown to its own account only, by a name that is made for the page.
        "sessions" => uuid::Uuid::now_v7().to_string(),
        _ => match place.records.get(noun) {
            Some(record) => record.clone(),
            // Records of these nouns are made by their own tests; here an unknown identity must do.
            None if place.records.is_empty() || UNKNOWN.contains(&noun) => uuid::Uuid::now_v7().to_string(),
            None => panic!("no record for /{noun}/{{id}}: make one in records.rs, in both cities, or name it in UNKNOWN"),
        },
    }
}

crate::on_both!(
    async fn every_route_lets_in_exactly_the_roles_of_the_table(world: World = furnished) {
        let routes = routes();
        let mut walked = 0;
        for route in routes.declared() {
            let path = address(route, &world.yunxi);
            // A stream does not end by itself, and a body that is no JSON never changes anything.
            if path == "/api/events" || route.access == Access::Public {
                continue;
            }
            // No role opens what only a link does.
            if route.access == Access::Link {
                for browser in [world.stranger(), world.browser("office"), world.browser("admin")] {
                    let answer = browser.send(route.method.clone(), &path, None).await;
                    assert_eq!((answer.status, answer.code()), (StatusCode::UNAUTHORIZED, "link_required".into()), "{route:?}");
                }
                continue;
            }
            let stranger = world.stranger().send(route.method.clone(), &path, None).await;
            assert_eq!((stranger.status, stranger.code()), (StatusCode::UNAUTHORIZED, "session_required".into()), "{route:?}");
            for (name, role, _) in PEOPLE.iter().filter(|(name, ..)| *name != "spare") {
                let answer = world.browser(name).send(route.method.clone(), &path, None).await;
                match let_in(route.access, *role) {
                    true => {
                        let kept_out = ["right_missing", "platform_admin_required", "session_required", "route_undeclared"];
                        assert!(!kept_out.contains(&answer.code().as_str()), "{name} is kept out of {route:?}: {answer:?}");
                    }
                    false => assert_eq!(answer.status, StatusCode::FORBIDDEN, "{name} is let into {route:?}: {answer:?}"),
                }
                walked += 1;
            }
        }
        assert!(walked > 200, "the walk met {walked} pairs of route and role only");
    }
);

/// What the table of rights says, read apart from the guard.
fn let_in(access: Access, role: Role) -> bool {
    match access {
        Access::Public | Access::Session | Access::Member => true,
        Access::Platform | Access::Link => false,
        Access::City(right) => scope(right, role) != Scope::Nowhere,
    }
}

crate::on_both!(
    async fn records_of_another_city_are_not_found(world: World = furnished) {
        let mut walked = 0;
        for route in routes().declared().iter().filter(|route| route.path.contains('{') && route.access != Access::Link) {
            if route.method == Method::GET && !UNKNOWN.iter().any(|noun| route.path.contains(noun)) {
                let own = world.browser("nanjiang.office").get(&address(route, &world.nanjiang)).await;
                assert!(!own.code().ends_with("_not_found"), "the record is real: {route:?} {own:?}");
            }
            for name in ["admin", "office", "supervisor"] {
                let path = address(route, &world.nanjiang);
                let answer = world.browser(name).send(route.method.clone(), &path, Some(serde_json::json!({}))).await;
                let hidden = answer.status == StatusCode::NOT_FOUND
                    || ["right_missing", "platform_admin_required"].contains(&answer.code().as_str())
                    || ["json_invalid", "query_invalid", "invalid", "system_required"].contains(&answer.code().as_str());
                assert!(hidden, "{name} of 云溪 at {path}: {answer:?}");
                walked += 1;
            }
        }
        assert!(walked > 10);
        let posts = world.nanjiang.city.read().await.unwrap();
        let day = chrono::NaiveDate::from_ymd_opt(2026, 3, 2).unwrap();
        let still = yipanqi_store::unit::posts(&posts, None, day).await.unwrap();
        assert_eq!(still.len(), PEOPLE.len(), "nobody of 云溪 ended a post in 南江");
    }
);

crate::on_both!(
    async fn a_problem_is_seen_by_its_unit_and_those_above_and_by_no_other_unit(world: World = World::with_problems_on) {
        let (office, path) = (world.browser("office"), format!("/api/problems/{}", world.yunxi.problem));
        let version = office.get(&path).await.ok()["version"].clone();
        let assign = serde_json::json!({
            "command_id": uuid::Uuid::now_v7(), "version": version, "command": "assign",
            "unit_id": world.yunxi.units["urban"], "limit": { "unit": "natural_days", "count": 3 },
        });
        office.post(&format!("{path}/commands"), assign).await.ok();
        for name in ["head", "officer", "liaison", "office", "supervisor", "leader", "admin"] {
            world.browser(name).get(&path).await.ok();
        }
        for name in ["other_head", "street_head", "grid_worker", "nanjiang.head", "nanjiang.office"] {
            let hidden = world.browser(name).get(&path).await;
            assert!([StatusCode::NOT_FOUND, StatusCode::FORBIDDEN].contains(&hidden.status), "{name}: {hidden:?}");
            let listed = world.browser(name).get("/api/problems").await.ok();
            assert!(!listed.to_string().contains(&world.yunxi.problem), "{name}: {listed}");
        }
        assert!(world.browser("head").get("/api/problems").await.ok().to_string().contains(&world.yunxi.problem));
    }
);

#[tokio::test]
async fn the_keeper_of_the_machine_sees_no_city() {
    let world = World::new().await;
    let keeper = world.browser("keeper");
    assert_eq!(keeper.get("/api/cities").await.ok().as_array().unwrap().len(), 2);
    assert_eq!(crate::lists::lines(&keeper, "/api/cities/export.xlsx?columns=name,id").await.len(), 2 + 3);
    assert_eq!(keeper.get("/api/units").await.code(), "city_required");
    let chosen = keeper.put("/api/session/city", serde_json::json!({"slug": "yunxi"})).await;
    assert_eq!(chosen.code(), "membership_missing");
}

#[tokio::test]
async fn a_new_city_is_given_an_administrator_who_works_there_and_nowhere_else() {
    let world = World::new().await;
    let keeper = world.browser("keeper");
    let city = serde_json::json!({ "slug": "linhai", "name": "临海县" });
    assert_eq!(keeper.post("/api/cities", city).await.status, StatusCode::CREATED);
    let path = "/api/cities/linhai/administrators";
    let wanted = serde_json::json!({ "login": "linhai.admin", "name": "周敏" });
    assert_eq!(world.browser("admin").post(path, wanted.clone()).await.status, StatusCode::FORBIDDEN);
    assert_eq!(keeper.post("/api/cities/nowhere/administrators", wanted.clone()).await.code(), "city_unknown");
    let made = keeper.post(path, wanted.clone()).await;
    assert_eq!(made.status, StatusCode::CREATED);
    assert_eq!(keeper.post(path, wanted).await.code(), "account_login_taken");
    let first = made.json()["initial_password"].as_str().unwrap().to_owned();
    let mut admin = world.stranger();
    let login = serde_json::json!({ "login": "linhai.admin", "password": first });
    admin.keep(&admin.post("/api/session", login).await);
    let session = admin.get("/api/session").await.ok();
    assert_eq!((session["city"]["slug"].as_str(), session["account"]["must_change"].as_bool()), (Some("linhai"), Some(true)));
}

#[test]
fn the_public_routes_are_the_listed_ones() {
    let routes = routes();
    let public = routes.declared().iter().filter(|route| route.access == Access::Public);
    let mut public: Vec<(String, String)> = public.map(|route| (route.method.to_string(), route.path.clone())).collect();
    let mut listed: Vec<(String, String)> =
        PUBLIC.iter().map(|(method, path)| ((*method).to_owned(), (*path).to_owned())).collect();
    public.sort();
    listed.sort();
    assert_eq!(public, listed);
}

#[tokio::test]
async fn a_changing_request_without_the_header_is_refused() {
    let world = World::with_problems().await;
    let mut walked = 0;
    for route in routes().declared().iter().filter(|route| route.method != Method::GET) {
        let browser = world.browser("admin");
        let mut request =
            browser.request(route.method.clone(), &address(route, &world.yunxi)).body(axum::body::Body::empty()).unwrap();
        request.headers_mut().remove("x-yipanqi");
        let answer = browser.answer(request).await;
        assert_eq!((answer.status, answer.code()), (StatusCode::FORBIDDEN, "header_missing".into()), "{route:?}");
        walked += 1;
    }
    assert!(walked > 5);
}
