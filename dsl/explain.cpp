#include "dsl/explain.hpp"

#include <array>
#include <utility>

#include "dsl/explain_chapters.hpp"

namespace pawl::dsl {

std::span<const Chapter> chapters() {
  static const std::array all = {
      Chapter{"The file and its YAML", yaml_pages()},
      Chapter{"Limits", limit_pages()},
      Chapter{"Keys and values", key_pages()},
      Chapter{"Steps and what they need", step_pages()},
      Chapter{"Other files", bundle_pages()},
      Chapter{"Lua and expressions", expression_pages()},
      Chapter{"Values in shell scripts", shell_pages()},
      Chapter{"What was hardly meant", finding_pages()},
      Chapter{"Why a step failed", failure_pages()},
  };
  return all;
}

std::vector<const Page*> pages_of(std::string_view code) {
  std::vector<const Page*> found;
  for (const Chapter& chapter : chapters()) {
    for (const Page& page : chapter.pages) {
      if (page.code == code) found.push_back(&page);
    }
  }
  return found;
}

std::string example_bytes(std::string_view example) {
  constexpr std::pair<std::string_view, char> pictures[] = {
      {"␀", '\0'}, {"␇", '\a'}, {"␟", '\xff'}};
  std::string bytes(example);
  for (const auto& [picture, byte] : pictures) {
    for (std::size_t at = bytes.find(picture); at != bytes.npos; at = bytes.find(picture, at)) {
      bytes.replace(at, picture.size(), 1, byte);
    }
  }
  return bytes;
}

}  // namespace pawl::dsl
