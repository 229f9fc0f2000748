//! The portreto command: keep a directory of photos in two stores, transformed on the way.
//!
//! Two steps: [`args`] is what was typed, [`command`] what it means. Commands call the facade of
//! `portreto-store` and show what it says; no rule of the business is decided here. [`output`] is the one
//! door to stdout and the one to stderr, [`exit`] the one place that knows exit codes.

#[expect(
    clippy::doc_markdown,
    reason = "the comments there are help texts: a terminal shows them as they are"
)]
#[expect(clippy::struct_excessive_bools, reason = "a flag is a bool")]
mod args;
mod command;
mod config;
mod context;
mod exit;
mod files;
mod interrupt;
mod output;

use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::Parser;
use indicatif::MultiProgress;
use tracing_subscriber::filter::LevelFilter;

use crate::{
    args::{Check, Cli, Command, Intake, Upload, Watch},
    config::Settings,
    context::Context,
    exit::Exit,
    interrupt::Interrupt,
    output::{Data, Talk},
};

fn main() -> ExitCode {
    // Wrong usage ends here, with clap's message and exit code 2; help and version with 0.
    let cli = Cli::parse();
    choose_color(cli.common.color);
    let bars = MultiProgress::new();
    let mut talk = Talk::new(bars.clone(), cli.common.quiet);
    if let Some(path) = &cli.common.log_file {
        talk = match talk.clone().with_log(path) {
            Ok(talk) => talk,
            Err(error) => {
                talk.error(&error);
                return Exit::NothingStarted.into();
            }
        };
    }
    log_to(talk.clone(), cli.common.verbose);
    speak_of_faults(talk.clone());

    let exit = program(cli, bars, talk.clone()).unwrap_or_else(|error| {
        talk.error(&error);
        Exit::NothingStarted
    });
    exit.into()
}

fn program(cli: Cli, bars: MultiProgress, talk: Talk) -> Result<Exit> {
    let mut data = Data::new(bars.clone());
    // Works even when the configuration is broken.
    if let Command::Completions(args) = &cli.command {
        return command::completions(args, &mut data);
    }
    let settings = Settings::load(&with_flags(&cli))?;
    // One pool for all that computes within one picture.
    rayon::ThreadPoolBuilder::new().num_threads(settings.threads()).build_global()?;
    let runtime = tokio::runtime::Runtime::new().context("cannot start the runtime")?;
    let result = runtime.block_on(async {
        let interrupt = Interrupt::listen().context("cannot listen for signals")?;
        let mut context = Context {
            settings,
            data,
            talk,
            bars,
            interrupt: interrupt.clone(),
            opened: Vec::new(),
        };
        let work = async {
            let result = command::run(cli.command, &mut context).await;
            context.close().await;
            let exit = result?;
            context.data.flush().context("cannot write to stdout")?;
            Ok(exit)
        };
        tokio::select! {
            result = work => result,
            () = interrupt.must_stop() => Ok(Exit::Interrupted),
        }
    });
    // Threads that still read or render have nobody to give it to.
    runtime.shutdown_background();
    result
}

/// The settings that were typed, those with a flag of their own included.
fn with_flags(cli: &Cli) -> config::Typed {
    let mut typed = cli.common.settings();
    let mut flag = |flag: &str, key: &str, value: String| {
        typed.flags.push((flag.to_owned(), key.to_owned(), value));
    };
    match &cli.command {
        Command::Upload(Upload { intake: Intake { concurrency: Some(n), .. }, .. })
        | Command::Watch(Watch { intake: Intake { concurrency: Some(n), .. }, .. })
        | Command::Check(Check { concurrency: Some(n), .. }) => {
            flag("--concurrency", "concurrency", n.to_string());
        }
        Command::Serve(args) => {
            if let Some(listen) = &args.listen {
                flag("--listen", "listen", listen.to_string());
            }
        }
        _ => {}
    }
    typed
}

fn choose_color(choice: clap::ColorChoice) {
    match choice {
        clap::ColorChoice::Auto => anstream::ColorChoice::Auto,
        clap::ColorChoice::Always => anstream::ColorChoice::Always,
        clap::ColorChoice::Never => anstream::ColorChoice::Never,
    }
    .write_global();
}

/// A fault of this program that brings down the work on one file is one line, unless a backtrace is asked for.
fn speak_of_faults(talk: Talk) {
    if std::env::var_os("RUST_BACKTRACE").is_some() {
        return;
    }
    std::panic::set_hook(Box::new(move |fault| {
        let place = fault.location().map(ToString::to_string).unwrap_or_default();
        let what = fault.payload_as_str().unwrap_or("of an unknown kind");
        talk.warning(format!("a fault in portreto itself, at {place}: {what}"));
    }));
}

fn log_to(talk: Talk, verbose: u8) {
    let level = match verbose {
        0 => LevelFilter::WARN,
        1 => LevelFilter::INFO,
        2 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    };
    tracing_subscriber::fmt()
        .with_max_level(level)
        .with_target(verbose > 1)
        .without_time()
        .with_ansi(anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never)
        .with_writer(move || talk.clone())
        .init();
}
