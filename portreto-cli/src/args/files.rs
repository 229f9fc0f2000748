use std::path::PathBuf;

use clap::Args;

/// Which files.
#[derive(Debug, Clone, Args)]
#[expect(clippy::struct_field_names, reason = "fields are named as their flags")]
pub(crate) struct Files {
    /// Files and directories
    #[arg(required_unless_present = "files_from", value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,

    /// Read more paths from a file, one a line; - for stdin
    #[arg(long, value_name = "FILE")]
    pub(crate) files_from: Option<PathBuf>,

    /// Paths in --files-from end with a NUL, not with the line
    ///
    /// Paths in --files-from end with a NUL, not with the line, as `find -print0` writes them.
    #[arg(short = '0', long, requires = "files_from")]
    pub(crate) null: bool,

    /// Take only what matches this glob
    ///
    /// Take only files that match this glob; may be given several times. A glob without / is compared with
    /// the name, any other with the path below the directory that was given.
    #[arg(long, value_name = "GLOB")]
    pub(crate) include: Vec<String>,

    /// Leave out what matches this glob
    ///
    /// Leave out files and directories that match this glob; may be given several times.
    #[arg(long, value_name = "GLOB")]
    pub(crate) exclude: Vec<String>,

    /// Follow symbolic links within directories
    #[arg(long)]
    pub(crate) follow: bool,
}
