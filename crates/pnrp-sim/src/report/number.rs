//! Numbers that people can read.

use super::Figure;

/// Significant digits of what reports contain.
pub(super) const WRITTEN: usize = 6;

/// Significant digits of what people are shown.
const SHOWN: usize = 4;

/// The closest number with so many significant digits.
pub(super) fn significant(value: f64, digits: usize) -> f64 {
    let text = format!("{value:.*e}", digits.saturating_sub(1));
    text.parse().unwrap_or(value)
}

/// A number with four significant digits, or all of them if it is whole.
pub(super) fn shown(value: f64) -> String {
    with_digits(value, SHOWN)
}

/// The value of a figure: with more digits where four would be on the other side of its bar.
pub(super) fn shown_figure(figure: &Figure) -> String {
    let keeps = |digits: &usize| {
        let rounded = significant(figure.value, *digits);
        figure.bar.map(|bar| bar.is_met_by(rounded)) == figure.is_met()
    };
    let digits = (SHOWN..=MOST_DIGITS).find(keeps);
    with_digits(figure.value, digits.unwrap_or(MOST_DIGITS))
}

/// A value with its unit.
pub(super) fn with_unit(value: &str, unit: &str) -> String {
    if unit.is_empty() {
        value.to_owned()
    } else {
        format!("{value} {unit}")
    }
}

fn with_digits(value: f64, digits: usize) -> String {
    if !value.is_finite() {
        return value.to_string();
    }
    let is_whole = value.fract() == 0.0 && value.abs() < LARGEST_WHOLE;
    let value = if is_whole {
        value
    } else {
        significant(value, digits)
    };
    if value != 0.0 && value.abs() < SMALLEST_PLAIN || value.abs() >= LARGEST_WHOLE {
        return format!("{value:e}");
    }
    separated(&value.to_string())
}

/// Puts a comma between each three digits before the point.
fn separated(number: &str) -> String {
    let (sign, number) = match number.strip_prefix('-') {
        Some(number) => ("-", number),
        None => ("", number),
    };
    let (whole, rest) = match number.find('.') {
        Some(point) => number.split_at(point),
        None => (number, ""),
    };
    let mut text = sign.to_owned();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text + rest
}

/// Digits that tell any two numbers apart.
const MOST_DIGITS: usize = 17;
const LARGEST_WHOLE: f64 = 1e15;
const SMALLEST_PLAIN: f64 = 1e-4;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Bar;

    #[test]
    fn four_digits_are_shown_and_whole_numbers_in_full() {
        let cases = [
            (0.0, "0"),
            (4.123_456, "4.123"),
            (99.95, "99.95"),
            (1_234.56, "1,235"),
            (15_000.0, "15,000"),
            (-1_234_567.0, "-1,234,567"),
            (123_456.7, "123,500"),
            (0.012_345_6, "0.01235"),
            (0.000_012_346, "1.235e-5"),
            (f64::NAN, "NaN"),
        ];

        for (value, text) in cases {
            assert_eq!(shown(value), text);
        }
    }

    #[test]
    fn a_missed_bar_is_never_rounded_away() {
        let figure = Figure::with_bar("success", "%", 99.999_97, Bar::Exactly(100.0));

        assert_eq!(figure.is_met(), Some(false));
        assert_eq!(shown_figure(&figure), "99.99997");
    }

    #[test]
    fn six_digits_are_written() {
        assert_eq!(significant(1.0 / 3.0, WRITTEN), 0.333_333);
        assert_eq!(significant(123_456_789.0, WRITTEN), 123_457_000.0);
        assert_eq!(significant(0.0, WRITTEN), 0.0);
    }
}
