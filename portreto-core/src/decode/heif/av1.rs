//! One picture of AV1, by `rav1d`: the only place that calls it.
//!
//! `rav1d` is dav1d in Rust, and its only face is dav1d's, which is made for C: pointers in, pointers out. This room gives
//! it a safe one. AV1 says exactly what comes out, so every build of every decoder gives the same samples.

#![expect(unsafe_code, reason = "the decoder's interface is that of a C library")]

use std::{mem::MaybeUninit, ptr::NonNull};

use rav1d::{
    include::dav1d::{
        data::Dav1dData,
        dav1d::{DAV1D_DECODEFRAMETYPE_KEY, Dav1dContext, Dav1dLogger, Dav1dSettings},
        headers::{
            DAV1D_PIXEL_LAYOUT_I400, DAV1D_PIXEL_LAYOUT_I420, DAV1D_PIXEL_LAYOUT_I422,
            DAV1D_PIXEL_LAYOUT_I444,
        },
        picture::Dav1dPicture,
    },
    src::lib::{
        dav1d_close, dav1d_data_create, dav1d_data_unref, dav1d_default_settings,
        dav1d_get_picture, dav1d_open, dav1d_picture_unref, dav1d_send_data,
    },
};

use super::planes::{Planes, Shape};
use crate::probe::Nclx;

/// Decoded planes, in the memory of the decoder.
pub(super) struct Frame {
    picture: Dav1dPicture,
    shape: Shape,
}

/// The decoder says no more than that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refused;

impl Frame {
    /// The picture of `code`, which is one frame, if it has no more than `most_pixels`.
    pub(super) fn decode(code: &[u8], most_pixels: u32) -> Result<Self, Refused> {
        if code.is_empty() {
            return Err(Refused);
        }
        let mut decoder = Decoder::open(most_pixels)?;
        decoder.send(code)?;
        Self::of(decoder.picture()?)
    }

    fn of(held: Held) -> Result<Self, Refused> {
        let picture = &held.0;
        let side = |side: i32| u32::try_from(side).ok().filter(|side| *side > 0).ok_or(Refused);
        let (width, height) = (side(picture.p.w)?, side(picture.p.h)?);
        let (is_gray, halves_width, halves_height) = match picture.p.layout {
            DAV1D_PIXEL_LAYOUT_I400 => (true, false, false),
            DAV1D_PIXEL_LAYOUT_I420 => (false, true, true),
            DAV1D_PIXEL_LAYOUT_I422 => (false, true, false),
            DAV1D_PIXEL_LAYOUT_I444 => (false, false, false),
            _ => return Err(Refused),
        };
        let bits = match picture.p.bpc {
            bits @ (8 | 10 | 12) => bits as u8,
            _ => return Err(Refused),
        };
        // SAFETY: the picture holds a reference to its sequence header, or none.
        let header = unsafe { picture.seq_hdr.ok_or(Refused)?.as_ref() };
        let nclx = Nclx {
            primaries: header.pri as u16,
            transfer: header.trc as u16,
            matrix: header.mtrx as u16,
            is_full_range: header.color_range != 0,
        };
        let n_planes = if is_gray { 1 } else { 3 };
        let sample_bytes = if bits > 8 { 2 } else { 1 };
        for plane in 0..n_planes {
            let row = if plane > 0 && halves_width { width.div_ceil(2) } else { width };
            let stride = usize::try_from(picture.stride[plane.min(1)]).map_err(|_| Refused)?;
            let is_sound = picture.data[plane].is_some()
                && stride % sample_bytes == 0
                && stride >= row as usize * sample_bytes;
            if !is_sound {
                return Err(Refused);
            }
        }
        let picture = held.take();
        let shape = Shape { width, height, bits, is_gray, halves_width, halves_height, nclx };
        Ok(Self { picture, shape })
    }
}

impl Planes for Frame {
    fn shape(&self) -> Shape {
        self.shape
    }

