// Lines of several files as one, in shares, and a file that is cut back to where a run was.
#include "training/LineFiles.h"
#include "training/KeptFile.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

using namespace clew;
namespace fs = std::filesystem;

namespace {

struct Folder {
  fs::path root = fs::temp_directory_path() / ("clew-lines-" + std::to_string(::getpid()));
  Folder() { fs::create_directories(root); }
  ~Folder() { fs::remove_all(root); }
  std::string write(const char *name, std::string_view text) const {
    std::ofstream(root / name, std::ios::binary) << text;
    return (root / name).string();
  }
  std::string read(const char *name) const {
    std::ostringstream text;
    text << std::ifstream(root / name, std::ios::binary).rdbuf();
    return text.str();
  }
};

std::vector<LineFile> surveyed(const std::vector<std::string> &paths) {
  std::vector<LineFile> files;
  for (const std::string &path : paths) {
    Result<LineFile> file = surveyLines(path);
    REQUIRE_MESSAGE(file.has_value(), file.error().render());
    files.push_back(std::move(*file));
  }
  return files;
}

std::vector<std::string> linesOf(const std::vector<LineFile> &files, int64_t begin, int64_t end) {
  Result<LineStream> stream = LineStream::open(files, begin, end);
  REQUIRE(stream);
  std::vector<std::string> lines;
  for (std::string line;;) {
    const Result<bool> more = stream->next(line);
    REQUIRE(more);
    if (!*more) {
      return lines;
    }
    CHECK(stream->number() == begin + static_cast<int64_t>(lines.size()));
    lines.push_back(line);
  }
}

} // namespace

TEST_CASE("files count as one; marks and returns are no part of lines") {
  const Folder folder;
  const std::vector<LineFile> files =
      surveyed({folder.write("a", "\xEF\xBB\xBFone\r\n\ntwo"), folder.write("none", ""),
                folder.write("b", "three\n\xEF\xBB\xBFx\n"), folder.write("c", "four")});
  CHECK(files[0].lines == 3);
  CHECK(files[1].lines == 0);
  CHECK(files[2].lines == 2);
  const std::vector<std::string> all = {"one", "", "two", "three", "\xEF\xBB\xBFx", "four"};
  CHECK(linesOf(files, 0, 6) == all);
  for (int64_t begin = 0; begin <= 6; ++begin) {
    for (int64_t end = begin; end <= 6; ++end) {
      CHECK(linesOf(files, begin, end) == std::vector<std::string>(all.begin() + begin, all.begin() + end));
    }
  }
}

TEST_CASE("a file that gets shorter is an error, and so is what is no file") {
  const Folder folder;
  const std::vector<LineFile> files = surveyed({folder.write("a", "one\ntwo\n")});
  folder.write("a", "one\n");
  Result<LineStream> stream = LineStream::open(files, 0, 2);
  std::string line;
  REQUIRE(stream);
  CHECK(*stream->next(line));
  const Result<bool> second = stream->next(line);
  REQUIRE(!second);
  CHECK(second.error().message == "expected 2 lines, found 1: it is being changed");
  CHECK(!surveyLines(folder.root.string()));
  CHECK(surveyLines((folder.root / "absent").string()).error().kind == ErrorKind::NotFound);
}

TEST_CASE("a kept file is cut back to what is known of it, and never made longer") {
  const Folder folder;
  const std::string path = folder.write("kept", "one\ntwo\nhal");
  {
    Result<KeptFile> file = KeptFile::open(path, 8);
    REQUIRE_MESSAGE(file.has_value(), file.error().render());
    CHECK(file->append("three\n"));
    CHECK(file->sync());
    CHECK(file->bytes() == 14);
  }
  CHECK(folder.read("kept") == "one\ntwo\nthree\n");
  CHECK(KeptFile::open(path, 15).error().kind == ErrorKind::BadInput);
  CHECK(folder.read("kept") == "one\ntwo\nthree\n");
  CHECK(!KeptFile::open(folder.root.string(), 0));
  CHECK(!KeptFile::open("/dev/null", 0));
}
