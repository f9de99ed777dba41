import com.eclipsesource.json.Json;
import com.eclipsesource.json.JsonObject;
import com.eclipsesource.json.JsonValue;
import com.taobao.api.ApiException;
import com.taobao.api.DefaultTaobaoClient;
import com.taobao.api.TaobaoResponse;
import com.taobao.api.internal.mapping.ApiField;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.reflect.Field;
import java.math.BigInteger;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Properties;

/**
 * Driver for the TOP client (com.taobao.api.DefaultTaobaoClient) inside the Maven artifact
 * com.aliyun:alibaba-dingtalk-service-sdk, protocol version 1.
 *
 * <p>What a reader must know:
 * <ul>
 * <li>The artifact has no classes for this method. The two beside this one are written as the page's
 *     own SDK has them, so that the SDK's typed path is what is seen: setBizOrderId takes a Long,
 *     and whatever is no 64-bit integer cannot be asked for ("client").
 * <li>Format and sign method are fixed when a client is built: one client a call.
 * <li>rsp.isSuccess() is the SDK's word on whether an error came back. Its error members are text,
 *     and "" where the gateway sent none, so "" is what is passed on.
 * <li>The body is the typed response by its wire names (@ApiField), without what is null.
 * </ul>
 */
public class TopDriver {
    private static final String POM = "/META-INF/maven/com.aliyun/alibaba-dingtalk-service-sdk/pom.properties";
    private static String gateway, appKey, appSecret, session;
    private static boolean startFailed;

    public static void main(String[] args) throws IOException {
        PrintStream protocol = System.out;
        System.setOut(System.err);
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line; !startFailed && (line = lines.readLine()) != null; ) {
            JsonObject reply = answer(line);
            if (reply == null) break;
            protocol.write((reply + "\n").getBytes(StandardCharsets.UTF_8));
            protocol.flush();
        }
        if (startFailed) System.exit(1);
    }

    private static JsonObject answer(String line) {
        String cmd = "";
        try {
            JsonObject request = Json.parse(line).asObject();
            cmd = request.getString("cmd", "");
            switch (cmd) {
                case "start": return start(request);
                case "call": return call(request).add("seq", request.get("seq"));
                case "stop": return null;
                default: return new JsonObject().add("ok", false).add("message", "unknown cmd");
            }
        } catch (Exception e) {
            startFailed = cmd.equals("start");
            return new JsonObject().add("ok", false).add("message", line(e));
        }
    }

    private static JsonObject start(JsonObject request) throws IOException {
        Properties sdk = new Properties();
        try (InputStream pom = DefaultTaobaoClient.class.getResourceAsStream(POM)) {
            sdk.load(pom);
        }
        gateway = text(request.get("gateway"));
        appKey = text(request.get("app_key"));
        appSecret = text(request.get("app_secret"));
        session = text(request.get("session"));
        return new JsonObject().add("ok", true).add("protocol", 1)
            .add("sdk", new JsonObject().add("name", sdk.getProperty("groupId") + ":" + sdk.getProperty("artifactId"))
                .add("version", sdk.getProperty("version")).add("language", "Java"))
            .add("can", new JsonObject().add("formats", Json.array("json", "xml"))
                .add("sign_methods", Json.array("md5", "hmac", "hmac-sha256"))
                .add("simplify", true).add("session", true));
    }

    private static JsonObject call(JsonObject call) {
        AlibabaAlisportsLianbeiXposQuerystatusRequest request = new AlibabaAlisportsLianbeiXposQuerystatusRequest();
        try {
            if (!request.getApiMethodName().equals(call.getString("method", ""))) {
                throw new IllegalArgumentException("no request class for this method");
            }
            for (JsonObject.Member param : call.get("params").asObject()) {
                switch (param.getName()) {
                    case "biz_order_id": request.setBizOrderId(integer(param.getValue())); break;
                    case "checkout_id": request.setCheckoutId(text(param.getValue())); break;
                    default: throw new IllegalArgumentException("no setter for " + param.getName());
                }
            }
        } catch (IllegalArgumentException | ArithmeticException e) {
            return failure("client", e, false);
        }
        int timeout = call.getInt("timeout_ms", 0);
        DefaultTaobaoClient client = new DefaultTaobaoClient(gateway, appKey, appSecret,
            call.getString("format", null), timeout, timeout, call.getString("sign_method", null));
        client.setUseSimplifyJson(call.getBoolean("simplify", false));
        try {
            TaobaoResponse response = client.execute(request, session);
            if (response.isSuccess()) {
                JsonObject body = encode(response).asObject();
                addText(body, "request_id", response.getRequestId());
                return new JsonObject().add("outcome", "response").add("body", body);
            }
            JsonObject error = new JsonObject().add("outcome", "error_response");
            addText(error, "code", response.getErrorCode());
            addText(error, "msg", response.getMsg());
            addText(error, "sub_code", response.getSubCode());
            addText(error, "sub_msg", response.getSubMsg());
            addText(error, "request_id", response.getRequestId());
            return error;
        } catch (ApiException e) {
            return failure(kind(e.getCause()), e.getCause() == null ? e : e.getCause(), false);
        } catch (Throwable e) { // escapes from the SDK's own channel, which is ApiException
            return failure(e instanceof IllegalArgumentException ? "parse" : "client", e, true);
        }
    }

    private static Long integer(JsonValue value) {
        if (value.isNull()) return null;
        if (!value.isObject()) throw new IllegalArgumentException("the setter takes a Long");
        return new BigInteger(value.asObject().getString("$int", "")).longValueExact();
    }

    private static String text(JsonValue value) {
        if (value.isNull()) return null;
        if (value.isObject()) return value.asObject().getString("$int", "");
        return value.isString() ? value.asString() : value.toString();
    }

    private static JsonValue encode(Object value) throws IllegalAccessException {
        if (value instanceof String) return Json.value((String) value);
        if (value instanceof Boolean) return Json.value((Boolean) value);
        if (value instanceof Long) return new JsonObject().add("$int", value.toString());
        JsonObject object = new JsonObject();
        for (Field field : value.getClass().getDeclaredFields()) {
            ApiField wire = field.getAnnotation(ApiField.class);
            if (wire == null) continue;
            field.setAccessible(true);
            if (field.get(value) != null) object.add(wire.value(), encode(field.get(value)));
        }
        return object;
    }

    private static void addText(JsonObject object, String name, String value) {
        if (value != null) object.add(name, value);
    }

    /** The SDK wraps every IOException; for a status of 400 and above it throws a plain "500 Reason". */
    private static String kind(Throwable cause) {
        if (cause instanceof SocketTimeoutException) return "timeout";
        if (!(cause instanceof IOException)) return "parse";
        return String.valueOf(cause.getMessage()).matches("\\d{3} .*") ? "http" : "connection";
    }

    private static JsonObject failure(String kind, Throwable e, boolean uncaught) {
        return new JsonObject().add("outcome", "failure").add("kind", kind)
            .add("message", line(e)).add("uncaught", uncaught);
    }

    private static String line(Throwable e) {
        String text = e.toString().replaceAll("\\S*(://|\\?)\\S+", "(url)").replaceAll("\\s+", " ");
        return text.substring(0, Math.min(text.length(), 140));
    }
}
