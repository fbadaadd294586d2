//! PostgreSQL stopped, started again, and hanging (F06, F07).

use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use diesel::prelude::*;
use diesel::sql_types::Text;

use super::{consistency, user, within};
use crate::postgres;
use crate::support::{Answer, Backend, Client, Server, signal};

#[derive(QueryableByName)]
struct Setting {
    #[diesel(sql_type = Text)]
    data_directory: String,
}

/// A PostgreSQL that a test may stop.
struct Cluster {
    /// The one who made it; removes its files in the end.
    keeper: postgres::Server,
    data: PathBuf,
    /// How it was started.
    program: PathBuf,
    arguments: Vec<String>,
    owner: (u32, u32),
    /// Started by the test itself.
    again: Option<Child>,
}

impl Cluster {
    fn start() -> Self {
        let keeper = postgres::Server::start();
        let mut connection = PgConnection::establish(keeper.url()).unwrap();
        let setting: Setting = diesel::sql_query("SHOW data_directory").get_result(&mut connection).unwrap();
        let data = PathBuf::from(setting.data_directory);
        let process = PathBuf::from(format!("/proc/{}", pid_in(&data)));
        let program = std::fs::read_link(process.join("exe")).unwrap();
        let arguments = std::fs::read_to_string(process.join("cmdline")).unwrap();
        let arguments = arguments.split_terminator('\0').skip(1).map(str::to_owned).collect();
        let status = std::fs::metadata(&data).unwrap();
        Self { keeper, data, program, arguments, owner: (status.uid(), status.gid()), again: None }
    }

    fn pid(&self) -> u32 {
        pid_in(&self.data)
    }

    /// Ends it at once, as a crash of its machine would.
    fn stop(&mut self) {
        let pid = self.pid();
        signal(pid, "QUIT");
        if let Some(mut child) = self.again.take() {
            child.wait().unwrap();
        }
        within(Duration::from_secs(10), "PostgreSQL ends", || !self.data.join("postmaster.pid").exists());
    }

    fn start_again(&mut self) {
        let child = Command::new(&self.program)
            .args(&self.arguments)
            .uid(self.owner.0)
            .gid(self.owner.1)
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .expect("PostgreSQL starts again");
        self.again = Some(child);
        within(Duration::from_secs(20), "PostgreSQL takes connections", || {
            PgConnection::establish(self.keeper.url()).is_ok()
        });
    }

    /// Every process of it, the first one last.
    fn processes(&self) -> Vec<u32> {
        let first = self.pid();
        let children =
            Command::new("ps").args(["-o", "pid=", "--ppid", &first.to_string()]).output().unwrap();
        let children = String::from_utf8(children.stdout).unwrap();
        children.split_whitespace().map(|pid| pid.parse().unwrap()).chain([first]).collect()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Some(mut child) = self.again.take() {
            signal(child.id(), "QUIT");
            drop(child.wait());
        }
    }
}

fn pid_in(data: &std::path::Path) -> u32 {
    let text = std::fs::read_to_string(data.join("postmaster.pid")).unwrap();
    text.lines().next().unwrap().parse().unwrap()
}

/// A server on a database of this cluster.
fn serve(cluster: &Cluster) -> (postgres::Database, Server) {
    let database = cluster.keeper.database();
    let mut server = Server::prepare(Backend::Sqlite, &[]);
    server.database_url = database.url().to_owned();
    server.expect(&["migrate"]);
    server.expect(&["organization", "create", "acme", "--name", "Acme"]);
    server.run();
    (database, server)
}

fn readiness(client: &Client) -> u16 {
    client.send_to("GET", "/readyz", &[], None).status
}

/// 503 with a time to come again, and within two seconds.
#[track_caller]
fn assert_refused_soon(ask: impl FnOnce() -> Answer) {
    let begun = Instant::now();
    let answer = ask().expect_error(503, None);
    assert!(begun.elapsed() < Duration::from_secs(2), "it took {:?}", begun.elapsed());
    assert!(answer.header("retry-after").expect("Retry-After").parse::<u32>().is_ok());
}

