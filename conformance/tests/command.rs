//! The command as a whole: arguments, files, exit status.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

mod server;

use server::{Server, json};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const FINE: &str = r#"{"client": "c", "scenario": "s", "source": ["x"], "steps": [
  {"name": "one", "request": {"method": "GET", "path": "/a/${run}"}, "expect": {"status": [200]}}]}"#;

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path = self.0.join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

fn conformance(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_conformance"))
        .args(arguments)
        .env_remove("CONFORMANCE_TOKEN")
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn all_passed_is_0_and_a_failure_is_1() {
    let folder = Folder::new("passed");
    let server = Server::start(|request| json(if request.contains("/a/r9") { 200 } else { 404 }, "{}"));
    let (fine, url) = (folder.file("fine.json", FINE), server.url());
    let arguments = ["replay", "--url", &url, "--token", "t", &fine, "--run"];
    let passed = conformance(&[&arguments[..], &["r9"]].concat());
    assert_eq!(passed.status.code(), Some(0), "{passed:?}");
    assert!(
        text(&passed.stdout).ends_with("TOTAL files 1  ok 1  failing 0  steps passed 1 failed 0 not run 0\n")
    );
    let failed = conformance(&[&arguments[..], &["other"]].concat());
    assert_eq!(failed.status.code(), Some(1), "{failed:?}");
    assert!(text(&failed.stdout).contains("FAIL [client] one   (GET /a/other -> 404)"));
}

#[test]
fn the_token_comes_from_argument_environment_or_file_and_a_dash_is_none() {
    let folder = Folder::new("token");
    let server = Server::start(|_| json(200, "{}"));
    let (fine, secret, url) =
        (folder.file("fine.json", FINE), folder.file("token", " from-file\n"), server.url());
    let sent = |arguments: &[&str], variable: Option<&str>| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_conformance"));
        command.args(["replay", "--url", &url, &fine]).args(arguments).env_remove("CONFORMANCE_TOKEN");
        command.envs(variable.map(|token| ("CONFORMANCE_TOKEN", token)));
        assert_eq!(command.output().unwrap().status.code(), Some(0));
        let request = server.requests().pop().unwrap();
        request.lines().find_map(|line| line.strip_prefix("Authorization: ")).map(str::to_owned)
    };
    assert_eq!(sent(&["--token", "a"], None).as_deref(), Some("Bearer a"));
    assert_eq!(sent(&[], Some("b")).as_deref(), Some("Bearer b"));
    assert_eq!(sent(&["--token-file", &secret], Some("b")).as_deref(), Some("Bearer from-file"));
    assert_eq!(sent(&["--token", "-"], None), None);
}

#[test]
fn what_cannot_be_run_is_2_with_the_reason() {
    let folder = Folder::new("reason");
    let fine = folder.file("fine.json", FINE);
    let bad = folder.file("bad.json", "{");
    let unused = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("http://{unused}");
    for (arguments, reason) in [
        (vec!["replay", "--url", &url, "--token", "t", &fine], "fine.json against http://127.0.0.1"),
        (vec!["replay", "--url", &url, "--token", "t", &bad], "bad.json: EOF while parsing"),
        (vec!["replay", "--url", &url, "--token", "t", "no/such.json"], "no/such.json: cannot be read"),
        (vec!["replay", "--url", "x", "--token", "t", &fine], "x: the URL must be"),
        (vec!["replay", "--url", &url, &fine], "--token"),
        (vec!["replay", "--token", "t", &fine], "--url"),
        (vec!["replay", "--check"], "FILE"),
        (vec!["replay", "--url", &url, "--token-file", "no/such", &fine], "no/such: "),
    ] {
        let output = conformance(&arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?} {output:?}");
        assert!(text(&output.stderr).contains(reason), "{arguments:?} {output:?}");
    }
}

#[test]
fn check_sends_nothing() {
    let folder = Folder::new("check");
    let output =
        conformance(&["replay", "--check", &folder.file("a.json", FINE), &folder.file("b.json", FINE)]);
    assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(0), "2 files well formed\n"));
    let output =
        conformance(&["replay", "--check", &folder.file("c.json", &FINE.replace("status", "statuses"))]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("unknown field `statuses`"), "{output:?}");
}

#[test]
fn outcomes_are_written_as_json() {
    let folder = Folder::new("json");
    let server = Server::start(|_| json(200, "{}"));
    let (fine, out, url) = (folder.file("fine.json", FINE), folder.file("out.json", ""), server.url());
    let output =
        conformance(&["replay", "--url", &url, "--token", "-", "--json", &out, "--verbose", &fine, &fine]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(text(&output.stdout).matches("  ok   [client] one").count(), 2);
    let outcomes: serde_json::Value = serde_json::from_slice(&std::fs::read(&out).unwrap()).unwrap();
    assert_eq!(outcomes.as_array().unwrap().len(), 2);
    assert_eq!((&outcomes[0]["file"], &outcomes[0]["passed"]), (&"fine.json".into(), &1.into()));
}
