//! From text to the tree of the first document, one function for each kind of collection.
//!
//! In: checked text. Out: [`Document`]. A block collection lives as long as what comes next stands at
//! its column; what is wrong is said of the lexeme where Go says it, after all that Go has read by then.

use super::cursor::{Place, Scan};
use super::error::{Error, Finder, Problem};
use super::lexeme::{Kind, Lexeme, Lexer, OUTSIDE};
use super::read::Source;
use super::sight::Value;
use super::tree::{Document, Id, ItemKind, deep};
use crate::limits::YAML_NODES;
use std::borrow::Cow;
use std::collections::HashMap;

/// Reads the first document and looks no further than what follows it.
pub(super) fn parse<'a>(source: &'a Source<'_>) -> Result<Document<'a>, Error> {
    let mut parser = Parser {
        lexer: Lexer::new(source),
        next: None,
        document: Document::for_text(source.text.len()),
        anchors: HashMap::new(),
        handles: Vec::new(),
        refused: None,
        most_nodes: YAML_NODES.size(),
    };
    match parser.stream() {
        Ok(()) => Ok(parser.document),
        Err(problem) => Err(parser.refused.unwrap_or_else(|| problem.into())),
    }
}

/// What is said of a document that is too large.
pub(super) fn too_many_nodes() -> String {
    format!("yaml: {}", YAML_NODES.exceeded("nodes in one document"))
}

struct Parser<'a> {
    lexer: Lexer<'a>,
    /// What was looked at and not yet taken.
    next: Option<Lexeme<'a>>,
    document: Document<'a>,
    anchors: HashMap<&'a [u8], Id>,
    /// `%TAG` handles and what they stand for.
    handles: Vec<(Vec<u8>, Vec<u8>)>,
    /// The error with a text of its own: about an alias that names nothing, or too many nodes.
    refused: Option<Error>,
    most_nodes: usize,
}

/// What the next lexeme means to a block collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// It ends here.
    Over,
    /// A collection inside of it begins.
    Opens,
    /// `- ` of this collection.
    Dash,
    /// A key of this collection; with `?` when true.
    Key(bool),
    /// `:` of this collection.
    Colon,
    Other,
}

/// What stands before a node's content.
#[derive(Default)]
struct Properties<'a> {
    anchor: Option<&'a [u8]>,
    tag: Option<Vec<u8>>,
}

