// CheckpointFolder: every way to name weights means the same folder; nothing leads out of it, hangs or is taken for what it
// is not.
#include "runtime/weights/CheckpointFolder.h"

#include "tests/runtime/base/TemporaryFolder.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

using namespace clew;
namespace fs = std::filesystem;

namespace {

constexpr const char *pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 409158597\n";

/// A checkpoint in `model`, and one as the hub's cache lays it out in `models--a--b/snapshots/rev`.
struct Folders {
  TemporaryFolder at;
  std::string model = at.path + "/model";
  std::string cache = at.path + "/hub/models--a--b";
  std::string snapshot = cache + "/snapshots/rev";

  Folders() {
    at.write("model/model.safetensors", "weights");
    at.write("model/config.json", "{}");
    at.write("hub/secret", "secret");
    at.write("secret", "secret");
    at.write("hub/models--a--b/blobs/0", "weights");
    at.write("hub/models--a--b/blobs/1", "{}");
    fs::create_directories(snapshot);
    fs::create_symlink("../../blobs/0", snapshot + "/model.safetensors");
    fs::create_symlink("../../blobs/1", snapshot + "/config.json");
  }

  std::string link(const std::string &target, const std::string &name) const {
    fs::create_symlink(target, at.path + "/" + name);
    return at.path + "/" + name;
  }
};

std::string messageOf(const CheckpointFolder &folder, const std::string &name) {
  Result<MappedFile> file = folder.map(name);
  REQUIRE_FALSE(file.has_value());
  CHECK(file.error().where.ends_with("/" + name));
  CHECK(folder.readText(name, 100).error().message == file.error().message);
  return file.error().message;
}

} // namespace

TEST_CASE("a folder, a file in it and links to either mean the same checkpoint") {
  const Folders folders;
  fs::create_directories(folders.at.path + "/other");
  std::vector<std::string> names = {
      folders.model,
      folders.model + "/",
      folders.model + "/.",
      folders.model + "/model.safetensors",
      folders.link("model", "folder-link"),
      folders.link("folder-link", "folder-link-link"),
      folders.at.path + "/folder-link/model.safetensors",
      folders.link("model/model.safetensors", "file-link"),
      folders.link("file-link", "file-link-link"),
      folders.link("../folder-link/model.safetensors", "other/deep-link"),
      folders.link(folders.model + "/model.safetensors", "absolute-link"),
      folders.snapshot,
      folders.snapshot + "/model.safetensors",
      folders.link("hub/models--a--b/snapshots/rev", "snapshot-link"),
      folders.link("hub/models--a--b/snapshots/rev/model.safetensors", "snapshot-file-link")};
  const fs::path before = fs::current_path();
  fs::current_path(folders.model);
  names.insert(names.end(), {".", "model.safetensors", "./model.safetensors", "../model"});
  for (const std::string &name : names) {
    CAPTURE(name);
    Result<CheckpointFolder> folder = CheckpointFolder::open(name);
    REQUIRE(folder.has_value());
    CHECK(folder->map("model.safetensors")->text() == "weights");
    CHECK(folder->readText("config.json", 2).value() == "{}");
    CHECK(folder->has("config.json"));
    CHECK_FALSE(folder->has("vocab.txt"));
    CHECK(folder->readText("vocab.txt", 2).value() == std::nullopt);
    CHECK(folder->map("vocab.txt").error().kind == ErrorKind::NotFound);
    CHECK((folder->file().empty() || folder->file() == "model.safetensors"));
    CHECK((folder->file().empty() || folder->mapFile()->text() == "weights"));
  }
  fs::current_path(before);
}

TEST_CASE("a link's own folder counts only if it holds a checkpoint, and what describes the model counts most") {
  const Folders folders;
  const std::string link = folders.link("model/model.safetensors", "link");
  folders.at.write("vocab.txt", "another model's");
  CHECK(fs::equivalent(CheckpointFolder::open(link)->path(), folders.model));
  folders.at.write("config.json", "own");
  Result<CheckpointFolder> own = CheckpointFolder::open(link);
  CHECK(fs::equivalent(own->path(), folders.at.path));
  CHECK(own->file() == "link");
  CHECK(own->mapFile()->text() == "weights");
  const std::string alone = folders.at.write("alone/weights", "x");
  CHECK(CheckpointFolder::open(alone)->path() == folders.at.path + "/alone");
}

