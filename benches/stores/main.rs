//! The numbers of `benches/store-speed`: `measure-stores DIR ROUNDS` measures on the disk that DIR is on, and prints
//! Markdown tables.
//!
//! In turns, medians. What is read from the disk is put out of the system's cache before.

mod bucket;
mod cache;
mod read;
mod scrub;

use std::{
    env,
    io::{self, Write},
    path::Path,
    process::ExitCode,
    time::Instant,
};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let done = match arguments.as_slice() {
        [directory, rounds] => measure(Path::new(directory), rounds),
        _ => Err("usage: measure-stores DIR ROUNDS".into()),
    };
    if let Err(error) = done {
        let _ = writeln!(io::stderr(), "measure-stores: {error}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn measure(directory: &Path, rounds: &str) -> Result<()> {
    let rounds = rounds.parse().ok().filter(|rounds| (1..=1000).contains(rounds));
    let rounds: usize = rounds.ok_or("ROUNDS is 1 to 1000")?;
    // Removed in the end: file systems that discard blocks at once are slow for a while after that.
    let work = tempfile::tempdir_in(directory)?;
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(scrub::table(work.path(), rounds))?;
    runtime.block_on(read::table(work.path(), rounds))
}

/// Prints a line of a table.
fn say(line: &str) -> Result<()> {
    Ok(writeln!(io::stdout(), "{line}")?)
}

/// Bytes a second, in megabytes, since `begin`.
fn speed(bytes: u64, begin: Instant) -> f64 {
    bytes as f64 / 1e6 / begin.elapsed().as_secs_f64()
}

/// The middle one of some measurements.
fn median(mut of: Vec<f64>) -> f64 {
    of.sort_by(f64::total_cmp);
    let middle = of.len() / 2;
    if of.len().is_multiple_of(2) { of[middle - 1].midpoint(of[middle]) } else { of[middle] }
}

/// So many bytes that are like no others.
fn noise(rng: &mut impl rand::Rng, bytes: usize) -> Vec<u8> {
    let mut noise = vec![0; bytes];
    rng.fill_bytes(&mut noise);
    noise
}
