//! What a command has at hand.

use anyhow::Result;
use indicatif::MultiProgress;
use portreto_server::Flags;
use portreto_store::{ErrorKind, Image, Portreto};

use crate::{
    config::Settings,
    interrupt::Interrupt,
    output::{Data, Progress, Talk, hinted, one_line, path_text},
};

/// What a command has at hand: what is in force, and the doors to the outside.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) settings: Settings,
    pub(crate) data: Data,
    pub(crate) talk: Talk,
    pub(crate) bars: MultiProgress,
    pub(crate) interrupt: Interrupt,
    /// What was opened, to be closed in the end.
    pub(crate) opened: Vec<Portreto>,
}

impl Context {
    /// Opens the home, which must be there.
    pub(crate) async fn open(&mut self) -> Result<Portreto> {
        self.open_with(false, false).await
    }

    /// Opens the home, making it when there is none, and says so. `degraded`: one copy is enough, if need be.
    pub(crate) async fn open_or_create(&mut self, degraded: bool) -> Result<Portreto> {
        let portreto = self.open_with(true, degraded).await?;
        if portreto.is_new() {
            self.welcome(&portreto);
        }
        Ok(portreto)
    }

    /// Opens the home, making it when there is none, with the bounds of a server.
    pub(crate) async fn open_to_serve(&mut self, flags: &Flags) -> Result<Portreto> {
        let mut options = self.settings.options(true);
        flags.bound(&mut options);
        let portreto = Portreto::open(options).await.map_err(with_advice)?;
        self.opened.push(portreto.clone());
        if portreto.is_new() {
            self.welcome(&portreto);
        }
        Ok(portreto)
    }

    /// Opens the home, if there is one.
    pub(crate) async fn open_if_there(&mut self) -> Result<Option<Portreto>> {
        match Portreto::open(self.settings.options(false)).await {
            Ok(portreto) => {
                self.opened.push(portreto.clone());
                Ok(Some(portreto))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Closes what was opened: a catalog that is not closed leaves its journal beside it.
    pub(crate) async fn close(&mut self) {
        for portreto in self.opened.drain(..) {
            portreto.close().await;
        }
    }

    async fn open_with(&mut self, create: bool, degraded: bool) -> Result<Portreto> {
        let mut options = self.settings.options(create);
        options.degraded = degraded;
        let portreto = Portreto::open(options).await.map_err(with_advice)?;
        self.opened.push(portreto.clone());
        Ok(portreto)
    }

    /// The images that these ids, beginnings or ends of ids mean, each once; and how many mean none.
    pub(crate) async fn find(&self, portreto: &Portreto, ids: &[String]) -> (Vec<Image>, usize) {
        let (mut images, mut n_failed) = (Vec::<Image>::new(), 0);
        for id in ids {
            match portreto.find(id).await {
                Ok(image) if images.iter().any(|known| known.id == image.id) => {}
                Ok(image) => images.push(image),
                Err(error) => {
                    n_failed += 1;
                    self.talk.failure(id, one_line(&error));
                }
            }
        }
        (images, n_failed)
    }

    /// A progress bar, if there is a terminal to draw it on.
    pub(crate) fn progress(&self) -> Progress {
        Progress::new(&self.bars, self.talk.is_quiet())
    }

    /// Says what stores owe, so that nobody takes images for safer than they are.
    pub(crate) async fn tell_of_debts(&self) {
        let Some(portreto) = self.opened.last() else { return };
        // What the catalog says of itself is told by the command itself.
        let owed = portreto.stats().await.map_or(0, |stats| stats.owed);
        if owed > 0 {
            self.talk.warning(format!("stores owe {owed} copies or deletions"));
            self.talk.hint("portreto repair --owed does them as soon as the stores are back");
        }
    }

    /// Says where the new home is, and what it does not protect from.
    fn welcome(&self, portreto: &Portreto) {
        let home = path_text(self.settings.home());
        let n_stores = portreto.stores().len();
        self.talk.note(format!("made a new home in {home}: a catalog and {n_stores} stores"));
        self.warn_of_shared_disks(portreto);
    }

    /// Warns when one disk's end would be the end of both copies.
    pub(crate) fn warn_of_shared_disks(&self, portreto: &Portreto) {
        let shared = portreto.shared_disks();
        let Some((first, second)) = shared.first() else { return };
        self.talk.warning(format!(
            "the stores {first} and {second} are on one disk or in one bucket: if it fails, both copies are lost"
        ));
        self.talk.hint("add a store on another disk: portreto store add /mnt/other-disk/portreto");
    }
}

/// The home's own errors say what to do; what they cannot know is how another home is named.
fn with_advice(error: portreto_store::Error) -> anyhow::Error {
    if error.kind() != ErrorKind::NotFound {
        return error.into();
    }
    hinted(error, "--home DIR or PORTRETO_HOME names another home")
}
