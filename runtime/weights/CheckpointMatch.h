// CheckpointMatch: which tensors of a checkpoint make which parameter, and a complete account of what does not fit.
#pragma once

#include "runtime/program/Program.h"
#include "runtime/weights/SafeTensors.h"

#include <string>
#include <vector>

namespace clew {

/// Names under which a parameter is stored: Parameter::tensors, or its own name if the model gives none.
std::vector<std::string> tensorNamesOf(const Parameter &parameter);

/// For each of Program::parameters the tensors to add up. BadInput, with everything that is missing, extra, misshaped
/// or of a type that is no float, if the file does not hold exactly the Program's parameters. The pointers belong to
/// `file`.
Result<std::vector<std::vector<const TensorView *>>> matchCheckpoint(const SafeTensors &file, const Program &program);

} // namespace clew
