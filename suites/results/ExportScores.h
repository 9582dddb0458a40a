// The forms of Export.h that hold scores: one entry for each configuration of a model.
#pragma once

#include "suites/results/Export.h"

namespace clew {

/// `records`: one for each configuration, of one model, with scores.
Exported exportModelIndex(std::span<const Record *const> records, const ExportOptions &options);
Exported exportEvalResults(std::span<const Record *const> records, const ExportOptions &options);
Exported exportMteb(std::span<const Record *const> records, const ExportOptions &options);

/// The forms that hold all that was measured.
Exported exportCsv(std::span<const ExportRecord> records);
Result<Exported> exportBenchmark(std::span<const ExportRecord> records);

} // namespace clew
