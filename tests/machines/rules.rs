//! Which script shows which rule: `rules.txt` names scripts that exist, and every script about groups is named.

use std::collections::BTreeSet;
use std::path::Path;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/machines/scripts");

#[test]
fn every_rule_is_shown_by_scripts_that_exist_or_says_why_not() {
    let (mut with_scripts, mut elsewhere, mut not_shown, mut named) = (0, 0, Vec::new(), BTreeSet::new());
    for line in include_str!("rules.txt").lines().filter(|line| !line.starts_with('#')) {
        let [section, rule, shown] = line.splitn(3, " | ").collect::<Vec<_>>().try_into().expect(line);
        let (shown, why_not) = shown.split_once('!').unwrap_or((shown, ""));
        let (scripts, suite) = shown.split_once('@').unwrap_or((shown, ""));
        for script in scripts.split_whitespace() {
            assert!(Path::new(FOLDER).join(format!("{script}.txt")).exists(), "{section}: there is no script {script}");
            named.insert(script.to_owned());
        }
        match (scripts.trim(), suite, why_not) {
            ("", "", "") => panic!("{section} {rule}: nothing shows it"),
            (_, _, why) if !why.is_empty() => not_shown.push(format!("{section} {rule}:{why}")),
            ("", _, _) => elsewhere += 1,
            _ => with_scripts += 1,
        }
    }
    let scripts = std::fs::read_dir(FOLDER).unwrap().map(|entry| entry.unwrap().path());
    let scripts = scripts.filter(|path| path.extension().is_some_and(|extension| extension == "txt"));
    let names: BTreeSet<String> =
        scripts.map(|path| path.file_stem().unwrap().to_string_lossy().into_owned()).collect();
    println!(
        "{with_scripts} rules by {} scripts, {elsewhere} by other suites, not or not wholly: {not_shown:#?}",
        named.len()
    );
    let idle: Vec<_> = names.difference(&named).filter(|name| !name.starts_with("transaction-")).collect();
    assert!(idle.is_empty(), "these scripts show no rule: {idle:?}");
}
