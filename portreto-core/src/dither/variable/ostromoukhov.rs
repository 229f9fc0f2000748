//! V. Ostromoukhov, "A simple and efficient error-diffusion algorithm", SIGGRAPH 2001, pp. 567-572,
//! doi:10.1145/383259.383326, appendix I.

use std::sync::LazyLock;

use super::{Tone, fraction};

/// Ostromoukhov's weights as [`Tone`]s, without noise.
pub(crate) fn ostromoukhov() -> &'static [Tone] {
    static TONES: LazyLock<Vec<Tone>> = LazyLock::new(|| {
        let tone = |&[ahead, behind, below]: &[u16; 3]| {
            let of_all = |weight: u16| {
                fraction(i32::from(weight), i32::from(ahead) + i32::from(behind) + i32::from(below))
            };
            Tone { ahead: of_all(ahead), behind: of_all(behind), modulation: 0 }
        };
        WEIGHTS.iter().map(tone).collect()
    });
    &TONES
}

/// For each tone from 0 to 127: ahead, below and behind, below.
#[rustfmt::skip]
const WEIGHTS: [[u16; 3]; 128] = [
    [13, 0, 5], [13, 0, 5], [21, 0, 10], [7, 0, 4],
    [8, 0, 5], [47, 3, 28], [23, 3, 13], [15, 3, 8],
    [22, 6, 11], [43, 15, 20], [7, 3, 3], [501, 224, 211],
    [249, 116, 103], [165, 80, 67], [123, 62, 49], [489, 256, 191],
    [81, 44, 31], [483, 272, 181], [60, 35, 22], [53, 32, 19],
    [237, 148, 83], [471, 304, 161], [3, 2, 1], [481, 314, 185],
    [354, 226, 155], [1389, 866, 685], [227, 138, 125], [267, 158, 163],
    [327, 188, 220], [61, 34, 45], [627, 338, 505], [1227, 638, 1075],
    [20, 10, 19], [1937, 1000, 1767], [977, 520, 855], [657, 360, 551],
    [71, 40, 57], [2005, 1160, 1539], [337, 200, 247], [2039, 1240, 1425],
    [257, 160, 171], [691, 440, 437], [1045, 680, 627], [301, 200, 171],
    [177, 120, 95], [2141, 1480, 1083], [1079, 760, 513], [725, 520, 323],
    [137, 100, 57], [2209, 1640, 855], [53, 40, 19], [2243, 1720, 741],
    [565, 440, 171], [759, 600, 209], [1147, 920, 285], [2311, 1880, 513],
    [97, 80, 19], [335, 280, 57], [1181, 1000, 171], [793, 680, 95],
    [599, 520, 57], [2413, 2120, 171], [405, 360, 19], [2447, 2200, 57],
    [11, 10, 0], [158, 151, 3], [178, 179, 7], [1030, 1091, 63],
    [248, 277, 21], [318, 375, 35], [458, 571, 63], [878, 1159, 147],
    [5, 7, 1], [172, 181, 37], [97, 76, 22], [72, 41, 17],
    [119, 47, 29], [4, 1, 1], [4, 1, 1], [4, 1, 1],
    [4, 1, 1], [4, 1, 1], [4, 1, 1], [4, 1, 1],
    [4, 1, 1], [4, 1, 1], [65, 18, 17], [95, 29, 26],
    [185, 62, 53], [30, 11, 9], [35, 14, 11], [85, 37, 28],
    [55, 26, 19], [80, 41, 29], [155, 86, 59], [5, 3, 2],
    [5, 3, 2], [5, 3, 2], [5, 3, 2], [5, 3, 2],
    [5, 3, 2], [5, 3, 2], [5, 3, 2], [5, 3, 2],
    [5, 3, 2], [5, 3, 2], [5, 3, 2], [5, 3, 2],
    [305, 176, 119], [155, 86, 59], [105, 56, 39], [80, 41, 29],
    [65, 32, 23], [55, 26, 19], [335, 152, 113], [85, 37, 28],
    [115, 48, 37], [35, 14, 11], [355, 136, 109], [30, 11, 9],
    [365, 128, 107], [185, 62, 53], [25, 8, 7], [95, 29, 26],
    [385, 112, 103], [65, 18, 17], [395, 104, 101], [4, 1, 1],
];

#[cfg(test)]
mod tests {
    use super::*;

    /// The paper optimized these levels; what is between them it interpolated.
    const KEYS: [usize; 18] =
        [0, 1, 2, 3, 4, 10, 22, 32, 44, 64, 72, 77, 85, 95, 102, 107, 112, 127];

    #[test]
    fn between_key_levels_weights_are_interpolated() {
        let share = |tone: usize, which: usize| {
            let weights = WEIGHTS[tone].map(f64::from);
            weights[which] / weights.iter().sum::<f64>()
        };
        for keys in KEYS.windows(2) {
            for tone in keys[0]..=keys[1] {
                let way = (tone - keys[0]) as f64 / (keys[1] - keys[0]) as f64;
                for which in 0..3 {
                    let expected =
                        share(keys[0], which) * (1.0 - way) + share(keys[1], which) * way;
                    let found = share(tone, which);
                    assert!((found - expected).abs() < 1e-3, "{tone} {which}: {found} {expected}");
                }
            }
        }
    }
}
