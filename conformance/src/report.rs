//! How a replay went: for programs as JSON, for people as text.

use crate::transcript::{Actor, Step, Transcript};
use serde::Serialize;
use std::fmt::{self, Write};

/// How one transcript went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// The transcript's file name.
    pub file: String,
    /// The client that was imitated.
    pub client: String,
    /// What it did.
    pub scenario: String,
    /// The steps that were reached, in order; teardown is not among them.
    pub steps: Vec<StepOutcome>,
    /// Steps that failed.
    pub failed: usize,
    /// Optional steps that failed.
    pub warned: usize,
    /// Steps whose answer was as expected.
    pub passed: usize,
    /// Steps that were not carried through, because an earlier one failed.
    pub skipped: usize,
}

/// How one step went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StepOutcome {
    /// Where the step stands.
    pub part: Part,
    /// Its name.
    pub name: String,
    /// Who sends it.
    #[serde(skip)]
    pub actor: Actor,
    /// Method and target, if it was sent.
    pub request: Option<String>,
    /// The status that was answered.
    pub status: Option<u16>,
    /// What came of it.
    pub verdict: Verdict,
    /// What was not as expected.
    pub why: Vec<String>,
}

/// A part of a transcript.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// Makes the state that the client finds.
    Setup,
    /// What is replayed.
    Steps,
}

/// What came of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Verdict {
    /// All as expected.
    #[serde(rename = "ok")]
    Passed,
    /// Not as expected, but the client tolerates it.
    #[serde(rename = "warn")]
    Warned,
    /// Not as expected.
    #[serde(rename = "FAIL")]
    Failed,
    /// A variable was missing.
    #[serde(rename = "blocked")]
    Blocked,
}

impl fmt::Display for Verdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Passed => "ok",
            Self::Warned => "warn",
            Self::Failed => "FAIL",
            Self::Blocked => "----",
        })
    }
}

impl StepOutcome {
    /// The outcome of a step before it was sent.
    #[must_use]
    pub fn new(part: Part, step: &Step, verdict: Verdict, why: Vec<String>) -> Self {
        Self { part, name: step.name.clone(), actor: step.actor, request: None, status: None, verdict, why }
    }
}

impl Outcome {
    /// The outcome of a transcript of which nothing was sent yet.
    #[must_use]
    pub fn new(file: &str, transcript: &Transcript) -> Self {
        Self {
            file: file.to_owned(),
            client: transcript.client.clone(),
            scenario: transcript.scenario.clone(),
            steps: Vec::new(),
            failed: 0,
            warned: 0,
            passed: 0,
            skipped: 0,
        }
    }

    /// Counts a step.
    pub fn add(&mut self, step: StepOutcome) {
        let count = match step.verdict {
            Verdict::Passed => &mut self.passed,
            Verdict::Warned => &mut self.warned,
            Verdict::Failed => &mut self.failed,
            Verdict::Blocked => &mut self.skipped,
        };
        *count = count.saturating_add(1);
        self.steps.push(step);
    }

    /// Counts steps that were not reached.
    pub fn skip(&mut self, steps: usize) {
        self.skipped = self.skipped.saturating_add(steps);
    }

    /// Whether every step was carried through and none failed.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.failed == 0 && self.skipped == 0
    }

    /// The outcome as text: the steps that were not as expected, or all of them, and the counts.
    #[must_use]
    pub fn text(&self, every_step: bool) -> String {
        let mut text = format!("== {}: {} / {}\n", self.file, self.client, self.scenario);
        for step in &self.steps {
            let told = every_step || matches!(step.verdict, Verdict::Warned | Verdict::Failed);
            if told {
                text.push_str(&step.text());
            }
        }
        // Writing to a String cannot fail.
        _ = writeln!(
            text,
            "   passed {}  failed {}  optional-failed {}  not run {}",
            self.passed, self.failed, self.warned, self.skipped
        );
        text
    }
}

impl StepOutcome {
    fn text(&self) -> String {
        let mut text = format!("  {:4} [{}] {}", self.verdict, self.actor, self.name);
        match (&self.request, self.status) {
            (Some(request), Some(status)) => _ = writeln!(text, "   ({request} -> {status})"),
            _ => text.push_str("   not run\n"),
        }
        for complaint in &self.why {
            _ = writeln!(text, "         {complaint}");
        }
        text
    }
}

/// The line that sums up all transcripts of a run.
#[must_use]
pub fn total(outcomes: &[Outcome]) -> String {
    let sum = |count: fn(&Outcome) -> usize| outcomes.iter().map(count).sum::<usize>();
    let good = outcomes.iter().filter(|outcome| outcome.is_good()).count();
    format!(
        "TOTAL files {}  ok {good}  failing {}  steps passed {} failed {} not run {}\n",
        outcomes.len(),
        outcomes.len().saturating_sub(good),
        sum(|outcome| outcome.passed),
        sum(|outcome| outcome.failed),
        sum(|outcome| outcome.skipped)
    )
}
