//! From tokens to the tree of the first document.
//!
//! In: the scanner. Out: [`Document`], nodes in one table, aliases resolved to the node they name.
//! The grammar is libyaml's state machine, so that every error is found at the token where Go finds it.

use super::error::{Error, Finder, Problem};
use super::scan::{Kind, Mark, Scanner, Token};
use std::borrow::Cow;
use std::collections::HashMap;

/// Index of a node in its document.
pub(super) type Id = usize;

/// A node as written.
#[derive(Debug)]
pub(super) struct Item<'a> {
    pub kind: ItemKind<'a>,
    /// Line from 1.
    pub line: u32,
    /// Column from 1, in bytes.
    pub column: u32,
}

/// What a node is.
#[derive(Debug)]
pub(super) enum ItemKind<'a> {
    /// `implicit` is libyaml's word for: to be resolved by its look.
    Scalar {
        text: Cow<'a, [u8]>,
        tag: Option<Vec<u8>>,
        implicit: bool,
    },
    Alias {
        name: &'a [u8],
        target: Id,
    },
    List(Vec<Id>),
    /// Keys and values in turn.
    Map(Vec<Id>),
}

/// The first document of a stream.
#[derive(Debug, Default)]
pub(super) struct Document<'a> {
    pub items: Vec<Item<'a>>,
    /// `None` when the stream is empty.
    pub root: Option<Id>,
}

/// Reads the first document and looks no further than the token after it.
pub(super) fn parse<'a>(scanner: Scanner<'a>) -> Result<Document<'a>, Error> {
    Parser { scanner, state: State::ImplicitDocumentStart, states: Vec::new(), directives: Vec::new() }.document()
}

enum Event<'a> {
    DocumentStart,
    DocumentEnd,
    StreamEnd,
    Alias(&'a [u8]),
    Scalar { text: Cow<'a, [u8]>, tag: Option<Vec<u8>>, implicit: bool, anchor: Option<&'a [u8]> },
    List(Option<&'a [u8]>),
    ListEnd,
    Map(Option<&'a [u8]>),
    MapEnd,
}

#[derive(Debug, Clone, Copy)]
enum State {
    ImplicitDocumentStart,
    DocumentContent,
    DocumentEnd,
    BlockNode,
    BlockList { first: bool },
    IndentlessList,
    BlockMapKey { first: bool },
    BlockMapValue,
    FlowList { first: bool },
    FlowListMapKey,
    FlowListMapValue,
    FlowListMapEnd,
    FlowMapKey { first: bool },
    FlowMapValue { empty: bool },
    End,
}

type Parse<'a> = Result<(Event<'a>, Mark), Problem>;

struct Parser<'a> {
    scanner: Scanner<'a>,
    state: State,
    states: Vec<State>,
    /// `%TAG` handles and what they stand for.
    directives: Vec<(Vec<u8>, Vec<u8>)>,
}

fn fail<T>(message: &'static str, mark: Mark) -> Result<T, Problem> {
    Err(Problem { finder: Finder::Parser, message, line: mark.line })
}

/// An empty plain scalar.
fn empty<'a>(mark: Mark) -> Parse<'a> {
    Ok((Event::Scalar { text: Cow::Borrowed(b""), tag: None, implicit: true, anchor: None }, mark))
}

