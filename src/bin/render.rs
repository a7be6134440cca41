//! The command `render`: `chartwright template` under the name that its first users know.

fn main() -> std::process::ExitCode {
    chartwright::cli::render()
}
