//! Any bytes as a record or as a bundle of them: an envelope opens only as it was sealed, and what is in it survives.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| portreto_fuzz::record_json(bytes));
