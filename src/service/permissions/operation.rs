//! What can be done in the administration, and what each of it takes: the one table.

/// A permission of the administration that the operations name, by its key in the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Permission {
    /// Give and take licences; see the seats.
    ManageLicences,
    /// Make, change and remove people.
    ManageUsers,
    /// Set what people may do in their products.
    ManageProductSettings,
    /// Make, change and remove user groups.
    ManageUserGroups,
    /// Make, change and remove device groups, and put people into them.
    ManageDeviceGroups,
    /// Make, change and remove settings templates.
    ManageTemplates,
    /// Make, change and remove teams and portals.
    ManageTeams,
    /// See what was done, by whom, to whom.
    AccessHistory,
    /// See reports.
    ViewReports,
    /// See invoices.
    ViewInvoices,
    /// Pay invoices.
    PayInvoices,
}

impl Permission {
    /// Its key.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ManageLicences => "manage_licences",
            Self::ManageUsers => "manage_users",
            Self::ManageProductSettings => "manage_product_settings",
            Self::ManageUserGroups => "manage_user_groups",
            Self::ManageDeviceGroups => "manage_device_groups",
            Self::ManageTemplates => "manage_templates",
            Self::ManageTeams => "manage_teams",
            Self::AccessHistory => "access_history",
            Self::ViewReports => "view_reports",
            Self::ViewInvoices => "view_invoices",
            Self::PayInvoices => "pay_invoices",
        }
    }
}

/// What an admin lacks of all that there is: reports and billing.
pub const NOT_OF_ADMINS: [Permission; 3] =
    [Permission::ViewReports, Permission::ViewInvoices, Permission::PayInvoices];

/// Something that can be done in the administration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation<'a> {
    /// List people: those that one may see.
    ListPeople,
    /// See a person with their account.
    SeePerson,
    /// See what gave a person what they have.
    Why,
    /// Make a person.
    CreatePerson,
    /// Change a person's own data, such as language and time zone.
    ChangePerson,
    /// Move a person to another user group.
    MovePerson,
    /// Suspend a person by hand.
    SuspendPerson,
    /// Lift a suspension by hand.
    ReactivatePerson,
    /// Delete a person.
    DeletePerson,
    /// Give or take a role in the organization, or what it manages.
    ChangeRole,
    /// Give or take a licence.
    ChangeLicences {
        /// Of which product.
        product: &'a str,
    },
    /// Set a template, features or sign-in settings of a product.
    ChangeProductSettings {
        /// Of which product.
        product: &'a str,
    },
    /// Make somebody a manager inside a product, or take that away.
    ChangeManagers {
        /// Of which product.
        product: &'a str,
    },
    /// Put a representative into a team or portals.
    AssignRepresentative,
    /// Put a person into device groups.
    AssignDeviceGroups,
    /// See teams and portals.
    SeeTeams,
    /// Make, change and remove teams.
    ChangeTeams,
    /// Make, change and remove portals.
    ChangePortals,
    /// See templates, user groups and device groups.
    SeeGroupings,
    /// Make, change and remove templates.
    ChangeTemplates,
    /// Make, change and remove user groups.
    ChangeUserGroups,
    /// Make, change and remove device groups.
    ChangeDeviceGroups,
    /// List and see end users.
    SeeEndUsers,
    /// Make, change and remove end users.
    ChangeEndUsers,
    /// See extensions, devices and telephone numbers.
    SeeTelephony {
        /// Of which product.
        product: &'a str,
        /// The permission that it names.
        permission: &'a str,
    },
    /// Change somebody's.
    ChangeTelephony {
        /// Of which product.
        product: &'a str,
        /// The permission that it names.
        permission: &'a str,
    },
    /// Change what all of the organization's telephones share: numbers, hardware profiles, registration.
    ConfigureTelephony {
        /// Of which product.
        product: &'a str,
        /// The permission that it names.
        permission: &'a str,
    },
    /// See the organization's own name and state.
    SeeOrganization,
    /// See what goes on beside the requests.
    SeeJobs,
    /// See rules, ceilings, limits, pools and custom roles.
    SeeSettings,
    /// See what there is to be had.
    SeeCatalogue,
    /// Change rules.
    ChangeRules,
    /// Change what connections may give.
    ChangeCeilings,
    /// Change what nobody in the organization may exceed.
    ChangeLimits,
    /// Change pools.
    ChangePools,
    /// Change custom roles.
    ChangeRoles,
    /// See SCIM clients with their tokens, quirks and refused pushes.
    SeeClients,
    /// Make and disable SCIM clients; make, rotate and revoke their tokens.
    ChangeClients,
    /// See keys.
    SeeKeys,
    /// Revoke keys.
    RevokeKeys,
    /// Revoke the keys of products.
    RevokeProductKeys,
    /// See the trail of changes.
    SeeChanges,
    /// See what could not be done.
    SeeIssues,
    /// See how many seats there are, who has one and who waits.
    SeeSeats,
}

