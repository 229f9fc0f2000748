//! `portreto completions`

use anyhow::{Context as _, Result};
use clap::CommandFactory;

use crate::{
    args::{Cli, Completions},
    exit::Exit,
    output::Data,
};

pub(crate) fn completions(args: &Completions, data: &mut Data) -> Result<Exit> {
    // To memory first: the generator panics when its writer fails.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "portreto", &mut script);
    data.bytes(&script).and_then(|()| data.flush()).context("cannot write to stdout")?;
    Ok(Exit::Done)
}
