// See Gzip.h. Unpacks piece by piece, so that a small file that claims to be a large one costs no memory before it is one.
#include "runtime/base/Gzip.h"

#include <zlib.h>

#include <limits>

namespace clew {
namespace {

constexpr int kGzip = 15 + 16; ///< zlib's way to say: the largest window, gzip's frame

} // namespace

Result<std::string> gzipped(std::string_view text) {
  z_stream stream{};
  if (text.size() > std::numeric_limits<uInt>::max() ||
      deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, kGzip, 9, Z_DEFAULT_STRATEGY) != Z_OK) {
    return fail(ErrorKind::Internal, "zlib does not compress");
  }
  std::string packed(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef *>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  const int done = deflate(&stream, Z_FINISH);
  packed.resize(packed.size() - stream.avail_out);
  deflateEnd(&stream);
  return done == Z_STREAM_END ? Result<std::string>(std::move(packed))
                              : fail(ErrorKind::Internal, "zlib does not compress");
}

Result<std::string> gunzipped(std::span<const std::byte> bytes, int64_t mostBytes, const std::string &where) {
  z_stream stream{};
  if (bytes.size() > std::numeric_limits<uInt>::max()) {
    return fail(ErrorKind::BadInput, "expected less than 4 GiB of compressed text", where);
  }
  if (inflateInit2(&stream, kGzip) != Z_OK) {
    return fail(ErrorKind::Internal, "zlib does not unpack", where);
  }
  stream.next_in = reinterpret_cast<Bytef *>(const_cast<std::byte *>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string text;
  std::string piece(size_t{1} << 16, '\0');
  int state = Z_OK;
  while (state == Z_OK && static_cast<int64_t>(text.size()) <= mostBytes) {
    stream.next_out = reinterpret_cast<Bytef *>(piece.data());
    stream.avail_out = static_cast<uInt>(piece.size());
    state = inflate(&stream, Z_NO_FLUSH);
    text.append(piece, 0, piece.size() - stream.avail_out);
  }
  const bool more = stream.avail_in > 0;
  inflateEnd(&stream);
  if (static_cast<int64_t>(text.size()) > mostBytes) {
    return fail(ErrorKind::BadInput, "holds more than " + std::to_string(mostBytes) + " bytes when unpacked", where);
  }
  if (state != Z_STREAM_END) {
    return fail(ErrorKind::BadInput, "expected a whole gzip file, found a damaged one or none", where);
  }
  return more ? Result<std::string>(fail(ErrorKind::BadInput, "something follows the end of the gzip file", where))
              : Result<std::string>(std::move(text));
}

} // namespace clew
