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
  size_t current = 0;
};

/// How B lies: [depth][columns], or [columns][depth] as PyTorch keeps weights.
enum class Side : uint8_t { AsItLies, Transposed };

/// B packed for TiledProduct, all its columns. Without AVX2 a copy in [depth][columns].
const std::byte *packMatrix(const float *b, Side side, int64_t depth, int64_t columns, int threads, Workspace &memory);

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

/// Rows of A times a matrix that packMatrix made, on the calling thread.
void multiplyPacked(const float *a, const std::byte *packed, int64_t rows, int64_t depth, int64_t columns, float *c);

} // namespace clew
