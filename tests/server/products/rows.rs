//! Every row of the product facts that is to be there has a test that carries its number.

use std::collections::BTreeSet;
use std::path::Path;

/// The sources below a directory.
fn sources(directory: &Path) -> Vec<String> {
    let mut texts = Vec::new();
    for entry in std::fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            texts.extend(sources(&path));
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            texts.push(std::fs::read_to_string(&path).expect("text"));
        }
    }
    texts
}

/// The rows whose numbers functions right below `#[test]` carry, such as 4 for `p04_a_dependant_...`.
fn rows_in(source: &str) -> BTreeSet<u32> {
    let mut lines = source.lines().map(str::trim).peekable();
    let mut rows = BTreeSet::new();
    while let Some(line) = lines.next() {
        let name =
            (line == "#[test]").then(|| lines.peek()).flatten().and_then(|next| next.strip_prefix("fn p"));
        let number = name.and_then(|name| name.split_once('_')).map(|(number, _)| number);
        rows.extend(number.filter(|number| number.len() == 2).and_then(|number| number.parse::<u32>().ok()));
    }
    rows
}

#[test]
fn every_row_has_a_test_that_carries_its_number() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/server");
    let tested: BTreeSet<u32> = sources(&directory).iter().flat_map(|source| rows_in(source)).collect();
    // Import and e-mail come later.
    let later = [26, 27];
    let missing: Vec<u32> = (1..=40).filter(|row| !later.contains(row) && !tested.contains(row)).collect();
    assert_eq!(missing, Vec::<u32>::new(), "rows without a test");
}

#[test]
fn what_is_no_test_carries_no_row() {
    let (attribute, helper) = ("#[test]", "fn p02_helper() {}");
    assert_eq!(rows_in(&format!("{attribute}\nfn p04_something() {{}}\n{helper}\n")), BTreeSet::from([4]));
    assert_eq!(
        rows_in(&format!("{attribute}\nfn p4_something() {{}}\n{attribute}\nfn parts() {{}}")),
        BTreeSet::new()
    );
}
