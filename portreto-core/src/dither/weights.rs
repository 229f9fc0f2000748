//! An error-diffusion kernel of one's own.

use std::{fmt, str::FromStr};

use crate::{
    error::{Error, Result},
    transform::{
        text::{invalid, number, out_of_range},
        word::serde_as_text,
    },
};

/// An error-diffusion kernel: which part of a pixel's error goes to which neighbor.
///
/// 1 to 4 rows, that of the pixel first, of weights 0 to 65535; at most 7 columns before and 7 behind the pixel; nothing
/// goes to where the dither has been, which is the pixel itself and what is left of it in its row. A neighbor gets
/// `weight / divisor` of the error; where the weights sum to less than the divisor, the rest is dropped.
///
/// Its text is the matrix as papers print it, with `x` at the pixel: weights with `.` between them, `-` between
/// the rows, and `@` before the divisor, which is the sum of the weights if not said. Floyd–Steinberg's is
/// `0.x.7-3.5.1@16`.
///
/// # Examples
///
/// ```
/// use portreto_core::transform::{Dither, Weights};
///
/// let weights: Weights = "0.x.7-3.5.1@16".parse()?;
/// assert_eq!(weights.to_string(), "0.x.7-3.5.1");
/// assert_eq!(Dither::kernel(weights).to_string(), "dither:kernel:weights=0.x.7-3.5.1");
/// # Ok::<(), portreto_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Weights {
    /// Row by row; 0 at the pixel.
    matrix: Vec<u16>,
    width: usize,
    /// The column of the pixel.
    pixel: usize,
    divisor: u32,
}

/// Farthest column, either way.
pub(crate) const OWN_REACH: usize = 7;
/// Most rows, that of the pixel included.
pub(crate) const OWN_ROWS: usize = 4;

impl Weights {
    /// A kernel from its rows, the column of the pixel, and the divisor.
    ///
    /// # Errors
    ///
    /// `InvalidTransform` when a limit is not kept, the rows are not equally long, or the weights sum to nothing or to
    /// more than the divisor.
    pub fn new(rows: &[Vec<u16>], pixel: usize, divisor: u32) -> Result<Self> {
        let width = rows.first().map_or(0, Vec::len);
        if !(1..=OWN_ROWS).contains(&rows.len()) {
            return Err(out_of_range("dither weights rows", rows.len(), "1 to 4"));
        }
        if rows.iter().any(|row| row.len() != width) {
            return Err(invalid("dither weights have rows that are not equally long"));
        }
        if pixel >= width || pixel > OWN_REACH || width - pixel - 1 > OWN_REACH {
            return Err(invalid(
                "dither weights reach too far: at most 7 columns before the pixel and 7 behind",
            ));
        }
        if rows[0][..=pixel].iter().any(|&weight| weight != 0) {
            return Err(invalid(
                "dither weights of the first row must be 0 up to the pixel: they are done",
            ));
        }
        let matrix = rows.concat();
        let sum: u32 = matrix.iter().copied().map(u32::from).sum();
        if sum == 0 || sum > divisor {
            let range = "more than 0 and at most the divisor";
            return Err(out_of_range("the sum of the dither weights", sum, range));
        }
        if divisor > MAX_DIVISOR {
            return Err(out_of_range("dither weights divisor", divisor, "at most 16777216"));
        }
        Ok(Self { matrix, width, pixel, divisor })
    }

    /// What the weights are divided by.
    #[must_use]
    pub fn divisor(&self) -> u32 {
        self.divisor
    }

    fn sum(&self) -> u32 {
        self.matrix.iter().copied().map(u32::from).sum()
    }

    /// Columns ahead, rows below and weight of every neighbor that has one, in reading order.
    pub(crate) fn neighbors(&self) -> impl Iterator<Item = (i32, usize, u32)> {
        (0..).zip(&self.matrix).filter(|(_, weight)| **weight > 0).map(|(at, &weight)| {
            ((at % self.width) as i32 - self.pixel as i32, at / self.width, u32::from(weight))
        })
    }
}

const MAX_DIVISOR: u32 = 1 << 24;

impl FromStr for Weights {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (text, divisor) = match text.split_once('@') {
            Some((text, divisor)) => (text, Some(number("dither weights divisor", divisor)?)),
            None => (text, None),
        };
        let mut pixel = None;
        let mut rows = Vec::new();
        for line in text.split('-') {
            let mut row = Vec::new();
            for entry in line.split('.') {
                if entry == "x" && rows.is_empty() && pixel.is_none() {
                    pixel = Some(row.len());
                    row.push(0);
                } else {
                    let weight = number("dither weight", entry)?;
                    let narrow = u16::try_from(weight);
                    row.push(
                        narrow.map_err(|_| out_of_range("dither weight", weight, "0 to 65535"))?,
                    );
                }
            }
            rows.push(row);
        }
        let Some(pixel) = pixel else {
            return Err(invalid("dither weights need one x, at the pixel: 0.x.7-3.5.1@16"));
        };
        let sum = rows.iter().flatten().copied().map(u32::from).sum();
        Self::new(&rows, pixel, divisor.unwrap_or(sum))
    }
}

impl fmt::Display for Weights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, weight) in self.matrix.iter().enumerate() {
            let separator = match index {
                0 => "",
                _ if index % self.width == 0 => "-",
                _ => ".",
            };
            if index == self.pixel {
                write!(f, "{separator}x")?;
            } else {
                write!(f, "{separator}{weight}")?;
            }
        }
        if self.divisor == self.sum() { Ok(()) } else { write!(f, "@{}", self.divisor) }
    }
}

serde_as_text!(Weights);
