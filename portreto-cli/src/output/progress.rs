//! The progress bar.

use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

/// How far the work is: files and bytes. Shown on a terminal only. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Progress {
    bytes: ProgressBar,
    files: ProgressBar,
}

impl Progress {
    /// A bar among `bars`; nothing is drawn when `quiet` or when stderr is no terminal.
    pub(crate) fn new(bars: &MultiProgress, quiet: bool) -> Self {
        if quiet || bars.is_hidden() {
            return Self { bytes: ProgressBar::hidden(), files: ProgressBar::hidden() };
        }
        let style = |template: &str| {
            ProgressStyle::with_template(template)
                .unwrap_or_else(|_| ProgressStyle::default_bar())
                .progress_chars("=> ")
        };
        let bytes = bars.add(ProgressBar::new(0));
        bytes.set_style(style(
            "[{bar:30}] {bytes:>10} of {total_bytes}  {bytes_per_sec}  {eta} left",
        ));
        let files = bars.add(ProgressBar::new(0));
        files.set_style(style("{pos:>10} of {len} files"));
        bytes.enable_steady_tick(Duration::from_millis(200));
        Self { bytes, files }
    }

    /// Whether anything is drawn.
    pub(crate) fn is_visible(&self) -> bool {
        !self.files.is_hidden()
    }

    /// One more file is to be done.
    pub(crate) fn expect(&self, bytes: u64) {
        self.files.inc_length(1);
        self.bytes.inc_length(bytes);
    }

    /// One more file is done.
    pub(crate) fn done(&self, bytes: u64) {
        self.files.inc(1);
        self.bytes.inc(bytes);
    }

    /// A scrub or repair is so far: keys in place of files, and no total of bytes.
    pub(crate) fn keys(&self, state: portreto_store::scrub::Progress) {
        self.files.set_length(state.keys_expected());
        self.files.set_position(state.keys_done);
        self.bytes.set_length(state.bytes_read);
        self.bytes.set_position(state.bytes_read);
    }

    /// So many pictures of so many are done.
    pub(crate) fn pictures(&self, n_done: u64, n_all: u64) {
        self.files.set_length(n_all.max(n_done));
        self.files.set_position(n_done);
    }

    /// Takes the bar off the screen.
    pub(crate) fn clear(&self) {
        self.bytes.finish_and_clear();
        self.files.finish_and_clear();
    }
}
