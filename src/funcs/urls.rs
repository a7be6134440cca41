//! URLs in parts, by Go's `net/url`.

use crate::eval::call::{Call, Func, FuncError, FuncResult, Type};
use crate::value::format::quoted;
use crate::value::{Map, Value};

pub(crate) const URLS: &[Func] =
    &[Func::fixed("urlJoin", &[Type::Dict], url_join), Func::fixed("urlParse", &[Type::Str], url_parse).costs(25)];

/// Where in a URL a text stands; decides what is escaped there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Path,
    Host,
    Zone,
    User,
    Fragment,
}

impl Part {
    fn keeps(self, byte: u8) -> bool {
        byte.is_ascii_alphanumeric()
            || b"-._~".contains(&byte)
            || match self {
                Part::Path => b"$&+,/:;=@".contains(&byte),
                Part::Host | Part::Zone => b"!\"$&'()*+,:;<=>[]".contains(&byte),
                Part::User => b"$&+,;=".contains(&byte),
                Part::Fragment => b"!$&()*+,/:;=?@".contains(&byte),
            }
    }
}

fn escape(text: &[u8], part: Part) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for byte in text {
        if part.keeps(*byte) {
            out.push(*byte);
        } else {
            out.extend_from_slice(format!("%{byte:02X}").as_bytes());
        }
    }
    out
}

fn unescape(text: &[u8], part: Part) -> Result<Vec<u8>, String> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((byte, tail)) = rest.split_first() {
        if *byte != b'%' {
            if matches!(part, Part::Host | Part::Zone) && byte.is_ascii() && !part.keeps(*byte) {
                return Err(format!("invalid character {} in host name", quoted(&[*byte])));
            }
            out.push(*byte);
            rest = tail;
            continue;
        }
        let escaped = rest.get(..rest.len().min(3)).unwrap_or_default();
        let bad = || format!("invalid URL escape {}", quoted(escaped));
        let code = escaped.get(1..3).filter(|hex| hex.iter().all(u8::is_ascii_hexdigit));
        let code = code.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok()).ok_or_else(bad)?;
        // Hosts may hold escapes of what is not ASCII only; zones of what a host may hold.
        let allowed = match part {
            Part::Host => code >= 0x80 || escaped == b"%25",
            Part::Zone => escaped == b"%25" || code == b' ' || Part::Host.keeps(code),
            _ => true,
        };
        if !allowed {
            return Err(bad());
        }
        out.push(code);
        rest = rest.get(3..).unwrap_or_default();
    }
    Ok(out)
}

/// Before and after the first `byte`.
fn cut(text: &[u8], byte: u8) -> (&[u8], Option<&[u8]>) {
    match text.iter().position(|b| *b == byte) {
        Some(at) => (text.get(..at).unwrap_or_default(), text.get(at + 1..)),
        None => (text, None),
    }
}

#[derive(Default)]
struct Url {
    scheme: Vec<u8>,
    opaque: Vec<u8>,
    /// Name and password, decoded.
    user: Option<(Vec<u8>, Option<Vec<u8>>)>,
    host: Vec<u8>,
    path: Vec<u8>,
    query: Vec<u8>,
    fragment: Vec<u8>,
}

impl Url {
    fn parse(text: &[u8]) -> Result<Url, String> {
        let place = |whole: &[u8]| {
            let whole = quoted(whole);
            move |error: String| format!("parse {whole}: {error}")
        };
        let (main, fragment) = cut(text, b'#');
        let mut url = Url::parse_main(main).map_err(place(main))?;
        url.fragment = unescape(fragment.unwrap_or_default(), Part::Fragment).map_err(place(text))?;
        Ok(url)
    }

    fn parse_main(text: &[u8]) -> Result<Url, String> {
        if text.iter().any(|b| *b < b' ' || *b == 0x7f) {
            return Err("net/url: invalid control character in URL".to_owned());
        }
        let mut url = Url::default();
        let (scheme, rest) = scheme(text)?;
        url.scheme = scheme.to_ascii_lowercase();
        let (mut rest, query) = cut(rest, b'?');
        url.query = query.unwrap_or_default().to_vec();
        if !rest.starts_with(b"/") {
            if !url.scheme.is_empty() {
                url.opaque = rest.to_vec();
                return Ok(url);
            }
            if cut(rest, b'/').0.contains(&b':') {
                return Err("first path segment in URL cannot contain colon".to_owned());
            }
        }
        if let Some(after) = rest.strip_prefix(b"//")
            && (!url.scheme.is_empty() || !rest.starts_with(b"///"))
        {
            let slash = after.iter().position(|b| *b == b'/').unwrap_or(after.len());
            let (authority, path) = after.split_at(slash);
            url.authority(authority)?;
            rest = path;
        }
        url.path = unescape(rest, Part::Path)?;
        Ok(url)
    }

