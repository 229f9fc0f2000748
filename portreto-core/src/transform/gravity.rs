//! Which part of a picture is kept, or where it is put.

use super::word::words;

words! {
    /// The side or corner toward which a picture is pulled: kept when cropping, stood at when padding.
    #[derive(Default)]
    pub enum Gravity: "gravity" {
        /// The middle.
        #[default]
        Center = "center" | "centre",
        /// Top middle.
        North = "north",
        /// Top right.
        Northeast = "northeast",
        /// Right middle.
        East = "east",
        /// Bottom right.
        Southeast = "southeast",
        /// Bottom middle.
        South = "south",
        /// Bottom left.
        Southwest = "southwest",
        /// Left middle.
        West = "west",
        /// Top left.
        Northwest = "northwest",
    }
}

impl Gravity {
    /// Left and top of a box whose free play is `slack` pixels each way (an odd pixel stays right and below).
    pub(crate) fn place(self, slack: (u32, u32)) -> (u32, u32) {
        let (halves_x, halves_y) = self.halves();
        let part = |slack: u32, halves: u8| (u64::from(slack) * u64::from(halves) / 2) as u32;
        (part(slack.0, halves_x), part(slack.1, halves_y))
    }

    /// How much of the free play is left of and above the box: 0, 0.5 or 1.
    pub(crate) fn fractions(self) -> (f64, f64) {
        let (halves_x, halves_y) = self.halves();
        (f64::from(halves_x) / 2.0, f64::from(halves_y) / 2.0)
    }

    const fn halves(self) -> (u8, u8) {
        match self {
            Self::Northwest => (0, 0),
            Self::North => (1, 0),
            Self::Northeast => (2, 0),
            Self::West => (0, 1),
            Self::Center => (1, 1),
            Self::East => (2, 1),
            Self::Southwest => (0, 2),
            Self::South => (1, 2),
            Self::Southeast => (2, 2),
        }
    }
}
