//! One TOML file plus the environment; what the command line says wins over both.
//!
//! Precedence: command line, `YIPANQI_*` environment, file, default. Unknown keys in the file are refused, so a
//! misspelt setting is never silently ignored.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Deserialize;

/// Everything an installation may decide about the process; cities decide the rest in their own settings.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Address and port the server listens on.
    pub listen: SocketAddr,
    /// `sqlite:DIR` or `postgres://…`.
    pub database: String,
    /// Folder of photographs and files.
    pub media: PathBuf,
    /// Folder of fonts for official pages, searched before the system's.
    pub fonts: Option<PathBuf>,
    /// Whether `--clock` may move the business moment; never in production.
    pub test_clock: bool,
    /// Whether the session cookie is only sent over TLS.
    pub secure_cookie: bool,
    /// Addresses of proxies whose word on where a request came from is taken; this machine's own always is.
    pub proxies: Vec<IpAddr>,
    /// Hours after the last request at which a session ends.
    pub session_hours: i64,
    /// Largest body of an ordinary request, in KiB.
    pub body_kib: usize,
    /// Largest uploaded photograph or workbook, in MiB.
    pub upload_mib: usize,
    /// Seconds after which an ordinary request is given up.
    pub request_seconds: u64,
    /// Background jobs that may run at the same time; 0 leaves them to another process.
    pub workers: usize,
    /// Seconds between two looks into the queues when nothing has woken the worker.
    pub sweep_seconds: u64,
    /// How mail leaves; none: it does not.
    pub mail: Option<crate::notice::MailConfig>,
    /// The ground under the city's own boundaries on maps; none: only those.
    pub map: Option<crate::ground::GroundConfig>,
    /// Log filter in the syntax of `RUST_LOG`.
    pub log: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            database: "sqlite:data".into(),
            media: "data/media".into(),
            fonts: None,
            test_clock: false,
            secure_cookie: false,
            proxies: Vec::new(),
            session_hours: 12,
            body_kib: 2048,
            upload_mib: 32,
            request_seconds: 60,
            workers: 2,
            sweep_seconds: 5,
            mail: None,
            map: None,
            log: "warn,yipanqi_server=info,yipanqi_store=info".into(),
        }
    }
}

impl Config {
    /// Reads the file (if any) and lays the environment over it.
    ///
    /// # Errors
    /// A file that cannot be read, an unknown key, or a value of the wrong kind, each named.
    pub fn load(file: Option<&Path>, environment: impl Fn(&str) -> Option<String>) -> anyhow::Result<Self> {
        let mut config: Self = match file {
            Some(path) => {
                let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
                toml::from_str(&text).with_context(|| format!("in {}", path.display()))?
            }
            None => Self::default(),
        };
        let value = |name: &str| environment(&format!("YIPANQI_{}", name.to_uppercase()));
        fn set<T: std::str::FromStr>(slot: &mut T, name: &str, text: Option<String>) -> anyhow::Result<()>
        where
            T::Err: std::fmt::Display,
        {
            if let Some(text) = text {
                *slot = text.parse().map_err(|error| anyhow::anyhow!("YIPANQI_{}: {error}", name.to_uppercase()))?;
            }
            Ok(())
        }
        set(&mut config.listen, "listen", value("listen"))?;
        set(&mut config.database, "database", value("database"))?;
        set(&mut config.media, "media", value("media"))?;
        if let Some(folder) = value("fonts") {
            config.fonts = Some(folder.into());
        }
        set(&mut config.test_clock, "test_clock", value("test_clock"))?;
        set(&mut config.secure_cookie, "secure_cookie", value("secure_cookie"))?;
        set(&mut config.session_hours, "session_hours", value("session_hours"))?;
        set(&mut config.body_kib, "body_kib", value("body_kib"))?;
        set(&mut config.upload_mib, "upload_mib", value("upload_mib"))?;
        set(&mut config.request_seconds, "request_seconds", value("request_seconds"))?;
        set(&mut config.workers, "workers", value("workers"))?;
        set(&mut config.sweep_seconds, "sweep_seconds", value("sweep_seconds"))?;
        set(&mut config.log, "log", value("log"))?;
        if let Some(map) = &config.map {
            map.ground()?;
        }
        Ok(config)
    }

    /// Largest upload in bytes.
    #[must_use]
    pub fn upload_bytes(&self) -> usize {
        self.upload_mib * 1024 * 1024
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn environment_wins_over_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("yipanqi.toml");
        std::fs::write(&path, "listen = \"0.0.0.0:80\"\nworkers = 1\n").unwrap();
        let config = Config::load(Some(&path), |name| (name == "YIPANQI_WORKERS").then(|| "7".to_owned())).unwrap();
        assert_eq!((config.listen.port(), config.workers, config.upload_mib), (80, 7, 32));
    }

    #[test]
    fn a_misspelt_key_and_a_wrong_value_are_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("yipanqi.toml");
        std::fs::write(&path, "test_klock = true\n").unwrap();
        assert!(format!("{:#}", Config::load(Some(&path), |_| None).unwrap_err()).contains("test_klock"));
        std::fs::write(&path, "[map]\nkind = \"xyz\"\nurl = \"tiles.example.cn\"\n").unwrap();
        assert!(format!("{:#}", Config::load(Some(&path), |_| None).unwrap_err()).contains("map.url"));
        let wrong = Config::load(None, |name| (name == "YIPANQI_WORKERS").then(|| "many".to_owned())).unwrap_err();
        assert!(wrong.to_string().contains("YIPANQI_WORKERS"));
    }
}
