//! Reading a file and hashing it on the way: bytes that were just read are still near.

use std::{
    cell::RefCell,
    collections::VecDeque,
    fs::File,
    io::{self, ErrorKind, Read},
    path::Path,
    sync::{
        atomic::{AtomicU64, AtomicUsize, Ordering},
        mpsc,
    },
    thread,
};

use blake3::Hasher;
use bytes::Bytes;

/// What one system call reads, bytes: little enough to stay in the processor's own cache until it is hashed, and
/// enough for all of BLAKE3's lanes.
const PIECE: usize = 128 << 10;

/// Files that are open at a time, those after the first so that a disk can fetch them meanwhile: with four it gave a
/// quarter less of photos of 100 KB.
const AHEAD: usize = 16;

/// From this length on, bytes, another thread hashes what one reads, if there is a processor for it. Below it the
/// thread would cost more than it saves.
const SHARED_FROM: usize = 1 << 20;

thread_local! {
    /// Where a thread puts what it hashes and does not keep: new memory for each file would cost as much as hashing it.
    static HASHED: RefCell<Box<[u8]>> = RefCell::new(vec![0; PIECE].into());
}

/// Files that are being read in this process.
static READING: AtomicUsize = AtomicUsize::new(0);

/// What is to be read of an object.
#[derive(Debug, Clone)]
pub(in super::super) struct Request {
    pub(in super::super) name: String,
    /// No more bytes than these, or it is not what it should be.
    pub(in super::super) most: u64,
    /// Whether what is in it is wanted, and not only its digest.
    pub(in super::super) keep: bool,
}

/// A file, as far as it was there.
#[derive(Debug)]
pub(in super::super) struct Contents {
    /// What was in it; nothing when that was not asked for.
    pub(in super::super) bytes: Bytes,
    /// BLAKE3 of it.
    pub(in super::super) hash: blake3::Hash,
    /// How many bytes were read.
    pub(in super::super) length: u64,
    /// How many it should have been when it was opened. It was not read if that is too many.
    pub(in super::super) size: u64,
}

/// Reads files below `root` one after the other. `n_read` counts files and bytes along.
pub(super) fn read_all(
    root: &Path,
    requests: &[Request],
    n_read: &AtomicU64,
) -> Vec<io::Result<Contents>> {
    let mut files = VecDeque::new();
    let mut to_open = requests.iter();
    let mut all = Vec::with_capacity(requests.len());
    for Request { most, keep, .. } in requests {
        for Request { name, .. } in to_open.by_ref().take(AHEAD - files.len()) {
            let file = File::open(root.join(name));
            // Who reads one file only begins at once.
            if let (Ok(file), 2..) = (&file, requests.len()) {
                expect(file);
            }
            files.push_back(file);
        }
        n_read.fetch_add(1, Ordering::Relaxed);
        let file = files.pop_front().unwrap_or_else(|| Err(ErrorKind::NotFound.into()));
        all.push(file.and_then(|file| read(file, *most, *keep, n_read)));
    }
    all
}

/// Has the system begin to read a file.
fn expect(file: &File) {
    #[cfg(target_os = "linux")]
    // Where that cannot be done it is read when it is read.
    let _ = rustix::fs::fadvise(file, 0, None, rustix::fs::Advice::WillNeed);
    #[cfg(not(target_os = "linux"))]
    let _ = file;
}

/// Reads a file of no more than `most` bytes, and keeps what is in it if that is asked for. `n_read` counts along.
fn read(mut file: File, most: u64, keep: bool, n_read: &AtomicU64) -> io::Result<Contents> {
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        return Err(ErrorKind::NotFound.into());
    }
    let size = metadata.len();
    let nothing = Contents { bytes: Bytes::new(), hash: blake3::hash(&[]), length: 0, size };
    if size > most || size == 0 {
        return Ok(nothing);
    }
    let reading = Underway::new();
    // Bounded by `most`.
    let size_here = size as usize;
    let mut source = Counted { file: &mut file, n_read };
    let mut hasher = Hasher::new();
    if !keep {
        let length = source.hash(size, &mut hasher)?;
        return Ok(Contents { hash: hasher.finalize(), length, ..nothing });
    }
    let mut bytes = vec![0; size_here];
    let shared = if size_here >= SHARED_FROM && reading.has_help() {
        source.fill_while_hashing(&mut bytes, &mut hasher)?
    } else {
        None
    };
    let length = match shared {
        Some(length) => length,
        None => source.fill_and_hash(&mut bytes, &mut hasher)?,
    };
    bytes.truncate(length);
    let (bytes, hash) = (Bytes::from(bytes), hasher.finalize());
    Ok(Contents { bytes, hash, length: length as u64, size })
}

/// A file that tells how far it was read.
struct Counted<'a> {
    file: &'a mut File,
    n_read: &'a AtomicU64,
}

