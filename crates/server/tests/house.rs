//! The rules of the house: fails when a layer, a ban or a name of ARCHITECTURE.md is broken.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Every file below `folder` with this ending, with its text.
fn sources(folder: &str, ending: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() {
                if !["node_modules", "dist", "target"].iter().any(|skipped| path.ends_with(skipped)) {
                    folders.push(path);
                }
            } else if path.to_string_lossy().ends_with(ending) {
                let name = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
                found.push((name, std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found
}

/// Lines of code (comments left out) that hold `needle`, as `file:line`.
fn lines_with(files: &[(String, String)], needle: &str) -> Vec<String> {
    let mut hits = Vec::new();
    for (name, text) in files {
        for (number, line) in text.lines().enumerate() {
            if !line.trim_start().starts_with("//") && line.contains(needle) {
                hits.push(format!("{name}:{}", number + 1));
            }
        }
    }
    hits
}

#[test]
fn crates_know_only_what_they_may() {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(root())
        .output()
        .unwrap();
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut edges = BTreeMap::<String, BTreeSet<String>>::new();
    let mut foreign = BTreeMap::<String, BTreeSet<String>>::new();
    for package in metadata["packages"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap().to_owned();
        for dependency in package["dependencies"].as_array().unwrap() {
            if dependency["kind"].is_string() {
                continue;
            }
            let dependency = dependency["name"].as_str().unwrap().to_owned();
            let group = if dependency.starts_with("yipanqi-") { &mut edges } else { &mut foreign };
            group.entry(name.clone()).or_default().insert(dependency);
        }
    }
    let inside = |name: &str| edges.get(name).cloned().unwrap_or_default();
    let domain = BTreeSet::from(["yipanqi-domain".to_owned()]);
    assert_eq!(inside("yipanqi-domain"), BTreeSet::new(), "domain knows nobody");
    assert_eq!(inside("yipanqi-store"), domain, "store knows only domain");
    assert_eq!(inside("yipanqi-documents"), domain, "documents knows only domain");
    assert_eq!(inside("yipanqi-pdf"), domain, "pdf knows only domain");
    assert_eq!(inside("yipanqi-route"), domain, "route knows only domain");

    for (keeper, kept) in [
        ("yipanqi-store", ["sea-orm", "sea-orm-migration", "object_store", "image"].as_slice()),
        ("yipanqi-documents", ["calamine", "rust_xlsxwriter", "docx-rs", "csv", "zip"].as_slice()),
        ("yipanqi-route", ["vrp-core"].as_slice()),
        ("yipanqi-server", ["axum", "tower-http", "utoipa", "argon2"].as_slice()),
    ] {
        for (name, dependencies) in &foreign {
            for dependency in kept {
                assert!(
                    name == keeper || !dependencies.contains(*dependency),
                    "{name} must not know {dependency}: only {keeper} does"
                );
            }
        }
    }
    let domain_knows = &foreign["yipanqi-domain"];
    for banned in ["tokio", "rand", "getrandom", "reqwest"] {
        assert!(!domain_knows.contains(banned), "domain is pure: no {banned}");
    }
}

#[test]
fn rules_read_no_clock_no_chance_no_float() {
    let domain = sources("crates/domain/src", ".rs");
    assert!(domain.len() > 10, "found only {} files of domain", domain.len());
    for needle in ["::now(", "thread_rng", "rand::", "std::fs", "std::net", "tokio::"] {
        assert_eq!(lines_with(&domain, needle), Vec::<String>::new(), "{needle} inside the rules");
    }
    let exact: Vec<_> = domain.into_iter().filter(|(name, _)| !name.contains("/geo") && !name.contains("/statistics")).collect();
    for needle in ["f64", "f32"] {
        assert_eq!(lines_with(&exact, needle), Vec::<String>::new(), "{needle} outside domain::geo and domain::statistics");
    }
}

#[test]
fn only_the_dialect_names_a_backend() {
    let store: Vec<_> =
        sources("crates/store/src", ".rs").into_iter().filter(|(name, _)| !name.ends_with("/dialect.rs")).collect();
    for needle in ["DbBackend", "DatabaseBackend", "get_database_backend"] {
        assert_eq!(lines_with(&store, needle), Vec::<String>::new(), "{needle} outside store/src/dialect.rs");
    }
    let rest: Vec<_> = ["crates/domain", "crates/documents", "crates/pdf", "crates/route", "crates/server"]
        .iter()
        .flat_map(|folder| sources(folder, ".rs"))
        .filter(|(name, _)| !name.ends_with("tests/house.rs"))
        .collect();
    for needle in ["sea_orm", "sqlx::", "SELECT "] {
        assert_eq!(lines_with(&rest, needle), Vec::<String>::new(), "{needle} outside crates/store");
    }
}

#[test]
fn the_clock_is_read_in_one_place() {
    let files: Vec<_> = ["crates/store/src", "crates/documents/src", "crates/server/src"]
        .iter()
        .flat_map(|folder| sources(folder, ".rs"))
        .filter(|(name, _)| !name.ends_with("server/src/clock.rs"))
        .collect();
    for needle in ["Utc::now", "Local::now", "SystemTime::now"] {
        assert_eq!(lines_with(&files, needle), Vec::<String>::new(), "{needle} outside server/src/clock.rs");
    }
}

#[test]
fn nothing_is_left_unfinished() {
    let mut files = sources("crates", ".rs");
    files.extend(sources("web/src", ".ts"));
    files.extend(sources("web/src", ".vue"));
    let files: Vec<_> = files.into_iter().filter(|(name, _)| !name.ends_with("tests/house.rs")).collect();
    for needle in ["todo!(", "unimplemented!(", "#[ignore", "#[allow(", "test.skip(", "test.only("] {
        assert_eq!(lines_with(&files, needle), Vec::<String>::new(), "{needle}");
    }
}

/// Every identifier of the glossary is a word of the code, and every row has its Chinese term.
#[test]
fn the_glossary_is_true() {
    let glossary = std::fs::read_to_string(root().join("GLOSSARY.md")).unwrap();
    let mut code = String::new();
    for (_, text) in sources("crates", ".rs").into_iter().filter(|(name, _)| !name.ends_with("tests/house.rs")) {
        code.push_str(&text);
    }
    let words: BTreeSet<&str> = code.split(|letter: char| !letter.is_alphanumeric() && letter != '_').collect();
    let mut rows = 0;
    for line in glossary.lines().filter(|line| line.starts_with("| ") && line.contains('`')) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        assert!(cells.len() >= 3 && cells[0].chars().any(|letter| letter > '\u{2E80}'), "a term without Chinese: {line}");
        for identifier in cells[1].split('`').skip(1).step_by(2) {
            rows += 1;
            assert!(words.contains(identifier), "GLOSSARY.md names `{identifier}`, the code does not");
        }
    }
    assert!(rows > 60, "only {rows} identifiers in the glossary");
}
