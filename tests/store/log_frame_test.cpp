#include "store/log_frame.hpp"

#include <catch2/catch.hpp>
#include <random>

using namespace pawl;
using namespace pawl::store;

namespace {

const TimePoint begin{std::chrono::hours{500'000}};

std::vector<LogPiece> some_pieces(std::size_t bytes) {
  return {{LogStream::out, begin, std::string(bytes, 'a')},
          {LogStream::err, begin + Micros{1500}, std::string("\0\xff\n", 3)},
          {LogStream::note, begin + Micros{1500}, ""}};
}

}  // namespace

TEST_CASE("a log chunk gives back the bytes, streams and times that went in", "[store]") {
  for (const std::size_t bytes : {std::size_t{0}, std::size_t{10}, log_chunk_bytes}) {
    const auto pieces = some_pieces(bytes);
    const auto decoded = decode_log(begin, encode_log(begin, pieces));
    REQUIRE(decoded);
    CHECK((decoded.value() == pieces));
  }
  CHECK(decode_log(begin, encode_log(begin, {})).value().empty());
}

TEST_CASE("what repeats is compressed, what does not is kept as it is", "[store]") {
  CHECK(encode_log(begin, some_pieces(log_chunk_bytes)).size() < 200);
  std::mt19937 random{1};
  std::string noise(1000, ' ');
  for (char& c : noise) c = static_cast<char>(random());
  CHECK(encode_log(begin, {{LogStream::out, begin, noise}}).size() == 1 + 13 + noise.size());
}

TEST_CASE("a piece that is older than the one before it gets its time", "[store]") {
  const auto decoded = decode_log(
      begin,
      encode_log(begin, {{LogStream::out, begin + Micros{5}, "a"}, {LogStream::out, begin, "b"}}));
  REQUIRE(decoded);
  CHECK((decoded.value().at(1).at == begin + Micros{5}));
}

TEST_CASE("damaged bytes are a problem, never more than that", "[store]") {
  for (const std::size_t bytes : {std::size_t{10}, std::size_t{5000}}) {
    const std::string good = encode_log(begin, some_pieces(bytes));
    for (std::size_t length = 0; length < good.size(); ++length) {
      // A piece may end where another begins; nothing is read beyond the end.
      (void)decode_log(begin, std::string_view(good).substr(0, length)).has_value();
    }
    std::mt19937 random{7};
    for (int i = 0; i < 3000; ++i) {
      std::string bad = good;
      bad[random() % bad.size()] = static_cast<char>(random());
      (void)decode_log(begin, bad).has_value();
    }
  }
  CHECK_FALSE(decode_log(begin, ""));
  CHECK_FALSE(decode_log(begin, "\x07"));
  CHECK_FALSE(decode_log(begin, std::string(1, '\0') + "\x09" + std::string(12, '\0')));
}