impl Counted<'_> {
    /// Fills `piece`, or as much of it as there is.
    fn fill(&mut self, piece: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while filled < piece.len() {
            match self.file.read(&mut piece[filled..]) {
                Ok(0) => break,
                Ok(n) => {
                    filled += n;
                    self.n_read.fetch_add(n as u64, Ordering::Relaxed);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }

    /// Hashes so many bytes, or as many as there are, and gives their number.
    fn hash(&mut self, size: u64, hasher: &mut Hasher) -> io::Result<u64> {
        HASHED.with_borrow_mut(|piece| {
            let mut length = 0;
            while length < size {
                // No more than a piece.
                let room = (size - length).min(PIECE as u64) as usize;
                let n = self.fill(&mut piece[..room])?;
                hasher.update(&piece[..n]);
                length += n as u64;
                if n < room {
                    break;
                }
            }
            Ok(length)
        })
    }

    /// Fills `bytes`, or as much of it as there is, and hashes it.
    fn fill_and_hash(&mut self, bytes: &mut [u8], hasher: &mut Hasher) -> io::Result<usize> {
        let mut length = 0;
        for piece in bytes.chunks_mut(PIECE) {
            let n = self.fill(piece)?;
            hasher.update(&piece[..n]);
            length += n;
            if n < piece.len() {
                break;
            }
        }
        Ok(length)
    }

    /// The same with another thread that hashes what is there already; none, and nothing done, when there is none to be had.
    fn fill_while_hashing(
        &mut self,
        bytes: &mut [u8],
        hasher: &mut Hasher,
    ) -> io::Result<Option<usize>> {
        thread::scope(|scope| {
            let (send, receive) = mpsc::channel::<&[u8]>();
            let hash = move || {
                for piece in receive {
                    hasher.update(piece);
                }
            };
            if thread::Builder::new().spawn_scoped(scope, hash).is_err() {
                return Ok(None);
            }
            let mut length = 0;
            for piece in bytes.chunks_mut(2 * PIECE) {
                let n = self.fill(piece)?;
                length += n;
                let is_last = n < piece.len();
                // It takes all that is sent.
                let _ = send.send(&piece[..n]);
                if is_last {
                    break;
                }
            }
            Ok(Some(length))
        })
    }
}

/// One of the files that are being read.
struct Underway(usize);

impl Underway {
    fn new() -> Self {
        Self(READING.fetch_add(1, Ordering::Relaxed) + 1)
    }

    /// Whether there is a processor left for a second thread, if all others who read had one, too.
    fn has_help(&self) -> bool {
        thread::available_parallelism().is_ok_and(|cores| 2 * self.0 <= cores.get())
    }
}

impl Drop for Underway {
    fn drop(&mut self) {
        READING.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_is_read_and_hashed_as_a_whole() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        let lengths =
            [0, 1, PIECE - 1, PIECE, PIECE + 1, SHARED_FROM - 1, SHARED_FROM, 5 * SHARED_FROM + 7];
        for length in lengths {
            let expected: Vec<u8> = (0..length).map(|n| ((n * 31) >> 3) as u8).collect();
            std::fs::write(&path, &expected).unwrap();
            for keep in [true, false] {
                let n_read = AtomicU64::new(0);
                let file = File::open(&path).unwrap();
                let contents = read(file, u64::MAX, keep, &n_read).unwrap();
                assert_eq!(contents.hash, blake3::hash(&expected), "{length} bytes");
                assert_eq!((contents.length, contents.size), (length as u64, length as u64));
                assert_eq!(n_read.into_inner(), length as u64);
                assert_eq!(contents.bytes, if keep { &expected[..] } else { &[] });
            }
        }
    }

    #[test]
    fn threads_that_help_give_the_same() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        for length in [1, 2 * PIECE, 10 * PIECE + 1] {
            let expected: Vec<u8> = (0..length).map(|n| ((n * 31) >> 3) as u8).collect();
            std::fs::write(&path, &expected).unwrap();
            // One byte more than there is: it was cut off after it was opened.
            let mut bytes = vec![0; length + 1];
            let (mut file, n_read) = (File::open(&path).unwrap(), AtomicU64::new(0));
            let mut hasher = Hasher::new();
            let mut source = Counted { file: &mut file, n_read: &n_read };
            assert_eq!(source.fill_while_hashing(&mut bytes, &mut hasher).unwrap(), Some(length));
            assert_eq!(
                (&bytes[..length], hasher.finalize()),
                (&expected[..], blake3::hash(&expected))
            );
        }
    }

    #[test]
    fn what_is_too_long_or_no_file_is_not_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        std::fs::write(&path, [1; 100]).unwrap();
        let n_read = AtomicU64::new(0);
        let contents = read(File::open(&path).unwrap(), 99, true, &n_read).unwrap();
        assert_eq!((contents.size, contents.length, n_read.load(Ordering::Relaxed)), (100, 0, 0));
        let error = read(File::open(dir.path()).unwrap(), 99, true, &n_read).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
    }

    #[test]
    fn files_are_read_in_their_order_whatever_is_missing() {
        const MOST: usize = 2 * AHEAD + 3;
        let dir = tempfile::tempdir().unwrap();
        let there = |n: usize| n % 3 != 1;
        for n in (0..MOST).filter(|n| there(*n)) {
            std::fs::write(dir.path().join(n.to_string()), vec![n as u8; n]).unwrap();
        }
        let request =
            |n: usize| Request { name: n.to_string(), most: 9, keep: n.is_multiple_of(2) };
        for n_files in [0, 1, 2, AHEAD, AHEAD + 1, MOST] {
            let requests: Vec<Request> = (0..n_files).map(request).collect();
            let n_read = AtomicU64::new(0);
            let all = read_all(dir.path(), &requests, &n_read);
            assert_eq!(all.len(), n_files);
            for (n, contents) in all.into_iter().enumerate() {
                if !there(n) {
                    assert_eq!(contents.unwrap_err().kind(), ErrorKind::NotFound);
                    continue;
                }
                let Contents { bytes, hash, length, size } = contents.unwrap();
                assert_eq!(size, n as u64);
                if n > 9 {
                    continue;
                }
                assert_eq!((length, hash), (n as u64, blake3::hash(&vec![n as u8; n])));
                assert_eq!(bytes.len(), if n.is_multiple_of(2) { n } else { 0 });
            }
        }
    }
}
