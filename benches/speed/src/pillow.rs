//! Pillow, in a Python of its own that times itself.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use image::DynamicImage;

use crate::rivals::spread_colors;

pub struct Pillow {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

const PROGRAM: &str = r#"
import sys, time
from PIL import Image
directory = sys.argv[1]
rgb = Image.frombytes("RGB", (4000, 3000), open(directory + "/rgb", "rb").read())
gray = Image.frombytes("L", (4000, 3000), open(directory + "/gray", "rb").read())
palettes = {}
for name in ("palette16", "palette64", "palette256", "levels4"):
    palette = Image.new("P", (1, 1))
    palette.putpalette(open(directory + "/" + name, "rb").read())
    palettes[name] = palette
for line in sys.stdin:
    case = line.strip()
    start = time.perf_counter()
    if case == "gray":
        gray.convert("1")
    else:
        rgb.quantize(palette=palettes[case], dither=Image.Dither.FLOYDSTEINBERG)
    print(time.perf_counter() - start, flush=True)
"#;

impl Pillow {
    pub fn start(python: &str, color: &DynamicImage) -> Self {
        let directory =
            std::env::temp_dir().join(format!("dithering-speed-{}", std::process::id()));
        fs::create_dir_all(&directory).expect("a directory");
        let put =
            |name: &str, bytes: &[u8]| fs::write(directory.join(name), bytes).expect("written");
        put("rgb", color.as_bytes());
        put("gray", color.to_luma8().as_raw());
        for count in [16, 64, 256] {
            put(&format!("palette{count}"), &spread_colors(count).concat());
        }
        let cube = (0..64_u8).flat_map(|at| [at / 16, at / 4 % 4, at % 4].map(|digit| digit * 85));
        put("levels4", &cube.collect::<Vec<_>>());
        let mut child = Command::new(python)
            .args(["-c", PROGRAM])
            .arg(&directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a Python with Pillow");
        let input = child.stdin.take().expect("a pipe");
        let output = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut pillow = Self { child, input, output };
        // Once, so that it has read everything.
        pillow.time("gray");
        fs::remove_dir_all(&directory).expect("removed");
        pillow
    }

    /// Seconds that one run took.
    pub fn time(&mut self, case: &str) -> f64 {
        writeln!(self.input, "{case}").expect("asked");
        let mut line = String::new();
        self.output.read_line(&mut line).expect("answered");
        line.trim().parse().expect("seconds")
    }
}

impl Drop for Pillow {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
