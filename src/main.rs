//! The `kavka` binary. Everything it does lives in the library.

fn main() -> std::process::ExitCode {
    std::process::ExitCode::SUCCESS
}
