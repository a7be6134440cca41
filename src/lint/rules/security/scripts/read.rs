//! A shell script as its commands, without running it.
//!
//! In: the text. Out: the commands with their lines, and the variables with secrets that the shell would split. What
//! stands in here-documents and comments is neither.

use super::super::words::secret_variables;
use crate::lint::rules::lines::Spot;
use std::collections::HashMap;

/// A command, with the lines that it goes on in joined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Command {
    /// The line on which it begins, from 1.
    pub line: usize,
    /// The column of its first word, from 1 in bytes.
    pub column: usize,
    pub text: String,
}

impl Command {
    /// Its first word.
    pub fn program(&self) -> &str {
        self.text.split(|c: char| c.is_whitespace() || c == ';').next().unwrap_or_default()
    }

    /// The first word as a part of its line.
    pub fn spot(&self) -> Spot {
        Spot { line: self.line, column: self.column, length: self.program().len() }
    }
}

/// Which quotes are open; they begin anew in `$(…)`, so each level has its own.
#[derive(Debug, Default)]
struct Quotes {
    outer: Vec<bool>,
    single: bool,
    double: bool,
    escaped: bool,
    before: char,
}

impl Quotes {
    fn are_open(&self) -> bool {
        self.single || self.double
    }

    fn push(&mut self, c: char) {
        let escaped = std::mem::take(&mut self.escaped);
        match c {
            _ if escaped => {}
            '\\' if !self.single => self.escaped = true,
            '\'' if !self.double => self.single = !self.single,
            '"' if !self.single => self.double = !self.double,
            '(' if self.before == '$' && !self.single => self.outer.push(std::mem::take(&mut self.double)),
            ')' if !self.are_open() => self.double = self.outer.pop().unwrap_or(false),
            _ => {}
        }
        self.before = c;
    }
}

/// The lines of a script; those of here-documents are empty, and comments are cut off.
fn lines(text: &str) -> Vec<&str> {
    let all: Vec<&str> = text.lines().collect();
    let mut found = Vec::with_capacity(all.len());
    let mut quotes = Quotes::default();
    let mut end: Option<&str> = None;
    // The last line that each word stands on alone.
    let last: HashMap<&str, usize> = all.iter().enumerate().map(|(number, line)| (line.trim(), number)).collect();
    for (number, line) in all.iter().enumerate() {
        if let Some(word) = end {
            end = Some(word).filter(|word| line.trim() != *word);
            found.push("");
            continue;
        }
        let mut stop = line.len();
        let mut before = ' ';
        for (at, c) in line.char_indices() {
            if c == '#' && !quotes.are_open() && (before.is_whitespace() || before == ';') {
                stop = at;
                break;
            }
            quotes.push(c);
            before = c;
        }
        // A line break is escaped by what stands before it.
        quotes.escaped = false;
        let line = line.get(..stop).unwrap_or(line);
        end = here(line).filter(|word| last.get(word).is_some_and(|last| *last > number));
        found.push(line);
    }
    found
}

/// The word that ends the here-document which a line opens.
fn here(line: &str) -> Option<&str> {
    let (before, rest) = line.split_once("<<")?;
    if rest.starts_with('<') || before.ends_with('<') {
        return None;
    }
    let rest = rest.strip_prefix('-').unwrap_or(rest).trim_start().trim_start_matches(['\'', '"', '\\']);
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    rest.get(..end).filter(|word| word.starts_with(|c: char| c.is_alphabetic() || c == '_'))
}

/// The commands of a script, each with all its lines.
pub(super) fn commands(text: &str) -> Vec<Command> {
    let mut found: Vec<Command> = Vec::new();
    let mut quotes = Quotes::default();
    let mut goes_on = false;
    for (number, line) in lines(text).into_iter().enumerate() {
        let is_inside = quotes.are_open();
        line.chars().for_each(|c| quotes.push(c));
        quotes.escaped = false;
        let bare = line.trim();
        if bare.is_empty() {
            continue;
        }
        match found.last_mut().filter(|_| goes_on || is_inside) {
            Some(last) => {
                last.text.truncate(last.text.trim_end_matches('\\').len());
                last.text.push(' ');
                last.text.push_str(bare);
            }
            None => {
                let column = line.len() - line.trim_start().len() + 1;
                found.push(Command { line: number + 1, column, text: bare.to_owned() });
            }
        }
        goes_on = bare.ends_with(['\\', '|']) || bare.ends_with("&&");
    }
    found
}

