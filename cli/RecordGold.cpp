// See RecordGold.h.
#include "cli/RecordGold.h"

#include "cli/ModelArgument.h"
#include "suites/run/ModelIdentity.h"

#include <memory>

namespace clew {
namespace {

Result<ModelFacts> factsOf(const Zoo &zoo, const std::string &name, const Task &task) {
  if (name.find(".yaml") != name.npos) {
    return fail(ErrorKind::NotFound, "a record names models of the zoo alone");
  }
  const Result<Model> body = zoo.findModel(name);
  const Result<Model> model = body ? zoo.withHead(*body, std::string(task.kind->head), task.outputs()) : fail(body);
  const Result<std::string> sha256 = model ? modelSha256(*model) : fail(model);
  if (!sha256) {
    return fail(sha256);
  }
  // What one more token costs: heads that run once a sequence fall out, and so does most of attention.
  const Result<ModelSummary> two = summarize(*model, 2);
  const Result<ModelSummary> one = two ? summarize(*model, 1) : fail(two);
  if (!one) {
    return fail(one);
  }
  return ModelFacts{*sha256, one->parameters, static_cast<double>(two->flops - one->flops)};
}

} // namespace

GoldSource recordGold(const std::vector<std::string> &tasks, const std::string &data,
                      const std::vector<std::string> &zoo) {
  GoldSource gold = goldSource(tasks, data);
  const auto opened = std::make_shared<std::optional<Result<Zoo>>>();
  gold.findModel = [opened, zoo](const std::string &name, const Task &task) -> Result<ModelFacts> {
    if (!*opened) {
      *opened = openZoo(zoo);
    }
    return **opened ? factsOf(***opened, name, task) : fail(**opened);
  };
  return gold;
}

} // namespace clew
