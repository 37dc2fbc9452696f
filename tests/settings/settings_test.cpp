#include "settings/settings.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

using namespace pawl;
using namespace pawl::settings;
using Catch::Contains;

namespace {

/// A machine of its own: folders for its files, variables that nobody else sees.
class Machine {
 public:
  Machine() {
    char name[] = "/tmp/pawl-settings-XXXXXX";
    root_ = ::mkdtemp(name);
    for (const char* folder : {"project/deep/er", "user", "machine"}) {
      std::filesystem::create_directories(path(folder));
    }
  }
  ~Machine() { std::filesystem::remove_all(root_); }

  std::string path(const std::string& name) const { return root_ + "/" + name; }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path(name)) << text;
    return path(name);
  }
  void set(const std::string& name, const std::string& value) { variables_[name] = value; }

  Where where(std::string file = "") const {
    Where where{std::move(file),
                path("project/deep/er"),
                path("user"),
                path("machine"),
                ::geteuid(),
                [this](const char* name) {
                  const auto found = variables_.find(name);
                  return found == variables_.end() ? "" : found->second;
                }};
    for (const auto& [name, value] : variables_) where.variables.push_back(name);
    return where;
  }
  Settings load(std::string file = "") const { return Settings::load(where(std::move(file))); }

 private:
  std::string root_;
  std::map<std::string, std::string> variables_;
};

std::string only_fault(const Settings& settings) {
  REQUIRE(settings.faults().size() == 1);
  return settings.faults().front().text();
}

}  // namespace

TEST_CASE("without any file and variable, everything is the default", "[settings]") {
  const Settings settings = Machine().load();
  CHECK(settings.faults().empty());
  CHECK(settings.text("worker.lease") == "15s");
  CHECK(settings.text("database.url").empty());
  CHECK(settings.whole("worker.slots") == std::nullopt);
  CHECK(settings.names("worker.queues") == std::vector<std::string>{"default"});
  CHECK(settings.boolean("ui.keys"));
  CHECK(settings.place("worker.lease").empty());
}

