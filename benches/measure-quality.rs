//! The numbers of `benches/dithering-quality`.
//!
//! `measure-quality draw DIR [PHOTO…]` writes the pictures that the rivals are to dither into DIR: photos of 512 × 512
//! gray pixels, or a drawn one, and flat grays. `measure-quality table DIR` reads what they made of them - each rival
//! has a directory in DIR, named after it, with pictures of the same names - and prints all of it beside ours.

use std::{
    collections::BTreeMap,
    env, fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use image::{GrayImage, imageops};
use portreto_benches::{
    dither_options, pillow_floyd_steinberg,
    quality::{GRAYS, Plane, Spectrum, blurred, flat, interior, psnr, ssim, tone_error, wsnr},
};
use portreto_core::{
    Limits, Transform,
    dither::fast,
    render,
    transform::{Algorithm, Dither},
};

/// Standard deviations of the blurs, pixels.
const BLURS: [f64; 3] = [1.5, 2.0, 3.0];
/// Where the pictures to dither are.
const SOURCES: &str = "source";
/// Ours, beside every algorithm with its defaults.
const VARIANTS: &[&str] = &["dither:floyd-steinberg:serpentine"];

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments.as_slice() {
        ["draw", directory, photos @ ..] => draw(Path::new(directory), photos),
        ["table", directory] => table(Path::new(directory)),
        _ => Err("usage: measure-quality draw DIR [PHOTO…] | measure-quality table DIR".into()),
    };
    if let Err(error) = done {
        let _ = writeln!(io::stderr(), "measure-quality: {error}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn draw(directory: &Path, photos: &[&str]) -> Result<()> {
    let sources = directory.join(SOURCES);
    fs::create_dir_all(&sources)?;
    for gray in GRAYS {
        flat(*gray).save(sources.join(format!("flat-{gray:03}.png")))?;
    }
    let small: Transform = "resize:512x512:cover,grayscale,png".parse()?;
    let render = |bytes: &[u8]| render(bytes, &small, &Limits::default());
    if photos.is_empty() {
        let mut bytes = io::Cursor::new(Vec::new());
        portreto_samples::chart(1024, 1024).write_to(&mut bytes, image::ImageFormat::Png)?;
        fs::write(sources.join("photo-0.png"), render(bytes.get_ref())?.bytes)?;
    }
    for (index, photo) in photos.iter().enumerate() {
        let rendered = render(&fs::read(photo)?)?;
        fs::write(sources.join(format!("photo-{index}.png")), rendered.bytes)?;
    }
    Ok(())
}

/// What is measured of one way to dither.
#[derive(Default)]
struct Measures {
    /// For each of [`BLURS`], the means over the photos.
    psnr: [f64; BLURS.len()],
    ssim: [f64; BLURS.len()],
    wsnr: f64,
    /// The largest of all grays, of 255, and the mean of all.
    worst_tone: f64,
    mean_tone: f64,
    /// The means over the grays.
    low_energy: f64,
    anisotropy: f64,
}

impl Measures {
    fn decibels_of_anisotropy(&self) -> f64 {
        10.0 * self.anisotropy.max(1e-9).log10()
    }

    /// In which `self` is worse than `other`, beyond the last digit that is printed.
    fn worse_than(&self, other: &Self) -> Vec<String> {
        let mut measures = Vec::new();
        for (at, sigma) in BLURS.iter().enumerate() {
            measures.push((format!("PSNR σ {sigma}"), other.psnr[at] - self.psnr[at], 0.01));
            measures.push((format!("SSIM σ {sigma}"), other.ssim[at] - self.ssim[at], 0.001));
        }
        let anisotropy = self.decibels_of_anisotropy() - other.decibels_of_anisotropy();
        measures.push(("WSNR".to_owned(), other.wsnr - self.wsnr, 0.1));
        measures.push(("worst tone".to_owned(), self.worst_tone - other.worst_tone, 0.01));
        measures.push(("mean tone".to_owned(), self.mean_tone - other.mean_tone, 0.01));
        measures.push(("low energy".to_owned(), self.low_energy - other.low_energy, 0.001));
        measures.push(("anisotropy".to_owned(), anisotropy, 0.1));
        let worse = measures.into_iter().filter(|(_, by, digit)| by > digit);
        worse.map(|(name, by, _)| format!("{name} by {by:.3}")).collect()
    }
}

/// A picture to dither, with what is needed of it more than once.
struct Source {
    name: String,
    image: GrayImage,
    plane: Plane,
    blurred: Vec<Plane>,
}

impl Source {
    fn read(path: &Path) -> Result<Self> {
        let image = image::open(path)?.into_luma8();
        let plane = Plane::from(&image);
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let blurred = if name.starts_with("photo") {
            BLURS.iter().map(|&sigma| blurred(&plane, sigma)).collect()
        } else {
            Vec::new()
        };
        Ok(Self { name, image, plane, blurred })
    }
}

fn table(directory: &Path) -> Result<()> {
    let sources: Vec<Source> = files(&directory.join(SOURCES))?
        .iter()
        .map(|path| Source::read(path))
        .collect::<Result<_>>()?;
    let n_photos = sources.iter().filter(|source| !source.blurred.is_empty()).count();
    let mut out = io::stdout().lock();
    writeln!(out, "{n_photos} photos, {} grays", GRAYS.len())?;
    writeln!(out)?;
    writeln!(
        out,
        "| | PSNR σ 1.5 | σ 2 | σ 3 | SSIM σ 1.5 | σ 2 | σ 3 | WSNR dB | worst tone | mean tone | low energy | anisotropy dB |"
    )?;
    writeln!(out, "|---|---|---|---|---|---|---|---|---|---|---|---|")?;
    let mut of_ours = BTreeMap::new();
    let mut of_rivals = Vec::new();
    let algorithms = Algorithm::ALL.iter().map(|algorithm| format!("dither:{algorithm}"));
    for text in algorithms.chain(VARIANTS.iter().map(|text| (*text).to_owned())) {
        // Those that mean nothing without more are skipped.
        if text.parse::<Transform>().is_err() {
            continue;
        }
        let options = dither_options(&text);
        let name = text.trim_start_matches("dither:").to_owned();
        let measures = measured(&sources, |source| ours(source, &options))?;
        write_row(&mut out, &name, &measures)?;
        of_ours.insert(name, measures);
    }
    let of_image = |source: &Source| {
        let mut image = source.image.clone();
        imageops::dither(&mut image, &imageops::BiLevel);
        Ok(Plane::from(&image))
    };
    of_rivals.push(("`image`, Floyd–Steinberg".to_owned(), measured(&sources, of_image)?));
    for rival in files(directory)? {
        let name = rival.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if rival.is_dir() && name != SOURCES {
            let theirs = |source: &Source| {
                Ok(Plane::from(&image::open(rival.join(&source.name))?.into_luma8()))
            };
            of_rivals.push((name, measured(&sources, theirs)?));
        }
    }
    for (name, theirs) in &of_rivals {
        write_row(&mut out, &format!("*{name}*"), theirs)?;
    }
    writeln!(out, "\n| beside | ours is worse in |")?;
    writeln!(out, "|---|---|")?;
    for (name, theirs) in &of_rivals {
        let same = match name.as_str() {
            ordered if ordered.contains("o8x8") => "bayer-8",
            magick if magick.starts_with("ImageMagick") => "floyd-steinberg:serpentine",
            _ => "floyd-steinberg",
        };
        let worse = of_ours.get(same).map(|ours| ours.worse_than(theirs)).unwrap_or_default();
        let worse = if worse.is_empty() { "nothing".to_owned() } else { worse.join(", ") };
        writeln!(out, "| {name} | {same}: {worse} |")?;
    }
    let light = |dithered: &dyn Fn(&Source) -> Result<Plane>| -> Result<f64> {
        let photos = sources.iter().filter(|source| !source.blurred.is_empty());
        let light = photos.map(|source| Ok(mean_light(&dithered(source)?)));
        Ok(light.collect::<Result<Vec<_>>>()?.iter().sum::<f64>() / n_photos as f64)
    };
    writeln!(
        out,
        "\nMean light of the photos, of 1: {:.4}; dithered by floyd-steinberg: {:.4}; with linear: {:.4}.",
        light(&|source| Ok(source.plane.clone()))?,
        light(&|source| ours(source, &dither_options("dither:floyd-steinberg")))?,
        light(&|source| ours(source, &dither_options("dither:floyd-steinberg:linear")))?,
    )?;
    // Tests compare with Pillow in our own words.
    let rivals = files(directory)?;
    let is_pillow = |path: &&PathBuf| path.to_string_lossy().contains("Pillow");
    if let Some(pillow) = rivals.iter().find(is_pillow) {
        let mut n_same = 0;
        for source in &sources {
            let theirs = image::open(pillow.join(&source.name))?.into_luma8();
            n_same += usize::from(theirs == pillow_floyd_steinberg(&source.image));
        }
        writeln!(
            out,
            "\nOur rendition of Pillow's rule is the same in {n_same} of {} pictures.",
            sources.len()
        )?;
    }
    Ok(())
}

/// The light that `plane` gives off, of 1: IEC 61966-2-1.
fn mean_light(plane: &Plane) -> f64 {
    let light = |value: &f64| match value / 255.0 {
        low if low <= 0.04045 => low / 12.92,
        high => ((high + 0.055) / 1.055).powf(2.4),
    };
    plane.values().iter().map(light).sum::<f64>() / plane.values().len() as f64
}

fn write_row(out: &mut impl Write, name: &str, of: &Measures) -> io::Result<()> {
    write!(out, "| {name} |")?;
    for psnr in of.psnr {
        write!(out, " {psnr:.2} |")?;
    }
    for ssim in of.ssim {
        write!(out, " {ssim:.3} |")?;
    }
    let anisotropy = of.decibels_of_anisotropy();
    writeln!(
        out,
        " {:.1} | {:.2} | {:.2} | {:.3} | {anisotropy:+.1} |",
        of.wsnr, of.worst_tone, of.mean_tone, of.low_energy
    )?;
    out.flush()
}

fn measured(sources: &[Source], dithered: impl Fn(&Source) -> Result<Plane>) -> Result<Measures> {
    let mut sum = Measures::default();
    let (mut n_photos, mut n_grays) = (0.0, 0.0);
    for source in sources {
        let result = dithered(source)?;
        if source.blurred.is_empty() {
            n_grays += 1.0;
            let (gray, result) = (source.image.as_raw()[0], interior(&result));
            let tone = tone_error(&result, gray).abs();
            sum.worst_tone = sum.worst_tone.max(tone);
            sum.mean_tone += tone;
            let spectrum = Spectrum::new(&result);
            sum.low_energy += spectrum.low_energy(gray);
            sum.anisotropy += spectrum.anisotropy();
        } else {
            n_photos += 1.0;
            for (at, (source, sigma)) in source.blurred.iter().zip(BLURS).enumerate() {
                let result = blurred(&result, sigma);
                sum.psnr[at] += psnr(source, &result);
                sum.ssim[at] += ssim(source, &result);
            }
            sum.wsnr += wsnr(&source.plane, &result);
        }
    }
    Ok(Measures {
        psnr: sum.psnr.map(|sum| sum / n_photos),
        ssim: sum.ssim.map(|sum| sum / n_photos),
        wsnr: sum.wsnr / n_photos,
        worst_tone: sum.worst_tone,
        mean_tone: sum.mean_tone / n_grays,
        low_energy: sum.low_energy / n_grays,
        anisotropy: sum.anisotropy / n_grays,
    })
}

fn ours(source: &Source, options: &Dither) -> Result<Plane> {
    let (samples, width) = (source.image.as_raw(), source.image.width());
    let codes = fast(samples, width, 1, options).ok_or("no codes")?;
    Ok(Plane::new(width as usize, codes.iter().map(|&code| f64::from(code) * 255.0).collect()))
}

/// What is in `directory`, by name.
fn files(directory: &Path) -> Result<Vec<PathBuf>> {
    let mut files: Vec<_> =
        fs::read_dir(directory)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    files.sort();
    Ok(files)
}
