import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.xml.sax.SAXException;

/** A short reference client of the Taobao Open Platform (TOP), by the JDK alone. */
final class TopClient {
    /** The gateway answered with an error_response, whose members these are. */
    static final class TopError extends Exception {
        final Map<?, ?> members;

        TopError(Map<?, ?> members) {
            super("TOP answers with an error");
            this.members = members;
        }
    }

    /** There is no answer to hand over: timeout, connection, http, parse or client. */
    static final class TopFailure extends Exception {
        final String kind;

        TopFailure(String kind, String message) {
            super(message);
            this.kind = kind;
        }
    }

    /** What a call asks for besides its parameters; `lists` has the paths of lists below the root. */
    record Options(String format, String signMethod, boolean simplify, int timeoutMs, List<?> lists) {}

    static {
        // A connection that is kept may be dead by the next call.
        System.setProperty("jdk.httpclient.keepalive.timeout", "0");
    }

    private static final DateTimeFormatter TIMESTAMP = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss");
    private static final ZoneOffset GATEWAY_ZONE = ZoneOffset.ofHours(8); // wherever this runs

    private final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1)
        .followRedirects(HttpClient.Redirect.NEVER).build();
    private final String gateway, appKey, appSecret, session;

    TopClient(String gateway, String appKey, String appSecret, String session) {
        this.gateway = gateway;
        this.appKey = appKey;
        this.appSecret = appSecret;
        this.session = session;
    }

    /**
     * Calls a method; a parameter that is null is not sent. Nothing is tried twice. Returns the whole
     * document, in XML with text for every leaf, and with lists where they are told to be.
     */
    Map<?, ?> execute(String method, Map<?, ?> params, Options options) throws TopError, TopFailure {
        boolean json = options.format().equals("json");
        if (!json && !options.format().equals("xml")) throw new TopFailure("client", "unknown format");
        HttpResponse<byte[]> answer = post(form(method, params, options), options.timeoutMs());
        Map<?, ?> document = Map.of();
        String unreadable = "the answer has another root";
        try {
            document = json ? readJson(answer.body()) : readXml(answer.body(), options.lists());
        } catch (IllegalArgumentException | IOException | SAXException e) {
            unreadable = "the answer is not " + options.format() + ": " + e.getMessage();
        }
        Object error = document.get("error_response");
        if (error instanceof Map<?, ?> members) throw new TopError(members); // whatever the status
        if (answer.statusCode() != 200) throw new TopFailure("http", "HTTP status " + answer.statusCode());
        String root = method.replaceFirst("^taobao\\.", "").replace('.', '_') + "_response";
        boolean rootless = options.simplify() && json && !document.isEmpty()
            && !document.containsKey("error_response");
        if (!rootless && !(document.get(root) instanceof Map)) throw new TopFailure("parse", unreadable);
        return document;
    }

    private String form(String method, Map<?, ?> params, Options options) throws TopFailure {
        TreeMap<String, String> sent = new TreeMap<>(); // all names are ASCII: this is their byte order
        params.forEach((name, value) -> {
            if (value != null) sent.put((String) name, textOf(value));
        });
        sent.put("method", method);
        sent.put("app_key", appKey);
        sent.put("timestamp", LocalDateTime.now(GATEWAY_ZONE).format(TIMESTAMP));
        sent.put("format", options.format());
        sent.put("v", "2.0");
        sent.put("sign_method", options.signMethod());
        if (session != null) sent.put("session", session);
        if (options.simplify()) sent.put("simplify", "true");
        sent.put("sign", sign(sent, appSecret, options.signMethod()));
        return sent.entrySet().stream()
            .map(pair -> pair.getKey() + "=" + URLEncoder.encode(pair.getValue(), StandardCharsets.UTF_8))
            .collect(Collectors.joining("&"));
    }

    /** Writes a parameter: an object, and a list of them, as JSON, a list of others with commas. */
    private static String textOf(Object value) {
        boolean nests = value instanceof Map || value instanceof List<?> items
            && items.stream().anyMatch(item -> item instanceof Map || item instanceof List);
        if (nests) return Json.write(value);
        if (!(value instanceof List<?> leaves)) return value.toString();
        return leaves.stream().map(String::valueOf).collect(Collectors.joining(","));
    }

    /** Signs names and raw values, in the order of the names. */
    static String sign(TreeMap<String, String> sent, String secret, String method) throws TopFailure {
        StringBuilder text = new StringBuilder();
        sent.forEach((name, value) -> text.append(name).append(value));
        try {
            return HexFormat.of().withUpperCase().formatHex(switch (method) {
                case "md5" -> MessageDigest.getInstance("MD5").digest(bytes(secret + text + secret));
                case "hmac" -> hmac("HmacMD5", secret, text.toString());
                case "hmac-sha256" -> hmac("HmacSHA256", secret, text.toString());
                default -> throw new TopFailure("client", "unknown sign method " + method);
            });
        } catch (GeneralSecurityException e) {
            throw new TopFailure("client", e.getMessage());
        }
    }

    private static byte[] hmac(String name, String secret, String text) throws GeneralSecurityException {
        Mac mac = Mac.getInstance(name);
        mac.init(new SecretKeySpec(bytes(secret), name));
        return mac.doFinal(bytes(text));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** The client's own timeout ends when an answer begins; this one limits the whole call. */
    private HttpResponse<byte[]> post(String form, int timeoutMs) throws TopFailure {
        CompletableFuture<HttpResponse<byte[]>> answer = null;
        try {
            HttpRequest request = HttpRequest.newBuilder(URI.create(gateway))
                .header("Content-Type", "application/x-www-form-urlencoded;charset=utf-8")
                .POST(BodyPublishers.ofString(form)).build();
            answer = http.sendAsync(request, BodyHandlers.ofByteArray());
            return answer.get(timeoutMs, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            answer.cancel(true);
            throw new TopFailure("timeout", "no whole answer in time");
        } catch (ExecutionException e) {
            throw new TopFailure("connection", String.valueOf(e.getCause()));
        } catch (InterruptedException | IllegalArgumentException e) {
            throw new TopFailure("client", String.valueOf(e.getMessage()));
        }
    }

    private static Map<?, ?> readJson(byte[] body) throws IOException {
        String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
        Object document = Json.read(text.replaceFirst("^\uFEFF", ""));
        if (document instanceof Map<?, ?> object) return object;
        throw new IllegalArgumentException("no object");
    }

    /** Reads a document without a DOCTYPE. */
    private static Map<?, ?> readXml(byte[] body, List<?> lists) throws IOException, SAXException {
        try {
            DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
            factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
            DocumentBuilder builder = factory.newDocumentBuilder();
            builder.setErrorHandler(null);
            Element root = builder.parse(new ByteArrayInputStream(body)).getDocumentElement();
            Object found = tree(root, lists, "");
            boolean blank = found instanceof String text && text.isBlank();
            return Map.of(root.getTagName(), blank ? Map.of() : found);
        } catch (ParserConfigurationException e) {
            throw new IllegalArgumentException(e);
        }
    }

    /** A leaf is its text; what comes again beside itself, or is told to, makes a list. */
    private static Object tree(Element element, List<?> lists, String path) {
        Map<String, List<Object>> same = new LinkedHashMap<>();
        for (Node child = element.getFirstChild(); child != null; child = child.getNextSibling()) {
            if (child instanceof Element inner) {
                String below = path.isEmpty() ? inner.getTagName() : path + "." + inner.getTagName();
                same.computeIfAbsent(inner.getTagName(), name -> new ArrayList<>())
                    .add(tree(inner, lists, below));
            }
        }
        if (lists.contains(path)) return same;
        if (same.isEmpty()) return element.getTextContent();
        Map<String, Object> single = new LinkedHashMap<>();
        same.forEach((name, values) -> single.put(name, values.size() == 1 ? values.get(0) : values));
        return single;
    }
}
