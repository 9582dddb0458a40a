// oneDNN 2.6 and 3.x through its C++ API. The versions differ in how a primitive descriptor is made; calls to execute go through
// the C API, because the C++ one builds a hash map for each.
#include "runtime/cpu/OneDnn.h"

#include "runtime/base/Rounding.h"

#include <array>
#include <atomic>
#include <cstdlib>
#include <dlfcn.h>
#include <dnnl.hpp>
#include <fmt/format.h>
#include <map>
#include <mutex>
#include <utility>

namespace clew::onednn {
namespace {

using Memory = dnnl::memory;

std::atomic<int64_t> created{0};

/// The CPU, described once. Leaked on purpose: the library's own statics may be gone first at exit.
dnnl::engine &engine() {
  static auto *cpu = new dnnl::engine(dnnl::engine::kind::cpu, 0);
  return *cpu;
}

/// Tells the library's OpenMP runtime, whichever it is, that work of this thread is never cut: then it never forks.
void useOneThread() {
  thread_local bool done = false;
  if (!done) {
    done = true;
    static const auto setThreads = reinterpret_cast<void (*)(int)>(dlsym(RTLD_DEFAULT, "omp_set_num_threads"));
    if (setThreads) {
      setThreads(1);
    }
  }
}

dnnl::stream &stream() {
  thread_local dnnl::stream mine(engine());
  return mine;
}

/// Scratch memory of this thread, at least `bytes`.
void *scratch(size_t bytes) {
  struct Free {
    void operator()(void *memory) const { std::free(memory); }
  };
  thread_local std::unique_ptr<void, Free> memory;
  thread_local size_t size = 0;
  if (bytes > size) {
    size = static_cast<size_t>(roundUp(static_cast<int64_t>(bytes), 4096));
    memory.reset(std::aligned_alloc(64, size));
    size = memory ? size : 0;
  }
  return memory.get();
}

Error failure(const std::string &what, const dnnl::error &error) {
  return {ErrorKind::Internal,
          fmt::format("oneDNN {}: {} (status {})", what, error.what(), static_cast<int>(error.status)), ""};
}

Memory::data_type typeOf(DType dtype) {
  switch (dtype) {
  case DType::BF16:
    return Memory::data_type::bf16;
  case DType::S8:
    return Memory::data_type::s8;
  case DType::U8:
    return Memory::data_type::u8;
  case DType::I32:
    return Memory::data_type::s32;
  case DType::F32:
    return Memory::data_type::f32;
  case DType::F64:
  case DType::I64:
    break;
  }
  return Memory::data_type::undef; // of which the library makes no primitive
}

Memory::desc plain(DType dtype, int64_t rows, int64_t columns) {
  return Memory::desc({rows, columns}, typeOf(dtype), Memory::format_tag::ab);
}

Memory::format_tag tagOf(DType dtype, int64_t block) {
  using Tag = Memory::format_tag;
  static constexpr std::array<int64_t, 4> blocks = {16, 32, 48, 64};
  static constexpr std::array<std::array<Tag, 4>, 3> tags = {
      {{Tag::BA16a16b, Tag::BA16a32b, Tag::BA16a48b, Tag::BA16a64b},
       {Tag::BA16a16b2a, Tag::BA16a32b2a, Tag::BA16a48b2a, Tag::BA16a64b2a},
       {Tag::BA16a16b4a, Tag::BA16a32b4a, Tag::BA16a48b4a, Tag::BA16a64b4a}}};
  size_t row = dtype == DType::F32 ? 0 : dtype == DType::BF16 ? 1 : 2;
  for (size_t i = 0; i < blocks.size(); ++i) {
    if (blocks[i] == block) {
      return tags[row][i];
    }
  }
  return Tag::undef;
}

Memory::desc weightDesc(DType dtype, WeightLayout layout, int64_t depth, int64_t columns, int64_t stride) {
  if (layout.block > 0) {
    return Memory::desc({depth, columns}, typeOf(dtype), tagOf(dtype, layout.block));
  }
  return Memory::desc({depth, columns}, typeOf(dtype), Memory::dims{stride, 1});
}

dnnl::matmul::primitive_desc describe(const ProductShape &shape) {
  bool integers = shape.weights == DType::S8;
  auto x = plain(integers ? DType::U8 : shape.weights, shape.rows, shape.depth);
  auto w = weightDesc(shape.weights, shape.layout, shape.depth, shape.columns, shape.stride);
  auto y = plain(integers ? DType::I32 : DType::F32, shape.rows, shape.columns);
  auto bias = plain(DType::F32, 1, shape.columns);
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
#if DNNL_VERSION_MAJOR >= 3
  return shape.bias ? dnnl::matmul::primitive_desc(engine(), x, w, bias, y, attributes)
                    : dnnl::matmul::primitive_desc(engine(), x, w, y, attributes);
#else
  auto operation = shape.bias ? dnnl::matmul::desc(x, w, bias, y) : dnnl::matmul::desc(x, w, y);
  return dnnl::matmul::primitive_desc(operation, attributes, engine());
#endif
}

/// Memory objects of one call. They are made once and change hands, because making them allocates.
struct Arguments {
  Memory x, weights, bias, y, scratch;
};

} // namespace

struct Product::Impl {
  ProductShape shape;
  dnnl::matmul::primitive_desc description;
  dnnl::matmul primitive;
  std::string kernel;
  size_t scratchBytes = 0;
  /// Arguments that no call uses now; null = taken or never made. More concurrent calls than places make their own.
  mutable std::array<std::atomic<Arguments *>, 8> idle{};

