//! Files of the user's: found, read within bounds, named safely, written whole or not at all.

mod list;
mod name;
mod read;
mod sources;
mod state;
mod walk;
mod write;

pub(crate) use self::{
    list::List,
    name::safe_name,
    read::{Content, read},
    sources::Sources,
    walk::{Found, Walk},
    write::{Existing, make_directory, write},
};