/// What an operation takes, of whoever is neither an admin nor a super admin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Takes<'a> {
    /// One of these permissions.
    One(&'a [Permission]),
    /// A permission that a product names.
    Named(&'a str),
    /// To be an admin.
    Admin,
    /// To be a super admin.
    SuperAdmin,
}

/// Those that let one see people at all.
pub(super) const PEOPLE: &[Permission] = &[
    Permission::ManageUsers,
    Permission::ManageLicences,
    Permission::ManageProductSettings,
    Permission::ManageDeviceGroups,
    Permission::AccessHistory,
];
const GROUPINGS: &[Permission] = &[
    Permission::ManageUsers,
    Permission::ManageProductSettings,
    Permission::ManageTemplates,
    Permission::ManageUserGroups,
    Permission::ManageDeviceGroups,
];
/// Those that let one see teams and portals.
const SEES_TEAMS: &[Permission] = &[
    Permission::ManageUsers,
    Permission::ManageProductSettings,
    Permission::ManageTemplates,
    Permission::ManageUserGroups,
    Permission::ManageDeviceGroups,
    Permission::ManageTeams,
];
/// Those with which one gives or sets something that is in the catalogue.
const CATALOGUE: &[Permission] = &[
    Permission::ManageUsers,
    Permission::ManageLicences,
    Permission::ManageProductSettings,
    Permission::ManageTemplates,
    Permission::ManageTeams,
];
/// Those that let one enter the administration at all.
const ENTERS: &[Permission] = &[
    Permission::ManageLicences,
    Permission::ManageUsers,
    Permission::ManageProductSettings,
    Permission::ManageUserGroups,
    Permission::ManageDeviceGroups,
    Permission::ManageTemplates,
    Permission::ManageTeams,
    Permission::AccessHistory,
    Permission::ViewReports,
    Permission::ViewInvoices,
    Permission::PayInvoices,
];
const TEAMS: &[Permission] = &[Permission::ManageTeams];
const USERS: &[Permission] = &[Permission::ManageUsers];
const LICENCES: &[Permission] = &[Permission::ManageLicences];
const PRODUCT_SETTINGS: &[Permission] = &[Permission::ManageProductSettings];
const DEVICE_GROUPS: &[Permission] = &[Permission::ManageDeviceGroups];

/// What an operation takes, and how far it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a column of the table")]
pub(super) struct Rule<'a> {
    pub takes: Takes<'a>,
    /// It changes something: a key that may only read does not let it through.
    pub changes: bool,
    /// A role inside a product that holds the permission is enough, for the product's people.
    pub in_products: bool,
    /// One may do it to oneself: it gives one nothing.
    pub to_oneself: bool,
    /// It is about the whole organization, or the whole product: nothing for managers of some user groups or teams.
    pub whole: bool,
}

impl<'a> Rule<'a> {
    const fn sees(takes: Takes<'a>) -> Self {
        Self { takes, changes: false, in_products: false, to_oneself: false, whole: false }
    }

    const fn changes(takes: Takes<'a>) -> Self {
        Self { changes: true, ..Self::sees(takes) }
    }

    const fn in_products(self) -> Self {
        Self { in_products: true, ..self }
    }

    const fn whole(self) -> Self {
        Self { whole: true, ..self }
    }

    const fn to_oneself(self) -> Self {
        Self { to_oneself: true, ..self }
    }
}

