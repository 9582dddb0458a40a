// TemporaryFolder: a fresh folder that is gone when the test is over.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace clew {

struct TemporaryFolder {
  std::string path;

  TemporaryFolder() {
    path = (std::filesystem::temp_directory_path() / "clew-test-XXXXXX").string();
    if (!mkdtemp(path.data())) {
      std::abort();
    }
  }
  TemporaryFolder(const TemporaryFolder &) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }

  /// Writes a file, with the folders on its way; returns its full path.
  std::string write(const std::string &name, std::string_view text) const {
    std::filesystem::path file = std::filesystem::path(path) / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary).write(text.data(), static_cast<std::streamsize>(text.size()));
    return file.string();
  }

  std::string read(const std::string &name) const {
    std::ifstream file(std::filesystem::path(path) / name, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }

  /// Names of what lies in the folder, sorted.
  std::vector<std::string> names() const {
    std::vector<std::string> found;
    for (const auto &entry : std::filesystem::directory_iterator(path)) {
      found.push_back(entry.path().filename().string());
    }
    std::ranges::sort(found);
    return found;
  }
};

} // namespace clew
