//! The language of the expressions: that of minijinja, with limits, and with the words that many rules need.

use super::scope::node_of;
use crate::kube::Quantity;
use crate::lint::rules::objects::{self, Selector};
use crate::lint::rules::security::words;
use crate::tamed::tame;
use minijinja::value::{Rest, Value, ValueKind};
use minijinja::{Environment, UndefinedBehavior};
use std::sync::LazyLock;

/// Steps of the expression engine for one object: hundreds of times what a rule of a few lines takes.
const FUEL: u64 = 100_000;

/// Levels of calls in an expression.
const RECURSION: usize = 100;

/// Nothing but the language, with limits.
pub(super) static ENGINE: LazyLock<Environment<'static>> = LazyLock::new(|| {
    // The version at hand has serde always, and warns of a later one that will have it on request only.
    #[allow(deprecated)]
    let mut engine = Environment::new();
    engine.set_undefined_behavior(UndefinedBehavior::Chainable);
    engine.set_fuel(Some(FUEL));
    engine.set_recursion_limit(RECURSION);
    tame(&mut engine);
    engine.add_filter("quantity", quantity);
    engine.add_filter("image_tag", image_tag);
    engine.add_filter("secret_setting", secret_setting);
    engine.add_filter("selector", |selector: &Value| {
        selector_of(selector).map_or(Value::UNDEFINED, |selector| Value::from(selector.show()))
    });
    engine.add_test("selecting", selecting);
    engine.add_test("present", |value: &Value| !value.is_undefined() && !value.is_none());
    engine.add_test("holding", holding);
    engine.add_test("one_line", |value: &Value| value.as_str().is_some_and(|text| !text.trim_end().contains('\n')));
    engine.add_test("secret_name", |value: &Value| value.as_str().is_some_and(words::is_secret_name));
    engine.add_test("possible_secret", |value: &Value| value.as_str().is_some_and(words::may_be_secret));
    engine
});

/// What the engine says is wrong, without its name of the text.
pub(super) fn why(error: &minijinja::Error) -> String {
    match error.detail() {
        Some(detail) => format!("{}: {detail}", error.kind()),
        None => error.kind().to_string(),
    }
}

/// `AMOUNT | quantity`: the number that an amount such as `512Mi` or `250m` is; undefined when it is none.
fn quantity(amount: &Value) -> Value {
    let text = match amount.as_str() {
        Some(text) => text.to_owned(),
        None if amount.is_number() => amount.to_string(),
        None => return Value::UNDEFINED,
    };
    let Some(quantity) = Quantity::parse(&text) else { return Value::UNDEFINED };
    match quantity.ceil().filter(|_| quantity.is_whole()) {
        Some(whole) => Value::from(whole),
        #[allow(clippy::cast_precision_loss)] // a fraction to three places is as good as any
        None => quantity.thousandths().map_or(Value::UNDEFINED, |number| Value::from(number as f64 / 1000.0)),
    }
}

/// `IMAGE | image_tag`: its tag, empty when it has none; undefined when a digest says all, and for no image.
fn image_tag(image: &Value) -> Value {
    let Some(image) = image.as_str().filter(|image| !image.is_empty() && !image.contains('@')) else {
        return Value::UNDEFINED;
    };
    // The host may have a port: a colon before the last slash is no tag.
    let name = image.rsplit('/').next().unwrap_or(image);
    Value::from(name.split_once(':').map_or("", |(_, tag)| tag))
}

/// `TEXT | secret_setting`: the first setting of a file that is a secret in plain text, for a message.
fn secret_setting(text: &Value) -> Value {
    text.as_str().and_then(words::secret_setting).map_or(Value::UNDEFINED, Value::from)
}

fn selector_of(value: &Value) -> Option<Selector> {
    Selector::full(node_of(value))
}

/// `SELECTOR is selecting(LABELS)`: whether the labels meet a selector, where there is one. What controllers put on is
/// never among the labels of a manifest.
fn selecting(selector: &Value, labels: &Value) -> bool {
    let Some(selector) = selector_of(selector) else { return true };
    selector.is_of_controllers() || selector.matches(&objects::labels(node_of(labels)))
}

/// `LIST is holding(WORD, …)`: whether it is a list that holds one of the words.
fn holding(list: &Value, words: Rest<Value>) -> bool {
    list.kind() == ValueKind::Seq && list.try_iter().is_ok_and(|mut items| items.any(|item| words.contains(&item)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use minijinja::context;

    fn is(expression: &str) -> bool {
        let scope = context! { verbs => ["get", "list"] };
        ENGINE.compile_expression(expression).and_then(|expression| expression.eval(scope)).unwrap().is_true()
    }

    #[test]
    fn amounts_are_compared_as_numbers() {
        assert!(is("'512Mi' | quantity < '1Gi' | quantity"));
        assert!(is("'250m' | quantity == 0.25"));
        assert!(is("2 | quantity == 2 and '1e3' | quantity == 1000"));
        assert!(is("'much' | quantity is undefined and absent | quantity is undefined"));
    }

    #[test]
    fn a_port_of_the_registry_is_no_tag() {
        assert!(is("'redis:7.2' | image_tag == '7.2'"));
        assert!(is("'registry:5000/redis' | image_tag == ''"));
        assert!(is("'redis:7@sha256:0' | image_tag is undefined and absent | image_tag is undefined"));
    }

    #[test]
    fn what_is_no_list_holds_nothing() {
        assert!(is("verbs is holding('watch', 'list')"));
        assert!(is(
            "not (verbs is holding('*') or absent is holding('get') or '*' is holding('*') or none is holding(1))"
        ));
    }

    #[test]
    fn null_is_not_present() {
        assert!(is("false is present and [] is present and not (none is present or absent.below is present)"));
    }
}
