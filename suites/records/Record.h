// Record: one JSON line, what was measured of one cell of a board. results/record.schema.json is its schema.
#pragma once

#include "suites/records/Cell.h"

#include <nlohmann/json.hpp>

#include <array>
#include <optional>
#include <vector>

namespace clew {

/// The schema that records name, and those before it, oldest first: such records can be read and shown, and are never ranked. What each holds is
/// in results/record[.N].schema.json.
///   1: carries no digest, and not all that its cell depends on;
///   2: names no board, and its fields have no rules of form;
///   3: says nothing of energy.
inline constexpr std::string_view recordSchema = "clew.record.4";
inline constexpr std::array<std::string_view, 3> recordSchemasBefore = {"clew.record.1", "clew.record.2",
                                                                        "clew.record.3"};

/// A record is its JSON: fields as contract and schema say, kept in the order of the schema. Unknown fields are violations.
struct Record {
  nlohmann::ordered_json json;

  std::string id() const;
  /// Of a schema before this one.
  bool isOld() const;
  /// Of the first schema.
  bool isFirst() const;
  /// The key that its fields make; of a record that the schema allows. BadInput for one of the first schema, which does not say enough.
  Result<CellKey> key() const;
  /// sha256 of all other fields, as JSON with sorted keys, no spaces, UTF-8. It finds damage and edits; who edits can compute it anew
  /// (docs/measuring.md says what is found then).
  std::string digest() const;
  /// Sets id and digest to what the other fields make.
  void seal();
  /// All that the schema does not allow, each as "/field: expected ..., found ..."; empty when the record is valid.
  std::vector<std::string> violations() const;
  /// What is wrong with the record by itself, without looking at any other file: violations, or else an id or digest that its fields do not
  /// make, or fields that contradict each other (RecordRules.h). `now` in seconds since 1970: nothing was measured later.
  std::vector<std::string> faults(int64_t now) const;
};

/// A file that a record names.
struct NamedFile {
  std::string path; ///< relative to the record's file; empty: the record names none
  std::string sha256;
};
NamedFile predictionsOf(const Record &record);

/// Where a record was read.
struct SourcedRecord {
  Record record;
  std::string folder;     ///< of its file, from which its predictions' path counts; "." at least
  std::string where = {}; ///< FILE:LINE
};

/// FILE.jsonl, or FILE.jsonl#id for one. Blank lines are passed over. BadInput with FILE:LINE for what is no record. A last line without its newline is what a killed run
/// left behind: it is ignored, and said so in `torn`.
struct RecordFile {
  std::vector<SourcedRecord> records;
  bool torn = false;
};
Result<RecordFile> readRecords(const std::string &path);

/// The same for who wants all that is wrong: records that the schema allows, and an error for each line that is none, with FILE:LINE; also
/// for lines that stand there twice and for a torn end. Io and NotFound when the file cannot be read.
struct RecordLines {
  std::vector<SourcedRecord> records;
  std::vector<Error> errors;
};
Result<RecordLines> readAllRecords(const std::string &path);

/// The records that a file has so far: as readRecords, and none when there is no file yet.
Result<std::vector<SourcedRecord>> recordsSoFar(const std::string &path);

/// Appends one line in one write under an exclusive lock of the file, and syncs it; mends a torn last line first. Two runs at once do not harm
/// each other. If a record with this id is already there, nothing is written. Internal, listing them, if the record has violations.
Result<void> appendRecord(const std::string &path, const Record &record);

} // namespace clew
