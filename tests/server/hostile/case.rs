//! One case of the table, and how it is run.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::world::World;
use crate::support::{Answer, Client};

/// Every profile.
pub const ALL: &[&str] = &["entra", "okta", "generic", "rfc", "strict"];
/// Those that forgive.
pub const LIBERAL: &[&str] = &["entra", "okta", "generic"];
/// Those that do not.
pub const EXACT: &[&str] = &["rfc", "strict"];
/// Where the profile plays no part.
pub const ANY: &[&str] = &["generic"];

/// How long an ordinary case may take: one second for the server, doubled for a debug build on a busy machine, twice.
const IN_TIME: Duration = Duration::from_secs(4);
/// How long the request right after may take.
const CANARY_TIME: Duration = Duration::from_secs(2);
/// How much more memory the server may hold at the height of a case, in KiB.
const GROWTH: u64 = 64 * 1024;
/// The same where a request is as large as it may be.
const LARGE_GROWTH: u64 = 256 * 1024;

/// A row's variant.
pub struct Case {
    /// The number of its row; none for a limit of our own.
    pub row: Option<u8>,
    /// What is tried.
    pub name: String,
    /// With which profiles.
    pub profiles: &'static [&'static str],
    /// How much more memory the server may hold at its height, in KiB.
    memory: u64,
    probe: Probe,
}

enum Probe {
    /// A request and what is to come of it.
    Request(Request, Verdict),
    /// Anything else, with its own checks.
    Scenario(fn(&World, &str)),
}

/// A request below the SCIM base URL.
#[derive(Clone, Default)]
pub struct Request {
    method: &'static str,
    path: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

type Check = Box<dyn Fn(&World, &Client, &Answer)>;

enum Verdict {
    /// A SCIM error, and nothing was changed.
    Refused(u16, &'static [Option<&'static str>], Option<Check>),
    /// This status and whatever else is checked. What a POST made is taken away again.
    Answered(u16, Check),
}

/// A `GET`.
pub fn get(path: impl Into<String>) -> Request {
    Request { method: "GET", path: path.into(), ..Request::default() }
}

/// A `DELETE`.
pub fn delete(path: impl Into<String>) -> Request {
    Request { method: "DELETE", path: path.into(), ..Request::default() }
}

/// A request with a body.
pub fn send(method: &'static str, path: impl Into<String>, body: impl Into<Vec<u8>>) -> Request {
    Request { method, path: path.into(), body: Some(body.into()), headers: Vec::new() }
}

/// A `POST` of JSON.
pub fn post(path: impl Into<String>, body: &Value) -> Request {
    send("POST", path, body.to_string())
}

/// A `PUT` of JSON.
pub fn put(path: impl Into<String>, body: &Value) -> Request {
    send("PUT", path, body.to_string())
}

/// A `PATCH` with these operations.
pub fn patch(path: impl Into<String>, operations: &Value) -> Request {
    let schemas = ["urn:ietf:params:scim:api:messages:2.0:PatchOp"];
    let body = serde_json::json!({"schemas": schemas, "Operations": operations});
    send("PATCH", path, body.to_string())
}

/// A query in the URL, percent-encoded.
pub fn query(path: &str, parameters: &[(&str, &str)]) -> Request {
    let parts: Vec<String> =
        parameters.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    get(format!("{path}?{}", parts.join("&")))
}

/// Percent-encoding (RFC 3986 section 2.1) of all but letters, digits and a few marks that need none in a query.
pub fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~()[]".contains(&byte);
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

impl Request {
    /// With a header; an empty value takes a usual one away.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sends it.
    pub fn to(&self, client: &Client) -> Answer {
        let headers: Vec<(&str, &str)> =
            self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        client.send(self.method, &self.path, &headers, self.body.as_deref())
    }
}

impl Case {
    fn new(row: impl Into<Option<u8>>, name: impl Into<String>, probe: Probe) -> Self {
        Self { row: row.into(), name: name.into(), profiles: ALL, memory: GROWTH, probe }
    }

