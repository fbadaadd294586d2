//! Finds what leads back to itself.

use std::collections::{BTreeMap, BTreeSet};

use super::{Problem, Reason};

/// A problem for each circle among entries at `path`, each of which leads to others by its `member`.
pub(super) fn refuse_circles<'a>(
    path: &str,
    member: &str,
    entries: impl Iterator<Item = (&'a str, Vec<&'a str>)>,
) -> Vec<Problem> {
    let problem = |circle: Vec<&str>| {
        let first = circle.first().copied().unwrap_or_default();
        let path = format!("{path}.{first}.{member}");
        Problem::new(path, Reason::Circle(circle.into_iter().map(str::to_owned).collect()))
    };
    circles(&entries.collect()).into_iter().map(problem).collect()
}

/// The circles that following `leads` from any of its keys ends in, each once and as its path, from the key that comes
/// first in it back to that key. Keys that are led to and lead nowhere end a path.
fn circles<'a>(leads: &BTreeMap<&'a str, Vec<&'a str>>) -> Vec<Vec<&'a str>> {
    let mut done = BTreeSet::new();
    let mut found = BTreeSet::new();
    for start in leads.keys() {
        // The path so far, each with what is still to be followed from it.
        let mut path: Vec<(&str, Vec<&str>)> = Vec::new();
        let mut on_path = BTreeSet::new();
        let mut next = Some(*start);
        loop {
            if let Some(key) = next.take() {
                if on_path.contains(key) {
                    let keys = path.iter().map(|(key, _)| *key).skip_while(|earlier| *earlier != key);
                    found.insert(circle(keys.collect()));
                } else if !done.contains(key) {
                    on_path.insert(key);
                    path.push((key, leads.get(key).cloned().unwrap_or_default()));
                }
            }
            let Some((key, rest)) = path.last_mut() else { break };
            next = rest.pop();
            if next.is_none() {
                done.insert(*key);
                on_path.remove(key);
                path.pop();
            }
        }
    }
    found.into_iter().collect()
}

/// Turned so that the first key comes first, and closed.
fn circle(mut keys: Vec<&str>) -> Vec<&str> {
    let first = keys.iter().enumerate().min_by_key(|(_, key)| **key).map_or(0, |(at, _)| at);
    keys.rotate_left(first);
    keys.extend(keys.first().copied());
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_circle_is_found_once() {
        for (edges, wanted) in [
            (vec![("a", vec!["b", "c"]), ("b", vec!["c"]), ("c", vec![])], vec![]),
            (vec![("a", vec!["a"])], vec![vec!["a", "a"]]),
            (vec![("c", vec!["a"]), ("a", vec!["b"]), ("b", vec!["c"])], vec![vec!["a", "b", "c", "a"]]),
            (vec![("a", vec!["b"]), ("b", vec!["c"]), ("c", vec!["b"])], vec![vec!["b", "c", "b"]]),
            (
                vec![("a", vec!["b"]), ("b", vec!["a"]), ("x", vec!["y", "a"]), ("y", vec!["x"])],
                vec![vec!["a", "b", "a"], vec!["x", "y", "x"]],
            ),
            (vec![("a", vec!["gone"])], vec![]),
        ] {
            assert_eq!(circles(&edges.iter().cloned().collect()), wanted, "{edges:?}");
        }
    }
}
