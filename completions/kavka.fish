# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_kavka_global_optspecs
    string join \n h/help V/version
end

function __fish_kavka_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_kavka_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_kavka_using_subcommand
    set -l cmd (__fish_kavka_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c kavka -n "__fish_kavka_needs_command" -s h -l help -d 'Print help'
complete -c kavka -n "__fish_kavka_needs_command" -s V -l version -d 'Print version'
complete -c kavka -n "__fish_kavka_needs_command" -f -a "topics" -d 'Create, list, describe, alter and delete topics'
complete -c kavka -n "__fish_kavka_needs_command" -f -a "produce" -d 'Read lines from standard input and send each as a record'
complete -c kavka -n "__fish_kavka_needs_command" -f -a "console-producer" -d 'Read lines from standard input and send each as a record'
complete -c kavka -n "__fish_kavka_needs_command" -f -a "consume" -d 'Read records and write them to standard output'
complete -c kavka -n "__fish_kavka_needs_command" -f -a "console-consumer" -d 'Read records and write them to standard output'
complete -c kavka -n "__fish_kavka_needs_command" -f -a "groups" -d 'List, describe and delete consumer groups; reset and delete their offsets'
complete -c kavka -n "__fish_kavka_needs_command" -f -a "consumer-groups" -d 'List, describe and delete consumer groups; reset and delete their offsets'
complete -c kavka -n "__fish_kavka_needs_command" -f -a "configs" -d 'Show and change the configurations of topics and brokers'
complete -c kavka -n "__fish_kavka_needs_command" -f -a "transactions" -d 'List and describe transactions and their producers; find and abort those that hang'
complete -c kavka -n "__fish_kavka_needs_command" -f -a "dump-log" -d 'Show what is in the files of partitions: logs, indexes, producer snapshots, metadata snapshots'
complete -c kavka -n "__fish_kavka_needs_command" -f -a "log-dirs" -d 'Show the log directories of brokers, what lies in them and how large it is'
complete -c kavka -n "__fish_kavka_needs_command" -f -a "broker" -d 'Start, stop and look after a broker on the local data directory'
complete -c kavka -n "__fish_kavka_needs_command" -f -a "demo" -d 'Show the main job at work: a topic, records with keys, two groups that read them, offsets and lag'
complete -c kavka -n "__fish_kavka_needs_command" -f -a "generate" -d 'Write completions/ and man/ from the definitions of the commands'
complete -c kavka -n "__fish_kavka_using_subcommand topics" -l topic -d 'The topic to create. For every other action a regular expression that must match whole names; commas mean "or"' -r
complete -c kavka -n "__fish_kavka_using_subcommand topics" -l topic-id -d 'Describe the topic with this id' -r
complete -c kavka -n "__fish_kavka_using_subcommand topics" -l partitions -d 'Number of partitions, when creating or altering [default when creating: the broker\'s]' -r
complete -c kavka -n "__fish_kavka_using_subcommand topics" -l replication-factor -d 'Number of replicas of each partition, when creating [default: the broker\'s]' -r
complete -c kavka -n "__fish_kavka_using_subcommand topics" -l replica-assignment -d 'Brokers for the replicas of each partition: commas between partitions, colons between replicas, as in 0:1,1:2' -r
complete -c kavka -n "__fish_kavka_using_subcommand topics" -l config -d 'Configuration of the new topic; may be given several times' -r
complete -c kavka -n "__fish_kavka_using_subcommand topics" -l delete-config -d 'Without effect; accepted because older scripts give it' -r
complete -c kavka -n "__fish_kavka_using_subcommand topics" -l partition-size-limit-per-response -d 'Size of a page of the description; without effect on the result' -r
complete -c kavka -n "__fish_kavka_using_subcommand topics" -l bootstrap-server -d 'Kafka servers to connect to. Without them the command works on the local data directory' -r
complete -c kavka -n "__fish_kavka_using_subcommand topics" -l command-config -d 'File of client settings in Java\'s properties syntax: security, timeouts, bootstrap.servers' -r -F
complete -c kavka -n "__fish_kavka_using_subcommand topics" -l data-dir -d 'Directory of the standalone cluster [default: kavka/data in the platform\'s data home, or KAVKA_DATA_DIR]' -r -F
complete -c kavka -n "__fish_kavka_using_subcommand topics" -l output -d 'How to write results to stdout' -r -f -a "table\t'Columns under headings; a single column is a bare list'
apache\t'What Apache Kafka\'s tool of the same work prints'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values with a line of names'"
complete -c kavka -n "__fish_kavka_using_subcommand topics" -l create -d 'Create a topic'
complete -c kavka -n "__fish_kavka_using_subcommand topics" -l list -d 'List the names of all topics'
complete -c kavka -n "__fish_kavka_using_subcommand topics" -l describe -d 'Show partitions, leaders, replicas and configurations of topics'
complete -c kavka -n "__fish_kavka_using_subcommand topics" -l alter -d 'Raise the number of partitions'
complete -c kavka -n "__fish_kavka_using_subcommand topics" -l delete -d 'Delete topics with all their records'
complete -c kavka -n "__fish_kavka_using_subcommand topics" -l if-exists -d 'A topic that does not exist is no error'
complete -c kavka -n "__fish_kavka_using_subcommand topics" -l if-not-exists -d 'A topic that exists already is no error'
complete -c kavka -n "__fish_kavka_using_subcommand topics" -l exclude-internal -d 'Leave out the topics that Kafka itself writes'
complete -c kavka -n "__fish_kavka_using_subcommand topics" -l under-replicated-partitions -d 'Describe only partitions with fewer in-sync replicas than replicas'
complete -c kavka -n "__fish_kavka_using_subcommand topics" -l unavailable-partitions -d 'Describe only partitions without a live leader'
complete -c kavka -n "__fish_kavka_using_subcommand topics" -l under-min-isr-partitions -d 'Describe only partitions with fewer in-sync replicas than min.insync.replicas'
complete -c kavka -n "__fish_kavka_using_subcommand topics" -l at-min-isr-partitions -d 'Describe only partitions with exactly min.insync.replicas in-sync replicas'
complete -c kavka -n "__fish_kavka_using_subcommand topics" -l topics-with-overrides -d 'Describe only topics with configurations of their own, without their partitions'
complete -c kavka -n "__fish_kavka_using_subcommand topics" -l dry-run -d 'Show what would be done, and change nothing'
complete -c kavka -n "__fish_kavka_using_subcommand topics" -l yes -d 'Do it without being asked, where something would be lost'
complete -c kavka -n "__fish_kavka_using_subcommand topics" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kavka -n "__fish_kavka_using_subcommand topics" -s V -l version -d 'Print version'
complete -c kavka -n "__fish_kavka_using_subcommand produce" -l bootstrap-server -d 'Kafka servers to connect to. Without them the command works on the local data directory' -r
complete -c kavka -n "__fish_kavka_using_subcommand produce" -l command-config -d 'File of client settings in Java\'s properties syntax: security, timeouts, bootstrap.servers' -r -F
complete -c kavka -n "__fish_kavka_using_subcommand produce" -l data-dir -d 'Directory of the standalone cluster [default: kavka/data in the platform\'s data home, or KAVKA_DATA_DIR]' -r -F
complete -c kavka -n "__fish_kavka_using_subcommand produce" -l topic -d 'Topic to send to' -r
complete -c kavka -n "__fish_kavka_using_subcommand produce" -l compression-codec -d 'Compression of batches. Without a value: gzip' -r -f -a "none\t''
gzip\t''
snappy\t''
lz4\t''
zstd\t''"
complete -c kavka -n "__fish_kavka_using_subcommand produce" -l request-required-acks -l acks -d 'Acknowledgements to wait for: all (or -1) replicas in sync, 1 for the leader alone, 0 for none' -r -f -a "all\t''
-1\t''
0\t''
1\t''"
complete -c kavka -n "__fish_kavka_using_subcommand produce" -l batch-size -d 'Largest batch, in bytes' -r
complete -c kavka -n "__fish_kavka_using_subcommand produce" -l max-partition-memory-bytes -d 'Older name of --batch-size' -r
complete -c kavka -n "__fish_kavka_using_subcommand produce" -l timeout -d 'How long records wait for others to share a batch, in milliseconds' -r
complete -c kavka -n "__fish_kavka_using_subcommand produce" -l message-send-max-retries -d 'How often a failed request is tried again' -r
complete -c kavka -n "__fish_kavka_using_subcommand produce" -l retry-backoff-ms -d 'Pause before a request is tried again, in milliseconds' -r
complete -c kavka -n "__fish_kavka_using_subcommand produce" -l request-timeout-ms -d 'How long a request may take, in milliseconds' -r
complete -c kavka -n "__fish_kavka_using_subcommand produce" -l max-block-ms -d 'How long a record may wait for room in memory and for the topic\'s metadata, in milliseconds' -r
complete -c kavka -n "__fish_kavka_using_subcommand produce" -l max-memory-bytes -d 'Memory for records that are not sent yet, in bytes' -r
complete -c kavka -n "__fish_kavka_using_subcommand produce" -l metadata-expiry-ms -d 'After how many milliseconds metadata is asked for anew' -r
complete -c kavka -n "__fish_kavka_using_subcommand produce" -l socket-buffer-size -d 'Send buffer of the socket, in bytes' -r
complete -c kavka -n "__fish_kavka_using_subcommand produce" -l line-reader -d 'Class that reads lines; only Kafka\'s default exists here' -r
complete -c kavka -n "__fish_kavka_using_subcommand produce" -l reader-property -d 'How lines are read: parse.key, key.separator, parse.headers, headers.delimiter, headers.separator, headers.key.separator, null.marker, ignore.error. Can be repeated' -r
complete -c kavka -n "__fish_kavka_using_subcommand produce" -l property -d 'Older name of --reader-property' -r
complete -c kavka -n "__fish_kavka_using_subcommand produce" -l reader-config -d 'File of reader properties; --reader-property is stronger' -r -F
complete -c kavka -n "__fish_kavka_using_subcommand produce" -l command-property -d 'Property of the producer, in Java\'s spelling. Can be repeated' -r
complete -c kavka -n "__fish_kavka_using_subcommand produce" -l producer-property -d 'Older name of --command-property' -r
complete -c kavka -n "__fish_kavka_using_subcommand produce" -l producer.config -d 'Older name of --command-config' -r -F
complete -c kavka -n "__fish_kavka_using_subcommand produce" -l key-separator -d 'Each line holds a key, this separator and a value' -r
complete -c kavka -n "__fish_kavka_using_subcommand produce" -l key -d 'Key of every record that brings none' -r
complete -c kavka -n "__fish_kavka_using_subcommand produce" -l header -d 'Header of every record. Can be repeated' -r
complete -c kavka -n "__fish_kavka_using_subcommand produce" -l partition -d 'Partition to send every record to' -r
complete -c kavka -n "__fish_kavka_using_subcommand produce" -l transactional-id -d 'Send the whole input in one transaction of this transactional id: readers of committed records see all of it or nothing' -r
complete -c kavka -n "__fish_kavka_using_subcommand produce" -l transaction-records -d 'Commit after every so many records, instead of once at the end of the input' -r
complete -c kavka -n "__fish_kavka_using_subcommand produce" -l input -d 'What a line is: a text, or a record in JSON as `consume --output jsonl` writes it' -r -f -a "lines\t''
jsonl\t''"
complete -c kavka -n "__fish_kavka_using_subcommand produce" -l sync -d 'Send each record alone and wait for its acknowledgement before the next line is read'
complete -c kavka -n "__fish_kavka_using_subcommand produce" -l keep-partitions -d 'With --input jsonl: send each record to the partition that its line names'
complete -c kavka -n "__fish_kavka_using_subcommand produce" -l print-acks -d 'Write a line of JSON for each acknowledged record: topic, partition, offset, and line of the input'
complete -c kavka -n "__fish_kavka_using_subcommand produce" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kavka -n "__fish_kavka_using_subcommand produce" -s V -l version -d 'Print version'
complete -c kavka -n "__fish_kavka_using_subcommand console-producer" -l bootstrap-server -d 'Kafka servers to connect to. Without them the command works on the local data directory' -r
complete -c kavka -n "__fish_kavka_using_subcommand console-producer" -l command-config -d 'File of client settings in Java\'s properties syntax: security, timeouts, bootstrap.servers' -r -F
complete -c kavka -n "__fish_kavka_using_subcommand console-producer" -l data-dir -d 'Directory of the standalone cluster [default: kavka/data in the platform\'s data home, or KAVKA_DATA_DIR]' -r -F
complete -c kavka -n "__fish_kavka_using_subcommand console-producer" -l topic -d 'Topic to send to' -r
complete -c kavka -n "__fish_kavka_using_subcommand console-producer" -l compression-codec -d 'Compression of batches. Without a value: gzip' -r -f -a "none\t''
gzip\t''
snappy\t''
lz4\t''
zstd\t''"
complete -c kavka -n "__fish_kavka_using_subcommand console-producer" -l request-required-acks -l acks -d 'Acknowledgements to wait for: all (or -1) replicas in sync, 1 for the leader alone, 0 for none' -r -f -a "all\t''
-1\t''
0\t''
1\t''"
complete -c kavka -n "__fish_kavka_using_subcommand console-producer" -l batch-size -d 'Largest batch, in bytes' -r
complete -c kavka -n "__fish_kavka_using_subcommand console-producer" -l max-partition-memory-bytes -d 'Older name of --batch-size' -r
complete -c kavka -n "__fish_kavka_using_subcommand console-producer" -l timeout -d 'How long records wait for others to share a batch, in milliseconds' -r
complete -c kavka -n "__fish_kavka_using_subcommand console-producer" -l message-send-max-retries -d 'How often a failed request is tried again' -r
complete -c kavka -n "__fish_kavka_using_subcommand console-producer" -l retry-backoff-ms -d 'Pause before a request is tried again, in milliseconds' -r
complete -c kavka -n "__fish_kavka_using_subcommand console-producer" -l request-timeout-ms -d 'How long a request may take, in milliseconds' -r
complete -c kavka -n "__fish_kavka_using_subcommand console-producer" -l max-block-ms -d 'How long a record may wait for room in memory and for the topic\'s metadata, in milliseconds' -r
complete -c kavka -n "__fish_kavka_using_subcommand console-producer" -l max-memory-bytes -d 'Memory for records that are not sent yet, in bytes' -r
complete -c kavka -n "__fish_kavka_using_subcommand console-producer" -l metadata-expiry-ms -d 'After how many milliseconds metadata is asked for anew' -r
complete -c kavka -n "__fish_kavka_using_subcommand console-producer" -l socket-buffer-size -d 'Send buffer of the socket, in bytes' -r
complete -c kavka -n "__fish_kavka_using_subcommand console-producer" -l line-reader -d 'Class that reads lines; only Kafka\'s default exists here' -r
complete -c kavka -n "__fish_kavka_using_subcommand console-producer" -l reader-property -d 'How lines are read: parse.key, key.separator, parse.headers, headers.delimiter, headers.separator, headers.key.separator, null.marker, ignore.error. Can be repeated' -r
complete -c kavka -n "__fish_kavka_using_subcommand console-producer" -l property -d 'Older name of --reader-property' -r
complete -c kavka -n "__fish_kavka_using_subcommand console-producer" -l reader-config -d 'File of reader properties; --reader-property is stronger' -r -F
complete -c kavka -n "__fish_kavka_using_subcommand console-producer" -l command-property -d 'Property of the producer, in Java\'s spelling. Can be repeated' -r
complete -c kavka -n "__fish_kavka_using_subcommand console-producer" -l producer-property -d 'Older name of --command-property' -r
complete -c kavka -n "__fish_kavka_using_subcommand console-producer" -l producer.config -d 'Older name of --command-config' -r -F
complete -c kavka -n "__fish_kavka_using_subcommand console-producer" -l key-separator -d 'Each line holds a key, this separator and a value' -r
complete -c kavka -n "__fish_kavka_using_subcommand console-producer" -l key -d 'Key of every record that brings none' -r
complete -c kavka -n "__fish_kavka_using_subcommand console-producer" -l header -d 'Header of every record. Can be repeated' -r
complete -c kavka -n "__fish_kavka_using_subcommand console-producer" -l partition -d 'Partition to send every record to' -r
complete -c kavka -n "__fish_kavka_using_subcommand console-producer" -l transactional-id -d 'Send the whole input in one transaction of this transactional id: readers of committed records see all of it or nothing' -r
complete -c kavka -n "__fish_kavka_using_subcommand console-producer" -l transaction-records -d 'Commit after every so many records, instead of once at the end of the input' -r
complete -c kavka -n "__fish_kavka_using_subcommand console-producer" -l input -d 'What a line is: a text, or a record in JSON as `consume --output jsonl` writes it' -r -f -a "lines\t''
jsonl\t''"
complete -c kavka -n "__fish_kavka_using_subcommand console-producer" -l sync -d 'Send each record alone and wait for its acknowledgement before the next line is read'
complete -c kavka -n "__fish_kavka_using_subcommand console-producer" -l keep-partitions -d 'With --input jsonl: send each record to the partition that its line names'
complete -c kavka -n "__fish_kavka_using_subcommand console-producer" -l print-acks -d 'Write a line of JSON for each acknowledged record: topic, partition, offset, and line of the input'
complete -c kavka -n "__fish_kavka_using_subcommand console-producer" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kavka -n "__fish_kavka_using_subcommand console-producer" -s V -l version -d 'Print version'
complete -c kavka -n "__fish_kavka_using_subcommand consume" -l bootstrap-server -d 'Kafka servers to connect to. Without them the command works on the local data directory' -r
complete -c kavka -n "__fish_kavka_using_subcommand consume" -l command-config -d 'File of client settings in Java\'s properties syntax: security, timeouts, bootstrap.servers' -r -F
complete -c kavka -n "__fish_kavka_using_subcommand consume" -l data-dir -d 'Directory of the standalone cluster [default: kavka/data in the platform\'s data home, or KAVKA_DATA_DIR]' -r -F
complete -c kavka -n "__fish_kavka_using_subcommand consume" -l topic -d 'Topic to read' -r
complete -c kavka -n "__fish_kavka_using_subcommand consume" -l include -d 'Read all topics whose whole name matches this regular expression' -r
complete -c kavka -n "__fish_kavka_using_subcommand consume" -l partition -d 'Read this partition only' -r
complete -c kavka -n "__fish_kavka_using_subcommand consume" -l offset -d 'Where to start: earliest, latest or an offset. With --partition, or in kavka with any --topic' -r
complete -c kavka -n "__fish_kavka_using_subcommand consume" -l group -d 'Group to read with: its members share the partitions, and offsets are committed' -r
complete -c kavka -n "__fish_kavka_using_subcommand consume" -l max-messages -d 'End after this many records' -r
complete -c kavka -n "__fish_kavka_using_subcommand consume" -l timeout-ms -d 'End when no record arrived for this long, in milliseconds' -r
complete -c kavka -n "__fish_kavka_using_subcommand consume" -l isolation-level -d 'Which records of transactions to read: read_uncommitted also those that are aborted or still open, read_committed only those that are committed [default: read_uncommitted]' -r -f -a "read_committed\t''
read_uncommitted\t''"
complete -c kavka -n "__fish_kavka_using_subcommand consume" -l formatter -d 'Class that writes records; those exist here that Kafka brings, but for share groups' -r
complete -c kavka -n "__fish_kavka_using_subcommand consume" -l formatter-property -d 'What is written: print.key, print.value, print.partition, print.offset, print.timestamp, print.headers, key.separator, line.separator, headers.separator, null.literal, key.deserializer, value.deserializer. Can be repeated' -r
complete -c kavka -n "__fish_kavka_using_subcommand consume" -l property -d 'Older name of --formatter-property' -r
complete -c kavka -n "__fish_kavka_using_subcommand consume" -l formatter-config -d 'File of formatter properties; --formatter-property is stronger' -r -F
complete -c kavka -n "__fish_kavka_using_subcommand consume" -l key-deserializer -d 'Class that says what a key is; short for --formatter-property key.deserializer=CLASS' -r
complete -c kavka -n "__fish_kavka_using_subcommand consume" -l value-deserializer -d 'Class that says what a value is; short for --formatter-property value.deserializer=CLASS' -r
complete -c kavka -n "__fish_kavka_using_subcommand consume" -l command-property -d 'Property of the consumer, in Java\'s spelling. Can be repeated' -r
complete -c kavka -n "__fish_kavka_using_subcommand consume" -l consumer-property -d 'Older name of --command-property' -r
complete -c kavka -n "__fish_kavka_using_subcommand consume" -l consumer.config -d 'Older name of --command-config' -r -F
complete -c kavka -n "__fish_kavka_using_subcommand consume" -l output -d 'Form of the output: text as the formatter writes it, or a line of JSON for each record' -r -f -a "text\t''
jsonl\t''"
complete -c kavka -n "__fish_kavka_using_subcommand consume" -l from-beginning -d 'Start with the earliest record there is, unless the group has committed offsets'
complete -c kavka -n "__fish_kavka_using_subcommand consume" -l skip-message-on-error -d 'Report a record that cannot be written, and go on with the next'
complete -c kavka -n "__fish_kavka_using_subcommand consume" -l enable-systest-events -d 'Write shutdown_complete to standard output at the end'
complete -c kavka -n "__fish_kavka_using_subcommand consume" -l until-end -d 'End when everything that is there at the start has been read'
complete -c kavka -n "__fish_kavka_using_subcommand consume" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kavka -n "__fish_kavka_using_subcommand consume" -s V -l version -d 'Print version'
complete -c kavka -n "__fish_kavka_using_subcommand console-consumer" -l bootstrap-server -d 'Kafka servers to connect to. Without them the command works on the local data directory' -r
complete -c kavka -n "__fish_kavka_using_subcommand console-consumer" -l command-config -d 'File of client settings in Java\'s properties syntax: security, timeouts, bootstrap.servers' -r -F
complete -c kavka -n "__fish_kavka_using_subcommand console-consumer" -l data-dir -d 'Directory of the standalone cluster [default: kavka/data in the platform\'s data home, or KAVKA_DATA_DIR]' -r -F
complete -c kavka -n "__fish_kavka_using_subcommand console-consumer" -l topic -d 'Topic to read' -r
complete -c kavka -n "__fish_kavka_using_subcommand console-consumer" -l include -d 'Read all topics whose whole name matches this regular expression' -r
complete -c kavka -n "__fish_kavka_using_subcommand console-consumer" -l partition -d 'Read this partition only' -r
complete -c kavka -n "__fish_kavka_using_subcommand console-consumer" -l offset -d 'Where to start: earliest, latest or an offset. With --partition, or in kavka with any --topic' -r
complete -c kavka -n "__fish_kavka_using_subcommand console-consumer" -l group -d 'Group to read with: its members share the partitions, and offsets are committed' -r
complete -c kavka -n "__fish_kavka_using_subcommand console-consumer" -l max-messages -d 'End after this many records' -r
complete -c kavka -n "__fish_kavka_using_subcommand console-consumer" -l timeout-ms -d 'End when no record arrived for this long, in milliseconds' -r
complete -c kavka -n "__fish_kavka_using_subcommand console-consumer" -l isolation-level -d 'Which records of transactions to read: read_uncommitted also those that are aborted or still open, read_committed only those that are committed [default: read_uncommitted]' -r -f -a "read_committed\t''
read_uncommitted\t''"
complete -c kavka -n "__fish_kavka_using_subcommand console-consumer" -l formatter -d 'Class that writes records; those exist here that Kafka brings, but for share groups' -r
complete -c kavka -n "__fish_kavka_using_subcommand console-consumer" -l formatter-property -d 'What is written: print.key, print.value, print.partition, print.offset, print.timestamp, print.headers, key.separator, line.separator, headers.separator, null.literal, key.deserializer, value.deserializer. Can be repeated' -r
complete -c kavka -n "__fish_kavka_using_subcommand console-consumer" -l property -d 'Older name of --formatter-property' -r
complete -c kavka -n "__fish_kavka_using_subcommand console-consumer" -l formatter-config -d 'File of formatter properties; --formatter-property is stronger' -r -F
complete -c kavka -n "__fish_kavka_using_subcommand console-consumer" -l key-deserializer -d 'Class that says what a key is; short for --formatter-property key.deserializer=CLASS' -r
complete -c kavka -n "__fish_kavka_using_subcommand console-consumer" -l value-deserializer -d 'Class that says what a value is; short for --formatter-property value.deserializer=CLASS' -r
complete -c kavka -n "__fish_kavka_using_subcommand console-consumer" -l command-property -d 'Property of the consumer, in Java\'s spelling. Can be repeated' -r
complete -c kavka -n "__fish_kavka_using_subcommand console-consumer" -l consumer-property -d 'Older name of --command-property' -r
complete -c kavka -n "__fish_kavka_using_subcommand console-consumer" -l consumer.config -d 'Older name of --command-config' -r -F
complete -c kavka -n "__fish_kavka_using_subcommand console-consumer" -l output -d 'Form of the output: text as the formatter writes it, or a line of JSON for each record' -r -f -a "text\t''
jsonl\t''"
complete -c kavka -n "__fish_kavka_using_subcommand console-consumer" -l from-beginning -d 'Start with the earliest record there is, unless the group has committed offsets'
complete -c kavka -n "__fish_kavka_using_subcommand console-consumer" -l skip-message-on-error -d 'Report a record that cannot be written, and go on with the next'
complete -c kavka -n "__fish_kavka_using_subcommand console-consumer" -l enable-systest-events -d 'Write shutdown_complete to standard output at the end'
complete -c kavka -n "__fish_kavka_using_subcommand console-consumer" -l until-end -d 'End when everything that is there at the start has been read'
complete -c kavka -n "__fish_kavka_using_subcommand console-consumer" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kavka -n "__fish_kavka_using_subcommand console-consumer" -s V -l version -d 'Print version'
complete -c kavka -n "__fish_kavka_using_subcommand groups" -l validate-regex -d 'Say whether this is a regular expression that consumers can subscribe to topics by' -r
complete -c kavka -n "__fish_kavka_using_subcommand groups" -l group -d 'The group; may be given several times, but once with --delete-offsets' -r
complete -c kavka -n "__fish_kavka_using_subcommand groups" -l topic -d 'Topic whose offsets are meant, with or without partitions, as in orders or orders:0,1; may be given several times' -r
complete -c kavka -n "__fish_kavka_using_subcommand groups" -l state -d 'With --describe, the state of groups. With --list, show states, or only groups in these states, apart by commas' -r
complete -c kavka -n "__fish_kavka_using_subcommand groups" -l type -d 'With --list, show types, or only groups of these types: classic, consumer' -r
complete -c kavka -n "__fish_kavka_using_subcommand groups" -l to-offset -d 'Reset to this offset' -r
complete -c kavka -n "__fish_kavka_using_subcommand groups" -l shift-by -d 'Move the committed offsets forward, or with a negative number back' -r
complete -c kavka -n "__fish_kavka_using_subcommand groups" -l to-datetime -d 'Reset to the first record at or after this time, such as 2026-01-31T12:00:00.000+01:00; without a zone it is UTC' -r
complete -c kavka -n "__fish_kavka_using_subcommand groups" -l by-duration -d 'Reset to the first record of the last days, hours, minutes and seconds, such as P1DT2H or PT30M' -r
complete -c kavka -n "__fish_kavka_using_subcommand groups" -l from-file -d 'Reset to the offsets in a CSV file, as --export writes it' -r -F
complete -c kavka -n "__fish_kavka_using_subcommand groups" -l timeout -d 'Time limit of each call to the cluster' -r
complete -c kavka -n "__fish_kavka_using_subcommand groups" -l bootstrap-server -d 'Kafka servers to connect to. Without them the command works on the local data directory' -r
complete -c kavka -n "__fish_kavka_using_subcommand groups" -l command-config -d 'File of client settings in Java\'s properties syntax: security, timeouts, bootstrap.servers' -r -F
complete -c kavka -n "__fish_kavka_using_subcommand groups" -l data-dir -d 'Directory of the standalone cluster [default: kavka/data in the platform\'s data home, or KAVKA_DATA_DIR]' -r -F
complete -c kavka -n "__fish_kavka_using_subcommand groups" -l output -d 'How to write results to stdout' -r -f -a "table\t'Columns under headings; a single column is a bare list'
apache\t'What Apache Kafka\'s tool of the same work prints'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values with a line of names'"
complete -c kavka -n "__fish_kavka_using_subcommand groups" -l list -d 'List all consumer groups'
complete -c kavka -n "__fish_kavka_using_subcommand groups" -l describe -d 'Show what groups have consumed and how far they are behind'
complete -c kavka -n "__fish_kavka_using_subcommand groups" -l delete -d 'Delete groups with their offsets'
complete -c kavka -n "__fish_kavka_using_subcommand groups" -l reset-offsets -d 'Set the offsets of groups that are not active'
complete -c kavka -n "__fish_kavka_using_subcommand groups" -l delete-offsets -d 'Delete a group\'s offsets of topics that it is not subscribed to'
complete -c kavka -n "__fish_kavka_using_subcommand groups" -l all-groups -d 'All groups'
complete -c kavka -n "__fish_kavka_using_subcommand groups" -l all-topics -d 'All topics for which the group has offsets'
complete -c kavka -n "__fish_kavka_using_subcommand groups" -l members -d 'Describe the members of groups'
complete -c kavka -n "__fish_kavka_using_subcommand groups" -l offsets -d 'Describe the offsets of groups; this is the default'
complete -c kavka -n "__fish_kavka_using_subcommand groups" -l verbose -d 'Describe with more columns'
complete -c kavka -n "__fish_kavka_using_subcommand groups" -l dry-run -d 'Show what would be done, and change nothing. With --reset-offsets this is the default'
complete -c kavka -n "__fish_kavka_using_subcommand groups" -l execute -d 'Do what --reset-offsets shows'
complete -c kavka -n "__fish_kavka_using_subcommand groups" -l export -d 'Write the offsets of --reset-offsets as CSV, for --from-file'
complete -c kavka -n "__fish_kavka_using_subcommand groups" -l to-earliest -d 'Reset to the first record'
complete -c kavka -n "__fish_kavka_using_subcommand groups" -l to-latest -d 'Reset to the end'
complete -c kavka -n "__fish_kavka_using_subcommand groups" -l to-current -d 'Reset to what is committed now'
complete -c kavka -n "__fish_kavka_using_subcommand groups" -l yes -d 'Do it without being asked, where something would be lost'
complete -c kavka -n "__fish_kavka_using_subcommand groups" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kavka -n "__fish_kavka_using_subcommand groups" -s V -l version -d 'Print version'
complete -c kavka -n "__fish_kavka_using_subcommand consumer-groups" -l validate-regex -d 'Say whether this is a regular expression that consumers can subscribe to topics by' -r
complete -c kavka -n "__fish_kavka_using_subcommand consumer-groups" -l group -d 'The group; may be given several times, but once with --delete-offsets' -r
complete -c kavka -n "__fish_kavka_using_subcommand consumer-groups" -l topic -d 'Topic whose offsets are meant, with or without partitions, as in orders or orders:0,1; may be given several times' -r
complete -c kavka -n "__fish_kavka_using_subcommand consumer-groups" -l state -d 'With --describe, the state of groups. With --list, show states, or only groups in these states, apart by commas' -r
complete -c kavka -n "__fish_kavka_using_subcommand consumer-groups" -l type -d 'With --list, show types, or only groups of these types: classic, consumer' -r
complete -c kavka -n "__fish_kavka_using_subcommand consumer-groups" -l to-offset -d 'Reset to this offset' -r
complete -c kavka -n "__fish_kavka_using_subcommand consumer-groups" -l shift-by -d 'Move the committed offsets forward, or with a negative number back' -r
complete -c kavka -n "__fish_kavka_using_subcommand consumer-groups" -l to-datetime -d 'Reset to the first record at or after this time, such as 2026-01-31T12:00:00.000+01:00; without a zone it is UTC' -r
complete -c kavka -n "__fish_kavka_using_subcommand consumer-groups" -l by-duration -d 'Reset to the first record of the last days, hours, minutes and seconds, such as P1DT2H or PT30M' -r
complete -c kavka -n "__fish_kavka_using_subcommand consumer-groups" -l from-file -d 'Reset to the offsets in a CSV file, as --export writes it' -r -F
complete -c kavka -n "__fish_kavka_using_subcommand consumer-groups" -l timeout -d 'Time limit of each call to the cluster' -r
complete -c kavka -n "__fish_kavka_using_subcommand consumer-groups" -l bootstrap-server -d 'Kafka servers to connect to. Without them the command works on the local data directory' -r
complete -c kavka -n "__fish_kavka_using_subcommand consumer-groups" -l command-config -d 'File of client settings in Java\'s properties syntax: security, timeouts, bootstrap.servers' -r -F
complete -c kavka -n "__fish_kavka_using_subcommand consumer-groups" -l data-dir -d 'Directory of the standalone cluster [default: kavka/data in the platform\'s data home, or KAVKA_DATA_DIR]' -r -F
complete -c kavka -n "__fish_kavka_using_subcommand consumer-groups" -l output -d 'How to write results to stdout' -r -f -a "table\t'Columns under headings; a single column is a bare list'
apache\t'What Apache Kafka\'s tool of the same work prints'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values with a line of names'"
complete -c kavka -n "__fish_kavka_using_subcommand consumer-groups" -l list -d 'List all consumer groups'
complete -c kavka -n "__fish_kavka_using_subcommand consumer-groups" -l describe -d 'Show what groups have consumed and how far they are behind'
complete -c kavka -n "__fish_kavka_using_subcommand consumer-groups" -l delete -d 'Delete groups with their offsets'
complete -c kavka -n "__fish_kavka_using_subcommand consumer-groups" -l reset-offsets -d 'Set the offsets of groups that are not active'
complete -c kavka -n "__fish_kavka_using_subcommand consumer-groups" -l delete-offsets -d 'Delete a group\'s offsets of topics that it is not subscribed to'
complete -c kavka -n "__fish_kavka_using_subcommand consumer-groups" -l all-groups -d 'All groups'
complete -c kavka -n "__fish_kavka_using_subcommand consumer-groups" -l all-topics -d 'All topics for which the group has offsets'
complete -c kavka -n "__fish_kavka_using_subcommand consumer-groups" -l members -d 'Describe the members of groups'
complete -c kavka -n "__fish_kavka_using_subcommand consumer-groups" -l offsets -d 'Describe the offsets of groups; this is the default'
complete -c kavka -n "__fish_kavka_using_subcommand consumer-groups" -l verbose -d 'Describe with more columns'
complete -c kavka -n "__fish_kavka_using_subcommand consumer-groups" -l dry-run -d 'Show what would be done, and change nothing. With --reset-offsets this is the default'
complete -c kavka -n "__fish_kavka_using_subcommand consumer-groups" -l execute -d 'Do what --reset-offsets shows'
complete -c kavka -n "__fish_kavka_using_subcommand consumer-groups" -l export -d 'Write the offsets of --reset-offsets as CSV, for --from-file'
complete -c kavka -n "__fish_kavka_using_subcommand consumer-groups" -l to-earliest -d 'Reset to the first record'
complete -c kavka -n "__fish_kavka_using_subcommand consumer-groups" -l to-latest -d 'Reset to the end'
complete -c kavka -n "__fish_kavka_using_subcommand consumer-groups" -l to-current -d 'Reset to what is committed now'
complete -c kavka -n "__fish_kavka_using_subcommand consumer-groups" -l yes -d 'Do it without being asked, where something would be lost'
complete -c kavka -n "__fish_kavka_using_subcommand consumer-groups" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kavka -n "__fish_kavka_using_subcommand consumer-groups" -s V -l version -d 'Print version'
complete -c kavka -n "__fish_kavka_using_subcommand configs" -l entity-type -d 'What the configurations belong to: topics or brokers' -r
complete -c kavka -n "__fish_kavka_using_subcommand configs" -l entity-name -d 'The name of the topic, or the id of the broker' -r
complete -c kavka -n "__fish_kavka_using_subcommand configs" -l topic -d 'Short for --entity-type topics --entity-name TOPIC' -r
complete -c kavka -n "__fish_kavka_using_subcommand configs" -l broker -d 'Short for --entity-type brokers --entity-name ID' -r
complete -c kavka -n "__fish_kavka_using_subcommand configs" -l add-config -d 'Values to set, as in a=1,b=[x,y]; brackets hold values with commas' -r
complete -c kavka -n "__fish_kavka_using_subcommand configs" -l add-config-file -d 'File of values to set, in Java\'s properties syntax' -r -F
complete -c kavka -n "__fish_kavka_using_subcommand configs" -l delete-config -d 'Values to go back to their defaults, as in a,b' -r
complete -c kavka -n "__fish_kavka_using_subcommand configs" -l bootstrap-server -d 'Kafka servers to connect to. Without them the command works on the local data directory' -r
complete -c kavka -n "__fish_kavka_using_subcommand configs" -l command-config -d 'File of client settings in Java\'s properties syntax: security, timeouts, bootstrap.servers' -r -F
complete -c kavka -n "__fish_kavka_using_subcommand configs" -l data-dir -d 'Directory of the standalone cluster [default: kavka/data in the platform\'s data home, or KAVKA_DATA_DIR]' -r -F
complete -c kavka -n "__fish_kavka_using_subcommand configs" -l output -d 'How to write results to stdout' -r -f -a "table\t'Columns under headings; a single column is a bare list'
apache\t'What Apache Kafka\'s tool of the same work prints'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values with a line of names'"
complete -c kavka -n "__fish_kavka_using_subcommand configs" -l describe -d 'Show configurations'
complete -c kavka -n "__fish_kavka_using_subcommand configs" -l alter -d 'Change configurations'
complete -c kavka -n "__fish_kavka_using_subcommand configs" -l all -d 'Show static and default values too'
complete -c kavka -n "__fish_kavka_using_subcommand configs" -l entity-default -d 'The default of all brokers'
complete -c kavka -n "__fish_kavka_using_subcommand configs" -l broker-defaults -d 'Short for --entity-type brokers --entity-default'
complete -c kavka -n "__fish_kavka_using_subcommand configs" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kavka -n "__fish_kavka_using_subcommand configs" -s V -l version -d 'Print version'
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and not __fish_seen_subcommand_from list describe describe-producers abort find-hanging force-terminate forceTerminateTransaction" -l bootstrap-server -d 'Kafka servers to connect to. Without them the command works on the local data directory' -r
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and not __fish_seen_subcommand_from list describe describe-producers abort find-hanging force-terminate forceTerminateTransaction" -l command-config -d 'File of client settings in Java\'s properties syntax: security, timeouts, bootstrap.servers' -r -F
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and not __fish_seen_subcommand_from list describe describe-producers abort find-hanging force-terminate forceTerminateTransaction" -l data-dir -d 'Directory of the standalone cluster [default: kavka/data in the platform\'s data home, or KAVKA_DATA_DIR]' -r -F
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and not __fish_seen_subcommand_from list describe describe-producers abort find-hanging force-terminate forceTerminateTransaction" -l output -d 'How to write results to stdout' -r -f -a "table\t'Columns under headings; a single column is a bare list'
apache\t'What Apache Kafka\'s tool of the same work prints'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values with a line of names'"
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and not __fish_seen_subcommand_from list describe describe-producers abort find-hanging force-terminate forceTerminateTransaction" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and not __fish_seen_subcommand_from list describe describe-producers abort find-hanging force-terminate forceTerminateTransaction" -s V -l version -d 'Print version'
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and not __fish_seen_subcommand_from list describe describe-producers abort find-hanging force-terminate forceTerminateTransaction" -f -a "list" -d 'List transactional ids, with the state of their transactions'
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and not __fish_seen_subcommand_from list describe describe-producers abort find-hanging force-terminate forceTerminateTransaction" -f -a "describe" -d 'Describe a transactional id: its producer, and the transaction that is under way'
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and not __fish_seen_subcommand_from list describe describe-producers abort find-hanging force-terminate forceTerminateTransaction" -f -a "describe-producers" -d 'Describe the producers of a partition, and where their transactions begin'
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and not __fish_seen_subcommand_from list describe describe-producers abort find-hanging force-terminate forceTerminateTransaction" -f -a "abort" -d 'Abort a transaction that hangs in a partition'
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and not __fish_seen_subcommand_from list describe describe-producers abort find-hanging force-terminate forceTerminateTransaction" -f -a "find-hanging" -d 'Find transactions that no coordinator will end'
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and not __fish_seen_subcommand_from list describe describe-producers abort find-hanging force-terminate forceTerminateTransaction" -f -a "force-terminate" -d 'Abort the transaction of a transactional id, and shut out its producer'
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and not __fish_seen_subcommand_from list describe describe-producers abort find-hanging force-terminate forceTerminateTransaction" -f -a "forceTerminateTransaction" -d 'Abort the transaction of a transactional id, and shut out its producer'
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and __fish_seen_subcommand_from list" -l duration-filter -d 'Only transactions that have been running for longer, in milliseconds; a negative number means all' -r
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and __fish_seen_subcommand_from list" -l transactional-id-pattern -d 'Only ids that match this regular expression as a whole' -r
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and __fish_seen_subcommand_from list" -l bootstrap-server -d 'Kafka servers to connect to. Without them the command works on the local data directory' -r
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and __fish_seen_subcommand_from list" -l command-config -d 'File of client settings in Java\'s properties syntax: security, timeouts, bootstrap.servers' -r -F
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and __fish_seen_subcommand_from list" -l data-dir -d 'Directory of the standalone cluster [default: kavka/data in the platform\'s data home, or KAVKA_DATA_DIR]' -r -F
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and __fish_seen_subcommand_from list" -l output -d 'How to write results to stdout' -r -f -a "table\t'Columns under headings; a single column is a bare list'
apache\t'What Apache Kafka\'s tool of the same work prints'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values with a line of names'"
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and __fish_seen_subcommand_from list" -s V -l version -d 'Print version'
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and __fish_seen_subcommand_from describe" -l transactional-id -d 'The transactional id' -r
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and __fish_seen_subcommand_from describe" -l bootstrap-server -d 'Kafka servers to connect to. Without them the command works on the local data directory' -r
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and __fish_seen_subcommand_from describe" -l command-config -d 'File of client settings in Java\'s properties syntax: security, timeouts, bootstrap.servers' -r -F
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and __fish_seen_subcommand_from describe" -l data-dir -d 'Directory of the standalone cluster [default: kavka/data in the platform\'s data home, or KAVKA_DATA_DIR]' -r -F
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and __fish_seen_subcommand_from describe" -l output -d 'How to write results to stdout' -r -f -a "table\t'Columns under headings; a single column is a bare list'
apache\t'What Apache Kafka\'s tool of the same work prints'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values with a line of names'"
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and __fish_seen_subcommand_from describe" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and __fish_seen_subcommand_from describe" -s V -l version -d 'Print version'
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and __fish_seen_subcommand_from describe-producers" -l broker-id -d 'Ask this broker, which need not lead the partition' -r
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and __fish_seen_subcommand_from describe-producers" -l topic -d 'The topic' -r
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and __fish_seen_subcommand_from describe-producers" -l partition -d 'The number of the partition' -r
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and __fish_seen_subcommand_from describe-producers" -l bootstrap-server -d 'Kafka servers to connect to. Without them the command works on the local data directory' -r
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and __fish_seen_subcommand_from describe-producers" -l command-config -d 'File of client settings in Java\'s properties syntax: security, timeouts, bootstrap.servers' -r -F
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and __fish_seen_subcommand_from describe-producers" -l data-dir -d 'Directory of the standalone cluster [default: kavka/data in the platform\'s data home, or KAVKA_DATA_DIR]' -r -F
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and __fish_seen_subcommand_from describe-producers" -l output -d 'How to write results to stdout' -r -f -a "table\t'Columns under headings; a single column is a bare list'
apache\t'What Apache Kafka\'s tool of the same work prints'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values with a line of names'"
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and __fish_seen_subcommand_from describe-producers" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and __fish_seen_subcommand_from describe-producers" -s V -l version -d 'Print version'
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and __fish_seen_subcommand_from abort" -l topic -d 'The topic' -r
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and __fish_seen_subcommand_from abort" -l partition -d 'The number of the partition' -r
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and __fish_seen_subcommand_from abort" -l start-offset -d 'The offset at which the transaction begins' -r
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and __fish_seen_subcommand_from abort" -l producer-id -d 'The producer\'s id' -r
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and __fish_seen_subcommand_from abort" -l producer-epoch -d 'The producer\'s epoch' -r
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and __fish_seen_subcommand_from abort" -l coordinator-epoch -d 'The epoch of the coordinator that wrote the producer\'s last marker' -r
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and __fish_seen_subcommand_from abort" -l bootstrap-server -d 'Kafka servers to connect to. Without them the command works on the local data directory' -r
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and __fish_seen_subcommand_from abort" -l command-config -d 'File of client settings in Java\'s properties syntax: security, timeouts, bootstrap.servers' -r -F
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and __fish_seen_subcommand_from abort" -l data-dir -d 'Directory of the standalone cluster [default: kavka/data in the platform\'s data home, or KAVKA_DATA_DIR]' -r -F
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and __fish_seen_subcommand_from abort" -l output -d 'How to write results to stdout' -r -f -a "table\t'Columns under headings; a single column is a bare list'
apache\t'What Apache Kafka\'s tool of the same work prints'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values with a line of names'"
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and __fish_seen_subcommand_from abort" -l yes -d 'Do it without being asked, where something would be lost'
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and __fish_seen_subcommand_from abort" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and __fish_seen_subcommand_from abort" -s V -l version -d 'Print version'
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and __fish_seen_subcommand_from find-hanging" -l broker-id -d 'Search the partitions of this broker' -r
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and __fish_seen_subcommand_from find-hanging" -l max-transaction-timeout -d 'How long the longest transaction may run, in minutes; younger ones are left alone' -r
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and __fish_seen_subcommand_from find-hanging" -l topic -d 'Search this topic' -r
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and __fish_seen_subcommand_from find-hanging" -l partition -d 'Search this partition of the topic' -r
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and __fish_seen_subcommand_from find-hanging" -l bootstrap-server -d 'Kafka servers to connect to. Without them the command works on the local data directory' -r
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and __fish_seen_subcommand_from find-hanging" -l command-config -d 'File of client settings in Java\'s properties syntax: security, timeouts, bootstrap.servers' -r -F
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and __fish_seen_subcommand_from find-hanging" -l data-dir -d 'Directory of the standalone cluster [default: kavka/data in the platform\'s data home, or KAVKA_DATA_DIR]' -r -F
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and __fish_seen_subcommand_from find-hanging" -l output -d 'How to write results to stdout' -r -f -a "table\t'Columns under headings; a single column is a bare list'
apache\t'What Apache Kafka\'s tool of the same work prints'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values with a line of names'"
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and __fish_seen_subcommand_from find-hanging" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and __fish_seen_subcommand_from find-hanging" -s V -l version -d 'Print version'
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and __fish_seen_subcommand_from force-terminate" -l transactional-id -d 'The transactional id' -r
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and __fish_seen_subcommand_from force-terminate" -l bootstrap-server -d 'Kafka servers to connect to. Without them the command works on the local data directory' -r
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and __fish_seen_subcommand_from force-terminate" -l command-config -d 'File of client settings in Java\'s properties syntax: security, timeouts, bootstrap.servers' -r -F
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and __fish_seen_subcommand_from force-terminate" -l data-dir -d 'Directory of the standalone cluster [default: kavka/data in the platform\'s data home, or KAVKA_DATA_DIR]' -r -F
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and __fish_seen_subcommand_from force-terminate" -l output -d 'How to write results to stdout' -r -f -a "table\t'Columns under headings; a single column is a bare list'
apache\t'What Apache Kafka\'s tool of the same work prints'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values with a line of names'"
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and __fish_seen_subcommand_from force-terminate" -l yes -d 'Do it without being asked, where something would be lost'
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and __fish_seen_subcommand_from force-terminate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and __fish_seen_subcommand_from force-terminate" -s V -l version -d 'Print version'
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and __fish_seen_subcommand_from forceTerminateTransaction" -l transactional-id -d 'The transactional id' -r
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and __fish_seen_subcommand_from forceTerminateTransaction" -l bootstrap-server -d 'Kafka servers to connect to. Without them the command works on the local data directory' -r
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and __fish_seen_subcommand_from forceTerminateTransaction" -l command-config -d 'File of client settings in Java\'s properties syntax: security, timeouts, bootstrap.servers' -r -F
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and __fish_seen_subcommand_from forceTerminateTransaction" -l data-dir -d 'Directory of the standalone cluster [default: kavka/data in the platform\'s data home, or KAVKA_DATA_DIR]' -r -F
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and __fish_seen_subcommand_from forceTerminateTransaction" -l output -d 'How to write results to stdout' -r -f -a "table\t'Columns under headings; a single column is a bare list'
apache\t'What Apache Kafka\'s tool of the same work prints'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values with a line of names'"
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and __fish_seen_subcommand_from forceTerminateTransaction" -l yes -d 'Do it without being asked, where something would be lost'
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and __fish_seen_subcommand_from forceTerminateTransaction" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kavka -n "__fish_kavka_using_subcommand transactions; and __fish_seen_subcommand_from forceTerminateTransaction" -s V -l version -d 'Print version'
complete -c kavka -n "__fish_kavka_using_subcommand dump-log" -l files -d 'Files to dump, with commas between' -r
complete -c kavka -n "__fish_kavka_using_subcommand dump-log" -l max-message-size -d 'How many bytes are read at the place that an index entry names' -r
complete -c kavka -n "__fish_kavka_using_subcommand dump-log" -l max-bytes -d 'Read no more than so many bytes of each log' -r
complete -c kavka -n "__fish_kavka_using_subcommand dump-log" -l key-decoder-class -d 'Class that decodes keys: one of org.apache.kafka.tools.api' -r
complete -c kavka -n "__fish_kavka_using_subcommand dump-log" -l value-decoder-class -d 'Class that decodes values' -r
complete -c kavka -n "__fish_kavka_using_subcommand dump-log" -l output -d 'How to write results to stdout' -r -f -a "table\t'Columns under headings; a single column is a bare list'
apache\t'What Apache Kafka\'s tool of the same work prints'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values with a line of names'"
complete -c kavka -n "__fish_kavka_using_subcommand dump-log" -l print-data-log -d 'Show keys and values of records. Every decoder does, too'
complete -c kavka -n "__fish_kavka_using_subcommand dump-log" -l deep-iteration -d 'Show every record, not every batch only. Showing keys and values does, too'
complete -c kavka -n "__fish_kavka_using_subcommand dump-log" -l skip-record-metadata -d 'Show keys and values of records alone'
complete -c kavka -n "__fish_kavka_using_subcommand dump-log" -l verify-index-only -d 'Check the entries of indexes and show none'
complete -c kavka -n "__fish_kavka_using_subcommand dump-log" -l index-sanity-check -d 'Check of indexes only what a broker checks when it starts'
complete -c kavka -n "__fish_kavka_using_subcommand dump-log" -l offsets-decoder -d 'Decode the records of __consumer_offsets'
complete -c kavka -n "__fish_kavka_using_subcommand dump-log" -l transaction-log-decoder -d 'Decode the records of __transaction_state'
complete -c kavka -n "__fish_kavka_using_subcommand dump-log" -l cluster-metadata-decoder -d 'Decode the records of the cluster\'s metadata'
complete -c kavka -n "__fish_kavka_using_subcommand dump-log" -l remote-log-metadata-decoder -d 'Decode the records of __remote_log_metadata'
complete -c kavka -n "__fish_kavka_using_subcommand dump-log" -l share-group-state-decoder -d 'Decode the records of __share_group_state'
complete -c kavka -n "__fish_kavka_using_subcommand dump-log" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kavka -n "__fish_kavka_using_subcommand dump-log" -s V -l version -d 'Print version'
complete -c kavka -n "__fish_kavka_using_subcommand log-dirs" -l topic-list -d 'Only these topics, separated by commas' -r
complete -c kavka -n "__fish_kavka_using_subcommand log-dirs" -l broker-list -d 'Only these brokers, by their ids with commas between' -r
complete -c kavka -n "__fish_kavka_using_subcommand log-dirs" -l bootstrap-server -d 'Kafka servers to connect to. Without them the command works on the local data directory' -r
complete -c kavka -n "__fish_kavka_using_subcommand log-dirs" -l command-config -d 'File of client settings in Java\'s properties syntax: security, timeouts, bootstrap.servers' -r -F
complete -c kavka -n "__fish_kavka_using_subcommand log-dirs" -l data-dir -d 'Directory of the standalone cluster [default: kavka/data in the platform\'s data home, or KAVKA_DATA_DIR]' -r -F
complete -c kavka -n "__fish_kavka_using_subcommand log-dirs" -l output -d 'How to write results to stdout' -r -f -a "table\t'Columns under headings; a single column is a bare list'
apache\t'What Apache Kafka\'s tool of the same work prints'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values with a line of names'"
complete -c kavka -n "__fish_kavka_using_subcommand log-dirs" -l describe -d 'Describe; there is nothing else to be done, so it may be left out'
complete -c kavka -n "__fish_kavka_using_subcommand log-dirs" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kavka -n "__fish_kavka_using_subcommand log-dirs" -s V -l version -d 'Print version'
complete -c kavka -n "__fish_kavka_using_subcommand broker; and not __fish_seen_subcommand_from start stop status" -s h -l help -d 'Print help'
complete -c kavka -n "__fish_kavka_using_subcommand broker; and not __fish_seen_subcommand_from start stop status" -s V -l version -d 'Print version'
complete -c kavka -n "__fish_kavka_using_subcommand broker; and not __fish_seen_subcommand_from start stop status" -f -a "start" -d 'Start a broker on the data directory'
complete -c kavka -n "__fish_kavka_using_subcommand broker; and not __fish_seen_subcommand_from start stop status" -f -a "stop" -d 'Stop the broker of the data directory and wait until it has; exit code 7 if none runs there'
complete -c kavka -n "__fish_kavka_using_subcommand broker; and not __fish_seen_subcommand_from start stop status" -f -a "status" -d 'Say whether a broker runs on the data directory: exit code 0 if so, 7 if not'
complete -c kavka -n "__fish_kavka_using_subcommand broker; and __fish_seen_subcommand_from start" -l data-dir -d 'Data directory [default: kavka/data in the platform\'s data home, or KAVKA_DATA_DIR]. Several, separated by commas or by repeating the option, share the partitions; the first one holds the metadata' -r -F
complete -c kavka -n "__fish_kavka_using_subcommand broker; and __fish_seen_subcommand_from start" -l port -d 'Port to listen on; 0 picks one that is free' -r
complete -c kavka -n "__fish_kavka_using_subcommand broker; and __fish_seen_subcommand_from start" -l host -d 'Address to listen on. Whoever can reach it can read and write everything' -r
complete -c kavka -n "__fish_kavka_using_subcommand broker; and __fish_seen_subcommand_from start" -l override -d 'A value of one of Kafka\'s broker configurations, for this run: `log.retention.hours=1`. May be repeated' -r
complete -c kavka -n "__fish_kavka_using_subcommand broker; and __fish_seen_subcommand_from start" -l detach -d 'Return when the broker is ready and leave it running in the background, logging to kavka/broker.log in the platform\'s state home'
complete -c kavka -n "__fish_kavka_using_subcommand broker; and __fish_seen_subcommand_from start" -l detached -d 'The background half of --detach'
complete -c kavka -n "__fish_kavka_using_subcommand broker; and __fish_seen_subcommand_from start" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kavka -n "__fish_kavka_using_subcommand broker; and __fish_seen_subcommand_from start" -s V -l version -d 'Print version'
complete -c kavka -n "__fish_kavka_using_subcommand broker; and __fish_seen_subcommand_from stop" -l data-dir -d 'Data directory [default: kavka/data in the platform\'s data home, or KAVKA_DATA_DIR]' -r -F
complete -c kavka -n "__fish_kavka_using_subcommand broker; and __fish_seen_subcommand_from stop" -s h -l help -d 'Print help'
complete -c kavka -n "__fish_kavka_using_subcommand broker; and __fish_seen_subcommand_from stop" -s V -l version -d 'Print version'
complete -c kavka -n "__fish_kavka_using_subcommand broker; and __fish_seen_subcommand_from status" -l data-dir -d 'Data directory [default: kavka/data in the platform\'s data home, or KAVKA_DATA_DIR]' -r -F
complete -c kavka -n "__fish_kavka_using_subcommand broker; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help'
complete -c kavka -n "__fish_kavka_using_subcommand broker; and __fish_seen_subcommand_from status" -s V -l version -d 'Print version'
complete -c kavka -n "__fish_kavka_using_subcommand demo" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kavka -n "__fish_kavka_using_subcommand demo" -s V -l version -d 'Print version'
complete -c kavka -n "__fish_kavka_using_subcommand generate" -l directory -d 'Directory under which completions/ and man/ are written' -r -F
complete -c kavka -n "__fish_kavka_using_subcommand generate" -l check -d 'Write nothing; fail when a file is not what would be written'
complete -c kavka -n "__fish_kavka_using_subcommand generate" -s h -l help -d 'Print help'
complete -c kavka -n "__fish_kavka_using_subcommand generate" -s V -l version -d 'Print version'
