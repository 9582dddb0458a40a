// Reads vocab.txt and finds tokens.
#include "runtime/text/Vocabulary.h"

namespace clew {} // namespace clew
