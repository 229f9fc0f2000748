//! The door to stderr.

use std::{
    fmt,
    io::{self, Write},
};

use anstyle::{AnsiColor, Style};
use indicatif::MultiProgress;

use super::{escape, hint::Hinted, one_line};

/// Speaks to the person at the terminal. Cheap to clone.
///
/// Failing to speak is never an error: there is nobody left to tell.
#[derive(Debug, Clone)]
pub(crate) struct Talk {
    bars: MultiProgress,
    quiet: bool,
}

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default().bold();

impl Talk {
    /// The process's stderr; `bars` are taken off the screen while lines are written. When `quiet`, only
    /// errors and warnings are said.
    pub(crate) fn new(bars: MultiProgress, quiet: bool) -> Self {
        Self { bars, quiet }
    }

    /// Whether only errors and warnings are said.
    pub(crate) fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// What is good to know.
    pub(crate) fn note(&self, text: impl fmt::Display) {
        if !self.quiet {
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
        self.bars.suspend(|| {
            let mut stderr = anstream::stderr().lock();
            let _ = writeln!(stderr, "{style}{label}{style:#}{}", escape(text));
        });
    }
}

/// Lets `tracing` speak through the same door.
impl Write for Talk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bars.suspend(|| anstream::stderr().lock().write_all(bytes))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
