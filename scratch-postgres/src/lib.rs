//! A PostgreSQL server for the time of a test: a real one, with its own directory and socket, that goes with the process
//! that started it, however that ends.
//!
//! ```no_run
//! let url = portreto_scratch_postgres::Server::shared().database();
//! ```

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Write as _},
    os::unix::{fs::chown, process::CommandExt as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Mutex, OnceLock, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    thread::sleep,
    time::{Duration, Instant},
};

use tempfile::TempDir;

/// The catalog of a test's home: a database that is always the same for one home, when the test is in a module called
/// `postgres`; none elsewhere. So the same file of tests runs twice, by itself and within such a module.
///
/// # Panics
///
/// As [`Server::shared`].
#[must_use]
pub fn catalog_of(home: &Path, module: &str) -> Option<String> {
    let server = || {
        let mut homes = HOMES.lock().unwrap_or_else(PoisonError::into_inner);
        homes.entry(home.to_owned()).or_insert_with(|| Server::shared().database()).clone()
    };
    module.starts_with("postgres").then(server)
}

/// The database of a home is lost: the next one that is asked for is empty.
pub fn lose_catalog_of(home: &Path) {
    HOMES.lock().unwrap_or_else(PoisonError::into_inner).remove(home);
}

static HOMES: Mutex<BTreeMap<PathBuf, String>> = Mutex::new(BTreeMap::new());

/// How long a server may take to start.
const PATIENCE: Duration = Duration::from_mins(1);

/// Runs a server until its own input ends, which it does when whoever started it is gone. Then the server is stopped as by a
/// power cut, and its directory removed, unless it was told to keep it.
const WATCH: &str = r#"directory=$1; shift
"$@" >"$directory/log" 2>&1 </dev/null &
server=$!
read -r word
kill -QUIT $server
wait $server
[ "$word" = keep ] || rm -rf "$directory"
"#;

/// A running server.
#[derive(Debug)]
pub struct Server {
    directory: TempDir,
    binaries: PathBuf,
    user: Option<(u32, u32)>,
    is_durable: bool,
    watch: Mutex<Option<Child>>,
    databases: AtomicU32,
}

