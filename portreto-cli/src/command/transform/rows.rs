//! `--matrix FILE` and `--kernel FILE`: numbers in rows.

use std::{fs::File, io::Read, path::Path};

use anyhow::{Context as _, Result, ensure};
use portreto_core::transform::{Matrix, Weights};

/// A file of thresholds.
pub(super) fn matrix(path: &Path) -> Result<Matrix> {
    let rows = joined(&read(path)?);
    rows.parse().with_context(|| format!("cannot use the matrix {}", path.display()))
}

/// A file of weights, with `*` or `x` at the pixel, and a row `/ N` for the divisor.
pub(super) fn weights(path: &Path) -> Result<Weights> {
    let content = read(path)?.replace('*', "x");
    let (rows, divisor) = match content.split_once('/') {
        Some((rows, divisor)) => (rows, format!("@{}", divisor.trim())),
        None => (content.as_str(), String::new()),
    };
    let text = joined(rows) + &divisor;
    text.parse().with_context(|| format!("cannot use the kernel {}", path.display()))
}

/// The rows as transforms write them: `.` between numbers, `-` between rows.
fn joined(content: &str) -> String {
    let row = |line: &str| {
        let numbers = line.split(|at: char| at.is_whitespace() || at == ',' || at == ';');
        numbers.filter(|number| !number.is_empty()).collect::<Vec<_>>().join(".")
    };
    content.lines().map(row).filter(|row| !row.is_empty()).collect::<Vec<_>>().join("-")
}

const MAX_FILE_BYTES: u64 = 64 << 10;

fn read(path: &Path) -> Result<String> {
    let mut content = String::new();
    File::open(path)
        .and_then(|file| file.take(MAX_FILE_BYTES + 1).read_to_string(&mut content))
        .with_context(|| format!("cannot read {}", path.display()))?;
    ensure!(content.len() as u64 <= MAX_FILE_BYTES, "{} is above 64 KiB", path.display());
    Ok(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_can_be_spaced_or_comma_separated() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("rows");
        let write = |content: &str| std::fs::write(&path, content).unwrap();
        for content in ["0 2\n3 1\n", "0,2\r\n3,1", "\n 0; 2\n\t3;1 \n\n"] {
            write(content);
            assert_eq!(matrix(&path).unwrap().to_string(), "0.2-3.1", "{content:?}");
        }
        for content in ["0 * 7\n3 5 1\n/ 16\n", "0,x,7\n3,5,1", "0 * 7\n3 5 1 / 16"] {
            write(content);
            assert_eq!(weights(&path).unwrap().to_string(), "0.x.7-3.5.1", "{content:?}");
        }
        write("0 * 1\n0 0 0\n/ 2");
        assert_eq!(weights(&path).unwrap().to_string(), "0.x.1-0.0.0@2");
        write("0 2\n3\n");
        assert!(matrix(&path).unwrap_err().root_cause().to_string().contains("row 2"));
        write("7\n3 5 1");
        assert!(weights(&path).is_err());
        write(&"0 ".repeat(40_000));
        assert!(matrix(&path).unwrap_err().to_string().contains("64 KiB"));
    }
}
