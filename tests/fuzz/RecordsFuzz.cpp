// Files of records, and what is checked of a record: its schema, its own rules, its predictions. Besides the lines as they are, each is tried
// with the id and digest that its fields make, as a careful forger would write it.
#include "suites/check/RecordChecker.h"
#include "tests/fuzz/Harness.h"
#include "tests/suites/records/SampleRecord.h"

#include <algorithm>

namespace clew::fuzz {
namespace {

constexpr int64_t kNow = 1'900'000'000;

GoldSource nothingKnown() {
  return {[](const std::string &name) -> Result<Task> { return fail(ErrorKind::NotFound, "no task", name); },
          [](const Task &, const std::string &) -> Result<Dataset> { return fail(ErrorKind::NotFound, "no rows"); }};
}

void expectChecked(const std::vector<SourcedRecord> &records) {
  for (const CheckedRecord &checked : RecordChecker(nothingKnown(), kNow, 1).checkAll(records)) {
    std::ranges::for_each(checked.faults, expectText);
    std::ranges::for_each(checked.unchecked, expectText);
  }
}

/// Reads a file of these lines both ways.
std::vector<SourcedRecord> readBoth(const std::string &lines, const std::string &predictions) {
  const std::string path = folderOf({{"r.jsonl", lines}, {"p.jsonl", predictions}}) + "/r.jsonl";
  const Result<RecordLines> all = readAllRecords(path);
  const Result<RecordFile> whole = readRecords(path);
  if (!all) { // no file of ours at all: found by the pointer that Git LFS leaves in a file's place
    expectRefusal(all.error(), path);
    expect(!whole, "one reading");
    return {};
  }
  for (const Error &error : all->errors) {
    expectRefusal(error, path + ":");
  }
  expect(whole || !all->errors.empty(), "one reading", whole ? "" : whole.error().render());
  if (!whole) {
    expectRefusal(whole.error(), path + ":");
  }
  return all->records;
}

void run(std::string_view bytes) {
  const std::map<std::string, std::string> parts = partsOf(bytes);
  const std::string predictions = parts.contains("p") ? parts.at("p") : "";
  const std::string lines = parts.contains("r") ? parts.at("r") : std::string(bytes);
  std::vector<SourcedRecord> records = readBoth(lines, predictions);
  std::string sealed;
  for (SourcedRecord &each : records) {
    if (!each.record.isOld()) {
      each.record.seal();
    }
    sealed += each.record.json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
  }
  expectChecked(records);
  const std::vector<SourcedRecord> again = readBoth(sealed, predictions);
  expect(again.size() <= records.size(), "no more records than lines");
  for (const SourcedRecord &each : again) {
    expect(std::ranges::any_of(records, [&](const SourcedRecord &r) { return r.record.json == each.record.json; }),
           "the same again", each.record.json.dump());
  }
}

std::vector<std::string> seeds() {
  Record record = sampleRecord(0);
  const auto line = [&] { return record.json.dump() + "\n"; };
  std::vector<std::string> all = {line(), line() + sampleRecord(16).json.dump() + "\n", "{}\n\n[]\nx"};
  record.json["predictions"]["path"] = "p.jsonl";
  record.seal();
  all.push_back("== r\n" + line() + "\n== p\n{\"id\": 0, \"label\": \"体育\"}\n");
  record.json["predictions"]["path"] = "../../etc/passwd";
  record.seal();
  all.push_back(line());
  return all;
}

const Harness harness("records", run, seeds);

} // namespace
} // namespace clew::fuzz
