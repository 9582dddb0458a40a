// Keywords: whether all keywords are those of a text (CSL). The keywords, joined with single spaces, stand before the text, as in CLUE's
// baseline.
#include "suites/kinds/Kinds.h"
#include "suites/kinds/LabelKind.h"
#include "suites/metrics/Measure.h"

namespace clew {
namespace {

class Keywords : public LabelKind {
public:
  Keywords()
      : LabelKind({.name = "keywords",
                   .head = "pair",
                   .fields = {{"keywords", "keywords", FieldType::List}, {"abstract", "abstract"}},
                   .readers = {"json"},
                   .metrics = namesOf(labelMetrics()),
                   .usual = kUsualLabelMetrics,
                   .sequence = {SequenceForm::Shape::TwoTexts, SequenceForm::Logits::Sequence, 0, 1}}) {}

  std::vector<int64_t> shares(int64_t characters) const override { return {(characters + 1) / 2, characters / 2}; }
};

} // namespace

const TaskKind &keywordsKind() {
  static const Keywords kind;
  return kind;
}

} // namespace clew
