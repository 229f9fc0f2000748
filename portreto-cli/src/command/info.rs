//! `portreto info`

use anyhow::Result;
use portreto_core::{
    Fingerprint, Metadata,
    replica::{Holding, Key, StoreId},
};
use portreto_store::{Image, Portreto, Variant};
use serde::Serialize;

use crate::{
    args::Info,
    context::Context,
    exit::Exit,
    output::{ImageLine, VariantLine, escape},
};

/// An image with where it is, as scripts read it.
#[derive(Serialize)]
struct InfoLine<'a> {
    #[serde(flatten)]
    image: ImageLine<'a>,
    replicas: &'a [Copy],
    record: &'a [Copy],
    variants: Vec<VariantInfo<'a>>,
}

#[derive(Serialize)]
struct VariantInfo<'a> {
    #[serde(flatten)]
    variant: VariantLine,
    replicas: &'a [Copy],
}

/// What one store holds of one thing.
#[derive(Serialize)]
struct Copy {
    store: StoreId,
    url: String,
    state: &'static str,
}

/// Where everything of an image is.
struct Whereabouts {
    original: Vec<Copy>,
    record: Vec<Copy>,
    variants: Vec<(Variant, Vec<Copy>)>,
}

pub(super) async fn info(args: &Info, context: &mut Context) -> Result<Exit> {
    let portreto = context.open().await?;
    let (images, n_failed) = context.find(&portreto, &args.ids).await;
    for image in images {
        let image = portreto.looked_at(image).await?;
        let whereabouts = look(&portreto, &image).await?;
        if args.json {
            context.data.json(&info_line(&image, &whereabouts))?;
        } else {
            for line in lines(&image, &whereabouts) {
                context.data.line(escape(&line))?;
            }
        }
        context.data.flush()?;
    }
    Ok(Exit::after(n_failed))
}

async fn look(portreto: &Portreto, image: &Image) -> Result<Whereabouts> {
    let original = copies(portreto, &image.blob_key()).await;
    let record = portreto.record_of(image).await?.unwrap_or_else(|| image.record_key());
    let record = copies(portreto, &record).await;
    let mut variants = Vec::new();
    for variant in portreto.variants(image).await? {
        let copies = copies(portreto, &variant.blob_key()).await;
        variants.push((variant, copies));
    }
    Ok(Whereabouts { original, record, variants })
}

/// The copies of `key`. There should be two: when there are fewer, the first stores without one are named.
async fn copies(portreto: &Portreto, key: &Key) -> Vec<Copy> {
    let stores = portreto.stores();
    let holdings = portreto.locate(key).await;
    let n_held = holdings.iter().filter(|(_, holding)| *holding != Holding::Absent).count();
    let mut n_missing = 2_usize.saturating_sub(n_held);
    let mut copies = Vec::new();
    for (store, holding) in holdings {
        if holding == Holding::Absent {
            if n_missing == 0 {
                continue;
            }
            n_missing -= 1;
        }
        let status = stores.iter().find(|status| status.id == store);
        let url = status.map(|status| status.url.clone()).unwrap_or_default();
        copies.push(Copy { store, url, state: word(holding) });
    }
    copies
}

fn word(holding: Holding) -> &'static str {
    match holding {
        Holding::Good => "good",
        Holding::Corrupt => "corrupt",
        Holding::Absent => "missing",
        Holding::Unknown => "unknown",
    }
}

fn info_line<'a>(image: &'a Image, whereabouts: &'a Whereabouts) -> InfoLine<'a> {
    let variant = |(variant, replicas): &'a (Variant, Vec<Copy>)| VariantInfo {
        variant: variant.into(),
        replicas,
    };
    InfoLine {
        image: image.into(),
        replicas: &whereabouts.original,
        record: &whereabouts.record,
        variants: whereabouts.variants.iter().map(variant).collect(),
    }
}

fn lines(image: &Image, whereabouts: &Whereabouts) -> Vec<String> {
    let mut lines = vec![
        format!("id        {}", image.id),
        format!("name      {}", image.name),
        format!("digest    {}", image.digest),
        format!("type      {}", image.media_type),
        format!("size      {}x{}", image.width, image.height),
        format!("bytes     {}", image.bytes),
        format!("created   {}", image.created),
    ];
    lines.extend(image.metadata.iter().flat_map(metadata_lines));
    lines.extend(image.fingerprint.iter().flat_map(fingerprint_lines));
    lines.extend(image.labels.iter().map(|label| format!("label     {label}")));
    lines.extend(whereabouts.original.iter().map(|copy| copy_line("original", copy)));
    lines.extend(whereabouts.record.iter().map(|copy| copy_line("record", copy)));
    for (variant, copies) in &whereabouts.variants {
        lines.push(format!(
            "variant   {}  {}  {}x{}  {} bytes  {}",
            variant.transform,
            variant.media_type,
            variant.width,
            variant.height,
            variant.bytes,
            variant.digest,
        ));
        lines.extend(copies.iter().map(|copy| copy_line("", copy)));
    }
    lines
}

fn metadata_lines(metadata: &Metadata) -> Vec<String> {
    let joined = |parts: Vec<Option<String>>, separator: &str| {
        let parts: Vec<_> = parts.into_iter().flatten().collect();
        (!parts.is_empty()).then(|| parts.join(separator))
    };
    // Many models begin with their makers.
    let make = metadata.make.clone().filter(|make| {
        metadata.model.as_ref().is_none_or(|model| !model.starts_with(make.as_str()))
    });
    let body = joined(vec![make, metadata.model.clone()], " ");
    let camera = joined(vec![body, metadata.lens.clone()], ", ");
    let equivalent = metadata.focal_length_35mm.map(|mm| format!(" (as {mm} mm)"));
    let exposure = joined(
        vec![
            metadata.exposure_seconds.map(exposure_text),
            metadata.f_number.map(|number| format!("f/{number}")),
            metadata.iso.map(|iso| format!("ISO {iso}")),
            metadata.focal_length_mm.map(|mm| format!("{mm} mm{}", equivalent.unwrap_or_default())),
        ],
        ", ",
    );
    let location = metadata.location.map(|place| {
        let altitude = place.altitude.map(|meters| format!(", {meters} m")).unwrap_or_default();
        format!("{}, {}{altitude}", place.latitude, place.longitude)
    });
    let lines = [
        ("taken", metadata.taken.clone()),
        ("camera", camera),
        ("exposure", exposure),
        ("location", location),
        ("artist", metadata.artist.clone()),
        ("copyright", metadata.copyright.clone()),
    ];
    lines.into_iter().filter_map(|(what, text)| Some(format!("{what:<9} {}", text?))).collect()
}

/// As it stands on the dial of a camera: `1/250 s`, `0.5 s`, `2 s`.
fn exposure_text(seconds: f64) -> String {
    if seconds < 0.3 { format!("1/{:.0} s", 1.0 / seconds) } else { format!("{seconds} s") }
}

fn fingerprint_lines(fingerprint: &Fingerprint) -> Vec<String> {
    let mut lines = Vec::new();
    lines.extend(fingerprint.color.map(|color| format!("color     {color}")));
    lines.push(format!("thumbhash {}", fingerprint.thumbhash));
    lines.push(format!("blurhash  {}", fingerprint.blurhash));
    lines.extend(fingerprint.perceptual.map(|hash| format!("looks     {hash}")));
    lines
}

fn copy_line(what: &str, copy: &Copy) -> String {
    format!("{what:<10}{:<8}  {}  {}", copy.state, copy.store, copy.url)
}
