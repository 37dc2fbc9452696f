#pragma once

#include <string>
#include <vector>

#include "scripting/script.hpp"
#include "steps/body.hpp"

namespace pawl::steps {

/// The calls of scripts that need no answer from elsewhere. Used on a thread of the pool; what it
/// reports reaches the loop thread in order.
class LuaHost : public scripting::Host {
 public:
  using Progress = std::function<void(std::optional<double>, std::optional<double>,
                                      std::optional<double>, const std::string&)>;

  /// `progress` is called on the loop thread.
  explicit LuaHost(Context context, Progress progress = nullptr, std::string workdir = "")
      : context_(std::move(context)),
        progress_(std::move(progress)),
        workdir_(std::move(workdir)) {}

  static std::vector<std::string> hook_calls();
  static std::vector<std::string> step_calls();

  Result<JsonText> call(std::string_view what, const JsonText& argument) override;

 private:
  void post(std::function<void()> work);
  Result<JsonText> call_progress(const std::vector<JsonText>& arguments);
  Result<JsonText> call_checkpoint(const std::vector<JsonText>& arguments);
  Result<JsonText> call_comment(const std::vector<JsonText>& arguments);

  Context context_;
  Progress progress_;
  std::string workdir_;
};

}  // namespace pawl::steps
