//! What an organization declares, revision by revision: applied, previewed, taken back, and carried through by a job.

mod applying;
mod catalogue;
mod jobs;
