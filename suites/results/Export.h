// Export: records in the forms that other places read. Nothing is computed anew here: a number is the record's, and each names the record
// that it is from, so that whoever doubts it finds the predictions.
//
//   model-index   front matter of a Hugging Face model card (https://github.com/huggingface/hub-docs/blob/main/modelcard.md)
//   eval-results  a file of .eval_results (https://huggingface.co/docs/hub/eval-results), as a community result: no verifyToken
//   mteb          MTEB's folder: MODEL/REVISION/TASK.json and model_meta.json
//   csv           a line a record (RFC 4180)
//   benchmark     Google Benchmark's JSON, of latencies: a line a percentile, for its compare.py and what draws its files
#pragma once

#include "suites/records/Record.h"

#include <array>
#include <functional>
#include <map>
#include <span>

namespace clew {

enum class ExportFormat { ModelIndex, EvalResults, Mteb, Csv, Benchmark };
inline constexpr std::array kExportFormats = {ExportFormat::ModelIndex, ExportFormat::EvalResults, ExportFormat::Mteb,
                                              ExportFormat::Csv, ExportFormat::Benchmark};
std::string_view nameOf(ExportFormat format);

/// A task as the Hugging Face Hub calls it.
struct HubTask {
  std::string type;        ///< "text-classification"
  std::string dataset;     ///< of the Hub: "clue/clue"; empty: nobody said
  std::string config = {}; ///< of that data set, or the benchmark's task; empty: the data set has one alone
};

struct ExportOptions {
  std::string model;  ///< architecture/size, where there are several; empty: the only one
  std::string source; ///< URL at which the records lie; empty: none
  std::function<HubTask(const std::string &task)> hubTask;
};

/// A record and why it may stand in no ranking; empty: it may.
struct ExportRecord {
  const Record &record;
  std::string unranked;
};

struct ExportedFile {
  std::string name; ///< relative; empty for the only file of a form that has one
  std::string text;
};

struct Exported {
  std::vector<ExportedFile> files;
  std::vector<std::string> notes; ///< what was left out, and why
};

/// Records are valid by the schema and of the present one. Of several records of one configuration the scores of the last are taken. The first
/// three forms take only what may be ranked, of one model with one set of weights. BadInput when nothing is left, when there are several models
/// and none is named, and for `benchmark` when there are several machines.
Result<Exported> exportRecords(std::span<const ExportRecord> records, ExportFormat format,
                               const ExportOptions &options);

} // namespace clew
