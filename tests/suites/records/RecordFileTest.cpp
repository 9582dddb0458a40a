// Files of records: torn lines, two writers, ids, edits.
#include "suites/records/Record.h"

#include "tests/runtime/base/TemporaryFolder.h"
#include "tests/suites/records/SampleRecord.h"

#include <doctest/doctest.h>

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

void append(const std::string &path, const std::string &text) { std::ofstream(path, std::ios::app) << text; }

} // namespace

TEST_CASE("what is appended is read back, by id too") {
  const TemporaryFolder folder;
  const std::string path = folder.path + "/records.jsonl";
  REQUIRE(recordIds(path)->empty());
  REQUIRE(appendRecord(path, sampleRecord(8)));
  REQUIRE(appendRecord(path, sampleRecord(16)));
  const Result<RecordFile> all = readRecords(path);
  REQUIRE(all);
  REQUIRE(all->records.size() == 2);
  CHECK(!all->torn);
  CHECK(all->records[0].json == sampleRecord(8).json);
  CHECK(all->records[0].json.begin().key() == "schema");
  const Result<RecordFile> one = readRecords(path + "#" + sampleRecord(16).id());
  REQUIRE(one);
  REQUIRE(one->records.size() == 1);
  CHECK(one->records[0].json["length"] == 16);
  CHECK(readRecords(path + "#ffff").error().kind == ErrorKind::NotFound);
  CHECK(recordIds(path)->contains(sampleRecord(8).id()));
  CHECK(checkRecordFile(path).empty());
}

TEST_CASE("a record that is there already is not written again") {
  const TemporaryFolder folder;
  const std::string path = folder.path + "/records.jsonl";
  REQUIRE(appendRecord(path, sampleRecord()));
  Record again = sampleRecord();
  again.json["queries"] = 5;
  REQUIRE(appendRecord(path, again));
  CHECK(readRecords(path)->records.size() == 1);
  CHECK(readRecords(path)->records[0].json["queries"] == 100);
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
  CHECK(checkRecordFile(path).size() == 1);
  REQUIRE(appendRecord(path, sampleRecord(16)));
  CHECK(!readRecords(path)->torn);
  CHECK(readRecords(path)->records.size() == 2);
  CHECK(checkRecordFile(path).empty());
}

TEST_CASE("a file that is nothing but a torn line is mended") {
  const TemporaryFolder folder;
  const std::string path = folder.path + "/records.jsonl";
  append(path, "{\"sche");
  REQUIRE(appendRecord(path, sampleRecord(8)));
  CHECK(checkRecordFile(path).empty());
}

TEST_CASE("what is no record is an error with its line") {
  const TemporaryFolder folder;
  const std::string path = folder.path + "/records.jsonl";
  REQUIRE(appendRecord(path, sampleRecord()));
  append(path, "{}\n[\n\xff\n");
  const Result<RecordFile> file = readRecords(path);
  REQUIRE(!file);
  CHECK(file.error().where == path + ":2");
  CHECK(checkRecordFile(path).size() > 3);
}

TEST_CASE("an edited record does not have the id that its fields make") {
  const TemporaryFolder folder;
  const std::string path = folder.path + "/records.jsonl";
  Record record = sampleRecord();
  record.json["model"] = "bert/base";
  REQUIRE(appendRecord(path, record));
  const std::vector<Error> errors = checkRecordFile(path);
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].message.starts_with("/id: expected"));
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
  CHECK(checkRecordFile(path).empty());
}

} // namespace clew
