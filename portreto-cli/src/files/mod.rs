//! Files of the user's: found, read within bounds, named safely, written whole or not at all.

mod name;
mod read;
mod walk;
mod write;

pub(crate) use self::{
    name::safe_name,
    read::{Content, read},
    walk::{Found, Walk},
    write::{Existing, make_directory, write},
};
