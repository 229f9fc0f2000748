//! What the machine's vector unit can do.

#[cfg(target_arch = "x86_64")]
use super::wavefront::{Avx2, Avx512, avx2, avx512};
use super::wavefront::{Instructions, Plain};

/// A set of vector instructions that this machine has. All of them give the same bytes.
#[derive(Debug, Clone, Copy)]
pub struct Level(pub(crate) Room);

/// Where the instructions are used, and the proof that they are there.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Room {
    Plain,
    #[cfg(target_arch = "x86_64")]
    Avx2(Avx2),
    #[cfg(target_arch = "x86_64")]
    Avx512(Avx512),
}

impl Level {
    /// What every machine of its kind has: SSE2 on x86-64, NEON on aarch64.
    pub const PLAIN: Self = Self(Room::Plain);

    /// The best that this machine has.
    #[must_use]
    pub fn best() -> Self {
        Self::all().last().copied().unwrap_or(Self::PLAIN)
    }

    /// All that this machine has, the plain one first.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let mut levels = vec![Self::PLAIN];
        #[cfg(target_arch = "x86_64")]
        {
            levels.extend(Avx2::new().map(Room::Avx2).map(Self));
            levels.extend(Avx512::new().map(Room::Avx512).map(Self));
        }
        levels
    }

    /// With how many colors a full search in all lanes is faster than a table of cells.
    pub(crate) const fn quick_colors(self) -> usize {
        match self.0 {
            Room::Plain => 0,
            #[cfg(target_arch = "x86_64")]
            Room::Avx2(_) => 64,
            #[cfg(target_arch = "x86_64")]
            Room::Avx512(_) => 256,
        }
    }

    /// Runs code that was compiled for these instructions.
    pub(crate) fn run(self, code: impl Instructions) {
        match self.0 {
            Room::Plain => code.run(Plain),
            #[cfg(target_arch = "x86_64")]
            Room::Avx2(lanes) => avx2::run(lanes, code),
            #[cfg(target_arch = "x86_64")]
            Room::Avx512(lanes) => avx512::run(lanes, code),
        }
    }

    /// `plain`, `avx2` or `avx512`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self.0 {
            Room::Plain => "plain",
            #[cfg(target_arch = "x86_64")]
            Room::Avx2(_) => "avx2",
            #[cfg(target_arch = "x86_64")]
            Room::Avx512(_) => "avx512",
        }
    }
}
