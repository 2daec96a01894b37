//! Clusters by name: which one counts, and what its guards refuse. A guard that refuses has sent nothing: nobody listens at the
//! address of these profiles, and yet no command fails to connect.

use std::path::Path;

use crate::run;

const NOBODY: &str = "[profiles.prod]\nbootstrap.servers = '127.0.0.1:1'\nsecurity.protocol = 'PLAINTEXT'\nreadonly = true\n\
                      [profiles.careful]\nbootstrap.servers = '127.0.0.1:1'\nconfirm = true\n\
                      [profiles.local]\ndata-dir = '~/scratch'\n";

fn home_with(profiles: &str) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join(if cfg!(target_os = "macos") { "Library/Application Support" } else { ".config" });
    std::fs::create_dir_all(folder.join("kavka")).unwrap();
    std::fs::write(folder.join("kavka/config.toml"), profiles).unwrap();
    home
}

fn refusal(home: &Path, words: &str) -> String {
    let printed = run(home, &words.split(' ').collect::<Vec<_>>(), "line\n");
    assert_eq!((printed.code, printed.stdout.as_str()), (Some(6), ""), "kavka {words}: {}", printed.stderr);
    printed.stderr.lines().next().unwrap_or_default().to_owned()
}

#[test]
fn a_readonly_profile_refuses_every_change_before_it_connects() {
    let home = home_with(NOBODY);
    let changes = [
        ("topics --create --topic t", "create a topic"),
        ("topics --delete --topic t --yes", "delete topics"),
        ("topics --alter --topic t --partitions 3", "change a topic"),
        ("groups --delete --group g --yes", "delete groups"),
        ("groups --reset-offsets --group g --all-topics --to-latest --execute", "reset offsets of groups"),
        ("configs --alter --topic t --add-config retention.ms=1", "change configurations"),
        ("produce --topic t", "produce records"),
        ("consume --topic t --group g", "commit offsets for a group"),
        ("transactions force-terminate --transactional-id x --yes", "end transactions"),
    ];
    for (words, deed) in changes {
        let expected = format!("error: refused to {deed}: the profile prod is readonly");
        assert_eq!(refusal(home.path(), &format!("{words} --profile prod")), expected);
    }
}

#[test]
fn what_only_reads_passes_every_guard() {
    let home = home_with(NOBODY);
    for words in ["topics --list --profile prod", "groups --list --profile careful"] {
        let printed = run(home.path(), &words.split(' ').collect::<Vec<_>>(), "");
        assert_eq!(printed.code, Some(3), "nobody is there: {}", printed.stderr);
    }
}

#[test]
fn where_nobody_can_be_asked_a_profile_that_asks_wants_yes() {
    let home = home_with(NOBODY);
    assert_eq!(
        refusal(home.path(), "topics --create --topic t --profile careful"),
        "error: refused to create a topic on the cluster of profile careful: nobody has confirmed it, and there is no terminal \
         to ask at"
    );
    let confirmed = run(home.path(), &["topics", "--create", "--topic", "t", "--profile", "careful", "--yes"], "");
    assert_eq!(confirmed.code, Some(3), "it went on, and nobody is there: {}", confirmed.stderr);
}

#[test]
fn a_profile_names_a_directory_and_the_settings_of_a_command_are_told_with_their_places() {
    let home = home_with(NOBODY);
    let made = run(home.path(), &["topics", "--create", "--topic", "t", "--profile", "local"], "");
    assert_eq!((made.code, made.stderr.as_str()), (Some(0), ""));
    assert!(home.path().join("scratch/meta.properties").is_file());
    let shown = run(home.path(), &["profiles", "show", "--profile", "prod", "--output", "jsonl"], "").stdout;
    let file = home.path().join(".config/kavka/config.toml");
    let first = format!(
        "{{\"setting\":\"bootstrap.servers\",\"value\":\"127.0.0.1:1\",\"from\":\"profile prod in {}\"}}",
        file.display()
    );
    assert_eq!(shown.lines().next(), Some(first.as_str()));
    let listed = run(home.path(), &["profiles", "--output", "csv"], "").stdout;
    assert!(listed.starts_with("profile,default,cluster,readonly,confirm,file\n"), "{listed}");
}

#[test]
fn a_profile_that_does_not_exist_is_not_found() {
    let home = home_with(NOBODY);
    let printed = run(home.path(), &["topics", "--list", "--profile", "prd"], "");
    assert_eq!(printed.code, Some(5));
    assert_eq!(
        printed.stderr,
        "error: --profile names the profile prd, which does not exist\nhint: known are careful, local and prod\n"
    );
}

#[test]
fn under_apaches_name_there_are_no_profiles() {
    let home = home_with(&format!("profile = 'prod'\n{NOBODY}"));
    let printed = run(home.path(), &["kafka-topics.sh", "--list"], "");
    assert!(printed.stderr.starts_with("--bootstrap-server must be specified"), "{}", printed.stderr);
}
