// See ProgramCache.h.
#include "compiler/ProgramCache.h"

#include "compiler/TargetRules.h"
#include "runtime/base/Installation.h"
#include "runtime/base/Sha256.h"
#include "runtime/program/ProgramFile.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace clew {
namespace {

namespace fs = std::filesystem;

constexpr size_t kKeptPrograms = 256; ///< the oldest go first
constexpr const char *kSuffix = ".clewprog";

std::string text(const Attribute &attribute) {
  return std::visit([](const auto &value) { return fmt::format("{}", value); }, attribute);
}

std::string identityOf(const CheckpointForm &form) {
  std::string all;
  auto add = [&](const std::string &part) { all += fmt::format("{}:{};", part.size(), part); };
  auto addAll = [&](const std::vector<std::string> &parts) {
    all += fmt::format("{}:", parts.size());
    std::ranges::for_each(parts, add);
  };
  add(form.format);
  add(form.prefix);
  addAll(form.ignore);
  for (const auto &[ending, older] : form.endings) {
    addAll({ending, older});
  }
  for (const ConfigRule &rule : form.config.rules) {
    add(rule.key);
    all += fmt::format("{}{}{}:", nameOf(rule.kind), rule.accepted.size(), rule.otherwise.has_value());
    for (const ConfigValue &value : rule.accepted) {
      all += fmt::format("{}", value.index());
      add(text(value));
    }
    add(rule.otherwise ? fmt::format("{}{}", rule.otherwise->index(), text(*rule.otherwise)) : "");
  }
  addAll(form.config.absent);
  addAll(form.config.ignore);
  addAll(form.config.files);
  return all;
}

/// Everything of a model that a Program depends on. The lengths before strings keep two models from reading alike.
std::string identityOf(const Model &model) {
  std::string all;
  auto add = [&](const std::string &part) { all += fmt::format("{}:{};", part.size(), part); };
  add(model.name());
  for (const ModelInput &input : model.inputs) {
    add(input.name);
    add(input.level);
    add(input.holder);
    add(input.optional ? "optional" : "");
  }
  for (const Node &node : model.nodes) {
    add(node.op);
    add(node.name);
    add(node.at.render());
    add(node.weights);
    for (const std::string &suffix : node.shared) {
      add(suffix);
    }
    for (ValueRef operand : node.operands) {
      all += fmt::format("{}.{};", operand.node, operand.result);
    }
    for (const auto &[name, value] : node.attributes) {
      add(name);
      all += fmt::format("{}", value.index());
      add(text(value));
    }
  }
  for (const auto &[name, value] : model.outputs) {
    add(name);
    all += fmt::format("{}.{};", value.node, value.result);
  }
  for (const Checkpoint &checkpoint : model.checkpoints) {
    for (const CheckpointEntry &entry : checkpoint.entries) {
      add(entry.parameter);
      add(entry.recipe.describe());
    }
    add(identityOf(checkpoint.form));
  }
  return all;
}

/// A hash of this executable: it holds the compiler.
const Result<std::string> &compilerHash() {
  static const Result<std::string> hash = sha256OfFile("/proc/self/exe");
  return hash;
}

/// Keeps the newest Programs. Another process may do the same: what is gone already is fine.
void prune(const fs::path &folder) {
  std::error_code error;
  std::vector<std::pair<fs::file_time_type, fs::path>> files;
  for (const fs::directory_entry &entry : fs::directory_iterator(folder, error)) {
    if (entry.path().extension() == kSuffix) {
      files.emplace_back(entry.last_write_time(error), entry.path());
    }
  }
  std::ranges::sort(files);
  for (size_t i = 0; i + kKeptPrograms < files.size(); ++i) {
    fs::remove(files[i].second, error);
  }
}

} // namespace

namespace compiler {

/// The hash of that, the options, the machine and this program.
static Result<std::string> keyOf(const std::string &identity, const CompileOptions &options) {
  const Result<std::string> &self = compilerHash();
  if (!self) {
    return fail(self);
  }
  const Result<std::string> machine = rulesOf(options.target).machine(options);
  if (!machine) {
    return fail(machine);
  }
  std::string all = fmt::format("{}\n{}\n{}\n{}\n{}\n{}\n{}\n", *self, nameOf(options.target),
                                nameOf(options.precision), nameOf(options.execution.bf16),
                                nameOf(options.execution.products), *machine, fmt::join(options.outputs, ";"));
  return sha256Of(all + identity);
}

Result<std::string> programKey(const Model &model, const CompileOptions &options) {
  return keyOf(identityOf(model), options);
}

Result<std::string> programCacheFolder() {
  const Result<std::string> cache = cacheHome();
  if (!cache) {
    return fail(ErrorKind::Unavailable, cache.error().message, cache.error().where);
  }
  const fs::path folder = fs::path(*cache) / "programs";
  std::error_code error;
  fs::create_directories(folder.parent_path(), error);
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return fail(ErrorKind::Unavailable, "cannot make the program cache", folder.string());
  }
  struct stat status{};
  if (::lstat(folder.c_str(), &status) != 0 || !S_ISDIR(status.st_mode) || status.st_uid != ::geteuid() ||
      (status.st_mode & 077) != 0) {
    return fail(ErrorKind::Unavailable, "expected a folder of your own with mode 0700", folder.string());
  }
  return folder.string();
}

Result<Program> cachedProgram(const std::string &identity, const CompileOptions &options,
                              llvm::function_ref<Result<Program>()> compile) {
  auto folder = programCacheFolder();
  auto key = folder ? keyOf(identity, options) : fail(folder);
  if (!key) {
    return compile(); // without a cache everything works, only slower
  }
  std::string path = (fs::path(*folder) / (*key + kSuffix)).string();
  if (auto cached = loadProgram(path, *key)) {
    return cached;
  }
  auto program = compile();
  if (program && saveProgram(*program, path, *key)) {
    prune(*folder);
  }
  return program;
}

} // namespace compiler

Result<Program> compileCached(const Model &model, const CompileOptions &options) {
  return compiler::cachedProgram(identityOf(model), options, [&] { return compileModel(model, options); });
}

} // namespace clew
