//! Base64, base32, checksums and JSON.
//!
//! In: Go strings, which are bytes. Out: text, or for the decoders bytes again. Decoders
//! give the error's text as their result, as Helm's do: a template cannot tell.

use crate::eval::call::{Call, Func, FuncResult, Type, Walk};
use crate::value::{Data, List, ListKind, Map, MapKind, Node, Value};
use crate::yaml::json;
use data_encoding::{BASE32, BASE64, HEXLOWER};
use sha2::Digest as _;

/// The family's rows.
pub(crate) const ENCODING: &[Func] = &[
    Func::fixed("b64enc", &[Type::Str], b64enc),
    Func::fixed("b64dec", &[Type::Str], b64dec),
    Func::fixed("b32enc", &[Type::Str], b32enc),
    Func::fixed("b32dec", &[Type::Str], b32dec),
    Func::fixed("sha1sum", &[Type::Str], sha1sum),
    Func::fixed("sha256sum", &[Type::Str], sha256sum),
    Func::fixed("sha512sum", &[Type::Str], sha512sum),
    Func::fixed("adler32sum", &[Type::Str], adler32sum),
    Func::fixed("toJson", &[Type::Any], to_json).walks(Walk::Whole),
    Func::fixed("mustToJson", &[Type::Any], must_to_json).walks(Walk::Whole),
    Func::fixed("toPrettyJson", &[Type::Any], to_pretty_json).walks(Walk::Whole),
    Func::fixed("mustToPrettyJson", &[Type::Any], must_to_pretty_json).walks(Walk::Whole),
    Func::fixed("toRawJson", &[Type::Any], to_raw_json).walks(Walk::Whole),
    Func::fixed("mustToRawJson", &[Type::Any], to_raw_json).walks(Walk::Whole),
    Func::fixed("fromJson", &[Type::Str], from_json),
    Func::fixed("mustFromJson", &[Type::Str], must_from_json),
    Func::fixed("fromJsonArray", &[Type::Str], from_json_array),
];

/// What the `from…` functions of Helm return for text they cannot read.
pub(crate) fn error_map(message: &str) -> Map {
    let map = Map::new();
    map.insert("Error", Value::from(message));
    map
}

/// `b64enc TEXT`: standard base64 with padding.
fn b64enc(call: &Call<'_>) -> FuncResult {
    Ok(Value::from(BASE64.encode(&call.str(0))))
}

/// `b64dec TEXT`: the bytes, or the error's text.
fn b64dec(call: &Call<'_>) -> FuncResult {
    Ok(match decode_base64(&call.str(0)) {
        Ok(bytes) => Value::from(bytes),
        Err(message) => Value::from(message),
    })
}

/// `b32enc TEXT`: standard base32 with padding.
fn b32enc(call: &Call<'_>) -> FuncResult {
    Ok(Value::from(BASE32.encode(&call.str(0))))
}

/// `b32dec TEXT`: the bytes, or the error's text.
fn b32dec(call: &Call<'_>) -> FuncResult {
    Ok(match decode_base32(&call.str(0)) {
        Ok(bytes) => Value::from(bytes),
        Err(message) => Value::from(message),
    })
}

/// The value of a base64 letter.
fn sextet(byte: u8) -> Option<u32> {
    Some(u32::from(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    }))
}

