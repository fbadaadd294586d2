use super::*;
use crate::provisioning::catalogue::Permission;
use crate::provisioning::example::{catalogue, keyed, settings};
use crate::provisioning::settings::CustomRole;

#[test]
fn a_role_permits_all_that_its_permissions_include_however_deep_or_round() {
    let including = |includes: &[&str]| Permission {
        name: String::new(),
        includes: includes.iter().map(|&key| key.to_owned()).collect(),
        retired: false,
    };
    let catalogue = Catalogue {
        permissions: keyed([
            ("a", including(&["b"])),
            ("b", including(&["c", "d"])),
            ("c", including(&["a"])),
            ("d", including(&["gone"])),
            ("e", including(&[])),
        ]),
        ..Catalogue::default()
    };
    let role = CustomRole { name: String::new(), permissions: ["a".to_owned()].into() };
    let settings = Settings { roles: keyed([("keeper", role)]), ..Settings::default() };
    let closed = permissions("keeper", &settings, &catalogue);
    assert_eq!(closed, ["a", "b", "c", "d", "gone"].into());
    assert_eq!(permissions("nobody", &settings, &catalogue), BTreeSet::new());
}

#[test]
fn the_least_of_several_roles_is_by_kind_then_by_how_much_it_permits_then_by_key() {
    for (roles, wanted) in [
        (&["admin", "super_admin"][..], Some("admin")),
        (&["admin", "keeper", "clerk"], Some("clerk")),
        (&["clerk", "viewer"], Some("viewer")),
        (&["keeper", "clerk", "auditor"], Some("auditor")),
        (&["viewer", "member"], Some("member")),
        (&[], None),
    ] {
        let roles: Vec<Role> = roles.iter().map(|&key| Role::from(key.to_owned())).collect();
        let forwards = least(&roles, &settings(), &catalogue()).map(Role::as_str);
        let backwards = least(roles.iter().rev(), &settings(), &catalogue()).map(Role::as_str);
        assert_eq!((forwards, backwards), (wanted, wanted), "{roles:?}");
    }
}
