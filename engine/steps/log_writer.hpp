#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/time.hpp"
#include "steps/step_kind.hpp"
#include "store/log_frame.hpp"
#include "store/store.hpp"

namespace pawl::steps {

struct LogLimits {
  std::size_t head_bytes = std::size_t{63} << 20;  ///< Stored as it comes.
  std::size_t tail_bytes = std::size_t{1} << 20;   ///< Of what follows, the last is kept.
};

/// Turns the output of one attempt into chunks for the store. Constant memory: after the head only
/// the last `tail_bytes` are kept, and stored at the end behind a note of what was left out.
class LogWriter {
 public:
  using Sink = std::function<void(std::vector<store::LogChunk>)>;

  LogWriter(RunId run, std::int32_t inst, std::int32_t attempt, Sink sink, LogLimits limits = {});

  void write(Stream stream, TimePoint at, std::string_view bytes);
  /// Hands over what has gathered; to be called now and then, so that logs can be watched.
  void flush();
  /// Hands over everything, and the tail; last call.
  void finish();

 private:
  void gather(store::LogStream stream, TimePoint at, std::string_view bytes);
  void keep_tail(store::LogStream stream, TimePoint at, std::string_view bytes);

  RunId run_;
  std::int32_t inst_, attempt_;
  std::int32_t next_ = 0;
  Sink sink_;
  LogLimits limits_;
  std::size_t head_ = 0;  ///< Bytes that went into chunks.
  std::vector<store::LogPiece> pieces_;
  std::size_t pieces_bytes_ = 0;
  std::deque<store::LogPiece> tail_;
  std::size_t tail_bytes_ = 0;
  std::int64_t dropped_ = 0;
};

}  // namespace pawl::steps