/// Reads standard base64 as Go does: newlines anywhere are skipped, padding is required,
/// spare bits may be set, and an error names the byte where reading stopped.
pub(crate) fn decode_base64(text: &[u8]) -> Result<Vec<u8>, String> {
    let corrupt = |at: usize| format!("illegal base64 data at input byte {at}");
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let mut at = 0;
    loop {
        let (mut bits, mut count) = (0u32, 0u32);
        while count < 4 {
            let Some(&byte) = text.get(at) else {
                return if count == 0 { Ok(out) } else { Err(corrupt(at - count as usize)) };
            };
            at += 1;
            if matches!(byte, b'\n' | b'\r') {
                continue;
            }
            if let Some(value) = sextet(byte) {
                bits = bits << 6 | value;
                count += 1;
                continue;
            }
            if byte != b'=' || count < 2 {
                return Err(corrupt(at - 1));
            }
            let skip = |mut at: usize| {
                while matches!(text.get(at), Some(b'\n' | b'\r')) {
                    at += 1;
                }
                at
            };
            if count == 2 {
                // Two letters take a second padding sign.
                at = skip(at);
                match text.get(at) {
                    None => return Err(corrupt(text.len())),
                    Some(b'=') => at += 1,
                    Some(_) => return Err(corrupt(at - 1)),
                }
            }
            at = skip(at);
            if at < text.len() {
                return Err(corrupt(at));
            }
            let whole = (bits << (6 * (4 - count))).to_be_bytes();
            out.extend(whole.iter().skip(1).take(count as usize - 1));
            return Ok(out);
        }
        out.extend(bits.to_be_bytes().iter().skip(1));
    }
}

/// Reads standard base32 as Go does: newlines are taken out first, so positions in errors
/// do not count them.
fn decode_base32(text: &[u8]) -> Result<Vec<u8>, String> {
    let clean: Vec<u8> = text.iter().copied().filter(|byte| !matches!(byte, b'\n' | b'\r')).collect();
    let corrupt = |at: usize| format!("illegal base32 data at input byte {at}");
    let mut out = Vec::with_capacity(clean.len() / 8 * 5);
    let mut start = 0;
    while start < clean.len() {
        let (mut bits, mut letters, mut end) = (0u64, 0usize, false);
        while letters < 8 {
            let at = start + letters;
            let Some(&byte) = clean.get(at) else {
                return Err(corrupt(at - letters));
            };
            if byte == b'=' && letters >= 2 && clean.len() - at - 1 < 8 {
                let rest = clean.len() - at - 1;
                if rest + letters < 7 {
                    return Err(corrupt(clean.len()));
                }
                for k in 0..7 - letters {
                    if clean.get(at + 1 + k).is_some_and(|byte| *byte != b'=') {
                        return Err(corrupt(at + k));
                    }
                }
                // 1, 3 and 6 letters cannot come from whole bytes.
                if matches!(letters, 1 | 3 | 6) {
                    return Err(corrupt(at));
                }
                end = true;
                break;
            }
            let value = match byte {
                b'A'..=b'Z' => byte - b'A',
                b'2'..=b'7' => byte - b'2' + 26,
                _ => return Err(corrupt(at)),
            };
            bits = bits << 5 | u64::from(value);
            letters += 1;
        }
        let whole = (bits << (5 * (8 - letters))).to_be_bytes();
        out.extend(whole.iter().skip(3).take(letters * 5 / 8));
        if end {
            break;
        }
        start += 8;
    }
    Ok(out)
}

/// `sha1sum TEXT`: in lower-case hex.
fn sha1sum(call: &Call<'_>) -> FuncResult {
    Ok(Value::from(HEXLOWER.encode(&sha1::Sha1::digest(&call.str(0)[..]))))
}

/// `sha256sum TEXT`: in lower-case hex.
fn sha256sum(call: &Call<'_>) -> FuncResult {
    Ok(Value::from(HEXLOWER.encode(&sha2::Sha256::digest(&call.str(0)[..]))))
}

/// `sha512sum TEXT`: in lower-case hex.
fn sha512sum(call: &Call<'_>) -> FuncResult {
    Ok(Value::from(HEXLOWER.encode(&sha2::Sha512::digest(&call.str(0)[..]))))
}

/// `adler32sum TEXT`: as a decimal number.
fn adler32sum(call: &Call<'_>) -> FuncResult {
    let (mut low, mut high) = (1u32, 0u32);
    for byte in call.str(0).iter() {
        low = (low + u32::from(*byte)) % 65521;
        high = (high + low) % 65521;
    }
    Ok(Value::from((high << 16 | low).to_string()))
}