#[test]
fn a_stopped_database_is_answered_503_at_once_and_the_server_heals_when_it_is_back() {
    let mut cluster = Cluster::start();
    let (_database, server) = serve(&cluster);
    let client = server.client("generic");
    let id = client.post("/Users", &user("before", "x")).expect(201).at("/id");
    assert_eq!(readiness(&client), 200);
    for round in 0..2 {
        cluster.stop();
        for at in 0..1 {
            assert_refused_soon(|| client.post("/Users", &user(&format!("lost-{round}-{at}"), "x")));
            assert_refused_soon(|| client.get(&format!("/Users/{id}")));
            assert_refused_soon(|| client.get("/Users?filter=title%20co%20%22x%22"));
            assert_refused_soon(|| {
                client.patch(
                    &format!("/Users/{id}"),
                    &serde_json::json!([{"op": "replace", "path": "title", "value": "y"}]),
                )
            });
        }
        // Many at once are answered as soon.
        std::thread::scope(|scope| {
            for _ in 0..40 {
                scope.spawn(|| assert_refused_soon(|| client.get(&format!("/Users/{id}"))));
            }
        });
        assert_eq!(readiness(&client), 503);
        assert_eq!(client.send_to("GET", "/healthz", &[], None).status, 200, "it lives all the same");
        cluster.start_again();
        within(Duration::from_secs(5), "reads, writes and readiness after PostgreSQL is back", || {
            readiness(&client) == 200
                && client.get(&format!("/Users/{id}")).status == 200
                && matches!(client.post("/Users", &user(&format!("after-{round}"), "x")).status, 201 | 409)
        });
        // No broken connection is left over in the pool.
        std::thread::scope(|scope| {
            for at in 0..32 {
                let client = &client;
                let id = &id;
                scope.spawn(move || {
                    client.get(&format!("/Users/{id}")).expect(200);
                    client.post("/Users", &user(&format!("well-{round}-{at}"), "x")).expect(201);
                });
            }
        });
    }
    assert_eq!(client.get(&format!("/Users/{id}")).expect(200).at("/title"), "x");
    assert_eq!(client.get("/Users?filter=userName%20sw%20%22lost%22").expect(200).at("/totalResults"), "0");
    consistency::check(&server.database_url);
    consistency::check_chain(&server);
}

#[test]
fn a_hanging_database_does_not_hang_the_server_and_it_heals() {
    let cluster = Cluster::start();
    let (_database, server) = serve(&cluster);
    let client = server.client("generic");
    let id = client.post("/Users", &user("before", "x")).expect(201).at("/id");
    let hanging = cluster.processes();
    for pid in &hanging {
        signal(*pid, "STOP");
    }
    std::thread::scope(|scope| {
        // As many as take every connection, and more.
        let asked: Vec<_> = (0..60)
            .map(|_| {
                scope.spawn(|| {
                    let begun = Instant::now();
                    (client.get(&format!("/Users/{id}")), begun.elapsed())
                })
            })
            .collect();
        std::thread::sleep(Duration::from_secs(3));
        assert_eq!(client.send_to("GET", "/healthz", &[], None).status, 200);
        let begun = Instant::now();
        assert_eq!(readiness(&client), 503);
        assert!(begun.elapsed() < Duration::from_secs(2), "readiness is told in time: {:?}", begun.elapsed());
        for pid in hanging.iter().rev() {
            signal(*pid, "CONT");
        }
        within(Duration::from_secs(5), "reads, writes and readiness after PostgreSQL goes on", || {
            readiness(&client) == 200
                && client.get(&format!("/Users/{id}")).status == 200
                && matches!(client.post("/Users", &user("after", "x")).status, 201 | 409)
        });
        let mut refused = 0;
        for (answer, took) in asked.into_iter().map(|asked| asked.join().unwrap()) {
            match answer.status {
                200 => {}
                503 => {
                    assert!(took < Duration::from_secs(2), "a refusal took {took:?}");
                    assert!(answer.header("retry-after").is_some());
                    refused += 1;
                }
                other => panic!("{other} {}", answer.text),
            }
        }
        assert!(refused > 0, "those for whom there was no connection were told so");
    });
    assert_eq!(server.client("generic").get(&format!("/Users/{id}")).expect(200).at("/title"), "x");
    consistency::check(&server.database_url);
}
