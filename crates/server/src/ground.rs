//! The ground that an installation may lay under the city's own boundaries; without it the map shows those alone.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How the ground is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GroundKind {
    /// 天地图, with the key of the installation.
    Tianditu,
    /// Tiles by `{z}`, `{x}`, `{y}`.
    Xyz,
    /// A tile server by the names of WMTS: `{TileMatrix}`, `{TileRow}`, `{TileCol}`.
    Wmts,
    /// One file of tiles, read by parts.
    Pmtiles,
}

/// The table `[map]` of the configuration.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroundConfig {
    /// How it is kept.
    pub kind: GroundKind,
    /// Where: a whole address, or a path of this server's own host. Tianditu has its own by default.
    #[serde(default)]
    pub url: Option<String>,
    /// The key that Tianditu gives to browsers.
    #[serde(default)]
    pub key: Option<String>,
    /// Which ground of Tianditu: `vec`, `img` or `ter`.
    #[serde(default)]
    pub layer: Option<String>,
    /// Whose it is, as the map has to say.
    #[serde(default)]
    pub attribution: Option<String>,
    /// The nearest step for which there are tiles.
    #[serde(default)]
    pub max_zoom: Option<u8>,
}

/// The ground as a browser takes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Ground {
    /// How it is kept.
    pub kind: GroundKind,
    /// Addresses of tiles by `{z}`, `{x}`, `{y}`, from the lowest layer up; of `pmtiles` the file.
    pub layers: Vec<String>,
    /// Whose it is.
    pub attribution: String,
    /// The nearest step for which there are tiles.
    pub max_zoom: u8,
}

/// Why a ground cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GroundError {
    /// Neither `https://…`, `http://…` nor a path.
    #[error("map.url: {0} is neither an address with http(s):// nor a path that begins with /")]
    Address(String),
    /// A part of the address that the map fills in is not there.
    #[error("map.url: {0} is missing in the address")]
    Part(&'static str),
    /// Tianditu without a key.
    #[error("map.key: Tianditu needs the key that it gives to browsers")]
    Key,
    /// A ground that Tianditu does not have.
    #[error("map.layer: {0} is none of vec, img, ter")]
    Layer(String),
}

/// Where Tianditu is.
const TIANDITU: &str = "https://t0.tianditu.gov.cn";
/// The nearest step of tiles where none is said.
const NEAREST: u8 = 18;

impl GroundConfig {
    /// The ground as a browser takes it.
    ///
    /// # Errors
    /// [`GroundError`], naming the setting to correct.
    pub fn ground(&self) -> Result<Ground, GroundError> {
        let url = match (&self.url, self.kind) {
            (Some(url), _) => url.trim_end_matches('/').to_owned(),
            (None, GroundKind::Tianditu) => TIANDITU.to_owned(),
            (None, GroundKind::Xyz | GroundKind::Wmts | GroundKind::Pmtiles) => return Err(GroundError::Address(String::new())),
        };
        origin(&url)?;
        let layers = match self.kind {
            GroundKind::Tianditu => self.tianditu(&url)?,
            GroundKind::Xyz => vec![with(&url, &["{z}", "{x}", "{y}"])?],
            GroundKind::Wmts => {
                let url = with(&url, &["{TileMatrix}", "{TileCol}", "{TileRow}"])?;
                vec![url.replace("{TileMatrix}", "{z}").replace("{TileCol}", "{x}").replace("{TileRow}", "{y}")]
            }
            GroundKind::Pmtiles => vec![url],
        };
        let attribution = self.attribution.clone().unwrap_or_else(|| match self.kind {
            GroundKind::Tianditu => "天地图".to_owned(),
            GroundKind::Xyz | GroundKind::Wmts | GroundKind::Pmtiles => String::new(),
        });
        Ok(Ground { kind: self.kind, layers, attribution, max_zoom: self.max_zoom.unwrap_or(NEAREST) })
    }

    /// The only host of which the pages may fetch; none: it is this server's own.
    #[must_use]
    pub fn host(&self) -> Option<String> {
        let own = (self.kind == GroundKind::Tianditu).then_some(TIANDITU);
        self.url.as_deref().or(own).and_then(|url| origin(url).ok()).flatten()
    }

