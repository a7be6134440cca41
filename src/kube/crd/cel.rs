//! The rules of a definition that are expressions: `x-kubernetes-validations`, in CEL.
//!
//! In: a schema and an object that fits it otherwise. Out: a [`Problem`] for each expression that is false. One that
//! cannot be evaluated here is not judged: it asks for the object before a change (`oldSelf`), uses a part of the
//! server's library that is missing (URLs, quantities, versions), or would take too long.

// Without the evaluator expressions are read, and nobody asks them.
#![cfg_attr(not(feature = "crd-rules"), allow(dead_code))]

use super::super::at::At;
use super::super::problem::Problem;
use super::super::types::{Schema, Shape};
use crate::path::Step;
use crate::value::Node;
use std::borrow::Cow;
#[cfg(feature = "crd-rules")]
use std::sync::OnceLock;

/// An expression, and what it says when it is false.
#[derive(Debug)]
pub(in crate::kube) struct Expression {
    text: String,
    message: String,
    /// The field that it is about, below the node that has the rule.
    field: Vec<Step>,
    #[cfg(feature = "crd-rules")]
    compiled: OnceLock<Option<judge::Program>>,
}

impl Expression {
    /// Reads an entry of `x-kubernetes-validations`; none where it has no rule, or asks for the object before a change.
    pub fn read(rule: &At<'_>) -> Option<Expression> {
        let text = rule.text_of("rule")?.to_owned();
        if text.contains("oldSelf") || text.len() > MOST_BYTES {
            return None;
        }
        let message = rule.text_of("message").unwrap_or_default().trim().to_owned();
        Some(Expression {
            text,
            message,
            field: rule.text_of("fieldPath").map(steps).unwrap_or_default(),
            #[cfg(feature = "crd-rules")]
            compiled: OnceLock::new(),
        })
    }

    /// What is wrong with an object that breaks it.
    fn told(&self) -> String {
        let rule = self.text.split_whitespace().collect::<Vec<_>>().join(" ");
        let shown = if rule.chars().count() > MOST_SHOWN {
            format!("{}…", rule.chars().take(MOST_SHOWN).collect::<String>())
        } else {
            rule
        };
        match self.message.as_str() {
            "" => format!("breaks the rule `{shown}` of its definition"),
            message => format!("breaks a rule of its definition: {}", message.trim_end_matches('.')),
        }
    }
}

/// Longer expressions are not judged: each of their operators is a level for the evaluator.
const MOST_BYTES: usize = 8 * 1024;

/// Characters of an expression that a message shows.
const MOST_SHOWN: usize = 120;

/// `.a.b['c']` as steps; an index means every item, so the way ends before it.
fn steps(path: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        let key = if let Some(quoted) = rest.strip_prefix("['") {
            let Some((key, after)) = quoted.split_once("']") else { break };
            rest = after;
            key
        } else {
            let bare = rest.strip_prefix('.').unwrap_or(rest);
            let (key, after) = bare.split_at(bare.find(['.', '[']).unwrap_or(bare.len()));
            if key.is_empty() {
                break;
            }
            rest = after;
            key
        };
        steps.push(Step::Key(key.to_owned()));
    }
    steps
}

/// Asks every expression of a schema.
pub(super) fn check(schema: &Schema, object: &Node, problems: &mut Vec<Problem>) {
    visit(schema, object, &mut Vec::new(), problems);
}

fn visit(schema: &Schema, node: &Node, path: &mut Vec<Step>, problems: &mut Vec<Problem>) {
    if node.is_null() {
        return;
    }
    let rules = schema.limits.as_ref().and_then(|limits| limits.more.as_ref()).map(|more| more.rules.as_slice());
    problems.extend(broken(rules.unwrap_or_default(), schema, node, path));
    stacker::maybe_grow(64 * 1024, 1024 * 1024, || match &schema.shape {
        Shape::Struct(shape) => {
            for field in &shape.fields {
                if let Some(inner) = node.get(&field.name) {
                    path.push(Step::Key(field.name.to_string()));
                    visit(&field.schema, inner, path, problems);
                    path.pop();
                }
            }
        }
        Shape::Map(item) => {
            for (key, inner) in node.as_map().into_iter().flatten() {
                path.push(Step::Key(key.to_text().into_owned()));
                visit(item, inner, path, problems);
                path.pop();
            }
        }
        Shape::List(list) => {
            for (index, inner) in node.items().iter().enumerate() {
                path.push(Step::Index(index));
                visit(&list.item, inner, path, problems);
                path.pop();
            }
        }
        _ => {}
    });
}

