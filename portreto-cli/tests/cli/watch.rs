//! Uploading what appears.

#![cfg(unix)]

use std::{
    fs,
    io::{BufRead, BufReader, Lines},
    process::{Child, ChildStdout, Command, Stdio},
};

use serde_json::Value;

use crate::home::{Home, small_picture};

struct Watching {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Watching {
    fn start(home: &Home, args: &[&str]) -> Self {
        let args = [&["watch", "--json", "--settle", "0s"], args].concat();
        let mut child =
            home.command(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    fn next(&mut self) -> Value {
        serde_json::from_str(&self.lines.next().unwrap().unwrap()).unwrap()
    }

    /// Waits until it has said this of that file.
    fn until(&mut self, status: &str, path: &str) {
        loop {
            let line = self.next();
            assert!(line.get("summary").is_none(), "it ended before {status} {path}: {line}");
            if line["status"] == status && line["path"] == path {
                return;
            }
        }
    }

    fn stop(mut self) -> (Option<i32>, Value, String) {
        Command::new("kill").args(["-INT", &self.child.id().to_string()]).status().unwrap();
        let summary = loop {
            let line = self.next();
            if line.get("summary").is_some() {
                break line;
            }
        };
        let output = self.child.wait_with_output().unwrap();
        (output.status.code(), summary, String::from_utf8(output.stderr).unwrap())
    }
}

#[test]
fn what_is_there_and_what_appears_is_uploaded() {
    let home = Home::new();
    home.write("in/1.png", &small_picture(1));
    home.write("in/.hidden.png", &small_picture(9));
    let mut watching = Watching::start(&home, &["in", "--exclude", "drafts", "--label", "seen"]);
    watching.until("added", "in/1.png");
    home.write("in/drafts/2.png", &small_picture(2));
    home.write("in/.hidden2.png", &small_picture(9));
    home.write("in/new/below/3.png", &small_picture(3));
    watching.until("added", "in/new/below/3.png");
    // Written beside and moved into place, as many programs do.
    home.write("4.png", &small_picture(4));
    fs::rename(home.path("4.png"), home.path("in/4.png")).unwrap();
    watching.until("added", "in/4.png");
    // Half a picture fails; the whole one, when it is there, is added.
    let picture = small_picture(5);
    home.write("in/5.png", &picture[..picture.len() / 2]);
    watching.until("failed", "in/5.png");
    home.write("in/5.png", &picture);
    watching.until("added", "in/5.png");
    let (code, summary, stderr) = watching.stop();
    assert_eq!(code, Some(1), "one failed: {stderr}");
    assert_eq!(
        (&summary["summary"]["added"], &summary["summary"]["failed"]),
        (&4.into(), &1.into())
    );
    let mut names: Vec<_> = home.ls().iter().map(|image| image["name"].clone()).collect();
    names.sort_by_key(ToString::to_string);
    assert_eq!(names, ["1.png", "3.png", "4.png", "5.png"]);

    // Stopped by Ctrl-C is how it ends, and what is kept is not told of again.
    home.write("in/6.png", &small_picture(6));
    let mut watching = Watching::start(&home, &["in", "--exclude", "drafts", "--label", "seen"]);
    watching.until("added", "in/6.png");
    let (code, _, stderr) = watching.stop();
    assert_eq!(code, Some(0), "{stderr}");
    home.ok(&["scrub"]);
}

#[test]
fn only_directories_are_watched() {
    let home = Home::new();
    home.fails(2, &["watch", "nowhere"]).says("there is no directory at nowhere");
    home.fails(2, &["watch", ".", "--settle=-1s"]).says("--settle");
}
