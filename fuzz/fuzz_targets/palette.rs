//! Any bytes as a palette file: an answer, never a panic; and what was read can be written and read again.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| portreto_fuzz::palette(bytes));
