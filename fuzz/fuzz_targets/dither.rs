//! Any small picture, dithered in any way: the engine computes what the plain definition says.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| portreto_fuzz::dither(bytes));
