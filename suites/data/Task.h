// Task: what judges predictions. One YAML file names the kind, the labels, the official files and where they come from.
#pragma once

#include "runtime/base/Result.h"
#include "suites/data/TaskKind.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace clew {

/// How a file says what a Row needs: the reader (suites/data/Layouts.h) and the keys or columns that it takes.
struct FileLayout {
  std::string name;
  std::string reader;               ///< one of suites/data/Layouts.h
  std::vector<std::string> columns; ///< tsv, csv: of a file without a header line; empty: the first line names them
  std::string id;                   ///< optional wherever the file lacks it; empty: rows are numbered from 0
  std::vector<std::string>
      fields; ///< one for each of the kind's fields; in JSON `target.span1_text` looks into objects
  std::string label;
  bool numbered = false; ///< of column files: digits behind a character, Weibo's segmentation, are no part of it
};

/// A further file that a split's file needs beside itself: more rows, or its answers.
struct TaskPart {
  std::string name;
  std::string sha256;
  std::vector<std::string> urls;
};

/// A file name that is accepted for a split. Mirrors rename files and change layouts; the first one found is read.
struct TaskFile {
  std::string name;                     ///< below the task's folder, '/'-separated, never out of it
  std::string layout;                   ///< name of one of the task's layouts
  std::string sha256;                   ///< of the official file; empty: unknown
  int64_t rows = 0;                     ///< as the official file has, with those that the task skips; 0: unknown
  std::vector<std::string> urls;        ///< public homes: a URL of this very file, or of a zip archive as URL!member
  std::string submission;               ///< name of the file to hand in, where it differs from the task's
  std::vector<TaskPart> also = {};      ///< files whose rows follow this one's
  std::optional<TaskPart> answers = {}; ///< the file that says what is right, of readers that take one (chid)

  /// `also`, then `answers`.
  std::vector<TaskPart> parts() const;
  /// What Dataset::sha256 is of the official files; empty: unknown.
  std::string officialSha256() const;
};

/// One digest of several files: that of the lines "DIGEST  NAME" of all, as `sha256sum FILES | sha256sum`. Of one file its own.
std::string sha256OfParts(std::span<const std::pair<std::string, std::string>> namesAndDigests);

struct TaskSplit {
  std::string name; ///< train, dev, test, ...
  bool labelled = true;
  std::vector<TaskFile> files;
};

struct Task {
  std::string name;               ///< cluener
  const TaskKind *kind = nullptr; ///< never null in a task that was read
  std::string version;            ///< of the data, e.g. "2020-01"; part of a record
  std::string source;             ///< paper or public home
  std::string licence;
  std::string folder; ///< below the data folder; the task's name as a rule
  /// As official files write them, in the order of the logits; of tag tasks the entity types; empty for kinds without labels.
  std::vector<std::string> labels;
  std::vector<std::string> labelNames;                      ///< for people, as many as labels, or empty
  std::vector<std::pair<std::string, std::string>> aliases; ///< other spellings in files, and the label that is meant
  std::vector<std::string> skipped; ///< labels whose rows are left out and counted (OCNLI's "-": annotators disagreed)
  std::string headline;             ///< the metric that ranks
  std::vector<std::string> metrics; ///< of the kind's those that are computed, as asked for; empty: the usual ones
  int64_t longest = 512;            ///< tokens of a row with [CLS] and [SEP]; what is longer is cut (span: windows)
  int64_t stride = 0;               ///< of kinds with windows: tokens by which they overlap
  int64_t longestAnswer = 0;        ///< of kinds whose answer is a piece of the text: characters
  std::optional<std::pair<double, double>> range; ///< of kinds whose answer is a number: least and greatest gold
  std::string separator;  ///< of kinds with several labels: what stands between them in a cell of a table
  std::string submission; ///< official name of the file to hand in, e.g. tnews_predict.json; empty: no board
  std::vector<FileLayout> layouts;
  std::vector<TaskSplit> splits;
  std::string file; ///< the YAML

  /// Columns of the logits, and their names: TaskKind's.
  int64_t outputs() const { return kind->outputs(*this); }
  std::vector<std::string> outputNames() const { return kind->outputNames(*this); }
  const TaskSplit *split(std::string_view name) const;
  const FileLayout *layout(std::string_view name) const;
  /// The index of a label as files write it, aliases allowed; -1: no such label.
  int32_t labelOf(std::string_view text) const;
  /// The same of a label in an official file: nothing if the task skips it, BadInput that lists the labels if there is no such label.
  Result<std::optional<int32_t>> readLabel(std::string_view text) const;
};

/// Where tasks are read from, and which one a name means. The task part of the zoo's rule: presence is registration.
class TaskSet {
public:
  /// The installation's suites/tasks and the folders `extra` (--tasks DIR: DIR/*.yaml). Wrong files are listed in errors(), and the tasks of all others are there.
  /// NotFound when there is no installation and no `extra`, or a folder of `extra` is none.
  static Result<TaskSet> open(const std::vector<std::string> &extra = {});

  const std::vector<Task> &tasks() const { return all; }
  const std::vector<Error> &errors() const { return broken; }
  /// By name or as path.yaml. What is wrong with its file, if it is wrong; NotFound with a suggestion.
  Result<Task> find(const std::string &name) const;

private:
  void add(const std::string &file);
  void leaveOut(std::string name, Error error);

  std::vector<Task> all;
  std::vector<Error> broken;
  std::vector<std::string> brokenNames; ///< [broken]: the task that is meant, as far as the file can be read
};

/// One task file, or the first of what is wrong with it (FILE:LINE:COL).
Result<Task> readTask(const std::string &path);
/// All that is wrong with it.
std::vector<Error> checkTaskFile(const std::string &path);

} // namespace clew
