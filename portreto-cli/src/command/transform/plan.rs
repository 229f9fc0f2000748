//! Which file becomes which, decided before anything is written.

use std::{
    collections::{HashMap, hash_map::Entry},
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use anyhow::{Result, bail};
use portreto_core::{Format, Transform, transform::Operation};

use super::{
    failed,
    outcome::{Became, Outcome},
};
use crate::{
    files::{Found, Walk},
    output::{hinted, path_text},
};

/// Where the results go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    File(PathBuf),
    Directory(PathBuf),
}

impl Target {
    /// What `output` means for these inputs.
    pub(super) fn of(inputs: &[PathBuf], output: PathBuf) -> Result<Self> {
        let named_as_directory = output.as_os_str().as_encoded_bytes().ends_with(b"/");
        let is_one_file = matches!(inputs, [input] if !input.is_dir());
        if output.is_dir() || (named_as_directory && !output.exists()) {
            return Ok(Self::Directory(output));
        }
        if is_one_file {
            return Ok(Self::File(output));
        }
        if output.exists() {
            let output = path_text(&output).into_owned();
            bail!("{output} is a file, but several files need a directory to go to");
        }
        Ok(Self::Directory(output))
    }

    /// The format that a file's name promises.
    pub(super) fn format(&self) -> Option<Format> {
        match self {
            Self::File(path) => format_of_name(path),
            Self::Directory(_) => None,
        }
    }
}

/// One file to be made.
#[derive(Debug, Clone)]
pub(super) struct Job {
    pub(super) input: PathBuf,
    /// The input's length, bytes.
    pub(super) bytes: u64,
    /// Where each result goes, if it has the expected format.
    pub(super) outputs: Vec<PathBuf>,
    /// The format that the results should have.
    pub(super) expected: Format,
    /// Whether the name follows the format.
    pub(super) is_named_by_format: bool,
}

/// What is to be done, and what there is nothing to do about.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) jobs: Vec<Job>,
    pub(super) idle: Vec<Outcome>,
}

impl Plan {
    /// Looks at the inputs' first bytes and decides where each goes. Each becomes one file for each of `suffixes`, which
    /// stand behind its name; all have the format of `transform`.
    ///
    /// # Errors
    ///
    /// When two inputs would become the same file.
    pub(super) fn new(
        walk: &Walk,
        target: &Target,
        transform: &Transform,
        suffixes: &[String],
    ) -> Result<Self> {
        let mut plan = Self::default();
        let mut taken: HashMap<PathBuf, PathBuf> = HashMap::new();
        for found in walk.iter() {
            let (input, relative, bytes, is_typed) = match found {
                Found::File { path, relative, bytes, is_typed, .. } => {
                    (path, relative, bytes, is_typed)
                }
                Found::Skipped { path, why } => {
                    plan.idle(path, Became::Skipped(why));
                    continue;
                }
                Found::Failed { path, error } => {
                    plan.idle(path, failed(&error));
                    continue;
                }
            };
            let format = match sniff(&input) {
                Ok(Some(format)) => format,
                Ok(None) if is_typed => {
                    plan.idle(input, Became::Failed("not a picture".to_owned()));
                    continue;
                }
                Ok(None) => {
                    plan.idle(input, Became::Skipped("not a picture"));
                    continue;
                }
                Err(error) => {
                    plan.idle(input, failed(&error.into()));
                    continue;
                }
            };
            let expected = expected_format(transform, format);
            let is_suffixed = suffixes.iter().any(|suffix| !suffix.is_empty());
            let (output, is_named_by_format) = match target {
                // Names that are made up anyhow say what they are.
                Target::File(path) if is_suffixed && path.extension().is_none() => {
                    (with_extension_of(path, expected), true)
                }
                Target::File(path) => (path.clone(), false),
                Target::Directory(directory) => {
                    (directory.join(with_extension_of(&relative, expected)), true)
                }
            };
            let outputs: Vec<PathBuf> =
                suffixes.iter().map(|suffix| with_suffix(&output, suffix)).collect();
            let mut is_again = false;
            for output in &outputs {
                match taken.entry(output.clone()) {
                    Entry::Vacant(entry) => drop(entry.insert(input.clone())),
                    Entry::Occupied(entry) if is_same_file(entry.get(), &input) => is_again = true,
                    Entry::Occupied(entry) => {
                        let error = anyhow::anyhow!(
                            "{} and {} would both become {}",
                            path_text(entry.get()),
                            path_text(&input),
                            path_text(output)
                        );
                        let advice =
                            "nothing was written; transform them into different directories";
                        return Err(hinted(error, advice));
                    }
                }
            }
            if is_again {
                continue;
            }
            plan.jobs.push(Job { input, bytes, outputs, expected, is_named_by_format });
        }
        Ok(plan)
    }

