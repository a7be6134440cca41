//! `.helmignore`: which files of a folder are no part of the chart.
//!
//! In: the text of the file. Out: [`Rules`] that answer for one path. Not git's rules: the
//! first match decides, `!x` means "ignore all that is not x", `**` is refused.

/// The patterns of one `.helmignore`, and the built-in one.
#[derive(Debug, Default)]
pub(super) struct Rules {
    patterns: Vec<Pattern>,
}

#[derive(Debug)]
struct Pattern {
    glob: Glob,
    negate: bool,
    must_be_folder: bool,
    whole_path: bool,
}

impl Rules {
    /// Reads the patterns.
    pub(super) fn parse(text: &[u8]) -> Result<Rules, String> {
        let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
        let mut rules = Rules::default();
        for line in String::from_utf8_lossy(text).split('\n') {
            rules.add(line)?;
        }
        Ok(rules)
    }

    /// Adds the built-in pattern: dot files in templates/.
    pub(super) fn with_defaults(mut self) -> Rules {
        let added = self.add("templates/.?*");
        debug_assert!(added.is_ok(), "the built-in pattern is well formed");
        self
    }

    fn add(&mut self, line: &str) -> Result<(), String> {
        let rule = line.trim();
        if rule.is_empty() || rule.starts_with('#') {
            return Ok(());
        }
        if rule.contains("**") {
            return Err("double-star (**) syntax is not supported".to_owned());
        }
        let all: Vec<char> = rule.chars().collect();
        path_match(&all, &['a', 'b', 'c']).ok_or("syntax error in pattern")?;
        let (negate, rule) = rule.strip_prefix('!').map_or((false, rule), |rest| (true, rest));
        let (must_be_folder, rule) = rule.strip_suffix('/').map_or((false, rule), |rest| (true, rest));
        let whole_path = rule.contains('/');
        let glob = Glob::read(rule.strip_prefix('/').unwrap_or(rule));
        self.patterns.push(Pattern { glob, negate, must_be_folder, whole_path });
        Ok(())
    }

    /// How many patterns there are.
    pub(super) fn len(&self) -> usize {
        self.patterns.len()
    }

    /// Whether the file or folder at `path` (relative, with `/`) is left out.
    pub(super) fn ignore(&self, path: &str, is_folder: bool) -> bool {
        for pattern in &self.patterns {
            if pattern.negate {
                if (pattern.must_be_folder && !is_folder) || !pattern.matches(path) {
                    return true;
                }
            } else if (is_folder || !pattern.must_be_folder) && pattern.matches(path) {
                return true;
            }
        }
        false
    }
}

impl Pattern {
    fn matches(&self, path: &str) -> bool {
        let subject = if self.whole_path { path } else { path.rsplit('/').next().unwrap_or(path) };
        match &self.glob {
            Glob::Text(text) => text == subject,
            Glob::Suffix(text) => subject.strip_suffix(text.as_str()).is_some_and(|head| !head.contains('/')),
            Glob::Tokens(tokens) => tokens_match(tokens, &subject.chars().collect::<Vec<_>>()),
            Glob::Malformed => false,
        }
    }
}

/// A pattern, read once: most are plain names, or a star and the end of a name.
#[derive(Debug)]
enum Glob {
    Text(String),
    Suffix(String),
    Tokens(Vec<Token>),
    Malformed,
}

impl Glob {
    fn read(pattern: &str) -> Glob {
        let plain = |text: &str| !text.contains(['*', '?', '[', '\\']);
        if plain(pattern) {
            return Glob::Text(pattern.to_owned());
        }
        if let Some(end) = pattern.strip_prefix('*').filter(|end| plain(end)) {
            return Glob::Suffix(end.to_owned());
        }
        parse(&pattern.chars().collect::<Vec<_>>()).map_or(Glob::Malformed, Glob::Tokens)
    }
}

/// Go's `filepath.Match`: `*` and `?` stop at `/`; `None` for a malformed pattern.
///
/// Go reads the whole pattern for errors even after a mismatch.
pub(crate) fn path_match(pattern: &[char], subject: &[char]) -> Option<bool> {
    Some(tokens_match(&parse(pattern)?, subject))
}

fn tokens_match(tokens: &[Token], subject: &[char]) -> bool {
    // Dynamic programming over positions of the subject: `*` cannot make it exponential.
    let mut reach = vec![false; subject.len() + 1];
    if let Some(start) = reach.first_mut() {
        *start = true;
    }
    for token in tokens {
        let mut next = vec![false; subject.len() + 1];
        let mut open = false;
        for (at, slot) in next.iter_mut().enumerate() {
            let before = at.checked_sub(1);
            let last = before.and_then(|i| subject.get(i));
            if let Token::Star = token {
                open = (open && last != Some(&'/')) || reach.get(at) == Some(&true);
                *slot = open;
            } else {
                let from = before.and_then(|i| reach.get(i)) == Some(&true);
                *slot = from && last.is_some_and(|c| token.accepts(*c));
            }
        }
        reach = next;
    }
    reach.last() == Some(&true)
}

#[derive(Debug)]
enum Token {
    Star,
    Any,
    One(char),
    Class { negated: bool, ranges: Vec<(char, char)> },
}

impl Token {
    fn accepts(&self, c: char) -> bool {
        match self {
            Token::Star => false,
            Token::Any => c != '/',
            Token::One(own) => *own == c,
            Token::Class { negated, ranges } => {
                ranges.iter().any(|(low, high)| (*low..=*high).contains(&c)) != *negated
            }
        }
    }
}

fn parse(pattern: &[char]) -> Option<Vec<Token>> {
    let mut chars = pattern.iter().copied().peekable();
    let mut tokens = Vec::new();
    while let Some(c) = chars.next() {
        tokens.push(match c {
            '*' => Token::Star,
            '?' => Token::Any,
            '\\' => Token::One(chars.next()?),
            '[' => {
                let negated = chars.next_if_eq(&'^').is_some();
                let mut ranges = Vec::new();
                while chars.peek() != Some(&']') || ranges.is_empty() {
                    let low = class_char(&mut chars)?;
                    let high = if chars.next_if_eq(&'-').is_some() { class_char(&mut chars)? } else { low };
                    ranges.push((low, high));
                }
                chars.next();
                Token::Class { negated, ranges }
            }
            other => Token::One(other),
        });
    }
    Some(tokens)
}

fn class_char(chars: &mut std::iter::Peekable<impl Iterator<Item = char>>) -> Option<char> {
    match chars.next()? {
        '-' | ']' => None,
        '\\' => chars.next(),
        c => Some(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_match_decides_and_a_negation_ignores_the_rest() {
        let rules = Rules::parse(b"# c\n*.bak\ndocs/\n/top.txt\na/*.md\n").unwrap_or_default();
        assert!(rules.ignore("x/y.bak", false) && !rules.ignore("x.bak/y", false));
        assert!(rules.ignore("docs", true));
        assert!(!rules.ignore("docs", false));
        assert!(rules.ignore("top.txt", false));
        assert!(rules.ignore("a/b.md", false) && !rules.ignore("a/b/c.md", false));
        let negated = Rules::parse(b"!*.yaml").unwrap_or_default();
        assert!(negated.ignore("templates", true) && !negated.ignore("values.yaml", false));
    }

    #[test]
    fn double_stars_and_open_classes_are_refused() {
        assert!(Rules::parse(b"a/**").is_err());
        assert!(Rules::parse(b"[a").is_err());
    }
}
