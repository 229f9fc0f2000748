//! What every path takes and gives, as `OpenAPI` 3.1 tells it. One row a way to ask; a test compares the rows with the router.

use serde_json::{Map, Value, json};

/// A way to ask.
struct Way {
    method: &'static str,
    path: &'static str,
    about: &'static str,
    query: &'static [&'static str],
    /// Media types of the body, and the name of its schema.
    body: &'static [(&'static str, &'static str)],
    /// Statuses, and the name of what comes with them; nothing for no body.
    answers: &'static [(&'static str, &'static str)],
    open: bool,
}

const JSON: &str = "application/json";

const fn way(
    method: &'static str,
    path: &'static str,
    about: &'static str,
    answers: &'static [(&'static str, &'static str)],
) -> Way {
    Way { method, path, about, query: &[], body: &[], answers, open: false }
}

impl Way {
    const fn query(mut self, query: &'static [&'static str]) -> Self {
        self.query = query;
        self
    }

    const fn body(mut self, body: &'static [(&'static str, &'static str)]) -> Self {
        self.body = body;
        self
    }

    const fn open(mut self) -> Self {
        self.open = true;
        self
    }
}

const UPLOAD: &[(&str, &str)] = &[
    ("multipart/form-data", "Form"),
    (JSON, "JsonUpload"),
    ("image/*", "Bytes"),
    ("application/octet-stream", "Bytes"),
];

const WAYS: &[Way] = &[
    way("get", "/health", "The server lives", &[("200", "Object")]).open(),
    way("get", "/ready", "The server can serve, or why not", &[("200", "Object")]).open(),
    way("get", "/metrics", "What is counted, for Prometheus", &[("200", "Metrics")]),
    way("get", "/stores", "The stores and how they are", &[("200", "Stores")]),
    way("get", "/openapi.json", "This", &[("200", "Object")]).open(),
    way("get", "/docs", "This, for people", &[("200", "Page")]).open(),
    way("post", "/auth/register", "Add a person", &[("201", "Person")])
        .body(&[(JSON, "Credentials")])
        .open(),
    way("post", "/auth/login", "Begin a session", &[("200", "Tokens")])
        .body(&[(JSON, "Credentials")])
        .open(),
    way("post", "/auth/refresh", "Prolong a session; the token is good once", &[("200", "Tokens")])
        .body(&[(JSON, "Refresh")])
        .open(),
    way("post", "/auth/logout", "End the session", &[("204", "")]),
    way("get", "/auth/keys", "Your keys for machines", &[("200", "Keys")]),
    way("post", "/auth/keys", "Make a key; its secret is told once", &[("201", "Key")])
        .body(&[(JSON, "NewKey")]),
    way("delete", "/auth/keys/{id}", "Remove a key", &[("204", "")]),
    way(
        "post",
        "/images",
        "Upload one picture or many",
        &[("200", "Uploaded"), ("201", "Uploaded"), ("202", "Uploaded")],
    )
    .query(&["name", "label", "transform", "keep_damaged"])
    .body(UPLOAD),
    way("get", "/images", "Your images, oldest first", &[("200", "Images")])
        .query(&["limit", "after", "label", "name", "since", "until"]),
    way("get", "/images/{id}", "An image", &[("200", "Image")]),
    way("delete", "/images/{id}", "Delete an image for ever", &[("204", "")]),
    way(
        "get",
        "/images/{id}/content",
        "The bytes that were uploaded",
        &[("200", "Bytes"), ("206", "Bytes"), ("304", "")],
    ),
    way("get", "/images/{id}/variants", "The variants that are kept", &[("200", "Variants")]),
    way(
        "post",
        "/images/{id}/variants",
        "Ask for a variant; `Prefer: wait=N` waits for it",
        &[("200", "Variant"), ("202", "Job")],
    )
    .body(&[(JSON, "Ask"), ("text/plain", "Text")]),
    way(
        "get",
        "/images/{id}/variants/{key}/content",
        "The bytes of a variant",
        &[("200", "Bytes"), ("206", "Bytes"), ("304", "")],
    ),
    way(
        "post",
        "/images/{id}/{levels}",
        "Ask for it dithered to so many levels for each color",
        &[("200", "Variant"), ("202", "Job")],
    ),
    way(
        "get",
        "/images/{id}/{levels}",
        "The dithered picture, or its job",
        &[("200", "Bytes"), ("202", "Job"), ("206", "Bytes"), ("304", "")],
    ),
    way("get", "/jobs", "Jobs on your images, newest first", &[("200", "Jobs")])
        .query(&["limit", "after", "state", "image"]),
    way("get", "/jobs/{id}", "A job", &[("200", "Job")]),
    way("delete", "/jobs/{id}", "Take a job back", &[("200", "Job")]),
    way("post", "/jobs/{id}/rerun", "Try a job again that has failed", &[("202", "Job")]),
    way("get", "/jobs/{id}/events", "A job each time it changes", &[("200", "Events")]),
    way(
        "get",
        "/i/{digest}/{name}",
        "A picture by a signed URL; the name is TRANSFORM.EXTENSION",
        &[("200", "Bytes"), ("206", "Bytes"), ("304", "")],
    )
    .query(&["s", "e"])
    .open(),
    way("post", "/api/", "Resize a picture", &[("201", "Identifier")]).body(&[(JSON, "Resize")]),
    way(
        "get",
        "/api/{identifier}",
        "The resized picture, or how far it is",
        &[("200", "Resized"), ("202", "Status")],
    ),
    way("post", "/image", "Have a picture stamped", &[("200", "Id")])
        .query(&["name", "label", "transform", "keep_damaged"])
        .body(UPLOAD),
    way(
        "get",
        "/image/{id}",
        "The stamped picture; 204 until it is there",
        &[("200", "Bytes"), ("204", ""), ("206", "Bytes"), ("304", "")],
    ),
];

