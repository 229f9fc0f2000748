//! What became of one file.

use std::path::PathBuf;

use portreto_core::{Digest, Format};
use portreto_store::{Error, Image, Variant};
use serde::{Serialize, Serializer};

use crate::output::{VariantLine, one_line, path_text, short_id};

/// What became of one file.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) path: PathBuf,
    /// Its length, bytes.
    pub(super) bytes: u64,
    pub(super) became: Became,
}

/// What became of it.
#[derive(Debug)]
pub(super) enum Became {
    Added {
        image: Image,
        variants: Variants,
    },
    AlreadyThere {
        image: Image,
        variants: Variants,
    },
    /// In a dry run: it is not there yet.
    WouldAdd(Digest),
    /// In a dry run: it is there.
    IsThere(Digest),
    /// It is nothing to be uploaded, and why not.
    Skipped(String),
    /// Why.
    Failed(String),
}

/// The variants asked for, by their texts.
pub(super) type Variants = Vec<(String, Result<Variant, Error>)>;

impl Became {
    /// Why a file that is no picture is skipped.
    pub(super) const NOT_A_PICTURE: &str = "not a picture";
}

impl Outcome {
    /// One word, the same in every output.
    pub(super) fn status(&self) -> &'static str {
        match self.became {
            Became::Added { .. } => "added",
            Became::AlreadyThere { .. } | Became::IsThere(_) => "already-there",
            Became::WouldAdd(_) => "would-add",
            Became::Skipped(_) => "skipped",
            Became::Failed(_) => "failed",
        }
    }

    /// What became of it, for a log.
    pub(super) fn log_line(&self) -> String {
        let (status, path) = (self.status(), path_text(&self.path));
        match &self.became {
            Became::Added { image, .. } | Became::AlreadyThere { image, .. } => {
                format!("{status} {} {} {path}", image.id, image.digest)
            }
            Became::WouldAdd(digest) | Became::IsThere(digest) => {
                format!("{status} {digest} {path}")
            }
            Became::Skipped(why) | Became::Failed(why) => format!("{status} {path}: {why}"),
        }
    }

    /// A name for what is there now, short enough for a line.
    pub(super) fn short_id(&self) -> Option<String> {
        match &self.became {
            Became::Added { image, .. } | Became::AlreadyThere { image, .. } => {
                Some(short_id(image.id))
            }
            Became::WouldAdd(digest) | Became::IsThere(digest) => {
                Some(digest.to_string()[..8].to_owned())
            }
            Became::Skipped(_) | Became::Failed(_) => None,
        }
    }

    /// Why it was skipped, if its name promised a picture.
    pub(super) fn surprise(&self) -> Option<String> {
        let Became::Skipped(why) = &self.became else { return None };
        let extension = self.path.extension()?.to_str()?;
        Format::from_extension(extension).filter(|format| format.is_read())?;
        Some(if why == Became::NOT_A_PICTURE {
            format!("{why}, although its name ends in .{extension}")
        } else {
            why.clone()
        })
    }

    /// What went wrong with it, line by line.
    pub(super) fn failures(&self) -> Vec<String> {
        match &self.became {
            Became::Failed(why) => vec![why.clone()],
            Became::Added { variants, .. } | Became::AlreadyThere { variants, .. } => variants
                .iter()
                .filter_map(|(transform, variant)| Some((transform, variant.as_ref().err()?)))
                .map(|(transform, error)| format!("variant {transform}: {}", one_line(error)))
                .collect(),
            _ => Vec::new(),
        }
    }
}

/// One file as scripts read it.
#[derive(Serialize)]
struct Line<'a> {
    path: &'a str,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<Digest>,
    variants: Vec<VariantOutcome<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum VariantOutcome<'a> {
    Made(VariantLine),
    Failed { transform: &'a str, error: String },
}

impl Serialize for Outcome {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (image, digest, variants, error) = match &self.became {
            Became::Added { image, variants } | Became::AlreadyThere { image, variants } => {
                (Some(image), Some(image.digest), variants.as_slice(), None)
            }
            Became::WouldAdd(digest) | Became::IsThere(digest) => {
                (None, Some(*digest), [].as_slice(), None)
            }
            Became::Skipped(why) | Became::Failed(why) => {
                (None, None, [].as_slice(), Some(why.as_str()))
            }
        };
        Line {
            path: &path_text(&self.path),
            status: self.status(),
            id: image.map(|image| image.id.to_string()),
            digest,
            variants: variants
                .iter()
                .map(|(text, variant)| variant_outcome(text, variant))
                .collect(),
            error,
        }
        .serialize(serializer)
    }
}

fn variant_outcome<'a>(transform: &'a str, variant: &Result<Variant, Error>) -> VariantOutcome<'a> {
    match variant {
        Ok(variant) => VariantOutcome::Made(variant.into()),
        Err(error) => VariantOutcome::Failed { transform, error: one_line(error) },
    }
}
