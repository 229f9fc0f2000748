//! A matrix of thresholds of one's own.

use std::{fmt, str::FromStr};

use crate::{
    error::{Error, Result},
    transform::{
        text::{invalid, number, out_of_range},
        word::serde_as_text,
    },
};

/// A matrix of thresholds that ordered dither repeats over the picture: 1 to 64 rows of 1 to 64 numbers, each
/// 0 to 65535.
///
/// Only the order and the distances of the numbers matter: `v` becomes the threshold
/// `(2·(v − least) + 1) / (2·(greatest − least + 1))`, so that the numbers 0 to n − 1, or 1 to n, each once, are the
/// matrices as books print them.
///
/// Its text is the numbers with `.` between them, and `-` between the rows: `0.2-3.1`.
///
/// # Examples
///
/// ```
/// use portreto_core::transform::{Dither, Matrix};
///
/// let matrix = Matrix::new(&[vec![0, 2], vec![3, 1]])?;
/// assert_eq!(matrix.to_string(), "0.2-3.1");
/// assert_eq!(Dither::ordered(matrix).to_string(), "dither:ordered:matrix=0.2-3.1");
/// # Ok::<(), portreto_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Matrix {
    width: usize,
    values: Vec<u16>,
}

/// Most rows, and most numbers in a row.
const MAX_SIDE: usize = 64;

impl Matrix {
    /// A matrix from its rows.
    ///
    /// # Errors
    ///
    /// `InvalidTransform` when there are no rows or too many, or they are not equally long.
    pub fn new(rows: &[Vec<u16>]) -> Result<Self> {
        let width = rows.first().map_or(0, Vec::len);
        if !(1..=MAX_SIDE).contains(&rows.len()) || !(1..=MAX_SIDE).contains(&width) {
            let size = format!("{width}x{}", rows.len());
            return Err(out_of_range("dither matrix", size, "1x1 to 64x64"));
        }
        match rows.iter().position(|row| row.len() != width) {
            Some(row) => Err(invalid(format!(
                "row {} of the dither matrix has {} numbers, but the first has {width}",
                row + 1,
                rows[row].len()
            ))),
            None => Ok(Self { width, values: rows.concat() }),
        }
    }

    /// The rows, from the top.
    pub fn rows(&self) -> impl Iterator<Item = &[u16]> {
        self.values.chunks_exact(self.width)
    }

    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// Row by row, from 0.
    pub(crate) fn ranks(&self) -> impl Iterator<Item = u32> {
        let least = self.values.iter().copied().min().unwrap_or(0);
        self.values.iter().map(move |value| u32::from(value - least))
    }
}

impl FromStr for Matrix {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let value = |text: &str| {
            let value = number("dither matrix entry", text)?;
            u16::try_from(value)
                .map_err(|_| out_of_range("dither matrix entry", value, "0 to 65535"))
        };
        let row = |text: &str| text.split('.').map(value).collect::<Result<Vec<_>>>();
        Self::new(&text.split('-').map(row).collect::<Result<Vec<_>>>()?)
    }
}

impl fmt::Display for Matrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, value) in self.values.iter().enumerate() {
            let separator = match index {
                0 => "",
                _ if index % self.width == 0 => "-",
                _ => ".",
            };
            write!(f, "{separator}{value}")?;
        }
        Ok(())
    }
}

serde_as_text!(Matrix);
