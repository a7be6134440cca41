//! Arithmetic: sprig's integers that wrap, and its decimal floats.

use crate::eval::call::{Call, Func, FuncError, FuncResult, Type};
use crate::value::convert::{parse_int, to_float64, to_int64};
use crate::value::{List, ListKind, Value, format};
use num_bigint::BigInt;

/// More items than any chart ranges over; Go would run out of memory later.
const MAX_ITEMS: usize = 1_000_000;

pub(crate) const NUMBERS: &[Func] = &[
    Func::variadic("add", &[Type::Any], add),
    Func::fixed("add1", &[Type::Any], add1),
    Func::fixed("add1f", &[Type::Any], add1f),
    Func::variadic("addf", &[Type::Any], addf),
    Func::fixed("atoi", &[Type::Str], atoi),
    Func::variadic("biggest", &[Type::Any, Type::Any], max),
    Func::fixed("ceil", &[Type::Any], ceil),
    Func::fixed("div", &[Type::Any, Type::Any], div),
    Func::variadic("divf", &[Type::Any, Type::Any], divf),
    Func::fixed("float64", &[Type::Any], float64),
    Func::fixed("floor", &[Type::Any], floor),
    Func::fixed("int", &[Type::Any], int),
    Func::fixed("int64", &[Type::Any], int64),
    Func::variadic("max", &[Type::Any, Type::Any], max),
    Func::variadic("maxf", &[Type::Any, Type::Any], maxf),
    Func::variadic("min", &[Type::Any, Type::Any], min),
    Func::variadic("minf", &[Type::Any, Type::Any], minf),
    Func::fixed("mod", &[Type::Any, Type::Any], remainder),
    Func::variadic("mul", &[Type::Any, Type::Any], mul),
    Func::variadic("mulf", &[Type::Any, Type::Any], mulf),
    Func::variadic("round", &[Type::Any, Type::Int, Type::Float], round),
    Func::variadic("seq", &[Type::Int], seq),
    Func::fixed("sub", &[Type::Any, Type::Any], sub),
    Func::variadic("subf", &[Type::Any, Type::Any], subf),
    Func::fixed("toDecimal", &[Type::Any], to_decimal),
    Func::fixed("until", &[Type::Int], until),
    Func::fixed("untilStep", &[Type::Int, Type::Int, Type::Int], until_step),
];

fn rest<'a>(call: &Call<'a>) -> &'a [Value] {
    call.args.get(1..).unwrap_or_default()
}

/// `int A`: an `int`, see [`to_int64`].
fn int(call: &Call<'_>) -> FuncResult {
    Ok(Value::Int(to_int64(call.any(0))))
}

/// `int64 A`.
fn int64(call: &Call<'_>) -> FuncResult {
    Ok(Value::Int64(to_int64(call.any(0))))
}

/// `float64 A`.
fn float64(call: &Call<'_>) -> FuncResult {
    Ok(Value::Float(to_float64(call.any(0))))
}

/// `atoi TEXT`: decimal only; 0 for what is no number, the nearest limit for what is too large.
fn atoi(call: &Call<'_>) -> FuncResult {
    let text = call.str(0);
    let number = parse_int(&text, 10).unwrap_or_else(|| {
        let (negative, digits) = match text.split_first() {
            Some((b'-', digits)) => (true, digits),
            Some((b'+', digits)) => (false, digits),
            _ => (false, &*text),
        };
        match (negative, !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)) {
            (_, false) => 0,
            (true, true) => i64::MIN,
            (false, true) => i64::MAX,
        }
    });
    Ok(Value::Int(number))
}

/// `toDecimal A`: what is printed of A, read as an octal number; 0 when it is none.
fn to_decimal(call: &Call<'_>) -> FuncResult {
    Ok(Value::Int64(parse_int(&format::sprint(&[call.any(0).clone()]), 8).unwrap_or(0)))
}

/// `add A…`: wraps around.
fn add(call: &Call<'_>) -> FuncResult {
    Ok(Value::Int64(call.args.iter().map(to_int64).fold(0, i64::wrapping_add)))
}

