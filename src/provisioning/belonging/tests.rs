use super::*;
use crate::domain::Setting;

/// Of the shipped products, telephony stands for any other: it has neither teams nor portals of its own.
const OWN: &str = "remote-support";
const OTHER: &str = "telephony";

fn node(parent: Option<&str>, products: &[&str]) -> Node {
    let values = |product: &&str| {
        ((*product).to_owned(), FeatureValues::from([("feature".to_owned(), Setting::Flag(true))]))
    };
    Node {
        name: String::new(),
        parent: parent.map(str::to_owned),
        features: products.iter().map(values).collect(),
    }
}

fn settings(teams: &[(&str, Option<&str>, &[&str])]) -> Settings {
    Settings {
        products: BTreeSet::from([OWN.to_owned(), OTHER.to_owned()]),
        teams: teams.iter().map(|(key, parent, values)| ((*key).to_owned(), node(*parent, values))).collect(),
        ..Settings::default()
    }
}

fn asked(key: &str, before: &Settings, after: &Settings, own: &[&str]) -> Option<Beyond> {
    let catalogue = Catalogue::read(Catalogue::shipped()).unwrap();
    beyond(Tree::Teams, key, (before, after), &catalogue, &own.iter().copied().collect())
}

#[test]
fn values_belong_to_their_product_whatever_else_is_in_the_team() {
    let both = settings(&[("north", None, &[OWN, OTHER])]);
    let [own, other, none] = [&[OWN][..], &[OTHER], &[]].map(|values| settings(&[("north", None, values)]));
    for (before, after, expected) in [
        (&both, &other, None),
        (&other, &both, None),
        (&both, &own, Some(Beyond::Values(OTHER.to_owned()))),
        (&own, &both, Some(Beyond::Values(OTHER.to_owned()))),
        (&both, &none, Some(Beyond::Values(OTHER.to_owned()))),
        (&both, &both, None),
    ] {
        assert_eq!(asked("north", before, after, &[OWN]), expected);
    }
    assert_eq!(asked("north", &both, &none, &[OWN, OTHER]), None);
}

#[test]
fn a_place_belongs_to_all_who_have_values_there_or_above() {
    let place = || Some(Beyond::Place(OTHER.to_owned()));
    let base: &[(&str, Option<&str>, &[&str])] =
        &[("own", None, &[OWN]), ("mixed", None, &[OWN, OTHER]), ("low", Some("own"), &[])];
    let before = settings(base);
    let with = |key: &'static str, parent: Option<&'static str>, values: &'static [&'static str]| {
        let mut teams: Vec<_> = base.iter().copied().filter(|(known, ..)| *known != key).collect();
        teams.push((key, parent, values));
        settings(&teams)
    };
    let without =
        |key: &str| settings(&base.iter().copied().filter(|(known, ..)| *known != key).collect::<Vec<_>>());
    for (key, after, expected) in [
        ("low", with("low", None, &[]), None),
        ("low", with("low", Some("mixed"), &[]), place()),
        ("low", without("low"), None),
        ("new", with("new", Some("low"), &[OWN]), None),
        ("new", with("new", Some("mixed"), &[]), place()),
        ("mixed", with("mixed", Some("own"), &[OWN, OTHER]), place()),
        ("mixed", without("mixed"), Some(Beyond::Values(OTHER.to_owned()))),
        ("own", with("own", None, &[]), None),
    ] {
        assert_eq!(asked(key, &before, &after, &[OWN]), expected, "{key}: {after:?}");
    }
    // Back from below another product's values is its affair as well.
    let below = with("low", Some("mixed"), &[]);
    assert_eq!(asked("low", &below, &before, &[OWN]), place());
    let mut renamed = before.clone();
    renamed.teams.get_mut("mixed").unwrap().name = "Mixed".to_owned();
    assert_eq!(asked("mixed", &before, &renamed, &[OWN]), place());
}

#[test]
fn who_is_in_which_team_matters_to_every_product_whose_managers_reach_teams() {
    let (before, after) = (settings(&[]), settings(&[("new", None, &[])]));
    assert_eq!(asked("new", &before, &after, &[OTHER]), Some(Beyond::Place(OWN.to_owned())));
    assert_eq!(asked("new", &before, &after, &[OWN]), None);
}

#[test]
fn teams_that_are_above_one_another_are_gone_through_once() {
    let before = settings(&[("a", None, &[]), ("b", Some("a"), &[])]);
    let after = settings(&[("a", Some("b"), &[]), ("b", Some("a"), &[OTHER])]);
    assert_eq!(asked("a", &before, &after, &[OWN]), Some(Beyond::Place(OTHER.to_owned())));
}
