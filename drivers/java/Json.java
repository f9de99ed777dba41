import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;

/**
 * A short reader and writer of JSON, since the JDK has none: objects are Maps, arrays are Lists,
 * integers are BigIntegers of any size, other numbers BigDecimals.
 */
final class Json {
    private static final int MAX_DEPTH = 256;

    private final String text;
    private int at, depth;

    private Json(String text) {
        this.text = text;
    }

    /** Reads one value and nothing after it. Throws IllegalArgumentException. */
    static Object read(String text) {
        Json reader = new Json(text);
        Object value = reader.value();
        if (reader.peek() != '\0' || reader.at < text.length()) throw reader.wrong();
        return value;
    }

    /** Writes maps, collections, texts, numbers, booleans and null. */
    static String write(Object value) {
        if (value instanceof Map<?, ?> map) {
            StringJoiner members = new StringJoiner(",", "{", "}");
            map.forEach((name, member) -> members.add(write(name) + ":" + write(member)));
            return members.toString();
        }
        if (value instanceof Collection<?> items) {
            StringJoiner written = new StringJoiner(",", "[", "]");
            items.forEach(item -> written.add(write(item)));
            return written.toString();
        }
        return value instanceof String words ? quoted(words) : String.valueOf(value);
    }

    private static String quoted(String words) {
        StringBuilder written = new StringBuilder("\"");
        for (char c : words.toCharArray()) {
            if (c == '"' || c == '\\') written.append('\\').append(c);
            else if (c < ' ' || Character.isSurrogate(c)) written.append(String.format("\\u%04x", (int) c));
            else written.append(c);
        }
        return written.append('"').toString();
    }

    private Object value() {
        if (++depth > MAX_DEPTH) throw wrong();
        Object value = switch (peek()) {
            case '{' -> object();
            case '[' -> array();
            case '"' -> string();
            default -> literal();
        };
        depth--;
        return value;
    }

    private Map<String, Object> object() {
        Map<String, Object> members = new LinkedHashMap<>();
        at++;
        if (skip('}')) return members;
        do {
            if (peek() != '"') throw wrong();
            String name = string();
            if (!skip(':')) throw wrong();
            members.put(name, value());
        } while (skip(','));
        if (!skip('}')) throw wrong();
        return members;
    }

    private List<Object> array() {
        List<Object> items = new ArrayList<>();
        at++;
        if (skip(']')) return items;
        do items.add(value());
        while (skip(','));
        if (!skip(']')) throw wrong();
        return items;
    }

    private String string() {
        StringBuilder read = new StringBuilder();
        for (at++; at < text.length() && text.charAt(at) >= ' '; at++) {
            char c = text.charAt(at);
            if (c == '"') {
                at++;
                return read.toString();
            }
            read.append(c == '\\' ? escape() : c);
        }
        throw wrong();
    }

    private char escape() {
        if (++at >= text.length()) throw wrong();
        int plain = "\"\\/bfnrt".indexOf(text.charAt(at));
        if (plain >= 0) return "\"\\/\b\f\n\r\t".charAt(plain);
        String code = text.substring(Math.min(at + 1, text.length()), Math.min(at + 5, text.length()));
        if (text.charAt(at) != 'u' || !code.matches("[0-9A-Fa-f]{4}")) throw wrong();
        at += 4;
        return (char) Integer.parseInt(code, 16);
    }

    private Object literal() {
        int begin = at;
        while (at < text.length() && " \t\r\n,:{}[]\"".indexOf(text.charAt(at)) < 0) at++;
        String word = text.substring(begin, at);
        if (word.equals("null")) return null;
        if (word.equals("true") || word.equals("false")) return word.equals("true");
        if (!word.matches("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][-+]?[0-9]+)?")) throw wrong();
        boolean whole = word.chars().allMatch(c -> c == '-' || Character.isDigit(c));
        return whole ? (Object) new BigInteger(word) : new BigDecimal(word);
    }

    /** Passes over blanks; returns the character that follows, or a zero at the end. */
    private char peek() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) at++;
        return at < text.length() ? text.charAt(at) : '\0';
    }

    private boolean skip(char wanted) {
        boolean found = peek() == wanted;
        if (found) at++;
        return found;
    }

    private IllegalArgumentException wrong() {
        return new IllegalArgumentException("not JSON at character " + at);
    }
}
