//! `portreto events`

use std::time::Duration;

use anyhow::Result;
use jiff::{Timestamp, tz::TimeZone};
use portreto_store::{Cursor, Event, Portreto, SinkState, is_kind};

use crate::{
    args::{Events, EventsCommand},
    context::Context,
    exit::Exit,
    output::escape,
};

/// Events that are asked for at once, and so held in memory.
const PAGE: u32 = 500;
/// Dead letters that are shown.
const MOST_DEAD: u32 = 10_000;
/// How often it is looked whether anything has happened.
const LOOK_AGAIN: Duration = Duration::from_millis(500);
/// What events say they come from, here where no sink has a name for it.
const SOURCE: &str = "/portreto";

pub(super) async fn events(args: Events, context: &mut Context) -> Result<Exit> {
    let portreto = context.open().await?;
    match args.command {
        None => show(&args, &portreto, context).await,
        Some(EventsCommand::Sinks { json }) => {
            for sink in portreto.sinks().await? {
                if json {
                    context.data.json(&sink)?;
                } else {
                    context.data.line(line_of(&sink))?;
                }
            }
            context.data.flush()?;
            Ok(Exit::Done)
        }
        Some(EventsCommand::Replay { sink, from }) => {
            let place = portreto.place_before(from.0).await?;
            portreto.rewind_sink(&sink, place).await?;
            context.talk.note(format!("{sink} is sent again what happened since {}", from.0));
            Ok(Exit::Done)
        }
        Some(EventsCommand::Dead { sink, json }) => {
            for letter in portreto.dead_letters(&sink, MOST_DEAD).await? {
                if json {
                    let mut event = letter.event.to_cloud_event(SOURCE);
                    event["reason"] = letter.reason.into();
                    context.data.json(&event)?;
                } else {
                    let line = format!("{}  {}", short(&letter.event), escape(&letter.reason));
                    context.data.line(line)?;
                }
            }
            context.data.flush()?;
            Ok(Exit::Done)
        }
        Some(EventsCommand::Forget { sink }) => {
            portreto.remove_sink(&sink).await?;
            Ok(Exit::Done)
        }
    }
}

async fn show(args: &Events, portreto: &Portreto, context: &mut Context) -> Result<Exit> {
    let mut place = match &args.since {
        Some(moment) => portreto.place_before(moment.0).await?,
        None if args.follow => portreto.last_event().await?,
        None => Cursor::default(),
    };
    let wants = |event: &Event| {
        args.types.is_empty() || args.types.iter().any(|kind| is_kind(kind, &event.kind))
    };
    if args.follow {
        context.interrupt.finish_in_flight();
    }
    loop {
        let events = portreto.events_after(place, PAGE).await?;
        place = events.last().map_or(place, |last| last.cursor);
        for event in events.iter().filter(|event| wants(event)) {
            if args.json {
                context.data.json(&event.to_cloud_event(SOURCE))?;
            } else {
                context.data.line(short(event))?;
            }
        }
        context.data.flush()?;
        if context.data.is_gone() || context.interrupt.is_asked() {
            return Ok(Exit::Done);
        }
        if events.is_empty() {
            if !args.follow {
                return Ok(Exit::Done);
            }
            let asked = context.interrupt.clone();
            tokio::select! {
                () = tokio::time::sleep(LOOK_AGAIN) => {}
                () = asked.asked() => {}
            }
        }
    }
}

/// Time, type, subject, and the name of the image, where there is one.
fn short(event: &Event) -> String {
    let name = event.data["name"].as_str().or(event.data["transform"].as_str()).unwrap_or_default();
    let time = time_text(event.time);
    format!("{time}  {:<24}  {}  {}", event.kind, event.subject, escape(name))
}

fn line_of(sink: &SinkState) -> String {
    let SinkState { name, delivered, behind, dead, failures, reason, .. } = sink;
    let told = match reason {
        Some(reason) => format!("  failed {failures} times: {}", escape(reason)),
        None => String::new(),
    };
    format!("{name:<16}  {delivered} delivered, {behind} to come, {dead} put aside{told}")
}

fn time_text(time: Timestamp) -> String {
    time.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}
