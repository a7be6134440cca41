//! The command `chartwright`.

fn main() -> std::process::ExitCode {
    chartwright::cli::chartwright()
}
