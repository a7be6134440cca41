//! What is wrong with what lint is told: its configuration, ignores, baseline, inputs. The frame finds these where it
//! reads them; here is what they mean.

use crate::diag::Severity;
use crate::lint::Rule;

/// The rules of this group.
pub(super) const RULES: &[&[Rule]] = &[LIST];

const LIST: &[Rule] = &[
    Rule::elsewhere(
        "unreadable-config",
        Severity::Error,
        "the configuration cannot be read",
        "What it says is not applied: its ignores, severities, cases and rules.",
        "Make the file good YAML, and name files that are there.",
    ),
    Rule::elsewhere(
        "bad-setting",
        Severity::Error,
        "a setting of the configuration has the wrong type",
        "The setting is passed over.",
        "Write it as schemas/chartwright-config.schema.json has it.",
    ),
    Rule::elsewhere(
        "unknown-setting",
        Severity::Warning,
        "the configuration has a setting that does not exist",
        "It does nothing; it is likely misspelt.",
        "Correct its name, or remove it.",
    ),
    Rule::elsewhere(
        "unknown-rule",
        Severity::Warning,
        "a rule is named that does not exist",
        "What is said of it has no effect; the rule that was meant goes on as before.",
        "Correct its name: `chartwright lint --list-rules` shows all.",
    ),
    Rule::elsewhere(
        "unknown-profile",
        Severity::Error,
        "a profile is named that does not exist",
        "The rules that it was meant to turn on are not looked for.",
        "Correct its name, or define it under `profiles`.",
    ),
    Rule::elsewhere(
        "ignore-without-reason",
        Severity::Error,
        "an ignore says no reason",
        "Nobody can tell later whether the finding may still be ignored, so it is not ignored.",
        "Say why the finding is accepted.",
    ),
    Rule::elsewhere(
        "unused-ignore",
        Severity::Warning,
        "an ignore has nothing to ignore",
        "The finding is gone, or the ignore names the wrong place; later it would hide something new.",
        "Remove the ignore, or correct what it names.",
    ),
    Rule::elsewhere(
        "bad-rule",
        Severity::Error,
        "a rule of the configuration does not work",
        "Nothing is found by a rule that cannot be read or applied.",
        "Correct the rule; its expressions are those of Jinja, over `object`, `item`, `case` and `values`.",
    ),
    Rule::elsewhere(
        "unreadable-baseline",
        Severity::Error,
        "the baseline cannot be read",
        "Findings that it knows are told as new.",
        "Write it anew with `--write-baseline`.",
    ),
    Rule::elsewhere(
        "gone-finding",
        Severity::Note,
        "a finding of the baseline is gone",
        "The baseline would hide the same finding if it came again.",
        "Write the baseline anew with `--write-baseline`.",
    ),
    Rule::elsewhere(
        "unreadable-input",
        Severity::Error,
        "an input cannot be read",
        "Nothing is known about what could not be read; everything else has been linted.",
        "Name a chart, a file or a folder that can be read.",
    ),
];
