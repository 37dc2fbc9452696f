#pragma once

#include <string>
#include <variant>

#include "base/error.hpp"
#include "dsl/compile.hpp"
#include "store/reader.hpp"
#include "store/store.hpp"

namespace pawl::cli {

/// The bytes of a workflow file, or why there are none (usage): there is no such file, it is not a
/// file, it cannot be read or it is larger than a workflow may be.
std::variant<std::string, Error> load_workflow(const std::string& path);
/// The same; throws the Error.
std::string read_workflow(const std::string& path);

/// Every diagnostic as people or programs read it, and a last line that counts the errors.
std::string diagnostics_text(const dsl::Diagnostics& diagnostics, const std::string& path,
                             const std::string& source, bool json);

/// What the database keeps of a compiled file, which has a plan. The same files under the same
/// names are the same definition, from whatever folder they were started.
store::Definition definition_of(const std::string& path, const std::string& source,
                                dsl::Compiled compiled);

/// Where the file of a run stood when it was started; `file` is its name as the plan has it.
std::string file_of(const store::RunSummary& run, const std::string& file);

/// Says that a file of a run's bundle is another now than when the run was started; empty while all
/// are the same, or cannot be read. A run keeps the workflow as it was.
std::string change_notice(const store::RunSummary& run, const store::Definition& definition,
                          bool json);

/// Absolute folder of the file: relative paths of its steps begin there.
std::string folder_of(const std::string& path);

}  // namespace pawl::cli
