//! redis.conf as Redis reads it, with the place of every word.
//!
//! In: the text of a redis.conf. Out: a [`Conf`]: its directives in file order, and the lines whose quotes do not close.
//!
//! A line is trimmed, then it is a comment when it begins with `#`, and else words. A `#` later in the line is part of
//! a word. Quotes may open in the middle of a word (`a"b"` is `ab`), but where they close the word must end. `"…"` knows
//! `\n \r \t \a \b` and `\xHH`, any other escaped byte stands for itself; `'…'` knows only `\'`. All of it was seen on
//! real servers; what a line means is said in [`directives`].

use super::directives;
use super::sizes::{self, SizeError};

/// One word of a line, unquoted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// What Redis takes it for; bytes that are not UTF-8 (from `\xHH`) are replaced.
    pub text: String,
    /// Column in its line, in bytes from 1, quotes included.
    pub column: usize,
    /// How many bytes it takes in the line, quotes included.
    pub length: usize,
    /// Offset of its first byte in the text.
    pub offset: usize,
}

/// One line that says something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive {
    /// The name as it stands there.
    pub word: Word,
    /// The name that Redis uses today, in lower case: `replicaof` for `SlaveOf`.
    pub name: String,
    /// What follows the name.
    pub arguments: Vec<Word>,
    /// Its line, from 1; 0 when it comes from the program's arguments.
    pub line: usize,
    /// Which of the program's arguments names it, from 0.
    pub program_argument: Option<usize>,
}

impl Directive {
    /// The text of an argument, from 0; nothing where there are fewer.
    pub fn argument(&self, index: usize) -> Option<&str> {
        self.arguments.get(index).map(|word| word.text.as_str())
    }

    /// Whether it says `yes`.
    pub fn is_yes(&self) -> bool {
        self.argument(0).is_some_and(|text| text.eq_ignore_ascii_case("yes"))
    }
}

/// A line that Redis cannot cut into words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unbalanced {
    /// The line, from 1.
    pub line: usize,
    /// Column of the word in which quotes do not close, or close in its middle; in bytes from 1.
    pub column: usize,
    /// Bytes from there to the end of the line.
    pub length: usize,
    /// Offset of that word in the text.
    pub offset: usize,
    /// The first word, in lower case, when that one can be read.
    pub name: Option<String>,
}

/// A redis.conf, read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Conf {
    /// Its directives in file order.
    pub directives: Vec<Directive>,
    /// Lines with quotes that do not close.
    pub unbalanced: Vec<Unbalanced>,
    /// Whether its last line has a line break: what is appended to the file would else continue that line.
    pub ends_in_newline: bool,
}

impl Conf {
    /// Reads a text; every text is readable, at worst into unbalanced lines.
    ///
    /// ```
    /// use chartwright::redis_server::Conf;
    /// let conf = Conf::read("# cache\nmaxmemory \"1gb\"\nslaveof master 6379\n");
    /// assert_eq!(conf.bytes("maxmemory"), Some(1 << 30));
    /// assert_eq!(conf.last("replicaof").and_then(|d| d.argument(0)), Some("master"));
    /// ```
    pub fn read(text: &str) -> Conf {
        let mut conf = Conf { ends_in_newline: text.is_empty() || text.ends_with('\n'), ..Conf::default() };
        let mut offset = 0;
        for (index, raw) in text.split('\n').enumerate() {
            let blank = [' ', '\t', '\r'];
            let indent = raw.len() - raw.trim_start_matches(blank).len();
            let line = raw.trim_matches(blank);
            if !line.is_empty() && !line.starts_with('#') {
                conf.line(line, index + 1, indent, offset + indent);
            }
            offset += raw.len() + 1;
        }
        conf
    }

    fn line(&mut self, text: &str, line: usize, indent: usize, offset: usize) {
        let place = |word: &mut Word| {
            word.column += indent;
            word.offset += offset;
        };
        match words(text) {
            Ok(words) => {
                let mut words = words.into_iter().map(|mut word| {
                    place(&mut word);
                    word
                });
                let Some(word) = words.next() else { return };
                let name = directives::canonical(&word.text.to_ascii_lowercase());
                let arguments = words.collect();
                self.directives.push(Directive { word, name, arguments, line, program_argument: None });
            }
            Err((start, first)) => self.unbalanced.push(Unbalanced {
                line,
                column: indent + start + 1,
                length: text.len().saturating_sub(start),
                offset: offset + start,
                name: first.map(|word| word.to_ascii_lowercase()),
            }),
        }
    }

