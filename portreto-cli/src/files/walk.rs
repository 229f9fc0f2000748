//! Which files are meant by the paths that were typed.

use std::{
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result};
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use portreto_store::{Clock, FileState, SystemClock};
use walkdir::{DirEntry, WalkDir};

use super::state::{changed, state};

/// Which files to take from the paths that were typed.
///
/// Directories are walked in the order of names, so that every run sees the same order. Within them,
/// hidden files and directories are passed over; a path that was typed is taken, hidden or not.
#[derive(Debug, Clone)]
pub(crate) struct Walk {
    paths: Vec<PathBuf>,
    follow: bool,
    include: Option<Globs>,
    exclude: Option<Globs>,
    pruned: Option<PathBuf>,
}

/// One thing that was found.
#[derive(Debug)]
pub(crate) enum Found {
    /// A file to be read.
    File {
        /// Where it is.
        path: PathBuf,
        /// Its path below the directory that was typed; its name, when it was typed itself.
        relative: PathBuf,
        /// Its length when it was found, bytes.
        bytes: u64,
        /// Whether it was typed itself.
        is_typed: bool,
        /// What the file system said of it.
        state: Option<FileState>,
        /// When it last changed, nanoseconds since 1970.
        changed: i128,
    },
    /// Something that is no file, and why it is passed over.
    Skipped { path: PathBuf, why: &'static str },
    /// Something that could not be looked at.
    Failed { path: PathBuf, error: anyhow::Error },
}

impl Found {
    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::File { path, .. } | Self::Skipped { path, .. } | Self::Failed { path, .. } => {
                path
            }
        }
    }

    /// What the file system said of it, if it is a file.
    pub(crate) fn state(&self) -> Option<&FileState> {
        match self {
            Self::File { state, .. } => state.as_ref(),
            Self::Skipped { .. } | Self::Failed { .. } => None,
        }
    }

    /// Whether it is a file that has not changed for so long. One from the future has.
    pub(crate) fn is_settled(&self, settle: Duration) -> bool {
        let now = SystemClock.now().as_nanosecond();
        match self {
            Self::File { changed, .. } => now.abs_diff(*changed) >= settle.as_nanos(),
            Self::Skipped { .. } | Self::Failed { .. } => false,
        }
    }

    /// The same file, to be tried again.
    pub(crate) fn again(&self) -> Option<Self> {
        let Self::File { path, relative, bytes, is_typed, state, changed } = self else {
            return None;
        };
        let (path, relative, bytes) = (path.clone(), relative.clone(), *bytes);
        let (is_typed, state, changed) = (*is_typed, state.clone(), *changed);
        Some(Self::File { path, relative, bytes, is_typed, state, changed })
    }

    /// Its length when it was found, bytes.
    pub(crate) fn bytes(&self) -> u64 {
        match self {
            Self::File { bytes, .. } => *bytes,
            Self::Skipped { .. } | Self::Failed { .. } => 0,
        }
    }
}

impl Walk {
    /// All files in `paths`.
    pub(crate) fn new(paths: Vec<PathBuf>) -> Self {
        Self { paths, follow: false, include: None, exclude: None, pruned: None }
    }

    /// Whether symbolic links within directories are followed.
    pub(crate) fn follow(mut self, follow: bool) -> Self {
        self.follow = follow;
        self
    }

    /// Takes only what matches one of `include` (when there are any) and none of `exclude`.
    ///
    /// A pattern without `/` is compared with the name, any other with the path below the directory that
    /// was typed. An excluded directory is not entered.
    pub(crate) fn globs(mut self, include: &[String], exclude: &[String]) -> Result<Self> {
        self.include = Globs::new(include)?;
        self.exclude = Globs::new(exclude)?;
        Ok(self)
    }

    /// Does not enter this directory.
    pub(crate) fn prune(mut self, directory: &Path) -> Self {
        self.pruned = fs::canonicalize(directory).ok();
        self
    }

