//! Sizes and durations as people write them: `16MiB`, `15s`, or plain integers in bytes and seconds.

use std::time::Duration;

const SIZES: [(&str, u64); 4] = [("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)];

/// In milliseconds.
const TIMES: [(&str, u64); 5] =
    [("ms", 1), ("s", 1000), ("m", 60 * 1000), ("h", 60 * 60 * 1000), ("d", 24 * 60 * 60 * 1000)];

/// Bytes of a text such as `16MiB`; a number alone is bytes.
#[must_use]
pub fn parse_size(text: &str) -> Option<u64> {
    scaled(text, "B", &SIZES)
}

/// The time of a text such as `500ms`, `15s`, `5m`, `1h` or `365d`; a number alone is seconds.
#[must_use]
pub fn parse_duration(text: &str) -> Option<Duration> {
    scaled(text, "s", &TIMES).map(Duration::from_millis)
}

fn scaled(text: &str, default_unit: &str, units: &[(&str, u64)]) -> Option<u64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at_checked(digits)?;
    let unit = if unit.is_empty() { default_unit } else { unit.trim_start_matches(' ') };
    let (_, scale) = units.iter().find(|(name, _)| *name == unit)?;
    number.parse::<u64>().ok()?.checked_mul(*scale)
}

/// Writes a size in its largest whole unit.
#[must_use]
pub fn print_size(bytes: u64) -> String {
    print(bytes, "B", &SIZES)
}

/// Writes a duration in its largest whole unit; what is below a millisecond is left out.
#[must_use]
pub fn print_duration(duration: Duration) -> String {
    print(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX), "ms", &TIMES)
}

fn print(amount: u64, smallest: &str, units: &[(&str, u64)]) -> String {
    let whole = units.iter().rev().find(|(_, scale)| amount >= *scale && amount.is_multiple_of(*scale));
    let (unit, scale) = whole.copied().unwrap_or((smallest, 1));
    format!("{}{unit}", amount / scale)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sizes_are_read_in_powers_of_two() {
        let cases = [
            ("0", Some(0)),
            ("512", Some(512)),
            ("512B", Some(512)),
            ("1KiB", Some(1024)),
            ("16 MiB", Some(16 << 20)),
            ("2GiB", Some(2 << 30)),
            ("", None),
            ("MiB", None),
            ("1MB", None),
            ("1mib", None),
            ("-1KiB", None),
            ("1.5MiB", None),
            ("1KiB2", None),
            ("18446744073709551615GiB", None),
            ("99999999999999999999", None),
            ("１KiB", None),
        ];
        for (text, size) in cases {
            assert_eq!(parse_size(text), size, "{text:?}");
        }
    }

    #[test]
    fn durations_are_read_with_their_unit() {
        let seconds = Duration::from_secs;
        let cases = [
            ("15", Some(seconds(15))),
            ("15s", Some(seconds(15))),
            ("500ms", Some(Duration::from_millis(500))),
            ("5m", Some(seconds(300))),
            ("1h", Some(seconds(3600))),
            ("365d", Some(seconds(365 * 86_400))),
            ("1y", None),
            ("s", None),
            ("never", None),
            ("99999999999999999d", None),
        ];
        for (text, duration) in cases {
            assert_eq!(parse_duration(text), duration, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_again(amount in 0..1_u64 << 40) {
            prop_assert_eq!(parse_size(&print_size(amount)), Some(amount));
            let duration = Duration::from_millis(amount);
            prop_assert_eq!(parse_duration(&print_duration(duration)), Some(duration));
        }
    }
}
