//! Helm's own functions: templates by name, templates from text, guards, the cluster.
//!
//! In: a call. Out: what the run ([`Host`](crate::eval::call::Host)) answers; these bodies
//! know neither templates nor cluster.

use crate::eval::call::{Call, Func, FuncError, FuncResult, Purity, Type};
use crate::value::Value;

/// The family's rows.
pub(crate) const HELM: &[Func] = &[
    Func::fixed("include", &[Type::Str, Type::Any], include).with(Purity::Templates),
    Func::fixed("tpl", &[Type::Str, Type::Any], tpl).with(Purity::Templates),
    Func::fixed("required", &[Type::Str, Type::Any], required),
    Func::fixed("fail", &[Type::Str], fail),
    Func::fixed("lookup", &[Type::Str, Type::Str, Type::Str, Type::Str], lookup).with(Purity::Cluster),
    Func::fixed("getHostByName", &[Type::Str], get_host_by_name).with(Purity::Cluster),
];

/// `include NAME DATA`: the text of the named template.
fn include(call: &Call<'_>) -> FuncResult {
    call.host.include(&call.str(0), call.any(1).clone()).map(Value::Str)
}

/// `tpl TEXT DATA`: TEXT rendered as a template.
fn tpl(call: &Call<'_>) -> FuncResult {
    call.host.tpl(&call.str(0), call.any(1).clone()).map(Value::Str)
}

/// `required MESSAGE VALUE`: VALUE, or an error with MESSAGE when it is nil or `""`.
/// Other empty values (false, 0, an empty list) pass.
fn required(call: &Call<'_>) -> FuncResult {
    match call.any(1) {
        Value::Nil | Value::Invalid => Err(FuncError::Message(call.text(0))),
        Value::Str(text) if text.is_empty() => Err(FuncError::Message(call.text(0))),
        value => Ok(value.clone()),
    }
}

/// `fail MESSAGE`: always an error.
fn fail(call: &Call<'_>) -> FuncResult {
    Err(FuncError::Message(call.text(0)))
}

/// `lookup API_VERSION KIND NAMESPACE NAME`: an object of the cluster, or a list of them.
fn lookup(call: &Call<'_>) -> FuncResult {
    Ok(call.host.lookup(&call.text(0), &call.text(1), &call.text(2), &call.text(3)))
}

/// `getHostByName NAME`: an address of the host; empty unless name lookups are allowed.
///
/// Of several addresses Helm draws one; here it is the first, so that two renders agree.
fn get_host_by_name(call: &Call<'_>) -> FuncResult {
    Ok(Value::from(call.host.resolve(&call.text(0))?))
}
