"""The command lines of Apache's tools, each a JVM of its own with the options of `kafka-run-class.sh`.

The shell scripts around them take time of their own, which is not measured.
"""

from harness import java, packages

JVM = ["-server", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20", "-XX:InitiatingHeapOccupancyPercent=35",
       "-XX:+ExplicitGCInvokesConcurrent", "-Djava.awt.headless=true"]
# What the scripts ask for; the others leave it at 256 MB.
HEAPS = {"kafka-console-producer": "512M", "kafka-console-consumer": "512M", "kafka-producer-perf-test": "512M",
         "kafka-consumer-perf-test": "512M"}


def tool(script, *arguments):
    """The command line of what `kafka-….sh` starts."""
    return ["java", f"-Xmx{HEAPS.get(script, '256M')}", *JVM, *java.logging(), "-cp", packages.java_class_path(), java.main_class(script),
            *arguments]
