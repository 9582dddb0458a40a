// TorchTensors: the tensors that the pickle in a PyTorch checkpoint describes, wherever the numbers lie: in members of a zip
// archive today, behind the pickle in older files.
#pragma once

#include "runtime/base/FunctionRef.h"
#include "runtime/base/Result.h"
#include "runtime/weights/Pickle.h"
#include "runtime/weights/TensorSet.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace clew {

/// Tensors that one checkpoint may have, and the bytes of a tensor's name or a storage's key: a pickle can name a long text a
/// hundred thousand times, and comparing it to itself so often would take minutes.
constexpr size_t mostTorchTensors = 100'000;
constexpr size_t mostTorchName = 1024;

/// The names that pickles of tensors need: storages, element types, the functions that put tensors together, OrderedDict.
std::span<const PickleGlobal> torchGlobals();

/// Numbers outside of the pickle, which several tensors may share.
struct TorchStorage {
  std::string_view key;
  StoredType type = StoredType::U8;
  bool untyped = false;  ///< a tensor says what the bytes mean
  int64_t elements = 0;  ///< of the whole storage; bytes if untyped
  int64_t viewBegin = 0; ///< the elements that this one means: all, but for views in old files
  int64_t viewLength = 0;

  /// Checked not to overflow.
  uint64_t bytes() const { return static_cast<uint64_t>(elements) * bytesOf(type); }
};

/// What Pickle::persistent says, in its order. BadInput at `where` if one is anything but a storage of a possible size.
Result<std::vector<TorchStorage>> torchStorages(const Pickle &pickle, const std::string &where);

struct TorchSource {
  const Pickle &pickle;
  std::span<const TorchStorage> storages; ///< as torchStorages gives them
  /// The bytes of the whole storage, as many as it says. Called for those that the weights need.
  FunctionRef<Result<std::span<const std::byte>>(const TorchStorage &)> bytesOf;
  bool bigEndian = false;
};

/// The tensors of the state dict, unsorted. The state dict is the pickle's dictionary, or the dictionary that this one has under
/// "state_dict", "model_state_dict" or "model" (one of them); what is beside it (an optimizer, an epoch) is passed over. BadInput at
/// `where` if a name comes twice, a value is no tensor, or a tensor does not lie within its storage.
Result<std::vector<TensorView>> readTorchTensors(const TorchSource &source, TensorMemory &memory,
                                                 const std::string &where);

} // namespace clew
