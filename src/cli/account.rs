//! `roster account`

use std::collections::{BTreeMap, BTreeSet};

use super::apply::{print_preview, read};
use super::arguments::{Account, Expiry, Pinned, Whose};
use super::{CommandError, print_line, print_rows};
use crate::app::App;
use crate::domain::Setting;
use crate::service::{
    AccountView, Because, ByHand, LicenceView, Membership, PinOrder, Problem, Reason, Standing, Terms,
};

pub(super) fn run(app: &App, command: Account) -> Result<(), CommandError> {
    match command {
        Account::Show(whose) => show(&find(app, &whose)?.view(), false),
        Account::Why(whose) => show(&find(app, &whose)?.view(), true),
        Account::Pin { whose, grant, reason, expires_in, wait } => {
            let Pinned { kind, subject, value } = grant;
            let expires = match expires_in {
                Expiry::Never => None,
                Expiry::After(time) => {
                    let seconds = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
                    Some(app.core.clock.now().plus_seconds(seconds))
                }
            };
            let pin = ByHand::Pin(vec![PinOrder { kind, subject, value, reason, expires }]);
            by_hand(app, &whose, pin, Terms { seen: None, waits: wait })
        }
        Account::Suspend(whose) => by_hand(app, &whose, ByHand::Suspend, Terms::default()),
        Account::Reactivate { whose, wait } => {
            by_hand(app, &whose, ByHand::Reactivate, Terms { seen: None, waits: wait })
        }
        Account::Preview { organization, mut accounts, file, group, leave } => {
            let organization = app.core.organization(&organization)?.id;
            if let Some(file) = file {
                let lines = read(&file)?;
                let named = lines.lines().map(str::trim).filter(|line| !line.is_empty());
                accounts.extend(named.map(str::to_owned));
            }
            let people = app.core.accounts_of(organization, accounts)?;
            let (added, removed) = if leave { (BTreeSet::new(), people) } else { (people, BTreeSet::new()) };
            let membership = Membership { group: Some(group), added, removed };
            print_preview(&app.core.preview_membership(organization, membership)?)
        }
    }
}

fn find(app: &App, whose: &Whose) -> Result<Standing, Problem> {
    let organization = app.core.organization(&whose.organization)?.id;
    app.core.standing_of(organization, &whose.account)
}

fn by_hand(app: &App, whose: &Whose, deed: ByHand, terms: Terms) -> Result<(), CommandError> {
    let organization = app.core.organization(&whose.organization)?.id;
    let account = find(app, whose)?.id();
    let author = app.core.by_command();
    app.core
        .change_by_hand_blocking(&author, organization, account, vec![deed], terms)
        .map_err(Problem::from)?;
    show(&find(app, whose)?.view(), false)
}

/// Lines of a kind, a thing and its value, with what gave it where that is asked for.
struct Lines {
    rows: Vec<[String; 4]>,
    why: bool,
}

impl Lines {
    fn add(&mut self, kind: &str, subject: &str, value: &str, why: &[Reason]) {
        let why: Vec<String> = why.iter().filter(|_| self.why).map(ToString::to_string).collect();
        self.rows.push([kind.to_owned(), subject.to_owned(), value.to_owned(), why.join("; ")]);
    }

    fn single(&mut self, kind: &str, subject: &str, value: Option<&Because<String>>) {
        if let Some(value) = value {
            self.add(kind, subject, &value.value, std::slice::from_ref(&value.why));
        }
    }

    fn many(&mut self, kind: &str, grants: &BTreeMap<String, Vec<Reason>>) {
        for (key, why) in grants {
            self.add(kind, key, "", why);
        }
    }

    fn licence(&mut self, key: &str, licence: &LicenceView) {
        let seat = match licence.number {
            Some(number) => format!("waiting, number {number}"),
            None => licence.seat.to_owned(),
        };
        self.add("license", key, &seat, &licence.why);
        self.single("template", key, licence.template.as_ref());
        self.single("product role", key, licence.role.as_ref());
        for (feature, view) in &licence.features {
            let mut value = match view.value {
                Setting::Flag(true) => "on".to_owned(),
                Setting::Flag(false) => "off".to_owned(),
                Setting::Limit(limit) => limit.to_string(),
            };
            if self.why && !view.cuts.is_empty() {
                value = format!("{value} (less by {})", view.cuts.join(", "));
            }
            self.add("feature", &format!("{key}/{feature}"), &value, std::slice::from_ref(&view.why));
        }
    }
}

fn show(view: &AccountView, why: bool) -> Result<(), CommandError> {
    let mut lines = Lines { rows: Vec::new(), why };
    lines.add("id", "", &view.id.to_string(), &[]);
    lines.add("userName", "", &view.user_name, &[]);
    lines.add("status", "", view.status, &[]);
    if let Some(reason) = view.reason {
        lines.add("suspended by", "", reason, &[]);
    }
    lines.single("role", "", view.role.as_ref());
    lines.single("user group", "", view.user_group.as_ref());
    lines.single("team", "", view.team.as_ref());
    for (key, licence) in &view.licenses {
        lines.licence(key, licence);
    }
    lines.many("portal", &view.portals);
    lines.many("device group", &view.device_groups);
    lines.many("manages", &view.manages);
    for (field, value) in &view.profile {
        lines.single("profile", field, Some(value));
    }
    lines.single("welcome e-mail", "", view.welcome_email.as_ref());
    lines.single("language", "", view.language.as_ref());
    print_rows(lines.rows)?;
    if view.troubles.is_empty() { Ok(()) } else { print_line("see also: roster issues") }
}
