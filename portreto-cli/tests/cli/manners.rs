use std::{
    io::{BufRead, BufReader, Read},
    process::Stdio,
};

use crate::home::{Home, Run, small_picture};

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let home = Home::new();
    for number in 0..50 {
        home.write(&format!("in/{number}.png"), &small_picture(number));
    }
    home.ok(&["upload", "in"]);
    for args in [
        &["ls", "--long"][..],
        &["config"],
        &["completions", "zsh"],
        &["upload", "in", "--json"],
        &["scrub"],
    ] {
        let mut child =
            home.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{args:?}");
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(!stderr.contains("error") && !stderr.contains("panic"), "{args:?}: {stderr}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_stdout_is_an_error() {
    let home = Home::new();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = home.command(&["config"]);
    let output = command.stdout(full).stderr(Stdio::piped()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("cannot write to stdout"));
}

#[test]
fn color_is_for_terminals_unless_asked_for() {
    let home = Home::new();
    assert!(!home.fails(2, &["ls"]).stderr.contains('\x1b'));
    assert!(home.fails(2, &["ls", "--color", "always"]).stderr.contains("\x1b[1m"));
    let mut command = home.command(&["ls"]);
    command.env("NO_COLOR", "1").env("CLICOLOR_FORCE", "1");
    assert!(!Run::of(command).stderr.contains('\x1b'));
}

#[test]
fn quiet_leaves_only_what_goes_wrong() {
    let home = Home::new();
    home.write("in/one.png", &small_picture(1));
    home.write("in/cut.png", &small_picture(2)[..20]);
    let run = home.fails(1, &["upload", "in", "--quiet"]);
    assert_eq!(run.text(), "");
    run.says("error: in/cut.png");
    assert!(!run.stderr.contains("added"), "{run}");
}

#[test]
fn help_is_short_and_long_and_has_examples() {
    let home = Home::new();
    for command in [
        "upload",
        "ls",
        "info",
        "get",
        "rm",
        "transform",
        "store",
        "scrub",
        "repair",
        "rebuild",
        "stats",
        "config",
        "completions",
        "serve",
    ] {
        let (short, long) = (home.ok(&[command, "-h"]), home.ok(&[command, "--help"]));
        assert!(long.text().contains("Example"), "{long}");
        assert!(short.text().len() < long.text().len(), "{command}");
        assert!(short.text().contains("Usage: portreto"), "{short}");
    }
    assert!(home.ok(&["--version"]).text().starts_with("portreto "));
    home.fails(2, &[]).says("Usage: portreto");
    home.fails(2, &["uplaod"]).says("'upload'");
}

#[test]
fn completions_know_every_shell() {
    let home = Home::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(home.ok(&["completions", shell]).text().contains("upload"), "{shell}");
    }
    assert!(!home.home().exists());
}

#[cfg(unix)]
#[test]
fn the_server_serves_the_home_and_stops_when_asked() {
    use std::{io::Write, net::TcpStream, process::Command};
    let home = Home::new();
    home.write("one.png", &small_picture(1));
    home.ok(&["upload", "one.png"]);
    let mut child =
        home.command(&["serve", "--listen", "127.0.0.1:0"]).stderr(Stdio::piped()).spawn().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    stderr.read_line(&mut line).unwrap();
    let address =
        line.trim().strip_prefix("listening on http://").unwrap_or_else(|| panic!("{line}"));
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    assert!(response.starts_with("HTTP/1.1 200"), "{response}");
    Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn an_address_that_is_taken_is_an_error() {
    let home = Home::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    home.fails(2, &["serve", "--listen", &address]).says("cannot listen on");
    assert!(!home.home().exists(), "no home is made for a server that cannot start");
    home.fails(2, &["serve", "--listen", "8080"]).says("--listen");
}
