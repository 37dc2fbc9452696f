#include "cli/guide.hpp"

namespace pawl::cli {
namespace {

constexpr Meaning subject_rows[] = {
    {"RUN", "a number, an id, a key (or key:K), last, last:WORKFLOW or last~N"},
    {"STEP", "a path of step names: build.compile"},
    {"K=V", "an input: K=@FILE is the text of a file, K=@@V is @V itself"},
    {"FILTER", "KEY=VALUE; commas are or, != is not, * any text, a..b a range"},
    {"D", "a duration: 90s, 10m, 1h30m"},
    {"TIME", "a local time: 13:30, 2026-11-20, or both"},
};

constexpr Meaning exit_rows[] = {
    {"0", "success"},
    {"1", "the run failed, was interrupted or quarantined; fmt --check found something"},
    {"2", "usage, a file with mistakes, an unknown run, a refused command"},
    {"3", "the run was cancelled"},
    {"4", "the environment: database away, no right, disk full"},
    {"5", "what was asked goes on, but Pawl stopped waiting for its end"},
};

constexpr Meaning variable_rows[] = {
    {"PAWL_DATABASE_URL", "the database; --database wins, a private PostgreSQL is used without"},
    {"PAWL_HOME", "where the private PostgreSQL and what workers say are kept"},
    {"PAWL_PLAIN, ACCESSIBLE", "not empty: as --plain"},
    {"NO_COLOR", "not empty: no colour; --color wins"},
    {"CLICOLOR_FORCE, FORCE_COLOR", "not empty and not 0: colour also in a pipe"},
    {"CLICOLOR", "0: no colour"},
    {"CI", "not empty: lines instead of the live tree, no questions"},
    {"PGHOST, PGSERVICE, ...", "libpq's own, used when PAWL_DATABASE_URL is not set"},
};

}  // namespace

std::span<const Meaning> subjects() { return subject_rows; }
std::span<const Meaning> exits() { return exit_rows; }
std::span<const Meaning> variables() { return variable_rows; }

}  // namespace pawl::cli
