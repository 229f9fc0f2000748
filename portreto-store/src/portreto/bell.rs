//! Tells whoever waits in this process that some job has changed. Polling is the truth; this makes it quick.

use tokio::sync::watch;

/// Rings when some job was asked for, or changed.
#[derive(Debug, Default)]
pub(super) struct Bell(watch::Sender<()>);

impl Bell {
    pub(super) fn ring(&self) {
        self.0.send_replace(());
    }

    /// Hears every ring from now on.
    pub(super) fn listen(&self) -> watch::Receiver<()> {
        self.0.subscribe()
    }
}
