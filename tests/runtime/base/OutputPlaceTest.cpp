// Writing to a name keeps what the name stands for: links stay links, devices devices, modes modes. Device nodes are our own, made in a
// temporary folder: a wrong build must not be able to break the machine's.
#include "runtime/base/OutputPlace.h"
#include "runtime/base/AtomicFile.h"
#include "tests/runtime/base/TemporaryFolder.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

using namespace clew;
namespace fs = std::filesystem;

namespace {

mode_t modeOf(const std::string &path) {
  struct stat status = {};
  REQUIRE(lstat(path.c_str(), &status) == 0);
  return status.st_mode;
}

/// False, with a message, where the test may not make devices.
bool makeDevice(const std::string &path, mode_t kind, unsigned minor) {
  if (mknod(path.c_str(), kind | 0666, makedev(kind == S_IFCHR ? 1 : 7, minor)) == 0) {
    return true;
  }
  MESSAGE("skipped: only root makes devices");
  return false;
}

std::string numbered(const std::string &folder, int descriptor) { return folder + "/" + std::to_string(descriptor); }

} // namespace

TEST_CASE("a file is known again under other names, there or not; streams and other files never") {
  const TemporaryFolder folder;
  const std::string there = folder.write("there", "x");
  const std::string fresh = folder.path + "/fresh";
  fs::create_symlink("there", folder.path + "/link");
  fs::create_symlink("fresh", folder.path + "/dangling");
  fs::create_hard_link(there, folder.path + "/hard");
  for (const auto &[path, other] :
       {std::pair(there, there), std::pair(folder.path + "/link", there), std::pair(there, folder.path + "/link"),
        std::pair(folder.path + "/./link", there), std::pair(fresh, folder.path + "/dangling"),
        std::pair(folder.path + "/dangling", fresh)}) {
    INFO(path << " " << other);
    const Result<void> refused = refuseReplacing(path, other, "the other");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().render() == path + ": error: expected another file than the other, which this would replace");
  }
  CHECK(refuseReplacing(there, fresh, ""));
  CHECK(refuseReplacing(there, "", ""));
  CHECK(refuseReplacing("", there, ""));
  CHECK(refuseReplacing(folder.path + "/hard", there, "")); // further links keep the old contents
  CHECK(refuseReplacing("/dev/null", "/dev/null", ""));
  CHECK(refuseReplacing(folder.path, folder.path, "")); // outputPlace() says what is wrong with a folder
}

TEST_CASE("a link is followed to its target, and stays") {
  TemporaryFolder folder;
  folder.write("deep/real", "old");
  fs::create_symlink("deep/real", folder.path + "/one");
  fs::create_symlink(folder.path + "/one", folder.path + "/two");
  fs::create_symlink("deep", folder.path + "/way");
  fs::create_symlink("../fresh", folder.path + "/deep/dangling");
  REQUIRE(writeFileAtomically(folder.path + "/two", "new").has_value());
  CHECK(folder.read("deep/real") == "new");
  REQUIRE(writeFileAtomically(folder.path + "/way/dangling", "made").has_value());
  CHECK(folder.read("fresh") == "made");
  for (const char *name : {"/one", "/two", "/way", "/deep/dangling"}) {
    CHECK(S_ISLNK(modeOf(folder.path + name)));
  }
  CHECK(folder.names() == std::vector<std::string>{"deep", "fresh", "one", "two", "way"});
}

TEST_CASE("links that lead nowhere are errors") {
  TemporaryFolder folder;
  fs::create_symlink("b", folder.path + "/a");
  fs::create_symlink("a", folder.path + "/b");
  fs::create_symlink("absent/file", folder.path + "/lost");
  CHECK(writeFileAtomically(folder.path + "/a", "x").error().kind == ErrorKind::Io);
  CHECK(writeFileAtomically(folder.path + "/lost", "x").error().kind == ErrorKind::Io);
  CHECK(folder.names().size() == 3);
}

TEST_CASE("a replaced file keeps its mode and its owner; a new one gets its own") {
  TemporaryFolder folder;
  const std::string path = folder.write("file", "old");
  for (const mode_t mode : {0600, 0640, 0755, 0666}) {
    REQUIRE(chmod(path.c_str(), mode) == 0);
    const bool root = geteuid() == 0 && chown(path.c_str(), 1234, 4321) == 0;
    REQUIRE(writeFileAtomically(path, "new").has_value());
    CHECK((modeOf(path) & 07777) == mode);
    struct stat status = {};
    REQUIRE(stat(path.c_str(), &status) == 0);
    CHECK(status.st_uid == (root ? 1234 : geteuid()));
    CHECK(status.st_gid == (root ? 4321 : getegid()));
  }
  const mode_t mask = umask(027);
  REQUIRE(writeFileAtomically(folder.path + "/fresh", "x").has_value());
  umask(mask);
  CHECK((modeOf(folder.path + "/fresh") & 07777) == 0640);
}

