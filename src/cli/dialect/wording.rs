//! Failures in the words, on the streams and with the exit codes of Apache's tools.
//!
//! Recorded from Kafka 4.2.1 tool by tool. A Java stack trace is cut after its first line, which is all that a script can
//! depend on.

use super::exceptions;
use super::java_client::{self, failed_to_construct};
use crate::cli::failure::{ApacheForm, CONFIG_EXCEPTION, Failure, ILLEGAL_ARGUMENT, INVALID_CONFIGURATION, Kind};
use crate::cli::tools::Manner;
use crate::client::java_keys::Role;

/// What a tool prints at its end, and its exit code.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ending {
    pub stdout: String,
    pub stderr: String,
    pub code: i32,
}

impl Ending {
    fn on_stderr(text: String) -> Ending {
        Ending { stdout: String::new(), stderr: text, code: 1 }
    }
}

/// What the wording needs to know about the call.
pub struct Call<'a> {
    pub manner: Manner,
    /// The words that were typed, blanks between.
    pub arguments: &'a str,
    pub usage_table: &'a str,
    /// The time of log lines, `2026-01-02 03:04:05,678`.
    pub now: &'a str,
}

pub fn ending(failure: &Failure, call: &Call<'_>) -> Ending {
    if failure.messages.is_empty() && failure.apache.is_none() {
        return Ending { code: failure.kind.code(), ..Ending::default() };
    }
    let fallback = || ApacheForm::Exception {
        class: "org.apache.kafka.common.KafkaException".to_owned(),
        message: failure.to_string(),
    };
    let form = failure.apache.clone().unwrap_or_else(fallback);
    if let ApacheForm::Usage(message) = &form {
        return Ending::on_stderr(format!("{message}\n{}", call.usage_table));
    }
    if let ApacheForm::Line(line) = &form {
        return Ending::on_stderr(format!("{line}\n"));
    }
    if let ApacheForm::Constructing { cause } = form {
        return not_constructed(failure, call, &cause);
    }
    if let ApacheForm::NotAccepted { server, class, message } = form {
        return not_accepted(failure, call, &server, class, &message);
    }
    match call.manner {
        Manner::Topics => topics(&form, call),
        Manner::ConsumerGroups => consumer_groups(&form),
        Manner::Configs => configs(&form, call),
        Manner::ConsoleProducer | Manner::ConsoleConsumer => console(&form, failure.kind, call),
        Manner::Transactions => transactions(&form),
        Manner::DumpLog => dump_log(&form),
        Manner::Storage => storage(&form),
        Manner::Server => server(&form, call),
        Manner::GetOffsets => get_offsets(&form),
        Manner::Groups => groups(&form, call),
        Manner::LogDirs | Manner::MessageAndException => Ending::on_stderr(message_and_exception(&form)),
    }
}

/// What the constructor of a client throws says nothing; Java's stack trace tells the cause at its end, and so do we.
fn not_constructed(failure: &Failure, call: &Call<'_>, cause: &str) -> Ending {
    let (class, message) = (CANNOT_OPEN.to_owned(), "Failed to create new KafkaAdminClient".to_owned());
    let form = ApacheForm::Opening { class, message };
    let told = ending(&Failure { apache: Some(form), ..failure.clone() }, call);
    let thrown = told.stderr.trim_end_matches('\n');
    let (_, blank) = told.stderr.split_at(thrown.len());
    Ending { stderr: format!("{thrown}\nCaused by: {CANNOT_OPEN}: {cause}{blank}"), ..told }
}

/// The admin client's lines, then what any other answer would be told as.
fn not_accepted(failure: &Failure, call: &Call<'_>, server: &str, class: &str, message: &str) -> Ending {
    let client_id = match call.manner {
        Manner::LogDirs => "log-dirs-tool",
        Manner::GetOffsets => "GetOffsetShell",
        _ => "adminclient-1",
    };
    let log = java_client::admin_not_accepted(client_id, server, class, message);
    let lists_groups =
        ["--list", "--all-groups"].iter().any(|word| call.arguments.split(' ').any(|said| said == *word));
    let form = match call.manner {
        Manner::ConsumerGroups if lists_groups => exceptions::no_node_in_time("listGroups"),
        _ => ApacheForm::Answer { class: class.to_owned(), message: message.to_owned() },
    };
    let told = ending(&Failure { apache: Some(form), ..failure.clone() }, call);
    let log: String = log.iter().map(|line| format!("{line}\n")).collect();
    Ending { stderr: format!("{log}{}", told.stderr), ..told }
}