    /// What is found, path by path.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Found> {
        self.paths.iter().flat_map(|path| self.one(path))
    }

    /// What is found at one path.
    pub(super) fn one<'a>(&'a self, typed: &'a Path) -> Box<dyn Iterator<Item = Found> + 'a> {
        match fs::metadata(typed) {
            Ok(metadata) if metadata.is_dir() => Box::new(self.directory(typed)),
            Ok(metadata) => {
                let relative = PathBuf::from(typed.file_name().unwrap_or(typed.as_os_str()));
                let wanted = self.wants(&relative);
                let (path, bytes) = (typed.to_owned(), metadata.len());
                let state = state(&path, &metadata);
                let changed = changed(&metadata);
                let found = Found::File { path, bytes, is_typed: true, relative, state, changed };
                Box::new(wanted.then_some(found).into_iter())
            }
            Err(error) => Box::new(std::iter::once(failed(typed.to_owned(), error))),
        }
    }

    /// What is found in one directory of those that were typed or below; `deep`, also in those below it.
    pub(crate) fn within<'a>(
        &'a self,
        directory: &'a Path,
        deep: bool,
    ) -> impl Iterator<Item = Found> + 'a {
        let depth = if deep { usize::MAX } else { 1 };
        let root = self.paths.iter().find(|root| directory.starts_with(root));
        let root = root.filter(|root| {
            let mut between = directory.ancestors().take_while(|ancestor| ancestor != root);
            between.all(|ancestor| {
                let name = ancestor.file_name().unwrap_or_default();
                let is_link = !self.follow && ancestor.is_symlink();
                !is_link && self.enters_path(root, ancestor, name, true)
            })
        });
        root.into_iter().flat_map(move |root| self.below(root, directory, depth))
    }

    fn directory<'a>(&'a self, root: &'a Path) -> impl Iterator<Item = Found> + 'a {
        self.below(root, root, usize::MAX)
    }

    fn below<'a>(
        &'a self,
        root: &'a Path,
        directory: &'a Path,
        depth: usize,
    ) -> impl Iterator<Item = Found> + 'a {
        WalkDir::new(directory)
            .max_depth(depth)
            .sort_by_file_name()
            .follow_links(self.follow)
            .into_iter()
            .filter_entry(move |entry| entry.depth() == 0 || self.enters(root, entry))
            .filter_map(move |entry| match entry {
                Ok(entry) => self.entry(root, entry),
                Err(error) => {
                    let path = error.path().unwrap_or(root).to_owned();
                    let loops = error.loop_ancestor().is_some();
                    let error = error.into_io_error().filter(|_| !loops);
                    let error = error.map_or_else(
                        || anyhow::anyhow!("a symbolic link leads back to a directory it is in"),
                        anyhow::Error::from,
                    );
                    Some(Found::Failed { path, error })
                }
            })
    }

    /// Whether a directory is entered, or any other entry looked at.
    fn enters(&self, root: &Path, entry: &DirEntry) -> bool {
        self.enters_path(root, entry.path(), entry.file_name(), entry.file_type().is_dir())
    }

    fn enters_path(&self, root: &Path, path: &Path, name: &OsStr, is_directory: bool) -> bool {
        if name.as_encoded_bytes().starts_with(b".") {
            return false;
        }
        if !is_directory {
            return true;
        }
        let relative = path.strip_prefix(root).unwrap_or(path);
        let excluded = self.exclude.as_ref().is_some_and(|globs| globs.match_path(relative));
        let pruned = self.pruned.as_ref().is_some_and(|pruned| {
            fs::canonicalize(path).is_ok_and(|directory| directory == *pruned)
        });
        !excluded && !pruned
    }

    fn entry(&self, root: &Path, entry: DirEntry) -> Option<Found> {
        let kind = entry.file_type();
        if kind.is_dir() {
            return None;
        }
        let relative = entry.path().strip_prefix(root).unwrap_or(entry.path()).to_owned();
        if !self.wants(&relative) {
            return None;
        }
        if kind.is_symlink() {
            let why = "a symbolic link, which --follow would follow";
            return Some(Found::Skipped { path: entry.into_path(), why });
        }
        if !kind.is_file() {
            // Opening a pipe waits for a writer, and a device has no end.
            return Some(Found::Skipped { path: entry.into_path(), why: "not a regular file" });
        }
        match entry.metadata() {
            Ok(metadata) => Some(Found::File {
                bytes: metadata.len(),
                state: state(entry.path(), &metadata),
                changed: changed(&metadata),
                path: entry.into_path(),
                relative,
                is_typed: false,
            }),
            Err(error) => {
                let error = error.into_io_error().unwrap_or_else(|| io::ErrorKind::Other.into());
                Some(failed(entry.into_path(), error))
            }
        }
    }

    fn wants(&self, relative: &Path) -> bool {
        self.include.as_ref().is_none_or(|globs| globs.match_path(relative))
            && !self.exclude.as_ref().is_some_and(|globs| globs.match_path(relative))
    }
}

