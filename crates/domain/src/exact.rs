//! Exact numbers: points, rates and shares are rationals over big integers; rounding happens once, at publication.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, Div, Mul, Neg, Sub};
use std::str::FromStr;

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// An exact rational number.
///
/// As text (and JSON) it is a plain decimal where it has a finite one (`0.19`), else a fraction (`2/3`); both are read back.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Exact(BigRational);

/// The text is neither a decimal nor a fraction with a denominator other than zero.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an exact number: {0}")]
pub struct NotExact(pub String);

impl Exact {
    /// 0.
    #[must_use]
    pub fn zero() -> Self {
        Self(BigRational::zero())
    }

    /// 1.
    #[must_use]
    pub fn one() -> Self {
        Self(BigRational::one())
    }

    /// A whole number.
    #[must_use]
    pub fn whole(number: i64) -> Self {
        Self(BigRational::from_integer(number.into()))
    }

    /// `numerator / denominator`; `None` if the denominator is 0.
    #[must_use]
    pub fn fraction(numerator: i64, denominator: i64) -> Option<Self> {
        (denominator != 0).then(|| Self(BigRational::new(numerator.into(), denominator.into())))
    }

    /// Division that names the impossible case instead of panicking.
    #[must_use]
    pub fn checked_div(&self, by: &Self) -> Option<Self> {
        (!by.is_zero()).then(|| Self(&self.0 / &by.0))
    }

    /// Whether it is 0.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.0.is_zero()
    }

    /// Whether it is below 0.
    #[must_use]
    pub fn is_negative(&self) -> bool {
        self.0.is_negative()
    }

    /// The numerator as decimal text, for storage.
    #[must_use]
    pub fn numerator(&self) -> String {
        self.0.numer().to_string()
    }

    /// The denominator (positive) as decimal text, for storage.
    #[must_use]
    pub fn denominator(&self) -> String {
        self.0.denom().to_string()
    }

    /// Reads what [`Self::numerator`] and [`Self::denominator`] wrote.
    ///
    /// # Errors
    /// [`NotExact`] if either is no integer or the denominator is 0.
    pub fn from_parts(numerator: &str, denominator: &str) -> Result<Self, NotExact> {
        format!("{numerator}/{denominator}").parse()
    }

    /// Units of 10⁻⁹, half away from zero, saturating: for sorting in a database only, never for arithmetic.
    #[must_use]
    pub fn nano(&self) -> i64 {
        let scaled = half_away(&(&self.0 * BigRational::from_integer(1_000_000_000.into())));
        scaled.to_i64().unwrap_or(if scaled.is_negative() { i64::MIN } else { i64::MAX })
    }

    /// Rounded to `scale` decimals, half away from zero.
    #[must_use]
    pub fn rounded(&self, scale: u32) -> Self {
        let unit = BigInt::from(10).pow(scale);
        let scaled = half_away(&(&self.0 * BigRational::from_integer(unit.clone())));
        Self(BigRational::new(scaled, unit))
    }

    /// The published text: exactly `scale` decimals, half away from zero, from the exact value. Never `-0.00`.
    #[must_use]
    pub fn published(&self, scale: u32) -> String {
        let unit = BigInt::from(10).pow(scale);
        let scaled = half_away(&(&self.0 * BigRational::from_integer(unit)));
        let digits = format!("{:0>width$}", scaled.abs().to_string(), width = scale as usize + 1);
        let (whole, decimals) = digits.split_at(digits.len() - scale as usize);
        let sign = if scaled.is_negative() { "-" } else { "" };
        if scale == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{decimals}") }
    }

    /// The exact fraction as text: `7/15`, `3/1`.
    #[must_use]
    pub fn as_fraction(&self) -> String {
        format!("{}/{}", self.0.numer(), self.0.denom())
    }

    /// The larger of two.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        Ord::max(self, other)
    }

    /// The smaller of two.
    #[must_use]
    pub fn min(self, other: Self) -> Self {
        Ord::min(self, other)
    }

    /// The whole part toward negative infinity.
    #[must_use]
    pub fn floor(&self) -> BigInt {
        self.0.floor().to_integer()
    }

    /// The smallest whole number not below it.
    #[must_use]
    pub fn ceil(&self) -> Self {
        Self(self.0.ceil())
    }
}

