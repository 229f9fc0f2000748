//! AVIF files of every kind: coded by `rav1e`, put into boxes here.

use rav1e::{Context, Pixel, config::SpeedSettings, prelude::*};

/// How often color has a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AvifSampling {
    /// Never: a gray picture.
    Gray,
    /// At every pixel.
    Full,
    /// At every other pixel of a row.
    Half,
    /// At every other pixel of every other row.
    Quarter,
}

/// One picture of AV1.
#[derive(Debug, Clone, Copy)]
pub struct Av1 {
    /// Pixels.
    pub width: usize,
    /// Pixels.
    pub height: usize,
    /// Of color.
    pub sampling: AvifSampling,
    /// Of a sample: 8, 10 or 12.
    pub bits: u8,
    /// Whether samples take the whole range of their bits.
    pub is_full_range: bool,
}

impl Av1 {
    /// Codes planes of samples, nearly without loss.
    ///
    /// # Panics
    ///
    /// Panics when the planes do not have the right sizes.
    #[must_use]
    pub fn code(&self, planes: &[Vec<u16>]) -> Vec<u8> {
        if self.bits == 8 { self.code_as::<u8>(planes) } else { self.code_as::<u16>(planes) }
    }

    fn code_as<T: Pixel>(&self, planes: &[Vec<u16>]) -> Vec<u8> {
        let encoder = EncoderConfig {
            width: self.width,
            height: self.height,
            bit_depth: self.bits.into(),
            chroma_sampling: match self.sampling {
                AvifSampling::Gray => ChromaSampling::Cs400,
                AvifSampling::Full => ChromaSampling::Cs444,
                AvifSampling::Half => ChromaSampling::Cs422,
                AvifSampling::Quarter => ChromaSampling::Cs420,
            },
            pixel_range: if self.is_full_range { PixelRange::Full } else { PixelRange::Limited },
            still_picture: true,
            quantizer: 4,
            min_quantizer: 4,
            speed_settings: SpeedSettings::from_preset(10),
            ..EncoderConfig::default()
        };
        let config = Config::new().with_encoder_config(encoder).with_threads(1);
        let mut context: Context<T> = config.new_context().expect("a sound configuration");
        let mut frame = context.new_frame();
        let (half, quarter) = (self.width.div_ceil(2), self.sampling == AvifSampling::Quarter);
        for (number, (plane, samples)) in frame.planes.iter_mut().zip(planes).enumerate() {
            let is_half = number > 0 && self.sampling != AvifSampling::Full;
            let width = if is_half { half } else { self.width };
            let height = if number > 0 && quarter { self.height.div_ceil(2) } else { self.height };
            assert_eq!(samples.len(), width * height, "samples of plane {number}");
            let bytes: Vec<u8> = if self.bits == 8 {
                samples.iter().map(|sample| *sample as u8).collect()
            } else {
                samples.iter().flat_map(|sample| sample.to_le_bytes()).collect()
            };
            let sample_bytes = if self.bits == 8 { 1 } else { 2 };
            plane.copy_from_raw_u8(&bytes, width * sample_bytes, sample_bytes);
        }
        context.send_frame(frame).expect("room for a frame");
        context.flush();
        let mut code = Vec::new();
        loop {
            match context.receive_packet() {
                Ok(packet) => code.extend(packet.data),
                Err(EncoderStatus::Encoded) => {}
                Err(_) => return code,
            }
        }
    }

    /// The properties that every coded picture has: its size and the configuration of its code.
    #[must_use]
    pub fn properties(&self) -> Vec<Vec<u8>> {
        let (gray, across, down) = match self.sampling {
            AvifSampling::Gray => (1, 1, 1),
            AvifSampling::Full => (0, 0, 0),
            AvifSampling::Half => (0, 1, 0),
            AvifSampling::Quarter => (0, 1, 1),
        };
        let depth = u8::from(self.bits > 8) << 6 | u8::from(self.bits > 10) << 5;
        let flags = depth | gray << 4 | across << 3 | down << 2;
        vec![
            heif_size(self.width as u32, self.height as u32),
            heif_box(*b"av1C", &[0x81, 0, flags, 0]),
        ]
    }
}

