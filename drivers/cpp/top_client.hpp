// A short reference client of the Taobao Open Platform for C++17: libcurl, OpenSSL's libcrypto,
// nlohmann/json and libxml2.
#pragma once

#include <algorithm>
#include <cmath>
#include <ctime>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <curl/curl.h>
#include <libxml/parser.h>
#include <nlohmann/json.hpp>
#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace top {

using nlohmann::json;

/// The gateway answered with an error_response, whose members these are.
struct Error : std::runtime_error {
    explicit Error(json told) : std::runtime_error("TOP answers with an error"), members(std::move(told)) {}
    json members;
};

/// There is no answer to hand over: timeout, connection, http, parse or client.
struct Failure : std::runtime_error {
    Failure(std::string what_kind, const std::string& message)
        : std::runtime_error(message), kind(std::move(what_kind)) {}
    std::string kind;
};

/// What is sent, in the byte order of the names.
using Form = std::map<std::string, std::string>;

/// TOP's signature of what is sent.
inline std::string sign(const Form& form, const std::string& secret, const std::string& method) {
    std::string text;
    for (const auto& [name, value] : form)
        if (name != "sign") text += name + value;
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (method == "md5") {
        text = secret + text + secret;
        EVP_Digest(text.data(), text.size(), hash, &size, EVP_md5(), nullptr);
    } else if (method == "hmac" || method == "hmac-sha256") {
        HMAC(method == "hmac" ? EVP_md5() : EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
             reinterpret_cast<const unsigned char*>(text.data()), text.size(), hash, &size);
    } else {
        throw Failure("client", "unknown sign method " + method);
    }
    std::string hex;
    for (unsigned at = 0; at < size; ++at)
        for (int digit : {hash[at] >> 4, hash[at] & 15}) hex += "0123456789ABCDEF"[digit];
    return hex;
}

/// Writes a parameter: an object, and a list of them, as JSON, a list of others with commas.
inline std::string text_of(const json& value) {
    if (value.is_string()) return value;
    if (!value.is_array()) return value.dump();
    std::string texts;
    for (const json& item : value) {
        if (item.is_structured()) return value.dump();
        texts += (texts.empty() ? "" : ",") + text_of(item);
    }
    return texts;
}

/// Reads a document; a number that no member can hold exactly makes it unreadable.
inline json read_json(const std::string& body) {
    if (body.find('\0') != std::string::npos) throw std::runtime_error("a zero byte");  // would end it
    return json::parse(body, [](int depth, json::parse_event_t, json& value) {
        if (depth > 256) throw std::runtime_error("too deep");
        if (value.is_number_float() && std::abs(value.get<double>()) >= 0x1p63)
            throw std::runtime_error("a number beyond 64 bits");
        return true;
    });
}

/// The paths of lists below the root, which XML does not tell from objects.
using Lists = std::vector<std::string>;

/// A leaf is its text; what comes again beside itself, or is told to, makes a list.
inline json tree(const xmlNode* element, const Lists& lists, const std::string& path = "") {
    json::object_t same;
    for (const xmlNode* child = element->children; child; child = child->next)
        if (child->type == XML_ELEMENT_NODE) {
            const std::string name = reinterpret_cast<const char*>(child->name);
            same[name].push_back(tree(child, lists, path.empty() ? name : path + "." + name));
        }
    if (std::find(lists.begin(), lists.end(), path) != lists.end()) return same;
    if (same.empty()) {
        std::unique_ptr<xmlChar, void (*)(void*)> text(xmlNodeGetContent(element), xmlFree);
        return reinterpret_cast<const char*>(text.get());
    }
    for (auto& [name, values] : same)
        if (values.size() == 1) values = json(values[0]);
    return same;
}

/// Reads a document without a DOCTYPE.
inline json read_xml(const std::string& body, const Lists& lists) {
    const int quiet = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING;
    std::unique_ptr<xmlDoc, void (*)(xmlDoc*)> document(
        xmlReadMemory(body.data(), static_cast<int>(body.size()), nullptr, nullptr, quiet), xmlFreeDoc);
    if (!document || xmlGetIntSubset(document.get())) throw std::runtime_error("not XML, or with a DOCTYPE");
    const xmlNode* root = xmlDocGetRootElement(document.get());
    json found = tree(root, lists);
    if (found.is_string() && found.get<std::string>().find_first_not_of(" \t\r\n") == std::string::npos)
        found = json::object();
    return {{reinterpret_cast<const char*>(root->name), found}};
}