/// `add1 A`.
fn add1(call: &Call<'_>) -> FuncResult {
    Ok(Value::Int64(to_int64(call.any(0)).wrapping_add(1)))
}

/// `sub A B`.
fn sub(call: &Call<'_>) -> FuncResult {
    Ok(Value::Int64(to_int64(call.any(0)).wrapping_sub(to_int64(call.any(1)))))
}

/// `mul A B…`: wraps around.
fn mul(call: &Call<'_>) -> FuncResult {
    Ok(Value::Int64(rest(call).iter().map(to_int64).fold(to_int64(call.any(0)), i64::wrapping_mul)))
}

fn divisor(call: &Call<'_>) -> Result<i64, FuncError> {
    match to_int64(call.any(1)) {
        0 => Err("runtime error: integer divide by zero".into()),
        n => Ok(n),
    }
}

/// `div A B`: cut towards zero.
fn div(call: &Call<'_>) -> FuncResult {
    Ok(Value::Int64(to_int64(call.any(0)).wrapping_div(divisor(call)?)))
}

/// `mod A B`: has the sign of A.
fn remainder(call: &Call<'_>) -> FuncResult {
    Ok(Value::Int64(to_int64(call.any(0)).wrapping_rem(divisor(call)?)))
}

/// `max A B…` of integers; also `biggest`.
fn max(call: &Call<'_>) -> FuncResult {
    Ok(Value::Int64(call.args.iter().map(to_int64).max().unwrap_or(0)))
}

/// `min A B…` of integers.
fn min(call: &Call<'_>) -> FuncResult {
    Ok(Value::Int64(call.args.iter().map(to_int64).min().unwrap_or(0)))
}

/// `maxf A B…`: NaN where one is NaN, unless one is +Inf.
fn maxf(call: &Call<'_>) -> FuncResult {
    let larger = |a: f64, b: f64| match () {
        () if a == f64::INFINITY || b == f64::INFINITY => f64::INFINITY,
        () if a.is_nan() || b.is_nan() => f64::NAN,
        () if a == 0.0 && b == 0.0 && a.is_sign_negative() => b,
        () if a > b || (a == 0.0 && b == 0.0) => a,
        () => b,
    };
    Ok(Value::Float(rest(call).iter().map(to_float64).fold(to_float64(call.any(0)), larger)))
}

/// `minf A B…`: NaN where one is NaN, unless one is -Inf.
fn minf(call: &Call<'_>) -> FuncResult {
    let smaller = |a: f64, b: f64| match () {
        () if a == f64::NEG_INFINITY || b == f64::NEG_INFINITY => f64::NEG_INFINITY,
        () if a.is_nan() || b.is_nan() => f64::NAN,
        () if a == 0.0 && b == 0.0 && a.is_sign_negative() => a,
        () if a < b => a,
        () => b,
    };
    Ok(Value::Float(rest(call).iter().map(to_float64).fold(to_float64(call.any(0)), smaller)))
}

/// `ceil A`.
fn ceil(call: &Call<'_>) -> FuncResult {
    Ok(Value::Float(to_float64(call.any(0)).ceil()))
}

/// `floor A`.
fn floor(call: &Call<'_>) -> FuncResult {
    Ok(Value::Float(to_float64(call.any(0)).floor()))
}

/// `round A PLACES [ON]`: up from the fraction ON (.5) on; a negative A always goes down.
fn round(call: &Call<'_>) -> FuncResult {
    let on = if call.args.len() > 2 { call.float(2) } else { 0.5 };
    let power = power_of_ten(call.int(1));
    let digit = power * to_float64(call.any(0));
    // Go's Modf has no fraction for an infinity but NaN, which is below everything.
    let fraction = if digit.is_infinite() { f64::NAN } else { digit.fract() };
    let rounded = if fraction >= on { digit.ceil() } else { digit.floor() };
    Ok(Value::Float(rounded / power))
}

