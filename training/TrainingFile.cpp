// See TrainingFile.h. Tensors: "values.NAME" of every parameter but the teacher's, "moment.K.NAME" and "average.NAME" of those that are
// trained. Numbers of the place stand in the metadata, as hexadecimal floats where they are floats.
#include "training/TrainingFile.h"

#include "runtime/base/ParameterPath.h"
#include "runtime/weights/SafeTensors.h"
#include "training/TeacherGraph.h"

#include <fmt/format.h>

#include <cstring>
#include <filesystem>

namespace clew {
namespace {

/// All memory that is kept, by name.
std::vector<std::pair<std::string, std::span<float>>> partsOf(TrainingState &state, const Program &program) {
  std::vector<std::pair<std::string, std::span<float>>> parts;
  for (size_t i = 0; i < program.parameters.size(); ++i) {
    if (isUnder(program.parameters[i].name, kTeacherPath)) {
      continue; // as its weights say
    }
    parts.emplace_back("values." + program.parameters[i].name, state.valuesOf(i));
  }
  for (const TrainingState::Trained &one : state.trained()) {
    for (size_t k = 0; k < one.moments.size(); ++k) {
      parts.emplace_back(fmt::format("moment.{}.{}", k, one.parameter->name), one.moments[k]);
    }
    if (!one.average.empty()) {
      parts.emplace_back("average." + one.parameter->name, one.average);
    }
  }
  return parts;
}

double number(const SafeTensorsMetadata &metadata, const std::string &key) {
  const auto found = metadata.find(key);
  return found == metadata.end() ? 0 : std::strtod(found->second.c_str(), nullptr);
}

} // namespace

Result<void> saveTraining(const std::string &path, TrainingState &state, const Program &program,
                          const TrainingPlace &place) {
  std::vector<TensorView> views;
  const auto parts = partsOf(state, program);
  for (const auto &[name, values] : parts) {
    views.push_back({name, StoredType::F32, {static_cast<int64_t>(values.size())}, std::as_bytes(values)});
  }
  const SafeTensorsMetadata metadata = {{"clew.training", "1"},
                                        {"clew.model", program.model},
                                        {"recipe_sha256", place.recipeSha256},
                                        {"step", std::to_string(place.step)},
                                        {"best_epoch", std::to_string(place.bestEpoch)},
                                        {"best_score", fmt::format("{:a}", place.bestScore)},
                                        {"loss_sum", fmt::format("{:a}", place.lossSum)},
                                        {"seconds", fmt::format("{:a}", place.seconds)}};
  return writeSafeTensors(path, views, metadata);
}

Result<TrainingPlace> loadTraining(const std::string &path, TrainingState &state, const Program &program,
                                   const std::string &recipeSha256) {
  std::error_code code;
  if (!std::filesystem::exists(path, code)) {
    return fail(ErrorKind::NotFound, "no training to go on with", path);
  }
  const Result<SafeTensors> file = SafeTensors::open(path);
  if (!file) {
    return fail(file);
  }
  const SafeTensorsMetadata &metadata = file->metadata();
  if (!metadata.contains("clew.training")) {
    return fail(ErrorKind::BadInput, "expected the state of a training, found other tensors", path);
  }
  const auto recipe = metadata.find("recipe_sha256");
  if (recipe == metadata.end() || recipe->second != recipeSha256) {
    return fail(
        ErrorKind::BadInput,
        "this training was begun with another recipe, other data or another model; give another --out, or delete it",
        path);
  }
  for (const auto &[name, values] : partsOf(state, program)) {
    const TensorView *tensor = file->find(name);
    if (!tensor || tensor->type != StoredType::F32 || tensor->bytes.size() != values.size_bytes()) {
      return fail(ErrorKind::BadInput, fmt::format("the state has no '{}' of {} numbers", name, values.size()), path);
    }
    std::memcpy(values.data(), tensor->bytes.data(), tensor->bytes.size());
  }
  TrainingPlace place;
  place.step = static_cast<int64_t>(number(metadata, "step"));
  place.bestEpoch = static_cast<int64_t>(number(metadata, "best_epoch"));
  place.bestScore = number(metadata, "best_score");
  place.lossSum = number(metadata, "loss_sum");
  place.seconds = number(metadata, "seconds");
  place.recipeSha256 = recipeSha256;
  return place;
}

} // namespace clew
