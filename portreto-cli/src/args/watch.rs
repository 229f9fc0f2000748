use std::path::PathBuf;

use clap::Args;

use super::Intake;

/// Keep uploading what appears in directories, until Ctrl-C
///
/// Uploads what is in the directories and then what is added to them or changed, each file when it has not changed for
/// some seconds. Hidden files are passed over, files that are no pictures are left alone. What the system does not tell of
/// (network file systems do not) is found when everything is looked through again. Exit code 0 after Ctrl-C, or 1 when
/// some files failed.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Watch {
    /// Directories
    #[arg(required = true, value_name = "DIR")]
    pub(crate) directories: Vec<PathBuf>,

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

    /// How long a file must not have changed, such as 3s
    #[arg(long, value_name = "TIME", default_value = "3s")]
    pub(crate) settle: jiff::SignedDuration,

    /// Look through everything again so often, such as 10m
    #[arg(long, value_name = "TIME", default_value = "10m")]
    pub(crate) rescan: jiff::SignedDuration,

    #[command(flatten)]
    pub(crate) intake: Intake,

    /// Print one JSON object for each file, and a summary in the end
    #[arg(long)]
    pub(crate) json: bool,
}

const EXAMPLES: &str = "\
Example:
  portreto watch ~/Pictures/Camera --label phone";
