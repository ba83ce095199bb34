//! The binary `yipanqi`.

use std::process::ExitCode;

fn main() -> ExitCode {
    yipanqi_server::cli::main()
}
