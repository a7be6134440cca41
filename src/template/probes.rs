//! Numbers for all places of a source at which a run goes one way or another.
//!
//! In: the nodes of a source. Out: [`Numbers`]: for each branch and for each call that chooses among its operands, the
//! numbers of the counters that tell which way was gone. They are made when they are first asked for, so that a run that
//! counts nothing has none.

use super::ast::{Branch, Code, Command, Node, OperandKind, Statement};

/// Functions that give one of their operands, or what one of them decides.
pub const CHOOSERS: [&str; 5] = ["and", "coalesce", "default", "or", "ternary"];

/// Counters of a branch: its body, and what happens otherwise.
const OF_BRANCH: u32 = 2;

/// The numbers of a source's counters.
#[derive(Debug, Clone, Default)]
pub struct Numbers {
    /// The first counter of each command, where it has any.
    commands: Box<[Option<u32>]>,
    total: u32,
}

impl Numbers {
    /// Numbers the nodes of a source with this text. The branches come first, two counters each.
    pub fn of(code: &Code, text: &[u8]) -> Self {
        let mut total = length(Branch::all(code).len()).saturating_mul(OF_BRANCH);
        let commands = Command::all(code).iter().map(|command| {
            let operands = code.list(command.args);
            let name = match operands.first()?.kind {
                OperandKind::Identifier { name, .. } => name.of(text),
                _ => return None,
            };
            if !CHOOSERS.iter().any(|chooser| chooser.as_bytes() == name) {
                return None;
            }
            let first = total;
            // One for each operand, one more for what comes down the pipeline, one for none of them.
            total = total.saturating_add(length(operands.len()).saturating_add(1));
            Some(first)
        });
        let commands = commands.collect();
        Numbers { commands, total }
    }

    /// How many counters the source has.
    pub fn total(&self) -> usize {
        self.total as usize
    }

    /// The counter of a branch's body (0), or of what happens otherwise (1).
    pub fn branch(&self, code: &Code, branch: &Branch, arm: u32) -> Option<u32> {
        code.index_of(branch)?.checked_mul(OF_BRANCH)?.checked_add(arm)
    }

    /// The counter of an operand of a call; from 0 without the function's name.
    pub fn operand(&self, code: &Code, command: &Command, arm: u32) -> Option<u32> {
        let first = (*self.commands.get(code.index_of(command)? as usize)?)?;
        first.checked_add(arm)
    }

    /// The number of a statement.
    pub fn statement(code: &Code, statement: &Statement) -> Option<u32> {
        code.index_of(statement)
    }
}

fn length(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
