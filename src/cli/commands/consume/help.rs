//! What stands below the options: examples, and with `--help` the grammar of places, the letters and the forms.

use crate::cli::offset_grammar;

const EXAMPLES: &str = "\
Examples:
  kavka consume --topic orders --last 10
  kavka consume --topic orders --offset @-1h..@-30m --grep refused
  kavka consume --topic orders --from-beginning --until-end --where '.value.total > 100' --output jsonl
  kavka consume --topic orders,payments --format '%T{iso} %t-%p@%o %k: %s\\n'
  kavka consume --topic orders --from-beginning --until-end --output jsonl | kavka produce --topic copy --input jsonl";

const LETTERS: &str = "\
Letters of --format, as in kcat; nothing is added at the end of a record, so write \\n:
  %t topic   %p partition   %o offset   %k key   %s value   %h headers as name=value,…
  %T timestamp in milliseconds   %K, %S length of key, value, or -1   %R that of the value in four bytes   %% percent sign
  \\n \\r \\t \\0 \\xHH as usual
  In braces: %k{hex} %k{base64} %k{json}, likewise %s; %h{json}; %T{iso} %T{local} %T{s} %T{%Y-%m-%d %H:%M:%S} (UTC)";

const FORMS: &str = "\
A line of --output jsonl, which `kavka produce --input jsonl` reads back byte for byte:
  {\"topic\":\"t\",\"partition\":0,\"offset\":42,\"timestamp\":1767225600000,\"timestamp_type\":\"create\",
   \"headers\":[{\"key\":\"h\",\"value\":\"v\"}],\"key\":\"k\",\"value\":\"v\"}
  timestamp_type is create or append; null is null, and is not the same as an empty text. Bytes that are not UTF-8 stand in
  key_base64, value_base64 instead of key, value, in headers too. --output json is an array of these objects; --output csv
  has their fields as columns, headers as JSON, nothing for null and \"\" for an empty text.";

/// Below `-h`.
pub fn examples() -> String {
    format!("{EXAMPLES}\n\nMore with --help.")
}

/// Below `--help`, and in the manual.
pub fn all() -> String {
    format!("{}\n\n{LETTERS}\n\n{FORMS}\n\n{EXAMPLES}", offset_grammar::HELP)
}
