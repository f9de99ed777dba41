import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * Driver of the reference client in TopClient.java: the driver protocol on standard input and output.
 * What else is printed goes to standard error.
 */
public final class Driver {
    private static final List<String> ERROR_MEMBERS =
        List.of("code", "msg", "sub_code", "sub_msg", "request_id");

    private static TopClient client;

    public static void main(String[] arguments) throws IOException {
        PrintStream replies = System.out;
        System.setOut(System.err);
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line; (line = lines.readLine()) != null; ) {
            Object command = null;
            Map<String, Object> reply;
            try {
                Map<?, ?> message = (Map<?, ?>) Json.read(line);
                command = message.get("cmd");
                if ("stop".equals(command)) break;
                reply = "start".equals(command) ? start(message)
                    : "call".equals(command) && client != null ? call(message)
                    : refusal("cannot do " + command);
            } catch (RuntimeException e) {
                reply = refusal(line(e));
            }
            replies.write((Json.write(reply) + "\n").getBytes(StandardCharsets.UTF_8));
            replies.flush();
            if ("start".equals(command) && client == null) System.exit(1);
        }
        System.exit(0); // whatever the client's threads still do
    }

    private static Map<String, Object> start(Map<?, ?> message) {
        if (!BigInteger.ONE.equals(message.get("protocol"))) return refusal("this driver speaks protocol 1");
        client = new TopClient((String) message.get("gateway"), (String) message.get("app_key"),
            (String) message.get("app_secret"), (String) message.get("session"));
        String version = "1, Java " + System.getProperty("java.version");
        return Map.of(
            "ok", true,
            "protocol", 1,
            "sdk", Map.of("name", "reference client", "version", version, "language", "Java"),
            "can", Map.of(
                "formats", List.of("json", "xml"),
                "sign_methods", List.of("md5", "hmac", "hmac-sha256"),
                "simplify", true,
                "session", true));
    }

    private static Map<String, Object> call(Map<?, ?> message) {
        Map<String, Object> reply = new LinkedHashMap<>();
        reply.put("seq", message.get("seq"));
        List<?> lists = message.get("lists") instanceof List<?> told ? told : List.of();
        TopClient.Options options = new TopClient.Options(
            (String) message.get("format"), (String) message.get("sign_method"),
            (Boolean) message.get("simplify"), ((BigInteger) message.get("timeout_ms")).intValue(), lists);
        Map<?, ?> params = (Map<?, ?>) decoded(message.get("params"));
        try {
            // YOUR SDK HERE: it makes this call; `start` sets it up.
            Map<?, ?> body = client.execute((String) message.get("method"), params, options);
            reply.put("outcome", "response");
            reply.put("body", encoded(body));
        } catch (TopClient.TopError e) {
            reply.put("outcome", "error_response");
            for (String name : ERROR_MEMBERS) {
                if (e.members.get(name) != null) reply.put(name, encoded(e.members.get(name)));
            }
        } catch (TopClient.TopFailure e) {
            fail(reply, e.kind, e, false);
        } catch (RuntimeException | Error e) {
            fail(reply, "client", e, true);
        }
        return reply;
    }

    /** A parameter as the client takes it. */
    private static Object decoded(Object value) {
        if (value instanceof Map<?, ?> map && map.containsKey("$int")) {
            return new BigInteger((String) map.get("$int"));
        }
        return mapped(value, Driver::decoded);
    }

    /** What the client hands over, for the protocol. */
    private static Object encoded(Object value) {
        if (value instanceof BigInteger) return Map.of("$int", value.toString());
        return mapped(value, Driver::encoded);
    }

    private static Object mapped(Object value, UnaryOperator<Object> change) {
        if (value instanceof List<?> items) {
            return items.stream().map(change).collect(Collectors.toList());
        }
        if (!(value instanceof Map<?, ?> map)) return value;
        Map<Object, Object> changed = new LinkedHashMap<>();
        map.forEach((name, member) -> changed.put(name, change.apply(member)));
        return changed;
    }

    private static void fail(Map<String, Object> reply, String kind, Throwable e, boolean uncaught) {
        reply.putAll(Map.of("outcome", "failure", "kind", kind, "message", line(e), "uncaught", uncaught));
    }

    private static Map<String, Object> refusal(String message) {
        return Map.of("ok", false, "message", message);
    }

    private static String line(Throwable e) {
        String text = e.toString().replaceAll("\\S+://\\S+", "(URL)").replaceAll("\\s+", " ");
        return text.substring(0, Math.min(text.length(), 120));
    }
}
