//! What an organization declares and what its people have, by the command line.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Answer, Client, Server};

/// An account as `roster account show` tells it.
#[derive(Debug)]
pub struct Account(Vec<Vec<String>>);

impl Account {
    /// What it has of a kind: for what there is one of, the subject is empty.
    pub fn get(&self, kind: &str, subject: &str) -> Option<&str> {
        let row = self.0.iter().find(|row| row[0] == kind && row[1] == subject)?;
        Some(row.get(2).map_or("", String::as_str))
    }

    /// `held`, `waiting, number N`, `none`, or `no licence`.
    pub fn seat(&self, product: &str) -> &str {
        self.get("license", product).unwrap_or("no licence")
    }

    /// The subjects of a kind.
    pub fn all(&self, kind: &str) -> Vec<&str> {
        self.0.iter().filter(|row| row[0] == kind).map(|row| row[1].as_str()).collect()
    }
}

/// Something that somebody should look at, as `roster issues` tells it.
#[derive(Debug, PartialEq, Eq)]
pub struct Issue {
    pub kind: String,
    pub subject: String,
    pub detail: String,
    pub people: Vec<String>,
}

impl Server {
    /// Writes what `acme` declares to a file; its path.
    pub fn declaration(&self, declaration: &str) -> String {
        let file = self.directory.path().join("acme.toml");
        std::fs::write(&file, format!("organization = \"acme\"\n{declaration}")).expect("a file");
        file.to_str().expect("a path").to_owned()
    }

    /// Applies what `acme` declares, and waits until everybody has it; what is printed.
    pub fn declare(&self, declaration: &str) -> String {
        let file = self.declaration(declaration);
        self.expect(&["apply", &file])
    }

    /// What somebody has.
    pub fn show(&self, account: &str) -> Account {
        Account(columns(&self.expect(&["account", "show", "--organization", "acme", account])))
    }

    /// Makes, takes or ends a grant by hand.
    pub fn pin(&self, account: &str, grant: &str) {
        self.expect(&["account", "pin", "--organization", "acme", account, grant]);
    }

    /// How many seats of a product are taken, and how many people wait.
    pub fn pool(&self, product: &str) -> (u32, u32) {
        let rows = columns(&self.expect(&["seats", "--organization", "acme"]));
        let row =
            rows.iter().find(|row| row[1] == product).unwrap_or_else(|| panic!("no {product}: {rows:?}"));
        let number =
            |text: &str| text.split(' ').next().and_then(|word| word.parse().ok()).expect("a number");
        (number(&row[2]), number(&row[3]))
    }

    /// The issues of a kind.
    pub fn issues(&self, kind: &str) -> Vec<Issue> {
        let rows = columns(&self.expect(&["issues", "--organization", "acme"]));
        let of_kind = rows.into_iter().filter(|row| row[1] == kind);
        let people = |text: &str| text.split(' ').filter(|id| !id.is_empty()).map(str::to_owned).collect();
        of_kind
            .map(|row| Issue {
                kind: row[1].clone(),
                subject: row[2].clone(),
                detail: row[3].clone(),
                people: people(row.get(5).map_or("", String::as_str)),
            })
            .collect()
    }

    /// The changes of `acme`, as they are exported.
    pub fn changes(&self) -> Vec<Value> {
        let text = self.expect(&["changes", "export", "--organization", "acme"]);
        text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }

    /// Who holds a seat (nothing) or waits with a number, by product and account, as replaying all changes tells.
    pub fn replayed(&self) -> BTreeMap<(String, String), Option<i64>> {
        let mut places: BTreeMap<(String, String), Option<i64>> = BTreeMap::new();
        for change in self.changes() {
            let target = change["target"]["id"].as_str().expect("a target").to_owned();
            match change["action"].as_str().expect("an action") {
                "account.changed" => {
                    for (product, place) in change["after"]["seats"].as_object().into_iter().flatten() {
                        let key = (product.clone(), target.clone());
                        match place {
                            Value::Null => places.remove(&key),
                            Value::Number(number) => places.insert(key, number.as_i64()),
                            held => {
                                assert_eq!(held, "held");
                                places.insert(key, None)
                            }
                        };
                    }
                }
                "seats.passed_on" => {
                    for account in change["after"]["held"].as_array().expect("who moved up") {
                        let key = (target.clone(), account.as_str().expect("an id").to_owned());
                        let waited = places.insert(key, None);
                        assert!(matches!(waited, Some(Some(_))), "who moves up has waited: {change}");
                    }
                }
                "user.deleted" | "user.erased" => places.retain(|(_, account), _| *account != target),
                _ => {}
            }
        }
        places
    }
}

impl Client {
    /// Pushes an active person with these attributes besides; the id.
    pub fn person(&self, name: &str, attributes: &Value) -> String {
        self.post("/Users", &person(name, attributes)).expect(201).at("/id")
    }

    /// Pushes a group with these members; the id.
    pub fn group(&self, name: &str, members: &[&str]) -> String {
        let members: Vec<Value> = members.iter().map(|id| json!({"value": id})).collect();
        let schemas = ["urn:ietf:params:scim:schemas:core:2.0:Group"];
        let group = json!({"schemas": schemas, "displayName": name, "members": members});
        self.post("/Groups", &group).expect(201).at("/id")
    }

    /// Sets one attribute of a person.
    pub fn set(&self, id: &str, attribute: &str, value: &Value) -> Answer {
        self.patch(&format!("/Users/{id}"), &json!([{"op": "replace", "path": attribute, "value": value}]))
    }

    /// Lets people into a group.
    pub fn join(&self, group: &str, ids: &[&str]) -> Answer {
        let members: Vec<Value> = ids.iter().map(|id| json!({"value": id})).collect();
        self.patch(&format!("/Groups/{group}"), &json!([{"op": "add", "path": "members", "value": members}]))
    }

    /// Takes somebody out of a group.
    pub fn leave(&self, group: &str, id: &str) -> Answer {
        let path = format!("members[value eq \"{id}\"]");
        self.patch(&format!("/Groups/{group}"), &json!([{"op": "remove", "path": path}]))
    }
}

/// A person as they are pushed.
pub fn person(name: &str, attributes: &Value) -> Value {
    let mut person = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": name,
        "externalId": format!("external-{name}"),
        "active": true,
        "emails": [{"value": format!("{name}@example.com"), "type": "work", "primary": true}],
    });
    let members = attributes.as_object().expect("attributes").clone();
    person.as_object_mut().expect("an object").extend(members);
    person
}

fn columns(printed: &str) -> Vec<Vec<String>> {
    printed.lines().map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}
