#include <sodium.h>

#include <array>
#include <string>
#include <vector>

#include "base/hex.hpp"
#include "scripting/guest.hpp"
#include "scripting/library.hpp"

/// hash: digests and the encodings that go with them.
namespace pawl::scripting {
namespace {

constexpr char hex_digits[] = "0123456789ABCDEF";  ///< Of a URL.

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

template <std::size_t N>
void push_hex(lua_State* lua, const std::array<unsigned char, N>& digest) {
  push(lua, to_hex({reinterpret_cast<const char*>(digest.data()), N}));
}

/// The text at `index`, to be digested: about four times the work of copying it.
std::string_view digest_input(lua_State* lua, int index) {
  const std::string_view text = check_view(lua, index);
  charge_bytes(lua, text.size() * 4);
  return text;
}

/// The text at `index`, whose encoding has up to `factor` times its length.
std::string_view input(lua_State* lua, int index, std::size_t factor) {
  const std::string_view text = check_view(lua, index);
  charge_bytes(lua, text.size() * factor);
  check_memory(lua, text.size() * factor);
  return text;
}

int sha256(lua_State* lua) {
  const std::string_view text = digest_input(lua, 1);
  std::array<unsigned char, crypto_hash_sha256_BYTES> digest{};
  crypto_hash_sha256(digest.data(), bytes_of(text), text.size());
  push_hex(lua, digest);
  return 1;
}

int sha512(lua_State* lua) {
  const std::string_view text = digest_input(lua, 1);
  std::array<unsigned char, crypto_hash_sha512_BYTES> digest{};
  crypto_hash_sha512(digest.data(), bytes_of(text), text.size());
  push_hex(lua, digest);
  return 1;
}

/// hmac_sha256(key, text)
int hmac_sha256(lua_State* lua) {
  const std::string_view key = digest_input(lua, 1), text = digest_input(lua, 2);
  std::array<unsigned char, crypto_auth_hmacsha256_BYTES> digest{};
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, bytes_of(key), key.size());
  crypto_auth_hmacsha256_update(&state, bytes_of(text), text.size());
  crypto_auth_hmacsha256_final(&state, digest.data());
  push_hex(lua, digest);
  return 1;
}

int hex_encode(lua_State* lua) {
  push(lua, to_hex(input(lua, 1, 2)));
  return 1;
}

int hex_decode(lua_State* lua) {
  const std::string_view text = input(lua, 1, 1);
  std::string bytes(text.size() / 2, '\0');
  std::size_t length = 0;
  const char* end = nullptr;
  const int failed = sodium_hex2bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(),
                                    text.data(), text.size(), nullptr, &length, &end);
  if (failed != 0 || end != text.data() + text.size()) {
    raise(lua, "hash.hex_decode: pairs of hexadecimal digits are expected");
  }
  push(lua, bytes);
  return 1;
}

int base64_encode(lua_State* lua) {
  const std::string_view text = input(lua, 1, 2);
  std::string encoded(sodium_base64_encoded_len(text.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(encoded.data(), encoded.size(), bytes_of(text), text.size(),
                    sodium_base64_VARIANT_ORIGINAL);
  encoded.pop_back();  // the final zero
  push(lua, encoded);
  return 1;
}

/// Reads the plain and the URL alphabet, with and without padding.
int base64_decode(lua_State* lua) {
  std::string text(input(lua, 1, 2));
  while (text.ends_with('=')) text.pop_back();
  for (char& c : text) {
    if (c == '-') c = '+';
    if (c == '_') c = '/';
  }
  std::string bytes(text.size(), '\0');
  std::size_t length = 0;
  const char* end = nullptr;
  const int failed = sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(),
                                       text.data(), text.size(), "\r\n", &length, &end,
                                       sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
  if (failed != 0 || end != text.data() + text.size()) {
    raise(lua,
          "hash.base64_decode: byte " + std::to_string(end - text.data() + 1) + " is not base64");
  }
  push(lua, std::string_view(bytes).substr(0, length));
  return 1;
}

/// Everything but letters, digits and -._~ becomes %XX (RFC 3986).
int url_encode(lua_State* lua) {
  std::string encoded;
  for (const char c : input(lua, 1, 3)) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x80 && std::isalnum(byte) != 0) || c == '-' || c == '.' || c == '_' || c == '~') {
      encoded += c;
    } else {
      encoded += '%';
      encoded += hex_digits[byte >> 4];
      encoded += hex_digits[byte & 15];
    }
  }
  push(lua, encoded);
  return 1;
}

int url_decode(lua_State* lua) {
  const std::string_view text = input(lua, 1, 1);
  std::string decoded;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      decoded += text[at];
      continue;
    }
    unsigned char byte = 0;
    std::size_t length = 0;
    if (text.size() - at < 3 ||
        sodium_hex2bin(&byte, 1, text.data() + at + 1, 2, nullptr, &length, nullptr) != 0 ||
        length != 1) {
      raise(lua, "hash.url_decode: byte " + std::to_string(at + 1) +
                     ": two hexadecimal digits are "
                     "expected after '%'");
    }
    decoded += static_cast<char>(byte);
    at += 2;
  }
  push(lua, decoded);
  return 1;
}

}  // namespace

void push_hash_library(lua_State* lua) {
  static constexpr Function functions[] = {
      {"base64_decode", bound<base64_decode>},
      {"base64_encode", bound<base64_encode>},
      {"hex_decode", bound<hex_decode>},
      {"hex_encode", bound<hex_encode>},
      {"hmac_sha256", bound<hmac_sha256>},
      {"sha256", bound<sha256>},
      {"sha512", bound<sha512>},
      {"url_decode", bound<url_decode>},
      {"url_encode", bound<url_encode>},
  };
  push_table(lua, functions);
}

}  // namespace pawl::scripting
