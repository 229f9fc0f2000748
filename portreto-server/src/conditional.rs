//! Bytes that are named by their digest, as HTTP gives them: validators, ranges, and safe headers. RFC 9110, sections 13 and 14.

use std::{fmt::Write as _, ops::Range};

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use portreto_core::Digest;

use crate::problem::Problem;

/// What is to be sent, but for its bytes.
#[derive(Debug, Clone)]
pub(crate) struct Representation<'a> {
    pub(crate) digest: Digest,
    pub(crate) bytes: u64,
    pub(crate) media_type: &'a str,
    /// The name to save it under.
    pub(crate) name: &'a str,
    pub(crate) cache_control: &'a str,
    /// Whether it depends on what the client accepts.
    pub(crate) varies: bool,
}

/// What a request wants of a representation.
#[derive(Debug)]
pub(crate) enum Wants {
    /// Nothing more: the answer is whole without the bytes.
    Answered(Box<Response>),
    /// All bytes.
    Whole,
    /// These.
    Part(Range<u64>),
}

impl Representation<'_> {
    /// Looks at the conditions of a request.
    pub(crate) fn wanted(&self, method: &Method, headers: &HeaderMap) -> Wants {
        let answered = |response| Wants::Answered(Box::new(response));
        if let Some(tags) = joined(headers, header::IF_MATCH)
            && !self.is_among(&tags, false)
        {
            let problem = Problem::new(StatusCode::PRECONDITION_FAILED)
                .detail("the picture is another one than If-Match says");
            return answered(problem.into_response());
        }
        if let Some(tags) = joined(headers, header::IF_NONE_MATCH)
            && self.is_among(&tags, true)
        {
            return answered(self.response(StatusCode::NOT_MODIFIED, Body::empty(), None, Some(0)));
        }
        let part = match self.range(headers) {
            Ok(part) => part,
            Err(response) => return Wants::Answered(response),
        };
        if *method == Method::HEAD {
            return answered(match part {
                Some(part) => self.partial(Body::empty(), &part),
                None => self.response(StatusCode::OK, Body::empty(), None, None),
            });
        }
        part.map_or(Wants::Whole, Wants::Part)
    }

    /// The bytes that are wanted of `bytes`; none when the answer is whole without.
    pub(crate) fn part_of(wants: &Wants, bytes: &Bytes) -> Bytes {
        match wants {
            Wants::Answered(_) => Bytes::new(),
            Wants::Whole => bytes.clone(),
            // On its own, so that a slow client does not hold the whole for a part.
            Wants::Part(part) => {
                Bytes::copy_from_slice(&bytes[part.start as usize..part.end as usize])
            }
        }
    }

    /// The answer with the bytes that are wanted.
    pub(crate) fn answer(&self, wants: Wants, body: Body) -> Response {
        match wants {
            Wants::Answered(response) => *response,
            Wants::Whole => self.response(StatusCode::OK, body, None, None),
            Wants::Part(part) => self.partial(body, &part),
        }
    }

    fn partial(&self, body: Body, part: &Range<u64>) -> Response {
        let range = format!("bytes {}-{}/{}", part.start, part.end - 1, self.bytes);
        let length = part.end - part.start;
        self.response(StatusCode::PARTIAL_CONTENT, body, Some(range), Some(length))
    }

    fn response(
        &self,
        status: StatusCode,
        body: Body,
        range: Option<String>,
        length: Option<u64>,
    ) -> Response {
        let mut response = Response::new(body);
        *response.status_mut() = status;
        let headers = response.headers_mut();
        let mut set = |name, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(name, value);
            }
        };
        set(header::ETAG, &self.etag());
        set(header::CACHE_CONTROL, self.cache_control);
        if self.varies {
            set(header::VARY, "Accept");
        }
        if status == StatusCode::NOT_MODIFIED {
            return response;
        }
        set(header::CONTENT_TYPE, self.media_type);
        set(header::ACCEPT_RANGES, "bytes");
        set(header::CONTENT_LENGTH, &length.unwrap_or(self.bytes).to_string());
        set(header::CONTENT_DISPOSITION, &disposition(self.name));
        // Whatever the bytes are, nothing in them is run.
        set(header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox");
        if let Some(range) = range {
            set(header::CONTENT_RANGE, &range);
        }
        response
    }

    fn etag(&self) -> String {
        format!("\"{}\"", self.digest)
    }

    fn is_among(&self, tags: &str, weak: bool) -> bool {
        let ours = self.etag();
        tags.split(',').map(str::trim).any(|tag| {
            let tag = if weak { tag.strip_prefix("W/").unwrap_or(tag) } else { tag };
            tag == "*" || tag == ours
        })
    }

    /// The one range that is asked for. Several are answered with everything, which is allowed.
    fn range(&self, headers: &HeaderMap) -> Result<Option<Range<u64>>, Box<Response>> {
        let Some(text) = headers.get(header::RANGE).and_then(|value| value.to_str().ok()) else {
            return Ok(None);
        };
        // A date is no validator of ours.
        if let Some(tag) = headers.get(header::IF_RANGE)
            && tag.as_bytes() != self.etag().as_bytes()
        {
            return Ok(None);
        }
        let Some((first, last)) =
            text.strip_prefix("bytes=").and_then(|range| range.trim().split_once('-'))
        else {
            return Ok(None);
        };
        let number = |text: &str| {
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            // What is too large for a number is larger than any picture.
            digits.then(|| text.parse().unwrap_or(u64::MAX))
        };
        let (start, end) = match (first.is_empty(), number(first), number(last)) {
            (true, _, Some(suffix)) => (self.bytes.saturating_sub(suffix), self.bytes),
            (false, Some(start), Some(last)) if start <= last => {
                (start, last.saturating_add(1).min(self.bytes))
            }
            (false, Some(start), None) if last.is_empty() => (start, self.bytes),
            _ => return Ok(None),
        };
        if start < end {
            return Ok(Some(start..end));
        }
        let detail = format!("the range is outside of the picture's {} bytes", self.bytes);
        let problem = Problem::new(StatusCode::RANGE_NOT_SATISFIABLE).detail(detail).field("Range");
        let mut response = problem.into_response();
        if let Ok(value) = HeaderValue::from_str(&format!("bytes */{}", self.bytes)) {
            response.headers_mut().insert(header::CONTENT_RANGE, value);
        }
        Err(Box::new(response))
    }
}

