#include "base/error.hpp"
#include "store/builders.hpp"
#include "store/conformance.hpp"
#include "store/printing.hpp"

namespace pawl::store::test {

namespace {

Note a_note(RunId run, std::int32_t generation, const std::string& key, const std::string& value) {
  const NoteKind kind = key.empty() ? NoteKind::checkpoint : NoteKind::memo;
  return {run, 4, generation, kind, key, JsonText{value}};
}

}  // namespace

void intake_conforms(const Backend& backend) {
  const auto open = backend.make_database();
  Owner owner(open());
  Store& store = *owner.store;
  const std::int32_t definition = store.put_definition(a_definition());

  SECTION("a definition is stored once for each bundle, name and compiler") {
    CHECK(store.put_definition(a_definition()) == definition);
    CHECK(store.put_definition(a_definition("other")) != definition);
    Definition newer = a_definition();
    ++newer.plan_version;
    CHECK(store.put_definition(newer) != definition);
    const auto there = store.definition(definition);
    REQUIRE(there);
    CHECK(there->name == "tour");
    CHECK(there->file == "tour.yaml");
    CHECK(there->plan == std::string("plan\0bytes", 10));
    CHECK(there->plan_version == dsl::plan_version);
    CHECK_FALSE(store.definition(9999));
  }
  SECTION("a start makes a numbered run with its request in the inbox") {
    const std::vector<StartRequest> requests = {a_start(definition), a_start(definition)};
    const auto replies = store.start(requests);
    REQUIRE(replies.size() == 2);
    CHECK(replies[0].result == StartReply::Result::started);
    CHECK(replies[1].number == replies[0].number + 1);
    CHECK(replies[0].run != replies[1].run);
    REQUIRE(store.claim(owner.inc, default_queue, 5).size() == 2);
    const auto loaded = store.load(std::vector{replies[0].run});
    REQUIRE(loaded.size() == 1);
    CHECK(loaded[0].number == replies[0].number);
    CHECK(loaded[0].folder == "/srv/flows");
    CHECK(loaded[0].definition == definition);
    CHECK(loaded[0].phase == core::RunPhase::queued);
    const auto inbox = store.read_inbox(owner.inc, 5);
    REQUIRE(inbox.size() == 2);
    const auto of_second = store.inbox_of(std::vector{replies[1].run}, 5);
    REQUIRE(of_second.size() == 1);
    CHECK(of_second[0].run == replies[1].run);
    CHECK(inbox[0].seq == 1);
    CHECK(inbox[0].kind == 0);
    CHECK(inbox[0].actor == "ada");
    CHECK(inbox[0].body == "inputs");
  }
  SECTION("a key starts one run; the same request finds it, another is a conflict") {
    StartRequest request = a_start(definition, "monday");
    const StartReply first = store.start({&request, 1})[0];
    const StartReply again = store.start({&request, 1})[0];
    CHECK(again.result == StartReply::Result::exists);
    CHECK(again.run == first.run);
    CHECK(again.number == first.number);
    request.request = "other inputs";
    CHECK(store.start({&request, 1})[0].result == StartReply::Result::conflict);
    StartRequest elsewhere = request;
    elsewhere.definition = store.put_definition(a_definition("other"));
    CHECK(store.start({&elsewhere, 1})[0].result == StartReply::Result::started);
    elsewhere.namespace_name = "team";
    CHECK(store.start({&elsewhere, 1})[0].result == StartReply::Result::started);
  }
  SECTION("a key that is twice in one call starts one run") {
    const std::vector<StartRequest> both(2, a_start(definition, "monday"));
    const auto replies = store.start(both);
    CHECK(replies[0].result == StartReply::Result::started);
    CHECK(replies[1].result == StartReply::Result::exists);
    CHECK(replies[1].run == replies[0].run);
  }
  SECTION("a start of an unknown definition is an error") {
    const StartRequest request = a_start(9999);
    CHECK_THROWS_AS(store.start({&request, 1}), Error);
  }
  SECTION("requests are numbered; one sent twice counts once while it is unread") {
    const StartRequest request = a_start(definition);
    const RunId run = store.start({&request, 1})[0].run;
    CHECK(store.send(run, 7, "bob", "id-1", "a", false).seq == 2);
    CHECK(store.send(run, 7, "bob", "id-1", "a", false).seq == 2);
    CHECK(store.send(run, 7, "bob", "id-2", "b", false).seq == 3);
    store.claim(owner.inc, default_queue, 5);
    CHECK(store.read_inbox(owner.inc, 10).size() == 3);
    CHECK(store.read_inbox(owner.inc, 2).size() == 2);
  }
  SECTION("a request to a run that is not there is told so") {
    CHECK_FALSE(store.send(RunId{12345}, 7, "bob", "", "", false).known);
    CHECK(store.load(std::vector{RunId{12345}}).empty());
  }
}

void reports_conform(const Backend& backend) {
  const auto open = backend.make_database();
  Owner owner(open());
  Store& store = *owner.store;
  const StartRequest request = a_start(store.put_definition(a_definition()));
  const RunId run = store.start({&request, 1})[0].run;
  const auto put = [&](const Note& note) { return store.put_notes(owner.inc, {&note, 1}); };

  SECTION("notes are kept for the owner of the run only") {
    CHECK_FALSE(put(a_note(run, 0, "", "1")));
    store.claim(owner.inc, default_queue, 5);
    CHECK(put(a_note(run, 0, "", "1")));
    CHECK(store.put_notes(owner.inc, {}));
    store.fence(owner.inc, std::nullopt);
    CHECK_FALSE(put(a_note(run, 0, "", "2")));
    CHECK(store.notes(run, 4, 0).at(0).value == JsonText{"1"});
  }
  SECTION("of each checkpoint and memo the newest one of this generation and before is given") {
    store.claim(owner.inc, default_queue, 5);
    put(a_note(run, 0, "", "1"));
    put(a_note(run, 0, "", "2"));
    put(a_note(run, 1, "", "3"));
    put(a_note(run, 0, "b", "4"));
    put(a_note(run, 2, "a", "5"));
    const auto notes = store.notes(run, 4, 1);
    REQUIRE(notes.size() == 2);
    CHECK(notes[0].kind == NoteKind::checkpoint);
    CHECK(notes[0].generation == 1);
    CHECK(notes[0].value == JsonText{"3"});
    CHECK(notes[1].key == "b");
    CHECK(store.notes(run, 4, 2).size() == 3);
    CHECK(store.notes(run, 5, 2).empty());
  }
  SECTION("notes of one call stand together: with a run of another owner none is kept") {
    store.claim(owner.inc, default_queue, 5);
    const std::vector<Note> both = {a_note(run, 0, "", "1"), a_note(RunId{77}, 0, "", "1")};
    CHECK_FALSE(store.put_notes(owner.inc, both));
    CHECK(store.notes(run, 4, 0).empty());
  }
  SECTION("progress and logs may be written again") {
    const Progress progress{run, 4, 1, 0.5, 1.0, std::nullopt, "half", noon};
    const std::vector<Progress> twice = {progress, progress};
    store.put_progress(twice);
    store.put_progress(twice);
    const LogChunk chunk{run, 4, 1, 1, noon, std::string("\0bytes", 6)};
    store.put_logs({&chunk, 1});
    store.put_logs({&chunk, 1});
    store.put_progress({});
    store.put_logs({});
    store.ensure_partitions();
  }
}

}  // namespace pawl::store::test
