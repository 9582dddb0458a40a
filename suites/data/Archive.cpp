// Finds a member by name and hands it on in pieces: what a zip says of its own sizes may refuse it, and is not believed otherwise.
#include "suites/data/Archive.h"

#include "runtime/base/MappedFile.h"

#include <zip.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace clew {
namespace {

constexpr size_t kEndRecord = 22;                    ///< bytes, without its comment
constexpr size_t kLongestTail = kEndRecord + 0xffff; ///< with it
constexpr uint32_t kLongestList = uint32_t{16} << 20;

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

/// libzip reads the list of members whole, so its length is looked up first: the archive's last record says it (APPNOTE 4.3.16). Archives of
/// the 64-bit form, which are for what is larger than any data set, are refused.
Result<void> checkList(const std::string &path) {
  const Result<MappedFile> file = MappedFile::open(path);
  if (!file) {
    return fail(file);
  }
  const std::string_view bytes = file->text();
  const std::string_view tail = bytes.substr(bytes.size() - std::min(bytes.size(), kLongestTail));
  const size_t at = tail.rfind("PK\x05\x06");
  if (at == std::string_view::npos || tail.size() - at < kEndRecord) {
    return fail(ErrorKind::BadInput, "expected a zip archive, found no list of its members", path);
  }
  uint32_t length = 0;
  std::memcpy(&length, tail.data() + at + 12, sizeof(length));
  if (tail.find("PK\x06\x07") < at || length > kLongestList) {
    return fail(ErrorKind::BadInput, "expected a zip archive with a list of members of at most 16 MiB", path);
  }
  return {};
}

Result<void> takeAll(zip_file_t *file, const std::string &path, const std::string &member, int64_t mostBytes,
                     const TakeBytes &take) {
  std::vector<std::byte> piece(size_t{1} << 16);
  for (int64_t total = 0;;) {
    const zip_int64_t got = zip_fread(file, piece.data(), piece.size());
    if (got < 0) {
      return fail(ErrorKind::BadInput, "'" + member + "' is damaged: " + zip_file_strerror(file), path);
    }
    if (got == 0) {
      return {};
    }
    total += got;
    if (total > mostBytes) {
      return fail(ErrorKind::BadInput, "'" + member + "' is larger than " + std::to_string(mostBytes) + " bytes", path);
    }
    if (Result<void> taken = take(std::span(piece).first(static_cast<size_t>(got))); !taken) {
      return taken;
    }
  }
}

} // namespace

Result<void> readMember(const std::string &path, const std::string &member, int64_t mostBytes, const TakeBytes &take) {
  if (Result<void> list = checkList(path); !list) {
    return list;
  }
  int code = 0;
  const ArchivePointer archive(zip_open(path.c_str(), ZIP_RDONLY | ZIP_CHECKCONS, &code));
  if (!archive) {
    return fail(ErrorKind::BadInput, "expected a zip archive: " + describe(code), path);
  }
  const Result<zip_uint64_t> index = findMember(archive.get(), path, member);
  if (!index) {
    return fail(index);
  }
  zip_stat_t status;
  if (zip_stat_index(archive.get(), *index, 0, &status) == 0 && (status.valid & ZIP_STAT_SIZE) != 0 &&
      status.size > static_cast<zip_uint64_t>(mostBytes)) {
    return fail(ErrorKind::BadInput,
                "'" + member + "' says that it has " + std::to_string(status.size) + " bytes, more than " +
                    std::to_string(mostBytes),
                path);
  }
  const std::unique_ptr<zip_file_t, CloseFile> file(zip_fopen_index(archive.get(), *index, 0));
  if (!file) {
    return fail(ErrorKind::BadInput, "cannot read '" + member + "': " + zip_strerror(archive.get()), path);
  }
  return takeAll(file.get(), path, member, mostBytes, take);
}

namespace {

Failure zipError(zip_t *archive, const char *what) {
  return fail(ErrorKind::Internal, std::string("cannot make a zip archive: ") + what + ": " + zip_strerror(archive));
}

/// Adds one member. The archive refers to its text until it is closed.
Result<void> addMember(zip_t *archive, const NewMember &member) {
  zip_source_t *source = zip_source_buffer(archive, member.text.data(), member.text.size(), 0);
  if (!source) {
    return zipError(archive, "source");
  }
  const zip_int64_t index = zip_file_add(archive, member.name.c_str(), source, ZIP_FL_ENC_UTF_8);
  if (index < 0) {
    zip_source_free(source);
    return zipError(archive, "member");
  }
  // The first date that the format has (1 January 1980), so that bytes do not depend on the day.
  constexpr zip_uint16_t firstDate = (1 << 5) | 1;
  if (zip_file_set_dostime(archive, static_cast<zip_uint64_t>(index), 0, firstDate, 0) != 0 ||
      zip_set_file_compression(archive, static_cast<zip_uint64_t>(index), ZIP_CM_DEFLATE, 9) != 0) {
    return zipError(archive, "member");
  }
  return {};
}

} // namespace

Result<std::string> zipOf(std::span<const NewMember> members) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t *target = zip_source_buffer_create(nullptr, 0, 0, &error);
  if (!target) {
    return fail(ErrorKind::Internal, "cannot make a zip archive: no memory");
  }
  const std::unique_ptr<zip_source_t, void (*)(zip_source_t *)> kept(target, zip_source_free);
  zip_source_keep(target); // one reference is the archive's, one is ours
  ArchivePointer archive(zip_open_from_source(target, ZIP_TRUNCATE, &error));
  if (!archive) {
    zip_source_free(target);
    return fail(ErrorKind::Internal, std::string("cannot make a zip archive: ") + zip_error_strerror(&error));
  }
  for (const NewMember &member : members) {
    if (Result<void> added = addMember(archive.get(), member); !added) {
      return fail(added);
    }
  }
  if (zip_close(archive.get()) != 0) {
    return zipError(archive.get(), "close");
  }
  static_cast<void>(archive.release()); // closed
  zip_stat_t status;
  if (zip_source_stat(target, &status) != 0 || zip_source_open(target) != 0) {
    return fail(ErrorKind::Internal, "cannot read the zip archive that was made");
  }
  std::string bytes(status.size, '\0');
  const zip_int64_t read = zip_source_read(target, bytes.data(), bytes.size());
  zip_source_close(target);
  return read == static_cast<zip_int64_t>(bytes.size())
             ? Result<std::string>(std::move(bytes))
             : fail(ErrorKind::Internal, "cannot read the zip archive that was made");
}

} // namespace clew
