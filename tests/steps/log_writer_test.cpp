#include "steps/log_writer.hpp"

#include <catch2/catch.hpp>
#include <numeric>

using namespace pawl;
using namespace pawl::steps;
using namespace std::chrono_literals;

namespace {

const TimePoint noon{12h};

struct Written {
  std::vector<store::LogChunk> chunks;
  LogWriter writer;

  explicit Written(LogLimits limits = {})
      : writer(
            RunId{1}, 2, 3,
            [this](std::vector<store::LogChunk> added) {
              for (auto& chunk : added) chunks.push_back(std::move(chunk));
            },
            limits) {}

  std::string text(store::LogStream stream) const {
    std::string all;
    for (const store::LogChunk& chunk : chunks) {
      const auto pieces = store::decode_log(chunk.at, chunk.bytes);
      REQUIRE(pieces.has_value());
      for (const store::LogPiece& piece : pieces.value()) {
        if (piece.stream == stream) all += piece.bytes;
      }
    }
    return all;
  }
  std::string numbers() const {
    std::string all;
    for (const auto& chunk : chunks) all += std::to_string(chunk.n) + " ";
    return all;
  }
};

}  // namespace

TEST_CASE("small writes gather until they are flushed", "[log]") {
  Written log;
  log.writer.write(Stream::out, noon, "a");
  log.writer.write(Stream::err, noon, "b");
  CHECK(log.chunks.empty());
  log.writer.flush();
  REQUIRE(log.chunks.size() == 1);
  CHECK(log.chunks[0].run == RunId{1});
  CHECK(log.chunks[0].inst == 2);
  CHECK(log.chunks[0].attempt == 3);
  log.writer.flush();
  CHECK(log.chunks.size() == 1);
  log.writer.write(Stream::out, noon + 1s, "c");
  log.writer.finish();
  CHECK(log.numbers() == "0 1 ");
  CHECK(log.text(store::LogStream::out) == "ac");
  CHECK(log.text(store::LogStream::err) == "b");
}

TEST_CASE("large output goes in chunks of 64 KiB, byte for byte", "[log]") {
  Written log;
  std::string bytes(200'000, '\0');
  std::iota(bytes.begin(), bytes.end(), '\0');
  log.writer.write(Stream::out, noon, bytes);
  log.writer.finish();
  CHECK(log.chunks.size() == 4);
  CHECK(log.text(store::LogStream::out) == bytes);
}

TEST_CASE("of too much output head and tail are kept and the rest is counted", "[log]") {
  Written log({10, 5});
  for (const char c : std::string("0123456789abcdefghijklmnop")) {
    log.writer.write(Stream::out, noon, std::string(1, c));
  }
  log.writer.finish();
  CHECK(log.text(store::LogStream::out) == "0123456789lmnop");
  CHECK(log.text(store::LogStream::note) == "11 B left out here: cap of 15 B\n");
}