    /// Adds what stands behind the file's name on the command line: `--name value …`, which counts after the file.
    ///
    /// `--maxmemory 512mb` may be one argument or two. What comes before the first `--name` is passed over.
    ///
    /// ```
    /// use chartwright::redis_server::Conf;
    /// let mut conf = Conf::read("maxmemory 1gb\n");
    /// conf.add_arguments(["/etc/redis.conf", "--maxmemory", "2gb", "--appendonly yes"]);
    /// assert_eq!(conf.bytes("maxmemory"), Some(2 << 30));
    /// assert_eq!(conf.is_on("appendonly"), Some(true));
    /// ```
    pub fn add_arguments<'a>(&mut self, arguments: impl IntoIterator<Item = &'a str>) {
        for (index, argument) in arguments.into_iter().enumerate() {
            let word = |text: &str| Word { text: text.to_owned(), column: 1, length: argument.len(), offset: 0 };
            if let Some(named) = argument.strip_prefix("--") {
                let mut words = words(named).unwrap_or_default().into_iter().map(|word_of| word(&word_of.text));
                let Some(first) = words.next() else { continue };
                let name = directives::canonical(&first.text.to_ascii_lowercase());
                let arguments = words.collect();
                self.directives.push(Directive {
                    word: first,
                    name,
                    arguments,
                    line: 0,
                    program_argument: Some(index),
                });
            } else if let Some(last) = self.directives.last_mut().filter(|last| last.program_argument.is_some()) {
                last.arguments.push(word(argument));
            }
        }
    }

    /// Every line of a directive, under whichever of its names.
    pub fn all<'c>(&'c self, name: &'c str) -> impl DoubleEndedIterator<Item = &'c Directive> {
        self.directives.iter().filter(move |directive| directive.name == name)
    }

    /// The line of a directive that counts where only one does: the last.
    pub fn last(&self, name: &str) -> Option<&Directive> {
        self.directives.iter().rfind(|directive| directive.name == name)
    }

    /// The first argument of the last line of a directive.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.last(name)?.argument(0)
    }

    /// Whether a switch is on; `None` where no line says so.
    pub fn is_on(&self, name: &str) -> Option<bool> {
        self.last(name).map(Directive::is_yes)
    }

    /// An amount of memory in bytes; `None` where no line says so, or nothing readable.
    pub fn bytes(&self, name: &str) -> Option<u64> {
        let found: Result<u64, SizeError> = sizes::bytes(self.value(name)?);
        found.ok()
    }

    /// Whether snapshots are taken: the last `save ""` empties the list, later lines fill it again. `None` where no
    /// line says so; Redis then saves at times of its own.
    pub fn saves(&self) -> Option<bool> {
        let last = self.last("save")?;
        Some(last.arguments.iter().any(|word| !word.text.is_empty()))
    }
}

/// Cuts a line into words; where it cannot: the start of the word in which the quotes are wrong, and the first word.
fn words(line: &str) -> Result<Vec<Word>, (usize, Option<String>)> {
    let bytes = line.as_bytes();
    let at = |index: usize| bytes.get(index).copied();
    let mut words: Vec<Word> = Vec::new();
    let mut next = 0;
    loop {
        while at(next).is_some_and(is_space) {
            next += 1;
        }
        let start = next;
        if at(start).is_none() {
            return Ok(words);
        }
        let mut text = Vec::new();
        let wrong = |words: &[Word]| Err((start, words.first().map(|word| word.text.clone())));
        loop {
            match at(next) {
                // A vertical tab separates words only in front of one.
                None | Some(b' ' | b'\n' | b'\r' | b'\t' | 0) => break,
                Some(quote @ (b'"' | b'\'')) => {
                    let Some(after) = quoted(bytes, next + 1, quote, &mut text) else { return wrong(&words) };
                    if at(after).is_some_and(|byte| !is_space(byte)) {
                        return wrong(&words);
                    }
                    next = after;
                    break;
                }
                Some(byte) => {
                    text.push(byte);
                    next += 1;
                }
            }
        }
        // A zero byte ends what the server sees of the line.
        if next == start && at(next) == Some(0) {
            return Ok(words);
        }
        let text = String::from_utf8_lossy(&text).into_owned();
        words.push(Word { text, column: start + 1, length: next - start, offset: start });
    }
}

