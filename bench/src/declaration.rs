//! What the organization with rules declares: 20 rules over 50 groups, with pools that do not run out.

use std::fmt::Write as _;

use crate::program::Seats;

/// The rules: five for the groups that are joined, nine for the other groups, and six filters.
pub const RULES: usize = 20;
/// The groups that they name.
pub const GROUPS: usize = 50;
/// How many rules name the groups that are joined.
pub const JOINED: usize = 5;
/// The product that everybody gets, and that has portals.
pub const PRODUCT: &str = "remote-support";
/// A portal of everybody's.
pub const PORTAL: &str = "main";
/// How many rules name the other groups.
const DEPARTMENT_RULES: usize = RULES - JOINED - FILTERS.len();
/// A product that the members of the joined groups get.
pub const MEMBERS_PRODUCT: &str = "device-management";
/// The product that they get too by the changed rule; nobody else has it.
pub const CHANGED_PRODUCT: &str = "helpdesk";

/// Which of its two declarations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// The first.
    First,
    /// With one rule that gives a product more.
    Changed,
}

/// The names of the groups that rules name beside those that are joined.
pub fn other_groups() -> impl Iterator<Item = String> {
    (1..=GROUPS - 2).map(|n| format!("Department {n}"))
}

/// How many seats of the members' products are taken once so many are members.
pub fn members_seats(seats: &Seats, version: Version, members: u64) -> Result<(), String> {
    let changed = if version == Version::Changed { members } else { 0 };
    for (product, expected) in [(MEMBERS_PRODUCT, members), (CHANGED_PRODUCT, changed)] {
        let taken = seats.get(product).copied();
        if taken != Some(expected) {
            return Err(format!("expected {expected} seats of {product} taken, found {taken:?}"));
        }
    }
    Ok(())
}

/// The declaration in TOML, with the names of the two groups that are joined.
pub fn write(organization: &str, joined: [&str; 2], version: Version) -> String {
    let mut text = format!("organization = \"{organization}\"\n{WHAT_THERE_IS}");
    let joined = group_list(joined.into_iter().map(str::to_owned));
    for (n, grants) in JOINED_GRANTS.into_iter().enumerate() {
        let more = if n == 0 && version == Version::Changed { MORE } else { "" };
        let grants = grants.replace("MORE", more);
        rule(&mut text, &format!("joined{n}"), 100 + n, &format!("any_of = [{joined}]"), &grants);
    }
    for n in 0..DEPARTMENT_RULES {
        let grants = if n % 2 == 0 { LEADS } else { EMEA };
        let groups = group_list(other_groups().skip(n).step_by(DEPARTMENT_RULES));
        rule(&mut text, &format!("department{n}"), 200 + n, &format!("any_of = [{groups}]"), grants);
    }
    for (n, (filter, grants)) in FILTERS.into_iter().enumerate() {
        rule(&mut text, &format!("filter{n}"), 300 + n, &format!("filter = '{filter}'"), grants);
    }
    text
}

fn rule(text: &mut String, key: &str, priority: usize, whom: &str, grants: &str) {
    // Writing to a text cannot fail.
    let _written =
        write!(text, "\n[rules.{key}]\npriority = {priority}\n{whom}\n[rules.{key}.grants]\n{grants}\n");
}

fn group_list(names: impl Iterator<Item = String>) -> String {
    names.map(|name| format!("{{ group = \"{name}\" }}")).collect::<Vec<_>>().join(", ")
}

/// Telephony is left out: its extensions would run out.
const WHAT_THERE_IS: &str = r#"
products = ["remote-support", "helpdesk", "device-management", "device-remote-support"]

[pools]
remote-support = { size = 50000000 }
helpdesk = { size = 50000000 }
device-management = { size = 50000000 }
device-remote-support = { size = 50000000 }

[templates.agents]
product = "remote-support"
features = { view_control_screens = true, file_transfer_send = true, multi_session = 2 }