  ~Impl() {
    for (auto &place : idle) {
      delete place.load();
    }
  }

  std::unique_ptr<Arguments> take() const {
    for (auto &place : idle) {
      if (place.load(std::memory_order_relaxed)) {
        if (Arguments *found = place.exchange(nullptr, std::memory_order_acquire)) {
          return std::unique_ptr<Arguments>(found);
        }
      }
    }
    auto fresh = std::make_unique<Arguments>();
    fresh->x = Memory(description.src_desc(), engine(), nullptr);
    fresh->weights = Memory(description.weights_desc(), engine(), nullptr);
    fresh->y = Memory(description.dst_desc(), engine(), nullptr);
    fresh->scratch = Memory(description.scratchpad_desc(), engine(), nullptr);
    if (shape.bias) {
      fresh->bias = Memory(plain(DType::F32, 1, shape.columns), engine(), nullptr);
    }
    return fresh;
  }

  void giveBack(std::unique_ptr<Arguments> arguments) const {
    for (auto &place : idle) {
      Arguments *expected = nullptr;
      if (!place.load(std::memory_order_relaxed) &&
          place.compare_exchange_strong(expected, arguments.get(), std::memory_order_release)) {
        arguments.release();
        return;
      }
    }
  }
};

Product::Product(std::unique_ptr<Impl> impl) : impl(std::move(impl)) {}
Product::~Product() = default;

const std::string &Product::kernel() const { return impl->kernel; }

Result<std::unique_ptr<Product>> Product::create(const ProductShape &shape) {
  try {
    useOneThread();
    auto impl = std::make_unique<Impl>();
    impl->shape = shape;
    impl->description = describe(shape);
    impl->primitive = dnnl::matmul(impl->description);
    impl->kernel = impl->description.impl_info_str();
    impl->scratchBytes = impl->description.scratchpad_desc().get_size();
    created.fetch_add(1);
    return std::unique_ptr<Product>(new Product(std::move(impl)));
  } catch (const dnnl::error &error) {
    return Failure(failure(fmt::format("cannot multiply {} x {} by {} {} columns", shape.rows, shape.depth,
                                       shape.columns, nameOf(shape.weights)),
                           error));
  }
}

Result<void> Product::run(const void *x, const void *weights, const float *bias, void *y) const {
  try {
    useOneThread();
    auto arguments = impl->take();
    arguments->x.set_data_handle(const_cast<void *>(x));
    arguments->weights.set_data_handle(const_cast<void *>(weights));
    arguments->y.set_data_handle(y);
    arguments->scratch.set_data_handle(scratch(impl->scratchBytes));
    std::array<dnnl_exec_arg_t, 5> list = {{{DNNL_ARG_SRC, arguments->x.get()},
                                            {DNNL_ARG_WEIGHTS, arguments->weights.get()},
                                            {DNNL_ARG_DST, arguments->y.get()},
                                            {DNNL_ARG_SCRATCHPAD, arguments->scratch.get()},
                                            {}}};
    int count = 4;
    if (impl->shape.bias) {
      arguments->bias.set_data_handle(const_cast<float *>(bias));
      list[count++] = {DNNL_ARG_BIAS, arguments->bias.get()};
    }
    auto status = dnnl_primitive_execute(impl->primitive.get(), stream().get(), count, list.data());
    impl->giveBack(std::move(arguments));
    if (status != dnnl_success) {
      return fail(ErrorKind::Internal,
                  fmt::format("oneDNN refuses to run a product (status {})", static_cast<int>(status)));
    }
    return {};
  } catch (const dnnl::error &error) {
    return Failure(failure("cannot run a product", error));
  }
}

int64_t WeightLayout::bytes(DType dtype, int64_t depth, int64_t columns) const {
  return offset(dtype, depth, block > 0 ? roundUp(columns, block) : columns * depth);
}

int64_t WeightLayout::offset(DType dtype, int64_t depth, int64_t column) const {
  if (block == 0) {
    return column * static_cast<int64_t>(bytesOf(dtype));
  }
  int64_t group = 4 / static_cast<int64_t>(bytesOf(dtype));
  return column * roundUp(depth, 16 * group) * static_cast<int64_t>(bytesOf(dtype));
}

WeightLayout supportedLayout(DType weights, int64_t block) {
  // Asked for each matrix, answered once. The size is of no importance: kernels are chosen by instruction set, type and layout.
  static std::mutex mutex;
  static std::map<std::pair<DType, int64_t>, bool> known;
  std::lock_guard lock(mutex);
  auto [entry, fresh] = known.try_emplace({weights, block}, false);
  if (fresh) {
    auto probe = Product::create({weights, 16, 64, 2 * block, {block}, 0, false});
    entry->second = probe && (*probe)->kernel().starts_with("brg");
  }
  return {entry->second ? block : 0};
}

Result<void> packWeights(const WeightTile &tile, const void *source, void *target) {
  // A reorder is made for each shape of tile; a thread meets few of them, one after the other.
  struct Ready {
    WeightTile tile;
    Memory from, to;
    dnnl::reorder reorder;
  };
  thread_local std::unique_ptr<Ready> last;
  try {
    useOneThread();
    if (!last || !(last->tile == tile)) {
      const auto &[weights, layout, depth, columns, stride] = tile;
      const auto given = weights == DType::S8 ? DType::S8 : DType::F32;
      Memory from(Memory::desc({depth, columns}, typeOf(given), Memory::dims{1, depth}), engine(), nullptr);
      Memory to(weightDesc(weights, layout, depth, columns, stride), engine(), nullptr);
      last = std::make_unique<Ready>(Ready{tile, from, to, dnnl::reorder(from, to)});
      created.fetch_add(1);
    }
    last->from.set_data_handle(const_cast<void *>(source));
    last->to.set_data_handle(target);
    last->reorder.execute(stream(), last->from, last->to);
    return {};
  } catch (const dnnl::error &error) {
    last.reset();
    return Failure(failure("cannot pack weights", error));
  }
}

namespace {

/// Multiplies the largest values, whose pairs do not fit in 16 bits, and looks.
bool multipliesExactly() {
  constexpr int64_t depth = 64;
  constexpr int64_t columns = 64;
  WeightLayout layout = supportedLayout(DType::S8, columns);
  if (layout.block == 0) {
    return false;
  }
  alignas(64) std::array<uint8_t, depth> x;
  x.fill(255);
  alignas(64) std::array<int8_t, depth * columns> tile;
  tile.fill(127);
  alignas(64) std::array<int8_t, depth * columns> packed;
  alignas(64) std::array<int32_t, columns> y{};
  auto product = Product::create({DType::S8, 1, depth, columns, layout, 0, false});
  return product && packWeights({DType::S8, layout, depth, columns, 0}, tile.data(), packed.data()) &&
         (*product)->run(x.data(), packed.data(), nullptr, y.data()) && y.front() == 255 * 127 * depth &&
         y.back() == y.front();
}

} // namespace

bool hasExactInt8() {
  static const bool exact = multipliesExactly();
  return exact;
}

int64_t createdPrimitives() { return created.load(); }

std::string effectiveIsa() {
  // The names differ between versions: found by value, so that one source serves all.
  struct Named {
    unsigned value;
    std::string_view name;
  };
  static constexpr Named known[] = {
      {0x1, "sse41"},
      {0x3, "avx"},
      {0x7, "avx2"},
      {0x27, "avx512_core"},
      {0x67, "avx512_core_vnni"},
      {0xe7, "avx512_core_bf16"},
#if DNNL_VERSION_MAJOR >= 3
      {0xf, "avx2_vnni"},
      {0x1f, "avx2_vnni_2"},
      {0x1ef, "avx512_core_fp16"},
      {0xfef, "avx512_core_amx"},
      {0x1fef, "avx512_core_amx_fp16"},
#else
      {0x3e7, "avx512_core_amx"},
      {0x407, "avx2_vnni"},
#endif
  };
  const auto isa = static_cast<unsigned>(dnnl_get_effective_cpu_isa());
  for (const Named &one : known) {
    if (one.value == isa) {
      return std::string(one.name);
    }
  }
  return fmt::format("{:#x}", isa);
}

std::string version() {
  const dnnl_version_t *loaded = dnnl_version();
  return fmt::format("{}.{}.{}", loaded->major, loaded->minor, loaded->patch);
}

} // namespace clew::onednn
