//! The command `chartwright`.

/// A render makes many small pieces of memory and keeps most of them until it ends, which
/// this allocator does in two thirds of the system's time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    chartwright::cli::chartwright()
}
