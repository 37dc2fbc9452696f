#include "cli/log_lines.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <iterator>
#include <queue>

#include "cli/json_record.hpp"
#include "cli/wording.hpp"

namespace pawl::cli {
namespace {

/// Longer lines are given in parts, so that output without any end of line is seen, too.
constexpr std::size_t line_bytes_max = std::size_t{1} << 20;

/// The last lines of each attempt, as far as its last chunks hold them. The chunk at the front may
/// begin in the middle of a line, so that line is left out when there are others: it could begin in
/// the middle of an escape sequence.
std::map<std::int32_t, std::vector<LogLine>> ends_of(
    store::Reader& reader, RunId run,
    const std::vector<std::pair<std::int32_t, std::int32_t>>& attempts, std::size_t lines,
    int chunks) {
  std::map<std::int32_t, LineMaker> makers;
  std::map<std::int32_t, std::vector<LogLine>> found;
  std::map<std::int32_t, int> counts;
  for (const store::LogChunk& chunk : reader.log_ends(run, attempts, chunks)) {
    const auto pieces = store::decode_log(chunk.at, chunk.bytes);
    if (!pieces) continue;
    makers[chunk.inst].take(chunk.inst, chunk.attempt, pieces.value(), found[chunk.inst]);
    ++counts[chunk.inst];
  }
  for (auto& [inst, all] : found) {
    makers[inst].finish(all);
    const bool may_be_cut = counts[inst] == chunks;
    std::size_t skip = all.size() > lines ? all.size() - lines : 0;
    if (skip == 0 && may_be_cut && all.size() > 1) skip = 1;
    all.erase(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(skip));
  }
  return found;
}

}  // namespace

void LineMaker::take(std::int32_t inst, std::int32_t attempt,
                     const std::vector<store::LogPiece>& pieces, std::vector<LogLine>& out) {
  if (!open_.empty() && open_.begin()->second.attempt != attempt) finish(out);
  for (const store::LogPiece& piece : pieces) {
    std::string_view rest = piece.bytes;
    while (!rest.empty()) {
      LogLine& line = open_[piece.stream];
      line.at = piece.at;
      line.inst = inst;
      line.attempt = attempt;
      line.stream = piece.stream;
      const std::size_t end = rest.find('\n');
      line.ended = end != std::string_view::npos;
      line.text += rest.substr(0, end);
      rest.remove_prefix(line.ended ? end + 1 : rest.size());
      if (!line.ended && line.text.size() < line_bytes_max) continue;
      out.push_back(std::move(line));
      open_.erase(piece.stream);
    }
  }
}

void LineMaker::finish(std::vector<LogLine>& out) {
  for (auto& [stream, line] : open_) out.push_back(std::move(line));
  open_.clear();
}

bool LogTail::page(store::Reader& reader, std::int32_t inst, int chunks,
                   std::vector<LogLine>& out) {
  LogResume& reading = reading_[inst];
  reading.position.inst = inst;
  const std::vector<store::LogChunk> rows = reader.logs(run_, inst, reading.position, chunks);
  for (const store::LogChunk& chunk : rows) {
    reading.position = {chunk.inst, chunk.attempt, chunk.n};
    const auto pieces = store::decode_log(chunk.at, chunk.bytes);
    if (pieces) {
      reading.lines.take(inst, chunk.attempt, pieces.value(), out);
    } else {
      out.push_back(
          {chunk.at, inst, chunk.attempt, store::LogStream::note, true, pieces.error().message});
    }
  }
  return !rows.empty();
}

std::vector<std::int32_t> LogTail::grown(const std::vector<store::LogMark>& marks) const {
  std::vector<std::int32_t> insts;
  for (const store::LogMark& mark : marks) {
    const auto read = reading_.find(mark.inst);
    const bool is_new = read == reading_.end() ||
                        std::pair(mark.attempt, mark.n) >
                            std::pair(read->second.position.attempt, read->second.position.n);
    if (is_new && (insts.empty() || insts.back() != mark.inst)) insts.push_back(mark.inst);
  }
  return insts;
}

std::vector<std::int32_t> LogTail::known() const {
  std::vector<std::int32_t> insts;
  for (const auto& [inst, reading] : reading_) insts.push_back(inst);
  return insts;
}

std::vector<LogLine> LogTail::fresh(store::Reader& reader, std::int32_t inst, bool over) {
  constexpr int page_chunks = 16;
  std::vector<LogLine> lines;
  while (page(reader, inst, page_chunks, lines)) {
  }
  if (over) reading_[inst].lines.finish(lines);
  return lines;
}

void LogTail::each(store::Reader& reader, const std::vector<std::int32_t>& insts, bool over,
                   const std::function<void(const LogLine&)>& take) {
  struct Source {
    std::int32_t inst;
    std::deque<LogLine> lines;
    bool dry = false;
  };
  std::vector<Source> sources;
  const auto fill = [&](Source& source) {
    while (source.lines.empty() && !source.dry) {
      std::vector<LogLine> lines;
      source.dry = !page(reader, source.inst, 1, lines);
      if (source.dry && over) reading_[source.inst].lines.finish(lines);
      source.lines.assign(std::make_move_iterator(lines.begin()),
                          std::make_move_iterator(lines.end()));
    }
    return !source.lines.empty();
  };
  for (const std::int32_t inst : insts) sources.push_back({inst, {}, false});
  const auto later = [&](std::size_t a, std::size_t b) {
    const TimePoint left = sources[a].lines.front().at, right = sources[b].lines.front().at;
    return left != right ? left > right : a > b;
  };
  std::priority_queue<std::size_t, std::vector<std::size_t>, decltype(later)> next(later);
  for (std::size_t i = 0; i < sources.size(); ++i) {
    if (fill(sources[i])) next.push(i);
  }
  while (!next.empty()) {
    const std::size_t first = next.top();
    next.pop();
    take(sources[first].lines.front());
    sources[first].lines.pop_front();
    if (fill(sources[first])) next.push(first);
  }
}

std::vector<LogLine> last_lines(store::Reader& reader, RunId run,
                                const std::vector<std::pair<std::int32_t, std::int32_t>>& attempts,
                                std::size_t lines) {
  // The chunks of a step that prints much are full; a quiet one has many small ones.
  constexpr int chunks_at_first = 1, chunks_then = 8;
  std::map<std::int32_t, std::vector<LogLine>> found =
      ends_of(reader, run, attempts, lines, chunks_at_first);
  std::vector<std::pair<std::int32_t, std::int32_t>> short_ones;
  for (const auto& attempt : attempts) {
    const auto known = found.find(attempt.first);
    if (known != found.end() && known->second.size() < lines) short_ones.push_back(attempt);
  }
  for (auto& [inst, more] : ends_of(reader, run, short_ones, lines, chunks_then)) {
    found[inst] = std::move(more);
  }
  std::vector<LogLine> last;
  for (auto& [inst, of_inst] : found) std::ranges::move(of_inst, std::back_inserter(last));
  return last;
}

std::string prefixed(const LogLine& line, const std::string& step, Colours colours,
                     bool full_times) {
  const std::string_view mark = line.stream == store::LogStream::err    ? "!"
                                : line.stream == store::LogStream::note ? "⋯"
                                                                        : "|";
  const std::string stamp = full_times ? full_time(line.at) : clock_text(line.at);
  return fmt::format("{} {} {} {}", stamp, step, mark, harmless(line.text, colours));
}

std::string log_record(const LogLine& line, const std::string& step, std::int64_t number) {
  const std::string_view stream = line.stream == store::LogStream::err    ? "err"
                                  : line.stream == store::LogStream::note ? "note"
                                                                          : "out";
  return JsonRecord("log")
      .text("run", std::to_string(number))
      .text("step", step)
      .number("attempt", line.attempt)
      .time("at", line.at)
      .text("stream", stream)
      .text("text", line.text)
      .str();
}

}  // namespace pawl::cli
