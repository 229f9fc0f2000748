//! Any bytes as a picture of light: Radiance HDR or OpenEXR.
#![no_main]

use libfuzzer_sys::fuzz_target;
use portreto_core::Format;

fuzz_target!(|bytes: &[u8]| portreto_fuzz::decode(bytes, &[Format::Hdr, Format::Exr]));
