//! Any bytes as a JPEG at all scales at once: planes of the right size or nothing, never a panic; and every scale is the
//! same alone.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| portreto_fuzz::jpeg_scaled(bytes));
