//! What every path takes and gives, as `OpenAPI` 3.1 tells it: each handler says it of itself, and what all of them have in common is
//! added here.

pub(crate) mod schema;

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use crate::router::routes;

/// The document.
pub(crate) static DOCUMENT: LazyLock<Value> = LazyLock::new(document);

/// What may be wrong with a request, by what is in it.
const ALWAYS: &[(&str, &str)] = &[
    ("400", "A parameter, a header or the body is not what it should be"),
    ("429", "Too many requests: `Retry-After` says when to come again"),
    ("500", "A fault of the server"),
    (
        "503",
        "There is too much to do, or a store or the catalog is away: `Retry-After` says when to come again",
    ),
];
const WITH_BODY: &[(&str, &str)] = &[
    ("408", "The body came too slowly"),
    ("413", "The body is above the limit"),
    ("415", "The media type is none that is taken here"),
    ("422", "It can be read and not be used"),
];
const WITH_PATH: &[(&str, &str)] = &[("404", "There is no such thing, or not of yours")];
const NOT_OPEN: &[(&str, &str)] =
    &[("401", "Log in, or send a key"), ("403", "You may not do this")];

fn document() -> Value {
    let told = serde_json::to_value(routes().into_openapi()).unwrap_or_default();
    let mut paths = told["paths"].clone();
    for (path, ways) in paths.as_object_mut().into_iter().flatten() {
        for (method, operation) in ways.as_object_mut().into_iter().flatten() {
            finish(path, method, operation);
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Portreto",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Images kept twice, and transformed. Errors are `application/problem+json`, RFC 9457.",
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "paths": paths,
        "components": {
            "schemas": told["components"]["schemas"],
            "securitySchemes": { "bearer": { "type": "http", "scheme": "bearer" } },
        },
    })
}

/// Adds what is not said at each handler.
fn finish(path: &str, method: &str, operation: &mut Value) {
    // The names of the functions are not unique.
    let words = path.split(['/', '{', '}']).filter(|word| !word.is_empty());
    operation["operationId"] =
        json!(std::iter::once(method).chain(words).collect::<Vec<_>>().join("_").replace('.', "_"));
    if let Some(operation) = operation.as_object_mut() {
        operation.remove("tags");
        operation.remove("description");
    }
    let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut);
    for parameter in parameters.into_iter().flatten() {
        if parameter["in"] != "path" {
            parameter["required"] = json!(false);
        }
    }
    let is_open = operation.get("security").is_some();
    if is_open {
        operation["security"] = json!([]);
    } else {
        // Where everybody is one owner, without.
        operation["security"] = json!([{ "bearer": [] }, {}]);
    }
    let has_body = operation.get("requestBody").is_some();
    let problems = [
        (true, ALWAYS),
        (has_body, WITH_BODY),
        // A transform may not fit its picture.
        (!has_body && (path.starts_with("/i") || path.starts_with("/api")), &WITH_BODY[3..]),
        (path.contains('{'), WITH_PATH),
        (!is_open, NOT_OPEN),
    ];
    let problem = |about: &str| {
        let content = json!({ "schema": { "$ref": "#/components/schemas/Problem" } });
        json!({ "description": about, "content": { "application/problem+json": content } })
    };
    let Some(responses) = operation["responses"].as_object_mut() else { return };
    for (_, list) in problems.iter().filter(|(applies, _)| *applies) {
        for (status, about) in *list {
            responses.entry(*status).or_insert_with(|| problem(about));
        }
    }
}

/// The same as a page without scripts.
pub(crate) fn page() -> String {
    let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;");
    let mut rows = String::new();
    let none = Map::new();
    let keys = |value: &Value| {
        let keys = value.as_object().unwrap_or(&none).keys().map(String::as_str);
        keys.collect::<Vec<_>>().join(" ")
    };
    for (path, ways) in DOCUMENT["paths"].as_object().unwrap_or(&none) {
        for (method, operation) in ways.as_object().unwrap_or(&none) {
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            let parameters = parameters.filter(|parameter| parameter["in"] == "query");
            let names: Vec<&str> =
                parameters.filter_map(|parameter| parameter["name"].as_str()).collect();
            let cells = [
                escape(operation["summary"].as_str().unwrap_or_default()),
                escape(&names.join(" ")),
                escape(&keys(&operation["requestBody"]["content"])),
                keys(&operation["responses"]),
            ];
            rows.push_str("<tr><td><code>");
            rows.push_str(&method.to_uppercase());
            rows.push_str("</code><td><code>");
            rows.push_str(&escape(path));
            rows.push_str("</code>");
            for cell in cells {
                rows.push_str("<td>");
                rows.push_str(&cell);
            }
            rows.push('\n');
        }
    }
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Portreto</title>\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <style>body{{font:16px/1.5 system-ui;margin:2rem auto;max-width:70rem;padding:0 1rem;color-scheme:light dark}}\
         table{{border-collapse:collapse}}td,th{{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #8886}}</style>\
         <h1>Portreto</h1><p>Machines read <a href=\"/openapi.json\">/openapi.json</a>. Errors are \
         <code>application/problem+json</code>.</p>\
         <table><thead><tr><th>Method<th>Path<th>What it does<th>Parameters<th>Body<th>Answers<tbody>\n{rows}</table></html>"
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_route_tells_what_it_is() {
        let source = include_str!("router.rs");
        assert!(!source.contains(".route("), "such a route would not be in the document");
        let mut names = BTreeSet::new();
        for (path, ways) in DOCUMENT["paths"].as_object().unwrap() {
            for (method, operation) in ways.as_object().unwrap() {
                assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()));
                let name = operation["operationId"].as_str().unwrap();
                assert!(names.insert(name), "{method} {path}: {name} is there twice");
            }
        }
        let routed = source.lines().filter_map(|line| line.trim().strip_prefix(".routes(routes!("));
        let routed: usize = routed.map(|handlers| handlers.split(',').count()).sum();
        assert_eq!(names.len(), routed);
    }

    #[test]
    fn every_schema_that_is_named_is_there() {
        let text = DOCUMENT.to_string();
        let named = text.split("#/components/schemas/").skip(1);
        for name in named.map(|rest| rest.split('"').next().unwrap()) {
            assert!(DOCUMENT["components"]["schemas"][name].is_object(), "{name}");
        }
    }
}
