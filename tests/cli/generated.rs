//! `completions/` and `man/` are what `kavka generate` writes.

use std::path::Path;

#[test]
fn completions_and_manual_pages_are_those_of_the_commands() {
    let home = tempfile::tempdir().unwrap();
    let printed = crate::run(home.path(), &["generate", "--check", "--directory", env!("CARGO_MANIFEST_DIR")], "");
    assert_eq!((printed.code, printed.stderr.as_str()), (Some(0), ""), "run `cargo run -- generate`");
}

#[test]
fn a_stale_page_is_named() {
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().to_str().unwrap();
    let written = crate::run(home.path(), &["generate", "--directory", directory], "");
    assert_eq!(written.code, Some(0), "{}", written.stderr);
    assert!(Path::new(directory).join("man/kavka-topics.1").exists());
    std::fs::write(home.path().join("man/kavka-topics.1"), "old").unwrap();
    let checked = crate::run(home.path(), &["generate", "--check", "--directory", directory], "");
    assert_eq!(checked.code, Some(1));
    assert_eq!(checked.stderr, "error: man/kavka-topics.1 is stale\nhint: run `kavka generate`\n");
}
