#include "store/run_filter.hpp"

#include <algorithm>
#include <charconv>

#include "base/text.hpp"
#include "base/units.hpp"

namespace pawl::store {
namespace {

/// How the values of a key are read.
enum class Reading { text, phase, number, time, duration };

struct KeyRow {
  std::string_view name;
  RunKey key;
  Reading reading;
};

constexpr KeyRow keys[] = {
    {"state", RunKey::state, Reading::phase},    {"workflow", RunKey::workflow, Reading::text},
    {"run", RunKey::run, Reading::number},       {"key", RunKey::key, Reading::text},
    {"label.", RunKey::label, Reading::text},    {"input.", RunKey::input, Reading::text},
    {"by", RunKey::by, Reading::text},           {"queue", RunKey::queue, Reading::text},
    {"worker", RunKey::worker, Reading::text},   {"priority", RunKey::priority, Reading::number},
    {"since", RunKey::started, Reading::time},   {"until", RunKey::started, Reading::time},
    {"started", RunKey::started, Reading::time}, {"ended", RunKey::ended, Reading::time},
    {"took", RunKey::took, Reading::duration},   {"error", RunKey::error, Reading::text},
};

constexpr std::pair<std::string_view, RunKey> orders[] = {
    {"run", RunKey::run},   {"state", RunKey::state},      {"workflow", RunKey::workflow},
    {"key", RunKey::key},   {"started", RunKey::started},  {"ended", RunKey::ended},
    {"took", RunKey::took}, {"priority", RunKey::priority}};

/// Keys of the language whose part of the engine does not exist yet.
constexpr std::string_view later[] = {"version", "cost", "progress", "needs", "late", "child"};

using LocalTime = std::function<std::optional<TimePoint>(const std::string&)>;

/// A term as it stands in the text.
struct Word {
  std::size_t begin = 0;
  std::string text;
  std::vector<bool> quoted;  ///< For each byte: neither `,` nor `*` nor `..` then.
  std::size_t length = 0;    ///< In the source, with quotes.
};

std::vector<Word> words_of(std::string_view text) {
  std::vector<Word> words;
  bool open = false;
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote == 0 && (c == ' ' || c == '\t' || c == '\n')) {
      open = false;
      continue;
    }
    if (!open) words.push_back({i, "", {}, 0});
    open = true;
    Word& word = words.back();
    word.length = i + 1 - word.begin;
    if (quote == 0 && (c == '"' || c == '\'')) {
      quote = c;
    } else if (c == quote) {
      quote = 0;
    } else {
      word.text += c;
      word.quoted.push_back(quote != 0);
    }
  }
  return words;
}

struct Value {
  std::string text;
  std::size_t range = std::string::npos;  ///< Where its `..` begins.
};

std::vector<Value> values_of(const Word& word, std::size_t from) {
  std::vector<Value> values(1);
  for (std::size_t i = from; i < word.text.size(); ++i) {
    const bool plain = !word.quoted[i];
    if (plain && word.text[i] == ',') {
      values.emplace_back();
      continue;
    }
    Value& value = values.back();
    const bool dots = plain && word.text.compare(i, 2, "..") == 0;
    if (dots && value.range == std::string::npos) value.range = value.text.size();
    value.text += word.text[i];
  }
  return values;
}

Problem no_such_key(const std::string& key) {
  std::vector<std::string_view> known;
  for (const KeyRow& row : keys) known.push_back(row.name);
  const std::string_view near = closest(key, known);
  std::string all;
  for (const std::string_view name : known) all += (all.empty() ? "" : " ") + std::string(name);
  return {"runs have no " + quoted(key),
          near.empty() ? "they have: " + all : "did you mean " + quoted(near) + "?"};
}

class TermReader {
 public:
  TermReader(TimePoint now, const LocalTime& local) : now_(now), local_(local) {}

  Result<RunTerm> read(const Word& word) const;

 private:
  Result<Span> span(const KeyRow& row, const Value& value) const;
  Result<std::int64_t> point(const KeyRow& row, const std::string& text) const;
  Result<std::vector<core::RunPhase>> phases(const std::vector<Value>& values) const;

  TimePoint now_;
  const LocalTime& local_;
};

Result<std::int64_t> TermReader::point(const KeyRow& row, const std::string& text) const {
  if (row.reading == Reading::number) {
    std::int64_t number = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failed == std::errc{} && end == text.data() + text.size()) return number;
    return Problem{quoted(text) + " is not a whole number", "a number or a range: 10..20"};
  }
  const Result<Millis> span = parse_duration(text);
  if (row.reading == Reading::duration) {
    if (!span) return span.error();
    return std::chrono::duration_cast<Micros>(span.value()).count();
  }
  if (span) return (now_ - span.value()).time_since_epoch().count();
  if (const auto at = from_rfc3339(text)) return at->time_since_epoch().count();
  if (const auto at = local_(text)) return at->time_since_epoch().count();
  return Problem{quoted(text) + " is neither a duration nor a time",
                 "a duration counts back from now: 2h; a time is 13:30, 2026-11-20 or both"};
}