impl Server {
    /// The one server of this process, which does not wait for the disk.
    ///
    /// # Panics
    ///
    /// When there is no PostgreSQL on this machine (Debian: `apt-get install postgresql`), or it does not start.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Server> = OnceLock::new();
        SHARED.get_or_init(|| {
            Self::start(false).unwrap_or_else(|error| {
                panic!(
                    "no PostgreSQL server for tests (Debian: apt-get install postgresql): {error}"
                )
            })
        })
    }

    /// Starts one more. `is_durable`: commits wait for the disk, as they do in earnest.
    ///
    /// # Errors
    ///
    /// No PostgreSQL is on this machine, or it does not start.
    pub fn start(is_durable: bool) -> io::Result<Self> {
        let directory = tempfile::Builder::new().prefix("postgres-").tempdir()?;
        let server = Self {
            binaries: binaries()?,
            user: unprivileged(directory.path())?,
            directory,
            is_durable,
            watch: Mutex::default(),
            databases: AtomicU32::new(0),
        };
        if let Some((uid, gid)) = server.user {
            chown(server.directory.path(), Some(uid), Some(gid))?;
        }
        let mut initdb = server.command("initdb");
        initdb.args(["--no-sync", "--auth=trust", "--username=portreto", "--encoding=UTF8"]);
        initdb.args(["--locale=C.UTF-8", "-D"]).arg(server.directory.path().join("data"));
        done(&mut initdb)?;
        server.resume()?;
        Ok(server)
    }

    /// The URL of a new, empty database.
    ///
    /// # Panics
    ///
    /// When the server does not make one.
    pub fn database(&self) -> String {
        let name = format!("d{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let mut createdb = self.command("createdb");
        createdb.arg("-h").arg(self.directory.path()).args(["-U", "portreto", &name]);
        done(&mut createdb).unwrap_or_else(|error| panic!("no database for a test: {error}"));
        self.url_of(&name)
    }

    /// The URL of a database, whether it exists or not.
    pub fn url_of(&self, database: &str) -> String {
        let socket = self.directory.path().display().to_string().replace('/', "%2F");
        format!("postgres://portreto@localhost/{database}?host={socket}")
    }

    /// Stops it as a power cut would, and keeps its directory.
    ///
    /// # Errors
    ///
    /// It was stopped already.
    pub fn halt(&self) -> io::Result<()> {
        let watch = self.watch.lock().unwrap_or_else(PoisonError::into_inner).take();
        let mut watch = watch.ok_or_else(|| io::Error::other("the server is not running"))?;
        if let Some(mut input) = watch.stdin.take() {
            input.write_all(b"keep\n")?;
        }
        watch.wait()?;
        Ok(())
    }

    /// Starts it again after [`Server::halt`].
    ///
    /// # Errors
    ///
    /// It does not start.
    pub fn resume(&self) -> io::Result<()> {
        let path = self.directory.path();
        let mut server = self.command("sh");
        server.args(["-c", WATCH, "sh"]).arg(path).arg(self.binaries.join("postgres"));
        server.arg("-D").arg(path.join("data")).arg("-k").arg(path);
        server.args(["-c", "listen_addresses=", "-c", "max_connections=200"]);
        server.args(["-c", "shared_buffers=64MB", "-c", "log_min_messages=warning"]);
        if !self.is_durable {
            server.args(["-c", "fsync=off", "-c", "full_page_writes=off"]);
        }
        let watch =
            server.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        *self.watch.lock().unwrap_or_else(PoisonError::into_inner) = Some(watch);
        let begin = Instant::now();
        let mut ready = self.command("pg_isready");
        ready.arg("-q").arg("-h").arg(path).args(["-U", "portreto", "-d", "postgres"]);
        while !ready.status()?.success() {
            if begin.elapsed() > PATIENCE {
                let log = fs::read_to_string(path.join("log")).unwrap_or_default();
                return Err(io::Error::other(format!("it does not start: {log}")));
            }
            sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// A program of PostgreSQL, or of the system, as the user that the server runs as.
    fn command(&self, program: &str) -> Command {
        let own = self.binaries.join(program);
        let mut command = Command::new(if own.exists() { own } else { program.into() });
        command.current_dir("/").env_remove("PGHOST").env_remove("PGPORT").env_remove("PGDATABASE");
        if let Some((uid, gid)) = self.user {
            command.uid(uid).gid(gid);
        }
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Its input ends, so it stops and clears up.
        if let Some(mut watch) = self.watch.lock().unwrap_or_else(PoisonError::into_inner).take() {
            drop(watch.stdin.take());
            let _ = watch.wait();
        }
    }
}

/// Where PostgreSQL's programs are: `PG_BIN`, or the newest version where Debian puts them, or on the path.
fn binaries() -> io::Result<PathBuf> {
    if let Some(named) = std::env::var_os("PG_BIN") {
        return Ok(named.into());
    }
    let mut found = Vec::new();
    for entry in fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten() {
        let version = entry.file_name().to_string_lossy().parse::<u32>().unwrap_or(0);
        found.push((version, entry.path().join("bin")));
    }
    let on_path = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())
        .map(|directory| (0, directory))
        .collect::<Vec<_>>();
    found.sort();
    found.reverse();
    let mut candidates = found.into_iter().chain(on_path).map(|(_, directory)| directory);
    candidates
        .find(|directory| directory.join("initdb").exists())
        .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "there is no initdb"))
}

/// PostgreSQL does not run as root: the user and group to be instead, when `own` is root's.
fn unprivileged(own: &Path) -> io::Result<Option<(u32, u32)>> {
    use std::os::unix::fs::MetadataExt as _;
    if fs::metadata(own)?.uid() != 0 {
        return Ok(None);
    }
    let users = fs::read_to_string("/etc/passwd")?;
    let ids = |name: &str| {
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut ids = line.split(':').skip(2);
        Some((ids.next()?.parse().ok()?, ids.next()?.parse().ok()?))
    };
    Ok(ids("postgres").or_else(|| ids("nobody")))
}

fn done(command: &mut Command) -> io::Result<()> {
    let output = command.output()?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(io::Error::other(format!("{command:?}: {said}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_halts_goes_on_and_leaves_nothing() {
        let server = Server::start(false).unwrap();
        let path = server.directory.path().to_owned();
        assert!(server.database().contains("/d0?host="));
        server.halt().unwrap();
        assert!(server.halt().is_err(), "it is not running");
        server.resume().unwrap();
        assert!(server.database().contains("/d1?host="));
        drop(server);
        assert!(!path.exists());
    }
}