fn failed(path: PathBuf, error: io::Error) -> Found {
    Found::Failed { path, error: error.into() }
}

/// Patterns for names and patterns for paths.
#[derive(Debug, Clone)]
struct Globs {
    names: GlobSet,
    paths: GlobSet,
}

impl Globs {
    fn new(patterns: &[String]) -> Result<Option<Self>> {
        if patterns.is_empty() {
            return Ok(None);
        }
        let (mut names, mut paths) = (GlobSetBuilder::new(), GlobSetBuilder::new());
        for pattern in patterns {
            let glob = GlobBuilder::new(pattern.trim_start_matches('/'))
                .literal_separator(true)
                .build()
                .with_context(|| format!("the pattern {pattern:?} is not a glob"))?;
            if pattern.contains('/') { &mut paths } else { &mut names }.add(glob);
        }
        Ok(Some(Self { names: names.build()?, paths: paths.build()? }))
    }

    fn match_path(&self, relative: &Path) -> bool {
        let name = relative.file_name().map_or(relative, Path::new);
        self.names.is_match(name) || self.paths.is_match(relative)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Draws a tree, one path a line, `/` at the end for a directory and `->` for a link.
    fn tree(paths: &[&str]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for path in paths {
            if let Some((link, target)) = path.split_once("->") {
                #[cfg(unix)]
                std::os::unix::fs::symlink(target, root.path().join(link)).unwrap();
                continue;
            }
            let full = root.path().join(path);
            fs::create_dir_all(full.parent().unwrap()).unwrap();
            fs::write(full, path).unwrap();
        }
        root
    }

    fn found(root: &Path, walk: &Walk) -> Vec<String> {
        let below = |path: &Path| path.strip_prefix(root).unwrap().display().to_string();
        let show = |found| match found {
            Found::File { path, .. } => below(&path),
            Found::Skipped { path, .. } => format!("skipped {}", below(&path)),
            Found::Failed { path, .. } => format!("failed {}", below(&path)),
        };
        walk.iter().map(show).collect()
    }

    #[test]
    fn walks_in_the_order_of_names_past_what_is_hidden() {
        let root = tree(&["b.jpg", "a/z.png", "a/.secret.png", ".hidden/x.jpg", "a.txt", "B.jpg"]);
        let walk = Walk::new(vec![root.path().to_owned()]);
        assert_eq!(found(root.path(), &walk), ["B.jpg", "a/z.png", "a.txt", "b.jpg"]);
        let typed = Walk::new(vec![root.path().join("a/.secret.png"), root.path().join(".hidden")]);
        assert_eq!(found(root.path(), &typed), ["a/.secret.png", ".hidden/x.jpg"]);
        let missing = Walk::new(vec![root.path().join("nowhere")]);
        assert_eq!(found(root.path(), &missing), ["failed nowhere"]);
    }

    #[test]
    fn patterns_compare_names_or_paths() {
        let root = tree(&["a.jpg", "a.png", "raw/b.jpg", "raw/deep/c.jpg", "d/raw.jpg"]);
        let of = |include: &[&str], exclude: &[&str]| {
            let own = |globs: &[&str]| globs.iter().map(|&g| g.into()).collect::<Vec<String>>();
            let walk = Walk::new(vec![root.path().to_owned()]);
            found(root.path(), &walk.globs(&own(include), &own(exclude)).unwrap())
        };
        assert_eq!(of(&["*.png"], &[]), ["a.png"]);
        assert_eq!(of(&["*.jpg"], &["raw"]), ["a.jpg", "d/raw.jpg"]);
        assert_eq!(of(&["raw/*.jpg"], &[]), ["raw/b.jpg"]);
        assert_eq!(of(&["raw/**"], &[]), ["raw/b.jpg", "raw/deep/c.jpg"]);
        assert_eq!(of(&["/a.*"], &["*.png"]), ["a.jpg"]);
        assert!(Walk::new(vec![]).globs(&["[".into()], &[]).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_only_when_asked() {
        let root = tree(&["a/x.jpg", "link->a", "loop->.", "nowhere->gone", "file->a/x.jpg"]);
        let walk = Walk::new(vec![root.path().to_owned()]);
        assert_eq!(
            found(root.path(), &walk),
            ["a/x.jpg", "skipped file", "skipped link", "skipped loop", "skipped nowhere"]
        );
        assert_eq!(
            found(root.path(), &walk.follow(true)),
            ["a/x.jpg", "file", "link/x.jpg", "failed loop", "failed nowhere"]
        );
    }
}
