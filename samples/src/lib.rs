//! Pictures drawn by code: what the demo uploads, and what the tests decode.
//!
//! Everything here is drawn with integer arithmetic and the exactly rounded operations of IEEE 754, so
//! the same files come out on every machine. The package knows the file formats, but nothing of Portreto:
//! a fault in Portreto's own encoders cannot hide itself in its samples.
//!
//! ```
//! let samples = portreto_samples::all();
//! assert!(samples.iter().any(|sample| sample.name == "orientation-6.jpg"));
//! ```

mod avif;
mod bomb;
mod exif;
mod icc;
mod jpeg;
mod png;
mod scene;
mod set;

pub use crate::{
    avif::{
        Av1, AvifSampling, HeifItem, heif, heif_alpha_property, heif_box, heif_nclx, heif_size,
    },
    bomb::{
        gif_claiming, jpeg_claiming, png_bomb, png_claiming, png_icc_bomb,
        progressive_jpeg_claiming,
    },
    exif::{camera_exif, exif_with_orientation, turn_away},
    icc::{display_p3_profile, gray_profile, srgb_profile, swapped_rgb_profile},
    jpeg::{
        JpegOptions, cmyk_jpeg, gray_jpeg, jpeg, jpeg_in_split_scans, jpeg_with_orientation,
        with_exif, with_icc, ycck_jpeg,
    },
    png::{PngColor, PngDepth, png, png_chunk, png_with_orientation, with_chunk},
    scene::{chart, checked_by_bayer, posterized, soft_disc},
    set::{Sample, all},
};
