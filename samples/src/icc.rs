//! ICC profiles.

use moxcms::{ColorProfile, ProfileText};

/// Display P3: wider than sRGB in red and green, with sRGB's curve.
#[must_use]
pub fn display_p3_profile() -> Vec<u8> {
    encoded(ColorProfile::new_display_p3(), "Display P3")
}

/// sRGB itself.
#[must_use]
pub fn srgb_profile() -> Vec<u8> {
    encoded(ColorProfile::new_srgb(), "sRGB")
}

/// sRGB with the primaries of red and green exchanged: a picture that ignores it shows false colors.
#[must_use]
pub fn swapped_rgb_profile() -> Vec<u8> {
    let mut profile = ColorProfile::new_srgb();
    std::mem::swap(&mut profile.red_colorant, &mut profile.green_colorant);
    profile.cicp = None;
    encoded(profile, "red and green exchanged")
}

/// A gray profile whose curve is a power function.
#[must_use]
pub fn gray_profile(gamma: f32) -> Vec<u8> {
    encoded(ColorProfile::new_gray_with_gamma(gamma), "gray")
}

fn encoded(mut profile: ColorProfile, name: &str) -> Vec<u8> {
    profile.description = Some(ProfileText::PlainString(name.to_owned()));
    let mut bytes = profile.encode().expect("a built-in profile can be written");
    // When it was made (ICC.1:2022, section 7.2.10): always the same moment.
    bytes[24..36].copy_from_slice(&[0x07, 0xEA, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0]);
    bytes
}
