//! Any text, and any JSON, as a transform: what is read is printed in one way, and read again as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| portreto_fuzz::transform_text(text));
