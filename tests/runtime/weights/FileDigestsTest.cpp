// FileDigests: a file is hashed once, and never known by a hash that was another content's.
#include "runtime/weights/FileDigests.h"

#include "runtime/base/Sha256.h"
#include "tests/runtime/base/TemporaryFolder.h"

#include <doctest/doctest.h>
#include <filesystem>

using namespace clew;
namespace fs = std::filesystem;

TEST_CASE("a file that stays as it is is hashed once, by whatever name") {
  const std::string path = CLEW_SOURCE_DIR "/LICENSE"; // older than the build
  const TemporaryFolder folder;
  fs::create_symlink(path, folder.path + "/link");
  FileDigests digests;
  const std::string expected = *sha256OfFile(path);
  for (const std::string &name : {path, folder.path + "/link", path}) {
    CHECK(*digests.of(*MappedFile::open(name)) == expected);
  }
  CHECK(digests.computed() == 1);
}

TEST_CASE("a file that was just written is hashed each time: what comes next may have the same times") {
  const TemporaryFolder folder;
  FileDigests digests;
  for (const char *text : {"one", "two", "six"}) {
    folder.write("weights", text);
    const MappedFile file = *MappedFile::open(folder.path + "/weights");
    CHECK(*digests.of(file) == *sha256Of(std::string_view(text)));
    CHECK(*digests.of(file) == *sha256Of(std::string_view(text)));
  }
  CHECK(digests.computed() == 6);
}

TEST_CASE("what is written to a file gives it another stamp, also where its time is set back") {
  const TemporaryFolder folder;
  folder.write("weights", "one");
  const std::string path = folder.path + "/weights";
  const fs::file_time_type then = fs::last_write_time(path);
  const FileStamp before = MappedFile::open(path)->stamp();
  CHECK(MappedFile::open(path)->stamp() == before);
  MappedFile moved = *MappedFile::open(path);
  const MappedFile kept = std::move(moved);
  CHECK(kept.stamp() == before);
  folder.write("other", "two");
  fs::last_write_time(folder.path + "/other", then);
  fs::rename(folder.path + "/other", path);
  CHECK(MappedFile::open(path)->stamp() != before);
}
