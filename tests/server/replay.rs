//! Real clients' requests, replayed: every transcript with its vendor's profile and with `generic`.

use std::path::PathBuf;

use conformance::client::Client;
use conformance::replay::{Options, replay};
use conformance::transcript::Transcript;

use crate::support::{Server, on_both};

fn transcripts() -> Vec<PathBuf> {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/conformance/transcripts");
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|kind| kind == "json")).collect();
    files.sort();
    assert!(files.len() >= 30, "the transcripts are there");
    files
}

/// The profile that an administrator would choose for the client.
fn profile_of(name: &str) -> &'static str {
    match name.split('-').next() {
        Some("entra" | "microsoft") => "entra",
        Some("okta") => "okta",
        _ => "generic",
    }
}

#[test]
fn every_transcript_passes_strictly_with_its_vendors_profile_and_with_generic() {
    on_both(|backend| {
        let server = Server::start(backend);
        let client = Client::new(&server.scim()).unwrap();
        let mut bad = Vec::new();
        for path in transcripts() {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let transcript = Transcript::read(&path).unwrap();
            let mut profiles = vec!["generic", profile_of(&name)];
            profiles.dedup();
            for profile in profiles {
                let options = Options { strict: true, ..Options::new(Some(server.token(profile))) };
                let outcome = replay(&transcript, &name, &client, &options).unwrap();
                if !outcome.is_good() {
                    bad.push(format!("with {profile}: {}", outcome.text(false)));
                }
            }
        }
        assert!(bad.is_empty(), "{}", bad.join("\n"));
    });
}
