// Writes small task files and data files.
#include "tests/suites/data/DataCases.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

namespace clew {

DataCase::DataCase(const std::string &yaml) {
  std::ofstream(yamlPath(), std::ios::binary) << yaml;
  Result<Task> read = readTask(yamlPath());
  REQUIRE_MESSAGE(read, (read ? "" : read.error().render()));
  theTask = *read;
}

void DataCase::write(const std::string &name, std::string_view text) const {
  const std::filesystem::path path = std::filesystem::path(dataFolder()) / theTask.folder / name;
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

Result<Dataset> DataCase::dev(std::string_view text) const {
  write("dev", text);
  return readSplit(theTask, "dev", dataFolder());
}

Result<Dataset> DataCase::test(std::string_view text) const {
  write("test", text);
  return readSplit(theTask, "test", dataFolder());
}

std::string DataCase::wrong(std::string_view text) const {
  const Result<Dataset> data = dev(text);
  if (data) {
    return "";
  }
  const std::string file = dataFolder() + "/" + theTask.folder + "/dev";
  CHECK(data.error().kind == ErrorKind::BadInput);
  CHECK(data.error().where.starts_with(file));
  const std::string place = data.error().where.substr(std::min(file.size() + 1, data.error().where.size()));
  return place + ": " + data.error().message;
}

} // namespace clew
