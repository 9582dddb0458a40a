// Result files of other harnesses. A first line "== NAME" says by its name which form the rest is in.
#include "suites/results/Claims.h"
#include "tests/fuzz/Harness.h"

#include <cmath>

namespace clew::fuzz {
namespace {

void run(std::string_view bytes) {
  const std::map<std::string, std::string> files = partsOf(bytes);
  const std::string path = files.empty() ? fileOf(bytes) : folderOf(files) + "/" + files.begin()->first;
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
          "== a.md\n---\nmodel-index:\n- name: m\n  results:\n  - dataset: {type: d, config: c, split: dev}\n"
          "    metrics:\n    - {type: f1, name: F1, value: 85.5}\n---\n",
          "== a.yaml\n- dataset: {id: a/b, task_id: t}\n  value: 1.5e1\n",
          "== a.csv\nmodel,task,split,precision,headline,score\nm,t,dev,int8,acc,12.5\n\"m\n\",t,dev,f32,acc,\n",
          "[]"};
}

const Harness harness("claims", run, seeds);

} // namespace
} // namespace clew::fuzz
