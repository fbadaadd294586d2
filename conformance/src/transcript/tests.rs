use super::*;

const STEP: &str =
    r#"{"name": "n", "request": {"method": "GET", "path": "/Users"}, "expect": {"status": [200]}}"#;

/// A transcript whose members are the given ones beside the least that is needed.
fn parse(more: &str, step: &str) -> Result<Transcript, Error> {
    let text = format!(r#"{{"client": "c", "scenario": "s", "source": ["x"], {more} "steps": [{step}]}}"#);
    Transcript::parse(text.as_bytes())
}

fn step(request: &str, expect: &str) -> Result<Step, Error> {
    let text = format!(r#"{{"name": "n", "request": {request}, "expect": {expect}}}"#);
    parse("", &text).map(|mut transcript| transcript.steps.remove(0))
}

const GET: &str = r#"{"method": "GET", "path": "/Users"}"#;
const OK: &str = r#"{"status": [200]}"#;

#[test]
fn a_transcript_has_defaults() {
    let transcript = parse("", STEP).unwrap();
    assert!(!transcript.always_content_type && transcript.vars.is_empty() && transcript.headers.is_empty());
    assert!(transcript.setup.is_empty() && transcript.teardown.is_empty() && transcript.confidence.is_none());
    let step = &transcript.steps[0];
    assert_eq!((step.actor, step.optional, &step.request.body), (Actor::Client, false, &None));
}

#[test]
fn every_member_of_the_format_is_read() {
    let transcript = parse(
        r#""description": "d", "confidence": "source-code", "requires": ["groups"], "headers": {"A": "1", "B": null},
           "alwaysContentType": true, "vars": {"z": "a", "b": 1, "c": true}, "setup": [], "teardown": [],"#,
        r#"{"name": "n", "actor": "verify", "note": "t", "optional": true,
            "request": {"method": "PATCH", "path": "/Users/${id}?a=[b]\"+%22", "headers": {"X": null}, "body": null},
            "expect": {"status": [200, 204], "headers": {"L": "x"}, "body": {"": {}, "/a": 1},
                       "bodyWhen": {"200": {"/b": {"absent": true}}}, "empty": true}}"#,
    )
    .unwrap();
    assert_eq!(transcript.confidence, Some(Confidence::SourceCode));
    assert_eq!(transcript.vars.iter().map(|(name, _)| name).collect::<Vec<_>>(), ["z", "b", "c"]);
    assert_eq!(transcript.headers.get("B"), Some(&None));
    let step = &transcript.steps[0];
    assert_eq!((step.actor, step.optional, step.expect.empty), (Actor::Verify, true, true));
    assert_eq!(step.request.body, Some(Json::Null), "a null body is a body");
    assert_eq!(step.expect.status, [200, 204]);
    assert!(step.expect.body_when.get("200").unwrap().contains("/b"));
}

#[test]
fn what_the_format_does_not_know_is_refused() {
    for (more, step) in [
        (r#""sauce": [],"#, STEP),
        (r#""confidence": "certain","#, STEP),
        (r#""client": "twice","#, STEP),
        (r#""headers": {"A": 1},"#, STEP),
        (r#""setup": {},"#, STEP),
        (
            "",
            r#"{"name": "n", "request": {"method": "GET", "path": "/"}, "expect": {"status": [200]}, "skip": true}"#,
        ),
        (
            "",
            r#"{"name": "n", "actor": "robot", "request": {"method": "GET", "path": "/"}, "expect": {"status": [200]}}"#,
        ),
        ("", r#"{"request": {"method": "GET", "path": "/"}, "expect": {"status": [200]}}"#),
        ("", r#"{"name": "n", "request": {"method": "GET", "path": "/"}}"#),
        ("", r#"{"name": "n", "expect": {"status": [200]}}"#),
    ] {
        assert!(matches!(parse(more, step), Err(Error::Form(_))), "{more}{step}");
    }
    for (request, expect) in [
        (r#"{"method": "get", "path": "/"}"#, OK),
        (r#"{"method": "TRACE", "path": "/"}"#, OK),
        (r#"{"method": "GET"}"#, OK),
        (r#"{"path": "/"}"#, OK),
        (r#"{"method": "GET", "path": "/", "query": "a"}"#, OK),
        (GET, "{}"),
        (GET, r#"{"status": 200}"#),
        (GET, r#"{"status": ["200"]}"#),
        (GET, r#"{"status": [200], "json": {}}"#),
        (GET, r#"{"status": [200], "body": []}"#),
    ] {
        assert!(matches!(step(request, expect), Err(Error::Form(_))), "{request} {expect}");
    }
    for text in ["", "[]", "null", "{", r#"{"client": "c", "scenario": "s", "source": ["x"]}"#] {
        assert!(matches!(Transcript::parse(text.as_bytes()), Err(Error::Form(_))), "{text}");
    }
}

#[test]
fn a_form_error_says_where() {
    let error = parse("\n\"sauce\": [],", STEP).unwrap_err();
    assert!(
        error.to_string().contains("unknown field `sauce`") && error.to_string().contains("line 2"),
        "{error}"
    );
}

#[test]
fn lists_that_must_not_be_empty_are_checked() {
    let empty = |name: &str| Err(Error::Empty(name.to_owned()));
    let no_source = r#"{"client": "c", "scenario": "s", "source": [], "steps": []}"#;
    assert_eq!(Transcript::parse(no_source.as_bytes()), empty("source"));
    assert_eq!(parse("", "").map(|_| ()), Err(Error::Empty("steps".to_owned())));
    assert_eq!(
        step(GET, r#"{"status": []}"#).map(|_| ()),
        Err(Error::Empty("steps[0]: expect.status".to_owned()))
    );
}

#[test]
fn a_path_can_be_sent_as_written() {
    for path in ["/", "/Users?filter=a%20eq%20\\\"b\\\"&x=[@:]+", "/Users/?a=<>^`{|}", "/${a b}"] {
        let fits = !path.contains(' ');
        assert_eq!(step(&format!(r#"{{"method": "GET", "path": "{path}"}}"#), OK).is_ok(), fits, "{path}");
    }
    for path in ["", "Users", "http://h/Users", "/a b", "/a#b", "/é", "/a\\nb", "/a\\u007f"] {
        let error = step(&format!(r#"{{"method": "GET", "path": "{path}"}}"#), OK).unwrap_err();
        assert_eq!(error, Error::Path("steps[0]".to_owned()), "{path}");
    }
}

#[test]
fn keys_of_body_expectations_are_pointers() {
    let bad = || Err(Error::Pointer("steps[0]".to_owned(), "a".to_owned()));
    assert_eq!(step(GET, r#"{"status": [200], "body": {"a": 1}}"#).map(|_| ()), bad());
    assert_eq!(step(GET, r#"{"status": [200], "bodyWhen": {"200": {"a": 1}}}"#).map(|_| ()), bad());
    assert!(step(GET, r#"{"status": [200], "body": {"": 1, "/": 2, "/a~1b": 3}}"#).is_ok());
}

#[test]
fn variables_are_scalars() {
    for value in ["null", "[]", "{}"] {
        let error = parse(&format!(r#""vars": {{"ok": 1, "v": {value}}},"#), STEP).unwrap_err();
        assert_eq!(error, Error::Variable("v".to_owned()));
    }
}

#[test]
fn a_file_that_cannot_be_read_says_so() {
    let error = Transcript::read(Path::new("no/such/transcript.json")).unwrap_err();
    assert_eq!(error, Error::Unreadable(std::io::ErrorKind::NotFound));
}
