// Every recipe of training/recipes compiles: its model, its teacher and its losses fit together, whoever has the weights.
#include "compiler/Compile.h"
#include "suites/data/Task.h"
#include "training/LossGraph.h"
#include "training/TeacherGraph.h"
#include "zoo/Zoo.h"

#include <doctest/doctest.h>
#include <filesystem>

using namespace clew;

namespace {

const std::string root = CLEW_SOURCE_DIR;

Model modelOf(const Zoo &zoo, const std::string &name, const Task &task) {
  const Result<Model> body = zoo.findModel(name);
  REQUIRE_MESSAGE(body.has_value(), body.error().render());
  Result<Model> model = zoo.withHead(*body, std::string(task.kind->head), task.outputs());
  REQUIRE_MESSAGE(model.has_value(), model.error().render());
  return std::move(*model);
}

} // namespace

TEST_CASE("the shipped recipes compile") {
  const Result<Zoo> zoo = Zoo::openOnly({root + "/zoo"});
  REQUIRE(zoo.has_value());
  int seen = 0;
  for (const auto &entry : std::filesystem::directory_iterator(root + "/training/recipes")) {
    INFO(entry.path().string());
    const Result<Recipe> recipe = readRecipe(entry.path().string());
    REQUIRE_MESSAGE(recipe.has_value(), recipe.error().render());
    const Result<Task> task = readTask(root + "/suites/tasks/" + recipe->task + ".yaml");
    REQUIRE(task.has_value());
    Model model = modelOf(*zoo, recipe->model, *task);
    if (recipe->teacher) {
      Result<Model> joint = withTeacher(model, modelOf(*zoo, recipe->teacher->model, *task));
      REQUIRE_MESSAGE(joint.has_value(), joint.error().render());
      model = std::move(*joint);
    }
    const Result<Model> whole = withLoss(model, *recipe);
    REQUIRE_MESSAGE(whole.has_value(), whole.error().render());
    CompileOptions options;
    options.target = Target::Ref;
    options.outputs = {"loss"};
    const Result<Program> program = compileTraining(*whole, options, {std::string(kTeacherPath)});
    REQUIRE_MESSAGE(program.has_value(), program.error().render());
    for (const State &state : program->states) {
      const bool learns = state.kind == StateKind::Gradient;
      const std::string &name = program->parameters[static_cast<size_t>(std::max(state.parameter, 0))].name;
      CHECK_FALSE((learns && name.starts_with("teacher.")));
    }
    ++seen;
  }
  CHECK(seen >= 4);
}
