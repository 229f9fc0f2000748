//! The program itself.

use std::{env, fs, process::Command};

#[test]
fn pictures_are_drawn_the_same_each_time() {
    let home = env::temp_dir().join(format!("draw-samples-{}", std::process::id()));
    let draw = |name: &str| {
        let directory = home.join(name);
        let done = Command::new(env!("CARGO_BIN_EXE_draw-samples")).arg(&directory).status();
        assert!(done.unwrap().success());
        let mut files: Vec<_> = fs::read_dir(&directory)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .map(|path| (path.file_name().unwrap().to_owned(), fs::read(&path).unwrap()))
            .collect();
        files.sort();
        files
    };
    let (once, again) = (draw("once"), draw("again"));
    fs::remove_dir_all(&home).unwrap();
    assert!(once.len() > 10, "{} pictures", once.len());
    assert!(once == again, "the same pictures");
}
