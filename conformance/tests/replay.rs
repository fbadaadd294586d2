//! Replaying transcripts against a server that answers what the test wants.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

mod server;

use conformance::client::{self, Client};
use conformance::replay::{Error, Options, random_run, replay};
use conformance::report::Verdict::{self, Blocked, Failed, Passed, Warned};
use conformance::report::{Outcome, total};
use conformance::transcript::Transcript;
use conformance::variables::Unknown;
use conformance::wire;
use server::{Server, json};

fn transcript(members: &str) -> Transcript {
    let text = format!(r#"{{"client": "c", "scenario": "s", "source": ["x"], {members}}}"#);
    Transcript::parse(text.as_bytes()).unwrap()
}

fn step(name: &str, path: &str, expect: &str) -> String {
    format!(r#"{{"name": "{name}", "request": {{"method": "GET", "path": "{path}"}}, "expect": {expect}}}"#)
}

fn options() -> Options {
    Options { run: "r1".to_owned(), ..Options::new(Some("tok".to_owned())) }
}

fn run(server: &Server, members: &str, options: &Options) -> Result<Outcome, Error> {
    replay(&transcript(members), "t.json", &Client::new(&server.url()).unwrap(), options)
}

fn verdicts(outcome: &Outcome) -> Vec<(&str, Verdict)> {
    outcome.steps.iter().map(|step| (step.name.as_str(), step.verdict)).collect()
}

/// Answers 200 with the request's target as `target`, or the status that the target's last part says.
fn echo() -> Server {
    Server::start(|request| {
        let target = request.split(' ').nth(1).unwrap();
        let status = target.rsplit('/').next().unwrap().parse().unwrap_or(200);
        json(status, &format!(r#"{{"target": "{}", "n": 7}}"#, target.replace('"', "\\\"")))
    })
}

#[test]
fn a_request_reaches_the_wire_as_the_transcript_has_it() {
    let server = Server::start(|_| json(200, "{}"));
    let members = r#""headers": {"Accept": "a/b", "X-Run": "${run}", "User-Agent": "u"}, "vars": {"n": "a \"b\"+c@d"},
        "steps": [
          {"name": "get", "request": {"method": "GET", "path": "/Users/?filter=a+eq+\"${n}\"&x=[%22@:]",
             "headers": {"Content-Type": "x/y", "accept": null}}, "expect": {"status": [200]}},
          {"name": "patch", "request": {"method": "PATCH", "path": "/Users/1",
             "headers": {"content-type": "x/y", "AUTHORIZATION": "Other"},
             "body": {"z": "${n}", "a": [1.0, true, null], "${run}": {"k": "é"}}}, "expect": {"status": [200]}},
          {"name": "raw", "request": {"method": "DELETE", "path": "/", "rawBody": "{\"${run}", "body": {}},
             "expect": {"status": [200]}},
          {"name": "null", "request": {"method": "POST", "path": "/", "body": null}, "expect": {"status": [200]}},
          {"name": "none", "request": {"method": "PUT", "path": "/"}, "expect": {"status": [200]}}]"#;
    let outcome = run(&server, members, &options()).unwrap();
    assert!(outcome.is_good(), "{}", outcome.text(true));
    let host = server.url().replace("http://", "").replace("/scim/v2", "");
    let auth = "Authorization: Bearer tok\r\n";
    let own = "Accept: a/b\r\nX-Run: r1\r\nUser-Agent: u\r\n";
    let encoded = "a%20%22b%22%2Bc%40d";
    assert_eq!(
        server.requests(),
        [
            format!(
                "GET /scim/v2/Users/?filter=a+eq+\"{encoded}\"&x=[%22@:] HTTP/1.1\r\nHost: {host}\r\n{auth}X-Run: r1\r\nUser-Agent: u\r\n\r\n"
            ),
            format!(
                "PATCH /scim/v2/Users/1 HTTP/1.1\r\nHost: {host}\r\n{own}content-type: x/y\r\nAUTHORIZATION: Other\r\n\
                 Content-Length: 55\r\n\r\n{{\"z\":\"a \\\"b\\\"+c@d\",\"a\":[1.0,true,null],\"r1\":{{\"k\":\"é\"}}}}"
            ),
            format!(
                "DELETE /scim/v2/ HTTP/1.1\r\nHost: {host}\r\n{auth}{own}Content-Length: 4\r\n\r\n{{\"r1"
            ),
            format!("POST /scim/v2/ HTTP/1.1\r\nHost: {host}\r\n{auth}{own}Content-Length: 4\r\n\r\nnull"),
            format!("PUT /scim/v2/ HTTP/1.1\r\nHost: {host}\r\n{auth}{own}Content-Length: 0\r\n\r\n"),
        ]
    );
}

#[test]
fn content_type_goes_with_a_body_unless_the_client_always_sends_it() {
    let server = echo();
    let sent = |always: bool| {
        let members = format!(
            r#""headers": {{"Content-Type": "t"}}, "alwaysContentType": {always}, "steps": [{}]"#,
            step("get", "/", r#"{"status": [200]}"#)
        );
        run(&server, &members, &Options { token: None, ..options() }).unwrap();
        server.requests().pop().unwrap()
    };
    assert!(!sent(false).contains("Content-Type"));
    assert!(sent(true).contains("\r\nContent-Type: t\r\n"));
    assert!(!sent(true).contains("Authorization"), "no token, no header");
}

#[test]
fn what_a_step_captures_is_there_for_the_next_expectation_and_step() {
    let server = echo();
    let members = format!(
        r#""steps": [{}, {}]"#,
        step("first", "/a", r#"{"status": [200], "headers": {"content-type": {"capture": "type"}},
              "body": {"/n": {"capture": "n"}, "/target": {"pattern": "/a$", "capture": "t"}, "": {"length": "${two}"}}}"#)
            .replace("${two}", "${uuid}"),
        step("second", "/${n}?${t}", r#"{"status": [200], "body": {"/n": "${n}"}}"#)
    );
    let outcome = run(&server, &members, &options()).unwrap();
    assert_eq!(verdicts(&outcome), [("first", Failed)], "the length is no number");
    let members = members.replace(r#", "": {"length": "${uuid}"}"#, "");
    let outcome = run(&server, &members, &options()).unwrap();
    assert_eq!(verdicts(&outcome), [("first", Passed), ("second", Passed)]);
    assert_eq!(outcome.steps[1].request.as_deref(), Some("GET /7?%2Fscim%2Fv2%2Fa"));
}

#[test]
fn status_header_body_and_emptiness_are_judged() {
    let server = echo();
    for (path, expect, complaints) in [
        ("/200", r#"{"status": [200, 204]}"#, vec![]),
        ("/404", r#"{"status": [200, 204], "body": {"/x": 1}}"#, vec!["status 404, want 200/204"]),
        ("/200", r#"{"status": [200], "headers": {"X": "a"}}"#, vec!["header X: want \"a\", got <absent>"]),
        ("/200", r#"{"status": [200], "body": {"/n": 8}}"#, vec!["/n: want 8, got 7"]),
        ("/200", r#"{"status": [200], "body": {"": {"length": 3}}}"#, vec!["(root): want length 3, got {"]),
        ("/200", r#"{"status": [200], "empty": true}"#, vec!["body should be empty, got {"]),
        (
            "/200",
            r#"{"status": [200], "body": {"/n": 8}, "bodyWhen": {"200": {"/n": 7}, "201": {"/n": 9}}}"#,
            vec![],
        ),
        ("/201", r#"{"status": [201], "bodyWhen": {"201": {"/n": 9}}}"#, vec!["/n: want 9, got 7"]),
        ("/204", r#"{"status": [204], "empty": true}"#, vec![]),
        ("/204", r#"{"status": [204], "body": {"/n": 7}}"#, vec!["no JSON body: "]),
    ] {
        let outcome =
            run(&server, &format!(r#""steps": [{}]"#, step("s", path, expect)), &options()).unwrap();
        let mut why = outcome.steps[0].why.clone();
        if path != "/204" && !why.is_empty() {
            assert!(why.pop().unwrap().starts_with("response: {\"target\""));
        }
        let told: Vec<_> = why.iter().zip(&complaints).map(|(got, want)| got.starts_with(want)).collect();
        assert_eq!(
            (told, why.len()),
            (vec![true; complaints.len()], complaints.len()),
            "{path} {expect} {why:?}"
        );
    }
}

#[test]
fn a_failure_ends_the_file_unless_it_is_optional_or_told_to_go_on() {
    let server = echo();
    let members = format!(
        r#""setup": [{}], "steps": [{}, {}, {}], "teardown": [{}, {}]"#,
        step("setup", "/200", r#"{"status": [200]}"#),
        step("optional", "/404", r#"{"status": [200]}"#).replace(r#""name""#, r#""optional": true, "name""#),
        step("bad", "/404", r#"{"status": [200], "body": {"/n": {"capture": "n"}}}"#),
        step("needs", "/${n}", r#"{"status": [200]}"#),
        step("blocked", "/${n}", r#"{"status": [200]}"#),
        step("last", "/teardown", r#"{"status": [200]}"#),
    );
    let keep = Options { keep_going: true, ..options() };
    let strict = Options { strict: true, ..options() };
    for (options, expected, counts) in [
        (options(), vec![("setup", Passed), ("optional", Warned), ("bad", Failed)], (1, 1, 1, 1)),
        (strict, vec![("setup", Passed), ("optional", Failed)], (1, 0, 1, 2)),
        (
            keep,
            vec![("setup", Passed), ("optional", Warned), ("bad", Failed), ("needs", Blocked)],
            (1, 1, 1, 1),
        ),
    ] {
        let outcome = run(&server, &members, &options).unwrap();
        assert_eq!(verdicts(&outcome), expected);
        assert_eq!((outcome.passed, outcome.warned, outcome.failed, outcome.skipped), counts);
        assert!(!outcome.is_good());
        assert!(
            server.requests().last().unwrap().starts_with("GET /scim/v2/teardown"),
            "teardown is always run"
        );
    }
    let sent = server.requests().len();
    run(&server, &members, &Options { teardown: false, ..options() }).unwrap();
    assert_eq!(server.requests().len(), sent + 3, "no teardown where it is not wanted");
}

#[test]
fn an_optional_failure_alone_is_good() {
    let server = echo();
    let members = format!(
        r#""steps": [{}, {}]"#,
        step("optional", "/404", r#"{"status": [200]}"#).replace(r#""name""#, r#""optional": true, "name""#),
        step("after", "/200", r#"{"status": [200]}"#)
    );
    let outcome = run(&server, &members, &options()).unwrap();
    assert!(outcome.is_good());
    assert_eq!((outcome.passed, outcome.warned), (1, 1));
}

#[test]
fn without_an_answer_there_is_no_outcome() {
    let server =
        Server::start(|request| if request.contains("/gone") { String::new() } else { json(200, "{}") });
    let members = format!(
        r#""steps": [{}], "teardown": [{}, {}]"#,
        step("s", "/gone", r#"{"status": [200]}"#),
        step("t", "/gone", r#"{"status": [200]}"#),
        step("u", "/still", r#"{"status": [200]}"#)
    );
    let error = client::Error::Answer(wire::Error::Closed);
    assert_eq!(run(&server, &members, &options()), Err(Error::Unreachable { step: "s".to_owned(), error }));
    assert!(server.requests().last().unwrap().contains("/still"), "teardown goes on");
    let undefined =
        format!(r#""vars": {{"a": "${{b}}"}}, "steps": [{}]"#, step("s", "/", r#"{"status": [200]}"#));
    let unknown = Error::Variables(Unknown("b".to_owned()));
    assert_eq!(run(&server, &undefined, &options()), Err(unknown));
}

#[test]
fn an_encoded_answer_is_named_as_such() {
    let server = Server::start(|_| {
        "HTTP/1.1 200 X\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nzz".to_owned()
    });
    let members = format!(r#""steps": [{}]"#, step("s", "/", r#"{"status": [200], "body": {"/n": 7}}"#));
    let outcome = run(&server, &members, &options()).unwrap();
    assert_eq!(outcome.steps[0].why[0], "no JSON body (gzip, not decoded): zz");
}

#[test]
fn redirects_are_answers() {
    let server = Server::start(|_| "HTTP/1.1 302 X\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n".to_owned());
    let members =
        format!(r#""steps": [{}]"#, step("s", "/", r#"{"status": [302], "headers": {"location": "/x"}}"#));
    assert!(run(&server, &members, &options()).unwrap().is_good());
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_report_tells_failures_or_every_step() {
    let server = echo();
    let members = format!(
        r#""steps": [{}, {}, {}]"#,
        step("fine", "/200", r#"{"status": [200]}"#),
        step("bad", "/404", r#"{"status": [200]}"#),
        step("blocked", "/${later}", r#"{"status": [200]}"#),
    );
    let outcome = run(&server, &members, &Options { keep_going: true, ..options() }).unwrap();
    let failures = "== t.json: c / s\n  FAIL [client] bad   (GET /404 -> 404)\n         status 404, want 200\n         \
                    response: {\"target\": \"/scim/v2/404\", \"n\": 7}\n   \
                    passed 1  failed 1  optional-failed 0  not run 1\n";
    assert_eq!(outcome.text(false), failures);
    let every = outcome.text(true);
    assert!(every.contains("  ok   [client] fine   (GET /200 -> 200)\n"), "{every}");
    assert!(
        every.contains("  ---- [client] blocked   not run\n         unknown variable ${later}\n"),
        "{every}"
    );
    assert_eq!(
        total(std::slice::from_ref(&outcome)),
        "TOTAL files 1  ok 0  failing 1  steps passed 1 failed 1 not run 1\n"
    );
    let value = serde_json::to_value(&outcome).unwrap();
    assert_eq!(value["steps"][2]["verdict"], "blocked");
    assert_eq!(
        value["steps"][0],
        serde_json::json!({
            "part": "steps", "name": "fine", "request": "GET /200", "status": 200, "verdict": "ok", "why": []
        })
    );
}

#[test]
fn runs_differ() {
    assert_ne!(random_run(), random_run());
    assert!(random_run().len() == 10 && random_run().bytes().all(|byte| byte.is_ascii_hexdigit()));
}
