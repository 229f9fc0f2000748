//! How fast every byte of a home is checked, beside what the disk gives and what BLAKE3 takes.

use std::{
    fs::File,
    io::{self, Read, Write},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    thread,
    time::Instant,
};

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use portreto_store::{Options, Portreto, Upload, scrub::ScrubOptions};
use rand::{SeedableRng, rngs::StdRng};
use rustix::fs::{Advice, fadvise};
use walkdir::WalkDir;

use crate::{Result, cache, median, noise, say, speed};

/// What homes are made of: how many photos, of how many bytes.
const HOMES: [(&str, usize, usize); 2] =
    [("photos of 100 KB", 4000, 100_000), ("photos of 4 MB", 200, 4_000_000)];
/// The longest comment of a JPEG, bytes.
const COMMENT: usize = 65_533;

pub(crate) async fn table(directory: &Path, rounds: usize) -> Result<()> {
    say(
        "| every byte checked, MB/s | disk, one file in a row | the photos, only read | BLAKE3, one thread | two threads | scrub | of the lower of disk and one thread |",
    )?;
    say("|---|---|---|---|---|---|---|")?;
    for (name, n, bytes) in HOMES {
        let work = directory.join(format!("home-{n}"));
        let home = filled(&work, n, bytes).await?;
        let together = work.join("together");
        let both = (2 * n * bytes) as u64;
        in_one_file(&together, both)?;
        let photos = files(&work.join("stores"))?;
        for cold in [true, false] {
            let (mut disk, mut read, mut one, mut two, mut scrubbed) =
                (vec![], vec![], vec![], vec![], vec![]);
            for _ in 0..rounds {
                if cold {
                    cache::forget(&work)?;
                }
                disk.push(read_in_a_row(&together)?);
                read.push(read_only(&photos)?);
                if cold {
                    cache::forget(&work)?;
                }
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
            let [disk, read, one, two, scrubbed] = [disk, read, one, two, scrubbed].map(median);
            let ratio = scrubbed / disk.min(one);
            say(&format!(
                "| {n} {name}, twice, {state} | {disk:.0} | {read:.0} | {one:.0} | {two:.0} | {scrubbed:.0} | {ratio:.2} |"
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

/// As many bytes as a scrub reads, for a disk may be faster for a while than it is for long.
fn in_one_file(path: &Path, bytes: u64) -> Result<()> {
    let mut rng = StdRng::seed_from_u64(u64::MAX);
    let mut file = File::create(path)?;
    for _ in 0..bytes.div_ceil(1 << 20) {
        file.write_all(&noise(&mut rng, 1 << 20))?;
    }
    Ok(file.sync_all()?)
}

/// All files below `path`, in the order of their names.
fn files(path: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in WalkDir::new(path).sort_by_file_name() {
        let entry = entry?;
        if entry.file_type().is_file() {
            files.push(entry.into_path());
        }
    }
    Ok(files)
}

/// What a program that knows the names and does nothing else makes of them: a few threads, files announced ahead.
fn read_only(files: &[PathBuf]) -> Result<f64> {
    const THREADS: usize = 4;
    const AHEAD: usize = 16;
    let batches = Mutex::new(files.chunks(AHEAD));
    let next = || batches.lock().unwrap_or_else(PoisonError::into_inner).next();
    let work = || -> io::Result<u64> {
        let (mut buffer, mut all) = (vec![0; 1 << 20], 0);
        while let Some(batch) = next() {
            let opened: Vec<File> = batch.iter().map(File::open).collect::<io::Result<_>>()?;
            for file in &opened {
                fadvise(file, 0, None, Advice::WillNeed)?;
            }
            for mut file in opened {
                all += read_all(&mut file, &mut buffer)?;
            }
        }
        Ok(all)
    };
    let begin = Instant::now();
    let read: Vec<io::Result<u64>> = thread::scope(|scope| {
        let workers: Vec<_> = (0..THREADS).map(|_| scope.spawn(work)).collect();
        let ended = |worker: thread::ScopedJoinHandle<'_, _>| {
            worker.join().unwrap_or_else(|_| Err(io::Error::other("a reader panicked")))
        };
        workers.into_iter().map(ended).collect()
    });
    let all: u64 = read.into_iter().sum::<io::Result<u64>>()?;
    Ok(speed(all, begin))
}

fn read_in_a_row(path: &Path) -> Result<f64> {
    let (mut file, mut buffer) = (File::open(path)?, vec![0; 1 << 20]);
    let begin = Instant::now();
    let all = read_all(&mut file, &mut buffer)?;
    Ok(speed(all, begin))
}

fn read_all(file: &mut File, buffer: &mut [u8]) -> io::Result<u64> {
    let mut all = 0;
    loop {
        match file.read(buffer)? {
            0 => return Ok(all),
            n => all += n as u64,
        }
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
