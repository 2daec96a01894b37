import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Scanner;

/**
 * Tries to lock a data directory as Apache Kafka's broker does: {@code FileChannel.tryLock} on its {@code .lock}.
 *
 * <p>Argument: the file. Each line on standard input is a try, answered by {@code refused} or {@code granted}; what
 * was granted is given back at once.
 */
public final class TryLock {
    public static void main(String[] args) {
        Scanner tries = new Scanner(System.in);
        while (tries.hasNextLine()) {
            tries.nextLine();
            try (FileChannel file = FileChannel.open(Path.of(args[0]), StandardOpenOption.WRITE);
                    FileLock lock = file.tryLock()) {
                System.out.println(lock == null ? "refused" : "granted");
            } catch (IOException failed) {
                System.out.println(failed);
            }
        }
    }
}