fn half_away(value: &BigRational) -> BigInt {
    let half = BigRational::new(1.into(), 2.into());
    if value.is_negative() { (value - half).ceil().to_integer() } else { (value + half).floor().to_integer() }
}

impl FromStr for Exact {
    type Err = NotExact;

    fn from_str(text: &str) -> Result<Self, NotExact> {
        let wrong = || NotExact(text.to_owned());
        if let Some((numerator, denominator)) = text.split_once('/') {
            let numerator: BigInt = numerator.trim().parse().map_err(|_| wrong())?;
            let denominator: BigInt = denominator.trim().parse().map_err(|_| wrong())?;
            if denominator.is_zero() {
                return Err(wrong());
            }
            return Ok(Self(BigRational::new(numerator, denominator)));
        }
        let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
        let unsigned = whole.strip_prefix(['-', '+']).unwrap_or(whole);
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if (unsigned.is_empty() && decimals.is_empty()) || !all_digits(unsigned) || !all_digits(decimals) || decimals.len() > 400
        {
            return Err(wrong());
        }
        let digits: BigInt = format!("0{unsigned}{decimals}").parse().map_err(|_| wrong())?;
        let value = BigRational::new(digits, BigInt::from(10).pow(u32::try_from(decimals.len()).map_err(|_| wrong())?));
        Ok(Self(if whole.starts_with('-') { -value } else { value }))
    }
}

impl fmt::Display for Exact {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut denominator = self.0.denom().clone();
        let mut scale = 0_u32;
        for prime in [2, 5] {
            let (prime, mut times) = (BigInt::from(prime), 0_u32);
            while (&denominator % &prime).is_zero() {
                denominator /= &prime;
                times += 1;
            }
            scale = scale.max(times);
        }
        if denominator.is_one() { formatter.write_str(&self.published(scale)) } else { formatter.write_str(&self.as_fraction()) }
    }
}

impl Serialize for Exact {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Exact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

macro_rules! operator {
    ($trait:ident, $method:ident) => {
        impl $trait for Exact {
            type Output = Self;
            fn $method(self, other: Self) -> Self {
                Self(self.0.$method(other.0))
            }
        }
        impl $trait<&Exact> for &Exact {
            type Output = Exact;
            fn $method(self, other: &Exact) -> Exact {
                Exact((&self.0).$method(&other.0))
            }
        }
    };
}
operator!(Add, add);
operator!(Sub, sub);
operator!(Mul, mul);

impl Neg for Exact {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl Div<std::num::NonZeroU32> for Exact {
    type Output = Self;
    fn div(self, by: std::num::NonZeroU32) -> Self {
        Self(self.0 / BigRational::from_integer(by.get().into()))
    }
}

impl Sum for Exact {
    fn sum<I: Iterator<Item = Self>>(numbers: I) -> Self {
        numbers.fold(Self::zero(), Add::add)
    }
}

impl<'a> Sum<&'a Exact> for Exact {
    fn sum<I: Iterator<Item = &'a Exact>>(numbers: I) -> Self {
        numbers.fold(Self::zero(), |sum, number| &sum + number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exact(text: &str) -> Exact {
        text.parse().unwrap()
    }

    #[test]
    fn published_once_half_away_from_zero() {
        assert_eq!((exact("2/3") * exact("0.7")).published(2), "0.47");
        assert_eq!((exact("2/3") * exact("0.7")).rounded(4).to_string(), "0.4667");
        assert_eq!(exact("0.0049999999996").published(2), "0.00");
        assert_eq!(exact("0.005").published(2), "0.01");
        assert_eq!(exact("-0.005").published(2), "-0.01");
        assert_eq!(exact("-0.001").published(2), "0.00");
        assert_eq!(exact("101.15").published(0), "101");
    }

    #[test]
    fn text_is_a_decimal_where_one_exists() {
        for (text, shown) in [("0.80", "0.8"), ("2/3", "2/3"), ("1/8", "0.125"), ("-3", "-3"), (".5", "0.5"), ("+1.50", "1.5")] {
            assert_eq!(exact(text).to_string(), shown);
        }
        for wrong in ["", "1/0", "0.8分", "1.2.3", "-", "1e5", "０．４"] {
            assert!(wrong.parse::<Exact>().is_err(), "{wrong}");
        }
    }
}
