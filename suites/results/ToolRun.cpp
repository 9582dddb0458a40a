// posix_spawn with a pipe for what the program prints.
#include "suites/results/ToolRun.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace clew {
namespace {

std::string readAll(int descriptor) {
  constexpr size_t most = size_t{64} << 10;
  std::string text;
  char block[4096];
  for (ssize_t count = 1; count != 0;) {
    count = read(descriptor, block, sizeof block);
    if (count < 0 && errno != EINTR) {
      break;
    }
    // Read to the end, so that the program does not wait for us.
    text.append(block, count > 0 && text.size() < most ? static_cast<size_t>(count) : 0);
  }
  return text;
}

int exitCode(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

} // namespace

Result<ToolRun> runTool(const std::vector<std::string> &arguments, const std::string &input) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    return fail(ErrorKind::Io, std::string("cannot make a pipe: ") + std::strerror(errno));
  }
  std::vector<char *> argv;
  for (const std::string &argument : arguments) {
    argv.push_back(const_cast<char *>(argument.c_str()));
  }
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
  if (!input.empty()) {
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, input.c_str(), O_RDONLY, 0);
  }
  pid_t child = 0;
  const int failed = posix_spawnp(&child, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  ToolRun run;
  if (failed == 0) {
    run.output = readAll(ends[0]);
    run.code = exitCode(child);
  }
  close(ends[0]);
  if (failed == ENOENT) {
    return fail(ErrorKind::Unavailable, "the program " + arguments[0] + " is not installed");
  }
  return failed != 0 ? Result<ToolRun>(fail(ErrorKind::Io, "cannot run " + arguments[0] + ": " + std::strerror(failed)))
                     : Result<ToolRun>(std::move(run));
}

} // namespace clew
