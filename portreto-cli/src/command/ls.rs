//! `portreto ls`

use std::collections::BTreeSet;

use anyhow::Result;
use indicatif::HumanBytes;
use portreto_store::{Filter, Image};

use crate::{
    args::Ls,
    context::Context,
    exit::Exit,
    output::{ImageLine, created_text, escape, short_id},
};

/// How many images are asked for at once, and so held in memory.
const PAGE: u32 = 500;

pub(super) async fn ls(args: Ls, context: &mut Context) -> Result<Exit> {
    let portreto = context.open().await?;
    let filter = Filter {
        labels: args.labels.into_iter().collect(),
        name: args.name,
        since: args.since.map(|moment| moment.0),
        until: args.until.map(|moment| moment.0),
        ..Filter::default()
    };
    let mut after = None;
    loop {
        let page = portreto.list(&filter, after, PAGE).await?;
        for image in &page.images {
            match (args.json, args.long) {
                (true, _) => context.data.json(&ImageLine::from(image))?,
                (false, true) => context.data.line(long(image))?,
                (false, false) => context.data.line(short(image))?,
            }
        }
        context.data.flush()?;
        after = page.next;
        if after.is_none() || context.data.is_gone() {
            return Ok(Exit::Done);
        }
    }
}

/// The name comes last: it is the one column without a bound.
pub(super) fn short(image: &Image) -> String {
    format!(
        "{}  {:>11}  {:>10}  {}  {}",
        short_id(image.id),
        format!("{}x{}", image.width, image.height),
        HumanBytes(image.bytes).to_string(),
        created_text(image.created),
        escape(&image.name),
    )
}

fn long(image: &Image) -> String {
    format!(
        "{}  {}  {:>11}  {:>12}  {:<10}  {}  {}  {}",
        image.id,
        image.digest,
        format!("{}x{}", image.width, image.height),
        image.bytes,
        image.media_type,
        image.created,
        escape(&label_text(&image.labels)),
        escape(&image.name),
    )
}

fn label_text(labels: &BTreeSet<String>) -> String {
    if labels.is_empty() {
        return "-".to_owned();
    }
    labels.iter().map(String::as_str).collect::<Vec<_>>().join(",")
}
