//! What the program says: data to stdout, talk to stderr, each through one door.
//!
//! Whatever comes from outside (file names, messages that quote them) passes through [`escape`] on its way
//! into a line that people read; JSON escapes by itself.

mod data;
mod escape;
mod hint;
mod image_line;
mod progress;
mod talk;

pub(crate) use self::{
    data::Data,
    escape::{escape, path_text},
    hint::{hinted, one_line},
    image_line::{ImageLine, VariantLine, created_text, short_id},
    progress::Progress,
    talk::Talk,
};
