// Document: one label for a text of any length. It is read in windows, and their logits are averaged before the softmax.
#include "suites/kinds/Decoding.h"
#include "suites/kinds/Kinds.h"
#include "suites/kinds/LabelKind.h"
#include "suites/kinds/WindowSyntax.h"
#include "suites/metrics/Measure.h"

namespace clew {
namespace {

class Document : public LabelKind {
public:
  Document()
      : LabelKind({.name = "document",
                   .head = "classify",
                   .fields = {{"text", "first"}},
                   .readers = {"json", "tsv", "csv", "quoted_tsv"},
                   .metrics = namesOf(labelMetrics()),
                   .usual = kUsualLabelMetrics,
                   .sequence = {SequenceForm::Shape::Pieces, SequenceForm::Logits::Sequence, 0, 0}}) {}

  void readYaml(YamlFields &fields, Task &task, Diagnostics &diagnostics) const override {
    LabelKind::readYaml(fields, task, diagnostics);
    readStride(fields, task, diagnostics);
  }

  std::vector<int64_t> shares(int64_t characters) const override { return {characters}; }

  void decode(const Task & /*task*/, const Row & /*row*/, std::span<const SequenceLogits> sequences,
              Answer &answer) const override {
    thread_local std::vector<float> mean; // kept, so that decoding takes no memory
    mean.assign(sequences.front().values.size(), 0);
    for (size_t label = 0; label < mean.size(); ++label) {
      double sum = 0;
      for (const SequenceLogits &window : sequences) {
        sum += window.values[label];
      }
      mean[label] = static_cast<float>(sum / static_cast<double>(sequences.size()));
    }
    LabelAnswer &given = answerAs<LabelAnswer>(answer);
    softmax(mean, given.probs);
    given.label = argmax(mean);
  }
};

} // namespace

const TaskKind &documentKind() {
  static const Document kind;
  return kind;
}

} // namespace clew
