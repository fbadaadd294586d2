//! A path that is read prints as one that reads the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use roster::scim::path::PatchPath;
use roster_fuzz::{under_each_profile, without_limits};

fuzz_target!(|text: &str| {
    under_each_profile(|context| {
        if let Ok(read) = PatchPath::parse(text, context) {
            let printed = read.to_string();
            assert_eq!(without_limits(|context| PatchPath::parse(&printed, context)), Ok(read), "{printed}");
        }
    });
});
