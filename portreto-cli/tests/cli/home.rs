//! A home of its own for each test, and the binary run in it.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use portreto_samples::{PngColor, PngDepth, png};
use serde_json::Value;
use tempfile::TempDir;

/// A temporary directory with a home in it, and room for pictures.
pub(crate) struct Home {
    directory: TempDir,
}

/// What a run of the binary said.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
    line: String,
}

impl Home {
    /// No home yet: the first upload makes it.
    pub(crate) fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    /// The directory of the home.
    pub(crate) fn home(&self) -> PathBuf {
        self.directory.path().join("home")
    }

    /// A path for the test's own files.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Writes a file of the test's own.
    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    /// The binary, with this home and nothing else of the environment's.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_portreto"));
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("PORTRETO_") {
                command.env_remove(name);
            }
        }
        command.env("PORTRETO_HOME", self.home()).env_remove("NO_COLOR").env("TZ", "UTC");
        command.current_dir(self.directory.path()).args(args).stdin(Stdio::null());
        command
    }

    /// Runs the binary.
    pub(crate) fn run(&self, args: &[&str]) -> Run {
        Run::of(self.command(args))
    }

    /// Runs the binary, which must do all it is asked.
    pub(crate) fn ok(&self, args: &[&str]) -> Run {
        let run = self.run(args);
        assert_eq!(run.code, Some(0), "{run}");
        run
    }

    /// Runs the binary, which must fail with this code.
    pub(crate) fn fails(&self, code: i32, args: &[&str]) -> Run {
        let run = self.run(args);
        assert_eq!(run.code, Some(code), "{run}");
        run
    }

    /// Draws all samples into `pictures/`.
    pub(crate) fn draw_samples(&self) -> BTreeMap<String, Vec<u8>> {
        let mut drawn = BTreeMap::new();
        for sample in portreto_samples::all() {
            self.write(&format!("pictures/{}", sample.name), &sample.bytes);
            drawn.insert(sample.name.to_owned(), sample.bytes);
        }
        drawn
    }

    /// The whole listing.
    pub(crate) fn ls(&self) -> Vec<Value> {
        self.ok(&["ls", "--json"]).json()
    }

    /// The id of the image of this name.
    pub(crate) fn id_of(&self, name: &str) -> String {
        let images = self.ls();
        let image = images.iter().find(|image| image["name"] == name);
        image.unwrap_or_else(|| panic!("no {name}"))["id"].as_str().unwrap().to_owned()
    }

    /// The directories of the stores, by id.
    pub(crate) fn stores(&self) -> BTreeMap<String, PathBuf> {
        let stores = self.ok(&["store", "list", "--json"]).json();
        let directory = |store: &Value| {
            let url = store["url"].as_str().unwrap();
            (
                store["id"].as_str().unwrap().to_owned(),
                url.strip_prefix("file://").unwrap_or(url).into(),
            )
        };
        stores.iter().map(directory).collect()
    }

    /// Every original is fetched back, bit for bit.
    pub(crate) fn assert_gives_back(&self, pictures: &BTreeMap<String, Vec<u8>>) {
        let restored = tempfile::tempdir_in(self.directory.path()).unwrap();
        self.ok(&["get", "--all", "-o", restored.path().to_str().unwrap()]);
        assert_eq!(files_in(restored.path()), *pictures);
    }
}

impl Run {
    /// Runs a command to its end.
    pub(crate) fn of(mut command: Command) -> Self {
        let line = format!("{command:?}");
        let Output { status, stdout, stderr } = command.output().unwrap();
        Self { code: status.code(), stdout, stderr: String::from_utf8(stderr).unwrap(), line }
    }

    /// What it said on stdout.
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.stdout).unwrap()
    }

    /// The JSON objects it said on stdout.
    #[track_caller]
    pub(crate) fn json(&self) -> Vec<Value> {
        self.text().lines().map(|line| serde_json::from_str(line).expect(line)).collect()
    }

    /// Its stderr contains this.
    #[track_caller]
    pub(crate) fn says(&self, text: &str) -> &Self {
        assert!(self.stderr.contains(text), "no {text:?} in: {self}");
        self
    }
}

impl std::fmt::Display for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let stdout = String::from_utf8_lossy(&self.stdout);
        writeln!(f, "{}\nexit code: {:?}", self.line, self.code)?;
        write!(f, "--- stdout\n{stdout}\n--- stderr\n{}", self.stderr)
    }
}

/// The files of a directory by name.
pub(crate) fn files_in(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(directory).unwrap().map(Result::unwrap);
    entries
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()))
        .collect()
}

/// Every file below a directory, sorted.
pub(crate) fn tree(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut directories = vec![directory.to_owned()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).unwrap().map(Result::unwrap) {
            let kind = entry.file_type().unwrap();
            if kind.is_dir() { &mut directories } else { &mut files }.push(entry.path());
        }
    }
    files.sort();
    files
}

/// A small picture that differs from that of every other number.
pub(crate) fn small_picture(number: u32) -> Vec<u8> {
    let (width, height) = (24, 16);
    let bytes = number.to_be_bytes();
    // The first pixels say the number, the others are a slope that starts somewhere else each time.
    let slope = (bytes.len()..width * height * 3).map(|at| (at as u8).wrapping_add(bytes[3]));
    let pixels: Vec<u8> = bytes.into_iter().chain(slope).collect();
    png((width as u32, height as u32), PngColor::Rgb, PngDepth::Eight, &pixels, None, None)
}
