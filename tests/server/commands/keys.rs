//! `key`.

use super::{fails, rows, user};
use crate::support::{Server, eventually, on_both};

const NOBODY: &str = "0192d3a0-7c00-7abc-8def-0123456789ab";

fn create<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["key", "create", "--organization", "acme"], more].concat()
}

#[test]
fn a_key_is_printed_alone_and_listed_without_what_would_let_anybody_use_it() {
    on_both(|backend| {
        let server = Server::start(backend);
        let ann = server.client("generic").post("/Users", &user("ann@example.com")).expect(201).at("/id");
        let of_account = server.expect(&create(&["--account", "Ann@example.com", "--name", "laptop"]));
        assert!(of_account.starts_with("rosterkey_") && !of_account.contains(char::is_whitespace));
        let of_product =
            server.expect(&create(&["--product", "helpdesk", "--scope", "read", "--expires-in", "never"]));
        let listed = rows(&server.expect(&["key", "list", "--organization", "acme"]));
        assert_eq!(listed.len(), 2);
        assert_eq!(listed[0][..5], ["acme", "account", &ann, "laptop", "write"]);
        assert_eq!(listed[1][..5], ["acme", "product", "helpdesk", "key", "read"]);
        for (row, key) in listed.iter().zip([&of_account, &of_product]) {
            assert_eq!(row[6].strip_prefix("...").unwrap(), &key[key.len() - 4..]);
            assert!(!row.concat().contains(key.as_str()));
        }
        assert!(listed[0][7].starts_with("expires 20"));
        assert_eq!(listed[1][7..], ["expires never", "used never", "revoked never"]);
        assert!(!crate::support::holds(&server.kept(), &of_account), "what is stored lets nobody use it");
    });
}

#[test]
fn a_key_is_for_one_holder_that_is_there() {
    on_both(|backend| {
        let server = Server::start(backend);
        fails(&server, &create(&[]), 2);
        fails(&server, &create(&["--account", "ann", "--product", "helpdesk"]), 2);
        fails(&server, &create(&["--product", "helpdesk", "--scope", "all"]), 2);
        fails(&server, &create(&["--product", "helpdesk", "--expires-in", "365"]), 2);
        assert!(fails(&server, &create(&["--account", "nobody"]), 1).contains("no account \"nobody\""));
        assert!(fails(&server, &create(&["--product", "nothing"]), 1).contains("no product \"nothing\""));
        let elsewhere = ["key", "create", "--organization", "nowhere", "--product", "helpdesk"];
        assert!(fails(&server, &elsewhere, 1).contains("no organization \"nowhere\""));
        assert!(fails(&server, &["key", "revoke", NOBODY], 1).contains("there is no key"));
        assert_eq!(server.expect(&["key", "list"]), "");
    });
}

#[test]
fn a_revoked_key_is_told_so_and_the_trail_says_what_was_done() {
    on_both(|backend| {
        let server = Server::start(backend);
        server.expect(&create(&["--product", "helpdesk"]));
        let id = rows(&server.expect(&["key", "list"]))[0][5].clone();
        server.expect(&["key", "revoke", &id]);
        assert!(rows(&server.expect(&["key", "list"]))[0][9].starts_with("revoked 20"));
        eventually(|| {
            let told = rows(&server.expect(&["changes", "list"]));
            let of_key: Vec<&str> =
                told.iter().filter(|row| row[6] == id).map(|row| row[4].as_str()).collect();
            (of_key == ["key.created", "key.revoked"]).then_some(())
        });
    });
}