/// Reads up to the closing quote; the offset after it, or nothing where there is none.
fn quoted(bytes: &[u8], mut next: usize, quote: u8, text: &mut Vec<u8>) -> Option<usize> {
    loop {
        let byte = *bytes.get(next)?;
        let after = bytes.get(next + 1).copied();
        match (byte, after) {
            (b'\\', Some(b'\'')) if quote == b'\'' => {
                text.push(b'\'');
                next += 2;
            }
            (b'\\', Some(escaped)) if quote == b'"' => {
                let digit = |index: usize| char::from(*bytes.get(index)?).to_digit(16);
                if let (b'x', Some(high), Some(low)) = (escaped, digit(next + 2), digit(next + 3)) {
                    text.push(u8::try_from(high * 16 + low).unwrap_or_default());
                    next += 4;
                } else {
                    text.push(match escaped {
                        b'n' => b'\n',
                        b'r' => b'\r',
                        b't' => b'\t',
                        b'a' => 7,
                        b'b' => 8,
                        other => other,
                    });
                    next += 2;
                }
            }
            (byte, _) if byte == quote => return Some(next + 1),
            (byte, _) => {
                text.push(byte);
                next += 1;
            }
        }
    }
}

/// What C calls space.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What Redis 7.0.15 took each word for (`CONFIG GET masterauth` after a start with `masterauth WORD`).
    #[test]
    fn words_are_what_a_server_took_them_for() {
        for (word, want) in [
            ("a\"b\"", Some("ab")),
            (r#""a\x41\n\"\q""#, Some("aA\n\"q")),
            (r"'a\'b'", Some("a'b")),
            (r"'a\n'", Some(r"a\n")),
            (r"a\nb", Some(r"a\nb")),
            ("a'b'", Some("ab")),
            (r#""\x4""#, Some("x4")),
            (r#""\xZZ""#, Some("xZZ")),
            ("\"a\tb\"", Some("a\tb")),
            (r#"ab\"c"#, None),
            (r#"\"c"#, None),
            ("#b", Some("#b")),
            (r#""\a\b\r\t""#, Some("\x07\x08\r\t")),
            ("''", Some("")),
            ("a\"b c\"d", None),
            ("\"a\"'b'", None),
            ("é", Some("é")),
            ("a\x0bb", Some("a\x0bb")),
            ("\"abc", None),
            ("'abc", None),
            ("\"abc\\", None),
        ] {
            let conf = Conf::read(&format!("masterauth {word}"));
            assert_eq!(conf.value("masterauth"), want, "{word}");
            assert_eq!(conf.unbalanced.len(), usize::from(want.is_none()), "{word}");
        }
    }

    #[test]
    fn every_word_knows_its_place() {
        let conf = Conf::read("# a\n\n  \tsave 900  \"1\"\r\nDIR 'x\n");
        let words = |directive: &Directive| -> Vec<(usize, usize, usize)> {
            directive.arguments.iter().map(|w| (w.column, w.length, w.offset)).collect()
        };
        assert_eq!(
            conf.directives.iter().map(|d| (d.line, words(d))).collect::<Vec<_>>(),
            [(3, vec![(9, 3, 13), (14, 3, 18)])]
        );
        let broken = Unbalanced { line: 4, column: 5, length: 2, offset: 27, name: Some("dir".into()) };
        assert_eq!(conf.unbalanced, [broken]);
        assert!(conf.ends_in_newline && !Conf::read("port 1").ends_in_newline);
    }

    #[test]
    fn the_last_line_counts_under_each_name() {
        let conf = Conf::read("replica-priority 1\nSLAVE-PRIORITY 2\nsave 1 1\nsave \"\"\n");
        assert_eq!(conf.value("replica-priority"), Some("2"));
        assert_eq!(conf.all("replica-priority").count(), 2);
        assert_eq!(conf.saves(), Some(false));
        assert_eq!(Conf::read("save \"\"\nsave 1 1").saves(), Some(true));
        assert_eq!(Conf::read("").saves(), None);
        assert_eq!(conf.is_on("appendonly"), None);
    }
}