impl<'a> Parser<'a> {
    fn peek(&mut self) -> Scan<&mut Lexeme<'a>> {
        if self.next.is_none() {
            self.next = Some(self.lexer.next(OUTSIDE)?);
        }
        match &mut self.next {
            Some(lexeme) => Ok(lexeme),
            None => Err(Problem { finder: Finder::Parser, message: "unexpected end of the stream", line: 0 }),
        }
    }

    /// Takes what was looked at.
    fn take(&mut self) -> Scan<Lexeme<'a>> {
        match self.next.take() {
            Some(lexeme) => Ok(lexeme),
            None => self.lexer.next(OUTSIDE),
        }
    }

    /// The next lexeme has no place here.
    fn fail<T>(&mut self, message: &'static str) -> Scan<T> {
        let line = self.peek()?.place.line - 1;
        self.settle()?;
        Err(Problem { finder: Finder::Parser, message, line })
    }

    fn settle(&mut self) -> Scan<()> {
        match &mut self.next {
            Some(lexeme) => self.lexer.settle(lexeme),
            None => Ok(()),
        }
    }

    fn turn(&mut self, column: isize) -> Scan<Turn> {
        let next = self.peek()?;
        Ok(match next.kind {
            _ if next.column < column => Turn::Over,
            _ if next.opens => Turn::Opens,
            _ if next.key => Turn::Key(false),
            Kind::Dash => Turn::Dash,
            Kind::Question => Turn::Key(true),
            Kind::Colon => Turn::Colon,
            _ => Turn::Other,
        })
    }

    fn stream(&mut self) -> Scan<()> {
        let explicit = match self.peek()?.kind {
            Kind::End => return Ok(()),
            Kind::Version(..) | Kind::TagDirective { .. } | Kind::DocumentStart => true,
            _ => false,
        };
        self.directives()?;
        if explicit {
            if !matches!(self.peek()?.kind, Kind::DocumentStart) {
                return self.fail("did not find expected <document start>");
            }
            self.take()?;
        }
        let next = self.peek()?;
        let place = next.place;
        match next.kind {
            Kind::Version(..) | Kind::TagDirective { .. } | Kind::DocumentStart | Kind::DocumentEnd | Kind::End
                if explicit =>
            {
                self.empty(place);
            }
            _ => self.node(OUTSIDE, false)?,
        }
        // Looking at what follows finds errors right after the document.
        self.peek()?;
        self.settle()
    }

    fn directives(&mut self) -> Scan<()> {
        let mut versioned = false;
        loop {
            match &mut self.peek()?.kind {
                Kind::Version(..) if versioned => return self.fail("found duplicate %YAML directive"),
                Kind::Version(1, 1) => versioned = true,
                Kind::Version(..) => return self.fail("found incompatible YAML document"),
                Kind::TagDirective { handle, prefix } => {
                    let (handle, prefix) = (handle.to_vec(), std::mem::take(prefix));
                    if self.handles.iter().any(|(known, _)| *known == handle) {
                        return self.fail("found duplicate %TAG directive");
                    }
                    self.handles.push((handle, prefix));
                }
                _ => return Ok(()),
            }
            self.take()?;
        }
    }

    /// A node in the block collection at that column, if in one. Where it is a mapping, a list may
    /// stand at its column too.
    fn node(&mut self, column: isize, in_map: bool) -> Scan<()> {
        let next = self.peek()?;
        let place = next.place;
        if self.document.len() >= self.most_nodes {
            return self.refuse(too_many_nodes(), place);
        }
        let next = self.peek()?;
        let mut properties = Properties::default();
        if !next.key {
            match next.kind {
                Kind::Alias(name) => {
                    self.take()?;
                    return self.alias(name, place);
                }
                Kind::Anchor(_) | Kind::Tag { .. } => properties = self.properties(column)?,
                _ => {}
            }
        }
        let next = self.peek()?;
        if next.column < column {
            return self.no_content(properties, place);
        }
        if next.opens {
            let list = matches!(next.kind, Kind::Dash) && !next.key;
            return deep(|| if list { self.block_list(properties, place) } else { self.block_map(properties, place) });
        }
        if next.key {
            return self.no_content(properties, place);
        }
        match next.kind {
            Kind::Scalar { .. } => {
                let Kind::Scalar { text, plain } = self.take()?.kind else { return Ok(()) };
                let implicit = match &properties.tag {
                    None => plain,
                    Some(tag) => tag == b"!",
                };
                self.scalar(text, implicit, properties, place);
                Ok(())
            }
            Kind::ListOpen => deep(|| self.flow_list(properties, place)),
            Kind::MapOpen => deep(|| self.flow_map(properties, place)),
            Kind::Dash if in_map && next.column == column => {
                let dash = self.take()?.place;
                deep(|| self.list_at_key(column, dash, properties, place))
            }
            _ => self.no_content(properties, place),
        }
    }

    /// Nothing stands where a node should.
    fn no_content(&mut self, properties: Properties<'a>, place: Place) -> Scan<()> {
        if properties.anchor.is_none() && properties.tag.is_none() {
            return self.fail("did not find expected node content");
        }
        let implicit = properties.tag.is_none();
        self.scalar(Cow::Borrowed(b""), implicit, properties, place);
        Ok(())
    }

    fn scalar(&mut self, text: Cow<'a, [u8]>, implicit: bool, properties: Properties<'a>, place: Place) {
        let tag = self.document.push_tag(properties.tag);
        let id = self.document.push(ItemKind::Scalar { text, tag, implicit }, place);
        self.name(properties.anchor, id);
    }

    fn empty(&mut self, place: Place) {
        self.scalar(Cow::Borrowed(b""), true, Properties::default(), place);
    }

    fn list(&mut self, anchor: Option<&'a [u8]>, place: Place) -> Id {
        let id = self.document.push(ItemKind::List { end: 0 }, place);
        self.name(anchor, id);
        id
    }

    fn map(&mut self, anchor: Option<&'a [u8]>, place: Place) -> Id {
        let id = self.document.push(ItemKind::Map { end: 0 }, place);
        self.name(anchor, id);
        id
    }

    fn name(&mut self, anchor: Option<&'a [u8]>, id: Id) {
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor, id);
        }
    }

    fn alias(&mut self, name: &'a [u8], place: Place) -> Scan<()> {
        if let Some(&target) = self.anchors.get(name) {
            self.document.push(ItemKind::Alias { name, target }, place);
            return Ok(());
        }
        let message = format!("yaml: unknown anchor '{}' referenced", String::from_utf8_lossy(name));
        self.refuse(message, place)
    }

    /// Ends with an error whose text is made here.
    fn refuse<T>(&mut self, message: String, place: Place) -> Scan<T> {
        self.refused = Some(Error { message, line: place.line });
        Err(Problem { finder: Finder::Parser, message: "refused", line: place.line })
    }

    /// An anchor and a tag, in either order.
    fn properties(&mut self, column: isize) -> Scan<Properties<'a>> {
        let mut properties = Properties::default();
        let mut undefined = None;
        loop {
            let next = self.peek()?;
            let line = next.place.line - 1;
            match &mut next.kind {
                _ if next.key || next.column < column => break,
                Kind::Anchor(name) if properties.anchor.is_none() => properties.anchor = Some(*name),
                Kind::Tag { handle, suffix } if properties.tag.is_none() && undefined.is_none() => {
                    let (handle, suffix) = (*handle, std::mem::take(suffix));
                    properties.tag = self.tag(handle, suffix);
                    if properties.tag.is_none() {
                        undefined = Some(line);
                    }
                }
                _ => break,
            }
            self.take()?;
            if undefined.is_some() {
                // Go gives up before it reads on from what is outside of this collection.
                self.next = Some(self.lexer.next(column)?);
            }
        }
        // The tag `!<>` is none.
        properties.tag = properties.tag.filter(|tag| !tag.is_empty());
        match undefined {
            None => Ok(properties),
            Some(line) => {
                if self.peek()?.column >= column {
                    self.settle()?;
                }
                Err(Problem { finder: Finder::Parser, message: "found undefined tag handle", line })
            }
        }
    }

    /// The whole tag; `None` when nobody has defined the handle.
    fn tag(&self, handle: &[u8], suffix: Vec<u8>) -> Option<Vec<u8>> {
        let known = self.handles.iter().find(|(known, _)| known == handle).map(|(_, prefix)| prefix.as_slice());
        let prefix = match handle {
            b"" => return Some(suffix),
            _ if known.is_some() => known?,
            b"!" => b"!",
            b"!!" => b"tag:yaml.org,2002:",
            _ => return None,
        };
        Some([prefix, &suffix].concat()).filter(|tag| !tag.is_empty())
    }

    fn block_list(&mut self, properties: Properties<'a>, place: Place) -> Scan<()> {
        let id = self.list(properties.anchor, place);
        let dash = self.take()?;
        let column = dash.column;
        self.list_item(column, dash.place, false)?;
        loop {
            if let Some(dash) = self.next_dash(column) {
                self.list_item(column, dash, false)?;
                continue;
            }
            match self.turn(column)? {
                Turn::Over => break,
                Turn::Dash => {
                    let dash = self.take()?.place;
                    self.list_item(column, dash, false)?;
                }
                _ => return self.fail("did not find expected '-' indicator"),
            }
        }
        self.document.finish(id);
        Ok(())
    }

    /// A list whose dashes stand at the column of its key, from the first of them on.
    fn list_at_key(&mut self, column: isize, dash: Place, properties: Properties<'a>, place: Place) -> Scan<()> {
        let id = self.list(properties.anchor, place);
        self.list_item(column, dash, true)?;
        loop {
            if let Some(dash) = self.next_dash(column) {
                self.list_item(column, dash, true)?;
            } else if self.turn(column)? == Turn::Dash {
                let dash = self.take()?.place;
                self.list_item(column, dash, true)?;
            } else {
                break;
            }
        }
        self.document.finish(id);
        Ok(())
    }

    fn next_dash(&mut self, column: isize) -> Option<Place> {
        if self.next.is_some() { None } else { self.lexer.take_dash(column) }
    }

    /// What follows a dash. Where it stands at the column of a key, the next key ends the item.
    fn list_item(&mut self, column: isize, dash: Place, at_key: bool) -> Scan<()> {
        if self.next.is_none()
            && let Some((key, place, inner)) = self.lexer.first_word_key(column)?
        {
            return deep(|| self.block_map_from(key, inner, place));
        }
        match self.turn(column)? {
            Turn::Over | Turn::Dash => self.empty(dash.after(1)),
            Turn::Key(_) | Turn::Colon if at_key => self.empty(dash.after(1)),
            _ => self.node(column, false)?,
        }
        Ok(())
    }

    fn block_map(&mut self, properties: Properties<'a>, place: Place) -> Scan<()> {
        let id = self.map(properties.anchor, place);
        let first = self.peek()?;
        first.opens = false;
        let column = first.column;
        self.block_map_entries(id, column)
    }

    /// A block mapping whose first key was taken already.
    fn block_map_from(&mut self, key: &'a [u8], column: isize, place: Place) -> Scan<()> {
        let id = self.map(None, place);
        self.scalar(Cow::Borrowed(key), true, Properties::default(), place);
        self.block_map_value(column)?;
        self.block_map_entries(id, column)
    }

    fn block_map_entries(&mut self, id: Id, column: isize) -> Scan<()> {
        loop {
            if self.next.is_none()
                && let Some((key, place)) = self.lexer.word_key(column)
            {
                self.scalar(Cow::Borrowed(key), true, Properties::default(), place);
                self.block_map_value(column)?;
                continue;
            }
            match self.turn(column)? {
                Turn::Over => break,
                Turn::Key(false) => {
                    self.peek()?.key = false;
                    self.node(column, true)?;
                }
                // Further right it can only be the sign that Go puts after an empty flow collection.
                Turn::Key(true) if self.peek()?.column == column => {
                    let mark = self.take()?.place;
                    self.block_map_node(column, mark.after(1))?;
                }
                _ => return self.fail("did not find expected key"),
            }
            self.block_map_value(column)?;
        }
        self.document.finish(id);
        Ok(())
    }

    /// What follows a key: a `:` and a node, or nothing.
    fn block_map_value(&mut self, column: isize) -> Scan<()> {
        if self.next.is_none() && self.lexer.take_colon() {
            return self.value_behind_colon(column);
        }
        if self.turn(column)? == Turn::Colon {
            let colon = self.take()?.place;
            return self.block_map_node(column, colon.after(1));
        }
        let place = self.peek()?.place;
        self.empty(place);
        Ok(())
    }

    /// A value of the mapping at that column, the simple ones without looking at lexemes.
    fn value_behind_colon(&mut self, column: isize) -> Scan<()> {
        let behind = self.lexer.place();
        let Some((value, place)) = self.lexer.value()? else {
            if let Some((key, place, inner)) = self.lexer.first_word_key(column)? {
                return deep(|| self.block_map_from(key, inner, place));
            }
            if let Some(dash) = self.lexer.take_dash(column) {
                return deep(|| self.list_at_key(column, dash, Properties::default(), dash));
            }
            return self.block_map_node(column, behind);
        };
        match value {
            Value::Scalar { text, plain } => self.scalar(text, plain, Properties::default(), place),
            Value::EmptyList => {
                let id = self.list(None, place);
                self.document.finish(id);
            }
            Value::EmptyMap => {
                let id = self.map(None, place);
                self.document.finish(id);
            }
        }
        Ok(())
    }

    fn block_map_node(&mut self, column: isize, empty: Place) -> Scan<()> {
        match self.turn(column)? {
            Turn::Key(_) | Turn::Colon | Turn::Over => {
                self.empty(empty);
                Ok(())
            }
            _ => self.node(column, true),
        }
    }

    fn is_flow_key(&mut self) -> Scan<bool> {
        let next = self.peek()?;
        Ok(next.key || matches!(next.kind, Kind::Question))
    }

    /// Takes the sign for a key: the `?`, or what makes the next lexeme one.
    fn take_flow_key(&mut self) -> Scan<()> {
        let next = self.peek()?;
        if next.key {
            next.key = false;
        } else {
            self.take()?;
        }
        Ok(())
    }

    /// The next lexeme, none while it is a key that still has its sign.
    fn flow_kind(&mut self) -> Scan<Option<&Kind<'a>>> {
        let next = self.peek()?;
        Ok(if next.key { None } else { Some(&next.kind) })
    }

    fn flow_list(&mut self, properties: Properties<'a>, place: Place) -> Scan<()> {
        let id = self.list(properties.anchor, place);
        let is_end = |kind: &Kind| matches!(kind, Kind::ListClose);
        self.flow(id, is_end, "did not find expected ',' or ']'", |parser| {
            if parser.is_flow_key()? { parser.flow_pair() } else { parser.node(OUTSIDE, false) }
        })
    }

    /// From the opening bracket of `id` to the closing one: items between commas, and maybe one
    /// comma more.
    fn flow(
        &mut self,
        id: Id,
        is_end: impl Fn(&Kind) -> bool,
        no_comma: &'static str,
        item: impl Fn(&mut Self) -> Scan<()>,
    ) -> Scan<()> {
        self.take()?;
        let mut first = true;
        while !is_end(&self.peek()?.kind) {
            if !first {
                if !matches!(self.flow_kind()?, Some(Kind::Comma)) {
                    return self.fail(no_comma);
                }
                self.take()?;
                if is_end(&self.peek()?.kind) {
                    break;
                }
            }
            first = false;
            item(self)?;
        }
        self.take()?;
        self.document.finish(id);
        Ok(())
    }

    /// A map of one entry, which stands in a list without braces.
    fn flow_pair(&mut self) -> Scan<()> {
        let place = self.peek()?.place;
        let id = self.map(None, place);
        self.take_flow_key()?;
        if matches!(self.flow_kind()?, Some(Kind::Colon | Kind::Comma | Kind::ListClose)) {
            // Go drops it, and so `[? , a]` loses its comma.
            let place = self.take()?.place;
            self.empty(place.after(1));
        } else {
            self.node(OUTSIDE, false)?;
        }
        let place = self.peek()?.place;
        if matches!(self.flow_kind()?, Some(Kind::Colon)) {
            self.take()?;
            if !matches!(self.flow_kind()?, Some(Kind::Comma | Kind::ListClose)) {
                self.node(OUTSIDE, false)?;
                self.document.finish(id);
                return Ok(());
            }
        }
        self.empty(place);
        self.document.finish(id);
        Ok(())
    }

    fn flow_map(&mut self, properties: Properties<'a>, place: Place) -> Scan<()> {
        let id = self.map(properties.anchor, place);
        self.flow(id, |kind| matches!(kind, Kind::MapClose), "did not find expected ',' or '}'", Self::flow_entry)
    }

    fn flow_entry(&mut self) -> Scan<()> {
        if !self.is_flow_key()? {
            // A key without a value.
            self.node(OUTSIDE, false)?;
            let place = self.peek()?.place;
            self.empty(place);
            return Ok(());
        }
        self.take_flow_key()?;
        let place = self.peek()?.place;
        match self.flow_kind()? {
            Some(Kind::Colon | Kind::Comma | Kind::MapClose) => self.empty(place),
            _ => self.node(OUTSIDE, false)?,
        }
        let place = self.peek()?.place;
        if matches!(self.flow_kind()?, Some(Kind::Colon)) {
            self.take()?;
            let place = self.peek()?.place;
            match self.flow_kind()? {
                Some(Kind::Comma | Kind::MapClose) => self.empty(place),
                _ => self.node(OUTSIDE, false)?,
            }
            return Ok(());
        }
        self.empty(place);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::yaml::decode;

    fn error(text: &str) -> String {
        let message = decode(text.as_bytes()).expect_err(text).message;
        message.trim_start_matches("error converting YAML to JSON: ").to_owned()
    }

    #[test]
    fn what_is_wrong_after_a_possible_key_is_said_before_what_is_wrong_with_it() {
        for (text, message) in [
            ("- 'a' 'b' @", "yaml: found character that cannot start any token"),
            ("- 'a' 'b' c", "yaml: did not find expected '-' indicator"),
            ("a: 1\nb\n", "yaml: line 3: could not find expected ':'"),
            ("'a' 'b': c", "yaml: did not find expected key"),
            ("- - !x!y\n 'a'\n @", "yaml: found undefined tag handle"),
            ("[a b\n'c' {", "yaml: line 1: did not find expected ',' or ']'"),
        ] {
            assert_eq!(error(text), message, "{text}");
        }
    }

    #[test]
    fn an_empty_flow_collection_is_a_key_only_inside_of_what_may_be_one() {
        assert_eq!(error("[[]: b]"), "yaml: invalid map key: []interface {}{}");
        assert_eq!(error("a: [[]: b]"), "yaml: did not find expected ',' or ']'");
        let message = "unsupported map key of type: %!s(<nil>), key: <nil>, value: \"b\"";
        assert_eq!(error("a:\n[]: b"), message);
    }

    #[test]
    fn short_ways_and_long_ways_read_the_same() {
        let short = decode(b"a: x\nb:\n- c: 1\n- d\ne:\n  f: []\n  g: 'h'\n").expect("it is fine");
        let long = decode(b"? a\n: x\n? \"b\"\n: - ? c\n    : 1\n  - !!str d\n&e e: {f: [ ], g: \"h\"}\n");
        assert_eq!(long.expect("it is fine"), short);
    }
}
