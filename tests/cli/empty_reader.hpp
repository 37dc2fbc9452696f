#pragma once

#include "store/reader.hpp"

namespace pawl::cli {

/// A database in which nothing is; tests of texts fill in what they need.
class EmptyReader : public store::Reader {
 public:
  store::SchemaState schema() override { return {}; }
  std::vector<store::RunSummary> find(std::string_view) override { return {}; }
  std::vector<store::RunSummary> runs(int, std::optional<std::int64_t>,
                                      const store::RunFilter&) override {
    return {};
  }
  std::vector<store::StepRow> facts(const std::vector<RunId>&) override { return {}; }
  std::vector<store::StepRow> steps(RunId) override { return {}; }
  std::vector<store::StepRow> steps_of(RunId, const std::vector<std::int32_t>&) override {
    return {};
  }
  std::vector<store::StepMark> marks(RunId, std::int32_t) override { return {}; }
  std::vector<store::EventRow> events(RunId, std::int32_t, int) override { return {}; }
  std::vector<store::LogChunk> logs(RunId, std::int32_t, const store::LogPosition&, int) override {
    return {};
  }
  std::vector<store::LogMark> log_marks(RunId, const std::vector<std::int32_t>&) override {
    return {};
  }
  std::vector<store::LogChunk> log_chunks(RunId, const std::vector<store::LogPosition>&) override {
    return {};
  }
  std::vector<store::LogChunk> log_ends(RunId,
                                        const std::vector<std::pair<std::int32_t, std::int32_t>>&,
                                        int) override {
    return {};
  }
  std::vector<store::Progress> progress(RunId) override { return {}; }
  std::vector<store::Progress> progress_of(RunId, const std::vector<std::int32_t>&) override {
    return {};
  }
  std::vector<store::PastRun> past_runs(RunId, int) override { return {}; }
  std::vector<store::PastStep> past_steps(const std::vector<RunId>&) override { return {}; }
  std::vector<store::Note> notes(RunId, const std::vector<std::int32_t>&) override { return {}; }
  std::vector<store::WorkerName> workers(const std::vector<std::int64_t>&) override { return {}; }
  std::optional<store::Definition> definition(std::int32_t) override { return std::nullopt; }
  int live_workers(const std::string&) override { return 0; }
  std::int64_t newest_number() override { return 0; }
};

}  // namespace pawl::cli
