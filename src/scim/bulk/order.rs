//! The order in which a bulk request's operations are run.
//!
//! RFC 7644 section 3.7 lets a server rearrange them as long as the client's intent is kept. Here they run as sent,
//! save that an operation waits for the POSTs to which it refers, and for earlier operations on the same resource.
//!
//! A member of a group must exist, so a circle of new groups that contain one another can never be made: all in it are
//! refused. Any other reference (a manager) is stored without asking whether it leads anywhere, and ids are given out
//! before anything runs, so a circle through one of those is run in the order sent: it resolves.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::super::urn;
use super::{Action, Entry, Method};

/// One operation's place in the graph of who waits for whom.
#[derive(Default)]
struct Node {
    /// For how many others it must wait.
    must: usize,
    /// For how many more it had better wait.
    should: usize,
    /// Who must wait for it.
    holds: Vec<usize>,
    /// Who had better wait for it.
    delays: Vec<usize>,
}

/// The positions in the order to run them, every one once, and those that are new groups in a circle.
pub(super) fn order(entries: &[Entry<'_>], references: &[HashSet<String>]) -> (Vec<usize>, Vec<usize>) {
    let mut nodes = graph(entries, references);
    let mut order = Vec::with_capacity(entries.len());
    let mut waiting: BTreeSet<usize> = (0..entries.len()).collect();
    let mut ready: BTreeSet<usize> = BTreeSet::new();
    let mut free: BTreeSet<usize> = BTreeSet::new();
    for (position, node) in nodes.iter().enumerate() {
        if node.must == 0 {
            free.insert(position);
            if node.should == 0 {
                ready.insert(position);
            }
        }
    }
    let mut circular = Vec::new();
    loop {
        while let Some(next) = ready.pop_first().or_else(|| free.first().copied()) {
            free.remove(&next);
            waiting.remove(&next);
            order.push(next);
            let Some(Node { holds, delays, .. }) = nodes.get_mut(next).map(std::mem::take) else { continue };
            for position in holds {
                loosen(&mut nodes, position, |node| node.must = node.must.saturating_sub(1));
                settle(&nodes, position, &waiting, &mut free, &mut ready);
            }
            for position in delays {
                loosen(&mut nodes, position, |node| node.should = node.should.saturating_sub(1));
                settle(&nodes, position, &waiting, &mut free, &mut ready);
            }
        }
        let found = circle(&nodes, waiting.clone());
        if found.is_empty() {
            order.extend(waiting);
            return (order, circular);
        }
        free.extend(&found);
        circular.extend(found);
    }
}

fn loosen(nodes: &mut [Node], position: usize, change: impl Fn(&mut Node)) {
    if let Some(node) = nodes.get_mut(position) {
        change(node);
    }
}

/// Notes what a waiting operation may do now.
fn settle(
    nodes: &[Node],
    position: usize,
    waiting: &BTreeSet<usize>,
    free: &mut BTreeSet<usize>,
    ready: &mut BTreeSet<usize>,
) {
    if let Some(node) = nodes.get(position).filter(|node| node.must == 0 && waiting.contains(&position)) {
        free.insert(position);
        if node.should == 0 {
            ready.insert(position);
        }
    }
}

/// Of those that wait for one another: all that somebody among them waits for. The rest only stands behind them.
fn circle(nodes: &[Node], mut stuck: BTreeSet<usize>) -> Vec<usize> {
    let awaited = |position: usize, stuck: &BTreeSet<usize>| {
        nodes.get(position).is_some_and(|node| node.holds.iter().any(|other| stuck.contains(other)))
    };
    loop {
        let behind: Vec<usize> =
            stuck.iter().copied().filter(|position| !awaited(*position, &stuck)).collect();
        if behind.is_empty() {
            return stuck.into_iter().collect();
        }
        for position in behind {
            stuck.remove(&position);
        }
    }
}

fn graph(entries: &[Entry<'_>], references: &[HashSet<String>]) -> Vec<Node> {
    let mut posts: HashMap<&str, usize> = HashMap::new();
    for (position, entry) in entries.iter().enumerate() {
        if let (Some(Method::Post), Some(bulk_id)) = (entry.method, &entry.bulk_id) {
            posts.entry(bulk_id).or_insert(position);
        }
    }
    let mut nodes: Vec<Node> = entries.iter().map(|_| Node::default()).collect();
    let mut last_on: HashMap<(&str, &str), usize> = HashMap::new();
    for (position, (entry, references)) in entries.iter().zip(references).enumerate() {
        let Ok(action) = &entry.action else { continue };
        for bulk_id in references {
            if let Some(post) = posts.get(bulk_id.as_str()) {
                wait(&mut nodes, position, *post, needs(action, bulk_id));
            }
        }
        if let Some(target) = action.target() {
            let resource = (target.resource_type.name.as_str(), target.id.as_str());
            if let Some(earlier) = last_on.insert(resource, position) {
                wait(&mut nodes, position, earlier, true);
            }
        }
    }
    nodes
}

fn wait(nodes: &mut [Node], who: usize, whom: usize, must: bool) {
    if let Some(node) = nodes.get_mut(whom) {
        if must { node.holds.push(who) } else { node.delays.push(who) }
    }
    loosen(nodes, who, |node| if must { node.must += 1 } else { node.should += 1 });
}

/// Whether what the reference names must exist before the action: members of groups, and what the path names.
fn needs(action: &Action<'_>, bulk_id: &str) -> bool {
    let in_path = action.target().and_then(|target| target.id.strip_prefix(super::reference::PREFIX));
    action.resource_type().schema == urn::GROUP || in_path == Some(bulk_id)
}
