//! A database that is slow to take connections: commands wait for it, and no longer than before for one that is away.

use std::io;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use super::ended;
use crate::support::{Backend, Server};

/// How long the database takes for a connection.
const SLOWNESS: Duration = Duration::from_millis(800);

/// Where PostgreSQL at this address can be reached more slowly; a port.
fn slowly(address: String) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let address = address.clone();
            thread::spawn(move || {
                thread::sleep(SLOWNESS);
                let server = TcpStream::connect(address)?;
                let back = (server.try_clone()?, client.try_clone()?);
                thread::spawn(move || pass(back.0, back.1));
                pass(client, server)
            });
        }
    });
    port
}

fn pass(mut from: TcpStream, mut to: TcpStream) -> io::Result<()> {
    io::copy(&mut from, &mut to)?;
    to.shutdown(Shutdown::Both)
}

#[test]
fn a_command_waits_for_a_slow_database_and_not_for_one_that_is_away() {
    let server = Server::prepare(Backend::Postgres, &[("ROSTER_DATABASE__WAIT", "50ms")]);
    server.expect(&["migrate"]);
    let (user, place) = server.database_url.split_once('@').expect("a user");
    let (address, database) = place.split_once('/').expect("a database");
    let check = |port: u16| {
        let mut command = server.command();
        let url = format!("{user}@127.0.0.1:{port}/{database}");
        command.arg("check").env("ROSTER_DATABASE_URL", url);
        let begun = Instant::now();
        (ended(command), begun.elapsed())
    };
    let (output, took) = check(slowly(address.to_owned()));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && took > SLOWNESS, "{took:?}: {told}");
    let (output, took) = check(1);
    assert!(!output.status.success() && took < Duration::from_secs(5), "{took:?}");
}
