//! Anchors, aliases, tags and directives.
//!
//! In: a cursor at the first byte. Out: the lexeme, with the cursor behind it.

use super::cursor::{Cursor, Scan, is_blank, is_word};
use super::lexeme::Kind;

impl<'a> Cursor<'a> {
    /// `&name`, `*name` or a tag.
    pub(super) fn property(&mut self, first: u8) -> Scan<Kind<'a>> {
        if first == b'!' {
            return self.tag();
        }
        self.pos += 1;
        let name = self.take_word();
        let ends = self.is_gap(0) || b"?:,]}%@`".contains(&self.at(0));
        if name.is_empty() || !ends {
            return self.fail("did not find expected alphabetic or numeric character");
        }
        Ok(if first == b'*' { Kind::Alias(name) } else { Kind::Anchor(name) })
    }

    fn tag(&mut self) -> Scan<Kind<'a>> {
        let (handle, suffix): (&[u8], Vec<u8>);
        if self.at(1) == b'<' {
            self.pos += 2;
            (handle, suffix) = (b"", self.tag_uri(b"")?);
            if self.at(0) != b'>' {
                return self.fail("did not find the expected '>'");
            }
            self.pos += 1;
        } else {
            let found = self.tag_handle(false)?;
            if found.len() > 1 && found.ends_with(b"!") {
                (handle, suffix) = (found, self.tag_uri(b"")?);
            } else {
                // It was no handle, but the start of the tag itself.
                let rest = self.tag_uri(found)?;
                (handle, suffix) = if rest.is_empty() { (&b""[..], b"!".to_vec()) } else { (&b"!"[..], rest) };
            }
        }
        if !self.is_gap(0) {
            return self.fail("did not find expected whitespace or line break");
        }
        Ok(Kind::Tag { handle, suffix })
    }

    fn tag_handle(&mut self, directive: bool) -> Scan<&'a [u8]> {
        if self.at(0) != b'!' {
            return self.fail("did not find expected '!'");
        }
        let from = self.pos;
        self.pos += 1;
        let name = self.take_word();
        if self.at(0) == b'!' {
            self.pos += 1;
        } else if directive && !name.is_empty() {
            return self.fail("did not find expected '!'");
        }
        Ok(self.slice(from, self.pos))
    }

    /// What names the tag, after the `head` that was read already without its `!`.
    fn tag_uri(&mut self, head: &[u8]) -> Scan<Vec<u8>> {
        let mut uri = head.get(1..).unwrap_or(b"").to_vec();
        let from = self.pos;
        loop {
            let b = self.at(0);
            if b == b'%' {
                self.uri_escape(&mut uri)?;
            } else if is_word(b) || b";/?:@&=+$,.!~*'()[]".contains(&b) {
                uri.push(b);
                self.pos += 1;
            } else if head.is_empty() && self.pos == from {
                return self.fail("did not find expected tag URI");
            } else {
                return Ok(uri);
            }
        }
    }

    /// One character as `%XX` bytes.
    fn uri_escape(&mut self, uri: &mut Vec<u8>) -> Scan<()> {
        let mut left = 0;
        loop {
            let digit = |ahead| char::from(self.at(ahead)).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
            let (b'%', Some(high), Some(low)) = (self.at(0), digit(1), digit(2)) else {
                return self.fail("did not find URI escaped octet");
            };
            let octet = high << 4 | low;
            left = match octet {
                _ if left > 0 && octet & 0xC0 != 0x80 => {
                    return self.fail("found an incorrect trailing UTF-8 octet");
                }
                _ if left > 0 => left - 1,
                0..0x80 => 0,
                0xC0..0xE0 => 1,
                0xE0..0xF0 => 2,
                0xF0..0xF8 => 3,
                _ => return self.fail("found an incorrect leading UTF-8 octet"),
            };
            uri.push(octet);
            self.pos += 3;
            if left == 0 {
                return Ok(());
            }
        }
    }

    /// A line that begins with `%`.
    pub(super) fn directive(&mut self) -> Scan<Kind<'a>> {
        self.pos += 1;
        let name = self.take_word();
        if name.is_empty() {
            return self.fail("could not find expected directive name");
        }
        if !self.is_gap(0) {
            return self.fail("found unexpected non-alphabetical character");
        }
        let kind = match name {
            b"YAML" => {
                self.skip_blanks();
                let major = self.version_number()?;
                if self.at(0) != b'.' {
                    return self.fail("did not find expected digit or '.' character");
                }
                self.pos += 1;
                Kind::Version(major, self.version_number()?)
            }
            b"TAG" => {
                self.skip_blanks();
                let handle = self.tag_handle(true)?;
                if !is_blank(self.at(0)) {
                    return self.fail("did not find expected whitespace");
                }
                self.skip_blanks();
                let prefix = self.tag_uri(b"")?;
                if !self.is_gap(0) {
                    return self.fail("did not find expected whitespace or line break");
                }
                Kind::TagDirective { handle, prefix }
            }
            _ => return self.fail("found unknown directive name"),
        };
        self.finish_line()?;
        Ok(kind)
    }

    fn version_number(&mut self) -> Scan<u8> {
        let mut number = 0;
        for length in 0u8.. {
            let digit = self.at(0);
            if !digit.is_ascii_digit() {
                if length == 0 {
                    break;
                }
                return Ok(number);
            }
            if length == 2 {
                return self.fail("found extremely long version number");
            }
            number = number * 10 + (digit - b'0');
            self.pos += 1;
        }
        self.fail("did not find expected version number")
    }
}
