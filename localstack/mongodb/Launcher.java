import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import de.bwaldvogel.mongo.bson.Document;
import io.netty.channel.Channel;
import java.util.List;

/**
 * Starts mongo-java-server on 127.0.0.1 as MongoDB 5.0 and as the only member of a replica set: by itself it names a version that
 * today's drivers refuse, and a server alone, to which drivers send no retryable writes. Everything is kept in memory.
 *
 * <p>Arguments: the port to listen on, and the address, host:port, that clients are told to use.
 */
final class Launcher {
    public static void main(String[] args) {
        MongoServer server = new MongoServer(new Member(args[1]).version(new Version()));
        server.bind("127.0.0.1", Integer.parseInt(args[0]));
    }

    private static final class Version implements MongoVersion {
        @Override
        public List<Integer> getVersionArray() {
            return List.of(5, 0, 0);
        }

        @Override
        public int getWireVersion() {
            return 13;
        }
    }

    private static final class Member extends MemoryBackend {
        private final String address;

        Member(String address) {
            this.address = address;
        }

        // The reply goes to the wire after this, when others may already change the documents in it: then it is torn, or cannot be
        // written at all. One of MongoDB's never changes, so this is a copy, made before the next command.
        @Override
        public synchronized Document handleCommand(Channel channel, String database, String command, Document query) {
            boolean hello = command.equalsIgnoreCase("hello"); // not known here by its new name
            Document reply = super.handleCommand(channel, database, hello ? "isMaster" : command, query);
            if (reply != null && reply.containsKey("maxWireVersion")) {
                reply.append("isWritablePrimary", true);
                reply.append("logicalSessionTimeoutMinutes", 30);
                reply.append("setName", "myevents");
                reply.append("setVersion", 1);
                reply.append("hosts", List.of(address));
                reply.append("primary", address);
                reply.append("me", address);
            }
            return reply == null ? null : reply.cloneDeeply();
        }
    }
}
