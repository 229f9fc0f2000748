//! B. Zhou, X. Fang, "Improving mid-tone quality of variable-coefficient error diffusion using threshold modulation",
//! ACM Transactions on Graphics 22(3) (SIGGRAPH 2003), pp. 437-444, doi:10.1145/1201775.882289.
//!
//! The paper gives weights and modulation at key levels; those between are interpolated, as there.

use std::sync::LazyLock;

use super::Tone;
use crate::dither::scale::fraction;

/// Zhou and Fang's weights and modulation.
pub(crate) fn zhou_fang() -> &'static [Tone] {
    static TONES: LazyLock<Vec<Tone>> = LazyLock::new(|| {
        let share = |which: usize| {
            let key = move |&(tone, weights): &(i32, [i32; 3])| {
                (tone, fraction(weights[which], weights.iter().sum()))
            };
            WEIGHTS.iter().map(key).collect::<Vec<_>>()
        };
        let (ahead, behind) = (share(0), share(1));
        let hundredths = |&(tone, strength): &(i32, i32)| (tone, strength * 65536 / 100);
        let modulation: Vec<_> = MODULATION.iter().map(hundredths).collect();
        let tone = |at| Tone {
            ahead: interpolated(&ahead, at),
            behind: interpolated(&behind, at),
            modulation: interpolated(&modulation, at),
        };
        (0..128).map(tone).collect()
    });
    &TONES
}

/// The value at `at` on the line through the keys around it, to the nearest, a half up.
fn interpolated(keys: &[(i32, i32)], at: i32) -> i32 {
    let above = keys.partition_point(|(key, _)| *key <= at).min(keys.len() - 1);
    let ((left, low), (right, high)) = (keys[above - 1], keys[above]);
    let (span, way) = (i64::from(right - left), i64::from(at - left));
    let sum = i64::from(low) * (span - way) + i64::from(high) * way;
    ((2 * sum + span) / (2 * span)) as i32
}

/// Tone, and the weights ahead, below and behind, below.
const WEIGHTS: [(i32, [i32; 3]); 19] = [
    (0, [13, 0, 5]),
    (1, [1_300_249, 0, 499_250]),
    (2, [214_114, 287, 99_357]),
    (3, [351_854, 0, 199_965]),
    (4, [801_100, 0, 490_999]),
    (10, [704_075, 297_466, 303_694]),
    (22, [46_613, 31_917, 21_469]),
    (32, [47_482, 30_617, 21_900]),
    (40, [45_959, 24_089, 29_950]),
    (44, [43_024, 42_131, 14_826]),
    (64, [36_411, 43_219, 20_369]),
    (72, [38_477, 53_843, 7_678]),
    (77, [40_503, 51_547, 7_948]),
    (85, [35_865, 34_108, 30_026]),
    (95, [34_117, 36_899, 28_983]),
    (102, [35_132, 36_059, 28_807]),
    (107, [16_477, 18_810, 14_712]),
    (112, [33_360, 37_954, 28_685]),
    (127, [35_269, 36_066, 28_664]),
];

/// Tone, and the strength of the noise in hundredths.
const MODULATION: [(i32, i32); 12] = [
    (0, 0),
    (32, 24),
    (40, 30),
    (44, 34),
    (64, 50),
    (80, 100),
    (85, 100),
    (95, 17),
    (102, 50),
    (107, 70),
    (112, 79),
    (127, 100),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of the table of all levels that the authors published as a program (2003).
    #[test]
    fn interpolation_gives_the_published_levels() {
        for (tone, ahead, behind, strength) in [
            (0, 0.722_222, 0.0, 0),
            (5, 0.606_570, 0.037_983, 3),
            (16, 0.502_780, 0.273_538, 12),
            (25, 0.468_741, 0.315_273, 18),
            (36, 0.467_212, 0.273_534, 27),
            (42, 0.444_960, 0.331_142, 32),
            (55, 0.393_907, 0.427_332, 42),
            (68, 0.374_446, 0.485_318, 62),
            (75, 0.396_934, 0.524_665, 84),
            (80, 0.387_644, 0.450_085, 100),
            (90, 0.349_914, 0.355_038, 58),
            (105, 0.338_259, 0.369_964, 62),
            (110, 0.331_980, 0.378_209, 75),
            (120, 0.343_785, 0.369_475, 90),
            (127, 0.352_694, 0.360_664, 100),
        ] {
            let found = &zhou_fang()[tone];
            assert!((f64::from(found.ahead) / 32768.0 - ahead).abs() < 5e-5, "{tone} {found:?}");
            assert!((f64::from(found.behind) / 32768.0 - behind).abs() < 5e-5, "{tone} {found:?}");
            // Whole hundredths, rounded down.
            let below = f64::from(found.modulation) / 655.36 - f64::from(strength);
            assert!((-0.01..1.0).contains(&below), "{tone} {found:?}");
        }
    }
}
