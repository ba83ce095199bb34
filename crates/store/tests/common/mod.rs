//! What the tests of the store share.

use yipanqi_domain::moment::Moment;
use yipanqi_store::{Author, City, Store};

pub fn at() -> Moment {
    Moment::parse("2026-03-02T09:00:00+08:00").unwrap()
}

pub fn by(name: &str) -> Author {
    Author { person: None, name: name.to_owned() }
}

pub async fn city(store: &Store, slug: &str) -> City {
    store.add_city(&slug.parse().unwrap(), slug, slug, by("root"), at()).await.unwrap()
}