    fn authority(&mut self, text: &[u8]) -> Result<(), String> {
        let at = text.iter().rposition(|b| *b == b'@');
        let host = at.map_or(text, |at| text.get(at + 1..).unwrap_or_default());
        self.host = host_of(&self.scheme, host)?;
        let Some(user) = at.and_then(|at| text.get(..at)) else { return Ok(()) };
        if !user.iter().all(|b| b.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(b)) {
            return Err("net/url: invalid userinfo".to_owned());
        }
        let (name, password) = cut(user, b':');
        let password = password.map(|p| unescape(p, Part::User));
        self.user = Some((unescape(name, Part::User)?, password.transpose()?));
        Ok(())
    }

    fn userinfo(&self) -> Vec<u8> {
        let Some((name, password)) = &self.user else { return Vec::new() };
        let mut out = escape(name, Part::User);
        if let Some(password) = password {
            out.push(b':');
            out.extend(escape(password, Part::User));
        }
        out
    }

    /// The host without its port, and without the brackets of an address.
    fn hostname(&self) -> &[u8] {
        let colon = self.host.iter().rposition(|b| *b == b':');
        let port_at = colon.filter(|at| is_port(self.host.get(*at..).unwrap_or_default()));
        let host = self.host.get(..port_at.unwrap_or(self.host.len())).unwrap_or_default();
        host.strip_prefix(b"[").and_then(|h| h.strip_suffix(b"]")).unwrap_or(host)
    }

    fn text(&self) -> Vec<u8> {
        let mut out = Vec::new();
        if !self.scheme.is_empty() {
            out.extend_from_slice(&self.scheme);
            out.push(b':');
        }
        if self.opaque.is_empty() {
            self.hierarchy(&mut out);
        } else {
            out.extend_from_slice(&self.opaque);
        }
        if !self.query.is_empty() {
            out.push(b'?');
            out.extend_from_slice(&self.query);
        }
        if !self.fragment.is_empty() {
            out.push(b'#');
            out.extend(escape(&self.fragment, Part::Fragment));
        }
        out
    }

    fn hierarchy(&self, out: &mut Vec<u8>) {
        let named = !self.host.is_empty() || self.user.is_some();
        if named || (!self.scheme.is_empty() && !self.path.is_empty()) {
            out.extend_from_slice(b"//");
            if self.user.is_some() {
                out.extend(self.userinfo());
                out.push(b'@');
            }
            out.extend(escape(&self.host, Part::Host));
        }
        let path = if self.path == b"*" { self.path.clone() } else { escape(&self.path, Part::Path) };
        if !path.is_empty() && !path.starts_with(b"/") && !self.host.is_empty() {
            out.push(b'/');
        }
        // Else the first part would read as a scheme.
        if out.is_empty() && cut(&path, b'/').0.contains(&b':') {
            out.extend_from_slice(b"./");
        }
        out.extend(path);
    }
}

/// A URL for rooms that only check one.
pub(crate) struct UrlParts {
    /// Whether it has a scheme.
    pub is_absolute: bool,
    /// The host with its port.
    pub host: String,
    /// The host without its port, and without the brackets of an address.
    pub hostname: String,
    /// The path, decoded.
    pub path: String,
}

impl UrlParts {
    /// Reads a URL. `Err` is Go's `parse "…": …`.
    pub(crate) fn parse(text: &str) -> Result<UrlParts, String> {
        let url = Url::parse(text.as_bytes())?;
        let shown = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ok(UrlParts {
            is_absolute: !url.scheme.is_empty(),
            host: shown(&url.host),
            hostname: shown(url.hostname()),
            path: shown(&url.path),
        })
    }
}

fn scheme(text: &[u8]) -> Result<(&[u8], &[u8]), String> {
    for (index, byte) in text.iter().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if index > 0 => {}
            b':' if index == 0 => return Err("missing protocol scheme".to_owned()),
            b':' => return Ok((text.get(..index).unwrap_or_default(), text.get(index + 1..).unwrap_or_default())),
            _ => break,
        }
    }
    Ok((b"", text))
}

/// Nothing, or a colon and digits.
fn is_port(text: &[u8]) -> bool {
    text.is_empty() || text.strip_prefix(b":").is_some_and(|digits| digits.iter().all(u8::is_ascii_digit))
}

