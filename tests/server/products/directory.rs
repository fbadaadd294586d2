//! An identity provider that pushes as Okta or as Entra does.

use serde_json::{Value, json};

use crate::support::{Answer, Client, Server};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const ROSTER: &str = "urn:ietf:params:scim:schemas:extension:roster:2.0:User";

/// What an identity provider does.
pub struct Directory {
    pub client: Client,
    is_okta: bool,
}

impl Directory {
    /// The provider of the connection of this name and kind.
    pub fn new(server: &Server, kind: &str) -> Self {
        Self { client: server.client_of(kind, kind), is_okta: kind == "okta" }
    }

    /// Assigns somebody to the application; the id.
    pub fn hire(&self, name: &str) -> String {
        self.hire_with(name, json!({}))
    }

    /// The same of somebody with these attributes besides.
    pub fn hire_with(&self, name: &str, more: Value) -> String {
        self.push(name, more).expect(201).at("/id")
    }

    /// The same, whatever is answered.
    pub fn push(&self, name: &str, more: Value) -> Answer {
        let email = format!("{name}@acme.example");
        let mut user = if self.is_okta {
            json!({"schemas": [USER], "userName": name, "name": {"givenName": name, "familyName": "Acme"},
                "emails": [{"primary": true, "value": email, "type": "work"}], "displayName": name,
                "locale": "en-US", "externalId": format!("00u{name}"), "groups": [], "password": "1mz050nq",
                "active": true})
        } else {
            json!({"schemas": [USER], "externalId": format!("oid-{name}"), "userName": name, "active": true,
                "displayName": name, "emails": [{"primary": true, "type": "work", "value": email}],
                "meta": {"resourceType": "User"}, "roles": [],
                "name": {"formatted": name, "familyName": "Acme", "givenName": name}})
        };
        let user_members = user.as_object_mut().expect("an object");
        user_members.extend(more.as_object().cloned().unwrap_or_default());
        self.client.post("/Users", &user)
    }

    /// Pushes a group with these members; its id.
    pub fn group(&self, name: &str, members: &[&str]) -> String {
        let group = if self.is_okta {
            json!({"schemas": [GROUP], "displayName": name, "members": []})
        } else {
            json!({"schemas": [GROUP, "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
                "externalId": format!("gid-{name}"), "displayName": name, "members": [],
                "meta": {"resourceType": "Group"}})
        };
        let id = self.client.post("/Groups", &group).expect(201).at("/id");
        if !members.is_empty() {
            self.join(&id, members);
        }
        id
    }

    /// Puts people into a group.
    pub fn join(&self, group: &str, members: &[&str]) {
        let member = |id: &&str| {
            if self.is_okta {
                json!({"value": id, "display": "somebody"})
            } else {
                json!({"$ref": null, "value": id})
            }
        };
        let members: Vec<Value> = members.iter().map(member).collect();
        let op = if self.is_okta { "add" } else { "Add" };
        self.patch_group(group, json!([{"op": op, "path": "members", "value": members}]));
    }

    /// Takes somebody out of a group.
    pub fn leave(&self, group: &str, member: &str) {
        let operations = if self.is_okta {
            json!([{"op": "remove", "path": format!("members[value eq \"{member}\"]")}])
        } else {
            json!([{"op": "Remove", "path": "members", "value": [{"$ref": null, "value": member}]}])
        };
        self.patch_group(group, operations);
    }

    fn patch_group(&self, group: &str, operations: Value) {
        let answer = self.client.patch(&format!("/Groups/{group}"), &operations);
        assert!(matches!(answer.status, 200 | 204), "{} {}", answer.status, answer.text);
    }

    /// Changes attributes of somebody.
    pub fn update(&self, id: &str, attributes: Value) -> Answer {
        let operations = if self.is_okta {
            json!([{"op": "replace", "value": attributes}])
        } else {
            let each = attributes.as_object().expect("an object").iter();
            each.map(|(path, value)| json!({"op": "Replace", "path": path, "value": value})).collect()
        };
        self.client.patch(&format!("/Users/{id}"), &operations)
    }

    /// Unassigns somebody: they are deactivated.
    pub fn deactivate(&self, id: &str) -> Answer {
        // Entra writes it as a text where a feature flag is not set.
        let no = if self.is_okta { json!(false) } else { json!("False") };
        self.update(id, json!({"active": no}))
    }

    /// Assigns them again.
    pub fn reactivate(&self, id: &str) -> Answer {
        let yes = if self.is_okta { json!(true) } else { json!("True") };
        self.update(id, json!({"active": yes}))
    }

    /// What Roster's extension says of somebody over SCIM.
    pub fn account(&self, id: &str) -> Value {
        let answer = self.client.get(&format!("/Users/{id}?attributes=userName,active,{ROSTER}")).expect(200);
        answer.json()[ROSTER].clone()
    }

    /// What the extension says of somebody's licence of a product.
    pub fn licence(&self, id: &str, product: &str) -> Value {
        let account = self.account(id);
        let all = account["licenses"].as_array().cloned().unwrap_or_default();
        all.into_iter().find(|licence| licence["value"] == json!(product)).unwrap_or_default()
    }
}