#[cfg(not(feature = "crd-rules"))]
fn broken(_: &[Expression], _: &Schema, _: &Node, _: &[Step]) -> Vec<Problem> {
    Vec::new()
}

/// The expressions of one node that are false.
#[cfg(feature = "crd-rules")]
fn broken(rules: &[Expression], schema: &Schema, node: &Node, path: &[Step]) -> Vec<Problem> {
    if rules.is_empty() {
        return Vec::new();
    }
    let value = judge::value(schema, node);
    let is_false = |rule: &&Expression| {
        let program = rule.compiled.get_or_init(|| judge::compile(&rule.text));
        program.as_ref().and_then(|program| judge::run(program, &value)) == Some(false)
    };
    let told = rules.iter().filter(is_false).map(|rule| {
        let mut origin = node.origin;
        let mut inner = node;
        for step in &rule.field {
            let Some(next) = inner.step(step) else { break };
            inner = next;
            origin = next.origin;
        }
        let path = path.iter().chain(&rule.field).cloned().collect();
        Problem { rule: "broken-definition-rule", path, origin, message: rule.told(), fix: None }
    });
    told.collect()
}

/// The name of a field as expressions write it: `a.b` is `a__dot__b`, words of the language stand between underscores.
fn escaped(name: &str) -> Cow<'_, str> {
    const WORDS: [&str; 19] = [
        "true",
        "false",
        "null",
        "in",
        "as",
        "break",
        "const",
        "continue",
        "else",
        "for",
        "function",
        "if",
        "import",
        "let",
        "loop",
        "package",
        "namespace",
        "return",
        "var",
    ];
    if WORDS.contains(&name) || matches!(name, "void" | "while") {
        return Cow::Owned(format!("__{name}__"));
    }
    if name.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Cow::Borrowed(name);
    }
    let escaped = name.replace("__", "__underscores__");
    Cow::Owned(escaped.replace('.', "__dot__").replace('-', "__dash__").replace('/', "__slash__"))
}

/// Everything that knows the evaluator.
#[cfg(feature = "crd-rules")]
mod judge {
    use super::super::format::duration_nanoseconds;
    use super::{Cow, Node, Schema, Shape, escaped};
    use crate::value::Data;
    use cel::common::ast::{Expr, IdedExpr};
    use cel::extractors::This;
    use cel::objects::Key;
    use cel::{Context, Env, ExecutionError, Value, extensions};
    use std::collections::HashMap;
    use std::sync::{Arc, LazyLock};

    /// A compiled expression, and how deep its loops are nested.
    #[derive(Debug)]
    pub struct Program {
        program: cel::Program,
        loops: u32,
    }

    /// Rounds of nested loops over all that an object has, beyond which nothing is judged.
    const MOST_ROUNDS: u64 = 1_000_000;
    /// The stack of the evaluator, whose own levels are as many as an expression has operators.
    const STACK: usize = 64 * 1024 * 1024;

    static ENV: LazyLock<Arc<Env>> = LazyLock::new(|| {
        let mut env = Env::stdlib();
        // Neither can clash with the standard library; without them more is not judged.
        let _ = env.add_extension(extensions::strings);
        let _ = env.add_extension(extensions::lists);
        Arc::new(env)
    });

