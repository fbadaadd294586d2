//! What concerns some thousand accounts goes on beside the pushes, whoever is killed meanwhile.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::faults::consistency;
use crate::support::{Backend, Client, Server, eventually, on_both, person};

const PRODUCT: &str = "device-remote-support";
const PEOPLE: usize = 2_000;

/// A server with many people, half of them of user type `even`; the ids in order.
fn crowd(backend: Backend, people: usize) -> (Server, Vec<String>) {
    let server = Server::with(backend, &[("ROSTER_RATE_LIMIT__ENABLED", "false")]);
    let client = server.client("generic");
    let numbers: Vec<usize> = (0..people).collect();
    let ids = numbers.chunks(500).flat_map(|numbers| push_many(&client, numbers)).collect();
    (server, ids)
}

fn push_many(client: &Client, numbers: &[usize]) -> Vec<String> {
    let operation = |number: &usize| {
        let kind = if number.is_multiple_of(2) { "even" } else { "odd" };
        let data = person(&format!("p{number:05}"), &json!({"userType": kind}));
        json!({"method": "POST", "path": "/Users", "bulkId": number.to_string(), "data": data})
    };
    let operations: Vec<Value> = numbers.iter().map(operation).collect();
    let schemas = ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"];
    let answer =
        client.post("/Bulk", &json!({"schemas": schemas, "Operations": operations})).expect(200).json();
    let id = |operation: &Value| {
        let location = operation["location"].as_str().unwrap_or_else(|| panic!("{operation}"));
        location.rsplit('/').next().unwrap().to_owned()
    };
    answer["Operations"].as_array().expect("operations").iter().map(id).collect()
}

fn declared(filter: Option<&str>) -> String {
    let rule = filter.map(|filter| {
        format!("rules.all = {{ filter = '{filter}', grants = {{ products = [{{ product = \"{PRODUCT}\" }}] }} }}\n")
    });
    format!("products = [\"{PRODUCT}\"]\n{}", rule.unwrap_or_default())
}

/// Applies a declaration, and kills the command as soon as it is committed: the rest is left to a server.
fn commit(server: &Server, declaration: &str) {
    let file = server.declaration(declaration);
    let mut command = server.command();
    let mut child =
        command.args(["apply", &file]).stdout(Stdio::piped()).spawn().expect("the program starts");
    let mut told = String::new();
    BufReader::new(child.stdout.take().expect("its output")).read_line(&mut told).expect("a line");
    child.kill().expect("kill -9");
    child.wait().expect("its end");
    assert!(told.starts_with("revision "), "{told}");
}

/// How many seats are taken, where the product is in use.
fn taken(server: &Server) -> usize {
    server.pool(PRODUCT).0 as usize
}

fn until_taken(server: &Server, expected: usize) {
    let begun = Instant::now();
    while taken(server) != expected {
        assert!(begun.elapsed() < Duration::from_mins(1), "{} of {expected}", taken(server));
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn a_change_of_rules_goes_on_after_kill_9_and_follows_a_newer_one() {
    on_both(|backend| {
        let (server, ids) = crowd(backend, PEOPLE);
        let (first, last) = (&ids[0], ids.last().unwrap());
        // Nobody is there who would go on: what was committed is all there is.
        server.kill();
        commit(&server, &declared(Some("userType pr")));
        assert!(taken(&server) < PEOPLE, "it was killed in the middle");
        assert_eq!(server.show(last).seat(PRODUCT), "no licence", "what is gained waits");

        // A newer revision, before the first is through; a push is served meanwhile, by the newest.
        server.run();
        std::thread::sleep(Duration::from_millis(200));
        server.kill();
        commit(&server, &declared(Some("userType eq \"even\"")));
        let client = server.client("generic");
        server.run();
        let begun = Instant::now();
        client.person("pushed", &json!({"userType": "even"}));
        client.person("other", &json!({"userType": "odd"}));
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
        assert_eq!(
            ["pushed", "other"].map(|name| server.show(name).seat(PRODUCT).to_owned()),
            ["held", "no licence"]
        );
        until_taken(&server, PEOPLE / 2 + 1);
        assert_eq!([first, last].map(|id| server.show(id).seat(PRODUCT).to_owned()), ["held", "no licence"]);

        // What is taken away counts from the commit, for accounts that nobody has come to yet too.
        server.kill();
        commit(&server, &declared(None));
        assert!(taken(&server) > 0, "seats are freed later");
        for id in [first, &ids[PEOPLE - 2]] {
            assert_eq!(server.show(id).seat(PRODUCT), "no licence");
        }
        server.run();
        until_taken(&server, 0);
        consistency::let_leases_run_out(&server.database_url);
        consistency::check(&server.database_url);
        consistency::check_chain(&server);
    });
}

#[test]
fn a_group_of_a_thousand_comes_by_a_job_and_goes_at_once() {
    const MEMBERS: usize = 1_200;
    on_both(|backend| {
        let (server, ids) = crowd(backend, MEMBERS);
        let client = server.client("generic");
        server.declare(&format!(
            "products = [\"{PRODUCT}\"]\nrules.all = {{ any_of = [{{ group = \"All\" }}, {{ group = \"Few\" }}], grants = {{ products = [{{ product = \"{PRODUCT}\" }}] }} }}\n"
        ));
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let few = client.group("Few", &ids[..3]);
        assert_eq!(taken(&server), 3, "a push of a few resolves them itself");
        let all = client.group("All", &ids);
        until_taken(&server, MEMBERS);
        let by = |actor: &str| {
            let changes = server.changes();
            let of_accounts = changes.iter().filter(|change| change["action"] == "account.changed");
            of_accounts.filter(|change| change["actor"].as_str().unwrap().starts_with(actor)).count()
        };
        eventually(|| (by("job") == MEMBERS).then_some(()));
        assert_eq!(by("client:"), 3);

        let timed = |id: &str| {
            let begun = Instant::now();
            client.delete(&format!("/Groups/{id}")).expect(204);
            begun.elapsed()
        };
        let small = timed(&few);
        let large = timed(&all);
        assert!(large < small * 10 + Duration::from_millis(300), "{large:?}, and of three members {small:?}");
        for id in [ids[0], ids[MEMBERS / 2], ids[MEMBERS - 1]] {
            assert_eq!(server.show(id).seat(PRODUCT), "no licence");
        }
        until_taken(&server, 0);
        consistency::check(&server.database_url);
    });
}