    /// A request that is refused with a SCIM error, and changes nothing.
    pub fn refused(
        row: impl Into<Option<u8>>,
        name: impl Into<String>,
        request: Request,
        status: u16,
        scim_type: &'static [Option<&'static str>],
    ) -> Self {
        Self::new(row, name, Probe::Request(request, Verdict::Refused(status, scim_type, None)))
    }

    /// A refused one whose answer passes this check too.
    pub fn checking(mut self, check: impl Fn(&World, &Client, &Answer) + 'static) -> Self {
        if let Probe::Request(_, Verdict::Refused(.., more)) = &mut self.probe {
            *more = Some(Box::new(check));
        }
        self
    }

    /// A request that is answered with this status and passes the check.
    pub fn answered(
        row: impl Into<Option<u8>>,
        name: impl Into<String>,
        request: Request,
        status: u16,
        check: impl Fn(&World, &Client, &Answer) + 'static,
    ) -> Self {
        Self::new(row, name, Probe::Request(request, Verdict::Answered(status, Box::new(check))))
    }

    /// Something with several steps.
    pub fn scenario(row: impl Into<Option<u8>>, name: impl Into<String>, run: fn(&World, &str)) -> Self {
        Self::new(row, name, Probe::Scenario(run)).with(ANY)
    }

    /// With these profiles instead of all.
    pub fn with(mut self, profiles: &'static [&'static str]) -> Self {
        self.profiles = profiles;
        self
    }

    /// One that takes much memory by right.
    pub const fn heavy(mut self) -> Self {
        self.memory = LARGE_GROWTH;
        self
    }

    /// The row and the name.
    pub fn title(&self) -> String {
        match self.row {
            Some(row) => format!("S{row:02} {}", self.name),
            None => format!("limit {}", self.name),
        }
    }

    /// Whether it leaves the database as it was.
    pub const fn is_refusal(&self) -> bool {
        matches!(self.probe, Probe::Request(_, Verdict::Refused(..)))
    }

    /// Runs it and checks what holds after every case.
    pub fn run(&self, world: &World, profile: &str) {
        let client = world.server.client(profile);
        let before = world.state();
        world.memory.mark(world.server.pid());
        let begun = Instant::now();
        match &self.probe {
            Probe::Request(request, verdict) => {
                let answer = request.to(&client);
                let took = begun.elapsed();
                assert!(took < IN_TIME, "it took {took:?}");
                self.canary(world, &client, profile);
                let grown = world.memory.grown(world.server.pid());
                assert!(grown < self.memory, "the server's memory grew by {grown} KiB");
                verdict.check(world, &client, answer);
                if self.is_refusal() {
                    assert_eq!(world.state(), before, "{} as {profile} changed the database", self.title());
                }
            }
            Probe::Scenario(run) => {
                run(world, profile);
                self.canary(world, &client, profile);
                assert_eq!(world.state(), before, "{} as {profile} changed the database", self.title());
            }
        }
    }

    fn canary(&self, world: &World, client: &Client, profile: &str) {
        let begun = Instant::now();
        let answer = client.get("/ServiceProviderConfig");
        assert_eq!(answer.status, 200, "after {} as {profile}: {}", self.title(), world.server.log());
        assert!(begun.elapsed() < CANARY_TIME, "after {}: {:?}", self.title(), begun.elapsed());
    }
}

impl Verdict {
    fn check(&self, world: &World, client: &Client, answer: Answer) {
        match self {
            Self::Refused(status, scim_types, more) => {
                let body: Value = serde_json::from_str(&answer.text).unwrap_or_default();
                let scim_type = body["scimType"].as_str();
                assert!(scim_types.contains(&scim_type), "{} {}", answer.status, answer.text);
                let answer = answer.expect_error(*status, scim_type);
                if *status == 401 {
                    assert!(
                        answer.header("www-authenticate").is_some_and(|value| value.starts_with("Bearer"))
                    );
                }
                if let Some(check) = more {
                    check(world, client, &answer);
                }
            }
            Self::Answered(status, check) => {
                let answer = answer.expect(*status);
                check(world, client, &answer);
                if *status == 201 {
                    let location = answer.header("location").expect("a location");
                    let (_, path) = location.split_once("/scim/v2").expect("a location of this server");
                    client.delete(path).expect(204);
                }
            }
        }
    }
}

/// For what needs no more than its status.
pub fn fine(_world: &World, _client: &Client, _answer: &Answer) {}

/// Nothing was found.
pub fn nothing_found(_world: &World, _client: &Client, answer: &Answer) {
    found(answer, 0);
}

/// This many were found.
#[track_caller]
pub fn found(answer: &Answer, count: usize) {
    assert_eq!(answer.at("/totalResults"), count.to_string(), "{}", answer.text);
}
