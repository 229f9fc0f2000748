//! `portreto config`

use anyhow::Result;
use serde::Serialize;

use crate::{args::Config, config::Value, context::Context, exit::Exit, output::escape};

/// One setting as scripts read it.
#[derive(Serialize)]
struct SettingLine<'a> {
    key: &'a str,
    value: &'a Value,
    source: String,
}

pub(super) fn config(args: &Config, context: &mut Context) -> Result<Exit> {
    for (key, value, source) in context.settings.all() {
        let source = source.to_string();
        if args.json {
            context.data.json(&SettingLine { key, value: &value, source })?;
        } else {
            let value = value.to_string();
            let value = if value.is_empty() { "-" } else { &value };
            let line = format!("{key:<20} {:<32} {}", escape(value), escape(&source));
            context.data.line(line)?;
        }
    }
    Ok(Exit::Done)
}
