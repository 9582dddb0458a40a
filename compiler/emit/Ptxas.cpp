// See Ptxas.h.
#include "compiler/emit/Ptxas.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"

#include <fmt/format.h>

#include <optional>

namespace clew::compiler {
namespace {

/// Removed when it goes.
struct TemporaryFile {
  llvm::SmallString<128> path;
  std::optional<llvm::FileRemover> remover;

  Result<void> make(llvm::StringRef suffix, std::string_view content) {
    int descriptor = -1;
    if (std::error_code error = llvm::sys::fs::createTemporaryFile("clew", suffix, descriptor, path)) {
      return fail(ErrorKind::Io, "no temporary file: " + error.message());
    }
    remover.emplace(path);
    llvm::raw_fd_ostream out(descriptor, /*shouldClose=*/true);
    out << llvm::StringRef(content);
    out.close();
    if (out.has_error()) {
      const std::string message = out.error().message();
      out.clear_error();
      return fail(ErrorKind::Io, "temporary file: " + message);
    }
    return {};
  }

  Result<std::string> read() const {
    auto buffer = llvm::MemoryBuffer::getFile(path);
    return buffer ? Result<std::string>((*buffer)->getBuffer().str())
                  : fail(ErrorKind::Io, "temporary file: " + buffer.getError().message());
  }
};

} // namespace

Result<Assembled> assemblePtx(std::string_view ptx, std::string_view chip) {
  auto program = llvm::sys::findProgramByName("ptxas");
  if (!program) {
    program = llvm::sys::findProgramByName("ptxas", {"/usr/local/cuda/bin"});
  }
  if (!program) {
    return fail(ErrorKind::Unavailable, "there is no ptxas in PATH, which makes cubins");
  }
  TemporaryFile source, image, log;
  for (auto [file, suffix, content] : {std::tuple(&source, "ptx", ptx), {&image, "cubin", ""}, {&log, "log", ""}}) {
    if (Result<void> made = file->make(suffix, content); !made) {
      return fail(made);
    }
  }
  const std::string arch = fmt::format("--gpu-name={}", chip);
  const llvm::StringRef arguments[] = {*program, "-v", arch, "-o", image.path, source.path};
  const std::optional<llvm::StringRef> streams[] = {std::nullopt, log.path.str(), log.path.str()};
  std::string message;
  const int code = llvm::sys::ExecuteAndWait(*program, arguments, std::nullopt, streams, 0, 0, &message);
  auto said = log.read();
  if (!said) {
    return fail(said);
  }
  if (code != 0) {
    return fail(code < 0 ? ErrorKind::Io : ErrorKind::Unsupported, fmt::format("ptxas: {}{}", message, *said));
  }
  auto bytes = image.read();
  return bytes ? Result<Assembled>(Assembled{std::move(*bytes), std::move(*said)}) : fail(bytes);
}

} // namespace clew::compiler
