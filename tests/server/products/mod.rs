//! The product facts, row by row: what identity providers push, people do by hand, products ask and the command line
//! tells, each row on both databases and without a look into the database. A test carries its row's number.

mod administration;
mod asking;
mod device_management;
mod directory;
mod representatives;
mod rows;
mod scenarios;
mod user_sync;

use serde_json::{Value, json};

use crate::provisioning::Keyed;
use crate::support::{Answer, Backend, Server};

pub use directory::Directory;

/// A server with the organization `acme`, whose people come from a directory, and a super admin with an API key.
pub struct World {
    pub server: Server,
    pub directory: Directory,
    pub chief: Keyed,
}

impl World {
    /// One whose directory pushes as Okta does.
    pub fn of_okta(backend: Backend, declared: &str) -> Self {
        Self::of(backend, "okta", declared)
    }

    /// One whose directory pushes as Entra does.
    pub fn of_entra(backend: Backend, declared: &str) -> Self {
        Self::of(backend, "entra", declared)
    }

    fn of(backend: Backend, kind: &'static str, declared: &str) -> Self {
        let server = Server::start(backend);
        server.connection(kind, kind);
        declare(&server, declared);
        let directory = Directory::new(&server, kind);
        directory.hire("chief");
        server.expect(&["account", "pin", "--organization", "acme", "chief", "role=super_admin"]);
        let chief = Keyed::of(&server, "chief");
        Self { server, directory, chief }
    }

    /// Declares something else.
    pub fn declare(&self, declared: &str) {
        declare(&self.server, declared);
    }

    /// What the command line prints, its words parted by blanks.
    pub fn command(&self, words: &str) -> String {
        self.server.expect(&words.split(' ').collect::<Vec<_>>())
    }

    /// What `account show`, or `why`, tells of somebody.
    pub fn told(&self, what: &str, name: &str) -> String {
        self.server.expect(&["account", what, "--organization", "acme", name])
    }

    /// Pins something for somebody by the command line, which must succeed.
    pub fn pin(&self, name: &str, grant: &str) {
        self.server.pin(name, grant);
    }

    /// What a product may know of somebody.
    pub fn ask(&self, product: &str) -> Product {
        let arguments = ["key", "create", "--organization", "acme", "--product", product];
        Product {
            key: Keyed::with(&self.server, &self.server.expect(&arguments)),
            product: product.to_owned(),
        }
    }

    /// Somebody as the administration shows them.
    pub fn account(&self, id: &str) -> Value {
        self.chief.get(&format!("/accounts/{id}")).expect(200).json()
    }

    /// Changes somebody by hand, as the super admin.
    pub fn change(&self, id: &str, change: Value) -> Answer {
        self.chief.patch(&format!("/accounts/{id}"), &change)
    }

    /// Sets a feature by hand.
    pub fn set(&self, id: &str, product: &str, feature: &str, value: Value) -> Answer {
        let subject = format!("{product}/{feature}");
        self.change(id, json!({"pins": [{"kind": "feature", "subject": subject, "value": value}]}))
    }

    /// What is told of a product's seats: how many are taken and wait.
    pub fn seats(&self, product: &str) -> String {
        let all = self.server.expect(&["seats", "--organization", "acme"]);
        let line = all.lines().find(|line| line.split_whitespace().any(|word| word == product));
        let words: Vec<&str> = line.unwrap_or_default().split_whitespace().skip(2).collect();
        words.join(" ")
    }
}

/// Waits until something is so. What a change of the settings takes counts at once; what it gives, a job brings.
#[track_caller]
pub fn becomes<T: PartialEq + std::fmt::Debug>(ask: impl Fn() -> T, wanted: &T) {
    let begun = std::time::Instant::now();
    while ask() != *wanted && begun.elapsed().as_secs() < 20 {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert_eq!(ask(), *wanted);
}

/// Applies a declaration of `acme`.
fn declare(server: &Server, declared: &str) {
    let file = server.directory.path().join("acme.toml");
    std::fs::write(&file, format!("organization = \"acme\"\n{declared}")).expect("a file");
    server.expect(&["apply", file.to_str().expect("a path")]);
}

/// A product that asks with its key.
pub struct Product {
    key: Keyed,
    product: String,
}

impl Product {
    fn send(&self, query: &str) -> Answer {
        let path = format!("/entitlements/v1/accounts?product={}&{query}", self.product);
        self.key.send("GET", &path, &[], None)
    }

    /// What somebody may do in it now.
    pub fn of(&self, name: &str) -> Value {
        self.send(&format!("userName={name}")).expect(200).json()
    }

    /// The version of the same.
    pub fn tag(&self, name: &str) -> Option<String> {
        self.send(&format!("userName={name}")).expect(200).header("etag").map(str::to_owned)
    }

    /// What of it counts for somebody, through any of their portals.
    pub fn features(&self, name: &str) -> Value {
        self.of(name)["features"].clone()
    }

    /// The same through one portal.
    pub fn through(&self, name: &str, portal: &str) -> Value {
        self.send(&format!("userName={name}&portal={portal}")).expect(200).json()["features"].clone()
    }

    /// Tells that somebody signed in to it.
    pub fn registered(&self, id: &str) -> Answer {
        self.key.send("POST", &format!("/entitlements/v1/accounts/{id}/registered"), &[], None)
    }
}