fn power_of_ten(places: i64) -> f64 {
    // Through text: the nearest float to the power, without the error of repeated products.
    format!("1e{places}").parse().unwrap_or(f64::NAN)
}

/// sprig's `untilStep`, with the number of items checked before they are made.
fn steps(start: i64, stop: i64, step: i64) -> Result<Vec<i64>, FuncError> {
    let forward = stop >= start;
    if step == 0 || (step > 0) != forward {
        return Ok(Vec::new());
    }
    let mut items = Vec::new();
    let mut next = start;
    while if forward { next < stop } else { next > stop } {
        if items.len() >= MAX_ITEMS {
            return Err(format!("more than {MAX_ITEMS} items").into());
        }
        items.push(next);
        // Go would wrap around here, and never end.
        let Some(after) = next.checked_add(step) else { break };
        next = after;
    }
    Ok(items)
}

fn ints(items: Vec<i64>) -> Value {
    Value::List(List::of(ListKind::Ints, items.into_iter().map(Value::Int).collect()))
}

/// `until N`: 0 up or down to N, without N.
fn until(call: &Call<'_>) -> FuncResult {
    let count = call.int(0);
    Ok(ints(steps(0, count, if count < 0 { -1 } else { 1 })?))
}

/// `untilStep START STOP STEP`: empty when STEP leads away from STOP.
fn until_step(call: &Call<'_>) -> FuncResult {
    Ok(ints(steps(call.int(0), call.int(1), call.int(2))?))
}

/// `seq [START [STEP]] END`: as the shell's, both ends included, joined with spaces.
fn seq(call: &Call<'_>) -> FuncResult {
    let toward = |start: i64, end: i64| if end < start { -1 } else { 1 };
    let (start, step, end) = match call.args.len() {
        1 => (1, toward(1, call.int(0)), call.int(0)),
        2 => (call.int(0), toward(call.int(0), call.int(1)), call.int(1)),
        3 => (call.int(0), call.int(1), call.int(2)),
        _ => return Ok(Value::str("")),
    };
    if end < start && step > 0 {
        return Ok(Value::str(""));
    }
    let items = steps(start, end.saturating_add(toward(start, end)), step)?;
    Ok(items.iter().map(i64::to_string).collect::<Vec<_>>().join(" ").into())
}

/// A decimal number: `digits` times ten to the `power`.
#[derive(Clone)]
struct Decimal {
    digits: BigInt,
    power: i64,
}

impl Decimal {
    fn new(value: &Value) -> Result<Decimal, FuncError> {
        let number = to_float64(value);
        if !number.is_finite() {
            return Err(format!("Cannot create a Decimal from {}", format::format_float(number, b'g', None)).into());
        }
        let text = format::format_float(number, b'e', None);
        let (mantissa, power) = text.split_once('e').unwrap_or((&text, "0"));
        let fraction = mantissa.split_once('.').map_or(0, |(_, f)| f.len());
        let digits = mantissa.replace('.', "").parse().unwrap_or_default();
        let power = power.parse::<i64>().unwrap_or(0) - i64::try_from(fraction).unwrap_or(0);
        Ok(Decimal { digits, power })
    }

    fn scaled(&self, power: i64) -> BigInt {
        &self.digits * ten_to(self.power - power)
    }

    fn combine(&self, other: &Decimal, op: fn(BigInt, BigInt) -> BigInt) -> Decimal {
        let power = self.power.min(other.power);
        Decimal { digits: op(self.scaled(power), other.scaled(power)), power }
    }

    /// To 16 places, half away from zero.
    fn divide(&self, other: &Decimal) -> Result<Decimal, FuncError> {
        const PLACES: i64 = 16;
        if other.digits == BigInt::ZERO {
            return Err("decimal division by 0".into());
        }
        let shift = self.power - other.power + PLACES;
        let (a, b) = if shift < 0 {
            (self.digits.clone(), &other.digits * ten_to(-shift))
        } else {
            (&self.digits * ten_to(shift), other.digits.clone())
        };
        let (mut quotient, remainder) = (&a / &b, &a % &b);
        if magnitude(&remainder) * 2 >= magnitude(&b) {
            quotient += if (a < BigInt::ZERO) == (b < BigInt::ZERO) { 1 } else { -1 };
        }
        Ok(Decimal { digits: quotient, power: -PLACES })
    }

