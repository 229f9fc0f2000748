//! Every palette that has a name, with the source of its colors.

use crate::transform::Color;

/// Names and colors, in the order in which they are listed to people.
pub(super) const NAMED: &[(&str, &[Color])] = &[
    ("black-white", &BLACK_WHITE),
    ("gray-2", &grays::<2>()),
    ("gray-4", &grays::<4>()),
    ("gray-16", &grays::<16>()),
    ("cga", &CGA_1_HIGH),
    ("cga-0-low", &CGA_0_LOW),
    ("cga-0-high", &CGA_0_HIGH),
    ("cga-1-low", &CGA_1_LOW),
    ("cga-1-high", &CGA_1_HIGH),
    ("cga-2-low", &CGA_2_LOW),
    ("cga-2-high", &CGA_2_HIGH),
    ("ega", &EGA),
    ("ega-64", &ega_64()),
    ("gameboy", &GAMEBOY),
    ("pico-8", &PICO_8),
    ("c64", &C64),
    ("zx-spectrum", &ZX_SPECTRUM),
    ("msx", &MSX),
    ("apple-ii", &APPLE_II),
    ("amstrad-cpc", &amstrad_cpc()),
    ("teletext", &TELETEXT),
    ("windows-16", &WINDOWS_16),
    ("mac-16", &MAC_16),
    ("web-safe", &web_safe()),
    ("xterm-256", &xterm_256()),
    ("solarized", &SOLARIZED),
    ("nord", &NORD),
    ("gruvbox", &GRUVBOX),
    ("dracula", &DRACULA),
    ("eink-2", &BLACK_WHITE),
    ("eink-3-red", &EINK_3_RED),
    ("eink-3-yellow", &EINK_3_YELLOW),
    ("eink-4", &EINK_4),
    ("eink-6", &EINK_6),
    ("eink-6-measured", &EINK_6_MEASURED),
    ("eink-7", &EINK_7),
    ("eink-7-measured", &EINK_7_MEASURED),
];

const BLACK_WHITE: [Color; 2] = hex([0x00_0000, 0xFF_FFFF]);

// IBM, "Color/Graphics Monitor Adapter", Personal Computer Hardware Reference Library (1984): palettes 0 and 1 of the
// 320 × 200 mode and the third one of mode 5, at low and at high intensity, on black.
const CGA_0_LOW: [Color; 4] = hex([0x00_0000, 0x00_AA00, 0xAA_0000, 0xAA_5500]);
const CGA_0_HIGH: [Color; 4] = hex([0x00_0000, 0x55_FF55, 0xFF_5555, 0xFF_FF55]);
const CGA_1_LOW: [Color; 4] = hex([0x00_0000, 0x00_AAAA, 0xAA_00AA, 0xAA_AAAA]);
const CGA_1_HIGH: [Color; 4] = hex([0x00_0000, 0x55_FFFF, 0xFF_55FF, 0xFF_FFFF]);
const CGA_2_LOW: [Color; 4] = hex([0x00_0000, 0x00_AAAA, 0xAA_0000, 0xAA_AAAA]);
const CGA_2_HIGH: [Color; 4] = hex([0x00_0000, 0x55_FFFF, 0xFF_5555, 0xFF_FFFF]);

// IBM, "Enhanced Graphics Adapter" technical reference (1984): the 16 default colors, which are also VGA's.
const EGA: [Color; 16] = hex([
    0x00_0000, 0x00_00AA, 0x00_AA00, 0x00_AAAA, 0xAA_0000, 0xAA_00AA, 0xAA_5500, 0xAA_AAAA,
    0x55_5555, 0x55_55FF, 0x55_FF55, 0x55_FFFF, 0xFF_5555, 0xFF_55FF, 0xFF_FF55, 0xFF_FFFF,
]);

// The four greens by which the DMG-01's screen is usually drawn (en.wikipedia.org/wiki/Game_Boy).
const GAMEBOY: [Color; 4] = hex([0x0F_380F, 0x30_6230, 0x8B_AC0F, 0x9B_BC0F]);

