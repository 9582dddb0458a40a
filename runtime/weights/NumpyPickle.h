// NumpyPickle: a dictionary of NumPy's arrays that was saved with pickle itself (pickle.dump(weights, file)), read as data: of the pickle
// nothing is ever executed (Pickle.h).
#pragma once

#include "runtime/base/Result.h"
#include "runtime/weights/TensorSet.h"

#include <cstddef>
#include <span>
#include <string>

namespace clew {

/// The arrays by name, of the types that NumpyFile.h reads, as protocols 3 and newer write them (numpy.core.multiarray._reconstruct). They
/// stay where the file has them; big-endian ones and those in Fortran's order are laid out anew within TensorMemory's bound. BadInput at
/// `where` for values that are no arrays, for subclasses, objects and fields, for any other call or name, and for bytes behind the pickle.
/// The set borrows from `file`.
Result<TensorSet> readNumpyPickle(std::span<const std::byte> file, const std::string &where);

} // namespace clew
