//! L1 and L2: an actix server that answers from memory, or with one token lookup and one row by key from SQLite on the worker.
//! It is a process of its own, driven exactly like the server.

use std::cell::RefCell;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use actix_web::http::header;
use actix_web::web::{self, Bytes};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use sha2::{Digest as _, Sha256};

use super::rows::{Row, id, limit_rows, limit_tokens};
use super::sqlite;
use crate::error::Error;
use crate::notes;

/// The token that the rows are served to.
pub const TOKEN: &str = "limit_0123456789abcdefghijklmnopqrstuvwxyzABCDEF";
/// The path before a row's id.
pub const ROW: &str = "/row/";
/// The path before the size of a fixed answer.
pub const FIXED: &str = "/fixed/";

const FIXED_MOST: usize = 1 << 20;
const SCIM: &str = "application/scim+json";

/// The running server; it ends when this is dropped.
#[derive(Debug)]
pub struct LimitServer {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    /// The ids of its rows.
    pub notes: PathBuf,
}

impl LimitServer {
    /// Makes a database of so many rows in `directory` and starts the server on it.
    pub fn start(directory: &Path, rows: u64) -> Result<Self, Error> {
        const DOING: &str = "limit-server";
        let notes = directory.join("limit");
        std::fs::create_dir(&notes).map_err(Error::io(notes.display().to_string()))?;
        let database = notes.join("limit.db");
        fill(&database, rows)?;
        notes::add_users(&notes, &(0..rows).map(id).collect::<Vec<_>>())?;
        let mut child = Command::new(std::env::current_exe().map_err(Error::io(DOING))?)
            .arg(DOING)
            .arg(&database)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(Error::io(DOING))?;
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout).read_line(&mut line).map_err(Error::io(DOING))?;
        }
        match line.trim().parse() {
            Ok(address) => Ok(Self { child, address, notes }),
            Err(_not_an_address) => {
                let _killed = child.kill();
                Err(Error::program(DOING, format!("did not start: {line:?}")))
            }
        }
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for LimitServer {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to end.
        let _killed = self.child.kill();
        let _status = self.child.wait();
    }
}

fn fill(database: &Path, rows: u64) -> Result<(), Error> {
    let mut connection = sqlite::create(database)?;
    diesel::insert_into(limit_tokens::table)
        .values((limit_tokens::hash.eq(hash(TOKEN)), limit_tokens::client.eq("bench")))
        .execute(&mut connection)
        .map_err(Error::database("insert the token"))?;
    connection.batch_execute("BEGIN").map_err(Error::database("begin"))?;
    for n in 0..rows {
        Row::new(n).insert_sqlite(&mut connection)?;
    }
    connection.batch_execute("COMMIT").map_err(Error::database("commit"))
}

fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// What each worker has for itself.
struct Worker {
    /// Its own connection, or why there is none.
    connection: RefCell<Result<SqliteConnection, Error>>,
    fixed: Bytes,
}

/// The server's own process: serves `database`, says where, and ends with its standard input.
#[actix_web::main]
pub async fn main(database: PathBuf) -> Result<(), Error> {
    const DOING: &str = "limit-server";
    let listener = TcpListener::bind("127.0.0.1:0").map_err(Error::io(DOING))?;
    let address = listener.local_addr().map_err(Error::io(DOING))?;
    let fixed = Bytes::from(vec![b'x'; FIXED_MOST]);
    let server = HttpServer::new(move || {
        let worker = Worker { connection: RefCell::new(sqlite::open(&database)), fixed: fixed.clone() };
        App::new()
            .app_data(worker)
            .route("/fixed/{size}", web::get().to(answer_fixed))
            .route("/row/{id}", web::get().to(answer_row))
    })
    .listen(listener)
    .map_err(Error::io(DOING))?
    .run();
    let handle = server.handle();
    std::thread::spawn(move || {
        // Whether the harness closes the pipe or vanishes, this server is of no more use.
        let _closed = io::stdin().read_to_end(&mut Vec::new());
        drop(handle.stop(false));
    });
    writeln!(io::stdout(), "{address}").map_err(Error::io(DOING))?;
    server.await.map_err(Error::io(DOING))
}

async fn answer_fixed(request: HttpRequest, size: web::Path<usize>) -> HttpResponse {
    let body = request.app_data::<Worker>().map(|worker| worker.fixed.slice(..FIXED_MOST.min(*size)));
    HttpResponse::Ok().insert_header((header::CONTENT_TYPE, SCIM)).body(body.unwrap_or_default())
}

async fn answer_row(request: HttpRequest, id: web::Path<String>) -> HttpResponse {
    match look_up(&request, &id) {
        Some(Ok(Some(doc))) => HttpResponse::Ok().insert_header((header::CONTENT_TYPE, SCIM)).body(doc),
        Some(Ok(None)) => HttpResponse::NotFound().finish(),
        Some(Err(error)) => HttpResponse::InternalServerError().body(error.to_string()),
        None => HttpResponse::Unauthorized().finish(),
    }
}

/// The row's document, once the token is known; none without a token that could be one.
fn look_up(request: &HttpRequest, id: &str) -> Option<Result<Option<String>, Error>> {
    let worker = request.app_data::<Worker>()?;
    let authorization = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    let token = authorization.strip_prefix("Bearer ")?;
    let mut connection = worker.connection.borrow_mut();
    match connection.as_mut() {
        Ok(connection) => Some(read_row(connection, token, id)),
        Err(error) => Some(Err(Error::Other(error.to_string()))),
    }
}

fn read_row(connection: &mut SqliteConnection, token: &str, id: &str) -> Result<Option<String>, Error> {
    let client: Option<String> = limit_tokens::table
        .filter(limit_tokens::hash.eq(hash(token)))
        .select(limit_tokens::client)
        .first(connection)
        .optional()
        .map_err(Error::database("look up the token"))?;
    if client.is_none() {
        return Ok(None);
    }
    limit_rows::table
        .filter(limit_rows::id.eq(id))
        .select(limit_rows::doc)
        .first(connection)
        .optional()
        .map_err(Error::database("look up the row"))
}
