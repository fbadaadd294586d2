//! What bodies look like, as far as the description of an API says.

use std::borrow::Cow;
use std::collections::BTreeMap;

use utoipa::ToSchema;
use utoipa::openapi::{Ref, RefOr, Schema};

/// The schema of a body, by its name, with those that it is made of.
#[derive(Clone, Copy)]
pub(in crate::web) struct Shape {
    name: fn() -> Cow<'static, str>,
    collect: fn(&mut Vec<(String, RefOr<Schema>)>),
}

impl Shape {
    /// That of a type.
    pub(in crate::web) const fn of<T: ToSchema>() -> Self {
        Self { name: T::name, collect: collect::<T> }
    }

    /// A reference to it.
    pub(super) fn reference(self) -> Ref {
        Ref::from_schema_name((self.name)())
    }

    /// Adds it, and what it is made of, to the schemas by name.
    pub(super) fn add(self, schemas: &mut BTreeMap<String, RefOr<Schema>>) {
        let mut found = Vec::new();
        (self.collect)(&mut found);
        schemas.extend(found);
    }
}

fn collect<T: ToSchema>(found: &mut Vec<(String, RefOr<Schema>)>) {
    found.push((T::name().into_owned(), T::schema()));
    T::schemas(found);
}
