#include "store/log_frame.hpp"

#include <zstd.h>

#include <algorithm>

namespace pawl::store {

namespace {

constexpr char plain = 0, compressed = 1;
constexpr std::size_t worth_compressing = 256;
/// A chunk holds log_chunk_bytes and a header a piece; more than this is damage.
constexpr std::size_t decoded_max = std::size_t{16} << 20;
/// No step runs for a century; a longer delay is damage, and would overflow the time.
constexpr std::uint64_t delay_max = std::uint64_t{100} * 366 * 86'400 * 1'000'000;

void put(std::string& out, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>((value >> (8 * i)) & 0xFF);
}

/// Takes an integer off the front; false when the bytes end before.
bool take(std::string_view& in, int bytes, std::uint64_t& value) {
  if (in.size() < static_cast<std::size_t>(bytes)) return false;
  value = 0;
  for (int i = bytes - 1; i >= 0; --i) {
    value = value << 8 | static_cast<unsigned char>(in[static_cast<std::size_t>(i)]);
  }
  in.remove_prefix(static_cast<std::size_t>(bytes));
  return true;
}

Problem damaged() { return {"a stored piece of the log is damaged", ""}; }

Result<std::string> expanded(std::string_view bytes) {
  const unsigned long long size = ZSTD_getFrameContentSize(bytes.data(), bytes.size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN || size > decoded_max) {
    return damaged();
  }
  std::string text(static_cast<std::size_t>(size), '\0');
  const std::size_t got = ZSTD_decompress(text.data(), text.size(), bytes.data(), bytes.size());
  if (ZSTD_isError(got) != 0 || got != text.size()) return damaged();
  return text;
}

}  // namespace

std::string encode_log(TimePoint begin, const std::vector<LogPiece>& pieces) {
  std::string records;
  TimePoint before = begin;
  for (const LogPiece& piece : pieces) {
    const TimePoint at = std::max(piece.at, before);
    records += static_cast<char>(piece.stream);
    put(records, static_cast<std::uint64_t>((at - before).count()), 8);
    put(records, piece.bytes.size(), 4);
    records += piece.bytes;
    before = at;
  }
  if (records.size() >= worth_compressing) {
    std::string smaller(ZSTD_compressBound(records.size()) + 1, compressed);
    const std::size_t size =
        ZSTD_compress(smaller.data() + 1, smaller.size() - 1, records.data(), records.size(), 1);
    if (ZSTD_isError(size) == 0 && size < records.size()) {
      smaller.resize(size + 1);
      return smaller;
    }
  }
  return plain + records;
}

Result<std::vector<LogPiece>> decode_log(TimePoint begin, std::string_view bytes) {
  if (bytes.empty() || (bytes[0] != plain && bytes[0] != compressed)) return damaged();
  std::string buffer;
  std::string_view in = bytes.substr(1);
  if (bytes[0] == compressed) {
    Result<std::string> text = expanded(in);
    if (!text) return text.error();
    buffer = std::move(text).value();
    in = buffer;
  }
  std::vector<LogPiece> pieces;
  TimePoint at = begin;
  while (!in.empty()) {
    std::uint64_t stream = 0;
    std::uint64_t delay = 0;
    std::uint64_t size = 0;
    if (!take(in, 1, stream) || !take(in, 8, delay) || !take(in, 4, size)) return damaged();
    if (stream > 2 || size > in.size() || delay > delay_max) return damaged();
    at += Micros{static_cast<std::int64_t>(delay)};
    pieces.push_back({static_cast<LogStream>(stream), at, std::string(in.substr(0, size))});
    in.remove_prefix(size);
  }
  return pieces;
}

}  // namespace pawl::store
