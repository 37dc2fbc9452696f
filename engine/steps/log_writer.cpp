#include "steps/log_writer.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "base/units.hpp"

namespace pawl::steps {

namespace {

store::LogStream stored(Stream stream) {
  return stream == Stream::out ? store::LogStream::out : store::LogStream::err;
}

/// Pieces that follow each other within this time on the same stream become one.
constexpr Micros join_within{std::chrono::milliseconds{10}};

}  // namespace

LogWriter::LogWriter(RunId run, std::int32_t inst, std::int32_t attempt, Sink sink,
                     LogLimits limits)
    : run_(run), inst_(inst), attempt_(attempt), sink_(std::move(sink)), limits_(limits) {}

void LogWriter::write(Stream stream, TimePoint at, std::string_view bytes) {
  const std::size_t room = limits_.head_bytes - std::min(head_, limits_.head_bytes);
  const std::string_view head = bytes.substr(0, room);
  if (!head.empty()) gather(stored(stream), at, head);
  if (head.size() < bytes.size()) keep_tail(stored(stream), at, bytes.substr(head.size()));
}

void LogWriter::gather(store::LogStream stream, TimePoint at, std::string_view bytes) {
  head_ += bytes.size();
  while (!bytes.empty()) {
    const std::string_view part = bytes.substr(0, store::log_chunk_bytes - pieces_bytes_);
    const bool joins =
        !pieces_.empty() && pieces_.back().stream == stream && at - pieces_.back().at < join_within;
    if (joins) {
      pieces_.back().bytes += part;
    } else {
      pieces_.push_back({stream, at, std::string(part)});
    }
    pieces_bytes_ += part.size();
    bytes.remove_prefix(part.size());
    if (pieces_bytes_ >= store::log_chunk_bytes) flush();
  }
}

void LogWriter::keep_tail(store::LogStream stream, TimePoint at, std::string_view bytes) {
  // A piece that is larger than the whole tail leaves only its own end.
  if (bytes.size() > limits_.tail_bytes) {
    dropped_ += static_cast<std::int64_t>(bytes.size() - limits_.tail_bytes);
    bytes.remove_prefix(bytes.size() - limits_.tail_bytes);
  }
  tail_.push_back({stream, at, std::string(bytes)});
  tail_bytes_ += bytes.size();
  while (tail_bytes_ > limits_.tail_bytes) {
    dropped_ += static_cast<std::int64_t>(tail_.front().bytes.size());
    tail_bytes_ -= tail_.front().bytes.size();
    tail_.pop_front();
  }
}

void LogWriter::flush() {
  if (pieces_.empty()) return;
  const TimePoint begin = pieces_.front().at;
  std::vector<store::LogChunk> chunks;
  std::ptrdiff_t lines = 0;
  for (const store::LogPiece& piece : pieces_) lines += std::ranges::count(piece.bytes, '\n');
  chunks.push_back({run_, inst_, attempt_, next_++, begin, store::encode_log(begin, pieces_),
                    static_cast<std::int32_t>(lines)});
  pieces_.clear();
  pieces_bytes_ = 0;
  sink_(std::move(chunks));
}

void LogWriter::finish() {
  if (dropped_ > 0) {
    const std::string note =
        format_size(dropped_) + " left out here: cap of " +
        format_size(static_cast<std::int64_t>(limits_.head_bytes + limits_.tail_bytes)) + "\n";
    gather(store::LogStream::note, tail_.empty() ? TimePoint{} : tail_.front().at, note);
  }
  for (const store::LogPiece& piece : tail_) gather(piece.stream, piece.at, piece.bytes);
  tail_.clear();
  flush();
}

}  // namespace pawl::steps