    fn copy_row(&self, plane: usize, y: u32, row: &mut [u16]) {
        assert!(plane == 0 || (plane < 3 && !self.shape.is_gray), "a plane of the picture");
        let halved = |side: u32, is_halved: bool| {
            if plane > 0 && is_halved { side.div_ceil(2) } else { side }
        };
        let width = halved(self.shape.width, self.shape.halves_width) as usize;
        assert!(y < halved(self.shape.height, self.shape.halves_height), "a row of the plane");
        let row = &mut row[..width];
        let Some(data) = self.picture.data[plane] else { return };
        let offset_bytes = y as usize * self.picture.stride[plane.min(1)] as usize;
        // SAFETY: the picture, which `self` holds, has planes of `height` rows, `stride` bytes apart, halved as its layout
        // says, and each row has at least `width` samples: `of` compared the stride with it, and `y` was checked. Samples of
        // 8 bits have a byte, all others two, of the machine's order.
        let bytes = unsafe {
            let start = data.as_ptr().cast::<u8>().add(offset_bytes);
            std::slice::from_raw_parts(start, width * if self.shape.bits == 8 { 1 } else { 2 })
        };
        if self.shape.bits == 8 {
            for (to, from) in row.iter_mut().zip(bytes) {
                *to = u16::from(*from);
            }
        } else {
            for (to, from) in row.iter_mut().zip(bytes.as_chunks::<2>().0) {
                *to = u16::from_ne_bytes(*from);
            }
        }
    }
}

impl Drop for Frame {
    fn drop(&mut self) {
        // SAFETY: the picture came from the decoder and is given back once.
        unsafe { dav1d_picture_unref(Some(NonNull::from(&mut self.picture))) };
    }
}

/// A picture that is given back unless it is taken.
struct Held(Dav1dPicture);

impl Held {
    fn take(mut self) -> Dav1dPicture {
        std::mem::take(&mut self.0)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // SAFETY: the picture came from the decoder and is given back once; an empty one has nothing to give back.
        unsafe { dav1d_picture_unref(Some(NonNull::from(&mut self.0))) };
    }
}

/// An open decoder.
struct Decoder(Option<Dav1dContext>);

impl Decoder {
    fn open(most_pixels: u32) -> Result<Self, Refused> {
        let mut settings = MaybeUninit::<Dav1dSettings>::uninit();
        // SAFETY: the function writes all settings to where it is told to.
        let mut settings = unsafe {
            dav1d_default_settings(NonNull::from(&mut settings).cast());
            settings.assume_init()
        };
        // Pictures are what is worked on at once, not their parts; and no thread, no order of theirs.
        settings.n_threads = 1;
        settings.max_frame_delay = 1;
        settings.all_layers = 0;
        settings.decode_frame_type = DAV1D_DECODEFRAMETYPE_KEY;
        settings.frame_size_limit = most_pixels.max(1);
        // SAFETY: without a function there is nothing to be called.
        settings.logger = unsafe { Dav1dLogger::new(None, None) };
        let mut context = None;
        // SAFETY: both are valid for the time of the call.
        let result = unsafe {
            dav1d_open(Some(NonNull::from(&mut context)), Some(NonNull::from(&mut settings)))
        };
        if result.0 == 0 && context.is_some() { Ok(Self(context)) } else { Err(Refused) }
    }

    /// Hands over a temporal unit, and decodes its first picture.
    fn send(&mut self, code: &[u8]) -> Result<(), Refused> {
        let mut data = Dav1dData::default();
        // SAFETY: `data` is valid for the call; what it returns is null or has room for all of `code`, which is elsewhere.
        unsafe {
            let room = dav1d_data_create(Some(NonNull::from(&mut data)), code.len());
            let room = NonNull::new(room).ok_or(Refused)?;
            room.as_ptr().copy_from_nonoverlapping(code.as_ptr(), code.len());
        }
        // SAFETY: the context is open; `data` came from the decoder, which takes it or leaves it. What is left is given back
        // once, and nothing is left of what was taken.
        let result = unsafe {
            let result = dav1d_send_data(self.0, Some(NonNull::from(&mut data)));
            dav1d_data_unref(Some(NonNull::from(&mut data)));
            result
        };
        if result.0 == 0 { Ok(()) } else { Err(Refused) }
    }

    fn picture(&mut self) -> Result<Held, Refused> {
        let mut held = Held(Dav1dPicture::default());
        // SAFETY: the context is open, and the picture is valid for the call.
        let result = unsafe { dav1d_get_picture(self.0, Some(NonNull::from(&mut held.0))) };
        if result.0 == 0 && held.0.data[0].is_some() { Ok(held) } else { Err(Refused) }
    }
}

impl Drop for Decoder {
    fn drop(&mut self) {
        // SAFETY: the context came from `dav1d_open` and is closed once. Pictures hold what they need of it.
        unsafe { dav1d_close(Some(NonNull::from(&mut self.0))) };
    }
}
