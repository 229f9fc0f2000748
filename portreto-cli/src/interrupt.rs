//! Ctrl-C: the first asks to stop, the second does not ask.
//!
//! A command that can finish what is in flight says so with [`Interrupt::finish_in_flight`] and then
//! watches [`Interrupt::asked`]. Any other command is stopped by the first signal. SIGTERM counts as Ctrl-C.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::sync::watch;

/// Tells whether the user asked to stop. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Interrupt {
    signals: watch::Receiver<u32>,
    graceful: Arc<AtomicBool>,
}

impl Interrupt {
    /// Begins to listen for signals, on the current runtime.
    pub(crate) fn listen() -> io::Result<Self> {
        let (count, signals) = watch::channel(0);
        let mut source = Signals::new()?;
        tokio::spawn(async move {
            while source.next().await.is_some() {
                count.send_modify(|count| *count += 1);
            }
            // No further signal can come, which is not the same as having been asked to stop.
            std::future::pending::<()>().await;
        });
        Ok(Self { signals, graceful: Arc::default() })
    }

    /// Says that this command stops by itself when asked once.
    pub(crate) fn finish_in_flight(&self) {
        self.graceful.store(true, Ordering::SeqCst);
    }

    /// Whether the user asked to stop.
    pub(crate) fn is_asked(&self) -> bool {
        *self.signals.borrow() > 0
    }

    /// Returns when the user has asked to stop.
    pub(crate) async fn asked(&self) {
        self.signals_reach(1).await;
    }

    /// The same, keeping itself.
    pub(crate) async fn asked_owned(self) {
        self.asked().await;
    }

    /// Returns when the program must stop at once, whatever it is doing.
    pub(crate) async fn must_stop(&self) {
        self.signals_reach(1).await;
        if self.graceful.load(Ordering::SeqCst) {
            self.signals_reach(2).await;
        }
    }

    async fn signals_reach(&self, n: u32) {
        // The sender lives as long as the runtime, so this cannot fail.
        let _ = self.signals.clone().wait_for(|count| *count >= n).await;
    }
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) -> Option<()> {
        tokio::select! {
            signal = self.interrupt.recv() => signal,
            signal = self.terminate.recv() => signal,
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    #[expect(clippy::unnecessary_wraps, reason = "the twin for Unix can fail")]
    fn new() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> Option<()> {
        tokio::signal::ctrl_c().await.ok()
    }
}
