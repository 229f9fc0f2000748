//! File names and messages, made safe to show.

use std::{borrow::Cow, fmt::Write, path::Path};

/// `text` with everything that could move a terminal's cursor, hide text or break a line escaped as Rust
/// writes it: `\n`, `\u{1b}`.
pub(crate) fn escape(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for char in text.chars() {
        if is_unsafe(char) {
            escaped.extend(char.escape_default());
        } else {
            escaped.push(char);
        }
    }
    Cow::Owned(escaped)
}

/// A path as text: UTF-8 as it is, any other byte as `\xNN`.
///
/// The same text names the file in JSON and in the catalog, so it stays readable and the same on every
/// machine. It still needs [`escape`] on its way to a terminal.
pub(crate) fn path_text(path: &Path) -> Cow<'_, str> {
    match path.as_os_str().to_str() {
        Some(text) => Cow::Borrowed(text),
        None => Cow::Owned(bytes_text(path.as_os_str().as_encoded_bytes())),
    }
}

fn bytes_text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() + 8);
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            let _ = write!(text, "\\x{byte:02X}");
        }
    }
    text
}

/// Control characters (C0, DEL, C1), line and paragraph separators, and the characters that turn the reading
/// direction around (Boucher and Anderson, "Trojan Source", 2021, CVE-2021-42574).
fn is_unsafe(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_what_moves_the_cursor_and_keeps_the_rest() {
        for (text, shown) in [
            ("Straße 1.jpg", "Straße 1.jpg"),
            ("a\nb\r.jpg", r"a\nb\r.jpg"),
            ("\u{1b}[31mred", r"\u{1b}[31mred"),
            ("\u{9b}2J", r"\u{9b}2J"),
            ("gpj.\u{202e}exe", r"gpj.\u{202e}exe"),
            ("日本語", "日本語"),
        ] {
            assert_eq!(escape(text), shown);
        }
    }

    #[test]
    fn bytes_that_are_not_utf_8_are_shown_one_by_one() {
        assert_eq!(bytes_text(b"caf\xe9 \xc3\xa9\xff.jpg"), r"caf\xE9 é\xFF.jpg");
    }
}
