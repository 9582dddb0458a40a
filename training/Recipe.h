// Recipe: how a model becomes weights. One YAML file in training/recipes, or anywhere.
#pragma once

#include "runtime/base/Result.h"
#include "zoo/Model.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace clew {

/// A linear map without bias that a loss learns for itself, to compare what has another width; those of one name are one map.
struct Projection {
  std::string name;
  int64_t width = 0;
};

/// Whom the model learns from: its outputs are "teacher.NAME" in losses.
struct TeacherForm {
  std::string model; ///< architecture/size
  std::string weights;
  std::map<std::string, Attribute> params;
  Position at;
};

/// One term of what is made small: an op of zoo/OpTable.h that gives a number, applied to outputs and inputs of the model by their names.
/// `labels` is what the task's rows say is right.
struct LossTerm {
  std::string op;
  std::vector<std::pair<std::string, std::string>> operands; ///< by the op's keys
  std::vector<std::pair<std::string, Attribute>> attributes;
  std::string weights; ///< the path of the step whose parameters it reads, as `weights` of a step of a model; or empty
  double factor = 1;
  std::optional<Projection> project; ///< `x` goes through it first
  Position at;
};

/// What parameters begin with.
struct InitialValues {
  enum class Matrices { Glorot, Normal } matrices = Matrices::Normal;
  double deviation = 0.02; ///< of Normal matrices
  double tables = 0.02;    ///< standard deviation of embeddings
  double forgetBias = 0;   ///< of LSTMs
};

enum class OptimizerKind { Adamw, Lamb, Sgd };

struct OptimizerForm {
  OptimizerKind kind = OptimizerKind::Adamw;
  double rate = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double eps = 1e-8;
  double momentum = 0;    ///< SGD
  double weightDecay = 0; ///< of matrices and tables; vectors have none
  double clip = 0;        ///< gradients are scaled down to this length, all together; 0: never
  std::vector<std::pair<std::string, double>> rates =
      {}; ///< factors of the rate for parameters under these paths; the longest path that fits
};

enum class ScheduleShape { Constant, Linear, Cosine };

/// The rate rises from 0 over the first `warmUp` of all updates, then stays, or falls to 0 at the end.
struct Schedule {
  ScheduleShape shape = ScheduleShape::Linear;
  double warmUp = 0;

  /// The factor of the rate at update `step` (from 0) of `steps`.
  double at(int64_t step, int64_t steps) const;
};

struct Recipe {
  std::string name;
  std::string about;
  std::string source;
  std::string model; ///< architecture/size
  std::string task;
  std::string trainSplit = "train";
  double heldOut = 0;      ///< share of the training rows that choose the best epoch; 0: `chooseSplit` does
  std::string chooseSplit; ///< empty if rows are held out
  std::string reportSplit; ///< judged once, with the best weights; empty: none
  std::vector<std::string>
      extra;             ///< files of further rows to learn from, as `clew augment` writes them; they choose nothing
  std::string startFrom; ///< weights to begin with; empty: initial values
  bool newHead = false;  ///< those are the body's alone, and the head has initial values
  std::map<std::string, Attribute> params; ///< of the model, in place of its own: dropout
  std::optional<TeacherForm> teacher;
  std::vector<LossTerm> losses;
  InitialValues initial;
  OptimizerForm optimizer;
  Schedule schedule;
  int64_t batch = 32; ///< sequences of an update
  int64_t epochs = 1;
  int64_t patience = 0; ///< epochs without a better score after which training ends; 0: never
  double average =
      0; ///< weights are judged and kept as exponential averages with this share of the old; 0: as they are
  std::vector<std::string> frozen; ///< paths
  uint64_t seed = 1;
  std::string file;
};

/// Everything of a recipe that changes what comes out, as one text: two runs whose texts differ are not one run. Without the names of
/// model, teacher and data, whose contents count; how long it may take (`patience`) and what is reported at the end may change.
std::string identityText(const Recipe &recipe);

/// Reads a recipe; `set` are "key=value" in place of what the file says, keys with dots: "optimizer.rate=1e-4". The first of what is wrong,
/// with FILE:LINE:COL.
Result<Recipe> readRecipe(const std::string &path, const std::vector<std::string> &set = {});
/// All that is wrong with the file.
std::vector<Error> checkRecipeFile(const std::string &path);

} // namespace clew