// Lexaloffle, PICO-8 manual, "Palette".
const PICO_8: [Color; 16] = hex([
    0x00_0000, 0x1D_2B53, 0x7E_2553, 0x00_8751, 0xAB_5236, 0x5F_574F, 0xC2_C3C7, 0xFF_F1E8,
    0xFF_004D, 0xFF_A300, 0xFF_EC27, 0x00_E436, 0x29_ADFF, 0x83_769C, 0xFF_77A8, 0xFF_CCAA,
]);

// Philip "Pepto" Timmermann, "All you ever wanted to know about the colors of the Commodore 64" (2001).
const C64: [Color; 16] = hex([
    0x00_0000, 0xFF_FFFF, 0x68_372B, 0x70_A4B2, 0x6F_3D86, 0x58_8D43, 0x35_2879, 0xB8_C76F,
    0x6F_4F25, 0x43_3900, 0x9A_6759, 0x44_4444, 0x6C_6C6C, 0x9A_D284, 0x6C_5EB5, 0x95_9595,
]);

// en.wikipedia.org/wiki/ZX_Spectrum_graphic_modes: blue, red and green bits at the two levels of brightness,
// 0xD7 and 0xFF; bright black is black.
const ZX_SPECTRUM: [Color; 15] = hex([
    0x00_0000, 0x00_00D7, 0xD7_0000, 0xD7_00D7, 0x00_D700, 0x00_D7D7, 0xD7_D700, 0xD7_D7D7,
    0x00_00FF, 0xFF_0000, 0xFF_00FF, 0x00_FF00, 0x00_FFFF, 0xFF_FF00, 0xFF_FFFF,
]);

// Texas Instruments, "TMS9918A/TMS9928A/TMS9929A Video Display Processors" data manual (1982), page 2-17, as
// converted to RGB by Raphaël Nabet for MESS; openMSX used the same. Without the transparent color 0.
const MSX: [Color; 15] = hex([
    0x00_0000, 0x21_C842, 0x5E_DC78, 0x54_55ED, 0x7D_76FC, 0xD4_524D, 0x42_EBF5, 0xFC_5554,
    0xFF_7978, 0xD4_C154, 0xE6_CE80, 0x21_B03B, 0xC9_5BBA, 0xCC_CCCC, 0xFF_FFFF,
]);

// en.wikipedia.org/wiki/Apple_II_graphics, low resolution, in the order of the codes; 5 and 10 are the same gray.
const APPLE_II: [Color; 16] = hex([
    0x00_0000, 0xE3_1E60, 0x60_4EBD, 0xFF_44FD, 0x00_A360, 0x9C_9C9C, 0x14_CFFD, 0xD0_C3FF,
    0x60_7203, 0xFF_6A3C, 0x9C_9C9C, 0xFF_A0D0, 0x14_F53C, 0xD0_DD8D, 0x72_FFD0, 0xFF_FFFF,
]);

// ETSI EN 300 706, "Enhanced Teletext specification", 12.4 "Colour Map": entries 0 to 7.
const TELETEXT: [Color; 8] =
    hex([0x00_0000, 0xFF_0000, 0x00_FF00, 0xFF_FF00, 0x00_00FF, 0xFF_00FF, 0x00_FFFF, 0xFF_FFFF]);

// The 16 colors of Windows' system palette: Microsoft Systems Journal (January 1997), MFC column, figure 13, without the
// four that a 256-color mode adds.
const WINDOWS_16: [Color; 16] = hex([
    0x00_0000, 0x80_0000, 0x00_8000, 0x80_8000, 0x00_0080, 0x80_0080, 0x00_8080, 0xC0_C0C0,
    0x80_8080, 0xFF_0000, 0x00_FF00, 0xFF_FF00, 0x00_00FF, 0xFF_00FF, 0x00_FFFF, 0xFF_FFFF,
]);

// Apple's 4-bit system color table (resource 'clut' 4), the upper bytes of its 16-bit values.
const MAC_16: [Color; 16] = hex([
    0xFF_FFFF, 0xFC_F305, 0xFF_6402, 0xDD_0806, 0xF2_0884, 0x46_00A5, 0x00_00D4, 0x02_ABEA,
    0x1F_B714, 0x00_6411, 0x56_2C05, 0x90_713A, 0xC0_C0C0, 0x80_8080, 0x40_4040, 0x00_0000,
]);

