#include "dsl/shell_follow.hpp"

namespace pawl::dsl {
namespace {

constexpr Refusal in_delimiter = {"a value cannot be the end mark of a here-document",
                                  "write a word of your own: <<END"};
constexpr Refusal in_quoted_document = {
    "a here-document with a quoted end mark holds its text as it is, so no value can stand in it",
    "leave the quotes of the end mark out and write '\\$' for each plain dollar"};
constexpr Refusal after_backslash = {"a backslash before a value would take its first character",
                                     "write '\\\\' for a backslash"};

}  // namespace

/// Begins behind `<<`.
void ShellFollower::open_here_document(Region& region) {
  HereDocument document;
  if (peek() == '-') {
    document.strips_tabs = true;
    ++at_;
  }
  while (peek() == ' ' || peek() == '\t') ++at_;
  const std::size_t begin = at_;
  const Forbid forbid(*this, in_delimiter);
  const ShellWord mark = word();
  if (!mark.exact || at_ == begin) lose_way();  // `<<$X` ends at the text "$X".
  document.delimiter = mark.text;
  document.quoted = mark.quoted;
  document.pipeline = region.pipeline;
  document.order = 2 * pipelines_[region.pipeline].command;
  here_documents_.push_back(std::move(document));
}

void ShellFollower::read_here_documents(std::size_t from) {
  if (from > 0) lose_way();  // An outer one waits too: the shells disagree whose text comes first.
  for (std::size_t i = from; i < here_documents_.size(); ++i) {
    const HereDocument document = here_documents_[i];
    read_here_document(document);
  }
  here_documents_.resize(from);
}

ShellFollower::BodyEnd ShellFollower::find_body_end(const HereDocument& document) {
  bool joined = false;  // The line before ended in a backslash.
  std::string line;
  std::size_t begin = at_;
  for (std::size_t at = at_; at < end_;) {
    bool known = true;
    if (!joined) {
      line.clear();
      begin = at;
      if (document.strips_tabs)
        while (at < end_ && units_[at] == '\t') ++at;
    }
    for (; at < end_ && units_[at] != '\n'; ++at) {
      known = known && units_[at] >= 0 && units_[at] < value_unit;
      line += static_cast<char>(known ? units_[at] : 0);
    }
    const std::size_t behind = at < end_ ? at + 1 : at;
    std::size_t backslashes = 0;
    while (backslashes < line.size() && line[line.size() - 1 - backslashes] == '\\') ++backslashes;
    const bool was_joined = joined;
    joined = !document.quoted && known && backslashes % 2 == 1;
    if (joined) line.pop_back();
    if (!joined && known && line == document.delimiter) {
      if (was_joined) lose_way();
      return {begin, behind};
    }
    at = behind;
  }
  return {end_, end_};
}

void ShellFollower::read_here_document(const HereDocument& document) {
  const BodyEnd end = find_body_end(document);
  Pipeline& pipeline = pipelines_[document.pipeline];
  for (std::size_t i = at_; i < end.at; ++i)
    if (units_[i] >= value_unit)
      pipeline.carried.push_back(
          {static_cast<std::size_t>(units_[i] - value_unit), document.order});
  if (document.quoted) {
    for (; at_ < end.at;) {
      if (is_value()) {
        refuse_here(in_quoted_document);
      } else {
        ++at_;
      }
    }
  } else {
    follow_body(end.at);
  }
  at_ = end.behind;
}

void ShellFollower::follow_body(std::size_t body_end) {
  const std::size_t script_end = end_;
  // Documents that wait behind this one have their text behind its end: nothing inside is theirs.
  std::vector<HereDocument> waiting;
  waiting.swap(here_documents_);
  end_ = body_end;
  while (at_ < end_) {
    if (is_value()) {
      place(Quoting::in_here_document);
    } else if (peek() == '\\') {
      ++at_;
      if (is_value()) {
        refuse_here(after_backslash);
      } else if (at_ < end_) {
        ++at_;
      }
    } else if (peek() == '$') {
      dollar(true);
    } else if (peek() == '`') {
      backquoted();
    } else {
      ++at_;
    }
  }
  end_ = script_end;
  waiting.swap(here_documents_);
}

}  // namespace pawl::dsl
