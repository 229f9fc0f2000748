//! What the fuzz targets do with the bytes that they are given; `fuzz_targets/` only names them. The tests do the same with
//! fewer bytes (`portreto-store/tests/fuzzed.rs`).

mod dither;
mod jpeg_scaled;
mod palette;
mod picture;
mod record_json;
mod transform_text;

pub use self::{
    dither::dither, jpeg_scaled::jpeg_scaled, palette::palette, picture::decode,
    record_json::record_json, transform_text::transform_text,
};
