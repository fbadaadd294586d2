//! People with their licences and what gave them, as comma-separated values (RFC 4180): streamed, and safe to open in a
//! spreadsheet.

use std::time::Instant;

use tokio::sync::oneshot;

use super::authority::Authority;
use super::listing::{AT_ONCE, PeopleFilter, is_seen, next_people};
use super::people::shown;
use super::{Access, AdminError};
use crate::domain::Predicate;
use crate::service::accounts::{AccountView, Because, LicenceView, Reason};
use crate::service::permissions::{Operation, Target};
use crate::service::resources::outflow::{Gone, Outflow, Pieces, WHOLE_TIME};
use crate::store::{Read, StoreError};

/// One line for each licence of a person, and one for a person who has none.
const COLUMNS: [&str; 17] = [
    "id",
    "userName",
    "displayName",
    "email",
    "status",
    "statusReason",
    "role",
    "roleWhy",
    "userGroup",
    "team",
    "product",
    "productName",
    "seat",
    "waitingNumber",
    "template",
    "productRole",
    "licenceWhy",
];

/// What a cell must not begin with: a spreadsheet takes it for a formula, also in full width (OWASP, CSV Injection).
const FORMULA: [char; 11] =
    ['=', '+', '-', '@', '\t', '\r', '\n', '\u{FF1D}', '\u{FF0B}', '\u{FF0D}', '\u{FF20}'];

/// Why an export ends before its end.
enum Ended {
    Gone,
    Failed(StoreError),
}

impl From<Gone> for Ended {
    fn from(Gone: Gone) -> Self {
        Self::Gone
    }
}

impl From<StoreError> for Ended {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

impl Access {
    /// The people whom one may see, in the order of ids, each with their licences: all at one moment.
    pub async fn export_people(&self, filter: PeopleFilter) -> Result<Pieces, AdminError> {
        let predicate = self.predicate(&filter)?;
        let (tell, told) = oneshot::channel();
        let (mut out, pieces) = Outflow::new();
        let access = self.clone();
        let work = move |read: &mut Read<'_>| -> Result<(), AdminError> {
            let authority = access.authority(read)?;
            authority.require(Operation::ListPeople, Target::Organization)?;
            filter.require(&authority)?;
            if tell.send(()).is_err() {
                return Ok(());
            }
            match access.write_people(read, &authority, (&predicate, &filter), &mut out) {
                Ok(()) => {
                    let _gone = out.finish();
                    Ok(())
                }
                Err(Ended::Gone) => Ok(()),
                Err(Ended::Failed(error)) => Err(error.into()),
            }
        };
        let (store, organization) = (self.core.store.clone(), self.principal.organization);
        let reading =
            tokio::spawn(
                async move { store.stream(organization, Some(Instant::now() + WHOLE_TIME), work).await },
            );
        match told.await {
            Ok(()) => Ok(pieces),
            // It ended before there was anything to tell: its error is the answer.
            Err(_untold) => match reading.await {
                Ok(Err(error)) => Err(error),
                Ok(Ok(())) | Err(_) => Err(StoreError::Panicked.into()),
            },
        }
    }

    fn write_people(
        &self,
        read: &mut Read<'_>,
        authority: &Authority,
        (predicate, filter): (&Predicate, &PeopleFilter),
        out: &mut Outflow,
    ) -> Result<(), Ended> {
        out.write(line(&COLUMNS.map(str::to_owned)).as_bytes())?;
        let mut after = None;
        loop {
            // Also where nobody is written: whoever waits may have left.
            read.check_deadline()?;
            out.check()?;
            let (people, last) = next_people(&self.core, read, predicate, after, AT_ONCE)?;
            for standing in people.iter().filter(|standing| is_seen(standing, filter, authority)) {
                for row in rows(&shown(standing, authority)) {
                    out.write(line(&row).as_bytes())?;
                }
            }
            if last.is_none() {
                return Ok(());
            }
            after = last;
        }
    }
}

fn rows(view: &AccountView) -> Vec<[String; 17]> {
    if view.licenses.is_empty() {
        return vec![row(view, None)];
    }
    view.licenses.iter().map(|licence| row(view, Some(licence))).collect()
}

fn row(view: &AccountView, licence: Option<(&String, &LicenceView)>) -> [String; 17] {
    let value = |granted: Option<&Because<String>>| granted.map(|one| one.value.clone()).unwrap_or_default();
    let role_why = view.role.as_ref().map(|role| role.why.to_string());
    let (product, licence) = licence.unzip();
    [
        view.id.to_string(),
        view.user_name.clone(),
        view.display_name.clone().unwrap_or_default(),
        view.email.clone().unwrap_or_default(),
        view.status.to_owned(),
        view.reason.unwrap_or_default().to_owned(),
        value(view.role.as_ref()),
        role_why.unwrap_or_default(),
        value(view.user_group.as_ref()),
        value(view.team.as_ref()),
        product.cloned().unwrap_or_default(),
        licence.map(|licence| licence.name.clone()).unwrap_or_default(),
        licence.map(|licence| licence.seat).unwrap_or_default().to_owned(),
        licence.and_then(|licence| licence.number).map(|number| number.to_string()).unwrap_or_default(),
        value(licence.and_then(|licence| licence.template.as_ref())),
        value(licence.and_then(|licence| licence.role.as_ref())),
        licence.map(|licence| reasons(&licence.why)).unwrap_or_default(),
    ]
}

fn reasons(why: &[Reason]) -> String {
    why.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// A record; every cell is quoted, so that what separates cells cannot begin another.
fn line(cells: &[String]) -> String {
    let mut line = String::new();
    for (at, cell) in cells.iter().enumerate() {
        line.push_str(if at == 0 { "\"" } else { ",\"" });
        if cell.starts_with(FORMULA) {
            line.push('\'');
        }
        for character in cell.chars() {
            if character == '"' {
                line.push('"');
            }
            line.push(character);
        }
        line.push('"');
    }
    line.push_str("\r\n");
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_and_none_ends_before_its_end() {
        for (cell, written) in [
            ("=1+1", "\"'=1+1\"\r\n"),
            ("+49", "\"'+49\"\r\n"),
            ("-1", "\"'-1\"\r\n"),
            ("@SUM(A1)", "\"'@SUM(A1)\"\r\n"),
            ("\t=1", "\"'\t=1\"\r\n"),
            ("\r=1", "\"'\r=1\"\r\n"),
            ("\u{FF1D}1", "\"'\u{FF1D}1\"\r\n"),
            ("a\",\"=1", "\"a\"\",\"\"=1\"\r\n"),
            ("a-b", "\"a-b\"\r\n"),
            ("", "\"\"\r\n"),
        ] {
            assert_eq!(line(&[cell.to_owned()]), written);
        }
        assert_eq!(line(&["a".to_owned(), "b".to_owned()]), "\"a\",\"b\"\r\n");
    }
}
