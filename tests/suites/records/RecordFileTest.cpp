// Files of records: torn lines, two writers, ids, edits.
#include "suites/records/Record.h"

#include "runtime/base/Gzip.h"
#include "runtime/base/Sha256.h"
#include "suites/records/PredictionFile.h"
#include "tests/runtime/base/TemporaryFolder.h"
#include "tests/suites/records/SampleRecord.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

namespace clew {
namespace {

std::string contents(const std::string &path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

/// What `clew check` says of the file by itself.
std::vector<Error> errorsOf(const std::string &path) {
  Result<RecordLines> lines = readAllRecords(path);
  REQUIRE(lines);
  for (const SourcedRecord &sourced : lines->records) {
    for (const std::string &fault : sourced.record.faults(kSampleNow)) {
      lines->errors.push_back({ErrorKind::BadInput, fault, sourced.where});
    }
  }
  return lines->errors;
}

void append(const std::string &path, const std::string &text) { std::ofstream(path, std::ios::app) << text; }

} // namespace

TEST_CASE("what is appended is read back, by id too") {
  const TemporaryFolder folder;
  const std::string path = folder.path + "/records.jsonl";
  REQUIRE(recordsSoFar(path)->empty());
  REQUIRE(appendRecord(path, sampleRecord(8)));
  REQUIRE(appendRecord(path, sampleRecord(16)));
  const Result<RecordFile> all = readRecords(path);
  REQUIRE(all);
  REQUIRE(all->records.size() == 2);
  CHECK(!all->torn);
  CHECK(all->records[0].record.json == sampleRecord(8).json);
  CHECK(all->records[0].record.json.begin().key() == "schema");
  const Result<RecordFile> one = readRecords(path + "#" + sampleRecord(16).id());
  REQUIRE(one);
  REQUIRE(one->records.size() == 1);
  CHECK(one->records[0].record.json["length"] == 16);
  CHECK(readRecords(path + "#ffff").error().kind == ErrorKind::NotFound);
  CHECK(recordsSoFar(path)->size() == 2);
  CHECK(errorsOf(path).empty());
}

TEST_CASE("a record that is there already is not written again") {
  const TemporaryFolder folder;
  const std::string path = folder.path + "/records.jsonl";
  REQUIRE(appendRecord(path, sampleRecord()));
  Record again = sampleRecord();
  again.json["queries"] = 5;
  REQUIRE(appendRecord(path, again));
  CHECK(readRecords(path)->records.size() == 1);
  CHECK(readRecords(path)->records[0].record.json["queries"] == 100);
}

TEST_CASE("a torn last line is ignored, said and mended") {
  const TemporaryFolder folder;
  const std::string path = folder.path + "/records.jsonl";
  REQUIRE(appendRecord(path, sampleRecord(8)));
  const std::string line = contents(path);
  append(path, line.substr(0, line.size() / 2));
  REQUIRE(readRecords(path));
  CHECK(readRecords(path)->torn);
  CHECK(readRecords(path)->records.size() == 1);
  CHECK(errorsOf(path).size() == 1);
  REQUIRE(appendRecord(path, sampleRecord(16)));
  CHECK(!readRecords(path)->torn);
  CHECK(readRecords(path)->records.size() == 2);
  CHECK(errorsOf(path).empty());
}

TEST_CASE("a file that is nothing but a torn line is mended") {
  const TemporaryFolder folder;
  const std::string path = folder.path + "/records.jsonl";
  append(path, "{\"sche");
  REQUIRE(appendRecord(path, sampleRecord(8)));
  CHECK(errorsOf(path).empty());
}

TEST_CASE("what is no record is an error with its line") {
  const TemporaryFolder folder;
  const std::string path = folder.path + "/records.jsonl";
  REQUIRE(appendRecord(path, sampleRecord()));
  append(path, "{}\n[\n\xff\n");
  const Result<RecordFile> file = readRecords(path);
  REQUIRE(!file);
  CHECK(file.error().where == path + ":2");
  CHECK(errorsOf(path).size() > 3);
}

TEST_CASE("an edited record does not have the id that its fields make") {
  const TemporaryFolder folder;
  const std::string path = folder.path + "/records.jsonl";
  Record record = sampleRecord();
  record.json["model"] = "bert/base";
  REQUIRE(appendRecord(path, record));
  const std::vector<Error> errors = errorsOf(path);
  REQUIRE(errors.size() == 2);
  CHECK(errors[0].message.starts_with("/id: expected"));
  CHECK(errors[1].message.starts_with("/digest: expected"));
}

TEST_CASE("the same cell may be measured again, the same line may not stand twice") {
  const TemporaryFolder folder;
  const std::string path = folder.path + "/records.jsonl";
  REQUIRE(appendRecord(path, sampleRecord()));
  Record again = sampleRecord();
  again.json["finished"] = "2026-01-01T00:00:07Z";
  again.seal();
  append(path, again.json.dump() + "\n");
  CHECK(errorsOf(path).empty());
  append(path, again.json.dump() + "\n");
  const std::vector<Error> errors = errorsOf(path);
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].where == path + ":3");
  CHECK(errors[0].message.find("line 2 already") != std::string::npos);
}

