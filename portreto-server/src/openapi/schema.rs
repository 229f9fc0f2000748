//! The shapes of what is answered. They are only told: what is sent is made of the library's own types, and a test drives the server
//! by this description.
#![expect(dead_code, reason = "only the shapes are used")]

mod people;
mod picture;
mod problem;
mod seeing;
mod simple;
mod work;

pub(crate) use self::{
    people::{Keys, MadeKey, Person, Scope, Tokens},
    picture::{Bytes, Form, Image, Images, TransformText, Uploaded, Variant, Variants},
    problem::Problem,
    seeing::{Health, Ready, Stores},
    simple::{Id, Identifier, Resized, Status},
    work::{Event, Job, Jobs, State},
};