class Client {
public:
    /// For the connection, and for the whole call.
    long timeout_ms = 10000;

    Client(std::string gateway, std::string app_key, std::string app_secret,
           std::optional<std::string> session = std::nullopt)
        : gateway_(std::move(gateway)), app_key_(std::move(app_key)),
          app_secret_(std::move(app_secret)), session_(std::move(session)) {}

    /// Calls a method; a parameter that is null is not sent. Returns the whole document, in XML with
    /// text for every leaf, and with lists where they are told to be. Throws Error and Failure.
    json execute(const std::string& method, const json& parameters, const std::string& format = "json",
                 const std::string& sign_method = "md5", bool simplify = false,
                 const Lists& lists = {}) const {
        if (format != "json" && format != "xml") throw Failure("client", "unknown format " + format);
        Form form;
        for (const auto& [name, value] : parameters.items())
            if (!value.is_null()) form[name] = text_of(value);
        form["method"] = method;
        form["app_key"] = app_key_;
        if (session_) form["session"] = *session_;
        form["timestamp"] = timestamp();
        form["format"] = format;
        form["v"] = "2.0";
        form["sign_method"] = sign_method;
        if (simplify) form["simplify"] = "true";
        form["sign"] = sign(form, app_secret_, sign_method);

        const auto [status, body] = post(form);
        json document;
        std::string unreadable = "the answer is no object";
        try {
            document = format == "json" ? read_json(body) : read_xml(body, lists);
        } catch (const std::exception& error) {
            unreadable = error.what();
        }
        const json error = document.is_object() ? document.value("error_response", json()) : json();
        if (error.is_object()) throw Error(error);  // TOP's word, whatever the status
        if (status != 200) throw Failure("http", "HTTP status " + std::to_string(status));
        if (!document.is_object()) throw Failure("parse", unreadable);
        const bool rootless = simplify && format == "json";
        if (document.contains("error_response") || !(rootless || document[root(method)].is_object()))
            throw Failure("parse", "the answer has another root");
        return document;
    }

private:
    static std::string timestamp() {
        const std::time_t gateway_clock = std::time(nullptr) + 8 * 3600;  // GMT+8, wherever this runs
        std::tm parts{};
        gmtime_r(&gateway_clock, &parts);
        char text[20];
        return {text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts)};
    }

    static std::string root(std::string method) {
        if (method.rfind("taobao.", 0) == 0) method.erase(0, 7);
        for (char& letter : method)
            if (letter == '.') letter = '_';
        return method + "_response";
    }

    // A handle for each call: a kept connection may be dead, and curl would send the call again.
    std::pair<long, std::string> post(const Form& form) const {
        std::unique_ptr<CURL, void (*)(CURL*)> curl(curl_easy_init(), curl_easy_cleanup);
        std::unique_ptr<curl_slist, void (*)(curl_slist*)> headers(
            curl_slist_append(nullptr, "Content-Type: application/x-www-form-urlencoded;charset=utf-8"),
            curl_slist_free_all);
        std::string sent, body;
        for (const auto& [name, value] : form)
            sent += (sent.empty() ? "" : "&") + name + "=" + escaped(curl.get(), value);
        const auto keep = +[](char* data, size_t, size_t size, std::string* whole) {
            whole->append(data, size);
            return size;
        };
        curl_easy_setopt(curl.get(), CURLOPT_URL, gateway_.c_str());
        curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
        curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(sent.size()));
        curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, sent.data());
        curl_easy_setopt(curl.get(), CURLOPT_FOLLOWLOCATION, 0L);
        curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(curl.get(), CURLOPT_CONNECTTIMEOUT_MS, timeout_ms);
        curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, timeout_ms);
        curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, keep);
        curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &body);
        const CURLcode code = curl_easy_perform(curl.get());
        if (code == CURLE_OPERATION_TIMEDOUT) throw Failure("timeout", curl_easy_strerror(code));
        if (code == CURLE_URL_MALFORMAT) throw Failure("client", curl_easy_strerror(code));
        if (code != CURLE_OK) throw Failure("connection", curl_easy_strerror(code));
        long status = 0;
        curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
        return {status, body};
    }

    static std::string escaped(CURL* curl, const std::string& text) {
        std::unique_ptr<char, void (*)(void*)> made(
            curl_easy_escape(curl, text.data(), static_cast<int>(text.size())), curl_free);
        return made.get();
    }

    std::string gateway_, app_key_, app_secret_;
    std::optional<std::string> session_;
};

}  // namespace top
