// The evaluator of a build without the cpu backend, whose products it multiplies with: there is none, and it says so.
#include "runtime/evaluate/Evaluator.h"

namespace clew::onnx {

struct Evaluator::Impl {};

Evaluator::Evaluator(std::unique_ptr<Impl> impl) : impl(std::move(impl)) {}
Evaluator::Evaluator(Evaluator &&) noexcept = default;
Evaluator &Evaluator::operator=(Evaluator &&) noexcept = default;
Evaluator::~Evaluator() = default;

Result<Evaluator> Evaluator::create(const Model &, const std::string &where, const EvaluatorLimits &) {
  return fail(ErrorKind::Unavailable, "this build has no cpu backend (CLEW_ONEDNN), which runs ONNX files", where);
}

Result<std::vector<Value>> Evaluator::run(std::vector<Value>, int) {
  return fail(ErrorKind::Unavailable, "this build has no cpu backend (CLEW_ONEDNN), which runs ONNX files");
}

size_t Evaluator::steps() const { return 0; }

} // namespace clew::onnx
