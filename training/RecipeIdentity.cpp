// See Recipe.h: what makes two runs the same run. A new field of Recipe that changes what comes out belongs here.
#include "training/Recipe.h"

#include <fmt/format.h>

namespace clew {
namespace {

std::string textOf(const LossTerm &term) {
  std::string text = fmt::format(" {} {} {}", term.op, term.weights, term.factor);
  for (const auto &[key, name] : term.operands) {
    text += " " + key + "=" + name;
  }
  for (const auto &[key, value] : term.attributes) {
    text += " " + key + "=" + std::visit([](const auto &one) { return fmt::format("{}", one); }, value);
  }
  return term.project ? text + fmt::format(" project {} {}", term.project->name, term.project->width) : text;
}

std::string textOf(const OptimizerForm &form) {
  std::string text = fmt::format(" {} {} {} {} {} {} {} {}", static_cast<int>(form.kind), form.rate, form.beta1,
                                 form.beta2, form.eps, form.momentum, form.weightDecay, form.clip);
  for (const auto &[path, rate] : form.rates) {
    text += fmt::format(" {}={}", path, rate);
  }
  return text;
}

} // namespace

std::string identityText(const Recipe &recipe) {
  std::string text = fmt::format("{} {} {} {} {} {}", recipe.heldOut, recipe.batch, recipe.seed, recipe.average,
                                 recipe.epochs, recipe.newHead);
  text += textOf(recipe.optimizer);
  text += fmt::format(" {} {}", static_cast<int>(recipe.schedule.shape), recipe.schedule.warmUp);
  for (const LossTerm &term : recipe.losses) {
    text += textOf(term);
  }
  for (const std::string &path : recipe.frozen) {
    text += " frozen " + path;
  }
  const InitialValues &initial = recipe.initial;
  return text + fmt::format(" {} {} {} {}", static_cast<int>(initial.matrices), initial.deviation, initial.tables,
                            initial.forgetBias);
}

} // namespace clew