    fn to_float(&self) -> f64 {
        format!("{}e{}", self.digits, self.power).parse().unwrap_or(0.0)
    }
}

fn magnitude(number: &BigInt) -> BigInt {
    if *number < BigInt::ZERO { -number } else { number.clone() }
}

fn ten_to(power: i64) -> BigInt {
    BigInt::from(10).pow(u32::try_from(power).unwrap_or(0))
}

fn fold(first: &Value, others: &[Value], op: impl Fn(&Decimal, &Decimal) -> Result<Decimal, FuncError>) -> FuncResult {
    let mut result = Decimal::new(first)?;
    for other in others {
        result = op(&result, &Decimal::new(other)?)?;
    }
    Ok(Value::Float(result.to_float()))
}

/// `addf A…`: added as decimals, so that 0.1 and 0.2 are 0.3.
fn addf(call: &Call<'_>) -> FuncResult {
    fold(&Value::Float(0.0), call.args, |a, b| Ok(a.combine(b, |x, y| x + y)))
}

/// `add1f A`.
fn add1f(call: &Call<'_>) -> FuncResult {
    fold(call.any(0), &[Value::Int(1)], |a, b| Ok(a.combine(b, |x, y| x + y)))
}

/// `subf A B…`.
fn subf(call: &Call<'_>) -> FuncResult {
    fold(call.any(0), rest(call), |a, b| Ok(a.combine(b, |x, y| x - y)))
}

/// `mulf A B…`.
fn mulf(call: &Call<'_>) -> FuncResult {
    fold(call.any(0), rest(call), |a, b| Ok(Decimal { digits: &a.digits * &b.digits, power: a.power + b.power }))
}

/// `divf A B…`: to 16 places.
fn divf(call: &Call<'_>) -> FuncResult {
    fold(call.any(0), rest(call), Decimal::divide)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::funcs::testing::{call, error};

    #[test]
    fn integers_wrap_and_divide_towards_zero() {
        assert_eq!(call(NUMBERS, "add", &[Value::Int(i64::MAX), Value::Int(1)]), Value::Int64(i64::MIN));
        assert_eq!(call(NUMBERS, "div", &[Value::Int(i64::MIN), Value::Int(-1)]), Value::Int64(i64::MIN));
        assert_eq!(call(NUMBERS, "mod", &[Value::Int(-7), Value::Int(2)]), Value::Int64(-1));
        assert_eq!(error(NUMBERS, "div", &[Value::Int(1), Value::str("a")]), "runtime error: integer divide by zero");
    }

    #[test]
    fn floats_are_reckoned_as_decimals() {
        assert_eq!(call(NUMBERS, "addf", &[Value::Float(0.1), Value::Float(0.2)]), Value::Float(0.3));
        assert_eq!(call(NUMBERS, "divf", &[Value::Int(2), Value::Int(3)]), Value::Float(0.666_666_666_666_666_7));
        assert_eq!(error(NUMBERS, "divf", &[Value::Int(2), Value::Int(0)]), "decimal division by 0");
    }

    #[test]
    fn negative_numbers_always_round_down() {
        assert_eq!(call(NUMBERS, "round", &[Value::Float(-0.4), Value::Int(0)]), Value::Float(-1.0));
    }

    #[test]
    fn seq_counts_as_the_shell_does() {
        let seq = |args: &[i64]| call(NUMBERS, "seq", &args.iter().map(|n| Value::Int(*n)).collect::<Vec<_>>());
        assert_eq!([seq(&[0]), seq(&[10, -2, 5]), seq(&[1, 0, 9])], ["1 0", "10 8 6", ""].map(Value::from));
    }
}
