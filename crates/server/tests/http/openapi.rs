//! The committed description of the interface is the one the handlers give.

use std::path::Path;

#[test]
fn the_committed_description_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/src/api/openapi.json");
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    let current = yipanqi_server::openapi::document().unwrap();
    assert!(
        committed == current,
        "{} is stale; run: cargo run -p yipanqi-server -- openapi > web/src/api/openapi.json",
        path.display()
    );
}

#[test]
fn every_declared_route_is_described() {
    let document: serde_json::Value = serde_json::from_str(&yipanqi_server::openapi::document().unwrap()).unwrap();
    let routes = yipanqi_server::app::routes();
    for route in routes.declared() {
        let operation = &document["paths"][&route.path][route.method.as_str().to_lowercase()];
        assert!(operation["operationId"].is_string(), "{} {} has no description", route.method, route.path);
        assert!(operation["responses"].as_object().is_some_and(|responses| !responses.is_empty()), "{}", route.path);
    }
}

#[test]
fn no_two_operations_share_an_identity() {
    let document: serde_json::Value = serde_json::from_str(&yipanqi_server::openapi::document().unwrap()).unwrap();
    let mut seen = std::collections::BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap();
            assert!(seen.insert(id.to_owned()), "{method} {path}: another operation is called {id}");
        }
    }
}