impl<'a> Operation<'a> {
    /// The table.
    pub(super) const fn rule(self) -> Rule<'a> {
        use Takes::{Admin, Named, One, SuperAdmin};
        match self {
            Self::ListPeople | Self::SeePerson | Self::Why => {
                Rule::sees(One(PEOPLE)).in_products().to_oneself()
            }
            Self::CreatePerson => Rule::changes(One(USERS)).in_products(),
            Self::ChangePerson
            | Self::MovePerson
            | Self::SuspendPerson
            | Self::ReactivatePerson
            | Self::DeletePerson
            | Self::ChangeRole => Rule::changes(One(USERS)),
            Self::ChangeLicences { .. } => Rule::changes(One(LICENCES)).in_products(),
            Self::ChangeProductSettings { .. } | Self::ChangeManagers { .. } | Self::AssignRepresentative => {
                Rule::changes(One(PRODUCT_SETTINGS)).in_products()
            }
            Self::AssignDeviceGroups => Rule::changes(One(DEVICE_GROUPS)),
            Self::ChangeDeviceGroups => Rule::changes(One(DEVICE_GROUPS)).whole(),
            Self::SeeTeams => Rule::sees(One(SEES_TEAMS)).in_products(),
            Self::SeeGroupings => Rule::sees(One(GROUPINGS)),
            Self::ChangeTeams | Self::ChangePortals => Rule::changes(One(TEAMS)).in_products().whole(),
            Self::RevokeProductKeys => Rule::changes(Admin),
            Self::ChangeTemplates => Rule::changes(One(&[Permission::ManageTemplates])).whole(),
            Self::ChangeUserGroups => Rule::changes(One(&[Permission::ManageUserGroups])).whole(),
            Self::SeeEndUsers => Rule::sees(One(USERS)).whole(),
            Self::ChangeEndUsers => Rule::changes(One(USERS)).whole(),
            Self::SeeTelephony { permission, .. } => Rule::sees(Named(permission)).in_products().to_oneself(),
            Self::ChangeTelephony { permission, .. } => Rule::changes(Named(permission)).in_products(),
            Self::ConfigureTelephony { permission, .. } => {
                Rule::changes(Named(permission)).in_products().whole()
            }
            Self::SeeSettings | Self::SeeJobs => Rule::sees(Admin),
            Self::SeeOrganization => Rule::sees(One(ENTERS)).in_products(),
            Self::SeeCatalogue => Rule::sees(One(CATALOGUE)).in_products(),
            Self::ChangeRules
            | Self::ChangeCeilings
            | Self::ChangeLimits
            | Self::ChangePools
            | Self::ChangeRoles
            | Self::ChangeClients => Rule::changes(SuperAdmin),
            Self::SeeClients => Rule::sees(SuperAdmin),
            Self::SeeKeys => Rule::sees(One(USERS)).to_oneself(),
            Self::RevokeKeys => Rule::changes(One(USERS)).to_oneself(),
            Self::SeeChanges => Rule::sees(One(&[Permission::AccessHistory])).in_products().to_oneself(),
            Self::SeeIssues => {
                Rule::sees(One(&[Permission::ManageUsers, Permission::ManageLicences])).in_products()
            }
            Self::SeeSeats => Rule::sees(One(LICENCES)),
        }
    }

    /// The product that it is about, if it is about one.
    pub(super) const fn product(self) -> Option<&'a str> {
        match self {
            Self::ChangeLicences { product }
            | Self::ChangeProductSettings { product }
            | Self::ChangeManagers { product }
            | Self::SeeTelephony { product, .. }
            | Self::ChangeTelephony { product, .. }
            | Self::ConfigureTelephony { product, .. } => Some(product),
            Self::ListPeople
            | Self::SeePerson
            | Self::Why
            | Self::CreatePerson
            | Self::ChangePerson
            | Self::MovePerson
            | Self::SuspendPerson
            | Self::ReactivatePerson
            | Self::DeletePerson
            | Self::ChangeRole
            | Self::AssignRepresentative
            | Self::AssignDeviceGroups
            | Self::SeeTeams
            | Self::ChangeTeams
            | Self::ChangePortals
            | Self::SeeGroupings
            | Self::ChangeTemplates
            | Self::ChangeUserGroups
            | Self::ChangeDeviceGroups
            | Self::SeeEndUsers
            | Self::ChangeEndUsers
            | Self::SeeOrganization
            | Self::SeeJobs
            | Self::SeeSettings
            | Self::SeeCatalogue
            | Self::ChangeRules
            | Self::ChangeCeilings
            | Self::ChangeLimits
            | Self::ChangePools
            | Self::ChangeRoles
            | Self::SeeClients
            | Self::ChangeClients
            | Self::SeeKeys
            | Self::RevokeKeys
            | Self::RevokeProductKeys
            | Self::SeeChanges
            | Self::SeeIssues
            | Self::SeeSeats => None,
        }
    }

    /// Whether it changes something.
    #[must_use]
    pub const fn changes(self) -> bool {
        self.rule().changes
    }
}