fn checked_port(text: &[u8]) -> Result<(), String> {
    if is_port(text) { Ok(()) } else { Err(format!("invalid port {} after host", quoted(text))) }
}

fn host_of(scheme: &[u8], host: &[u8]) -> Result<Vec<u8>, String> {
    match host.iter().rposition(|b| *b == b'[') {
        Some(0) => return address_of(host),
        Some(_) => return Err("invalid IP-literal".to_owned()),
        None => {}
    }
    // Only web addresses are strict about a second colon; elsewhere hosts come in lists.
    let strict = scheme == b"http" || scheme == b"https";
    let mut places = host.iter();
    let colon = if strict { places.position(|b| *b == b':') } else { places.rposition(|b| *b == b':') };
    if let Some(at) = colon {
        checked_port(host.get(at..).unwrap_or_default())?;
    }
    unescape(host, Part::Host)
}

/// `[fe80::1%25en0]:80`.
fn address_of(host: &[u8]) -> Result<Vec<u8>, String> {
    let close = host.iter().rposition(|b| *b == b']').ok_or("missing ']' in host")?;
    let port = host.get(close + 1..).unwrap_or_default();
    checked_port(port)?;
    let inside = host.get(1..close).unwrap_or_default();
    let zone = inside.windows(3).position(|w| w == b"%25").unwrap_or(inside.len());
    let (address, zone) = inside.split_at(zone);
    let mut name = unescape(address, Part::Host)?;
    let address = String::from_utf8_lossy(&name).into_owned();
    name.extend(unescape(zone, Part::Zone)?);
    if address.parse::<std::net::Ipv4Addr>().is_ok() {
        return Err("invalid IP-literal".to_owned());
    }
    if address.parse::<std::net::Ipv6Addr>().is_err() {
        return Err(format!("invalid host: ParseAddr({}): unable to parse IP", quoted(&name)));
    }
    Ok([b"[".as_slice(), &name, b"]", port].concat())
}

/// `urlParse TEXT`: a map of scheme, userinfo, host, hostname, path, query, opaque, fragment.
fn url_parse(call: &Call<'_>) -> FuncResult {
    let url = Url::parse(&call.str(0)).map_err(|error| format!("unable to parse url: {error}"))?;
    let map = Map::new();
    map.insert("hostname", Value::str(url.hostname()));
    map.insert("userinfo", url.userinfo().into());
    for (key, part) in [
        ("scheme", url.scheme),
        ("host", url.host),
        ("path", url.path),
        ("query", url.query),
        ("opaque", url.opaque),
        ("fragment", url.fragment),
    ] {
        map.insert(key, part.into());
    }
    Ok(Value::Map(map))
}

/// `urlJoin DICT`: the text of what `urlParse` gives; `hostname` is not read.
fn url_join(call: &Call<'_>) -> FuncResult {
    let map = call.dict(0);
    let part = |key: &str| -> Result<Vec<u8>, FuncError> {
        match map.get(key.as_bytes()) {
            None => Ok(Vec::new()),
            Some(Value::Str(text)) => Ok(<[u8]>::to_vec(&text)),
            Some(Value::Nil | Value::Invalid) => {
                Err("runtime error: invalid memory address or nil pointer dereference".into())
            }
            Some(other) => {
                Err(format!("unable to parse {key} key, must be of type string, but {} found", other.kind()).into())
            }
        }
    };
    let mut url = Url {
        scheme: part("scheme")?,
        host: part("host")?,
        path: part("path")?,
        query: part("query")?,
        opaque: part("opaque")?,
        fragment: part("fragment")?,
        user: None,
    };
    let user = part("userinfo")?;
    if !user.is_empty() {
        let whole = [b"proto://".as_slice(), &user, b"@host"].concat();
        let parsed = Url::parse(&whole).map_err(|error| format!("unable to parse userinfo in dict: {error}"))?;
        url.user = parsed.user;
    }
    Ok(url.text().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::funcs::testing::{call, error};

    #[test]
    fn a_url_survives_parsing_and_joining() {
        let parts = call(URLS, "urlParse", &["http://u:p@h:1/a%20b?c#d".into()]);
        assert_eq!(call(URLS, "urlJoin", &[parts]), Value::str("http://u:p@h:1/a%20b?c#d"));
    }

    #[test]
    fn bad_urls_are_refused_in_gos_words() {
        assert_eq!(
            error(URLS, "urlParse", &["http://a:b/".into()]),
            "unable to parse url: parse \"http://a:b/\": invalid port \":b\" after host"
        );
    }
}