TEST_CASE("predictions are opened inside the record's folder alone, and only the recorded ones") {
  const TemporaryFolder folder;
  folder.write("in/here.jsonl", "x");
  folder.write("outside.jsonl", "x");
  const std::string in = folder.path + "/in";
  const std::string hash = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"; // of "x"
  CHECK(openPredictions({"here.jsonl", hash}, in));
  CHECK(openPredictions({"here.jsonl", std::string(64, '0')}, in).error().kind == ErrorKind::BadInput);
  CHECK(openPredictions({"gone.jsonl", hash}, in).error().kind == ErrorKind::NotFound);
  CHECK(openPredictions({"", hash}, in).error().kind == ErrorKind::BadInput);
  std::filesystem::create_symlink("../outside.jsonl", in + "/link.jsonl");
  for (const std::string &path : {std::string("../outside.jsonl"), folder.path + "/outside.jsonl",
                                  std::string("link.jsonl"), std::string("..")}) {
    const Result<PredictionText> opened = openPredictions({path, hash}, in);
    REQUIRE_MESSAGE(!opened, path);
    CHECK(opened.error().message.find(hash.substr(0, 12)) == std::string::npos); // tells nothing of what is there
  }
}

TEST_CASE("predictions may lie packed, by the hash of what is in them") {
  const TemporaryFolder folder;
  const std::string text(100'000, 'x');
  const std::string hash = *sha256Of(std::string_view(text));
  const std::string packed = *gzipped(text);
  CHECK(packed == *gzipped(text));
  folder.write("p.jsonl.gz", packed);
  const Result<PredictionText> opened = openPredictions({"p.jsonl", hash}, folder.path);
  REQUIRE(opened);
  CHECK(opened->text() == text);
  CHECK(opened->packed());
  CHECK(openPredictions({"p.jsonl", std::string(64, '0')}, folder.path).error().kind == ErrorKind::BadInput);
  for (const std::string &broken : {packed.substr(0, packed.size() - 1), packed + "x", "x" + packed, std::string()}) {
    folder.write("p.jsonl.gz", broken);
    CHECK(openPredictions({"p.jsonl", hash}, folder.path).error().kind == ErrorKind::BadInput);
  }
  CHECK(gunzipped(std::as_bytes(std::span(packed)), 99'999, "p").error().message.find("more than 99999") !=
        std::string::npos);
}

TEST_CASE("a wrong record is never written") {
  const TemporaryFolder folder;
  const std::string path = folder.path + "/records.jsonl";
  Record record = sampleRecord();
  record.json.erase("machine");
  const Result<void> done = appendRecord(path, record);
  REQUIRE(!done);
  CHECK(done.error().kind == ErrorKind::Internal);
  CHECK(contents(path).empty());
}

TEST_CASE("many writers lose nothing and write nothing twice") {
  const TemporaryFolder folder;
  const std::string path = folder.path + "/records.jsonl";
  std::vector<std::thread> writers;
  for (int writer = 0; writer < 4; ++writer) {
    writers.emplace_back([&path] {
      for (int64_t length = 1; length <= 10; ++length) {
        CHECK(appendRecord(path, sampleRecord(length)));
      }
    });
  }
  for (std::thread &writer : writers) {
    writer.join();
  }
  CHECK(readRecords(path)->records.size() == 10);
  CHECK(errorsOf(path).empty());
}

TEST_CASE("blank lines are passed over, and lines keep their numbers") {
  const TemporaryFolder folder;
  const std::string path = folder.write("records.jsonl", "\n \r\n" + sampleRecord(8).json.dump() + "\n\n{}\n");
  CHECK(readAllRecords(path)->records.size() == 1);
  CHECK(readAllRecords(path)->errors.front().where == path + ":5");
  CHECK(readRecords(path).error().where == path + ":5");
  // 16 MiB of them take no memory for lines, and little time.
  const std::string blank = folder.write("blank.jsonl", std::string(size_t{16} << 20, '\n'));
  CHECK(readRecords(blank)->records.empty());
  CHECK(readAllRecords(blank)->errors.empty());
}

TEST_CASE("a key that stands twice in a record is an error with its line") {
  const TemporaryFolder folder;
  std::string line = sampleRecord(8).json.dump();
  line.insert(1, "\"rows\":1,");
  const std::string path = folder.write("records.jsonl", "\n" + line + "\n");
  const Result<RecordFile> read = readRecords(path);
  REQUIRE(!read);
  CHECK(read.error().render() == path + ":2: error: the key 'rows' stands twice in an object");
}

} // namespace clew
