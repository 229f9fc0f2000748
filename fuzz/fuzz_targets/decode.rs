//! Any bytes as a picture of any format.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| portreto_fuzz::decode(bytes, &[]));
