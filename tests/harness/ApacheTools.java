import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Scanner;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.utils.Exit;
import org.slf4j.LoggerFactory;

/**
 * Runs the main classes of Apache Kafka's command-line tools in one warm JVM, several at a time.
 *
 * <p>Each run has what a process of its own would have: its own statics (a class loader of its own for the jars of the
 * tools), standard streams, exit code and shutdown hooks. Orders come as JSON lines on standard input and are answered
 * on standard output, in any order:
 *
 * <pre>
 * {"run": 7, "main": "org.apache.kafka.tools.TopicCommand", "args": [...], "stdin": base64 or null}
 *     → {"run": 7, "exit": 0, "stdout": base64, "stderr": base64}     when it has ended
 * {"peek": 7}       → {"run": 7, "stdout": base64}                    what it has printed so far
 * {"interrupt": 7}  runs its shutdown hooks, as Ctrl-C would
 * </pre>
 *
 * Arguments: the jars whose classes every run loads anew.
 */
public final class ApacheTools {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final InheritableThreadLocal<Run> CURRENT = new InheritableThreadLocal<>();
    private static final Map<Integer, Run> RUNS = new ConcurrentHashMap<>();
    private static final PrintStream ANSWERS = System.out;
    private static final PrintStream REAL_ERR = System.err;

    public static void main(String[] jars) throws Exception {
        URL[] tools = new URL[jars.length];
        for (int i = 0; i < jars.length; i++) {
            tools[i] = Path.of(jars[i]).toUri().toURL();
        }
        System.setIn(new CurrentIn());
        System.setOut(new PrintStream(new CurrentOut(true), true));
        System.setErr(new PrintStream(new CurrentOut(false), true));
        startLogging();
        Exit.setExitProcedure((code, message) -> CURRENT.get().exit(code));
        Exit.setHaltProcedure((code, message) -> CURRENT.get().exit(code));
        Exit.setShutdownHookAdder((name, hook) -> CURRENT.get().hooks.add(hook));

        Scanner orders = new Scanner(new java.io.FileInputStream(java.io.FileDescriptor.in), "UTF-8");
        while (orders.hasNextLine()) {
            var order = JSON.readTree(orders.nextLine());
            if (order.has("run")) {
                Run run = new Run(order.get("run").asInt());
                RUNS.put(run.number, run);
                String[] args = JSON.convertValue(order.get("args"), String[].class);
                byte[] stdin = order.hasNonNull("stdin") ? Base64.getDecoder().decode(order.get("stdin").asText()) : new byte[0];
                new Thread(() -> run.go(tools, order.get("main").asText(), args, stdin)).start();
            } else if (order.has("peek")) {
                answer(RUNS.get(order.get("peek").asInt()));
            } else {
                Run run = RUNS.get(order.get("interrupt").asInt());
                if (run != null) {
                    new Thread(run::runHooks).start();
                }
            }
        }
        Runtime.getRuntime().halt(0);
    }

    private static void answer(Run run) throws IOException {
        ObjectNode told = JSON.createObjectNode();
        told.put("run", run.number);
        told.put("stdout", Base64.getEncoder().encodeToString(run.out.toByteArray()));
        if (run.exit != null) {
            told.put("stderr", Base64.getEncoder().encodeToString(run.err.toByteArray()));
            told.put("exit", run.exit);
        }
        synchronized (ANSWERS) {
            ANSWERS.println(JSON.writeValueAsString(told));
            ANSWERS.flush();
        }
    }

    /**
     * Logging that two runs start at the same moment says so on the stderr of one. And its encoders fill one buffer, which
     * is written out by whoever comes next: without them each line is written by the thread, so by the run, that logs it.
     */
    private static void startLogging() {
        System.setProperty("log4j2.enable.direct.encoders", "false");
        CURRENT.set(new Run(0));
        LoggerFactory.getLogger(ApacheTools.class);
        CURRENT.remove();
    }

    /** One invocation of a main class. */
    private static final class Run {
        final int number;
        final ByteArrayOutputStream out = new ByteArrayOutputStream();
        final ByteArrayOutputStream err = new ByteArrayOutputStream();
        final List<Runnable> hooks = new ArrayList<>();
        volatile InputStream in;
        volatile Integer exit;

        Run(int number) {
            this.number = number;
        }

        void go(URL[] tools, String main, String[] args, byte[] stdin) {
            CURRENT.set(this);
            in = new ByteArrayInputStream(stdin);
            try (OwnClasses classes = new OwnClasses(tools)) {
                Thread.currentThread().setContextClassLoader(classes);
                end(call(classes, main, args));
            } catch (Exception failed) {
                failed.printStackTrace(REAL_ERR);
                Runtime.getRuntime().halt(70);
            }
        }

        private int call(ClassLoader classes, String main, String[] args) throws ReflectiveOperationException {
            try {
                classes.loadClass(main).getMethod("main", String[].class).invoke(null, (Object) args);
                return 0;
            } catch (InvocationTargetException thrown) {
                if (!(thrown.getCause() instanceof Exited)) {
                    System.err.print("Exception in thread \"main\" ");
                    thrown.getCause().printStackTrace(System.err);
                }
                return 1;
            }
        }

        /** What the tool does after this (it may catch the throwable) leaves no trace: a process would be gone. */
        void exit(int code) {
            try {
                end(code);
            } catch (IOException unanswerable) {
                Runtime.getRuntime().halt(70);
            }
            throw new Exited();
        }

        private void end(int code) throws IOException {
            runHooks();
            synchronized (this) {
                if (exit == null) {
                    exit = code;
                    answer(this);
                }
            }
        }

        void runHooks() {
            CURRENT.set(this);
            List<Runnable> once;
            synchronized (hooks) {
                once = List.copyOf(hooks);
                hooks.clear();
            }
            once.forEach(Runnable::run);
        }
    }

    /** Loads the tools' own classes anew, all others from the JVM's class path. */
    private static final class OwnClasses extends URLClassLoader {
        OwnClasses(URL[] tools) {
            super(tools, ApacheTools.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            synchronized (getClassLoadingLock(name)) {
                Class<?> found = findLoadedClass(name);
                if (found == null && (name.startsWith("org.apache.kafka.tools.") || name.startsWith("kafka."))) {
                    try {
                        found = findClass(name);
                    } catch (ClassNotFoundException elsewhere) {
                        found = null;
                    }
                }
                return found != null ? found : super.loadClass(name, resolve);
            }
        }
    }

    private static final class Exited extends RuntimeException {
        Exited() {
            super(null, null, false, false);
        }
    }

    private static final class CurrentIn extends InputStream {
        @Override
        public int read() throws IOException {
            return CURRENT.get().in.read();
        }

        @Override
        public int read(byte[] into, int from, int length) throws IOException {
            return CURRENT.get().in.read(into, from, length);
        }
    }

    private static final class CurrentOut extends OutputStream {
        private final boolean out;

        CurrentOut(boolean out) {
            this.out = out;
        }

        private OutputStream target() {
            Run run = CURRENT.get();
            if (run == null) {
                return REAL_ERR;
            }
            return run.exit != null ? OutputStream.nullOutputStream() : out ? run.out : run.err;
        }

        @Override
        public void write(int b) throws IOException {
            target().write(b);
        }

        @Override
        public void write(byte[] bytes, int from, int length) throws IOException {
            target().write(bytes, from, length);
        }
    }
}
