use std::fmt::Write as _;

use super::*;
use crate::domain::Suspension;

const PRODUCT: &str = "remote-support";
const PHONE: &str = "telephony";
const PBX: &str = "configure_pbx";

const OPERATIONS: [Operation<'static>; 44] = [
    Operation::ListPeople,
    Operation::SeePerson,
    Operation::Why,
    Operation::CreatePerson,
    Operation::ChangePerson,
    Operation::MovePerson,
    Operation::SuspendPerson,
    Operation::ReactivatePerson,
    Operation::DeletePerson,
    Operation::ChangeRole,
    Operation::ChangeLicences { product: PRODUCT },
    Operation::ChangeProductSettings { product: PRODUCT },
    Operation::ChangeManagers { product: PRODUCT },
    Operation::AssignRepresentative,
    Operation::AssignDeviceGroups,
    Operation::SeeTeams,
    Operation::ChangeTeams,
    Operation::ChangePortals,
    Operation::SeeGroupings,
    Operation::ChangeTemplates,
    Operation::ChangeUserGroups,
    Operation::ChangeDeviceGroups,
    Operation::SeeEndUsers,
    Operation::ChangeEndUsers,
    Operation::SeeTelephony { product: PHONE, permission: PBX },
    Operation::ChangeTelephony { product: PHONE, permission: PBX },
    Operation::ConfigureTelephony { product: PHONE, permission: PBX },
    Operation::SeeOrganization,
    Operation::SeeJobs,
    Operation::SeeSettings,
    Operation::SeeCatalogue,
    Operation::ChangeRules,
    Operation::ChangeCeilings,
    Operation::ChangeLimits,
    Operation::ChangePools,
    Operation::ChangeRoles,
    Operation::SeeClients,
    Operation::ChangeClients,
    Operation::SeeKeys,
    Operation::RevokeKeys,
    Operation::RevokeProductKeys,
    Operation::SeeChanges,
    Operation::SeeIssues,
    Operation::SeeSeats,
];

fn catalogue() -> Catalogue {
    Catalogue::read(Catalogue::shipped()).unwrap()
}

fn settings() -> Settings {
    let role = |permissions: &[&str]| crate::provisioning::settings::CustomRole {
        permissions: permissions.iter().map(|key| (*key).to_owned()).collect(),
        ..Default::default()
    };
    let team = |parent: Option<&str>| crate::provisioning::settings::Node {
        parent: parent.map(str::to_owned),
        ..Default::default()
    };
    Settings {
        roles: BTreeMap::from([
            ("helper".to_owned(), role(&["manage_users"])),
            ("buyer".to_owned(), role(&["manage_licences", "view_invoices"])),
            ("operator".to_owned(), role(&[PBX])),
            (
                "manager".to_owned(),
                role(&["manage_users", "manage_licences", "manage_teams", "access_history", "view_reports"]),
            ),
        ]),
        teams: BTreeMap::from([
            ("north".to_owned(), team(None)),
            ("fjord".to_owned(), team(Some("north"))),
            ("inlet".to_owned(), team(Some("fjord"))),
            ("south".to_owned(), team(None)),
        ]),
        ..Settings::default()
    }
}

fn basis(role: &str) -> Basis {
    Basis {
        status: Status::Active,
        role: role.to_owned().into(),
        manages: BTreeSet::new(),
        team: Some("north".to_owned()),
        product_roles: BTreeMap::new(),
        product_permissions: BTreeMap::new(),
    }
}

fn power(basis: &Basis) -> Power {
    Power::of(basis, &settings(), &catalogue(), true)
}

fn scoped(role: &str, group: &str) -> Basis {
    Basis { manages: BTreeSet::from([group.to_owned()]), ..basis(role) }
}

fn within(product: &str, role: &str) -> Basis {
    let product_roles = BTreeMap::from([(product.to_owned(), role.to_owned())]);
    Basis { product_roles, ..basis("member") }
}

