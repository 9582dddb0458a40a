// DenseProduct: a product of two f32 matrices that both change, as training has them: nothing is packed ahead. One of them is packed on the
// way, at the cost of reading and writing it once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace clew {

/// Memory that grows and is kept from call to call, for one caller at a time.
class Workspace {
public:
  /// `count` floats on a cache line, valid until the next reset(); arbitrary values.
  float *take(int64_t count);
  void reset();

  /// Workspaces of their own for threads 0..threads-1, which are kept, too.
  void divide(int threads);
  Workspace &part(int thread) { return *parts[static_cast<size_t>(thread)]; }

private:
  static constexpr size_t least = size_t{1} << 18; ///< floats of a piece
  struct alignas(64) Line {
    float floats[16];
  };
  struct Piece {
    std::unique_ptr<Line[]> memory;
    size_t size = 0; ///< floats
    size_t used = 0;
  };
  std::vector<Piece> pieces;
  std::vector<std::unique_ptr<Workspace>> parts;
  size_t current = 0;
};

/// How B lies: [depth][columns], or [columns][depth] as PyTorch keeps weights.
enum class Side : uint8_t { AsItLies, Transposed };

/// B of a product, depth x columns, as it lies in memory.
struct RightMatrix {
  const float *data = nullptr;
  Side side = Side::AsItLies;
  int64_t depth = 0, columns = 0;
  int64_t stride = 0; ///< floats from row to row of what lies there; 0: they are dense

  int64_t rowStride() const { return stride > 0 ? stride : side == Side::AsItLies ? columns : depth; }
};

/// B in the layout of TiledProduct, all its columns; without AVX2 a copy in [depth][columns].
struct PackedMatrix {
  const std::byte *data = nullptr;
  int64_t depth = 0, columns = 0;
};
PackedMatrix packMatrix(const RightMatrix &b, int threads, Workspace &memory);

/// C = bias + A B, or C += A B with `onto` (then without bias), on the calling thread.
struct PackedProduct {
  const float *a = nullptr; ///< rows x depth, dense
  PackedMatrix b;
  const float *bias = nullptr;
  float *c = nullptr;
  int64_t stride = 0; ///< floats from row to row of C
  bool onto = false;

  /// Columns begin..end of C; `begin` is a multiple of kTileUnit.
  void run(int64_t rows, int64_t begin, int64_t end) const;
  void run(int64_t rows) const { run(rows, 0, b.columns); }
};

/// C (rows x columns) = bias + A B, or C += A B with `onto` (then without bias). All dense and row-major. `aTransposed`: A lies as
/// [depth][rows]. The bits of C depend on no number of threads.
struct DenseProduct {
  int64_t rows = 0;
  int64_t depth = 0;
  int64_t columns = 0;
  const float *a = nullptr;
  bool aTransposed = false;
  const float *b = nullptr;
  Side side = Side::AsItLies;
  const float *bias = nullptr;
  float *c = nullptr;
  bool onto = false;

  void run(int threads, Workspace &memory) const;
};

} // namespace clew
