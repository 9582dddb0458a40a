// Classify: one label for a text.
#include "suites/kinds/Kinds.h"
#include "suites/kinds/LabelKind.h"
#include "suites/metrics/Measure.h"

namespace clew {
namespace {

class Classify : public LabelKind {
public:
  Classify()
      : LabelKind({.name = "classify",
                   .head = "classify",
                   .fields = {{"text", "first"}},
                   .readers = {"json", "tsv", "csv", "quoted_tsv"},
                   .metrics = namesOf(labelMetrics()),
                   .usual = kUsualLabelMetrics,
                   .sequence = {SequenceForm::Shape::OneText, SequenceForm::Logits::Sequence, 0, 0}}) {}

  std::vector<int64_t> shares(int64_t characters) const override { return {characters}; }
};

} // namespace

const TaskKind &classifyKind() {
  static const Classify kind;
  return kind;
}

} // namespace clew
