//! Times as cameras write them.

/// `2024:05:06 07:08:09`, `25` and `+02:00` as `2024-05-06T07:08:09.25+02:00`; none when the time cannot be one.
pub(super) fn iso(time: &str, part: Option<&str>, offset: Option<&str>) -> Option<String> {
    let bytes: &[u8; 19] = time.as_bytes().first_chunk()?;
    let number = |at: usize, length: usize| {
        bytes[at..at + length].iter().try_fold(0_u32, |number, byte| {
            byte.is_ascii_digit().then(|| number * 10 + u32::from(byte - b'0'))
        })
    };
    let (year, month, day) = (number(0, 4)?, number(5, 2)?, number(8, 2)?);
    let (hour, minute, second) = (number(11, 2)?, number(14, 2)?, number(17, 2)?);
    let is_time = year > 0
        && (1..=12).contains(&month)
        && (1..=days(year, month)).contains(&day)
        && (hour, minute) <= (23, 59)
        && minute <= 59
        && second <= 59;
    if !is_time {
        return None;
    }
    let part = part.filter(|part| part.len() <= 9 && part.bytes().all(|b| b.is_ascii_digit()));
    let part = part.map(|part| format!(".{part}")).unwrap_or_default();
    let offset = offset.filter(|offset| is_offset(offset)).unwrap_or_default();
    Some(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{part}{offset}"))
}

/// The Gregorian calendar.
fn days(year: u32, month: u32) -> u32 {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn is_offset(text: &str) -> bool {
    let [sign, h1, h2, b':', m1, m2] = text.as_bytes() else { return text == "Z" };
    let hour = [h1, h2].iter().all(|digit| digit.is_ascii_digit()) && (*h1, *h2) < (b'1', b'6');
    let minute = (b'0'..b'6').contains(m1) && m2.is_ascii_digit();
    matches!(sign, b'+' | b'-') && hour && minute
}

#[cfg(test)]
mod tests {
    use super::iso;

    #[test]
    fn times_are_read_as_far_as_they_make_sense() {
        for (time, part, offset, expected) in [
            ("2024:05:06 07:08:09", None, None, "2024-05-06T07:08:09"),
            ("2024:05:06 07:08:09", Some("25"), Some("+02:00"), "2024-05-06T07:08:09.25+02:00"),
            ("2024-05-06T07:08:09", None, Some("-11:30"), "2024-05-06T07:08:09-11:30"),
            ("2024:02:29 23:59:59", Some("x"), Some("+2"), "2024-02-29T23:59:59"),
            ("2024:05:06 07:08:09", Some("0123456789"), Some("+99:00"), "2024-05-06T07:08:09"),
            ("2024:05:06 07:08:09", None, Some("Z"), "2024-05-06T07:08:09Z"),
        ] {
            assert_eq!(iso(time, part, offset).as_deref(), Some(expected));
        }
        for time in [
            "",
            "0000:00:00 00:00:00",
            "2023:02:29 00:00:00",
            "2024:13:01 00:00:00",
            "2024:05:06 24:00:00",
            "2024:05:06 07:60:09",
            "2024:05:06 07:08",
            "    :  :     :  :  ",
            "2024:05:0\u{e4} 07:08:09",
        ] {
            assert_eq!(iso(time, None, None), None, "{time:?}");
        }
    }
}
