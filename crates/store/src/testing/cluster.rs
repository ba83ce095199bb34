//! The throw-away PostgreSQL cluster of the tests.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// PostgreSQL refuses to run as root; tests in a container often do.
const NOBODY: u32 = 65534;

/// Seconds between the watchdog's looks, and so the least time an unused cluster is kept.
const IDLE: u32 = 60;

const STOP: &str = r#"
while sleep "$1"; do
  flock --nonblock --exclusive "$2/users.lock" sh -c '"$1" -D "$2/data" -m immediate stop; rm -rf "$2/data" "$2/port"' - "$3" "$2" && exit
done
"#;

static CLUSTER: OnceLock<Result<(String, File), String>> = OnceLock::new();

/// The URL of the running cluster, without a database; starts it when it is not running.
pub(super) fn url() -> Result<String, String> {
    let cluster = CLUSTER.get_or_init(|| join().map_err(|error| error.to_string()));
    cluster.as_ref().map(|(url, _)| url.clone()).map_err(Clone::clone)
}

/// Takes part in the cluster for the life of this process, which keeps the lock file open.
fn join() -> std::io::Result<(String, File)> {
    let owner = Owner::find()?;
    let home = std::env::temp_dir().join(format!("yipanqi-test-postgres-{}", owner.uid));
    fs::create_dir_all(&home)?;
    owner.give(&home, 0o700)?;
    let users = lock_file(&owner, &home.join("users.lock"))?;
    users.lock_shared()?;
    let starting = lock_file(&owner, &home.join("start.lock"))?;
    starting.lock()?;
    let port = match running(&home) {
        Some(port) => port,
        None => start(&owner, &home)?,
    };
    Ok((format!("postgres://app@127.0.0.1:{port}"), users))
}

fn lock_file(owner: &Owner, path: &Path) -> std::io::Result<File> {
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
    owner.give(path, 0o600)?;
    Ok(file)
}

fn running(home: &Path) -> Option<u16> {
    let port = fs::read_to_string(home.join("port")).ok()?.trim().parse().ok()?;
    TcpStream::connect(("127.0.0.1", port)).ok()?;
    Some(port)
}

fn start(owner: &Owner, home: &Path) -> std::io::Result<u16> {
    let data = home.join("data");
    if data.exists() {
        fs::remove_dir_all(&data)?;
    }
    let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
    let initdb = program("initdb")?;
    let control = program("pg_ctl")?;
    let arguments = ["-U", "app", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync", "-D"];
    finish(owner.command(&initdb, home).args(arguments).arg(&data))?;
    let settings = format!(
        "port={port}\nlisten_addresses='127.0.0.1'\nunix_socket_directories='{}'\nmax_connections=300\n\
         fsync=off\nsynchronous_commit=off\nfull_page_writes=off\n",
        home.display()
    );
    OpenOptions::new().append(true).open(data.join("postgresql.conf"))?.write_all(settings.as_bytes())?;
    finish(owner.command(&control, home).args(["-w", "start", "-D"]).arg(&data).arg("-l").arg(home.join("log")))?;
    fs::write(home.join("port"), port.to_string())?;
    owner.give(&home.join("port"), 0o600)?;
    let mut watchdog = owner.command(Path::new("sh"), home);
    watchdog.args(["-c", STOP, "-", &IDLE.to_string()]).arg(home).arg(&control).process_group(0).spawn()?;
    Ok(port)
}

/// Who runs the cluster.
struct Owner {
    uid: u32,
    drop: bool,
}

impl Owner {
    fn find() -> std::io::Result<Self> {
        let uid = fs::metadata("/proc/self")?.uid();
        Ok(if uid == 0 { Self { uid: NOBODY, drop: true } } else { Self { uid, drop: false } })
    }

    fn give(&self, path: &Path, mode: u32) -> std::io::Result<()> {
        if self.drop {
            chown(path, Some(NOBODY), Some(NOBODY))?;
        }
        fs::set_permissions(path, Permissions::from_mode(mode))
    }

    fn command(&self, program: &Path, home: &Path) -> Command {
        let mut command = Command::new(program);
        // No pipe of this process may stay open in a server that outlives it.
        command.current_dir(home).env("HOME", home).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        if self.drop {
            command.uid(NOBODY).gid(NOBODY);
        }
        command
    }
}

fn finish(command: &mut Command) -> std::io::Result<()> {
    let status = command.status()?;
    if status.success() { Ok(()) } else { Err(std::io::Error::other(format!("{command:?} ended with {status}"))) }
}

fn program(name: &str) -> std::io::Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    if let Ok(versions) = fs::read_dir("/usr/lib/postgresql") {
        folders.extend(versions.flatten().map(|version| version.path().join("bin")));
    }
    let missing = format!("{name} is neither in PATH nor under /usr/lib/postgresql; on Debian: apt-get install postgresql");
    folders.into_iter().map(|folder| folder.join(name)).find(|file| file.is_file()).ok_or_else(|| std::io::Error::other(missing))
}
