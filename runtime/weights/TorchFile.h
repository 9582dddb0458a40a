// TorchFile: checkpoints as torch.save writes them (pytorch_model.bin, .pt, .pth), read as data: of the pickle inside, nothing is
// ever executed (Pickle.h).
#pragma once

#include "runtime/base/Result.h"
#include "runtime/weights/TensorSet.h"

#include <cstddef>
#include <span>
#include <string>

namespace clew {

/// A file of any of PyTorch's formats that are read: both of the following. BadInput at `where` for everything else. The set borrows
/// from `file`.
Result<TensorSet> readTorchFile(std::span<const std::byte> file, const std::string &where);

/// The zip archive that PyTorch writes since 1.6: FOLDER/data.pkl, FOLDER/data/KEY for each storage, FOLDER/byteorder. Which
/// dictionary is the weights: TorchTensors.h. Storages stay where the file has them; tensors that are not dense and little endian are
/// laid out anew, and deflated members (no PyTorch writes them) decompressed, both within TensorMemory's bound. BadInput at `where`
/// for everything else, TorchScript programs included. The set borrows from `file`.
Result<TensorSet> readTorchZip(std::span<const std::byte> file, const std::string &where);

/// The older plain file, of 0.4 to 1.5 and `_use_new_zipfile_serialization=False`: five pickles, then the storages, which stay where
/// they are (at any byte). Nothing may lie behind them. The set borrows from `file`.
Result<TensorSet> readTorchLegacy(std::span<const std::byte> file, const std::string &where);

} // namespace clew