    /// Runs foreign code with stack enough, and takes its panic for no answer.
    fn apart<T>(run: impl FnOnce() -> Option<T>) -> Option<T> {
        stacker::grow(STACK, || std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).ok().flatten())
    }

    pub fn compile(text: &str) -> Option<Program> {
        apart(|| {
            let program = ENV.compile(text).ok()?;
            let loops = loops(program.expression());
            Some(Program { program, loops })
        })
    }

    /// What an expression says of a value; `None` where it cannot be judged.
    pub fn run(program: &Program, value: &Counted) -> Option<bool> {
        let rounds = value.nodes.checked_pow(program.loops).unwrap_or(u64::MAX);
        if rounds > MOST_ROUNDS {
            return None;
        }
        apart(|| {
            let mut context = Context::with_env(Arc::clone(&ENV));
            context.add_variable_from_value("self", value.value.clone());
            add_functions(&mut context).ok()?;
            match program.program.execute(&context) {
                Ok(Value::Bool(holds)) => Some(holds),
                _ => None,
            }
        })
    }

    /// How deep loops stand in each other.
    fn loops(at: &IdedExpr) -> u32 {
        let most = |all: &mut dyn Iterator<Item = &IdedExpr>| all.map(loops).max().unwrap_or(0);
        match &at.expr {
            Expr::Comprehension(inner) => {
                let outside = loops(&inner.iter_range).max(loops(&inner.accu_init));
                let inside = [&inner.loop_cond, &inner.loop_step, &inner.result];
                outside.max(1 + most(&mut inside.into_iter()))
            }
            Expr::Call(call) => most(&mut call.target.as_deref().into_iter().chain(&call.args)),
            Expr::List(list) => most(&mut list.elements.iter()),
            Expr::Select(select) => loops(&select.operand),
            _ => 0,
        }
    }

    fn add_functions(context: &mut Context<'_, '_>) -> Result<(), cel::DeclarationError> {
        type Items = Arc<Vec<Value>>;
        type Told<T> = Result<T, ExecutionError>;
        let no = |name: &str| ExecutionError::function_error(name, "not for these items");
        let ordered = move |name: &'static str, items: &Items, wanted: std::cmp::Ordering| -> Told<Value> {
            let mut best = items.first().ok_or_else(|| no(name))?;
            for item in items.iter() {
                if item.partial_cmp(best).ok_or_else(|| no(name))? == wanted {
                    best = item;
                }
            }
            Ok(best.clone())
        };
        context.add_function("isSorted", move |This(items): This<Items>| -> Told<bool> {
            let pairs = items.windows(2).filter_map(<[Value]>::first_chunk::<2>);
            pairs
                .map(|[a, b]| Ok(a.partial_cmp(b).ok_or_else(|| no("isSorted"))?.is_le()))
                .try_fold(true, |all, one: Told<bool>| Ok(all && one?))
        })?;
        context
            .add_function("min", move |This(items): This<Items>| ordered("min", &items, std::cmp::Ordering::Less))?;
        context
            .add_function("max", move |This(items): This<Items>| ordered("max", &items, std::cmp::Ordering::Greater))?;
        context.add_function("sum", move |This(items): This<Items>| -> Told<Value> {
            let mut total: Option<Value> = None;
            for item in items.iter() {
                total = Some(match (total, item) {
                    (None, item) => item.clone(),
                    (Some(Value::Int(a)), Value::Int(b)) => Value::Int(a.checked_add(*b).ok_or_else(|| no("sum"))?),
                    (Some(Value::Float(a)), Value::Float(b)) => Value::Float(a + b),
                    _ => return Err(no("sum")),
                });
            }
            Ok(total.unwrap_or(Value::Int(0)))
        })?;
        context.add_function("find", move |This(text): This<Arc<String>>, pattern: Arc<String>| -> Told<Value> {
            let regex = regex::Regex::new(&pattern).map_err(|_| no("find"))?;
            let found = regex.find(&text).map(|found| found.as_str().to_owned()).unwrap_or_default();
            Ok(Value::String(Arc::new(found)))
        })?;
        context.add_function("isIP", move |text: Arc<String>| text.parse::<std::net::IpAddr>().is_ok())
    }

    /// A value of the evaluator, and of how many nodes it is.
    pub struct Counted {
        value: Value,
        nodes: u64,
    }

    /// A value as expressions see it: what the schema does not name is not there.
    pub fn value(schema: &Schema, node: &Node) -> Counted {
        let mut nodes = 0;
        Counted { value: convert(schema, node, &mut nodes), nodes }
    }

    fn convert(schema: &Schema, node: &Node, nodes: &mut u64) -> Value {
        *nodes += 1;
        match (&schema.shape, &node.data) {
            (_, Data::Null) => Value::Null,
            (_, Data::Bool(value)) => Value::Bool(*value),
            (Shape::Number, Data::Int(number)) => Value::Float(*number as f64),
            (Shape::Number, Data::Float(number)) => Value::Float(*number),
            (_, Data::Int(number)) => Value::Int(*number),
            // Whole by its type; beyond the range of integers the schema has refused it.
            (_, Data::Float(number)) if number.fract() == 0.0 => Value::Int(*number as i64),
            (_, Data::Float(number)) => Value::Float(*number),
            (_, Data::Str(text)) => self::text(schema, &text.to_text()),
            (shape, Data::List(items)) => {
                let any = Schema::default();
                let item = if let Shape::List(list) = shape { &list.item } else { &any };
                Value::List(Arc::new(items.iter().map(|node| convert_deep(item, node, nodes)).collect()))
            }
            (shape, Data::Map(map)) => {
                let mut out: HashMap<Key, Value> = HashMap::new();
                let mut put = |key: Cow<'_, str>, value| {
                    out.insert(Key::String(Arc::new(key.into_owned())), value);
                };
                match shape {
                    Shape::Struct(fields) => {
                        let given = fields.fields.iter().filter_map(|field| Some((field, node.get(&field.name)?)));
                        let is_nullable = |schema: &Schema| schema.limits.as_ref().is_some_and(|one| one.nullable);
                        for (field, inner) in
                            given.filter(|(field, node)| !node.is_null() || is_nullable(&field.schema))
                        {
                            put(escaped(&field.name), convert_deep(&field.schema, inner, nodes));
                        }
                    }
                    Shape::Map(item) => {
                        map.iter().for_each(|(key, inner)| put(key.to_text(), convert_deep(item, inner, nodes)));
                    }
                    // Of metadata no more is there for expressions.
                    Shape::Named(_) => {
                        let named = ["name", "generateName"].into_iter().filter_map(|key| Some((key, node.get(key)?)));
                        named.for_each(|(key, inner)| put(key.into(), convert(&Schema::default(), inner, nodes)));
                    }
                    _ => {}
                }
                Value::Map(cel::objects::Map { map: Arc::new(out) })
            }
        }
    }

    fn convert_deep(schema: &Schema, node: &Node, nodes: &mut u64) -> Value {
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || convert(schema, node, nodes))
    }

    /// A text, or what its format makes of it.
    fn text(schema: &Schema, text: &str) -> Value {
        let format = schema.limits.as_ref().and_then(|limits| limits.more.as_ref()?.format.as_ref());
        let time = |text: &str| chrono::DateTime::parse_from_rfc3339(text).ok();
        let special = match (&schema.shape, format.map(|format| format.name)) {
            (Shape::Time, _) => time(text).map(Value::Timestamp),
            (_, Some("date")) => time(&format!("{text}T00:00:00Z")).map(Value::Timestamp),
            (_, Some("duration")) => {
                duration_nanoseconds(text).map(|amount| Value::Duration(chrono::Duration::nanoseconds(amount)))
            }
            _ => None,
        };
        special.unwrap_or_else(|| Value::String(Arc::new(text.to_owned())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_words_of_the_language_or_hold_signs_are_escaped() {
        for (name, want) in
            [("size", "size"), ("a.b-c", "a__dot__b__dash__c"), ("for", "__for__"), ("a__b", "a__underscores__b")]
        {
            assert_eq!(escaped(name), want);
        }
    }

    #[test]
    fn the_way_to_a_field_may_have_quoted_keys() {
        let keys = |path| steps(path).iter().map(|step| format!("{step:?}")).collect::<Vec<_>>().join(" ");
        assert_eq!(keys(".a.b['c.d']"), r#"Key("a") Key("b") Key("c.d")"#);
        assert_eq!(keys(".a[0].b"), r#"Key("a")"#);
    }
}