/// One item of a HEIF file.
#[derive(Debug, Clone, Default)]
pub struct HeifItem {
    /// Four letters, as `av01`.
    pub kind: [u8; 4],
    /// Whole boxes.
    pub properties: Vec<Vec<u8>>,
    /// What it consists of.
    pub data: Vec<u8>,
    /// Four letters, and numbers of other items, which are counted from 1.
    pub references: Vec<([u8; 4], Vec<u16>)>,
}

/// A HEIF file whose picture is the first of `items`.
///
/// # Panics
///
/// Panics when there are more items or bytes than its fields can say.
#[must_use]
pub fn heif(brand: [u8; 4], items: &[HeifItem]) -> Vec<u8> {
    let kind = heif_box(*b"ftyp", &[&brand[..], &[0; 4], b"mif1", &brand].concat());
    // The length of the boxes does not depend on where the items are.
    let before = kind.len() + meta(items, 0).len() + 8;
    let data: Vec<u8> = items.iter().flat_map(|item| item.data.clone()).collect();
    [kind, meta(items, before as u32), heif_box(*b"mdat", &data)].concat()
}

fn meta(items: &[HeifItem], start: u32) -> Vec<u8> {
    let mut handler = vec![0; 8];
    handler.extend(b"pict");
    handler.extend([0; 13]);
    let count = u16::try_from(items.len()).expect("few items").to_be_bytes();

    let (mut places, mut offset) = ([&[0x44, 0][..], &count].concat(), start);
    let (mut infos, mut references) = (count.to_vec(), Vec::new());
    let (mut properties, mut uses) =
        (Vec::new(), u32::from(u16::from_be_bytes(count)).to_be_bytes().to_vec());
    let mut n_properties = 0;
    for (item, id) in items.iter().zip(1_u16..) {
        let id = id.to_be_bytes();
        let length = u32::try_from(item.data.len()).expect("below 4 GiB");
        places.extend(
            [&id[..], &[0, 0, 0, 1], &offset.to_be_bytes(), &length.to_be_bytes()].concat(),
        );
        offset += length;
        infos.extend(full_box(*b"infe", 2, &[&id[..], &[0, 0], &item.kind, &[0]].concat()));
        for (kind, to) in &item.references {
            let n_to = u16::try_from(to.len()).expect("few references").to_be_bytes();
            let to: Vec<u8> = to.iter().flat_map(|id| id.to_be_bytes()).collect();
            references.extend(heif_box(*kind, &[&id[..], &n_to, &to].concat()));
        }
        uses.extend([&id[..], &[item.properties.len() as u8]].concat());
        for property in &item.properties {
            n_properties += 1;
            uses.push(n_properties);
            properties.extend(property);
        }
    }
    let properties = [heif_box(*b"ipco", &properties), full_box(*b"ipma", 0, &uses)].concat();
    let boxes = [
        full_box(*b"hdlr", 0, &handler[4..]),
        full_box(*b"pitm", 0, &[0, 1]),
        full_box(*b"iloc", 0, &places),
        full_box(*b"iinf", 0, &infos),
        full_box(*b"iref", 0, &references),
        heif_box(*b"iprp", &properties),
    ];
    full_box(*b"meta", 0, &boxes.concat())
}

/// A box of HEIF.
///
/// # Panics
///
/// Panics above 4 GiB.
#[must_use]
pub fn heif_box(kind: [u8; 4], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len() + 8).expect("below 4 GiB");
    [&length.to_be_bytes()[..], &kind, content].concat()
}

fn full_box(kind: [u8; 4], version: u8, content: &[u8]) -> Vec<u8> {
    heif_box(kind, &[&[version, 0, 0, 0], content].concat())
}

/// The property of a picture's size.
#[must_use]
pub fn heif_size(width: u32, height: u32) -> Vec<u8> {
    full_box(*b"ispe", 0, &[width.to_be_bytes(), height.to_be_bytes()].concat())
}

/// The property that makes a picture the alpha of another.
#[must_use]
pub fn heif_alpha_property() -> Vec<u8> {
    full_box(*b"auxC", 0, b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0")
}

/// The property of colors by code points.
#[must_use]
pub fn heif_nclx(primaries: u8, transfer: u8, matrix: u8, is_full_range: bool) -> Vec<u8> {
    let range = u8::from(is_full_range) << 7;
    heif_box(*b"colr", &[&b"nclx"[..], &[0, primaries, 0, transfer, 0, matrix, range]].concat())
}
