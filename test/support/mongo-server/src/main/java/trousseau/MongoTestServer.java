package trousseau;

import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import de.bwaldvogel.mongo.bson.Document;
import io.netty.channel.Channel;
import java.util.List;

/** Serves MongoDB's protocol from memory on a free loopback port, which it prints; ends with its input or on SIGTERM. */
public final class MongoTestServer {
  /** MongoDB 6.0: the driver refuses wire versions below 9. */
  private static final MongoVersion VERSION = new MongoVersion() {
    @Override
    public List<Integer> getVersionArray() {
      return List.of(6, 0, 0);
    }

    @Override
    public int getWireVersion() {
      return 17;
    }
  };

  /** The library knows the handshake only under its older name. */
  private static final class Backend extends MemoryBackend {
    @Override
    public Document handleCommand(Channel channel, String database, String command, Document query) {
      if (!command.equals("hello")) {
        return super.handleCommand(channel, database, command, query);
      }
      Document answer = super.handleCommand(channel, database, "ismaster", query);
      answer.put("isWritablePrimary", true);
      return answer;
    }
  }

  public static void main(String[] arguments) throws Exception {
    MongoServer server = new MongoServer(new Backend().version(VERSION));
    Runtime.getRuntime().addShutdownHook(new Thread(server::shutdownNow));
    server.bind("127.0.0.1", 0);
    System.out.println(server.getLocalAddress().getPort());
    System.out.flush();
    while (System.in.read() != -1) {
      // Only the end of the input matters.
    }
    System.exit(0);
  }
}
