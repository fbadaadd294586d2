use super::*;
use crate::domain::Field;

fn test(index: Index, ordering: Ordering, text: &str) -> Predicate {
    let field = Field { path: vec!["x".to_owned()], index: Some(index) };
    Predicate::Test(Test { field, comparison: Comparison::Is(ordering, Literal::Folded(text.to_owned())) })
}

fn key(attribute: &str, ordering: Ordering, text: &str) -> Predicate {
    test(Index::Attribute(attribute.to_owned()), ordering, text)
}

fn unindexed() -> Predicate {
    let field = Field { path: vec!["title".to_owned()], index: None };
    Predicate::Test(Test { field, comparison: Comparison::Present })
}

fn narrowed(predicate: &Predicate) -> (Node, Fit) {
    let (condition, fit) = narrow(predicate, OrganizationId(1), "User");
    (condition.node, fit)
}

fn sets(node: &Node) -> u32 {
    match node {
        Node::All(parts) | Node::Any(parts) => parts.iter().map(sets).sum(),
        Node::Not(part) => sets(part),
        Node::Key { .. } | Node::InGroup(_) | Node::HasMember(_) => 1,
        Node::Always(_) | Node::MadeBy(_) | Node::Id(..) | Node::Created(..) | Node::Modified(..) => 0,
    }
}

#[test]
fn a_statement_makes_few_sets_of_keys_however_long_the_filter() {
    for (ordering, most) in [(Ordering::Equal, 4), (Ordering::Greater, 2), (Ordering::StartsWith, 2)] {
        let parts: Vec<Predicate> = (0..100).map(|at| key(&format!("a{at}"), ordering, "x")).collect();
        let (node, fit) = narrowed(&Predicate::All(parts.clone()));
        assert_eq!((sets(&node), fit), (most, Fit::Wider), "{ordering:?}");
        // A part that may be anything makes the others useless.
        assert_eq!(narrowed(&Predicate::Any(parts)), EVERYTHING, "{ordering:?}");
    }
    let two = Predicate::All(vec![key("a", Ordering::GreaterOrEqual, "x"), key("a", Ordering::Less, "y")]);
    assert_eq!(narrowed(&two).1, Fit::Exact);
}

#[test]
fn what_matches_little_is_looked_up_before_anything_else() {
    let mut parts: Vec<Predicate> = (0..9).map(|_| key("userName", Ordering::Greater, "x")).collect();
    parts.push(test(Index::Groups, Ordering::Equal, "g"));
    parts.push(key("userName", Ordering::Equal, "ann"));
    let (node, _fit) = narrowed(&Predicate::All(parts));
    let Node::All(nodes) = node else { panic!("{node:?}") };
    assert!(nodes.contains(&Node::InGroup("g".to_owned())));
    let test = KeyTest::Is(Relation::Equal, "ann".to_owned());
    assert!(nodes.contains(&Node::Key { attribute: "userName".to_owned(), test }));
    assert_eq!(sets(&Node::All(nodes)), 3);
}

#[test]
fn a_hundred_names_are_one_look_up() {
    let names: Vec<String> = (0..100).map(|at| format!("user{at}")).collect();
    let parts = names.iter().map(|name| key("userName", Ordering::Equal, name)).collect();
    let one = Node::Key { attribute: "userName".to_owned(), test: KeyTest::OneOf(names) };
    assert_eq!(narrowed(&Predicate::Any(parts)), (Node::Any(vec![one]), Fit::Exact));
}

#[test]
fn an_alternative_that_no_index_knows_takes_nothing_from_the_rest() {
    let anything = Predicate::Any(vec![key("a", Ordering::Greater, "x"), unindexed()]);
    let ranges = ["b", "c"].map(|name| key(name, Ordering::Less, "x"));
    let parts = [vec![anything], ranges.to_vec()].concat();
    assert_eq!(sets(&narrowed(&Predicate::All(parts)).0), 2);
}

#[test]
fn no_keys_are_searched_for_what_they_contain() {
    for ordering in [Ordering::Contains, Ordering::EndsWith] {
        assert_eq!(narrowed(&key("userName", ordering, "x")), EVERYTHING);
    }
}

#[test]
fn reading_on_looks_up_keys_but_no_ranges() {
    let parts = vec![
        key("userName", Ordering::StartsWith, "x"),
        key("userName", Ordering::Greater, "x"),
        key("department", Ordering::Equal, "sales"),
        unindexed(),
    ];
    let condition = narrow_to_look_ups(&Predicate::All(parts), OrganizationId(1), "User");
    assert_eq!(sets(&condition.node), 1);
}

#[test]
fn one_key_is_a_look_up_and_so_is_one_within_a_connection() {
    let ann = key("userName", Ordering::Equal, "ann");
    let look_up = |made_by| LookUp {
        kind: "User".to_owned(),
        attribute: "userName".to_owned(),
        key: "ann".to_owned(),
        made_by,
    };
    assert_eq!(LookUp::of("User", &ann), Some(look_up(None)));
    let connection = uuid::Uuid::from_u128(7).into();
    let mine = Predicate::All(vec![Predicate::MadeBy(connection), ann.clone()]);
    assert_eq!(LookUp::of("User", &mine), Some(look_up(Some(connection))));
    let long = key("userName", Ordering::Equal, &"x".repeat(MAX_KEY_BYTES));
    for other in [
        Predicate::All(vec![ann.clone(), unindexed()]),
        Predicate::All(vec![Predicate::MadeBy(connection), ann.clone(), unindexed()]),
        Predicate::Any(vec![ann.clone()]),
        Predicate::Not(Box::new(ann)),
        key("userName", Ordering::StartsWith, "ann"),
        unindexed(),
        long,
    ] {
        assert_eq!(LookUp::of("User", &other), None, "{other:?}");
    }
}
