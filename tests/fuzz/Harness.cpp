// What harnesses share: files that are never on a disk, and how a finding is said.
#include "tests/fuzz/Harness.h"

#include "runtime/base/Excerpt.h"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <sys/mman.h>
#include <unistd.h>

namespace clew::fuzz {
namespace {

namespace fs = std::filesystem;

std::vector<const Harness *> &registered() {
  static std::vector<const Harness *> harnesses;
  return harnesses;
}

void must(bool done, const char *what) {
  if (!done) {
    std::perror(what);
    std::abort();
  }
}

/// A file without a name in any folder, which is opened by its descriptor's.
struct MemoryFile {
  int descriptor = memfd_create("clew-fuzz", MFD_CLOEXEC);
  std::string path = "/proc/self/fd/" + std::to_string(descriptor);
};

/// In memory where the system has such a place; it goes when the process ends as it should.
struct MemoryFolder {
  std::string path;

  MemoryFolder() {
    const bool shared = access("/dev/shm", W_OK) == 0;
    path = (shared ? fs::path("/dev/shm") : fs::temp_directory_path()) / "clew-fuzz-XXXXXX";
    must(mkdtemp(path.data()) != nullptr, "mkdtemp");
  }
  MemoryFolder(const MemoryFolder &) = delete;
  ~MemoryFolder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
};

void write(const std::string &path, std::string_view bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  must(file.good(), "write");
}

} // namespace

Harness::Harness(const char *name, void (*run)(std::string_view), std::vector<std::string> (*seeds)())
    : name(name), run(run), seeds(seeds) {
  registered().push_back(this);
}

std::span<const Harness *const> Harness::all() { return registered(); }

void expect(bool holds, std::string_view what, std::string_view detail) {
  if (!holds) {
    std::fprintf(stderr, "FOUND: expected %.*s; %.*s\n", static_cast<int>(what.size()), what.data(),
                 static_cast<int>(detail.size()), detail.data());
    std::abort();
  }
}

void expectText(std::string_view text) {
  // excerpt() replaces every byte that is no UTF-8.
  expect(excerpt(text, text.size() * 3) == text, "UTF-8 in what is said", text);
}

void expectRefusal(const Error &error, std::string_view place) {
  const std::string whole = error.render();
  expect(error.kind != ErrorKind::Internal, "a fault of the file and not ours", whole);
  expect(!error.message.empty(), "a reason", whole);
  expect(error.where.starts_with(place), "the place", whole);
  expectText(whole);
}

const std::string &fileOf(std::string_view bytes) {
  static const MemoryFile file;
  must(ftruncate(file.descriptor, 0) == 0, "ftruncate");
  must(pwrite(file.descriptor, bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()), "pwrite");
  return file.path;
}

const std::string &folderOf(const std::map<std::string, std::string> &files) {
  static const MemoryFolder folder;
  for (const auto &entry : fs::directory_iterator(folder.path)) {
    fs::remove_all(entry.path());
  }
  for (const auto &[name, bytes] : files) {
    write(folder.path + "/" + name, bytes);
  }
  return folder.path;
}

std::map<std::string, std::string> partsOf(std::string_view bytes) {
  constexpr std::string_view kMark = "\n== ";
  constexpr size_t kMostParts = 8;
  std::map<std::string, std::string> files;
  const std::string text = "\n" + std::string(bytes);
  for (size_t at = text.find(kMark); at != std::string::npos && files.size() < kMostParts;) {
    const size_t line = std::min(text.find('\n', at + 1), text.size());
    const size_t next = text.find(kMark, line);
    std::string name = text.substr(at + kMark.size(), line - std::min(line, at + kMark.size()));
    std::erase_if(
        name, [](char c) { return !std::isalnum(static_cast<unsigned char>(c)) && c != '.' && c != '_' && c != '-'; });
    if (!name.empty() && name != "." && name != ".." && name.size() < 64) {
      files[name] = line < text.size() ? text.substr(line + 1, next == std::string::npos ? next : next - line - 1) : "";
    }
    at = next;
  }
  return files;
}

std::string joined(const std::map<std::string, std::string> &files) {
  std::string bytes;
  for (const auto &[name, text] : files) {
    bytes += (bytes.empty() ? "== " : "\n== ") + name + "\n" + text;
  }
  return bytes;
}

std::string sourceFile(const std::string &path) {
  std::ifstream file(std::string(CLEW_SOURCE_DIR) + "/" + path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  must(file.good(), path.c_str());
  return text.str();
}

std::vector<std::string> sourceFiles(const std::string &folder, std::string_view ending) {
  std::vector<std::string> paths;
  for (const auto &entry : fs::directory_iterator(std::string(CLEW_SOURCE_DIR) + "/" + folder)) {
    if (entry.path().string().ends_with(ending)) {
      paths.push_back(folder + "/" + entry.path().filename().string());
    }
  }
  std::ranges::sort(paths); // the system's order is any
  std::vector<std::string> texts;
  for (const std::string &path : paths) {
    texts.push_back(sourceFile(path));
  }
  return texts;
}

} // namespace clew::fuzz
