// Result files of other harnesses.
#include "suites/results/Claims.h"
#include "tests/fuzz/Harness.h"

#include <cmath>

namespace clew::fuzz {
namespace {

void run(std::string_view bytes) {
  const std::string &path = fileOf(bytes);
  const Result<std::vector<Claim>> claims = readClaims(path);
  if (!claims) {
    expectRefusal(claims.error(), path);
    return;
  }
  expect(!claims->empty(), "some claim");
  for (const Claim &claim : *claims) {
    expect(std::isfinite(claim.value) && (!claim.standardError || std::isfinite(*claim.standardError)), "numbers");
    for (const std::string *text : {&claim.model, &claim.task, &claim.split, &claim.metric, &claim.harness}) {
      expectText(*text);
    }
  }
}

std::vector<std::string> seeds() {
  return {R"({"results": {"arc": {"alias": "arc", "acc,none": 0.5, "acc_stderr,none": 0.01, "em,strict": 1, "n": 3}},
 "config": {"model": "hf", "model_args": "pretrained=a/b,dtype=float"}, "lm_eval_version": "0.4"})",
          R"({"results": {"x": {"acc,none": 1e308}}, "model_name": "m"})",
          R"({"task_name": "T", "mteb_version": "1", "scores": {"test": [{"main_score": 0.5, "hf_subset": "zh"}, 3]}})",
          R"({"task_name": "T", "scores": {"test": {"a": {"main_score": 1}}}})",
          R"({"results": {}})",
          "[]"};
}

const Harness harness("claims", run, seeds);

} // namespace
} // namespace clew::fuzz
