// Record: one JSON line, what was measured of one cell of a board. results/record.schema.json is its schema.
#pragma once

#include "suites/metrics/Score.h"

#include <nlohmann/json.hpp>

#include <optional>
#include <set>

namespace clew {

/// The schema that records name.
inline constexpr std::string_view recordSchema = "clew.record.1";

/// What makes two records the same measurement. Its hash is the record's id.
struct CellKey {
  std::string model;         ///< architecture/size
  std::string modelSha256;   ///< of the expanded model (graph and parameters), not of the YAML's bytes
  std::string weightsSha256; ///< of the file; "random:SEED" for random ones
  std::string vocabularySha256;
  std::string task;
  std::string taskVersion;
  std::string split;
  std::string dataSha256;
  std::string target;    ///< ref, cpu, cuda
  std::string precision; ///< f32, bf16, int8
  std::string scenario;  ///< accuracy, single-stream, server, offline
  std::string tier;      ///< smoke, standard, official
  int threads = 1;
  bool deterministic = false;
  int64_t length = 0; ///< tokens of every query on the fixed grid; 0: the task's own lengths
  uint64_t seed = 1;  ///< of the order of queries

  /// 16 hex digits of the sha256 of all fields.
  std::string id() const;
};

/// A record is its JSON: fields as contract and schema say, kept in the order of the schema. Unknown fields are violations.
struct Record {
  nlohmann::ordered_json json;

  std::string id() const;
  /// The key that its fields make; only of a record without violations.
  CellKey key() const;
  /// All that the schema does not allow, each as "/field: expected ..., found ..."; empty when the record is valid.
  std::vector<std::string> violations() const;
};

/// FILE.jsonl, or FILE.jsonl#id for one. BadInput with FILE:LINE for what is no record. A last line without its newline is what a killed run
/// left behind: it is ignored, and said so in `torn`.
struct RecordFile {
  std::vector<Record> records;
  bool torn = false;
};
Result<RecordFile> readRecords(const std::string &path);

/// For `clew check`: all that is wrong with a file of records, with FILE:LINE; also ids that are not their record's, and ids that stand twice.
std::vector<Error> checkRecordFile(const std::string &path);

/// Ids of the records in a file; none when there is no file yet. BadInput as readRecords.
Result<std::set<std::string>> recordIds(const std::string &path);

/// Appends one line in one write under an exclusive lock of the file, and syncs it; mends a torn last line first. Two runs at once do not harm
/// each other. If a record with this id is already there, nothing is written. Internal, listing them, if the record has violations.
Result<void> appendRecord(const std::string &path, const Record &record);

} // namespace clew
