use super::*;

fn id(number: u128) -> ResourceId {
    uuid::Uuid::from_u128(number).into()
}

#[test]
fn the_nearest_place_before_a_page_is_found() {
    let mut recall = Recall::default();
    for (offset, last) in [(100, 1), (200, 2)] {
        recall.keep((1, "User"), Hint { total: Some(1_000), place: Some((offset, id(last))) });
    }
    recall.keep((1, "Group"), Hint { total: None, place: Some((150, id(3))) });
    for (list, offset, wanted) in [
        ((1, "User"), 99, None),
        ((1, "User"), 100, Some((100, id(1)))),
        ((1, "User"), 199, Some((100, id(1)))),
        ((1, "User"), 5_000, Some((200, id(2)))),
        ((1, "Group"), 200, Some((150, id(3)))),
        ((2, "User"), 200, None),
    ] {
        assert_eq!(recall.hint(list, offset).place, wanted, "{list:?} {offset}");
    }
    assert_eq!(recall.hint((1, "User"), 0).total, Some(1_000));
    assert_eq!(recall.hint((1, "Group"), 0).total, None);
    assert_eq!(recall.hint((2, "User"), 0).total, None);
}

#[test]
fn all_is_forgotten_once_the_database_has_changed() {
    let mut recall = Recall::default();
    recall.renew(7);
    recall.keep((1, "User"), Hint { total: Some(3), place: Some((1, id(1))) });
    recall.renew(7);
    assert_eq!(recall.hint((1, "User"), 1), Hint { total: Some(3), place: Some((1, id(1))) });
    recall.renew(8);
    assert_eq!(recall.hint((1, "User"), 1), Hint::default());
    assert!(recall.bearers.is_empty());
}

#[test]
fn it_stays_small() {
    let mut recall = Recall::default();
    for offset in 0..20_000 {
        recall.keep((1, "User"), Hint { total: Some(1), place: Some((offset, id(1))) });
        assert!(recall.places.len() <= MOST);
    }
}
