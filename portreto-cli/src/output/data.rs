//! The door to stdout.

use std::{
    fmt,
    io::{self, BufWriter, IsTerminal, Write},
};

use indicatif::MultiProgress;
use serde::Serialize;

/// Writes the program's results to stdout.
///
/// When the reader goes away (`portreto ls | head`), the rest is dropped without a word: the exit code still
/// tells what became of the work. [`Data::is_gone`] lets a command that only shows things stop early.
pub(crate) struct Data {
    stdout: BufWriter<Box<dyn Write + Send>>,
    is_terminal: bool,
    is_gone: bool,
    bars: MultiProgress,
}

impl Data {
    /// The process's stdout; `bars` are taken off the screen while lines are written.
    pub(crate) fn new(bars: MultiProgress) -> Self {
        let stdout = io::stdout();
        let is_terminal = stdout.is_terminal();
        Self { stdout: BufWriter::new(Box::new(stdout)), is_terminal, is_gone: false, bars }
    }

    /// Whether a person sees this as it is written.
    pub(crate) fn is_terminal(&self) -> bool {
        self.is_terminal
    }

    /// Whether nobody reads any more.
    pub(crate) fn is_gone(&self) -> bool {
        self.is_gone
    }

    /// Writes one line. It may stay in a buffer until [`Data::flush`].
    pub(crate) fn line(&mut self, line: impl fmt::Display) -> io::Result<()> {
        self.write(|stdout| writeln!(stdout, "{line}"))
    }

    /// Writes one JSON value on a line of its own. It may stay in a buffer until [`Data::flush`].
    pub(crate) fn json(&mut self, value: &impl Serialize) -> io::Result<()> {
        let line = serde_json::to_string(value)?;
        self.line(line)
    }

    /// Writes bytes as they are.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write(|stdout| stdout.write_all(bytes))
    }

    /// Hands everything written so far to the operating system.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.write(Write::flush)
    }

    fn write(
        &mut self,
        act: impl FnOnce(&mut BufWriter<Box<dyn Write + Send>>) -> io::Result<()>,
    ) -> io::Result<()> {
        if self.is_gone {
            return Ok(());
        }
        let stdout = &mut self.stdout;
        let result = if self.is_terminal { self.bars.suspend(|| act(stdout)) } else { act(stdout) };
        match result {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.is_gone = true;
                Ok(())
            }
            result => result,
        }
    }
}

impl fmt::Debug for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Data").field("is_gone", &self.is_gone).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Pipe(io::ErrorKind);

    impl Write for Pipe {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn data(kind: io::ErrorKind) -> Data {
        let stdout: Box<dyn Write + Send> = Box::new(Pipe(kind));
        Data {
            stdout: BufWriter::new(stdout),
            is_terminal: false,
            is_gone: false,
            bars: MultiProgress::new(),
        }
    }

    #[test]
    fn a_reader_that_went_away_is_no_error_and_a_full_disk_is() {
        let mut broken = data(io::ErrorKind::BrokenPipe);
        broken.line("x").unwrap();
        broken.flush().unwrap();
        assert!(broken.is_gone());
        broken.line("y").unwrap();

        let mut full = data(io::ErrorKind::StorageFull);
        full.line("x").unwrap();
        assert_eq!(full.flush().unwrap_err().kind(), io::ErrorKind::StorageFull);
    }
}
