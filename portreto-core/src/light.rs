//! Between sRGB values and light.
//!
//! The tables are made with `libm`, whose results are the same on every machine.

use std::sync::LazyLock;

/// Linear light, 0 to 65535, of each 16-bit sRGB value.
static LINEAR: LazyLock<Vec<u16>> =
    LazyLock::new(|| (0..=u16::MAX).map(|value| scaled(value, to_linear)).collect());

/// 16-bit sRGB value of each amount of linear light, 0 to 65535.
static SRGB: LazyLock<Vec<u16>> =
    LazyLock::new(|| (0..=u16::MAX).map(|light| scaled(light, to_srgb)).collect());

/// Linear light, 0 to 65535, of a 16-bit sRGB value: a table of 65536 entries.
pub(crate) fn linear_of_srgb() -> &'static [u16] {
    &LINEAR
}

/// 16-bit sRGB value of linear light: a table of 65536 entries.
pub(crate) fn srgb_of_linear() -> &'static [u16] {
    &SRGB
}

/// An 8-bit sample as 16 bits: exact, as 255 × 257 = 65535.
pub(crate) const fn widen(sample: u8) -> u16 {
    sample as u16 * 257
}

/// A 16-bit sample as the nearest of 8 bits.
pub(crate) const fn narrow(sample: u16) -> u8 {
    ((sample as u32 + 128) / 257) as u8
}

fn scaled(value: u16, curve: fn(f64) -> f64) -> u16 {
    libm::round(curve(f64::from(value) / 65535.0) * 65535.0) as u16
}

/// Linear light, 0 to 1, of sRGB, 0 to 1 (IEC 61966-2-1:1999, 5.2).
pub(crate) fn to_linear(value: f64) -> f64 {
    if value <= 0.040_45 { value / 12.92 } else { libm::pow((value + 0.055) / 1.055, 2.4) }
}

/// IEC 61966-2-1:1999, 5.3.
pub(crate) fn to_srgb(light: f64) -> f64 {
    if light <= 0.003_130_8 { light * 12.92 } else { 1.055 * libm::pow(light, 1.0 / 2.4) - 0.055 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_bits_survive_the_way_there_and_back() {
        for value in 0..=255 {
            let light = linear_of_srgb()[widen(value) as usize];
            assert_eq!(narrow(srgb_of_linear()[light as usize]), value);
            assert_eq!(narrow(widen(value)), value);
        }
    }

    #[test]
    fn half_the_light_is_the_value_that_every_table_prints() {
        // 0.5 of linear light is sRGB 187.5 of 255.
        assert_eq!(narrow(srgb_of_linear()[32768]), 188);
        assert_eq!((LINEAR[0], LINEAR[65535], SRGB[0], SRGB[65535]), (0, 65535, 0, 65535));
    }
}