fn subjects() -> [(&'static str, Basis); 12] {
    [
        ("super admin", basis("super_admin")),
        ("admin", basis("admin")),
        ("helper", basis("helper")),
        ("helper of sales", scoped("helper", "sales")),
        ("buyer", basis("buyer")),
        ("operator", basis("operator")),
        ("company manager", within(PRODUCT, "company_manager")),
        ("team manager", within(PRODUCT, "team_manager")),
        ("API manager", within(PRODUCT, "api_manager")),
        ("representative", within(PRODUCT, "representative")),
        ("PBX administrator", within(PHONE, "super_administrator")),
        ("member", basis("member")),
    ]
}

/// Of an organization, oneself, and four others.
fn targets(roles: &[Role; 3]) -> [(&'static str, Target<'_>, Option<Whom<'_>>); 6] {
    let [member, custom, admin] = roles;
    let both: &[&str] = &[PRODUCT, PHONE];
    let near = Whom { role: member, user_group: Some("sales"), team: Some("inlet"), products: &[PRODUCT] };
    let far = Whom { role: member, user_group: Some("hr"), team: Some("south"), products: both };
    let helper = Whom { role: custom, user_group: Some("sales"), team: None, products: &[] };
    let chief = Whom { role: admin, user_group: Some("sales"), team: Some("north"), products: both };
    [
        ("organization", Target::Organization, None),
        ("own", Target::Own, None),
        ("near", Target::Organization, Some(near)),
        ("far", Target::Organization, Some(far)),
        ("helper", Target::Organization, Some(helper)),
        ("admin", Target::Organization, Some(chief)),
    ]
}

fn letter(decision: &Decision) -> char {
    match decision {
        Decision::Allowed => '+',
        Decision::Hidden => '?',
        Decision::Forbidden(_) => '-',
    }
}

#[test]
fn the_whole_table() {
    let roles = [Role::Member, Role::Custom("helper".to_owned()), Role::Admin];
    let mut table = String::from(
        "+ allowed, ? hidden, - forbidden; on: organization, own, a member of sales in the team below, one of hr in\n\
         another team, a helper of sales, an admin of sales\n",
    );
    for (name, basis) in subjects() {
        writeln!(table, "\n{name}").unwrap();
        let power = power(&basis);
        for operation in OPERATIONS {
            let letters: String = targets(&roles)
                .iter()
                .map(|(_, target, whom)| {
                    letter(&power.decide(operation, whom.as_ref().map_or(*target, Target::Other)))
                })
                .collect();
            writeln!(table, "  {letters} {operation:?}").unwrap();
        }
    }
    insta::assert_snapshot!(table);
}

fn member(user_group: Option<&'static str>) -> Whom<'static> {
    Whom { role: &Role::Member, user_group, team: None, products: &[] }
}

#[test]
fn whoever_cannot_use_their_account_may_do_nothing() {
    for (name, basis) in subjects() {
        for status in [
            Status::Suspended(Suspension::Directory),
            Status::Suspended(Suspension::Hand),
            Status::TransferPending,
        ] {
            let power = power(&Basis { status, ..basis.clone() });
            for operation in OPERATIONS {
                for target in [Target::Organization, Target::Own, Target::Other(&member(None))] {
                    let decision = power.decide(operation, target);
                    assert_eq!(decision, Decision::Forbidden(Lack::Entry), "{name} {operation:?}");
                }
            }
        }
    }
}

#[test]
fn only_super_admins_make_anybody_but_members() {
    let all = [Role::Member, Role::Custom("helper".to_owned()), Role::Admin, Role::SuperAdmin];
    for (name, basis) in subjects() {
        let (is_super, power) = (basis.role == Role::SuperAdmin, power(&basis));
        for role in &all {
            let allowed = is_super || *role == Role::Member;
            assert_eq!(power.may_give_role(role) == Decision::Allowed, allowed, "{name} {role}");
            let created = power.decide(
                Operation::CreatePerson,
                Target::Other(&Whom { role, user_group: Some("sales"), team: None, products: &[] }),
            );
            assert!(allowed || created != Decision::Allowed, "{name} made a {role}");
        }
    }
}

#[test]
fn a_manager_of_user_groups_makes_and_moves_people_only_among_them() {
    let power = power(&scoped("helper", "sales"));
    let make = |group| power.decide(Operation::CreatePerson, Target::Other(&member(group)));
    assert_eq!(make(Some("sales")), Decision::Allowed);
    assert_eq!(make(Some("hr")), Decision::Forbidden(Lack::Group));
    assert_eq!(make(None), Decision::Forbidden(Lack::Group));
    assert!(power.reaches_group(Some("sales")) && !power.reaches_group(Some("hr")));
    assert!(!power.reaches_group(None));
}

#[test]
fn nobody_gives_a_role_inside_a_product_that_permits_what_they_may_not() {
    let catalogue = catalogue();
    let may = |basis: &Basis, product: &str, role: &str| {
        let wanted = &catalogue.products[product].roles[role];
        power(basis).may_give_product_role(product, wanted, None, &catalogue)
    };
    let giving = |key: &str| Decision::Forbidden(Lack::Giving(key.to_owned()));
    assert_eq!(may(&basis("super_admin"), PHONE, "super_administrator"), Decision::Allowed);
    // Invoices and reports are not an admin's.
    assert_eq!(may(&basis("admin"), PHONE, "super_administrator"), giving("pay_invoices"));
    assert_eq!(may(&basis("admin"), PHONE, "none"), Decision::Allowed);
    let [company, team] = ["company_manager", "team_manager"].map(|role| within(PRODUCT, role));
    assert_eq!(may(&company, PRODUCT, "team_manager"), Decision::Allowed);
    assert_eq!(may(&company, PRODUCT, "company_manager"), Decision::Allowed);
    assert_eq!(may(&company, PRODUCT, "api_manager"), Decision::Allowed);
    assert_eq!(may(&team, PRODUCT, "api_manager"), giving("manage_licences"));
    assert_eq!(may(&team, PRODUCT, "team_manager"), Decision::Allowed);
    assert_eq!(may(&team, PRODUCT, "company_manager"), giving("manage_licences"));
    // Nor one that reaches further, whatever it permits.
    let wide = ProductRole {
        name: "Overseer".to_owned(),
        reach: Reach::Product,
        retired: false,
        permissions: Vec::new(),
    };
    assert_eq!(power(&team).may_give_product_role(PRODUCT, &wide, None, &catalogue), giving("Overseer"));
    assert_eq!(may(&team, PHONE, "super_administrator"), giving("configure_pbx"));
}

#[test]
fn a_manager_of_user_groups_gives_no_role_that_reaches_beyond_them() {
    let (settings, catalogue) = (settings(), catalogue());
    let may = |basis: &Basis, role: &str, team: Option<&str>| {
        let wanted = &catalogue.products[PRODUCT].roles[role];
        power(basis).may_give_product_role(PRODUCT, wanted, team, &catalogue)
    };
    let further = |name: &str| Decision::Forbidden(Lack::Giving(name.to_owned()));
    let limited = scoped("manager", "sales");
    let unlimited = basis("manager");
    assert!(settings.roles.contains_key("manager"));
    for (role, name) in [
        ("team_manager", "Team manager"),
        ("company_manager", "Company manager"),
        ("api_manager", "API manager"),
    ] {
        assert_eq!(may(&unlimited, role, Some("south")), Decision::Allowed, "{role}");
        assert_eq!(may(&limited, role, Some("south")), further(name));
    }
    assert_eq!(may(&limited, "representative", None), Decision::Allowed);
    // Nor one that permits nothing as yet.
    let reaching = |reach| {
        let (name, permissions) = ("Overseer".to_owned(), Vec::new());
        let wanted = ProductRole { name, reach, retired: false, permissions };
        power(&limited).may_give_product_role(PRODUCT, &wanted, None, &catalogue)
    };
    assert_eq!(reaching(Reach::Own), Decision::Allowed);
    for reach in [Reach::Api, Reach::Teams, Reach::Product] {
        assert_eq!(reaching(reach), further("Overseer"));
    }
    assert!(power(&unlimited).reaches_team(Some("south")) && power(&unlimited).reaches_team(None));
    assert!(!power(&limited).reaches_team(Some("south")) && !power(&limited).reaches_team(None));
    // A role of their own inside the product reaches as far as it does.
    let inside = Basis {
        manages: limited.manages.clone(),
        role: limited.role.clone(),
        ..within(PRODUCT, "team_manager")
    };
    assert!(power(&inside).reaches_team(Some("inlet")) && !power(&inside).reaches_team(Some("south")));
    assert_eq!(may(&inside, "team_manager", Some("inlet")), Decision::Allowed);
    assert_eq!(may(&inside, "team_manager", None), Decision::Allowed);
    assert_eq!(may(&inside, "team_manager", Some("south")), further("Team manager"));
    assert_eq!(may(&inside, "company_manager", Some("inlet")), further("Company manager"));
}

#[test]
fn an_api_manager_has_power_only_by_key() {
    let (settings, catalogue) = (settings(), catalogue());
    let basis = within(PRODUCT, "api_manager");
    let list = |by_key| {
        Power::of(&basis, &settings, &catalogue, by_key).decide(Operation::ListPeople, Target::Organization)
    };
    assert_eq!(list(true), Decision::Allowed);
    assert_eq!(list(false), Decision::Forbidden(Lack::Entry));
}

#[test]
fn permissions_inside_a_product_count_there_and_nowhere_else() {
    let keys = BTreeMap::from([(PHONE.to_owned(), BTreeSet::from([PBX.to_owned()]))]);
    let power = power(&Basis { product_permissions: keys, ..basis("member") });
    let on = |operation, products| {
        let whom = Whom { role: &Role::Member, user_group: None, team: None, products };
        power.decide(operation, Target::Other(&whom))
    };
    let change = Operation::ChangeTelephony { product: PHONE, permission: PBX };
    assert_eq!(on(change, &[PHONE]), Decision::Allowed);
    assert_eq!(on(change, &[PRODUCT]), Decision::Hidden);
    assert_eq!(on(Operation::ChangePerson, &[PHONE]), Decision::Hidden);
}

#[test]
fn what_a_telephone_permits_and_what_a_role_beside_it_does_reach_each_its_own() {
    let mut catalogue = catalogue();
    let lead = ProductRole {
        name: "Lead".to_owned(),
        reach: Reach::Teams,
        retired: false,
        permissions: vec!["manage_product_settings".to_owned()],
    };
    catalogue.products.get_mut(PHONE).unwrap().roles.insert("lead".to_owned(), lead);
    let keys = BTreeMap::from([(PHONE.to_owned(), BTreeSet::from([PBX.to_owned()]))]);
    let basis = Basis { product_permissions: keys, ..within(PHONE, "lead") };
    let power = Power::of(&basis, &settings(), &catalogue, true);
    let on = |operation, team| {
        let whom = Whom { role: &Role::Member, user_group: None, team: Some(team), products: &[PHONE] };
        power.decide(operation, Target::Other(&whom)) == Decision::Allowed
    };
    let telephone = Operation::ChangeTelephony { product: PHONE, permission: PBX };
    let settings_of = Operation::ChangeProductSettings { product: PHONE };
    assert_eq!((on(telephone, "inlet"), on(telephone, "south")), (true, true));
    assert_eq!((on(settings_of, "inlet"), on(settings_of, "south")), (true, false));
    assert_eq!((power.reaches_team(Some("inlet")), power.reaches_team(Some("south"))), (true, false));
    assert!(power.is_of_teams(PHONE));
    // Products are told the same.
    let told = power.told_to(PHONE, &catalogue);
    assert_eq!(told[PBX].reach, Reached::Product);
    assert_eq!((told["manage_product_settings"].reach, told[PBX].teams.len()), (Reached::Part, 0));
    // And neither lends the other its reach to be handed on.
    let lead = &catalogue.products[PHONE].roles["lead"];
    assert_eq!(power.may_give_product_role(PHONE, lead, Some("fjord"), &catalogue), Decision::Allowed);
    let wide = ProductRole { reach: Reach::Product, ..lead.clone() };
    let further = Decision::Forbidden(Lack::Giving("Lead".to_owned()));
    assert_eq!(power.may_give_product_role(PHONE, &wide, Some("fjord"), &catalogue), further);
}

#[test]
fn a_team_manager_reaches_the_own_team_and_those_below() {
    let power = power(&within(PRODUCT, "team_manager"));
    for (team, reached) in [("north", true), ("fjord", true), ("inlet", true), ("south", false)] {
        assert_eq!(power.reaches_team(Some(team)), reached, "{team}");
        let whom = Whom { role: &Role::Member, user_group: None, team: Some(team), products: &[PRODUCT] };
        let seen = power.decide(Operation::SeePerson, Target::Other(&whom));
        assert_eq!(seen == Decision::Allowed, reached, "{team}: {seen:?}");
    }
    assert!(!power.reaches_team(None));
}

#[test]
fn what_a_permission_includes_is_permitted_too() {
    let helper = power(&basis("helper"));
    let settings_of = Operation::ChangeProductSettings { product: PRODUCT };
    assert_eq!(helper.decide(settings_of, Target::Other(&member(None))), Decision::Allowed);
    let lacking = helper.decide(Operation::SeeSeats, Target::Organization);
    assert_eq!(lacking, Decision::Forbidden(Lack::Permission("manage_licences".to_owned())));
}

#[test]
fn teams_and_portals_are_shaped_by_whoever_reaches_the_whole_product() {
    let mut catalogue = catalogue();
    let roles = &mut catalogue.products.get_mut(PRODUCT).unwrap().roles;
    roles.get_mut("team_manager").unwrap().permissions.push("manage_teams".to_owned());
    for (basis, expected) in [
        (within(PRODUCT, "company_manager"), Some(Some(PRODUCT))),
        (within(PRODUCT, "team_manager"), None),
        (basis("admin"), Some(None)),
        (basis("super_admin"), Some(None)),
        (basis("helper"), None),
    ] {
        let power = Power::of(&basis, &settings(), &catalogue, true);
        let allowed = power.decide(Operation::ChangeTeams, Target::Organization) == Decision::Allowed;
        let confined = power.confined_to(Operation::ChangeTeams);
        let confined = confined.map(|products| products.into_iter().next());
        assert_eq!(allowed.then(|| confined.flatten()), expected, "{basis:?}");
    }
}
