//! What stands below the options: examples, and with `--help` the grammar of places, the letters and the forms.

use crate::cli::offset_grammar;

const EXAMPLES: &str = "\
Examples:
  kavka consume --topic orders --last 10
  kavka consume --topic orders --offset @-1h..@-30m --grep refused
  kavka consume --topic orders --offset ..latest --where '.value.total > 100'
  kavka consume --topic a,b --format '%T{iso} %t-%p@%o %k: %s\\n'
  kavka consume --topic a --offset ..latest --output jsonl |
    kavka produce --topic b --input jsonl";

const JQ: &str = "\
What an expression of --where sees; the language is jq's:
  {topic, partition, offset, timestamp, key, value, headers: {name: value}}
value is what its JSON says, else its text; of headers of one name the last
counts. null, false and errors do not show the record.";

const LETTERS: &str = "\
Letters of --format, as in kcat. Nothing is added at the end of a record, so
write \\n there.
  %t topic      %p partition    %o offset     %T timestamp in milliseconds
  %k key        %s value        %h headers as name=value,…
  %K, %S        length of key, of value, or -1 for null
  %R            length of the value in four bytes, big end first
  %%            a percent sign; \\n \\r \\t \\0 \\xHH \\\\ as usual
In braces behind a letter:
  %k %s         {hex} {base64} {json}
  %h            {json}
  %T            {iso} {local} {s} or a format, {%Y-%m-%d %H:%M:%S}, in UTC";

const FORMS: &str = "\
A line of --output jsonl, which `kavka produce --input jsonl` reads back byte
for byte (here on several):
  {\"topic\":\"t\",\"partition\":0,\"offset\":42,
   \"timestamp\":1767225600000,\"timestamp_type\":\"create\",
   \"headers\":[{\"key\":\"h\",\"value\":\"v\"}],\"key\":\"k\",\"value\":\"v\"}
timestamp_type is create, append or null. null is null, and is not the same as
an empty text. Bytes that are not UTF-8 stand in key_base64, value_base64
instead of key, value, in headers too. --output json is an array of these
objects. --output csv has their fields as columns: headers as JSON, nothing
for null, \"\" for an empty text.";

/// Below `-h`.
pub fn examples() -> String {
    format!("{EXAMPLES}\n\nMore with --help.")
}

/// Below `--help`, and in the manual.
pub fn all() -> String {
    format!("{}\n\n{JQ}\n\n{LETTERS}\n\n{FORMS}\n\n{EXAMPLES}", offset_grammar::HELP)
}
