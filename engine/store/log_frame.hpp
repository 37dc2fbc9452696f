#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

/// The bytes of a LogChunk: what a step wrote, piece by piece, with stream and time; compressed
/// where that makes it smaller. Byte-exact: nothing is decoded or changed.
///
/// Layout: one byte format (0 plain, 1 zstd of the rest), then records: stream (1 byte), delay
/// after the record before in microseconds (8 bytes, little endian; from the chunk's own time),
/// length (4 bytes, little endian), bytes.
namespace pawl::store {

/// Which pipe a piece came from; `note` is a remark of Pawl's own ("1.2 GB left out here").
enum class LogStream : std::uint8_t { out = 0, err = 1, note = 2 };

struct LogPiece {
  LogStream stream = LogStream::out;
  TimePoint at{};
  std::string bytes;

  bool operator==(const LogPiece&) const = default;
};

/// Bytes of output in one chunk at most.
inline constexpr std::size_t log_chunk_bytes = std::size_t{64} << 10;

/// `begin` is the chunk's own time; no piece is older.
std::string encode_log(TimePoint begin, const std::vector<LogPiece>& pieces);
/// A Problem when the bytes are damaged or of another format.
Result<std::vector<LogPiece>> decode_log(TimePoint begin, std::string_view bytes);

}  // namespace pawl::store
