//! Names for files that are made from names of images.

/// Longest name that common file systems take, bytes (ext4, APFS, NTFS in UTF-8 terms at worst).
const MAX_BYTES: usize = 255;

/// A name that is one plain, visible file in whatever directory it is put, on any system.
///
/// `suffix` is put before the extension, and `extension` replaces the extension that the name has.
pub(crate) fn safe_name(name: &str, suffix: &str, extension: Option<&str>) -> String {
    let name: String = name.chars().map(|c| if is_safe(c) { c } else { '_' }).collect();
    // Windows drops dots and spaces at the end of a name.
    let name = name.trim_end_matches(['.', ' ']);
    let (stem, own_extension) = match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => (stem, Some(extension)),
        _ => (name, None),
    };
    let extension = extension.or(own_extension);
    let mut stem = match stem.strip_prefix('.') {
        // A leading dot would hide the file.
        Some(rest) => format!("_{rest}"),
        None if stem.is_empty() => "image".to_owned(),
        None => stem.to_owned(),
    };
    if is_device(&stem) {
        stem.insert(0, '_');
    }
    let tail = match extension {
        Some(extension) => format!("{suffix}.{extension}"),
        None => suffix.to_owned(),
    };
    // An extension as long as that is none; cutting it keeps the name within bounds all the same.
    let tail = cut(&tail, MAX_BYTES / 2);
    format!("{}{tail}", cut(&stem, MAX_BYTES - tail.len()))
}

fn cut(text: &str, max_bytes: usize) -> &str {
    &text[..text.floor_char_boundary(max_bytes)]
}

/// Neither a separator, nor reserved on Windows, nor a control or direction character.
fn is_safe(char: char) -> bool {
    let reserved = matches!(char, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|');
    !reserved
        && !char.is_control()
        && crate::output::escape(char.encode_utf8(&mut [0; 4])) == char.to_string()
}

/// Device names of Windows, reserved in every directory and with any extension.
fn is_device(stem: &str) -> bool {
    let stem = stem.split('.').next().unwrap_or(stem).to_ascii_uppercase();
    match stem.as_str() {
        "CON" | "PRN" | "AUX" | "NUL" => true,
        _ => {
            let digit = stem.strip_prefix("COM").or_else(|| stem.strip_prefix("LPT"));
            digit.is_some_and(|digit| matches!(digit.as_bytes(), [b'1'..=b'9']))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain_visible_files() {
        for (name, safe) in [
            ("photo.jpg", "photo.jpg"),
            ("Straße 日本.jpeg", "Straße 日本.jpeg"),
            ("../../etc/passwd", "_._.._etc_passwd"),
            (r"a\b:c.png", "a_b_c.png"),
            (".bashrc", "_bashrc"),
            ("..", "image"),
            ("", "image"),
            ("a\nb\u{202e}.jpg", "a_b_.jpg"),
            ("con.png", "_con.png"),
            ("lpt1", "_lpt1"),
            ("x. .", "x"),
            (r"caf\xE9.jpg", "caf_xE9.jpg"),
        ] {
            assert_eq!(safe_name(name, "", None), safe, "{name:?}");
        }
        assert_eq!(safe_name("a.b.jpg", "-12345678", Some("png")), "a.b-12345678.png");
        assert_eq!(safe_name("noext", "-1", None), "noext-1");
    }

    #[test]
    fn long_names_keep_their_suffix_and_extension() {
        let name = format!("{}.jpeg", "ä".repeat(300));
        let safe = safe_name(&name, "-12345678", None);
        assert!(safe.len() <= MAX_BYTES && safe.len() > MAX_BYTES - 2, "{}", safe.len());
        assert!(safe.ends_with("ä-12345678.jpeg"));
        assert!(safe_name(&format!("a.{}", "x".repeat(400)), "", None).len() <= MAX_BYTES);
    }
}
