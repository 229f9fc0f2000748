//! How good a dither is, as numbers.
//!
//! Two families: what is left of the difference to the photo when it is seen from a distance ([`blurred_psnr`],
//! [`blurred_ssim`], [`wsnr`]), and what the pattern on a flat gray is like ([`tone_error`], [`Spectrum`]).

mod blur;
mod contrast;
mod flat;
mod plane;
mod similarity;
mod spectrum;

pub use self::{
    blur::blurred,
    contrast::{PIXELS_PER_DEGREE, wsnr},
    flat::{FLAT_SIDE, GRAYS, flat, interior, tone_error},
    plane::Plane,
    similarity::{blurred_psnr, blurred_ssim, psnr, ssim},
    spectrum::{Spectrum, TILE},
};