/// Class and message of an exception in any of its forms.
fn exception(form: &ApacheForm) -> (&str, &str) {
    match form {
        ApacheForm::Parsing { class, message }
        | ApacheForm::Opening { class, message }
        | ApacheForm::Exception { class, message }
        | ApacheForm::Answer { class, message } => (class, message),
        ApacheForm::Value { class, message, .. } => (class, message),
        ApacheForm::NotAccepted { class, message, .. } => (class, message),
        ApacheForm::Usage(message) | ApacheForm::Line(message) | ApacheForm::Remark(message) => {
            (ILLEGAL_ARGUMENT, message)
        }
        ApacheForm::Constructing { cause } => (CANNOT_OPEN, cause),
    }
}

/// What a failure would be as an exception of Java's: class, colon, message.
pub fn exception_of(failure: &Failure) -> String {
    match &failure.apache {
        Some(form) => {
            let (class, message) = exception(form);
            format!("{class}: {message}")
        }
        None => format!("{CANNOT_OPEN}: {failure}"),
    }
}

fn topics(form: &ApacheForm, call: &Call<'_>) -> Ending {
    let (class, message) = exception(form);
    match form {
        ApacheForm::Parsing { .. } | ApacheForm::Opening { .. } => {
            Ending::on_stderr(format!("{message}\n{class}: {message}\n\n"))
        }
        _ => Ending {
            stdout: format!("Error while executing topic command : {message}\n"),
            stderr: format!("[{}] ERROR {class}: {message}\n (org.apache.kafka.tools.TopicCommand)\n", call.now),
            code: 1,
        },
    }
}

/// Whatever happens after the command line was read ends with exit code 0.
fn consumer_groups(form: &ApacheForm) -> Ending {
    let (class, message) = exception(form);
    let (message, trace) = match form {
        ApacheForm::Parsing { .. } => {
            return Ending::on_stderr(format!("Exception in thread \"main\" {class}: {message}\n"));
        }
        ApacheForm::Remark(message) => {
            return Ending { stdout: format!("\nError: {message}\n"), ..Ending::default() };
        }
        ApacheForm::Answer { .. } => {
            (format!("{class}: {message}"), format!("java.util.concurrent.ExecutionException: {class}: {message}"))
        }
        ApacheForm::Opening { .. } if class == NO_SUCH_FILE => {
            (format!("{class}: {message}"), format!("java.lang.RuntimeException: {class}: {message}"))
        }
        _ => (message.to_owned(), format!("{class}: {message}")),
    };
    Ending {
        stdout: format!("\nError: Executing consumer group command failed due to {message}\n"),
        stderr: format!("{trace}\n"),
        code: 0,
    }
}

/// The name that the console consumer logs under.
pub const CONSOLE_CONSUMER: &str = "org.apache.kafka.tools.consumer.ConsoleConsumer";
/// The class of the exception when an address cannot be used.
pub const CANNOT_OPEN: &str = "org.apache.kafka.common.KafkaException";
pub const NO_SUCH_FILE: &str = "java.nio.file.NoSuchFileException";

/// The tool's own complaints are one line; anything else names the whole command line.
fn configs(form: &ApacheForm, call: &Call<'_>) -> Ending {
    let (class, message) = exception(form);
    let trace = match form {
        ApacheForm::Parsing { .. } => return Ending::on_stderr(format!("{message}\n")),
        ApacheForm::Exception { .. } | ApacheForm::Value { .. } if is_complaint(class) => {
            return Ending::on_stderr(format!("{message}\n"));
        }
        ApacheForm::Answer { .. } => format!("java.util.concurrent.ExecutionException: {class}: {message}"),
        _ => format!("{class}: {message}"),
    };
    let arguments = call.arguments;
    Ending::on_stderr(format!("Error while executing config command with args '{arguments}'\n{trace}\n"))
}

/// Commands bring their own words; what is left is thrown before one has begun.
fn transactions(form: &ApacheForm) -> Ending {
    let (class, message) = exception(form);
    Ending::on_stderr(match form {
        ApacheForm::Opening { .. } if class == NO_SUCH_FILE => {
            format!("Failed to load admin client properties: {message}. Enable debug logging for additional detail.\n")
        }
        _ => format!("Exception in thread \"main\" {class}: {message}\n"),
    })
}

/// Whatever happens is thrown out of the program; some exceptions have no message.
fn dump_log(form: &ApacheForm) -> Ending {
    let (class, message) = exception(form);
    let colon = if message.is_empty() { "" } else { ": " };
    Ending::on_stderr(format!("Exception in thread \"main\" {class}{colon}{message}\n"))
}