TEST_CASE("what may not be written is not replaced") {
  if (geteuid() == 0) {
    MESSAGE("skipped: root may write everything");
    return;
  }
  TemporaryFolder folder;
  const std::string path = folder.write("file", "old");
  REQUIRE(chmod(path.c_str(), 0444) == 0);
  CHECK(writeFileAtomically(path, "new").error().kind == ErrorKind::Io);
  CHECK(folder.read("file") == "old");
}

TEST_CASE("folders, sockets and block devices are refused") {
  TemporaryFolder folder;
  const std::string socketPath = folder.path + "/socket";
  const int descriptor = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  socketPath.copy(address.sun_path, sizeof(address.sun_path) - 1);
  REQUIRE(bind(descriptor, reinterpret_cast<const sockaddr *>(&address), sizeof(address)) == 0);
  fs::create_symlink(folder.path, folder.path + "/link");
  for (const std::string &path : {folder.path, folder.path + "/link", socketPath, std::string()}) {
    CHECK(writeFileAtomically(path, "x").error().kind == ErrorKind::BadInput);
  }
  const std::string block = folder.path + "/block";
  if (makeDevice(block, S_IFBLK, 250)) {
    CHECK(writeFileAtomically(block, "x").error().kind == ErrorKind::BadInput);
    CHECK(S_ISBLK(modeOf(block)));
  }
  close(descriptor);
}

TEST_CASE("character devices are written to, named or through a link, and their errors are reported") {
  TemporaryFolder folder;
  const std::string null = folder.path + "/null";
  const std::string full = folder.path + "/full";
  if (!makeDevice(null, S_IFCHR, 3) || !makeDevice(full, S_IFCHR, 7)) {
    return;
  }
  fs::create_symlink("null", null + "-link");
  fs::create_symlink("full", full + "-link");
  for (const std::string &suffix : {std::string(), std::string("-link")}) {
    CHECK(writeFileAtomically(null + suffix, "x").has_value());
    const Result<void> written = writeFileAtomically(full + suffix, "x");
    REQUIRE_FALSE(written.has_value());
    CHECK(written.error().kind == ErrorKind::Io);
    CHECK(written.error().where == full + suffix);
  }
  CHECK(S_ISCHR(modeOf(null)));
  CHECK(S_ISCHR(modeOf(full)));
  CHECK(folder.names() == std::vector<std::string>{"full", "full-link", "null", "null-link"});
}

TEST_CASE("a pipe gets the bytes, and one that nobody reads any more is an error") {
  TemporaryFolder folder;
  const std::string path = folder.path + "/pipe";
  REQUIRE(mkfifo(path.c_str(), 0600) == 0);
  std::string got;
  std::thread reader([&] {
    const int descriptor = open(path.c_str(), O_RDONLY);
    char bytes[16];
    for (ssize_t count = 0; (count = read(descriptor, bytes, sizeof(bytes))) > 0;) {
      got.append(bytes, static_cast<size_t>(count));
    }
    close(descriptor);
  });
  CHECK(writeFileAtomically(path, "through a pipe that is short").has_value());
  reader.join();
  CHECK(got == "through a pipe that is short");
  CHECK(S_ISFIFO(modeOf(path)));
}

TEST_CASE("names of our own descriptors are those descriptors") {
  TemporaryFolder folder;
  const std::string path = folder.path + "/file";
  const int descriptor = open(path.c_str(), O_RDWR | O_CREAT, 0600);
  REQUIRE(::write(descriptor, "before ", 7) == 7);
  for (const std::string &name : {numbered("/proc/self/fd", descriptor), numbered("/dev/fd", descriptor),
                                  numbered("/proc/thread-self/fd", descriptor)}) {
    fs::remove(folder.path + "/link");
    fs::create_symlink(name, folder.path + "/link");
    CHECK(writeFileAtomically(name, "named ").has_value());
    CHECK(writeFileAtomically(folder.path + "/link", "linked ").has_value());
  }
  REQUIRE(::write(descriptor, "after", 5) == 5);
  CHECK(folder.read("file") == "before named linked named linked named linked after");
  close(descriptor);
  CHECK_FALSE(writeFileAtomically(numbered("/proc/self/fd", descriptor), "x").has_value());
  const int readOnly = open(path.c_str(), O_RDONLY);
  CHECK_FALSE(writeFileAtomically(numbered("/proc/self/fd", readOnly), "x").has_value());
  close(readOnly);
}
