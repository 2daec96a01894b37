//! The `kavka` binary. Everything it does lives in the library.

fn main() -> std::process::ExitCode {
    kavka::cli::run(std::env::args_os())
}
