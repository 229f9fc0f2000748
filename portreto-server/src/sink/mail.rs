//! Mail: "your image is ready", with a link that needs no login.

use std::{fmt::Write as _, time::Duration};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use lettre::{
    AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor,
    message::{Mailbox, MultiPart, header::ContentType},
};
use portreto_core::{Digest, Format};
use portreto_store::{Clock as _, Event, Image, Portreto, SystemClock, Variant};
use url::Url;

use super::{Failure, Letter, Sink, SinkError, config::Settings};
use crate::{keys::KeyRing, signed_url::sign_url};

/// How long a link is good.
const LINK_LASTS: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How long the server may take to answer a command.
const TIMEOUT: Duration = Duration::from_secs(15);

/// Sends mail by SMTP.
pub(super) struct Mail {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    /// To whom; to the owners unless said.
    to: Option<Mailbox>,
    public: Url,
    keys: KeyRing,
    portreto: Portreto,
}

/// What a mail says.
struct Words {
    subject: String,
    text: String,
    link: Option<String>,
}

impl Mail {
    pub(super) fn new(
        name: &str,
        settings: &Settings,
        public: Option<&Url>,
        keys: &KeyRing,
        portreto: &Portreto,
    ) -> Result<Self, SinkError> {
        let bad = |field: &str, why: &str| SinkError::new(format!("sinks.{name}.{field}: {why}"));
        let mailbox = |field: &str, text: &str| {
            text.parse::<Mailbox>().map_err(|error| {
                bad(field, "not an address, as Name <name@example.org>").with_source(error)
            })
        };
        let mut url = settings.url.clone();
        if let Some(secret) = settings.secret(name)? {
            let _ = url.set_password(Some(&secret));
        }
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.as_str())
            .map_err(|error| bad("url", "not smtps://USER@HOST or smtp://HOST").with_source(error))?
            .timeout(Some(TIMEOUT))
            .build();
        let from = settings.from.as_deref().ok_or_else(|| bad("from", "mail needs a sender"))?;
        let public = public.ok_or_else(|| {
            SinkError::new(format!("public_url: sinks.{name} sends links, which begin with it"))
        })?;
        Ok(Self {
            transport,
            from: mailbox("from", from)?,
            to: settings.to.as_deref().map(|to| mailbox("to", to)).transpose()?,
            public: public.clone(),
            keys: keys.clone(),
            portreto: portreto.clone(),
        })
    }

    async fn send(&self, event: &Event) -> Result<(), Failure> {
        for (owner, words) in self.words(event).await? {
            // An owner whose name is no address has none that is known.
            let to = self.to.clone().or_else(|| owner.parse().ok());
            let Some(to) = to else { continue };
            let message = self.message(event, to, &words).map_err(Failure::Refused)?;
            self.transport.send(message).await.map_err(|error| {
                let told = error.to_string();
                if error.is_permanent() { Failure::Refused(told) } else { Failure::Away(told) }
            })?;
        }
        Ok(())
    }

    /// What is said to which owner.
    async fn words(&self, event: &Event) -> Result<Vec<(String, Words)>, Failure> {
        let data = || event.data.clone();
        let unreadable = |error: serde_json::Error| Failure::Refused(error.to_string());
        Ok(match event.kind.as_str() {
            "portreto.image.uploaded" => {
                let image: Image = serde_json::from_value(data()).map_err(unreadable)?;
                let subject = format!("Your image is kept: {}", image.name);
                let (Image { name, width, height, bytes, .. }, owner) = (&image, &image.owner);
                let text =
                    format!("{name}, {width}x{height} pixels, {bytes} bytes, is kept twice.");
                let link = Some(self.absolute(&format!("/images/{}", image.id)));
                vec![(owner.clone(), Words { subject, text, link })]
            }
            "portreto.image.deleted" => {
                let image: Image = serde_json::from_value(data()).map_err(unreadable)?;
                let subject = format!("Your image was deleted: {}", image.name);
                let text = format!("{} was deleted.", image.name);
                vec![(image.owner, Words { subject, text, link: None })]
            }
            "portreto.variant.created" => {
                let variant: Variant = serde_json::from_value(data()).map_err(unreadable)?;
                let link = self.link_to(&variant);
                let said = |image: &Image| Words {
                    subject: format!("Your image is ready: {}", image.name),
                    text: format!(
                        "{}, {}x{} pixels: {}",
                        image.name, variant.width, variant.height, variant.transform
                    ),
                    link: link.clone(),
                };
                self.to_owners(&variant.original, said).await?
            }
            _ => {
                let original = event.data["original"].as_str().unwrap_or_default();
                let Ok(original) = original.parse() else { return Ok(Vec::new()) };
                let of = |what: &str| event.data[what].as_str().unwrap_or_default().to_owned();
                let said = |image: &Image| Words {
                    subject: format!("Your image could not be made: {}", image.name),
                    text: format!("{}: {}", of("transform"), of("reason")),
                    link: None,
                };
                self.to_owners(&original, said).await?
            }
        })
    }

    async fn to_owners(
        &self,
        original: &Digest,
        said: impl Fn(&Image) -> Words,
    ) -> Result<Vec<(String, Words)>, Failure> {
        let images = self.portreto.images_of_original(original).await;
        let images = images.map_err(|error| Failure::Away(error.to_string()))?;
        Ok(images.iter().map(|image| (image.owner.clone(), said(image))).collect())
    }

    /// A link to a variant that needs no login.
    fn link_to(&self, variant: &Variant) -> Option<String> {
        let format = Format::ALL.into_iter().find(|it| it.media_type() == variant.media_type)?;
        let name = format!("{}.{}", variant.transform, format.extension());
        let expires = SystemClock.now().checked_add(LINK_LASTS).unwrap_or(Timestamp::MAX);
        let path = sign_url(&self.keys, &variant.original, &name, Some(expires))?;
        Some(self.absolute(&path))
    }

    fn absolute(&self, path: &str) -> String {
        format!("{}{path}", self.public.as_str().trim_end_matches('/'))
    }

    fn message(&self, event: &Event, to: Mailbox, words: &Words) -> Result<Message, String> {
        let mut text = format!("{}\n", words.text);
        let mut html = format!("<p>{}</p>", escaped(&words.text));
        if let Some(link) = &words.link {
            let _ = write!(text, "\n{link}\n");
            let link = escaped(link);
            let _ = write!(html, "<p><a href=\"{link}\">{link}</a></p>");
        }
        Message::builder()
            .from(self.from.clone())
            .to(to)
            // A name may have line breaks; a subject may not.
            .subject(words.subject.replace(char::is_control, " "))
            // The same mail, when it is sent again.
            .message_id(Some(format!("<{}@portreto>", event.id)))
            .header(ContentType::TEXT_PLAIN)
            .multipart(MultiPart::alternative_plain_html(text, html))
            .map_err(|error| error.to_string())
    }
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[async_trait]
impl Sink for Mail {
    async fn deliver(&mut self, letters: &[Letter]) -> (usize, Option<Failure>) {
        for (n, letter) in letters.iter().enumerate() {
            if let Err(failure) = self.send(&letter.event).await {
                return (n, Some(failure));
            }
        }
        (letters.len(), None)
    }
}