impl<'a> Parser<'a> {
    fn document(mut self) -> Result<Document<'a>, Error> {
        let mut document = Document::default();
        let mut anchors: HashMap<&'a [u8], Id> = HashMap::new();
        // Collections that are still open, with their children so far.
        let mut open: Vec<(Id, Vec<Id>)> = Vec::new();
        self.scanner.next()?;
        if matches!(self.step()?, (Event::StreamEnd, _)) {
            return Ok(document);
        }
        loop {
            let (event, mark) = self.step()?;
            let id = document.items.len();
            let (kind, anchor, opens) = match event {
                Event::DocumentEnd | Event::StreamEnd | Event::DocumentStart => return Ok(document),
                Event::ListEnd | Event::MapEnd => {
                    if let Some((id, children)) = open.pop()
                        && let Some(item) = document.items.get_mut(id)
                    {
                        match &mut item.kind {
                            ItemKind::List(list) | ItemKind::Map(list) => *list = children,
                            _ => {}
                        }
                    }
                    continue;
                }
                Event::Alias(name) => {
                    let Some(&target) = anchors.get(name) else {
                        let message = format!("yaml: unknown anchor '{}' referenced", String::from_utf8_lossy(name));
                        return Err(Error { message, line: mark.line + 1 });
                    };
                    (ItemKind::Alias { name, target }, None, false)
                }
                Event::Scalar { text, tag, implicit, anchor } => {
                    (ItemKind::Scalar { text, tag, implicit }, anchor, false)
                }
                Event::List(anchor) => (ItemKind::List(Vec::new()), anchor, true),
                Event::Map(anchor) => (ItemKind::Map(Vec::new()), anchor, true),
            };
            if let Some(anchor) = anchor {
                anchors.insert(anchor, id);
            }
            match open.last_mut() {
                Some((_, children)) => children.push(id),
                None => document.root = Some(id),
            }
            let column = u32::try_from(mark.pos - mark.line_start).unwrap_or(u32::MAX - 1) + 1;
            document.items.push(Item { kind, line: mark.line + 1, column });
            if opens {
                open.push((id, Vec::new()));
            }
        }
    }

    /// The next event and where it is.
    fn step(&mut self) -> Parse<'a> {
        match self.state {
            State::ImplicitDocumentStart => self.document_start(),
            State::DocumentContent => self.document_content(),
            State::DocumentEnd => self.document_end(),
            State::BlockNode => self.node(true, false),
            State::BlockList { first } => self.block_list(first),
            State::IndentlessList => self.indentless_list(),
            State::BlockMapKey { first } => self.block_map_key(first),
            State::BlockMapValue => self.block_map_value(),
            State::FlowList { first } => self.flow_list(first),
            State::FlowListMapKey => self.flow_list_map_key(),
            State::FlowListMapValue => self.flow_list_map_value(),
            State::FlowListMapEnd => {
                let mark = self.scanner.peek()?.start;
                self.state = State::FlowList { first: false };
                Ok((Event::MapEnd, mark))
            }
            State::FlowMapKey { first } => self.flow_map_key(first),
            State::FlowMapValue { empty } => self.flow_map_value(empty),
            State::End => Ok((Event::StreamEnd, Mark::default())),
        }
    }

    fn pop_state(&mut self) {
        self.state = self.states.pop().unwrap_or(State::End);
    }

    fn document_start(&mut self) -> Parse<'a> {
        let token = self.scanner.peek()?;
        let start = token.start;
        let explicit = match token.kind {
            Kind::StreamEnd => {
                self.state = State::End;
                return Ok((Event::StreamEnd, start));
            }
            Kind::Version(..) | Kind::TagDirective { .. } | Kind::DocumentStart => true,
            _ => false,
        };
        self.directives()?;
        self.states.push(State::DocumentEnd);
        self.state = State::BlockNode;
        if explicit {
            let token = self.scanner.peek()?;
            if !matches!(token.kind, Kind::DocumentStart) {
                return fail("did not find expected <document start>", token.start);
            }
            self.scanner.skip_token();
            self.state = State::DocumentContent;
        }
        Ok((Event::DocumentStart, start))
    }

    fn directives(&mut self) -> Result<(), Problem> {
        let mut versioned = false;
        loop {
            let token = self.scanner.peek()?;
            let start = token.start;
            match &mut token.kind {
                Kind::Version(..) if versioned => return fail("found duplicate %YAML directive", start),
                Kind::Version(1, 1) => versioned = true,
                Kind::Version(..) => return fail("found incompatible YAML document", start),
                Kind::TagDirective { handle, prefix } => {
                    if self.directives.iter().any(|(known, _)| known == handle) {
                        return fail("found duplicate %TAG directive", start);
                    }
                    self.directives.push((handle.to_vec(), std::mem::take(prefix)));
                }
                _ => break,
            }
            self.scanner.skip_token();
        }
        for (handle, prefix) in [("!", "!"), ("!!", "tag:yaml.org,2002:")] {
            if !self.directives.iter().any(|(known, _)| known == handle.as_bytes()) {
                self.directives.push((handle.into(), prefix.into()));
            }
        }
        Ok(())
    }

    fn document_content(&mut self) -> Parse<'a> {
        let token = self.scanner.peek()?;
        match token.kind {
            Kind::Version(..)
            | Kind::TagDirective { .. }
            | Kind::DocumentStart
            | Kind::DocumentEnd
            | Kind::StreamEnd => {
                let mark = token.start;
                self.pop_state();
                empty(mark)
            }
            _ => self.node(true, false),
        }
    }

    fn document_end(&mut self) -> Parse<'a> {
        // Looking at this token is what finds errors right after the document.
        let mark = self.scanner.peek()?.start;
        self.state = State::End;
        Ok((Event::DocumentEnd, mark))
    }

    fn node(&mut self, block: bool, indentless: bool) -> Parse<'a> {
        let token = self.scanner.peek()?;
        let start = token.start;
        if let Kind::Alias(name) = token.kind {
            self.scanner.skip_token();
            self.pop_state();
            return Ok((Event::Alias(name), start));
        }
        let (anchor, tag) = self.properties()?;
        let token = self.scanner.peek()?;
        let mark = token.start;
        match token.kind {
            Kind::BlockEntry if indentless => {
                self.state = State::IndentlessList;
                return Ok((Event::List(anchor), start));
            }
            Kind::Scalar { .. } => {
                self.pop_state();
                let Token { kind: Kind::Scalar { text, plain }, .. } = self.scanner.next()? else {
                    return empty(start);
                };
                let implicit = match &tag {
                    None => plain,
                    Some(tag) => tag == b"!",
                };
                return Ok((Event::Scalar { text, tag, implicit, anchor }, start));
            }
            Kind::FlowSequence => self.state = State::FlowList { first: true },
            Kind::FlowMapping => self.state = State::FlowMapKey { first: true },
            Kind::BlockSequence if block => self.state = State::BlockList { first: true },
            Kind::BlockMapping if block => self.state = State::BlockMapKey { first: true },
            _ if anchor.is_some() || tag.is_some() => {
                self.pop_state();
                let implicit = tag.is_none();
                return Ok((Event::Scalar { text: Cow::Borrowed(b""), tag, implicit, anchor }, start));
            }
            _ => return fail("did not find expected node content", mark),
        }
        let map = matches!(self.state, State::FlowMapKey { .. } | State::BlockMapKey { .. });
        Ok((if map { Event::Map(anchor) } else { Event::List(anchor) }, start))
    }

    /// An anchor and a tag, in either order.
    #[allow(clippy::type_complexity, reason = "two optional things, named where they are used")]
    fn properties(&mut self) -> Result<(Option<&'a [u8]>, Option<Vec<u8>>), Problem> {
        let mut anchor = None;
        let mut tag = None;
        loop {
            let token = self.scanner.peek()?;
            match &mut token.kind {
                Kind::Anchor(name) if anchor.is_none() => anchor = Some(*name),
                Kind::Tag { handle, suffix } if tag.is_none() => {
                    tag = Some((*handle, std::mem::take(suffix), token.start));
                }
                _ => break,
            }
            self.scanner.skip_token();
        }
        let Some((handle, suffix, mark)) = tag else { return Ok((anchor, None)) };
        if handle.is_empty() {
            return Ok((anchor, Some(suffix).filter(|tag| !tag.is_empty())));
        }
        match self.directives.iter().find(|(known, _)| known == handle) {
            Some((_, prefix)) if !(prefix.is_empty() && suffix.is_empty()) => {
                Ok((anchor, Some([prefix.as_slice(), &suffix].concat())))
            }
            _ => fail("found undefined tag handle", mark),
        }
    }

    fn block_list(&mut self, first: bool) -> Parse<'a> {
        if first {
            self.scanner.skip_token();
        }
        let token = self.scanner.peek()?;
        let (start, end) = (token.start, token.end);
        match token.kind {
            Kind::BlockEntry => {
                self.scanner.skip_token();
                if matches!(self.scanner.peek()?.kind, Kind::BlockEntry | Kind::BlockEnd) {
                    self.state = State::BlockList { first: false };
                    return empty(end);
                }
                self.states.push(State::BlockList { first: false });
                self.node(true, false)
            }
            Kind::BlockEnd => {
                self.scanner.skip_token();
                self.pop_state();
                Ok((Event::ListEnd, start))
            }
            _ => fail("did not find expected '-' indicator", start),
        }
    }

    fn indentless_list(&mut self) -> Parse<'a> {
        let token = self.scanner.peek()?;
        let (start, end) = (token.start, token.end);
        if !matches!(token.kind, Kind::BlockEntry) {
            self.pop_state();
            return Ok((Event::ListEnd, start));
        }
        self.scanner.skip_token();
        if matches!(self.scanner.peek()?.kind, Kind::BlockEntry | Kind::Key | Kind::Value | Kind::BlockEnd) {
            self.state = State::IndentlessList;
            return empty(end);
        }
        self.states.push(State::IndentlessList);
        self.node(true, false)
    }

    fn block_map_key(&mut self, first: bool) -> Parse<'a> {
        if first {
            self.scanner.skip_token();
        }
        let token = self.scanner.peek()?;
        let (start, end) = (token.start, token.end);
        match token.kind {
            Kind::Key => {
                self.scanner.skip_token();
                self.block_map_node(State::BlockMapValue, end)
            }
            Kind::BlockEnd => {
                self.scanner.skip_token();
                self.pop_state();
                Ok((Event::MapEnd, start))
            }
            _ => fail("did not find expected key", start),
        }
    }

    fn block_map_value(&mut self) -> Parse<'a> {
        let token = self.scanner.peek()?;
        let (start, end) = (token.start, token.end);
        let next = State::BlockMapKey { first: false };
        if !matches!(token.kind, Kind::Value) {
            self.state = next;
            return empty(start);
        }
        self.scanner.skip_token();
        self.block_map_node(next, end)
    }

    fn block_map_node(&mut self, next: State, mark: Mark) -> Parse<'a> {
        if matches!(self.scanner.peek()?.kind, Kind::Key | Kind::Value | Kind::BlockEnd) {
            self.state = next;
            return empty(mark);
        }
        self.states.push(next);
        self.node(true, true)
    }

    fn flow_list(&mut self, first: bool) -> Parse<'a> {
        if first {
            self.scanner.skip_token();
        } else if !matches!(self.scanner.peek()?.kind, Kind::FlowSequenceEnd) {
            let token = self.scanner.peek()?;
            if !matches!(token.kind, Kind::FlowEntry) {
                return fail("did not find expected ',' or ']'", token.start);
            }
            self.scanner.skip_token();
        }
        let token = self.scanner.peek()?;
        let start = token.start;
        match token.kind {
            Kind::FlowSequenceEnd => {
                self.scanner.skip_token();
                self.pop_state();
                Ok((Event::ListEnd, start))
            }
            Kind::Key => {
                self.scanner.skip_token();
                self.state = State::FlowListMapKey;
                Ok((Event::Map(None), start))
            }
            _ => {
                self.states.push(State::FlowList { first: false });
                self.node(false, false)
            }
        }
    }

    fn flow_list_map_key(&mut self) -> Parse<'a> {
        let token = self.scanner.peek()?;
        if matches!(token.kind, Kind::Value | Kind::FlowEntry | Kind::FlowSequenceEnd) {
            // libyaml drops the token here, and so `[? , a]` loses its comma.
            let mark = token.end;
            self.scanner.skip_token();
            self.state = State::FlowListMapValue;
            return empty(mark);
        }
        self.states.push(State::FlowListMapValue);
        self.node(false, false)
    }

    fn flow_list_map_value(&mut self) -> Parse<'a> {
        let token = self.scanner.peek()?;
        let start = token.start;
        if matches!(token.kind, Kind::Value) {
            self.scanner.skip_token();
            if !matches!(self.scanner.peek()?.kind, Kind::FlowEntry | Kind::FlowSequenceEnd) {
                self.states.push(State::FlowListMapEnd);
                return self.node(false, false);
            }
        }
        self.state = State::FlowListMapEnd;
        empty(start)
    }

    fn flow_map_key(&mut self, first: bool) -> Parse<'a> {
        if first {
            self.scanner.skip_token();
        } else if !matches!(self.scanner.peek()?.kind, Kind::FlowMappingEnd) {
            let token = self.scanner.peek()?;
            if !matches!(token.kind, Kind::FlowEntry) {
                return fail("did not find expected ',' or '}'", token.start);
            }
            self.scanner.skip_token();
        }
        let token = self.scanner.peek()?;
        let start = token.start;
        match token.kind {
            Kind::FlowMappingEnd => {
                self.scanner.skip_token();
                self.pop_state();
                Ok((Event::MapEnd, start))
            }
            Kind::Key => {
                self.scanner.skip_token();
                self.flow_map_node(State::FlowMapValue { empty: false })
            }
            _ => {
                self.states.push(State::FlowMapValue { empty: true });
                self.node(false, false)
            }
        }
    }

    fn flow_map_node(&mut self, next: State) -> Parse<'a> {
        let token = self.scanner.peek()?;
        let value = matches!(next, State::FlowMapValue { .. }) && matches!(token.kind, Kind::Value);
        if value || matches!(token.kind, Kind::FlowEntry | Kind::FlowMappingEnd) {
            let mark = token.start;
            self.state = next;
            return empty(mark);
        }
        self.states.push(next);
        self.node(false, false)
    }

    fn flow_map_value(&mut self, is_empty: bool) -> Parse<'a> {
        let token = self.scanner.peek()?;
        let next = State::FlowMapKey { first: false };
        if is_empty || !matches!(token.kind, Kind::Value) {
            let mark = token.start;
            self.state = next;
            return empty(mark);
        }
        self.scanner.skip_token();
        self.flow_map_node(next)
    }
}