    fn tianditu(&self, url: &str) -> Result<Vec<String>, GroundError> {
        let key = self.key.as_deref().filter(|key| key.chars().all(|sign| sign.is_ascii_alphanumeric()) && !key.is_empty());
        let key = key.ok_or(GroundError::Key)?;
        let (ground, words) = match self.layer.as_deref().unwrap_or("vec") {
            "vec" => ("vec", "cva"),
            "img" => ("img", "cia"),
            "ter" => ("ter", "cta"),
            other => return Err(GroundError::Layer(other.to_owned())),
        };
        let address = |layer: &str| {
            format!(
                "{url}/{layer}_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER={layer}&STYLE=default&TILEMATRIXSET=w\
                 &FORMAT=tiles&TILEMATRIX={{z}}&TILEROW={{y}}&TILECOL={{x}}&tk={key}"
            )
        };
        Ok(vec![address(ground), address(words)])
    }
}

/// The address, if it has every part that the map fills in.
fn with(url: &str, parts: &[&'static str]) -> Result<String, GroundError> {
    match parts.iter().find(|part| !url.contains(**part)) {
        Some(missing) => Err(GroundError::Part(missing)),
        None => Ok(url.to_owned()),
    }
}

/// Scheme and host of an address; none for a path of this server's own host.
fn origin(url: &str) -> Result<Option<String>, GroundError> {
    let wrong = || GroundError::Address(url.to_owned());
    if url.starts_with('/') && !url.starts_with("//") {
        return Ok(None);
    }
    let (scheme, rest) = url.split_once("://").filter(|(scheme, _)| ["http", "https"].contains(scheme)).ok_or_else(wrong)?;
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let plain = |sign: char| sign.is_ascii_alphanumeric() || ".-:[]".contains(sign);
    if host.is_empty() || !host.chars().all(plain) {
        return Err(wrong());
    }
    Ok(Some(format!("{scheme}://{host}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> GroundConfig {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn each_kind_of_ground_becomes_addresses_of_tiles_and_names_its_host() {
        let tianditu = read("kind = \"tianditu\"\nkey = \"abc123\"\nlayer = \"img\"");
        let ground = tianditu.ground().unwrap();
        assert_eq!(ground.layers.len(), 2, "the ground and its words");
        assert!(
            ground.layers[0].starts_with("https://t0.tianditu.gov.cn/img_w/wmts?") && ground.layers[1].contains("LAYER=cia&")
        );
        assert!(ground.layers.iter().all(|layer| layer.ends_with("tk=abc123") && layer.contains("TILEROW={y}&TILECOL={x}")));
        assert_eq!(tianditu.host().as_deref(), Some("https://t0.tianditu.gov.cn"));
        for (text, layer, host) in [
            (
                "kind = \"xyz\"\nurl = \"https://tiles.example.cn:8443/{z}/{x}/{y}.png\"",
                "https://tiles.example.cn:8443/{z}/{x}/{y}.png",
                Some("https://tiles.example.cn:8443"),
            ),
            (
                "kind = \"wmts\"\nurl = \"http://10.0.0.7/w?M={TileMatrix}&R={TileRow}&C={TileCol}\"",
                "http://10.0.0.7/w?M={z}&R={y}&C={x}",
                Some("http://10.0.0.7"),
            ),
            ("kind = \"pmtiles\"\nurl = \"/ground/city.pmtiles\"", "/ground/city.pmtiles", None),
        ] {
            let config = read(text);
            assert_eq!((config.ground().unwrap().layers, config.host().as_deref()), (vec![layer.to_owned()], host), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        for (text, wanted) in [
            ("kind = \"xyz\"", GroundError::Address(String::new())),
            ("kind = \"xyz\"\nurl = \"https://a.cn/{z}/{x}\"", GroundError::Part("{y}")),
            ("kind = \"wmts\"\nurl = \"https://a.cn/{z}/{x}/{y}\"", GroundError::Part("{TileMatrix}")),
            ("kind = \"pmtiles\"\nurl = \"ftp://a.cn/x\"", GroundError::Address("ftp://a.cn/x".into())),
            (
                "kind = \"pmtiles\"\nurl = \"https://a.cn; script-src */x\"",
                GroundError::Address("https://a.cn; script-src */x".into()),
            ),
            ("kind = \"tianditu\"", GroundError::Key),
            ("kind = \"tianditu\"\nkey = \"a\"\nlayer = \"x\"", GroundError::Layer("x".into())),
        ] {
            assert_eq!(read(text).ground().unwrap_err(), wanted, "{text}");
        }
    }
}
