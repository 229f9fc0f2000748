//! The door to stderr.

use std::{
    fmt,
    fs::File,
    io::{self, Write},
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use anstyle::{AnsiColor, Style};
use anyhow::{Context as _, Result};
use indicatif::MultiProgress;
use portreto_store::{Clock, SystemClock};

use super::{escape, hint::Hinted, one_line, path_text};

/// Speaks to the person at the terminal. Cheap to clone.
///
/// Failing to speak is never an error: there is nobody left to tell.
#[derive(Debug, Clone)]
pub(crate) struct Talk {
    bars: MultiProgress,
    quiet: bool,
    log: Option<Arc<Mutex<File>>>,
}

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default().bold();

impl Talk {
    /// The process's stderr; `bars` are taken off the screen while lines are written. When `quiet`, only
    /// errors and warnings are said.
    pub(crate) fn new(bars: MultiProgress, quiet: bool) -> Self {
        Self { bars, quiet, log: None }
    }

    /// Appends all that is said to a file as well, also what is not said when quiet.
    ///
    /// # Errors
    ///
    /// When it cannot be opened.
    pub(crate) fn with_log(mut self, path: &Path) -> Result<Self> {
        let file = File::options().create(true).append(true).open(path);
        let file = file.with_context(|| format!("cannot open the log {}", path_text(path)))?;
        self.log = Some(Arc::new(Mutex::new(file)));
        Ok(self)
    }

    /// Says something to the log only.
    pub(crate) fn log(&self, text: impl fmt::Display) {
        if self.log.is_some() {
            self.write_log(&escape(&text.to_string()));
        }
    }

    fn write_log(&self, line: &str) {
        let Some(log) = &self.log else { return };
        let line = format!("{:.3} {line}\n", SystemClock.now());
        let mut file = log.lock().unwrap_or_else(PoisonError::into_inner);
        // In one call: lines of several processes do not mix.
        let _ = file.write_all(line.as_bytes());
    }

    /// Whether only errors and warnings are said.
    pub(crate) fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// What is good to know.
    pub(crate) fn note(&self, text: impl fmt::Display) {
        if self.quiet {
            self.log(text);
        } else {
            self.say(Style::new(), "", &text.to_string());
        }
    }

    /// What is not as it should be, although the work goes on.
    pub(crate) fn warning(&self, text: impl fmt::Display) {
        self.say(WARNING, "warning: ", &text.to_string());
    }

    /// What the user can do.
    pub(crate) fn hint(&self, text: impl fmt::Display) {
        self.say(HINT, "hint: ", &text.to_string());
    }

    /// An error with its causes, and what can be done about it when that is known.
    pub(crate) fn error(&self, error: &anyhow::Error) {
        self.say(ERROR, "error: ", &one_line(error.as_ref()));
        if let Some(hinted) = error.chain().find_map(|cause| cause.downcast_ref::<Hinted>()) {
            self.hint(hinted.hint());
        }
    }

    /// An item that failed, and why.
    pub(crate) fn failure(&self, item: impl fmt::Display, why: impl fmt::Display) {
        self.say(ERROR, "error: ", &format!("{item}: {why}"));
    }

    fn say(&self, style: Style, label: &str, text: &str) {
        self.log(format_args!("{label}{text}"));
        self.bars.suspend(|| {
            let mut stderr = anstream::stderr().lock();
            let _ = writeln!(stderr, "{style}{label}{style:#}{}", escape(text));
        });
    }
}

/// Lets `tracing` speak through the same door.
impl Write for Talk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.log.is_some() {
            let text = anstream::adapter::strip_bytes(bytes).into_vec();
            self.write_log(String::from_utf8_lossy(&text).trim_end());
        }
        self.bars.suspend(|| anstream::stderr().lock().write_all(bytes))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
