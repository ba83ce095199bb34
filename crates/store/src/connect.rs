//! The opened store: the hub, and cities opened on demand in a bounded cache.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::sync::{Mutex, watch};
use yipanqi_domain::moment::Moment;

use crate::city::{City, CityInfo, Opened, Slug, Turns};
use crate::dialect::{DatabaseUrl, Listener, Root};
use crate::error::StoreError;
use crate::followed::Followed;
use crate::hub::Hub;
use crate::media::Media;
use crate::migration;
use crate::write::Author;

/// How long to wait after a connection could not be made again.
const DEAF: Duration = Duration::from_secs(5);

/// The data of one installation; cheap to clone.
#[derive(Debug, Clone)]
pub struct Store(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    root: Root,
    hub: Hub,
    media: Media,
    open: Mutex<Cache>,
}

#[derive(Debug, Default)]
struct Cache {
    cities: HashMap<Slug, (City, u64)>,
    uses: u64,
}

/// Wakes whoever waits for a city that another process has changed, for as long as the store is open.
async fn hear(store: Weak<Inner>, mut listener: Listener) {
    loop {
        let told = listener.next().await;
        let Some(store) = store.upgrade() else { return };
        match told {
            Ok(Some(name)) => {
                let slug = name.parse::<Slug>().ok();
                let cache = store.open.lock().await;
                if let Some((city, _)) = slug.and_then(|slug| cache.cities.get(&slug)) {
                    city.0.commits.send_modify(|commits| *commits = commits.wrapping_add(1));
                }
            }
            Ok(None) => {}
            Err(error) => {
                tracing::warn!(%error, "changes of other servers are not heard");
                tokio::time::sleep(DEAF).await;
            }
        }
    }
}

impl Store {
    /// Opens the data root, creating and migrating the hub.
    ///
    /// # Errors
    /// If the database cannot be reached or migrated.
    pub async fn open(url: &DatabaseUrl, media: &Path) -> Result<Self, StoreError> {
        let root = Root::open(url).await?;
        let room = root.hub().await?;
        migration::run(&room, &migration::of_hub()).await?;
        let media = Media::open(media)?;
        let store = Self(Arc::new(Inner { root, hub: Hub::new(room), media, open: Mutex::new(Cache::default()) }));
        match Listener::open(url).await {
            Ok(Some(listener)) => {
                tokio::spawn(hear(Arc::downgrade(&store.0), listener));
            }
            Ok(None) => {}
            // Live pages then look every few seconds, as on SQLite.
            Err(error) => tracing::warn!(%error, "changes of other servers do not wake this one"),
        }
        Ok(store)
    }

    /// Accounts, sessions, memberships and the list of cities.
    #[must_use]
    pub fn hub(&self) -> &Hub {
        &self.0.hub
    }

    /// Photographs and files of all cities.
    #[must_use]
    pub fn media(&self) -> &Media {
        &self.0.media
    }

    /// Adds a city with an empty, migrated database.
    ///
    /// # Errors
    /// `city_slug_taken` if there is one of this slug.
    pub async fn add_city(&self, slug: &Slug, name: &str, title: &str, by: Author, at: Moment) -> Result<City, StoreError> {
        // The database first: what remains after a crash in between is an empty one, which the next try takes over.
        let city = self.open_city(slug).await?;
        self.hub().add_city(slug, name, title, by, at).await?;
        Ok(self.keep(city).await)
    }

    /// The cities of this installation, by slug.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn cities(&self) -> Result<Vec<CityInfo>, StoreError> {
        self.hub().cities().await
    }

    /// The city of this slug, opened and migrated when it is not yet.
    ///
    /// # Errors
    /// `city_unknown` if the hub does not list it.
    pub async fn city(&self, slug: &Slug) -> Result<City, StoreError> {
        if let Some(city) = self.cached(slug).await {
            return Ok(city);
        }
        self.hub().city(slug).await?;
        let city = self.open_city(slug).await?;
        Ok(self.keep(city).await)
    }

    async fn open_city(&self, slug: &Slug) -> Result<City, StoreError> {
        let room = self.0.root.city(slug.as_str()).await?;
        migration::run(&room, &migration::of_city()).await?;
        Ok(City(Arc::new(Opened {
            slug: slug.clone(),
            room,
            commits: watch::Sender::new(0),
            shelf: Arc::default(),
            followed: Followed::default(),
            turns: Turns::default(),
        })))
    }

    async fn cached(&self, slug: &Slug) -> Option<City> {
        let mut cache = self.0.open.lock().await;
        cache.uses += 1;
        let uses = cache.uses;
        let (city, used) = cache.cities.get_mut(slug)?;
        *used = uses;
        Some(city.clone())
    }

    /// Of two that were opened at the same time the first is kept: a city has one writer and one place to wake.
    async fn keep(&self, city: City) -> City {
        let mut cache = self.0.open.lock().await;
        cache.uses += 1;
        let uses = cache.uses;
        let city = cache.cities.entry(city.slug().clone()).or_insert((city, uses)).0.clone();
        while cache.cities.len() > self.0.root.open_rooms() {
            let idle = cache.cities.iter().filter(|(_, (city, _))| Arc::strong_count(&city.0) == 1);
            let Some(slug) = idle.min_by_key(|(_, (_, used))| *used).map(|(slug, _)| slug.clone()) else { break };
            cache.cities.remove(&slug);
        }
        city
    }
}
