//! Where a store is: what a person types, and the URL it means.

use std::path::{Path, PathBuf};

use portreto_core::replica::{StoreError, StoreErrorKind};
use url::Url;

/// The URL of a store that was typed as a URL or as the path of a directory.
///
/// Paths become absolute `file:` URLs, relative ones from the current directory. Nothing is opened.
///
/// # Errors
///
/// When the text is neither, or its scheme is not one of `file`, `memory`, `s3`, `gs`, `az` and their kin,
/// `http` and `https`.
pub fn store_url(text: &str) -> Result<Url, StoreError> {
    let wrong = |why: &str| {
        StoreError::new(
            StoreErrorKind::Failed,
            format!("{text:?} is not the place of a store: {why}"),
        )
    };
    if text.is_empty() {
        return Err(wrong("give a directory or a URL such as s3://bucket/prefix"));
    }
    let is_url = text.contains("://") || text.starts_with("memory:") || text.starts_with("file:");
    if !is_url {
        return directory_url(Path::new(text));
    }
    let mut url = Url::parse(text).map_err(|error| wrong(&error.to_string()))?;
    let known = [
        "file", "memory", "s3", "s3a", "gs", "az", "azure", "adl", "abfs", "abfss", "http", "https",
    ];
    if !known.contains(&url.scheme()) {
        return Err(wrong("its scheme is not file, memory, s3, gs, az, http or https"));
    }
    if url.scheme() == "file" {
        return directory_url(
            &directory(&url).ok_or_else(|| wrong("its path names no directory"))?,
        );
    }
    // One place has one spelling, so that the same store is not added twice.
    if url.scheme() != "memory" {
        if url.host_str().is_none_or(str::is_empty) {
            return Err(wrong("it names no bucket or server"));
        }
        let trimmed = url.path().trim_end_matches('/').to_owned();
        url.set_path(&trimmed);
    }
    Ok(url)
}

/// The `file:` URL of a directory, made absolute.
///
/// # Errors
///
/// When the current directory cannot be told.
pub fn directory_url(path: &Path) -> Result<Url, StoreError> {
    let wrong = || {
        StoreError::new(
            StoreErrorKind::Failed,
            format!("{} cannot be made an absolute path", path.display()),
        )
    };
    let absolute = std::path::absolute(path).map_err(|error| wrong().with_source(error))?;
    Url::from_file_path(absolute).map_err(|()| wrong())
}

/// The directory of a `file:` URL; none for other URLs.
#[must_use]
pub fn directory(url: &Url) -> Option<PathBuf> {
    if url.scheme() == "file" { url.to_file_path().ok() } else { None }
}

/// What would take all stores in it along if it were lost: the server and bucket of a URL, without the prefix.
/// None for directories and memory.
#[must_use]
pub fn bucket(url: &Url) -> Option<String> {
    if ["file", "memory"].contains(&url.scheme()) {
        return None;
    }
    let endpoint = url.query_pairs().find(|(key, _)| key.starts_with("endpoint"));
    let server = endpoint.map(|(_, value)| value.trim_end_matches('/').to_owned());
    let scheme = match url.scheme() {
        "s3a" => "s3",
        "azure" | "adl" | "abfs" | "abfss" => "az",
        other => other,
    };
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    // `abfs://container@account` names both.
    let user = url.username();
    Some(format!("{scheme}://{user}@{}{port} {}", url.host_str()?, server.unwrap_or_default()))
}

/// The name a place goes by in messages: a plain path for a directory, a URL without a password otherwise.
pub(super) fn name(url: &Url) -> String {
    if let Some(path) = directory(url) {
        return path.display().to_string();
    }
    let mut url = url.clone();
    if url.password().is_some() {
        // Cannot fail on a URL that has a password.
        let _ = url.set_password(Some("***"));
    }
    url.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_place_has_one_spelling() {
        for (typed, url) in [
            ("/data/a", "file:///data/a"),
            ("/data/a/", "file:///data/a"),
            ("/data/My Photos #1", "file:///data/My%20Photos%20%231"),
            ("file:///data/a/", "file:///data/a"),
            ("s3://bucket/p/", "s3://bucket/p"),
            ("s3://bucket", "s3://bucket"),
            ("memory:", "memory:"),
            ("memory:x", "memory:x"),
        ] {
            assert_eq!(store_url(typed).unwrap().as_str(), url, "{typed}");
            assert_eq!(store_url(url).unwrap().as_str(), url, "{url} again");
        }
        let relative = store_url("photos").unwrap();
        assert_eq!(directory(&relative).unwrap(), std::env::current_dir().unwrap().join("photos"));
        for wrong in ["", "ftp://host/x", "s3://", "http://"] {
            assert!(store_url(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn stores_in_one_bucket_are_known_by_it() {
        let bucket = |url: &str| bucket(&store_url(url).unwrap());
        assert_eq!(bucket("s3://photos/a"), bucket("s3a://photos/b/c"));
        assert_eq!(bucket("https://nas:8080/a"), bucket("https://nas:8080/b"));
        let (nas, other) =
            ("s3://photos/a?endpoint=http://nas", "s3://photos?endpoint=http://other");
        assert_eq!(bucket(nas), bucket("s3://photos/b?region=x&endpoint=http://nas/"));
        assert_ne!(bucket(nas), bucket(other));
        assert_ne!(bucket(nas), bucket("s3://photos/a"));
        assert_ne!(bucket("s3://photos/a"), bucket("s3://paintings/a"));
        assert_eq!(bucket("/data/a"), None);
        assert_eq!(bucket("memory:x"), None);
    }

    #[test]
    fn passwords_are_not_shown() {
        let url = Url::parse("https://me:secret@host/x").unwrap();
        assert!(!name(&url).contains("secret"));
    }
}
