// MODEL, --zoo, --task, --target, --precision, --cpu: what commands that compile a model have in common, so that they mean
// the same everywhere.
#pragma once

#include "compiler/Compile.h"
#include "runtime/base/Result.h"
#include "zoo/Model.h"

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace clew {

struct ModelArgument {
  std::string spec;             ///< architecture/size, architecture, or path.yaml[:size]
  std::vector<std::string> zoo; ///< further zoo folders
  std::string task;             ///< HEAD:LABELS, or empty
};

/// MODEL and --zoo, and --task if `withTask`.
void addModelArgument(CLI::App &command, ModelArgument &argument, bool withTask = true);

/// --zoo alone.
void addZooOption(CLI::App &command, std::vector<std::string> &zoo);

/// --target, --precision, --cpu. `options` holds the defaults.
void addTargetOptions(CLI::App &command, CompileOptions &options);

/// The model with its head. NotFound if there is no such model, size or head.
Result<Model> loadModel(const ModelArgument &argument);

/// The exit code for an error of loadModel: an unknown model is a usage error.
int codeOf(const Error &error);

} // namespace clew
