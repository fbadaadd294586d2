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

/// The operations that are not yet in the order.
struct Queue {
    nodes: Vec<Node>,
    waiting: BTreeSet<usize>,
    /// Those that wait for nothing that must be first.
    free: BTreeSet<usize>,
    /// Those that wait for nothing.
    ready: BTreeSet<usize>,
}

/// The positions in the order to run them, every one once, and those that are new groups in a circle.
pub(super) fn order(entries: &[Entry<'_>], references: &[HashSet<String>]) -> (Vec<usize>, Vec<usize>) {
    let mut queue = Queue::new(graph(entries, references));
    let mut order = Vec::with_capacity(entries.len());
    let mut circular = Vec::new();
    loop {
        while let Some(next) = queue.next() {
            order.push(next);
        }
        let found = circle(&queue.nodes, queue.waiting.clone());
        if found.is_empty() {
            order.extend(queue.waiting);
            return (order, circular);
        }
        queue.free.extend(&found);
        circular.extend(found);
    }
}

impl Queue {
    fn new(nodes: Vec<Node>) -> Self {
        let waiting: BTreeSet<usize> = (0..nodes.len()).collect();
        let mut queue =
            Self { nodes, free: BTreeSet::new(), ready: BTreeSet::new(), waiting: waiting.clone() };
        for position in waiting {
            queue.settle(position);
        }
        queue
    }

    /// Takes the first that waits for nothing, else the first that must wait for nothing.
    fn next(&mut self) -> Option<usize> {
        let next = self.ready.pop_first().or_else(|| self.free.first().copied())?;
        self.free.remove(&next);
        self.waiting.remove(&next);
        let Node { holds, delays, .. } = self.nodes.get_mut(next).map(std::mem::take)?;
        for position in holds {
            loosen(&mut self.nodes, position, |node| node.must = node.must.saturating_sub(1));
            self.settle(position);
        }
        for position in delays {
            loosen(&mut self.nodes, position, |node| node.should = node.should.saturating_sub(1));
            self.settle(position);
        }
        Some(next)
    }

    /// Notes what a waiting operation may do now.
    fn settle(&mut self, position: usize) {
        let node = self.nodes.get(position).filter(|node| node.must == 0 && self.waiting.contains(&position));
        if let Some(node) = node {
            self.free.insert(position);
            if node.should == 0 {
                self.ready.insert(position);
            }
        }
    }
}

fn loosen(nodes: &mut [Node], position: usize, change: impl Fn(&mut Node)) {
    if let Some(node) = nodes.get_mut(position) {
        change(node);
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
