//! Looks at everything an installation needs and says in both languages what is wrong and what to do.

use std::path::Path;

use chrono::Datelike as _;
use yipanqi_store::calendar;

use crate::app::App;
use crate::error::Error;
use crate::request::today;

/// What a check found.
enum Found {
    Good,
    Poor,
    Bad,
}

/// Runs every check; whether nothing is bad.
pub async fn run(app: &App) -> Result<bool, Error> {
    let mut healthy = true;
    let mut say = |found: Found, zh: &str, en: &str| {
        let sign = match found {
            Found::Good => "✓",
            Found::Poor => "!",
            Found::Bad => {
                healthy = false;
                "✗"
            }
        };
        println!("{sign} {zh} / {en}");
    };
    // Opening the store has brought the hub's tables to this version already.
    say(Found::Good, &format!("数据库可用:{}", shown(app)), &format!("database reachable: {}", shown(app)));
    media(&app.config().media, &mut say);
    match app.config().fonts.as_deref().map(|folder| (folder, folder.is_dir())) {
        Some((folder, false)) => {
            let folder = folder.display();
            say(
                Found::Bad,
                &format!("字体目录不存在:{folder},请更正 fonts"),
                &format!("no such folder of fonts: {folder}; correct `fonts`"),
            );
        }
        Some(_) | None if chinese_fonts(app.config().fonts.as_deref()) => {
            say(Found::Good, "有中文字体", "Chinese fonts are installed")
        }
        Some(_) | None => say(
            Found::Poor,
            "未找到中文字体,公文版式可能缺字;可安装 fonts-noto-cjk",
            "no Chinese fonts were found, official pages may lack characters; install fonts-noto-cjk",
        ),
    }
    match app.clock().kind() {
        "system" => say(Found::Good, "业务时间即本机时间", "the business moment is the machine's"),
        kind => say(Found::Poor, &format!("业务时间已改变({kind})"), &format!("the business moment is moved ({kind})")),
    }
    if app.config().test_clock {
        say(Found::Poor, "test_clock = true,仅供测试", "test_clock = true is for tests only");
    }
    let year = today(app.clock().now()).year();
    let cities = app.store().cities().await?;
    if cities.is_empty() {
        say(Found::Poor, "还没有城市;用 city add 添加", "there is no city yet; use `city add`");
    }
    for info in cities {
        let (slug, name) = (&info.slug, &info.name);
        let city = match app.store().city(slug).await {
            Ok(city) => city,
            Err(error) => {
                say(Found::Bad, &format!("{name}:无法打开({error})"), &format!("{slug}: cannot be opened ({error})"));
                continue;
            }
        };
        let kept = app.store().hub().kept_heads(slug).await?;
        let tx = city.read().await?;
        say(Found::Good, &format!("{name}:数据表为当前版本"), &format!("{slug}: tables are this version's"));
        let calendar = calendar::load(&tx).await?;
        for wanted in [year, year + 1] {
            if calendar.years().any(|(entered, _)| entered == wanted) {
                say(Found::Good, &format!("{name}:有{wanted}年日历"), &format!("{slug}: calendar of {wanted} entered"));
                continue;
            }
            let found = if wanted == year { Found::Bad } else { Found::Poor };
            say(found, &format!("{name}:缺{wanted}年日历,请录入"), &format!("{slug}: no calendar for {wanted}; enter it"));
        }
        match yipanqi_store::audit::verify(&tx, &kept).await?.fault {
            None => say(Found::Good, &format!("{name}:审计日志完整"), &format!("{slug}: audit log is whole")),
            Some(fault) => say(Found::Bad, &format!("{name}:审计日志有误({fault})"), &format!("{slug}: audit log: {fault}")),
        }
    }
    Ok(healthy)
}

/// The database without a password that may stand in its address.
fn shown(app: &App) -> String {
    let url = &app.config().database;
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://…@{host}"),
        _ => url.clone(),
    }
}

fn media(folder: &Path, say: &mut impl FnMut(Found, &str, &str)) {
    let shown = folder.display();
    match tempfile::tempfile_in(folder) {
        Ok(_) => say(Found::Good, &format!("照片目录可写:{shown}"), &format!("media folder writable: {shown}")),
        Err(error) => {
            say(Found::Bad, &format!("照片目录不可写:{shown}({error})"), &format!("media folder not writable: {shown} ({error})"))
        }
    }
}

/// Font files whose names speak of the families that official pages are set in.
fn chinese_fonts(own: Option<&Path>) -> bool {
    const FAMILIES: [&str; 8] = ["cjk", "fandol", "simfang", "fangsong", "simsun", "wenkai", "wqy", "sourcehan"];
    let folders = [own, Some(Path::new("/usr/share/fonts")), Some(Path::new("/usr/local/share/fonts"))];
    let mut open: Vec<std::path::PathBuf> = folders.into_iter().flatten().map(Path::to_path_buf).collect();
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if FAMILIES.iter().any(|family| path.to_string_lossy().to_lowercase().contains(family)) {
                return true;
            }
        }
    }
    false
}
