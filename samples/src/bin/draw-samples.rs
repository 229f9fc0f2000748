//! Writes the sample pictures into a directory: `draw-samples DIR`.

use std::{
    env, fs,
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

fn main() -> ExitCode {
    let mut arguments = env::args_os().skip(1);
    let (Some(directory), None) = (arguments.next(), arguments.next()) else {
        let _ = writeln!(io::stderr(), "usage: draw-samples DIR");
        return ExitCode::from(2);
    };
    match draw(&PathBuf::from(directory)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "draw-samples: {error}");
            ExitCode::FAILURE
        }
    }
}

fn draw(directory: &std::path::Path) -> io::Result<()> {
    fs::create_dir_all(directory)?;
    let mut out = io::stdout().lock();
    for sample in portreto_samples::all() {
        let path = directory.join(sample.name);
        fs::write(&path, &sample.bytes)?;
        writeln!(out, "{}", path.display())?;
    }
    Ok(())
}
