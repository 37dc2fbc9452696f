#include <cstdlib>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <random>

#include "run.hpp"

namespace pawl::scripting {
namespace {

using Json = nlohmann::json;

/// Through json.decode and back, with the text as a value of the scope; or "error: …".
std::string decoded(const std::string& text) {
  Scope scope;
  std::string quoted;
  for (const char c : text) {
    static constexpr char hex[] = "0123456789abcdef";
    const auto byte = static_cast<unsigned char>(c);
    quoted += {hex[byte >> 4], hex[byte & 15]};
  }
  scope.values["text"] = JsonText{"\"" + quoted + "\""};
  return eval("json.decode(hash.hex_decode(text))", scope);
}

/// Through the scope and back.
std::string through_scope(const std::string& text) {
  Scope scope;
  scope.values["value"] = JsonText{text};
  return eval("value", scope);
}

/// Opens a file of the shared data; says so when it is absent, which is a failure under CI=true.
bool open_shared(const std::string& name, const char* test, std::ifstream& file) {
  file.open(std::string(PAWL_SOURCE_DIR) + "/../shared/data/" + name);
  if (file) return true;
  const char* ci = std::getenv("CI");
  std::cout << "NOT RUN: " << test << ": ../shared is not here\n";
  CHECK((ci == nullptr || std::string_view(ci) != "true"));
  return false;
}

std::string from_base64(const std::string& text) {
  Scope scope;
  scope.values["text"] = JsonText{"\"" + text + "\""};
  const std::string hex = eval("hash.hex_encode(hash.base64_decode(text))", scope);
  std::string bytes;
  for (std::size_t at = 1; at + 2 < hex.size() + 1 && hex[at] != '"'; at += 2) {
    bytes += static_cast<char>(std::stoi(hex.substr(at, 2), nullptr, 16));
  }
  return bytes;
}

TEST_CASE("JSON texts are accepted and refused as the standard says", "[json]") {
  std::ifstream file;
  if (!open_shared("vectors/json-parsing.json", "JSON vectors", file)) return;
  const Json vectors = Json::parse(file);
  int seen = 0;
  for (const Json& each : vectors["cases"]) {
    const std::string expect = each["expect"];
    const std::string text = from_base64(each["base64"]);
    const std::string result = decoded(text);
    INFO(each["name"]);
    INFO(result);
    if (expect == "either") continue;
    CHECK((expect == "accept") == !result.starts_with("error: "));
    if (expect == "accept") CHECK(Json::parse(result) == Json::parse(text));
    ++seen;
  }
  CHECK(seen == 141);  // docs/conformance.md has the same number.
}

Json random_value(std::mt19937_64& random, int depth) {
  const auto pick = [&](std::uint64_t n) { return random() % n; };
  switch (pick(depth > 4 ? 6 : 8)) {
    case 0:
      return nullptr;
    case 1:
      return pick(2) == 0;
    case 2:
      return static_cast<std::int64_t>(random()) >> pick(64);
    case 3: {
      const std::uint64_t bits = random();
      double value = 0;
      static_assert(sizeof bits == sizeof value);
      std::memcpy(&value, &bits, sizeof value);
      return std::isfinite(value) ? value : 0.5;
    }
    case 4:
    case 5: {
      static const char* parts[] = {"a", "\"", "\\", "\n", "\x01", "ä", "€", "😀", "/", "é", "z9"};
      std::string text;
      for (std::uint64_t i = pick(8); i > 0; --i) text += parts[pick(std::size(parts))];
      return text;
    }
    case 6: {
      Json list = Json::array();
      for (std::uint64_t i = pick(6); i > 0; --i) list.push_back(random_value(random, depth + 1));
      return list;
    }
    default: {
      Json object = Json::object();
      for (std::uint64_t i = pick(6); i > 0; --i) {
        object["k" + std::to_string(pick(1000))] = random_value(random, depth + 1);
      }
      return object;
    }
  }
}

TEST_CASE("random values survive the way through Lua unchanged", "[json]") {
  std::mt19937_64 random(20261121);
  for (int i = 0; i < 3000; ++i) {
    const Json value = random_value(random, 0);
    const std::string text = value.dump();
    const std::string result = through_scope(text);
    INFO(text);
    CHECK(Json::parse(result) == value);
    CHECK(Json::parse(result).dump() == text);
    CHECK(decoded(value.dump(1, '\t', true)) == result);
  }
}

TEST_CASE("integers keep 64 bits, larger ones become floats", "[json]") {
  CHECK(through_scope("[9223372036854775807,-9223372036854775808]") ==
        "[9223372036854775807,-9223372036854775808]");
  CHECK(through_scope("9223372036854775808") == "9223372036854775808.0");
  CHECK(through_scope("[1.0,1e2,-0.0,1e-400]") == "[1.0,100.0,-0.0,0.0]");
  CHECK(decoded("1e400") == "error: f.yaml:3: json.decode: byte 6: the number is too large");
}

TEST_CASE("a mistake in JSON names its byte", "[json]") {
  CHECK(decoded("[1,]") == "error: f.yaml:3: json.decode: byte 4: a value is expected");
  CHECK(decoded("") == "error: f.yaml:3: json.decode: byte 1: a value is expected, the text ends");
  CHECK(decoded("{\"a\" 1}") == "error: f.yaml:3: json.decode: byte 6: ':' is expected");
  CHECK(decoded("[1] x") ==
        "error: f.yaml:3: json.decode: byte 5: nothing is expected after the value");
  CHECK(decoded("\"a\xff\"") == "error: f.yaml:3: json.decode: byte 3 is not valid UTF-8");
  CHECK(decoded(R"("\ud800")") == "error: f.yaml:3: json.decode: byte 8: half of a surrogate pair");
}

TEST_CASE("200 levels are read and written, 201 are not", "[json]") {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  CHECK(through_scope(nested(200)) == nested(200));
  CHECK(through_scope(nested(201)) ==
        "error: f.yaml:3: value: byte 201: nested deeper than 200 levels");
  CHECK(run("local t = list{} for i = 1, 199 do t = {t} end return t") == nested(200));
  CHECK(run("local t = list{} for i = 1, 200 do t = {t} end return t").find("deeper") !=
        std::string::npos);
}

TEST_CASE("json.encode writes sorted keys, and lines when asked", "[json]") {
  CHECK(eval("json.encode({b = 1, a = {1, 2}, c = list{}})") ==
        R"("{\"a\":[1,2],\"b\":1,\"c\":[]}")");
  CHECK(eval("json.encode({b = 1, a = {1, 2}, c = list{}, d = {}}, true)") ==
        R"("{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": 1,\n  \"c\": [],\n  \"d\": {}\n}")");
  CHECK(eval("json.decode('{\"a\":null}').a == null") == "true");
  CHECK(eval("json.decode('{}').absent") == "null");
}

}  // namespace
}  // namespace pawl::scripting