// Ethan Schoonover, "Solarized" (2011), ethanschoonover.com/solarized: base03 … base3, then the accents.
const SOLARIZED: [Color; 16] = hex([
    0x00_2B36, 0x07_3642, 0x58_6E75, 0x65_7B83, 0x83_9496, 0x93_A1A1, 0xEE_E8D5, 0xFD_F6E3,
    0xB5_8900, 0xCB_4B16, 0xDC_322F, 0xD3_3682, 0x6C_71C4, 0x26_8BD2, 0x2A_A198, 0x85_9900,
]);

// Arctic Ice Studio and Sven Greb, "Nord" (2016), nordtheme.com/docs/colors-and-palettes: nord0 … nord15.
const NORD: [Color; 16] = hex([
    0x2E_3440, 0x3B_4252, 0x43_4C5E, 0x4C_566A, 0xD8_DEE9, 0xE5_E9F0, 0xEC_EFF4, 0x8F_BCBB,
    0x88_C0D0, 0x81_A1C1, 0x5E_81AC, 0xBF_616A, 0xD0_8770, 0xEB_CB8B, 0xA3_BE8C, 0xB4_8EAD,
]);

// Pavel Pertsev, "gruvbox", github.com/morhetz/gruvbox: the 16 colors of the dark palette for terminals.
const GRUVBOX: [Color; 16] = hex([
    0x28_2828, 0xCC_241D, 0x98_971A, 0xD7_9921, 0x45_8588, 0xB1_6286, 0x68_9D6A, 0xA8_9984,
    0x92_8374, 0xFB_4934, 0xB8_BB26, 0xFA_BD2F, 0x83_A598, 0xD3_869B, 0x8E_C07C, 0xEB_DBB2,
]);

// Zeno Rocha, "Dracula" (2013), draculatheme.com/spec: background, selection, foreground, comment, then the accents.
const DRACULA: [Color; 11] = hex([
    0x28_2A36, 0x44_475A, 0xF8_F8F2, 0x62_72A4, 0xFF_5555, 0xFF_B86C, 0xF1_FA8C, 0x50_FA7B,
    0x8B_E9FD, 0xBD_93F9, 0xFF_79C6,
]);

// Panels of three inks, as Waveshare's and Good Display's "B" and "C" models: black, white, and the third.
const EINK_3_RED: [Color; 3] = hex([0x00_0000, 0xFF_FFFF, 0xFF_0000]);
const EINK_3_YELLOW: [Color; 3] = hex([0x00_0000, 0xFF_FFFF, 0xFF_FF00]);

// The four inks of Waveshare's and Good Display's "G" panels in the order of the panel's codes (Waveshare, e-Paper,
// epd2in13g.py, getbuffer): black, white, yellow, red.
const EINK_4: [Color; 4] = hex([0x00_0000, 0xFF_FFFF, 0xFF_FF00, 0xFF_0000]);

// The six inks of E Ink Spectra 6 in the order of the panel's codes (Waveshare, e-Paper, epd7in3e.py, getbuffer): black,
// white, yellow, red, nothing (black, never chosen), blue, green.
const EINK_6: [Color; 7] =
    hex([0x00_0000, 0xFF_FFFF, 0xFF_FF00, 0xFF_0000, 0x00_0000, 0x00_00FF, 0x00_FF00]);

// The same inks as they look: Pimoroni, inky, inky_e673.py, SATURATED_PALETTE.
const EINK_6_MEASURED: [Color; 7] =
    hex([0x00_0000, 0xA1_A4A5, 0xD0_BE47, 0x9C_484B, 0x00_0000, 0x3D_3B5E, 0x3A_5B46]);

// The 7 inks of ACeP e-paper in the order of the panel's codes, as its drivers name them (Pimoroni, "inky",
// inky_uc8159.py, DESATURATED_PALETTE): black, white, green, blue, red, yellow, orange.
const EINK_7: [Color; 7] =
    hex([0x00_0000, 0xFF_FFFF, 0x00_FF00, 0x00_00FF, 0xFF_0000, 0xFF_FF00, 0xFF_8C00]);