/// A variable that the shell splits.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Bare {
    pub name: String,
    pub spot: Spot,
}

/// The variables with secrets that stand outside of quotes, where the shell splits them: one for each command.
pub(super) fn bare_secrets(text: &str) -> Vec<Bare> {
    let mut found: Vec<Bare> = Vec::new();
    let mut quotes = Quotes::default();
    let mut word = String::new();
    for (number, line) in lines(text).into_iter().enumerate() {
        let mut is_told = false;
        for (at, c) in line.char_indices() {
            let was_escaped = quotes.escaped;
            if c == '$' && !was_escaped && !quotes.are_open() && !is_told {
                // `NAME=$VALUE` is not split, and neither is what stands in `[[ … ]]`, after `<<<` or after `case`.
                let is_value = word.contains('=') && !word.starts_with('-') || word.ends_with("<<<");
                let safe = is_value || line.trim_start().starts_with("case ") || line.contains("[[");
                let rest = line.get(at..).unwrap_or_default();
                let end = rest.get(1..).and_then(|rest| rest.find('$')).map_or(rest.len(), |end| end + 1);
                let own = rest.get(..end).unwrap_or(rest);
                let named = secret_variables(own).next().filter(|_| !safe && !rest.starts_with("$("));
                if let Some(name) = named {
                    let length = match rest.starts_with("${") {
                        true => rest.find('}').map_or(0, |end| end + 1),
                        false => name.len() + 1,
                    };
                    let spot = Spot { line: number + 1, column: at + 1, length };
                    found.push(Bare { name: name.to_owned(), spot });
                    is_told = true;
                }
            }
            quotes.push(c);
            if c.is_whitespace() && !quotes.are_open() { word.clear() } else { word.push(c) }
        }
        quotes.escaped = false;
        if !quotes.are_open() {
            word.clear();
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(script: &str) -> Vec<(usize, String)> {
        commands(script).into_iter().map(|command| (command.line, command.text)).collect()
    }

    #[test]
    fn only_secrets_outside_of_quotes_are_bare() {
        let found = bare_secrets("set -e\n  redis-cli -a $REDIS_PASSWORD ping");
        assert_eq!(found, [Bare { name: "REDIS_PASSWORD".to_owned(), spot: Spot { line: 2, column: 16, length: 15 } }]);
        for line in [
            "redis-cli -a \"$REDIS_PASSWORD\"",
            "export REDISCLI_AUTH=$REDIS_PASSWORD",
            "echo '$REDIS_PASSWORD'",
            "echo 'a\n$REDIS_PASSWORD\nb'",
            "# don't\necho \"$REDIS_PASSWORD\"",
            "cat <<EOF\nrequirepass $REDIS_PASSWORD\nEOF",
            "if [[ -n $REDIS_PASSWORD ]]; then",
            "echo $HOME",
            "read -a all <<< \"$(tr ',' ' ' <<<\"${CLIENT_PASSWORD:-}\")\"",
        ] {
            assert_eq!(bare_secrets(line), [], "{line}");
        }
    }

    #[test]
    fn continued_lines_are_one_command_and_comments_none() {
        let found = texts("# a\nx \\\n  y\n\nz |\nw # c\n");
        assert_eq!(found, [(2, "x  y".to_owned()), (5, "z | w".to_owned())]);
    }

    #[test]
    fn what_stands_in_quotes_and_here_documents_is_no_command() {
        let found = texts("awk '\n  print\n' file\ncat > a <<-'END'\n  cp b c\n  END\necho $((1 << 2))\nlast");
        let want = [(1, "awk ' print ' file"), (4, "cat > a <<-'END'"), (7, "echo $((1 << 2))"), (8, "last")];
        assert_eq!(found, want.map(|(line, text)| (line, text.to_owned())));
    }
}
