//! Webhooks.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::*;

/// Any variable of the environment that every test has will do.
const SECRET_ENV: &str = "CARGO_MANIFEST_DIR";

/// What somebody has heard.
#[derive(Default)]
struct Heard {
    /// What was answered to each request, and its body.
    all: Vec<(StatusCode, Value)>,
}

type Ear = Arc<Mutex<Heard>>;

/// Checks the signature as the standard says, then answers: the first two requests with 503, everything about `bad.png` with 422.
async fn hear(State(ear): State<Ear>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let header = |name: &str| headers[name].to_str().unwrap();
    let event: Value = serde_json::from_slice(&body).unwrap();
    let (id, timestamp) = (header("webhook-id"), header("webhook-timestamp"));
    let secret = std::env::var(SECRET_ENV).unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{id}.{timestamp}.").as_bytes());
    mac.update(&body);
    let signature = BASE64_STANDARD.encode(mac.finalize().into_bytes());
    assert_eq!(header("webhook-signature"), format!("v1,{signature}"));
    assert_eq!(event["id"], id);
    assert!(header("content-type").starts_with("application/cloudevents+json"));

    let mut heard = ear.lock().unwrap();
    let status = match (heard.all.len(), event["data"]["name"].as_str()) {
        (0 | 1, _) => StatusCode::SERVICE_UNAVAILABLE,
        (_, Some("bad.png")) => StatusCode::UNPROCESSABLE_ENTITY,
        _ => StatusCode::NO_CONTENT,
    };
    heard.all.push((status, event));
    status
}

async fn listen(app: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    format!("http://{address}/hook")
}

fn sinks(url: &str) -> String {
    format!("[sinks.hook]\nurl = \"{url}\"\nsecret_env = \"{SECRET_ENV}\"\nprivate = true")
}

#[tokio::test(flavor = "multi_thread")]
async fn each_event_is_signed_sent_until_it_is_heard_and_put_aside_when_it_is_refused() {
    let home = Home::new().await;
    let ear = Ear::default();
    let url = listen(Router::new().route("/hook", post(hear)).with_state(ear.clone())).await;
    let running = home.relay(&sinks(&url)).await;
    for name in ["a.png", "bad.png", "last.png"] {
        home.upload(name, "", None).await;
    }
    home.delivered(2).await;
    running.stop().await;

    let heard = std::mem::take(&mut ear.lock().unwrap().all);
    let told = |status: StatusCode| -> Vec<String> {
        let of = |(_, event): &(_, Value)| event["data"]["name"].as_str().unwrap().to_owned();
        heard.iter().filter(|(there, _)| *there == status).map(of).collect()
    };
    assert_eq!(told(StatusCode::SERVICE_UNAVAILABLE), ["a.png"; 2]);
    assert_eq!(told(StatusCode::NO_CONTENT), ["a.png", "last.png"]);
    assert_eq!(told(StatusCode::UNPROCESSABLE_ENTITY), ["bad.png"; 5]);
    let dead = home.portreto.dead_letters("hook", 10).await.unwrap();
    assert_eq!(dead.len(), 1);
    assert_eq!(dead[0].event.data["name"], "bad.png");
    assert!(dead[0].reason.contains("422"), "{}", dead[0].reason);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_followed_elsewhere() {
    let home = Home::new().await;
    let ear = Ear::default();
    let other = listen(Router::new().route("/hook", post(hear)).with_state(ear.clone())).await;
    let redirect = move || {
        let other = other.clone();
        async move { (StatusCode::TEMPORARY_REDIRECT, [("location", other)]) }
    };
    let url = listen(Router::new().route("/hook", post(redirect))).await;
    let running = home.relay(&sinks(&url)).await;
    home.upload("a.png", "", None).await;
    until(async || home.portreto.sinks().await.unwrap()[0].failures > 1).await;
    running.stop().await;
    assert!(ear.lock().unwrap().all.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_of_a_private_address_is_not_asked() {
    let home = Home::new().await;
    let ear = Ear::default();
    let url = listen(Router::new().route("/hook", post(hear)).with_state(ear.clone())).await;
    let url = url.replace("127.0.0.1", "localhost");
    let running = home.relay(&sinks(&url).replace("private = true", "")).await;
    home.upload("a.png", "", None).await;
    until(async || home.portreto.sinks().await.unwrap()[0].failures > 1).await;
    let reason = home.portreto.sinks().await.unwrap()[0].reason.clone().unwrap();
    assert!(reason.contains("no address that requests may go to"), "{reason}");
    running.stop().await;
    assert!(ear.lock().unwrap().all.is_empty());
}
