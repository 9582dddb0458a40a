// Looks up under a lock, compiles outside of it.
#include "runtime/cpu/ProductCache.h"

namespace clew {

Result<const onednn::Product *> ProductCache::get(const onednn::ProductShape &shape) {
  {
    std::lock_guard lock(mutex);
    if (auto found = products.find(shape); found != products.end()) {
      return found->second.get();
    }
  }
  // Outside of the lock, so that several can be made at once. Of two equal ones the first stays.
  auto fresh = onednn::Product::create(shape);
  if (!fresh) {
    return fail(fresh);
  }
  std::lock_guard lock(mutex);
  return products.emplace(shape, std::move(*fresh)).first->second.get();
}

} // namespace clew
