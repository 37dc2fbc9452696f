#include "dsl/shell_tables.hpp"

#include <algorithm>
#include <iterator>

namespace pawl::dsl {
namespace {

constexpr std::string_view evaluating[] = {
    "eval",    "slogin", "rsh",   "trap",     "su",      "runuser", "watch",  "parallel",
    "alias",   "let",    "bind",  "complete", "compgen", "tmux",    "screen", "script",
    "sqlite3", "make",   "gmake", "mosh",     "pdsh",    "clush"};

constexpr std::string_view naming[] = {"read", "unset", "getopts", "mapfile", "readarray"};
constexpr std::string_view declaring[] = {"declare", "typeset", "local", "export", "readonly"};

constexpr Prefix prefixes[] = {
    {"env", "uC", 0},     {"sudo", "CDghpRrTtUu", 0}, {"doas", "uC", 0},
    {"nice", "n", 0},     {"nohup", "", 0},           {"setsid", "", 0},
    {"timeout", "ks", 1}, {"time", "fo", 0},          {"xargs", "adEILnPs", 0},
    {"stdbuf", "ioe", 0}, {"ionice", "cnpPu", 0},     {"chroot", "", 1},
    {"exec", "a", 0},     {"command", "", 0},         {"builtin", "", 0},
    {"busybox", "", 0},   {"flock", "wE", 1},         {"chrt", "", 1},
    {"taskset", "", 1},   {"unbuffer", "", 0}};
constexpr std::string_view shells[] = {"sh", "bash", "dash", "ash", "zsh", "ksh", "mksh"};
constexpr Interpreter shell = {"sh", "c", "oO", "", false, true, true};
constexpr Interpreter interpreters[] = {{"python", "cm", "WX", "", false, true, true},
                                        {"python3", "cm", "WX", "", false, true, true},
                                        {"perl", "eE", "I", "", false, false, true},
                                        {"ruby", "e", "IrC", "", false, false, true},
                                        {"node", "ep", "r", "", false, false, true},
                                        {"php", "rBRE", "dfz", "", false, false, true},
                                        {"lua", "e", "l", "", false, false, true},
                                        {"lua5.4", "e", "l", "", false, false, true},
                                        {"Rscript", "e", "", "", false, false, false},
                                        {"psql", "c", "dfhpUvLoRFTP", "", false, false, true},
                                        {"mysql", "e", "DhPuS", "", false, false, true},
                                        {"mariadb", "e", "DhPuS", "", false, false, true},
                                        {"awk", "e", "Ff", "v", true, true, false},
                                        {"gawk", "e", "Ff", "v", true, true, false},
                                        {"mawk", "e", "Ff", "v", true, true, false},
                                        {"sed", "e", "f", "", true, false, false},
                                        {"jq", "", "fL", "", true, false, false},
                                        {".", "", "", "", false, true, false},
                                        {"source", "", "", "", false, true, false}};
constexpr OptionCommand option_commands[] = {{"rm", ""},
                                             {"cp", "tS"},
                                             {"mv", "tS"},
                                             {"ln", "tS"},
                                             {"mkdir", "m"},
                                             {"rmdir", ""},
                                             {"chmod", ""},
                                             {"chown", ""},
                                             {"chgrp", ""},
                                             {"touch", "drt"},
                                             {"ls", "wIT"},
                                             {"cat", ""},
                                             {"tac", "s"},
                                             {"head", "nc"},
                                             {"tail", "nc"},
                                             {"sort", "ktoST"},
                                             {"uniq", "fsw"},
                                             {"wc", ""},
                                             {"cut", "dfbc"},
                                             {"grep", "efABCmdD"},
                                             {"egrep", "efABCmdD"},
                                             {"fgrep", "efABCmdD"},
                                             {"rg", "efABCmgtT"},
                                             {"tar", "fCTXbFgHKLNV"},
                                             {"zip", "ixnbtP"},
                                             {"unzip", "xdP"},
                                             {"gzip", "S"},
                                             {"gunzip", "S"},
                                             {"zstd", "oDT"},
                                             {"du", "Bdt"},
                                             {"df", "Btx"},
                                             {"stat", "c"},
                                             {"diff", "UCIxX"},
                                             {"cmp", "in"},
                                             {"curl", "oHduXAeFbcTmxrKwECQUYyzPt"},
                                             {"wget", "OoaPUtTiQeBlADIXR"},
                                             {"scp", "iPloFcSJ"},
                                             {"rsync", "efBTM"},
                                             {"basename", "s"},
                                             {"dirname", ""},
                                             {"realpath", ""},
                                             {"readlink", ""},
                                             {"cd", ""},
                                             {"install", "mogtS"},
                                             {"tee", ""},
                                             {"file", "mfFP"},
                                             {"sha256sum", ""},
                                             {"md5sum", ""},
                                             {"kill", "sn"},
                                             {"printf", "v"},
                                             {"set", "o"},
                                             {"id", ""},
                                             {"useradd", "bcdefgGKkprRsuZ"},
                                             {"dd", ""},
                                             {"git add", ""},
                                             {"git rm", ""},
                                             {"git mv", ""},
                                             {"git clone", "bocuj"},
                                             {"git init", "b"},
                                             {"git ls-remote", ""}};

template <class Entry, std::size_t n>
const Entry* find_named(const Entry (&table)[n], std::string_view name) {
  const Entry* found = std::find_if(std::begin(table), std::end(table),
                                    [&](const Entry& entry) { return entry.name == name; });
  return found == std::end(table) ? nullptr : found;
}
template <std::size_t n>
bool is_one_of(const std::string_view (&names)[n], std::string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

}  // namespace

const Prefix* find_prefix(std::string_view name) { return find_named(prefixes, name); }
const Interpreter* find_interpreter(std::string_view name) {
  return is_one_of(shells, name) ? &shell : find_named(interpreters, name);
}
const OptionCommand* find_option_command(std::string_view name) {
  return find_named(option_commands, name);
}
bool is_evaluating(std::string_view name) { return is_one_of(evaluating, name); }
bool is_naming(std::string_view name) { return is_one_of(naming, name); }
bool is_declaring(std::string_view name) { return is_one_of(declaring, name); }

}  // namespace pawl::dsl