/// All values of a header that is a list.
fn joined(headers: &HeaderMap, name: header::HeaderName) -> Option<String> {
    let values: Vec<&str> =
        headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect();
    (!values.is_empty()).then(|| values.join(","))
}

/// RFC 6266: the name for everyone, without what could end the quotes, and the whole name.
fn disposition(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|c| match c {
            '"' | '\\' | '/' | '%' => '_',
            c if c.is_ascii_graphic() || c == ' ' => c,
            _ => '_',
        })
        .collect();
    if plain == name {
        return format!("inline; filename=\"{plain}\"");
    }
    let mut whole = String::new();
    for byte in name.replace(['/', '\\'], "_").bytes() {
        // RFC 8187: attr-char.
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            whole.push(char::from(byte));
        } else {
            let _ = write!(whole, "%{byte:02X}");
        }
    }
    format!("inline; filename=\"{plain}\"; filename*=UTF-8''{whole}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture() -> (Representation<'static>, Bytes) {
        let bytes = Bytes::from_static(b"0123456789");
        let digest = Digest::of(&bytes);
        let picture = Representation {
            digest,
            bytes: 10,
            media_type: "image/png",
            name: "a.png",
            cache_control: "no-cache",
            varies: false,
        };
        (picture, bytes)
    }

    /// Status, what of the bytes is sent, and the range that is told.
    async fn get(headers: &[(&str, &str)]) -> (u16, String, Option<String>) {
        let (picture, bytes) = picture();
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let value = value.replace("TAG", &picture.etag());
            map.append(header::HeaderName::try_from(*name).unwrap(), value.parse().unwrap());
        }
        let wants = picture.wanted(&Method::GET, &map);
        let part = Representation::part_of(&wants, &bytes);
        let response = picture.answer(wants, Body::from(part));
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, 100).await.unwrap();
        let range = parts.headers.get(header::CONTENT_RANGE);
        let head = picture.answer(picture.wanted(&Method::HEAD, &map), Body::empty());
        assert_eq!(head.status(), parts.status);
        let length = |headers: &HeaderMap| headers.get(header::CONTENT_LENGTH).cloned();
        assert_eq!(length(head.headers()), length(&parts.headers));
        (
            parts.status.as_u16(),
            String::from_utf8(body.to_vec()).unwrap(),
            range.map(|range| range.to_str().unwrap().to_owned()),
        )
    }

    #[tokio::test]
    async fn ranges_and_conditions() {
        let whole = (200, "0123456789");
        for (headers, (status, body)) in [
            (vec![], whole),
            (vec![("range", "bytes=0-0")], (206, "0")),
            (vec![("range", "bytes=2-4")], (206, "234")),
            (vec![("range", "bytes=8-")], (206, "89")),
            (vec![("range", "bytes=-3")], (206, "789")),
            (vec![("range", "bytes=-30")], (206, "0123456789")),
            (vec![("range", "bytes=5-99999999999999999999999")], (206, "56789")),
            (vec![("range", "bytes=10-")], (416, "")),
            (vec![("range", "bytes=99999999999999999999999-")], (416, "")),
            (vec![("range", "bytes=-0")], (416, "")),
            (vec![("range", "bytes=4-2")], whole),
            (vec![("range", "bytes=0-1,3-4")], whole),
            (vec![("range", "bytes=a-b")], whole),
            (vec![("range", "bytes=-")], whole),
            (vec![("range", "pages=1-2")], whole),
            (vec![("range", "bytes=1-2"), ("if-range", "TAG")], (206, "12")),
            (vec![("range", "bytes=1-2"), ("if-range", "W/TAG")], whole),
            (vec![("range", "bytes=1-2"), ("if-range", "\"other\"")], whole),
            (vec![("if-none-match", "TAG")], (304, "")),
            (vec![("if-none-match", "W/TAG")], (304, "")),
            (vec![("if-none-match", "*")], (304, "")),
            (vec![("if-none-match", "\"a\", TAG")], (304, "")),
            (vec![("if-none-match", "\"a\""), ("if-none-match", "TAG")], (304, "")),
            (vec![("if-none-match", "\"a\"")], whole),
            (vec![("if-none-match", "TAG"), ("range", "bytes=1-2")], (304, "")),
            (vec![("if-match", "TAG")], whole),
            (vec![("if-match", "\"a\"")], (412, "")),
        ] {
            let (got, text, range) = get(&headers).await;
            assert_eq!((got, &*text), (status, body), "{headers:?}");
            assert_eq!(range.is_some(), [206, 416].contains(&status), "{headers:?}: {range:?}");
        }
    }

    #[test]
    fn names_cannot_leave_their_header() {
        for (name, expected) in [
            ("a b.png", "inline; filename=\"a b.png\""),
            ("a\".png", "inline; filename=\"a_.png\"; filename*=UTF-8''a%22.png"),
            ("ä.png", "inline; filename=\"_.png\"; filename*=UTF-8''%C3%A4.png"),
            (
                "../a\r\nSet-Cookie: x",
                "inline; filename=\".._a__Set-Cookie: x\"; filename*=UTF-8''.._a%0D%0ASet-Cookie%3A%20x",
            ),
        ] {
            assert_eq!(disposition(name), expected);
            HeaderValue::from_str(&disposition(name)).unwrap();
        }
    }
}
