// Finds a member by name and reads it, bounded: what a zip says of its own sizes is not believed.
#include "suites/data/Archive.h"

#include <zip.h>

#include <memory>
#include <string_view>

namespace clew {
namespace {

struct CloseArchive {
  void operator()(zip_t *archive) const { zip_discard(archive); }
};
struct CloseFile {
  void operator()(zip_file_t *file) const { zip_fclose(file); }
};
using ArchivePointer = std::unique_ptr<zip_t, CloseArchive>;

std::string describe(int code) {
  zip_error_t error;
  zip_error_init_with_code(&error, code);
  std::string text = zip_error_strerror(&error);
  zip_error_fini(&error);
  return text;
}

Result<zip_uint64_t> findMember(zip_t *archive, const std::string &path, const std::string &member) {
  const zip_int64_t count = zip_get_num_entries(archive, 0);
  zip_int64_t found = -1;
  for (zip_int64_t i = 0; i < count; ++i) {
    const char *raw = zip_get_name(archive, static_cast<zip_uint64_t>(i), 0);
    const std::string_view name = raw ? raw : "";
    if (name == member) {
      return static_cast<zip_uint64_t>(i);
    }
    if (!name.ends_with("/" + member) || name.starts_with("__MACOSX/")) {
      continue;
    }
    if (found >= 0) {
      return fail(ErrorKind::NotFound, "the archive holds several files '" + member + "'", path);
    }
    found = i;
  }
  if (found < 0) {
    return fail(ErrorKind::NotFound, "the archive holds no file '" + member + "'", path);
  }
  return static_cast<zip_uint64_t>(found);
}

} // namespace

Result<std::string> readMember(const std::string &path, const std::string &member, int64_t mostBytes) {
  int code = 0;
  const ArchivePointer archive(zip_open(path.c_str(), ZIP_RDONLY | ZIP_CHECKCONS, &code));
  if (!archive) {
    return fail(ErrorKind::BadInput, "expected a zip archive: " + describe(code), path);
  }
  const Result<zip_uint64_t> index = findMember(archive.get(), path, member);
  if (!index) {
    return fail(index);
  }
  const std::unique_ptr<zip_file_t, CloseFile> file(zip_fopen_index(archive.get(), *index, 0));
  if (!file) {
    return fail(ErrorKind::BadInput, "cannot read '" + member + "': " + zip_strerror(archive.get()), path);
  }
  std::string contents;
  std::string piece(size_t{1} << 16, '\0');
  while (true) {
    const zip_int64_t got = zip_fread(file.get(), piece.data(), piece.size());
    if (got < 0) {
      return fail(ErrorKind::BadInput, "'" + member + "' is damaged: " + zip_file_strerror(file.get()), path);
    }
    if (got == 0) {
      return contents;
    }
    contents.append(piece, 0, static_cast<size_t>(got));
    if (static_cast<int64_t>(contents.size()) > mostBytes) {
      return fail(ErrorKind::BadInput, "'" + member + "' is larger than " + std::to_string(mostBytes) + " bytes", path);
    }
  }
}

} // namespace clew
