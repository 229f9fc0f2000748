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
        let (x, y) = slack;
        let left = match self {
            Self::Northwest | Self::West | Self::Southwest => 0,
            Self::North | Self::Center | Self::South => x / 2,
            Self::Northeast | Self::East | Self::Southeast => x,
        };
        let top = match self {
            Self::Northwest | Self::North | Self::Northeast => 0,
            Self::West | Self::Center | Self::East => y / 2,
            Self::Southwest | Self::South | Self::Southeast => y,
        };
        (left, top)
    }
}
