//! `portreto sign`

use anyhow::{Context as _, Result};
use portreto_server::{Keys, sign_url};

use super::serve::keys_file;
use crate::{args::Sign, context::Context, exit::Exit};

pub(super) fn sign(args: &Sign, context: &mut Context) -> Result<Exit> {
    let keys = Keys::load_or_make(&keys_file(context))?;
    let expires = args.expires.map(|moment| moment.0);
    let url = sign_url(&keys.url, &args.digest, &args.name, expires).context("there is no key")?;
    context.data.line(url)?;
    Ok(Exit::Done)
}
