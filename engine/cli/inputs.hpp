#pragma once

#include <string>
#include <vector>

#include "base/json_text.hpp"
#include "dsl/plan.hpp"

namespace pawl::cli {

/// Inputs as the command line gives them.
struct GivenInputs {
  std::vector<std::string> pairs;  ///< "k=v", "k=@file" (its text), "k=@@x" (a literal "@x").
  std::string file;                ///< A JSON object; "-": standard input; empty: none.
};

/// The inputs of a run of `plan`, each of its declared type; a pair wins over the file.
/// Throws Error (usage) with the input's name. `path` is the workflow's, for the command to type.
JsonText gather_inputs(const dsl::Plan& plan, const GivenInputs& given, const std::string& path);

/// The form of an approval, filled in by "k=v" pairs. Throws Error (usage) with the field's name;
/// `command`: what was typed, for the one to type.
JsonText gather_form(const std::vector<dsl::Input>& form, const std::vector<std::string>& pairs,
                     const std::string& command);

/// A value as JSON. Throws Error (usage): `what` "is no JSON".
JsonText json_argument(const std::string& text, std::string_view what);

/// "k=v" pairs of --label as a JSON object of texts.
JsonText gather_labels(const std::vector<std::string>& pairs);

}  // namespace pawl::cli