/// The document.
pub(crate) fn document() -> Value {
    let mut paths = Map::new();
    for way in WAYS {
        let path = paths.entry(way.path).or_insert_with(|| json!({}));
        path[way.method] = operation(way);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Portreto",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Images kept twice, and transformed.",
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "paths": paths,
        "components": {
            "schemas": schemas(),
            "securitySchemes": { "bearer": { "type": "http", "scheme": "bearer" } },
        },
    })
}

/// The same as a page without scripts.
pub(crate) fn page() -> String {
    let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;");
    let mut rows = String::new();
    for way in WAYS {
        let answers: Vec<&str> = way.answers.iter().map(|(status, _)| *status).collect();
        let body: Vec<&str> = way.body.iter().map(|(media_type, _)| *media_type).collect();
        rows.push_str("<tr><td><code>");
        rows.push_str(&way.method.to_uppercase());
        rows.push_str("</code><td><code>");
        rows.push_str(&escape(way.path));
        rows.push_str("</code><td>");
        rows.push_str(&escape(way.about));
        for cell in [way.query.join(" "), body.join(" "), answers.join(" ")] {
            rows.push_str("<td>");
            rows.push_str(&escape(&cell));
        }
        rows.push('\n');
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

fn operation(way: &Way) -> Value {
    let in_path = way.path.split('/').filter_map(|part| {
        let name = part.strip_prefix('{')?.strip_suffix('}')?;
        let schema = match name {
            "digest" | "key" => json!({ "type": "string", "pattern": "^[0-9a-f]{64}$" }),
            "levels" => json!({ "type": "integer", "minimum": 2, "maximum": 256 }),
            "id" => json!({ "type": "string", "format": "uuid" }),
            _ => json!({ "type": "string" }),
        };
        Some(json!({ "name": name, "in": "path", "required": true, "schema": schema }))
    });
    let in_query = way.query.iter().map(|name| {
        let schema = match *name {
            "limit" => json!({ "type": "integer", "minimum": 1, "maximum": 1000, "default": 100 }),
            "label" | "transform" => json!({ "type": "array", "items": { "type": "string" } }),
            "after" | "image" => json!({ "type": "string", "format": "uuid" }),
            "since" | "until" => json!({ "type": "string", "format": "date-time" }),
            "keep_damaged" => json!({ "type": "boolean" }),
            "state" => json!({ "type": "string", "enum": portreto_store::JobState::ALL }),
            "e" => json!({ "type": "integer", "minimum": 0 }),
            _ => json!({ "type": "string" }),
        };
        json!({ "name": name, "in": "query", "required": false, "schema": schema })
    });
    let parameters: Vec<Value> = in_path.chain(in_query).collect();
    let mut responses: Map<String, Value> =
        way.answers.iter().map(|(status, schema)| ((*status).to_owned(), answer(schema))).collect();
    let problem = json!({
        "description": "What is wrong, RFC 9457",
        "content": { "application/problem+json": { "schema": reference("Problem") } },
    });
    responses.insert("default".to_owned(), problem);
    let mut operation = json!({
        "summary": way.about,
        "parameters": parameters,
        "responses": responses,
        "security": if way.open { json!([]) } else { json!([{}, { "bearer": [] }]) },
    });
    if !way.body.is_empty() {
        let content: Map<String, Value> = way
            .body
            .iter()
            .map(|(media_type, schema)| {
                ((*media_type).to_owned(), json!({ "schema": reference(schema) }))
            })
            .collect();
        operation["requestBody"] = json!({ "required": true, "content": content });
    }
    operation
}

fn answer(schema: &str) -> Value {
    let media_type = match schema {
        "" => return json!({ "description": "Nothing more to say" }),
        "Bytes" => "image/*",
        "Metrics" => "application/openmetrics-text",
        "Page" => "text/html",
        "Events" => "text/event-stream",
        _ => JSON,
    };
    json!({ "description": schema, "content": { media_type: { "schema": reference(schema) } } })
}

fn reference(schema: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{schema}") })
}

fn schemas() -> Value {
    let text = || json!({ "type": "string" });
    let uuid = || json!({ "type": "string", "format": "uuid" });
    let time = || json!({ "type": "string", "format": "date-time" });
    let digest = || json!({ "type": "string", "pattern": "^[0-9a-f]{64}$" });
    let count = || json!({ "type": "integer", "minimum": 0 });
    let links = || json!({ "type": "object", "additionalProperties": { "type": "string" } });
    let list = |of: &str| json!({ "type": "array", "items": reference(of) });
    let next = || json!({ "type": ["string", "null"], "format": "uuid" });
    let exactly = |required: &[&str], properties: Value| json!({ "type": "object", "required": required, "properties": properties, "additionalProperties": false });
    let object = |required: &[&str], properties: Value| json!({ "type": "object", "required": required, "properties": properties });
    json!({
        "Object": { "type": "object" },
        "Text": { "type": "string" },
        "Metrics": { "type": "string" },
        "Page": { "type": "string" },
        "Events": { "type": "string" },
        "Bytes": { "type": "string", "format": "binary" },
        "Problem": object(&["type", "title", "status"], json!({
            "type": { "type": "string", "format": "uri-reference" }, "title": text(),
            "status": { "type": "integer", "minimum": 400, "maximum": 599 }, "detail": text(), "field": text(), "request_id": text(),
        })),
        "Stores": object(&["stores"], json!({ "stores": { "type": "array", "items": object(&["id", "state", "healthy"], json!({
            "id": text(), "scheme": text(), "state": text(), "weight": count(), "healthy": { "type": "boolean" },
            "reason": { "type": ["string", "null"] },
        })) } })),
        "Credentials": exactly(&["name", "password"], json!({
            "name": { "type": "string", "minLength": 1, "maxLength": 64 }, "password": { "type": "string", "minLength": 10, "maxLength": 256 },
        })),
        "Refresh": exactly(&["refresh_token"], json!({ "refresh_token": text() })),
        "Person": object(&["id", "name", "created"], json!({ "id": uuid(), "name": text(), "created": time() })),
        "Tokens": object(&["access_token", "token_type", "expires_in", "refresh_token"], json!({
            "access_token": text(), "token_type": { "const": "Bearer" }, "expires_in": count(), "refresh_token": text(),
        })),
        "NewKey": exactly(&["name", "scope"], json!({ "name": text(), "scope": { "enum": ["read", "write"] } })),
        "Key": object(&["id", "name", "scope", "created"], json!({
            "id": uuid(), "name": text(), "scope": { "enum": ["read", "write"] }, "created": time(), "secret": text(),
        })),
        "Keys": object(&["keys"], json!({ "keys": list("Key") })),
        "Form": { "type": "object", "properties": {
            "file": { "type": "array", "items": { "type": "string", "format": "binary" } },
            "label": { "type": "array", "items": text() }, "transform": { "type": "array", "items": text() }, "keep_damaged": { "type": "boolean" },
        } },
        "Transform": { "anyOf": [text(), { "type": "object" }] },
        "JsonUpload": exactly(&["image"], json!({
            "image": { "type": "string", "contentEncoding": "base64" }, "name": text(),
            "labels": { "type": "array", "items": text() }, "transforms": list("Transform"), "keep_damaged": { "type": "boolean" },
            "width": { "type": "integer", "minimum": 1 }, "height": { "type": "integer", "minimum": 1 },
        })),
        "Image": object(&["id", "digest", "name", "media_type", "width", "height", "bytes", "labels", "created", "links"], json!({
            "id": uuid(), "digest": digest(), "name": text(), "media_type": text(), "width": count(), "height": count(), "bytes": count(),
            "owner": text(), "labels": { "type": "array", "items": text() }, "created": time(), "fingerprint": { "type": "object" },
            "metadata": { "type": "object" }, "links": links(),
        })),
        "Uploaded": { "anyOf": [
            reference("Image"),
            object(&["image", "jobs"], json!({ "image": reference("Image"), "jobs": list("Job") })),
            object(&["results"], json!({ "results": { "type": "array", "items": object(&["name"], json!({
                "name": text(), "image": reference("Image"), "already_there": { "type": "boolean" }, "jobs": list("Job"), "problem": reference("Problem"),
            })) } })),
        ] },
        "Images": object(&["images", "next"], json!({ "images": list("Image"), "next": next() })),
        "Variant": object(&["original", "transform", "engine_version", "digest", "media_type", "width", "height", "bytes", "key", "links"], json!({
            "original": digest(), "transform": text(), "engine_version": count(), "digest": digest(), "media_type": text(), "width": count(),
            "height": count(), "bytes": count(), "key": digest(), "links": links(),
        })),
        "Variants": object(&["variants"], json!({ "variants": list("Variant") })),
        "Ask": exactly(&["transform"], json!({
            "transform": reference("Transform"), "priority": { "type": "integer", "minimum": -100, "maximum": 100 },
        })),
        "Job": object(&["id", "state", "image", "original", "transform", "attempts", "created", "changed", "links"], json!({
            "id": uuid(), "state": { "enum": portreto_store::JobState::ALL }, "image": uuid(), "original": digest(), "transform": text(),
            "engine_version": count(), "priority": { "type": "integer" }, "attempts": count(), "reason": { "type": ["string", "null"] },
            "created": time(), "changed": time(), "links": links(), "variant": reference("Variant"), "problem": reference("Problem"),
        })),
        "Jobs": object(&["jobs", "next"], json!({ "jobs": list("Job"), "next": next() })),
        "Resize": exactly(&["image", "width", "height"], json!({
            "image": { "type": "string", "contentEncoding": "base64" }, "width": { "type": "integer", "minimum": 1 }, "height": { "type": "integer", "minimum": 1 },
        })),
        "Identifier": object(&["identifier"], json!({ "identifier": text() })),
        "Resized": object(&["identifier", "image", "width", "height"], json!({
            "identifier": text(), "image": { "type": "string", "contentEncoding": "base64" }, "width": count(), "height": count(),
        })),
        "Status": object(&["status"], json!({ "status": { "enum": portreto_store::JobState::ALL } })),
        "Id": object(&["id"], json!({ "id": uuid() })),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The lines of the router, each with its path and its methods.
    #[test]
    fn every_route_is_told_and_nothing_else() {
        let mut routed = BTreeSet::new();
        for line in include_str!("router.rs").lines() {
            let Some((path, methods)) =
                line.trim().strip_prefix(".route(\"").and_then(|rest| rest.split_once("\", "))
            else {
                continue;
            };
            for method in ["get", "post", "delete", "put", "patch"] {
                if methods.starts_with(&format!("{method}("))
                    || methods.contains(&format!(").{method}("))
                {
                    routed.insert((path, method));
                }
            }
        }
        let told: BTreeSet<_> = WAYS.iter().map(|way| (way.path, way.method)).collect();
        assert_eq!(told, routed);
        assert_eq!(told.len(), WAYS.len());
    }

    #[test]
    fn every_schema_that_is_named_is_there() {
        let document = document();
        let text = document.to_string();
        let named = text.split("#/components/schemas/").skip(1);
        for name in named.map(|rest| rest.split('"').next().unwrap()) {
            assert!(document["components"]["schemas"][name].is_object(), "{name}");
        }
    }
}
