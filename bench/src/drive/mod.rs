//! The driver: a second process that sends one scenario's requests and judges every answer. It reads its plan as JSON from
//! standard input and writes its report as JSON to standard output.

mod engine;

use std::io::{self, Read as _, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use engine::{Budget, Load, Traffic};

use crate::error::Error;
use crate::http::Requests;
use crate::measure::Measurement;
use crate::proc;
use crate::scenario::Scenario;

/// What the driver is told.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Plan {
    /// What to send.
    pub scenario: Scenario,
    /// The row's name.
    pub name: String,
    /// The server.
    pub address: SocketAddr,
    /// The bearer token.
    pub token: String,
    /// The server's process, whose time and memory are read.
    pub pid: u32,
    /// Where the ids of what was created are kept from one scenario to the next.
    pub notes: PathBuf,
    /// Connections that send at the same time, each one request at a time.
    pub connections: usize,
    /// How long to send where the scenario has no end of its own.
    pub duration: Duration,
}

/// What the driver answers: rows, or why there are none.
type Report = Result<Vec<Measurement>, String>;

/// The driver's side: carries out the plan on standard input.
pub fn main() -> Result<(), Error> {
    let mut text = String::new();
    io::stdin().read_to_string(&mut text).map_err(Error::io("read the plan"))?;
    let plan: Plan =
        serde_json::from_str(&text).map_err(|error| Error::Other(format!("the plan: {error}")))?;
    let report: Report = carry_out(&plan).map_err(|error| error.to_string());
    let text =
        serde_json::to_string(&report).map_err(|error| Error::Other(format!("the report: {error}")))?;
    io::stdout().write_all(text.as_bytes()).map_err(Error::io("write the report"))
}

fn carry_out(plan: &Plan) -> Result<Vec<Measurement>, Error> {
    proc::reset_peak_memory(plan.pid)?;
    let mut rows = plan.scenario.run(plan)?;
    let peak = proc::peak_memory(plan.pid)?;
    for row in &mut rows {
        // A row of another process has its own.
        row.peak_kib = row.peak_kib.or(Some(peak));
    }
    Ok(rows)
}

/// The harness's side: has a second process carry out the plan.
pub fn spawn(plan: &Plan) -> Result<Vec<Measurement>, Error> {
    const DOING: &str = "drive";
    let program = std::env::current_exe().map_err(Error::io(DOING))?;
    let mut child = Command::new(program)
        .arg("drive")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(Error::io(DOING))?;
    let text = serde_json::to_vec(plan).map_err(|error| Error::Other(format!("the plan: {error}")))?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(&text).map_err(Error::io(DOING))?;
    }
    let output = child.wait_with_output().map_err(Error::io(DOING))?;
    if !output.status.success() {
        return Err(Error::program(DOING, output.status.to_string()));
    }
    let report: Report = serde_json::from_slice(&output.stdout)
        .map_err(|error| Error::program(DOING, format!("its report: {error}")))?;
    report.map_err(Error::Other)
}

impl Plan {
    /// The requests' shared parts.
    pub fn requests(&self) -> Requests {
        Requests::new(self.address, &self.token)
    }

    /// Sends a scenario's traffic, with the clocks of both processes read right before and right after.
    pub fn measure(&self, budget: Budget, traffic: &mut impl Traffic) -> Result<(Measurement, Load), Error> {
        let own = std::process::id();
        let before = (proc::cpu_time(self.pid)?, proc::cpu_time(own)?);
        let load = engine::run(self.address, self.connections, budget, traffic)?;
        let after = (proc::cpu_time(self.pid)?, proc::cpu_time(own)?);
        let mut row = Measurement::of(self.name.clone(), load.elapsed, load.latencies.clone());
        row.body = load.bytes.checked_div(row.requests).unwrap_or_default();
        row.server_cpu = Some(after.0.saturating_sub(before.0));
        row.driver_cpu = Some(after.1.saturating_sub(before.1));
        Ok((row, load))
    }
}
