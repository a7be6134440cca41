//! Links the binaries without position independence where that is known to work.
//!
//! The tables of time zones, Unicode and schemas hold some 48,000 pointers. A
//! position-independent program relocates them all at each start, which takes longer than
//! rendering a small chart; linked to a fixed address it starts in half the time. What is
//! given up is the random load address of a program that holds no unsafe code of its own.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let is = |key: &str, value: &str| std::env::var(key).is_ok_and(|found| found == value);
    if is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu") && is("PROFILE", "release") {
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
}
