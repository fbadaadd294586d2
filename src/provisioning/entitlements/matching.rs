//! Which rules have an account, and by which of its groups.

use crate::domain::ResourceId;
use crate::provisioning::entitlements::Source;
use crate::provisioning::facts::{BoundRule, Facts};
use crate::provisioning::settings::RuleGrants;

/// A rule that has the account.
#[derive(Debug)]
pub struct Match<'a> {
    /// What it gives.
    pub grants: &'a RuleGrants,
    /// The rule, with the groups by which it matched.
    pub source: Source,
}

/// The rules that have the account, in the order given.
pub fn matches<'a>(facts: &Facts<'_>, rules: &'a [BoundRule]) -> Vec<Match<'a>> {
    rules
        .iter()
        .filter(|rule| has(rule, facts))
        .map(|rule| Match {
            grants: &rule.grants,
            source: Source::Rule { rule: rule.key.clone(), groups: groups_of(rule, facts.groups) },
        })
        .collect()
}

/// Everything that the rule asks for must hold. One that asks for nothing has nobody: a rule that lost its conditions
/// must not give to all.
fn has(rule: &BoundRule, facts: &Facts<'_>) -> bool {
    let asks = rule.any_of.is_some() || !rule.all_of.is_empty() || rule.filter.is_some();
    let member = |group: &ResourceId| facts.groups.contains(group);
    asks && !rule.impossible
        && rule.any_of.as_ref().is_none_or(|groups| groups.iter().any(member))
        && rule.all_of.iter().all(member)
        && rule.filter.as_ref().is_none_or(|filter| filter.holds(facts.document, facts.made_by))
}

fn groups_of(rule: &BoundRule, groups: &[ResourceId]) -> Vec<ResourceId> {
    let named = rule.any_of.iter().flatten().chain(&rule.all_of);
    let mut had: Vec<ResourceId> = named.filter(|group| groups.contains(group)).copied().collect();
    had.sort_unstable();
    had.dedup();
    had
}
