//! Every site of the demo city lies, once converted, in the grid its row names.
#![expect(clippy::unwrap_used, reason = "the helpers of tests may fail the test")]

use std::collections::BTreeMap;

use serde_json::{Value, json};
use yipanqi_domain::geo::{Boundaries, Datum, PlaceFault, Plausibility, examine};
use yipanqi_domain::site::Position;

fn file() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../catalogues/yunxi/网格边界.geojson");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Code, place and grid of every row that has coordinates; a blank datum is GCJ-02.
fn sites() -> Vec<(String, Position, String)> {
    let rows = include_str!("fixtures/sites.tsv").lines().skip(1).map(|row| row.split('\t').collect::<Vec<_>>());
    let placed = rows.filter(|cells| !cells[4].is_empty());
    let read = placed.map(|cells| {
        let datum = if cells[6].trim().is_empty() { Datum::Gcj02 } else { Datum::parse(cells[6]).unwrap() };
        let position = Position { longitude: cells[4].parse().unwrap(), latitude: cells[5].parse().unwrap(), datum };
        (cells[0].to_owned(), position, cells[7].to_owned())
    });
    read.collect()
}

#[test]
fn every_site_lies_in_its_grid() {
    let boundaries = Boundaries::from_geojson(&file()).unwrap();
    let (mut asked, mut datums) = (BTreeMap::new(), BTreeMap::new());
    for (code, written, grid) in sites() {
        let place = match examine(written, boundaries.bounds()) {
            Plausibility::Plausible => written,
            Plausibility::Question { fault, proposed } => {
                *asked.entry(format!("{fault:?}")).or_insert(0) += 1;
                proposed
            }
            Plausibility::Implausible => panic!("{code} {written:?}"),
        };
        *datums.entry(written.datum).or_insert(0) += 1;
        let around = boundaries.at(place);
        assert!(around.iter().any(|boundary| boundary.level == "grid" && boundary.name == grid), "{code} in {grid}");
        assert_eq!(around.iter().filter(|boundary| boundary.level == "street").count(), 1, "{code}");
    }
    let expected = [(PlaceFault::LongitudeTenTimesTooSmall, 3), (PlaceFault::Swapped, 5)];
    assert_eq!(asked, expected.map(|(fault, rows)| (format!("{fault:?}"), rows)).into());
    assert_eq!(datums, [(Datum::Wgs84, 113), (Datum::Gcj02, 1_049)].into());
}

#[test]
fn the_datum_matters() {
    let boundaries = Boundaries::from_geojson(&file()).unwrap();
    let misread = sites().into_iter().filter(|(_, written, grid)| {
        let taken = Position { datum: Datum::Bd09, ..*written };
        !boundaries.at(taken).iter().any(|boundary| boundary.name == *grid)
    });
    assert!(misread.count() > 100);
}

#[test]
fn boundaries_by_code_name_and_parent() {
    let boundaries = Boundaries::from_geojson(&file()).unwrap();
    assert_eq!(boundaries.iter().count(), 295);
    let grid = boundaries.by_name("桂花园社区第一网格").next().unwrap();
    assert_eq!((grid.level.as_str(), grid.parent.as_deref()), ("grid", Some("S01001")));
    assert_eq!(boundaries.by_code("S01001").unwrap().name, "桂花园社区");
}

#[test]
fn holes_parts_and_edges() {
    let square = |west: f64, south: f64, size: f64| {
        json!([[west, south], [west + size, south], [west + size, south + size], [west, south + size], [west, south]])
    };
    let feature =
        |code: &str, geometry: Value| json!({"properties": {"level": "grid", "code": code, "name": code}, "geometry": geometry});
    let boundaries = Boundaries::from_geojson(&json!({"features": [
        feature("holed", json!({"type": "Polygon", "coordinates": [square(110.0, 30.0, 4.0), square(111.0, 31.0, 1.0)]})),
        feature("parts", json!({"type": "MultiPolygon", "coordinates": [[square(111.0, 31.0, 1.0)], [square(120.0, 30.0, 1.0)]]})),
    ]}))
    .unwrap();
    let at = |longitude: &str, latitude: &str| {
        let position =
            Position { longitude: longitude.parse().unwrap(), latitude: latitude.parse().unwrap(), datum: Datum::Wgs84 };
        boundaries.at(position).iter().map(|boundary| boundary.code.clone()).collect::<Vec<_>>()
    };
    assert_eq!(at("110.5", "30.5"), ["holed"]);
    assert_eq!(at("111.5", "31.5"), ["parts"]);
    assert_eq!(at("120.5", "30.5"), ["parts"]);
    assert_eq!(at("111", "31.5"), ["holed", "parts"]);
    assert_eq!(at("118", "30.5"), Vec::<String>::new());
}

#[test]
fn a_faulty_file_is_refused_with_the_field() {
    let cases = [
        ("/features/0/properties/code", json!("S02"), "features[1].properties.code"),
        ("/features/0/properties/level", json!(null), "features[0].properties.level"),
        ("/features/0/geometry/type", json!("Point"), "features[0].geometry"),
        ("/features/0/geometry/coordinates/0/0", json!([31.2, 114.8]), "features[0].geometry"),
        ("/features/9/properties/parent", json!("S99"), ""),
    ];
    for (pointer, value, field) in cases {
        let mut file = file();
        *file.pointer_mut(pointer).unwrap() = value;
        let error = Boundaries::from_geojson(&file).unwrap_err();
        assert!(if field.is_empty() { error.field.ends_with(".parent") } else { error.field == field }, "{pointer}: {error}");
    }
}
