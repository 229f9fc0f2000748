//! The shortest Huffman code for counted symbols (ITU-T T.81, Annex K.2).

pub(super) struct Code {
    /// Of each length from 1 to 16, the number of codes.
    pub(super) n_of_length: [u8; 16],
    /// In the order of their codes.
    pub(super) symbols: Vec<u8>,
    /// Code and length of each symbol that was counted.
    pub(super) of: [(u16, u8); 256],
}

/// A symbol that never comes, and takes the code of only ones, which is forbidden.
const RESERVED: usize = 256;

impl Code {
    pub(super) fn new(counts: &[u32; 256]) -> Self {
        let lengths = lengths(counts);
        let mut symbols: Vec<u8> =
            (0..=255).filter(|&symbol| counts[usize::from(symbol)] > 0).collect();
        symbols.sort_by_key(|&symbol| (lengths[usize::from(symbol)], symbol));
        let n_of_length = if symbols.is_empty() { [0; 16] } else { limited(&lengths) };

        let mut of = [(0, 0); 256];
        let mut code = 0_u32;
        let mut left = symbols.iter();
        for (length, &n) in (1..).zip(&n_of_length) {
            for &symbol in left.by_ref().take(n.into()) {
                of[usize::from(symbol)] = (code as u16, length);
                code += 1;
            }
            code <<= 1;
        }
        Self { n_of_length, symbols, of }
    }
}

/// Figure K.1: the length of each code, which may be above 16.
fn lengths(counts: &[u32; 256]) -> [u16; RESERVED + 1] {
    let mut weights = [0_u64; RESERVED + 1];
    for (weight, &count) in weights.iter_mut().zip(counts) {
        *weight = count.into();
    }
    weights[RESERVED] = 1;
    let mut lengths = [0; RESERVED + 1];
    // Which symbols hang below each.
    let mut groups: Vec<Vec<usize>> = (0..=RESERVED).map(|symbol| vec![symbol]).collect();
    // Of the lightest, the one with the greatest number.
    let lightest = |weights: &[u64], but: usize| {
        (0..=RESERVED)
            .rev()
            .filter(|&at| weights[at] > 0 && at != but)
            .min_by_key(|&at| weights[at])
    };
    while let Some(first) = lightest(&weights, usize::MAX)
        && let Some(second) = lightest(&weights, first)
    {
        weights[second] += weights[first];
        weights[first] = 0;
        let below = std::mem::take(&mut groups[first]);
        groups[second].extend(below);
        for &symbol in &groups[second] {
            lengths[symbol] += 1;
        }
    }
    lengths
}

/// Figures K.2 and K.3: the number of codes of each length, none above 16, without the reserved one.
fn limited(lengths: &[u16; RESERVED + 1]) -> [u8; 16] {
    let mut n_of = [0_u16; RESERVED + 2];
    for &length in lengths.iter().filter(|&&length| length > 0) {
        n_of[usize::from(length)] += 1;
    }
    for length in (17..n_of.len()).rev() {
        while n_of[length] > 0 {
            // Two siblings: one moves to their parent, the other beside a shorter code, one of which moves down.
            let shorter = (1..length - 1).rev().find(|&shorter| n_of[shorter] > 0).unwrap_or(1);
            n_of[length] -= 2;
            n_of[length - 1] += 1;
            n_of[shorter + 1] += 2;
            n_of[shorter] -= 1;
        }
    }
    if let Some(longest) = n_of[..17].iter().rposition(|&n| n > 0) {
        n_of[longest] -= 1;
    }
    std::array::from_fn(|at| n_of[at + 1] as u8)
}