TEST_CASE("links lead nowhere but inside the folder, or the cache that a snapshot belongs to") {
  const Folders folders;
  folders.link("config.json", "model/inner");
  folders.link("../secret", "model/out");
  folders.link(folders.at.path + "/secret", "model/absolute");
  folders.link(folders.model + "/config.json", "model/absolute-inside");
  folders.link("nothing", "model/dangling");
  folders.link("b", "model/a");
  folders.link("a", "model/b");
  folders.link("itself", "model/itself");
  const CheckpointFolder model = *CheckpointFolder::open(folders.model);
  CHECK(model.map("inner")->text() == "{}");
  for (const char *name : {"out", "absolute", "absolute-inside"}) {
    CHECK(messageOf(model, name).find("leads out of it") != std::string::npos);
  }
  CHECK(messageOf(model, "dangling").find("leads nowhere") != std::string::npos);
  for (const char *name : {"a", "itself"}) {
    CHECK(messageOf(model, name).find("in a circle") != std::string::npos);
  }
  const std::string at = "hub/models--a--b/snapshots/rev/";
  folders.link("../../../secret", at + "out");
  folders.link("../../blobs/2", at + "dangling");
  folders.link("/etc/passwd", at + "absolute");
  const CheckpointFolder snapshot = *CheckpointFolder::open(folders.snapshot);
  CHECK(messageOf(snapshot, "out").find("leads out of it") != std::string::npos);
  CHECK(messageOf(snapshot, "absolute").find("leads out of it") != std::string::npos);
  CHECK(messageOf(snapshot, "dangling").find("leads nowhere") != std::string::npos);
  // A folder that only looks like a part of a cache has no cache to share.
  folders.at.write("snapshots/rev/config.json", "{}");
  folders.link("../../secret", "snapshots/rev/out");
  CHECK(messageOf(*CheckpointFolder::open(folders.at.path + "/snapshots/rev"), "out").find("leads out") !=
        std::string::npos);
}

TEST_CASE("names are plain names") {
  const Folders folders;
  const CheckpointFolder model = *CheckpointFolder::open(folders.model);
  for (const std::string &name : {std::string(), std::string("."), std::string(".."), std::string("../secret"),
                                  std::string("a/config.json"), folders.at.path + "/secret", std::string("a\0b", 3)}) {
    CHECK_FALSE(model.has(name));
    CHECK(model.map(name).error().kind == ErrorKind::BadInput);
    CHECK(model.readText(name, 100).error().kind == ErrorKind::BadInput);
  }
}

TEST_CASE("what is no file, too large or a pointer of Git LFS is refused") {
  const Folders folders;
  fs::create_directories(folders.model + "/folder");
  REQUIRE(mkfifo((folders.model + "/fifo").c_str(), 0600) == 0);
  folders.at.write("model/pointer", pointer);
  folders.at.write("model/large", "12345");
  const CheckpointFolder model = *CheckpointFolder::open(folders.model);
  CHECK(messageOf(model, "folder").find("found a folder") != std::string::npos);
  CHECK(messageOf(model, "fifo").find("found a FIFO") != std::string::npos);
  CHECK(messageOf(model, "pointer").find("Git LFS pointer to its 409158597 bytes; fetch it with 'git lfs pull'") !=
        std::string::npos);
  CHECK(model.readText("large", 4).error().message == "expected at most 4 bytes, found 5");
  CHECK(CheckpointFolder::open(folders.model + "/pointer")->mapFile().error().message.find("LFS") != std::string::npos);
  CHECK(CheckpointFolder::open(folders.model + "/fifo").error().kind == ErrorKind::BadInput);
  CHECK(CheckpointFolder::open("/dev/null").error().kind == ErrorKind::BadInput);
  CHECK(CheckpointFolder::open(folders.model + "/absent").error().kind == ErrorKind::NotFound);
  CHECK(CheckpointFolder::open("").error().kind == ErrorKind::NotFound);
  CHECK(CheckpointFolder::open(folders.link("nothing", "dangling")).error().message.find("leads nowhere") !=
        std::string::npos);
  CHECK(CheckpointFolder::open(folders.link("circle", "circle")).error().kind == ErrorKind::Io);
}
