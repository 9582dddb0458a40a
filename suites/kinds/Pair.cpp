// Pair: one label for two texts.
#include "suites/kinds/Kinds.h"
#include "suites/kinds/LabelKind.h"
#include "suites/metrics/Measure.h"

namespace clew {
namespace {

class Pair : public LabelKind {
public:
  Pair()
      : LabelKind({.name = "pair",
                   .head = "pair",
                   .fields = {{"sentence1", "first"}, {"sentence2", "second"}},
                   .readers = {"json", "tsv", "csv", "quoted_tsv"},
                   .metrics = namesOf(labelMetrics()),
                   .usual = kUsualLabelMetrics,
                   .sequence = {SequenceForm::Shape::TwoTexts, SequenceForm::Logits::Sequence, 0, 1}}) {}

  std::vector<int64_t> shares(int64_t characters) const override { return {(characters + 1) / 2, characters / 2}; }
};

} // namespace

const TaskKind &pairKind() {
  static const Pair kind;
  return kind;
}

} // namespace clew