/// What the tool does not say itself is thrown out of it.
fn storage(form: &ApacheForm) -> Ending {
    let (class, message) = exception(form);
    Ending::on_stderr(format!("Exception in thread \"main\" {class}: {message}\n"))
}

/// A server that does not start says so in its log, which is on stdout.
fn server(form: &ApacheForm, call: &Call<'_>) -> Ending {
    let (class, message) = exception(form);
    let stdout =
        format!("[{}] ERROR Exiting Kafka due to fatal exception (kafka.Kafka$)\n{class}: {message}\n", call.now);
    Ending { stdout, stderr: String::new(), code: 1 }
}

/// The message, then the exception that it is of.
fn message_and_exception(form: &ApacheForm) -> String {
    let (class, message) = exception(form);
    match form {
        ApacheForm::Answer { .. } => {
            format!("{class}: {message}\njava.util.concurrent.ExecutionException: {class}: {message}\n\n")
        }
        _ => format!("{message}\n{class}: {message}\n\n"),
    }
}

fn get_offsets(form: &ApacheForm) -> Ending {
    Ending::on_stderr(match form {
        ApacheForm::Parsing { message, .. } => format!("Error occurred: {message}\n"),
        _ => format!("Error occurred: {}", message_and_exception(form)),
    })
}

/// What happens after the options were read is told on stdout.
fn groups(form: &ApacheForm, call: &Call<'_>) -> Ending {
    let (class, message) = exception(form);
    match form {
        ApacheForm::Parsing { .. } => Ending::on_stderr(format!("{message}\n{}", call.usage_table)),
        ApacheForm::Value { .. } => Ending::on_stderr(message_and_exception(form)),
        ApacheForm::Opening { .. } if class == NO_SUCH_FILE => Ending::on_stderr(message_and_exception(form)),
        _ => Ending {
            stdout: format!("Error while executing groups command : {message}\n"),
            stderr: format!("[{}] ERROR {class}: {message}\n (org.apache.kafka.tools.GroupsCommand)\n", call.now),
            code: 1,
        },
    }
}

fn is_complaint(class: &str) -> bool {
    class == ILLEGAL_ARGUMENT || class == INVALID_CONFIGURATION || class.starts_with("joptsimple.")
}

fn console(form: &ApacheForm, kind: Kind, call: &Call<'_>) -> Ending {
    let code = if matches!(kind, Kind::Interrupted | Kind::Terminated) { kind.code() } else { 1 };
    let stderr = match call.manner {
        Manner::ConsoleConsumer => console_consumer(form, call),
        _ => console_producer(form, call),
    };
    Ending { stdout: String::new(), stderr, code }
}

fn console_producer(form: &ApacheForm, call: &Call<'_>) -> String {
    let (class, message) = exception(form);
    match form {
        ApacheForm::Opening { .. } if class == CANNOT_OPEN => {
            format!("{class}: {}\n", failed_to_construct(Role::Producer))
        }
        ApacheForm::Parsing { .. } => format!("{message}\n{}", call.usage_table),
        ApacheForm::Value { .. } => format!("{message}\n"),
        _ => format!("{class}: {message}\n"),
    }
}