[templates.leads]
product = "remote-support"
features = { management_center_access = true, reports = true, multi_session = 4 }

[teams.support]
features.remote-support = { reboot_reconnect = true }

[teams.emea]
parent = "support"
features.remote-support = { file_transfer_receive = true }

[teams.night]
parent = "support"
features.remote-support = { file_transfer_receive = false }

[portals.main]
[portals.banking]
parent = "main"
features.remote-support = { file_transfer_send = false, multi_session = 1 }

[user_groups.customer-care]
[device_groups.kiosks]

[limits.remote-support]
multi_session = { maximum = 3 }
"#;

/// What the rules for the joined groups give; `MORE` is where the changed one gives more.
const JOINED_GRANTS: [&str; JOINED] = [
    r#"products = [{ product = "device-management" }MORE]"#,
    r#"products = [{ product = "device-remote-support" }]"#,
    r#"team = "night""#,
    r#"portals = ["banking"]"#,
    r#"products = [{ product = "remote-support", template = "leads" }]"#,
];
const MORE: &str = r#", { product = "helpdesk" }"#;

const LEADS: &str =
    "products = [{ product = \"remote-support\", template = \"leads\" }]\nportals = [\"banking\"]";
const EMEA: &str = "team = \"emea\"\nfeatures.remote-support = { share_my_screen = true }";

/// Filters with what they give. The first matches everybody, the last hardly anybody; the others some, or all by a longer way.
const FILTERS: [(&str, &str); 6] = [
    (
        r#"userType eq "Employee""#,
        "products = [{ product = \"remote-support\", template = \"agents\" }]\nteam = \"support\"\nportals = [\"main\"]",
    ),
    (r#"addresses[type eq "work" and country eq "DE"]"#, r#"device_groups = ["kiosks"]"#),
    (
        r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "Finance""#,
        r#"user_group = "customer-care""#,
    ),
    (
        r#"title co "Manager""#,
        "features.remote-support = { reports = true, management_center_access = true }",
    ),
    (
        r#"userName ew "@bench.example" and phoneNumbers pr"#,
        "language = \"en\"\nprofile = { job_title = \"title\" }",
    ),
    (r#"title eq "Archivist""#, r#"portals = ["banking"]"#),
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn there_are_so_many_rules_over_so_many_groups() {
        let text = write("bench", ["Big", "Small"], Version::First);
        assert_eq!(text.matches("\n[rules.").count(), 2 * RULES, "a rule and its grants each");
        let groups: HashSet<&str> =
            text.split("{ group = \"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert_eq!(groups.len(), GROUPS);
        assert_eq!(text.matches("group = \"Big\"").count(), JOINED);
        assert_eq!(text.matches("group = \"Small\"").count(), JOINED);
        assert!(!text.contains("MORE"), "{text}");
    }

    #[test]
    fn the_changed_declaration_gives_members_one_product_more() {
        let first = write("bench", ["Big", "Small"], Version::First);
        let changed = write("bench", ["Big", "Small"], Version::Changed);
        let lines = first.lines().zip(changed.lines()).filter(|(a, b)| a != b).collect::<Vec<_>>();
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(lines[0].1.contains(CHANGED_PRODUCT) && !lines[0].0.contains(CHANGED_PRODUCT), "{lines:?}");
    }

    #[test]
    fn seats_tell_which_declaration_is_in_force() {
        let mut seats = Seats::from([(MEMBERS_PRODUCT.to_owned(), 7), (CHANGED_PRODUCT.to_owned(), 0)]);
        assert_eq!(members_seats(&seats, Version::First, 7), Ok(()));
        assert!(members_seats(&seats, Version::First, 6).is_err());
        assert!(members_seats(&seats, Version::Changed, 7).is_err());
        seats.insert(CHANGED_PRODUCT.to_owned(), 7);
        assert_eq!(members_seats(&seats, Version::Changed, 7), Ok(()));
        assert!(members_seats(&Seats::new(), Version::First, 0).is_err());
    }
}
