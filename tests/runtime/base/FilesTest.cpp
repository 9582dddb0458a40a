// Files: mapped ones stay inside their folder, written ones appear whole or not at all, digests match the standard's.
#include "runtime/base/AtomicFile.h"
#include "runtime/base/MappedFile.h"
#include "runtime/base/Sha256.h"
#include "tests/runtime/base/TemporaryFolder.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

using namespace clew;
namespace fs = std::filesystem;

static std::string textOf(const MappedFile &file) {
  return {reinterpret_cast<const char *>(file.bytes().data()), file.size()};
}

TEST_CASE("a mapped file shows its bytes, also after they were released") {
  TemporaryFolder folder;
  std::string text;
  for (int i = 0; i < 3000; ++i) {
    text += std::to_string(i) + "\n";
  }
  std::string path = folder.write("file", text);
  MappedFile file = *MappedFile::open(path);
  CHECK(textOf(file) == text);
  file.release(0, file.size());
  file.release(100, 5000);
  file.release(file.size() + 1, 10);
  file.release(10, ~size_t{0});
  CHECK(textOf(file) == text);
  MappedFile moved = std::move(file);
  CHECK(file.size() == 0); // NOLINT(bugprone-use-after-move): what a move leaves behind is what is tested
  CHECK(textOf(moved) == text);
}

TEST_CASE("what is no regular file is refused without waiting") {
  TemporaryFolder folder;
  CHECK(MappedFile::open(folder.path + "/absent").error().kind == ErrorKind::NotFound);
  CHECK(MappedFile::open(folder.path).error().kind == ErrorKind::BadInput);
  CHECK(MappedFile::open("/dev/zero").error().kind == ErrorKind::BadInput);
  std::string pipe = folder.path + "/pipe";
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  CHECK(MappedFile::open(pipe).error().kind == ErrorKind::BadInput);
  CHECK(MappedFile::open(folder.write("empty", ""))->size() == 0);
}

TEST_CASE("names inside a folder cannot leave it") {
  TemporaryFolder folder;
  folder.write("secret", "secret");
  folder.write("model/weights", "weights");
  std::string model = folder.path + "/model";
  fs::create_symlink("weights", model + "/inner");
  fs::create_symlink("../secret", model + "/outer");
  fs::create_symlink(folder.path, model + "/parent");
  CHECK(textOf(*MappedFile::openInside(model, "weights")) == "weights");
  CHECK(textOf(*MappedFile::open(model + "/outer")) == "secret"); // named by the user: fine
  for (std::string name : {std::string("../secret"), std::string("outer"), std::string("parent/secret"),
                           std::string("parent/model/weights"), folder.path + "/secret"}) {
    CAPTURE(name);
    Result<MappedFile> file = MappedFile::openInside(model, name);
    REQUIRE_FALSE(file.has_value());
    CHECK(file.error().kind == ErrorKind::BadInput);
  }
  const Result<MappedFile> zero = MappedFile::openInside(model, std::string("weights\0x", 9));
  REQUIRE_FALSE(zero);
  CHECK(zero.error().render().ends_with(
      "weights\\u{0000}x: error: expected the name of a file, found one with a zero byte"));
  CHECK(MappedFile::openInside(model, "absent").error().kind == ErrorKind::NotFound);
  CHECK(MappedFile::openInside(folder.path + "/absent", "x").error().kind == ErrorKind::NotFound);
}

TEST_CASE("an atomic file replaces the old one only when committed") {
  TemporaryFolder folder;
  std::string path = folder.write("file", "old");
  {
    AtomicFile file = *AtomicFile::create(path);
    REQUIRE(file.write("half").has_value());
    CHECK(folder.read("file") == "old");
  }
  CHECK(folder.read("file") == "old");
  CHECK(folder.names() == std::vector<std::string>{"file"});
  REQUIRE(writeFileAtomically(path, "new").has_value());
  CHECK(folder.read("file") == "new");
  CHECK(folder.names() == std::vector<std::string>{"file"});
}

TEST_CASE("errors of writing leave nothing behind") {
  TemporaryFolder folder;
  CHECK(writeFileAtomically(folder.path + "/absent/file", "x").error().kind == ErrorKind::Io);
  CHECK(writeFileAtomically(folder.path, "x").error().kind == ErrorKind::BadInput);
  CHECK(writeFileAtomically("", "x").error().kind == ErrorKind::BadInput);
  CHECK(folder.names().empty());
}

TEST_CASE("SHA-256 agrees with FIPS 180-4's examples") {
  CHECK(*sha256Of("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(*sha256Of("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  TemporaryFolder folder;
  std::string million(1000000, 'a');
  CHECK(*sha256OfFile(folder.write("a", million)) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  CHECK(sha256OfFile(folder.path + "/absent").error().kind == ErrorKind::NotFound);
  CHECK(sha256OfFile(folder.path).error().kind == ErrorKind::BadInput);
  CHECK(sha256OfFile("/dev/zero").error().kind == ErrorKind::BadInput);
  const std::string pipe = folder.path + "/pipe";
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  CHECK(sha256OfFile(pipe).error().kind == ErrorKind::BadInput);
}
