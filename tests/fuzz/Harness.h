// Harness: one reader of outside data as a function of bytes. libFuzzer calls it with bytes of its own making, and an ordinary test with
// the seeds and with what was once found (tests/fuzz/README.md).
#pragma once

#include "runtime/base/Result.h"

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace clew::fuzz {

/// A harness is an object of this type in its file: making it registers it.
class Harness {
public:
  /// `run` must bear any bytes, keep nothing, and call expect() for what always holds. `seeds` makes inputs that the reader takes.
  Harness(const char *name, void (*run)(std::string_view bytes), std::vector<std::string> (*seeds)());
  Harness(const Harness &) = delete;

  const char *name;
  void (*run)(std::string_view bytes);
  std::vector<std::string> (*seeds)();

  /// All of this program.
  static std::span<const Harness *const> all();
};

/// Ends the process with `what` and `detail` unless it holds: a finding.
void expect(bool holds, std::string_view what, std::string_view detail = {});

/// What every refusal must be: a fault of the file and not ours, in UTF-8, that says something and where: `where` begins with `place`.
void expectRefusal(const Error &error, std::string_view place);
/// What is said to people must be UTF-8, whatever the file holds.
void expectText(std::string_view text);

/// A file in memory with a name in the file system. One at a time: the next write replaces it.
const std::string &fileOf(std::string_view bytes);

/// A folder in memory that holds these files alone. One at a time.
const std::string &folderOf(const std::map<std::string, std::string> &files);

/// Several files as one input: each begins with a line "== NAME"; what stands before the first is left out. Names are made plain.
std::map<std::string, std::string> partsOf(std::string_view bytes);
std::string joined(const std::map<std::string, std::string> &files);

/// A file of the source tree; it must be there. `path` counts from the top of the tree.
std::string sourceFile(const std::string &path);
/// All files of a folder of the tree whose names end so.
std::vector<std::string> sourceFiles(const std::string &folder, std::string_view ending);

} // namespace clew::fuzz