fn console_consumer(form: &ApacheForm, call: &Call<'_>) -> String {
    let (class, message) = exception(form);
    let logged = |message: &str| {
        let text = format!("Unknown error when running consumer:  ({CONSOLE_CONSUMER})\n{class}: {message}\n");
        format!("[{}] ERROR {text}", call.now)
    };
    match form {
        ApacheForm::Opening { .. } if class == CANNOT_OPEN => logged(failed_to_construct(Role::Consumer)),
        ApacheForm::Opening { .. } if class == CONFIG_EXCEPTION => logged(message),
        ApacheForm::Opening { .. } => format!("Exception in thread \"main\" {class}: {message}\n"),
        ApacheForm::Parsing { .. } => format!("{message}\n{}", call.usage_table),
        ApacheForm::Value { option, .. } => match option.as_str() {
            "topic" | "include" => logged(message),
            "max-messages" => format!("Processed a total of 0 messages\n{}", logged(message)),
            "formatter" | "formatter-config" | "key-deserializer" | "value-deserializer" => {
                format!("{message}\n{}", call.usage_table)
            }
            _ => format!("Exception in thread \"main\" {class}: {message}\n"),
        },
        _ => logged(message),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::failure::of_rejection;
    use crate::protocol::{ErrorCode, Rejection};

    fn said(failure: &Failure, manner: Manner) -> Ending {
        let call = Call {
            manner,
            arguments: "--bootstrap-server a:1 --alter",
            usage_table: "TABLE\n",
            now: "2026-01-02 03:04:05,678",
        };
        ending(failure, &call)
    }

    #[test]
    fn a_brokers_refusal_is_told_in_each_tools_own_way() {
        let failure = of_rejection(&Rejection::new(ErrorCode::GroupIdNotFound, "Group g not found."));
        let topics = said(&failure, Manner::Topics);
        assert_eq!(topics.stdout, "Error while executing topic command : Group g not found.\n");
        assert_eq!(topics.code, 1);
        let groups = said(&failure, Manner::ConsumerGroups);
        assert_eq!(
            groups.stdout,
            "\nError: Executing consumer group command failed due to \
             org.apache.kafka.common.errors.GroupIdNotFoundException: Group g not found.\n"
        );
        assert_eq!(groups.code, 0);
        let configs = said(&failure, Manner::Configs);
        assert!(
            configs
                .stderr
                .starts_with("Error while executing config command with args '--bootstrap-server a:1 --alter'\n")
        );
        assert_eq!((configs.stdout.as_str(), configs.code), ("", 1));
    }

    #[test]
    fn a_remark_of_the_groups_tool_is_no_exception() {
        let remark = ApacheForm::Remark("Consumer group 'g' does not exist.".to_owned());
        let ending = said(&Failure::not_found("x").in_apache(remark), Manner::ConsumerGroups);
        let stdout = "\nError: Consumer group 'g' does not exist.\n".to_owned();
        assert_eq!(ending, Ending { stdout, ..Ending::default() });
    }

    #[test]
    fn a_usage_error_is_its_message_and_the_table() {
        let failure = Failure::usage("x").apache_usage("Missing required argument \"[topic]\"");
        for manner in [Manner::Topics, Manner::ConsumerGroups, Manner::Configs, Manner::ConsoleProducer] {
            let ending = said(&failure, manner);
            assert_eq!(ending.stderr, "Missing required argument \"[topic]\"\nTABLE\n");
            assert_eq!((ending.stdout.as_str(), ending.code), ("", 1));
        }
    }

    #[test]
    fn a_client_that_cannot_be_made_says_why_at_the_end() {
        let failure = Failure::usage("x").in_apache(ApacheForm::Constructing { cause: "no such store".to_owned() });
        let thrown = "org.apache.kafka.common.KafkaException: Failed to create new KafkaAdminClient";
        let cause = "Caused by: org.apache.kafka.common.KafkaException: no such store";
        let topics = said(&failure, Manner::Topics);
        assert_eq!(topics.stderr, format!("Failed to create new KafkaAdminClient\n{thrown}\n{cause}\n\n"));
        let groups = said(&failure, Manner::ConsumerGroups);
        assert_eq!((groups.stderr.as_str(), groups.code), (format!("{thrown}\n{cause}\n").as_str(), 0));
    }

    /// Recorded from Kafka 4.2.1.
    #[test]
    fn a_server_that_does_not_accept_a_login_is_logged_before_it_is_told() {
        let form = exceptions::refused_login("127.0.0.1:1", "Authentication failed: Invalid username or password");
        let failure = Failure::usage("x").in_apache(form);
        let topics = said(&failure, Manner::Topics);
        let lines: Vec<&str> = topics.stderr.lines().collect();
        let reason = "Authentication failed: Invalid username or password";
        assert!(lines[0].ends_with(&format!(
            " ERROR [AdminClient clientId=adminclient-1] Connection to node -1 (/127.0.0.1:1) failed authentication due to: \
             {reason} (org.apache.kafka.clients.NetworkClient)"
        )));
        assert!(lines[1].contains(" WARN [AdminClient clientId=adminclient-1] Fatal error during metadata update ("));
        let exception = format!("org.apache.kafka.common.errors.SaslAuthenticationException: {reason}");
        assert_eq!(lines[2], exception);
        assert_eq!(topics.stdout, format!("Error while executing topic command : {reason}\n"));
        let groups = said(&failure, Manner::ConsumerGroups);
        assert!(groups.stdout.ends_with(&format!("failed due to {exception}\n")));
        let call = Call { manner: Manner::ConsumerGroups, arguments: "--list", usage_table: "", now: "" };
        assert!(
            ending(&failure, &call).stdout.ends_with("KafkaException: Failed to find brokers to send ListGroups\n")
        );
    }

    #[test]
    fn an_interrupted_tool_says_nothing() {
        assert_eq!(
            said(&Failure::silent(Kind::Interrupted), Manner::Topics),
            Ending { code: 130, ..Ending::default() }
        );
    }
}
