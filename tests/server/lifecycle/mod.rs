//! How people come, go and return, what guards power, and the groups that rules name.

mod adoption;
mod groups;
mod guards;
mod keys;
mod states;