    fn idle(&mut self, input: PathBuf, became: Became) {
        self.idle.push(Outcome { input, output: None, bytes: 0, became });
    }
}

/// Where a result goes that was to be `output`, but may have another format than its job expected.
pub(super) fn output_for(job: &Job, output: &Path, format: Format) -> PathBuf {
    if job.is_named_by_format && format != job.expected {
        with_extension_of(output, format)
    } else {
        output.to_owned()
    }
}

/// The same name with `suffix` before its extension.
fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let Some(stem) = path.file_stem().filter(|_| !suffix.is_empty()) else {
        return path.to_owned();
    };
    let mut name = stem.to_owned();
    name.push(suffix);
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}

/// The format of the result, as far as it can be known without making it. `auto` decides by the pixels in the end: a
/// picture that becomes transparent in a format that cannot be is written as PNG.
fn expected_format(transform: &Transform, original: Format) -> Format {
    let ends_in_dither = matches!(transform.operations().last(), Some(Operation::Dither(_)));
    match transform.output_format().format() {
        Some(format) => format,
        None if ends_in_dither || matches!(original, Format::Gif | Format::Pbm) => Format::Png,
        None => original,
    }
}

/// The same name with an extension of `format`, in place of another format's.
fn with_extension_of(path: &Path, format: Format) -> PathBuf {
    match format_of_name(path) {
        Some(named) if named == format => path.to_owned(),
        Some(_) => path.with_extension(format.extension()),
        None => {
            let mut name = path.as_os_str().to_owned();
            name.push(".");
            name.push(format.extension());
            name.into()
        }
    }
}

fn format_of_name(path: &Path) -> Option<Format> {
    Format::from_extension(path.extension()?.to_str()?)
}

fn is_same_file(one: &Path, other: &Path) -> bool {
    let canonical = |path: &Path| path.canonicalize().ok();
    canonical(one).is_some_and(|one| canonical(other) == Some(one))
}

fn sniff(path: &Path) -> io::Result<Option<Format>> {
    let mut head = Vec::with_capacity(Format::HEAD_BYTES);
    File::open(path)?.take(Format::HEAD_BYTES as u64).read_to_end(&mut head)?;
    Ok(Format::sniff(&head))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_format() {
        for (name, format, expected) in [
            ("a/b.JPG", Format::Jpeg, "a/b.JPG"),
            ("a/b.jpeg", Format::Jpeg, "a/b.jpeg"),
            ("a/b.jpg", Format::Png, "a/b.png"),
            ("v1.5", Format::Png, "v1.5.png"),
            ("scan", Format::WebP, "scan.webp"),
            ("a/panel.bin", Format::Raw, "a/panel.bin"),
            ("a/b.png", Format::Raw, "a/b.raw"),
        ] {
            assert_eq!(with_extension_of(Path::new(name), format), Path::new(expected));
        }
    }

    #[test]
    fn suffixes_stand_before_the_extension() {
        for (name, expected) in [("a/b.jpg", "a/b-320.jpg"), ("a.d/b", "a.d/b-320")] {
            assert_eq!(with_suffix(Path::new(name), "-320"), Path::new(expected));
            assert_eq!(with_suffix(Path::new(name), ""), Path::new(name));
        }
    }

    #[test]
    fn the_output_is_a_file_only_for_one_file() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        std::fs::write(path("a.jpg"), b"").unwrap();
        std::fs::create_dir(path("tree")).unwrap();
        let of = |inputs: &[&str], output: &str| {
            let inputs: Vec<_> = inputs.iter().map(|name| path(name)).collect();
            Target::of(&inputs, path(output))
        };
        assert_eq!(of(&["a.jpg"], "b.png").unwrap(), Target::File(path("b.png")));
        assert_eq!(of(&["a.jpg"], "b/").unwrap(), Target::Directory(path("b/")));
        assert_eq!(of(&["a.jpg"], "tree").unwrap(), Target::Directory(path("tree")));
        assert_eq!(of(&["tree"], "new").unwrap(), Target::Directory(path("new")));
        assert!(of(&["a.jpg", "tree"], "a.jpg").is_err());
    }
}
