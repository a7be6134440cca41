//! How deep documents and values may nest, and the stack for it.

/// How deep lists and maps may nest. Go allows 10,000; its message is used. Reading takes the stack it
/// needs, but who walks over a [`Node`] or drops it has only that of the thread: 2 MiB hold some 2000
/// levels.
pub(super) const MAX_NESTING: usize = 1000;

/// When less of the stack is left, lists and maps go on on a new one of the other size.
pub(super) const RED_ZONE: usize = 64 * 1024;
pub(super) const STACK: usize = 1024 * 1024;

/// Keeps maps that contain themselves from running away.
pub(super) fn check_depth(depth: usize) -> Result<(), String> {
    if depth <= MAX_NESTING {
        return Ok(());
    }
    Err("json: unsupported value: encountered a cycle via map[string]interface {}".into())
}
