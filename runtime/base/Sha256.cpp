// The digest itself is OpenSSL's, which uses the CPU's SHA instructions.
#include "runtime/base/Sha256.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <memory>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <vector>

namespace clew {
Sha256::Sha256() : context(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
  good = context && EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1;
}

void Sha256::update(std::span<const std::byte> bytes) {
  good = good && EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) == 1;
}

Result<std::string> Sha256::finish() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes;
  unsigned length = 0;
  if (!good || EVP_DigestFinal_ex(context.get(), bytes.data(), &length) != 1) {
    return fail(ErrorKind::Internal, "the cryptographic library gives no SHA-256");
  }
  std::string hex;
  for (unsigned i = 0; i < length; ++i) {
    hex += fmt::format("{:02x}", bytes[i]);
  }
  return hex;
}

Result<std::string> sha256Of(std::span<const std::byte> bytes) {
  Sha256 digest;
  digest.update(bytes);
  return digest.finish();
}

Result<std::string> sha256Of(std::string_view text) { return sha256Of(std::as_bytes(std::span(text))); }

Result<std::string> sha256Of(const MappedFile &file) {
  constexpr size_t piece = size_t{1} << 24;
  Sha256 digest;
  for (size_t at = 0; at < file.size(); at += piece) {
    const auto bytes = file.bytes().subspan(at, std::min(piece, file.size() - at));
    digest.update(bytes);
    file.release(at, bytes.size());
  }
  return digest.finish();
}

Result<std::string> sha256OfFile(const std::string &path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK); // a pipe must not make it wait
  if (descriptor < 0) {
    return fail(errno == ENOENT ? ErrorKind::NotFound : ErrorKind::Io,
                fmt::format("cannot open: {}", std::strerror(errno)), path);
  }
  const std::unique_ptr<std::FILE, int (*)(std::FILE *)> file(fdopen(descriptor, "rb"), std::fclose);
  struct stat status = {};
  if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
    return fail(ErrorKind::BadInput, "expected a regular file", path); // others may have no end
  }
  Sha256 digest;
  std::vector<std::byte> piece(size_t{1} << 20);
  while (size_t count = std::fread(piece.data(), 1, piece.size(), file.get())) {
    digest.update(std::span(piece).first(count));
  }
  if (std::ferror(file.get())) {
    return fail(ErrorKind::Io, fmt::format("cannot read: {}", std::strerror(errno)), path);
  }
  return digest.finish();
}

} // namespace clew
