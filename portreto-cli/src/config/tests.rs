use std::{fs, time::Duration};

use super::*;
use crate::output::one_line;

fn load(file: &str, flags: &[(&str, &str)]) -> Result<Settings> {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("portreto.toml"), file).unwrap();
    let flags = flags.iter().map(|(k, v)| ("--set".into(), (*k).into(), (*v).into())).collect();
    Settings::load(&Typed { home: Some(home.path().to_owned()), file: None, flags })
}

fn source(settings: &Settings, name: &str) -> Source {
    settings.all().find(|(key, ..)| *key == name).unwrap().2.clone()
}

#[test]
fn every_key_has_a_default_of_its_own_kind() {
    for key in key::ALL {
        let value = (key.default)();
        let again = Value::from_text(key.kind, &value.to_string()).unwrap();
        assert_eq!(again, value, "{}", key.name);
    }
    let settings = load("", &[]).unwrap();
    assert_eq!(settings.limits(), Limits::default());
    assert!(settings.threads() > 0 && settings.concurrency() > 0);
}

#[test]
fn a_flag_wins_over_the_file_and_the_file_over_the_default() {
    let file =
        "grace = '90m'\nstores = ['/a', 's3://b/c']\n\n[limits]\npixels = 1_000\nwidth = 7\n";
    let settings = load(file, &[("limits.width", "9")]).unwrap();
    assert_eq!(settings.limits().pixels, 1000);
    assert_eq!(settings.limits().width, 9);
    assert_eq!(settings.limits().height, Limits::default().height);
    let options = settings.options(false);
    assert_eq!(options.stores, ["/a", "s3://b/c"]);
    assert_eq!(options.grace, Duration::from_mins(90));
    assert!(matches!(source(&settings, "limits.pixels"), Source::File(_, 5)));
    assert_eq!(source(&settings, "limits.width"), Source::Flag("--set".into()));
    assert_eq!(source(&settings, "limits.height"), Source::Default);
}

#[test]
fn presets_are_transforms_with_names() {
    let file = "[presets]\nthumb = 'resize:9x,jpg'\nagain = 'preset:thumb,webp'\n";
    let settings = load(file, &[]).unwrap();
    let read = |text: &str| settings.presets().read(text).unwrap().to_string();
    assert_eq!(read("grayscale,preset:thumb"), "grayscale,resize:9x,jpg");
    assert_eq!(read("preset:again"), "resize:9x,webp");
    assert!(matches!(source(&settings, "presets.again"), Source::File(_, 3)));
    assert!(load("", &[]).unwrap().presets().iter().next().is_none());
}

#[test]
fn an_error_names_the_place_and_the_key() {
    for (file, says) in [
        ("\nspeed = 9\n", ":2: unknown key \"speed\"; the keys are stores, "),
        ("[limits]\nheigth = 9\n", ":2: unknown key \"limits.heigth\""),
        ("[limit]\nheight = 9\n", ":1: unknown key \"limit\""),
        ("limits = 3\n", ":1: limits: it is an integer, but must be a table"),
        ("threads = 'many'\n", ":1: threads: it is a string, but must be a whole number"),
        ("threads = -1\n", ":1: threads: it is -1, but must be a whole number"),
        ("threads = 5000\n", ":1: threads: it is 5000, but must be from 0 to 1024"),
        ("[limits]\nwidth = 0\n", ":2: limits.width: it is 0, but must be from 1 to 4294967295"),
        ("stores = 's3://x'\n", ":1: stores: it is a string, but must be a list of texts"),
        ("stores = [1]\n", ":1: stores: it is a list with an integer, but must be a list"),
        ("grace = 'soon'\n", ":1: grace: it is \"soon\", but must be a length of time"),
        ("grace = '-1h'\n", ":1: grace: it is \"-1h\", but must be a length of time"),
        ("listen = '8080'\n", ":1: listen: it is \"8080\", but must be an IP address and a port"),
        ("presets = 1\n", ":1: presets: it is an integer, but must be a table"),
        (
            "[presets]\na = 1\n",
            ":2: presets.a: it is an integer, but must be the text of a transform",
        ),
        ("[presets]\na = 'resize'\n", ":2: presets.a: resize needs a size"),
        ("[presets]\nA = 'png'\n", ":2: presets.A: preset is named \"A\""),
        ("[presets]\nb = 'preset:c'\nc = 'png'\n", ":2: presets.b: preset \"c\" is not known"),
        ("threads = 1\nthreads = 2\n", ":2: duplicate key"),
        ("threads = \n", ":1: "),
    ] {
        let error = one_line(load(file, &[]).unwrap_err().as_ref());
        assert!(error.contains("portreto.toml") && error.contains(says), "{file:?}: {error}");
    }
    let error = one_line(load("", &[("speed", "9")]).unwrap_err().as_ref());
    assert!(error.starts_with("--set: unknown key \"speed\""), "{error}");
    let error = one_line(load("", &[("threads", "x")]).unwrap_err().as_ref());
    assert_eq!(error, "--set: threads: it is \"x\", but must be a whole number");
}
