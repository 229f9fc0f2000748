//! Any text, and any JSON, as a transform: what is read is printed in one way, and read again as the same.

use portreto_core::Transform;

/// Reads `text` in both spellings.
///
/// # Panics
///
/// When a promise is broken.
pub fn transform_text(text: &str) {
    if let Ok(transform) = text.parse::<Transform>() {
        check(&transform);
    }
    if let Ok(transform) = serde_json::from_str::<Transform>(text) {
        check(&transform);
    }
}

fn check(transform: &Transform) {
    let text = transform.to_string();
    let read: Transform = text.parse().expect("a canonical text can be read");
    assert_eq!(read, *transform, "{text}");
    assert_eq!(read.to_string(), text);
    // Safe in the path of a URL (RFC 3986, pchar) and in a shell, as it stands.
    assert!(
        text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.:,=@_".contains(&byte)),
        "{text}"
    );
    let json = serde_json::to_string(transform).expect("plain data");
    let read: Transform = serde_json::from_str(&json).expect("its own JSON can be read");
    assert_eq!(read, *transform, "{json}");
}