Result<Span> TermReader::span(const KeyRow& row, const Value& value) const {
  Span span;
  if (value.range == std::string::npos) {
    const Result<std::int64_t> at = point(row, value.text);
    if (!at) return at.error();
    if (row.name == "since") return Span{at.value(), {}};
    if (row.name == "until") return Span{{}, at.value()};
    return Span{at.value(), at.value()};
  }
  const std::string from = value.text.substr(0, value.range);
  const std::string to = value.text.substr(value.range + 2);
  if (from.empty() && to.empty()) return Problem{"a range needs at least one end", "10m.. or ..2h"};
  for (const auto& [text, end] : {std::pair(&from, &span.from), std::pair(&to, &span.to)}) {
    if (text->empty()) continue;
    const Result<std::int64_t> at = point(row, *text);
    if (!at) return at.error();
    *end = at.value();
  }
  return span;
}

Result<std::vector<core::RunPhase>> TermReader::phases(const std::vector<Value>& values) const {
  std::vector<core::RunPhase> phases;
  for (const Value& value : values) {
    const auto phase = core::run_phase_of(value.text);
    if (!phase) {
      return Problem{"no run is ever " + quoted(value.text),
                     "states: queued running waiting paused compensating succeeded failed "
                     "cancelled interrupted quarantined"};
    }
    phases.push_back(*phase);
  }
  return phases;
}

Result<RunTerm> TermReader::read(const Word& word) const {
  RunTerm term;
  const auto is_sign = [&](std::size_t i) {
    return !word.quoted[i] && (word.text[i] == '=' || word.text[i] == ':');
  };
  std::size_t sign = 0;
  while (sign < word.text.size() && !is_sign(sign)) ++sign;
  if (sign == word.text.size()) {
    term.any = Texts{word.text};
    return term;
  }
  std::string key = word.text.substr(0, sign);
  term.negated = !key.empty() && key.back() == '!';
  if (term.negated) key.pop_back();
  const auto row = std::ranges::find_if(keys, [&](const KeyRow& each) {
    return each.name.back() == '.' ? key.size() > each.name.size() && key.rfind(each.name, 0) == 0
                                   : key == each.name;
  });
  if (row == std::end(keys)) {
    if (std::ranges::find(later, key) != std::end(later)) {
      return Problem{quoted(key) + " is not available in this version", "leave it out"};
    }
    return no_such_key(key);
  }
  term.key = row->key;
  if (row->name.back() == '.') term.name = key.substr(row->name.size());
  const std::vector<Value> values = values_of(word, sign + 1);
  if (row->reading == Reading::text) {
    Texts texts;
    for (const Value& value : values) texts.push_back(value.text);
    term.any = std::move(texts);
    return term;
  }
  if (row->reading == Reading::phase) {
    auto found = phases(values);
    if (!found) return found.error();
    term.any = std::move(found).value();
    return term;
  }
  Spans spans;
  for (const Value& value : values) {
    const Result<Span> one = span(*row, value);
    if (!one) return one.error();
    spans.push_back(one.value());
  }
  term.any = std::move(spans);
  return term;
}

}  // namespace

std::variant<RunFilter, FilterMistake> parse_run_filter(std::string_view text, TimePoint now,
                                                        const LocalTime& local) {
  const TermReader reader(now, local);
  RunFilter filter;
  for (const Word& word : words_of(text)) {
    Result<RunTerm> term = reader.read(word);
    if (!term) return FilterMistake{word.begin, word.length, term.error()};
    filter.terms.push_back(std::move(term).value());
  }
  return filter;
}

Result<RunOrder> parse_run_order(std::string_view text) {
  RunOrder order;
  order.descending = text.starts_with('-');
  const std::string_view word = text.substr(order.descending ? 1 : 0);
  std::string all;
  for (const auto& [name, key] : orders) {
    order.key = key;
    if (name == word) return order;
    all += (all.empty() ? "" : " ") + std::string(name);
  }
  const std::string_view near = closest(word, run_order_keys());
  return Problem{"runs cannot be sorted by " + quoted(word),
                 near.empty() ? "there are: " + all : "did you mean " + quoted(near) + "?"};
}

const std::vector<std::string_view>& run_order_keys() {
  static const std::vector<std::string_view> names = [] {
    std::vector<std::string_view> list;
    for (const auto& [name, key] : orders) list.push_back(name);
    return list;
  }();
  return names;
}

const std::vector<std::string_view>& run_filter_keys() {
  static const std::vector<std::string_view> names = [] {
    std::vector<std::string_view> list;
    for (const KeyRow& row : keys) list.push_back(row.name);
    return list;
  }();
  return names;
}

}  // namespace pawl::store
