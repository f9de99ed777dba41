// A short reference client of the Taobao Open Platform for .NET: HttpClient and Newtonsoft.Json.
using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using System.Xml;
using System.Xml.Linq;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

/// <summary>The gateway answered with an error_response, whose members these are.</summary>
public class TopError : Exception
{
    public readonly JObject Members;

    public TopError(JObject members) : base("TOP error " + members["code"]) => Members = members;
}

/// <summary>There is no answer to hand over: timeout, connection, http, parse or client.</summary>
public class TopFailure : Exception
{
    public readonly string Kind;

    public TopFailure(string kind, string message) : base(message) => Kind = kind;
}

public class TopClient
{
    private const int MaxDepth = 256;

    // Newtonsoft.Json reads more than JSON: NaN, 'text', 007, comments, half a surrogate pair.
    // These are JSON's own tokens.
    private static readonly Regex Json = new Regex(
        @"\A(?>[\s,:{}\[\]]+|true|false|null"
        + @"|""(?>[^""\\\x00-\x1f]|\\[""\\/bfnrt]|\\u(?!d[89a-f])[0-9a-f]{4}"
        + @"|\\ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2})*"""
        + @"|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?(?![\w.]))*\z",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);

    private static readonly Encoding Utf8 = new UTF8Encoding(false, true); // strict both ways

    private readonly string gateway, appKey, appSecret, session;

    /// <summary>For the connection and the whole answer.</summary>
    public TimeSpan Timeout = TimeSpan.FromSeconds(10);

    public TopClient(string gateway, string appKey, string appSecret, string session = null)
    {
        this.gateway = gateway;
        this.appKey = appKey;
        this.appSecret = appSecret;
        this.session = session;
    }

    /// <summary>Calls a method; a parameter that is null is not sent. Returns the whole document, in
    /// XML with text for every leaf, and with lists where `lists` has their paths below the root. Throws
    /// TopError and TopFailure.</summary>
    public JObject Execute(
        string method, JObject parameters,
        string format = "json", string signMethod = "md5", bool simplify = false,
        ICollection<string> lists = null)
    {
        if (format != "json" && format != "xml")
            throw new TopFailure("client", "unknown format " + format);
        var sent = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var parameter in parameters.Properties().Where(p => p.Value.Type != JTokenType.Null))
            sent[parameter.Name] = TextOf(parameter.Value);
        sent["method"] = method;
        sent["app_key"] = appKey;
        if (session != null) sent["session"] = session;
        var gatewayClock = DateTime.UtcNow.AddHours(8);
        sent["timestamp"] = gatewayClock.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
        sent["format"] = format;
        sent["v"] = "2.0";
        sent["sign_method"] = signMethod;
        if (simplify) sent["simplify"] = "true";
        sent["sign"] = Sign(sent, appSecret, signMethod);

