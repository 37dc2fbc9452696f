#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "dsl/keys.hpp"

/// The keys of GitHub Actions, GitLab, Argo, Tekton, Airflow, Dagu, Kestra, Ansible, Step
/// Functions, n8n and Make, and what each is here.
namespace pawl::dsl {

/// What to write instead of `entry`, whose key another engine has at such a `place`, with the
/// author's own value where that is short. Nothing when no engine is known to have it.
std::optional<std::string> foreign_key_answer(const Tree& tree, Entry entry, KeyPlace place);

/// Whether a key at the root is another engine's for `steps`, as `jobs` is.
bool stands_for_steps(std::string_view root_key);

}  // namespace pawl::dsl
