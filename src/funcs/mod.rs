//! The functions that templates call: a file per family, its table at the top.
//!
//! In: checked arguments, by [`Call`](crate::eval::call::Call). Out: values. Charts, disk, network
//! and clock are out of reach; what a function needs of them it asks of the call's host.

mod builtin;
mod certs;
mod crypto;
mod dates;
mod defaults;
mod der;
mod dicts;
pub(crate) mod duration;
mod encoding;
mod helm;
mod layout;
mod lists;
mod numbers;
mod paths;
mod primes;
mod regex;
mod regex_syntax;
pub mod semver;
mod strings;
#[cfg(test)]
mod testing;
mod toml;
mod urls;
mod words;
mod yaml;

pub(crate) use self::layout::go_date;
pub(crate) use self::regex::Matcher;
pub(crate) use self::urls::UrlParts;

use crate::eval::call::FuncTable;
use std::sync::LazyLock;

/// Every function of `helm template`.
pub fn table() -> &'static FuncTable {
    static TABLE: LazyLock<FuncTable> = LazyLock::new(|| {
        let families = [
            builtin::BUILTIN,
            certs::CERTS,
            crypto::CRYPTO,
            dates::DATES,
            defaults::DEFAULTS,
            dicts::DICTS,
            duration::DURATION,
            encoding::ENCODING,
            helm::HELM,
            lists::LISTS,
            numbers::NUMBERS,
            paths::PATHS,
            regex::REGEX,
            semver::SEMVER,
            strings::STRINGS,
            toml::TOML,
            urls::URLS,
            yaml::YAML,
        ];
        FuncTable::new(families.into_iter().flatten().copied().collect())
    });
    &TABLE
}