        var (status, body) = Post(sent);
        JObject document = null;
        var unreadable = "";
        try
        {
            document = format == "json" ? ReadJson(body) : ReadXml(body, lists ?? new string[0]);
        }
        catch (Exception e) when (e is JsonException || e is XmlException || e is ArgumentException)
        {
            unreadable = e.Message;
        }
        var error = document?["error_response"];
        if (error is JObject members) // TOP's word, whatever the status
            throw new TopError(members);
        if (status != HttpStatusCode.OK)
            throw new TopFailure("http", "HTTP status " + (int)status);
        if (document == null)
            throw new TopFailure("parse", unreadable);
        var rootless = simplify && format == "json";
        if (error != null || !(rootless || document[Root(method)] is JObject))
            throw new TopFailure("parse", "the answer has another root");
        return document;
    }

    /// <summary>A parameter on the wire: an object, and a list of them, as JSON, a list of others with
    /// commas.</summary>
    private static string TextOf(JToken value) =>
        value.Type == JTokenType.String ? (string)value
        : value is JArray list && list.All(item => item is JValue) ? string.Join(",", list.Select(TextOf))
        : value.ToString(Newtonsoft.Json.Formatting.None);

    /// <summary>TOP's signature; the parameters are in the byte order of their names.</summary>
    public static string Sign(SortedDictionary<string, string> sent, string secret, string method)
    {
        var text = string.Concat(sent.Where(p => p.Key != "sign").Select(p => p.Key + p.Value));
        var key = Utf8.GetBytes(secret);
        var hash = method == "md5" ? MD5.Create().ComputeHash(Utf8.GetBytes(secret + text + secret))
            : method == "hmac" ? new HMACMD5(key).ComputeHash(Utf8.GetBytes(text))
            : method == "hmac-sha256" ? new HMACSHA256(key).ComputeHash(Utf8.GetBytes(text))
            : throw new TopFailure("client", "unknown sign method " + method);
        return BitConverter.ToString(hash).Replace("-", "");
    }

    private static string Root(string method) =>
        Regex.Replace(method, @"\Ataobao\.", "").Replace('.', '_') + "_response";

    private (HttpStatusCode, byte[]) Post(IDictionary<string, string> sent)
    {
        var form = string.Join("&", sent.Select(
            p => WebUtility.UrlEncode(p.Key) + "=" + WebUtility.UrlEncode(p.Value)));
        var content = new ByteArrayContent(Encoding.ASCII.GetBytes(form));
        content.Headers.ContentType =
            MediaTypeHeaderValue.Parse("application/x-www-form-urlencoded;charset=utf-8");
        var handler = new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false };
        using (var http = new HttpClient(handler) { Timeout = System.Threading.Timeout.InfiniteTimeSpan })
        {
            // a connection that is kept may be dead, and the call would be sent twice
            http.DefaultRequestHeaders.ConnectionClose = true;
            http.DefaultRequestHeaders.ExpectContinue = false;
            try
            {
                var posting = http.PostAsync(gateway, content);
                // HttpClient's own timeout does not end an attempt to connect under Mono
                if (Task.WaitAny(new Task[] { posting }, Timeout) < 0)
                    throw new TopFailure("timeout", "no whole answer in time");
                var answer = posting.GetAwaiter().GetResult();
                var body = answer.Content.ReadAsByteArrayAsync().GetAwaiter().GetResult();
                return (answer.StatusCode, body);
            }
            catch (Exception e) when (e is HttpRequestException || e is WebException || e is IOException)
            {
                throw new TopFailure("connection", e.GetBaseException().Message);
            }
        }
    }

    private static JObject ReadJson(byte[] body)
    {
        var text = Utf8.GetString(body).TrimStart('\uFEFF');
        if (!Json.IsMatch(text))
            throw new JsonReaderException("not JSON");
        var reader = new JsonTextReader(new StringReader(text))
        {
            DateParseHandling = DateParseHandling.None, // a text stays a text
            MaxDepth = MaxDepth,
        };
        var document = JObject.Load(reader);
        if (reader.Read())
            throw new JsonReaderException("something follows the document");
        return document;
    }

    private static JObject ReadXml(byte[] body, ICollection<string> lists)
    {
        var settings = new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit };
        using (var reader = XmlReader.Create(new MemoryStream(body), settings))
            while (reader.Read())
                if (reader.Depth > MaxDepth)
                    throw new XmlException("too deep");
        using (var reader = XmlReader.Create(new MemoryStream(body), settings))
        {
            var root = XDocument.Load(reader, LoadOptions.PreserveWhitespace).Root;
            var found = Tree(root, lists, "");
            var blank = found is JValue text && string.IsNullOrWhiteSpace((string)text);
            return new JObject(new JProperty(root.Name.LocalName, blank ? new JObject() : found));
        }
    }

    /// <summary>A leaf is its text; what comes again beside itself, or is told to, makes a list.</summary>
    private static JToken Tree(XElement element, ICollection<string> lists, string path)
    {
        var isList = lists.Contains(path);
        if (!element.HasElements && !isList)
            return element.Value;
        return new JObject(
            from child in element.Elements()
            group Tree(child, lists, (path + "." + child.Name.LocalName).TrimStart('.'))
                by child.Name.LocalName into same
            select new JProperty(
                same.Key, same.Count() == 1 && !isList ? same.First() : new JArray(same)));
    }
}
