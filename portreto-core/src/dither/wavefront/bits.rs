//! Bits of 64 rows in 64 columns, turned from columns into rows.

/// The transpose: bit `63 − x` of `result[y]` is bit `y` of `columns[x]`.
///
/// H. S. Warren, "Hacker's Delight", 2nd edition, 2012, 7-3: halves of blocks are exchanged, then quarters, and so on.
#[inline(always)]
pub(crate) fn transpose(columns: &[u64; 64]) -> [u64; 64] {
    let mut rows = [0; 64];
    // The first column is the highest bit, and the first row the lowest.
    for (row, column) in rows.iter_mut().zip(columns) {
        *row = column.reverse_bits();
    }
    let mut width = 32;
    let mut mask = 0x0000_0000_FFFF_FFFF_u64;
    while width > 0 {
        let mut block = 0;
        while block < 64 {
            for at in block..block + width {
                let exchanged = (rows[at] ^ rows[at + width] >> width) & mask;
                rows[at] ^= exchanged;
                rows[at + width] ^= exchanged << width;
            }
            block += 2 * width;
        }
        width /= 2;
        mask ^= mask << width;
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bit_goes_to_its_place() {
        for (x, y) in [(0, 0), (0, 63), (63, 0), (5, 40), (40, 5), (63, 63)] {
            let mut columns = [0; 64];
            columns[x] = 1 << y;
            let mut expected = [0; 64];
            expected[y] = 1 << (63 - x);
            assert_eq!(transpose(&columns), expected, "{x} {y}");
        }
    }
}