/// `toJson VALUE`: compact JSON with `<`, `>` and `&` escaped; empty when VALUE has none.
fn to_json(call: &Call<'_>) -> FuncResult {
    Ok(Value::from(json::to_json(call.any(0), true).unwrap_or_default()))
}

/// `mustToJson VALUE`: as `toJson`, but fails where that is empty.
fn must_to_json(call: &Call<'_>) -> FuncResult {
    Ok(Value::from(json::to_json(call.any(0), true)?))
}

/// `toPrettyJson VALUE`: JSON over several lines, two spaces a level.
fn to_pretty_json(call: &Call<'_>) -> FuncResult {
    Ok(Value::from(json::to_json_indent(call.any(0), "", "  ", true).unwrap_or_default()))
}

/// `mustToPrettyJson VALUE`: as `toPrettyJson`, but fails where that is empty.
fn must_to_pretty_json(call: &Call<'_>) -> FuncResult {
    Ok(Value::from(json::to_json_indent(call.any(0), "", "  ", true)?))
}

/// `toRawJson VALUE`: compact JSON without the escapes; fails with or without `must`.
fn to_raw_json(call: &Call<'_>) -> FuncResult {
    Ok(Value::from(json::to_json(call.any(0), false)?))
}

/// Go's complaint about JSON of another type than the wanted one.
fn type_error(node: &Node, wanted: &str) -> String {
    let found = match node.data {
        Data::Null => "null",
        Data::Bool(_) => "bool",
        Data::Int(_) | Data::Float(_) => "number",
        Data::Str(_) => "string",
        Data::List(_) => "array",
        Data::Map(_) => "object",
    };
    format!("json: cannot unmarshal {found} into Go value of type {wanted}")
}

/// `fromJson TEXT`: a map; an error stands in it under `Error`.
fn from_json(call: &Call<'_>) -> FuncResult {
    Ok(Value::Map(match json::from_json(&call.str(0)) {
        Ok(node) if node.is_null() => Map::nil(MapKind::Any),
        Ok(node) => match node.to_value() {
            Value::Map(map) => map,
            _ => error_map(&type_error(&node, "map[string]interface {}")),
        },
        Err(message) => error_map(&message),
    }))
}

/// `mustFromJson TEXT`: a value of any type. It is sprig's, so it gives more than a map.
fn must_from_json(call: &Call<'_>) -> FuncResult {
    Ok(json::from_json(&call.str(0))?.to_value())
}

/// `fromJsonArray TEXT`: a list; an error is its only item.
fn from_json_array(call: &Call<'_>) -> FuncResult {
    Ok(match json::from_json(&call.str(0)) {
        Ok(node) if node.is_null() => Value::List(List::nil(ListKind::Any)),
        Ok(node) => match node.to_value() {
            list @ Value::List(_) => list,
            _ => Value::list(vec![Value::from(type_error(&node, "[]interface {}"))]),
        },
        Err(message) => Value::list(vec![Value::from(message)]),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_stops_where_go_stops() {
        assert_eq!(decode_base64(b"aGVs\nbG8="), Ok(b"hello".to_vec()));
        assert_eq!(decode_base64(b"aGVsbG8"), Err("illegal base64 data at input byte 4".into()));
        assert_eq!(decode_base64(b"a*b="), Err("illegal base64 data at input byte 1".into()));
        assert_eq!(decode_base64(b"aGVsbA=="), Ok(b"hell".to_vec()));
    }

    #[test]
    fn base32_reads_what_it_wrote() {
        for text in ["", "f", "fo", "foo", "foob", "fooba", "foobar"] {
            assert_eq!(decode_base32(BASE32.encode(text.as_bytes()).as_bytes()), Ok(text.as_bytes().to_vec()));
        }
    }
}
