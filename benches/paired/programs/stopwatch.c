/* Takes the time of a command where it begins and ends, and not in the program that asks for it, whose own fork takes
 * milliseconds.
 *
 *     stopwatch RESULT COMMAND …            from before the fork to the exit: seconds, CPU seconds and the most KiB that were
 *                                           resident, in the file RESULT; ends with the command's exit code
 *     stopwatch --stamp RESULT COMMAND …    notes the clock in the file RESULT and becomes the command */
#include "frames.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

static int result;

static double in_seconds(struct timeval time) { return time.tv_sec + time.tv_usec / 1e6; }

static void become(char **command) {
    execvp(command[0], command);
    fprintf(stderr, "%s: %s\n", command[0], strerror(errno));
    _exit(127);
}

int main(int count, char **arguments) {
    int stamps = count > 1 && !strcmp(arguments[1], "--stamp");
    if (count < 3 + stamps) fail("usage: stopwatch [--stamp] RESULT COMMAND …");
    arguments += 1 + stamps;
    if ((result = open(arguments[0], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)) < 0) fail("%s: %s", arguments[0], strerror(errno));
    if (stamps) {
        dprintf(result, "%lld\n", (long long)now_ns());
        become(arguments + 1);
    }
    int64_t begun = now_ns();
    pid_t child = fork();
    if (child < 0) fail("fork: %s", strerror(errno));
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        become(arguments + 1);
    }
    int status;
    struct rusage used;
    while (wait4(child, &status, 0, &used) < 0)
        if (errno != EINTR) fail("wait: %s", strerror(errno));
    double seconds = (now_ns() - begun) / 1e9;
    dprintf(result, "%.6f %.6f %ld\n", seconds, in_seconds(used.ru_utime) + in_seconds(used.ru_stime), used.ru_maxrss);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
