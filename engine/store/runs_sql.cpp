#include "store/runs_sql.hpp"

#include <algorithm>

/// A RunFilter as SQL. The text is made of our own words only; what users wrote goes in parameters.
namespace pawl::store {
namespace {

/// The pattern of LIKE for a text in which `*` stands for anything.
std::string like_of(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '%' || c == '_' || c == '\\') out += '\\';
    out += c == '*' ? '%' : c;
  }
  return out;
}

std::vector<std::string> likes_of(const Texts& texts) {
  std::vector<std::string> likes;
  for (const std::string& text : texts) likes.push_back(like_of(text));
  return likes;
}

bool is_exact(const Texts& texts) {
  return std::ranges::all_of(
      texts, [](const std::string& text) { return text.find('*') == std::string::npos; });
}

/// What a run's own row says, as JSON: see core::encode_facts.
constexpr std::string_view facts = R"((select convert_from(s.body, 'UTF8')::jsonb
  from step_instance s where s.run_id = i.run_id and s.inst = 0))";

class Conditions {
 public:
  explicit Conditions(Params& params) : params_(params) {}

  void add(const RunTerm& term) {
    // Of a negation, what is not known is not it: no key is not the key "daily".
    sql_ += term.negated ? " and not coalesce(" + condition(term) + ", false)"
                         : " and " + condition(term);
  }
  const std::string& sql() const { return sql_; }

 private:
  std::string condition(const RunTerm& term);
  std::string texts(const std::string& column, const RunTerm& term) {
    const Texts& values = std::get<Texts>(term.any);
    if (values.size() == 1 && is_exact(values)) {  // In this form an index answers.
      return column + " = " + text(values.front());
    }
    const auto likes = likes_of(values);
    params_.texts(likes, [](const std::string& like) -> std::string_view { return like; });
    return column + " like any(" + next("text[]") + ")";
  }
  std::string text(std::string_view value) {
    params_.text(value);
    return next("text");
  }
  /// `value` is an expression for the number that the spans are about.
  std::string spans(const std::string& value, const RunTerm& term, bool is_time) {
    std::string out = "(false";
    for (const Span& span : std::get<Spans>(term.any)) {
      out += " or (true";
      if (span.from) out += " and " + value + " >= " + number(*span.from, is_time);
      if (span.to) out += " and " + value + " <= " + number(*span.to, is_time);
      out += ")";
    }
    return out + ")";
  }
  std::string number(std::int64_t value, bool is_time) {
    if (is_time) {
      params_.time(TimePoint{Micros{value}});
      return next("timestamptz");
    }
    params_.int8(value);
    return next("bigint");
  }
  std::string next(const std::string& type) { return "$" + std::to_string(++count_) + "::" + type; }

  Params& params_;
  std::string sql_;
  int count_ = 2;  ///< $1 and $2 are the cursor and the limit.
};

std::string Conditions::condition(const RunTerm& term) {
  switch (term.key) {
    case RunKey::state: {
      std::string list;
      for (const core::RunPhase phase : std::get<std::vector<core::RunPhase>>(term.any)) {
        list += (list.empty() ? "" : ",") + std::to_string(static_cast<int>(phase));
      }
      return "r.state in (" + list + ")";
    }
    case RunKey::workflow:
      return texts("i.workflow", term);
    case RunKey::run:
      return spans("i.number", term, false);
    case RunKey::key:
      return texts("i.key", term);
    case RunKey::label: {
      const std::string name = text(term.name);
      const Texts& values = std::get<Texts>(term.any);
      if (!is_exact(values)) return texts("i.labels ->> " + name, term);
      std::string any;
      for (const std::string& value : values) {  // In this form an index answers.
        any += (any.empty() ? "(" : " or ") + std::string("i.labels @> jsonb_build_object(") +
               name + ", " + text(value) + ")";
      }
      return any + ")";
    }
    case RunKey::input: {
      const std::string name = text(term.name);
      return texts("(" + std::string(facts) + " ->> 'inputs')::jsonb ->> " + name, term);
    }
    case RunKey::by:
      return "(" + texts("i.actor", term) + " or " + texts("split_part(i.actor, ':', 2)", term) +
             ")";
    case RunKey::queue:
      return texts("(select q.name from queue q where q.id = r.queue)", term);
    case RunKey::worker:
      return texts("(select w.name from worker w where w.inc = r.owner_inc)", term);
    case RunKey::priority:
      return spans("r.priority", term, false);
    case RunKey::started:
      return spans("i.created_at", term, true);
    case RunKey::ended:
      return spans("r.ended_at", term, true);
    case RunKey::took:
      return spans("extract(epoch from coalesce(r.ended_at, now()) - r.created_at) * 1000000", term,
                   false);
    case RunKey::error:
      return texts(std::string(facts) + " -> 'error' ->> 'kind'", term);
    case RunKey::word: {
      const std::string pattern = "%" + like_of(std::get<Texts>(term.any)[0]) + "%";
      const std::string word = text(pattern);
      return "(i.workflow ilike " + word + " or i.key ilike " + word + " or i.labels::text ilike " +
             word + ")";
    }
  }
  return "true";
}

/// Only runs that are open or ended badly are wanted: these few stand in an index of their own.
bool wants_notable_only(const RunFilter& filter) {
  return std::ranges::any_of(filter.terms, [](const RunTerm& term) {
    if (term.key != RunKey::state) return false;
    const auto& phases = std::get<std::vector<core::RunPhase>>(term.any);
    const bool names_good = std::ranges::find(phases, core::RunPhase::succeeded) != phases.end();
    return term.negated == names_good;
  });
}

/// The number behind it keeps the order of equals the same from call to call.
std::string order_of(const RunOrder& order) {
  std::string by = "i.number";
  if (order.key == RunKey::state) by = "r.state";
  if (order.key == RunKey::workflow) by = "i.workflow";
  if (order.key == RunKey::key) by = "i.key";
  if (order.key == RunKey::priority) by = "r.priority";
  if (order.key == RunKey::started) by = "i.created_at";
  if (order.key == RunKey::ended) by = "r.ended_at";
  if (order.key == RunKey::took) by = "coalesce(r.ended_at, now()) - r.created_at";
  return by + (order.descending ? " desc" : "") + " nulls last, i.number desc";
}

}  // namespace

std::string list_filtered(const RunFilter& filter, Params& params) {
  Conditions conditions(params);
  for (const RunTerm& term : filter.terms) conditions.add(term);
  const bool notable = wants_notable_only(filter);
  // An id begins with its time, so ids order as numbers do, but for the same millisecond.
  const std::string order = filter.order ? order_of(*filter.order)
                            : notable    ? "r.run_id desc"
                                         : "i.number desc";
  std::string sql = "select i.run_id from run_info i join run r on r.run_id = i.run_id where ";
  if (notable) {
    sql +=
        "r.state <> 5 and r.run_id < coalesce((select c.run_id from run_info c "
        "where c.number = $1::bigint), 9223372036854775807)";
  } else {
    sql += "i.number < $1::bigint";
  }
  return sql + conditions.sql() + " order by " + order + " limit $2::int";
}

}  // namespace pawl::store
