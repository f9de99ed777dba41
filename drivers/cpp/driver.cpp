// Driver of the reference client in top_client.hpp: the driver protocol on standard input and output.
// What else is printed goes to standard error.
#include <charconv>
#include <cstdio>
#include <iostream>
#include <regex>

#include <unistd.h>

#include "top_client.hpp"

using top::json;

// A parameter as the client takes it: an integer that C++ has none for is text.
json parameter(json value) {
    if (!value.is_object() || !value.contains("$int")) {
        if (value.is_structured())
            for (auto& child : value) child = parameter(child);
        return value;
    }
    const std::string text = value.at("$int");
    long long integer = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), integer);
    return error == std::errc() ? json(integer) : json(text);
}

// What the client hands over, for the protocol.
json encode(json value) {
    if (value.is_number_integer()) return {{"$int", value.dump()}};
    if (value.is_structured())
        for (auto& child : value) child = encode(child);
    return value;
}

json refusal(const std::string& message) { return {{"ok", false}, {"message", message}}; }

std::string line(const std::exception& error) {
    const std::string text = std::string(error.what()).substr(0, 120);
    const std::string short_text = std::regex_replace(text, std::regex("\\S+://\\S*"), "(URL)");
    return std::regex_replace(short_text, std::regex("\\s+"), " ");
}

json start(const json& message, std::optional<top::Client>& client) {
    if (message.at("protocol") != 1) return refusal("this driver speaks protocol 1");
    const json& session = message.at("session");
    client.emplace(message.at("gateway"), message.at("app_key"), message.at("app_secret"),
                   session.is_null() ? std::nullopt : std::optional(session.get<std::string>()));
    const std::string version = std::string("1, libcurl ") + curl_version_info(CURLVERSION_NOW)->version;
    return {{"ok", true},
            {"protocol", 1},
            {"sdk", {{"name", "reference client"}, {"version", version}, {"language", "C++"}}},
            {"can", {{"formats", {"json", "xml"}},
                     {"sign_methods", {"md5", "hmac", "hmac-sha256"}},
                     {"simplify", true},
                     {"session", true}}}};
}

json call(const json& message, top::Client& client) {
    json reply = {{"seq", message.at("seq")}};
    const auto failure = [&](const std::string& kind, const std::exception& error, bool uncaught) {
        reply.update({{"outcome", "failure"}, {"kind", kind}});
        reply.update({{"message", line(error)}, {"uncaught", uncaught}});
    };
    try {
        json parameters = json::object();
        for (const auto& [name, value] : message.at("params").items()) parameters[name] = parameter(value);
        client.timeout_ms = message.at("timeout_ms");
        // YOUR SDK HERE: it makes this call; `start` sets it up.
        reply["body"] = encode(client.execute(message.at("method"), parameters, message.at("format"),
                                              message.at("sign_method"), message.at("simplify"),
                                              message.value("lists", top::Lists())));
        reply["outcome"] = "response";
    } catch (const top::Error& error) {
        reply["outcome"] = "error_response";
        for (const char* name : {"code", "msg", "sub_code", "sub_msg", "request_id"})
            if (error.members.contains(name) && !error.members[name].is_null())
                reply[name] = encode(error.members[name]);
    } catch (const top::Failure& error) {
        failure(error.kind, error, false);
    } catch (const std::exception& error) {
        failure("client", error, true);
    }
    return reply;
}

int main() {
    std::FILE* output = fdopen(dup(STDOUT_FILENO), "w");
    dup2(STDERR_FILENO, STDOUT_FILENO);
    std::optional<top::Client> client;
    for (std::string text; std::getline(std::cin, text);) {
        json reply;
        std::string command;
        try {
            const json message = json::parse(text);
            command = message.at("cmd");
            if (command == "stop") return 0;
            reply = command == "start"            ? start(message, client)
                    : command == "call" && client ? call(message, *client)
                                                  : refusal("cannot do " + command);
        } catch (const std::exception& error) {
            reply = refusal(line(error));
        }
        std::fputs((reply.dump(-1, ' ', false, json::error_handler_t::replace) + "\n").c_str(), output);
        std::fflush(output);
        if (command == "start" && !client) return 1;
    }
}
