//! Parses arguments, loads configuration, runs a command: nothing else.
fn main() {}
