// Driver of the reference client in TopClient.cs, under Mono: the driver protocol on standard input
// and output. The client's documents are Newtonsoft.Json trees, whose integers have any size.
using System;
using System.IO;
using System.Linq;
using System.Numerics;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

public static class Driver
{
    private static readonly string[] ErrorMembers =
        { "code", "msg", "sub_code", "sub_msg", "request_id" };

    private static TopClient client;

    public static int Main()
    {
        var utf8 = new UTF8Encoding(false);
        var input = new StreamReader(Console.OpenStandardInput(), utf8);
        var output = new StreamWriter(Console.OpenStandardOutput(), utf8) { AutoFlush = true };
        Console.SetOut(Console.Error);
        for (string line, command = null; (line = input.ReadLine()) != null;)
        {
            JObject reply;
            try
            {
                var message = Read(line);
                command = (string)message["cmd"];
                if (command == "stop") break;
                reply = command == "start" ? Start(message)
                    : command == "call" && client != null ? Call(message)
                    : Refusal("cannot do " + command);
            }
            catch (Exception e)
            {
                reply = Refusal(Line(e));
            }
            output.Write(reply.ToString(Formatting.None) + "\n");
            if (command == "start" && client == null) return 1;
        }
        End(0);
        return 0;
    }

    // Mono's own end now and then hangs or throws while a call that timed out is being closed.
    [DllImport("libc", EntryPoint = "_exit")]
    private static extern void End(int code);

    private static JObject Start(JObject message)
    {
        if ((int)message["protocol"] != 1) return Refusal("this driver speaks protocol 1");
        client = new TopClient(
            (string)message["gateway"], (string)message["app_key"],
            (string)message["app_secret"], (string)message["session"]);
        var runtime = (string)Type.GetType("Mono.Runtime")
            .GetMethod("GetDisplayName", BindingFlags.NonPublic | BindingFlags.Static).Invoke(null, null);
        var version = "1, Mono " + runtime.Split(' ')[0];
        return JObject.FromObject(new
        {
            ok = true,
            protocol = 1,
            sdk = new { name = "reference client", version, language = ".NET" },
            can = new
            {
                formats = new[] { "json", "xml" },
                sign_methods = new[] { "md5", "hmac", "hmac-sha256" },
                simplify = true,
                session = true,
            },
        });
    }

    private static JObject Call(JObject message)
    {
        var reply = new JObject { { "seq", message["seq"] } };
        try
        {
            var parameters = (JObject)Decode(message["params"]);
            client.Timeout = TimeSpan.FromMilliseconds((int)message["timeout_ms"]);
            // YOUR SDK HERE: it makes this call; `start` sets it up.
            var document = client.Execute(
                (string)message["method"], parameters, (string)message["format"],
                (string)message["sign_method"], (bool)message["simplify"],
                message["lists"]?.Select(path => (string)path).ToList());
            reply["outcome"] = "response";
            reply["body"] = Encode(document);
        }
        catch (TopError e)
        {
            reply["outcome"] = "error_response";
            foreach (var name in ErrorMembers)
                if (e.Members[name] is JToken given && given.Type != JTokenType.Null)
                    reply[name] = Encode(given);
        }
        catch (Exception e)
        {
            reply["outcome"] = "failure";
            reply["kind"] = (e as TopFailure)?.Kind ?? "client";
            reply["message"] = Line(e);
            reply["uncaught"] = !(e is TopFailure);
        }
        return reply;
    }

    private static JToken Decode(JToken token) =>
        token is JArray list ? new JArray(list.Select(Decode))
        : !(token is JObject tree) ? token
        : tree["$int"] != null ? new JValue(BigInteger.Parse((string)tree["$int"]))
        : (JToken)new JObject(tree.Properties().Select(p => new JProperty(p.Name, Decode(p.Value))));

    private static JToken Encode(JToken token) =>
        token.Type == JTokenType.Integer ? new JObject { { "$int", token.ToString() } }
        : token is JArray ? new JArray(token.Select(Encode))
        : token is JObject tree
            ? new JObject(tree.Properties().Select(p => new JProperty(p.Name, Encode(p.Value))))
        : token;

    private static JObject Read(string line) =>
        JObject.Load(new JsonTextReader(new StringReader(line)) { DateParseHandling = DateParseHandling.None });

    private static JObject Refusal(string message) => JObject.FromObject(new { ok = false, message });

    private static string Line(Exception e)
    {
        var text = Regex.Replace(Regex.Replace(e.Message, @"\S+://\S+", "(URL)"), @"\s+", " ");
        return e.GetType().Name + ": " + text.Substring(0, Math.Min(100, text.Length));
    }
}
