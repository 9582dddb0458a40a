// The frame around a process: a mapped file that is cut short while it is read ends it in one line.
#include "cli/Exit.h"

#include "runtime/base/MappedFile.h"
#include "tests/runtime/base/TemporaryFolder.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <sys/wait.h>
#include <unistd.h>

using namespace clew;

namespace {

/// Maps the file, which is then cut short, and reads its end.
int readPastTheEnd(int, char **arguments) {
  const Result<MappedFile> file = MappedFile::open(arguments[0]);
  if (!file || truncate(arguments[0], 0) != 0) {
    return 77;
  }
  return static_cast<int>(file->text().back()); // SIGBUS
}

} // namespace

TEST_CASE("a file that is cut short while it is mapped ends in one line") {
  const TemporaryFolder folder;
  std::string path = folder.write("long", std::string(100000, 'x'));
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    dup2(ends[1], STDERR_FILENO);
    char *arguments[] = {path.data(), nullptr};
    std::_Exit(runProcess(1, arguments, readPastTheEnd));
  }
  close(ends[1]);
  std::string said;
  char piece[256];
  for (ssize_t got = 0; (got = read(ends[0], piece, sizeof piece)) > 0;) {
    said.append(piece, static_cast<size_t>(got));
  }
  close(ends[0]);
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == kFailed);
  CHECK(said == "error: a file was cut short, or could not be read, while it was in use\n");
}
