#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "dsl/bundle.hpp"
#include "dsl/front.hpp"

/// The other files of a bundle: which the workflow names, directly or through one another.
namespace pawl::dsl {

/// A place in the workflow's file, or in another one.
struct Site {
  Span at;
  std::shared_ptr<const OtherFile> other{};
};

/// What an action has declared.
struct Declaration {
  std::vector<Input> inputs;  ///< By name.
  std::shared_ptr<const JsonText> output_schema;
};

class BundleReader {
 public:
  /// `folder` null: there is none. `workflow`: the name of its file, in messages.
  BundleReader(BundleFolder* folder, std::string_view workflow, const Limits& limits, Plan& plan,
               Diagnostics& diagnostics);

  /// Some script says `require "name"` at this place of the workflow's file.
  void require(const std::string& name, Span at) { (void)load(name, {at}); }
  /// What the action declares; null when it has a mistake, which is reported.
  const Declaration* declaration(const std::string& action, Span at);
  /// A file, or a folder with all that is in it, is part of the bundle.
  void add(const std::string& path, Span at);
  /// The text of another file that the workflow names, and its name in messages. Null when there is
  /// none, or when it cannot be read: that is reported, with `kind` ("schema").
  std::shared_ptr<const OtherFile> read_text(const std::string& path, std::string_view kind,
                                             Span at);
  /// Inputs of the workflow that modules read are not unused.
  void tell_inputs(Front& front) const;
  /// What was read, by path. The modules are in the plan then, too.
  std::vector<BundleFile> finish();

 private:
  struct Loaded {
    bool is_good = false;
    bool is_loading = false;
    std::shared_ptr<const OtherFile> file;
  };

  bool load(const std::string& name, const Site& from);
  void load_text(const std::string& name, Loaded& loaded);
  std::optional<std::string> read(const std::string& path, std::size_t bytes_max, const Site& from,
                                  const std::string& what, const std::string& near);
  std::string near_module(const std::string& name);
  std::string near_file(const std::string& path);
  void refuse_path(const std::string& path, Span at);
  void refuse_cycle(const std::string& name, const Site& from);
  void report(const Site& at, std::string rule, std::string message, std::string fix = "");
  std::optional<Declaration> read_declaration(const std::string& action, Span at);
  std::string path_in_messages(const std::string& path) const;

  BundleFolder* folder_;
  std::string prefix_;  ///< "flows/": before the paths of files, in messages.
  const Limits& limits_;
  Plan& plan_;
  Diagnostics& diagnostics_;
  std::map<std::string, BundleFile> files_;
  std::size_t bytes_ = 0;
  bool is_full_ = false;  ///< One of the limits of a bundle was reported.
  std::map<std::string, Loaded> modules_;
  std::set<std::string> read_inputs_;  ///< That modules read.
  bool reads_all_inputs_ = false;
  std::vector<std::string> loading_;  ///< Outermost first.
  std::map<std::string, std::optional<Declaration>> declarations_;
};

/// `require` where there are no modules: in an expression.
void report_no_modules(Front& front, Span at);
/// `require` with a name that is not constant.
void report_dynamic_require(Diagnostics& diagnostics, Span at,
                            std::shared_ptr<const OtherFile> other);

}  // namespace pawl::dsl