TEST_CASE("variables are stronger than files, near files than far ones, key by key", "[settings]") {
  Machine machine;
  machine.write("machine/pawl.yaml", "worker: {slots: 1, lease: 20s}\nui: {color: never}\n");
  machine.write("user/pawl.yaml", "worker: {slots: 2}\nui: {color: always}\n");
  machine.write("project/pawl.yaml", "worker:\n  slots: 3\n  queues: [high, low]\n");
  machine.write("project/deep/er/pawl.yaml", "worker:\n  slots: 4\n");
  machine.set("PAWL_WORKER_SLOTS", "5");

  const Settings settings = machine.load();
  CHECK(settings.faults().empty());
  CHECK(settings.whole("worker.slots") == 5);
  CHECK(settings.place("worker.slots") == "PAWL_WORKER_SLOTS");
  CHECK(settings.names("worker.queues") == std::vector<std::string>{"high", "low"});
  CHECK(settings.text("ui.color") == "always");
  CHECK(settings.duration("worker.lease") == Millis{20'000});

  std::vector<std::string> said;
  for (const Said& one : settings.said(*find_key("worker.slots"))) said.push_back(one.value);
  CHECK(said == std::vector<std::string>{"5", "4", "3", "2", "1", ""});
  CHECK(settings.said(*find_key("worker.slots"))[2].place == machine.path("project/pawl.yaml:2"));
  CHECK(settings.files().size() == 4);
}

TEST_CASE("--config puts one file in the place of all files; variables stay", "[settings]") {
  Machine machine;
  machine.write("user/pawl.yaml", "worker: {slots: 2, lease: 20s}\n");
  const std::string given = machine.write("given.yaml", "worker: {slots: 9}\n");
  machine.set("PAWL_UI_TAIL", "7");
  const Settings settings = machine.load(given);
  CHECK(settings.whole("worker.slots") == 9);
  CHECK(settings.text("worker.lease") == "15s");
  CHECK(settings.whole("ui.tail") == 7);

  CHECK_THAT(only_fault(machine.load(machine.path("none.yaml"))),
             Contains("cannot be read: No such file"));
  CHECK_THAT(only_fault(machine.load(machine.path("user"))), Contains("this is a folder"));
}

TEST_CASE("a file that is empty, or a section that is, says nothing", "[settings]") {
  Machine machine;
  machine.write("user/pawl.yaml", "# nothing yet\n");
  machine.write("project/pawl.yaml", "worker:\nui:\n  tail:\n");
  const Settings settings = machine.load();
  CHECK(settings.faults().empty());
  CHECK(settings.whole("ui.tail") == 3);
}

TEST_CASE("mistakes are told with place, cause and remedy", "[settings]") {
  struct Case {
    std::string file, told, remedy;
  };
  const Case wrong = GENERATE(values<Case>({
      {"worker: {slotz: 4}\n", "there is no setting 'worker.slotz'", "'worker.slots'"},
      {"slots: 4\n", "there is no setting 'slots'", "'worker.slots'"},
      {"worker: {slots: four}\n", "'four' is not a whole number", "from 1 to"},
      {"worker: {slots: 0}\n", "'0' is out of bounds", "from 1 to"},
      {"worker: {slots: [1]}\n", "'worker.slots' is a list", "write one value"},
      {"worker: 4\n", "'worker' is a section", "write a map"},
      {"worker: {lease: 15}\n", "'15' has no unit", "15s"},
      {"worker: {lease: 1h}\n", "'1h' is out of bounds", "to 10m"},
      {"worker: {queues: []}\n", "there is no name", "at least one"},
      {"worker: {queues: {a: 1}}\n", "'worker.queues' is a map", "write a list"},
      {"ui: {color: red}\n", "'red' is none of its words", "auto, always, never"},
      {"ui: {ascii: yes}\n", "'yes' is none of its words", "true, false"},
      {"policy: {approve: [external]}\n", "'policy' is not available in this version", "remove"},
      {"worker: {run_as: ben}\n", "'worker.run_as' is not available in this version", "remove"},
      {"home: /tmp\n", "'home' cannot be set in a file", "PAWL_HOME"},
      {"- worker\n", "settings are a map of sections", "worker: {slots: 8}"},
      {"worker: {slots: 4\n", "error[yaml", ""},
  }));
  Machine machine;
  const std::string path = machine.write("project/pawl.yaml", wrong.file);
  const std::string fault = only_fault(machine.load());
  INFO(wrong.file << fault);
  CHECK_THAT(fault, Contains(path + ":1:") || Contains(path + ":2:"));
  CHECK_THAT(fault, Contains(wrong.told));
  CHECK_THAT(fault, Contains(wrong.remedy));
}

TEST_CASE("a wrong variable is named; one that is none is answered", "[settings]") {
  Machine machine;
  machine.set("PAWL_WORKER_SLOTS", "many");
  CHECK_THAT(only_fault(machine.load()),
             Contains("PAWL_WORKER_SLOTS") && Contains("'many' is not a whole number"));

  Machine slip;
  slip.set("PAWL_WORKER_SLOTZ", "4");
  slip.set("PAWL_REPORT", "/tmp/x");  // not of our sections: a step's own
  CHECK_THAT(only_fault(slip.load()), Contains("did you mean PAWL_WORKER_SLOTS?"));
}

TEST_CASE("all mistakes of all files are told at once", "[settings]") {
  Machine machine;
  machine.write("project/pawl.yaml", "worker: {slots: x, lease: y}\n");
  machine.write("user/pawl.yaml", "ui: {nothing: 1}\n");
  CHECK(machine.load().faults().size() == 3);
}

TEST_CASE("a pawl.yaml of a stranger above our folder is refused, unless it is named",
          "[settings]") {
  Machine machine;
  const std::string path =
      machine.write("project/pawl.yaml", "database: {url: 'postgresql://evil'}\n");
  Where where = machine.where();
  where.uid = ::geteuid() + 1;  // so the file's owner is neither us …
  if (::geteuid() == 0) REQUIRE(::chown(path.c_str(), 12'345, 12'345) == 0);  // … nor root
  const Settings settings = Settings::load(where);
  CHECK(settings.text("database.url").empty());
  CHECK_THAT(only_fault(settings), Contains("so it is not read") && Contains("--config " + path));

  where.file = path;
  CHECK(Settings::load(where).text("database.url") == "postgresql://evil");
}

TEST_CASE("passwords of connection strings are not shown", "[settings]") {
  CHECK(without_password("postgresql://ana:secret@db1/pawl") == "postgresql://ana:…@db1/pawl");
  CHECK(without_password("postgresql://ana@db1:5432/pawl") == "postgresql://ana@db1:5432/pawl");
  CHECK(without_password("host=db1 password=secret user=a") == "host=db1 password=… user=a");
  CHECK(without_password("host=db1 password='se cret' user=a") == "host=db1 password=… user=a");
  CHECK(without_password("postgresql:///x?password=secret&host=a") ==
        "postgresql:///x?password=…&host=a");
  CHECK(without_password("host=db1") == "host=db1");
}

TEST_CASE("each key has a variable of its name, and its default is a value", "[settings]") {
  for (const Key& key : keys()) {
    CAPTURE(key.name);
    std::string variable = "PAWL_";
    for (const char c : key.name) {
      variable += c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    }
    CHECK(variable == key.variable);
    CHECK_FALSE(key.help.empty());
    if (!key.standard.empty()) {
      REQUIRE(normalized(key, key.standard).has_value());
      CHECK(normalized(key, key.standard).value() == key.standard);
    }
  }
}
