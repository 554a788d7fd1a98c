//! Punycode (RFC 3492) over another basic set: `a` to `z`, `0` to `9` and the hyphen.
//!
//! Upper case, the dot and the rest of ASCII are extended, so they survive where letters lose
//! their case. For text of basic and non-ASCII characters the result is that of RFC 3492, but that
//! the delimiter is always there.
//!
//! Extended code points are numbered from 0x80 to 0x10FFFF, as in RFC 3492, and those of ASCII
//! behind them. Each text has one code and each code one text, for a code decodes only to what
//! encodes to it again: basic code points and numbers beyond the last are refused.

use crate::{Classifier, PeerNameError};

/// The code of a text.
pub(super) fn encode(units: &[u16]) -> String {
    let points: Vec<u32> = code_points(units).collect();
    let mut code: String = points.iter().copied().filter_map(basic).collect();
    let mut handled = count(code.len());
    let first = handled;
    code.push('-');

    let numbers: Vec<u32> = points.iter().map(|&point| number(point)).collect();
    let mut pending: Vec<u32> = numbers.iter().copied().filter(|&it| it != BASIC).collect();
    pending.sort_unstable();
    pending.dedup();

    let (mut next, mut delta, mut bias) = (FIRST_NUMBER, 0, INITIAL_BIAS);
    for current in pending {
        delta += (current - next) * (handled + 1);
        next = current;
        for &number in &numbers {
            if number < current {
                delta += 1;
            } else if number == current {
                push_integer(&mut code, delta, bias);
                bias = adapt(delta, handled + 1, handled == first);
                delta = 0;
                handled += 1;
            }
        }
        delta += 1;
        next += 1;
    }
    code
}

/// The classifier whose code this is.
pub(super) fn decode(code: &str) -> Result<Classifier, CodeError> {
    let (basic, digits) = code.rsplit_once('-').ok_or(CodeError::Invalid)?;
    let mut points: Vec<u32> = basic.chars().map(u32::from).collect();
    let mut digits = digits.bytes();
    let (mut next, mut position, mut bias) = (FIRST_NUMBER, 0_u32, INITIAL_BIAS);
    while digits.len() > 0 {
        let delta = take_integer(&mut digits, bias).ok_or(CodeError::Invalid)?;
        let places = count(points.len() + 1);
        bias = adapt(delta, places, points.len() == basic.len());
        position = position.checked_add(delta).ok_or(CodeError::Invalid)?;
        next = next
            .checked_add(position / places)
            .ok_or(CodeError::Invalid)?;
        position %= places;
        let index = usize::try_from(position).map_err(|_| CodeError::Invalid)?;
        points.insert(index, code_point(next).ok_or(CodeError::Invalid)?);
        position += 1;
    }
    let units = utf16(&points).ok_or(CodeError::Invalid)?;
    Ok(Classifier::from_utf16(units)?)
}

/// Why a code gives no classifier.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum CodeError {
    /// It is not the code of a text.
    Invalid,
    /// Its text cannot be a classifier.
    Classifier(PeerNameError),
}

impl From<PeerNameError> for CodeError {
    fn from(error: PeerNameError) -> Self {
        Self::Classifier(error)
    }
}

/// Unpaired surrogates are code points of their own.
fn code_points(units: &[u16]) -> impl Iterator<Item = u32> {
    char::decode_utf16(units.iter().copied()).map(|unit| match unit {
        Ok(character) => character.into(),
        Err(unpaired) => unpaired.unpaired_surrogate().into(),
    })
}

/// Nothing where surrogates make a pair: the pair is a code point, and has a code of its own.
fn utf16(points: &[u32]) -> Option<Vec<u16>> {
    let mut units = Vec::with_capacity(points.len());
    for &point in points {
        match char::from_u32(point) {
            Some(character) => units.extend_from_slice(character.encode_utf16(&mut [0; 2])),
            None => units.push(u16::try_from(point).ok()?),
        }
    }
    code_points(&units)
        .eq(points.iter().copied())
        .then_some(units)
}

fn basic(point: u32) -> Option<char> {
    char::from_u32(point).filter(|it| matches!(it, 'a'..='z' | '0'..='9' | '-'))
}

fn number(point: u32) -> u32 {
    match point {
        _ if basic(point).is_some() => BASIC,
        ..FIRST_NUMBER => point + PAST_UNICODE,
        _ => point,
    }
}

fn code_point(number: u32) -> Option<u32> {
    let ascii = number.checked_sub(PAST_UNICODE);
    let point = ascii.unwrap_or(number);
    let is_known = ascii.is_none_or(|it| it < FIRST_NUMBER);
    (is_known && basic(point).is_none()).then_some(point)
}

/// Writes a generalized variable-length integer. RFC 3492, section 3.3.
fn push_integer(code: &mut String, mut value: u32, bias: u32) {
    for threshold in thresholds(bias) {
        if value < threshold {
            code.extend(digit(value));
            break;
        }
        let rest = value - threshold;
        code.extend(digit(threshold + rest % (BASE - threshold)));
        value = rest / (BASE - threshold);
    }
}

fn take_integer(digits: &mut impl Iterator<Item = u8>, bias: u32) -> Option<u32> {
    let (mut value, mut weight) = (0_u32, 1_u32);
    for threshold in thresholds(bias) {
        let digit = digit_value(digits.next()?)?;
        value = value.checked_add(digit.checked_mul(weight)?)?;
        if digit < threshold {
            break;
        }
        weight = weight.checked_mul(BASE - threshold)?;
    }
    Some(value)
}

/// The threshold of each digit, the least significant first. RFC 3492, section 3.3.
fn thresholds(bias: u32) -> impl Iterator<Item = u32> {
    (1..).map(move |k: u32| (k * BASE).saturating_sub(bias).clamp(T_MIN, T_MAX))
}

/// The bias for the next integer. RFC 3492, section 3.4.
fn adapt(delta: u32, points: u32, is_first: bool) -> u32 {
    let mut delta = if is_first { delta / DAMP } else { delta / 2 };
    delta += delta / points;
    let mut k = 0;
    while delta > (BASE - T_MIN) * T_MAX / 2 {
        delta /= BASE - T_MIN;
        k += BASE;
    }
    k + (BASE - T_MIN + 1) * delta / (delta + SKEW)
}

/// Below 26 a letter, then the digits 0 to 9.
fn digit(value: u32) -> Option<char> {
    char::from_digit((value + 10) % BASE, BASE)
}

fn digit_value(digit: u8) -> Option<u32> {
    char::from(digit)
        .to_digit(BASE)
        .map(|value| (value + BASE - 10) % BASE)
}

/// A number of code points: at most 253, as long as a host name may be.
fn count(points: usize) -> u32 {
    u32::try_from(points).unwrap_or(u32::MAX)
}

// The parameters of RFC 3492, section 5.
const BASE: u32 = 36;
const T_MIN: u32 = 1;
const T_MAX: u32 = 26;
const SKEW: u32 = 38;
const DAMP: u32 = 700;
const INITIAL_BIAS: u32 = 72;
const FIRST_NUMBER: u32 = 0x80;

/// What stands for every basic code point: less than any number.
const BASIC: u32 = 0;
const PAST_UNICODE: u32 = 0x11_0000;
