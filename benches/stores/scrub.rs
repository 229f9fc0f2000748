//! How fast every byte of a home is checked, beside what the disk gives and what BLAKE3 takes.

use std::{
    fs::File,
    io::{Read, Write},
    path::Path,
    thread,
    time::Instant,
};

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use portreto_store::{Options, Portreto, Upload, scrub::ScrubOptions};
use rand::{SeedableRng, rngs::StdRng};

use crate::{Result, cache, median, noise, say, speed};

/// What homes are made of: how many photos, of how many bytes.
const HOMES: [(&str, usize, usize); 2] =
    [("photos of 100 KB", 4000, 100_000), ("photos of 4 MB", 200, 4_000_000)];
/// The longest comment of a JPEG, bytes.
const COMMENT: usize = 65_533;

pub(crate) async fn table(directory: &Path, rounds: usize) -> Result<()> {
    say(
        "| every byte checked, MB/s | disk, one file in a row | BLAKE3, one thread | two threads | scrub | of the lower of disk and one thread |",
    )?;
    say("|---|---|---|---|---|---|")?;
    for (name, n, bytes) in HOMES {
        let work = directory.join(format!("home-{n}"));
        let home = filled(&work, n, bytes).await?;
        let together = work.join("together");
        let both = (2 * n * bytes) as u64;
        in_one_file(&together)?;
        for cold in [true, false] {
            let (mut disk, mut one, mut two, mut scrubbed) = (vec![], vec![], vec![], vec![]);
            for _ in 0..rounds {
                if cold {
                    cache::forget(&work)?;
                }
                disk.push(read_in_a_row(&together)?);
                one.push(hashed(1));
                two.push(hashed(2));
                let begin = Instant::now();
                let report = home.scrub(&ScrubOptions::default(), &|_| {}).await?;
                if !report.is_clean() || report.bytes_read < both {
                    return Err(format!("the scrub of {} is not clean", work.display()).into());
                }
                scrubbed.push(speed(report.bytes_read, begin));
            }
            let state = if cold { "from the disk" } else { "from the system's cache" };
            let [disk, one, two, scrubbed] = [disk, one, two, scrubbed].map(median);
            let ratio = scrubbed / disk.min(one);
            say(&format!(
                "| {n} {name}, twice, {state} | {disk:.0} | {one:.0} | {two:.0} | {scrubbed:.0} | {ratio:.2} |"
            ))?;
        }
        home.close().await;
    }
    say("")
}

/// A home with so many photos.
async fn filled(directory: &Path, n: usize, bytes: usize) -> Result<Portreto> {
    let mut options = Options::new(directory);
    options.create = true;
    let home = Portreto::open(options).await?;
    let adds = (0..n).map(|number| home.add(upload(number, bytes)));
    // As many at once as `upload` has.
    stream::iter(adds).buffer_unordered(256).try_collect::<Vec<_>>().await?;
    Ok(home)
}

/// A photo of so many bytes: a small one with comments of noise.
fn upload(number: usize, bytes: usize) -> Upload {
    let small = portreto_samples::jpeg_with_orientation(1, 32, 24);
    let mut rng = StdRng::seed_from_u64(number as u64);
    let (start, rest) = small.split_at(2);
    let mut photo = start.to_vec();
    while photo.len() + rest.len() < bytes {
        let room = (bytes - photo.len() - rest.len()).saturating_sub(4).clamp(1, COMMENT);
        photo.extend([0xFF, 0xFE]);
        photo.extend(((room + 2) as u16).to_be_bytes());
        photo.extend(noise(&mut rng, room));
    }
    photo.extend(rest);
    Upload {
        bytes: Bytes::from(photo),
        name: format!("{number}.jpg"),
        labels: std::collections::BTreeSet::new(),
        owner: String::new(),
        transforms: Vec::new(),
        keep_damaged: false,
    }
}

fn in_one_file(path: &Path) -> Result<()> {
    let mut rng = StdRng::seed_from_u64(u64::MAX);
    let mut file = File::create(path)?;
    for _ in 0..512 {
        file.write_all(&noise(&mut rng, 1 << 20))?;
    }
    Ok(file.sync_all()?)
}

fn read_in_a_row(path: &Path) -> Result<f64> {
    let mut file = File::open(path)?;
    let (mut buffer, mut all) = (vec![0; 1 << 20], 0);
    let begin = Instant::now();
    loop {
        let n = file.read(&mut buffer)?;
        if n == 0 {
            return Ok(speed(all, begin));
        }
        all += n as u64;
    }
}

/// What BLAKE3 takes on so many threads, of bytes that are near.
fn hashed(threads: usize) -> f64 {
    const TIMES: usize = 1000;
    let begin = Instant::now();
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let bytes = vec![7; 1 << 20];
                for _ in 0..TIMES {
                    std::hint::black_box(blake3::hash(std::hint::black_box(&bytes)));
                }
            });
        }
    });
    speed((threads * TIMES) as u64 * (1 << 20), begin)
}
