//! The frame: which components there are, and in how many blocks each.

/// T.81, B.2.2.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) is_progressive: bool,
    pub(super) components: Vec<Component>,
    /// Units of interleaved scans, across and down.
    pub(super) units: (usize, usize),
}

/// One channel.
#[derive(Debug)]
pub(super) struct Component {
    pub(super) id: u8,
    /// Blocks of a unit, across and down.
    pub(super) sampling: (usize, usize),
    /// Samples for each pixel, across and down: 1 at most.
    pub(super) density: (f64, f64),
    /// Which divisors.
    pub(super) table: usize,
    /// Blocks that whole units have, across and down.
    pub(super) blocks: (usize, usize),
    /// Blocks that hold some of the picture: those of a scan of its own.
    pub(super) own_blocks: (usize, usize),
}

impl Frame {
    /// The frame of a segment's content; none when it is of a kind that is left to others.
    pub(super) fn read(content: &[u8], is_progressive: bool) -> Option<Self> {
        let (&[bits, h0, h1, w0, w1, count], rest) = content.split_first_chunk::<6>()?;
        let width = usize::from(u16::from_be_bytes([w0, w1]));
        let height = usize::from(u16::from_be_bytes([h0, h1]));
        if bits != 8 || width == 0 || height == 0 || !matches!(count, 1 | 3) {
            return None;
        }
        let specified = rest.get(..3 * usize::from(count))?.chunks_exact(3);
        let samplings = specified.clone().map(|component| {
            let (across, down) = (usize::from(component[1] >> 4), usize::from(component[1] & 15));
            ((1..=4).contains(&across) && (1..=4).contains(&down)).then_some((across, down))
        });
        let samplings: Vec<_> = samplings.collect::<Option<_>>()?;
        let across = samplings.iter().map(|sampling| sampling.0).max()?;
        let down = samplings.iter().map(|sampling| sampling.1).max()?;
        // Luma is the sharpest of the channels; at most ten blocks a unit (B.2.3).
        let n_blocks: usize = samplings.iter().map(|sampling| sampling.0 * sampling.1).sum();
        if samplings.first() != Some(&(across, down)) || (count > 1 && n_blocks > 10) {
            return None;
        }
        let units = (width.div_ceil(8 * across), height.div_ceil(8 * down));
        let component = |(component, sampling): (&[u8], (usize, usize))| Component {
            id: component[0],
            sampling,
            density: (sampling.0 as f64 / across as f64, sampling.1 as f64 / down as f64),
            table: component[2].into(),
            blocks: (units.0 * sampling.0, units.1 * sampling.1),
            own_blocks: (
                (width * sampling.0).div_ceil(across).div_ceil(8),
                (height * sampling.1).div_ceil(down).div_ceil(8),
            ),
        };
        let components = specified.zip(samplings).map(component).collect();
        Some(Self { width, height, is_progressive, components, units })
    }
}
