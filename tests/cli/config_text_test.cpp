#include "cli/config_text.hpp"

#include <filesystem>
#include <fstream>

#include "golden.hpp"

using namespace pawl;
using namespace pawl::cli;

namespace {

settings::Settings sample(const std::string& file) {
  return settings::Settings::load({file, "/", "", "", 0, [](const char* name) -> std::string {
                                     if (std::string(name) == "PAWL_WORKER_SLOTS") return "8";
                                     if (std::string(name) == "PAWL_DATABASE_URL")
                                       return "postgresql://ana:secret@db1/pawl";
                                     return "";
                                   }});
}

}  // namespace

TEST_CASE("config tells each value, its source, and what weaker places say", "[config]") {
  const std::string file = PAWL_BINARY_DIR "/config_text_test.yaml";
  std::ofstream(file) << "worker:\n  slots: 4\n  queues: [high, low]\n";
  const settings::Settings settings = sample(file);
  std::filesystem::remove(file);
  const Computed computed = {{"home", "/var/lib/pawl"}, {"worker.slots", "16"}};
  check_golden("config.txt", config_text(settings, computed, nullptr, PAWL_BINARY_DIR));
  CHECK(config_values(settings, computed, settings::find_key("database.url")) ==
        "postgresql://ana:…@db1/pawl\n");
  CHECK(config_records(settings, computed, settings::find_key("worker.slots")) ==
        R"({"v":1,"kind":"setting","name":"worker.slots","value":"8","source":"environment",)"
        R"("place":"PAWL_WORKER_SLOTS","variable":"PAWL_WORKER_SLOTS",)"
        R"("help":"steps at once; four for each core without","overridden":[{"source":"file",)"
        R"("place":")" +
            file + R"(:2","value":"4"}]})" + "\n");
}
