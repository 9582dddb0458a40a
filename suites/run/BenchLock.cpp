// flock on a file of its own, so that readers of the records never wait for a measurement.
#include "suites/run/BenchLock.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace clew {

Result<BenchLock> BenchLock::take(const std::string &folder) {
  const std::string path = folder + "/.lock";
  const int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  while (descriptor >= 0) {
    if (flock(descriptor, LOCK_EX) == 0) {
      return BenchLock(descriptor);
    }
    if (errno != EINTR) {
      close(descriptor);
      break;
    }
  }
  return fail(ErrorKind::Io, std::string("cannot lock: ") + std::strerror(errno), path);
}

BenchLock::~BenchLock() {
  if (descriptor >= 0) {
    close(descriptor);
  }
}

} // namespace clew
