//! The transcripts that are shipped.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

use conformance::json::Json;
use conformance::matcher::{VOCABULARY, matcher};
use conformance::transcript::{Step, Transcript};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("transcripts")
}

fn shipped() -> Vec<(String, Transcript)> {
    let mut shipped: Vec<_> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let transcript = Transcript::read(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
            (name, transcript)
        })
        .collect();
    shipped.sort_by(|a, b| a.0.cmp(&b.0));
    shipped
}

fn steps(transcript: &Transcript) -> impl Iterator<Item = &Step> {
    transcript.setup.iter().chain(&transcript.steps)
}

fn expectations(step: &Step) -> impl Iterator<Item = &Json> {
    let by_status = step.expect.body_when.iter().flat_map(|(_, pointers)| pointers.iter());
    step.expect.body.iter().chain(by_status).chain(step.expect.headers.iter()).map(|(_, expected)| expected)
}

/// Every value inside an expectation, itself included.
fn visit(value: &Json, look: &mut impl FnMut(&Json)) {
    look(value);
    match value {
        Json::Array(elements) => elements.iter().for_each(|element| visit(element, look)),
        Json::Object(members) => members.iter().for_each(|(_, member)| visit(member, look)),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) => {}
    }
}

#[test]
fn every_shipped_transcript_is_well_formed_and_says_what_it_rests_on() {
    let shipped = shipped();
    assert!(shipped.len() >= 20, "{}", shipped.len());
    for (name, transcript) in &shipped {
        assert_eq!(Path::new(name).extension(), Some("json".as_ref()), "{name}");
        assert!(transcript.confidence.is_some(), "{name}: no confidence");
        assert!(!transcript.scenario.is_empty() && !transcript.client.is_empty(), "{name}");
    }
    let titles: BTreeSet<_> = shipped.iter().map(|(_, t)| (&t.client, &t.scenario)).collect();
    assert_eq!(titles.len(), shipped.len(), "two transcripts of the same client and scenario");
}

#[test]
fn no_matcher_is_one_that_nothing_can_meet() {
    const TYPES: [&str; 7] = ["string", "number", "integer", "boolean", "array", "object", "null"];
    for (name, transcript) in shipped() {
        for step in steps(&transcript) {
            for expectation in expectations(step) {
                visit(expectation, &mut |value| {
                    let Some(matcher) = matcher(value) else { return };
                    let kind = matcher.get("type").map(|kind| kind.as_text().unwrap_or_default());
                    assert!(
                        kind.is_none_or(|kind| TYPES.contains(&kind)),
                        "{name}, {:?}: {value}",
                        step.name
                    );
                    let pattern = matcher.get("pattern").map(|pattern| pattern.as_text().unwrap());
                    let is_regex = |pattern: &str| fancy_regex::Regex::new(pattern).is_ok();
                    assert!(pattern.is_none_or(is_regex), "{name}, {:?}: {value}", step.name);
                    let exclusive =
                        ["values", "absent", "absentOrEmpty"].iter().any(|rule| matcher.contains(rule));
                    let ignored =
                        matcher.iter().any(|(rule, _)| rule != "values" && rule != "of") && matcher.len() > 1;
                    assert!(
                        !(exclusive && ignored),
                        "{name}, {:?}: a rule is not looked at in {value}",
                        step.name
                    );
                });
            }
        }
    }
}

#[test]
fn what_a_transcript_makes_it_takes_away() {
    for (name, transcript) in shipped() {
        let mut made = BTreeSet::new();
        for step in steps(&transcript).filter(|step| step.request.method.as_str() == "POST") {
            let captured =
                step.expect.body.get("/id").and_then(matcher).and_then(|matcher| matcher.get("capture"));
            if let Some(variable) = captured.and_then(Json::as_text) {
                made.insert(format!("{}/${{{variable}}}", step.request.path));
            }
        }
        let removed: BTreeSet<_> = transcript.teardown.iter().map(|step| step.request.path.clone()).collect();
        assert!(made.is_subset(&removed), "{name} leaves {:?}", made.difference(&removed));
    }
}

#[test]
fn names_are_of_the_run_so_that_runs_can_share_a_server() {
    for (name, transcript) in shipped() {
        let per_run = |text: &str| {
            text.contains("${run}") || text.contains("${uuid") || {
                let variable = text.trim_start_matches("${").split('}').next().unwrap_or_default();
                let definition = transcript.vars.get(variable).and_then(Json::as_text).unwrap_or_default();
                definition.contains("${run}") || definition.contains("${uuid")
            }
        };
        for step in steps(&transcript).filter(|step| step.request.method.as_str() == "POST") {
            let Some(Json::Object(body)) = &step.request.body else { continue };
            for unique in ["userName", "displayName"] {
                // Only groups have a unique displayName.
                let counts = unique == "userName" || step.request.path == "/Groups";
                let value = body.get(unique).and_then(Json::as_text).filter(|_| counts);
                assert!(value.is_none_or(per_run), "{name}, {:?}: {value:?}", step.name);
            }
        }
    }
}

#[test]
fn the_schema_and_the_matcher_have_the_same_vocabulary() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("transcript.schema.json");
    let schema = Json::parse(&std::fs::read(path).unwrap()).unwrap();
    let properties = conformance::pointer::resolve(&schema, "/$defs/matcher/properties").unwrap();
    let described: BTreeSet<_> = properties.as_object().unwrap().iter().map(|(name, _)| name).collect();
    assert_eq!(described, VOCABULARY.into_iter().collect());
}