// The same inks as they look: SATURATED_PALETTE of the same file.
const EINK_7_MEASURED: [Color; 7] =
    hex([0x39_3039, 0xFF_FFFF, 0x3A_5B46, 0x3D_3B5E, 0x9C_484B, 0xD0_BE47, 0xB1_6A49]);

const fn hex<const N: usize>(colors: [u32; N]) -> [Color; N] {
    let mut palette = [Color::opaque(0, 0, 0); N];
    let mut index = 0;
    while index < N {
        let [_, red, green, blue] = colors[index].to_be_bytes();
        palette[index] = Color::opaque(red, green, blue);
        index += 1;
    }
    palette
}

/// Evenly spaced grays, black first: what 1-bit, 2-bit and 4-bit e-paper and PNG grays mean.
const fn grays<const N: usize>() -> [Color; N] {
    let mut palette = [Color::opaque(0, 0, 0); N];
    let mut index = 0;
    while index < N {
        let gray = (index * 255 / (N - 1)) as u8;
        palette[index] = Color::opaque(gray, gray, gray);
        index += 1;
    }
    palette
}

/// All that EGA can show, by its 6-bit codes rgbRGB (IBM 1984, as above): a small letter adds a third of the range, a
/// capital one two thirds.
const fn ega_64() -> [Color; 64] {
    const fn channel(code: usize, bit: u32) -> u8 {
        ((code >> bit & 1) * 0xAA + (code >> (bit + 3) & 1) * 0x55) as u8
    }
    let mut palette = [Color::opaque(0, 0, 0); 64];
    let mut code = 0;
    while code < 64 {
        palette[code] = Color::opaque(channel(code, 2), channel(code, 1), channel(code, 0));
        code += 1;
    }
    palette
}

/// The 27 colors of the Amstrad CPC by the firmware's ink numbers, 9 · green + 3 · red + blue, each channel off, half or
/// full (`cpcwiki.eu/index.php/CPC_Palette`).
const fn amstrad_cpc() -> [Color; 27] {
    const LEVELS: [u8; 3] = [0, 128, 255];
    let mut palette = [Color::opaque(0, 0, 0); 27];
    let mut ink = 0;
    while ink < 27 {
        palette[ink] = Color::opaque(LEVELS[ink / 3 % 3], LEVELS[ink / 9], LEVELS[ink % 3]);
        ink += 1;
    }
    palette
}

/// The 216 colors with each channel a multiple of 0x33, red slowest: Netscape's color cube (1995).
const fn web_safe() -> [Color; 216] {
    let mut palette = [Color::opaque(0, 0, 0); 216];
    let mut index = 0;
    while index < 216 {
        let (red, green, blue) = (index / 36, index / 6 % 6, index % 6);
        palette[index] = Color::opaque(red as u8 * 51, green as u8 * 51, blue as u8 * 51);
        index += 1;
    }
    palette
}

/// What xterm shows unless told otherwise: 16 colors (XTerm-col.ad), a cube of 6 levels (256colres.pl), 24 grays.
const fn xterm_256() -> [Color; 256] {
    const SYSTEM: [Color; 16] = hex([
        0x00_0000, 0xCD_0000, 0x00_CD00, 0xCD_CD00, 0x00_00EE, 0xCD_00CD, 0x00_CDCD, 0xE5_E5E5,
        0x7F_7F7F, 0xFF_0000, 0x00_FF00, 0xFF_FF00, 0x5C_5CFF, 0xFF_00FF, 0x00_FFFF, 0xFF_FFFF,
    ]);
    const LEVELS: [u8; 6] = [0x00, 0x5F, 0x87, 0xAF, 0xD7, 0xFF];
    let mut palette = [Color::opaque(0, 0, 0); 256];
    let mut index = 0;
    while index < 256 {
        palette[index] = if index < 16 {
            SYSTEM[index]
        } else if index < 232 {
            let cube = index - 16;
            Color::opaque(LEVELS[cube / 36], LEVELS[cube / 6 % 6], LEVELS[cube % 6])
        } else {
            let gray = (8 + 10 * (index - 232)) as u8;
            Color::opaque(gray, gray, gray)
        };
        index += 1;
    }
    palette
}
